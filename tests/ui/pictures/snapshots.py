# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots, clones and templates; see gallery.py."""
from client import constants
from gallery import picture

SNAPSHOT = constants("client/ui/snapshot_dialogs.c")
PAGE = constants("client/ui/snapshots_page.c")
OK = 1


def page(look):
    """The Snapshots page of a VM with two snapshots, the second one selected."""
    look.client.select(look.server, "a-vm")
    look.client.page("PAGE_SNAPSHOTS")
    if look.host.virsh("snapshot-list", "a-vm", "--name") == "":
        look.host.exec("sh", "-c", "virsh -q snapshot-create-as a-vm first 'As it came' --disk-only && virsh -q snapshot-create-as a-vm second --disk-only")
    look.client.command("view.refresh")
    tree = look.drive.until(lambda: next((tree for tree in look.client.frame.children("SysTreeView32") if tree.control_id == PAGE["TREE_ID"]), None), "the tree")
    look.drive.until(lambda: len(tree.tree()) == 3, "two snapshots", 20)
    tree.tree_select("first", "second")
    look.client.wait_command("snapshot.delete")


@picture("page:snapshots")
def snapshots(look):
    page(look)
    look.at(look.client.frame, "page-snapshots")


@picture("client/ui/snapshot_dialogs.c:box_open")
def dialogs(look):
    page(look)
    for command, title, name, *values in (("vm.snapshot", "TAKE_SNAPSHOT_TITLE", "snapshot-take", "a-vm"),
                                          ("snapshot.revert", "REVERT_TITLE", "snapshot-revert", "a-vm"),
                                          ("snapshot.edit", "EDIT_SNAPSHOT_TITLE", "snapshot-edit", "second"),
                                          ("snapshot.delete", "DELETE_SNAPSHOT_TITLE", "snapshot-delete", "second"),
                                          ("snapshot.delete_branch", "DELETE_SNAPSHOT_TITLE", "snapshot-delete-branch", "second")):
        dialog = look.open(command, title, *values)
        dialog.child(OK).wait_enabled(True)
        look.at(dialog, name)
        look.close(dialog)


@picture("client/ui/clone_dialogs.c:clone_dialog")
def clone(look):
    page(look)
    dialog = look.open("snapshot.clone", "CLONE_TITLE_TEMPLATE", "second")
    look.at(dialog, "clone-snapshot")
    look.close(dialog)
    dialog = look.open("snapshot.export", "EXPORT_VM_TITLE_SNAPSHOT", "a-vm", "second")
    look.at(dialog, "snapshot-export")
    look.close(dialog)
    look.client.select(look.server, "a-vm")
    dialog = look.open("vm.clone", "CLONE_TITLE", "a-vm")
    look.at(dialog, "clone")
    look.close(dialog)


@picture("client/ui/clone_dialogs.c:make_template_dialog")
def template(look):
    look.client.select(look.server, "a-vm")
    dialog = look.open("vm.to_template", "TEMPLATE_TITLE", "a-vm")
    look.at(dialog, "template")
    look.close(dialog)
