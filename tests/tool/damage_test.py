#!/usr/bin/env python3
"""verify, segments, dump and query on stores that are damaged."""

import json
import os
import shutil
import unittest

from tool_runner import ToolTest, damage


class Damage(ToolTest):
    def setUp(self):
        super().setUp()
        self.make_store(*[("e", "s", "0xF001", {"i": i}) for i in range(5)])

    def make_sealed(self):
        """Events 5 and following fill further segments, so that segment 1 is sealed."""
        lines = "".join('{"entity":"e","scope":"s","kind":"0xF001","payload":{"i":%d}}\n' % i
                        for i in range(5, 60))
        self.run_tool("import", self.store, "--segment-bytes", "4096", stdin=lines.encode())
        states = [s["state"] for s in self.run_tool("segments", self.store, "--json").lines]
        self.assertEqual((states[0], states[-1]), ("sealed", "active"))

    def test_verify_names_segment_offset_and_sequence(self):
        self.make_sealed()
        frame = self.frames()[2]
        damage(self.segment(), frame["offset"] + frame["bytes"] - 1)
        found = self.run_tool("verify", self.store, "--json", code=3).line
        self.assertEqual((found["ok"], found["events"]), (False, 2))
        self.assertEqual({key: found["damage"][key] for key in ("code", "place", "offset", "sequence")},
                         {"code": "CorruptFrame", "place": "segments/000000000001.bpk",
                          "offset": frame["offset"], "sequence": 2})
        text = self.run_tool("verify", self.store, code=3).out
        for words in ("damaged", "000000000001.bpk", str(frame["offset"]), "sequence 2"):
            self.assertIn(words, text)

    def test_query_shows_the_rest_and_says_what_is_damaged(self):
        self.make_sealed()
        frame = self.frames()[2]
        damage(self.segment(), frame["offset"] + frame["bytes"] - 1)
        answer = self.run_tool("query", self.store, "--json", code=3)
        self.assertEqual([line["sequence"] for line in answer.lines],
                         [i for i in range(60) if i != 2])
        error = json.loads(answer.err)
        self.assertEqual((error["error"]["code"], error["error"]["sequence"]), ("CorruptFrame", 2))
        self.run_tool("get", self.store, "2", code=3)
        self.run_tool("get", self.store, "3")

    def test_verify_says_so_when_the_store_does_not_open(self):
        frame = self.frames()[2]
        damage(self.segment(), frame["offset"] + frame["bytes"] - 1)
        # Without its index, opening has to read the frames.
        shutil.rmtree(os.path.join(self.store, "index"))
        found = self.run_tool("verify", self.store, "--json", code=3).line
        self.assertEqual((found["ok"], found["damage"]["code"], found["damage"]["sequence"]),
                         (False, "LostDurableEvents", 2))
        answer = self.run_tool("query", self.store, code=3)
        self.assertIn("LostDurableEvents", answer.err)

    def test_dump_goes_on_behind_damage(self):
        whole = self.run_tool("dump", self.store, "--json").lines
        frame = self.frames()[2]
        damage(self.segment(), frame["offset"] + 20)
        pieces = self.run_tool("dump", self.store, "--json", code=3).lines
        (hole,) = [piece for piece in pieces if piece["type"] == "damage"]
        self.assertEqual((hole["offset"], hole["bytes"]), (frame["offset"], frame["bytes"]))
        self.assertEqual([p for p in pieces if p != hole],
                         [p for p in whole if p["offset"] != frame["offset"]])
        self.assertIn("damage", self.run_tool("dump", self.store, code=3).out)

    def test_what_is_rotten_is_as_rotten_without_the_index(self):
        self.make_sealed()
        frame = self.frames()[2]
        damage(self.segment(), frame["offset"] + frame["bytes"] - 1)
        with_index = self.run_tool("query", self.store, "--json", code=3)
        shutil.rmtree(os.path.join(self.store, "index"))
        without = self.run_tool("query", self.store, "--json", code=3)
        self.assertEqual((without.out, without.err), (with_index.out, with_index.err))
        self.run_tool("append", self.store, "new", "s", "0xF001", "1")

    def test_explain_costs_what_it_shows(self):
        lines = '{"entity":"e","scope":"s","kind":"0xF001","payload":"%s"}\n' % ("x" * 800_000)
        self.run_tool("import", self.store, stdin=lines.encode())
        frame = self.frames()[-1]
        words = ["dump", self.store, "--segment", "1", "--offset", str(frame["offset"]), "--explain"]
        self.assertLess(len(self.run_tool(*words).out), 20 * frame["bytes"])

    def test_explain_says_which_check_fails(self):
        frame = self.frames()[2]
        words = ["dump", self.store, "--segment", "1", "--offset", str(frame["offset"]), "--explain"]
        damage(self.segment(), frame["offset"] + frame["bytes"] - 1)
        parts = {part["field"]: part["meaning"] for part in
                 self.run_tool(*words, "--json", code=3).lines}
        self.assertIn("holds", parts["head check"])
        self.assertIn("wrong, should be", parts["checksum"])
        damage(self.segment(), frame["offset"] + 4)
        parts = {part["field"]: part["meaning"] for part in
                 self.run_tool(*words, "--json", code=3).lines}
        self.assertIn("wrong, should be", parts["head check"])

    def test_each_byte_of_a_sealed_segment_is_guarded(self):
        """Goal: verify sees a change of any byte of the log, and never dies of one.
        Method: change each 7th byte of a sealed segment in turn, and change it back."""
        self.make_sealed()
        for offset in range(0, os.path.getsize(self.segment()), 7):
            damage(self.segment(), offset)
            answer = self.run_tool("verify", self.store, "--json", code=3)
            self.assertFalse(answer.line["ok"], offset)
            damage(self.segment(), offset)
        self.assertTrue(self.run_tool("verify", self.store, "--json").line["ok"])

    def test_a_torn_tail_is_no_damage(self):
        end = self.run_tool("segments", self.store, "--json").line["frame_bytes"]
        with open(self.segment(), "r+b") as file:
            file.seek(end)
            file.write(b"half a frame")
        found = self.run_tool("verify", self.store, "--json").line
        self.assertEqual((found["ok"], found["events"]), (True, 5))
        self.assertEqual((found["torn_tail"]["segment"], found["torn_tail"]["offset"]), (1, end))
        self.assertIn("nothing says that they were durable", self.run_tool("verify", self.store).out)
        self.assertEqual(len(self.run_tool("query", self.store).out.splitlines()), 5)

    def test_segments_says_so_where_the_first_frame_is_damaged(self):
        store = os.path.join(self.folder, "one")
        self.run_tool("init", store)
        self.run_tool("append", store, "e", "s", "0xF001", "1")
        path = os.path.join(store, "segments", "000000000001.bpk")
        damage(path, 100)
        answer = self.run_tool("segments", store, "--json", code=3)
        self.assertEqual((answer.line["first"], answer.line["end"]), (0, 0))
        self.assertEqual(answer.line["problem"]["code"], "LostDurableEvents")
        self.assertIn("LostDurableEvents", self.run_tool("segments", store, code=3).err)

    def test_segments_names_what_is_missing_or_damaged(self):
        self.make_sealed()
        damage(self.segment(1), 3)
        os.rename(self.segment(2), self.segment(99))
        answer = self.run_tool("segments", self.store, "--json", code=3)
        states = {line["segment"]: line["state"] for line in answer.lines}
        self.assertEqual((states[1], states[2], states[99]), ("damaged", "missing", "unlisted"))
        problems = [json.loads(line)["error"]["code"] for line in answer.err.splitlines()]
        self.assertEqual(problems, ["CorruptSegment", "MissingSegment"])
        self.assertIn("missing", self.run_tool("segments", self.store, code=3).out)
        self.run_tool("dump", self.store, code=3)
        self.run_tool("query", self.store, code=3)


if __name__ == "__main__":
    unittest.main()
