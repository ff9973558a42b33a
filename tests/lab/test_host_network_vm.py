# SPDX-License-Identifier: GPL-3.0-or-later
"""Bridges, VLANs and bonds of the host, on the host VM under the agent's real systemd unit: what host.nic_create says is what ip, bridge and
/proc/net/bonding say; what nobody confirms is gone after a minute, whoever was killed meanwhile, and ssh works again."""
import contextlib
import json
import os
import subprocess
import sys
import time
import unittest
from xml.etree import ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "agent")]
import host_vm  # noqa: E402
from agent_client import CallError, Rpc, agent_binary  # noqa: E402
from daemons import AGENT_SOCKET  # noqa: E402
from lab import LabError, wait_for  # noqa: E402

BUSY, NIC, NO_NIC, GONE, FAILED = -32004, -32104, -32105, -32106, -32107
MANAGEMENT = "10.0.2.15/24"
MINUTE = 60
PLAN = "/var/lib/poolagent/host-network/plan.json"

host = None


def setUpModule():
    global host
    host = host_vm.for_module(agent_binary())


def link(name):
    """What `ip -d link` tells of a device; None: there is none."""
    done = host.exec("ip", "-d", "-j", "link", "show", "dev", name, check=False)
    return json.loads(done.stdout)[0] if done.returncode == 0 else None


def addresses(name):
    done = host.exec("ip", "-j", "-4", "address", "show", "dev", name, check=False)
    rows = json.loads(done.stdout or "[]") if done.returncode == 0 else []
    return [f"{item['local']}/{item['prefixlen']}" for row in rows for item in row.get("addr_info", [])]


def files():
    """All that three programs read of the host's network, and what a change leaves."""
    return host.exec("sh", "-c", "cat /etc/network/interfaces; find /etc/systemd/network /run/systemd/network /etc/network/interfaces.d /etc/NetworkManager/system-connections"
                     " /run/NetworkManager/system-connections /var/lib/poolagent/host-network ! -name lock ! -name outcome.json ! -name virbr0.nmconnection -type f 2>/dev/null | sort")


class NetworkCase(unittest.TestCase):
    rpc = None

    def setUp(self):
        self.before = files()
        self.connect()
        self.addCleanup(lambda: self.rpc.close())

    def connect(self):
        if self.rpc:
            self.rpc.close()
        self.rpc = Rpc(host.agent_socket(), timeout=300)
        self.rpc.subscribe()

    def table(self):
        return self.rpc.call("host.nics")

    def nic(self, name):
        return next((row for row in self.table()["nics"] if row["name"] == name), None)

    def begin(self, method, **params):
        """A change in force that waits."""
        task = self.rpc.run(method, timeout=300, **params)
        change = json.loads(task["result"])
        self.assertTrue(change["applied"], change)
        self.assertTrue(0 < change["seconds"] <= MINUTE, change)
        return change["change"]

    def make(self, **params):
        """A device that stays; it goes with the test."""
        change = self.begin("host.nic_create", **params)
        self.rpc.call("host.network_confirm", change=change)
        self.addCleanup(self.remove, params["name"])
        self.assertIsNone(self.table().get("change"))

    def remove(self, name):
        if self.nic(name):
            wait_for(lambda: self.nic(name).get("made"), "its keeper to know it", MINUTE, 0.5)
            self.rpc.call("host.network_confirm", change=self.begin("host.nic_delete", name=name, interrupt=True))
            self.assertIsNone(link(name))

    def refused(self, code, method="host.nic_create", **params):
        with self.assertRaises(CallError) as caught:
            self.rpc.run(method, timeout=300, **params)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return str(caught.exception)

    def configure(self, name, **params):
        self.rpc.call("host.network_confirm", change=self.begin("host.nic_configure", name=name, interrupt=True, **params))

    def wait_bond(self, mode, cards, address):
        """As the kernel tells it."""
        def now():
            said = host.exec("cat", "/proc/net/bonding/bond0", check=False).stdout.splitlines()
            slaves = sorted(line.split()[-1] for line in said if line.startswith("Slave Interface"))
            return slaves, any(mode in line for line in said if line.startswith("Bonding Mode")), addresses("bond0")
        try:
            wait_for(lambda: now() == (cards, True, [address]), "the bond", MINUTE, 0.5)
        except LabError:
            self.assertEqual(now(), (cards, True, [address]))

    def restart_networkd(self):
        host.exec("systemctl", "restart", "systemd-networkd")

    def assert_as_before(self):
        wait_for(lambda: files() == self.before, "everything to be as it was", 30, 0.5)


