#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every dialog of the real program against a real host: by keys and messages, checked by what the host says."""
import hashlib
import json
import os
import socket
import sys
import tempfile
import time
import unittest
from xml.etree import ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import accounts  # noqa: E402
import guests  # noqa: E402
from client import Client, constants  # noqa: E402
from drive import Drive, windows_path  # noqa: E402
from lab import Host, wait_for  # noqa: E402
from poolctl import AGENT  # noqa: E402
from window import Window  # noqa: E402

ADD = constants("client/ui/add_server_dialog.c")
PROMPT = constants("client/ui/prompt_dialog.c")
VM = constants("client/ui/new_vm_wizard.h")
WIZARD = constants("client/win/wizard.h")
DELETE = constants("client/ui/delete_dialogs.c")
OK, CANCEL = 1, 2
STORE = "local"
WS_THICKFRAME = 0x40000


class DialogCase(unittest.TestCase):
    """One host, one program; subclasses say how it starts."""
    dpi, language, dark = 96, "en", False

    @classmethod
    def setUpClass(cls):
        cls.host = Host(f"dialogs-{os.getpid()}", agent=AGENT).up()
        cls.addClassCleanup(cls.host.down)
        guests.store(cls.host, guests.GRUB_ISO)
        cls.drive = cls.enterClassContext(Drive(language=cls.language, dpi=cls.dpi, size=(1600, 1200)))
        cls.client = cls.enterClassContext(Client(cls.drive, cls.language, cls.dark))
        cls.words = cls.client.words
        cls.prepare()
        cls.client.start()

    @classmethod
    def prepare(cls):
        pass

    def open(self, command, title, *values):
        self.client.wait_command(command)
        self.client.command(command)
        dialog = self.client.dialog(title, *values)
        self.addCleanup(self.leave)
        return dialog

    def leave(self):
        """Closes whatever a failed test left open."""
        def closed():
            windows = [window for window in self.client.app.windows() if window.hwnd != self.client.frame.hwnd]
            for window in (window for window in windows if window.enabled):
                discard = [button for button in window.children("Button") if button.known["text"].replace("&", "") == self.words("NEW_VM_LEAVE_VERB")]
                discard[0].click() if discard else window.close()
            return not windows
        self.drive.until(closed, "all dialogs to close", 10, step=0.3)

    def says(self, dialog, name, *values, timeout=None):
        """Wait until a text stands somewhere in the dialog."""
        wanted = self.words(name, *values)
        self.drive.until(lambda: any(wanted in str(child.known["text"]) for child in dialog.children()), f"'{wanted}' in {dialog!r}", timeout)

    def question(self, *titles):
        """The topmost window that is neither the frame nor one of these."""
        known = {self.client.frame.hwnd, *(title.hwnd for title in titles)}
        return self.drive.until(lambda: next((window for window in self.client.app.windows() if window.hwnd not in known), None), "a question")


