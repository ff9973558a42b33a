#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The namespaces one lab host lives in: `sandbox.py FOLDER HOSTNAME` becomes their first process.

lab.py starts this once per host and talks to it only through the kernel: a mount, a network, a host
name and a process namespace, entered with nsenter.  As process 1 of the process namespace it collects orphans
and nothing else; when it dies, for whatever reason, the kernel ends everything inside and the mounts
are gone with it.  So there is no way to leave a half of a host behind.
"""
import ctypes
import os
import signal
import socket
import subprocess
import sys

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWPID = 0x20000000

# Folders of the machine that the host gets a private one for, as (place, folder inside the base).
PRIVATE_FOLDERS = (
    ("/etc", "etc"),
    ("/srv", "srv"),
    ("/usr/local", "usr/local"),
    ("/var/lib/libvirt", "var/lib/libvirt"),
    ("/var/log/libvirt", "var/log/libvirt"),
    ("/var/cache/libvirt", "var/cache/libvirt"),
    ("/var/lib/poolagent", "var/lib/poolagent"),
)


def run(*command):
    """Run a setup command; its own words are the error message."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")


def make_run_private(base):
    """Give the host an empty /run, in which the base folder is still found if it lives there."""
    base_fd = os.open(base, os.O_PATH | os.O_DIRECTORY)
    run("mount", "-t", "tmpfs", "-o", "mode=755", "lab-run", "/run")
    for folder in ("/run/libvirt", "/run/poolagent", "/run/sshd", "/run/lock", "/run/log"):
        os.makedirs(folder, mode=0o755)
    if os.path.realpath(base).startswith("/run/"):
        os.makedirs(base)
        # mount(8) would resolve the link to a path that the tmpfs now hides, so ask the kernel.
        libc = ctypes.CDLL(None, use_errno=True)
        ms_bind_rec = 0x1000 | 0x4000
        if libc.mount(f"/proc/self/fd/{base_fd}".encode(), base.encode(), None, ms_bind_rec, None):
            raise OSError(ctypes.get_errno(), "cannot bind", base)
    os.close(base_fd)


def make_mounts(base):
    """Build the host's view of the file system.  Nothing here is seen outside of the namespace."""
    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "proc", "proc", "/proc")
    # A sysfs of this network namespace: its own interfaces, and no control groups of the machine.
    run("mount", "-t", "sysfs", "sysfs", "/sys")
    for place, folder in PRIVATE_FOLDERS:
        run("mount", "--bind", os.path.join(base, folder), place)
    make_run_private(base)


def reap_forever():
    """Wait for orphans until killed.  Sleeping in waitpid costs nothing."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            signal.sigwait({signal.SIGCHLD})


def first_process(base, name, report):
    """Process 1 inside: set up, tell the starter `ok` or the reason, then stay."""
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        make_mounts(base)
        run("ip", "link", "set", "lo", "up")
        socket.sethostname(name)
    except (OSError, RuntimeError) as error:
        os.write(report, f"error {error}\n".encode())
        os._exit(1)
    os.write(report, b"ok\n")
    os.close(report)
    os.chdir("/")
    null = os.open("/dev/null", os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    reap_forever()


def main():
    base, name = sys.argv[1:]
    os.setsid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWPID) != 0:
        print("error unshare:", os.strerror(ctypes.get_errno()), flush=True)
        return 1
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        first_process(base, name, theirs)
    os.close(theirs)
    answer = os.read(ours, 4096).decode().strip() or "error the first process died"
    print(f"{answer} {pid}" if answer == "ok" else answer, flush=True)
    return 0 if answer == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
