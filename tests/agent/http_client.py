# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's HTTP socket from Python: the standard library's XML-RPC client, and JSON-RPC, over a Unix socket."""
import http.client
import json
import socket
import xmlrpc.client


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=70):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path):
        super().__init__()
        self.path = path

    def make_connection(self, host):
        if self._connection[0] != host:
            self._connection = host, UnixConnection(self.path)
        return self._connection[1]


def xml_rpc(path):
    """agent.vm.start({"vm": id}) and so on; numbers above 2**31 as Number(n)."""
    return xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=UnixTransport(path))


class Number(int):
    """A number that may need 64 bits: Python's module writes 32 only."""


def _dump_number(marshaller, value, write):
    write(f"<value><i8>{int(value)}</i8></value>\n")


xmlrpc.client.Marshaller.dispatch[Number] = _dump_number


class JsonError(Exception):
    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]


class JsonRpc:
    """call("vm.start", vm=id); one connection, kept open."""

    def __init__(self, path):
        self.connection = UnixConnection(path)

    def close(self):
        self.connection.close()

    def post(self, body, path="/jsonrpc", method="POST", **headers):
        """Status, headers and body of any request."""
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def call(self, method, **params):
        status, headers, text = self.post(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
        if (status, headers["Content-Type"]) != (200, "application/json"):
            raise AssertionError(f"{status} {headers} {text!r}")
        reply = json.loads(text)
        if "error" in reply:
            raise JsonError(reply["error"])
        return reply["result"]
