# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of a VM on a real host (tests/lab): what vm.configure says it has done is what virsh sees, stored and running."""
import json
import os
import sys
import unittest
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
from agent_client import CallError, Refusals, agent_binary, connect_when_known  # noqa: E402
from lab import Host, wait_for  # noqa: E402

LOCAL = "/srv/poolcenter-lab/local"
VM_EXISTS, VM_WRONG_STATE, VM_NAME_INVALID, VM_CHANGED, VM_PROTECTED, VM_SETTING = -32021, -32022, -32024, -32026, -32027, -32028
VM_XML, NOT_SUPPORTED = -32029, -32012
LIBVIRT, VOLUME_EXISTS, VOLUME_IN_USE, VOLUME_NOT_FOUND, VOLUME_REFUSED, ACCESS_DENIED = -32010, -32035, -32036, -32034, -32071, -32002
MIB = 1 << 20

host = None


def setUpModule():
    global host
    if os.geteuid() != 0:
        raise unittest.SkipTest("a lab host needs root")
    host = Host(f"hardware-{os.getpid()}", agent=agent_binary(), agent_options={"shutdown_timeout": "3"})
    unittest.addModuleCleanup(host.__exit__, None, None, None)
    host.up()


DOMAIN = """<domain type='qemu' xmlns:other='urn:other'>
  <name>{name}</name>
  <metadata><other:thing xmlns:other='urn:other'>kept</other:thing></metadata>
  <memory unit='MiB'>128</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='{machine}'>hvm</type><boot dev='hd'/><boot dev='network'/></os>
  <features><acpi/><apic/></features>
  <devices>
    <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{disk}'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file' device='cdrom'><driver name='qemu' type='raw'/><target dev='sda' bus='sata'/><readonly/></disk>
    <controller type='usb' model='qemu-xhci'/>
    <interface type='network'><source network='default'/><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>
    <graphics type='vnc' passwd='secret'><listen type='none'/></graphics>
    <video><model type='vga'/></video>
    <serial type='pty'/>
    <sound model='ich9'/>
    <memballoon model='virtio'/>
  </devices>
</domain>"""


class HardwareCase(Refusals, unittest.TestCase):
    number = 0

    def setUp(self):
        self.rpc = wait_for(self.connect, "the agent to know its datastore", 20, 0.1)
        self.addCleanup(self.rpc.close)
        self.store = self.rpc.datastore("local")["id"]

    def connect(self):
        return connect_when_known(host.agent_socket(), "local")

    def volume(self, name, size="64M", form="qcow2"):
        host.exec("qemu-img", "create", "-q", "-f", form, f"{LOCAL}/{name}", size)
        host.virsh("pool-refresh", "local")
        self.addCleanup(self.forget_volume, name)
        return f"{LOCAL}/{name}"

    def forget_volume(self, name):
        host.exec("rm", "-f", f"{LOCAL}/{name}")
        host.virsh("pool-refresh", "local")

    def vm(self, start=False, machine="pc"):
        """The id of a VM made with virsh."""
        HardwareCase.number += 1
        self.name = f"vm{HardwareCase.number}"
        disk = self.volume(f"{self.name}.qcow2")
        host.virsh("define", "/dev/stdin", input=DOMAIN.format(name=self.name, disk=disk, machine=machine))
        uuid = host.virsh("domuuid", self.name)
        self.addCleanup(self.forget_vm, uuid)
        if start:
            host.virsh("start", self.name)
        wait_for(lambda: self.rpc.vm(self.name), "the agent to see the VM", 10, 0.05)
        return uuid

    @staticmethod
    def forget_vm(uuid):
        host.virsh("destroy", uuid, check=False)
        host.virsh("undefine", "--nvram", uuid, check=False)

    def get(self, vm):
        return self.rpc.call("vm.get", vm=vm)

    def configure(self, vm, revision=None, **groups):
        """Groups that change; the result's changes as {"group.name" or "group.name device": (when, reason)}."""
        params = {"revision": revision} if revision else {}
        task = self.rpc.run("vm.configure", vm=vm, config=groups, **params)
        return self.changes(task)

    def changes(self, task):
        done = json.loads(task["result"])
        self.assertEqual(done["revision"], self.get(task["object_id"])["revision"])
        rows = {}
        for row in done.get("changes", []):
            device = " " + row["device"] if "device" in row else ""
            rows[f"{row['group']}.{row['name']}{device}"] = (row["when"], row.get("reason", "none"))
        return rows

    def change(self, vm, group, **fields):
        """Sends a group back as it is, with fields changed."""
        return self.configure(vm, **{group: {**self.get(vm)["config"][group], **fields}})

    def stored(self, name=None):
        return ElementTree.fromstring(host.virsh("dumpxml", "--inactive", "--security-info", name or self.name))

    def running(self):
        return ElementTree.fromstring(host.virsh("dumpxml", "--security-info", self.name))


class Reading(HardwareCase):
    def test_get(self):
        vm = self.vm()
        details = self.get(vm)
        config = details["config"]
        self.assertEqual(details["state"], "off")
        self.assertNotIn("active", details)
        self.assertEqual(config["general"]["name"], self.name)
        self.assertEqual((config["cpu"]["count"], config["cpu"]["maximum"]), (1, 1))
        self.assertEqual((config["memory"]["size"], config["memory"]["maximum"]), (128 * MIB, 128 * MIB))
        disk, drive = config["disks"]["items"]
        self.assertEqual((disk["key"], disk["bus"], disk["volume"], disk["datastore"], disk["capacity"]),
                         ("vda", "virtio", f"{self.name}.qcow2", self.store, 64 * MIB))
        self.assertEqual((drive["key"], drive["device"], drive.get("path")), ("sda", "cdrom", None))
        self.assertEqual(config["nics"]["items"][0]["source"], "default")
        self.assertEqual(config["boot"]["order"], ["disks:vda", "nics:52:54:00:00:00:01"])
        self.assertEqual(config["graphics"]["items"], [{"key": "vnc", "type": "vnc", "password": True}])
        self.assertNotIn("secret", json.dumps(details))

    def test_nothing_waits_right_after_the_start(self):
        for machine in ("pc", "q35"):
            vm = self.vm(start=True, machine=machine)
            details = self.get(vm)
            self.assertEqual(details.get("pending", []), [])
            self.assertEqual(details["state"], "running")
            self.assertEqual(details["active"]["disks"], details["config"]["disks"])
            self.assertFalse(self.rpc.vm(self.name).get("pending"))

    def test_sending_everything_back_changes_nothing(self):
        for start in (False, True):
            vm = self.vm(start=start)
            before = host.virsh("dumpxml", "--inactive", "--security-info", self.name)
            details = self.get(vm)
            self.assertEqual(self.configure(vm, details["revision"], **details["config"]), {})
            self.assertEqual(host.virsh("dumpxml", "--inactive", "--security-info", self.name), before)


