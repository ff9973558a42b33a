# SPDX-License-Identifier: GPL-3.0-or-later
"""The three daemons of a lab host: their configuration, how they start, and when they are ready."""
import os
import shutil
import socket

import accounts

PATH = "/srv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
AGENT_SOCKET = "/run/poolagent/poolagent.sock"
AGENT_CONFIG = "/etc/poolagent/poolagent.conf"
SSHD_PID_FILE = "/run/sshd/lab.pid"

# stdio_handler: there is no virtlogd.  namespaces: a guest of its own mount namespace would not be
# ended with the host's.  cgroup_controllers: the machine's control groups are not ours.
QEMU_CONF = """user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
stdio_handler = "file"
namespaces = []
cgroup_controllers = []
vnc_listen = "127.0.0.1"
"""

# Debian's default asks polkit who may come in, over a D-Bus that is not there.
LIBVIRTD_CONF = """unix_sock_group = "libvirt"
unix_sock_rw_perms = "0770"
unix_sock_ro_perms = "0777"
auth_unix_rw = "none"
auth_unix_ro = "none"
host_uuid_source = "machine-id"
log_outputs = "2:file:{log}"
"""

SSHD_CONFIG = """Port {port}
ListenAddress 127.0.0.1
HostKey /etc/ssh/ssh_host_ed25519_key
PidFile {pid_file}
AuthorizedKeysFile /etc/ssh/lab_authorized_keys
StrictModes no
PermitRootLogin yes
PubkeyAuthentication yes
PasswordAuthentication yes
KbdInteractiveAuthentication yes
UsePAM yes
UseDNS no
PrintMotd no
PrintLastLog no
AllowStreamLocalForwarding yes
MaxStartups 200
LoginGraceTime 60
Subsystem sftp internal-sftp
SetEnv PATH={path} TMPDIR=/srv/tmp
{rules}"""

AGENT_CONF = """# Written by tests/lab.
socket = {socket}
state_dir = /var/lib/poolagent
# KVM of a virtual build machine may run firmware only.
hypervisor = qemu
"""


def write_file(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def write_configs(host):
    etc = os.path.join(host.base, "etc")
    log = os.path.join(host.base, "log")
    os.makedirs(os.path.join(etc, "libvirt/qemu/networks/autostart"), exist_ok=True)
    write_file(os.path.join(etc, "libvirt/qemu.conf"), QEMU_CONF)
    write_file(os.path.join(etc, "libvirt/libvirtd.conf"), LIBVIRTD_CONF.format(log=f"{log}/libvirtd.log"))
    write_file(os.path.join(etc, "machine-id"), os.urandom(16).hex() + "\n")
    with open(os.path.join(etc, "hosts"), "a", encoding="utf-8") as file:
        file.write(f"127.0.1.1 {host.hostname}\n")
    write_file(os.path.join(etc, "ssh/lab_sshd_config"), SSHD_CONFIG.format(
        port=host.port, pid_file=SSHD_PID_FILE, path=PATH, rules=accounts.sshd_rules()))


def wait_for(condition, what, host, log, timeout=10.0):
    """lab.wait_for, with the daemon's last words when it fails."""
    from lab import LabError, wait_for as wait
    try:
        return wait(condition, what, timeout)
    except LabError as error:
        raise LabError(f"{error}\n{host.log(log)[-3000:]}") from None


# -- libvirtd --------------------------------------------------------------------------------------

def start_libvirtd(host):
    host.exec("libvirtd", "--daemon", "--pid-file", "/run/libvirt/lab.pid")
    wait_for(lambda: host.virsh("uri", check=False).returncode == 0, "libvirtd to answer", host, "libvirtd")
    start_network(host)
    start_datastore(host)


def start_network(host):
    """The `default` NAT network, where the kernel has what it needs; a host works without one."""
    if "default" not in host.virsh("net-list", "--all", "--name").split():
        for definition in ("/etc/libvirt/qemu/networks/default.xml", "/usr/share/libvirt/networks/default.xml"):
            if host.virsh("net-define", definition, check=False).returncode == 0:
                break
    host.virsh("net-start", "default", check=False)
    host.virsh("net-autostart", "default", check=False)


def start_datastore(host):
    """One directory datastore, `local`, so that a new host is of use at once."""
    if "local" not in host.virsh("pool-list", "--all", "--name").split():
        host.virsh("pool-define-as", "local", "dir", "--target", "/srv/poolcenter-lab/local")
        host.virsh("pool-autostart", "local")
    host.virsh("pool-start", "local", check=False)


# -- sshd ------------------------------------------------------------------------------------------

def start_sshd(host):
    """In the machine's network, so that clients reach it; everything else of it is the host's."""
    log = os.path.join(host.base, "log/sshd.log")
    host.exec("/usr/sbin/sshd", "-f", "/etc/ssh/lab_sshd_config", "-E", log, network=False)
    wait_for(lambda: host.sshd_pid() and listens(host.port), f"sshd on port {host.port}", host, "sshd")


def listens(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


# -- agent -----------------------------------------------------------------------------------------

def install_agent(host):
    """Copy the binary in: users who may not read the build folder run `poolagent connect`, too."""
    binary = os.path.join(host.data, "bin/poolagentd")
    temporary = binary + ".new"
    shutil.copyfile(host.state["agent"], temporary)
    os.chmod(temporary, 0o755)
    os.replace(temporary, binary)
    link = os.path.join(host.data, "bin/poolagent")
    if not os.path.islink(link):
        os.symlink("poolagentd", link)
    options = "".join(f"{key} = {value}\n" for key, value in host.state["agent_options"].items())
    write_file(os.path.join(host.base, "etc/poolagent/poolagent.conf"),
               AGENT_CONF.format(socket=AGENT_SOCKET) + options)


def start_agent(host):
    """As a child of the host's first process, so that it outlives whoever started it."""
    log = os.path.join(host.base, "log/agent.log")
    host.exec("sh", "-c", 'log=$1; shift; setsid "$@" >>"$log" 2>&1 </dev/null &', "sh", log,
              "/srv/bin/poolagentd", "serve", "--config", AGENT_CONFIG)
    wait_for(lambda: agent_listens(host), "the agent to listen", host, "agent")


def agent_listens(host):
    """Connect, rather than look for the file: a crashed agent leaves its socket behind."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(host.agent_socket())
            return True
        except OSError:
            return False
