#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads through the client's core (poolctl, and poolctl.exe under Wine) from a real host: cuts at many bytes, resumes, full disks, hosts that lie.
The judge is SHA-256 of the file on the host."""
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(TOP, "tests", "lab")]
from lab import CutProxy, Host, wait_for  # noqa: E402
from poolctl import Poolctl  # noqa: E402

BUILD = os.environ.get("POOLCENTER_BUILD", os.path.join(TOP, "build", "linux"))
POOLCTL = os.path.join(BUILD, "client", "cli", "poolctl")
EXE = os.path.join(TOP, "build", "windows", "client", "cli", "poolctl.exe")
MIB = 1 << 20
STORE = "/srv/poolcenter-lab/local"

host = None


def setUpModule():
    global host
    host = Host(f"download-{os.getpid()}", agent=os.path.join(BUILD, "agent", "poolagentd")).up()
    unittest.addModuleCleanup(host.__exit__, None, None, None)
    with Poolctl(host) as ctl:
        ctl.wait_for_datastore()


class DownProxy(CutProxy):
    """Cuts at a byte on the way to the client, once."""
    cut_after_down = None

    def forward(self, data, sink, up):
        if up or self.cut_after_down is None or self.bytes_down + len(data) < self.cut_after_down:
            return super().forward(data, sink, up)
        sink.sendall(data[:max(0, self.cut_after_down - self.bytes_down)])
        self.bytes_down = self.cut_after_down
        self.cut_after_down = None
        return False


class Run:
    def __init__(self, process):
        self.process = process

    def end(self, timeout=180):
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


class DownloadCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="poolcenter-download-", dir="/var/tmp")
        self.addCleanup(shutil.rmtree, self.folder)

    def make(self, name, size, seed=1):
        """A file of the datastore; its digest as the host sees it."""
        with open(host.outside(f"{STORE}/{name}"), "wb") as file:
            source = random.Random(seed)
            for _ in range(0, size, MIB):
                file.write(source.randbytes(min(MIB, size - file.tell())))
        host.virsh("pool-refresh", "local")
        self.addCleanup(host.exec, "rm", "-f", f"{STORE}/{name}")
        with Poolctl(host) as ctl:
            ctl("datastore", "refresh", "local")
            wait_for(lambda: any(row["name"] == name and row.get("capacity", 0) == size for row in ctl.json("volume", "list", "local")), "the agent to see it", 20)
        return host.exec("sha256sum", f"{STORE}/{name}").split()[0]

    def settings(self, port):
        folder = os.path.join(self.folder, f"config-{port}")
        os.makedirs(folder, exist_ok=True)
        with open(host.describe()["known_hosts"], encoding="ascii") as file, open(os.path.join(folder, "known_hosts"), "w", encoding="ascii") as ours:
            ours.write(file.read().replace(f":{host.port} ", f":{port} "))
        return folder

    def command(self, port, *words):
        return [POOLCTL, "--config", self.settings(port), "--output", "json", "--language", "en", "-i", host.key(), "--server", f"operator@127.0.0.1:{port}", *words]

    def start(self, name, target, *options, port=None):
        command = self.command(port or host.port, "volume", "download", f"local/{name}", target, *options)
        return Run(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))

    def path(self, name):
        return os.path.join(self.folder, name)

    def part(self, name):
        path = self.path(name) + ".part"
        return os.stat(path).st_size if os.path.exists(path) else 0

    def assert_downloaded(self, result, name, digest):
        code, answer = result
        self.assertEqual(code, 0, answer)
        with open(self.path(name), "rb") as file:
            self.assertEqual(hashlib.file_digest(file, "sha256").hexdigest(), digest)
        self.assertEqual(answer["sha256"], digest)
        self.assertFalse(os.path.exists(self.path(name) + ".part"))

    def assert_error(self, result, *names):
        code, answer = result
        self.assertEqual(code, 1, answer)
        self.assertIn(answer["error"]["name"], names, answer)
        return answer["error"]


class DownloadTest(DownloadCase):
    def test_sizes_around_blocks(self):
        for size in (0, 1, (256 << 10) - 1, 256 << 10, (256 << 10) + 1, 9 * MIB + 7):
            with self.subTest(size=size):
                digest = self.make(f"size{size}.bin", size)
                self.assert_downloaded(self.start(f"size{size}.bin", self.path("got")).end(), "got", digest)
                os.remove(self.path("got"))

    def test_an_existing_file_is_overwritten_only_on_request(self):
        digest = self.make("twice.bin", 100000)
        with open(self.path("twice.bin"), "wb") as file:
            file.write(b"mine")
        code, answer = self.start("twice.bin", self.path("twice.bin")).end()
        self.assertNotEqual(code, 0, answer)
        with open(self.path("twice.bin"), "rb") as file:
            self.assertEqual(file.read(), b"mine")
        self.assert_downloaded(self.start("twice.bin", self.path("twice.bin"), "--replace").end(), "twice.bin", digest)

    def test_a_file_of_more_than_4_gib(self):
        """Mostly holes, marked where 31 and 32 bits end; all but its end is here already."""
        size = (4 << 30) + 3 * MIB + 1
        path = host.outside(f"{STORE}/large.bin")
        with open(path, "wb") as file:
            file.truncate(size)
            for at in ((2 << 30) - 3, (4 << 30) - 3, size - 6):
                file.seek(at)
                file.write(b"middle")
        self.addCleanup(os.remove, path)
        with Poolctl(host) as ctl:
            ctl("datastore", "refresh", "local")
            wait_for(lambda: any(row["name"] == "large.bin" for row in ctl.json("volume", "list", "local")), "the agent to see it", 20)
        digest = host.exec("sha256sum", f"{STORE}/large.bin", timeout=180).split()[0]
        subprocess.run(["cp", "--sparse=always", path, self.path("large.bin.part")], check=True)
        os.truncate(self.path("large.bin.part"), (4 << 30) - MIB)
        with DownProxy(host.port) as proxy:
            self.assert_downloaded(self.start("large.bin", self.path("large.bin"), port=proxy.port).end(580), "large.bin", digest)
            self.assertLess(proxy.bytes_down, 12 * MIB, "what was there came again")
        self.assertEqual(os.stat(self.path("large.bin")).st_size, size)

    # -- breaks ---------------------------------------------------------------------------------

    def test_cut_at_random_bytes_and_resumed(self):
        size = 24 * MIB
        seed = os.environ.get("SEED", "1")
        numbers = random.Random(seed)
        digest = self.make("cut.bin", size)
        for round_number in range(6):
            at = numbers.randrange(100000, size)
            with self.subTest(cut_at=at, seed=seed), DownProxy(host.port) as proxy:
                proxy.cut_after_down = at
                self.assert_downloaded(self.start("cut.bin", self.path(f"cut{round_number}"), port=proxy.port).end(), f"cut{round_number}", digest)
                self.assertIsNone(proxy.cut_after_down, "nothing was cut")
                self.assertLess(proxy.bytes_down, size + 8 * MIB, "what had arrived came again")

    def test_cut_in_every_phase_of_the_beginning(self):
        digest = self.make("early.bin", 2 * MIB)
        for at in (1, 500, 1500, 2500, 3500, 5000, 8000, 12000, 20000, 40000):
            with self.subTest(cut_at=at), DownProxy(host.port) as proxy:
                proxy.cut_after_down = at
                result = self.start("early.bin", self.path(f"early{at}"), port=proxy.port).end()
                if result[0] == 0:
                    self.assert_downloaded(result, f"early{at}", digest)
                else:
                    self.assertIn(result[0], (1, 4), result)  # before the first login nothing is tried again

    def test_sshd_child_killed(self):
        digest = self.make("killed.bin", 150 * MIB)
        run = self.start("killed.bin", self.path("killed.bin"))
        wait_for(lambda: self.part("killed.bin") > 10 * MIB, "some bytes", 60)
        host.kill_ssh_children()
        self.assert_downloaded(run.end(), "killed.bin", digest)

    def test_agent_killed_and_started_again(self):
        digest = self.make("agent.bin", 150 * MIB)
        run = self.start("agent.bin", self.path("agent.bin"))
        wait_for(lambda: self.part("agent.bin") > 10 * MIB, "some bytes", 60)
        host.kill_agent()
        host.start_agent()
        self.assert_downloaded(run.end(), "agent.bin", digest)

    def test_client_killed_and_started_again(self):
        size = 100 * MIB
        digest = self.make("client.bin", size)
        with DownProxy(host.port) as proxy:
            run = self.start("client.bin", self.path("client.bin"), port=proxy.port)
            wait_for(lambda: self.part("client.bin") > 40 * MIB, "some bytes", 60)
            run.kill()
        held = self.part("client.bin")
        with DownProxy(host.port) as proxy:
            self.assert_downloaded(self.start("client.bin", self.path("client.bin"), port=proxy.port).end(), "client.bin", digest)
            self.assertLess(proxy.bytes_down, size - held + 8 * MIB, "what was there came again")

    # -- what does not fit ----------------------------------------------------------------------

    def test_another_file_lies_where_the_part_should(self):
        digest = self.make("other.bin", 5 * MIB)
        for size in (1, 3 * MIB, 5 * MIB, 7 * MIB):
            with self.subTest(size=size):
                with open(self.path("other.bin.part"), "wb") as file:
                    file.write(b"x" * size)
                self.assert_downloaded(self.start("other.bin", self.path("other.bin")).end(), "other.bin", digest)
                os.remove(self.path("other.bin"))

    def test_the_file_of_the_host_changed_between_two_halves(self):
        self.make("halves.bin", 60 * MIB)
        run = self.start("halves.bin", self.path("halves.bin"))
        wait_for(lambda: self.part("halves.bin") > 5 * MIB, "some bytes", 60)
        run.kill()
        digest = self.make("halves.bin", 60 * MIB, seed=2)
        self.assert_downloaded(self.start("halves.bin", self.path("halves.bin")).end(), "halves.bin", digest)

    def test_a_full_disk_here(self):
        digest = self.make("full.bin", 30 * MIB)
        small = os.path.join(self.folder, "small")
        os.mkdir(small)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=10M", "poolcenter-test", small], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", small])
        error = self.assert_error(self.start("full.bin", os.path.join(small, "full.bin")).end(), "FILE_WRITE")
        self.assertIn("full.bin", error["message"])
        self.assertFalse(os.path.exists(os.path.join(small, "full.bin")), "half a file has no name")
        subprocess.run(["mount", "-o", "remount,size=60M", small], check=True)
        self.assert_downloaded(self.start("full.bin", os.path.join(small, "full.bin")).end(), "small/full.bin", digest)

    def test_places_that_cannot_be_written(self):
        self.make("place.bin", 1000)
        self.assert_error(self.start("place.bin", os.path.join(self.folder, "missing", "x")).end(), "FILE_OPEN", "FILE_WRITE")
        place = os.path.join(self.folder, "a-folder")
        os.mkdir(place)
        code, answer = self.start("place.bin", place, "--replace").end()
        self.assertNotEqual(code, 0, answer)
        self.assertTrue(os.path.isdir(place))

    def test_what_a_running_vm_writes_is_refused(self):
        host.exec("qemu-img", "create", "-q", "-f", "qcow2", f"{STORE}/writes.qcow2", "64M")
        self.addCleanup(host.exec, "rm", "-f", f"{STORE}/writes.qcow2")
        host.virsh("pool-refresh", "local")
        host.virsh("create", "/dev/stdin", input=f"""<domain type='qemu'><name>writes</name><memory unit='MiB'>64</memory><os><type arch='x86_64'>hvm</type></os><devices>
            <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{STORE}/writes.qcow2'/><target dev='vda' bus='virtio'/></disk></devices></domain>""")
        self.addCleanup(host.virsh, "destroy", "writes", check=False)
        with Poolctl(host) as ctl:
            wait_for(lambda: any(vm["name"] == "writes" for vm in ctl.json("vm", "list")), "the agent to see it", 20)
        code, answer = self.start("writes.qcow2", self.path("writes")).end()
        self.assertEqual(code, 1, answer)
        self.assertIn("writes", answer["error"]["message"])
        self.assertEqual(os.listdir(self.folder), [f"config-{host.port}"])


