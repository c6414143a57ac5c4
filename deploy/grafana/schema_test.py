#!/usr/bin/env python3
"""The dashboards are dashboards by Grafana's own types, and their queries queries by Prometheus'
own grammar. Both come from npm (tests/fetch-grafana-schema); only with TORPOR_EXHAUSTIVE=1, as in
./dev test --all.
"""
import copy
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
FETCHED = HERE.parent.parent / "build" / "grafana"
TSC = FETCHED / "node_modules/typescript/bin/tsc"
FILES = ["site.json", "robot.json"]
STRICT = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2020", "--module", "commonjs",
          "--moduleResolution", "node"]
LABEL_VALUES = re.compile(r"label_values\((.*), \w+\)")


def load(file):
    return json.loads((HERE / file).read_text())


def complaints_of_types(contents):
    """What the compiler says of each of these contents, in its order."""
    with tempfile.TemporaryDirectory(dir=FETCHED) as folder:
        shutil.copy(HERE / "dashboard.ts", folder)
        names = [f"content{number}.ts" for number in range(len(contents))]
        for name, content in zip(names, contents):
            text = f'import type {{Ours}} from "./dashboard";\nexport const content: Ours = {json.dumps(content, indent=1)};\n'
            pathlib.Path(folder, name).write_text(text)
        ran = subprocess.run(["node", str(TSC), *STRICT, *names], cwd=folder, capture_output=True, text=True,
                             timeout=300, check=False)
    said = ran.stdout + ran.stderr
    complaints = [[line for line in said.splitlines() if line.startswith(f"{name}(")] for name in names]
    others = [line for line in said.splitlines() if not re.match(r"content\d+\.ts\(|\s", line)]
    assert not others and (ran.returncode == 0) == (not any(complaints)), said
    return complaints


def queries(content):
    """Every query, as Prometheus would be asked, with what is chosen put in."""
    found = [target["expr"] for panel in content["panels"] for target in panel.get("targets", [])]
    found += [LABEL_VALUES.fullmatch(variable["query"]["query"])[1]
              for variable in content["templating"]["list"] if variable["type"] == "query"]
    return [query.replace("$__rate_interval", "4m") for query in found]


def errors_in(asked):
    ran = subprocess.run(["node", str(HERE / "promql.js"), str(FETCHED)], input=json.dumps(asked), capture_output=True,
                         text=True, timeout=60, check=True)
    return [query for query, place in zip(asked, json.loads(ran.stdout), strict=True) if place >= 0]


def panel_of(content, kind):
    return next(panel for panel in content["panels"] if panel["type"] == kind)


# Each is one fault in a dashboard that has none else.
FAULTS = {
    "a number where a text is due": lambda content: content.update(title=7),
    "a key that is not known": lambda content: content.update(titel="site"),
    "a time without an end": lambda content: content["time"].pop("to"),
    "a cursor that there is not": lambda content: content.update(graphTooltip=3),
    "a variable of a kind that there is not": lambda content: content["templating"]["list"][1].update(type="qeury"),
    "a panel without its kind": lambda content: panel_of(content, "stat").pop("type"),
    "a panel of another kind": lambda content: panel_of(content, "stat").update(type="stats"),
    "an option of another panel": lambda content: panel_of(content, "stat")["options"].update(legend={}),
    "an option that there is not": lambda content: panel_of(content, "stat")["options"].update(textMode="loud"),
    "a field of another kind": lambda content: panel_of(content, "timeseries")["fieldConfig"]["defaults"].update(
        custom={"fillOpacity": "30"}),
    "a unit that is none": lambda content: panel_of(content, "table")["fieldConfig"]["defaults"].update(unit=1),
    "a place without a width": lambda content: panel_of(content, "timeseries")["gridPos"].pop("w"),
    "a query without its name": lambda content: panel_of(content, "stat")["targets"][0].pop("refId"),
    "a query in no form": lambda content: panel_of(content, "stat")["targets"][0].update(format="series"),
    "a link that leads nowhere": lambda content: content["links"][0].update(type="lnik"),
}
# What is no query any more when it is put into one.
BROKEN = [(")", ""), ("{", "{{"), ('"', ""), ("=", "=="), ("sum", "sum by"), ("[4m]", "[4x]")]


class Schema(unittest.TestCase):
    def test_the_dashboards_are_of_grafanas_types(self):
        for file, complaints in zip(FILES, complaints_of_types([load(file) for file in FILES]), strict=True):
            self.assertEqual(complaints, [], file)

    def test_each_fault_is_one_by_these_types(self):
        contents = [load("site.json")]
        for fault in FAULTS.values():
            contents.append(copy.deepcopy(contents[0]))
            fault(contents[-1])
        none, *each = complaints_of_types(contents)
        self.assertEqual(none, [])
        for what, complaints in zip(FAULTS, each, strict=True):
            self.assertTrue(complaints, f"nobody complains of {what}")

    def test_the_queries_are_of_prometheus_grammar(self):
        asked = [query for file in FILES for query in queries(load(file))]
        self.assertGreater(len(asked), 60)
        self.assertEqual(errors_in(asked), [])

    def test_each_broken_query_is_none_by_this_grammar(self):
        asked = [query for file in FILES for query in queries(load(file))]
        for whole, broken in BROKEN:
            wrong = [query.replace(whole, broken, 1) for query in asked if whole in query]
            self.assertGreater(len(wrong), 3, whole)
            self.assertEqual(errors_in(wrong), wrong)


if __name__ == "__main__":
    if not os.environ.get("TORPOR_EXHAUSTIVE"):
        print("NOT RUN: the dashboards beside Grafana's types; TORPOR_EXHAUSTIVE=1 runs them")
        sys.exit(0)
    if not TSC.exists() or not shutil.which("node"):
        print("NOT RUN: no npm, or nothing of Grafana's from there; tests/fetch-grafana-schema fetches it")
        sys.exit(0)
    unittest.main()
