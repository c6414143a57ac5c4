"""Robots that push to a real Pushgateway: the golden page, with other values; and the shipped
configuration of Prometheus in a hurry.
"""
import re
import time
import urllib.request

import promtool as pt

GOLDEN = (pt.ROOT / "telemetry/testdata/metrics.golden.txt").read_text()
TYPES = dict(re.findall(r"^# TYPE (\w+) (\w+)$", GOLDEN, re.M))
OF_A_SUMMARY = {f"{name}_{part}" for name, kind in TYPES.items() if kind == "summary" for part in ("sum", "count")}
SHIPPED_INTERVAL_S = 15

# What has to differ from the golden page for a robot that is well.
WELL = {
    "torpor_contract_breach_cycles": 0,
    "torpor_abstains": 'torpor_abstains{reason="none"} 0',
    "torpor_contract_remaining_seconds": 90 * 86400,
    "torpor_store_held_records": 0,
    # counters that stand still
    'torpor_verdicts_total{verdict="anomaly"}': 2,
    "torpor_batches_dropped_total": 0,
    "torpor_store_dropped_records_total": 0,
}


def is_counter(name):
    return TYPES.get(name) == "counter" or name in OF_A_SUMMARY


def page(pushes=0, changes=None):
    """The golden page, its counters after so many pushes more, some of its metrics changed: the
    name, or the whole series, to a value or to a whole line."""
    changes = {"torpor_robot_time_seconds": time.time(), **(changes or {})}
    lines = []
    for line in GOLDEN.splitlines():
        if not line.startswith("#"):
            series, value = line.rsplit(" ", 1)
            name = series.split("{")[0]
            if is_counter(name):
                value = float(value) + pushes
            value = changes.get(series, changes.get(name, value))
            line = value if isinstance(value, str) and " " in value else f"{series} {value}"
        lines.append(line)
    return "\n".join(lines) + "\n"


def put(gateway, group, body):
    body = body if isinstance(body, bytes) else body.encode()
    request = urllib.request.Request(f"{gateway}/metrics/job/{group}", body, method="PUT")
    urllib.request.urlopen(request, timeout=10).read()


def hurried(gateway, alertmanager=None):
    """Prometheus's configuration and the rules, by the names of their files: every second what is
    every 15, and each wait a fifteenth. Windows and thresholds are the shipped ones."""
    content = pt.yaml.safe_load((pt.HERE / "prometheus.yml").read_text())
    content["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    content["scrape_configs"][0]["scrape_timeout"] = "1s"
    content["scrape_configs"][0]["static_configs"][0]["targets"] = [gateway.removeprefix("http://")]
    if alertmanager:
        content["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [
            alertmanager.removeprefix("http://")]
    else:
        del content["alerting"]
    files = pt.rule_files()
    for rules in files.values():
        for group in rules["groups"]:
            group["interval"] = "1s"
            for rule in group["rules"]:
                for wait in rule.keys() & {"for", "keep_firing_for"}:
                    rule[wait] = f"{pt.seconds(rule[wait]) // SHIPPED_INTERVAL_S}s"
    return {"prometheus.yml": content, **files}
