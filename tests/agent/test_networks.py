# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks of a real host (tests/lab): what network.* says it has done is what virsh and ip see."""
import json
import os
import sys
import unittest
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
from agent_client import Refusals, agent_binary, connect_when_known  # noqa: E402
from lab import Host, wait_for  # noqa: E402

NOT_SUPPORTED, NETWORK_EXISTS, NETWORK_SETTING, NETWORK_CHANGED, NETWORK_IN_USE = -32012, -32100, -32101, -32102, -32103

LIBVIRT, NETWORK_CARDS = -32010, -32109

host = None


def setUpModule():
    global host
    if os.geteuid() != 0:
        raise unittest.SkipTest("a lab host needs root")
    host = Host(f"networks-{os.getpid()}", agent=agent_binary())
    unittest.addModuleCleanup(host.__exit__, None, None, None)
    host.up()


def domain(name, network, mac, kind="network"):
    return f"""<domain type='qemu'><name>{name}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices><interface type='{kind}'><source {kind}='{network}'/><mac address='{mac}'/><model type='virtio'/></interface></devices></domain>"""


class NetworkCase(Refusals, unittest.TestCase):
    def setUp(self):
        self.rpc = wait_for(self.connect, "the agent to know its datastore", 60, 0.1)
        self.addCleanup(self.rpc.close)

    def connect(self):
        return connect_when_known(host.agent_socket(), "local")

    def forget(self, name):
        host.virsh("net-destroy", name, check=False)
        host.virsh("net-undefine", name, check=False)

    def make(self, name, mode="nat", start=True, **settings):
        self.addCleanup(self.forget, name)
        task = self.rpc.run("network.create", config={"name": name, "mode": mode, **settings}, start=start)
        return task["result"]

    def get(self, network):
        return self.rpc.call("network.get", network=network)

    def change(self, network, restart=False, **settings):
        now = self.get(network)
        return self.rpc.run("network.configure", network=network, revision=now["revision"], config={**now["config"], **settings}, restart=restart)

    def xml(self, name, inactive=False):
        return ElementTree.fromstring(host.virsh("net-dumpxml", name, *(["--inactive"] if inactive else [])))

    def info(self, name):
        lines = host.virsh("net-info", name).splitlines()
        return {key.strip(): value.strip() for key, value in (line.split(":", 1) for line in lines if ":" in line)}


