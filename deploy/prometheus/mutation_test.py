#!/usr/bin/env python3
"""No rule can be changed without a test noticing.

Each mutant (mutants.py) is run against the tests that know of its rule, and one must fail. Two
minutes on two processors, and only with TORPOR_EXHAUSTIVE=1, as in ./dev test --all.
"""
import concurrent.futures
import copy
import os
import sys
import tempfile
import time
import unittest

import mutants
import promtool as pt


def name_of(rule):
    return rule.get("alert") or rule["record"]


def needs(rule, records):
    """The records that a rule is made of, and those of these."""
    found = set()
    ask = [rule]
    while ask:
        for name in pt.metrics_in(ask.pop()["expr"]) & records.keys() - found:
            found.add(name)
            ask.append(records[name])
    return found


class Bench:
    """The cases of all tests, and the rules that each of them is about."""

    def __init__(self):
        self.rules = pt.rules(pt.without_annotations(pt.rule_files()))
        self.records = {rule["record"]: rule for rule in self.rules if "record" in rule}
        self.needed = {name_of(rule): needs(rule, self.records) for rule in self.rules}
        self.cost = {}
        self.cases = []
        for name, content in pt.test_files().items():
            for number, test in enumerate(content["tests"]):
                self.cases.append((f"{number}-{name}", content["evaluation_interval"], test))

    def users(self, rule):
        """The rules whose outcome may change with `rule`."""
        name = name_of(rule)
        return {name} | {user for user, needed in self.needed.items() if name in needed}

    def cases_of(self, rule):
        """The cases that know of a rule, cut down to it; the cheapest first."""
        users = self.users(rule)
        found = []
        for name, interval, test in self.cases:
            part = dict(test)
            part["alert_rule_test"] = [
                row for row in test.get("alert_rule_test", []) if row["alertname"] in users
            ]
            part["promql_expr_test"] = [
                row for row in test.get("promql_expr_test", []) if pt.metrics_in(row["expr"]) & users
            ] if "record" in rule else []
            if part["alert_rule_test"] or part["promql_expr_test"]:
                found.append((name, interval, part))
        return sorted(found, key=lambda case: self.cost.get(case[0], 0))

    def notices(self, rule):
        """The case that fails with this rule in the place of its namesake; None if all pass."""
        users = self.users(rule)
        wanted = users.union(*(self.needed[user] for user in users))
        content = {"groups": [{"name": "all", "interval": "15s", "rules": [
            rule if name_of(other) == name_of(rule) else other
            for other in self.rules
            if name_of(other) in wanted
        ]}]}
        with tempfile.TemporaryDirectory() as folder:
            pt.write(folder, "rules.yml", content)
            for name, interval, test in self.cases_of(rule):
                pt.write(folder, name, {"rule_files": ["rules.yml"], "evaluation_interval": interval,
                                        "tests": [test]})
                began = time.monotonic()
                status, said = pt.promtool("test", "rules", name, cwd=folder)
                self.cost.setdefault(name, time.monotonic() - began)
                if status != 0:
                    return f"{name}: {said}"
        return None


class Mutation(unittest.TestCase):
    def test_no_rule_can_be_changed_unseen(self):
        bench = Bench()
        workers = os.cpu_count() or 1
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            sound = list(pool.map(bench.notices, copy.deepcopy(bench.rules)))
            self.assertEqual([why for why in sound if why], [], "a rule fails its own tests")
            every = [each for rule in bench.rules for each in mutants.mutants(rule)]
            noticed = list(pool.map(lambda each: bench.notices(each[0]), every))
        survivors = [fault for (_, fault), by in zip(every, noticed) if by is None]
        print(f"{len(every) - len(survivors)}/{len(every)} mutants of the rules noticed")
        self.assertEqual(survivors, [], "\n" + "\n".join(survivors))
        self.assertGreater(len(every), 600)


if __name__ == "__main__":
    if not pt.PROMTOOL.exists():
        print(f"NOT RUN: no {pt.PROMTOOL}; tests/fetch-daemons fetches it", file=sys.stderr)
        sys.exit(0)
    if not os.environ.get("TORPOR_EXHAUSTIVE"):
        count = sum(1 for rule in pt.rules() for _ in mutants.mutants(rule))
        print(f"NOT RUN: {count} mutants of the alert rules; TORPOR_EXHAUSTIVE=1 runs them")
        sys.exit(0)
    unittest.main()
