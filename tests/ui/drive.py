# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives Windows programs under Wine from Python: own screen, own Wine prefix, uidrive.exe, real input.

    with Drive(language="de") as drive:
        app = drive.start("build/windows/client/ui/poolcenter.exe", "--settings", "x")
        window = app.window("PoolCenter")
        window.find(cls="SysTreeView32").tree_select("Pool", "host1", "vm1")
        window.child(1003).wait_contains("running")
        window.screenshot("vm1.png")

Everything waits by itself, up to Drive.timeout seconds, and fails with a DriveError that says what was
seen instead.  At the end, also after a failure, every process is gone; on a failure a picture and the
list of all windows are saved in the artifacts folder first.  tests/README.md lists the whole interface.
"""
import contextlib
import json
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

from picture import Framebuffer
from window import PATH_SEPARATOR, DriveError, Window, menu_find, windows_path

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# Wine 8 ends one program in some thousands with this, on busy machines, before a line of that program has run (STATUS_DLL_INIT_FAILED).
DLL_INIT_FAILED = 0xC0000142
BEGIN_MS = 10_000

# Key bindings of the window manager would swallow the program's own.
OPENBOX = """<?xml version="1.0" encoding="UTF-8"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <focus><focusNew>yes</focusNew><followMouse>no</followMouse></focus>
  <placement><policy>Smart</policy><center>yes</center></placement>
  <theme><name>Clearlooks</name><animateIconify>no</animateIconify></theme>
  <desktops><number>1</number></desktops>
  <keyboard/>
  <mouse><context name="Titlebar">
    <mousebind button="Left" action="Drag"><action name="Move"/></mousebind>
  </context><context name="Client">
    <mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/></mousebind>
    <mousebind button="Right" action="Press"><action name="Focus"/><action name="Raise"/></mousebind>
  </context><context name="Close">
    <mousebind button="Left" action="Click"><action name="Close"/></mousebind>
  </context></mouse>