class Liar(threading.Thread):
    """Between sshd's users and the agent's socket: passes everything on, but changes what the agent says of a download."""

    def __init__(self, socket_path, change_line, change_bytes):
        super().__init__(daemon=True)
        self.change_line, self.change_bytes = change_line, change_bytes
        self.hidden = socket_path + ".honest"
        os.rename(socket_path, self.hidden)
        self.path = socket_path
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(socket_path)
        shutil.copystat(self.hidden, socket_path)
        os.chown(socket_path, os.stat(self.hidden).st_uid, os.stat(self.hidden).st_gid)
        self.listener.listen(20)
        self.start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        os.rename(self.hidden, self.path)

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client, socket.socket(socket.AF_UNIX) as agent:
            agent.connect(self.hidden)
            first = client.recv(65536)
            agent.sendall(first)
            down = threading.Thread(target=self.down, args=(agent, client, first.startswith(b"POOLAGENT DATA")), daemon=True)
            down.start()
            with contextlib.suppress(OSError):
                while more := client.recv(65536):
                    agent.sendall(more)
                agent.shutdown(socket.SHUT_WR)
            down.join()

    def down(self, agent, client, data):
        """The first line of a data connection says what it is; bytes follow."""
        with contextlib.suppress(OSError), agent.makefile("rb") as source:
            while line := source.readline():
                client.sendall(line if data else self.change_line(line))
                if data:
                    break
            at = 0
            while data and (block := source.read1(65536)):
                client.sendall(self.change_bytes(block, at))
                at += len(block)
            client.shutdown(socket.SHUT_WR)


