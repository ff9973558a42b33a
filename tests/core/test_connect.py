#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connecting to real hosts with poolctl: every login, every refusal, lost connections; natively and, in parts, as .exe under Wine."""
import contextlib
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lab"))
import guests  # noqa: E402
from accounts import PASSPHRASE, PASSWORD  # noqa: E402
from lab import CutProxy, Host, wait_for  # noqa: E402
from poolctl import AGENT, LOGIN_REFUSED, NO_CONNECTION, NOT_FOUND, POOLCTL, REFUSED  # noqa: E402

LOGIN_ERRORS = ("AUTH_FAILED", "KEY_FILE", "SSH_AGENT", "AGENT_DENIED")
EXE = os.path.join(TOP, "build/windows/client/cli/poolctl.exe")

host = None


def setUpModule():
    global host
    host = Host(f"connect-{os.getpid()}", agent=AGENT).up()
    unittest.addModuleCleanup(host.down)
    with Client() as client:
        wait_for(lambda: client.run("datastore", "list").answer not in (None, []), "the agent to see its datastore", 30, 0.2)


def tearDownModule():
    host.stop_agent()
    host.check_logs()


class Result:
    def __init__(self, words, done, seconds):
        self.words, self.status, self.seconds = words, done.returncode, seconds
        self.output, self.errors = done.stdout, done.stderr
        values = [json.loads(line) for line in done.stdout.splitlines() if line[:1] in "[{"]
        self.answer = values[-1] if values else None
        said = [json.loads(line) for line in done.stderr.splitlines() if line[:1] == "{"]
        error = said[-1]["error"] if said else {}
        self.error, self.cause, self.message = error.get("name"), error.get("cause", ""), error.get("message", "")

    def __str__(self):
        return f"{' '.join(self.words)} ended with {self.status}:\n{self.output}{self.errors}"


