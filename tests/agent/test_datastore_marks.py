# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks of datastores on a real host: ISO library, default, autostart, low space, and what is promised to guests; and how datastores are destroyed.
virsh and df are the judges."""
import json
import os
import subprocess
import sys
import time
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
from agent_client import CallError, Rpc, agent_binary  # noqa: E402
from lab import Host, wait_for  # noqa: E402


MIB = 1 << 20
LIBVIRT, NOT_EMPTY = -32010, -32114
GROW = """import os, sys
with open(sys.argv[1], "r+b", buffering=0) as file:
    for _ in range(56):
        file.write(bytes(1 << 20))
    print("grown", flush=True)
    sys.stdin.read()"""
# Mounts a file system that answers nothing, not even how it wants to be spoken to.
SILENT = """import ctypes, os, sys
fuse = os.open("/dev/fuse", os.O_RDWR)
if ctypes.CDLL(None).mount(b"silent", sys.argv[1].encode(), b"fuse", 0, f"fd={fuse},rootmode=40000,user_id=0,group_id=0".encode()) == 0:
    print("mounted", flush=True)
    sys.stdin.read()"""
DOMAIN = """<domain type='qemu'><name>{name}</name><uuid>{id}</uuid><memory unit='MiB'>64</memory><vcpu>{vcpus}</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices><disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{path}'/><target dev='vda' bus='virtio'/></disk></devices></domain>"""
host = None


def setUpModule():
    global host
    if os.geteuid() != 0:
        raise unittest.SkipTest("a lab host needs root")
    host = Host(f"stores-{os.getpid()}", agent=agent_binary())
    unittest.addModuleCleanup(host.__exit__, None, None, None)
    host.up()


class StoreCase(unittest.TestCase):
    def setUp(self):
        self.rpc = Rpc(host.agent_socket(), timeout=60)
        self.addCleanup(self.rpc.close)
        self.rpc.subscribe()
        wait_for(lambda: self.rpc.datastore("local"), "the agent to know its datastore", 20, 0.1)

    def make(self, name):
        self.rpc.run("datastore.create", name=name, path=f"/srv/{name}")
        self.addCleanup(host.virsh, "pool-undefine", name, check=False)
        self.addCleanup(host.virsh, "pool-destroy", name, check=False)
        return self.rpc.datastore(name)


