#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proves that a lab host is real: SSH logins of every kind, a guest that boots, faults, and no remains."""
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import accounts  # noqa: E402
import guests  # noqa: E402
from lab import URI, CutProxy, Host, LabError, free_port, start_time, wait_for  # noqa: E402

ISO = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso"
NAME = f"selftest-{os.getpid()}"
PORT_RANGE = [int(number) for number in os.environ.get("LAB_PORTS", "0-0").split("-")]

GUEST = """<domain type='qemu'>
  <name>rescue</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type><boot dev='cdrom'/></os>
  <features><acpi/></features>
  <devices>
    <disk type='file' device='cdrom'><driver name='qemu' type='raw'/>
      <source file='{iso}'/><target dev='sda' bus='sata'/><readonly/></disk>
    <interface type='network'><source network='default'/><model type='virtio'/></interface>
    <graphics type='vnc' autoport='yes'/><video><model type='vga'/></video>
  </devices>
</domain>"""


class LabTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = Host(NAME, port=free_port(*PORT_RANGE)).up()

    @classmethod
    def tearDownClass(cls):
        cls.host.down()

    def ssh(self, user, *command, key="id_ed25519", options=(), script=None, check=True):
        """The real ssh client; a password comes from an SSH_ASKPASS script."""
        environment = dict(os.environ, SSH_ASKPASS=script or "/bin/false", SSH_ASKPASS_REQUIRE="force")
        environment.pop("SSH_AUTH_SOCK", None)
        login = ["-i", self.host.key(key), "-o", "IdentitiesOnly=yes"] if key else ["-o", "PubkeyAuthentication=no"]
        known = os.path.join(self.host.base, "client/known_hosts")
        return subprocess.run(["ssh", "-F", "/dev/null", "-p", str(self.host.port), *login, *options,
                               "-o", f"UserKnownHostsFile={known}", f"{user}@127.0.0.1", *command],
                              env=environment, check=check, capture_output=True, text=True, timeout=20,
                              stdin=subprocess.DEVNULL)

    def askpass(self, answer):
        script = tempfile.NamedTemporaryFile("w", suffix=".sh", delete=False)
        script.write(f"#!/bin/sh\necho '{answer}'\n")
        script.close()
        os.chmod(script.name, 0o700)
        self.addCleanup(os.unlink, script.name)
        return script.name

    def test_every_key_logs_in(self):
        script = self.askpass(accounts.PASSPHRASE)
        for key in accounts.CLIENT_KEYS:
            with self.subTest(key=key):
                self.assertEqual(self.ssh("root", "id", "-un", key=key, script=script).stdout.strip(), "root")

    def test_passwords_and_groups(self):
        script = self.askpass(accounts.PASSWORD)
        for method in ("password", "keyboard-interactive"):
            with self.subTest(method=method):
                answer = self.ssh("operator", "id", "-Gn", key=None, script=script,
                                  options=("-o", f"PreferredAuthentications={method}"))
                self.assertIn("poolagent", answer.stdout.split())
        self.assertNotIn("poolagent", self.ssh("nobodyagent", "id", "-Gn").stdout.split())

    def test_wrong_password_is_refused_quickly(self):
        script = self.askpass("wrong")
        start = time.monotonic()
        answer = self.ssh("operator", "true", key=None, script=script, check=False,
                          options=("-o", "NumberOfPasswordPrompts=1"))
        self.assertIn("Permission denied", answer.stderr)
        self.assertLess(time.monotonic() - start, 1.5)

    def test_special_users_are_special(self):
        script = self.askpass(accounts.PASSWORD)
        self.assertEqual(self.ssh("kbdonly", "true", check=False).returncode, 255)
        self.ssh("kbdonly", "true", key=None, script=script)
        self.assertEqual(self.ssh("keyonly", "true", key=None, script=script, check=False).returncode, 255)
        self.assertIn("Welcome", self.ssh("noisy", "true").stdout)

    def test_operator_manages_guests_over_ssh(self):
        self.assertIn("default", self.ssh("operator", "virsh", "-q", "-c", URI, "net-list", "--name").stdout)

    def test_a_guest_boots_and_shows_its_screen(self):
        host = self.host
        iso = "/srv/poolcenter-lab/local/grub.iso"
        host.exec("cp", ISO, iso)
        host.virsh("define", "/dev/stdin", input=GUEST.format(iso=iso))
        self.addCleanup(host.virsh, "undefine", "rescue")
        host.virsh("start", "rescue")
        self.addCleanup(host.virsh, "destroy", "rescue")
        self.assertEqual(host.virsh("domstate", "rescue"), "running")
        guests.wait_drawn(host, "rescue", os.path.join(host.base, "screen"))
        host.stop_libvirtd()
        self.assertTrue(host.pids("qemu-system-x86"), "a guest outlives libvirtd")
        host.start_libvirtd()
        self.assertEqual(host.virsh("domstate", "rescue"), "running")

    def test_machine_is_not_touched(self):
        outside = subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True).stdout
        inside = self.host.exec("ip", "-br", "link")
        self.assertNotIn("virbr0", outside)
        self.assertIn("virbr0", inside)
        with open("/etc/passwd", encoding="utf-8") as file:
            self.assertNotIn("nobodyagent", file.read())

    def test_new_host_key_is_noticed_by_clients(self):
        old = self.host.fingerprint()
        known = os.path.join(self.host.base, "client/known_hosts")
        with open(known, encoding="ascii") as file:
            before = file.read()
        new = self.host.change_host_key()
        self.assertNotEqual(old, new)
        with open(known, encoding="ascii") as file:
            after = file.read()
        with open(known, "w", encoding="ascii") as file:
            file.write(before)
        self.assertIn("IDENTIFICATION HAS CHANGED", self.ssh("root", "true", check=False).stderr)
        with open(known, "w", encoding="ascii") as file:
            file.write(after)
        self.ssh("root", "true")

    def test_cutting_connections(self):
        for action in ("kill", "proxy"):
            with self.subTest(action=action), CutProxy(self.host.port) as proxy:
                client = subprocess.Popen(
                    ["ssh", "-F", "/dev/null", "-p", str(proxy.port), "-i", self.host.key(), "-o",
                     "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "root@127.0.0.1",
                     "cat >/dev/null"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
                wait_for(lambda: self.host.pids("cat"), "the session")
                if action == "kill":
                    self.assertGreaterEqual(self.host.kill_ssh_children(), 1)
                else:
                    proxy.cut_after_up = proxy.bytes_up + 100_000
                    with contextlib.suppress(OSError):
                        client.stdin.write(bytes(1_000_000))
                        client.stdin.flush()
                self.assertEqual(client.wait(10), 255)
                with contextlib.suppress(OSError):
                    client.stdin.close()
                wait_for(lambda: not self.host.pids("cat"), "the session to end")
        self.assertTrue(self.host.sshd_pid(), "the listener survives")

    def test_up_again_is_fast_and_the_same(self):
        start = time.monotonic()
        again = Host(NAME).up()
        self.assertLess(time.monotonic() - start, 2)
        self.assertEqual(again.describe()["pids"], self.host.describe()["pids"])

    def test_full_disk(self):
        self.host.mount_small("/srv/poolcenter-lab/tiny", "1M")
        answer = self.host.exec("dd", "if=/dev/zero", "of=/srv/poolcenter-lab/tiny/x", "bs=2M", "count=1", check=False)
        self.assertIn("No space left", answer.stderr)


class LifeTest(unittest.TestCase):
    def test_down_leaves_nothing_even_after_a_crash(self):
        host = Host(NAME + "-life", port=free_port(*PORT_RANGE)).up()
        pids = [process["pid"] for process in host.processes()]
        self.assertGreater(len(pids), 2)
        os.kill(host.state["init"], 9)
        wait_for(lambda: all(start_time(pid) is None for pid in pids), "all processes to die with the first")
        with self.assertRaises(LabError):
            Host.attach(host.name)
        host.down()
        self.assertFalse(os.path.exists(host.base) or os.path.exists(os.path.join("/var/tmp/poolcenter-lab", host.name)))
        with open("/proc/mounts", encoding="utf-8") as file:
            self.assertNotIn(host.base, file.read())


FAKE_AGENT = """#!/usr/bin/python3
import os, socket, sys
settings = dict(line.strip().split(" = ", 1) for line in open(sys.argv[3]) if " = " in line)
path = settings["socket"]
if os.path.exists(path):
    os.unlink(path)
server = socket.socket(socket.AF_UNIX)
server.bind(path)
os.chmod(path, 0o660)
import grp
os.chown(path, 0, grp.getgrnam("poolagent").gr_gid)
server.listen()
print(settings.get("say", ""), flush=True)
while True:
    client = server.accept()[0]
    try:
        client.sendall(b"POOLAGENT READY " + str(os.getpid()).encode())
    except BrokenPipeError:
        pass
    client.close()
"""


class AgentTest(unittest.TestCase):
    """What the lab does with an agent, with a stand-in for it."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.agent = os.path.join(cls.folder.name, "agent.py")
        with open(cls.agent, "w", encoding="ascii") as file:
            file.write(FAKE_AGENT)
        cls.host = Host(NAME + "-agent", port=free_port(*PORT_RANGE), agent=cls.agent, libvirt=False).up()

    @classmethod
    def tearDownClass(cls):
        cls.host.down()
        cls.folder.cleanup()

    def ask(self, user):
        """Connect to the agent's socket through ssh, as the client does; what it says, or ''. ssh may neither ask anybody nor wait for ever."""
        local = os.path.join(self.folder.name, f"forward-{user}.sock")
        log = os.path.join(self.folder.name, "ssh.log")
        client = subprocess.Popen(
            ["ssh", "-F", "/dev/null", "-N", "-v", "-E", log, "-p", str(self.host.port), "-i", self.host.key(), "-o", "BatchMode=yes", "-o", "ConnectTimeout=20",
             "-o", "ExitOnForwardFailure=yes", "-o", f"UserKnownHostsFile={self.host.base}/client/known_hosts", "-L",
             f"{local}:{self.host.describe()['socket']}", f"{user}@127.0.0.1"], stdin=subprocess.DEVNULL)
        try:
            wait_for(lambda: os.path.exists(local) or client.poll() is not None, "ssh to forward")
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(20)
                connection.connect(local)
                return connection.recv(100).decode()
        except OSError as error:
            with open(log, encoding="utf-8", errors="replace") as file:
                raise AssertionError(f"{user}: {error}; ssh says:\n{file.read()}") from error
        finally:
            client.kill()  # it has nothing to clean up but the socket
            client.wait()
            if os.path.exists(local):
                os.unlink(local)
            os.unlink(log)

    def test_who_reaches_the_socket(self):
        for user, allowed in (("root", True), ("operator", True), ("nobodyagent", False), ("nostream", False)):
            with self.subTest(user=user):
                self.assertEqual(self.ask(user).startswith("POOLAGENT READY"), allowed)

    def test_crash_and_restart(self):
        before = self.host.agent_pid()
        self.host.kill_agent()
        self.assertIsNone(self.host.agent_pid())
        self.host.start_agent()
        self.assertNotIn(self.host.agent_pid(), (None, before))
        self.host.restart_agent()
        self.host.stop_agent()
        self.assertIsNone(self.host.agent_pid())
        Host(self.host.name).up()
        self.assertTrue(self.host.agent_pid(), "up starts what is missing")

    def test_options_and_sanitizers(self):
        again = Host(self.host.name, agent=self.agent, agent_options={"say": "runtime error: oops"}).up()
        wait_for(lambda: "oops" in again.log("agent"), "the option to arrive")
        with self.assertRaisesRegex(LabError, "sanitizer"):
            again.check_logs()


if __name__ == "__main__":
    unittest.main(verbosity=2)
