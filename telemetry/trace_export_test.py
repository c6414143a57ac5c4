#!/usr/bin/env python3
"""Reads torpor's exported traces with readers that others wrote: protoc for Perfetto's format,
Python's json for Chrome's, and holds what they understood to what a viewer needs.

trace_export_test.py TORPOR_TRACE_EXPORT_PROGRAM
"""
import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PERIOD_US = 60_000_000
STEPS = ["journal", "report", "sleep", "collect", "infer", "release", "judge"]


def unquote(text):
    """A string of protobuf's text format, as bytes."""
    out, at = bytearray(), 0
    simple = {"n": 10, "t": 9, "r": 13, '"': 34, "'": 39, "\\": 92}
    while at < len(text):
        if text[at] != "\\":
            out += text[at].encode()
            at += 1
        elif text[at + 1] in simple:
            out.append(simple[text[at + 1]])
            at += 2
        else:
            out.append(int(text[at + 1:at + 4], 8))
            at += 4
    return bytes(out)


def parse(lines):
    """A message of protobuf's text format: {field: [values]}, messages as such again."""
    message = collections.defaultdict(list)
    for line in lines:
        line = line.strip()
        if line == "}":
            return message
        if line.endswith("{"):
            message[line[:-1].strip()].append(parse(lines))
            continue
        field, value = line.split(": ", 1)
        message[field].append(unquote(value[1:-1]).decode() if value[0] == '"' else value)
    return message


def decoded(path):
    done = subprocess.run(
        ["protoc", "--decode=as_perfetto_reads.Trace", f"--proto_path={HERE}/testdata",
         "perfetto.proto"],
        input=path.read_bytes(), capture_output=True, check=True)
    trace = parse(iter(done.stdout.decode().splitlines()))
    unknown = [field for packet in trace["packet"] for field in fields_of(packet)
               if re.match(r"\d", field)]
    assert not unknown, f"fields that Perfetto's schema has not: {set(unknown)}"
    return trace["packet"]


def fields_of(message):
    for field, values in message.items():
        yield field
        for value in values:
            if isinstance(value, dict):
                yield from fields_of(value)


Slice = collections.namedtuple("Slice", "track name begin end depth facts")
Trace = collections.namedtuple("Trace", "process tracks slices points counters flows clocks")


def facts_of(event):
    return {fact["name"][0]: fact["string_value"][0] for fact in event["debug_annotations"]}