class Marks(StoreCase):
    def test_marks_last_and_there_is_one_default(self):
        one, two = self.make("one"), self.make("two")
        self.rpc.run("datastore.set", datastore=one["id"], autostart=True, iso_library=True, is_default=True, low_space=100)
        one = self.rpc.datastore("one")
        self.assertTrue(one["iso_library"] and one["is_default"] and one["low"])
        self.rpc.run("datastore.set", datastore=two["id"], is_default=True, low_space=0)
        wait_for(lambda: "is_default" not in self.rpc.datastore("one"), "the other one to be the default", 10, 0.05)
        self.assertNotIn("low", self.rpc.datastore("two"))
        self.assertIn("no", [line.split(":")[1].strip() for line in host.virsh("pool-info", "two").splitlines() if line.startswith("Autostart")])
        host.restart_agent()
        self.rpc.close()
        self.setUp()
        self.assertTrue(wait_for(lambda: self.rpc.datastore("one"), "it", 20, 0.1)["iso_library"])

    def test_a_datastore_that_is_forgotten_leaves_no_marks(self):
        marked = self.make("marked")
        self.rpc.run("datastore.set", datastore=marked["id"], iso_library=True, low_space=0)
        self.assertIn(marked["id"], host.exec("cat", "/var/lib/poolagent/datastores.json"))
        self.rpc.run("datastore.forget", datastore=marked["id"])
        self.assertNotIn(marked["id"], host.exec("cat", "/var/lib/poolagent/datastores.json"))

    def test_what_is_promised_to_guests_is_told(self):
        store = self.make("thin")
        for number in range(2):
            self.rpc.run("volume.create", datastore=store["id"], name=f"{number}.qcow2", format="qcow2", capacity=1 << 40)
        wait_for(lambda: self.rpc.datastore("thin").get("provisioned") == 2 << 40, "the sum", 10, 0.05)

    def test_a_disk_that_grows_is_noticed_without_anybody_looking(self):
        """As a running VM does it: the file stays open, so nothing announces it, and libvirt goes on to tell what it saw last."""
        host.mount_small("/srv/grows")
        self.addCleanup(host.exec, "umount", "-l", "/srv/grows")
        host.exec("truncate", "-s", "0", "/srv/grows/disk.img")
        store = self.make("grows")
        self.rpc.run("datastore.set", datastore=store["id"], low_space=20)
        self.assertNotIn("low", self.rpc.datastore("grows"))
        seen = host.virsh("pool-info", "--bytes", "grows")
        guest = host.popen("python3", "-c", GROW, "/srv/grows/disk.img", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(guest.communicate)
        self.assertEqual(guest.stdout.readline(), b"grown\n")
        self.rpc.run("datastore.set", datastore=self.rpc.datastore("local")["id"], low_space=10)  # all datastores are looked at, as every minute
        wait_for(lambda: self.rpc.datastore("grows").get("low"), "the datastore to be low", 20, 0.05)
        self.assertEqual(host.virsh("pool-info", "--bytes", "grows"), seen)
        free = int(host.exec("df", "--output=avail", "-B1", "/srv/grows").split()[1])
        self.assertEqual(self.rpc.datastore("grows")["available"], free)


class Silent(StoreCase):
    """A file system that never answers, as that of a server that is gone: whoever asks it waits, and the host's list must not."""

    def mount_silent(self, path):
        """Until what is returned is called."""
        keeper = host.popen("python3", "-c", SILENT, path, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(keeper.communicate)
        if keeper.stdout.readline() != b"mounted\n":
            self.skipTest("this kernel has no FUSE")
        self.addCleanup(host.exec, "umount", "-l", path, check=False)

        def answer():
            keeper.communicate()
            host.exec("umount", "-l", path)
        return answer

    def define(self, name, path, vcpus=1):
        host.virsh("define", "/dev/stdin", input=DOMAIN.format(name=name, id=uuid.uuid5(uuid.NAMESPACE_DNS, name), path=path, vcpus=vcpus))
        self.addCleanup(host.virsh, "undefine", name, check=False)

    def test_it_stops_nobody_else(self):
        store = self.make("gone")
        host.exec("truncate", "-s", "8M", "/srv/gone/disk.img")
        wait_for(lambda: self.rpc.call("volume.list", datastore=store["id"]).get("volumes"), "libvirt to have seen the file", 20, 0.1)
        self.define("far", "/srv/gone/disk.img")
        wait_for(lambda: self.rpc.vm("far"), "the agent to see the VM", 20, 0.1)
        self.assertEqual(self.rpc.vm("far")["disks"][0]["capacity"], 8 * MIB)
        answer = self.mount_silent("/srv/gone")
        with self.assertRaises(CallError) as caught:
            self.rpc.run("datastore.refresh", datastore=store["id"])
        self.assertIn("does not answer", caught.exception.cause)
        self.define("far", "/srv/gone/disk.img", vcpus=2)
        self.define("near", "/srv/near.img")
        wait_for(lambda: self.rpc.vm("near") and self.rpc.vm("far").get("vcpus") == 2, "the agent to see what changes", 20, 0.1)
        self.assertEqual(self.rpc.vm("far")["disks"][0]["capacity"], 8 * MIB, "what was known of it")
        self.rpc.run("datastore.set", datastore=self.rpc.datastore("local")["id"], low_space=10)  # all is looked at, as every minute
        self.define("near", "/srv/near.img", vcpus=2)
        wait_for(lambda: self.rpc.vm("near").get("vcpus") == 2, "the agent to see what changes", 20, 0.1)
        self.refuses_what_it_cannot_know(store)
        answer()
        self.rpc.run("datastore.refresh", datastore=store["id"])
        self.rpc.run("volume.delete", datastore=self.rpc.datastore("local")["id"], volume="plain.img")
        self.rpc.run("datastore.forget", datastore=store["id"])

    def test_disks_beside_all_datastores_stop_nobody_either(self):
        host.exec("mkdir", "-p", "/srv/beside")
        host.exec("truncate", "-s", "8M", "/srv/beside/disk.img")
        answer = self.mount_silent("/srv/beside")
        self.define("beside", "/srv/beside/disk.img")
        self.define("next", "/srv/next.img")
        wait_for(lambda: self.rpc.vm("beside") and self.rpc.vm("next"), "the agent to see both", 20, 0.1)
        self.rpc.run("datastore.set", datastore=self.rpc.datastore("local")["id"], low_space=10)
        answer()
        self.define("beside", "/srv/beside/disk.img", vcpus=2)
        wait_for(lambda: self.rpc.vm("beside")["disks"][0].get("capacity") == 8 * MIB, "its size, now that it can be seen", 20, 0.1)

    def test_what_was_interrupted_there_waits(self):
        """An agent that was killed in the middle of an upload starts while the server is gone: all else is there at once, and the half file goes when the server is back."""
        job = str(uuid.uuid4())
        part = f"/srv/lost/.{job}.part"
        host.exec("mkdir", "-p", "/srv/lost")
        host.exec("touch", part)
        host.kill_agent()
        entry = json.dumps({"kind": "make", "driver": "qemu:///system", "began": int(time.time() * 1000), "facts": {"made": [{"file": part}]}})
        host.exec("sh", "-c", f"cat > /var/lib/poolagent/jobs/{job}.json", input=entry)
        answer = self.mount_silent("/srv/lost")
        self.define("meanwhile", "/srv/near.img")
        host.start_agent()
        self.rpc.close()
        self.setUp()
        wait_for(lambda: self.rpc.vm("meanwhile"), "the agent to see the VM", 20, 0.1)
        self.assertIn(f"{job}) waits for a file server that does not answer", host.log("agent"))
        answer()
        wait_for(lambda: not host.exec("ls", "/var/lib/poolagent/jobs").split(), "the agent to try again", 80, 0.2)
        self.assertNotEqual(host.exec("test", "-e", part, check=False).returncode, 0)

    def refuses_what_it_cannot_know(self, store):
        """There may be images on the server that stand on other datastores' volumes."""
        local = self.rpc.datastore("local")["id"]
        self.rpc.run("volume.create", datastore=local, name="plain.img", capacity=MIB, format="raw")
        self.assertEqual(self.rpc.call("volume.inspect", datastore=local, volume="plain.img")["dependents"], ["/srv/gone/ (does not answer)"])
        for method, params in (("volume.delete", {"datastore": local, "volume": "plain.img"}), ("datastore.forget", {"datastore": store["id"]})):
            with self.assertRaises(CallError) as caught:
                self.rpc.run(method, **params)
            self.assertIn("/srv/gone", str(caught.exception))
            self.assertIn("not answer", str(caught.exception))


class Destroying(StoreCase):
    def fails(self, code, store):
        with self.assertRaises(CallError) as caught:
            self.rpc.run("datastore.destroy", datastore=store["id"])
        self.assertEqual(caught.exception.code, code, caught.exception)
        return caught.exception

    def state(self, name):
        return next(line.split(":")[1].strip() for line in host.virsh("pool-info", name).splitlines() if line.startswith("State"))

    def test_what_nobody_sees_does_not_keep_it(self):
        """Half of an upload is hidden; while it comes it keeps the datastore, later it goes with it."""
        store = self.make("half")
        begun = self.rpc.call("upload.begin", datastore=store["id"], name="half.iso", size=4 * MIB)
        self.assertEqual(self.rpc.call("volume.list", datastore=store["id"]).get("volumes", []), [])
        self.assertIn("on its way", self.fails(NOT_EMPTY, store).cause)
        data, _ready = self.rpc.data(begun["ticket"])
        data.sendall(bytes(MIB))
        data.close()
        self.rpc.wait_task(begun["upload"])
        self.assertEqual(len(host.exec("ls", "-A", "/srv/half").split()), 1)
        self.rpc.run("datastore.destroy", datastore=store["id"])
        self.assertNotEqual(host.exec("test", "-e", "/srv/half", check=False).returncode, 0)
        self.assertNotIn("half", host.virsh("pool-list", "--all", "--name").split())

    def test_one_that_is_not_active_is_looked_at_first(self):
        store = self.make("idle")
        host.exec("touch", "/srv/idle/disk.img")
        self.rpc.run("datastore.detach", datastore=store["id"])
        self.assertIn("it holds 1 volume", self.fails(NOT_EMPTY, store).cause)
        self.assertEqual(self.state("idle"), "inactive")
        host.exec("rm", "/srv/idle/disk.img")
        self.rpc.run("datastore.destroy", datastore=store["id"])
        self.assertNotEqual(host.exec("test", "-e", "/srv/idle", check=False).returncode, 0)

    def test_what_cannot_be_removed_stays_active(self):
        host.mount_small("/srv/mounted")
        self.addCleanup(host.exec, "umount", "-l", "/srv/mounted")
        store = self.make("mounted")
        self.fails(LIBVIRT, store)
        self.assertEqual(self.state("mounted"), "running")
        self.assertEqual(self.rpc.datastore("mounted")["state"], "active")


if __name__ == "__main__":
    unittest.main()
