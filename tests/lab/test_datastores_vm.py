# SPDX-License-Identifier: GPL-3.0-or-later
"""Datastores that need a kernel of their own: LVM, NFS, SMB, iSCSI, file systems on disks. On the host VM, through the agent under its real systemd
unit; the judges are lvs, vgs, findmnt, iscsiadm, blkid and virsh inside."""
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "agent")]
import host_vm  # noqa: E402
from agent_client import CallError, Rpc, agent_binary, connect_when_known  # noqa: E402
from killed import Killing  # noqa: E402
from lab import wait_for  # noqa: E402

MIB = 1 << 20
LIBVIRT, NOT_SUPPORTED, EXISTS, NO_SPACE, SHRINK = -32010, -32012, -32031, -32038, -32070
SPEC, TEST, NOT_EMPTY_DEVICE, NOT_EMPTY = -32110, -32111, -32112, -32114
VOLUME_EXISTS, REFUSED = -32035, -32065
SERVER = "127.0.0.1"

host = None


def setUpModule():
    global host
    host = host_vm.for_module(agent_binary())


def disk_of(vm, *options):
    """The first disk as libvirt has it: (type, format, file or device)."""
    xml = host.virsh("dumpxml", vm, *options)
    return re.search(r"<disk type='(\w+)' device='disk'>\s*<driver name='qemu' type='(\w+)'.*?<source (?:file|dev)='([^']+)'", xml, re.DOTALL).groups()


class VmCase(unittest.TestCase):
    def setUp(self):
        self.rpc = Rpc(host.agent_socket(), timeout=600)
        self.addCleanup(self.rpc.close)
        self.rpc.subscribe()

    def run_task(self, method, **params):
        """The ended task; its error as CallError."""
        return self.rpc.run(method, timeout=600, **params)

    def fails(self, code, method, **params):
        with self.assertRaises(CallError) as caught:
            self.run_task(method, **params)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return caught.exception

    def add(self, **spec):
        self.run_task("datastore.add", **spec)
        return self.rpc.datastore(spec["name"])

    def forget(self, store):
        self.run_task("datastore.forget", datastore=store["id"])

    def trial(self, **spec):
        """datastore.test: the task's result as a number; and nothing is left of it."""
        before = self.traces()
        result = self.run_task("datastore.test", **spec).get("result")
        self.assertEqual(self.traces(), before)
        return int(result) if result else None

    def traces(self):
        """What a datastore leaves on the host: pools, mounts, secrets, password files, logins, directories."""
        return host.exec("sh", "-c", "virsh -q pool-list --all --name; virsh -q secret-list; findmnt -rno TARGET -t nfs,nfs4,cifs,ext4,xfs;"
                         " find /var/lib/poolcenter /var/lib/poolagent/credentials /var/lib/poolagent/jobs -mindepth 1 2>/dev/null; iscsiadm -m session 2>&1; vgs --noheadings -o name")


