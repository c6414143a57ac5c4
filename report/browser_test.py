#!/usr/bin/env python3
"""A report's page in a real browser: Debian's Chromium, driven by playwright-core from npm
(tests/fetch-playwright). What is asked of it is in browser_test.js. Only with TORPOR_EXHAUSTIVE=1,
as in ./dev test --all.

    browser_test.py PROGRAM    torpor_report_pages, which writes the pages
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FETCHED = HERE.parent / "build" / "playwright"
BROWSERS = ["chromium", "chromium-browser"]


def main(program):
    if not os.environ.get("TORPOR_EXHAUSTIVE"):
        print("NOT RUN: a report's page in a browser; TORPOR_EXHAUSTIVE=1 runs it")
        return 0
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser:
        print("NOT RUN: no Chromium, so no report's page was opened; install Debian's package chromium")
        return 0
    if not (FETCHED / "node_modules/playwright-core").exists() or not shutil.which("node"):
        print("NOT RUN: no playwright-core, so no report's page was opened; tests/fetch-playwright fetches it")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, folder], check=True, timeout=240)
        return subprocess.run(["node", str(HERE / "browser_test.js"), str(FETCHED), folder, browser],
                              timeout=280, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
