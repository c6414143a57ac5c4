#!/usr/bin/env python3
"""Runs clang-tidy over our sources, several at a time, and only where something changed.

Not over tests and benchmarks: GoogleTest's macros take it most of a minute a file.

    tests/tidy.py BUILD_FOLDER JOBS

A file that passed is not read again until it, a header of ours that it includes, its
command line or .clang-tidy changes. The build must be complete: it says what each file
includes and has made the generated headers.
"""
import concurrent.futures
import hashlib
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def dependencies(build):
    """Object file -> the files of this tree that it was made from, as ninja recorded them."""
    listing = subprocess.run(["ninja", "-C", build, "-t", "deps"], check=True, text=True,
                             capture_output=True).stdout
    deps, current = {}, None
    for line in listing.splitlines():
        if line and not line.startswith((" ", "ninja:")):
            current = deps.setdefault(line.split(":")[0], [])
        elif line.strip():
            path = (build / line.strip()).resolve()
            if path.is_relative_to(ROOT):
                current.append(path)
    return deps


def fingerprint(entry, files, settings):
    sha = hashlib.sha256(settings)
    sha.update(entry["command"].encode())
    for path in sorted(set(files)):
        sha.update(str(path.relative_to(ROOT)).encode())
        sha.update(path.read_bytes() if path.exists() else b"")
    return sha.hexdigest()


def tidy(build, source):
    command = ["clang-tidy", "--quiet", "-p", build, "--warnings-as-errors=*",
               "--extra-arg=-Wno-unknown-warning-option", source]  # the flags are GCC's
    run = subprocess.run(command, text=True, capture_output=True, check=False)
    # What it prints on standard error counts what it kept to itself, unless it failed.
    return run.returncode == 0, run.stdout + ("" if run.returncode == 0 else run.stderr)


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    jobs = int(sys.argv[2])
    stamps = build / "tidy"
    stamps.mkdir(exist_ok=True)
    version = subprocess.run(["clang-tidy", "--version"], check=True, capture_output=True).stdout
    settings = version + (ROOT / ".clang-tidy").read_bytes()

    deps = dependencies(build)
    todo = []
    entries = json.loads((build / "compile_commands.json").read_text())
    ours = [e for e in entries if pathlib.Path(e["file"]).is_relative_to(ROOT)
            and not pathlib.Path(e["file"]).is_relative_to(ROOT / "build")
            and not e["file"].endswith(("_test.cc", "_bench.cc"))]
    for entry in ours:
        target = entry.get("output") or entry["command"].split(" -o ")[1].split(" ")[0]
        files = deps.get(target, []) + [pathlib.Path(entry["file"])]
        stamp = stamps / fingerprint(entry, files, settings)
        if target not in deps:  # not built, so nobody knows what it includes
            stamp = None
        if stamp is None or not stamp.exists():
            todo.append((entry["file"], stamp))
    print(f"  {len(ours)} files, {len(todo)} to look at", flush=True)

    bad = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = {pool.submit(tidy, build, source): (source, stamp) for source, stamp in todo}
        for done, future in enumerate(concurrent.futures.as_completed(runs), 1):
            source, stamp = runs[future]
            good, text = future.result()
            name = pathlib.Path(source).relative_to(ROOT)
            if good and stamp is not None:
                stamp.touch()
            if not good:
                bad += 1
                print(text, flush=True)
            end = "\r" if sys.stdout.isatty() and good else "\n"
            if not good or sys.stdout.isatty() or done == len(todo):
                print(f"\033[K  [{done}/{len(todo)}] {name}" if sys.stdout.isatty()
                      else f"  [{done}/{len(todo)}] {name}", end=end, flush=True)
    if bad:
        print(f"dev: clang-tidy has something to say about {bad} files", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