class General(HardwareCase):
    def test_texts_tags_and_notes(self):
        for start in (False, True):
            vm = self.vm(start=start)
            general = {"name": self.name, "description": "a <b> & \"c\"\nzweite Zeile ä€", "folder": "Büro/Test", "tags": ["web", "größer"],
                       "fields": [{"name": "Owner", "value": "me & you"}, {"name": "Empty"}], "notes": "1\n2\n\t]]>", "protected": True, "guest": "debian12"}
            rows = self.configure(vm, general=general)
            self.assertEqual({when for when, _ in rows.values()}, {"now"})
            told = self.get(vm)["config"]["general"]
            self.assertEqual(told, general)
            self.assertEqual(host.virsh("desc", self.name), general["description"])
            text = host.virsh("metadata", self.name, "urn:poolcenter:vm:1", *(["--live"] if start else ["--config"]))
            self.assertIn("größer", text)
            self.assertEqual(self.stored().find("metadata/{urn:other}thing").text, "kept")
            self.assertEqual({key: self.rpc.vm(self.name)[key] for key in ("folder", "tags", "protected", "description", "guest")},
                             {key: general[key] for key in ("folder", "tags", "protected", "description", "guest")})
            self.configure(vm, general={"name": self.name})
            self.assertEqual(self.get(vm)["config"]["general"], {"name": self.name})
            self.assertIsNone(self.stored().find("metadata/{urn:poolcenter:vm:1}vm"))
            self.assertIsNone(self.running().find("metadata/{urn:poolcenter:vm:1}vm") if start else None)

    def test_rename(self):
        vm = self.vm()
        other = self.name
        vm = self.vm()
        self.assertEqual(self.change(vm, "general", name="neu & schön"), {"general.name": ("now", "none")})
        self.assertEqual(host.virsh("domname", vm), "neu & schön")
        self.assertIsNotNone(self.rpc.vm("neu & schön"))
        self.refused(VM_EXISTS, self.change, vm, "general", name=other)
        self.refused(VM_NAME_INVALID, self.change, vm, "general", name="a/b")
        self.assertEqual(host.virsh("domname", vm), "neu & schön")
        host.virsh("start", vm)
        self.refused(VM_WRONG_STATE, self.change, vm, "general", name="later")

    def test_a_definition_that_is_refused_keeps_the_old_name(self):
        vm = self.vm()
        config = self.get(vm)["config"]
        watchdog = {"model": "nonsense"}
        self.refused(LIBVIRT, self.configure, vm, general={**config["general"], "name": "other"}, watchdog=watchdog)
        self.assertEqual(host.virsh("domname", vm), self.name)

    def test_protection(self):
        vm = self.vm()
        self.change(vm, "general", protected=True)
        self.refused(VM_PROTECTED, self.rpc.call, "vm.delete", vm=vm)
        self.change(vm, "general", protected=False)
        self.rpc.run("vm.delete", vm=vm)

    def test_two_administrators(self):
        vm = self.vm()
        first = self.get(vm)
        second = self.get(vm)
        self.configure(vm, first["revision"], cpu={**first["config"]["cpu"], "count": 2, "maximum": 2})
        error = self.refused(VM_CHANGED, self.configure, vm, second["revision"], general={"name": self.name, "description": "x"})
        self.assertIn("cpu.count 1 -> 2", error.cause)
        self.assertEqual(self.stored().find("vcpu").text, "2")
        host.virsh("setmem", self.name, "64M", "--config")
        error = self.refused(VM_CHANGED, self.configure, vm, second["revision"], general={"name": self.name})
        self.assertIn("memory.size", error.cause)
        self.refused(VM_CHANGED, self.configure, vm, "0" * 64, general={"name": self.name})


    def test_what_is_too_long_to_be_told_stays(self):
        vm = self.vm()
        long = "zu lang " * 1500
        host.virsh("desc", self.name, "--config", "--new-desc", long)
        self.change(vm, "general", tags=["web"], protected=True)
        self.assertEqual(host.virsh("desc", self.name).strip(), long.strip())
        self.assertIn("web", host.virsh("metadata", self.name, "urn:poolcenter:vm:1", "--config"))

    def test_a_saved_state_keeps_its_hardware(self):
        vm = self.vm(start=True)
        host.virsh("managedsave", self.name)
        wait_for(lambda: self.rpc.vm(self.name)["state"] == "saved", "the agent to see that its state is saved", 20, 0.05)
        before = self.stored()
        for group, fields in (("cpu", {"count": 2, "maximum": 2}), ("memory", {"size": 64 * MIB}), ("disks", {"items": []})):
            error = self.refused(NOT_SUPPORTED, self.change, vm, group, **fields)
            self.assertIn("saved", error.cause)
        xml = self.rpc.call("vm.get_xml", vm=vm)["xml"]
        self.rpc.run("vm.set_xml", vm=vm, xml=xml, check_only=True)
        self.refused(NOT_SUPPORTED, self.rpc.run, "vm.set_xml", vm=vm, xml=xml)
        self.assertEqual(ElementTree.tostring(self.stored()), ElementTree.tostring(before))
        self.change(vm, "general", description="still possible")
        self.assertEqual(host.virsh("desc", self.name), "still possible")
        host.virsh("managedsave-remove", self.name)
        self.change(vm, "cpu", count=2, maximum=2)
        self.assertEqual(self.stored().find("vcpu").text, "2")


