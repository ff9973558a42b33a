#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking for a new version, against a real HTTPS server with an authority of its own: what is believed, what is refused, what stays silent; and what is new after an update."""
import http.server
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
from client import Client, constants  # noqa: E402
from drive import Drive, windows_path  # noqa: E402

UPDATE = constants("client/ui/update_check.c")
NEWS = constants("client/ui/whats_new_dialog.c")
OPTIONS = constants("client/ui/options_dialog.c")
PAGE = constants("client/ui/options_updates_page.c")
OK, CANCEL = 1, 2
ANSWER = {"version": "9.8.7", "address": "https://localhost/new", "sha256": "ab" * 32, "notes": "Faster.\nNicer."}


class Authority:
    """Certificates made with openssl: a root, and servers that it, or nobody, vouches for."""

    def __init__(self, folder):
        self.folder = folder
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-days", "30", "-subj", "/CN=PoolCenter test root",
                     "-addext", "basicConstraints=critical,CA:TRUE")
        self.openssl("x509", "-in", "root.pem", "-outform", "DER", "-out", "root.der")

    def openssl(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def server(self, name, host="localhost", days=30):
        with open(self.path(name + ".ext"), "w", encoding="ascii") as file:
            file.write(f"subjectAltName=DNS:{host}\nextendedKeyUsage=serverAuth\n")
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", f"/CN={host}")
        start = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() - 86400 * 60))
        end = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 86400 * days))
        with open(self.path("ca.cnf"), "w", encoding="ascii") as file:
            file.write("[ca]\ndefault_ca=x\n[x]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nrand_serial=yes\nunique_subject=no\n[p]\ncommonName=supplied\n")
        open(self.path("index"), "a", encoding="ascii").close()
        self.openssl("ca", "-batch", "-config", "ca.cnf", "-cert", "root.pem", "-keyfile", "root.key", "-in", name + ".csr", "-out", name + ".pem", "-startdate", start, "-enddate", end,
                     "-extfile", name + ".ext", "-notext")
        return self.path(name + ".pem"), self.path(name + ".key")

    def self_signed(self):
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "self.key", "-out", "self.pem", "-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
        return self.path("self.pem"), self.path("self.key")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        kind, _, rest = self.path.strip("/").partition("/")
        if kind == "redirect":
            left = int(rest)
            self.send_response(302)
            self.send_header("Location", f"https://localhost:{self.server.server_port}/" + (f"redirect/{left - 1}" if left else "good"))
            self.end_headers()
        elif kind == "plain":
            self.send_response(302)
            self.send_header("Location", "http://localhost/good")
            self.end_headers()
        elif kind == "missing":
            self.send_error(404)
        else:
            body = {"good": json.dumps(ANSWER).encode(), "same": json.dumps(ANSWER | {"version": "0.0.1"}).encode(), "hostile": b'{"version": "9.9.9", "address": "calc.exe"}',
                    "huge": b"[" + b" " * (10 << 20)}[kind]
            self.send_response(200)
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                pass  # it has read enough

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, certificate):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # who does not believe the certificate hangs up

    def address(self, path):
        return f"https://localhost:{self.server_port}/{path}"


class UpdateTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        authority = Authority(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.servers = {name: Server(certificate) for name, certificate in {
            "good": authority.server("good"), "other": authority.server("other", host="example.org"), "old": authority.server("old", days=-1), "self": authority.self_signed()}.items()}
        for server in cls.servers.values():
            cls.addClassCleanup(server.server_close)
            cls.addClassCleanup(server.shutdown)
        cls.drive = cls.enterClassContext(Drive(language="en", size=(1280, 900)))
        cls.drive.call("trust", windows_path(authority.path("root.der")))

    def start(self, address, **values):
        self.client = self.enterContext(Client(self.drive, "en"))
        self.client.settings["values"] |= {"updates.address": address, **values}
        self.client.start()
        self.addCleanup(lambda: self.client.app.kill())
        return self.client

    def check(self, address):
        """What the dialog says about the answer."""
        self.start(address)
        self.client.command("help.updates")
        dialog = self.client.dialog("UPDATE_TITLE")
        state = dialog.child(UPDATE["UPDATE_STATE"])
        self.drive.until(lambda: state.text != self.client.words.raw("UPDATE_ASKING"), "an answer", 30)
        return dialog, state.text

    def assert_refused(self, address, cause, *values):
        words = self.check(address)[1]
        self.assertIn(self.client.words(cause, *values), words)
        self.client.app.kill()

    def test_a_new_version(self):
        server = self.servers["good"]
        dialog, words = self.check(server.address("good"))
        self.assertEqual(words, self.client.words("UPDATE_NEWER", "9.8.7", "0.1.0"))
        self.assertEqual(dialog.child(UPDATE["UPDATE_NOTES"]).text, "Faster.\r\nNicer.")
        self.assertEqual(dialog.child(UPDATE["UPDATE_ADDRESS"]).text, ANSWER["address"])
        self.assertEqual(dialog.child(UPDATE["UPDATE_HASH"]).text, ANSWER["sha256"])
        dialog.child(UPDATE["UPDATE_OPEN"]).wait_visible(True)
        dialog.assert_layout()
        path, headers = server.seen[-1]
        self.assertEqual((path, headers["User-Agent"]), ("/good", "PoolCenter"))
        self.assertFalse({"Cookie", "Authorization", "Referer"} & set(headers))

    def test_nothing_new(self):
        dialog, words = self.check(self.servers["good"].address("same"))
        self.assertEqual(words, self.client.words("UPDATE_NEWEST", "0.1.0"))
        dialog.child(CANCEL).click()
        dialog.wait_gone()

    def test_certificates_that_are_not_believed(self):
        for name in ("other", "old", "self"):
            with self.subTest(name):
                self.assert_refused(self.servers[name].address("good"), "UPDATE_CAUSE_CERTIFICATE")
                self.assertEqual(self.servers[name].seen, [], "nothing was asked")

    def test_bad_answers(self):
        good = self.servers["good"]
        for path, cause, *values in (("hostile", "UPDATE_CAUSE_ANSWER"), ("huge", "UPDATE_CAUSE_LARGE"), ("missing", "UPDATE_CAUSE_STATUS", 404), ("redirect/9", "UPDATE_CAUSE_REDIRECTIONS"),
                                     ("plain", "UPDATE_CAUSE_HTTPS")):
            with self.subTest(path):
                self.assert_refused(good.address(path), cause, *values)
        self.assert_refused("http://localhost:1/good", "UPDATE_CAUSE_HTTPS")
        self.assert_refused("https://localhost:1/good", "UPDATE_CAUSE_OFFLINE")

    def test_few_redirections_are_followed(self):
        self.assertEqual(self.check(self.servers["good"].address("redirect/2"))[1], self.client.words("UPDATE_NEWER", "9.8.7", "0.1.0"))

    def test_never_asks_by_itself_unless_told_to(self):
        server = self.servers["good"]
        before = len(server.seen)
        client = self.start(server.address("good"))
        client.command("view.options")
        dialog = client.dialog("OPTIONS_TITLE")
        dialog.child(OPTIONS["OPTIONS_PAGES"]).select_rows(client.words("OPTIONS_UPDATES"))
        self.assertFalse(dialog.child(PAGE["UPDATES_DAILY"]).checked)
        dialog.child(PAGE["UPDATES_DAILY"]).click()
        dialog.child(OK).click()
        dialog.wait_gone()
        self.assertEqual(client.close(), 0)
        self.assertEqual(len(server.seen), before)
        self.assertEqual(client.read_settings()["values"]["updates.daily"], 1)
        client.start(fresh=False)
        self.drive.until(lambda: len(server.seen) == before + 1, "the question of the next start")
        hint = client.words("UPDATE_HINT", "9.8.7")
        self.drive.until(lambda: any(hint in str(child.known["text"]) for child in client.frame.children()), "the hint")
        self.assertEqual(client.close(), 0)
        client.start(fresh=False)
        self.assertEqual(client.close(), 0)
        self.assertEqual(len(server.seen), before + 1, "once a day")

    def test_offline_is_silent(self):
        client = self.start("https://localhost:1/good", **{"updates.daily": 1})
        self.drive.until(lambda: "looking for a new version" in client.log(), "the line in the log")
        self.assertEqual([window.hwnd for window in client.app.windows()], [client.frame.hwnd])
        self.assertEqual(client.close(), 0)
        self.assertNotIn("updates.last", client.read_settings()["values"])


class WhatsNewTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.drive = cls.enterClassContext(Drive(language="en", size=(1280, 900)))

    def start(self, **values):
        client = self.enterContext(Client(self.drive, "en"))
        client.settings["values"] |= values
        client.start()
        self.addCleanup(lambda: client.app.kill())
        return client

    def test_once_after_an_update(self):
        client = self.start(**{"version.last": "0.0.9"})
        dialog = client.dialog("NEW_TITLE")
        words = dialog.child(NEWS["NEW_TEXT"]).text
        self.assertIn("0.1.0", words)
        self.assertIn("\u2022 ", words)
        self.assertNotIn("*", words)
        dialog.assert_layout()
        dialog.child(CANCEL).click()
        dialog.wait_gone()
        self.assertEqual(client.close(), 0)
        self.assertEqual(client.read_settings()["values"]["version.last"], "0.1.0")
        client.start(fresh=False)
        client.frame.ping()
        self.assertEqual([window.hwnd for window in client.app.windows()], [client.frame.hwnd])

    def test_not_the_first_time_but_on_request(self):
        client = self.start()
        client.frame.ping()
        self.assertEqual([window.hwnd for window in client.app.windows()], [client.frame.hwnd])
        client.command("help.whats_new")
        self.assertIn("0.1.0", client.dialog("NEW_TITLE").child(NEWS["NEW_TEXT"]).text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
