# SPDX-License-Identifier: GPL-3.0-or-later
"""Deleting a snapshot is cancelled, at whatever moment that is: the VM keeps what it has, its images are whole, and deleting can be done again."""
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


if __name__ == "__main__":
    unittest.main()