class Processor(HardwareCase):
    def test_off(self):
        vm = self.vm()
        self.change(vm, "cpu", count=2, maximum=4, sockets=1, cores=2, threads=2, mode="named", model="qemu64", shares=512, limit=50,
                    cpus="0-1", pins=[{"vcpu": 0, "cpus": "1"}])
        stored = self.stored()
        self.assertEqual((stored.find("vcpu").text, stored.find("vcpu").get("current"), stored.find("vcpu").get("cpuset")), ("4", "2", "0-1"))
        self.assertEqual(stored.find("cpu/topology").attrib | {"dies": "1"}, {"sockets": "1", "dies": "1", "cores": "2", "threads": "2"})
        self.assertEqual((stored.find("cpu").get("mode"), stored.find("cpu/model").text), ("custom", "qemu64"))
        self.assertEqual((stored.find("cputune/shares").text, stored.find("cputune/quota").text), ("512", "50000"))
        self.assertEqual(stored.find("cputune/vcpupin").attrib, {"vcpu": "0", "cpuset": "1"})
        self.change(vm, "cpu", count=1, maximum=1, sockets=0, cores=0, threads=0, mode="maximum", shares=0, limit=0, cpus="", pins=[])
        stored = self.stored()
        self.assertEqual(stored.find("cpu").get("mode"), "maximum")
        self.assertIsNone(stored.find("cputune"))
        self.assertIsNone(stored.find("cpu/topology"))

    def test_what_cannot_be(self):
        vm = self.vm()
        for wrong in ({"count": 3}, {"count": 0}, {"maximum": 0}, {"sockets": 2}, {"sockets": 2, "cores": 1, "threads": 1}, {"limit": 101}, {"limit": -1},
                      {"shares": 1}, {"cpus": "a"}, {"cpus": "1-"}, {"pins": [{"vcpu": 1, "cpus": "0"}]}, {"mode": "named", "model": ""},
                      {"mode": "named", "model": "no such model"}, {"pins": [{"vcpu": 0, "cpus": "0"}, {"vcpu": 0, "cpus": "1"}]}):
            with self.subTest(wrong):
                self.refused(VM_SETTING, self.change, vm, "cpu", **wrong)

    def test_running(self):
        vm = self.vm()
        self.change(vm, "cpu", count=1, maximum=4, mode="named", model="qemu64")
        host.virsh("start", self.name)
        self.assertEqual(self.get(vm).get("pending", []), [])
        self.assertEqual(self.change(vm, "cpu", count=3), {"cpu.count": ("now", "none")})
        self.assertEqual(host.virsh("vcpucount", self.name, "--live", "--current"), "3")
        rows = self.change(vm, "cpu", count=4, maximum=6, shares=512, limit=50, pins=[{"vcpu": 0, "cpus": "1"}])
        self.assertEqual(rows["cpu.maximum"], ("next_start", "fixed"))
        self.assertEqual((rows["cpu.count"], rows["cpu.pins"]), (("now", "none"), ("now", "none")))
        self.assertEqual(host.virsh("vcpucount", self.name, "--live", "--current"), "4")
        self.assertIn("1", host.virsh("vcpupin", self.name, "--vcpu", "0", "--live").split("\n")[-1])
        pending = self.get(vm)["pending"]
        self.assertIn(("cpu", "maximum"), [(row["group"], row["name"]) for row in pending])
        wait_for(lambda: self.rpc.vm(self.name).get("pending"), "the mark", 10, 0.1)
        self.rpc.run("vm.revert", vm=vm, groups=["cpu"])
        self.assertEqual(self.stored().find("vcpu").text, "4")
        self.assertEqual(self.get(vm).get("pending", []), [])


class Memory(HardwareCase):
    def test_off(self):
        vm = self.vm()
        self.change(vm, "memory", size=64 * MIB, maximum=256 * MIB, locked=True, hugepages=True, page_size=2 * MIB)
        stored = self.stored()
        self.assertEqual((stored.find("memory").text, stored.find("currentMemory").text), (str(256 << 10), str(64 << 10)))
        self.assertIsNotNone(stored.find("memoryBacking/locked"))
        self.assertEqual(stored.find("memoryBacking/hugepages/page").attrib, {"size": "2048", "unit": "KiB"})
        self.change(vm, "memory", size=128 * MIB, maximum=128 * MIB, locked=False, hugepages=False, page_size=0, balloon=False)
        stored = self.stored()
        self.assertIsNone(stored.find("memoryBacking"))
        self.assertEqual(stored.find("devices/memballoon").get("model"), "none")
        for wrong in ({"size": 0}, {"size": 256 * MIB}, {"maximum": 100}, {"size": 64 * MIB}, {"maximum": 129 * MIB + 1, "size": 129 * MIB + 1}):
            with self.subTest(wrong):
                self.refused(VM_SETTING, self.change, vm, "memory", **wrong)

    def test_running(self):
        vm = self.vm(start=True)
        rows = self.change(vm, "memory", size=96 * MIB)
        self.assertEqual(rows["memory.size"], ("now", "none"))
        self.assertEqual(self.stored().find("currentMemory").text, str(96 << 10))
        rows = self.change(vm, "memory", maximum=256 * MIB)
        self.assertEqual(rows, {"memory.maximum": ("next_start", "fixed")})
        self.assertIn("memory.maximum", [f"{row['group']}.{row['name']}" for row in self.get(vm)["pending"]])


