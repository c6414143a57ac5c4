"""Runs the commands of a page as a reader would: one shell, block after block, in a fresh folder.

What stands on a page and cannot be had here has a stand-in, and what is printed is turned back:

    127.0.0.1:9091, *.example:9091   a port of this machine that is free, the same throughout a page
    /etc/torpor, /var/lib            folders of those names within the page's own
    deploy/                          a copy with these addresses, in which what a site does every 15 s
                                     is done every second; the repository's other folders as they are,
                                     and no ./dev, which builds and installs
"""
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FIXTURES = pathlib.Path(__file__).resolve().parent / "fixtures.sh"
LINKED = ("bench", "cmake", "contract", "docs", "firmware", "fuzz", "model", "telemetry", "tests")
FOLDERS = ("/etc/torpor", "/etc/prometheus", "/var/lib")
ADDRESS = re.compile(r"(127\.0\.0\.1|[a-z][\w.-]*\.example):(\d{2,5})\b")
PATIENCE_S = 120  # with one block


class Broken(Exception):
    """A block did not do what its page says."""


class Shell:
    """bash, which is given a block at a time."""

    def __init__(self, folder, path, shared):
        self.folder = pathlib.Path(folder)
        self.ports, self.hosts = {}, {}
        self._lay_out()
        self.answers, answer = os.pipe()
        environment = {
            "PATH": os.pathsep.join([*map(str, path), os.environ["PATH"]]), "HOME": str(folder), "LC_ALL": "C.UTF-8",
            "TORPOR_SOURCE": str(FIXTURES.parent.parent.parent),
            "TZ": "UTC", "TORPOR_SHARED": str(shared), "LD_LIBRARY_PATH": _libraries(path),
        }
        self.process = subprocess.Popen(["bash", "-s"], cwd=folder, env=environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True,
                                        pass_fds=[answer], start_new_session=True)
        self.answer = answer
        os.close(answer)
        self.count = 0
        self.run(FIXTURES.read_text(encoding="utf-8"), strict=True)

    def _lay_out(self):
        for name in LINKED:
            (self.folder / name).symlink_to(ROOT / name)
        shutil.copytree(ROOT / "deploy", self.folder / "deploy", ignore=shutil.ignore_patterns("__pycache__"))
        for path in (self.folder / "deploy").rglob("*.yml"):
            text = self.stand_in(path.read_text(encoding="utf-8"))
            text = re.sub(r"^( *(?:- )?(?:scrape_interval|evaluation_interval|interval|group_wait|group_interval): )\d+[sm]$",
                          r"\g<1>1s", text, flags=re.M)
            path.write_text(text.replace("scrape_timeout: 10s", "scrape_timeout: 1s"), encoding="utf-8")

    def stand_in(self, text):
        for name in FOLDERS:
            text = re.sub(rf"(?<![\w/.]){name}\b", str(self.folder) + name, text)
        return ADDRESS.sub(lambda found: "127.0.0.1:" + self._port(*found.groups()), text)

    def _port(self, host, number):
        self.hosts[number] = host  # as it was called last
        if number not in self.ports:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.ports[number] = str(probe.getsockname()[1])
        return self.ports[number]

    def turn_back(self, text):
        for name in FOLDERS:
            text = text.replace(f"{self.folder}{name}", name)
        text = text.replace(f"{self.folder}/", "").replace(str(self.folder), ".")
        for number, port in self.ports.items():
            text = text.replace(f"127.0.0.1:{port}", f"{self.hosts[number]}:{number}").replace(f":{port}", f":{number}")
        return text

    def run(self, text, strict, patience_s=PATIENCE_S):
        """(exit code, what was printed) of a piece of shell. strict: its first command that fails
        ends it, and the shell with it."""
        self.count += 1
        script = self.folder / f".block-{self.count}"
        output = self.folder / f".said-{self.count}"
        trap = f"trap 'echo \"line $LINENO: $BASH_COMMAND\" > {self.folder}/.failed' ERR; " if strict else ""
        script.write_text((f"{trap}set -eE; " if strict else "") + self.stand_in(text) + "\n", encoding="utf-8")
        self.process.stdin.write(f". {script} < /dev/null > {output} 2>&1; echo $? >&{self.answer}; "
                                 "set +eE; trap - ERR\n")
        self.process.stdin.flush()
        code = self._await(time.monotonic() + patience_s)
        said = output.read_text(encoding="utf-8", errors="replace") if output.exists() else ""
        if code is None:
            failed = self.folder / ".failed"
            where = failed.read_text(encoding="utf-8").strip() if failed.exists() else (
                "it ended the shell" if self.process.poll() is not None else f"no end within {patience_s} s")
            raise Broken(f"{self.turn_back(where)}\n{self.turn_back(said)}")
        return code, self.turn_back(said)

    def _await(self, deadline):
        answer = b""
        while not answer.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.answers], [], [], left)[0]:
                return None
            piece = os.read(self.answers, 64)
            if not piece:
                return None
            answer += piece
        return int(answer)

    def close(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                break
            time.sleep(0.1)
        self.process.stdin.close()
        self.process.wait()
        os.close(self.answers)


def stand_ins(daemons, folder):
    """A folder of two programs: a Prometheus that tells of what fires every second and not every
    minute, and an Alertmanager that finds the template of its messages where tests/fetch-daemons
    unpacked it; Debian's build looks where it would be installed."""
    installed = b"/usr/share/prometheus/alertmanager"
    folder = pathlib.Path(folder)
    (folder / "bin").mkdir()
    prometheus = daemons / "usr" / "bin" / "prometheus"
    if prometheus.exists():
        hurried = folder / "bin" / "prometheus"
        hurried.write_text(f'#!/bin/sh\nexec {prometheus} "$@" --rules.alert.resend-delay=1s\n', encoding="utf-8")
        hurried.chmod(0o755)
    program = daemons / "usr" / "bin" / "prometheus-alertmanager"
    if not program.exists() or (pathlib.Path(installed.decode()) / "default.tmpl").exists():
        return folder / "bin"
    (folder / "am").symlink_to(daemons / "usr" / "share" / "prometheus" / "alertmanager")
    place = os.fsencode(folder) + b"/"
    place += b"/" * (len(installed) - len(place) - 2) + b"am"  # a path of the same length
    if len(place) == len(installed):
        copy = folder / "bin" / program.name
        copy.write_bytes(program.read_bytes().replace(installed, place))
        copy.chmod(0o755)
    return folder / "bin"


def _libraries(path):
    return os.pathsep.join(str(lib) for folder in path for lib in pathlib.Path(folder).parent.glob("lib/*/"))


def like(expected, said):
    """Whether what was said is what a page shows."""
    parts = []
    for line in expected.rstrip("\n").split("\n"):
        line = line.rstrip()
        if line == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(r"[^\n]*?".join(map(re.escape, line.split("..."))) + r"[ ]*\n")
    return re.fullmatch("".join(parts), "\n".join(map(str.rstrip, said.rstrip("\n").split("\n"))) + "\n") is not None


def play(page, shell, slow):
    """Runs a page's blocks. Yields (block, why it was not run or None) for each of commands."""
    blocks = page.blocks
    for number, block in enumerate(blocks):
        if block.language != "sh":
            continue
        if "slow" in block.marks and not slow:
            yield block, "slow: " + block.marks["slow"]
            continue
        for setting in block.marks.get("setting", "").split():
            try:
                shell.run(setting, strict=True)
            except Broken as broken:
                raise Broken(f"{block}: the setting {setting}: {broken}") from None
        if "not run" in block.marks:
            yield block, block.marks["not run"]
            continue
        shown = blocks[number + 1] if number + 1 < len(blocks) else None
        if shown is None or shown.language != "output" or "not compared" in shown.marks:
            shown = None
        _run(block, shown, shell)
        yield block, None


def _run(block, shown, shell):
    wanted = int(block.marks.get("exit", 0))
    within = int(block.marks.get("within", "0 s").split()[0])
    deadline = time.monotonic() + within
    while True:
        try:
            code, said = shell.run(block.text, strict=wanted == 0 and not within)
        except Broken as broken:
            raise Broken(f"{block}: {broken}") from None
        fits = shown is None or like(shown.text, said)
        if code == wanted and fits:
            return
        if time.monotonic() >= deadline:
            break
        time.sleep(0.5)
    if code != wanted:
        raise Broken(f"{block}: ended with {code}, and not with {wanted}:\n{said}")
    raise Broken(f"{shown}: shows\n{shown.text}and {block} printed\n{said}")
