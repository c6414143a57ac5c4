#!/usr/bin/env python3
"""Who is told of what: the shipped Alertmanager configuration, by amtool, and by a real
Alertmanager that is given alerts as the rules make them and whose messages are counted.

With TORPOR_EXHAUSTIVE=1 each inhibition, each of its labels and each label of a group is taken
away in turn, and the messages must show it.
"""
import concurrent.futures
import copy
import os
import re
import subprocess
import sys
import time
import unittest

import alertmanager as am
import promtool as pt

RULES = pt.alerts()
QUIET_AFTER_S = 8  # three shortened group_intervals, and the group_wait before them


def alert(name, **labels):
    """The labels of an alert as its rule makes it."""
    own = {key: re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda found: labels[found[1]], value)
           for key, value in RULES[name]["labels"].items()}
    return {"alertname": name, **labels, **own}


def robots(name, site, count=400, **labels):
    return [alert(name, site=site, instance=f"r{i}", **labels) for i in range(count)]


def story():
    """What is true at once, each at sites of its own, and the messages that it should make:
    (receiver, alert, site) with the number of alerts within."""
    return [
        # 400 robots with one cause, with no rule on the site that says so
        (robots("TorporJournalHeld", "disks"), {("day", "TorporJournalHeld", "disks"): 400}),
        # 400 robots in breach; the site's alert explains them
        ([alert("TorporSiteBreach", site="fleet", clause="power")]
         + robots("TorporPowerBudget", "fleet", clause="power")
         + robots("TorporPowerBudgetSevere", "fleet"),
         {("pager", "TorporSiteBreach", "fleet"): 1}),
        # not those with another cause, nor at another site
        ([alert("TorporSiteBreach", site="some", clause="gpu_residency")]
         + robots("TorporGpuResident", "some", 20, clause="gpu_residency")
         + robots("TorporGpuResident", "other", 3, clause="gpu_residency")
         + robots("TorporJournalHeld", "some", 2),
         {("pager", "TorporSiteBreach", "some"): 1,
          ("day", "TorporGpuResident", "other"): 3,
          ("day", "TorporJournalHeld", "some"): 2}),
        # what is no more than a warning of the site explains no robot
        ([alert("TorporContractSplit", site="split")] + robots("TorporContractDisagrees", "split", 2),
         {("day", "TorporContractSplit", "split"): 1, ("day", "TorporContractDisagrees", "split"): 2}),
        # a network that fails: the site, and none of its robots
        ([alert("TorporSiteSilent", site="dark")] + robots("TorporRobotSilent", "dark"),
         {("pager", "TorporSiteSilent", "dark"): 1}),
        # each mass rule hushes its robots
        ([alert("TorporSiteRefused", site="refuses", reason="expired")]
         + robots("TorporRefused", "refuses", reason="expired"),
         {("pager", "TorporSiteRefused", "refuses"): 1}),
        ([alert("TorporSiteAnomaly", site="shaken")] + robots("TorporAnomaly", "shaken", verdict="anomaly"),
         {("pager", "TorporSiteAnomaly", "shaken"): 1}),
        ([alert("TorporSiteBreach", site="old", clause="data_age")]
         + robots("TorporCadence", "old", clause="data_age"),
         {("pager", "TorporSiteBreach", "old"): 1}),
        # a gateway that is down hushes what follows from it at its site, and not what robots of the
        # site's other gateways have, nor anything of another site
        ([alert("TorporGatewayDown", site="a", job="pushgateway"),
          alert("TorporGatewaySlow", site="a", instance="gateway"),
          alert("TorporGatewaySlow", site="b", instance="gateway"),
          alert("TorporSiteAnomaly", site="a")]
         + robots("TorporRobotMissing", "a") + robots("TorporGroupOrphaned", "a", 3)
         + robots("TorporClockSkew", "a", 5) + robots("TorporRobotMissing", "b", 5),
         {("pager", "TorporGatewayDown", "a"): 1,
          ("pager", "TorporSiteAnomaly", "a"): 1,
          ("day", "TorporClockSkew", "a"): 5,
          ("day", "TorporRobotMissing", "b"): 5,
          ("day", "TorporGatewaySlow", "b"): 1}),
        # the severe hides the mild of the same robot and cause; not another robot's, nor another's
        # of the same name, nor what else it has
        ([alert("TorporPowerBudgetSevere", site="c", instance="r1"),
          alert("TorporPowerBudget", site="c", instance="r1", clause="power"),
          alert("TorporPowerBudget", site="c", instance="r2", clause="power"),
          alert("TorporPowerBudget", site="d", instance="r1", clause="power"),
          alert("TorporClockSkew", site="c", instance="r1")],
         {("pager", "TorporPowerBudgetSevere", "c"): 1,
          ("day", "TorporPowerBudget", "c"): 1,
          ("day", "TorporPowerBudget", "d"): 1,
          ("day", "TorporClockSkew", "c"): 1}),
        # one that is rejected is not silent; another is
        ([alert("TorporPushRejected", site="e", instance="r1"),
          alert("TorporRobotSilent", site="e", instance="r1"),
          alert("TorporRobotSilent", site="e", instance="r2"),
          alert("TorporRobotSilent", site="f", instance="r1")],
         {("day", "TorporPushRejected", "e"): 1,
          ("day", "TorporRobotSilent", "e"): 1,
          ("day", "TorporRobotSilent", "f"): 1}),
        # where they go that wake nobody
        ([alert("TorporAnomaly", site="g", instance="r1", verdict="anomaly"),
          alert("TorporSleepShallow", site="g", instance="r1"),
          alert("TorporContractEnds", site="g", instance="r1"),
          alert("TorporWatchdog")],
         {("maintenance", "TorporAnomaly", "g"): 1,
          ("later", "TorporSleepShallow", "g"): 1,
          ("later", "TorporContractEnds", "g"): 1,
          ("deadman", "TorporWatchdog", None): 1}),
    ]


