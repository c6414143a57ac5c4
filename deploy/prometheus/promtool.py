"""Rules and their tests as the tests of this folder see them, and Debian's promtool, which
tests/fetch-daemons unpacks.

A *.test.yml is promtool's own format with two liberties, both taken away before promtool reads
it: alerts are compared without annotations (which are compared with the rules' labels
instead), and [one|two] or [1-100] within a series stands for a series each.
"""
import copy
import functools
import os
import pathlib
import re
import subprocess
import sys

try:
    import yaml
except ImportError:
    print("NOT RUN: no PyYAML for the tests of the alert rules", file=sys.stderr)
    sys.exit(0)

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DAEMONS = pathlib.Path(os.environ.get("TORPOR_DAEMONS") or ROOT / "build" / "daemons")
PROMTOOL = DAEMONS / "usr" / "bin" / "promtool"
RULE_FILES = ["torpor.rules.yml", "torpor-gateway.rules.yml"]

# What the gateway adds to each group, and what it and Prometheus say of themselves.
OF_THE_GATEWAY = {
    "push_time_seconds",
    "push_failure_time_seconds",
    "process_start_time_seconds",
    "scrape_duration_seconds",
    "up",
}


def promtool(*arguments, cwd=HERE, said_to_it=None):
    """Exit status and everything it said."""
    done = subprocess.run(
        [str(PROMTOOL), *arguments],
        cwd=cwd,
        input=said_to_it,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout


def seconds(duration):
    """Of a duration as Prometheus writes it, with one unit."""
    number, unit = re.fullmatch(r"(\d+)([smhd])", duration).groups()
    return int(number) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]


@functools.cache
def _parsed(name):
    return yaml.load((HERE / name).read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def rule_files():
    """Each rule file by its name, parsed."""
    return {name: copy.deepcopy(_parsed(name)) for name in RULE_FILES}


def rules(files=None):
    """All rules, in the order of their evaluation."""
    files = files or rule_files()
    return [rule for name in RULE_FILES for group in files[name]["groups"] for rule in group["rules"]]


def alerts():
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def without_annotations(files):
    for rule in rules(files):
        rule.pop("annotations", None)
    return files


def exported():
    """The metrics that a robot exports, and those that whoever deploys robots may."""
    text = (ROOT / "docs/metrics.md").read_text()
    return set(re.findall(r"^\| (torpor_\w+)", text, re.M)) | {"torpor_roster_info"}


def recorded():
    return {rule["record"] for rule in rules() if "record" in rule}


def metrics_in(expression):
    """The names of metrics and records that an expression holds."""
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\"[^\"]*\"", "", expression)
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", bare)
    return {
        name
        for name in re.findall(r"[a-zA-Z_:][\w:]*(?!\w|\s*\()", bare)
        if name not in {"and", "or", "unless", "bool", "offset"}
    }


def _alternatives(series):
    """What a series stands for: [one|two] and [1-100] are unfolded from the left."""
    found = re.search(r"\[([^\]]*)\]", series)
    if not found:
        return [series]
    inner = found.group(1)
    if span := re.fullmatch(r"(\d+)-(\d+)", inner):
        choices = [str(n) for n in range(int(span[1]), int(span[2]) + 1)]
    else:
        choices = inner.split("|")
    return [
        rest
        for choice in choices
        for rest in _alternatives(series[: found.start()] + choice + series[found.end() :])
    ]


def test_files():
    """Each test file by its name, parsed and unfolded."""
    files = {}
    for path in sorted(HERE.glob("*.test.yml")):
        content = copy.deepcopy(_parsed(path.name))
        for test in content["tests"]:
            test["input_series"] = [
                {"series": series, "values": row["values"]}
                for row in test["input_series"]
                for series in _alternatives(row["series"])
            ]
        files[path.name] = content
    return files


def write(folder, name, content):
    with open(pathlib.Path(folder) / name, "w") as file:
        yaml.dump(content, file, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper),
                  sort_keys=False, width=1000)
