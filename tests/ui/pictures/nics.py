# SPDX-License-Identifier: GPL-3.0-or-later
"""Bridges, VLANs and bonds of a host; see gallery.py. The looks of all sizes share the host, which bears one change at a time."""
import threading

from client import constants
from gallery import picture
import nic_lab

NEW, CHANGE = (constants(f"client/ui/{file}.c") for file in ("nic_dialogs", "nic_change_dialog"))
OK = 1
ALONE = threading.Lock()


def prepare(look):
    with ALONE:
        if look.host.exec("ip", "link", "show", "dev", "lan1", check=False).returncode != 0:
            nic_lab.prepare(look.host)
    look.select_root(look.server)


def cards(look, dialog):
    return look.drive.until(lambda: [row[0] for row in dialog.child(NEW["CARDS"]).rows()], "the host's cards", 20)


@picture("client/ui/nic_dialogs.c:new_nic_dialog")
def new(look):
    prepare(look)
    dialog = look.open("host.new_bridge", "NIC_NEW_BRIDGE_TITLE", look.server)
    dialog.child(NEW["CARDS"]).check_row(cards(look, dialog).index("lan1"))
    dialog.child(NEW["WARNING"]).wait_visible()
    look.at(dialog, "new-bridge")
    look.close(dialog)
    dialog = look.open("host.new_bond", "NIC_NEW_BOND_TITLE", look.server)
    cards(look, dialog)
    look.at(dialog, "new-bond")
    look.close(dialog)
    dialog = look.open("host.new_vlan", "NIC_NEW_VLAN_TITLE", look.server)
    dialog.child(OK).wait_enabled()
    look.at(dialog, "new-vlan")
    look.close(dialog)


@picture("client/ui/nic_change_dialog.c:nic_change_dialog", "client/ui/nic_dialogs.c:delete_nic_dialog", "client/ui/nic_dialogs.c:edit_nic_dialog")
def change(look):
    """A change that waits, is kept, and what changes and removes the device that it has made."""
    prepare(look)
    with ALONE:
        try:
            change_alone(look)
        finally:
            look.host.exec("sh", "-c", "ifdown br9; rm -f /etc/network/interfaces.d/poolcenter-br9", check=False)


def change_alone(look):
    dialog = look.open("host.new_bridge", "NIC_NEW_BRIDGE_TITLE", look.server)
    dialog.child(NEW["CARDS"]).check_row(cards(look, dialog).index("lan2"))
    dialog.child(NEW["NAME"]).edit("br9")
    dialog.child(OK).wait_enabled()
    dialog.child(OK).click()
    dialog.wait_gone(timeout=60)
    waiting = look.client.dialog("NIC_CHANGE_TITLE", look.server)
    waiting.child(CHANGE["KEEP"]).wait_enabled(timeout=60)
    look.at(waiting, "nic-change")
    waiting.child(CHANGE["KEEP"]).click()
    waiting.child(CHANGE["NOTE"]).wait_text(look.client.words("NIC_CHANGE_KEPT", "br9"), timeout=60)
    look.at(waiting, "nic-change-kept")
    look.close(waiting)
    look.client.page("PAGE_NETWORKS")
    page = constants("client/ui/networks_page.c")
    nics = look.drive.until(lambda: next((each for each in look.client.frame.children("SysListView32") if each.control_id == page["LIST_BASE"] + 1 and each.visible), None), "the cards")
    nics.select_rows(nics.row_of("br9", 0, timeout=30))
    look.client.wait_command("host.edit_nic")
    dialog = look.open("host.edit_nic", "NIC_EDIT_TITLE", "br9")
    dialog.child(NEW["CARDS"]).check_row(cards(look, dialog).index("lan1"))
    dialog.child(NEW["WARNING"]).wait_visible()
    look.at(dialog, "edit-bridge")
    look.close(dialog)
    look.client.wait_command("host.delete_nic")
    dialog = look.open("host.delete_nic", "NIC_DELETE_TITLE", "br9")
    look.at(dialog, "delete-nic")
    look.close(dialog)
