"""A real daemon on a loopback port that it finds itself, for as long as a block lasts."""
import contextlib
import ctypes
import errno
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.request

ANY_PORT = "127.0.0.1:0"
HOW_LONG_S = 30


class Address(str):
    """Of a daemon, with the id of its process."""

    def __new__(cls, address, process):
        self = super().__new__(cls, address)
        self.pid = process.pid
        return self


def _dies_with_us():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def free_address():
    """One that nobody listens at, for a program that is told of it beforehand."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@contextlib.contextmanager
def running(program, *arguments, folder):
    """The address of `program`, which listens on 127.0.0.1 and runs in `folder`."""
    with _started(program, arguments, folder) as (process, log):
        yield Address(_address(process, log), process)


@contextlib.contextmanager
def running_at(program, *arguments, flag, ready, folder):
    """The address of a program that cannot find a port itself: `flag` is given one."""
    address = free_address()
    with _started(program, [*arguments, f"{flag}={address}"], folder) as (process, log):
        deadline = time.monotonic() + HOW_LONG_S
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://{address}{ready}", timeout=5).read()
                break
            time.sleep(0.05)
        else:
            raise RuntimeError(f"it did not start: {log.read_text()}")
        yield Address(f"http://{address}", process)


def _begin(words, **how):
    """Popen of a program that this test may just have written: a child that another thread was
    forking at that moment holds the file open for writing until it has become its own program."""
    deadline = time.monotonic() + HOW_LONG_S
    while True:
        try:
            return subprocess.Popen(words, **how)
        except OSError as error:
            if error.errno != errno.ETXTBSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


@contextlib.contextmanager
def _started(program, arguments, folder):
    log = pathlib.Path(folder) / (pathlib.Path(program).name + ".log")
    with open(log, "w") as output:
        process = _begin([str(program), *arguments], cwd=folder, stdout=output, stderr=output,
                         preexec_fn=_dies_with_us)
    try:
        yield process, log
    finally:
        process.terminate()
        try:
            process.wait(HOW_LONG_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process, log):
    deadline = time.monotonic() + HOW_LONG_S
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r'msg="Listening on" address=(127\.0\.0\.1:\d+)', log.read_text()):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://{found[1]}/-/ready", timeout=5).read()
                return f"http://{found[1]}"
        time.sleep(0.05)
    raise RuntimeError(f"it did not start: {log.read_text()}")