def perfetto(path):
    """What a viewer makes of it: complains of whatever is not balanced or runs backwards."""
    tracks, open_on, at_on, units = {}, collections.defaultdict(list), {}, {}
    trace = Trace([], [], [], [], collections.defaultdict(list), collections.defaultdict(list), {})
    packets = decoded(path)
    for packet in packets:
        assert packet["trusted_packet_sequence_id"][0] != "0"
        for descriptor in packet["track_descriptor"]:
            uuid = descriptor["uuid"][0]
            assert uuid not in tracks, "a track that is told of twice"
            if descriptor["process"]:
                trace.process.append((uuid, descriptor["process"][0]["process_name"][0]))
                tracks[uuid] = None
                continue
            assert descriptor["parent_uuid"] == [trace.process[0][0]]
            tracks[uuid] = descriptor["name"][0]
            trace.tracks.append(tracks[uuid])
            if descriptor["counter"]:
                units[tracks[uuid]] = descriptor["counter"][0]
        for snapshot in packet["clock_snapshot"]:
            for clock in snapshot["clocks"]:
                trace.clocks[int(clock["clock_id"][0])] = int(clock["timestamp"][0])
        for event in packet["track_event"]:
            uuid, kind, at = event["track_uuid"][0], event["type"][0], int(packet["timestamp"][0])
            track = tracks[uuid]  # told of before its first event
            assert at >= at_on.get(uuid, 0), f"{track} runs backwards"
            assert at % 1000 == 0, "microseconds, in nanoseconds"
            at_on[uuid] = at
            if kind == "BEGIN":
                open_on[uuid].append((event["name"][0], at // 1000, facts_of(event)))
                for flow in event["flow_ids"]:
                    trace.flows[flow].append(("from", track, event["name"][0]))
                for flow in event["terminating_flow_ids"]:
                    trace.flows[flow].append(("to", track, event["name"][0]))
            elif kind == "END":
                name, begin, facts = open_on[uuid].pop()
                trace.slices.append(
                    Slice(track, name, begin, at // 1000, len(open_on[uuid]), facts))
            elif kind == "INSTANT":
                trace.points.append((track, event["name"][0], at // 1000, facts_of(event)))
            else:
                assert kind == "COUNTER" and track in units
                trace.counters[track].append(float(event["double_counter_value"][0]))
    assert not any(open_on.values()), "slices that never end"
    assert packets == [] or packets[0]["sequence_flags"] == ["1"]
    return trace


def chrome(path):
    """The same of Chrome's JSON."""
    whole = json.loads(path.read_text(encoding="utf-8"))
    names, last, spans = {}, {}, collections.defaultdict(list)
    trace = Trace([], [], [], [], collections.defaultdict(list), collections.defaultdict(list), {})
    for event in whole["traceEvents"]:
        track, at = event["tid"], event["ts"]
        assert isinstance(at, int) and at >= 0
        if event["ph"] == "M":
            if event["name"] == "process_name":
                trace.process.append(event["args"]["name"])
            if event["name"] == "thread_name":
                names[track] = event["args"]["name"]
                trace.tracks.append(event["args"]["name"])
        elif event["ph"] == "X":
            end = at + event["dur"]
            assert event["dur"] >= 0
            around = spans[track]
            while around and around[-1] <= at and not (around[-1] == at == end):
                around.pop()
            assert not around or end <= around[-1], "spans that overlap"
            trace.slices.append(
                Slice(names[track], event["name"], at, end, len(around), event["args"]))
            around.append(end)
            assert at >= last.get(track, 0)
            last[track] = at
        elif event["ph"] == "i":
            trace.points.append((names[track], event["name"], at, event["args"]))
        elif event["ph"] == "C":
            trace.counters[event["name"]].append(event["args"]["value"])
        else:
            assert event["ph"] in "sf"
            trace.flows[event["id"]].append(("from" if event["ph"] == "s" else "to",
                                             names[track], event["name"]))
    return trace


class Exported(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        subprocess.run([PROGRAM, cls.folder.name], check=True)
        root = pathlib.Path(cls.folder.name)
        cls.read = {}
        for name in ("good", "hostile", "rows", "empty"):
            cls.read[name, "chrome"] = chrome(root / f"{name}.chrome")
            if shutil.which("protoc"):
                cls.read[name, "perfetto"] = perfetto(root / f"{name}.perfetto")
        if not shutil.which("protoc"):
            print("NOT RUN: Perfetto's format, for want of protoc (protobuf-compiler)")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def each(self, name):
        for (read, form), trace in self.read.items():
            if read == name:
                with self.subTest(form):
                    yield trace

    def test_a_cycle_is_its_steps_and_sleep_is_most_of_it(self):
        for trace in self.each("good"):
            cycles = [s for s in trace.slices if s.track == "cycles" and s.depth == 0]
            steps = [s for s in trace.slices if s.track == "cycles" and s.depth == 1]
            self.assertEqual([s.name for s in cycles], [f"cycle {n}" for n in range(1, 6)])
            self.assertEqual([s.name for s in steps], 5 * STEPS)
            for cycle, number in zip(cycles, range(5)):
                inner = steps[7 * number:7 * number + 7]
                self.assertEqual(sum(s.end - s.begin for s in inner), PERIOD_US)
                self.assertEqual(cycle.end - cycle.begin, PERIOD_US)
                self.assertEqual((inner[0].begin, inner[-1].end), (cycle.begin, cycle.end))
                for before, after in zip(inner, inner[1:]):
                    self.assertEqual(before.end, after.begin)
                self.assertEqual(inner[2].end - inner[2].begin, 59_957_500)
                self.assertEqual(inner[2].facts["GPU after"], "active")
                self.assertEqual(inner[2].facts["woke late by"], "0.000300 s")
                self.assertEqual(inner[4].facts["VDD_IN joules"], "0.002000")
            for before, after in zip(cycles, cycles[1:]):
                self.assertEqual(before.end, after.begin)
            self.assertEqual(cycles[0].facts["verdict"], "anomaly")

    def test_whoever_held_power_has_a_track(self):
        for trace in self.each("good"):
            for holder, name in (("link", "held"), ("network", "held"),
                                 ("accelerator", "revoked")):
                held = [s for s in trace.slices if s.track == f"lease: {holder}"]
                self.assertEqual([s.name for s in held], 5 * [name])
            link = [s for s in trace.slices if s.track == "lease: link"][0]
            self.assertEqual(link.end - link.begin, 1200)

    def test_a_batch_goes_from_its_capture_to_the_inference(self):
        for trace in self.each("good"):
            batches = [s for s in trace.slices if s.track == "batches"]
            self.assertEqual([s.name for s in batches], [f"batch {n}" for n in range(17, 22)])
            self.assertEqual(batches[1].end - batches[1].begin, 700_000)
            infer = [s for s in trace.slices if s.name == "infer"]
            self.assertEqual([s.end for s in batches], [s.begin for s in infer])
            self.assertEqual(len(trace.flows), 5)
            for ends in trace.flows.values():
                self.assertEqual([(e[0], e[1]) for e in ends],
                                 [("from", "batches"), ("to", "cycles")])

    def test_counters_deviations_and_alarms_are_there_with_their_words(self):
        for trace in self.each("good"):
            for name, value in (("score", 1.5), ("energy of a cycle", 74), ("batch age", 0.7),
                                ("dropped: stale", 2), ("wake-ups asleep", 6),
                                ("rest proved", 0.75)):
                found = [v for k, v in trace.counters.items() if k.split(" (")[0] == name]
                self.assertEqual(found, [5 * [value]], name)
            self.assertNotIn("energy of VDD_IN", trace.counters, "waking was unmetered")
            names = [name for _, name, _, _ in trace.points]
            self.assertEqual(names, 5 * ["infer-late", "lease-revoked", "ALARM"])
            late, _, alarm = trace.points[:3]
            self.assertEqual(late[3]["detail"], "512 ms of 400 ms")
            self.assertEqual(late[3]["reason"], "401")
            self.assertEqual(late[3]["meaning"], "inference overran its time")
            self.assertEqual(alarm[3]["because"], "the outer race, at 81 Hz")

    def test_the_clock_is_the_boot_clock_and_the_wall_is_told(self):
        for (name, form), trace in self.read.items():
            if (name, form) == ("good", "perfetto"):
                cycle = [s for s in trace.slices if s.name == "cycle 1"][0]
                self.assertEqual(trace.clocks[6], cycle.end * 1000)
                self.assertEqual(trace.clocks[1] - trace.clocks[6], 1_790_000_000 * 10**9)

    def test_a_journals_rows_draw_the_same_but_coarser(self):
        for trace in self.each("rows"):
            steps = [s for s in trace.slices if s.track == "cycles" and s.depth == 1]
            self.assertEqual([s.name for s in steps],
                             5 * ["report", "sleep", "collect", "infer", "release", "judge"])
            cycles = [s for s in trace.slices if s.track == "cycles" and s.depth == 0]
            for before, after in zip(cycles, cycles[1:]):
                self.assertEqual(before.end, after.begin)
                self.assertEqual(before.end - before.begin, PERIOD_US)
            self.assertFalse([t for t in trace.tracks if t.startswith("lease")])

    def test_hostile_texts_and_numbers_survive_as_texts_and_numbers(self):
        for trace in self.each("hostile"):
            self.assertEqual(len([s for s in trace.slices if s.depth == 1
                                  and s.track == "cycles"]), 28)
            points = [p for p in trace.points if p[1] == "unknown"]
            self.assertEqual(len(points), 4)
            detail = points[0][3]["detail"]
            self.assertTrue(detail.startswith('"quotes" \\ </script> \n\t\x01\x1f\x7f \ufffd'), detail)
            self.assertIn("a zero \0 in it \U0001f4a4", detail)
            for point in trace.points:
                for words in point[3].values():
                    self.assertLessEqual(len(words.encode()), 1000)
            for name in trace.tracks:
                self.assertLessEqual(len(name.encode()), 120)
            self.assertIn("another boot", [p[1] for p in trace.points])
            self.assertEqual(len(trace.counters["score"]), 3, "an infinite score is none")

    def test_no_cycle_at_all_is_a_trace_without_events(self):
        for trace in self.each("empty"):
            self.assertEqual(trace.slices, [])


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    sys.exit(unittest.main())
