#!/usr/bin/env python3
"""compact, as it is used: on a store of many segments, beside readers, killed, and where it cannot be."""

import os
import signal
import subprocess
import time
import unittest

from tool_runner import ENVIRONMENT, PATIENCE_S, TOOL, LineReader, ToolTest, damage

KILLS = 25


def lines_of(count, first=0, payload_bytes=200):
    """Events to import."""
    return "".join('{"entity":"e%d","scope":"s","kind":"0xF001","payload":"%s"}\n'
                   % (i % 7, "x" * payload_bytes) for i in range(first, first + count)).encode()


class Compact(ToolTest):
    def fill(self, count, **options):
        self.run_tool("import", self.store, "--create", "--segment-bytes", "8192",
                      "--batch-size", "20", stdin=lines_of(count, **options))

    def compact(self, *options, **expected):
        return self.run_tool("compact", self.store, "--merge", *options, **expected)

    def events(self):
        return self.run_tool("query", self.store, "--json").out

    def root(self):
        return self.run_tool("verify", self.store, "--json").line["root"]

    def files(self):
        return sorted(os.listdir(os.path.join(self.store, "segments")))

    def test_many_segments_become_one_and_nothing_else_changes(self):
        self.fill(500)
        events, root, files = self.events(), self.root(), self.files()
        planned = self.compact("--dry-run", "--json").line
        self.assertEqual(self.files(), files)
        self.assertTrue(planned["dry_run"])
        self.assertEqual(planned["segments_before"], len(files) - 1)
        done = self.compact("--json").line
        for key in ("segments_before", "segments_after", "segments_merged", "segments_made"):
            self.assertEqual(done[key], planned[key], key)
        self.assertEqual(done["segments_after"], 1)
        self.assertLess(done["bytes_after"], done["bytes_before"])
        self.assertFalse(done["cleanup_pending"])
        self.assertEqual(len(self.files()), 2)
        self.assertEqual((self.events(), self.root()), (events, root))
        self.fill(500, first=500)
        self.assertEqual(self.compact("--json").line["segments_after"], 1)
        self.assertEqual(self.run_tool("query", self.store, "--count").out, "1000\n")
        self.run_tool("verify", self.store)

    def test_people_read_what_was_done(self):
        self.fill(3)
        self.assertEqual(self.compact().out, "nothing to merge in 0 sealed segments\n")
        self.fill(200, first=3)
        self.assertRegex(self.compact("--dry-run").out,
                         r"^\d+ segments would become 1: \d+ sealed segments, [\d.]+ KiB, would be 1\n$")
        self.assertRegex(self.compact().out,
                         r"^\d+ segments became 1: \d+ sealed segments, [\d.]+ KiB, are now 1, [\d.]+ KiB\n$")

    def test_what_cannot_be_is_said(self):
        self.fill(200)
        self.assertIn("--merge", self.run_tool("compact", self.store, code=2).err)
        self.assertIn("bytes_max", self.compact("--bytes-max", "17", code=2).err)
        self.run_tool("snapshot", self.store, self.store + "-copy")
        refused = self.run_tool("compact", self.store + "-copy", "--merge", code=2)
        self.assertIn("SnapshotOnly", refused.err)
        self.assertIn("NotAStore", self.run_tool("compact", self.store + "-none", "--merge", code=1).err)
        self.assertFalse(os.path.exists(self.store + "-none"))
        damage(os.path.join(self.store, "segments", "000000000002.bpk"), 4000)
        files = self.files()
        self.assertIn("CorruptFrame", self.compact(code=3).err)
        self.assertEqual(self.files(), files)

    def test_a_follower_goes_on(self):
        self.fill(300)
        follower = self.start_tool("tail", self.store, "--follow", "--json", "-n", "300")
        lines = LineReader(follower.stdout)
        seen = [lines.next()["sequence"] for _ in range(100)]
        self.compact()
        self.fill(50, first=300)
        self.compact()
        self.fill(10, first=350)
        seen += [lines.next()["sequence"] for _ in range(260)]
        self.assertEqual(seen, list(range(360)))
        follower.send_signal(signal.SIGINT)
        self.assertEqual(follower.wait(PATIENCE_S), 0)

    def test_killed_it_leaves_the_old_or_the_new_segments(self):
        self.fill(2000)
        events, root = self.events(), self.root()
        left = 0
        for number in range(KILLS):
            process = subprocess.Popen([TOOL, "compact", self.store, "--merge", "--bytes-max", "65536"],
                                       env=ENVIRONMENT, stdout=subprocess.DEVNULL)
            time.sleep(0.002 * number)
            process.kill()
            process.wait(timeout=PATIENCE_S)
            with open(os.path.join(self.store, "MANIFEST"), encoding="ascii") as file:
                left += "gone" in file.read()
            self.assertEqual(self.root(), root)
        self.compact()
        self.assertEqual(self.events(), events)
        with open(os.path.join(self.store, "MANIFEST"), encoding="ascii") as file:
            listed = file.read()
        self.assertNotIn("gone", listed)
        self.assertEqual(len(self.files()), listed.count("segment "))
        print(f"{left} of {KILLS} kills left something to finish")


if __name__ == "__main__":
    unittest.main()
