#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to log in beyond a password and a plain key, against real sshds: jump hosts, PuTTY's keys, certificates, SSH agents (OpenSSH's own; one with a FIDO
key), second factors, and what is taken over from OpenSSH's files. sshd, ssh-agent, puttygen, ssh-keygen, ssh -G and PAM's authenticator say what is right."""
import base64
import hashlib
import hmac
import json
import os
import pty
import re
import select
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lab"))
from accounts import PASSPHRASE, PASSWORD  # noqa: E402
from lab import CutProxy, Host, wait_for  # noqa: E402
from poolctl import AGENT, LOGIN_REFUSED, NO_CONNECTION, NOT_FOUND, POOLCTL, Poolctl  # noqa: E402

CODE_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEH"
far = near = folder = None


def setUpModule():
    """`near` is the jump host; `far` the one that is wanted."""
    global far, near, folder
    scratch = tempfile.TemporaryDirectory(prefix="test-login-")
    folder = scratch.name
    unittest.addModuleCleanup(scratch.cleanup)
    near = Host(f"near-{os.getpid()}", libvirt=False).up()
    unittest.addModuleCleanup(near.down)
    far = Host(f"far-{os.getpid()}", agent=AGENT).up()
    unittest.addModuleCleanup(far.down)
    with Poolctl(far) as ctl:
        ctl.wait_for_datastore()
    for name in ("id_ed25519", "id_rsa"):
        allow(near, far.key(name) + ".pub")
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "ca")
    with open(in_folder("ca.pub"), encoding="ascii") as ca, open(etc(far, "ssh/user_ca.pub"), "w", encoding="ascii") as file:
        file.write(ca.read())
    write_codes()
    configure(far, "TrustedUserCAKeys /etc/ssh/user_ca.pub", "PubkeyAuthOptions none",
              after="Match User nobodyagent\n  AuthenticationMethods publickey,password\nMatch User noisy\n  AuthenticationMethods publickey,keyboard-interactive\n")
    with open(etc(far, "pam.d/sshd"), "w", encoding="ascii") as file:
        file.write("auth required pam_unix.so nodelay\n"
                   "auth [success=ignore default=1] pam_succeed_if.so quiet user in kbdonly:noisy\n"
                   "auth required pam_google_authenticator.so secret=/srv/home/${USER}/.codes no_increment_hotp\n"
                   "account required pam_unix.so\nsession required pam_unix.so\n")


def tearDownModule():
    far.stop_agent()
    far.check_logs()


# -- what the tests stand on

def in_folder(name):
    return os.path.join(folder, name)


def etc(host, name):
    return os.path.join(host.base, "etc", name)


def run(*words, **options):
    return subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True, **options).stdout


def allow(host, public):
    with open(public, encoding="ascii") as key, open(etc(host, "ssh/lab_authorized_keys"), "a", encoding="ascii") as file:
        file.write(key.read())


def configure(host, *lines, after=""):
    path = etc(host, "ssh/lab_sshd_config")
    with open(path, encoding="utf-8") as file:
        before = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in lines) + before + after)
    host.stop_sshd(sessions=True)
    host.start_sshd()
    return before


def write_codes():
    for user, uid in (("kbdonly", 20003), ("noisy", 20006)):
        path = far.outside(f"/srv/home/{user}/.codes")
        with open(path, "w", encoding="ascii") as file:
            file.write(f'{CODE_SECRET}\n" WINDOW_SIZE 17\n" TOTP_AUTH\n')
        os.chmod(path, 0o600)
        os.chown(path, uid, uid)


def one_time_code():
    """RFC 6238."""
    key = base64.b32decode(CODE_SECRET + "=" * (-len(CODE_SECRET) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), "sha1")
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7fffffff) % 1000000:06}"


class Result:
    def __init__(self, status, output, errors):
        self.status, self.output, self.errors = status, output, errors
        lines = [json.loads(line)["error"] for line in errors.splitlines() if line.startswith('{"error"')]
        error = lines[-1] if lines else {}
        self.error, self.message, self.cause = error.get("name"), error.get("message", ""), error.get("cause", "")

    def __str__(self):
        return f"{self.status}: {self.output}{self.errors}"


class LoginTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="test-login-settings-")
        self.addCleanup(scratch.cleanup)
        self.settings = scratch.name
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("POOLCTL_") and k != "SSH_AUTH_SOCK"}

    def command(self, user, options, words, port=None):
        return [POOLCTL, "--config", self.settings, "-o", "json", "--language", "en", "--accept-new-host-key", *options,
                "--server", f"{user}@127.0.0.1:{port or far.port}", *words]

    def login(self, user, *options, words=("host", "show"), port=None, **environment):
        done = subprocess.run(self.command(user, options, words, port), env={**self.environment, **environment}, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=120)
        self.assertNotIn("Sanitizer", done.stderr)
        return Result(done.returncode, done.stdout, done.stderr)

    def logs_in(self, user, *options, **more):
        result = self.login(user, *options, **more)
        self.assertEqual(result.status, 0, result)
        return result

    def refused(self, error, user, *options, **more):
        result = self.login(user, *options, **more)
        self.assertEqual(result.error, error, result)
        self.assertIn(result.status, (NO_CONNECTION, LOGIN_REFUSED, 1), result)
        return result


class JumpTest(LoginTest):
    def through(self, *users):
        return "-J", ",".join(f"{user}@127.0.0.1:{near.port}" for user in users)

    def test_through_one_and_two_jump_hosts_with_keys(self):
        key = far.key("id_ed25519")
        before = len(near.log("sshd"))
        self.logs_in("operator", *self.through("operator"), "-i", key)
        self.assertIn("Accepted publickey for operator", near.log("sshd")[before:])
        self.logs_in("operator", *self.through("operator", "root"), "-i", key)
        with open(os.path.join(self.settings, "known_hosts"), encoding="ascii") as file:
            known = file.read()
        self.assertIn(f"[127.0.0.1]:{near.port} ", known, "each host's key is checked by itself")
        self.assertIn(f"[127.0.0.1]:{far.port} ", known)

    def test_errors_name_the_host_they_come_from(self):
        key = far.key("id_ed25519")
        self.assertIn("jump host", self.refused("AUTH_FAILED", "operator", *self.through("operator"), "-i", far.key("id_ecdsa"), POOLCTL_JUMP_PASSWORD="wrong").message)
        closed = self.refused("CONNECT_FAILED", "operator", *self.through("operator"), "-i", key, port=1)
        self.assertIn("jump host '127.0.0.1' cannot reach it", closed.cause)
        self.assertIn("no jump host", self.refused("CONNECT_FAILED", "operator", "-J", "a b", "-i", key).cause)

    def test_jump_host_that_forwards_nothing(self):
        before = configure(near, "AllowTcpForwarding no")
        try:
            result = self.refused("CONNECT_FAILED", "operator", *self.through("operator"), "-i", far.key("id_ed25519"))
            self.assertIn("AllowTcpForwarding", result.cause)
        finally:
            with open(etc(near, "ssh/lab_sshd_config"), "w", encoding="utf-8") as file:
                file.write(before)
            near.stop_sshd(sessions=True)
            near.start_sshd()

    def test_changed_key_of_the_jump_host(self):
        key = far.key("id_ed25519")
        self.logs_in("operator", *self.through("operator"), "-i", key)
        near.change_host_key()
        self.assertIn("jump host", self.refused("HOST_KEY_CHANGED", "operator", *self.through("operator"), "-i", key).message)

    def test_upload_goes_through_too_and_survives_a_cut(self):
        path = in_folder("jumped.iso")
        with open(path, "wb") as file:
            file.write(os.urandom(24 << 20))
        with CutProxy(near.port) as proxy:
            proxy.delay = 0
            options = ("-J", f"operator@127.0.0.1:{proxy.port}", "-i", far.key("id_ed25519"))
            self.logs_in("operator", *options)
            proxy.cut_after_up = proxy.bytes_up + (9 << 20)
            self.logs_in("operator", *options, words=("iso", "upload", "local", path))
        with open(path, "rb") as file:
            self.assertEqual(far.exec("sha256sum", "/srv/poolcenter-lab/local/jumped.iso").split()[0], hashlib.sha256(file.read()).hexdigest())

    def test_a_jump_host_that_dies_is_noticed(self):
        key = far.key("id_ed25519")
        command = self.command("operator", (*self.through("operator"), "-i", key), ("watch",))
        watch = subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        seen = []
        reader = threading.Thread(target=lambda: [seen.append(line) for line in watch.stdout], daemon=True)
        reader.start()
        try:
            wait_for(lambda: any("watching" in line for line in seen), "the connection")
            near.stop_sshd(sessions=True)
            line = wait_for(lambda: next((line for line in seen if "CONNECTION_LOST" in line), None), "the loss")
            self.assertIn("jump host", line)
            near.start_sshd()
            wait_for(lambda: any('"online"' in line for line in seen[seen.index(line):]), "the connection again", 30)
        finally:
            watch.kill()
            watch.wait()
            reader.join()
            watch.stdout.close()
            watch.stderr.close()


class KeyTest(LoginTest):
    def test_putty_keys_of_both_versions(self):
        with open(in_folder("phrase"), "w", encoding="ascii") as file:
            file.write(PASSPHRASE + "\n")
        for kind in (("ed25519",), ("rsa",), ("ecdsa", "-b", "256"), ("ecdsa", "-b", "521")):
            name = "-".join(kind)
            run("ssh-keygen", "-q", "-t", *kind, "-N", "", "-f", name)
            allow(far, in_folder(name + ".pub"))
            for version in ("2", "3"):
                for locked in (False, True):
                    with self.subTest(key=name, version=version, locked=locked):
                        path = in_folder(f"{name}.{version}{locked}.ppk")
                        run("puttygen", name, "-O", "private", "--ppk-param", f"version={version}", *(["--new-passphrase", "phrase"] if locked else []), "-o", path)
                        self.logs_in("keyonly", "-i", path, POOLCTL_PASSWORD=PASSPHRASE)
                        if locked:
                            self.assertIn("passphrase is wrong", self.refused("KEY_FILE", "keyonly", "-i", path, POOLCTL_PASSWORD="wrong").cause)

    def test_changed_putty_keys_are_refused(self):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "touched")
        run("puttygen", "touched", "-O", "private", "-o", "touched.ppk")
        with open(in_folder("touched.ppk"), encoding="ascii") as file:
            text = file.read()
        for change in (("Comment: ", "Comment: x"), ("Private-MAC: ", "Private-MAC: 0"), ("Private-Lines: 1", "Private-Lines: 99999999999"), ("ssh-ed25519", "ssh-rsa")):
            with self.subTest(change=change):
                with open(in_folder("changed.ppk"), "w", encoding="ascii") as file:
                    file.write(text.replace(*change, 1))
                self.assertIn("damaged", self.refused("KEY_FILE", "keyonly", "-i", in_folder("changed.ppk")).cause)

    def test_certificates_beside_the_key(self):
        for kind in ("ed25519", "rsa", "ecdsa"):
            with self.subTest(kind=kind):
                name = "certified-" + kind
                run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", name)
                self.refused("AUTH_FAILED", "keyonly", "-i", in_folder(name))
                run("ssh-keygen", "-q", "-s", "ca", "-I", "test", "-n", "keyonly", name + ".pub")
                self.logs_in("keyonly", "-i", in_folder(name))
                with Agent() as agent:
                    agent.add(in_folder(name))
                    self.logs_in("keyonly", "--ssh-agent", SSH_AUTH_SOCK=agent.path)


class Agent:
    """A real ssh-agent."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="test-agent-")
        self.path = os.path.join(self.folder.name, "agent")
        self.process = subprocess.Popen(["ssh-agent", "-D", "-a", self.path], stdout=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(self.path), "the SSH agent")
        return self

    def add(self, *keys):
        for key in keys:
            subprocess.run(["ssh-add", "-q", key], check=True, env={**os.environ, "SSH_AUTH_SOCK": self.path})

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


