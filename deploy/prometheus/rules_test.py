#!/usr/bin/env python3
"""Proves the alert rules with Debian's own promtool.

They and the example configuration are valid, each *.test.yml passes, every alert is seen firing,
quiet and at its boundary, is explained, and names only what is exported. That no rule can be
changed unseen is mutation_test.py's.
"""
import concurrent.futures
import os
import re
import sys
import tempfile
import unittest

import promtool as pt

SEVERITIES = {"critical", "warning", "info", "none"}
SCOPES = {"robot", "site", "gateway", "fleet", "watchdog"}
RAILS = 16  # that a robot may have, docs/metrics.md


def expectations(kind):
    """What the cases of a kind expect: for each alert the labels of those that fire, case by case."""
    found = {}
    for content in pt.test_files().values():
        for test in content["tests"]:
            if not test["name"].startswith(kind + ": "):
                continue
            for row in test.get("alert_rule_test", []):
                found.setdefault(row["alertname"], []).append(
                    [alert["exp_labels"] for alert in row["exp_alerts"]]
                )
    return found


class Rules(unittest.TestCase):
    def test_are_valid(self):
        status, said = pt.promtool("check", "rules", *pt.RULE_FILES)
        self.assertEqual(status, 0, said)

    def test_load_with_the_example_configuration(self):
        status, said = pt.promtool("check", "config", "prometheus.yml")
        self.assertEqual(status, 0, said)
        text = (pt.HERE / "prometheus.yml").read_text()
        self.assertEqual(re.findall(r"^- (\S+\.rules\.yml)$", text, re.M), pt.RULE_FILES)

    def test_pass_their_own_tests(self):
        tests = pt.test_files()
        self.assertGreaterEqual(len(tests), 7)
        with tempfile.TemporaryDirectory() as folder:
            for name, content in pt.without_annotations(pt.rule_files()).items():
                pt.write(folder, name, content)
            for name, content in tests.items():
                pt.write(folder, name, content)
            with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
                said = pool.map(lambda name: pt.promtool("test", "rules", name, cwd=folder), tests)
                failed = [words for status, words in said if status != 0]
        self.assertEqual(failed, [], "\n".join(failed))

    def test_are_each_seen_firing_quiet_and_at_their_boundary(self):
        fires, quiet, boundary = (expectations(kind) for kind in ("fires", "quiet", "boundary"))
        missing = []
        for alert, rule in pt.alerts().items():
            if not any(fires.get(alert, [])):
                missing.append(f"{alert} never fires")
            if rule["expr"] == "vector(1)":
                continue  # it has neither quiet nor boundary
            if alert not in quiet or any(quiet[alert]):
                missing.append(f"{alert} is not asserted quiet, or fires in a quiet case")
            if not any(boundary.get(alert, [])) or all(boundary[alert]):
                missing.append(f"{alert} has no boundary with both sides")
        self.assertEqual(missing, [])

    def test_names_of_tests_say_what_they_are(self):
        for name, content in pt.test_files().items():
            for test in content["tests"]:
                self.assertRegex(test["name"], r"^(fires|quiet|boundary): ", name)

    def test_name_only_metrics_that_exist(self):
        known = pt.exported() | pt.recorded() | pt.OF_THE_GATEWAY
        used = {name: pt.metrics_in(rule["expr"]) for rule in pt.rules()
                for name in [rule.get("alert") or rule["record"]]}
        self.assertGreaterEqual(len(set().union(*used.values())), 25)
        self.assertEqual({name: metrics - known for name, metrics in used.items() if metrics - known}, {})

    def test_use_every_record(self):
        used = set().union(*(pt.metrics_in(rule["expr"]) for rule in pt.rules()))
        self.assertEqual(pt.recorded() - used, set())

    def test_of_many_robots_share_a_group_with_their_records_and_come_before_the_robots(self):
        first = pt.rule_files()[pt.RULE_FILES[0]]["groups"]
        self.assertEqual(len(first), 1)
        order = ["record" if "record" in rule else rule["labels"]["scope"] for rule in first[0]["rules"]]
        order = ["robot" if scope == "fleet" else scope for scope in order]
        self.assertEqual(sorted(order, key=["record", "site", "robot"].index), order)
        for other in pt.RULE_FILES[1:]:
            for group in pt.rule_files()[other]["groups"]:
                own = {rule["record"] for rule in group["rules"] if "record" in rule}
                for rule in group["rules"]:
                    self.assertEqual(pt.metrics_in(rule["expr"]) & pt.recorded() - own, set())


