#!/usr/bin/env python3
"""What goes wrong ends with the code that `batpak help exit-codes` promises, and says why."""

import fcntl
import json
import os
import pty
import subprocess
import unittest

from tool_runner import ENVIRONMENT, TOOL, ToolTest, damage

READS = [["get", "0"], ["query"], ["stream", "e"], ["tail"], ["ancestors", "0"], ["verify"],
         ["stats"], ["segments"], ["dump"]]


class Errors(ToolTest):
    def reads(self):
        """Each reading command, as words for run_tool."""
        yield from ([words[0], self.store, *words[1:]] for words in READS)
        yield ["lists", "kinds", self.store]

    def test_usage(self):
        self.make_store(("e", "s", "0xF001", 1))
        store = self.store
        cases = [
            ["nope"], ["--nope"], ["query"], ["query", store, "--nope"],
            ["query", store, "extra"], ["get", store], ["lists", "nothing", store],
            ["completions", "csh"], ["help", "nothing"],
            ["get", store, "x"], ["get", store, "-1"], ["get", store, "0-1"],
            ["query", store, "--limit", "x"], ["query", store, "--limit", "-1"],
            ["query", store, "--limit", "0x10"], ["query", store, "--limit", "1" * 30],
            ["query", store, "--limit"], ["query", store, "--kind", "F001"],
            ["query", store, "--kind", "0x10000"], ["query", store, "--category", "16"],
            ["query", store, "--since", "yesterday"], ["query", store, "--since", "2025-02-30"],
            ["query", store, "--correlation", "x"],
            ["append", store, "e", "s", "0xF001"], ["append", store, "e", "s", "x", "1"],
            ["append", store, "e", "s", "0xF001", "{"], ["append", store, "", "s", "0xF001", "1"],
            ["append", store, "e", "s\n", "0xF001", "1"], ["append", store, "e", "s", "0xD001", "1"],
            ["append", store, "e", "s", "0xF001", "1", "--expect", "x"],
            ["append", store, "e", "s", "0xF001", "1", "--meta", "x"],
            ["append", store, "e", "s", "0xF001", "1", "--flags", "1"],
            ["append", store, "e", "s", "0xF001", "1", "--flags", str(2**32)],
            ["import", store, "--batch-size", "0"], ["import", store, "--segment-bytes", "1"],
            ["dump", store, "--offset", "96"], ["dump", store, "--explain"],
            ["dump", store, "--segment", "1", "--offset", str(2**40)],
            ["dump", store, "--segment", "0"], ["dump", store, "--segment", "99"],
            ["dump", store, "--segment", "99", "--offset", "96", "--explain"],
            ["dump", store, "--segment", "1", "--offset", "5"],
            ["verify", store, "--expect-root", "aaaa"],
            ["dump", store, "--segment", "1", "--offset", "5", "--explain"],
        ]
        for words in cases:
            with self.subTest(words=words):
                answer = self.run_tool(*words, code=2)
                self.assertEqual(answer.out, "")
                self.assertRegex(answer.err, r"^batpak: .+\n$")
                if words:
                    answer = self.run_tool(*words, "--json", code=2)
                    error = json.loads(answer.err)
                    self.assertEqual((error["exit"], bool(error["error"]["text"])), (2, True))
        self.assertEqual(self.run_tool("query", store, "--count").out, "1\n")

    def test_help_and_version_are_no_errors(self):
        self.assertRegex(self.run_tool("--version").out, r"^batpak \d+\.\d+\.\d+\n$")
        for words in (["--help"], ["help"], ["import", "--help"], ["help", "import"],
                      ["help", "exit-codes"], ["help", "import-format"], ["help", "json"]):
            answer = self.run_tool(*words)
            self.assertEqual(answer.err, "")
            self.assertGreater(len(answer.out), 200)

    def test_what_is_not_there(self):
        for words in self.reads():
            with self.subTest(words=words):
                self.assertIn("NotAStore", self.run_tool(*words, code=1).err)
        self.run_tool("append", self.store, "e", "s", "0xF001", "1", code=1)
        self.run_tool("import", self.store, code=1)
        self.assertFalse(os.path.exists(self.store))
        os.mkdir(self.store)
        for words in self.reads():
            self.run_tool(*words, code=1)
        self.assertEqual(os.listdir(self.store), [])
        self.make_store(("e", "s", "0xF001", 1))
        self.assertIn("EventNotFound", self.run_tool("get", self.store, "1", code=1).err)
        nil = "00000000-0000-7000-8000-000000000000"
        self.run_tool("get", self.store, nil, code=1)
        self.run_tool("ancestors", self.store, nil, code=1)
        self.assertIn("no-such-file", self.run_tool("import", self.store, "no-such-file", code=1).err)

    def test_a_folder_of_other_things_is_left_alone(self):
        os.mkdir(self.store)
        with open(os.path.join(self.store, "thesis.txt"), "w", encoding="utf-8"):
            pass
        self.run_tool("init", self.store, code=1)
        self.run_tool("import", self.store, "--create", code=1)
        self.assertEqual(os.listdir(self.store), ["thesis.txt"])

    def test_a_locked_store_is_read_and_not_written(self):
        self.make_store(("e", "s", "0xF001", 1))
        with open(os.path.join(self.store, "LOCK"), "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for words in self.reads():
                self.run_tool(*words)
            answer = self.run_tool("append", self.store, "e", "s", "0xF001", "1", "--json", code=5)
            self.assertEqual(json.loads(answer.err)["error"]["class"], "Busy")
            self.run_tool("import", self.store, code=5)
        self.run_tool("append", self.store, "e", "s", "0xF001", "1")

    def test_a_full_disk_for_results(self):
        self.make_store(("e", "s", "0xF001", 1))
        for words in self.reads():
            with self.subTest(words=words), open("/dev/full", "wb") as full:
                process = subprocess.run([TOOL, *words], stdout=full, stderr=subprocess.PIPE,
                                         check=False, env=ENVIRONMENT)
                self.assertEqual(process.returncode, 4)
                self.assertIn(b"standard output", process.stderr)

    def test_a_reader_who_goes_away_is_no_error(self):
        lines = "".join('{"entity":"e","scope":"s","kind":"0xF001","payload":%d}\n' % i
                        for i in range(5000))
        self.run_tool("import", self.store, "--create", stdin=lines.encode())
        for words in (["query", self.store], ["dump", self.store]):
            process = self.start_tool(*words)
            process.stdout.readline()
            process.stdout.close()
            self.assertEqual(process.stderr.read(), b"")
            self.assertEqual(process.wait(), 0)

    def test_a_manifest_without_its_copy_is_refused(self):
        self.make_store(("e", "s", "0xF001", 1))
        for name in ("MANIFEST", "MANIFEST.copy"):
            damage(os.path.join(self.store, name), 30)
        for words in self.reads():
            with self.subTest(words=words):
                answer = self.run_tool(*words, code=0 if words[0] == "dump" else 3)
                if words[0] not in ("dump", "verify"):
                    self.assertIn("CorruptManifest", answer.err)
        self.run_tool("append", self.store, "e", "s", "0xF001", "1", code=3)
        (segment,) = self.run_tool("segments", self.store, "--json", code=3).lines
        self.assertEqual((segment["state"], segment["end"]), ("unlisted", 1))

    def test_colours_are_for_terminals_without_no_color(self):
        self.make_store(("e", "s", "0xF001", "é"))

        def on_terminal(*words, **variables):
            master, slave = pty.openpty()
            environment = {key: value for key, value in ENVIRONMENT.items() if key != "NO_COLOR"}
            process = subprocess.run([TOOL, *words], stdout=slave, stderr=slave, check=False,
                                     env={**environment, "TERM": "xterm", **variables})
            os.close(slave)
            shown = b""
            try:
                while chunk := os.read(master, 65536):
                    shown += chunk
            except OSError:
                pass
            os.close(master)
            return process.returncode, shown
        for words in (["query", self.store], ["verify", self.store], ["nope"]):
            self.assertIn(b"\x1b[", on_terminal(*words)[1])
            self.assertNotIn(b"\x1b[", on_terminal(*words, NO_COLOR="1")[1])
            self.assertNotIn(b"\x1b[", on_terminal(*words, TERM="dumb")[1])
        shown = on_terminal("query", self.store, "--json")[1]
        self.assertIn(b"\\u00e9", shown)
        shown.decode("ascii")


if __name__ == "__main__":
    unittest.main()
