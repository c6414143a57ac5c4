#!/usr/bin/env python3
"""Compiles each case of agent/lease_misuse.cc, which must be refused for its own reason.

    refused_by_compiler.py CXX INCLUDE_DIR SOURCE

The source holds cases between `#if CASE == n  // because: TEXT` and `#endif`. Case 0 is what
is right and must compile; each other one must be refused with TEXT in what the compiler says.
"""
import re
import subprocess
import sys

cxx, include, source = sys.argv[1:4]
text = open(source, encoding="utf-8").read()
cases = {int(n): why for n, why in re.findall(r"#if CASE == (\d+)  // because: (.+)", text)}


def compiled(case):
    ran = subprocess.run(
        [cxx, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", f"-I{include}",
         f"-DCASE={case}", source],
        capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
    return ran.returncode == 0, ran.stderr


good, said = compiled(0)
failures = [] if good else [f"case 0 is right and was refused:\n{said}"]
for case, why in sorted(cases.items()):
    good, said = compiled(case)
    if good:
        failures.append(f"case {case} compiles, and should be refused: {why}")
    elif not re.search(why, said):
        failures.append(f"case {case} is refused for another reason than {why}:\n{said}")
    else:
        print(f"case {case}: refused, {why}")
print(f"{len(cases)} misuses of a lease, {len(failures)} not refused as they should be")
print("\n".join(failures))
sys.exit(1 if failures or not cases else 0)
