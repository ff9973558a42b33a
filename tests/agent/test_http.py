# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's HTTP for scripts: Python's xmlrpc.client and curl against the real daemon on libvirt's test driver, and what hostile clients may send."""
import grp
import json
import os
import pwd
import re
import socket
import subprocess
import sys
import threading
import time
import unittest
import warnings
import xmlrpc.client

from agent_client import Daemon, Rpc, as_user, connect
from http_client import JsonError, JsonRpc, Number, UnixConnection, xml_rpc

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NOBODY = pwd.getpwnam("nobody").pw_uid
NOGROUP = grp.getgrnam("nogroup").gr_gid
LIMIT = 256 << 10


class HttpCase(unittest.TestCase):
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(**cls.settings)
        cls.path = cls.daemon.settings["http_socket"] = os.path.join(cls.daemon.folder, "http.sock")
        cls.daemon.start()
        cls.addClassCleanup(cls.daemon.__exit__, None)
        cls.daemon.wait_vm()

    def setUp(self):
        self.json = JsonRpc(self.path)
        self.addCleanup(self.json.close)
        self.xml = xml_rpc(self.path)
        self.addCleanup(self.xml("close"))
        self.vm = self.json.call("inventory.subscribe")["vms"][0]

    def power(self, on):
        if (self.json.call("inventory.subscribe")["vms"][0]["state"] == "running") != on:
            self.json.call("task.wait", task=self.json.call("vm.start" if on else "vm.force_off", vm=self.vm["id"])["task"])


