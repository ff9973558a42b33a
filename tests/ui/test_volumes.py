#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The volume browser: each of its actions through the window; qemu-img, virsh and sha256sum on the host say what came of it."""
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import guests  # noqa: E402
from client import Client, constants  # noqa: E402
from drive import Drive, windows_path  # noqa: E402
from lab import Host, wait_for  # noqa: E402
from poolctl import AGENT  # noqa: E402
from texts import Texts  # noqa: E402
from window import Window  # noqa: E402

VOLUME, COPY, FETCH = constants("client/ui/volume_dialogs.c"), constants("client/ui/volume_copy_dialog.c"), constants("client/ui/fetch_dialog.c")
DETAILS, PAGE = constants("client/ui/volume_details_dialog.c"), constants("client/ui/storage_page.c")
NOTE = constants("client/ui/action_dialog.h")["ACTION_NOTE"]
OK, CANCEL = 1, 2
LVM_GETITEMCOUNT = 0x1004
LOCAL, OTHER = "/srv/poolcenter-lab/local", "/srv/poolcenter-lab/other"
GIB, MIB = 1 << 30, 1 << 20
SITE = """import functools, http.server
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="/srv/web")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
print(server.server_address[1], flush=True)
server.serve_forever()"""


class VolumesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.mkdtemp(prefix="pc-volumes-", dir="/var/tmp")
        cls.addClassCleanup(shutil.rmtree, cls.work)
        cls.host = Host(f"volui-{os.getpid()}", agent=AGENT, hostname="lab").up()
        cls.addClassCleanup(cls.host.down)
        guests.store(cls.host, guests.GRUB_ISO)
        cls.host.exec("mkdir", "-p", OTHER)
        cls.host.virsh("pool-define-as", "other", "dir", "--target", OTHER)
        cls.host.virsh("pool-start", "other")
        cls.define_vm("web01", "used.qcow2")
        cls.drive = cls.enterClassContext(Drive(size=(1600, 1200)))
        cls.client = cls.enterClassContext(Client(cls.drive))
        cls.words = cls.client.words
        cls.client.remember(cls.host, name="lab")
        cls.client.start()
        cls.client.tree.tree_wait("lab", "other", timeout=30)
        cls.client.tree.tree_wait("lab", "web01", timeout=30)

    @classmethod
    def define_vm(cls, name, disk, folder=LOCAL):
        cls.host.exec("qemu-img", "create", "-q", "-f", "qcow2", f"{LOCAL}/{disk}", "1G")
        cls.host.virsh("pool-refresh", "local")
        guests.define(cls.host, name)
        xml = f"<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{folder}/{disk}'/><target dev='vda' bus='virtio'/></disk>"
        cls.host.virsh("define", "/dev/stdin", input=cls.host.virsh("dumpxml", name).replace("<devices>", "<devices>" + xml))

    def setUp(self):
        self.addCleanup(self.leave)

    def leave(self):
        """Closes whatever a failed test left open."""
        def closed():
            windows = [window for window in self.client.app.windows() if window.hwnd != self.client.frame.hwnd]
            for window in (window for window in windows if window.enabled):
                window.close()
            return not windows
        self.drive.until(closed, "all dialogs to close", 10, step=0.1)

    def test_a_hidden_page_takes_another_language_when_it_is_shown(self):
        """Not before: the objects that it showed may be gone by then."""
        page = self.browser()
        page.row_of("used.qcow2", 0, timeout=20)
        self.client.page("PAGE_GENERAL")
        self.client.command("view.german")
        self.addCleanup(self.client.command, "view.english")
        german = Texts("de")
        self.drive.until(lambda: self.client.frame.menu()[0]["text"] == german.raw("MENU_FILE"), "the language to change")
        self.assertEqual(page.send(LVM_GETITEMCOUNT), 0)
        self.client.words = german
        self.addCleanup(setattr, self.client, "words", self.words)
        self.client.page("PAGE_STORAGE")
        self.drive.until(lambda: page.visible and any(column["text"] == german("COLUMN_ALLOCATED") for column in page.columns()), "the columns in German")
        page.row_of("used.qcow2", 0, timeout=20)

    # -- helpers ---------------------------------------------------------------------------------

    def browser(self, store="local"):
        self.client.select("lab")  # a row of the list is no longer what commands are for
        self.client.select("lab", store)
        self.client.page("PAGE_STORAGE")

        def look():
            return next((view for view in self.client.frame.children("SysListView32")
                         if view.visible and any(column["text"] == self.words("COLUMN_ALLOCATED") for column in view.columns())), None)
        return self.drive.until(look, "the list of volumes")

    def open(self, command, title, value, volume=None, store="local"):
        page = self.browser(store)
        if volume:
            page.row_of(volume, 0, timeout=20)
            page.select_rows(volume)
        self.client.wait_command(command)
        self.client.command(command)
        return self.client.dialog(title, value)

    def ok(self, dialog, timeout=60):
        dialog.child(OK).wait_enabled()
        dialog.child(OK).click()
        dialog.wait_gone(timeout=timeout)

    def refused(self, dialog, words):
        """OK, and the host's refusal in the dialog."""
        dialog.child(OK).wait_enabled()
        dialog.child(OK).click()
        self.drive.until(lambda: words in dialog.child(NOTE).text, f"'{words}'", 30)
        dialog.close()
        dialog.wait_gone()

    def question(self):
        return self.drive.until(lambda: next((window for window in self.client.app.windows() if window.hwnd != self.client.frame.hwnd), None), "a question", 20)

    def info(self, path):
        return json.loads(self.host.exec("qemu-img", "info", "-U", "--output=json", path))

    def there(self, path):
        return os.path.exists(self.host.outside(path))

    def file(self, path, size, seed=1):
        with open(path, "wb") as file:
            source = random.Random(seed)
            for _ in range(0, size, MIB):
                file.write(source.randbytes(min(MIB, size - file.tell())))
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def host_file(self, name, size, seed=1):
        digest = self.file(self.host.outside(f"{LOCAL}/{name}"), size, seed)
        self.host.virsh("pool-refresh", "local")
        self.addCleanup(self.host.exec, "rm", "-f", f"{LOCAL}/{name}")
        return digest

    def sha256(self, path):
        return self.host.exec("sha256sum", path).split()[0]

    def image(self, name, form="qcow2", size="64M", store=LOCAL):
        self.host.exec("qemu-img", "create", "-q", "-f", form, f"{store}/{name}", size)
        self.host.virsh("pool-refresh", os.path.basename(store))
        self.addCleanup(self.host.exec, "rm", "-f", f"{store}/{name}")

    def start_vm(self):
        self.host.virsh("start", "web01")
        self.addCleanup(self.host.virsh, "destroy", "web01", check=False)
        self.client.select("lab", "web01")
        self.client.wait_command("vm.pause", timeout=30)

    def disk_of(self, *options):
        return re.search(r"source file='([^']+\.(?:qcow2|img|raw))'", self.host.virsh("dumpxml", "web01", *options)).group(1)

    # -- tests -----------------------------------------------------------------------------------

    def test_new_thin_and_thick(self):
        dialog = self.open("volume.new", "NEW_VOLUME_TITLE", "local")
        dialog.child(OK).wait_enabled(False)
        dialog.child(VOLUME["NAME"]).edit("a/b")
        dialog.child(OK).wait_enabled(False)
        dialog.child(VOLUME["NAME"]).edit("thin")
        dialog.child(VOLUME["SIZE_NUMBER"]).edit("3")
        self.ok(dialog)
        self.browser().row_of("thin.qcow2", 0, timeout=20)
        info = self.info(f"{LOCAL}/thin.qcow2")
        self.assertEqual((info["format"], info["virtual-size"]), ("qcow2", 3 * GIB))
        self.assertLess(info["actual-size"], MIB)
        dialog = self.open("volume.new", "NEW_VOLUME_TITLE", "local")
        dialog.child(VOLUME["NAME"]).edit("thick.img")
        dialog.child(VOLUME["SIZE_NUMBER"]).edit("20")
        dialog.child(VOLUME["SIZE_UNIT"]).select_item("MB")
        dialog.child(VOLUME["FORMAT"]).select_item(self.words("NEW_VM_FORMAT_RAW"))
        dialog.child(VOLUME["THICK"]).check(True)
        self.ok(dialog)
        info = self.info(f"{LOCAL}/thick.img")
        self.assertEqual((info["format"], info["virtual-size"]), ("raw", 20 * MIB))
        self.assertGreaterEqual(info["actual-size"], 20 * MIB)
        dialog = self.open("volume.new", "NEW_VOLUME_TITLE", "local")
        dialog.child(VOLUME["NAME"]).edit("thick.img")
        self.refused(dialog, "thick.img")

    def test_another_size(self):
        self.image("grow.qcow2")
        dialog = self.open("volume.resize", "RESIZE_TITLE", "grow.qcow2", "grow.qcow2")
        dialog.child(VOLUME["NOW"]).wait_contains("64")
        dialog.child(VOLUME["SIZE_NUMBER"]).edit("100")
        self.ok(dialog)
        self.assertEqual(self.info(f"{LOCAL}/grow.qcow2")["virtual-size"], 100 * MIB)
        dialog = self.open("volume.resize", "RESIZE_TITLE", "grow.qcow2", "grow.qcow2")
        dialog.child(VOLUME["NOW"]).wait_contains("100")
        dialog.child(VOLUME["SIZE_NUMBER"]).edit("50")
        self.drive.until(lambda: self.words("RESIZE_SMALLER") in [child.known["text"] for child in dialog.children() if child.visible], "the warning")
        self.refused(dialog, "grow.qcow2")
        self.assertEqual(self.info(f"{LOCAL}/grow.qcow2")["virtual-size"], 100 * MIB)

    def test_an_empty_end_of_a_raw_image_is_cut_off(self):
        self.image("raw.img", "raw", "40M")
        dialog = self.open("volume.resize", "RESIZE_TITLE", "raw.img", "raw.img")
        dialog.child(VOLUME["NOW"]).wait_contains("40")
        dialog.child(VOLUME["SIZE_NUMBER"]).edit("10")
        self.ok(dialog)
        self.assertEqual(os.stat(self.host.outside(f"{LOCAL}/raw.img")).st_size, 10 * MIB)
        with open(self.host.outside(f"{LOCAL}/raw.img"), "r+b") as file:
            file.seek(9 * MIB)
            file.write(b"data")
        dialog = self.open("volume.resize", "RESIZE_TITLE", "raw.img", "raw.img")
        dialog.child(VOLUME["NOW"]).wait_contains("10")
        dialog.child(VOLUME["SIZE_NUMBER"]).edit("5")
        self.refused(dialog, "raw.img")
        self.assertEqual(os.stat(self.host.outside(f"{LOCAL}/raw.img")).st_size, 10 * MIB)

    def test_a_running_vm_is_told_of_the_size_and_its_disk_is_moved(self):
        self.start_vm()
        before = self.disk_of()
        self.assertEqual(before, f"{LOCAL}/used.qcow2")
        dialog = self.open("volume.resize", "RESIZE_TITLE", "used.qcow2", "used.qcow2")
        self.drive.until(lambda: any("web01" in child.known["text"] for child in dialog.children() if child.visible), "the running VM to be named", 20)
        dialog.child(VOLUME["SIZE_NUMBER"]).edit("2")
        self.ok(dialog)
        self.assertRegex(self.host.virsh("domblkinfo", "web01", "vda"), rf"Capacity:\s+{2 * GIB}\b")
        dialog = self.open("volume.move", "MOVE_TITLE", "used.qcow2", "used.qcow2")
        self.drive.until(lambda: any("web01" in child.known["text"] for child in dialog.children() if child.visible), "the running VM to be named", 20)
        stores = dialog.child(COPY["STORE"])
        stores.select_item(next(item for item in stores.items() if item.startswith("other")))
        dialog.child(COPY["NAME"]).edit("moved.qcow2")
        self.ok(dialog)
        self.drive.until(lambda: self.disk_of() == f"{OTHER}/moved.qcow2", "the disk to be there", 60)
        self.drive.until(lambda: not self.there(f"{LOCAL}/used.qcow2"), "the old one to be gone", 20)
        self.assertEqual(self.disk_of("--inactive"), f"{OTHER}/moved.qcow2")
        self.assertEqual(self.host.virsh("domstate", "web01"), "running")
        self.assertEqual(self.host.virsh("domblkinfo", "web01", "vda").split()[1], str(2 * GIB))
        self.host.virsh("destroy", "web01")
        self.host.exec("qemu-img", "check", f"{OTHER}/moved.qcow2")
        self.back_again()

    def back_again(self):
        """Renamed, moved and found by its VM while that is off."""
        dialog = self.open("volume.move", "MOVE_TITLE", "moved.qcow2", "moved.qcow2", store="other")
        stores = dialog.child(COPY["STORE"])
        stores.select_item(next(item for item in stores.items() if item.startswith("local")))
        dialog.child(COPY["NAME"]).edit("used.qcow2")
        self.ok(dialog)
        self.drive.until(lambda: self.there(f"{LOCAL}/used.qcow2") and not self.there(f"{OTHER}/moved.qcow2"), "the volume to be back", 60)
        self.drive.until(lambda: self.disk_of() == f"{LOCAL}/used.qcow2", "the VM to follow", 20)

    def test_a_copy_in_another_format_and_place(self):
        self.image("source.qcow2")
        self.host.exec("qemu-io", "-c", "write -P 7 1M 2M", f"{LOCAL}/source.qcow2")
        dialog = self.open("volume.copy", "COPY_TITLE", "source.qcow2", "source.qcow2")
        self.assertEqual(dialog.child(COPY["NAME"]).text, self.words("COPY_NAME", "source", ".qcow2"))
        stores = dialog.child(COPY["STORE"])
        stores.select_item(next(item for item in stores.items() if item.startswith("other")))
        dialog.child(COPY["FORMAT"]).select_item("vmdk")
        self.assertEqual(dialog.child(COPY["NAME"]).text, "source.vmdk", "the name follows the format")
        self.ok(dialog)
        path = f"{OTHER}/source.vmdk"
        self.addCleanup(self.host.exec, "rm", "-f", path)
        self.drive.until(lambda: self.there(path), "the copy", 60)
        self.browser("other").row_of("source.vmdk", 0, timeout=20)
        self.assertEqual(self.info(path)["format"], "vmdk")
        self.host.exec("qemu-img", "compare", "-f", "qcow2", "-F", "vmdk", f"{LOCAL}/source.qcow2", path)

    grip = 10

    def drag(self, volume, store, *keys):
        """With the real mouse, from the list onto the tree; keys are held when the button comes up."""
        page = self.browser()
        left, top, _, bottom = page.row_facts(page.row_of(volume, 0, timeout=20))["rect"]
        to_left, to_top, to_right, to_bottom = self.client.tree.call("tree_rect", "\x1f".join(("lab", store)))
        self.client.frame.foreground()
        self.grip += 20  # at the same place again, soon, would be a double click
        self.drive.drag((left + self.grip, (top + bottom) // 2), ((to_left + to_right) // 2, (to_top + to_bottom) // 2), keys=keys, begun=page.holds_mouse)

    def test_dragged_onto_another_datastore(self):
        self.image("dragged.qcow2")
        self.addCleanup(self.host.exec, "rm", "-f", f"{OTHER}/dragged.qcow2")
        self.drag("dragged.qcow2", "other", "ctrl")
        copy = self.client.dialog("COPY_TITLE", "dragged.qcow2")
        self.assertIn("other", copy.child(COPY["STORE"]).selected_item())
        self.ok(copy)
        wait_for(lambda: self.there(f"{OTHER}/dragged.qcow2"), "the copy", 30)
        self.assertTrue(self.there(f"{LOCAL}/dragged.qcow2"))
        self.host.exec("rm", f"{OTHER}/dragged.qcow2")
        self.host.virsh("pool-refresh", "other")
        self.drag("dragged.qcow2", "local")  # where it is: nothing to do
        self.drag("dragged.qcow2", "other", "Escape")
        self.drag("dragged.qcow2", "other")
        move = self.client.dialog("MOVE_TITLE", "dragged.qcow2")
        self.assertIn("other", move.child(COPY["STORE"]).selected_item())
        self.ok(move)
        wait_for(lambda: self.there(f"{OTHER}/dragged.qcow2") and not self.there(f"{LOCAL}/dragged.qcow2"), "the volume at its new place", 30)

    def test_another_name_and_format(self):
        self.image("old.qcow2")
        self.host.exec("qemu-io", "-c", "write -P 9 0 1M", f"{LOCAL}/old.qcow2")
        shutil.copy(self.host.outside(f"{LOCAL}/old.qcow2"), os.path.join(self.work, "old.qcow2"))
        page = self.browser()
        page.row_of("old.qcow2", 0, timeout=20)
        page.select_rows("old.qcow2")
        self.client.wait_command("volume.move")
        self.client.frame.foreground()
        page.focus()
        self.drive.key("F2")
        dialog = self.client.dialog("MOVE_TITLE", "old.qcow2")
        dialog.child(OK).wait_enabled(False)
        dialog.child(COPY["FORMAT"]).select_item("raw")
        dialog.child(COPY["NAME"]).wait_text("old.img")
        dialog.child(COPY["NAME"]).edit("new.img")
        self.ok(dialog)
        self.addCleanup(self.host.exec, "rm", "-f", f"{LOCAL}/new.img")
        self.drive.until(lambda: self.there(f"{LOCAL}/new.img") and not self.there(f"{LOCAL}/old.qcow2"), "the new one", 60)
        self.host.exec("qemu-img", "compare", "-F", "raw", os.path.join(self.work, "old.qcow2"), self.host.outside(f"{LOCAL}/new.img"), network=False)
        page = self.browser()
        page.row_of("new.img", 0, timeout=20)
        page.wait_no_row("old.qcow2")

    def test_what_is_in_use_is_not_deleted(self):
        page = self.browser()
        page.row_of("used.qcow2", 0, timeout=20)
        page.select_rows("used.qcow2")
        self.client.frame.foreground()
        page.focus()
        self.drive.key("Delete")
        question = self.question()
        self.assertIn("web01", question.texts())
        question.close()
        question.wait_gone()
        self.assertTrue(self.there(f"{LOCAL}/used.qcow2"))

    def test_delete_and_wipe(self):
        self.host_file("secret.img", 4 * MIB)
        page = self.browser()
        page.row_of("secret.img", 0, timeout=20)
        page.select_rows("secret.img")
        self.client.wait_command("volume.wipe")
        self.client.command("volume.wipe")
        question = self.question()
        self.assertIn("secret.img", question.texts())
        question.press(self.words("WIPE_VOLUME_VERB"))
        question.wait_gone()
        zeros = hashlib.sha256(b"\0" * 4 * MIB).hexdigest()
        self.drive.until(lambda: self.sha256(f"{LOCAL}/secret.img") == zeros, "nothing but zeros", 30)
        page = self.browser()
        page.select_rows("secret.img")
        self.client.wait_command("volume.delete")
        self.client.command("volume.delete")
        self.question().press(self.words("DELETE_VOLUME_DELETE"))
        page.wait_no_row("secret.img")
        self.assertFalse(self.there(f"{LOCAL}/secret.img"))

    def test_details_and_who_uses_it(self):
        dialog = self.open("volume.details", "DETAILS_TITLE", "used.qcow2", "used.qcow2")
        users = dialog.child(DETAILS["USERS"])
        users.row_of("web01", 0, timeout=20)
        self.assertEqual(users.cell(0, 1), "vda")
        self.assertEqual(dialog.child(DETAILS["PATH"]).text, f"{LOCAL}/used.qcow2")
        self.assertEqual(dialog.child(DETAILS["FORMAT"]).text, "qcow2")
        dialog.close()
        dialog.wait_gone()
        self.image("alone.qcow2")
        page = self.browser()
        page.row_of("alone.qcow2", 0, timeout=20)
        page.select_rows("alone.qcow2")
        page.double_click_row("alone.qcow2")
        dialog = self.client.dialog("DETAILS_TITLE", "alone.qcow2")
        self.drive.until(lambda: self.words("DETAILS_NOBODY") in [child.known["text"] for child in dialog.children()], "that nobody uses it", 20)
        dialog.close()
        dialog.wait_gone()

    def test_who_reaches_it_by_another_path_uses_it(self):
        self.host.exec("ln", "-sfn", LOCAL, "/srv/link")
        self.define_vm("linked", "behind.qcow2", "/srv/link")
        self.addCleanup(self.host.virsh, "undefine", "linked")
        dialog = self.open("volume.details", "DETAILS_TITLE", "behind.qcow2", "behind.qcow2")
        users = dialog.child(DETAILS["USERS"])
        users.row_of("linked", 0, timeout=20)
        self.assertEqual((users.cell(0, 1), users.cell(0, 2)), ("", ""))
        self.assertNotIn(self.words("DETAILS_NOBODY"), [child.known["text"] for child in dialog.children() if child.visible])
        dialog.close()
        dialog.wait_gone()

    def test_a_dropped_file_is_uploaded(self):
        path = os.path.join(self.work, "büro image.raw")
        digest = self.file(path, 5 * MIB + 3, seed=5)
        page = self.browser()
        Window(self.drive, page.facts()["parent"]).drop(path)
        page.row_of("büro image.raw", 0, timeout=60)
        self.assertEqual(self.sha256(f"{LOCAL}/büro image.raw"), digest)

    def save_as(self, volume, target):
        page = self.browser()
        page.row_of(volume, 0, timeout=20)
        page.select_rows(volume)
        self.client.wait_command("volume.download")
        self.client.command("volume.download")
        picker = self.drive.until(lambda: next((window for window in self.client.app.windows() if window.cls == "#32770" and window.visible), None), "the file dialog", 20)
        picker.find(cls="Edit").edit(windows_path(target))
        picker.child(OK).click()
        picker.wait_gone(timeout=20)

    def test_a_download_that_is_cut_goes_on(self):
        digest = self.host_file("down.bin", 80 * MIB, seed=3)
        target = os.path.join(self.work, "down.bin")
        self.save_as("down.bin", target)
        wait_for(lambda: os.path.exists(target) or os.path.exists(target + ".part") and os.stat(target + ".part").st_size > MIB, "some bytes", 240, 0.01)
        cut_early = not os.path.exists(target)
        self.host.kill_ssh_children()
        self.drive.until(lambda: os.path.exists(target), "the whole file", 300)
        with open(target, "rb") as file:
            self.assertEqual(hashlib.file_digest(file, "sha256").hexdigest(), digest)
        self.assertTrue(cut_early, "the connection was cut before the end")
        self.assertFalse(os.path.exists(target + ".part"))
        self.client.tree.tree_wait("lab", "local", timeout=60)

    def test_the_host_fetches_a_file(self):
        os.makedirs(self.host.outside("/srv/web"), exist_ok=True)
        digest = self.file(self.host.outside("/srv/web/debian.iso"), 3 * MIB, seed=8)
        site = self.host.popen("python3", "-c", SITE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(lambda: (site.kill(), site.wait(), site.stdout.close()))
        url = f"http://127.0.0.1:{site.stdout.readline().strip()}/debian.iso"
        dialog = self.open("volume.fetch", "FETCH_TITLE", "local")
        dialog.child(FETCH["URL"]).edit(url)
        self.assertEqual(dialog.child(FETCH["NAME"]).text, "debian.iso")
        dialog.child(OK).wait_enabled(False)  # plain http without a digest
        dialog.child(FETCH["DIGEST"]).edit(digest)
        dialog.child(FETCH["NAME"]).edit("fetched.iso")
        for size, possible in (("3 MB", False), ("0", False), ("9" * 30, False), (f"{3 * MIB:,}".replace(",", " "), True)):
            dialog.child(FETCH["SIZE_BYTES"]).edit(size)
            dialog.child(OK).wait_enabled(possible)
        self.ok(dialog)
        self.addCleanup(self.host.exec, "rm", "-f", f"{LOCAL}/fetched.iso")
        self.drive.until(lambda: self.there(f"{LOCAL}/fetched.iso"), "the file", 60)
        self.assertEqual(self.sha256(f"{LOCAL}/fetched.iso"), digest)
        dialog = self.open("volume.fetch", "FETCH_TITLE", "local")
        dialog.child(FETCH["URL"]).edit(url)
        dialog.child(FETCH["DIGEST"]).edit(digest)
        dialog.child(FETCH["NAME"]).edit("short.iso")
        dialog.child(FETCH["SIZE_BYTES"]).edit(str(3 * MIB + 1))
        self.ok(dialog)
        self.drive.until(lambda: any(row[:2] == [self.words("TASK_volume_fetch"), "short.iso"] and str(3 * MIB + 1) in " ".join(row)
                                     for view in self.client.frame.children("SysListView32") for row in view.rows()), "the failed task with the size that was wanted", 30)
        self.assertFalse(self.there(f"{LOCAL}/short.iso"))
        dialog = self.open("volume.fetch", "FETCH_TITLE", "local")
        dialog.child(FETCH["URL"]).edit(url)
        dialog.child(FETCH["DIGEST"]).edit("0" * 64)
        dialog.child(FETCH["NAME"]).edit("wrong.iso")
        self.ok(dialog)
        tasks = self.drive.until(lambda: next((view for view in self.client.frame.children("SysListView32")
                                               if any(row[:2] == [self.words("TASK_volume_fetch"), "wrong.iso"] and digest in " ".join(row) for row in view.rows())), None),
                                 "the failed task with the digest that came", 30)
        self.assertTrue(tasks)
        self.assertFalse(self.there(f"{LOCAL}/wrong.iso"))

    def test_filter_search_and_order(self):
        self.image("zz-one.qcow2")
        self.image("zz-two.img", "raw", "1M")
        with open(self.host.outside(f"{LOCAL}/zz-notes.txt"), "w", encoding="ascii") as file:
            file.write("words")
        self.addCleanup(self.host.exec, "rm", "-f", f"{LOCAL}/zz-notes.txt")
        self.host.virsh("pool-refresh", "local")
        page = self.browser()
        page.row_of("zz-notes.txt", 0, timeout=20)
        iso = os.path.basename(guests.GRUB_ISO)
        search, kind = self.client.frame.child(PAGE["SEARCH_EDIT"]), self.client.frame.child(PAGE["FILTER_BOX"])

        def shows(wanted):
            self.drive.until(lambda: sorted(row[0] for row in page.rows()) == sorted(wanted), f"{wanted}")
        search.edit("ZZ-")
        shows(["zz-one.qcow2", "zz-two.img", "zz-notes.txt"])
        kind.select_item(self.words("FILTER_IMAGES"))
        shows(["zz-one.qcow2", "zz-two.img"])
        kind.select_item(self.words("FILTER_OTHERS"))
        shows(["zz-notes.txt"])
        kind.select_item(self.words("FILTER_ISOS"))
        shows([])
        search.edit("")
        self.drive.until(lambda: iso in [row[0] for row in page.rows()] and all(row[1] == "iso" for row in page.rows()), "the ISO images")
        kind.select_item(self.words("FILTER_UNUSED"))
        self.drive.until(lambda: "used.qcow2" not in [row[0] for row in page.rows()] and "zz-one.qcow2" in [row[0] for row in page.rows()], "what nobody uses")
        kind.select_item(self.words("FILTER_ALL"))
        titles = [column["text"] for column in page.columns()]
        page.column_click(titles.index(self.words("COLUMN_SIZE")))
        search.edit("zz-")
        shows(["zz-one.qcow2", "zz-two.img", "zz-notes.txt"])
        self.drive.until(lambda: [row[0] for row in page.rows()] in (["zz-notes.txt", "zz-two.img", "zz-one.qcow2"], ["zz-one.qcow2", "zz-two.img", "zz-notes.txt"]), "them by size")
        page.column_click(0)
        search.edit("")


if __name__ == "__main__":
    unittest.main(verbosity=2)
