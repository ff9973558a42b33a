# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes that go from host to host: two real hosts on one wire, each with its own agent. sha256sum and qemu-img are the judges; connections are cut,
strangers knock, disks become full, agents are killed."""
import contextlib
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

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
from agent_client import CallError, agent_binary, connect_when_known  # noqa: E402
from killed import Killing, moments  # noqa: E402
from lab import CutProxy, Host, LabError, wait_for  # noqa: E402
from poolctl import POOLCTL  # noqa: E402

LOCAL = "/srv/poolcenter-lab/local"
MIB = 1 << 20
CANCELLED, NOT_SUPPORTED, INVALID_PARAMS = -32005, -32012, -32602
VOLUME_EXISTS, VOLUME_IN_USE, NO_SPACE, IO, UPLOAD_INCOMPLETE, FETCH_FAILED, PEER_UNREACHABLE = -32035, -32036, -32038, -32039, -32043, -32072, -32074
NOWHERE = "192.0.2.1"
WIRE = f"wire{os.getpid() % 100000}"  # its own, wherever the kernel makes it first
ADDRESS = {"here": "10.77.0.1", "there": "10.77.0.2"}

here = there = None


def setUpModule():
    global here, there
    if os.geteuid() != 0:
        raise unittest.SkipTest("a lab host needs root")
    hosts = []
    for name in ("here", "there"):
        host = Host(f"{name}-{os.getpid()}", agent=agent_binary())
        unittest.addModuleCleanup(host.__exit__, None, None, None)
        hosts.append(host.up())
    here, there = hosts
    pids = [str(host.describe()["pids"]["init"]) for host in hosts]
    subprocess.run(["ip", "link", "add", WIRE, "netns", pids[0], "type", "veth", "peer", "name", WIRE, "netns", pids[1]], check=True)
    for host, address in zip(hosts, ADDRESS.values()):
        host.exec("ip", "address", "add", address + "/24", "dev", WIRE)
        host.exec("ip", "link", "set", WIRE, "up")


class Wire(threading.Thread):
    """A port on the way to the other host, which is cut after some bytes."""

    def __init__(self, port, cuts, change=None):
        super().__init__(daemon=True)
        self.port, self.cuts, self.change = port, list(cuts), change
        self.connections, self.ends = 0, []
        self.listening = in_network(here, socket.socket)
        self.listening.bind((ADDRESS["here"], 0))
        self.listening.listen()
        self.listening.settimeout(20)
        self.address = self.listening.getsockname()[1]
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listening.accept()
                try:
                    far = in_network(here, socket.create_connection, (ADDRESS["here"], self.port))
                except ConnectionError:
                    near.close()
                    continue
                self.connections += 1
                self.ends += [near, far]
                threading.Thread(target=self.pass_on, args=(near, far, None), daemon=True).start()
                self.pass_on(far, near, self.cuts.pop(0) if self.cuts else None)

    def pass_on(self, source, target, limit):
        moved = 0
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                moved += len(data)
                if limit is not None and moved > limit:
                    if not self.change:
                        break
                    data = self.change(data)
                    limit = None
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                end.shutdown(socket.SHUT_RDWR)
                end.close()  # a reset: what is on its way is lost

    def close(self):
        for end in self.ends + [self.listening]:
            end.close()


def in_network(host, function, *arguments):
    """Makes a socket in the host's network: it stays there."""
    result, failed = [], []

    def enter():
        try:
            with open(f"/proc/{host.describe()['pids']['init']}/ns/net", encoding="ascii") as namespace:
                os_setns(namespace.fileno())
            result.append(function(*arguments))
        except OSError as error:
            failed.append(error)

    thread = threading.Thread(target=enter)  # a namespace belongs to a thread
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return result[0]


def os_setns(descriptor):
    import ctypes
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, 0x40000000):
        raise OSError(ctypes.get_errno(), "setns")


