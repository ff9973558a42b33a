#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks through the window: the host's list and its network cards, new, edit, static leases, start, stop, restart, delete; what virsh and ip see is what was set there."""
import json
import os
import sys
import unittest
from xml.etree import ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import guests  # noqa: E402
from client import Client, constants, same  # noqa: E402
from drive import Drive  # noqa: E402
from lab import Host, wait_for  # noqa: E402
from poolctl import AGENT  # noqa: E402

BOOK = constants("client/win/book.h")
FIELD = constants("client/ui/network_dialog.h")
PAGE = constants("client/ui/networks_page.c")
NETWORKS, NICS, CLIENTS, ADDRESSES = range(4)  # enum NetworkList
OK, CANCEL = 1, 2
MAC = "52:54:00:00:77:01"


class NetworksTest(unittest.TestCase):
    language = "en"

    @classmethod
    def setUpClass(cls):
        cls.host = Host(f"networks-ui-{os.getpid()}", agent=AGENT, hostname="lab").up()
        cls.addClassCleanup(cls.host.down)
        cls.host.exec("ip", "link", "add", "br-lab", "type", "bridge")
        cls.host.exec("ip", "link", "add", "eth7", "type", "veth", "peer", "name", "wire7")
        cls.host.exec("ip", "address", "add", "192.168.100.7/24", "dev", "eth7")
        cls.host.exec("ip", "link", "set", "eth7", "up")
        cls.host.exec("ip", "link", "set", "br-lab", "up")
        cls.drive = cls.enterClassContext(Drive(size=(1600, 1200), language=cls.language))
        cls.client = cls.enterClassContext(Client(cls.drive, cls.language))
        cls.words = cls.client.words
        cls.client.remember(cls.host, name="lab")
        cls.client.start()

    def setUp(self):
        self.addCleanup(self.leave)

    def leave(self):
        """Closes whatever a failed test left open."""
        def closed():
            windows = [window for window in self.client.app.windows() if window.hwnd != self.client.frame.hwnd]
            for window in (window for window in windows if window.enabled):
                verbs = [button for button in window.children("Button") if same(button.known["text"], self.words("NEW_VM_LEAVE_VERB"))]
                verbs[0].click() if verbs else window.close()
            return not windows
        self.drive.until(closed, "all dialogs to close", 10, step=0.1)

    # -- helpers ---------------------------------------------------------------------------------

    def go(self, *path):
        self.client.select(*path)
        self.client.page("PAGE_NETWORKS")

    def list(self, which):
        wanted = PAGE["LIST_BASE"] + which
        return self.drive.until(lambda: next((each for each in self.client.frame.children("SysListView32") if each.control_id == wanted and each.visible), None), f"list {which}", 20)

    def rows(self, which):
        return self.list(which).rows()

    def wait_cell(self, which, row, column, words):
        def seen():
            listed = self.list(which)
            return row in [cells[0] for cells in listed.rows()] and words in listed.cell(listed.row_of(row), column)
        self.drive.until(seen, f"{row} to say '{words}'", 30)

    def choose(self, name):
        listed = self.list(NETWORKS)
        self.drive.until(lambda: name in [cells[0] for cells in listed.rows()], f"the network {name} in the list", 30)
        listed.select_rows(name)

    def new(self):
        self.go("lab")
        self.client.wait_command("network.new", timeout=30)
        self.client.command("network.new")
        return self.opened(self.client.dialog("NEW_NETWORK_TITLE", "lab"))

    def edit(self, name, command="network.edit"):
        self.go("lab", name)
        self.client.wait_command(command, timeout=30)
        self.client.command(command)
        return self.opened(self.client.dialog("EDIT_NETWORK_TITLE", name))

    def opened(self, dialog):
        self.pages = dialog.child(BOOK["BOOK_LIST"])
        self.drive.until(lambda: self.pages.cell(0, 1) and self.pages.enabled, "the settings to be read", 20)
        return dialog

    def page(self, word):
        self.pages.select_rows(self.words("NETWORK_DIALOG_" + word))

    def field(self, dialog, name):
        """Of the page that is shown: each has a form of its own."""
        return self.drive.until(lambda: next((each for each in dialog.children() if each.control_id == FIELD[name] and each.visible), None), f"the field {name}")

    def ok(self, dialog):
        dialog.child(OK).wait_enabled()
        dialog.child(OK).click()
        dialog.wait_gone(timeout=60)

    def question(self, *known):
        known = {self.client.frame.hwnd, *(window.hwnd for window in known)}
        return self.drive.until(lambda: next((window for window in self.client.app.windows() if window.hwnd not in known), None), "a question", 20)

    def wait_said(self, words):
        """Until some control of the window says this."""
        self.drive.until(lambda: any(words in child.known["text"] for child in self.client.frame.children() if child.visible), f"the window to say '{words}'", 30)

    def xml(self, name, *options):
        return ElementTree.fromstring(self.host.virsh("net-dumpxml", name, *options))

    def info(self, name):
        lines = self.host.virsh("net-info", name).splitlines()
        return {key.strip(): value.strip() for key, value in (line.split(":", 1) for line in lines if ":" in line)}

    # -- tests -----------------------------------------------------------------------------------

    def test_1_the_host_s_networks_and_cards(self):
        self.go("lab")
        self.wait_cell(NETWORKS, "default", 4, "192.168.122.0/24")
        self.wait_cell(NETWORKS, "default", 1, self.words("NETWORK_MODE_NAT"))
        self.wait_cell(NETWORKS, "default", 2, self.words("STATE_NETWORK_UP"))
        self.wait_cell(NETWORKS, "br-lab", 1, self.words("NETWORK_HOST_BRIDGE"))
        self.wait_cell(NICS, "eth7", 5, "192.168.100.7/24")
        self.wait_cell(NICS, "virbr0", 6, "default")
        seen = {link["ifname"] for link in json.loads(self.host.exec("ip", "-j", "link"))}
        self.drive.until(lambda: {cells[0] for cells in self.rows(NICS)} == seen, f"the cards to be {seen}", 30)
        self.choose("br-lab")
        self.client.wait_command("network.edit", False)
        self.list(NETWORKS).double_click_row("default")
        self.drive.until(lambda: self.client.tree.tree_selected()[-1] == "default", "the network to be selected", 20)
        self.wait_said("192.168.122.1/24")

    def test_2_new_with_proposed_addresses(self):
        dialog = self.new()
        self.field(dialog, "NETWORK_NAME").edit("guests")
        self.page("ADDRESSES")
        self.assertEqual(self.field(dialog, "NETWORK_ADDRESS").text, "192.168.101.1/24")  # 100 is that of eth7
        self.assertEqual(self.field(dialog, "NETWORK_RANGES").text, "192.168.101.100 - 192.168.101.254")
        self.field(dialog, "NETWORK_ADDRESS").edit("192.168.100.1/24")
        dialog.child(OK).click()
        message = self.question(dialog)
        self.assertIn("eth7", message.texts())
        message.close()
        message.wait_gone()
        self.field(dialog, "NETWORK_ADDRESS").edit("192.168.177.1/24")
        self.drive.until(lambda: self.field(dialog, "NETWORK_RANGES").text == "192.168.177.100 - 192.168.177.254", "the range to follow")
        self.field(dialog, "NETWORK_DOMAIN").edit("guests.example")
        self.drive.until(lambda: "192.168.177.1/24" in self.pages.cell(1, 1), "the summary")
        self.ok(dialog)
        self.go("lab")
        self.wait_cell(NETWORKS, "guests", 4, "192.168.177.0/24")
        xml = self.xml("guests")
        self.assertEqual(xml.find("forward").get("mode"), "nat")
        self.assertEqual(xml.find("domain").get("name"), "guests.example")
        self.assertEqual(xml.find("ip/dhcp/range").attrib, {"start": "192.168.177.100", "end": "192.168.177.254"})
        self.assertEqual({key: self.info("guests")[key] for key in ("Active", "Autostart", "Persistent")}, {"Active": "yes", "Autostart": "yes", "Persistent": "yes"})

    def test_3_leases_apply_at_once(self):
        guests.define(self.host, "web")
        card = f"<interface type='network'><source network='guests'/><mac address='{MAC}'/><model type='virtio'/></interface>"
        self.host.virsh("define", "/dev/stdin", input=self.host.virsh("dumpxml", "web").replace("<devices>", "<devices>" + card))
        self.go("lab", "guests")
        self.wait_cell(CLIENTS, "web", 3, MAC)
        dialog = self.edit("guests", "network.leases")
        self.field(dialog, "NETWORK_ADD").click()
        self.drive.until(lambda: self.field(dialog, "NETWORK_MAC").text == MAC, "the card of the VM to be offered")
        self.assertEqual(self.field(dialog, "NETWORK_LEASE").text, "192.168.177.2")
        self.field(dialog, "NETWORK_LEASE").edit("192.168.177.33")
        self.field(dialog, "NETWORK_LEASE_NAME").edit("web")
        self.assertEqual(self.field(dialog, "NETWORK_WHEN").text, self.words("NETWORK_APPLIES_NOW"))
        self.ok(dialog)
        for options in ((), ("--inactive",)):
            self.assertEqual(self.xml("guests", *options).find("ip/dhcp/host").attrib, {"mac": MAC, "name": "web", "ip": "192.168.177.33"})
        self.wait_cell(ADDRESSES, "192.168.177.33", 4, self.words("NETWORK_LEASE_UNUSED"))
        self.list(ADDRESSES).double_click_row("192.168.177.33")
        dialog = self.opened(self.client.dialog("EDIT_NETWORK_TITLE", "guests"))
        self.drive.until(lambda: self.field(dialog, "NETWORK_LEASES").selected_rows() == [0], "its row to be selected")
        self.field(dialog, "NETWORK_REMOVE").click()
        self.field(dialog, "NETWORK_LEASES").wait_row_count(0)
        self.ok(dialog)
        self.assertIsNone(self.xml("guests").find("ip/dhcp/host"))

    def test_4_what_waits_for_a_restart_names_who_is_affected(self):
        self.host.virsh("start", "web")
        self.go("lab", "guests")
        self.wait_cell(CLIENTS, "web", 1, self.words("NETWORK_CONNECTED"))
        dialog = self.edit("guests")
        self.page("ADDRESSES")
        self.field(dialog, "NETWORK_DOMAIN").edit("second.example")
        self.assertEqual(self.field(dialog, "NETWORK_WHEN").text, self.words("NETWORK_APPLIES_LATER_USED", "web"))
        self.ok(dialog)
        self.assertEqual(self.xml("guests").find("domain").get("name"), "guests.example")
        self.assertEqual(self.xml("guests", "--inactive").find("domain").get("name"), "second.example")
        self.wait_said(self.words("NETWORK_NOTE_PENDING"))
        self.client.wait_command("network.restart")
        self.client.command("network.restart")
        question = self.question()
        self.assertIn("web", question.texts())
        question.press(self.words("RESTART_NETWORK_VERB"))
        wait_for(lambda: self.xml("guests").find("domain").get("name") == "second.example", "the network to have started again", 30, 0.2)
        tap = self.host.virsh("domiflist", "web").split(MAC)[0].split()[-4]
        bridge = self.xml("guests").find("bridge").get("name")
        wait_for(lambda: json.loads(self.host.exec("ip", "-j", "link", "show", tap))[0].get("master") == bridge, "the VM's card to be connected again", 20, 0.2)
        dialog = self.edit("guests")
        self.page("ADDRESSES")
        self.field(dialog, "NETWORK_DOMAIN").edit("third.example")
        self.field(dialog, "NETWORK_RESTART").check(True)
        self.ok(dialog)
        self.assertEqual(self.xml("guests").find("domain").get("name"), "third.example")

    def test_5_stop_and_delete_name_who_uses_it(self):
        self.go("lab", "guests")
        self.wait_cell(CLIENTS, "web", 1, self.words("NETWORK_CONNECTED"))
        for command, text in (("network.stop", "STOP_NETWORK_USED"), ("network.delete", "DELETE_NETWORK_USED")):
            self.client.wait_command(command)
            self.client.command(command)
            message = self.question()
            self.assertIn(self.words(text, "web"), message.texts())
            message.close()
            message.wait_gone()
        self.host.virsh("destroy", "web")
        self.wait_cell(CLIENTS, "web", 1, self.words("NETWORK_OFF"))
        self.client.command("network.stop")
        self.wait_said(self.words("NETWORK_NOTE_OFF"))
        self.assertEqual(self.info("guests")["Active"], "no")
        self.client.wait_command("network.start")
        self.client.command("network.start")
        wait_for(lambda: self.info("guests")["Active"] == "yes", "the network to run", 20, 0.2)
        self.client.command("network.autostart")
        wait_for(lambda: self.info("guests")["Autostart"] == "no", "it not to start with the host", 20, 0.2)
        self.go("lab")
        tasks = next(child for child in self.client.frame.children("SysListView32") if child.control_id == 20)
        tasks.double_click_row(tasks.row_of(self.words("TASK_network_start"), 0))
        self.drive.until(lambda: self.client.tree.tree_selected() == ["lab", "guests"], "the task's network to be selected", 20)
        self.host.virsh("undefine", "web")
        self.client.tree.tree_wait_gone("lab", "web", timeout=30)
        self.go("lab")
        self.choose("guests")
        self.list(NETWORKS).focus()
        self.drive.key("Delete")
        question = self.question()
        self.assertIn(self.words("DELETE_NETWORK_ASK"), question.texts())
        question.press(self.words("DELETE_NETWORK_VERB"))
        self.client.tree.tree_wait_gone("lab", "guests", timeout=30)
        self.assertNotIn("guests", self.host.virsh("net-list", "--all", "--name").split())

    def test_6_on_a_bridge_of_the_host(self):
        dialog = self.new()
        self.field(dialog, "NETWORK_NAME").edit("outside")
        self.field(dialog, "NETWORK_MODE").select_item(self.words("NETWORK_MODE_BRIDGE"))
        self.field(dialog, "NETWORK_HOST_BRIDGE").select_item("br-lab")
        self.assertEqual(self.field(dialog, "NETWORK_VLAN_NOTE").text, self.words("NETWORK_NO_VLAN"))
        self.page("ADDRESSES")
        self.field(dialog, "NETWORK_OUTSIDE")
        self.ok(dialog)
        self.client.tree.tree_wait("lab", "outside", timeout=30)
        xml = self.xml("outside")
        self.assertEqual((xml.find("forward").get("mode"), xml.find("bridge").get("name"), xml.find("ip")), ("bridge", "br-lab", None))

    def test_7_two_administrators(self):
        dialog = self.edit("default")
        self.page("ADDRESSES")
        self.field(dialog, "NETWORK_DOMAIN").edit("mine.example")
        self.host.virsh("net-update", "default", "add", "ip-dhcp-host", f"<host mac='{MAC}' ip='192.168.122.77'/>", "--live", "--config")
        dialog.child(OK).click()
        question = self.question(dialog)
        self.assertIn(self.words("NETWORK_RELOAD_ASK"), question.texts())
        question.press(self.words("NETWORK_RELOAD"))
        question.wait_gone()
        self.page("LEASES")
        self.drive.until(lambda: self.field(dialog, "NETWORK_LEASES").rows() and self.field(dialog, "NETWORK_LEASES").cell(0, 1) == "192.168.122.77", "the other's lease", 20)
        dialog.close()
        dialog.wait_gone()
        self.assertIsNone(self.xml("default", "--inactive").find("domain"))


class GermanTest(NetworksTest):
    language = "de"


if __name__ == "__main__":
    unittest.main()
