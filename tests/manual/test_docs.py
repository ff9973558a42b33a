# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/testing.md is a promise: every file and every test that it names is there."""
import glob
import os
import re
import unittest

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class ProofsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = read(os.path.join(TOP, "docs", "testing.md"))
        cls.files = [path for ending in ("py", "c") for path in glob.glob(os.path.join(TOP, "tests", "**", "*." + ending), recursive=True)]

    def test_files(self):
        names = {os.path.basename(path) for path in self.files}
        for path in re.findall(r"\b((?:tests/[\w/]+/)?(?:test|fuzz)_\w+\.(?:py|c))\b", self.text):
            with self.subTest(path):
                self.assertIn(os.path.basename(path), names)
                self.assertTrue("/" not in path or os.path.exists(os.path.join(TOP, path)))

    def test_tests_and_classes(self):
        source = "".join(map(read, self.files))
        tests = set(re.findall(r"\b(?:def|void) (test_\w+)", source))
        tests |= {"test_" + name.partition("__")[2] for name in tests}  # in C behind the name of what is tested
        for name in re.findall(r"(?<![/\w`])test_\w+", self.text):
            with self.subTest(name):
                beginning = name.endswith("__") or re.fullmatch(r"test_\d+", name)  # "test_ppk__*", "test_1 to test_3"
                self.assertTrue(name in tests or beginning and any(test.startswith(name) for test in tests))
        classes = set(re.findall(r"\bclass (\w+)", source))
        for words in re.findall(r"\.py` ([^|`(;:]*)", self.text):
            for name in re.findall(r"\b[A-Z][A-Za-z]+\b", words):
                with self.subTest(name):
                    self.assertTrue(name in classes)


if __name__ == "__main__":
    unittest.main()