class AddServerTest(DialogCase):
    def fill(self, dialog, password=None, user="operator", port=None, method=None, key=None, passphrase=None):
        dialog.child(ADD["HOST"]).find(cls="Edit").edit("127.0.0.1")
        dialog.child(ADD["PORT"]).edit(str(port or self.host.port))
        dialog.child(ADD["USER"]).edit(user)
        if method:
            dialog.child(ADD["METHOD"]).select_item(self.words(method))
        if password is not None:
            dialog.child(ADD["PASSWORD"]).edit(password)
        if key is not None:
            dialog.child(ADD["KEY_FILE"]).edit(key)
        if passphrase is not None:
            dialog.child(ADD["PASSPHRASE"]).edit(passphrase)
        dialog.child(ADD["AT_START"]).check(False)

    def connect(self, dialog):
        dialog.child(OK).click()

    def accept_key(self, dialog, fingerprint):
        prompt = self.client.dialog("PROMPT_HOST_KEY_TITLE")
        self.assertEqual(prompt.child(PROMPT["PROMPT_FINGERPRINT"]).text, fingerprint)
        self.assertFalse(dialog.enabled, "the dialog below the question is blocked")
        prompt.child(OK).click()
        prompt.wait_gone()

    def forget_servers(self):
        while self.client.tree.tree():
            self.client.select_server()
            if self.client.menu_item("server.disconnect")["enabled"]:
                self.client.command("server.disconnect")
                self.client.wait_command("server.remove")
            self.client.command("server.remove")
            question = self.question()
            question.press(self.words("VERB_REMOVE"))
            question.wait_gone()

    def test_0_a_dialog_that_a_window_manager_makes_smaller_gets_its_size_back(self):
        dialog = self.open("server.add", "ADD_SERVER_TITLE")
        left, top, right, bottom = dialog.rect
        dialog.resize(right - left - 40, bottom - top - 60)
        # With the frame that all sizes are allowed with: the window manager would obey the smaller one again.
        self.drive.until(lambda: dialog.facts()["style"] & WS_THICKFRAME, "a sizing frame")
        self.drive.until(lambda: dialog.rect[2] - dialog.rect[0] >= right - left and dialog.rect[3] - dialog.rect[1] >= bottom - top, "its size to be back")
        dialog.assert_layout()

    def test_1_checks_as_you_type(self):
        dialog = self.open("server.add", "ADD_SERVER_TITLE")
        dialog.child(OK).wait_enabled(False)
        self.fill(dialog, port=99999)
        self.says(dialog, "CHECK_PORT")
        dialog.child(OK).wait_enabled(False)
        self.fill(dialog)
        dialog.child(OK).wait_enabled(True)
        dialog.child(ADD["USER"]).edit("")
        dialog.child(OK).wait_enabled(False)
        dialog.child(ADD["METHOD"]).select_item(self.words("ADD_SERVER_BY_KEY"))
        dialog.child(ADD["KEY_FILE"]).edit("C:\\no\\such\\key")
        dialog.foreground()
        dialog.child(ADD["KEY_FILE"]).focus()
        self.drive.key("Tab")
        self.says(dialog, "ADD_SERVER_KEY_MISSING")
        dialog.assert_layout()
        self.drive.key("Escape")
        dialog.wait_gone()

    def test_2_cancel_while_connecting(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            dialog = self.open("server.add", "ADD_SERVER_TITLE")
            self.fill(dialog, "x", port=silent.getsockname()[1])
            self.connect(dialog)
            dialog.child(ADD["PROGRESS"])
            self.assertLess(dialog.ping(), 0.5, "the window answers while it connects")
            began = time.monotonic()
            dialog.child(CANCEL).click()
            self.says(dialog, "ADD_SERVER_CANCELLED", timeout=3)
            self.assertLess(time.monotonic() - began, 2)
            dialog.child(OK).wait_enabled(True)
            dialog.child(CANCEL).click()
            dialog.wait_gone()
            self.assertEqual(self.client.tree.tree(), [], "a server that never was online is not kept")

    def test_3_refused_port(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
        dialog = self.open("server.add", "ADD_SERVER_TITLE")
        self.fill(dialog, "x", port=port)
        self.connect(dialog)
        self.drive.until(lambda: "127.0.0.1" in dialog.child(ADD["STATUS"]).text and dialog.child(OK).enabled, "the error", 20)
        dialog.close()
        dialog.wait_gone()

    def test_4_unknown_key_rejected_then_wrong_password_then_right(self):
        dialog = self.open("server.add", "ADD_SERVER_TITLE")
        self.fill(dialog, "wrong")
        self.connect(dialog)
        prompt = self.client.dialog("PROMPT_HOST_KEY_TITLE")
        prompt.assert_layout()
        prompt.foreground()
        self.drive.key("Return")  # Enter alone must not trust
        prompt.wait_gone()
        dialog.child(OK).wait_enabled(True)
        self.connect(dialog)
        self.accept_key(dialog, self.host.fingerprint())
        self.says(dialog, "PROMPT_WRONG_PASSWORD", timeout=15)
        password = dialog.child(ADD["PASSWORD"])
        self.assertEqual(dialog.focused().hwnd, password.hwnd, "the focus is back at the password")
        self.assertEqual(password.send(0xB0) >> 16, len("wrong"), "its text is selected")
        password.edit(accounts.PASSWORD)
        dialog.foreground()
        password.focus()
        self.drive.key("Return")
        dialog.wait_gone(timeout=20)
        self.client.tree.tree_wait(self.client.tree.tree()[0]["text"], STORE, timeout=20)
        with open(os.path.join(self.client.folder, "settings.json"), encoding="utf-8") as file:
            self.assertNotIn(accounts.PASSWORD, file.read())

    def test_5_changed_key_is_refused_until_the_old_one_is_removed(self):
        self.forget_servers()
        old = self.host.fingerprint()
        new = self.host.change_host_key()
        dialog = self.open("server.add", "ADD_SERVER_TITLE")
        self.fill(dialog, accounts.PASSWORD)
        self.connect(dialog)
        remove = dialog.child(ADD["REMOVE_KEY"], timeout=15)
        self.assertEqual(dialog.child(ADD["OLD_KEY"]).text, old)
        self.assertEqual(dialog.child(ADD["NEW_KEY"]).text, new)
        dialog.assert_layout()
        remove.click()
        question = self.question(dialog)
        question.press(self.words("DIALOG_CANCEL"))
        question.wait_gone()
        remove.click()
        question = self.question(dialog)
        question.press(self.words("ADD_SERVER_REMOVE_KEY_VERB"))
        question.wait_gone()
        self.says(dialog, "ADD_SERVER_KEY_REMOVED")
        self.connect(dialog)
        self.accept_key(dialog, new)
        dialog.wait_gone(timeout=20)

    def test_6_key_file_with_passphrase(self):
        self.forget_servers()
        dialog = self.open("server.add", "ADD_SERVER_TITLE")
        encrypted = windows_path(self.host.key("id_ed25519_pass"))
        self.fill(dialog, method="ADD_SERVER_BY_KEY", key=encrypted, passphrase="wrong")
        self.connect(dialog)
        self.says(dialog, "PROMPT_WRONG_PASSPHRASE", timeout=15)
        dialog.child(ADD["PASSPHRASE"]).edit(accounts.PASSPHRASE)
        self.connect(dialog)
        dialog.wait_gone(timeout=20)

    def test_7_keyboard_interactive(self):
        self.forget_servers()
        dialog = self.open("server.add", "ADD_SERVER_TITLE")
        self.fill(dialog, accounts.PASSWORD, user="kbdonly", method="ADD_SERVER_BY_PASSWORD")
        self.connect(dialog)
        dialog.wait_gone(timeout=20)

    def test_8_user_without_permission_for_the_agent(self):
        self.forget_servers()
        dialog = self.open("server.add", "ADD_SERVER_TITLE")
        self.fill(dialog, accounts.PASSWORD, user="nobodyagent", method="ADD_SERVER_BY_PASSWORD")
        self.connect(dialog)
        self.drive.until(lambda: "poolagent" in dialog.child(ADD["STATUS"]).text and dialog.child(OK).enabled, "what is missing", 20)
        dialog.assert_layout()
        dialog.child(CANCEL).click()
        dialog.wait_gone()
        self.assertEqual(self.client.tree.tree(), [])


class PromptTest(DialogCase):
    """A remembered server that connects at the start asks over the main window."""

    @classmethod
    def prepare(cls):
        cls.client.remember(cls.host, name="asks")
        server = cls.client.settings["servers"][0]
        server["auth"] = "password"
        del server["key_file"]

    def test_1_cancel(self):
        prompt = self.client.dialog("PROMPT_PASSWORD_TITLE", timeout=20)
        prompt.assert_layout()
        self.assertTrue(self.client.frame.enabled, "the main window goes on")
        prompt.foreground()
        self.drive.key("Escape")
        prompt.wait_gone()
        self.client.select_server()
        self.client.wait_command("server.connect", True)

    def test_2_wrong_then_right(self):
        self.client.command("server.connect")
        prompt = self.client.dialog("PROMPT_PASSWORD_TITLE", timeout=20)
        prompt.child(PROMPT["PROMPT_ANSWER"]).edit("wrong")
        prompt.child(OK).click()
        self.drive.until(lambda: self.words("PROMPT_WRONG_PASSWORD") in self.client.dialog("PROMPT_PASSWORD_TITLE").texts()
                         or any(self.words("PROMPT_WRONG_PASSWORD") == child.known["text"] for child in self.client.dialog("PROMPT_PASSWORD_TITLE").children()),
                         "to be told that it was wrong", 20)
        prompt = self.client.dialog("PROMPT_PASSWORD_TITLE")
        prompt.foreground()
        prompt.child(PROMPT["PROMPT_ANSWER"]).focus()
        self.drive.type(accounts.PASSWORD)
        self.drive.key("Return")
        self.drive.until(lambda: any(item["text"] == STORE for item in self.client.tree.tree()), "the inventory", 20)

    def test_3_closing_the_program_with_an_open_question(self):
        self.client.command("server.disconnect")
        self.client.wait_command("server.connect", True)
        self.client.command("server.connect")
        self.client.dialog("PROMPT_PASSWORD_TITLE", timeout=20)
        self.assertEqual(self.client.close(), 0)


class ConnectedCase(DialogCase):
    @classmethod
    def prepare(cls):
        cls.client.remember(cls.host, name="lab")

    def setUp(self):
        self.drive.until(lambda: any(item["text"] == STORE for item in self.client.tree.tree()), "the inventory", 20)
        self.server = self.client.tree.tree()[0]["text"]
        self.client.select(self.server)


class WizardTest(ConnectedCase):
    def wizard(self):
        return self.open("vm.new", "NEW_VM_TITLE")

    def next(self, wizard):
        wizard.child(WIZARD["WIZARD_NEXT"]).click()

    def back(self, wizard):
        wizard.child(WIZARD["WIZARD_BACK"]).click()

    def step(self, wizard):
        return wizard.child(WIZARD["WIZARD_STEPS"]).text

    def to(self, wizard, title):
        self.drive.until(lambda: self.step(wizard) == self.words(title), f"the page {title}")

    def wrong(self, wizard, name, *values):
        self.drive.until(lambda: self.words(name, *values) in wizard.child(WIZARD["WIZARD_MESSAGE"]).text, f"'{self.words(name, *values)}'")
        wizard.child(WIZARD["WIZARD_NEXT"]).wait_enabled(False)

    def test_1_pages_check_and_back_loses_nothing(self):
        guests.define(self.host, "taken")
        self.client.tree.tree_wait(self.server, "taken", timeout=10)
        wizard = self.wizard()
        self.wrong(wizard, "CHECK_NAME_EMPTY")
        name = wizard.child(VM["NEW_VM_NAME_EDIT"])
        name.edit("taken")
        self.wrong(wizard, "CHECK_VM_EXISTS", "taken")
        name.edit("Büro 1")
        wizard.child(VM["NEW_VM_DESCRIPTION"]).edit("two\r\nlines")
        self.next(wizard)
        self.to(wizard, "NEW_VM_STEP_MEDIA")
        self.next(wizard)
        self.to(wizard, "NEW_VM_STEP_GUEST")
        wizard.child(VM["NEW_VM_GUEST_SEARCH"]).edit("zzz")
        self.says(wizard, "NEW_VM_GUEST_NONE")
        wizard.child(VM["NEW_VM_GUEST_SEARCH"]).edit("Alpine")
        self.next(wizard)
        self.to(wizard, "NEW_VM_STEP_CPU")
        wizard.child(VM["NEW_VM_CPUS"]).edit("999999")
        self.drive.until(lambda: not wizard.child(WIZARD["WIZARD_NEXT"]).enabled, "a refused number of CPUs")
        wizard.child(VM["NEW_VM_CPUS"]).edit("2")
        wizard.child(VM["NEW_VM_MEMORY"]).edit("abc")
        wizard.child(WIZARD["WIZARD_NEXT"]).wait_enabled(False)
        wizard.child(VM["NEW_VM_MEMORY"]).edit("384")
        self.next(wizard)
        self.to(wizard, "NEW_VM_STEP_DISK")
        wizard.child(VM["NEW_VM_DISK_SIZE"]).edit("")
        self.wrong(wizard, "NEW_VM_DISK_NUMBER")
        wizard.child(VM["NEW_VM_DISK_SIZE"]).edit("1,5")
        wizard.child(VM["NEW_VM_DISK_BUS_BOX"]).select_item(self.words("NEW_VM_BUS_SATA"))
        for title in ("NEW_VM_STEP_CPU", "NEW_VM_STEP_GUEST", "NEW_VM_STEP_MEDIA", "NEW_VM_STEP_NAME"):
            self.back(wizard)
            self.to(wizard, title)
        self.assertEqual(wizard.child(VM["NEW_VM_NAME_EDIT"]).text, "Büro 1")
        self.assertEqual(wizard.child(VM["NEW_VM_DESCRIPTION"]).text, "two\r\nlines")
        for title in ("NEW_VM_STEP_MEDIA", "NEW_VM_STEP_GUEST", "NEW_VM_STEP_CPU"):
            self.next(wizard)
            self.to(wizard, title)
        self.assertEqual((wizard.child(VM["NEW_VM_CPUS"]).text, wizard.child(VM["NEW_VM_MEMORY"]).text), ("2", "384"))
        self.next(wizard)
        self.to(wizard, "NEW_VM_STEP_DISK")
        self.assertEqual(wizard.child(VM["NEW_VM_DISK_SIZE"]).text, "1,5")
        self.assertEqual(wizard.child(VM["NEW_VM_DISK_BUS_BOX"]).selected_item(), self.words("NEW_VM_BUS_SATA"))
        wizard.close()
        question = self.question(wizard)
        question.press(self.words("DIALOG_CANCEL"))
        question.wait_gone()
        self.assertTrue(wizard.visible, "closing was refused")
        wizard.close()
        question = self.question(wizard)
        question.press(self.words("NEW_VM_LEAVE_VERB"))
        wizard.wait_gone()

    def test_2_create(self):
        """By keys alone where keys do it; virsh and qemu-img say what came of it."""
        wizard = self.wizard()
        wizard.foreground()
        self.drive.type("web07")
        self.drive.key("Return")
        self.to(wizard, "NEW_VM_STEP_MEDIA")
        media = wizard.child(VM["NEW_VM_MEDIA_LIST"])
        media.row_of(os.path.basename(guests.GRUB_ISO), 0, timeout=20)
        media.select_rows(os.path.basename(guests.GRUB_ISO))
        self.next(wizard)
        self.to(wizard, "NEW_VM_STEP_GUEST")
        self.drive.type("alpine")
        self.drive.until(lambda: "Alpine" in wizard.child(VM["NEW_VM_GUEST_NOTE"]).text, "the guest kind")
        self.drive.key("alt+n")
        self.to(wizard, "NEW_VM_STEP_CPU")
        wizard.child(VM["NEW_VM_CPUS"]).edit("1")
        wizard.child(VM["NEW_VM_MEMORY"]).edit("128")
        self.next(wizard)
        self.to(wizard, "NEW_VM_STEP_DISK")
        wizard.child(VM["NEW_VM_DISK_SIZE"]).edit("2")
        store = wizard.child(VM["NEW_VM_DISK_STORE"])
        store.select_item(next(item for item in store.items() if item.startswith(STORE)))
        self.next(wizard)
        self.to(wizard, "NEW_VM_STEP_NETWORK")
        wizard.child(VM["NEW_VM_NIC_BOX"]).select_item(self.words("NEW_VM_NIC_E1000"))
        self.next(wizard)
        self.to(wizard, "NEW_VM_STEP_FIRMWARE")
        wizard.child(VM["NEW_VM_BIOS"]).click()
        self.next(wizard)
        self.to(wizard, "NEW_VM_STEP_CLOUD")
        self.next(wizard)
        self.to(wizard, "NEW_VM_STEP_FINISH")
        summary = wizard.child(VM["NEW_VM_SUMMARY"])
        summary.row_of("web07", 1)
        wizard.child(VM["NEW_VM_START"]).check(False)
        self.next(wizard)
        wizard.wait_gone(timeout=20)
        self.client.tree.tree_wait(self.server, "web07", timeout=15)
        domain = ElementTree.fromstring(self.host.virsh("dumpxml", "web07"))
        self.assertEqual(domain.findtext("vcpu"), "1")
        self.assertEqual(domain.findtext("memory"), str(128 << 10))
        sources = {disk.get("device"): disk.find("source").get("file") for disk in domain.iter("disk")}
        self.assertTrue(sources["cdrom"].endswith(os.path.basename(guests.GRUB_ISO)), sources)
        self.assertEqual(domain.find("devices/interface/model").get("type"), "e1000")
        self.assertEqual(self.host.virsh("domstate", "web07"), "shut off")
        image = json.loads(self.host.exec("qemu-img", "info", "--output=json", sources["disk"]))
        self.assertEqual((image["format"], image["virtual-size"]), ("qcow2", 2 << 30))

    def test_5_upload_from_the_media_page(self):
        """The new ISO is chosen as soon as it has arrived."""
        wizard = self.wizard()
        wizard.child(VM["NEW_VM_NAME_EDIT"]).edit("web08")
        self.next(wizard)
        self.to(wizard, "NEW_VM_STEP_MEDIA")
        wizard.child(VM["NEW_VM_MEDIA_STORE"]).select_item(STORE)
        wizard.child(VM["NEW_VM_MEDIA_UPLOAD"]).click()
        picker = self.question(wizard)
        picker.find(cls="Edit").edit(windows_path(guests.MEMTEST_ISO))
        picker.foreground()
        self.drive.key("Return")
        media = wizard.child(VM["NEW_VM_MEDIA_LIST"])
        name = os.path.basename(guests.MEMTEST_ISO)
        row = media.row_of(name, 0, timeout=30)
        self.drive.until(lambda: media.selected_rows() == [row], "the ISO to be chosen", 10)

    def test_3_delete_with_disk(self):
        disk = next(line.split()[3] for line in self.host.virsh("domblklist", "web07", "--details").splitlines() if " disk " in f" {line} ")
        self.client.select(self.server, "web07")
        dialog = self.open("vm.delete", "DELETE_VM_TITLE", "web07")
        rows = dialog.child(DELETE["DISKS"])
        self.assertEqual(rows.row_count(), 1, "the CD drive is no disk to delete")
        rows.check_row(0, False)
        self.says(dialog, "DELETE_VM_SUM_NONE")
        rows.check_row(0, True)
        dialog.child(OK).click()
        dialog.wait_gone(timeout=20)
        self.client.tree.tree_wait_gone(self.server, "web07", timeout=15)
        self.assertNotIn("web07", self.host.virsh("list", "--all", "--name").split())
        self.assertFalse(os.path.exists(self.host.outside(disk)))
        self.assertTrue(os.path.exists(self.host.outside("/srv/poolcenter-lab/local/" + os.path.basename(guests.GRUB_ISO))))

    def test_4_a_running_vm_is_not_deleted(self):
        guests.define(self.host, "runs")
        self.host.virsh("start", "runs")
        self.addCleanup(self.host.virsh, "destroy", "runs")
        self.client.select(self.server, "runs")
        self.client.wait_command("vm.delete", False)


class StoreTest(ConnectedCase):
    def test_3_replacing_a_file_is_asked_and_done(self):
        ids = constants("client/ui/upload_dialog.c")
        names = ("one.iso", "two.iso", "three.iso")
        folder = self.enterContext(tempfile.TemporaryDirectory())
        for name in names:
            with open(self.host.outside(f"/srv/poolcenter-lab/local/{name}"), "wb") as file:
                file.write(b"old")
            with open(os.path.join(folder, name), "wb") as file:
                file.write(name.encode() * 50000)
        self.host.virsh("pool-refresh", STORE)
        self.client.select(self.server, STORE)
        self.client.page("PAGE_STORAGE")
        page = self.volumes()
        page.row_of("three.iso", 0, timeout=20)
        Window(self.drive, page.facts()["parent"]).drop(*(os.path.join(folder, name) for name in names))
        self.addCleanup(self.leave)
        question = self.client.dialog("REPLACE_TITLE")
        self.assertIn("one.iso", question.child(ids["QUESTION"]).text)
        question.assert_layout()
        question.child(ids["SKIP"]).click()
        question.wait_gone()
        question = self.client.dialog("REPLACE_TITLE")
        self.assertIn("two.iso", question.child(ids["QUESTION"]).text)
        question.child(ids["FOR_ALL"]).check()
        question.child(ids["REPLACE"]).click()
        for name in names[1:]:
            wait_for(lambda: self.on_host(name) == hashlib.sha256(name.encode() * 50000).hexdigest(), f"'{name}' to be replaced", 30, 0.1)
        self.assertEqual(self.on_host("one.iso"), hashlib.sha256(b"old").hexdigest(), "what was skipped stays")

    def on_host(self, name):
        with open(self.host.outside(f"/srv/poolcenter-lab/local/{name}"), "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def volumes(self):
        def look():
            return next((view for view in self.client.frame.children("SysListView32")
                         if any(column["text"] == self.words("COLUMN_ALLOCATED") for column in view.columns())), None)
        return self.drive.until(look, "the list of volumes")

    def delete_key(self, page, name):
        page.select_rows(name)
        self.client.frame.foreground()
        page.focus()
        self.drive.key("Delete")

    def test_4_delete_volume(self):
        self.client.select(self.server, STORE)
        self.client.page("PAGE_STORAGE")
        page = self.volumes()
        page.row_of("one.iso", 0, timeout=20)
        self.delete_key(page, "one.iso")
        question = self.question()
        self.assertIn("one.iso", question.texts())
        question.press(self.words("DELETE_VOLUME_DELETE"))
        page.wait_no_row("one.iso")
        self.assertFalse(os.path.exists(self.host.outside("/srv/poolcenter-lab/local/one.iso")))

    def test_5_volume_in_use(self):
        guests.define(self.host, "user")
        self.client.tree.tree_wait(self.server, "user", timeout=10)
        self.client.select(self.server, STORE)
        self.client.page("PAGE_STORAGE")
        page = self.volumes()
        name = os.path.basename(guests.GRUB_ISO)
        page.row_of(name, 0, timeout=20)
        self.delete_key(page, name)
        question = self.question()
        self.assertIn("user", question.texts())
        question.close()
        question.wait_gone()
        self.assertTrue(os.path.exists(self.host.outside("/srv/poolcenter-lab/local/" + name)))


class CopyTest(ConnectedCase):
    dark = True  # our own message box, else it is Windows' task dialog

    def test_a_message_is_copied(self):
        """Ctrl+C took the message's text; a field of one line takes its first one."""
        self.client.command("server.remove")
        question = self.question()
        question.foreground()
        self.drive.key("ctrl+c")
        self.drive.until(lambda: self.server in self.drive.call("clipboard"), "the message on the clipboard")
        question.close()
        question.wait_gone()
        dialog = self.open("server.add", "ADD_SERVER_TITLE")
        dialog.foreground()
        user = dialog.child(ADD["USER"])
        user.edit("")
        user.focus()
        self.drive.until(lambda: getattr(dialog.focused(), "hwnd", None) == user.hwnd, "the field to have the keyboard")
        self.drive.key("ctrl+v")
        user.wait_text(self.server)
        dialog.close()
        dialog.wait_gone()


if __name__ == "__main__":
    unittest.main(verbosity=2)
