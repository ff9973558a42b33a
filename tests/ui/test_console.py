#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Console page of the real window against a real guest: its picture as virsh sees it, keys as QEMU and GRUB get them, CDs, restarts, full screen."""
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import guests  # noqa: E402
from client import Client, constants  # noqa: E402
from drive import Drive  # noqa: E402
from lab import Host, wait_for  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(HERE))
AGENT = os.path.join(ROOT, "build/linux/agent/poolagentd")
VM = "web01"
IDS = constants("client/ui/console_media.h") | constants("client/ui/console_page.c")
GRUB, MEMTEST = os.path.basename(guests.GRUB_ISO), os.path.basename(guests.MEMTEST_ISO)


def is_whole_png(file):
    if not os.path.exists(file):
        return False
    with open(file, "rb") as stream:
        return b"IEND" in stream.read()[-12:]


class Console:
    """The page of one VM in one window."""

    def __init__(self, host, drive, client):
        self.host, self.drive, self.client = host, drive, client
        self.server = host.exec("hostname").strip()
        self.files = tempfile.TemporaryDirectory(prefix="poolcenter-console-")

    def open(self, vm=VM):
        self.client.select(self.server, vm, timeout=40)
        self.client.page("PAGE_CONSOLE")
        self.page = self.client.frame.find(cls="PoolCenterConsolePage")
        self.view = self.page.find(cls="PoolCenterConsole")

    def control(self, name):
        return self.page.child(IDS[name])

    def start_vm(self):
        """Off, then on by the button in the picture's place, up to GRUB's menu."""
        self.host.virsh("destroy", VM, check=False)
        self.page.press(self.client.words("CONSOLE_START"), timeout=20)
        wait_for(lambda: "GNU GRUB" in self.text(), "GRUB's menu", 60)
        self.drive.until(lambda: self.control("ID_CTRL_ALT_DEL").enabled, "the console to be connected", 20)

    def take_keys(self):
        self.client.frame.foreground()
        self.view.click_at(5, 5)
        self.drive.until(lambda: self.has_keys(), "the console to have the keyboard")

    def has_keys(self):
        focus = self.client.frame.focused()
        return focus is not None and focus.hwnd == self.view.hwnd

    # -- what the guest shows ----------------------------------------------------------------------

    def text(self):
        """The guest's VGA text screen."""
        dump = self.host.virsh("qemu-monitor-command", VM, "--hmp", "xp /4000xb 0xb8000", check=False).stdout
        data = bytes(int(byte, 16) for line in dump.splitlines() for byte in re.findall(r"0x([0-9a-f]{2})\b", line.partition(":")[2]))[::2]
        return "\n".join(data[at:at + 80].decode("cp437").rstrip(" \0") for at in range(0, len(data), 80))

    def wait_text(self, wanted):
        wait_for(lambda: wanted in self.text(), f"'{wanted}' on the guest's screen", 20, 0.3)

    def picture(self, name):
        return os.path.join(self.files.name, name)

    def guest_picture(self):
        return guests.pixels(guests.screenshot(self.host, VM, self.picture("guest.ppm")))

    def window_picture(self, size):
        """The middle of the view, as it is on the screen."""
        self.client.frame.ping()
        left, top, right, bottom = self.view.rect
        width, height = size
        left += (right - left - width) // 2
        top += (bottom - top - height) // 2
        return guests.pixels(self.drive.screenshot(self.picture("window.png"), [left, top, left + width, top + height]))

    def fills_the_view(self):
        """Scaled, the guest's black reaches two opposite edges of the grey view."""
        width, height, data = guests.pixels(self.view.screenshot(self.picture("scaled.png")))
        middle = data[(height // 2 * width + 2) * 3:][:3], data[(2 * width + width // 2) * 3:][:3]
        return bytes(3) in middle

    def same_picture(self):
        guest = self.guest_picture()
        return self.window_picture(guest[:2]) == guest


class ConsoleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = Host(f"console-{os.getpid()}", agent=AGENT).up()
        cls.addClassCleanup(cls.host.down)
        guests.define(cls.host, VM)
        guests.store(cls.host, guests.MEMTEST_ISO)
        drive = cls.enterClassContext(Drive())
        client = cls.enterClassContext(Client(drive))
        client.remember(cls.host)
        client.start()
        cls.console = Console(cls.host, drive, client)
        cls.addClassCleanup(cls.console.files.cleanup)
        cls.drive, cls.client = drive, client
        cls.console.open()
        client.command("view.tasks")  # more room for the picture
        drive.until(lambda: cls.console.view.rect[3] - cls.console.view.rect[1] > 420, "the tasks pane to go away")

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.host.stop_agent()
        cls.host.check_logs()

    def events(self, act):
        """What QEMU got while act() ran: ["+shift", "+a", "-a", "-shift"]."""
        log = "/var/log/libvirt/qemu/" + VM + ".log"
        self.host.virsh("qemu-monitor-command", VM, "--hmp", "trace-event vnc_key_event_ext on")
        before = len(self.host.exec("cat", log))
        act()
        time.sleep(0.5)
        new = self.host.exec("cat", log)[before:]
        return [("+" if down == "1" else "-") + key for down, key in re.findall(r"vnc_key_event_ext down (\d), sym \w+, keycode \w+ \[(\w+)", new)]

    def test_1_picture_and_text_keys(self):
        console, drive = self.console, self.drive
        console.start_vm()
        drive.until(console.same_picture, "the window to show what virsh does", 20, 0.3)
        console.take_keys()
        drive.key("Down")
        time.sleep(1)
        drive.until(console.same_picture, "the window to show the second line selected", 20, 0.3)
        drive.key("c")
        console.wait_text("grub>")
        drive.type("echo The quick BROWN fox, 0123456789 -_=+[]{};:'\"<>?/!@#$%^&*()")
        console.wait_text("echo The quick BROWN fox, 0123456789 -_=+[]{};:'\"<>?/!@#$%^&*()")
        drive.until(console.same_picture, "the window to show the typed line", 20, 0.3)

    def test_2_key_codes(self):
        console, drive = self.console, self.drive
        console.start_vm()
        console.take_keys()
        expected = {
            "shift+a": ["+shift", "+a", "-shift", "-a"], "Pause": ["+pause", "-pause"], "Print": ["+sysrq", "-sysrq"],
            "Num_Lock": ["+num_lock", "-num_lock"], "Delete": ["+delete", "-delete"], "KP_Enter": ["+kp_enter", "-kp_enter"],
            "Left": ["+left", "-left"], "F11": ["+f11", "-f11"], "Tab": ["+tab", "-tab"], "Escape": ["+esc", "-esc"], "Alt_L+x": ["+alt", "+x", "-alt", "-x"],
            "Control_R+x": ["+ctrl_r", "+x", "-ctrl_r", "-x"], "Shift_L+Shift_R": ["+shift", "+shift_r", "-shift", "-shift_r"],
        }
        for chord, events in expected.items():
            with self.subTest(chord):
                got = self.events(lambda: drive.key(chord))
                self.assertEqual(sorted(e for e in events), sorted(e for e in got if e not in ("+ctrl", "-ctrl") or "ctrl" in chord.lower() and "_R" not in chord))
        self.assertEqual(["+alt_r", "+q", "-alt_r", "-q"], self.events(lambda: drive.key("ISO_Level3_Shift+q")))
        self.assertEqual([], self.events(lambda: drive.key("Super_L")))
        console.control("ID_GRAB").check(True)
        console.take_keys()
        self.assertEqual(["+meta_l", "-meta_l"], self.events(lambda: drive.key("Super_L")))
        console.control("ID_GRAB").check(False)
        console.take_keys()
        # By position: what a German keyboard calls z is y for the guest. (Under a UTF-8 locale Wine 8 does not know where a keyboard's umlauts are.)
        subprocess.run(["setxkbmap", "de"], env=drive.environment(), check=True)
        self.addCleanup(subprocess.run, ["setxkbmap", "us"], env=drive.environment())
        time.sleep(1)
        german = {"y": "z", "z": "y", "less": "less", "numbersign": "backslash", "minus": "slash"}
        for name, key in german.items():
            with self.subTest(name):
                self.assertEqual(["+" + key, "-" + key], self.events(lambda: drive.key(name)))

    def test_3_the_window_keeps_and_gets_its_keys(self):
        console, drive = self.console, self.drive
        console.start_vm()
        console.take_keys()
        self.assertEqual(["+f", "-f"], [e for e in self.events(lambda: drive.key("ctrl+f")) if e.endswith("f")])
        self.assertTrue(console.has_keys(), "Ctrl+F went to the search")
        drive.key("F5")
        self.assertTrue(console.has_keys())
        drive.key("Control_R")
        drive.until(lambda: not console.has_keys(), "right Ctrl to release the keyboard")
        self.assertEqual([], self.events(lambda: drive.key("a")))
        drive.key("ctrl+f")
        self.assertEqual("Edit", self.client.frame.focused().cls)

    def test_4_ctrl_alt_del(self):
        console = self.console
        console.start_vm()
        events = self.events(console.control("ID_CTRL_ALT_DEL").click)
        self.assertEqual(["+ctrl", "+alt", "+delete", "-delete", "-alt", "-ctrl"], events)

    def disc(self):
        rows = [line.split() for line in self.host.virsh("domblklist", VM, "--details").splitlines()]
        return next(row[3] for row in rows if row[1:2] == ["cdrom"])

    def test_5_discs(self):
        console, drive = self.console, self.drive
        console.start_vm()
        discs = console.control("CONSOLE_MEDIA_DISC")
        title = self.client.words("CONSOLE_CD_VOLUME", MEMTEST, "local")
        discs.select_item(title, timeout=20)
        wait_for(lambda: self.disc().endswith(MEMTEST), "the other disc in the drive", 20)
        drive.until(lambda: discs.selected_item() == title, "the list to show it", 10)
        console.control("CONSOLE_MEDIA_EJECT").click(timeout=20)
        wait_for(lambda: self.disc() == "-", "an empty drive", 20)
        drive.until(lambda: discs.selected_item() == self.client.words("CONSOLE_CD_EMPTY"), "the list to say so", 10)
        drive.until(lambda: not console.control("CONSOLE_MEDIA_EJECT").enabled, "nothing to eject")
        path = f"/srv/poolcenter-lab/local/{GRUB}"
        self.host.virsh("change-media", VM, "sda", path, "--insert", "--live", "--config")  # somebody else, on the host
        drive.until(lambda: discs.selected_item() == self.client.words("CONSOLE_CD_VOLUME", GRUB, "local"), "the list to follow the host", 20)

    def test_6_comes_back_by_itself(self):
        console, drive = self.console, self.drive
        console.start_vm()
        self.host.virsh("destroy", VM)
        console.page.find(cls="Button", text=self.client.words("CONSOLE_START"), timeout=20)
        self.host.virsh("start", VM)
        wait_for(lambda: "GNU GRUB" in console.text(), "GRUB's menu", 60)
        drive.until(console.same_picture, "the picture after a restart", 20, 0.3)
        self.host.virsh("reset", VM)
        time.sleep(1)
        wait_for(lambda: "GNU GRUB" in console.text(), "GRUB's menu", 60)
        drive.until(console.same_picture, "the picture after a reset", 20, 0.3)
        self.host.kill_agent()
        drive.until(lambda: not console.control("ID_CTRL_ALT_DEL").enabled, "the console to notice the agent's end", 20)
        self.host.start_agent()
        drive.until(console.same_picture, "the picture after the agent was killed", 60, 0.5)
        self.host.kill_ssh_children()
        drive.until(lambda: not console.control("ID_CTRL_ALT_DEL").enabled, "the console to notice the broken connection", 20)
        drive.until(console.same_picture, "the picture after the connection was cut", 60, 0.5)

    def test_7_scale_and_full_screen(self):
        console, drive = self.console, self.drive
        console.start_vm()
        console.control("ID_SCALE").check(True)
        drive.until(console.fills_the_view, "the picture to fill the view", 10, 0.3)
        console.control("ID_SCALE").check(False)
        drive.until(console.same_picture, "the picture at 1:1", 10, 0.3)
        console.take_keys()
        drive.key("ctrl+alt+Return")
        full = drive.window(cls="PoolCenterFullScreen", timeout=10)
        self.assertEqual([0, 0, *drive.size], full.rect)
        drive.until(lambda: console.view.rect == full.rect, "the view to fill it", 5)
        drive.until(console.same_picture, "the picture on the whole screen", 20, 0.3)
        self.assertEqual(["+b", "-b"], self.events(lambda: drive.key("b")))
        drive.key("ctrl+alt+Return")
        full.wait_gone()
        drive.until(console.same_picture, "the picture back in the window", 20, 0.3)
        self.assertEqual(["+d", "-d"], self.events(lambda: drive.key("d")))
        console.control("ID_FULL_SCREEN").click()
        full = drive.window(cls="PoolCenterFullScreen", timeout=10)
        full.press(self.client.words("CONSOLE_LEAVE_FULL_SCREEN"))
        full.wait_gone()

    def test_8_screenshot(self):
        console, drive = self.console, self.drive
        console.start_vm()
        console.take_keys()
        drive.key("Down")  # ends the countdown: nothing moves any more
        time.sleep(1)
        drive.until(console.same_picture, "a picture", 20, 0.3)
        file = console.picture("saved.png")
        console.control("ID_SCREENSHOT").click()
        dialog = drive.window(cls="#32770", timeout=10)
        dialog.foreground()
        dialog.find(cls="Edit").edit("Z:" + file.replace("/", "\\"))
        drive.key("Return")
        wait_for(lambda: is_whole_png(file), "the file", 10)
        self.assertEqual(console.guest_picture(), guests.pixels(file))

    def test_9_layout(self):
        self.console.start_vm()
        self.client.frame.assert_layout()
        for width in (700, 900, 1240):
            self.client.frame.resize(width, 800)
            self.console.page.assert_layout()


class LooksTest(unittest.TestCase):
    """Both languages, light and dark, 96 and 192 dpi: nothing clipped."""

    def test_looks(self):
        with Host(f"looks-{os.getpid()}", agent=AGENT) as host:
            guests.define(host, VM)
            for language, dark, dpi in (("de", True, 96), ("en", True, 192), ("de", False, 192)):
                with self.subTest(language=language, dark=dark, dpi=dpi), \
                        Drive(dpi=dpi, size=(1280 * dpi // 96, 900 * dpi // 96)) as drive, Client(drive, language=language, dark=dark) as client:
                    client.remember(host)
                    client.start()
                    console = Console(host, drive, client)
                    self.addCleanup(console.files.cleanup)
                    console.open()
                    console.start_vm()
                    client.frame.assert_layout()
                    client.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
