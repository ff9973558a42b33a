# SPDX-License-Identifier: GPL-3.0-or-later
"""Real hypervisor hosts on this machine, for tests, the demo and the bench.

A host is an own sshd on a loopback port, an own libvirtd with QEMU in an own network, the agent, and
private copies of every folder these write to (sandbox.py makes the namespaces).  Nothing of the
machine's own libvirt, sshd, accounts or network is touched.  Needs root.

    from lab import Host
    with Host("mine", agent="build/linux/agent/poolagentd") as host:
        host.virsh("list", "--all")

All state is in the base folder (default /run/poolcenter-lab/NAME), so another process can come back
to the same host with Host.attach("mine").  tests/README.md lists the whole interface.
"""
import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import accounts
import daemons
from sandbox import PRIVATE_FOLDERS

ROOT = "/run/poolcenter-lab"
DATA_ROOT = "/var/tmp/poolcenter-lab"
DATASTORES = "/srv/poolcenter-lab"
URI = "qemu:///system"
HERE = os.path.dirname(os.path.abspath(__file__))


class LabError(Exception):
    """A host could not do what was asked; the text is for a person."""


def wait_for(condition, what, timeout=10.0, step=0.02):
    """Call `condition` until it gives something true, and return that; raise LabError at the end."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise LabError(f"waited {timeout:.0f} s in vain for {what}")
        time.sleep(step)


def free_port(first=0, last=0):
    """A loopback port nobody listens on: the kernel's choice, or the first free one of a range."""
    for port in range(first, last + 1) if first else (0,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return probe.getsockname()[1]
            except OSError:
                continue
    raise LabError(f"no free port between {first} and {last}")


def start_time(pid):
    """The kernel's start time of a process, or None: tells a reused process id from the old one."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


class Host:
    """One host.  Methods raise LabError (setup) or CalledProcessError (a command inside failed)."""

    def __init__(self, name="default", *, port=0, agent=None, base=None, data=None,
                 agent_options=None, libvirt=True, hostname=None):
        self.name = name
        self.hostname = hostname or name
        self.base = os.path.abspath(base or os.path.join(ROOT, name))
        self.data = os.path.abspath(data or os.path.join(DATA_ROOT, name))
        self.wanted = {"port": port, "agent": os.path.abspath(agent) if agent else None,
                       "agent_options": dict(agent_options or {}), "libvirt": libvirt}
        self.state = {}

    # -- life ------------------------------------------------------------------------------------

    @classmethod
    def attach(cls, name="default", base=None):
        """The running host of that name, started by whoever."""
        host = cls(name, base=base)
        if not host.load():
            raise LabError(f"the lab host '{name}' is not running: start it with tests/lab/host.py up")
        return host

    def __enter__(self):
        return self.up()

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                self.stop_agent()
                self.check_logs()
        finally:
            self.down()

    def up(self):
        """Start the host, or join it when it runs already.  Returns self."""
        if os.geteuid() != 0:
            raise LabError("a lab host needs root: namespaces, bind mounts, libvirtd")
        with self.locked():
            if not self.load():
                self.remove_remains()
                try:
                    self.create()
                except BaseException:
                    self.remove_remains()
                    raise
            self.start_missing()
        return self

    def down(self):
        """End the host and remove all it wrote.  Works on a crashed or half-made one, too."""
        with self.locked():
            self.load()
            self.remove_remains()

    @contextlib.contextmanager
    def locked(self):
        """Keep every other `up` and `down` out: hosts share the machine's mount points."""
        os.makedirs(os.path.dirname(self.base), mode=0o755, exist_ok=True)
        with open(os.path.join(os.path.dirname(self.base), ".lock"), "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def state_file(self):
        return os.path.join(self.base, "state.json")

    def load(self):
        """Read the state of a running host; False if there is none."""
        try:
            with open(self.state_file(), encoding="utf-8") as file:
                self.state = json.load(file)
        except (OSError, ValueError):
            return False
        self.data = self.state["data"]
        return self.alive()

    def save(self):
        temporary = self.state_file() + ".new"
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(self.state, file, indent=1)
        os.replace(temporary, self.state_file())

    def alive(self):
        pid = self.state.get("init")
        return bool(pid) and start_time(pid) == self.state["init_started"]

    def create(self):
        """Make folders, accounts, keys and namespaces; the daemons follow in start_missing()."""
        self.make_folders()
        self.state = {"name": self.name, "data": self.data, "agent": None,
                      "port": self.wanted["port"] or free_port(),
                      "libvirt": self.wanted["libvirt"], "agent_options": {}}
        accounts.write(self)
        daemons.write_configs(self)
        starter = subprocess.run([sys.executable, os.path.join(HERE, "sandbox.py"), self.base, self.hostname],
                                 stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
        word, _, rest = starter.stdout.strip().partition(" ")
        if word != "ok":
            raise LabError(f"cannot make the namespaces of '{self.name}': {rest}")
        self.state.update(init=int(rest), init_started=start_time(int(rest)))
        self.save()

    def make_folders(self):
        os.makedirs(self.base, mode=0o755)
        os.makedirs(self.data, mode=0o755, exist_ok=True)
        shutil.copytree("/etc", os.path.join(self.base, "etc"), symlinks=True)
        os.symlink(self.data, os.path.join(self.base, "srv"))
        for place, folder in PRIVATE_FOLDERS:
            if not os.path.isdir(place):
                os.makedirs(place)
                with open(os.path.join(os.path.dirname(self.base), ".made"), "a", encoding="utf-8") as made:
                    made.write(place + "\n")
            os.makedirs(os.path.join(self.base, folder), mode=0o755, exist_ok=True)
        for folder in ("log", "client", "srv/bin", "srv/home", "srv/poolcenter-lab/local", "srv/tmp",
                       "usr/local/bin", "usr/local/sbin"):
            os.makedirs(os.path.join(self.base, folder), mode=0o755, exist_ok=True)
        os.chmod(os.path.join(self.base, "srv/tmp"), 0o1777)

    def start_missing(self):
        """Start what does not run: everything at first, and what crashed or was stopped later."""
        changed = False
        if self.state["libvirt"] and not self.pids("libvirtd"):
            daemons.start_libvirtd(self)
        if not self.sshd_pid():
            self.start_sshd()
        if self.wanted["agent"]:
            changed = (self.state["agent"] != self.wanted["agent"]
                       or self.state["agent_options"] != self.wanted["agent_options"])
            self.state["agent"] = self.wanted["agent"]
            self.state["agent_options"] = self.wanted["agent_options"]
            self.save()
        if self.state["agent"] and (changed or not self.agent_pid()):
            self.restart_agent()

    def remove_remains(self):
        """Kill the namespaces, wait for the kernel to finish, remove the folders."""
        if self.alive():
            os.kill(self.state["init"], signal.SIGKILL)
            wait_for(lambda: not self.alive(), f"the processes of '{self.name}' to end", 20)
        self.state = {}
        # Only what this class made is removed: a base without our marks is somebody's folder.
        if os.path.islink(os.path.join(self.base, "srv")):
            self.data = os.path.realpath(os.path.join(self.base, "srv"))
            shutil.rmtree(self.data, ignore_errors=True)
        if os.path.isdir(os.path.join(self.base, "client")) or os.path.isdir(os.path.join(self.base, "etc")):
            shutil.rmtree(self.base)
        with contextlib.suppress(OSError):
            os.rmdir(DATA_ROOT)
        self.remove_mount_points()

    def remove_mount_points(self):
        """Take back empty folders made on the machine as mount points, once no host is left.

        Removing one while a host has it mounted would tear the mount out of that host.
        """
        root = os.path.dirname(self.base)
        made = os.path.join(root, ".made")
        if any(os.path.isdir(os.path.join(root, name)) for name in os.listdir(root)):
            return
        if os.path.exists(made):
            with open(made, encoding="utf-8") as file:
                for place in set(file.read().split()):
                    with contextlib.suppress(OSError):
                        os.rmdir(place)
            os.unlink(made)

    # -- what it is ------------------------------------------------------------------------------

    @property
    def port(self):
        return self.state["port"]

    def key(self, name="id_ed25519"):
        """A client's private key file: id_ed25519, id_ecdsa, id_rsa (PEM), id_ed25519_pass (passphrase)."""
        return os.path.join(self.base, "client", name)

    def fingerprint(self):
        """The host key's fingerprint as OpenSSH prints it: SHA256:..."""
        return accounts.fingerprint(os.path.join(self.base, "etc/ssh/ssh_host_ed25519_key.pub"))

    def describe(self):
        """What a client or a script needs to know, ready for JSON."""
        return {
            "name": self.name, "host": "127.0.0.1", "port": self.port,
            "user": accounts.OPERATOR, "password": accounts.PASSWORD,
            "users": accounts.USERS_BY_NAME, "key_file": self.key(),
            "key_files": {name: self.key(name) for name in accounts.CLIENT_KEYS},
            "key_passphrase": accounts.PASSPHRASE,
            "fingerprint": self.fingerprint(), "known_hosts": os.path.join(self.base, "client/known_hosts"),
            "uri": URI, "socket": daemons.AGENT_SOCKET, "datastores": DATASTORES,
            "datastores_outside": os.path.join(self.data, "poolcenter-lab"),
            "base": self.base, "logs": os.path.join(self.base, "log"),
            "pids": {"init": self.state["init"], "sshd": self.sshd_pid(), "agent": self.agent_pid(),
                     "libvirtd": (self.pids("libvirtd") or [None])[0]},
            "exec": self.prefix(), "virsh": self.prefix() + ["virsh", "-q", "-c", URI],
        }

    def outside(self, path):
        """Where a path under /srv of the host is found on the machine."""
        if not os.path.abspath(path).startswith("/srv/"):
            raise LabError(f"{path} is not under /srv, which is all the machine sees of the host")
        return os.path.join(self.data, os.path.relpath(path, "/srv"))

    def agent_socket(self):
        """The agent's socket, as a file of the machine."""
        return f"/proc/{self.state['init']}/root{daemons.AGENT_SOCKET}"

    def log(self, which="agent"):
        """A log's text: agent, sshd or libvirtd."""
        try:
            with open(os.path.join(self.base, "log", which + ".log"), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def check_logs(self):
        """Raise if a sanitizer complained in the agent."""
        for line in self.log("agent").splitlines():
            if "Sanitizer" in line or "runtime error:" in line:
                raise LabError("the agent's sanitizer says:\n" + self.log("agent")[-8000:])

    # -- running things inside -------------------------------------------------------------------

    def prefix(self, network=True):
        """The command that runs the rest of its line inside."""
        spaces = ["--mount", "--uts", "--pid"] + (["--net"] if network else [])
        return ["nsenter", "--target", str(self.state["init"]), *spaces, "--wd=/", "--",
                "env", "PATH=" + daemons.PATH]

    def popen(self, *command, network=True, **options):
        """subprocess.Popen inside; network=False keeps the machine's network."""
        return subprocess.Popen(self.prefix(network) + list(command), **options)

    def exec(self, *command, check=True, input=None, timeout=60, network=True):
        """Run a command inside and return its output; with check=False, the CompletedProcess."""
        done = subprocess.run(self.prefix(network) + list(command), capture_output=True, text=True,
                              input=input, stdin=subprocess.DEVNULL if input is None else None,
                              timeout=timeout)
        if not check:
            return done
        if done.returncode != 0:
            raise LabError(f"{' '.join(command)} exited with {done.returncode} on '{self.name}':\n"
                           f"{done.stdout}{done.stderr}")
        return done.stdout

    def virsh(self, *arguments, check=True, input=None, timeout=60):
        """virsh on the host, without its decoration; the output, stripped."""
        done = self.exec("virsh", "-q", "-c", URI, *arguments, check=check, input=input, timeout=timeout)
        return done.strip() if check else done

    def processes(self):
        """All processes of the host as dicts {pid, inside, parent, name, command}, ids of the machine."""
        wanted = os.stat(f"/proc/{self.state['init']}/ns/pid").st_ino
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{entry}/ns/pid").st_ino == wanted:
                    found.append(read_process(entry))
        return [process for process in found if process["state"] != "Z"]

    def pids(self, name):
        return sorted(process["pid"] for process in self.processes() if process["name"] == name)

    def pid_in_file(self, path):
        """The machine's id of the process whose pid file (inside) is given, or None."""
        inside = self.exec("cat", path, check=False).stdout.strip()
        return next((p["pid"] for p in self.processes() if str(p["inside"]) == inside), None)

    def mount_small(self, path, size="64M"):
        """Mount a file system of that size at a folder of the host: for tests of full disks."""
        self.exec("mkdir", "-p", path)
        self.exec("mount", "-t", "tmpfs", "-o", f"size={size}", "lab-small", path)

    def stop(self, pids, signal_number=signal.SIGTERM, timeout=10):
        """Signal processes (ids of the machine) and wait until they are gone."""
        started = {pid: start_time(pid) for pid in pids}
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal_number)
        wait_for(lambda: all(start_time(p) is None or start_time(p) != started[p] for p in pids),
                 f"processes {list(pids)} to end", timeout)

    # -- the agent -------------------------------------------------------------------------------

    def agent_pid(self):
        """The serving agent (not the `connect` helpers), or None."""
        return next((p["pid"] for p in self.processes()
                     if "/srv/bin/poolagentd" in p["command"][:2] and "serve" in p["command"][1:3]), None)

    def start_agent(self):
        daemons.start_agent(self)

    def stop_agent(self):
        """End it politely (SIGTERM), so that sanitizers report."""
        pid = self.agent_pid()
        if pid:
            self.stop([pid])

    def kill_agent(self):
        """SIGKILL, as a crash would."""
        pid = self.agent_pid()
        if pid:
            self.stop([pid], signal.SIGKILL)

    def restart_agent(self, agent=None):
        """Stop it, install the binary (again), start it and wait until it listens."""
        if agent:
            self.state["agent"] = os.path.abspath(agent)
            self.save()
        if not self.state["agent"]:
            raise LabError("no agent was named: up --agent FILE")
        self.stop_agent()
        daemons.install_agent(self)
        daemons.start_agent(self)

    # -- sshd ------------------------------------------------------------------------------------

    def sshd_pid(self):
        """The listening sshd, or None."""
        return next((p["pid"] for p in self.processes() if p["name"] == "sshd" and "[listener]" in
                     " ".join(p["command"])), None)

    def start_sshd(self):
        daemons.start_sshd(self)

    def stop_sshd(self, sessions=False):
        """Stop listening; with sessions=True the open connections end, too."""
        pid = self.sshd_pid()
        if pid:
            self.stop([pid])
        if sessions:
            self.kill_ssh_children()

    def ssh_children(self):
        """The processes that hold clients' connections."""
        listener = self.sshd_pid()
        return [pid for pid in self.pids("sshd") if pid != listener]

    def kill_ssh_children(self):
        """Cut every client's connection; returns how many processes went."""
        children = self.ssh_children()
        self.stop(children, signal.SIGKILL)
        return len(children)

    def freeze_ssh(self, frozen=True):
        """Stop (or continue) the connections' processes: the network that says nothing any more."""
        for pid in self.ssh_children():
            os.kill(pid, signal.SIGSTOP if frozen else signal.SIGCONT)

    def change_host_key(self):
        """New host key, sshd restarted; returns the new fingerprint."""
        self.stop_sshd()
        accounts.make_host_key(self)
        self.start_sshd()
        return self.fingerprint()

    # -- libvirtd --------------------------------------------------------------------------------

    def start_libvirtd(self):
        daemons.start_libvirtd(self)

    def stop_libvirtd(self):
        """Stop the daemon; guests keep running, as on a real host."""
        self.stop(self.pids("libvirtd"))


def read_process(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        command = file.read().decode(errors="replace").rstrip("\0").split("\0")
    return {"pid": int(pid), "inside": int(status["NSpid"].split()[-1]), "parent": int(status["PPid"]),
            "name": status["Name"], "state": status["State"][0], "command": command}


class CutProxy:
    """A TCP forwarder to a host that can count, slow down, stall and cut: faults at a chosen byte.

        with CutProxy(host.port) as proxy:
            proxy.cut_after_up = 1_000_000      # bytes from client to host, then both sides are reset
            connect_to("127.0.0.1", proxy.port)
    """

    def __init__(self, target_port, listen_port=0):
        import threading
        self.target = target_port
        self.cut_after_up = None
        self.hold_answers_from = None  # bytes from client to host; from there on nothing comes back, until this is None again
        self.bytes_up = 0
        self.bytes_down = 0
        self.delay = 0.0
        self.stalled = threading.Event()
        self.pairs = []
        self.threading = threading
        self.listener = socket.create_server(("127.0.0.1", listen_port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        # Closing alone would leave the thread in accept().
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()

    def cut(self):
        """Reset every connection now."""
        for pair in self.pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
        self.pairs.clear()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            self.pairs.append((client, server))
            for source, sink, up in ((client, server, True), (server, client, False)):
                self.threading.Thread(target=self.pump, args=(source, sink, up), daemon=True).start()

    def pump(self, source, sink, up):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                while self.stalled.is_set() or (not up and self.holds_answers()):
                    time.sleep(0.01)
                if self.delay:
                    time.sleep(self.delay)
                if not self.forward(data, sink, up):
                    self.cut()
                    break
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def holds_answers(self):
        limit = self.hold_answers_from
        return limit is not None and self.bytes_up >= limit

    def forward(self, data, sink, up):
        """Pass the data on; False when the byte to cut at was among them."""
        limit = self.cut_after_up if up else None
        cut = limit is not None and self.bytes_up + len(data) >= limit
        if cut:
            data = data[:max(0, limit - self.bytes_up)]
            self.cut_after_up = None
        sink.sendall(data)
        if up:
            self.bytes_up += len(data)
        else:
            self.bytes_down += len(data)
        return not cut
