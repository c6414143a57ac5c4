#!/usr/bin/env python3
"""torpord's unit and its drop-ins: systemd takes each word of them, the exposure that it reckons
stays within the bar, and is what docs/systemd.md says.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
UNIT = HERE / "torpord.service"
PAGE = HERE.parent.parent / "docs/systemd.md"
DROP_INS = sorted(HERE.glob("torpord-*.conf"))
BAR = 1.5  # of the unit as it is installed
HINDERS = re.compile(r"Unknown|Failed|Invalid|ignoring|Support for|obsolete", re.IGNORECASE)


def analyze(*words):
    done = subprocess.run(["systemd-analyze", *words], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
    return done.stdout


def exposure(drop_ins):
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder) / UNIT.name
        shutil.copy(UNIT, unit)
        pathlib.Path(f"{unit}.d").mkdir()
        for drop_in in drop_ins:
            shutil.copy(drop_in, f"{unit}.d")
        said = analyze("security", "--offline=true", "--no-pager", str(unit))
    found = re.search(r"Overall exposure level for torpord.service: ([\d.]+)", said)
    if not found:
        raise AssertionError(said)
    return float(found[1])


def complaints(drop_ins):
    """What systemd says of the words, without the program, which is not installed here."""
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder) / UNIT.name
        unit.write_text(re.sub(r"ExecStart=/usr/bin/torpord", "ExecStart=/bin/true", UNIT.read_text()))
        pathlib.Path(f"{unit}.d").mkdir()
        for drop_in in drop_ins:
            shutil.copy(drop_in, f"{unit}.d")
        said = analyze("verify", "--man=no", str(unit))
    return [line for line in said.splitlines() if "torpord" in line and HINDERS.search(line)]


class Units(unittest.TestCase):
    def setUp(self):
        if not shutil.which("systemd-analyze"):
            print("NOT RUN: no systemd-analyze to look at torpord's unit")
            self.skipTest("no systemd-analyze")

    def test_systemd_takes_each_word(self):
        for drop_ins in [[], *([d] for d in DROP_INS)]:
            self.assertEqual(complaints(drop_ins), [], drop_ins)

    def test_the_exposure_is_within_the_bar_and_as_the_page_says(self):
        told = {name: float(value) for name, value in
                re.findall(r"^\| `(torpord[\w.-]+)` \| (\d\.\d) \|", PAGE.read_text(), re.MULTILINE)}
        found = {UNIT.name: exposure([]), **{d.name: exposure([d]) for d in DROP_INS}}
        self.assertLessEqual(found[UNIT.name], BAR)
        self.assertEqual(told, found)

    def test_refusals_are_not_tried_again(self):
        said = re.search(r"^RestartPreventExitStatus=(.*)$", UNIT.read_text(), re.MULTILINE)
        self.assertLessEqual({"64", "65", "66", "77", "78"}, set(said[1].split()))


if __name__ == "__main__":
    sys.exit(unittest.main())
