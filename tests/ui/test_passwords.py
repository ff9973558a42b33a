#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remembered passwords through the window: Credential Manager, master password, locking, lists of servers. Another program looks into the Credential
Manager, the host says who logged in, and no file of the profile may hold a password."""
import glob
import json
import os
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import accounts  # noqa: E402
from client import Client, constants, credentials  # noqa: E402
from drive import Drive, windows_path  # noqa: E402
from lab import Host  # noqa: E402
from poolctl import AGENT  # noqa: E402

ADD = constants("client/ui/add_server_dialog.c")
PROMPT = constants("client/ui/prompt_dialog.c")
OPTIONS = constants("client/ui/options_dialog.c")
SECURITY = constants("client/ui/options_security_page.c")
MASTER = constants("client/ui/master_dialog.c")
LOCK = constants("client/ui/lock.c")
LISTS = constants("client/ui/server_list_dialog.c")
OK, CANCEL = 1, 2
MASTER_PASSWORD = "correct horse battery"
OTHER_PASSWORD = "lab-changed"


def set_host_password(host, user, password):
    secret = subprocess.run(["openssl", "passwd", "-6", password], check=True, capture_output=True, text=True).stdout.strip()
    accounts.replace_lines(os.path.join(host.base, "etc/shadow"), [user], [f"{user}:{secret}:19000:0:99999:7:::"])


def setUpModule():
    """One host and one Windows for all: what a test leaves there goes after it."""
    PasswordCase.host = Host(f"passwords-{os.getpid()}", agent=AGENT).up()
    unittest.addModuleCleanup(PasswordCase.host.down)
    PasswordCase.drive = unittest.enterModuleContext(Drive(language="en"))


class PasswordCase(unittest.TestCase):
    host = drive = None

    def setUp(self):
        self.addCleanup(credentials, self.drive, "clear")
        self.client = self.enterContext(Client(self.drive, "en"))
        self.addCleanup(lambda: self.client.app and self.client.app.kill())
        self.words = self.client.words
        self.client.remember(self.host, name="lab")
        server = self.client.settings["servers"][0]
        server.update(auth="password", connect_at_start=False)
        del server["key_file"]
        self.name = f"PoolCenter/operator@127.0.0.1:{self.host.port}"

    # -- what others see -------------------------------------------------------------------------

    def remembered(self):
        return {name: secret for name, secret in credentials(self.drive).items() if name.startswith("PoolCenter/")}

    def assert_no_secret_in_files(self, *secrets):
        """Neither in the profile nor in the Wine prefix's registry."""
        paths = [path for path in glob.glob(os.path.join(self.client.folder, "**"), recursive=True) if os.path.isfile(path)]
        paths += glob.glob(os.path.join(self.drive.prefix, "*.reg"))
        self.assertTrue(any(path.endswith("settings.json") for path in paths))
        for path in paths:
            with open(path, "rb") as file:
                content = file.read()
            for secret in secrets:
                for form in (secret.encode(), secret.encode("utf-16-le"), secret.encode().hex().encode()):
                    self.assertNotIn(form, content, f"{path} holds the password")

    # -- the window ------------------------------------------------------------------------------

    def connect(self):
        self.client.select_server()
        self.client.wait_command("server.connect")
        self.client.command("server.connect")

    def disconnect(self):
        self.client.command("server.disconnect")
        self.client.wait_command("server.connect")

    def wait_online(self):
        self.client.select_server()
        self.client.wait_command("vm.new", timeout=30)

    def windows(self):
        return [window for window in self.client.app.windows() if window.hwnd != self.client.frame.hwnd]

    def prompt(self, title="PROMPT_PASSWORD_TITLE"):
        return self.client.dialog(title, timeout=20)

    def answer(self, prompt, answer, remember=None):
        if remember is not None:
            prompt.child(PROMPT["PROMPT_REMEMBERED"]).check(remember)
        prompt.child(PROMPT["PROMPT_ANSWER"]).edit(answer)
        prompt.child(OK).click()

    def says(self, window, name):
        wanted = self.words(name)
        self.drive.until(lambda: any(wanted in str(child.known["text"]) for child in window.children()), f"'{wanted}' in {window!r}", 20)

    def prompt_again(self, name, title="PROMPT_PASSWORD_TITLE"):
        """The question that came after a wrong answer: another window, which says so."""
        wanted = self.words(name)

        def look():
            return next((window for window in self.windows() if window.title == self.words(title)
                         and any(wanted in str(child.known["text"]) for child in window.children())), None)
        return self.drive.until(look, f"'{wanted}'", 20)

    def restart(self):
        self.assertEqual(self.client.close(), 0)
        self.client.start(fresh=False)

    def security_page(self):
        self.client.command("view.options")
        dialog = self.client.dialog("OPTIONS_TITLE")
        dialog.child(OPTIONS["OPTIONS_PAGES"]).select_rows(self.words("OPTIONS_SECURITY"))
        return dialog

    def master(self, button, title, **values):
        """Set, change or remove the master password by the Options dialog, which stays open."""
        dialog = self.security_page()
        dialog.child(SECURITY[button]).click()
        window = self.client.dialog(title)
        for name, value in values.items():
            window.child(MASTER[name]).edit(value)
        window.child(OK).click()
        return dialog, window

    def set_master(self):
        dialog, window = self.master("OPTIONS_SET_MASTER", "MASTER_SET_TITLE", FRESH=MASTER_PASSWORD, AGAIN=MASTER_PASSWORD)
        window.wait_gone(timeout=30)
        dialog.child(OK).click()
        dialog.wait_gone()

    def unlock(self, password=MASTER_PASSWORD):
        window = self.client.dialog("LOCK_TITLE")
        window.child(LOCK["PASSWORD"]).edit(password)
        window.child(OK).click()
        return window


