# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots on a real host: virsh, qemu-img and qemu-io say what has become of VM and disks."""
import base64
import json
import os
import unittest

from snapshot_case import DISK, LOCAL, SnapshotCase

VM_WRONG_STATE, NOT_SUPPORTED, NO_SPACE = -32022, -32012, -32038
VOLUME_IN_USE = -32036
SNAPSHOT_NOT_FOUND, SNAPSHOT_EXISTS, SNAPSHOT_NAME, PROGRAM_FAILED = -32080, -32081, -32082, -32061


class ExternalTest(SnapshotCase):
    def test_a_tree_of_a_vm_that_is_off(self):
        vm = self.create()
        self.write("vm", 1)
        self.take(vm, "a", description="fresh")
        self.write("vm", 2)
        self.take(vm, "b")
        self.write("vm", 3)
        self.assertEqual(self.tree(vm), ({"a": None, "b": "a"}, "b"))
        self.assertEqual(self.rpc.vm("vm")["snapshots"], 2)
        self.revert(vm, "a")
        self.assertTrue(self.holds(self.sources("vm")["vda"], 1))
        self.assertEqual(self.host.virsh("snapshot-current", "--name", "vm"), "a")
        self.write("vm", 4)
        self.take(vm, "c")
        self.assertEqual(self.tree(vm), ({"a": None, "b": "a", "c": "a"}, "c"))
        self.revert(vm, "b")
        self.assertTrue(self.holds(self.sources("vm")["vda"], 2))
        self.revert(vm, "c")
        self.assertTrue(self.holds(self.sources("vm")["vda"], 4))
        self.check()
        self.rpc.run("vm.start", vm=vm)

    def test_what_has_two_successors_is_merged_when_one_has_gone(self):
        vm = self.create()
        for byte, name in ((1, "a"), (2, "b")):
            self.write("vm", byte)
            self.take(vm, name)
        self.revert(vm, "a")
        self.write("vm", 3)
        self.take(vm, "c")
        self.delete(vm, "a")
        self.assertEqual(self.tree(vm), ({"b": None, "c": None}, "c"))
        self.assertEqual(self.rpc.vm("vm")["snapshots"], 2)
        self.delete(vm, "b")
        self.assertEqual(self.tree(vm), ({"c": None}, "c"))
        self.assertEqual(self.host.virsh("snapshot-list", "vm", "--name").split(), ["c"])
        self.assertEqual(len(self.files()), 2)
        self.delete(vm, "c")
        self.assertEqual(self.files(), ["vm.qcow2"])
        self.assertEqual(self.sources("vm")["vda"], f"{LOCAL}/vm.qcow2")
        self.assertTrue(self.holds(f"{LOCAL}/vm.qcow2", 3))
        self.check()
        self.rpc.run("vm.start", vm=vm)

    def test_a_branch_is_deleted(self):
        vm = self.create(disks=2)
        for byte, name in ((1, "a"), (2, "b"), (3, "c")):
            self.write("vm", byte, "vda")
            self.write("vm", byte + 10, "vdb")
            self.take(vm, name)
        self.write("vm", 4)
        self.delete(vm, "b", children=True)
        self.assertEqual(self.tree(vm), ({"a": None}, "a"))
        self.assertTrue(self.holds(self.sources("vm")["vda"], 4))
        self.assertTrue(self.holds(self.sources("vm")["vdb"], 13))
        self.revert(vm, "a")
        self.assertTrue(self.holds(self.sources("vm")["vdb"], 11))
        self.delete(vm, "a")
        self.assertEqual(self.files(), ["vm-2.qcow2", "vm.qcow2"])
        self.check()

    def test_a_running_vm_is_taken_with_and_without_memory_and_merged_live(self):
        vm = self.create(start=True)
        self.write("vm", 1)
        self.take(vm, "disks")
        self.write("vm", 2)
        self.take(vm, "memory", memory=True)
        self.assertEqual(self.host.virsh("domstate", "vm"), "running")
        self.write("vm", 3)
        self.take(vm, "third")
        listed = {s["name"]: s for s in self.list(vm)["snapshots"]}
        self.assertEqual((listed["disks"]["state"], listed["memory"]["state"]), ("off", "running"))
        self.assertTrue(listed["memory"]["memory"] and listed["memory"]["picture"] and listed["memory"]["size"] > 1 << 20)
        self.delete(vm, "third")  # the image the VM writes to
        self.delete(vm, "disks")  # one in the middle
        self.assertEqual(self.host.virsh("domstate", "vm"), "running")
        self.revert(vm, "memory")
        self.assertEqual(self.host.virsh("domstate", "vm"), "running")
        self.host.virsh("destroy", "vm")
        self.assertTrue(self.holds(self.sources("vm")["vda"], 2))
        self.rpc.run("vm.start", vm=vm)
        self.delete(vm, "memory")
        self.assertEqual(self.files(), ["vm.qcow2"])
        self.assertEqual(self.host.virsh("snapshot-list", "vm", "--name"), "")
        self.check()

    def test_the_present_state_is_kept_when_asked(self):
        vm = self.create(start=True)
        self.write("vm", 1)
        self.take(vm, "a")
        self.write("vm", 2)
        self.revert(vm, "a", keep_as="before", start=True)
        self.assertEqual(self.tree(vm), ({"a": None, "before": "a"}, "a"))
        self.assertEqual(self.host.virsh("domstate", "vm"), "running")
        self.revert(vm, "before")
        self.assertEqual(self.host.virsh("domstate", "vm"), "running")
        self.host.virsh("destroy", "vm")
        self.assertTrue(self.holds(self.sources("vm")["vda"], 2))

    def test_a_disk_attached_since_stays_when_it_is_gone_back(self):
        vm = self.create()
        self.write("vm", 1)
        self.take(vm, "a")
        self.host.exec("qemu-img", "create", "-q", "-f", "qcow2", f"{LOCAL}/data.qcow2", "4M")
        self.host.exec("qemu-io", "-c", "write -P 7 0 64k", f"{LOCAL}/data.qcow2")
        self.host.virsh("attach-disk", "vm", f"{LOCAL}/data.qcow2", "vdb", "--subdriver", "qcow2", "--config")
        over = self.sources("vm")["vda"]
        self.revert(vm, "a")
        self.assertEqual(list(self.sources("vm")), ["vda"])
        self.assertTrue(self.holds(f"{LOCAL}/data.qcow2", 7))
        self.assertNotIn(os.path.basename(over), self.files(), "the image of the state that was left")

    def test_a_vm_with_snapshots_keeps_its_name(self):
        """libvirt would refuse to go back to what was called otherwise, and the VM would be off already."""
        vm = self.create()
        self.take(vm, "a")
        general = {**self.rpc.call("vm.get", vm=vm)["config"]["general"], "name": "other"}
        error = self.refused(NOT_SUPPORTED, self.rpc.run, "vm.configure", vm=vm, config={"general": general})
        self.assertIn("snapshots", str(error))
        self.revert(vm, "a")
        self.delete(vm, "a")
        self.rpc.run("vm.configure", vm=vm, config={"general": general})
        self.assertEqual(self.host.virsh("list", "--all", "--name").strip(), "other")

    def test_a_disk_shared_between_vms_is_left_alone(self):
        vm = self.create(start=True)
        self.host.exec("truncate", "-s", "1M", f"{LOCAL}/shared.raw")
        self.host.virsh("attach-disk", "vm", f"{LOCAL}/shared.raw", "vdb", "--mode", "shareable", "--live", "--config")
        self.take(vm, "a")
        self.assertEqual(self.sources("vm")["vdb"], f"{LOCAL}/shared.raw")
        self.assertNotEqual(self.sources("vm")["vda"], f"{LOCAL}/vm.qcow2")
        self.revert(vm, "a")
        self.assertIn("shared.raw", self.files())

    def test_uefi_and_a_raw_disk(self):
        vm = self.create(firmware="uefi", format="raw", start=True)
        self.host.virsh("destroy", "vm")
        nvram = self.host.exec("sh", "-c", "ls /var/lib/libvirt/qemu/nvram/vm_VARS*").strip()
        self.host.exec("sh", "-c", f"printf before | dd of={nvram} conv=notrunc 2>/dev/null")
        self.write("vm", 1)
        self.take(vm, "a")
        self.host.exec("sh", "-c", f"printf behind | dd of={nvram} conv=notrunc 2>/dev/null")
        self.write("vm", 2)
        self.revert(vm, "a")
        self.assertEqual(self.host.exec("head", "-c6", nvram), "before")
        self.assertTrue(self.holds(self.sources("vm")["vda"], 1))
        self.delete(vm, "a")
        self.assertEqual(self.files(), ["vm.raw"])
        self.assertIn("type='raw'", self.host.virsh("dumpxml", "vm"))
        self.rpc.run("vm.start", vm=vm)

    def test_pictures_are_of_the_moment(self):
        vm = self.create(start=True)
        self.take(vm, "a")
        picture = self.rpc.call("snapshot.picture", vm=vm, snapshot="a")
        file = f"/tmp/snapshot-picture-{os.getpid()}"
        with open(file, "wb") as out:
            out.write(base64.b64decode(picture["data"]))
        self.addCleanup(os.unlink, file)
        self.assertRegex(self.host.exec("identify", file), "PNG|PPM" if picture["type"] == "image/png" else "PPM")
        self.refused(SNAPSHOT_NOT_FOUND, self.rpc.call, "snapshot.picture", vm=vm, snapshot="../a")

    def test_descriptions(self):
        vm = self.create()
        self.take(vm, "a", description="one")
        self.rpc.call("snapshot.edit", vm=vm, snapshot="a", description="two & <three>")
        self.assertIn("two &amp; &lt;three&gt;", self.host.virsh("snapshot-dumpxml", "vm", "a"))
        self.assertEqual(self.list(vm)["snapshots"][0]["description"], "two & <three>")
        self.assertEqual(self.tree(vm), ({"a": None}, "a"))

    def test_what_is_refused(self):
        vm = self.create()
        self.take(vm, "a b 'c' $(d)")
        self.refused(SNAPSHOT_EXISTS, self.take, vm, "a b 'c' $(d)")
        for name in ("", " a", "a/b", ".a", "a\nb", "x" * 121):
            self.refused(SNAPSHOT_NAME, self.take, vm, name)
        self.refused(VM_WRONG_STATE, self.take, vm, "m", memory=True)
        self.refused(VM_WRONG_STATE, self.take, vm, "q", quiesce=True)
        self.refused(SNAPSHOT_NOT_FOUND, self.revert, vm, "none")
        self.refused(SNAPSHOT_NOT_FOUND, self.delete, vm, "none")
        self.rpc.run("vm.start", vm=vm)
        error = self.refused(-32010, self.take, vm, "q", quiesce=True)
        self.assertIn("agent", error.cause.lower())
        self.assertEqual(self.tree(vm), ({"a b 'c' $(d)": None}, "a b 'c' $(d)"))
        missing = {m["capability"] for m in self.list(vm)["missing"]}
        self.assertEqual(missing, {"quiesce"})

    def test_a_vm_goes_with_its_snapshots(self):
        vm = self.create(start=True)
        self.take(vm, "a")
        self.take(vm, "b", memory=True)
        self.revert(vm, "a")
        self.rpc.run("vm.delete", vm=vm, disks=["vda"])
        self.assertEqual(self.files(), [])


    def tiny_vm(self):
        """A VM on a file system of 64 MiB: 24 MiB in the snapshot's image, other 24 MiB above it."""
        self.host.mount_small("/srv/poolcenter-lab/tiny", "64M")
        self.rpc.run("datastore.create", name="tiny", path="/srv/poolcenter-lab/tiny")
        tiny = self.rpc.datastore("tiny")["id"]
        disk = {"datastore": tiny, "capacity": DISK, "format": "qcow2", "bus": "virtio"}
        self.rpc.run("vm.create", name="tiny", vcpus=1, memory=64 << 20, firmware="bios", disks=[disk])
        return self.rpc.vm("tiny")["id"], tiny

    def test_what_snapshots_need_is_in_use(self):
        """After going back, nobody has the younger one's image as a disk and nothing is based on it. The file of a memory never is one."""
        vm = self.create(start=True)
        self.write("vm", 1)
        self.take(vm, "a")
        self.write("vm", 2)
        self.take(vm, "b", memory=True)
        kept = self.host.virsh("snapshot-dumpxml", "vm", "b")
        memory = os.path.basename(kept.split("<memory snapshot='external' file='")[1].split("'")[0])
        image = os.path.basename(kept.split("<domain ")[1].split("<source file='")[1].split("'")[0])
        self.revert(vm, "a")
        self.assertNotIn(f"{LOCAL}/{image}", self.chain(self.sources("vm")["vda"]))
        names = {volume["name"]: volume.get("used_by") for volume in self.rpc.call("volume.list", datastore=self.store)["volumes"]}
        for name in (image, memory):
            self.assertEqual(names[name], ["vm"])
            before = self.host.exec("sha256sum", f"{LOCAL}/{name}")
            for method, more in (("delete", {}), ("wipe", {}), ("move", {"name": "else.img"}), ("resize", {"capacity": 2 * DISK})):
                error = self.refused(VOLUME_IN_USE, self.rpc.run, "volume." + method, datastore=self.store, volume=name, **more)
                self.assertEqual(error.cause, "vm")
            error = self.refused(VOLUME_IN_USE, self.rpc.call, "upload.begin", datastore=self.store, name=name, size=1 << 20, replace=True)
            self.assertEqual(error.cause, "vm")
            self.assertEqual(self.host.exec("sha256sum", f"{LOCAL}/{name}"), before)
        disk = {"device": "disk", "bus": "virtio", "datastore": self.store, "volume": image}
        for other in (vm, self.create(name="other")):
            told = self.rpc.call("vm.get", vm=other)
            disks = {"items": told["config"]["disks"]["items"] + [disk]}
            error = self.refused(VOLUME_IN_USE, self.rpc.run, "vm.configure", vm=other, revision=told["revision"], config={"disks": disks})
            self.assertEqual(error.cause, "vm")
        self.revert(vm, "b")
        self.assertEqual(self.host.virsh("domstate", "vm"), "running")
        self.host.virsh("destroy", "vm")
        self.assertTrue(self.holds(self.sources("vm")["vda"], 2))
        self.delete(vm, "b")
        self.assertNotIn(memory, self.files())
        self.check()

    def test_a_full_disk(self):
        vm, tiny = self.tiny_vm()
        self.host.exec("qemu-io", "-c", "write -P 1 0 24M", self.sources("tiny")["vda"])
        self.take(vm, "a")
        self.host.exec("qemu-io", "-c", "write -P 2 24M 24M", self.sources("tiny")["vda"])
        self.refused(NO_SPACE, self.delete, vm, "a")
        self.rpc.run("vm.start", vm=vm)
        self.refused(NO_SPACE, self.take, vm, "m", memory=True)
        self.rpc.run("vm.force_off", vm=vm)
        self.assertEqual(self.tree(vm), ({"a": None}, "a"))
        self.assertTrue(self.holds(self.sources("tiny")["vda"], 1))
        self.revert(vm, "a")
        self.delete(vm, "a")
        self.assertEqual(self.host.exec("ls", "-A", "/srv/poolcenter-lab/tiny").split(), ["tiny.qcow2"])
        self.rpc.run("vm.delete", vm=vm, disks=["vda"])
        self.rpc.run("datastore.forget", datastore=tiny)

    def test_a_merge_that_fails_can_be_done_again(self):
        vm = self.create()
        self.write("vm", 1)
        self.take(vm, "a")
        self.write("vm", 2)
        self.take(vm, "b")
        self.host.exec("sh", "-c", "printf '#!/bin/sh\\n[ $1 != commit ] || { echo no space >&2; exit 1; }\\nexec /usr/bin/qemu-img \"$@\"\\n' >/usr/local/bin/qemu-img;"
                       "chmod +x /usr/local/bin/qemu-img")
        error = self.refused(PROGRAM_FAILED, self.delete, vm, "a")
        self.assertIn("no space", error.cause)
        listed = {s["name"]: s.get("deleting", False) for s in self.list(vm)["snapshots"]}
        self.assertEqual(listed, {"a": True, "b": False})
        self.refused(SNAPSHOT_NOT_FOUND, self.revert, vm, "a")  # what it was may be half gone
        self.revert(vm, "b")
        self.host.exec("rm", "/usr/local/bin/qemu-img")
        self.delete(vm, "a")
        self.assertEqual(self.tree(vm), ({"b": None}, "b"))
        self.assertTrue(self.holds(self.sources("vm")["vda"], 2))
        self.check()