class LyingTest(DownloadCase):
    """What a host may say that is not so; nothing of it becomes a file."""

    def lie(self, line=lambda line: line, data=lambda block, at: block):
        liar = Liar(host.agent_socket(), line, data)
        self.addCleanup(liar.close)

    def ticket(self, **changes):
        def change(line):
            try:
                message = json.loads(line)
            except ValueError:
                return line
            if isinstance(message.get("result"), dict) and "ticket" in message["result"]:
                message["result"].update(changes)
                return json.dumps(message).encode() + b"\n"
            return line
        return change

    def assert_nothing(self, name, result):
        code, answer = result
        self.assertNotEqual(code, 0, answer)
        self.assertFalse(os.path.exists(self.path(name)), answer)

    def test_a_size_that_is_too_large(self):
        self.make("lie.bin", 3 * MIB)
        self.lie(self.ticket(size=4 * MIB))
        self.assert_nothing("lie.bin", self.start("lie.bin", self.path("lie.bin")).end(400))

    def test_a_size_that_is_too_small(self):
        self.make("lie.bin", 3 * MIB)
        self.lie(self.ticket(size=2 * MIB))
        self.assert_nothing("lie.bin", self.start("lie.bin", self.path("lie.bin")).end(400))

    def test_an_offset_nobody_asked_for(self):
        self.make("lie.bin", 3 * MIB)
        for offset in (-1, MIB, 1 << 62):
            with self.subTest(offset=offset):
                liar = Liar(host.agent_socket(), self.ticket(offset=offset), lambda block, at: block)
                try:
                    self.assert_nothing("lie.bin", self.start("lie.bin", self.path("lie.bin")).end(400))
                finally:
                    liar.close()

    def test_a_byte_that_changed_on_the_way(self):
        self.make("lie.bin", 3 * MIB)

        def change(block, at):
            place = 2 * MIB - at
            return block[:place] + bytes([block[place] ^ 1]) + block[place + 1:] if 0 <= place < len(block) else block
        self.lie(data=change)
        error = self.assert_error(self.start("lie.bin", self.path("lie.bin")).end(), "DOWNLOAD_CHECKSUM")
        self.assertIn("lie.bin", error["message"])
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("lie")], [])


