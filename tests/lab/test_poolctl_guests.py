# SPDX-License-Identifier: GPL-3.0-or-later
"""poolctl's guest systems and first starts against a lab host; virsh and xorriso are the judges."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import DATASTORES, Host  # noqa: E402
from poolctl import AGENT, NOT_FOUND, REFUSED, WRONG_USAGE, CtlError, Poolctl  # noqa: E402

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB1Z1uC1c0Z7Yl0d9v6cQp3m1H0gq3b8h9rJXoKc8s2e me@desk"

host = ctl = None


def setUpModule():
    global host, ctl
    if os.geteuid() != 0:
        raise unittest.SkipTest("a lab host needs root")
    host = Host(f"ctlguest-{os.getpid()}", agent=AGENT)
    unittest.addModuleCleanup(host.__exit__, None, None, None)
    host.up()
    ctl = Poolctl(host, user="root").wait_for_datastore()
    unittest.addModuleCleanup(ctl.__exit__)


class GuestsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def refused(self, status, *words):
        with self.assertRaises(CtlError) as caught:
            ctl(*words)
        self.assertEqual(caught.exception.status, status, str(caught.exception))
        return caught.exception

    def disc(self, name):
        """Files on the VM's last CD."""
        disks = ElementTree.fromstring(host.virsh("dumpxml", "--inactive", name)).findall("devices/disk[@device='cdrom']/source")
        path = disks[-1].get("file")
        out = os.path.join(self.folder, "out-" + os.path.basename(path))
        subprocess.run(["xorriso", "-osirrox", "on", "-indev", host.outside(path), "-extract", "/", out], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run(["chmod", "-R", "u+w", out], check=True)
        files = {}
        for each in os.listdir(out):
            with open(os.path.join(out, each), encoding="utf-8") as file:
                files[each] = file.read()
        return files

    def test_guest_kinds_and_discs(self):
        kinds = {kind["id"]: kind for kind in ctl.json("host", "guest-kinds")}
        self.assertEqual((kinds["debian11"]["family"], kinds["win11"]["firmware"]), ("Linux", "uefi"))
        self.assertIn("ubuntu22.04", [kind["id"] for kind in ctl.json("host", "guest-kinds", "ubuntu 22")])
        subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-V", "Debian 11.5.0 amd64 n", "-o", host.outside(f"{DATASTORES}/local/d.iso"), self.folder],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ctl("datastore", "refresh", "local")
        self.assertEqual(ctl.json("iso", "guest", "local/d.iso")["guest"], "debian11")
        self.refused(NOT_FOUND, "iso", "guest", "local/none.iso")

    def test_a_kind_that_only_the_host_knows(self):
        ctl("vm", "create", "kind", "--guest", "freebsd13.1", "--network", "default", "--disk", "local:16M", "--memory", "64M")
        xml = ElementTree.fromstring(host.virsh("dumpxml", "kind"))
        self.assertEqual((xml.find("devices/interface/model").get("type"), xml.find("devices/disk/target").get("bus")), ("virtio", "virtio"))
        self.assertEqual(xml.find(".//{urn:poolcenter:vm:1}guest").text, "freebsd13.1")
        ctl("vm", "delete", "kind", "--all-disks")

    def test_cloud_init_for_new_vms_and_clones(self):
        keys = self.write("keys.pub", f"# mine\n{KEY}\n\nssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDZ two\n")
        password = self.write("password", "Geheim ä\n")
        ctl("vm", "create", "cloud", "--guest", "debian12", "--memory", "64M", "--disk", "local:16M", "--network", "default", "--cloud-user", "anna",
            "--cloud-password-file", password, "--ssh-key", keys, "--sudo", "--package", "nginx", "--package", "curl", "--hostname", "web01",
            "--address", "192.168.122.50/24", "--gateway", "192.168.122.1", "--dns", "9.9.9.9", "--timezone", "Europe/Berlin", "--remove-seed")
        files = self.disc("cloud")
        said = json.loads(files["user-data"].partition("\n")[2])
        self.assertEqual((said["users"][0]["name"], len(said["users"][0]["ssh_authorized_keys"]), said["packages"]), ("anna", 2, ["nginx", "curl"]))
        salt = said["users"][0]["passwd"].split("$")[2]
        self.assertEqual(said["users"][0]["passwd"], subprocess.run(["openssl", "passwd", "-6", "-salt", salt, "Geheim ä"], check=True, text=True,
                                                                    stdout=subprocess.PIPE).stdout.strip())
        self.assertEqual(json.loads(files["network-config"])["config"][0]["subnets"][0]["gateway"], "192.168.122.1")
        self.assertIn("remove", host.virsh("dumpxml", "cloud").partition("seed drive")[2].partition("/>")[0])
        raw = self.write("user-data", "#!/bin/sh\n")
        ctl("vm", "clone", "cloud", "copy", "--user-data", raw)
        self.assertEqual(self.disc("copy")["user-data"], "#!/bin/sh\n")
        self.assertTrue(ctl.json("vm", "remove-seed", "copy")["changed"])
        self.refused(REFUSED, "vm", "remove-seed", "copy")
        for name in ("cloud", "copy"):
            ctl("vm", "delete", name, "--all-disks")
        self.assertEqual([name for name in os.listdir(host.outside(f"{DATASTORES}/local")) if "seed" in name], [])

    def test_answers_for_windows(self):
        password = self.write("password", "secret\n")
        ctl("vm", "create", "win", "--guest", "win2k22", "--memory", "64M", "--disk", "local:16M", "--answer", "edition=Windows Server 2022 SERVERSTANDARD",
            "--answer", "language=de-DE", "--answer", f"password-file={password}", "--answer", "computer-name=WIN01")
        text = self.disc("win")["autounattend.xml"]
        self.assertIn("<ComputerName>WIN01</ComputerName>", text)
        self.assertNotIn("secret", text)
        ctl("vm", "delete", "win", "--all-disks")

    def test_vms_that_are_there(self):
        ctl("vm", "create", "old", "--memory", "64M", "--disk", "local:16M", "--network", "default")
        password = self.write("password", "secret\n")
        self.assertTrue(ctl.json("--check", "vm", "set-seed", "old", "--cloud-user", "never")["changed"])
        self.assertNotIn("seed drive", host.virsh("dumpxml", "old"))
        self.assertTrue(ctl.json("vm", "set-seed", "old", "--cloud-user", "first")["changed"])
        self.assertIn('"first"', self.disc("old")["user-data"])
        ctl("vm", "set-seed", "old", "--cloud-user", "second", "--address", "10.0.0.5/24", "--remove-seed")
        files = self.disc("old")
        self.assertIn('"second"', files["user-data"])
        self.assertIn("10.0.0.5", files["network-config"])
        self.assertEqual([name for name in os.listdir(host.outside(f"{DATASTORES}/local")) if "seed" in name], ["old-seed-2.iso"])
        ctl("vm", "set-seed", "old", "--answer", "time-zone=W. Europe Standard Time", "--answer", "user=anna", "--answer", f"user-password-file={password}",
            "--answer", "keyboard=0407:00000407")
        text = self.disc("old")["autounattend.xml"]
        self.assertIn("<TimeZone>W. Europe Standard Time</TimeZone>", text)
        self.assertIn("<InputLocale>0407:00000407</InputLocale>", text)
        ctl("vm", "remove-seed", "old")
        self.assertEqual([name for name in os.listdir(host.outside(f"{DATASTORES}/local")) if "seed" in name], [])
        self.assertNotIn("seed drive", host.virsh("dumpxml", "old"))
        self.refused(WRONG_USAGE, "vm", "set-seed", "old", "--remove-seed")
        self.refused(NOT_FOUND, "vm", "set-seed", "none", "--cloud-user", "anna")
        ctl("vm", "start", "old")
        self.assertEqual(self.refused(REFUSED, "vm", "set-seed", "old", "--cloud-user", "anna").name, "vm_wrong_state")
        ctl("vm", "off", "old")
        ctl("vm", "delete", "old", "--all-disks")

    def test_cloud_init_for_imports(self):
        image = os.path.join(self.folder, "image.qcow2")
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", image, "16M"], check=True)
        ctl("vm", "import", image, "--datastore", "local", "--name", "here", "--cloud-user", "anna", "--hostname", "web02")
        files = self.disc("here")
        self.assertIn('"anna"', files["user-data"])
        self.assertIn("web02", files["meta-data"])
        shutil.copy(image, host.outside(f"{DATASTORES}/local/image.qcow2"))
        ctl("datastore", "refresh", "local")
        ctl("vm", "import", "local/image.qcow2", "--on-host", "--name", "there", "--user-data", self.write("user-data", "#!/bin/sh\n"), "--remove")
        self.assertEqual(self.disc("there")["user-data"], "#!/bin/sh\n")
        for name in ("here", "there"):
            ctl("vm", "delete", name, "--all-disks")
        self.assertEqual(sorted(os.listdir(host.outside(f"{DATASTORES}/local"))), [])

    def test_what_does_not_go(self):
        create = ["vm", "create", "never", "--memory", "64M", "--disk", "local:16M"]
        self.refused(WRONG_USAGE, *create, "--answer", "colour=red")
        self.refused(WRONG_USAGE, *create, "--answer", "edition")
        self.refused(WRONG_USAGE, *create, "--answer", "language=de-DE", "--cloud-user", "anna")
        self.refused(REFUSED, *create, "--ssh-key", os.path.join(self.folder, "none"))
        self.refused(NOT_FOUND, *create, "--answer", "drivers=local/none.iso")
        self.assertEqual(self.refused(REFUSED, *create, "--cloud-user", "Anna B").name, "vm_setting")
        self.assertNotIn("never", host.virsh("list", "--all", "--name").split())


if __name__ == "__main__":
    unittest.main()
