# SPDX-License-Identifier: GPL-3.0-or-later
"""A Linux guest with QEMU's guest agent (tests/lab/linux_guest.py): what the host asks of it, and what it does while it runs, as it says itself."""
import json
import unittest

from snapshot_case import LOCAL, SnapshotCase, wait_for
import guests
import linux_guest

MIB = 1 << 20


class GuestAgentTest(SnapshotCase):
    """One guest for all, booted once; the tests are in the order of their numbers, the last one ends it."""
    options = {"shutdown_timeout": "120"}

    @classmethod
    def setUpClass(cls):
        try:
            linux_guest.files()
        except linux_guest.Unavailable as reason:
            raise unittest.SkipTest(f"no Linux guest can be made here: {reason}") from reason
        super().setUpClass()
        cls.guest = guests.LinuxGuest(cls.host, "lin")
        cls.host.virsh("start", "lin")
        cls.guest.wait_ready()

    def setUp(self):
        super().setUp()
        self.vm = wait_for(lambda: self.rpc.vm("lin"), "the VM in the inventory", 20, 0.1)["id"]

    def tearDown(self):
        """The guest stays."""

    def config(self, group):
        return self.rpc.call("vm.get", vm=self.vm)["config"][group]

    def configure(self, **groups):
        task = self.rpc.run("vm.configure", vm=self.vm, config=groups)
        return {row["name"]: row["when"] for row in json.loads(task["result"]).get("changes", [])}

    def test_1_what_it_tells(self):
        info = self.rpc.call("vm.guest_info", vm=self.vm)
        self.assertTrue(info["agent"], info.get("why"))
        self.assertEqual((info["os"], info["hostname"], info["kernel"]), ("Lab Linux 1", linux_guest.HOST_NAME, self.guest.run("uname -r")))
        self.assertIn({"card": "eth0", "mac": "52:54:00:77:00:02", "address": linux_guest.ADDRESS, "prefix": 24}, info["addresses"])
        self.assertEqual([user["name"] for user in info["users"]], [linux_guest.USER])

    def test_2_a_quiesced_snapshot(self):
        before = self.guest.said()
        self.rpc.run("snapshot.create", vm=self.vm, name="at rest", quiesce=True)
        said = self.guest.said()[len(before):]
        self.assertEqual([line.strip() for line in said.splitlines() if line.startswith("lab:")], [linux_guest.FROZEN, linux_guest.THAWED])
        snapshot = self.list(self.vm)["snapshots"][0]
        self.assertTrue(snapshot["quiesced"])
        self.assertEqual(self.guest.run("echo more > /data/more; sync; cat /data/file"), "kept")  # it writes again
        self.assertEqual(json.loads(self.host.virsh("qemu-agent-command", "lin", '{"execute": "guest-fsfreeze-status"}'))["return"], "thawed")
        frozen = f"{LOCAL}/frozen.raw"
        self.host.exec("qemu-img", "convert", "-U", "-O", "raw", f"{LOCAL}/lin.qcow2", frozen)
        self.assertEqual(self.host.exec("debugfs", "-R", "cat /file", frozen).strip(), "kept")
        self.host.exec("e2fsck", "-fn", frozen)  # at rest: nothing is half-written
        self.rpc.run("snapshot.delete", vm=self.vm, snapshot="at rest")  # merged while it runs
        self.assertEqual(self.guest.run("cat /data/more"), "more")

    def test_3_a_disk_that_grows(self):
        self.assertEqual(self.guest.run("cat /sys/block/vda/size"), str(256 * MIB // 512))
        self.rpc.run("volume.resize", datastore=self.store, volume="lin.qcow2", capacity=384 * MIB)
        wait_for(lambda: self.guest.run("cat /sys/block/vda/size") == str(384 * MIB // 512), "the guest to see the new size", 30, 0.3)

    def test_4_memory_is_given_back(self):
        before = int(self.guest.run("awk '/MemTotal/ {print $2}' /proc/meminfo"))
        changes = self.configure(memory={**self.config("memory"), "size": 160 * MIB})
        self.assertEqual(changes.get("size"), "now", changes)
        wait_for(lambda: int(self.guest.run("awk '/MemTotal/ {print $2}' /proc/meminfo")) <= before - 24 * 1024, "the guest to give memory back", 60, 0.3)
        self.configure(memory={**self.config("memory"), "size": 192 * MIB})
        wait_for(lambda: int(self.guest.run("awk '/MemTotal/ {print $2}' /proc/meminfo")) >= before - 4096, "the guest to have its memory again", 60, 0.3)

    def test_5_a_disk_is_plugged_in_and_out(self):
        self.rpc.run("volume.create", datastore=self.store, name="hot.qcow2", capacity=32 * MIB, format="qcow2")
        disks = self.config("disks")["items"]
        self.configure(disks={"items": disks + [{"device": "disk", "bus": "virtio", "datastore": self.store, "volume": "hot.qcow2"}]})
        wait_for(lambda: self.guest.run("cat /sys/block/vdb/size 2>/dev/null") == str(32 * MIB // 512), "the guest to see the disk", 60, 0.3)
        self.configure(disks={"items": [disk for disk in self.config("disks")["items"] if disk.get("volume") != "hot.qcow2"]})
        wait_for(lambda: self.guest.run("ls -d /sys/block/vdb 2>/dev/null") == "", "the guest to have let the disk go", 60, 0.3)

    def test_6_what_lies_and_what_only_listens(self):
        """The guest is not ours: neither long words nor silence of its agent keep anybody from anything."""
        liar = r"""
port=/dev/$(basename "$(dirname "$(grep -l org.qemu.guest_agent /sys/class/virtio-ports/*/name)")")
sleep 1; killall qemu-ga; sleep 1; exec 3<>$port
long=$(head -c 3000 /dev/zero | tr '\0' A)
while read -r line <&3; do
    case "$line" in
    *guest-sync*) id=${line##*'"id":'}; printf '{"return":%s}\n' "${id%%\}*}" >&3 ;;
    *get-interfaces*)
        printf '{"return":[{"name":"%s","hardware-address":"%s","ip-addresses":[' "$long" "$long" >&3
        printf '{"ip-address":"%s","ip-address-type":"ipv4","prefix":24},{"ip-address":"10.1.2.3","ip-address-type":"ipv4","prefix":24}]}]}\n' "$long" >&3
        silent=1 ;;
    *) [ "$silent" ] && sleep 15 && break
       echo '{"error":{"class":"CommandNotFound","desc":"no"}}' >&3 ;;
    esac
done
exec 3>&-; exec qemu-ga -m virtio-serial -p $port -F/etc/hook"""
        self.guest.run(f"cat >/tmp/liar <<'END'{liar}\nEND\nsetsid sh /tmp/liar </dev/null >/dev/null 2>&1 &")

        def lied():
            info = self.rpc.call("vm.guest_info", vm=self.vm)
            return info if any(len(address.get("card", "")) > 100 for address in info.get("addresses", [])) else None
        info = wait_for(lied, "the liar's answer", 60, 0.3)
        self.assertEqual([(len(row["card"]), len(row["mac"]), row["address"]) for row in info["addresses"]], [(255, 255, "10.1.2.3")])
        info = self.rpc.call("vm.guest_info", vm=self.vm)  # in the time that any call has
        self.assertFalse(info.get("agent"))
        wait_for(lambda: self.rpc.call("vm.guest_info", vm=self.vm).get("agent"), "the guest's own agent to be back", 90, 1)

    def test_7_it_is_shut_down_by_its_agent(self):
        self.rpc.run("vm.guest_shutdown", vm=self.vm)
        self.assertEqual(self.host.virsh("domstate", "lin"), "shut off")
        self.assertIn(linux_guest.SHUTDOWN, self.guest.said())


if __name__ == "__main__":
    unittest.main()
