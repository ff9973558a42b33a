#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same source gives the same bytes: the released programs are built once more, in a folder with another name and without ccache, and compared."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PROGRAMS = {"release-windows": ("client/ui/poolcenter.exe", "client/cli/poolctl.exe"), "release-agent": ("agent/poolagentd",)}


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def copy_source(folder):
    """What git knows, and what it does not ignore: the tree as it is being worked on."""
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if os.path.exists(os.path.join(ROOT, name)):
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            shutil.copy2(os.path.join(ROOT, name), os.path.join(folder, name), follow_symlinks=False)


class ReproducibleTest(unittest.TestCase):
    def test_another_folder_gives_the_same_programs(self):
        with tempfile.TemporaryDirectory(prefix="another-place-") as scratch:
            folder = os.path.join(scratch, "other-name")
            copy_source(folder)
            for preset, programs in PROGRAMS.items():
                for command in (["cmake", "--preset", preset, "-DCMAKE_C_COMPILER_LAUNCHER=env"], ["ninja", "-C", f"build/{preset}", "-j2", *(os.path.basename(name).split(".")[0] for name in programs)]):
                    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
                    self.assertEqual(done.returncode, 0, done.stdout[-3000:])
                for name in programs:
                    ours = os.path.join(ROOT, "build", preset, name)
                    self.assertEqual(digest(os.path.join(folder, "build", preset, name)), digest(ours), name)
                    with open(ours, "rb") as file:
                        content = file.read()
                    for place in (ROOT, os.path.expanduser("~/.cache")):
                        self.assertNotIn(place.encode(), content, f"{name} tells where it was built")


class SbomTest(unittest.TestCase):
    """The list of what is inside, against the recipes and the files themselves."""

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        for name in ("PoolCenter-0-installer.exe", "poolagent_0_amd64.deb"):
            with open(os.path.join(self.folder, name), "w", encoding="ascii") as file:
                file.write(name)
        self.document = self.write()

    def write(self):
        subprocess.run([os.path.join(ROOT, "tools", "sbom"), self.folder], check=True, env=dict(os.environ, SOURCE_DATE_EPOCH="1767225600"))
        name = next(name for name in os.listdir(self.folder) if name.endswith(".spdx.json"))
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return json.load(file)

    def test_files_have_their_checksums(self):
        for file in self.document["files"]:
            sums = {each["algorithm"]: each["checksumValue"] for each in file["checksums"]}
            self.assertEqual(sums["SHA256"], digest(os.path.join(self.folder, file["fileName"])))
            self.assertEqual(len(sums["SHA1"]), 40)
        self.assertEqual(len(self.document["files"]), 2)

    def test_every_linked_library_is_there_with_its_pin(self):
        libraries = {each["name"]: each for each in self.document["packages"] if "checksums" in each}
        with open(os.path.join(ROOT, "third_party", "build"), encoding="utf-8") as file:
            made = {name for target, names in re.findall(r'(\w+)\)\s*\n\s*libraries="([^"]+)"', file.read()) if target in ("mingw64", "portable64") for name in names.split()}
        self.assertEqual(set(libraries), made - {"cmocka", "sysroot"})
        for name, library in libraries.items():
            with open(os.path.join(ROOT, "third_party", "recipes", name + ".sh"), encoding="utf-8") as file:
                recipe = file.read()
            self.assertIn("version=" + library["versionInfo"], recipe)
            self.assertIn(library["checksums"][0]["checksumValue"], recipe)

    def test_it_is_a_whole_document(self):
        """SPDX 2.3: what must be there, and no relationship that leads nowhere."""
        self.assertEqual((self.document["spdxVersion"], self.document["dataLicense"], self.document["SPDXID"]), ("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT"))
        self.assertEqual(self.document["creationInfo"]["created"], "2026-01-01T00:00:00Z")
        known = {"SPDXRef-DOCUMENT"} | {each["SPDXID"] for each in self.document["packages"] + self.document["files"]}
        self.assertEqual(len(known), 1 + len(self.document["packages"]) + len(self.document["files"]))
        for one in known:
            self.assertRegex(one, r"^SPDXRef-[A-Za-z0-9.-]+$")
        for relation in self.document["relationships"]:
            self.assertLessEqual({relation["spdxElementId"], relation["relatedSpdxElement"]}, known)
        for package in self.document["packages"]:
            self.assertLessEqual({"name", "versionInfo", "downloadLocation", "licenseConcluded", "licenseDeclared", "copyrightText"}, set(package))

    def test_it_is_the_same_again(self):
        self.assertEqual(self.document, self.write())


if __name__ == "__main__":
    unittest.main()
