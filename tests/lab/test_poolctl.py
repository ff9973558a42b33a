#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""poolctl as people and scripts use it: against real hosts (virsh says the truth), in a real bash, into pipes that close, in German, as .exe under Wine."""
import csv
import fcntl
import hashlib
import io
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import guests  # noqa: E402
from lab import CutProxy, Host, wait_for  # noqa: E402
from poolctl import AGENT, INTERRUPTED, LOGIN_REFUSED, NO_CONNECTION, NOT_FOUND, POOLCTL, REFUSED, ROOT, TIME_OVER, WRONG_USAGE, Poolctl  # noqa: E402

COMMANDS = os.path.join(ROOT, "client/cli/commands.def")
WINDOW_COMMANDS = os.path.join(ROOT, "client/ui/commands.def")
GOLDEN = os.path.join(ROOT, "tests/golden/protocol.txt")
EXE = os.path.join(ROOT, "build/windows/client/cli/poolctl.exe")
GRUB = os.path.basename(guests.GRUB_ISO)

host = other = None


def clean_environment(**more):
    plain = {name: value for name, value in os.environ.items() if not name.startswith("POOLCTL_") and name not in ("SSH_AUTH_SOCK", "NO_COLOR", "LANG", "LC_ALL")}
    return {**plain, "LC_ALL": "C.UTF-8", "LANG": "en_US.UTF-8", **more}


