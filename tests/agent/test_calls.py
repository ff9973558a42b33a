# SPDX-License-Identifier: GPL-3.0-or-later
"""The real agent on libvirt's test driver: connections, roles, inventory, events, tasks. Needs no root and no hypervisor."""
import grp
import hashlib
import json
import os
import pwd
import re
import select
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from agent_client import CallError, Daemon, Refused, Rpc, agent_binary, as_user, connect, opening

CODES = {"PARSE": -32700, "INVALID_REQUEST": -32600, "METHOD_NOT_FOUND": -32601, "INVALID_PARAMS": -32602, "TOO_LARGE": -32001,
         "ACCESS_DENIED": -32002, "CANCELLED": -32005, "TICKET_INVALID": -32006, "PROTOCOL_VERSION": -32007, "TASK_NOT_FOUND": -32008,
         "HELLO_FIRST": -32009, "NO_LIBVIRT": -32011, "NOT_SUPPORTED": -32012, "VM_NOT_FOUND": -32020, "VM_EXISTS": -32021,
         "VM_WRONG_STATE": -32022, "VM_NO_CONSOLE": -32023, "VM_NAME_INVALID": -32024, "VM_RESOURCES": -32025, "DATASTORE_NOT_FOUND": -32030,
         "VOLUME_NOT_FOUND": -32034, "VOLUME_EXISTS": -32035, "VOLUME_NAME_INVALID": -32037, "UPLOAD_NOT_FOUND": -32040,
         "NETWORK_NOT_FOUND": -32050}


class AgentCase(unittest.TestCase):
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(**cls.settings)
        cls.daemon.start()
        cls.daemon.wait_vm()

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__(None)

    def setUp(self):
        self.rpc = Rpc(self.daemon.socket)
        self.addCleanup(self.rpc.close)
        self.inventory = self.rpc.subscribe()
        self.vm = self.inventory["vms"][0]["id"]

    def refused(self, code, function, *arguments, **params):
        with self.assertRaises(CallError) as caught:
            function(*arguments, **params)
        self.assertEqual(caught.exception.code, CODES[code], str(caught.exception))
        return caught.exception

    def state(self, name="test"):
        return self.rpc.vm(name)["state"]