class Calls(HttpCase):
    def fault(self, code, function, *arguments):
        with self.assertRaises(xmlrpc.client.Fault) as caught:
            function(*arguments)
        self.assertEqual(caught.exception.faultCode, code, caught.exception.faultString)
        return caught.exception.faultString

    def error(self, code, method, **params):
        with self.assertRaises(JsonError) as caught:
            self.json.call(method, **params)
        self.assertEqual(caught.exception.code, code, str(caught.exception))
        return str(caught.exception)

    def test_both_say_the_same_as_the_control_connection(self):
        with Rpc(self.daemon.socket) as rpc:
            whole = rpc.subscribe()
        self.assertEqual(self.json.call("inventory.subscribe"), whole)
        self.assertEqual(self.xml.inventory.subscribe(), whole)
        self.assertGreater(whole["host"]["memory"], 1 << 31)  # so an <i8> was among it
        self.assertEqual(self.xml.hello({"protocol": 2, "client": "script"}), self.json.call("hello", protocol=2, client="script"))

    def test_a_task_is_started_and_waited_for(self):
        self.power(True)
        task = self.xml.vm.force_off({"vm": self.vm["id"]})
        ended = self.xml.task.wait(task)
        self.assertEqual((ended["state"], ended["method"], ended["object_name"], ended["user"]), ("done", "vm.force_off", "test", pwd.getpwuid(os.getuid())[0]))
        self.assertEqual(self.xml.task.wait(self.xml.vm.start({"vm": self.vm["id"], "paused": False}))["state"], "done")
        self.assertEqual(self.json.call("inventory.subscribe")["vms"][0]["state"], "running")
        self.assertIn("vm.force_off", self.daemon.audit())

    def test_errors_are_sentences_with_the_same_code(self):
        self.power(True)
        sentence = "This is not possible while the VM 'test' is running."
        self.assertEqual(self.fault(-32022, self.xml.vm.start, {"vm": self.vm["id"]}), sentence)
        self.assertEqual(self.error(-32022, "vm.start", vm=self.vm["id"]), sentence)
        self.fault(-32601, self.xml.vm.levitate, {})
        self.error(-32601, "vm.levitate")
        self.assertIn("vm must be a string", self.fault(-32602, self.xml.vm.start, {"vm": 5}))
        self.assertIn("vm is missing", self.fault(-32602, self.xml.vm.start))
        self.assertIn("not known here", self.fault(-32602, self.xml.vm.start, {"vm": self.vm["id"], "x": 1}))
        self.assertIn("struct of named parameters", self.fault(-32600, self.xml.vm.start, "id"))
        self.fault(-32600, self.xml.vm.start, {"vm": self.vm["id"]}, 1)
        self.fault(-32008, self.xml.task.wait, {"task": "6695eb01-f6a4-8304-79aa-97f2502e193f"})

    def test_every_type_arrives(self):
        def create(**changes):
            return self.xml.vm.create({"name": "big", "vcpus": 1, "memory": Number(1 << 50), "firmware": "bios", **changes})
        self.assertIn("big", self.fault(-32025, create))                       # 64 bits were read
        self.assertIn("memory must be a whole number", self.fault(-32602, lambda: create(memory="1")))
        self.assertIn("start must be true or false", self.fault(-32602, lambda: create(start=1)))
        self.assertIn("type that no parameter has", self.fault(-32600, lambda: create(memory=1.5)))
        self.assertIn("disks must be a list", self.fault(-32602, lambda: create(disks={})))
        self.assertIn("capacity is missing", self.fault(-32602, lambda: create(disks=[{"datastore": "x"}])))
        self.assertIn("ümläut/", self.fault(-32024, lambda: create(name="ümläut/", memory=1 << 26)))
        self.assertIn("ümläut/", self.fault(-32024, lambda: create(name=xmlrpc.client.Binary("ümläut/".encode()), memory=1 << 26)))

    def test_text_that_xml_cannot_hold_comes_as_base64(self):
        body = "<methodCall><methodName>vm.start</methodName><params><param><value><struct><member><name>vm</name><value><base64>AQI=</base64>" \
               "</value></member></struct></value></param></params></methodCall>"
        status, _, text = self.json.post(body, "/RPC2")
        self.assertEqual(status, 200)
        with self.assertRaises(xmlrpc.client.Fault) as caught:
            xmlrpc.client.loads(text)
        self.assertEqual(caught.exception.faultString.data, b"No VM has the id '\x01\x02'. It may have been deleted meanwhile.")

    def test_curl(self):
        def curl(path, body):
            return subprocess.run(["curl", "--silent", "--show-error", "--fail", "--unix-socket", self.path, "--data-binary", body,
                                   "http://localhost" + path], check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout
        reply = json.loads(curl("/jsonrpc", '{"jsonrpc":"2.0","id":7,"method":"hello","params":{"protocol":2,"client":"curl"}}'))
        self.assertEqual((reply["id"], reply["result"]["role"]), (7, "admin"))
        text = curl("/RPC2", "<methodCall><methodName>hello</methodName><params><param><value><struct><member><name>protocol</name><value><int>2"
                             "</int></value></member><member><name>client</name><value>curl</value></member></struct></value></param></params></methodCall>")
        self.assertEqual(xmlrpc.client.loads(text)[0][0], reply["result"])

    def test_uploads_find_their_data_connection(self):
        store = os.path.join(self.daemon.folder, "store")
        task = self.xml.datastore.create({"name": "store", "path": store})
        self.assertEqual(self.xml.task.wait(task)["state"], "done")
        store_id = next(item["id"] for item in self.xml.inventory.subscribe()["datastores"] if item["name"] == "store")
        begun = self.xml.upload.begin({"datastore": store_id, "name": "a.iso", "size": 3})
        with connect(self.daemon.socket) as data, data.makefile("rb") as file:
            data.sendall(b"POOLAGENT DATA " + begun["ticket"].encode() + b"\n")
            self.assertTrue(file.readline().startswith(b"POOLAGENT READY"))
            data.sendall(b"abc")
            done = self.xml.upload.finish({"upload": begun["upload"], "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"})
        self.assertEqual(done["name"], "a.iso")
        with open(os.path.join(store, "a.iso"), "rb") as file:
            self.assertEqual(file.read(), b"abc")


class Examples(HttpCase):
    """What docs/api.md shows is run as it stands there, but for the socket's name."""

    def examples(self, language):
        with open(os.path.join(ROOT, "docs", "api.md"), encoding="utf-8") as file:
            return [text.replace("/run/poolagent/http.sock", self.path) for text in re.findall(rf"^```{language}\n(.*?)^```$", file.read(), re.M | re.S)]

    def run_all(self, language, *command):
        self.power(True)
        outputs = []
        for text in self.examples(language):
            done = subprocess.run([*command, text], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stdout)
            outputs.append(done.stdout)
        return outputs

    def test_bash(self):
        self.assertEqual(self.run_all("bash", "bash", "-euo", "pipefail", "-c"), ["test running\n", "done\ndone\n"])

    def test_python(self):
        first, second = self.run_all("python", sys.executable, "-c")
        self.assertEqual(first, f"{os.uname().nodename} has 1 VM\nvm.force_off done\n-32022 This is not possible while the VM 'test' is off.\n")
        self.assertIn("<i8>4294967296</i8>", second)


class Roles(HttpCase):
    settings = {"admin_groups": "tty", "operator_groups": "mail", "viewer_groups": "news", "socket_group": "mail"}

    def setUp(self):
        super().setUp()
        os.chmod(self.daemon.folder, 0o755)

    def as_member(self, group, function):
        """What nobody gets as a member of that group."""
        return as_user(NOBODY, NOGROUP, [grp.getgrnam(group).gr_gid] if group else [], function)

    @unittest.skipIf(os.getuid(), "needs root")
    def test_roles_are_those_of_the_kernel(self):
        def start():
            agent = xml_rpc(self.path)
            warnings.simplefilter("ignore")  # the child ends without closing
            role = agent.hello({"protocol": 2, "client": "x"})["role"]
            try:
                agent.vm.start({"vm": self.vm["id"]})
            except xmlrpc.client.Fault as fault:
                return f"{role} {fault.faultCode}"
            return role
        self.power(True)
        self.assertEqual(self.as_member("news", start), "viewer -32002")
        self.assertEqual(self.as_member("mail", start), "operator -32022")
        self.assertEqual(self.as_member("tty", start), "admin -32022")

    @unittest.skipIf(os.getuid(), "needs root")
    def test_only_members_open_either_socket(self):
        for path in (self.path, self.daemon.socket):
            self.assertEqual(oct(os.stat(path).st_mode & 0o777), "0o660")
            for group, outcome in (("tty", "None"), ("mail", "None"), ("news", "None"), ("audio", "PermissionError"), (None, "PermissionError")):
                self.assertIn(outcome, self.as_member(group, lambda path=path: connect(path).close()))

    @unittest.skipIf(os.getuid(), "needs root")
    def test_a_user_without_a_role_is_not_listened_to(self):
        os.chmod(self.path, 0o666)
        try:
            for path, body in (("/jsonrpc", "nonsense"), ("/RPC2", "<nonsense")):
                def post(path=path, body=body):
                    client = JsonRpc(self.path)
                    text = client.post(body, path)[2].decode()
                    client.close()
                    return text
                self.assertIn("-32002", self.as_member(None, post))
        finally:
            os.chmod(self.path, 0o660)

    @unittest.skipIf(os.getuid(), "needs root")
    def test_one_user_cannot_take_all_connections(self):
        def crowd():
            warnings.simplefilter("ignore")
            held = [connect(self.path) for _ in range(40)]
            time.sleep(0.3)
            ended = 0
            for connection in held:
                connection.setblocking(False)
                try:
                    ended += connection.recv(1) == b""
                except BlockingIOError:
                    pass
            return ended
        self.assertEqual(self.as_member("mail", crowd), "8")
        self.assertEqual(self.json.call("hello", protocol=2, client="x")["role"], "admin")


class Hostile(HttpCase):
    def tearDown(self):
        # Whatever happened, the next one is served.
        client = JsonRpc(self.path)
        self.assertEqual(client.call("hello", protocol=2, client="x")["role"], "admin")
        client.close()

    def raw(self, data, timeout=10):
        """All that comes back on a connection that sends just this."""
        with connect(self.path, timeout) as connection:
            answer = b""
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
            except BrokenPipeError:  # it has heard enough
                pass
            while True:
                try:
                    piece = connection.recv(65536)
                except ConnectionResetError:
                    return answer
                if not piece:
                    return answer
                answer += piece

    def test_other_methods_and_places(self):
        for method, path, status in (("GET", "/jsonrpc", 405), ("PUT", "/RPC2", 405), ("POST", "/", 404), ("GET", "/../etc/passwd", 404),
                                     ("POST", "/jsonrpc/", 404), ("POST", "/RPC2" + "x" * 3000, 404)):
            got, headers, text = self.json.post(b"" if method != "GET" else None, path, method)
            self.assertEqual(got, status, path)
            self.assertEqual(headers["Content-Type"], "text/plain; charset=utf-8")
            self.assertNotIn(b"passwd", text)
            if status == 405:
                self.assertEqual(headers["Allow"], "POST")

    def test_bodies_that_are_no_call(self):
        for path, bodies in (("/jsonrpc", (b"", b"nonsense", b"[]", b'"x"', b"{}", b"\xff\xfe", b"\0" * 100, b"[" * 100000, b'{"a":' * 50000,
                                           b'{"jsonrpc":"2.0","method":"hello"}', b'{"jsonrpc":"2.0","id":1,"result":{}}', b'[{"jsonrpc":"2.0","id":1}]')),
                             ("/RPC2", (b"", b"nonsense", b"<", b"<x/>", b"<methodCall/>", b"\0" * 100, b"<a>" * 60000, b"\xff\xfe<\0a\0/\0>\0",
                                        b"<methodCall><methodName/></methodCall>", b"<methodCall><methodName>hello</methodName><params><param/></params></methodCall>"))):
            for body in bodies:
                status, _, text = self.json.post(body, path)
                self.assertEqual(status, 200, body[:40])
                self.assertRegex(text, rb"-32[67]00", body[:40])

    def nested(self, depth):
        value = "<value>x</value>"
        for _ in range(depth):
            value = f"<value><array><data>{value}</data></array></value>"
        return f"<methodCall><methodName>vm.start</methodName><params><param><value><struct><member><name>vm</name>{value}</member></struct></value></param></params></methodCall>"

    def test_xml_that_is_a_trap(self):
        laughs = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
        for body, sentence in ((f'<!DOCTYPE x [<!ENTITY e0 "ha">{laughs}]><methodCall><methodName>&e9;</methodName></methodCall>', "XML"),
                               ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><methodCall><methodName>hello</methodName></methodCall>', "document type"),
                               ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><methodCall><methodName>&e;</methodName></methodCall>', "document type"),
                               (self.nested(31), "vm must be a string"), (self.nested(40), "nested too deeply"), (self.nested(300), ""),
                               ("<methodCall><methodName>hello</methodName><params><param><value><struct>" +
                                "<member><name>a</name><value>1</value></member>" * 2 + "</struct></value></param></params></methodCall>", "same name")):
            _, _, text = self.json.post(body, "/RPC2")
            self.assertIn(sentence, text.decode())
            self.assertNotIn("root:", text.decode())
            self.assertRaises(xmlrpc.client.Fault, xmlrpc.client.loads, text)

    def test_bodies_that_are_too_large(self):
        for length in (b"%d" % (LIMIT + 1), b"99999999999999999999"):
            self.assertIn(b" 413 ", self.raw(b"POST /jsonrpc HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\n")[:40])
        self.assertNotIn(b" 200 ", self.raw(b"POST /jsonrpc HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
                                            (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 8))
        self.assertEqual(self.json.post(b"x" * LIMIT)[0], 200)

    def test_heads_that_are_broken(self):
        for data in (b"nonsense\r\n\r\n", b"POST\r\n\r\n", b"POST /jsonrpc HTTP/9.9\r\n\r\n", b"POST /jsonrpc HTTP/1.1\r\n" + b"a: b\r\n" * 5000,
                     b"POST /jsonrpc HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                     b"POST /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n", os.urandom(5000), b"POOLAGENT RPC 1\n",
                     b"POST /jsonrpc HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            self.assertNotIn(b" 200 ", self.raw(data)[:20], data[:40])

    def test_pipelined_calls_are_answered_in_order(self):
        call = b"".join(b"POST /jsonrpc HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%s\r\n%s" % (len(body), b"Connection: close\r\n" if number == 9 else b"", body)
                        for number in range(10)
                        for body in [json.dumps({"jsonrpc": "2.0", "id": number, "method": "hello", "params": {"protocol": 2, "client": "x"}}).encode()])
        with connect(self.path) as connection, connection.makefile("rb") as file:
            connection.sendall(call)
            self.assertEqual([int(number) for number in re.findall(rb'"id":(\d+),"result"', file.read())], list(range(10)))

    def test_clients_that_leave_in_the_middle(self):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "inventory.subscribe", "params": {}}).encode()
        head = b"POST /jsonrpc HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
        for cut in range(1, len(head + body) + 1, 7):
            with connect(self.path) as connection:
                connection.sendall((head + body)[:cut])

    def test_many_at_once(self):
        failures = []

        def work():
            try:
                client = JsonRpc(self.path)
                for _ in range(20):
                    client.call("inventory.subscribe")
                client.close()
            except Exception as error:  # reported below, with its thread's name lost
                failures.append(error)
        threads = [threading.Thread(target=work) for _ in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])


