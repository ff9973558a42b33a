#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots, clones and templates through the window; virsh says what the host has then."""
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import guests  # noqa: E402
from client import Client, constants  # noqa: E402
from drive import Drive  # noqa: E402
from lab import Host  # noqa: E402
from poolctl import AGENT  # noqa: E402

SNAPSHOT, CLONE, PAGE, EXPORT = (constants(f"client/ui/{file}.c") for file in ("snapshot_dialogs", "clone_dialogs", "snapshots_page", "export_dialog"))
OK = 1
LOCAL = "/srv/poolcenter-lab/local"
DISK = f"<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{LOCAL}/{{0}}.qcow2'/><target dev='vda' bus='virtio'/></disk>"


class SnapshotsTest(unittest.TestCase):
    language = "en"

    @classmethod
    def setUpClass(cls):
        cls.host = Host(f"snapui-{os.getpid()}", agent=AGENT).up()
        cls.addClassCleanup(cls.host.down)
        for name in ("web", "base"):
            cls.define(name)
        cls.drive = cls.enterClassContext(Drive(language=cls.language, size=(1280, 900)))
        cls.client = cls.enterClassContext(Client(cls.drive, cls.language))
        cls.words = cls.client.words
        cls.client.remember(cls.host, name="lab", user="root")
        cls.client.start()
        cls.server = cls.drive.until(lambda: next((row["text"] for row in cls.client.tree.tree() if row["level"] == 0 and "(" not in row["text"]), None),
                                     "the server to be online", 30)
        cls.client.tree.tree_wait(cls.server, "web", timeout=30)

    @classmethod
    def define(cls, name):
        """A VM with a disk of its own, made by virsh."""
        cls.host.exec("qemu-img", "create", "-q", "-f", "qcow2", f"{LOCAL}/{name}.qcow2", "64M")
        path = guests.store(cls.host, guests.GRUB_ISO)
        xml = guests.DOMAIN.format(name=name, iso=path, memory=64).replace("<input ", DISK.format(name) + "<input ")
        cls.host.virsh("define", "/dev/stdin", input=xml)

    @property
    def snapshots(self):
        """The page's tree."""
        return self.drive.until(lambda: next((tree for tree in self.client.frame.children("SysTreeView32") if tree.control_id == PAGE["TREE_ID"] and tree.visible), None),
                                "the tree of snapshots")

    def show(self, name):
        self.client.select(self.server, name)
        self.client.page("PAGE_SNAPSHOTS")

    def shape(self):
        return [(row["level"], row["text"]) for row in self.snapshots.tree()]

    def wait_shape(self, *rows):
        self.drive.until(lambda: self.shape() == list(rows), f"the tree to be {rows}", 30)

    def take(self, name, *options):
        self.client.wait_command("vm.snapshot")
        self.client.command("vm.snapshot")
        box = self.client.dialog("TAKE_SNAPSHOT_TITLE", "web")
        box.child(OK).wait_enabled(True)
        box.child(SNAPSHOT["NAME"]).edit(name)
        for option in options:
            box.child(SNAPSHOT[option]).click()
        box.child(OK).click()
        box.wait_gone()

    def clone_of(self, snapshot):
        """The dialog for a new VM from it."""
        self.snapshots.tree_select(snapshot)
        self.client.wait_command("snapshot.clone")
        self.client.command("snapshot.clone")
        return self.client.dialog("CLONE_TITLE_TEMPLATE", snapshot)

    def wait_shown(self, words):
        """Until some control of the window says these words."""
        self.drive.until(lambda: any(words in child.known["text"] for child in self.client.frame.children()), f"the window to say '{words}'", 30)

    def names(self):
        return sorted(self.host.virsh("list", "--all", "--name").split("\n"))

    def test_1_a_tree_grows_and_is_gone_back_to(self):
        here = self.words("SNAPSHOTS_HERE")
        self.show("web")
        self.wait_shape((0, here))
        self.take("clean")
        self.wait_shape((0, "clean"), (1, here))
        self.assertEqual(self.host.virsh("snapshot-list", "web", "--name"), "clean")
        box = self.clone_of("clean")
        box.child(CLONE["LINKED"]).wait_enabled(True)
        box.close()
        box.wait_gone()
        self.client.command("vm.start")
        self.client.wait_command("vm.pause")
        self.take("running", "MEMORY")
        self.wait_shape((0, "clean"), (1, "running"), (2, here))
        self.snapshots.tree_select("clean", "running")
        self.wait_shown(self.words("SNAPSHOTS_MEMORY"))
        self.snapshots.tree_select("clean")
        self.client.wait_command("snapshot.revert")
        self.client.command("snapshot.revert")
        box = self.client.dialog("REVERT_TITLE", "web")
        box.child(OK).wait_enabled(True)
        box.child(SNAPSHOT["KEEP_NAME"]).edit("kept")
        box.child(SNAPSHOT["START"]).check(False)
        box.child(OK).click()
        box.wait_gone()
        self.wait_shape((0, "clean"), (1, "running"), (2, "kept"), (1, here))
        self.assertEqual(self.host.virsh("domstate", "web"), "shut off")
        self.assertEqual(self.host.virsh("snapshot-current", "--name", "web"), "clean")

    def test_2_keys_and_menu(self):
        here = self.words("SNAPSHOTS_HERE")
        self.show("web")
        self.snapshots.tree_select("clean", "running")
        self.snapshots.focus()
        self.drive.key("F2")
        box = self.client.dialog("EDIT_SNAPSHOT_TITLE", "running")
        box.child(OK).wait_enabled(True)
        box.child(SNAPSHOT["ABOUT"]).edit("as it ran")
        box.child(OK).click()
        box.wait_gone()
        self.assertIn("as it ran", self.host.virsh("snapshot-dumpxml", "web", "running"))
        self.wait_shown("as it ran")
        self.export_chosen()
        self.snapshots.tree_click("clean", "running", button=3)
        self.drive.popup_choose(self.words("COMMAND_DELETE_BRANCH").replace("&", "") + "...")
        box = self.client.dialog("DELETE_SNAPSHOT_TITLE", "running")
        box.child(SNAPSHOT["WARNING"]).wait_text(self.words.plural("DELETE_BRANCH_ASK", 1, "running"))
        box.child(OK).click()
        box.wait_gone()
        self.wait_shape((0, "clean"), (1, here))
        self.snapshots.tree_select("clean")
        self.snapshots.focus()
        self.drive.key("Delete")
        box = self.client.dialog("DELETE_SNAPSHOT_TITLE", "clean")
        box.child(OK).click()
        box.wait_gone()
        self.wait_shape((0, here))
        self.assertEqual(self.host.virsh("snapshot-list", "web", "--name"), "")
        self.assertEqual(sorted(os.listdir(self.host.outside(LOCAL))), ["base.qcow2", "grub-rescue-cdrom.iso", "web.qcow2"])

    def export_chosen(self):
        """By the menu of the right mouse button, into the datastore."""
        self.snapshots.tree_click("clean", "running", button=3)
        self.drive.popup_choose(self.words("COMMAND_EXPORT_SNAPSHOT").replace("&", "") + "...")
        box = self.client.dialog("EXPORT_VM_TITLE_SNAPSHOT", "web", "running")
        box.child(EXPORT["TO_DATASTORE"]).check(True)
        self.assertEqual(box.child(EXPORT["NAME"]).text, "web-running")
        box.child(OK).wait_enabled(True)
        box.child(OK).click()
        box.wait_gone()
        path = self.host.outside(f"{LOCAL}/web-running.ova")
        self.drive.until(lambda: os.path.exists(path), "the archive", 60)
        self.assertEqual(subprocess.run(["tar", "-tf", path], check=True, capture_output=True, text=True).stdout.split(),
                         ["web-running.ovf", "web-running-disk1.vmdk", "web-running.mf"])
        os.unlink(path)

    def test_3_clones_and_templates(self):
        self.client.select(self.server, "base")
        self.client.wait_command("vm.clone")
        self.client.command("vm.clone")
        box = self.client.dialog("CLONE_TITLE", "base")
        self.assertFalse(box.child(CLONE["LINKED"]).enabled)
        box.child(CLONE["NAME"]).edit("copy")
        box.child(OK).click()
        box.wait_gone()
        self.client.tree.tree_wait(self.server, "copy", timeout=30)
        self.assertIn("copy", self.names())
        self.client.command("vm.to_template")
        box = self.client.dialog("TEMPLATE_TITLE", "base")
        box.child(CLONE["NOTES"]).edit("first")
        box.child(OK).click()
        box.wait_gone()
        self.client.wait_command("template.quick_create", timeout=20)
        self.client.wait_command("vm.start", False)
        self.client.command("template.quick_create")
        self.client.tree.tree_wait(self.server, "base 1", timeout=30)
        self.drive.until(lambda: self.host.virsh("domstate", "base 1") == "running", "the VM to run")
        self.client.command("template.new_vm")
        box = self.client.dialog("CLONE_TITLE_TEMPLATE", "base")
        self.assertTrue(box.child(CLONE["LINKED"]).checked)
        box.child(CLONE["NAME"]).edit("linked")
        box.child(OK).click()
        box.wait_gone()
        self.client.tree.tree_wait(self.server, "linked", timeout=30)
        self.assertIn(f"{LOCAL}/base.qcow2", self.host.exec("qemu-img", "info", f"{LOCAL}/linked.qcow2"))
        self.client.select(self.server, "base")
        self.client.wait_command("template.to_vm")
        self.client.command("template.to_vm")
        self.drive.until(lambda: any("base 1" in words and "linked" in words for words in (child.known["text"] for child in self.client.frame.children())),
                         "why it stays a template", 30)


    def test_4_disks_are_not_linked_to_what_is_inside_of_an_image(self):
        self.define("inside")
        self.host.virsh("snapshot-create-as", "inside", "kept")
        self.client.tree.tree_wait(self.server, "inside", timeout=30)
        self.show("inside")
        self.wait_shape((0, "kept"), (1, self.words("SNAPSHOTS_HERE")))
        box = self.clone_of("kept")
        note = box.child(CLONE["LINKED_NOTE"])  # as soon as it is shown
        self.assertEqual((note.text, box.child(CLONE["LINKED"]).enabled), (self.words("CLONE_LINKED_INSIDE"), False))
        box.child(CLONE["NAME"]).edit("from inside")
        box.child(OK).click()
        box.wait_gone()
        self.client.tree.tree_wait(self.server, "from inside", timeout=30)
        self.assertNotIn("backing file", self.host.exec("qemu-img", "info", f"{LOCAL}/from inside.qcow2"))


class GermanTest(SnapshotsTest):
    language = "de"


if __name__ == "__main__":
    unittest.main()
