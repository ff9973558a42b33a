#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Ceph pool as datastore, on a real cluster inside of the lab host (ceph.py): tried, added with a CephX key, images made, given to VMs that run, resized,
moved under VMs that run, deleted; forgotten without a trace. The judges are rbd, ceph and virsh."""
import json
import os
import re
import signal
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "agent")]
from agent_client import CallError, connect_when_known  # noqa: E402
from ceph import Ceph, Unavailable  # noqa: E402
from killed import Killing  # noqa: E402
from lab import Host, wait_for  # noqa: E402
from poolctl import AGENT, CtlError, Poolctl  # noqa: E402

MIB = 1 << 20
EXISTS, VOLUME_EXISTS, IN_USE, STORE_IN_USE, SPEC, TEST, NOT_SUPPORTED = -32031, -32035, -32036, -32113, -32110, -32111, -32012
DOMAIN = """<domain type='qemu'><name>web</name><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices><disk type='file' device='disk'><driver name='qemu' type='{format}' discard='unmap'/><source file='{path}'/><target dev='vda' bus='virtio'/></disk></devices></domain>"""
LOCAL = "/srv/poolcenter-lab/local"
STORE = {"name": "cluster", "kind": "rbd", "host": "127.0.0.1", "source": Ceph.POOL}
host = ceph = ctl = None


def setUpModule():
    global host, ceph, ctl
    if os.geteuid() != 0:
        raise unittest.SkipTest("a lab host needs root")
    host = Host(f"ceph-{os.getpid()}", agent=AGENT)
    unittest.addModuleCleanup(host.__exit__, None, None, None)
    host.up()
    try:
        ceph = Ceph(host)
    except Unavailable as reason:
        print(f"skipped: no Ceph here: {reason}", flush=True)
        raise unittest.SkipTest(str(reason)) from None
    ctl = Poolctl(host)
    unittest.addModuleCleanup(ctl.__exit__)
    ctl.wait_for_datastore()


class CephCase(unittest.TestCase):
    def setUp(self):
        self.rpc = wait_for(lambda: connect_when_known(host.agent_socket(), "local", timeout=120), "the agent to know its datastores", 40, 0.1)
        self.addCleanup(self.rpc.close)
        self.login = {"user": Ceph.USER, "password": ceph.key()}

    def fails(self, code, method, **params):
        with self.assertRaises(CallError) as caught:
            self.rpc.run(method, timeout=120, **params)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return caught.exception

    def add(self):
        self.rpc.run("datastore.add", **STORE, **self.login)
        self.addCleanup(self.clean)
        return self.rpc.datastore("cluster")

    def clean(self):
        """Whatever the test came to."""
        for name in host.virsh("list", "--all", "--name").split():
            host.virsh("destroy", name, check=False)
            host.virsh("undefine", name, check=False)
        for name in host.virsh("pool-list", "--all", "--name").split():
            if name != "local":
                host.virsh("pool-destroy", name, check=False)
                host.virsh("pool-undefine", name)
        for line in host.virsh("secret-list").splitlines():
            host.virsh("secret-undefine", line.split()[0])
        for name in ceph.run("rbd", "ls", Ceph.POOL).split():
            ceph.run("rbd", "rm", "--no-progress", f"{Ceph.POOL}/{name}")

    def traces(self):
        """What a datastore leaves on the host: pools, secrets, files of them."""
        return host.exec("sh", "-c", "virsh -q pool-list --all --name; virsh -q secret-list; find /etc/libvirt/secrets /var/lib/poolagent/credentials /var/lib/poolagent/jobs -mindepth 1 2>/dev/null; true")

    def images(self):
        return {image["image"]: image["size"] for image in json.loads(ceph.run("rbd", "ls", "-l", Ceph.POOL, "--format", "json"))}

    def where_key_is(self):
        """Files of the host that hold the key, as text or as bytes; the cluster's own are not looked at."""
        found = host.exec("grep", "-rlF", "-e", self.login["password"], "/etc/libvirt", "/var/lib/libvirt", "/var/log/libvirt", "/var/lib/poolagent", "/run/libvirt", "/run/poolagent",
                          os.path.join(host.base, "log"), check=False).stdout
        return found.split()


