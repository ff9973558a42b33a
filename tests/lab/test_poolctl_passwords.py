#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""poolctl's remembered passwords and lists of servers, against a real sshd; no file may hold a password."""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE]
import accounts  # noqa: E402
from lab import Host  # noqa: E402
from poolctl import AGENT  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(HERE))
POOLCTL = os.path.join(ROOT, "build/linux/client/cli/poolctl")
MASTER, OTHER = "correct horse battery", "another one entirely"


class PasswordTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = Host(f"ctlpasswords-{os.getpid()}", agent=AGENT).up()
        cls.addClassCleanup(cls.host.down)
        cls.address = f"operator@127.0.0.1:{cls.host.port}"

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="poolctl-passwords-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        shutil.copy(self.host.describe()["known_hosts"], os.path.join(self.folder, "known_hosts"))
        self.password = os.path.join(self.folder, "..", os.path.basename(self.folder) + ".password")
        with open(self.password, "w", encoding="utf-8") as file:
            file.write(accounts.PASSWORD + "\n")
        self.addCleanup(os.remove, self.password)

    def poolctl(self, *words, master=None, fresh=None, folder=None):
        """(exit status, standard output as JSON or None, standard error); secrets go through pipes."""
        options, pipes = ["--config", folder or self.folder, "--language", "en", "--batch", "--output", "json"], []
        for option, secret in (("--master-password-fd", master), ("--new-password-fd", fresh)):
            if secret is None:
                continue
            read, write = os.pipe()
            os.write(write, secret.encode() + b"\n")
            os.close(write)
            pipes.append(read)
            words += (option, str(read))
        done = subprocess.run([POOLCTL, *words, *options], pass_fds=pipes, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, check=False)
        for pipe in pipes:
            os.close(pipe)
        return done.returncode, json.loads(done.stdout) if done.stdout.strip() else None, done.stderr

    def assert_no_secret_in_files(self, *secrets):
        for path in filter(os.path.isfile, glob.glob(os.path.join(self.folder, "**"), recursive=True)):
            with open(path, "rb") as file:
                content = file.read()
            for secret in secrets:
                self.assertNotIn(secret.encode(), content, path)

    def remember(self):
        self.assertEqual(self.poolctl("password", "master", fresh=MASTER)[:2], (0, {"changed": True}))
        status, hosts, said = self.poolctl("host", "show", "--server", self.address, "--password-file", self.password, "--remember", master=MASTER)
        self.assertEqual(status, 0, said)
        return hosts

    def test_without_a_master_password_there_is_no_place(self):
        status, _, said = self.poolctl("host", "show", "--server", self.address, "--password-file", self.password, "--remember")
        self.assertEqual(status, 2)
        self.assertIn("poolctl password master", said)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "vault")))

    def test_remembered_until_forgotten(self):
        self.remember()
        status, servers, _ = self.poolctl("server", "list")
        self.assertEqual([(each["address"], each["remember"]) for each in servers], [(self.address, True)])
        self.assertEqual(self.poolctl("host", "show", "--server", self.address, master=MASTER)[0], 0)
        status, _, said = self.poolctl("host", "show", "--server", self.address, master="wrong password")
        self.assertEqual(status, 4, said)
        self.assertIn("not the master password", said)
        self.assertEqual(self.poolctl("host", "show", "--server", self.address)[0], 4)
        self.assertEqual(self.poolctl("password", "forget", self.address)[:2], (0, {"changed": True}))
        self.assertEqual(self.poolctl("password", "forget", self.address)[:2], (0, {"changed": False}))
        self.assertEqual(self.poolctl("host", "show", "--server", self.address, master=MASTER)[0], 4)
        self.assert_no_secret_in_files(accounts.PASSWORD, MASTER)

    def test_wrong_password_is_not_remembered(self):
        self.poolctl("password", "master", fresh=MASTER)
        with open(self.password, "w", encoding="utf-8") as file:
            file.write("not it\n")
        self.assertEqual(self.poolctl("host", "show", "--server", self.address, "--password-file", self.password, "--remember", master=MASTER)[0], 5)
        self.assertEqual(self.poolctl("server", "list")[1], [])

    def test_master_password_changes(self):
        self.remember()
        status, _, said = self.poolctl("password", "master", master="wrong password", fresh=OTHER)
        self.assertEqual(status, 1)
        self.assertIn("VAULT_PASSWORD", said)
        self.assertEqual(self.poolctl("password", "master", master=MASTER, fresh="short")[0], 2)
        self.assertEqual(self.poolctl("password", "master", master=MASTER, fresh=OTHER)[0], 0)
        self.assertEqual(self.poolctl("host", "show", "--server", self.address, master=MASTER)[0], 4)
        self.assertEqual(self.poolctl("host", "show", "--server", self.address, master=OTHER)[0], 0)
        self.assertEqual(self.poolctl("password", "master", "--remove", master=OTHER)[0], 0)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "vault")))
        self.assertEqual(self.poolctl("password", "master", "--remove")[:2], (0, {"changed": False}))

    def test_changed_password_is_tried_once(self):
        self.remember()
        self.addCleanup(self.set_host_password, accounts.PASSWORD)
        self.set_host_password("changed")
        before = self.host.log("sshd").count("Failed password")
        self.assertEqual(self.poolctl("host", "show", "--server", self.address, master=MASTER)[0], 5)
        self.assertEqual(self.host.log("sshd").count("Failed password") - before, 1)

    def set_host_password(self, password):
        secret = subprocess.run(["openssl", "passwd", "-6", password], check=True, capture_output=True, text=True).stdout.strip()
        accounts.replace_lines(os.path.join(self.host.base, "etc/shadow"), ["operator"], [f"operator:{secret}:19000:0:99999:7:::"])

    def test_export_and_import(self):
        self.remember()
        path = os.path.join(self.folder, "mine.poolservers")
        self.assertEqual(self.poolctl("server", "export", path, "--host-keys")[:2], (0, {"changed": True, "servers": 1, "conflicts": 0, "file": path}))
        with open(path, encoding="utf-8") as file:
            exported = json.load(file)
        self.assertEqual(len(exported["host_keys"]), 1)
        self.assertFalse({"id", "remember"} & set(exported["servers"][0]))
        other = os.path.join(self.folder, "other")
        self.assertEqual(self.poolctl("server", "import", path, "--check", folder=other)[1]["servers"], 1)
        self.assertEqual(self.poolctl("server", "list", folder=other)[1], [])
        self.assertEqual(self.poolctl("server", "import", path, "--host-keys", folder=other)[1]["servers"], 1)
        self.assertEqual(self.poolctl("server", "import", path, folder=other)[1]["changed"], False)
        self.assertEqual([each["address"] for each in self.poolctl("server", "list", folder=other)[1]], [self.address])
        self.assertEqual(self.poolctl("host", "show", "--password-file", self.password, folder=other)[0], 0)  # its host key came along
        with open(path, "w", encoding="utf-8") as file:
            file.write('{"poolcenter_servers": 1, "servers": [{"host": "a b", "user": "root"}]}')
        status, _, said = self.poolctl("server", "import", path, folder=other)
        self.assertEqual(status, 1)
        self.assertIn("SERVER_LIST", said)
        self.assert_no_secret_in_files(accounts.PASSWORD, MASTER)


if __name__ == "__main__":
    unittest.main(verbosity=2)
