#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window follows what Windows is told while it runs: dark or light, High Contrast, size of text, another monitor's dpi. No host is needed."""
import os
import re
import struct
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE]
import gallery  # noqa: E402
from client import Client  # noqa: E402
from drive import ROOT, Drive  # noqa: E402
from picture import contrast  # noqa: E402

SETTING_CHANGE, SYSCOLOR_CHANGE, GET_FONT = 0x1A, 0x15, 0x31
WS_THICKFRAME = 0x40000
PERSONALIZE = "Software\\Microsoft\\Windows\\CurrentVersion\\Themes\\Personalize"
HIGH_CONTRAST = "Control Panel\\Accessibility\\HighContrast"
ACCESSIBILITY = "Software\\Microsoft\\Accessibility"
BLACK, WHITE, YELLOW, GREEN, AQUA = 0x000000, 0xFFFFFF, 0x00FFFF, 0x3FF23F, 0xFFEB1A
# COLOR_WINDOW, WINDOWTEXT, BTNFACE, BTNTEXT, HIGHLIGHT, HIGHLIGHTTEXT, GRAYTEXT, MENU, MENUTEXT, MENUBAR, MENUHILIGHT as in Windows' theme "Night sky".
CONTRAST_COLORS = {5: BLACK, 8: WHITE, 15: BLACK, 18: YELLOW, 13: AQUA, 14: BLACK, 17: GREEN, 4: BLACK, 7: WHITE, 30: BLACK, 29: AQUA}
ALLOWED = {BLACK, WHITE, YELLOW, GREEN, AQUA}


def rgb(color):
    return color & 255, color >> 8 & 255, color >> 16 & 255


class LooksCase(unittest.TestCase):
    theme, dpi, size = "windows", 96, (1600, 1200)

    def setUp(self):
        self.drive = self.enterContext(Drive(dpi=self.dpi, size=self.size))
        self.client = self.enterContext(Client(self.drive))
        self.client.settings["values"]["theme"] = self.theme
        self.client.settings["servers"] = [{"id": f"00000000-0000-4000-8000-00000000000{number}", "host": f"host{number}.example", "user": "root", "auth": "password"}
                                           for number in range(3)]
        self.before()
        self.client.start()
        self.look = gallery.Look(self.drive, self.client, None, {}, os.path.join(self.drive.artifacts, "looks"))

    def before(self):
        pass

    def setting_changed(self, *windows):
        for window in windows or [self.client.frame]:
            window.send(SETTING_CHANGE)

    def background(self):
        return self.back(self.client.frame)

    def back(self, window):
        colors = self.look.rest(window).colors(window.rect)
        return max(colors, key=colors.get)

    def judge(self, window, name):
        """As in test_pictures.py."""
        seen = self.look.rest(window)
        seen.save(os.path.join(self.look.folder, name + ".png"))
        window.assert_layout()
        self.assertEqual(list(self.look.pale_texts(window, seen)), [])
        return seen

    def add_server(self):
        self.client.command("server.add")
        return self.client.dialog("ADD_SERVER_TITLE")


class FollowTest(LooksCase):
    def test_dark_and_light_follow_windows_at_once(self):
        self.assertGreater(sum(self.background()), 600)
        dialog = self.add_server()
        self.drive.call("registry", PERSONALIZE, "AppsUseLightTheme", "dword", 0)
        self.setting_changed(self.client.frame, dialog)
        self.drive.until(lambda: sum(self.background()) < 150, "the window to become dark")
        self.assertLess(sum(self.back(dialog)), 150)
        self.drive.call("registry", PERSONALIZE, "AppsUseLightTheme", "dword", 1)
        self.setting_changed(self.client.frame, dialog)
        self.drive.until(lambda: sum(self.background()) > 600, "the window to become light")


class HighContrastTest(LooksCase):
    theme = "dark"  # High Contrast wins

    def switch(self, on, *windows):
        self.drive.call("registry", HIGH_CONTRAST, "Flags", "text", 127 if on else 126)
        words = [word for pair in (CONTRAST_COLORS if on else {}).items() for word in pair]
        if words:
            self.drive.call("sys_colors", self.client.frame.hwnd, *words)
        for window in windows:
            window.send(SYSCOLOR_CHANGE)
            window.send(SETTING_CHANGE)

    def test_only_the_systems_colours_and_all_can_be_read(self):
        dialog = self.add_server()
        self.switch(True, self.client.frame, dialog)
        self.drive.until(lambda: self.background() == rgb(BLACK), "a black background")
        seen = self.judge(dialog, "contrast-add-server")
        self.only_allowed(seen, dialog.find(cls="#32770"))
        focus = dialog.focused()
        left, top, right, bottom = focus.rect
        ring = seen.colors([left - 4, top - 4, right + 4, bottom + 4])
        self.assertIn(rgb(AQUA), ring, "the field with the focus is marked")
        dialog.close()
        dialog.wait_gone()
        seen = self.judge(self.client.frame, "contrast-frame")
        for part in ("SysTreeView32", "PoolCenterPanel", "SysListView32"):
            self.only_allowed(seen, self.client.frame.find(cls=part))
        self.switch(False, self.client.frame)
        self.drive.until(lambda: self.background() == (30, 30, 30), "the dark theme again")

    def only_allowed(self, seen, window):
        """Few colours cover nearly all; the rest are icons and smoothed edges of letters."""
        colors = seen.colors(window.rect)
        total = sum(colors.values())
        known = sum(count for color, count in colors.items() if color in {rgb(each) for each in ALLOWED})
        self.assertGreater(known / total, 0.93, sorted(colors.items(), key=lambda each: -each[1])[:8])


