#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole life of a VM on a real host through poolctl, each step as virsh, qemu-img and sha256sum see it."""
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import unittest
from xml.etree import ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import guests  # noqa: E402
from lab import Host, wait_for  # noqa: E402
from poolctl import AGENT, CtlError, Poolctl  # noqa: E402

GRUB = os.path.basename(guests.GRUB_ISO)
MEMTEST = os.path.basename(guests.MEMTEST_ISO)


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class VmLifeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = Host(f"life-{os.getpid()}", agent=AGENT).up()
        cls.addClassCleanup(cls.host.down)
        cls.ctl = cls.enterClassContext(Poolctl(cls.host))
        cls.ctl.wait_for_datastore()

    @classmethod
    def tearDownClass(cls):
        cls.host.stop_agent()
        cls.host.check_logs()

    def refused(self, name, *words):
        with self.assertRaises(CtlError) as caught:
            self.ctl(*words)
        self.assertEqual(caught.exception.name, name, caught.exception)
        return caught.exception

    def state(self, vm):
        return self.host.virsh("domstate", vm)

    def domain(self, vm):
        return ElementTree.fromstring(self.host.virsh("dumpxml", vm))

    def cd(self, vm):
        rows = [line.split() for line in self.host.virsh("domblklist", vm, "--details").splitlines()]
        return next(row[2:4] for row in rows if row[1] == "cdrom")

    def test_from_datastore_to_deletion(self):
        host, ctl = self.host, self.ctl
        ctl("datastore", "create", "isos", "/srv/poolcenter-lab/isos")
        info = host.virsh("pool-info", "isos")
        self.assertRegex(info, r"State:\s+running")
        self.assertRegex(info, r"Autostart:\s+yes")

        ctl("iso", "upload", "isos", guests.GRUB_ISO, guests.MEMTEST_ISO)
        for iso in (guests.GRUB_ISO, guests.MEMTEST_ISO):
            there = host.exec("sha256sum", f"/srv/poolcenter-lab/isos/{os.path.basename(iso)}").split()[0]
            self.assertEqual(there, sha256(iso))

        ctl("vm", "create", "web01", "--vcpus", 2, "--memory", 192, "--disk", "local:2:qcow2", "--iso", f"isos/{GRUB}", "--network", "default")
        self.assertEqual(self.state("web01"), "shut off")
        domain = self.domain("web01")
        self.assertEqual(domain.findtext("vcpu"), "2")
        self.assertEqual(domain.findtext("currentMemory"), str(192 << 10))
        self.assertEqual(domain.find(".//interface/source").get("network"), "default")
        self.assertEqual(self.cd("web01")[1], f"/srv/poolcenter-lab/isos/{GRUB}")
        disk = next(d.find("source").get("file") for d in domain.iter("disk") if d.get("device") == "disk")
        image = json.loads(host.exec("qemu-img", "info", "--output=json", disk))
        self.assertEqual((image["format"], image["virtual-size"]), ("qcow2", 2 << 30))

        self.refused("vm_exists", "vm", "create", "web01", "--memory", 64)
        self.assertIn("web01", self.refused("volume_in_use", "volume", "delete", f"isos/{GRUB}").message)

        ctl("vm", "start", "web01")
        self.assertEqual(self.state("web01"), "running")
        with tempfile.TemporaryDirectory() as folder:
            guests.wait_drawn(host, "web01", os.path.join(folder, "screen.png"))
        live = host.virsh("dumpxml", "web01")
        self.assertFalse(re.search(r"<graphics[^>]* port='[1-9]", live), "the VM's VNC listens on a TCP port")
        self.refused("vm_wrong_state", "vm", "delete", "web01")

        ctl("vm", "pause", "web01")
        self.assertEqual(self.state("web01"), "paused")
        ctl("vm", "resume", "web01")
        self.assertEqual(self.state("web01"), "running")
        target = self.cd("web01")[0]
        ctl("vm", "eject", "web01", "--drive", target)
        self.assertEqual(self.cd("web01")[1], "-")
        ctl("vm", "insert", "web01", f"isos/{MEMTEST}")
        self.assertEqual(self.cd("web01")[1], f"/srv/poolcenter-lab/isos/{MEMTEST}")
        ctl("vm", "reset", "web01")
        self.assertEqual(self.state("web01"), "running")
        ctl("vm", "off", "web01")
        self.assertEqual(self.state("web01"), "shut off")

        ctl("vm", "delete", "web01", "--disk", "vda")
        self.assertNotIn("web01", host.virsh("list", "--all", "--name").split())
        self.assertFalse(os.path.exists(host.outside(disk)))
        self.assertTrue(os.path.exists(host.outside(f"/srv/poolcenter-lab/isos/{MEMTEST}")))

    def test_a_disk_that_stays_stays(self):
        self.ctl("vm", "create", "keeper", "--memory", 64, "--disk", "local:1:raw")
        disk = next(d.find("source").get("file") for d in self.domain("keeper").iter("disk") if d.get("device") == "disk")
        self.ctl("vm", "delete", "keeper")
        self.assertEqual(os.path.getsize(self.host.outside(disk)), 1 << 30)
        self.ctl("volume", "delete", f"local/{os.path.basename(disk)}")
        self.assertFalse(os.path.exists(self.host.outside(disk)))

    def test_nothing_is_left_of_a_vm_that_cannot_be_made(self):
        before = sorted(os.listdir(self.host.outside("/srv/poolcenter-lab/local")))
        with self.assertRaises(CtlError):
            self.ctl("vm", "create", "toobig", "--memory", 64, "--disk", "local:1:qcow2", "--disk", "local:900000:raw")
        self.assertNotIn("toobig", self.host.virsh("list", "--all", "--name").split())
        self.assertEqual(sorted(os.listdir(self.host.outside("/srv/poolcenter-lab/local"))), before)

    def test_uefi_boots_an_iso(self):
        guests.store(self.host, guests.MEMTEST_ISO)
        self.ctl("vm", "create", "efi", "--memory", 256, "--iso", f"local/{MEMTEST}", "--uefi", "--start")
        self.addCleanup(lambda: (self.ctl("vm", "off", "efi"), self.ctl("vm", "delete", "efi")))
        self.assertRegex(self.host.virsh("dumpxml", "efi"), r"firmware='efi'|<loader[^>]*>[^<]*OVMF")
        with tempfile.TemporaryDirectory() as folder:
            guests.wait_drawn(self.host, "efi", os.path.join(folder, "screen.png"), at_least=3, timeout=120)

    def test_shutdown_of_a_guest_that_does_not_listen_ends_in_words(self):
        """GRUB ignores the power button: the task waits, and ends when somebody pulls the plug."""
        guests.define(self.host, "deaf")
        self.host.virsh("start", "deaf")
        shutdown = self.ctl.popen("vm", "shutdown", "deaf")
        with self.assertRaises(subprocess.TimeoutExpired):
            shutdown.wait(3)
        self.ctl("vm", "off", "deaf")
        _, said = shutdown.communicate(timeout=30)
        self.assertNotIn("Sanitizer", said)
        self.assertEqual(self.state("deaf"), "shut off")
        self.host.virsh("undefine", "deaf")

    def test_watch_tells_what_virsh_does(self):
        guests.define(self.host, "seen")
        self.addCleanup(lambda: self.host.virsh("undefine", "seen"))
        watch = self.ctl.popen("watch", "--seconds", 120)
        self.addCleanup(lambda: (watch.kill(), watch.communicate()))
        ended = threading.Timer(60, watch.kill)
        ended.start()
        self.addCleanup(ended.cancel)
        self.line_with(watch, '"watching"')
        self.host.virsh("start", "seen")
        self.line_with(watch, '"running"')
        self.host.virsh("destroy", "seen")
        self.line_with(watch, '"off"')

    def line_with(self, watch, text):
        """Reads what watch prints up to a line with text; fails when watch ends first."""
        lines = []
        for line in watch.stdout:
            lines.append(line)
            if text in line:
                return
        self.fail(f"watch ended without {text}: {lines}")


if __name__ == "__main__":
    unittest.main()
