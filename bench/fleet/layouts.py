"""The layouts of a site's programs that are measured: what runs, where the robots push, and who is
asked how long reading and judging took.
"""
import contextlib
import json
import pathlib
import re
import sys
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "deploy" / "prometheus"))

import daemon  # noqa: E402
import promtool as pt  # noqa: E402

BINARIES = pt.DAEMONS / "usr" / "bin"
SERIES_A_ROBOT = 105  # as prometheus.yml counts them


class Layout:
    """A kind of site, of so many robots."""

    sink = "pushgateway"

    def __init__(self, name, robots, what):
        self.name, self.robots, self.what = name, robots, what
        self.parts = contextlib.ExitStack()
        self.processes = {}  # kind to addresses, each with its pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.parts.close()

    def configuration(self, file, targets):
        """A shipped one, with its targets, room for these robots, and nobody to send alerts to."""
        content = pt.yaml.safe_load((pt.HERE / file).read_text())
        content.pop("alerting", None)
        for job in content.get("scrape_configs", []):
            job["static_configs"][0]["targets"] = [target.removeprefix("http://") for target in targets]
            if "sample_limit" in job:
                job["sample_limit"] = SERIES_A_ROBOT * self.robots
        return content

    def prometheus(self, folder, content, *flags):
        pt.write(folder, "prometheus.yml", content)
        for name, rules in pt.rule_files().items():
            pt.write(folder, name, rules)
        address = self.parts.enter_context(daemon.running(
            BINARIES / "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
            f"--web.listen-address={daemon.ANY_PORT}", *flags, folder=folder))
        self.processes["Prometheus"] = [address]
        return address


class Pushgateways(Layout):
    """One or several, and a Prometheus that reads them."""

    def __init__(self, name, robots, count=1, checked=True):
        check = "checked" if checked else "unchecked"
        super().__init__(name, robots, f"{check} Pushgateway" if count == 1 else f"{count} {check} Pushgateways")
        self.count, self.checked = count, checked

    def fill(self, folder, push):
        """Its gateways know all robots, as after a day. One that checks would take minutes for it."""
        with contextlib.ExitStack() as filling:
            push([self._start(filling, folder, i, checked=False) for i in range(self.count)])

    def start(self, folder):
        addresses = [self._start(self.parts, folder, i, self.checked) for i in range(self.count)]
        self.processes["Pushgateway"] = addresses
        self.prometheus(folder, self.configuration("prometheus.yml", addresses))
        return addresses

    @staticmethod
    def _start(parts, folder, number, checked):
        place = folder / f"gateway{number}"
        place.mkdir(exist_ok=True)
        check = [] if checked else ["--push.disable-consistency-check"]
        return parts.enter_context(daemon.running(
            BINARIES / "prometheus-pushgateway", f"--web.listen-address={daemon.ANY_PORT}",
            "--persistence.file=held", *check, folder=place))


class VictoriaMetrics(Layout):
    """One, read by a Prometheus as if it were a gateway."""

    sink = "victoriametrics"

    def __init__(self, name, robots):
        super().__init__(name, robots, "VictoriaMetrics")

    def fill(self, folder, push):
        self.processes["VictoriaMetrics"] = [self.parts.enter_context(daemon.running_at(
            BINARIES / "victoria-metrics", "-storageDataPath=victoria", flag="-httpListenAddr",
            ready="/health", folder=folder))]
        push(self.processes["VictoriaMetrics"])

    def start(self, folder):
        addresses = self.processes["VictoriaMetrics"]
        self.prometheus(folder, self.configuration("prometheus-victoriametrics.yml", addresses))
        return addresses


class RemoteWrite(Layout):
    """The robots write to Prometheus itself."""

    sink = "remote-write"

    def __init__(self, name, robots):
        super().__init__(name, robots, "Prometheus, remote write")

    def fill(self, folder, push):
        content = self.configuration("prometheus-remote-write.yml", [])
        content["scrape_configs"] = []  # itself, for the rules' guards alone
        self.prometheus(folder, content, "--web.enable-remote-write-receiver", "--query.lookback-delta=1d")
        push(self.processes["Prometheus"])

    def start(self, folder):
        return self.processes["Prometheus"]


def rule_seconds(layout):
    """How long the last evaluation of all rules took."""
    text = _page(layout.processes["Prometheus"][0])
    return sum(float(v) for v in re.findall(r"^prometheus_rule_group_last_duration_seconds\{.*\} (\S+)$", text, re.M))


def slowest_scrape_seconds(layout):
    """Within the last minute; None where nobody scrapes robots."""
    return _ask(layout, "max(max_over_time(scrape_duration_seconds[1m]))")


def _page(address):
    with urllib.request.urlopen(f"{address}/metrics", timeout=60) as answer:
        return answer.read().decode()


def _ask(layout, query):
    """A number, or None."""
    address = f"{layout.processes['Prometheus'][0]}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    with urllib.request.urlopen(address, timeout=60) as answer:
        found = json.load(answer)["data"]["result"]
    return float(found[0]["value"][1]) if found else None
