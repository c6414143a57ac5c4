#!/usr/bin/env python3
"""The whole chain, every part of it real but the robots: they push to a Pushgateway, Prometheus
reads it and judges by the shipped rules, Alertmanager sends what the shipped configuration lets
through, and a webhook counts it. A minute of theirs is a second here.
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

import alertmanager as am
import daemon
import promtool as pt
import robots

ROBOTS = 40
MINUTE_S = 1
BINARIES = pt.DAEMONS / "usr" / "bin"


class Chain(unittest.TestCase):
    def setUp(self):
        self.parts = contextlib.ExitStack()
        self.addCleanup(self.parts.close)
        folder = self.parts.enter_context(tempfile.TemporaryDirectory())
        self.webhook = self.parts.enter_context(am.Webhook())
        alertmanager = self.parts.enter_context(am.running(am.configuration(), self.webhook))
        self.gateway_process = self.parts.enter_context(contextlib.ExitStack())
        self.gateway = self.gateway_process.enter_context(
            daemon.running(BINARIES / "prometheus-pushgateway", f"--web.listen-address={daemon.ANY_PORT}",
                           "--persistence.file=", folder=folder))
        for name, content in robots.hurried(self.gateway, alertmanager).items():
            pt.write(folder, name, content)
        self.prometheus = self.parts.enter_context(
            daemon.running(BINARIES / "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                           # what was sent before it had found Alertmanager is sent again
                           "--rules.alert.resend-delay=2s",
                           f"--web.listen-address={daemon.ANY_PORT}", folder=folder))
        self.minutes = 0

    def minute(self, **changes):
        """Each robot pushes once."""
        until = time.monotonic() + MINUTE_S
        self.push(range(ROBOTS), **changes)
        time.sleep(max(0, until - time.monotonic()))

    def push(self, some, **changes):
        """Some robots push; a minute has six phases of a second, and sleep."""
        self.minutes += 1
        asleep = {'torpor_phase_seconds_total{phase="sleep"}': 60 * self.minutes}
        body = robots.page(self.minutes, {**robots.WELL, **asleep, **changes})
        for robot in some:
            robots.put(self.gateway, f"torpor/instance/r{robot}", body)

    def asked(self, query):
        """What Prometheus answers: a number, or None."""
        address = f"{self.prometheus}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        with urllib.request.urlopen(address, timeout=10) as answer:
            found = json.load(answer)["data"]["result"]
        return float(found[0]["value"][1]) if found else None

    def heard(self):
        """Which receivers were told of what, in their order; the watchdog is heard by itself."""
        return [(receiver, message["commonLabels"]["alertname"], len(message["alerts"]))
                for receiver, message in list(self.webhook.heard)
                if receiver != "deadman" and message["status"] == "firing"]

    def wait_for(self, expected, each=lambda: time.sleep(0.5), most_s=60):
        deadline = time.monotonic() + most_s
        while self.heard() != expected and time.monotonic() < deadline:
            each()
        self.assertEqual(self.heard(), expected)

    def test_a_fleet_that_stops_sleeping_is_one_message_and_so_is_its_gateway(self):
        for _ in range(3):
            self.minute()
        self.assertEqual(self.heard(), [], "all is well")
        breach = 'torpor_contract_breach_cycles{clause="duty_cycle"}'
        count = 0

        def in_breach():
            nonlocal count
            count += 1
            self.minute(**{breach: count})

        one = [("pager", "TorporSiteBreach", 1)]
        self.wait_for(one, in_breach)
        for _ in range(6):  # each robot has reached what it is told of alone
            in_breach()
        self.assertGreater(count, 6)
        self.assertEqual(self.heard(), one)

        self.gateway_process.close()
        both = one + [("pager", "TorporGatewayDown", 1)]
        self.wait_for(both)
        time.sleep(5 * MINUTE_S)
        self.assertEqual(self.heard(), both)
        self.assertIn("deadman", {receiver for receiver, _ in self.webhook.heard})

    def test_a_robot_that_pushes_rubbish_is_named_and_harms_no_other(self):
        page = robots.page(1, robots.WELL)
        clash = page.replace("# TYPE torpor_cycles_total counter", "# TYPE torpor_cycles_total gauge")
        self.assertNotEqual(clash, page)
        of_the_gateway = page + "# TYPE process_cpu_seconds_total gauge\nprocess_cpu_seconds_total 1\n"
        rubbish = {
            "clashes": clash.encode(),
            "clashes-with-the-gateway": of_the_gateway.encode(),
            "replays": page.replace("torpor_cycles_total{result=\"complete\"} ",
                                    "torpor_cycles_total{result=\"complete\"} 7 1700000000000\n#").encode(),
            "is-no-text": b"\x00\xff\xfe{torpor}\n",
            "is-cut": page[:len(page) // 2].rstrip().encode(),
        }
        for name in rubbish:  # each was well once, but the one that was never heard
            if name != "is-cut":
                robots.put(self.gateway, f"torpor/instance/{name}", page)
        for _ in range(3):
            self.minute()
        self.assertEqual(self.heard(), [])

        def everybody():
            for name, body in rubbish.items():
                with self.assertRaises(urllib.error.HTTPError, msg=name) as refused:
                    robots.put(self.gateway, f"torpor/instance/{name}", body)
                self.assertEqual(refused.exception.code, 400, name)
            self.minute()

        # What is no page at all the gateway forgets: that robot falls silent, or is missing.
        named = {"clashes", "clashes-with-the-gateway", "replays"}
        self.wait_for([("day", "TorporPushRejected", len(named))], everybody)
        self.assertEqual(self.named("TorporPushRejected"), named)
        self.assertEqual(self.asked('count(instance:torpor_live:bool{instance=~"r[0-9]+"} == 1)'), ROBOTS)
        self.assertEqual(self.asked('count(torpor_cycles_total{instance=~"r[0-9]+",result="complete"})'), ROBOTS)

    def named(self, alert):
        """The robots of which somebody was told by this alert."""
        return {each["labels"]["instance"] for _, message in list(self.webhook.heard)
                for each in message["alerts"] if each["labels"]["alertname"] == alert}

    def test_robots_that_heal_one_by_one_are_not_told_of(self):
        breach = 'torpor_contract_breach_cycles{clause="power"}'
        for count in range(7):
            self.minute(**{breach: count})
        one = [("pager", "TorporSiteBreach", 1)]
        self.wait_for(one, lambda: self.minute(**{breach: 9}))
        # the last three take their time, and are too few for their site
        for healed in (ROBOTS // 2, *[ROBOTS - 3] * 6, ROBOTS):
            self.push(range(healed))
            self.push(range(healed, ROBOTS), **{breach: 9})
            time.sleep(MINUTE_S)
        time.sleep(3 * MINUTE_S)
        self.assertEqual(self.heard(), one)


if __name__ == "__main__":
    for needed in (pt.PROMTOOL, am.ALERTMANAGER):
        if not needed.exists():
            print(f"NOT RUN: no {needed}; tests/fetch-daemons fetches it", file=sys.stderr)
            sys.exit(0)
    unittest.main()
