"""A real Alertmanager with the shipped configuration, and a webhook that hears what it sends.

Its receivers are turned to this process and its waits are shortened; routes, groups and
inhibitions are the shipped ones.
"""
import contextlib
import http.server
import json
import pathlib
import re
import tempfile
import threading
import urllib.request

import daemon
import promtool as pt

ALERTMANAGER = pt.DAEMONS / "usr" / "bin" / "prometheus-alertmanager"
# Where Debian's build looks for the template of its messages, and a path of the same length
# below the folder that it runs in.
INSTALLED = b"/usr/share/prometheus/alertmanager"
UNPACKED = b".////share/prometheus/alertmanager"
AMTOOL = pt.DAEMONS / "usr" / "bin" / "amtool"
WAITS = ("group_wait", "group_interval")


def _shorter(wait):
    return {"10s": "2s", "1m": "2s", "5m": "2s"}[wait]


def configuration():
    return pt.yaml.safe_load((pt.HERE / "alertmanager.yml").read_text())


def shortened(content, port, shorter=_shorter):
    """The same configuration with shorter waits, and with its receivers on `port`."""
    def walk(value):
        if isinstance(value, dict):
            return {key: shorter(each) if key in WAITS and each != "0s" else walk(each)
                    for key, each in value.items()}
        if isinstance(value, list):
            return [walk(each) for each in value]
        if isinstance(value, str):
            return re.sub(r"^http://127\.0\.0\.1:\d+", f"http://127.0.0.1:{port}", value)
        return value

    return walk(content)


class Webhook:
    """Hears notifications: pairs of receiver and what Alertmanager said, in their order."""

    def __init__(self):
        self.heard = []
        heard = self.heard

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard.append((self.path.strip("/"), json.loads(body)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def _unpacked_program(folder):
    """A copy of the program that finds its template where the package was unpacked."""
    program = ALERTMANAGER.read_bytes()
    if INSTALLED not in program or len(INSTALLED) != len(UNPACKED):
        raise RuntimeError(f"{ALERTMANAGER} does not name {INSTALLED.decode()}")
    (folder / "share").symlink_to(ALERTMANAGER.parent.parent / "share")
    copy = folder / "alertmanager"
    copy.write_bytes(program.replace(INSTALLED, UNPACKED))
    copy.chmod(0o755)
    return copy


@contextlib.contextmanager
def running(content, webhook, shorter=_shorter):
    """The address of an Alertmanager that runs as long as the block does."""
    with tempfile.TemporaryDirectory() as folder:
        pt.write(folder, "alertmanager.yml", shortened(content, webhook.port, shorter))
        with daemon.running(
                _unpacked_program(pathlib.Path(folder)), "--config.file=alertmanager.yml", "--storage.path=storage",
                f"--web.listen-address={daemon.ANY_PORT}", "--cluster.listen-address=", folder=folder) as address:
            yield address


def post(address, alerts):
    request = urllib.request.Request(
        address + "/api/v2/alerts", json.dumps([{"labels": labels} for labels in alerts]).encode(),
        {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=10).read()
