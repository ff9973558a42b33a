# SPDX-License-Identifier: GPL-3.0-or-later
"""The Properties dialog, page by page, and the dialogs its pages open; see gallery.py."""
from client import constants
from gallery import picture

BOOK = constants("client/win/book.h")
CPU = constants("client/ui/properties_cpu_page.c")
DISKS = constants("client/ui/properties_disks_page.c")
DEVICES = constants("client/ui/properties_devices_page.c")
ADVANCED = constants("client/ui/properties_advanced_page.c")
XML = constants("client/ui/xml_dialog.c")
PAGES = ("GENERAL", "CPU", "MEMORY", "BOOT", "DISKS", "DRIVES", "NICS", "GRAPHICS", "SERIAL", "DEVICES", "RNG", "GUEST", "START", "ADVANCED")


def open_properties(look):
    look.client.select(look.server, "a-vm")
    dialog = look.open("vm.properties", "PROPERTIES_TITLE", "a-vm")
    pages = dialog.child(BOOK["BOOK_LIST"])
    look.drive.until(lambda: pages.cell(0, 1), "the settings to be read")
    return dialog, pages


@picture("client/ui/properties_dialog.c:run_dialog")
def properties(look):
    dialog, pages = open_properties(look)
    for page in PAGES:
        pages.select_rows(look.words("PROPERTIES_" + page))
        look.at(dialog, "properties-" + page.lower())
    pages.select_rows(look.words("PROPERTIES_CPU"))
    dialog.child(CPU["TOPOLOGY"]).click()
    dialog.child(CPU["COUNT"]).edit("2")
    look.at(dialog, "properties-changed")
    dialog.close()
    question = look.question(dialog)
    look.at(question, "properties-leave", other_in_the_dark=True)
    question.press(look.words("NEW_VM_LEAVE_VERB"))
    dialog.wait_gone()


@picture("client/ui/new_disk_dialog.c:new_disk_dialog", "client/ui/volume_choose_dialog.c:volume_choose_dialog")
def properties_volumes(look):
    dialog, pages = open_properties(look)
    for page, button, title, name in (("DISKS", "NEW_DISK", "NEW_DISK_TITLE", "new-disk"), ("DISKS", "ATTACH", "CHOOSE_DISK_TITLE", "attach-disk"),
                                      ("DRIVES", "INSERT", "CHOOSE_ISO_TITLE", "insert-iso")):
        pages.select_rows(look.words("PROPERTIES_" + page))
        dialog.child(DISKS[button]).wait_enabled()
        dialog.child(DISKS[button]).click()
        chooser = look.client.dialog(title)
        look.at(chooser, name)
        look.close(chooser)
    look.close(dialog)


@picture("client/ui/host_device_dialog.c:host_device_dialog")
def properties_device(look):
    dialog, pages = open_properties(look)
    pages.select_rows(look.words("PROPERTIES_DEVICES"))
    dialog.child(DEVICES["ADD"]).wait_enabled()
    dialog.child(DEVICES["ADD"]).click()
    chooser = look.client.dialog("DEVICE_TITLE")
    look.at(chooser, "host-device")
    look.close(chooser)
    look.close(dialog)


@picture("client/ui/xml_dialog.c:xml_dialog", "client/ui/xml_dialog.c:xml_diff_dialog")
def properties_xml(look):
    dialog, pages = open_properties(look)
    pages.select_rows(look.words("PROPERTIES_ADVANCED"))
    dialog.child(ADVANCED["EDIT"]).wait_enabled()
    dialog.child(ADVANCED["EDIT"]).click()
    editor = look.client.dialog("XML_TITLE")
    look.at(editor, "xml")
    text = editor.child(XML["XML_EDIT"])
    text.edit(text.text.replace("<on_reboot>restart</on_reboot>", "<on_reboot>destroy</on_reboot>"))
    editor.child(1).click()
    changes = look.client.dialog("XML_DIFF_TITLE")
    look.at(changes, "xml-changes")
    look.close(changes)
    editor.child(XML["XML_FIND"]).edit("nowhere")
    editor.child(XML["XML_FIND_NEXT"]).click()
    look.at(editor, "xml-not-found")
    editor.close()
    look.question(dialog, editor).press(look.words("NEW_VM_LEAVE_VERB"))
    editor.wait_gone()
    look.close(dialog)
