#!/usr/bin/env python3
"""A release of this build: openssl and sha256sum alone verify it as docs/releases.md says, a changed
byte is found, the same parts give the same bytes, and its SBOM names every library that the
programs load. Runs with TORPOR_EXHAUSTIVE=1.

    release_test.py BUILD_DIR
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VERSION = "0.1.0"
ENVIRONMENT = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}


def setUpModule():
    why = None if os.environ.get("TORPOR_EXHAUSTIVE") == "1" else "but with ./dev test --all"
    why = why or next((f"no {name}" for name in ("dh", "git", "openssl") if not shutil.which(name)), None)
    if why:
        print(f"NOT RUN: a release: {why}")
        raise unittest.SkipTest(why)


def run(*command, **more):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env=ENVIRONMENT, check=False, **more)


class Release(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="release-"))
        cls.addClassCleanup(shutil.rmtree, cls.work)
        steps = [
            (ROOT / "deploy/debian/make-packages", BUILD, cls.work / "debs", VERSION),
            (ROOT / "deploy/container/fetch-libraries", BUILD.parent),
            (ROOT / "deploy/container/image.py", "--packages", cls.work / "debs", "--libraries", BUILD.parent / "libraries",
             "--version", VERSION, "--seconds", ENVIRONMENT["SOURCE_DATE_EPOCH"], "-o", cls.work / "image.tar"),
            ("openssl", "genpkey", "-algorithm", "ed25519", "-out", cls.work / "key.pem"),
            ("openssl", "pkey", "-in", cls.work / "key.pem", "-pubout", "-out", cls.work / "torpor-release.pub")]
        for step in steps:
            done = run(*step)
            if done.returncode == 69:
                print(f"NOT RUN: a release: {done.stdout.strip()}")
                raise unittest.SkipTest(done.stdout)
            if done.returncode != 0:
                raise AssertionError(f"{step}: {done.stdout}")
        (cls.work / "key.pem").chmod(0o600)
        cls.out = cls.collected("a")

    @classmethod
    def collected(cls, name):
        done = cls.collect(name)
        if done.returncode != 0:
            raise AssertionError(done.stdout)
        return cls.work / name

    @classmethod
    def collect(cls, name):
        return run(HERE / "collect", BUILD, cls.work / "debs", cls.work / "image.tar", VERSION, cls.work / name,
                   cls.work / "key.pem")

    def verified(self, folder):
        """By the commands of the page, with the key beside them."""
        page = (ROOT / "docs/releases.md").read_text()
        commands = re.search(r"```sh\n(openssl pkeyutl -verify.*?)```", page, re.DOTALL)[1]
        shutil.copy(self.work / "torpor-release.pub", folder.parent / "torpor-release.pub")
        return run("sh", "-ec", commands.replace("torpor-release.pub", "../torpor-release.pub"), cwd=folder)

    def test_the_commands_of_the_page_verify_it_and_find_a_changed_byte(self):
        folder = self.work / "checked/0.1.0"
        shutil.copytree(self.out, folder)
        self.assertEqual(self.verified(folder).returncode, 0, self.verified(folder).stdout)
        for path in sorted(folder.iterdir()):
            good = path.read_bytes()
            path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
            self.assertNotEqual(self.verified(folder).returncode, 0, path.name)
            path.write_bytes(good)

    def test_nothing_is_without_a_checksum(self):
        told = {line.split()[1] for line in (self.out / "SHA256SUMS").read_text().splitlines()}
        self.assertEqual(told, {path.name for path in self.out.iterdir()} - {"SHA256SUMS", "SHA256SUMS.sig"})
        kinds = sorted("".join(pathlib.Path(name).suffixes[-2:]) for name in told)
        self.assertEqual(sum(kind.endswith(".deb") for kind in kinds), 3, kinds)

    def test_the_same_parts_give_the_same_bytes(self):
        again = self.collected("b")
        for path in self.out.iterdir():
            self.assertEqual((again / path.name).read_bytes(), path.read_bytes(), path.name)

    def test_a_key_that_others_may_read_signs_nothing(self):
        (self.work / "key.pem").chmod(0o640)
        self.addCleanup((self.work / "key.pem").chmod, 0o600)
        self.assertEqual(self.collect("c").returncode, 77)
        self.assertFalse((self.work / "c").exists())

    def test_the_sources_are_those_of_the_commit(self):
        with tarfile.open(self.out / f"torpor-{VERSION}.tar.gz") as tar:
            names = {name.partition("/")[2] for name in tar.getnames()} - {""}
        known = set(run("git", "-C", ROOT, "ls-tree", "-r", "--name-only", "HEAD").stdout.split("\n")) - {""}
        self.assertEqual(known - names, set())

    def test_the_sbom_names_all_that_the_programs_load(self):
        sbom = json.loads((self.out / f"torpor-{VERSION}.spdx.json").read_text())
        named = {package["SPDXID"]: package for package in sbom["packages"]}
        self.assertEqual(len(named), len(sbom["packages"]), "an id is there twice")
        related = {}
        for relation in sbom["relationships"]:
            ends = (relation["spdxElementId"], relation["relatedSpdxElement"])
            self.assertLessEqual(set(ends), set(named) | {"SPDXRef-DOCUMENT"})
            related.setdefault(relation["relationshipType"], set()).add(
                (ends[0], named[ends[1]]["name"]) if relation["relationshipType"] != "BUILD_DEPENDENCY_OF"
                else (named[ends[0]]["name"], ends[1]))
        for program in ("torpord", "torpor"):
            needed = run("readelf", "-d", BUILD / f"bin/{program}").stdout
            for library in re.findall(r"NEEDED.*\[(\S+)\]", needed):
                path = next(p for p in run("ldd", BUILD / f"bin/{program}").stdout.split() if p.startswith("/") and p.endswith("/" + library))
                owner = next(said.split(":")[0] for name in (path, f"/usr{path}", os.path.realpath(path),
                                                             os.path.realpath(path).removeprefix("/usr"))
                             if not (said := run("dpkg", "-S", name).stdout).startswith("dpkg-query:"))
                self.assertIn((f"SPDXRef-{program}", owner), related["DEPENDS_ON"], library)
        self.assertIn(("SPDXRef-torpor-source", "libnanopb-dev"), related["STATIC_LINK"])
        self.assertIn(("nlohmann-json3-dev", "SPDXRef-torpor-source"), related["BUILD_DEPENDENCY_OF"])
        self.assertIn(("SPDXRef-torpord-image", "libmosquitto1"), related["CONTAINS"])


if __name__ == "__main__":
    BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
    sys.exit(unittest.main())