class DatastoreTest(CephCase):
    def test_added_with_a_key_used_and_forgotten_without_a_trace(self):
        before = self.traces()
        kinds = {row["kind"]: row for row in self.rpc.call("datastore.kinds")["kinds"]}
        self.assertTrue(kinds["rbd"].get("possible"), kinds["rbd"])
        free = int(self.rpc.run("datastore.test", **STORE, **self.login)["result"])
        self.assertEqual(self.traces(), before, "the trial leaves nothing")
        self.assertLess(abs(free - ceph.room()), 64 * MIB)
        store = self.add()
        self.assertEqual((store["type"], store["path"], store["state"], store.get("autostart")), ("rbd", "rbd:vms", "active", True))
        self.assertIn("username='vms'", host.virsh("pool-dumpxml", "cluster"))
        self.assertNotIn(self.login["password"], host.virsh("pool-dumpxml", "cluster"))
        self.assertEqual([os.path.dirname(name) for name in self.where_key_is()], ["/etc/libvirt/secrets"])
        self.fails(EXISTS, "datastore.add", **{**STORE, "name": "again"}, **self.login)
        self.images_of_the_pool(store["id"])
        self.rpc.run("datastore.detach", datastore=store["id"])
        self.assertIn("inactive", host.virsh("pool-list", "--all"))
        self.rpc.run("datastore.refresh", datastore=store["id"])
        self.rpc.run("datastore.forget", datastore=store["id"])
        self.assertEqual(self.traces(), before)
        self.assertEqual(self.where_key_is(), [])
        self.assertEqual(self.images(), {"kept": 8 * MIB}, "what is in the pool stays")

    def images_of_the_pool(self, store):
        for name, size in (("kept", 8 * MIB), ("one", 16 * MIB)):
            self.rpc.run("volume.create", datastore=store, name=name, capacity=size, format="raw")
        self.assertEqual(self.images(), {"kept": 8 * MIB, "one": 16 * MIB})
        listed = {row["name"]: (row["path"], row["capacity"], row["format"]) for row in self.rpc.call("volume.list", datastore=store)["volumes"]}
        self.assertEqual(listed["one"], ("rbd:vms/one", 16 * MIB, "raw"))
        self.rpc.run("volume.resize", datastore=store, volume="one", capacity=32 * MIB)
        self.assertEqual(self.images()["one"], 32 * MIB)
        self.rpc.run("volume.delete", datastore=store, volume="one")
        self.assertEqual(self.images(), {"kept": 8 * MIB})
        ceph.run("rbd", "create", f"{Ceph.POOL}/foreign", "--size", "4M")
        self.rpc.run("datastore.refresh", datastore=store)
        self.assertEqual(sorted(row["name"] for row in self.rpc.call("volume.list", datastore=store)["volumes"]), ["foreign", "kept"])
        ceph.run("rbd", "rm", "--no-progress", f"{Ceph.POOL}/foreign")
        ceph.run("rbd", "create", f"{Ceph.POOL}/unseen", "--size", "4M")  # the journal must not have its name, or a killed agent's next one deletes it
        self.fails(VOLUME_EXISTS, "volume.create", datastore=store, name="unseen", capacity=MIB, format="raw")
        self.assertEqual(self.images(), {"kept": 8 * MIB, "unseen": 4 * MIB})
        ceph.run("rbd", "rm", "--no-progress", f"{Ceph.POOL}/unseen")

    def test_what_cannot_work_is_said_and_leaves_nothing(self):
        before = self.traces()
        wrong = self.fails(TEST, "datastore.add", **STORE, user=Ceph.USER, password=ceph.key(Ceph.OTHER))
        self.assertIn("user, key or pool are wrong", wrong.cause)
        self.fails(TEST, "datastore.test", **STORE, user="nobody", password=ceph.key())
        text = self.fails(SPEC, "datastore.add", **STORE, user=Ceph.USER, password="not base64!")
        self.assertIn("key", text.cause)
        self.fails(TEST, "datastore.add", **{**STORE, "source": "none"}, **self.login)
        silent = self.fails(TEST, "datastore.test", **STORE, port=1, **self.login)
        self.assertIn("does not answer at port 1", silent.cause)
        ours = self.fails(TEST, "datastore.test", **STORE)  # without a key
        self.assertTrue(ours.cause)
        self.assertEqual(self.traces(), before)
        self.assertEqual(self.where_key_is(), [])


    def test_what_images_of_a_pool_cannot_do_is_said_in_our_words(self):
        self.add()
        self.addCleanup(lambda: self.rpc.run("datastore.forget", timeout=120, datastore=self.rpc.datastore("cluster")["id"]))
        store = self.rpc.datastore("cluster")["id"]
        self.rpc.run("volume.create", timeout=120, datastore=store, name="image", capacity=4 * MIB, format="raw")
        self.addCleanup(ceph.run, "rbd", "rm", "--no-progress", f"{Ceph.POOL}/image")
        image = {"datastore": store, "volume": "image"}
        for method, params, words in (("upload.begin", {"datastore": store, "name": "new", "size": 512}, "directory first"),
                                      ("volume.fetch", {"datastore": store, "name": "new", "url": "https://127.0.0.1/new"}, "directory first"),
                                      ("volume.download", {**image, "offset": 0}, "not read as files"), ("volume.offer", image, "not read as files"),
                                      ("volume.wipe", image, "delete it instead")):
            with self.subTest(method), self.assertRaises(CallError) as caught:
                self.rpc.call(method, **params)
            self.assertEqual((caught.exception.code, words in caught.exception.cause), (NOT_SUPPORTED, True), caught.exception)
        self.assertEqual(ceph.run("rbd", "ls", Ceph.POOL).split(), ["image"])


