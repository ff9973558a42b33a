# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent as it is released: the binary on an old system, the .deb and .rpm and what other people's tools say of them, the unit. Needs root.

systemd does not run here: that the unit starts is not proven, only that systemd's own tools find nothing wrong with it.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from systems import System

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "agent"))
from agent_client import CallError, Rpc  # noqa: E402
from http_client import JsonRpc  # noqa: E402

BINARY = os.path.join(ROOT, "build", "release-agent", "agent", "poolagentd")
UNIT = os.path.join(ROOT, "agent", "poolagentd.service")
PAGES = os.path.join(ROOT, "agent", "package")
MOST_BYTES = 2_500_000  # it travels in the Windows installer
MOST_EXPOSED = 27       # tenths of systemd-analyze security's points
OLDEST_GLIBC = "2.31"   # Debian 11, SUSE 15 SP3; RHEL 9 has 2.34, Ubuntu 22.04 2.35
FILES = {"/etc/poolagent/poolagent.conf", "/usr/bin/poolagent", "/usr/sbin/poolagentd", "/usr/share/doc/poolagent/copyright",
         "/usr/share/man/man5/poolagent.conf.5.gz", "/usr/share/man/man8/poolagent.8.gz", "/usr/share/man/man8/poolagentd.8.gz"}
SOCKET = "/run/poolagent/poolagent.sock"
CONFIG = "/etc/poolagent/poolagent.conf"


