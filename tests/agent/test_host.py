# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent on a real host (tests/lab): uploads, datastores, VMs and consoles, each checked by something else than the agent."""
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
from agent_client import CallError, Refusals, Rpc, agent_binary, connect_when_known  # noqa: E402
from http_client import Number, xml_rpc  # noqa: E402
from lab import Host, wait_for  # noqa: E402

LOCAL = "/srv/poolcenter-lab/local"
GRUB_ISO = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso"
VM_WRONG_STATE, VM_EXISTS, DATASTORE_EXISTS, PATH_INVALID = -32022, -32021, -32031, -32033
VOLUME_NOT_FOUND, VOLUME_EXISTS, VOLUME_IN_USE, VOLUME_NAME_INVALID, NO_SPACE = -32034, -32035, -32036, -32037, -32038
UPLOAD_NOT_FOUND, UPLOAD_BUSY, UPLOAD_CHECKSUM, UPLOAD_INCOMPLETE = -32040, -32041, -32042, -32043
NO_LIBVIRT, CANCELLED, NOT_SUPPORTED, LIBVIRT, TICKET_INVALID, BUSY, TASK_NOT_FOUND = -32011, -32005, -32012, -32010, -32006, -32004, -32008

host = None


def setUpModule():
    global host
    if os.geteuid() != 0:
        raise unittest.SkipTest("a lab host needs root")
    host = Host(f"agent-{os.getpid()}", agent=agent_binary(), agent_options={"shutdown_timeout": "3", "http_socket": "/run/poolagent/http.sock"})
    unittest.addModuleCleanup(host.__exit__, None, None, None)
    host.up()


class HostCase(Refusals, unittest.TestCase):
    def setUp(self):
        self.rpc = self.connect()
        self.store = self.rpc.datastore("local")["id"]

    def connect(self):
        """As soon as the agent knows its datastore."""
        rpc = wait_for(lambda: connect_when_known(host.agent_socket(), "local", timeout=60), "the agent to know its datastore", 20, 0.1)
        self.addCleanup(rpc.close)
        return rpc

    def files(self, folder=LOCAL):
        return sorted(os.listdir(host.outside(folder)))

    def parts(self):
        return [name for name in self.files() if name.startswith(".poolcenter-")]

    def sha256(self, name, folder=LOCAL):
        return host.exec("sha256sum", f"{folder}/{name}").split()[0].lstrip("\\")

    def names(self, store=None):
        return [volume["name"] for volume in self.rpc.call("volume.list", datastore=store or self.store).get("volumes", [])]

    def remove(self, *names):
        for name in names:
            os.unlink(host.outside(f"{LOCAL}/{name}"))


def digest(content):
    return hashlib.sha256(content).hexdigest()


