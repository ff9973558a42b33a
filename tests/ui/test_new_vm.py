#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the New VM wizard knows besides the plain road (test_dialogs.py): guest kinds of the host, recognized media, templates, first starts, hardware before the
first start; and folders and tags in the tree. virsh, and the seed's ISO as xorriso reads it, say what came of it."""
import json
import os
import subprocess
import sys
import tempfile
import unittest
from xml.etree import ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import guests  # noqa: E402
from client import Client, constants  # noqa: E402
from drive import Drive  # noqa: E402
from lab import Host  # noqa: E402
from poolctl import AGENT  # noqa: E402

VM, SEED, IMPORT, WIZARD, BOOK = (constants(f"client/{file}") for file in ("ui/new_vm_wizard.h", "ui/seed_pages.h", "ui/import_wizard.h", "win/wizard.h", "win/book.h"))
MEMORY = constants("client/ui/properties_memory_page.c")
OK, YES, CANCEL = 1, 6, 2
LOCAL = "/srv/poolcenter-lab/local"
DEBIAN_ISO = "debian.iso"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJt0RdTnGJBa4pS8MKCIlvd1sLHr3tUHGfDpIhvLnQ4M test@example"
TEMPLATE = "<vm><guest>debian12</guest><template family='nginx' version='2'>With certificates</template></vm>"


