#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import and export through the window; virsh and qemu-img say what the host has then. What can go wrong is in tests/agent/test_transfer.py."""
import os
import shutil
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import appliances  # noqa: E402
from client import Client, constants  # noqa: E402
from drive import Drive, windows_path  # noqa: E402
from lab import Host  # noqa: E402
from poolctl import AGENT  # noqa: E402

IMPORT, WIZARD, EXPORT = constants("client/ui/import_wizard.h"), constants("client/win/wizard.h"), constants("client/ui/export_dialog.c")
OK = 1
LOCAL = "/srv/poolcenter-lab/local"


class TransferTest(unittest.TestCase):
    language = "en"

    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.mkdtemp(prefix="pc-transfer-")
        cls.addClassCleanup(shutil.rmtree, cls.work)
        cls.raw = appliances.disk(cls.work)
        cls.host = Host(f"transui-{os.getpid()}", agent=AGENT).up()
        cls.addClassCleanup(cls.host.down)
        cls.drive = cls.enterClassContext(Drive(language=cls.language, size=(1280, 900)))
        cls.client = cls.enterClassContext(Client(cls.drive, cls.language))
        cls.words = cls.client.words
        cls.client.remember(cls.host, name="lab", user="root")
        cls.client.start()
        cls.server = cls.drive.until(lambda: next((row["text"] for row in cls.client.tree.tree() if row["level"] == 0 and "(" not in row["text"]), None),
                                     "the server to be online", 30)
        cls.client.tree.tree_wait(cls.server, "local", timeout=30)

    def next(self, wizard):
        step = wizard.child(WIZARD["WIZARD_STEPS"]).text
        wizard.child(WIZARD["WIZARD_NEXT"]).wait_enabled()
        wizard.child(WIZARD["WIZARD_NEXT"]).click()
        self.drive.until(lambda: wizard.child(WIZARD["WIZARD_STEPS"]).text != step, "the next page")

    def files(self):
        return sorted(os.listdir(self.host.outside(LOCAL)))

    def wait_vm(self, name):
        self.drive.until(lambda: name in self.host.virsh("list", "--all", "--name").split("\n"), f"the VM {name}", 60)
        self.client.tree.tree_wait(self.server, name, timeout=30)

    def finish(self, wizard):
        while wizard.child(WIZARD["WIZARD_STEPS"]).text != self.words("IMPORT_VM_STEP_FINISH"):
            self.next(wizard)
        wizard.child(WIZARD["WIZARD_NEXT"]).wait_enabled()
        wizard.child(WIZARD["WIZARD_NEXT"]).click()
        wizard.wait_gone()

    def test_1_an_archive_dragged_onto_a_host(self):
        ova = appliances.virtualbox(self.work, self.raw)
        self.client.select(self.server)
        self.client.frame.drop(ova, x=600, y=400)
        wizard = self.client.dialog("IMPORT_VM_TITLE")
        facts = wizard.child(IMPORT["IMPORT_FACTS"])
        facts.row_of(self.words("IMPORT_VM_KIND_OVA"), 1, timeout=20)
        facts.row_of("Bear 1.2, Honey & Sons", 1)
        self.next(wizard)
        self.assertFalse(wizard.child(WIZARD["WIZARD_NEXT"]).enabled, "the agreement was not accepted")
        self.assertIn("You may look", wizard.child(IMPORT["IMPORT_LICENSE"]).text)
        wizard.child(IMPORT["IMPORT_ACCEPT"]).check(True)
        self.next(wizard)
        wizard.child(IMPORT["IMPORT_NAME"]).edit("bear")
        self.next(wizard)
        wizard.child(IMPORT["IMPORT_BUS"]).select_item(self.words("NEW_VM_BUS_VIRTIO"))
        self.next(wizard)
        self.assertEqual(wizard.child(IMPORT["IMPORT_CARDS"]).cell(0, 1), "NAT")
        self.next(wizard)
        self.finish(wizard)
        self.wait_vm("bear")
        self.drive.until(lambda: self.files() == ["bear.qcow2"], "the uploaded file to be gone", 20)
        self.host.exec("qemu-img", "check", f"{LOCAL}/bear.qcow2")
        appliances.run("qemu-img", "compare", "-F", "raw", self.host.outside(f"{LOCAL}/bear.qcow2"), self.raw)
        xml = self.host.virsh("dumpxml", "bear")
        self.assertIn("bus='virtio'", xml)
        self.assertIn("<memory unit='KiB'>98304</memory>", xml)

    def test_2_a_file_that_is_refused(self):
        path = os.path.join(self.work, "child.qcow2")
        appliances.run("qemu-img", "create", "-u", "-f", "qcow2", "-F", "raw", "-b", "/etc/shadow", path, "1M")
        self.client.select(self.server)
        self.client.frame.drop(path, x=600, y=400)
        wizard = self.client.dialog("IMPORT_VM_TITLE")
        wizard.child(WIZARD["WIZARD_MESSAGE"]).wait_contains("backing file")
        self.assertFalse(wizard.child(WIZARD["WIZARD_NEXT"]).enabled)
        wizard.close()
        wizard.wait_gone()

    def test_2_libvirts_xml_dragged_onto_a_host(self):
        path = os.path.join(self.work, "old.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("<domain type='kvm'><name>old</name><uuid>7c8f0c8e-6a5d-4f6e-9d0b-2f5f7b1c9a11</uuid><memory unit='MiB'>64</memory><vcpu>2</vcpu><os><type arch='x86_64'>hvm</type></os></domain>")
        self.client.select(self.server)
        self.client.frame.drop(path, x=600, y=400)
        wizard = self.client.dialog("IMPORT_VM_TITLE")
        wizard.child(IMPORT["IMPORT_FACTS"]).row_of(self.words("IMPORT_VM_KIND_LIBVIRT"), 1, timeout=20)
        wizard.close()
        wizard.wait_gone()

    def test_2_an_empty_disk_in_a_description(self):
        self.client.select(self.server)
        self.client.frame.drop(appliances.configured(self.work, self.raw), x=600, y=400)
        wizard = self.client.dialog("IMPORT_VM_TITLE")
        wizard.child(IMPORT["IMPORT_FACTS"]).row_of(self.words("IMPORT_VM_DISK_FACT", self.words("IMPORT_VM_EMPTY_DISK"), "32.0 MB"), 1, timeout=20)
        self.finish(wizard)
        self.wait_vm("sized")
        self.drive.until(lambda: self.files() == sorted(["bear.qcow2", "sized.qcow2", "sized-2.qcow2"]), "the uploaded files to be gone", 20)
        self.assertIn("virtual size: 32 MiB", self.host.exec("qemu-img", "info", f"{LOCAL}/sized-2.qcow2"))
        self.host.virsh("undefine", "sized")
        for name in ("sized.qcow2", "sized-2.qcow2"):
            os.unlink(self.host.outside(f"{LOCAL}/{name}"))

    def test_2_an_import_that_ended_asks_for_nothing_any_more(self):
        """Both of its files have the name of one on the host. One question is answered by Cancel, which ends the import, then the other one by Replace."""
        names = ("taken.ovf", "taken-disk1.vmdk")
        for name in names:
            with open(self.host.outside(f"{LOCAL}/{name}"), "w", encoding="ascii") as file:
                file.write("mine")
            self.addCleanup(os.unlink, self.host.outside(f"{LOCAL}/{name}"))
        self.host.virsh("pool-refresh", "local")
        self.client.select(self.server)
        self.client.frame.drop(appliances.configured(self.work, self.raw, name="taken"), x=600, y=400)
        wizard = self.client.dialog("IMPORT_VM_TITLE")
        wizard.child(IMPORT["IMPORT_FACTS"]).row_of(self.words("IMPORT_VM_KIND_OVF"), 1, timeout=20)
        self.finish(wizard)

        def questions():
            return [window for window in self.client.app.windows() if window.hwnd != self.client.frame.hwnd]
        self.drive.until(lambda: len(questions()) == 2, "two questions", 20)
        last = next(window for window in questions() if window.enabled)
        last.close()
        last.wait_gone()
        first = self.drive.until(lambda: next((window for window in questions() if window.enabled), None), "the other question")
        first.press(self.words("REPLACE_REPLACE"))
        first.wait_gone()
        tasks = next(view for view in self.client.frame.children("SysListView32") if any(column["text"] == self.words("TASKS_TASK") for column in view.columns()))

        def states():
            return [self.words("TASKS_CANCELLED") in row for row in tasks.rows() if any("taken" in cell for cell in row)]
        self.drive.until(lambda: states() and all(states()), "both uploads to be cancelled", 20)
        for name in names:
            with open(self.host.outside(f"{LOCAL}/{name}"), encoding="ascii") as file:
                self.assertEqual(file.read(), "mine")

    def import_from_datastore(self, name):
        self.client.select(self.server, "local")
        self.client.page("PAGE_STORAGE")
        volumes = self.drive.until(lambda: next((view for view in self.client.frame.children("SysListView32") if any(column["text"] == self.words("COLUMN_ALLOCATED") for column in view.columns())), None), "the list of volumes")
        volumes.row_of(name, 0, timeout=20)
        volumes.select_rows(name)
        self.client.wait_command("volume.import")
        self.client.command("volume.import")
        return self.client.dialog("IMPORT_VM_TITLE")

    def test_3_export_into_a_datastore_and_import_from_there(self):
        self.client.select(self.server, "bear")
        self.client.wait_command("vm.export")
        self.client.command("vm.export")
        dialog = self.client.dialog("EXPORT_VM_TITLE", "bear")
        dialog.child(EXPORT["TO_DATASTORE"]).check(True)
        dialog.child(EXPORT["NAME"]).edit("kept")
        dialog.child(OK).wait_enabled()
        dialog.child(OK).click()
        dialog.wait_gone()
        self.drive.until(lambda: "kept.ova" in self.files(), "the archive", 60)
        self.assertEqual(appliances.run("tar", "-tf", self.host.outside(f"{LOCAL}/kept.ova")).split(), ["kept.ovf", "kept-disk1.vmdk", "kept.mf"])
        wizard = self.import_from_datastore("kept.ova")
        wizard.child(IMPORT["IMPORT_FACTS"]).row_of(self.words("IMPORT_VM_KIND_OVA"), 1, timeout=20)
        self.next(wizard)
        self.assertEqual(wizard.child(WIZARD["WIZARD_STEPS"]).text, self.words("IMPORT_VM_STEP_VM"), "it has no license agreement")
        wizard.child(IMPORT["IMPORT_NAME"]).edit("again")
        self.finish(wizard)
        self.wait_vm("again")
        self.assertEqual(self.files(), ["again.qcow2", "bear.qcow2", "kept.ova"])
        appliances.run("qemu-img", "compare", "-F", "raw", self.host.outside(f"{LOCAL}/again.qcow2"), self.raw)

    def test_4_export_to_this_computer(self):
        self.client.select(self.server, "bear")
        self.client.wait_command("vm.export")
        self.client.command("vm.export")
        dialog = self.client.dialog("EXPORT_VM_TITLE", "bear")
        dialog.child(OK).wait_enabled()
        dialog.child(OK).post(0xF5)  # BM_CLICK: the file dialog opens inside of it
        path = os.path.join(self.work, "fetched.ova")
        picker = self.drive.until(lambda: next((window for window in self.client.app.windows() if window.cls == "#32770" and window.visible and window.hwnd != dialog.hwnd), None), "the file dialog", 20)
        picker.find(cls="Edit").edit(windows_path(path))
        picker.child(OK).click()
        dialog.wait_gone()
        self.drive.until(lambda: os.path.exists(path), "the archive on this computer", 60)
        self.drive.until(lambda: "fetched.ova" not in self.files(), "the host to have removed it", 20)
        appliances.run("tar", "-xf", path, "-C", self.work)
        appliances.run("qemu-img", "compare", "-f", "vmdk", "-F", "raw", os.path.join(self.work, "fetched-disk1.vmdk"), self.raw)

    def test_5_one_of_several_vms(self):
        second = appliances.disk(self.work, "second.raw", 24, b"more")
        plain = appliances.plain_part(self.work, self.raw, "web.vmdk")
        pieces = appliances.chunked_part(self.work, second, "db.vmdk.gz", 1 << 20, True)
        ova = appliances.package(self.work, [("vm-web", "web", *plain), ("vm-db", "db", *pieces)])
        self.client.select(self.server)
        self.client.frame.drop(ova, x=600, y=400)
        wizard = self.client.dialog("IMPORT_VM_TITLE")
        facts, machine = wizard.child(IMPORT["IMPORT_FACTS"]), wizard.child(IMPORT["IMPORT_MACHINE"])
        facts.row_of("web", 1, timeout=20)
        self.assertEqual((machine.visible, machine.items()), (True, ["web", "db"]))
        machine.select_item("db")
        facts.row_of("db", 1, timeout=20)
        facts.wait_no_row("web.vmdk (24.0 MB)")
        self.next(wizard)
        wizard.child(IMPORT["IMPORT_ACCEPT"]).check(True)
        self.next(wizard)
        self.assertEqual(wizard.child(IMPORT["IMPORT_NAME"]).text, "db")
        for _ in range(3):
            self.next(wizard)
        while wizard.child(WIZARD["WIZARD_STEPS"]).text != self.words("IMPORT_VM_STEP_FINISH"):
            self.next(wizard)
        self.assertTrue(wizard.child(IMPORT["IMPORT_REMOVE"]).checked)
        wizard.child(IMPORT["IMPORT_REMOVE"]).check(False)
        self.finish(wizard)
        self.wait_vm("db")
        appliances.run("qemu-img", "compare", "-F", "raw", self.host.outside(f"{LOCAL}/db.qcow2"), second)
        self.assertNotIn("web", self.host.virsh("list", "--all", "--name").split("\n"))
        package = os.path.basename(ova)
        wizard = self.import_from_datastore(package)
        wizard.child(IMPORT["IMPORT_FACTS"]).row_of("web", 1, timeout=20)
        self.next(wizard)
        wizard.child(IMPORT["IMPORT_ACCEPT"]).check(True)
        while wizard.child(WIZARD["WIZARD_STEPS"]).text != self.words("IMPORT_VM_STEP_FINISH"):
            self.next(wizard)
        wizard.child(IMPORT["IMPORT_REMOVE"]).check(True)
        self.finish(wizard)
        self.wait_vm("web")
        appliances.run("qemu-img", "compare", "-F", "raw", self.host.outside(f"{LOCAL}/web.qcow2"), self.raw)
        self.drive.until(lambda: package not in self.files(), "the package to go", 30)


if __name__ == "__main__":
    unittest.main()