class Uploads(HostCase):
    def tearDown(self):
        parts = self.parts()
        self.remove(*self.files())
        self.assertEqual(parts, [], "a part file is left")

    def test_a_file_arrives(self):
        content = os.urandom(5 << 20)
        info = self.rpc.upload(self.store, "some file.iso", content)
        self.assertEqual((info["name"], info["path"], info["capacity"]), ("some file.iso", f"{LOCAL}/some file.iso", len(content)))
        self.assertEqual(self.sha256("some file.iso"), digest(content))
        self.assertIn("some file.iso", self.names())
        self.assertIn("some file.iso", host.virsh("vol-list", "local"))

    def test_formats_are_detected(self):
        with open(GRUB_ISO, "rb") as file:
            self.assertEqual(self.rpc.upload(self.store, "grub.iso", file.read())["format"], "iso")
        host.exec("qemu-img", "create", "-f", "qcow2", f"{LOCAL}/d.qcow2", "1G")
        with open(host.outside(f"{LOCAL}/d.qcow2"), "rb") as file:
            info = self.rpc.upload(self.store, "copy.img", file.read())
        self.assertEqual((info["format"], info["capacity"]), ("qcow2", 1 << 30))
        # Users of the host pass through the folder: ISO images are for all of them, disks are not, as when libvirt makes them.
        self.assertEqual(host.exec("stat", "-c", "%a", f"{LOCAL}/grub.iso", f"{LOCAL}/copy.img").split(), ["644", "600"])

    def test_an_empty_file(self):
        self.assertEqual(self.rpc.upload(self.store, "empty.img", b"").get("capacity", 0), 0)
        self.assertEqual(self.sha256("empty.img"), digest(b""))

    def test_the_name_is_taken_only_at_the_end(self):
        content = os.urandom(3 << 20)
        begun = self.rpc.upload(self.store, "late.iso", content, finish=False)
        self.assertNotIn("late.iso", self.files())
        self.assertEqual(self.names(), [])  # the part file is nobody's business
        self.rpc.call("upload.finish", upload=begun["upload"], sha256=digest(content).upper())
        self.assertEqual(self.sha256("late.iso"), digest(content))

    def test_finish_waits_for_bytes_on_their_way(self):
        content = os.urandom(4 << 20)
        begun = self.rpc.call("upload.begin", datastore=self.store, name="slow.iso", size=len(content))
        data, _ = self.rpc.data(begun["ticket"])
        data.sendall(content[:1000])
        number = self.rpc.send("upload.finish", upload=begun["upload"], sha256=digest(content))
        time.sleep(0.3)
        data.sendall(content[1000:])
        self.assertEqual(self.rpc.reply(number)["name"], "slow.iso")
        data.close()

    def test_progress_is_a_task(self):
        content = os.urandom(2 << 20)
        begun = self.rpc.call("upload.begin", datastore=self.store, name="p.iso", size=len(content))
        data, _ = self.rpc.data(begun["ticket"])
        data.sendall(content[:1 << 20])
        time.sleep(0.3)
        data.sendall(content[1 << 20:])
        self.rpc.call("upload.finish", upload=begun["upload"], sha256=digest(content))
        task = self.rpc.wait_task(begun["upload"])
        self.assertEqual((task["state"], task["done"], task["total"], task["object_name"]), ("done", len(content), len(content), "p.iso"))
        data.close()

    def resume(self, name, content, cut):
        """Uploads the rest and returns where it went on."""
        begun = self.rpc.call("upload.begin", datastore=self.store, name=name, size=len(content))
        data, ready = self.rpc.data(begun["ticket"])
        offset = ready.get("offset", 0)
        self.assertLessEqual(offset, cut)
        self.assertEqual(ready["prefix_sha256"], digest(content[:offset]))
        if offset < len(content):  # else the agent has all and closes
            data.sendall(content[offset:])
        self.rpc.call("upload.finish", upload=begun["upload"], sha256=digest(content))
        data.close()
        self.assertEqual(self.sha256(name), digest(content))
        return offset

    def test_a_cut_connection_is_resumed_where_it_stopped(self):
        content = os.urandom(6 << 20)
        for cut in (0, 1, 262144, 262145, 3000001, len(content) - 1, len(content)):
            name = f"cut{cut}.iso"
            begun, _ = self.rpc.upload(self.store, name, content, until=cut)
            if cut < len(content):
                self.assertEqual(self.rpc.wait_task(begun["upload"])["error"]["code"], UPLOAD_INCOMPLETE)
                self.refused(UPLOAD_INCOMPLETE, self.rpc.call, "upload.finish", upload=begun["upload"], sha256=digest(content))
            self.assertEqual(self.resume(name, content, cut), cut)

    def test_a_killed_agent_goes_on_where_it_stopped(self):
        content = os.urandom(8 << 20)
        begun = self.rpc.call("upload.begin", datastore=self.store, name="kill.iso", size=len(content))
        data, _ = self.rpc.data(begun["ticket"])
        data.sendall(content[:5 << 20])
        wait_for(lambda: self.parts() and os.path.getsize(host.outside(f"{LOCAL}/{self.parts()[0]}")) == 5 << 20, "the bytes on the disk")
        host.kill_agent()
        data.close()
        host.start_agent()
        self.rpc = self.connect()
        self.refused(UPLOAD_NOT_FOUND, self.rpc.call, "upload.finish", upload=begun["upload"], sha256=digest(content))
        self.assertEqual(self.resume("kill.iso", content, 5 << 20), 5 << 20)

    def test_another_file_is_noticed_and_begun_again(self):
        content, other = os.urandom(1 << 20), os.urandom(1 << 20)
        self.rpc.upload(self.store, "changed.iso", content, until=500000)
        begun = wait_for(lambda: self.begin_when_free("changed.iso", len(other)), "the lost upload to be free")
        data, ready = self.rpc.data(begun["ticket"])
        self.assertNotEqual(ready["prefix_sha256"], digest(other[:500000]))
        data.close()
        self.rpc.wait_task(begun["upload"])
        self.rpc.upload(self.store, "changed.iso", other, restart=True)
        self.assertEqual(self.sha256("changed.iso"), digest(other))

    def begin_when_free(self, name, size, **options):
        try:
            return self.rpc.call("upload.begin", datastore=self.store, name=name, size=size, **options)
        except CallError as error:
            if error.code != UPLOAD_BUSY:
                raise
            return None

    def test_a_wrong_digest_discards_the_file(self):
        error = self.refused(UPLOAD_CHECKSUM, self.rpc.upload, self.store, "wrong.iso", b"x" * 1000, sha256="0" * 64)
        self.assertIn(digest(b"x" * 1000), error.cause)
        self.assertEqual(self.files(), [])

    def test_an_existing_file_is_replaced_only_when_asked(self):
        self.rpc.upload(self.store, "v.iso", b"old")
        self.refused(VOLUME_EXISTS, self.rpc.upload, self.store, "v.iso", b"new")
        self.assertEqual(self.sha256("v.iso"), digest(b"old"))
        self.rpc.upload(self.store, "v.iso", b"new", replace=True)
        self.assertEqual(self.sha256("v.iso"), digest(b"new"))

    def test_the_digest_of_a_file_is_the_result_of_a_task(self):
        content = os.urandom(3 << 20)
        self.rpc.upload(self.store, "v.iso", content)
        task = self.rpc.run("volume.digest", datastore=self.store, volume="v.iso")
        self.assertEqual((task["result"], task["total"]), (digest(content), len(content)))
        self.refused(VOLUME_NOT_FOUND, self.rpc.run, "volume.digest", datastore=self.store, volume="no.iso")
        self.refused(VOLUME_NOT_FOUND, self.rpc.run, "volume.digest", datastore=self.store, volume="../local/v.iso")

    def test_only_files_of_the_datastore_are_hashed(self):
        """A link may lead out of it, a pipe would never end."""
        host.exec("ln", "-s", "/etc/shadow", f"{LOCAL}/link.iso")
        host.exec("mkfifo", f"{LOCAL}/pipe.iso")
        host.exec("mkdir", f"{LOCAL}/folder.iso")
        host.virsh("pool-refresh", "local")
        try:
            for name in ("link.iso", "pipe.iso", "folder.iso"):
                with self.assertRaises(CallError, msg=name):
                    self.rpc.run("volume.digest", timeout=10, datastore=self.store, volume=name)
        finally:
            host.exec("rm", "-rf", f"{LOCAL}/link.iso", f"{LOCAL}/pipe.iso", f"{LOCAL}/folder.iso")

    def test_hashing_can_be_cancelled(self):
        host.exec("truncate", "-s", "40G", f"{LOCAL}/huge.iso")
        host.virsh("pool-refresh", "local")
        task = self.rpc.call("volume.digest", datastore=self.store, volume="huge.iso")["task"]
        self.rpc.call("task.cancel", task=task)
        self.assertEqual(self.rpc.wait_task(task, 10)["state"], "cancelled")

    def test_a_name_taken_meanwhile_is_not_overwritten(self):
        begun = self.rpc.upload(self.store, "race.iso", b"mine", finish=False)
        with open(host.outside(f"{LOCAL}/race.iso"), "wb") as file:
            file.write(b"theirs")
        self.refused(VOLUME_EXISTS, self.rpc.call, "upload.finish", upload=begun["upload"], sha256=digest(b"mine"))
        self.assertEqual(self.sha256("race.iso"), digest(b"theirs"))
        self.rpc.upload(self.store, "race.iso", b"mine", replace=True)
        self.assertEqual(self.sha256("race.iso"), digest(b"mine"))

    def test_one_upload_per_name(self):
        begun = self.rpc.call("upload.begin", datastore=self.store, name="one.iso", size=1000)
        data, _ = self.rpc.data(begun["ticket"])
        data.sendall(b"x" * 10)
        self.refused(UPLOAD_BUSY, self.rpc.call, "upload.begin", datastore=self.store, name="one.iso", size=1000)
        self.refused(TICKET_INVALID, self.rpc.data, begun["ticket"])
        self.rpc.call("upload.abandon", upload=begun["upload"])
        self.assertEqual(self.parts(), [])
        self.assertEqual(self.rpc.wait_task(begun["upload"])["state"], "cancelled")
        self.refused(UPLOAD_NOT_FOUND, self.rpc.call, "upload.abandon", upload=begun["upload"])
        data.close()

    def test_cancelling_the_task_ends_the_upload(self):
        begun = self.rpc.call("upload.begin", datastore=self.store, name="c.iso", size=1 << 20)
        data, _ = self.rpc.data(begun["ticket"])
        data.sendall(b"x" * 1000)
        self.rpc.call("task.cancel", task=begun["upload"])
        self.assertEqual(self.rpc.wait_task(begun["upload"])["error"]["code"], CANCELLED)
        try:
            self.assertEqual(data.recv(1), b"")
        except ConnectionResetError:
            pass  # bytes of ours were not read any more
        self.assertEqual(self.parts(), [])
        waiting = self.rpc.call("upload.begin", datastore=self.store, name="d.iso", size=1 << 20)
        self.rpc.call("task.cancel", task=waiting["upload"])
        self.assertEqual(self.rpc.wait_task(waiting["upload"])["state"], "cancelled")
        data.close()

    def test_names(self):
        good = ["ä ö ü.iso", "\N{SNOWMAN}.iso", "x" * 251 + ".iso", "CON.iso", "a'b\"c$(d)`e`;f&g|h<i>.iso", "-rf", "%s%n.iso"]
        for name in good:
            self.rpc.upload(self.store, name, name.encode())
            self.assertEqual(self.sha256(name), digest(name.encode()), name)
        self.assertEqual(self.names(), sorted(good, key=lambda name: name.encode()))
        for name in ["", ".", "..", "../x", "/etc/x", "a/b", "a\\b", ".hidden", "x.", "x ", "a\nb", "a\x7fb", ".poolcenter-1.part"]:
            self.refused(VOLUME_NAME_INVALID, self.rpc.call, "upload.begin", datastore=self.store, name=name, size=1)
        for name in ["x" * 256, "ä" * 128]:
            with self.assertRaises(CallError):
                self.rpc.call("upload.begin", datastore=self.store, name=name, size=1)
        self.assertEqual(self.files(), sorted(good))

    def test_sizes(self):
        for size in (-1, 1 << 62):
            with self.assertRaises(CallError):
                self.rpc.call("upload.begin", datastore=self.store, name="x", size=size)
        self.refused(NO_SPACE, self.rpc.call, "upload.begin", datastore=self.store, name="x", size=1 << 49)

    def test_a_file_over_4_gib_is_reserved_at_once(self):
        size = (4 << 30) + 12345
        begun = self.rpc.call("upload.begin", datastore=self.store, name="big.iso", size=size)
        part = os.stat(host.outside(f"{LOCAL}/{self.parts()[0]}"))
        self.assertEqual(part.st_size, 0)
        self.assertGreaterEqual(part.st_blocks * 512, size)
        self.rpc.call("upload.abandon", upload=begun["upload"])

    def test_stale_parts_are_removed_at_start(self):
        old, young = (f".poolcenter-{letter * 32}.part" for letter in "ab")
        for name in (old, young):
            with open(host.outside(f"{LOCAL}/{name}"), "wb"):
                pass
        host.exec("touch", "-d", "8 days ago", f"{LOCAL}/{old}")
        host.restart_agent()
        self.connect()
        wait_for(lambda: self.parts() == [young], "the old part file to go")
        self.remove(young)

    def test_the_data_command_carries_a_file(self):
        content = os.urandom(2 << 20)
        begun = self.rpc.call("upload.begin", datastore=self.store, name="pipe.iso", size=len(content))
        run = subprocess.run([agent_binary(), "data", begun["ticket"], "--socket", host.agent_socket()], input=content, capture_output=True,
                             check=True, timeout=20)
        self.assertTrue(run.stdout.startswith(b"POOLAGENT READY {"))
        self.rpc.call("upload.finish", upload=begun["upload"], sha256=digest(content))
        self.assertEqual(self.sha256("pipe.iso"), digest(content))

    def test_a_stopped_agent_keeps_the_part(self):
        content = os.urandom(1 << 20)
        begun = self.rpc.call("upload.begin", datastore=self.store, name="stop.iso", size=len(content))
        data, _ = self.rpc.data(begun["ticket"])
        data.sendall(content[:700000])
        wait_for(lambda: os.path.getsize(host.outside(f"{LOCAL}/{self.parts()[0]}")) > 500000, "bytes on the disk")
        host.restart_agent()  # politely, while the connection is open
        data.close()
        self.rpc = self.connect()
        self.assertGreater(self.resume("stop.iso", content, 700000), 500000)


