#!/usr/bin/env python3
"""import of what people really have: foreign lines, other formats, slow pipes, strange numbers."""

import bz2
import gzip
import json
import lzma
import os
import re
import resource
import shlex
import signal
import subprocess
import unittest

from tool_runner import ADDRESS_SANITIZED, ENVIRONMENT, TOOL, ToolTest

LINE = '{"entity":"e","scope":"s","kind":"0xF001","payload":%s}\n'
# As GitHub writes them, but for what is inside.
GITHUB = [
    {"id": "2489651045", "type": "CreateEvent",
     "actor": {"id": 665991, "login": "petroav", "url": "https://api.github.com/users/petroav"},
     "repo": {"id": 28688495, "name": "petroav/6.828"},
     "payload": {"ref": "master", "ref_type": "branch", "description": None},
     "public": True, "created_at": "2015-01-01T15:00:00Z"},
    {"id": "2489651051", "type": "PushEvent",
     "actor": {"id": 3854017, "login": "rspt", "url": "https://api.github.com/users/rspt"},
     "repo": {"id": 28671719, "name": "rspt/rspt-theme"},
     "payload": {"push_id": 536863970, "commits": [{"sha": "6b089eb4a43f", "distinct": True}]},
     "public": True, "created_at": "2015-01-01T15:00:01Z"},
]


def lines_of(*events):
    return "".join(json.dumps(event) + "\n" for event in events).encode()


class Input(ToolTest):
    def refused(self, stdin, *words):
        """The error; nothing is stored, and no store is made."""
        answer = self.run_tool("import", self.store, "--create", *words, stdin=stdin, code=2)
        self.assertEqual(answer.out, "")
        self.assertEqual(len(answer.err.splitlines()), 1)
        self.assertFalse(os.path.exists(self.store))
        return answer.err

    def shown(self):
        return self.run_tool("query", self.store, "--json").lines


class Newcomer(Input):
    def follow_advice(self, stdin, events):
        """Does what each message says, until the lines are stored; returns the messages."""
        words, said = [], []
        for _ in range(8):
            process = subprocess.run([TOOL, "import", self.store, "--create", *words], input=stdin,
                                     capture_output=True, check=False, env=ENVIRONMENT)
            if process.returncode == 0:
                self.assertEqual(len(self.shown()), events)
                return said
            said.append(process.stderr.decode())
            self.assertFalse(os.path.exists(self.store) and len(words) == 0)
            advice = re.search(r"for example with ((?:--\S+ (?:'[^']*'|[^-(]\S*) ?|--\S+ ?)+)", said[-1])
            words += shlex.split(advice[1])
            if os.path.exists(self.store):
                words.append("--resume")
        self.fail("\n".join(said))

    def test_the_first_message_leads_through_lines_of_another_form(self):
        said = self.follow_advice(lines_of(*GITHUB), 2)
        self.assertIn('no "entity", "scope" and "kind"', said[0])
        for member in ('"actor"', '"created_at"', '"repo"', '"type"'):
            self.assertIn(member, said[0])
        self.assertIn("--entity-field /actor/login", said[0])
        self.assertIn("--kind-field type", said[0])
        self.assertIn("batpak help import-format", said[0])
        self.assertEqual(len(said), 1)
        self.assertEqual([(e["kind"], e["kind_name"]) for e in self.shown()],
                         [("0xE001", "CreateEvent"), ("0xE002", "PushEvent")])
        self.assertEqual([e["entity"] for e in self.shown()], ["petroav", "rspt"])
        self.assertEqual([e["payload"] for e in self.shown()], [e["payload"] for e in GITHUB])

    def test_a_line_of_any_other_form_leads_somewhere_too(self):
        for number, event in enumerate([
                {}, {"a": 1}, {"level": "info", "msg": "started", "ts": 1700000000.5},
                {"user_id": 17, "event": "page view", "properties": {"x": 1}},
                {"x y": {"z'": 1}, "-": "q", "\x1b[31m": 2}, {"entity": "e", "kind": "moved"},
                {"entity": None, "scope": "s", "kind": "0xF001", "payload": 1},
                {f"m{i}": i for i in range(1000)}]):
            with self.subTest(event=str(event)[:80]):
                self.store = os.path.join(self.folder, f"store{number}")
                for words in self.follow_advice(lines_of(event), 1):
                    self.assertLess(len(words), 1200)
                    self.assertNotIn("\x1b", words)

    def test_a_mapping_that_points_nowhere_is_named(self):
        said = self.refused(lines_of(*GITHUB), "--entity-field", "/actor/name", "--scope", "github",
                            "--kind", "0x1001")
        self.assertIn('no "/actor/name", where the mapping has the entity', said)
        said = self.refused(lines_of(*GITHUB), "--entity-field", "/actor/id", "--scope", "github",
                            "--kind", "0x1001")
        self.assertIn("--ignore-unknown", said)