class Boot(HardwareCase):
    def test_order(self):
        vm = self.vm()
        card = "nics:52:54:00:00:00:01"
        self.change(vm, "boot", order=[card, "disks:sda", "disks:vda"], menu=True, menu_time=3000)
        stored = self.stored()
        self.assertEqual(stored.findall("os/boot"), [])
        self.assertEqual(stored.find("devices/interface/boot").get("order"), "1")
        self.assertEqual([disk.find("boot").get("order") for disk in stored.findall("devices/disk")], ["3", "2"])
        self.assertEqual(stored.find("os/bootmenu").attrib, {"enable": "yes", "timeout": "3000"})
        self.assertEqual(self.get(vm)["config"]["boot"]["order"], [card, "disks:sda", "disks:vda"])
        self.change(vm, "boot", order=[], menu=False)
        self.assertEqual(self.get(vm)["config"]["boot"]["order"], ["disks:vda"])  # libvirt's choice where there is none
        for wrong in ({"order": ["disks:vdz"]}, {"order": ["disks:vda", "disks:vda"]}, {"order": ["x"]}, {"menu_time": -1}, {"machine": "pc-q35-7.2"},
                      {"secure_boot": True}):
            with self.subTest(wrong):
                self.refused(VM_SETTING, self.change, vm, "boot", **wrong)

    def test_firmware(self):
        vm = self.vm(machine="q35")
        self.change(vm, "boot", firmware="uefi", secure_boot=True)
        host.virsh("start", self.name)
        stored = self.stored()
        self.assertEqual(stored.find("os").get("firmware"), "efi")
        self.assertEqual(self.running().find("os/loader").get("secure"), "yes")
        variables = self.running().find("os/nvram").text
        host.exec("test", "-f", variables)
        self.refused(VM_WRONG_STATE, self.change, vm, "boot", firmware="bios", secure_boot=False)
        self.assertEqual(self.get(vm).get("pending", []), [])
        host.virsh("destroy", self.name)
        self.change(vm, "boot", firmware="bios", secure_boot=False)
        self.assertIsNone(self.stored().find("os/loader"))
        self.assertNotEqual(host.exec("test", "-f", variables, check=False).returncode, 0, "variables of the old firmware are left")
        host.virsh("start", self.name)

    def test_tpm(self):
        vm = self.vm(machine="q35")
        self.configure(vm, tpm={"kind": "emulator"})
        self.assertEqual(self.stored().find("devices/tpm/backend").attrib | {"persistent_state": None},
                         {"type": "emulator", "version": "2.0", "persistent_state": None})
        self.configure(vm, tpm={"kind": "none"})
        self.assertIsNone(self.stored().find("devices/tpm"))
        self.refused(VM_SETTING, self.configure, vm, tpm={"kind": "emulator", "version": "3"})


