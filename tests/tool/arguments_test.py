#!/usr/bin/env python3
"""Every option of every command: what is wrong is named, with what is allowed, and ends with 2."""

import json
import os
import re
import unittest

from tool_runner import ToolTest

NIL = "00000000-0000-7000-8000-000000000000"
# What each command needs, behind which options are tried; STORE is replaced.
NEEDS = {
    "init": ["NEW"], "import": ["STORE", "LINES"], "append": ["STORE", "e", "s", "0xF001", "1"],
    "get": ["STORE", "0"], "query": ["STORE"], "stream": ["STORE", "e"], "tail": ["STORE"],
    "lists": ["kinds", "STORE"], "catalogue": ["STORE"], "ancestors": ["STORE", "0"], "verify": ["STORE"],
    "project": ["STORE"], "why": ["STORE", "0"], "graph": ["STORE"], "diff": ["STORE"],
    "stats": ["STORE"], "segments": ["STORE"], "dump": ["STORE"], "bench": [],
    "completions": ["bash"], "man": [], "help": [],
    "keygen": ["STORE", "KEY"], "checkpoint": ["STORE", "--key=KEY"],
    "prove": ["STORE", "0", "--checkpoint=NOTE", "--policy=POLICY"],
    "tlog": ["STORE", "NEW", "--checkpoint=NOTE", "--policy=POLICY"], "check-proof": ["PROOF", "--policy=POLICY"],
    "snapshot": ["STORE", "NEW"], "restore": ["STORE", "NEW"], "repair": ["STORE", "--from=STORE"],
    "salvage": ["STORE", "NEW"], "scrub": ["STORE"], "serve": ["STORE"],
    "compact": ["STORE", "--tombstone", "--reason=why"], "bisect": ["STORE", "echo", "{}"],
    "top": ["STORE"], "watch": ["STORE", "true", "--once"], "doctor": ["STORE"],
    "import-fbat": ["STORE", "NEW"], "export": ["STORE"], "fork": ["STORE", "NEW"],
}
WRONG_NUMBERS = ["", "x", "-1", "+1", "1.5", "1e3", "0x10", " 1", str(2**64), "9" * 40]
WRONG_TIMES = ["", "yesterday", "2025-02-30", "12:00", "@x", "1y", "2025-01-01T25:00"]
WRONG_IDS = ["", "x", NIL[:-1], NIL + "0", "0"]
WRONG_KINDS = ["", "F001", "0x10000", "65536", "-1", "moved"]
WRONG = {
    "--kind": WRONG_KINDS, "--category": ["", "16", "0x10", "x"], "--correlation": WRONG_IDS,
    "--causation": WRONG_IDS, "--since": WRONG_TIMES, "--until": WRONG_TIMES,
    "--expect-root": ["", "aaaa", "g" * 64, "0" * 63, "0" * 65],
    "--expect": ["", "maybe", "-1", "0x1"], "--meta": ["", "x", "=x", "batpak.key=x"],
    "--kind-name": ["", "x", "=0xF001", "a=F001", "a=0xD001", "a=0x0001"],
    "--against": ["", "oracle", "sqlite,", "sqlite,oracle"],
    "--only": ["", "nothing", "appends,durable"],
    "--flags": [*WRONG_NUMBERS, str(2**32), "1", "255"],
    "--batch-size": [*WRONG_NUMBERS, "0", str(2**32)],
    "--segment-bytes": [*WRONG_NUMBERS, "0", "4095", str(2**32)],
    "--port": [*WRONG_NUMBERS, "65536"], "--interval": [*WRONG_NUMBERS, "0", "3601"],
    "--count": [*WRONG_NUMBERS, "0"], "--state": ["", "/"], "--on-error": ["", "Stop", "ignore"],
    "--segment": [*WRONG_NUMBERS, "0", "99"],
    "--scope": [], "--entity": [], "--entity-prefix": [], "--prefix": [], "--key": [], "--tag": [],
    "--directory": [], "--map": [], "--previous": [], "--from": [],
    "--format": ["", "xml", "Json", "table,csv"], "--at": ["", "-1", "1.5", "noon", "2025-02-30", "x"],
    "--where": ["", "hp", "entty = 1", "entity =", "entity = 'x", "(entity", "entity)", "not", "entity and",
                "entity or or", "entity = x y", "1 2", "= 1", "'", "entity.x", "(" * 100 + "1" + ")" * 100,
                "payload.x = 1.2.3", "payload.x = -", "payload.", "a b", "entity ~ 1"],
    "--fold": ["", "cuont", "sum", "sum(", "sum()", "sum(hp)", "count,", ",count", "sum(payload.x", "count count"],
    "--by": ["", "entty", "hp", "entity,", "payload..x"],
    "--fields": ["", "entty", "hp", "entity,", ",", "payload..x", 'payload."x', "entity.x", "a b"],
}
# Options whose wrong values are those of something else.
IMPORT_VALUES = {"--kind": [*WRONG_KINDS, "0xD001", "0"], "--entity": ["", "a\n", "x" * 1025],
                 "--scope": ["", "\x7f", "x" * 1025]}
