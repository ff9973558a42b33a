# SPDX-License-Identifier: GPL-3.0-or-later
"""Clones and templates on a real host; virsh and QEMU's tools are the judges."""
import unittest
import xml.etree.ElementTree as ET

from agent_client import CallError
from snapshot_case import LOCAL, SnapshotCase

VM_EXISTS, VM_WRONG_STATE, VM_NAME_INVALID, NOT_SUPPORTED, NO_SPACE, VOLUME_IN_USE = -32021, -32022, -32024, -32012, -32038, -32036
TEMPLATE_IN_USE, IS_TEMPLATE, SNAPSHOT_NOT_FOUND, CANCELLED = -32083, -32084, -32080, -32005


class CloneTest(SnapshotCase):
    def clone(self, vm, name=None, **options):
        if name:
            options["name"] = name
        return self.rpc.run("vm.clone", vm=vm, **options)["result"]

    def xml(self, name):
        return ET.fromstring(self.host.virsh("dumpxml", name, "--inactive"))

    def add_nic(self, name):
        self.host.virsh("attach-interface", name, "network", "default", "--model", "virtio", "--config")

    def test_a_full_clone_has_an_identity_of_its_own(self):
        vm = self.create(disks=2, firmware="uefi")
        self.add_nic("vm")
        self.write("vm", 7)
        self.host.exec("sh", "-c", "mkdir -p /var/lib/libvirt/qemu/nvram; printf mine > /var/lib/libvirt/qemu/nvram/vm_VARS.fd")
        clone = self.clone(vm, "copy of 'vm'", description="new")
        old, new = self.xml("vm"), self.xml("copy of 'vm'")
        self.assertEqual(new.findtext("uuid"), clone)
        self.assertNotEqual(old.findtext("uuid"), clone)
        self.assertNotEqual(old.find(".//interface/mac").get("address"), new.find(".//interface/mac").get("address"))
        self.assertEqual(new.findtext("description"), "new")
        self.assertEqual(len(new.findall("devices/*")), len(old.findall("devices/*")))
        self.assertFalse(set(self.sources("vm").values()) & set(self.sources("copy of 'vm'").values()))
        self.assertTrue(self.holds(self.sources("copy of 'vm'")["vda"], 7))
        self.assertEqual(self.host.exec("cat", "/var/lib/libvirt/qemu/nvram/copy of 'vm'_VARS.fd"), "mine")
        self.assertEqual(self.host.exec("qemu-img", "compare", self.sources("vm")["vda"], self.sources("copy of 'vm'")["vda"]).strip(),
                         "Images are identical.")
        self.assertFalse([file for file in self.files() if file.startswith(".")])
        self.check()

    def test_a_name_is_found(self):
        vm = self.create()
        self.clone(vm)
        self.clone(vm)
        self.assertEqual(sorted(self.host.virsh("list", "--all", "--name").split("\n")), ["vm", "vm 2", "vm 3"])

    def test_from_snapshots(self):
        vm = self.create(start=True)
        self.write("vm", 1)
        self.take(vm, "a")
        self.write("vm", 2)
        self.take(vm, "b", memory=True)
        self.write("vm", 3)
        self.clone(vm, "full", snapshot="a")
        linked = self.clone(vm, "linked", snapshot="b", linked=True, start=True)
        self.assertTrue(self.holds(self.sources("full")["vda"], 1))
        self.assertEqual(len(self.chain(self.sources("full")["vda"])), 1)
        self.assertTrue(self.holds(self.sources("linked")["vda"], 2))
        self.assertEqual(self.host.virsh("domstate", "linked"), "running")
        self.delete(vm, "b")  # the linked clone needs its image: it stays, unseen
        self.delete(vm, "a")
        self.assertEqual(self.tree(vm), ({}, None))
        self.assertTrue(self.holds(self.sources("linked")["vda"], 2))
        self.assertEqual(self.host.virsh("domstate", "vm"), "running")
        self.refused(TEMPLATE_IN_USE, self.force_delete, vm)
        self.force_delete(linked)
        self.take(vm, "c")
        self.delete(vm, "c")
        self.assertEqual(len(self.chain(self.sources("vm")["vda"])), 1)
        self.check()

    def force_delete(self, vm):
        try:
            self.rpc.run("vm.force_off", vm=vm)
        except CallError as error:
            self.assertEqual(error.code, VM_WRONG_STATE)
        self.rpc.run("vm.delete", vm=vm, disks=["vda"])

    def test_templates(self):
        vm = self.create("debian")
        self.write("debian", 5)
        self.rpc.run("vm.set_template", vm=vm, template=True, notes="first")
        self.assertEqual(self.rpc.vm("debian")["template"], {"family": "debian", "version": 1, "notes": "first"})
        self.assertIn('family="debian"', self.host.virsh("dumpxml", "debian").replace("'", '"'))
        self.refused(IS_TEMPLATE, self.rpc.run, "vm.start", vm=vm)
        self.refused(IS_TEMPLATE, self.take, vm, "a")
        one = self.clone(vm, linked=True, start=True)  # quick create
        two = self.clone(vm, "web", linked=True)
        self.assertEqual(self.rpc.vm("debian 1")["id"], one)
        self.assertIsNone(self.rpc.vm("web").get("template"))
        self.assertEqual(self.chain(self.sources("web")["vda"]), [f"{LOCAL}/web.qcow2", f"{LOCAL}/debian.qcow2"])
        self.assertTrue(self.holds(self.sources("web")["vda"], 5))
        error = self.refused(TEMPLATE_IN_USE, self.rpc.run, "vm.delete", vm=vm)
        self.assertRegex(error.cause, "debian 1|web")
        self.refused(TEMPLATE_IN_USE, self.rpc.run, "vm.set_template", vm=vm, template=False)
        self.refused(VOLUME_IN_USE, self.rpc.run, "volume.delete", datastore=self.store, volume="debian.qcow2")
        self.take(two, "a")  # clones have snapshots of their own, which never touch the template's disk
        self.write("web", 6)
        self.delete(two, "a")
        self.assertEqual(len(self.chain(self.sources("web")["vda"])), 2)
        self.assertTrue(self.holds(f"{LOCAL}/debian.qcow2", 5))
        self.force_delete(one)
        self.force_delete(two)
        self.rpc.run("vm.set_template", vm=vm, template=False)
        self.assertIsNone(self.rpc.vm("debian").get("template"))
        self.rpc.run("vm.start", vm=vm)

    def test_versions(self):
        first = self.create("debian")
        self.rpc.run("vm.set_template", vm=first, template=True)
        second = self.clone(first, "debian, updated")
        self.rpc.run("vm.set_template", vm=second, template=True, version_of=first, notes="updated")
        self.assertEqual(self.rpc.vm("debian, updated")["template"], {"family": "debian", "version": 2, "notes": "updated"})
        self.refused(NOT_SUPPORTED, self.rpc.run, "vm.set_template", vm=self.create("x"), template=True, version_of=self.rpc.vm("x")["id"])

    def test_what_is_refused(self):
        vm = self.create()
        self.take(vm, "a")
        self.refused(NOT_SUPPORTED, self.clone, vm, linked=True)
        self.refused(NOT_SUPPORTED, self.rpc.run, "vm.set_template", vm=vm, template=True)
        self.refused(SNAPSHOT_NOT_FOUND, self.clone, vm, snapshot="b")
        self.refused(VM_EXISTS, self.clone, vm, "vm")
        self.refused(VM_NAME_INVALID, self.clone, vm, "../vm")
        self.rpc.run("vm.start", vm=vm)
        self.refused(VM_WRONG_STATE, self.clone, vm)
        self.refused(VM_WRONG_STATE, self.rpc.run, "vm.set_template", vm=vm, template=True)

    def test_a_full_disk_leaves_nothing(self):
        vm = self.create()
        self.host.exec("qemu-io", "-c", "write -P 1 0 200M", self.sources("vm")["vda"])
        self.host.mount_small("/srv/poolcenter-lab/tiny", "64M")
        self.rpc.run("datastore.create", name="tiny", path="/srv/poolcenter-lab/tiny")
        tiny = self.rpc.datastore("tiny")["id"]
        self.refused(NO_SPACE, self.clone, vm, "big", datastore=tiny)
        self.assertEqual(self.host.exec("ls", "-A", "/srv/poolcenter-lab/tiny"), "")
        self.assertIsNone(self.rpc.vm("big"))
        self.rpc.run("datastore.forget", datastore=tiny)

    def test_cancelled(self):
        vm = self.create()
        self.host.exec("qemu-io", "-c", "write -P 1 0 250M", self.sources("vm")["vda"])
        task = self.rpc.call("vm.clone", vm=vm, name="never")["task"]
        self.rpc.call("task.cancel", task=task)
        self.assertIn(self.rpc.wait_task(task)["state"], ("cancelled", "done"))
        if not self.rpc.vm("never"):
            self.assertEqual(self.files(), ["vm.qcow2"])


if __name__ == "__main__":
    unittest.main()
