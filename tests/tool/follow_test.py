#!/usr/bin/env python3
"""tail --follow beside a writer in another process."""

import json
import os
import signal
import subprocess
import unittest

from tool_runner import PATIENCE_S, LineReader, ToolTest


class Follow(ToolTest):
    def follow(self, *words):
        process = self.start_tool("tail", self.store, "--follow", "--json", *words)
        return process, LineReader(process.stdout)

    def test_shows_the_last_and_then_what_comes(self):
        self.make_store(*[("e", "s", "0xF001", i) for i in range(3)])
        process, lines = self.follow("-n", "2")
        self.assertEqual([lines.next()["payload"] for _ in range(2)], [1, 2])
        for i in range(3, 6):
            self.append("e", "s", "0xF001", i)
            self.assertEqual(lines.next()["payload"], i)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE_S), 0)

    def test_begins_with_an_empty_store_and_filters(self):
        self.make_store()
        process, lines = self.follow("-n", "0", "--entity", "b")
        self.append("a", "s", "0xF001", 1)
        self.append("b", "s", "0xF001", 2)
        self.assertEqual(lines.next()["payload"], 2)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE_S), 0)

    def test_misses_nothing_of_a_busy_writer_across_segments(self):
        """Goal: a follower sees each event of a writer once, in order, over many segments.
        Method: follow while an import runs that begins a segment every 4 KiB and syncs seldom. What
                is stored before the follower has opened the store, it shows as the last events."""
        self.make_store()
        process, lines = self.follow("-n", "3000")
        writer = self.start_tool("import", self.store, "--segment-bytes", "4096",
                                 "--batch-size", "100", stdin=subprocess.PIPE)
        for begin in range(0, 3000, 500):
            writer.stdin.write(b"".join(
                b'{"entity":"e","scope":"s","kind":"0xF001","payload":%d}\n' % i
                for i in range(begin, begin + 500)))
            writer.stdin.flush()
        writer.stdin.close()
        for i in range(3000):
            line = lines.next()
            self.assertEqual((line["sequence"], line["payload"]), (i, i))
        self.assertEqual(writer.wait(PATIENCE_S), 0)
        segments = self.run_tool("segments", self.store, "--json").lines
        self.assertGreater(len(segments), 20)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE_S), 0)
        self.assertEqual(process.stderr.read(), b"")

    def test_ends_when_nobody_reads(self):
        self.make_store(("e", "s", "0xF001", 1))
        process, lines = self.follow()
        lines.next()
        process.stdout.close()
        self.assertEqual(process.wait(PATIENCE_S), 0)

    def test_says_so_when_the_store_is_taken_away(self):
        self.make_store(("e", "s", "0xF001", 1))
        process, lines = self.follow()
        lines.next()
        os.rename(self.segment(), self.segment() + ".away")
        self.append_to_a_new_file()
        self.assertNotEqual(process.wait(PATIENCE_S), 0)
        self.assertIn("error", json.loads(process.stderr.read()))

    def append_to_a_new_file(self):
        """Makes the MANIFEST speak of a segment that is not there."""
        for name in ("MANIFEST", "MANIFEST.copy"):
            path = os.path.join(self.store, name)
            with open(path, "r+b") as file:
                file.truncate(10)


if __name__ == "__main__":
    unittest.main()
