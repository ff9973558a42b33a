#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installing, updating, removing the agent and running it without installing, by poolctl on a host that has none.

What poolctl says is compared with the host's own files, processes, groups and libvirt.
"""
import contextlib
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import CutProxy, Host, wait_for  # noqa: E402
from poolctl import AGENT, LOGIN_REFUSED, REFUSED, ROOT, CtlError, Poolctl  # noqa: E402

PROGRAM = "/usr/local/sbin/poolagentd"
CONFIG = "/etc/poolagent/poolagent.conf"
PASSWORD = "lab-secret"
host = carried = None


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def there(*command):
    """What a command on the host prints, stripped."""
    return host.exec(*command).strip()


def carry(folder, program=AGENT, version="0.1.0"):
    subprocess.run([os.path.join(ROOT, "tools/carry-agent"), folder, program, version], check=True)
    return folder


def setUpModule():
    global host, carried
    carried = carry(tempfile.mkdtemp(prefix="pc-carried-"))
    host = Host("setup")
    host.__enter__()
    unittest.addModuleCleanup(shutil.rmtree, carried, ignore_errors=True)
    unittest.addModuleCleanup(host.down)
    host.exec("cp", "/etc/group", "/etc/group.lab")


class SetupTest(unittest.TestCase):
    def setUp(self):
        self.addCleanup(self.clean)
        os.environ["POOLCENTER_AGENT_FOLDER"] = carried

    def clean(self):
        """The host as it was before; groups as the lab made them."""
        for pid in host.pids("poolagentd"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        host.exec("sh", "-c", "rm -rf /usr/local/sbin/* /usr/local/sbin/.pool* /usr/local/bin/* /etc/poolagent /var/lib/poolagent/* /run/poolagent/* "
                  "/srv/home/*/.cache/poolcenter /srv/tmp/* /srv/bin/*; cp /etc/group.lab /etc/group", check=False)

    def ctl(self, user="root", **options):
        ctl = Poolctl(host, user, **options)
        self.addCleanup(ctl.__exit__)
        return ctl

    def refused(self, ctl, *words, **options):
        with self.assertRaises(CtlError) as caught:
            ctl(*words, **options)
        return caught.exception

    @staticmethod
    def daemons():
        """Command lines of running agents."""
        lines = host.exec("ps", "-C", "poolagentd", "-o", "args=", check=False).stdout.splitlines()
        return [line.strip() for line in lines if " serve" in line]

    @staticmethod
    def exists(path):
        return host.exec("test", "-e", path, check=False).returncode == 0

    def hash_there(self, path=PROGRAM):
        return host.exec("sha256sum", path).split()[0]

    def assert_untouched(self):
        self.assertEqual(there("find", "/usr/local", "-type", "f", "-o", "-type", "l"), "")
        self.assertEqual(self.daemons(), [])
        for path in ("/etc/poolagent", "/etc/systemd/system/poolagentd-local.service", "/run/poolagent/poolagent.sock", "/var/lib/poolagent/host_id"):
            self.assertFalse(self.exists(path), path)
        self.assertEqual(host.exec("getent", "group", "poolagent-admin", check=False).returncode, 2)

    # -- the roads -------------------------------------------------------------------------------

    def test_root_installs_it_and_removes_it(self):
        ctl = self.ctl()
        facts = ctl.json("agent", "show")
        self.assertEqual((facts["machine"], facts["rights"], facts["systemd"], facts["user"]), (os.uname().machine, "root", False, "root"))
        self.assertEqual(facts["libvirt_version"], there("virsh", "--version"))
        self.assertNotIn("agent", facts)
        self.assertTrue(ctl.json("agent", "install")["changed"])
        self.assertEqual(self.hash_there(), sha256(AGENT))
        self.assertEqual(self.daemons(), [f"{PROGRAM} serve"])
        self.assertIn("0.1.0", host.exec("/usr/local/bin/poolagent", "--version"))
        self.assertEqual(there("stat", "-c", "%a %U %G", PROGRAM), "755 root root")
        with open(os.path.join(ROOT, "agent/poolagent.conf"), encoding="utf-8") as file:
            self.assertEqual(there("cat", CONFIG), file.read().strip())
        self.ctl("operator").wait_for_datastore()
        self.assertFalse(ctl.json("agent", "install")["changed"], "it is there already")
        self.assertFalse(ctl.json("agent", "update")["changed"])
        self.assertTrue(ctl.json("agent", "remove")["changed"])
        self.assertEqual(self.daemons(), [])
        self.assertEqual(there("find", "/usr/local", "-type", "f", "-o", "-type", "l"), "")
        self.assertTrue(self.exists(CONFIG), "configuration is kept")
        self.assertFalse(ctl.json("agent", "remove")["changed"])

    def test_configuration_is_kept_and_purged(self):
        ctl = self.ctl()
        host.exec("sh", "-c", f"mkdir -p /etc/poolagent; echo '# mine' >{CONFIG}")
        ctl("agent", "install")
        self.assertEqual(there("cat", CONFIG), "# mine")
        ctl("agent", "remove", "--purge")
        self.assertFalse(self.exists("/etc/poolagent"))
        self.assertEqual(host.exec("getent", "group", "poolagent", check=False).returncode, 2)

    def test_sudo_with_a_password(self):
        ctl = self.ctl("sudoer")
        self.assertEqual(ctl.json("agent", "show")["rights"], "sudo-password")
        ctl.environment["POOLCTL_SUDO_PASSWORD"] = "wrong"
        error = self.refused(ctl, "agent", "install")
        self.assertEqual((error.name, error.status), ("agent_no_rights", REFUSED))
        self.assert_untouched()
        ctl.environment["POOLCTL_SUDO_PASSWORD"] = PASSWORD
        ctl("agent", "install")
        self.assertEqual(self.hash_there(), sha256(AGENT))
        self.assertIn("sudoer", host.exec("getent", "group", "poolagent-admin"))
        self.assertEqual(ctl.json("host", "show")["role"], "admin")
        words = subprocess.run(["grep", "-rl", PASSWORD, ctl.folder], capture_output=True, text=True, check=False)
        self.assertEqual(words.stdout, "", "the password is in no file")
        ctl("agent", "remove", "--purge")
        self.assert_untouched()

    def test_sudo_without_a_password(self):
        ctl = self.ctl("wheel")
        self.assertEqual(ctl.json("agent", "show")["rights"], "sudo")
        ctl("agent", "install")
        self.assertEqual(self.daemons(), [f"{PROGRAM} serve"])
        self.assertEqual(ctl.json("host", "show")["role"], "admin")

    def test_a_plain_user_is_not_let_and_told_what_to_do(self):
        ctl = self.ctl("nobodyagent")
        ctl.environment["POOLCTL_SUDO_PASSWORD"] = PASSWORD
        error = self.refused(ctl, "agent", "install")
        self.assertEqual(error.name, "agent_no_rights")
        self.assertIn("not in the sudoers file", error.cause)
        self.assertIn("without installing", error.message)
        self.assert_untouched()

    def test_runs_without_being_installed_and_leaves_only_its_cache(self):
        ctl = self.ctl("nobodyagent")
        ctl("agent", "run")
        self.assertEqual(self.hash_there("/srv/home/nobodyagent/.cache/poolcenter/poolagentd"), sha256(AGENT))
        self.assertEqual(ctl.json("--run-agent", "host", "show")["user"], "nobodyagent")
        self.assertEqual(self.daemons(), ["poolagentd serve --user"])
        # its own libvirt, and an upload, which comes over a second connection
        ctl("--run-agent", "datastore", "create", "mine", "/srv/home/nobodyagent/store")
        iso = os.path.join(tempfile.mkdtemp(prefix="pc-iso-"), "a.iso")
        self.addCleanup(shutil.rmtree, os.path.dirname(iso))
        with open(iso, "wb") as file:
            file.write(os.urandom(3_000_000))
        ctl("--run-agent", "iso", "upload", "mine", iso)
        self.assertEqual(self.hash_there("/srv/home/nobodyagent/store/a.iso"), sha256(iso))
        pools = host.exec("runuser", "-u", "nobodyagent", "--", "env", "HOME=/srv/home/nobodyagent", "virsh", "-q", "-c", "qemu:///session", "pool-list", "--name")
        self.assertEqual(pools.split(), ["mine"])
        wait_for(lambda: not self.daemons(), "the agent to end after its connection", 20)
        self.assertEqual(there("ls", "-A", "/srv/tmp"), "")
        self.assertEqual(there("find", "/usr/local", "-type", "f"), "")
        # the next time the program is there already
        before = there("stat", "-c", "%i", "/srv/home/nobodyagent/.cache/poolcenter/poolagentd")
        ctl("--run-agent", "host", "show")
        self.assertEqual(there("stat", "-c", "%i", "/srv/home/nobodyagent/.cache/poolcenter/poolagentd"), before)

    def test_runs_from_tmp_where_the_home_folder_runs_no_programs(self):
        host.exec("sh", "-c", "runuser -u nobodyagent mkdir -p /srv/home/nobodyagent/.cache; mount -t tmpfs -o noexec,mode=777 lab /srv/home/nobodyagent/.cache")
        self.addCleanup(host.exec, "umount", "-l", "/srv/home/nobodyagent/.cache")
        self.assertEqual(self.ctl("nobodyagent").json("--run-agent", "host", "show")["role"], "admin")
        self.assertTrue(self.exists("/srv/tmp/poolcenter-20002/poolagentd"))

    def test_runs_nothing_out_of_a_folder_of_somebody_else(self):
        host.exec("sh", "-c", "runuser -u nobodyagent mkdir -p /srv/home/nobodyagent/.cache; mount -t tmpfs -o noexec,mode=777 lab /srv/home/nobodyagent/.cache")
        self.addCleanup(host.exec, "umount", "-l", "/srv/home/nobodyagent/.cache")
        ctl = self.ctl("nobodyagent")
        ctl("--run-agent", "host", "show")
        # The folder is not the user's any more; a file in it that is could be another one the next moment.
        host.exec("chown", "operator", "/srv/tmp/poolcenter-20002")
        host.exec("chmod", "755", "/srv/tmp/poolcenter-20002")
        self.assertIn("can hold a program that runs", self.refused(ctl, "--run-agent", "host", "show").cause)
        os.environ["POOLCENTER_AGENT_FOLDER"] = "/nowhere"  # a client that carries no agent uses what is there
        self.assertIn("not there any more", self.refused(ctl, "--run-agent", "host", "show").cause)

    def newer(self, version="0.9.0", program=AGENT):
        """Another agent than the one that is installed, said to be newer."""
        folder = tempfile.mkdtemp(prefix="pc-newer-")
        self.addCleanup(shutil.rmtree, folder)
        copy = os.path.join(folder, "program")
        shutil.copyfile(program, copy)
        with open(copy, "ab") as file:
            file.write(b"newer")
        os.environ["POOLCENTER_AGENT_FOLDER"] = carry(os.path.join(folder, "agent"), copy, version)
        return copy

    def test_update_of_a_running_agent(self):
        ctl = self.ctl()
        ctl("agent", "install")
        first = host.pids("poolagentd")
        program = self.newer()
        self.assertTrue(ctl.json("agent", "show")["outdated"])
        self.assertTrue(ctl.json("--check", "agent", "update")["changed"])
        self.assertEqual(self.hash_there(), sha256(AGENT), "--check changes nothing")
        ctl("agent", "update")
        self.assertEqual(self.hash_there(), sha256(program))
        self.assertEqual(self.daemons(), [f"{PROGRAM} serve"])
        self.assertNotEqual(host.pids("poolagentd"), first)
        self.assertEqual(there("ls", "-A", "/usr/local/sbin"), "poolagentd")

    def test_printed_commands_are_the_ones_that_work(self):
        commands = self.ctl()("agent", "install", "--print")
        self.assert_untouched()
        script = host.outside("/srv/install.sh")
        with open(script, "w", encoding="utf-8") as file:
            file.write(commands)
        self.addCleanup(os.unlink, script)
        with open(AGENT, "rb") as program:
            done = host.popen("sh", "/srv/install.sh", stdin=program, stdout=subprocess.PIPE, text=True).communicate(timeout=60)[0]
        self.assertTrue(done.rstrip().endswith("done"), done)
        self.assertEqual(self.daemons(), [f"{PROGRAM} serve"])

    # -- what goes wrong -------------------------------------------------------------------------

    def test_disk_full(self):
        host.mount_small("/usr/local/sbin", "1M")
        self.addCleanup(host.exec, "umount", "-l", "/usr/local/sbin")
        error = self.refused(self.ctl(), "agent", "install")
        self.assertEqual(error.name, "agent_setup")
        self.assertIn("No space left on device", error.cause)
        self.assert_untouched()

    def test_disk_full_without_installing(self):
        for place, mode in (("/srv/home/nobodyagent/.cache", "777"), ("/srv/tmp", "1777")):
            host.exec("sh", "-c", f"runuser -u nobodyagent mkdir -p {place}; mount -t tmpfs -o size=1M,mode={mode} lab {place}")
            self.addCleanup(host.exec, "umount", "-l", place)
        error = self.refused(self.ctl("nobodyagent"), "--run-agent", "host", "show")
        self.assertIn("No space left on device", error.cause)
        self.assertEqual(there("find", "/srv/home/nobodyagent/.cache", "/srv/tmp", "-type", "f"), "")

    def test_read_only_usr_local(self):
        host.exec("sh", "-c", "mount --bind /usr/local /usr/local && mount -o remount,ro,bind /usr/local")
        self.addCleanup(host.exec, "umount", "-l", "/usr/local")
        error = self.refused(self.ctl(), "agent", "install")
        self.assertIn("Read-only file system", error.cause)
        self.assert_untouched()

    def test_connection_cut_in_the_middle(self):
        for after in (300_000, 1_500_000):
            with CutProxy(host.port) as proxy:
                ctl = self.ctl(port=proxy.port)
                proxy.cut_after_up = after
                error = self.refused(ctl, "agent", "install")
            self.assertEqual(error.name, "connection_lost")
            wait_for(lambda: not there("find", "/usr/local", "-type", "f"), "the host to take back what it did", 20)
            wait_for(lambda: not host.exec("pgrep", "-f", "POOLCENTER-READY", check=False).stdout, "the script to end", 20)
            self.assert_untouched()

    def test_interrupted_by_ctrl_c_while_sending(self):
        with CutProxy(host.port) as proxy:
            ctl = self.ctl(port=proxy.port)
            process = ctl.popen("agent", "install")
            wait_for(lambda: proxy.bytes_up > 200_000, "the program to be on its way", 30)
            proxy.stalled.set()
            process.send_signal(2)
            threading.Timer(0.3, proxy.stalled.clear).start()
            error = process.communicate(timeout=40)[1]
        self.assertEqual(process.returncode, 130, error)
        self.assertIn('"CANCELLED"', error)
        wait_for(lambda: not host.exec("pgrep", "-f", "POOLCENTER-READY", check=False).stdout, "the script to end", 20)
        self.assert_untouched()

    def fake(self, name, script):
        """A program of the host that lies."""
        path = host.outside(f"/srv/bin/{name}")
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + script)
        os.chmod(path, 0o755)

    def test_wrong_architecture(self):
        self.fake("uname", 'case $1 in -m) echo riscv64 ;; *) exec /usr/bin/uname "$@" ;; esac\n')
        error = self.refused(self.ctl(), "agent", "install")
        self.assertEqual(error.name, "agent_no_program")
        self.assertIn("riscv64", error.cause)
        self.assert_untouched()

    def test_a_program_that_does_not_start_there(self):
        folder = tempfile.mkdtemp(prefix="pc-foreign-")
        self.addCleanup(shutil.rmtree, folder)
        with open(os.path.join(folder, "program"), "wb") as file:
            file.write(b"\x7fELF" + b"\2\1\1" + b"\0" * 200_000)
        os.environ["POOLCENTER_AGENT_FOLDER"] = carry(os.path.join(folder, "agent"), file.name)
        error = self.refused(self.ctl(), "agent", "install")
        self.assertIn("Exec format error", error.cause)
        self.assert_untouched()

    def test_an_update_that_does_not_run_gives_the_old_one_back(self):
        ctl = self.ctl()
        ctl("agent", "install")
        folder = tempfile.mkdtemp(prefix="pc-broken-")
        self.addCleanup(shutil.rmtree, folder)
        with open(os.path.join(folder, "program"), "w", encoding="ascii") as file:
            file.write("#!/bin/sh\n[ \"$1\" = --version ] && echo 'poolagentd 0.9.0, contract 1' && exit 0\necho 'no, never' >&2\nexit 1\n")
        os.environ["POOLCENTER_AGENT_FOLDER"] = carry(os.path.join(folder, "agent"), file.name, "0.9.0")
        error = self.refused(ctl, "agent", "update")
        self.assertIn("no, never", error.cause)
        self.assertEqual(self.hash_there(), sha256(AGENT))
        wait_for(lambda: self.daemons() == [f"{PROGRAM} serve"], "the old agent to run again", 20)
        self.assertEqual(ctl.json("host", "show")["role"], "admin")
        self.assertEqual(there("ls", "-A", "/usr/local/sbin"), "poolagentd")

    def test_without_libvirt_it_says_what_to_install(self):
        library = there("sh", "-c", "readlink -f /usr/lib/*/libvirt.so.0")
        host.exec("mount", "--bind", "/dev/null", library)
        self.addCleanup(host.exec, "umount", library)
        for words in (("agent", "install"), ("agent", "run")):
            error = self.refused(self.ctl(), *words)
            self.assertEqual(error.name, "agent_no_libvirt")
            self.assertIn("apt install libvirt-daemon-system", error.message)
        self.assert_untouched()

    def test_hostile_words_of_the_host(self):
        host.exec("sh", "-c", "rm -f /etc/os-release; printf 'PRETTY_NAME=\"\\033]0;evil\\007\\377\\376$(reboot)\"\\nID=debian\\nID_LIKE=%0200000d\\n' 1 >/etc/os-release")
        self.fake("id", "case $1 in -un) printf 'x; rm -rf /srv\\n' ;; *) exec /usr/bin/id \"$@\" ;; esac\n")
        self.addCleanup(host.exec, "sh", "-c", "rm -f /etc/os-release; ln -s ../usr/lib/os-release /etc/os-release")
        ctl = self.ctl()
        facts = ctl.json("agent", "show")
        self.assertNotIn("\033", facts["os"])
        self.assertTrue(facts["os"].isprintable() and facts["os"].isascii())
        self.assertNotIn("rm -rf /srv", ctl("agent", "install", "--print"), "no word of the host becomes a command")
        self.fake("uname", "head -c 3000000 /dev/urandom\n")
        self.assertIn(self.refused(ctl, "agent", "install").name, ("agent_setup", "agent_no_program"))
        self.assert_untouched()

    def test_no_agent_says_so_with_the_sentence_to_go_on(self):
        error = self.refused(self.ctl(), "vm", "list")
        self.assertEqual(error.name, "agent_missing")

    def test_wrong_login(self):
        error = self.refused(self.ctl("sudoer", key=None), "agent", "show", password="wrong")
        self.assertEqual(error.status, LOGIN_REFUSED)

    def test_scripts_are_plain_posix(self):
        folder = os.path.join(ROOT, "client/core/scripts")
        for name in os.listdir(folder):
            for shell in ("dash", "bash"):
                subprocess.run([shell, "-n", os.path.join(folder, name)], check=True)
            self.assertFalse(os.stat(os.path.join(folder, name)).st_mode & stat.S_IXUSR)


if __name__ == "__main__":
    unittest.main()
