#!/usr/bin/env python3
"""Every link of README.md and docs/ leads somewhere, every file that they name is there, and every
page is found by whoever begins at README.md."""
import pathlib
import re
import sys
import unittest

import pages

ROOT = pages.ROOT
# A name of a file of ours in code: a folder of the repository, and an ending.
FILE = re.compile(r"^((?:[a-z][\w.-]*/)+[\w@.-]+\.(?:cc|h|py|md|yml|json|toml|proto|cmake|svg|mjs|js|service|txt|pml|sh|ts))(?::.*)?$")
CASE = re.compile(r"^(\S+_test\.cc): (\w+)\.(\w+)$")  # one of its tests
# Code that looks like one: what commands or a build make, and places on a robot.
MADE = re.compile(r"^(?:(?:build|state|keys|node_exporter|machine|my-data|site|robot|board|cv)/|.*/thing_)")


def complaints(name, page):
    """What is wrong with the links of a page, and with the files that it names."""
    folder = (ROOT / name).parent
    for line, target in pages.links(page):
        path, _, anchor = target.partition("#")
        goal = (folder / path).resolve()
        if path and not goal.exists():
            yield f"{name}:{line}: leads nowhere: {target}"
        elif anchor and anchor not in (anchors(goal) if path else pages.headings(page)):
            yield f"{name}:{line}: no such heading: {target}"
    for line, code in pages.spans(page):
        if not (named := FILE.match(code)) or MADE.match(code):
            continue
        if not (ROOT / named[1]).exists():
            yield f"{name}:{line}: no such file: {named[1]}"
        elif (case := CASE.match(code)) and not re.search(rf"\({case[2]},\s*{case[3]}\)", (ROOT / case[1]).read_text(encoding="utf-8")):
            yield f"{name}:{line}: no such test in {case[1]}: {case[2]}.{case[3]}"


def anchors(path):
    return pages.headings(pages.read(path.name, path.read_text(encoding="utf-8")))


def reached():
    """The pages that one comes to from README.md, from link to link."""
    found, ask = {"README.md"}, ["README.md"]
    while ask:
        name = ask.pop()
        for _, target in pages.links(pages.page(name)):
            goal = ((ROOT / name).parent / target.split("#")[0]).resolve()
            if target[0] == "#" or goal.suffix != ".md" or not goal.exists():
                continue
            path = str(goal.relative_to(ROOT))
            if path not in found:
                found.add(path)
                ask.append(path)
    return found


class Links(unittest.TestCase):
    def test_lead_somewhere_and_files_that_are_named_are_there(self):
        found = [fault for name in pages.names() for fault in complaints(name, pages.page(name))]
        if found:
            self.fail("\n" + "\n".join(found))

    def test_every_page_is_reached_from_the_readme(self):
        self.assertEqual(sorted(set(pages.names()) - reached()), [])

    def test_a_readme_names_each_page_of_the_table_once(self):
        table = pages.page("README.md").prose.split("\n## Documents\n")[1].split("\n## ")[0]
        named = [target for target in re.findall(r"\]\(([^)#\s]+\.md)\)", table)]
        self.assertEqual(sorted({target for target in named if named.count(target) > 1}), [])

    def test_it_sees_what_it_is_there_for(self):
        def wrong(text):
            return list(complaints("docs/x.md", pages.read("docs/x.md", text)))

        for text in ("[a](no.md)\n", "[a](time.md#no)\n", "## B\n[a](#a)\n", "`core/no.h`\n", "`tests/no_test.cc: A.B`\n", "`link/agreement_test.cc: Agreement.No`\n",
                     "![a](no.svg)\n"):
            self.assertEqual(len(wrong(text)), 1, text)
        for text in ("[a](time.md)\n", "## A, b: `c`\n[a](#a-b-c)\n", "`core/status.h`\n",
                     "`link/agreement_test.cc: Agreement.NoBytesCrashEitherSide`\n", "[a](https://no.example/x)\n",
                     "```text\n[a](no.md)\n```\n", "`build/no.h` `[a](no.md)`\n", "## A\n## A\n[a](#a-1)\n"):
            self.assertEqual(wrong(text), [], text)
        self.assertGreater(len(pages.names()), 40)


if __name__ == "__main__":
    sys.exit(unittest.main())
