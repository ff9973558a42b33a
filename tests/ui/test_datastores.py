#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Datastores through the window: the wizard by kind with its trial, marks and low space, detach, forget and destroy. virsh and the host's files are the judges.
Kinds that need a kernel of their own are made on the host VM, where there can be one."""
import os
import re
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import ceph  # noqa: E402
import guests  # noqa: E402
from client import Client, constants  # noqa: E402
from drive import Drive  # noqa: E402
from host_vm import HostVm, Unavailable  # noqa: E402
from lab import Host  # noqa: E402
from poolctl import AGENT, Poolctl  # noqa: E402

STORE, WIZARD = constants("client/ui/datastore_wizard.h"), constants("client/win/wizard.h")
SETTINGS, PAGE = constants("client/ui/datastore_settings_dialog.c"), constants("client/ui/storage_page.c")
DESTROY, VOLUME = constants("client/ui/destroy_datastore_dialog.c"), constants("client/ui/volume_dialogs.c")
KINDS = ("DIR", "FS", "NFS", "SMB", "ISCSI", "LVM", "ZFS", "RBD", "DISK")
OK, CANCEL = 1, 2
SW_MINIMIZE, SW_RESTORE = 6, 9
LAB = "/srv/poolcenter-lab"
MIB = 1 << 20


class StoreCase(unittest.TestCase):
    """One host, one program."""
    server = "lab"  # as the host calls itself

    @classmethod
    def open_client(cls, host, user="root"):
        cls.drive = cls.enterClassContext(Drive(size=(1600, 1200)))
        cls.client = cls.enterClassContext(Client(cls.drive))
        cls.words = cls.client.words
        cls.client.remember(host, name="lab", user=user)
        cls.client.start()
        cls.client.tree.tree_wait(cls.server, "local", timeout=60)

    def setUp(self):
        self.addCleanup(self.leave)

    def leave(self):
        """Closes whatever a failed test left open."""
        def closed():
            windows = [window for window in self.client.app.windows() if window.hwnd != self.client.frame.hwnd]
            for window in (window for window in windows if window.enabled):
                discard = [button for button in window.children("Button") if button.known["text"].replace("&", "") == self.words("NEW_VM_LEAVE_VERB")]
                discard[0].click() if discard else window.close()
            return not windows
        self.drive.until(closed, "all dialogs to close", 10, step=0.1)

    # -- the wizard ------------------------------------------------------------------------------

    def wizard(self):
        self.client.select(self.server)
        self.client.wait_command("datastore.new")
        self.client.command("datastore.new")
        return self.client.dialog("NEW_DATASTORE_TITLE")

    def next(self, wizard):
        title = wizard.child(WIZARD["WIZARD_STEPS"]).text
        wizard.child(WIZARD["WIZARD_NEXT"]).wait_enabled()
        wizard.child(WIZARD["WIZARD_NEXT"]).click()
        self.drive.until(lambda: wizard.child(WIZARD["WIZARD_STEPS"]).text != title, "the next page")

    def choose(self, wizard, kind, name):
        """To the page of the place."""
        wizard.child(STORE["STORE_KINDS"]).row_of(self.words("STORE_KIND_" + kind), 0)
        self.drive.until(lambda: self.words("STORE_ASKING") not in [row[1] for row in wizard.child(STORE["STORE_KINDS"]).rows()], "the host's answer", 20)
        wizard.child(STORE["STORE_KINDS"]).select_rows(self.words("STORE_KIND_" + kind))
        self.next(wizard)
        wizard.child(STORE["STORE_NAME"]).edit(name)
        self.next(wizard)

    def field(self, wizard, kind, name):
        return wizard.child(STORE["STORE_PLACE"] + STORE["STORE_PLACE_STEP"] * KINDS.index(kind) + STORE["FIELD_" + name])

    def says(self, wizard, name, *values, timeout=None):
        wanted = self.words(name, *values)
        self.drive.until(lambda: wanted in wizard.child(WIZARD["WIZARD_MESSAGE"]).text, f"'{wanted}' in {wizard!r}", timeout)

    def trial(self, wizard, words):
        """The last page: what came out of the trial."""
        self.next(wizard)
        self.drive.until(lambda: words in wizard.child(STORE["STORE_RESULT"]).text, f"'{words}'", 120)

    def create(self, wizard, name):
        wizard.child(WIZARD["WIZARD_NEXT"]).wait_enabled()
        wizard.child(WIZARD["WIZARD_NEXT"]).click()
        wizard.wait_gone(timeout=120)
        self.client.tree.tree_wait(self.server, name, timeout=30)

    def discard(self, wizard):
        wizard.close()
        question = self.question(wizard)
        question.press(self.words("NEW_VM_LEAVE_VERB"))
        wizard.wait_gone()

    def question(self, *known):
        known = {self.client.frame.hwnd, *(window.hwnd for window in known)}
        return self.drive.until(lambda: next((window for window in self.client.app.windows() if window.hwnd not in known), None), "a question", 20)

    # -- the end of a datastore ------------------------------------------------------------------

    def command(self, name, command):
        self.client.select(self.server)
        self.client.select(self.server, name)
        self.client.wait_command(command, timeout=20)
        self.client.command(command)

    def forget(self, name):
        self.command(name, "datastore.forget")
        self.question().press(self.words("FORGET_DATASTORE_FORGET"))
        self.client.tree.tree_wait_gone(self.server, name, timeout=30)

    def destroy(self, name):
        self.command(name, "datastore.destroy")
        dialog = self.client.dialog("DESTROY_TITLE", name)
        dialog.child(OK).wait_enabled(False)
        dialog.child(DESTROY["NAME"]).edit(name[:-1])
        dialog.child(OK).wait_enabled(False)
        dialog.child(DESTROY["NAME"]).edit(name)
        dialog.child(OK).wait_enabled()
        dialog.child(OK).click()
        return dialog


class DirectoryTest(StoreCase):
    @classmethod
    def setUpClass(cls):
        cls.host = Host(f"stores-{os.getpid()}", agent=AGENT, hostname="lab").up()
        cls.addClassCleanup(cls.host.down)
        guests.store(cls.host, guests.GRUB_ISO)
        cls.poolctl = cls.enterClassContext(Poolctl(cls.host))
        cls.open_client(cls.host)

    def make(self, name):
        wizard = self.wizard()
        self.choose(wizard, "DIR", name)
        self.field(wizard, "DIR", "PATH").edit(f"{LAB}/{name}")
        self.trial(wizard, self.words("STORE_TEST_FREE", "", "").split(" ")[0])
        self.create(wizard, name)

    def test_what_the_host_cannot_have_is_said_with_the_reason(self):
        wizard = self.wizard()
        kinds = wizard.child(STORE["STORE_KINDS"])
        self.drive.until(lambda: self.words("STORE_ASKING") not in [row[1] for row in kinds.rows()], "the host's answer", 20)
        shown = {row[0]: row[1] for row in kinds.rows()}
        self.assertEqual(shown[self.words("STORE_KIND_DIR")], self.words("STORE_POSSIBLE"))
        self.assertEqual(shown[self.words("STORE_KIND_LVM_THIN")], self.words("STORE_NEVER"))
        supported = dict(re.findall(r"<pool type='(\w+)' supported='(\w+)'", self.host.virsh("pool-capabilities")))
        for word, pool in (("ZFS", "zfs"), ("RBD", "rbd")):
            if supported[pool] == "no":
                self.assertEqual(shown[self.words("STORE_KIND_" + word)], self.words("STORE_NO_DRIVER", pool))
        kinds.select_rows(self.words("STORE_KIND_LVM_THIN"))
        self.says(wizard, "STORE_NO_THIN")
        wizard.child(WIZARD["WIZARD_NEXT"]).wait_enabled(False)

    def test_a_directory_and_its_end(self):
        wizard = self.wizard()
        self.choose(wizard, "DIR", "my isos")
        path = self.field(wizard, "DIR", "PATH")
        self.assertEqual(path.text, "/srv/my-isos", "the path follows the name")
        path.edit("relative")
        self.says(wizard, "CHECK_PATH_RELATIVE")
        path.edit(f"{LAB}/my-isos")
        before = self.host.virsh("pool-list", "--all", "--name")
        self.trial(wizard, self.words("STORE_TEST_FREE", "", "").split(" ")[0])
        self.assertEqual(self.host.virsh("pool-list", "--all", "--name"), before, "the trial leaves nothing")
        self.assertFalse(os.path.exists(self.host.outside(f"{LAB}/my-isos")))
        self.create(wizard, "my isos")
        info = self.host.virsh("pool-info", "my isos")
        self.assertRegex(info, r"State:\s+running")
        self.assertRegex(info, r"Autostart:\s+yes")
        self.detached_and_activated("my isos")
        open(self.host.outside(f"{LAB}/my-isos/kept"), "w", encoding="ascii").close()
        self.forget("my isos")
        self.assertNotIn("my isos", self.host.virsh("pool-list", "--all"))
        self.assertTrue(os.path.exists(self.host.outside(f"{LAB}/my-isos/kept")), "its files stay")

    def detached_and_activated(self, name):
        self.command(name, "datastore.detach")
        question = self.question()
        self.assertIn(self.words("DETACH_QUESTION")[:30], question.texts())
        question.press(self.words("DETACH_VERB"))
        self.drive.until(lambda: "inactive" in self.host.virsh("pool-info", name), "libvirt to say so", 20)
        self.command(name, "datastore.refresh")
        self.drive.until(lambda: "running" in self.host.virsh("pool-info", name), "libvirt to say so", 20)

    def test_only_an_empty_one_is_destroyed(self):
        self.make("doomed")
        with open(self.host.outside(f"{LAB}/doomed/file"), "w", encoding="ascii") as file:
            file.write("here")
        self.command("doomed", "datastore.refresh")
        dialog = self.destroy("doomed")
        self.drive.until(lambda: any("'doomed'" in child.known["text"] and child.visible for child in dialog.children("PoolCenterNote")), "the refusal", 20)
        dialog.close()
        dialog.wait_gone()
        self.assertIn("doomed", self.host.virsh("pool-list", "--all"))
        os.remove(self.host.outside(f"{LAB}/doomed/file"))
        self.destroy("doomed").wait_gone(timeout=30)
        self.client.tree.tree_wait_gone(self.server, "doomed", timeout=20)
        self.assertFalse(os.path.exists(self.host.outside(f"{LAB}/doomed")))
        self.assertNotIn("doomed", self.host.virsh("pool-list", "--all"))

    def test_what_fails_in_the_trial_is_not_made(self):
        open(self.host.outside("/srv/a-file"), "w", encoding="ascii").close()
        wizard = self.wizard()
        self.choose(wizard, "DIR", "blocked")
        self.field(wizard, "DIR", "PATH").edit("/srv/a-file")
        self.trial(wizard, "/srv/a-file")
        self.says(wizard, "STORE_TEST_FAILED")
        wizard.child(WIZARD["WIZARD_NEXT"]).wait_enabled(False)
        os.remove(self.host.outside("/srv/a-file"))
        wizard.child(STORE["STORE_AGAIN"]).click()
        wizard.child(WIZARD["WIZARD_NEXT"]).wait_enabled(timeout=30)
        self.discard(wizard)
        self.assertNotIn("blocked", self.host.virsh("pool-list", "--all"))

    def test_what_a_kind_cannot_do_is_said_with_the_reason(self):
        """A target that libvirt has, if only by name: what is not possible with its kind, is not, whatever its state."""
        self.host.virsh("pool-define-as", "san", "iscsi", "--source-host", "127.0.0.1", "--source-dev", "iqn.2026-01.test.lab:none", "--target", "/dev/disk/by-path")
        self.addCleanup(self.host.virsh, "pool-undefine", "san", check=False)
        self.client.tree.tree_wait(self.server, "san", timeout=20)
        self.client.select(self.server, "san")
        for command, reason in (("volume.new", "ELSEWHERE"), ("volume.fetch", "ELSEWHERE"), ("datastore.upload", "ELSEWHERE"), ("datastore.destroy", "KEPT")):
            self.client.wait_command(command, enabled=False, timeout=20)
            self.client.command(command)
            wanted = self.words("RULE_STORE_" + reason)
            self.drive.until(lambda: any(wanted in child.known["text"] for child in self.client.frame.children("PoolCenterPanel")), f"'{wanted}'", 20)
        self.client.wait_command("datastore.forget", timeout=20)
        self.assertEqual(self.row("san")[self.words("COLUMN_TYPE")], self.words("STORE_KIND_ISCSI"))
        self.assertEqual(self.row("local")[self.words("COLUMN_TYPE")], self.words("STORE_KIND_DIR"))

    def settings(self, name):
        self.command(name, "datastore.settings")
        return self.client.dialog("STORE_SET_TITLE", name)

    def row(self, name):
        """Of the host's list of datastores: {column: text}."""
        self.client.select(self.server)
        self.client.page("PAGE_STORAGE")

        def look():
            view = next((view for view in self.client.frame.children("SysListView32")
                         if view.visible and any(column["text"] == self.words("COLUMN_MARKS") for column in view.columns())), None)
            titles = view and [column["text"] for column in view.columns()]
            return view and next((dict(zip(titles, row)) for row in view.rows() if row[0] == name), None)
        return self.drive.until(look, f"the row of {name}", 20)

    def test_marks_and_start_with_the_host(self):
        self.make("marked")
        dialog = self.settings("marked")
        self.assertTrue(dialog.child(SETTINGS["AUTOSTART"]).checked)
        dialog.child(SETTINGS["AUTOSTART"]).check(False)
        dialog.child(SETTINGS["DEFAULT"]).check(True)
        dialog.child(SETTINGS["ISO"]).check(True)
        dialog.child(OK).click()
        dialog.wait_gone(timeout=20)
        self.assertRegex(self.host.virsh("pool-info", "marked"), r"Autostart:\s+no")
        marks = ", ".join(self.words("STORE_MARK_" + word) for word in ("DEFAULT", "ISO", "MANUAL"))
        self.drive.until(lambda: self.row("marked")[self.words("COLUMN_MARKS")] == marks, "the marks in the list", 20)
        self.client.select(self.server)
        self.client.wait_command("datastore.upload")  # the ISO library is where uploads to the server go
        dialog = self.settings("local")
        dialog.child(SETTINGS["DEFAULT"]).check(True)
        dialog.child(OK).click()
        dialog.wait_gone(timeout=20)
        self.drive.until(lambda: self.words("STORE_MARK_DEFAULT") not in self.row("marked")[self.words("COLUMN_MARKS")], "one default only", 20)
        self.assertIn(self.words("STORE_MARK_DEFAULT"), self.row("local")[self.words("COLUMN_MARKS")])

    def test_low_space_is_told_once_and_shown(self):
        self.host.mount_small(f"{LAB}/tight", "64M")
        self.make("tight")
        normal = self.image("tight")
        dialog = self.settings("tight")
        self.assertEqual(dialog.child(SETTINGS["LOW"]).text, "10")
        dialog.child(SETTINGS["LOW"]).edit("50")
        dialog.child(OK).click()
        dialog.wait_gone(timeout=20)
        self.assertIsNone(self.notification())
        self.assertFalse(self.poolctl.json("datastore", "show", "tight").get("low"))
        self.client.frame.show(SW_MINIMIZE)
        self.drive.until(lambda: self.client.frame.facts()["minimized"], "the program to be out of sight", 10)
        self.host.exec("dd", "if=/dev/zero", f"of={LAB}/tight/fill", "bs=1M", "count=48")
        self.host.virsh("pool-refresh", "tight")
        self.drive.until(self.notification, "a notification", 20)
        self.assertTrue(self.poolctl.json("datastore", "show", "tight")["low"])
        self.client.frame.show(SW_RESTORE)
        sentence = re.sub(r"\{.*", "", self.words.raw("STORE_LOW")).replace("'", "") or "Space"
        self.drive.until(lambda: self.image("tight") != normal, "another icon in the tree", 20)
        self.client.page("PAGE_STORAGE")
        note = self.client.frame.child(PAGE["LOW_NOTE"])
        self.drive.until(lambda: note.visible and "tight" in note.text, f"'{sentence}' on the page", 20)
        self.assertIn("64", note.text)
        self.host.exec("rm", f"{LAB}/tight/fill")
        self.command("tight", "datastore.refresh")
        self.drive.until(lambda: self.image("tight") == normal and not note.visible, "all to be well again", 20)

    def notification(self):
        """The balloon that the shell, another program, shows for us; None: there is none."""
        pid = self.client.frame.facts()["pid"]
        return next((window for window in self.drive.windows() if window.known["class"] == "tooltips_class32" and window.known["pid"] != pid), None)

    def image(self, name):
        return next(item["image"] for item in self.client.tree.tree() if item["text"] == name)

    def test_rescan_and_over_commit(self):
        self.make("scanned")
        self.host.exec("qemu-img", "create", "-q", "-f", "qcow2", f"{LAB}/scanned/big.qcow2", "8T")
        self.command("scanned", "datastore.refresh")
        self.drive.until(lambda: re.search(r"8[.,]\d+ TB \(\d{3,} ?%\)", self.row("scanned")[self.words("COLUMN_PROVISIONED")].replace("\xa0", " ")), "what was promised", 20)


