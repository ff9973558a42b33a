# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes on a real host: made, resized, copied, converted, moved (also under a running VM), wiped, fetched, downloaded. virsh, qemu-img and
sha256sum are the judges; the agent is killed in the middle of each long job."""
import base64
import contextlib
import ctypes
import functools
import hashlib
import http.server
import json
import os
import random
import signal
import ssl
import subprocess
import sys
import threading
import time
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
from agent_client import CallError, agent_binary, connect_when_known  # noqa: E402
from killed import Killing  # noqa: E402
from lab import Host, LabError, wait_for  # noqa: E402

LOCAL = "/srv/poolcenter-lab/local"
OTHER = "/srv/poolcenter-lab/other"
MIB = 1 << 20
CLONE_NEWNET = 0x40000000
INVALID_PARAMS, BUSY, CANCELLED, NOT_SUPPORTED, VM_WRONG_STATE, VM_CHANGED = -32602, -32004, -32005, -32012, -32022, -32026
VOLUME_NOT_FOUND, VOLUME_EXISTS, VOLUME_IN_USE, VOLUME_NAME_INVALID, NO_SPACE = -32034, -32035, -32036, -32037, -32038
DATASTORE_EXISTS = -32031
VOLUME_SHRINK, VOLUME_REFUSED, FETCH_FAILED, VOLUME_SIZE = -32070, -32071, -32072, -32073
DOMAIN = """<domain type='qemu'><name>{name}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices><disk type='file' device='{device}'><driver name='qemu' type='{format}'/><source file='{path}'/>
    <target dev='{target}'/></disk><graphics type='vnc' passwd='secret12'><listen type='none'/></graphics></devices></domain>"""

host = None


def setUpModule():
    global host
    if os.geteuid() != 0:
        raise unittest.SkipTest("a lab host needs root")
    host = Host(f"volumes-{os.getpid()}", agent=agent_binary())
    unittest.addModuleCleanup(host.__exit__, None, None, None)
    host.up()
    host.exec("mkdir", "-p", OTHER)
    host.virsh("pool-define-as", "other", "dir", "--target", OTHER)
    host.virsh("pool-start", "other")


def hold(program):
    """Stops a program of the agent as soon as it runs; its ids."""
    pids = wait_for(lambda: host.pids(program), program, 10, 0.005)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    return pids


def go_on(pids):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


class VolumeCase(unittest.TestCase):
    def setUp(self):
        self.rpc = self.connect()
        self.local = self.rpc.datastore("local")["id"]
        self.other = self.rpc.datastore("other")["id"]
        self.addCleanup(self.clean)

    def connect(self):
        try:
            rpc = wait_for(lambda: connect_when_known(host.agent_socket(), "local", "other"), "the agent to know its datastores", 40, 0.1)
        except LabError as error:
            raise AssertionError(f"{error}: {host.log('agent')[-4000:]}") from error
        self.addCleanup(rpc.close)
        return rpc

    def clean(self):
        for name in host.virsh("list", "--all", "--name").split():
            host.virsh("destroy", name, check=False)
            host.virsh("undefine", name)
        left = [name for folder in (LOCAL, OTHER) for name in self.files(folder) if name.startswith(".")]
        for folder in (LOCAL, OTHER):
            for name in self.files(folder):
                os.unlink(host.outside(f"{folder}/{name}"))
            host.virsh("pool-refresh", os.path.basename(folder))
        self.assertEqual(left, [], "a part file is left")
        self.assertEqual(self.journal(), [], "a job is left in the journal")

    def journal(self):
        return host.exec("ls", "/var/lib/poolagent/jobs").split()

    def files(self, folder=LOCAL):
        return sorted(os.listdir(host.outside(folder)))

    def refused(self, code, method, **params):
        with self.assertRaises(CallError) as caught:
            task = self.rpc.call(method, **params)
            if "task" in task:
                ended = self.rpc.wait_task(task["task"])
                if "error" in ended:
                    raise CallError(ended["error"])
        self.assertEqual(caught.exception.code, code, str(caught.exception))
        return caught.exception

    def names(self, store=None):
        return [volume["name"] for volume in self.rpc.call("volume.list", datastore=store or self.local).get("volumes", [])]

    def qemu_info(self, path):
        return json.loads(host.exec("qemu-img", "info", "-U", "--output=json", path))

    def sha256(self, path):
        return host.exec("sha256sum", path).split()[0]

    def make_qcow2(self, name="disk.qcow2", size="64M", data=8, folder=LOCAL):
        """A disk image with some MiB of random data in it; the digest of what a guest sees."""
        path = f"{folder}/{name}"
        host.exec("qemu-img", "create", "-q", "-f", "qcow2", path, size)
        with open(host.outside("/srv/random"), "wb") as file:
            for _ in range(data):
                file.write(random.randbytes(MIB))
        host.exec("qemu-img", "dd", "-f", "raw", "-O", "raw", "bs=1M", "if=/srv/random", "of=/srv/raw")
        host.exec("truncate", "-s", size, "/srv/raw")
        host.exec("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "/srv/raw", path)
        host.virsh("pool-refresh", os.path.basename(folder))
        return self.contents(path)

    def contents(self, path, form=None):
        """Digest of what a guest sees."""
        form = form or self.qemu_info(path)["format"]
        host.exec("qemu-img", "convert", "-U", "-f", form, "-O", "raw", path, "/srv/seen.raw")
        return self.sha256("/srv/seen.raw")

    def check(self, path):
        host.exec("qemu-img", "check", "-q", path)

    def define(self, path, name="web01", form="qcow2", start=False, device="disk"):
        target = {"disk": "vda' bus='virtio", "cdrom": "sda' bus='sata"}[device]
        host.virsh("define", "/dev/stdin", input=DOMAIN.format(name=name, path=path, format=form, device=device, target=target))
        if start:
            host.virsh("start", name)
        state = "running" if start else "off"
        return wait_for(lambda: (vm := self.rpc.vm(name)) and vm["state"] == state and vm, "the VM", 10, 0.05)["id"]

    def disk_source(self, name="web01", *options):
        xml = host.virsh("dumpxml", name, *options)
        return xml.split("<source file='")[1].split("'")[0]


class Creating(VolumeCase):
    def test_thin_and_thick_of_both_formats(self):
        for form, thick in (("qcow2", False), ("qcow2", True), ("raw", False), ("raw", True)):
            name = f"{form}-{thick}.img"
            self.rpc.run("volume.create", datastore=self.local, name=name, format=form, capacity=32 * MIB, thick=thick)
            info = self.qemu_info(f"{LOCAL}/{name}")
            self.assertEqual((info["format"], info["virtual-size"]), (form, 32 * MIB))
            self.assertEqual(info["actual-size"] >= 32 * MIB, thick, name)
            self.assertIn(name, self.names())

    def test_bad_wishes(self):
        good = {"datastore": self.local, "name": "a.img", "format": "raw", "capacity": MIB}
        self.rpc.run("volume.create", **good)
        self.refused(VOLUME_EXISTS, "volume.create", **good)
        self.refused(VOLUME_NAME_INVALID, "volume.create", **{**good, "name": "../b.img"})
        self.refused(VOLUME_SIZE, "volume.create", **{**good, "name": "b", "capacity": 0})
        self.refused(VOLUME_SIZE, "volume.create", **{**good, "name": "b", "capacity": 1 << 60})
        self.refused(NOT_SUPPORTED, "volume.create", **{**good, "name": "b", "format": "vmdk"})
        self.refused(NO_SPACE, "volume.create", **{**good, "name": "b", "capacity": 1 << 49, "thick": True})
        self.assertEqual(self.files(), ["a.img"])


    def test_names_that_a_program_could_take_for_something_else(self):
        for name in ("--help", "-o,driver=raw", 'json:{"driver":"raw"}', "$(id >pwned);.img"):
            self.rpc.run("volume.create", datastore=self.local, name=name, format="qcow2", capacity=MIB)
            self.rpc.run("volume.resize", datastore=self.local, volume=name, capacity=2 * MIB)
            self.rpc.run("volume.copy", datastore=self.local, volume=name, name=name + "2", format="raw")
            self.assertEqual(os.stat(host.outside(f"{LOCAL}/{name}2")).st_size, 2 * MIB)
            self.rpc.run("volume.move", datastore=self.local, volume=name + "2", name=name + "3", format="qcow2")
            self.assertEqual(self.qemu_info(f"{LOCAL}/{name}3")["virtual-size"], 2 * MIB)
            self.rpc.run("volume.wipe", datastore=self.local, volume=name + "3")
            self.assertEqual(self.rpc.call("volume.inspect", datastore=self.local, volume=name)["detected"], "qcow2")
            for volume in (name, name + "3"):
                self.rpc.run("volume.delete", datastore=self.local, volume=volume)
        self.assertEqual(self.files(), [])


class Resizing(VolumeCase):
    def resize(self, name, capacity):
        return self.rpc.run("volume.resize", datastore=self.local, volume=name, capacity=capacity)

    def test_growth_keeps_the_contents(self):
        self.make_qcow2(size="64M")
        self.resize("disk.qcow2", 96 * MIB)
        self.assertEqual(self.qemu_info(f"{LOCAL}/disk.qcow2")["virtual-size"], 96 * MIB)
        self.check(f"{LOCAL}/disk.qcow2")
        host.exec("qemu-img", "compare", "-F", "qcow2", "-f", "raw", "/srv/raw", f"{LOCAL}/disk.qcow2")

    def test_a_running_vm_is_told(self):
        self.make_qcow2()
        self.define(f"{LOCAL}/disk.qcow2", start=True)
        self.resize("disk.qcow2", 128 * MIB)
        self.assertIn(str(128 * MIB), host.virsh("domblkinfo", "web01", "vda"))
        monitor = host.virsh("qemu-monitor-command", "web01", '{"execute": "query-named-block-nodes"}')
        self.assertIn(f'"virtual-size":{128 * MIB}', monitor.replace(" ", ""))
        self.assertEqual(next(disk for disk in self.rpc.vm("web01")["disks"] if disk["target"] == "vda")["capacity"], 128 * MIB)

    def test_only_an_empty_end_of_a_raw_image_is_cut_off(self):
        self.rpc.run("volume.create", datastore=self.local, name="a.raw", format="raw", capacity=64 * MIB)
        with open(host.outside(f"{LOCAL}/a.raw"), "r+b") as file:
            file.seek(20 * MIB)
            file.write(b"end")
        before = self.sha256(f"{LOCAL}/a.raw")
        self.refused(VOLUME_SHRINK, "volume.resize", datastore=self.local, volume="a.raw", capacity=20 * MIB)
        self.assertEqual(self.sha256(f"{LOCAL}/a.raw"), before)
        with open(host.outside(f"{LOCAL}/a.raw"), "r+b") as file:
            file.seek(40 * MIB)
            file.write(bytes(MIB))  # written, but zero
        self.resize("a.raw", 21 * MIB)
        self.assertEqual(os.path.getsize(host.outside(f"{LOCAL}/a.raw")), 21 * MIB)
        self.make_qcow2("b.qcow2")
        self.refused(VOLUME_SHRINK, "volume.resize", datastore=self.local, volume="b.qcow2", capacity=32 * MIB)
        self.define(f"{LOCAL}/a.raw", form="raw", start=True)
        self.assertEqual(self.refused(VOLUME_IN_USE, "volume.resize", datastore=self.local, volume="a.raw", capacity=20 * MIB + 512).cause, "web01")

    def test_what_others_are_based_on_stays(self):
        self.make_qcow2("base.qcow2")
        host.exec("qemu-img", "create", "-q", "-f", "qcow2", "-b", f"{LOCAL}/base.qcow2", "-F", "qcow2", f"{LOCAL}/linked.qcow2")
        host.virsh("pool-refresh", "local")
        for method, more in (("resize", {"capacity": 96 * MIB}), ("wipe", {}), ("delete", {}), ("move", {"name": "b2.qcow2"})):
            error = self.refused(VOLUME_IN_USE, "volume." + method, datastore=self.local, volume="base.qcow2", **more)
            self.assertEqual(error.cause, "local/linked.qcow2")

    def test_what_libvirt_does_not_list_counts_too(self):
        self.make_qcow2("base.qcow2")
        for folder, vm in ((LOCAL, False), ("/srv/elsewhere", True)):
            host.exec("mkdir", "-p", folder)
            top = f"{folder}/unlisted.qcow2"
            host.exec("qemu-img", "create", "-q", "-f", "qcow2", "-b", f"{LOCAL}/base.qcow2", "-F", "qcow2", top)
            if vm:
                self.define(top)
            for method, more in (("resize", {"capacity": 96 * MIB}), ("wipe", {}), ("delete", {}), ("move", {"name": "b2.qcow2"}),
                                 ("move", {"name": "b.raw", "format": "raw"})):
                error = self.refused(VOLUME_IN_USE, "volume." + method, datastore=self.local, volume="base.qcow2", **more)
                self.assertEqual(error.cause, top)
            host.exec("rm", top)


    def test_images_that_libvirt_calls_raw(self):
        """It knows neither VHDX nor a VHD of fixed size: grown or run as raw they would be destroyed."""
        self.make_qcow2()
        self.make_qcow2("vm.qcow2")
        vm = self.define(f"{LOCAL}/vm.qcow2")
        disks = self.rpc.call("vm.get", vm=vm)["config"]["disks"]["items"]
        for name, form, options in (("a.vhdx", "vhdx", []), ("b.vhd", "vpc", ["-o", "subformat=fixed,force_size=on"])):
            host.exec("qemu-img", "convert", "-f", "qcow2", "-O", form, *options, f"{LOCAL}/disk.qcow2", f"{LOCAL}/{name}")
            host.virsh("pool-refresh", "local")
            self.assertIn("<format type='raw'/>", host.virsh("vol-dumpxml", name, "local"))
            listed = {volume["name"]: volume["format"] for volume in self.rpc.call("volume.list", datastore=self.local)["volumes"]}
            self.assertEqual((listed[name], listed["disk.qcow2"]), (form, "qcow2"))
            new = {"device": "disk", "bus": "virtio", "datastore": self.local, "volume": name}
            for method, params in (("volume.resize", {"datastore": self.local, "volume": name, "capacity": 256 * MIB}),
                                   ("vm.configure", {"vm": vm, "config": {"disks": {"items": disks + [new]}}})):
                self.assertIn(f"a {form} image", self.refused(NOT_SUPPORTED, method, **params).cause)
            host.exec("qemu-img", "compare", "-f", "qcow2", "-F", form, f"{LOCAL}/disk.qcow2", f"{LOCAL}/{name}")
        self.assertNotIn(".vhd", host.virsh("domblklist", "web01"))


class Copying(VolumeCase):
    def test_a_copy_is_equal_and_independent(self):
        seen = self.make_qcow2()
        self.rpc.run("volume.copy", datastore=self.local, volume="disk.qcow2", name="two.qcow2")
        self.check(f"{LOCAL}/two.qcow2")
        self.assertEqual(self.contents(f"{LOCAL}/two.qcow2"), seen)
        self.assertEqual(self.files(), ["disk.qcow2", "two.qcow2"])

    def test_a_linked_volume_becomes_a_whole_one(self):
        seen = self.make_qcow2("base.qcow2")
        host.exec("qemu-img", "create", "-q", "-f", "qcow2", "-b", f"{LOCAL}/base.qcow2", "-F", "qcow2", f"{LOCAL}/linked.qcow2")
        host.virsh("pool-refresh", "local")
        self.rpc.run("volume.copy", datastore=self.local, volume="linked.qcow2", to_datastore=self.other, name="whole.qcow2")
        self.assertNotIn("backing-filename", self.qemu_info(f"{OTHER}/whole.qcow2"))
        self.assertEqual(self.contents(f"{OTHER}/whole.qcow2"), seen)

    def test_every_format(self):
        seen = self.make_qcow2()
        for form in ("raw", "vmdk", "vdi", "vhdx", "vpc"):
            self.rpc.run("volume.copy", datastore=self.local, volume="disk.qcow2", to_datastore=self.other, name=f"c.{form}", format=form)
            if form == "vpc":  # rounded up to whole cylinders
                host.exec("qemu-img", "compare", "-f", "raw", "-F", "vpc", "/srv/raw", f"{OTHER}/c.vpc")
            else:
                self.assertEqual(self.contents(f"{OTHER}/c.{form}", form), seen, form)
            self.rpc.run("volume.copy", datastore=self.other, volume=f"c.{form}", name=f"back-{form}.qcow2", format="qcow2")
            host.exec("qemu-img", "compare", "-f", "raw", "-F", "qcow2", "/srv/raw", f"{OTHER}/back-{form}.qcow2")

    def test_files_that_are_no_images_stay_as_they_are(self):
        with open(host.outside(f"{LOCAL}/odd.bin"), "wb") as file:
            file.write(random.randbytes(100_003))
        self.rpc.run("volume.copy", datastore=self.local, volume="odd.bin", name="odd2.bin")
        self.assertEqual(self.sha256(f"{LOCAL}/odd2.bin"), self.sha256(f"{LOCAL}/odd.bin"))

    def test_holes_stay_holes(self):
        host.exec("truncate", "-s", "2G", f"{LOCAL}/holes.raw")
        self.rpc.run("volume.copy", datastore=self.local, volume="holes.raw", name="holes2.raw")
        status = os.stat(host.outside(f"{LOCAL}/holes2.raw"))
        self.assertEqual(status.st_size, 2 << 30)
        self.assertLess(status.st_blocks * 512, MIB)

    def test_images_that_point_outside_are_refused(self):
        for name, options, words in (("backing.qcow2", ["-b", "/etc/shadow", "-F", "raw"], "/etc/shadow"), ("data.qcow2", self.DATA_FILE, "another file"),
                                     ("chain.qcow2", ["-u", "-b", f"{LOCAL}/backing.qcow2", "-F", "qcow2"], "/etc/shadow"),
                                     ("chain2.qcow2", ["-u", "-b", f"{LOCAL}/data.qcow2", "-F", "qcow2"], f"{LOCAL}/data.qcow2")):
            host.exec("qemu-img", "create", "-q", "-f", "qcow2", *options, f"{LOCAL}/{name}", "1M")
            for method, more in (("copy", {"name": "out.raw", "format": "raw"}), ("move", {"name": "out.raw", "format": "raw"})):
                self.refused(VOLUME_REFUSED, "volume." + method, datastore=self.local, volume=name, **more)
            self.assertIn(words, self.rpc.call("volume.inspect", datastore=self.local, volume=name)["refused"])
        os.unlink(host.outside("/srv/poolcenter-lab/secret"))
        self.assertEqual(self.files(), ["backing.qcow2", "chain.qcow2", "chain2.qcow2", "data.qcow2"])

    DATA_FILE = ["-o", "data_file=/srv/poolcenter-lab/secret,data_file_raw=on"]

    def test_where_an_image_leads_to_is_not_even_opened(self):
        """A pipe that nobody writes into holds up whoever opens it. What a guest writes into its own raw disk is not followed either."""
        host.exec("qemu-img", "create", "-q", "-f", "qcow2", *self.DATA_FILE, f"{LOCAL}/data.qcow2", "1M")
        os.unlink(host.outside("/srv/poolcenter-lab/secret"))
        os.mkfifo(host.outside("/srv/poolcenter-lab/secret"))
        self.addCleanup(os.unlink, host.outside("/srv/poolcenter-lab/secret"))
        host.exec("cp", f"{LOCAL}/data.qcow2", f"{LOCAL}/guest.raw")
        with open(host.outside(f"{LOCAL}/text.img"), "w", encoding="utf-8") as file:
            file.write('# by hand\n \nversion=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 2048 FLAT "/srv/poolcenter-lab/secret" 0\n')
        self.define(f"{LOCAL}/guest.raw", form="raw")
        for name, detected, refused in (("data.qcow2", "qcow2", "it keeps its data in another file"), ("guest.raw", "qcow2", None), ("text.img", "vmdk", None)):
            told = self.rpc.call("volume.inspect", datastore=self.local, volume=name)
            self.assertEqual((told["detected"], told.get("refused")), (detected, refused), name)
        for name in ("guest.raw", "text.img"):
            self.rpc.run("volume.copy", datastore=self.local, volume=name, name="copy-" + name)
            self.assertEqual(self.sha256(f"{LOCAL}/copy-{name}"), self.sha256(f"{LOCAL}/{name}"))

    def test_the_format_of_a_guests_disk_is_not_what_the_guest_writes_into_it(self):
        host.exec("qemu-img", "create", "-q", "-f", "qcow2", "-b", "/etc/shadow", "-F", "raw", f"{LOCAL}/evil.raw", "1M")
        self.define(f"{LOCAL}/evil.raw", form="raw")
        self.rpc.run("volume.copy", datastore=self.local, volume="evil.raw", name="copy.raw")
        self.assertEqual(self.sha256(f"{LOCAL}/copy.raw"), self.sha256(f"{LOCAL}/evil.raw"))

    def test_a_disk_that_is_being_written_is_not_copied(self):
        self.make_qcow2()
        self.define(f"{LOCAL}/disk.qcow2", start=True)
        self.assertEqual(self.refused(VOLUME_IN_USE, "volume.copy", datastore=self.local, volume="disk.qcow2", name="x.qcow2").cause, "web01")

    def test_a_full_datastore_leaves_nothing(self):
        self.make_qcow2(data=48)
        host.exec("mkdir", "-p", "/srv/poolcenter-lab/tiny")
        host.mount_small("/srv/poolcenter-lab/tiny", "64M")
        host.virsh("pool-define-as", "tiny", "dir", "--target", "/srv/poolcenter-lab/tiny")
        host.virsh("pool-start", "tiny")
        self.addCleanup(host.virsh, "pool-undefine", "tiny")
        self.addCleanup(host.virsh, "pool-destroy", "tiny")
        tiny = wait_for(lambda: self.rpc.active_datastore("tiny"), "the datastore", 30, 0.1)["id"]
        self.rpc.run("volume.copy", datastore=self.local, volume="disk.qcow2", to_datastore=tiny, name="one.qcow2")
        self.refused(NO_SPACE, "volume.copy", datastore=self.local, volume="disk.qcow2", to_datastore=tiny, name="two.qcow2")
        with open(host.outside("/srv/same.raw"), "wb") as file:  # little until it is unpacked
            file.write(b"same" * (10 * MIB))
        host.exec("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", "/srv/same.raw", f"{LOCAL}/packed.qcow2")
        self.refused(NO_SPACE, "volume.copy", datastore=self.local, volume="packed.qcow2", to_datastore=tiny, name="three.raw", format="raw")
        self.assertEqual(host.exec("ls", "-A", "/srv/poolcenter-lab/tiny").split(), ["one.qcow2"])

    def test_cancelled(self):
        self.big_raw()
        task = self.rpc.call("volume.copy", datastore=self.local, volume="big.raw", name="c.qcow2", format="qcow2")["task"]
        hold("qemu-img")
        self.refused(BUSY, "volume.delete", datastore=self.local, volume="big.raw")
        self.rpc.call("task.cancel", task=task)
        self.assertEqual(self.rpc.wait_task(task)["state"], "cancelled")
        self.assertEqual(self.files(), ["big.raw"])

    def big_raw(self, name="big.raw", size=400):
        block = random.randbytes(MIB)
        with open(host.outside(f"{LOCAL}/{name}"), "wb") as file:
            for number in range(size):
                file.write(number.to_bytes(4, "big") + block[4:])
        host.virsh("pool-refresh", "local")


class Moving(VolumeCase):
    def test_a_new_name_is_known_to_its_vm(self):
        seen = self.make_qcow2()
        self.define(f"{LOCAL}/disk.qcow2")
        self.rpc.run("volume.move", datastore=self.local, volume="disk.qcow2", name="Ö neu.qcow2")
        self.assertEqual(self.files(), ["Ö neu.qcow2"])
        self.assertEqual(self.disk_source(), f"{LOCAL}/Ö neu.qcow2")
        self.assertIn("passwd='secret12'", host.virsh("dumpxml", "web01", "--security-info"))
        self.assertEqual(self.contents(f"{LOCAL}/Ö neu.qcow2"), seen)
        host.virsh("start", "web01")

    def test_to_another_datastore_in_another_format(self):
        seen = self.make_qcow2()
        self.define(f"{LOCAL}/disk.qcow2")
        self.rpc.run("volume.move", datastore=self.local, volume="disk.qcow2", to_datastore=self.other, name="disk.raw", format="raw")
        self.assertEqual((self.files(), self.files(OTHER)), ([], ["disk.raw"]))
        self.assertEqual(self.disk_source(), f"{OTHER}/disk.raw")
        self.assertIn("type='raw'", host.virsh("dumpxml", "web01"))
        self.assertEqual(self.sha256(f"{OTHER}/disk.raw"), seen)
        host.virsh("start", "web01")

    def test_under_a_running_vm(self):
        seen = self.make_qcow2(data=32)
        self.define(f"{LOCAL}/disk.qcow2", start=True)
        self.rpc.run("volume.move", datastore=self.local, volume="disk.qcow2", to_datastore=self.other)
        self.assertEqual(host.virsh("domstate", "web01"), "running")
        self.assertEqual((self.disk_source(), self.disk_source("web01", "--inactive")), (f"{OTHER}/disk.qcow2",) * 2)
        self.assertEqual((self.files(), self.files(OTHER)), ([], ["disk.qcow2"]))
        host.virsh("destroy", "web01")
        self.check(f"{OTHER}/disk.qcow2")
        self.assertEqual(self.contents(f"{OTHER}/disk.qcow2"), seen)
        host.virsh("start", "web01")

    def test_under_a_running_vm_into_another_format(self):
        seen = self.make_qcow2()
        self.define(f"{LOCAL}/disk.qcow2", start=True)
        self.rpc.run("volume.move", datastore=self.local, volume="disk.qcow2", name="disk.raw", format="raw")
        self.assertEqual((self.disk_source(), self.files()), (f"{LOCAL}/disk.raw", ["disk.raw"]))
        host.virsh("destroy", "web01")
        self.assertEqual(self.sha256(f"{LOCAL}/disk.raw"), seen)
        host.virsh("start", "web01")

    def test_cancelled_under_a_running_vm(self):
        self.make_qcow2(size="1G", data=256)
        self.define(f"{LOCAL}/disk.qcow2", start=True)
        task = self.rpc.call("volume.move", datastore=self.local, volume="disk.qcow2", to_datastore=self.other)["task"]
        self.rpc.call("task.cancel", task=task)
        self.assertEqual(self.rpc.wait_task(task)["state"], "cancelled")
        self.assertEqual((self.files(), self.files(OTHER)), (["disk.qcow2"], []))
        self.assertEqual(self.disk_source(), f"{LOCAL}/disk.qcow2")
        self.assertEqual(host.virsh("blockjob", "web01", "vda"), "")
        self.rpc.run("volume.move", datastore=self.local, volume="disk.qcow2", to_datastore=self.other)

    def test_what_does_not_go(self):
        self.make_qcow2()
        self.make_qcow2("taken.qcow2")
        self.define(f"{LOCAL}/disk.qcow2")
        move = functools.partial(self.refused, method="volume.move", datastore=self.local, volume="disk.qcow2")
        move(VOLUME_EXISTS)
        move(VOLUME_EXISTS, name="taken.qcow2")
        move(NOT_SUPPORTED, name="disk.vdi", format="vdi")
        host.virsh("snapshot-create-as", "web01", "s1")
        move(NOT_SUPPORTED, name="b.qcow2")
        move(NOT_SUPPORTED, to_datastore=self.other)
        host.virsh("start", "web01")
        wait_for(lambda: self.rpc.vm("web01")["state"] == "running", "the agent to see the VM", 10, 0.05)
        self.assertIn("snapshots", move(NOT_SUPPORTED, to_datastore=self.other).cause)
        self.assertIn("s1", host.exec("qemu-img", "snapshot", "-U", "-l", f"{LOCAL}/disk.qcow2"))
        self.assertEqual((self.files(), self.files(OTHER)), (["disk.qcow2", "taken.qcow2"], []))
        self.assertEqual(self.disk_source(), f"{LOCAL}/disk.qcow2")
        host.virsh("snapshot-delete", "web01", "s1")

    def test_snapshots_inside_of_an_image_go_along_or_it_stays(self):
        self.make_qcow2()
        host.exec("qemu-img", "snapshot", "-c", "kept", f"{LOCAL}/disk.qcow2")
        self.assertIn("snapshots", self.refused(NOT_SUPPORTED, "volume.move", datastore=self.local, volume="disk.qcow2", name="d.raw", format="raw").cause)
        self.rpc.run("volume.move", datastore=self.local, volume="disk.qcow2", to_datastore=self.other)
        self.rpc.run("volume.move", datastore=self.other, volume="disk.qcow2", name="named.qcow2")
        self.assertIn("kept", host.exec("qemu-img", "snapshot", "-l", f"{OTHER}/named.qcow2"))

    def test_what_nobody_may_look_into_gets_a_new_name(self):
        host.exec("qemu-img", "create", "-q", "-f", "qcow2", f"{LOCAL}/locked.qcow2", "1M")
        with open(host.outside(f"{LOCAL}/locked.qcow2"), "r+b") as file:
            file.seek(32)
            file.write((1).to_bytes(4, "big"))  # encrypted by AES
        host.exec("qemu-img", "create", "-q", "-f", "qcow2", "-u", "-b", "/etc/shadow", "-F", "raw", f"{LOCAL}/evil.qcow2", "1M")
        host.virsh("pool-refresh", "local")
        for name in ("locked.qcow2", "evil.qcow2"):
            before = self.sha256(f"{LOCAL}/{name}")
            self.refused(VOLUME_REFUSED, "volume.move", datastore=self.local, volume=name, to_datastore=self.other)
            self.rpc.run("volume.move", datastore=self.local, volume=name, name="new-" + name)
            self.assertEqual(self.sha256(f"{LOCAL}/new-{name}"), before)
        self.assertEqual(self.files(), ["new-evil.qcow2", "new-locked.qcow2"])

    def test_a_vm_does_not_start_meanwhile(self):
        Copying.big_raw(self)
        vm = self.define(f"{LOCAL}/big.raw", form="raw")
        task = self.rpc.call("volume.move", datastore=self.local, volume="big.raw", name="c.qcow2", format="qcow2")["task"]
        hold("qemu-img")
        self.refused(BUSY, "vm.start", vm=vm)
        self.rpc.call("task.cancel", task=task)
        self.rpc.wait_task(task)
        self.rpc.run("vm.start", vm=vm)


class Meanwhile(VolumeCase):
    """While a job works on a volume nobody else may change it, and the job looks again before its last step."""

    def held_move(self):
        """A move whose qemu-img is stopped: the task, the program, and what the volume holds."""
        Copying.big_raw(self, size=200)
        seen = self.sha256(f"{LOCAL}/big.raw")
        task = self.rpc.call("volume.move", datastore=self.local, volume="big.raw", to_datastore=self.other, name="big.qcow2", format="qcow2")["task"]
        return task, self.held("qemu-img"), seen

    def held(self, program):
        pids = hold(program)
        self.addCleanup(go_on, pids)
        return pids

    def busy(self, method, **params):
        self.assertIn("being moved", self.refused(BUSY, method, **params).cause)

    def test_nothing_takes_the_place_of_what_is_being_moved(self):
        content = b"another" * 1000
        host.exec("sh", "-c", f"head -c 1M /dev/urandom >{LOCAL}/big.raw")
        upload = self.rpc.upload(self.local, "big.raw", content, finish=False, replace=True)
        task, pids, seen = self.held_move()
        with self.assertRaises(CallError) as caught:
            self.rpc.call("upload.finish", upload=upload["upload"], sha256=hashlib.sha256(content).hexdigest())
        self.assertEqual(caught.exception.code, BUSY)
        self.rpc.call("upload.abandon", upload=upload["upload"])
        self.busy("upload.begin", datastore=self.local, name="big.raw", size=5, replace=True)
        self.busy("upload.begin", datastore=self.other, name="big.qcow2", size=5)
        self.busy("volume.fetch", datastore=self.local, name="big.raw", url="https://127.0.0.1:1/x", replace=True)
        self.busy("volume.create", datastore=self.other, name="big.qcow2", format="raw", capacity=MIB)
        self.no_vm_gets("big.raw")
        go_on(pids)
        self.assertEqual(self.rpc.wait_task(task)["state"], "done")
        self.assertEqual((self.files(), self.files(OTHER)), ([], ["big.qcow2", "own.qcow2"]))
        self.assertEqual(self.contents(f"{OTHER}/big.qcow2"), seen)

    def no_vm_gets(self, name):
        self.make_qcow2("own.qcow2", folder=OTHER, data=1)
        vm = self.define(f"{OTHER}/own.qcow2", name="web02")
        disks = self.rpc.call("vm.get", vm=vm)["config"]["disks"]["items"]
        for device in ({"device": "disk", "bus": "virtio"}, {"device": "cdrom", "bus": "sata"}):
            self.busy("vm.configure", vm=vm, config={"disks": {"items": disks + [{**device, "datastore": self.local, "volume": name}]}})
        self.assertNotIn(name, host.virsh("dumpxml", "web02"))

    def held_move_of_a_disk(self):
        host.exec("touch", f"{LOCAL}/big.raw")
        self.vm = self.define(f"{LOCAL}/big.raw", form="raw")
        return self.held_move()

    def test_a_snapshot_laid_over_it_keeps_its_base(self):
        task, pids, seen = self.held_move_of_a_disk()
        self.busy("snapshot.create", vm=self.vm, name="s1")
        self.busy("vm.clone", vm=self.vm, name="web03")
        host.exec("qemu-img", "create", "-q", "-f", "qcow2", "-b", f"{LOCAL}/big.raw", "-F", "raw", f"{LOCAL}/over.qcow2")
        host.virsh("define", "/dev/stdin", input=host.virsh("dumpxml", "web01").replace("big.raw", "over.qcow2").replace("type='raw'", "type='qcow2'"))
        go_on(pids)
        ended = self.rpc.wait_task(task)
        self.assertEqual((ended["state"], ended["error"]["code"]), ("failed", VM_CHANGED))
        self.assertEqual((self.files(), self.files(OTHER)), (["big.raw", "over.qcow2"], []))
        self.assertEqual(self.contents(f"{LOCAL}/over.qcow2"), seen)
        host.virsh("start", "web01")

    def test_a_file_that_took_the_name_meanwhile_stays(self):
        task, pids, seen = self.held_move_of_a_disk()
        with open(host.outside(f"{OTHER}/big.qcow2"), "w", encoding="ascii") as file:
            file.write("somebody else's")
        go_on(pids)
        self.assertEqual(self.rpc.wait_task(task)["error"]["code"], VOLUME_EXISTS)
        self.assertEqual(host.exec("cat", f"{OTHER}/big.qcow2"), "somebody else's")
        self.assertEqual((self.sha256(f"{LOCAL}/big.raw"), self.disk_source()), (seen, f"{LOCAL}/big.raw"))

    def test_libvirt_dies_when_it_has_stored_the_new_place(self):
        """Its answer never comes. The definition that it has stored counts, and not that there was no answer."""
        task, pids, seen = self.held_move_of_a_disk()
        xml = "/etc/libvirt/qemu/web01.xml"
        host.exec("mkfifo", f"{xml}.new")  # where libvirt writes first: it hangs there
        go_on(pids)
        wait_for(lambda: '"named": true' in host.exec("sh", "-c", "cat /var/lib/poolagent/jobs/*.json"), "the copy to be complete", 30, 0.02)
        wait_for(self.in_fifo, "libvirt to write the definition", 30, 0.02)
        host.stop(host.pids("libvirtd"), signal.SIGKILL)
        host.exec("rm", f"{xml}.new")
        host.exec("sed", "-i", f"s,{LOCAL}/big.raw,{OTHER}/big.qcow2,; s,type='raw'/>,type='qcow2'/>,", xml)
        self.assertEqual(self.rpc.wait_task(task)["state"], "failed")
        host.start_libvirtd()
        wait_for(lambda: not self.journal(), "the agent to complete the move", 30, 0.05)
        self.assertEqual((self.files(), self.files(OTHER), self.disk_source()), ([], ["big.qcow2"], f"{OTHER}/big.qcow2"))
        self.assertEqual(self.contents(f"{OTHER}/big.qcow2"), seen)
        vm = wait_for(lambda: (vm := self.rpc.vm("web01")) and vm["state"] == "off" and vm, "the VM", 30, 0.05)
        self.rpc.run("vm.start", vm=vm["id"])

    @staticmethod
    def in_fifo():
        def waits(pid, thread):
            try:
                with open(f"/proc/{pid}/task/{thread}/wchan", encoding="ascii") as file:
                    return file.read() in ("wait_for_partner", "fifo_open")
            except OSError:
                return False
        return any(waits(pid, thread) for pid in host.pids("libvirtd") for thread in os.listdir(f"/proc/{pid}/task"))

    def test_what_could_not_be_removed_goes_later(self):
        self.make_qcow2()
        self.define(f"{LOCAL}/disk.qcow2", start=True)
        old = f"{LOCAL}/disk.qcow2"
        host.exec("mount", "--bind", old, old)  # nobody can remove it
        with self.assertRaises(CallError):
            self.rpc.run("volume.move", datastore=self.local, volume="disk.qcow2", to_datastore=self.other)
        self.assertEqual((self.disk_source(), self.disk_source("web01", "--inactive")), (f"{OTHER}/disk.qcow2",) * 2)
        self.assertEqual(len(self.journal()), 1)
        self.busy("volume.delete", datastore=self.local, volume="disk.qcow2")
        host.exec("umount", old)
        host.stop_libvirtd()
        host.start_libvirtd()
        wait_for(lambda: not self.journal(), "the agent to remove the old file", 30, 0.05)
        self.assertEqual((self.files(), self.files(OTHER)), ([], ["disk.qcow2"]))
        self.assertEqual(host.virsh("domstate", "web01"), "running")

    def test_a_vm_does_not_start_while_its_disk_is_read(self):
        Copying.big_raw(self, size=16)
        vm = self.define(f"{LOCAL}/big.raw", form="raw")
        ticket = self.rpc.call("volume.download", datastore=self.local, volume="big.raw")
        self.assertIn("downloaded", self.refused(BUSY, "vm.start", vm=vm).cause)
        data, _ = self.rpc.data(ticket["ticket"])
        digest = hashlib.sha256()
        while block := data.recv(MIB):
            digest.update(block)
        data.close()
        self.assertEqual(digest.hexdigest(), self.sha256(f"{LOCAL}/big.raw"))
        self.rpc.wait_task(ticket["task"])
        self.rpc.run("vm.start", vm=vm)

    def test_media_are_read_by_many(self):
        Copying.big_raw(self, "cd.iso", 200)
        vm = self.define(f"{LOCAL}/cd.iso", form="raw", device="cdrom")
        task = self.rpc.call("volume.copy", datastore=self.local, volume="cd.iso", name="cd.qcow2", format="qcow2")["task"]
        pids = self.held("qemu-img")
        self.assertIn("being copied", self.refused(BUSY, "volume.move", datastore=self.local, volume="cd.iso", name="x.iso").cause)
        self.rpc.run("vm.start", vm=vm)
        self.rpc.run("volume.copy", datastore=self.local, volume="cd.iso", name="second.iso")
        go_on(pids)
        self.assertEqual(self.rpc.wait_task(task)["state"], "done")
        self.assertEqual(self.sha256(f"{LOCAL}/second.iso"), self.sha256(f"{LOCAL}/cd.iso"))


class Wiping(VolumeCase):
    def test_nothing_of_it_is_left(self):
        self.make_qcow2(data=16)
        with open(host.outside("/srv/random"), "rb") as file:
            secret = file.read(4096)
        with open(host.outside(f"{LOCAL}/disk.qcow2"), "rb") as kept:  # the same blocks, before and after
            self.assertIn(secret, kept.read())
            kept.seek(0)
            self.rpc.run("volume.wipe", datastore=self.local, volume="disk.qcow2")
            self.assertNotIn(secret, kept.read())
        info = self.qemu_info(f"{LOCAL}/disk.qcow2")
        self.assertEqual((info["format"], info["virtual-size"]), ("qcow2", 64 * MIB))
        self.check(f"{LOCAL}/disk.qcow2")

    def test_raw_keeps_its_size_and_its_holes(self):
        host.exec("truncate", "-s", "1G", f"{LOCAL}/a.raw")
        with open(host.outside(f"{LOCAL}/a.raw"), "r+b") as file:
            file.seek(500 * MIB)
            file.write(random.randbytes(5 * MIB))
        self.rpc.run("volume.wipe", datastore=self.local, volume="a.raw")
        status = os.stat(host.outside(f"{LOCAL}/a.raw"))
        self.assertEqual(status.st_size, 1 << 30)
        self.assertLess(status.st_blocks * 512, 8 * MIB)
        host.exec("cmp", "-n", str(1 << 30), f"{LOCAL}/a.raw", "/dev/zero")

    def test_a_link_that_is_put_into_its_place_leads_nowhere(self):
        """Whoever owns the folder may do that while it is being wiped: here just before qemu-img makes it anew."""
        self.make_qcow2(data=1)
        with open(host.outside("/srv/swap"), "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\nmv {LOCAL}/disk.qcow2 {LOCAL}/aside\nln -s /srv/victim {LOCAL}/disk.qcow2\nexec /usr/bin/qemu-img \"$@\"\n")
        host.exec("sh", "-ec", "echo precious > /srv/victim; install /srv/swap /usr/local/bin/qemu-img")
        self.addCleanup(host.exec, "rm", "-f", "/usr/local/bin/qemu-img", f"{LOCAL}/aside", f"{LOCAL}/disk.qcow2", "/srv/victim", "/srv/swap")
        self.rpc.run("volume.wipe", datastore=self.local, volume="disk.qcow2")
        self.assertEqual(host.exec("cat", "/srv/victim"), "precious\n")
        info = json.loads(host.exec("/usr/bin/qemu-img", "info", "--output=json", f"{LOCAL}/aside"))
        self.assertEqual((info["format"], info["virtual-size"]), ("qcow2", 64 * MIB))

    def test_not_while_a_vm_has_it(self):
        self.make_qcow2()
        self.define(f"{LOCAL}/disk.qcow2")
        self.assertEqual(self.refused(VOLUME_IN_USE, "volume.wipe", datastore=self.local, volume="disk.qcow2").cause, "web01")


class Inspecting(VolumeCase):
    def test_what_it_is_and_who_uses_it(self):
        self.make_qcow2("base.qcow2")
        host.exec("qemu-img", "snapshot", "-c", "one", f"{LOCAL}/base.qcow2")
        host.exec("qemu-img", "create", "-q", "-f", "qcow2", "-b", f"{LOCAL}/base.qcow2", "-F", "qcow2", f"{OTHER}/linked.qcow2")
        host.virsh("pool-refresh", "other")
        vm = self.define(f"{OTHER}/linked.qcow2")
        base = self.rpc.call("volume.inspect", datastore=self.local, volume="base.qcow2")
        self.assertEqual((base["detected"], base["snapshots"], base["dependents"]), ("qcow2", 1, ["other/linked.qcow2"]))
        self.assertNotIn("refused", base)
        linked = self.rpc.call("volume.inspect", datastore=self.other, volume="linked.qcow2")
        self.assertEqual(linked["users"], [{"vm": vm, "name": "web01", "state": "off", "target": "vda"}])
        self.assertEqual((linked["info"]["backing"], linked["info"]["used_by"]), (f"{LOCAL}/base.qcow2", ["web01"]))
        self.assertAlmostEqual(linked["info"]["modified"] / 1000, time.time(), delta=600)


class InUse(VolumeCase):
    """What no disk of a VM that runs says: its next start, its saved state, another path to the same file."""
    CHANGES = (("delete", {}), ("wipe", {}), ("move", {"name": "else.qcow2"}), ("move", {"name": "else.raw", "format": "raw"}),
               ("resize", {"capacity": 96 * MIB}))

    def all_refused(self, code, name, cause, changes=CHANGES, store=None):
        before = self.sha256(f"{LOCAL}/{name}")
        for method, more in changes:
            error = self.refused(code, "volume." + method, datastore=store or self.local, volume=name, **more)
            self.assertEqual((error.code, error.cause), (code, cause), method)
        self.assertEqual(self.sha256(f"{LOCAL}/{name}"), before)

    def test_a_disk_that_waits_for_the_next_start(self):
        self.make_qcow2()
        self.make_qcow2("later.qcow2")
        vm = self.define(f"{LOCAL}/disk.qcow2", start=True)
        disks = self.rpc.call("vm.get", vm=vm)["config"]["disks"]["items"]
        disks.append({"device": "disk", "bus": "sata", "datastore": self.local, "volume": "later.qcow2"})
        self.rpc.run("vm.configure", vm=vm, config={"disks": {"items": disks}})
        self.assertNotIn("later.qcow2", host.virsh("domblklist", "web01"))
        self.assertIn("later.qcow2", host.virsh("domblklist", "web01", "--inactive"))
        self.all_refused(VOLUME_IN_USE, "later.qcow2", "web01")
        self.assertEqual(self.rpc.call("volume.inspect", datastore=self.local, volume="later.qcow2")["info"]["used_by"], ["web01"])
        host.virsh("destroy", "web01")
        host.virsh("start", "web01")
        self.assertIn("later.qcow2", host.virsh("domblklist", "web01"))

    def test_what_somebody_else_gives_a_vm(self):
        """libvirt has no event for it."""
        self.make_qcow2()
        self.make_qcow2("later.qcow2")
        attach = f"{LOCAL}/later.qcow2", "sda", "--targetbus", "sata", "--subdriver", "qcow2", "--config"
        self.define("/srv/none.qcow2")
        host.virsh("attach-disk", "web01", *attach)
        self.all_refused(VOLUME_IN_USE, "later.qcow2", "web01", self.CHANGES[:2])  # a move it follows, once the agent has seen it
        host.virsh("undefine", "web01")
        wait_for(lambda: not self.rpc.vm("web01"), "the VM to go", 10, 0.05)
        self.define(f"{LOCAL}/disk.qcow2", start=True)
        host.virsh("attach-disk", "web01", *attach)
        self.all_refused(VOLUME_IN_USE, "later.qcow2", "web01")

    def agent_cpu(self):
        """Seconds of CPU time the agent has taken."""
        with open(f"/proc/{host.agent_pid()}/stat", encoding="ascii") as file:
            user, system = file.read().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def test_detaching_asks_of_each_volume_once(self):
        """Not of each whether each of the others is based on it: thousands would take minutes."""
        for number in range(250):
            with open(host.outside(f"{OTHER}/{number}.img"), "wb"):
                pass
        host.virsh("pool-refresh", "other")
        began = self.agent_cpu()
        self.assertEqual(len(self.names(self.other)), 250)
        listed = self.agent_cpu() - began
        self.addCleanup(self.rpc.run, "datastore.refresh", datastore=self.other)
        self.rpc.run("datastore.detach", datastore=self.other)
        self.assertIn("inactive", host.virsh("pool-info", "other"))
        self.assertLess(self.agent_cpu() - began - listed, 0.5 + 5 * listed)

    def test_a_saved_state_knows_its_disks(self):
        self.make_qcow2()
        self.define(f"{LOCAL}/disk.qcow2", start=True)
        host.virsh("managedsave", "web01")
        self.addCleanup(host.virsh, "managedsave-remove", "web01", check=False)
        wait_for(lambda: self.rpc.vm("web01")["state"] == "saved", "the saved state", 10, 0.05)
        self.all_refused(VM_WRONG_STATE, "disk.qcow2", "saved", self.CHANGES[2:])
        host.virsh("start", "web01")
        self.assertEqual(host.virsh("domstate", "--reason", "web01"), "running (restored)")

    def test_another_path_to_the_same_file(self):
        self.make_qcow2()
        host.exec("ln", "-s", LOCAL, "/srv/link")
        self.addCleanup(host.exec, "rm", "/srv/link")
        host.exec("mkdir", "-p", "/srv/again")
        host.exec("mount", "--bind", LOCAL, "/srv/again")
        self.addCleanup(host.exec, "umount", "/srv/again")
        for number, folder in enumerate(("/srv/link", "/srv/again")):
            self.define(f"{folder}/disk.qcow2", name=f"by{number}", start=number == 1)
            self.all_refused(VOLUME_IN_USE, "disk.qcow2", f"by{number}")
            self.refused(DATASTORE_EXISTS, "datastore.create", name="again", path=folder)
            self.refused(VOLUME_IN_USE, "upload.begin", datastore=self.local, name="disk.qcow2", size=MIB, replace=True)
            host.virsh("destroy", f"by{number}", check=False)
            host.virsh("undefine", f"by{number}")
            wait_for(lambda: not self.rpc.vm(f"by{number}"), "the VM to go", 10, 0.05)
        self.rpc.run("volume.move", datastore=self.local, volume="disk.qcow2", name="free.qcow2")


class Downloading(VolumeCase):
    def download(self, name, offset=0, until=None):
        ticket = self.rpc.call("volume.download", datastore=self.local, volume=name, offset=offset)
        data, ready = self.rpc.data(ticket["ticket"])
        content = b""
        while block := data.recv(MIB):
            content += block
            if until is not None and len(content) >= until:
                break
        data.close()
        return ticket, ready, content

    def setUp(self):
        super().setUp()
        self.content = random.randbytes(9 * MIB + 5)
        with open(host.outside(f"{LOCAL}/file.iso"), "wb") as file:
            file.write(self.content)
        host.virsh("pool-refresh", "local")

    def test_the_whole_file(self):
        ticket, ready, content = self.download("file.iso")
        self.assertEqual((ticket["size"], ready.get("offset", 0)), (len(self.content), 0))
        self.assertEqual(content, self.content)
        self.assertEqual(self.rpc.wait_task(ticket["task"])["result"], hashlib.sha256(self.content).hexdigest())

    def test_goes_on_where_it_stopped(self):
        ticket, _, first = self.download("file.iso", until=3 * MIB)
        self.assertEqual(self.rpc.wait_task(ticket["task"])["state"], "failed")
        ticket, ready, rest = self.download("file.iso", offset=len(first))
        self.assertEqual((ready["offset"], ready["prefix_sha256"]), (len(first), hashlib.sha256(first).hexdigest()))
        self.assertEqual(first + rest, self.content)
        self.assertEqual(self.rpc.wait_task(ticket["task"])["result"], hashlib.sha256(self.content).hexdigest())

    def test_more_than_there_is_begins_anew(self):
        ticket, ready, content = self.download("file.iso", offset=1 << 40)
        self.assertEqual((ticket["offset"], ready.get("offset", 0), content), (0, 0, self.content))

    def test_an_empty_file(self):
        host.exec("touch", f"{LOCAL}/empty")
        self.assertEqual(self.download("empty")[2], b"")

    def test_cancelled(self):
        host.exec("truncate", "-s", "1G", f"{LOCAL}/long.raw")
        ticket = self.rpc.call("volume.download", datastore=self.local, volume="long.raw")
        data, _ = self.rpc.data(ticket["ticket"])
        data.recv(MIB)
        self.rpc.call("task.cancel", task=ticket["task"])
        self.assertEqual(self.rpc.wait_task(ticket["task"])["state"], "cancelled")
        data.close()

    def test_what_is_deleted_meanwhile_arrives_whole(self):
        ticket = self.rpc.call("volume.download", datastore=self.local, volume="file.iso")
        data, _ = self.rpc.data(ticket["ticket"])
        content = data.recv(4096)
        self.rpc.run("volume.delete", datastore=self.local, volume="file.iso")
        self.rpc.run("volume.create", datastore=self.local, name="file.iso", format="raw", capacity=MIB)
        while block := data.recv(MIB):
            content += block
        data.close()
        self.assertEqual(content, self.content)
        self.assertEqual(self.rpc.wait_task(ticket["task"])["result"], hashlib.sha256(self.content).hexdigest())

    def test_not_what_is_being_written_and_no_links(self):
        self.make_qcow2()
        self.define(f"{LOCAL}/disk.qcow2", start=True)
        self.refused(VOLUME_IN_USE, "volume.download", datastore=self.local, volume="disk.qcow2")
        os.symlink("/etc/shadow", host.outside(f"{LOCAL}/link.iso"))
        host.virsh("pool-refresh", "local")
        with self.assertRaises(CallError):
            self.rpc.call("volume.download", datastore=self.local, volume="link.iso")


class Site(http.server.BaseHTTPRequestHandler):
    content = b""
    more = b""          # sent behind what was announced
    gate = threading.Event()
    asked = None        # the last path and who asked

    def do_GET(self):
        Site.asked = (self.path, self.headers.get("Authorization"))
        self.path = self.path.partition("?")[0]
        routes = {"/moved.iso": "/file.iso", "/loop": "/loop", "/down.iso": self.server.plain + "/file.iso"}
        if self.path in routes:
            self.send_response(302)
            self.send_header("Location", routes[self.path])
            self.end_headers()
            return
        if self.path not in ("/file.iso", "/endless", "/slow.iso", "/[1-3]{a,b}.iso"):
            self.send_error(404, "Gibt es nicht")
            return
        self.send_response(200)
        if self.path != "/endless":
            self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        try:
            if self.path == "/slow.iso":
                self.wfile.write(self.content[:len(self.content) // 2])
                self.gate.wait(30)
                self.wfile.write(self.content[len(self.content) // 2:])
            else:
                self.wfile.write(self.content + self.more)
        except OSError:
            pass

    def log_message(self, *_):
        pass


class Fetching(VolumeCase):
    """A web server inside of the lab host, with a certificate that the host trusts."""

    def setUp(self):
        super().setUp()
        Site.content = random.randbytes(3 * MIB + 7)
        Site.more = b""
        Site.gate = threading.Event()
        self.plain = self.serve()
        self.secure = self.serve(self.certificate())

    def certificate(self):
        folder = os.path.dirname(host.outside("/srv/x"))
        pem = f"{folder}/site.pem"
        if not os.path.exists(pem):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/site.key", "-out", pem, "-days", "30",
                            "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"], check=True, capture_output=True)
            host.exec("sh", "-c", "mkdir -p /etc/ssl/certs; cat /srv/site.pem >> /etc/ssl/certs/ca-certificates.crt")
        return pem

    def serve(self, pem=None):
        """In the host's network. The address."""
        server = in_network(lambda: http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site))
        server.plain = getattr(self, "plain", "")
        if pem:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pem, pem.replace(".pem", ".key"))
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"{'https' if pem else 'http'}://127.0.0.1:{server.server_address[1]}"

    def fetch(self, path, name="got.iso", base=None, **more):
        return self.rpc.run("volume.fetch", datastore=self.local, name=name, url=(base or self.secure) + path, **more)

    def fails(self, code, path, base=None, **more):
        error = self.refused(code, "volume.fetch", datastore=self.local, name="got.iso", url=(base or self.secure) + path, **more)
        self.assertEqual(self.files(), [])
        return error

    def digest(self):
        return hashlib.sha256(Site.content).hexdigest()

    def test_https_and_redirects(self):
        task = self.fetch("/moved.iso")
        self.assertEqual((task["result"], task["done"], task["total"]), (self.digest(), len(Site.content), len(Site.content)))
        self.assertEqual(self.sha256(f"{LOCAL}/got.iso"), self.digest())
        self.assertEqual(os.stat(host.outside(f"{LOCAL}/got.iso")).st_mode & 0o777, 0o600)  # whatever its name says, it may be a disk
        self.assertIn("got.iso", self.names())

    def test_size_and_digest_are_checked(self):
        self.fetch("/file.iso", sha256=self.digest().upper(), size=len(Site.content))
        os.unlink(host.outside(f"{LOCAL}/got.iso"))
        self.assertIn(self.digest(), self.fails(FETCH_FAILED, "/file.iso", sha256="0" * 64).cause)
        self.fails(FETCH_FAILED, "/file.iso", size=5)
        self.fails(FETCH_FAILED, "/endless", size=len(Site.content) + 1)

    def test_http_needs_a_digest_and_https_never_becomes_http(self):
        self.fails(INVALID_PARAMS, "/file.iso", base=self.plain)
        self.fails(FETCH_FAILED, "/down.iso")
        self.fetch("/file.iso", base=self.plain, sha256=self.digest())
        self.assertEqual(self.sha256(f"{LOCAL}/got.iso"), self.digest())

    def test_what_cannot_be_had(self):
        self.assertIn("404", self.fails(FETCH_FAILED, "/nothing.iso").cause)
        self.assertIn("redirects", self.fails(FETCH_FAILED, "/loop").cause)
        self.fails(FETCH_FAILED, "/file.iso", base="https://127.0.0.1:1")
        for url in ("file:///etc/shadow", "ftp://localhost/x", "https://a b/", "-o/etc/passwd", "https://x/\n"):
            self.refused(INVALID_PARAMS, "volume.fetch", datastore=self.local, name="got.iso", url=url)
        self.refused(INVALID_PARAMS, "volume.fetch", datastore=self.local, name="got.iso", url=self.secure, proxy="--output=/etc/x")

    def test_an_unknown_certificate_is_refused(self):
        context = host.outside("/srv/other.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", context.replace(".pem", ".key"), "-out", context, "-days", "30",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        self.assertIn("certificate", self.fails(FETCH_FAILED, "/file.iso", base=self.serve(context)).cause.lower())

    def test_signs_in_an_address_mean_nothing_else(self):
        self.fetch("/[1-3]{a,b}.iso")
        self.assertEqual(self.files(), ["got.iso"])

    def test_a_proxy(self):
        self.fetch("/file.iso", base="http://no.such.host.invalid", proxy=self.proxy(), sha256=self.digest())
        self.assertEqual(self.sha256(f"{LOCAL}/got.iso"), self.digest())

    def proxy(self):
        class Proxy(Site):
            def do_GET(self):
                self.path = "/file.iso" if self.path == "http://no.such.host.invalid/file.iso" else "/wrong"
                Site.do_GET(self)
        server = in_network(lambda: http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy))
        server.plain = ""
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_address[1]}"

    def test_passwords_in_addresses_are_seen_by_nobody(self):
        """Neither among the words of a program, which every user of the host may read, nor in what is told to all who are connected."""
        url = self.secure.replace("https://", "https://anna:top%20secret@") + '/slow.iso?"\\x'
        task = self.rpc.call("volume.fetch", datastore=self.local, name="got.iso", url=url, proxy="")["task"]
        self.rpc.event(lambda method, params: method == "task.changed" and params["id"] == task and params.get("done"))
        with open(f"/proc/{host.pids('curl')[0]}/cmdline", encoding="utf-8") as file:
            words = file.read().split("\0")
        self.assertEqual(words[0], "curl")
        self.assertNotIn("secret", str(words))
        Site.gate.set()
        self.rpc.wait_task(task)
        self.assertEqual(Site.asked, ('/slow.iso?"\\x', "Basic " + base64.b64encode(b"anna:top secret").decode()))
        os.unlink(host.outside(f"{LOCAL}/got.iso"))
        error = self.fails(FETCH_FAILED, "/nothing.iso", base=self.secure.replace("https://", "https://anna:secret@"))
        self.assertNotIn("secret", str(error))
        self.assertIn(self.secure + "/nothing.iso", str(error))
        error = self.fails(FETCH_FAILED, "/file.iso", proxy="http://anna:secret@127.0.0.1:1")
        self.assertNotIn("secret", str(error))

    def test_replacing(self):
        with open(host.outside(f"{LOCAL}/got.iso"), "wb") as file:
            file.write(b"old")
        host.virsh("pool-refresh", "local")
        with self.assertRaises(CallError) as caught:
            self.fetch("/file.iso")
        self.assertEqual(caught.exception.code, VOLUME_EXISTS)
        self.fetch("/file.iso", replace=True)
        self.assertEqual(self.sha256(f"{LOCAL}/got.iso"), self.digest())

    def test_cancelled(self):
        task = self.rpc.call("volume.fetch", datastore=self.local, name="got.iso", url=self.secure + "/slow.iso")["task"]
        self.rpc.event(lambda method, params: method == "task.changed" and params["id"] == task and params.get("done"))
        self.assertEqual(self.names(), [])
        self.rpc.call("task.cancel", task=task)
        self.assertEqual(self.rpc.wait_task(task)["state"], "cancelled")
        Site.gate.set()
        self.assertEqual(self.files(), [])