</openbox_config>
"""


def cache_folder():
    return os.environ.get("POOLCENTER_CACHE") or os.path.expanduser("~/.cache/poolcenter")


def find_uidrive():
    """uidrive.exe of the build; the environment variable UIDRIVE wins."""
    places = [os.environ.get("UIDRIVE", "")]
    places += [os.path.join(ROOT, "build", preset, "tests/ui/uidrive.exe") for preset in ("windows", "release-windows")]
    for place in places:
        if place and os.path.exists(place):
            return place
    raise DriveError("uidrive.exe is not built: cmake --preset windows && cmake --build build/windows --target uidrive")


def quote(argument):
    """One argument of a Windows command line."""
    if argument and not re.search(r'[\s"]', argument):
        return argument
    return '"' + re.sub(r'(\\*)("|$)', r'\1\1\\\2', argument).removesuffix('\\') + '"'


class Drive:
    """A screen with a Wine on it.

    language  "en", "de" or a locale such as "de_DE"     dpi      96, 120, 144, 192
    size      of the screen                              display  an existing one (":0"); None: own Xvfb
    prefix    a Wine prefix to keep; None: a fresh one   artifacts  where pictures of failures go
    """

    def __init__(self, language="en", dpi=96, size=(1280, 900), display=None, prefix=None, uidrive=None,
                 artifacts=None, timeout=10.0, environment=None):
        self.locale = {"en": "en_US", "de": "de_DE"}.get(language, language) + ".UTF-8"
        self.dpi, self.size, self.display, self.timeout = dpi, size, display, timeout
        self.uidrive_path = uidrive
        self.artifacts = artifacts or os.environ.get("POOLCENTER_ARTIFACTS") or os.path.join(ROOT, "build/ui-artifacts")
        self.extra = dict(environment or {})
        self.prefix, self.own_prefix = prefix, prefix is None
        self.folder = None
        self.processes = []
        self.uidrive = None
        self.apps = []
        self.mouse = None
        self.framebuffer = None
        self.wine_log = None

    # -- life ------------------------------------------------------------------------------------

    def __enter__(self):
        try:
            self.folder = tempfile.mkdtemp(prefix="poolcenter-drive-")
            self.make_prefix()
            self.start_display()
            self.start_uidrive()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind, error, trace):
        try:
            if kind is not None:
                self.save_failure()
            else:
                self.assert_no_exceptions()
        finally:
            self.close()

    def close(self):
        """End all processes and remove the temporary folder; never fails."""
        if self.uidrive:
            for app in self.apps:
                with contextlib.suppress(DriveError):
                    self.call("kill", app.pid, limit=3)
            self.uidrive.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.uidrive.wait(2)
            self.uidrive.stdout.close()
            subprocess.run(["wineserver", "-k"], env=self.environment(), stderr=subprocess.DEVNULL)
        for process in reversed(self.processes):
            stop(process)
        self.uidrive, self.processes, self.apps = None, [], []
        if self.wine_log:
            self.wine_log.close()
            self.wine_log = None
        if self.framebuffer:
            self.framebuffer.close()
            self.framebuffer = None
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def environment(self):
        # winemenubuilder would copy shortcuts and file types to the desktop of the machine.
        values = dict(os.environ, WINEARCH="win64", WINEPREFIX=self.prefix, WINEDLLOVERRIDES="mscoree,mshtml=;winemenubuilder.exe=d",
                      LC_ALL=self.locale, LOCPATH=self.locales(), **self.extra)
        values.setdefault("WINEDEBUG", "-all,err+seh,err+module")
        if self.display:
            values["DISPLAY"] = self.display
        return values

    def locales(self):
        """Wine takes its language from a locale's name, but finds files with umlauts only where the C library knows that locale, too.

        Machines have C.UTF-8 at least; here it goes by the names that are needed.
        """
        folder = os.path.join(self.folder, "locale")
        os.makedirs(folder, exist_ok=True)
        for name in (self.locale, "C.UTF-8"):
            with contextlib.suppress(FileExistsError):
                os.symlink("/usr/lib/locale/C.utf8", os.path.join(folder, name))
        return folder

    def make_prefix(self):
        """A prefix takes 10 s to make, so one is kept as a template; the DLLs of a copy are hard links."""
        template = os.path.join(cache_folder(), "wine-template")
        if self.own_prefix:
            subprocess.run([os.path.join(ROOT, "tools/wine-session"), "--make-prefix", template], check=True)
            self.prefix = os.path.join(self.folder, "wine")
            os.makedirs(os.path.join(self.prefix, "drive_c"))
            linked = [os.path.join(template, "drive_c/windows")]
            copied = [os.path.join(template, "drive_c", name) for name in os.listdir(os.path.join(template, "drive_c"))
                      if name != "windows"]
            top = [os.path.join(template, name) for name in os.listdir(template) if name not in ("drive_c", "wineserver")]
            clone(linked, os.path.join(self.prefix, "drive_c"), link=True)
            clone(copied, os.path.join(self.prefix, "drive_c"))
            # The registry must be real copies: Wine writes into files that have a second link.
            clone(top, self.prefix)
        self.write_dpi()

    def write_dpi(self):
        """Into the registry file, before Wine reads it: `wine reg` would take a second."""
        path = os.path.join(self.prefix, "user.reg")
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
        section = re.search(r"^\[Control Panel\\\\Desktop\][^\n]*\n(?:(?!\[).*\n)*", text, re.M)
        if not section:
            raise DriveError(f"{path} has no desktop settings")
        body = re.sub(r'^"LogPixels"=.*\n', "", section.group(), flags=re.M).rstrip("\n")
        body += f'\n"LogPixels"=dword:{self.dpi:08x}\n\n'
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text[:section.start()] + body + text[section.end():])

    def start_display(self):
        if self.display:
            return
        ours, theirs = os.pipe()
        width, height = self.size
        self.processes.append(subprocess.Popen(  # -nocursor: pictures are read from its memory, where the pointer would be drawn in
            ["Xvfb", "-displayfd", str(theirs), "-screen", "0", f"{width}x{height}x24", "-fbdir", self.folder, "-nolisten", "tcp", "-nocursor"],
            pass_fds=[theirs], stderr=subprocess.DEVNULL))
        os.close(theirs)
        with os.fdopen(ours) as pipe:
            number = pipe.readline().strip() if select.select([pipe], [], [], 20)[0] else ""
        if not number:
            raise DriveError("Xvfb does not start")
        self.display = ":" + number
        self.framebuffer = Framebuffer(os.path.join(self.folder, "Xvfb_screen0"))
        config = os.path.join(self.folder, "openbox.xml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(OPENBOX)
        self.processes.append(subprocess.Popen(["openbox", "--sm-disable", "--config-file", config],
                                               env=self.environment(), stderr=subprocess.DEVNULL,
                                               stdout=subprocess.DEVNULL))

    def start_uidrive(self):
        path = self.uidrive_path or find_uidrive()
        self.wine_log = open(os.path.join(self.folder, "wine.log"), "a+", encoding="utf-8", errors="replace")
        self.uidrive = subprocess.Popen(["wine", os.path.abspath(path)], env=self.environment(), encoding="utf-8",
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.wine_log)
        self.call("windows", limit=60)

    def wine_says(self):
        """Wine's complaints about the programs that were started."""
        self.wine_log.seek(0)
        return self.wine_log.read()

    def assert_no_exceptions(self):
        """Wine swallows exceptions in window procedures; Windows ends the program."""
        swallowed = self.wine_says().count("ignoring exception")
        if swallowed:
            raise DriveError(f"{swallowed} exceptions in window procedures; WINEDEBUG=+seh tells where")

    def save_failure(self):
        """What a person needs who was not there."""
        with contextlib.suppress(Exception):
            os.makedirs(self.artifacts, exist_ok=True)
            name = os.path.join(self.artifacts, time.strftime("failure-%H%M%S-") + str(os.getpid()))
            self.screenshot(name + ".png")
            with open(name + ".json", "w", encoding="utf-8") as file:
                for window in self.call("windows"):
                    json.dump({"window": window, "controls": self.call("children", window["hwnd"])}, file, indent=1)
            print(f"picture of the failure: {name}.png")

    # -- uidrive ---------------------------------------------------------------------------------

    def call(self, name, *arguments, limit=None):
        """One command of uidrive (tests/ui/uidrive/, or call("help")); its value, or DriveError."""
        words = [name, *(text_of(argument) for argument in arguments)]
        while words[-1] == "" and len(words) > 1 and name in ("find", "wait"):
            words.pop()
        try:
            self.uidrive.stdin.write("\t".join(map(escape, words)) + "\n")
            self.uidrive.stdin.flush()
        except (BrokenPipeError, ValueError):
            raise DriveError("uidrive.exe has ended") from None
        ready = select.select([self.uidrive.stdout], [], [], limit or self.timeout + 30)[0]
        line = self.uidrive.stdout.readline() if ready else ""
        if not line:
            raise DriveError(f"uidrive.exe does not answer {words}")
        answer = json.loads(line)
        if not answer["ok"]:
            raise DriveError(answer["error"].replace(PATH_SEPARATOR, " > "), answer.get("seen"))
        return answer["value"]

    def wait(self, condition, *arguments, timeout=None):
        """Wait inside uidrive.exe (`help` lists the conditions); what was seen in the end."""
        seconds = self.timeout if timeout is None else timeout
        return self.call("wait", int(seconds * 1000), condition, *arguments, limit=seconds + 30)

    def until(self, condition, what, timeout=None, step=0.05):
        """Call a Python function until it gives something true, and return that.

        A DriveError inside counts as not yet; an exception of any other kind ends the wait.
        """
        end = time.monotonic() + (self.timeout if timeout is None else timeout)
        seen = None
        while True:
            try:
                seen = condition()
            except DriveError as error:
                seen = error
            if seen and not isinstance(seen, DriveError):
                return seen
            if time.monotonic() > end:
                raise DriveError(f"waited in vain for {what}", seen)
            time.sleep(step)

    # -- programs and windows --------------------------------------------------------------------

    def start(self, program, *arguments, folder=None, environment=None, limited=False):
        """Start a program: a Linux path, or a name Wine knows ("notepad"); limited: without administrator rights."""
        for name, value in (environment or {}).items():
            self.call("environment", name, value)
        path = windows_path(program) if os.path.exists(program) else program
        line = " ".join(quote(text_of(word)) for word in (path, *arguments))
        app = App(self, self.call("start_limited" if limited else "start", line, *([windows_path(folder)] if folder else [])))
        self.apps.append(app)
        if self.call("begun", app.pid, BEGIN_MS, limit=BEGIN_MS / 1000 + 30) != DLL_INIT_FAILED:
            return app
        print(f"Wine ended {program}, since a DLL of its own did not begin:\n{self.wine_says()[-1000:]}", flush=True)
        return self.start(program, *arguments, folder=folder, limited=limited)

    def window(self, title="", cls="", pid=0, timeout=None):
        """The first visible top-level window whose title contains the text; waits for it."""
        return Window(self, self.wait("window", title, cls, pid, timeout=timeout)["hwnd"])

    def windows(self, hidden=False, pid=0):
        return [Window(self, each["hwnd"], each) for each in self.call("windows", int(hidden), pid)]

    def has_window(self, title="", cls="", pid=0):
        with contextlib.suppress(DriveError):
            return Window(self, self.call("find", title, cls, pid)["hwnd"])
        return None

    # -- real input and pictures -----------------------------------------------------------------

    def xdotool(self, *arguments):
        # A locale that exists on every machine: xdotool refuses umlauts otherwise.
        return subprocess.run(["xdotool", *map(str, arguments)], env=dict(self.environment(), LC_ALL="C.UTF-8"),
                              check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=20).stdout.strip()

    def focused_title(self):
        """Title of the window that gets real keys; empty while there is none."""
        with contextlib.suppress(subprocess.CalledProcessError):
            return self.xdotool("getwindowfocus", "getwindowname")
        return ""

    def click_at(self, x, y, button=1, count=1):
        """A real click at a place of the screen; button 3 is the right one."""
        # --sync waits for the mouse to move, and 15 s in vain where it is there already.
        sync = () if self.mouse == (x, y) else ("--sync",)
        self.xdotool("mousemove", *sync, x, y, "click", "--repeat", count, "--delay", 60, button)
        self.mouse = (x, y)

    def park_mouse(self):
        """Out of the way, so that nothing is painted as the thing under the mouse."""
        if self.mouse != (0, 0):
            self.xdotool("mousemove", 0, 0)
            self.mouse = (0, 0)

    def drag(self, start, end, steps=8, keys=(), begun=None):
        """A real drag with the left button; keys are held when it ends. begun: waited for after the first few pixels, since a busy program may see only the last place."""
        self.xdotool("mousemove", "--sync", *start, "mousedown", 1)
        if begun:
            self.xdotool("mousemove", "--sync", start[0] + 12, start[1])
            self.until(begun, "the beginning of the drag")
        for step in range(1, steps + 1):
            self.xdotool("mousemove", "--sync", *(a + (b - a) * step // steps for a, b in zip(start, end)))
        for key in keys:
            self.xdotool("keydown", key)
        self.xdotool("mouseup", 1)
        for key in keys:
            self.xdotool("keyup", key)
        self.mouse = None

    def key(self, *chords):
        """Real key presses as X knows them: "ctrl+shift+a", "Return", "Escape", "alt+f"."""
        self.xdotool("key", "--clearmodifiers", *chords)

    def type(self, text):
        """Real typing into whatever has the focus (Window.foreground() and focus() first)."""
        if text.isascii():
            self.xdotool("type", "--clearmodifiers", "--delay", 8, "--", text)
        else:
            # xdotool changes the keyboard's layout for an umlaut, faster than Wine notices.
            self.call("type", text)

    def picture(self, rect=None):
        """The screen, or [left, top, right, bottom] of it, as pixels (picture.py); only of a screen of our own."""
        return self.framebuffer.picture(rect)

    def screenshot(self, path, rect=None):
        """The screen, or [left, top, right, bottom] of it, as a PNG file."""
        if self.framebuffer:
            return self.picture(rect).save(path)
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        crop = []
        if rect:
            left, top = max(0, rect[0]), max(0, rect[1])
            crop = ["-crop", f"{rect[2] - left}x{rect[3] - top}+{left}+{top}", "+repage"]
        subprocess.run(["import", "-silent", "-window", "root", *crop, path], env=self.environment(), check=True, timeout=30)
        return path

    def popup(self, timeout=None):
        """The items of the open popup menu; waits for one."""
        self.wait("window", "", "#32768", timeout=timeout)
        return self.call("popup")

    def popup_choose(self, text, timeout=None):
        """Click an item of the open popup menu, by its text without & and accelerator."""
        items = self.popup(timeout)
        item = menu_find(items, [text])
        if not item["enabled"]:
            raise DriveError(f"the menu item '{text}' is disabled")
        left, top, right, bottom = item["rect"]
        self.click_at((left + right) // 2, (top + bottom) // 2)


class App:
    """A program that was started."""

    def __init__(self, drive, pid):
        self.drive, self.pid = drive, pid

    def window(self, title="", cls="", timeout=None):
        """One of its windows, by a part of the title."""
        try:
            return self.drive.window(title, cls, self.pid, timeout)
        except DriveError:
            code = self.exit_code()
            if code is not None:
                raise DriveError(f"the program ended with code {code} before it showed '{title}'") from None
            raise DriveError(f"no window '{title}' ({cls or 'any class'}) of the program",
                             [window.title for window in self.windows()]) from None

    def windows(self):
        return self.drive.windows(pid=self.pid)

    def exit_code(self, timeout=0):
        """Its exit code; None while it runs."""
        return self.drive.call("exit_code", self.pid, int(timeout * 1000), limit=timeout + 30)

    def wait_exit(self, timeout=None):
        code = self.exit_code(self.drive.timeout if timeout is None else timeout)
        if code is None:
            raise DriveError("the program still runs", [window.title for window in self.windows()])
        return code

    def kill(self):
        self.drive.call("kill", self.pid)

    def crash(self):
        """Make it end by an unhandled exception."""
        self.drive.call("crash", self.pid)

    def memory(self):
        """{working_set, peak_working_set, private} in bytes."""
        return self.drive.call("memory", self.pid)


def text_of(value):
    return str(int(value)) if isinstance(value, bool) else str(value)


def escape(word):
    return word.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def clone(sources, folder, link=False):
    subprocess.run(["cp", "-al" if link else "-a", *sources, folder], check=True)


def stop(process):
    """End a process of ours, and do not wait for ever."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(3)
