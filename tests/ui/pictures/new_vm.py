# SPDX-License-Identifier: GPL-3.0-or-later
"""The New VM wizard: made new, with Windows, from a template; and what comes after it. See gallery.py."""
from client import constants
from gallery import picture

VM = constants("client/ui/new_vm_wizard.h")
SEED = constants("client/ui/seed_pages.h")
WIZARD = constants("client/win/wizard.h")
MARK = "<vm><guest>debian12</guest><folder>Library/Web</folder><tag>web</tag><tag>approved</tag><template family='Debian 12 with nginx' version='3'>Security updates of May</template></vm>"


def go_on(look, wizard):
    steps = wizard.child(WIZARD["WIZARD_STEPS"])
    step = steps.text
    wizard.child(WIZARD["WIZARD_NEXT"]).wait_enabled()
    wizard.child(WIZARD["WIZARD_NEXT"]).click()
    look.drive.until(lambda: steps.text != step, "the next page")


def begin(look):
    """The wizard on its page Name, whether or not the host has a template by now."""
    look.select_root(look.server)
    wizard = look.open("vm.new", "NEW_VM_TITLE")
    if wizard.child(WIZARD["WIZARD_STEPS"]).text == look.words("NEW_VM_STEP_SOURCE"):
        go_on(look, wizard)
    return wizard


def discard(look, wizard, name=None):
    wizard.close()
    question = look.question(wizard)
    if name:
        look.at(question, name, other_in_the_dark=True)
    question.press(look.words("NEW_VM_LEAVE_VERB"))
    wizard.wait_gone()


def fill_cloud(look, wizard):
    wizard.child(SEED["SEED_ON"]).click()
    wizard.child(SEED["SEED_USER"]).edit("admin")
    wizard.child(SEED["SEED_PASSWORD"]).edit("secret")
    look.at(wizard, "wizard-cloud-on")
    go_on(look, wizard)
    wizard.child(SEED["SEED_FIXED"]).click()
    wizard.child(SEED["SEED_ADDRESSES"]).edit("10.0.0.5")
    look.at(wizard, "wizard-cloud-more-wrong")
    wizard.child(SEED["SEED_ADDRESSES"]).edit("10.0.0.5/24")


@picture("client/ui/new_vm_wizard.c:new_vm_wizard")
def new_vm(look):
    wizard = begin(look)
    look.at(wizard, "wizard-name-empty")
    wizard.child(VM["NEW_VM_NAME_EDIT"]).edit("web01")
    for page in ("name", "media", "guest", "cpu", "disk", "network", "firmware", "cloud"):
        if page == "guest":
            wizard.child(VM["NEW_VM_GUEST_SEARCH"]).edit("debian12")
        if page == "cloud":
            look.at(wizard, "wizard-cloud")
            fill_cloud(look, wizard)
        look.at(wizard, "wizard-" + (page if page != "cloud" else "cloud-more"))
        go_on(look, wizard)
    look.at(wizard, "wizard-finish")
    discard(look, wizard, "wizard-leave")


@picture()
def new_windows(look):
    wizard = begin(look)
    wizard.child(VM["NEW_VM_NAME_EDIT"]).edit("win01")
    for page in ("name", "media", "guest", "cpu", "disk", "network", "firmware"):
        if page == "guest":
            wizard.child(VM["NEW_VM_GUEST_SEARCH"]).edit("win10")
        go_on(look, wizard)
    look.at(wizard, "wizard-answers")
    wizard.child(VM["NEW_VM_ANSWERS_ON"]).click()
    look.at(wizard, "wizard-answers-on")
    discard(look, wizard)


@picture("client/ui/first_start_wizard.c:first_start_wizard")
def first_start(look):
    look.client.select(look.server, "a-vm")
    wizard = look.open("vm.first_start", "FIRST_START_TITLE", "a-vm")
    look.at(wizard, "first-start")
    wizard.child(SEED["SEED_ON"]).click()
    look.at(wizard, "first-start-none")
    discard(look, wizard)


def make_template(look):
    """A template, made by virsh. It stays: the programs of both sizes share the host."""
    if "nginx 3" in look.host.virsh("list", "--all", "--name").split("\n"):
        return
    xml = look.host.virsh("dumpxml", "a-vm", "--inactive").replace("<name>a-vm</name>", "<name>nginx 3</name><description>Debian 12 with nginx and our certificates</description>")
    start, end = xml.index("<uuid>"), xml.index("</uuid>") + 7
    look.host.virsh("define", "/dev/stdin", input=xml[:start] + xml[end:], check=False)
    look.host.virsh("metadata", "nginx 3", "urn:poolcenter:vm:1", "--key", "poolcenter", "--set", MARK, "--config")


@picture()
def new_vm_from_template(look):
    make_template(look)
    look.client.tree.tree_wait(look.server, "nginx 3", timeout=10)
    look.select_root(look.server)
    look.shown.add(look.client.frame.hwnd)  # it has long been on the screen, though another window may have had the keyboard last
    look.at(look.client.frame, "tree-tags")
    wizard = look.open("vm.new", "NEW_VM_TITLE")
    wizard.child(VM["NEW_VM_SOURCES"]).row_of("Debian 12 with nginx")
    look.at(wizard, "wizard-source-new")
    wizard.child(VM["NEW_VM_SOURCES"]).select_rows("Debian 12 with nginx")
    look.at(wizard, "wizard-source")
    go_on(look, wizard)
    wizard.child(VM["NEW_VM_NAME_EDIT"]).edit("web02")
    go_on(look, wizard)
    look.at(wizard, "wizard-copy")
    go_on(look, wizard)
    go_on(look, wizard)
    look.at(wizard, "wizard-copy-finish")
    discard(look, wizard)
