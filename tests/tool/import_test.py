#!/usr/bin/env python3
"""import: what goes in comes out, whatever stops it on the way."""

import json
import os
import pty
import random
import signal
import subprocess
import sys
import unittest

from tool_runner import ENVIRONMENT, ROOT, TOOL, LineReader, ToolTest

SEED = 20251122


def random_json(rng, depth=0):
    kind = rng.randrange(9 if depth < 3 else 7)
    if kind == 0:
        return None
    if kind == 1:
        return rng.choice([True, False])
    if kind == 2:
        return rng.choice([0, -1, 2**64 - 1, -2**63, rng.randrange(-10**6, 10**6)])
    if kind == 3:
        return rng.choice([0.5, -1e300, 1e-9, rng.random()])
    if kind < 7:
        return "".join(rng.choice('aZ9 "\\/\n\t\x01äß語😀') for _ in range(rng.randrange(12)))
    if kind == 7:
        return [random_json(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {f"k{rng.randrange(9)}": random_json(rng, depth + 1) for _ in range(rng.randrange(4))}


def random_event(rng):
    event = {"entity": f"entity:{rng.randrange(50)}", "scope": f"scope:{rng.randrange(5)}",
             "kind": f"0x{rng.choice([1, 2, 15]):X}{rng.randrange(4):03X}",
             "payload": random_json(rng)}
    if rng.random() < 0.2:
        event["metadata"] = {f"m{i}": f"v{rng.randrange(9)}" for i in range(rng.randrange(1, 4))}
    if rng.random() < 0.2:
        event["flags"] = rng.randrange(1, 2**24) << 8
    if rng.random() < 0.2:
        event["timestamp"] = rng.choice([1700000000, "2023-11-14"])
    return event


def waits_for_input(process):
    """It has nothing else to sleep for: disks are waited for in state D."""
    with open(f"/proc/{process.pid}/stat", encoding="utf-8") as file:
        return file.read().rpartition(")")[2].split()[0] == "S"


def expected(event):
    """What query must say of a line; worked out here, not by the tool."""
    out = {key: event[key] for key in ("entity", "scope", "kind", "payload")}
    metadata = dict(event.get("metadata", {}))
    if "timestamp" in event:
        metadata["source-time"] = str(event["timestamp"])
    if metadata:
        out["metadata"] = metadata
    if "flags" in event:
        out["flags"] = event["flags"]
    return out


def told(line):
    return {key: line[key] for key in ("entity", "scope", "kind", "payload", "metadata", "flags")
            if key in line}


def simple_lines(count):
    return [json.dumps({"entity": f"e{i % 7}", "scope": "s", "kind": "0xF001",
                        "payload": {"i": i}}) for i in range(count)]


class Import(ToolTest):
    def shown(self):
        return self.run_tool("query", self.store, "--json").lines

    def numbers(self):
        return [line["payload"]["i"] for line in self.shown()]

    def test_ten_thousand_lines_come_out_as_they_went_in(self):
        rng = random.Random(SEED)
        events = [random_event(rng) for _ in range(10000)]
        path = self.file("in.ndjson", "".join(
            json.dumps(event, ensure_ascii=rng.random() < 0.5) + "\n" for event in events))
        answer = self.run_tool("import", self.store, path, "--create", "--segment-bytes", "262144",
                               "--json").line
        self.assertEqual((answer["imported"], answer["end"]), (10000, 10000))
        lines = self.shown()
        self.assertEqual(len(lines), len(events))
        versions = {}
        for number, (event, line) in enumerate(zip(events, lines)):
            self.assertEqual(told(line), expected(event), f"seed {SEED}, line {number + 1}")
            version = versions.get(event["entity"], 0)
            self.assertEqual((line["sequence"], line["version"]), (number, version))
            versions[event["entity"]] = version + 1
        self.assertEqual({line["durable"] for line in lines}, {True})
        self.assertGreater(len(self.run_tool("segments", self.store, "--json").lines), 3)
        events, _ = self.read_otherwise("--no-hash")
        self.assertEqual(len(events), len(lines))

    def read_otherwise(self, *words):
        """What the reader of tests/format says, which shares no code with the tool."""
        reader = os.path.join(ROOT, "tests", "format", "reader.py")
        process = subprocess.run([sys.executable, "-B", reader, self.store, "--json", *words],
                                 check=True, capture_output=True)
        *events, summary = map(json.loads, process.stdout.splitlines())
        return events, summary

    def test_what_query_writes_import_reads(self):
        rng = random.Random(SEED + 1)
        source = "".join(json.dumps(random_event(rng)) + "\n" for _ in range(300))
        self.run_tool("import", self.store, "--create", stdin=source.encode())
        self.append("raw", "s", "0xF001", {"$bytes": "c1"})
        _, summary = self.read_otherwise()
        self.assertEqual(self.run_tool("verify", self.store, "--json").line["root"],
                         summary["root"])
        first = self.run_tool("query", self.store, "--json")
        copy = os.path.join(self.folder, "copy")
        self.run_tool("import", copy, "--create", "--as-new-events", stdin=first.out.encode())
        second = self.run_tool("query", copy, "--json")
        self.assertEqual([told(line) for line in first.lines], [told(line) for line in second.lines])

    def test_summary_for_people(self):
        text = "\n".join(simple_lines(5)) + "\n\n   \n"
        out = self.run_tool("import", self.store, "-", "--create", stdin=text.encode()).out
        self.assertRegex(out, r"^5 events imported in .*/s; the store has 5\n$")
        # A last line without its end, lines that end with CR LF, and an input without lines.
        text = "\r\n".join(simple_lines(2))
        self.run_tool("import", self.store, stdin=text.encode())
        self.run_tool("import", self.store, stdin=b"")
        self.assertEqual(self.numbers(), [0, 1, 2, 3, 4, 0, 1])

    def test_a_bad_line_stops_with_its_number_and_leaves_nothing_of_itself(self):
        good = simple_lines(1)[0]

        def line(**change):
            event = {**json.loads(good), **change}
            return json.dumps({key: value for key, value in event.items() if value != "absent"})
        bad = [
            ("{", "no JSON"), ("[]", "no JSON object"), ("nonsense", "no JSON"),
            (good + good, "no JSON"), ('{"entity":"a","entity":"b"}', "one key twice"),
            (line(entity="absent"), '"entity"'), (line(payload="absent"), '"payload"'),
            (line(entity=None), '"entity"'), (line(entity=""), "InvalidCoordinate"),
            (line(entity=[1]), "no text"), (line(scope="a\nb"), "InvalidCoordinate"),
            (line(entity="x" * 1025), "InvalidCoordinate"),
            (line(kind="0xD001"), "ReservedKind"), (line(kind="0x0001"), "ReservedKind"),
            (line(kind=1), "ReservedKind"), (line(kind="F001"), "event kind"),
            (line(kind=65536), "event kind"), (line(kind=-1), '"kind"'), (line(kind=1.5), '"kind"'),
            (line(kind={"category": 16, "type": 1}), '"kind"'),
            (line(kind={"category": 13, "type": 1}), "ReservedKind"),
            (line(kind={"category": 1}), '"kind"'), (line(kind=True), '"kind"'),
            (line(unknown=1), '"unknown"'), (line(metadata=[]), '"metadata"'),
            (line(metadata={"a": 1}), "no text"), (line(metadata={"": "b"}), "InvalidArgument"),
            (line(metadata={"a": "x" * 1025}), "MetadataTooLarge"),
            (line(correlation="x"), "event id"), (line(causation=1), "event id"),
            (line(flags=1), '"flags"'), (line(flags=2**32), '"flags"'), (line(flags="256"), '"flags"'),
            (line(timestamp=[]), '"timestamp"'), (line(payload=json.loads("[" * 64 + "]" * 64)), "deep"),
        ]
        self.run_tool("init", self.store)
        for number, (text, words) in enumerate(bad):
            with self.subTest(text=text[:80]):
                stdin = f"{good}\n\n{text}\n{good}\n".encode()
                answer = self.run_tool("import", self.store, stdin=stdin, code=2)
                self.assertIn("line 3", answer.err)
                self.assertIn(words, answer.err)
                self.assertEqual(len(answer.err.splitlines()), 1)
                self.assertEqual(self.run_tool("query", self.store, "--count").out,
                                 f"{number + 1}\n")
        answer = self.run_tool("import", self.store, "--json", stdin=b"{", code=2)
        self.assertEqual(json.loads(answer.err)["exit"], 2)
        self.run_tool("verify", self.store)

    def test_every_form_of_kind(self):
        forms = ["0xF001", "0xf001", "61441", 61441, {"category": 15, "type": 1}, "moved"]
        text = "".join(json.dumps({"entity": "e", "scope": "s", "kind": kind, "payload": 0}) + "\n"
                       for kind in forms)
        self.run_tool("import", self.store, "--create", "--kind-name", "moved=0xF001",
                      stdin=text.encode())
        self.assertEqual([line["kind"] for line in self.shown()], ["0xF001"] * len(forms))

    def test_foreign_lines_by_options(self):
        text = json.dumps({"user": {"id/x": 42}, "type": "moved", "at": 17, "data": [1]}) + "\n"
        self.run_tool("import", self.store, "--create", "--entity-field", "/user/id~1x",
                      "--scope", "web", "--kind-field", "type", "--kind-name", "moved=0x1001",
                      "--timestamp-field", "at", "--payload-field", "data", stdin=text.encode())
        event = self.shown()[0]
        self.assertEqual(told(event), {"entity": "42", "scope": "web", "kind": "0x1001",
                                       "payload": [1], "metadata": {"source-time": "17"}})

    def test_foreign_lines_by_a_map(self):
        rules = {"entity": "/user", "scope": {"value": "web"}, "kind": "/type", "payload": "",
                 "kinds": {"moved": "0x1001"}}
        rules = self.file("map.json", json.dumps(rules))
        line = {"user": "u", "type": "moved", "more": {"x": 1}}
        self.run_tool("import", self.store, "--create", "--map", rules,
                      stdin=json.dumps(line).encode())
        event = self.shown()[0]
        self.assertEqual(told(event), {"entity": "u", "scope": "web", "kind": "0x1001",
                                       "payload": line})
        for wrong in ('{"entity": 1}', '{"who": "a"}', "[]", "{", '{"kinds": {"a": "0xD001"}}',
                      '{"kinds": {"a": 1}}'):
            self.run_tool("import", self.store, "--map", self.file("wrong.json", wrong), code=2)
        self.run_tool("import", self.store, "--map", "nowhere.json", code=1)

    def test_resume_after_kill(self):
        """Goal: a killed import that is resumed leaves each line in the store, once.
        Method: kill it once part of it is visible; resume; compare; again, with nothing to do."""
        lines = simple_lines(4000)
        path = self.file("in.ndjson", "\n".join(lines) + "\n")
        self.run_tool("init", self.store)
        process = self.start_tool("import", self.store, "--batch-size", "50", "--segment-bytes",
                                  "65536", stdin=subprocess.PIPE)
        process.stdin.write(("\n".join(lines[:2500]) + "\n").encode())
        process.stdin.flush()
        while int(self.run_tool("query", self.store, "--count").out) < 1000:
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGKILL)
        process.wait()
        stored = int(self.run_tool("query", self.store, "--count").out)
        self.assertTrue(1000 <= stored <= 2500, stored)
        answer = self.run_tool("import", self.store, path, "--resume", "--json").line
        self.assertEqual((answer["skipped"], answer["imported"]), (stored, 4000 - stored))
        self.assertEqual(self.numbers(), list(range(4000)))
        answer = self.run_tool("import", self.store, path, "--resume", "--json").line
        self.assertEqual((answer["skipped"], answer["imported"]), (4000, 0))
        self.run_tool("verify", self.store)

    def test_resume_refuses_another_input(self):
        lines = simple_lines(10)
        self.run_tool("import", self.store, "--create", stdin="\n".join(lines).encode())
        short = "\n".join(lines[:9])
        answer = self.run_tool("import", self.store, "--resume", stdin=short.encode(), code=2)
        self.assertIn("9 lines", answer.err)
        for change in ('"e9"', '"0xF002"', '"i": 0'):
            other = lines[9].replace({'"e9"': '"e2"', '"0xF002"': '"0xF001"',
                                      '"i": 0': '"i": 9'}[change], change)
            self.assertNotEqual(other, lines[9])
            text = "\n".join(lines[:9] + [other])
            answer = self.run_tool("import", self.store, "--resume", stdin=text.encode(), code=2)
            self.assertIn("line 10", answer.err)
        self.assertEqual(self.numbers(), list(range(10)))

    def test_a_signal_ends_it_between_two_events(self):
        self.run_tool("init", self.store)
        for number in (signal.SIGINT, signal.SIGTERM):
            before = len(self.shown())
            process = self.start_tool("import", self.store, "--batch-size", "10", "--json",
                                      stdin=subprocess.PIPE)
            process.stdin.write(("\n".join(simple_lines(25)) + "\n").encode())
            process.stdin.flush()
            while len(self.shown()) < before + 20 or not waits_for_input(process):
                self.assertIsNone(process.poll())
            process.send_signal(number)
            summary = LineReader(process.stdout).next()
            self.assertEqual(process.wait(), 130)
            self.assertEqual(summary["imported"], 25)
            self.assertEqual(len(self.shown()), before + 25)
        self.run_tool("verify", self.store)

    def test_progress_is_for_terminals_only(self):
        path = self.file("in.ndjson", "\n".join(simple_lines(20000)))
        self.assertEqual(self.run_tool("import", self.store, path, "--create").err, "")
        for colours in (True, False):
            master, slave = pty.openpty()
            environment = dict(ENVIRONMENT, TERM="xterm")
            if not colours:
                environment["NO_COLOR"] = "1"
            process = subprocess.Popen([TOOL, "import", self.store, path, "--batch-size", "20"],
                                       stdout=subprocess.PIPE, stderr=slave, env=environment)
            os.close(slave)
            drawn = b""
            while True:
                try:
                    chunk = os.read(master, 65536)
                except OSError:
                    break
                if not chunk:
                    break
                drawn += chunk
            process.communicate()
            os.close(master)
            self.assertEqual(process.returncode, 0)
            self.assertRegex(drawn, rb"\r\x1b\[K\[#*\.*\] +\d+ %  [\d,]+ events  [\d,]+/s")
            self.assertTrue(drawn.endswith(b"\r\x1b[K"), drawn[-80:])


if __name__ == "__main__":
    unittest.main()
