#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A crash: the program is made to run into an invalid address from outside; what it leaves behind, and what the user may do with it. No host is needed."""
import glob
import os
import struct
import sys
import tempfile
import unittest
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
from client import Client, constants  # noqa: E402
from drive import Drive, windows_path  # noqa: E402

CRASH = constants("client/ui/crash_dialog.c")
ACCESS_VIOLATION = 0xC0000005
SECRET = "correct-horse-battery-staple"


class CrashTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.drive = cls.enterClassContext(Drive(language="en", size=(1280, 900)))

    def setUp(self):
        self.client = self.enterContext(Client(self.drive, "en"))
        self.client.start(tail="\\")  # a backslash at the end must not swallow a quotation mark on the way to the report
        self.addCleanup(lambda: self.client.app.kill())

    def crash(self):
        self.client.app.crash()
        dialog = self.drive.window(self.client.words("CRASH_WINDOW"), timeout=60)
        self.assertEqual(self.client.app.wait_exit(20), ACCESS_VIOLATION)
        return dialog

    def reports(self):
        return sorted(glob.glob(os.path.join(self.client.folder, "crashes/*")))

    def test_a_report_is_written_shown_saved_and_the_program_started_again(self):
        for number in range(7):
            os.makedirs(os.path.join(self.client.folder, f"crashes/2020-01-0{number + 1}_00-00-00"))
        # A password that is being typed must not be in it.
        self.client.command("server.add")
        add = self.client.dialog("ADD_SERVER_TITLE")
        self.client.field(add, "ADD_SERVER_PASSWORD").edit(SECRET)
        dialog = self.crash()
        self.assertEqual(len(self.reports()), 5, "the newest reports are kept")
        report = self.reports()[-1]
        self.assertEqual(sorted(os.listdir(report)), ["poolcenter.dmp", "poolcenter.log", "report.txt"])
        self.check_text(dialog, report)
        self.check_dump(report)
        dialog.assert_layout()
        self.save(dialog)
        dialog.child(CRASH["CRASH_AGAIN"]).click()
        dialog.wait_gone()
        frame = self.drive.window(self.client.words("APP_NAME"), timeout=30)
        second = self.drive.start(self.client.program, "--config", windows_path(self.client.folder))
        self.assertEqual(second.wait_exit(20), 0, "the one that was started again has the same settings folder")
        frame.close()
        frame.wait_gone()

    def test_what_was_chosen_is_on_the_disk_before_a_crash(self):
        self.client.command("view.german")
        self.drive.until(lambda: self.client.read_settings()["values"].get("language") == "de", "the settings to be saved")

    def check_text(self, dialog, report):
        with open(os.path.join(report, "report.txt"), encoding="utf-8", newline="") as file:
            self.words = file.read()
        for expected in ("Version: ", "Exception: 0xc0000005", "At: 0x10 (no module)"):
            self.assertIn(expected, self.words)
        self.assertEqual(dialog.child(CRASH["CRASH_TEXT"]).text, self.words)
        self.assertEqual([row[0] for row in dialog.child(CRASH["CRASH_FILES"]).rows()], ["report.txt", "poolcenter.log", "poolcenter.dmp"])

    def check_dump(self, report):
        """MINIDUMP_HEADER: signature, version, number of streams, where their directory is; ExceptionStream is 6, ThreadListStream 3, memory of the heap 9."""
        for name in os.listdir(report):
            with open(os.path.join(report, name), "rb") as file:
                content = file.read()
            for encoding in ("utf-8", "utf-16-le"):
                self.assertNotIn(SECRET.encode(encoding), content, name)
            if name.endswith(".dmp"):
                signature, _, count, directory = struct.unpack_from("<4sIII", content)
                self.assertEqual(signature, b"MDMP")
                streams = {struct.unpack_from("<I", content, directory + 12 * at)[0] for at in range(count)}
                self.assertLessEqual({3, 6}, streams)
                self.assertNotIn(9, streams)

    def save(self, dialog):
        path = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "report.zip")
        dialog.child(CRASH["CRASH_SAVE"]).click()
        save = self.drive.window(self.client.words("CRASH_SAVE_TITLE"))
        save.foreground()
        save.find(cls="Edit").edit(windows_path(path))
        self.drive.key("Return")
        save.wait_gone()
        self.drive.until(lambda: os.path.exists(path), "the .zip")
        with zipfile.ZipFile(path) as saved:
            self.assertIsNone(saved.testzip())
            self.assertEqual(saved.read("report.txt").decode(), self.words)
            self.assertEqual(len(saved.namelist()), 3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
