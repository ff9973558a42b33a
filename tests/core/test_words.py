#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts of the program, read from its source: none unused or forgotten, none only half translated, no access key twice in a menu.

Placeholders and access keys of each pair are compared by test_text.c; that German fits its place and keys do not clash in dialogs is seen by ui/test_pictures.py.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/ui"))
from texts import LINE, PLURAL, STRING, join  # noqa: E402

# The same in both languages, because it is: names, technical words, units, patterns.
SAME = {
    "PoolCenter", "Deutsch", "English", "OK", "Server", "Alt+", "Host", "Hosts", "vCPUs", "Agent", "Version", "Name", "Status", "System", "Text", "Format", "Treiber", "Firmware", "Netzwerk",
    "Emulation", "Secure", "Boot", "Bus", "CPU", "CPUs", "VM", "VMs", "ISO", "BIOS", "UEFI", "IP", "MAC", "ID", "KB", "MB", "GB", "TB", "Ctrl+Alt+Del", "virtio", "Volume", "Volumes", "Details",
    "Passphrase", "Updates", "Navigation", "Hardware", "Kernel", "Bridge", "Container", "Administrator", "Filter", "VirtIO", "Intel", "Realtek", "Port", "libvirt", "poolctl", "min", "Snapshot", "Snapshots",
    "Tags", "Balloon", "Medium", "Controller", "Cache", "Discard", "Watchdog", "Rate", "Xen", "Bond", "Loopback", "Mbit", "Gbit", "Ports", "Gateway", "Edition", "Pool",
}
# Literal texts nobody sees: names of windows for tests, and the like.
INVISIBLE = {"tasks tools"}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def sources(*folders, kinds=("c", "h", "def")):
    for folder in folders:
        for kind in kinds:
            for path in sorted(glob.glob(os.path.join(ROOT, folder, "**", "*." + kind), recursive=True)):
                yield os.path.relpath(path, ROOT), read(path)


def without_comments(code):
    """And without characters like '"', which begin no string."""
    return re.sub(r'("(?:[^"\\\n]|\\.)*")|/\*.*?\*/|//[^\n]*|\'\\?"\'', lambda match: match.group(1) or " ", code, flags=re.S)


def texts():
    """{id: (English, German)} of all areas; plurals as two pairs."""
    found = {}
    for path, code in sources("resources/strings"):
        code = without_comments(code)
        for match in LINE.finditer(code):
            assert match.group(1) not in found, f"{path}: {match.group(1)} is there twice"
            found[match.group(1)] = [(join(match.group(2)), join(match.group(4)))]
        for match in PLURAL.finditer(code):
            found[match.group(1)] = [(join(match.group(2)), join(match.group(6))), (join(match.group(4)), join(match.group(8)))]
    return found


def key_of(words):
    match = re.search(r"&([^&\s])", words.replace("&&", ""))
    return match.group(1).lower() if match else None


class WordsTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.texts = texts()
        cls.code = {path: without_comments(code) for path, code in sources("client", "protocol")}

    def test_no_line_of_the_tables_is_misread(self):
        for path, code in sources("resources/strings"):
            rows = re.findall(r"^[TP]\((\w+)", without_comments(code), re.M)
            self.assertEqual(sorted(set(rows) - set(self.texts)), [], f"{path}: rows this test cannot read")

    def test_every_text_is_used(self):
        whole = "\n".join(self.code.values())
        used = set(re.findall(r"\b(?:TEXT|PLURAL)_(\w+)", whole))
        used |= {"COMMAND_" + name for name in re.findall(r"^COMMAND\((\w+)", self.code["client/ui/commands.def"], re.M)}
        used |= {"ERROR_" + name for name in re.findall(r"^ERROR_CODE\((\w+)", self.code["protocol/messages.def"], re.M)}
        used |= {"TASK_" + name for name in re.findall(r"^METHOD\([^,]+,\s*(\w+)", self.code["protocol/messages.def"], re.M)}
        # Names put together by a macro: PREFIX_##value
        for prefix, macro in ((match.group(2), match.group(1)) for match in re.finditer(r"#define (\w+)\([^)]*\)[^\n]*\bTEXT_(\w*?)##", whole)):
            used |= {prefix + name for name in re.findall(rf"\b{macro}\((?:[^()]*,\s*)?(\w+)\)", whole)}
            used |= {prefix + name for name in re.findall(rf"\b{macro}\((\w+)", whole)}
        self.assertEqual(sorted(set(self.texts) - used), [], "texts nobody shows")

    def test_no_english_is_left_in_german(self):
        left = []
        for name, pairs in self.texts.items():
            for english, german in pairs:
                words = re.findall(r"[A-Za-z][\w+-]*", re.sub(r"\{\d\}|&", "", english))
                if english == german and not all(word in SAME or len(word) < 3 or word.isupper() or not word.isalpha() for word in words):
                    left.append(f"{name}: {english}")
        self.assertEqual(left, [], "the same in both languages; if that is right, add the word to SAME")

    def test_quotes_and_dashes_are_those_of_the_language(self):
        wrong = []
        for name, pairs in self.texts.items():
            for english, german in pairs:
                if re.search(r"(?<!\w)'[^']+'(?!\w)", german) or german.count("„") != german.count("“"):
                    wrong.append(f"{name}: {german}")
                if "„" in english:
                    wrong.append(f"{name}: {english}")
        self.assertEqual(wrong, [])

    def test_access_keys_of_menus(self):
        menu = self.code["client/ui/menu.c"]
        lists = {name: re.findall(r"\b(COMMAND_\w+|\w+_SUBMENU)\b", items) for name, items in re.findall(r"static const int (\w+)\[\] = \{([^}]*)\}", menu)}
        titles = dict(re.findall(r"MENU\(TEXT_(\w+), (\w+)\)", menu))
        submenus = {name: title for name, title in re.findall(r"\[(\w+_SUBMENU)[^\]]*\] = MENU\(TEXT_(\w+),", menu)}
        self.assertGreater(len(lists), 8)
        groups = {name: [submenus.get(item, item) for item in items if item != "COMMAND_NONE"] for name, items in lists.items()}
        groups["the menu bar"] = [title for title in titles if title not in submenus.values()]
        clashes = []
        for name, items in groups.items():
            for language in (0, 1):
                seen = {}
                for item in items:
                    key = key_of(self.texts[item][0][language])
                    if key is None or key in seen:
                        clashes.append(f"{name}, {('en', 'de')[language]}: {item} has {key!r}, like {seen.get(key)}")
                    seen[key] = item
        self.assertEqual(clashes, [])

    def test_no_text_is_written_into_the_code(self):
        """Two words in a row are something people read."""
        found = []
        for path, code in self.code.items():
            if not path.endswith(".c") or not path.startswith(("client/ui/", "client/win/")):
                continue
            code = re.sub(r"#include[^\n]*|\b(?:log_info|log_error|assert|COMMAND)\((?:[^;]*?)\);", "", code)
            for match in re.finditer(rf"L?{STRING}", code):
                words = match.group(1)
                if re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", words) and words not in INVISIBLE and not re.search(r"%|\\\\|[<>]", words):
                    found.append(f"{path}: {match.group(0)}")
        self.assertEqual(found, [])

    def test_every_error_leads_to_a_place_of_the_manual(self):
        codes = re.findall(r"^ERROR_CODE\((\w+)", self.code["protocol/messages.def"], re.M)
        topics = dict(re.findall(r'^ERROR_TOPIC\((\w+),\s*"([\w-]+)"', self.code["client/core/error_topics.def"], re.M))
        self.assertEqual(sorted(set(codes) - set(topics)), [], "codes without a row in client/core/error_topics.def")
        for language in ("en", "de"):
            chapters = "".join(read(path) for path in glob.glob(os.path.join(ROOT, "docs/manual", language, "*.md")))
            self.assertEqual(sorted(set(topics.values()) - set(re.findall(r'<a id="([\w-]+)"', chapters))), [], f"places the {language} manual does not have")

    def test_the_languages_have_tags_of_their_own(self):
        rows = re.findall(r'^LANGUAGE\((\w+),\s*"([a-z]{2,3})",\s*"([^"]+)"', read(os.path.join(ROOT, "client/core/languages.def")), re.M)
        self.assertEqual(len({tag for _, tag, _ in rows}), len(rows))
        self.assertEqual([row[0] for row in rows[:2]], ["ENGLISH", "GERMAN"])