def output(*command, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def make_packages(folder, source=ROOT):
    output(os.path.join(source, "tools", "package-agent"), "--no-build", "--output", folder, cwd=folder,
           env={**os.environ, "SOURCE_DATE_EPOCH": "1767225600"})
    names = sorted(os.listdir(folder))
    return os.path.join(folder, names[1]), os.path.join(folder, names[0])


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def wait_for(what, function, seconds=15):
    end = time.monotonic() + seconds
    while not function():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come")
        time.sleep(0.05)


class Agent:
    """A daemon in a System, on libvirt's test driver."""

    def __init__(self, system, binary="/usr/sbin/poolagentd"):
        self.log = system.path("agent.log")
        self.process = system.start(binary, "serve", log=self.log)
        self.socket = system.path(SOCKET)
        wait_for("the agent's socket", self.listens)

    def listens(self):
        return os.path.exists(self.log) and "listens on" in self.text()

    def text(self):
        with open(self.log, encoding="utf-8") as file:
            return file.read()

    def driver(self):
        with Rpc(self.socket) as rpc:
            return rpc.inventory()["host"]["drivers"][0]

    def stop(self):
        self.process.terminate()
        if self.process.wait(20) != 0:
            raise AssertionError("the agent ended badly: " + self.text())


def hello_through_the_bridge(system, *binary):
    """What a client does over SSH where sockets are not forwarded."""
    lines = 'POOLAGENT RPC 1\n{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":1,"client":"test"}}\n'
    with tempfile.TemporaryFile("w+") as file:
        file.write(lines)
        file.seek(0)
        ready, reply = system.run(*binary, "connect", stdin=file).splitlines()
    if not ready.startswith("POOLAGENT READY "):
        raise AssertionError(ready)
    return json.loads(reply)["result"]


class Binary(unittest.TestCase):
    def test_needs_an_old_glibc_only_and_is_small(self):
        said = output(os.path.join(ROOT, "tools", "check-portable"), BINARY, OLDEST_GLIBC)
        self.assertRegex(said, r"^poolagentd: needs glibc 2\.\d+ or newer, \d+ bytes$")
        self.assertLess(os.path.getsize(BINARY), MOST_BYTES)

    def test_the_check_itself_finds_what_is_too_new(self):
        for program, version, sentence in ((BINARY, "2.4", "are younger"), (shutil.which("virsh"), "9.9", "libvirt.so.0, ")):
            done = subprocess.run([os.path.join(ROOT, "tools", "check-portable"), program, version], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(sentence, done.stderr)

    def test_on_debian_11(self):
        with System("bullseye") as system:
            self.assertIn("2.31", system.run("ldd", "--version"))
            shutil.copy(BINARY, system.path("/usr/local/sbin/poolagentd"))
            os.symlink("../sbin/poolagentd", system.path("/usr/local/bin/poolagent"))
            os.makedirs(system.path("/etc/poolagent"))
            with open(system.path(CONFIG), "w", encoding="ascii") as file:
                file.write("drivers = test:///default\naudit_syslog = no\n")
            self.assertRegex(system.run("/usr/local/sbin/poolagentd", "--version"), r"^poolagentd [0-9.]+, contract \d+\n$")
            libraries = [os.path.join(system.path("/usr/lib/x86_64-linux-gnu"), name)
                         for name in os.listdir(system.path("/usr/lib/x86_64-linux-gnu")) if name.startswith("libvirt.so")]
            for path in libraries:
                os.rename(path, path + ".away")
            agent = Agent(system, "/usr/local/sbin/poolagentd")
            self.assertEqual(hello_through_the_bridge(system, "/usr/local/bin/poolagent")["user"], "root")
            with Rpc(agent.socket) as rpc, self.assertRaises(CallError) as caught:
                rpc.call("vm.create", name="a", vcpus=1, memory=1 << 26, firmware="bios")
            self.assertIn("its library libvirt.so.0 cannot be loaded (cannot open shared object file: No such file or directory)",
                          str(caught.exception))
            self.assertIn("apt install libvirt-daemon-system", str(caught.exception))
            for path in libraries:
                os.rename(path + ".away", path)
            # Debian 11's libvirt 7.0 has every function that the agent wants, and is found without a restart.
            wait_for("libvirt", lambda: agent.driver().get("version"))
            with Rpc(agent.socket) as rpc:
                self.assertEqual([vm["name"] for vm in rpc.inventory()["vms"]], ["test"])
            agent.stop()


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="packages-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.deb, cls.rpm = make_packages(cls.folder)

    def test_contents(self):
        listed = {line.split()[5][1:] for line in output("dpkg-deb", "--contents", self.deb).splitlines() if line[0] != "d"}
        self.assertEqual(listed, FILES | {"/lib/systemd/system/poolagentd.service", "/usr/share/doc/poolagent/changelog.gz",
                                          "/usr/share/lintian/overrides/poolagent"})
        owners = {line.split()[1] for line in output("dpkg-deb", "--contents", self.deb).splitlines()}
        self.assertEqual(owners, {"root/root"})
        listed = set(output("rpm", "-qpl", self.rpm).split())
        self.assertEqual(listed, FILES | {"/usr/lib/systemd/system/poolagentd.service", "/etc/poolagent", "/usr/share/doc/poolagent"})
        self.assertEqual(output("rpm", "-qpc", self.rpm), CONFIG + "\n")
        needs = output("rpm", "-qpR", self.rpm)
        self.assertNotIn("libvirt", needs)
        self.assertLessEqual(max(int(minor) for minor in re.findall(r"GLIBC_2\.(\d+)", needs)), int(OLDEST_GLIBC[2:]))

    def test_lintian_and_rpmlint_find_nothing(self):
        self.assertEqual(output("lintian", "--allow-root", "--fail-on", "error,warning", self.deb), "")
        said = subprocess.run(["rpmlint", self.rpm], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False).stdout
        self.assertIn("1 packages", said)
        self.assertEqual(re.findall(r"E: (\S+)", said), ["no-signature"])  # signing is the releaser's, with a key of theirs

    def test_the_same_source_gives_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "elsewhere")
            for part in ("tools/package-agent", "agent", "CMakeLists.txt", "build/release-agent/agent/poolagentd"):
                os.makedirs(os.path.dirname(os.path.join(source, part)), exist_ok=True)
                subprocess.run(["cp", "-r", os.path.join(ROOT, part), os.path.join(source, part)], check=True)
            target = os.path.join(folder, "dist")
            os.mkdir(target)
            self.assertEqual([digest(path) for path in make_packages(target, source)], [digest(self.deb), digest(self.rpm)])

    def test_deb_on_debian_12(self):
        with System("bookworm") as system:
            shutil.copy(self.deb, system.path("/poolagent.deb"))
            system.run("dpkg", "-i", "/poolagent.deb")
            self.assertRegex(system.run("getent", "group", "poolagent", "poolagent-admin", "poolagent-viewer"), r"(?s)poolagent:.*-admin:.*-viewer:")
            self.assertIn("WantedBy", system.run("cat", "/etc/systemd/system/multi-user.target.wants/poolagentd.service"))
            with open(system.path(CONFIG), "a", encoding="ascii") as file:
                file.write("drivers = test:///default\naudit_syslog = no\nhttp_socket = /run/poolagent/http.sock\n")
            agent = Agent(system)
            hello = hello_through_the_bridge(system, "/usr/bin/poolagent")
            self.assertEqual((hello["user"], hello["role"]), ("root", "admin"))
            # Each of the package's groups opens the socket and gives its role; nobody else gets in.
            for group, role in (("poolagent-viewer", "viewer"), ("poolagent", "operator"), ("poolagent-admin", "admin")):
                system.run("useradd", "--groups", group, f"user-of-{role}")
                hello = hello_through_the_bridge(system, "setpriv", f"--reuid=user-of-{role}", f"--regid=user-of-{role}", "--init-groups", "/usr/bin/poolagent")
                self.assertEqual((hello["user"], hello["role"]), (f"user-of-{role}", role))
            refused = system.run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "/usr/bin/poolagent", "connect", check=False)
            self.assertIn("Permission denied", refused)
            client = JsonRpc(system.path("/run/poolagent/http.sock"))
            self.assertEqual(client.call("hello", protocol=2, client="x")["role"], "admin")
            client.close()
            self.assertEqual(oct(os.stat(agent.socket).st_mode & 0o777), "0o660")
            self.assertEqual(os.stat(agent.socket).st_gid, int(system.run("getent", "group", "poolagent").split(":")[2]))
            wait_for("libvirt", lambda: agent.driver().get("version"))
            with Rpc(agent.socket) as rpc:
                rpc.subscribe()
                rpc.run("vm.force_off", vm=rpc.vm("test")["id"])
            agent.stop()
            self.assertIn("vm.force_off", system.run("cat", "/var/lib/poolagent/audit.log"))

            system.run("dpkg", "-i", "/poolagent.deb")  # an upgrade keeps what the administrator wrote
            self.assertIn("drivers = test:///default", system.run("cat", CONFIG))
            system.run("dpkg", "-r", "poolagent")
            self.assertFalse(os.path.lexists(system.path("/usr/sbin/poolagentd")))
            self.assertTrue(os.path.exists(system.path(CONFIG)) and os.path.exists(system.path("/var/lib/poolagent/audit.log")))
            system.run("dpkg", "-P", "poolagent")
            left = system.run("find", "/", "-xdev", "-iname", "*poolagent*", "-not", "-path", "/proc/*").split()
            self.assertEqual([path for path in left if not path.startswith(("/poolagent.deb", "/run/"))], [])

    def test_rpm_installs_and_goes_again(self):
        # Into a Debian: the files, scripts and groups are the same everywhere, and this is the rpm there is.
        with System("bookworm") as system:
            shutil.copy(self.rpm, system.path("/poolagent.rpm"))
            rpm = ["rpm", "--root", system.root, "--nodeps"]
            output(*rpm, "--noplugins", "--install", system.path("/poolagent.rpm"), env={**os.environ, "LC_ALL": "C"})
            self.assertIn("poolagent-admin:", system.run("getent", "group", "poolagent-admin"))
            self.assertRegex(system.run("/usr/bin/poolagent", "--version"), "contract")
            with open(system.path(CONFIG), "a", encoding="ascii") as file:
                file.write("drivers = test:///default\n")
            output(*rpm, "--erase", "poolagent", env={**os.environ, "LC_ALL": "C"})
            self.assertFalse(os.path.lexists(system.path("/usr/sbin/poolagentd")))
            self.assertIn("test:///default", system.run("cat", CONFIG + ".rpmsave"))