def string(*parts):
    joined = b"".join(parts)
    return struct.pack(">I", len(joined)) + joined


class FidoAgent:
    """An SSH agent with one sk-ssh-ed25519 key, in software: what a FIDO key would sign, by OpenSSL. sshd checks it."""

    KIND, APPLICATION = b"sk-ssh-ed25519@openssh.com", b"ssh:"

    def __init__(self):
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", "fido.pem")
        der = subprocess.run(["openssl", "pkey", "-in", "fido.pem", "-pubout", "-outform", "DER"], cwd=folder, check=True, capture_output=True).stdout
        self.blob = string(self.KIND) + string(der[-32:]) + string(self.APPLICATION)
        self.public = f"{self.KIND.decode()} {base64.b64encode(self.blob).decode()} fido\n"
        self.path = in_folder("fido-agent")
        self.answers = True
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        self.socket.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def sign(self, data):
        told = b"\x01" + struct.pack(">I", 7)  # touched; counter
        with open(in_folder("fido.data"), "wb") as file:
            file.write(hashlib.sha256(self.APPLICATION).digest() + told + hashlib.sha256(data).digest())
        subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", "fido.pem", "-in", "fido.data", "-out", "fido.sig"], cwd=folder, check=True)
        with open(in_folder("fido.sig"), "rb") as file:
            return string(string(self.KIND) + string(file.read()) + told)

    def answer(self, request):
        if request[0] == 11:
            return b"\x0c" + struct.pack(">I", 1) + string(self.blob) + string(b"fido")
        size = struct.unpack(">I", request[1:5])[0]
        rest = request[5 + size:]
        return b"\x0e" + self.sign(rest[4:4 + struct.unpack(">I", rest[:4])[0]]) if self.answers else b"\x05"

    def serve(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            with peer:
                head = peer.recv(4, socket.MSG_WAITALL)
                if len(head) == 4:
                    peer.sendall(string(self.answer(peer.recv(struct.unpack(">I", head)[0], socket.MSG_WAITALL))))

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()
        os.unlink(self.path)


class AgentTest(LoginTest):
    def test_many_keys_need_the_right_one_first(self):
        names = [f"other{number}" for number in range(7)]
        for name in names:
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name)
        with Agent() as agent:
            agent.add(far.key("id_rsa"))
            self.logs_in("keyonly", "--ssh-agent", words=("server", "add", f"keyonly@127.0.0.1:{far.port}"))
            self.logs_in("keyonly", SSH_AUTH_SOCK=agent.path)
        path = os.path.join(self.settings, "settings.json")
        with open(path, encoding="utf-8") as file:
            settings = json.load(file)
        with open(path, "w", encoding="utf-8") as file:  # as the window remembers it
            settings["servers"][0]["agent_key"] = run("ssh-keygen", "-lf", far.key("id_rsa")).split()[1]
            json.dump(settings, file)
        with Agent() as agent:
            agent.add(*[in_folder(name) for name in names], far.key("id_rsa"))
            self.logs_in("keyonly", SSH_AUTH_SOCK=agent.path)
            os.unlink(path)
            self.assertIn("keys of the SSH agent", self.refused("AUTH_FAILED", "keyonly", "--ssh-agent", SSH_AUTH_SOCK=agent.path).cause)

    def test_locked_key_file_that_the_agent_has_open(self):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", PASSPHRASE, "-f", "locked")
        run("cp", "locked", "open")
        run("ssh-keygen", "-q", "-p", "-P", PASSPHRASE, "-N", "", "-f", "open")
        allow(far, in_folder("locked.pub"))
        with Agent() as agent:
            agent.add(in_folder("open"))
            self.logs_in("keyonly", "-i", in_folder("locked"), SSH_AUTH_SOCK=agent.path)

    def test_fido_key(self):
        fido = FidoAgent()
        self.addCleanup(fido.close)
        with open(etc(far, "ssh/lab_authorized_keys"), "a", encoding="ascii") as file:
            file.write(fido.public)
        self.logs_in("keyonly", "--ssh-agent", SSH_AUTH_SOCK=fido.path)
        with open(in_folder("id_sk"), "w", encoding="ascii") as file:  # as ssh-keygen -t ed25519-sk writes it: only the handle is secret
            body = b"openssh-key-v1\0" + string(b"none") + string(b"none") + string(b"") + struct.pack(">I", 1) + string(fido.blob) + string(b"handle")
            file.write("-----BEGIN OPENSSH PRIVATE KEY-----\n" + base64.encodebytes(body).decode() + "-----END OPENSSH PRIVATE KEY-----\n")
        self.logs_in("keyonly", "-i", in_folder("id_sk"), SSH_AUTH_SOCK=fido.path)
        self.assertIn("ssh-add", self.refused("KEY_FILE", "keyonly", "-i", in_folder("id_sk")).cause)
        fido.answers = False  # its owner says no
        self.refused("AUTH_FAILED", "keyonly", "--ssh-agent", SSH_AUTH_SOCK=fido.path)


