#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent of a plain user that is not installed: `poolagent connect --user` starts it, and it leaves nothing behind."""
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest

from agent_client import agent_binary

HELLO = b'POOLAGENT RPC 1\n{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":1,"client":"test"}}\n'


class TestUserMode(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.mkdtemp(prefix="pc-user-")
        self.folder = os.path.join(self.tmp, f"poolagent-{os.geteuid()}")
        self.addCleanup(shutil.rmtree, self.tmp, ignore_errors=True)

    def connect(self):
        process = subprocess.Popen([agent_binary(), "connect", "--user"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env={**os.environ, "TMPDIR": self.tmp})
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()
        process.kill()
        process.wait()

    def greet(self, process):
        process.stdin.write(HELLO)
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), b"POOLAGENT READY {}\n")
        return json.loads(process.stdout.readline())["result"]

    def agents(self):
        """Process ids of agents whose folder is ours."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
                with open(f"/proc/{pid}/environ", "rb") as file:
                    ours = f"TMPDIR={self.tmp}".encode() in file.read().split(b"\0")
            except OSError:
                continue
            if ours and words[1:3] == [b"serve", b"--user"]:
                found.append(int(pid))
        return found

    def test_one_agent_for_all_connections_of_a_user_and_nothing_left(self):
        first, second = self.connect(), self.connect()
        results = [self.greet(first), self.greet(second)]
        self.assertEqual([result["role"] for result in results], ["admin", "admin"])
        self.assertEqual(results[0]["host_id"], results[1]["host_id"])
        self.assertEqual(len(self.agents()), 1)
        self.assertEqual(os.stat(self.folder).st_mode & 0o777, 0o700)
        first.stdin.close()
        second.stdin.close()
        end = time.monotonic() + 20
        while self.agents() and time.monotonic() < end:
            time.sleep(0.1)
        self.assertEqual(self.agents(), [])
        self.assertEqual(os.listdir(self.tmp), [])

    def test_a_folder_somebody_else_may_enter_is_refused(self):
        os.mkdir(self.folder, 0o755)
        process = self.connect()
        out, err = process.stdout.read(), process.stderr.read()
        self.assertIn(b"not a folder of this user alone", err)
        self.assertTrue(out.startswith(b"POOLAGENT ERROR "))
        self.assertEqual(self.agents(), [])

    def test_a_link_in_place_of_the_folder_is_refused(self):
        os.symlink("/tmp", self.folder)
        self.assertIn(b"not a folder of this user alone", self.connect().stderr.read())

    def test_user_excludes_the_settings_of_an_installed_agent(self):
        done = subprocess.run([agent_binary(), "serve", "--user", "--socket", "/tmp/x"], capture_output=True, check=False)
        self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    unittest.main()
