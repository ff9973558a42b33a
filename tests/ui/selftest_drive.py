#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proves uidrive and drive.py on a window made for it (fixture/) and on Wine's own programs."""
import os
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from drive import Drive, DriveError, find_uidrive  # noqa: E402
from window import windows_path  # noqa: E402

FIXTURE = os.path.join(os.path.dirname(find_uidrive()), "fixture.exe")
EDIT, COMBO, CHECK, BUTTON, ECHO, PROGRESS, TABS, TREE, LIST, TOOLBAR, STATUS = range(100, 111)
WRONG = {"clipped": 111, "overlap": 112, "outside": 114, "access_key": 102}


def running(folder):
    """Processes with that folder in their environment: everything of a Wine prefix."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if folder.encode() in file.read():
                    found.append(int(pid))
        except OSError:
            continue
    return found


class DriveTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.drive = cls.enterClassContext(Drive())

    def start_fixture(self):
        app = self.drive.start(FIXTURE)
        window = app.window("UI drive fixture")
        self.addCleanup(app.kill)
        return app, window, window.child(ECHO)


class FixtureTest(DriveTest):
    def setUp(self):
        self.app, self.window, self.echo = self.start_fixture()

    def test_simple_controls(self):
        self.window.child(EDIT).edit("Straße\t\"1\" \\n")
        self.echo.wait_text("Straße\t\"1\" \\n")
        combo = self.window.child(COMBO)
        self.assertEqual(combo.items(), ["qcow2", "Größe"])
        combo.select_item("Größe")
        self.echo.wait_text("Größe")
        self.assertEqual(combo.selected_item(), "Größe")
        box = self.window.find(text="Start now")
        box.check()
        box.check(False)
        self.assertFalse(box.checked)
        self.assertEqual(self.window.child(PROGRESS).progress()["position"], 40)

    def test_message_box_and_task_dialog(self):
        self.window.child(BUTTON).click()
        box = self.app.window("Fixture box")
        self.assertIn("Really delete “web01”?", box.texts())
        box.press("Yes")
        self.echo.wait_text("yes")
        self.window.menu_choose("File", "Question")
        task = self.app.window("Fixture question")
        self.assertIn("Überschreiben?", task.texts())
        self.assertIn("The file exists.", task.texts())
        task.press("Overwrite")
        task.wait_gone()
        self.echo.wait_text("overwrite")

    def test_menus_say_what_is_possible(self):
        self.assertFalse(self.window.menu_item("File", "More", "Grey")["enabled"])
        self.window.menu_choose("File", "More", "Deep")
        self.echo.wait_text("deep")
        with self.assertRaisesRegex(DriveError, "disabled"):
            self.window.menu_choose("File", "More", "Grey")
        with self.assertRaisesRegex(DriveError, "no menu item 'Nothing'"):
            self.window.menu_choose("File", "Nothing")

    def test_context_menu_by_real_mouse(self):
        self.window.foreground()
        items = self.window.context_menu(x=300, y=395)
        self.assertEqual([item["text"] for item in items], ["&New", "&Deep\tCtrl+D"])
        self.drive.popup_choose("Deep")
        self.echo.wait_text("deep")

    def test_virtual_list(self):
        items = self.window.child(LIST)
        self.assertEqual(items.row_count(), 100000)
        self.assertEqual(items.rows(99998), [["vm99998", "99998 MiB"], ["vm99999", "99999 MiB"]])
        self.assertEqual([column["text"] for column in items.columns()], ["Name", "Size"])
        items.select_rows(5, 99)
        self.assertEqual(items.selected_rows(), [5, 99])
        items.double_click_row("vm20")
        self.echo.wait_text("opened 20")
        self.assertTrue(items.row_facts(20)["selected"])

    def test_tree(self):
        tree = self.window.child(TREE)
        self.assertEqual(tree.tree_text(), "Pool\n  host/1\n    vm\n  host/2")
        tree.tree_select("Pool", "host/1", "vm")
        self.assertEqual(tree.tree_selected(), ["Pool", "host/1", "vm"])
        self.echo.wait_text("tree")
        tree.tree_expand("Pool", expanded=False)
        self.assertFalse(tree.tree_item("Pool")["expanded"])
        tree.tree_click("Pool", "host/2")
        self.drive.until(lambda: tree.tree_selected() == ["Pool", "host/2"], "the click to select")
        with self.assertRaisesRegex(DriveError, "host/3(.|\n)*the tree is:(.|\n)*host/2"):
            tree.tree_wait("Pool", "host/3", timeout=0.2)

    def test_bars(self):
        toolbar = self.window.child(TOOLBAR)
        self.assertEqual([(each["text"], each["enabled"]) for each in toolbar.toolbar()], [("New VM", True), ("Force off", False)])
        toolbar.toolbar_press("New VM")
        self.echo.wait_text("new")
        grey = toolbar.toolbar()[1]
        self.assertEqual(toolbar.tooltip(grey["id"]), "It does not run.")
        status = self.window.child(STATUS)
        self.assertEqual(status.status_parts(), ["1 host", "2 tasks"])
        status.wait_status("task")
        tabs = self.window.child(TABS)
        self.assertEqual(tabs.tabs(), ["General", "Console"])
        tabs.select_tab("Console")
        self.echo.wait_text("console")
        self.assertEqual(tabs.selected_tab(), "Console")

    def test_dropped_files(self):
        with tempfile.TemporaryDirectory() as folder:
            files = [os.path.join(folder, name) for name in ("a b.iso", "Ümläut.iso")]
            self.window.drop(*files)
            self.echo.wait_text(f"2 dropped: {windows_path(files[1])}")
            self.window.drop(files[0])
            self.echo.wait_text(f"1 dropped: {windows_path(files[0])}")

    def test_layout_finds_each_mistake_and_nothing_else(self):
        found = {problem["kind"]: problem["id"] for problem in self.window.layout()}
        self.assertEqual(found, WRONG)
        self.assertEqual(len(self.window.layout()), len(WRONG), self.window.layout())
        with self.assertRaisesRegex(DriveError, "clipped"):
            self.window.assert_layout()

    def test_slow_window_is_seen_to_be_slow(self):
        self.assertLess(self.window.ping(), 0.1)
        self.window.menu_choose("File", "Slow")
        self.echo.wait_text("slept")

    def test_real_keys(self):
        self.window.foreground()
        field = self.window.child(EDIT)
        field.focus()
        self.drive.type("Big and small, 12")
        self.echo.wait_text("Big and small, 12")
        self.drive.call("keys", "ctrl+a", "delete")
        self.drive.type("ä€x")
        self.echo.wait_text("ä€x")

    def test_exit_code_and_memory(self):
        self.assertIsNone(self.app.exit_code())
        self.assertGreater(self.app.memory()["working_set"], 100000)
        self.window.menu_choose("File", "Exit")
        self.assertEqual(self.app.wait_exit(), 7)
        with self.assertRaisesRegex(DriveError, "ended with code 7"):
            self.app.window("UI drive fixture", timeout=0.1)

    def test_picture(self):
        with tempfile.TemporaryDirectory() as folder:
            path = self.window.screenshot(os.path.join(folder, "shot.png"))
            size = subprocess.run(["identify", "-format", "%w %h %k", path], capture_output=True, text=True, check=True).stdout
            width, height, colours = map(int, size.split())
            self.assertEqual([width, height], [620, 430])
            self.assertGreater(colours, 10)


class WineProgramsTest(DriveTest):
    def test_regedit(self):
        app = self.drive.start("regedit")
        window = app.window("Registry Editor")
        window.find(cls="SysTreeView32").tree_select("My Computer", "HKEY_CURRENT_USER", "Control Panel", "Desktop")
        values = window.find(cls="SysListView32")
        self.assertEqual(values.cell(values.row_of("LogPixels"), 2), "0x00000060 (96)")
        window.menu_choose("Registry", "Exit")
        app.wait_exit()

    def test_notepad_saves_a_file_by_dialog(self):
        with tempfile.TemporaryDirectory() as folder:
            app = self.drive.start("notepad")
            window = app.window("Notepad")
            window.find(cls="Edit").edit("first\r\nsecond ü")
            window.close()
            app.window(cls="#32770").press("Yes")
            dialog = app.window("Save As")
            path = os.path.join(folder, "note.txt")
            dialog.find(cls="Edit").set_text(windows_path(path))
            dialog.press("Save")
            app.wait_exit()
            with open(path, "rb") as file:
                self.assertIn(b"second", file.read())

    def test_winecfg_tabs(self):
        app = self.drive.start("winecfg")
        window = app.window("Wine configuration")
        tabs = window.find(cls="SysTabControl32")
        self.assertIn("Graphics", tabs.tabs())
        tabs.select_tab("Graphics")
        window.find(text="Allow the window manager to control the windows")
        window.press("Cancel")
        app.wait_exit()


class OtherTest(unittest.TestCase):
    def test_german_and_large_and_nothing_left(self):
        with Drive(language="de", dpi=192, size=(1600, 1200)) as drive:
            prefix = drive.prefix
            window = drive.start("winecfg").window("Wine")
            self.assertIn("Grafik", window.find(cls="SysTabControl32").tabs())
            self.assertGreater(window.rect[2] - window.rect[0], 700)
            self.assertTrue(running(prefix))
        self.assertFalse(running(prefix))
        self.assertFalse(os.path.exists(prefix))

    def test_nothing_left_after_a_failure(self):
        with tempfile.TemporaryDirectory() as artifacts:
            with self.assertRaises(ZeroDivisionError), Drive(artifacts=artifacts) as drive:
                prefix = drive.prefix
                drive.start(FIXTURE).window("UI drive")
                raise ZeroDivisionError
            self.assertFalse(running(prefix))
            self.assertEqual(sorted(name.rsplit(".")[-1] for name in os.listdir(artifacts)), ["json", "png"])

    def test_an_exception_in_a_window_procedure_is_told(self):
        with self.assertRaisesRegex(DriveError, "1 exceptions in window procedures"), Drive() as drive:
            drive.start(FIXTURE, "fault").window("UI drive")

    def test_two_at_once(self):
        with Drive() as one, Drive() as two:
            self.assertNotEqual(one.display, two.display)
            one.start(FIXTURE).window("UI drive")
            start = time.monotonic()
            with self.assertRaises(DriveError):
                two.window("UI drive", timeout=0.2)
            self.assertLess(time.monotonic() - start, 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
