#!/usr/bin/env python3
"""Looks at what nvcc made of the kernels: every float operation that rounds must round as
IEEE 754 does, to nearest, and none may flush, approximate or fuse what the source keeps apart.

That is what the bits of the reference rest on, and it can be seen without a GPU. Usage:
ptx_test.py PTX
"""
import re
import sys
import unittest

OPERATION = re.compile(r"^\s*(?:@!?%p\d+\s+)?([a-z]\w*(?:\.\w+)*)\s", re.M)
ROUNDS = {"add", "sub", "mul", "div", "fma", "mad", "rcp", "sqrt"}
EXACT = {"abs", "neg", "copysign", "setp", "selp", "mov", "ld", "st", "cvta"}


def complaints_of(text):
    found = []
    for name in OPERATION.findall(text):
        parts = name.split(".")
        if "f64" in parts or "f16" in parts:
            found.append(f"another precision: {name}")
        if "ftz" in parts or "approx" in parts or "full" in parts:
            found.append(f"not as IEEE 754 asks: {name}")
        elif "f32" not in parts:
            continue
        elif parts[0] in ROUNDS:
            if "rn" not in parts:
                found.append(f"not said to round to nearest: {name}")
        elif parts[0] == "cvt":
            if "rn" not in parts:
                found.append(f"another conversion than the source has: {name}")
        elif parts[0] not in EXACT:  # min and max choose among zeros as they like
            found.append(f"an operation that nobody looked at: {name}")
    return found


class Ptx(unittest.TestCase):
    def test_every_float_operation_rounds_to_nearest(self):
        with open(PTX, encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(complaints_of(text), [])
        seen = [name.split(".")[0] for name in OPERATION.findall(text) if ".f32" in name]
        for operation in ("fma", "add", "mul", "sqrt"):
            self.assertIn(operation, seen)
        self.assertEqual(len(re.findall(r"\.entry ", text)), KERNELS)

    def test_it_sees_what_it_is_there_for(self):
        for bad in ("fma.rn.ftz.f32", "div.approx.f32", "ex2.approx.f32", "add.f32", "max.f32",
                    "mul.rz.f32", "div.full.f32", "add.rn.f64", "sin.approx.ftz.f32"):
            self.assertTrue(complaints_of(f"\t{bad} \t%f1, %f2, %f3;\n"), bad)
            self.assertTrue(complaints_of(f"\t@%p3 {bad} \t%f1, %f2, %f3;\n"), bad)
        for good in ("fma.rn.f32", "rcp.rn.f32", "setp.lt.f32", "ld.global.f32", "add.s32"):
            self.assertFalse(complaints_of(f"\t{good} \t%f1, %f2, %f3;\n"), good)


KERNELS = 11  # model/cuda/kernels.h
PTX = sys.argv.pop()
if __name__ == "__main__":
    sys.exit(unittest.main())