class InternalTest(SnapshotCase):
    def test_what_virsh_began_inside_of_the_image_goes_on_there(self):
        vm = self.create()
        self.write("vm", 1)
        self.host.virsh("snapshot-create-as", "vm", "theirs")
        self.assertEqual(self.list(vm)["style"], "internal")
        self.write("vm", 2)
        self.take(vm, "ours")
        self.assertEqual(len(self.files()), 1)
        inside = json.loads(self.host.exec("qemu-img", "info", "--output=json", f"{LOCAL}/vm.qcow2"))["snapshots"]
        self.assertEqual([s["name"] for s in inside], ["theirs", "ours"])
        self.rpc.run("vm.start", vm=vm)
        self.refused(NOT_SUPPORTED, self.take, vm, "disks")
        self.take(vm, "memory", memory=True)
        self.write("vm", 3)
        self.revert(vm, "memory")
        self.assertEqual(self.host.virsh("domstate", "vm"), "running")
        self.delete(vm, "memory")
        self.revert(vm, "theirs")
        self.assertEqual(self.host.virsh("domstate", "vm"), "shut off")
        self.assertTrue(self.holds(f"{LOCAL}/vm.qcow2", 1))
        self.delete(vm, "theirs", children=True)
        self.assertEqual(self.tree(vm), ({}, None))
        self.check()


if __name__ == "__main__":
    unittest.main()