# Most options of these name files, of which any name is right.
PROOF_COMMANDS = ("keygen", "checkpoint", "prove", "tlog", "check-proof")
PROOF_VALUES = {("prove", "--since"): WRONG_NUMBERS, ("prove", "--disclose"): ["", "all", "Header"]}


class Arguments(ToolTest):
    def setUp(self):
        super().setUp()
        self.make_store(("e", "s", "0xF001", 1))
        self.lines = self.file("lines.ndjson",
                               '{"entity":"e","scope":"s","kind":"0xF001","payload":1}\n')

    def commands(self):
        text = self.run_tool("--help").out
        return re.findall(r"^  ([a-z-]+)\s", text[text.index("Subcommands:"):], re.MULTILINE)

    def options(self, command):
        """Its options, with whether each takes a value."""
        text = self.run_tool(command, "--help").out
        found = re.findall(r"^  (?:-\w,)?(--[\w-]+)( [A-Za-z|]\S*)?(?: \.\.\.)?(?:  |$)", text,
                           re.MULTILINE)
        return {name: bool(value) for name, value in found if name not in ("--help", "--json")}

    def words(self, command):
        places = {"STORE": self.store, "NEW": self.store + "-new", "LINES": self.lines}
        return [command, *(places.get(word, word) for word in NEEDS[command])]

    def refused(self, *words):
        """The line that says why; also as JSON."""
        answer = self.run_tool(*words, code=2)
        self.assertEqual(answer.out, "")
        self.assertRegex(answer.err, r"^batpak: [^\n]+\n$")
        error = json.loads(self.run_tool(*words[:1], "--json", *words[1:], code=2).err)
        self.assertEqual(error["exit"], 2)
        return answer.err

    def wrong_values(self, command, option):
        if command == "import" and option in IMPORT_VALUES:
            return IMPORT_VALUES[option]
        if command == "append" and option == "--kind-name":
            return ["", "a\n", "\x7f", "n" * 257]
        if command in PROOF_COMMANDS:
            return PROOF_VALUES.get((command, option), [])
        if option.endswith("-field"):
            return []
        if (command, option) == ("watch", "--from"):
            return [*WRONG_NUMBERS, "End"]
        return WRONG.get(option, WRONG_NUMBERS)

    def test_this_test_knows_each_command(self):
        self.assertEqual(sorted(NEEDS), sorted(self.commands()))
        self.assertTrue(self.options("query")["--limit"])
        self.assertFalse(self.options("query")["--reverse"])

    def test_each_wrong_value_is_refused_by_the_name_of_its_option(self):
        tried = 0
        for command in self.commands():
            for option, takes_value in self.options(command).items():
                for value in self.wrong_values(command, option) if takes_value else []:
                    with self.subTest(command=command, option=option, value=value[:70]):
                        said = self.refused(*self.words(command), f"{option}={value}")
                        name = option.strip("-")
                        self.assertTrue(option in said or f"the {name} of all lines" in said, said)
                        tried += 1
        self.assertGreater(tried, 300)
        self.assertEqual(self.run_tool("query", self.store, "--count").out, "1\n")
        self.assertFalse(os.path.exists(self.store + "-new"))

    def test_each_missing_value_is_refused_by_the_name_of_its_option(self):
        for command in self.commands():
            for option, takes_value in self.options(command).items():
                if takes_value:
                    with self.subTest(command=command, option=option):
                        self.assertIn(option, self.refused(*self.words(command), option))

    def test_an_option_that_takes_one_value_is_given_once(self):
        self.assertIn("--limit", self.refused("query", self.store, "--limit", "1", "--limit", "2"))
        self.assertEqual(len(self.run_tool("query", self.store, "--kind", "1", "--kind", "0xF001",
                                           "--json").lines), 1)

    def test_each_missing_argument_is_named(self):
        names = {"append": ["DIR", "ENTITY", "SCOPE", "KIND", "PAYLOAD"], "get": ["DIR", "EVENT"],
                 "stream": ["DIR", "ENTITY"], "lists": ["WHAT", "DIR"],
                 "ancestors": ["DIR", "EVENT"], "why": ["DIR", "EVENT"], "completions": ["SHELL"],
                 "keygen": ["DIR", "KEYFILE"], "check-proof": ["FILE"], "bench": [],
                 "snapshot": ["DIR", "DEST"], "restore": ["DIR", "DEST"],
                 "import-fbat": ["SRC", "DEST"],
                 "man": [], "help": []}
        for command in self.commands():
            words = self.words(command)
            for count, name in enumerate(names.get(command, ["DIR"])):
                with self.subTest(command=command, name=name):
                    said = self.refused(*words[:count + 1])
                    self.assertIn(name, said)
                    self.assertIn(f"batpak {command} --help", said)

    def test_wrong_arguments_are_named(self):
        store = self.store
        for words, name in [
                (["get", store, "x"], "EVENT"), (["get", store, "0-1"], "EVENT"),
                (["ancestors", store, ""], "EVENT"), (["get", store, str(2**64)], "EVENT"),
                (["append", store, "e", "s", "F001", "1"], "KIND"),
                (["append", store, "e", "s", "0xF001", "{"], "PAYLOAD"),
                (["append", store, "e", "s", "0xF001", ""], "PAYLOAD"),
                (["append", store, "", "s", "0xF001", "1"], "entity"),
                (["append", store, "e", "s\n", "0xF001", "1"], "scope"),
                (["lists", "events", store], "WHAT"), (["completions", "csh"], "SHELL")]:
            with self.subTest(words=words):
                self.assertIn(name, self.refused(*words))

    def test_what_is_too_much_is_named_in_its_order(self):
        said = self.refused("query", self.store, "one", "two", "three")
        self.assertIn('"one" "two" "three"', said)
        said = self.refused("query", self.store, "--entty", "e")
        self.assertIn('no option "--entty": did you mean --entity?', said)
        self.assertIn("did you mean query?", self.refused("qurey", self.store))
        self.assertNotIn("did you mean", self.refused("xyzzy"))
        self.assertIn("did you mean exit-codes?", self.refused("help", "exit-code"))
        said = self.refused("append", self.store, "-e", "s", "0xF001", "1")
        self.assertIn("behind --", said)
        self.append("e", "s", "0xF001", -5)
        self.run_tool("append", self.store, "--", "-e", "-s", "0xF001", "-5")
        self.assertEqual(self.run_tool("query", self.store, "--entity=-e", "--json").line["payload"],
                         -5)

    def test_help_is_of_a_command_that_there_is(self):
        for words in (["nosuch", "--help"], ["nosuch", "-h"], ["--help", "nosuch"],
                      ["help", "nosuch"]):
            if words[0].startswith("-"):
                self.run_tool(*words)
            else:
                self.assertIn("nosuch", self.refused(*words))
        for command in self.commands():
            asked = self.run_tool(command, "--help")
            self.assertEqual(self.run_tool("help", command).out, asked.out)
            self.assertEqual(self.run_tool(command, "-h").out, asked.out)
            self.assertIn(f"batpak {command} ", asked.out)
            self.assertEqual(asked.err, "")
            for line in asked.out.splitlines():
                self.assertLessEqual(len(line), 130)

    def test_alone_it_says_what_one_needs(self):
        answer = self.run_tool(code=2)
        self.assertEqual(answer.out, "")
        examples = re.findall(r"^    batpak (\w+) ", answer.err, re.MULTILINE)
        self.assertEqual(examples, ["init", "append", "query", "import", "verify"])
        self.assertIn("--help", answer.err)
        self.run_tool("--json", code=2)

    def test_filters_that_keep_nothing_are_no_error(self):
        big = str(2**64 - 1)
        for words in (["--from", "5", "--before", "2"], ["--after", big], ["--from", big],
                      ["--before", "0"], ["--since", "2030-01-01", "--until", "2020-01-01"],
                      ["--entity", "x" * 5000], ["--entity", "a\nb"], ["--entity-prefix", "\x7f"],
                      ["--scope", ""], ["--kind", "0"], ["--category", "13"], ["--limit", "0"],
                      ["--entity", "e", "--entity-prefix", "x"], ["--correlation", NIL]):
            with self.subTest(words=words):
                self.assertEqual(self.run_tool("query", self.store, *words).out, "")
                self.assertEqual(self.run_tool("query", self.store, *words, "--reverse").out, "")
                self.assertEqual(self.run_tool("tail", self.store, *[
                    word.replace("--limit", "--last") for word in words]).out, "")
        self.run_tool("verify", self.store, "--expect-root", "0" * 64, code=3)
        for words in (["query", "--limit", big], ["tail", "-n", big], ["stream", "e", "-l", big],
                      ["ancestors", "0", "--limit", big], ["dump", "--limit", big]):
            self.run_tool(words[0], self.store, *words[1:])
        self.run_tool("verify", self.store, "--expect-events", big, code=3)


