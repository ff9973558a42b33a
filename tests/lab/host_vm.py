# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with a kernel and an init of its own: a small Debian in QEMU, for what namespaces cannot give (LVM, NFS, SMB, iSCSI, VLANs, bonds, systemd).

    from host_vm import HostVm
    with HostVm(agent="build/linux/agent/poolagentd") as host:
        host.exec("vgs")

It begins where host_vm_image.py left it, with everything started, so that it answers ssh within seconds; what it writes is gone at the end.
One runs at a time on a machine. The interface is that of lab.Host, as far as a machine behind ssh can have it.
"""
import contextlib
import fcntl
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import accounts
import daemons
import host_vm_image
from host_vm_image import Unavailable
from lab import DATASTORES, URI, LabError, free_port, wait_for

MEMORY = "1024M"
FIRST_BOOT = 600  # seconds; by emulation, beside other work
AGENT = "/usr/sbin/poolagentd"
AGENT_LOG = "/var/log/lab/agent.log"
DROP_IN = "/etc/systemd/system/poolagentd.service.d/lab.conf"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Leaks are not looked for: that needs ptrace, which the unit forbids.
AGENT_DROP_IN = f"""[Service]
Environment=ASAN_OPTIONS=detect_leaks=0
StandardOutput=append:{AGENT_LOG}
StandardError=append:{AGENT_LOG}
Restart=no
TimeoutStopSec=60
"""


class Machine:
    """The QEMU process: started on a folder of the image with a disk of its own, or (state=False) booted on the image's disk itself."""

    def __init__(self, image, base, state=True):
        self.image = image
        self.base = base
        self.port = free_port()
        self.monitor = None
        self.process = None
        root = os.path.join(image, "root.qcow2")
        if state:
            root = self.overlay(root)
        self.start(root, state)

    def overlay(self, root):
        path = os.path.join(self.base, "root.qcow2")
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", root, path], check=True)
        return path

    def start(self, root, state):
        """intel_iommu: devices can be given to guests. no_timer_check: a busy machine loses so many ticks that the kernel would give up at once."""
        command = ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", MEMORY,
                   "-display", "none", "-nodefaults", "-no-user-config", "-device", "intel-iommu,intremap=on", "-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng",
                   "-kernel", f"{self.image}/vmlinuz", "-initrd", f"{self.image}/initrd",
                   "-append", "root=LABEL=root ro console=ttyS0 quiet mitigations=off audit=0 random.trust_cpu=on intel_iommu=on iommu=pt no_timer_check",
                   "-serial", f"file:{self.base}/serial.log", "-qmp", f"unix:{self.base}/qmp,server=on,wait=off",
                   "-netdev", f"user,id=mgmt,restrict=on,hostfwd=tcp:127.0.0.1:{self.port}-10.0.2.15:22",
                   "-device", "virtio-net-pci,netdev=mgmt,mac=52:54:00:7c:00:00",
                   "-device", "qemu-xhci,id=usb", "-netdev", "hubport,id=given,hubid=2", "-device", "e1000e,netdev=given,mac=52:54:00:7c:01:00",
                   *self.drive("root", root)]
        for name in host_vm_image.DISKS:
            path = os.path.join(self.base, name + ".qcow2")
            subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path, str(host_vm_image.DISK_SIZE)], check=True)
            command += self.drive(name, path)
        for number in range(1, host_vm_image.LAN_CARDS + 1):
            command += ["-netdev", f"hubport,id=lan{number},hubid=1", "-device", f"virtio-net-pci,netdev=lan{number},mac=52:54:00:7c:00:{number:02x}"]
        if state:
            command += ["-incoming", "exec:cat " + shlex.quote(f"{self.image}/state")]
        with open(os.path.join(self.base, "qemu.log"), "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=end_with_parent)

    @staticmethod
    def drive(name, path):
        return ["-drive", f"if=none,id={name},file={path},format=qcow2,cache=unsafe,discard=unmap", "-device", f"virtio-blk-pci,drive={name},serial={name}"]

    def said(self):
        return self.read("qemu.log")[-2000:] + self.read("serial.log")[-2000:]

    def read(self, name):
        with contextlib.suppress(OSError), open(os.path.join(self.base, name), encoding="utf-8", errors="replace") as file:
            return file.read()
        return ""

    def qmp(self, name, **arguments):
        if not self.monitor:
            self.connect()
        self.monitor.write(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        self.monitor.flush()
        while True:
            line = self.monitor.readline()
            if not line:
                raise LabError("the host VM has ended: " + self.said())
            answer = json.loads(line)
            if "error" in answer:
                raise LabError(f"{name}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def connect(self):
        path = os.path.join(self.base, "qmp")
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(300)

        def reached():
            if self.process.poll() is not None:
                raise LabError("the host VM does not start: " + self.said())
            return connection.connect_ex(path) == 0

        wait_for(reached, "QEMU's monitor", 30)
        self.monitor = connection.makefile("rwb")
        connection.close()
        self.monitor.readline()
        self.qmp("qmp_capabilities")

    def save(self, path):
        """Write the memory as it is now; the disk stays as it is, for the machine does not go on."""
        self.qmp("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
        self.qmp("migrate", uri="exec:cat > " + shlex.quote(path))
        wait_for(lambda: self.migrated("completed"), "the state to be written", 300, 0.2)
        self.qmp("quit")
        self.process.wait(30)

    def migrated(self, wanted):
        status = self.qmp("query-migrate").get("status")
        if status == "failed":
            raise LabError("the state of the host VM cannot be written or read: " + self.said())
        return status == wanted

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def end_with_parent():
    """A machine never outlives its test, however that ends."""
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def first_boot(folder):
    """For host_vm_image: start what was packed, wait until everything in it runs, keep its memory."""
    host = HostVm(folder=folder)
    with contextlib.ExitStack() as stack:
        host.make_base(stack)
        host.machine = Machine(folder, host.base, state=False)
        stack.callback(host.machine.end)
        try:
            host.prepare_ssh()
            wait_for(host.answers, "the host VM's first boot", FIRST_BOOT, 1)
            wait_for(host.settled, "everything in the host VM to start", FIRST_BOOT, 1)
        except LabError as error:
            raise Unavailable(f"{error}\n{host.machine.said()}") from None
        daemons.start_network(host)
        daemons.start_datastore(host)
        host.exec("sh", "-c", "sync; echo 3 > /proc/sys/vm/drop_caches")
        host.close_ssh()
        host.machine.save(os.path.join(folder, "state"))


class HostVm:
    """One at a time; methods raise LabError. Unavailable when there can be none here: tests are skipped with its text."""

    def __init__(self, *, agent=None, agent_options=None, folder=None, name=host_vm_image.HOST_NAME):
        self.name = name
        self.hostname = host_vm_image.HOST_NAME
        self.agent = os.path.abspath(agent) if agent else None
        self.agent_options = dict(agent_options or {})
        self.image = folder
        self.base = None
        self.machine = None
        self.stack = contextlib.ExitStack()

    # -- life ------------------------------------------------------------------------------------

    def __enter__(self):
        return self.up()

    def __exit__(self, kind, error, trace):
        try:
            if kind is None and self.agent:
                self.stop_agent()
                self.check_logs()
        finally:
            self.down()

    def up(self):
        self.image = host_vm_image.folder(first_boot)
        try:
            self.stack.enter_context(alone())
            self.make_base(self.stack)
            self.machine = Machine(self.image, self.base)
            self.stack.callback(self.machine.end)
            self.prepare_ssh()
            self.wake()
            if self.agent:
                self.restart_agent()
        except BaseException:
            self.down()
            raise
        return self

    def down(self):
        self.close_ssh()
        self.stack.close()

    def make_base(self, stack):
        self.base = tempfile.mkdtemp(prefix="pc-vm-")
        os.chmod(self.base, 0o755)
        stack.callback(shutil.rmtree, self.base, ignore_errors=True)

    def wake(self):
        """Until it answers; then tell it the time, which stood still for it."""
        wait_for(lambda: self.machine.migrated("completed"), "the host VM's memory to be read", 120, 0.05)
        if self.machine.qmp("query-status")["status"] != "running":
            self.machine.qmp("cont")
        wait_for(self.answers, "the host VM to answer ssh", 120, 0.2)
        self.exec("sh", "-c", f"date -s @{time.time():.0f}; dmesg -C; dd if=/dev/hwrng of=/dev/urandom bs=64 count=1 status=none")

    def answers(self):
        if self.machine.process.poll() is not None:
            raise LabError("the host VM has ended: " + self.machine.said())
        return subprocess.run(self.ssh("-o", "ConnectTimeout=20", "root@127.0.0.1", "true"), stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0

    def settled(self):
        return (self.exec("systemctl", "list-jobs", "--no-legend", check=False).stdout.strip() in ("", "No jobs running.")
                and self.exec("systemctl", "is-active", *host_vm_image.ON, check=False).returncode == 0
                and self.virsh("uri", check=False).returncode == 0)

    # -- ssh -------------------------------------------------------------------------------------

    def prepare_ssh(self):
        client = os.path.join(self.base, "client")
        shutil.copytree(os.path.join(self.image, "client"), client)
        with open(os.path.join(client, "host_key.pub"), encoding="ascii") as file:
            kind, blob = file.read().split()[:2]
        with open(os.path.join(client, "known_hosts"), "w", encoding="ascii") as file:
            file.write(f"[127.0.0.1]:{self.port} {kind} {blob}\n")

    def ssh(self, *words):
        """ssh over one connection that stays."""
        return ["ssh", "-F", "none", "-q", "-p", str(self.port), "-i", self.key(), "-o", "IdentitiesOnly=yes",
                "-o", f"UserKnownHostsFile={self.base}/client/known_hosts", "-o", "BatchMode=yes",
                "-o", "ControlMaster=auto", "-o", f"ControlPath={self.base}/ssh", "-o", "ControlPersist=yes", *words]

    def close_ssh(self):
        if self.base and os.path.exists(os.path.join(self.base, "ssh")):
            subprocess.run(self.ssh("-O", "exit", "root@127.0.0.1"), capture_output=True, check=False)

    def forward(self, inside, outside):
        """A Unix socket of the host as one of the machine."""
        forwarding = f"{outside}:{inside}"
        subprocess.run(self.ssh("-O", "cancel", "-L", forwarding, "root@127.0.0.1"), check=False, capture_output=True)  # or it would be there already
        with contextlib.suppress(FileNotFoundError):
            os.unlink(outside)
        subprocess.run(self.ssh("-O", "forward", "-L", forwarding, "root@127.0.0.1"), check=True, capture_output=True)

    # -- what it is ------------------------------------------------------------------------------

    @property
    def port(self):
        return self.machine.port

    def key(self, name="id_ed25519"):
        return os.path.join(self.base, "client", name)

    def fingerprint(self):
        return accounts.fingerprint(os.path.join(self.base, "client/host_key.pub"))

    def agent_socket(self):
        """The agent's socket, as a file of the machine: every connection goes through sshd."""
        return os.path.join(self.base, "agent.sock")

    def describe(self):
        return {
            "name": self.name, "host": "127.0.0.1", "port": self.port, "user": accounts.OPERATOR, "password": accounts.PASSWORD,
            "users": accounts.USERS_BY_NAME, "key_file": self.key(), "key_files": {name: self.key(name) for name in accounts.CLIENT_KEYS},
            "key_passphrase": accounts.PASSPHRASE, "fingerprint": self.fingerprint(), "known_hosts": os.path.join(self.base, "client/known_hosts"),
            "uri": URI, "socket": daemons.AGENT_SOCKET, "datastores": DATASTORES, "base": self.base,
            "pids": {"qemu": self.machine.process.pid},
        }

    def log(self, which="agent"):
        return self.exec("cat", f"/var/log/lab/{which}.log", check=False).stdout

    def check_logs(self):
        text = self.log("agent")
        if any("Sanitizer" in line or "runtime error:" in line for line in text.splitlines()):
            raise LabError("the agent's sanitizer says:\n" + text[-8000:])

    # -- running things inside -------------------------------------------------------------------

    def popen(self, *command, **options):
        return subprocess.Popen(self.ssh("root@127.0.0.1", shlex.join(command)), **options)

    def exec(self, *command, check=True, input=None, timeout=120):
        """Run a command as root and return its output; with check=False, the CompletedProcess."""
        done = subprocess.run(self.ssh("root@127.0.0.1", shlex.join(command)), capture_output=True, text=True, input=input,
                              stdin=subprocess.DEVNULL if input is None else None, timeout=timeout, check=False)
        if not check:
            return done
        if done.returncode != 0:
            raise LabError(f"{' '.join(command)} exited with {done.returncode} on '{self.name}':\n{done.stdout}{done.stderr}")
        return done.stdout

    def virsh(self, *arguments, check=True, input=None, timeout=120):
        done = self.exec("virsh", "-q", "-c", URI, *arguments, check=check, input=input, timeout=timeout)
        return done.strip() if check else done

    def put(self, source, target, mode=0o644):
        """Copy a file of the machine in; the name is there when the whole file is."""
        temporary = shlex.quote(target + ".new")
        with open(source, "rb") as file:
            subprocess.run(self.ssh("root@127.0.0.1", f"cat > {temporary} && chmod {mode:o} {temporary} && mv -f {temporary} {shlex.quote(target)}"),
                           stdin=file, check=True, timeout=300)

    def write(self, path, text):
        self.exec("sh", "-c", 'mkdir -p "$(dirname "$1")" && cat > "$1"', "sh", path, input=text)

    def pids(self, name):
        return [int(word) for word in self.exec("pidof", name, check=False).stdout.split()]

    def mount_small(self, path, size="64M"):
        self.exec("mkdir", "-p", path)
        self.exec("mount", "-t", "tmpfs", "-o", f"size={size}", "lab-small", path)

    # -- the agent -------------------------------------------------------------------------------

    def agent_pid(self):
        pid = int(self.exec("systemctl", "show", "--value", "-p", "MainPID", "poolagentd", check=False).stdout.strip() or 0)
        return pid or None

    def restart_agent(self, agent=None):
        """Put the binary in with the unit that the packages install, and start it."""
        self.agent = os.path.abspath(agent) if agent else self.agent
        self.stop_agent()
        self.put(self.agent, AGENT, 0o755)
        self.exec("ln", "-sf", AGENT, "/usr/bin/poolagent")
        self.put(os.path.join(ROOT, "agent/poolagentd.service"), "/lib/systemd/system/poolagentd.service")
        self.write(DROP_IN, AGENT_DROP_IN)
        self.write(daemons.AGENT_CONFIG, f"socket = {daemons.AGENT_SOCKET}\nhypervisor = qemu\n"
                   + "".join(f"{name} = {value}\n" for name, value in self.agent_options.items()))
        self.exec("systemctl", "daemon-reload")
        self.start_agent()

    def start_agent(self):
        self.exec("systemctl", "reset-failed", "poolagentd", check=False)
        self.exec("systemctl", "start", "poolagentd")
        try:
            wait_for(lambda: self.agent_pid() and self.exec("test", "-S", daemons.AGENT_SOCKET, check=False).returncode == 0,
                     "the agent to listen", 60, 0.2)
        except LabError as error:
            raise LabError(f"{error}\n{self.log()[-3000:]}\n{self.exec('systemctl', 'status', 'poolagentd', check=False).stdout}") from None
        wait_for(lambda: ": connected" in self.log().rpartition(" listens on ")[2], "the agent to reach libvirt", 120, 0.5)
        self.forward(daemons.AGENT_SOCKET, self.agent_socket())

    def stop_agent(self):
        self.exec("systemctl", "stop", "poolagentd", check=False)

    def kill_agent(self):
        """SIGKILL, as a crash would."""
        self.exec("systemctl", "kill", "-s", "KILL", "--kill-whom=main", "poolagentd")
        wait_for(lambda: not self.agent_pid(), "the agent to end", 20)

    # -- started anew ----------------------------------------------------------------------------

    def reboot(self, power_fails=False):
        """Until everything that starts by itself runs; the agent is among that when its unit is enabled."""
        before = self.boot_id()
        if not power_fails:
            self.exec("sh", "-c", "systemd-run --quiet --on-active=1 systemctl reboot")
        if power_fails:
            self.machine.qmp("system_reset")
        wait_for(lambda: self.started_after(before), "the host VM to start anew", FIRST_BOOT, 1)
        wait_for(self.settled, "everything in the host VM to start", FIRST_BOOT, 1)
        if self.agent:
            self.start_agent()

    def started_after(self, boot_id):
        self.close_ssh()  # the connection of before, which nobody answers any more
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.answers() and self.boot_id() not in (None, boot_id)
        return False

    def boot_id(self):
        return self.exec("cat", "/proc/sys/kernel/random/boot_id", check=False).stdout.strip() or None

    # -- libvirtd --------------------------------------------------------------------------------

    def start_libvirtd(self):
        self.exec("systemctl", "start", "libvirtd")

    def stop_libvirtd(self):
        self.exec("systemctl", "stop", "libvirtd.socket", "libvirtd-ro.socket", "libvirtd-admin.socket", "libvirtd.service")


def for_module(agent):
    """A running host VM for the tests of a module, ended after them; where there can be none, they are skipped."""
    host = HostVm(agent=agent)
    try:
        host.up()
    except Unavailable as reason:
        print(f"skipped: no host VM here: {reason}", flush=True)
        raise unittest.SkipTest(str(reason)) from None
    unittest.addModuleCleanup(host.__exit__, None, None, None)
    return host


@contextlib.contextmanager
def alone():
    """Two host VMs would take each other's time and the machine's memory."""
    with open(os.path.join(host_vm_image.CACHE, ".running"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main():
    """`host_vm.py [COMMAND...]`: a host VM to try things on, or for one command; it ends with the shell."""
    with HostVm(agent=os.environ.get("POOLAGENTD")) as host:
        command = sys.argv[1:]
        if not command:
            print(json.dumps(host.describe(), indent=1))
        return subprocess.run(host.ssh("root@127.0.0.1", *([shlex.join(command)] if command else ["-t", "bash", "-l"])), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