class VmTest(CephCase):
    def disk(self, name):
        """The disk as libvirt has it: (protocol and name, monitor, user, secret)."""
        xml = host.virsh("dumpxml", name)
        parts = (r"<source protocol='(rbd)' name='([^']+)'", r"<host name='([^']+)'", r"<auth username='([^']+)'", r"<secret type='ceph' uuid='([^']+)'")
        return [found for part in parts for found in re.findall(part, xml)]

    def test_a_vm_made_on_the_pool_runs_and_is_deleted_with_its_disk(self):
        store = self.add()
        secret = host.virsh("secret-list").split()[0]
        self.rpc.run("vm.create", name="web", vcpus=1, memory=64 * MIB, firmware="bios", driver="qemu", start=True, disks=[{"datastore": store["id"], "capacity": 16 * MIB, "format": "qcow2", "bus": "virtio"}], nics=[])
        self.assertIn("type='raw'", host.virsh("dumpxml", "web"))  # images of a pool are, whatever was wished
        self.assertEqual(self.disk("web"), [("rbd", "vms/web.raw"), "127.0.0.1", Ceph.USER, secret])
        self.assertEqual(host.virsh("domstate", "web"), "running")
        wait_for(lambda: "watcher=127.0.0.1" in ceph.run("rbd", "status", "vms/web.raw"), "the cluster to see QEMU", 20, 0.2)
        vm = self.rpc.vm("web")
        told = vm["disks"][0]
        self.assertEqual((told["path"], told["datastore"], told["volume"]), ("rbd:vms/web.raw", store["id"], "web.raw"))
        self.while_it_runs(store, vm)
        host.virsh("destroy", "web")
        wait_for(lambda: self.rpc.vm("web")["state"] == "off", "the agent to see it off", 20, 0.1)
        self.rpc.run("vm.delete", vm=vm["id"], disks=["vda"])
        self.assertEqual(self.images(), {})
        self.assertEqual(host.virsh("list", "--all", "--name"), "")

    def while_it_runs(self, store, vm):
        held = self.fails(IN_USE, "volume.delete", datastore=store["id"], volume="web.raw")
        self.assertIn("web", held.cause)
        for way in ("detach", "forget"):
            self.fails(STORE_IN_USE, "datastore." + way, datastore=store["id"])
        self.rpc.run("volume.resize", datastore=store["id"], volume="web.raw", capacity=24 * MIB)
        self.assertEqual(self.images()["web.raw"], 24 * MIB)
        self.assertIn(str(24 * MIB), host.virsh("domblkinfo", "web", "vda"))
        used = self.rpc.call("volume.inspect", datastore=store["id"], volume="web.raw")["users"]
        self.assertEqual([(user["name"], user["target"]) for user in used], [("web", "vda")])

    def starts(self):
        done = host.virsh("start", "web", check=False)
        if done.returncode == 0:
            host.virsh("destroy", "web")
            wait_for(lambda: self.rpc.vm("web")["state"] == "off", "the agent to see it off", 20, 0.1)
        return done.returncode == 0

    def test_it_starts_whatever_becomes_of_its_datastore(self):
        store = self.add()
        self.rpc.run("vm.create", name="web", vcpus=1, memory=64 * MIB, firmware="bios", driver="qemu", disks=[{"datastore": store["id"], "capacity": 16 * MIB, "format": "raw", "bus": "virtio"}], nics=[])
        secret = self.disk("web")[3]
        self.rpc.run("datastore.forget", datastore=store["id"])
        self.assertIn(secret, host.virsh("secret-list"))
        self.assertTrue(self.starts(), "forgotten")
        # The cluster's administrator gives out another key, and the pool is added with that.
        ceph.run("ceph", "auth", "rm", "client." + Ceph.USER)
        self.login = {**self.login, "password": ceph.run("ceph", "auth", "get-or-create-key", "client." + Ceph.USER, "mon", "profile rbd", "osd", "profile rbd pool=" + Ceph.POOL)}
        self.assertFalse(self.starts(), "with the old key")
        store = self.add()
        self.assertTrue(self.starts(), "with the new key")
        self.assertEqual(self.disk("web")[3], secret)
        self.rpc.run("datastore.forget", datastore=store["id"])
        host.virsh("secret-undefine", secret)  # as agents did before
        self.assertFalse(self.starts(), "without a key")
        self.add()
        self.assertTrue(self.starts(), "added again")

    def test_an_image_is_given_to_a_vm_that_runs_and_taken_away(self):
        store = self.add()
        self.rpc.run("volume.create", datastore=store["id"], name="data", capacity=8 * MIB, format="raw")
        self.rpc.run("vm.create", name="web", vcpus=1, memory=64 * MIB, firmware="bios", driver="qemu", start=True, disks=[], nics=[])
        vm = self.rpc.vm("web")
        config = self.rpc.call("vm.get", vm=vm["id"])
        disks = config["config"]["disks"]["items"] + [{"device": "disk", "bus": "virtio", "datastore": store["id"], "volume": "data"}]
        self.rpc.run("vm.configure", vm=vm["id"], revision=config["revision"], config={"disks": {"items": disks}})
        for state in ([], ["--inactive"]):
            self.assertIn("name='vms/data'", host.virsh("dumpxml", "web", *state))
        wait_for(lambda: "watcher=127.0.0.1" in ceph.run("rbd", "status", "vms/data"), "the cluster to see QEMU", 20, 0.2)
        config = self.rpc.call("vm.get", vm=vm["id"])
        added = next(disk for disk in config["config"]["disks"]["items"] if disk.get("volume") == "data")
        self.assertEqual((added["datastore"], added["path"]), (store["id"], "rbd:vms/data"))


