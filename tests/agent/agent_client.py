# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the agent in Python, for tests: control and data connections over the Unix socket, and a daemon of one's own."""
import hashlib
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def agent_binary():
    """$POOLAGENTD, or the one of the linux preset."""
    return os.environ.get("POOLAGENTD") or os.path.join(ROOT, "build", "linux", "agent", "poolagentd")


class CallError(Exception):
    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]
        self.object = error.get("data", error).get("object")
        self.cause = error.get("data", error).get("cause")


class Refusals:
    """For test cases: calls that must fail."""

    def refused(self, code, function, *arguments, **params):
        with self.assertRaises(CallError) as caught:
            function(*arguments, **params)
        self.assertEqual(caught.exception.code, code, str(caught.exception))
        return caught.exception


class Refused(CallError):
    """The agent answered the opening line with an error."""


def connect(path, timeout=20):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout)
    end = time.monotonic() + timeout
    while True:
        try:
            connection.connect(path)
            return connection
        except BlockingIOError:  # the queue of those who wait is full; with a timeout the kernel does not wait for room in it
            if time.monotonic() > end:
                connection.close()
                raise
            time.sleep(0.01)
        except OSError:
            connection.close()
            raise


def opening(file):
    line = file.readline().decode()
    word, _, text = line.partition("{")
    body = json.loads("{" + text) if text else {}
    if word.strip() == "POOLAGENT ERROR":
        raise Refused(body)
    if word.strip() != "POOLAGENT READY":
        raise AssertionError(f"not an opening line: {line!r}")
    return body


class Rpc:
    """A control connection. call() waits for the reply and keeps the events that come meanwhile in self.events, other replies in self.replies."""

    def __init__(self, path, hello=True, timeout=20):
        self.path = path
        self.socket = connect(path, timeout)
        self.file = self.socket.makefile("rb")
        self.events = []
        self.replies = {}
        self.number = 0
        try:
            self.raw(b"POOLAGENT RPC 1\n")
            opening(self.file)
            if hello:
                self.hello = self.call("hello", protocol=1, client="test")
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def raw(self, data):
        self.socket.sendall(data)

    def line(self):
        text = self.file.readline()
        if not text:
            raise ConnectionError("the agent has closed the connection")
        return json.loads(text)

    def send(self, method, **params):
        self.number += 1
        message = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": params}
        self.raw(json.dumps(message).encode() + b"\n")
        return self.number

    def reply(self, number):
        while number not in self.replies:
            self.take_line()
        message = self.replies.pop(number)
        if "error" in message:
            raise CallError(message["error"])
        return message["result"]

    def take_line(self):
        message = self.line()
        if "method" in message:
            self.events.append(message)
        else:
            self.replies[message.get("id")] = message

    def call(self, method, **params):
        return self.reply(self.send(method, **params))

    def event(self, want, timeout=10):
        """The first event, old or new, for which want(method, params) is true; it and all before it are dropped."""
        end = time.monotonic() + timeout
        self.socket.settimeout(timeout)
        while True:
            while self.events:
                message = self.events.pop(0)
                if want(message["method"], message["params"]):
                    return message["params"]
            if time.monotonic() > end:
                raise AssertionError("the event did not come")
            self.take_line()

    def subscribe(self, **params):
        return self.call("inventory.subscribe", **params)

    def wait_task(self, task, timeout=60):
        """The task when it has ended; needs a subscription."""
        def ended(method, params):
            return method == "task.changed" and params["id"] == task and "finished" in params
        return self.event(ended, timeout)

    def run(self, method, timeout=60, **params):
        """Calls a method that makes a task, waits, raises if it failed."""
        task = self.wait_task(self.call(method, **params)["task"], timeout)
        if "error" in task:
            raise CallError(task["error"])
        return task

    def inventory(self):
        with Rpc(self.path) as other:
            return other.subscribe()

    def vm(self, name):
        return next((vm for vm in self.inventory().get("vms", []) if vm["name"] == name), None)

    def datastore(self, name):
        return next((ds for ds in self.inventory().get("datastores", []) if ds["name"] == name), None)

    def active_datastore(self, name):
        """The datastore once it is active; libvirt tells of one before that."""
        store = self.datastore(name)
        return store if store and store["state"] == "active" else None

    def data(self, ticket, timeout=60):
        """A data connection: (socket, what the READY line said)."""
        connection = connect(self.path, timeout)
        connection.sendall(b"POOLAGENT DATA " + ticket.encode() + b"\n")
        line = b""
        while not line.endswith(b"\n"):
            byte = connection.recv(1)
            if not byte:
                connection.close()
                raise ConnectionError("the agent has closed the data connection")
            line += byte
        try:
            return connection, opening(io.BytesIO(line))
        except CallError:
            connection.close()
            raise

    def upload(self, datastore, name, content, until=None, finish=True, sha256=None, **options):
        """Uploads bytes, from where the agent wants; until: cut the connection there and return."""
        begun = self.call("upload.begin", datastore=datastore, name=name, size=len(content), **options)
        connection, ready = self.data(begun["ticket"])
        offset = ready.get("offset", 0)
        assert offset == begun["offset"]
        assert ready["prefix_sha256"] == hashlib.sha256(content[:offset]).hexdigest(), "the prefix is another one"
        try:
            connection.sendall(content[offset:until])
        except OSError:
            pass
        if until is not None:
            connection.close()
            return begun, offset
        result = None
        if finish:
            result = self.call("upload.finish", upload=begun["upload"], sha256=sha256 or hashlib.sha256(content).hexdigest())
        connection.close()
        return result if finish else begun


