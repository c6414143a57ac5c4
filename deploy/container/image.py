#!/usr/bin/env python3
"""Makes the container image of torpord without an engine: an OCI layout in a tar.

    image.py --packages FOLDER --libraries FOLDER --version V --seconds S -o torpord.oci.tar

The image holds the programs of the packages torpord and torpor-models, the shared libraries that
they are linked with or open by name, the certificates of public authorities, a user, and nothing
else: no shell, no package manager. The same files give the same bytes: order, owners and times are
fixed (SECONDS since 1970, for all files). Prints the digest of the manifest.

LIBRARIES is what fetch-libraries unpacked: what is opened by name need not be installed here.
"""
import argparse
import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import stat
import subprocess
import sys
import tarfile

USER = 65532  # by convention "nonroot"; mounted files must be its
PROGRAMS = ("usr/bin/", "usr/lib/torpor/", "usr/share/torpor/")
LINKED = ("usr/bin/torpord", "usr/bin/torpor-accelerator")
OPENED = ("libcurl.so.4", "libmosquitto.so.1", "libsnappy.so.1")
AUTHORITIES = pathlib.Path("/usr/share/ca-certificates/mozilla")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# Where the unit has them, too; docs/packages.md.
ENTRYPOINT = ["/usr/bin/torpord", "--contract", "/etc/torpor/contract.dsse", "--keyring", "/etc/torpor/keys",
              "--pairing", "/etc/torpor/pairing/pairing.key", "--baseline", "/etc/torpor/fleet.baseline",
              "--state", "/var/lib/torpord", "--after-refusal", "sleep"]


def output(*command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, **more).stdout


class Tree:
    """What the image holds: paths without a leading slash to entries of a tar."""

    def __init__(self, seconds):
        self.entries = {}
        self.seconds = seconds

    def _put(self, path, kind, mode, data=b"", target="", owner=0):
        parent = os.path.dirname(path)
        if parent and parent not in self.entries:
            self.folder(parent)
        entry = tarfile.TarInfo(path)
        entry.type, entry.mode, entry.mtime = kind, mode, self.seconds
        entry.uid = entry.gid = owner
        entry.size, entry.linkname = len(data), target
        self.entries[path] = (entry, data)

    def folder(self, path, mode=0o755, owner=0):
        self._put(path, tarfile.DIRTYPE, mode, owner=owner)

    def file(self, path, data, mode=0o644):
        self._put(path, tarfile.REGTYPE, mode, data)

    def link(self, path, target):
        self._put(path, tarfile.SYMTYPE, 0o777, target=target)

    def tar(self):
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for _, (entry, data) in sorted(self.entries.items()):
                tar.addfile(entry, io.BytesIO(data))
        return made.getvalue()


def control_of(deb):
    fields = output("dpkg-deb", "-f", str(deb), "Package", "Version", "Architecture", text=True)
    return dict(line.split(": ", 1) for line in fields.splitlines())


def add_package(tree, deb):
    with tarfile.open(fileobj=io.BytesIO(output("dpkg-deb", "--fsys-tarfile", str(deb)))) as tar:
        for member in tar:
            path = member.name.removeprefix("./")
            if member.isfile() and (path.startswith(PROGRAMS) or path.endswith("/copyright")):
                tree.file(path, tar.extractfile(member).read(), member.mode)


def needed(files, extra):
    """The libraries that the loader would take for these files: name to path."""
    found = {}
    for file in files:
        said = output("ldd", str(file), text=True, env={**os.environ, "LD_LIBRARY_PATH": ":".join(extra), "LC_ALL": "C"})
        for line in said.splitlines():
            if "not found" in line:
                raise SystemExit(f"image.py: {file} needs a library that is not here: {line.strip()}")
            # "libz.so.1 => /lib/.../libz.so.1 (0x...)", and the loader itself without an arrow
            if match := re.search(r"(\S+) => (/\S+) \(|^\s*(/\S+) \(", line):
                path = match[2] or match[3]
                found[match[3] or match[1]] = path
    return found


