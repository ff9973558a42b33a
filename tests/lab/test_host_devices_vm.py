# SPDX-License-Identifier: GPL-3.0-or-later
"""USB and PCI devices of the host given to a VM and taken back: on the host VM, whose own QEMU has the devices, so that sticks can be plugged in and
pulled. The judges are the host's kernel (which driver has the device), libvirt's description, and the guest's QEMU."""
import json
import os
import sys
import unittest
from xml.etree import ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "agent")]
import host_vm  # noqa: E402
from agent_client import Rpc, agent_binary  # noqa: E402
from lab import wait_for  # noqa: E402
from poolctl import Poolctl  # noqa: E402

STICK, CARD = "usb:46f4:0001", "8086:10d3"
TAKEN = ("", "usbfs")  # QEMU has it, before and after the guest has said what it wants of it
CARD_MAC = "52:54:00:7c:01:00"
# Its firmware is all that runs in it: QEMU plugs in and out of that.
DOMAIN = """<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>64</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <features><acpi/><apic/></features>
  <devices><controller type='usb' model='qemu-xhci'/><memballoon model='none'/></devices>
</domain>"""

host = None


def setUpModule():
    global host
    host = host_vm.for_module(agent_binary())
    host.machine.qmp("blockdev-add", driver="null-co", **{"node-name": "stick", "size": 1 << 20})


def plug(name, driver, **options):
    """Into the host, as by hand; until its kernel has it and its program for it."""
    before = drivers()
    host.machine.qmp("device_add", driver=driver, id=name, bus="usb.0", **options)
    wait_for(lambda: len(drivers()) > len(before) and all(drivers().values()), f"the host to see {name}", 60, 0.5)


def pull(name):
    before = drivers()
    host.machine.qmp("device_del", id=name)
    wait_for(lambda: len(drivers()) < len(before), f"the host to see that {name} is gone", 60, 0.5)


def drivers():
    """The kernel's driver of each USB device that is no hub, by bus and device number: usb-storage, usbhid; TAKEN when a program has it."""
    text = host.exec("sh", "-c", "cd /sys/bus/usb/devices && for i in *:1.0; do d=${i%:*}; read -r b < $d/busnum && read -r n < $d/devnum && "
                     "echo $b.$n $(readlink $i/driver || echo -); done; true", check=False).stdout
    rows = [line.split() for line in text.splitlines()]
    found = {place: driver.rpartition("/")[2] for place, driver in rows}
    return {place: driver.strip("-") for place, driver in found.items() if driver != "hub"}


class DeviceCase(unittest.TestCase):
    def setUp(self):
        self.rpc = Rpc(host.agent_socket(), timeout=300)
        self.addCleanup(self.rpc.close)
        self.rpc.subscribe()
        self.name = "vm-" + self._testMethodName[5:25].replace("_", "-")
        host.virsh("define", "/dev/stdin", input=DOMAIN.format(name=self.name))
        self.addCleanup(host.virsh, "undefine", self.name, check=False)
        self.addCleanup(host.virsh, "destroy", self.name, check=False)
        wait_for(lambda: self.rpc.vm(self.name), "the agent to see the VM", 60, 0.2)
        self.vm = self.rpc.vm(self.name)["id"]

    def devices(self):
        return self.rpc.call("host.devices").get("devices", [])

    def device(self, key):
        return next((row for row in self.devices() if row["key"] == key), None)

    def start(self):
        self.rpc.run("vm.start", timeout=300, vm=self.vm)

    def stop(self):
        self.rpc.run("vm.force_off", timeout=300, vm=self.vm)

    def give(self, *keys, **options):
        items = [{"kind": key.split(":")[0], "device": key} for key in keys]
        return json.loads(self.rpc.run("vm.configure", timeout=300, vm=self.vm, config={"host_devices": {"items": items}}, **options)["result"]).get("changes", [])

    def running(self):
        return ElementTree.fromstring(host.virsh("dumpxml", self.name)).findall("devices/hostdev")

    def stored(self):
        return ElementTree.fromstring(host.virsh("dumpxml", "--inactive", self.name)).findall("devices/hostdev")

    def monitor(self, command):
        return host.virsh("qemu-monitor-command", "--hmp", self.name, command, timeout=300)


