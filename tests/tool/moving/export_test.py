#!/usr/bin/env python3
"""export: the same lines each time, gone on with after any interruption; and what others read of them."""

import base64
import datetime
import json
import os
import signal
import subprocess
import sys
import unittest
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE)]

from tool_runner import TOOL, ToolTest  # noqa: E402

# A Python that has the package `cloudevents`, such as that of a virtual environment.
FOREIGN_PYTHON = os.environ.get("BATPAK_CLOUDEVENTS_PYTHON", sys.executable)
FOREIGN_PARSER = """
import json, sys
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
for line in sys.stdin.buffer:
    event = JSONFormat().read(CloudEvent, line)
    data = event.get_data()
    print(json.dumps({"attributes": event.get_attributes(), "bytes": isinstance(data, bytes),
                      "data": data.hex() if isinstance(data, bytes) else data}, default=str))
"""


def content(path):
    with open(path, "rb") as file:
        return file.read()


class Exports(ToolTest):
    def setUp(self):
        super().setUp()
        self.target = os.path.join(self.folder, "out")

    def fill(self, count=6):
        self.make_store(*((f"e:{n % 3}", "s", "0x1001" if n % 2 else "0x2002", {"n": n}) for n in range(count)))

    def export(self, *options, code=0, store=None):
        return self.run_tool("export", store or self.store, *options, code=code)

    def error(self, *options, code):
        return json.loads(self.export(*options, "--json", code=code).err)["error"]["code"]


