#!/usr/bin/env python3
"""Tags on the command line: given, asked for, listed, counted, imported."""

import json
import unittest

from tool_runner import ToolTest


class Tags(ToolTest):
    def setUp(self):
        super().setUp()
        self.make_store(("a", "s", "0xF001", 0))
        for number, tags in enumerate((["c:1", "s:1"], ["s:1"], ["c:1", "s:2"])):
            self.append("a", "s", "0xF001", number, *[word for tag in tags for word in ("--tag", tag)])

    def query(self, *words):
        return [line["sequence"] for line in self.run_tool("query", self.store, *words,
                                                           "--json").lines]

    def test_events_show_their_tags(self):
        shown = self.run_tool("query", self.store, "--json").lines
        self.assertEqual([event.get("tags") for event in shown],
                         [None, ["c:1", "s:1"], ["s:1"], ["c:1", "s:2"]])
        self.assertRegex(self.run_tool("get", self.store, "1").out, r"tag +c:1\n *tag +s:1\n")

    def test_filters_ask_for_all_of_them(self):
        self.assertEqual(self.query("--tag", "c:1"), [1, 3])
        self.assertEqual(self.query("--tag", "c:1", "--tag", "s:1"), [1])
        self.assertEqual(self.query("--tag", "none"), [])
        near = self.run_tool("query", self.store, "--tag", "c:2").err
        self.assertIn('no event has the tag "c:2": did you mean "c:1"?', near)

    def test_lists_and_stats_count_them(self):
        lines = self.run_tool("lists", "tags", self.store, "--json").lines
        self.assertEqual([(line["tag"], line["events"]) for line in lines],
                         [("c:1", 2), ("s:1", 2), ("s:2", 1)])
        lines = self.run_tool("lists", "tags", self.store, "--prefix", "s:", "--json").lines
        self.assertEqual([line["tag"] for line in lines], ["s:1", "s:2"])
        self.assertEqual(self.run_tool("stats", self.store, "--json").line["tags"], 3)

    def test_what_is_no_tag_is_refused(self):
        for tags in (["--tag", ""], ["--tag", "a", "--tag", "a"], ["--tag", "t" * 257]):
            answer = self.run_tool("append", self.store, "a", "s", "0xF001", "1", *tags, code=2)
            self.assertIn("InvalidTags", answer.err)
        self.assertEqual(len(self.query()), 4)

    def test_import_takes_them_and_keeps_them(self):
        lines = [{"entity": "b", "scope": "s", "kind": "0xF001", "payload": 1, "labels": labels}
                 for labels in (["x", "y"], "z", 7, None, [])]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        self.run_tool("import", self.store, "--tag-field", "labels", stdin=text.encode())
        shown = self.run_tool("query", self.store, "--entity", "b", "--json")
        self.assertEqual([event.get("tags") for event in shown.lines],
                         [["x", "y"], ["z"], ["7"], None, None])
        other = self.store + "2"
        self.run_tool("import", other, "--create", "--as-new-events", stdin=shown.out.encode())
        again = self.run_tool("query", other, "--json").lines
        self.assertEqual([event.get("tags") for event in again],
                         [event.get("tags") for event in shown.lines])


if __name__ == "__main__":
    unittest.main()
