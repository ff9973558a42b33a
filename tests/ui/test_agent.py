#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up the agent through the window, on a host that has none: files, processes and groups of the host say what really happened."""
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
from client import Client, constants, credentials  # noqa: E402
from drive import ROOT, Drive, windows_path  # noqa: E402
from lab import CutProxy, Host, wait_for  # noqa: E402
from poolctl import AGENT  # noqa: E402

AGENT_DIALOG = constants("client/ui/agent_dialog.c")
AGENT_PAGE = constants("client/ui/agent_page.c")
ADD = constants("client/ui/add_server_dialog.c")
PROMPT = constants("client/ui/prompt_dialog.c")
OK, CANCEL = 1, 2
PROGRAM = "/usr/local/sbin/poolagentd"
host = carried = None


def setUpModule():
    global host, carried
    carried = tempfile.mkdtemp(prefix="pc-carried-")
    subprocess.run([os.path.join(ROOT, "tools/carry-agent"), carried, AGENT, "0.1.0"], check=True)
    unittest.addModuleCleanup(shutil.rmtree, carried)
    host = Host("setup-ui")
    host.__enter__()
    unittest.addModuleCleanup(host.down)
    host.exec("cp", "/etc/group", "/etc/group.lab")


class AgentTest(unittest.TestCase):
    language = "en"

    @classmethod
    def setUpClass(cls):
        cls.drive = cls.enterClassContext(Drive(language=cls.language, size=(1280, 1000), environment={"POOLCENTER_AGENT_FOLDER": windows_path(carried)}))

    def setUp(self):
        self.addCleanup(self.clean)
        self.client = self.enterContext(Client(self.drive, self.language))
        self.addCleanup(lambda: self.client.app and self.client.app.kill())

    def clean(self):
        for pid in host.pids("poolagentd"):
            host.stop([pid], 9)
        host.exec("sh", "-c", "rm -rf /usr/local/sbin/* /usr/local/sbin/.pool* /usr/local/bin/* /etc/poolagent /var/lib/poolagent/* /run/poolagent/* "
                  "/srv/home/*/.cache/poolcenter /srv/tmp/*; cp /etc/group.lab /etc/group", check=False)

    # -- helpers ---------------------------------------------------------------------------------

    def start(self, user, port=None):
        """The program, with a server in its list that has no agent: the Agent page is in front."""
        self.client.remember(host, name="bare", user=user)
        if port:
            self.client.settings["servers"][0]["port"] = port
            path = os.path.join(self.client.folder, "known_hosts")
            with open(path, encoding="ascii") as file:
                known = file.read().replace(f":{host.port} ", f":{port} ")
            with open(path, "w", encoding="ascii") as file:
                file.write(known)
        self.client.start()
        self.client.select_server()
        tabs = self.client.frame.find(cls="SysTabControl32")
        self.drive.until(lambda: tabs.selected_tab() == self.client.words("PAGE_AGENT"), "the Agent page", 30)

    def open(self, found=True, name="bare"):
        """The dialog, from the page's button."""
        self.client.frame.child(AGENT_PAGE["AGENT_PAGE_SETUP"]).click()
        dialog = self.client.dialog("AGENT_TITLE", name)
        if found:
            dialog.child(AGENT_DIALOG["AGENT_SYSTEM"]).wait_contains("Debian")
        return dialog

    def wait_online(self):
        self.client.wait_command("vm.new", timeout=40)


    @staticmethod
    def daemons():
        lines = host.exec("ps", "-C", "poolagentd", "-o", "args=", check=False).stdout.splitlines()
        return [line.strip() for line in lines if " serve" in line]

    def assert_installed(self):
        with open(AGENT, "rb") as file:
            wanted = hashlib.sha256(file.read()).hexdigest()
        self.assertEqual(host.exec("sha256sum", PROGRAM).split()[0], wanted)
        self.assertEqual(self.daemons(), [f"{PROGRAM} serve"])

    def assert_untouched(self):
        self.assertEqual(host.exec("find", "/usr/local", "-type", "f", "-o", "-type", "l"), "")
        self.assertEqual(self.daemons(), [])

    # -- the roads -------------------------------------------------------------------------------

    def test_1_from_add_server_to_online(self):
        self.client.start()
        self.client.command("server.add")
        box = self.client.dialog("ADD_SERVER_TITLE")
        box.child(ADD["HOST"]).find(cls="Edit").edit("127.0.0.1")
        box.child(ADD["PORT"]).edit(str(host.port))
        box.child(ADD["USER"]).edit("wheel")
        box.child(ADD["PASSWORD"]).edit("lab-secret")
        box.child(OK).click()
        self.client.dialog("PROMPT_HOST_KEY_TITLE").child(OK).click()
        setup = box.child(ADD["SET_UP_AGENT"])
        setup.wait_visible(True)
        box.assert_layout()
        setup.click()
        dialog = self.client.dialog("AGENT_TITLE", "127.0.0.1")
        dialog.child(AGENT_DIALOG["AGENT_SYSTEM"]).wait_contains("Debian")
        self.assertIn("9.0.0", dialog.child(AGENT_DIALOG["AGENT_LIBVIRT"]).text)
        commands = dialog.child(AGENT_DIALOG["AGENT_COMMANDS"]).text
        self.assertIn(f"program={PROGRAM}", commands)
        self.assertIn("user=wheel", commands)
        dialog.child(OK).wait_enabled(True)
        dialog.child(OK).click()
        dialog.child(AGENT_DIALOG["AGENT_STATUS"]).wait_contains("/usr/local/sbin/poolagentd serve", timeout=40)  # no systemd there
        dialog.child(CANCEL).click()
        dialog.wait_gone()
        box.wait_gone()
        self.wait_online()
        self.assert_installed()
        self.assertIn("wheel", host.exec("getent", "group", "poolagent"))

    def test_2_run_without_installing_and_again_by_itself(self):
        self.start("nobodyagent")
        dialog = self.open()
        dialog.child(AGENT_DIALOG["AGENT_CHOICE_RUN"]).click()
        dialog.child(OK).wait_text(self.client.words("AGENT_VERB_RUN"))
        dialog.child(OK).click()
        dialog.wait_gone()
        self.wait_online()
        self.assertEqual(self.daemons(), ["/srv/home/nobodyagent/.cache/poolcenter/poolagentd serve --user"] if self.daemons()[0][0] == "/" else ["poolagentd serve --user"])
        self.assertEqual(host.exec("find", "/usr/local", "-type", "f"), "")
        self.assertEqual(self.client.close(), 0)
        self.assertTrue(self.client.read_settings()["servers"][0]["agent_run"])
        wait_for(lambda: not self.daemons(), "the agent to end with the connection", 20)
        self.client.start(fresh=False)
        self.client.select_server()
        self.wait_online()

    def test_3_sudo_asks_and_asks_again(self):
        self.addCleanup(credentials, self.drive, "clear")
        self.start("sudoer")
        dialog = self.open()
        dialog.child(OK).click()
        prompt = self.client.dialog("AGENT_SUDO_TITLE")
        self.assertIn("sudoer@127.0.0.1", prompt.child(PROMPT["PROMPT_TEXT"]).text)
        prompt.assert_layout()
        prompt.child(PROMPT["PROMPT_REMEMBERED"]).check(True)
        prompt.child(PROMPT["PROMPT_ANSWER"]).edit("wrong")
        prompt.child(OK).click()
        prompt.wait_gone()
        prompt = self.client.dialog("AGENT_SUDO_TITLE", timeout=20)
        prompt.child(PROMPT["PROMPT_HELP"]).wait_contains(self.client.words("PROMPT_WRONG_PASSWORD"))
        self.assertEqual(credentials(self.drive), {}, "what is wrong is not remembered")
        prompt.child(PROMPT["PROMPT_REMEMBERED"]).check(True)
        prompt.child(PROMPT["PROMPT_ANSWER"]).edit("lab-secret")
        prompt.child(OK).click()
        dialog.child(AGENT_DIALOG["AGENT_STATUS"]).wait_contains("/usr/local/sbin/poolagentd serve", timeout=40)
        self.wait_online()
        self.assert_installed()
        dialog.child(CANCEL).click()
        dialog.wait_gone()
        self.assertNotIn("lab-secret", self.client.log())
        self.assertEqual(credentials(self.drive), {f"PoolCenter/sudoer@127.0.0.1:{host.port}#sudo": "lab-secret"})
        self.assertEqual(self.client.close(), 0)
        self.clean()
        self.client.start(fresh=False)
        dialog = self.open(name="setup-ui")  # as the host called itself
        dialog.child(OK).click()  # no question this time
        self.wait_online()
        self.assert_installed()

    def test_4_sudo_prompt_cancelled(self):
        self.start("sudoer")
        dialog = self.open()
        dialog.child(OK).click()
        self.client.dialog("AGENT_SUDO_TITLE").child(CANCEL).click()
        dialog.child(AGENT_DIALOG["AGENT_STATUS"]).wait_visible(True)
        dialog.child(OK).wait_enabled(True)
        self.assert_untouched()

    def test_5_cancel_while_sending(self):
        with CutProxy(host.port) as proxy:
            self.start("root", proxy.port)
            dialog = self.open()
            before = proxy.bytes_up
            proxy.delay = 0.2
            dialog.child(OK).click()
            self.drive.until(lambda: proxy.bytes_up > before + 200_000, "the program to be on its way", 30)
            dialog.child(CANCEL).click()
            proxy.delay = 0
            dialog.child(OK).wait_enabled(True, timeout=30)
            self.assert_untouched()

    def test_6_remove_and_purge(self):
        self.start("root")
        dialog = self.open()
        dialog.child(OK).click()
        self.wait_online()
        dialog.child(CANCEL).click()
        dialog.wait_gone()
        self.client.command("server.agent")
        question = self.drive.until(lambda: next((window for window in self.client.app.windows() if window.hwnd != self.client.frame.hwnd), None), "the question")
        question.press(self.client.words("AGENT_CONTINUE"))
        dialog = self.client.dialog("AGENT_TITLE", "setup-ui")
        dialog.child(AGENT_DIALOG["AGENT_FOUND"]).wait_contains(PROGRAM)
        dialog.child(AGENT_DIALOG["AGENT_CHOICE_REMOVE"]).click()
        dialog.child(AGENT_DIALOG["AGENT_PURGE"]).wait_visible(True)
        dialog.child(AGENT_DIALOG["AGENT_PURGE"]).click()
        dialog.child(OK).wait_text(self.client.words("AGENT_VERB_REMOVE"))
        dialog.assert_layout()
        dialog.child(OK).click()
        dialog.child(AGENT_DIALOG["AGENT_STATUS"]).wait_contains(self.client.words("AGENT_REMOVED"), timeout=30)
        self.assert_untouched()
        self.assertNotEqual(host.exec("test", "-e", "/etc/poolagent", check=False).returncode, 0)


if __name__ == "__main__":
    unittest.main()
