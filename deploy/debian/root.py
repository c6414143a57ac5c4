"""A fresh Debian root for tests, and systemd as its first process: in namespaces of its own, with a
control group, a network and a /dev of its own, as in a container. Needs root; where something of
it is not to be had, Missing says what."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

SOURCES = ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"]

# Kernel settings and devices are the machine's: read only, and none. The root's own control group
# is made before it becomes all that can be seen.
BOOT = r"""
set -e
root=$1
mount --make-rprivate /
mkdir -p "$root/sys/fs/cgroup"
mount -t cgroup2 none "$root/mnt"
mkdir "$root/mnt/$2"
echo $$ > "$root/mnt/$2/cgroup.procs"
umount "$root/mnt"
exec unshare --cgroup --pid --fork --kill-child=KILL --uts --ipc --net bash -c '
  set -e
  mount --bind "$1" "$1"
  mount -t proc proc "$1/proc"
  mount --bind "$1/proc/sys" "$1/proc/sys" && mount -o remount,bind,ro "$1/proc/sys"
  mount -t sysfs -o ro sysfs "$1/sys"
  mount -t cgroup2 none "$1/sys/fs/cgroup"
  mount -t tmpfs -o mode=755 tmpfs "$1/dev"
  mkdir "$1/dev/pts" "$1/dev/shm"
  for device in null zero full random urandom tty; do
    touch "$1/dev/$device"
    mount --bind "/dev/$device" "$1/dev/$device"
  done
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$1/dev/pts"
  ln -s pts/ptmx "$1/dev/ptmx"
  mount -t tmpfs -o mode=755 tmpfs "$1/run"
  cd "$1"
  pivot_root . mnt
  umount -l mnt
  exec chroot . env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --log-target=console multi-user.target' boot "$root"
"""


class Missing(Exception):
    """What this machine lacks for the test."""


def run(command, **more):
    """Ends in AssertionError with all that was printed when the command fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", **{"timeout": 600, **more})
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def codename():
    text = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return fields.get("VERSION_CODENAME", "bookworm").strip('"')


class Root:
    def __init__(self, folder):
        self.path = pathlib.Path(folder)
        self._unshare = None
        self._log = None
        self._group = f"torpor-test-{os.getpid()}"

    def make(self, host="robot"):
        if os.geteuid() != 0:
            raise Missing("a fresh root is made by root alone")
        if not shutil.which("mmdebstrap"):
            raise Missing("no mmdebstrap")
        sources = [path for path in SOURCES if os.path.exists(path)][:1]
        try:
            run(["mmdebstrap", "--mode=root", "--variant=minbase", "--skip=cleanup/apt",
                 "--dpkgopt=force-unsafe-io", codename(), str(self.path), *sources])
        except AssertionError as why:
            raise Missing(f"no fresh root could be made: {str(why).splitlines()[-1]}") from why
        for name in ("resolv.conf", "hosts"):
            shutil.copy(f"/etc/{name}", self.path / "etc" / name)
        (self.path / "etc/hostname").write_text(host + "\n", encoding="ascii")
        return self

    def chroot(self, *command, **more):
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive",
                       "LC_ALL": "C.UTF-8", "HOME": "/"}
        return run(["unshare", "--mount", "--fork", "bash", "-c",
                    'mount -t proc proc "$1/proc"; mount --rbind /dev "$1/dev"; root=$1; shift; '
                    'exec chroot "$root" "$@"', "chroot", str(self.path), *command],
                   env=environment, **more)

    def boot(self):
        self._log = open(f"{self.path}.boot", "wb")
        self._unshare = subprocess.Popen(["unshare", "--mount", "bash", "-c", BOOT, "boot", str(self.path), self._group],
                                         stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        for _ in range(300):
            if self._unshare.poll() is not None:
                raise Missing(f"systemd does not start here: {self.boot_log()}")
            try:
                state = self.inside("systemctl", "is-system-running", check=False).strip()
                if state in ("running", "degraded"):
                    return self
            except (IndexError, FileNotFoundError, ProcessLookupError):
                pass
            time.sleep(0.1)
        raise AssertionError(f"systemd did not come up: {self.boot_log()}")

    def boot_log(self):
        return pathlib.Path(f"{self.path}.boot").read_text(errors="replace")[-2000:]

    def _first_process(self):
        pid = self._unshare.pid  # bash, then the second unshare
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            return children.read().split()[0]

    def inside(self, *command, check=True, **more):
        """Runs a command beside the systemd that was booted."""
        line = ["nsenter", "--target", self._first_process(), "--mount", "--pid", "--net", "--ipc", "--uts",
                "--cgroup", "--root", "--wd=/", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", *command]
        if check:
            return run(line, **more)
        return subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=60, check=False).stdout

    def halt(self):
        if not self._unshare:
            return
        self._unshare.kill()  # and with it, by its --kill-child, the first process and all others
        self._unshare.wait()
        self._unshare = None
        self._log.close()
        # The group is as high as this process's own; empty, it can go.
        with tempfile.TemporaryDirectory() as top:
            subprocess.run(["unshare", "--mount", "bash", "-c",
                            'mount -t cgroup2 none "$1" && for i in $(seq 50); do '
                            'find "$1/$2" -depth -type d -exec rmdir {} + 2> /dev/null && break; sleep 0.1; done',
                            "clean", top, self._group], check=False)

    def files(self):
        """All paths but those that any use of a system changes: caches, logs, dpkg's own records."""
        passing = ("var/cache/", "var/lib/apt/", "var/lib/dpkg/", "var/log/", "run/", "tmp/", "var/tmp/", "root/",
                   "proc/", "sys/", "dev/")
        found = set()
        for folder, folders, files in os.walk(self.path):
            for name in folders + files:
                path = os.path.relpath(os.path.join(folder, name), self.path)
                if not path.startswith(passing):
                    found.add(path)
        return found