class RememberTest(PasswordCase):
    def test_remembered_in_the_credential_manager_until_it_is_forgotten(self):
        self.client.start()
        self.connect()
        prompt = self.prompt()
        self.assertFalse(prompt.child(PROMPT["PROMPT_REMEMBERED"]).checked, "remembering is for those who want it")
        self.answer(prompt, "wrong", remember=True)
        prompt = self.prompt_again("PROMPT_WRONG_PASSWORD")
        self.assertEqual(self.remembered(), {}, "what is wrong is not remembered")
        self.answer(prompt, accounts.PASSWORD, remember=True)
        self.wait_online()
        self.assertEqual(self.remembered(), {self.name: accounts.PASSWORD})
        self.restart()
        self.connect()
        self.wait_online()
        self.assertEqual(self.windows(), [])
        self.assertTrue(self.client.menu_item("server.forget")["enabled"])
        self.client.command("server.forget")
        self.drive.until(lambda: not self.remembered(), "the credential to be gone")
        self.disconnect()
        self.connect()
        prompt = self.prompt()
        self.answer(prompt, accounts.PASSWORD, remember=False)
        self.wait_online()
        self.assertEqual(self.remembered(), {})
        self.assertEqual(self.client.close(), 0)
        self.assert_no_secret_in_files(accounts.PASSWORD)

    def test_password_that_was_changed_on_the_host_is_tried_once_and_replaced(self):
        self.client.start()
        self.connect()
        self.answer(self.prompt(), accounts.PASSWORD, remember=True)
        self.wait_online()
        self.disconnect()
        self.addCleanup(set_host_password, self.host, "operator", accounts.PASSWORD)
        set_host_password(self.host, "operator", OTHER_PASSWORD)
        before = self.refusals()
        self.connect()
        prompt = self.prompt()
        self.says(prompt, "REMEMBERED_PASSWORD_REFUSED")
        self.assertTrue(prompt.child(PROMPT["PROMPT_REMEMBERED"]).checked)
        self.assertEqual(self.refusals() - before, 1)
        prompt.close()
        prompt.wait_gone()
        self.connect()  # again: the refused one is not tried any more
        prompt = self.prompt()
        self.assertEqual(self.refusals() - before, 1)
        self.answer(prompt, OTHER_PASSWORD)
        self.wait_online()
        self.assertEqual(self.remembered(), {self.name: OTHER_PASSWORD})
        self.disconnect()
        self.connect()
        self.wait_online()
        self.assertEqual(self.client.close(), 0)
        self.assert_no_secret_in_files(accounts.PASSWORD, OTHER_PASSWORD)

    def refusals(self):
        return self.host.log("sshd").count("Failed password")

    def test_add_server_remembers_and_forgets(self):
        self.client.settings["servers"] = []
        self.client.start()
        self.client.command("server.add")
        dialog = self.client.dialog("ADD_SERVER_TITLE")
        dialog.child(ADD["HOST"]).find(cls="Edit").edit("127.0.0.1")
        dialog.child(ADD["PORT"]).edit(str(self.host.port))
        dialog.child(ADD["USER"]).edit("operator")
        dialog.child(ADD["PASSWORD"]).edit(accounts.PASSWORD)
        dialog.child(ADD["REMEMBER"]).check(True)
        dialog.child(ADD["AT_START"]).check(True)
        dialog.child(OK).click()
        dialog.wait_gone(timeout=20)
        self.assertEqual(self.remembered(), {self.name: accounts.PASSWORD})
        self.restart()
        self.wait_online()
        self.assertEqual(self.windows(), [])
        dialog = self.security_page()
        dialog.child(SECURITY["OPTIONS_REMEMBERED"]).select_rows(0)
        dialog.child(SECURITY["OPTIONS_FORGET"]).wait_enabled(True)
        dialog.child(SECURITY["OPTIONS_FORGET"]).click()
        dialog.child(SECURITY["OPTIONS_REMEMBERED"]).wait_row_count(0)
        self.assertEqual(self.remembered(), {})
        dialog.close()
        dialog.wait_gone()
        self.assertEqual(self.client.close(), 0)