class Formats(Input):
    def test_other_formats_are_named_with_what_helps(self):
        text = (LINE % 1) * 3
        table = "id,name,time\n1,x,2\n"
        pretty = json.dumps(json.loads(LINE % 1), indent=2) + "\n"
        for content, words in [
                (gzip.compress(text.encode()), "zcat"), (bz2.compress(text.encode()), "bzcat"),
                (lzma.compress(text.encode()), "xzcat"), (text.encode("utf-16"), "UTF-16"),
                (text.encode("utf-16-le"), "UTF-16LE"), (text.encode("utf-16-be"), "UTF-16BE"),
                (text.encode("utf-32"), "UTF-32"), (table.encode(), "CSV"),
                (table.replace(",", "\t").encode(), "CSV"), (b"[" + text.encode() + b"]", "jq -c '.[]'"),
                (b"[\n" + text.encode() + b"]", "jq -c '.[]'"), (b"[{}]\n", "jq -c '.[]'"),
                (pretty.encode(), "jq -c ."), (b"<events/>\n", "XML"), (b'"text"\n', "no JSON object"),
                (b"12\n", "no JSON object"), (b"\x00\x01\x02", "no JSON")]:
            with self.subTest(content=content[:20]):
                said = self.refused(content)
                self.assertIn("line 1", said)
                self.assertIn(words, said)

    def test_a_byte_order_mark_and_other_ends_of_lines_are_no_error(self):
        text = "\ufeff" + LINE % 1 + LINE % 2
        for content in (text, text.replace("\n", "\r\n"), text.rstrip("\n"), "\ufeff\n" + text[1:],
                        "\n\r\n \t\n" + text[1:] + "\n\n"):
            with self.subTest(content=content[:12]):
                self.run_tool("import", self.store, "--create", stdin=content.encode())
                self.assertEqual([e["payload"] for e in self.shown()], [1, 2])
                self.run_tool("init", self.store, code=1)
                self.store += "x"

    def test_an_error_has_one_place(self):
        said = self.refused(b"{x\n")
        self.assertIn("standard input, line 1, byte 2: no JSON: syntax error", said)
        self.assertNotIn("column", said)
        self.run_tool("init", self.store)
        twice = '{"entity":"a","entity":"b"}\n'
        answer = self.run_tool("import", self.store, stdin=(LINE % 1 + twice).encode(), code=2)
        self.assertIn("line 2, byte 22: no JSON: an object has one key twice", answer.err)


class Create(Input):
    def test_what_fails_before_the_first_event_makes_no_store(self):
        for stdin, words in [(b"{", []), (b"", ["--kind", "x"]), (b"", ["--batch-size", "0"]),
                             (b"", ["--segment-bytes", "1"]), (b"", ["--kind-name", "x"])]:
            self.refused(stdin, *words)
        self.run_tool("import", self.store, "no-such-file", "--create", code=1)
        self.run_tool("import", self.store, "--create", "--map", "no-such-file", code=1)
        self.assertFalse(os.path.exists(self.store))

    def test_what_fails_later_keeps_what_came_before(self):
        self.run_tool("import", self.store, "--create", stdin=(LINE % 1 + "{").encode(), code=2)
        self.assertEqual([e["payload"] for e in self.shown()], [1])

    def test_an_input_without_lines_is_an_import_of_nothing(self):
        for number, stdin in enumerate((b"", b"\n", b"\r\n \t\n", b"\xef\xbb\xbf")):
            self.store = os.path.join(self.folder, str(number))
            answer = self.run_tool("import", self.store, "--create", "--json", stdin=stdin).line
            self.assertEqual((answer["imported"], answer["end"]), (0, 0))


