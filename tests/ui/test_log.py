#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log viewer: live, filtered, searched, copied, saved, in the language of the moment; and 100,000 lines. No host is needed."""
import os
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
from client import Client, constants  # noqa: E402
from drive import Drive, windows_path  # noqa: E402
from texts import Texts  # noqa: E402

LOG = constants("client/ui/log_dialog.c")
LINES = [f"2026-11-22 03:13:37.{i:03} {'ERROR' if i % 100 == 0 else 'INFO'} line {i} of the log" for i in range(1000)]


class LogTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.drive = cls.enterClassContext(Drive(language="en", size=(1280, 900)))

    def start(self, lines):
        self.client = self.enterContext(Client(self.drive, "en"))
        self.path = os.path.join(self.client.folder, "poolcenter.log")
        os.makedirs(self.client.folder, exist_ok=True)
        self.write(lines, "w")
        self.client.start()
        self.addCleanup(lambda: self.client.app.kill())
        before = time.monotonic()
        self.client.command("help.log")
        dialog = self.client.dialog("LOG_TITLE")
        self.took = time.monotonic() - before
        return dialog, dialog.child(LOG["LOG_LINES"])

    def write(self, lines, mode="a"):
        with open(self.path, mode, encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))

    def messages(self, rows, first=0, count=100):
        return [row[2] for row in rows.rows(first, count)]

    def wait_rows(self, rows, check, what):
        self.drive.until(lambda: check(rows.row_count()), what)

    def test_shows_filters_and_follows(self):
        dialog, rows = self.start(LINES)
        self.wait_rows(rows, lambda count: count > len(LINES), "the lines of the file and those of this start")
        own = rows.row_count()
        self.assertEqual(rows.rows(100, 1), [["2026-11-22 03:13:37.100", self.client.words("LOG_ERROR"), "line 100 of the log"]])
        self.write(["2026-11-22 03:14:00.000 INFO something new"])
        self.wait_rows(rows, lambda count: count == own + 1, "the new line")
        dialog.child(LOG["LOG_LEVEL_BOX"]).select_item(self.client.words("LOG_ERRORS"))
        self.wait_rows(rows, lambda count: count == 10, "only the errors")
        self.write(["2026-11-22 03:14:01.000 ERROR one more", "2026-11-22 03:14:02.000 INFO not shown"])
        self.wait_rows(rows, lambda count: count == 11, "the new error")
        dialog.child(LOG["LOG_LEVEL_BOX"]).select_item(self.client.words("LOG_ALL"))
        dialog.child(LOG["LOG_SEARCH"]).edit("LINE 99")
        self.wait_rows(rows, lambda count: count == 11, "lines 99 and 990 to 999")
        self.assertEqual(self.messages(rows, 0, 2), ["line 99 of the log", "line 990 of the log"])

    def test_a_rotated_file_is_followed(self):
        _, rows = self.start(LINES[:10])
        self.wait_rows(rows, lambda count: count > 10, "the lines")
        before = rows.row_count()
        os.rename(self.path, self.path + ".1")
        self.write(["2026-11-22 04:00:00.000 INFO in the new file"], "w")
        self.wait_rows(rows, lambda count: count == before + 1, "the line of the new file")

    def test_saves_and_speaks_another_language(self):
        dialog, rows = self.start(LINES)
        dialog.child(LOG["LOG_SEARCH"]).edit("line 99")
        self.wait_rows(rows, lambda count: count == 11, "eleven lines")
        folder = self.enterContext(tempfile.TemporaryDirectory())
        dialog.child(LOG["LOG_SAVE"]).click()
        save = self.client.dialog("LOG_SAVE_TITLE")
        save.foreground()
        path = os.path.join(folder, "copy.log")
        save.find(cls="Edit").edit(windows_path(path))
        self.drive.key("Return")
        save.wait_gone()
        self.drive.until(lambda: os.path.exists(path), "the copy")
        with open(path, encoding="utf-8", newline="") as file:
            self.assertEqual(file.read(), "".join(line + "\r\n" for line in [LINES[99], *LINES[990:]]))
        self.client.command("view.german")
        self.client.words = Texts("de")
        dialog = self.client.dialog("LOG_TITLE")
        rows = dialog.child(LOG["LOG_LINES"])
        self.wait_rows(rows, lambda count: count == 11, "what was looked for still chosen")
        self.assertEqual(rows.rows(0, 1)[0][1], self.client.words("LOG_INFO"))
        dialog.assert_layout()

    def test_a_hundred_thousand_lines(self):
        lines = [f"2026-11-22 03:13:37.000 INFO {i}" for i in range(100_000)]
        dialog, rows = self.start(lines)
        self.wait_rows(rows, lambda count: count > len(lines), "all lines")
        before = time.monotonic()
        dialog.child(LOG["LOG_SEARCH"]).edit("9999")
        self.wait_rows(rows, lambda count: count == 19, "the lines with 9999")
        self.assertLess(time.monotonic() - before, 3)
        self.assertLess(dialog.ping(), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
