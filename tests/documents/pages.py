"""README.md and the pages of docs/ as what stands in them: fenced blocks with their marks,
headings, links, and code within a line.

A block's language says what it is:

    sh       commands, which are run
    output   what the commands before it print; `...` stands for anything, and for any number of
             lines where it is all that a line has
    text     a drawing, or what somebody else prints
    others   a file or a part of one: toml, json, yaml, ini, ...

and comments before it, which a reader of the page does not see, what to make of it:

    <!-- not run: REASON -->         commands that cannot be run here; read all the same
    <!-- slow: REASON -->            run with TORPOR_EXHAUSTIVE only
    <!-- setting: NAME NAME -->      what is there before the block (fixtures.sh)
    <!-- exit: 78 -->                the last command ends so
    <!-- within: 30 s -->            run again and again until it ends well and prints what is shown
    <!-- not compared: REASON -->    output that is another each time, or of another machine
"""
import dataclasses
import functools
import pathlib
import re
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COMMANDS, OUTPUT = "sh", "output"
DATA = {"text", "toml", "json", "yaml", "ini", "cpp", "sql", "dockerfile", "html"}
MARKS = {
    COMMANDS: {"not run", "slow", "setting", "exit", "within"},
    OUTPUT: {"not compared"},
}

FENCE = re.compile(r"^( *)(```+|~~~+) *([^\n`]*)$")
MARK = re.compile(r"^([a-z][a-z ]*[a-z]): +(\S.*)$", re.S)


@dataclasses.dataclass
class Block:
    page: str
    line: int  # of its fence, from 1
    language: str
    text: str
    marks: dict

    def __str__(self):
        return f"{self.page}:{self.line}"


@dataclasses.dataclass
class Page:
    name: str  # from the root
    blocks: list
    prose: str  # all but the blocks, line by line
    faults: list  # what cannot be read


def names():
    """The pages, README.md first."""
    return ["README.md", *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/**/*.md"))]


@functools.cache
def page(name):
    return read(name, (ROOT / name).read_text(encoding="utf-8"))


def read(name, text):
    """The page of this name and text."""
    found = Page(name, [], "", [])
    marks, prose = {}, []
    lines = iter(enumerate(text.split("\n"), 1))
    for number, line in lines:
        if fence := FENCE.match(line):
            inside = []
            for _, inner in lines:
                prose.append("")
                if inner.strip() == fence[2]:
                    break
                inside.append(inner)
            else:
                found.faults.append(f"{name}:{number}: a block without an end")
            body = textwrap.dedent("\n".join(inside)) + "\n" if inside else ""
            found.blocks.append(Block(name, number, fence[3].strip(), body, marks))
            marks = {}
            prose.append("")
            continue
        if line.lstrip().startswith("<!--"):
            comment = line
            while "-->" not in comment:
                comment += "\n" + next(lines, (0, "-->"))[1]
                prose.append("")
            prose.append("")
            inner = comment.strip()[4:].split("-->")[0].strip()
            if mark := MARK.match(inner):
                marks[mark[1]] = " ".join(mark[2].split())
            continue
        if line.strip() and marks:
            found.faults.append(f"{name}:{number}: a mark that no block follows: {', '.join(marks)}")
            marks = {}
        prose.append(line)
    if marks:
        found.faults.append(f"{name}: a mark at the end: {', '.join(marks)}")
    found.prose = "\n".join(prose)
    return found


def faults(found):
    """What is wrong with the blocks of a page, before any is run."""
    said = list(found.faults)
    before = None
    for block in found.blocks:
        if block.language not in DATA | {COMMANDS, OUTPUT}:
            said.append(f"{block}: a block of no known language ({block.language or 'none'}): "
                        f"{', '.join(sorted(DATA | {COMMANDS, OUTPUT}))}")
        for mark in block.marks.keys() - MARKS.get(block.language, set()):
            said.append(f"{block}: no mark of such a block: {mark}")
        if block.language == OUTPUT and (before is None or before.language != COMMANDS):
            said.append(f"{block}: output, and no commands right before it")
        if block.language == "text" and re.search(r"^(\$ |torpor |torpord |torpor-(?:firmware|train) |\./dev |sudo )", block.text, re.M):
            said.append(f"{block}: text that looks like commands: is it sh?")
        for mark, form in (("exit", r"\d+"), ("within", r"\d+ s")):
            if mark in block.marks and not re.fullmatch(form, block.marks[mark]):
                said.append(f"{block}: {mark} is not of the form {form}: {block.marks[mark]}")
        before = block
    return said


def headings(found):
    """The anchors of a page, as GitHub makes them."""
    seen, anchors = {}, set()
    for title in re.findall(r"^#{1,6} +(.+?) *$", found.prose, re.M):
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)
        slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        anchors.add(f"{slug}-{count}" if count else slug)
    return anchors


def links(found):
    """(line, target) of each link and picture of a page that leads into the repository."""
    for number, line in enumerate(found.prose.split("\n"), 1):
        bare = re.sub(r"`[^`]*`", "", line)
        for target in re.findall(r"\]\(([^)\s]+)\)", bare):
            if not re.match(r"[a-z]+:", target):
                yield number, target


def spans(found):
    """(line, text) of each piece of code within a line."""
    text = found.prose
    for code in re.finditer(r"(?<!`)`([^`]+)`(?!`)", text):
        yield text.count("\n", 0, code.start()) + 1, " ".join(code[1].split())