class LiveMoveTest(Killing, CephCase):
    """The disk of a VM that runs goes to the pool and comes back. Its firmware finds nothing to boot and writes nothing, so the contents stay what they were."""
    SIZE = 24 * MIB

    @property
    def lab(self):
        return host

    def connect(self):
        rpc = wait_for(lambda: connect_when_known(host.agent_socket(), "local", "cluster", timeout=120), "the agent to know its datastores", 40, 0.1)
        self.addCleanup(rpc.close)
        return rpc

    def setUp(self):
        super().setUp()
        self.store = self.add()["id"]
        self.local = self.rpc.datastore("local")
        self.addCleanup(self.empty_local)

    def empty_local(self):
        host.exec("sh", "-c", 'rm -f "$1"/web*', "sh", self.local["path"])
        host.virsh("pool-refresh", "local")

    def start(self, form="raw"):
        """A VM that runs, with random data in its disk; their digest."""
        path = f"{self.local['path']}/web.{form}"
        host.exec("sh", "-ec", 'head -c "$1" /dev/urandom > /srv/seen; truncate -s "$2" /srv/seen; qemu-img convert -f raw -O "$3" /srv/seen "$4"',
                  "sh", str(self.SIZE - 8 * MIB), str(self.SIZE), form, path)
        host.virsh("pool-refresh", "local")
        host.virsh("define", "/dev/stdin", input=DOMAIN.format(format=form, path=path))
        host.virsh("start", "web")
        wait_for(lambda: (vm := self.rpc.vm("web")) and vm["state"] == "running", "the agent to see the VM", 20, 0.05)
        return host.exec("sha256sum", "/srv/seen").split()[0]

    def image_digest(self, name):
        return host.exec("sh", "-ec", 'rbd export --no-progress "$1" - | sha256sum', "sh", f"{Ceph.POOL}/{name}").split()[0]

    def local_files(self):
        return sorted(name for name in host.exec("ls", "-A", self.local["path"]).split() if name.startswith(("web", ".")))

    def source(self, *options):
        """The disk as libvirt has it: (type, format, file or image)."""
        xml = host.virsh("dumpxml", "web", *options)
        disk = re.search(r"<disk type='(\w+)' device='disk'>\s*<driver name='qemu' type='(\w+)'.*?<source [^>]*?(?:file|name)='([^']+)'", xml, re.DOTALL)
        return disk.groups()

    def everywhere(self):
        """The running VM and its next start name the same place."""
        running = self.source()
        self.assertEqual(self.source("--inactive"), running)
        self.assertEqual(host.virsh("domstate", "web"), "running")
        self.assertEqual(host.virsh("blockjob", "web", "vda"), "")
        return running

    def to_pool(self, **more):
        self.rpc.run("volume.move", datastore=self.local["id"], volume="web.raw", to_datastore=self.store, name="web", **more)

    def to_local(self):
        self.rpc.run("volume.move", datastore=self.store, volume="web", to_datastore=self.local["id"], name="web.raw")

    def test_a_running_disk_goes_to_the_pool_and_comes_back(self):
        seen = self.start()
        self.to_pool()
        self.assertEqual(self.everywhere(), ("network", "raw", "vms/web"))
        for options in ([], ["--inactive"]):
            self.assertIn(f"<auth username='{Ceph.USER}'>", host.virsh("dumpxml", "web", *options))
            self.assertIn("<host name='127.0.0.1'", host.virsh("dumpxml", "web", *options))
        self.assertIn("watcher=127.0.0.1", ceph.run("rbd", "status", "vms/web"), "QEMU has it open")
        self.assertEqual((self.images(), self.local_files()), ({"web": self.SIZE}, []))
        self.assertEqual(self.image_digest("web"), seen)
        told = self.rpc.vm("web")["disks"][0]
        self.assertEqual((told["path"], told["datastore"], told["volume"]), ("rbd:vms/web", self.store, "web"))
        self.next_start()
        self.to_local()
        self.assertEqual(self.everywhere(), ("file", "raw", f"{self.local['path']}/web.raw"))
        self.assertNotIn("<auth", host.virsh("dumpxml", "web", "--inactive"))
        self.assertEqual((self.images(), self.local_files()), ({}, ["web.raw"]))
        self.assertEqual(host.exec("sha256sum", f"{self.local['path']}/web.raw").split()[0], seen)
        self.next_start()

    def next_start(self):
        host.virsh("destroy", "web")
        host.virsh("start", "web")
        wait_for(lambda: self.rpc.vm("web")["state"] == "running", "the agent to see the VM", 20, 0.05)

    def test_a_qcow2_disk_becomes_raw_and_moves_inside_the_pool(self):
        seen = self.start("qcow2")
        self.rpc.run("volume.move", datastore=self.local["id"], volume="web.qcow2", to_datastore=self.store, name="first")
        self.assertEqual(self.everywhere(), ("network", "raw", "vms/first"))
        self.assertEqual((self.images(), self.image_digest("first")), ({"first": self.SIZE}, seen))
        self.rpc.run("volume.move", datastore=self.store, volume="first", name="web")
        self.assertEqual(self.everywhere(), ("network", "raw", "vms/web"))
        self.assertEqual((self.images(), self.image_digest("web"), self.local_files()), ({"web": self.SIZE}, seen, []))

    def hold_cluster(self):
        """Until the answer is called, nothing is stored there: the move waits at its beginning."""
        pids = host.pids("ceph-osd")
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        go_on = lambda: [os.kill(pid, signal.SIGCONT) for pid in pids]  # noqa: E731
        self.addCleanup(go_on)
        return go_on

    def test_cancelled_or_refused_it_leaves_nothing(self):
        seen = self.start()
        before = self.source()
        go_on = self.hold_cluster()
        task = self.rpc.call("volume.move", datastore=self.local["id"], volume="web.raw", to_datastore=self.store, name="web")["task"]
        self.rpc.call("task.cancel", task=task)
        go_on()
        self.assertEqual(self.rpc.wait_task(task)["state"], "cancelled")
        self.assertEqual((self.everywhere(), self.images(), self.local_files()), (before, {}, ["web.raw"]))
        ceph.run("rbd", "create", f"{Ceph.POOL}/web", "--size", "4M")  # libvirt has not seen it
        self.fails(VOLUME_EXISTS, "volume.move", datastore=self.local["id"], volume="web.raw", to_datastore=self.store, name="web")
        self.assertEqual((self.everywhere(), self.images(), self.local_files()), (before, {"web": 4 * MIB}, ["web.raw"]))
        self.assertEqual(host.exec("ls", "/var/lib/poolagent/jobs"), "")
        self.assertEqual(host.exec("sha256sum", f"{self.local['path']}/web.raw").split()[0], seen)

    def whole(self):
        """Wherever it is: once, whole, and the VM runs with it."""
        kind, _, place = self.everywhere()
        if kind == "network":
            self.assertEqual((place, self.images(), self.local_files()), ("vms/web", {"web": self.SIZE}, []))
            self.assertEqual(self.image_digest("web"), self.seen)
        else:
            self.assertEqual((self.images(), self.local_files()), ({}, ["web.raw"]))
            self.assertEqual(host.exec("sha256sum", place).split()[0], self.seen)

    def test_the_agent_is_killed_on_the_way_there(self):
        self.seen = self.start()
        back = lambda: self.images() and self.to_local()  # noqa: E731
        self.killed(self.whole, "volume.move", prepare=back, count=4, datastore=self.local["id"], volume="web.raw", to_datastore=self.store, name="web")

    def test_the_agent_is_killed_on_the_way_back(self):
        self.seen = self.start()
        there = lambda: self.images() or self.to_pool()  # noqa: E731
        self.killed(self.whole, "volume.move", prepare=there, count=4, datastore=self.store, volume="web", to_datastore=self.local["id"], name="web.raw")