class FullDisks(HostCase):
    """Datastores on small file systems: one that can reserve space, one that cannot."""

    def make(self, name, path):
        self.rpc.run("datastore.create", name=name, path=path)
        store = self.rpc.datastore(name)["id"]
        self.addCleanup(host.exec, "umount", "-l", path)
        self.addCleanup(self.rpc.run, "datastore.forget", datastore=store)
        return store

    def test_not_enough_space_is_said_before_the_first_byte(self):
        path = "/srv/poolcenter-lab/small"
        host.mount_small(path, "16M")
        store = self.make("small", path)
        error = self.refused(NO_SPACE, self.rpc.call, "upload.begin", datastore=store, name="x.iso", size=20 << 20)
        self.assertEqual((error.object, error.cause), ("small", "20.0 MiB are needed, 16.0 MiB are free"))
        self.assertEqual(self.files(path), [])
        first = self.rpc.call("upload.begin", datastore=store, name="a.iso", size=10 << 20)
        self.refused(NO_SPACE, self.rpc.call, "upload.begin", datastore=store, name="b.iso", size=10 << 20)  # reserved is taken
        self.rpc.call("upload.abandon", upload=first["upload"])
        self.rpc.upload(store, "b.iso", os.urandom(10 << 20))

    def test_a_disk_that_gets_full_in_the_middle(self):
        path, image = "/srv/poolcenter-lab/ext2", "/srv/ext2.img"
        host.exec("mkdir", "-p", path)
        host.exec("truncate", "-s", "32M", image)
        host.exec("mkfs.ext2", "-q", "-m", "0", image)
        host.exec("mount", "-o", "loop", image, path)
        store = self.make("ext2", path)
        content = os.urandom(16 << 20)
        begun = self.rpc.call("upload.begin", datastore=store, name="f.iso", size=len(content))
        data, _ = self.rpc.data(begun["ticket"])
        data.sendall(content[:4 << 20])
        filler = f"{path}/filler"
        host.exec("sh", "-c", f"cat /dev/zero > {filler}", check=False)
        with self.assertRaises(OSError):
            data.sendall(content[4 << 20:])
            data.sendall(content)
            time.sleep(0.5)
            data.sendall(content)
        data.close()
        task = self.rpc.wait_task(begun["upload"])
        self.assertEqual((task["state"], task["error"]["code"]), ("failed", NO_SPACE))
        self.refused(NO_SPACE, self.rpc.call, "upload.finish", upload=begun["upload"], sha256=digest(content))
        host.exec("rm", filler)
        begun = self.rpc.call("upload.begin", datastore=store, name="f.iso", size=len(content))
        self.assertGreater(begun["offset"], 1 << 20)
        data, _ = self.rpc.data(begun["ticket"])
        data.sendall(content[begun["offset"]:])
        self.rpc.call("upload.finish", upload=begun["upload"], sha256=digest(content))
        data.close()
        self.assertEqual(self.sha256("f.iso", path), digest(content))