class Papers(unittest.TestCase):
    def test_the_unit_is_understood_and_closed(self):
        # Without the program, which is not installed on this machine.
        with tempfile.TemporaryDirectory() as folder, open(UNIT, encoding="utf-8") as file:
            path = os.path.join(folder, "poolagentd.service")
            with open(path, "w", encoding="utf-8") as copy:
                copy.write(file.read().replace("/usr/sbin/poolagentd", "/bin/true"))
            self.assertEqual(output("systemd-analyze", "verify", "--man=no", path), "")
        said = output("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", UNIT)
        figure = re.search(r"exposure level for poolagentd.service: ([0-9.]+)", said).group(1)
        with open(os.path.join(ROOT, "SECURITY.md"), encoding="utf-8") as file:
            self.assertIn(f"exposure level {figure}", file.read())

    def test_man_pages_are_clean_and_complete(self):
        pages = {}
        for name in ("poolagentd.8", "poolagent.conf.5"):
            output("mandoc", "-Tlint", "-Wwarning", os.path.join(PAGES, name))
            pages[name] = output("mandoc", "-Tutf8", os.path.join(PAGES, name)).replace("‐", "-")
            pages[name] = re.sub(".\x08", "", pages[name])
        with open(os.path.join(ROOT, "agent", "poolagent.conf"), encoding="utf-8") as file:
            keys = dict(re.findall(r"^#(\w+) =(.*)$", file.read(), re.M))
        self.assertGreater(len(keys), 10)
        for key, value in keys.items():
            self.assertIn(f"{key} ={value}".strip(), pages["poolagent.conf.5"])
        with open(os.path.join(ROOT, "agent", "config.c"), encoding="utf-8") as file:
            known = set(re.findall(r'(?:key, |\{ )"(\w+)"', file.read()))
        self.assertEqual(known, set(keys))
        usage = output(BINARY, "--help")
        for option in sorted(set(re.findall(r"--[\w-]+", usage))):
            self.assertIn(option, pages["poolagentd.8"])


if __name__ == "__main__":
    unittest.main()
