# SPDX-License-Identifier: GPL-3.0-or-later
"""Guest systems, their detection, and what guests set themselves up with: libosinfo, xorriso, openssl, xmllint and cloud-init itself are the judges."""
import base64
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lab"), os.path.join(HERE, "..", "package")]
from agent_client import CallError, Daemon, Refusals, Rpc, agent_binary, connect_when_known  # noqa: E402
from lab import Host, wait_for  # noqa: E402
from systems import System  # noqa: E402

OSINFO = "/usr/share/osinfo"
LOCAL = "/srv/poolcenter-lab/local"
NOT_SUPPORTED, WRONG_STATE, VM_SETTING = -32012, -32022, -32028
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB1Z1uC1c0Z7Yl0d9v6cQp3m1H0gq3b8h9rJXoKc8s2e me@desk"
PASSWORD = "Wörld \"pass' $1"

host = None


def setUpModule():
    global host
    if os.geteuid() == 0:
        host = Host(f"guests-{os.getpid()}", agent=agent_binary())
        unittest.addModuleCleanup(host.__exit__, None, None, None)
        host.up()


def make_iso(path, label, publisher=None, system=None):
    """An ISO with that descriptor and something to boot, made by xorriso."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "boot"), "wb") as file:
            file.write(bytes(4096))
        words = ["xorriso", "-as", "mkisofs", "-quiet", "-V", label, "-b", "boot", "-no-emul-boot", "-o", path]
        words += (["-publisher", publisher] if publisher else []) + (["-sysid", system] if system else [])
        subprocess.run([*words, folder], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def database():
    """The same files read with another parser: short id -> (os element, names of it and of its variants)."""
    systems = {}
    for path in glob.glob(OSINFO + "/os/*/*.xml"):
        for system in ElementTree.parse(path).getroot().findall("os"):
            names = {name.text for name in system.findall("name") + system.findall("variant/name")}
            systems[system.find("short-id").text] = (system, names)
    return systems


class KindsTest(unittest.TestCase):
    def kinds(self, folders=OSINFO, **params):
        with Daemon(osinfo_folders=folders) as daemon, Rpc(daemon.socket, timeout=120) as rpc:
            return rpc.call("host.guest_kinds", **params)

    def test_all_that_libosinfo_knows(self):
        table = self.kinds()
        told = {kind["id"]: kind for kind in table["kinds"]}
        listed = subprocess.run(["osinfo-query", "os", "--fields=short-id,name"], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[2:]
        known = dict((word.strip() for word in line.split("|")[:2]) for line in listed)
        self.assertGreater(len(known), 300)
        self.assertEqual({name: told[name]["name"] for name in known if name in told}, known)
        with open(OSINFO + "/VERSION", encoding="ascii") as file:
            self.assertEqual(table["source"], file.read().strip())
        self.assertEqual((table["total"], len(told)), (len(table["kinds"]), len(table["kinds"])))
        own = set(told) - set(known)
        self.assertIn("win2k25", own)
        self.assertLess(len(own), 20)

    def test_resources_as_the_database_has_them(self):
        told = {kind["id"]: kind for kind in self.kinds()["kinds"]}
        compared = 0
        for name, (system, _) in database().items():
            resources = system.findall("resources")
            if len(resources) != 1 or resources[0].get("arch") not in ("all", "x86_64") or resources[0].find("recommended/ram") is None:
                continue
            whole = -(-int(resources[0].find("recommended/ram").text) // (1 << 20)) << 20
            self.assertEqual(told[name]["memory"], whole, name)
            if resources[0].find("recommended/storage") is not None:
                self.assertEqual(told[name]["disk"], int(resources[0].find("recommended/storage").text), name)
            compared += 1
        self.assertGreater(compared, 100)

    def test_devices_firmware_and_what_comes_first(self):
        table = self.kinds()
        told = {kind["id"]: kind for kind in table["kinds"]}
        facts = {name: [told[name].get(field) for field in ("family", "bus", "nic", "firmware", "tpm", "cloud_init", "answer_file")] for name in
                 ("debian11", "ubuntu22.04", "win11", "win2k22", "winxp", "freebsd13.1")}
        self.assertEqual(facts, {
            "debian11": ["Linux", "virtio", "virtio", "bios", None, True, None],
            "ubuntu22.04": ["Linux", "virtio", "virtio", "bios", None, True, None],
            "win11": ["Windows", "sata", "e1000e", "uefi", True, None, True],
            "win2k22": ["Windows", "sata", "e1000e", "bios", None, None, True],
            "winxp": ["Windows", "ide", "e1000", "bios", None, None, None],
            "freebsd13.1": ["BSD", "virtio", "virtio", "bios", None, None, None],
        })
        families = [kind["family"] for kind in table["kinds"]]
        self.assertEqual(list(dict.fromkeys(families)), ["Linux", "Windows", "BSD", "Unix", "DOS", "Other"])
        for family in set(families):
            dates = [kind["released"] for kind in table["kinds"] if kind["family"] == family and "released" in kind]
            self.assertEqual(dates, sorted(dates, reverse=True))

    def test_search_and_paging(self):
        with Daemon(osinfo_folders=OSINFO) as daemon, Rpc(daemon.socket, timeout=120) as rpc:
            everything = rpc.call("host.guest_kinds")
            rest = rpc.call("host.guest_kinds", skip=100)
            self.assertEqual((rest["total"], rest["kinds"]), (everything["total"], everything["kinds"][100:]))
            found = rpc.call("host.guest_kinds", search="DEBIAN 11")
            self.assertIn("debian11", [kind["id"] for kind in found["kinds"]])
            self.assertEqual(found["total"], len(found["kinds"]))
            self.assertEqual(rpc.call("host.guest_kinds", search="no such thing").get("kinds", []), [])

    def test_a_host_without_the_database(self):
        table = self.kinds("/nonexistent")
        self.assertNotIn("source", table)
        told = {kind["id"]: kind for kind in table["kinds"]}
        self.assertEqual((told["debian12"]["memory"], told["debian12"]["bus"], told["debian12"]["cloud_init"]), (2 << 30, "virtio", True))
        self.assertEqual((told["win11"]["firmware"], told["win11"]["tpm"]), ("uefi", True))

    def test_a_database_that_changes_and_one_that_makes_no_sense(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        vendor = os.path.join(folder, "os", "example.org")
        os.makedirs(vendor)

        def write(name, text):
            with open(os.path.join(vendor, name), "w", encoding="utf-8") as file:
                file.write(text)

        def system(name, inside=""):
            return f"<libosinfo><os id='urn:{name}'><short-id>{name}</short-id><name>{name} &lt;&amp;&gt;</name>{inside}</os></libosinfo>"
        write("a.xml", system("one", "<derives-from id='urn:two'/>"))
        write("b.xml", system("two", "<derives-from id='urn:one'/><release-date>2099-99-99</release-date>"))
        write("c.xml", "<libosinfo><os")
        write("d.xml", "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><libosinfo><os id='&b;'><short-id>&b;</short-id></os></libosinfo>")
        write("e.xml", "x" * (600 << 10))
        write("f.xml", system("three", "<resources arch='all'><recommended><ram>-5</ram><storage>99999999999999999999</storage></recommended></resources>"))
        write("g.xml", system("four", "<media arch='all'><iso><volume-id>((((</volume-id></iso></media>"))
        os.mkfifo(os.path.join(vendor, "h.xml"))
        os.symlink(folder, os.path.join(vendor, "i.xml"))
        with Daemon(osinfo_folders=folder) as daemon, Rpc(daemon.socket, timeout=60) as rpc:
            told = {kind["id"]: kind for kind in rpc.call("host.guest_kinds")["kinds"]}
            self.assertLessEqual({"one", "two", "three", "four", "debian12"}, set(told))
            self.assertEqual((told["one"]["name"], told["three"]["memory"], told["three"]["disk"]), ("one <&>", 2 << 30, 16 << 30))
            self.assertNotIn("released", told["two"])
            write("j.xml", system("five"))
            with open(os.path.join(folder, "VERSION"), "w", encoding="ascii") as file:
                file.write("7\n")
            again = rpc.call("host.guest_kinds")
            self.assertEqual(again["source"], "7")
            self.assertIn("five", [kind["id"] for kind in again["kinds"]])


@unittest.skipIf(os.geteuid() != 0, "a lab host needs root")
class GuestCase(Refusals, unittest.TestCase):
    number = 0

    def setUp(self):
        self.rpc = wait_for(self.connect, "the agent to know its datastore", 20, 0.1)
        self.addCleanup(self.rpc.close)
        self.store = self.rpc.datastore("local")["id"]
        self.network = next(network["id"] for network in self.rpc.inventory()["networks"] if network["name"] == "default")

    @staticmethod
    def connect():
        return connect_when_known(host.agent_socket(), "local", timeout=120)

    def iso(self, name, *descriptor, **options):
        make_iso(host.outside(f"{LOCAL}/{name}"), *descriptor, **options)
        host.virsh("pool-refresh", "local")
        self.addCleanup(self.drop, name)

    @staticmethod
    def drop(name):
        host.exec("rm", "-f", f"{LOCAL}/{name}")
        host.virsh("pool-refresh", "local")

    @staticmethod
    def files():
        return sorted(os.listdir(host.outside(LOCAL)))

    def create(self, seed, name=None, **options):
        """A VM with a disk and a network card; its name."""
        GuestCase.number += 1
        name = name or f"guest{GuestCase.number}"
        params = {"guest": "debian12", "vcpus": 1, "memory": 64 << 20, "firmware": "bios", "nics": [{"network": self.network, "model": "virtio"}],
                  "disks": [{"datastore": self.store, "capacity": 16 << 20, "format": "qcow2", "bus": "virtio"}], **options}
        self.addCleanup(self.forget, name)
        self.rpc.run("vm.create", name=name, seed=seed, **params)
        return name

    def forget(self, name):
        host.virsh("destroy", name, check=False)
        host.virsh("undefine", "--nvram", "--snapshots-metadata", name, check=False)
        for path in glob.glob(glob.escape(host.outside(f"{LOCAL}/{name}")) + "*"):
            os.remove(path)
        host.virsh("pool-refresh", "local")

    @staticmethod
    def stored(name):
        return ElementTree.fromstring(host.virsh("dumpxml", "--inactive", name))

    def drives(self, name):
        """target -> path of its CD drives."""
        disks = [disk for disk in self.stored(name).findall("devices/disk") if disk.get("device") == "cdrom"]
        return {disk.find("target").get("dev"): None if disk.find("source") is None else disk.find("source").get("file") for disk in disks}

    def unpack(self, path, *options):
        """The files of an ISO, taken out by xorriso."""
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        subprocess.run(["xorriso", *options, "-osirrox", "on", "-indev", host.outside(path), "-extract", "/", folder + "/out"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run(["chmod", "-R", "u+w", folder], check=True)
        files = {}
        for name in os.listdir(folder + "/out"):
            with open(os.path.join(folder, "out", name), encoding="utf-8") as file:
                files[name] = file.read()
        return files

    def seed_of(self, name):
        """(target, path) of its seed, as the agent tells and as virsh has it."""
        target = self.rpc.vm(name)["seed"]
        path = self.drives(name)[target]
        return target, path

    @staticmethod
    def label(path):
        return subprocess.run(["blkid", "-o", "value", "-s", "LABEL", host.outside(path)], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


class DetectTest(GuestCase):
    def test_as_libosinfo_sees_them(self):
        discs = [("Debian 11.5.0 amd64 n",), ("CCCOMA_X64FRE_DE-DE_DV5", "MICROSOFT CORPORATION"), ("Ubuntu-Server 22.04.1 LTS amd64",), ("Fedora-S-dvd-x86_64-37",),
                 ("RHEL-9-0-0-BaseOS-x86_64",), ("CentOS-Stream-9-BaseOS-x86_64",), ("Rocky-9-0-x86_64-dvd",), ("alpine-std 3.16.2 x86_64",)]
        known = database()
        for disc in discs:
            with self.subTest(disc=disc[0]):
                self.iso("disc.iso", *disc)
                told = self.rpc.call("volume.detect_guest", datastore=self.store, volume="disc.iso")
                seen = subprocess.run(["osinfo-detect", host.outside(f"{LOCAL}/disc.iso")], check=True, stdout=subprocess.PIPE, text=True).stdout
                name, arch = re.search(r"(?:installer|live media) for OS '(.*) \((.*)\)'", seen).groups()
                self.assertIn(name, known[told["guest"]][1])
                self.assertEqual((told["arch"], told["label"]), (arch, disc[0]))

    def test_what_only_our_table_knows(self):
        for label, guest in (("Debian 12.4.0 amd64 n", "debian12"), ("Ubuntu-Server 24.04 LTS amd64", "ubuntu24.04")):
            self.iso("new.iso", label)
            self.assertEqual(self.rpc.call("volume.detect_guest", datastore=self.store, volume="new.iso")["guest"], guest)

    def test_drivers_others_and_no_disc_at_all(self):
        self.iso("drivers.iso", "virtio-win-0.1.229")
        told = self.rpc.call("volume.detect_guest", datastore=self.store, volume="drivers.iso")
        self.assertEqual((told["virtio_drivers"], told.get("guest")), (True, None))
        self.iso("mine.iso", "my files", publisher="ME")
        self.assertEqual(self.rpc.call("volume.detect_guest", datastore=self.store, volume="mine.iso"), {"label": "my files", "publisher": "ME"})
        hostile = bytearray(b"\x01CD001" + b"\xff\x01\n" * 680 + bytes(20000))
        for name, content in (("empty.iso", b""), ("short.iso", bytes(33000)), ("zeros.iso", bytes(60000)), ("hostile.iso", bytes(32768) + bytes(hostile))):
            with open(host.outside(f"{LOCAL}/{name}"), "wb") as file:
                file.write(content)
            self.addCleanup(self.drop, name)
            host.virsh("pool-refresh", "local")
            told = self.rpc.call("volume.detect_guest", datastore=self.store, volume=name)
            self.assertNotIn("guest", told)
            self.assertNotRegex(json.dumps(told), r"\\u00|\\n")


class CloudInitTest(GuestCase):
    def seed(self, **options):
        return {"cloud_init": {"user": "anna", "password": PASSWORD, "ssh_keys": [KEY], "sudo": True, "ssh_password": True, "hostname": "web01.example.org",
                               "timezone": "Europe/Berlin", "packages": ["nginx", "curl"],
                               "network": {"addresses": ["192.168.122.77/24", "fd00::77/64"], "gateway": "192.168.122.1", "gateway6": "fd00::1",
                                           "dns": ["9.9.9.9"], "domains": ["example.org"]}}, **options}

    def test_what_is_on_the_disc(self):
        name = self.create(self.seed())
        target, path = self.seed_of(name)
        self.assertEqual(self.label(path), "cidata")
        self.assertEqual(os.stat(host.outside(path)).st_mode & 0o777, 0o600)
        self.assertEqual(self.stored(name).find(f".//target[@dev='{target}']/../source").get("startupPolicy"), "optional")
        files = self.unpack(path)
        self.assertEqual(set(files), {"meta-data", "user-data", "network-config"})
        first, _, body = files["user-data"].partition("\n")
        self.assertEqual(first, "#cloud-config")
        said = json.loads(body)
        user = said["users"][0]
        salt = user["passwd"].split("$")[2]
        self.assertEqual(user["passwd"], subprocess.run(["openssl", "passwd", "-6", "-salt", salt, "-stdin"], input=PASSWORD + "\n", text=True, check=True,
                                                        stdout=subprocess.PIPE).stdout.strip())
        self.assertEqual((user["name"], user["ssh_authorized_keys"], said["packages"], said["ssh_pwauth"]), ("anna", [KEY], ["nginx", "curl"], True))
        self.assertEqual(json.loads(files["meta-data"])["local-hostname"], "web01.example.org")
        mac = self.stored(name).find("devices/interface/mac").get("address")
        self.assertEqual(json.loads(files["network-config"])["config"][0]["mac_address"], mac)

    def test_no_password_is_left_in_the_clear(self):
        name = self.create(self.seed())
        places = [LOCAL, "/var/lib/poolagent", "/etc/libvirt/qemu", "/var/log"]
        found = host.exec("grep", "-rlaF", PASSWORD, *places, check=False)
        self.assertEqual((found.returncode, found.stdout.strip()), (1, ""))
        self.assertNotIn(PASSWORD, host.virsh("dumpxml", name) + host.log("agent"))

    def test_cloud_init_itself_does_it(self):
        path = self.seed_of(self.create(self.seed()))[1]
        files = self.unpack(path)
        with System("bookworm", "cloud-init ifupdown sudo") as system:
            folder = system.path("var/lib/cloud/seed/nocloud")
            os.makedirs(folder)
            for name, text in files.items():
                text = text.replace('"package_update": true', '"package_update": false')
                if name == "user-data":  # no network in there
                    text = "#cloud-config\n" + json.dumps({key: value for key, value in json.loads(text.partition("\n")[2]).items() if not key.startswith("package")})
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            whole = system.path("root/user-data")
            with open(whole, "w", encoding="utf-8") as file:
                file.write(files["user-data"])
            self.assertIn("Valid cloud-config", system.run("cloud-init", "schema", "--config-file", "/root/user-data"))
            with open(system.path("etc/cloud/cloud.cfg.d/99_test.cfg"), "w", encoding="utf-8") as file:
                file.write("datasource_list: [NoCloud]\n")
            system.run("cloud-init", "single", "--name", "locale", check=False)
            done = system.run("sh", "-c", "cloud-init init --local; cloud-init init; cloud-init modules --mode config; true")
            with open(system.path("etc/shadow"), encoding="ascii") as file:
                shadow = {line.split(":")[0]: line.split(":")[1] for line in file}
            self.assertEqual(shadow.get("anna"), json.loads(files["user-data"].partition("\n")[2])["users"][0]["passwd"], done)
            with open(system.path("home/anna/.ssh/authorized_keys"), encoding="ascii") as file:
                self.assertIn(KEY, file.read())
            self.assertIn("anna ALL=(ALL) NOPASSWD:ALL", system.run("sh", "-c", "cat /etc/sudoers.d/*"))
            self.assertEqual(os.path.realpath(system.path("etc/localtime"))[-13:], "Europe/Berlin")
            with open(system.path("etc/hostname"), encoding="ascii") as file:
                self.assertEqual(file.read().strip(), "web01")
            os.makedirs(system.path("root/net"))
            with open(system.path("root/network-config"), "w", encoding="utf-8") as file:
                file.write(files["network-config"])
            mac = json.loads(files["network-config"])["config"][0]["mac_address"]
            system.run("cloud-init", "devel", "net-convert", "-p", "/root/network-config", "-k", "yaml", "-d", "/root/net", "-D", "debian", "-O", "eni", "-m", f"eth0,{mac}")
            made = system.run("find", "/root/net", "-name", "*cloud-init*", "-path", "*interfaces*", "-exec", "cat", "{}", "+")
            for line in ("address 192.168.122.77/24", "gateway 192.168.122.1", "address fd00::77/64", "gateway fd00::1", "dns-nameservers 9.9.9.9"):
                self.assertIn(line, made)

    def test_user_data_of_ones_own(self):
        text = "#!/bin/sh\necho ä > /root/x\n"
        name = self.create({"cloud_init": {"user_data": text}}, name="my vm (1)")
        files = self.unpack(self.seed_of(name)[1])
        self.assertEqual((files["user-data"], set(files)), (text, {"user-data", "meta-data"}))
        self.assertEqual(json.loads(files["meta-data"])["local-hostname"], "my-vm-1")

    def test_the_images_own_user_and_a_hash(self):
        name = self.create({"cloud_init": {"password_hash": "$6$saltsalt$" + "x" * 86, "ssh_keys": [KEY]}})
        said = json.loads(self.unpack(self.seed_of(name)[1])["user-data"].partition("\n")[2])
        self.assertEqual((said["password"][:12], said["ssh_authorized_keys"], said["ssh_pwauth"]), ("$6$saltsalt$", [KEY], False))
        self.assertNotIn("users", said)

    def test_wishes_that_cannot_be(self):
        before = self.files()
        bad = [{"user": "Anna B"}, {"user": "root"}, {"user": "a\nb"}, {"ssh_keys": ["no key"]}, {"ssh_keys": [KEY + "\nssh-rsa AAAA"]}, {"hostname": "a b"},
               {"hostname": "-a"}, {"timezone": "x; reboot"}, {"locale": "$(x)"}, {"packages": ["-y"]}, {"packages": ["a b"]}, {"password": "a", "password_hash": "$6$x"},
               {"password_hash": "plain"}, {"network": {}}, {"network": {"addresses": ["10.0.0.5"]}}, {"network": {"addresses": ["10.0.0.5/33"]}},
               {"network": {"addresses": ["10.0.0.5/24"], "gateway": "fd00::1"}}, {"network": {"addresses": ["10.0.0.5/24"], "dns": ["dns"]}},
               {"user_data": "hello"}, {"user_data": "#cloud-config\n{}", "user": "anna"}]
        for wish in bad:
            with self.subTest(wish=wish):
                self.refused(VM_SETTING, self.create, {"cloud_init": wish}, name="never")
        self.refused(VM_SETTING, self.create, {"cloud_init": {}}, name="never", disks=[])
        self.refused(-32602, self.create, {}, name="never")
        self.refused(-32602, self.create, {"cloud_init": {}, "windows": {}}, name="never")
        self.refused(VM_SETTING, self.create, {"cloud_init": {"network": {"addresses": ["10.0.0.5/24"]}}}, name="never", nics=[])
        self.assertIsNone(self.rpc.vm("never"))
        self.assertEqual(self.files(), before)


class LifeTest(GuestCase):
    SEED = {"cloud_init": {"user": "anna"}}

    @staticmethod
    def shut_down(name):
        """QEMU says that the guest has; sometimes it is gone before virsh has its answer."""
        host.virsh("qemu-monitor-command", name, "--hmp", "quit", check=False)

    def test_it_goes_when_the_guest_has_shut_down(self):
        name = self.create({**self.SEED, "remove": True}, start=True)
        target, path = self.seed_of(name)
        host.virsh("destroy", name)
        host.virsh("start", name)  # cut off is not shut down
        wait_for(lambda: self.rpc.vm(name)["state"] == "running" and self.rpc.vm(name).get("seed") == target, "the VM to run again with its seed", 20, 0.1)
        self.shut_down(name)
        wait_for(lambda: not os.path.exists(host.outside(path)), "the ISO to go", 30, 0.1)
        wait_for(lambda: "seed" not in self.rpc.vm(name), "the seed to go", 20, 0.1)
        self.assertNotIn(target, self.drives(name))
        self.assertIsNone(self.stored(name).find(".//{urn:poolcenter:vm:1}seed"))

    def test_it_stays_if_nobody_wants_it_to_go(self):
        name = self.create(self.SEED, start=True)
        path = self.seed_of(name)[1]
        self.shut_down(name)
        wait_for(lambda: self.rpc.vm(name)["state"] == "off", "the VM to be off", 20, 0.1)
        self.assertEqual(self.seed_of(name)[1], path)

    def test_taken_out_by_hand_off_and_running(self):
        for running in (False, True):
            with self.subTest(running=running):
                name = self.create(self.SEED, start=running)
                target, path = self.seed_of(name)
                vm = self.rpc.vm(name)["id"]
                self.rpc.run("vm.remove_seed", vm=vm)
                self.assertFalse(os.path.exists(host.outside(path)))
                self.assertNotIn(target, self.drives(name))
                self.assertNotIn("seed", self.rpc.vm(name))
                if running:
                    source = ElementTree.fromstring(host.virsh("dumpxml", name)).find(f".//target[@dev='{target}']/../source")
                    self.assertTrue(source is None or "file" not in source.attrib)
                self.refused(VM_SETTING, self.rpc.run, "vm.remove_seed", vm=vm)

    def test_another_disc_in_the_drive_is_not_ours(self):
        name = self.create(self.SEED)
        target, path = self.seed_of(name)
        self.iso("other.iso", "other")
        self.rpc.run("vm.set_media", vm=self.rpc.vm(name)["id"], target=target, datastore=self.store, volume="other.iso")
        self.assertNotIn("seed", self.rpc.vm(name))
        self.rpc.run("vm.remove_seed", vm=self.rpc.vm(name)["id"])
        self.assertEqual(self.drives(name)[target], f"{LOCAL}/other.iso")
        self.assertEqual([os.path.exists(host.outside(each)) for each in (path, f"{LOCAL}/other.iso")], [False, True])

    def test_given_later_and_replaced(self):
        name = self.create(None)
        vm = self.rpc.vm(name)["id"]
        self.rpc.run("vm.set_seed", vm=vm, seed={"cloud_init": {"user": "first"}})
        old = self.seed_of(name)[1]
        self.rpc.run("vm.set_seed", vm=vm, seed={"cloud_init": {"user": "second"}})
        new = self.seed_of(name)[1]
        self.assertIn('"second"', self.unpack(new)["user-data"])
        self.assertFalse(os.path.exists(host.outside(old)) and old != new)
        self.assertEqual(len(self.drives(name)), 2)
        host.virsh("start", name)
        wait_for(lambda: self.rpc.vm(name)["state"] == "running", "the VM to run", 20, 0.1)
        self.refused(WRONG_STATE, self.rpc.run, "vm.set_seed", vm=vm, seed=self.SEED)

    def test_an_iso_that_another_vm_has_stays(self):
        name, other = self.create(self.SEED), self.create(None)
        path = self.seed_of(name)[1]
        drive = next(iter(self.drives(other)))
        self.rpc.run("vm.set_media", vm=self.rpc.vm(other)["id"], target=drive, datastore=self.store, volume=os.path.basename(path))
        self.rpc.run("vm.delete", vm=self.rpc.vm(name)["id"], disks=["vda"])
        self.assertEqual((self.drives(other)[drive], os.path.exists(host.outside(path))), (path, True))
        host.exec("rm", path)

    def test_deleted_with_the_vm(self):
        before = self.files()
        name = self.create(self.SEED)
        self.rpc.run("vm.delete", vm=self.rpc.vm(name)["id"], disks=["vda"])
        self.assertEqual(self.files(), before)

    def test_clones_and_imports_have_their_own(self):
        name = self.create(self.SEED)
        path = self.seed_of(name)[1]
        vm = self.rpc.vm(name)["id"]
        self.addCleanup(self.forget, "plain copy")
        self.addCleanup(self.forget, "its own")
        self.addCleanup(self.forget, "taken in")
        self.rpc.run("vm.clone", vm=vm, name="plain copy")
        self.assertNotIn("seed", self.rpc.vm("plain copy"))
        self.assertEqual(len(self.drives("plain copy")), 1)
        self.rpc.run("vm.clone", vm=vm, name="its own", seed={"cloud_init": {"user": "bert"}})
        own = self.seed_of("its own")[1]
        self.assertNotEqual(own, path)
        self.assertIn('"bert"', self.unpack(own)["user-data"])
        self.refused(VM_SETTING, self.rpc.run, "vm.clone", vm=vm, name="never", seed={"windows": {}})
        host.exec("qemu-img", "create", "-q", "-f", "qcow2", f"{LOCAL}/cloud.img", "16M")
        host.virsh("pool-refresh", "local")
        self.addCleanup(self.drop, "cloud.img")
        self.rpc.run("vm.import", datastore=self.store, volume="cloud.img", name="taken in", vcpus=1, memory=64 << 20, firmware="bios",
                     disks=[{"file": "cloud.img", "datastore": self.store, "format": "qcow2", "bus": "virtio"}], seed={"cloud_init": {"user": "carl"}})
        self.assertIn('"carl"', self.unpack(self.seed_of("taken in")[1])["user-data"])

    def test_nothing_is_left_when_the_vm_does_not_start(self):
        before = self.files()
        host.exec("sh", "-c", f"mkdir {LOCAL}/dir-as-disc.iso")
        self.addCleanup(host.exec, "rmdir", f"{LOCAL}/dir-as-disc.iso")
        host.virsh("pool-refresh", "local")
        with self.assertRaises(CallError):
            self.create(self.SEED, name="broken", start=True, media_datastore=self.store, media_volume="dir-as-disc.iso")
        self.assertIsNone(self.rpc.vm("broken"))
        self.assertEqual([name for name in self.files() if name != "dir-as-disc.iso"], before)

    def test_a_datastore_that_is_full(self):
        host.mount_small("/srv/poolcenter-lab/tiny", "1M")
        host.virsh("pool-define-as", "tiny", "dir", "--target", "/srv/poolcenter-lab/tiny")
        host.virsh("pool-start", "tiny")
        self.addCleanup(host.virsh, "pool-undefine", "tiny")
        self.addCleanup(host.virsh, "pool-destroy", "tiny")
        host.exec("sh", "-c", "head -c 900K /dev/zero > /srv/poolcenter-lab/tiny/rest")
        host.virsh("pool-refresh", "tiny")
        tiny = wait_for(lambda: self.rpc.active_datastore("tiny"), "the agent to see the datastore", 20, 0.1)
        self.rpc.run("datastore.refresh", datastore=tiny["id"])
        error = self.refused(-32038, self.create, {**self.SEED, "datastore": tiny["id"]}, name="never")
        self.assertIn("tiny", str(error))


class WindowsTest(GuestCase):
    U = "{urn:schemas-microsoft-com:unattend}"

    def answers(self, seed, **options):
        name = self.create({"windows": seed}, guest="win2k22", **options)
        path = self.seed_of(name)[1]
        self.assertEqual(self.label(path), "ANSWERS")
        files = self.unpack(path, "-read_fs", "norock")  # Windows reads Joliet
        self.assertEqual(list(files), ["autounattend.xml"])
        subprocess.run(["xmllint", "--noout", "--nonet", "-"], input=files["autounattend.xml"], text=True, check=True)
        return name, ElementTree.fromstring(files["autounattend.xml"])

    def text(self, root, path):
        node = root.find(re.sub(r"(\w+)(?=/|$)", self.U + r"\1", path))
        return None if node is None else node.text

    def password(self, root, element):
        value = root.find(f".//{self.U}{element}/{self.U}Value").text
        text = base64.b64decode(value).decode("utf-16-le")
        self.assertTrue(text.endswith(element))
        self.assertEqual(root.find(f".//{self.U}{element}/{self.U}PlainText").text, "false")
        return text[:-len(element)]

    def partitions(self, root):
        made = root.findall(f".//{self.U}CreatePartition")
        return [(part.find(self.U + "Type").text, None if part.find(self.U + "Size") is None else int(part.find(self.U + "Size").text)) for part in made]

    def test_everything_said(self):
        self.iso("virtio-win.iso", "virtio-win-0.1.229")
        name, root = self.answers({"edition": "Windows Server 2022 <&> SERVERSTANDARD", "language": "de-DE", "time_zone": "W. Europe Standard Time",
                                   "computer_name": "WEB01", "organization": "Müller & Söhne", "owner": "Anna", "password": PASSWORD, "user": "anna",
                                   "user_password": "Grüße 😀", "product_key": "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE",
                                   "drivers_datastore": self.store, "drivers_volume": "virtio-win.iso"})
        self.assertEqual(self.password(root, "AdministratorPassword"), PASSWORD)
        self.assertEqual(self.password(root, "Password"), "Grüße 😀")
        said = {key: self.text(root, ".//" + key) for key in ("ComputerName", "TimeZone", "UILanguage", "InputLocale", "RegisteredOrganization", "FullName")}
        self.assertEqual(said, {"ComputerName": "WEB01", "TimeZone": "W. Europe Standard Time", "UILanguage": "de-DE", "InputLocale": "de-DE",
                                "RegisteredOrganization": "Müller & Söhne", "FullName": "Anna"})
        self.assertEqual(self.text(root, ".//InstallFrom/MetaData/Value"), "Windows Server 2022 <&> SERVERSTANDARD")
        self.assertEqual(self.text(root, ".//ProductKey/Key"), "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE")
        self.assertEqual(self.partitions(root), [("Primary", 500), ("Primary", None)])
        self.assertEqual(self.text(root, ".//InstallTo/PartitionID"), "2")
        paths = [node.text for node in root.findall(f".//{self.U}PathAndCredentials/{self.U}Path")]
        self.assertIn(r"E:\viostor\2k22\amd64", paths)
        self.assertIn(r"F:\NetKVM\2k22\amd64", paths)
        self.assertIn(f"{LOCAL}/virtio-win.iso", self.drives(name).values())
        self.assertEqual([settings.get("pass") for settings in root], ["windowsPE", "specialize", "oobeSystem"])

    @unittest.skipUnless(glob.glob("/usr/share/OVMF/OVMF_CODE*.fd"), "needs UEFI firmware")
    def test_uefi_with_a_tpm(self):
        name, root = self.answers({"edition_index": 2}, firmware="uefi", tpm=True)
        self.assertEqual(self.partitions(root), [("EFI", 260), ("MSR", 16), ("Primary", None)])
        self.assertEqual((self.text(root, ".//InstallTo/PartitionID"), self.text(root, ".//InstallFrom/MetaData/Key"), self.text(root, ".//MetaData/Value")),
                         ("3", "/IMAGE/INDEX", "2"))
        self.assertEqual(self.stored(name).find("devices/tpm/backend").attrib, {"type": "emulator", "version": "2.0"})
        self.assertIsNone(root.find(f".//{self.U}UserAccounts"))

    def test_wishes_that_cannot_be(self):
        bad = [{"product_key": "x"}, {"computer_name": "much-too-long-a-name"}, {"computer_name": "12345"}, {"computer_name": "a b"}, {"user": "a/b"}, {"user": ""},
               {"user_password": "x"}, {"edition": "x", "edition_index": 1}, {"language": "de DE"}, {"owner": "a\x01b"}]
        for wish in bad:
            with self.subTest(wish=wish):
                self.refused(VM_SETTING, self.create, {"windows": wish}, name="never")
        self.refused(-32034, self.create, {"windows": {"drivers_datastore": self.store, "drivers_volume": "none.iso"}}, name="never")


if __name__ == "__main__":
    unittest.main()
