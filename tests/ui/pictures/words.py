# SPDX-License-Identifier: GPL-3.0-or-later
"""Options, log, crash report, updates; see gallery.py."""
import glob
import os

from client import constants
from gallery import picture

OPTIONS = constants("client/ui/options_dialog.c")
LOG = constants("client/ui/log_dialog.c")
UPDATE = constants("client/ui/update_check.c")


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
    """The same as after a crash, about a process that is not there: without a report."""
    folder = look.client.folder
    look.drive.start(look.client.program, "--report-crash", "ffffff,1,0", "--config", "Z:" + folder.replace("/", "\\"))
    dialog = look.drive.window(look.words("CRASH_WINDOW"))
    look.at(dialog, "crash")
    look.close(dialog)
    assert not glob.glob(os.path.join(folder, "crashes/*"))


@picture("client/ui/update_check.c:update_check_dialog")
def update(look):
    dialog = look.open("help.updates", "UPDATE_TITLE")
    state = dialog.child(UPDATE["UPDATE_STATE"])
    look.drive.until(lambda: state.text != look.words.raw("UPDATE_ASKING"), "the end of the attempt", 30)
    look.at(dialog, "update-failed")
    look.close(dialog)


@picture("client/ui/whats_new_dialog.c:whats_new_dialog")
def whats_new(look):
    dialog = look.open("help.whats_new", "NEW_TITLE")
    look.at(dialog, "whats-new")
    look.close(dialog)