class Disks(HardwareCase):
    def disks(self, vm):
        return self.get(vm)["config"]["disks"]["items"]

    @staticmethod
    def disk(disks, key):
        return next(disk for disk in disks if disk["key"] == key)

    def targets(self, inactive=True):
        lines = host.virsh("domblklist", self.name, *(["--inactive"] if inactive else [])).splitlines()
        return {line.split()[0]: line.split(None, 1)[1].strip() for line in lines if line.strip()}

    def test_new_volume(self):
        vm = self.vm()
        create = {"datastore": self.store, "capacity": 10 * MIB, "format": "qcow2"}
        rows = self.configure(vm, disks={"items": self.disks(vm) + [{"device": "disk", "bus": "virtio", "create": create, "cache": "none", "discard": "unmap"}]})
        self.addCleanup(self.forget_volume, f"{self.name}-2.qcow2")
        self.assertEqual(rows, {"disks.add vdb": ("now", "none")})
        self.assertEqual(self.targets()["vdb"], f"{LOCAL}/{self.name}-2.qcow2")
        image = json.loads(host.exec("qemu-img", "info", "--output", "json", f"{LOCAL}/{self.name}-2.qcow2"))
        self.assertEqual((image["format"], image["virtual-size"]), ("qcow2", 10 * MIB))
        driver = self.stored().find("devices/disk/target[@dev='vdb']/../driver")
        self.assertEqual((driver.get("cache"), driver.get("discard"), driver.get("type")), ("none", "unmap", "qcow2"))
        host.virsh("start", self.name)

    def test_nothing_is_left_of_a_new_volume_when_the_definition_is_refused(self):
        vm = self.vm()
        create = {"datastore": self.store, "volume": "half.qcow2", "capacity": 10 * MIB, "format": "qcow2"}
        disks = {"items": self.disks(vm) + [{"device": "disk", "bus": "virtio", "create": create}]}
        self.refused(LIBVIRT, self.configure, vm, disks=disks, watchdog={"model": "nonsense"})
        self.assertNotIn("half.qcow2", host.virsh("vol-list", "local"))
        self.assertEqual(len(self.targets()), 2)
        self.volume("taken.qcow2")
        create["volume"] = "taken.qcow2"
        self.refused(VOLUME_EXISTS, self.configure, vm, disks=disks)

    def test_attach_and_detach(self):
        vm = self.vm()
        path = self.volume("data.raw", form="raw")
        new = {"device": "disk", "bus": "scsi", "datastore": self.store, "volume": "data.raw", "readonly": True, "serial": "WD-1"}
        self.configure(vm, disks={"items": self.disks(vm) + [new]})
        disk = self.disk(self.disks(vm), "sdb")
        self.assertEqual((disk["key"], disk["controller"], disk["format"], disk["serial"], disk["readonly"]), ("sdb", "virtio-scsi", "raw", "WD-1", True))
        self.assertEqual(self.targets()["sdb"], path)
        host.virsh("start", self.name)
        host.virsh("destroy", self.name)
        self.configure(vm, disks={"items": [disk for disk in self.disks(vm) if disk["key"] != "sdb"]})
        self.assertNotIn("sdb", self.targets())
        host.exec("test", "-f", path)

    def test_a_volume_of_another_vm(self):
        vm = self.vm()
        self.volume("other.raw", form="raw")
        new = {"device": "disk", "bus": "virtio", "datastore": self.store, "volume": "other.raw"}
        self.configure(vm, disks={"items": self.disks(vm) + [new]})
        vm = self.vm()
        self.refused(VOLUME_IN_USE, self.configure, vm, disks={"items": self.disks(vm) + [new]})
        self.configure(vm, disks={"items": self.disks(vm) + [{**new, "shareable": True}]})
        self.refused(VOLUME_NOT_FOUND, self.configure, vm, disks={"items": self.disks(vm) + [{**new, "volume": "none"}]})
        for wrong in ({"path": "/etc/shadow"}, {"datastore": self.store, "volume": f"{self.name}.qcow2"}, {}):
            with self.subTest(wrong):
                self.refused(VM_SETTING, self.configure, vm, disks={"items": self.disks(vm) + [{"device": "disk", "bus": "virtio", **wrong}]})
        disks = self.disks(vm)
        del disks[0]["datastore"]
        disks[0]["path"] = "/etc/shadow"
        self.refused(VM_SETTING, self.configure, vm, disks={"items": disks})

    def test_images_of_strangers(self):
        """Who may only upload files must not get at the host's others by a VM that somebody else gives them to."""
        self.volume("base.qcow2")
        for name, size, options in (("outside.qcow2", "1M", ["-b", "/etc/shadow", "-F", "raw"]), ("chain.qcow2", "1M", ["-b", f"{LOCAL}/outside.qcow2", "-F", "qcow2"]),
                                    ("good.qcow2", "64M", ["-b", f"{LOCAL}/base.qcow2", "-F", "qcow2"])):
            host.exec("qemu-img", "create", "-q", "-u", "-f", "qcow2", *options, f"{LOCAL}/{name}", size)
            self.addCleanup(self.forget_volume, name)
        host.virsh("pool-refresh", "local")
        vm = self.vm()
        disks = self.disks(vm)
        for name in ("outside.qcow2", "chain.qcow2"):
            new = {"device": "disk", "bus": "virtio", "datastore": self.store, "volume": name}
            self.assertIn("/etc/shadow", self.refused(VOLUME_REFUSED, self.configure, vm, disks={"items": disks + [new]}).cause)
        self.configure(vm, disks={"items": disks + [{**new, "volume": "good.qcow2"}]})
        disks = self.disks(vm)
        self.disk(disks, "sda").update(datastore=self.store, volume="outside.qcow2")
        self.configure(vm, disks={"items": disks})
        self.assertEqual(self.stored().find("devices/disk/target[@dev='sda']/../driver").get("type"), "raw")

    def test_hotplug(self):
        vm = self.vm(start=True)
        host.virsh("qemu-monitor-command", self.name, "--hmp", "info status")
        self.volume("hot.qcow2")
        self.volume("hot2.qcow2")
        disks = self.disks(vm)
        new = [{"device": "disk", "bus": bus, "datastore": self.store, "volume": name, "limits": {"total_iops": 500}}
               for bus, name in (("virtio", "hot.qcow2"), ("scsi", "hot2.qcow2"))]
        self.assertEqual(self.configure(vm, disks={"items": disks + new}), {"disks.add vdb": ("now", "none"), "disks.add sdb": ("now", "none")})
        self.assertEqual(set(self.targets(False)), {"vda", "sda", "vdb", "sdb"})
        self.assertEqual(self.targets(False), self.targets())
        self.assertEqual(self.get(vm).get("pending", []), [])
        self.assertIn("hot.qcow2", host.virsh("qemu-monitor-command", self.name, "--hmp", "info block"))
        self.assertRegex(host.virsh("blkdeviotune", self.name, "vdb"), r"total_iops_sec *: 500")
        disks = self.disks(vm)
        self.disk(disks, "vdb")["limits"] = {"read_bytes": 10 * MIB}
        self.disk(disks, "sdb")["cache"] = "writethrough"
        self.assertEqual(self.configure(vm, disks={"items": disks}), {"disks.limits vdb": ("now", "none"), "disks.cache sdb": ("next_start", "fixed")})
        self.assertRegex(host.virsh("blkdeviotune", self.name, "vdb"), rf"read_bytes_sec *: {10 * MIB}")
        rows = self.rpc.run("vm.revert", vm=vm, groups=["disks"])
        self.assertEqual(self.get(vm).get("pending", []), [], rows["result"])
        rows = self.configure(vm, disks={"items": [disk for disk in self.disks(vm) if disk["key"] != "sdb"]})
        self.assertEqual(rows, {"disks.remove sdb": ("now", "none")})
        self.assertNotIn("sdb", self.targets(False))

    def test_a_vm_made_by_the_agent_has_places_for_more(self):
        HardwareCase.number += 1
        self.name = f"made{HardwareCase.number}"
        disk = {"datastore": self.store, "capacity": 10 * MIB, "format": "qcow2", "bus": "virtio"}
        task = self.rpc.run("vm.create", name=self.name, vcpus=1, memory=128 * MIB, firmware="bios", disks=[disk], start=True)
        vm = task["object_id"]
        self.addCleanup(self.forget_volume, f"{self.name}.qcow2")
        self.addCleanup(self.forget_vm, vm)
        for number in range(2, 5):
            self.addCleanup(self.forget_volume, f"{self.name}-{number}.qcow2")
            create = {key: disk[key] for key in ("datastore", "capacity", "format")}
            rows = self.configure(vm, disks={"items": self.disks(vm) + [{"device": "disk", "bus": "virtio", "create": create}]})
            self.assertEqual(list(rows.values()), [("now", "none")], rows)
        self.assertEqual(len(self.targets(False)), 5)
        self.assertEqual(host.exec("ls", "/var/lib/poolagent/jobs"), "")

    def test_sata_waits_for_the_next_start(self):
        vm = self.vm(start=True)
        self.volume("cold.qcow2")
        new = {"device": "disk", "bus": "sata", "datastore": self.store, "volume": "cold.qcow2"}
        self.assertEqual(self.configure(vm, disks={"items": self.disks(vm) + [new]}), {"disks.add sdb": ("next_start", "bus")})
        self.assertNotIn("sdb", self.targets(False))
        self.assertIn("sdb", self.targets())
        self.assertEqual([(row["name"], row["device"]) for row in self.get(vm)["pending"]], [("add", "sdb")])

    def test_media(self):
        host.exec("cp", "/usr/lib/grub-rescue/grub-rescue-cdrom.iso", f"{LOCAL}/m.iso")
        self.addCleanup(self.forget_volume, "m.iso")
        host.virsh("pool-refresh", "local")
        for start in (False, True):
            vm = self.vm(start=start)
            disks = self.disks(vm)
            disks[1].update(datastore=self.store, volume="m.iso")
            self.assertEqual(self.configure(vm, disks={"items": disks}), {"disks.volume sda": ("now", "none")})
            self.assertEqual(self.targets(not start)["sda"], f"{LOCAL}/m.iso")
            self.assertEqual(self.targets()["sda"], f"{LOCAL}/m.iso")
            disks = self.disks(vm)
            for field in ("datastore", "volume", "path"):
                del disks[1][field]
            self.configure(vm, disks={"items": disks})
            self.assertEqual(self.targets(not start)["sda"], "-")

    def test_bus(self):
        vm = self.vm()
        disks = self.disks(vm)
        disks[0].update(bus="scsi", controller="lsilogic")
        self.configure(vm, disks={"items": disks})
        self.assertEqual([disk["key"] for disk in self.disks(vm)], ["sdb", "sda"])
        controllers = [node.get("model") for node in self.stored().findall("devices/controller") if node.get("type") == "scsi"]
        self.assertEqual(controllers, ["lsilogic"])
        disks = self.disks(vm)
        next(disk for disk in disks if disk["device"] == "disk").update(bus="ide")
        self.configure(vm, disks={"items": disks})
        self.assertIn("hda", self.targets())
        disks = self.disks(vm)
        next(disk for disk in disks if disk["device"] == "disk").update(bus="virtio", io_thread=2)
        self.configure(vm, disks={"items": disks})
        self.assertEqual(self.stored().find("iothreads").text, "2")
        host.virsh("start", self.name)