class DpiTest(LooksCase):
    theme = "light"
    size = (3900, 2700)

    def test_moving_between_monitors(self):
        self.client.frame.move(10, 10, 1160, 760)
        tree = self.client.tree
        now, heights = 96, {}
        for dpi in (144, 192, 288, 96):
            self.drive.call("dpi_changed", self.client.frame.hwnd, now, dpi)
            now = dpi
            self.judge(self.client.frame, f"dpi-{dpi}")
            heights[dpi] = tree.send(0x111C)  # TVM_GETITEMHEIGHT
            dialog = self.add_server()
            self.judge(dialog, f"dpi-{dpi}-add-server")
            dialog.close()
            dialog.wait_gone()
        self.assertEqual({dpi: round(height * 96 / dpi) for dpi, height in heights.items()}, dict.fromkeys(heights, heights[96]))

    def test_an_open_dialog_moves_too(self):
        dialog = self.add_server()
        before = dialog.rect
        self.drive.call("dpi_changed", dialog.hwnd, 96, 192)
        self.judge(dialog, "dpi-dialog-192")
        after = dialog.rect
        self.assertGreater(after[2] - after[0], 1.8 * (before[2] - before[0]))
        self.drive.call("dpi_changed", dialog.hwnd, 192, 96)
        self.judge(dialog, "dpi-dialog-96")
        self.assertFalse(dialog.facts()["style"] & WS_THICKFRAME, "smaller is no wish of a window manager's then")


class TextSizeTest(LooksCase):
    theme = "light"
    size = (2700, 1900)

    def test_text_at_200_percent_while_it_runs(self):
        height = self.client.tree.send(0x111C)
        dialog = self.add_server()
        self.drive.call("registry", ACCESSIBILITY, "TextScaleFactor", "dword", 200)
        self.setting_changed(self.client.frame, dialog)
        self.assertEqual(self.client.tree.send(0x111C), 2 * height)
        self.judge(dialog, "text-200-add-server")
        dialog.close()
        dialog.wait_gone()
        self.client.frame.move(0, 0, 2400, 1600)
        self.judge(self.client.frame, "text-200")


class SmallScreenTest(LooksCase):
    """Text at 225 % on a small notebook: what does not fit scrolls, and nothing is out of reach."""
    theme = "light"
    size = (1366, 768)

    def before(self):
        self.drive.call("registry", ACCESSIBILITY, "TextScaleFactor", "dword", 225)

    def test_window_and_dialog_stay_on_the_screen(self):
        for window in (self.client.frame, self.add_server()):
            left, top, right, bottom = window.rect
            self.assertTrue(left >= -8 and top >= -8 and right <= 1374 and bottom <= 776, window.rect)
            self.look.rest(window).save(os.path.join(self.look.folder, f"small-{window.cls.strip('#')}.png"))


class ColorsTest(unittest.TestCase):
    """The theme's own pairs of colours, from the source."""

    def test_every_text_on_every_background(self):
        with open(os.path.join(ROOT, "client/win/theme.c"), encoding="utf-8") as file:
            source = file.read()
        backgrounds = {"TEXT": ("WINDOW", "PANEL", "CONTROL", "CONTROL_HOT", "CONTROL_DOWN"), "TEXT_DIM": ("WINDOW", "PANEL", "CONTROL"), "ERROR": ("WINDOW", "PANEL"),
                       "WARNING": ("WINDOW", "PANEL"), "GOOD": ("WINDOW", "PANEL"), "SELECTION_TEXT": ("SELECTION",), "ACCENT_TEXT": ("ACCENT", "ERROR", "WARNING", "GOOD")}
        for scheme in ("light", "dark"):
            table = re.search(rf"{scheme}_colors\[THEME_COLOR_COUNT\] = \{{(.*?)\}};", source, re.S).group(1)
            colors = {name: tuple(map(int, values.split(","))) for name, values in re.findall(r"\[THEME_(\w+)\] = RGB\(([^)]*)\)", table)}
            for text, behind in backgrounds.items():
                for background in behind:
                    with self.subTest(f"{scheme}: {text} on {background}"):
                        self.assertGreaterEqual(contrast(colors[text], colors[background]), 4.5)
            for border in ("ACCENT",):
                self.assertGreaterEqual(contrast(colors[border], colors["PANEL"]), 3, f"{scheme}: a focus frame can be seen")


class IconTest(unittest.TestCase):
    def test_small_icons_are_drawn_for_every_size_from_100_to_300_percent(self):
        for name in ("start", "vm_running", "server_add"):
            with open(os.path.join(ROOT, f"build/windows/icons/{name}.ico"), "rb") as file:
                data = file.read()
            sizes = {data[6 + 16 * at] or 256 for at in range(struct.unpack_from("<H", data, 4)[0])}
            wanted = {size * percent // 100 for size in (16, 24) for percent in (100, 125, 150, 200, 250, 300)} - {30, 60}
            self.assertLessEqual(wanted, sizes, name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
