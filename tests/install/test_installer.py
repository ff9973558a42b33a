#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Windows installer and portable edition under Wine: what they leave behind is read with Wine's own reg.exe and from the disk, signatures with osslsigncode."""
import concurrent.futures
import contextlib
import glob
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "tests", "ui"), os.path.join(ROOT, "tests", "lab")]
from drive import Drive  # noqa: E402

BUILD = os.path.join(ROOT, "build", "release-windows")
AGENT = os.path.join(ROOT, "build", "release-agent", "agent", "poolagentd")
PICTURES = os.environ.get("POOLCENTER_PICTURES")  # a folder: the wizard's pages are saved there
UNINSTALL_KEY = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\PoolCenter"
NEXT = 1  # IDOK: Next, Install, Finish
OLD = "0.0.9"


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=120, **options).stdout


def make(folder, *options, environment=None):
    """Packs the built programs into folder/dist."""
    run(os.path.join(ROOT, "tools", "package-windows"), "--output", os.path.join(folder, "dist"), "--work", os.path.join(folder, "work"), "--agent", AGENT, *options,
        env=dict(os.environ, **(environment or {})))


def product(folder, ending):
    return glob.glob(os.path.join(folder, "dist", "*" + ending))[0]


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def older_build(folder):
    """The same programs with a page in the manual that the new version does not have."""
    for name in ("client/ui/poolcenter.exe", "client/cli/poolctl.exe", "icons/poolcenter.ico"):
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        shutil.copyfile(os.path.join(BUILD, name), os.path.join(folder, name))
    os.makedirs(os.path.join(folder, "client/ui/help/en/old"))
    with open(os.path.join(folder, "client/ui/help/en/old/page.html"), "w", encoding="utf-8") as file:
        file.write("gone")
    return folder


def make_certificate(folder):
    """A certificate of our own; {variable: value} for tools/sign-windows."""
    key, certificate, bundle, password = (os.path.join(folder, name) for name in ("key.pem", "certificate.pem", "bundle.p12", "password"))
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=PoolCenter test", "-addext", "extendedKeyUsage=codeSigning",
        "-keyout", key, "-out", certificate)
    with open(password, "w", encoding="ascii") as file:
        file.write("lab-secret\n")
    run("openssl", "pkcs12", "-export", "-inkey", key, "-in", certificate, "-passout", "file:" + password, "-out", bundle)
    return certificate, {"POOLCENTER_SIGN_PKCS12": bundle, "POOLCENTER_SIGN_PASSWORD_FILE": password}


