#!/usr/bin/env python3
"""Every command on a small store, for people and as JSON."""

import json
import os
import unittest
import uuid

from tool_runner import ToolTest

EVENTS = [
    ("player:alice", "room:dungeon", "0xF001", {"hp": 10, "name": "Älice"}),
    ("player:bob", "room:dungeon", "0xF001", {"hp": 7}),
    ("player:alice", "room:hall", "0xF002", [1, -2, 2.5, None, True, "x"]),
    ("quest:1", "room:hall", "0x2003", "done"),
    ("player:alice", "room:hall", "0x2004", 18446744073709551615),
]


class Commands(ToolTest):
    def setUp(self):
        super().setUp()
        self.make_store(*EVENTS)

    def query(self, *words):
        return [line["sequence"] for line in self.run_tool("query", self.store, *words,
                                                           "--json").lines]

    def test_init_prints_the_log_id_once(self):
        store = os.path.join(self.folder, "new")
        log = uuid.UUID(self.run_tool("init", store).out.strip())
        self.assertEqual(self.run_tool("stats", store, "--json").line["log"], str(log))
        self.assertIn("already", self.run_tool("init", store, code=1).err)
        other = self.run_tool("init", store + "2", "--no-hash", "--json").line
        self.assertEqual(list(other), ["log"])
        self.assertFalse(self.run_tool("stats", store + "2", "--json").line["hashes"])

    def test_query_shows_what_was_appended(self):
        shown = self.run_tool("query", self.store, "--json").lines
        self.assertEqual([(e["entity"], e["scope"], e["kind"], e["payload"]) for e in shown],
                         EVENTS)
        self.assertEqual([e["version"] for e in shown], [0, 0, 1, 0, 2])
        text = self.run_tool("query", self.store).out
        self.assertEqual(len(text.splitlines()), 5)
        self.assertIn('player:alice v0  room:dungeon  {"hp":10,"name":"Älice"}', text)
        self.assertNotIn("\x1b", text)

    def test_filters_narrow_and_combine(self):
        cases = [
            (["--entity", "player:alice"], [0, 2, 4]),
            (["--entity-prefix", "player:"], [0, 1, 2, 4]),
            (["--scope", "room:hall"], [2, 3, 4]),
            (["--kind", "0xF001"], [0, 1]),
            (["--kind", "0xF001", "--kind", str(0x2003)], [0, 1, 3]),
            (["--category", "2"], [3, 4]),
            (["--category", "0x2", "--kind", "0xF002"], [2, 3, 4]),
            (["--from", "2", "--before", "4"], [2, 3]),
            (["--after", "2"], [3, 4]),
            (["--since", "1h"], [0, 1, 2, 3, 4]),
            (["--until", "1h"], []),
            (["--since", "2020-01-01", "--until", "2021-01-01T00:00:00Z"], []),
            (["--limit", "2", "--reverse"], [4, 3]),
            (["--entity", "player:alice", "--scope", "room:hall", "-l", "1"], [2]),
            (["--entity", ""], []),
        ]
        for words, expected in cases:
            with self.subTest(words=words):
                self.assertEqual(self.query(*words), expected)
                count = self.run_tool("query", self.store, *words, "--count").out
                self.assertEqual(int(count), len(expected))

    def test_time_filters_split_between_two_events(self):
        times = [e["hlc_us"] for e in self.run_tool("query", self.store, "--json").lines]
        cut = f"@{times[2] // 10**6}.{times[2] % 10**6:06}"
        self.assertEqual(self.query("--since", cut), [2, 3, 4])
        self.assertEqual(self.query("--until", cut), [0, 1])

    def test_get_by_sequence_and_by_id(self):
        event = self.run_tool("get", self.store, "2", "--json", "--check-hash").line
        self.assertEqual(event["payload"], EVENTS[2][3])
        self.assertEqual(self.run_tool("get", self.store, event["id"], "--json").line, event)
        text = self.run_tool("get", self.store, event["id"]).out
        self.assertIn(event["hash"], text)
        self.assertIn("player:alice v1", text)

    def test_append_says_what_it_did_and_keeps_conditions(self):
        first = self.append("new", "s", "61441", {}, "--expect", "none", "--flags", "256",
                            "--meta", "user=a=b", "--meta", "x=")
        self.assertEqual((first["sequence"], first["version"], first["durable"]), (5, 0, True))
        second = self.append("new", "s", "0xF001", 1, "--expect", "0", "--causation", first["id"],
                             "--correlation", first["id"])
        event = self.run_tool("get", self.store, second["id"], "--json").line
        self.assertEqual((event["causation"], event["correlation"]), (first["id"], first["id"]))
        event = self.run_tool("get", self.store, first["id"], "--json").line
        self.assertEqual((event["metadata"], event["flags"]), ({"user": "a=b", "x": ""}, 256))
        self.assertNotIn("correlation", event)
        for expect in ("none", "0", "7"):
            answer = self.run_tool("append", self.store, "new", "s", "0xF001", "1", "--expect",
                                   expect, code=1)
            self.assertIn("VersionConflict", answer.err)
        self.assertEqual(self.append("new", "s", "0xF001", 1, "--expect", "exists")["version"], 2)
        self.assertEqual(self.query("--correlation", first["id"]), [5, 6])

    def test_a_key_makes_an_append_idempotent(self):
        first = self.append("new", "s", "0xF001", 1, "--key", "k")
        again = self.append("new", "s", "0xF001", 1, "--key", "k")
        self.assertEqual((first.pop("replayed"), again.pop("replayed")), (False, True))
        self.assertEqual(again["sequence"], first["sequence"])
        event = self.run_tool("get", self.store, "5", "--json").line
        self.assertEqual(event["idempotency_key"], "k")
        self.assertNotIn("metadata", event)
        answer = self.run_tool("append", self.store, "new", "s", "0xF001", "2", "--key", "k", code=1)
        self.assertIn("KeyConflict", answer.err)
        self.assertIn("stored before", self.run_tool("append", self.store, "new", "s", "0xF001",
                                                     "1", "--key", "k").out)

    def test_append_reads_its_payload_from_standard_input(self):
        self.run_tool("append", self.store, "e", "s", "0xF001", "-", stdin=b'{"a":\n1}\n')
        event = self.run_tool("get", self.store, "5", "--json").line
        self.assertEqual(event["payload"], {"a": 1})

    def test_stream_is_a_query_for_one_entity(self):
        lines = self.run_tool("stream", self.store, "player:alice", "--json").lines
        self.assertEqual([line["sequence"] for line in lines], [0, 2, 4])
        self.assertEqual(self.run_tool("stream", self.store, "player:alice", "--count").out, "3\n")
        self.assertEqual(len(self.run_tool("stream", self.store, "player:alice").out.splitlines()),
                         3)

    def test_tail_shows_the_last(self):
        def tail(*words):
            lines = self.run_tool("tail", self.store, "--json", *words).lines
            return [line["sequence"] for line in lines]
        self.assertEqual(tail(), [0, 1, 2, 3, 4])
        self.assertEqual(tail("-n", "2"), [3, 4])
        self.assertEqual(tail("-n", "0"), [])
        self.assertEqual(tail("--last", "2", "--entity", "player:alice"), [2, 4])
        self.assertIn("quest:1", self.run_tool("tail", self.store, "-n", "2").out)

    def test_lists(self):
        def listed(what, *words):
            return {line.pop("events"): line for line in
                    self.run_tool("lists", what, self.store, "--json", *words).lines}
        self.assertEqual(listed("entities", "--prefix", "player:"),
                         {3: {"entity": "player:alice"}, 1: {"entity": "player:bob"}})
        self.assertEqual(listed("scopes"), {2: {"scope": "room:dungeon"}, 3: {"scope": "room:hall"}})
        self.assertEqual(listed("kinds", "--prefix", "0xF"), {2: {"kind": "0xF001"},
                                                              1: {"kind": "0xF002"}})
        self.assertEqual(self.run_tool("lists", "scopes", self.store).out.split(),
                         ["scopes", "events", "room:dungeon", "2", "room:hall", "3"])

    def test_ancestors_along_stream_and_cause(self):
        lines = self.run_tool("ancestors", self.store, "4", "--json").lines
        self.assertEqual([line.get("sequence") for line in lines], [4, 2, 0, None])
        self.assertEqual(lines[-1], {"end": "origin"})
        lines = self.run_tool("ancestors", self.store, "4", "--limit", "1", "--json").lines
        self.assertEqual(lines[-1], {"end": "limit"})
        cause = self.run_tool("get", self.store, "3", "--json").line["id"]
        self.append("e", "s", "0xF001", 1, "--causation", cause)
        lines = self.run_tool("ancestors", self.store, "5", "--cause", "--json").lines
        self.assertEqual([line.get("sequence") for line in lines], [5, 3, None])
        self.append("e", "s", "0xF001", 1, "--causation", str(uuid.uuid4()))
        lines = self.run_tool("ancestors", self.store, "6", "--cause", "--json").lines
        self.assertEqual(lines[-1], {"end": "missing"})
        self.assertIn("not in this store",
                      self.run_tool("ancestors", self.store, "6", "--cause").err)

    def test_stats_count(self):
        stats = self.run_tool("stats", self.store, "--json").line
        self.assertEqual((stats["events"], stats["durable_events"], stats["entities"],
                          stats["scopes"], stats["segments"]), (5, 5, 3, 2, 1))
        self.assertEqual(stats["kinds"], {"0xF001": 2, "0xF002": 1, "0x2003": 1, "0x2004": 1})
        self.assertEqual(stats["bytes"], os.path.getsize(self.segment()))
        self.assertIn("entities", self.run_tool("stats", self.store).out)

    def test_verify_a_whole_store(self):
        found = self.run_tool("verify", self.store, "--json").line
        self.assertEqual((found["ok"], found["events"], found["hashes_checked"]), (True, 5, True))
        self.assertIn(found["root"], self.run_tool("verify", self.store).out)
        self.run_tool("verify", self.store, "--expect-root", found["root"], "--expect-events", "5")
        self.append("e", "s", "0xF001", 1)
        self.run_tool("verify", self.store, "--expect-root", found["root"], "--expect-events", "5")
        self.run_tool("verify", self.store, "--expect-root", found["root"], code=3)
        self.run_tool("verify", self.store, "--expect-events", "7", code=3)

    def test_verify_a_part(self):
        part = self.run_tool("verify", self.store, "--before", "3", "--json").line
        self.assertEqual((part["ok"], part["from"], part["events"]), (True, 0, 3))
        self.run_tool("verify", self.store, "--expect-root", part["root"], "--expect-events", "3")
        # All five events are in one segment, where a part begins.
        part = self.run_tool("verify", self.store, "--from", "4", "--json").line
        self.assertEqual((part["ok"], part["from"], part["events"]), (True, 0, 5))
        self.assertNotIn("stopped", part)
        beyond = self.run_tool("verify", self.store, "--from", "6", "--json", code=2)
        self.assertIn("does not lie in the store", beyond.out + beyond.err)
        for command in ("verify", "scrub"):
            turned = self.run_tool(command, self.store, "--from", "4", "--before", "2", code=2)
            self.assertIn("ends before it begins", turned.err)
            beyond = self.run_tool(command, self.store, "--from", "6", code=2)
            self.assertIn("it ends before event 5", beyond.err)

    def test_segments_and_dump_agree_with_the_file(self):
        (segment,) = self.run_tool("segments", self.store, "--json").lines
        self.assertEqual((segment["state"], segment["first"], segment["end"]), ("active", 0, 5))
        self.assertEqual(segment["bytes"], os.path.getsize(self.segment()))
        pieces = self.run_tool("dump", self.store, "--json").lines
        self.assertEqual(pieces[0]["offset"], 96)
        for piece, following in zip(pieces, pieces[1:]):
            self.assertEqual(piece["offset"] + piece["bytes"], following["offset"])
        self.assertEqual(pieces[-1]["offset"] + pieces[-1]["bytes"], segment["bytes"])
        self.assertEqual([p["payload"] for p in pieces if p["type"] == "event"],
                         [event[3] for event in EVENTS])
        self.assertIn("active", self.run_tool("segments", self.store).out)
        self.assertIn("batpak", self.run_tool("dump", "--help").out)
        self.assertIn("zeros", self.run_tool("dump", self.store, "--segment", "1").out)
        self.assertEqual(len(self.run_tool("dump", self.store, "-l", "2").out.splitlines()), 2)

    def test_explain_covers_each_byte_of_each_frame(self):
        with open(self.segment(), "rb") as file:
            content = file.read()
        for piece in self.run_tool("dump", self.store, "--json").lines:
            if piece["type"] == "zeros":
                continue
            parts = self.run_tool("dump", self.store, "--segment", "1", "--offset",
                                  str(piece["offset"]), "--explain", "--json").lines
            at = piece["offset"]
            for part in parts:
                self.assertEqual(part["offset"], at)
                self.assertEqual(bytes.fromhex(part["hex"]), content[at:at + part["bytes"]])
                self.assertNotIn("unknown", part["field"])
                at += part["bytes"]
            self.assertEqual(at, piece["offset"] + piece["bytes"])
        text = self.run_tool("dump", self.store, "--segment", "1", "--offset", "96", "--explain").out
        self.assertIn('"player:alice"', text)
        self.assertIn("holds", text)

    def test_reading_changes_nothing(self):
        def snapshot():
            found = {}
            for where, _, names in os.walk(self.store):
                for name in names:
                    status = os.stat(os.path.join(where, name))
                    found[os.path.join(where, name)] = (status.st_mtime_ns, status.st_size)
            return found
        before = snapshot()
        for words in (["query"], ["stats"], ["verify"], ["segments"], ["dump"], ["tail"],
                      ["get", "0"], ["ancestors", "0"], ["stream", "player:alice"]):
            self.run_tool(words[0], self.store, *words[1:])
        self.run_tool("lists", "kinds", self.store)
        self.assertEqual(snapshot(), before)

    def test_names_cannot_take_over_a_terminal(self):
        self.append("right\u202eleft", "nbsp\u00ad", "0xF001", {"x": "\u202e\u009b"})
        answer = self.run_tool("append", self.store, b"raw\xff", "s", "0xF001", "1", "--json")
        shown = self.run_tool("query", self.store, "--from", "5").out
        self.assertIn("right\\u{202e}left", shown)
        self.assertIn("raw\\xff", shown)
        for character in ("\u202e", "\u009b", "\u00ad"):
            self.assertNotIn(character, shown)
        event = self.run_tool("get", self.store, answer.line["id"], "--json").line
        self.assertEqual(event["entity"], {"$bytes": b"raw\xff".hex()})

    def test_payloads_without_a_json_form_are_bytes(self):
        for payload in ({"$bytes": "c1"}, {"$bytes": ""}, {"$bytes": "c40101"},
                        {"$bytes": "81a6246279746573a26161"}):
            sequence = self.append("raw", "s", "0xF001", payload)["sequence"]
            event = self.run_tool("get", self.store, str(sequence), "--json").line
            self.assertEqual(event["payload"], payload)
        inner = {"b": {"$bytes": "00ff"}, "c": [{"$bytes": "zz"}]}
        sequence = self.append("raw", "s", "0xF001", {"b": inner["b"]})["sequence"]
        self.assertEqual(self.run_tool("get", self.store, str(sequence), "--json").line["payload"],
                         {"b": inner["b"]})
        frame = self.frames()[-1]
        parts = self.run_tool("dump", self.store, "--segment", "1", "--offset",
                              str(frame["offset"]), "--explain", "--json").lines
        self.assertTrue(parts[-1]["hex"].endswith("81a162c40200ff"))


class Json(ToolTest):
    def test_members_stand_in_the_documented_order(self):
        self.make_store(("e", "s", "0xF001", {}))
        (line,) = self.run_tool("query", self.store, "--json").out.splitlines()
        self.assertEqual(list(json.loads(line)), [
            "sequence", "version", "id", "kind", "payload_version", "entity", "scope", "time",
            "timestamp_us", "hlc_us", "hlc_counter", "hash", "durable", "payload"])


if __name__ == "__main__":
    unittest.main()