class Datastores(HostCase):
    def test_create_refresh_forget(self):
        path = "/srv/poolcenter-lab/new/deep er"
        self.rpc.run("datastore.create", name="neu ä", path=path + "//./")
        store = self.rpc.datastore("neu ä")
        self.assertEqual((store["path"], store["type"], store["state"], store["autostart"]), (path, "dir", "active", True))
        self.assertIn("running", host.virsh("pool-info", "neu ä"))
        self.assertEqual(host.exec("stat", "-c", "%a", path).strip(), "711")
        error = self.refused(DATASTORE_EXISTS, self.rpc.run, "datastore.create", name="neu ä", path="/srv/other")
        self.assertIn(path, error.cause)
        self.refused(DATASTORE_EXISTS, self.rpc.run, "datastore.create", name="second", path=path)
        host.virsh("pool-destroy", "neu ä")
        self.rpc.event(lambda name, params: any(ds["state"] == "inactive" for ds in params.get("datastores", [])))
        self.rpc.run("datastore.refresh", datastore=store["id"])
        self.assertIn("running", host.virsh("pool-info", "neu ä"))
        host.exec("touch", f"{path}/stays.img")
        self.rpc.run("datastore.forget", datastore=store["id"])
        self.assertIsNone(self.rpc.datastore("neu ä"))
        self.assertEqual(self.files(path), ["stays.img"])

    def test_places_that_are_refused(self):
        host.exec("ln", "-sfn", "/etc", "/srv/link")
        for path in ["relative", "", "/", "/etc", "/etc/x", "/usr/x", "/proc/1/root/x", "/dev/shm/x", "/srv/../etc/x", "/srv/a/..", "/srv/link/x",
                     "/srv//link//x", "/home", "/var/lib", "/srv/a\nb", "/" + "x" * 4000, "/./etc/x"]:
            self.refused(PATH_INVALID, self.rpc.call, "datastore.create", name="bad", path=path)
        self.assertIsNone(self.rpc.datastore("bad"))
        self.assertEqual(host.exec("sh", "-c", "ls -d /etc/x /usr/x 2>/dev/null", check=False).stdout, "")

    def test_what_comes_and_goes_outside_is_noticed(self):
        before = self.rpc.datastore("local").get("content", 0)
        host.exec("sh", "-c", f"head -c 1000 /dev/zero > {LOCAL}/outside.img")
        self.rpc.event(lambda name, params: any(ds.get("content", 0) > before for ds in params.get("datastores", [])), 5)
        self.assertIn("outside.img", self.names())
        host.exec("rm", f"{LOCAL}/outside.img")
        wait_for(lambda: "outside.img" not in self.names(), "the file to disappear from the list", 5)

    def test_pools_made_with_virsh_appear_and_disappear(self):
        host.exec("mkdir", "-p", "/srv/virsh")
        host.virsh("pool-define-as", "byhand", "dir", "--target", "/srv/virsh")
        self.rpc.event(lambda name, params: any(ds["name"] == "byhand" for ds in params.get("datastores", [])), 5)
        host.virsh("pool-undefine", "byhand")
        self.rpc.event(lambda name, params: params.get("removed"), 5)
        self.assertIsNone(self.rpc.datastore("byhand"))

    def test_long_lists_come_in_pages(self):
        path = "/srv/poolcenter-lab/many"
        host.exec("sh", "-c", f"mkdir -p {path}; cd {path}; seq -f %05g.img 2100 | xargs touch")
        self.rpc.run("datastore.create", name="many", path=path)
        store = self.rpc.datastore("many")["id"]
        first = self.rpc.call("volume.list", datastore=store)
        rest = self.rpc.call("volume.list", datastore=store, skip=2000)
        self.assertEqual((first["total"], len(first["volumes"]), len(rest["volumes"])), (2100, 2000, 100))
        self.assertEqual([volume["name"] for volume in first["volumes"] + rest["volumes"]], [f"{n:05}.img" for n in range(1, 2101)])
        self.rpc.run("datastore.forget", datastore=store)


