#!/usr/bin/env python3
"""What kinds are called, on the command line: shown, asked for, given, imported; and the catalogue."""

import json
import unittest

from tool_runner import LineReader, ToolTest

HOSTILE = "red \"<b>\u202e`#"


class Kinds(ToolTest):
    def setUp(self):
        super().setUp()
        self.make_store(("a", "s", "0xF001", 0))
        self.append("a", "s", "0x2001", {"x": 1}, "--kind-name", "PlayerMoved")
        self.append("b", "s", "PlayerMoved", {"x": 2})
        self.append("b", "s", "0x2002", 3, "--kind-name", HOSTILE)

    def query(self, *words, **options):
        return self.run_tool("query", self.store, *words, **options)

    def sequences(self, *words):
        return [line["sequence"] for line in self.query(*words, "--json").lines]

    def test_events_show_both(self):
        self.assertEqual([(line["kind"], line.get("kind_name")) for line in self.query("--json").lines],
                         [("0xF001", None), ("0x2001", "PlayerMoved"), ("0x2001", "PlayerMoved"),
                          ("0x2002", HOSTILE)])
        plain = self.query().out.splitlines()
        self.assertIn("  PlayerMoved  ", plain[1])
        self.assertIn("  0xF001  ", plain[0])
        self.assertIn('  red "<b>\\u{202e}`#  ', plain[3])
        table = self.query("--format", "table").out
        self.assertRegex(table, r"(?m)^ *2 .* PlayerMoved +b ")
        whole = self.run_tool("get", self.store, "1").out
        self.assertRegex(whole, r"kind +PlayerMoved \(0x2001\), payload version 1\n")
        csv = self.query("--format", "csv", "--fields", "sequence,kind_name").out
        self.assertEqual(csv.splitlines()[:3], ["sequence,kind_name", "0,", "1,PlayerMoved"])
        for words in (["tail"], ["stream"], ["ancestors"], ["why"], ["dump"], ["graph"],
                      ["graph", "--format", "mermaid"], ["stats"], ["lists", "kinds"], ["catalogue"]):
            place = {"stream": ["b"], "ancestors": ["2"], "why": ["2"]}.get(words[0], [])
            name, *more = words
            words = [name, *more, self.store] if name == "lists" else [name, self.store, *place, *more]
            with self.subTest(words=words):
                answer = self.run_tool(*words)
                self.assertIn("PlayerMoved", answer.out)
                self.assertNotIn("\u202e", answer.out)

    def test_filters_take_names(self):
        self.assertEqual(self.sequences("--kind", "PlayerMoved"), [1, 2])
        self.assertEqual(self.sequences("--kind", "PlayerMoved", "--kind", "0xF001"), [0, 1, 2])
        self.assertEqual(self.sequences("--kind", HOSTILE), [3])
        self.assertEqual(self.sequences("--where", "kind_name = 'PlayerMoved' and payload.x = 2"), [2])
        self.assertEqual(self.query("--kind", "PlayerMoved", "--count").out, "2\n")
        projected = self.run_tool("project", self.store, "--by", "kind_name", "--kind", "PlayerMoved",
                                  "--json").lines
        self.assertEqual(projected, [{"kind_name": "PlayerMoved", "count": 2}])
        drawn = self.run_tool("graph", self.store, "--kind", "PlayerMoved", "--json").line
        self.assertEqual([node["kind_name"] for node in drawn["nodes"]], ["PlayerMoved"] * 2)

    def test_a_name_that_nobody_has_is_met_with_what_was_meant(self):
        said = self.query("--kind", "PlayerMovd", code=2).err
        self.assertIn('--kind: no kind is called "PlayerMovd": did you mean PlayerMoved?', said)
        said = self.query("--kind", "Unheard", code=2).err
        self.assertIn("batpak lists kinds shows", said)
        said = self.run_tool("append", self.store, "a", "s", "playermoved", "1", code=2).err
        self.assertIn("KIND: no kind is called", said)
        self.assertIn("did you mean PlayerMoved?", said)
        # As the store was before there was such a kind.
        self.query("--at", "0", "--kind", "PlayerMoved", code=2)
        self.assertEqual(len(self.sequences()), 4)

    def test_another_name_is_refused(self):
        said = self.run_tool("append", self.store, "a", "s", "0x2001", "1", "--kind-name", "Walked",
                             code=2).err
        self.assertIn("KindChanged", said)
        for name in ("a\nb", "n" * 257, "\x1b[31m"):
            said = self.run_tool("append", self.store, "a", "s", "0x2003", "1", "--kind-name", name,
                                 code=2).err
            self.assertIn("InvalidArgument", said)
            self.assertLess(len(said), 400)
        self.assertEqual(len(self.sequences()), 4)

    def test_lists_and_stats(self):
        self.assertEqual(self.run_tool("lists", "kinds", self.store, "--json").lines,
                         [{"kind": "0x2001", "events": 2, "kind_name": "PlayerMoved"},
                          {"kind": "0x2002", "events": 1, "kind_name": HOSTILE},
                          {"kind": "0xF001", "events": 1}])
        for prefix, count in (("Player", 1), ("0x2", 2), ("0xF", 1), ("x", 0)):
            found = self.run_tool("lists", "kinds", self.store, "--prefix", prefix, "--json").lines
            self.assertEqual(len(found), count, prefix)
        stats = self.run_tool("stats", self.store, "--json").line
        self.assertEqual(stats["kinds"], {"0x2001": 2, "0x2002": 1, "0xF001": 1})
        self.assertEqual(stats["kind_names"], {"0x2001": "PlayerMoved", "0x2002": HOSTILE})

    def test_the_catalogue(self):
        lines = self.run_tool("catalogue", self.store, "--json").lines
        self.assertEqual(lines[0], {
            "kind": "0x2001", "kind_name": "PlayerMoved", "first": 1, "events": 2, "versions": [
                {"payload_version": 1, "kind_name": "PlayerMoved", "fields": [], "noted_at": 1}]})
        self.assertEqual(lines[2], {"kind": "0xF001", "first": 0, "events": 1, "versions": []})
        self.assertEqual(json.loads(self.run_tool("catalogue", self.store, "--format", "json").out),
                         lines)
        csv = self.run_tool("catalogue", self.store, "--format", "csv").out.splitlines()
        self.assertEqual(csv[:2], ["kind,kind_name,payload_version,shape,first,events",
                                   "0x2001,PlayerMoved,1,,1,2"])
        drawn = self.run_tool("catalogue", self.store, "--format", "mermaid").out
        self.assertIn('    class k2001v1["PlayerMoved v1"] {\n        <<0x2001>>\n    }\n', drawn)
        self.assertIn('class k2002v1["red #quot;#lt;b#gt;\\u{202e}#96;#35; v1"]', drawn)
        before = self.run_tool("catalogue", self.store, "--at", "0", "--json").lines
        self.assertEqual([line["kind"] for line in before], ["0xF001"])

    def test_import_gives_texts_kinds_of_their_own(self):
        def lines(*kinds):
            return "".join(json.dumps({"entity": "e", "scope": "s", "kind": kind, "payload": 0}) + "\n"
                           for kind in kinds).encode()

        def kinds(store):
            return [(line["kind"], line.get("kind_name")) for line in
                    self.run_tool("query", store, "--scope", "s", "--entity", "e", "--json").lines]

        self.run_tool("import", self.store, stdin=lines("Pushed", "PlayerMoved", "Starred", "Pushed",
                                                        "0xE003", "Forked", "0x2001"))
        expected = [("0xE001", "Pushed"), ("0x2001", "PlayerMoved"), ("0xE002", "Starred"),
                    ("0xE001", "Pushed"), ("0xE003", None), ("0xE004", "Forked"),
                    ("0x2001", "PlayerMoved")]
        self.assertEqual(kinds(self.store), expected)
        # The store knows them the next time, also when it goes on where it was.
        self.run_tool("import", self.store, stdin=lines("Forked", "Watched"))
        expected += [("0xE004", "Forked"), ("0xE005", "Watched")]
        self.assertEqual(kinds(self.store), expected)
        other = self.store + "2"
        self.run_tool("import", other, "--create", "--kind-name", "Pushed=0x1001",
                      stdin=lines("Pushed", "Starred"))
        self.run_tool("import", other, "--resume", stdin=lines("Pushed", "Starred", "Forked"))
        self.assertEqual(kinds(other), [("0x1001", "Pushed"), ("0xE001", "Starred"),
                                        ("0xE002", "Forked")])
        # From one store to another, by what `query --json` says.
        third = self.store + "3"
        shown = self.run_tool("query", self.store, "--json").out
        self.run_tool("import", third, "--create", "--as-new-events", stdin=shown.encode())
        self.assertEqual(kinds(third), expected)
        one = self.run_tool("query", third, "--kind", HOSTILE, "--json").line
        self.assertEqual((one["kind"], one["sequence"]), ("0x2002", 3))

    def test_several_names_of_one_kind_are_not_what_it_is_called(self):
        lines = b"".join(b'{"entity":"e","scope":"s","kind":"%s","payload":0}\n' % kind
                         for kind in (b"moved", b"walked", b"fled"))
        self.run_tool("import", self.store, "--kind-name", "moved=0x1001", "--kind-name", "walked=0x1001",
                      "--kind-name", "fled=0x1002", stdin=lines)
        self.assertEqual([(line["kind"], line.get("kind_name"))
                          for line in self.query("--entity", "e", "--json").lines],
                         [("0x1001", None), ("0x1001", None), ("0x1002", "fled")])

    def test_import_refuses_what_is_no_name(self):
        for kind in ("a\nb", "n" * 257, "n" * 10_000_000, "\x1b[31m", "F001", "0x10000", "12three", ""):
            line = json.dumps({"entity": "e", "scope": "s", "kind": kind, "payload": 0}) + "\n"
            said = self.run_tool("import", self.store, stdin=line.encode(), code=2).err
            self.assertIn("line 1", said)
            self.assertLess(len(said), 1000)
            self.assertNotIn("\x1b", said)
        line = b'{"entity":"e","scope":"s","kind":"0x2001","kind_name":"Walked","payload":0}\n'
        self.assertIn("KindChanged", self.run_tool("import", self.store, stdin=line, code=2).err)
        line = b'{"entity":"e","scope":"s","payload":0}\n'
        said = self.run_tool("import", self.store, "--kind", "PlayerMovd", stdin=line, code=2).err
        self.assertIn("the kind of all lines", said)
        self.run_tool("import", self.store, "--kind", "PlayerMoved", stdin=line)
        self.assertEqual(self.sequences("--kind", "PlayerMoved"), [1, 2, 4])

    def test_who_follows_learns_names(self):
        process = self.start_tool("tail", self.store, "-n", "1", "--follow", "--json")
        lines = LineReader(process.stdout)
        self.assertEqual(lines.next()["kind_name"], HOSTILE)
        self.append("a", "s", "0x2009", 1, "--kind-name", "Late")
        self.assertEqual(lines.next()["kind_name"], "Late")


if __name__ == "__main__":
    unittest.main()