class CopyCase(unittest.TestCase):
    def setUp(self):
        self.source = self.connect(here)
        self.target = self.connect(there)
        self.from_store, self.to_store = self.source.datastore("local")["id"], self.target.datastore("local")["id"]
        self.addCleanup(self.clean)

    def connect(self, host):
        try:
            rpc = wait_for(lambda: connect_when_known(host.agent_socket(), "local"), "the agent to know its datastores", 40, 0.1)
        except LabError as error:
            raise AssertionError(f"{error}: {host.log('agent')[-3000:]}") from error
        self.addCleanup(rpc.close)
        return rpc

    def clean(self):
        left = []
        for host in (here, there):
            left += [name for name in self.files(host) if name.startswith(".")] + host.exec("ls", "/var/lib/poolagent/jobs").split()
            for name in self.files(host):
                os.unlink(host.outside(f"{LOCAL}/{name}"))
            host.virsh("pool-refresh", "local")
        self.assertEqual(left, [], "a part file or a job of the journal is left")

    def files(self, host):
        return sorted(os.listdir(host.outside(LOCAL)))

    def make(self, name="disk.raw", size=8 * MIB, seed=1):
        with open(here.outside(f"{LOCAL}/{name}"), "wb") as file:
            file.write(random.Random(seed).randbytes(size))
        here.virsh("pool-refresh", "local")
        return name

    def sha256(self, host, name):
        return host.exec("sha256sum", f"{LOCAL}/{name}").split()[0]

    def offer(self, name):
        offer = self.source.call("volume.offer", datastore=self.from_store, volume=name)
        self.addCleanup(self.end_offer, offer["task"])
        return offer

    def end_offer(self, task):
        with contextlib.suppress(CallError):
            self.source.call("task.cancel", task=task)

    def pull(self, offer, name, **changes):
        params = {key: offer[key] for key in ("addresses", "port", "key", "size", "allocation")}
        return self.target.call("volume.pull", datastore=self.to_store, name=name, host="here", **{**params, **changes})["task"]

    def refused(self, code, offer, name="disk.raw", **changes):
        task = self.target.wait_task(self.pull(offer, name, **changes), 90)
        self.assertEqual(task.get("error", {}).get("code"), code, task)
        return task["error"]


