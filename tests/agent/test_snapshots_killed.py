# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent is killed at many moments of clones, merges, reverts and snapshots; started again, it leaves whole images and nothing half-made."""
import random
import time
import unittest

from snapshot_case import LOCAL, SnapshotCase
from lab import wait_for

MOMENTS = 20


class KilledTest(SnapshotCase):
    def setUp(self):
        super().setUp()
        self.random = random.Random(self.id())  # the same moments in each run, as far as the machine is the same
        self.vm = self.create()
        self.fill("vm", 0, 1)

    def fill(self, name, at, byte, size=48):
        self.host.exec("qemu-io", "-c", f"write -P {byte} {at}M {size}M", self.sources(name)["vda"])

    def has(self, path, at, byte, size=48):
        done = self.host.exec("qemu-io", "-U", "-r", "-c", f"read -P {byte} {at}M {size}M", path, check=False)
        return done.returncode == 0 and "failed" not in done.stdout

    def kill_in(self, seconds, method, **params):
        """Calls it, kills the agent so much later, and starts it again."""
        self.rpc.send(method, **params)
        time.sleep(seconds)
        self.host.kill_agent()
        self.host.start_agent()
        self.rpc = self.connect()
        wait_for(self.at_rest, "the agent to have cleaned up", 60, 0.1)

    def at_rest(self):
        jobs = self.host.exec("sh", "-c", "ls /var/lib/poolagent/jobs 2>/dev/null | wc -l").strip()
        running = [t for t in self.rpc.inventory().get("tasks", []) if t["state"] == "running"]
        return jobs == "0" and not running

    def moments(self, seconds):
        """From at once to a little after the job's usual end."""
        for number in range(MOMENTS):
            yield self.random.uniform(0, seconds * 1.2) if number else 0

    def duration(self, method, **params):
        began = time.monotonic()
        self.rpc.run(method, **params)
        return time.monotonic() - began

    def assert_starts(self, name):
        self.host.virsh("start", name)
        self.host.virsh("destroy", name)

    def test_clone(self):
        usual = self.duration("vm.clone", vm=self.vm, name="first")
        self.rpc.run("vm.delete", vm=self.rpc.vm("first")["id"], disks=["vda"])
        complete = 0
        for seconds in self.moments(usual):
            with self.subTest(seconds=seconds):
                self.kill_in(seconds, "vm.clone", vm=self.vm, name="copy")
                self.check()
                copy = self.rpc.vm("copy")
                self.assertEqual(bool(copy), "copy" in self.host.virsh("list", "--all", "--name").split())
                if copy:
                    complete += 1
                    self.assert_starts("copy")
                    self.assertTrue(self.has(f"{LOCAL}/copy.qcow2", 0, 1))
                    self.rpc.run("vm.delete", vm=copy["id"], disks=["vda"])
                self.assertEqual(self.files(), ["vm.qcow2"])
        self.assertLess(complete, MOMENTS)
        self.assert_starts("vm")

    def merge(self, running):
        self.take(self.vm, "a")
        self.fill("vm", 48, 2)
        if running:
            self.host.virsh("start", "vm")
        usual = self.duration("snapshot.delete", vm=self.vm, snapshot="a")
        for number, seconds in enumerate(self.moments(usual)):
            with self.subTest(seconds=seconds):
                if running:
                    self.host.virsh("destroy", "vm")
                self.take(self.vm, "a")
                self.fill("vm", 48, number + 3)
                if running:
                    self.host.virsh("start", "vm")
                self.kill_in(seconds, "snapshot.delete", vm=self.vm, snapshot="a")
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
        usual = self.duration("snapshot.revert", vm=self.vm, snapshot="a")
        for number, seconds in enumerate(self.moments(usual)):
            with self.subTest(seconds=seconds):
                byte = number + 10
                self.fill("vm", 0, byte)
                self.kill_in(seconds, "snapshot.revert", vm=self.vm, snapshot="a")
                path = self.sources("vm")["vda"]
                self.assertTrue(self.has(path, 0, 1) or self.has(path, 0, byte), "neither before nor after")
                self.assertEqual(len(self.files()), 2, self.files())
                self.assertEqual(self.tree(self.vm), ({"a": None}, "a"))
                self.check()
                self.assert_starts("vm")

    def test_taking_with_memory(self):
        self.host.virsh("start", "vm")
        usual = self.duration("snapshot.create", vm=self.vm, name="a", memory=True)
        self.delete(self.vm, "a")
        for seconds in self.moments(usual):
            with self.subTest(seconds=seconds):
                self.kill_in(seconds, "snapshot.create", vm=self.vm, name="a", memory=True)
                self.assertEqual(self.host.virsh("domstate", "vm"), "running")
                if self.tree(self.vm)[0]:
                    self.revert(self.vm, "a")
                    self.delete(self.vm, "a")
                self.assertEqual(self.files(), ["vm.qcow2"])
                self.check()


if __name__ == "__main__":
    unittest.main()
