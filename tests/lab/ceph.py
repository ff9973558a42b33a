# SPDX-License-Identifier: GPL-3.0-or-later
"""A Ceph cluster inside of a lab host: one monitor, one manager, one OSD that keeps everything in memory; with a pool and two clients.

    with Host(...) as host:
        ceph = Ceph(host)            # raises Unavailable where its packages cannot be had
        ceph.run("rbd", "ls", ceph.POOL)

Its packages, and libvirt's and QEMU's part for RBD, are fetched by apt and unpacked, not installed: the host gets them laid over its /usr, so nobody else's
hosts change. All of it is user space, on the loopback interface of the host's own network.
"""
import fcntl
import glob
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time

from lab import wait_for

CACHE = os.path.join(os.environ.get("POOLCENTER_CACHE") or os.path.expanduser("~/.cache/poolcenter"), "ceph")
PACKAGES = "ceph-mon ceph-mgr ceph-osd ceph-common libvirt-daemon-driver-storage-rbd qemu-block-extra".split()
FOLDER = "/srv/ceph"
DAY = 86400  # seconds
FSID = "7c0e1f00-0000-4000-8000-000000000001"

CONFIG = f"""[global]
fsid = {FSID}
mon host = 127.0.0.1
public network = 127.0.0.0/8
osd pool default size = 1
osd pool default min size = 1
mon allow pool size one = true
mon data avail crit = 1
mon data avail warn = 2
mon pg warn min per osd = 0
osd crush chooseleaf type = 0
osd objectstore = memstore
osd client watch timeout = 6
memstore device bytes = {1 << 30}
mgr initial modules =
mgr module path = {FOLDER}/modules
mgr tick period = 1
mgr stats period = 1
admin socket = {FOLDER}/$name.asok
run dir = {FOLDER}
log file = {FOLDER}/$name.log
crash dir = {FOLDER}
mon data = {FOLDER}/mon
mgr data = {FOLDER}/mgr
osd data = {FOLDER}/osd
"""
# Who exists from the beginning, with what they may do.
CLIENTS = {
    "client.admin": ("mon", "allow *", "osd", "allow *", "mgr", "allow *"),
    "mon.": ("mon", "allow *"),
    "mgr.lab": ("mon", "allow profile mgr", "osd", "allow *"),
    "osd.0": ("mon", "allow profile osd", "osd", "allow *", "mgr", "allow profile osd"),
    "client.vms": ("mon", "profile rbd", "osd", "profile rbd pool=vms"),
    "client.other": ("mon", "profile rbd", "osd", "profile rbd pool=other"),
}


class Unavailable(RuntimeError):
    """The packages cannot be had here; says why."""


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"}, **options)
    if done.returncode:
        raise Unavailable(f"{' '.join(command[:3])}: {done.stderr.strip()[-300:]}")
    return done.stdout


def packages():
    """What is not installed here, each with its version, as apt would install it."""
    plan = run("apt-get", "install", "--simulate", "--no-install-recommends", *PACKAGES)
    return sorted(f"{name}={version}" for name, version in re.findall(r"^Inst (\S+) (?:\[\S+\] )?\((\S+)", plan, re.MULTILINE))


def key():
    """Of what is wanted and of all that is installed here: the rest is fetched."""
    with open("/var/lib/dpkg/status", "rb") as status:
        return hashlib.sha256(" ".join(PACKAGES).encode() + status.read()).hexdigest()[:16]


def remove_old():
    """Not those that a host may have mounted."""
    for path in glob.glob(os.path.join(CACHE, "[0-9a-f]" * 16)):
        if os.stat(path).st_mtime < time.time() - DAY:
            shutil.rmtree(path, ignore_errors=True)


