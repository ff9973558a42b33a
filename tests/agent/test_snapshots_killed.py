# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent is killed at many moments of clones, merges, reverts and snapshots; started again, it leaves whole images and nothing half-made."""
import json
import os
import time
import unittest

from killed import KILLS, Killing, moments
from snapshot_case import LOCAL, SnapshotCase, wait_for

FEWER = max(1, KILLS - 2)


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

    def test_revert_of_a_running_vm(self):
        """It runs again, in the snapshot's state or, by a fresh start, in its own."""
        self.host.virsh("start", "vm")
        self.write("vm", 1)
        self.take(self.vm, "a", memory=True)
        usual = self.usual("snapshot.revert", vm=self.vm, snapshot="a")
        for number, seconds in enumerate(moments(self, usual, FEWER)):
            self.write("vm", number + 10)
            before = self.sources("vm")["vda"]
            self.kill_after(seconds, "snapshot.revert", vm=self.vm, snapshot="a")
            self.assertEqual(self.host.virsh("domstate", "vm"), "running")
            path = self.sources("vm")["vda"]
            self.assertTrue(self.holds(path, number + 10 if path == before else 1))
            self.assertTrue(path == before or self.restored())
            self.assertEqual(len(self.files()), 3, self.files())
            self.assertEqual(self.tree(self.vm), ({"a": None}, "a"))
            self.check()

    def restored(self):
        """Whether QEMU was begun with a memory that was saved."""
        return "-incoming" in self.host.exec("sh", "-c", "tail -n 200 /var/log/libvirt/qemu/vm.log").rpartition("starting up")[2]

    def next_agent(self, facts):
        """Finds what one that was killed has written down of a revert."""
        entry = {"kind": "revert", "driver": "qemu:///system", "began": int(time.time() * 1000), "facts": facts}
        self.host.exec("sh", "-c", "cat > /var/lib/poolagent/jobs/00000000-0000-4000-8000-000000000001.json", input=json.dumps(entry))
        self.host.start_agent()
        self.rpc.close()
        self.rpc = self.connect()
        wait_for(self.at_rest, "the agent to have put things in order", 60, 0.05)

    def test_a_revert_that_had_cut_the_vm_off_only(self):
        self.take(self.vm, "a")
        self.host.kill_agent()
        self.next_agent({"vm": self.vm, "name": "a", "new": [f"{LOCAL}/gone.qcow2"], "old": [], "cut": {"ran": True, "wake": "", "written": [0]}})
        self.assertEqual(self.host.virsh("domstate", "vm"), "running")

    def test_a_revert_whose_memory_was_not_restored(self):
        """The VM was cut off and has the other images; what it had in its memory comes back by the next agent, unless somebody has used them meanwhile."""
        self.host.virsh("start", "vm")
        self.write("vm", 1)
        self.take(self.vm, "a", memory=True)
        for touched in (False, True):
            self.host.kill_agent()
            self.host.virsh("destroy", "vm")
            old, new = self.sources("vm")["vda"], f"{LOCAL}/new-{touched}.qcow2"
            self.host.exec("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", f"{LOCAL}/vm.qcow2", new)
            self.host.virsh("define", "/dev/stdin", input=self.host.virsh("dumpxml", "vm", "--inactive").replace(old, new))
            written = os.stat(self.host.outside(new)).st_mtime_ns
            if touched:
                self.host.exec("qemu-io", "-c", "write -P 3 0 64k", new)
            self.next_agent({"vm": self.vm, "name": "a", "new": [new], "old": [old], "cut": {"ran": True, "wake": "memory", "written": [written]}})
            self.assertEqual((self.host.virsh("domstate", "vm"), self.sources("vm")["vda"]), ("shut off" if touched else "running", new))
            self.assertTrue(self.restored())
            self.assertTrue(self.holds(new, 3 if touched else 1))
            self.assertEqual((self.tree(self.vm), len(self.files())), (({"a": None}, "a"), 3))
            self.check()

    def test_an_agent_that_ends_while_libvirt_goes_on(self):
        """libvirt takes the snapshot that a killed agent has begun; the next one waits for it, and when that one ends, the one after it."""
        self.slow_memory("vm")
        self.host.virsh("start", "vm")
        self.rpc.send("snapshot.create", vm=self.vm, name="a", memory=True)
        wait_for(lambda: any(task.get("done") for task in self.rpc.inventory()["tasks"] if "finished" not in task), "the memory to be written", 20, 0.05)
        self.host.kill_agent()
        self.host.start_agent()
        self.rpc.close()
        self.rpc = self.connect()
        wait_for(lambda: not self.at_rest(), "the agent to wait", 20, 0.05)
        self.assertIn("Snapshot", self.host.virsh("domjobinfo", "vm"))
        self.host.stop_agent()
        self.hold(False)
        self.host.start_agent()
        self.rpc.close()
        self.rpc = self.connect()
        wait_for(self.at_rest, "the agent to have put things in order", 60, 0.05)
        self.assertEqual(self.tree(self.vm), ({"a": None}, "a"))
        self.revert(self.vm, "a")
        self.assertTrue(self.restored())
        self.assertEqual(self.host.virsh("domstate", "vm"), "running")

    def test_deleting_a_branch(self):
        number = 0

        def prepare():
            nonlocal number
            number += 1
            for at, name in ((0, "a"), (16, "b"), (32, None)):
                self.fill("vm", at, number + at, 16)
                if name:
                    self.take(self.vm, name)

        def check():
            if self.tree(self.vm)[0]:  # killed before it had begun
                self.assertEqual(self.tree(self.vm), ({"a": None, "b": "a"}, "b"))
                self.delete(self.vm, "a", children=True)
            self.assertEqual((self.tree(self.vm), self.host.virsh("snapshot-list", "vm", "--name")), (({}, None), ""))
            self.assertEqual((self.files(), self.sources("vm")["vda"]), (["vm.qcow2"], f"{LOCAL}/vm.qcow2"))
            for at in (0, 16, 32):
                self.assertTrue(self.has(f"{LOCAL}/vm.qcow2", at, number + at, 16))
            self.check()

        self.killed(check, "snapshot.delete", prepare=prepare, count=FEWER, vm=self.vm, snapshot="a", children=True)

    def test_linked_clone(self):
        self.take(self.vm, "a")
        below = self.files()

        def check():
            copy = self.rpc.vm("copy")
            self.assertEqual(bool(copy), "copy" in self.host.virsh("list", "--all", "--name").split())
            if copy:
                self.assertEqual(self.chain(self.sources("copy")["vda"]), [f"{LOCAL}/copy.qcow2", f"{LOCAL}/vm.qcow2"])
                self.assertTrue(self.has(f"{LOCAL}/copy.qcow2", 0, 1))
                self.rpc.run("vm.start", vm=copy["id"])
                self.rpc.run("vm.force_off", vm=copy["id"])
                self.rpc.run("vm.delete", vm=copy["id"], disks=["vda"])
            self.assertEqual((self.files(), self.tree(self.vm)), (below, ({"a": None}, "a")))
            self.check()

        self.killed(check, "vm.clone", count=FEWER, vm=self.vm, name="copy", snapshot="a", linked=True)

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