class CommandLineTest(CephCase):
    def test_poolctl_tries_adds_and_makes_a_vm(self):
        before = self.traces()
        with tempfile.NamedTemporaryFile("w") as key:
            key.write(ceph.key() + "\n")
            key.flush()
            words = ("datastore", "create", "cluster", "--kind", "rbd", "--host", "127.0.0.1", "--source", Ceph.POOL, "--user", Ceph.USER, "--secret-file", key.name)
            ctl(*words, "--check")
            self.assertEqual(self.traces(), before, "a trial leaves nothing")
            with self.assertRaises(CtlError) as caught:
                ctl(*words, "--check", "--port", "1")
            self.assertIn("port 1", caught.exception.message + caught.exception.cause)
            ctl(*words)
        self.addCleanup(self.clean)
        self.assertIn("running", host.virsh("pool-info", "cluster"))
        ctl("volume", "create", "cluster/one", "8MiB", "--format", "raw")
        self.assertEqual(self.images(), {"one": 8 * MIB})
        self.assertEqual([row["name"] for row in ctl.json("volume", "list", "cluster")], ["one"])
        ctl("volume", "delete", "cluster/one")
        ctl("datastore", "forget", "cluster")
        self.assertEqual(self.traces(), before)


# Laid before the host's own qemu-img: writes down what it is called with, and what it finds in its environment; slow when a test wants time.
SPY = """#!/bin/sh
{ echo "$@"; env; } >> /srv/tmp/spied
if [ -e /srv/tmp/slow ] && [ "$1" = convert ]; then shift; set -- convert -r 2M "$@"; fi
exec /usr/bin/qemu-img "$@"
"""


