#!/usr/bin/env python3
"""Pages in a real VictoriaMetrics, read from there by a real Prometheus with the shipped
configuration, and judged by the shipped rules.
"""
import contextlib
import json
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import daemon
import promtool as pt
import robots

BINARIES = pt.DAEMONS / "usr" / "bin"
SHIPPED = "prometheus-victoriametrics.yml"
MOST_S = 60


def fetch(url, body=None):
    return urllib.request.urlopen(urllib.request.Request(url, body), timeout=10).read()


class VictoriaMetrics(unittest.TestCase):
    def setUp(self):
        parts = contextlib.ExitStack()
        self.addCleanup(parts.close)
        folder = parts.enter_context(tempfile.TemporaryDirectory())
        self.store = parts.enter_context(
            daemon.running_at(BINARIES / "victoria-metrics", "-storageDataPath=victoria", "-memory.allowedBytes=64MB",
                              flag="-httpListenAddr", ready="/health", folder=folder))
        hurried = robots.hurried(self.store)
        content = pt.yaml.safe_load((pt.HERE / SHIPPED).read_text())
        content["global"] = hurried["prometheus.yml"]["global"]
        del content["alerting"]
        for job in content["scrape_configs"]:
            job["static_configs"][0]["targets"] = [self.store.removeprefix("http://")]
        for name, what in {**hurried, "prometheus.yml": content}.items():
            pt.write(folder, name, what)
        self.prometheus = parts.enter_context(
            daemon.running(BINARIES / "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                           f"--web.listen-address={daemon.ANY_PORT}", folder=folder))

    def push(self, robot, ago_s=0):
        """A page as torpord sends it, or as it did then."""
        when = time.time() - ago_s
        page = robots.page(changes={"torpor_robot_time_seconds": when, "torpor_push_interval_seconds": 60})
        lines = (page + f"push_time_seconds {when}\n").splitlines()
        if ago_s:
            lines = [line if line.startswith("#") else f"{line} {int(when * 1000)}" for line in lines]
        labels = f"extra_label=job=torpor&extra_label=instance={robot}"
        fetch(f"{self.store}/api/v1/import/prometheus?{labels}", ("\n".join(lines) + "\n").encode())
        fetch(f"{self.store}/internal/force_flush")

    def ask(self, expression):
        """{instance: value}"""
        answer = fetch(f"{self.prometheus}/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        return {series["metric"].get("instance"): float(series["value"][1])
                for series in json.loads(answer)["data"]["result"]}

    def wait_for(self, expression, expected):
        deadline = time.monotonic() + MOST_S
        while self.ask(expression) != expected and time.monotonic() < deadline:
            time.sleep(0.5)
        self.assertEqual(self.ask(expression), expected)

    def test_the_shipped_rules_see_who_speaks_and_who_fell_silent(self):
        self.push("alive")
        self.push("dead", ago_s=3600)
        self.wait_for("instance:torpor_live:bool", {"alive": 1, "dead": 0})
        self.wait_for('torpor_contract_agreement{site="dock-a"}', {"alive": 1})
        # Its own waits are over; what is left is the store's, which has just started.
        self.wait_for('min by (instance) (process_start_time_seconds{job="pushgateway"} > bool 0)',
                      {self.store.removeprefix("http://"): 1})

    def test_promtool_takes_the_shipped_configuration(self):
        status, said = pt.promtool("check", "config", SHIPPED)
        self.assertEqual(status, 0, said)


if __name__ == "__main__":
    if not (BINARIES / "victoria-metrics").exists():
        print("NOT RUN: no victoria-metrics; tests/fetch-daemons fetches it", file=sys.stderr)
        sys.exit(0)
    unittest.main()
