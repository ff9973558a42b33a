#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Ceph pool as datastore, on a real cluster inside of the lab host (ceph.py): tried, added with a CephX key, images made, given to VMs that run, resized,
deleted; forgotten without a trace. The judges are rbd, ceph and virsh."""
import json
import os
import re
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "agent")]
from agent_client import CallError, connect_when_known  # noqa: E402
from ceph import Ceph, Unavailable  # noqa: E402
from lab import Host, wait_for  # noqa: E402
from poolctl import AGENT, CtlError, Poolctl  # noqa: E402

MIB = 1 << 20
EXISTS, IN_USE, STORE_IN_USE, SPEC, TEST = -32031, -32036, -32113, -32110, -32111
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
        self.fails(STORE_IN_USE, "datastore.detach", datastore=store["id"])
        self.rpc.run("volume.resize", datastore=store["id"], volume="web.raw", capacity=24 * MIB)
        self.assertEqual(self.images()["web.raw"], 24 * MIB)
        self.assertIn(str(24 * MIB), host.virsh("domblkinfo", "web", "vda"))
        used = self.rpc.call("volume.inspect", datastore=store["id"], volume="web.raw")["users"]
        self.assertEqual([(user["name"], user["target"]) for user in used], [("web", "vda")])

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


if __name__ == "__main__":
    unittest.main()
