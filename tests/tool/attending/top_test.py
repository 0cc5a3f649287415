#!/usr/bin/env python3
"""top: what it says of a writer, piped and on a terminal."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
import unittest

from tool_runner import ENVIRONMENT, PATIENCE_S, TOOL, LineReader, ToolTest


class Top(ToolTest):
    def writer(self):
        return self.start_tool("import", self.store, stdin=subprocess.PIPE)

    def write(self, writer, events, entity="e{}", kind="0xF001"):
        for i in range(events):
            line = {"entity": entity.format(i), "scope": "room", "kind": kind, "payload": "x" * 100}
            writer.stdin.write(json.dumps(line).encode() + b"\n")
        writer.stdin.flush()

    def test_without_a_terminal_it_shows_one_interval_and_ends(self):
        self.make_store(("e", "s", "0xF001", 1))
        for words in ([], ["--once"], ["--count", "1"]):
            out = self.run_tool("top", self.store, *words).out
            self.assertRegex(out, r"\nevents  0/s, 0 since the start, 1 in the store\n")
            self.assertNotIn("\x1b", out)
            self.assertEqual(out.count("events  "), 1)
        (whole,) = json.loads(self.run_tool("top", self.store, "--format", "json").out)
        self.assertEqual((whole["events"], whole["end"], whole["durable_end"], whole["segments"]), (0, 1, 1, 1))
        self.assertEqual(len(self.run_tool("top", self.store, "--json", "--count", "2").lines), 2)

    def test_what_it_does_not_take(self):
        self.make_store()
        self.run_tool("top", self.store, "--once", "--count", "2", code=2)
        self.run_tool("top", self.store, "--interval", "0", code=2)
        self.run_tool("top", self.store, "--format", "csv", code=2)
        self.run_tool("top", self.store + "-none", code=1)

    def test_counts_what_is_appended_and_what_it_takes(self):
        self.make_store(("old", "s", "0xF001", 1))
        process = self.start_tool("top", self.store, "--json", "--count", "1000")
        lines = LineReader(process.stdout)
        before = lines.next()
        self.assertEqual(before["entities"], [])
        writer = self.writer()
        self.write(writer, 30, entity="often", kind="0xF002")
        self.write(writer, 20, entity="one of {}")
        line = lines.next()
        while line["events_since_start"] < 50:
            line = lines.next()
        self.assertEqual(line["end"], 51)
        self.assertEqual(line["entities"][0], {"entity": "often", "events": 30})
        self.assertEqual(len(line["entities"]), 10)
        self.assertEqual([(kind["kind"], kind["events"]) for kind in line["kinds"]],
                         [("0xF002", 30), ("0xF001", 20)])
        self.assertEqual(line["scopes"], [{"scope": "room", "events": 50}])
        writer.stdin.close()
        self.assertEqual(writer.wait(PATIENCE_S), 0)
        line = lines.next()
        while line["durable_end"] < 51:
            line = lines.next()
        frames = [frame for frame in self.run_tool("dump", self.store, "--json").lines]
        last = max(frame["offset"] + frame["bytes"] for frame in frames if frame["type"] not in ("zeros",))
        self.assertEqual(line["store_bytes"], last)
        self.assertEqual(line["bytes_since_start"], line["store_bytes"] - before["store_bytes"])
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE_S), 0)
        self.assertEqual(process.stderr.read(), b"")

    def test_any_number_of_entities_takes_bounded_memory(self):
        self.make_store()
        process = self.start_tool("top", self.store, "--json", "--count", "1000")
        lines = LineReader(process.stdout)
        lines.next()
        writer = self.writer()
        self.write(writer, 3000, entity="x" * 1000 + "{}")
        writer.stdin.close()
        line = lines.next()
        while line["events_since_start"] < 3000:
            line = lines.next()
        self.assertGreater(line["entities"][0]["error"], 0)  # more than there are counters
        self.assertEqual(line["scopes"], [{"scope": "room", "events": 3000}])
        self.assertEqual(writer.wait(PATIENCE_S), 0)

    def test_ends_when_nobody_reads(self):
        self.make_store(("e", "s", "0xF001", 1))
        process = self.start_tool("top", self.store, "--json", "--count", "1000")
        LineReader(process.stdout).next()
        process.stdout.close()
        self.assertEqual(process.wait(PATIENCE_S), 0)

    def on_terminal(self, lines, columns, *words):
        parent, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        process = subprocess.Popen([TOOL, "top", self.store, *words], stdin=child, stdout=child, stderr=child,
                                   env={**ENVIRONMENT, "TERM": "xterm"}, start_new_session=True)
        os.close(child)
        self.addCleanup(os.close, parent)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, parent

    def read_until(self, parent, done):
        text, end = "", time.monotonic() + PATIENCE_S
        while not done(text):
            self.assertLess(time.monotonic(), end, text)
            if select.select([parent], [], [], 1)[0]:
                try:
                    text += os.read(parent, 65536).decode()
                except OSError:
                    break
        return text

    def test_on_a_terminal_it_draws_in_place_until_a_signal(self):
        self.make_store(("e", "s", "0xF001", 1))
        process, parent = self.on_terminal(24, 80)
        # By then it has opened the store: what was appended before would not be new.
        first = self.read_until(parent, lambda text: "events  " in text)
        writer = self.writer()
        self.write(writer, 5, entity="player:{}")
        writer.stdin.close()
        text = first + self.read_until(parent, lambda text: text.count("\x1b[J") >= 2 and "player:4" in text)
        self.assertEqual(set(re.findall(r"\x1b\[[0-9;?]*([A-Za-z])", text)), {"A", "J"})
        self.assertNotIn("\x1b[?", text)  # nothing that would have to be put back
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE_S), 0)
        self.assertEqual(writer.wait(PATIENCE_S), 0)

    def test_fits_a_window_that_is_narrow_and_low(self):
        self.make_store()
        for lines, columns in ((12, 30), (5, 12), (40, 20)):
            process, parent = self.on_terminal(lines, columns, "--count", "2")
            writer = self.writer()
            self.write(writer, 50, entity="a name that is too long for it {}")
            writer.stdin.close()
            text = self.read_until(parent, lambda _: False)
            self.assertEqual(process.wait(PATIENCE_S), 0)
            self.assertEqual(writer.wait(PATIENCE_S), 0)
            for screen in re.split(r"\x1b\[\d+A\r\x1b\[J", text):
                shown = screen.replace("\r", "").split("\n")[:-1]
                self.assertLess(len(shown), max(lines, 5), (lines, columns, screen))
                for line in shown:
                    self.assertLessEqual(len(line), columns)


if __name__ == "__main__":
    unittest.main()
