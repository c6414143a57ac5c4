#!/usr/bin/env python3
"""Writes CHANGELOG.md as a Debian changelog, one entry for each version that it tells of.

    changelog.py CHANGELOG.md VERSION "NAME <ADDRESS>" SECONDS

VERSION and SECONDS (since 1970) are those of the newest entry: the package that is being made.
Older entries have the date that stands in their heading ("## 0.1.0, 2026-11-30").
"""
import calendar
import re
import sys
import textwrap
import time

HEADING = re.compile(r"## (\S+), (\d{4}-\d{2}-\d{2}|unreleased)$")
LINE = re.compile(r"- (FEATURE|FIX|CHANGE|REMOVED): ")


def sections(text):
    """(version, date or "unreleased", its lines) of each heading; a line that goes on is joined."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            heading = HEADING.match(line)
            if not heading:
                raise ValueError(f"line {number}: not '## VERSION, DATE': {line}")
            found.append((heading[1], heading[2], []))
        elif found and LINE.match(line):
            found[-1][2].append(line[2:])
        elif found and line.startswith("  ") and found[-1][2]:
            found[-1][2][-1] += " " + line.strip()
        elif found and line.strip():
            raise ValueError(f"line {number}: neither a heading nor a change: {line}")
    if not found:
        raise ValueError("no heading '## VERSION, DATE'")
    return found


def entry(version, lines, maintainer, seconds):
    text = [f"torpor ({version}) unstable; urgency=medium", ""]
    for line in lines or ["No change for those who use it."]:
        text += textwrap.wrap(line, 78, initial_indent="  * ", subsequent_indent="    ",
                              break_long_words=False, break_on_hyphens=False)
    when = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(seconds))
    return "\n".join(text + ["", f" -- {maintainer}  {when}", ""])


def changelog(text, version, maintainer, seconds):
    entries = []
    for place, (of, date, lines) in enumerate(sections(text)):
        if place > 0:
            version, seconds = of, calendar.timegm(time.strptime(date, "%Y-%m-%d"))
        entries.append(entry(version, lines, maintainer, seconds))
    return "\n".join(entries)


def main(arguments):
    path, version, maintainer, seconds = arguments
    with open(path, encoding="utf-8") as file:
        sys.stdout.write(changelog(file.read(), version, maintainer, int(seconds)))


if __name__ == "__main__":
    main(sys.argv[1:])
