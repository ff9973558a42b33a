# SPDX-License-Identifier: GPL-3.0-or-later
"""Dialogs of servers, datastores and VMs; see gallery.py."""
from client import constants
from gallery import picture

ADD = constants("client/ui/add_server_dialog.c")
PROMPT = constants("client/ui/prompt_dialog.c")
REPLACE = constants("client/ui/upload_dialog.c")


@picture("client/ui/about_dialog.c:about_dialog")
def about(look):
    dialog = look.open("help.about", "ABOUT_TITLE")
    look.at(dialog, "about")
    look.close(dialog)


@picture("client/ui/add_server_dialog.c:add_server_dialog")
def add_server(look):
    dialog = look.open("server.add", "ADD_SERVER_TITLE")
    for method in ("ADD_SERVER_BY_AGENT", "ADD_SERVER_BY_KEY", "ADD_SERVER_BY_PASSWORD"):
        dialog.child(ADD["METHOD"]).select_item(look.words(method))
        look.at(dialog, "add-server-" + method[14:].lower())
    dialog.child(ADD["PORT"]).edit("0")
    dialog.child(ADD["USER"]).edit("")
    look.at(dialog, "add-server-wrong")
    look.close(dialog)


@picture("client/ui/prompt_dialog.c:prompt_dialog_show")
def prompts(look):
    for server, title, name in (("unknown", "PROMPT_HOST_KEY_TITLE", "prompt-host-key"), ("asks", "PROMPT_PASSWORD_TITLE", "prompt-password")):
        look.select_root(server)
        look.client.wait_command("server.connect")
        look.client.command("server.connect")
        dialog = look.client.dialog(title, timeout=20)
        look.at(dialog, name)
        look.close(dialog)
        look.client.wait_command("server.connect", True, timeout=20)


@picture("client/ui/delete_dialogs.c:delete_vm_dialog")
def delete_vm(look):
    look.client.select(look.server, "a-vm")
    dialog = look.open("vm.delete", "DELETE_VM_TITLE", "a-vm")
    look.at(dialog, "delete-vm")
    look.close(dialog)


@picture("client/win/message.c:show_own")
def message(look):
    """In the dark it is our own window, else Windows' task dialog."""
    look.select_root(look.server)
    look.client.command("server.remove")
    question = look.question()
    look.at(question, "message", other_in_the_dark=True)
    look.close(question)


@picture("client/ui/upload_dialog.c:ask_replace")
def replace(look):
    look.client.select(look.server, "local")
    look.client.page("PAGE_STORAGE")
    look.client.frame.drop(look.file("one.iso"), look.file("two.iso"), x=look.client.frame.rect[2] // 2, y=300)
    dialog = look.client.dialog("REPLACE_TITLE")
    look.at(dialog, "replace")
    look.close(dialog)
