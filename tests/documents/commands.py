"""What a line of shell asks of torpor's programs, held against their own --help."""
import functools
import re
import shlex
import subprocess

PROGRAMS = ("torpor", "torpord", "torpor-firmware", "torpor-firmware-qemu", "torpor-port-conformance", "torpor-train")
BEFORE = {"sudo", "exec", "time", "!", "env", "if", "while", "until", "do", "then", "else", "nohup", "{", "("}
ENDS = re.compile(r"^[|&;()<>]+$")
SUBCOMMAND = re.compile(r"^ {2,4}([a-z][\w-]*)(?: {2,}|$)", re.M)
OPTION = re.compile(r"(?<![\w-])(--[a-z][\w-]*|-[a-zA-Z])(?![\w-])")


def simple(text):
    """The simple commands of a piece of shell, each a list of words."""
    text = re.sub(r"\\\n", " ", text)
    pending = ""
    for line in text.split("\n"):
        pending += line
        words = shlex.shlex(pending, posix=True, punctuation_chars=True)
        words.whitespace_split = True
        try:
            tokens = list(words)
        except ValueError:  # a quotation goes on in the next line
            pending += "\n"
            continue
        pending = ""
        yield from _split(tokens)


def _split(tokens):
    command = []
    for token in [*tokens, ";"]:
        if not ENDS.match(token):
            command.append(token)
            continue
        if token[0] in "<>":
            continue
        while command and (command[0] in BEFORE or re.match(r"^\w+=", command[0])):
            command.pop(0)
        if command and command[0] == "timeout":
            command = command[2:]
        if command:
            yield command
        command = []


class Programs:
    """The programs of a build, asked for their help."""

    def __init__(self, folder, dev):
        self.folder, self.dev = folder, dev
        self.missing = set()

    @functools.lru_cache(maxsize=None)
    def help(self, *words):
        """What --help of a command says; None where the program is not built."""
        program = self.dev if words[0] == "./dev" else self.folder / words[0]
        if not program.exists():
            return None
        asked = [str(program), "help"] if words[0] == "./dev" else [str(program), *words[1:], "--help"]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
        return done.stdout + done.stderr if done.returncode == 0 else ""

    def complaints(self, command):
        """What is wrong with one simple command, if it is one of ours."""
        words = [word for word in command if word != "..."]
        if not words:
            return []
        program = words[0].rsplit("/", 1)[-1] if words[0] != "./dev" else words[0]
        if program == "./dev":
            return self._of_dev(words)
        if program not in PROGRAMS:
            return []
        path, rest = [program], words[1:]
        if rest[:1] == ["train"] and program == "torpor":  # hands on what it is given
            path, rest = ["torpor-train"], rest[1:]
        if self.help(*path) is None:
            self.missing.add(path[0])
            return []
        while rest and not rest[0].startswith("-"):
            below = subcommands(self.help(*path))
            if not below:
                break
            if rest[0] not in below:
                return [f"there is no '{' '.join([*path, rest[0]])}'"]
            path.append(rest.pop(0))
        known = set(OPTION.findall(self.help(*path))) | {"--help", "-h"}
        return [f"'{' '.join(path)}' has no option {word}" for word in options(rest) if word not in known]

    def _of_dev(self, words):
        text = self.help("./dev")
        if len(words) == 1:
            return []
        if words[1] not in subcommands(text):
            return [f"there is no './dev {words[1]}'"]
        known = set(OPTION.findall(text))
        if words[1] == "demo":  # hands on what it is given
            known |= set(OPTION.findall(self.help("torpor", "simulate") or ""))
        return [f"./dev help does not know {word}" for word in options(words[2:]) if word not in known]


def subcommands(text):
    """The commands that a text of help lists."""
    part = re.split(r"^(?:Sub)?commands:$", text, flags=re.M | re.I)
    if len(part) > 1:
        text = re.split(r"^\S", part[1], flags=re.M)[0]
    elif not text.startswith("./dev"):
        return set()
    return set(SUBCOMMAND.findall(text)) | set(re.findall(r"^  (\w+)(?: \[|$)", text, re.M))


def options(words):
    for word in words:
        word = word.strip("[]").split("=")[0]
        if word == "--":
            return
        if re.fullmatch(r"--[a-z][\w-]*|-[a-zA-Z]", word):
            yield word