class Pipe(Input):
    def test_what_a_slow_pipe_brought_is_stored_while_it_is_silent(self):
        """Goal: nobody waits for the 1000th line to see the first.
        Method: write a line, and half of the next; look for the first; go on. A look that never
        finds it is ended by the patience of the test."""
        self.run_tool("init", self.store)
        process = self.start_tool("import", self.store, stdin=subprocess.PIPE)
        rest = ""
        for i in range(5):
            text = LINE % i
            process.stdin.write((rest + text[:20]).encode())
            process.stdin.flush()
            rest = text[20:]
            process.stdin.write((rest + text[:20]).encode())
            process.stdin.flush()
            while len(lines := self.shown()) < 2 * i + 1:
                self.assertIsNone(process.poll())
            self.assertEqual(len(lines), 2 * i + 1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.assertEqual(len(self.shown()), 9)


class Values(Input):
    def test_numbers_and_texts_at_the_edges(self):
        for text, told in [
                ("0", "0"), ("-0", "-0.0"), ("-0.0", "-0.0"), ("1e2", "100.0"), ("1E400", None),
                ("-1e400", None), ("1e-400", "0.0"), (str(2**64 - 1), str(2**64 - 1)),
                (str(2**64), None), (str(-2**63), str(-2**63)), (str(-2**63 - 1), None),
                ("NaN", None), ("Infinity", None), ("-Infinity", None), ("01", None), ("+1", None),
                (".5", None), ("5.", None), ("0x10", None), ("'a'", None), ("[1,]", None),
                ('"\\ud800"', None), ('"\\udc00\\ud800"', None), ('"\\ud83d\\ude00"', '"😀"'),
                ('"\\u0000"', '"\\u0000"'), ('"\t"', None), ('"\\x41"', None), ("tru", None),
                ('{"a":1,"a":1}', None), ('{"a":{"b":[{"c":1,"c":2}]}}', None), ("/* */1", None),
                ("[" * 64 + "]" * 64, "[" * 64 + "]" * 64), ("1 1", None), ("", None)]:
            with self.subTest(text=text):
                self.store = os.path.join(self.folder, "s" + str(abs(hash(text))))
                stdin = (LINE % text).encode()
                deep = text.startswith("[[")
                if told is None or deep:
                    said = self.refused(stdin)
                    self.assertRegex(said, "line 1, byte [0-9]+: no JSON: |64 deep")
                    self.assertLess(len(said), 300)
                    continue
                self.run_tool("import", self.store, "--create", stdin=stdin)
                out = self.run_tool("query", self.store, "--json").out
                self.assertTrue(out.endswith('"payload":' + told + "}\n"), out)

    def test_bytes_that_are_no_text(self):
        for middle in (b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\x80"', b'"a\x00b"', b'"\xf5\x80\x80\x80"'):
            self.assertIn("no JSON", self.refused((LINE % "@").encode().replace(b"@", middle)))
        for name in ('"a\\u0000b"', '"\\n"', '""', '"' + "x" * 1025 + '"', '{"$bytes":"0g"}', "[]"):
            line = LINE.replace('"e"', name) % 1
            self.assertIn("line 1", self.refused(line.encode()))

    def test_a_line_longer_than_any_event_ends_in_bounded_memory(self):
        """Goal: neither a line without end nor a large one takes memory without end.
        Method: lines of zeros, of a deep array and of an array of zeros, under limits of memory."""
        def limit():
            if not ADDRESS_SANITIZED:
                resource.setrlimit(resource.RLIMIT_AS, (1200 << 20, 1200 << 20))
        if ADDRESS_SANITIZED:
            print("without the limits: AddressSanitizer reserves more address space itself")
        self.run_tool("init", self.store)
        endless = subprocess.run(f"head -c 300000000 /dev/zero | tr '\\0' '0' | {TOOL} import "
                                 f"{self.store}", shell=True, capture_output=True, check=False,
                                 env=ENVIRONMENT, preexec_fn=limit)
        self.assertEqual(endless.returncode, 2, endless.stderr)
        self.assertIn(b"line 1 is longer than 256.0 MiB", endless.stderr)
        large = (LINE % ("[" + "0," * (8 << 20) + "0]")).encode()
        done = subprocess.run([TOOL, "import", self.store], input=large, capture_output=True,
                              check=False, env=ENVIRONMENT, preexec_fn=limit)
        self.assertEqual(done.returncode, 0, done.stderr)
        deep = (LINE % ("[" * (16 << 20))).encode()
        self.assertIn("64 deep", self.run_tool("import", self.store, stdin=deep, code=2).err)

    def test_times_of_rfc_3339_are_filters(self):
        self.run_tool("import", self.store, "--create", stdin=(LINE % 1).encode())
        for time in ("2025-11-22t08:46:14z", "2025-11-22T08:46:14.1234567Z", "2016-12-31T23:59:60Z",
                     "2025-11-22T08:46:14.123456789+01:00", "2025-11-22T08:46:14-00:00"):
            self.assertEqual(self.run_tool("query", self.store, "--since", time, "--count").out,
                             "1\n")


if __name__ == "__main__":
    unittest.main()