def run(*words, status=0, text=True, program=(POOLCTL,), environment=None, timeout=60, **options):
    """CompletedProcess of a call that must end with this status (None: any)."""
    done = subprocess.run([*program, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=text, timeout=timeout,
                          env=environment or clean_environment(), **options)
    said = done.stderr if text else done.stderr.decode(errors="replace")
    if "Sanitizer" in said or "runtime error:" in said:
        raise AssertionError(said)
    if status is not None and done.returncode != status:
        raise AssertionError(f"poolctl {' '.join(map(str, words))} ended with {done.returncode}, not {status}:\n{done.stdout}\n{said}")
    return done


def table():
    """Commands of commands.def: [(function, noun, verb, result, twins)]."""
    with open(COMMANDS, encoding="utf-8") as file:
        return re.findall(r'^COMMAND\((\w+), "([\w-]+)", "([\w-]*)", \w+, (\w+), "([^"]*)"\)', file.read(), re.M)


def wire_types():
    """{struct: {field: type}} from the golden text of the contract."""
    structs, current = {}, None
    with open(GOLDEN, encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if line.startswith("struct "):
                current = structs.setdefault(words[1], {})
            elif line.startswith("  ") and current is not None and words:
                current[words[0].rstrip(":")] = words[1]
            else:
                current = None
    return structs


class WithoutHostTest(unittest.TestCase):
    """What poolctl does before it connects to anything."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="poolctl-test-")
        self.addCleanup(shutil.rmtree, self.folder)

    def refused(self, *words, status=WRONG_USAGE):
        done = run("--config", self.folder, "--language", "en", *words, status=status)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"^poolctl: .*\.\n$")
        return done.stderr

    def test_every_command_has_help_in_both_languages(self):
        seen = set()
        for language in ("en", "de"):
            everything = run("--help", "--language", language).stdout
            for _, noun, verb, _, _ in table():
                with self.subTest(language=language, noun=noun, verb=verb):
                    help_text = run(noun, *([verb] if verb else []), "--help", "--language", language).stdout
                    self.assertIn(f"poolctl {noun} {verb}".strip(), help_text)
                    self.assertIn(f"  {noun} {verb}".rstrip(), everything)
                    self.assertNotIn(help_text, seen, "the German help is not the English one")
                    seen.add(help_text)
            for line in everything.splitlines():
                self.assertLess(len(line), 160)

    def test_the_help_of_a_noun(self):
        done = run("vm", "--language", "en", status=WRONG_USAGE)
        self.assertIn("vm screenshot", done.stdout)
        self.assertNotIn("iso upload", done.stdout)

    def test_wrong_usage_is_a_sentence(self):
        self.assertIn("'frob' is not a command", self.refused("frob"))
        self.assertIn("'vm' has no command 'frob'", self.refused("vm", "frob"))
        self.assertIn("VM is missing", self.refused("vm", "start"))
        self.assertIn("'--frob' is not known", self.refused("vm", "list", "--frob"))
        self.assertIn("one word too many", self.refused("vm", "list", "web01"))
        self.assertIn("--output table|json|csv", self.refused("vm", "list", "--output"))
        self.assertIn("not 'xml'", self.refused("vm", "list", "--output", "xml"))
        self.assertIn("takes no value", self.refused("vm", "list", "--quiet=yes"))
        self.assertIn("whole number", self.refused("vm", "list", "--timeout", "-5"))
        self.assertIn("whole number", self.refused("vm", "list", "--timeout", "99999999999999999999"))
        for size in ("x", "-1", "0", "1e400", "nan", "0x10", "5X", "2GG", "5 ", "5 B"):
            self.assertIn("takes a size", self.refused("vm", "create", "web01", "--memory", size))
        self.assertIn("not a state", self.refused("vm", "list", "--state", "asleep"))
        self.assertIn("has no field 'nope'. It has: server, id, name,", self.refused("vm", "list", "--fields", "name,nope"))
        self.assertIn("must not be empty", self.refused("vm", "start", ""))

    def test_no_server(self):
        self.assertIn("--server USER@HOST", self.refused("vm", "list"))
        self.assertIn("No saved server is called 'kvm01'", self.refused("vm", "list", "--server", "kvm01", status=NOT_FOUND))
        self.assertIn("'@all'", self.refused("vm", "list", "--server", "@all", status=NOT_FOUND))
        for address in ("@host", "root@", "root@host:0", "root@host:99999", "root@[::1"):
            self.refused("vm", "list", "--server", address, status=NOT_FOUND)
        done = run("--config", self.folder, "vm", "list", "--server", "root@127.0.0.1:1", "--output", "json", "--language", "en", status=NO_CONNECTION)
        self.assertEqual(json.loads(done.stderr)["error"]["name"], "CONNECT_FAILED")

    def test_errors_as_json(self):
        done = run("vm", "frob", "--output", "json", "--language", "de", status=WRONG_USAGE)
        self.assertEqual(json.loads(done.stderr)["error"], {"name": "USAGE", "code": 0, "object": "", "cause": "",
                                                           "message": "„vm“ hat keinen Befehl „frob“. Hilfe gibt poolctl vm --help."})

    def test_every_command_of_the_window_has_a_twin_or_a_reason(self):
        with open(WINDOW_COMMANDS, encoding="utf-8") as file:
            window = set(re.findall(r'^COMMAND\(\w+,\s*"([\w.]+)"', file.read(), re.M))
        with open(COMMANDS, encoding="utf-8") as file:
            reasons = dict(re.findall(r'^WITHOUT_TWIN\("([\w.]+)",\s*"([^"]+)"\)', file.read(), re.M))
        twins = {name for *_, names in table() for name in names.split()}
        self.assertGreater(len(window), 30)
        self.assertEqual(sorted(window - twins - set(reasons)), [], "commands of the window without a twin: name it in commands.def, or say why there is none")
        self.assertEqual(sorted((twins | set(reasons)) - window), [], "twins of commands that the window does not have")
        self.assertEqual(sorted(twins & set(reasons)), [])

    def test_the_manual_page_is_clean(self):
        for language in ("en", "de"):
            page = run("man", "--language", language).stdout
            for _, noun, verb, _, _ in table():
                self.assertIn(f".Sy poolctl {noun} {verb}".replace("-", r"\-").rstrip(), page)
            for check in (["groff", "-ww", "-mdoc", "-K", "utf8", "-T", "utf8"], ["mandoc", "-T", "lint", "-W", "warning"]):
                done = subprocess.run(check, input=page, capture_output=True, text=True, check=False)
                self.assertEqual((done.returncode, done.stderr if check[0] == "groff" else done.stdout), (0, ""), check)

    def test_a_reader_that_goes_away(self):
        done = subprocess.run(["bash", "-c", f'set -o pipefail; "{POOLCTL}" man | head -1'], capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.stderr, "")
        self.assertIn("SPDX", done.stdout)

    def test_a_full_disk(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([POOLCTL, "man", "--language", "en"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, REFUSED)
        self.assertIn("cannot be written", done.stderr)

    def test_saved_servers_by_name_id_and_pattern(self):
        servers = [{"id": f"0000000{n}-0000-4000-8000-000000000000", "host": f"10.255.255.{n}", "user": "root", "auth": "password", "name": name, "connect_at_start": False}
                   for n, name in enumerate(("kvm one", "kvm two", "store", "store"), 1)]
        with open(os.path.join(self.folder, "settings.json"), "w", encoding="utf-8") as file:
            json.dump({"servers": servers, "values": {}}, file)
        before = os.stat(os.path.join(self.folder, "settings.json")).st_mtime_ns
        listed = json.loads(run("--config", self.folder, "server", "list", "-o", "json").stdout)
        self.assertEqual([(s["name"], s["address"]) for s in listed][:2], [("kvm one", "root@10.255.255.1:22"), ("kvm two", "root@10.255.255.2:22")])
        self.assertIn("Which server?", self.refused("vm", "list"))
        said = self.refused("vm", "list", "--server", "store", status=NOT_FOUND)
        self.assertIn("'store' is not unique: root@10.255.255.3:22 (00000003-", said)
        self.assertIn("root@10.255.255.4:22 (00000004-", said)
        self.assertIn("one server only", self.refused("vm", "create", "x", "--server", "kvm*"))
        self.assertEqual(os.stat(os.path.join(self.folder, "settings.json")).st_mtime_ns, before, "the window's settings are left alone")

    def test_the_list_of_servers_is_the_windows(self):
        def servers():
            with open(os.path.join(self.folder, "settings.json"), encoding="utf-8") as file:
                return [(s["user"], s["host"], s.get("port"), s["auth"], s.get("key_file")) for s in json.load(file)["servers"]]

        def changed(*words):
            return json.loads(run("--config", self.folder, "-o", "json", *words).stdout)["changed"]
        self.assertTrue(changed("server", "add", "root@kvm01", "--check"))
        self.assertFalse(os.path.exists(os.path.join(self.folder, "settings.json")))
        self.assertTrue(changed("server", "add", "root@kvm01"))
        self.assertFalse(changed("server", "add", "root@kvm01:22"))
        self.assertTrue(changed("server", "add", "root@[fe80::1]:2222", "--identity", "/k"))
        self.assertEqual(servers(), [("root", "kvm01", 22, "password", None), ("root", "fe80::1", 2222, "key_file", "/k")])
        self.assertTrue(changed("server", "add", "root@kvm01", "--identity", "/key"), "another login")
        self.assertEqual(servers()[0][3:], ("key_file", "/key"))
        self.assertTrue(changed("server", "remove", "fe80::1"))
        self.assertFalse(changed("server", "remove", "fe80::1", "--if-exists"))
        self.refused("server", "remove", "fe80::1", status=NOT_FOUND)
        self.refused("server", "add", "kvm01")
        self.assertEqual(len(servers()), 1)


def setUpModule():
    global host, other
    host = Host(f"ctl-{os.getpid()}", agent=AGENT).up()
    unittest.addModuleCleanup(host.down)
    other = Host(f"ctl2-{os.getpid()}", agent=AGENT).up()
    unittest.addModuleCleanup(other.down)


def tearDownModule():
    for each in (host, other):
        each.stop_agent()
        each.check_logs()


class HostTest(unittest.TestCase):
    """Commands on a host. `self.ctl` is for setting things up; `self.call` is what is tested."""

    @classmethod
    def setUpClass(cls):
        cls.ctl = cls.enterClassContext(Poolctl(host)).wait_for_datastore()
        second = Poolctl(other)
        second.wait_for_datastore()
        with open(os.path.join(second.folder, "known_hosts"), encoding="ascii") as file, \
                open(os.path.join(cls.ctl.folder, "known_hosts"), "a", encoding="ascii") as known:
            known.write(file.read())
        second.__exit__()
        cls.save_servers(cls.ctl.folder)
        cls.names = [host.name, other.name]

    @classmethod
    def save_servers(cls, folder):
        """Both hosts in the list that the window keeps."""
        servers = [{"id": f"0000000{n}-0000-4000-8000-000000000000", "host": "127.0.0.1", "port": each.port, "user": "operator", "auth": "key_file",
                    "key_file": each.key("id_ed25519"), "name": each.name, "connect_at_start": False} for n, each in enumerate((host, other), 1)]
        with open(os.path.join(folder, "settings.json"), "w", encoding="utf-8") as file:
            json.dump({"servers": servers, "values": {}}, file)

    def call(self, *words, server=None, **options):
        return run("--config", self.ctl.folder, "--language", "en", "--server", server or host.name, *words, **options)

    def json(self, *words, **options):
        return json.loads(self.call("--output", "json", *words, **options).stdout)

    def vm(self, name, on=None):
        where = on or host
        guests.define(where, name)
        self.addCleanup(where.virsh, "undefine", name, check=False)
        self.addCleanup(where.virsh, "destroy", name, check=False)
        wait_for(lambda: name in self.call("vm", "list", "--fields", "name", "--no-header", server=where.name).stdout, f"the agent to see '{name}'", 20, 0.2)

    def changed(self, *words, **options):
        result = self.json(*words, **options)
        return result["changed"]


class CommandsTest(HostTest):
    def test_idempotent_power(self):
        self.vm("power")
        state = lambda: host.virsh("domstate", "power")  # noqa: E731
        self.assertTrue(self.changed("vm", "start", "power", "--check"))
        self.assertEqual(state(), "shut off", "--check changes nothing")
        for words, wanted in ((["start"], "running"), (["pause"], "paused"), (["resume"], "running"), (["off"], "shut off")):
            self.assertTrue(self.changed("vm", *words, "power"))
            self.assertEqual(state(), wanted)
            self.assertFalse(self.changed("vm", *words, "power"), "it is so already")
            self.assertFalse(self.changed("vm", *words, "power", "--check"))
        self.assertFalse(self.changed("vm", "shutdown", "power"))
        done = self.call("vm", "pause", "power", "--check", "-o", "json", status=REFUSED)
        self.assertIn("error", json.loads(done.stderr))
        self.assertIn("power: nothing to change\n", self.call("vm", "off", "power").stdout)

    def test_several_vms_at_once(self):
        for name in ("many1", "many2"):
            self.vm(name)
        results = [json.loads(line) for line in self.call("vm", "start", "many1", "many2", "-o", "json").stdout.splitlines()]
        self.assertEqual(sorted((r["name"], r["changed"], r["state"]) for r in results), [("many1", True, "done"), ("many2", True, "done")])
        self.call("vm", "off", "many1", "nobody", status=NOT_FOUND)
        self.assertEqual(host.virsh("domstate", "many1"), "running", "nothing is done when a name is wrong")
        self.call("vm", "off", "many1", "many2")
        self.assertEqual({host.virsh("domstate", name) for name in ("many1", "many2")}, {"shut off"})

    def test_create_and_delete_as_often_as_one_likes(self):
        wanted = ["vm", "create", "web 01", "--memory", "64M", "--vcpus", 1, "--disk", "local:64M", "--network", "default", "--if-not-exists"]
        self.assertTrue(self.changed(*wanted, "--check"))
        self.assertNotIn("web 01", host.virsh("list", "--all", "--name").splitlines())
        made = self.json(*wanted)
        self.assertTrue(made["changed"])
        self.assertEqual(made["id"], host.virsh("domuuid", "web 01"))
        self.assertFalse(self.changed(*wanted))
        self.assertEqual(self.call("vm", "list", "--quiet").stdout.splitlines(), host.virsh("list", "--all", "--uuid").split())
        done = self.call("vm", "create", "web 01", "--memory", 64, "-o", "json", status=REFUSED)
        self.assertEqual(json.loads(done.stderr)["error"]["name"], "VM_EXISTS")
        disk = re.search(r"vda\s+(/.*)", host.virsh("domblklist", "web 01")).group(1)
        self.call("vm", "delete", "web 01", "--disk", "vdz", status=NOT_FOUND)
        self.assertTrue(self.changed("vm", "delete", made["id"], "--all-disks", "--if-exists"))
        self.assertFalse(os.path.exists(host.outside(disk)))
        self.assertFalse(self.changed("vm", "delete", "web 01", "--if-exists"))
        self.call("vm", "delete", "web 01", status=NOT_FOUND)

    def test_create_from_a_guest_kind(self):
        self.call("vm", "create", "kind", "--guest", "nosuch", status=WRONG_USAGE)
        self.call("vm", "create", "kind", "--guest", "debian12", "--memory", "0.0625G")
        self.addCleanup(host.virsh, "undefine", "kind", "--nvram", check=False)
        self.assertEqual(int(host.virsh("dominfo", "kind").split("Max memory:")[1].split()[0]), 64 << 10)

    def test_cds(self):
        self.vm("disc")
        iso = f"local/{GRUB}"
        self.assertFalse(self.changed("vm", "insert", "disc", iso), "it is in already")
        self.assertTrue(self.changed("vm", "eject", "disc"))
        self.assertIn("-", host.virsh("domblklist", "disc").split())
        self.assertFalse(self.changed("vm", "eject", "disc"))
        self.assertTrue(self.changed("vm", "insert", "disc", iso, "--drive", "sda"))
        self.assertIn(GRUB, host.virsh("domblklist", "disc"))
        self.call("vm", "insert", "disc", iso, "--drive", "sdz", status=NOT_FOUND)
        for check in ([], ["--check"]):
            done = self.call("iso", "delete", iso, *check, "-o", "json", status=REFUSED)
            self.assertEqual(json.loads(done.stderr)["error"]["name"], "VOLUME_IN_USE")
        self.call("vm", "insert", "disc", GRUB, status=WRONG_USAGE)
        self.call("vm", "insert", "disc", "nowhere/x.iso", status=NOT_FOUND)

    def test_datastores(self):
        path = "/srv/poolcenter-lab/extra"
        self.assertTrue(self.changed("datastore", "create", "extra", path))
        self.assertIn("running", host.virsh("pool-info", "extra"))
        self.assertFalse(self.changed("datastore", "create", "extra", path))
        self.call("datastore", "create", "extra", path + "2", status=REFUSED)
        self.assertEqual(self.json("datastore", "show", "extra")["path"], path)
        self.assertTrue(self.changed("datastore", "refresh", "extra"))
        self.assertTrue(self.changed("datastore", "forget", "extra", "--if-exists"))
        self.assertNotIn("extra", host.virsh("pool-list", "--all", "--name").split())
        self.assertFalse(self.changed("datastore", "forget", "extra", "--if-exists"))
        self.call("datastore", "show", "extra", status=NOT_FOUND)

    def test_a_datastore_with_low_space_is_marked_in_the_table(self):
        path = "/srv/poolcenter-lab/tight"
        host.mount_small(path)
        self.call("datastore", "create", "tight", path)
        self.addCleanup(self.call, "datastore", "forget", "tight", "--if-exists")
        self.call("datastore", "set", "tight", "--low-space", "50")

        def shown(words, *options):
            header, *rows = [re.split("  +", line.strip()) for line in self.call(*options, "datastore", "list", "--fields", "name,low,available").stdout.splitlines()]
            self.assertEqual(header[:2], words)
            return next(row[1] for row in rows if row[0] == "tight")

        self.assertEqual(shown(["Name", "Low space"]), "no")
        host.exec("dd", "if=/dev/zero", f"of={path}/fill", "bs=1M", "count=48")
        self.call("datastore", "refresh", "tight")
        wait_for(lambda: shown(["Name", "Low space"]) == "yes", "the table to show it", 20, 0.2)
        self.assertEqual(shown(["Name", "Wenig Platz"], "--language", "de"), "ja")
        self.assertIn("Low space", self.call("datastore", "list").stdout.splitlines()[0])

    def test_an_iso_that_is_there_is_not_sent_again(self):
        with tempfile.TemporaryDirectory() as folder:
            iso = shutil.copy(guests.MEMTEST_ISO, os.path.join(folder, "ünï $(x) 'a'.iso"))
            name = f"local/{os.path.basename(iso)}"
            self.assertTrue(self.changed("iso", "upload", "local", iso, "--check"))
            for check in ([], ["--check"]):
                self.assertIn("none.iso", self.call("iso", "upload", "local", os.path.join(folder, "none.iso"), *check, status=REFUSED).stderr)
            sent = self.json("iso", "upload", "local", iso)
            with open(iso, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            self.assertEqual((sent["changed"], sent["sha256"]), (True, digest))
            inside = f"/srv/poolcenter-lab/local/{os.path.basename(iso)}"
            self.assertEqual(host.exec("sha256sum", inside).split()[0].lstrip("\\"), digest)
            again = self.json("iso", "upload", "local", iso)
            self.assertEqual((again["changed"], again["sha256"], again["size"]), (False, digest, os.path.getsize(iso)))
            with open(iso, "r+b") as file:
                file.seek(1000)
                file.write(b"changed")
            for check in ([], ["--check"]):
                done = self.call("iso", "upload", "local", iso, *check, "-o", "json", status=REFUSED)
                self.assertEqual(json.loads(done.stderr)["error"]["name"], "VOLUME_EXISTS")
            self.assertTrue(self.changed("iso", "upload", "local", iso, "--replace"))
            self.assertIn(name, self.call("iso", "list", "--quiet").stdout.splitlines())
            self.assertNotIn("aside", self.call("iso", "list", "local").stdout)
            self.assertTrue(self.changed("iso", "delete", name))
            self.assertFalse(os.path.exists(host.outside(inside)))
            self.assertFalse(self.changed("iso", "delete", name, "--if-exists"))
            self.call("iso", "delete", name, status=NOT_FOUND)

    def test_an_iso_goes_to_every_server(self):
        self.addCleanup(lambda: [self.call("iso", "delete", f"local/{os.path.basename(guests.IPXE_ISO)}", "--if-exists", server=name) for name in self.names])
        done = self.call("iso", "upload", "local", guests.IPXE_ISO, "-o", "json", server="@all")
        self.assertEqual(sorted(json.loads(line)["server"] for line in done.stdout.splitlines()), sorted(self.names))
        for each in (host, other):
            self.assertTrue(os.path.exists(each.outside(f"/srv/poolcenter-lab/local/{os.path.basename(guests.IPXE_ISO)}")))

    def test_screenshot(self):
        self.vm("screen")
        with tempfile.TemporaryDirectory() as folder:
            ours, theirs = os.path.join(folder, "ours.png"), os.path.join(folder, "theirs.png")
            done = self.call("vm", "screenshot", "screen", ours, "-o", "json", status=REFUSED)
            self.assertEqual(json.loads(done.stderr)["error"]["name"], "VM_NO_CONSOLE")
            self.assertFalse(os.path.exists(ours))
            host.virsh("start", "screen")
            guests.wait_drawn(host, "screen", theirs)
            wait_for(lambda: self.same_picture(ours, theirs), "the same picture as virsh has", 20, 0.2)
            with open(ours, "rb") as file:
                self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")
            raw = run("--config", self.ctl.folder, "-s", host.name, "vm", "screenshot", "screen", "-", text=False).stdout
            self.assertEqual(raw[:8], b"\x89PNG\r\n\x1a\n")
            done = self.call("vm", "screenshot", "screen", os.path.join(folder, "no", "folder.png"), status=REFUSED)
            self.assertIn("folder.png", done.stderr)

    def same_picture(self, ours, theirs):
        self.call("vm", "screenshot", "screen", ours)
        guests.screenshot(host, "screen", theirs)
        return guests.pixels(ours) == guests.pixels(theirs)

    def test_search(self):
        self.vm("needle-vm")
        found = self.json("search", "NEEDLE")
        self.assertEqual([(f["kind"], f["name"], f["state"]) for f in found], [("vm", "needle-vm", "off")])
        self.assertEqual(self.json("search", "no such thing"), [])
        self.assertIn(("network", "default"), [(f["kind"], f["name"]) for f in self.json("search", "efaul")])
        self.assertIn(("host", host.name), [(f["kind"], f["name"]) for f in self.json("search", host.name.upper())])

    def test_wait_for_a_state(self):
        self.vm("awaited")
        waiting = subprocess.Popen([POOLCTL, "--config", self.ctl.folder, "-s", host.name, "vm", "wait", "running", "awaited"], env=clean_environment(),
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (waiting.kill(), waiting.communicate()))
        with self.assertRaises(subprocess.TimeoutExpired):
            waiting.wait(1.5)
        host.virsh("start", "awaited")
        self.assertEqual((waiting.wait(20), waiting.stdout.read()), (0, "awaited: running\n"))
        done = self.call("vm", "wait", "off", "awaited", "--timeout", 1, "-o", "json", status=TIME_OVER)
        self.assertEqual(json.loads(done.stderr.splitlines()[0])["error"]["name"], "TIMEOUT")

    def test_tasks(self):
        """GRUB ignores the power button, so that task runs until it is cancelled."""
        self.vm("deaf")
        host.virsh("start", "deaf")
        task = self.json("vm", "shutdown", "deaf", "--no-wait")["task"]
        self.assertIn(task, self.call("task", "list", "--running", "--quiet").stdout.split())
        self.call("task", "watch", task, "--timeout", 1, status=TIME_OVER)
        watching = subprocess.Popen([POOLCTL, "--config", self.ctl.folder, "-s", host.name, "task", "watch", task, "-o", "json"],
                                    env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertTrue(self.changed("task", "cancel", task))
        _, said = watching.communicate(timeout=20)
        self.assertEqual((watching.returncode, json.loads(said)["error"]["name"]), (REFUSED, "CANCELLED"))
        self.assertFalse(self.changed("task", "cancel", task))
        listed = next(t for t in self.json("task", "list") if t["id"] == task)
        self.assertEqual((listed["state"], listed["method"], listed["user"]), ("cancelled", "vm.shutdown", "operator"))
        self.assertEqual(host.virsh("domstate", "deaf"), "running")
        self.call("task", "watch", "no-such-task", status=NOT_FOUND)

    def test_ctrl_c_tells_the_task(self):
        self.vm("stubborn")
        host.virsh("start", "stubborn")
        running = subprocess.Popen([POOLCTL, "--config", self.ctl.folder, "-s", host.name, "--language", "en", "vm", "shutdown", "stubborn"],
                                   env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        states = lambda: [t["state"] for t in self.json("task", "list") if t["object_name"] == "stubborn"]  # noqa: E731
        wait_for(lambda: states() == ["running"], "the task", 20, 0.1)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=20)
        self.assertEqual(running.returncode, INTERRUPTED, said)
        self.assertEqual(states(), ["cancelled"])
        self.assertNotIn("Sanitizer", said)

    def test_ctrl_c_only_interrupts_an_upload(self):
        with tempfile.TemporaryDirectory(dir="/var/tmp") as folder, CutProxy(host.port) as proxy, Poolctl(host, port=proxy.port) as slow:
            iso = os.path.join(folder, "long.iso")
            with open(iso, "wb") as file:
                file.write(os.urandom(48 << 20))
            store = host.outside("/srv/poolcenter-lab/local")
            sent = lambda: sum(os.path.getsize(os.path.join(store, n)) for n in os.listdir(store) if n.endswith(".part"))  # noqa: E731
            proxy.delay = 0.01  # a block of 64 KiB: the upload cannot end before it is stalled
            running = slow.popen("iso", "upload", "local", iso)
            wait_for(lambda: sent() > 4 << 20, "some bytes", 30)
            proxy.stalled.set()
            running.send_signal(signal.SIGINT)
            _, said = running.communicate(timeout=20)
            self.assertEqual(running.returncode, INTERRUPTED, said)
            self.assertIn("goes on where it stopped", said)
            proxy.stalled.clear()
            self.assertGreater(sent(), 0)
            self.assertTrue(self.changed("iso", "upload", "local", iso))
            self.assertEqual(sent(), 0)
            self.call("iso", "delete", "local/long.iso")

    def test_watch(self):
        self.vm("watched")
        watch = subprocess.Popen([POOLCTL, "--config", self.ctl.folder, "-s", host.name, "watch", "--language", "en"], env=clean_environment(), stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (watch.kill(), watch.communicate()))
        ended = threading.Timer(60, watch.kill)
        ended.start()
        self.addCleanup(ended.cancel)
        self.assertEqual(watch.stdout.readline(), "Watching; Ctrl+C ends it.\n")
        host.virsh("start", "watched")
        line = next((line for line in watch.stdout if "running" in line), "watch ended")
        self.assertRegex(line, r"vm watched changed running$")
        watch.send_signal(signal.SIGINT)
        watch.communicate(timeout=20)
        self.assertEqual(watch.returncode, INTERRUPTED)

    def test_watch_ends_with_its_reader(self):
        self.vm("pipe")
        watch = subprocess.Popen([POOLCTL, "--config", self.ctl.folder, "-s", host.name, "watch", "-o", "json"], env=clean_environment(), stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        self.addCleanup(watch.kill)
        self.assertIn("watching", watch.stdout.readline())
        watch.stdout.close()
        host.virsh("start", "pipe")
        host.virsh("destroy", "pipe")
        self.assertIsNotNone(watch.wait(20))
        self.assertEqual(watch.stderr.read(), "")
        watch.stderr.close()

    def test_login_and_connection_have_statuses_of_their_own(self):
        address = f"operator@127.0.0.1:{host.port}"
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(os.path.join(self.ctl.folder, "known_hosts"), folder)
            secret = os.path.join(folder, "secret")
            with open(secret, "w", encoding="utf-8") as file:
                file.write("wrong\n")
            run("--config", folder, "-s", address, "--password-file", secret, "vm", "list", status=LOGIN_REFUSED)
            with open(secret, "w", encoding="utf-8") as file:
                file.write("lab-secret\n")
            run("--config", folder, "-s", address, "--password-file", secret, "vm", "list")
            done = run("--config", folder, "-s", address, "vm", "list", "--language", "en", status=None)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("nobody is here to type it", done.stderr)
            run("--config", folder, "vm", "list", environment=clean_environment(POOLCTL_SERVER=address, POOLCTL_PASSWORD="lab-secret"))
            self.assertNotIn("settings.json", os.listdir(folder), "an address is not remembered")
        with CutProxy(host.port) as proxy:
            proxy.stalled.set()
            run("--config", self.ctl.folder, "-s", f"operator@127.0.0.1:{proxy.port}", "vm", "list", "--timeout", 1, status=TIME_OVER)


class SeveralServersTest(HostTest):
    def test_lists_of_all(self):
        self.vm("here")
        self.vm("there", on=other)
        rows = list(csv.DictReader(io.StringIO(self.call("vm", "list", "-o", "csv", server="@all").stdout)))
        self.assertLessEqual({(host.name, "here"), (other.name, "there")}, {(row["server"], row["name"]) for row in rows})
        self.assertEqual({row["server"] for row in self.json("host", "show", server="ctl*")}, set(self.names))
        self.assertEqual(self.json("vm", "show", "there", server="@all")["server"], other.name)

    def test_a_name_on_both_is_refused_and_an_id_is_not(self):
        self.vm("twin")
        self.vm("twin", on=other)
        done = self.call("vm", "start", "twin", server="@all", status=NOT_FOUND)
        for name in self.names:
            self.assertIn(f"twin on {name} (", done.stderr)
        self.assertEqual({each.virsh("domstate", "twin") for each in (host, other)}, {"shut off"})
        self.call("vm", "start", other.virsh("domuuid", "twin"), server="@all")
        self.assertEqual((host.virsh("domstate", "twin"), other.virsh("domstate", "twin")), ("shut off", "running"))

    def test_one_that_cannot_be_reached_does_not_hide_the_others(self):
        other.stop_sshd(sessions=True)
        try:
            done = self.call("host", "show", "-o", "json", server="@all", status=NO_CONNECTION)
            self.assertEqual(json.loads(done.stdout)["server"], host.name)
            self.assertEqual(json.loads(done.stderr)["error"]["name"], "CONNECT_FAILED")
        finally:
            other.start_sshd()

    def test_creating_needs_one_server(self):
        self.call("vm", "create", "x", server="@all", status=WRONG_USAGE)
        self.call("datastore", "create", "x", "/srv/x", server="@all", status=WRONG_USAGE)


class OutputTest(HostTest):
    HOSTILE = ["quo\"te, comma", "semi;colon", "späce Ünï", "-dash", "漢字"]

    def test_names_survive_every_format(self):
        for name in self.HOSTILE:
            self.vm(name)
        everything = {line for line in host.virsh("list", "--all", "--name").splitlines() if line}
        rows = list(csv.DictReader(io.StringIO(self.call("vm", "list", "-o", "csv").stdout)))
        self.assertEqual({row["name"] for row in rows}, everything)
        self.assertEqual({vm["name"] for vm in self.json("vm", "list")}, everything)
        for name in self.HOSTILE:
            shown = self.json("vm", "show", "--", name)
            self.assertEqual(shown["id"], host.virsh("domuuid", "--domain", name))
            self.assertFalse(self.changed("vm", "off", "--", name))

    def test_the_table_is_aligned(self):
        for name in ("漢字", "plain"):
            self.vm(name)
        lines = self.call("vm", "list", "--fields", "name,state").stdout.splitlines()
        self.assertEqual(lines[0].split(), ["Name", "State"])
        width = lambda text: sum(2 if ord(c) > 0x2E80 else 1 for c in text)  # noqa: E731
        starts = {width(line[:line.index(word)]) for line in lines[1:] for word in ("off", "running") if line.rstrip().endswith(word)}
        self.assertEqual(len(starts), 1, lines)
        self.assertNotIn("Name", self.call("vm", "list", "--no-header").stdout)

    def test_control_characters_do_not_reach_the_terminal(self):
        guests.define(host, "escape")
        self.addCleanup(host.virsh, "undefine", "escape", check=False)
        host.virsh("desc", "escape", "--config", "--new-desc", "red \u009b31m \u202e name")
        wait_for(lambda: "red" in self.json("vm", "show", "escape", status=None).get("description", ""), "the description", 20, 0.2)
        self.assertIn("red ?31m ? name", self.call("vm", "show", "escape").stdout)
        self.assertEqual(self.json("vm", "show", "escape")["description"], "red \u009b31m \u202e name", "programs get what is there")
        for form in (["-o", "csv"], ["-o", "json"], ["-o", "table"]):
            command = [POOLCTL, "--config", self.ctl.folder, "-s", host.name, "vm", "show", "escape", "--fields", "description", *form]
            said = self.on_terminal(command, clean_environment(TERM="xterm"))
            self.assertIn("red ?31m ? name", said.decode(), form)

    def test_names_are_sorted_as_people_count(self):
        for name in ("nr10", "nr2", "nr1"):
            self.vm(name)
        names = self.call("vm", "list", "--no-header", "--fields", "name").stdout.split()
        self.assertEqual([name for name in names if name.startswith("nr")], ["nr1", "nr2", "nr10"])

    def test_json_has_the_fields_and_types_of_the_contract(self):
        self.vm("typed")
        host.virsh("start", "typed")
        self.call("vm", "pause", "typed")
        kinds = {"string": str, "int": int, "bool": bool, "list": list}
        structs = wire_types()
        extra = {"vm list": {"server"}, "datastore list": {"server"}, "network list": {"server"}, "task list": {"server"}, "volume list": {"server", "datastore"}}
        for words, struct in (("vm list", "VmInfo"), ("datastore list", "DatastoreInfo"), ("network list", "NetworkInfo"), ("task list", "TaskInfo"), ("volume list", "VolumeInfo")):
            records = self.json(*words.split())
            self.assertTrue(records, words)
            for record in records:
                for field, value in record.items():
                    if field in extra[words]:
                        continue
                    kind = structs[struct][field]
                    wanted = next((python for word, python in kinds.items() if kind.startswith(word)), (str, dict))
                    self.assertIsInstance(value, wanted, f"{struct}.{field} is {kind}")

    def test_fields_in_their_order(self):
        self.vm("fields")
        rows = list(csv.reader(io.StringIO(self.call("vm", "list", "-o", "csv", "--fields", "state,server,name").stdout)))
        self.assertEqual(rows[0], ["state", "server", "name"])
        self.assertIn(["off", host.name, "fields"], rows)
        self.assertEqual([list(record) for record in self.json("vm", "list", "--fields", "name,id")], [["name", "id"]] * (len(rows) - 1))

    def test_colour_only_on_a_terminal(self):
        self.vm("colour")
        self.assertNotIn("\033", self.call("vm", "list").stdout)
        command = [POOLCTL, "--config", self.ctl.folder, "-s", host.name, "vm", "list"]
        self.assertIn(b"\033[2moff\033[0m", self.on_terminal(command, clean_environment(TERM="xterm")))
        self.assertNotIn(b"\033[2m", self.on_terminal(command, clean_environment(TERM="xterm", NO_COLOR="1")))

    def on_terminal(self, command, environment):
        master, slave = pty.openpty()
        process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment)
        os.close(slave)
        output = b""
        while select.select([master], [], [], 30)[0]:
            try:
                output += os.read(master, 65536)
            except OSError:
                break
        os.close(master)
        self.assertEqual(process.wait(10), 0, output)
        return output

    def test_progress_on_a_terminal(self):
        with tempfile.TemporaryDirectory(dir="/var/tmp") as folder, CutProxy(host.port) as proxy, Poolctl(host, port=proxy.port) as slow:
            proxy.delay = 0.005
            iso = os.path.join(folder, "progress.iso")
            with open(iso, "wb") as file:
                file.write(os.urandom(32 << 20))
            said = self.on_terminal([POOLCTL, "--config", slow.folder, "-i", slow.key, "-s", f"operator@127.0.0.1:{proxy.port}", "--language", "en", "iso", "upload", "local", iso],
                                    clean_environment(TERM="xterm"))
            self.assertRegex(said, rb"progress\.iso  \[#*\.*\] +\d+ %")
            self.assertRegex(said.decode(), r"progress\.iso: \w+")
        self.call("iso", "delete", "local/progress.iso")


class CompletionTest(HostTest):
    """A real bash presses Tab."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bin = tempfile.mkdtemp(prefix="poolctl-bin-")
        cls.addClassCleanup(shutil.rmtree, cls.bin)
        os.symlink(POOLCTL, os.path.join(cls.bin, "poolctl"))

    def press_tab(self, line):
        """What bash makes of a line when Tab is pressed at its end: (its candidates, the line with the only one put in)."""
        script = f"""
            PATH={self.bin}:$PATH
            source <(poolctl completion bash)
            COMP_LINE=$1 COMP_POINT=${{#1}} COMP_WORDS=(poolctl) COMP_CWORD=1
            compopt() {{ printf 'compopt %s\\n' "$*"; }}
            _poolctl poolctl
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        done = subprocess.run(["bash", "--norc", "-c", script, "bash", line], capture_output=True, text=True, timeout=60, check=False, env=clean_environment())
        self.assertEqual((done.returncode, done.stderr), (0, ""), line)
        return done.stdout.split("\n")[:-1]

    def login(self):
        return f"poolctl --config {self.ctl.folder} -s {host.name} "

    def test_words(self):
        self.assertEqual(self.press_tab("poolctl vol"), ["volume"])
        self.assertIn("screenshot", self.press_tab("poolctl vm "))
        self.assertEqual(self.press_tab("poolctl -o json vm sta"), ["start"])
        self.assertIn("--if-not-exists", self.press_tab("poolctl vm create x --"))
        self.assertEqual(self.press_tab("poolctl vm list --output=c"), ["csv"], "bash keeps --output= itself")
        self.assertEqual(self.press_tab("poolctl iso upload local ./x"), ["compopt -o default", ""])
        self.assertIn("debian12", self.press_tab("poolctl vm create x --guest deb"))
        self.assertIn("name,state", self.press_tab("poolctl vm list --fields name,sta"))

    def test_servers(self):
        self.assertEqual(sorted(self.press_tab(f"poolctl --config {self.ctl.folder} -s ctl")), sorted(self.names))

    def test_names_come_from_the_host(self):
        for name in ("tab one", "tab'two\"$(touch poolctl-pwned)"):
            self.vm(name)
        offered = sorted(self.press_tab(self.login() + "vm start tab"))
        self.assertEqual(offered, ["tab\\ one", "tab\\'two\\\"\\$\\(touch\\ poolctl-pwned\\)"])
        self.assertEqual(self.press_tab(self.login() + "vm start 'tab o"), ["tab one"])
        self.assertEqual(self.press_tab(self.login() + "vm start tab\\ o"), ["tab\\ one"])
        for word in offered:
            shown = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, text=True, check=True).stdout
            self.assertEqual(self.json("vm", "show", shown)["name"], shown)
        self.assertFalse(os.path.exists("poolctl-pwned"))
        self.assertEqual(self.press_tab(self.login() + "iso delete lo"), ["compopt -o nospace", "local/"])
        self.assertIn(f"local/{GRUB}", self.press_tab(self.login() + "iso delete local/gr"))
        self.assertEqual(self.press_tab(self.login() + "vm create x --disk lo"), ["compopt -o nospace", "local:"])
        self.assertEqual(self.press_tab(self.login() + "vm eject 'tab one' --drive s"), ["sda"])

    def test_a_host_that_does_not_answer_offers_nothing(self):
        with CutProxy(host.port) as proxy:
            proxy.stalled.set()
            began = time.monotonic()
            self.assertEqual(self.press_tab(f"poolctl --config {self.ctl.folder} -s operator@127.0.0.1:{proxy.port} vm start t"), [""])
            self.assertLess(time.monotonic() - began, 10)

    def test_bash_puts_it_in(self):
        """Through readline itself, on a terminal."""
        self.vm("readline me")
        master, slave = pty.openpty()
        shell = subprocess.Popen(["bash", "--norc", "--noprofile", "-i"], stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                 env=clean_environment(TERM="xterm", PS1="$ ", PATH=f"{self.bin}:{os.environ['PATH']}", INPUTRC="/dev/null"))
        os.close(slave)
        self.addCleanup(lambda: (shell.kill(), shell.wait(), os.close(master)))
        os.write(master, b"source <(poolctl completion bash); echo re''ady\n")
        self.read_until(master, b"ready\r\n")
        os.write(master, (self.login() + "vm sh").encode())
        self.read_until(master, b"vm sh")
        os.write(master, b"o\t")
        self.read_until(master, b"ow ")
        os.write(master, b"readl\t")
        self.read_until(master, b"me ")
        os.write(master, b"--fields na\t-o csv --no-header\n")
        self.read_until(master, b"\rreadline me\r\n")

    def read_until(self, master, wanted):
        seen, end = b"", time.monotonic() + 20
        while wanted not in seen:
            if not select.select([master], [], [], max(0, end - time.monotonic()))[0]:
                self.fail(f"no {wanted} in {seen}")
            seen += os.read(master, 65536)


class ExamplesTest(HostTest):
    """docs/examples, with poolctl in the PATH as users have it."""

    def example(self, name, *words, status=0):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "poolctl"), "w", encoding="utf-8") as file:
                file.write(f'#!/bin/sh\nexec "{POOLCTL}" --config "{self.ctl.folder}" "$@"\n')
            os.chmod(os.path.join(folder, "poolctl"), 0o755)
            return run(*words, program=[os.path.join(ROOT, "docs/examples", name)], status=status, timeout=120,
                       environment=clean_environment(PATH=f"{folder}:{os.environ['PATH']}"))

    def farm(self, *words):
        return [json.loads(line) for line in self.example("web-farm.sh", host.name, guests.MEMTEST_ISO, 2, *words).stdout.splitlines()]

    def test_the_shell_script_may_be_repeated(self):
        for name in ("web01", "web02"):
            self.addCleanup(host.virsh, "undefine", name, check=False)
            self.addCleanup(host.virsh, "destroy", name, check=False)
        self.addCleanup(lambda: self.call("iso", "delete", f"local/{os.path.basename(guests.MEMTEST_ISO)}", "--if-exists", status=None))
        self.assertTrue(all(result["check"] for result in self.farm("--check") if result["changed"]))
        self.assertNotIn("web01", host.virsh("list", "--all", "--name"))
        self.assertTrue(all(result["changed"] for result in self.farm()))
        self.assertEqual({host.virsh("domstate", name) for name in ("web01", "web02")}, {"running"})
        self.assertEqual([result["changed"] for result in self.farm()], [False] * 5)
        host.virsh("destroy", "web02")
        wait_for(lambda: self.json("vm", "show", "web02")["state"] == "off", "the agent to see it", 20, 0.2)
        self.assertEqual([result["name"] for result in self.farm() if result["changed"]], ["web02"])

    def test_the_python_program(self):
        self.vm("reported")
        host.virsh("start", "reported")
        wait_for(lambda: self.json("vm", "show", "reported")["state"] == "running", "the agent to see it", 20, 0.2)
        said = self.example("report.py").stdout
        for name in self.names:
            self.assertRegex(said, rf"(?m)^{name}: \d+ of \d+ VMs run, \d+ of \d+ MiB promised$")
        self.assertIn("reported: ", said)
        self.assertIn("No saved server", self.example("report.py", "--server", "nobody", status=NOT_FOUND).stderr)


@unittest.skipUnless(os.path.exists(EXE), "poolctl.exe is not built")
class WineTest(HostTest):
    """The main road with poolctl.exe."""

    def program(self):
        own = tempfile.mkdtemp(prefix="poolctl-wine-")
        self.addCleanup(shutil.rmtree, own)
        shutil.copy(os.path.join(self.ctl.folder, "known_hosts"), own)
        return [os.path.join(ROOT, "cmake/wine-run"), EXE, "--config", "Z:" + own, "--identity", "Z:" + host.key("id_ed25519"), "--language", "en",
                "--server", f"operator@127.0.0.1:{host.port}"]

    def call(self, *words, server=None, **options):
        return run(*words, program=self.program(), timeout=120, **options)

    def test_the_road(self):
        name = "wïne 漢"
        self.assertEqual(self.call("--version").stdout, "poolctl " + run("--version").stdout.split()[1] + "\n")
        with tempfile.TemporaryDirectory() as folder:
            iso = shutil.copy(guests.MEMTEST_ISO, os.path.join(folder, "Üpload.iso"))
            self.assertTrue(self.changed("iso", "upload", "local", "Z:" + iso))
            self.assertFalse(self.changed("iso", "upload", "local", "Z:" + iso))
            with open(iso, "rb") as file:
                self.assertEqual(host.exec("sha256sum", "/srv/poolcenter-lab/local/Üpload.iso").split()[0], hashlib.file_digest(file, "sha256").hexdigest())
            self.assertTrue(self.changed("vm", "create", name, "--memory", 64, "--iso", "local/Üpload.iso", "--start"))
            self.addCleanup(host.virsh, "undefine", name, check=False)
            self.addCleanup(host.virsh, "destroy", name, check=False)
            self.assertEqual(host.virsh("domstate", name), "running")
            picture = os.path.join(folder, "screen.png")
            self.call("vm", "screenshot", name, "Z:" + picture)
            self.assertGreater(guests.pixels(picture)[0], 300)
        self.assertEqual(self.json("vm", "show", name)["name"], name)
        self.assertIn(name, {row["name"] for row in csv.DictReader(io.StringIO(self.call("vm", "list", "-o", "csv").stdout))})
        self.assertTrue(self.changed("vm", "off", name))
        self.assertFalse(self.changed("vm", "off", name))
        self.assertTrue(self.changed("vm", "delete", name))
        self.call("vm", "show", name, status=NOT_FOUND)
        self.assertTrue(self.changed("iso", "delete", "local/Üpload.iso"))

    def test_ctrl_c_tells_the_task(self):
        """In a console of Windows, which Wine draws on a terminal."""
        guests.define(host, "wine-deaf")
        self.addCleanup(host.virsh, "undefine", "wine-deaf")
        self.addCleanup(host.virsh, "destroy", "wine-deaf")
        host.virsh("start", "wine-deaf")
        states = lambda: [task["state"] for task in self.ctl.json("task", "list") if task["object_name"] == "wine-deaf"]  # noqa: E731
        wait_for(lambda: any(vm["name"] == "wine-deaf" and vm["state"] == "running" for vm in self.ctl.json("vm", "list")), "the agent to see it", 20, 0.2)
        command = [*self.program(), "vm", "shutdown", "wine-deaf"]
        master, slave = pty.openpty()
        process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=clean_environment(TERM="xterm"),
                                   preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.addCleanup(lambda: (process.kill(), process.wait(), os.close(master)))
        wait_for(lambda: states() == ["running"], "the task", 60, 0.2)
        os.write(master, b"\x03")

        def ended():
            while process.poll() is None and select.select([master], [], [], 0)[0]:
                os.read(master, 65536)
            return process.poll() is not None
        wait_for(ended, "poolctl to end", 30, 0.1)
        self.assertEqual(process.returncode, INTERRUPTED)
        self.assertEqual(states(), ["cancelled"])

    def test_usage_and_completion(self):
        done = self.call("vm", "frob", status=WRONG_USAGE)
        self.assertIn("'vm' has no command 'frob'", done.stderr)
        self.assertIn("Register-ArgumentCompleter", self.call("completion", "powershell").stdout)
        self.assertEqual(self.call("completion", "words", "--", "vm", "sta").stdout, "start\n")


if __name__ == "__main__":
    unittest.main()