class Products:
    """What all tests install, made once: two equal packings of today's programs, and an older, signed version."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="poolcenter-install-")
        self.today, self.again, self.older = (os.path.join(self.folder, name) for name in ("today", "again-in-a-folder-with-another-name", "older"))
        self.certificate, self.signing = make_certificate(self.folder)
        older = older_build(os.path.join(self.folder, "older-build"))
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for packing in [pool.submit(make, self.today), pool.submit(make, self.again), pool.submit(make, self.older, "--version", OLD, "--build", older, environment=self.signing)]:
                packing.result()
        self.installer, self.old_installer = product(self.today, "installer.exe"), product(self.older, "installer.exe")

    def remove(self):
        shutil.rmtree(self.folder)


def setUpModule():
    global PRODUCTS
    PRODUCTS = Products()
    unittest.addModuleCleanup(PRODUCTS.remove)


class PackageTest(unittest.TestCase):
    """What can be said without running anything."""

    def test_the_same_input_gives_the_same_bytes(self):
        for ending in ("installer.exe", "portable.zip"):
            self.assertEqual(digest(product(PRODUCTS.today, ending)), digest(product(PRODUCTS.again, ending)), ending)

    def test_the_installer_is_small(self):
        self.assertLessEqual(os.path.getsize(PRODUCTS.installer), 4_000_000)

    def test_32_bit_windows_cannot_start_it(self):
        """Its machine type is x86-64: Windows itself says so on 32-bit systems."""
        with open(PRODUCTS.installer, "rb") as file:
            head = file.read(4096)
        self.assertEqual(struct.unpack_from("<H", head, struct.unpack_from("<I", head, 0x3C)[0] + 4)[0], 0x8664)

    def test_everything_is_signed_when_there_is_a_certificate(self):
        folder = os.path.join(PRODUCTS.older, "work", "PoolCenter")
        for path in (PRODUCTS.old_installer, os.path.join(folder, "poolcenter.exe"), os.path.join(folder, "poolctl.exe")):
            answer = run("osslsigncode", "verify", "-CAfile", PRODUCTS.certificate, "-in", path)
            self.assertIn("Signature verification: ok", answer)
        unsigned = subprocess.run(["osslsigncode", "verify", "-in", PRODUCTS.installer], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False).stdout
        self.assertIn("No signature found", unsigned)

    def test_the_zip_holds_the_same_files(self):
        with zipfile.ZipFile(product(PRODUCTS.today, "portable.zip")) as archive:
            self.assertIsNone(archive.testzip())
            names = set(archive.namelist())
        expected = {"PoolCenter/" + name for name in listed(os.path.join(PRODUCTS.today, "work", "PoolCenter")) if not name.endswith("/")}
        self.assertEqual(names, expected | {"PoolCenter/poolcenter.portable"})

    def test_the_programs_the_agent_and_the_manual_are_there(self):
        names = listed(os.path.join(PRODUCTS.today, "work", "PoolCenter"))
        for name in ("poolcenter.exe", "poolctl.exe", "agent/poolagentd-x86_64", "agent/version", "help/en/index.html", "help/de/index.html", "LICENSE.txt"):
            self.assertIn(name, names)


def listed(folder):
    with open(os.path.join(folder, "files.txt"), encoding="utf-16-le") as file:
        return [line.rstrip("\n").replace("\\", "/") for line in file]


class InstallCase(unittest.TestCase):
    language = "en"

    def setUp(self):
        self.drive = self.enterContext(Drive(language=self.language))
        self.disk = os.path.join(self.drive.prefix, "drive_c")
        self.user = glob.glob(os.path.join(self.disk, "users", "*", "AppData"))[0]
        self.mine = os.path.join(self.user, "Local", "Programs", "PoolCenter")
        self.everyones = os.path.join(self.disk, "Program Files", "PoolCenter")
        self.settings = os.path.join(self.user, "Roaming", "PoolCenter")
        # Wine's desktop is the home folder of whoever runs the test.
        desktop = os.path.join(os.path.dirname(self.user), "Desktop")
        os.remove(desktop)
        os.mkdir(desktop)
        self.before = self.shot()

    def shot(self):
        """All files but Wine's own and the temporary ones."""
        found = set()
        for top in ("users", "Program Files", "ProgramData"):
            for place, _folders, names in os.walk(os.path.join(self.disk, top)):
                if "/Temp" not in place:
                    found.update(os.path.relpath(os.path.join(place, name), self.disk) for name in names)
        return found

    def silent(self, program, *options, code=0):
        self.assertEqual(self.drive.start(program, "/S", *options).wait_exit(60), code)

    def uninstall(self, folder, *options):
        """The uninstaller goes on as a copy of itself: what it removes last is waited for."""
        self.silent(os.path.join(folder, "uninstall.exe"), *options)
        self.drive.until(lambda: not os.path.exists(folder), f"{folder} to be removed", 20)
        self.drive.until(lambda: not self.registry("HKCU", UNINSTALL_KEY) and not self.registry("HKLM", UNINSTALL_KEY), "the registry to be clean", 20)

    def wine(self, *command):
        return subprocess.run(["wine", *command], env=self.drive.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=60, check=False)

    def shell_open(self, what):
        """As a click on it. No pipe: the program that is started would keep it open."""
        subprocess.run(["wine", "start", what], env=self.drive.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=True)

    def registry(self, root, key):
        """{name: value} as reg.exe tells it; {} when the key is not there. The default value's name is ''."""
        answer = self.wine("reg", "query", root + "\\" + key)
        rows = [line.split("    ") for line in answer.stdout.splitlines() if line.startswith("    ")]
        return {} if answer.returncode else {"" if row[1].startswith("(") else row[1]: row[3] if len(row) > 3 else "" for row in rows}

    def remember_settings(self):
        os.makedirs(self.settings, exist_ok=True)
        server = {"id": "11111111-1111-1111-1111-111111111111", "host": "127.0.0.1", "port": 9, "user": "root", "auth": "password", "name": "kvm1"}
        with open(os.path.join(self.settings, "settings.json"), "w", encoding="utf-8") as file:
            json.dump({"values": {"language": self.language}, "servers": [server]}, file)

    def servers(self):
        with open(os.path.join(self.settings, "settings.json"), encoding="utf-8") as file:
            return [server["name"] for server in json.load(file)["servers"]]


