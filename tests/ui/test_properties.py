#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A VM's properties through the window: what was set there is what virsh sees, in one task; two administrators; what waits for the next start."""
import os
import sys
import unittest
from xml.etree import ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import guests  # noqa: E402
from client import Client, constants, same  # noqa: E402
from drive import Drive  # noqa: E402
from lab import Host, wait_for  # noqa: E402
from poolctl import AGENT  # noqa: E402

BOOK = constants("client/win/book.h")
DIALOG = constants("client/ui/properties_dialog.c")
GENERAL = constants("client/ui/properties_general_page.c")
CPU = constants("client/ui/properties_cpu_page.c")
MEMORY = constants("client/ui/properties_memory_page.c")
BOOT = constants("client/ui/properties_boot_page.c")
DISKS = constants("client/ui/properties_disks_page.c")
NICS = constants("client/ui/properties_nics_page.c")
START = constants("client/ui/properties_start_page.c")
ADVANCED = constants("client/ui/properties_advanced_page.c")
NEW_DISK = constants("client/ui/new_disk_dialog.c")
CHOOSE = constants("client/ui/volume_choose_dialog.c")
XML = constants("client/ui/xml_dialog.c")
EXPORT = constants("client/ui/export_dialog.c")
OK, CANCEL, EM_GETSEL = 1, 2, 0xB0
NAME = "web01"


class PropertiesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = Host(f"properties-{os.getpid()}", agent=AGENT, hostname="lab").up()
        cls.addClassCleanup(cls.host.down)
        cls.drive = cls.enterClassContext(Drive(size=(1600, 1200)))
        cls.client = cls.enterClassContext(Client(cls.drive))
        cls.words = cls.client.words
        guests.define(cls.host, NAME)
        cls.client.remember(cls.host, name="lab")
        cls.client.start()

    def setUp(self):
        self.addCleanup(self.leave)

    def tearDown(self):
        self.host.exec("virsh", "destroy", NAME, check=False)

    def leave(self):
        """Closes whatever a failed test left open."""
        def closed():
            windows = [window for window in self.client.app.windows() if window.hwnd != self.client.frame.hwnd]
            for window in (window for window in windows if window.enabled):
                verbs = [button for button in window.children("Button") if same(button.known["text"], self.words("NEW_VM_LEAVE_VERB"))]
                verbs[0].click() if verbs else window.close()
            return not windows
        self.drive.until(closed, "all dialogs to close", 10, step=0.1)

    # -- helpers ---------------------------------------------------------------------------------

    def open(self):
        self.client.select("lab", NAME)
        self.client.wait_command("vm.properties", timeout=30)
        self.client.command("vm.properties")
        dialog = self.client.dialog("PROPERTIES_TITLE", NAME)
        self.pages = dialog.child(BOOK["BOOK_LIST"])
        self.drive.until(lambda: self.pages.cell(0, 1), "the settings to be read", 20)
        return dialog

    def page(self, word):
        self.pages.select_rows(self.words("PROPERTIES_" + word))

    def summary(self, word):
        return self.pages.cell(self.pages.row_of(self.words("PROPERTIES_" + word)), 1)

    def ok(self, dialog):
        dialog.child(OK).wait_enabled()
        dialog.child(OK).click()
        dialog.wait_gone(timeout=30)

    def apply(self, dialog):
        button = dialog.child(DIALOG["PROPERTIES_APPLY"])
        button.wait_enabled()
        button.click()
        # it is read anew when the list can be used again and nothing is left to apply
        self.drive.until(lambda: not button.enabled and self.pages.enabled, "the changes to be applied", 30)

    def xml(self, inactive=True):
        return ElementTree.fromstring(self.host.virsh("dumpxml", NAME, *(["--inactive"] if inactive else [])))

    def start_vm(self):
        self.host.virsh("start", NAME)
        self.client.wait_command("vm.pause", timeout=30)

    def question(self, *known):
        known = {self.client.frame.hwnd, *(window.hwnd for window in known)}
        return self.drive.until(lambda: next((window for window in self.client.app.windows() if window.hwnd not in known), None), "a question", 20)

    # -- tests -----------------------------------------------------------------------------------

    def test_1_pages_are_applied_as_one_task(self):
        dialog = self.open()
        self.assertTrue(self.summary("CPU").startswith("1 CPU"), self.summary("CPU"))
        dialog.child(DIALOG["PROPERTIES_APPLY"]).wait_enabled(False)
        self.page("GENERAL")
        dialog.child(GENERAL["DESCRIPTION"]).edit("Web server")
        dialog.child(GENERAL["TAGS"]).edit("prod, web")
        dialog.child(GENERAL["FIELDS"]).edit("Owner = Accounting\r\n")
        dialog.child(GENERAL["NOTES"]).edit("one\r\ntwo")
        self.page("CPU")
        dialog.child(CPU["COUNT"]).edit("2")
        self.drive.until(lambda: self.summary("CPU").startswith("2 CPUs"), "the live summary")
        self.page("MEMORY")
        dialog.child(MEMORY["SIZE_FIELD"]).edit("96")
        self.page("START")
        dialog.child(START["AUTOSTART"]).click()
        dialog.child(START["ORDER"]).edit("3")
        dialog.child(START["PROTECTED"]).click()
        before = self.tasks()
        self.ok(dialog)
        self.drive.until(lambda: self.tasks() == before + 1, "one task in the list of tasks", 20)
        xml = self.xml()
        self.assertEqual((xml.findtext("vcpu"), xml.findtext("memory"), xml.findtext("description")), ("2", str(96 * 1024), "Web server"))
        metadata = ElementTree.tostring(xml.find("metadata"), encoding="unicode")
        for word in ("prod", "web", "Owner", "Accounting", "one\ntwo"):
            self.assertIn(word, metadata)
        self.client.wait_command("vm.delete", False)  # protected
        dialog = self.open()
        self.page("START")
        self.assertTrue(self.summary("START").endswith(self.words("SUMMARY_PROTECTED")))
        dialog.child(START["PROTECTED"]).click()
        dialog.child(START["AUTOSTART"]).click()
        self.ok(dialog)
        self.client.wait_command("vm.delete")

    def tasks(self):
        """How many tasks changed a VM so far, as the list of tasks tells."""
        return sum(self.words("TASK_vm_configure") in row for row in self.general_rows())

    def test_2_a_wrong_value_is_shown_with_its_page(self):
        dialog = self.open()
        self.page("CPU")
        dialog.child(CPU["COUNT"]).edit("x")
        self.page("MEMORY")
        dialog.child(OK).click()
        message = self.question(dialog)
        self.assertIn(self.words("EDIT_CPU_COUNT"), message.texts())
        message.close()
        message.wait_gone()
        self.assertEqual(self.pages.selected_rows(), [1])
        dialog.close()
        question = self.question(dialog)
        question.press(self.words("NEW_VM_LEAVE_VERB"))
        dialog.wait_gone()
        self.assertEqual(self.xml().findtext("vcpu"), "2")

    def test_3_boot_order_by_keys(self):
        dialog = self.open()
        self.page("NICS")
        dialog.child(NICS["ADD"]).click()
        self.apply(dialog)
        self.page("BOOT")
        order = dialog.child(BOOT["ORDER"])
        self.assertEqual(order.cell(0), self.words("BOOT_CD", "sda"))
        order.check_row(1)
        order.select_rows(1)
        order.focus()
        self.drive.key("alt+Up")
        self.drive.until(lambda: order.cell(1) == self.words("BOOT_CD", "sda"), "the rows to change places")
        self.ok(dialog)
        xml = self.xml()
        self.assertEqual(xml.find("devices/interface/boot").get("order"), "1")
        self.assertEqual(xml.find("devices/disk[@device='cdrom']/boot").get("order"), "2")

    def test_4_disks_new_attached_detached(self):
        dialog = self.open()
        self.page("DISKS")
        dialog.child(DISKS["NEW_DISK"]).click()
        maker = self.client.dialog("NEW_DISK_TITLE")
        maker.child(NEW_DISK["SIZE_FIELD"]).edit("0,5")
        maker.child(OK).click()
        maker.wait_gone()
        dialog.child(DISKS["CACHE"]).select_item(self.words("CACHE_NONE"))
        self.apply(dialog)
        disk = self.xml().find("devices/disk[@device='disk']")
        self.assertEqual(disk.find("driver").get("cache"), "none")
        path = disk.find("source").get("file")
        self.assertIn(str(512 << 20), self.host.exec("qemu-img", "info", "--output", "json", path))
        dialog.child(DISKS["LIST"]).select_rows(0)
        dialog.child(DISKS["DETACH"]).click()
        dialog.child(DISKS["LIST"]).wait_row_count(0)
        self.apply(dialog)
        self.assertIsNone(self.xml().find("devices/disk[@device='disk']"))
        self.host.exec("test", "-f", path)
        dialog.child(DISKS["ATTACH"]).click()
        chooser = self.client.dialog("CHOOSE_DISK_TITLE")
        chooser.child(CHOOSE["LIST"]).select_rows(os.path.basename(path))
        chooser.child(OK).click()
        chooser.wait_gone()
        self.ok(dialog)
        self.assertEqual(self.xml().find("devices/disk[@device='disk']/source").get("file"), path)

    def test_5_what_waits_for_the_next_start_and_revert(self):
        self.start_vm()
        dialog = self.open()
        self.page("CPU")
        dialog.child(CPU["MAXIMUM"]).edit("4")
        self.apply(dialog)
        self.assertEqual(self.xml().findtext("vcpu"), "4")
        self.assertEqual(self.xml(inactive=False).findtext("vcpu"), "2")
        note = dialog.child(DIALOG["PROPERTIES_PENDING"])
        self.drive.until(lambda: note.visible and self.words("SETTING_MAXIMUM") in note.text, "the pending mark")
        self.drive.until(lambda: any(self.words("PENDING_WORDS") in row for row in self.general_rows()), "the mark on the General page", 20)
        dialog.child(DIALOG["PROPERTIES_REVERT"]).click()
        self.drive.until(lambda: not note.visible, "the pending mark to go", 30)
        self.assertEqual(self.xml().findtext("vcpu"), "2")
        self.ok(dialog)

    def general_rows(self):
        lists = [control for control in self.client.frame.children("SysListView32")]
        return [row for control in lists for row in control.rows()]

    def test_6_two_administrators(self):
        dialog = self.open()
        self.page("MEMORY")
        dialog.child(MEMORY["SIZE_FIELD"]).edit("80")
        self.page("GENERAL")
        dialog.child(GENERAL["FOLDER"]).edit("mine")
        self.host.virsh("setmaxmem", NAME, "131072", "--config")
        dialog.child(OK).click()
        question = self.question(dialog)
        self.assertIn(self.words("PROPERTIES_RELOAD_ASK"), question.texts())
        question.press(self.words("PROPERTIES_RELOAD"))
        question.wait_gone()
        lost = self.question(dialog)
        self.assertIn(self.words("PROPERTIES_MEMORY"), lost.texts())
        lost.close()
        lost.wait_gone()
        self.assertEqual(dialog.child(GENERAL["FOLDER"]).text, "mine")
        self.ok(dialog)
        xml = self.xml()
        self.assertEqual(xml.findtext("memory"), "131072")
        self.assertIn("mine", ElementTree.tostring(xml.find("metadata"), encoding="unicode"))

    def test_7_the_description_is_edited_with_its_changes_shown(self):
        dialog = self.open()
        self.page("ADVANCED")
        self.drive.until(lambda: "<domain" in dialog.child(ADVANCED["XML"]).text, "the description", 20)
        dialog.child(ADVANCED["EDIT"]).click()
        editor = self.client.dialog("XML_TITLE")
        text = editor.child(XML["XML_EDIT"])
        good = text.text
        text.edit(good.replace("<devices>", "<devices><nonsense/>"))
        editor.child(XML["XML_CHECK"]).click()
        self.drive.until(lambda: any(note.text.startswith("libvirt does not accept") for note in editor.children("PoolCenterNote")), "the host's refusal", 20)
        text.edit(good.replace("<on_crash>destroy</on_crash>", "<on_crash>restart</on_crash>"))
        editor.child(OK).wait_enabled()
        editor.child(OK).click()
        changes = self.client.dialog("XML_DIFF_TITLE")
        rows = [row[0] for row in changes.child(XML["DIFF_LIST"]).rows()]
        self.assertIn("+   <on_crash>restart</on_crash>", rows)
        changes.child(OK).click()
        changes.wait_gone()
        editor.wait_gone(timeout=30)
        wait_for(lambda: self.xml().findtext("on_crash") == "restart", "the description to be saved", 20)

    def editor(self):
        dialog = self.open()
        self.page("ADVANCED")
        self.drive.until(lambda: "<domain" in dialog.child(ADVANCED["XML"]).text, "the description", 20)
        dialog.child(ADVANCED["EDIT"]).click()
        return dialog, self.client.dialog("XML_TITLE")

    def note(self, window, words):
        self.drive.until(lambda: any(note.visible and words in note.text for note in window.children("PoolCenterNote")), f"a note with '{words}'", 20)

    def test_7_the_editor_asks_before_it_forgets(self):
        dialog, editor = self.editor()
        text = editor.child(XML["XML_EDIT"])
        typed = text.text.replace("<on_poweroff>destroy", "<on_poweroff>restart")
        text.edit(typed)
        text.focus()
        self.drive.key("Escape")
        question = self.question(dialog, editor)
        self.assertIn(self.words("NEW_VM_LEAVE"), question.texts())
        question.close()
        question.wait_gone()
        self.assertEqual(text.text, typed)
        text.focus()
        self.drive.key("Escape")
        self.question(dialog, editor).press(self.words("NEW_VM_LEAVE_VERB"))
        editor.wait_gone()
        self.assertEqual(self.xml().findtext("on_poweroff"), "destroy")
        dialog.child(ADVANCED["EDIT"]).click()
        editor = self.client.dialog("XML_TITLE")
        editor.close()  # nothing was typed: no question
        editor.wait_gone()
        dialog.close()
        dialog.wait_gone()

    def selected(self, edit):
        place = edit.send(EM_GETSEL, 0, 0)
        return edit.text[place & 0xffff:place >> 16]

    def test_7_words_are_found_in_the_description(self):
        dialog, editor = self.editor()
        text, words = editor.child(XML["XML_EDIT"]), editor.child(XML["XML_FIND"])
        text.focus()
        self.drive.key("ctrl+f")
        self.drive.until(lambda: editor.focused().hwnd == words.hwnd, "the search field to have the focus")
        self.drive.type("ON_")
        seen = []
        for key in ("Return", "F3", "F3", "shift+F3", "F3", "F3"):
            before = text.send(EM_GETSEL, 0, 0)
            self.drive.key(key)
            self.drive.until(lambda: text.send(EM_GETSEL, 0, 0) != before, f"{key} to find another place")
            self.assertEqual(self.selected(text).lower(), "on_")
            seen.append(text.send(EM_GETSEL, 0, 0) & 0xffff)
        places = [place for place in range(len(text.text)) if text.text[place:place + 3].lower() == "on_"]
        self.assertEqual(seen, [places[i % len(places)] for i in (0, 1, 2, 1, 2, 3)])
        words.edit("nowhere to be found")
        editor.child(XML["XML_FIND_NEXT"]).click()
        self.note(editor, self.words("XML_FIND_NOTHING", "nowhere to be found"))
        self.assertTrue(editor.enabled, "Enter in the search field must not save")
        editor.close()
        editor.wait_gone()
        dialog.close()
        dialog.wait_gone()

    def test_7_somebody_else_saves_while_the_description_is_edited(self):
        self.host.virsh("desc", NAME, "--config", "--new-desc", "at first")
        dialog, editor = self.editor()
        text = editor.child(XML["XML_EDIT"])
        typed = text.text.replace("<on_reboot>restart", "<on_reboot>destroy")
        self.assertIn("<on_reboot>destroy", typed)
        text.edit(typed)
        self.host.virsh("desc", NAME, "--config", "--new-desc", "by somebody else")
        editor.child(OK).click()
        changes = self.client.dialog("XML_DIFF_TITLE")
        changes.child(OK).click()
        changes.wait_gone()
        self.note(editor, self.words("XML_OTHERS"))
        self.assertEqual(text.text, typed)
        self.assertEqual(self.xml().findtext("description"), "by somebody else")
        text.edit(typed.replace("at first", "both of us"))
        editor.child(OK).wait_enabled()
        editor.child(OK).click()
        changes = self.client.dialog("XML_DIFF_TITLE")
        rows = [row[0] for row in changes.child(XML["DIFF_LIST"]).rows()]
        self.assertTrue(any(row.startswith("\u2212") and "by somebody else" in row for row in rows), rows)
        self.assertIn("+   <on_reboot>destroy</on_reboot>", rows)
        changes.child(OK).click()
        changes.wait_gone()
        editor.wait_gone(timeout=30)
        wait_for(lambda: self.xml().findtext("on_reboot") == "destroy", "the description to be saved", 20)
        self.assertEqual(self.xml().findtext("description"), "both of us")
        self.drive.until(lambda: "both of us" in dialog.child(ADVANCED["XML"]).text, "the page to show it", 20)
        dialog.close()
        dialog.wait_gone()

    def test_8_a_network_goes_while_one_is_chosen(self):
        for name in ("one", "two", "three"):
            self.host.virsh("net-define", "/dev/stdin", input=f"<network><name>{name}</name><forward mode='bridge'/><bridge name='{name}'/></network>")
            self.addCleanup(self.host.virsh, "net-undefine", name, check=False)
            self.client.select("lab", name)
        dialog = self.open()
        self.page("NICS")
        dialog.child(NICS["ADD"]).click()
        networks = dialog.child(NICS["NETWORK"])
        self.drive.until(lambda: "three" in networks.items(), "the networks")
        gone, chosen = [name for name in networks.items() if name in ("one", "two", "three")][:2]  # places in the list change with the first
        self.host.virsh("net-undefine", gone)
        wait_for(lambda: gone not in self.tree(), "the client to know it", 20)
        networks.select_item(chosen)
        self.ok(dialog)
        self.assertEqual([source.get("network") for source in self.xml().findall("devices/interface/source")][-1], chosen)

    def tree(self):
        return [item["text"] for item in self.client.tree.tree()]

    def test_9_export_without_a_datastore_of_files(self):
        pools = self.host.virsh("-q", "pool-list", "--name").split()
        for pool in pools:
            self.host.virsh("pool-destroy", pool)
            self.addCleanup(self.host.virsh, "pool-start", pool, check=False)

        def export(ready):
            self.client.wait_command("vm.export", timeout=30)
            self.client.command("vm.export")
            dialog = self.client.dialog("EXPORT_VM_TITLE", NAME)
            if bool(dialog.child(EXPORT["STORE"]).items()) == ready:
                return dialog
            dialog.close()
            dialog.wait_gone()
            return None
        self.client.select("lab", NAME)
        dialog = self.drive.until(lambda: export(False), "the export dialog of a host without a datastore", 30)
        self.assertTrue(any(note.visible and note.text == self.words("EXPORT_VM_NO_STORE") for note in dialog.children("PoolCenterNote")))
        self.assertFalse(dialog.child(OK).enabled)
        dialog.close()
        dialog.wait_gone()
        for pool in pools:
            self.host.virsh("pool-start", pool)
        dialog = self.drive.until(lambda: export(True), "the export dialog with the datastores", 30)
        self.assertFalse(any(note.text == self.words("EXPORT_VM_NO_STORE") for note in dialog.children("PoolCenterNote")))
        dialog.child(OK).wait_enabled()
        dialog.close()
        dialog.wait_gone()


if __name__ == "__main__":
    unittest.main(verbosity=2)
