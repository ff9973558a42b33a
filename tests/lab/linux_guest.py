# SPDX-License-Identifier: GPL-3.0-or-later
"""A tiny Linux for guests of a lab host: Debian's cloud kernel, busybox, and QEMU's guest agent, in memory only.

Its packages are fetched by apt and unpacked, not installed; kernel and initial RAM disk are kept in the cache. Boots by emulation in some
ten seconds, formats and mounts its first disk, answers as guest agent, and tells on its serial port what happens to it.
"""
import fcntl
import glob
import hashlib
import os
import re
import shutil
import struct
import subprocess
import tempfile

CACHE = os.path.join(os.environ.get("POOLCENTER_CACHE") or os.path.expanduser("~/.cache/poolcenter"), "linux-guest")
MODULES = "virtio_pci virtio_console virtio_blk virtio_net virtio_balloon".split()
HOST_NAME = "labguest"
ADDRESS = "10.77.0.2"
USER = "labuser"
READY, FROZEN, THAWED, SHUTDOWN = "lab: ready", "lab: freeze", "lab: thaw", "lab: shut down by the agent"

INIT = f"""#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin:/sbin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in $(cat /modules/order); do insmod /modules/$module; done
hostname {HOST_NAME}
ip link set lo up
ip address add {ADDRESS}/24 dev eth0
ip link set eth0 up
mke2fs /dev/vda > /dev/null 2>&1
mount -t ext2 /dev/vda /data && echo kept > /data/file && sync
port=/dev/$(basename "$(dirname "$(grep -l org.qemu.guest_agent /sys/class/virtio-ports/*/name)")")
qemu-ga -m virtio-serial -p "$port" -F/etc/hook &
echo '{READY}' > /dev/console
while :; do sleep 3600; done
"""
HOOK = """#!/bin/sh
echo "lab: $1" > /dev/console
"""
OFF = f"""#!/bin/sh
echo '{SHUTDOWN}' > /dev/console
poweroff -f
"""
OS_RELEASE = 'ID=lab\nNAME=Lab\nPRETTY_NAME="Lab Linux 1"\nVERSION_ID=1\n'

DOMAIN = """<domain type='qemu'>
  <name>{name}</name><memory unit='MiB'>{memory}</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type><kernel>{kernel}</kernel><initrd>{initrd}</initrd><cmdline>console=ttyS0 quiet panic=-1</cmdline></os>
  <features><acpi/><apic/></features><on_reboot>destroy</on_reboot>
  <devices>
    <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{disk}'/><target dev='vda' bus='virtio'/></disk>
    <controller type='pci' index='0' model='pcie-root'/>
    {ports}
    <interface type='network'><source network='default'/><mac address='52:54:00:77:00:02'/><model type='virtio'/></interface>
    <serial type='file'><source path='{serial}'/></serial>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <graphics type='vnc'><listen type='none'/></graphics><video><model type='vga'/></video>
    <memballoon model='virtio'/>
  </devices>
</domain>"""
PORTS = "".join(f"<controller type='pci' index='{number}' model='pcie-root-port'/>" for number in range(1, 11))


class Unavailable(RuntimeError):
    """The packages cannot be had here; says why."""


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise Unavailable(f"{' '.join(command[:3])}: {done.stderr.strip()[-300:]}")
    return done.stdout


def fetch(folder):
    """The packages, unpacked into a folder."""
    found = re.search(r"Depends: (linux-image-\S+)", run("apt-cache", "depends", "linux-image-cloud-amd64"))
    if not found:
        raise Unavailable("apt knows no linux-image-cloud-amd64")
    run("apt-get", "download", "-q", found[1], "qemu-guest-agent", cwd=folder)
    for package in glob.glob(os.path.join(folder, "*.deb")):
        run("dpkg-deb", "-x", package, os.path.join(folder, "root"))
    return os.path.join(folder, "root")


def module_order(root):
    """Paths of the modules and of what they need, each behind what it needs; the kernel has the others built in."""
    files = {os.path.basename(path)[:-3].replace("-", "_"): path for path in glob.glob(f"{root}/lib/modules/*/kernel/**/*.ko", recursive=True)}
    order = []

    def add(name):
        path = files.get(name.replace("-", "_"))
        if not path or path in order:
            return
        with open(path, "rb") as file:
            needs = re.search(rb"\0depends=([^\0]*)\0", file.read())
        for other in needs[1].decode().split(",") if needs else []:
            add(other)
        order.append(path)
    for module in MODULES:
        add(module)
    return order


def libraries(program):
    """What the dynamic linker says that it loads; the machine's own, since both are Debian 12."""
    return sorted(set(re.findall(r"(/\S+)(?= \()", run("ldd", program))))


def login_record():
    """utmp(5): somebody is logged in at tty1."""
    return struct.pack("=hxxi32s4s32s256shhiii16s20s", 7, 1, b"tty1", b"1", USER.encode(), b"", 0, 0, 0, 1700000000, 0, b"", b"")


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    os.chmod(path, mode)


def fill(tree, root):
    for folder in ("bin", "sbin", "proc", "sys", "dev", "data", "tmp", "run", "var/run", "modules", "etc"):
        os.makedirs(os.path.join(tree, folder), exist_ok=True)
    shutil.copy("/bin/busybox", os.path.join(tree, "bin/busybox"))
    agent = f"{root}/usr/sbin/qemu-ga"
    for library in libraries(agent):
        os.makedirs(os.path.dirname(tree + library), exist_ok=True)
        shutil.copy(library, tree + library)
    shutil.copy(agent, os.path.join(tree, "sbin/qemu-ga"))
    order = module_order(root)
    for path in order:
        shutil.copy(path, os.path.join(tree, "modules"))
    write(f"{tree}/modules/order", "\n".join(os.path.basename(path) for path in order) + "\n")
    write(f"{tree}/init", INIT, 0o755)
    write(f"{tree}/etc/hook", HOOK, 0o755)
    write(f"{tree}/sbin/shutdown", OFF, 0o755)
    write(f"{tree}/etc/os-release", OS_RELEASE)
    write(f"{tree}/var/run/utmp", login_record())


def make(folder):
    with tempfile.TemporaryDirectory(prefix="linux-guest-") as work:
        root = fetch(work)
        tree = os.path.join(work, "tree")
        fill(tree, root)
        names = "\n".join(sorted(os.path.relpath(os.path.join(at, name), tree) for at, folders, files in os.walk(tree) for name in folders + files))
        part = folder + ".part"
        shutil.rmtree(part, ignore_errors=True)
        os.makedirs(part)
        with open(os.path.join(part, "initrd"), "wb") as file:
            archive = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], input=names.encode(), stdout=subprocess.PIPE, cwd=tree, check=True).stdout
            subprocess.run(["gzip", "-1"], input=archive, stdout=file, check=True)
        shutil.copy(glob.glob(f"{root}/boot/vmlinuz-*")[0], os.path.join(part, "vmlinuz"))
        os.rename(part, folder)


def files():
    """(kernel, initial RAM disk), made if they are not there. Raises Unavailable."""
    with open(__file__, "rb") as recipe:
        folder = os.path.join(CACHE, hashlib.sha256(recipe.read()).hexdigest()[:16])
    os.makedirs(CACHE, exist_ok=True)
    with open(os.path.join(CACHE, ".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.isdir(folder):
            make(folder)
    return os.path.join(folder, "vmlinuz"), os.path.join(folder, "initrd")
