#!/usr/bin/env python3
"""Runs every block of commands in README.md and docs/, and holds those that cannot be run here
against the help of the programs that they name. How a page says which is which: pages.py.

    doc_commands_test.py PROGRAMS [PAGE ...]      the folder of the build's programs
"""
import collections
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import commands
import pages
import running

ROOT = pages.ROOT
SLOW = bool(os.environ.get("TORPOR_EXHAUSTIVE"))
DAEMONS = pathlib.Path(os.environ.get("TORPOR_DAEMONS") or ROOT / "build" / "daemons")
# What pages use and a machine may lack; a page that names one is left out without it.
WANTED = re.compile(r"(?<![\w./-])(sqlite3|openssl|curl|protoc|node|prometheus|prometheus-pushgateway|promtool|amtool|"
                    r"prometheus-alertmanager|prometheus-node-exporter|mosquitto_sub|torpor-train)(?![\w./=:-])")
TIMES = bool(os.environ.get("TORPOR_TIMES"))  # say when each block has ended
PROGRAMS = None
ONLY = []


def of_commands(page):
    return [block for block in page.blocks if block.language == pages.COMMANDS]


def missing(page, path):
    """A program that the page runs and this machine has not."""
    text = "\n".join(" ".join(command) for block in of_commands(page) if "not run" not in block.marks
                     for command in commands.simple(block.text + "\n" + block.marks.get("setting", "")))
    for name in sorted(set(WANTED.findall(text))):
        if not shutil.which(name, path=os.pathsep.join([*map(str, path), os.environ["PATH"]])):
            return name
    return None


class Documents(unittest.TestCase):
    def pages(self):
        return [pages.page(name) for name in pages.names() if not ONLY or name in ONLY]

    def none(self, faults):
        if faults:
            self.fail("\n" + "\n".join(faults))

    def test_every_block_says_what_it_is(self):
        found = [fault for page in self.pages() for fault in pages.faults(page)]
        self.none(found)

    def test_every_block_of_commands_is_shell(self):
        for page in self.pages():
            for block in of_commands(page):
                done = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, f"{block}: {done.stderr}")

    def test_every_command_and_option_exists(self):
        programs = commands.Programs(PROGRAMS, ROOT / "dev")
        found, count = [], 0
        for page in self.pages():
            named = [(str(block), block.text) for block in of_commands(page)]
            named += [(f"{page.name}:{line}", text) for line, text in pages.spans(page)
                      if text.split()[0] in (*commands.PROGRAMS, "./dev")]
            for where, text in named:
                for command in commands.simple(text):
                    count += 1
                    found += [f"{where}: {complaint}" for complaint in programs.complaints(command)]
        self.assertGreater(count, 10 if ONLY else 200, "no commands found: looking in the wrong way")
        for program in sorted(programs.missing):
            print(f"NOT RUN: the options of {program} in the documents: it is not in this build")
        self.none(found)

    def test_every_block_of_commands_does_what_its_page_says(self):
        chosen = [page for page in self.pages() if of_commands(page)]
        if SLOW and not ONLY:  # the others were run without it
            chosen = [page for page in chosen if any("slow" in block.marks for block in of_commands(page))]
        with tempfile.TemporaryDirectory() as shared, \
                concurrent.futures.ThreadPoolExecutor(os.cpu_count() + 2) as pool:  # most of them wait
            path = [PROGRAMS, running.stand_ins(DAEMONS, shared), DAEMONS / "usr" / "bin"]
            results = list(pool.map(lambda page: self.play_twice(page, path, shared), chosen))
        run = sum(count for count, _, _ in results)
        left = [why for _, reasons, _ in results for why in reasons]
        print(f"{run} blocks of commands run, {len(left)} not")
        for (page, why), count in sorted(collections.Counter(left).items()):
            print(f"NOT RUN: {count} block{'s' if count > 1 else ''} of commands in {page}: {why}")
        broken = [fault for _, _, fault in results if fault]
        self.none(broken)

    def play_twice(self, page, path, shared):
        """As play(), and once more where something broke: robots of these pages keep deadlines in real
        time, and a machine that was busy elsewhere is no fault of the page. A wrong page breaks twice."""
        results = self.play(page, path, shared)
        if results[2]:
            print(f"{page.name} once more, as it broke: {results[2]}")
            results = self.play(page, path, shared)
        return results

    def play(self, page, path, shared):
        """(blocks run, why others were not, what broke) of a page."""
        if lacking := missing(page, path):
            return 0, [(page.name, f"no {lacking} here")] * len(of_commands(page)), None
        count, left, began = 0, [], time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            shell = running.Shell(folder, path, shared)
            try:
                for block, why in running.play(page, shell, SLOW):
                    count += why is None
                    if TIMES:
                        print(f"{time.monotonic() - began:6.1f} s {block}")
                    if why:
                        left.append((page.name, why))
            except running.Broken as broken:
                return count, left, str(broken)
            finally:
                shell.close()
        return count, left, None


