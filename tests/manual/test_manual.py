#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual in all languages: the same chapters, topics and pictures, links that lead somewhere, words that the program really shows."""
import importlib.machinery
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import unittest
from html.parser import HTMLParser

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "ui"))
from texts import Texts  # noqa: E402

loader = importlib.machinery.SourceFileLoader("manual", os.path.join(ROOT, "tools", "manual"))
manual = importlib.util.module_from_spec(importlib.util.spec_from_loader("manual", loader))
sys.dont_write_bytecode = True
loader.exec_module(manual)

PICTURE_LIMIT = 60_000      # bytes; the manual travels in the installer
PICTURES_LIMIT = 500_000    # of all languages


def chapter(language, name):
    return manual.read(os.path.join(manual.SOURCE, language, name + ".md"))


def pictures(text):
    return re.findall(r"!\[[^]]*\]\(images/([\w.-]+)\)", text)


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


class Page(HTMLParser):
    """What a built page names and what it refers to."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.references = [], []
        self.feed(manual.read(path))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if "id" in found:
            self.ids.append(found["id"])
        self.references += [found[name] for name in ("href", "src") if name in found]
        refresh = re.search(r"url=(\S+)", found.get("content") or "") if tag == "meta" else None
        if refresh:
            self.references.append(refresh.group(1))


class ManualTest(unittest.TestCase):
    def test_every_chapter_is_there_in_every_language(self):
        for language in manual.LANGUAGES:
            files = {name.removesuffix(".md") for name in os.listdir(os.path.join(manual.SOURCE, language)) if name.endswith(".md")} - {"README"}
            self.assertEqual(files, set(manual.chapters(language)), f"files and list of {language}")
        self.assertEqual(manual.chapters("en"), manual.chapters("de"))

    def test_topics_and_pictures_are_the_same_in_every_language(self):
        seen = set()
        for name in manual.chapters("en"):
            english, german = (manual.topics(chapter(language, name)) for language in manual.LANGUAGES)
            self.assertEqual([item[:2] for item in english], [item[:2] for item in german], name)
            self.assertEqual(english[0][:2], (name, 1), "a chapter begins with a topic of its file's name")
            topics = [topic for topic, _, _ in english]
            self.assertFalse(seen.intersection(topics), "a topic is in one chapter only")
            self.assertEqual(len(topics), len(set(topics)), name)
            seen.update(topics)
            self.assertEqual(pictures(chapter("en", name)), pictures(chapter("de", name)), name)

    def test_every_heading_but_the_smallest_is_a_topic(self):
        for language in manual.LANGUAGES:
            for name in manual.chapters(language):
                text = re.sub(r"^```.*?^```", "", chapter(language, name), flags=re.M | re.S)
                self.assertEqual(re.findall(r"^#{1,3} (.+)$", text, re.M), [heading for _, _, heading in manual.topics(text)], f"{language}/{name}")

    def test_pictures_are_there_small_and_used(self):
        total = 0
        for language in manual.LANGUAGES:
            folder = os.path.join(manual.SOURCE, language, "images")
            named = {picture for name in manual.chapters(language) for picture in pictures(chapter(language, name))}
            self.assertEqual(named, set(os.listdir(folder)), language)
            for picture in named:
                size = os.path.getsize(os.path.join(folder, picture))
                self.assertLess(size, PICTURE_LIMIT, picture)
                total += size
        self.assertLess(total, PICTURES_LIMIT)

    def test_pictures_of_a_language_are_its_own(self):
        for picture in os.listdir(os.path.join(manual.SOURCE, "en", "images")):
            english, german = (read_bytes(os.path.join(manual.SOURCE, language, "images", picture)) for language in manual.LANGUAGES)
            self.assertFalse(english == german, picture)

    def test_every_quoted_command_is_one_of_the_program(self):
        for language in manual.LANGUAGES:
            words = Texts(language)
            shown = {words(name).rstrip(":").strip() for name in words.words}
            for name in manual.chapters(language):
                for quote in re.findall(r"\*\*([^*]+)\*\*", chapter(language, name)):
                    for part in quote.split(" > "):
                        self.assertTrue(part in shown, f"{language}/{name}: **{quote}**: the program shows no '{part}'")

    def test_the_built_pages_lead_somewhere(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([os.path.join(ROOT, "tools", "manual"), folder], check=True)
            for language in manual.LANGUAGES:
                place = os.path.join(folder, language)
                index = Page(os.path.join(place, "index.html"))
                self.assertEqual(len(index.ids), len(set(index.ids)))
                for file in os.listdir(place):
                    if file.endswith(".html"):
                        for reference in Page(os.path.join(place, file)).references:
                            self.check_reference(place, file, reference, index)
                self.assertTrue({topic + ".html" for topic in index.ids}.issubset(os.listdir(place)))

    def check_reference(self, place, file, reference, index):
        path, _, topic = reference.partition("#")
        if path.startswith(("http://", "https://")):
            return
        self.assertTrue(os.path.exists(os.path.join(place, path or file)), f"{file}: {reference}")
        if topic:
            self.assertIn(topic, index.ids, f"{file}: {reference}")

    def test_the_same_input_makes_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            made = []
            for name in ("one", "two"):
                place = os.path.join(folder, name)
                subprocess.run([os.path.join(ROOT, "tools", "manual"), place, "--pdf", place], check=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
                made.append({os.path.relpath(os.path.join(where, file), place): read_bytes(os.path.join(where, file))
                             for where, _, files in os.walk(place) for file in files})
            self.assertEqual(made[0].keys(), made[1].keys())
            for file, data in made[0].items():
                self.assertTrue(data == made[1][file], file)
            for language in manual.LANGUAGES:
                self.assertTrue(made[0][f"poolcenter-manual-{language}.pdf"].startswith(b"%PDF-"))


if __name__ == "__main__":
    unittest.main()