class RefusalTest(NetworkCase):
    def test_what_cannot_be(self):
        bridge = {"kind": "bridge", "addressing": "none"}
        for sentence, params in [
                ("letters, digits", {**bridge, "name": "br 0"}),
                ("letters, digits", {**bridge, "name": "-br0"}),
                ("letters, digits", {**bridge, "name": "../br0"}),
                ("letters, digits", {**bridge, "name": "br0;reboot"}),
                ("of that name", {**bridge, "name": "lan1"}),
                ("only bridges", {**bridge, "name": "x", "kind": "physical"}),
                ("only network cards", {**bridge, "name": "br0", "ports": ["lo"]}),
                ("twice", {**bridge, "name": "br0", "ports": ["lan1", "lan1"]}),
                ("10.0.2.15/24", {**bridge, "name": "br0", "ports": ["mgmt0"]}),
                ("two network cards", {"name": "bond0", "kind": "bond", "addressing": "none", "ports": ["lan1"]}),
                ("not a mode", {"name": "bond0", "kind": "bond", "addressing": "none", "ports": ["lan1", "lan2"], "bond_mode": "fast"}),
                ("1 to 4094", {"name": "v", "kind": "vlan", "addressing": "none", "parent": "lan1", "vlan": 4095}),
                ("1 to 4094", {"name": "v", "kind": "vlan", "addressing": "none", "parent": "lan1"}),
                ("which network card", {"name": "v", "kind": "vlan", "addressing": "none", "vlan": 7}),
                ("take the addresses", {"name": "v", "kind": "vlan", "addressing": "keep", "parent": "lan1", "vlan": 7}),
                ("without a port", {"name": "br0", "kind": "bridge", "addressing": "keep"}),
                ("not an IPv4 address", {"name": "br0", "kind": "bridge", "addressing": "static", "address": "192.0.2.7"}),
                ("that a host can have", {"name": "br0", "kind": "bridge", "addressing": "static", "address": "192.0.2.0/24"}),
                ("that a host can have", {"name": "br0", "kind": "bridge", "addressing": "static", "address": "192.0.2.255/24"}),
                ("that a host can have", {"name": "br0", "kind": "bridge", "addressing": "static", "address": "127.0.0.7/8"}),
                ("that a host can have", {"name": "br0", "kind": "bridge", "addressing": "static", "address": "224.0.0.7/24"}),
                ("'lan1' has none", {"name": "br0", "kind": "bridge", "addressing": "keep", "ports": ["lan1", "mgmt0"], "interrupt": True}),
                ("not in the network", {"name": "br0", "kind": "bridge", "addressing": "static", "address": "192.0.2.7/24", "gateway": "192.0.2.255"}),
                ("not in the network", {"name": "br0", "kind": "bridge", "addressing": "static", "address": "192.0.2.7/24", "gateway": "192.0.3.1"})]:
            with self.subTest(sentence=sentence, params=params):
                self.assertIn(sentence, self.refused(NIC, **params))
        self.refused(NO_NIC, **bridge, name="br0", ports=["lan9"])
        self.refused(-32602, **bridge, name="a-name-of-more-than-15")
        self.refused(NO_NIC, "host.nic_delete", name="br0")
        self.assertIn("has not made it", self.refused(NIC, "host.nic_delete", name="lan1"))
        with self.assertRaises(CallError) as caught:
            self.rpc.call("host.network_confirm", change="00000000-0000-4000-8000-000000000000")
        self.assertEqual(caught.exception.code, GONE)
        self.assert_as_before()

    def test_one_change_at_a_time(self):
        change = self.begin("host.nic_create", name="br0", kind="bridge", addressing="none", ports=["lan1"])
        self.assertIn("'br0'", self.refused(BUSY, name="br1", kind="bridge", addressing="none"))
        waiting = self.table()["change"]
        self.assertEqual((waiting["change"], waiting["nic"]), (change, "br0"))
        self.assertIn("in 'br0' already", self.refused(NIC, name="br1", kind="bridge", addressing="none", ports=["lan1"]))
        self.rpc.run("host.network_revert", timeout=300, change=change)
        self.assertIsNone(link("br0"))
        self.assertNotIn("master", link("lan1"))
        self.assert_as_before()


