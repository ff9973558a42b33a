# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole road through the real window: from Add Server to a VM that boots from an uploaded ISO, and its end.

Every step acts as a person does (keys, mouse, menus, files dropped), is verified by something that is not PoolCenter (virsh,
sha256sum, qemu-img, the guest's own picture) and leaves a picture.  Used by ./demo --tour and test_tour.py.
"""
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time
from xml.etree import ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import accounts  # noqa: E402
import guests  # noqa: E402
from client import Client, constants  # noqa: E402
from drive import Drive, DriveError  # noqa: E402
from lab import Host, wait_for  # noqa: E402
from window import Window  # noqa: E402

STORE_IDS, WIZARD = constants("client/ui/datastore_wizard.h"), constants("client/win/wizard.h")
STORE, STORE_PATH = "iso-library", "/srv/poolcenter-lab/iso-library"
VM = "web01"
ISOS = (guests.GRUB_ISO, guests.MEMTEST_ISO, guests.IPXE_ISO)
BIG_ISO_SIZE = 600 << 20  # large enough to be seen on its way
GRUB = os.path.basename(guests.GRUB_ISO)
MEMTEST = os.path.basename(guests.MEMTEST_ISO)


class TourError(Exception):
    """Window and host do not agree, or something is missing."""


def expect(condition, sentence):
    if not condition:
        raise TourError(sentence)


def screen_size(dpi):
    return 1280 * dpi // 96, 900 * dpi // 96


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Tour:
    """The steps in their order; each needs what those before it made."""

    def __init__(self, host, drive, client, pictures, say=print):
        self.host, self.drive, self.client, self.pictures, self.say = host, drive, client, pictures, say
        self.words = client.words
        self.server = f"127.0.0.1:{host.port}"
        self.files = tempfile.TemporaryDirectory(prefix="poolcenter-tour-")

    def close(self):
        self.files.cleanup()

    def picture(self, name, window=None, settle=0.3):
        """Of the main window, or of the whole screen around a dialog."""
        (window or self.client.frame).screenshot(os.path.join(self.pictures, name + ".png"), settle=settle)

    def picture_with(self, name, dialog):
        """Of the main window with a dialog on it."""
        dialog.ping()
        self.picture(name)

    # -- step 3: a server --------------------------------------------------------------------------

    def first_start(self):
        """Nothing is known yet: the window says what to do."""
        client = self.client.start()
        client.frame.show(3)
        client.button(client.frame, "EMPTY_BUTTON")
        client.frame.assert_layout()
        self.picture("first-start")

    def add_server(self):
        """Ctrl+Shift+A, the login typed with real keys, the unknown host's fingerprint compared and accepted."""
        client, drive, describe = self.client, self.drive, self.host.describe()
        client.frame.foreground()
        drive.key("ctrl+shift+a")
        dialog = client.dialog("ADD_SERVER_TITLE")
        ids = constants("client/ui/add_server_dialog.c")
        dialog.foreground()
        self.type_next(dialog, "HOST", describe["host"])
        self.type_next(dialog, "PORT", str(describe["port"]))
        self.type_next(dialog, "USER", "operator")
        drive.key("Tab")
        self.type_next(dialog, "PASSWORD", accounts.PASSWORD)
        dialog.child(ids["AT_START"]).check(False)
        dialog.assert_layout()
        self.picture_with("add-server", dialog)
        drive.key("Return")
        question = client.dialog("PROMPT_HOST_KEY_TITLE")
        shown = "\n".join([question.texts(), *(str(child.text) for child in question.children())])
        expect(self.host.fingerprint() in shown, f"the dialog does not show {self.host.fingerprint()}: {shown}")
        question.assert_layout()
        self.picture_with("host-key", question)
        client.button(question, "PROMPT_TRUST").click()
        dialog.wait_gone(timeout=20)
        self.server = client.tree.tree()[0]["text"]
        client.tree.tree_wait(self.server, "local", timeout=20)
        log = self.host.log("sshd")
        expect(re.search(r"Accepted (password|keyboard-interactive/pam) for operator", log), f"sshd saw no login by password: {log[-500:]}")
        self.say(f"connected as operator; host key {self.host.fingerprint()} shown, compared and accepted")

    def type_next(self, dialog, name, text):
        """Real keys into a field of Add Server, and Tab once they have arrived."""
        field = dialog.child(constants("client/ui/add_server_dialog.c")[name])
        self.drive.key("ctrl+a")
        self.drive.type(text)
        field.wait_text(text)
        if name != "PASSWORD":
            self.drive.key("Tab")

    def nothing_secret_is_kept(self):
        """The server is remembered, its password is nowhere."""
        for folder, _, names in os.walk(self.client.folder):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    expect(accounts.PASSWORD.encode() not in file.read(), f"the password is in {name}")
        remembered = self.client.read_settings()["servers"]
        expect([server["port"] for server in remembered] == [self.host.port], f"remembered: {remembered}")

    # -- step 4: the tree --------------------------------------------------------------------------

    def tree_is_live(self):
        """What virsh does shows within a second, and virsh is the only one who does anything."""
        tree = self.client.tree
        guests.define(self.host, "by-virsh")
        tree.tree_wait(self.server, "by-virsh", timeout=5)
        off = tree.tree_item(self.server, "by-virsh")["image"]
        started = time.monotonic()
        self.host.virsh("start", "by-virsh")
        returned = time.monotonic()
        self.drive.until(lambda: tree.tree_item(self.server, "by-virsh")["image"] != off, "the icon of a started VM", 5, step=0.01)
        shown = time.monotonic()
        expect(shown - returned < 1, f"a started VM was shown {shown - returned:.2f} s after virsh returned")
        self.client.select(self.server)
        self.picture("tree")
        self.host.virsh("destroy", "by-virsh")
        tree.tree_wait_image(off, self.server, "by-virsh", timeout=5)
        self.say(f"'virsh start' was in the tree {max(shown - returned, 0) * 1000:.0f} ms after it returned ({shown - started:.2f} s after it began)")

    def search(self):
        """Typing filters; Esc brings everything back."""
        client, drive = self.client, self.drive
        before = client.tree.tree_text()
        client.frame.foreground()
        drive.key("ctrl+f")
        drive.type("VIRSH")
        client.tree.tree_wait_gone(self.server, "local", timeout=5)
        expect("by-virsh" in client.tree.tree_text(), f"the filter hides what matches:\n{client.tree.tree_text()}")
        self.picture("search")
        drive.key("Escape")
        drive.until(lambda: client.tree.tree_text() == before, "the whole tree after Esc", 5)

    def general_page(self):
        """The host's facts agree with the host."""
        self.client.select(self.server)
        self.client.page("PAGE_GENERAL")
        shown = self.drive.until(self.general_rows, "the properties of the host")
        model = re.search(r"^model name\s*: (.*)$", self.host.exec("cat", "/proc/cpuinfo"), re.M).group(1).strip()
        expect(model in shown.values(), f"no CPU model '{model}' in {shown}")
        version = self.host.virsh("version").splitlines()[0].split()[-1]
        expect(any(version in value for value in shown.values()), f"no libvirt version {version} in {shown}")
        self.picture("general")

    def general_rows(self):
        for view in self.client.frame.children("SysListView32"):
            rows = view.rows()
            if any(row[0] == self.words("FIELD_CPU_MODEL") for row in rows):
                return {row[0]: row[1] for row in rows if len(row) > 1}
        return None

    # -- step 5: datastore and uploads -----------------------------------------------------------

    def new_datastore(self):
        client = self.client
        client.select(self.server)
        client.command("datastore.new")
        wizard = client.dialog("NEW_DATASTORE_TITLE")

        def next_page():
            title = wizard.child(WIZARD["WIZARD_STEPS"]).text
            wizard.child(WIZARD["WIZARD_NEXT"]).wait_enabled()
            wizard.child(WIZARD["WIZARD_NEXT"]).click()
            self.drive.until(lambda: wizard.child(WIZARD["WIZARD_STEPS"]).text != title, "the next page")
        kinds = wizard.child(STORE_IDS["STORE_KINDS"])
        self.drive.until(lambda: client.words("STORE_POSSIBLE") in [row[1] for row in kinds.rows()], "the host's answer", 20)
        wizard.assert_layout()
        self.picture_with("new-datastore", wizard)
        next_page()
        wizard.child(STORE_IDS["STORE_NAME"]).edit(STORE)
        next_page()
        wizard.child(STORE_IDS["STORE_PLACE"] + STORE_IDS["FIELD_PATH"]).edit(STORE_PATH)
        next_page()
        wizard.child(WIZARD["WIZARD_NEXT"]).wait_enabled(timeout=30)
        self.picture_with("datastore-test", wizard)
        wizard.child(WIZARD["WIZARD_NEXT"]).click()
        wizard.wait_gone(timeout=20)
        client.tree.tree_wait(self.server, STORE, timeout=10)
        info = self.host.virsh("pool-info", STORE)
        expect(re.search(r"State:\s+running", info) and re.search(r"Autostart:\s+yes", info), info)
        expect(os.path.isdir(self.host.outside(STORE_PATH)), f"{STORE_PATH} was not made")

    def upload_by_drop(self):
        """Several real ISOs and a big file, dropped on the datastore's page; each compared by sha256sum on the host."""
        big = os.path.join(self.files.name, "büro image.iso")
        with open(big, "wb") as file:
            for _ in range(BIG_ISO_SIZE >> 20):
                file.write(os.urandom(1 << 20))
        self.client.select(self.server, STORE)
        self.client.page("PAGE_STORAGE")
        page = self.volume_list()
        self.drop(big, *ISOS[:2])
        names = [os.path.basename(path) for path in (big, *ISOS[:2])]
        self.drive.until(lambda: self.on_its_way(os.path.basename(big)) or page.row_count() == len(names), "an upload on its way", 60, step=0.02)
        self.picture("upload", settle=0.1)
        for name in names:
            page.row_of(name, 0, timeout=90)
        self.compare(big, *ISOS[:2])

    def upload_by_picker(self):
        """Ctrl+U and the file dialog."""
        self.client.select(self.server, STORE)
        self.client.frame.foreground()
        self.drive.key("ctrl+u")
        picker = self.client.app.window(cls="#32770")
        edit = picker.find(cls="Edit")
        edit.edit("Z:" + ISOS[2].replace("/", "\\"))
        self.picture_with("file-picker", picker)
        picker.foreground()
        self.drive.key("Return")
        self.volume_list().row_of(os.path.basename(ISOS[2]), 0, timeout=30)
        self.compare(ISOS[2])

    def upload_goes_on_after_a_cut(self):
        """The SSH connection is killed in the middle; the upload ends all the same, without sending twice."""
        again = os.path.join(self.files.name, "cut.iso")
        os.rename(os.path.join(self.files.name, "büro image.iso"), again)
        page = self.volume_list()
        self.drop(again)
        part = self.drive.until(lambda: self.part_size() > BIG_ISO_SIZE // 8 and self.part_size(), "a part of the file on the host", 30, step=0.01)
        self.host.kill_ssh_children()
        page.row_of("cut.iso", 0, timeout=120)
        self.compare(again)
        self.say(f"the connection was cut after {part >> 20} MiB; the upload went on and its SHA-256 is right")

    def upload_small(self):
        """What the short tour needs."""
        self.client.select(self.server, STORE)
        self.client.page("PAGE_STORAGE")
        self.drop(guests.GRUB_ISO)
        self.volume_list().row_of(GRUB, 0, timeout=30)
        self.compare(guests.GRUB_ISO)

    def part_size(self):
        folder = self.host.outside(STORE_PATH)
        return max([os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder) if name.endswith(".part")], default=0)

    def overwriting_is_asked(self):
        """A file that exists stays as it is until somebody says yes."""
        other = os.path.join(self.files.name, GRUB)
        with open(other, "wb") as file:
            file.write(b"not the same")
        self.drop(other)
        question = self.client.dialog("REPLACE_TITLE", timeout=15)
        expect(GRUB in "\n".join(str(child.text) for child in question.children()), f"the question does not name {GRUB}")
        question.assert_layout()
        self.picture_with("overwrite", question)
        self.client.button(question, "REPLACE_SKIP").click()
        question.wait_gone()
        self.compare(guests.GRUB_ISO)

    def compare(self, *paths):
        for path in paths:
            name = os.path.basename(path)
            there = self.host.exec("sha256sum", f"{STORE_PATH}/{name}").split()[0].lstrip("\\")
            expect(there == sha256(path), f"'{name}' on the host differs from what was uploaded")
        self.say("sha256sum on the host agrees: " + ", ".join(os.path.basename(path) for path in paths))

    def drop(self, *paths):
        """On the Storage page, as Explorer does."""
        Window(self.drive, self.volume_list().facts()["parent"]).drop(*paths)

    def volume_list(self):
        """The list of the Storage page that is shown."""
        def look():
            for view in self.client.frame.children("SysListView32"):
                if any(column["text"] == self.words("COLUMN_ALLOCATED") for column in view.columns()):
                    return view
            return None
        return self.drive.until(look, "the list of volumes")

    def task_list(self):
        return next(view for view in self.client.frame.children("SysListView32")
                    if any(column["text"] == self.words("TASKS_TASK") for column in view.columns()))

    def tasks(self):
        return self.task_list().rows()

    def on_its_way(self, name):
        """Is the upload of that file past its first quarter, and not at its end?"""
        cells = [cell for row in self.tasks() if name in row for cell in row]
        return any(re.fullmatch(r"(2[5-9]|[3-8]\d)\s*%", cell) for cell in cells)

    # -- step 6: a VM ------------------------------------------------------------------------------

    def new_vm(self):
        """Every page of the wizard, Back included, then the VM as virsh and qemu-img see it."""
        client = self.client
        ids = constants("client/ui/new_vm_wizard.h")
        client.select(self.server)
        client.frame.foreground()
        self.drive.key("ctrl+n")
        wizard = client.dialog("NEW_VM_TITLE")
        next_button, back = wizard.child(constants("client/win/wizard.h")["WIZARD_NEXT"]), wizard.child(constants("client/win/wizard.h")["WIZARD_BACK"])
        name = wizard.child(ids["NEW_VM_NAME_EDIT"])
        name.edit("by-virsh")
        next_button.wait_enabled(False)
        name.edit(VM)
        wizard.child(ids["NEW_VM_DESCRIPTION"]).edit("Made by the tour")
        wizard.assert_layout()
        self.picture_with("new-vm", wizard)
        next_button.click()
        media = wizard.child(ids["NEW_VM_MEDIA_LIST"])
        media.row_of(GRUB, 0, timeout=20)
        media.select_rows(self.drive.until(lambda: next((at for at, row in enumerate(media.rows()) if row[0] == GRUB and STORE in row), None),
                                           f"{GRUB} of {STORE} in the list"))
        self.picture_with("new-vm-media", wizard)
        next_button.click()
        wizard.child(ids["NEW_VM_GUEST_SEARCH"]).edit("debian")
        self.picture_with("new-vm-guest", wizard)
        next_button.click()
        wizard.child(ids["NEW_VM_CPUS"]).edit("2")
        wizard.child(ids["NEW_VM_MEMORY"]).edit("256")
        self.picture_with("new-vm-cpu", wizard)
        next_button.click()
        wizard.child(ids["NEW_VM_DISK_SIZE"]).edit("3")
        back.click()
        expect(wizard.child(ids["NEW_VM_MEMORY"]).text == "256", "Back lost the memory size")
        next_button.click()
        size = wizard.child(ids["NEW_VM_DISK_SIZE"])
        expect(size.text == "3", "going back and forward lost the disk size")
        store = wizard.child(ids["NEW_VM_DISK_STORE"])
        store.select_item(next(item for item in store.items() if item.startswith("local ")))
        self.picture_with("new-vm-disk", wizard)
        next_button.click()
        wizard.child(ids["NEW_VM_NETWORKS"])
        next_button.click()
        wizard.child(ids["NEW_VM_BIOS"]).click()
        next_button.click()
        wizard.child(constants("client/ui/seed_pages.h")["SEED_ON"])
        self.picture_with("new-vm-cloud", wizard)
        next_button.click()
        wizard.child(ids["NEW_VM_SUMMARY"]).row_of(VM)
        wizard.child(ids["NEW_VM_START"]).check(True)
        wizard.assert_layout()
        self.picture_with("new-vm-summary", wizard)
        next_button.click()
        wizard.wait_gone(timeout=30)
        client.tree.tree_wait(self.server, VM, timeout=10)
        self.check_vm()

    def check_vm(self):
        wait_for(lambda: VM in self.host.virsh("list", "--name").split(), f"virsh to list '{VM}' as running", 20, 0.1)
        domain = ElementTree.fromstring(self.host.virsh("dumpxml", VM))
        expect(domain.findtext("vcpu") == "2", f"{domain.findtext('vcpu')} CPUs instead of 2")
        expect(domain.find("currentMemory").text == str(256 << 10), f"memory: {domain.findtext('currentMemory')}")
        sources = {disk.get("device"): disk.find("source").get("file") for disk in domain.iter("disk")}
        expect(sources.get("cdrom") == f"{STORE_PATH}/{GRUB}", f"the CD drive has {sources}")
        self.disk = sources["disk"]
        image = self.host.exec("qemu-img", "info", "--force-share", "--output=json", self.disk)
        expect('"virtual-size": 3221225472' in image and '"format": "qcow2"' in image, image)
        expect(not any(graphics.get("port", "-1") not in ("-1", "0") for graphics in domain.iter("graphics")), "the VM's VNC listens on a TCP port")
        self.say(f"'{VM}' runs: 2 CPUs, 256 MB, qcow2 of 3 GB, {GRUB} in its CD drive; no VNC port is open")

    # -- step 7: console and power ---------------------------------------------------------------

    def console_shows_the_guest(self):
        """GRUB's menu, pixel by pixel what virsh screenshot says; Down moves the menu."""
        self.client.select(self.server, VM)
        self.client.page("PAGE_CONSOLE")
        before = os.path.join(self.files.name, "before.png")
        self.drive.until(lambda: self.selected_line(guests.screenshot(self.host, VM, before)), "GRUB's menu", 60, step=0.3)
        # virsh may see the menu before the console is connected, and keys are lost until then.
        connected = self.words("CONSOLE_STATE_CONNECTED").split("{")[0]
        self.drive.until(lambda: any(child.known["text"].startswith(connected) for child in self.client.frame.children("Static")), "the console to be connected", 20)
        self.client.frame.foreground()
        self.view().click_at()
        self.drive.key("Down")  # ends GRUB's countdown, too
        moved = os.path.join(self.files.name, "moved.png")
        self.drive.until(lambda: self.selected_line(guests.screenshot(self.host, VM, moved)) != self.selected_line(before), "GRUB's menu to move", 15, step=0.3)
        self.wait_same_picture("console")
        self.say("the console shows the guest's own picture pixel by pixel; keys move GRUB's menu")

    def selected_line(self, picture):
        """Number of GRUB's bright line: the one whose left end is light."""
        width, height, data = guests.pixels(picture)
        return [y for y in range(4, height, 16) if data[(y * width + 400) * 3] > 100 and 60 < y < 280]

    def view(self):
        return self.client.frame.find(cls=CONSOLE_CLASS)

    def wait_same_picture(self, name):
        """The console's part of the screen is what the guest shows."""
        guest, shown = (os.path.join(self.files.name, kind) for kind in ("guest.png", "shown.png"))

        def same():
            guests.screenshot(self.host, VM, guest)
            view = self.view()
            view.screenshot(shown)
            return contains(guests.pixels(shown), guests.pixels(guest))
        self.drive.until(same, "the console to show what the guest shows", 20, step=0.3)
        self.picture(name)

    def keyboard_types(self):
        """GRUB's command line gets what is typed: letters, shift, digits, signs."""
        self.view().click_at()
        self.drive.key("c")
        time.sleep(0.5)
        before = os.path.join(self.files.name, "line.png")
        guests.screenshot(self.host, VM, before)
        self.drive.type("echo Hello-World_42")
        self.drive.key("Return")
        after = os.path.join(self.files.name, "echo.png")
        self.drive.until(lambda: guests.pixels(guests.screenshot(self.host, VM, after))[2] != guests.pixels(before)[2], "GRUB to answer", 10, step=0.3)
        self.wait_same_picture("console-typed")

    def state(self, state, timeout=15):
        wait_for(lambda: self.host.virsh("domstate", VM) == state, f"'{VM}' to be {state}", timeout, 0.05)

    def pause_and_resume(self):
        client = self.client
        client.wait_command("vm.resume", False)
        client.command("vm.pause")
        self.state("paused")
        client.wait_command("vm.pause", False)
        client.wait_command("vm.resume", True)
        self.picture("paused")
        client.command("vm.resume")
        self.state("running")
        client.wait_command("vm.pause", True)

    def source_of_cd(self):
        rows = [line.split() for line in self.host.virsh("domblklist", VM, "--details").splitlines()]
        return next(row[3] for row in rows if row[1] == "cdrom")

    def change_cd(self):
        """Eject, then another ISO, by the console's CD selector."""
        client = self.client
        client.select(self.server, VM)
        client.page("PAGE_CONSOLE")
        client.button(client.frame, "CONSOLE_EJECT").click()
        wait_for(lambda: self.source_of_cd() == "-", "virsh to see an empty CD drive", 15, 0.1)
        box = self.media_box()
        box.wait_enabled()  # virsh may know before the window does
        self.drive.until(lambda: box.selected_item() == self.words("CONSOLE_CD_EMPTY"), "the selector to say that the drive is empty")
        box.click_at()  # opens the list; a real choice, since walking through it with keys alone must not change the CD
        self.drive.type(MEMTEST[0])
        self.drive.until(lambda: MEMTEST in (box.selected_item() or ""), f"{MEMTEST} to be chosen")
        self.drive.key("Return")
        wait_for(lambda: self.source_of_cd().endswith(MEMTEST), "virsh to see the other ISO", 15, 0.1)
        self.picture("cd-changed")
        self.say("the CD was ejected and another one inserted while the VM ran (virsh domblklist)")

    def media_box(self):
        return self.drive.until(lambda: next((box for box in self.client.frame.children("ComboBox") if any(MEMTEST in item for item in box.items())), None),
                                f"a list of ISOs with {MEMTEST}")

    def reset_boots_the_other_cd(self):
        """Reset asks; the guest then boots the memory test, and the console follows by itself."""
        self.client.command("vm.reset")
        self.confirm("VERB_RESET")
        picture = os.path.join(self.files.name, "memtest.png")
        self.drive.until(lambda: guests.colours(guests.screenshot(self.host, VM, picture)) >= 4, "the memory test to show", 60, step=0.5)
        self.picture("memtest", settle=1)

    def confirm(self, verb):
        question = self.client.app.window(cls="#32770")
        question.press(self.words(verb))
        question.wait_gone()

    def force_off(self):
        self.client.tree.tree_click(self.server, VM)  # while the console has the focus, keys belong to the guest
        self.drive.key("ctrl+shift+e")
        self.confirm("VERB_FORCE_OFF")
        self.state("shut off")
        self.client.wait_command("vm.start", True)
        self.picture("off")

    def delete_vm(self):
        """With its disk; the ISO stays."""
        client = self.client
        client.select(self.server, VM)
        client.command("vm.delete")
        dialog = client.dialog("DELETE_VM_TITLE", VM)
        dialog.assert_layout()
        disks = dialog.find(cls="SysListView32")
        disks.check_row(0)
        self.picture_with("delete-vm", dialog)
        client.button(dialog, "DELETE_VM_VERB").click()
        dialog.wait_gone(timeout=20)
        client.tree.tree_wait_gone(self.server, VM, timeout=15)
        expect(VM not in self.host.virsh("list", "--all", "--name").split(), "virsh still lists the VM")
        expect(not os.path.exists(self.host.outside(self.disk)), f"{self.disk} is still there")
        self.compare(guests.GRUB_ISO)

    def pages_fit(self):
        """Every page of every kind of object, nothing clipped."""
        for name in (None, VM, STORE, "default"):
            self.client.select(*filter(None, (self.server, name)))
            tabs = self.client.frame.find(cls="SysTabControl32")
            for title in tabs.tabs():
                tabs.select_tab(title)
                self.client.frame.assert_layout()
                self.picture(f"page-{name or 'host'}-{tabs.tabs().index(title)}")

    def delete_running_vm(self):
        """Force off, then delete."""
        self.client.select(self.server, VM)
        self.force_off()
        self.delete_vm()

    def about(self):
        self.client.command("help.about")
        dialog = self.client.dialog("ABOUT_TITLE")
        dialog.assert_layout()
        self.picture_with("about", dialog)
        dialog.foreground()
        self.drive.key("Escape")
        dialog.wait_gone()

    def restart(self):
        """Closed and started again: the server is still in the list, not connected, without its password."""
        code = self.client.close()
        expect(code == 0, f"the program ended with code {code}")
        self.client.start(fresh=False)
        shown = self.client.tree.tree_text()
        expect(self.words("TREE_OFFLINE", self.server) in shown, f"the tree after a restart: {shown}")
        self.nothing_secret_is_kept()


STEPS = ("first_start", "add_server", "nothing_secret_is_kept", "tree_is_live", "search", "general_page", "new_datastore",
         "upload_by_drop", "upload_by_picker", "upload_goes_on_after_a_cut", "overwriting_is_asked", "new_vm", "console_shows_the_guest",
         "keyboard_types", "pause_and_resume", "change_cd", "reset_boots_the_other_cd", "force_off", "delete_vm", "restart")
SHORT_STEPS = ("first_start", "add_server", "tree_is_live", "general_page", "new_datastore", "upload_small", "overwriting_is_asked", "new_vm",
               "console_shows_the_guest", "pages_fit", "delete_running_vm", "about", "restart")
CONSOLE_CLASS = "PoolCenterConsole"


def contains(outer, inner, tolerance=0.002):
    """Is the inner picture somewhere in the outer one, but for a few pixels (a blinking cursor)?

    The place is found by the inner one's most telling row, then everything is compared.
    """
    width, height, data = inner
    outer_width, outer_height, outer_data = outer
    row = max(range(height), key=lambda y: len(set(data[y * width * 3:(y + 1) * width * 3:3])) * 1000 + y % 7)
    needle = data[row * width * 3:(row + 1) * width * 3]
    at = outer_data.find(needle)
    while at >= 0:
        left, top = (at // 3) % outer_width, at // 3 // outer_width - row
        if at % 3 == 0 and 0 <= top <= outer_height - height and left + width <= outer_width:
            wrong = 0
            for y in range(height):
                a = data[y * width * 3:(y + 1) * width * 3]
                start = ((top + y) * outer_width + left) * 3
                b = outer_data[start:start + width * 3]
                wrong += 0 if a == b else sum(a[i:i + 3] != b[i:i + 3] for i in range(0, len(a), 3))
            if wrong <= width * height * tolerance:
                return True
        at = outer_data.find(needle, at + 1)
    return False


def run(name, agent, program, pictures, hostname=None, language="en", dark=False, dpi=96, display=None, say=print, keep=False):
    """All steps, one after the other; raises at the first that fails."""
    host = Host(name, agent=agent, hostname=hostname)
    try:
        host.up()
        with Drive(language=language, dpi=dpi, display=display, size=screen_size(dpi), artifacts=pictures) as drive, \
                Client(drive, language, dark, program) as client:
            tour = Tour(host, drive, client, pictures, say)
            try:
                for number, step in enumerate(STEPS, 1):
                    began = time.monotonic()
                    getattr(tour, step)()
                    say(f"{number:2}/{len(STEPS)} {step.replace('_', ' ')} ({time.monotonic() - began:.1f} s)")
            finally:
                tour.close()
    except (TourError, subprocess.CalledProcessError) as error:
        raise DriveError(str(error)) from None
    finally:
        if not keep:
            host.down()