class Daemons(unittest.TestCase):
    def test_no_http_unless_configured(self):
        with Daemon() as daemon:
            self.assertEqual([name for name in os.listdir(daemon.folder) if name.endswith(".sock")], ["agent.sock"])

    def test_the_end_does_not_wait_for_calls(self):
        with Daemon() as daemon:
            path = daemon.settings["http_socket"] = os.path.join(daemon.folder, "http.sock")
            daemon.stop()
            daemon.start()
            daemon.wait_vm()
            client = JsonRpc(path)
            store = os.path.join(daemon.folder, "store")
            client.call("task.wait", task=client.call("datastore.create", name="store", path=store)["task"])
            store_id = next(item["id"] for item in client.call("inventory.subscribe")["datastores"] if item["name"] == "store")
            upload = client.call("upload.begin", datastore=store_id, name="a.iso", size=3)["upload"]
            waiting = [UnixConnection(path) for _ in range(30)]  # more than run at once
            for connection in waiting:
                connection.request("POST", "/jsonrpc", json.dumps({"jsonrpc": "2.0", "id": 1, "method": "task.wait", "params": {"task": upload}}))
            self.assertEqual(client.call("hello", protocol=2, client="x")["role"], "admin")
            began = time.monotonic()
            daemon.stop()
            self.assertLess(time.monotonic() - began, 10)
            self.assertFalse(os.path.exists(path))
            for connection in [*waiting, client]:
                connection.close()

    def test_idle_exit_counts_scripts_as_clients(self):
        with Daemon() as daemon:
            daemon.stop()
            path = daemon.settings["http_socket"] = os.path.join(daemon.folder, "http.sock")
            os.remove(os.path.join(daemon.folder, "log"))
            daemon.start("--idle-exit", "1")
            client = JsonRpc(path)
            end = time.monotonic() + 2.5
            while time.monotonic() < end:
                client.call("hello", protocol=2, client="x")
                time.sleep(0.1)
            client.close()
            self.assertEqual(daemon.process.wait(10), 0)
            daemon.process = None

    def test_an_agent_stays_small(self):
        binary = os.path.join(ROOT, "build", "release-agent", "agent", "poolagentd")
        if not os.path.exists(binary):
            self.skipTest("the preset release-agent is not built")
        with Daemon(binary=binary) as daemon:
            daemon.stop()
            path = daemon.settings["http_socket"] = os.path.join(daemon.folder, "http.sock")
            daemon.start()
            daemon.wait_vm()

            def memory(what):
                with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as file:
                    return int(re.search(what + r":\s+(\d+) kB", file.read()).group(1))
            client = JsonRpc(path)
            client.call("inventory.subscribe")
            before = memory("VmRSS")
            for _ in range(100):
                client.call("inventory.subscribe")
                client.post(b"<a>" * 80000, "/RPC2")
                client.post(b'{"a":[' + b"0," * 100000 + b"0]}")
                client.post(b"<methodCall>" + b"<a/>" * 64000 + b"</methodCall>", "/RPC2")
            client.close()
            self.assertLess(memory("VmRSS") - before, 1 << 10)
            self.assertLess(memory("RssAnon"), 4 << 10)  # the rest is the code of libvirt and what it loads


if __name__ == "__main__":
    unittest.main()
