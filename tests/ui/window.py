# SPDX-License-Identifier: GPL-3.0-or-later
"""A window or control of a program under test, for drive.py: facts, actions, waits, and what lists, trees,
tabs, menus and bars hold.  Every method is one or a few commands of uidrive.exe.
"""
import contextlib
import os
import re
import time

PATH_SEPARATOR = "\x1f"


class DriveError(AssertionError):
    """Something was not as expected; the text is for a person.  `seen` is what was there instead."""

    def __init__(self, text, seen=None):
        super().__init__(text if seen is None else f"{text}\n  seen: {seen}")
        self.seen = seen


def windows_path(path):
    """A Linux path as the programs see it."""
    return "Z:" + os.path.abspath(path).replace("/", "\\")


class Window:
    """A window or control.  Methods of the wrong kind fail or give nothing."""

    def __init__(self, drive, hwnd, facts=None):
        self.drive, self.hwnd, self.known = drive, hwnd, facts

    def __repr__(self):
        with contextlib.suppress(Exception):
            facts = self.facts()
            return f"<{facts['class']} {facts.get('title', facts.get('text'))!r} id {facts.get('id')} at {facts['rect']}>"
        return f"<window {self.hwnd}, gone>"

    def call(self, name, *arguments):
        return self.drive.call(name, self.hwnd, *arguments)

    def wait(self, condition, *arguments, timeout=None):
        return self.drive.wait(condition, self.hwnd, *arguments, timeout=timeout)

    # -- facts -----------------------------------------------------------------------------------

    def facts(self):
        """hwnd, class, visible, enabled, style, rect, parent, and title, pid, ... or id, text, checked."""
        return self.call("info")

    title = property(lambda self: self.facts().get("title"))
    text = property(lambda self: self.call("text"))
    rect = property(lambda self: self.facts()["rect"])
    enabled = property(lambda self: self.facts()["enabled"])
    visible = property(lambda self: self.facts()["visible"])
    checked = property(lambda self: self.facts().get("checked") == 1)
    control_id = property(lambda self: self.facts().get("id"))
    cls = property(lambda self: self.facts()["class"])

    # -- controls --------------------------------------------------------------------------------

    def children(self, cls=None, visible=True):
        """All controls below it, of a class if named. One that ends while it is looked at is no child any more: it has no text."""
        return [Window(self.drive, each["hwnd"], each) for each in self.call("children")
                if "text" in each and (not visible or each["visible"]) and (cls is None or each["class"].lower() == cls.lower())]

    def child(self, control_id, timeout=None):
        """The control with that id; waits until it is visible."""
        return Window(self.drive, self.wait("child", control_id, timeout=timeout)["hwnd"])

    def find(self, cls=None, text=None, index=0, timeout=None):
        """The index-th visible control of that class or text (without &); waits for it."""
        def look():
            found = [child for child in self.children(cls) if text is None or plain(child.known["text"]) == plain(text)]
            return found[index] if len(found) > index else None
        return self.drive.until(look, f"control {cls or ''} {text or ''} in {self!r}", timeout)

    def focused(self):
        """The control of its thread that has the keyboard, or None."""
        facts = self.call("focused")
        return Window(self.drive, facts["hwnd"]) if facts else None

    def holds_mouse(self):
        """As it does while something of it is dragged."""
        facts = self.call("focused", "mouse")
        return bool(facts) and facts["hwnd"] == self.hwnd

    # -- acting ----------------------------------------------------------------------------------

    def click(self, timeout=None):
        """Push it, once it is enabled."""
        self.wait("enabled", timeout=timeout)
        self.call("click")

    def press(self, text, timeout=None):
        """Push its button of that text, once it is enabled."""
        self.drive.until(lambda: self.call("press", text) or True, f"button '{text}' of {self!r}", timeout)

    def check(self, wanted=True):
        if self.checked != wanted:
            self.click()
            self.drive.until(lambda: self.checked == wanted, f"{self!r} to be {'' if wanted else 'un'}checked")

    def edit(self, text):
        """Replace the text of an edit control, as if typed."""
        self.wait("enabled")
        self.call("edit", text)

    def set_text(self, text):
        self.call("set_text", text)

    def command(self, command_id):
        """Post WM_COMMAND, as a menu or accelerator would."""
        self.call("command", command_id)

    def send(self, message, wparam=0, lparam=0):
        return self.call("send", message, wparam, lparam)

    def post(self, message, wparam=0, lparam=0):
        self.call("post", message, wparam, lparam)

    def close(self):
        self.call("close")

    def move(self, x, y, width, height):
        self.call("move", x, y, width, height)

    def resize(self, width, height):
        left, top = self.rect[:2]
        self.call("move", left, top, width, height)

    def show(self, how):
        """ShowWindow: 3 maximizes, 6 minimizes, 9 restores."""
        self.call("show", how)

    def foreground(self):
        """Bring it to the front, so that real keys go to it."""
        self.call("foreground")
        self.wait("foreground")
        # X moves its focus later than Wine, and real keys follow X.
        self.drive.until(lambda: self.drive.focused_title() == self.title, f"X to focus {self!r}")
        return self

    def focus(self):
        self.call("focus")

    def click_at(self, x=None, y=None, button=1, count=1):
        """A real click inside it; in the middle if no place is named."""
        left, top, right, bottom = self.rect
        self.drive.click_at(left + x if x is not None else (left + right) // 2,
                            top + y if y is not None else (top + bottom) // 2, button, count)

    def drop(self, *files, x=5, y=5):
        """Drop files on it, as Explorer does for programs that take WM_DROPFILES (Linux paths)."""
        self.call("drop", x, y, *map(windows_path, files))

    # -- waiting ---------------------------------------------------------------------------------

    def wait_gone(self, timeout=None):
        self.wait("gone", timeout=timeout)

    def wait_text(self, text, timeout=None):
        self.wait("text", text, timeout=timeout)

    def wait_contains(self, text, timeout=None):
        self.wait("contains", text, timeout=timeout)

    def wait_enabled(self, wanted=True, timeout=None):
        self.wait("enabled", int(wanted), timeout=timeout)

    def wait_visible(self, wanted=True, timeout=None):
        self.wait("visible", int(wanted), timeout=timeout)

    def ping(self):
        """Seconds until its thread answers."""
        return self.call("ping") / 1e6

    # -- dialogs, pictures, layout ---------------------------------------------------------------

    def dialog(self):
        """{title, texts, buttons} of a message box, task dialog or other dialog."""
        return self.call("dialog")

    def texts(self):
        """Every word a dialog says, in one string."""
        facts = self.dialog()
        return "\n".join([facts["title"], *facts["texts"]])

    def screenshot(self, path, border=0, settle=0.15):
        """A picture of it, brought to rest first."""
        self.ping()
        time.sleep(settle)
        left, top, right, bottom = self.rect
        return self.drive.screenshot(path, [left - border, top - border, right + border, bottom + border])

    def layout(self, strict=False):
        """Problems an eye would see (see uidrive/layout.c); deliberate ... at the end of texts only if strict."""
        return [each for each in self.call("layout") if strict or each["kind"] != "shortened"]

    def assert_layout(self, strict=False, settle=3.0):
        """What is wrong must stay wrong: while a window is being resized its parts are not all where they belong yet."""
        until = time.monotonic() + settle
        problems = self.layout(strict)
        while problems and time.monotonic() < until:
            time.sleep(0.1)
            problems = self.layout(strict)
        if problems:
            lines = [f"{p['kind']}: {p['class']} id {p['id']} '{p['text']}' {p['other']} ({p['detail']})" for p in problems]
            raise DriveError(f"layout of {self!r}:\n  " + "\n  ".join(lines))

    # -- menus and toolbars ----------------------------------------------------------------------

    def menu(self):
        """The menu bar: [{text, id, enabled, checked, items}]."""
        return self.call("menu")

    def menu_item(self, *path):
        """One item by texts without & and accelerator: menu_item("File", "Exit")."""
        return menu_find(self.menu(), path)

    def menu_choose(self, *path):
        item = self.menu_item(*path)
        if not item["enabled"]:
            raise DriveError(f"the menu item {' > '.join(path)} is disabled")
        self.command(item["id"])

    def context_menu(self, x=None, y=None):
        """A real right click; then drive.popup() and drive.popup_choose(text)."""
        self.click_at(x, y, button=3)
        return self.drive.popup()

    def toolbar(self):
        """[{id, text, image, enabled, checked, hidden, dropdown, rect}]."""
        return self.call("toolbar")

    def toolbar_press(self, button):
        """By id or text, once it is enabled."""
        def press():
            wanted = button
            if isinstance(button, str):
                wanted = next((each["id"] for each in self.toolbar() if plain(each["text"]) == plain(button)), None)
                if wanted is None:
                    raise DriveError(f"no toolbar button '{button}'", [each["text"] for each in self.toolbar()])
            self.call("toolbar_press", wanted)
            return True
        self.drive.until(press, f"toolbar button '{button}'")

    def tooltip(self, which):
        """Of a toolbar: the tip of a button id.  Of a control: `which` is the tooltip window."""
        return self.call("tooltip", which)

    # -- lists -----------------------------------------------------------------------------------

    def rows(self, first=0, count=None):
        """Texts of a list view: a list of lists."""
        return self.call("list", first, *([] if count is None else [count]))

    def row_count(self):
        return self.call("list_count")

    def columns(self):
        return self.call("list_columns")

    def column_click(self, column):
        self.call("list_column_click", column)

    def cell(self, row, column=0):
        return self.call("list_cell", row, column)

    def row_of(self, text, column=None, timeout=None):
        """The first row with exactly that text; waits for it."""
        return self.wait("list", text, *([] if column is None else [column]), timeout=timeout)

    def wait_no_row(self, text, column=None, timeout=None):
        self.wait("no_list", text, *([] if column is None else [column]), timeout=timeout)

    def wait_row_count(self, count, timeout=None):
        self.wait("count", count, timeout=timeout)

    def row_facts(self, row):
        """selected, focused, cut, image, state_image, overlay, rect on the screen."""
        return self.call("list_item", row)

    def select_rows(self, *rows):
        """Rows by number or text; these and no others."""
        self.call("list_select", *[self.row_of(row) if isinstance(row, str) else row for row in rows])

    def selected_rows(self):
        return self.call("list_selected")

    def double_click_row(self, row):
        self.call("list_double_click", self.row_of(row) if isinstance(row, str) else row)

    def check_row(self, row, wanted=True):
        self.call("list_check", self.row_of(row) if isinstance(row, str) else row, int(wanted))

    def items(self):
        """Texts of a combo box or list box."""
        return self.call("box")["items"]

    def selected_item(self):
        box = self.call("box")
        return box["items"][box["selected"]] if box["selected"] >= 0 else None

    def select_item(self, text, timeout=None):
        self.drive.until(lambda: self.call("box_select", text) or True, f"item '{text}' in {self!r}", timeout)

    # -- trees -----------------------------------------------------------------------------------

    def tree(self, visible_only=False):
        """All items as shown: [{text, level, image, overlay, state_image, expanded, selected, ...}]."""
        return self.call("tree", int(visible_only))

    def tree_text(self):
        """The tree as indented lines, for assertions and messages."""
        return "\n".join("  " * item["level"] + item["text"] for item in self.tree())

    def tree_item(self, *path):
        return self.call("tree_item", PATH_SEPARATOR.join(path))

    def tree_wait(self, *path, timeout=None):
        """Wait for an item."""
        try:
            self.wait("tree", PATH_SEPARATOR.join(path), timeout=timeout)
        except DriveError as error:
            raise DriveError(f"{error}\nthe tree is:\n{self.tree_text()}") from None

    def tree_wait_gone(self, *path, timeout=None):
        self.wait("no_tree", PATH_SEPARATOR.join(path), timeout=timeout)

    def tree_wait_image(self, image, *path, timeout=None):
        """Wait until an item shows that icon (its index in the image list)."""
        self.wait("tree_image", PATH_SEPARATOR.join(path), image, timeout=timeout)

    def tree_select(self, *path, timeout=None):
        """Select an item; opens the branches on the way, and waits for what fills them."""
        self.tree_until("tree_select", path, timeout)

    def tree_expand(self, *path, expanded=True, timeout=None):
        self.tree_until("tree_expand", path, timeout, int(expanded))

    def tree_until(self, command, path, timeout, *arguments):
        try:
            self.drive.until(lambda: self.call(command, PATH_SEPARATOR.join(path), *arguments) or True,
                             f"{' > '.join(path)} in the tree", timeout)
        except DriveError as error:
            raise DriveError(f"{error}\nthe tree is:\n{self.tree_text()}") from None

    def tree_selected(self):
        """The path of the selected item as a list of texts."""
        return self.call("tree_selected")

    def tree_click(self, *path, button=1, count=1):
        """A real click on an item; button=3 opens its context menu."""
        left, top, right, bottom = self.call("tree_rect", PATH_SEPARATOR.join(path))
        self.drive.click_at((left + right) // 2, (top + bottom) // 2, button, count)

    # -- tabs, status bar, progress --------------------------------------------------------------

    def tabs(self):
        return self.call("tabs")["items"]

    def selected_tab(self):
        tabs = self.call("tabs")
        return tabs["items"][tabs["selected"]] if tabs["selected"] >= 0 else None

    def select_tab(self, text, timeout=None):
        self.drive.until(lambda: self.call("tab_select", text) or True, f"tab '{text}'", timeout)

    def status_parts(self):
        return self.call("status")

    def wait_status(self, text, timeout=None):
        """Wait until a part of the status bar contains the text."""
        self.wait("status", text, timeout=timeout)

    def progress(self):
        """{position, low, high, state, marquee}."""
        return self.call("progress")


def plain(text):
    """A menu or button text without access key and accelerator."""
    return re.sub(r"&(.)", r"\1", text.split("\t")[0])


def menu_find(items, path):
    for text in path:
        found = next((item for item in items if plain(item["text"]) == plain(text)), None)
        if not found:
            raise DriveError(f"no menu item '{text}' of {' > '.join(path)}", [item["text"] for item in items])
        items = found.get("items", [])
    return found
