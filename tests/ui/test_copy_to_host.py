#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A volume goes to another host by the window's command: sha256sum on both hosts is the judge."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
from client import Client, constants  # noqa: E402
from drive import Drive  # noqa: E402
from lab import Host, wait_for  # noqa: E402
from poolctl import AGENT  # noqa: E402

LOCAL = "/srv/poolcenter-lab/local"
SEND = constants("client/ui/volume_send_dialog.c")
MIB = 1 << 20


class CopyToHostTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("a lab host needs root")
        cls.source = cls.enterClassContext(Host(f"send-{os.getpid()}", agent=AGENT))
        cls.target = cls.enterClassContext(Host(f"take-{os.getpid()}", agent=AGENT))
        for host in (cls.source, cls.target):
            host.up()
        with open(cls.source.outside(f"{LOCAL}/disk.raw"), "wb") as file:
            file.write(os.urandom(6 * MIB))
        cls.source.virsh("pool-refresh", "local")
        cls.drive = cls.enterClassContext(Drive(language="en"))
        cls.client = cls.enterClassContext(Client(cls.drive, "en"))
        cls.client.remember(cls.source, name="source")
        cls.client.remember(cls.target, name="target")
        cls.client.start()

    def select_volume(self):
        client = self.client
        client.select(self.source.name, "local")
        client.page("PAGE_STORAGE")

        def shown():
            return next((view for view in client.frame.children("SysListView32")
                         if view.visible and any(column["text"] == client.words("COLUMN_ALLOCATED") for column in view.columns())), None)
        volumes = self.drive.until(shown, "the list of volumes")
        volumes.row_of("disk.raw", 0, timeout=30)
        volumes.select_rows("disk.raw")
        client.wait_command("volume.copy_to")
        return volumes

    def test_dragged_onto_the_other_host(self):
        self.client.tree.tree_wait(self.target.name, "local")
        volumes = self.select_volume()
        left, top, _, bottom = volumes.row_facts(volumes.row_of("disk.raw", 0))["rect"]
        to_left, to_top, to_right, to_bottom = self.client.tree.call("tree_rect", "\x1f".join((self.target.name, "local")))
        self.client.frame.foreground()
        self.drive.drag((left + 30, (top + bottom) // 2), ((to_left + to_right) // 2, (to_top + to_bottom) // 2), begun=volumes.holds_mouse)
        dialog = self.client.dialog("SEND_TITLE", "disk.raw")
        self.assertEqual(dialog.child(SEND["PLACE"]).selected_item().split(" (")[0], self.target.name + ": local")
        dialog.close()
        dialog.wait_gone()

    def test_it_arrives(self):
        self.client.tree.tree_wait(self.target.name, "local")
        self.select_volume()
        self.client.command("volume.copy_to")
        dialog = self.client.dialog("SEND_TITLE", "disk.raw")
        place = dialog.child(SEND["PLACE"])
        self.assertEqual([item.split(" (")[0] for item in place.items()], [self.target.name + ": local"])
        dialog.child(SEND["NAME"]).edit("bad/name")
        self.assertFalse(self.client.button(dialog, "COPY_VERB").enabled)
        dialog.child(SEND["NAME"]).edit("arrived.raw")
        button = self.client.button(dialog, "COPY_VERB")
        button.wait_enabled(True)
        button.click()
        dialog.wait_gone()
        wait_for(lambda: os.path.exists(self.target.outside(f"{LOCAL}/arrived.raw")), "the copy", 60, 0.1)
        digests = [host.exec("sha256sum", f"{LOCAL}/{name}").split()[0] for host, name in ((self.source, "disk.raw"), (self.target, "arrived.raw"))]
        self.assertEqual(digests[0], digests[1])
        self.assertIn("arrived.raw", self.target.virsh("vol-list", "local"))


if __name__ == "__main__":
    unittest.main()
