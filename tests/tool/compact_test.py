#!/usr/bin/env python3
"""compact, as it is used: on a store of many segments, beside readers, killed, and where it cannot be."""

import hashlib
import json
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



class Tombstone(ToolTest):
    """Payloads are erased by what `query` finds, or by id; nothing else changes."""

    def fill(self, count=200):
        lines = "".join(
            '{"entity":"e%d","scope":"s","kind":"0xF001","payload":{"n":%d,"secret":"%s"}}\n'
            % (i % 4, i, secret(i)) for i in range(count)).encode()
        self.run_tool("import", self.store, "--create", "--segment-bytes", "8192", stdin=lines)

    def erase(self, *options, **expected):
        return self.run_tool("compact", self.store, "--tombstone", "--reason", "request 4711",
                             *options, **expected)

    def events(self):
        return [json.loads(line) for line in
                self.run_tool("query", self.store, "--json").out.splitlines()]

    def files_with(self, text):
        found = []
        for folder, _, names in os.walk(self.store):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    if text.encode() in file.read():
                        found.append(name)
        return found

    def test_by_entity(self):
        self.fill()
        before = self.events()
        self.assertTrue(self.files_with(secret(1)))
        plan = self.erase("--entity", "e1", "--dry-run", "--json").line
        self.assertEqual((plan["dry_run"], plan["events_erased"]), (True, 50))
        self.assertEqual(self.events(), before)
        done = self.erase("--entity", "e1", "--json").line
        self.assertEqual(done["events_erased"], 50)
        self.assertNotIn("erasure_pending", done)
        after = self.events()
        self.assertEqual(len(after), len(before) + 2)
        for old, new in zip(before, after):
            if old["entity"] == "e1":
                self.assertTrue(new.pop("erased"))
                self.assertGreater(new.pop("erased_bytes"), 16)
                old.pop("payload")
            self.assertEqual(new, old)
        for i in range(200):
            self.assertEqual(bool(self.files_with(secret(i))), i % 4 != 1, i)
        verified = self.run_tool("verify", self.store, "--json").line
        self.assertEqual((verified["ok"], verified["erased"]), (True, 50))
        self.assertIn("erased", self.run_tool("query", self.store, "--entity", "e1").out)
        self.assertIn("erased, ", self.run_tool("dump", self.store).out)
        self.assertEqual(self.erase("--entity", "e1").out, "no payload to erase\n")

    def test_by_id_and_by_expression(self):
        self.fill(20)
        ids = [event["id"] for event in self.events()]
        self.assertEqual(self.erase("--id", ids[3], "--id", ids[7]).out,
                         "2 payloads were erased, in 1 of 1 sealed segment\n")
        self.assertEqual(self.erase("--where", "payload.n > 17").out,
                         "2 payloads were erased, in 1 of 1 sealed segment\n")
        erased = [i for i, event in enumerate(self.events()) if event.get("erased")]
        self.assertEqual(erased, [3, 7, 18, 19])
        unknown = ids[0][:-1] + ("0" if ids[0][-1] != "0" else "1")
        self.assertIn("EventNotFound", self.erase("--id", unknown, code=1).err)

    def test_what_it_wants_to_know(self):
        self.fill(3)
        before = self.events()
        self.assertIn("--from 0 means all", self.erase(code=2).err)
        self.assertIn("not both", self.erase("--id", before[0]["id"], "--entity", "e1", code=2).err)
        compact = lambda *options: self.run_tool("compact", self.store, *options, code=2).err
        self.assertIn("--reason", compact("--tombstone", "--entity", "e1"))
        self.assertIn("--from 0", self.erase("--entity-prefix", "", code=2).err)
        self.assertIn("one at a time", compact("--tombstone", "--merge"))
        self.assertIn("belong to --tombstone", compact("--merge", "--entity", "e1"))
        self.assertIn("belongs to --merge", self.erase("--from", "0", "--bytes-max", "9999", code=2).err)
        self.assertEqual(self.events(), before)
        self.assertEqual(self.run_tool("compact", self.store, "--finish").out, "no payload to erase\n")

    def test_killed_at_any_moment_it_is_finished_by_the_next(self):
        """What was told in the log is never readable again, whenever the process dies."""
        for kill in range(KILLS // 3):
            self.store = os.path.join(self.folder, f"killed-{kill}")
            self.fill(400)
            with subprocess.Popen([TOOL, "compact", self.store, "--tombstone", "--entity", "e1",
                                   "--reason", "x"], env=ENVIRONMENT, stdout=subprocess.DEVNULL) as tool:
                time.sleep(0.004 * kill)
                tool.send_signal(signal.SIGKILL)
            erased = [event for event in self.events() if event.get("erased")]
            self.assertIn(len(erased), (0, 100))
            self.run_tool("compact", self.store, "--finish")
            self.assertEqual(len([event for event in self.events() if event.get("erased")]), len(erased))
            self.assertTrue(self.run_tool("verify", self.store, "--json").line["ok"])
            self.assertEqual(not erased, bool(self.files_with(secret(1))))


def secret(number):
    """16 bytes of text that nothing else has."""
    return hashlib.sha256(b"secret %d" % number).hexdigest()[:16]


if __name__ == "__main__":
    unittest.main()
