# SPDX-License-Identifier: GPL-3.0-or-later
"""poolctl network and host nics against a lab host; virsh is the judge."""
import os
import sys
import unittest
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import Host  # noqa: E402
from poolctl import AGENT, NOT_FOUND, REFUSED, WRONG_USAGE, CtlError, Poolctl  # noqa: E402

host = ctl = None


def setUpModule():
    global host, ctl
    if os.geteuid() != 0:
        raise unittest.SkipTest("a lab host needs root")
    host = Host(f"ctlnet-{os.getpid()}", agent=AGENT)
    unittest.addModuleCleanup(host.__exit__, None, None, None)
    host.up()
    ctl = Poolctl(host, user="root").wait_for_datastore()
    unittest.addModuleCleanup(ctl.__exit__)


class NetworkTest(unittest.TestCase):
    def refused(self, status, *words):
        with self.assertRaises(CtlError) as caught:
            ctl(*words)
        self.assertEqual(caught.exception.status, status, str(caught.exception))
        return caught.exception

    def dump(self, name):
        return ElementTree.fromstring(host.virsh("net-dumpxml", name))

    def test_the_life_of_a_network(self):
        ctl("network", "create", "guests", "--bridge", "br-ctl", "--address", "192.168.150.1/24", "--dhcp", "192.168.150.50-192.168.150.60",
            "--lease", "52:54:00:00:50:01=192.168.150.9=web01", "--autostart")
        self.assertIn("guests", host.virsh("net-list", "--autostart", "--name").split())
        dhcp = self.dump("guests").find("ip/dhcp")
        self.assertEqual((dhcp.find("range").get("end"), dhcp.find("host").get("name")), ("192.168.150.60", "web01"))
        ctl("network", "set", "guests", "--lease", "52:54:00:00:50:02=192.168.150.8", "--dhcp", "none")
        dhcp = self.dump("guests").find("ip/dhcp")
        self.assertEqual((dhcp.find("range"), [h.get("ip") for h in dhcp.findall("host")]), (None, ["192.168.150.8"]))
        ctl("network", "set", "guests", "--address", "192.168.151.1/24", "--lease", "none")
        shown = ctl.json("network", "show", "guests")
        self.assertEqual((shown["pending"], shown["address"], self.dump("guests").find("ip").get("address")), (True, "192.168.151.1", "192.168.150.1"))
        ctl("network", "set", "guests", "--restart")
        self.assertFalse(ctl.json("network", "show", "guests")["pending"])
        self.assertEqual(self.dump("guests").find("ip").get("address"), "192.168.151.1")
        self.assertEqual(ctl.json("network", "leases", "guests"), [])
        self.assertEqual(ctl.json("network", "vms", "guests"), [])
        bridge = host.exec("cat", "/sys/class/net/br-ctl/ifindex")
        self.assertTrue(ctl.json("network", "restart", "guests")["changed"])
        self.assertNotEqual(host.exec("cat", "/sys/class/net/br-ctl/ifindex"), bridge)
        self.assertEqual([each["subnet"] for each in ctl.json("network", "list") if each["name"] == "guests"], ["192.168.151.0/24"])
        ctl("network", "autostart", "guests", "--off")
        self.assertNotIn("guests", host.virsh("net-list", "--autostart", "--name").split())
        ctl("network", "stop", "guests")
        self.assertNotIn("guests", host.virsh("net-list", "--name").split())
        self.assertFalse(ctl.json("network", "stop", "guests")["changed"])
        ctl("network", "start", "guests")
        self.assertIn("guests", host.virsh("net-list", "--name").split())
        ctl("network", "delete", "guests")
        self.assertNotIn("guests", host.virsh("net-list", "--all", "--name").split())

    def test_words_that_cannot_be(self):
        self.refused(WRONG_USAGE, "network", "create", "no", "--address", "192.168.150.1")
        self.refused(WRONG_USAGE, "network", "create", "no", "--address", "192.168.150.1/24", "--dhcp", "192.168.150.50")
        self.refused(WRONG_USAGE, "network", "create", "no", "--address", "192.168.150.1/24", "--lease", "52:54:00:00:50:01")
        self.refused(WRONG_USAGE, "network", "create", "no", "--mode", "sideways")
        self.assertEqual(self.refused(REFUSED, "network", "create", "no").name, "network_setting")
        self.refused(NOT_FOUND, "network", "start", "nobody")
        self.assertNotIn("no", host.virsh("net-list", "--all", "--name").split())

    def test_network_cards_of_the_host(self):
        nics = {nic["name"]: nic["kind"] for nic in ctl.json("host", "nics")}
        self.assertEqual(nics["lo"], "loopback")
        self.assertEqual(set(nics), set(host.exec("ls", "/sys/class/net").split()))


if __name__ == "__main__":
    unittest.main(verbosity=2)
