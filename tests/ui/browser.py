# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser that only notes what it was asked to show; Wine hands it files and addresses as it would the desktop's browser.

    with Browser() as browser, Drive(environment=browser.environment()) as drive:
        ...
        browser.register(drive)
        browser.wait(drive)   # ["/.../help/en/new-vm.html"]
"""
import os
import shutil
import subprocess
import tempfile
from urllib.parse import unquote, urlparse


class Browser:
    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="poolcenter-browser-")
        self.list = os.path.join(self.folder, "shown")
        path = os.path.join(self.folder, "xdg-open")  # the first one Wine looks for
        with open(path, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\nprintf '%s\\n' \"$1\" >>'{self.list}'\n")
        os.chmod(path, 0o755)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self):
        return {"PATH": self.folder + os.pathsep + os.environ["PATH"]}

    def register(self, drive):
        """Wine without its HTML engine has no program for .html files; Windows always has."""
        subprocess.run(["wine", "reg", "add", r"HKCR\.html", "/ve", "/d", "htmlfile", "/f"],
                       env=drive.environment(), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def shown(self):
        """Files (their paths) and addresses, in their order."""
        if not os.path.exists(self.list):
            return []
        with open(self.list, encoding="utf-8") as file:
            lines = file.read().splitlines()
        return [unquote(urlparse(line).path) if line.startswith("file:") else line for line in lines]

    def wait(self, drive, timeout=15):
        """What it was asked to show since the last time."""
        drive.until(self.shown, "the browser to be asked", timeout)
        found = self.shown()
        os.remove(self.list)
        return found
