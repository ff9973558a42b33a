# SPDX-License-Identifier: GPL-3.0-or-later
"""poolcenter.exe on a Drive: its settings folder, its main window, its commands by name, its words in either language.

    with Drive() as drive, Client(drive) as client:
        client.remember(host, name="lab")        # logs in with the lab's key file as soon as the program starts
        client.start()
        client.select("lab", "web01")
        client.command("vm.start")
        client.page("PAGE_CONSOLE")
"""
import json
import os
import re
import shutil
import subprocess
import tempfile
import uuid

from drive import ROOT, DriveError
from texts import Texts
from window import windows_path

COMMAND_MENU_BASE = 100  # client/ui/commands.h


def find_program():
    """poolcenter.exe of the build that is used for tests, else of the release; $POOLCENTER names another."""
    places = [os.environ.get("POOLCENTER", "")]
    places += [os.path.join(ROOT, "build", preset, "client/ui/poolcenter.exe") for preset in ("windows", "release-windows")]
    for place in places:
        if place and os.path.exists(place):
            return place
    raise DriveError("poolcenter.exe is not built: tools/build windows")


def command_ids():
    """{"vm.start": WM_COMMAND id}, from the table the program is made of."""
    with open(os.path.join(ROOT, "client/ui/commands.def"), encoding="utf-8") as file:
        rows = re.findall(r'^COMMAND\((\w+),\s*"([^"]+)"', file.read(), re.M)
    return {name: (COMMAND_MENU_BASE + number, "COMMAND_" + constant) for number, (constant, name) in enumerate(rows, 1)}


def constants(source):
    """The enum constants of a C file: ids of controls."""
    with open(os.path.join(ROOT, source), encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/|//[^\n]*", "", file.read(), flags=re.S)
    found = {}
    for body in re.findall(r"\benum\s*\w*\s*\{([^}]*)\}", text):
        number = -1
        for part in filter(None, (part.strip() for part in body.split(","))):
            name, _, value = (word.strip() for word in part.partition("="))
            if value and not re.fullmatch(r"\d+", value):
                break
            number = int(value) if value else number + 1
            found[name] = number
    return found


def credentials(drive, *words):
    """{name: secret} of Windows' Credential Manager, as another program sees it; "clear" empties it."""
    program = os.path.join(ROOT, "build/windows/tests/ui/credlist.exe")
    done = subprocess.run(["wine", program, *words], env=drive.environment(), capture_output=True, text=True, timeout=60, check=True)
    return dict(line.split("\t", 2)[::2] for line in done.stdout.replace("\r", "").splitlines() if line.count("\t") == 2)


class Client:
    def __init__(self, drive, language="en", dark=False, program=None, folder=None):
        self.drive = drive
        self.words = Texts(language)
        self.program = program or find_program()
        self.own_folder = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="poolcenter-settings-")
        self.settings = {"values": {"language": language, "theme": "dark" if dark else "light"}, "servers": []}
        self.commands = command_ids()
        self.app = self.frame = self.tree = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    # -- settings --------------------------------------------------------------------------------

    def remember(self, host, name=None, user="operator", known=True):
        """Put a lab host into the list of servers, before start()."""
        server = {"id": str(uuid.uuid4()), "host": "127.0.0.1", "port": host.port, "user": user, "auth": "key_file",
                  "key_file": windows_path(host.key()), "connect_at_start": True}
        if name:
            server["name"] = name
        self.settings["servers"].append(server)
        if known:
            with open(host.describe()["known_hosts"], encoding="ascii") as file, \
                    open(os.path.join(self.folder, "known_hosts"), "a", encoding="ascii") as ours:
                ours.write(file.read())

    def write_settings(self):
        os.makedirs(self.folder, exist_ok=True)
        with open(os.path.join(self.folder, "settings.json"), "w", encoding="utf-8") as file:
            json.dump(self.settings, file, indent=1)

    def read_settings(self):
        with open(os.path.join(self.folder, "settings.json"), encoding="utf-8") as file:
            return json.load(file)

    # -- the program -----------------------------------------------------------------------------

    def start(self, fresh=True, tail=""):
        """Start it with the settings made so far; fresh=False: with those it saved itself. tail: behind the name of the settings folder."""
        if fresh:
            self.write_settings()
        self.app = self.drive.start(self.program, "--config", windows_path(self.folder) + tail)
        self.frame = self.app.window(self.words("APP_NAME"), timeout=30)
        self.tree = self.frame.find(cls="SysTreeView32")
        return self

    def close(self, timeout=10):
        """Close the main window; the exit code."""
        self.frame.close()
        return self.app.wait_exit(timeout)

    def log(self):
        path = os.path.join(self.folder, "poolcenter.log")
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    # -- the main window -------------------------------------------------------------------------

    def select(self, *path, timeout=20):
        self.tree.tree_wait(*path, timeout=timeout)
        self.tree.tree_select(*path)

    def select_server(self):
        """Select the first server, whose label tells its state and may change between reading and selecting."""
        def selected():
            try:
                self.tree.tree_select(self.tree.tree()[0]["text"], timeout=1)
            except DriveError:
                return False
            return True
        self.drive.until(selected, "the first server to be selected", 20)

    def page(self, title):
        """Show a page by the name of its title's text; returns the tab control."""
        tabs = self.frame.find(cls="SysTabControl32")
        tabs.select_tab(self.words(title))
        return tabs

    def command(self, name):
        """As menu, toolbar and accelerator would."""
        self.frame.command(self.commands[name][0])

    def menu_item(self, name):
        """{text, id, enabled, checked} of a command in the menu bar."""
        def search(items):
            for item in items:
                found = item if item.get("id") == self.commands[name][0] else search(item.get("items", []))
                if found:
                    return found
            return None
        found = search(self.frame.menu())
        if not found:
            raise DriveError(f"the menu has no command '{name}'")
        return found

    def wait_command(self, name, enabled=True, timeout=None):
        """Wait until a command is possible (or not)."""
        self.drive.until(lambda: self.frame.call("menu_state", self.commands[name][0])["enabled"] == enabled, f"'{name}' to be {'en' if enabled else 'dis'}abled", timeout)

    def dialog(self, title, *values, timeout=None):
        """A dialog by the name of its title's text."""
        return self.app.window(self.words(title, *values), timeout=timeout)

    # -- forms -----------------------------------------------------------------------------------

    def field(self, window, label, cls=None):
        """The control after a label, as a person finds it."""
        def look():
            controls = window.children()
            for at, control in enumerate(controls):
                if same(control.known["text"], self.words(label)) and control.known["class"].lower() == "static":
                    return next((after for after in controls[at + 1:] if after.known["class"].lower() != "static"
                                 and (cls is None or after.known["class"].lower() == cls.lower())), None)
            return None
        return self.drive.until(look, f"the field '{self.words(label)}' of {window!r}")

    def button(self, window, label, timeout=None):
        """A button by its text."""
        return self.drive.until(lambda: next((each for each in window.children("Button")
                                              if same(each.known["text"], self.words(label))), None),
                                f"the button '{self.words(label)}' of {window!r}", timeout)


def same(shown, wanted):
    """Texts that differ in access keys and dots only."""
    return re.sub(r"&(.)", r"\1", shown).rstrip(".") == wanted.rstrip(".")