class Cards(HardwareCase):
    def nics(self, vm):
        return self.get(vm)["config"]["nics"]["items"]

    def test_off(self):
        vm = self.vm()
        card = self.nics(vm)[0]
        limits = {"in_average": 128 * 1024, "in_peak": 256 * 1024, "in_burst": 64 * 1024, "out_average": MIB}
        changed = {**card, "mac": "52:54:00:AA:bb:cc", "model": "e1000", "link_down": True, "limits": limits}
        rows = self.configure(vm, nics={"items": [changed, {"network": card["network"], "model": "rtl8139"}]})
        new = next(name for name in rows if name.startswith("nics.add"))
        self.assertEqual(set(rows) - {new}, {"boot.order", *(f"nics.{field} 52:54:00:00:00:01" for field in ("mac", "model", "link_down", "limits"))})
        first, second = self.stored().findall("devices/interface")
        self.assertEqual(first.find("mac").get("address").lower(), "52:54:00:aa:bb:cc")
        self.assertEqual((first.find("model").get("type"), first.find("link").get("state")), ("e1000", "down"))
        self.assertEqual(first.find("bandwidth/inbound").attrib, {"average": "128", "peak": "256", "burst": "64"})
        self.assertEqual(first.find("bandwidth/outbound").attrib, {"average": "1024"})
        self.assertEqual((second.find("model").get("type"), second.find("source").get("network")), ("rtl8139", "default"))
        self.assertEqual(self.nics(vm)[0]["limits"], limits)
        for wrong in ({"mac": "01:00:00:00:00:00"}, {"mac": "x"}, {"model": "a b"}, {"vlan": 4095}, {"limits": {"in_peak": 1}}, {"limits": {"in_average": -1}}):
            with self.subTest(wrong):
                self.refused(VM_SETTING, self.configure, vm, nics={"items": [{**self.nics(vm)[0], **wrong}]})
        self.configure(vm, nics={})
        self.assertEqual(self.stored().findall("devices/interface"), [])

    def test_running(self):
        vm = self.vm(start=True)
        card = self.nics(vm)[0]
        rows = self.configure(vm, nics={"items": [{**card, "link_down": True}]})
        self.assertEqual(rows, {f"nics.link_down {card['mac']}": ("now", "none")})
        self.assertIn("down", host.virsh("domif-getlink", self.name, card["mac"]))
        rows = self.configure(vm, nics={"items": [{**card, "link_down": False}]})
        self.assertIn("up", host.virsh("domif-getlink", self.name, card["mac"]))
        rows = self.configure(vm, nics={"items": [self.nics(vm)[0], {"network": card["network"], "mac": "52:54:00:00:00:77"}]})
        self.assertEqual(rows, {"nics.add 52:54:00:00:00:77": ("now", "none")})
        self.assertIn("52:54:00:00:00:77", host.virsh("domiflist", self.name))
        self.assertEqual(self.get(vm).get("pending", []), [])
        rows = self.configure(vm, nics={"items": [{**self.nics(vm)[0], "model": "e1000e"}, self.nics(vm)[1]]})
        self.assertEqual(rows, {f"nics.model {card['mac']}": ("next_start", "fixed")})

    def test_two_cards_of_a_running_vm_exchange_their_addresses(self):
        vm = self.vm(start=True)
        first = self.nics(vm)[0]
        self.configure(vm, nics={"items": [first, {"network": first["network"], "mac": "52:54:00:00:00:77"}]})
        before = sorted(host.virsh("domiflist", self.name).splitlines())
        first, second = self.nics(vm)
        rows = self.configure(vm, nics={"items": [{**first, "mac": second["mac"]}, {**second, "mac": first["mac"]}]})
        self.assertEqual({name.split()[0]: when for name, (when, _) in rows.items() if name.startswith("nics")}, {"nics.mac": "next_start"})
        self.assertEqual(sorted(host.virsh("domiflist", self.name).splitlines()), before, "the cards that run")
        self.assertEqual([mac.get("address") for mac in self.stored().findall("devices/interface/mac")], [second["mac"], first["mac"]])