class Mistyped(ToolTest):
    def test_a_query_that_shows_nothing_says_why(self):
        self.make_store(("player:alice", "room:hall", "0xF001", 1))
        for words, said in [
                (["--entity", "player:alcie"], 'did you mean "player:alice"?'),
                (["--entity", "Player:Alice"], 'did you mean "player:alice"?'),
                (["--entity", "monster"], 'no event has the entity "monster"'),
                (["--entity-prefix", "quest:"], 'no entity begins with "quest:"'),
                (["--scope", "room:hal"], 'did you mean "room:hall"?'),
                (["--kind", "0xF002"], "no event has the kind 0xF002"),
                (["--kind", "0xF001", "--before", "0"], "the one event is not kept by all"),
                (["--entity", "a\x1b[31m"], r"a\x1b[31m")]:
            with self.subTest(words=words):
                for more in ([], ["--count"]):
                    self.assertIn(said, self.run_tool("query", self.store, *words, *more).err)
                self.assertEqual(self.run_tool("query", self.store, *words, "--json").err, "")
        self.assertIn("did you mean", self.run_tool("stream", self.store, "player:alce").err)
        self.assertIn("did you mean", self.run_tool("tail", self.store, "--scope", "roomhall").err)
        self.assertEqual(self.run_tool("query", self.store, "--entity", "player:alice").err, "")
        self.run_tool("init", self.store + "2")
        self.assertIn("no events", self.run_tool("query", self.store + "2").err)


if __name__ == "__main__":
    unittest.main()
