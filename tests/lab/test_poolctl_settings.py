# SPDX-License-Identifier: GPL-3.0-or-later
"""poolctl vm settings, set, add-..., remove-device, revert, xml, guest; host devices, capabilities: what virsh sees afterwards."""
import json
import os
import unittest
import xml.etree.ElementTree as ElementTree

from guests import define
from lab import Host
from poolctl import AGENT, NOT_FOUND, WRONG_USAGE, CtlError, Poolctl

host = ctl = None


def setUpModule():
    global host, ctl
    if os.geteuid() != 0:
        raise unittest.SkipTest("a lab host needs root")
    host = Host(f"settings-{os.getpid()}", agent=AGENT)
    unittest.addModuleCleanup(host.__exit__, None, None, None)
    host.up()
    ctl = Poolctl(host, user="root")
    unittest.addModuleCleanup(ctl.__exit__)
    ctl.wait_for_datastore()


class SettingsTest(unittest.TestCase):
    number = 0

    def setUp(self):
        SettingsTest.number += 1
        self.name = f"web{SettingsTest.number}"
        define(host, self.name)
        self.addCleanup(host.virsh, "undefine", self.name, check=False)
        self.addCleanup(host.virsh, "destroy", self.name, check=False)

    def stored(self):
        return ElementTree.fromstring(host.virsh("dumpxml", "--inactive", self.name))

    def settings(self):
        return {row["setting"]: row["value"] for row in ctl.json("vm", "settings", self.name)}

    def refused(self, status, *words):
        with self.assertRaises(CtlError) as caught:
            ctl("vm", *words)
        self.assertEqual(caught.exception.status, status, str(caught.exception))

    def test_set(self):
        told = self.settings()
        self.assertEqual((told["general.name"], told["cpu.count"], told["memory.size"], told["disks.sda.device"]), (self.name, 1, 64 << 20, "cdrom"))
        done = ctl.json("vm", "set", self.name, "cpu.count=2", "cpu.maximum=2", "memory.size=96M", "memory.maximum=128M", "general.tags=a,b c",
                        "general.protected=yes", "general.description=5", "disks.sda.limits.total_iops=100", 'cpu.pins=[{"vcpu":0,"cpus":"0"}]', "memory.balloon=yes")
        self.assertTrue(done["changed"])
        stored = self.stored()
        self.assertEqual((stored.find("vcpu").text, stored.find("memory").text, stored.find("description").text), ("2", str(128 << 10), "5"))
        self.assertEqual((stored.find("devices/disk/iotune/total_iops_sec").text, stored.find("cputune/vcpupin").get("cpuset")), ("100", "0"))
        self.assertFalse(ctl.json("vm", "set", self.name, "cpu.count=2", "general.description=5")["changed"])
        self.assertTrue(ctl.json("--check", "vm", "set", self.name, "cpu.count=1")["check"])
        self.assertEqual(self.stored().find("vcpu").text, "2")
        for status, words in ((WRONG_USAGE, ["cpu.nothing=1"]), (NOT_FOUND, ["disks.vdz.cache=none"]), (WRONG_USAGE, ["disks.sda.cache=nonsense"]),
                              (WRONG_USAGE, ["cpu.count"]), (WRONG_USAGE, ["cpu.count=many"]), (1, ["cpu.count=3"])):
            with self.subTest(words):
                self.refused(status, "set", self.name, *words)
        self.refused(1, "delete", self.name)

    def test_devices(self):
        ctl("vm", "add-disk", self.name, "--new", "local:1G", "--bus", "virtio")
        self.addCleanup(host.virsh, "vol-delete", f"{self.name}.qcow2", "local", check=False)
        ctl("vm", "add-nic", self.name, "default", "--mac", "52:54:00:01:02:03", "--model", "e1000")
        ctl("vm", "add-device", self.name, "usb:1234:5678")
        stored = self.stored()
        self.assertEqual(stored.find("devices/disk/target[@dev='vda']/../source").get("file"), f"/srv/poolcenter-lab/local/{self.name}.qcow2")
        self.assertEqual(stored.find("devices/interface/mac").get("address"), "52:54:00:01:02:03")
        self.assertIsNotNone(stored.find("devices/hostdev"))
        ctl("vm", "remove-device", self.name, "disks.vda", "nics.52:54:00:01:02:03", "host_devices.usb:1234:5678")
        stored = self.stored()
        self.assertEqual((stored.find("devices/interface"), stored.find("devices/hostdev"), len(stored.findall("devices/disk"))), (None, None, 1))
        self.assertIn(f"{self.name}.qcow2", host.virsh("vol-list", "local"))
        ctl("vm", "add-disk", self.name, f"local/{self.name}.qcow2", "--bus", "scsi", "--readonly")
        self.assertIsNotNone(self.stored().find("devices/disk/target[@bus='scsi']/../readonly"))
        self.refused(NOT_FOUND, "remove-device", self.name, "disks.vdq")
        self.refused(WRONG_USAGE, "add-disk", self.name)

    def test_running(self):
        host.virsh("start", self.name)
        done = ctl.json("vm", "set", self.name, "cpu.maximum=4")
        self.assertEqual([(row["group"], row["name"], row["when"], row["reason"]) for row in done["changes"]], [("cpu", "maximum", "next_start", "fixed")])
        row = next(row for row in ctl.json("vm", "settings", self.name) if row["setting"] == "cpu.maximum")
        self.assertEqual((row["value"], row["active"]), (4, 1))
        self.assertTrue(ctl.json("vm", "show", self.name)["pending"])
        ctl("vm", "revert", self.name, "cpu")
        self.assertEqual(self.stored().find("vcpu").text, "1")
        self.assertFalse(ctl.json("vm", "revert", self.name)["changed"])
        self.assertFalse(ctl.json("vm", "guest", self.name).get("agent", False))

    def test_description(self):
        text = ctl("vm", "xml", self.name)
        self.assertEqual(text.strip(), host.virsh("dumpxml", "--inactive", self.name).strip())
        path = os.path.join(ctl.folder, "new.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("<vcpu placement='static'>1<", "<vcpu placement='static'>3<"))
        ctl("--check", "vm", "set-xml", self.name, path)
        self.assertEqual(self.stored().find("vcpu").text, "1")
        ctl("vm", "set-xml", self.name, path)
        self.assertEqual(self.stored().find("vcpu").text, "3")
        told = ctl("vm", "xml", self.name, "--revision").strip()
        host.virsh("desc", self.name, "--config", "--new-desc", "by somebody else")
        with self.assertRaises(CtlError) as caught:
            ctl("vm", "set-xml", self.name, path, "--revision", told)
        self.assertEqual((caught.exception.status, caught.exception.name), (1, "vm_changed"))
        self.assertEqual(host.virsh("desc", self.name), "by somebody else")
        ctl("vm", "set-xml", self.name, path, "--revision", ctl("vm", "xml", self.name, "--revision").strip())
        self.assertIsNone(self.stored().find("description"))
        with open(path, "w", encoding="utf-8") as file:
            file.write("<domain/>")
        self.refused(1, "set-xml", self.name, path)

    def test_host(self):
        caps = ctl.json("host", "capabilities")
        self.assertIn("virtio", caps["disk_buses"])
        self.assertEqual(len([device for device in json.loads(ctl("host", "devices")) if device["kind"] == "pci"]),
                         len(host.virsh("nodedev-list", "--cap", "pci").split()))


if __name__ == "__main__":
    unittest.main()
