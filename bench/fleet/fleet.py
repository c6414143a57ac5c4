#!/usr/bin/env python3
"""How many robots a site's programs bear: each layout is filled with its robots, then a simulated
fleet pushes in real time for a minute that is measured, one push a robot, while Prometheus reads and
judges by the shipped rules.

Run by ./dev bench fleet. A push has the contract's two seconds and one retry: one that is not taken
by then is lost, as a robot's would be.
"""
import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

import latency
import layouts
from layouts import Pushgateways, RemoteWrite, VictoriaMetrics

WARM_UP_S, MEASURED_S = 20, 60
TICKS = os.sysconf("SC_CLK_TCK")

ALL = [
    Pushgateways("checked-400", 400),
    Pushgateways("checked-8x50", 400, count=8),
    Pushgateways("unchecked-400", 400, checked=False),
    VictoriaMetrics("victoriametrics-400", 400),
    RemoteWrite("remote-write-400", 400),
    Pushgateways("checked-2000", 2000),
    Pushgateways("checked-20x100", 2000, count=20),
    Pushgateways("unchecked-2000", 2000, checked=False),
    VictoriaMetrics("victoriametrics-2000", 2000),
    RemoteWrite("remote-write-2000", 2000),
    Pushgateways("unchecked-10000", 10000, checked=False),
    VictoriaMetrics("victoriametrics-10000", 10000),
    RemoteWrite("remote-write-10000", 10000),
]


class Usage:
    """CPU of processes while it counts, and the most memory that each ever held."""

    def __init__(self, processes):
        self.processes = processes
        self.before = {address.pid: self._cpu(address.pid) for each in processes.values() for address in each}
        self.began = time.monotonic()

    def take(self):
        """By kind of program: percent of one core, MB of resident memory."""
        seconds = time.monotonic() - self.began
        return {kind: {"cpu_percent": 100 * sum(self._cpu(a.pid) - self.before[a.pid] for a in each) / seconds,
                       "rss_mb": sum(self._most_rss_kb(a.pid) for a in each) / 1000}
                for kind, each in self.processes.items()}

    @staticmethod
    def _cpu(pid):
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @staticmethod
    def _most_rss_kb(pid):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
        return 0


def simulate(torpor, layout, addresses, *more):
    command = [str(torpor), "fleet", "simulate", "--robots", str(layout.robots), "--json", "-q", "--sink", layout.sink,
               "--senders", "64", *more]
    for address in addresses:
        command += ["--gateway", address]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def measure(torpor, layout):
    with layout, tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)

        def fill(addresses):
            simulate(torpor, layout, addresses, "--pace", "max", "--for", "126s").communicate(timeout=900)

        layout.fill(folder, fill)
        addresses = layout.start(folder)
        fleet = simulate(torpor, layout, addresses, "--pace", "real", "--for", f"{WARM_UP_S + MEASURED_S}s",
                         "--warm-up", f"{WARM_UP_S}s")
        time.sleep(WARM_UP_S)
        usage = Usage({**layout.processes, "the fleet itself": [Process(fleet.pid)]})
        time.sleep(MEASURED_S - 2)  # before the fleet has ended
        used = usage.take()
        scrape = layouts.slowest_scrape_seconds(layout)
        rules = layouts.rule_seconds(layout)
        figures = json.loads(fleet.communicate(timeout=120)[0])
        return {"name": layout.name, "what": layout.what, "robots": layout.robots, "pages": figures["pages"],
                "taken": figures["pushed"].get("taken", 0), "push_ms": figures["push_ms"],
                "from_due_ms": figures["push_from_due_ms"], "used": used, "scrape_seconds": scrape,
                "rules_seconds": rules}


class Process:
    def __init__(self, pid):
        self.pid = pid


def number(value, unit=""):
    if value is None:
        return "-"
    return (f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}") + unit


def row(found):
    push, used = found["push_ms"], found["used"]
    programs = "; ".join(f"{kind} {number(each['cpu_percent'])} %, {each['rss_mb']:.0f} MB"
                         for kind, each in used.items() if kind != "the fleet itself")
    lost = found["pages"] - found["taken"]
    return (f"| {found['robots']:,} | {found['what']} | {number(push['p50'])} | {number(push['p99'])} | "
            f"{number(push['max'])} | {lost} of {found['pages']} | {programs} | "
            f"{number(found['scrape_seconds'], ' s')} | {number(found['rules_seconds'], ' s')} |")


HEAD = ("| robots | layout | push p50, ms | p99 | most | lost | CPU of one core, memory at most | slowest scrape | all rules "
        "|\n|---|---|---|---|---|---|---|---|---|")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torpor", type=pathlib.Path, required=True, help="the program")
    parser.add_argument("--only", metavar="WORD", action="append", help="layouts whose name has it; may be repeated")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="keep the figures")
    parser.add_argument("--list", action="store_true", help="name the layouts")
    parser.add_argument("--latency", action="store_true",
                        help="how long until somebody is told of a robot that stops sleeping, instead")
    asked = parser.parse_args()
    chosen = [layout for layout in ALL if not asked.only or any(word in layout.name for word in asked.only)]
    if asked.list or not chosen:
        print("\n".join(layout.name for layout in ALL))
        return 0 if asked.list else 64
    if not (layouts.BINARIES / "prometheus").exists():
        print("bench fleet: no daemons; tests/fetch-daemons fetches them", file=sys.stderr)
        return 69
    if asked.latency:
        return latency.main(asked.torpor, asked.json)
    print(f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}, {time.strftime('%Y-%m-%d')}; "
          f"{MEASURED_S} s each, after {WARM_UP_S} s", flush=True)
    print(HEAD, flush=True)
    found = []
    for layout in chosen:
        found.append(measure(asked.torpor, layout))
        print(row(found[-1]), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