class FactorTest(LoginTest):
    """More than one proof."""

    def on_terminal(self, user, *options, words=("host", "show"), **environment):
        """poolctl on a terminal, where one-time codes are typed. (result's output, how many codes were asked for)"""
        asked, output = 0, ""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(POOLCTL, self.command(user, options, words), {**self.environment, **environment})
        end = time.monotonic() + 90
        while time.monotonic() < end:
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                part = os.read(terminal, 65536).decode("utf-8", "replace")
            except OSError:
                break
            if not part:
                break
            output += part
            if output.count("Verification code:") > asked:
                asked += 1
                wait_for(lambda: not termios.tcgetattr(terminal)[3] & termios.ECHO, "the terminal to hide what is typed")
                os.write(terminal, one_time_code().encode() + b"\n")
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0, output)
        return output, asked

    def test_key_then_password(self):
        result = self.login("nobodyagent", "-i", far.key("id_ed25519"), POOLCTL_PASSWORD=PASSWORD)
        self.assertEqual(result.error, "AGENT_DENIED", "logged in, and that user may not use the agent")
        self.assertIn("password is wrong", self.refused("AUTH_FAILED", "nobodyagent", "-i", far.key("id_ed25519"), POOLCTL_PASSWORD="wrong").cause)
        with Agent() as agent:
            agent.add(far.key("id_rsa"))
            self.assertEqual(self.login("nobodyagent", "--ssh-agent", SSH_AUTH_SOCK=agent.path, POOLCTL_PASSWORD=PASSWORD).error, "AGENT_DENIED")

    def test_key_then_password_and_code(self):
        output, asked = self.on_terminal("noisy", "-i", far.key("id_ed25519"), POOLCTL_PASSWORD=PASSWORD)
        self.assertEqual(asked, 1, output)

    def test_an_upload_asks_for_no_second_code(self):
        path = in_folder("coded.iso")
        with open(path, "wb") as file:
            file.write(os.urandom(40 << 20))
        output, asked = self.on_terminal("kbdonly", words=("iso", "upload", "local", path), POOLCTL_PASSWORD=PASSWORD)
        self.assertEqual(asked, 1, output)
        with open(path, "rb") as file:
            self.assertEqual(far.exec("sha256sum", "/srv/poolcenter-lab/local/coded.iso").split()[0], hashlib.sha256(file.read()).hexdigest())

    def test_only_kerberos(self):
        before = configure(far, "PubkeyAuthentication no", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "GSSAPIAuthentication yes")
        path = etc(far, "ssh/lab_sshd_config")
        with open(path, encoding="utf-8") as file:
            text = re.sub(r"(?ms)^Match .*", "", file.read())
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        far.stop_sshd(sessions=True)
        far.start_sshd()
        try:
            self.assertIn("Kerberos", self.refused("AUTH_FAILED", "operator", POOLCTL_PASSWORD=PASSWORD).cause)
        finally:
            with open(path, "w", encoding="utf-8") as file:
                file.write(before)
            far.stop_sshd(sessions=True)
            far.start_sshd()


