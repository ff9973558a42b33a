# SPDX-License-Identifier: GPL-3.0-or-later
"""The disk image of the host VM (host_vm.py): Debian 12 with libvirt, and with what storage, networks and devices need that the build machine's kernel lacks.

Made once by debootstrap, without mounting anything, then booted once; what is kept is the disk and the machine's memory as it was when
everything had started. The name in the cache is a hash of this file, so a changed recipe makes a new image.
"""
import fcntl
import glob
import hashlib
import os
import shutil
import subprocess
import tempfile

import accounts
import daemons

CACHE = os.path.join(os.environ.get("POOLCENTER_CACHE") or os.path.expanduser("~/.cache/poolcenter"), "host-vm")
MIRROR = "http://deb.debian.org/debian"
SUITE = "bookworm"
ROOM = 10 << 30  # bytes that must be free where the image is made
MAKE_LIMIT = 1500  # seconds for debootstrap on a slow line
HOST_NAME = "hostvm"
DISKS = ("data1", "data2", "data3", "data4")  # empty, 2 GiB each: /dev/vdb to /dev/vde
DISK_SIZE = 2 << 30
# Enough for the kernel to find its disk; and drivers of what is never in this machine.
INITRAMFS = {"etc/initramfs-tools/conf.d/lab": "MODULES=list\nCOMPRESS=gzip\n", "etc/initramfs-tools/modules": "ext4\nvirtio_pci\nvirtio_blk\n"}
NO_DRIVERS = ("sound", "drivers/gpu", "drivers/media", "drivers/staging", "drivers/infiniband", "drivers/iio", "drivers/net/wireless", "drivers/hwmon")
LAN_CARDS = 3  # besides the one that ssh comes by: lan1 to lan3, all on one wire

# The cloud kernel would be smaller, but it knows no USB.
PACKAGES = """systemd-sysv libpam-systemd dbus udev kmod initramfs-tools linux-image-amd64
    openssh-server sudo iproute2 ethtool iptables e2fsprogs xfsprogs parted gdisk
    libvirt-daemon libvirt-daemon-system libvirt-clients libvirt-daemon-driver-qemu libvirt-daemon-driver-storage-iscsi-direct qemu-system-x86
    qemu-utils dnsmasq-base xorriso curl ca-certificates
    lvm2 thin-provisioning-tools open-iscsi tgt nfs-kernel-server nfs-common samba smbclient cifs-utils
    ifupdown network-manager openvswitch-switch
    libasan8 libubsan1 libtirpc3 libjansson4 libmicrohttpd12 libxml2""".split()

OFF = """apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service dpkg-db-backup.timer fstrim.timer
    samba-ad-dc.service nmbd.service systemd-networkd-wait-online.service systemd-binfmt.service NetworkManager-wait-online.service""".split()
LATER = "networking.service NetworkManager.service openvswitch-switch.service".split()  # a test that wants them starts them
ON = "ssh.service systemd-networkd.service smbd.service tgt.service nfs-server.service libvirtd.service".split()

