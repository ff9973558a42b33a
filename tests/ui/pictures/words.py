# SPDX-License-Identifier: GPL-3.0-or-later
"""Options, log, crash report, updates; see gallery.py."""
import os

from client import Client, constants
from gallery import picture
from window import windows_path

OPTIONS = constants("client/ui/options_dialog.c")
LOG = constants("client/ui/log_dialog.c")
UPDATE = constants("client/ui/update_check.c")
CRASH = constants("client/ui/crash_dialog.c")


@picture("client/ui/options_dialog.c:options_dialog")
def options(look):
    dialog = look.open("view.options", "OPTIONS_TITLE")
    pages = dialog.child(OPTIONS["OPTIONS_PAGES"])
    for row in range(pages.row_count()):
        pages.select_rows(row)
        look.at(dialog, f"options-{row + 1}")
    look.close(dialog)


@picture("client/ui/log_dialog.c:log_dialog")
def log(look):
    dialog = look.open("help.log", "LOG_TITLE")
    look.drive.until(lambda: dialog.child(LOG["LOG_LINES"]).row_count(), "lines of the log")
    look.at(dialog, "log")
    look.close(dialog)


@picture("client/ui/crash_dialog.c:crash_dialog")
def crash(look):
    """As after a crash of the program that runs, and of one that is gone already: without a report. No minidump, which takes Wine 5 s (test_crash.py has one)."""
    look.drive.call("registry", "Software\\Wine\\DllOverrides", "dbghelp", "text", "")
    for process, name in ((look.client.app.pid, "crash"), (0xffffff, "crash-no-report")):
        with Client(look.drive, look.language, dark=look.theme == "dark") as other:
            other.write_settings()
            with open(os.path.join(other.folder, "poolcenter.log"), "w", encoding="utf-8") as file:
                file.write("2026-01-02 03:04:05 info PoolCenter starts\n")
            look.drive.start(other.program, "--report-crash", f"{process:x},1,0", "--config", windows_path(other.folder))
            dialog = look.drive.window(look.words("CRASH_WINDOW"))
            look.at(dialog, name)
            look.close(dialog)


@picture("client/ui/update_check.c:update_check_dialog")
def update(look):
    for missing, name in ((False, "update"), (True, "update-failed")):
        look.news.missing = missing
        dialog = look.open("help.updates", "UPDATE_TITLE")
        state = dialog.child(UPDATE["UPDATE_STATE"])
        look.drive.until(lambda: state.text != look.words.raw("UPDATE_ASKING"), "an answer", 30)
        look.at(dialog, name)
        look.close(dialog)


@picture("client/ui/whats_new_dialog.c:whats_new_dialog")
def whats_new(look):
    dialog = look.open("help.whats_new", "NEW_TITLE")
    look.at(dialog, "whats-new")
    look.close(dialog)
