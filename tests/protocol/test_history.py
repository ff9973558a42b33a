# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract only grows: today's is compared with the frozen text of every older version."""
import copy
import glob
import os
import re
import unittest

from contract import GOLDEN, Contract, breaks


class History(unittest.TestCase):
    def test_todays_contract_breaks_no_older_one(self):
        now = Contract("protocol.txt")
        frozen = sorted(int(re.search(r"-(\d+)", name).group(1)) for name in glob.glob(os.path.join(GOLDEN, "protocol-*.txt")))
        self.assertEqual(frozen, list(range(1, now.version)), "every version but the newest has its frozen text")
        for version in frozen:
            old = Contract(f"protocol-{version}.txt")
            self.assertEqual(old.version, version)
            self.assertEqual(list(breaks(old, now)), [])

    def test_the_comparison_sees_what_would_break(self):
        def changed(change):
            new = copy.deepcopy(old)
            new.version += 1
            change(new)
            return "; ".join(breaks(old, new))

        old = Contract("protocol-1.txt")
        self.assertEqual(changed(lambda new: None), "")
        self.assertIn("enum VmState", changed(lambda new: new.enums["VmState"].insert(1, "x")))
        self.assertEqual(changed(lambda new: new.enums["VmState"].append("x")), "")
        self.assertIn("VmInfo.name was", changed(lambda new: new.structs["VmInfo"].pop("name")))
        self.assertIn("new and required", changed(lambda new: new.structs["VmInfo"].update(x="int REQUIRED")))
        self.assertEqual(changed(lambda new: new.structs["VmInfo"].update(x="int OPTIONAL")), "")
        self.assertIn("vm.start", changed(lambda new: new.methods.pop("vm.start")))
        self.assertIn("-32007", changed(lambda new: new.errors.update({-32007: "OTHER"})))
        new = copy.deepcopy(old)
        new.structs["VmInfo"]["x"] = "int OPTIONAL"
        self.assertIn("still 1", "; ".join(breaks(old, new)))


if __name__ == "__main__":
    unittest.main()
