# SPDX-License-Identifier: GPL-3.0-or-later
"""The Options dialog, page by page; see gallery.py."""
from client import constants
from gallery import picture

OPTIONS = constants("client/ui/options_dialog.c")


@picture("client/ui/options_dialog.c:options_dialog")
def options(look):
    dialog = look.open("view.options", "OPTIONS_TITLE")
    pages = dialog.child(OPTIONS["OPTIONS_PAGES"])
    for row in range(pages.row_count()):
        pages.select_rows(row)
        look.at(dialog, f"options-{row}")
    look.close(dialog)
