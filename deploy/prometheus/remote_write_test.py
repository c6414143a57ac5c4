#!/usr/bin/env python3
"""Pages written to a real Prometheus with the shipped configuration, by the code that torpord
sends its own with, and judged by the shipped rules.

    remote_write_test.py TORPOR_PUSH_PAGE [unittest's arguments]
"""
import contextlib
import http.server
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
import urllib.request

import daemon
import promtool as pt
import robots

PROMETHEUS = pt.DAEMONS / "usr" / "bin" / "prometheus"
SHIPPED = "prometheus-remote-write.yml"
MOST_S = 60
PUSH_PAGE = None


def options_of_the_file():
    """What its first lines say Prometheus is to be started with."""
    text = re.sub(r"^# ?", "", (pt.HERE / SHIPPED).read_text(), flags=re.M).replace("\\\n", " ")
    line = re.search(r"^ +prometheus (.*)$", text, re.M)[1]
    return [option for option in shlex.split(line) if not option.startswith("--config.file=")]


class Alertmanager(contextlib.AbstractContextManager):
    """Hears which alerts Prometheus sends."""

    def __init__(self):
        self.heard = heard = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                for alert in json.loads(self.rfile.read(int(self.headers["Content-Length"]))):
                    heard[alert["labels"]["alertname"], alert["labels"].get("instance")] = alert["labels"]
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class RemoteWrite(unittest.TestCase):
    def setUp(self):
        parts = contextlib.ExitStack()
        self.addCleanup(parts.close)
        folder = parts.enter_context(tempfile.TemporaryDirectory())
        self.alertmanager = parts.enter_context(Alertmanager())
        address = daemon.free_address()
        hurried = robots.hurried(f"http://{address}")
        content = pt.yaml.safe_load((pt.HERE / SHIPPED).read_text())
        content["global"].update(hurried["prometheus.yml"]["global"])
        content["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [self.alertmanager.address]
        content["scrape_configs"][0]["static_configs"][0]["targets"] = [address]
        for name, what in {**hurried, "prometheus.yml": content}.items():
            pt.write(folder, name, what)
        self.prometheus = parts.enter_context(
            daemon.running(PROMETHEUS, "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                           f"--web.listen-address={address}", "--rules.alert.resend-delay=1s",
                           *options_of_the_file(), folder=folder))

    def push(self, robot, ago_s=0.0, changes=None, ended=()):
        """A page as torpord sends it, or as it did then."""
        when = time.time() - ago_s
        page = robots.page(changes={"torpor_robot_time_seconds": when, "torpor_push_interval_seconds": 60,
                                    **(changes or {})})
        ran = subprocess.run([PUSH_PAGE, self.prometheus, robot, str(int(when * 1000)), *ended],
                             input=page + f"push_time_seconds {when}\n", capture_output=True, text=True,
                             timeout=60, check=False)
        self.assertEqual(ran.returncode, 0, ran.stderr)

    def ask(self, expression):
        """{instance: value}"""
        url = f"{self.prometheus}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        answer = urllib.request.urlopen(url, timeout=10).read()
        return {series["metric"].get("instance"): float(series["value"][1])
                for series in json.loads(answer)["data"]["result"]}

    def wait_for(self, expected, measured):
        deadline = time.monotonic() + MOST_S
        while measured() != expected and time.monotonic() < deadline:
            time.sleep(0.5)
        self.assertEqual(measured(), expected)

    def test_the_shipped_rules_see_who_speaks_who_fell_silent_and_who_breaks_its_contract(self):
        breach = 'torpor_contract_breach_cycles{clause="duty_cycle"}'
        self.push("dead", ago_s=6 * 3600)
        self.push("alive")
        self.push("awake", changes={breach: 3})
        self.wait_for({"alive": 1, "awake": 1, "dead": 0}, lambda: self.ask("instance:torpor_live:bool"))
        self.wait_for({"awake"}, lambda: set(self.ask('ALERTS{alertname="TorporDutyCycle",alertstate="firing"}')))
        alert = ("TorporDutyCycle", "awake")
        self.wait_for(True, lambda: alert in self.alertmanager.heard)
        self.assertEqual(self.alertmanager.heard[alert]["site"], "dock-a")
        # What the rules on silence and on a gateway ask for beside the robots.
        self.wait_for({None: 1}, lambda: self.ask('count by () (time() - process_start_time_seconds{job="pushgateway"} '
                                                  'and on (site) instance:torpor_live:bool)'))
        self.assertEqual(self.ask("min(up)"), {None: 1})

    def test_a_refusal_is_seen_until_a_healthy_page_ends_it(self):
        refused = 'torpor_refused{reason="expired"}'
        self.push("one", ago_s=3600, changes={"torpor_refused": f"{refused} 1"})
        firing = 'ALERTS{alertname="TorporRefused",alertstate="firing"}'
        self.wait_for({"one": 1}, lambda: self.ask(firing))
        self.push("one", changes={"torpor_refused": 'torpor_refused{reason="none"} 0'}, ended=[refused])
        self.wait_for({}, lambda: self.ask(firing))
        self.assertEqual(self.ask("instance:torpor_refused:bool"), {"one": 0})

    def test_a_clock_that_is_hours_ahead_shuts_nobody_out(self):
        self.push("ahead", ago_s=-2 * 3600)
        self.push("alive")
        self.push("ahead")
        self.wait_for({"ahead": 1, "alive": 1}, lambda: self.ask("instance:torpor_live:bool"))

    def test_promtool_takes_the_shipped_configuration(self):
        status, said = pt.promtool("check", "config", SHIPPED)
        self.assertEqual(status, 0, said)
        for option in options_of_the_file():
            self.assertIn(option, (pt.ROOT / "docs/sinks.md").read_text())


if __name__ == "__main__":
    if not PROMETHEUS.exists():
        print("NOT RUN: no prometheus; tests/fetch-daemons fetches it", file=sys.stderr)
        sys.exit(0)
    PUSH_PAGE = str(pathlib.Path(sys.argv.pop(1)).resolve())
    if subprocess.run([PUSH_PAGE, "--has-snappy"], check=False).returncode:
        sys.exit(0)  # it has said what is missing
    unittest.main()
