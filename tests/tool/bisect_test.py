#!/usr/bin/env python3
"""The event after which a command answers differently. The oracle is a walk over all events."""

import random
import signal
import subprocess
import sys
import unittest

from tool_runner import PATIENCE_S, TOOL, ToolTest, damage

# Answers by the sequence alone, from a list in its first argument.
ANSWER = "import sys; at = int(sys.argv[2]); print(sys.argv[1].split(',')[at])"


class Bisect(ToolTest):
    def bisect(self, answers, *options, code=0):
        return self.run_tool("bisect", self.store, "--json", *options, "--", sys.executable, "-c", ANSWER,
                             ",".join(map(str, answers)), "{}", code=code)

    def test_each_place_of_one_change_is_found(self):
        self.make_store(*[("e", "s", "0xF001", i) for i in range(9)])
        for place in range(1, 9):
            event, end = self.bisect([0] * place + [1] * (9 - place)).lines
            self.assertEqual(event["sequence"], place)
            self.assertEqual((end["before"], end["after"]),
                             ({"code": 0, "output": "0\n"}, {"code": 0, "output": "1\n"}))
            self.assertLessEqual(end["runs"], 5)

    def test_what_is_found_of_many_changes_is_one_of_them(self):
        """Goal: whatever the answers, the event found answers differently from the one before it,
                which answers as the first of the range does.
        Method: random answers and ranges; a walk over the answers says what is right."""
        count = 24
        self.make_store(*[("e", "s", "0xF001", i) for i in range(count)])
        seed = random.randrange(2**32)
        chance = random.Random(seed)
        for _ in range(12):
            answers = [chance.randrange(3) for _ in range(count)]
            begin, end = sorted(chance.sample(range(count), 2))
            same = answers[begin] == answers[end]
            with self.subTest(seed=seed, answers=answers, begin=begin, end=end):
                done = self.bisect(answers, "--from", str(begin), "--to", str(end), code=int(same))
                if same:
                    self.assertEqual(done.out, "")
                    continue
                found = done.lines[0]["sequence"]
                self.assertTrue(begin < found <= end)
                self.assertEqual(answers[found - 1], answers[begin])
                self.assertNotEqual(answers[found], answers[begin])

    def test_a_balance_that_goes_below_zero(self):
        self.make_store(*[("acc:1", "s", "0xF001", {"cents": n}) for n in (5, 7, -3, 4, -20, 6)])
        fold = [TOOL, "project", self.store, "--at", "{}", "--fold", "sum(payload.cents)", "--format", "csv"]
        shown = self.run_tool("bisect", self.store, "--from", "3", "--", *fold).out
        self.assertIn('{"cents":-20}\nbefore it:  13\nfrom it on: -7\n', shown)
        lacks = "test $(%s | tail -n 1) -ge 0" % " ".join("'" + word + "'" for word in fold)
        shown = self.run_tool("bisect", self.store, "--code", "--", "sh", "-c", lacks).out
        self.assertIn('{"cents":-20}\nbefore it:  code 0\nfrom it on: code 1\n', shown)

    def test_what_is_wrong_is_said(self):
        self.make_store(*[("e", "s", "0xF001", i) for i in range(3)])
        for words, code, said in [
                (["true"], 2, "write {} where the sequence goes"),
                (["no-such-program", "{}"], 4, "No such file or directory"),
                (["sh", "-c", "true {}"], 1, "answers the same at event 0 and at event 2"),
                (["sh", "-c", "head -c 17000000 /dev/zero # {}"], 2, "more than 16 MiB")]:
            self.assertIn(said, self.run_tool("bisect", self.store, "--", *words, code=code).err)
        answer = self.run_tool("bisect", self.store, "--to", "3", "--", "true", "{}", code=1)
        self.assertIn("--to: the store has 3 events, of which the last is 2", answer.err)
        self.run_tool("bisect", self.store, code=2)
        empty = self.store + "-empty"
        self.run_tool("init", empty)
        self.assertIn("has no events", self.run_tool("bisect", empty, "--", "true", "{}", code=1).err)

    def test_a_command_that_a_signal_ends_has_an_answer(self):
        self.make_store(*[("e", "s", "0xF001", i) for i in range(2)])
        done = self.run_tool("bisect", self.store, "--json", "--", "sh", "-c", "test {} = 0 || kill -9 $$")
        self.assertEqual(done.lines[-1]["after"], {"code": 137, "output": ""})

    def test_a_damaged_event_does_not_stop_it(self):
        """Only the event that is found is read."""
        self.make_store(*[("e", "s", "0xF001", i) for i in range(5)])
        damage(self.segment(), self.frames()[1]["offset"] + 12)
        self.assertEqual(self.bisect([0, 0, 0, 1, 1]).lines[0]["sequence"], 3)
        self.bisect([0, 1, 1, 1, 1], code=3)

    def test_interrupted_it_waits_for_its_command_and_has_no_result(self):
        self.make_store(*[("e", "s", "0xF001", i) for i in range(3)])
        process = self.start_tool("bisect", self.store, "--", "sh", "-c", "echo {} >&2; exec sleep 0.3")
        process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE_S), 130)
        self.assertEqual(process.stdout.read(), b"")


if __name__ == "__main__":
    unittest.main()
