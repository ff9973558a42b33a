# SPDX-License-Identifier: GPL-3.0-or-later
"""Dialogs on volumes; see gallery.py."""
from client import constants
from gallery import picture

DIALOGS = constants("client/ui/volume_dialogs.c")
COPY = constants("client/ui/volume_copy_dialog.c")
FETCH = constants("client/ui/fetch_dialog.c")
DETAILS = constants("client/ui/volume_details_dialog.c")


@picture("client/ui/volume_dialogs.c:new_volume_dialog")
def new_volume(look):
    look.client.select(look.server, "local")
    dialog = look.open("volume.new", "NEW_VOLUME_TITLE", "local")
    dialog.child(DIALOGS["NAME"]).edit("bad/name")
    look.at(dialog, "new-volume")
    look.close(dialog)


@picture("client/ui/fetch_dialog.c:fetch_volume_dialog")
def fetch(look):
    look.client.select(look.server, "local")
    dialog = look.open("volume.fetch", "FETCH_TITLE", "local")
    dialog.child(FETCH["URL"]).edit("http://example.org/debian.iso")
    dialog.child(FETCH["DIGEST"]).edit("12")
    look.at(dialog, "fetch")
    look.close(dialog)


VOLUME = "a-vm.qcow2"


def select_volume(look):
    """The disk of the VM a-vm."""
    look.client.select(look.server, "local")
    look.client.page("PAGE_STORAGE")

    def shown():
        return next((view for view in look.client.frame.children("SysListView32")
                     if view.visible and any(column["text"] == look.words("COLUMN_ALLOCATED") for column in view.columns())), None)
    volumes = look.drive.until(shown, "the list of volumes")
    volumes.row_of(VOLUME, 0, timeout=20)
    volumes.select_rows(VOLUME)
    look.client.wait_command("volume.details")


@picture("client/ui/volume_dialogs.c:resize_volume_dialog")
def resize(look):
    select_volume(look)
    dialog = look.open("volume.resize", "RESIZE_TITLE", VOLUME)
    dialog.child(DIALOGS["SIZE_NUMBER"]).edit("1")
    look.at(dialog, "resize-volume")
    look.close(dialog)


@picture("client/ui/volume_copy_dialog.c:copy_volume_dialog")
def copy(look):
    select_volume(look)
    for command, title, name in (("volume.copy", "COPY_TITLE", "copy-volume"), ("volume.move", "MOVE_TITLE", "move-volume")):
        dialog = look.open(command, title, VOLUME)
        look.at(dialog, name)
        look.close(dialog)


@picture("client/ui/volume_send_dialog.c:send_volume_dialog")
def send(look):
    select_volume(look)
    dialog = look.open("volume.copy_to", "SEND_TITLE", VOLUME)
    look.at(dialog, "send-volume")
    look.close(dialog)


@picture("client/ui/volume_details_dialog.c:volume_details_dialog")
def details(look):
    select_volume(look)
    dialog = look.open("volume.details", "DETAILS_TITLE", VOLUME)
    look.at(dialog, "volume-details")
    look.close(dialog)


@picture("client/ui/destroy_datastore_dialog.c:destroy_datastore_dialog")
def destroy_datastore(look):
    look.select_root(look.server)  # no volume of it any more
    look.client.select(look.server, "local")
    look.client.wait_command("datastore.destroy")
    dialog = look.open("datastore.destroy", "DESTROY_TITLE", "local")
    look.at(dialog, "destroy-datastore")
    look.close(dialog)
