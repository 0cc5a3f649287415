#!/usr/bin/env python3
"""Cuts the power of a program, at every call that it makes, without its knowledge.

    powerloss.py [--names strict|ext4] [--states N | --seconds S] [--seed N] [--keep DIR]
                 --writer COMMAND --reader COMMAND

Records one run of the writer (`{store}` in it is where the store is), rebuilds the disks that a
power cut before each of its calls could leave, lets the reader look at each twice, and compares
what is there with what the writer said. The lines that both say are in tests/programs/token.hpp.

    LOST      an event is missing that was acknowledged as durable
    PHANTOM   an event is there that was not submitted, or is not as it was
    ORDER     of one thread's events, a later one is there and an earlier one is not
    PARTIAL   of a batch some events are there and some are not
    REFUSED   the store is refused, although all that happened to it is a power cut (INV R3)
    DAMAGED   it opens, and its own check finds damage
    UNSTABLE  the second look does not show what the first one left (INV R5)
    CRASHED   the reader died, or could not append

Exit code 1 if there was any of these (with --expect-loss: if there was none), 77 if strace cannot
work here, unless BATPAK_REQUIRE_STRACE=1.
"""
import argparse
import collections
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

import call_trace
import disk_states

CANNOT_RUN = 77
RANDOM_PER_CALL = 4
SHOWN_MAX = 5


class Reader:
    """A process that looks at stores."""

    def __init__(self, command):
        self._command, self._process = command, None

    def look(self, path):
        """(verdict, tokens); the verdict is None if it died."""
        if self._process is None:
            # What it says about refused stores is wanted only with --keep, by hand.
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True)
        self._process.stdin.write(path + "\n")
        self._process.stdin.flush()
        tokens = []
        for line in self._process.stdout:
            word, _, token = line.rstrip("\n").partition(" ")
            if word == "END":
                return token, tokens
            tokens.append(token)
        self.close()
        return None, tokens

    def close(self):
        """Ends the process."""
        if self._process:
            self._process.stdin.close()
            self._process.stdout.close()
            self._process.wait()
            self._process = None


class Said:
    """What the writer has said so far."""

    def __init__(self):
        self.submitted, self.acknowledged, self.batches = set(), set(), []

    def hear(self, lines):
        """Takes lines of the writer."""
        for line in lines:
            word, _, token = line.partition(" ")
            if word == "SUB":
                self.submitted.add(token)
            elif word == "ACK":
                self.acknowledged.add(token)
            elif word == "BAT":
                self.batches.append(set(token.split()))

    def judge(self, tokens):
        """What is wrong with these events, or None."""
        if any(token not in self.submitted for token in tokens):
            return "PHANTOM"
        count = collections.Counter()
        for token in tokens:
            thread, _, number = token.rpartition(".")
            if int(number) != count[thread]:
                return "ORDER"
            count[thread] += 1
        there = set(tokens)
        if any(batch & there and not batch <= there for batch in self.batches):
            return "PARTIAL"
        return None if self.acknowledged <= there else "LOST"


