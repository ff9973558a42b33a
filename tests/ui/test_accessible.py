#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What screen readers see and hear of our own controls: asked for through MSAA from another program, as they do. test_pictures.py checks that every control has a name."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import guests  # noqa: E402
from client import Client, constants  # noqa: E402
from drive import Drive  # noqa: E402
from lab import Host  # noqa: E402
from poolctl import AGENT  # noqa: E402

OUTLINE, OUTLINE_ITEM, LIST, LIST_ITEM, BUTTON, SEPARATOR, PROGRESS, ALERT, STATIC, GRAPHIC = 35, 36, 33, 34, 43, 21, 48, 8, 41, 40
UNAVAILABLE, SELECTED, FOCUSED, EXPANDED, COLLAPSED, INVISIBLE, SELECTABLE = 0x1, 0x2, 0x4, 0x200, 0x400, 0x8000, 0x200000
SYSTEM_ALERT, FOCUS, SELECTION, STATE_CHANGE, NAME_CHANGE = 0x2, 0x8005, 0x8006, 0x800A, 0x800C
ADD = constants("client/ui/add_server_dialog.c")
VM = constants("client/ui/new_vm_wizard.h")
WIZARD = constants("client/win/wizard.h")


class AccessibleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = Host(f"accessible-{os.getpid()}", agent=AGENT, hostname="lab").up()
        cls.addClassCleanup(cls.host.down)
        guests.define(cls.host, "a-vm")
        cls.drive = cls.enterClassContext(Drive(size=(1500, 1100)))
        cls.client = cls.enterClassContext(Client(cls.drive))
        cls.client.remember(cls.host, name="lab")
        cls.client.start()
        cls.words = cls.client.words
        cls.drive.until(lambda: [item["text"] for item in cls.client.tree.tree()] == ["lab", "a-vm", "local", "default"], "the inventory", 30)

    def seen(self, window):
        return window.call("accessible")

    def wait_event(self, event, window, child=None):
        def happened():
            return any(each["event"] == event and each["hwnd"] == window.hwnd and child in (None, each["child"]) for each in self.drive.call("events"))
        self.drive.until(happened, f"event {event:#x} of {window!r} {child}")

    def test_the_tree_is_an_outline(self):
        tree = self.client.tree
        self.client.select("lab", "a-vm")
        seen = self.seen(tree)
        self.assertEqual((seen["role"], seen["name"]), (OUTLINE, self.words("ACCESSIBLE_TREE")))
        self.assertEqual([(child["name"], child["role"], child["value"]) for child in seen["children"]],
                         [("lab", OUTLINE_ITEM, "0"), ("a-vm", OUTLINE_ITEM, "1"), ("local", OUTLINE_ITEM, "1"), ("default", OUTLINE_ITEM, "1")])
        self.assertEqual(seen["selection"], 2)
        self.assertEqual([bool(child["state"] & SELECTED) for child in seen["children"]], [False, True, False, False])
        self.assertTrue(seen["children"][0]["state"] & EXPANDED)
        self.assertIn("Off", seen["children"][1]["description"])
        left, top, right, bottom = seen["children"][2]["place"]
        self.assertEqual(self.drive.call("accessible_hit", tree.hwnd, (left + right) // 2, (top + bottom) // 2), 3)

    def test_the_tree_tells_what_happens_and_obeys(self):
        tree = self.client.tree
        tree.tree_click("lab", "local")
        self.drive.until(lambda: tree.tree_selected() == ["lab", "local"], "the click to select")
        self.drive.call("events_start", self.client.app.pid)
        self.drive.call("accessible_select", tree.hwnd, 2)
        self.wait_event(SELECTION, tree, 2)
        self.assertEqual(tree.tree_selected(), ["lab", "a-vm"])
        seen = self.seen(tree)
        self.assertTrue(seen["children"][1]["state"] & FOCUSED)
        self.assertEqual(seen["focus"], 2)
        self.drive.key("Down")
        self.wait_event(FOCUS, tree, 3)
        tree.tree_expand("lab", expanded=False)
        self.wait_event(STATE_CHANGE, tree, 1)
        seen = self.seen(tree)
        self.assertTrue(seen["children"][0]["state"] & COLLAPSED)
        self.assertTrue(seen["children"][1]["state"] & INVISIBLE)
        tree.tree_expand("lab")

    def test_toolbar_buttons_have_names_and_say_why_not(self):
        bar = self.client.frame.find(cls="ToolbarWindow32")
        self.client.select("lab")
        children = self.seen(bar)["children"]
        add = next(number for number, child in enumerate(children, 1) if child["name"].startswith(self.words("COMMAND_ADD_SERVER")))
        start = next(child for child in children if child["name"].startswith(self.words("COMMAND_START")))
        self.assertTrue(all(child["name"] for child in children if child["role"] == BUTTON), children)
        self.assertTrue(any(child["role"] == SEPARATOR for child in children))
        self.assertTrue(start["state"] & UNAVAILABLE)
        self.assertEqual(start["description"], self.words("WHY_SELECT_VM"))
        self.drive.call("accessible_press", bar.hwnd, add)
        dialog = self.client.dialog("ADD_SERVER_TITLE")
        dialog.close()
        dialog.wait_gone()

    def test_a_problem_in_a_form_is_an_alert(self):
        self.client.command("server.add")
        dialog = self.client.dialog("ADD_SERVER_TITLE")
        self.drive.call("events_start", self.client.app.pid)
        dialog.child(ADD["PORT"]).edit("0")
        problem = self.drive.until(lambda: next((each for each in dialog.children("PoolCenterNote") if self.words("CHECK_PORT") in each.known["text"]), None), "the problem")
        seen = self.seen(problem)
        self.assertEqual((seen["role"], seen["name"]), (ALERT, self.words("CHECK_PORT")))
        self.wait_event(SYSTEM_ALERT, problem)
        dialog.close()
        dialog.wait_gone()

    def test_steps_and_meter_of_the_wizard(self):
        self.client.select("lab")
        self.client.wait_command("vm.new")
        self.client.command("vm.new")
        wizard = self.client.dialog("NEW_VM_TITLE")
        wizard.child(VM["NEW_VM_NAME_EDIT"]).edit("web01")
        steps = wizard.child(WIZARD["WIZARD_STEPS"])
        for title in ("NEW_VM_STEP_MEDIA", "NEW_VM_STEP_GUEST", "NEW_VM_STEP_CPU", "NEW_VM_STEP_DISK"):
            wizard.child(WIZARD["WIZARD_NEXT"]).click()
            steps.wait_text(self.words(title))
        seen = self.seen(steps)
        self.assertEqual((seen["role"], seen["name"], seen["selection"]), (LIST, self.words("ACCESSIBLE_STEPS"), 5))
        self.assertEqual(seen["children"][3]["value"], self.words("ACCESSIBLE_STEP_DONE"))
        self.assertEqual((seen["children"][4]["role"], seen["children"][4]["value"]), (LIST_ITEM, ""))
        self.assertTrue(seen["children"][6]["state"] & UNAVAILABLE)
        meter = self.seen(wizard.find(cls="PoolCenterMeter"))
        self.assertEqual(meter["role"], PROGRESS)
        self.assertRegex(meter["value"], r"^\d+ %$")
        self.assertIn("GB", meter["name"])
        self.drive.call("accessible_press", steps.hwnd, 1)
        steps.wait_text(self.words("NEW_VM_STEP_NAME"))
        wizard.close()
        question = self.drive.until(lambda: next((window for window in self.client.app.windows() if window.hwnd not in (wizard.hwnd, self.client.frame.hwnd)), None), "the question")
        question.press(self.words("NEW_VM_LEAVE_VERB"))
        wizard.wait_gone()

    def test_console_names_the_guest_or_says_why_not(self):
        self.client.select("lab", "a-vm")
        self.client.page("PAGE_CONSOLE")
        view = self.drive.until(lambda: next((each for each in self.client.frame.children() if self.seen(each)["role"] == GRAPHIC), None), "the console's view")
        self.assertIn(self.words("CONSOLE_OFF_TITLE"), self.seen(view)["name"])
        self.host.virsh("start", "a-vm")
        self.addCleanup(self.host.virsh, "destroy", "a-vm")
        self.drive.until(lambda: self.seen(view)["name"] == self.words("ACCESSIBLE_CONSOLE", "a-vm"), "the console to be named after its VM", 30)

    def test_names_change_with_the_language(self):
        self.client.command("view.german")
        self.addCleanup(self.client.command, "view.english")
        self.drive.until(lambda: self.seen(self.client.tree)["name"] == "Server, VMs und Speicher", "the German name")


if __name__ == "__main__":
    unittest.main(verbosity=2)