class Straight(CopyCase):
    def copied(self, name):
        offer = self.offer(name)
        task = self.target.wait_task(self.pull(offer, name))
        self.assertIsNone(task.get("error"))
        self.assertNotIn("error", self.source.wait_task(offer["task"]))
        self.assertEqual(self.sha256(there, name), self.sha256(here, name))
        self.assertEqual(task["result"], self.sha256(here, name))
        self.assertIn(name, [volume["name"] for volume in self.target.call("volume.list", datastore=self.to_store)["volumes"]])
        return offer

    def test_a_file(self):
        offer = self.copied(self.make())
        self.assertIn(ADDRESS["here"], offer["addresses"])
        self.assertNotIn("127.0.0.1", offer["addresses"])

    def test_an_empty_file(self):
        self.copied(self.make(size=0))

    def test_a_disk_image(self):
        here.exec("qemu-img", "create", "-q", "-f", "qcow2", f"{LOCAL}/a.qcow2", "64M")
        here.exec("qemu-io", "-f", "qcow2", "-c", "write -P 7 1M 8M", f"{LOCAL}/a.qcow2")
        here.virsh("pool-refresh", "local")
        self.copied("a.qcow2")
        there.exec("qemu-img", "check", f"{LOCAL}/a.qcow2")
        self.assertEqual(there.virsh("vol-info", "a.qcow2", "--pool", "local").count("64.00 MiB"), 1)

    def test_holes_stay_holes(self):
        with open(here.outside(f"{LOCAL}/thin.raw"), "wb") as file:
            file.truncate(1024 * MIB)
            file.seek(256 * MIB)
            file.write(b"x" * MIB)
            file.seek(800 * MIB)
            file.write(b"y" * 100)
        here.virsh("pool-refresh", "local")
        offer = self.copied("thin.raw")
        self.assertLess(offer["allocation"], 2 * MIB)
        self.assertLess(os.stat(there.outside(f"{LOCAL}/thin.raw")).st_blocks * 512, 3 * MIB)

    def test_it_goes_on_where_a_connection_broke(self):
        name = self.make(size=24 * MIB)
        offer = self.offer(name)
        wire = Wire(offer["port"], cuts=(2 * MIB, 9 * MIB))
        self.addCleanup(wire.close)
        task = self.target.wait_task(self.pull(offer, name, port=wire.address), 90)
        self.assertIsNone(task.get("error"))
        self.assertEqual(wire.connections, 3)
        self.assertEqual(self.sha256(there, name), self.sha256(here, name))

    def test_what_is_changed_on_the_way_never_arrives(self):
        name = self.make(size=8 * MIB)
        offer = self.offer(name)
        wire = Wire(offer["port"], cuts=(2 * MIB,), change=lambda data: bytes(byte ^ 1 for byte in data[:6]) + data[6:])  # one more than a record's head, whose type GnuTLS does not look at
        self.addCleanup(wire.close)
        task = self.target.wait_task(self.pull(offer, name, port=wire.address), 90)
        self.assertIsNone(task.get("error"))  # TLS notices, the rest is fetched again
        self.assertEqual(wire.connections, 2)
        self.assertEqual(self.sha256(there, name), self.sha256(here, name))

    def test_strangers_get_nothing(self):
        name = self.make()
        offer = self.offer(name)
        for words in (b"GET / HTTP/1.0\r\n\r\n", b"\x00" * 64, offer["key"].encode()):
            with in_network(there, socket.create_connection, (ADDRESS["here"], offer["port"])) as stranger:
                stranger.settimeout(15)
                stranger.sendall(words)
                got = b""
                with contextlib.suppress(ConnectionError):
                    while data := stranger.recv(4096):
                        got += data
                self.assertLess(len(got), 100)
        error = self.refused(PEER_UNREACHABLE, offer, key="0" * 64)
        self.assertIn("here", error["message"])
        self.assertEqual(self.files(there), [])
        self.assertNotIn("error", self.target.wait_task(self.pull(offer, name)))

    def test_the_port_is_closed_when_it_is_done(self):
        name = self.make()
        offer = self.copied(name)
        with self.assertRaises(ConnectionRefusedError):
            in_network(there, socket.create_connection, (ADDRESS["here"], offer["port"])).close()

    def test_a_host_that_cannot_be_reached(self):
        offer = self.offer(self.make())
        self.refused(PEER_UNREACHABLE, offer, addresses=[NOWHERE, "no such name", "127.0.0.1"])
        self.assertEqual(self.files(there), [])

    def test_cancelled_there_and_here(self):
        name = self.make(size=8 * MIB)
        for who in ("target", "source"):
            offer = self.offer(name)
            wire = Wire(offer["port"], cuts=(MIB, 0, 0, 0, 0, 0, 0, 0, 0, 0))  # so it never comes to its end
            pulled = self.pull(offer, name, port=wire.address)
            wait_for(lambda wire=wire: wire.connections > 1, "the second connection", 20, 0.02)
            self.source.call("task.cancel", task=offer["task"])
            self.assertEqual(self.source.wait_task(offer["task"])["error"]["code"], CANCELLED)
            if who == "target":
                self.target.call("task.cancel", task=pulled)
                self.assertEqual(self.target.wait_task(pulled)["error"]["code"], CANCELLED)
            else:
                there.kill_agent()
                there.start_agent()
                self.target = self.connect(there)
            wire.close()
            self.assertEqual(self.files(there), [])

    def test_a_full_datastore(self):
        name = self.make(size=8 * MIB)
        there.mount_small(LOCAL, "6M")
        try:
            there.virsh("pool-refresh", "local")
            offer = self.offer(name)
            with self.assertRaises(CallError) as caught:
                self.pull(offer, name)
            self.assertEqual(caught.exception.code, NO_SPACE)
            self.refused(NO_SPACE, offer, name, allocation=0)  # it fills up meanwhile
            self.assertEqual(self.files(there), [])
        finally:
            there.exec("umount", LOCAL)
            there.virsh("pool-refresh", "local")

    def test_a_file_that_changes(self):
        name = self.make(size=8 * MIB)
        offer = self.offer(name)
        with open(here.outside(f"{LOCAL}/{name}"), "r+b") as file:
            file.write(b"changed")
        error = self.refused(FETCH_FAILED, offer, name)
        self.assertIn("changed", error["message"])
        self.assertEqual(self.source.wait_task(offer["task"])["error"]["code"], IO)

    def test_what_does_not_go(self):
        name = self.make()
        here.exec("qemu-img", "create", "-q", "-f", "qcow2", "-b", f"{LOCAL}/{name}", "-F", "raw", f"{LOCAL}/top.qcow2")
        here.virsh("pool-refresh", "local")
        with self.assertRaises(CallError) as caught:
            self.source.call("volume.offer", datastore=self.from_store, volume="top.qcow2")
        self.assertEqual(caught.exception.code, NOT_SUPPORTED)
        self.assertIn(name, str(caught.exception))
        offer = self.offer(name)
        for wrong in ({"port": 0}, {"key": "ab"}, {"size": -1}, {"allocation": offer["size"] + 1}):
            with self.assertRaises(CallError) as caught:
                self.pull(offer, name, **wrong)
            self.assertEqual(caught.exception.code, INVALID_PARAMS)
        self.assertNotIn("error", self.target.wait_task(self.pull(offer, name)))
        with self.assertRaises(CallError) as caught:
            self.pull(offer, name)
        self.assertEqual(caught.exception.code, VOLUME_EXISTS)

    def test_a_host_that_takes_no_connections(self):
        name = self.make()
        options = dict(here.wanted["agent_options"])
        here.wanted["agent_options"] = {**options, "copy_ports": "none"}
        here.up()
        try:
            self.source = self.connect(here)
            offer = self.source.call("volume.offer", datastore=self.from_store, volume=name)
            self.assertEqual((offer.get("port", 0), offer.get("key"), offer["size"]), (0, None, 8 * MIB))
        finally:
            here.wanted["agent_options"] = options
            here.up()