class ImportTest(LoginTest):
    CONFIG = """
# what people have
Include config.d/*.conf
Host bastion
    HostName bastion.example.com
    User jumper
    Port 2222
Host web01 web02 !db web*
    HostName %h.example.com
    IdentityFile "~/my keys/id"
    ProxyJump bastion
Host deep
    HostName = 10.0.0.7
    ProxyJump web01,second@10.1.1.1:23
Match host deep exec "true"
    User matched
Host old
    ProxyCommand nc %h %p
Host nojump
    ProxyJump none
Host * !bastion
    ProxyJump bastion
Host *
    User=admin
"""

    def setUp(self):
        super().setUp()
        self.ssh = os.path.join(self.settings, "ssh")
        os.makedirs(os.path.join(self.ssh, "config.d"))
        self.write("config", self.CONFIG)
        self.write("config.d/inner.conf", "Host inner\n  HostName 10.0.0.9\n  User inside\n  ProxyJump none\n")

    def write(self, name, text):
        with open(os.path.join(self.ssh, name), "w", encoding="utf-8") as file:
            file.write(text)

    def take(self, *words):
        done = subprocess.run([POOLCTL, "--config", self.settings, "-o", "json", "--language", "en", "server", "import-ssh", "--folder", self.ssh, *words],
                              env=self.environment, capture_output=True, text=True)
        self.assertNotIn("Sanitizer", done.stderr)
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr

    def test_says_what_ssh_says(self):
        status, rows = self.take("--check")
        self.assertEqual(status, 0)
        self.assertEqual([row["name"] for row in rows], ["inner", "bastion", "web01", "web02", "deep", "old", "nojump"])
        for row in rows:
            with self.subTest(host=row["name"]):
                # ssh itself, without the Match block, which is not taken over; its Include is relative to the real ~/.ssh.
                flat = self.CONFIG.replace("Include config.d/*.conf", f"Include {self.ssh}/config.d/*.conf").replace("    User matched\n", "")
                self.write("flat", flat)
                said = dict(line.split(" ", 1) for line in run("ssh", "-G", "-F", os.path.join(self.ssh, "flat"), row["name"]).splitlines() if " " in line)
                self.assertEqual(row["address"], f"{said['user']}@{said['hostname']}:{said['port']}")
                self.assertEqual("jump" in row, said.get("proxyjump", "none") != "none")
        by_name = {row["name"]: row for row in rows}
        self.assertEqual(by_name["web01"]["jump"], "jumper@bastion.example.com:2222")
        self.assertEqual(by_name["deep"]["jump"], "jumper@bastion.example.com:2222,admin@web01.example.com:22,second@10.1.1.1:23")
        self.assertEqual(by_name["old"]["state"], "proxy_command")
        self.assertFalse(by_name["old"]["changed"])

    def test_chosen_ones_only_and_once(self):
        self.assertEqual(self.take("web01", "nobody")[0], NOT_FOUND)
        self.take("web01")
        self.assertEqual([(row["name"], row["state"], row["changed"]) for row in self.take("web01", "web02")[1]], [("web01", "known", False), ("web02", "new", True)])
        with open(os.path.join(self.settings, "settings.json"), encoding="utf-8") as file:
            self.assertEqual([entry["host"] for entry in json.load(file)["servers"]], ["web01.example.com", "web02.example.com"])

    def test_known_hosts_plain_hashed_revoked_and_different(self):
        keys = {}
        for name in ("one", "two", "three", "four", "five"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "host-" + name)
            with open(in_folder(f"host-{name}.pub"), encoding="ascii") as file:
                keys[name] = " ".join(file.read().split()[:2])
        self.write("config", "".join(f"Host {name}\n  HostName {name}.example\n  Port {port}\n  User x\n"
                                     for name, port in (("one", 22), ("two", 2200), ("three", 22), ("four", 22), ("five", 22))))
        self.write("known_hosts", f"one.example,10.0.0.1 {keys['one']}\n[two.example]:2200 {keys['two']}\n*.other,three.example,!four.example {keys['three']}\n"
                                  f"@revoked four.example {keys['four']}\nfour.example {keys['four']}\nfive.example {keys['five']}\n# end\n")
        run("ssh-keygen", "-H", "-f", os.path.join(self.ssh, "known_hosts"))
        with open(os.path.join(self.ssh, "known_hosts"), encoding="ascii") as file:
            self.assertNotIn("two.example", file.read(), "ssh-keygen hashed it")
        with open(os.path.join(self.ssh, "known_hosts"), "a", encoding="ascii") as file:
            file.write("broken\n|1|broken|broken ssh-ed25519 AAAA\n")
        ours = os.path.join(self.settings, "known_hosts")
        with open(ours, "w", encoding="ascii") as file:
            file.write(f"[five.example]:22 {keys['one']}\n")
        rows = {row["name"]: (row["keys"], row["conflicts"]) for row in self.take()[1]}
        self.assertEqual(rows, {"one": (1, 0), "two": (1, 0), "three": (1, 0), "four": (0, 0), "five": (0, 1)})
        with open(ours, encoding="ascii") as file:
            self.assertEqual(file.read().splitlines(), [f"[five.example]:22 {keys['one']}", f"[one.example]:22 {keys['one']}", f"[two.example]:2200 {keys['two']}",
                                                        f"[three.example]:22 {keys['three']}"])


del LoginTest  # only its kinds are run

if __name__ == "__main__":
    unittest.main()
