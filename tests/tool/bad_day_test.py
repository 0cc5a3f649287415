"""What a person does on a bad day, and what must not happen then: lines with holes, files named by
mistake, words given twice, disks that are full and terminals that are gone."""

import json
import os
import resource
import signal
import subprocess
import unittest

from tool_runner import TOOL, ENVIRONMENT, ToolTest

LINE = b'{"entity":"a","scope":"b","kind":"0xF001","payload":%d}'


def limit_file_bytes():
    # Python ignores this signal, and what it starts would go on to.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))


class BadDayTest(ToolTest):
    def make_events(self, count=10):
        self.run_tool("import", self.store, "-", "--create", stdin=b"\n".join(LINE % i for i in range(count)))

    def at(self, name):
        return os.path.join(self.folder, name)

    def test_what_follows_a_nul_byte_is_never_dropped_in_silence(self):
        self.run_tool("init", self.store)
        for text in (LINE % 1 + b"\0" + LINE % 2, LINE % 1 + b"\0" * 500, b"\0" + LINE % 1, b"\0" * 500 + LINE % 1):
            said = self.run_tool("import", self.store, "-", stdin=text + b"\n", code=2).err
            self.assertIn("a NUL byte", said)
            self.assertNotIn("UTF-16", said)
        self.assertIn("a NUL byte", self.run_tool("append", self.store, "a", "b", "0xF001", "-",
                                                  stdin=b'{"a":1}\0{"b":2}', code=2).err)
        cloud = (b'{"specversion":"1.0","id":"%d","source":"s","type":"t","data":1}')
        self.run_tool("import", self.store, "-", "--format", "cloudevents", stdin=cloud % 1 + b"\0" + cloud % 2, code=2)
        with open(self.at("map"), "wb") as file:
            file.write(b'{"entity": {"value": "a"}}\0garbage')
        self.run_tool("import", self.store, "-", "--map", self.at("map"), stdin=LINE % 1, code=2)
        self.assertEqual(self.run_tool("verify", self.store, "--json").line["events"], 0)

    def test_no_file_that_a_command_writes_lies_in_a_store(self):
        self.make_events()
        other = self.at("other")
        self.run_tool("restore", self.store, other)
        keygen = subprocess.run([TOOL, "keygen", self.store, self.at("key"), "--name", "a"], env=ENVIRONMENT,
                                capture_output=True, check=False)
        has_proofs = b"without libsodium" not in keygen.stderr
        with open(self.at("policy"), "wb") as file:
            file.write(keygen.stdout)
        os.symlink(other, self.at("link"))
        if has_proofs:
            self.run_tool("checkpoint", self.store, "--key", self.at("key"), "-o", self.at("note"))
        for place in (self.store, other, self.at("link")):
            for name in ("MANIFEST", "LOCK", "segments/000000000001.bpk", "segments/000000000002.bpk", "index/x",
                         "new", "segments/deep/new"):
                path = os.path.join(place, name)
                self.run_tool("export", self.store, path, code=2)
                self.run_tool("export", self.store, path, "--resume", code=2)
                self.run_tool("watch", self.store, "--state", path, "--once", "--", "true", code=2)
                if not has_proofs:
                    continue
                self.run_tool("keygen", self.store, path, code=2)
                self.run_tool("checkpoint", self.store, "--key", self.at("key"), "-o", path, code=2)
                self.run_tool("prove", self.store, "1", "--checkpoint", self.at("note"), "--policy",
                              self.at("policy"), "-o", path, code=2)
        for place in (self.store, other):
            self.assertEqual(self.run_tool("verify", place, "--json").line["events"], 10)
            self.run_tool("append", place, "a", "b", "0xF001", "1")
        # A program of another kind may have a file of this name.
        os.mkdir(self.at("java"))
        with open(self.at("java/MANIFEST"), "w", encoding="utf-8") as file:
            file.write("Manifest-Version: 1.0\n")
        self.run_tool("export", self.store, self.at("java/events"))

    def test_a_word_in_brackets_stays_one_word(self):
        self.make_events(5)
        said = self.run_tool("watch", self.store, "--from", "0", "--once", "-l", "1", "--", "echo", "[a,b]", "[]", "x").out
        self.assertEqual(said, "[a,b] [] x\n")
        self.assertIn('takes no further arguments: "[x]"', self.run_tool("stats", self.store, "[x]", code=2).err)
        self.assertIn("[a", self.run_tool("query", self.store, "--where", "[a]", code=2).err)
        told = self.run_tool("bisect", self.store, "--json", "--", "sh", "-c", "[ {} -lt 3 ]").lines
        self.assertNotIn("not found", json.dumps(told))
        self.assertEqual(told[0]["sequence"], 3)
        keygen = subprocess.run([TOOL, "keygen", self.store, self.at("key"), "--name", "a"], env=ENVIRONMENT,
                                capture_output=True, check=False)
        if b"without libsodium" in keygen.stderr:
            return
        with open(self.at("policy"), "wb") as file:
            file.write(keygen.stdout)
        lost = subprocess.run([TOOL, "check-proof", "[f,g]", "--policy", self.at("policy")], env=ENVIRONMENT,
                              capture_output=True, check=False, cwd=self.folder)
        self.assertIn(b"[f,g]", lost.stdout + lost.stderr)

    def test_what_is_named_twice_is_refused(self):
        self.make_events(3)
        for words in (("project", self.store, "--fold", "count,count"),
                      ("project", self.store, "--by", "scope,scope"),
                      ("query", self.store, "--fields", "sequence,sequence"),
                      ("append", self.store, "a", "b", "0xF001", "1", "--meta", "a=1", "--meta", "a=2")):
            self.assertIn("twice", self.run_tool(*words, code=2).err)
        both = b'{"entity":"a","scope":"b","kind":"0xF001","payload":1,"metadata":{"source-time":"x"},"timestamp":"y"}'
        self.assertIn("source-time", self.run_tool("import", self.store, "-", stdin=both, code=2).err)
        self.assertEqual(self.run_tool("verify", self.store, "--json").line["events"], 3)

    def test_a_file_that_may_not_grow_is_an_error_with_words(self):
        self.make_events(2000)
        for words in (("query", self.store, "--json"), ("export", self.store, "-"), ("dump", self.store)):
            with open(self.at("output"), "wb") as output:
                done = subprocess.run([TOOL, *words], stdout=output, stderr=subprocess.PIPE, env=ENVIRONMENT,
                                      preexec_fn=limit_file_bytes, check=False)
            self.assertEqual(done.returncode, 4, words)
            self.assertIn(b"File too large", done.stderr)
        done = subprocess.run([TOOL, "export", self.store, self.at("events"), "--json"], capture_output=True,
                              env=ENVIRONMENT, preexec_fn=limit_file_bytes, check=False)
        self.assertEqual((done.returncode, done.stdout), (4, b""))
        self.run_tool("export", self.store, self.at("events"), "--resume")
        self.run_tool("export", self.store, self.at("whole"))
        with open(self.at("events"), "rb") as one, open(self.at("whole"), "rb") as other:
            self.assertEqual(one.read(), other.read())

    def test_a_terminal_that_is_gone_ends_a_command_in_order(self):
        self.make_events(1)
        for words in (("tail", self.store, "--follow", "--json"), ("watch", self.store, "--from", "0", "--", "echo")):
            process = self.start_tool(*words)
            process.stdout.readline()
            process.send_signal(signal.SIGHUP)
            process.wait(timeout=30)
            self.assertEqual(process.returncode, 0, words)


class UnsetVariables(ToolTest):
    def test_an_empty_key_is_no_key(self):
        self.make_store(("e", "s", "0xF001", 1))
        self.run_tool("append", self.store, "e", "s", "0xF001", "2", "--key", "", code=2)
        self.assertEqual(self.run_tool("query", self.store, "--count").out.strip(), "1")

    def test_no_store_is_made_in_another(self):
        self.make_store(("e", "s", "0xF001", 1))
        other = os.path.join(self.folder, "other")
        self.run_tool("init", other)
        for words in (["init"], ["restore", self.store], ["snapshot", self.store], ["fork", self.store],
                      ["salvage", self.store]):
            refused = self.run_tool(*words, other + "/index/inner", code=2)
            self.assertIn("it would lie in a store", refused.err)
        self.assertFalse(os.path.exists(other + "/index/inner"))


if __name__ == "__main__":
    unittest.main()