class CephTest(StoreCase):
    """A Ceph pool, on a real cluster."""

    @classmethod
    def setUpClass(cls):
        cls.host = Host(f"stores-ceph-{os.getpid()}", agent=AGENT, hostname="lab").up()
        cls.addClassCleanup(cls.host.down)
        try:
            cls.ceph = ceph.Ceph(cls.host)
        except ceph.Unavailable as reason:
            print(f"skipped: no Ceph here: {reason}", flush=True)
            raise unittest.SkipTest(str(reason)) from None
        cls.open_client(cls.host)

    def test_a_pool_with_a_key(self):
        wizard = self.wizard()
        self.choose(wizard, "RBD", "cluster")
        self.assertEqual(self.field(wizard, "RBD", "PORT").text, "")
        self.field(wizard, "RBD", "HOST").edit("127.0.0.1")
        self.says(wizard, "STORE_NO_POOL")
        self.field(wizard, "RBD", "SOURCE").edit(self.ceph.POOL)
        self.field(wizard, "RBD", "USER").edit(self.ceph.USER)
        self.says(wizard, "STORE_LOGIN_HALF")
        self.field(wizard, "RBD", "PASSWORD").edit(self.ceph.key(self.ceph.OTHER))
        self.trial(wizard, "RADOS")
        wizard.child(WIZARD["WIZARD_NEXT"]).wait_enabled(False)
        title = wizard.child(WIZARD["WIZARD_STEPS"]).text
        wizard.child(WIZARD["WIZARD_BACK"]).click()
        self.drive.until(lambda: wizard.child(WIZARD["WIZARD_STEPS"]).text != title, "the page of the place")
        self.field(wizard, "RBD", "PASSWORD").edit(self.ceph.key())
        self.trial(wizard, self.words("STORE_TEST_FREE", "", "").split(" ")[0])
        self.assertEqual(self.host.virsh("secret-list"), "", "the trial leaves nothing")
        self.create(wizard, "cluster")
        self.assertIn("username='vms'", self.host.virsh("pool-dumpxml", "cluster"))
        self.new_image()
        self.forget("cluster")
        self.assertEqual(self.host.virsh("secret-list"), "")


    def new_image(self):
        """Only raw ones can be had there."""
        self.client.select(self.server, "cluster")
        self.client.wait_command("volume.new")
        self.client.command("volume.new")
        dialog = self.client.dialog("NEW_VOLUME_TITLE", "cluster")
        dialog.child(VOLUME["NAME"]).edit("data")
        kind = dialog.child(VOLUME["FORMAT"])
        self.assertEqual((kind.enabled, kind.selected_item()), (False, self.words("NEW_VM_FORMAT_RAW")))
        dialog.child(OK).wait_enabled()
        dialog.child(OK).click()
        dialog.wait_gone(timeout=60)
        self.assertEqual(self.ceph.run("rbd", "ls", self.ceph.POOL).split(), ["data"])


