#!/usr/bin/env python3
"""The configurations for sites with several gateways and for a company with several sites start as
they are shipped, but for their ports, and do what docs/fleet.md says.
"""
import contextlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

import daemon
import promtool as pt
import robots

BINARIES = pt.DAEMONS / "usr" / "bin"
MOST_S = 40


def load(name):
    return pt.yaml.safe_load((pt.HERE / name).read_text())


def ask(prometheus, query):
    """Each series that answers, as its labels, and its value."""
    address = f"{prometheus}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    with urllib.request.urlopen(address, timeout=10) as answer:
        return [(found["metric"], float(found["value"][1])) for found in json.load(answer)["data"]["result"]]


class Layouts(unittest.TestCase):
    def setUp(self):
        self.parts = contextlib.ExitStack()
        self.addCleanup(self.parts.close)
        self.folder = pathlib.Path(self.parts.enter_context(tempfile.TemporaryDirectory()))

    def gateway(self):
        return self.parts.enter_context(daemon.running(
            BINARIES / "prometheus-pushgateway", f"--web.listen-address={daemon.ANY_PORT}", "--persistence.file=",
            folder=self.folder))

    def prometheus(self, name, content, *flags):
        """One with this configuration and the rules in a hurry."""
        folder = self.folder / name
        folder.mkdir()
        for file, rules in {**robots.hurried("http://none"), "prometheus.yml": content}.items():
            pt.write(folder, file, rules)
        return self.parts.enter_context(daemon.running(
            BINARIES / "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
            f"--web.listen-address={daemon.ANY_PORT}", *flags, folder=folder))

    def wait_for(self, prometheus, query, wanted):
        deadline = time.monotonic() + MOST_S
        while ask(prometheus, query) != wanted and time.monotonic() < deadline:
            time.sleep(0.5)
        self.assertEqual(ask(prometheus, query), wanted)

    def site(self, name, gateways):
        """The shipped configuration of a site with several gateways, on these."""
        content = load("prometheus-gateways.yml")
        content["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        del content["alerting"]
        scrape = content["scrape_configs"][0]
        scrape["scrape_timeout"] = "1s"
        scrape["static_configs"][0] = {"targets": [gateway.removeprefix("http://") for gateway in gateways],
                                       "labels": {"site": name}}
        return content

    def test_a_site_with_several_gateways_is_one_site_and_one_of_them_may_die(self):
        rest = [self.gateway() for _ in range(3)]
        dying = self.parts.enter_context(contextlib.ExitStack())
        first = dying.enter_context(daemon.running(
            BINARIES / "prometheus-pushgateway", f"--web.listen-address={daemon.ANY_PORT}", "--persistence.file=",
            folder=self.folder))
        gateways = [first, *rest]
        for robot in range(20):
            robots.put(gateways[robot % 4], f"torpor/instance/r{robot}", robots.page(changes=robots.WELL))
        prometheus = self.prometheus("site", self.site("dock-b", gateways))
        self.wait_for(prometheus, "site:torpor_robots:count", [({"__name__": "site:torpor_robots:count", "site": "dock-b"}, 20)])
        dying.close()
        self.wait_for(prometheus, "site:torpor_robots:count", [({"__name__": "site:torpor_robots:count", "site": "dock-b"}, 15)])
        self.wait_for(prometheus, 'count by (alertname, site, alertstate) (ALERTS{scope!="watchdog",scope!="robot"})',
                      [({"alertname": "TorporGatewayDown", "site": "dock-b", "alertstate": "firing"}, 1)])

    def test_a_company_sees_what_its_sites_conclude_and_not_all_that_they_know(self):
        company = self.prometheus("company", {"global": {"scrape_interval": "1s"}},
                                  "--web.enable-remote-write-receiver")
        for name in ("dock-a", "dock-b"):
            gateway = self.gateway()
            refuses = {"torpor_refused": 'torpor_refused{reason="expired"} 1'} if name == "dock-b" else {}
            for robot in range(5):
                robots.put(gateway, f"torpor/instance/{name}-{robot}", robots.page(changes={**robots.WELL, **refuses}))
            content, more = self.site(name, [gateway]), load("prometheus-company.yml")
            more["remote_write"][0]["url"] = f"{company}/api/v1/write"
            content["global"]["external_labels"] = {"site": name}
            self.prometheus(name, {**content, "remote_write": more["remote_write"]})
        sites = [({"site": name}, 5) for name in ("dock-a", "dock-b")]
        self.wait_for(company, "count by (site) (torpor_contract_info)", sites)
        self.wait_for(company, "count by (site) (instance:torpor_live:bool == 1)", sites)
        self.wait_for(company, 'count by (site, alertname) (ALERTS{alertstate="firing",severity="critical"})',
                      [({"site": "dock-b", "alertname": "TorporSiteRefused"}, 1)])
        held = {metric["__name__"] for metric, _ in ask(company, 'count by (__name__) ({__name__=~".+"})')}
        self.assertIn("site:torpor_robots:count", held)
        kept = ("ALERTS", "site:", "site_clause:", "instance:torpor_live:bool", "torpor_contract_info")
        self.assertEqual([name for name in held if not name.startswith(kept)], [])

    def test_promtool_takes_each_shipped_configuration(self):
        for name in ("prometheus-gateways.yml", "prometheus-company.yml"):
            status, said = pt.promtool("check", "config", name)
            self.assertEqual(status, 0, said)

    def test_systemd_takes_the_unit_of_a_gateway(self):
        if not shutil.which("systemd-analyze"):
            print("NOT RUN: no systemd-analyze for the unit of a gateway")
            return
        unit = self.folder / "torpor-gateway@9101.service"
        text = (pt.HERE / "torpor-gateway@.service").read_text()
        unit.write_text(text.replace("ExecStart=prometheus-pushgateway", f"ExecStart={BINARIES}/prometheus-pushgateway"))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
        self.assertEqual((done.returncode, [line for line in done.stdout.splitlines() if unit.name in line]), (0, []))


if __name__ == "__main__":
    for needed in (pt.PROMTOOL, BINARIES / "prometheus-pushgateway"):
        if not needed.exists():
            print(f"NOT RUN: no {needed}; tests/fetch-daemons fetches it", file=sys.stderr)
            sys.exit(0)
    unittest.main()
