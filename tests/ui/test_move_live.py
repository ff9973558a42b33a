#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The disk of a VM that runs is moved onto a Ceph pool through the window, and back; VMs are made from a template whose disk is there. virsh, rbd and
sha256sum on the host say what came of it."""
import os
import re
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import guests  # noqa: E402
from ceph import Ceph, Unavailable  # noqa: E402
from client import Client, constants  # noqa: E402
from drive import Drive  # noqa: E402
from lab import Host, wait_for  # noqa: E402
from poolctl import AGENT, Poolctl  # noqa: E402

COPY = constants("client/ui/volume_copy_dialog.c")
CLONE = constants("client/ui/clone_dialogs.c")
OK = 1
LOCAL = "/srv/poolcenter-lab/local"


class MoveLiveTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = Host(f"moveui-{os.getpid()}", agent=AGENT, hostname="lab").up()
        cls.addClassCleanup(cls.host.down)
        try:
            cls.ceph = Ceph(cls.host)
        except Unavailable as reason:
            print(f"skipped: no Ceph here: {reason}", flush=True)
            raise unittest.SkipTest(str(reason)) from None
        ctl = Poolctl(cls.host)
        cls.addClassCleanup(ctl.__exit__)
        ctl.wait_for_datastore()
        with tempfile.NamedTemporaryFile("w") as key:
            key.write(cls.ceph.key())
            key.flush()
            ctl("datastore", "create", "cluster", "--kind", "rbd", "--host", "127.0.0.1", "--source", Ceph.POOL, "--user", Ceph.USER, "--secret-file", key.name)
        ctl("vm", "create", "pet", "--memory", "64M", "--vcpus", 1, "--disk", "cluster:16M")
        ctl("vm", "to-template", "pet")
        cls.make_vm()
        cls.drive = cls.enterClassContext(Drive(size=(1400, 1000)))
        cls.client = cls.enterClassContext(Client(cls.drive))
        cls.client.remember(cls.host, name="lab")
        cls.client.start()
        cls.client.tree.tree_wait("lab", "cluster", timeout=30)

    @classmethod
    def make_vm(cls):
        """It runs, and its disk is full of random data that its firmware does not touch."""
        guests.store(cls.host, guests.GRUB_ISO)
        cls.host.exec("sh", "-ec", 'head -c 16M /dev/urandom > /srv/seen; qemu-img convert -f raw -O qcow2 /srv/seen "$1"', "sh", f"{LOCAL}/disk.qcow2")
        cls.seen = cls.host.exec("sha256sum", "/srv/seen").split()[0]
        cls.host.virsh("pool-refresh", "local")
        guests.define(cls.host, "web01")
        xml = f"<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{LOCAL}/disk.qcow2'/><target dev='vda' bus='virtio'/></disk>"
        cls.host.virsh("define", "/dev/stdin", input=cls.host.virsh("dumpxml", "web01").replace("<devices>", "<devices>" + xml))
        cls.host.virsh("start", "web01")

    def open(self, store, volume):
        """The dialog, when it says that the VM goes on."""
        client = self.client
        client.select("lab")
        client.select("lab", store)
        client.page("PAGE_STORAGE")
        page = self.drive.until(self.browser, "the list of volumes")
        page.row_of(volume, 0, timeout=20)
        page.select_rows(volume)
        client.wait_command("volume.move")
        client.command("volume.move")
        dialog = client.dialog("MOVE_TITLE", volume)
        runs = client.words("MOVE_RUNNING").replace("{1}", "web01")
        self.drive.until(lambda: any(child.known["text"] == runs for child in dialog.children() if child.visible), "the note that it goes on", 20)
        return dialog

    def browser(self):
        return next((view for view in self.client.frame.children("SysListView32")
                     if view.visible and any(column["text"] == self.client.words("COLUMN_ALLOCATED") for column in view.columns())), None)

    def choose(self, dialog, store):
        stores = dialog.child(COPY["STORE"])
        stores.select_item(next(item for item in stores.items() if item.startswith(store)))

    def move(self, dialog):
        dialog.child(OK).wait_enabled()
        dialog.child(OK).click()
        dialog.wait_gone(timeout=60)

    def disk(self, *options):
        xml = self.host.virsh("dumpxml", "web01", *options)
        return re.search(r"<disk type='(\w+)' device='disk'>\s*<driver name='qemu' type='(\w+)'.*?<source [^>]*?(?:file|name)='([^']+)'", xml, re.DOTALL).groups()

    def wait_for_disk(self, *wanted):
        wait_for(lambda: self.disk() == wanted, "the VM to have its disk there", 60, 0.1)

    def test_onto_ceph_and_back(self):
        dialog = self.open("local", "disk.qcow2")
        self.choose(dialog, "cluster")
        self.drive.until(lambda: dialog.child(COPY["NAME"]).text == "disk", "a name without an ending")
        form = dialog.child(COPY["FORMAT"])
        self.assertEqual((form.selected_item(), form.enabled), ("raw", False))
        self.choose(dialog, "local")
        self.drive.until(lambda: dialog.child(COPY["FORMAT"]).enabled, "formats to choose from")
        self.assertEqual((form.selected_item(), dialog.child(COPY["NAME"]).text), (self.client.words("COPY_FORMAT_SAME"), "disk.qcow2"))
        self.choose(dialog, "cluster")
        self.move(dialog)
        self.wait_for_disk("network", "raw", "vms/disk")
        wait_for(lambda: "disk.qcow2" not in self.host.exec("ls", LOCAL).split(), "the file to be gone", 20, 0.1)
        self.assertEqual(self.disk("--inactive"), self.disk())
        self.assertEqual(self.host.exec("sh", "-ec", "rbd export --no-progress vms/disk - | sha256sum").split()[0], self.seen)
        self.back()

    def back(self):
        dialog = self.open("cluster", "disk")
        self.choose(dialog, "local")
        dialog.child(COPY["NAME"]).edit("disk.raw")
        self.move(dialog)
        self.wait_for_disk("file", "raw", f"{LOCAL}/disk.raw")
        wait_for(lambda: "disk" not in self.ceph.run("rbd", "ls", Ceph.POOL).split(), "the image to be gone", 20, 0.1)
        self.assertEqual(self.host.exec("sha256sum", f"{LOCAL}/disk.raw").split()[0], self.seen)
        self.assertEqual(self.host.virsh("domstate", "web01"), "running")

    def digest(self, image):
        return self.host.exec("sh", "-ec", 'rbd export --no-progress "$1" - | sha256sum', "sh", f"{Ceph.POOL}/{image}").split()[0]

    def test_template_on_ceph(self):
        """Its disks cannot be linked to: the window copies them."""
        self.host.exec("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", "/srv/seen", f"rbd:{Ceph.POOL}/pet.raw")
        self.client.select("lab", "pet")
        self.client.wait_command("template.quick_create", timeout=20)
        self.client.command("template.quick_create")
        self.client.tree.tree_wait("lab", "pet 1", timeout=60)
        self.drive.until(lambda: self.host.virsh("domstate", "pet 1") == "running", "the VM to run")
        self.assertIn(f"name='{Ceph.POOL}/pet 1.raw'", self.host.virsh("dumpxml", "pet 1"))
        self.client.select("lab", "pet")
        self.client.wait_command("template.new_vm")
        self.client.command("template.new_vm")
        box = self.client.dialog("CLONE_TITLE_TEMPLATE", "pet")
        self.assertEqual((box.child(CLONE["LINKED"]).enabled, box.child(CLONE["FULL"]).checked), (False, True))
        self.assertEqual(box.child(CLONE["LINKED_NOTE"]).text, self.client.words("CLONE_LINKED_NEVER"))
        box.child(CLONE["NAME"]).edit("whole")
        box.child(OK).click()
        box.wait_gone()
        self.client.tree.tree_wait("lab", "whole", timeout=60)
        self.assertEqual(self.digest("whole.raw"), self.seen)


if __name__ == "__main__":
    unittest.main()
