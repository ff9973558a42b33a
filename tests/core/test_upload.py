#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uploads through the client's core (poolctl) to a real host: names, resume after every kind of break, full disks, changed files."""
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lab"))
from lab import CutProxy, Host, wait_for  # noqa: E402

BUILD = os.environ.get("POOLCENTER_BUILD", os.path.join(TOP, "build", "linux"))
MIB = 1 << 20
STORE = "/srv/poolcenter-lab/local"

host = None


def setUpModule():
    global host
    host = Host(f"upload-{os.getpid()}", agent=os.path.join(BUILD, "agent", "poolagentd"))
    host.up()
    with tempfile.TemporaryDirectory() as folder:  # an agent that was just started is still reading
        list_them = Client(folder, host.port).command("datastore", "list")
        wait_for(lambda: '"local"' in subprocess.run(list_them, capture_output=True, text=True).stdout, "the datastore", 20)


def tearDownModule():
    host.__exit__(None, None, None)


def digest(path):
    sha = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(MIB):
            sha.update(block)
    return sha.hexdigest()


class Client:
    """poolctl with a settings folder of its own."""

    def __init__(self, folder, port):
        self.folder = folder
        self.port = port

    def command(self, *words):
        return [os.path.join(BUILD, "client", "cli", "poolctl"), "--config", self.folder, "--accept-new-host-key", "--output", "json",
                "-i", host.key(), "--server", f"operator@127.0.0.1:{self.port}", *words]

    def start(self, *words):
        return Run(subprocess.Popen(self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))

    def upload(self, path, *options, store="local", timeout=120):
        run = self.start("iso", "upload", store, path, *options)
        return run.end(timeout)


class Run:
    def __init__(self, process):
        self.process = process

    def end(self, timeout=120):
        """Exit code and the last JSON line."""
        try:
            out, err = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            raise AssertionError(f"poolctl did not end in {timeout} s: {out[-1000:]} {err[-3000:]}") from None
        lines = [line for line in (out + err).splitlines() if line.startswith("{")]
        if not lines or "Sanitizer" in err:
            raise AssertionError(f"poolctl: {self.process.returncode} {out[-1000:]} {err[-3000:]}")
        return self.process.returncode, json.loads(lines[-1])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


class UploadTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="poolcenter-upload-", dir="/var/tmp")
        self.addCleanup(shutil.rmtree, self.folder)
        self.client = Client(os.path.join(self.folder, "config"), host.port)

    def file(self, name, size, seed=1):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            source = random.Random(seed)
            for _ in range(0, size, MIB):
                file.write(source.randbytes(min(MIB, size - file.tell())))
        return path

    def there(self, name, store=STORE):
        return host.outside(f"{store}/{name}")

    def parts(self, store=STORE):
        return [name for name in os.listdir(host.outside(store)) if name.endswith(".part")]

    def assert_uploaded(self, result, path, name=None):
        code, answer = result
        self.assertEqual(code, 0, answer)
        target = self.there(name or os.path.basename(path))
        self.assertEqual(answer["sha256"], digest(path))
        self.assertEqual(digest(target), digest(path))
        self.assertEqual(self.parts(), [])
        os.remove(target)

    def assert_error(self, result, name):
        code, answer = result
        self.assertEqual(code, 1, answer)
        self.assertEqual(answer["error"]["name"], name, answer)
        return answer["error"]

    def part_size(self):
        parts = self.parts()
        return os.stat(self.there(parts[0])).st_size if parts else 0

    def wait_for_part(self, size):
        wait_for(lambda: self.part_size() >= size, f"{size} bytes on the host", 60)

    # -- the straight way ----------------------------------------------------------------------

    def test_a_file_arrives_whole(self):
        path = self.file("plain.iso", 30 * MIB + 12345)
        self.assert_uploaded(self.client.upload(path), path)

    def test_sizes_around_blocks(self):
        for size in (0, 1, MIB - 1, MIB, MIB + 1, 8 * MIB, 9 * MIB + 7):
            with self.subTest(size=size):
                path = self.file(f"size{size}.iso", size)
                self.assert_uploaded(self.client.upload(path), path)

    def test_names(self):
        for name in ("Größe – 日本.iso", "a b  c.iso", "CON.iso", "aux", "x" * 251 + ".iso", "'quoted' $(x);&.iso", "-rf.iso", "100%s%n.iso"):
            with self.subTest(name=name):
                path = self.file(name, 3000)
                self.assert_uploaded(self.client.upload(path), path)

    def test_names_a_datastore_cannot_hold(self):
        for name in (".hidden.iso", "back\\slash.iso", "dot.iso.", "space.iso ", "line\nbreak.iso"):
            with self.subTest(name=name):
                error = self.assert_error(self.client.upload(self.file(name, 10)), "VOLUME_NAME_INVALID")
                self.assertIn("name", error["message"])
        self.assertEqual(self.parts(), [])

    def test_a_file_that_cannot_be_read(self):
        self.assert_error(self.client.upload(os.path.join(self.folder, "missing.iso")), "FILE_OPEN")
        self.assert_error(self.client.upload(self.folder), "FILE_OPEN")

    def test_an_existing_file_is_overwritten_only_on_request(self):
        path = self.file("twice.iso", 100000)
        self.assertEqual(self.client.upload(path)[0], 0)
        before = digest(self.there("twice.iso"))
        self.file("twice.iso", 90000, seed=2)
        self.assert_error(self.client.upload(path), "VOLUME_EXISTS")
        self.assertEqual(digest(self.there("twice.iso")), before)
        self.assert_uploaded(self.client.upload(path, "--replace"), path)

    def test_an_iso_of_more_than_4_gib(self):
        """A real ISO 9660 image, grown with holes (which count as bytes), marked where 31 and 32 bits end."""
        path = os.path.join(self.folder, "large.iso")
        subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-V", "LARGE", "-o", path, os.path.dirname(__file__)], check=True, capture_output=True)
        size = (4 << 30) + 64 * MIB + 2048
        with open(path, "r+b") as file:
            file.truncate(size)
            for at in ((2 << 30) - 3, (4 << 30) - 3, size - 6):
                file.seek(at)
                file.write(b"middle")
        code, answer = self.client.upload(path, timeout=400)
        self.assertEqual(code, 0, answer)
        self.assertEqual((answer["size"], answer["sha256"]), (size, digest(path)))
        target = self.there("large.iso")
        self.assertEqual(os.stat(target).st_size, size)
        self.assertEqual(host.exec("sha256sum", f"{STORE}/large.iso", timeout=120).split()[0], answer["sha256"])
        os.remove(target)

    # -- breaks ---------------------------------------------------------------------------------

    def test_cut_at_random_bytes_and_resumed(self):
        size = 40 * MIB
        random_bytes = random.Random(os.environ.get("SEED", "1"))
        path = self.file("cut.iso", size)
        for round_number in range(4):
            at = random_bytes.randrange(200000, size)
            with self.subTest(cut_at=at), CutProxy(host.port) as proxy:
                client = Client(os.path.join(self.folder, f"config{round_number}"), proxy.port)
                proxy.cut_after_up = at
                self.assert_uploaded(client.upload(path), path)
                self.assertIsNone(proxy.cut_after_up)
                self.assertLess(proxy.bytes_up, size + 12 * MIB, "what had arrived was sent again")

    def test_cut_in_every_phase_of_the_beginning(self):
        path = self.file("early.iso", 2 * MIB)
        for at in (1, 500, 1500, 2500, 3500, 5000, 7000, 9000, 12000, 20000):
            with self.subTest(cut_at=at), CutProxy(host.port) as proxy:
                client = Client(os.path.join(self.folder, f"early{at}"), proxy.port)
                proxy.cut_after_up = at
                code, answer = client.upload(path)
                if code == 0:
                    self.assert_uploaded((code, answer), path)
                else:
                    self.assertIn(code, (1, 4))  # before the first login nothing is tried again

    def finished_without_an_answer(self, path, meanwhile):
        """An upload whose last answer never comes, because the connection is cut when the file has its name; then meanwhile()."""
        with CutProxy(host.port) as proxy:
            proxy.hold_answers_from = os.path.getsize(path)
            run = Client(os.path.join(self.folder, "unanswered"), proxy.port).start("iso", "upload", "local", path)
            wait_for(lambda: os.path.exists(self.there(os.path.basename(path))), "the file to have its name", 60)
            meanwhile()
            proxy.cut()
            proxy.hold_answers_from = None
            return run.end()

    def test_cut_when_the_host_has_finished(self):
        path = self.file("unanswered.iso", MIB)
        self.assert_uploaded(self.finished_without_an_answer(path, lambda: None), path)

    def test_cut_when_the_host_has_finished_and_somebody_else_changes_the_file(self):
        path = self.file("changed.iso", MIB)
        there = self.there("changed.iso")

        def change():
            with open(there, "wb") as file:
                file.write(b"other")
        self.assert_error(self.finished_without_an_answer(path, change), "VOLUME_EXISTS")
        os.remove(there)

    def test_sshd_child_killed(self):
        path = self.file("killed.iso", 150 * MIB)
        run = self.client.start("iso", "upload", "local", path)
        self.wait_for_part(20 * MIB)
        host.kill_ssh_children()
        self.assert_uploaded(run.end(), path)

    def test_agent_killed_and_started_again(self):
        path = self.file("agent.iso", 150 * MIB)
        run = self.client.start("iso", "upload", "local", path)
        self.wait_for_part(20 * MIB)
        host.kill_agent()
        time.sleep(0.5)
        held = self.part_size()
        host.start_agent()
        self.assertGreater(held, 0)
        self.assert_uploaded(run.end(), path)

    def test_client_killed_and_started_again(self):
        path = self.file("client.iso", 120 * MIB)
        run = self.client.start("iso", "upload", "local", path)
        self.wait_for_part(30 * MIB)
        run.kill()
        time.sleep(0.3)
        held = self.part_size()
        self.assert_uploaded(self.client.upload(path), path)
        self.assertGreaterEqual(held, 30 * MIB)
        self.assertFalse(os.path.exists(os.path.join(self.client.folder, "uploads.json")), "that list is the window's; the host knows what it has")

    def test_another_client_goes_on_with_what_is_there(self):
        path = self.file("other.iso", 60 * MIB)
        run = self.client.start("iso", "upload", "local", path)
        self.wait_for_part(20 * MIB)
        run.kill()
        wait_for(lambda: not host.ssh_children(), "the end of the first connection", 20)
        with CutProxy(host.port) as proxy:
            other = Client(os.path.join(self.folder, "other"), proxy.port)
            self.assert_uploaded(other.upload(path), path)
            self.assertLess(proxy.bytes_up, 45 * MIB)

    def test_file_changed_between_two_halves(self):
        size = 60 * MIB
        path = self.file("halves.iso", size)
        run = self.client.start("iso", "upload", "local", path)
        self.wait_for_part(20 * MIB)
        run.kill()
        self.file("halves.iso", size, seed=99)
        self.assert_uploaded(self.client.upload(path), path)

    def test_file_changed_during_the_upload(self):
        path = self.file("moving.iso", 80 * MIB)
        with CutProxy(host.port) as proxy:
            client = Client(os.path.join(self.folder, "moving"), proxy.port)
            run = client.start("iso", "upload", "local", path)
            self.wait_for_part(10 * MIB)
            proxy.stalled.set()
            with open(path, "r+b") as file:
                file.seek(70 * MIB)
                file.write(b"changed")
            proxy.stalled.clear()
            self.assert_error(run.end(), "FILE_CHANGED")
        host.exec("sh", "-c", f"rm -f {STORE}/.poolcenter-*.part")

    def test_file_cut_short_during_the_upload(self):
        path = self.file("short.iso", 80 * MIB)
        with CutProxy(host.port) as proxy:
            client = Client(os.path.join(self.folder, "short"), proxy.port)
            run = client.start("iso", "upload", "local", path)
            self.wait_for_part(10 * MIB)
            proxy.stalled.set()
            os.truncate(path, 30 * MIB)
            proxy.stalled.clear()
            self.assert_error(run.end(), "FILE_CHANGED")
        host.exec("sh", "-c", f"rm -f {STORE}/.poolcenter-*.part")

    # -- space ----------------------------------------------------------------------------------

    def make_store(self, name, *mount):
        path = f"/srv/poolcenter-lab/{name}"
        host.exec("mkdir", "-p", path)
        host.exec(*mount, path)
        self.addCleanup(host.exec, "umount", "-l", path)
        host.virsh("pool-define-as", name, "dir", "--target", path)
        host.virsh("pool-start", name)
        self.addCleanup(host.virsh, "pool-undefine", name)
        self.addCleanup(host.virsh, "pool-destroy", name)
        return path

    def test_not_enough_space_is_said_before_the_first_byte(self):
        self.make_store("tiny", "mount", "-t", "tmpfs", "-o", "size=20M", "tiny")
        path = self.file("toolarge.iso", 40 * MIB)
        with CutProxy(host.port) as proxy:
            error = self.assert_error(Client(os.path.join(self.folder, "tiny"), proxy.port).upload(path, store="tiny"), "NO_SPACE")
            self.assertLess(proxy.bytes_up, MIB)
        self.assertIn("tiny", error["message"])

    def test_disk_full_in_the_middle(self):
        # ext2 has no fallocate: nothing is reserved, so the space can go while the upload runs.
        image = os.path.join(self.folder, "ext2.img")
        with open(image, "wb") as file:
            file.truncate(80 * MIB)
        subprocess.run(["mkfs.ext2", "-q", "-F", image], check=True)
        store = self.make_store("full", "mount", "-o", "loop", image)
        path = self.file("middle.iso", 60 * MIB)
        with CutProxy(host.port) as proxy:
            run = Client(os.path.join(self.folder, "full"), proxy.port).start("iso", "upload", "full", path)
            wait_for(lambda: proxy.bytes_up > 10 * MIB, "some bytes", 60)
            proxy.stalled.set()
            host.exec("sh", "-c", f"dd if=/dev/zero of={store}/filler bs=1M 2>/dev/null", check=False)
            proxy.stalled.clear()
            self.assert_error(run.end(), "NO_SPACE")
        host.exec("rm", f"{store}/filler")
        code, answer = Client(os.path.join(self.folder, "full"), host.port).upload(path, store="full")
        self.assertEqual(code, 0, answer)
        self.assertEqual(host.exec("sha256sum", f"{store}/middle.iso").split()[0], digest(path))


if __name__ == "__main__":
    unittest.main()
