# SPDX-License-Identifier: GPL-3.0-or-later
"""The main window and its pages; see gallery.py."""
from gallery import picture


@picture("page:general")
def general(look):
    look.select_root(look.server)
    look.client.page("PAGE_GENERAL")
    look.at(look.client.frame, "frame-host")
    for name in ("a-vm", "local"):
        look.client.select(look.server, name)
        look.client.page("PAGE_GENERAL")
        look.at(look.client.frame, "frame-" + name)


@picture("page:storage")
def storage(look):
    for name in ("a-vm", "local"):
        look.client.select(look.server, name)
        look.client.page("PAGE_STORAGE")
        look.at(look.client.frame, "frame-storage-" + name)


@picture()
def least(look):
    """Every page in the smallest window there can be."""
    frame = look.client.frame
    before = frame.rect
    frame.move(before[0], before[1], 10, 10)
    for name, *pages in (("a-vm", "PAGE_GENERAL", "PAGE_STORAGE", "PAGE_CONSOLE"), ("local", "PAGE_STORAGE")):
        look.client.select(look.server, name)
        for page in pages:
            look.client.page(page)
            look.at(frame, f"least-{name}-{page[5:].lower()}")
    look.select_root("empty")
    look.client.page("PAGE_START")
    look.at(frame, "least-start")
    frame.move(before[0], before[1], before[2] - before[0], before[3] - before[1])


@picture("page:console")
def console(look):
    look.client.select(look.server, "a-vm")
    look.client.page("PAGE_CONSOLE")
    look.at(look.client.frame, "frame-console-off")


@picture("page:start")
def start(look):
    """The first server has VMs; this one is the same without."""
    look.select_root("empty")
    look.client.page("PAGE_START")
    look.at(look.client.frame, "frame-start")
