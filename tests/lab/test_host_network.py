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
from lab import Host, LabError, wait_for  # noqa: E402
from nic_lab import ADDRESS, INTERFACES  # noqa: E402
from poolctl import CtlError, Poolctl  # noqa: E402

NIC, GONE, BROKEN, PROGRAM_FAILED = -32104, -32106, -32108, -32061
FIXED = "198.51.100.7/24"
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

    def ended(self):
        """How the last change ended, as host.nics tells."""
        end = self.rpc.call("host.nics")["ended"]
        return end["change"], end["nic"], end["result"]

    def refused(self, code, method, **params):
        with self.assertRaises(CallError) as caught:
            self.rpc.run(method, timeout=120, **params)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return str(caught.exception)

    def revert(self, change):
        self.rpc.run("host.network_revert", timeout=120, change=change)

    def bridge(self, **params):
        return {"name": "br0", "kind": "bridge", "addressing": "keep", "ports": ["lan1"], "interrupt": True, **params}

    def configure(self, **params):
        self.rpc.call("host.network_confirm", change=self.begin("host.nic_configure", interrupt=True, **params))

    def ports(self, bridge):
        return sorted(row["ifname"] for row in json.loads(self.host.exec("ip", "-j", "link", "show", "master", bridge)))

    def mac(self, name):
        return json.loads(self.host.exec("ip", "-j", "link", "show", "dev", name))[0]["address"]

    def plug_guest(self, bridge):
        """A VM's card, as libvirt connects it."""
        self.host.exec("ip", "tuntap", "add", "dev", "vnet9", "mode", "tap")
        self.host.exec("ip", "link", "set", "dev", "vnet9", "master", bridge)

    def wait_bridge(self, addresses, *ports):
        """Afterwards the bridge has these addresses and ports, and still the guest."""
        wanted = (addresses, sorted([*ports, "vnet9"]))
        try:
            wait_for(lambda: (self.addresses("br0"), self.ports("br0")) == wanted, "the bridge", 30, 0.1)
        except LabError:
            self.assertEqual((self.addresses("br0"), self.ports("br0")), wanted)

    def refused_change(self, sentence, **params):
        with self.assertRaises(CallError) as caught:
            self.rpc.run("host.nic_configure", **{"name": "br0", "interrupt": True, **params})
        self.assertEqual(caught.exception.code, NIC)
        self.assertIn(sentence, str(caught.exception))

    def change_a_kept_bridge(self, saved, without_cards):
        """Ports come and go, the address changes; what nobody keeps goes back; guests stay connected. saved: what tells the keeper's lasting settings;
        without_cards: the addresses that it leaves a bridge whose cable is out."""
        self.make(**self.bridge())
        self.assert_taken_over()
        self.plug_guest("br0")
        first = saved()
        card = self.mac("lan1")
        self.refused_change("like that already", ports={"items": ["lan1"]})
        self.refused_change("only a VLAN", vlan=7)
        self.refused_change("needs a fixed address", gateway="192.0.2.1")
        self.refused_change("not in the network", addressing="static", address="192.0.2.7/24", gateway="192.0.3.1")
        self.refused_change(ADDRESS, ports={"items": ["lan1", "lan2"]}, interrupt=False)
        for params, addresses, ports in (({"ports": {"items": ["lan1", "lan2"]}}, [ADDRESS], ["lan1", "lan2"]), ({"ports": {}}, without_cards, []),
                                         ({"addressing": "static", "address": FIXED}, [FIXED], ["lan1"]), ({"addressing": "none", "ports": {"items": ["lan2"]}}, [], ["lan2"])):
            with self.subTest(params=params):
                change = self.begin("host.nic_configure", name="br0", interrupt=True, **params)
                self.wait_bridge(addresses, *ports)
                self.revert(change)
                self.wait_bridge([ADDRESS], "lan1")
                self.assertEqual((saved(), self.mac("br0")), (first, card))
        self.configure(name="br0", ports={"items": ["lan1", "lan2"]})
        self.wait_bridge([ADDRESS], "lan1", "lan2")
        self.configure(name="br0", addressing="static", address=FIXED)
        self.wait_bridge([FIXED], "lan1", "lan2")
        self.configure(name="br0", ports={"items": ["lan2"]})
        self.wait_bridge([FIXED], "lan2")
        wait_for(lambda: self.addresses("lan1") == [ADDRESS] and self.master("lan1") is None, "the card to have its own settings", 30, 0.1)
        self.assertEqual((self.mac("lan1"), self.mac("br0")), (card, self.mac("lan2")))

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
        self.rpc.call("host.network_confirm", change=change)  # by one who has not heard the first answer
        self.assertEqual(self.ended(), (change, "br0", "kept"))
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
        change = self.begin("host.nic_create", **self.bridge())
        self.revert(change)
        self.assertEqual(self.ended(), (change, "br0", "reverted"))
        self.assert_back()
        self.make(**self.bridge(name="br1", ports=["lan2"], addressing="static", address="198.51.100.7/24", gateway="198.51.100.1"))
        self.assertEqual((self.addresses("br1"), self.master("lan2")), (["198.51.100.7/24"], "br1"))
        made = self.files()
        self.revert(self.begin("host.nic_delete", name="br1", interrupt=True))
        wait_for(lambda: self.addresses("br1") == ["198.51.100.7/24"], "the bridge to be back", 30, 0.1)
        self.assertEqual(self.files(), made)
        self.assertNotEqual(made, before)

    def test_a_kept_bridge_is_changed(self):
        before = self.files()
        self.change_a_kept_bridge(lambda: self.host.exec("sh", "-c", f"cat {INTERFACES} /etc/network/interfaces.d/*"), [ADDRESS])
        self.host.exec("ifdown", "br0")
        self.assertFalse(self.exists("br0"))
        self.host.exec("ifup", "-a")
        wait_for(lambda: (self.addresses("br0"), self.ports("br0"), self.addresses("lan1")) == ([FIXED], ["lan2"], [ADDRESS]), "the same after a restart", 30, 0.1)
        self.rpc.call("host.network_confirm", change=self.begin("host.nic_delete", name="br0", interrupt=True))
        self.assertEqual(sorted(self.files().split()), sorted(before.replace("auto lo lan1", "auto lo auto lan1").split()))

    def test_a_card_that_is_only_switched_on_has_nothing_to_keep(self):
        """The address that it has given itself is nobody's settings."""
        self.host.exec("ip", "link", "set", "lan2", "up")
        wait_for(lambda: any(address.startswith("fe80:") for address in self.nic("lan2").get("addresses", [])), "a link-local address", 20, 0.1)
        self.make(**self.bridge(ports=["lan2"], interrupt=False))
        self.assertEqual(self.master("lan2"), "br0")

    def ifupdown_reads(self, name):
        """Whether ifupdown itself sees a device in the file that would be its own."""
        path = f"/etc/network/interfaces.d/poolcenter-{name}"
        self.host.exec("sh", "-c", f"cat > {path}", input=f"auto {name}\niface {name} inet manual\n")
        seen = name in self.host.exec("ifquery", "--list").split()
        self.host.exec("rm", path)
        return seen

    def test_what_would_not_be_read_at_the_next_start_is_refused(self):
        for line, name, reads in [("", "br0", False), ("#source /etc/network/interfaces.d/*", "br0", False), ("source /etc/network/interfaces.d/*.cfg", "br0", False),
                                  ("source-directory /etc/network/interfaces.d", "br0.10", False), ("source-directory interfaces.d", "br0", True),
                                  ("source interfaces.d/*", "br0.10", True)]:
            with self.subTest(line=line, name=name):
                nic_lab.write(self.host, nic_lab.TEXT.replace("source /etc/network/interfaces.d/*", line))
                self.assertEqual(self.ifupdown_reads(name), reads)
                bridge = self.bridge(name=name, addressing="none", ports=["lan2"])
                if reads:
                    self.revert(self.begin("host.nic_create", **bridge))
                else:
                    self.assertIn(f"interfaces.d/poolcenter-{name}", self.refused(NIC, "host.nic_create", **bridge))

    def test_the_addresses_that_move_are_those_of_the_first_port(self):
        self.assertIn("'lan2' has none", self.refused(NIC, "host.nic_create", **self.bridge(ports=["lan2", "lan1"])))
        self.assertEqual(self.addresses("lan1"), [ADDRESS])
        self.revert(self.begin("host.nic_create", **self.bridge(ports=["lan1", "lan2"])))
        self.assert_back()

    def test_what_cannot_be_taken_back_is_said(self):
        fake = "/usr/local/sbin/ifup"
        change = self.begin("host.nic_create", **self.bridge())
        self.host.exec("sh", "-c", f"mkdir -p /usr/local/sbin && cat > {fake} && chmod 755 {fake}", input="#!/bin/sh\necho no such luck >&2\nexit 1\n")
        sentence = self.refused(BROKEN, "host.network_revert", change=change)
        self.assertIn("ifup: ", sentence)
        self.assertEqual(self.ended(), (change, "br0", "broken"))
        self.assertIn("no such luck", self.rpc.call("host.nics")["ended"]["cause"])
        self.assertEqual(self.addresses("lan1"), [])
        self.host.exec("rm", fake)
        self.host.exec("ifup", "--force", "lan1")
        self.revert(self.begin("host.nic_create", **self.bridge()))
        self.assert_back()

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
            ctl("host", "nic-configure", "br0", "--port", "lan1", "--port", "lan2", "--interrupt")
            self.assertEqual(self.ports("br0"), ["lan1", "lan2"])
            ctl("host", "nic-confirm")
            ctl("host", "nic-configure", "br0", "--port", "lan1", "--address", FIXED, "--interrupt")
            self.assertEqual((self.ports("br0"), self.addresses("br0")), (["lan1"], [FIXED]))
            ctl("host", "nic-revert")
            ctl("host", "nic-configure", "br0", "--port", "lan1", "--interrupt")
            ctl("host", "nic-confirm")
            self.assert_taken_over()
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

    SETTINGS = {"ipv4.dns-search": "a.example", "ipv4.routes": "198.51.100.0/24 192.0.2.1", "ipv4.route-metric": "77", "ipv4.never-default": "yes",
                "ipv4.dhcp-client-id": "mac", "ipv6.method": "manual", "ipv6.addresses": "2001:db8::5/64", "ipv6.gateway": "2001:db8::1", "ipv6.dns": "2001:db8::53",
                "ipv6.dns-search": "b.example", "ipv6.routes": "2001:db8:1::/48 2001:db8::2"}

    def settings(self, profile):
        return self.host.exec("nmcli", "-e", "no", "-g", ",".join(self.SETTINGS), "connection", "show", profile)

    def test_all_settings_move_and_a_card_that_is_gone_leaves_no_profile(self):
        self.host.exec("nmcli", "connection", "modify", "office", "ipv4.gateway", "192.0.2.1")
        self.host.exec("nmcli", "connection", "modify", "office", *(word for pair in self.SETTINGS.items() for word in pair))
        self.host.exec("nmcli", "connection", "up", "office")
        self.make(**self.bridge())
        self.assertEqual(self.settings("poolcenter-br0"), self.settings("office"))
        self.assertIn("2001:db8:1::/48", self.settings("office"))
        self.assertIn("via 2001:db8::2", self.host.exec("ip", "-6", "route", "show", "dev", "br0"))
        before = self.profiles()
        self.make(**self.bridge(name="br1", ports=["lan2"], addressing="none"))
        self.assertIn("poolcenter.port-lan2.nmconnection", self.profiles())
        self.host.exec("ip", "link", "delete", "lan2")
        wait_for(lambda: not self.nic("lan2"), "the card to be gone", 20, 0.1)
        self.rpc.call("host.network_confirm", change=self.begin("host.nic_delete", name="br1"))
        self.assertEqual(self.profiles(), before)

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

    def saved(self):
        """The profiles in the files, and NetworkManager's settings of the bridge."""
        keys = "ipv4.method,ipv4.addresses,ipv4.gateway,ipv4.dns,ipv6.method,bridge.mac-address,connection.autoconnect"
        return self.profiles(), self.profiles("/run"), self.host.exec("nmcli", "-g", keys, "connection", "show", "poolcenter-br0")

    def test_a_kept_bridge_is_changed(self):
        self.change_a_kept_bridge(self.saved, [ADDRESS])
        self.assertEqual(self.profiles("/run"), [])
        self.host.exec("nmcli", "networking", "off")
        self.host.exec("nmcli", "networking", "on")
        wait_for(lambda: (self.addresses("br0"), self.ports("br0"), self.addresses("lan1")) == ([FIXED], ["lan2"], [ADDRESS]), "the same after a restart", 30, 0.1)
        self.rpc.call("host.network_confirm", change=self.begin("host.nic_delete", name="br0", interrupt=True))
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


