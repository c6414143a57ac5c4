#!/usr/bin/env python3
"""The whole chain, every part of it real but the robots: they push to a Pushgateway, Prometheus
reads it and judges by the shipped rules, Alertmanager sends what the shipped configuration lets
through, and a webhook counts it. A minute of theirs is a second here.
"""
import contextlib
import sys
import tempfile
import time
import unittest

import alertmanager as am
import daemon
import promtool as pt
import robots

ROBOTS = 40
MINUTE_S = 1
BINARIES = pt.DAEMONS / "usr" / "bin"

# What the golden page says of a robot that is well.
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
        self.parts.enter_context(
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
        body = robots.page(self.minutes, {**WELL, **asleep, **changes})
        for robot in some:
            robots.put(self.gateway, f"torpor/instance/r{robot}", body)

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
