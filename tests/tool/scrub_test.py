#!/usr/bin/env python3
"""scrub: all damage in one run, in pieces, at a pace, and beside a writer."""

import json
import os
import resource
import shutil
import signal
import time
import unittest

from tool_runner import ADDRESS_SANITIZED, ToolTest, damage


def lines_of(count, first=0):
    return "".join('{"entity":"e%d","scope":"s","kind":"0xF001","payload":"%s"}\n' % (i % 3, "x" * 200)
                   for i in range(first, first + count)).encode()


class Scrub(ToolTest):
    def fill(self, count, segment_bytes):
        self.run_tool("import", self.store, "--create", "--segment-bytes", str(segment_bytes),
                      "--batch-size", "20", stdin=lines_of(count))

    def hurt(self, *sequences):
        frames = {frame["sequence"]: frame for frame in self.frames()}
        for sequence in sequences:
            frame = frames[sequence]
            damage(self.segment(frame["segment"]), frame["offset"] + 30)

    def lost(self, answer):
        return [line["first"] for line in answer.lines if "lost" in line for _ in range(line["lost"])]

    def test_it_lists_all_damage_where_verify_names_the_first(self):
        self.make_store(*[("e", "s", "0xF001", {"i": i}) for i in range(12)])
        self.hurt(2, 5, 8)
        shutil.rmtree(os.path.join(self.store, "index"))
        self.assertEqual(self.run_tool("verify", self.store, "--json", code=3).line["damage"]["sequence"], 2)
        answer = self.run_tool("scrub", self.store, "--json", code=3)
        self.assertEqual(self.lost(answer), [2, 5, 8])
        total = answer.lines[-1]
        self.assertEqual((total["ok"], total["events"], total["events_lost"], total["next"]),
                         (False, 9, 3, 12))
        text = self.run_tool("scrub", self.store, code=3).out
        self.assertEqual(text.count("damaged"), 3)
        self.assertIn("9 events whole", text)

    def test_pieces_add_up(self):
        self.fill(1000, 20000)
        whole = self.run_tool("scrub", self.store, "--json").line
        at, events, pieces = 0, 0, 0
        while at < whole["next"]:
            piece = self.run_tool("scrub", self.store, "--from", str(at), "--before", str(at + 1),
                                  "--json").line
            at, events, pieces = piece["next"], events + piece["events"], pieces + 1
        self.assertEqual((events, pieces), (1000, whole["segments"]))
        self.assertGreater(pieces, 3)

    def test_a_signal_ends_it_and_it_goes_on_where_it_was(self):
        self.fill(20000, 300000)
        slow = self.start_tool("scrub", self.store, "--throttle", "1M", "--json")
        time.sleep(0.8)
        slow.send_signal(signal.SIGINT)
        out, _ = slow.communicate(timeout=60)
        self.assertEqual(slow.returncode, 130)
        first = json.loads(out)
        self.assertTrue(first["stopped"])
        rest = self.run_tool("scrub", self.store, "--from", str(first["next"]), "--json").line
        self.assertEqual((first["events"] + rest["events"], rest["next"]), (20000, 20000))

    def test_the_pace_is_kept(self):
        self.fill(4000, 300000)
        bytes_read = self.run_tool("scrub", self.store, "--json").line["bytes"]
        start = time.monotonic()
        self.run_tool("scrub", self.store, "--throttle", "2M")
        self.assertGreater(time.monotonic() - start, bytes_read / (2 << 20) / 2)
        for wrong in ("0", "x", "5MB"):
            self.run_tool("scrub", self.store, "--throttle", wrong, code=2)

    def test_what_it_may_not_read_is_not_lost(self):
        """Goal: scrub and salvage end with an error where rights or descriptors are missing, and make nothing."""
        self.fill(300, 20000)
        saved = os.path.join(self.folder, "saved")
        ways = {"Permission denied": self.without_rights()}
        if not ADDRESS_SANITIZED:
            ways["Too many open files"] = self.with_few_descriptors
        for words, prepare in ways.items():
            for command in (("scrub", self.store), ("salvage", self.store, saved)):
                answer = self.run_tool(*command, code=4, preexec_fn=prepare)
                self.assertIn(words, answer.err)
                self.assertEqual(answer.out, "")
            self.assertFalse(os.path.exists(os.path.join(saved, "MANIFEST")))

    @staticmethod
    def with_few_descriptors():
        resource.setrlimit(resource.RLIMIT_NOFILE, (5, 5))

    def without_rights(self):
        """Segment 2 is somebody else's, or unreadable to its owner, who is not root."""
        os.chmod(self.segment(2), 0)
        if os.geteuid() != 0:
            return None
        nobody = 65534
        for folder, _, files in os.walk(self.folder):
            for path in (folder, *(os.path.join(folder, name) for name in files)):
                os.chown(path, nobody, nobody)

        def become_nobody():
            os.setgroups([])
            os.setgid(nobody)
            os.setuid(nobody)

        return become_nobody

    def test_a_program_that_appends_is_no_damage(self):
        self.fill(100, 4096)
        writer = self.start_tool("import", self.store, "--batch-size", "1", stdin=-1)
        for first in range(0, 400, 10):
            writer.stdin.write(lines_of(10, first))
            writer.stdin.flush()
            found = self.run_tool("scrub", self.store, "--json").line
            self.assertEqual((found["ok"], found["events_lost"]), (True, 0))
        writer.stdin.close()
        self.assertEqual(writer.wait(timeout=60), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