class NewVmTest(unittest.TestCase):
    language = "en"

    @classmethod
    def setUpClass(cls):
        cls.host = Host(f"newvm-{os.getpid()}", agent=AGENT).up()
        cls.addClassCleanup(cls.host.down)
        cls.make_iso()
        cls.drive = cls.enterClassContext(Drive(language=cls.language, size=(1280, 900)))
        cls.client = cls.enterClassContext(Client(cls.drive, cls.language))
        cls.words = cls.client.words
        cls.client.remember(cls.host, name="lab", user="root")
        cls.client.start()
        cls.server = cls.drive.until(lambda: next((row["text"] for row in cls.client.tree.tree() if row["level"] == 0 and "(" not in row["text"]), None),
                                     "the server to be online", 30)
        cls.client.tree.tree_wait(cls.server, "local", timeout=30)

    @classmethod
    def make_iso(cls):
        """Nothing but the label of Debian's installer."""
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "readme"), "w", encoding="utf-8") as file:
                file.write("empty\n")
            iso = os.path.join(folder, DEBIAN_ISO)
            subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-V", "Debian 12.5.0 amd64 n", "-o", iso, os.path.join(folder, "readme")], check=True, capture_output=True)
            guests.store(cls.host, iso)

    def setUp(self):
        self.addCleanup(self.leave)
        self.client.select(self.server)

    def leave(self):
        """Closes whatever a failed test left open."""
        discards = {self.words("NEW_VM_LEAVE_VERB"), self.words("NEW_VM_KEEP_VERB")}
        def closed():
            windows = [window for window in self.client.app.windows() if window.hwnd != self.client.frame.hwnd]
            for window in (window for window in windows if window.enabled):
                discard = [button for button in window.children("Button") if button.known["text"].replace("&", "") in discards]
                discard[0].click() if discard else window.close()
            return not windows
        self.drive.until(closed, "all dialogs to close", 15, step=0.2)

    # -- the wizard ------------------------------------------------------------------------------

    def wizard(self, name=None):
        self.client.wait_command("vm.new")
        self.client.command("vm.new")
        wizard = self.client.dialog("NEW_VM_TITLE")
        if name:
            wizard.child(VM["NEW_VM_NAME_EDIT"]).edit(name)
        return wizard

    def step(self, wizard):
        return wizard.child(WIZARD["WIZARD_STEPS"]).text

    def next(self, wizard, title=None):
        before = self.step(wizard)
        wizard.child(WIZARD["WIZARD_NEXT"]).wait_enabled()
        wizard.child(WIZARD["WIZARD_NEXT"]).click()
        self.drive.until(lambda: self.step(wizard) != before, f"the page after {before}")
        if title:
            self.assertEqual(self.step(wizard), self.words(title))

    def finish(self, wizard):
        wizard.child(WIZARD["WIZARD_NEXT"]).wait_enabled()
        wizard.child(WIZARD["WIZARD_NEXT"]).click()
        wizard.wait_gone(timeout=30)

    def says(self, wizard, words):
        self.drive.until(lambda: any(words in child.known["text"] for child in wizard.children()), f"the wizard to say '{words}'")

    def to_guest(self, wizard, iso=None):
        self.next(wizard, "NEW_VM_STEP_MEDIA")
        if iso:
            media = wizard.child(VM["NEW_VM_MEDIA_LIST"])
            media.row_of(iso, 0, timeout=20)
            media.select_rows(iso)
        self.next(wizard, "NEW_VM_STEP_GUEST")

    def guest(self, wizard, search, name):
        wizard.child(VM["NEW_VM_GUEST_SEARCH"]).edit(search)
        note = wizard.child(VM["NEW_VM_GUEST_NOTE"])
        self.drive.until(lambda: note.text.startswith(name), f"'{name}' to be chosen")

    def to_finish(self, wizard):
        while self.step(wizard) != self.words("NEW_VM_STEP_FINISH"):
            self.next(wizard)

    def summary(self, wizard):
        return {row[0]: row[1] for row in wizard.child(VM["NEW_VM_SUMMARY"]).rows()}

    def define(self, name, metadata=None):
        guests.define(self.host, name)
        self.addCleanup(self.remove, name)
        if metadata:
            self.host.virsh("metadata", name, "urn:poolcenter:vm:1", "--key", "poolcenter", "--set", metadata, "--config")
        self.client.tree.tree_wait(self.server, name, timeout=15)

    def remove(self, name):
        """Until the window knows: the wizard begins with another page where there are templates."""
        self.host.virsh("destroy", name, check=False)
        self.host.virsh("undefine", name, "--nvram", check=False)
        self.client.tree.tree_wait_gone(self.server, name, timeout=15)

    # -- tests -----------------------------------------------------------------------------------

    def test_kinds_of_the_host_and_a_recognized_medium(self):
        """The host's osinfo-db has far more systems than we; its label tells what an ISO installs."""
        wizard = self.wizard("kinds")
        self.next(wizard)
        media = wizard.child(VM["NEW_VM_MEDIA_LIST"])
        media.row_of(DEBIAN_ISO, 0, timeout=20)
        media.select_rows(DEBIAN_ISO)
        self.says(wizard, self.words("NEW_VM_MEDIA_INSTALLS", "Debian 12"))
        self.next(wizard, "NEW_VM_STEP_GUEST")
        note = wizard.child(VM["NEW_VM_GUEST_NOTE"])
        self.drive.until(lambda: note.text.startswith("Debian 12") and DEBIAN_ISO in note.text, "Debian 12 to be chosen")
        self.guest(wizard, "fedora36", "Fedora")
        self.guest(wizard, "Windows 11", "Microsoft Windows 11")
        self.assertIn("TPM", note.text)
        self.next(wizard, "NEW_VM_STEP_CPU")
        self.assertGreaterEqual(int(wizard.child(VM["NEW_VM_MEMORY"]).text), 4096)

    def test_hardware_before_the_first_start(self):
        """The properties come before the VM starts; it starts with what was changed there."""
        wizard = self.wizard("first")
        self.to_guest(wizard)
        self.guest(wizard, "debian12", "Debian 12")
        self.next(wizard)
        wizard.child(VM["NEW_VM_CPUS"]).edit("1")
        wizard.child(VM["NEW_VM_MEMORY"]).edit("64")
        self.next(wizard)
        wizard.child(VM["NEW_VM_DISK_SIZE"]).edit("1")
        self.to_finish(wizard)
        wizard.child(VM["NEW_VM_CUSTOMISE"]).check(True)
        self.finish(wizard)
        box = self.client.dialog("PROPERTIES_TITLE", "first", timeout=30)
        self.addCleanup(self.remove, "first")
        self.assertEqual(self.host.virsh("domstate", "first"), "shut off")
        pages = box.child(BOOK["BOOK_LIST"])
        self.drive.until(lambda: pages.cell(0, 1), "the settings to be read")
        pages.select_rows(self.words("PROPERTIES_MEMORY"))
        box.child(MEMORY["SIZE_FIELD"]).edit("96")
        self.client.button(box, "NEW_VM_CREATE_AND_START").click()
        box.wait_gone(timeout=30)
        self.drive.until(lambda: self.host.virsh("domstate", "first") == "running", "the VM to run", 30)
        domain = ElementTree.fromstring(self.host.virsh("dumpxml", "first"))
        self.assertEqual(domain.findtext("memory"), str(96 << 10))

    def test_who_cancels_is_asked(self):
        """Cancel leaves a VM that is off, or nothing at all."""
        for verb, stays in (("NEW_VM_KEEP_VERB", True), ("NEW_VM_DELETE_VERB", False)):
            name = "kept" if stays else "gone"
            wizard = self.wizard(name)
            self.to_guest(wizard)
            self.guest(wizard, "debian12", "Debian 12")
            self.next(wizard)
            wizard.child(VM["NEW_VM_MEMORY"]).edit("64")
            self.next(wizard)
            wizard.child(VM["NEW_VM_DISK_SIZE"]).edit("1")
            self.to_finish(wizard)
            wizard.child(VM["NEW_VM_CUSTOMISE"]).check(True)
            self.finish(wizard)
            box = self.client.dialog("PROPERTIES_TITLE", name, timeout=30)
            self.drive.until(lambda: box.child(BOOK["BOOK_LIST"]).cell(0, 1), "the settings to be read")
            disk = self.host.virsh("domblklist", name, "--details")
            disk = next(line.split()[3] for line in disk.splitlines() if " disk " in f" {line} ")
            box.child(CANCEL).click()
            known = {self.client.frame.hwnd, box.hwnd}
            question = self.drive.until(lambda: next((window for window in self.client.app.windows() if window.hwnd not in known), None), "the question")
            question.press(self.words(verb))
            if stays:
                question.wait_gone()
                self.assertEqual(self.host.virsh("domstate", name), "shut off")
                self.remove(name)
            else:
                self.client.tree.tree_wait_gone(self.server, name, timeout=20)
                self.assertNotIn(name, self.host.virsh("list", "--all", "--name").split())
            self.assertEqual(os.path.exists(self.host.outside(disk)), stays)

    def test_template_gallery(self):
        """The first page has the host's templates; a linked copy stands on the template's disk."""
        self.define("nginx 2", TEMPLATE)
        self.add_disk("nginx 2")
        wizard = self.wizard()
        sources = wizard.child(VM["NEW_VM_SOURCES"])
        self.assertEqual([row[:4] for row in sources.rows()][1], ["nginx", "2", "Debian 12", "nginx 2"])
        sources.select_rows("nginx")
        self.says(wizard, "With certificates")
        self.next(wizard, "NEW_VM_STEP_NAME")
        wizard.child(VM["NEW_VM_NAME_EDIT"]).edit("copy")
        self.next(wizard, "NEW_VM_STEP_COPY")
        self.to_finish(wizard)
        self.assertEqual(self.summary(wizard)[self.words("NEW_VM_STEP_COPY")], self.words("NEW_VM_SUMMARY_LINKED"))
        wizard.child(VM["NEW_VM_START"]).check(False)
        self.finish(wizard)
        self.client.tree.tree_wait(self.server, "copy", timeout=30)
        self.addCleanup(self.remove, "copy")
        domain = ElementTree.fromstring(self.host.virsh("dumpxml", "copy"))
        disk = next(each.find("source").get("file") for each in domain.iter("disk") if each.get("device") == "disk")
        image = json.loads(self.host.exec("qemu-img", "info", "--output=json", disk))
        self.assertEqual(image["backing-filename"], f"{LOCAL}/nginx 2.qcow2")

    def add_disk(self, name):
        self.host.exec("qemu-img", "create", "-q", "-f", "qcow2", f"{LOCAL}/{name}.qcow2", "64M")
        self.host.virsh("attach-disk", name, f"{LOCAL}/{name}.qcow2", "vda", "--subdriver", "qcow2", "--config")

    def test_quick_create(self):
        self.define("nginx 2", TEMPLATE)
        self.add_disk("nginx 2")
        wizard = self.wizard()
        wizard.child(VM["NEW_VM_QUICK"]).wait_enabled(False)
        wizard.child(VM["NEW_VM_SOURCES"]).select_rows("nginx")
        wizard.child(VM["NEW_VM_QUICK"]).wait_enabled()
        wizard.child(VM["NEW_VM_QUICK"]).click()
        wizard.wait_gone(timeout=30)
        def made():
            return [name for name in self.host.virsh("list", "--name").split("\n") if name.startswith("nginx")]
        name = self.drive.until(made, "a VM that runs", 30)[0]
        self.remove(name)

    def test_cloud_init(self):
        """The seed's ISO says what was typed; the password stands there as a hash only."""
        wizard = self.wizard("cloud1")
        self.to_guest(wizard)
        self.guest(wizard, "debian12", "Debian 12")
        while self.step(wizard) != self.words("NEW_VM_STEP_CLOUD"):
            self.next(wizard)
        wizard.child(SEED["SEED_ON"]).click()
        self.says(wizard, self.words("SEED_USER_MISSING"))
        wizard.child(SEED["SEED_USER"]).edit("admin")
        self.says(wizard, self.words("SEED_NO_WAY_IN"))
        wizard.child(SEED["SEED_KEYS"]).edit("nonsense")
        self.says(wizard, self.words("SEED_NOT_A_KEY", "nonsense"))
        wizard.child(SEED["SEED_KEYS"]).edit(KEY)
        wizard.child(SEED["SEED_PASSWORD"]).edit("top-secret")
        wizard.child(SEED["SEED_PACKAGES"]).edit("nginx, vim")
        self.assertEqual(wizard.child(SEED["SEED_HOST"]).text, "cloud1")
        self.next(wizard, "NEW_VM_STEP_CLOUD_MORE")
        wizard.child(SEED["SEED_FIXED"]).click()
        self.says(wizard, self.words("SEED_ADDRESS_MISSING"))
        wizard.child(SEED["SEED_ADDRESSES"]).edit("10.0.0.5/24")
        wizard.child(SEED["SEED_GATEWAY"]).edit("10.0.0.1")
        self.to_finish(wizard)
        wizard.child(VM["NEW_VM_START"]).check(False)
        self.finish(wizard)
        self.client.tree.tree_wait(self.server, "cloud1", timeout=30)
        self.addCleanup(self.remove, "cloud1")
        data = self.seed("cloud1")
        self.assertNotIn("top-secret", "".join(data.values()))
        user = json.loads(data["user-data"].split("\n", 1)[1])
        self.assertEqual(user["users"][-1]["name"], "admin")
        self.assertIn(KEY, user["users"][-1]["ssh_authorized_keys"])
        self.assertRegex(json.dumps(user), r"\$6\$")
        self.assertEqual(user["packages"], ["nginx", "vim"])
        self.assertIn("10.0.0.5/24", data["network-config"])
        self.assertIn("cloud1", data["meta-data"])

    def test_image_for_clouds(self):
        """An image that is imported takes the same first start."""
        with tempfile.TemporaryDirectory() as folder:
            image = os.path.join(folder, "cloud2.qcow2")
            subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", image, "16M"], check=True)
            self.client.frame.drop(image, x=600, y=400)
            wizard = self.client.dialog("IMPORT_VM_TITLE")
            while self.step(wizard) != self.words("NEW_VM_STEP_CLOUD"):
                self.next(wizard)
            wizard.child(SEED["SEED_ON"]).click()
            wizard.child(SEED["SEED_USER"]).edit("admin")
            wizard.child(SEED["SEED_KEYS"]).edit(KEY)
            while self.step(wizard) != self.words("IMPORT_VM_STEP_FINISH"):
                self.next(wizard)
            wizard.child(IMPORT["IMPORT_START"]).check(False)
            self.finish(wizard)
            self.client.tree.tree_wait(self.server, "cloud2", timeout=60)
        self.addCleanup(self.remove, "cloud2")
        self.assertIn(KEY, self.seed("cloud2")["user-data"])

    def seed(self, name):
        """{name: text} of the files of the VM's second CD, as xorriso reads them."""
        domain = ElementTree.fromstring(self.host.virsh("dumpxml", name))
        disks = [disk.find("source").get("file") for disk in domain.iter("disk") if disk.get("device") == "cdrom" and disk.find("source") is not None]
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["xorriso", "-osirrox", "on", "-indev", self.host.outside(disks[-1]), "-extract", "/", folder], check=True, capture_output=True)
            return {each: self.read(os.path.join(folder, each)) for each in os.listdir(folder)}

    def read(self, path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    def first_start(self, name):
        self.client.select(self.server, name)
        self.client.wait_command("vm.first_start")
        self.client.command("vm.first_start")
        return self.client.dialog("FIRST_START_TITLE")

    def seeds(self):
        return sorted(name for name in os.listdir(self.host.outside(LOCAL)) if "seed" in name)

    def test_another_first_start(self):
        """A VM that is there gets one, then another one, then none."""
        self.define("was_there")
        self.add_disk("was_there")
        for user, disc in (("first", "was_there-seed.iso"), ("second", "was_there-seed-2.iso")):
            wizard = self.first_start("was_there")
            self.assertTrue(wizard.child(SEED["SEED_ON"]).checked)
            self.assertEqual(wizard.child(SEED["SEED_HOST"]).text, "was-there")
            wizard.child(SEED["SEED_USER"]).edit(user)
            wizard.child(SEED["SEED_KEYS"]).edit(KEY)
            self.next(wizard, "NEW_VM_STEP_CLOUD_MORE")
            self.finish(wizard)
            self.drive.until(lambda: self.seeds() == [disc], f"{disc} on the host", 30)
            self.assertIn(f'"{user}"', self.seed("was_there")["user-data"])
        wizard = self.first_start("was_there")
        wizard.child(SEED["SEED_ON"]).click()
        self.finish(wizard)
        self.drive.until(lambda: not self.seeds(), "the seed to go", 30)
        self.assertNotIn("seed", self.host.virsh("dumpxml", "was_there"))

    def test_unattended_windows(self):
        wizard = self.wizard("win1")
        self.to_guest(wizard)
        self.guest(wizard, "win10", "Microsoft Windows 10")
        while self.step(wizard) != self.words("NEW_VM_STEP_ANSWERS"):
            self.next(wizard)
        wizard.child(VM["NEW_VM_ANSWERS_ON"]).click()
        self.says(wizard, self.words("SEED_ADMINISTRATOR_MISSING"))
        wizard.child(VM["NEW_VM_ANSWERS_PASSWORD"]).edit("top-secret")
        wizard.child(VM["NEW_VM_ANSWERS_EDITION"]).edit("Windows 10 Pro")
        wizard.child(VM["NEW_VM_ANSWERS_COMPUTER"]).edit("WIN1")
        zone = wizard.child(VM["NEW_VM_ANSWERS_ZONE"])
        self.assertIn(zone.text, zone.items())  # this computer's
        zone.select_item("W. Europe Standard Time")
        wizard.child(VM["NEW_VM_ANSWERS_LANGUAGE"]).select_item("de-DE")
        self.assertEqual(wizard.child(VM["NEW_VM_ANSWERS_KEYBOARD"]).text, "de-DE")
        wizard.child(VM["NEW_VM_ANSWERS_KEYBOARD"]).children("Edit")[0].edit("0807:00000807")
        wizard.child(VM["NEW_VM_ANSWERS_USER"]).edit("anna@home")
        self.says(wizard, self.words("SEED_EVERYDAY_WRONG"))
        wizard.child(VM["NEW_VM_ANSWERS_USER"]).edit("anna")
        self.says(wizard, self.words("SEED_EVERYDAY_MISSING"))
        wizard.child(VM["NEW_VM_ANSWERS_USER_PASSWORD"]).edit("other-secret")
        self.to_finish(wizard)
        wizard.child(VM["NEW_VM_START"]).check(False)
        self.finish(wizard)
        self.client.tree.tree_wait(self.server, "win1", timeout=30)
        self.addCleanup(self.remove, "win1")
        answers = next(text for name, text in self.seed("win1").items() if name.lower() == "autounattend.xml")
        self.assertNotIn("secret", answers)
        subprocess.run(["xmllint", "--noout", "--nonet", "-"], input=answers, text=True, check=True)
        root = ElementTree.fromstring(answers)
        said = {key: {node.text for node in root.iter("{urn:schemas-microsoft-com:unattend}" + key)} for key in ("TimeZone", "UILanguage", "InputLocale", "DisplayName")}
        self.assertEqual(said, {"TimeZone": {"W. Europe Standard Time"}, "UILanguage": {"de-DE"}, "InputLocale": {"0807:00000807"}, "DisplayName": {"anna"}})
        texts = [node.text for node in ElementTree.fromstring(answers).iter() if node.text]
        self.assertIn("WIN1", texts)
        self.assertIn("Windows 10 Pro", texts)

    def test_folders_and_tags_in_the_tree(self):
        self.define("alpha", "<vm><folder>Lab/Web</folder><tag>web</tag><tag>größer</tag></vm>")
        self.define("beta", "<vm><tag>database</tag></vm>")
        self.define("gamma")
        search = next(each for each in self.client.frame.children("Edit") if each.visible)
        def shown():
            return [row["text"] for row in self.client.tree.tree() if row["level"] == 1]
        self.addCleanup(search.edit, "")
        for words, names in (("tag:web", ["alpha"]), ("TAG:GRÖ", ["alpha"]), ("folder:lab", ["alpha"]), ("folder:web", ["alpha"]), ("tag:", ["alpha", "beta"]),
                             ("tag:data bet", ["beta"]), ("tag:data alp", []), ("alpha", ["alpha"])):
            search.edit(words)
            self.drive.until(lambda: shown() == names, f"'{words}' to find {names}, not {shown()}", 10)
        self.host.virsh("metadata", "gamma", "urn:poolcenter:vm:1", "--key", "poolcenter", "--set", "<vm><tag>web</tag></vm>", "--config")
        search.edit("tag:web")
        self.drive.until(lambda: shown() == ["alpha", "gamma"], "a new tag to be found", 10)


if __name__ == "__main__":
    unittest.main()
