# SPDX-License-Identifier: GPL-3.0-or-later
"""Master password, locking, Options > Security, lists of servers; see gallery.py."""
import json
import os

from client import constants
from gallery import picture
from window import windows_path

OPTIONS = constants("client/ui/options_dialog.c")
SECURITY = constants("client/ui/options_security_page.c")
MASTER = constants("client/ui/master_dialog.c")
LOCK = constants("client/ui/lock.c")
PASSWORD = "correct horse"
OK, CANCEL = 1, 2


def options(look):
    dialog = look.open("view.options", "OPTIONS_TITLE")
    dialog.child(OPTIONS["OPTIONS_PAGES"]).select_rows(look.words("OPTIONS_SECURITY"))
    return dialog


def master(look, dialog, button, title):
    dialog.child(SECURITY[button]).click()
    return look.client.dialog(title)


def finish(window, **values):
    for name, value in values.items():
        window.child(MASTER[name]).edit(value)
    window.child(OK).click()


@picture("client/ui/master_dialog.c:master_dialog", "client/ui/lock.c:make_window")
def security(look):
    dialog = options(look)
    look.at(dialog, "options-security")
    window = master(look, dialog, "OPTIONS_SET_MASTER", "MASTER_SET_TITLE")
    finish(window, FRESH="short")
    look.at(window, "master-set")
    finish(window, FRESH=PASSWORD, AGAIN="other")
    look.at(window, "master-different")
    finish(window, AGAIN=PASSWORD)
    window.wait_gone(timeout=20)
    look.at(dialog, "options-security-master")
    window = master(look, dialog, "OPTIONS_CHANGE_MASTER", "MASTER_CHANGE_TITLE")
    look.at(window, "master-change")
    look.close(window)
    look.close(dialog)
    look.client.wait_command("file.lock")
    look.client.command("file.lock")
    window = look.client.dialog("LOCK_TITLE")
    look.at(window, "locked")
    window.child(LOCK["PASSWORD"]).edit("wrong")
    window.child(OK).click()
    look.drive.until(lambda: window.child(LOCK["NOTE"]).text == look.words("MASTER_WRONG"), "the wrong password to be refused", 20)
    look.at(window, "locked-wrong")
    window.child(LOCK["PASSWORD"]).edit(PASSWORD)
    window.child(OK).click()
    window.wait_gone(timeout=20)
    dialog = options(look)
    window = master(look, dialog, "OPTIONS_REMOVE_MASTER", "MASTER_REMOVE_TITLE")
    look.at(window, "master-remove")
    finish(window, OLD=PASSWORD)
    window.wait_gone(timeout=20)
    look.close(dialog)


@picture("client/ui/server_list_dialog.c:choose")
def server_list(look):
    dialog = look.open("servers.export", "SERVERS_EXPORT_TITLE")
    look.at(dialog, "servers-export")
    look.close(dialog)
