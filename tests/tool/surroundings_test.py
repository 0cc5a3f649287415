#!/usr/bin/env python3
"""Every command wherever somebody may run it: other directories, closed and full streams, locales."""

import os
import shutil
import signal
import subprocess
import unittest

from tool_runner import ENVIRONMENT, TOOL, ToolTest

LINE = b'{"entity":"e","scope":"s","kind":"0xF001","payload":1}\n'
NOBODY = 65534
READS = [["get", "0"], ["query"], ["query", "--json"], ["query", "--count"], ["stream", "e"],
         ["tail"], ["ancestors", "0"], ["verify"], ["verify", "--json"], ["stats"], ["segments"],
         ["query", "--format", "table"], ["get", "0", "--fields", "entity,payload"], ["query", "--at", "0"],
         ["project", "--by", "entity,payload"], ["why", "0", "--effects"], ["graph"],
         ["graph", "--format", "mermaid"], ["diff"], ["query", "--where", "sequence >= 0"],
         ["dump"], ["dump", "--json"], ["dump", "--segment", "1", "--offset", "96", "--explain"]]
# A file gets what is stored as it is.
FILES = [["query", "--format", "json"], ["query", "--format", "csv"], ["tail", "--format", "ndjson"]]
WRITES = [["append", "e", "s", "0xF001", "1"], ["import"]]
TEXTS = [["--help"], ["--version"], ["help"], ["help", "json"], ["help", "exit-codes"],
         ["query", "--help"], ["completions", "bash"], ["completions", "zsh"],
         ["completions", "fish"], ["man"]]


