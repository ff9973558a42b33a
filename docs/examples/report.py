#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory promised to running VMs, host by host, and the VMs whose disks are the largest: poolctl as a source of data for Python.

    report.py [--server NAME]...      all saved servers unless some are named
"""
import argparse
import json
import subprocess
import sys


class PoolctlError(Exception):
    def __init__(self, status, error):
        super().__init__(error["message"])
        self.status, self.name = status, error["name"]


def poolctl(*words):
    """What a command prints as JSON; PoolctlError with the sentence when it is refused."""
    done = subprocess.run(["poolctl", "--batch", "--output", "json", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise PoolctlError(done.returncode, json.loads(done.stderr.splitlines()[0])["error"])
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", action="append", default=[])
    servers = [word for name in parser.parse_args().server or ["@all"] for word in ("--server", name)]
    try:
        hosts = poolctl("host", "show", *servers)
        vms = poolctl("vm", "list", *servers)
    except PoolctlError as error:
        print(error, file=sys.stderr)
        return error.status
    for host in hosts if isinstance(hosts, list) else [hosts]:
        running = [vm for vm in vms if vm["server"] == host["server"] and vm["state"] in ("running", "paused")]
        promised = sum(vm["memory"] for vm in running)
        print(f"{host['name']}: {len(running)} of {host['vms']} VMs run, {promised >> 20} of {host['memory'] >> 20} MiB promised")
    size = {vm["name"]: sum(disk.get("capacity", 0) for disk in vm.get("disks", []) if disk["device"] == "disk") for vm in vms}
    for name in sorted(size, key=size.get, reverse=True)[:10]:
        print(f"{name}: {size[name] >> 20} MiB of disks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