class Wire(AgentCase):
    """What a hostile or broken client may send."""

    def line(self, data):
        self.rpc.raw(data + b"\n")
        return self.rpc.line()

    def test_bad_lines_are_answered_and_the_connection_goes_on(self):
        for data, code in [(b"nonsense", "PARSE"), (b"\xff\xfe{}", "PARSE"), (b"[]", "INVALID_REQUEST"), (b"{}", "INVALID_REQUEST"),
                           (b'{"jsonrpc":"2.0","id":1,"id":2,"method":"hello"}', "PARSE"),
                           (b'{"jsonrpc":"2.0","id":"x","method":"hello"}', "INVALID_REQUEST"),
                           (b'{"jsonrpc":"2.0","id":1,"method":"\xc3\x28"}', "PARSE"),
                           (b"[" * 100000, "PARSE"), (b'{"a":' * 100000, "PARSE"),
                           (b'{"jsonrpc":"2.0","id":77,"result":{}}', "INVALID_REQUEST")]:
            self.assertEqual(self.line(data)["error"]["code"], CODES[code], data[:60])
        self.assertEqual(self.rpc.call("hello", protocol=1, client="x")["protocol"], 1)

    def test_a_line_that_is_too_long_ends_the_connection(self):
        self.rpc.raw(b"x" * ((1 << 20) + 1))
        self.assertEqual(self.rpc.line()["error"]["code"], CODES["TOO_LARGE"])
        with self.assertRaises((ConnectionError, OSError)):
            self.rpc.line()

    def test_unknown_methods_and_parameters(self):
        self.assertEqual(self.refused("METHOD_NOT_FOUND", self.rpc.call, "vm.fly").object, "vm.fly")
        self.refused("INVALID_PARAMS", self.rpc.call, "vm.start", vm=self.vm, colour="red")
        self.refused("INVALID_PARAMS", self.rpc.call, "vm.start")
        self.refused("INVALID_PARAMS", self.rpc.call, "vm.start", vm=5)
        self.refused("INVALID_PARAMS", self.rpc.call, "vm.start", vm="x" * 37)

    def test_hello_comes_first(self):
        with Rpc(self.daemon.socket, hello=False) as rpc:
            self.refused("HELLO_FIRST", rpc.call, "inventory.subscribe")
            self.refused("PROTOCOL_VERSION", rpc.call, "hello", protocol=0, client="x")
            rpc.send("hello", protocol=9, client="x")  # a newer client; both sent at once
            number = rpc.send("inventory.subscribe")
            self.assertTrue(rpc.reply(number)["full"])

    def test_opening_lines(self):
        for first in (b"GET / HTTP/1.1\r\n", b"POOLAGENT RPC 2\n", b"POOLAGENT DATA \n", b"x" * 2000000):
            connection = connect(self.daemon.socket)
            try:
                connection.sendall(first)
                with self.assertRaises(Refused):
                    opening(connection.makefile("rb"))
            except (BrokenPipeError, ConnectionResetError):
                pass
            connection.close()

    def test_tickets_that_do_not_exist(self):
        self.refused("TICKET_INVALID", self.rpc.data, "0" * 64)

    def test_many_calls_at_once(self):
        numbers = [self.rpc.send("inventory.subscribe") for _ in range(200)]
        for _ in numbers:
            while "method" in (message := self.rpc.line()):
                pass
            self.assertIn("result", message)

    def test_a_slow_reader_is_dropped(self):
        slow = Rpc(self.daemon.socket)
        slow.subscribe()
        slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "inventory.subscribe", "params": {}}).encode() + b"\n"
        slow.socket.settimeout(0.5)
        with self.assertRaises(OSError):  # the agent stops reading before it runs out of memory
            for _ in range(100000):
                slow.raw(request * 100)
        slow.close()
        self.assertEqual(self.rpc.call("hello", protocol=1, client="x")["protocol"], 1)


