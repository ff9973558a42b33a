# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of a VM on a real host (tests/lab): what vm.configure says it has done is what virsh sees, stored and running."""
import copy
import json
import os
import sys
import unittest
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
from agent_client import CallError, Rpc, agent_binary  # noqa: E402
from lab import Host, wait_for  # noqa: E402

LOCAL = "/srv/poolcenter-lab/local"
VM_EXISTS, VM_WRONG_STATE, VM_NAME_INVALID, VM_CHANGED, VM_PROTECTED, VM_SETTING = -32021, -32022, -32024, -32026, -32027, -32028
LIBVIRT, VOLUME_EXISTS, VOLUME_IN_USE, VOLUME_NOT_FOUND, ACCESS_DENIED = -32010, -32035, -32036, -32034, -32002
MIB = 1 << 20

host = None


def setUpModule():
    global host
    if os.geteuid() != 0:
        raise unittest.SkipTest("a lab host needs root")
    host = Host(f"hardware-{os.getpid()}", agent=agent_binary(), agent_options={"shutdown_timeout": "3"})
    unittest.addModuleCleanup(host.__exit__, None, None, None)
    host.up()


def agent_socket():
    return f"/proc/{host.describe()['pids']['init']}/root/run/poolagent/poolagent.sock"


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


class HardwareCase(unittest.TestCase):
    number = 0

    def setUp(self):
        self.rpc = wait_for(self.connect, "the agent to know its datastore", 20, 0.1)
        self.addCleanup(self.rpc.close)
        self.store = self.rpc.datastore("local")["id"]

    def connect(self):
        try:
            rpc = Rpc(agent_socket(), timeout=60)
        except OSError:
            return None
        store = rpc.datastore("local")
        if store and store["state"] == "active":
            rpc.subscribe()
            return rpc
        rpc.close()
        return None

    def refused(self, code, function, *arguments, **params):
        with self.assertRaises(CallError) as caught:
            function(*arguments, **params)
        self.assertEqual(caught.exception.code, code, str(caught.exception))
        return caught.exception

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
            if row.get("cause"):
                print(row)
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
                      {"pins": [{"vcpu": 0, "cpus": "0"}, {"vcpu": 0, "cpus": "1"}]}):
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


if __name__ == "__main__":
    unittest.main()
