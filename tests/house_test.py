#!/usr/bin/env python3
"""Keeps the house: no unfinished marks, no file past its length, no path of one machine, and no
folder that tests share."""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent

MAX_LINES = 400
MAX_LINES_OF_A_TEST = 500  # rows of cases are long without hiding a second idea
TEXT = {".h", ".cc", ".cu", ".c", ".py", ".cmake", ".md", ".toml", ".proto", ".options", ".yml",
        ".yaml", ".service", ".json", ".txt", ".sh", ""}
CODE = {".h", ".cc", ".cu", ".c", ".py", ".sh", ""}

# Spelt in halves, so that this file does not complain of itself.
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r")\b")
MACHINE_PATH = re.compile(r"(?<![\w.$}/])/(work|home/\w+|root|Users)(/\w|\b(?=[\s\"']))")
# CTest runs the tests of one program side by side: each has a TestFolder, and a name in the
# machine's own temporary folder is shared between them.
TEMPORARY = re.compile(r"\b(TempDir\(|temp_directory_path\b|mk[ds]temp\b|tmpnam\b)|\"/(tmp|dev/shm)\b")
MAY_NAME_TEMPORARY = {"core/test_folder.h", "cli/simulate.cc", "cli/calibrate.cc"}  # for people to look into, for plans of one measurement
CPP = {".h", ".cc", ".cu"}
LICENCE = "LICENSE"


def files():
    for path in sorted(ROOT.rglob("*")):
        relative = path.relative_to(ROOT)
        top = relative.parts[0]
        if top in ("build", ".git", ".cache") or relative.name == LICENCE:
            continue
        if relative.parts[:2] == ("fuzz", "corpus"):  # bytes, whatever their names
            continue
        if path.is_file() and path.suffix in TEXT and "__pycache__" not in relative.parts:
            yield relative


def complaints_of(path, text):
    found = []
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if match := UNFINISHED.search(line):
            found.append(f"{path}:{number}: finish it or drop it: {match.group()}")
        if match := MACHINE_PATH.search(line):
            found.append(f"{path}:{number}: a path of one machine: {match.group()}")
        if path.suffix in CPP and str(path) not in MAY_NAME_TEMPORARY and (match := TEMPORARY.search(line)):
            found.append(f"{path}:{number}: a test's folder is a TestFolder: {match.group()}")
    limit = MAX_LINES_OF_A_TEST if path.stem.endswith("_test") else MAX_LINES
    if path.suffix in CODE and len(lines) > limit:
        found.append(f"{path}: {len(lines)} lines; past {limit}, look for the second idea")
    if text and not text.endswith("\n"):
        found.append(f"{path}: no newline at its end")
    return found


# What tests more when asked to: a test that says so itself, or whose header does.
MORE = re.compile(r"TORPOR_EXHAUSTIVE|#include \"firmware/core/torn_flash_test\.h\"")


def unlabelled(path, text, cmake):
    """A test that reads TORPOR_EXHAUSTIVE and whose folder's CMakeLists.txt does not label it so:
    ./dev test --all would take its samples for all that there is."""
    if not path.name.endswith(("_test.cc", "_test.py")) or not MORE.search(text):
        return False
    labelled = re.findall(r"LABELS exhaustive\)(.*?)unset\(", cmake, re.DOTALL)  # of torpor_test()
    labelled += [line for line in cmake.splitlines() if line.endswith("LABELS exhaustive)")]
    return not any(re.search(rf"[(_ ]{path.stem}\b", part) for part in labelled)


class House(unittest.TestCase):
    def test_what_tests_more_when_asked_is_labelled(self):
        asked = 0
        for path in files():
            text = (ROOT / path).read_text(encoding="utf-8")
            if not path.name.endswith(("_test.cc", "_test.py")) or path.stem == "house_test" or not MORE.search(text):
                continue
            asked += 1
            lists = [f for f in (ROOT / path).parents if (f / "CMakeLists.txt").exists()]
            cmake = (lists[0] / "CMakeLists.txt").read_text(encoding="utf-8")
            self.assertFalse(unlabelled(path, text, cmake), f"{path}: not labelled exhaustive")
        self.assertGreater(asked, 4, "no such tests found: looking in the wrong place")

        def wrong(cmake):
            return unlabelled(pathlib.PurePosixPath("x/cut_test.cc"), 'getenv("TORPOR_EXHAUSTIVE")', cmake)

        self.assertTrue(wrong("torpor_test(cut_test x)\n"))
        self.assertTrue(wrong("set(p LABELS exhaustive)\ntorpor_test(other_test x)\nunset(p)\ntorpor_test(cut_test x)\n"))
        self.assertFalse(wrong("set(p LABELS exhaustive)\ntorpor_test(cut_test x)\nunset(p)\n"))

    def test_every_file_is_in_order(self):
        found, count = [], 0
        for path in files():
            count += 1
            found += complaints_of(path, (ROOT / path).read_text(encoding="utf-8"))
        self.assertGreater(count, 20, "no files found: looking in the wrong place")
        self.assertFalse(found, "\n" + "\n".join(found))

    def test_it_sees_what_it_is_there_for(self):
        def wrong(text, name="core/x.cc"):
            return bool(complaints_of(pathlib.PurePosixPath(name), text))

        self.assertTrue(wrong("// TO" + "DO: later\n"))
        self.assertTrue(wrong('open("/wor' + 'k/x");\n'))
        self.assertTrue(wrong("see /home/" + "someone/x\n", "docs/x.md"))
        self.assertTrue(wrong("x\n" * 401))
        self.assertTrue(wrong("x"))
        self.assertTrue(wrong("x\n" * 501, "core/x_test.cc"))
        for made_by_hand in ('testing::TempDir() + "x"', "fs::temp_directory_path()", "::mkdtemp(name.data())",
                             '"/tmp/x"', '"/dev/shm"'):
            self.assertTrue(wrong(made_by_hand + ";\n", "core/x_test.cc"), made_by_hand)
            self.assertTrue(wrong(made_by_hand + ";\n", "core/x_under_test.h"), made_by_hand)
        self.assertFalse(wrong("::mkdtemp(name.data());\n", "core/test_folder.h"))
        self.assertFalse(wrong("x\n" * 501, "docs/x.md"))
        self.assertFalse(wrong('#include "core/x.h"  // ~/.config, /run/torpor, network/root\n'))


if __name__ == "__main__":
    sys.exit(unittest.main())