class Lines(Exports):
    def test_they_are_those_of_query_and_the_same_each_time(self):
        self.fill()
        lines = self.run_tool("query", self.store, "--json").out
        self.assertEqual(self.export().out, lines)
        self.assertEqual(self.export("--json").out, lines)
        self.assertRegex(self.export(self.target).out, r"^6 events exported to ")
        self.assertEqual(content(self.target).decode(), lines)
        self.assertEqual(self.export("-", "--kind", "0x1001", "--after", "2").lines,
                         self.run_tool("query", self.store, "--json", "--kind", "0x1001", "--after", "2").lines)
        self.assertEqual(len(self.export("--where", "payload.n > 2").lines), 3)
        self.assertEqual(len(self.export("--limit", "2").lines), 2)
        self.assertEqual(os.stat(self.target).st_mode & 0o777, 0o600)

    def test_a_file_that_is_there_is_not_written_over(self):
        self.fill(1)
        self.file("out", "mine\n")
        self.assertEqual(self.error(self.target, code=2), "InvalidArgument")
        self.assertEqual(content(self.target), b"mine\n")

    def test_a_reader_that_goes_away_is_no_error(self):
        self.fill(3)
        process = self.start_tool("export", self.store)
        process.stdout.close()
        self.assertEqual(process.wait(), 0)

    def test_what_is_not_durable_yet_is_not_exported(self):
        """It may be taken back by the disk, and a file that has it would be of a log that never was."""
        self.make_store()
        process = subprocess.Popen([TOOL, "import", self.store], stdin=subprocess.PIPE)
        line = json.dumps({"entity": "a", "scope": "s", "kind": "0x1001", "payload": 1}) + "\n"
        process.stdin.write(line.encode() * 3)
        process.stdin.close()
        process.wait()
        self.assertEqual([event["durable"] for event in self.export().lines], [True] * 3)

    def test_damage_ends_it_before_the_event_and_it_goes_on_when_mended(self):
        self.fill(4)
        good = content(self.segment())
        whole = self.export().out
        frame = self.frames()[2]
        data = bytearray(good)
        data[frame["offset"] + frame["bytes"] // 2] ^= 0xFF
        with open(self.segment(), "wb") as file:
            file.write(data)
        self.export(self.target, code=3)
        self.assertEqual(content(self.target).decode(), "".join(whole.splitlines(True)[:2]))
        with open(self.segment(), "wb") as file:
            file.write(good)
        self.export(self.target, "--resume")
        self.assertEqual(content(self.target).decode(), whole)


class Resume(Exports):
    def test_after_a_cut_at_any_byte(self):
        self.fill(3)
        for form in ("ndjson", "cloudevents"):
            whole = self.export("--format", form).out.encode()
            for size in range(0, len(whole) + 1, 3):
                with open(self.target, "wb") as file:
                    file.write(whole[:size])
                self.export(self.target, "--resume", "--format", form)
                self.assertEqual(content(self.target), whole, size)

    def test_what_a_power_cut_leaves_after_a_torn_line_is_cut_off(self):
        """A file system may have given the file its length and not yet its bytes."""
        self.fill(2)
        whole = self.export().out.encode()
        first = whole.index(b"\n") + 1
        with open(self.target, "wb") as file:
            file.write(whole[:first + 200] + bytes(10000))
        self.export(self.target, "--resume")
        self.assertEqual(content(self.target), whole)

    def test_with_more_events_and_with_none(self):
        self.fill(2)
        self.export(self.target, "--resume")  # there is no file yet
        self.assertEqual(self.export(self.target, "--resume", "--json").line,
                         {"exported": 0, "next": 2, "bytes": os.path.getsize(self.target)})
        self.append("late", "s", "0x1001", 7)
        self.assertEqual(self.export(self.target, "--resume", "--json").line["exported"], 1)
        self.assertEqual(content(self.target).decode(), self.export().out)

    def test_with_filters_that_select_other_events(self):
        self.fill()
        self.export(self.target, "--kind", "0x2002", "--limit", "2")
        self.export(self.target, "--resume", "--kind", "0x2002")
        self.assertEqual(content(self.target).decode(), self.export("--kind", "0x2002").out)
        before = content(self.target)
        self.assertEqual(self.error(self.target, "--resume", "--kind", "0x1001", code=2), "InvalidArgument")
        self.assertEqual(content(self.target), before)

    def test_a_file_of_another_log_is_refused_and_stays(self):
        self.fill()
        for form in ("ndjson", "cloudevents"):
            path = self.target + form
            self.export(path, "--format", form, "--limit", "3")
            before = content(path)
            mine, self.store = self.store, os.path.join(self.folder, "other-" + form)
            self.fill()
            self.assertEqual(self.error(path, "--resume", "--format", form, code=2), "ForeignPosition")
            self.store = mine
            other = "ndjson" if form == "cloudevents" else "cloudevents"
            self.assertEqual(self.error(path, "--resume", "--format", other, code=2), "ForeignPosition")
            self.assertEqual(content(path), before)

    def test_a_restored_store_is_another_log_to_others(self):
        self.fill()
        self.export(self.target, "--format", "cloudevents")
        self.run_tool("restore", self.store, self.store + "2")
        answer = self.export(self.target, "--resume", "--format", "cloudevents", store=self.store + "2", code=2)
        self.assertIn("ForeignPosition", answer.err)

    def test_a_file_that_has_more_than_the_store(self):
        self.fill()
        old = self.store + "-old"
        self.run_tool("restore", self.store, old, "--before", "2")
        self.export(self.target)
        answer = self.export(self.target, "--resume", "--json", store=old, code=3)
        self.assertEqual(json.loads(answer.err)["error"]["code"], "RolledBack")

    def test_files_that_are_no_export(self):
        self.fill()
        whole = self.export().out
        for text in ("a line\n", "{}\n", "[]\n", '{"id": 1, "sequence": 0}\n', "no end of a line",
                     '{"id":"x","sequence":0}\n', whole + "torn by hand", whole[:60] + "x",
                     json.dumps({"id": str(uuid.uuid4()), "sequence": 18446744073709551615}) + "\n",
                     json.dumps({"id": str(uuid.uuid4()), "sequence": 0, "hash": 7}) + "\n"):
            path = self.file("out", text)
            self.assertEqual(self.error(path, "--resume", code=2), "ForeignPosition", text)
            self.assertEqual(content(path).decode(), text)
        self.assertEqual(self.error("--resume", code=2), "InvalidArgument")

    def test_a_killed_export_is_gone_on_with(self):
        self.make_store()
        lines = "".join(json.dumps({"entity": f"e{n}", "scope": "s", "kind": "0x1001",
                                    "payload": {"n": n, "text": "x" * 200}}) + "\n" for n in range(20000))
        self.run_tool("import", self.store, stdin=lines.encode())
        for delay in (0.0, 0.01, 0.03, 0.1):
            process = self.start_tool("export", self.store, self.target, "--resume")
            try:
                process.wait(timeout=delay)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
        self.export(self.target, "--resume")
        self.assertEqual(content(self.target), self.export().out.encode())


class CloudEvents(Exports):
    """What the specification says, judged by hand; then by a parser of others."""

    def fill_with_all(self):
        """Events of all that an event can have; returns the payload of each as JSON or bytes."""
        self.run_tool("init", self.store)
        first = self.append("order:1", "shop", "0x1001", {"total": 3.5, "text": "äß 語"}, "--kind-name", "OrderPlaced")
        self.append("order:1", "shop", "0x1001", [1, None, True], "--causation", first["id"], "--correlation",
                    first["id"], "--meta", "traceparent=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        self.append("order:2", "shop", "0x2002", {"$bytes": "00ff"})
        self.append("order:2", "shop", "0x2002", {"inner": {"$bytes": "00ff"}})
        line = {"entity": {"$bytes": "ff00ff".replace("00", "fe")}, "scope": {"$bytes": "fffe"}, "kind": "0x1003",
                "payload": None}
        self.run_tool("import", self.store, stdin=json.dumps(line).encode())

    def cloud(self, *options):
        return self.export("--format", "cloudevents", *options).lines

    def check_by_hand(self, event):
        """Section 3.1 of the specification, and the JSON format."""
        for name in ("id", "source", "specversion", "type"):
            self.assertIsInstance(event[name], str)
            self.assertTrue(event[name])
        self.assertEqual(event["specversion"], "1.0")
        self.assertRegex(event["source"], r"^urn:batpak:[0-9a-f-]{36}$")
        if "time" in event:
            datetime.datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%S.%fZ")
        for name, value in event.items():
            if name in ("data", "data_base64"):
                continue
            self.assertRegex(name, r"^[a-z0-9]{1,20}$")
            self.assertIsInstance(value, (str, bool))
            self.assertNotEqual(value, "")
        self.assertFalse("data" in event and "data_base64" in event)
        self.assertRegex(event["sequence"], r"^\d{20}$")

    def test_each_line_is_one_by_the_specification(self):
        self.fill_with_all()
        events = self.cloud()
        for event in events:
            self.check_by_hand(event)
        stored = self.run_tool("query", self.store, "--json").lines
        self.assertEqual([e["id"] for e in events], [s["id"] for s in stored])
        self.assertEqual([e["hash"] for e in events], [s["hash"] for s in stored])
        self.assertEqual([e["time"] for e in events], [s["time"] for s in stored])
        log = self.run_tool("stats", self.store, "--json").line["log"]
        self.assertEqual({e["source"] for e in events}, {"urn:batpak:" + log})
        self.assertEqual([e["type"] for e in events],
                         ["OrderPlaced", "OrderPlaced", "0x2002", "0x2002", "0x1003"])
        self.assertEqual(events[0]["data"], {"total": 3.5, "text": "äß 語"})
        self.assertEqual((events[1]["correlationid"], events[1]["causationid"]), (events[0]["id"],) * 2)
        self.assertTrue(events[1]["traceparent"].startswith("00-"))
        self.assertEqual(base64.b64decode(events[2]["data_base64"]), b"\x00\xff")
        self.assertEqual(base64.b64decode(events[3]["data_base64"]), b"\x81\xa5inner\xc4\x02\x00\xff")
        self.assertEqual((events[4]["subjecthex"], events[4]["scopehex"]), ("fffeff", "fffe"))
        self.assertEqual(events[4]["data"], None)

    def test_an_erased_event_has_no_data(self):
        self.fill(2)
        self.run_tool("compact", self.store, "--tombstone", "--reason", "asked", "--from", "0", "--before", "1")
        first, second, *own = self.cloud()
        self.assertEqual((first["erased"], "data" in first, "data_base64" in first), (True, False, False))
        self.assertNotIn("erased", second)
        for event in (first, second, *own):
            self.check_by_hand(event)

    def test_a_parser_of_others_reads_them(self):
        self.fill_with_all()
        lines = self.export("--format", "cloudevents").out
        found = subprocess.run([FOREIGN_PYTHON, "-c", "import cloudevents.core"], capture_output=True, check=False)
        if found.returncode != 0:
            self.skipTest("no package `cloudevents`: python3 -m venv V; V/bin/pip install cloudevents; "
                          "BATPAK_CLOUDEVENTS_PYTHON=V/bin/python")
        read = subprocess.run([FOREIGN_PYTHON, "-c", FOREIGN_PARSER], input=lines.encode(), capture_output=True,
                              check=True)
        events = [json.loads(line) for line in read.stdout.splitlines()]
        mine = [json.loads(line) for line in lines.splitlines()]
        self.assertEqual(len(events), len(mine))
        for event, said in zip(events, mine):
            for name, value in said.items():
                if name == "data":
                    self.assertEqual(event["data"], value)
                elif name == "data_base64":
                    self.assertEqual(bytes.fromhex(event["data"]), base64.b64decode(value))
                elif name != "time":
                    self.assertEqual(event["attributes"][name], value)

    # ---- the way back

    def take(self, text, *options, code=0):
        path = self.file("in.ndjson", text)
        self.other = os.path.join(self.folder, "taken")
        return self.run_tool("import", self.other, path, "--format", "cloudevents", "--create", "--json", *options,
                             code=code)

    def test_what_is_exported_is_imported_and_once(self):
        self.fill_with_all()
        lines = self.export("--format", "cloudevents").out
        self.assertEqual(self.take(lines).line["imported"], 5)
        again = self.take(lines).line
        self.assertEqual((again["imported"], again["known"], again["end"]), (0, 5, 5))
        before = self.run_tool("query", self.store, "--json").lines
        after = self.run_tool("query", self.other, "--json").lines
        for old, new in zip(before, after):
            for member in ("entity", "scope", "kind", "payload"):
                self.assertEqual(new[member], old[member])
            self.assertEqual(new.get("kind_name"), old.get("kind_name"))
            self.assertEqual((new["metadata"]["source-id"], new["metadata"]["source-time"]), (old["id"], old["time"]))
            self.assertTrue(new["idempotency_key"].endswith(" " + old["id"]))
        self.assertEqual((after[1]["causation"], after[1]["correlation"]), (after[0]["id"],) * 2)
        self.assertIn("traceparent", after[1]["metadata"])
        # A longer file adds what is new.
        self.append("late", "s", "0x1001", 7)
        longer = self.take(self.export("--format", "cloudevents").out).line
        self.assertEqual((longer["imported"], longer["known"]), (1, 5))

    def test_a_store_takes_none_of_its_own(self):
        self.fill(2)
        path = self.file("own", self.export("--format", "cloudevents").out)
        answer = self.run_tool("import", self.store, path, "--format", "cloudevents", code=2)
        self.assertIn("an event of this store", answer.err)

    def test_erased_events_and_batpaks_own_are_passed_over(self):
        self.fill(3)
        self.run_tool("compact", self.store, "--tombstone", "--reason", "asked", "--from", "0", "--before", "1")
        lines = self.export("--format", "cloudevents").out
        summary = self.take(lines).line
        self.assertEqual((summary["imported"], summary["passed_over"]), (2, len(lines.splitlines()) - 2))

    def test_lines_of_other_producers(self):
        events = [
            {"specversion": "1.0", "id": "1", "source": "/shop", "type": "com.example.placed"},
            {"specversion": "1.0", "id": "1", "source": "/other", "type": "com.example.placed", "subject": "o:1",
             "time": "2026-03-01T08:00:00+01:00", "data": {"$bytes": "00"}, "comexampleextension1": "value",
             "othervalue": 5, "on": True, "nothing": None, "kind": "0x1001", "hash": "abc", "erased": True},
            {"specversion": "1.0", "id": "2", "source": "/shop", "type": "com.example.text", "subject": "o:1",
             "datacontenttype": "text/xml", "data": "<a/>", "correlationid": "their own", "causationid": "x"},
            {"specversion": "1.0", "id": "3", "source": "/shop", "type": "com.example.bytes",
             "datacontenttype": "image/png", "data_base64": base64.b64encode(b"\x00\x01\xfe").decode()},
        ]
        lines = "".join(json.dumps(event) + "\n" for event in events)
        self.assertEqual(self.take(lines).line["imported"], 4)
        self.assertEqual(self.take(lines).line["known"], 4)
        first, second, third, fourth = self.run_tool("query", self.other, "--json").lines
        self.assertEqual((first["entity"], first["scope"], first["kind_name"], first["payload"]),
                         ("/shop", "/shop", "com.example.placed", None))
        self.assertEqual(first["kind"], second["kind"])
        self.assertEqual(second["metadata"],
                         {"source": "/other", "source-id": "1", "source-time": "2026-03-01T08:00:00+01:00",
                          "ce-comexampleextension1": "value", "ce-othervalue": "5", "ce-on": "true",
                          "ce-kind": "0x1001", "ce-hash": "abc", "ce-erased": "true"})
        # The object stays one: a form of batpak's means nothing in what others write.
        self.assertEqual(second["payload"], {"$bytes": "81a62462797465" "73a23030"})
        self.assertEqual((third["payload"], third["metadata"]["ce-datacontenttype"],
                          third["metadata"]["ce-correlationid"]), ("<a/>", "text/xml", "their own"))
        self.assertNotIn("causation", third)
        self.assertEqual(fourth["payload"], {"$bytes": "0001fe"})

    def test_rules_name_attributes(self):
        event = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "t", "data": {"user": 7}}
        self.take(json.dumps(event), "--entity-field", "/data/user", "--scope", "main", "--kind-name", "t=0x1005")
        (taken,) = self.run_tool("query", self.other, "--json").lines
        self.assertEqual((taken["entity"], taken["scope"], taken["kind"]), ("7", "main", "0x1005"))

    def test_lines_that_are_none(self):
        good = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t"}
        bad = [{**good, "specversion": "0.3"}, {**good, "id": ""}, {**good, "id": 5}, {**good, "source": None},
               {**good, "data": 1, "data_base64": "AA=="}, {**good, "data_base64": "A"},
               {**good, "data_base64": "AB=="}, {**good, "ext": {}}, {**good, "ext": [1]}, {**good, "subject": 5},
               {**good, "id": "x" * 300}]
        bad += [{key: value for key, value in good.items() if key != name} for name in good]
        for event in bad:
            answer = self.take(json.dumps(event), code=2)
            self.assertIn("CloudEvent", answer.err, event)
            self.assertFalse(os.path.exists(self.other))
        self.take(json.dumps(good), "--as-new-events", code=2)

    def test_two_events_of_one_name_are_a_conflict(self):
        good = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "data": 1}
        self.take(json.dumps(good))
        answer = self.take(json.dumps({**good, "data": 2}), code=1)
        self.assertIn("KeyConflict", answer.err)


if __name__ == "__main__":
    unittest.main()