class VmCase(HostCase):
    def setUp(self):
        super().setUp()
        self.network = next(network["id"] for network in self.rpc.inventory()["networks"] if network["name"] == "default")
        if "grub.iso" not in self.files():
            with open(GRUB_ISO, "rb") as file:
                self.rpc.upload(self.store, "grub.iso", file.read())

    def tearDown(self):
        for name in host.virsh("list", "--name", "--state-running").split("\n") + host.virsh("list", "--name", "--state-paused").split("\n"):
            if name:
                host.virsh("destroy", name)
        for name in host.virsh("list", "--name", "--all").split("\n"):
            if name:
                host.virsh("undefine", name, "--nvram")
        for name in self.files():
            if name != "grub.iso":
                self.remove(name)

    def create(self, name="vm1", **changes):
        disk = {"datastore": self.store, "capacity": 1 << 30, "format": "qcow2", "bus": "virtio"}
        self.rpc.run("vm.create", **{"name": name, "vcpus": 1, "memory": 128 << 20, "firmware": "bios", "disks": [disk],
                                     "media_datastore": self.store, "media_volume": "grub.iso", **changes})
        return self.rpc.vm(name)


class Vms(VmCase):
    def test_a_vm_boots_from_its_iso_and_is_deleted_with_its_disk(self):
        vm = self.create(guest="debian12", description="d", nics=[{"network": self.network, "model": "virtio"}], start=True)
        self.assertEqual((vm["state"], vm["console"], vm["guest"], vm["driver"]), ("running", True, "debian12", "qemu"))
        self.assertEqual(host.virsh("domstate", "vm1"), "running")
        image = json.loads(host.exec("qemu-img", "info", "-U", "--output=json", f"{LOCAL}/vm1.qcow2"))
        self.assertEqual((image["format"], image["virtual-size"]), ("qcow2", 1 << 30))
        disk, cd = vm["disks"]
        self.assertEqual((disk["target"], disk["volume"], disk["datastore"], disk["capacity"]), ("vda", "vm1.qcow2", self.store, 1 << 30))
        self.assertEqual((cd["device"], cd["volume"]), ("cdrom", "grub.iso"))
        self.assertEqual(vm["nics"][0]["network"], "default")
        self.assertNotIn("port=", [line for line in host.virsh("dumpxml", "vm1").split("\n") if "<graphics" in line][0])
        self.assertEqual(host.exec("sh", "-c", "ss -Hltn 'sport >= 5900 and sport < 6000' || true"), "")
        self.refused(VM_WRONG_STATE, self.rpc.call, "vm.delete", vm=vm["id"])
        self.refused(VOLUME_IN_USE, self.rpc.call, "volume.delete", datastore=self.store, volume="grub.iso")
        self.refused(VOLUME_IN_USE, self.rpc.upload, self.store, "vm1.qcow2", b"x", replace=True)
        self.rpc.run("vm.force_off", vm=vm["id"])
        self.rpc.run("vm.delete", vm=vm["id"], disks=["vda"])
        self.assertEqual(host.virsh("list", "--all", "--name").strip(), "")
        self.assertEqual(self.files(), ["grub.iso"])

    def test_disks_stay_when_they_are_not_chosen(self):
        vm = self.create()
        self.refused(NOT_SUPPORTED, self.rpc.call, "vm.delete", vm=vm["id"], disks=["sda"])
        self.rpc.run("vm.delete", vm=vm["id"])
        self.assertEqual(self.files(), ["grub.iso", "vm1.qcow2"])

    def test_a_disk_of_two_vms_is_not_deleted(self):
        vm = self.create()
        xml = host.virsh("dumpxml", "vm1").replace(vm["id"], "11111111-2222-4333-8444-555555555555").replace(">vm1<", ">twin<")
        host.virsh("define", "/dev/stdin", input=xml)
        wait_for(lambda: self.rpc.vm("twin"), "the twin")
        self.assertEqual(self.refused(VOLUME_IN_USE, self.rpc.call, "vm.delete", vm=vm["id"], disks=["vda"]).cause, "twin")

    def test_kinds_of_hardware(self):
        def disks(*buses):
            return [{"datastore": self.store, "capacity": 1 << 20, "format": "raw", "bus": bus, "thick": True} for bus in buses]
        windows = self.create("win", guest="windows11", firmware="uefi", disks=disks("sata", "scsi", "usb"), start=True,
                              nics=[{"network": self.network, "model": "e1000e"}])
        self.assertEqual([disk["bus"] for disk in windows["disks"]], ["sata", "sata", "scsi", "usb"])
        self.assertIn("localtime", host.virsh("dumpxml", "win"))
        linux = self.create("efi", firmware="uefi", start=True)
        self.assertEqual((windows["firmware"], linux["firmware"]), ("uefi", "uefi"))
        old = self.create("old", disks=disks("ide"), nics=[{"network": self.network, "model": "rtl8139"}], start=True)
        self.assertEqual({disk["bus"] for disk in old["disks"]}, {"ide"})
        self.assertIn("nvram/efi_VARS.fd", host.virsh("dumpxml", "efi"))
        self.rpc.run("vm.force_off", vm=linux["id"])
        self.rpc.run("vm.delete", vm=linux["id"], disks=["vda"])
        self.assertNotIn("efi_VARS.fd", host.exec("ls", "/var/lib/libvirt/qemu/nvram"))

    def test_nothing_is_left_when_the_start_fails(self):
        host.virsh("net-define", "/dev/stdin", input="<network><name>down</name><bridge name='virbr9'/></network>")
        self.addCleanup(host.virsh, "net-undefine", "down")
        wait_for(lambda: any(net["name"] == "down" for net in self.rpc.inventory()["networks"]), "the network")
        down = next(net["id"] for net in self.rpc.inventory()["networks"] if net["name"] == "down")
        self.refused(LIBVIRT, self.create, "never", nics=[{"network": down, "model": "virtio"}], start=True)
        self.assertIsNone(self.rpc.vm("never"))
        self.assertEqual(host.virsh("list", "--all", "--name").strip(), "")
        self.assertEqual(self.files(), ["grub.iso"])

    def test_media(self):
        vm = self.create(start=True)
        drive = next(disk["target"] for disk in vm["disks"] if disk["device"] == "cdrom")

        def shown():
            return [line.split()[1] for line in host.virsh("domblklist", "vm1").split("\n") if line.split()[:1] == [drive]]
        self.rpc.run("vm.set_media", vm=vm["id"], target=drive)
        self.assertEqual(shown(), ["-"])
        self.assertNotIn("path", self.rpc.vm("vm1")["disks"][1])
        self.rpc.run("vm.set_media", vm=vm["id"], target=drive, datastore=self.store, volume="grub.iso")
        self.assertEqual(shown(), [f"{LOCAL}/grub.iso"])
        self.refused(NOT_SUPPORTED, self.rpc.call, "vm.set_media", vm=vm["id"], target="vda")
        self.rpc.run("vm.force_off", vm=vm["id"])
        self.rpc.run("vm.set_media", vm=vm["id"], target=drive)
        self.assertIn(f"{drive} -", " ".join(host.virsh("domblklist", "--inactive", "vm1").split()))

    def test_what_virsh_does_is_seen_within_300_ms(self):
        vm = self.create()
        for action, state in [("start", "running"), ("suspend", "paused"), ("resume", "running"), ("destroy", "off")]:
            seen = []

            def wait_state(wanted=state, seen=seen):
                self.rpc.event(lambda name, params: any(other["state"] == wanted for other in params.get("vms", [])))
                seen.append(time.monotonic())
            watcher = threading.Thread(target=wait_state)
            watcher.start()
            host.virsh(action, "vm1")
            done = time.monotonic()
            watcher.join(10)
            self.assertTrue(seen, action)
            self.assertLess(seen[0] - done, 0.3, action)
        host.virsh("undefine", "vm1")
        self.assertEqual(self.rpc.event(lambda name, params: params.get("removed"))["removed"], [vm["id"]])

    def test_a_guest_that_does_not_react_to_shut_down(self):
        vm = self.create(start=True)
        self.assertEqual(self.refused(BUSY, self.rpc.run, "vm.shutdown", vm=vm["id"]).object, "vm1")  # GRUB knows no ACPI
        task = self.rpc.call("vm.shutdown", vm=vm["id"])["task"]
        began = time.monotonic()
        self.rpc.call("task.cancel", task=task)
        self.assertEqual(self.rpc.wait_task(task)["state"], "cancelled")
        self.assertLess(time.monotonic() - began, 1)
        self.assertEqual(host.virsh("domstate", "vm1"), "running")

    def test_start_paused_and_reset(self):
        vm = self.create()
        self.rpc.run("vm.start", vm=vm["id"], paused=True)
        self.assertEqual(host.virsh("domstate", "vm1"), "paused")
        self.rpc.run("vm.resume", vm=vm["id"])
        self.rpc.run("vm.reset", vm=vm["id"])
        self.rpc.run("vm.reboot", vm=vm["id"])
        self.assertEqual(host.virsh("domstate", "vm1"), "running")


