#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bridges of a host through the window, with the minute to keep them; ip says what the host has then. The host's network is ifupdown's."""
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab"), os.path.join(os.path.dirname(HERE), "agent")]
import nic_lab  # noqa: E402
from agent_client import Rpc  # noqa: E402
from client import Client, constants  # noqa: E402
from drive import Drive  # noqa: E402
from lab import Host, wait_for  # noqa: E402
from poolctl import AGENT  # noqa: E402

NEW, CHANGE = (constants(f"client/ui/{file}.c") for file in ("nic_dialogs", "nic_change_dialog"))
OK, CANCEL = 1, 2
CHANGE_FILES = "/var/lib/poolagent/host-network"
# An nmcli like that of a host where NetworkManager does not run. Once it is armed it answers one call more, and then none as long as it is.
NMCLI = """#!/bin/sh
test -e /run/armed || exit 8
mkdir /run/answered 2>/dev/null && exit 8
while test -e /run/armed; do sleep 0.1; done
exit 8
"""


class NicsTest(unittest.TestCase):
    language = "en"

    @classmethod
    def setUpClass(cls):
        cls.host = Host(f"nicui-{os.getpid()}", agent=AGENT).up()
        cls.addClassCleanup(cls.host.down)
        nic_lab.prepare(cls.host)
        cls.drive = cls.enterClassContext(Drive(language=cls.language, size=(1280, 900)))
        cls.client = cls.enterClassContext(Client(cls.drive, cls.language))
        cls.words = cls.client.words
        cls.client.remember(cls.host, name="lab", user="root")
        cls.client.start()
        cls.server = cls.drive.until(lambda: next((row["text"] for row in cls.client.tree.tree() if row["level"] == 0 and "(" not in row["text"]), None),
                                     "the server to be online", 30)
        cls.client.select_server()

    def begin(self, name, *cards, armed=False):
        """New Bridge with these cards, until the host is asked."""
        self.client.wait_command("host.new_bridge")
        self.client.command("host.new_bridge")
        box = self.client.dialog("NIC_NEW_BRIDGE_TITLE", self.server)
        cells = self.drive.until(lambda: [row[0] for row in box.child(NEW["CARDS"]).rows()], "the host's cards", 20)
        box.child(NEW["NAME"]).edit(name)
        for card in cards:
            box.child(NEW["CARDS"]).check_row(cells.index(card))
        if "lan1" in cards:
            box.child(OK).wait_enabled(False)
            box.child(NEW["KEPT"]).wait_text(self.words("NIC_NEW_KEEP", "lan1", nic_lab.ADDRESS))
            box.child(NEW["INTERRUPT"]).click()
        box.child(OK).wait_enabled()
        if armed:
            self.host.exec("touch", "/run/armed")
        box.child(OK).click()
        box.wait_gone(timeout=60)
        return self.change()

    def change(self):
        return self.client.dialog("NIC_CHANGE_TITLE", self.server)

    def wait_said(self, box, text, *values):
        box.child(CHANGE["NOTE"]).wait_text(self.words(text, *values), timeout=60)

    def close(self, box):
        box.child(CANCEL).click()
        box.wait_gone()

    def keep(self, box, name):
        box.child(CHANGE["KEEP"]).wait_enabled(timeout=60)
        box.child(CHANGE["KEEP"]).click()
        self.wait_said(box, "NIC_CHANGE_KEPT", name)
        self.close(box)

    def link(self, name):
        done = self.host.exec("ip", "-d", "-j", "link", "show", "dev", name, check=False)
        return json.loads(done.stdout)[0] if done.returncode == 0 else None

    def remove(self, name):
        if self.link(name):
            self.host.exec("sh", "-c", f"ifdown {name}; rm -f /etc/network/interfaces.d/poolcenter-{name}")

    def test_1_a_bridge_is_kept(self):
        self.addCleanup(self.remove, "br0")
        self.keep(self.begin("br0", "lan2"), "br0")
        self.assertEqual((self.link("br0")["linkinfo"]["info_kind"], self.link("lan2")["master"]), ("bridge", "br0"))
        self.assertIn("auto br0", self.host.exec("cat", "/etc/network/interfaces.d/poolcenter-br0"))

    def test_2_addresses_move_and_come_back(self):
        box = self.begin("br1", "lan1")
        box.child(CHANGE["REVERT"]).wait_enabled(timeout=60)
        self.assertIn(nic_lab.ADDRESS, self.host.exec("ip", "-4", "address", "show", "dev", "br1"))
        box.child(CHANGE["REVERT"]).click()
        self.wait_said(box, "NIC_CHANGE_REVERTED", "br1")
        self.close(box)
        self.assertIsNone(self.link("br1"))
        self.assertIn(nic_lab.ADDRESS, self.host.exec("ip", "-4", "address", "show", "dev", "lan1"))

    def test_3_kept_although_the_connection_was_lost(self):
        """What the user has decided while the host did not answer is told when it does."""
        self.addCleanup(self.remove, "br2")
        box = self.begin("br2", "lan1")
        box.child(CHANGE["KEEP"]).wait_enabled(timeout=60)
        self.host.kill_agent()
        self.wait_said(box, "NIC_CHANGE_LOST", self.server)
        box.child(CHANGE["KEEP"]).click()
        self.wait_said(box, "NIC_CHANGE_LOST_KEEP", self.server)
        self.host.restart_agent()
        self.wait_said(box, "NIC_CHANGE_KEPT", "br2")
        self.close(box)
        self.assertIn("auto br2", self.host.exec("cat", "/etc/network/interfaces.d/poolcenter-br2"))
        self.assertEqual(self.link("lan1")["master"], "br2")
        self.removed_by_the_window("br2")

    def cards(self):
        """The list of the host's network cards."""
        self.client.select_server()
        self.client.page("PAGE_NETWORKS")
        page = constants("client/ui/networks_page.c")
        return self.drive.until(lambda: next((each for each in self.client.frame.children("SysListView32") if each.control_id == page["LIST_BASE"] + 1), None), "the list of cards")

    def removed_by_the_window(self, name):
        nics = self.cards()
        nics.select_rows(nics.row_of(name, 0, timeout=30))
        self.client.wait_command("host.delete_nic")
        self.client.command("host.delete_nic")
        box = self.client.dialog("NIC_DELETE_TITLE", name)
        box.child(OK).click()
        box.wait_gone(timeout=60)
        self.keep(self.change(), name)
        self.assertIsNone(self.link(name))
        self.assertNotIn("poolcenter", self.host.exec("sh", "-c", "ls /etc/network/interfaces.d; cat /etc/network/interfaces"))

    def rpc(self):
        rpc = Rpc(self.host.agent_socket(), timeout=120)
        self.addCleanup(rpc.close)
        return rpc

    def test_4_the_addresses_that_move_are_those_of_the_card_that_has_some(self):
        """Also when another card comes first; what somebody else keeps meanwhile is kept."""
        self.host.exec("ip", "link", "add", "cable0", "type", "veth", "peer", "name", "far0")
        self.addCleanup(self.host.exec, "ip", "link", "del", "cable0")
        self.addCleanup(self.remove, "br3")
        self.client.wait_command("host.new_bridge")
        box = self.begin("br3", "cable0", "lan1")
        box.child(CHANGE["KEEP"]).wait_enabled(timeout=60)
        self.assertIn(nic_lab.ADDRESS, self.host.exec("ip", "-4", "address", "show", "dev", "br3"))
        self.assertEqual([self.link(name)["master"] for name in ("cable0", "lan1")], ["br3", "br3"])
        rpc = self.rpc()
        rpc.call("host.network_confirm", change=rpc.call("host.nics")["change"]["change"])
        self.wait_said(box, "NIC_CHANGE_KEPT", "br3")
        self.close(box)
        self.removed_by_the_window("br3")

    def test_5_the_end_is_told_although_nothing_else_was_heard_of_it(self):
        """The agent ends before it has said anything but that the change begins; meanwhile the change is taken back."""
        self.host.exec("sh", "-c", "mkdir -p /run/NetworkManager /usr/local/sbin && cat > /usr/local/sbin/nmcli && chmod 755 /usr/local/sbin/nmcli", input=NMCLI)
        self.addCleanup(self.host.exec, "rm", "-rf", "/usr/local/sbin/nmcli", "/run/NetworkManager", "/run/armed", "/run/answered")
        box = self.begin("br4", "lan1", armed=True)
        wait_for(lambda: '"applied"' in self.host.exec("sh", "-c", f"cat {CHANGE_FILES}/state.json 2>/dev/null || true"), "the change to be in force", 60, 0.1)
        self.host.kill_agent()
        self.host.exec("touch", f"{CHANGE_FILES}/revert")
        wait_for(lambda: not self.link("br4"), "the change to be taken back", 60, 0.1)
        self.host.exec("rm", "-r", "/run/armed")
        self.host.restart_agent()
        self.wait_said(box, "NIC_CHANGE_REVERTED", "br4")
        self.close(box)

    def test_6_a_vlan_is_named_by_its_tag(self):
        self.client.select_server()
        self.client.wait_command("host.new_vlan")
        self.client.command("host.new_vlan")
        box = self.client.dialog("NIC_NEW_VLAN_TITLE", self.server)
        box.child(OK).wait_enabled(timeout=20)
        box.child(NEW["NAME"]).wait_text("vlan10")
        box.child(NEW["TAG"]).edit("42")
        box.child(NEW["NAME"]).wait_text("vlan42")
        box.child(NEW["NAME"]).edit("blue")
        box.child(NEW["TAG"]).edit("43")
        self.assertEqual(box.child(NEW["NAME"]).text, "blue")
        self.close(box)

    def test_7_what_fails_says_why(self):
        """This kernel has no VLANs."""
        self.client.select_server()
        self.client.wait_command("host.new_vlan")
        self.client.command("host.new_vlan")
        box = self.client.dialog("NIC_NEW_VLAN_TITLE", self.server)
        box.child(OK).wait_enabled(timeout=20)
        box.child(OK).click()
        box.wait_gone(timeout=60)
        change = self.change()
        change.child(CHANGE["NOTE"]).wait_contains(self.words("ERROR_HOST_CHANGE_FAILED").split("{")[0], timeout=60)
        self.close(change)
        self.client.command("host.nic_change")
        change = self.change()
        self.wait_said(change, "NIC_CHANGE_NONE")
        self.close(change)

    def ports(self, bridge):
        return sorted(row["ifname"] for row in json.loads(self.host.exec("ip", "-j", "link", "show", "master", bridge)))

    def test_8_a_kept_bridge_is_changed(self):
        """Its row opens it with what it has; a card joins, and the address is fixed now. The other card's address is at risk, so one has to agree."""
        self.addCleanup(self.remove, "br5")
        self.keep(self.begin("br5", "lan2"), "br5")
        nics = self.cards()
        nics.double_click_row(nics.row_of("br5", 0, timeout=30))
        box = self.client.dialog("NIC_EDIT_TITLE", "br5")
        rows = self.drive.until(lambda: [row[0] for row in box.child(NEW["CARDS"]).rows()], "the cards", 20)
        self.assertLessEqual({"lan1", "lan2"}, set(rows))
        self.assertEqual([box.child(NEW["CARDS"]).row_facts(rows.index(name))["state_image"] for name in ("lan1", "lan2")], [1, 2])  # unchecked, checked
        box.child(NEW["ADDRESSING"]).select_item(self.words("NIC_ADDRESSING_STATIC"))
        box.child(NEW["ADDRESS"]).wait_enabled()
        box.child(NEW["ADDRESS"]).edit("198.51.100.9/24")
        box.child(NEW["CARDS"]).check_row(rows.index("lan1"))
        box.child(OK).wait_enabled(False)
        box.child(NEW["INTERRUPT"]).click()
        box.child(OK).wait_enabled()
        box.child(OK).click()
        box.wait_gone(timeout=60)
        self.keep(self.change(), "br5")
        self.assertEqual(self.ports("br5"), ["lan1", "lan2"])
        self.assertIn("198.51.100.9/24", self.host.exec("ip", "-4", "address", "show", "dev", "br5"))
        self.removed_by_the_window("br5")
        self.assertIn(nic_lab.ADDRESS, self.host.exec("ip", "-4", "address", "show", "dev", "lan1"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
