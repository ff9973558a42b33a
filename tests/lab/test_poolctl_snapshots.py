#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""poolctl's snapshots, clones and templates; virsh says what has become of them."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import guests  # noqa: E402
from lab import Host  # noqa: E402
from poolctl import AGENT, NOT_FOUND, CtlError, Poolctl  # noqa: E402

LOCAL = "/srv/poolcenter-lab/local"


class SnapshotCommandsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = cls.enterClassContext(Host(f"ctlsnap-{os.getpid()}", agent=AGENT))
        cls.ctl = cls.enterClassContext(Poolctl(cls.host, user="root"))
        cls.ctl.wait_for_datastore()
        cls.ctl("vm", "create", "web", "--disk", "local:64M", "--memory", "64M")

    def test_from_the_first_snapshot_to_templates(self):
        ctl, virsh = self.ctl, self.host.virsh
        ctl("snapshot", "create", "web", "clean", "--description", "as it came")
        ctl("vm", "start", "web")
        ctl("snapshot", "create", "web", "running", "--memory")
        rows = ctl.json("snapshot", "list", "web")
        self.assertEqual([(row["name"], row.get("parent"), row.get("memory", False), row.get("current", False)) for row in rows],
                         [("clean", None, False, False), ("running", "clean", True, True)])
        ctl("snapshot", "describe", "web", "running", "as it ran")
        self.assertIn("as it ran", virsh("snapshot-dumpxml", "web", "running"))
        ctl("snapshot", "revert", "web", "clean", "--keep-as", "before")
        self.assertEqual((virsh("domstate", "web"), virsh("snapshot-current", "--name", "web")), ("shut off", "clean"))
        copy = ctl.json("vm", "clone", "web", "copy", "--snapshot", "running", "--linked", "--datastore", "local")
        self.assertEqual(copy["id"] if isinstance(copy, dict) else copy[0]["id"], virsh("domuuid", "copy"))
        ctl("vm", "delete", "copy", "--all-disks")
        ctl("snapshot", "delete", "web", "clean", "--branch")
        self.assertEqual(virsh("snapshot-list", "web", "--name"), "")
        self.assertEqual(os.listdir(self.host.outside(LOCAL)), ["web.qcow2"])
        ctl("vm", "to-template", "web", "--notes", "first")
        ctl("vm", "clone", "web", "--linked")
        self.assertIn("web 1", virsh("list", "--all", "--name").split("\n"))
        with self.assertRaises(CtlError) as caught:
            ctl("vm", "from-template", "web")
        self.assertEqual(caught.exception.name, "template_in_use")
        ctl("vm", "clone", "web", "next")
        ctl("vm", "to-template", "next", "--version-of", "web")
        self.assertEqual(ctl.json("vm", "show", "next")["template"], {"family": "web", "version": 2})

    def test_what_does_not_exist(self):
        with self.assertRaises(CtlError) as caught:
            self.ctl("snapshot", "list", "nobody")
        self.assertEqual(caught.exception.status, NOT_FOUND)


if __name__ == "__main__":
    unittest.main()
