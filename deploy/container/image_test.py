#!/usr/bin/env python3
"""The image of torpord: the same bytes twice, read by another program (umoci), and run as the image
says by an OCI runtime (crun), read-only, without a right, with the firmware's host port on a pty.
Runs with TORPOR_EXHAUSTIVE=1, as root.

    image_test.py BUILD_DIR
"""
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "debian"))
import root as fresh  # noqa: E402  its run() and Missing
from packages_test import CONTRACT  # noqa: E402

USER = 65532
SECONDS = "1700000000"


def setUpModule():
    why = None
    if os.environ.get("TORPOR_EXHAUSTIVE") != "1":
        why = "but with ./dev test --all"
    elif os.geteuid() != 0:
        why = "by root alone"
    else:
        why = next((f"no {name}" for name in ("dh", "umoci", "crun") if not shutil.which(name)), None)
    if why:
        print(f"NOT RUN: the container image: {why}")
        raise unittest.SkipTest(why)


class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="image-"))
        cls.addClassCleanup(shutil.rmtree, cls.work)
        cls.work.chmod(0o755)
        fresh.run([str(HERE.parent / "debian/make-packages"), BUILD, str(cls.work / "debs"), "0.1.0"],
                  env={**os.environ, "SOURCE_DATE_EPOCH": SECONDS})
        libraries = pathlib.Path(BUILD).parent
        try:
            fresh.run([str(HERE / "fetch-libraries"), str(libraries)])
        except AssertionError as why:
            print(f"NOT RUN: the container image: {why}")
            raise unittest.SkipTest(str(why)) from why
        cls.libraries = libraries / "libraries"
        cls.image, cls.digest = cls.made("a")

    @classmethod
    def made(cls, name, umask=0o022):
        out = cls.work / name / "torpord.oci.tar"
        said = fresh.run([str(HERE / "image.py"), "--packages", str(cls.work / "debs"), "--libraries", str(cls.libraries),
                          "--version", "0.1.0", "--seconds", SECONDS, "-o", str(out)], umask=umask)
        return out, said.strip().splitlines()[-1]

    def test_it_is_the_same_twice(self):
        for deb in (self.work / "debs").glob("*.deb"):
            os.utime(deb, (1, 1))
        again, digest = self.made("b", umask=0o077)
        self.assertEqual(digest, self.digest)
        self.assertEqual(again.read_bytes(), self.image.read_bytes())

    def bundle(self, name):
        """An OCI runtime's bundle, as umoci makes it of the image."""
        folder = self.work / f"layout-{name}"
        folder.mkdir()
        fresh.run(["tar", "-C", str(folder), "-xf", str(self.image)])
        bundle = self.work / name
        fresh.run(["umoci", "unpack", "--image", f"{folder}:0.1.0", str(bundle)])
        return bundle, json.loads((bundle / "config.json").read_text())

    def test_nothing_is_in_it_but_what_runs(self):
        bundle, _ = self.bundle("looked-at")
        programs = sorted(p.name for p in (bundle / "rootfs/usr/bin").iterdir())
        self.assertEqual(programs, ["torpor-accelerator", "torpord"])
        for path in (bundle / "rootfs").rglob("*"):
            info = path.lstat()
            self.assertFalse(info.st_mode & 0o6000, f"{path} has a set-user or set-group bit")
            if not path.is_symlink() and path.name != "tmp":
                self.assertFalse(info.st_mode & 0o022, f"others may write {path}")
        for record in (bundle / "rootfs/var/lib/dpkg/status.d").iterdir():
            if not record.name.startswith("torpor"):
                self.assertTrue((bundle / f"rootfs/usr/share/doc/{record.name}/copyright").exists(), record.name)

    def provision(self, folder):
        """A robot's files, owned as docs/container.md says."""
        for name in ("robot", "mcu", "keys", "pairing", "state"):
            (folder / name).mkdir(parents=True)
        day = datetime.date.today() - datetime.timedelta(days=1)
        (folder / "night.toml").write_text(CONTRACT.format(day=day, end=day + datetime.timedelta(days=300), robot="amr-17"))
        torpor, firmware = f"{BUILD}/bin/torpor", f"{BUILD}/bin/torpor-firmware"
        for line in (f"{torpor} contract keygen fleet",
                     f"{torpor} contract sign night.toml --key fleet.key -o contract.dsse",
                     f"{torpor} pair --robot robot --firmware mcu",
                     f"{torpor} baseline fit --quiet --contract bench-10s --simulated 3 -o fleet.baseline",
                     f"{firmware} --flash mcu.flash --provision --bundle contract.dsse --keyring fleet.pub "
                     "--pairing mcu/pairing.key --robot-id amr-17"):
            fresh.run(line.split(), cwd=folder)
        shutil.copy(folder / "fleet.pub", folder / "keys")
        shutil.copy(folder / "robot/pairing.key", folder / "pairing")
        for path in (folder / "pairing", folder / "pairing/pairing.key", folder / "state"):
            os.chown(path, USER, USER)
        (folder / "pairing/pairing.key").chmod(0o600)

    def container(self, robot, name, link):
        """Starts the image's own command with a robot's options; its output goes to NAME.log."""
        bundle, config = self.bundle(name)
        self.assertEqual(config["process"]["user"]["uid"], USER, "the image asks for a user without rights")
        config["root"]["readonly"] = True
        config["process"].update(terminal=False, noNewPrivileges=True, capabilities={})
        config["process"]["args"] += ["--robot-id", "amr-17", "--link", "/dev/ttyTHS1", "--lines", "json"]
        mount = {"type": "bind", "options": ["bind", "ro"]}
        for path in ("contract.dsse", "fleet.baseline", "keys"):
            config["mounts"].append({**mount, "source": str(robot / path), "destination": f"/etc/torpor/{path}"})
        for source, place in ((robot / "pairing", "/etc/torpor/pairing"), (robot / "state", "/var/lib/torpord"),
                              (link, "/dev/ttyTHS1")):
            config["mounts"].append({**mount, "source": str(source), "destination": place, "options": ["bind", "rw"]})
        (bundle / "config.json").write_text(json.dumps(config))
        log = open(self.work / f"{name}.log", "wb")
        self.addCleanup(log.close)
        running = subprocess.Popen([*self.crun(), "run", "--bundle", str(bundle), self.name_of(name)],
                                   stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.addCleanup(subprocess.run, [*self.crun(), "delete", "--force", self.name_of(name)], check=False)
        self.addCleanup(self.end, running)
        return running

    @staticmethod
    def name_of(name):
        return f"torpor-{os.getpid()}-{name}"

    def crun(self):
        # It refuses a machine that mounts both kinds of control groups; here it sees one.
        return ["unshare", "--mount", "sh", "-c", 'mount -t cgroup2 none /sys/fs/cgroup && exec crun "$@"', "crun",
                "--root", str(self.work / "crun"), "--cgroup-manager=disabled"]

    def stop(self, running, name):
        """As an engine stops a container; the exit code."""
        fresh.run([*self.crun(), "kill", self.name_of(name), "TERM"])
        return running.wait(20)

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def said(self, name):
        return (self.work / f"{name}.log").read_text(errors="replace")

    def await_that(self, name, condition, running):
        end = time.monotonic() + 60
        while not condition(self.said(name)):
            if time.monotonic() > end or running.poll() is not None:
                self.fail(f"{name}: {running.poll()}: {self.said(name)}")
            time.sleep(0.1)

    def test_it_lives_as_it_says_and_sleeps_on_a_refusal(self):
        robot = self.work / "amr-17"
        self.provision(robot)
        pty = robot / "mcu.pty"
        firmware = subprocess.Popen([f"{BUILD}/bin/torpor-firmware", "--flash", str(robot / "mcu.flash"), "--link",
                                     f"pty:{pty}", "--simulate-bearing", "1", "--fault", "none"],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.end, firmware)
        for _ in range(100):
            if pty.is_symlink():
                break
            time.sleep(0.05)
        link = pathlib.Path(os.readlink(pty))
        os.chown(link, USER, USER)

        lives = self.container(robot, "lives", link)
        self.await_that("lives", lambda text: text.count('"inferred":true') >= 3, lives)
        self.assertIn('"wakeups_asleep":0', self.said("lives"))
        self.assertEqual(self.stop(lives, "lives"), 0, self.said("lives"))

        bundle = robot / "contract.dsse"
        good = bundle.read_bytes()
        bundle.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        shutil.rmtree(robot / "state")
        (robot / "state").mkdir()
        os.chown(robot / "state", USER, USER)
        refuses = self.container(robot, "refuses", link)
        self.await_that("refuses", lambda text: '"reason"' in text, refuses)
        time.sleep(1)
        self.assertIsNone(refuses.poll(), "a refusal must not end it: it would be started again")
        self.assertEqual(self.stop(refuses, "refuses"), 77, self.said("refuses"))


if __name__ == "__main__":
    BUILD = str(pathlib.Path(sys.argv.pop(1)).resolve())
    sys.exit(unittest.main())