class WineTest(DownloadCase):
    """poolctl.exe: the same core on Windows' files."""

    def start(self, name, target, *options, port=None):
        port = port or host.port
        command = [os.path.join(TOP, "cmake/wine-run"), EXE, "--config", "Z:" + self.settings(port), "--output", "json", "--language", "en", "--identity", "Z:" + host.key(),
                   "--server", f"operator@127.0.0.1:{port}", "volume", "download", f"local/{name}", "Z:" + target, *options]
        return Run(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))

    def test_whole_cut_and_resumed(self):
        digest = self.make("wïne.bin", 20 * MIB + 5)
        self.assert_downloaded(self.start("wïne.bin", self.path("größe.bin")).end(), "größe.bin", digest)
        with DownProxy(host.port) as proxy:
            proxy.cut_after_down = 9 * MIB
            self.assert_downloaded(self.start("wïne.bin", self.path("cut.bin"), port=proxy.port).end(), "cut.bin", digest)
            self.assertLess(proxy.bytes_down, 28 * MIB)
        with open(self.path("other.bin.part"), "wb") as file:
            file.write(b"x" * MIB)
        self.assert_downloaded(self.start("wïne.bin", self.path("other.bin")).end(), "other.bin", digest)

    def test_a_full_disk_here(self):
        self.make("full.bin", 30 * MIB)
        small = os.path.join(self.folder, "small")
        os.mkdir(small)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=10M", "poolcenter-test", small], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", small])
        self.assert_error(self.start("full.bin", os.path.join(small, "full.bin")).end(), "FILE_WRITE")
        self.assertFalse(os.path.exists(os.path.join(small, "full.bin")))


if __name__ == "__main__":
    unittest.main(verbosity=2)