class NetworkdTest(Case):
    """systemd-networkd without systemd; the rest of it is in test_host_network_vm.py."""
    PROGRAM = "/lib/systemd/systemd-networkd"
    PREPARE = """grep -q ^systemd-network: /etc/passwd || echo systemd-network:x:998:998::/:/usr/sbin/nologin >> /etc/passwd
grep -q ^systemd-network: /etc/group || echo systemd-network:x:998: >> /etc/group
mkdir -p /run/dbus /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp /etc/systemd/network
chown -R systemd-network: /run/systemd/netif"""

    def prepare(self):
        if not os.path.exists(self.PROGRAM):
            self.skipTest("systemd-networkd is not installed")
        self.host.exec("sh", "-c", self.PREPARE)
        self.host.exec("mount", "-o", "remount,ro", "/sys")  # it waits for udev where that may be written to
        self.host.exec("dbus-daemon", "--config-file=/usr/share/dbus-1/system.conf", "--fork")
        self.host.exec("sh", "-c", "cat > /etc/systemd/network/10-lan1.network", input=f"[Match]\nName=lan1\n[Network]\nAddress={ADDRESS}\nLinkLocalAddressing=no\n")
        self.host.exec("sh", "-c", f"{self.PROGRAM} > /dev/null 2>&1 &")
        wait_for(lambda: self.addresses("lan1") == [ADDRESS], "systemd-networkd to give the address", 30, 0.1)

    def files(self):
        return self.host.exec("sh", "-c", "ls /etc/systemd/network /run/systemd/network 2>/dev/null; cat /etc/systemd/network/*")

    def test_a_kept_bridge_is_changed(self):
        before = self.host.exec("ls", "/etc/systemd/network")
        self.change_a_kept_bridge(self.files, [])
        self.rpc.call("host.network_confirm", change=self.begin("host.nic_delete", name="br0", interrupt=True))
        self.assertFalse(self.exists("br0"))
        self.assertEqual(self.host.exec("ls", "/etc/systemd/network"), before)


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
