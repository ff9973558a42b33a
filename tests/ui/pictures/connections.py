# SPDX-License-Identifier: GPL-3.0-or-later
"""Dialogs around SSH connections; see gallery.py."""
import glob
import os

from client import constants
from gallery import picture

IMPORT = constants("client/ui/import_dialog.c")

CONFIG = """Host bastion
  HostName bastion.example.com
  User jumper
Host web01
  HostName web01.intern
  ProxyJump bastion
Host tunnelled
  ProxyCommand nc %h %p
Match host nothing
  User nobody
"""


def write_config(drive, text):
    """The .ssh/config of the prefix's user."""
    home = next(path for path in glob.glob(os.path.join(drive.prefix, "drive_c/users/*")) if os.path.basename(path) != "Public")
    os.makedirs(os.path.join(home, ".ssh"), exist_ok=True)
    path = os.path.join(home, ".ssh/config")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


@picture("client/ui/import_dialog.c:import_dialog")
def import_openssh(look):
    path = write_config(look.drive, CONFIG)
    dialog = look.open("server.import_ssh", "IMPORT_TITLE")
    dialog.child(IMPORT["STATUS"]).wait_contains("Match")
    look.at(dialog, "import-openssh")
    look.close(dialog)
    os.unlink(path)
    dialog = look.open("server.import_ssh", "IMPORT_TITLE")
    dialog.child(IMPORT["STATUS"]).wait_text(look.words("IMPORT_NOTHING"))
    look.at(dialog, "import-nothing")
    look.close(dialog)
