#!/usr/bin/env python3
"""Proves the models of this folder with SPIN, and that each named mutation is found out.

usage: check.py            what every test run does
       check.py --all      with larger bounds, minutes of work

Needs spin and gcc; where there is no spin, says so and passes. The models say what they prove.
"""
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))

# Model, what is defined, whether an error must be found, bounds only for --all.
SMALL = "RESTARTS=1 GREETINGS=3 FETCHES=1"
WHOLE = "RESTARTS=1 GREETINGS=4 FETCHES=1"  # a take-over greets four times
CALM = "RESTARTS=0 GREETINGS=5 FETCHES=1 REPLAYS=0 LOSSES=0"
RUNS = [
    ("record", "PAGES=4 CUTS=3", False, False),
    ("record", "PAGES=3 CUTS=2", False, False),
    ("record", "PAGES=5 CUTS=4", False, False),
    ("record", "PAGES=5 CUTS=4 LAST=4", False, False),
    ("record", "PAGES=6 CUTS=5", False, True),
    ("record", "PAGES=3 CUTS=3", True, False),
    ("record", "PAGES=4 CUTS=4", True, False),
    ("record", "PAGES=5 CUTS=5", True, False),
    ("record", "PAGES=5 CUTS=4 NO_ERASURE", True, False),
    ("record", "PAGES=5 CUTS=4 LAST=2 NO_ERASURE", False, True),  # two contents do not show it
    ("record", "PAGES=2 CUTS=3 NEWEST_WINS", True, False),
    ("record", "NEWEST_WINS", True, False),
    ("record", "SAME_NUMBER", True, False),
    ("record", "HOLDER_FIRST", True, False),
    ("activation", WHOLE, False, False),
    ("activation", f"{CALM} LAST=3", False, False),
    ("activation", "RESTARTS=1 GREETINGS=4 FETCHES=1 REPLAYS=0 LOSSES=0 LAST=3", False, True),
    ("activation", "RESTARTS=1 GREETINGS=5 FETCHES=1", False, True),
    ("activation", "RESTARTS=2 GREETINGS=3 FETCHES=2", False, True),
    ("activation", f"{CALM} NEVER_DONE", True, False),
    ("activation", f"{SMALL} NO_NONCE", True, False),
    ("activation", f"{SMALL} DISAGREES", True, False),
    ("activation", f"{SMALL} NO_CONFIRM", True, False),
    ("activation", f"{SMALL} STAYS_AGREED", True, False),
    ("activation", f"{SMALL} NO_TAG", True, False),
    ("activation", "RESTARTS=1 GREETINGS=3 NO_REQUEST", True, False),
    ("activation", f"{SMALL} DROP_EARLY", True, False),
    ("activation", f"{SMALL} NO_PREPARE", True, False),
    ("activation", f"{CALM} LAST=3 CHANGE_AFTER", True, False),
    ("activation", f"{SMALL} FLOOR_EARLY", True, False),
    ("activation", f"{CALM} LAST=3 STAGE_ON_TRIAL", True, False),
    ("activation", f"{SMALL} NAME_THEN_WRITE", True, False),
    ("activation", "RESTARTS=1 GREETINGS=3 FETCHES=2 REFETCH", True, False),
]


def verify(model, defines, optimize):
    """States stored, and the first error or None."""
    options = ["-D" + define for define in defines.split()]
    with tempfile.TemporaryDirectory() as folder:
        run = lambda *words: subprocess.run(
            words, cwd=folder, check=True, text=True, capture_output=True).stdout
        run("spin", *options, "-a", os.path.join(HERE, model + ".pml"))
        run("gcc", optimize, "-w", "-DSAFETY", "-DCOLLAPSE", "-o", "pan", "pan.c")
        out = run("./pan", "-m1000000", "-w24")
    stored = re.search(r"(\d+) states, stored", out)
    errors = re.search(r"errors: (\d+)", out)
    if not stored or not errors or "max search depth too small" in out:
        raise RuntimeError(out)
    why = re.search(r"pan:1: (.*) \(at depth", out)
    return int(stored.group(1)), (why.group(1).strip() if errors.group(1) != "0" else None)


def run(job):
    model, defines, must_fail, _ = job
    began = time.monotonic()
    # What is found out is found out sooner than a compiler optimizes.
    states, error = verify(model, defines, "-O0" if must_fail else "-O2")
    return job, states, error, time.monotonic() - began


def main():
    if shutil.which("spin") is None:
        print("NOT RUN: no spin here, so no model was checked")
        return 0
    everything = "--all" in sys.argv[1:]
    jobs = [job for job in RUNS if everything or not job[3]]
    wrong = 0
    print(f"{'model':<11} {'with':<62} {'states':>10} {'s':>4}  result")
    # Two at a time: a big one takes a gigabyte.
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for (model, defines, must_fail, _), states, error, took in pool.map(run, jobs):
            good = (error is not None) == must_fail
            wrong += not good
            verdict = "holds" if error is None else f"found out: {error}"
            print(f"{model:<11} {defines:<62} {states:>10} {took:>4.0f}  "
                  f"{'' if good else 'WRONG: '}{verdict}", flush=True)
    print(f"{wrong} surprises")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