class UserTest(InstallCase):
    def assert_installed(self, folder, root, version):
        files = {name for name in listed(folder) if not name.endswith("/")}
        there = {os.path.relpath(os.path.join(place, name), folder) for place, _folders, names in os.walk(folder) for name in names}
        self.assertEqual(there, files | {"files.txt", "uninstall.exe"})
        for name in files:
            self.assertEqual(digest(os.path.join(folder, name)), digest(os.path.join(PRODUCTS.today, "work", "PoolCenter", name)), name)
        entry = self.registry(root, UNINSTALL_KEY)
        self.assertEqual((entry["DisplayName"], entry["DisplayVersion"], entry["Publisher"]), ("PoolCenter", version, "PoolCenter"))
        self.assertTrue(entry["DisplayIcon"].endswith("poolcenter.exe"))
        size = sum(os.path.getsize(os.path.join(folder, name)) for name in files) / 1024
        self.assertAlmostEqual(int(entry["EstimatedSize"], 16), size, delta=size / 20)
        self.assertTrue(entry["InstallLocation"].endswith("\\PoolCenter"))
        command = f'"{entry["InstallLocation"]}\\poolcenter.exe" --open "%1"'
        classes = r"Software\Classes" + "\\"
        self.assertEqual(self.registry(root, classes + r"poolcenter\shell\open\command")[""], command)
        self.assertEqual(self.registry(root, classes + "poolcenter")["URL Protocol"], "")
        self.assertEqual(self.registry(root, classes + ".poolsearch")[""], "PoolCenter.Search")
        self.assertEqual(self.registry(root, classes + r"PoolCenter.Search\shell\open\command")[""], command)

    def shortcuts(self):
        return sorted(path for path in self.shot() - self.before if path.endswith(".lnk"))

    def test_per_user_upgraded_while_it_runs_and_removed(self):
        """The whole life of an installation of one's own."""
        self.remember_settings()
        self.silent(PRODUCTS.old_installer)
        self.assertEqual(self.registry("HKCU", UNINSTALL_KEY)["DisplayVersion"], OLD)
        self.assertIn("Signature verification: ok", run("osslsigncode", "verify", "-CAfile", PRODUCTS.certificate, "-in", os.path.join(self.mine, "uninstall.exe")))
        self.assertTrue(os.path.exists(os.path.join(self.mine, "help", "en", "old", "page.html")))
        old = self.drive.start(os.path.join(self.mine, "poolcenter.exe"))
        old.window("PoolCenter").find(cls="SysTreeView32").tree_wait("kvm1 (not connected)")

        self.silent(PRODUCTS.installer)
        self.assertEqual(old.wait_exit(5), 0)
        self.assert_installed(self.mine, "HKCU", self.registry("HKCU", UNINSTALL_KEY)["DisplayVersion"])
        self.assertNotEqual(self.registry("HKCU", UNINSTALL_KEY)["DisplayVersion"], OLD)
        self.assertEqual(self.registry("HKLM", UNINSTALL_KEY), {})
        self.assertFalse(os.path.exists(os.path.join(self.mine, "help", "en", "old")))
        self.assertEqual([os.path.basename(name) for name in self.shortcuts()], ["PoolCenter.lnk"])
        again = self.drive.window("PoolCenter")
        again.find(cls="SysTreeView32").tree_wait("kvm1 (not connected)")

        with open(os.path.join(self.mine, "notes.txt"), "w", encoding="utf-8") as file:
            file.write("not the installer's")
        self.silent(os.path.join(self.mine, "uninstall.exe"))
        self.drive.until(lambda: os.listdir(self.mine) == ["notes.txt"], "only the foreign file to be left", 20)
        self.drive.until(lambda: not self.registry("HKCU", UNINSTALL_KEY), "the entry to be removed")
        self.assertIsNone(self.drive.has_window("PoolCenter", "PoolCenterFrame"))
        os.remove(os.path.join(self.mine, "notes.txt"))
        self.assertEqual(self.servers(), ["kvm1"])
        left = {os.path.join(self.disk, name) for name in self.shot() - self.before}
        self.assertEqual({name for name in left if not name.startswith(self.settings)}, set())
        for key in ("poolcenter", ".poolsearch", "PoolCenter.Search"):
            self.assertEqual(self.registry("HKCU", r"Software\Classes" + "\\" + key), {})

    def remember_password(self, target):
        """Into Windows' Credential Manager, which is a registry key in Wine."""
        key = r"Software\Wine\Credential Manager\Generic: " + target
        self.wine("reg", "add", "HKCU\\" + key, "/ve", "/d", target, "/f")
        for name, kind, value in (("Flags", "REG_DWORD", "0"), ("Type", "REG_DWORD", "1"), ("Persist", "REG_DWORD", "2"), ("UserName", "REG_SZ", "root"),
                                  ("LastWritten", "REG_BINARY", "0000000000000000")):
            self.wine("reg", "add", "HKCU\\" + key, "/v", name, "/t", kind, "/d", value, "/f")
        return key

    def test_purge_removes_settings_and_passwords(self):
        self.remember_settings()
        self.silent(PRODUCTS.installer, "/DesktopIcon")
        self.assertEqual([os.path.basename(name) for name in self.shortcuts()], ["PoolCenter.lnk", "PoolCenter.lnk"])
        ours, theirs = self.remember_password("PoolCenter/root@kvm1:22"), self.remember_password("Other/root@kvm1:22")
        self.uninstall(self.mine, "/Purge")
        self.assertEqual(self.registry("HKCU", ours), {})
        self.assertEqual(self.registry("HKCU", theirs)["UserName"], "root")
        self.assertEqual(self.shot() - self.before, set())
        self.assertFalse(os.path.exists(self.settings))

    def test_all_users_and_links(self):
        """For all users; and since Wine looks for links and file types only there, what a click on one does."""
        self.remember_settings()
        self.silent(PRODUCTS.installer, "/AllUsers")
        self.assertFalse(os.path.exists(self.mine))
        self.assert_installed(self.everyones, "HKLM", self.registry("HKLM", UNINSTALL_KEY)["DisplayVersion"])
        self.assertTrue(all(name.startswith("ProgramData/") or name.startswith("users/Public/") for name in self.shortcuts()), self.shortcuts())

        self.shell_open("poolcenter://127.0.0.1:9/web%2001")
        frame = self.drive.window("PoolCenter", "PoolCenterFrame")
        question = self.drive.window("PoolCenter", "#32770")
        self.assertIn("kvm1", str(question.dialog()))
        question.press("Cancel")
        question.wait_gone()
        with open(os.path.join(self.disk, "my web.poolsearch"), "w", encoding="utf-8") as file:
            json.dump({"poolcenter_search": 1, "text": "nothing like this"}, file)
        self.shell_open(r"C:\my web.poolsearch")
        frame.find(cls="Edit").wait_text("nothing like this")
        self.assertEqual(len([window for window in self.drive.windows() if window.cls == "PoolCenterFrame"]), 1)

        self.silent(PRODUCTS.installer, "/AllUsers", "/NoStart")
        self.drive.until(lambda: not self.drive.has_window("PoolCenter", "PoolCenterFrame"), "the program to be closed")
        self.uninstall(self.everyones, "/AllUsers")
        left = {os.path.join(self.disk, name) for name in self.shot() - self.before}
        self.assertEqual({name for name in left if not name.startswith(self.settings)}, {os.path.join(self.disk, "my web.poolsearch")} & left)
        self.assertEqual(self.registry("HKLM", r"Software\Classes\poolcenter"), {})

    def test_another_folder_and_an_older_windows(self):
        self.silent(PRODUCTS.installer, r"/D=C:\tools\pool")
        folder = os.path.join(self.disk, "tools", "pool")
        self.assertEqual(self.registry("HKCU", UNINSTALL_KEY)["InstallLocation"], r"C:\tools\pool")
        self.assertTrue(os.path.exists(os.path.join(folder, "poolcenter.exe")))
        self.silent(PRODUCTS.installer)
        self.assertFalse(os.path.exists(self.mine), "an upgrade goes where the program is")
        self.uninstall(folder)
        self.wine("winecfg", "/v", "win7")
        self.silent(PRODUCTS.installer, code=4)
        self.assertFalse(os.path.exists(self.mine))

    def command_lines(self):
        """Of everything that runs in this test's Wine."""
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
                yield file.read().replace("\0", " ")

    def test_administrator_rights_are_asked_for_and_the_wish_to_purge_is_handed_over(self):
        """Wine asks nobody for rights: what is started anew to have them has none either, and says so instead of asking for ever."""
        limited = self.drive.start(PRODUCTS.installer, "/S", "/AllUsers", limited=True)
        self.assertEqual(limited.wait_exit(60), 740)
        self.assertFalse(os.path.exists(self.everyones))
        self.drive.start(PRODUCTS.installer, "/AllUsers", "/DesktopIcon", limited=True)
        self.drive.window("PoolCenter Setup", "#32770").press("OK")

        self.silent(PRODUCTS.installer, "/AllUsers")
        self.remember_settings()
        uninstaller = os.path.join(self.everyones, "uninstall.exe")
        self.drive.start(uninstaller, "/AllUsers", "/Purge", limited=True)
        refusal = self.drive.window("PoolCenter Uninstall", "#32770")
        self.assertIn("needs administrator rights", str(refusal.dialog()))
        self.assertTrue(any("/AllUsers /Elevated /Purge" in line for line in self.command_lines()))
        refusal.press("OK")
        refusal.wait_gone()

        self.drive.start(uninstaller, "/AllUsers", "/Elevated", "/Purge")
        window = self.drive.window("PoolCenter Uninstall", "#32770")
        self.drive.until(lambda: any(box.checked for box in window.children("Button") if "delete my" in box.text), "the box to be checked")
        window.child(NEXT).click()
        self.drive.until(lambda: not os.path.exists(self.everyones) and not os.path.exists(self.settings), "program and settings to be removed", 20)

    def test_files_txt_names_nothing_outside_of_the_folder(self):
        """Whoever prepared the folder does not tell an administrator's installer what to delete elsewhere."""
        folder = os.path.join(self.disk, "prepared")
        outside = os.path.join(self.disk, "outside")
        for place in (folder, outside, os.path.join(outside, "empty")):
            os.mkdir(place)
        for name in (os.path.join(outside, "file"), os.path.join(folder, "old.txt")):
            with open(name, "w", encoding="ascii") as file:
                file.write("here")
        with open(os.path.join(folder, "files.txt"), "w", encoding="utf-16-le", newline="\r\n") as file:
            file.write("..\\outside\\file\nhelp\\..\\..\\outside\\file\n../outside/file\n..\\outside\\empty\\\nold.txt\n")
        self.silent(PRODUCTS.installer, r"/D=C:\prepared")
        self.assertFalse(os.path.exists(os.path.join(folder, "old.txt")), "what is inside is removed")
        self.assertEqual(sorted(os.listdir(outside)), ["empty", "file"])
        with open(os.path.join(folder, "files.txt"), "a", encoding="utf-16-le", newline="\r\n") as file:
            file.write("..\\outside\\file\n")
        self.uninstall(folder)
        self.assertEqual(sorted(os.listdir(outside)), ["empty", "file"])

    def test_it_takes_less_than_5_seconds(self):
        began = time.monotonic()
        self.silent(PRODUCTS.installer)
        self.assertLess(time.monotonic() - began, 5)


