"""A whole site at work: a simulated fleet pushes to real Pushgateways, a real Prometheus judges by
the shipped rules, a real Alertmanager sends by the shipped configuration, and a webhook hears it.
All of it as fast as hurry.py can; 1 is as shipped.
"""
import contextlib
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time

import alertmanager as am
import daemon
import hurry
import promtool as pt

TORPOR = pathlib.Path(os.environ.get("TORPOR_PROGRAM") or pt.ROOT / "build" / "dev" / "bin" / "torpor")
BINARIES = pt.DAEMONS / "usr" / "bin"
ROSTER_EVERY_S = 60


class Gateway:
    """A Pushgateway that can be stopped and started again at its address."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.address = f"http://{daemon.ANY_PORT}"
        self.stopping = None

    def start(self):
        self.stopping = contextlib.ExitStack()
        self.address = self.stopping.enter_context(daemon.running(
            BINARIES / "prometheus-pushgateway", f"--web.listen-address={self.address.removeprefix('http://')}",
            "--persistence.file=held", "--persistence.interval=5s", folder=self.folder))

    def stop(self, forget=False):
        self.stopping.close()
        if forget:
            (self.folder / "held").unlink(missing_ok=True)


class Site:
    """All of a site's programs, for as long as a block lasts."""

    def __init__(self, parts, fleet):
        self.forgets = fleet.forgets
        self.outages = 0
        folder = pathlib.Path(parts.enter_context(tempfile.TemporaryDirectory()))
        self.roster = folder / "site.roster"
        self.roster.write_text("".join(f"sim-{i:04} active\n" for i in range(1, fleet.robots + 1)))
        self.webhook = parts.enter_context(am.Webhook())
        alertmanager = parts.enter_context(
            am.running(am.configuration(), self.webhook, hurry.waits(fleet.factor)))
        self.gateways = [Gateway(folder / f"gateway{i}") for i in range(fleet.gateways)]
        for gateway in self.gateways:
            gateway.start()
            parts.callback(gateway.stop)
        addresses = [gateway.address for gateway in self.gateways]
        for name, content in hurry.prometheus(fleet.factor, addresses, alertmanager).items():
            pt.write(folder, name, content)
        parts.enter_context(daemon.running(
            BINARIES / "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
            f"--web.listen-address={daemon.ANY_PORT}", *hurry.flags(fleet.factor), folder=folder))

    def push_roster(self):
        """As a site's own job does from time to time; a gateway that is down is left out."""
        subprocess.run([str(TORPOR), "fleet", "roster", str(self.roster), "--gateway", self.gateways[0].address, "-q"],
                       stderr=subprocess.DEVNULL, check=False, timeout=60)

    def gateways_down(self):
        for gateway in self.gateways:
            gateway.stop(forget=self.outages in self.forgets)
        self.outages += 1

    def gateways_up(self):
        for gateway in self.gateways:
            gateway.start()


class Fleet:
    """What is played: so many robots at so many gateways, for so long and so much faster. `forgets`
    are the outages of the gateways, from 0, after which they have lost what they held. With 50 robots
    each, gateways that check what they take can do it ten times as fast as they have to."""

    def __init__(self, script, minutes, robots=400, gateways=8, factor=10, forgets=()):
        self.script, self.minutes, self.robots = script, minutes, robots
        self.gateways, self.factor, self.forgets = gateways, factor, forgets


class Story:
    """What happened, and what was told of it: everything on the clock of the fleet, in seconds."""

    def __init__(self, factor):
        self.factor = factor
        self.began = time.monotonic()
        self.events = []  # what the fleet said, its figures last
        self.heard = []   # (at, receiver, alert, robots), of what fires

    def now(self):
        return (time.monotonic() - self.began) * self.factor

    def take(self, message, receiver):
        if receiver == "deadman" or message["status"] != "firing":
            return
        firing = [alert["labels"] for alert in message["alerts"] if alert["status"] == "firing"]
        self.heard.append((self.now(), receiver, message["commonLabels"]["alertname"],
                           {labels.get("instance", "site") for labels in firing}))

    def waits(self, event, receiver, alert, wanted):
        """Of each robot that was told of after this event, how long that took, ascending."""
        first = {}
        for at, by, name, names in self.heard:
            if (by, name) == (receiver, alert) and at >= event["at_seconds"]:
                for robot in names & wanted:
                    first.setdefault(robot, at - event["at_seconds"])
        return sorted(first.values())


def play(fleet):
    """The story of a fleet."""
    story = Story(fleet.factor)
    with contextlib.ExitStack() as parts:
        site = Site(parts, fleet)
        site.push_roster()
        command = [str(TORPOR), "fleet", "simulate", "--robots", str(fleet.robots), "--for", f"{fleet.minutes}m",
                   "--json", "--pace", str(fleet.factor), "--script", str(fleet.script)]
        for gateway in site.gateways:
            command += ["--gateway", gateway.address]
        story.began = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        parts.callback(process.wait)
        parts.callback(process.terminate)

        def listen():
            for line in process.stdout:
                story.events.append(json.loads(line))
                event = story.events[-1]
                if event.get("trouble") == "gateway-down":
                    (site.gateways_down if event["event"] == "begins" else site.gateways_up)()

        listener = threading.Thread(target=listen)
        listener.start()
        roster_at, known = ROSTER_EVERY_S, 0
        while listener.is_alive():
            listener.join(0.2)
            for receiver, message in list(site.webhook.heard)[known:]:
                known += 1
                story.take(message, receiver)
            if story.now() > roster_at:
                roster_at += ROSTER_EVERY_S
                site.push_roster()
        process.stdout.close()
    return story
