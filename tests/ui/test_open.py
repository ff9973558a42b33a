#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links, saved searches, the one window per settings folder, and --quit: through second starts of the real program, as Windows makes them."""
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import guests  # noqa: E402
from client import Client  # noqa: E402
from drive import Drive  # noqa: E402
from lab import Host  # noqa: E402
from poolctl import AGENT  # noqa: E402
from window import windows_path  # noqa: E402


class OpenTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = Host(f"open-{os.getpid()}", agent=AGENT).up()
        cls.addClassCleanup(cls.host.down)
        guests.define(cls.host, "web 01")
        guests.define(cls.host, "mail")
        cls.drive = cls.enterClassContext(Drive())
        cls.client = cls.enterClassContext(Client(cls.drive))
        cls.words = cls.client.words
        cls.client.remember(cls.host, name="lab")
        cls.client.settings["servers"][0]["connect_at_start"] = False
        cls.client.start()

    def start(self, *arguments):
        return self.drive.start(self.client.program, *arguments)

    def open(self, argument):
        """A second start with the same settings: it hands its argument over and ends."""
        second = self.start("--config", windows_path(self.client.folder), argument)
        self.assertEqual(second.wait_exit(20), 0)
        self.assertEqual(len([window for window in self.drive.windows() if window.cls == "PoolCenterFrame"]), 1)

    def link(self, path=""):
        return f"poolcenter://127.0.0.1:{self.host.port}{path}"

    def selected(self):
        return self.client.tree.tree_selected()[-1]

    def wait_selected(self, name):
        self.drive.until(lambda: self.selected() == name, f"'{name}' to be selected", 20)

    def wait_hint(self, text):
        self.drive.until(lambda: any(text in child.text for child in self.client.frame.children()), f"the hint '{text}'")

    def test_1_a_link_asks_before_it_connects(self):
        self.open(self.link("/web%2001"))
        question = self.client.app.window(self.words("APP_NAME"), "#32770")
        self.assertIn(self.words("LINK_ASK")[:40], str(question.dialog()))
        self.open(self.link("/mail"))
        question.press(self.words("DIALOG_CANCEL"))
        question.wait_gone()
        self.assertIn("(", self.client.tree.tree()[0]["text"], "still not connected")
        self.assertNotIn("Accepted", self.host.log("sshd"))

    def test_2_and_shows_the_vm_once_it_is_online(self):
        self.open(self.link("/web%2001"))
        question = self.client.app.window(self.words("APP_NAME"), "#32770")
        question.press(self.words("LINK_CONNECT"))
        self.wait_selected("web 01")

    def test_3_online_it_only_selects(self):
        self.open(self.link("/mail"))
        self.wait_selected("mail")
        self.open(self.link())
        self.drive.until(lambda: len(self.client.tree.tree_selected()) == 1, "the server to be selected")
        self.open(self.link("/gone"))
        self.wait_hint(self.words("LINK_NO_VM", "gone"))
        self.assertEqual(self.host.virsh("list", "--name"), "")

    def test_4_what_comes_from_outside_is_refused(self):
        for link, why in (("poolcenter://root@127.0.0.1/mail", "LINK_USER"), ("poolcenter://127.0.0.1:0/mail", "LINK_PORT"), ("poolcenter://127.0.0.1/mail?start=1", "LINK_NAME"),
                          ("poolcenter://-oProxyCommand=x/", "LINK_HOST")):
            self.open(link)
            self.wait_hint(self.words("LINK_REFUSED", self.words(why)))
        self.open("poolcenter://stranger.example/mail")
        self.wait_hint(self.words("LINK_UNKNOWN", "stranger.example:22"))
        self.assertEqual(len([item for item in self.client.tree.tree() if item["level"] == 0]), 1)

    def test_5_an_option_smuggled_behind_a_link_is_none(self):
        """What a browser that does not escape quotation marks would make of poolcenter://x" --config "..."""
        other = os.path.join(self.client.folder, "evil")
        app = self.start("--open", "poolcenter://127.0.0.1/x", "--config", windows_path(other))
        window = app.window(self.words("APP_NAME"), "PoolCenterFrame")
        self.drive.until(lambda: any("--open" in child.text for child in window.children()), "the refusal")
        window.close()
        app.wait_exit()
        self.assertFalse(os.path.exists(other))

    def test_5_the_jump_list_names_the_settings_folder_in_front(self):
        folder = windows_path(self.client.folder)
        second = self.start("--config", folder + "\\", "--open", "poolcenter://jump.example/x")
        self.assertEqual(second.wait_exit(20), 0)
        self.wait_hint(self.words("LINK_UNKNOWN", "jump.example:22"))
        third = self.start("--config", folder, "--open", "poolcenter://127.0.0.1/x", "--quit")
        self.assertEqual(third.wait_exit(20), 0)
        self.assertIsNone(self.client.app.exit_code(), "an option behind --open is none")

    def test_6_saved_searches(self):
        box = self.client.frame.find(cls="Edit")
        box.set_text("")
        self.client.wait_command("file.save_search", False)
        box.set_text("mai")
        self.client.wait_command("file.save_search", True)
        path = os.path.join(self.client.folder, "saved.poolsearch")
        self.save_as(path)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(json.load(file), {"poolcenter_search": 1, "text": "mai"})
        box.set_text("")
        self.open(windows_path(path))
        box.wait_text("mai")
        box.set_text("")
        self.client.command("file.open_search")
        dialog = self.client.app.window(self.words("SEARCH_OPEN_TITLE"), "#32770")
        dialog.find(cls="Edit").set_text(windows_path(path))
        dialog.press(self.words("SEARCH_OPEN"))
        box.wait_text("mai")
        with open(path, "w", encoding="utf-8") as file:
            file.write('{"poolcenter_search": 1, "text": ["mai"]}')
        self.open(windows_path(path))
        self.wait_hint("saved.poolsearch")
        box.set_text("")

    def save_as(self, path):
        self.client.command("file.save_search")
        dialog = self.client.app.window(self.words("SEARCH_SAVE_TITLE"), "#32770")
        dialog.find(cls="Edit").set_text(windows_path(path))
        dialog.press(self.words("SEARCH_SAVE"))
        self.drive.until(lambda: os.path.exists(path), "the file")

    def test_7_quit_closes_every_window_of_this_program(self):
        other = self.start("--config", windows_path(os.path.join(self.client.folder, "second")))
        other.window(self.words("APP_NAME"), "PoolCenterFrame")
        self.client.command("help.about")
        self.client.dialog("ABOUT_TITLE")
        self.assertEqual(self.start("--quit").wait_exit(30), 0)
        self.assertEqual((self.client.app.exit_code(), other.exit_code()), (0, 0))
        self.assertEqual(len(self.client.read_settings()["servers"]), 1)
        self.assertEqual(self.start("--quit").wait_exit(30), 0)


if __name__ == "__main__":
    unittest.main()
