#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated hosts for the bench: real SSH (one `sshd -i` per connection, on 127.0.1.N), behind it agents that answer with made-up inventories.

The answers are encoded before anyone connects, so that what is measured is the client. As a program: reads commands from stdin
("delta COUNT PAUSE_MS", "quit") and prints JSON lines ("ready", "sent": when the last inventory was written).
"""
import argparse
import json
import os
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

SSHD = "/usr/sbin/sshd"
CONFIG = """
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
StrictModes no
UsePAM no
PidFile none
PermitRootLogin yes
PasswordAuthentication no
AllowStreamLocalForwarding yes
LogLevel ERROR
"""


def free_port():
    """A port that is free on every loopback address of the hosts."""
    with socket.create_server(("0.0.0.0", 0)) as probe:
        return probe.getsockname()[1]


def uuid(kind, host, number):
    return f"{kind:08x}-{host:04x}-4000-8000-{number:012x}"


def make_vm(host, number, state="running", description=""):
    return {
        "id": uuid(1, host, number), "name": f"vm-{host:03d}-{number:04d}", "driver": "qemu", "kind": "machine", "state": state,
        "description": description or f"Simulated guest {number} of host {host}", "guest": "debian12", "vcpus": 2, "memory": 2 << 30,
        "firmware": "bios", "autostart": True, "console": True, "started": 1700000000000,
        "disks": [
            {"target": "vda", "device": "disk", "bus": "virtio", "datastore": uuid(2, host, 0), "volume": f"vm-{host:03d}-{number:04d}.qcow2",
             "path": f"/srv/vm/vm-{host:03d}-{number:04d}.qcow2", "format": "qcow2", "capacity": 20 << 30},
            {"target": "sda", "device": "cdrom", "bus": "sata", "readonly": True},
        ],
        "nics": [{"mac": f"52:54:00:{host:02x}:{number >> 8:02x}:{number & 255:02x}", "model": "virtio", "network": "default"}],
    }


def make_inventory(host, vms):
    methods = ["vm.start", "vm.shutdown"]
    return {
        "epoch": uuid(9, host, 0), "revision": 1, "full": True,
        "host": {"id": uuid(0, host, 0), "name": f"host{host:03d}", "os": "Debian GNU/Linux 12 (bookworm)", "kernel": "6.1.0", "agent_version": "0.1.0",
                 "libvirt_version": "9.0.0", "cpu_model": "Simulated", "cpu_sockets": 2, "cpu_cores": 32, "cpu_threads": 64, "memory": 512 << 30,
                 "memory_free": 128 << 30, "boot_time": 1700000000000,
                 "drivers": [{"name": "qemu", "uri": "qemu:///system", "version": "7.2", "kvm": True, "uefi": True, "max_vcpus": 255}]},
        "vms": [make_vm(host, number, "running" if number % 3 else "off") for number in range(vms)],
        "datastores": [{"id": uuid(2, host, number), "name": f"store{number}", "type": "dir", "path": f"/srv/store{number}", "state": "active",
                        "capacity": 1 << 40, "allocation": 1 << 39, "available": 1 << 39, "autostart": True, "content": 1} for number in range(2)],
        "networks": [{"id": uuid(3, host, 0), "name": "default", "bridge": "virbr0", "mode": "nat", "active": True}],
    }, methods


def encode(value):
    return json.dumps(value, separators=(",", ":")).encode()


class Agent:
    """One simulated host: what it answers."""

    def __init__(self, number, vms):
        inventory, _ = make_inventory(number, vms)
        self.number = number
        self.vms = vms
        self.revision = 1
        self.inventory = encode(inventory)
        self.hello = encode({"protocol": 1, "agent_version": "0.1.0", "host_id": uuid(0, number, 0), "host_name": f"host{number:03d}", "user": "root",
                             "role": "admin", "methods": []})
        self.control = None

    def answer(self, method):
        if method == "hello":
            return self.hello
        if method == "inventory.subscribe":
            return self.inventory
        if method == "volume.list":
            return b'{"content":1,"total":0}'
        return None

    def delta(self):
        """An event that tells when it was sent, in the description of the first VM."""
        self.revision += 1
        vm = make_vm(self.number, 0, "paused" if self.revision % 2 else "running", f"sent {time.monotonic_ns() // 1000}")
        return b'{"jsonrpc":"2.0","method":"inventory.changed","params":' + encode(
            {"epoch": uuid(9, self.number, 0), "revision": self.revision, "vms": [vm]}) + b"}\n"


class Connection:
    def __init__(self, agent, stream):
        self.agent = agent
        self.stream = stream
        self.input = b""
        self.opened = False

    def readable(self):
        """False at the end."""
        data = self.stream.recv(65536)
        self.input += data
        while b"\n" in self.input:
            line, self.input = self.input.split(b"\n", 1)
            self.take(line)
        return bool(data)

    def take(self, line):
        if not self.opened:
            self.opened = True
            self.agent.control = self.stream
            self.stream.sendall(b"POOLAGENT READY {}\n")
            return
        request = json.loads(line)
        result = self.agent.answer(request["method"])
        head = b'{"jsonrpc":"2.0","id":%d,' % request["id"]
        if result is None:
            self.stream.sendall(head + b'"error":{"code":-32601,"message":"The agent does not know this method."}}\n')
            return
        self.stream.sendall(head + b'"result":' + result + b"}\n")


class SimHosts:
    def __init__(self, hosts, vms, port):
        self.port = port
        self.folder = tempfile.mkdtemp(prefix="poolcenter-sim-")
        self.agents = [Agent(number, vms) for number in range(hosts)]
        self.selector = selectors.DefaultSelector()
        self.subscribed = 0
        self.last_sent = 0.0
        self.children = []
        self.make_keys()
        for agent in self.agents:
            self.listen(agent)
        self.ending = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def make_keys(self):
        for name in ("host_key", "user_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", os.path.join(self.folder, name)], check=True)
        with open(os.path.join(self.folder, "sshd_config"), "w", encoding="utf-8") as file:
            file.write(CONFIG.format(folder=self.folder))
        os.makedirs("/run/sshd", exist_ok=True)

    def address(self, agent):
        return f"127.0.1.{agent.number + 1}"

    def socket_path(self, agent):
        return os.path.join(self.folder, f"{agent.number}.sock")

    def listen(self, agent):
        tcp = socket.create_server((self.address(agent), self.port), backlog=16)
        unix = socket.socket(socket.AF_UNIX)
        unix.bind(self.socket_path(agent))
        unix.listen(16)
        self.selector.register(tcp, selectors.EVENT_READ, self.accept_ssh)
        self.selector.register(unix, selectors.EVENT_READ, lambda listener: self.accept_agent(listener, agent))

    def accept_ssh(self, listener):
        stream, _ = listener.accept()
        child = subprocess.Popen([SSHD, "-i", "-f", os.path.join(self.folder, "sshd_config")], stdin=stream, stdout=stream, stderr=subprocess.DEVNULL)
        stream.close()
        self.children = [each for each in self.children if each.poll() is None] + [child]

    def accept_agent(self, listener, agent):
        stream, _ = listener.accept()
        connection = Connection(agent, stream)

        def read(_):
            try:
                going_on = connection.readable()
            except OSError:
                going_on = False
            self.last_sent = time.time()
            if not going_on:
                self.selector.unregister(stream)
                stream.close()
        self.selector.register(stream, selectors.EVENT_READ, read)

    def run(self):
        while not self.ending:
            for key, _ in self.selector.select(0.1):
                key.data(key.fileobj)
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()

    def send_deltas(self, count, pause):
        for i in range(count):
            agent = self.agents[i * 7 % len(self.agents)]
            if agent.control:
                agent.control.sendall(agent.delta())
            time.sleep(pause)

    def known_hosts(self):
        with open(os.path.join(self.folder, "host_key.pub"), encoding="utf-8") as file:
            key = " ".join(file.read().split()[:2])
        return "".join(f"[{self.address(agent)}]:{self.port} {key}\n" for agent in self.agents)

    def settings(self):
        """The settings of a client that knows all of them and connects when it starts."""
        return {"values": {}, "servers": [
            {"id": uuid(8, agent.number, 0), "host": self.address(agent), "port": self.port, "user": "root", "auth": "key_file",
             "key_file": os.path.join(self.folder, "user_key"), "agent_socket": self.socket_path(agent), "connect_at_start": True} for agent in self.agents]}

    def write_client_folder(self, folder):
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "settings.json"), "w", encoding="utf-8") as file:
            json.dump(self.settings(), file)
        with open(os.path.join(folder, "known_hosts"), "w", encoding="utf-8") as file:
            file.write(self.known_hosts())

    def close(self):
        self.ending = True
        self.thread.join()
        for child in self.children:
            child.kill()
            child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--vms", type=int, default=100, help="per host")
    parser.add_argument("--port", type=int, default=22990)
    parser.add_argument("--client", required=True, help="settings folder to write")
    options = parser.parse_args()
    with SimHosts(options.hosts, options.vms, options.port) as hosts:
        hosts.write_client_folder(options.client)
        print(json.dumps({"ready": True}), flush=True)
        for line in sys.stdin:
            words = line.split()
            if words[:1] == ["quit"]:
                break
            if words[:1] == ["delta"]:
                hosts.send_deltas(int(words[1]), int(words[2]) / 1000)
            print(json.dumps({"sent": hosts.last_sent}), flush=True)


if __name__ == "__main__":
    main()
