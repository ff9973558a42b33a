#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""F1: every window has a topic, every topic a place in the manual, and the browser is asked for exactly that page. No host is needed."""
import glob
import os
import re
import shutil
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests", "lab"), os.path.join(ROOT, "tests", "manual")]
from browser import Browser  # noqa: E402
from client import Client, constants, find_program  # noqa: E402
from drive import Drive  # noqa: E402
from test_manual import chapter, manual  # noqa: E402

OPTIONS = constants("client/ui/options_dialog.c")


def sources():
    for path in sorted(glob.glob(os.path.join(ROOT, "client", "ui", "*.c"))):
        with open(path, encoding="utf-8") as file:
            yield os.path.basename(path), file.read()


def topics_of(source):
    """The topics a C file names, wherever they stand."""
    calls = re.findall(r'(?:dialog_set_topic|help_open)\([^;]*;', source)
    tables = re.findall(r'\.topic = "[^"]+"|PageClass \w+ = \{[^}]*\}|PropertiesPage \w+ = \{[^}]*\}|WizardPage \w+\[[^]]*\] = \{.*?^\};', source, re.S | re.M)
    named = [word for call in calls for word in re.findall(r'"([\w-]+)"', call)]
    for table in tables:
        if table.startswith(".topic"):
            named.append(table.split('"')[1])
        elif table.startswith("PropertiesPage"):
            named += re.findall(r'"([\w-]+)"', table)
        elif table.startswith("PageClass"):
            named.append(re.findall(r'"([\w-]+)"', table)[1])
        else:
            named += re.findall(r'\{"\w+", "([\w-]+)"', table)
    return named


class TopicTest(unittest.TestCase):
    def test_every_topic_is_in_the_manual(self):
        known = {topic for name in manual.chapters("en") for topic, _, _ in manual.topics(chapter("en", name))}
        named = {topic: name for name, source in sources() for topic in topics_of(source)}
        self.assertGreater(len(named), 10)
        self.assertEqual({topic: name for topic, name in named.items() if topic not in known}, {})

    def test_every_dialog_has_a_topic(self):
        for name, source in sources():
            made = len(re.findall(r"\bdialog_create(?:_with)?\(", source))
            self.assertGreaterEqual(len(re.findall(r"\bdialog_set_topic\(", source)), made, f"{name}: dialog_set_topic after dialog_create")


class HelpTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = cls.enterClassContext(Browser())
        cls.drive = cls.enterClassContext(Drive(environment=cls.browser.environment()))
        cls.browser.register(cls.drive)
        cls.client = cls.enterClassContext(Client(cls.drive))
        cls.client.start()

    def shown(self):
        pages = self.browser.wait(self.drive)
        self.assertEqual(len(pages), 1, pages)
        self.assertTrue(os.path.isfile(pages[0]), pages)
        return "/".join(pages[0].split("/")[-3:])

    def test_help_of_an_error(self):
        """The button leads to what the error is about, and leaves the message open."""
        app = self.drive.start(self.client.program, "--config", r"Z:\dev\null\nothing")
        message = app.window(timeout=20)
        message.press("Help")
        self.assertEqual(self.shown(), "help/en/trouble.html")
        message.press("Close")
        self.assertEqual(app.wait_exit(10), 1)

    def test_f1_in_the_main_window(self):
        frame = self.client.frame.foreground()
        self.drive.until(lambda: getattr(frame.focused(), "cls", None) == "SysTreeView32", "the tree to have the keyboard")
        self.drive.key("F1")
        self.assertEqual(self.shown(), "help/en/tree.html")

    def test_f1_in_a_dialog(self):
        self.client.command("server.add")
        dialog = self.client.app.window(self.client.words("ADD_SERVER_TITLE")).foreground()
        self.drive.key("F1")
        self.assertEqual(self.shown(), "help/en/add-server.html")
        dialog.close()

    def test_f1_on_a_page_of_a_dialog(self):
        self.client.command("view.options")
        dialog = self.client.app.window(self.client.words("OPTIONS_TITLE")).foreground()
        dialog.child(OPTIONS["OPTIONS_PAGES"]).select_rows(self.client.words("OPTIONS_GENERAL"))
        self.drive.key("F1")
        self.assertEqual(self.shown(), "help/en/options-general.html")
        dialog.close()

    def test_the_language_of_the_window(self):
        self.client.command("view.german")
        self.addCleanup(self.client.command, "view.english")
        self.client.command("help.manual")
        self.assertRegex(self.shown(), "^help/de/")


class MissingManualTest(unittest.TestCase):
    def test_a_missing_manual_is_said(self):
        with Browser() as browser, Drive(environment=browser.environment()) as drive:
            program = shutil.copy(find_program(), drive.folder)
            with Client(drive, program=program) as client:
                client.start()
                client.command("help.manual")
                message = client.app.window("PoolCenter", cls="#32770")
                self.assertIn("tree.html", message.texts())
                message.close()
                self.assertEqual(browser.shown(), [])


if __name__ == "__main__":
    unittest.main()