class Others(HardwareCase):
    def test_graphics_video_serial_channels(self):
        vm = self.vm()
        graphics = self.get(vm)["config"]["graphics"]["items"]
        graphics[0].update(listen="127.0.0.1", port=5999, keymap="de")
        self.configure(vm, graphics={"items": graphics}, video={"items": [{"key": "0", "model": "virtio", "heads": 2}, {"model": "virtio"}]},
                       serial={"items": [{"key": "0", "type": "pty"}, {"type": "file"}]},
                       channels={"items": [{"name": "org.qemu.guest_agent.0"}, {"name": "org.example.0"}]})
        stored = self.stored()
        screen = stored.find("devices/graphics")
        self.assertEqual((screen.get("passwd"), screen.get("port"), screen.get("keymap"), screen.find("listen").get("address")), ("secret", "5999", "de", "127.0.0.1"))
        self.assertEqual([node.find("model").get("type") for node in stored.findall("devices/video")], ["virtio", "virtio"])
        self.assertEqual([node.get("type") for node in stored.findall("devices/serial")], ["pty", "file"])
        self.assertEqual([node.find("target").get("name") for node in stored.findall("devices/channel")], ["org.qemu.guest_agent.0", "org.example.0"])
        self.configure(vm, graphics={"items": [{**self.get(vm)["config"]["graphics"]["items"][0], "new_password": "other"}]}, serial={}, channels={})
        stored = self.stored()
        self.assertEqual(stored.find("devices/graphics").get("passwd"), "other")
        self.assertEqual(stored.findall("devices/serial") + stored.findall("devices/channel") + stored.findall("devices/console"), [])
        graphics = self.get(vm)["config"]["graphics"]["items"]
        self.configure(vm, graphics={"items": [{**graphics[0], "password": False, "listen": "", "port": 0}]})
        screen = self.stored().find("devices/graphics")
        self.assertEqual((screen.get("passwd"), screen.find("listen").get("type")), (None, "none"))
        for wrong in ({"graphics": {"items": [{"type": "x"}]}}, {"graphics": {"items": [{"type": "vnc", "new_password": "123456789"}]}},
                      {"video": {"items": [{"model": ""}]}}, {"serial": {"items": [{"type": "tcp"}]}}, {"channels": {"items": [{"name": "a/b"}]}},
                      {"rng": {"present": True, "source": "/etc/shadow"}}, {"host_devices": {"items": [{"kind": "usb", "device": "usb:1:2:3"}]}}):
            with self.subTest(wrong):
                self.refused(VM_SETTING, self.configure, vm, **wrong)

    def test_rng_and_watchdog(self):
        vm = self.vm()
        self.configure(vm, rng={"present": True, "bytes": 1024, "period": 500}, watchdog={"model": "i6300esb", "action": "poweroff"})
        stored = self.stored()
        self.assertEqual(stored.find("devices/rng/backend").text, "/dev/urandom")
        self.assertEqual(stored.find("devices/rng/rate").attrib, {"bytes": "1024", "period": "500"})
        self.assertEqual((stored.find("devices/watchdog").get("model"), stored.find("devices/watchdog").get("action")), ("i6300esb", "poweroff"))
        host.virsh("start", self.name)
        rows = self.configure(vm, rng={}, watchdog={})
        self.assertEqual(rows["rng.present"], ("next_start", "guest"))  # the firmware does not know how to let it go
        self.assertEqual(rows["watchdog.model"], ("next_start", "fixed"))
        self.assertIsNone(self.stored().find("devices/rng"))
        host.virsh("destroy", self.name)
        host.virsh("start", self.name)
        self.assertEqual(self.configure(vm, rng={"present": True})["rng.present"], ("now", "none"))
        self.assertIsNotNone(self.running().find("devices/rng"))

    def test_everything_put_back(self):
        for machine in ("pc", "q35"):
            vm = self.vm(machine=machine)
            self.configure(vm, rng={"present": True}, channels={"items": [{"name": "org.qemu.guest_agent.0"}]})
            host.virsh("start", self.name)
            before = self.get(vm)["config"]
            disks = [{**disk, "cache": "writeback", "serial": "x"} if disk["device"] == "disk" else disk for disk in before["disks"]["items"]]
            rows = self.configure(
                vm, cpu={**before["cpu"], "maximum": 8}, memory={**before["memory"], "maximum": 512 * MIB, "locked": True}, disks={"items": disks},
                boot={**before["boot"], "order": ["disks:sda"], "menu": True}, nics={"items": [{**before["nics"]["items"][0], "model": "e1000"}]},
                graphics={"items": [{**before["graphics"]["items"][0], "listen": "127.0.0.1"}]}, video={"items": [{"key": "0", "model": "virtio"}]},
                serial={"items": [{"key": "0", "type": "file"}, {"type": "pty"}]}, watchdog={"model": "i6300esb"})
            self.assertEqual({when for when, _ in rows.values()}, {"next_start"}, rows)
            self.assertTrue(self.get(vm)["pending"])
            self.rpc.run("vm.revert", vm=vm)
            after = self.get(vm)
            self.assertEqual(after.get("pending", []), [])
            self.assertEqual(after["config"], before)
            self.assertEqual(self.stored().find("devices/graphics").get("passwd"), "secret")
            host.virsh("destroy", self.name)
            host.virsh("start", self.name)

    def test_host_devices(self):
        vm = self.vm()
        items = [{"kind": "usb", "device": "usb:1234:abcd"}, {"kind": "pci", "device": "pci:0000:03:00.1"}]
        self.configure(vm, host_devices={"items": items})
        usb, pci = self.stored().findall("devices/hostdev")
        self.assertEqual((usb.find("source/vendor").get("id"), usb.find("source/product").get("id")), ("0x1234", "0xabcd"))
        self.assertEqual(pci.find("source/address").attrib, {"domain": "0x0000", "bus": "0x03", "slot": "0x00", "function": "0x1"})
        self.assertEqual([item["key"] for item in self.get(vm)["config"]["host_devices"]["items"]], ["usb:1234:abcd", "pci:0000:03:00.1"])
        self.configure(vm, host_devices={})
        self.assertEqual(self.stored().findall("devices/hostdev"), [])

    def test_capabilities(self):
        caps = self.rpc.call("host.capabilities")
        told = ElementTree.fromstring(host.virsh("domcapabilities", "--virttype", caps["emulation"], "--machine", caps["machine"]))
        self.assertEqual(caps["max_vcpus"], int(told.find("vcpu").get("max")))
        self.assertEqual(caps["disk_buses"], [node.text for node in told.findall("devices/disk/enum[@name='bus']/value")])
        self.assertEqual([model["name"] for model in caps["cpu_models"]], [node.text for node in told.findall("cpu/mode[@name='custom']/model")])
        self.assertTrue(caps["uefi"] and caps["secure_boot"])
        self.assertIn("q35", [machine.get("alias") for machine in caps["machines"]])
        vm = self.vm(machine="pc")
        self.assertIn("i440fx", self.rpc.call("host.capabilities", vm=vm)["machine"])

    def test_host_devices_of_the_host(self):
        devices = self.rpc.call("host.devices").get("devices", [])
        names = host.virsh("nodedev-list", "--cap", "pci").split()
        self.assertEqual(len([device for device in devices if device["kind"] == "pci"]), len(names))

    def test_guest_info(self):
        vm = self.vm()
        self.refused(VM_WRONG_STATE, self.rpc.call, "vm.guest_info", vm=vm)
        host.virsh("start", self.name)
        info = self.rpc.call("vm.guest_info", vm=vm)
        self.assertFalse(info.get("agent"))
        self.assertIn("agent", info["why"])
        self.refused(LIBVIRT, self.rpc.run, "vm.guest_shutdown", vm=vm)

    def test_start_with_the_host(self):
        vm = self.vm()
        self.configure(vm, startup={"autostart": True})
        self.assertIn("enable", host.virsh("dominfo", self.name).split("Autostart:")[1].split()[0])
        self.assertEqual(self.get(vm)["config"]["startup"], {"autostart": True})
        self.configure(vm, startup={"autostart": True, "order": 2, "delay": 5})
        self.assertIn("disable", host.virsh("dominfo", self.name).split("Autostart:")[1].split()[0])
        self.assertEqual(self.get(vm)["config"]["startup"], {"autostart": True, "order": 2, "delay": 5})
        self.assertTrue(self.rpc.vm(self.name)["autostart"])
        self.configure(vm, startup={})
        self.assertEqual(self.get(vm)["config"]["startup"], {})
        self.assertFalse(self.rpc.vm(self.name).get("autostart"))

    def test_the_agent_starts_vms_in_their_order_after_a_boot(self):
        names = []
        for order, delay in ((2, 0), (1, 1), (0, 0)):
            vm = self.vm()
            names.append(self.name)
            self.configure(vm, startup={"autostart": order != 0, "order": order, "delay": delay})
        host.restart_agent()
        self.rpc = wait_for(self.connect, "the agent to be back", 20, 0.1)
        self.addCleanup(self.rpc.close)
        self.assertEqual([name for name in names if host.virsh("domstate", name) == "running"], [], "the host was not booted")
        host.stop_agent()
        host.exec("sh", "-c", "echo another-boot >/var/lib/poolagent/boot_id")
        host.start_agent()
        wait_for(lambda: host.virsh("domstate", names[0]) == "running", "the last one to start", 30, 0.2)
        started = [float(host.exec("stat", "-c", "%.Y", f"/run/libvirt/qemu/{name}.pid")) for name in (names[1], names[0])]
        self.assertGreaterEqual(started[1] - started[0], 0.9, "the pause after the first one")
        self.assertEqual(host.virsh("domstate", names[2]), "shut off")