class Alerts(unittest.TestCase):
    def test_say_where_they_go(self):
        for name, rule in pt.alerts().items():
            self.assertIn(rule["labels"]["severity"], SEVERITIES, name)
            self.assertIn(rule["labels"]["scope"], SCOPES, name)
            self.assertTrue(rule["labels"]["cause"], name)

    def test_speak_only_of_labels_that_they_have(self):
        fires = [expectations(kind) for kind in ("fires", "boundary")]
        for name, rule in pt.alerts().items():
            text = " ".join([*rule["annotations"].values(), *rule["labels"].values()])
            spoken = set(re.findall(r"\$labels\.(\w+)", text))
            for kind in fires:
                for firing in kind.get(name, []):
                    for labels in firing:
                        # a site without that label is a test of its own
                        self.assertEqual(spoken - labels.keys() - {"site"}, set(), name)

    def test_are_explained_by_metrics_that_exist(self):
        for page in ("alerts.md", "five-in-the-morning.md"):
            named = set(re.findall(r"(?<![:\w])torpor_\w+", (pt.ROOT / "docs" / page).read_text()))
            self.assertGreater(len(named), 20, page)
            self.assertEqual(named - pt.exported(), set(), page)

    def test_are_explained(self):
        explained = (pt.ROOT / "docs/alerts.md").read_text()
        sections = set(re.findall(r"^## (Torpor\w+)$", explained, re.M))
        self.assertEqual(sections, set(pt.alerts()))
        for name, rule in pt.alerts().items():
            self.assertEqual(set(rule["annotations"]), {"summary", "description", "runbook"}, name)
            self.assertEqual(rule["annotations"]["runbook"], f"docs/five-in-the-morning.md#{name.lower()}")
            section = explained.split(f"\n## {name}\n")[1].split("\n## ")[0]
            self.assertGreater(len(section.split()), 30, f"{name} is hardly explained")

    def test_have_a_section_for_whoever_is_woken(self):
        page = (pt.ROOT / "docs/five-in-the-morning.md").read_text()
        sections = dict(re.findall(r"^### (Torpor\w+)\n(.*?)(?=^###? |\Z)", page, re.M | re.S))
        self.assertEqual(set(sections), set(pt.alerts()))
        for name, text in sections.items():
            self.assertRegex(text, rf"(?s)^\n[^\n]+\n\n```sh\n.+\n```\n\n- \*\*Do:\*\* .+\n- \*\*Back to bed\*\* .+"
                                   rf"\[More\]\(alerts\.md#{name.lower()}\)", name)
        waking = page.split("\n## Those that wake you\n")[1].split("\n## ")[0]
        self.assertEqual(set(re.findall(r"^### (\w+)$", waking, re.M)),
                         {name for name, rule in pt.alerts().items() if rule["labels"]["severity"] == "critical"})


class GoldenPage(unittest.TestCase):
    page = (pt.ROOT / "telemetry/testdata/metrics.golden.txt").read_text()

    def test_pleases_promtool(self):
        self.assertEqual(pt.promtool("check", "metrics", said_to_it=self.page), (0, ""))

    def test_of_400_robots_fits_what_one_scrape_may_hold(self):
        series = [line for line in self.page.splitlines() if not line.startswith("#")]
        without_rails = [line for line in series if "{rail=" not in line]
        # the gateway adds two to each group, and less than two hundred of its own
        most = 400 * (len(without_rails) + 2 * RAILS + 2) + 200
        limit = int(re.search(r"sample_limit: (\d+)", (pt.HERE / "prometheus.yml").read_text())[1])
        self.assertGreaterEqual(limit, most)
        self.assertLess(limit, 1.25 * most, "a flood should fail")


if __name__ == "__main__":
    if not pt.PROMTOOL.exists():
        print(f"NOT RUN: no {pt.PROMTOOL}; tests/fetch-daemons fetches it", file=sys.stderr)
        sys.exit(0)
    unittest.main()
