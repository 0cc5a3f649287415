#!/usr/bin/env python3
"""tail --follow beside a writer in another process."""

import array
import fcntl
import json
import os
import signal
import subprocess
import termios
import time
import unittest

from tool_runner import PATIENCE_S, LineReader, ToolTest


def is_pending(process, number):
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
        pending = [line.split()[1] for line in file if line.startswith(("SigPnd:", "ShdPnd:"))]
    return any(int(mask, 16) >> (number - 1) & 1 for mask in pending)


def waits_to_write(process):
    """It sleeps, and what it wrote and has not been read is about as much as a pipe holds."""
    held = array.array("i", [0])
    fcntl.ioctl(process.stdout, termios.FIONREAD, held)
    with open(f"/proc/{process.pid}/stat", encoding="utf-8") as file:
        sleeps = file.read().rpartition(")")[2].split()[0] == "S"
    return sleeps and held[0] > 60_000


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

    def full_pipe(self):
        """A follower that waits to write, so that it cannot end before its output is read."""
        process = self.start_tool("tail", self.store, "-n", "100", "--follow")
        while not waits_to_write(process):
            self.assertIsNone(process.poll())
        return process

    def test_a_request_that_arrives_as_two_signals_is_one(self):
        """timeout(1) signals the process that it started and then its group, that process too."""
        self.make_store(*[("e", "s", "0xF001", "x" * 4000) for _ in range(100)])
        for number in (signal.SIGTERM, signal.SIGINT):
            took = 1
            while took > 0.4:  # the machine was slow: what came so late is a second request
                process = self.full_pipe()
                begin = time.monotonic()
                process.send_signal(number)
                while is_pending(process, number):
                    self.assertIsNone(process.poll())
                process.send_signal(number)
                took = time.monotonic() - begin
                process.communicate()
            self.assertEqual(process.returncode, 0)

    def test_a_later_signal_ends_what_does_not_listen(self):
        self.make_store(*[("e", "s", "0xF001", "x" * 4000) for _ in range(100)])
        process = self.full_pipe()
        begin = time.monotonic()
        process.send_signal(signal.SIGTERM)
        while is_pending(process, signal.SIGTERM) or time.monotonic() - begin < 0.6:
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE_S), -signal.SIGTERM)

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
