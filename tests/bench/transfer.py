# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast VMs are imported and exported, beside plain qemu-img convert of the same disk: from the call to the end of the task, flushed to the disk, in turns."""
import os
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), "agent"), os.path.join(os.path.dirname(HERE), "lab")]
import appliances  # noqa: E402
from agent_client import connect_when_known  # noqa: E402
from lab import Host, wait_for  # noqa: E402

STORE = "/srv/poolcenter-lab/local"
MIB = 1 << 20


class Transfers:
    def __init__(self, host, folder, size):
        self.host, self.size = host, size
        self.raw = os.path.join(folder, "disk.raw")
        with open(self.raw, "wb") as file:  # half of it does not pack, a quarter does, a quarter is empty
            for _ in range(size // 4):
                file.write(os.urandom(2 * MIB) + os.urandom(64) * (MIB // 64))
                file.seek(MIB, os.SEEK_CUR)
            file.truncate(size * MIB)
        self.rpc = wait_for(lambda: connect_when_known(host.agent_socket(), "local", timeout=600), "the agent to know its datastore", 30, 0.2)
        self.store = self.rpc.datastore("local")["id"]

    def remove(self, *names):
        for name in names:
            os.unlink(self.host.outside(f"{STORE}/{name}"))

    def timed(self, function):
        self.host.exec("sync")
        begin = time.perf_counter()
        function()
        return self.size / (time.perf_counter() - begin)

    def convert(self, *arguments):
        return self.timed(lambda: self.host.exec("qemu-img", "convert", "-t", "writeback", *arguments))

    def task(self, method, **params):
        return self.timed(lambda: self.rpc.run(method, timeout=600, **params))


def in_turns(runs, ours, theirs):
    rates = ([], [])
    for number in range(runs + 1):  # the first warms up
        for kept, measure in zip(rates, (ours, theirs)):
            rate = measure()
            if number:
                kept.append(rate)
    return rates


def measure_import(transfers, runs, folder):
    ova = appliances.virtualbox(folder, transfers.raw, name="bench", digest=("sha256sum", "SHA256"))
    for path in (ova, os.path.join(folder, "bench-disk001.vmdk")):
        appliances.run("cp", path, transfers.host.outside(f"{STORE}/"))
    transfers.host.virsh("pool-refresh", "local")
    disk = {"file": "bench-disk001.vmdk", "datastore": transfers.store, "format": "qcow2", "bus": "virtio"}

    def ours():
        rate = transfers.task("vm.import", datastore=transfers.store, volume="bench.ova", name="imported", vcpus=1, memory=64 * MIB, firmware="bios", disks=[disk], accept_licenses=True)
        transfers.host.virsh("undefine", "imported")
        transfers.remove("imported.qcow2")
        return rate

    def theirs():
        rate = transfers.convert("-O", "qcow2", f"{STORE}/bench-disk001.vmdk", f"{STORE}/plain.qcow2")
        transfers.remove("plain.qcow2")
        return rate
    return in_turns(runs, ours, theirs)


def measure_export(transfers, runs, kind, name, *arguments):
    source = f"{STORE}/source.qcow2"
    if not transfers.rpc.vm("bench"):
        appliances.convert(transfers.raw, transfers.host.outside(source), "qcow2")
        transfers.host.virsh("define", "/dev/stdin", input=f"""<domain type='qemu'><name>bench</name><memory unit='MiB'>64</memory><os><type arch='x86_64'>hvm</type></os><devices>
            <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{source}'/><target dev='vda' bus='virtio'/></disk></devices></domain>""")
    vm = wait_for(lambda: transfers.rpc.vm("bench"), "the VM", 20, 0.1)["id"]

    def ours():
        rate = transfers.task("vm.export", vm=vm, datastore=transfers.store, name="made", format=kind)
        transfers.remove(*(file for file in os.listdir(transfers.host.outside(STORE)) if file.startswith("made")))
        return rate

    def theirs():
        rate = transfers.convert(*arguments, source, f"{STORE}/{name}")
        transfers.remove(name)
        return rate
    return in_turns(runs, ours, theirs)


def measure(options, agent, what):
    """[(name, our rates, qemu-img's, words)]"""
    with tempfile.TemporaryDirectory(prefix="poolcenter-bench-", dir="/dev/shm") as folder, \
            Host("bench-transfer", agent=agent, data=os.path.join(folder, "host")) as host:
        transfers = Transfers(host, folder, options.size)
        if what == "import":
            return [("import_ova", *measure_import(transfers, options.runs, folder), "OVA with SHA-256 manifest to qcow2, against qemu-img convert of its VMDK")]
        return [("export_ova", *measure_export(transfers, options.runs, "ova", "plain.vmdk", "-O", "vmdk", "-o", "subformat=streamOptimized"),
                 "qcow2 to OVA with manifest, against qemu-img convert to stream-optimized VMDK"),
                ("export_qcow2", *measure_export(transfers, options.runs, "qcow2", "plain.qcow2", "-c", "-O", "qcow2", "-o", "compression_type=zstd"),
                 "to packed qcow2 (zstd), against the same by qemu-img convert")]
