#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tour of tour.py as tests, one per step: the whole in English at 96 dpi, a shorter one in German, dark, at 192 dpi.

A step needs those before it, so after a failure the rest is skipped.  Pictures: build/ui-artifacts/tour-*.
"""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests/lab")]
import tour  # noqa: E402
from client import Client  # noqa: E402
from drive import Drive  # noqa: E402
from lab import Host  # noqa: E402

AGENT = os.path.join(ROOT, "build/linux/agent/poolagentd")


class TourCase(unittest.TestCase):
    language, dark, dpi, steps = "en", False, 96, ()
    failed = None

    @classmethod
    def setUpClass(cls):
        pictures = os.path.join(ROOT, "build/ui-artifacts", f"tour-{cls.language}-{cls.dpi}")
        cls.host = Host(f"tour-{cls.language}-{os.getpid()}", agent=AGENT).up()
        cls.addClassCleanup(cls.host.down)
        drive = cls.enterClassContext(Drive(language=cls.language, dpi=cls.dpi, size=tour.screen_size(cls.dpi)))
        client = cls.enterClassContext(Client(drive, cls.language, cls.dark))
        cls.tour = tour.Tour(cls.host, drive, client, pictures, say=lambda text: None)
        cls.addClassCleanup(cls.tour.close)

    @classmethod
    def tearDownClass(cls):
        cls.host.stop_agent()
        cls.host.check_logs()

    def step(self, name):
        if type(self).failed:
            self.skipTest(f"the step '{type(self).failed}' failed")
        try:
            getattr(self.tour, name)()
        except BaseException:
            type(self).failed = name
            self.tour.drive.save_failure()
            raise


def with_steps(case):
    """Gives a class a test for each of its steps, in their order."""
    for number, name in enumerate(case.steps, 1):
        def test(self, name=name):
            self.step(name)
        test.__doc__ = getattr(tour.Tour, name).__doc__
        setattr(case, f"test_{number:02}_{name}", test)
    return case


@with_steps
class EnglishTour(TourCase):
    steps = tour.STEPS


@with_steps
class GermanDarkTour(TourCase):
    """Every window once more where words are long, pixels many and colours other."""
    language, dark, dpi, steps = "de", True, 192, tour.SHORT_STEPS


def load_tests(loader, _, __):
    """TourCase itself is no test."""
    return unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in (EnglishTour, GermanDarkTour))


if __name__ == "__main__":
    unittest.main()
