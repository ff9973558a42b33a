# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks of datastores on a real host: ISO library, default, autostart, low space, and what is promised to guests. virsh is the judge."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
from agent_client import Rpc, agent_binary  # noqa: E402
from lab import Host, wait_for  # noqa: E402


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


if __name__ == "__main__":
    unittest.main()