class MasterTest(PasswordCase):
    def test_master_password_moves_the_passwords_into_its_file_and_back(self):
        self.client.start()
        self.connect()
        self.answer(self.prompt(), accounts.PASSWORD, remember=True)
        self.wait_online()
        self.assertFalse(self.client.menu_item("file.lock")["enabled"])
        self.set_master()
        self.assertEqual(self.remembered(), {})
        self.assertTrue(os.path.exists(os.path.join(self.client.folder, "vault")))
        self.restart()
        self.connect()
        self.answer(self.prompt("MASTER_TITLE"), "not this one")
        self.answer(self.prompt_again("MASTER_WRONG", "MASTER_TITLE"), MASTER_PASSWORD)
        self.wait_online()
        dialog, window = self.master("OPTIONS_CHANGE_MASTER", "MASTER_CHANGE_TITLE", OLD="not this one", FRESH="another one 2", AGAIN="another one 2")
        self.says(window, "MASTER_WRONG")
        window.child(MASTER["OLD"]).edit(MASTER_PASSWORD)
        window.child(OK).click()
        window.wait_gone(timeout=30)
        dialog.close()
        self.restart()
        self.connect()
        self.answer(self.prompt("MASTER_TITLE"), MASTER_PASSWORD)
        prompt = self.prompt_again("MASTER_WRONG", "MASTER_TITLE")
        prompt.close()
        prompt.wait_gone()
        self.answer(self.prompt(), accounts.PASSWORD)  # without the master password it goes on as ever
        self.answer(self.prompt("MASTER_TITLE"), "another one 2")  # ... but to remember the answer it is needed
        self.wait_online()
        dialog, window = self.master("OPTIONS_REMOVE_MASTER", "MASTER_REMOVE_TITLE", OLD="another one 2")
        window.wait_gone(timeout=30)
        dialog.close()
        self.assertEqual(self.remembered(), {self.name: accounts.PASSWORD})
        self.assertFalse(os.path.exists(os.path.join(self.client.folder, "vault")))
        self.disconnect()
        self.connect()
        self.wait_online()
        self.assertEqual(self.client.close(), 0)
        self.assert_no_secret_in_files(accounts.PASSWORD, MASTER_PASSWORD, "another one 2")