class NetworkdTest(NetworkCase):
    def test_a_bridge_stays_when_confirmed(self):
        self.make(name="br0", kind="bridge", addressing="none", ports=["lan1"])
        self.assertEqual(link("br0")["linkinfo"]["info_kind"], "bridge")
        self.assertIn("master br0", host.exec("bridge", "link", "show", "dev", "lan1"))
        self.restart_networkd()
        self.assertIn("master br0", host.exec("bridge", "link", "show", "dev", "lan1"))
        row = self.nic("br0")
        self.assertEqual((row["kind"], row["ports"], row["manager"], row.get("made")), ("bridge", ["lan1"], "networkd", True))
        wait_for(lambda: "br0" in self.networks(), "the bridge to be in the inventory", 30, 0.2)
        self.remove("br0")
        self.assertNotIn("master", link("lan1"))
        self.assert_as_before()

    def test_vlans_on_a_card(self):
        self.make(name="lan1.7", kind="vlan", addressing="static", address="192.0.2.7/24", parent="lan1", vlan=7)
        self.make(name="blue", kind="vlan", addressing="none", parent="lan1", vlan=8)
        data = link("lan1.7")["linkinfo"]
        self.assertEqual((data["info_kind"], data["info_data"]["id"], link("lan1.7")["link"]), ("vlan", 7, "lan1"))
        wait_for(lambda: addresses("lan1.7") == ["192.0.2.7/24"], "the VLAN's address", 30, 0.2)
        self.restart_networkd()
        self.assertEqual(link("blue")["linkinfo"]["info_data"]["id"], 8)
        self.assertIn("has this tag", self.refused(NIC, name="other", kind="vlan", addressing="none", parent="lan1", vlan=8))
        self.assertIn("stands on it", self.refused(NIC, name="br0", kind="bridge", addressing="none", ports=["lan1"]))
        self.assertIn("192.0.2.7", self.refused(NIC, "host.nic_delete", name="lan1.7"))
        self.remove("lan1.7")
        self.assertEqual(link("blue")["linkinfo"]["info_data"]["id"], 8)
        self.remove("blue")
        self.assert_as_before()

    def test_a_bond_and_a_bridge_on_it(self):
        self.make(name="bond0", kind="bond", addressing="none", ports=["lan1", "lan2"], bond_mode="balance-rr")
        said = host.exec("cat", "/proc/net/bonding/bond0")
        self.assertIn("round-robin", said)
        self.assertEqual(sorted(line.split()[-1] for line in said.splitlines() if line.startswith("Slave Interface")), ["lan1", "lan2"])
        self.make(name="br0", kind="bridge", addressing="none", ports=["bond0"])
        self.assertIn("master br0", host.exec("bridge", "link", "show", "dev", "bond0"))
        self.restart_networkd()
        self.assertIn("master br0", host.exec("bridge", "link", "show", "dev", "bond0"))
        self.assertIn("'br0' stands on it", self.refused(NIC, "host.nic_delete", name="bond0"))
        self.remove("br0")
        self.remove("bond0")
        self.assert_as_before()

    def test_a_kept_bond_is_changed(self):
        """Mode, cards and address of a bond: taken back, and kept."""
        first, second = "198.51.100.7/24", "198.51.100.8/24"
        self.make(name="bond0", kind="bond", addressing="static", address=first, ports=["lan1", "lan2"], bond_mode="balance-rr", interrupt=True)
        self.wait_bond("round-robin", ["lan1", "lan2"], first)
        made = files()
        change = self.begin("host.nic_configure", name="bond0", interrupt=True, bond_mode="active-backup", addressing="static", address=second, ports={"items": ["lan2", "lan3"]})
        self.wait_bond("active-backup", ["lan2", "lan3"], second)
        self.rpc.run("host.network_revert", timeout=300, change=change)
        self.wait_bond("round-robin", ["lan1", "lan2"], first)
        wait_for(lambda: files() == made, "the files to be as they were", 30, 0.5)
        self.configure("bond0", bond_mode="active-backup", ports={"items": ["lan2", "lan3"]})
        self.wait_bond("active-backup", ["lan2", "lan3"], first)
        self.assertNotIn("master", link("lan1"))
        self.remove("bond0")
        self.assert_as_before()

    def test_a_bridge_that_a_network_uses_is_not_removed(self):
        self.make(name="br0", kind="bridge", addressing="none")
        host.virsh("net-define", "/dev/stdin", input="<network><name>user</name><forward mode='bridge'/><bridge name='br0'/></network>")
        self.addCleanup(host.virsh, "net-undefine", "user", check=False)
        wait_for(lambda: "user" in self.networks(), "the agent to know the network", 30, 0.2)
        self.assertIn("'user'", self.refused(NIC, "host.nic_delete", name="br0"))
        host.virsh("net-undefine", "user")
        wait_for(lambda: "user" not in self.networks(), "the agent to forget the network", 30, 0.2)
        self.remove("br0")

    def networks(self):
        return [network["name"] for network in self.rpc.inventory()["networks"]]

    def test_a_removal_that_is_taken_back(self):
        self.make(name="br0", kind="bridge", addressing="none", ports=["lan2"])
        made = files()
        change = self.begin("host.nic_delete", name="br0")
        self.assertIsNone(link("br0"))
        self.rpc.run("host.network_revert", timeout=300, change=change)
        wait_for(lambda: "master br0" in host.exec("bridge", "link", "show", "dev", "lan2"), "the port to be back", 30, 0.2)
        self.assertEqual(files(), made)

    def test_what_does_not_come_up_is_taken_back_at_once(self):
        # A file of the administrator's that comes before ours keeps the card out of the bridge.
        host.write("/etc/systemd/network/00-a.network", "[Match]\nName=lan3\n[Network]\nLinkLocalAddressing=no\n")
        self.addCleanup(host.exec, "sh", "-c", "rm -f /etc/systemd/network/00-a.network; networkctl reload")
        before = files()
        self.assertIn("does not show the change", self.refused(FAILED, name="br0", kind="bridge", addressing="none", ports=["lan3"]))
        self.assertIsNone(link("br0"))
        self.assertEqual(files(), before)