class MakingTest(NetworkCase):
    def test_nat_with_dhcp(self):
        network = self.make("guests", bridge="br-guests", domain="guests.example", address="192.168.130.1", prefix=24, autostart=True,
                            ranges=[{"start": "192.168.130.50", "end": "192.168.130.99"}],
                            hosts=[{"mac": "52:54:00:00:13:01", "address": "192.168.130.10", "name": "web01"}])
        self.assertEqual(host.virsh("net-uuid", "guests"), network)
        self.assertEqual({key: self.info("guests")[key] for key in ("Active", "Persistent", "Autostart", "Bridge")},
                         {"Active": "yes", "Persistent": "yes", "Autostart": "yes", "Bridge": "br-guests"})
        xml = self.xml("guests")
        self.assertEqual(xml.find("forward").get("mode"), "nat")
        self.assertEqual(xml.find("domain").get("name"), "guests.example")
        self.assertEqual(xml.find("ip/dhcp/range").attrib, {"start": "192.168.130.50", "end": "192.168.130.99"})
        self.assertEqual(xml.find("ip/dhcp/host").attrib, {"mac": "52:54:00:00:13:01", "ip": "192.168.130.10", "name": "web01"})
        addresses = json.loads(host.exec("ip", "-j", "address", "show", "dev", "br-guests"))
        self.assertIn(("192.168.130.1", 24), [(a["local"], a["prefixlen"]) for a in addresses[0]["addr_info"]])
        listed = next(each for each in self.rpc.inventory()["networks"] if each["id"] == network)
        self.assertEqual((listed["subnet"], listed["bridge"]), ("192.168.130.0/24", "br-guests"))
        told = self.get(network)["config"]
        self.assertEqual((told["mode"], told["address"], told["prefix"], told["hosts"][0]["name"]), ("nat", "192.168.130.1", 24, "web01"))

    def test_the_other_modes(self):
        self.make("routed", mode="route", address="192.168.131.1", prefix=28)
        self.assertEqual(self.xml("routed").find("forward").get("mode"), "route")
        self.make("alone", mode="isolated", address="192.168.132.1", prefix=24, address6="fd00:132::1", prefix6=64)
        self.assertIsNone(self.xml("alone").find("forward"))
        self.assertEqual([ip.get("address") for ip in self.xml("alone").findall("ip")], ["192.168.132.1", "fd00:132::1"])
        self.make("wide", mode="open", address="192.168.133.1", prefix=24)
        self.assertEqual(self.xml("wide").find("forward").get("mode"), "open")
        host.exec("ip", "link", "add", "br-lab", "type", "bridge")
        self.addCleanup(host.exec, "ip", "link", "del", "br-lab")
        bridged = self.make("bridged", mode="bridge", bridge="br-lab")
        self.assertEqual(self.xml("bridged").find("bridge").get("name"), "br-lab")
        self.assertIsNone(self.xml("bridged").find("ip"))
        self.assertEqual(self.get(bridged)["config"]["mode"], "bridge")

    def test_wishes_that_cannot_be(self):
        def create(**config):
            self.rpc.run("network.create", config={"name": "no", "mode": "nat", **config}, start=True)
        bad = [
            {"mode": "unknown"}, {}, {"name": "a/b"}, {"name": " "}, {"mode": "bridge"}, {"mode": "bridge", "bridge": "x", "address": "10.1.0.1", "prefix": 24},
            {"address": "192.168.140.1"}, {"address": "192.168.140.0", "prefix": 24}, {"address": "192.168.140.255", "prefix": 24},
            {"address": "nonsense", "prefix": 24}, {"address6": "fd::x", "prefix6": 64}, {"ranges": [{"start": "10.0.0.1", "end": "10.0.0.2"}]},
            {"address": "192.168.140.1", "prefix": 24, "ranges": [{"start": "192.168.141.5", "end": "192.168.141.9"}]},
            {"address": "192.168.140.1", "prefix": 24, "ranges": [{"start": "192.168.140.9", "end": "192.168.140.5"}]},
            {"address": "192.168.140.1", "prefix": 24, "hosts": [{"mac": "53:54:00:00:00:01", "address": "192.168.140.5"}]},
            {"address": "192.168.140.1", "prefix": 24, "hosts": [{"mac": "52:54:00:00:00:01", "address": "192.168.141.5"}]},
            {"address": "192.168.140.1", "prefix": 24, "hosts": [{"mac": "52:54:00:00:00:01", "address": "192.168.140.1"}]},
            {"address": "192.168.140.1", "prefix": 24, "hosts": [{"mac": "52:54:00:00:00:01", "address": "192.168.140.5"}] * 2},
            {"bridge": "a name that is too long"}, {"mode": "isolated", "device": "eth0"}, {"vlan": 5000}, {"vlan": 42},
            {"address": "192.168.122.9", "prefix": 24},  # default's
        ]
        for config in bad:
            with self.subTest(config=config):
                self.refused(NETWORK_SETTING, create, **config)
                self.assertEqual(host.virsh("net-info", "no", check=False).returncode, 1)
        self.refused(NETWORK_EXISTS, create, name="default", address="192.168.140.1", prefix=24)

    def test_nothing_is_left_when_it_does_not_start(self):
        error = self.refused(-32010, self.rpc.run, "network.create", config={"name": "broken", "mode": "isolated", "bridge": "lo"}, start=True)
        self.assertIn("lo", str(error))
        self.assertEqual(host.virsh("net-info", "broken", check=False).returncode, 1)


