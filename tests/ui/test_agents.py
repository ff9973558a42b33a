#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""SSH agents of Windows, jump hosts and the import through the real window: agentbridge.exe is Windows' agent and Pageant, a real ssh-agent has the keys."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab"), os.path.join(HERE, "pictures")]
from client import Client, constants  # noqa: E402
from connections import write_config  # noqa: E402
from drive import ROOT, Drive  # noqa: E402
from lab import Host, wait_for  # noqa: E402
from poolctl import AGENT  # noqa: E402

ADD = constants("client/ui/add_server_dialog.c")
IMPORT = constants("client/ui/import_dialog.c")
PROMPT = constants("client/ui/prompt_dialog.c")
BRIDGE = os.path.join(ROOT, "build/windows/tests/ui/agentbridge.exe")
OK = 1


class RealAgent:
    """ssh-agent with keys, reachable by TCP: Wine 8 has no Unix sockets."""

    def __init__(self, *keys):
        self.folder = tempfile.TemporaryDirectory(prefix="test-agents-")
        path = os.path.join(self.folder.name, "agent")
        self.process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(path), "the SSH agent")
        for key in keys:
            subprocess.run(["ssh-add", "-q", key], check=True, env={**os.environ, "SSH_AUTH_SOCK": path})
        self.path = path
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            with peer, socket.socket(socket.AF_UNIX) as agent:
                agent.connect(self.path)
                for source, target in ((peer, agent), (agent, peer)):
                    head = source.recv(4, socket.MSG_WAITALL)
                    target.sendall(head + source.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL))

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join()
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


class AgentsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = Host(f"agents-{os.getpid()}", agent=AGENT, libvirt=False).up()
        cls.addClassCleanup(cls.host.down)
        cls.agent = RealAgent(cls.host.key("id_rsa"), cls.host.key("id_ed25519"))
        cls.addClassCleanup(cls.agent.close)
        cls.drive = cls.enterClassContext(Drive(size=(1600, 1200)))
        cls.client = cls.enterClassContext(Client(cls.drive, "en"))
        cls.words = cls.client.words
        cls.client.start()

    def bridge(self, kind):
        program = subprocess.Popen(["wine", BRIDGE, kind, str(self.agent.port)], env=self.drive.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

        def end():
            program.kill()
            program.wait()
            program.stdout.close()
        self.addCleanup(end)
        self.assertEqual(program.stdout.readline().strip(), b"ready")

    def fingerprint(self, key):
        return subprocess.run(["ssh-keygen", "-lf", self.host.key(key)], check=True, capture_output=True, text=True).stdout.split()[1]

    def open(self):
        self.client.command("server.add")
        self.addCleanup(self.leave)
        return self.client.dialog("ADD_SERVER_TITLE")

    def leave(self):
        """Closes what a failed test left open."""
        def closed():
            windows = [window for window in self.client.app.windows() if window.hwnd != self.client.frame.hwnd]
            for window in windows:
                window.close()
            return not windows
        self.drive.until(closed, "all dialogs to close", 10, step=0.3)

    def fill(self, dialog, user="keyonly", method="ADD_SERVER_BY_AGENT"):
        dialog.child(ADD["HOST"]).find(cls="Edit").edit("127.0.0.1")
        dialog.child(ADD["PORT"]).edit(str(self.host.port))
        dialog.child(ADD["USER"]).edit(user)
        dialog.child(ADD["METHOD"]).select_item(self.words(method))
        dialog.child(ADD["AT_START"]).check(False)

    def choose_key(self, dialog, fingerprint):
        keys = dialog.child(ADD["AGENT_KEY"])
        self.drive.until(lambda: len(keys.items()) == 3, "the keys of the agent")
        keys.select_item(next(item for item in keys.items() if fingerprint in item))

    def connect(self, dialog, known=True):
        dialog.child(OK).click()
        if not known:
            prompt = self.client.dialog("PROMPT_HOST_KEY_TITLE", timeout=20)
            self.assertEqual(prompt.child(PROMPT["PROMPT_FINGERPRINT"]).text, self.host.fingerprint())
            prompt.child(OK).click()
        dialog.wait_gone()

    def remove(self):
        self.client.select_server()
        self.client.command("server.disconnect")
        self.client.wait_command("server.remove")
        self.client.command("server.remove")
        question = self.drive.until(lambda: next((w for w in self.client.app.windows() if w.hwnd != self.client.frame.hwnd), None), "the question")
        question.press(self.words("VERB_REMOVE"))
        question.wait_gone()

    def log_in(self, kind, key, known=True):
        self.bridge(kind)
        before = len(self.host.log("sshd"))
        dialog = self.open()
        self.fill(dialog)
        self.choose_key(dialog, self.fingerprint(key))
        self.connect(dialog, known)
        self.assertIn(self.fingerprint(key), self.host.log("sshd")[before:], "sshd says which key it was")
        self.remove()

    def test_1_openssh_pipe(self):
        dialog = self.open()
        self.fill(dialog)
        self.drive.until(lambda: dialog.child(ADD["AGENT_KEY"]).items() == [self.words("ADD_SERVER_NO_AGENT")], "the missing agent to be told")
        dialog.close()
        dialog.wait_gone()
        self.log_in("openssh", "id_rsa", known=False)

    def test_2_pageant_pipe(self):
        self.log_in("pipe", "id_ed25519")

    def test_3_pageant_window(self):
        self.log_in("window", "id_ed25519")

    def test_4_import_then_through_a_jump_host(self):
        """The lab's host stands on the way to itself."""
        config = write_config(self.drive, f"Host jump\n  HostName 127.0.0.1\n  Port {self.host.port}\n  User operator\n"
                                          f"Host target\n  HostName 127.0.0.1\n  Port {self.host.port}\n  User root\n  ProxyJump jump\nHost dark\n  ProxyCommand x\n")
        self.addCleanup(os.unlink, config)
        known = os.path.join(os.path.dirname(config), "known_hosts")  # taken over, too: nobody asks for it below
        shutil.copy(self.host.describe()["known_hosts"], known)
        self.addCleanup(os.unlink, known)
        self.client.command("server.import_ssh")
        dialog = self.client.dialog("IMPORT_TITLE")
        hosts = dialog.child(IMPORT["HOSTS"])
        hosts.wait_row_count(3)
        self.assertEqual([hosts.cell(row, 0) for row in range(3)], ["jump", "target", "dark"])
        hosts.check_row(0, False)  # not this one
        dialog.child(OK).click()
        self.drive.until(lambda: any("1 server was added" in str(child.known["text"]) for child in dialog.children()), "the result")
        dialog.child(OK).click()
        dialog.wait_gone()
        self.client.select_server()
        self.client.command("server.change")
        dialog = self.client.dialog("ADD_SERVER_TITLE_EXISTING")
        self.assertEqual(dialog.child(ADD["JUMP"]).text, f"operator@127.0.0.1:{self.host.port}")
        dialog.child(ADD["METHOD"]).select_item(self.words("ADD_SERVER_BY_PASSWORD"))
        dialog.child(ADD["PASSWORD"]).edit("lab-secret")
        before = len(self.host.log("sshd"))
        dialog.child(OK).click()
        prompt = self.client.dialog("PROMPT_PASSWORD_TITLE", timeout=20)
        self.assertIn(self.words("PROMPT_JUMP_PASSWORD", f"operator@127.0.0.1:{self.host.port}", "127.0.0.1"), [str(child.known["text"]) for child in prompt.children()])
        prompt.assert_layout()
        prompt.child(PROMPT["PROMPT_ANSWER"]).edit("lab-secret")
        prompt.child(OK).click()
        dialog.wait_gone()
        said = self.host.log("sshd")[before:]
        self.assertLess(said.index("Accepted password for operator"), said.index("Accepted password for root"))

    def test_5_nothing_secret_in_the_settings(self):
        path = os.path.join(self.client.folder, "settings.json")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertNotIn("lab-secret", text)
        self.assertIn("jump", [key for entry in json.loads(text)["servers"] for key in entry])


if __name__ == "__main__":
    unittest.main()
