#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""An ISO over 4 GiB: every byte arrives, holes count as bytes, and sha256sum on the host agrees."""
import hashlib
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import Host  # noqa: E402
from poolctl import AGENT, Poolctl  # noqa: E402

SIZE = (4 << 30) + (96 << 20) + 2048
MARKS = (1 << 20, (2 << 30) - 7, (4 << 30) - 5, (4 << 30) + 1, SIZE - 11)  # around every place where 31 or 32 bits end


def make_iso(path):
    """A real ISO 9660 image by xorriso, grown with holes and marked where numbers might wrap."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "readme.txt"), "w", encoding="ascii") as file:
            file.write("big\n")
        subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-V", "BIG", "-o", path, folder], check=True, capture_output=True)
    with open(path, "r+b") as file:
        file.truncate(SIZE)
        for number, at in enumerate(MARKS):
            file.seek(at)
            file.write(b"mark %d" % number)


class BigIsoTest(unittest.TestCase):
    def test_more_than_4_gib(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(dir="/var/tmp"))
        iso = os.path.join(folder, "big.iso")
        make_iso(iso)
        self.assertLess(os.stat(iso).st_blocks * 512, 64 << 20, "the test's own file is meant to be sparse")
        with open(iso, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        with Host(f"big-{os.getpid()}", agent=AGENT) as host, Poolctl(host) as ctl:
            ctl.wait_for_datastore()
            answer = ctl.json("upload", "local", iso, timeout=500)
            there = "/srv/poolcenter-lab/local/big.iso"
            self.assertEqual(answer["sha256"], digest)
            self.assertEqual(os.path.getsize(host.outside(there)), SIZE)
            self.assertEqual(host.exec("sha256sum", there, timeout=120).split()[0], digest)
            volume = next(line for line in ctl.lines("volume", "list", "local") if line["name"] == "big.iso")
            self.assertEqual((volume["capacity"], volume["format"]), (SIZE, "iso"))


if __name__ == "__main__":
    unittest.main()
