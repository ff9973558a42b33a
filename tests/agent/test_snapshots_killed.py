# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent is killed at many moments of clones, merges, reverts and snapshots; started again, it leaves whole images and nothing half-made."""
import unittest

from killed import KILLS, Killing, moments
from snapshot_case import LOCAL, SnapshotCase


class KilledTest(Killing, SnapshotCase):
    @property
    def lab(self):
        return self.host

    def setUp(self):
        super().setUp()
        self.vm = self.create()
        self.fill("vm", 0, 1)

    def fill(self, name, at, byte, size=48):
        self.host.exec("qemu-io", "-c", f"write -P {byte} {at}M {size}M", self.sources(name)["vda"])

    def has(self, path, at, byte, size=48):
        done = self.host.exec("qemu-io", "-U", "-r", "-c", f"read -P {byte} {at}M {size}M", path, check=False)
        return done.returncode == 0 and "failed" not in done.stdout

    def assert_starts(self, name):
        self.host.virsh("start", name)
        self.host.virsh("destroy", name)

    def test_clone(self):
        usual = self.usual("vm.clone", vm=self.vm, name="first")
        self.rpc.run("vm.delete", vm=self.rpc.vm("first")["id"], disks=["vda"])
        complete = 0
        for seconds in moments(self, usual):
            self.kill_after(seconds, "vm.clone", vm=self.vm, name="copy")
            self.check()
            copy = self.rpc.vm("copy")
            self.assertEqual(bool(copy), "copy" in self.host.virsh("list", "--all", "--name").split())
            if copy:
                complete += 1
                self.assert_starts("copy")
                self.assertTrue(self.has(f"{LOCAL}/copy.qcow2", 0, 1))
                self.rpc.run("vm.delete", vm=copy["id"], disks=["vda"])
            self.assertEqual(self.files(), ["vm.qcow2"])
        self.assertLess(complete, KILLS)
        self.assert_starts("vm")

    def merge(self, running):
        self.take(self.vm, "a")
        self.fill("vm", 48, 2)
        if running:
            self.host.virsh("start", "vm")
        usual = self.usual("snapshot.delete", vm=self.vm, snapshot="a")
        for number, seconds in enumerate(moments(self, usual)):
            if running:
                self.host.virsh("destroy", "vm")
            self.take(self.vm, "a")
            self.fill("vm", 48, number + 3)
            if running:
                self.host.virsh("start", "vm")
            self.kill_after(seconds, "snapshot.delete", vm=self.vm, snapshot="a")
            if self.tree(self.vm)[0]:  # killed before it had begun
                self.assertEqual(self.tree(self.vm), ({"a": None}, "a"))
                self.delete(self.vm, "a")
            self.assertEqual(self.tree(self.vm), ({}, None))
            self.assertEqual(self.host.virsh("snapshot-list", "vm", "--name"), "")
            self.assertEqual(self.files(), ["vm.qcow2"])
            self.assertEqual(self.sources("vm")["vda"], f"{LOCAL}/vm.qcow2")
            self.assertTrue(self.has(f"{LOCAL}/vm.qcow2", 0, 1))
            self.assertTrue(self.has(f"{LOCAL}/vm.qcow2", 48, number + 3))
            self.check()
            if not running:
                self.assert_starts("vm")

    def test_merge_of_a_vm_that_is_off(self):
        self.merge(False)

    def test_merge_of_a_running_vm(self):
        self.merge(True)

    def test_revert(self):
        self.take(self.vm, "a")
        self.fill("vm", 0, 2)
        usual = self.usual("snapshot.revert", vm=self.vm, snapshot="a")
        for number, seconds in enumerate(moments(self, usual)):
            byte = number + 10
            self.fill("vm", 0, byte)
            self.kill_after(seconds, "snapshot.revert", vm=self.vm, snapshot="a")
            path = self.sources("vm")["vda"]
            self.assertTrue(self.has(path, 0, 1) or self.has(path, 0, byte), "neither before nor after")
            self.assertEqual(len(self.files()), 2, self.files())
            self.assertEqual(self.tree(self.vm), ({"a": None}, "a"))
            self.check()
            self.assert_starts("vm")

    def test_taking_with_memory(self):
        self.host.virsh("start", "vm")
        usual = self.usual("snapshot.create", vm=self.vm, name="a", memory=True)
        self.delete(self.vm, "a")
        for seconds in moments(self, usual):
            self.kill_after(seconds, "snapshot.create", vm=self.vm, name="a", memory=True)
            self.assertEqual(self.host.virsh("domstate", "vm"), "running")
            if self.tree(self.vm)[0]:
                self.revert(self.vm, "a")
                self.delete(self.vm, "a")
            self.assertEqual(self.files(), ["vm.qcow2"])
            self.check()


if __name__ == "__main__":
    unittest.main()