def in_network(make):
    """Makes something in the lab host's network namespace."""
    made = []

    def enter():
        with open(f"/proc/{host.describe()['pids']['init']}/ns/net", "rb") as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        made.append(make())
    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    return made[0]


class Killed(Killing, VolumeCase):
    """The agent is killed at random moments of a job and runs again: what is listed is whole, what is half-made is gone."""

    @property
    def lab(self):
        return host

    def looked_at(self, check):
        """What holds after every kill."""
        def look():
            self.assertEqual([name for folder in (LOCAL, OTHER) for name in self.files(folder) if name.startswith(".")], [])
            for folder in (LOCAL, OTHER):
                for name in self.files(folder):
                    if name.endswith(".qcow2"):
                        host.exec("qemu-img", "check", "-q", "-U", f"{folder}/{name}")
            check()
        return look

    def forget(self, name):
        host.exec("rm", "-f", f"{LOCAL}/{name}")
        host.virsh("pool-refresh", "local")

    def test_what_cannot_be_removed_is_tried_again(self):
        """As an image of Ceph's, which nobody may remove for half a minute after its writer was killed."""
        job = str(uuid.uuid4())
        part = f"{LOCAL}/.{job}.part"
        host.kill_agent()
        entry = json.dumps({"kind": "make", "driver": "qemu:///system", "began": int(time.time() * 1000), "facts": {"made": [{"file": part}]}})
        host.exec("sh", "-c", f"cat > /var/lib/poolagent/jobs/{job}.json", input=entry)
        os.mkdir(host.outside(part))
        host.start_agent()
        self.rpc.close()
        self.rpc = self.connect()
        wait_for(lambda: f"(make, {job}) could not be put in order" in host.log("agent"), "the agent to find a folder in its way", 20, 0.1)
        self.seen_without_an_event()
        os.rmdir(host.outside(part))
        with open(host.outside(part), "wb") as file:
            file.write(b"half")
        wait_for(lambda: not self.journal(), "the agent to try again", 40, 0.2)
        self.assertEqual(self.files(), [])

    def seen_without_an_event(self):
        """What waits does not put the rescan off."""
        disk = f"{OTHER}/disk.qcow2"
        self.make_qcow2(folder=OTHER)
        self.define(disk)
        host.virsh("autostart", "web01")
        wait_for(lambda: self.rpc.vm("web01").get("autostart"), "the rescan", 75, 0.5)

    def test_create(self):
        def check():
            self.assertLessEqual(set(self.names()), {"new.raw"})
            if self.names():
                self.assertEqual(os.path.getsize(host.outside(f"{LOCAL}/new.raw")), 2048 * MIB)
            self.forget("new.raw")
        self.killed(self.looked_at(check), "volume.create", datastore=self.local, name="new.raw", format="raw", capacity=2048 * MIB, thick=True)

    def test_resize(self):
        """Under a running VM: as large as before or as wished, and QEMU knows."""
        sizes = {64 * MIB, 96 * MIB}
        seen = self.make_qcow2()
        self.define(f"{LOCAL}/disk.qcow2", start=True)

        def check():
            size = self.qemu_info(f"{LOCAL}/disk.qcow2")["virtual-size"]
            self.assertIn(size, sizes)
            self.assertIn(str(size), host.virsh("domblkinfo", "web01", "vda"))
            host.virsh("destroy", "web01")
            host.exec("qemu-img", "resize", "-q", "--shrink", f"{LOCAL}/disk.qcow2", "64M")
            self.assertEqual(self.contents(f"{LOCAL}/disk.qcow2"), seen)
            host.virsh("start", "web01")
        self.killed(check, "volume.resize", datastore=self.local, volume="disk.qcow2", capacity=96 * MIB)

    def test_a_new_vm(self):
        """It is there with all it has, and starts, or nothing of it is there."""
        disk = {"datastore": self.local, "capacity": 64 * MIB, "format": "qcow2", "bus": "virtio"}

        def check():
            names = host.virsh("list", "--all", "--name").split()
            self.assertLessEqual(set(names), {"born"})
            if names:
                sources = [line.split()[1] for line in host.virsh("domblklist", "born").splitlines()]
                self.assertEqual(sorted(os.path.basename(source) for source in sources if source != "-"), self.files())
                self.assertEqual(len(self.files()), 3)
                host.virsh("start", "born")
                host.virsh("destroy", "born")
                vm = wait_for(lambda: (vm := self.rpc.vm("born")) and vm["state"] == "off" and vm, "the VM to be off", 10, 0.05)
                self.rpc.run("vm.delete", vm=vm["id"], disks=["vda", "vdb"])
            self.assertEqual(self.files(), [])
        self.killed(self.looked_at(check), "vm.create", name="born", vcpus=1, memory=64 * MIB, firmware="bios", disks=[disk, disk],
                    seed={"cloud_init": {"user": "anna", "password": "secret12"}})

    def test_a_new_disk(self):
        """The VM has it, or at most an empty volume that nobody has is left."""
        self.make_qcow2()
        vm = self.define(f"{LOCAL}/disk.qcow2")
        disks = self.rpc.call("vm.get", vm=vm)["config"]["disks"]["items"]
        new = {"device": "disk", "bus": "virtio", "create": {"datastore": self.local, "volume": "more.qcow2", "capacity": 64 * MIB, "format": "qcow2"}}

        def check():
            sources = host.virsh("domblklist", "web01")
            self.assertIn(f"{LOCAL}/disk.qcow2", sources)
            self.assertLessEqual(set(self.files()), {"disk.qcow2", "more.qcow2"})
            if "more.qcow2" in sources:
                host.virsh("start", "web01")
                host.virsh("destroy", "web01")
                host.virsh("detach-disk", "web01", "vdb", "--config")
            self.forget("more.qcow2")
        self.killed(self.looked_at(check), "vm.configure", vm=vm, config={"disks": {"items": [*disks, new]}})

    def test_fetch(self):
        content = random.randbytes(24 * MIB)

        def check():
            self.assertLessEqual(set(self.names()), {"got.iso"})
            if self.names():
                self.assertEqual(self.sha256(f"{LOCAL}/got.iso"), hashlib.sha256(content).hexdigest())
            self.forget("got.iso")
        with open(host.outside("/srv/got.iso"), "wb") as file:
            file.write(content)
        server = host.popen("python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", "/srv", "8123", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (server.kill(), server.wait()))
        wait_for(lambda: not host.exec("curl", "-sf", "http://127.0.0.1:8123/", check=False).returncode, "the web server", 20, 0.1)
        self.killed(self.looked_at(check), "volume.fetch", datastore=self.local, name="got.iso", url="http://127.0.0.1:8123/got.iso",
                    sha256=hashlib.sha256(content).hexdigest())

    def test_datastore(self):
        def check():
            pools = host.virsh("pool-list", "--all", "--name").split()
            self.assertLessEqual(set(pools), {"local", "other", "killed"})
            if "killed" in pools:
                self.assertEqual(self.rpc.datastore("killed")["state"], "active", host.virsh("pool-list", "--all") + host.log("agent")[-2000:])
                self.rpc.run("datastore.forget", datastore=self.rpc.datastore("killed")["id"])
                host.exec("rmdir", "/srv/killed")
            self.assertNotIn("killed", host.exec("ls", "/srv").split(), host.log("agent")[-2000:])
        self.killed(check, "datastore.add", name="killed", kind="dir", path="/srv/killed")

    def test_copy(self):
        Copying.big_raw(self, size=200)
        copy = {"datastore": self.local, "volume": "big.raw", "to_datastore": self.other, "name": "c.qcow2", "format": "qcow2"}
        self.killed(self.looked_at(self.forget_copy), "volume.copy", **copy)

    def forget_copy(self):
        self.assertEqual(self.names(), ["big.raw"])
        for name in self.files(OTHER):
            host.exec("qemu-img", "compare", "-f", "raw", "-F", "qcow2", f"{LOCAL}/big.raw", f"{OTHER}/{name}")
            os.unlink(host.outside(f"{OTHER}/{name}"))
        host.virsh("pool-refresh", "other")

    def test_move(self):
        Copying.big_raw(self, "disk.raw", 200)
        self.seen = self.sha256(f"{LOCAL}/disk.raw")
        self.define(f"{LOCAL}/disk.raw", form="raw")
        move = {"datastore": self.local, "volume": "disk.raw", "to_datastore": self.other, "name": "disk.qcow2", "format": "qcow2"}
        self.killed(self.looked_at(self.back), "volume.move", **move)

    def back(self):
        """It is in one place, whole, and the VM knows where; then it is put back."""
        source = self.disk_source()
        self.assertEqual([f"{LOCAL}/{name}" for name in self.files()] + [f"{OTHER}/{name}" for name in self.files(OTHER)], [source])
        form = "raw" if source.endswith("raw") else "qcow2"
        self.assertIn(f"type='{form}'", host.virsh("dumpxml", "web01"))
        host.virsh("start", "web01")
        host.virsh("destroy", "web01")
        self.assertEqual(self.contents(source, form), self.seen)
        if form == "qcow2":
            self.check(source)
            host.exec("qemu-img", "convert", "-f", "qcow2", "-O", "raw", source, f"{LOCAL}/disk.raw")
            os.unlink(host.outside(source))
            host.virsh("pool-refresh", "local")
            host.virsh("undefine", "web01")
            self.define(f"{LOCAL}/disk.raw", form="raw")

    def test_move_under_a_running_vm(self):
        self.seen = self.make_qcow2(size="300M", data=200)
        self.define(f"{LOCAL}/disk.qcow2", start=True)
        self.killed(self.still_runs, "volume.move", prepare=self.to_local, datastore=self.local, volume="disk.qcow2", to_datastore=self.other)

    def to_local(self):
        if self.files(OTHER):
            self.rpc.run("volume.move", datastore=self.other, volume="disk.qcow2", to_datastore=self.local)

    def still_runs(self):
        source = self.disk_source()
        self.assertEqual(host.virsh("domstate", "web01"), "running")
        self.assertEqual(self.disk_source("web01", "--inactive"), source)
        self.assertEqual([f"{LOCAL}/{name}" for name in self.files()] + [f"{OTHER}/{name}" for name in self.files(OTHER)], [source])
        self.assertEqual(host.virsh("blockjob", "web01", "vda"), "")
        self.assertEqual(self.contents(source), self.seen)

    def test_wipe(self):
        """An interrupted one goes on."""
        def prepare():
            Copying.big_raw(self, "w.raw", 300)
            self.seen = self.sha256(f"{LOCAL}/w.raw")
        self.killed(self.wiped, "volume.wipe", prepare=prepare, datastore=self.local, volume="w.raw")

    def wiped(self):
        if self.sha256(f"{LOCAL}/w.raw") != self.seen:  # killed before it had begun
            host.exec("cmp", "-n", str(300 * MIB), f"{LOCAL}/w.raw", "/dev/zero")


if __name__ == "__main__":
    unittest.main()