class Inventory(AgentCase):
    def test_snapshot(self):
        self.assertTrue(self.inventory["full"])
        host = self.inventory["host"]
        self.assertEqual(host["drivers"][0]["name"], "test")
        self.assertEqual(host["name"], os.uname().nodename)
        self.assertEqual(host["memory"], os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
        self.assertEqual(self.inventory["datastores"][0]["name"], "default-pool")
        self.assertIn("default", [network["name"] for network in self.inventory["networks"]])

    def test_power_is_seen_as_events(self):
        for method, state in [("vm.pause", "paused"), ("vm.resume", "running"), ("vm.force_off", "off"), ("vm.start", "running")]:
            began = time.monotonic()
            number = self.rpc.send(method, vm=self.vm)
            delta = self.rpc.event(lambda name, params: name == "inventory.changed" and params.get("vms"))
            self.assertLess(time.monotonic() - began, 0.3)
            self.assertNotIn("full", delta)
            self.assertEqual(delta["vms"][0]["state"], state)
            self.rpc.reply(number)

    def test_changes_since_a_revision(self):
        self.rpc.run("vm.pause", vm=self.vm)
        self.rpc.run("vm.resume", vm=self.vm)
        with Rpc(self.daemon.socket) as other:
            delta = other.subscribe(epoch=self.inventory["epoch"], revision=self.inventory["revision"])
            self.assertNotIn("full", delta)
            self.assertEqual([vm["id"] for vm in delta["vms"]], [self.vm])
            self.assertNotIn("datastores", delta)
            again = other.subscribe(epoch=delta["epoch"], revision=delta["revision"])
            self.assertNotIn("vms", again)
            self.assertTrue(other.subscribe(epoch="00000000-0000-4000-8000-000000000000", revision=delta["revision"])["full"])
            self.assertTrue(other.subscribe(epoch=delta["epoch"], revision=delta["revision"] + 1000)["full"])

    def test_a_removed_vm_is_named(self):
        self.rpc.run("vm.create", name="gone", vcpus=1, memory=1 << 26, firmware="bios")
        vm = self.rpc.vm("gone")["id"]
        before = self.rpc.subscribe()
        self.rpc.run("vm.delete", vm=vm)
        delta = self.rpc.event(lambda name, params: name == "inventory.changed" and params.get("removed"))
        self.assertEqual(delta["removed"], [vm])
        with Rpc(self.daemon.socket) as other:
            self.assertEqual(other.subscribe(epoch=before["epoch"], revision=before["revision"])["removed"], [vm])

    def test_events_are_not_sent_before_subscribing(self):
        with Rpc(self.daemon.socket) as other:
            self.rpc.run("vm.pause", vm=self.vm)
            self.rpc.run("vm.resume", vm=self.vm)
            other.call("hello", protocol=1, client="x")
            self.assertEqual(other.events, [])


class Power(AgentCase):
    def test_what_is_not_possible_is_refused_at_once(self):
        self.assertEqual(self.refused("VM_WRONG_STATE", self.rpc.call, "vm.start", vm=self.vm).cause, "running")
        self.refused("VM_WRONG_STATE", self.rpc.call, "vm.resume", vm=self.vm)
        self.refused("VM_WRONG_STATE", self.rpc.call, "vm.delete", vm=self.vm)
        self.refused("VM_NOT_FOUND", self.rpc.call, "vm.start", vm="00000000-0000-4000-8000-000000000000")
        self.refused("VM_NO_CONSOLE", self.rpc.call, "vm.open_console", vm=self.vm)

    def test_what_the_driver_refuses_is_the_tasks_error(self):
        self.rpc.run("vm.force_off", vm=self.vm)
        with self.assertRaises(CallError) as caught:
            self.rpc.run("vm.start", vm=self.vm, paused=True)  # libvirt's test driver cannot
        self.assertIn("unsupported flags", caught.exception.cause)
        self.assertEqual(self.state(), "off")
        self.rpc.run("vm.start", vm=self.vm)

    def test_shutdown_ends_when_the_guest_is_off(self):
        task = self.rpc.run("vm.shutdown", vm=self.vm)
        self.assertEqual((task["state"], self.state()), ("done", "off"))
        self.rpc.run("vm.start", vm=self.vm)

    def test_tasks_tell_who_and_what(self):
        task = self.rpc.run("vm.pause", vm=self.vm)
        self.rpc.run("vm.resume", vm=self.vm)
        self.assertEqual((task["method"], task["object_kind"], task["object_id"], task["object_name"]), ("vm.pause", "vm", self.vm, "test"))
        with Rpc(self.daemon.socket) as other:  # everybody sees it
            listed = {known["id"]: known for known in other.subscribe()["tasks"]}
            self.assertEqual(listed[task["id"]]["state"], "done")
        self.assertIn('action=vm.pause object="test"', self.daemon.audit())
        self.assertIn("action=task:vm.pause", self.daemon.audit())

    def test_a_task_survives_its_client(self):
        with Rpc(self.daemon.socket) as other:
            other.send("vm.pause", vm=self.vm)
            time.sleep(0.05)
        end = time.monotonic() + 5
        while self.state() != "paused" and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(self.state(), "paused")
        self.rpc.run("vm.resume", vm=self.vm)

    def test_cancelling_what_is_not_there(self):
        self.refused("TASK_NOT_FOUND", self.rpc.call, "task.cancel", task="00000000-0000-4000-8000-000000000000")

    def test_200_ended_tasks_are_kept(self):
        for _ in range(105):
            self.rpc.run("vm.pause", vm=self.vm)
            self.rpc.run("vm.resume", vm=self.vm)
        self.assertEqual(len(self.rpc.inventory()["tasks"]), 200)


class Create(AgentCase):
    def params(self, **changes):
        return {"name": "new", "vcpus": 1, "memory": 64 << 20, "firmware": "bios", **changes}

    def test_create_and_delete(self):
        text = "<&>\"' äöü ]]> \N{SNOWMAN}"
        self.rpc.run("vm.create", **self.params(name="web <01> & 'ä'", description=text, guest="debian12", vcpus=2))
        vm = self.rpc.vm("web <01> & 'ä'")
        self.assertEqual((vm["description"], vm["guest"], vm["vcpus"], vm["memory"], vm["state"]), (text, "debian12", 2, 64 << 20, "off"))
        self.assertEqual([disk["device"] for disk in vm["disks"]], ["cdrom"])
        self.refused("VM_EXISTS", self.rpc.call, "vm.create", **self.params(name="web <01> & 'ä'"))
        self.rpc.run("vm.delete", vm=vm["id"])
        self.assertIsNone(self.rpc.vm("web <01> & 'ä'"))

    def test_bad_wishes(self):
        for name in ("", "   ", "a/b", "..", "x" * 201, "a\nb", " a", "a "):
            self.refused("VM_NAME_INVALID", self.rpc.call, "vm.create", **self.params(name=name))
        self.refused("VM_EXISTS", self.rpc.call, "vm.create", **self.params(name="test"))
        for changes in ({"vcpus": 0}, {"vcpus": 100000}, {"memory": 0}, {"memory": 1000000}, {"memory": 1 << 60}):
            self.refused("VM_RESOURCES", self.rpc.call, "vm.create", **self.params(**changes))
        unknown = "00000000-0000-4000-8000-000000000000"
        self.refused("NETWORK_NOT_FOUND", self.rpc.call, "vm.create", **self.params(nics=[{"network": unknown, "model": "virtio"}]))
        disk = {"datastore": unknown, "capacity": 1 << 30, "format": "qcow2", "bus": "virtio"}
        self.refused("DATASTORE_NOT_FOUND", self.rpc.call, "vm.create", **self.params(disks=[disk]))
        disk["datastore"] = self.inventory["datastores"][0]["id"]
        self.refused("NOT_SUPPORTED", self.rpc.call, "vm.create", **self.params(disks=[{**disk, "format": "vmdk"}]))
        self.refused("VM_RESOURCES", self.rpc.call, "vm.create", **self.params(disks=[{**disk, "capacity": 0}]))
        self.refused("VOLUME_NAME_INVALID", self.rpc.call, "vm.create", **self.params(disks=[{**disk, "volume": "../x"}]))
        self.refused("NOT_SUPPORTED", self.rpc.call, "vm.create", **self.params(firmware="uefi"))
        self.refused("NOT_SUPPORTED", self.rpc.call, "vm.create", **self.params(driver="bhyve"))
        self.refused("INVALID_PARAMS", self.rpc.call, "vm.create", **self.params(disks=[disk] * 129))
        self.assertIsNone(self.rpc.vm("new"))

    def test_disks_are_made_and_deleted_with_the_vm(self):
        store = self.inventory["datastores"][0]["id"]
        disk = {"datastore": store, "capacity": 1 << 20, "format": "raw", "bus": "virtio"}
        self.rpc.run("vm.create", **self.params(name="disky", disks=[disk, {**disk, "volume": "data.raw"}]))
        names = [volume["name"] for volume in self.rpc.call("volume.list", datastore=store)["volumes"]]
        self.assertEqual(names, ["data.raw", "disky.raw"])
        vm = self.rpc.vm("disky")
        self.assertEqual([(disk["target"], disk.get("volume")) for disk in vm["disks"]], [("vda", "disky.raw"), ("vdb", "data.raw"), ("sda", None)])
        self.refused("VOLUME_EXISTS", self.rpc.call, "vm.create", **self.params(disks=[{**disk, "volume": "data.raw"}]))
        with self.assertRaises(CallError) as caught:
            self.rpc.call("volume.delete", datastore=store, volume="data.raw")
        self.assertEqual((caught.exception.code, caught.exception.cause), (-32036, "disky"))
        self.rpc.run("vm.delete", vm=vm["id"], disks=["vda"])
        self.assertEqual([volume["name"] for volume in self.rpc.call("volume.list", datastore=store)["volumes"]], ["data.raw"])
        self.rpc.run("volume.delete", datastore=store, volume="data.raw")
        self.refused("VOLUME_NOT_FOUND", self.rpc.call, "volume.delete", datastore=store, volume="data.raw")

    def test_nothing_is_left_when_it_fails(self):
        store = self.inventory["datastores"][0]["id"]
        size = self.inventory["datastores"][0]["capacity"] // 10 * 6  # each fits, both do not
        disk = {"datastore": store, "capacity": size, "format": "raw", "bus": "virtio", "thick": True}
        with self.assertRaises(CallError) as caught:
            self.rpc.run("vm.create", **self.params(name="half", disks=[disk, disk]))
        self.assertEqual(caught.exception.object, "half-2.raw")
        self.assertEqual(self.rpc.call("volume.list", datastore=store)["total"], 0)
        self.assertIsNone(self.rpc.vm("half"))


class Daemons(unittest.TestCase):
    """Starting, stopping, and hosts that lack something."""

    def test_without_libvirt_the_agent_says_what_to_install(self):
        with Daemon(drivers="qemu:///system?socket=/nonexistent") as daemon, Rpc(daemon.socket) as rpc:
            end = time.monotonic() + 10
            while True:
                missing = rpc.inventory()["host"]["drivers"][0]["missing"]
                if "apt install" in missing[0]["reason"] or time.monotonic() > end:
                    break
                time.sleep(0.1)
            self.assertEqual(missing[0]["capability"], "driver")
            self.assertIn("apt install libvirt-daemon-system", missing[0]["reason"])
            with self.assertRaises(CallError) as caught:
                rpc.call("vm.create", name="a", vcpus=1, memory=1 << 26, firmware="bios")
            self.assertEqual((caught.exception.code, caught.exception.object), (CODES["NO_LIBVIRT"], os.uname().nodename))

    def test_a_libvirt_that_cannot_be_used_is_named_and_tried_again(self):
        folder = tempfile.mkdtemp(prefix="pa-")
        self.addCleanup(shutil.rmtree, folder, True)
        library = os.path.join(folder, "libvirt.so.0")
        for content, cause in (("nonsense", "its library libvirt.so.0 cannot be loaded ("),
                               (None, "its library libvirt.so.0 is too old: it has no virEventAddTimeout")):
            if content:
                with open(library, "w", encoding="ascii") as file:
                    file.write(content)
            else:
                subprocess.run(["gcc", "-shared", "-nostdlib", "-o", library, "-x", "c", "/dev/null"], check=True)
            with Daemon(environment={"LD_LIBRARY_PATH": folder}) as daemon, Rpc(daemon.socket) as rpc:
                with self.assertRaises(CallError) as caught:
                    rpc.call("vm.create", name="a", vcpus=1, memory=1 << 26, firmware="bios")
                self.assertEqual(caught.exception.code, CODES["NO_LIBVIRT"])
                self.assertTrue(caught.exception.cause.startswith(cause), str(caught.exception))
                os.remove(library)
                daemon.wait_vm()  # installed meanwhile: found without a restart

    def test_a_call_right_after_the_start_waits_for_libvirt(self):
        with Daemon() as daemon, Rpc(daemon.socket) as rpc:
            with self.assertRaises(CallError) as caught:
                rpc.call("vm.start", vm="6695eb01-f6a4-8304-79aa-97f2502e193f")  # the test driver's own
            self.assertEqual(caught.exception.code, CODES["VM_WRONG_STATE"])

    def test_two_agents_do_not_share_a_socket(self):
        with Daemon() as daemon:
            code = subprocess.run([daemon.binary, "serve", "--config", os.path.join(daemon.folder, "agent.conf")],
                                  stderr=subprocess.PIPE, check=False, timeout=60)
            self.assertEqual(code.returncode, 1)
            self.assertIn(b"another agent", code.stderr)

    def test_a_killed_agent_starts_again_with_another_epoch_and_the_same_host(self):
        with Daemon() as daemon:
            with Rpc(daemon.socket) as rpc:
                first = rpc.subscribe()
            daemon.kill()
            daemon.start()
            with Rpc(daemon.socket) as rpc:
                second = rpc.subscribe(epoch=first["epoch"], revision=first["revision"])
            self.assertTrue(second["full"])
            self.assertNotEqual(first["epoch"], second["epoch"])
            self.assertEqual(first["host"]["id"], second["host"]["id"])

    def test_idle_exit(self):
        with Daemon() as daemon:
            daemon.stop()
            os.remove(os.path.join(daemon.folder, "log"))
            daemon.start("--idle-exit", "1")
            self.assertEqual(daemon.process.wait(10), 0)
            daemon.process = None

    def test_connect_carries_a_session(self):
        with Daemon() as daemon:
            lines = b'POOLAGENT RPC 1\n{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":1,"client":"x"}}\n'
            process = subprocess.Popen([daemon.binary, "connect", "--socket", daemon.socket], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            process.stdin.write(lines)
            process.stdin.flush()
            self.assertEqual(process.stdout.readline(), b"POOLAGENT READY {}\n")
            self.assertIn("result", json.loads(process.stdout.readline()))
            process.stdin.close()
            self.assertEqual(process.stdout.read(), b"")
            self.assertEqual(process.wait(10), 0)
            process.stdout.close()

    def test_replies_come_also_to_a_client_that_has_closed_its_side(self):
        with Daemon() as daemon:
            daemon.wait_vm()
            calls = [("hello", {"protocol": 1, "client": "x"}), ("inventory.subscribe", {}), ("vm.start", {"vm": "x"})]
            lines = b"POOLAGENT RPC 1\n" + b"".join(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n"
                                                   for number, (method, params) in enumerate(calls))
            run = subprocess.run([daemon.binary, "connect", "--socket", daemon.socket], input=lines, capture_output=True, check=True, timeout=10)
            self.assertEqual(sorted(json.loads(line)["id"] for line in run.stdout.splitlines()[1:]), [0, 1, 2])

    def test_connect_without_an_agent_says_so_to_the_client(self):
        process = subprocess.run([agent_binary(), "connect", "--socket", "/nonexistent/socket"], input=b"", capture_output=True, check=False)
        self.assertEqual(process.returncode, 1)
        self.assertTrue(process.stdout.startswith(b"POOLAGENT ERROR {"))

    def test_command_line(self):
        def run(*words):
            return subprocess.run([agent_binary(), *words], capture_output=True, check=False, text=True)
        self.assertIn("poolagentd", run("--version").stdout)
        self.assertIn("serve", run("--help").stdout)
        for words in (("fly",), ("data",), ("connect", "x"), ("serve", "--idle-exit", "soon"), ("serve", "--config", "/nonexistent")):
            self.assertNotEqual(run(*words).returncode, 0, words)

    def test_a_bad_configuration_names_the_line(self):
        with Daemon() as daemon:
            daemon.stop()
            daemon.settings["direct_files"] = "perhaps"
            path = os.path.join(daemon.folder, "bad.conf")
            with open(path, "w", encoding="utf-8") as file:
                file.write("# x\n\nsocket = /tmp/x\ndirect_files = perhaps\n")
            run = subprocess.run([daemon.binary, "serve", "--config", path], capture_output=True, check=False, text=True)
            self.assertIn("line 4", run.stderr)


class Audit(unittest.TestCase):
    FULL = 64 << 20

    def test_a_full_log_is_put_aside(self):
        with Daemon() as daemon:
            vm = daemon.wait_vm()["id"]
            path = os.path.join(daemon.settings["state_dir"], "audit.log")
            with Rpc(daemon.socket) as rpc:
                def refused(reason):
                    with self.assertRaises(CallError):
                        rpc.call("vm.start", vm=vm[:-1] + reason)
                    return os.stat(path).st_size
                os.truncate(path, self.FULL - 1)
                self.assertGreater(refused("0"), self.FULL - 1, "not full yet")
                self.assertLess(refused("1"), 1000)
                os.truncate(path, self.FULL)
                self.assertLess(refused("2"), 1000)
            self.assertIn(vm[:-1] + "2", daemon.audit())
            self.assertNotIn(vm[:-1] + "1", daemon.audit())
            self.assertEqual(sorted(name for name in os.listdir(daemon.settings["state_dir"]) if name.startswith("audit")), ["audit.log", "audit.log.1"])
            self.assertEqual(os.stat(path + ".1").st_size, self.FULL)
            self.assertEqual([os.stat(name).st_mode & 0o777 for name in (path, path + ".1")], 2 * [0o640])


@unittest.skipUnless(os.geteuid() == 0, "becoming another user needs root")
class Roles(unittest.TestCase):
    """Who may do what, by group. The groups are some that every Debian has."""

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(admin_groups="games", operator_groups="news", viewer_groups="mail", socket_group="nogroup")
        cls.daemon.start()
        cls.daemon.wait_vm()
        os.chmod(cls.daemon.folder, 0o755)
        os.chmod(cls.daemon.socket, 0o666)

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__(None)

    def ask(self, groups, function):
        """function(rpc) as the user nobody in those groups."""
        def run():
            with Rpc(self.daemon.socket) as rpc:
                return function(rpc)
        return as_user(pwd.getpwnam("nobody").pw_uid, grp.getgrnam("nogroup").gr_gid, [grp.getgrnam(name).gr_gid for name in groups], run)

    def code_of(self, groups, function):
        def run(rpc):
            try:
                function(rpc)
            except CallError as error:
                return error.code
            return "allowed"
        return self.ask(groups, run)

    def test_roles_come_from_groups(self):
        def show(rpc):
            return rpc.hello["role"] + " " + rpc.hello["user"]
        self.assertEqual(self.ask(["games"], show), "admin nobody")
        self.assertEqual(self.ask(["news", "mail"], show), "operator nobody")
        self.assertEqual(self.ask(["mail"], show), "viewer nobody")
        self.assertIn("may not do this", self.ask([], show))

    def test_a_viewer_looks_and_touches_nothing(self):
        def touch(rpc):
            rpc.call("vm.pause", vm=rpc.subscribe()["vms"][0]["id"])
        self.assertEqual(self.ask(["mail"], lambda rpc: " ".join(rpc.hello["methods"])),
                         "hello inventory.subscribe task.wait snapshot.list snapshot.picture vm.get vm.get_xml vm.guest_info host.devices host.capabilities "
                         "datastore.kinds host.disks network.get host.nics host.guest_kinds volume.detect_guest volume.list volume.inspect")
        self.assertEqual(self.code_of(["mail"], touch), str(CODES["ACCESS_DENIED"]))

    def test_what_is_for_a_higher_role_is_refused_before_it_is_read(self):
        """Every method of the contract, without a parameter: whoever could call it would be told what is missing."""
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "protocol.txt"), encoding="utf-8") as file:
            roles = dict(re.findall(r"^method ([a-z_.]+)\(.*, (viewer|operator|admin)$", file.read(), re.MULTILINE))
        operators = [name for name, role in roles.items() if role == "operator"]
        self.assertEqual(" ".join(operators),
                         "task.cancel vm.start vm.shutdown vm.reboot vm.force_off vm.reset vm.pause vm.resume import.inspect vm.set_media vm.open_console snapshot.create "
                         "snapshot.edit vm.guest_shutdown datastore.refresh datastore.detach volume.digest volume.download volume.offer upload.begin upload.finish upload.abandon")
        admins = [name for name, role in roles.items() if role == "admin"]
        for group, names in (("mail", operators + admins), ("news", admins)):
            def allowed(rpc, names=names):
                codes = [self.code_in(rpc, name) for name in names]
                return " ".join(name for name, code in zip(names, codes) if code != CODES["ACCESS_DENIED"])
            self.assertEqual(self.ask([group], allowed), "", group)

    @staticmethod
    def code_in(rpc, method):
        try:
            rpc.call(method)
        except CallError as error:
            return error.code
        return 0

    def test_an_operator_makes_no_vms(self):
        def make(rpc):
            rpc.call("vm.create", name="a", vcpus=1, memory=1 << 26, firmware="bios")
        self.assertEqual(self.code_of(["news"], make), str(CODES["ACCESS_DENIED"]))
        self.assertIn('user="nobody" action=vm.create', self.daemon.audit())

    def store(self, rpc):
        folder = os.path.join(self.daemon.folder, "store")
        task = rpc.call("datastore.create", name="store", path=folder)["task"]
        self.assertEqual(rpc.wait_task(task)["state"], "done")
        return rpc.datastore("store")["id"], folder

    def test_an_operator_throws_nothing_of_others_away(self):
        with Rpc(self.daemon.socket) as root:
            root.subscribe()
            store, folder = self.store(root)
            begun = root.call("upload.begin", datastore=store, name="kept.iso", size=4)
            denied, exists = str(CODES["ACCESS_DENIED"]), str(CODES["VOLUME_EXISTS"])
            self.assertEqual(self.code_of(["news"], lambda rpc: rpc.call("task.cancel", task=begun["upload"])), denied)
            self.assertEqual(self.code_of(["games"], lambda rpc: rpc.call("task.cancel", task="00000000-0000-4000-8000-000000000000")), str(CODES["TASK_NOT_FOUND"]))
            data, _ = root.data(begun["ticket"])
            data.sendall(b"kept")
            root.call("upload.finish", upload=begun["upload"], sha256=hashlib.sha256(b"kept").hexdigest())
            data.close()
            for replace, code in ((False, exists), (True, denied)):
                self.assertEqual(self.code_of(["news"], lambda rpc, replace=replace: rpc.call("upload.begin", datastore=store, name="kept.iso", size=1, replace=replace)), code)
            with open(os.path.join(folder, "kept.iso"), "rb") as file:
                self.assertEqual(file.read(), b"kept")
            own = self.ask(["news"], lambda rpc: rpc.call("upload.begin", datastore=store, name="own.iso", size=1, replace=True)["upload"])
            self.assertEqual(self.code_of(["news"], lambda rpc: rpc.call("task.cancel", task=own)), "allowed")
            self.assertEqual(root.wait_task(own)["state"], "cancelled")
            another = self.ask(["news"], lambda rpc: rpc.call("upload.begin", datastore=store, name="own.iso", size=1)["upload"])
            root.call("task.cancel", task=another)
            self.assertEqual(root.wait_task(another)["state"], "cancelled")

    def connections_of(self, uid, count):
        """The kernel notes who connects when it is done."""
        os.seteuid(uid)
        try:
            for _ in range(count):
                yield self.enterContext(connect(self.daemon.socket))
        finally:
            os.seteuid(0)

    def test_users_leave_connections_to_root(self):
        open_ones = [*self.connections_of(pwd.getpwnam("nobody").pw_uid, 128), *self.connections_of(pwd.getpwnam("games").pw_uid, 128)]
        with Rpc(self.daemon.socket) as root:  # in the order of connecting: all others have been decided about
            self.assertEqual(root.hello["role"], "admin")
        refused = select.select(open_ones, [], [], 0)[0]
        self.assertEqual([connection.recv(1) for connection in refused], 8 * [b""])


if __name__ == "__main__":
    unittest.main()