class PortableTest(InstallCase):
    def test_settings_stay_beside_the_program(self):
        with zipfile.ZipFile(product(PRODUCTS.today, "portable.zip")) as archive:
            archive.extractall(os.path.join(self.disk, "stick"))
        folder = os.path.join(self.disk, "stick", "PoolCenter")
        app = self.drive.start(os.path.join(folder, "poolcenter.exe"))
        app.window("PoolCenter").close()
        app.wait_exit()
        self.assertIn("settings.json", os.listdir(os.path.join(folder, "Settings")))
        self.assertFalse(os.path.exists(self.settings))
        self.assertEqual(self.shot() - self.before, set())
        for key in (UNINSTALL_KEY, r"Software\Classes\poolcenter"):
            self.assertEqual(self.registry("HKCU", key), {})


class WizardTest(InstallCase):
    """Every page, with the mouse's hands; English at 96 dpi."""
    title = "PoolCenter Setup"
    uninstall_title = "PoolCenter Uninstall"
    words = ("Only me", "Put an icon on the desktop", "Start PoolCenter", "Also delete my settings", "is running")

    def picture(self, name):
        if PICTURES:
            self.drive.screenshot(os.path.join(PICTURES, f"installer-{self.language}-{name}.png"))

    def button(self, window, words):
        """There when its page is: the last page comes after the installation."""
        return self.drive.until(lambda: next((each for each in window.children("Button") if each.text.replace("&", "") == words), None), f"'{words}'", 60)

    def go_on(self, window):
        """Presses the button of IDOK as soon as it is enabled."""
        window.child(NEXT).wait_enabled(True, timeout=20)
        window.child(NEXT).click()

    def test_pages(self):
        app = self.drive.start(PRODUCTS.installer)
        window = app.window(self.title, "#32770")
        self.picture("1-welcome")
        self.go_on(window)
        self.assertTrue(self.button(window, self.words[0]).checked)
        self.button(window, self.words[1]).check(True)
        self.picture("2-users")
        self.go_on(window)
        self.drive.until(lambda: any("Programs\\PoolCenter" in each.text for each in window.children("Edit")), "the folder")
        self.picture("3-folder")
        self.go_on(window)
        self.assertTrue(self.button(window, self.words[2]).checked)
        self.picture("4-finish")
        self.go_on(window)
        self.assertEqual(app.wait_exit(), 0)
        program = self.drive.window("PoolCenter", "PoolCenterFrame")
        self.assertEqual(len([name for name in self.shot() - self.before if name.endswith(".lnk")]), 2)

        app = self.drive.start(PRODUCTS.installer)
        window = app.window(self.title, "#32770")
        for _ in range(3):
            self.go_on(window)
        question = self.drive.until(lambda: next((each for each in app.windows() if self.words[4] in str(each.dialog() if each.hwnd != window.hwnd else "")), None), "the question")
        self.picture("5-running")
        question.press("OK")
        self.button(window, self.words[2]).check(False)
        self.go_on(window)
        self.assertEqual(app.wait_exit(), 0)
        program.wait_gone()

        self.drive.start(os.path.join(self.mine, "uninstall.exe"))
        window = self.drive.window(self.uninstall_title, "#32770")
        self.assertFalse(self.button(window, self.words[3]).checked)
        self.button(window, self.words[3]).check(True)
        self.picture("6-uninstall")
        self.go_on(window)
        self.drive.until(lambda: not os.path.exists(self.mine), "the program to be removed", 20)
        self.picture("7-removed")
        self.go_on(window)
        self.drive.until(lambda: self.shot() == self.before, "nothing to be left", 20)


class GermanWizardTest(WizardTest):
    language = "de"
    title = "Installation von PoolCenter"
    uninstall_title = "Deinstallation von PoolCenter"
    words = ("Nur ich", "Symbol auf den Desktop legen", "PoolCenter starten", "Auch meine Einstellungen löschen", "läuft gerade")


if __name__ == "__main__":
    unittest.main()
