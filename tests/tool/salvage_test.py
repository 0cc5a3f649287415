#!/usr/bin/env python3
"""salvage: what it says of a damaged store, and that a reader of another hand reads what it makes."""

import hashlib
import os
import sys
import unittest

from tool_runner import ROOT, ToolTest, damage

sys.path.insert(0, os.path.join(ROOT, "tests", "format"))
import reader  # noqa: E402


def lines_of(count):
    return "".join('{"entity":"e%d","scope":"s","kind":"0xF001","payload":"%s",'
                   '"tags":["t%d"]}\n' % (i % 3, "x" * (i % 90), i % 2) for i in range(count)).encode()


def state_of(folder):
    """Names, bytes and times of all that is in a folder."""
    state = {}
    for path, folders, files in os.walk(folder):
        for name in folders + files:
            one = os.path.join(path, name)
            stat = os.stat(one)
            content = b""
            if name in files:
                with open(one, "rb") as file:
                    content = file.read()
            state[one] = (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, stat.st_size, stat.st_mode,
                          hashlib.sha256(content).hexdigest())
    return state


class Salvage(ToolTest):
    def setUp(self):
        super().setUp()
        self.saved = os.path.join(self.folder, "saved")
        self.run_tool("import", self.store, "--create", "--segment-bytes", "4096", "--batch-size", "1",
                      stdin=lines_of(100))

    def hurt(self, *sequences):
        frames = self.frames()
        for sequence in sequences:
            (frame,) = [frame for frame in frames if frame["sequence"] == sequence]
            damage(self.segment(frame["segment"]), frame["offset"] + 30)

    def test_it_says_what_is_lost_and_saves_the_rest(self):
        before = {e["sequence"]: e for e in self.run_tool("query", self.store, "--json").lines}
        self.hurt(7, 50)
        state = state_of(self.store)
        *found, total = self.run_tool("salvage", self.store, self.saved, "--json", code=3).lines
        self.assertEqual(state_of(self.store), state)
        lost = [line for line in found if "lost" in line]
        self.assertEqual([(line["first"], line["lost"]) for line in lost], [(7, 1), (50, 1)])
        self.assertTrue(all(line["file"].startswith("segments/") and line["bytes"] > 0 for line in lost))
        self.assertEqual(len([line for line in found if "damage" in line]), 2)
        self.assertEqual((total["events"], total["events_lost"], total["unchanged_end"], total["end"]),
                         (98, 2, 7, 101))
        after = self.run_tool("query", self.saved, "--json").lines
        self.assertEqual(len(after), 101)
        for event in after[:100]:
            was = before[event["sequence"]]
            if event["sequence"] in (7, 50):
                self.assertEqual(event["kind_name"], "batpak.EventLost")
                continue
            changed = {key for key in was if event.get(key) != was[key]}
            self.assertLessEqual(changed, {"hash", "version"} if event["sequence"] > 7 else set())
        self.assertEqual(after[100]["kind_name"], "batpak.Salvaged")
        self.run_tool("verify", self.saved)

    def test_a_reader_of_another_hand_finds_nothing_wrong_with_it(self):
        self.hurt(0, 33)
        os.remove(os.path.join(self.store, "MANIFEST"))
        os.remove(os.path.join(self.store, "MANIFEST.copy"))
        os.remove(self.segment(2))
        self.run_tool("salvage", self.store, self.saved, code=3)
        root = self.run_tool("verify", self.saved, "--json").line
        self.assertEqual(self.by_python(self.saved), (root["events"], root["root"]))

    def by_python(self, folder):
        """How many events the reader in Python finds, and the root that it computes."""
        summary = reader.read_store(folder)
        self.assertEqual(summary["notes"], [])
        return summary["events"], summary["root"]

    def test_people_read_what_was_done(self):
        self.hurt(7)
        text = self.run_tool("salvage", self.store, self.saved, code=3).out
        self.assertRegex(text, r"lost +event 7, [\d.]+ B at offset \d+ of segments/0+\d\.bpk")
        self.assertRegex(text, r"99 events in \d segments?, [\d.]+ KiB, salvaged to .*; 1 event lost")
        self.assertIn("valid up to event 7", text)

    def test_a_whole_store_loses_nothing(self):
        text = self.run_tool("salvage", self.store, self.saved).out
        self.assertIn("0 events lost", text)
        whole = self.run_tool("verify", self.store, "--json").line["root"]
        self.run_tool("verify", self.saved, "--expect-events", "100", "--expect-root", whole)

    def test_where_it_cannot_be_made_it_says_what_to_do(self):
        os.mkdir(self.saved)
        self.file("saved/mine", "keep")
        for place, word in ((self.saved, "not empty"), (os.path.join(self.store, "in"), "inside"),
                            (self.store, "inside")):
            refused = self.run_tool("salvage", self.store, place, code=2)
            self.assertIn(word, refused.err)
        self.run_tool("salvage", os.path.join(self.folder, "none"), self.saved + "2", code=1)
        self.assertFalse(os.path.exists(self.saved + "2"))

    def test_a_place_that_may_not_be_written_is_an_error(self):
        refused = self.run_tool("salvage", self.store, "/sys/salvaged", code=4)
        self.assertIn("/sys/salvaged", refused.err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
