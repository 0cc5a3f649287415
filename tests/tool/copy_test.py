#!/usr/bin/env python3
"""The way to copy a store that docs/TOOL.md promises, beside a writer in another process."""

import os
import re
import shutil
import subprocess
import threading
import unittest

from tool_runner import ENVIRONMENT, PATIENCE_S, ROOT, TOOL, ToolTest

ROUNDS = 25
TRIES = 10


def promised_way():
    """The commands of the section, as they stand there."""
    with open(os.path.join(ROOT, "docs", "TOOL.md"), encoding="utf-8") as page:
        section = page.read().split("## Copying a store")[1].split("\n## ")[0]
    (commands,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return commands


class Copy(ToolTest):
    def copy(self, name):
        """Makes a copy as promised; returns its path and the code of the whole."""
        copy = os.path.join(self.folder, name)
        tools = os.path.join(self.folder, "bin")
        if not os.path.exists(tools):
            os.mkdir(tools)
            os.symlink(TOOL, os.path.join(tools, "batpak"))
        words = promised_way().replace("STORE", self.store).replace("COPY", copy)
        environment = {**ENVIRONMENT, "PATH": tools + os.pathsep + os.environ["PATH"]}
        process = subprocess.run(["sh", "-c", words], capture_output=True, check=False,
                                 timeout=PATIENCE_S, env=environment)
        self.assertIn(process.returncode, (0, 3), process.stderr)
        return copy, process.returncode

    def start_writer(self):
        """Appends durably, over many segments, until it is told to stop."""
        writer = self.start_tool("import", self.store, "--segment-bytes", "8192",
                                 "--batch-size", "1", stdin=subprocess.PIPE)
        stop = threading.Event()

        def feed():
            number = 0
            while not stop.is_set():
                line = b'{"entity":"e%d","scope":"s","kind":"0xF001","payload":%d}\n'
                writer.stdin.write(line % (number % 7, number))
                writer.stdin.flush()
                number += 1
            writer.stdin.close()

        thread = threading.Thread(target=feed)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(stop.set)
        return writer

    def test_a_copy_beside_a_writer_opens_and_holds_what_was_durable(self):
        """Goal: the promised way gives a whole store, in every round, and one that can be written.
        Method: many copies beside a writer that syncs each event and begins a segment every 8 KiB.
                What a reader saw before the copy was begun must be in it."""
        self.make_store()
        self.start_writer()
        for number in range(ROUNDS):
            before = int(self.run_tool("query", self.store, "--count").out)
            for attempt in range(TRIES):
                copy, code = self.copy(f"copy-{number}-{attempt}")
                if code == 0:
                    break
            self.assertEqual(code, 0, "no copy was whole")
            self.run_tool("append", copy, "e0", "s", "0xF001", "1")
            self.assertGreater(int(self.run_tool("query", copy, "--count").out), before)
            shutil.rmtree(copy)

    def test_a_naive_copy_is_refused_with_words_that_name_the_way(self):
        """The segments of one moment with the MANIFEST of an earlier one, and the other way round."""
        self.make_store()
        lines = "".join('{"entity":"e","scope":"s","kind":"0xF001","payload":%d}\n' % i
                        for i in range(100)).encode()
        arguments = ("--segment-bytes", "4096")
        self.run_tool("import", self.store, *arguments, stdin=lines)
        older = os.path.join(self.folder, "older")
        shutil.copytree(self.store, older)
        self.run_tool("import", self.store, *arguments, stdin=lines)
        for base, manifest in ((self.store, older), (older, self.store)):
            mixed = os.path.join(self.folder, "mixed")
            shutil.copytree(base, mixed)
            for name in ("MANIFEST", "MANIFEST.copy"):
                shutil.copy(os.path.join(manifest, name), mixed)
            refused = self.run_tool("append", mixed, "e", "s", "0xF001", "1", code=3)
            self.assertIn("docs/TOOL.md", refused.err)
            shutil.rmtree(mixed)


if __name__ == "__main__":
    unittest.main()
