#!/usr/bin/env python3
"""Keeps the arrows between folders one-way, as docs/architecture.md draws them.

Reads every #include of ours. A folder may look at the folders its row names and at what
those may look at. The freestanding ones include only headers that need no heap and no OS.
"""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Longest name first wins: contract/sign is not contract.
ARROWS = {
    "core": [],
    "contract": ["core"],
    "contract/sign": ["contract"],
    "link": ["contract"],
    "signal": ["core"],
    "model/reference": ["core"],
    "model": ["signal", "model/reference"],
    "model/tensorrt": ["model", "contract/sign"],
    "detect": ["model", "contract"],
    "detect/evaluation": ["detect"],
    "cycle": ["contract"],
    "power": ["contract"],
    "telemetry": ["core"],
    "report": ["contract/sign", "telemetry"],
    "command": ["core"],
    "firmware/core": ["contract", "link", "signal"],
    "simulate": ["cycle", "detect", "telemetry", "firmware/core"],
    "view": ["simulate", "contract/sign"],
    "firmware/port": ["simulate", "contract/sign"],
    "agent/accelerator": ["model", "contract", "power"],
    "agent": ["agent/accelerator", "simulate", "power", "contract/sign",
              "command"],
    "cli": ["agent/accelerator", "view", "simulate", "power", "contract/sign", "detect/evaluation",
            "model/tensorrt", "report", "command"],
    "train": ["detect", "simulate", "contract/sign"],
    "bench": ["simulate", "power", "contract/sign"],
    "fuzz": ["simulate", "power", "contract/sign"],
    "tests": ["simulate", "power", "contract/sign"],
}
PROGRAMS = {"agent", "cli", "train", "firmware/port", "bench", "fuzz", "tests"}

FREESTANDING = {"core", "contract", "link", "signal", "model/reference", "firmware/core"}
FREESTANDING_HEADERS = set(
    """algorithm array atomic bit cassert cerrno cfloat charconv chrono climits cmath compare
    complex concepts cstddef cstdint cstdlib cstring initializer_list iterator limits new numbers
    numeric optional ranges ratio span string_view tuple type_traits utility variant""".split()
)
FREESTANDING_LIBRARIES = re.compile(
    r"^(pb(_common|_decode|_encode)?\.h|nanopb/.*|sodium.*\.h|(contract|keyring)\.pb\.h)$"
)

# What a host does another way than a microcontroller, which has the file of this name
# without it, or none.
HOSTED = ("_hosted.cc", "_hosted.h")

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def folder_of(path):
    """The row of ARROWS that a path relative to the root belongs to, or None."""
    parts = str(path).split("/")
    for length in (2, 1):
        name = "/".join(parts[:length])
        if len(parts) > length and name in ARROWS:
            return name
    return None


def may_see(folder):
    """Every folder that `folder` may include, itself among them."""
    seen, todo = set(), [folder]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(ARROWS[name])
    return seen


def is_test(path):
    """thing_test.cc, thing_bench.cc, all of fuzz/ and tests/, and test_thing.h or fake_thing.h."""
    return (
        path.stem.endswith(("_test", "_bench"))
        or path.stem.startswith(("test_", "fake_"))
        or path.parts[0] in ("fuzz", "tests")
    )


def complaints_of(path, lines):
    """What is wrong with the includes of one file, as lines of text."""
    folder = folder_of(path)
    if folder is None:
        return [f"{path}: its folder has no row in {pathlib.Path(__file__).name}"]
    allowed = may_see(folder)
    if is_test(path) and folder not in PROGRAMS:
        # A test may borrow the simulators and their friends, never a program.
        allowed = set(ARROWS) - PROGRAMS
    found = []
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, name = match.groups()
        where = f"{path}:{number}"
        if is_test(pathlib.PurePosixPath(name)) and not is_test(path):
            found.append(f"{where}: only a test includes a test's header ({name})")
        target = folder_of(pathlib.PurePosixPath(name))
        if target is not None and quote == '"':
            if target not in allowed:
                found.append(f"{where}: {folder} may not look at {target} ({name})")
            elif target in PROGRAMS and target != folder:
                found.append(f"{where}: nothing includes {target} from outside ({name})")
        elif folder in FREESTANDING and not is_test(path) and not path.name.endswith(HOSTED):
            if name not in FREESTANDING_HEADERS and not FREESTANDING_LIBRARIES.match(name):
                found.append(f"{where}: {folder} is freestanding and may not use <{name}>")
        elif quote == '"' and "/" not in name and not name.endswith(".pb.h"):
            found.append(f'{where}: include it as "folder/{name}"')
    return found


def sources():
    for path in sorted(ROOT.rglob("*")):
        relative = path.relative_to(ROOT)
        if path.suffix in (".h", ".cc", ".cu", ".c") and relative.parts[0] != "build":
            yield relative


class IncludeDirection(unittest.TestCase):
    def test_every_include_follows_an_arrow(self):
        files = list(sources())
        self.assertGreater(len(files), 10, "no sources found: looking in the wrong place")
        found = []
        for path in files:
            text = (ROOT / path).read_text(encoding="utf-8")
            found += complaints_of(path, text.splitlines())
        self.assertFalse(found, "\n" + "\n".join(found))

    def test_the_table_has_no_circle(self):
        for folder, direct in ARROWS.items():
            for other in direct:
                self.assertNotIn(folder, may_see(other), f"{folder} <-> {other}")

    def test_it_sees_what_it_is_there_for(self):
        def wrong(path, line):
            return bool(complaints_of(pathlib.PurePosixPath(path), [line]))

        self.assertTrue(wrong("core/x.h", '#include "contract/terms.h"'))
        self.assertTrue(wrong("contract/verify.cc", '#include "contract/sign/key_file.h"'))
        self.assertTrue(wrong("cycle/x.cc", '#include "agent/x.h"'))
        self.assertTrue(wrong("simulate/x.cc", '#include "report/x.h"'))
        self.assertTrue(wrong("report/x.cc", '#include "cycle/x.h"'))
        self.assertTrue(wrong("agent/x.cc", '#include "cli/x.h"'))
        self.assertTrue(wrong("simulate/x_test.cc", '#include "agent/x.h"'))
        self.assertTrue(wrong("link/x.cc", "#include <vector>"))
        self.assertTrue(wrong("signal/x.h", "#include <unistd.h>"))
        self.assertTrue(wrong("core/x.cc", "#include <zlib.h>"))
        self.assertFalse(wrong("core/x_hosted.cc", "#include <zlib.h>"))
        self.assertTrue(wrong("cycle/x.cc", '#include "duty_cycle.h"'))
        self.assertTrue(wrong("link/x.cc", '#include "link/test_link.h"'))
        self.assertTrue(wrong("model/reference/x.cc", "#include <vector>"))
        self.assertTrue(wrong("model/reference/x.cc", '#include "model/network.h"'))
        self.assertTrue(wrong("utils/x.cc", ""))
        self.assertFalse(wrong("cycle/x.cc", '#include "contract/terms.h"'))
        self.assertFalse(wrong("link/x_test.cc", "#include <vector>"))
        self.assertFalse(wrong("tests/x.h", '#include "core/test_x.h"'))
        self.assertFalse(wrong("contract/sign/x.cc", "#include <fstream>"))
        self.assertFalse(wrong("model/x.cc", '#include "model/reference/encoder.h"'))
        self.assertFalse(wrong("firmware/port/host/x.cc", '#include "simulate/broker_client.h"'))


if __name__ == "__main__":
    sys.exit(unittest.main())
