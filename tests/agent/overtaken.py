# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that are held in the middle, so that another one overtakes them: their qemu-img is stopped by a signal, and goes on by another."""
import os
import signal
import sys
from contextlib import contextmanager

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
from lab import wait_for  # noqa: E402


def stands_still(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        return file.read().rpartition(")")[2].split()[0] == "T"


def stop(host):
    """The qemu-img that converts on the host, stopped; None: none does."""
    for process in host.processes():
        if process["name"] != "qemu-img" or "convert" not in process["command"]:
            continue
        try:
            os.kill(process["pid"], signal.SIGSTOP)
            wait_for(lambda pid=process["pid"]: stands_still(pid), "it to stop", 10, 0.001)
            return process["pid"]
        except OSError:  # it has ended
            pass
    return None


@contextmanager
def held(host, rpc, method, **params):
    """Begins a job whose qemu-img stands still inside of the `with`; the job's task. Give it enough to convert."""
    task = rpc.call(method, **params)["task"]
    pid = wait_for(lambda: stop(host), "qemu-img to convert", 10, 0.001)
    try:
        yield task
    finally:
        os.kill(pid, signal.SIGCONT)