class HostVmTest(StoreCase):
    """NFS, iSCSI, LVM and a file system on a disk, with everything the host and its servers offer to choose from."""
    server = "hostvm"

    @classmethod
    def setUpClass(cls):
        cls.host = HostVm(agent=AGENT)
        try:
            cls.host.up()
        except Unavailable as reason:
            print(f"skipped: no host VM here: {reason}", flush=True)
            raise unittest.SkipTest(str(reason)) from None
        cls.addClassCleanup(cls.host.__exit__, None, None, None)
        cls.open_client(cls.host)

    def find(self, wizard, kind, wanted):
        self.field(wizard, kind, "FIND").click()
        combo = self.field(wizard, kind, "SOURCE")
        self.drive.until(lambda: wanted in combo.items(), f"{wanted} to be found", 60)
        return combo

    def test_nfs(self):
        wizard = self.wizard()
        self.choose(wizard, "NFS", "nas")
        self.says(wizard, "STORE_NO_HOST")
        silent = ("INPUT", "-d", "127.0.0.9", "-j", "DROP")  # on its way in: what is dropped on its way out is an error at once
        self.host.exec("iptables", "-I", *silent)
        self.addCleanup(self.host.exec, "iptables", "-D", *silent)
        self.field(wizard, "NFS", "HOST").edit("127.0.0.9")
        self.field(wizard, "NFS", "FIND").click()
        note = self.field(wizard, "NFS", "NOTE")
        self.drive.until(lambda: note.visible and note.text == self.words.raw("STORE_LOOKING"), "the host to look", 20)
        self.field(wizard, "NFS", "HOST").edit("127.0.0.1")  # the other one may answer when it likes
        self.drive.until(lambda: not note.visible, "the search to be forgotten", 20)
        self.says(wizard, "STORE_NO_EXPORT")
        self.find(wizard, "NFS", "/srv/nfs")
        self.assertEqual(self.field(wizard, "NFS", "SOURCE").text, "/srv/nfs")
        self.field(wizard, "NFS", "VERSION").select_item("4.2")
        self.trial(wizard, self.words("STORE_TEST_FREE", "", "").split(" ")[0])
        self.create(wizard, "nas")
        self.assertIn("vers=4.2,", self.host.exec("findmnt", "-rno", "OPTIONS", "-t", "nfs4"))
        self.forget("nas")
        self.assertEqual(self.host.exec("findmnt", "-rno", "TARGET", "-t", "nfs4", check=False).stdout, "")

    def test_iscsi(self):
        wizard = self.wizard()
        self.choose(wizard, "ISCSI", "san")
        self.field(wizard, "ISCSI", "HOST").edit("127.0.0.1")
        target = self.find(wizard, "ISCSI", "iqn.2026-01.test.lab:open")
        target.select_item("iqn.2026-01.test.lab:open")
        self.field(wizard, "ISCSI", "USER").edit("half")
        self.says(wizard, "STORE_LOGIN_HALF")
        self.field(wizard, "ISCSI", "USER").edit("")
        self.trial(wizard, "1")
        self.create(wizard, "san")
        self.assertIn("iqn.2026-01.test.lab:open", self.host.exec("iscsiadm", "-m", "session"))
        self.forget("san")
        self.assertNotIn("iqn.2026-01.test.lab:open", self.host.exec("iscsiadm", "-m", "session", check=False).stdout)

    def test_lvm(self):
        wizard = self.wizard()
        self.choose(wizard, "LVM", "fast")
        self.field(wizard, "LVM", "SOURCE").find(cls="Edit").edit("vg_fast")
        self.field(wizard, "LVM", "BLANK").check(True)
        self.says(wizard, "STORE_NO_DEVICES")
        disks = self.field(wizard, "LVM", "DEVICES")
        disks.check_row(disks.row_of("/dev/vdb", 0, timeout=20), True)
        self.trial(wizard, self.words("STORE_TEST_FREE", "", "").split(" ")[0])
        self.assertEqual(self.host.exec("vgs", "--noheadings").strip(), "", "the trial leaves nothing")
        self.create(wizard, "fast")
        self.assertEqual(self.host.exec("vgs", "--noheadings", "-o", "vg_name,pv_name").split(), ["vg_fast", "/dev/vdb"])
        self.destroy("fast").wait_gone(timeout=60)
        self.assertEqual(self.host.exec("vgs", "--noheadings").strip(), "")

    def test_a_file_system_on_a_disk(self):
        wizard = self.wizard()
        self.choose(wizard, "FS", "files")
        self.says(wizard, "STORE_NO_DEVICE")
        disks = self.field(wizard, "FS", "DEVICES")
        disks.select_rows(disks.row_of("/dev/vda", 0, timeout=20))
        self.says(wizard, "STORE_DEVICE_USED")
        disks.select_rows(disks.row_of("/dev/vdc", 0))
        self.says(wizard, "STORE_DEVICE_EMPTY")
        self.field(wizard, "FS", "BLANK").check(True)
        self.field(wizard, "FS", "FORMAT").select_item("xfs")
        self.trial(wizard, self.words("STORE_TEST_FREE", "", "").split(" ")[0])
        self.create(wizard, "files")
        self.assertEqual(self.host.exec("findmnt", "-rno", "FSTYPE", "-S", "/dev/vdc").strip(), "xfs")
        self.forget("files")
        self.host.exec("wipefs", "-qa", "/dev/vdc")


if __name__ == "__main__":
    unittest.main(verbosity=2)
