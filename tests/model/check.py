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
WORN = "LOSSES=1 RESTARTS=1"
ROUGH = "LOSSES=2 RESTARTS=2"
FOUL = f"{WORN} FORGED=1"
VILE = f"{ROUGH} FORGED=2"
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
    # It ends, however long or short the trial is, and whether it is good or not.
    ("convergence", f"{ROUGH} WISHES=2", False, False),
    ("convergence", f"{ROUGH} WISHES=2 BAD=1", False, False),
    ("convergence", f"{ROUGH} WISHES=2 BAD=2", False, False),
    ("convergence", f"{ROUGH} WISHES=2 BAD=3", False, False),
    ("convergence", f"{ROUGH} WISHES=2 TRIAL=1", False, False),
    ("convergence", f"{FOUL} WISHES=2", False, False),
    ("convergence", f"{FOUL} WISHES=2 BAD=1", False, False),
    ("convergence", f"{FOUL} WISHES=2 BAD=2", False, False),
    ("convergence", f"{FOUL} WISHES=2 BAD=3", False, False),
    ("convergence", f"{FOUL} WISHES=2 BAD=4", False, False),
    ("convergence", "LOSSES=3 RESTARTS=3 WISHES=2", False, True),
    ("convergence", f"{VILE} WISHES=2", False, True),
    ("convergence", f"{VILE} WISHES=2 BAD=1", False, True),
    ("convergence", f"{VILE} WISHES=2 BAD=2", False, True),
    ("convergence", f"{VILE} WISHES=2 BAD=3", False, True),
    # Also once the lease of the old contract is over.
    ("convergence", f"LAPSES=1 {FOUL} WISHES=2", False, False),
    ("convergence", f"LAPSES=1 {FOUL} WISHES=2 BAD=1", False, False),
    ("convergence", f"LAPSES=1 {FOUL} WISHES=2 BAD=2", False, False),
    ("convergence", f"LAPSES=1 {FOUL} WISHES=2 BAD=3", False, False),
    ("convergence", f"LAPSES=1 {FOUL} WISHES=2 BAD=4", False, True),
    ("convergence", f"LAPSES=1 {VILE} WISHES=2", False, True),
    # How long a good trial has to be: so many periods, and none less.
    ("convergence", "FOR_GOOD ALIGNED=0 TRIAL=2", False, False),
    ("convergence", "FOR_GOOD ALIGNED=0 TRIAL=1", True, False),
    ("convergence", "FOR_GOOD ALIGNED=0 TRIAL=3 LOSSES=1", False, False),
    ("convergence", "FOR_GOOD ALIGNED=0 TRIAL=2 LOSSES=1", True, False),
    ("convergence", "FOR_GOOD ALIGNED=0 TRIAL=5 RESTARTS=1", False, False),
    ("convergence", "FOR_GOOD ALIGNED=0 TRIAL=4 RESTARTS=1", True, False),
    ("convergence", f"FOR_GOOD TRIAL=8 {WORN}", False, False),
    ("convergence", f"FOR_GOOD TRIAL=7 {WORN}", True, False),
    ("convergence", f"FOR_GOOD TRIAL=10 {FOUL}", False, False),
    ("convergence", f"FOR_GOOD TRIAL=9 {FOUL}", True, False),
    ("convergence", "FOR_GOOD LAPSES=1 TRIAL=6", False, False),
    ("convergence", "FOR_GOOD LAPSES=1 TRIAL=5", True, False),
    ("convergence", f"FOR_GOOD LAPSES=1 TRIAL=10 {WORN}", False, False),
    ("convergence", f"FOR_GOOD LAPSES=1 TRIAL=9 {WORN}", True, False),
    ("convergence", f"FOR_GOOD TRIAL=20 {VILE}", False, True),
    ("convergence", f"FOR_GOOD LAPSES=1 TRIAL=12 {FOUL}", False, True),
    # What the code once did, or never.
    ("convergence", "FORGED=1 REPEATS", True, False),
    ("convergence", "BAD=3 STARTS_NEWEST", True, False),
    ("convergence", "BAD=3 ENDS_ON_TRIAL", True, False),
    ("convergence", "FORGED=1 NO_DIGEST", True, False),
    ("convergence", "FORGED=1 STAYS_SPOILT", True, False),
    ("convergence", "FOR_GOOD LAPSES=1 LAPSED_DEAF", True, False),
    ("convergence", "FOR_GOOD LAPSES=1 LAPSED_WAITS", True, False),
    ("convergence", "FOR_GOOD LAPSES=1 FORGED=1 ENDS_SPOILT", True, False),
    ("convergence", f"FOR_GOOD TRIAL=10 {WORN} NEVER_GREETS", True, False),
    ("convergence", f"FOR_GOOD TRIAL=10 {WORN} KEEP_ONCE", True, False),
    ("convergence", f"FOR_GOOD TRIAL=10 {WORN} NO_TIMER", True, False),
    ("convergence", f"FOR_GOOD TRIAL=10 {WORN} SLOT_STAYS", True, False),
    ("convergence", f"FOR_GOOD TRIAL=10 {WORN} NO_CHANGE_OVER", True, False),
    ("convergence", f"FOR_GOOD TRIAL=10 {WORN} QUIET", True, False),
    ("convergence", f"FOR_GOOD TRIAL=10 {WORN} BOOTS_ALIKE", True, False),
    ("convergence", f"BAD=1 {WORN} FORGETS", True, False),
    ("convergence", f"BAD=1 {WORN} TRIAL_ENDLESS", True, False),
    ("convergence", f"BAD=3 {WORN} TRIAL_UNHEARD", True, False),
]
# What each model is compiled and run with; convergence looks for cycles (-a). Most are
# done sooner than a compiler optimizes.
MODELS = {
    "record": (["-O0", "-DSAFETY"], ["-w24"]),
    "activation": (["-O2", "-DSAFETY"], ["-w24"]),
    "convergence": (["-O0", "-DNOFAIR"], ["-w22", "-a"]),
}


def verify(model, defines, quick):
    """States stored, and the first error or None."""
    options = ["-D" + define for define in defines.split()]
    compiled_with, run_with = MODELS[model]
    with tempfile.TemporaryDirectory() as folder:
        run = lambda *words: subprocess.run(
            words, cwd=folder, check=True, text=True, capture_output=True).stdout
        run("spin", *options, "-a", os.path.join(HERE, model + ".pml"))
        run("gcc", "-w", "-DCOLLAPSE", *compiled_with, *(["-O0"] if quick else []),
            "-o", "pan", "pan.c")
        out = run("./pan", "-m1000000", *run_with)
    stored = re.search(r"(\d+) states, stored", out)
    errors = re.search(r"errors: (\d+)", out)
    if not stored or not errors or "max search depth too small" in out:
        raise RuntimeError(out)
    why = re.search(r"pan:1: (.*) \(at depth", out)
    return int(stored.group(1)), (why.group(1).strip() if errors.group(1) != "0" else None)


def run(job):
    model, defines, must_fail, _ = job
    began = time.monotonic()
    states, error = verify(model, defines, quick=must_fail)
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