class LockTest(PasswordCase):
    def start_with_master(self, **values):
        self.client.settings["values"].update(values)
        self.client.start()
        self.set_master()

    def visible(self):
        return [window.title for window in self.client.app.windows()]

    def test_nothing_is_seen_or_typed_behind_the_lock(self):
        self.start_with_master()
        self.connect()
        self.answer(self.prompt(), accounts.PASSWORD, remember=True)
        self.wait_online()
        sessions = self.sessions()
        self.client.command("help.about")  # a dialog is open when it locks
        self.client.dialog("ABOUT_TITLE")
        self.client.frame.send(0x0111, self.client.commands["file.lock"][0], 0)
        lock = self.client.dialog("LOCK_TITLE")
        self.assertEqual(self.visible(), [self.words("LOCK_TITLE")])
        lock.foreground()
        # Real keys: shortcuts of the window behind do nothing, letters land in the password only.
        self.drive.key("ctrl+shift+a", "ctrl+n", "F5", "alt+F1", "Escape")
        lock.post(0x0112, 0xF120, 0)  # Escape made it small: SC_RESTORE
        self.drive.until(lambda: self.visible() == [self.words("LOCK_TITLE")], "nothing but the lock")
        # A second start may not open the window either.
        self.drive.start(self.client.program, "--config", windows_path(self.client.folder), "poolcenter://127.0.0.1")
        self.drive.until(lambda: self.visible() == [self.words("LOCK_TITLE")], "nothing but the lock")
        self.unlock("wrong")
        self.says(lock, "MASTER_WRONG")
        lock.foreground()
        lock.child(LOCK["PASSWORD"]).focus()
        self.drive.type(MASTER_PASSWORD)
        self.drive.key("Return")
        lock.wait_gone(timeout=30)
        about = self.client.dialog("ABOUT_TITLE")
        about.close()
        about.wait_gone()
        self.drive.until(lambda: self.client.frame.visible and self.client.frame.enabled, "the window")
        self.assertEqual(self.sessions(), sessions, "the connection stayed")
        self.wait_online()

    def sessions(self):
        """Logins the host has seen."""
        return self.host.log("sshd").count("Accepted")

    def login_waits(self):
        """The process of sshd that knows who is logging in, and not yet whether he may."""
        return next((process["pid"] for process in self.host.processes() if "operator [net]" in " ".join(process["command"])), None)

    def test_lost_connection_comes_back_after_unlocking_only(self):
        self.start_with_master()
        self.connect()
        self.answer(self.prompt(), accounts.PASSWORD, remember=True)
        self.wait_online()
        self.client.command("file.lock")
        lock = self.client.dialog("LOCK_TITLE")
        sessions = self.sessions()
        self.host.kill_ssh_children()
        attempt = self.drive.until(self.login_waits, "a new attempt to stop at the login", 20)
        self.client.frame.ping()
        self.assertEqual(self.visible(), [self.words("LOCK_TITLE")])
        self.assertEqual(self.sessions(), sessions, "the password is not in memory")
        self.assertEqual(self.login_waits(), attempt)
        self.unlock()
        lock.wait_gone(timeout=30)
        self.wait_online()
        self.assertGreater(self.sessions(), sessions)

    def test_locks_by_itself_when_idle(self):
        self.start_with_master(**{"lock.idle_seconds": 3})
        self.client.dialog("LOCK_TITLE", timeout=20)
        self.unlock().wait_gone(timeout=30)
        self.client.frame.foreground()
        for _ in range(10):  # with input it stays open
            self.drive.key("Down")
            time.sleep(0.5)
        self.assertTrue(self.client.frame.visible)

    def test_locks_with_windows(self):
        self.start_with_master()
        dialog = self.security_page()
        dialog.child(SECURITY["OPTIONS_IDLE"]).select_item(self.words.plural("OPTIONS_SECURITY_MINUTES", 5))
        dialog.child(SECURITY["OPTIONS_WITH_WINDOWS"]).click()
        dialog.child(OK).click()
        dialog.wait_gone()
        self.client.frame.post(0x02B1, 7, 1)  # WM_WTSSESSION_CHANGE, WTS_SESSION_LOCK
        self.client.dialog("LOCK_TITLE")
        self.unlock().wait_gone(timeout=30)
        self.assertEqual(self.client.close(), 0)
        values = self.client.read_settings()["values"]
        self.assertEqual((values["lock.idle_seconds"], values["lock.with_windows"]), (300, 1))


