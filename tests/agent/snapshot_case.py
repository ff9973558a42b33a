# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of snapshots, clones and templates have in common: a lab host, VMs, and disks whose contents QEMU's own tools write and read."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
from agent_client import Refusals, agent_binary, connect_when_known  # noqa: E402
from lab import Host, wait_for  # noqa: E402

LOCAL = "/srv/poolcenter-lab/local"
HELPER = "/usr/lib/libvirt/libvirt_iohelper"  # through which libvirt writes the memory of VMs
SLOW_HELPER = """#!/usr/bin/python3
import os, subprocess, sys, time
writer = subprocess.Popen(["/srv/iohelper", *sys.argv[1:]], stdin=subprocess.PIPE)
while piece := os.read(0, 1 << 14):
    if os.path.exists("/srv/hold"):
        time.sleep(0.02)
    writer.stdin.write(piece)
writer.stdin.close()
sys.exit(writer.wait())
"""
QEMU = "http://libvirt.org/schemas/domain/qemu/1.0"
GRUB_ISO = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso"
DISK = 256 << 20


class SnapshotCase(Refusals, unittest.TestCase):
    """One host per class; its VMs are deleted after each test."""
    options = {"shutdown_timeout": "3"}

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("a lab host needs root")
        cls.host = Host(f"snap-{cls.__name__.lower()[:8]}-{os.getpid()}", agent=agent_binary(), agent_options=cls.options)
        cls.addClassCleanup(cls.host.__exit__, None, None, None)
        cls.host.up()
        cls.host.exec("cp", GRUB_ISO, f"{LOCAL}/grub.iso")

    def setUp(self):
        self.rpc = self.connect()
        self.store = self.rpc.datastore("local")["id"]

    def tearDown(self):
        for name in self.host.virsh("list", "--all", "--name").split("\n"):
            if name.strip():
                self.host.virsh("destroy", name, check=False)
                self.host.virsh("undefine", name, "--nvram", "--snapshots-metadata", check=False)
        for file in os.listdir(self.host.outside(LOCAL)):
            if file != "grub.iso":
                os.unlink(self.host.outside(f"{LOCAL}/{file}"))

    def socket(self):
        return self.host.agent_socket()

    def connect(self):
        """As soon as the agent knows its datastore."""
        rpc = wait_for(lambda: connect_when_known(self.socket(), "local", timeout=120), "the agent to know its datastore", 30, 0.1)
        self.addCleanup(rpc.close)
        return rpc

    def create(self, name="vm", firmware="bios", format="qcow2", disks=1, start=False, memory=64 << 20):
        disk = {"datastore": self.store, "capacity": DISK, "format": format, "bus": "virtio"}
        self.rpc.run("vm.create", name=name, vcpus=1, memory=memory, firmware=firmware, disks=[disk] * disks,
                     media_datastore=self.store, media_volume="grub.iso", start=start)
        return self.rpc.vm(name)["id"]

    def slow_memory(self, name):
        """From now on memory is written at a crawl while hold() says so. The VM, which is off, begins with 24 MiB of noise in it."""
        self.host.exec("dd", "if=/dev/urandom", "of=/srv/noise", "bs=1M", "count=24", "status=none")
        loader = f"<qemu:commandline xmlns:qemu='{QEMU}'><qemu:arg value='-device'/><qemu:arg value='loader,file=/srv/noise,addr=0x2000000,force-raw=on'/></qemu:commandline>"
        self.host.virsh("define", "/dev/stdin", input=self.host.virsh("dumpxml", name, "--inactive").replace("</domain>", loader + "</domain>"))
        if not self.host.exec("sh", "-c", "ls /srv/iohelper 2>/dev/null || true"):
            self.host.exec("cp", HELPER, "/srv/iohelper")
            self.host.exec("sh", "-c", "cat >/srv/slow-helper; chmod 755 /srv/slow-helper", input=SLOW_HELPER)
            self.host.exec("mount", "--bind", "/srv/slow-helper", HELPER)
        self.addCleanup(self.hold, False)
        self.hold()

    def hold(self, on=True):
        self.host.exec("touch" if on else "rm", *([] if on else ["-f"]), "/srv/hold")

    # what is on the disks

    def sources(self, name):
        """Target -> path of the VM's disks, as virsh tells."""
        rows = [line.split(None, 3) for line in self.host.virsh("domblklist", name, "--details").splitlines()]
        return {row[2]: row[3] for row in rows if len(row) == 4 and row[1] == "disk"}

    def running(self, name):
        return self.host.virsh("domstate", name) in ("running", "paused")

    def write(self, name, byte, target="vda"):
        """Fills the first 64 KiB of the disk, by QEMU if the VM runs."""
        command = f"write -P {byte} 0 64k"
        if self.running(name):
            nodes = json.loads(self.host.virsh("qemu-monitor-command", name, json.dumps({"execute": "query-block"})))["return"]
            path = self.sources(name)[target]
            device = next(n["qdev"] for n in nodes if n.get("inserted", {}).get("file") == path)
            self.assertEqual(self.host.virsh("qemu-monitor-command", name, "--hmp", f'qemu-io -d {device} "{command}"'), "")
        else:
            self.host.exec("qemu-io", "-c", command, self.sources(name)[target])

    def holds(self, path, byte):
        """Whether the image begins with that byte, as qemu-io reads it; byte 0: never written."""
        done = self.host.exec("qemu-io", "-U", "-r", "-c", f"read -P {byte} 0 64k", path, check=False)
        return done.returncode == 0 and "failed" not in done.stdout

    def chain(self, path):
        return [layer["filename"] for layer in json.loads(self.host.exec("qemu-img", "info", "-U", "--backing-chain", "--output=json", path))]

    def check(self):
        """Every image in the datastore is whole."""
        for file in self.files():
            if file.endswith(".qcow2"):
                done = self.host.exec("qemu-img", "check", "-U", f"{LOCAL}/{file}", check=False)
                self.assertEqual(done.returncode, 0, file + ": " + done.stdout + done.stderr)

    def files(self):
        return sorted(file for file in os.listdir(self.host.outside(LOCAL)) if file != "grub.iso")

    # snapshots

    def take(self, vm, name, **options):
        self.rpc.run("snapshot.create", vm=vm, name=name, **options)

    def revert(self, vm, name, **options):
        self.rpc.run("snapshot.revert", vm=vm, snapshot=name, **options)

    def delete(self, vm, name, **options):
        self.rpc.run("snapshot.delete", vm=vm, snapshot=name, **options)

    def list(self, vm):
        return self.rpc.call("snapshot.list", vm=vm)

    def tree(self, vm):
        """{name: parent}, and the name of the current one."""
        snapshots = self.list(vm).get("snapshots", [])
        current = [s["name"] for s in snapshots if s.get("current")]
        return {s["name"]: s.get("parent") for s in snapshots}, current[0] if current else None
