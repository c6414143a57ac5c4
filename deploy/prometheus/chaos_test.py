#!/usr/bin/env python3
"""The chaos hour: 400 robots with the code that decides on a robot push to real Pushgateways that
check what they take, a real Prometheus judges by the shipped rules, and a real Alertmanager sends.
What is sent, to whom and of which robots, is exactly what chaos.txt calls for: every fault is told
of, an event of many robots is one page, and nothing is told of that was not.

An hour passes in six minutes (hurry.py). It runs with TORPOR_EXHAUSTIVE=1; by hand,
`python3 chaos_test.py --minutes 12` plays the beginning.
"""
import argparse
import collections
import os
import statistics
import sys
import unittest

import alertmanager as am
import promtool as pt
import site_at_work

MINUTES = 60
SECOND_OUTAGE = 1  # in which the gateways lose what they hold

# Who is told of which trouble, by which alert; "site" for one alert of all.
EXPECTED = {
    "never-sleeps": ("day", "TorporDutyCycle"),
    "wrong-type": ("day", "TorporPushRejected"),
    "clock-step": ("day", "TorporClockSkew"),
    "hot-gpu": ("day", "TorporGpuResident"),
    "wrong-contract": ("day", "TorporRefused"),
    "failing-bearing": ("maintenance", "TorporAnomaly"),
    "silent": ("day", "TorporRobotSilent"),
    "partition": ("pager", "TorporSiteSilent"),
    "gateway-down": ("pager", "TorporGatewayDown"),
}
OF_THE_SITE = {"partition", "gateway-down"}
TOLD_OF_NOBODY = {"push-loss"}
# Half of all tries lost, a few robots lose four pages in a row, each tried twice. Such a robot is
# silent for five minutes, and whether it is told of is a matter of seconds; both are right.
UNHEARD = ("day", "TorporRobotSilent")
SHORTEST_OUTAGE_S = 60  # that TorporGatewayDown tells of


def expected(story):
    """Of each trouble that had begun early enough to be told of: (receiver, alert) to robots."""
    told = collections.defaultdict(set)
    for event in story.events:
        if event.get("event") != "begins" or event["trouble"] in TOLD_OF_NOBODY:
            continue
        if event["trouble"] == "gateway-down" and lasted(story, event) < SHORTEST_OUTAGE_S:
            continue
        told[EXPECTED[event["trouble"]]] |= {"site"} if event["trouble"] in OF_THE_SITE else set(event["robots"])
    return dict(told)


def unheard(story):
    """Robots that tried to push and were not heard, by the script's bad luck."""
    return {event["robot"] for event in story.events if event.get("event") == "unheard"}


def lasted(story, begins):
    ends = [event["at_seconds"] for event in story.events
            if event.get("event") == "ends" and event["trouble"] == begins["trouble"]
            and event["at_seconds"] > begins["at_seconds"]]
    return min(ends, default=float("inf")) - begins["at_seconds"]


def told(story):
    found = collections.defaultdict(set)
    for _, receiver, alert, names in story.heard:
        found[receiver, alert] |= names
    return dict(found)


def report(story):
    """For people: what happened, who was told of what, and after how long."""
    lines = [f"{'trouble':18}{'robots':>7}{'from':>8}   told of it"]
    for event in story.events:
        if event.get("event") != "begins":
            continue
        at = event["at_seconds"]
        lines.append(f"{event['trouble']:18}{len(event['robots']):7}{at / 60:7.1f}m   {_told_of(story, event)}")
    lines.append(f"four pages in a row lost by chance: {len(unheard(story))} robots, "
                 f"of them told of: {len(unheard(story) & told(story).get(UNHEARD, set()))}")
    pages = [f"{at / 60:.1f}m {alert}" for at, receiver, alert, _ in story.heard if receiver == "pager"]
    lines.append(f"pages: {', '.join(pages) or 'none'}; messages to all: {len(story.heard)}")
    figures = story.events[-1]
    lines.append(f"pushes: {figures['pushed']}, p50 {figures['push_ms']['p50']:.1f} ms, "
                 f"p99 {figures['push_ms']['p99']:.1f} ms")
    return "\n".join(lines)


def _told_of(story, event):
    if event["trouble"] not in EXPECTED:
        return "nobody"
    receiver, alert = EXPECTED[event["trouble"]]
    wanted = {"site"} if event["trouble"] in OF_THE_SITE else set(event["robots"])
    waits = story.waits(event, receiver, alert, wanted)
    if not waits:
        return "nobody"
    return (f"{receiver}, {alert}, {len(waits)} of {len(wanted)}, after {statistics.median(waits):.0f} s "
            f"(the last {waits[-1]:.0f} s)")


def play(minutes):
    return site_at_work.play(site_at_work.Fleet(pt.HERE / "chaos.txt", minutes, forgets={SECOND_OUTAGE}))


class ChaosHour(unittest.TestCase):
    @unittest.skipUnless(os.environ.get("TORPOR_EXHAUSTIVE"), "with TORPOR_EXHAUSTIVE=1")
    def test_tells_of_everything_that_is_wrong_and_of_nothing_else(self):
        story = play(MINUTES)
        print(report(story))
        wanted, heard = expected(story), told(story)
        for key in wanted.keys() | heard.keys():
            of_these, of_those = heard.get(key, set()), wanted.get(key, set())
            if key == UNHEARD:
                of_these = of_these - (unheard(story) - of_those)
            self.assertEqual((sorted(of_those - of_these), sorted(of_these - of_those)), ([], []),
                             f"{key}: nobody was told of the first, and somebody of the second")
        pages = [alert for _, receiver, alert, _ in story.heard if receiver == "pager"]
        self.assertEqual(pages, ["TorporGatewayDown", "TorporSiteSilent"])


if __name__ == "__main__":
    for needed in (pt.PROMTOOL, am.ALERTMANAGER, site_at_work.TORPOR):
        if not needed.exists():
            print(f"NOT RUN: no {needed}", file=sys.stderr)
            sys.exit(0)
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--minutes", type=int)
    asked, rest = parser.parse_known_args()
    if asked.minutes:
        print(report(play(asked.minutes)))
    else:
        if not os.environ.get("TORPOR_EXHAUSTIVE"):
            print("NOT RUN: the chaos hour of 400 robots; TORPOR_EXHAUSTIVE=1 runs it")
        unittest.main(argv=sys.argv[:1] + rest)