class ServerListTest(PasswordCase):
    def pick(self, title, path):
        """Type a path into the system's file dialog."""
        window = self.client.app.window(self.words(title), cls="#32770")
        window.find(cls="Edit").edit(windows_path(path))
        window.child(OK).click()
        window.wait_gone()  # the dialog that comes next has the same title

    def test_export_and_import_on_another_profile(self):
        self.client.remember(self.host, name="second", user="root")
        self.client.settings["servers"][1]["auth"] = "key_file"
        self.client.start()
        self.connect()
        self.answer(self.prompt(), accounts.PASSWORD, remember=True)
        self.wait_online()
        path = os.path.join(self.client.folder, "mine.poolservers")
        self.client.command("servers.export")
        dialog = self.client.dialog("SERVERS_EXPORT_TITLE")
        dialog.child(LISTS["LIST"]).wait_row_count(2)
        dialog.child(LISTS["KEYS"]).check(True)
        dialog.child(OK).click()
        dialog.wait_gone()
        self.pick("SERVERS_EXPORT_TITLE", path)
        self.drive.until(lambda: os.path.exists(path), "the file")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        exported = json.loads(text)
        self.assertEqual([(each["host"], each["user"]) for each in exported["servers"]], [("127.0.0.1", "operator"), ("127.0.0.1", "root")])
        self.assertNotIn(accounts.PASSWORD, text)
        self.assertFalse({key for each in exported["servers"] for key in each} & {"password", "passphrase", "remember", "id"})
        self.assertTrue(exported["host_keys"])
        self.assertEqual(self.client.close(), 0)
        self.import_elsewhere(path)

    def import_elsewhere(self, path):
        with Client(self.drive, "en") as other:
            self.client = other
            other.remember(self.host, name="lab", known=False)
            other.settings["servers"][0].update(auth="password", connect_at_start=False)
            other.start()
            other.command("servers.import")
            self.pick("SERVERS_IMPORT_TITLE", path)
            dialog = other.dialog("SERVERS_IMPORT_TITLE")
            rows = dialog.child(LISTS["LIST"]).rows()
            self.assertEqual([row[-1] for row in rows], [self.words("SERVERS_KNOWN"), ""])
            dialog.child(LISTS["KEYS"]).check(True)
            dialog.child(OK).click()
            dialog.wait_gone()
            self.drive.until(lambda: len([item for item in other.tree.tree() if item["level"] == 0]) == 2, "the second server")
            other.tree.tree_select(other.tree.tree()[1]["text"])
            other.command("server.connect")  # by key, and without a question about the host's key
            other.wait_command("vm.new", timeout=30)
            self.assertEqual(other.close(), 0)
            servers = other.read_settings()["servers"]
            self.assertEqual([each["user"] for each in servers], ["operator", "root"])
            self.assertFalse(servers[1]["connect_at_start"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