class Description(HardwareCase):
    def test_get_and_set(self):
        vm = self.vm()
        told = self.rpc.call("vm.get_xml", vm=vm)
        self.assertEqual(told["xml"].strip(), host.virsh("dumpxml", "--inactive", self.name).strip())
        self.assertNotIn("secret", told["xml"])
        text = told["xml"].replace("<vcpu placement='static'>1<", "<vcpu placement='static'>2<")
        self.rpc.run("vm.set_xml", vm=vm, xml=text, revision=told["revision"], check_only=True)
        self.assertEqual(self.stored().find("vcpu").text, "1")
        rows = self.changes(self.rpc.run("vm.set_xml", vm=vm, xml=text, revision=told["revision"]))
        self.assertEqual(rows["cpu.count"], ("now", "none"))
        self.assertEqual(self.stored().find("vcpu").text, "2")
        self.assertEqual(self.stored().find("devices/graphics").get("passwd"), "secret", "a password that was not shown is lost")
        error = self.refused(VM_CHANGED, self.rpc.run, "vm.set_xml", vm=vm, xml=text, revision=told["revision"])
        self.assertIn("cpu", error.cause)

    def test_what_libvirt_refuses(self):
        vm = self.vm()
        before = host.virsh("dumpxml", "--inactive", "--security-info", self.name)
        xml = self.rpc.call("vm.get_xml", vm=vm)["xml"]
        wrong = {"not XML": "x", "cut": xml[:-20], "other element": "<network/>", "other id": xml.replace(vm, "0" * 8 + vm[8:]),
                 "no name": xml.replace(f"<name>{self.name}</name>", ""), "slash": xml.replace(f"<name>{self.name}", "<name>a/b"),
                 "unknown element": xml.replace("<vcpu", "<vcpus_of_mine/><vcpu"), "bad bus": xml.replace("bus='virtio'", "bus='nonsense'"),
                 "no type": xml.replace("hvm</type>", "</type>"), "entities": "<!DOCTYPE domain [<!ENTITY e SYSTEM 'file:///etc/shadow'>]>" + xml.replace("<vcpu", "<title>&e;</title><vcpu"),
                 "bomb": f"<!DOCTYPE domain [<!ENTITY e '{'a' * 60000}'>]>" + xml.replace("<vcpu", f"<title>{'&e;' * 20000}</title><vcpu")}
        for name, text in wrong.items():
            for check_only in (True, False):
                with self.subTest(name, check_only=check_only):
                    with self.assertRaises(CallError) as caught:
                        self.rpc.run("vm.set_xml", vm=vm, xml=text, check_only=check_only)
                    self.assertIn(caught.exception.code, (VM_XML, VM_NAME_INVALID), str(caught.exception))
                    self.assertNotIn("root:", str(caught.exception))
                    self.assertNotIn("/proc/self", str(caught.exception))
                    if name == "unknown element":
                        self.assertIn("vcpus_of_mine", str(caught.exception))
        self.assertEqual(host.virsh("dumpxml", "--inactive", "--security-info", self.name), before)


if __name__ == "__main__":
    unittest.main()
