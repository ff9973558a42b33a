# SPDX-License-Identifier: GPL-3.0-or-later
"""Today's agent and clients of other versions: what a client of contract 1 sent is replayed, and every answer checked against contract 1's frozen text."""
import json
import os
import sys
import unittest

from agent_client import CallError, Daemon, Rpc, connect

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "protocol"))
from contract import Contract  # noqa: E402

NOW = Contract("protocol.txt")


class OldClient:
    """Speaks contract 1 by the letter; every line of the agent is checked against it."""

    def __init__(self, path):
        self.contract = Contract("protocol-1.txt")
        self.socket = connect(path)
        self.file = self.socket.makefile("rb")
        self.calls = {}
        self.events = []
        self.raw("POOLAGENT RPC 1")
        if self.file.readline() != b"POOLAGENT READY {}\n":
            raise AssertionError("not the opening line of contract 1")

    def close(self):
        self.file.close()
        self.socket.close()

    def raw(self, line):
        self.socket.sendall(line.encode() + b"\n")

    def call(self, number, method, params):
        self.contract.check(params, self.contract.methods[method][0])
        self.calls[number] = method
        self.raw(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}))
        while True:
            message = self.hear()
            if message.get("id") == number:
                return message

    def hear(self):
        message = json.loads(self.file.readline())
        if message.get("method") in self.contract.events:
            self.contract.check(message["params"], self.contract.events[message["method"]])
            self.events.append(message)
        elif "result" in message:
            self.contract.check(message["result"], self.contract.methods[self.calls[message["id"]]][1])
        elif "error" in message:
            self.contract.check(message["error"] | message["error"].get("data", {}), "ErrorInfo")
        return message


class Versions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        cls.daemon.start()
        cls.addClassCleanup(cls.daemon.__exit__, None)
        cls.daemon.wait_vm()

    def test_a_client_of_contract_1(self):
        client = OldClient(self.daemon.socket)
        self.addCleanup(client.close)
        hello = client.call(1, "hello", {"protocol": 1, "client": "PoolCenter 0.1.0", "language": "en"})["result"]
        self.assertEqual(hello["protocol"], 1)
        self.assertLessEqual(set(client.contract.methods), set(hello["methods"]))
        inventory = client.call(2, "inventory.subscribe", {})["result"]
        vm = inventory["vms"][0]
        task = client.call(3, "vm.force_off", {"vm": vm["id"]})["result"]["task"]
        while not any(event["method"] == "task.changed" and event["params"]["id"] == task and event["params"]["state"] == "done"
                      for event in client.events):
            client.hear()
        refused = client.call(4, "vm.force_off", {"vm": vm["id"]})["error"]
        self.assertEqual(client.contract.errors[refused["code"]], "VM_WRONG_STATE")
        task = client.call(5, "vm.start", {"vm": vm["id"]})["result"]["task"]
        while not any(event["method"] == "inventory.changed" and event["params"].get("vms", [{}])[0].get("state") == "running"
                      for event in client.events):
            client.hear()
        listed = client.call(6, "volume.list", {"datastore": inventory["datastores"][0]["id"]})["result"]
        self.assertEqual(listed["total"], 0)

    def test_a_client_of_the_future(self):
        with Rpc(self.daemon.socket, hello=False) as rpc:
            hello = rpc.call("hello", protocol=NOW.version + 7, client="PoolCenter 9", of_the_future={"x": [1]})
            self.assertEqual(hello["protocol"], NOW.version)
            NOW.check(hello, "HelloResult")
            with self.assertRaises(CallError) as caught:
                rpc.call("pool.balance", pool="x")
            self.assertEqual(NOW.errors[caught.exception.code], "METHOD_NOT_FOUND")
            with self.assertRaises(CallError) as caught:  # never half understood
                rpc.call("vm.start", vm=rpc.inventory()["vms"][0]["id"], on_host="other")
            self.assertEqual(NOW.errors[caught.exception.code], "INVALID_PARAMS")

    def test_a_client_older_than_the_oldest(self):
        with Rpc(self.daemon.socket, hello=False) as rpc, self.assertRaises(CallError) as caught:
            rpc.call("hello", protocol=0, client="x")
        self.assertEqual(str(caught.exception), f"The client speaks contract version 0, the agent 1 to {NOW.version}. Update the older one.")

    def test_task_wait(self):
        with Rpc(self.daemon.socket) as rpc:
            vm = rpc.inventory()["vms"][0]
            if vm["state"] == "running":
                task = rpc.call("task.wait", task=rpc.call("vm.force_off", vm=vm["id"])["task"])
                self.assertEqual((task["state"], task["object_name"]), ("done", "test"))
            task = rpc.call("task.wait", task=rpc.call("vm.start", vm=vm["id"])["task"], timeout=10**9)
            self.assertEqual(task["state"], "done")
            with self.assertRaises(CallError) as caught:
                rpc.call("task.wait", task="6695eb01-f6a4-8304-79aa-97f2502e193f")
            self.assertEqual(NOW.errors[caught.exception.code], "TASK_NOT_FOUND")


class Waiting(unittest.TestCase):
    """A task that lasts: an upload whose bytes do not come."""

    def setUp(self):
        self.daemon = Daemon()
        self.daemon.start()
        self.addCleanup(self.daemon.__exit__, None)
        self.daemon.wait_vm()
        with Rpc(self.daemon.socket) as rpc:
            rpc.subscribe()
            rpc.run("datastore.create", name="store", path=os.path.join(self.daemon.folder, "store"))
            self.store = next(store["id"] for store in rpc.inventory()["datastores"] if store["name"] == "store")

    def begin(self, rpc):
        return rpc.call("upload.begin", datastore=self.store, name="a.iso", size=1000)["upload"]

    def test_ends_with_the_time_the_task_or_the_agent(self):
        with Rpc(self.daemon.socket) as rpc, Rpc(self.daemon.socket) as other:
            upload = self.begin(rpc)
            task = rpc.call("task.wait", task=upload, timeout=50)
            self.assertEqual(task["state"], "running")
            number = rpc.send("task.wait", task=upload)
            other.call("upload.abandon", upload=upload)
            self.assertEqual(rpc.reply(number)["state"], "cancelled")
            upload = self.begin(rpc)
            for _ in range(17):
                rpc.send("task.wait", task=upload)
            while not rpc.replies:  # the one that is too many is answered, the others wait
                rpc.take_line()
            self.assertEqual([NOW.errors[reply["error"]["code"]] for reply in rpc.replies.values()], ["BUSY"])
            self.daemon.stop()  # does not wait for them


if __name__ == "__main__":
    unittest.main()