CARD_ADDRESS = "192.0.2.5/24"


class OtherKeeper:
    """The cards belong to another program than the one that ssh comes by: the same road for each, judged by ip and the kernel."""
    CARDS = ["lan1", "lan2"]

    def setUp(self):
        self.prepare()
        super().setUp()

    def assert_bond(self, address, **upper):
        """The bond has both cards, what is said about it stands on it, and one device has the address."""
        def now():
            slaves = [line.split()[-1] for line in host.exec("cat", "/proc/net/bonding/bond0", check=False).stdout.splitlines() if line.startswith("Slave Interface")]
            return sorted(slaves), (link("bond0") or {}).get("master"), {name: addresses(name) for name in ("lan1", "bond0", "br0") if addresses(name)}
        wanted = (self.CARDS, upper.get("master"), {address: [CARD_ADDRESS]})
        try:
            wait_for(lambda: now() == wanted, "the bond", MINUTE, 0.5)
        except LabError:
            self.assertEqual(now(), wanted)
        self.wait_for_keeper(address)

    def wait_for_keeper(self, device):
        """Until the keeper itself says that the device is done."""

    def test_a_bond_a_bridge_on_it_and_a_vlan_on_that(self):
        self.assertEqual(self.nic("lan1")["manager"], self.keeper)
        bridge = {"name": "br0", "kind": "bridge", "addressing": "keep", "ports": ["bond0"], "interrupt": True}
        self.make(name="bond0", kind="bond", addressing="keep", ports=self.CARDS, bond_mode="balance-rr", interrupt=True)
        self.assert_bond("bond0")
        self.assertIn("round-robin", host.exec("cat", "/proc/net/bonding/bond0"))
        made = files()
        self.rpc.run("host.network_revert", timeout=300, change=self.begin("host.nic_create", **bridge))
        self.assertIsNone(link("br0"))
        self.assert_bond("bond0")
        wait_for(lambda: files() == made, "the files to be as they were", 30, 0.5)
        self.make(**bridge)
        self.assert_bond("br0", master="br0")
        self.make(name="a7", kind="vlan", addressing="static", address="198.51.100.7/24", parent="br0", vlan=7)  # its file is read before the bridge's
        self.start_anew()
        self.assert_bond("br0", master="br0")
        wait_for(lambda: addresses("a7") == ["198.51.100.7/24"], "the VLAN's address", MINUTE, 0.5)
        data = link("a7")
        self.assertEqual((data["linkinfo"]["info_kind"], data["linkinfo"]["info_data"]["id"], data["link"]), ("vlan", 7, "br0"))
        wait_for(lambda: self.nic("a7").get("manager") == self.keeper, "its keeper to have it again", MINUTE, 0.5)
        row = self.nic("a7")
        self.assertEqual((row["kind"], row["vlan"], row["parent"], row.get("made")), ("vlan", 7, "br0", True))
        self.assertIn("'br0' stands on it", self.refused(NIC, "host.nic_delete", name="bond0"))
        self.remove("a7")
        self.remove("br0")
        self.assert_bond("bond0")
        self.remove("bond0")
        wait_for(lambda: addresses("lan1") == [CARD_ADDRESS] and "master" not in link("lan1"), "the card to be as it was", MINUTE, 0.5)
        self.assert_as_before()


