#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line of lab.py: `host.py up`, `host.py exec -- virsh list`, `host.py down`; see --help."""
import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import Host, LabError  # noqa: E402


def print_host(host, as_json):
    facts = host.describe()
    if as_json:
        print(json.dumps(facts, indent=1))
        return
    print(f"host '{facts['name']}': ssh -p {facts['port']} {facts['user']}@{facts['host']}")
    for name in ("password", "key_file", "fingerprint", "socket", "datastores", "logs"):
        print(f"  {name:12} {facts[name]}")


def up(options):
    settings = dict(item.split("=", 1) for item in options.agent_option)
    host = Host(options.name, port=options.port, agent=options.agent, base=options.base, data=options.data,
                agent_options=settings, libvirt=not options.no_libvirt)
    print_host(host.up(), options.json)


def down(options):
    Host(options.name, base=options.base).down()


def execute(options):
    """Become the command, so that terminals, signals and exit codes are its own."""
    host = Host.attach(options.name, options.base)
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    full = host.prefix(network=not options.outer_network) + (command or ["bash"])
    os.execvp(full[0], full)


def call(method):
    """A command that only calls a method of Host and prints what it answers."""
    def run(options):
        answer = getattr(Host.attach(options.name, options.base), method)()
        if answer is not None:
            print(answer)
    return run


def show(options):
    print_host(Host.attach(options.name, options.base), True)


def log(options):
    print(Host.attach(options.name, options.base).log(options.which), end="")


SIMPLE = {
    "start-agent": ("start_agent", "start the agent that was stopped or killed"),
    "stop-agent": ("stop_agent", "end the agent politely"),
    "restart-agent": ("restart_agent", "stop the agent, copy its binary in again, start it"),
    "kill-agent": ("kill_agent", "SIGKILL to the agent"),
    "kill-ssh-child": ("kill_ssh_children", "cut every client's SSH connection"),
    "stop-sshd": ("stop_sshd", "stop listening; open connections stay"),
    "start-sshd": ("start_sshd", "listen again"),
    "change-host-key": ("change_host_key", "make a new host key and print its fingerprint"),
    "stop-libvirtd": ("stop_libvirtd", "stop libvirtd; guests keep running"),
    "start-libvirtd": ("start_libvirtd", "start libvirtd again"),
}


def parser():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--name", default="default", help="which host (default: %(default)s)")
    common.add_argument("--base", help="its folder (default: /run/poolcenter-lab/NAME)")
    top = argparse.ArgumentParser(description="Real hypervisor hosts on this machine.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def add(name, run, text):
        command = commands.add_parser(name, parents=[common], help=text)
        command.set_defaults(run=run)
        return command

    command = add("up", up, "start a host, or what is missing of it")
    command.add_argument("--port", type=int, default=0, help="port of its sshd (default: a free one)")
    command.add_argument("--agent", help="the poolagentd to run")
    command.add_argument("--agent-option", action="append", default=[], metavar="KEY=VALUE",
                         help="one more line of poolagent.conf")
    command.add_argument("--data", help="where its /srv is kept (default: /var/tmp/poolcenter-lab/NAME)")
    command.add_argument("--no-libvirt", action="store_true", help="do not start libvirtd")
    command.add_argument("--json", action="store_true", help="describe it in JSON")
    add("down", down, "end a host and remove all it wrote")
    add("show", show, "describe a running host in JSON")
    command = add("exec", execute, "run a command on the host (default: a shell)")
    command.add_argument("--outer-network", action="store_true", help="with the machine's network")
    command.add_argument("command", nargs=argparse.REMAINDER)
    command = add("log", log, "print a log")
    command.add_argument("which", choices=("agent", "sshd", "libvirtd"))
    for name, (method, text) in SIMPLE.items():
        add(name, call(method), text)
    return top


def main():
    options = parser().parse_args()
    try:
        options.run(options)
    except LabError as error:
        print(f"host.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
