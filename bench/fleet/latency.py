#!/usr/bin/env python3
"""How long it takes from a robot that stops sleeping until somebody's webhook is called, in real time
and with everything as it is shipped: 400 robots at one Pushgateway, Prometheus, Alertmanager. One
robot after another stops, too few for their site to be told of instead.

Run by ./dev bench fleet --latency: a quarter of an hour.
"""
import json
import pathlib
import platform
import random
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "deploy" / "prometheus"))

import site_at_work  # noqa: E402

ROBOTS = 400
STOP = ROBOTS // 20 - 1  # a twentieth would be the site's alert
FROM_S, OVER_S, REST_S = 90, 420, 390
ALERT = ("day", "TorporDutyCycle")


def quantile(values, share):
    return values[min(len(values) - 1, int(share * len(values)))]


def main(torpor, kept):
    site_at_work.TORPOR = torpor
    moments = random.Random(1)
    lines = [f"{FROM_S + moments.randrange(OVER_S)}s end 1 never-sleeps\n" for _ in range(STOP)]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as script:
        script.write("".join(lines))
        script.flush()
        minutes = (FROM_S + OVER_S + REST_S) / 60
        print(f"{STOP} of {ROBOTS} robots stop sleeping, one by one; {minutes:.0f} minutes of real time", flush=True)
        story = site_at_work.play(site_at_work.Fleet(script.name, minutes, ROBOTS, gateways=1, factor=1))
    waits = []
    for event in story.events:
        if event.get("event") == "begins":
            waits += story.waits(event, *ALERT, set(event["robots"]))
    waits.sort()
    if len(waits) < STOP:
        print(f"nobody was told of {STOP - len(waits)} robots", file=sys.stderr)
        return 1
    found = {"robots": STOP, "p50_seconds": statistics.median(waits), "p95_seconds": quantile(waits, 0.95),
             "least_seconds": waits[0], "most_seconds": waits[-1], "day": time.strftime("%Y-%m-%d"),
             "machine": f"{platform.machine()}, Linux {platform.release()}"}
    print(f"from the moment it stops to the webhook: p50 {found['p50_seconds']:.0f} s, p95 {found['p95_seconds']:.0f} s, "
          f"least {waits[0]:.0f} s, most {waits[-1]:.0f} s")
    if kept:
        kept.write_text(json.dumps(found, indent=1) + "\n")
    return 0
