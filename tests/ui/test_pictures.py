#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every window of the program, in both languages, light and dark, at 100 % and 200 %: photographed and judged (gallery.py).

The pictures are in build/ui-artifacts/pictures. One program per size goes through all of it; its language and colours change while it runs.
For work on one window: LOOK_AT=about,new_vm names functions of tests/ui/pictures.
"""
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import gallery  # noqa: E402
import guests  # noqa: E402
import test_updates  # noqa: E402
from client import Client  # noqa: E402
from drive import ROOT, Drive, windows_path  # noqa: E402
from lab import Host  # noqa: E402
from poolctl import AGENT  # noqa: E402
from texts import Texts  # noqa: E402

FOLDER = os.path.join(os.environ.get("POOLCENTER_ARTIFACTS") or os.path.join(ROOT, "build/ui-artifacts"), "pictures")
SIZES = {96: (1600, 1200), 192: (2600, 1900)}
FRAME = (1120, 760)  # at 96 dpi
LOOKS = [("en", "light"), ("de", "light"), ("de", "dark"), ("en", "dark")]
CHOSEN = list(filter(None, os.environ.get("LOOK_AT", "").split(",")))
LANGUAGES = {"en": "view.english", "de": "view.german"}


class Tour(gallery.Look):
    """Through all windows at one size."""

    def run(self):
        self.server, self.seconds = "lab", {}
        for language, theme in LOOKS:
            self.change(language, theme)
            for function in gallery.FUNCTIONS:
                if not CHOSEN or function.__name__ in CHOSEN:
                    self.visit(function)

    def visit(self, function):
        began = time.monotonic()
        try:
            function(self)
            self.seconds[function.__name__] = self.seconds.get(function.__name__, 0) + time.monotonic() - began
        except Exception:
            self.results.setdefault(function.__name__, {})[self.combination] = [traceback.format_exc(limit=-4)]
            self.drive.screenshot(os.path.join(self.folder, f"FAILED-{function.__name__}-{self.combination}.png"))
            for app in self.drive.apps:
                if app.pid != self.client.app.pid:
                    app.kill()
            self.leave()

    def change(self, language, theme):
        self.client.command("view.theme_" + theme)
        self.client.command(LANGUAGES[language])
        self.client.words = Texts(language)
        self.language, self.theme = language, theme
        self.drive.until(lambda: self.client.frame.menu()[0]["text"] == self.words.raw("MENU_FILE"), "the language to change")

    def select_root(self, name):
        """A server, by its name; while it is not online its label says so, too."""
        def selected():
            label = next(item["text"] for item in self.client.tree.tree() if item["level"] == 0 and item["text"].split(" (")[0] == name)
            self.client.tree.tree_select(label, timeout=1)
            return True
        self.drive.until(selected, f"the server {name}", 20)

    def file(self, name, content=b"words " * 100):
        path = os.path.join(self.files, name)
        if not os.path.exists(path):
            with open(path, "wb") as file:
                file.write(content)
        return path


def prepare_host(host):
    guests.store(host, guests.GRUB_ISO)
    guests.define(host, "a-vm")
    host.exec("qemu-img", "create", "-f", "qcow2", "/srv/poolcenter-lab/local/a-vm.qcow2", "20G")
    # Kinds of datastores that this host could have, if these were what they are called.
    host.exec("sh", "-c", "mkdir -p /usr/local/sbin; cd /usr/local/sbin; for name in mount.nfs mount.cifs iscsiadm vgcreate parted; do ln -s /bin/false $name; done")
    for name in ("one.iso", "two.iso"):
        with open(host.outside(f"/srv/poolcenter-lab/local/{name}"), "wb") as file:
            file.write(b"old")
    host.virsh("pool-refresh", "local")
    disk = "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/srv/poolcenter-lab/local/a-vm.qcow2'/><target dev='vda' bus='virtio'/></disk>"
    host.virsh("define", "/dev/stdin", input=host.virsh("dumpxml", "a-vm").replace("<devices>", "<devices>" + disk))


def remember_servers(client, host, empty):
    """One that goes online, one without VMs, one that lets nobody use its agent, one that asks for a password, one whose key is unknown."""
    client.remember(host, name="lab")
    client.remember(empty, name="empty")
    client.remember(host, name="bare", user="nobodyagent")
    for name, address in (("asks", "127.0.0.1"), ("unknown", "localhost")):
        client.remember(host, name=name, known=False)
        server = client.settings["servers"][-1]
        server.update(host=address, auth="password", connect_at_start=False)
        del server["key_file"]


class NewsHandler(test_updates.Handler):
    def do_GET(self):
        self.send_error(404) if self.server.missing else super().do_GET()


def serve_news(authority):
    """What the program asks for new versions."""
    server = test_updates.Server(authority.server("news"))
    server.RequestHandlerClass, server.missing = NewsHandler, False
    return server


def tour(host, empty, dpi, files, authority, news):
    results = {}
    carried = os.path.join(files, f"agent-{dpi}")  # what the agent dialog would install
    subprocess.run([os.path.join(ROOT, "tools/carry-agent"), carried, AGENT, "1.0"], check=True)
    with Drive(dpi=dpi, size=SIZES[dpi], environment={"POOLCENTER_AGENT_FOLDER": windows_path(carried)}) as drive, Client(drive) as client:
        client.settings["values"]["updates.address"] = news.address("good")
        drive.call("trust", windows_path(authority.path("root.der")))
        remember_servers(client, host, empty)
        client.start()
        client.frame.move(20, 20, *(side * dpi // 96 for side in FRAME))
        drive.until(lambda: any(item["text"] == "a-vm" for item in client.tree.tree()), "the inventory", 30)
        look = Tour(drive, client, host, results, FOLDER)
        look.files, look.news = files, news
        look.run()
        print(f"{dpi} dpi, seconds:", ", ".join(f"{name} {seconds:.1f}" for name, seconds in look.seconds.items()))
    return results


class PictureTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        gallery.load()
        shutil.rmtree(FOLDER, ignore_errors=True)
        files = tempfile.mkdtemp(prefix="poolcenter-pictures-")
        cls.addClassCleanup(shutil.rmtree, files)
        authority = test_updates.Authority(cls.enterClassContext(tempfile.TemporaryDirectory()))
        host = Host(f"pictures-{os.getpid()}", agent=AGENT, hostname="lab").up()
        cls.addClassCleanup(host.down)
        prepare_host(host)
        empty = Host(f"pictures-empty-{os.getpid()}", agent=AGENT, hostname="empty").up()
        cls.addClassCleanup(empty.down)
        news = {dpi: serve_news(authority) for dpi in SIZES}  # one after the other: their certificates are made in the same files
        with concurrent.futures.ThreadPoolExecutor(len(SIZES)) as pool:
            tours = list(pool.map(lambda dpi: tour(host, empty, dpi, files, authority, news[dpi]), SIZES))
        cls.results = {}
        for results in tours:
            for name, combinations in results.items():
                cls.results.setdefault(name, {}).update(combinations)

    def test_every_window_of_the_program_is_looked_at(self):
        self.assertEqual(gallery.sources(), set(gallery.PICTURES))

    def test_every_picture_was_taken_in_every_look(self):
        wanted = {f"{language}-{dpi}-{theme}" for dpi in SIZES for language, theme in LOOKS}
        self.assertGreater(len(self.results), 0 if CHOSEN else 20)
        for name, combinations in self.results.items():
            with self.subTest(name):
                self.assertEqual(set(combinations), wanted)

    def test_nothing_is_clipped_covered_doubled_or_pale(self):
        for name, combinations in sorted(self.results.items()):
            for combination, problems in sorted(combinations.items()):
                with self.subTest(f"{name} {combination}"):
                    self.assertFalse(problems, "\n".join(problems))


if __name__ == "__main__":
    unittest.main(verbosity=2)
