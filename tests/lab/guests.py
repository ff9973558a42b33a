# SPDX-License-Identifier: GPL-3.0-or-later
"""Small real guests for a lab host: an ISO that Debian packages ship, booted by QEMU, and what its screen shows."""
import base64
import json
import os
import shutil
import subprocess

import linux_guest
from lab import DATASTORES, wait_for

GRUB_ISO = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso"
MEMTEST_ISO = "/usr/lib/memtest86+/memtest86+x64.iso"
IPXE_ISO = "/usr/lib/ipxe/ipxe.iso"

DOMAIN = """<domain type='qemu'>
  <name>{name}</name><memory unit='MiB'>{memory}</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type><boot dev='cdrom'/></os>
  <features><acpi/></features>
  <devices>
    <disk type='file' device='cdrom'><driver name='qemu' type='raw'/>
      <source file='{iso}'/><target dev='sda' bus='sata'/><readonly/></disk>
    <input type='tablet' bus='usb'/>
    <graphics type='vnc'><listen type='none'/></graphics><video><model type='vga'/></video>
  </devices>
</domain>"""


def store(host, iso, name=None, datastore="local"):
    """Copy a file into a datastore of the host; its path there."""
    path = f"{DATASTORES}/{datastore}/{name or os.path.basename(iso)}"
    shutil.copyfile(iso, host.outside(path))
    host.virsh("pool-refresh", datastore)
    return path


def define(host, name, iso=GRUB_ISO, memory=64):
    """A VM that boots the ISO, made with virsh; off."""
    path = store(host, iso)
    host.virsh("define", "/dev/stdin", input=DOMAIN.format(name=name, iso=path, memory=memory))


def screenshot(host, name, file):
    """The guest's own picture as an image file on the machine; its path."""
    inside = f"/srv/screen-{name}"
    host.virsh("screenshot", name, inside)
    shutil.move(host.outside(inside), file)
    return file


def pixels(picture):
    """(width, height, RGB bytes) of an image file of any kind."""
    size = subprocess.run(["identify", "-format", "%w %h", picture], check=True, capture_output=True, text=True).stdout
    data = subprocess.run(["convert", picture, "-depth", "8", "rgb:-"], check=True, capture_output=True).stdout
    width, height = map(int, size.split())
    return width, height, data


def colours(picture):
    """How many different colours a picture has: a dead screen has one."""
    data = pixels(picture)[2]
    return len({data[at:at + 3] for at in range(0, len(data), 3)})


def wait_drawn(host, name, file, at_least=2, timeout=40):
    """Wait until the guest has drawn something; the picture."""
    wait_for(lambda: colours(screenshot(host, name, file)) >= at_least, f"'{name}' to draw", timeout, 0.3)
    return file


class LinuxGuest:
    """A VM with the tiny Linux of linux_guest.py, made with virsh; off. Its disk is a new volume of a datastore."""

    def __init__(self, host, name, memory=192, capacity="256M", datastore="local"):
        self.host, self.name = host, name
        self.disk, self.serial = f"{DATASTORES}/{datastore}/{name}.qcow2", f"/srv/serial-{name}"
        for source, inside in zip(linux_guest.files(), ("vmlinuz", "initrd")):
            shutil.copyfile(source, host.outside(f"/srv/{inside}"))
        host.exec("qemu-img", "create", "-q", "-f", "qcow2", self.disk, capacity)
        host.virsh("pool-refresh", datastore)
        host.virsh("define", "/dev/stdin", input=linux_guest.DOMAIN.format(
            name=name, memory=memory, kernel="/srv/vmlinuz", initrd="/srv/initrd", disk=self.disk, serial=self.serial, ports=linux_guest.PORTS))

    def said(self):
        """What has come out of its serial port since it was started last."""
        try:
            with open(self.host.outside(self.serial), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def wait_said(self, words, timeout=240):
        wait_for(lambda: words in self.said(), f"'{self.name}' to say '{words}'", timeout, 0.2)

    def wait_ready(self):
        """Until its guest agent answers."""
        self.wait_said(linux_guest.READY)
        wait_for(lambda: self.host.virsh("qemu-agent-command", self.name, '{"execute": "guest-ping"}', check=False).returncode == 0, "the guest agent", 120, 0.3)

    def run(self, command):
        """A shell command inside of it, by the guest agent itself; its output."""
        def ask(execute, **arguments):
            return json.loads(self.host.virsh("qemu-agent-command", self.name, json.dumps({"execute": execute, "arguments": arguments})))["return"]
        pid = ask("guest-exec", path="/bin/sh", arg=["-c", command], **{"capture-output": True})["pid"]
        done = wait_for(lambda: (lambda status: status if status["exited"] else None)(ask("guest-exec-status", pid=pid)), f"'{command}' in the guest", 60, 0.2)
        return base64.b64decode(done.get("out-data", "")).decode().strip()