class Consoles(VmCase):
    def open(self, vm):
        console, _ = self.rpc.data(self.rpc.call("vm.open_console", vm=vm["id"])["ticket"])
        self.assertEqual(console.recv(12), b"RFB 003.008\n")
        return console

    def test_a_console_shows_the_screen_until_the_guest_stops(self):
        vm = self.create(start=True)
        first, second = self.open(vm), self.open(vm)
        first.sendall(b"RFB 003.008\n")
        self.assertEqual(first.recv(2), b"\1\1")  # one security type: none; the agent has checked already
        first.sendall(b"\1")
        self.assertEqual(first.recv(4), b"\0\0\0\0")
        first.sendall(b"\1")
        self.assertIn(b"QEMU (vm1)", first.recv(100))
        second.close()
        self.rpc.run("vm.force_off", vm=vm["id"])
        self.assertEqual(first.recv(100), b"")
        first.close()
        self.refused(VM_WRONG_STATE, self.rpc.call, "vm.open_console", vm=vm["id"])

    def test_a_vm_that_stops_before_the_console_is_opened(self):
        vm = self.create(start=True)
        ticket = self.rpc.call("vm.open_console", vm=vm["id"])["ticket"]
        self.rpc.run("vm.force_off", vm=vm["id"])
        self.refused(-32023, self.rpc.data, ticket)
        self.refused(TICKET_INVALID, self.rpc.data, ticket)

    def test_an_agent_killed_under_a_console(self):
        vm = self.create(start=True)
        console = self.open(vm)
        host.kill_agent()
        self.assertEqual(console.recv(10), b"")
        console.close()
        host.start_agent()
        self.rpc = self.connect()
        wait_for(lambda: self.rpc.vm("vm1"), "the VM")
        self.assertEqual(host.virsh("domstate", "vm1"), "running")
        self.open(self.rpc.vm("vm1")).close()


