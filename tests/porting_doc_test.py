#!/usr/bin/env python3
"""Keeps docs/porting.md, firmware/core/port.h and the conformance suite of one mind.

Every function of the port has a row in the page's table, in the header's order, and at least one
check in the suite that bears its name; and nothing else does.
"""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADER = ROOT / "firmware/core/port.h"
PAGE = ROOT / "docs/porting.md"
SUITE = ROOT / "firmware/port/conformance"

FUNCTION = re.compile(r"(\w+)\([^;{}]*\)\s*noexcept\s*;")
ROW = re.compile(r"^\| `(\w+)` \|(.*)\|$", re.M)
CHECK = re.compile(r'Check\{"(\w+)\.\w+"')


def functions(text):
    text = re.sub(r"//[^\n]*", "", text)
    return FUNCTION.findall(text)


class PortingPage(unittest.TestCase):
    def test_the_table_has_each_function_of_the_header_in_its_order(self):
        declared = functions(HEADER.read_text(encoding="utf-8"))
        self.assertGreater(len(declared), 10, "no functions found: looking in the wrong way")
        rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
        self.assertEqual([name for name, _ in rows], declared)
        for name, cells in rows:
            words = [cell.strip() for cell in cells.split("|")]
            self.assertEqual(len(words), 3, name)
            self.assertTrue(all(words), f"{name}: an empty cell")
            self.assertIn(words[0], ("main loop", "interrupt"), name)

    def test_the_suite_tries_each_function_and_no_other(self):
        declared = set(functions(HEADER.read_text(encoding="utf-8")))
        tried = set()
        for path in SUITE.glob("*.cc"):
            tried.update(CHECK.findall(path.read_text(encoding="utf-8")))
        self.assertEqual(declared - tried, set(), "without a check")
        self.assertEqual(tried - declared, set(), "checks of what is no function of the port")

    def test_it_sees_what_it_is_there_for(self):
        self.assertEqual(functions("bool A(int x,\n  int y) noexcept;\n// B() noexcept;\n"), ["A"])


if __name__ == "__main__":
    sys.exit(unittest.main())