class IfupdownTest(OtherKeeper, NetworkCase):
    keeper = "ifupdown"
    TEXT = f"""# The administrator's words
auto lo
iface lo inet loopback
auto lan1
iface lan1 inet static
    address {CARD_ADDRESS}
auto lan2
iface lan2 inet manual
source /etc/network/interfaces.d/*
"""

    def prepare(self):
        self.addCleanup(host.write, "/etc/network/interfaces", host.exec("cat", "/etc/network/interfaces"))  # or it brings the cards up for others
        host.write("/etc/network/interfaces", self.TEXT)
        self.addCleanup(host.exec, "ifdown", "--force", *self.CARDS)
        host.exec("ifup", *self.CARDS)

    def start_anew(self):
        """As when the host is started, but for what is not ifupdown's."""
        host.exec("ifdown", "-a")
        host.exec("ifup", "-a")


class ManagerTest(OtherKeeper, NetworkCase):
    keeper = "networkmanager"

    def prepare(self):
        host.exec("systemctl", "start", "NetworkManager")
        self.addCleanup(host.exec, "systemctl", "stop", "NetworkManager")
        wait_for(lambda: "lan2:disconnected" in self.devices(), "NetworkManager to see the cards", MINUTE, 0.5)
        # Or "networking off" takes the address of ssh's card, and no call is answered any more: the image's list of what NetworkManager leaves alone has
        # exceptions only, and means all other cards only until an interfaces file adds a card to it.
        self.assertIn("mgmt0:unmanaged", self.devices())
        host.exec("nmcli", "connection", "add", "type", "ethernet", "con-name", "office", "ifname", "lan1", "ipv4.method", "manual", "ipv4.addresses", CARD_ADDRESS,
                  "ipv6.method", "disabled")
        self.addCleanup(host.exec, "nmcli", "connection", "delete", "office")
        host.exec("nmcli", "connection", "up", "office")
        self.wait_for_keeper("lan1")

    def wait_for_keeper(self, device):
        wait_for(lambda: f"{device}:connected" in self.devices(), f"NetworkManager to be done with {device}", MINUTE, 0.5)  # the address can be there earlier

    def devices(self):
        return host.exec("nmcli", "-t", "-f", "DEVICE,STATE", "device", check=False).stdout.split()

    def start_anew(self):
        host.exec("nmcli", "networking", "off")
        host.exec("nmcli", "networking", "on")


