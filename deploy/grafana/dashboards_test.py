#!/usr/bin/env python3
"""The dashboards are what dashboards.py makes, say what they show, and ask only for what is there:
by promtool, and of a real Prometheus that reads a real Pushgateway to which a simulated fleet pushes.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "prometheus"))

import daemon  # noqa: E402
import promtool as pt  # noqa: E402
import robots  # noqa: E402
import site_at_work  # noqa: E402

import dashboards  # noqa: E402

FILES = ["site.json", "robot.json"]
OF_PROMETHEUS = {"ALERTS", "scrape_samples_scraped"}
UNITS = {"short", "s", "watt", "percentunit", "bool_yes_no"}  # Grafana's words
# What a person has chosen: all, or one robot.
CHOSEN = {"site.json": {"site": ".*", "instance": ".*", "__rate_interval": "6s"},
          "robot.json": {"site": "dock-a", "instance": "sim-0001", "__rate_interval": "6s"}}


def load(file):
    return json.loads((HERE / file).read_text())


def shown(file):
    """The panels that show something."""
    return [panel for panel in load(file)["panels"] if panel["type"] != "row"]


def queries(file):
    """Title, query as it is written, query as Prometheus is asked, name of its lines."""
    return [(panel["title"], target["expr"],
             re.sub(r"\$(\w+)", lambda found: CHOSEN[file][found[1]], target["expr"]), target["legendFormat"])
            for panel in shown(file) for target in panel["targets"]]


class Dashboards(unittest.TestCase):
    def test_are_what_their_tables_make(self):
        self.assertEqual(sorted(dashboards.made()), sorted(FILES))
        for file, content in dashboards.made().items():
            self.assertEqual((HERE / file).read_text(), dashboards.text(content), f"run {dashboards.__file__}")

    def test_are_known_by_their_uid_and_are_not_edited_in_place(self):
        self.assertEqual([load(file)["uid"] for file in FILES], ["torpor-site", "torpor-robot"])
        for file in FILES:
            content = load(file)
            self.assertIs(content["editable"], False)
            self.assertNotIn("id", content)
            self.assertEqual([v["name"] for v in content["templating"]["list"]], ["datasource", "site", "instance"])

    def test_say_of_each_panel_what_it_shows_in_which_unit_and_from_where(self):
        for file in FILES:
            titles = [panel["title"] for panel in load(file)["panels"]]
            self.assertEqual(len(titles), len(set(titles)), file)
            ids = [panel["id"] for panel in load(file)["panels"]]
            self.assertEqual(len(ids), len(set(ids)), file)
            for panel in shown(file):
                self.assertGreater(len(panel["description"]), 15, panel["title"])
                self.assertIn(panel["fieldConfig"]["defaults"]["unit"], UNITS, panel["title"])
                self.assertTrue(panel["targets"], panel["title"])
                for asked in [panel, *panel["targets"]]:
                    self.assertEqual(asked["datasource"], {"type": "prometheus", "uid": "${datasource}"})

    def test_have_no_panel_on_another(self):
        for file in FILES:
            taken = set()
            for panel in load(file)["panels"]:
                at = panel["gridPos"]
                self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
                cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
                self.assertFalse(taken & cells, panel["title"])
                taken |= cells


class Queries(unittest.TestCase):
    def test_are_understood_by_promtool(self):
        asked = [query for file in FILES for _, _, query, _ in queries(file)]
        self.assertGreater(len(asked), 60)
        rules = [{"record": f"panel:number{i}", "expr": query} for i, query in enumerate(asked)]
        with tempfile.TemporaryDirectory() as folder:
            pt.write(folder, "panels.yml", {"groups": [{"name": "panels", "rules": rules}]})
            status, said = pt.promtool("check", "rules", "panels.yml", cwd=folder)
        self.assertEqual(status, 0, said)

    def test_name_only_metrics_that_exist(self):
        known = pt.exported() | pt.recorded() | pt.OF_THE_GATEWAY | OF_PROMETHEUS | robots.OF_A_SUMMARY
        for file in FILES:
            for title, _, query, _ in queries(file):
                self.assertEqual(pt.metrics_in(query) - known, set(), title)

    def test_look_at_a_counter_only_over_a_window_that_follows_the_zoom(self):
        for file in FILES:
            for title, written, query, _ in queries(file):
                self.assertEqual(re.findall(r"\[(?!\$__rate_interval\])", written), [], title)
                for metric in pt.metrics_in(query):
                    counts = robots.is_counter(metric)
                    for over in re.findall(rf"(\w+\()?\b{metric}\b", written):
                        self.assertEqual(over in ("increase(", "rate("), counts, f"{title}: {metric}")

    def test_look_at_the_chosen_robots_alone(self):
        for title, written, _, _ in queries("robot.json"):
            for selector in re.findall(r"\{([^}]*)\}", written):
                self.assertEqual(selector, 'site="$site",instance="$instance"', title)
        for title, written, _, _ in queries("site.json"):
            for selector in re.findall(r"\{([^}]*)\}", written):
                if selector != 'job="torpor"':  # beside a selector that does
                    self.assertIn('site=~"$site"', selector, title)

    def test_leave_no_metric_of_a_robot_unseen(self):
        seen = set().union(*(pt.metrics_in(query) for file in FILES for _, _, query, _ in queries(file)))
        seen |= {name.rsplit("_", 1)[0] for name in seen & robots.OF_A_SUMMARY}
        seen |= set().union(*(pt.metrics_in(rule["expr"]) for rule in pt.rules()))
        self.assertEqual(pt.exported() - seen, set())


def ask(prometheus, path, **arguments):
    query = urllib.parse.urlencode(arguments)
    with urllib.request.urlopen(f"{prometheus}/api/v1/{path}?{query}", timeout=10) as answer:
        return json.load(answer)["data"]


class OnARealPrometheus(unittest.TestCase):
    def test_every_panel_and_rule_has_an_answer(self):
        binaries = pt.DAEMONS / "usr" / "bin"
        with tempfile.TemporaryDirectory() as folder, \
                daemon.running(binaries / "prometheus-pushgateway", f"--web.listen-address={daemon.ANY_PORT}",
                               "--persistence.file=", folder=folder) as gateway:
            for name, content in robots.hurried(gateway).items():
                pt.write(folder, name, content)
            robots.put(gateway, "torpor-roster", 'torpor_roster_info{instance="r9",state="active"} 1\n')
            with daemon.running(binaries / "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                                f"--web.listen-address={daemon.ANY_PORT}", folder=folder) as prometheus:
                empty = self.fill(gateway, prometheus)
                unwell = [(rule["name"], rule.get("lastError"))
                          for group in ask(prometheus, "rules")["groups"] for rule in group["rules"]
                          if rule["health"] != "ok"]
                self.assertEqual((empty, unwell), ([], []))
                self.legends(prometheus)

    def fill(self, gateway, prometheus):
        """A fleet lives a minute a second until every panel has something to show, or never will."""
        fleet = subprocess.Popen(
            [str(site_at_work.TORPOR), "fleet", "simulate", "--robots", "20", "--for", "2h", "--pace", "60", "-q",
             "--gateway", gateway, "--fault", "1m end sim-0020 wrong-contract", "--fault", "1m end 2 hot-gpu",
             "--fault", "1m end 2 link-down"],
            stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 60
            while True:
                empty = [(title, query) for file in FILES for title, _, query, _ in queries(file)
                         if not ask(prometheus, "query", query=query)["result"]]
                if not empty or time.monotonic() > deadline:
                    return empty
                time.sleep(1)
        finally:
            fleet.kill()
            fleet.wait()

    def legends(self, prometheus):
        for file in FILES:
            for title, _, query, legend in queries(file):
                spoken = set(re.findall(r"\{\{(\w+)\}\}", legend))
                for series in ask(prometheus, "query", query=query)["result"]:
                    self.assertEqual(spoken - series["metric"].keys(), set(), title)


if __name__ == "__main__":
    for needed in (pt.PROMTOOL, site_at_work.TORPOR):
        if not needed.exists():
            print(f"NOT RUN: no {needed}; tests/fetch-daemons fetches daemons", file=sys.stderr)
            sys.exit(0)
    unittest.main()