class ThirdLanguageTest(unittest.TestCase):
    """What docs/translating.md promises: a row in languages.def and more strings at the end of the rows make a language."""
    MAIN = r"""
        #include "client/core/text.h"
        #include <stdio.h>
        int main(void)
        {
            text_set_language(text_language_from_tag("cs-CZ"));
            printf("%s\n%s\n%s\n", text_language_name(text_language()), text(TEXT_GREETING), text(TEXT_ONLY_TWO));
            for (int count = 1; count < 30; count += 3)
                puts(text_plural(PLURAL_VMS, count, NULL));
            puts(text_plural(PLURAL_NEW, 2, NULL));
            text_set_language(LANGUAGE_GERMAN);
            puts(text_plural(PLURAL_VMS, 2, NULL));
            return 0;
        }"""
    STRINGS = """
        T(GREETING, "Good day", "Guten Tag", "Dobrý den")
        T(ONLY_TWO, "Not yet", "Noch nicht")
        P(VMS, "{1} machine", "{1} machines", "{1} Maschine", "{1} Maschinen", "{1} stroj", "{1} stroje", "{1} strojů")
        P(NEW, "one", "{1} more", "eins", "{1} mehr")
        """

    def test_a_language_with_three_forms(self):
        with tempfile.TemporaryDirectory() as folder:
            def write(path, text):
                os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
                with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
                    file.write(text)
            write("client/core/languages.def", read(os.path.join(ROOT, "client/core/languages.def")) + 'LANGUAGE(CZECH, "cs", "Čeština", ",", " ", 3, plural_czech)\n')
            rule = "static int plural_czech(int64_t count) { return count == 1 ? 0 : count >= 2 && count <= 4 ? 1 : 2; }\n"
            code = read(os.path.join(ROOT, "client/core/text.c"))
            code = code.replace("static const struct {\n    const char *tag", rule + "static const struct {\n    const char *tag")
            code = re.sub(r"static const struct \{\s*int code;.*?\} error_texts\[\].*?\n\};", "static const struct { int code; TextId id; } error_texts[] = {{0, 0}};", code, flags=re.S)
            write("client/core/text.c", code)
            write("strings_all.def", self.STRINGS)
            write("main.c", self.MAIN)
            write("number.c", '#include "protocol/util.h"\nchar *format_number(int64_t number);\nchar *format_number(int64_t number) { return x_printf("%lld", (long long)number); }\n')
            command = ["gcc", "-std=gnu11", "-Wall", "-Werror", "-I.", "-I" + ROOT, "-o", "words", "main.c", "number.c", "client/core/text.c", os.path.join(ROOT, "protocol/util.c")]
            subprocess.run(command, cwd=folder, check=True)
            said = subprocess.run(["./words"], cwd=folder, check=True, capture_output=True, text=True).stdout.splitlines()
        self.assertEqual(said[:3], ["Čeština", "Dobrý den", "Not yet"])
        self.assertEqual(said[3:6], ["1 stroj", "4 stroje", "7 strojů"])
        self.assertEqual(said[-2:], ["2 more", "2 Maschinen"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