class TheTestItself(unittest.TestCase):
    """It sees what it is there for."""

    def faults(self, text):
        return pages.faults(pages.read("x.md", text))

    def play(self, text):
        page = pages.read("x.md", text)
        self.assertEqual(pages.faults(page), [])
        with tempfile.TemporaryDirectory() as folder:
            shell = running.Shell(folder, [PROGRAMS], folder)
            try:
                return list(running.play(page, shell, False))
            finally:
                shell.close()

    def test_blocks_without_a_language_or_with_a_mark_that_is_none(self):
        self.assertEqual(self.faults("```sh\ntrue\n```\n"), [])
        for text in ("```\ntrue\n```\n", "```output\nx\n```\n", "```text\ntorpor status\n```\n", "```sh\ntrue\n",
                     "<!-- not rum: x -->\n```sh\ntrue\n```\n", "<!-- slow: x -->\nWords.\n```sh\ntrue\n```\n",
                     "<!-- slow: x -->\n",
                     "<!-- exit: well -->\n```sh\ntrue\n```\n", "<!-- not run: x -->\n```text\nx\n```\n"):
            self.assertEqual(len(self.faults(text)), 1, text)

    def test_commands_that_fail(self):
        for text in ("```sh\nfalse\ntrue\n```\n", "<!-- exit: 3 -->\n```sh\n(exit 4)\n```\n",
                     "```sh\necho one\n```\n\n```output\ntwo\n```\n", "```sh\nexit 1\n```\n",
                     "<!-- setting: false -->\n```sh\ntrue\n```\n"):
            with self.assertRaises(running.Broken, msg=text):
                self.play(text)

    def test_commands_that_do_as_they_should(self):
        text = ("```sh\nA=1\n```\n<!-- exit: 3 -->\n```sh\n(exit $((A + 2)))\n```\n<!-- not run: x -->\n```sh\nfalse\n```\n"
                "<!-- within: 9 s -->\n```sh\necho x >> n; wc -l < n\n```\n```output\n3\n```\n"
                "```sh\necho 127.0.0.1:9091 $PWD/a /etc/torpor\n```\n```output\n127.0.0.1:9091 a /etc/torpor\n```\n")
        self.assertEqual([why for _, why in self.play(text)], [None, None, "x", None, None])

    def test_output_is_compared_but_for_its_dots(self):
        self.assertTrue(running.like("a\n...\nb ... d\n", "a\n1\n2\nb c d\n"))
        self.assertTrue(running.like("a\n...\n", "a\n"))
        self.assertFalse(running.like("a\n", "a\nb\n"))
        self.assertFalse(running.like("a.c ... d\n", "abc x d\n"))
        for said in ("a\n", "a\nb c d e\n", "a\nb d\n", "a\nb\nc d\n"):
            self.assertFalse(running.like("a\n...\nb ... d\n", said), said)

    def test_commands_and_options_that_are_none(self):
        programs = commands.Programs(PROGRAMS, ROOT / "dev")
        for text in ("torpor contarct sign", "torpor contract sing x", "torpor contract sign --kye x", "torpord --staet x",
                     "./dev tset", "./dev test --al", "torpord ... \\\n  --nothing", "x | sudo torpor status --no 2>&1",
                     "A=$(torpor no)", "if ! torpor no; then"):
            self.assertEqual(len([c for words in commands.simple(text) for c in programs.complaints(words)]), 1, text)
        for text in ("torpor contract sign x --key y -o z  # --no", "torpord ... --state x --once", "./dev test --all", "torpor",
                     "echo torpor no", "torpor contract", "./dev demo --unplug"):
            self.assertEqual([c for words in commands.simple(text) for c in programs.complaints(words)], [], text)


if __name__ == "__main__":
    PROGRAMS = pathlib.Path(sys.argv.pop(1)).resolve()
    ONLY = [name for name in sys.argv[1:] if name.endswith(".md")]
    unittest.main(argv=[sys.argv[0], *(word for word in sys.argv[1:] if word not in ONLY)])