class Client:
    """poolctl with its own settings, logged in as wanted."""

    program = [POOLCTL]

    def __init__(self, user="operator", *options, password=PASSWORD, port=None, accept=True, address="127.0.0.1", environment=None):
        self.folder = tempfile.TemporaryDirectory(prefix="test-connect-")
        self.options = [*options, *(["--accept-new-host-key"] if accept else [])]
        self.address = f"{user}@{address}:{port or host.port}"
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("POOLCTL_") and k != "SSH_AUTH_SOCK"}
        self.environment.update(environment or {})
        if password is not None:
            self.environment["POOLCTL_PASSWORD"] = password

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    @property
    def known_hosts(self):
        return os.path.join(self.folder.name, "known_hosts")

    def command(self, *words):
        return [*self.program, "--config", self.folder.name, "--output", "json", "--language", "en", *self.options, "--server", self.address, *words]

    def start(self, *words):
        return subprocess.Popen(self.command(*words), env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def run(self, *words, timeout=60):
        start = time.monotonic()
        done = subprocess.run(self.command(*words), env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
        if "Sanitizer" in done.stderr or "runtime error:" in done.stderr:
            raise AssertionError(done.stderr)
        return Result(words, done, time.monotonic() - start)


class WineClient(Client):
    program = [os.path.join(TOP, "cmake/wine-run"), EXE]

    def command(self, *words):
        command = super().command(*words)
        own = len(self.program)
        return command[:own] + ["Z:" + word if word.startswith("/") else word for word in command[own:]]


class Running:
    """A poolctl that goes on beside the test, and a thread that reads what it says."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.thread.join()
        self.close()


class Watch(Running):
    """`poolctl watch` as events with the time they came."""

    def __init__(self, client, *words):
        self.process = client.start("watch", *words)
        self.events = []
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        self.until(lambda event: event["event"] == "watching")

    def read(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def until(self, condition, timeout=20, after=0):
        """The first event from number `after` on that meets the condition."""
        return wait_for(lambda: next((event for event in self.events[after:] if condition(event)), None), "an event", timeout, 0.005)

    def close(self):
        self.process.stdout.close()
        self.process.stderr.close()


class TerminalRun(Running):
    """poolctl with a terminal as its standard error, where it draws its bar."""

    def __init__(self, client, *words):
        self.errors = ""
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(client.command(*words), env={**client.environment, "TERM": "xterm"}, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=slave)
        os.close(slave)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        with contextlib.suppress(OSError):  # Linux ends a terminal nobody holds with EIO
            while data := os.read(self.master, 4096):
                self.errors += data.decode()

    def until(self, words, timeout=30):
        wait_for(lambda: words in self.errors, words, timeout, 0.01)

    def ended(self, timeout=30):
        status = self.process.wait(timeout)
        self.thread.join(timeout)
        return status

    def close(self):
        os.close(self.master)


class ConnectTest(unittest.TestCase):
    client = Client

    def connects(self, *arguments, **options):
        with self.client(*arguments, **options) as client:
            result = client.run("host", "show")
            self.assertEqual(result.status, 0, result)
            return result.answer

    def refused(self, error, *arguments, **options):
        with self.client(*arguments, **options) as client:
            result = client.run("host", "show")
            status = LOGIN_REFUSED if error in LOGIN_ERRORS else NO_CONNECTION
            self.assertEqual((result.status, result.error), (status, error), result)
            self.assertNotIn("{", result.message, result)
            return result

    # -- logging in

    def test_password(self):
        info = self.connects()
        self.assertEqual(info["user"], "operator")
        self.assertEqual(info["drivers"][0]["uri"], "qemu:///system")

    def test_wrong_password(self):
        result = self.refused("AUTH_FAILED", password="wrong")
        self.assertIn("password", result.cause)
        self.assertLess(result.seconds, 10)

    def test_keyboard_interactive(self):
        self.connects("kbdonly")
        self.refused("AUTH_FAILED", "kbdonly", password="wrong")

    def test_password_where_only_keys_are_taken(self):
        self.assertIn("publickey", self.refused("AUTH_FAILED", "keyonly").cause)

    def test_key_files(self):
        for key in ("id_ed25519", "id_ecdsa", "id_rsa"):
            with self.subTest(key=key):
                self.connects("keyonly", "-i", host.key(key), password=None)

    def test_key_file_with_passphrase(self):
        key = host.key("id_ed25519_pass")
        self.connects("keyonly", "-i", key, password=PASSPHRASE)
        self.assertIn("passphrase", self.refused("KEY_FILE", "keyonly", "-i", key, password="wrong").cause)

    def test_files_that_are_no_keys(self):
        with tempfile.TemporaryDirectory(prefix="test-connect-") as folder:
            def file(name, text):
                path = os.path.join(folder, name)
                with open(path, "wb") as out:
                    out.write(text)
                return path
            with open(host.key("id_ed25519"), "rb") as good:
                damaged = good.read().replace(b"b3BlbnNzaC1rZXk", b"b3BlbnNzaC1rZXX")
            for path, words in ((file("key.ppk", b"PuTTY-User-Key-File-3: ssh-ed25519\n"), "damaged"),
                                (host.key("id_rsa") + ".pub", "public"),
                                (file("empty", b""), "no private key"),
                                (file("large", bytes(100_000)), "large"),
                                (file("damaged", damaged), "damaged"),
                                (os.path.join(folder, "missing"), "")):
                with self.subTest(path=path):
                    self.assertIn(words, self.refused("KEY_FILE", "keyonly", "-i", path, password=None).cause)

    # -- host keys

    def test_unknown_host_key_must_be_accepted(self):
        with self.client(accept=False) as client:
            result = client.run("host", "show")
            self.assertEqual((result.status, result.error), (NO_CONNECTION, "HOST_KEY_REJECTED"), result)
            self.assertFalse(os.path.exists(client.known_hosts))
            client.options.append("--accept-new-host-key")
            self.assertEqual(client.run("host", "show").status, 0)
            client.options.remove("--accept-new-host-key")
            self.assertEqual(client.run("host", "show").status, 0)
            with open(client.known_hosts, encoding="ascii") as file:
                self.assertRegex(file.read(), rf"^\[127\.0\.0\.1\]:{host.port} ssh-ed25519 \S+\n$")

    def test_nothing_is_sent_to_a_host_whose_key_has_changed(self):
        with self.client() as client:
            self.assertEqual(client.run("host", "show").status, 0)
            old = host.fingerprint()
            new = host.change_host_key()
            before = len(host.log("sshd"))
            result = client.run("host", "show")
            self.assertEqual((result.status, result.error), (NO_CONNECTION, "HOST_KEY_CHANGED"), result)
            self.assertIn(old, result.message)
            self.assertIn(new, result.message)
            self.assertNotIn("password", host.log("sshd")[before:].lower())

    # -- hosts that are not there

    def test_closed_port(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.assertLess(self.refused("CONNECT_FAILED", port=taken.getsockname()[1]).seconds, 5)

    def test_unknown_name(self):
        self.refused("HOST_NOT_RESOLVED", address="no-such-host.invalid")

    def test_host_that_speaks_something_else(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            def answer():
                with contextlib.suppress(OSError):
                    peer, _ = server.accept()
                    peer.sendall(b"220 mail.example ESMTP\r\n")
                    peer.close()
            threading.Thread(target=answer, daemon=True).start()
            self.refused("SSH_HANDSHAKE", port=server.getsockname()[1])

    # -- the agent

    def test_user_without_permission_for_the_agent(self):
        result = self.refused("AGENT_DENIED", "nobodyagent")
        self.assertIn("poolagent", result.message)

    def test_host_that_forwards_no_streams(self):
        self.assertEqual(self.connects("nostream")["user"], "nostream")

    def test_banners_before_the_agent(self):
        self.assertEqual(self.connects("noisy")["user"], "noisy")


class NativeTest(ConnectTest):
    def test_ssh_agent(self):
        self.refused("SSH_AGENT", "keyonly", "--ssh-agent", password=None)
        with tempfile.TemporaryDirectory(prefix="test-agent-") as folder:
            path = os.path.join(folder, "agent")
            agent = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
            try:
                environment = {"SSH_AUTH_SOCK": path}
                wait_for(lambda: os.path.exists(path), "the SSH agent")
                self.refused("SSH_AGENT", "keyonly", "--ssh-agent", password=None, environment=environment)
                for key in ("id_rsa", "id_ecdsa"):
                    subprocess.run(["ssh-add", "-q", host.key(key)], check=True, env={**os.environ, **environment})
                    self.connects("keyonly", "--ssh-agent", password=None, environment=environment)
            finally:
                agent.terminate()
                agent.wait()

    def test_host_key_known_by_another_algorithm_than_the_preferred_one(self):
        keys = os.path.join(host.base, "etc/ssh")
        config = os.path.join(keys, "lab_sshd_config")
        with open(config, encoding="utf-8") as file:
            before = file.read()
        host.exec("sh", "-c", "rm -f /etc/ssh/second; ssh-keygen -q -t rsa -b 2048 -N '' -f /etc/ssh/second")

        def serve(*lines):
            host.stop_sshd(sessions=True)
            with open(config, "w", encoding="utf-8") as out:
                out.write("".join(f"HostKey /etc/ssh/{line}\n" for line in lines) + re.sub(r"HostKey .*\n", "", before))
            host.start_sshd()
        try:
            with self.client() as client:
                serve("second")
                self.assertEqual(client.run("host", "show").status, 0)
                client.options.remove("--accept-new-host-key")
                serve("ssh_host_ed25519_key", "second")
                self.assertEqual(client.run("host", "show").status, 0, "the known RSA key is asked for")
                serve("ssh_host_ed25519_key")
                self.assertEqual(client.run("host", "show").error, "HOST_KEY_CHANGED")
        finally:
            with open(config, "w", encoding="utf-8") as out:
                out.write(before)
            host.stop_sshd(sessions=True)
            host.start_sshd()

    def test_agent_that_does_not_run(self):
        host.stop_agent()
        try:
            for user in ("operator", "nostream"):
                with self.subTest(user=user):
                    self.assertIn("poolagent.sock", self.refused("AGENT_MISSING", user).cause)
        finally:
            host.start_agent()

    def test_agent_that_crashed_and_left_its_socket(self):
        host.kill_agent()
        try:
            self.refused("AGENT_MISSING")
        finally:
            host.start_agent()

    def test_host_that_goes_silent_while_connecting(self):
        with CutProxy(host.port) as proxy, self.client(port=proxy.port) as client:
            proxy.stalled.set()
            running = client.start("host", "show")
            time.sleep(0.5)
            proxy.cut()
            _, errors = running.communicate(timeout=20)
            self.assertEqual(running.returncode, NO_CONNECTION)
            self.assertIn(json.loads(errors.splitlines()[-1])["error"]["name"], ("SSH_HANDSHAKE", "CONNECT_FAILED"))

    def test_connection_cut_at_many_bytes_of_the_beginning(self):
        for cut in (0, 10, 50, 500, 1200, 1800, 2300, 2600, 3000, 3400):
            with self.subTest(cut=cut), CutProxy(host.port) as proxy, self.client(port=proxy.port) as client:
                proxy.cut_after_up = cut
                result = client.run("host", "show")
                self.assertIn(result.status, (0, NO_CONNECTION, LOGIN_REFUSED), result)
                self.assertIn(result.error, (None, "SSH_HANDSHAKE", "AUTH_FAILED", "CONNECTION_LOST"), result)


class LostTest(unittest.TestCase):
    """Connections that were online and are lost."""

    def setUp(self):
        guests.define(host, "lost")
        self.addCleanup(host.virsh, "undefine", "lost", check=False)
        self.addCleanup(host.virsh, "destroy", "lost", check=False)
        self.client = Client()
        self.addCleanup(self.client.__exit__)
        wait_for(lambda: any(vm["name"] == "lost" for vm in self.client.run("vm", "list").answer), "the agent to see the VM", 20, 0.2)

    def test_what_virsh_does_arrives_at_once(self):
        with Watch(self.client) as watch:
            host.virsh("start", "lost")
            done = time.time() * 1000
            event = watch.until(lambda e: e.get("value", {}).get("name") == "lost" and e["value"]["state"] == "running")
            self.assertLess(event["t"] - done, 1000)

    def test_killed_ssh_child_is_connected_again_and_nothing_is_lost(self):
        with Watch(self.client) as watch:
            host.stop_sshd()
            host.kill_ssh_children()
            watch.until(lambda e: e.get("state") == "retrying" and e["error"] == "CONNECTION_LOST", 5)
            host.virsh("start", "lost")
            host.start_sshd()
            watch.until(lambda e: e.get("state") == "online")
            event = watch.until(lambda e: e.get("value", {}).get("name") == "lost")
            self.assertEqual((event["event"], event["value"]["state"]), ("changed", "running"))
            self.assertFalse([e for e in watch.events if e["event"] in ("added", "removed")], "the inventory was kept")

    def test_agent_killed_while_connected(self):
        with Watch(self.client) as watch:
            host.kill_agent()
            watch.until(lambda e: e.get("state") == "retrying" and e["error"] == "CONNECTION_LOST", 5)
            host.start_agent()
            watch.until(lambda e: e.get("state") == "online")
            self.assertFalse([e for e in watch.events if e["event"] == "removed" and e["object"] != "network"], "the inventory was kept")
            seen = len(watch.events)
            host.virsh("start", "lost")
            watch.until(lambda e: e.get("value", {}).get("state") == "running", after=seen)

    def test_agent_killed_while_its_task_is_followed(self):
        host.virsh("start", "lost")
        wait_for(lambda: [vm for vm in self.client.run("vm", "list").answer if vm["name"] == "lost" and vm["state"] == "running"], "the VM to run", 20, 0.2)
        task = self.client.run("vm", "shutdown", "lost", "--no-wait").answer["task"]  # GRUB does not react to the power button
        with TerminalRun(self.client, "task", "watch", task) as running:
            running.until("lost  [")  # the bar appears when the task is followed
            host.kill_agent()
            host.start_agent()
            self.assertEqual(running.ended(), NOT_FOUND, running.errors)
            running.until('"name":"TASK_NOT_FOUND"')

    def test_frozen_agent_is_killed_with_a_call_on_its_way(self):
        agent = host.agent_pid()
        with Watch(self.client):
            os.kill(agent, signal.SIGSTOP)
            running = self.client.start("vm", "start", "lost")
            time.sleep(1)
            os.kill(agent, signal.SIGKILL)
            output, errors = running.communicate(timeout=30)
            self.assertEqual(running.returncode, NO_CONNECTION, output + errors)
            wait_for(lambda: not host.agent_pid(), "the agent to die")
            host.start_agent()


class NoLibvirtTest(unittest.TestCase):
    def test_host_without_libvirt_says_what_to_install(self):
        with Host(f"bare-{os.getpid()}", agent=AGENT, libvirt=False) as bare, Client(port=bare.port) as client:
            info = client.run("host", "show")
            self.assertEqual(info.status, 0, info)
            result = client.run("vm", "create", "x")
            self.assertEqual((result.status, result.error), (REFUSED, "NO_LIBVIRT"), result)
            self.assertIn("apt install libvirt-daemon-system", result.message)


@unittest.skipUnless(os.path.exists(EXE), "poolctl.exe is not built")
class WineTest(ConnectTest):
    client = WineClient


del ConnectTest  # only its kinds are run

if __name__ == "__main__":
    unittest.main()