def nobody_is_watched():
    """With no gateway at all there is one message, whatever else is still believed."""
    return [([alert("TorporGatewayAbsent", job="pushgateway"), alert("TorporSiteAnomaly", site="a"),
              alert("TorporContractEnds", site="b", instance="r1")]
             + robots("TorporAnomaly", "b", 3, verdict="anomaly"),
             {("pager", "TorporGatewayAbsent", None): 1})]


def complaints(content, told):
    """What a real Alertmanager with this configuration says otherwise than was expected."""
    expected = {}
    with am.Webhook() as webhook, am.running(content, webhook) as address:
        am.post(address, [each for alerts, _ in told for each in alerts])
        time.sleep(QUIET_AFTER_S)
        heard = list(webhook.heard)
    for _, messages in told:
        expected.update(messages)
    found, seen = [], set()
    for receiver, message in heard:
        labels = message["commonLabels"]
        key = (receiver, labels.get("alertname"), labels.get("site"))
        if receiver == "deadman" and key in seen:
            continue  # it comes again and again
        seen.add(key)
        if expected.pop(key, None) != len(message["alerts"]):
            found.append(f"{key} with {len(message['alerts'])}, unasked or once too often")
    return found + [f"{key} is missing" for key in expected]


class Configuration(unittest.TestCase):
    def test_is_valid(self):
        done = subprocess.run([str(am.AMTOOL), "check-config", "alertmanager.yml"], cwd=pt.HERE,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_routes_each_alert_to_its_receiver(self):
        for name, rule in RULES.items():
            labels = rule["labels"]
            wanted = ("deadman" if labels["scope"] == "watchdog" else
                      "pager" if labels["severity"] == "critical" else
                      "maintenance" if name == "TorporAnomaly" else
                      "later" if labels["severity"] == "info" or name == "TorporContractEnds" else
                      "day")
            shown = [f"{label}={value}" for label, value in {"alertname": name, **labels}.items()
                     if "{{" not in value]
            done = subprocess.run(
                [str(am.AMTOOL), "config", "routes", "test", "--config.file=alertmanager.yml",
                 f"--verify.receivers={wanted}", *shown],
                cwd=pt.HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            self.assertEqual(done.returncode, 0, f"{name}: {done.stdout}")

    def test_names_only_alerts_and_labels_that_exist(self):
        text = (pt.HERE / "alertmanager.yml").read_text()
        self.assertEqual(set(re.findall(r'alertname="(\w+)"', text)) - RULES.keys(), set())
        for label in ("scope", "severity", "cause", "team"):
            values = {rule["labels"].get(label) for rule in RULES.values()}
            for pattern in re.findall(rf'\b{label}=~?"([^"]+)"', text):
                self.assertEqual(set(pattern.split("|")) - values, set(), label)


class Messages(unittest.TestCase):
    def test_are_one_for_one_cause_and_none_for_what_it_explains(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for said in pool.map(lambda told: complaints(am.configuration(), told),
                                 [story(), nobody_is_watched()]):
                self.assertEqual(said, [])

    @unittest.skipUnless(os.environ.get("TORPOR_EXHAUSTIVE"), "with TORPOR_EXHAUSTIVE=1")
    def test_show_whatever_is_taken_from_the_configuration(self):
        faults = list(_without())
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            seen = list(pool.map(
                lambda fault: complaints(fault[1], story()) or complaints(fault[1], nobody_is_watched()),
                faults))
        survivors = [what for (what, _), said in zip(faults, seen) if not said]
        print(f"{len(faults) - len(survivors)}/{len(faults)} faults of the configuration noticed")
        self.assertEqual(survivors, [])


def _without():
    """Copies of the configuration that each lack something, and what."""
    whole = am.configuration()
    for i, rule in enumerate(whole["inhibit_rules"]):
        fault = copy.deepcopy(whole)
        del fault["inhibit_rules"][i]
        yield f"inhibit_rules {i}", fault
        for label in rule.get("equal", []):
            fault = copy.deepcopy(whole)
            fault["inhibit_rules"][i]["equal"].remove(label)
            yield f"inhibit_rules {i}: {label}", fault
        for side in ("source_matchers", "target_matchers"):
            for j in range(len(rule[side])):
                if len(rule[side]) > 1:
                    fault = copy.deepcopy(whole)
                    del fault["inhibit_rules"][i][side][j]
                    yield f"inhibit_rules {i}: {side} {j}", fault
    for label in whole["route"]["group_by"]:
        fault = copy.deepcopy(whole)
        fault["route"]["group_by"].remove(label)
        yield f"group_by {label}", fault
    for i, route in enumerate(whole["route"]["routes"]):
        fault = copy.deepcopy(whole)
        del fault["route"]["routes"][i]
        yield f"route {i} to {route['receiver']}", fault


if __name__ == "__main__":
    for needed in (am.ALERTMANAGER, am.AMTOOL):
        if not needed.exists():
            print(f"NOT RUN: no {needed}; tests/fetch-daemons fetches it", file=sys.stderr)
            sys.exit(0)
    if not os.environ.get("TORPOR_EXHAUSTIVE"):
        print(f"NOT RUN: {len(list(_without()))} faults of the Alertmanager configuration; "
              "TORPOR_EXHAUSTIVE=1 runs them")
    unittest.main()
