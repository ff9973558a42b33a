# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots and clones against virsh's own commands, on the same VM and disk in the same run, in turns; for run.py."""
import os
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), folder) for folder in ("lab", "agent")]
import guests  # noqa: E402
from agent_client import connect_when_known  # noqa: E402
from lab import wait_for  # noqa: E402

LOCAL = "/srv/poolcenter-lab/local"
GUEST_MIB, FILL_SECONDS = 1024, 20
DISK = "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{0}'/><target dev='vda' bus='virtio'/></disk>"


class DiskBench:
    """A host with one VM whose disk is full of bytes that cannot be compressed."""

    def __init__(self, host, size):
        self.host = host
        self.rpc = wait_for(lambda: connect_when_known(host.agent_socket(), "local", timeout=300), "the agent to know its datastore", 30, 0.2)
        path = f"{LOCAL}/vm.qcow2"
        host.exec("sh", "-c", f"head -c {size}M /dev/urandom > {LOCAL}/raw && qemu-img convert -O qcow2 {LOCAL}/raw {path} && rm {LOCAL}/raw")
        iso = guests.store(host, guests.MEMTEST_ISO)
        xml = guests.DOMAIN.format(name="vm", iso=iso, memory=GUEST_MIB).replace("<input ", DISK.format(path) + "<input ")
        host.virsh("define", "/dev/stdin", input=xml)
        self.vm = wait_for(lambda: self.rpc.vm("vm"), "the VM", 30, 0.2)["id"]

    def timed(self, function, *arguments, **options):
        began = time.monotonic()
        function(*arguments, **options)
        return time.monotonic() - began

    # -- snapshots -------------------------------------------------------------------------------

    def pause(self, function, *arguments, **options):
        """Seconds the guest's CPUs stand still meanwhile, as QEMU's own events say."""
        watch = self.host.popen("virsh", "qemu-monitor-event", "--domain", "vm", "--loop", "--timestamp", "--event", "STOP|RESUME", "--regex",
                                stdout=subprocess.PIPE, text=True)
        time.sleep(0.5)  # virsh does not tell when it listens
        function(*arguments, **options)
        time.sleep(0.3)
        for pid in self.host.pids("virsh"):  # ending what runs it would leave it alive, with the pipe
            os.kill(pid, signal.SIGTERM)
        stopped, seconds = None, 0.0
        for stamp, word in re.findall(r"([\d-]+ [\d:.]+\+\d+|\d+\.\d+): event (STOP|RESUME)", watch.communicate()[0]):
            moment = self.moment(stamp)
            if word == "STOP":
                stopped = moment
            elif stopped is not None:
                seconds, stopped = seconds + moment - stopped, None
        return seconds

    @staticmethod
    def moment(stamp):
        if " " not in stamp:
            return float(stamp)
        clock = stamp.split()[1].split("+")[0].split(":")
        return float(clock[0]) * 3600 + float(clock[1]) * 60 + float(clock[2])

    def ours(self, **options):
        self.rpc.run("snapshot.create", timeout=300, vm=self.vm, name="ours", **options)

    def theirs(self, *options):
        self.host.virsh("snapshot-create-as", "vm", "theirs", *options, timeout=300)

    def pauses(self, runs):
        """{name: [seconds]}; each snapshot is deleted before the next."""
        found = {"ours": [], "virsh": []}
        self.host.virsh("start", "vm")
        time.sleep(FILL_SECONDS)  # memtest86+ writes all of the memory
        for _ in range(runs):
            found["ours"].append(self.pause(self.ours, memory=True))
            self.rpc.run("snapshot.delete", timeout=300, vm=self.vm, snapshot="ours")
            found["virsh"].append(self.pause(self.theirs))
            self.host.virsh("snapshot-delete", "vm", "theirs", timeout=300)
        self.host.virsh("destroy", "vm")
        return found

    # -- clones ----------------------------------------------------------------------------------

    def clone(self):
        self.rpc.run("vm.clone", timeout=300, vm=self.vm, name="copy")

    def vol_clone(self):
        self.host.virsh("vol-clone", "--pool", "local", "vm.qcow2", "theirs.qcow2", timeout=300)

    def clones(self, runs):
        found = {"ours": [], "virsh": []}
        self.host.virsh("pool-refresh", "local")
        for _ in range(runs):
            found["ours"].append(self.timed(self.clone))
            self.rpc.run("vm.delete", vm=self.rpc.vm("copy")["id"], disks=["vda"])
            found["virsh"].append(self.timed(self.vol_clone))
            self.host.virsh("vol-delete", "--pool", "local", "theirs.qcow2")
        return found


