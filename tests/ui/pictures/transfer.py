# SPDX-License-Identifier: GPL-3.0-or-later
"""Import and export; see gallery.py."""
import os
import sys

from client import constants
from drive import ROOT
from gallery import picture

sys.path.insert(0, os.path.join(ROOT, "tests/lab"))
import appliances  # noqa: E402

IMPORT = constants("client/ui/import_wizard.h")
WIZARD = constants("client/win/wizard.h")
EXPORT = constants("client/ui/export_dialog.c")


@picture("client/ui/import_wizard.c:import_wizard")
def import_wizard(look):
    look.select_root(look.server)
    empty = look.open("vm.import", "IMPORT_VM_TITLE")
    look.at(empty, "import-empty")
    look.close(empty)
    folder = os.path.join(look.files, f"appliance-{look.drive.dpi}")
    ova = os.path.join(folder, "bear.ova")
    if not os.path.exists(ova):
        os.makedirs(folder, exist_ok=True)
        appliances.virtualbox(folder, appliances.disk(folder))
    look.client.frame.drop(ova, x=look.client.frame.rect[2] // 2, y=300)
    wizard = look.client.dialog("IMPORT_VM_TITLE")
    wizard.child(IMPORT["IMPORT_FACTS"]).row_of(look.words("IMPORT_VM_KIND_OVA"), 1)
    for page in ("file", "license", "vm", "disks", "network"):
        look.at(wizard, "import-" + page)
        if page == "license":
            wizard.child(IMPORT["IMPORT_ACCEPT"]).check(True)
        step = wizard.child(WIZARD["WIZARD_STEPS"]).text
        wizard.child(WIZARD["WIZARD_NEXT"]).wait_enabled()
        wizard.child(WIZARD["WIZARD_NEXT"]).click()
        look.drive.until(lambda: wizard.child(WIZARD["WIZARD_STEPS"]).text != step, "the next page")
    look.at(wizard, "import-cloud")
    wizard.child(WIZARD["WIZARD_NEXT"]).click()
    wizard.child(WIZARD["WIZARD_STEPS"]).wait_text(look.words("IMPORT_VM_STEP_FINISH"))
    look.at(wizard, "import-finish")
    wizard.close()
    question = look.question(wizard)
    question.press(look.words("IMPORT_VM_LEAVE_VERB"))
    wizard.wait_gone()
    several(look, folder)


def several(look, folder):
    """The first and the last page with a package of two VMs."""
    ova = os.path.join(folder, "shop.ova")
    if not os.path.exists(ova):
        parts = [appliances.plain_part(folder, os.path.join(folder, "content.raw"), f"{name}.vmdk") for name in ("web", "db")]
        appliances.package(folder, [("vm-web", "Web server", *parts[0]), ("vm-db", "Database", *parts[1])])
    look.client.frame.drop(ova, x=look.client.frame.rect[2] // 2, y=300)
    wizard = look.client.dialog("IMPORT_VM_TITLE")
    wizard.child(IMPORT["IMPORT_FACTS"]).row_of("Web server", 1)
    look.at(wizard, "import-several")
    steps = wizard.child(WIZARD["WIZARD_STEPS"])
    while steps.text != look.words("IMPORT_VM_STEP_FINISH"):
        if steps.text == look.words("IMPORT_VM_STEP_LICENSE"):
            wizard.child(IMPORT["IMPORT_ACCEPT"]).check(True)
        step = steps.text
        wizard.child(WIZARD["WIZARD_NEXT"]).wait_enabled()
        wizard.child(WIZARD["WIZARD_NEXT"]).click()
        look.drive.until(lambda: steps.text != step, "the next page")
    look.at(wizard, "import-several-finish")
    wizard.close()
    look.question(wizard).press(look.words("IMPORT_VM_LEAVE_VERB"))
    wizard.wait_gone()


@picture("client/ui/export_dialog.c:export_dialog")
def export_dialog(look):
    look.client.select(look.server, "a-vm")
    look.client.wait_command("vm.export")
    dialog = look.open("vm.export", "EXPORT_VM_TITLE", "a-vm")
    look.at(dialog, "export")
    dialog.child(EXPORT["TO_DATASTORE"]).check(True)
    look.at(dialog, "export-datastore")
    look.close(dialog)