class Libvirt(VmCase):
    def test_a_libvirtd_that_goes_and_comes_back(self):
        vm = self.create(start=True)
        host.stop_libvirtd()
        self.rpc.event(lambda name, params: "apt install" in json.dumps(params.get("host", {})))
        self.assertEqual(self.rpc.vm("vm1")["state"], "unknown")
        self.refused(NO_LIBVIRT, self.rpc.call, "vm.force_off", vm=vm["id"])
        host.start_libvirtd()
        self.rpc.event(lambda name, params: any(other["state"] == "running" for other in params.get("vms", [])), 20)
        self.assertNotIn("missing", self.rpc.inventory()["host"]["drivers"][0])
        self.rpc.run("vm.force_off", vm=vm["id"])

    def test_a_libvirtd_that_goes_while_the_agent_connects(self):
        for moment in (0.03, 0.1):
            host.restart_agent()
            time.sleep(moment)
            host.stop_libvirtd()
            host.start_libvirtd()
            self.rpc = self.connect()
            wait_for(self.refreshes, "the agent to speak with the new libvirtd", 40, 0.2)

    def test_a_libvirtd_that_is_silent_keeps_nobody_out(self):
        vm = self.create()
        waiting = [self.connect() for _ in range(2)]
        daemon = host.pids("libvirtd")
        for pid in daemon:
            os.kill(pid, signal.SIGSTOP)
        try:
            for rpc in waiting:
                for _ in range(24):  # more in all than the agent has threads for
                    rpc.send("vm.get_xml", vm=vm["id"])
            with Rpc(host.agent_socket(), timeout=10) as rpc:
                self.assertEqual(rpc.subscribe()["vms"][0]["name"], "vm1")
                self.refused(TASK_NOT_FOUND, rpc.call, "task.cancel", task="none")
        finally:
            for pid in daemon:
                os.kill(pid, signal.SIGCONT)
        self.assertIn("<name>vm1</name>", waiting[0].call("vm.get_xml", vm=vm["id"])["xml"])

    def refreshes(self):
        try:
            self.rpc.run("datastore.refresh", datastore=self.rpc.datastore("local")["id"])
        except CallError:
            return False
        return True