def connect_when_known(socket, *datastores, timeout=60):
    """A subscribed connection once the agent runs and these datastores are active; None before that: for wait_for."""
    try:
        rpc = Rpc(socket, timeout)
    except OSError:
        return None
    if all(rpc.active_datastore(name) for name in datastores):
        rpc.subscribe()
        return rpc
    rpc.close()
    return None


class Daemon:
    """An agent of one's own in a temporary folder; no root needed."""

    def __init__(self, binary=None, environment=None, **settings):
        self.binary = binary or agent_binary()
        self.environment = environment
        self.folder = tempfile.mkdtemp(prefix="pa-")
        self.socket = os.path.join(self.folder, "agent.sock")
        self.settings = {"socket": self.socket, "state_dir": os.path.join(self.folder, "state"), "drivers": "test:///default",
                         "audit_syslog": "no", **settings}
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        try:
            if self.process:
                self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, *arguments):
        config = os.path.join(self.folder, "agent.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.writelines(f"{key} = {value}\n" for key, value in self.settings.items())
        path = os.path.join(self.folder, "log")
        before = os.path.getsize(path) if os.path.exists(path) else 0
        with open(path, "ab") as log:
            self.process = subprocess.Popen([self.binary, "serve", "--config", config, *arguments], stderr=log, stdin=subprocess.DEVNULL,
                                            env={**os.environ, **(self.environment or {})})
        end = time.monotonic() + 10
        while "listens on" not in self.log()[before:]:
            if time.monotonic() > end or self.process.poll() is not None:
                raise AssertionError("the agent does not start: " + self.log())
            time.sleep(0.02)

    def wait_vm(self, name="test"):
        """The libvirt connection comes up on its own."""
        with Rpc(self.socket) as rpc:
            end = time.monotonic() + 10
            while not rpc.vm(name):
                if time.monotonic() > end:
                    raise AssertionError("no VM " + name + ": " + self.log())
                time.sleep(0.05)
            return rpc.vm(name)

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def audit(self):
        with open(os.path.join(self.settings["state_dir"], "audit.log"), encoding="utf-8") as file:
            return file.read()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self):
        """Ends it politely; sanitizer findings, leaks too, fail the test."""
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError("the agent does not end: " + self.log()) from None
        if code:
            raise AssertionError(f"the agent ended with {code}: " + self.log())


def as_user(uid, gid, groups, function):
    """What function returns (a string) in a child process of that user and those groups; what it raises as text."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups(groups)
            os.setgid(gid)
            os.setuid(uid)
            answer = function()
        except BaseException as error:  # a child must not run on as a second test runner
            answer = f"{type(error).__name__}: {error}"
        os.write(writing, str(answer).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read().decode()
    os.waitpid(child, 0)
    return answer
