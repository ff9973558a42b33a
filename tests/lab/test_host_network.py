# SPDX-License-Identifier: GPL-3.0-or-later
"""Bridges of a host whose network ifupdown or NetworkManager keeps, and that has no systemd: the same promises as in test_host_network_vm.py, with
ip, the files and these programs themselves as judges. (This kernel has no VLANs and bonds.)"""
import json
import os
import shutil
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "agent")]
import nic_lab  # noqa: E402
from agent_client import CallError, Rpc, agent_binary  # noqa: E402
from lab import Host, wait_for  # noqa: E402
from nic_lab import ADDRESS, INTERFACES  # noqa: E402
from poolctl import CtlError, Poolctl  # noqa: E402

NIC, GONE, PROGRAM_FAILED = -32104, -32106, -32061
PROFILES = "/etc/NetworkManager/system-connections"
MANAGER = """[main]
plugins=keyfile
no-auto-default=*
auth-polkit=false
[keyfile]
unmanaged-devices=except:interface-name:lan*,except:interface-name:br*
"""


def setUpModule():
    if os.geteuid() != 0:
        raise unittest.SkipTest("a lab host needs root")


class Case(unittest.TestCase):
    options = {}

    def setUp(self):
        name = f"hostnet-{os.getpid()}"
        self.host = Host(name, agent=agent_binary(), agent_options=self.options)
        self.addCleanup(self.host.__exit__, None, None, None)
        self.host.up()
        nic_lab.add_cards(self.host)
        self.prepare()
        self.rpc = self.connect()

    def connect(self):
        rpc = Rpc(self.host.agent_socket(), timeout=120)
        self.addCleanup(rpc.close)
        rpc.subscribe()
        return rpc

    def addresses(self, name):
        done = self.host.exec("ip", "-j", "-4", "address", "show", "dev", name, check=False)
        rows = json.loads(done.stdout or "[]") if done.returncode == 0 else []
        return [f"{item['local']}/{item['prefixlen']}" for row in rows for item in row.get("addr_info", [])]

    def master(self, name):
        return json.loads(self.host.exec("ip", "-j", "link", "show", "dev", name))[0].get("master")

    def exists(self, name):
        return self.host.exec("ip", "link", "show", "dev", name, check=False).returncode == 0

    def nic(self, name):
        return next((row for row in self.rpc.call("host.nics")["nics"] if row["name"] == name), None)

    def begin(self, method, **params):
        return json.loads(self.rpc.run(method, timeout=120, **params)["result"])["change"]

    def make(self, **params):
        self.rpc.call("host.network_confirm", change=self.begin("host.nic_create", **params))

    def revert(self, change):
        self.rpc.run("host.network_revert", timeout=120, change=change)

    def bridge(self, **params):
        return {"name": "br0", "kind": "bridge", "addressing": "keep", "ports": ["lan1"], "interrupt": True, **params}

    def assert_taken_over(self):
        wait_for(lambda: (self.addresses("br0"), self.addresses("lan1"), self.master("lan1")) == ([ADDRESS], [], "br0"), "the bridge to have the address", 30, 0.1)

    def assert_back(self):
        wait_for(lambda: not self.exists("br0") and self.addresses("lan1") == [ADDRESS] and self.master("lan1") is None, "the card to be as it was", 30, 0.1)


class IfupdownCase(Case):
    def prepare(self):
        if not shutil.which("ifup", path="/usr/sbin:/sbin:/usr/bin:/bin"):
            self.skipTest("ifupdown is not installed")
        nic_lab.write(self.host)
        self.host.exec("ifup", "lan1")

    def files(self):
        return self.host.exec("sh", "-c", f"cat {INTERFACES}; ls /etc/network/interfaces.d")