class LvmTest(VmCase):
    def test_kinds_and_disks(self):
        kinds = {row["kind"]: row for row in self.rpc.call("datastore.kinds")["kinds"]}
        for kind in ("dir", "fs", "nfs", "smb", "iscsi", "lvm", "disk"):
            self.assertTrue(kinds[kind].get("possible"), kinds[kind])
        for kind in ("zfs", "rbd"):
            self.assertIn("driver", kinds[kind]["reason"])
        disks = {row["path"]: row for row in self.rpc.call("host.disks")["disks"]}
        self.assertFalse(disks["/dev/vda"].get("empty"))
        self.assertEqual(disks["/dev/vda"]["used_as"], "/")
        self.assertTrue(disks["/dev/vde"].get("empty"))
        self.assertEqual(disks["/dev/vde"]["size"], int(host.exec("blockdev", "--getsize64", "/dev/vde")))

    def clear(self, name, group, *devices):
        """Whatever the test came to: nothing of it meets the next one."""
        host.exec("sh", "-c", 'virsh -q pool-destroy "$1"; virsh -q pool-undefine "$1"; vgremove -qfy "$2"; shift 2; [ $# = 0 ] || pvremove -qfy "$@"',
                  "sh", name, group, *devices, check=False)

    def test_a_volume_group_of_empty_disks(self):
        spec = {"name": "fast", "kind": "lvm", "source": "vg_fast", "devices": ["/dev/vdb", "/dev/vdc"]}
        self.assertEqual(self.trial(**spec), 4096 * MIB)
        store = self.add(**spec)
        self.addCleanup(self.clear, "fast", "vg_fast")
        self.assertEqual((store["type"], store["path"], store["state"]), ("logical", "/dev/vg_fast", "active"))
        self.assertEqual(host.exec("vgs", "--noheadings", "-o", "vg_name,pv_count").split(), ["vg_fast", "2"])
        self.assertEqual(host.virsh("pool-info", "fast").count("yes"), 2)
        refused = self.fails(NOT_EMPTY_DEVICE, "datastore.add", **{**spec, "name": "other", "source": "vg_other"})
        self.assertEqual(refused.object, "/dev/vdb")
        self.volumes_of_a_group(store)
        self.uploads_into_a_group(store)
        self.vm_in_a_group(store)
        self.thin_volumes(store)
        self.run_task("datastore.destroy", datastore=store["id"])
        self.assertEqual(host.exec("vgs", "--noheadings").strip(), "")
        self.assertEqual(host.exec("pvs", "--noheadings").strip(), "")
        self.assertNotIn("fast", host.virsh("pool-list", "--all", "--name").split())

    def volumes_of_a_group(self, store):
        self.run_task("volume.create", datastore=store["id"], name="disk1", capacity=128 * MIB, format="raw")
        self.assertEqual(host.exec("lvs", "--noheadings", "--units", "b", "--nosuffix", "-o", "lv_name,lv_size").split(), ["disk1", str(128 * MIB)])
        self.run_task("volume.resize", datastore=store["id"], volume="disk1", capacity=257 * MIB)
        self.assertEqual(self.extents("disk1"), 260 * MIB, "whole extents of 4 MiB")
        self.assertEqual([row["capacity"] for row in self.rpc.call("volume.list", datastore=store["id"])["volumes"]], [260 * MIB])
        self.fails(NO_SPACE, "volume.resize", datastore=store["id"], volume="disk1", capacity=1 << 40)
        self.fails(SHRINK, "volume.resize", datastore=store["id"], volume="disk1", capacity=128 * MIB)
        self.assertEqual(self.extents("disk1"), 260 * MIB)
        held = self.fails(NOT_EMPTY, "datastore.destroy", datastore=store["id"])
        self.assertIn("1", held.cause)
        self.run_task("volume.delete", datastore=store["id"], volume="disk1")
        self.assertEqual(host.exec("lvs", "--noheadings").strip(), "")

    def digest_of(self, volume):
        return host.exec("sha256sum", f"/dev/vg_fast/{volume}").split()[0]

    def upload_fails(self, code, *arguments, **options):
        with self.assertRaises(CallError) as caught:
            self.rpc.upload(*arguments, **options)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return caught.exception

    def uploads_into_a_group(self, store):
        """Bytes of a raw disk become a logical volume. What a guest would see as a file does not, none is replaced, and half of one goes with its agent."""
        content = os.urandom(4 * MIB)  # an extent
        wanted = hashlib.sha256(content).hexdigest()
        self.rpc.upload(store["id"], "sent", content)
        self.assertEqual(self.digest_of("sent"), wanted)
        self.upload_fails(VOLUME_EXISTS, store["id"], "sent", content)
        self.assertIn("delete 'sent' first", self.upload_fails(NOT_SUPPORTED, store["id"], "sent", content[::-1], replace=True).cause)
        self.assertEqual(self.digest_of("sent"), wanted)
        with tempfile.NamedTemporaryFile() as image:
            subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", image.name, "64M"], check=True)
            text = self.upload_fails(REFUSED, store["id"], "image", image.read()).cause
        self.assertIn("it is qcow2", text)
        begun = self.rpc.call("upload.begin", datastore=store["id"], name="half", size=16 * MIB)
        data, _ready = self.rpc.data(begun["ticket"])
        data.sendall(content[:MIB])
        self.assertEqual(host.exec("lvs", "--noheadings", "-o", "lv_name").split(), ["half", "sent"])
        host.kill_agent()
        data.close()
        host.start_agent()
        self.rpc = wait_for(lambda: connect_when_known(host.agent_socket(), "fast", "local", timeout=600), "the agent to know its datastores", 120, 0.2)
        self.addCleanup(self.rpc.close)
        wait_for(lambda: host.exec("lvs", "--noheadings", "-o", "lv_name").split() == ["sent"], "the half volume to go", 120, 0.5)
        self.run_task("volume.delete", datastore=store["id"], volume="sent")

    def extents(self, volume):
        return int(host.exec("lvs", "--noheadings", "--units", "b", "--nosuffix", "-o", "lv_size", f"vg_fast/{volume}"))

    def grows_while_its_vm_runs(self, store, volume, size):
        """The guest is told by QEMU, which has its size from the device."""
        self.run_task("volume.resize", datastore=store["id"], volume=volume, capacity=size)
        self.assertEqual(self.extents(volume), size)
        self.assertRegex(host.virsh("domblkinfo", "web", "vda"), rf"Capacity:\s+{size}\b")
        told = host.virsh("qemu-monitor-command", "web", "--hmp", "info block -v")
        self.assertIn(f"({size} bytes)", told)

    def vm_in_a_group(self, store):
        """Wished for as qcow2, as usual; a logical volume is raw."""
        self.addCleanup(host.virsh, "undefine", "web", check=False)
        self.addCleanup(host.virsh, "destroy", "web", check=False)
        self.run_task("vm.create", name="web", vcpus=1, memory=64 * MIB, firmware="bios", driver="qemu", start=True, nics=[],
                      disks=[{"datastore": store["id"], "capacity": 64 * MIB, "format": "qcow2", "bus": "virtio"}])
        for part in ("type='raw'", "<source dev='/dev/vg_fast/web.raw'"):
            self.assertIn(part, host.virsh("dumpxml", "web"))
        vm = self.rpc.vm("web")
        self.grows_while_its_vm_runs(store, "web.raw", 128 * MIB)
        self.disk_goes_and_comes_back(store, self.rpc.datastore("local"), ("web.raw", "moved.raw", "web"), ([], ["--inactive"]))
        self.assertEqual(host.virsh("domstate", "web"), "running")
        host.virsh("destroy", "web")
        wait_for(lambda: self.rpc.vm("web")["state"] == "off", "the agent to see it off", 60, 0.2)
        self.disk_goes_and_comes_back(store, self.rpc.datastore("local"), ("web", "moved.raw", "back"), ([],))
        self.as_qcow2_meanwhile(store, self.rpc.datastore("local"))
        self.run_task("vm.delete", vm=vm["id"], disks=["vda"])
        self.assertEqual(host.exec("lvs", "--noheadings").strip(), "")

    def disk_goes_and_comes_back(self, store, local, names, definitions):
        """names: in the group, in the directory and in the group again; definitions: options of dumpxml."""
        here, there, again = names
        host.exec("dd", "if=/dev/urandom", f"of=/dev/vg_fast/{here}", "bs=1M", "count=64", "conv=fsync")
        wanted = host.exec("sha256sum", f"/dev/vg_fast/{here}").split()[0]
        self.run_task("volume.move", datastore=store["id"], volume=here, to_datastore=local["id"], name=there)
        self.assertEqual(host.exec("lvs", "--noheadings").strip(), "")
        for options in definitions:
            self.assertEqual(disk_of("web", *options), ("file", "raw", f"{local['path']}/{there}"))
        self.run_task("volume.move", datastore=local["id"], volume=there, to_datastore=store["id"], name=again)
        for options in definitions:
            self.assertEqual(disk_of("web", *options), ("block", "raw", f"/dev/vg_fast/{again}"))
        self.assertEqual(host.exec("sha256sum", f"/dev/vg_fast/{again}").split()[0], wanted)
        self.assertNotIn(there, host.exec("ls", local["path"]).split())

    def as_qcow2_meanwhile(self, store, local):
        wanted = host.exec("sha256sum", "/dev/vg_fast/back").split()[0]
        self.run_task("volume.move", datastore=store["id"], volume="back", to_datastore=local["id"], name="moved.qcow2", format="qcow2")
        self.assertEqual(disk_of("web"), ("file", "qcow2", f"{local['path']}/moved.qcow2"))
        self.run_task("volume.move", datastore=local["id"], volume="moved.qcow2", to_datastore=store["id"], name="last")
        self.assertEqual(disk_of("web"), ("block", "raw", "/dev/vg_fast/last"))
        self.assertEqual(host.exec("sha256sum", "/dev/vg_fast/last").split()[0], wanted)

    def thin_volumes(self, store):
        """libvirt 9 neither makes nor lists them; a group that holds some works all the same."""
        host.exec("lvcreate", "-q", "-L", "200M", "-T", "vg_fast/thin")
        host.exec("lvcreate", "-q", "-V", "1G", "-T", "vg_fast/thin", "-n", "thin1")
        self.run_task("datastore.refresh", datastore=store["id"])
        self.assertEqual(self.rpc.call("volume.list", datastore=store["id"]).get("volumes", []), [])
        self.assertEqual(host.virsh("vol-list", "fast"), "")
        held = self.fails(NOT_EMPTY, "datastore.destroy", datastore=store["id"])
        self.assertIn("thin volumes", held.cause)
        self.assertIn("thin1", host.exec("lvs", "--noheadings", "-o", "lv_name"))
        host.exec("lvremove", "-qfy", "vg_fast/thin1", "vg_fast/thin")

    def test_an_existing_volume_group(self):
        host.exec("vgcreate", "-q", "vg_old", "/dev/vdd")
        self.addCleanup(self.clear, "old", "vg_old", "/dev/vdd")
        host.exec("lvcreate", "-q", "-L", "64M", "-n", "kept", "vg_old")
        found = self.rpc.call("datastore.sources", kind="lvm")["sources"]
        self.assertEqual([(row["source"], row["devices"]) for row in found], [("vg_old", ["/dev/vdd"])])
        store = self.add(name="old", kind="lvm", source="vg_old")
        self.assertEqual([row["name"] for row in self.rpc.call("volume.list", datastore=store["id"])["volumes"]], ["kept"])
        self.assertEqual(self.rpc.call("datastore.sources", kind="lvm")["sources"][0]["used_by"], "old")
        self.run_task("datastore.detach", datastore=store["id"])
        self.assertEqual(self.rpc.datastore("old")["state"], "inactive")
        self.forget(store)
        self.assertIn("kept", host.exec("lvs", "--noheadings", "-o", "lv_name"))
        self.fails(SPEC, "datastore.add", name="none", kind="lvm", source="vg_none")

    def not_mounted(self, spec):
        """The new file system cannot be mounted: the disk is as empty as it was."""
        before = self.traces()
        host.exec("mount", "--bind", "/bin/false", "/usr/bin/mount")
        self.addCleanup(host.exec, "umount", "/usr/bin/mount", check=False)
        self.fails(LIBVIRT, "datastore.add", **spec)
        host.exec("umount", "/usr/bin/mount")
        self.assertEqual(host.exec("blkid", "-p", "/dev/vde", check=False).stdout, "")
        self.assertEqual(self.traces(), before)

    def partitions(self, disk):
        return host.exec("lsblk", "-nrbo", "NAME,SIZE,TYPE", disk).splitlines()

    def test_a_whole_disk(self):
        """Its volumes are partitions with the names that the disk gives them; they go to VMs as any others, but keep their size."""
        store = self.add(name="parts", kind="disk", devices=["/dev/vde"], format="gpt")
        self.addCleanup(host.exec, "sh", "-c", "virsh -q pool-destroy parts; virsh -q pool-undefine parts; wipefs -qa /dev/vde; partprobe /dev/vde", check=False)
        self.assertEqual(store["type"], "disk")
        self.run_task("volume.create", datastore=store["id"], name="whatever", capacity=64 * MIB, format="qcow2")
        self.addCleanup(host.virsh, "undefine", "parted", check=False)
        self.run_task("vm.create", name="parted", vcpus=1, memory=64 * MIB, firmware="bios", driver="qemu", nics=[],
                      disks=[{"datastore": store["id"], "capacity": 64 * MIB, "format": "qcow2", "bus": "virtio"} for _ in range(2)])
        self.assertEqual(disk_of("parted"), ("block", "raw", "/dev/vde2"))
        listed = self.rpc.call("volume.list", datastore=store["id"])["volumes"]
        self.assertEqual([(row["name"], row.get("used_by", [])) for row in listed], [("vde1", []), ("vde2", ["parted"]), ("vde3", ["parted"])])
        found = [line.split() for line in self.partitions("/dev/vde") if line.endswith("part")]
        self.assertEqual([name for name, _, _ in found], ["vde1", "vde2", "vde3"])
        self.assertTrue(all(int(size) >= 64 * MIB for _, size, _ in found), found)
        kept = self.fails(NOT_SUPPORTED, "volume.resize", datastore=store["id"], volume="vde1", capacity=128 * MIB)
        self.assertIn("keep their size", kept.cause)
        self.fails(NOT_SUPPORTED, "upload.begin", datastore=store["id"], name="a.iso", size=MIB)
        self.run_task("volume.delete", datastore=store["id"], volume="vde1")
        self.run_task("volume.create", datastore=store["id"], name="whatever", capacity=32 * MIB, format="raw")
        self.assertIn("vde1", " ".join(self.partitions("/dev/vde")), "the lowest free number again")
        self.run_task("vm.delete", vm=self.rpc.vm("parted")["id"])
        for number in (1, 2, 3):
            self.run_task("volume.delete", datastore=store["id"], volume=f"vde{number}")
        self.assertNotIn("part", " ".join(self.partitions("/dev/vde")))
        self.forget(store)

    def test_a_file_system_on_a_disk(self):
        spec = {"name": "files", "kind": "fs", "devices": ["/dev/vde"], "format": "xfs"}
        self.not_mounted(spec)
        self.assertEqual(self.trial(**spec), 2048 * MIB)
        self.assertEqual(host.exec("blkid", "/dev/vde", check=False).stdout, "")
        store = self.add(**spec)
        self.assertEqual(host.exec("findmnt", "-rno", "SOURCE,FSTYPE", store["path"]).split(), ["/dev/vde", "xfs"])
        self.fails(NOT_EMPTY_DEVICE, "datastore.add", **{**spec, "name": "again"})
        self.run_task("volume.create", datastore=store["id"], name="a.qcow2", capacity=16 * MIB, format="qcow2")
        self.forget(store)
        self.assertEqual(host.exec("findmnt", "-rno", "TARGET", "/dev/vde", check=False).stdout, "")
        store = self.add(name="files", kind="fs", devices=["/dev/vde"])
        self.assertEqual([row["name"] for row in self.rpc.call("volume.list", datastore=store["id"])["volumes"]], ["a.qcow2"])
        self.forget(store)
        host.exec("wipefs", "-qa", "/dev/vde")


