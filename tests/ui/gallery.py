# SPDX-License-Identifier: GPL-3.0-or-later
"""The windows test_pictures.py looks at, and what it looks for: each in every language, theme and size.

A new window is a function in a file of tests/ui/pictures/:

    @picture("client/ui/about_dialog.c:about_dialog")     # file:function that calls dialog_create, wizard_create or book_create, or page:NAME
    def about(look):
        dialog = look.open("help.about", "ABOUT_TITLE")   # by command, waits for the window with that title
        look.at(dialog, "about")                          # a picture, judged; as many states as there are
        look.close(dialog)

test_pictures.py fails when a window of the program's source has no such function.
"""
import glob
import importlib.util
import os
import re
import time

from client import same
from drive import ROOT, DriveError

LEAST_CONTRAST = 4.5            # WCAG 2, level AA
ROLE_CLIENT = 10
WS_THICKFRAME = 0x40000
# What only holds others, or is a part of a standard control.
CONTAINERS = ("#32770", "PoolCenterPage", "PoolCenterConsolePage", "SysHeader32", "ComboLBox")
PICTURES = {}                   # source: function
FUNCTIONS = []                  # all of them
MAKERS = re.compile(r"\b(?:dialog_create|dialog_create_with|wizard_create|book_create)\(")
FUNCTION = re.compile(r"^[A-Za-z].*\b(\w+)\([^;]*$")
# These make windows for others, who are looked at.
MAKERS_FOR_OTHERS = ("client/win/dialog.c", "client/win/wizard.c", "client/win/book.c")


def picture(*sources):
    """Of these windows; without any: of one more state of windows that have pictures."""
    def remember(function):
        FUNCTIONS.append(function)
        for source in sources:
            PICTURES[source] = function
        return function
    return remember


def load():
    """Everything in tests/ui/pictures."""
    for path in sorted(glob.glob(os.path.join(ROOT, "tests/ui/pictures/*.py"))):
        spec = importlib.util.spec_from_file_location("pictures_" + os.path.basename(path)[:-3], path)
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    return PICTURES


def sources():
    """What the program's source makes: "file:function" of each dialog, "page:NAME" of each page."""
    found = set()
    for path in sorted(glob.glob(os.path.join(ROOT, "client/*/*.c"))):
        name, function = os.path.relpath(path, ROOT), None
        with open(path, encoding="utf-8") as file:
            for line in file:
                match = FUNCTION.match(line)
                function = match.group(1) if match else function
                if MAKERS.search(line) and not match and name not in MAKERS_FOR_OTHERS:
                    found.add(f"{name}:{function}")
                found.update("page:" + page for page in re.findall(r'^const PageClass \w+ = \{\s*"(\w+)"', line))
    return found


