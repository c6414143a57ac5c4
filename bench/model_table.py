#!/usr/bin/env python3
"""Sets torpor's engine beside other runtimes on the same network, on one thread.

    bench/model_table.py BUILD_FOLDER ONNXRUNTIME_FOLDER [--rounds N] [--json FILE]

Every round starts each runtime once, one after another, as a process of its own, so that
whatever else the machine does meets all of them. Within a process the least and the median of
many runs are taken; the table shows the least of all rounds, the median of their medians, and
the median of the rounds' ratios. Random weights of a fixed seed, batch 1.
"""
import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent

# tokens, width, layers, hidden, heads; runs in each process
SHAPES = (((32, 64, 2, 128, 4), 3000), ((64, 128, 4, 256, 8), 400))
OWN = "torpor int8"
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # of libtorch
CALL = "ONNX Runtime, an identity"


def said(argv):
    """The line of JSON that a program prints, with the most that it had resident."""
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True,
                               env={**os.environ, **ONE_THREAD})
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"model_table: failed with {process.returncode}: {' '.join(argv)}")
    return {**json.loads(text), "peak_kib": usage.ru_maxrss}


def engines(build, onnxruntime, prefix, tokens, runs):
    """(name, command, file) of every runtime that is there, ours first."""
    bench = build / "bin" / "torpor-bench-model"
    options = ["--tokens", tokens, "--runs", runs]
    own = f"{prefix}.int8.model"
    rows = [(OWN, [bench, own, *options], own)]
    if platform.machine() == "x86_64":
        rows.append(("torpor int8, AVX2 only", [bench, own, *options, "--target", "avx2"], own))
    rows.append(("torpor float", [bench, f"{prefix}.model", *options], f"{prefix}.model"))
    if onnxruntime and shutil.which("node"):
        script = ROOT / "tests" / "onnxruntime.js"
        for name, kind in ((CALL, "identity"), ("ONNX Runtime float", "fp32"),
                           ("ONNX Runtime dynamic int8", "dynamic"),
                           ("ONNX Runtime static int8 (QDQ)", "qdq")):
            file = f"{prefix}.{kind}.onnx"
            rows.append((name, ["node", script, onnxruntime, "time", file, runs], file))
    else:
        print("NOT RUN: no ONNX Runtime or no node; tests/fetch-onnxruntime fetches it")
    torch = build / "bin" / "torpor-bench-torch"
    if torch.exists():
        rows.append(("libtorch float", [torch, f"{prefix}.model", tokens, runs],
                     f"{prefix}.model"))
    else:
        print("NOT RUN: libtorch (install libtorch-dev and libopenblas0-pthread)")
    return [(name, [str(word) for word in argv], file) for name, argv, file in rows]


def measured(rows, rounds):
    """{name: [what it said, round by round]}"""
    results = {name: [] for name, _, _ in rows}
    for number in range(1, rounds + 1):
        print(f"round {number} of {rounds}", file=sys.stderr)
        for name, argv, _ in rows:
            results[name].append(said(argv))
    return results


def summary(rows, results):
    """One dictionary a runtime; runs of ONNX Runtime also without what a call costs."""
    own = [r["min_us"] for r in results[OWN]]
    call = [r["min_us"] for r in results.get(CALL, [])]
    table = []
    for name, _, file in rows:
        of = results[name]
        net = least = [r["min_us"] for r in of]
        if "ONNX" in name and name != CALL:
            net = [a - b for a, b in zip(least, call)]
        sessions = [r["session_us"] for r in of if "session_us" in r]
        table.append({
            "runtime": name,
            "min_us": min(least),
            "median_us": statistics.median(r["median_us"] for r in of),
            "net_us": min(net),
            "ratio": statistics.median(a / b for a, b in zip(net, own)),
            "first_ms": min(r["load_to_first_logit_us"] for r in of) / 1000,
            "session_ms": min(sessions, default=0) / 1000,
            "peak_mib": min(r["peak_kib"] for r in of) / 1024,
            "file_kb": pathlib.Path(file).stat().st_size / 1000,
            "engine": of[0].get("engine", ""),
        })
    return table


def show(shape, table):
    tokens, width, layers, hidden, heads = shape
    print(f"\n{tokens} tokens, width {width}, {layers} layers, {heads} heads, "
          f"hidden {hidden}; torpor runs on {table[0]['engine']}\n")
    print("| runtime | least, us | median, us | least without the call | times ours "
          "| first logit after, ms | session alone, ms | resident, MiB | file, kB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for row in table:
        net, ratio = f"{row['net_us']:.0f}", f"{row['ratio']:.2f}"
        if row["runtime"] == CALL:
            net, ratio = "-", "-"
        session = f"{row['session_ms']:.1f}" if row["session_ms"] else "-"
        print(f"| {row['runtime']} | {row['min_us']:.0f} | {row['median_us']:.0f} | {net} "
              f"| {ratio} | {row['first_ms']:.1f} | {session} | {row['peak_mib']:.0f} "
              f"| {row['file_kb']:.0f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("onnxruntime", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    files = options.build / "bin" / "torpor-bench-files"
    if not files.exists():
        sys.exit("model_table: built without ONNX; install libonnx-dev")
    fetched = (options.onnxruntime / "node_modules").is_dir()
    onnxruntime = options.onnxruntime.resolve() if fetched else None

    everything = []
    with tempfile.TemporaryDirectory(prefix="torpor-bench-") as folder:
        for shape, runs in SHAPES:
            prefix = f"{folder}/{'-'.join(map(str, shape))}"
            words = list(map(str, shape))
            write = [options.build / "bin" / "torpor-bench-model", "--write", f"{prefix}.model"]
            tokens, width, layers, hidden, heads = words
            subprocess.run([*write, tokens, width, layers, hidden, heads, "float"], check=True)
            subprocess.run([files, f"{prefix}.model", tokens, prefix], check=True)
            rows = engines(options.build, onnxruntime, prefix, shape[0], runs)
            table = summary(rows, measured(rows, options.rounds))
            show(shape, table)
            everything.append({"shape": shape, "table": table})
    if options.json:
        options.json.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
