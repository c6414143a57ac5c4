#!/usr/bin/env python3
"""What people expect of a command line, of every command that torpor and torpord have.

Finds the commands by --help itself, so that a new one is held to this, too.

  command_line_test.py BUILD_DIR SOURCE_DIR
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD, SOURCE = (pathlib.Path(path) for path in sys.argv[1:3])
BIN = BUILD / "bin"
SYSEXITS = {"0", "64", "65", "66", "69", "70", "71", "74", "75", "77", "78"}


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60,
                          check=False)


def help_of(words):
    return run(BIN / words[0], *words[1:], "--help")


def commands(words=("torpor",)):
    """Every command, each as its words: torpor, torpor contract, torpor contract new, ..."""
    yield words
    if words == ("torpor", "train"):  # another program's, in another build
        return
    _, _, below = help_of(words).stdout.partition("Subcommands:\n")
    for line in below.splitlines():
        found = re.match(r"  ([a-z][a-z-]*)  ", line)
        if not found:
            break
        yield from commands((*words, found[1]))


COMMANDS = [words for words in commands() if words != ("torpor", "train")] + [("torpord",)]


class EveryCommand(unittest.TestCase):
    def test_they_are_found(self):
        self.assertIn(("torpor", "contract", "sign"), COMMANDS)
        self.assertGreater(len(COMMANDS), 20)

    def test_helps_with_an_example(self):
        for words in COMMANDS:
            with self.subTest(" ".join(words)):
                told = help_of(words)
                self.assertEqual((told.returncode, told.stderr), (0, ""))
                self.assertRegex(told.stdout, rf"\n +{' '.join(words)}\b")

    def test_examples_name_commands_and_options_that_there_are(self):
        known = {words: help_of(words).stdout for words in COMMANDS}
        for words, text in known.items():
            examples = text.partition("xample")[2].replace("\\\n", " ")
            for line in re.findall(r"^ +(torpor .*)$", examples, re.M):
                named = tuple(line.split("  ")[0].split())
                command = next(named[:n] for n in (3, 2, 1) if named[:n] in known)
                for option in re.findall(r"(?<= )--[a-z-]+", line.split(" | ")[0]):
                    with self.subTest(line):
                        self.assertRegex(known[command], rf"\n  (-\w,)?{option}[ =]|,{option}\b")

    def test_has_quiet_or_json_where_it_prints_for_long(self):
        for name in ("simulate", "fleet simulate", "fleet roster", "incident", "evaluate", "quantize",
                     "calibrate", "baseline fit", "report"):
            with self.subTest(name):
                self.assertIn("--quiet", help_of(("torpor", *name.split())).stdout)
        for name in ("simulate", "fleet simulate", "fleet roster", "incident", "evaluate", "quantize",
                     "calibrate", "baseline show", "status", "doctor", "profile", "report", "top", "keyring show",
                     "contract lint", "contract verify", "contract diff", "contract show"):
            with self.subTest(name):
                self.assertIn("--json", help_of(("torpor", *name.split())).stdout)

    def test_answers_what_is_mistyped_with_what_was_meant(self):
        for words in COMMANDS:
            with self.subTest(" ".join(words)):
                refused = run(BIN / words[0], *words[1:], "--hlep")
                self.assertEqual(refused.returncode, 64)
                self.assertEqual(refused.stdout, "")
                self.assertEqual(refused.stderr.count("\n"), 1, refused.stderr)
                self.assertIn("did you mean '--help'?", refused.stderr)

    def test_prints_no_colour_into_a_pipe(self):
        for words in COMMANDS:
            self.assertNotIn("\x1b", help_of(words).stdout)


class Manual(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for program in ("torpor", "torpord"):
            self.assertEqual(run(BIN / program, "--write-manual", self.folder).returncode, 0)

    def test_has_a_page_for_each_command(self):
        pages = {page.stem for page in self.folder.glob("*.[18]")}
        expected = {"-".join(words[:2]) for words in COMMANDS} | {"torpor-train"}
        self.assertEqual(pages, expected)
        for words in COMMANDS:
            section = 8 if words == ("torpord",) else 1
            page = (self.folder / f"{'-'.join(words[:2])}.{section}").read_text()
            page = page.replace("\\-", "-")
            for option in re.findall(r"^  (?:-\w,)?(--[a-z-]+)", help_of(words).stdout, re.M):
                with self.subTest(f"{words} {option}"):
                    self.assertIn(f"\\fB{option}\\fR", page)
            self.assertTrue(SYSEXITS >= set(re.findall(r"^\\fB(\d+)\\fR$", page, re.M)) > {"0"})

    def test_is_the_same_twice(self):
        first = {page.name: page.read_bytes() for page in self.folder.iterdir()}
        self.setUp()
        self.assertEqual(first, {page.name: page.read_bytes() for page in self.folder.iterdir()})

    def test_pages_are_good_roff(self):
        if not shutil.which("mandoc"):
            print("NOT RUN: no mandoc: the manual pages were not checked")
            return
        found = run("mandoc", "-T", "lint", "-W", "warning", *sorted(self.folder.glob("*.[18]")))
        self.assertEqual((found.returncode, found.stdout), (0, ""))

    def test_scripts_are_good_in_their_shells(self):
        for shell in ("bash", "zsh", "fish"):
            if not shutil.which(shell):
                print(f"NOT RUN: no {shell}: its completions were not read by it")
                continue
            for script in sorted(self.folder.glob(f"*.{shell}")):
                with self.subTest(script.name):
                    found = run(shell, "-n", script)
                    self.assertEqual((found.returncode, found.stdout + found.stderr), (0, ""))

    def test_refuses_other_shells_and_pages(self):
        for words in (("--completion", "tcsh"), ("--completion",), ("--manual", "nothing"),
                      ("--write-manual", self.folder / "none")):
            with self.subTest(words):
                refused = run(BIN / "torpor", *words)
                self.assertEqual((refused.returncode, refused.stdout), (64, ""))
                self.assertEqual(refused.stderr.count("\n"), 1)


class ExitCodes(unittest.TestCase):
    def test_are_those_of_the_table_of_reasons(self):
        """Each code that a reason becomes is in the manual pages of both programs."""
        rows = "".join(path.read_text() for path in (SOURCE / "core").glob("status_rows*.h"))
        used = set(re.findall(r"StatusInfo\{k\w+,\s+(\d+),", rows)) - {"0"}
        self.assertGreater(len(used), 5)
        for program in ("torpor", "torpord"):
            page = run(BIN / program, "--manual").stdout
            self.assertLessEqual(used, set(re.findall(r"^\\fB(\d+)\\fR$", page, re.M)), program)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
