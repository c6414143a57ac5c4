"""The shipped configuration in a hurry: a minute of rules, scrapes and notifications takes so
many seconds less, and nothing else is changed. What is measured in seconds by a clock is
multiplied, what is waited for or looked back on is divided, and every threshold is the
shipped one.
"""
import re

import promtool as pt

DURATION = r"(\d+)(ms|s|m|h|d)"
SINCE = re.compile(r"time\(\) - (\w+(?:\{[^}]*\})?)")
SKEW = "torpor_robot_time_seconds - push_time_seconds"
LOOKBACK_S = 300  # Prometheus's own


def shorter(duration, factor):
    number, unit = re.fullmatch(DURATION, duration).groups()
    ms = int(number) * {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}[unit] / factor
    return f"{max(1, round(ms))}ms"


def _expression(text, factor):
    text = re.sub(rf"\[{DURATION}\]", lambda found: f"[{shorter(found[0][1:-1], factor)}]", text)
    text = SINCE.sub(lambda found: f"({factor} * ({found[0]}))", text)
    return text.replace(SKEW, f"{factor} * ({SKEW})")


def rules(factor):
    """The rule files by their names."""
    files = pt.rule_files()
    for content in files.values():
        for group in content["groups"]:
            group["interval"] = shorter(group["interval"], factor)
            for rule in group["rules"]:
                rule["expr"] = _expression(rule["expr"], factor)
                for wait in rule.keys() & {"for", "keep_firing_for"}:
                    rule[wait] = shorter(rule[wait], factor)
    return files


def prometheus(factor, gateways, alertmanager):
    """Its configuration and the rules, by the names of their files."""
    content = pt.yaml.safe_load((pt.HERE / "prometheus.yml").read_text())
    content["global"] = {key: shorter(value, factor) for key, value in content["global"].items()}
    scrape = content["scrape_configs"][0]
    scrape["scrape_timeout"] = content["global"]["scrape_interval"]
    scrape["static_configs"][0]["targets"] = [gateway.removeprefix("http://") for gateway in gateways]
    content["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [
        alertmanager.removeprefix("http://")]
    return {"prometheus.yml": content, **rules(factor)}


def flags(factor):
    """What Prometheus is started with besides."""
    return [f"--query.lookback-delta={shorter(f'{LOOKBACK_S}s', factor)}",
            f"--rules.alert.resend-delay={shorter('1m', factor)}"]


def waits(factor):
    """For alertmanager.running(): how long a wait of its configuration becomes."""
    return lambda duration: shorter(duration, factor)
