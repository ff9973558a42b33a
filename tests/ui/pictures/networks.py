# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks and the host's network cards; see gallery.py."""
import threading

from client import constants
from gallery import picture

BOOK = constants("client/win/book.h")
FIELD = constants("client/ui/network_dialog.h")
PAGE = constants("client/ui/networks_page.c")
MAC = "52:54:00:00:77:01"
GUESTS = f"""<network><name>guests</name><forward mode='nat'/><domain name='guests.example'/><ip address='192.168.177.1' prefix='24'>
<dhcp><range start='192.168.177.100' end='192.168.177.199'/><host mac='{MAC}' name='web01' ip='192.168.177.10'/></dhcp></ip></network>"""

PREPARING = threading.Lock()


def prepare(look):
    """A network with a static lease, by whichever size comes first."""
    with PREPARING:
        if "guests" not in look.host.virsh("net-list", "--all", "--name").split():
            look.host.virsh("net-define", "/dev/stdin", input=GUESTS)
            look.host.virsh("net-start", "guests")


def shown_list(look, which):
    wanted = PAGE["LIST_BASE"] + which
    return look.drive.until(lambda: next((each for each in look.client.frame.children("SysListView32") if each.control_id == wanted and each.visible), None), f"list {which}")


def field(look, dialog, name):
    return look.drive.until(lambda: next((each for each in dialog.children() if each.control_id == FIELD[name] and each.visible), None), f"the field {name}")


@picture("page:networks")
def networks(look):
    prepare(look)
    look.select_root(look.server)
    look.client.page("PAGE_NETWORKS")
    look.drive.until(lambda: "guests" in [row[0] for row in shown_list(look, 0).rows()], "the network in the list", 20)
    look.drive.until(lambda: shown_list(look, 1).row_count(), "the network cards", 20)
    look.at(look.client.frame, "page-networks")
    look.client.select(look.server, "guests")
    look.client.page("PAGE_NETWORKS")
    look.drive.until(lambda: shown_list(look, 3).row_count(), "the static lease", 20)
    look.at(look.client.frame, "page-network")
    look.client.command("network.delete")
    question = look.question()
    look.at(question, "network-delete", other_in_the_dark=True)
    question.close()
    question.wait_gone()
    look.select_root("empty")
    look.client.page("PAGE_NETWORKS")
    look.drive.until(lambda: shown_list(look, 1).row_count(), "the network cards", 20)
    look.at(look.client.frame, "page-networks-empty")


def opened(look, command, title, *values):
    dialog = look.open(command, title, *values)
    pages = dialog.child(BOOK["BOOK_LIST"])
    look.drive.until(lambda: pages.cell(0, 1) and pages.enabled, "the settings to be read")
    return dialog, pages


@picture("client/ui/network_dialog.c:network_dialog")
def network_dialog(look):
    prepare(look)
    look.select_root(look.server)
    dialog, pages = opened(look, "network.new", "NEW_NETWORK_TITLE", look.server)
    field(look, dialog, "NETWORK_NAME").edit("guests2")
    look.at(dialog, "network-new")
    pages.select_rows(1)
    look.at(dialog, "network-new-addresses")
    pages.select_rows(2)
    look.at(dialog, "network-new-leases")
    pages.select_rows(0)
    field(look, dialog, "NETWORK_MODE").select_item(look.words("NETWORK_MODE_BRIDGE"))
    look.at(dialog, "network-new-bridge")
    pages.select_rows(1)
    look.at(dialog, "network-new-outside")
    look.close(dialog)
    look.client.select(look.server, "guests")
    dialog, pages = opened(look, "network.leases", "EDIT_NETWORK_TITLE", "guests")
    field(look, dialog, "NETWORK_LEASES").select_rows(0)
    look.at(dialog, "network-leases")
    pages.select_rows(1)
    field(look, dialog, "NETWORK_DOMAIN").edit("other.example")
    look.at(dialog, "network-restart")
    dialog.close()
    question = look.question(dialog)
    question.press(look.words("NEW_VM_LEAVE_VERB"))
    dialog.wait_gone()
