#!/usr/bin/env python3
"""Questions about the history of a real project, each answered by one command. The oracle is Python."""

import collections
import json
import os
import re
import subprocess
import unittest

from tool_runner import ROOT, ToolTest, damage

HISTORY = os.path.join(ROOT, "examples", "data", "leveldb-history.ndjson")
KINDS = {"commit": "0xF001", "file_added": "0xF002", "file_modified": "0xF003", "file_deleted": "0xF004"}


def history():
    """The lines, each change of a file with the author and the time of its commit."""
    commit = {}
    with open(HISTORY, encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            if event["kind"] == "commit":
                commit = event
            yield {**event, "author": commit["author"], "time": commit["time"],
                   "entity": event.get("path", "commits")}


class Questions(ToolTest):
    @classmethod
    def setUpClass(cls):
        cls.events = list(history())

    def setUp(self):
        super().setUp()
        lines = "".join(json.dumps(event) + "\n" for event in self.events)
        names = [word for name, kind in KINDS.items() for word in ("--kind-name", f"{name}={kind}")]
        self.run_tool("import", self.store, "--create", "--scope", "leveldb", "--payload-field", "",
                      "--ignore-unknown", *names, stdin=lines.encode())

    def ask(self, command, *words):
        return self.run_tool(command, self.store, *words, "--json").lines

    def test_where_keeps_what_python_keeps(self):
        for words, keeps in [
                ("payload.added > 1000", lambda e: e.get("added", 0) > 1000),
                ("payload.added >= 10 and payload.deleted <= 2",
                 lambda e: e.get("added", -1) >= 10 and e.get("deleted", 9) <= 2),
                ("entity startswith 'db/' and not kind = '0xF003'",
                 lambda e: e["entity"].startswith("db/") and e["kind"] != "file_modified"),
                ("payload.subject contains \"bug\" or payload.parent = null",
                 lambda e: "bug" in e.get("subject", "") or e.get("parent", "") is None),
                ("(payload.added = payload.deleted) and payload.added", lambda e: "added" in e and
                 e["added"] == e["deleted"]),
                ("payload.author != 'x' and sequence < 100 and payload.files",
                 lambda e: e["kind"] == "commit" and self.events.index(e) < 100)]:
            with self.subTest(words=words):
                expected = [i for i, event in enumerate(self.events) if keeps(event)]
                self.assertTrue(expected)
                shown = self.ask("query", "--where", words)
                self.assertEqual([event["sequence"] for event in shown], expected)
                self.assertEqual(self.run_tool("query", self.store, "--where", words, "--count").out,
                                 f"{len(expected)}\n")
                last = self.ask("tail", "--where", words, "-n", "3")
                self.assertEqual([event["sequence"] for event in last], expected[-3:])
                first = self.ask("query", "--where", words, "--limit", "2", "--reverse")
                self.assertEqual([event["sequence"] for event in first], expected[::-1][:2])

    def test_who_changed_one_file_most(self):
        counts = collections.Counter(event["author"] for event in self.events
                                     if event["entity"] == "db/db_impl.cc")
        rows = self.ask("project", "--entity", "db/db_impl.cc", "--by", "payload.author", "--top", "3")
        self.assertEqual([row["count"] for row in rows], [n for _, n in counts.most_common(3)])
        self.assertEqual({row["payload.author"]: row["count"] for row in rows}.items() - counts.items(),
                         set())

    def test_sums_and_extremes_for_each_file(self):
        folds = "count,sum(payload.added),min(payload.added),max(payload.deleted)," \
                "first(payload.commit),last(payload.author),set(kind),count(payload.deleted)"
        rows = self.ask("project", "--scope", "leveldb", "--by", "entity", "--fold", folds)
        files = collections.defaultdict(list)
        for event in self.events:
            files[event["entity"]].append(event)
        self.assertEqual([row["entity"] for row in rows], sorted(files))
        for row in rows:
            events = files[row["entity"]]
            added = [event["added"] for event in events if "added" in event]
            expected = {"entity": row["entity"], "count": len(events), "sum(payload.added)": sum(added),
                        "first(payload.commit)": events[0]["commit"],
                        "last(payload.author)": events[-1]["author"],
                        "set(kind)": list(dict.fromkeys(KINDS[event["kind"]] for event in events)),
                        "count(payload.deleted)": len(added)}
            if added:
                expected["min(payload.added)"] = min(added)
                expected["max(payload.deleted)"] = max(event["deleted"] for event in events)
            self.assertEqual(row, expected)

    def test_how_large_the_tree_was_at_a_moment(self):
        for at in (0, 1, 1000, len(self.events) - 1):
            lines = sum(event.get("added", 0) - event.get("deleted", 0) for event in self.events[:at + 1])
            (row,) = self.ask("project", "--fold", "sum(payload.added),sum(payload.deleted)", "--at", str(at))
            self.assertEqual(row["sum(payload.added)"] - row["sum(payload.deleted)"], lines)

    def test_what_is_different_between_two_moments(self):
        rows = self.ask("diff", "--from", "999", "--to", "1999")
        between = collections.Counter(event["entity"] for event in self.events[1000:2000])
        before = collections.Counter(event["entity"] for event in self.events[:1000])
        self.assertEqual({row["entity"]: row["events"] for row in rows}, between)
        for row in rows:
            first = before[row["entity"]]
            self.assertEqual((row["first_version"], row["last_version"], row["new"]),
                             (first, first + row["events"] - 1, first == 0))
        self.assertEqual(self.ask("diff", "--from", "1999", "--to", "999"), rows)
        self.assertEqual(self.ask("diff", "--from", "5", "--to", "5"), [])


class Projections(ToolTest):
    def test_values_of_all_types(self):
        self.make_store(*[("e", "s", "0xF001", {"x": x}) for x in
                          (2**63 - 1, 1, -5, 0.5, "b", "a", None, True, [1], 2**64 - 1)])
        self.append("e", "s", "0xF001", {})

        def fold(words, *more):
            return self.run_tool("project", self.store, "--fold", words, "--json", *more).lines
        self.assertEqual(fold("sum(payload.x)", "--before", "3"), [{"sum(payload.x)": 2.0**63}])
        self.assertEqual(fold("sum(payload.x)", "--from", "1", "--before", "3"), [{"sum(payload.x)": -4}])
        self.assertEqual(fold("sum(payload.x)", "--from", "1", "--before", "4"), [{"sum(payload.x)": -3.5}])
        self.assertEqual(fold("count,count(payload.x)"), [{"count": 11, "count(payload.x)": 10}])
        self.assertEqual(fold("min(payload.x),max(payload.x)", "--before", "4"),
                         [{"min(payload.x)": -5, "max(payload.x)": 2**63 - 1}])
        self.assertEqual(fold("max(payload.x)", "--from", "1", "--where", "payload.x > 3"),
                         [{"max(payload.x)": 2**64 - 1}])
        self.assertEqual(fold("first(payload.x),last(payload.x)", "--from", "6"),
                         [{"first(payload.x)": None, "last(payload.x)": 2**64 - 1}])
        (row,) = fold("set(payload.x)")
        self.assertEqual(len(row["set(payload.x)"]), 10)
        groups = fold("count", "--by", "payload.x")
        self.assertEqual([group.get("payload.x") for group in groups[:7]],
                         [None, -5, 0.5, 1, 2**63 - 1, 2**64 - 1, "a"])
        self.assertEqual(fold("sum(payload.x)", "--entity", "none"), [{"sum(payload.x)": 0}])
        self.assertEqual(fold("count", "--entity", "none", "--by", "kind"), [])
        for op, kept in (("= 1", [1]), ("!= 1", [0, 2, 3, 4, 5, 6, 7, 8, 9]), ("< 1", [2, 3]),
                         ("= null", [6]), ("= true", [7]), ("contains 1", [8]), ("> 'a'", [4]),
                         ("= 9223372036854775807", [0]), ("= 18446744073709551615", [9]),
                         ("", [0, 1, 2, 3, 4, 5, 7, 8, 9])):
            shown = self.run_tool("query", self.store, "--where", "payload.x " + op, "--json").lines
            self.assertEqual([event["sequence"] for event in shown], kept, op)

    def test_what_is_no_fold_is_refused(self):
        self.make_store(*[("e", "s", "0xF001", {"x": x}) for x in range(1001)])
        for fold, said in (("cuont", "did you mean count?"), ("sum", "needs a field"),
                           ("sum(", "of the form"), ("sum(x)", "payload.x"), ("count,", "is none of"),
                           ("count()", "of the form"), ("count count", "is none of"),
                           ("set(payload.x)", "more than 1,000 values")):
            with self.subTest(fold=fold):
                self.assertIn(said, self.run_tool("project", self.store, "--fold", fold, code=2).err)


class Causes(ToolTest):
    def setUp(self):
        super().setUp()
        self.make_store(("order:1", "shop", "0x1001", {"cents": 4200}))
        self.ids = [self.run_tool("get", self.store, "0", "--json").line["id"]]
        for entity, cause in (("payment:1", 0), ("parcel:1", 1), ("mail \"1\"<b>`#", 1), ("parcel:1", 2)):
            event = self.append(entity, "shop", "0x1002", {}, "--causation", self.ids[cause],
                                "--correlation", self.ids[0])
            self.ids.append(event["id"])

    def test_why_goes_to_the_origin_and_to_all_effects(self):
        shown = self.run_tool("why", self.store, "4").out.splitlines()
        self.assertEqual([re.match(r"( *└─ )?(\d)  ", line)[2] for line in shown], ["0", "1", "2", "4"])
        self.assertTrue(shown[3].startswith("      └─ 4  parcel:1 v1  0x1002  "), shown[3])
        shown = self.run_tool("why", self.store, "1", "--effects").out.splitlines()
        self.assertEqual([line[:12].rstrip() for line in shown],
                         ["0  order:1 v", "└─ 1  paymen", "   ├─ 2  par", "   │  └─ 4", "   └─ 3  mai"])
        lines = self.run_tool("why", self.store, self.ids[1], "--effects", "--json").lines
        self.assertEqual([(line.get("sequence"), line.get("depth")) for line in lines],
                         [(0, 0), (1, 1), (2, 2), (4, 3), (3, 2), (None, None)])
        self.assertEqual(lines[-1], {"end": "origin"})
        self.assertEqual(len(self.run_tool("why", self.store, "1", "--effects", "--at", "2").out
                             .splitlines()), 3)

    def test_why_says_what_it_leaves_out(self):
        answer = self.run_tool("why", self.store, "0", "--effects", "--limit", "2")
        self.assertEqual(len(answer.out.splitlines()), 2)
        self.assertIn("--limit leaves out what comes after these 2 events", answer.err)
        self.assertIn("--limit", self.run_tool("why", self.store, "4", "-l", "2").out.splitlines()[0])
        self.append("e", "s", "0x1001", 1, "--causation", "0193cafe-0000-7000-8000-000000000000")
        self.assertIn("not in this store", self.run_tool("why", self.store, "5").out.splitlines()[0])
        self.assertEqual(self.run_tool("why", self.store, "5", "--json").lines[-1], {"end": "missing"})

    def test_a_circle_of_causes_ends(self):
        one, two = ("0193cafe-0000-7000-8000-00000000000%d" % i for i in (1, 2))
        lines = [{"entity": "e", "scope": "s", "kind": "0x1001", "payload": 1, "causation": cause}
                 for cause in (one, two)]
        self.run_tool("import", self.store, stdin="".join(json.dumps(l) + "\n" for l in lines).encode())
        self.assertEqual(len(self.run_tool("why", self.store, "5", "--effects").out.splitlines()), 2)

    def test_graphs_have_each_event_and_each_cause(self):
        for words, edge in (([], r"^    e(\d) -> e(\d);$"), (["--format", "mermaid"], r"^    e(\d) --> e(\d)$")):
            text = self.run_tool("graph", self.store, *words).out
            edges = re.findall(edge, text, re.MULTILINE)
            self.assertEqual(edges, [("0", "1"), ("1", "2"), ("1", "3"), ("2", "4")])
        graph = self.run_tool("graph", self.store, "--correlation", self.ids[0], "--json").line
        self.assertEqual(graph["edges"], [[0, 1], [1, 2], [1, 3], [2, 4]])
        self.assertEqual([node["sequence"] for node in graph["nodes"]], [0, 1, 2, 3, 4])
        cut = self.run_tool("graph", self.store, "--limit", "3", "--json")
        self.assertEqual((cut.line["edges"], cut.line["whole"]), ([[0, 1], [1, 2]], False))
        for words in ([], ["--format", "mermaid"]):
            self.assertIn("first 3 events only", self.run_tool("graph", self.store, "-l", "3", *words).out)
        text = self.run_tool("graph", self.store, "--format", "mermaid").out
        self.assertIn('mail #quot;1#quot;#lt;b#gt;#96;#35;"]', text)
        self.assertIn('mail \\"1\\"<b>`#"];', self.run_tool("graph", self.store).out)

    def test_two_stores_are_compared(self):
        other = self.store + "-copy"
        subprocess.run(["cp", "-r", self.store, other], check=True)
        self.assertEqual(self.run_tool("diff", self.store, other).out, "5 events the same\n")
        self.append("e", "s", "0x1001", 1)
        found = self.run_tool("diff", self.store, other, "--json", code=1).line
        self.assertEqual(found, {"equal": False, "same_log": True, "same": 5, "only_a": 1, "only_b": 0})
        self.run_tool("append", other, "e", "s", "0x1001", "2")
        self.run_tool("append", other, "e", "s", "0x1001", "3")
        found = self.run_tool("diff", self.store, other, "--json", code=1).line
        self.assertEqual((found["same"], found["only_a"], found["only_b"]), (5, 1, 2))
        text = self.run_tool("diff", self.store, other, code=1).out.splitlines()
        self.assertEqual(len(text), 5)
        self.assertIn("2 events more", text[3])
        self.assertIn("--from", self.run_tool("diff", self.store, other, "--from", "1", code=2).err)
        self.run_tool("init", other + "2")
        found = self.run_tool("diff", self.store, other + "2", "--json", code=1).line
        self.assertEqual((found["same_log"], found["same"]), (False, 0))




class Damaged(ToolTest):
    """A sealed segment has a damaged event: it is reported, and the others are answered for."""

    def setUp(self):
        super().setUp()
        self.make_store()
        lines = "".join('{"entity":"e%d","scope":"s","kind":"0xF001","payload":{"i":%d}}\n' % (i % 2, i)
                        for i in range(60))
        self.run_tool("import", self.store, "--segment-bytes", "4096", stdin=lines.encode())
        self.copy = self.store + "-copy"
        subprocess.run(["cp", "-r", self.store, self.copy], check=True)
        frame = self.frames()[7]
        damage(self.segment(), frame["offset"] + frame["bytes"] - 1)

    def test_each_command_says_so_and_ends_with_3(self):
        answer = self.run_tool("project", self.store, "--fold", "count,sum(payload.i)", "--json", code=3)
        self.assertEqual(answer.line, {"count": 59, "sum(payload.i)": sum(range(60)) - 7})
        self.assertIn('"sequence":7', answer.err)
        answer = self.run_tool("graph", self.store, "--json", code=3)
        self.assertEqual(len(answer.line["nodes"]), 59)
        rows = self.run_tool("diff", self.store, "--from", "3", "--json", code=3).lines
        self.assertEqual([row["events"] for row in rows], [28, 27])
        answer = self.run_tool("query", self.store, "--where", "payload.i >= 5", "--limit", "3", "--json",
                               code=3)
        self.assertEqual([event["sequence"] for event in answer.lines], [5, 6])
        answer = self.run_tool("diff", self.store, self.copy, code=3)
        self.assertIn("sequence 7", answer.err)
        self.run_tool("why", self.store, "7", code=3)
        self.run_tool("why", self.store, "8")
        self.run_tool("query", self.store, "--where", "payload.i = 1", "--count", code=3)


if __name__ == "__main__":
    unittest.main()
