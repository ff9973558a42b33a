#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Options dialog: what shows at once, what Cancel takes back, what is remembered. No host is needed."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
from client import Client, constants  # noqa: E402
from drive import Drive  # noqa: E402
from texts import Texts  # noqa: E402

OPTIONS = constants("client/ui/options_dialog.c")
GENERAL = constants("client/ui/options_general_page.c")
INTERNATIONAL = r"Control Panel\International"
OK, CANCEL = 1, 2
ENGLISH, GERMAN = Texts("en"), Texts("de")


class OptionsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.drive = cls.enterClassContext(Drive(language="en", size=(1280, 900)))

    def setUp(self):
        self.client = self.enterContext(Client(self.drive, "en"))
        self.client.settings["values"] = {}
        self.client.start()
        self.addCleanup(lambda: self.client.app.kill())

    def open(self, words=ENGLISH, page="OPTIONS_GENERAL"):
        """The dialog at one of its pages."""
        self.client.command("view.options")
        dialog = self.dialog(words)
        pages = dialog.child(OPTIONS["OPTIONS_PAGES"])
        pages.select_rows(words(page))
        return dialog

    def dialog(self, words):
        return self.client.app.window(words("OPTIONS_TITLE"))

    def menu_titles(self):
        return [item["text"] for item in self.client.frame.menu()]

    def wait_language(self, words):
        self.drive.until(lambda: words.raw("MENU_FILE") in self.menu_titles(), f"the menu to say '{words('MENU_FILE')}'")

    def saved(self):
        """What the program wrote when it ended."""
        self.assertEqual(self.client.close(), 0)
        return self.client.read_settings()["values"]

    def test_language_shows_at_once_and_cancel_takes_it_back(self):
        dialog = self.open()
        dialog.child(OPTIONS["OPTIONS_APPLY"]).wait_enabled(False)
        dialog.child(GENERAL["OPTIONS_LANGUAGE"]).select_item("Deutsch")
        dialog = self.dialog(GERMAN)
        self.wait_language(GERMAN)
        dialog.child(OPTIONS["OPTIONS_APPLY"]).wait_enabled(True)
        self.assertEqual(dialog.child(GENERAL["OPTIONS_LANGUAGE"]).text, "Deutsch")
        dialog.assert_layout()
        self.assertEqual(dialog.child(CANCEL).text, GERMAN("DIALOG_CANCEL"))
        dialog.child(CANCEL).click()
        dialog.wait_gone()
        self.wait_language(ENGLISH)
        self.assertEqual(self.saved().get("language", ""), "")

    def test_ok_remembers(self):
        dialog = self.open()
        dialog.child(GENERAL["OPTIONS_THEME_DARK"]).click()
        dialog.child(GENERAL["OPTIONS_LANGUAGE"]).select_item("Deutsch")
        dialog = self.dialog(GERMAN)
        dialog.child(OPTIONS["OPTIONS_APPLY"]).wait_enabled(True)
        dialog.child(OK).click()
        dialog.wait_gone()
        saved = self.saved()
        self.assertEqual((saved["language"], saved["theme"]), ("de", "dark"))

    def test_cancel_after_apply_keeps_what_was_applied(self):
        dialog = self.open()
        dialog.child(GENERAL["OPTIONS_THEME_DARK"]).click()
        dialog.child(OPTIONS["OPTIONS_APPLY"]).wait_enabled(True)
        dialog.child(OPTIONS["OPTIONS_APPLY"]).click()
        dialog.child(OPTIONS["OPTIONS_APPLY"]).wait_enabled(False)
        dialog.child(GENERAL["OPTIONS_THEME_LIGHT"]).click()
        dialog.child(OPTIONS["OPTIONS_APPLY"]).wait_enabled(True)
        dialog.child(CANCEL).click()
        dialog.wait_gone()
        self.assertEqual(self.saved()["theme"], "dark")

    def test_follows_windows_again(self):
        self.client.command("view.german")
        self.wait_language(GERMAN)
        dialog = self.open(GERMAN)
        dialog.child(GENERAL["OPTIONS_LANGUAGE"]).select_item(GERMAN("OPTIONS_LANGUAGE_WINDOWS"))
        dialog = self.dialog(ENGLISH)
        dialog.child(OK).click()
        dialog.wait_gone()
        self.assertTrue(self.client.menu_item("view.language_windows")["checked"])
        self.assertEqual(self.saved()["language"], "")

    def test_formats_of_an_odd_country(self):
        """Windows' regional settings, as a user may have changed them: marks, groups as in India, a date of one's own."""
        for name, value in (("sDecimal", "·"), ("sThousand", "'"), ("sGrouping", "3;2;0"), ("sShortDate", "yyyy~MM~dd"), ("sTimeFormat", "HH'h'mm")):
            self.drive.call("registry", INTERNATIONAL, name, "text", value)
        self.client.app.kill()
        self.client.start()
        dialog = self.open()
        self.assertRegex(self.sample(dialog), r"12'34'567; 1·5 GB; 20\d\d~\d\d~\d\d \d\dh\d\d")
        dialog.child(GENERAL["OPTIONS_FORMATS"]).select_item(ENGLISH("OPTIONS_FORMATS_LANGUAGE"))
        self.drive.until(lambda: "1,234,567; 1.5 GB; 20" in self.sample(dialog), "numbers as usual in English")
        dialog.child(GENERAL["OPTIONS_LANGUAGE"]).select_item("Deutsch")
        dialog = self.dialog(GERMAN)
        self.drive.until(lambda: "1.234.567; 1,5 GB; " in self.sample(dialog), "numbers as usual in German")
        dialog.child(CANCEL).click()
        dialog.wait_gone()
        dialog = self.open()
        self.assertIn("12'34'567", self.sample(dialog))
        dialog.child(CANCEL).click()
        dialog.wait_gone()
        self.assertEqual(self.saved()["regional_formats"], 1)

    def sample(self, dialog):
        return dialog.child(GENERAL["OPTIONS_SAMPLE"]).text

    def test_keyboard(self):
        self.client.frame.foreground()
        self.drive.key("ctrl+comma")
        dialog = self.dialog(ENGLISH)
        dialog.foreground()
        self.drive.key("alt+d")
        self.drive.until(lambda: dialog.child(GENERAL["OPTIONS_THEME_DARK"]).checked, "Alt+D to choose dark")
        self.drive.key("Escape")
        dialog.wait_gone()
        self.assertEqual(self.saved().get("theme", "windows"), "windows")


if __name__ == "__main__":
    unittest.main(verbosity=2)