class Killed(Killing, CopyCase):
    """The agent of the target is killed at random moments; what is there is whole, and the source gives up by itself."""

    @property
    def lab(self):
        return there

    def connect(self, host=None):
        self.target = super().connect(host or there)
        return self.target

    def test_pull(self):
        name = self.make(size=48 * MIB)

        def begin():
            offer = self.offer(name)
            self.task = offer["task"]
            return {**{key: offer[key] for key in ("addresses", "port", "key", "size", "allocation")}, "datastore": self.to_store, "name": name, "host": "here"}

        def check():
            self.end_offer(self.task)  # it would wait for the other host to come again
            self.assertLessEqual(set(self.files(there)), {name})
            if self.files(there):
                self.assertEqual(self.sha256(there, name), self.sha256(here, name))
                os.unlink(there.outside(f"{LOCAL}/{name}"))
            there.virsh("pool-refresh", "local")
        self.rpc = self.target
        usual = self.usual("volume.pull", **begin())
        check()
        for seconds in moments(self, usual):
            self.kill_after(seconds, "volume.pull", **begin())
            check()


class Commanded(CopyCase):
    """poolctl volume copy --from: straight, and through this computer where the way is closed."""

    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="poolctl-copy-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.save()

    def save(self, ports=None):
        servers = []
        with open(os.path.join(self.folder, "known_hosts"), "w", encoding="ascii") as known:
            for number, host in enumerate((here, there), 1):
                port = (ports or {}).get(host.name, host.port)
                with open(host.describe()["known_hosts"], encoding="ascii") as file:
                    known.write(file.read().replace(f":{host.port} ", f":{port} "))
                servers.append({"id": f"0000000{number}-0000-4000-8000-000000000000", "host": "127.0.0.1", "port": port, "user": "root", "auth": "key_file",
                                "key_file": host.key("id_ed25519"), "name": host.name, "connect_at_start": False})
        with open(os.path.join(self.folder, "settings.json"), "w", encoding="utf-8") as file:
            json.dump({"servers": servers, "values": {}}, file)

    def command(self, *words):
        return [POOLCTL, "--config", self.folder, "--output", "json", "--language", "en", "--server", there.name, "volume", "copy", "--from", here.name, *words]

    def copy(self, *words, status=0):
        done = subprocess.run(self.command(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False)
        self.assertNotIn("Sanitizer", done.stderr)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return json.loads((done.stderr if status else done.stdout).splitlines()[-1])

    def arrived(self, name, new, answer, straight):
        self.assertEqual((answer["straight"], answer["sha256"]), (straight, self.sha256(here, name)))
        self.assertEqual(self.sha256(there, new), answer["sha256"])

    def test_straight(self):
        name = self.make()
        answer = self.copy(f"local/{name}", "local/new.raw")
        self.arrived(name, "new.raw", answer, True)
        self.assertEqual(answer["size"], 8 * MIB)

    def test_through_this_computer(self):
        name = self.make(size=5 * MIB + 17)
        self.arrived(name, "wanted.raw", self.copy(f"local/{name}", "local/wanted.raw", "--through-client"), False)
        there.exec("ip", "link", "set", WIRE, "down")
        self.addCleanup(there.exec, "ip", "address", "replace", ADDRESS["there"] + "/24", "dev", WIRE)
        self.addCleanup(there.exec, "ip", "link", "set", WIRE, "up")
        self.arrived(name, "closed.raw", self.copy(f"local/{name}", "local/closed.raw"), False)
        empty = self.make("empty.raw", size=0)
        self.arrived(empty, "empty.raw", self.copy(f"local/{empty}", "local/empty.raw"), False)

    def test_through_this_computer_over_broken_connections(self):
        name = self.make(size=24 * MIB)
        for cut in (here, there):
            with self.subTest(cut=cut.name.split("-")[0]), CutProxy(cut.port) as proxy:
                self.save({cut.name: proxy.port})
                running = subprocess.Popen(self.command(f"local/{name}", f"local/{cut.name}.raw", "--through-client"), stdin=subprocess.DEVNULL,
                                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                for enough in (2 * MIB, 9 * MIB):
                    wait_for(lambda enough=enough, proxy=proxy, cut=cut: (proxy.bytes_down if cut is here else proxy.bytes_up) > enough, "some bytes", 60, 0.002)
                    proxy.cut()
                out, errors = running.communicate(timeout=300)
                self.assertEqual(running.returncode, 0, out + errors)
                self.arrived(name, f"{cut.name}.raw", json.loads(out.splitlines()[-1]), False)

    def test_through_this_computer_when_the_last_answer_is_lost(self):
        name = self.make(size=MIB)
        with CutProxy(there.port) as proxy:
            self.save({there.name: proxy.port})
            proxy.hold_answers_from = MIB
            running = subprocess.Popen(self.command(f"local/{name}", "local/new.raw", "--through-client"), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            wait_for(lambda: "new.raw" in self.files(there), "the copy to have its name", 60)
            proxy.cut()
            proxy.hold_answers_from = None
            out, errors = running.communicate(timeout=300)
        self.assertEqual(running.returncode, 0, out + errors)
        self.arrived(name, "new.raw", json.loads(out.splitlines()[-1]), False)

    def test_interrupted(self):
        name = self.make(size=64 * MIB)
        with CutProxy(here.port) as proxy:
            self.save({here.name: proxy.port})
            running = subprocess.Popen(self.command(f"local/{name}", "local/new.raw", "--through-client"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
            wait_for(lambda: proxy.bytes_down > 4 * MIB, "some bytes", 60, 0.002)
            running.send_signal(signal.SIGINT)
            self.assertEqual((running.communicate(timeout=60) and None, running.returncode), (None, 130))
        wait_for(lambda: not self.files(there), "the part file to go", 20, 0.1)

    def test_refused(self):
        name = self.make()
        self.copy(f"local/{name}", "local/new.raw")
        self.assertEqual(self.copy(f"local/{name}", "local/new.raw", status=1)["error"]["name"], "VOLUME_EXISTS")
        self.assertEqual(self.copy(f"local/{name}", "local/new.raw", "--through-client", status=1)["error"]["name"], "VOLUME_EXISTS")
        self.copy(f"local/{name}", "local/b.raw", "--format", "qcow2", status=2)
        self.copy("local/nothing.raw", "local/b.raw", status=3)


if __name__ == "__main__":
    unittest.main()