class OpenVswitchTest(NetworkCase):
    """VLAN tags of VMs' cards, as Open vSwitch itself tells them."""
    VM = """<domain type='qemu'><name>tagged</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='q35'>hvm</type></os>
<devices><memballoon model='none'/></devices></domain>"""
    MAC = "52:54:00:00:07:01"

    def setUp(self):
        host.exec("systemctl", "start", "openvswitch-switch")
        self.addCleanup(host.exec, "systemctl", "stop", "openvswitch-switch")
        self.addCleanup(host.exec, "ovs-vsctl", "--if-exists", "del-br", "ovs0")
        host.exec("ovs-vsctl", "add-br", "ovs0")
        super().setUp()
        host.virsh("define", "/dev/stdin", input=self.VM)
        self.addCleanup(host.virsh, "undefine", "tagged", check=False)
        self.addCleanup(host.virsh, "destroy", "tagged", check=False)
        wait_for(lambda: self.rpc.vm("tagged"), "the agent to see the VM", MINUTE, 0.2)
        self.vm = self.rpc.vm("tagged")["id"]

    def tags(self):
        """Of the ports that are VMs' cards."""
        taps = {node.get("dev") for node in ElementTree.fromstring(host.virsh("dumpxml", "tagged")).findall("devices/interface/target")}
        ports = json.loads(host.exec("ovs-vsctl", "--format=json", "--columns=name,tag", "list", "Port"))["data"]
        return [tag for name, tag in ports if name in taps]

    def card(self, **settings):
        nic = {"mac": self.MAC, **settings}
        self.rpc.run("vm.configure", timeout=300, vm=self.vm, config={"nics": {"items": [nic]}})

    def test_tags_of_a_network_and_of_a_card(self):
        self.assertTrue(self.nic("ovs0")["open_vswitch"])
        self.assertIn("Open vSwitch", self.refused_network(name="plain", mode="bridge", bridge="br9", vlan=7))
        self.rpc.run("network.create", timeout=300, config={"name": "blue", "mode": "bridge", "bridge": "ovs0", "vlan": 7}, start=True)
        self.addCleanup(host.virsh, "net-undefine", "blue", check=False)
        self.addCleanup(host.virsh, "net-destroy", "blue", check=False)
        wait_for(lambda: self.blue(), "the agent to see the network", MINUTE, 0.2)
        for tag, settings in ((7, {}), (9, {"key": self.MAC, "vlan": 9})):
            self.card(network=self.blue(), **settings)
            self.rpc.run("vm.start", timeout=300, vm=self.vm)
            self.assertEqual(self.tags(), [tag])
            self.rpc.run("network.restart", timeout=300, network=self.blue())
            self.assertEqual(self.tags(), [tag])
            self.rpc.run("vm.force_off", timeout=300, vm=self.vm)

    def blue(self):
        return next((network["id"] for network in self.rpc.inventory()["networks"] if network["name"] == "blue"), None)

    def refused_network(self, **config):
        with self.assertRaises(CallError) as caught:
            self.rpc.run("network.create", timeout=300, config=config, start=True)
        return str(caught.exception)