class ServerTest(VmCase):
    def test_nfs(self):
        found = self.rpc.call("datastore.sources", kind="nfs", host=SERVER)["sources"]
        self.assertEqual([row["source"] for row in found], ["/srv/nfs"])
        for version in ("3", "4.2"):
            spec = {"name": "nfs" + version, "kind": "nfs", "host": SERVER, "source": "/srv/nfs", "version": version}
            self.assertGreater(self.trial(**spec), MIB)
            store = self.add(**spec)
            self.assertIn(f"vers={version},", host.exec("findmnt", "-rno", "OPTIONS", store["path"]))
            self.run_task("volume.create", datastore=store["id"], name="v", capacity=MIB, format="raw")
            self.assertEqual(int(host.exec("stat", "-c", "%s", "/srv/nfs/v")), MIB)
            self.run_task("volume.delete", datastore=store["id"], volume="v")
            self.forget(store)
        refused = self.fails(LIBVIRT, "datastore.test", name="none", kind="nfs", host=SERVER, source="/srv/none")
        self.assertTrue(refused.cause)
        self.assertNotIn("none", host.exec("virsh", "-q", "pool-list", "--all"))

    def test_smb_with_a_password(self):
        spec = {"name": "share", "kind": "smb", "host": SERVER, "source": "share", "user": "operator", "password": "lab-secret"}
        self.assertGreater(self.trial(**spec), MIB)
        store = self.add(**spec)
        self.assertEqual(host.exec("findmnt", "-rno", "FSTYPE,SOURCE", store["path"]).split(), ["cifs", f"//{SERVER}/share"])
        self.assertNotIn("lab-secret", host.virsh("pool-dumpxml", "share"))
        self.assertEqual(host.exec("stat", "-c", "%a %U", "/var/lib/poolagent/credentials/" + store["id"]).split(), ["600", "root"])
        self.forget(store)
        self.assertEqual(host.exec("ls", "/var/lib/poolagent/credentials").strip(), "")
        before = self.traces()
        self.fails(LIBVIRT, "datastore.add", **{**spec, "password": "wrong"})
        self.assertEqual(self.traces(), before)

    def test_iscsi_with_and_without_chap(self):
        found = self.rpc.call("datastore.sources", kind="iscsi", host=SERVER)["sources"]
        names = sorted(row["source"] for row in found)
        self.assertEqual(names, ["iqn.2026-01.test.lab:closed", "iqn.2026-01.test.lab:open"])
        for spec in ({"source": names[1]}, {"source": names[0], "user": "lab-chap", "password": "lab-chap-secret"}):
            spec.update(name="san", kind="iscsi", host=SERVER)
            self.assertEqual(self.trial(**spec), 1)
            store = self.add(**spec)
            self.assertIn(spec["source"], host.exec("iscsiadm", "-m", "session"))
            volumes = self.rpc.call("volume.list", datastore=store["id"])["volumes"]
            self.assertEqual([row["capacity"] for row in volumes], [256 * MIB])
            self.cannot_change(store, volumes[0]["name"])
            self.forget(store)
            self.assertNotIn(spec["source"], host.exec("iscsiadm", "-m", "session", check=False).stdout)
            self.assertEqual(host.virsh("secret-list"), "")
        self.fails(LIBVIRT, "datastore.add", name="san", kind="iscsi", host=SERVER, source=names[0], user="lab-chap", password="wrong-password")
        self.assertEqual(host.virsh("secret-list"), "")

    def cannot_change(self, store, volume):
        """The disks of a target are the target's."""
        for method, params in (("volume.create", {"name": "x", "capacity": MIB, "format": "raw"}), ("upload.begin", {"name": "x", "size": MIB}),
                               ("volume.resize", {"volume": volume, "capacity": 512 * MIB}), ("volume.delete", {"volume": volume}),
                               ("volume.move", {"volume": volume, "to_datastore": self.rpc.datastore("local")["id"], "name": "x"})):
            self.assertIn("on the storage system", self.fails(NOT_SUPPORTED, method, datastore=store["id"], **params).cause, method)

    def test_what_cannot_work_is_said_before_anything_is_made(self):
        before = self.traces()
        silent = self.fails(TEST, "datastore.test", name="x", kind="iscsi", host=SERVER, port=1, source="iqn.2026-01.test:x")
        self.assertIn("does not answer at port 1", silent.cause)
        for spec in ({"kind": "nfs", "host": "-oProxyCommand=x", "source": "/x"}, {"kind": "nfs", "host": "a/b", "source": "/x"},
                     {"kind": "nfs", "host": SERVER, "source": "x"}, {"kind": "nfs", "host": SERVER, "source": "/x", "version": "4,sec=none"},
                     {"kind": "smb", "host": SERVER, "source": "a,b"}, {"kind": "smb", "host": SERVER, "source": "share", "user": "u"},
                     {"kind": "lvm", "source": "--config"}, {"kind": "lvm", "source": "x", "devices": ["/etc/passwd"]},
                     {"kind": "lvm", "source": "x", "devices": ["/dev/../etc/passwd"]}, {"kind": "fs", "devices": ["/dev/vde"], "format": "vfat"},
                     {"kind": "iscsi", "host": SERVER, "source": "iqn x"}, {"kind": "dir"}):
            self.fails(SPEC, "datastore.add", name="x", **spec)
        self.fails(NOT_EMPTY_DEVICE, "datastore.add", name="x", kind="lvm", source="x", devices=["/dev/vda"])
        self.fails(EXISTS, "datastore.add", name="local", kind="lvm", source="x")
        self.assertEqual(self.traces(), before)


