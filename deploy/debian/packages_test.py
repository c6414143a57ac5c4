#!/usr/bin/env python3
"""The packages in a fresh Debian root, under a systemd that runs there as the first process: they
install with what they depend on, torpord keeps cycles in its sandbox with a firmware on a pty,
survives an upgrade, is not restarted after a refusal, and goes without leaving more than
docs/packages.md says. Runs with TORPOR_EXHAUSTIVE=1, as root, where packages can be fetched.

    packages_test.py BUILD_DIR
"""
import contextlib
import datetime
import os
import pathlib
import platform
import shutil
import sys
import tempfile
import time
import unittest

import root as fresh

HERE = pathlib.Path(__file__).resolve().parent
ROBOT = "amr-17"  # by the name of its machine
OLDER, NEWER = "0.1.0", "0.1.1"
STARTED = time.monotonic()
CALLS = {"x86_64": {"clock_adjtime": 305, "unshare": 272, "clock_settime": 227, "socket": 41},
         "aarch64": {"clock_adjtime": 266, "unshare": 97, "clock_settime": 112, "socket": 198}}
KEPT = {"etc/torpor", "etc/torpor/contract.dsse", "etc/torpor/fleet.baseline", "etc/torpor/keys",
        "etc/torpor/keys/fleet.pub", "etc/torpor/pairing", "etc/torpor/pairing/pairing.key"}

CONTRACT = """base = "bench-10s"
fleet = "packages"
name = "two-seconds"
version = 1
issued_at = {day}
not_before = {day}
not_after = {end}
targets = ["robot:{robot}"]
profile = "bench"
period = "2 s"
[telemetry]
gateway = "http://127.0.0.1:9091"
""" + (HERE.parent.parent / "tests/two-seconds.toml").read_text()

# What a site does for a robot, with the installed programs; docs/packages.md has the same steps.
PROVISION = r"""
set -e
cd /srv
mkdir -m 700 robot mcu
torpor contract keygen fleet
torpor contract sign night.toml --key fleet.key -o contract.dsse
torpor pair --robot robot --firmware mcu
torpor baseline fit --quiet --contract bench-10s --simulated 3 -o fleet.baseline
torpor-firmware --flash mcu.flash --provision --bundle contract.dsse --keyring fleet.pub \
  --pairing mcu/pairing.key --robot-id amr-17
install -m 644 contract.dsse fleet.baseline /etc/torpor/
install -m 640 -g torpord fleet.pub /etc/torpor/keys/
install -m 600 -o torpord -g torpord robot/pairing.key /etc/torpor/pairing/
echo TORPORD_LINK=/srv/mcu.pty >> /etc/default/torpord
chown torpord mcu.flash
chmod 711 .
chgrp torpord . && chmod g+w .
"""