class CopiesTest(CephCase):
    """What leaves the pool and comes into it by qemu-img, which gets the key from the agent."""

    def setUp(self):
        super().setUp()
        host.exec("sh", "-ec", "cat > /usr/local/bin/qemu-img; chmod 755 /usr/local/bin/qemu-img; : > /srv/tmp/spied", input=SPY)
        self.addCleanup(self.remove_files)
        self.local = self.rpc.datastore("local")["id"]
        self.store = self.add()["id"]

    def remove_files(self):
        host.exec("sh", "-c", f"rm -rf /usr/local/bin/qemu-img /srv/tmp/* {LOCAL}/*")

    def vm(self, name="web", content=b"what the guest wrote", nics=()):
        """A VM that is off, with a disk of 16 MiB in the pool that holds something in several places."""
        self.rpc.run("vm.create", name=name, vcpus=1, memory=64 * MIB, firmware="bios", driver="qemu", disks=[{"datastore": self.store, "capacity": 16 * MIB, "format": "raw", "bus": "virtio"}],
                     nics=list(nics))
        with open(host.outside("/srv/tmp/content"), "wb") as file:
            for at in {0, 3 * MIB, 16 * MIB - len(content)} if len(content) < MIB else {0}:
                file.seek(at)
                file.write(content)
        host.exec("/usr/bin/qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", "/srv/tmp/content", f"rbd:vms/{name}.raw")
        return self.rpc.vm(name)["id"]

    def digest(self, image):
        """As Ceph gives it out."""
        return host.exec("sh", "-ec", f"rbd export --no-progress '{Ceph.POOL}/{image}' - | sha256sum").split()[0]

    def same(self, path, image="web.raw"):
        """A file of the host and an image of the pool, as qemu-img sees both; and as Ceph gives out the latter."""
        host.exec("/usr/bin/qemu-img", "compare", path, f"rbd:vms/{image}")
        host.exec("/usr/bin/qemu-img", "convert", "-O", "raw", path, "/srv/tmp/flat")
        self.assertEqual(host.exec("sha256sum", "/srv/tmp/flat").split()[0], self.digest(image))

    def key_was_kept(self):
        """qemu-img got it, and nobody else could have seen it."""
        spied = host.exec("cat", "/srv/tmp/spied")
        self.assertRegex(spied, r"--object secret,id=key\d+,file=/dev/fd/\d+")
        self.assertNotIn(self.login["password"], spied)
        self.assertEqual([os.path.dirname(name) for name in self.where_key_is()], ["/etc/libvirt/secrets"])
        self.assertNotIn(self.login["password"].encode(), b"".join(self.read(path) for path in host.exec("find", LOCAL, "-type", "f").split()))

    def read(self, path):
        with open(host.outside(path), "rb") as file:
            return file.read()

    def export(self, vm, form):
        return self.rpc.run("vm.export", vm=vm, datastore=self.local, format=form)["result"].split("\n")

    def test_exports(self):
        vm = self.vm()
        self.assertEqual(self.export(vm, "ova"), ["web.ova"])
        self.assertEqual(host.exec("tar", "-tf", f"{LOCAL}/web.ova").split(), ["web.ovf", "web-disk1.vmdk", "web.mf"])
        host.exec("tar", "-xf", f"{LOCAL}/web.ova", "-C", "/srv/tmp")
        self.same("/srv/tmp/web-disk1.vmdk")
        self.assertEqual(host.exec("xmllint", "--xpath", "string(//*[local-name()='Disk']/@*[local-name()='capacity'])", "/srv/tmp/web.ovf").strip(), str(16 * MIB))
        self.assertEqual(self.export(vm, "qcow2"), ["web.xml", "web-disk1.qcow2"])
        self.same(f"{LOCAL}/web-disk1.qcow2")
        xml = self.read(f"{LOCAL}/web.xml").decode()
        self.assertIn(f"file=\"{LOCAL}/web-disk1.qcow2\"", xml)
        for word in ("rbd", "<auth", "ceph"):
            self.assertNotIn(word, xml)
        self.key_was_kept()
        host.virsh("undefine", "web")
        host.virsh("define", "/dev/stdin", input=xml)
        self.assertIn("web-disk1.qcow2", host.virsh("domblklist", "web"))

    def test_a_key_that_libvirt_keeps_to_itself(self):
        """As other tools may have made it."""
        vm = self.vm()
        secret = host.virsh("secret-list").split()[0]
        xml = host.virsh("secret-dumpxml", secret).replace("private='no'", "private='yes'")
        host.virsh("secret-undefine", secret)
        host.virsh("secret-define", "/dev/stdin", input=xml)
        host.virsh("secret-set-value", secret, "--file", "/dev/stdin", input=ceph.key())
        why = self.fails(NOT_SUPPORTED, "vm.export", vm=vm, datastore=self.local, format="ova")
        self.assertIn("private", why.cause)
        self.assertEqual(host.exec("ls", "-A", LOCAL), "")

    def twins(self, one, other):
        """Two VMs that must not meet: nothing that has to be one's own is the same."""
        for pattern in (r"<uuid>([^<]+)", r"<mac address='([^']+)", r"<name>([^<]+)", r"name='(vms/[^']+)"):
            found = [set(re.findall(pattern, host.virsh("dumpxml", name))) for name in (one, other)]
            self.assertTrue(all(found) or not found[1], (pattern, found))
            self.assertFalse(found[0] & found[1], pattern)

    def apart(self, *images):
        """No image hangs on another one."""
        for image in images:
            self.assertNotIn("parent", json.loads(ceph.run("rbd", "info", f"{Ceph.POOL}/{image}", "--format", "json")))
            self.assertEqual(ceph.run("rbd", "children", "--all", f"{Ceph.POOL}/{image}"), "")

    def started(self, name, image):
        host.virsh("start", name)
        wait_for(lambda: "watcher=127.0.0.1" in ceph.run("rbd", "status", f"{Ceph.POOL}/{image}"), "the cluster to see QEMU", 20, 0.2)

    def test_a_clone_beside_the_old_disk_is_a_vm_of_its_own(self):
        vm = self.vm(nics=[{"network": next(network["id"] for network in self.rpc.inventory()["networks"] if network["name"] == "default"), "model": "virtio"}])
        made = self.rpc.run("vm.clone", vm=vm, name="twin")["result"]
        self.assertEqual(self.images(), {"web.raw": 16 * MIB, "twin.raw": 16 * MIB})
        self.assertEqual(self.digest("twin.raw"), self.digest("web.raw"))
        self.twins("web", "twin")
        self.apart("web.raw", "twin.raw")
        self.key_was_kept()
        disk = self.rpc.vm("twin")["disks"][0]
        self.assertEqual((disk["datastore"], disk["volume"], disk["path"]), (self.store, "twin.raw", "rbd:vms/twin.raw"))
        self.started("twin", "twin.raw")
        self.rpc.run("vm.delete", vm=vm, disks=["vda"])
        self.assertEqual(list(self.images()), ["twin.raw"])
        self.assertIn(made, host.virsh("domuuid", "twin"))

    def test_templates_and_clones_into_and_out_of_the_pool(self):
        vm = self.vm()
        self.assertIn("vda is not a file", self.fails(NOT_SUPPORTED, "snapshot.create", vm=vm, name="never").cause)
        self.rpc.run("vm.set_template", vm=vm, template=True)
        self.assertIn("Ceph", self.fails(NOT_SUPPORTED, "vm.clone", vm=vm, name="linked", linked=True).cause)
        self.rpc.run("vm.clone", vm=vm, name="deployed")
        self.assertEqual(self.digest("deployed.raw"), self.digest("web.raw"))
        out = self.rpc.run("vm.clone", vm=vm, name="out", datastore=self.local)["result"]
        self.same(f"{LOCAL}/out.qcow2")
        xml = host.virsh("dumpxml", "out")
        self.assertIn(f"<source file='{LOCAL}/out.qcow2'/>", xml)
        self.assertNotIn("<auth", xml)
        self.rpc.run("vm.clone", vm=out, name="back", datastore=self.store)
        self.assertEqual(self.digest("back.raw"), self.digest("web.raw"))
        self.started("back", "back.raw")
        self.apart("web.raw", "deployed.raw", "back.raw")
        self.key_was_kept()

    def test_from_pool_to_pool_each_with_a_key_of_its_own(self):
        vm = self.vm()
        self.rpc.run("datastore.add", **{**STORE, "name": "second", "source": Ceph.OTHER}, user=Ceph.OTHER, password=ceph.key(Ceph.OTHER))
        self.addCleanup(lambda: [ceph.run("rbd", "rm", "--no-progress", f"{Ceph.OTHER}/{name}") for name in ceph.run("rbd", "ls", Ceph.OTHER).split()])
        other = self.rpc.datastore("second")["id"]
        self.rpc.run("vm.clone", vm=vm, name="far", datastore=other)
        self.assertIn("name='other/far.raw'", host.virsh("dumpxml", "far"))
        self.assertIn("username='other'", host.virsh("dumpxml", "far"))
        self.assertEqual(host.exec("sh", "-ec", "rbd export --no-progress other/far.raw - | sha256sum").split()[0], self.digest("web.raw"))
        self.key_was_kept()
        host.virsh("start", "far")
        wait_for(lambda: "watcher=127.0.0.1" in ceph.run("rbd", "status", "other/far.raw"), "the cluster to see QEMU", 20, 0.2)
        host.virsh("destroy", "far")

    def test_copies(self):
        self.vm()
        copy = lambda store, name, to, new, **more: self.rpc.run("volume.copy", datastore=store, volume=name, to_datastore=to, name=new, **more)
        copy(self.store, "web.raw", self.store, "two")
        copy(self.store, "web.raw", self.local, "web.qcow2", format="qcow2")
        copy(self.store, "web.raw", self.local, "web.raw")
        copy(self.local, "web.qcow2", self.store, "three")
        self.assertEqual({self.digest(name) for name in ("two", "three")}, {self.digest("web.raw")})
        self.same(f"{LOCAL}/web.qcow2")
        self.assertEqual(host.exec("sha256sum", f"{LOCAL}/web.raw").split()[0], self.digest("web.raw"))
        self.apart("web.raw", "two", "three")
        self.assertIn("other format", self.fails(NOT_SUPPORTED, "volume.copy", datastore=self.local, volume="web.qcow2", to_datastore=self.store, name="four", format="qcow2").cause)
        self.key_was_kept()

    def test_the_disk_of_a_vm_that_is_off_moves(self):
        self.vm()
        before = self.digest("web.raw")
        self.rpc.run("volume.move", datastore=self.store, volume="web.raw", to_datastore=self.local, name="web.qcow2", format="qcow2")
        self.assertEqual(self.images(), {})
        self.assertIn(f"<source file='{LOCAL}/web.qcow2'/>", host.virsh("dumpxml", "web"))
        self.rpc.run("volume.move", datastore=self.local, volume="web.qcow2", to_datastore=self.store, name="moved")
        self.assertEqual((self.digest("moved"), host.exec("ls", "-A", LOCAL)), (before, ""))
        self.assertIn("name='vms/moved'", host.virsh("dumpxml", "web"))
        self.started("web", "moved")
        self.key_was_kept()

    def slow_clone(self):
        """Its task, in the middle of writing the image."""
        vm = self.vm(content=os.urandom(16 * MIB))
        host.exec("touch", "/srv/tmp/slow")
        task = self.rpc.call("vm.clone", vm=vm, name="twin")["task"]
        wait_for(lambda: "watcher" in host.exec("rbd", "status", "vms/twin.raw", check=False).stdout, "qemu-img to write", 20, 0.1)
        return task

    def nothing_of_it(self):
        self.assertEqual(self.images(), {"web.raw": 16 * MIB})
        self.assertEqual(host.virsh("list", "--all", "--name"), "web")
        self.assertEqual(host.exec("ls", "-A", "/var/lib/poolagent/jobs"), "")

    def test_a_clone_is_cancelled(self):
        task = self.slow_clone()
        self.rpc.call("task.cancel", task=task)
        self.assertEqual(self.rpc.wait_task(task, 90)["state"], "cancelled")
        self.nothing_of_it()

    def test_an_agent_is_killed_in_a_clone(self):
        self.slow_clone()
        self.rpc.close()
        host.kill_agent()
        host.start_agent()
        wait_for(lambda: list(self.images()) == ["web.raw"] and not host.exec("ls", "-A", "/var/lib/poolagent/jobs"), "the next agent to clean up", 90, 0.5)
        self.nothing_of_it()


