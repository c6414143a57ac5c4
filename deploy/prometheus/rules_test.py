#!/usr/bin/env python3
"""Proves the alert rules with Debian's own promtool, unpacked by tests/fetch-daemons.

Rules and example configuration are valid, each *.test.yml passes, no comparison or number
of an alert can be changed without a test noticing, and every metric a rule names exists.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RULES = HERE / "torpor.rules.yml"
DAEMONS = pathlib.Path(os.environ.get("TORPOR_DAEMONS") or ROOT / "build" / "daemons")
PROMTOOL = DAEMONS / "usr" / "bin" / "promtool"

# What the gateway adds to each group, and what it says of itself.
OF_THE_GATEWAY = {
    "push_time_seconds",
    "push_failure_time_seconds",
    "process_start_time_seconds",
}

# Each is a fault someone could make; longest first, so that ">=" is not taken for ">".
FAULTS = [
    (r">= 3", [">= 2", ">= 4", "< 3"]),
    (r"<= bool", ["< bool", "> bool"]),
    (r"\+ 120\b", ["+ 119", "+ 135", "- 120"]),  # a change below 15 s no one sees
    (r"== 1\b", ["== 0"]),
    (r"== 0\b", ["== 1"]),
    (r"> 180\b", [">= 180", "> 179", "> 195", "< 180"]),
    (r"for: 2m", ["for: 1m", "for: 3m"]),
    (r"< 14 \* 86400\b", ["<= 14 * 86400", "> 14 * 86400", "< 13 * 86400", "< 15 * 86400"]),
    (r"- on \(job, instance, site\)", ["+ on (job, instance, site)"]),
    (r"for: 10m", ["for: 9m", "for: 11m"]),
    (r'clause!="data_age"', ['clause="data_age"', 'clause=~".*"']),
    (r"and on \(instance, site\)", ["unless on (instance, site)"]),
    (r"and on \(site\)", ["unless on (site)", "and on ()"]),
]


def promtool(*arguments, cwd=HERE):
    """Exit status and everything it said."""
    done = subprocess.run(
        [str(PROMTOOL), *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout


def tests_in(folder):
    return sorted(path.name for path in pathlib.Path(folder).glob("*.test.yml"))


def mutants(text):
    """Every rule file that differs from `text` by one fault, and what the fault is."""
    expressions = "\n".join(
        line for line in text.splitlines() if not line.lstrip().startswith("#")
    )
    for pattern, faults in FAULTS:
        found = list(re.finditer(pattern, expressions))
        if not found:
            raise AssertionError(f"no rule holds {pattern} any more")
        for match in found:
            for fault in faults:
                line = expressions.count("\n", 0, match.start()) + 1
                yield (
                    expressions[: match.start()] + fault + expressions[match.end() :],
                    f"{match.group()} -> {fault} (line {line}, comments not counted)",
                )


class Rules(unittest.TestCase):
    def test_are_valid(self):
        status, said = promtool("check", "rules", RULES.name)
        self.assertEqual(status, 0, said)

    def test_load_with_the_example_configuration(self):
        status, said = promtool("check", "config", "prometheus.yml")
        self.assertEqual(status, 0, said)

    def test_pass_their_own_tests(self):
        self.assertGreaterEqual(len(tests_in(HERE)), 2)
        status, said = promtool("test", "rules", *tests_in(HERE))
        self.assertEqual(status, 0, said)

    def test_cannot_be_changed_unseen(self):
        survivors = []
        with tempfile.TemporaryDirectory() as folder:
            for name in tests_in(HERE):
                shutil.copy(HERE / name, folder)
            for text, fault in mutants(RULES.read_text()):
                (pathlib.Path(folder) / RULES.name).write_text(text)
                status, _ = promtool("test", "rules", *tests_in(folder), cwd=folder)
                if status == 0:
                    survivors.append(fault)
        self.assertEqual(survivors, [])

    def test_name_only_metrics_that_exist(self):
        table = (ROOT / "docs/metrics.md").read_text()
        exported = set(re.findall(r"^\| (torpor_\w+)", table, re.M))
        text = RULES.read_text()
        recorded = set(re.findall(r"record: (\S+)", text))
        used = set(re.findall(r"(?<![\w:])((?:torpor|push|process)_\w+|\w+:\w+:\w+)", text))
        used -= {"torpor_live", "torpor_push_age"}
        self.assertGreaterEqual(len(used), 5)
        self.assertEqual(used - exported - recorded - OF_THE_GATEWAY, set())

    def test_alerts_are_explained(self):
        explained = (ROOT / "docs/alerts.md").read_text()
        for alert in re.findall(r"alert: (\S+)", RULES.read_text()):
            self.assertIn(f"\n## {alert}\n", explained)


class GoldenPage(unittest.TestCase):
    def test_pleases_promtool(self):
        page = (ROOT / "telemetry/testdata/metrics.golden.txt").read_text()
        done = subprocess.run(
            [str(PROMTOOL), "check", "metrics"],
            input=page,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        self.assertEqual((done.returncode, done.stdout), (0, ""))


if __name__ == "__main__":
    if not PROMTOOL.exists():
        print(f"NOT RUN: no {PROMTOOL}; tests/fetch-daemons fetches it", file=sys.stderr)
        sys.exit(0)
    unittest.main()