class Surroundings(ToolTest):
    def reads(self):
        yield from ([words[0], self.store, *words[1:]] for words in READS)
        for what in ("entities", "scopes", "kinds"):
            yield ["lists", what, self.store]

    def writes(self):
        yield from ([words[0], self.store, *words[1:]] for words in WRITES)

    def everything(self):
        yield from self.reads()
        yield from ([words[0], self.store, *words[1:]] for words in FILES)
        yield from self.writes()
        yield from TEXTS
        yield ["init", self.store + "-new"]

    def codes(self, reads, writes, init):
        """Every command, with nothing that dies, hangs or changes what is there."""
        def there():
            return sorted(os.path.join(where, name) for where, folders, names
                          in os.walk(self.folder) for name in folders + names)
        before = there()
        for words in self.reads():
            with self.subTest(words=words):
                answer = self.run_tool(*words, code=reads)
                if words[0] != "verify":
                    self.assertRegex(answer.err, r"^(batpak: |\{\"error\")[^\n]+\n$")
        for words in [*self.writes(), [*WRITES[1], self.store, "--create"]]:
            if "--create" in words and init == 0:
                continue
            with self.subTest(words=words):
                self.run_tool(*words, stdin=LINE, code=writes if "--create" not in words else init)
        self.assertEqual(there(), before)
        self.run_tool("init", self.store, code=init)

    def test_where_nothing_is(self):
        self.codes(reads=1, writes=1, init=0)

    def test_where_a_directory_is_missing_on_the_way(self):
        self.store = os.path.join(self.folder, "a", "b")
        self.codes(reads=1, writes=1, init=0)

    def test_where_a_directory_is_empty(self):
        os.mkdir(self.store)
        self.codes(reads=1, writes=1, init=0)

    def test_where_other_files_are(self):
        os.mkdir(self.store)
        self.file("store/thesis.txt", "words")
        self.codes(reads=1, writes=1, init=1)

    def test_where_a_file_is(self):
        self.file("store", "words")
        self.codes(reads=1, writes=1, init=1)

    def test_where_a_file_is_on_the_way(self):
        self.file("a", "words")
        self.store = os.path.join(self.folder, "a", "b")
        self.codes(reads=1, writes=1, init=1)

    def as_nobody(self, *words, stdin=b""):
        """Runs a copy of the tool as somebody whom permissions bind."""
        tool = os.path.join(self.folder, "batpak")
        if not os.path.exists(tool):
            os.chmod(self.folder, 0o755)
            shutil.copy(TOOL, tool)
            os.chmod(tool, 0o755)
        whom = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        return subprocess.run([tool, *words], input=stdin, capture_output=True, check=False,
                              env=ENVIRONMENT, **whom)

    def open_to_all(self, folder_mode, file_mode):
        for where, _, names in os.walk(self.store):
            for name in names:
                os.chmod(os.path.join(where, name), file_mode)
        for where, _, _ in os.walk(self.store, topdown=False):
            os.chmod(where, folder_mode)

    def test_what_may_be_read_only_is_read(self):
        self.make_store(("e", "s", "0xF001", 1))
        self.open_to_all(0o555, 0o444)
        self.addCleanup(self.open_to_all, 0o755, 0o644)
        for words in self.reads():
            with self.subTest(words=words):
                done = self.as_nobody(*words)
                self.assertEqual((done.returncode, done.stderr), (0, b""))
        for words in self.writes():
            done = self.as_nobody(*words, stdin=LINE)
            self.assertEqual(done.returncode, 4, done.stderr)
            self.assertIn(b"ermission denied", done.stderr)

    def test_what_may_not_be_read_is_said(self):
        self.make_store(("e", "s", "0xF001", 1))
        self.open_to_all(0o700, 0o600)
        os.chmod(self.store, 0)
        self.addCleanup(os.chmod, self.store, 0o700)
        if os.geteuid() == 0:
            os.chown(self.store, 1, 1)
        for words in [*self.reads(), *self.writes()]:
            with self.subTest(words=words):
                done = self.as_nobody(*words, stdin=LINE)
                self.assertEqual(done.returncode, 4, done.stderr)
                if words[0] != "verify":
                    self.assertIn(b"ermission denied", done.stderr)

    # ---- the three streams

    def run_with(self, words, stdin=subprocess.DEVNULL, close=(), **options):
        def prepare():
            for descriptor in close:
                os.close(descriptor)
        return subprocess.run([TOOL, *words], stdin=stdin, check=False, env=ENVIRONMENT,
                              preexec_fn=prepare, timeout=60, **options)

    def filled(self):
        self.make_store()
        lines = "".join('{"entity":"e%d","scope":"s","kind":"0xF001","payload":"%s"}\n'
                        % (i, "x" * 100) for i in range(3000))
        lines += '{"entity":"e","scope":"s","kind":"0xF001","payload":1}\n'
        self.run_tool("import", self.store, stdin=lines.encode())

    def test_closed_standard_output_is_an_error(self):
        self.filled()
        for words in self.everything():
            with self.subTest(words=words):
                done = self.run_with(words, close=[1], stderr=subprocess.PIPE)
                self.assertEqual(done.returncode, 4, done.stderr)
                self.assertIn(b"standard output", done.stderr)
        self.run_tool("verify", self.store)

    def test_full_standard_output_is_an_error(self):
        self.filled()
        for words in self.everything():
            with self.subTest(words=words), open("/dev/full", "wb") as full:
                done = self.run_with(words, stdout=full, stderr=subprocess.PIPE)
                self.assertEqual(done.returncode, 4, done.stderr)
                self.assertIn(b"No space left", done.stderr)

    def test_a_reader_who_is_gone_before_the_first_word_is_no_error(self):
        self.filled()
        for words in self.everything():
            with self.subTest(words=words):
                reading, writing = os.pipe()
                os.close(reading)
                done = self.run_with(words, stdout=writing, stderr=subprocess.PIPE)
                os.close(writing)
                self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_head_ends_it_quietly(self):
        self.filled()
        for words in self.reads():
            with self.subTest(words=words):
                done = subprocess.run(["bash", "-c", 'set -o pipefail; "$@" | head -1', "-", TOOL,
                                       *words], capture_output=True, check=False, env=ENVIRONMENT)
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                self.assertEqual(done.stdout.count(b"\n"), 1)

    def test_closed_standard_input_is_an_error_and_never_a_file_of_the_store(self):
        self.make_store(("e", "s", "0xF001", 1))
        for words in (["import", self.store], ["import", self.store, "-"],
                      ["append", self.store, "e", "s", "0xF001", "-"]):
            done = self.run_with(words, close=[0], stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 4)
            self.assertIn(b"standard input", done.stderr)
        self.assertEqual(self.run_tool("query", self.store, "--count").out, "1\n")
        for words in self.reads():
            with self.subTest(words=words):
                self.assertEqual(self.run_with(words, close=[0], stdout=subprocess.DEVNULL)
                                 .returncode, 0)

    def test_without_any_stream_the_code_is_right_and_the_store_is_whole(self):
        self.make_store(("e", "s", "0xF001", 1))
        for words in self.everything():
            with self.subTest(words=words):
                done = self.run_with(words, close=[0, 1, 2])
                self.assertEqual(done.returncode, 4)
        self.assertEqual(self.run_with(["nosuch"], close=[0, 1, 2]).returncode, 2)
        self.run_tool("verify", self.store)

    def test_input_that_is_a_directory_is_said(self):
        self.make_store()
        for words in (["import", self.store, self.folder], ["import", self.store, "--map",
                                                            self.folder]):
            self.assertIn(f"{self.folder}: Is a directory", self.run_tool(*words, code=4).err)

    def test_interrupted_before_any_input_it_ends_at_once(self):
        for words in (["import", self.store, "--create"], ["import", self.store]):
            if "--create" not in words:
                self.make_store()
            process = self.start_tool(*words, stdin=subprocess.PIPE)
            while not self.catches(process.pid, signal.SIGINT):
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(60), 130)
            self.assertEqual(os.path.exists(self.store), "--create" not in words)

    @staticmethod
    def catches(pid, number):
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            caught = [line for line in file if line.startswith("SigCgt:")][0].split()[1]
        return int(caught, 16) >> (number - 1) & 1

    # ---- locales and terminals

    def test_the_surroundings_change_no_byte(self):
        self.make_store(("ünï\u202e語", "s", "0xF001", {"ä": "\x1b[31m😀"}))
        self.append("e", "s", "0xF001", 1)
        variables = [{"LC_ALL": "C"}, {"LC_ALL": "de_DE.ISO-8859-1"}, {"LC_ALL": "nonsense"},
                     {"COLUMNS": "10"}, {"COLUMNS": "0"}, {"COLUMNS": "x"}, {"TERM": ""},
                     {"TERM": "dumb"}, {"NO_COLOR": "1"}, {"LINES": "1"}, {"TZ": "Asia/Tokyo"}]
        for words in self.reads():
            expected = self.run_tool(*words)
            for change in variables:
                with self.subTest(words=words, change=change):
                    done = subprocess.run([TOOL, *words], capture_output=True, check=False,
                                          env={**ENVIRONMENT, **change})
                    self.assertEqual(done.stdout.decode(), expected.out)
            done = subprocess.run([TOOL, *words], capture_output=True, check=False, env={})
            self.assertEqual(done.stdout.decode(), expected.out)

    def test_no_stored_byte_is_obeyed_by_a_terminal(self):
        """Goal: whatever names, payloads, metadata and keys hold, a person sees it and nothing more.
        Method: store the characters that terminals obey or hide wherever they may be stored, and
        look for them in what each command says."""
        evil = "\u202eleft\u009b31m\u00ad\u2028\u200b\ufeff"
        self.make_store()
        first = self.append("e" + evil, "s" + evil, "0xF001",
                            {"k\x1b]0;title\x07" + evil: "v\x1b[2J\r\x00\x7f" + evil}, "--meta",
                            "m\x1b" + evil + "=\x1b[31m" + evil, "--key", "k\x1b[31m" + evil)
        self.run_tool("append", self.store, b"raw\x9b\xff", b"\xfe", "0xF001", '{"$bytes":"1b5b"}',
                      "--causation", first["id"])
        for words in [*self.reads(), ["get", self.store, "1"], ["get", self.store, "9\x1b[31m"],
                      ["ancestors", self.store, "1", "--cause"], ["stream", self.store, "x" + evil],
                      ["query", self.store, "--scope", "\x1b[31m" + evil], ["\x1b[31m" + evil],
                      ["query", self.store, "--\x1b[31m" + evil], ["query", self.folder + evil],
                      ["get", self.store, "0", "--check-hash"], ["help", "\x1b[31m" + evil]]:
            if "--json" in words:
                continue
            with self.subTest(words=words):
                done = subprocess.run([TOOL, *words], capture_output=True, check=False,
                                      env=ENVIRONMENT)
                for text in (done.stdout.decode("utf-8"), done.stderr.decode("utf-8")):
                    for character in text.replace("\n", ""):
                        self.assertTrue(0x20 <= ord(character) < 0x7F or ord(character) > 0xA0,
                                        f"{ord(character):x} in {text!r}")
                        self.assertNotIn(character, evil.replace("left", "").replace("31m", ""))


if __name__ == "__main__":
    unittest.main()
