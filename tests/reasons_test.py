#!/usr/bin/env python3
"""Keeps docs/reasons.md true: the rows are those of the code, and the tests it names exist.

A row without a test is complained of, unless UNPROVOKED says why there can be none; so is a
row whose test stands in a file that never speaks of the reason, unless SPOKEN_OF_OTHERWISE
says how it does.
"""
import functools
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = "docs/reasons.md"

UNPROVOKED = {
    "not-canonical": "no such payload is known, or it would have a reason of its own",
    "plan-failed": "TensorRT says so, which no machine of ours has had",
}

LITERAL = r'"(?:[^"\\]|\\.)*"'
ROW = re.compile(r"StatusInfo\{\s*(k\w+),\s*(\d+)" + rf",\s*((?:{LITERAL}\s*)+)" * 3 + r"\}")
NUMBER = re.compile(r"^\s+(k\w+) = (\d+),", re.M)
TEST = re.compile(r"`([\w./]+): (\w+)\.(\w+)`")
COLUMNS = ("number", "name", "meaning", "exit code", "advice")


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def table_of_the_code():
    board, flash = read("core/status_rows_board.h").split("kFlash = {")
    return read("core/status_rows_agreement.h") + board + read("core/status_rows_work.h") + flash


def text_of(literals):
    parts = re.findall(LITERAL, literals)
    return re.sub(r"\\(.)", r"\1", "".join(part[1:-1] for part in parts))


def rows_of_the_code(header, table):
    """{enumerator: (number, name, meaning, exit code, advice)} in the order of the table."""
    numbers = dict(NUMBER.findall(header))
    rows = {}
    for enumerator, exit_code, *texts in ROW.findall(table):
        name, meaning, advice = map(text_of, texts)
        rows[enumerator] = (numbers[enumerator], name, meaning, exit_code, advice)
    if list(rows) != list(numbers):
        raise ValueError(f"header and table differ: {set(rows) ^ set(numbers)}, or in order")
    return rows


def rows_of_the_page(page):
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if len(cells) == 6 and cells[0].isdigit():
            yield tuple(cells[:5]), cells[5]


@functools.lru_cache(maxsize=None)
def is_there(source, path, suite, test):
    if path.endswith(".py"):
        return bool(re.search(rf"class {suite}\b.*?\n    def {test}\(", source, re.S))
    return bool(re.search(rf"^TEST(?:_F|_P)?\(\s*{suite},\s*{test}\)", source, re.M))


def complaints_of_tests(row, enumerator, cell, source_of):
    number, name = row[:2]
    named = TEST.findall(cell)
    if not named:
        return [] if name in UNPROVOKED else [f"{name}: no test provokes it"]
    found, spoken_of = [], False
    for path, suite, test in named:
        source = source_of(path)
        if source is None or not is_there(source, path, suite, test):
            found.append(f"{name}: there is no {suite}.{test} in {path}")
            continue
        spoken_of |= bool(re.search(rf"\b{enumerator}\b|\b{name}\b|[( ]{number}[),]", source))
    if not found and not spoken_of:
        found.append(f"{name}: its test's file does not speak of it")
    return found


def complaints(page, code, source_of):
    found = []
    expected = {row[0]: (enumerator, row) for enumerator, row in code.items() if row[0] != "0"}
    listed = list(rows_of_the_page(page))
    for row, cell in listed:
        if row[0] not in expected:
            found.append(f"{row[0]} {row[1]}: the code has no such number")
            continue
        enumerator, truth = expected[row[0]]
        found += [f"{truth[1]}: {column} is '{of_code}', the page says '{of_page}'"
                  for column, of_page, of_code in zip(COLUMNS, row, truth) if of_page != of_code]
        found += complaints_of_tests(truth, enumerator, cell, source_of)
    numbers = [row[0] for row, _ in listed]
    if not set(numbers) - set(expected) and numbers != list(expected):
        missing = [n for n in expected if n not in numbers]
        found.append(f"missing {missing}, or a row stands twice or out of order")
    return found


@functools.lru_cache(maxsize=None)
def source_in_tree(path):
    return read(path) if (ROOT / path).is_file() else None


class Reasons(unittest.TestCase):
    def setUp(self):
        self.page = read(PAGE)
        self.code = rows_of_the_code(read("core/status.h"), table_of_the_code())

    def test_the_page_is_the_code(self):
        self.assertGreater(len(self.code), 100, "rows were not understood")
        found = complaints(self.page, self.code, source_in_tree)
        self.assertFalse(found, "\n" + "\n".join(found))

    def test_every_row_of_the_table_is_understood(self):
        table = table_of_the_code()
        self.assertEqual(table.count(" StatusInfo{k"), len(self.code))

    def test_it_sees_what_it_is_there_for(self):
        lines = self.page.splitlines()
        at = next(i for i, line in enumerate(lines) if line.startswith("| 174 |"))
        cells = lines[at].split(" | ")
        for wrong in (
            [],                                                       # a row that is missing
            [lines[at], lines[at]],                                   # that stands twice
            ["| 9999 | " + " | ".join(cells[1:])],                    # of no reason
            [" | ".join(cells[:5] + ["none |"])],                     # without a test
            [lines[at].replace("accept_test.cc", "no_test.cc")],      # with none of that file
            [lines[at].replace("Accept.", "Accept.Never")],           # with none of that name
            [" | ".join(cells[:5] + ["`core/core_test.cc: Crc32.ContinuesFromASeed` |"])],
            *([" | ".join(cells[:i] + [cells[i] + "1"] + cells[i + 1:])] for i in range(1, 5)),
        ):
            page = "\n".join(lines[:at] + wrong + lines[at + 1:])
            self.assertTrue(complaints(page, self.code, source_in_tree), wrong)
        swapped = lines[:at] + [lines[at + 1], lines[at]] + lines[at + 2:]
        self.assertTrue(complaints("\n".join(swapped), self.code, source_in_tree))

    def test_each_parameter_is_named_by_the_rule(self):
        rule = re.search(r"1000 \+ its field number.*?(?=\n- )", self.page, re.S).group()
        proto = read("contract/contract.proto")
        examples = re.findall(r"\b1(\d{3})\b(?: is)? `(\w+)`", rule)
        self.assertEqual(len(examples), 2)
        for number, name in examples:
            self.assertRegex(proto, rf"\b{name} = {int(number)};")
        named = TEST.findall(rule)
        self.assertTrue(named)
        for path, suite, test in named:
            self.assertTrue(is_there(read(path), path, suite, test), test)
        self.assertIn("kDisagreementBase = 1000;", read("contract/difference.h"))


if __name__ == "__main__":
    sys.exit(unittest.main())
