#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bridges of a host through the window, with the minute to keep them; ip says what the host has then. The host's network is ifupdown's."""
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import nic_lab  # noqa: E402
from client import Client, constants  # noqa: E402
from drive import Drive  # noqa: E402
from lab import Host  # noqa: E402
from poolctl import AGENT  # noqa: E402

NEW, CHANGE = (constants(f"client/ui/{file}.c") for file in ("nic_dialogs", "nic_change_dialog"))
OK, CANCEL = 1, 2


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

    def begin(self, name, *cards):
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
            box.child(NEW["INTERRUPT"]).click()
        box.child(OK).wait_enabled()
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

    def removed_by_the_window(self, name):
        self.client.select_server()
        self.client.page("PAGE_NETWORKS")
        page = constants("client/ui/networks_page.c")
        nics = self.drive.until(lambda: next((each for each in self.client.frame.children("SysListView32") if each.control_id == page["LIST_BASE"] + 1), None), "the list of cards")
        nics.select_rows(nics.row_of(name, 0, timeout=30))
        self.client.wait_command("host.delete_nic")
        self.client.command("host.delete_nic")
        box = self.client.dialog("NIC_DELETE_TITLE", name)
        box.child(OK).click()
        box.wait_gone(timeout=60)
        self.keep(self.change(), name)
        self.assertIsNone(self.link(name))
        self.assertNotIn("poolcenter", self.host.exec("sh", "-c", "ls /etc/network/interfaces.d; cat /etc/network/interfaces"))

    def test_4_what_fails_says_why(self):
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


if __name__ == "__main__":
    unittest.main(verbosity=2)