class Trial:
    """All cuts of one recorded run."""

    def __init__(self, options, reader):
        self._options, self._reader = options, reader
        self._random = random.Random(options.seed)
        self._until = time.monotonic() + options.seconds if options.seconds else None
        self.verdicts = collections.Counter()
        self.seen = 0

    def run(self, calls, disk):
        """Returns what the writer said in the end."""
        said, points = Said(), self._points(calls, disk.root)
        for number, call in enumerate(calls):
            for mode in points.get(number, ()):
                self._cut(disk, said, mode, f"before call {number}, {call.name}")
            call_trace.play(call, disk)
            said.hear(call_trace.said(call))
        for mode in disk_states.MODES:
            self._cut(disk, said, mode, "at the end")
        return said

    def _points(self, calls, root):
        """{number of a call: the modes to cut it in}, thinned evenly to the states asked for."""
        disk = disk_states.Disk(root, self._options.names)
        ours = [number for number, call in enumerate(calls)
                if call_trace.play(call, disk) or call_trace.said(call)]
        modes = disk_states.MODES + ("random",) * RANDOM_PER_CALL
        states = [(number, mode) for number in ours for mode in modes]
        if self._options.states:
            self._random.shuffle(states)
            states = states[:self._options.states]
        elif self._until:
            # In any order, a bound in time would only ever see the beginning.
            self._random.shuffle(states)
            states = states[:int(self._options.seconds * self._options.rate)]
        points = collections.defaultdict(list)
        for number, mode in states:
            points[number].append(mode)
        return points

    def _cut(self, disk, said, mode, where):
        if self._until and time.monotonic() > self._until:
            return
        path = tempfile.mkdtemp(prefix="batpak-cut-", dir=self._options.space)
        store = os.path.join(path, "store")
        write_state(disk.after_cut(mode, self._random), disk.root, store)
        verdict = self._judge(store, said)
        self.seen += 1
        if verdict:
            self.verdicts[verdict] += 1
            if sum(self.verdicts.values()) <= SHOWN_MAX:
                print(f"{verdict} {where}, cut mode {mode}", flush=True)
                self._keep(disk, mode, path)
        shutil.rmtree(path)

    def _keep(self, disk, mode, path):
        if self._options.keep:
            kept = os.path.join(self._options.keep, f"case-{sum(self.verdicts.values())}")
            shutil.copytree(path, kept, dirs_exist_ok=True)

    def _judge(self, store, said):
        verdict, tokens = self._reader.look(store)
        if verdict != "ok":
            return {"refused": "REFUSED", "damaged": "DAMAGED"}.get(verdict, "CRASHED")
        wrong = said.judge(tokens)
        if wrong:
            return wrong
        verdict, again = self._reader.look(store)
        after = [f"after.0.{len(tokens)}"]
        return None if (verdict, again) == ("ok", tokens + after) else "UNSTABLE"


def write_state(state, root, store):
    """Makes the files of a state."""
    os.makedirs(store)
    for path, data in state.items():
        target = os.path.normpath(os.path.join(store, os.path.relpath(path, root)))
        if data is None:
            os.makedirs(target, exist_ok=True)
        else:
            with open(target, "wb") as file:
                file.write(data)


def temporary_space():
    """Where the states are written: in memory, if there is such a place."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def parse_options(arguments):
    """The command line."""
    parser = argparse.ArgumentParser(description="Cut the power of a program that stores events.")
    parser.add_argument("--writer", required=True, help="{store} in it is where the store is")
    parser.add_argument("--reader", required=True)
    parser.add_argument("--names", choices=("strict", "ext4"), default="strict")
    parser.add_argument("--states", type=int, default=0, help="at most so many")
    parser.add_argument("--seconds", type=float, default=0, help="at most so long")
    parser.add_argument("--rate", type=float, default=100, help="states a second to plan with")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", metavar="DIR", help="keep the states that are wrong")
    parser.add_argument("--expect-loss", action="store_true", help="a test of this test")
    parser.add_argument("--space", default=temporary_space(), help="where to write the states")
    return parser.parse_args(arguments)


def main(arguments=None):
    """Returns the exit code."""
    options = parse_options(arguments)
    with tempfile.TemporaryDirectory(prefix="batpak-power-") as path:
        root = os.path.join(os.path.realpath(path), "store")
        os.mkdir(root)
        try:
            calls = call_trace.record(shlex.split(options.writer.replace("{store}", root)))
        except call_trace.CannotTrace as problem:
            print(f"NOT RUN: strace cannot work here: {problem}")
            return 1 if os.environ.get("BATPAK_REQUIRE_STRACE") == "1" else CANNOT_RUN
    reader = Reader(shlex.split(options.reader))
    trial = Trial(options, reader)
    said = trial.run(calls, disk_states.Disk(root, options.names))
    reader.close()
    print(f"{trial.seen} states of {len(calls)} calls, names {options.names}: "
          f"{len(said.submitted)} submitted, {len(said.acknowledged)} acknowledged, "
          f"{sum(trial.verdicts.values())} wrong {dict(trial.verdicts) or ''}")
    if not said.acknowledged or not trial.seen:
        print("nothing was tried")
        return 1
    return int(bool(trial.verdicts) != options.expect_loss)


if __name__ == "__main__":
    sys.exit(main())
