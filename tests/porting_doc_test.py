#!/usr/bin/env python3
"""Keeps docs/porting.md, firmware/core/port.h and the conformance suite of one mind.

Every function of the port has a row in the page's table, in the header's order, and at least one
check in the suite that bears its name; and nothing else does. The page's other table has the wrong
ports that the suite must find out.
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
WRONG = re.compile(r'WrongPort\{\s*"(\w+)",\s*"(\w+)\.')
WRONG_ROW = re.compile(r"^\| `(\w+)` \| (\*.*)\|$", re.M)
WRONG_NAME = re.compile(r"\*(\w+)\*: ")
CHECK = re.compile(r'Check\{"(\w+)\.\w+"')


def functions(text):
    text = re.sub(r"//[^\n]*", "", text)
    return FUNCTION.findall(text)


class PortingPage(unittest.TestCase):
    def test_the_table_has_each_function_of_the_header_in_its_order(self):
        declared = functions(HEADER.read_text(encoding="utf-8"))
        self.assertGreater(len(declared), 10, "no functions found: looking in the wrong way")
        page = PAGE.read_text(encoding="utf-8").split("## Whom the suite finds out")[0]
        rows = ROW.findall(page)
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

    def test_the_page_names_each_wrong_port_under_its_function(self):
        page = PAGE.read_text(encoding="utf-8").split("## Whom the suite finds out")[1].split("\n## ")[0]
        told = {(function, name) for function, cell in WRONG_ROW.findall(page)
                for name in WRONG_NAME.findall(cell)}
        tried = set(WRONG.findall((SUITE / "wrong_ports.h").read_text(encoding="utf-8")))
        self.assertGreater(len(tried), 40, "no wrong ports found: looking in the wrong way")
        self.assertEqual(told, {(function, name) for name, function in tried})

    def test_it_sees_what_it_is_there_for(self):
        self.assertEqual(functions("bool A(int x,\n  int y) noexcept;\n// B() noexcept;\n"), ["A"])


if __name__ == "__main__":
    sys.exit(unittest.main())