def fetch(wanted, folder):
    run("apt-get", "download", "-q", *wanted, cwd=folder)
    root = os.path.join(folder, "root")
    for package in glob.glob(os.path.join(folder, "*.deb")):
        run("dpkg-deb", "-x", package, root)
        os.unlink(package)
    for name in ("lib", "sbin", "bin"):  # as where /usr is merged
        if os.path.isdir(os.path.join(root, name)):
            shutil.copytree(os.path.join(root, name), os.path.join(root, "usr", name), symlinks=True, dirs_exist_ok=True)


def programs():
    """The folder that is laid over a host's /usr; made when it is not there."""
    os.makedirs(CACHE, exist_ok=True)
    with open(os.path.join(CACHE, ".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path = os.path.join(CACHE, key())
        if os.path.isdir(path):
            os.utime(path)
            return path
        wanted = packages()
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            fetch(wanted, scratch)
            os.utime(os.path.join(scratch, "root", "usr"))
            remove_old()
            os.rename(os.path.join(scratch, "root", "usr"), path)
        return path


class Ceph:
    POOL, USER, OTHER = "vms", "vms", "other"

    def __init__(self, host):
        self.host = host
        self.install(programs())
        self.configure()
        self.start()

    def run(self, *command, **options):
        return self.host.exec(*command, **options).strip()

    def key(self, user=USER):
        """What an administrator copies from the cluster's keyring."""
        return self.run("ceph", "auth", "get-key", "client." + user)

    def install(self, usr):
        """Laid over /usr; the host's own /usr/local stays on top. libvirtd looks for its parts when it starts."""
        self.host.exec("sh", "-ec", 'mount --bind /usr/local /srv/tmp; mount -t overlay -o "ro,lowerdir=$1:/usr" lab-ceph /usr; mount --bind /srv/tmp /usr/local; umount /srv/tmp',
                       "sh", usr)
        self.host.stop_libvirtd()
        self.host.start_libvirtd()

    def configure(self):
        for name in ("/etc/ceph", *(f"{FOLDER}/{name}" for name in ("mon", "mgr", "osd", "modules"))):
            self.run("mkdir", "-p", name)
        self.run("sh", "-c", "cat > /etc/ceph/ceph.conf", input=CONFIG)
        for name, rights in CLIENTS.items():
            caps = [word for at in range(0, len(rights), 2) for word in ("--cap", rights[at], rights[at + 1])]
            self.run("ceph-authtool", "--create-keyring", f"{FOLDER}/{name}.keyring", "--gen-key", "--name", name, *caps)
        self.run("sh", "-ec", f"cat {FOLDER}/*.keyring > {FOLDER}/all; cp {FOLDER}/osd.0.keyring {FOLDER}/osd/keyring; cp {FOLDER}/mgr.lab.keyring {FOLDER}/mgr/keyring;"
                 f" cp {FOLDER}/client.admin.keyring /etc/ceph/ceph.client.admin.keyring")

    def start(self):
        self.run("monmaptool", "--create", "--fsid", FSID, "--addv", "a", "[v2:127.0.0.1:3300,v1:127.0.0.1:6789]", f"{FOLDER}/monmap")
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", f"{FOLDER}/monmap", "--keyring", f"{FOLDER}/all")
        self.run("ceph-mon", "-i", "a")
        self.run("ceph", "config", "set", "mon", "auth_allow_insecure_global_id_reclaim", "false")
        self.run("ceph-mgr", "-i", "lab")
        self.run("ceph", "osd", "new", FSID, "0")
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", FSID)
        self.run("ceph-osd", "-i", "0")
        for pool in (self.POOL, self.OTHER):
            self.run("ceph", "osd", "pool", "create", pool, "4")
            self.run("ceph", "osd", "pool", "application", "enable", pool, "rbd")
        wait_for(lambda: self.room() > 0, "the cluster to tell its size", 90, 0.3)

    def room(self):
        """Bytes that its manager says are free."""
        found = re.search(r'"total_avail_bytes":(\d+)', self.run("ceph", "df", "--format", "json"))
        return int(found[1]) if found else 0
