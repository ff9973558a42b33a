#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real host on this machine and PoolCenter's window connected to it; called by ./demo, which builds both first."""
import argparse
import contextlib
import fcntl
import glob
import os
import re
import signal
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests/lab")]
import guests  # noqa: E402
import tour  # noqa: E402
from client import Client  # noqa: E402
from drive import Drive, DriveError  # noqa: E402
from lab import Host, LabError  # noqa: E402

AGENT = os.path.join(ROOT, "build/release-agent/agent/poolagentd")
PROGRAM = os.path.join(ROOT, "build/release-windows/client/ui/poolcenter.exe")
PICTURES = os.path.join(ROOT, "build/demo-pictures")
HOSTNAME = "demo"
MANUAL = os.path.join(ROOT, "docs/manual")
GALLERY = os.path.join(ROOT, "build/ui-artifacts/pictures")
FROM_GALLERY = {"networks": "page-networks", "network-new": "network-new", "new-datastore": "datastore-kind", "datastore-test": "datastore-test",
                "resize-volume": "resize-volume", "move-volume": "move-volume", "volume-details": "volume-details", "template": "wizard-source"}
README_PICTURE = os.path.join(ROOT, "docs/images/poolcenter.png")


def say(text):
    print(text, flush=True)


asked_to_end = threading.Event()


def stand_apart():
    """Go on in a session of our own, while the process the terminal knows only waits and passes signals on.

    Ctrl+C reaches all a terminal's programs: Wine, the X server and the host would die of it before they can be ended in order.
    """
    child = os.fork()
    if child == 0:
        os.setsid()
        return
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: os.kill(child, signal.SIGTERM))
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def end_on_signal(interrupt):
    """interrupt: stop at once what is being done; else asked_to_end is looked at."""
    def end(*_):
        first = not asked_to_end.is_set()
        asked_to_end.set()
        if interrupt and first:
            raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, end)


def usable_display():
    """$DISPLAY if an X server answers there, else None."""
    display = os.environ.get("DISPLAY")
    if not display:
        return None
    done = subprocess.run(["xdpyinfo"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20)
    return display if done.returncode == 0 else None


@contextlib.contextmanager
def only_one(name):
    """A second demo at the same time gets a host of another name."""
    with open(f"/tmp/poolcenter-{name}.lock", "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield name
        except BlockingIOError:
            yield f"{name}-{os.getpid()}"


@contextlib.contextmanager
def demo_host(name, keep):
    """The host with something to look at; its data are gone at the end unless they shall be kept."""
    host = Host(name, agent=AGENT, hostname=HOSTNAME)
    try:
        host.up()
        if "rescue" not in host.virsh("list", "--all", "--name").split():
            guests.store(host, guests.MEMTEST_ISO)
            guests.define(host, "rescue")
            host.virsh("start", "rescue")
            guests.define(host, "memory-test", guests.MEMTEST_ISO)
        yield host
    finally:
        if keep:
            say(f"the host stays: tests/lab/host.py exec --name {name} -- virsh list; tests/lab/host.py down --name {name}")
        else:
            host.down()


def save_pictures(client, folder):
    """Where nobody can look at the window."""
    os.makedirs(folder, exist_ok=True)
    client.select(HOSTNAME)
    client.frame.screenshot(os.path.join(folder, "host.png"), settle=1)
    client.select(HOSTNAME, "local")
    client.page("PAGE_STORAGE")
    client.frame.screenshot(os.path.join(folder, "datastore.png"), settle=1)
    client.select(HOSTNAME, "rescue")
    client.page("PAGE_CONSOLE")
    client.frame.screenshot(os.path.join(folder, "console.png"), settle=3)
    say(f"there is no display, so pictures were saved: {folder}")


def show(options, display, host):
    with Drive(language=options.lang, dpi=options.dpi, display=display, size=tour.screen_size(options.dpi)) as drive, \
            Client(drive, options.lang, options.dark, PROGRAM) as client:
        client.remember(host, name=HOSTNAME)
        client.start()
        say(f"PoolCenter is connected to a host of its own: ssh -i {host.key()} -p {host.port} operator@127.0.0.1")
        if not display:
            save_pictures(client, options.pictures or PICTURES)
            client.close()
            return
        say("close its window or press Ctrl+C to end")
        while client.app.exit_code(0.3) is None and not asked_to_end.is_set():
            pass
        if asked_to_end.is_set():
            say("ending")
            with contextlib.suppress(DriveError):
                client.close()


def gallery_picture(name, language):
    """Where test_pictures.py has left what the manual shows under this name; None: the tour makes it."""
    stem = FROM_GALLERY.get(name.removesuffix(".png"))
    return stem and os.path.join(GALLERY, f"{stem}-{language}-96-light.png")


def update_manual(pictures, language):
    """The pictures the chapters of a language name, and in English the README's; pictures None: only those of the gallery."""
    wanted = {README_PICTURE: "console.png"} if language == "en" else {}
    folder = os.path.join(MANUAL, language)
    for chapter in glob.glob(os.path.join(folder, "*.md")):
        with open(chapter, encoding="utf-8") as file:
            wanted.update({os.path.join(folder, "images", name): name for name in re.findall(r"\(images/([^)]+\.png)\)", file.read())})
    sources = {place: gallery_picture(name, language) or (pictures and os.path.join(pictures, name)) for place, name in wanted.items()}
    wanted = {place: name for place, name in wanted.items() if sources[place]}
    for place in wanted:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        subprocess.run(["convert", sources[place], "-strip", "+dither", "-colors", "64", "-define", "png:compression-level=9", place], check=True)
    say(f"the pictures of the manual are new: {', '.join(sorted(set(wanted.values())))}")


def run_tour(options, display):
    pictures = options.pictures or PICTURES
    with only_one("tour") as name:
        tour.run(name, AGENT, PROGRAM, pictures, hostname="kvm1", language=options.lang, dark=options.dark, dpi=options.dpi,
                 display=None if options.manual else display, say=say, keep=options.keep)
    say(f"all steps were verified; their pictures are in {pictures}")
    if options.manual:
        update_manual(pictures, options.lang)


def parse():
    language = "de" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("de") else "en"
    parser = argparse.ArgumentParser(prog="./demo", description="Builds PoolCenter and shows it, connected to a real host on this machine.")
    parser.add_argument("--tour", action="store_true", help="go the whole road by itself through the real window, verify and photograph each step")
    parser.add_argument("--lang", choices=("en", "de"), default=language, help="language of the window (default: %(default)s)")
    parser.add_argument("--dark", action="store_true", help="dark colours")
    parser.add_argument("--dpi", type=int, choices=(96, 120, 144, 192), default=96, help="resolution (default: %(default)s)")
    parser.add_argument("--pictures", metavar="DIR", help="where pictures are saved (default: build/demo-pictures)")
    parser.add_argument("--manual", action="store_true", help="with --tour, on a screen of its own: make the pictures of the language's manual (English: and of the README) anew; alone: only those that tests/ui/test_pictures.py has left")
    parser.add_argument("--keep", action="store_true", help="leave the host and its data when the window is closed")
    return parser.parse_args()


def main():
    options = parse()
    stand_apart()
    end_on_signal(interrupt=options.tour)
    display = usable_display()
    try:
        if options.manual and not options.tour:
            update_manual(None, options.lang)
            return 0
        if options.tour:
            run_tour(options, display)
            return 0
        with only_one("demo") as name, demo_host(name, options.keep) as host:
            show(options, display, host)
    except KeyboardInterrupt:
        say("ended")
        return 130
    except (DriveError, LabError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