def setUpModule():
    if os.environ.get("TORPOR_EXHAUSTIVE") != "1":
        print("NOT RUN: the packages in a fresh root, but with ./dev test --all")
        raise unittest.SkipTest("not asked for")


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.open = contextlib.ExitStack()
        cls.addClassCleanup(cls.open.close)
        cls.work = pathlib.Path(cls.open.enter_context(tempfile.TemporaryDirectory()))
        cls.work.chmod(0o755)
        try:
            cls.debs = cls.made()
            cls.root = fresh.Root(cls.work / "root").make(ROBOT)
        except (fresh.Missing, FileNotFoundError) as why:
            print(f"NOT RUN: the packages in a fresh root: {why}")
            raise unittest.SkipTest(str(why)) from why
        cls.open.callback(cls.root.halt)

    @classmethod
    def made(cls):
        if not shutil.which("dh"):
            raise fresh.Missing("no debhelper")
        fresh.run([str(HERE / "make-packages"), BUILD, str(cls.work / "debs"), OLDER])
        return sorted((cls.work / "debs").glob("*.deb"))

    def newer(self):
        """The same packages by a newer version."""
        debs = []
        for deb in self.debs:
            folder = self.work / "newer" / deb.stem
            folder.parent.mkdir(exist_ok=True)
            fresh.run(["dpkg-deb", "-R", str(deb), str(folder)])
            control = folder / "DEBIAN/control"
            control.write_text(control.read_text().replace(f"{OLDER}-1", f"{NEWER}-1"))
            debs.append(folder.with_suffix(".deb"))
            fresh.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", str(folder), str(debs[-1])])
        return debs

    def put(self, debs):
        for deb in debs:
            shutil.copy(deb, self.root.path / "srv")
        return [f"/srv/{deb.name}" for deb in debs]

    def inside(self, *command, **more):
        return self.root.inside(*command, **more)

    def shown(self, name):
        return self.inside("systemctl", "show", "--value", "-p", name, "torpord").strip()

    def await_that(self, what, condition, seconds=60):
        print(f"{time.monotonic() - STARTED:5.1f} s: awaiting {what}", flush=True)
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                self.fail(f"{what}: never within {seconds} s\n" +
                          self.inside("systemctl", "--no-pager", "-l", "status", "torpord", check=False) +
                          self.inside("journalctl", "--no-pager", "-n", "30", "-u", "torpord", check=False))
            time.sleep(0.2)

    def cycle(self):
        words = self.shown("StatusText").split()  # "cycle 12 under contract ...: normal"
        return int(words[1]) if words[:1] == ["cycle"] else 0

    def await_cycles(self, count):
        past = self.cycle()
        self.await_that(f"{count} cycles", lambda: self.cycle() >= past + count)

    def test_lintian_has_nothing_to_say(self):
        if not shutil.which("lintian"):
            print("NOT RUN: no lintian")
            return
        said = fresh.run(["lintian", "--allow-root", "--tag-display-limit", "0", "--fail-on", "none",
                          *map(str, self.debs)])
        self.assertEqual([line for line in said.splitlines() if line[:2] in ("E:", "W:")], [])

    # One story, in its order.
    def test_they_install_work_upgrade_refuse_and_go(self):
        self.installs()
        self.waits_for_a_robot()
        with self.provisioned():
            self.works_in_its_sandbox()
            self.is_held_by_its_sandbox()
            self.upgrades()
            self.is_not_restarted_after_a_refusal()
        self.goes()

    def installs(self):
        self.before = self.root.files()
        with self.assertRaises(AssertionError, msg="with nothing to depend on there would be nothing to fetch"):
            self.root.chroot("dpkg", "-i", *self.put(self.debs))
        self.root.chroot("apt-get", "-q", "-y", "--no-install-recommends", "-f", "install", timeout=600)
        for program in ("torpor", "torpord"):
            self.assertIn("0.1", self.root.chroot(program, "--version"))
        for package, page in (("torpor", "man1/torpor.1.gz"), ("torpord", "man8/torpord.8.gz")):
            self.assertIn(f"/usr/share/man/{page}", self.root.chroot("dpkg", "-L", package))
        modes = self.root.chroot("stat", "-c", "%A %U:%G %n", "/etc/torpor/keys", "/etc/torpor/pairing", "/var/lib/torpord")
        self.assertEqual(modes.splitlines(), ["drwxr-x--- root:torpord /etc/torpor/keys",
                                              "drwx------ torpord:torpord /etc/torpor/pairing",
                                              "drwxr-x--- torpord:torpord /var/lib/torpord"])
        self.assertIn("dialout", self.root.chroot("id", "-nG", "torpord"))

    def waits_for_a_robot(self):
        try:
            self.root.boot()
        except fresh.Missing as why:
            print(f"NOT RUN: torpord under systemd: {why}")
            self.skipTest(str(why))
        self.assertEqual(self.inside("systemctl", "is-enabled", "torpord").strip(), "enabled")
        self.assertEqual(self.shown("ActiveState"), "inactive")
        self.assertEqual(self.shown("ConditionResult"), "no")
        failed = self.inside("systemctl", "--failed", "--plain", "--no-legend")
        self.assertNotIn("torpord", failed)

    @contextlib.contextmanager
    def provisioned(self):
        day = datetime.date.today() - datetime.timedelta(days=1)
        (self.root.path / "srv/night.toml").write_text(
            CONTRACT.format(day=day, end=day + datetime.timedelta(days=300), robot=ROBOT))
        self.inside("sh", "-c", PROVISION)
        firmware = ["systemd-run", "--quiet", "--unit=mcu", "--uid=torpord", "--", "torpor-firmware", "--flash",
                    "/srv/mcu.flash", "--link", "pty:/srv/mcu.pty", "--simulate-bearing", "1", "--fault", "none"]
        self.inside(*firmware)
        self.await_that("a pty", lambda: (self.root.path / "srv/mcu.pty").is_symlink())
        yield
        self.inside("systemctl", "stop", "mcu")

    def works_in_its_sandbox(self):
        self.inside("systemctl", "start", "torpord", check=False)
        self.await_cycles(3)
        self.assertEqual(self.shown("NRestarts"), "0")
        status = self.inside("cat", f"/proc/{self.shown('MainPID')}/status")
        for line in ("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"):
            self.assertIn(line, status)
        told = self.inside("torpor", "status", "--state", "/var/lib/torpord")
        self.assertIn("two-seconds", told)

    def is_held_by_its_sandbox(self):
        """What it must be left, and what not: a program of perl's, which every Debian has."""
        call = CALLS[platform.machine()]
        self.assertEqual(self.in_sandbox(f"print syscall({call['clock_adjtime']}, 0, my $b = chr(0) x 208) >= 0 ? 'did' : $!"),
                         "did", "it must be able to ask whether the clock is synchronised")
        self.assertIn("CPU", self.in_sandbox("open F, '/proc/interrupts' or die; print scalar <F>"))
        for what, code in {"write below /usr": "open F, '>/usr/x' and print 'did'",
                           "write its own configuration": "open F, '>>/etc/default/torpord' and print 'did'",
                           "see a disk or memory": "opendir D, '/dev'; print join ',', grep /^(sd|vd|nvme|mem)/, readdir D",
                           "change the machine's settings": "open F, '>/proc/sys/kernel/domainname' and print 'did'",
                           "make a name space": f"print 'did' if syscall({call['unshare']}, 0x20000) == 0",
                           "set the clock": f"my $t = pack 'qq', 9, 0; print 'did' if syscall({call['clock_settime']}, 0, $t) == 0",
                           "speak other protocols": f"print 'did' if syscall({call['socket']}, 16, 3, 0) >= 0"}.items():
            self.assertEqual(self.in_sandbox(code), "", f"may {what}")

    def in_sandbox(self, code):
        """What a Perl program prints that is run with the unit's own settings in torpord's place."""
        text = (HERE.parent / "systemd/torpord.service").read_text()
        kept = text[text.index("[Service]"):text.index("[Install]")]
        kept = "\n".join(line for line in kept.replace("\\\n", " ").splitlines()
                         if not line.startswith(("ExecStart", "Type", "NotifyAccess", "WatchdogSec", "Restart")))
        (self.root.path / "srv/probe.pl").write_text(code + ";\n")
        self.inside("sh", "-c", "cat > /run/systemd/system/probe.service && systemctl daemon-reload && "
                    ": > /srv/probe.out && chmod 666 /srv/probe.out && systemctl start probe",
                    input=f"{kept}\nType=oneshot\nExecStart=/usr/bin/perl /srv/probe.pl\nReadWritePaths=/srv\n"
                          "StandardOutput=append:/srv/probe.out\n")
        return (self.root.path / "srv/probe.out").read_text().strip()

    def upgrades(self):
        process, cycle = self.shown("MainPID"), self.cycle()
        self.inside("dpkg", "-i", *self.put(self.newer()))
        self.assertIn(f" {NEWER}-1", self.inside("dpkg-query", "-W", "-f", "${Package} ${Version}\n", "torpord"))
        self.assertNotEqual(self.shown("MainPID"), process, "the old program still runs")
        self.assertEqual(self.shown("ActiveState"), "active")
        self.await_that("cycles that go on counting", lambda: self.cycle() > cycle)
        self.assertIn("TORPORD_LINK=/srv/mcu.pty", (self.root.path / "etc/default/torpord").read_text())

    def is_not_restarted_after_a_refusal(self):
        bundle = self.root.path / "etc/torpor/contract.dsse"
        good = bundle.read_bytes()
        self.inside("systemctl", "stop", "torpord")
        shutil.move(self.root.path / "var/lib/torpord", self.root.path / "srv/state")
        bundle.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        self.inside("systemctl", "start", "torpord", check=False)
        self.await_that("a refusal", lambda: self.shown("ActiveState") == "failed")
        self.assertEqual(self.shown("ExecMainStatus"), "77")
        self.assertEqual(self.shown("NRestarts"), "0")
        self.assertEqual(self.shown("SubState"), "failed", "it is about to be started again")
        bundle.write_bytes(good)

    def goes(self):
        self.inside("systemctl", "start", "torpord", check=False)
        self.inside("dpkg", "-r", "torpord")
        self.assertNotIn("torpord", self.inside("ps", "-e", check=False))
        state = self.root.path / "var/lib/torpord"
        self.assertTrue(state.is_dir(), "a removal keeps what torpord wrote")
        said = self.inside("dpkg", "-P", "torpord")
        for kept in KEPT:
            if "." in kept:
                self.assertIn(f"/{kept}", said, "a purge names what it leaves")
        self.assertFalse(state.exists())
        self.inside("dpkg", "-P", "torpor", "torpor-models")
        added = self.inside("dpkg-query", "-W", "-f", "${Package}\n")
        self.assertNotIn("torpor", added)
        self.root.halt()
        left = {path for path in self.root.files() - self.before if "torpor" in path and not path.startswith("srv/")}
        self.assertEqual(left, KEPT)
        for account in ("passwd", "group"):
            self.assertIn("torpord:", (self.root.path / "etc" / account).read_text(), "docs/packages.md says it stays")


if __name__ == "__main__":
    BUILD = sys.argv.pop(1)
    sys.exit(unittest.main())