class KilledTest(Killing, VmCase):
    """The agent is killed while it adds a datastore: nothing half-made is left, and it can be added again."""

    @property
    def lab(self):
        return host

    def connect(self):
        rpc = wait_for(lambda: connect_when_known(host.agent_socket(), "local", timeout=600), "the agent to know its datastores", 120, 0.2)
        self.addCleanup(rpc.close)
        return rpc

    def check_all_or_nothing(self, name, traces, made):
        """What the agent says, what libvirt has and what the host has are the same: the datastore, or no trace of it."""
        store = self.rpc.datastore(name)
        self.assertEqual(name in host.virsh("pool-list", "--all", "--name").split(), store is not None)
        if store:
            self.assertEqual(store["state"], "active")
            made(store)
        else:
            self.assertEqual(self.traces(), traces)

    def added(self, made, after, **spec):
        """Killed at some moments of datastore.add."""
        before = self.traces()

        def check():
            self.check_all_or_nothing(spec["name"], before, made)
            store = self.rpc.datastore(spec["name"])
            if store:
                self.run_task(after, datastore=store["id"])
            self.assertEqual(self.traces(), before)

        self.killed(check, "datastore.add", count=2, **spec)
        self.run_task("datastore.add", **spec)  # and once more
        self.run_task(after, datastore=self.rpc.datastore(spec["name"])["id"])
        self.assertEqual(self.traces(), before)

    def test_nfs(self):
        def made(store):
            self.assertIn("/srv/nfs", host.exec("findmnt", "-rno", "SOURCE", store["path"]))
        self.added(made, "datastore.forget", name="nas", kind="nfs", host=SERVER, source="/srv/nfs")

    def test_a_running_disk_that_leaves_its_group(self):
        """The volume group has the disk, or the directory has it; never both, and no logical volume loses its node only. It begins as qcow2 of a size
        that no logical volume has."""
        self.run_task("datastore.add", name="fast", kind="lvm", source="vg_fast", devices=["/dev/vdb"])
        self.addCleanup(host.exec, "sh", "-c", "virsh -q pool-destroy fast; virsh -q pool-undefine fast; vgremove -qfy vg_fast; pvremove -qfy /dev/vdb", check=False)
        store, local = self.rpc.datastore("fast"), self.rpc.datastore("local")
        self.addCleanup(host.virsh, "undefine", "web", check=False)
        self.addCleanup(host.virsh, "destroy", "web", check=False)

        def volumes():
            return host.exec("lvs", "--noheadings", "-o", "lv_name").split()

        self.run_task("vm.create", name="web", vcpus=1, memory=64 * MIB, firmware="bios", driver="qemu", start=True, nics=[],
                      disks=[{"datastore": local["id"], "volume": "web.qcow2", "capacity": 62 * MIB, "format": "qcow2", "bus": "virtio"}])
        move = {"datastore": local["id"], "volume": "web.qcow2", "to_datastore": store["id"], "name": "web"}
        self.assertIn(f"a volume there has {64 * MIB} bytes", self.fails(NOT_SUPPORTED, "volume.move", **move).cause)
        self.assertEqual((volumes(), disk_of("web")), ([], ("file", "qcow2", f"{local['path']}/web.qcow2")))
        self.run_task("volume.resize", datastore=local["id"], volume="web.qcow2", capacity=64 * MIB)
        self.run_task("volume.move", **move)
        self.assertEqual((disk_of("web"), disk_of("web", "--inactive")), (("block", "raw", "/dev/vg_fast/web"),) * 2)
        self.assertEqual(host.exec("lvs", "--noheadings", "--units", "b", "--nosuffix", "-o", "lv_name,lv_size").split(), ["web", str(64 * MIB)])
        host.exec("dd", "if=/dev/urandom", "of=/dev/vg_fast/web", "bs=1M", "count=64", "conv=fsync")
        wanted = host.exec("sha256sum", "/dev/vg_fast/web").split()[0]

        def check():
            self.assertEqual(host.virsh("domstate", "web"), "running")
            kind, _, path = disk_of("web")
            self.assertEqual((disk_of("web", "--inactive"), host.virsh("blockjob", "web", "vda")), ((kind, "raw", path), ""))
            self.assertEqual((volumes(), "web.raw" in host.exec("ls", local["path"]).split()), (["web"], False) if kind == "block" else ([], True))
            self.assertEqual(host.exec("sha256sum", path).split()[0], wanted)

        def back():
            if not volumes():
                self.run_task("volume.move", datastore=local["id"], volume="web.raw", to_datastore=store["id"], name="web")

        self.killed(check, "volume.move", prepare=back, count=2, datastore=store["id"], volume="web", to_datastore=local["id"], name="web.raw")
        back()
        check()
        host.virsh("destroy", "web")
        wait_for(lambda: self.rpc.vm("web")["state"] == "off", "the agent to see it off", 60, 0.2)
        self.run_task("vm.delete", vm=self.rpc.vm("web")["id"], disks=["vda"])
        self.run_task("datastore.destroy", datastore=store["id"])

    def test_a_volume_group_of_empty_disks(self):
        def made(_store):
            self.assertEqual(host.exec("vgs", "--noheadings", "-o", "vg_name,pv_count").split(), ["vg_cut", "2"])
        self.added(made, "datastore.destroy", name="cut", kind="lvm", source="vg_cut", devices=["/dev/vdb", "/dev/vdc"])
        self.assertEqual(host.exec("pvs", "--noheadings").strip(), "")


if __name__ == "__main__":
    unittest.main()
