#!/usr/bin/env python3
"""The examples for Compose, Kubernetes and a Jetson: they are what their readers parse, agree with
the image and with each other, and none of them starts a robot again that has refused, or wakes it."""
import json
import pathlib
import re
import subprocess
import sys
import unittest

import yaml

import image

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = HERE / "examples"
ROOT = HERE.parent.parent
FOLDERS = {"/etc/torpor", "/etc/torpor/pairing", "/var/lib/torpord"}


def read(name):
    return yaml.safe_load((EXAMPLES / name).read_text())


def options_of_torpord():
    said = subprocess.run([TORPORD, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return set(re.findall(r"^ +(--[a-z-]+)", said, re.MULTILINE))


class Examples(unittest.TestCase):
    def check_words(self, words):
        for word in words:
            if word.startswith("--"):
                self.assertIn(word, options_of_torpord())

    def test_the_images_command_rests_after_a_refusal(self):
        self.check_words(image.ENTRYPOINT)
        self.assertEqual(image.ENTRYPOINT[-2:], ["--after-refusal", "sleep"])

    def test_the_unit_and_the_image_look_in_the_same_places(self):
        unit = (ROOT / "deploy/systemd/torpord.service").read_text().replace("\\\n", " ")
        start = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)[1].split()
        for option in ("--contract", "--keyring", "--pairing", "--baseline", "--state"):
            self.assertEqual(start[start.index(option) + 1], image.ENTRYPOINT[image.ENTRYPOINT.index(option) + 1])

    def test_compose(self):
        robot = read("compose.yaml")["services"]["torpord"]
        self.check_words(robot["command"])
        self.assertIn(robot["restart"], ("on-failure", "always", "unless-stopped"))
        self.assertEqual(robot["user"], f"{image.USER}:{image.USER}")
        self.assertIs(robot["read_only"], True)
        self.assertEqual(robot["cap_drop"], ["ALL"])
        self.assertIn("no-new-privileges:true", robot["security_opt"])
        self.assertEqual({volume.split(":")[1] for volume in robot["volumes"]}, FOLDERS)
        self.assertIs(robot["healthcheck"]["disable"], True)
        self.assertNotIn("entrypoint", robot, "it would lose --after-refusal")

    def test_kubernetes(self):
        fleet = read("kubernetes.yaml")
        self.assertEqual((fleet["apiVersion"], fleet["kind"]), ("apps/v1", "DaemonSet"))
        template = fleet["spec"]["template"]
        labels = fleet["spec"]["selector"]["matchLabels"]
        self.assertEqual({**template["metadata"]["labels"], **labels}, template["metadata"]["labels"])
        pod, (robot,) = template["spec"], template["spec"]["containers"]
        self.assertEqual(pod["restartPolicy"], "Always", "a DaemonSet takes no other")
        self.assertNotIn("command", robot, "it would lose --after-refusal")
        for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
            self.assertNotIn(probe, robot, "it would wake the robot")
        self.check_words(robot["args"])
        self.assertEqual(pod["securityContext"]["runAsUser"], image.USER)
        self.assertTrue(robot["securityContext"]["readOnlyRootFilesystem"])
        self.assertFalse(robot["securityContext"]["allowPrivilegeEscalation"])
        mounts = {mount["name"]: mount["mountPath"] for mount in robot["volumeMounts"]}
        self.assertEqual(set(mounts.values()), FOLDERS)
        self.assertEqual({volume["name"]: volume["hostPath"]["path"] for volume in pod["volumes"]}, mounts)

    def test_the_jetsons_command_is_the_images_with_a_back_end(self):
        text = (EXAMPLES / "Containerfile.l4t").read_text()
        entry = re.search(r"^ENTRYPOINT (\[.*\])$", text.replace("\\\n", " "), re.MULTILINE)
        self.assertEqual(json.loads(entry[1]), [*image.ENTRYPOINT, "--backend", "cuda"])
        self.assertIn(f"USER {image.USER}:{image.USER}", text)
        words = {line.split()[0] for line in re.sub(r"\\\n", " ", text).splitlines() if line and line[0] != "#"}
        self.assertEqual(words, {"ARG", "FROM", "RUN", "COPY", "USER", "STOPSIGNAL", "ENTRYPOINT"})


if __name__ == "__main__":
    TORPORD = sys.argv.pop(1)
    sys.exit(unittest.main())