class SeedTest(CephCase):
    """What a VM sets itself up with lies on an ISO, which Ceph cannot give to a CD drive: it goes where ISOs can be."""
    SEED = {"cloud_init": {"user": "anna"}}

    def setUp(self):
        super().setUp()
        self.store = self.add()["id"]
        self.addCleanup(host.exec, "sh", "-c", f"rm -rf {LOCAL}/* /srv/isos /srv/main")

    def create(self, name, **seed):
        self.rpc.run("vm.create", name=name, guest="debian12", vcpus=1, memory=64 * MIB, firmware="bios", driver="qemu", seed={**self.SEED, **seed},
                     disks=[{"datastore": self.store, "capacity": 8 * MIB, "format": "raw", "bus": "virtio"}], nics=[])
        return self.rpc.vm(name)["id"]

    def directory(self, name, **marks):
        self.rpc.run("datastore.add", name=name, kind="dir", path=f"/srv/{name}")
        store = self.rpc.active_datastore(name)["id"]
        self.rpc.run("datastore.set", datastore=store, autostart=True, low_space=0, **marks)
        return store

    def seed_of(self, name):
        """As the VM's drive has it; it is one that cloud-init takes."""
        path = re.search(r"device='cdrom'>.*?<source file='([^']+)'", host.virsh("dumpxml", name), re.DOTALL)[1]
        self.assertEqual(host.exec("blkid", "-p", "-o", "value", "-s", "LABEL", path).strip(), "cidata")
        return path

    def test_it_lies_in_the_directory_and_goes_with_the_vm(self):
        vm = self.create("web")
        self.assertEqual(self.seed_of("web"), f"{LOCAL}/web-seed.iso")
        self.rpc.run("vm.set_template", vm=vm, template=True)
        copy = self.rpc.run("vm.clone", vm=vm, name="two", seed=self.SEED, start=True)["result"]
        self.assertEqual(self.seed_of("two"), f"{LOCAL}/two-seed.iso")
        self.assertEqual(host.virsh("domstate", "two"), "running")
        host.virsh("destroy", "two")
        wait_for(lambda: self.rpc.vm("two")["state"] == "off", "the agent to see it off", 20, 0.1)
        self.rpc.run("vm.delete", vm=copy, disks=["vda"])
        self.assertEqual((host.exec("ls", "-A", LOCAL).split(), list(self.images())), (["web-seed.iso"], ["web.raw"]))

    def test_marks_decide_where_and_a_wish_decides_more(self):
        vm = self.create("web")
        self.rpc.run("vm.set_seed", vm=vm, seed=self.SEED)
        self.directory("isos", iso_library=True)
        self.rpc.run("vm.set_seed", vm=vm, seed=self.SEED)
        self.assertEqual((self.seed_of("web"), host.exec("ls", "-A", LOCAL)), ("/srv/isos/web-seed.iso", ""))
        self.directory("main", is_default=True)
        self.rpc.run("vm.set_seed", vm=vm, seed=self.SEED)
        self.assertEqual(self.seed_of("web"), "/srv/main/web-seed.iso")
        self.rpc.run("vm.set_seed", vm=vm, seed={**self.SEED, "datastore": self.rpc.datastore("local")["id"]})
        self.assertEqual((self.seed_of("web"), host.exec("ls", "-A", "/srv/main")), (f"{LOCAL}/web-seed.iso", ""))
        self.assertIn("choose a directory", self.fails(NOT_SUPPORTED, "vm.set_seed", vm=vm, seed={**self.SEED, "datastore": self.store}).cause)
        self.rpc.run("vm.remove_seed", vm=vm)
        self.assertEqual(host.exec("ls", "-A", LOCAL), "")

    def test_a_host_without_a_directory(self):
        local = self.rpc.datastore("local")["id"]
        self.rpc.run("datastore.detach", datastore=local)
        self.addCleanup(self.rpc.run, "datastore.refresh", datastore=local)
        with self.assertRaises(CallError) as caught:
            self.create("web")
        self.assertIn("choose a directory", caught.exception.cause)
        self.assertEqual((self.images(), host.virsh("list", "--all", "--name")), ({}, ""))


if __name__ == "__main__":
    unittest.main()
