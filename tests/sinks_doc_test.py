#!/usr/bin/env python3
"""Keeps docs/sinks.md true: its command lines are taken by torpord, its files by whoever reads
them.

    sinks_doc_test.py TORPORD [unittest's arguments]
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs/sinks.md").read_text(encoding="utf-8")
DAEMONS = pathlib.Path(os.environ.get("TORPOR_DAEMONS", ROOT / "build/daemons"))
# Where the library of remote write is not installed, the one that was fetched is found.
ENVIRONMENT = {**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, DAEMONS.glob("usr/lib/*/")))}
NEXT = (5, "no.pub")  # what a line of the page lacks on this bench: a keyring
NOTHING_BUT = ["--robot-id", "amr-17", "--contract", "no.dsse", "--keyring", "no.pub", "--pairing", "no.pair",
               "--baseline", "no.baseline", "--state", "state", "--link", "no.sock"]
TORPORD = None
FILE = re.compile(r"[\w-]+\.(?:pem|key|password|token)")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)


def lines_of_torpord():
    text = "".join(blocks("sh")).replace("\\\n", " ")
    return [line.split()[2:] for line in text.splitlines() if line.startswith("torpord ... ")]


def put_files(folder, names):
    """What the page's lines and files name: certificates, keys and secrets of one line."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-subj", "/CN=x", "-keyout", "key", "-out", "certificate"],
                   cwd=folder, check=True, capture_output=True)
    for name in names:
        path = pathlib.Path(folder, name)
        path.touch(0o600)
        source = {".pem": "certificate", ".key": "key"}.get(path.suffix)
        path.write_bytes(pathlib.Path(folder, source).read_bytes() if source else b"s3cret\n")


class CommandLines(unittest.TestCase):
    def refusal(self, options):
        """What torpord says of a line whose files are there, and whose contract is not."""
        with tempfile.TemporaryDirectory() as folder:
            put_files(folder, [option for option in options if FILE.fullmatch(option)])
            ran = subprocess.run([TORPORD, *NOTHING_BUT, *options], cwd=folder, env=ENVIRONMENT,
                                 capture_output=True, text=True, timeout=60, check=False)
            self.assertTrue(ran.stderr.startswith("{"), ran.stderr)
            return json.loads(ran.stderr.splitlines()[0])

    def test_every_one_is_taken(self):
        lines = lines_of_torpord()
        self.assertGreater(len(lines), 3, "no command lines were found")
        for options in lines:
            with self.subTest(options):
                refusal = self.refusal(options)
                if refusal["name"] == "snappy-missing":
                    print("NOT RUN: no libsnappy; tests/fetch-daemons fetches it")
                    continue
                self.assertEqual((refusal["reason"], refusal["where"]), NEXT)

    def test_one_that_contradicts_itself_would_not_be(self):
        self.assertEqual(self.refusal(["--gateway-key", "amr-17.key"])["name"], "sink-options")

    def test_every_option_of_the_page_is_in_the_help(self):
        text = subprocess.run([TORPORD, "--help"], capture_output=True, text=True, check=True).stdout
        for option in {option for line in lines_of_torpord() for option in line if option.startswith("--")}:
            self.assertIn(option, text)


class Files(unittest.TestCase):
    def check(self, kind, text):
        """promtool's words on a file of the page; nothing where there is no promtool."""
        promtool = DAEMONS / "usr/bin/promtool"
        if not promtool.exists():
            print(f"NOT RUN: no {promtool}; tests/fetch-daemons fetches it")
            return
        with tempfile.TemporaryDirectory() as folder:
            put_files(folder, set(FILE.findall(text)))
            pathlib.Path(folder, "file.yml").write_text(text, encoding="utf-8")
            ran = subprocess.run([promtool, "check", kind, "file.yml"], cwd=folder, capture_output=True,
                                 text=True, timeout=60, check=False)
            self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    def test_the_gateway_takes_the_file_that_says_whom_it_lets_in(self):
        found = [text for text in blocks("yaml") if "tls_server_config" in text]
        self.assertEqual(len(found), 1)
        self.check("web-config", found[0])


    def test_prometheus_takes_the_scrape_of_a_textfile(self):
        found = [text for text in blocks("yaml") if "job_name: node" in text]
        self.assertEqual(len(found), 1)
        self.check("config", found[0])


if __name__ == "__main__":
    TORPORD = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