class ManagementTest(NetworkCase):
    """The card that ssh comes by."""

    def bridge(self, **params):
        return {"name": "br0", "kind": "bridge", "addressing": "keep", "ports": ["mgmt0"], "interrupt": True, **params}

    def assert_back(self):
        wait_for(lambda: not link("br0") and addresses("mgmt0") == [MANAGEMENT], "the card to be as it was", 60, 0.5)
        self.assert_as_before()

    def test_a_bridge_takes_the_addresses_over(self):
        card = link("mgmt0")["address"]
        self.make(**self.bridge())
        self.assertEqual((addresses("br0"), addresses("mgmt0")), ([MANAGEMENT], []))
        self.assertEqual(link("br0")["address"], card)
        self.restart_networkd()  # which gives the address anew when it gets to it
        wait_for(lambda: (addresses("br0"), addresses("mgmt0")) == ([MANAGEMENT], []), "the bridge to have the address again", 30, 0.2)
        self.remove("br0")
        self.assert_back()

    def test_unconfirmed_it_goes_although_the_agent_was_killed(self):
        self.begin("host.nic_create", **self.bridge())
        begun = time.monotonic()
        self.assertEqual(addresses("br0"), [MANAGEMENT])
        host.kill_agent()
        wait_for(lambda: not link("br0"), "the change to be taken back", 3 * MINUTE, 1)
        self.assertGreater(time.monotonic() - begun, MINUTE - 10)
        self.assert_back()
        host.start_agent()

    def test_its_process_killed(self):
        self.begin("host.nic_create", **self.bridge())
        host.exec("pkill", "-KILL", "-f", "network-change")
        wait_for(lambda: not link("br0"), "the change to be taken back", MINUTE, 0.5)
        self.assert_back()

    def test_agent_and_process_killed(self):
        self.begin("host.nic_create", **self.bridge())
        host.exec("sh", "-c", "systemctl stop 'run-*.service'; systemctl kill -s KILL --kill-whom=main poolagentd")
        self.assertEqual(addresses("br0"), [MANAGEMENT])
        wait_for(lambda: not host.agent_pid(), "the agent to end", 20)
        host.start_agent()
        wait_for(lambda: not link("br0"), "the next agent to take the change back", MINUTE, 0.5)
        self.assert_back()

    def test_locked_out_for_a_minute(self):
        """No address at all: nobody hears the answer, nobody can confirm, and a minute later ssh works."""
        self.rpc.send("host.nic_create", **self.bridge(addressing="none"))
        wait_for(lambda: not self.reachable(), "ssh to fail", MINUTE, 0.2)
        begun = time.monotonic()
        wait_for(self.reachable, "ssh to work again", 4 * MINUTE, 1)
        self.assertGreater(time.monotonic() - begun, MINUTE - 20)
        host.close_ssh()
        host.exec("true")
        host.forward(AGENT_SOCKET, host.agent_socket())
        self.connect()
        self.assert_back()

    def reachable(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            return subprocess.run(host.ssh("-o", "ControlPath=none", "-o", "ConnectTimeout=5", "root@127.0.0.1", "true"), stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=20, check=False).returncode == 0
        return False

    def test_what_waits_is_not_on_the_disk(self):
        """A host that is started anew meanwhile comes up as it was."""
        self.begin("host.nic_create", **self.bridge())
        self.assertNotIn("/etc/systemd/network/00-poolcenter", files())
        self.rpc.run("host.network_revert", timeout=300, change=self.table()["change"]["change"])
        self.assert_back()


class RebootTest(NetworkCase):
    """The host is started anew while a change waits, or after it was confirmed."""

    def reboot(self, **how):
        host.reboot(**how)
        self.connect()
        wait_for(lambda: not self.table().get("change"), "the agent to have taken back what waited", MINUTE, 0.5)

    def test_what_waited_is_gone_and_what_was_confirmed_is_there(self):
        host.exec("systemctl", "enable", "poolagentd")
        self.make(name="bond0", kind="bond", addressing="none", ports=["lan1", "lan2"], bond_mode="balance-rr")
        self.make(name="lan3.7", kind="vlan", addressing="static", address="192.0.2.7/24", parent="lan3", vlan=7)
        confirmed = files()
        self.begin("host.nic_create", name="br0", kind="bridge", addressing="keep", ports=["mgmt0"], interrupt=True)
        self.reboot()
        wait_for(lambda: (addresses("mgmt0"), addresses("lan3.7")) == ([MANAGEMENT], ["192.0.2.7/24"]), "the network", MINUTE, 0.5)
        self.assertIsNone(link("br0"))
        self.assertEqual([link(name).get("master") for name in ("mgmt0", "lan1", "lan2")], [None, "bond0", "bond0"])
        self.assertIn("round-robin", host.exec("cat", "/proc/net/bonding/bond0"))
        self.assertEqual(files(), confirmed)
        # A removal that waits is taken back, too; this time the power fails.
        self.begin("host.nic_delete", name="lan3.7", interrupt=True)
        self.assertIsNone(link("lan3.7"))
        self.reboot(power_fails=True)
        wait_for(lambda: addresses("lan3.7") == ["192.0.2.7/24"], "the VLAN to be back", MINUTE, 0.5)
        self.assertEqual(files(), confirmed)


if __name__ == "__main__":
    unittest.main(verbosity=2)
