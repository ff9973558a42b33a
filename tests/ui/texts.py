# SPDX-License-Identifier: GPL-3.0-or-later
"""The program's own words, read from resources/strings, so that tests find controls in either language.

    words = Texts("de")
    words("ADD_SERVER_TITLE")            # "Server hinzufügen", without access key and dots
    words("ADD_SERVER_CONNECTING", "h")  # with {1} replaced
    words.plural("NEW_VM_CPUS", 2)       # "2 CPUs"; the values after the number are {2} ...
"""
import glob
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STRING = r'"((?:[^"\\]|\\.)*)"'
STRINGS = rf'((?:{STRING}\s*)+)'
LINE = re.compile(rf'\bT\((\w+),\s*{STRINGS},\s*{STRINGS}\)')
PLURAL = re.compile(rf'\bP\((\w+),\s*{STRINGS},\s*{STRINGS},\s*{STRINGS},\s*{STRINGS}\)')
ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


def join(literals):
    """Adjacent C string literals as one text."""
    text = "".join(match.group(1) for match in re.finditer(STRING, literals))
    return re.sub(r"\\(.)", lambda match: ESCAPES[match.group(1)], text)


def plain(text):
    """Without access key, accelerator and the dots of commands that open a dialog."""
    return re.sub(r"&(.)", r"\1", text.split("\t")[0]).removesuffix("...")


class Texts:
    def __init__(self, language="en"):
        self.words, self.plurals = {}, {}
        for path in sorted(glob.glob(os.path.join(ROOT, "resources/strings/*.def"))):
            with open(path, encoding="utf-8") as file:
                for match in LINE.finditer(file.read()):
                    literals = match.group(4) if language == "de" else match.group(2)
                    self.words[match.group(1)] = join(literals)
                file.seek(0)
                for match in PLURAL.finditer(file.read()):
                    self.plurals[match.group(1)] = [join(match.group(at)) for at in ((6, 8) if language == "de" else (2, 4))]

    def raw(self, name):
        """As it stands in the program: with & and dots."""
        return self.words[name]

    def __call__(self, name, *values):
        return fill(self.words[name], values)

    def plural(self, name, count, *values):
        return fill(self.plurals[name][count != 1], (count, *values))


def fill(text, values):
    text = plain(text)
    for number, value in enumerate(values, 1):
        text = text.replace(f"{{{number}}}", str(value))
    return text
