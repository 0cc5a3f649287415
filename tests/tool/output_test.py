#!/usr/bin/env python3
"""Forms of results: tables that fit the terminal, JSON, CSV, chosen fields, and moments of the past."""

import csv
import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import termios
import unittest

from tool_runner import ENVIRONMENT, TOOL, ToolTest

EVENTS = [
    ("player:alice", "room:dungeon", "0xF001", {"hp": 10, "name": "Älice", "at": {"x": [1, 2]}}),
    ("player:bob", "room:dungeon", "0xF001", {"hp": -7, "name": 'B,"o\nb'}),
    ("player:alice", "room:hall", "0xF002", [1, None, True]),
    ("語" * 30, "room:" + "h" * 60, "0x2003", "x" * 300),
]


def on_terminal(columns, *words, lines=24):
    """(code, what a terminal of so many columns gets) of a command."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    process = subprocess.Popen([TOOL, *words], stdout=slave, stderr=subprocess.PIPE,
                               env={**ENVIRONMENT, "TERM": "xterm", "NO_COLOR": "1"})
    os.close(slave)
    shown = b""
    try:
        while chunk := os.read(master, 65536):
            shown += chunk
    except OSError:
        pass
    os.close(master)
    process.communicate(timeout=60)
    return process.returncode, shown.decode().replace("\r\n", "\n")


def width(text):
    """Columns of a text, of which only the characters of the events above are wide."""
    return len(text) + text.count("語")


class Output(ToolTest):
    def setUp(self):
        super().setUp()
        self.make_store(*EVENTS)

    def events(self, *words):
        return self.run_tool("query", self.store, "--json", *words).lines

    def test_a_table_has_a_header_and_is_never_cut_in_a_pipe(self):
        (header, *rows) = self.run_tool("query", self.store, "--format", "table").out.splitlines()
        self.assertEqual(header.split(), ["sequence", "time", "kind", "entity", "scope", "payload"])
        self.assertEqual(len(rows), len(EVENTS))
        self.assertIn("x" * 300, rows[3])
        self.assertIn("語" * 30, rows[3])
        for row, event in zip(rows, self.events()):
            self.assertIn(event["time"][:19].replace("T", " ") + "Z", row)
        begin = header.index("kind")
        self.assertEqual([row[begin:begin + 6] for row in rows], [e[2] for e in EVENTS])
        self.assertEqual(self.run_tool("query", self.store, "--format", "table", "--entity", "").out,
                         "")

    def test_a_table_fits_each_terminal(self):
        # Six columns, each an ellipsis, with two blanks between.
        for columns in (*range(16, 64), 80, 100, 132, 200, 500):
            for words in (["query", self.store], ["tail", self.store], ["lists", "entities", self.store],
                          ["query", self.store, "--fields", "payload,entity,hash,id"],
                          ["ancestors", self.store, "2"]):
                code, shown = on_terminal(columns, *words)
                self.assertEqual(code, 0)
                for line in shown.splitlines():
                    self.assertLessEqual(width(line), columns, (columns, words, line))
                count = {"query": 5, "tail": 5, "lists": 4, "ancestors": 3}[words[0]]
                self.assertEqual(len(shown.splitlines()), count, (columns, words, shown))
        shown = on_terminal(80, "query", self.store)[1]
        self.assertIn("…", shown)
        self.assertIn("player:alice", on_terminal(100, "query", self.store)[1])
        self.assertNotIn("…", on_terminal(600, "query", self.store)[1])

    def test_a_time_of_a_table_is_one_that_filters_take(self):
        shown = self.run_tool("query", self.store, "--fields", "time", "--limit", "1").out
        time = shown.splitlines()[1]
        self.assertRegex(time, r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$")
        self.assertEqual(len(self.events("--since", time)), len(EVENTS))
        (exact,) = self.run_tool("query", self.store, "--fields", "time", "--json", "-l", "1").lines
        self.assertEqual(exact, {"time": self.events()[0]["time"]})

    def test_ndjson_is_json_of_a_line_and_json_is_one_array(self):
        for words in (["query"], ["tail"], ["get", "1"], ["ancestors", "2"]):
            words = [words[0], self.store, *words[1:]]
            lines = self.run_tool(*words, "--json").lines
            self.assertEqual(self.run_tool(*words, "--format", "ndjson").lines, lines)
            self.assertEqual(json.loads(self.run_tool(*words, "--format=json").out), lines)
        for what in ("entities", "scopes", "kinds"):
            lines = self.run_tool("lists", what, self.store, "--json").lines
            found = self.run_tool("lists", what, self.store, "--format", "json").out
            self.assertEqual(json.loads(found), lines)
        self.assertEqual(json.loads(self.run_tool("query", self.store, "--format", "json",
                                                  "--entity", "").out), [])
        error = json.loads(self.run_tool("get", self.store, "9", "--format", "json", code=1).err)
        self.assertEqual((error["exit"], error["error"]["code"]), (1, "EventNotFound"))

    def test_csv_is_read_back_as_it_was_stored(self):
        text = self.run_tool("query", self.store, "--format", "csv", "--fields",
                             "sequence,entity,payload.name,payload.hp,payload,correlation").out
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        self.assertEqual([int(row["sequence"]) for row in rows], list(range(len(EVENTS))))
        for row, (entity, _, _, payload) in zip(rows, EVENTS):
            self.assertEqual(row["entity"], entity)
            inner = payload if isinstance(payload, dict) else {}
            self.assertEqual(row["payload.name"], inner.get("name", ""))
            self.assertEqual(row["payload.hp"], str(inner.get("hp", "")))
            stored = row["payload"] if isinstance(payload, str) else json.loads(row["payload"])
            self.assertEqual(stored, payload)
            self.assertEqual(row["correlation"], "")
        header = self.run_tool("query", self.store, "--format", "csv", "--entity", "").out
        self.assertEqual(header, "sequence,time,kind,entity,version,scope,payload,kind_name\n")
        self.assertEqual(self.run_tool("query", self.store, "--format", "csv", "--fields",
                                       "payload.none").out, 'payload.none\n' + '""\n' * len(EVENTS))
        self.assertEqual(self.run_tool("lists", "kinds", self.store, "--format", "csv").out,
                         "kind,events,kind_name\n0x2003,1,\n0xF001,2,\n0xF002,1,\n")
        shown = on_terminal(500, "query", self.store, "--format", "csv", "--fields", "payload.name")[1]
        self.assertIn('"B,""o\\nb"', shown)

    def test_fields_are_members_and_what_lies_in_them(self):
        rows = self.events("--fields", "sequence,payload.at.x.1,payload.2,entity,payload.hp")
        self.assertEqual(rows[0], {"sequence": 0, "payload.at.x.1": 2, "entity": "player:alice",
                                   "payload.hp": 10})
        self.assertEqual(rows[2], {"sequence": 2, "payload.2": True, "entity": "player:alice"})
        self.append("e", "s", "0xF001", {"a b.c": {"": 1, "$": {"$bytes": "00ff"}}}, "--meta", "user=eve")
        row = self.events("--from", "4", "--fields", 'payload."a b.c"."",payload."a b.c".$,metadata.user')
        self.assertEqual(row, [{'payload."a b.c".""': 1, 'payload."a b.c".$': {"$bytes": "00ff"},
                                "metadata.user": "eve"}])
        whole = self.events("--fields", ",".join(self.events()[0]))
        self.assertEqual(whole[:4], self.events()[:4])

    def test_what_no_event_has_is_met_with_what_was_meant(self):
        for fields, said in [("entty", "did you mean entity?"), ("hp", "payload.hp"),
                             ("entity.x", "has no parts"),
                             ("entity,", "list of fields"), ("a b", "list of fields"),
                             ('payload."x', "list of fields"), ("payload..x", "list of fields")]:
            with self.subTest(fields=fields):
                answer = self.run_tool("query", self.store, f"--fields={fields}", code=2)
                self.assertIn("--fields", answer.err)
                self.assertIn(said, answer.err)
        for words, said in [(["query", self.store, "--format", "jsn"], "did you mean json?"),
                            (["lists", "entites", self.store], "did you mean entities?"),
                            (["query", self.store, "--format", "xml"], "none of table, json")]:
            self.assertIn(said, self.run_tool(*words, code=2).err)
        self.assertIn("did you mean 0xF002?",
                      self.run_tool("query", self.store, "--kind", "0xF012").err)
        self.assertIn("no entity begins with", self.run_tool("lists", "entities", self.store,
                                                             "--prefix", "quest").err)
        self.run_tool("query", self.store, "--json", "--format", "csv", code=2)

    def test_damage_is_in_its_place_in_each_form(self):
        lines = "".join('{"entity":"e","scope":"s","kind":"0xF001","payload":{"i":%d}}\n' % i
                        for i in range(60))
        self.run_tool("import", self.store, "--segment-bytes", "4096", stdin=lines.encode())
        frame = self.frames()[2]
        with open(self.segment(), "r+b") as file:
            file.seek(frame["offset"] + frame["bytes"] - 1)
            byte = file.read(1)[0]
            file.seek(-1, 1)
            file.write(bytes([byte ^ 0xFF]))
        there = [i for i in range(64) if i != 2]
        answer = self.run_tool("query", self.store, "--format", "json", code=3)
        self.assertEqual([event["sequence"] for event in json.loads(answer.out)], there)
        answer = self.run_tool("query", self.store, "--fields", "sequence", "--format", "csv", code=3)
        self.assertEqual(answer.out.split(), ["sequence", *map(str, there)])
        self.assertIn("sequence 2", answer.err)
        answer = self.run_tool("query", self.store, "--fields", "sequence", code=3)
        self.assertEqual(answer.out.split(), ["sequence", *map(str, there)])


class Moments(ToolTest):
    def test_each_command_shows_the_store_as_it_was(self):
        """Goal: at each moment each command says what it said when the store ended there.
        Method: ask after each append, keep the answers, and compare them with --at at the end."""
        self.run_tool("init", self.store)
        asked = [["query"], ["query", "--count"], ["tail", "-n", "2"], ["stream", "player:alice"],
                 ["lists", "entities"], ["lists", "scopes"], ["lists", "kinds"], ["ancestors", "0"],
                 ["get", "0"], ["query", "--entity", "player:bob", "--format", "csv"]]

        def ask(words, *more):
            place = 2 if words[0] == "lists" else 1
            return self.run_tool(*words[:place], self.store, *words[place:], *more).out
        told = []
        for event in EVENTS:
            self.append(*event)
            told.append([ask(words) for words in asked])
        times = [event["time"] for event in self.run_tool("query", self.store, "--json").lines]
        for sequence, (answers, time) in enumerate(zip(told, times)):
            for moment in (str(sequence), time):
                for words, answer in zip(asked, answers):
                    self.assertEqual(ask(words, "--at", moment), answer, (words, moment))
            stats = self.run_tool("stats", self.store, "--json", "--at", str(sequence)).line
            self.assertEqual((stats["events"], stats["last_time"]), (sequence + 1, time))
            self.assertNotIn("bytes", stats)
        self.assertEqual(ask(["query", "--count"], "--at", "2001-01-01"), "0\n")
        self.assertEqual(ask(["query", "--count"], "--at", "0s"), "4\n")

    def test_a_moment_that_is_none_is_refused(self):
        self.make_store(*EVENTS[:1])
        for words in (["query"], ["tail"], ["stats"], ["get", "0"], ["ancestors", "0"]):
            words = [words[0], self.store, *words[1:]]
            self.assertIn("the store has 1 event, of which the last is 0",
                          self.run_tool(*words, "--at", "1", code=1).err)
            self.assertIn("--at", self.run_tool(*words, "--at", "noon", code=2).err)
        self.assertIn("--follow", self.run_tool("tail", self.store, "-f", "--at", "0", code=2).err)
        self.run_tool("get", self.store, "0", "--at", "2001-01-01", code=1)

    def test_a_count_of_one_is_one_event(self):
        self.make_store(*EVENTS[:1])
        self.assertIn("whole  1 event, 1 segment, ", self.run_tool("verify", self.store).out)
        line = json.dumps(dict(zip(("entity", "scope", "kind", "payload"), EVENTS[0])))
        said = self.run_tool("import", self.store, stdin=line.encode() + b"\n").out
        self.assertRegex(said, r"^1 event imported in ")
        self.assertIn("whole  2 events, 1 segment, ", self.run_tool("verify", self.store).out)
        self.assertIsNone(re.search(r"\b1 (events|segments|lines)\b", said))


if __name__ == "__main__":
    unittest.main()