class ChangingTest(NetworkCase):
    def test_leases_and_ranges_apply_at_once(self):
        network = self.make("living", bridge="br-living", address="192.168.134.1", prefix=24, ranges=[{"start": "192.168.134.50", "end": "192.168.134.60"}])
        self.change(network, hosts=[{"mac": "52:54:00:00:14:01", "address": "192.168.134.10", "name": "a"}],
                    ranges=[{"start": "192.168.134.70", "end": "192.168.134.80"}])
        for inactive in (False, True):
            dhcp = self.xml("living", inactive).find("ip/dhcp")
            self.assertEqual([host_.get("ip") for host_ in dhcp.findall("host")], ["192.168.134.10"])
            self.assertEqual([range_.get("start") for range_ in dhcp.findall("range")], ["192.168.134.70"])
        self.assertNotIn("pending", self.get(network))
        self.change(network, hosts=[])
        self.assertEqual(self.xml("living").findall("ip/dhcp/host"), [])

    def test_the_rest_waits_or_starts_it_again_with_running_vms(self):
        network = self.make("moving", bridge="br-moving", address="192.168.135.1", prefix=24)
        host.virsh("define", "/dev/stdin", input=domain("mover", "moving", "52:54:00:00:15:01"))
        self.addCleanup(host.virsh, "undefine", "mover")
        host.virsh("start", "mover")
        self.addCleanup(host.virsh, "destroy", "mover")
        tap = ElementTree.fromstring(host.virsh("dumpxml", "mover")).find("devices/interface/target").get("dev")
        self.change(network, address="192.168.136.1")
        self.assertTrue(self.get(network)["pending"])
        self.assertEqual(self.xml("moving").find("ip").get("address"), "192.168.135.1")
        self.assertEqual(self.xml("moving", inactive=True).find("ip").get("address"), "192.168.136.1")
        self.change(network, restart=True)
        self.assertNotIn("pending", self.get(network))
        self.assertEqual(self.xml("moving").find("ip").get("address"), "192.168.136.1")
        link = json.loads(host.exec("ip", "-j", "link", "show", "dev", tap))[0]
        self.assertEqual(link["master"], "br-moving")

    def runner(self, name, network, mac, kind="network"):
        """A VM that runs; its device on the host."""
        host.virsh("define", "/dev/stdin", input=domain(name, network, mac, kind))
        self.addCleanup(host.virsh, "undefine", name)
        host.virsh("start", name)
        self.addCleanup(host.virsh, "destroy", name)
        return ElementTree.fromstring(host.virsh("dumpxml", name)).find("devices/interface/target").get("dev")

    def master(self, name):
        return json.loads(host.exec("ip", "-j", "link", "show", "dev", name))[0].get("master")

    def test_what_does_not_start_again_runs_on_with_its_vms(self):
        network = self.make("stays", bridge="br-stays", address="192.168.148.1", prefix=24)
        tap = self.runner("stayer", "stays", "52:54:00:00:18:01")
        host.exec("ip", "link", "add", "v-taken", "type", "veth", "peer", "name", "w-taken")
        self.addCleanup(host.exec, "ip", "link", "del", "v-taken")
        for words in (("link", "set", "w-taken", "up"), ("link", "set", "v-taken", "up"), ("address", "add", "192.168.149.1/24", "dev", "v-taken")):
            host.exec("ip", *words)

        def addresses():
            return [self.xml("stays", inactive).find("ip").get("address") for inactive in (False, True)]
        error = self.refused(LIBVIRT, self.change, network, restart=True, address="192.168.149.9")
        self.assertIn("v-taken", str(error))
        self.assertEqual((self.info("stays")["Active"], addresses(), self.master(tap)), ("yes", ["192.168.148.1", "192.168.148.1"], "br-stays"))
        self.change(network, address="192.168.149.9")
        self.refused(LIBVIRT, self.rpc.run, "network.restart", network=network)
        self.assertEqual((self.info("stays")["Active"], addresses(), self.master(tap)), ("yes", ["192.168.148.1", "192.168.149.9"], "br-stays"))

    def test_a_vm_that_is_not_connected_again_is_named(self):
        network = self.make("loses", bridge="br-loses", address="192.168.151.1", prefix=24)
        tap = self.runner("loser", "loses", "52:54:00:00:19:01")
        fake = "/usr/local/sbin/ip"
        real = host.exec("sh", "-c", "command -v ip").strip()
        host.exec("sh", "-c", f"mkdir -p /usr/local/sbin && cat > {fake} && chmod 755 {fake}",
                  input=f'#!/bin/sh\ncase "$*" in *"{tap} master"*) exit 1;; esac\nexec {real} "$@"\n')
        self.addCleanup(host.exec, "rm", "-f", fake)
        self.assertIn(tap, str(self.refused(NETWORK_CARDS, self.rpc.run, "network.restart", network=network)))
        self.assertEqual((self.info("loses")["Active"], self.master(tap)), ("yes", None))
        host.exec("rm", fake)
        self.rpc.run("network.restart", network=network)
        self.assertEqual(self.master(tap), "br-loses")

    def test_networks_that_overlap_can_be_changed_in_all_else(self):
        for name in ("one", "two"):
            host.virsh("net-define", "/dev/stdin", input=f"<network><name>over-{name}</name><ip address='192.168.152.1' prefix='24'/></network>")
            self.addCleanup(self.forget, f"over-{name}")
        network = host.virsh("net-uuid", "over-one")
        wait_for(lambda: any(n["id"] == network for n in self.rpc.inventory()["networks"]), "the network in the inventory", 20, 0.1)
        self.change(network, autostart=True, domain="one.example")
        self.assertEqual((self.info("over-one")["Autostart"], self.xml("over-one").find("domain").get("name")), ("yes", "one.example"))
        self.assertIn("over-two", str(self.refused(NETWORK_SETTING, self.change, network, address="192.168.152.2")))
        self.change(network, address="192.168.153.1")

    def test_a_bridge_of_the_host_may_be_named_like_a_network(self):
        host.exec("ip", "link", "add", "twin", "type", "bridge")
        self.addCleanup(host.exec, "ip", "link", "del", "twin")
        network = self.make("twin", mode="isolated", bridge="br-twin")
        tap = self.runner("twiner", "twin", "52:54:00:00:20:01", "bridge")
        self.assertEqual(self.master(tap), "twin")
        wait_for(lambda: any(vm["name"] == "twiner" for vm in self.rpc.inventory()["vms"]), "the VM to be known", 20, 0.1)
        bridge = wait_for(lambda: next((n["id"] for n in self.rpc.inventory()["networks"] if n["name"] == "twin" and n.get("host_bridge")), None), "the bridge", 20, 0.1)
        self.assertEqual([client["name"] for client in self.get(bridge)["clients"]], ["twiner"])
        self.assertNotIn("clients", self.get(network))
        self.rpc.run("network.stop", network=network)
        self.rpc.run("network.delete", network=network)
        self.assertEqual(self.master(tap), "twin")

    def test_what_we_do_not_know_stays(self):
        host.virsh("net-define", "/dev/stdin", input="""<network><name>foreign</name><bridge name='br-foreign' stp='off' delay='3'/>
            <forward mode='nat'><nat><port start='2000' end='3000'/></nat></forward><dns><forwarder addr='192.0.2.53'/></dns>
            <ip address='192.168.137.1' netmask='255.255.255.0'><dhcp><host name='bare' ip='192.168.137.7'/></dhcp></ip></network>""")
        self.addCleanup(self.forget, "foreign")
        network = host.virsh("net-uuid", "foreign")
        wait_for(lambda: any(n["id"] == network for n in self.rpc.inventory()["networks"]), "the network in the inventory", 20, 0.1)
        self.assertEqual(self.get(network)["config"]["prefix"], 24)
        self.change(network, domain="foreign.example")
        xml = self.xml("foreign")
        self.assertEqual((xml.find("bridge").get("stp"), xml.find("bridge").get("delay")), ("off", "3"))
        self.assertEqual(xml.find("forward/nat/port").get("start"), "2000")
        self.assertEqual(xml.find("dns/forwarder").get("addr"), "192.0.2.53")
        self.assertEqual(xml.find("ip/dhcp/host").get("name"), "bare")
        self.assertEqual(xml.find("domain").get("name"), "foreign.example")

    def test_two_administrators(self):
        network = self.make("shared", start=False, address="192.168.138.1", prefix=24)
        first = self.get(network)
        self.change(network, domain="second.example")
        self.refused(NETWORK_CHANGED, self.rpc.run, "network.configure", network=network, revision=first["revision"], config=first["config"])
        self.refused(NETWORK_SETTING, self.change, network, name="renamed")
        self.refused(NETWORK_SETTING, self.change, network, vlan=7)
        self.assertEqual(self.xml("shared").find("domain").get("name"), "second.example")


