#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import and export from this machine by poolctl: uploads and downloads around the host's own work, with a connection that breaks. tests/agent/test_transfer.py has the host's part."""
import os
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import appliances  # noqa: E402
from lab import CutProxy, Host, wait_for  # noqa: E402
from poolctl import AGENT, CtlError, Poolctl  # noqa: E402

LOCAL = "/srv/poolcenter-lab/local"
host = None


def setUpModule():
    global host
    if os.geteuid() != 0:
        raise unittest.SkipTest("a lab host needs root")
    host = Host(f"ctl-transfer-{os.getpid()}", agent=AGENT)
    unittest.addModuleCleanup(host.__exit__, None, None, None)
    host.up()


class Transfer(unittest.TestCase):
    def setUp(self):
        self.work = tempfile.mkdtemp(prefix="pc-transfer-")
        self.addCleanup(shutil.rmtree, self.work)
        self.addCleanup(self.clean)
        self.raw = appliances.disk(self.work)
        self.ctl = Poolctl(host, user="root").wait_for_datastore()
        self.addCleanup(self.ctl.__exit__)

    def clean(self):
        for name in host.virsh("list", "--all", "--name").split("\n"):
            if name:
                host.virsh("destroy", name, check=False)
                host.virsh("undefine", "--nvram", "--snapshots-metadata", name)
        for name in self.files():
            os.unlink(host.outside(f"{LOCAL}/{name}"))
        host.virsh("pool-refresh", "local")

    def files(self):
        return sorted(os.listdir(host.outside(LOCAL)))

    def same(self, path, raw=None):
        host.exec("qemu-img", "check", path)
        appliances.run("qemu-img", "compare", "-F", "raw", host.outside(path), raw or self.raw)

    def test_an_archive_and_its_licence(self):
        ova = appliances.virtualbox(self.work, self.raw)
        with self.assertRaises(CtlError) as caught:
            self.ctl("vm", "import", ova, "--datastore", "local")
        self.assertEqual(caught.exception.name, "appliance_license")
        self.assertIn("You may look, but not touch.", str(caught.exception))
        self.assertEqual(self.files(), [])
        self.ctl("vm", "import", ova, "--datastore", "local", "--accept-license", "--name", "bear", "--network", "default", "--bus", "virtio", "--memory", "64M")
        self.assertEqual(self.files(), ["bear.qcow2"])
        self.same(f"{LOCAL}/bear.qcow2")
        xml = host.virsh("dumpxml", "bear")
        for part in ("<name>bear</name>", "bus='virtio'", "<vcpu placement='static'>2</vcpu>", "<memory unit='KiB'>65536</memory>", "type='e1000'"):
            self.assertIn(part, xml)

    def test_a_description_with_its_disks_over_a_connection_that_breaks(self):
        second = os.path.join(self.work, "second.raw")
        with open(second, "wb") as file:
            file.write(os.urandom(24 << 20))
        ovf = appliances.vmware(self.work, self.raw, second, archive=False)
        with CutProxy(host.port) as proxy:
            proxy.cut_after_up = 6 << 20
            ctl = Poolctl(host, user="root", port=proxy.port)
            self.addCleanup(ctl.__exit__)
            ctl("vm", "import", ovf, "--datastore", "local", "--accept-license", "--name", "win", timeout=120)
        self.assertEqual(self.files(), ["win-2.qcow2", "win.qcow2"])
        self.same(f"{LOCAL}/win.qcow2")
        self.same(f"{LOCAL}/win-2.qcow2", second)

    def test_there_and_back(self):
        image = appliances.convert(self.raw, os.path.join(self.work, "small.vhdx"), "vhdx")
        self.ctl("vm", "import", image, "--datastore", "local", "--name", "small")
        folder = os.path.join(self.work, "out")
        os.mkdir(folder)
        for kind, names in (("ova", ["small.ova"]), ("ovf", ["small-disk1.vmdk", "small.mf", "small.ovf"]), ("qcow2", ["small-disk1.qcow2", "small.xml"])):
            with self.subTest(kind):
                told = self.ctl.json("vm", "export", "small", "--datastore", "local", "--format", kind, "--to", folder)
                self.assertEqual(sorted(os.path.basename(path) for path in told["files"]), names)
                wait_for(lambda: self.files() == ["small.qcow2"], "the host to have removed what was exported", 20, 0.1)
        appliances.run("qemu-img", "compare", "-F", "raw", os.path.join(folder, "small-disk1.qcow2"), self.raw)
        self.ctl("vm", "import", os.path.join(folder, "small.ova"), "--datastore", "local", "--name", "again")
        self.same(f"{LOCAL}/again.qcow2")
        self.ctl("vm", "import", os.path.join(folder, "small.xml"), "--datastore", "local", "--name", "third")
        self.same(f"{LOCAL}/third.qcow2")

    def test_one_of_several_vms_packed_and_in_pieces(self):
        second = appliances.disk(self.work, "second.raw", 24, b"more")
        plain = appliances.plain_part(self.work, self.raw, "web.vmdk")
        pieces = appliances.chunked_part(self.work, second, "db.vmdk.gz", 1 << 20, True)
        ovf = appliances.package(self.work, [("vm-web", "web", *plain), ("vm-db", "db", *pieces)], archive=False)
        with self.assertRaises(CtlError) as caught:
            self.ctl("vm", "import", ovf, "--datastore", "local", "--accept-license")
        self.assertIn("web, db", str(caught.exception))
        with self.assertRaises(CtlError) as caught:
            self.ctl("vm", "import", ovf, "--datastore", "local", "--accept-license", "--vm", "mail")
        self.assertIn("named 'mail'", str(caught.exception))
        os.unlink(os.path.join(self.work, "web.vmdk"))  # not needed for the other one
        self.ctl("vm", "import", ovf, "--datastore", "local", "--accept-license", "--vm", "db")
        self.assertEqual(self.files(), ["db.qcow2"])
        self.same(f"{LOCAL}/db.qcow2", second)

    def test_what_has_arrived_goes_when_another_file_fails(self):
        second = appliances.disk(self.work, "second.raw", 24, b"more")
        ovf = appliances.vmware(self.work, self.raw, second, archive=False)
        parts = sorted(name for name in os.listdir(self.work) if name.endswith(".vmdk"))
        self.assertEqual(len(parts), 2)
        host.exec("touch", f"{LOCAL}/{parts[1]}")
        with self.assertRaises(CtlError) as caught:
            self.ctl("vm", "import", ovf, "--datastore", "local", "--accept-license", "--name", "win")
        self.assertEqual(caught.exception.name, "volume_exists")
        self.assertEqual(self.files(), [parts[1]])
        os.unlink(host.outside(f"{LOCAL}/{parts[1]}"))

    def test_what_vsphere_adds_and_an_empty_disk(self):
        """Neither the .nvram that the manifest lists nor a disk without a file has to be sent."""
        ovf = appliances.vmware(self.work, self.raw, appliances.disk(self.work, "second.raw"), archive=False, nvram=True)
        self.ctl("vm", "import", ovf, "--datastore", "local", "--accept-license", "--name", "win")
        self.assertEqual(self.files(), ["win-2.qcow2", "win.qcow2"])
        self.same(f"{LOCAL}/win.qcow2")
        self.ctl("vm", "import", appliances.configured(self.work, self.raw), "--datastore", "local")
        self.assertEqual(self.files(), ["sized-2.qcow2", "sized.qcow2", "win-2.qcow2", "win.qcow2"])
        self.same(f"{LOCAL}/sized.qcow2")
        self.assertIn("virtual size: 32 MiB", host.exec("qemu-img", "info", f"{LOCAL}/sized-2.qcow2"))

    def test_a_flat_vmdk(self):
        image = appliances.convert(self.raw, os.path.join(self.work, "flat.vmdk"), "vmdk", "subformat=monolithicFlat")
        self.ctl("vm", "import", image, "--datastore", "local", "--name", "flat")
        self.assertEqual(self.files(), ["flat.qcow2"])
        self.same(f"{LOCAL}/flat.qcow2")

    def test_a_snapshot(self):
        image = appliances.convert(self.raw, os.path.join(self.work, "small.qcow2"), "qcow2")
        self.ctl("vm", "import", image, "--datastore", "local", "--name", "small")
        self.ctl("snapshot", "create", "small", "before")
        overlay = next(line.split()[-1] for line in host.virsh("domblklist", "small", "--details").splitlines() if " disk " in line)
        host.exec("qemu-io", "-c", "write -P 9 0 64k", overlay)
        self.ctl("vm", "export", "small", "--snapshot", "before", "--datastore", "local", "--format", "qcow2", "--to", self.work)
        appliances.run("qemu-img", "compare", "-F", "raw", os.path.join(self.work, "small-before-disk1.qcow2"), self.raw)
        with self.assertRaises(CtlError) as caught:
            self.ctl("vm", "export", "small", "--snapshot", "never", "--datastore", "local")
        self.assertEqual(caught.exception.name, "snapshot_not_found")

    def test_on_the_host(self):
        image = appliances.convert(self.raw, os.path.join(self.work, "disk.vdi"), "vdi")
        self.ctl("iso", "upload", "local", image)
        self.ctl("vm", "import", "local/disk.vdi", "--on-host", "--name", "there", "--remove", "--raw")
        self.assertEqual(self.files(), ["there.raw"])
        self.ctl("vm", "export", "there", "--datastore", "local", "--name", "kept")
        self.assertEqual(self.files(), ["kept.ova", "there.raw"])


if __name__ == "__main__":
    unittest.main()
