#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main window against a real host: tree, search, commands, tabs, history, tasks, what is remembered, and its looks."""
import glob
import os
import signal
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import guests  # noqa: E402
from client import Client, command_ids  # noqa: E402
from drive import Drive  # noqa: E402
from lab import Host  # noqa: E402
from poolctl import AGENT  # noqa: E402

STORE, NETWORK = "local", "default"
PICTURES = os.environ.get("POOLCENTER_PICTURES")  # a folder: the looks are saved there


class FrameCase(unittest.TestCase):
    dpi, language = 96, "en"
    vms = ("web2", "web10", "mail")

    @classmethod
    def setUpClass(cls):
        cls.host = Host(f"frame-{os.getpid()}", agent=AGENT).up()
        cls.addClassCleanup(cls.host.down)
        for name in cls.vms:
            guests.define(cls.host, name)
        cls.drive = cls.enterClassContext(Drive(language=cls.language, dpi=cls.dpi, size=(1280 * cls.dpi // 96, 900 * cls.dpi // 96)))
        cls.client = cls.enterClassContext(Client(cls.drive, cls.language))
        cls.words = cls.client.words
        cls.client.remember(cls.host, name="lab")
        cls.client.start()
        cls.server = cls.drive.until(lambda: next((item["text"] for item in cls.client.tree.tree() if item["level"] == 0 and "(" not in item["text"]), None),
                                     "the server to be online", 30)
        cls.client.tree.tree_wait(cls.server, "mail")

    @property
    def frame(self):
        return self.client.frame

    @property
    def tree(self):
        return self.client.tree

    def names(self, level=1):
        return [item["text"] for item in self.tree.tree() if item["level"] == level]

    def image(self, *path):
        return self.tree.tree_item(self.server, *path)["image"]

    def tip(self, command):
        """Tooltip of the toolbar button of a command."""
        return self.toolbar.tooltip(self.client.commands[command][0])

    @property
    def toolbar(self):
        return next(child for child in self.frame.children("ToolbarWindow32") if child.known["text"] == "toolbar")

    @property
    def search(self):
        return self.frame.find(cls="Edit")

    def other_window(self, words):
        """A dialog that says these words."""
        return self.drive.until(lambda: next((window for window in self.client.app.windows() if window.hwnd != self.frame.hwnd and words in window.texts()), None),
                                f"a dialog that says '{words}'")

    def tasks(self):
        return next(child for child in self.frame.children("SysListView32") if child.known["text"] == "tasks" or child.control_id == 20)

    def title(self):
        return [child.known["text"] for child in self.frame.children("PoolCenterPanel")]

    def wait_title(self, text):
        self.drive.until(lambda: any(words.startswith(text) for words in self.title()), f"the title to say '{text}'")


class TreeTest(FrameCase):
    def test_01_order_is_natural_vms_before_datastores_before_networks(self):
        self.assertEqual(self.names(), ["mail", "web2", "web10", STORE, NETWORK])

    def test_02_follows_the_host(self):
        off = self.image("mail")
        self.host.virsh("start", "mail")
        self.drive.until(lambda: self.image("mail") != off, "the icon of the started VM")  # how soon: bench/run.py event
        self.host.virsh("destroy", "mail")
        self.drive.until(lambda: self.image("mail") == off, "the icon of the stopped VM")
        guests.define(self.host, "web3")
        self.tree.tree_wait(self.server, "web3")
        self.assertEqual(self.names()[:4], ["mail", "web2", "web3", "web10"])

    def test_03_the_server_takes_the_place_of_a_deleted_selection(self):
        self.client.select(self.server, "web3")
        self.wait_title("web3")
        self.host.virsh("undefine", "web3")
        self.tree.tree_wait_gone(self.server, "web3")
        self.wait_title(self.server)
        self.assertEqual(self.tree.tree_selected(), [self.server])

    def test_04_search_filters_as_you_type(self):
        self.client.select(self.server, "mail")
        self.search.edit("WEB")
        self.drive.until(lambda: self.names() == ["web2", "web10"], "only the matches")
        self.wait_title("mail")  # searching does not change what is shown
        self.search.edit("no such thing")
        self.drive.until(lambda: not self.tree.tree(), "an empty tree")
        self.frame.find(cls="msctls_statusbar32").wait_status(self.words("SEARCH_NOTHING", "no such thing"))
        self.search.edit("web10")
        self.drive.until(lambda: self.names() == ["web10"], "the one match")
        self.frame.foreground()
        self.search.focus()
        self.drive.key("Return")
        self.wait_title("web10")
        self.search.focus()
        self.drive.key("Escape")
        self.drive.until(lambda: len(self.names()) == 5, "everything again")
        self.assertEqual(self.tree.tree_selected(), [self.server, "web10"])

    def test_05_keys_move_in_the_tree(self):
        self.frame.foreground()
        self.client.select(self.server, "mail")
        self.tree.focus()
        self.drive.key("Down")
        self.wait_title("web2")
        self.drive.key("Left")
        self.wait_title(self.server)
        self.drive.key("Left")
        self.drive.until(lambda: not self.tree.tree()[0]["expanded"], "a closed server")
        self.drive.key("Right", "End")
        self.wait_title(NETWORK)
        self.drive.key("Home")
        self.wait_title(self.server)
        self.drive.key("ctrl+f")
        self.drive.until(lambda: self.frame.focused() and self.frame.focused().cls.lower() == "edit", "the search field")


class CommandTest(FrameCase):
    def test_01_only_what_is_possible_and_the_reason_why_not(self):
        self.client.select(self.server, "web2")
        for name, possible in (("vm.start", True), ("vm.shutdown", False), ("vm.force_off", False), ("vm.pause", False), ("vm.delete", True), ("vm.eject", True)):
            self.assertEqual(self.client.menu_item(name)["enabled"], possible, name)
        self.assertIn(self.words("RULE_VM_OFF"), self.tip("vm.shutdown"))
        self.client.select(self.server)
        self.drive.until(lambda: self.words("WHY_SELECT_VM") in self.tip("vm.start"), "the reason in the tooltip")
        self.assertFalse(self.client.menu_item("datastore.refresh")["enabled"])

    def test_02_start_and_force_off_with_task_and_counters(self):
        self.client.select(self.server, "web2")
        self.client.command("vm.start")
        self.client.wait_command("vm.start", enabled=False)
        self.assertEqual(self.host.virsh("domstate", "web2"), "running")
        row = self.tasks().row_of("web2", 1)
        self.tasks().row_of(self.words("TASKS_DONE"), 3)
        self.assertEqual(self.tasks().cell(row, 0), self.words("TASK_vm_start"))
        self.frame.find(cls="msctls_statusbar32").wait_status(self.words("STATUS_VMS", "1", "3"))
        self.client.command("vm.pause")
        self.client.wait_command("vm.resume")
        self.assertEqual(self.host.virsh("domstate", "web2"), "paused")
        self.client.command("vm.resume")
        self.client.wait_command("vm.pause")
        self.client.command("vm.force_off")
        question = self.other_window("web2")
        question.press(self.words("VERB_FORCE_OFF"))
        self.client.wait_command("vm.start")
        self.assertEqual(self.host.virsh("domstate", "web2"), "shut off")

    def test_03_accelerator_and_context_menu_run_the_same(self):
        self.client.select(self.server, "mail")
        self.frame.foreground()
        self.tree.focus()
        self.drive.key("ctrl+b")
        self.client.wait_command("vm.start", enabled=False)
        self.tree.tree_click(self.server, "mail", button=3)
        items = {item["text"].replace("&", "").split("\t")[0]: item["enabled"] for item in self.drive.popup()}
        self.drive.key("Escape")
        self.assertTrue(items[self.words("COMMAND_FORCE_OFF") + "..."])
        self.assertFalse(items[self.words("COMMAND_START")])
        self.host.virsh("destroy", "mail")

    def test_04_what_cannot_be_done_is_said_in_a_hint(self):
        self.client.select(self.server, "mail")
        self.client.wait_command("vm.start")
        self.client.command("vm.shutdown")
        self.drive.until(lambda: self.words("RULE_VM_OFF") in self.title(), "the hint")
        self.frame.foreground()
        self.tree.focus()
        self.drive.key("Escape")
        self.drive.until(lambda: self.words("RULE_VM_OFF") not in self.title(), "the hint to go away")

    def test_05_a_failed_task_is_said_and_kept(self):
        iso = self.host.outside("/srv/poolcenter-lab/local/grub-rescue-cdrom.iso")
        os.rename(iso, iso + ".away")
        self.addCleanup(os.rename, iso + ".away", iso)
        self.client.select(self.server, "web10")
        self.client.wait_command("vm.start")
        self.client.command("vm.start")
        self.drive.until(lambda: any("web10" in words and "grub-rescue" in words for words in self.title()), "the hint", 20)
        row = self.tasks().row_of("web10", 1)
        self.assertEqual(self.tasks().cell(row, 3), self.words("TASKS_FAILED"))
        self.frame.find(cls="msctls_statusbar32").wait_status(self.words("STATUS_ERRORS", "1"))
        self.tasks().double_click_row(row)
        message = self.other_window("grub-rescue")
        message.close()
        message.wait_gone()

    def test_06_commands_of_the_menu_bar_work_on_a_volume(self):
        self.client.select(self.server, STORE)
        self.client.page("PAGE_STORAGE")
        volumes = next(child for child in self.frame.children("SysListView32") if child.control_id != 20)
        self.assertFalse(self.client.menu_item("volume.delete")["enabled"])
        volumes.select_rows("grub-rescue-cdrom.iso")
        self.client.wait_command("volume.new_vm")
        self.assertTrue(self.client.menu_item("volume.delete")["enabled"])
        self.client.page("PAGE_GENERAL")
        self.client.wait_command("volume.new_vm", enabled=False)

    def test_07_files_dropped_on_a_datastore_are_uploaded(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "dropped.iso")
            with open(path, "wb") as file:
                file.write(os.urandom(300000))
            left, top, right, bottom = self.tree.call("tree_rect", "\x1f".join([self.server, STORE]))
            client_left, client_top = self.client_origin()
            self.frame.drop(path, x=(left + right) // 2 - client_left, y=(top + bottom) // 2 - client_top)
            self.drive.until(lambda: "dropped.iso" in self.host.virsh("vol-list", STORE), "the file on the host", 30)

    def test_08_restart_console_and_cd_of_a_vm(self):
        self.host.virsh("start", "mail")
        self.client.select(self.server, "mail")
        self.client.wait_command("vm.reboot")
        self.client.command("vm.reboot")
        self.tasks().row_of(self.words("TASK_vm_reboot"), 0)
        self.client.command("vm.console")
        tabs = self.frame.find(cls="SysTabControl32")
        self.drive.until(lambda: tabs.selected_tab() == self.words("PAGE_CONSOLE"), "the console")
        self.client.page("PAGE_GENERAL")
        self.host.virsh("destroy", "mail")
        self.client.wait_command("vm.eject")
        self.client.command("vm.eject")
        self.drive.until(lambda: "grub-rescue" not in self.host.virsh("domblklist", "mail"), "virsh to see an empty drive", 15)
        self.client.wait_command("vm.eject", enabled=False)
        self.client.command("vm.insert_iso")
        self.drive.popup_choose("grub-rescue-cdrom.iso")
        self.drive.until(lambda: "grub-rescue-cdrom.iso" in self.host.virsh("domblklist", "mail"), "virsh to see the ISO in the drive", 15)

    def test_09_ended_tasks_are_taken_off_the_list(self):
        self.client.select(self.server, STORE)
        self.client.wait_command("datastore.refresh")
        self.client.command("datastore.refresh")
        self.tasks().row_of(self.words("TASKS_DONE"), 3, timeout=20)
        self.drive.until(lambda: self.words("TASKS_RUNNING") not in str(self.tasks().rows()), "all tasks to end", 20)
        self.client.command("tasks.clear")
        self.tasks().wait_row_count(0)

    def client_origin(self):
        """Where the frame's client area begins: the toolbar stands at (4, 3) in it."""
        left, top = self.toolbar.rect[:2]
        return left - 4, top - 3


class NavigationTest(FrameCase):
    def tabs(self):
        return [each["text"] if isinstance(each, dict) else each for each in self.frame.find(cls="SysTabControl32").tabs()]

    def test_01_tabs_by_kind(self):
        general, storage, networks, snapshots, console = (self.words("PAGE_" + name) for name in ("GENERAL", "STORAGE", "NETWORKS", "SNAPSHOTS", "CONSOLE"))
        for path, wanted in (((), [general, storage, networks]), (("mail",), [general, storage, snapshots, console]), ((STORE,), [general, storage]), ((NETWORK,), [general, networks])):
            self.client.select(self.server, *path)
            self.wait_title(path[0] if path else self.server)
            self.drive.until(lambda: self.tabs() == wanted, f"the tabs {wanted}")

    def test_02_the_chosen_tab_is_remembered_for_each_kind(self):
        self.client.select(self.server, "mail")
        self.client.page("PAGE_STORAGE")
        self.client.select(self.server, NETWORK)
        self.wait_title(NETWORK)
        self.client.select(self.server, "web2")
        tabs = self.frame.find(cls="SysTabControl32")
        self.drive.until(lambda: tabs.selected_tab() == self.words("PAGE_STORAGE"), "the storage tab")
        self.client.page("PAGE_GENERAL")

    def test_02_a_row_of_a_page_that_was_left_gets_no_commands(self):
        self.client.select(self.server)
        for page in ("PAGE_STORAGE", "PAGE_NETWORKS"):
            self.client.page(page)
            rows = self.drive.until(lambda: next((each for each in self.frame.children("SysListView32") if each.visible and each.control_id >= 100 and each.row_count()), None), "a row")
            rows.select_rows(0)
            self.client.select(self.server, "mail")
            self.wait_title("mail")
            self.client.wait_command("vm.properties")
            self.client.select(self.server)
        self.client.page("PAGE_GENERAL")

    def test_03_back_and_forward(self):
        self.client.select(self.server, "mail")
        self.client.select(self.server, STORE)
        self.client.command("view.back")
        self.wait_title("mail")
        self.assertEqual(self.tree.tree_selected(), [self.server, "mail"])
        self.client.command("view.forward")
        self.wait_title(STORE)
        self.assertFalse(self.client.menu_item("view.forward")["enabled"])

    def test_04_lost_connection_keeps_the_inventory(self):
        self.host.stop_sshd(sessions=True)
        self.drive.until(lambda: "(" in self.names(0)[0], "the server to be away", 30)
        self.assertIn("mail", self.names())
        self.client.select(self.names(0)[0], "mail")
        self.assertIn(self.words("RULE_OFFLINE"), self.tip("vm.start"))
        self.client.select_server()
        self.client.wait_command("server.retry", timeout=60)
        self.host.start_sshd()
        self.client.command("server.retry")
        self.drive.until(lambda: self.names(0) == [self.server], "the server to be back", 60)
        self.client.select(self.server, "mail")
        self.client.wait_command("vm.start", timeout=20)

    def test_04_a_page_that_was_asking_when_the_user_disconnected_is_filled_after_the_next_connect(self):
        self.client.select(self.server)
        agent = self.host.agent_pid()
        os.kill(agent, signal.SIGSTOP)
        self.addCleanup(os.kill, agent, signal.SIGCONT)
        self.client.select(self.server, STORE)
        self.client.page("PAGE_STORAGE")
        def shown():
            return next((view for view in self.frame.children("SysListView32")
                         if view.visible and any(column["text"] == self.words("COLUMN_ALLOCATED") for column in view.columns())), None)
        volumes = self.drive.until(shown, "the list of volumes")
        self.client.command("datastore.refresh")
        self.client.command("server.disconnect")
        self.drive.until(lambda: "(" in self.names(0)[0], "the server to be away")
        self.assertEqual(volumes.row_count(), 0)
        self.assertEqual([window.texts() for window in self.client.app.windows() if window.hwnd != self.frame.hwnd], [])
        self.assertFalse([words for words in self.title() if self.server in words and words != self.server and STORE not in words], "no hint: it was the user who went")
        os.kill(agent, signal.SIGCONT)
        self.client.command("server.connect")
        self.drive.until(lambda: self.names(0) == [self.server], "the server to be back", 30)
        volumes.row_of("grub-rescue-cdrom.iso", timeout=20)
        self.client.page("PAGE_GENERAL")

    def test_05_language_and_theme_change_at_once(self):
        self.client.command("view.german")
        self.drive.until(lambda: self.frame.menu()[0]["text"] == "&Datei", "the German menu")
        self.frame.assert_layout()
        self.client.command("view.theme_dark")
        self.client.command("view.english")
        self.drive.until(lambda: self.frame.menu()[0]["text"] == "&File", "the English menu")
        self.client.command("view.theme_light")

    def test_06_window_and_panes_are_remembered(self):
        self.client.command("view.tasks")
        self.frame.resize(900, 640)
        self.drive.until(lambda: self.frame.rect[2] - self.frame.rect[0] == 900, "the new size")
        self.assertEqual(self.client.close(), 0)
        self.client.start(fresh=False)
        self.drive.until(lambda: self.frame.rect[2] - self.frame.rect[0] == 900, "the size from before")
        self.assertFalse(any(child.known["text"] == "tasks" for child in self.frame.children("PoolCenterPanel")))
        self.client.command("view.tasks")
        self.client.tree.tree_wait(self.server, "mail", timeout=30)

    def test_07_all_servers_at_once(self):
        self.client.command("server.disconnect_all")
        self.drive.until(lambda: "(" in self.names(0)[0], "the server to be disconnected", 20)
        self.client.wait_command("server.disconnect_all", enabled=False)
        self.client.command("server.connect_all")
        self.drive.until(lambda: self.names(0) == [self.server], "the server to be connected", 30)
        self.client.tree.tree_wait(self.server, "mail", timeout=30)

    def test_08_toolbar_search_field_and_colours_of_windows(self):
        def bars():
            return [child for child in self.frame.children("ToolbarWindow32") if child.known["text"] == "toolbar"]
        self.client.command("view.toolbar")
        self.drive.until(lambda: not bars(), "the toolbar to go")
        self.client.command("view.toolbar")
        self.drive.until(bars, "the toolbar to be back")
        self.frame.foreground()
        self.tree.focus()
        self.client.command("view.find")
        self.drive.until(lambda: self.frame.focused() and self.frame.focused().cls.lower() == "edit", "the search field")
        self.client.command("view.theme_windows")
        self.drive.until(lambda: self.client.read_settings()["values"]["theme"] == "windows", "the choice to be saved", 10)
        self.client.command("view.theme_light")

    def test_09_exit(self):
        self.client.command("file.exit")
        self.assertEqual(self.client.app.wait_exit(10), 0)


class LooksCase:
    """Nothing is clipped or overlaps, on every page, in both themes."""
    def test_looks(self):
        self.host.virsh("start", "web2")
        for theme in ("light", "dark"):
            self.client.command(f"view.theme_{theme}")
            for number, (path, page) in enumerate((((), "PAGE_GENERAL"), ((), "PAGE_STORAGE"), (("web2",), "PAGE_GENERAL"), (("web2",), "PAGE_STORAGE"),
                                                   (("web2",), "PAGE_CONSOLE"), ((STORE,), "PAGE_GENERAL"), ((STORE,), "PAGE_STORAGE"), ((NETWORK,), "PAGE_GENERAL"), ((NETWORK,), "PAGE_NETWORKS"), ((), "PAGE_NETWORKS"))):
                self.client.select(self.server, *path)
                self.wait_title(path[0] if path else self.server)
                self.client.page(page)
                with self.subTest(theme=theme, path=path, page=page):
                    self.frame.assert_layout()
                if PICTURES:
                    name = f"frame-{self.language}-{self.dpi}-{theme}-{number}.png"
                    self.frame.screenshot(os.path.join(PICTURES, name), settle=0.6)


class EveryCommandTest(unittest.TestCase):
    def test_every_command_of_the_window_is_used_by_a_test(self):
        tests = ""
        for path in glob.glob(os.path.join(HERE, "**", "*.py"), recursive=True):
            with open(path, encoding="utf-8") as file:
                tests += file.read()
        self.assertEqual([name for name in command_ids() if f'"{name}"' not in tests], [])


class DamagedSettingsTest(unittest.TestCase):
    def test_they_are_kept_and_the_user_is_told(self):
        with Drive(language="en") as drive, Client(drive) as client:
            with open(os.path.join(client.folder, "settings.json"), "w", encoding="utf-8") as file:
                file.write('{"servers": [')
            client.start(fresh=False)
            drive.until(lambda: any("settings.broken.json" in child.known["text"] for child in client.frame.children("PoolCenterPanel")), "the hint")
            with open(os.path.join(client.folder, "settings.broken.json"), encoding="utf-8") as file:
                self.assertEqual(file.read(), '{"servers": [')
            self.assertEqual(client.close(), 0)


class Looks96(LooksCase, FrameCase):
    pass


class Looks192(LooksCase, FrameCase):
    dpi = 192


class Looks96German(LooksCase, FrameCase):
    language = "de"


class Looks192German(LooksCase, FrameCase):
    dpi, language = 192, "de"


if __name__ == "__main__":
    unittest.main()
