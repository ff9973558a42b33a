# SPDX-License-Identifier: GPL-3.0-or-later
"""Clones and templates on a real host; virsh and QEMU's tools are the judges."""
import unittest
import xml.etree.ElementTree as ET

from agent_client import CallError
from overtaken import held
from snapshot_case import LOCAL, SnapshotCase

VM_EXISTS, VM_WRONG_STATE, VM_NAME_INVALID, NOT_SUPPORTED, NO_SPACE, VOLUME_IN_USE = -32021, -32022, -32024, -32012, -32038, -32036
TEMPLATE_IN_USE, IS_TEMPLATE, SNAPSHOT_NOT_FOUND, CANCELLED, VM_SETTING = -32083, -32084, -32080, -32005, -32028
LIBVIRT, BUSY, VOLUME_EXISTS = -32010, -32004, -32035


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
        self.host.virsh("autostart", "debian")
        self.rpc.run("vm.set_template", vm=vm, template=True, notes="first")
        self.assertEqual(self.rpc.vm("debian")["template"], {"family": "debian", "version": 1, "notes": "first"})
        self.assertIn("disable", self.host.virsh("dominfo", "debian").split("Autostart:")[1].split()[0], "a template would be started with the host")
        self.refused(VM_SETTING, self.rpc.run, "vm.configure", vm=vm, config={"startup": {"autostart": True, "order": 1}})
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

    def template(self, name):
        vm = self.create(name)
        self.host.exec("qemu-io", "-c", "write -P 1 0 200M", self.sources(name)["vda"])
        self.rpc.run("vm.set_template", vm=vm, template=True)
        return vm

    def same(self, one, other):
        self.assertEqual(self.host.exec("qemu-img", "compare", self.sources(one)["vda"], self.sources(other)["vda"]).strip(), "Images are identical.")

    def test_quick_create_pressed_twice(self):
        vm = self.template("debian")
        with held(self.host, self.rpc, "vm.clone", vm=vm) as first:
            self.clone(vm, start=True)
            self.refused(VM_EXISTS, self.rpc.call, "vm.clone", vm=vm, name="debian 1")
        self.assertEqual(self.rpc.wait_task(first)["state"], "done")
        self.assertEqual(self.host.virsh("domstate", "debian 2"), "running")
        self.host.virsh("destroy", "debian 2")
        self.same("debian", "debian 1")
        self.same("debian", "debian 2")
        self.assertEqual(self.files(), ["debian 1.qcow2", "debian 2.qcow2", "debian.qcow2"])

    def test_a_file_that_gets_the_name_first_stays(self):
        vm = self.template("debian")
        path = f"{LOCAL}/web.qcow2"
        with held(self.host, self.rpc, "vm.clone", vm=vm, name="web") as task:
            self.host.exec("qemu-img", "create", "-q", "-f", "qcow2", path, "1M")
            inode = self.host.exec("stat", "-c", "%i", path)
        self.assertEqual(self.rpc.wait_task(task)["error"]["code"], VOLUME_EXISTS)
        self.assertEqual(self.host.exec("stat", "-c", "%i", path), inode)
        self.host.exec("qemu-img", "check", path)
        self.assertIsNone(self.rpc.vm("web"))
        self.assertEqual(self.files(), ["debian.qcow2", "web.qcow2"])

    def test_a_template_stays_while_it_is_cloned_or_exported(self):
        vm = self.template("debian")
        for method, more in (("vm.clone", {"name": "copy"}), ("vm.export", {"datastore": self.store, "format": "qcow2"})):
            with self.subTest(method), held(self.host, self.rpc, method, vm=vm, **more) as task:
                self.refused(BUSY, self.rpc.call, "vm.delete", vm=vm, disks=["vda"])
                self.refused(BUSY, self.rpc.call, "vm.set_template", vm=vm, template=False)
                self.clone(vm, f"linked for {method}", linked=True)  # many may read it
            self.assertEqual(self.rpc.wait_task(task)["state"], "done")
        self.assertEqual(self.host.virsh("domstate", "debian"), "shut off")
        self.same("debian", "copy")
        self.refused(TEMPLATE_IN_USE, self.rpc.run, "vm.delete", vm=vm, disks=["vda"])

    def test_a_clone_that_does_not_start_stays(self):
        vm = self.create()
        self.write("vm", 7)
        self.host.virsh("net-define", "/dev/stdin", input="<network><name>off</name></network>")
        self.addCleanup(self.host.virsh, "net-undefine", "off")
        self.host.virsh("attach-interface", "vm", "network", "off", "--config")
        error = self.refused(LIBVIRT, self.clone, vm, "copy", start=True)
        self.assertRegex(error.cause, "the VM is there.*network 'off' is not active")
        self.assertEqual(self.host.virsh("domstate", "copy"), "shut off")
        self.same("vm", "copy")
        self.assertEqual(self.host.exec("ls", "/var/lib/poolagent/jobs"), "")
        self.host.virsh("net-start", "off")
        self.addCleanup(self.host.virsh, "net-destroy", "off")
        self.rpc.run("vm.start", vm=self.rpc.vm("copy")["id"])


if __name__ == "__main__":
    unittest.main()
