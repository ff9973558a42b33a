# SPDX-License-Identifier: GPL-3.0-or-later
"""The wizard and dialogs of datastores and volumes; see gallery.py."""
from client import constants
from gallery import picture

DIALOGS = constants("client/ui/volume_dialogs.c")
COPY = constants("client/ui/volume_copy_dialog.c")
FETCH = constants("client/ui/fetch_dialog.c")
DETAILS = constants("client/ui/volume_details_dialog.c")
STORE = constants("client/ui/datastore_wizard.h")
WIZARD = constants("client/win/wizard.h")
KINDS = ("DIR", "FS", "NFS", "SMB", "ISCSI", "LVM", "ZFS", "RBD", "DISK")


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
    volumes.select_rows(volumes.row_of(VOLUME, 0, timeout=20))  # others are based on it, and say so in their rows
    look.client.wait_command("volume.details")


@picture("client/ui/volume_dialogs.c:resize_volume_dialog")
def resize(look):
    select_volume(look)
    dialog = look.open("volume.resize", "RESIZE_TITLE", VOLUME)
    look.drive.until(lambda: dialog.child(DIALOGS["SIZE_NUMBER"]).text, "its size")
    dialog.child(DIALOGS["SIZE_NUMBER"]).edit("1")
    dialog.child(DIALOGS["STORE_NOTE"]).wait_visible()
    look.at(dialog, "resize-volume")
    look.close(dialog)


def is_a_disk(look):
    """Whether a VM has it itself, and the dialog will say so: another picture may have taken snapshots."""
    names = look.host.virsh("list", "--all", "--name").split("\n")
    return any(look.host.virsh("domblklist", name, "--inactive").find(f"/{VOLUME}") >= 0 for name in names if name)


@picture("client/ui/volume_copy_dialog.c:copy_volume_dialog")
def copy(look):
    select_volume(look)
    for command, title, name in (("volume.copy", "COPY_TITLE", "copy-volume"), ("volume.move", "MOVE_TITLE", "move-volume")):
        dialog = look.open(command, title, VOLUME)
        if name == "move-volume" and is_a_disk(look):
            dialog.child(COPY["USERS"]).wait_visible()
        look.at(dialog, name, other_in_the_dark=name == "move-volume")  # whichever VM it names
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


@picture("client/ui/datastore_settings_dialog.c:datastore_settings_dialog")
def datastore_settings(look):
    look.select_root(look.server)
    look.client.select(look.server, "local")
    look.client.wait_command("datastore.settings")
    dialog = look.open("datastore.settings", "STORE_SET_TITLE", "local")
    look.at(dialog, "datastore-settings")
    look.close(dialog)


def next_page(look, wizard):
    title = wizard.child(WIZARD["WIZARD_STEPS"]).text
    wizard.child(WIZARD["WIZARD_NEXT"]).wait_enabled()
    wizard.child(WIZARD["WIZARD_NEXT"]).click()
    look.drive.until(lambda: wizard.child(WIZARD["WIZARD_STEPS"]).text != title, "the next page")


@picture("client/ui/datastore_wizard.c:datastore_wizard")
def datastore(look):
    look.select_root(look.server)
    wizard = look.open("datastore.new", "NEW_DATASTORE_TITLE")
    kinds = wizard.child(STORE["STORE_KINDS"])
    look.drive.until(lambda: look.words("STORE_ASKING") not in [row[1] for row in kinds.rows()], "the host's answer", 20)
    look.at(wizard, "datastore-kind")
    possible = {row[0] for row in kinds.rows() if row[1] == look.words("STORE_POSSIBLE")}
    next_page(look, wizard)
    look.at(wizard, "datastore-name")
    wizard.child(STORE["STORE_NAME"]).edit("isos")
    for kind in [kind for kind in KINDS if look.words("STORE_KIND_" + kind) in possible]:
        wizard.child(WIZARD["WIZARD_BACK"]).click()
        kinds.row_of(look.words("STORE_KIND_" + kind), 0)
        look.drive.until(lambda: kinds.visible, "the page of kinds")
        kinds.select_rows(look.words("STORE_KIND_" + kind))
        next_page(look, wizard)
        next_page(look, wizard)
        look.at(wizard, "datastore-" + kind.lower())
        wizard.child(WIZARD["WIZARD_BACK"]).click()
        look.drive.until(lambda: wizard.child(STORE["STORE_NAME"]).visible, "the page of the name")
    wizard.child(WIZARD["WIZARD_BACK"]).click()
    look.drive.until(lambda: kinds.visible, "the page of kinds")
    kinds.select_rows(look.words("STORE_KIND_LVM_THIN"))
    look.at(wizard, "datastore-impossible")
    kinds.select_rows(look.words("STORE_KIND_DIR"))
    next_page(look, wizard)
    next_page(look, wizard)
    next_page(look, wizard)
    look.drive.until(lambda: wizard.child(WIZARD["WIZARD_NEXT"]).enabled, "the trial", 30)
    look.at(wizard, "datastore-test")
    wizard.close()
    look.question(wizard).press(look.words("NEW_VM_LEAVE_VERB"))
    wizard.wait_gone()