class LifeTest(NetworkCase):
    def test_start_stop_autostart_delete(self):
        network = self.make("life", start=False, address="192.168.139.1", prefix=24)
        self.assertEqual(self.info("life")["Active"], "no")
        self.rpc.run("network.start", network=network)
        self.assertEqual(self.info("life")["Active"], "yes")
        self.rpc.run("network.set_autostart", network=network, autostart=True)
        self.assertEqual(self.info("life")["Autostart"], "yes")
        self.rpc.run("network.set_autostart", network=network)
        self.assertEqual(self.info("life")["Autostart"], "no")
        host.virsh("define", "/dev/stdin", input=domain("liver", "life", "52:54:00:00:16:01"))
        wait_for(lambda: self.get(network).get("clients"), "the VM to be known", 20, 0.1)
        self.assertIn("'liver'", str(self.refused(NETWORK_IN_USE, self.rpc.run, "network.delete", network=network)))
        host.virsh("start", "liver")
        wait_for(lambda: self.get(network)["clients"][0].get("running"), "the VM to run", 20, 0.1)
        self.refused(NETWORK_IN_USE, self.rpc.run, "network.stop", network=network)
        host.virsh("destroy", "liver")
        wait_for(lambda: not self.get(network)["clients"][0].get("running"), "the VM to be off", 20, 0.1)
        self.rpc.run("network.stop", network=network)
        self.assertEqual(self.info("life")["Active"], "no")
        host.virsh("undefine", "liver")
        wait_for(lambda: not self.get(network).get("clients"), "the VM to be gone", 20, 0.1)
        self.rpc.run("network.delete", network=network)
        self.assertEqual(host.virsh("net-info", "life", check=False).returncode, 1)

    def test_restart(self):
        network = self.make("again", bridge="br-again", address="192.168.146.1", prefix=24)
        before = host.exec("cat", "/sys/class/net/br-again/ifindex")
        self.rpc.run("network.restart", network=network)
        self.assertEqual(self.info("again")["Active"], "yes")
        self.assertNotEqual(host.exec("cat", "/sys/class/net/br-again/ifindex"), before)
        host.virsh("net-create", "/dev/stdin", input="<network><name>passing</name><ip address='192.168.147.1' prefix='24'/></network>")
        self.addCleanup(self.forget, "passing")
        passing = host.virsh("net-uuid", "passing")
        wait_for(lambda: any(n["id"] == passing for n in self.rpc.inventory()["networks"]), "the network in the inventory", 20, 0.1)
        self.refused(NOT_SUPPORTED, self.rpc.run, "network.restart", network=passing)
        self.assertEqual(self.info("passing")["Active"], "yes")

    def test_leases_and_who_has_them(self):
        network = self.make("leased", bridge="br-leased", address="192.168.145.1", prefix=24, ranges=[{"start": "192.168.145.50", "end": "192.168.145.60"}])
        host.virsh("define", "/dev/stdin", input=domain("leaser", "leased", "52:54:00:00:17:01"))
        self.addCleanup(host.virsh, "undefine", "leaser")
        status = "/var/lib/libvirt/dnsmasq/br-leased.status"  # where dnsmasq's helper writes, and libvirt reads
        host.exec("tee", status, input=json.dumps([{"ip-address": "192.168.145.55", "mac-address": "52:54:00:00:17:01", "hostname": "inside",
                                                     "expiry-time": 4102444800}]))
        wait_for(lambda: self.get(network).get("clients"), "the VM to be known", 20, 0.1)
        told = self.get(network)
        self.assertIn("192.168.145.55/24", host.virsh("net-dhcp-leases", "leased"))
        self.assertEqual(told["leases"], [{"mac": "52:54:00:00:17:01", "address": "192.168.145.55", "name": "inside", "expires": 4102444800000, "vm": "leaser"}])
        self.assertEqual(told["clients"][0]["address"], "192.168.145.55")

    def test_a_bridge_of_the_host_has_no_settings_here(self):
        host.exec("ip", "link", "add", "br-plain", "type", "bridge")
        self.addCleanup(host.exec, "ip", "link", "del", "br-plain")
        host.exec("ip", "link", "add", "v-plain", "type", "veth", "peer", "name", "w-plain")
        self.addCleanup(host.exec, "ip", "link", "del", "v-plain")
        host.exec("ip", "link", "set", "v-plain", "master", "br-plain")
        self.make("touches", start=True, address="192.168.146.1", prefix=24)  # the agent lists bridges again when networks change
        host.restart_agent()
        self.rpc = wait_for(self.connect, "the agent", 20, 0.1)
        self.addCleanup(self.rpc.close)
        bridge = wait_for(lambda: next((n for n in self.rpc.inventory()["networks"] if n["name"] == "br-plain"), None), "the bridge", 20, 0.1)
        told = self.get(bridge["id"])
        self.assertEqual((told["host_bridge"], told["ports"]), (True, ["v-plain"]))
        self.refused(NOT_SUPPORTED, self.rpc.run, "network.delete", network=bridge["id"])

    def test_network_cards_of_the_host(self):
        host.exec("ip", "link", "add", "br-cards", "type", "bridge")
        self.addCleanup(host.exec, "ip", "link", "del", "br-cards")
        host.exec("ip", "link", "add", "v-cards", "type", "veth", "peer", "name", "w-cards")
        self.addCleanup(host.exec, "ip", "link", "del", "v-cards")
        host.exec("ip", "link", "set", "v-cards", "up", "mtu", "1400", "master", "br-cards")
        host.exec("ip", "address", "add", "192.0.2.7/26", "dev", "br-cards")
        nics = {nic["name"]: nic for nic in self.rpc.call("host.nics")["nics"]}
        links = {link["ifname"]: link for link in json.loads(host.exec("ip", "-j", "address", "show"))}
        self.assertEqual(set(nics), set(links))
        for name, link in links.items():
            with self.subTest(name=name):
                nic = nics[name]
                self.assertEqual((nic.get("mac"), nic["mtu"], nic.get("master")), (link.get("address"), link["mtu"], link.get("master")))
                self.assertEqual(nic.get("up", False), "UP" in link["flags"])
                self.assertEqual(set(nic.get("addresses", [])), {f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"]})
        self.assertEqual((nics["br-cards"]["kind"], nics["br-cards"]["ports"], nics["v-cards"]["kind"], nics["lo"]["kind"]),
                         ("bridge", ["v-cards"], "virtual", "loopback"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
