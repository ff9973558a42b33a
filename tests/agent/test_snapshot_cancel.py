# SPDX-License-Identifier: GPL-3.0-or-later
"""Deleting a snapshot is cancelled, at whatever moment that is: the VM keeps what it has, its images are whole, and deleting can be done again. Taking one
with memory is cancelled: nothing is left of it."""
import time
import unittest

from agent_client import CallError
from snapshot_case import LOCAL, SnapshotCase, wait_for

NOT_SUPPORTED = -32012
FILLED = "200M"


class CancelTest(SnapshotCase):
    def fill(self, byte):
        """Much to copy, and a beginning that tells whose it is."""
        path = self.sources("vm")["vda"]
        if self.running("vm"):
            self.host.virsh("destroy", "vm")
        self.host.exec("qemu-io", "-c", f"write -P {byte} 0 {FILLED}", path)

    def begin(self, vm, name, **options):
        return self.rpc.call("snapshot.delete", vm=vm, snapshot=name, **options)["task"]

    def cancel(self, task):
        """The task's state at its end; one that is past the point of no return refuses and is waited for."""
        try:
            self.rpc.call("task.cancel", task=task)
        except CallError as error:
            self.assertEqual(error.code, NOT_SUPPORTED)
        return self.rpc.wait_task(task)["state"]

    def left(self, vm):
        return {s["name"]: bool(s.get("deleting")) for s in self.list(vm).get("snapshots", [])}

    def whole(self, byte):
        """What the VM has, read by QEMU's tools, and its images."""
        if self.running("vm"):
            self.host.virsh("destroy", "vm")
        self.assertTrue(self.holds(self.sources("vm")["vda"], byte))
        self.check()

    def rounds(self, start):
        """Cancelled after more and more time, until it comes too late."""
        seen = set()
        for wait in (0, 0.05, 0.2, 0.5, 1):
            vm = self.create()
            self.fill(1)
            self.take(vm, "a")
            self.fill(2)
            if start:
                self.rpc.run("vm.start", vm=vm)
            task = self.begin(vm, "a")
            time.sleep(wait)
            state = self.cancel(task)
            seen.add(state)
            left = self.left(vm)
            self.assertEqual(left == {}, state == "done", (state, left))
            self.assertNotIn(".poolcenter-", "".join(self.files()))
            if start:
                self.assertEqual(self.host.virsh("domstate", "vm"), "running")
                self.assertNotIn("Commit", self.host.virsh("blockjob", "vm", "vda"))
            self.whole(2)
            if left == {"a": False}:  # nothing was copied: it can be gone back to
                self.assertTrue(self.holds(f"{LOCAL}/vm.qcow2", 1))
            if left:
                self.delete(vm, "a")
            self.assertEqual((self.left(vm), self.files()), ({}, ["vm.qcow2"]))
            self.whole(2)
            self.rpc.run("vm.delete", vm=vm, disks=["vda"])
        return seen

    def test_of_a_vm_that_is_off(self):
        self.assertIn("cancelled", self.rounds(False))

    def test_of_a_vm_that_runs(self):
        self.assertIn("cancelled", self.rounds(True))

    def test_a_branch_and_a_new_agent(self):
        vm = self.create()
        for byte, name in ((1, "a"), (2, "b"), (3, "c")):
            self.fill(byte)
            self.take(vm, name)
        self.fill(4)
        task = self.begin(vm, "a", children=True)
        wait_for(lambda: self.host.pids("qemu-img"), "qemu-img to run", 20, 0.001)
        self.assertEqual(self.cancel(task), "cancelled")
        left = self.left(vm)
        self.assertTrue(left)
        self.assertLessEqual(sum(left.values()), 1, left)  # one was being merged at most
        self.whole(4)
        self.host.restart_agent()
        self.rpc = self.connect()
        self.assertEqual(self.left(vm), left)  # what a user has cancelled, no agent goes on with
        self.delete(vm, "a", children=True)
        self.assertEqual((self.left(vm), self.files()), ({}, ["vm.qcow2"]))
        self.whole(4)


class MemoryTest(SnapshotCase):
    """The memory of a VM that runs is being written: that tells how far it is, and can be cancelled."""

    def setUp(self):
        super().setUp()
        self.vm = self.create()
        self.write("vm", 1)
        self.slow_memory("vm")
        self.host.virsh("start", "vm")

    def task(self, id):
        return next(task for task in self.rpc.inventory()["tasks"] if task["id"] == id)

    def under_way(self, id):
        """The task once some of the memory has been written."""
        task = self.task(id)
        self.assertNotIn("finished", task)
        return task if 0 < task.get("done", 0) < task.get("total", 0) else None

    def cancelled(self, method, **params):
        id = self.rpc.call(method, vm=self.vm, **params)["task"]
        task = wait_for(lambda: self.under_way(id), "the memory to be written", 30, 0.05)
        self.assertTrue(task["cancellable"])
        self.assertIn("Snapshot", self.host.virsh("domjobinfo", "vm"))
        self.rpc.call("task.cancel", task=id)
        self.assertEqual(self.rpc.wait_task(id)["state"], "cancelled")
        self.assertEqual(self.host.virsh("domstate", "vm"), "running")
        self.assertIn("None", self.host.virsh("domjobinfo", "vm"))
        self.assertEqual(self.host.exec("ls", "/var/lib/poolagent/jobs"), "")

    def test_nothing_is_left(self):
        self.cancelled("snapshot.create", name="a", memory=True)
        self.assertEqual((self.tree(self.vm), self.host.virsh("snapshot-list", "vm", "--name")), (({}, None), ""))
        self.assertEqual((self.files(), self.sources("vm")["vda"]), (["vm.qcow2"], f"{LOCAL}/vm.qcow2"))
        self.assertEqual(self.host.exec("sh", "-c", f"ls /var/lib/poolagent/snapshots/{self.vm} 2>/dev/null || true"), "")
        self.write("vm", 2)
        self.assertTrue(self.holds(f"{LOCAL}/vm.qcow2", 2))
        self.hold(False)
        self.take(self.vm, "a", memory=True)
        self.revert(self.vm, "a")
        self.assertEqual(self.host.virsh("domstate", "vm"), "running")
        self.check()

    def test_of_the_state_that_was_to_be_kept(self):
        """The VM has not gone back."""
        self.hold(False)
        self.take(self.vm, "a")
        self.write("vm", 2)
        files, sources = self.files(), self.sources("vm")
        self.hold()
        self.cancelled("snapshot.revert", snapshot="a", keep_as="before")
        self.assertEqual((self.tree(self.vm), self.files(), self.sources("vm")), (({"a": None}, "a"), files, sources))
        self.assertTrue(self.holds(sources["vda"], 2))
        self.check()


if __name__ == "__main__":
    unittest.main()