class IfupdownTest(IfupdownCase):
    def test_a_bridge_takes_the_addresses_over_and_gives_them_back(self):
        before = self.files()
        self.assertEqual(self.nic("lan1")["manager"], "ifupdown")
        change = self.begin("host.nic_create", **self.bridge())
        self.assert_taken_over()
        self.assertEqual(self.files(), before)
        self.rpc.call("host.network_confirm", change=change)
        self.assertTrue(self.nic("br0").get("made"))
        self.host.exec("ifdown", "br0")
        self.assertFalse(self.exists("br0"))
        self.host.exec("ifup", "-a")
        self.assert_taken_over()
        removal = self.begin("host.nic_delete", name="br0", interrupt=True)
        self.assert_back()
        self.rpc.call("host.network_confirm", change=removal)
        self.assertEqual(sorted(self.files().split()), sorted(nic_lab.TEXT.replace("auto lo lan1", "auto lo auto lan1").split()))
        self.host.exec("ifdown", "lan1")
        self.host.exec("ifup", "-a")
        self.assert_back()

    def test_reverted_all_is_as_it_was(self):
        before = self.files()
        self.revert(self.begin("host.nic_create", **self.bridge()))
        self.assert_back()
        self.make(**self.bridge(name="br1", ports=["lan2"], addressing="static", address="198.51.100.7/24", gateway="198.51.100.1"))
        self.assertEqual((self.addresses("br1"), self.master("lan2")), (["198.51.100.7/24"], "br1"))
        made = self.files()
        self.revert(self.begin("host.nic_delete", name="br1", interrupt=True))
        wait_for(lambda: self.addresses("br1") == ["198.51.100.7/24"], "the bridge to be back", 30, 0.1)
        self.assertEqual(self.files(), made)
        self.assertNotEqual(made, before)

    def test_a_card_that_is_only_switched_on_has_nothing_to_keep(self):
        """The address that it has given itself is nobody's settings."""
        self.host.exec("ip", "link", "set", "lan2", "up")
        wait_for(lambda: any(address.startswith("fe80:") for address in self.nic("lan2").get("addresses", [])), "a link-local address", 20, 0.1)
        self.make(**self.bridge(ports=["lan2"], interrupt=False))
        self.assertEqual(self.master("lan2"), "br0")

    def test_without_interfaces_d_it_is_refused(self):
        nic_lab.write(self.host, nic_lab.TEXT.replace("source /etc/network/interfaces.d/*", ""))
        with self.assertRaises(CallError) as caught:
            self.rpc.run("host.nic_create", **self.bridge())
        self.assertEqual(caught.exception.code, NIC)
        self.assertIn("interfaces.d", str(caught.exception))


    def test_a_card_whose_name_would_mean_something_to_a_shell_is_refused(self):
        for number, name in enumerate(("lan;id>pwned", "$(id>pwned)", "-lan")):
            self.host.exec("ip", "link", "add", "name", name, "type", "veth", "peer", "name", f"far{number}")
            for params in (self.bridge(addressing="none", ports=[name]), {"name": "v5", "kind": "vlan", "addressing": "none", "parent": name, "vlan": 5}):
                with self.assertRaises(CallError) as caught:
                    self.rpc.run("host.nic_create", **params)
                self.assertEqual((caught.exception.code, caught.exception.object), (NIC, name))
        self.assertFalse(self.exists("br0"))


class PoolctlTest(IfupdownCase):
    def test_make_confirm_remove(self):
        with Poolctl(self.host, user="root").wait_for_datastore() as ctl:
            made = ctl.json("host", "nic-create", "br0", "--port", "lan1", "--interrupt")
            self.assertTrue(made["change"] and 0 < made["seconds"] <= 60, made)
            self.assert_taken_over()
            self.assertTrue(ctl.json("host", "nic-confirm")["changed"])
            row = next(nic for nic in ctl.json("host", "nics") if nic["name"] == "br0")
            self.assertEqual((row["ports"], row["made"]), (["lan1"], True))
            with self.assertRaises(CtlError) as caught:
                ctl("host", "nic-delete", "br0")
            self.assertIn(ADDRESS, str(caught.exception))
            ctl("host", "nic-delete", "br0", "--interrupt")
            self.assert_back()
            ctl("host", "nic-revert")
            self.assert_taken_over()
            with self.assertRaises(CtlError):
                ctl("host", "nic-confirm")