def owner_of(path, extra):
    """(name, version, architecture, copyright) of the Debian package that a library is from."""
    for folder in extra:
        if path.startswith(folder + "/"):
            root = pathlib.Path(folder).parents[2]
            for fields in sorted((root / "control").iterdir()):
                if path.removeprefix(str(root)) in (root / "lists" / fields.name).read_text().splitlines():
                    known = dict(line.split(": ", 1) for line in fields.read_text().splitlines())
                    return (known["Package"], known["Version"], known["Architecture"],
                            root / f"usr/share/doc/{known['Package']}/copyright")
    for name in (path, path.removeprefix("/usr"), os.path.realpath(path), os.path.realpath(path).removeprefix("/usr")):
        said = subprocess.run(["dpkg", "-S", name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
        if said.returncode == 0:
            package = said.stdout.split(": ", 1)[0].split(",")[0]
            known = output("dpkg-query", "-W", "-f", "${Package}\t${Version}\t${Architecture}", package, text=True).split("\t")
            return (*known, pathlib.Path(f"/usr/share/doc/{known[0]}/copyright"))
    raise SystemExit(f"image.py: no Debian package has {path}: its licence is not known")


def add_libraries(tree, extra, work):
    programs = []
    for path in LINKED:  # of the packages, not of this machine
        copy = work / os.path.basename(path)
        copy.write_bytes(tree.entries[path][1])
        copy.chmod(0o755)
        programs.append(copy)
    triplet = output("gcc", "-print-multiarch", text=True).strip()
    folders = [*extra, f"/usr/lib/{triplet}", f"/lib/{triplet}"]
    opened = {}
    for name in OPENED:
        places = [f"{folder}/{name}" for folder in folders if os.path.exists(f"{folder}/{name}")]
        if not places:
            raise SystemExit(f"image.py: no {name} in {', '.join(folders)}")
        opened[name] = places[0]
    libraries = {**opened, **needed([*programs, *opened.values()], extra)}
    packages = {}
    for name, path in sorted(libraries.items()):
        # The loader by its whole name, which stands in each program; others by what they are looked for.
        place = f"usr{name}" if name.startswith("/") else f"usr/lib/{triplet}/{name}"
        tree.file(place, pathlib.Path(path).read_bytes(), 0o755)
        package, version, architecture, licence = owner_of(path, extra)
        packages[package] = (version, architecture, licence)
    return packages


def add_rest(tree, packages):
    for name in ("bin", "lib", "lib64", "sbin"):
        tree.folder(f"usr/{name}")
        tree.link(name, f"usr/{name}")
    tree.file("etc/passwd", f"root:x:0:0:root:/:/none\ntorpord:x:{USER}:{USER}:torpord:/var/lib/torpord:/none\n".encode())
    tree.file("etc/group", f"root:x:0:\ntorpord:x:{USER}:\n".encode())
    tree.file("etc/ssl/certs/ca-certificates.crt",
              b"".join(path.read_bytes().rstrip(b"\n") + b"\n" for path in sorted(AUTHORITIES.glob("*.crt"))))
    version, architecture = output("dpkg-query", "-W", "-f", "${Version}\t${Architecture}", "ca-certificates", text=True).split("\t")
    packages["ca-certificates"] = (version, architecture, pathlib.Path("/usr/share/doc/ca-certificates/copyright"))
    for name, (version, architecture, licence) in sorted(packages.items()):
        if licence:
            tree.file(f"usr/share/doc/{name}/copyright", licence.read_bytes())
        # Where those who look for known holes look, in an image without a package manager.
        tree.file(f"var/lib/dpkg/status.d/{name}",
                  f"Package: {name}\nStatus: install ok installed\nVersion: {version}\nArchitecture: {architecture}\n".encode())
    for path in ("dev", "proc", "sys", "run", "etc/torpor", "etc/torpor/keys"):
        tree.folder(path)
    tree.folder("tmp", 0o1777)
    tree.folder("etc/torpor/pairing", 0o700, USER)
    tree.folder("var/lib/torpord", 0o750, USER)


def layout(tree, version):
    """The files of an OCI layout, and the digest of the manifest."""
    created = subprocess.run(["date", "-u", "-d", f"@{tree.seconds}", "+%Y-%m-%dT%H:%M:%SZ"], check=True,
                             stdout=subprocess.PIPE, text=True).stdout.strip()
    blobs = {}

    def blob(data, media):
        digest = hashlib.sha256(data).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = data
        return {"mediaType": media, "digest": f"sha256:{digest}", "size": len(data)}

    def in_json(value):
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()

    plain = tree.tar()
    layer = blob(gzip.compress(plain, 9, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip")
    labels = {"org.opencontainers.image.title": "torpord", "org.opencontainers.image.version": version,
              "org.opencontainers.image.licenses": "Apache-2.0", "org.opencontainers.image.created": created}
    config = blob(in_json({
        "created": created, "architecture": ARCHITECTURES[os.uname().machine], "os": "linux",
        "config": {"User": f"{USER}:{USER}", "Entrypoint": ENTRYPOINT, "Env": ["PATH=/usr/bin"],
                   "Labels": labels, "StopSignal": "SIGTERM", "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(plain).hexdigest()}"]},
        "history": [{"created": created, "created_by": "deploy/container/image.py"}]}),
        "application/vnd.oci.image.config.v1+json")
    manifest = blob(in_json({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                             "config": config, "layers": [layer], "annotations": labels}),
                    "application/vnd.oci.image.manifest.v1+json")
    index = in_json({"schemaVersion": 2, "manifests": [
        {**manifest, "annotations": {"org.opencontainers.image.ref.name": version}}]})
    return {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": index, **blobs}, manifest["digest"]


def main():
    parser = argparse.ArgumentParser()
    for name in ("--packages", "--libraries", "--version", "--seconds", "-o"):
        parser.add_argument(name, required=True)
    options = parser.parse_args()
    tree = Tree(int(options.seconds))
    packages = {}
    for name in ("torpord", "torpor-models"):
        debs = sorted(pathlib.Path(options.packages).glob(f"{name}_*.deb"))
        if len(debs) != 1:
            raise SystemExit(f"image.py: not one {name}_*.deb in {options.packages}")
        add_package(tree, debs[0])
        fields = control_of(debs[0])
        packages[name] = (fields["Version"], fields["Architecture"], None)
    out = pathlib.Path(options.o)
    work = out.parent / f"{out.name}.work"
    work.mkdir(parents=True, exist_ok=True)
    extra = [str(folder.resolve()) for folder in sorted(pathlib.Path(options.libraries).glob("usr/lib/*-linux-gnu"))]
    packages.update(add_libraries(tree, extra, work))
    for path in work.iterdir():
        path.unlink()
    work.rmdir()
    add_rest(tree, packages)
    files, digest = layout(tree, options.version)
    outer = Tree(tree.seconds)
    for path, data in files.items():
        outer.file(path, data)
    out.write_bytes(outer.tar())
    out.chmod(stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IROTH)
    print(digest)


if __name__ == "__main__":
    sys.exit(main())
