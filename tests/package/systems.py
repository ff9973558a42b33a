# SPDX-License-Identifier: GPL-3.0-or-later
"""Fresh Debian systems in folders, for tests of packages; needs root.

A system is made once by debootstrap and kept as an archive in the cache (minutes on a slow line); a test unpacks its own copy in seconds.
"""
import fcntl
import os
import shutil
import subprocess
import tempfile

CACHE = os.path.join(os.environ.get("POOLCENTER_CACHE") or os.path.expanduser("~/.cache/poolcenter"), "systems")
PACKAGES = "libvirt0"  # libvirt's library with its built-in test driver, no daemon
MIRROR = "http://deb.debian.org/debian"


def archive(suite, more=""):
    """The archive of a minimal system of that release, made when it is not there. more: further packages, separated by blanks."""
    os.makedirs(CACHE, exist_ok=True)
    path = os.path.join(CACHE, f"{'-'.join([suite, PACKAGES, *more.split()])}.tar")
    with open(path + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(path):
            make_with(suite, more, path) if more else make(suite, path)
    return path


def make(suite, path):
    folder = tempfile.mkdtemp(prefix=f"{suite}-", dir=CACHE)
    root = os.path.join(folder, "root")
    try:
        done = subprocess.run(["debootstrap", "--variant=minbase", f"--include={PACKAGES}", suite, root, MIRROR],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"debootstrap of {suite} failed:\n{done.stdout[-3000:]}")
        for part in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale"):
            shutil.rmtree(os.path.join(root, part), ignore_errors=True)
        # Not /dev: its nodes are the machine's own, and nothing tested here opens one besides the four that enter() makes.
        subprocess.run(["tar", "-C", root, "--exclude=./dev/*", "-cf", path + ".new", "."], check=True)
        os.rename(path + ".new", path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_with(suite, more, path):
    """By apt, which knows how packages depend on each other; debootstrap only guesses."""
    with System(suite) as system:
        shutil.copy("/etc/resolv.conf", system.path("etc/resolv.conf"))
        system.run("apt-get", "update")
        system.run("apt-get", "install", "-y", "--no-install-recommends", *more.split())
        for part in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale"):
            shutil.rmtree(system.path(part), ignore_errors=True)
        subprocess.run(["tar", "-C", system.root, "--exclude=./dev/*", "-cf", path + ".new", "."], check=True)
    os.rename(path + ".new", path)


class System:
    """A fresh copy; removed at the end with every process that was started in it."""

    def __init__(self, suite, more=""):
        self.suite = suite
        self.more = more
        self.root = None
        self.processes = []

    def __enter__(self):
        self.root = tempfile.mkdtemp(prefix=f"{self.suite}-")
        os.chmod(self.root, 0o755)
        subprocess.run(["tar", "-C", self.root, "-xf", archive(self.suite, self.more)], check=True)
        for name, minor in (("null", 3), ("zero", 5), ("random", 8), ("urandom", 9)):
            os.mknod(self.path("dev", name), 0o20666, os.makedev(1, minor))
            os.chmod(self.path("dev", name), 0o666)
        return self

    def __exit__(self, *_):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        shutil.rmtree(self.root)

    def path(self, *parts):
        return os.path.join(self.root, *(part.lstrip("/") for part in parts))

    def command(self, *words):
        """With /proc of its own, so that nothing is mounted once the command has ended."""
        return ["unshare", "--mount", "sh", "-c", 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"', self.root, *words]

    def run(self, *words, check=True, **options):
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=environment,
                              **{"stdin": subprocess.DEVNULL, **options})
        if check and done.returncode:
            raise AssertionError(f"{' '.join(words)} ended with {done.returncode} on {self.suite}:\n{done.stdout}")
        return done.stdout

    def start(self, *words, log):
        """A program that goes on; its standard error goes to the file log."""
        with open(log, "ab") as file:
            process = subprocess.Popen(self.command(*words), stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        self.processes.append(process)
        return process