class Streams(HostCase):
    """The same uploads through libvirt, as for datastores that are no directories."""

    def test_uploads_through_libvirt(self):
        options = dict(host.wanted["agent_options"])
        host.wanted["agent_options"] = {**options, "direct_files": "no"}
        host.up()
        try:
            self.rpc = self.connect()
            content = os.urandom((3 << 20) + 17)
            self.rpc.upload(self.store, "stream.img", content)
            self.assertEqual(self.sha256("stream.img"), digest(content))
            self.refused(VOLUME_EXISTS, self.rpc.upload, self.store, "stream.img", content)
            # Its first byte would be the end of the old one, and libvirt has no other way.
            kept = self.refused(NOT_SUPPORTED, self.rpc.upload, self.store, "stream.img", content[::-1], replace=True)
            self.assertIn("stream.img", kept.cause)
            self.assertEqual(self.sha256("stream.img"), digest(content))
            self.rpc.upload(self.store, "fresh.img", content[::-1], replace=True)
            self.assertEqual(self.sha256("fresh.img"), digest(content[::-1]))
            self.remove("fresh.img")
            begun, offset = self.rpc.upload(self.store, "cut.img", content, until=1000000)
            self.assertEqual(offset, 0)
            self.rpc.wait_task(begun["upload"])
            self.assertNotIn("cut.img", self.files())  # what cannot be resumed is not kept
            self.refused(UPLOAD_CHECKSUM, self.rpc.upload, self.store, "cut.img", content, sha256="1" * 64)
            self.assertNotIn("cut.img", self.files())
            self.an_agent_that_is_killed(content)
            self.remove("stream.img")
            self.assertEqual(host.exec("ls", "/var/lib/poolagent/jobs"), "")
        finally:
            host.wanted["agent_options"] = options
            host.up()


    def an_agent_that_is_killed(self, content):
        """Half a volume has its name already: the next agent removes it."""
        begun = self.rpc.call("upload.begin", datastore=self.store, name="half.img", size=len(content))
        data, _ready = self.rpc.data(begun["ticket"])
        data.sendall(content[:1 << 20])
        self.assertIn("half.img", self.files())
        host.kill_agent()
        data.close()
        host.start_agent()
        self.rpc = self.connect()
        wait_for(lambda: "half.img" not in self.files() and not host.exec("ls", "/var/lib/poolagent/jobs"), "the half volume to go", 30, 0.1)
        self.assertEqual(self.sha256("stream.img"), digest(content))


class Scripts(HostCase):
    def test_a_vm_lives_and_dies_over_xml_rpc(self):
        agent = xml_rpc(os.path.join(os.path.dirname(host.agent_socket()), "http.sock"))
        self.addCleanup(agent("close"))

        def run(task):
            ended = agent.task.wait(task)
            self.assertEqual(ended["state"], "done", ended)
        run(agent.vm.create({"name": "scripted", "vcpus": 1, "memory": Number(1 << 26), "firmware": "bios",
                             "disks": [{"datastore": self.store, "capacity": Number(5 << 30), "format": "qcow2", "bus": "virtio"}]}))
        vm = next(vm for vm in agent.inventory.subscribe()["vms"] if vm["name"] == "scripted")
        self.assertEqual(host.virsh("domstate", "scripted"), "shut off")
        facts = json.loads(host.exec("qemu-img", "info", "--output=json", vm["disks"][0]["path"]))
        self.assertEqual((facts["format"], facts["virtual-size"]), ("qcow2", 5 << 30))
        run(agent.vm.start({"vm": vm["id"]}))
        self.assertEqual(host.virsh("domstate", "scripted"), "running")
        run(agent.vm.force_off({"vm": vm["id"]}))
        run(agent.vm.delete({"vm": vm["id"], "disks": ["vda"]}))
        self.assertNotIn("scripted", host.virsh("list", "--all", "--name").split())
        self.assertFalse(os.path.exists(host.outside(vm["disks"][0]["path"])))


if __name__ == "__main__":
    unittest.main()