class Look:
    """One program with its windows; `combination` says how it looks now."""

    def __init__(self, drive, client, host, results, folder):
        self.drive, self.client, self.host, self.results, self.folder = drive, client, host, results, folder
        self.language, self.theme = client.settings["values"]["language"], client.settings["values"]["theme"]
        self.server, self.shown, self.sizes = None, set(), {}

    words = property(lambda self: self.client.words)
    combination = property(lambda self: f"{self.language}-{self.drive.dpi}-{self.theme}")

    # -- going somewhere -------------------------------------------------------------------------

    def open(self, command, title, *values):
        """Run a command as soon as it is possible; the window it opens."""
        self.client.wait_command(command)
        self.client.command(command)
        return self.client.dialog(title, *values)

    def question(self, *known):
        """The topmost window that is neither the frame nor one of these: a message box."""
        known = {self.client.frame.hwnd, *(window.hwnd for window in known)}
        return self.drive.until(lambda: next((window for window in self.client.app.windows() if window.hwnd not in known), None), "a question")

    def close(self, window):
        window.close()
        window.wait_gone()

    def leave(self):
        """Close whatever is open but the frame."""
        def closed():
            windows = [window for window in self.client.app.windows() if window.hwnd != self.client.frame.hwnd]
            for window in (window for window in windows if window.enabled):
                discard = [button for button in window.children("Button") if same(button.known["text"], self.words("NEW_VM_LEAVE_VERB"))]
                discard[0].click() if discard else window.close()
            return not windows
        self.drive.until(closed, "all dialogs to close", 10, step=0.1)

    # -- looking ---------------------------------------------------------------------------------

    def at(self, window, name, other_in_the_dark=False):
        """Photograph and judge a window that has come to rest. Where things are does not depend on the colours; that they have names, for screen readers, neither, nor on size and language."""
        self.drive.park_mouse()
        self.wait_shown(window)
        seen = self.rest(window)
        problems = list(self.misplaced(window)) if self.theme == "light" or other_in_the_dark else []
        if problems:
            seen = self.rest(window)
        problems += self.another_size(window, name, seen, other_in_the_dark)
        seen.save(os.path.join(self.folder, f"{name}-{self.combination}.png"))
        problems += self.pale_texts(window, seen)
        if self.drive.dpi == 96 and self.language == "en" and (self.theme == "light" or other_in_the_dark):
            problems += self.stays(lambda: list(self.nameless(window)))
        self.results.setdefault(name, {})[self.combination] = problems

    def stays(self, find, settle=1.5):
        """What is wrong must stay wrong: a busy program may answer too late."""
        until = time.monotonic() + settle
        problems = find()
        while problems and time.monotonic() < until:
            time.sleep(0.1)
            problems = find()
        return problems

    def wait_note(self, window, text, *values):
        """A sentence that appears in a form."""
        words = self.words(text, *values)
        self.drive.until(lambda: any(note.known["text"] == words for note in window.children("PoolCenterNote")), f"the sentence '{words}'")

    def another_size(self, window, name, seen, other_in_the_dark):
        """Dark is as large as light, with the same frame (client/win/dialog.c changes it under a window manager); a size that was remembered for 96 dpi may come back rounded."""
        frame = window.facts()["style"] & WS_THICKFRAME
        first = self.sizes.setdefault((name, self.language, frame), (seen.width, seen.height))
        if max(abs(first[0] - seen.width), abs(first[1] - seen.height)) > 1 and not other_in_the_dark:
            yield f"size: {seen.width}x{seen.height}, in the light theme it was {first[0]}x{first[1]}"

    def misplaced(self, window):
        """Clipped or covered controls, doubled access keys."""
        try:
            window.assert_layout(settle=1.5)
        except DriveError as error:
            yield str(error)

    def wait_shown(self, window):
        """A new window is on the screen when X gives it the keyboard; Wine calls it visible before."""
        if window.hwnd not in self.shown:
            title = window.title
            self.drive.until(lambda: self.drive.focused_title() == title, f"X to show {title}")
            self.shown.add(window.hwnd)

    def rest(self, window, limit=1.5):
        """Its picture, once that stays the same for a moment; a progress bar never does."""
        window.call("painted")
        until = time.monotonic() + limit
        before = self.drive.picture(window.rect)
        while True:
            time.sleep(0.04)
            window.call("painted")
            now = self.drive.picture(window.rect)
            if now == before or time.monotonic() > until:
                return now
            before = now

    def pale_texts(self, window, seen):
        """Texts of controls that can hardly be told from what is behind them."""
        controls, focus = window.children(), window.focused()
        places = {control.hwnd: control.known["rect"] for control in controls}
        for control in controls:
            rect = text_rect(control.known, self.drive.dpi)
            outer = places.get(control.known["parent"], window.rect)
            # A selected text has the system's colours.
            if not rect or not control.known["enabled"] or not inside(rect, outer) or focus and focus.hwnd == control.hwnd:
                continue
            ratio, text, background = seen.contrast(rect)
            if ratio == 1 and control.known["class"] == "PoolCenterNote":  # a short one without an icon
                ratio, text, background = seen.contrast(control.known["rect"])
            if ratio < LEAST_CONTRAST:
                yield f"pale: {control.known['class']} '{control.known['text']}' {text} on {background} is {ratio:.1f}"


    def nameless(self, window):
        """Controls a screen reader would not know to name, and own ones without a role."""
        controls = {control.hwnd: control for control in window.children()}
        for seen in window.call("accessible_children"):
            control = controls.get(seen["hwnd"])
            if not control or control.known["class"] in CONTAINERS or control.known["class"] == "Static" and not control.known["text"]:
                continue
            if not seen["name"].strip():
                yield f"nameless: {control.known['class']} id {control.known['id']} '{control.known['text']}' at {control.known['rect']}"
            if control.known["class"].startswith("PoolCenter") and seen["role"] == ROLE_CLIENT:
                yield f"no role: {control.known['class']} '{seen['name']}'"


def inside(inner, outer):
    return inner[0] >= outer[0] and inner[1] >= outer[1] and inner[2] <= outer[2] and inner[3] <= outer[3] and inner[2] > inner[0] and inner[3] > inner[1]


def text_rect(facts, dpi):
    """Where a control's own text stands, without frames, boxes and icons; None: it has none."""
    def scaled(size):
        return size * dpi // 96
    if not facts["text"].strip():
        return None
    left, top, right, bottom = facts["rect"]
    kind, style = facts["class"].lower(), facts["style"]
    if kind == "static":
        return [left, top, right, bottom] if style & 0x1f in (0, 1, 2, 0xb, 0xc) else None
    if kind == "poolcenternote":
        return [left + scaled(24), top, right, bottom]
    if kind == "poolcentermeter":
        return [left, top + scaled(18), right, bottom]
    if kind == "edit":
        return [left + 3, top + 3, right - 3, bottom - 3]
    if kind == "combobox":
        return [left + 4, top + 4, right - scaled(22), bottom - 4]
    if kind == "button" and not style & 0xc0:
        if style & 0xf in (0, 1):
            return [left + 5, top + 5, right - 5, bottom - 5]
        return [left + scaled(18), top, right, bottom]
    return None
