#!/usr/bin/env python3
"""Writes what a release is made of, as SPDX 2.3 in JSON: our packages and image by their digests, the
Debian packages that they are linked with or hold, those whose archives are linked in, and those
whose headers were compiled. Nothing of it is a list kept by hand: it is read from the packages,
the image, and what the build says that it read (ninja).

    sbom.py --build BUILD_DIR --packages FOLDER --image TAR --version V --commit C --seconds S -o FILE
"""
import argparse
import hashlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import time
import uuid

OURS = ("torpor", "torpord", "torpor-models")


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def identifier(text):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", text)


def owners(paths):
    """The Debian packages, installed here, that these files are of."""
    found = set()
    paths = sorted(paths)
    for start in range(0, len(paths), 500):
        said = subprocess.run(["dpkg", "-S", *paths[start:start + 500]], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, check=False).stdout
        for line in said.splitlines():
            if not line.startswith("diversion "):
                found.update(name.split(":")[0].strip() for name in line.rsplit(": ", 1)[0].split(","))
    return found


def compiled(build):
    """Headers of the machine that any object of this build has read."""
    return set(re.findall(r"^ +(/usr/\S+)$", output("ninja", "-C", str(build), "-t", "deps"), re.MULTILINE))


def archives(build):
    """Archives of the machine that are linked into programs and plugins."""
    return set(re.findall(r"/usr/\S+\.a\b", (build / "build.ninja").read_text()))


def depended_on(deb):
    """Names of the Debian packages that one of ours is linked with."""
    return {part.split()[0] for part in output("dpkg-deb", "-f", str(deb), "Depends").replace("|", ",").split(",") if part.strip()}


def in_image(image):
    """(name, version, architecture) of what an image says that it holds."""
    with tarfile.open(image) as outer:
        manifest = json.load(outer.extractfile("index.json"))["manifests"][0]["digest"]
        layers = json.load(outer.extractfile(f"blobs/sha256/{manifest[7:]}"))["layers"]
        for layer in layers:
            data = outer.extractfile(f"blobs/sha256/{layer['digest'][7:]}").read()
            with tarfile.open(fileobj=io.BytesIO(data)) as inner:
                for member in inner:
                    if member.name.startswith("var/lib/dpkg/status.d/") and member.isfile():
                        fields = dict(line.split(": ", 1) for line in inner.extractfile(member).read().decode().splitlines())
                        yield fields["Package"], fields["Version"], fields["Architecture"]


class Document:
    def __init__(self):
        self.packages, self.relations = {}, set()

    def ours(self, name, version, path, **more):
        key = identifier(name)
        self.packages[key] = {"SPDXID": key, "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION",
                              "filesAnalyzed": False, "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0",
                              "copyrightText": "NOASSERTION", "supplier": "Organization: torpor", **more}
        if path:
            self.packages[key].update(packageFileName=path.name,
                                      checksums=[{"algorithm": "SHA256", "checksumValue": sha256(path)}])
        return key

    def debian(self, name, version=None, architecture=None):
        if version is None:
            said = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}\t${Version}\t${Architecture}\n", name], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True, check=False).stdout
            status, version, architecture = (said.splitlines() or ["\t\t"])[0].split("\t")
            if status != "installed":
                return None  # one of several alternatives, another of which is
        key = identifier(f"deb-{name}-{version}")
        self.packages[key] = {
            "SPDXID": key, "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
            "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
            "supplier": "Organization: Debian", "externalRefs": [{
                "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                "referenceLocator": f"pkg:deb/debian/{name}@{version.replace('+', '%2B').replace(':', '%3A')}?arch={architecture}"}]}
        return key

    def relate(self, left, kind, right):
        if left and right:
            self.relations.add((left, kind, right))

    def text(self, version, seconds):
        packages = [self.packages[key] for key in sorted(self.packages)]
        relations = [dict(zip(("spdxElementId", "relationshipType", "relatedSpdxElement"), relation, strict=True))
                     for relation in sorted(self.relations)]
        content = hashlib.sha256(json.dumps([packages, relations]).encode()).hexdigest()
        return json.dumps({
            "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"torpor-{version}",
            "documentNamespace": uuid.uuid5(uuid.NAMESPACE_OID, content).urn,
            "creationInfo": {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)),
                             "creators": ["Organization: torpor", "Tool: deploy/release/sbom.py"]},
            "packages": packages, "relationships": relations}, indent=1) + "\n"


def document(options):
    made = Document()
    source = made.ours("torpor-source", options.version, None, sourceInfo=f"git commit {options.commit}")
    made.relate("SPDXRef-DOCUMENT", "DESCRIBES", source)
    build = pathlib.Path(options.build)
    for name in OURS:
        (deb,) = pathlib.Path(options.packages).glob(f"{name}_*.deb")
        key = made.ours(name, options.version, deb)
        made.relate("SPDXRef-DOCUMENT", "DESCRIBES", key)
        made.relate(key, "GENERATED_FROM", source)
        for needed in depended_on(deb) - set(OURS):
            made.relate(key, "DEPENDS_ON", made.debian(needed))
    image = made.ours("torpord-image", options.version, pathlib.Path(options.image))
    made.relate("SPDXRef-DOCUMENT", "DESCRIBES", image)
    for name, version, architecture in in_image(options.image):
        made.relate(image, "CONTAINS", identifier(name) if name in OURS else made.debian(name, version, architecture))
    for name in owners(archives(build)):
        made.relate(source, "STATIC_LINK", made.debian(name))
    for name in owners(compiled(build)):
        made.relate(made.debian(name), "BUILD_DEPENDENCY_OF", source)
    for name in ("gcc", "g++", "cmake", "ninja-build"):
        made.relate(made.debian(name), "BUILD_TOOL_OF", source)
    return made


def main():
    parser = argparse.ArgumentParser()
    for name in ("--build", "--packages", "--image", "--version", "--commit", "--seconds", "-o"):
        parser.add_argument(name, required=True)
    options = parser.parse_args()
    pathlib.Path(options.o).write_text(document(options).text(options.version, int(options.seconds)), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