# The card that ssh comes by belongs to systemd-networkd; the others are nobody's until a test gives them to somebody.
FILES = {
    "etc/fstab": "LABEL=root / ext4 defaults,noatime 0 1\n",
    "etc/hostname": HOST_NAME + "\n",
    "etc/hosts": f"127.0.0.1 localhost\n127.0.1.1 {HOST_NAME}\n",
    "etc/machine-id": "",
    "etc/resolv.conf": "",
    "etc/modules": "dm_thin_pool\nnfsd\nbonding\n8021q\nbridge\ncifs\niscsi_tcp\n",
    "etc/modprobe.d/lab.conf": "options bonding max_bonds=0\n",
    "etc/NetworkManager/conf.d/lab.conf": "[main]\nno-auto-default=*\n[keyfile]\nunmanaged-devices=except:interface-name:lan*,except:type:bridge,except:type:bond,except:type:vlan\n",
    "etc/network/interfaces": "auto lo\niface lo inet loopback\nsource /etc/network/interfaces.d/*\n",
    "etc/systemd/network/10-mgmt0.link": "[Match]\nMACAddress=52:54:00:7c:00:00\n[Link]\nName=mgmt0\n",
    "etc/systemd/network/10-mgmt0.network": "[Match]\nName=mgmt0\n[Network]\nAddress=10.0.2.15/24\nIPv6AcceptRA=no\nLinkLocalAddressing=no\n",
    "etc/systemd/system/libvirtd.service.d/lab.conf": "[Service]\nEnvironment=LIBVIRTD_ARGS=\n",
    "etc/systemd/system.conf.d/lab.conf": "[Manager]\nDefaultTimeoutStartSec=600\n",
    "etc/systemd/system/systemd-modules-load.service.d/lab.conf": "[Service]\nTimeoutSec=600\n",
    "etc/exports": "/srv/nfs *(rw,no_root_squash,no_subtree_check,fsid=1)\n",
    "etc/tgt/conf.d/lab.conf": """<target iqn.2026-01.test.lab:open>
    backing-store /srv/iscsi/open.img
</target>
<target iqn.2026-01.test.lab:closed>
    backing-store /srv/iscsi/closed.img
    incominguser lab-chap lab-chap-secret
</target>
""",
    "etc/samba/smb.conf": """[global]
    server role = standalone server
    map to guest = bad user
    disable netbios = yes
    smb ports = 445
    load printers = no
[share]
    path = /srv/smb
    read only = no
    valid users = operator
[open]
    path = /srv/smb
    read only = yes
    guest ok = yes
""",
}
for number in range(1, LAN_CARDS + 1):
    FILES[f"etc/systemd/network/20-lan{number}.link"] = f"[Match]\nMACAddress=52:54:00:7c:00:{number:02x}\n[Link]\nName=lan{number}\n"


class Unavailable(Exception):
    """There can be no host VM here; the text says why."""


def key():
    with open(__file__, "rb") as file:
        recipe = file.read()
    version = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, check=True).stdout
    return hashlib.sha256(recipe + version).hexdigest()[:16]


