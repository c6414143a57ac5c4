#!/usr/bin/env python3
"""How much flash, RAM and stack each part of the firmware's image takes, against a budget.

    size_table.py IMAGE.elf BUILD_DIR [--stack BYTES]

Flash and RAM are read from the linker's map beside the image, part by part; the largest
frame of a part from the .su files that the compiler leaves (-fstack-usage). --stack is the
high-water mark of a painted stack, measured by running the image: frames tell where stack
goes, only a run tells how they add up. Ends with 1 and a line that says what is too large.
"""
import argparse
import pathlib
import re
import subprocess
import sys

# What the image may take, in bytes. The linker refuses an image beyond the machine of
# torpor.ld; these are tighter, so that growth is seen long before. Raise one in the commit
# that needs it, and say why there.
BUDGET = {"flash": 96 * 1024, "ram": 318 * 1024, "stack": 9 * 1024}
FLASH_BYTES, RAM_BYTES, STACK_BYTES = 256 * 1024, 320 * 1024, 12 * 1024

FLASH, RAM, BOTH = "flash", "ram", "both"
OUTPUTS = {".text": FLASH, ".ARM.exidx": FLASH, ".stack": RAM, ".data": BOTH, ".bss": RAM}
INPUT = re.compile(r"^ (?:\S+)?\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S.*)$")
FILL = re.compile(r"^ \*fill\*\s+0x[0-9a-f]+\s+0x([0-9a-f]+)")
OUTPUT = re.compile(r"^(\.\w+(?:\.\w+)*)(?:\s|$)")


def part_of(path):
    """The row of the table that an object file belongs to."""
    if "libtorpor_nanopb" in path or "contract.pb" in path or "torpor_nanopb" in path:
        return "nanopb and the schema"
    if "torpor_sodium" in path:
        return "libsodium"
    if "mps2_an386" in path:
        # The one object that holds the firmware's state, its three batches in it.
        return "firmware/core" if "main.cc" in path else "firmware/port"
    if "torpor_firmware" in path:
        return "firmware/core"
    for folder in ("contract", "link", "signal", "core"):
        if f"torpor_{folder}" in path:
            return folder
    return "C library and compiler"


def read_map(path):
    """{part: {"flash": bytes, "ram": bytes}} of what was linked."""
    sizes = {}
    output = None
    started = False
    for line in path.read_text().splitlines():
        started = started or line.startswith("Linker script and memory map")
        if not started:
            continue
        if match := OUTPUT.match(line):
            output = OUTPUTS.get(match.group(1))
        if output is None:
            continue
        if match := INPUT.match(line):
            part, size = part_of(match.group(2)), int(match.group(1), 16)
        elif match := FILL.match(line):
            part, size = ("the stack" if output == RAM and int(match.group(1), 16) == STACK_BYTES
                          else "alignment"), int(match.group(1), 16)
        else:
            continue
        row = sizes.setdefault(part, {FLASH: 0, RAM: 0})
        for where in (FLASH, RAM) if output == BOTH else (output,):
            row[where] += size
    return sizes


NAMESPACE = re.compile(r"\w+::|\(anonymous namespace\)::|\{anonymous\}::")
SPELT_TWICE = re.compile(r"(const|unsigned|long|int|short|char|bool|\w+_t)$")
WORDS = re.compile(r"\b[A-Za-z_]\w*")


def signature(text):
    """A function's own name and the words of its parameters, however they are spelt.

    The compiler writes `const Keyring&` where the linker's names have
    `torpor::contract::Keyring const&`.
    """
    text = NAMESPACE.sub("", text.split(" [with ")[0])
    head, _, parameters = text.partition("(")
    while head != (bare := re.sub(r"<[^<>]*>", "", head)):
        head = bare
    name = head.split()[-1] if head.split() else head
    return name, frozenset(w for w in WORDS.findall(parameters) if not SPELT_TWICE.match(w))


def linked_functions(image):
    """Names alone, and names with their parameters, of what the image holds."""
    command = ["arm-none-eabi-nm", "-C", str(image)]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    functions = [line.split(" ", 2)[2] for line in listed.splitlines() if line[9] in "tTW"]
    return {signature(name) for name in functions}


def largest_frames(build, linked):
    """{part: (bytes, function)} of functions that were linked."""
    frames = {}
    plain = {name for name, words in linked if not words}
    for path in build.rglob("*.su"):
        part = part_of(str(path))
        for line in path.read_text().splitlines():
            where, size, _ = line.split("\t")
            name, words = signature(where.split(":", 3)[3])
            known = (name, words) in linked or (not words and name in plain)
            if known and int(size) > frames.get(part, (0, ""))[0]:
                frames[part] = (int(size), name)
    return frames


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image", type=pathlib.Path)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--stack", type=int, help="high-water mark, measured")
    parser.add_argument("--budget", action="append", default=[], metavar="WHAT=BYTES",
                        help="another one than the table's, to see it fail")
    options = parser.parse_args()
    budget = BUDGET | {w: int(b) for w, b in (item.split("=") for item in options.budget)}
    map_path = options.image.with_name(options.image.name + ".map")
    sizes = read_map(map_path)
    frames = largest_frames(options.build, linked_functions(options.image))
    used = {where: sum(row[where] for row in sizes.values()) for where in (FLASH, RAM)}

    print(f"{'bytes':24}{'flash':>9}{'RAM':>9}{'largest frame':>15}")
    for part, row in sorted(sizes.items(), key=lambda item: -item[1][FLASH]):
        size, name = frames.get(part, (0, ""))
        print(f"{part:24}{row[FLASH]:9}{row[RAM]:9}{size or '':>15}  {name}".rstrip())
    print(f"{'all':24}{used[FLASH]:9}{used[RAM]:9}")
    print(f"{'budget':24}{budget['flash']:9}{budget['ram']:9}")
    print(f"{'the machine':24}{FLASH_BYTES:9}{RAM_BYTES:9}")
    if options.stack is not None:
        used["stack"] = options.stack
        print(f"stack: {options.stack} of {STACK_BYTES} used at the deepest (painted, measured"
              f" under QEMU), budget {budget['stack']}")
    failed = 0
    for what, size in used.items():
        if size > budget[what]:
            print(f"over budget: the image takes {size} bytes of {what}, its budget is "
                  f"{budget[what]} (firmware/port/mps2_an386/size_table.py)")
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
