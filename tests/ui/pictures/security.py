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
    """The master password is set once: scrypt is slow by design. Without its file the program knows none."""
    vault = os.path.join(look.client.folder, "vault")
    if os.path.exists(vault):
        os.rename(vault, vault + ".aside")
    dialog = options(look)
    look.at(dialog, "options-security")
    window = master(look, dialog, "OPTIONS_SET_MASTER", "MASTER_SET_TITLE")
    finish(window, FRESH="short")
    look.wait_note(window, "MASTER_TOO_SHORT")
    look.at(window, "master-set")
    finish(window, FRESH=PASSWORD, AGAIN="other")
    look.wait_note(window, "MASTER_DIFFERENT")
    look.at(window, "master-different")
    if os.path.exists(vault + ".aside"):
        os.rename(vault + ".aside", vault)
        look.close(window)
    else:
        finish(window, AGAIN=PASSWORD)
        window.wait_gone(timeout=30)
    look.close(dialog)
    dialog = options(look)
    look.at(dialog, "options-security-master")
    for button, title, name in (("OPTIONS_CHANGE_MASTER", "MASTER_CHANGE_TITLE", "master-change"), ("OPTIONS_REMOVE_MASTER", "MASTER_REMOVE_TITLE", "master-remove")):
        window = master(look, dialog, button, title)
        look.at(window, name)
        look.close(window)
    look.close(dialog)
    look.client.wait_command("file.lock")
    look.client.command("file.lock")
    window = look.client.dialog("LOCK_TITLE")
    look.at(window, "locked")
    window.child(LOCK["PASSWORD"]).edit(PASSWORD)
    window.child(OK).click()
    window.wait_gone(timeout=30)


def server_file(host):
    """One that is known here, two that are not, and the host's key."""
    with open(host.describe()["known_hosts"], encoding="ascii") as file:
        keys = file.read().splitlines()
    servers = [{"id": f"00000000-0000-4000-8000-00000000000{number}", "name": name, "host": address, "port": port, "user": user, "auth": "password"}
               for number, (name, address, port, user) in enumerate((("lab", "127.0.0.1", host.port, "operator"), ("web", "web.example.com", 22, "root"),
                                                                      ("backup", "2001:db8::17", 2222, "admin")))]
    return json.dumps({"poolcenter_servers": 1, "servers": servers, "host_keys": keys}).encode()


@picture("client/ui/server_list_dialog.c:choose")
def server_list(look):
    dialog = look.open("servers.export", "SERVERS_EXPORT_TITLE")
    look.at(dialog, "servers-export")
    look.close(dialog)
    path = look.file("list.poolservers", server_file(look.host))
    look.client.command("servers.import")
    pick = look.client.dialog("SERVERS_IMPORT_TITLE")
    pick.find(cls="Edit").edit(windows_path(path))
    pick.child(OK).click()
    pick.wait_gone()
    dialog = look.client.dialog("SERVERS_IMPORT_TITLE")
    look.at(dialog, "servers-import")
    look.close(dialog)