class ManagerTest(Case):
    """NetworkManager. It leaves udev alone where /sys cannot be written to."""

    def prepare(self):
        if not shutil.which("NetworkManager", path="/usr/sbin:/sbin:/usr/bin:/bin"):
            self.skipTest("NetworkManager is not installed")
        self.host.exec("mount", "-o", "remount,ro", "/sys")
        self.host.exec("mkdir", "-p", "/run/dbus", PROFILES)
        self.host.exec("sh", "-c", "cat > /etc/NetworkManager/NetworkManager.conf", input=MANAGER)
        self.host.exec("dbus-daemon", "--config-file=/usr/share/dbus-1/system.conf", "--fork")
        self.host.exec("sh", "-c", "NetworkManager > /dev/null 2>&1")
        wait_for(lambda: "lan2:disconnected" in self.devices(), "NetworkManager to see the cards", 30, 0.2)
        self.host.exec("nmcli", "connection", "add", "type", "ethernet", "con-name", "office", "ifname", "lan1", "ipv4.method", "manual", "ipv4.addresses", ADDRESS,
                       "ipv4.dns", "192.0.2.53", "ipv6.method", "disabled")
        self.host.exec("nmcli", "connection", "up", "office")

    def devices(self):
        return self.host.exec("nmcli", "-t", "-f", "DEVICE,STATE", "device", check=False).stdout.split()

    def profiles(self, folder="/etc"):
        """Saved ones, or (/run) those that only NetworkManager's memory has."""
        return sorted(self.host.exec("sh", "-c", f"ls {PROFILES.replace('/etc', folder, 1)} 2>/dev/null || true").split())

    def test_a_bridge_takes_the_addresses_over_and_gives_them_back(self):
        self.assertEqual((self.nic("lan1")["manager"], self.rpc.call("host.nics")["manager"]), ("networkmanager", "networkmanager"))
        change = self.begin("host.nic_create", **self.bridge())
        self.assert_taken_over()
        self.assertEqual(self.profiles(), ["office.nmconnection"])
        self.rpc.call("host.network_confirm", change=change)
        self.assertEqual((self.profiles(), self.profiles("/run")), (["office.nmconnection", "poolcenter-br0.nmconnection", "poolcenter.port-lan1.nmconnection"], []))
        self.assertEqual(self.host.exec("nmcli", "-g", "ipv4.dns", "connection", "show", "poolcenter-br0").strip(), "192.0.2.53")
        self.assertTrue(self.nic("br0").get("made"))
        self.host.exec("nmcli", "networking", "off")
        self.host.exec("nmcli", "networking", "on")
        self.assert_taken_over()
        removal = self.begin("host.nic_delete", name="br0", interrupt=True)
        self.assert_back()
        self.rpc.call("host.network_confirm", change=removal)
        self.assertEqual(self.profiles(), ["office.nmconnection"])

    def test_when_it_does_not_answer_nothing_is_changed_and_said_why(self):
        fake = "/usr/local/sbin/nmcli"
        self.host.exec("sh", "-c", f"cat > {fake} && chmod 755 {fake}", input="#!/bin/sh\nexec sleep 600\n")
        row = self.nic("lan1")
        self.assertEqual((row["addresses"], row.get("manager", "unknown")), ([ADDRESS], "unknown"))
        self.assertIn("'nmcli' failed on the host: it took too long", self.host.log("agent"))
        for method, params in (("host.nic_create", self.bridge()), ("host.nic_delete", {"name": "lan1"})):
            with self.assertRaises(CallError) as caught:
                self.rpc.run(method, **params)
            self.assertEqual((caught.exception.code, caught.exception.object, caught.exception.cause), (PROGRAM_FAILED, "nmcli", "it took too long"))
        self.assertFalse(self.host.pids("sleep"))
        self.host.exec("rm", fake)
        self.make(**self.bridge())
        self.assert_taken_over()

    def test_reverted_all_is_as_it_was(self):
        self.revert(self.begin("host.nic_create", **self.bridge()))
        self.assert_back()
        self.assertEqual((self.profiles(), self.profiles("/run")), (["office.nmconnection"], []))
        self.make(**self.bridge(name="br1", ports=["lan2"], addressing="static", address="198.51.100.7/24"))
        self.assertEqual((self.addresses("br1"), self.master("lan2")), (["198.51.100.7/24"], "br1"))
        made = self.profiles()
        self.revert(self.begin("host.nic_delete", name="br1", interrupt=True))
        wait_for(lambda: self.addresses("br1") == ["198.51.100.7/24"] and self.master("lan2") == "br1", "the bridge to be back", 30, 0.1)
        self.assertEqual(self.profiles(), made)


class TimeoutTest(IfupdownCase):
    options = {"network_confirm_timeout": 3}

    def test_nobody_confirms(self):
        change = self.begin("host.nic_create", **self.bridge())
        self.host.kill_agent()
        self.assert_back()
        self.host.restart_agent()
        self.rpc = self.connect()
        with self.assertRaises(CallError) as caught:
            self.rpc.call("host.network_confirm", change=change)
        self.assertEqual(caught.exception.code, GONE)
        self.assertIsNone(self.rpc.call("host.nics").get("change"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