def folder(boot):
    """The folder with root.qcow2, state, vmlinuz, initrd and client/; made when it is not there. boot(folder) starts it once and saves the state."""
    for program in ("debootstrap", "qemu-system-x86_64", "qemu-img", "mkfs.ext4"):
        if not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            raise Unavailable(f"{program} is not installed")
    if os.geteuid() != 0:
        raise Unavailable("debootstrap needs root")
    os.makedirs(CACHE, exist_ok=True)
    path = os.path.join(CACHE, key())
    with open(os.path.join(CACHE, ".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.isdir(path):
            make(path, boot)
    return path


def make(path, boot):
    if shutil.disk_usage(CACHE).free < ROOM:
        raise Unavailable(f"less than {ROOM >> 30} GiB are free in {CACHE}")
    scratch = tempfile.mkdtemp(prefix="new-", dir=CACHE)
    try:
        root = os.path.join(scratch, "root")
        bootstrap(root)
        configure(root, scratch)
        pack(root, scratch)
        boot(scratch)
        os.chmod(scratch, 0o755)
        os.rename(scratch, path)
        for old in glob.glob(os.path.join(CACHE, "[0-9a-f]" * 16)):
            if old != path:
                shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def bootstrap(root):
    """A small Debian; in a mount namespace, so that what debootstrap mounts is gone with it, however it ends."""
    command = ["unshare", "--mount", "debootstrap", "--variant=minbase", "--foreign", "--include=" + ",".join(PACKAGES), SUITE, root, MIRROR]
    run(command, "debootstrap (getting the packages)")
    # Nothing is lost with a scratch folder when the power fails: unpacking without this takes several times as long.
    daemons.write_file(os.path.join(root, "etc/dpkg/dpkg.cfg.d/lab"), "force-unsafe-io\n")
    for name, text in INITRAMFS.items():
        daemons.write_file(os.path.join(root, name), text)
    run(["unshare", "--mount", "chroot", root, "/debootstrap/debootstrap", "--second-stage"], "debootstrap (installing them)")


def run(command, what):
    with tempfile.TemporaryFile("w+") as log:
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=MAKE_LIMIT, check=False,
                                  env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"})
        except subprocess.TimeoutExpired:
            raise Unavailable(f"{what} was not done after {MAKE_LIMIT} s: is {MIRROR} slow?") from None
        log.seek(0)
        if done.returncode:
            raise Unavailable(f"{what} failed: " + log.read()[-2000:])


class Tree:
    """What accounts.py wants of a host: its folders."""

    def __init__(self, root, scratch):
        self.base = os.path.join(scratch, "tree")
        os.makedirs(os.path.join(scratch, "client"))
        os.makedirs(self.base)
        for name, target in (("etc", f"{root}/etc"), ("srv", f"{root}/srv"), ("client", f"{scratch}/client")):
            os.symlink(target, os.path.join(self.base, name))
        self.port = 0


def configure(root, scratch):
    for name in ("home", "poolcenter-lab/local", "tmp", "nfs", "smb", "iscsi", "bin"):
        os.makedirs(os.path.join(root, "srv", name), exist_ok=True)
    os.makedirs(os.path.join(root, "var/log/lab"))
    os.chmod(os.path.join(root, "srv/tmp"), 0o1777)
    os.chmod(os.path.join(root, "srv/smb"), 0o777)
    for name in ("open", "closed"):
        with open(os.path.join(root, "srv/iscsi", name + ".img"), "wb") as file:
            file.truncate(256 << 20)
    for name, text in FILES.items():
        daemons.write_file(os.path.join(root, name), text)
    accounts.write(Tree(root, scratch))
    shutil.copyfile(os.path.join(root, "etc/ssh/ssh_host_ed25519_key.pub"), os.path.join(scratch, "client/host_key.pub"))
    daemons.write_file(os.path.join(root, "etc/ssh/sshd_config"), daemons.SSHD_CONFIG.format(
        port=22, pid_file="/run/sshd.pid", path=daemons.PATH, rules=accounts.sshd_rules()).replace("ListenAddress 127.0.0.1\n", ""))
    daemons.write_file(os.path.join(root, "etc/libvirt/qemu.conf"), daemons.QEMU_CONF)
    daemons.write_file(os.path.join(root, "etc/libvirt/libvirtd.conf"), daemons.LIBVIRTD_CONF.format(log="/var/log/lab/libvirtd.log"))
    inside(root, "chown", "-R", "operator:", "/srv/smb")
    inside(root, "smbpasswd", "-c", "/etc/samba/smb.conf", "-L", "-s", "-a", "operator", input=f"{accounts.PASSWORD}\n" * 2)
    inside(root, "systemctl", "mask", *OFF)
    inside(root, "systemctl", "disable", *LATER)
    inside(root, "systemctl", "enable", *ON)
    modules = glob.glob(os.path.join(root, "lib/modules/*/kernel"))[0]
    for part in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale", "usr/share/man", *(os.path.join(modules, name) for name in NO_DRIVERS)):
        shutil.rmtree(os.path.join(root, part), ignore_errors=True)
    inside(root, "depmod", modules.split("/")[-2])


def inside(root, *command, input=None):
    done = subprocess.run(["chroot", root, *command], input=input, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}, check=False)
    if done.returncode:
        raise Unavailable(f"{command[0]} in the new system ended with {done.returncode}: {done.stdout}")


def pack(root, scratch):
    """The tree as a file system in a qcow2 image; mkfs.ext4 takes it in without a mount."""
    for name in ("vmlinuz", "initrd.img"):
        shutil.copyfile(os.path.realpath(glob.glob(os.path.join(root, "boot", name.partition(".")[0] + "*"))[0]),
                        os.path.join(scratch, name.partition(".")[0]))
    raw = os.path.join(scratch, "root.raw")
    subprocess.run(["mkfs.ext4", "-q", "-L", "root", "-d", root, raw, "6G"], check=True)
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", raw, os.path.join(scratch, "root.qcow2")], check=True)
    os.unlink(raw)
    shutil.rmtree(root)
    shutil.rmtree(os.path.join(scratch, "tree"))