class UsbTest(DeviceCase):
    def assert_taken(self):
        for driver in drivers().values():
            self.assertIn(driver, TAKEN)

    def test_plugged_in_pulled_out_and_cold(self):
        plug("stick1", "usb-storage", drive="stick")
        self.addCleanup(lambda: drivers() and pull("stick1"))
        self.assertEqual(list(drivers().values()), ["usb-storage"])
        row = self.device(STICK)
        self.assertEqual((row["kind"], row.get("used_by"), row.get("why_not")), ("usb", None, None), row)
        self.assertTrue(all(hub["why_not"] for hub in self.devices() if hub["key"].startswith("usb:1d6b:")))
        self.start()
        changes = self.give(STICK)
        self.assertEqual([change["when"] for change in changes], ["now"], changes)
        self.assertIn("QEMU USB HARDDRIVE", self.monitor("info usb"))
        self.assert_taken()
        self.assertEqual([node.find("source/vendor").get("id") for node in self.running() + self.stored()], ["0x46f4", "0x46f4"])
        self.assertEqual(self.device(STICK).get("used_by"), self.name)
        self.give()
        self.assertNotIn("HARDDRIVE", self.monitor("info usb"))
        wait_for(lambda: list(drivers().values()) == ["usb-storage"], "the host to have the stick again", 60, 0.5)
        self.assertEqual((self.running(), self.stored()), ([], []))
        self.stop()
        # With poolctl while it is off: it has the stick as soon as it starts, and the host has it back when it ends.
        with Poolctl(host, user="root") as ctl:
            ctl("vm", "add-device", self.name, STICK)
            self.start()
            self.assertIn("QEMU USB HARDDRIVE", self.monitor("info usb"))
            self.assert_taken()
            self.stop()
            wait_for(lambda: list(drivers().values()) == ["usb-storage"], "the host to have the stick again", 60, 0.5)
            self.assertEqual(self.device(STICK)["wanted_by"], [self.name])
            # A stick that is not there keeps no VM from starting.
            pull("stick1")
            self.start()
            self.assertNotIn("HARDDRIVE", self.monitor("info usb"))
            ctl("vm", "remove-device", self.name, "host_devices." + STICK)
        self.assertEqual((self.running(), self.stored()), ([], []))

    def test_two_alike_and_one_that_is_pulled(self):
        plug("tablet", "usb-tablet")
        first = next(iter(drivers()))
        self.assertIsNotNone(self.device("usb:0627:0001"))
        plug("keyboard", "usb-kbd")
        second = next(place for place in drivers() if place != first)
        keys = {place: f"usb:0627:0001:{place}" for place in (first, second)}
        for key in keys.values():
            self.assertIsNotNone(self.device(key))
        self.start()
        self.give(keys[second])
        self.assertIn("Keyboard", self.monitor("info usb"))
        self.assertEqual(drivers()[first], "usbhid")
        self.assertIn(drivers()[second], TAKEN)
        self.assertEqual({key: self.device(key).get("used_by") for key in keys.values()}, {keys[first]: None, keys[second]: self.name})
        pull("keyboard")
        self.give()
        self.assertEqual((self.running(), self.stored()), ([], []))
        pull("tablet")


class PciTest(DeviceCase):
    def card(self):
        return next(row for row in self.devices() if row["kind"] == "pci" and f"{row['vendor_id']}:{row['product_id']}" == CARD)

    def on_the_host(self):
        """The card's driver, and whether the host has it as a network card."""
        slot = self.card()["key"].partition(":")[2]
        driver = host.exec("readlink", f"/sys/bus/pci/devices/{slot}/driver", check=False).stdout.strip().rpartition("/")[2]
        return driver, CARD_MAC in host.exec("ip", "link")

    def test_cold_and_plugged_in(self):
        card = self.card()
        self.assertTrue(card["iommu_group"], card)
        self.assertEqual((card.get("why_not"), self.on_the_host()), (None, ("e1000e", True)))
        self.give(card["key"])
        self.assertEqual(self.card()["wanted_by"], [self.name])
        self.start()
        self.assertEqual((self.on_the_host(), self.card().get("used_by")), (("vfio-pci", False), self.name))
        self.assertIn(CARD, self.monitor("info pci"))
        self.stop()
        wait_for(lambda: self.on_the_host() == ("e1000e", True), "the host to have its card again", 60, 0.5)
        self.give()
        self.start()
        self.assertNotIn(CARD, self.monitor("info pci"))
        changes = self.give(card["key"])
        self.assertEqual([change["when"] for change in changes], ["now"], changes)
        self.assertIn("vfio-pci", self.monitor("info qtree"))
        self.assertEqual(self.on_the_host(), ("vfio-pci", False))
        # Nothing in this guest lets a card go: it waits until the VM is off.
        self.assertEqual([change.get("reason") for change in self.give()], ["guest"])
        self.assertEqual((len(self.running()), self.stored(), self.on_the_host()), (1, [], ("vfio-pci", False)))
        self.stop()
        wait_for(lambda: self.on_the_host() == ("e1000e", True), "the host to have its card again", 60, 0.5)


if __name__ == "__main__":
    unittest.main(verbosity=2)
