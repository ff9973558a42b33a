# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots written into packages and images, on a real host: tar and QEMU's tools say what is in them."""
import json
import unittest

from snapshot_case import LOCAL, SnapshotCase

VM_WRONG_STATE, SNAPSHOT_NOT_FOUND, BUSY, VOLUME_EXISTS = -32022, -32080, -32004, -32035


class SnapshotExportTest(SnapshotCase):
    def export(self, vm, snapshot, format, **more):
        task = self.rpc.run("vm.export", vm=vm, snapshot=snapshot, datastore=self.store, format=format, **more)
        return task["result"].split("\n")

    def raw(self, file, format):
        """The image as raw data, whose first bytes holds() looks at."""
        self.host.exec("qemu-img", "convert", "-f", format, "-O", "raw", f"{LOCAL}/{file}", f"{LOCAL}/look.raw")
        return f"{LOCAL}/look.raw"

    def unpack(self, archive, member):
        self.host.exec("sh", "-c", f"tar -xOf '{LOCAL}/{archive}' '{member}' > {LOCAL}/member.vmdk")
        return "member.vmdk"

    def test_of_a_vm_that_is_off(self):
        vm = self.create(disks=2)
        self.write("vm", 1)
        self.write("vm", 11, "vdb")
        self.take(vm, "one, two")
        self.write("vm", 2)
        self.assertEqual(self.export(vm, "one, two", "ova"), ["vm-one, two.ova"])
        member = self.unpack("vm-one, two.ova", "vm-one, two-disk1.vmdk")
        self.assertTrue(self.holds(self.raw(member, "vmdk"), 1))
        self.assertTrue(self.holds(self.raw(self.unpack("vm-one, two.ova", "vm-one, two-disk2.vmdk"), "vmdk"), 11))
        files = self.export(vm, "one, two", "qcow2", name="copy")
        self.assertEqual(files, ["copy.xml", "copy-disk1.qcow2", "copy-disk2.qcow2"])
        self.assertTrue(self.holds(f"{LOCAL}/copy-disk1.qcow2", 1))
        self.assertEqual(len(self.chain(f"{LOCAL}/copy-disk1.qcow2")), 1)
        self.assertTrue(self.holds(self.sources("vm")["vda"], 2))
        self.refused(VOLUME_EXISTS, self.export, vm, "one, two", "qcow2", name="copy")
        self.refused(SNAPSHOT_NOT_FOUND, self.export, vm, "three", "ova")
        self.check()

    def test_of_a_vm_that_runs(self):
        vm = self.create(start=True)
        self.write("vm", 1)
        self.take(vm, "a", memory=True)
        self.write("vm", 2)
        self.refused(VM_WRONG_STATE, self.rpc.run, "vm.export", vm=vm, datastore=self.store, format="ova")
        self.export(vm, "a", "qcow2")
        self.assertTrue(self.holds(f"{LOCAL}/vm-a-disk1.qcow2", 1))
        self.assertEqual(self.host.virsh("domstate", "vm"), "running")
        self.rpc.run("vm.import", datastore=self.store, volume="vm-a.xml", name="back", vcpus=1, memory=64 << 20, firmware="bios",
                     disks=[{"file": "vm-a-disk1.qcow2", "datastore": self.store, "format": "qcow2", "bus": "virtio"}], start=True)
        self.assertEqual(self.host.virsh("domstate", "back"), "running")
        self.delete(vm, "a")
        self.check()

    def test_inside_of_an_image(self):
        vm = self.create()
        self.write("vm", 1)
        self.host.virsh("snapshot-create-as", "vm", "in, side")  # libvirt's own way for a VM that is off
        self.write("vm", 2)
        self.assertEqual(self.list(vm)["snapshots"][0]["style"], "internal")
        self.export(vm, "in, side", "qcow2", name="q")
        self.assertTrue(self.holds(f"{LOCAL}/q-disk1.qcow2", 1))
        self.assertNotIn("snapshots", json.loads(self.host.exec("qemu-img", "info", "--output=json", f"{LOCAL}/q-disk1.qcow2")))
        self.export(vm, "in, side", "ova", name="o")
        self.assertTrue(self.holds(self.raw(self.unpack("o.ova", "o-disk1.vmdk"), "vmdk"), 1))
        self.rpc.run("vm.clone", vm=vm, name="c", snapshot="in, side")
        self.assertTrue(self.holds(self.sources("c")["vda"], 1))
        self.rpc.run("vm.start", vm=vm)
        self.refused(VM_WRONG_STATE, self.export, vm, "in, side", "ova", name="never")

    def test_a_vm_that_is_being_exported_is_left_alone(self):
        vm = self.create()
        self.host.exec("qemu-io", "-c", "write -P 7 0 200M", self.sources("vm")["vda"])
        task = self.rpc.call("vm.export", vm=vm, datastore=self.store, format="ova")["task"]
        self.assertEqual(self.refused(BUSY, self.rpc.run, "vm.start", vm=vm).cause, "it is being exported")
        self.refused(BUSY, self.rpc.run, "snapshot.create", vm=vm, name="a")
        self.refused(BUSY, self.rpc.run, "volume.resize", datastore=self.store, volume="vm.qcow2", capacity=512 << 20)
        self.rpc.call("task.cancel", task=task)
        self.assertEqual(self.rpc.wait_task(task)["state"], "cancelled")
        self.assertEqual(self.files(), ["vm.qcow2"])
        self.rpc.run("vm.start", vm=vm)


if __name__ == "__main__":
    unittest.main()
