#!/usr/bin/env python3
"""watch: real commands for real events, and what stops it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest

from tool_runner import PATIENCE_S, LineReader, ToolTest

# Prints what it got as one line.
TELL = [sys.executable, "-u", "-c",
        "import json,os,sys;e=json.load(sys.stdin);"
        "print(json.dumps([e['sequence'],e['payload'],*(os.environ['BATPAK_'+n] for n in"
        " ('SEQUENCE','KIND','ENTITY'))]))"]


class Watch(ToolTest):
    def setUp(self):
        super().setUp()
        self.state = os.path.join(self.folder, "state")

    def watch(self, *words, command=None, code=0, **options):
        return self.run_tool("watch", self.store, *words, "--", *(command or TELL), code=code, **options)

    def kept(self):
        with open(self.state, encoding="utf-8") as file:
            return json.load(file)

    def test_gives_each_event_to_a_command_in_order(self):
        self.make_store()
        self.append("player:1", "s", "0xF001", {"hp": 1}, "--kind-name", "Moved")
        self.append("name with = and é", "s", "0xF002", 2)
        self.assertEqual(self.watch("--from", "0", "--once").lines,
                         [[0, {"hp": 1}, "0", "Moved", "player:1"],
                          [1, 2, "1", "0xF002", "name with = and é"]])
        self.assertEqual(self.watch("--from", "1", "--once").lines[0][0], 1)
        self.assertEqual(self.watch("--once").out, "")
        self.assertEqual(self.watch("--from", "0", "--kind", "Moved", "--once").lines[0][0], 0)
        self.assertEqual(self.watch("--from", "0", "--where", "payload = 2", "--once").lines[0][0], 1)
        self.assertEqual(len(self.watch("--from", "0", "--limit", "1").lines), 1)

    def test_waits_for_what_comes(self):
        self.make_store(("e", "s", "0xF001", 0))
        process = self.start_tool("watch", self.store, "--entity", "e", "--from", "0", "--", *TELL)
        lines = LineReader(process.stdout)
        self.assertEqual(lines.next()[0], 0)
        for i in range(1, 4):
            self.append("other", "s", "0xF001", i)
            self.append("e", "s", "0xF001", i)
            self.assertEqual(lines.next()[1], i)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE_S), 0)
        self.assertEqual(process.stderr.read(), b"")

    def test_end_is_the_next_event(self):
        self.make_store(("e", "s", "0xF001", 0))
        process = self.start_tool("watch", self.store, "--state", self.state, "--", *TELL)
        while not os.path.exists(self.state):
            self.assertIsNone(process.poll())
        self.append("e", "s", "0xF001", 1)
        self.assertEqual(LineReader(process.stdout).next()[0], 1)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE_S), 0)
        self.assertEqual(self.kept()["next"], 2)

    def test_a_command_that_does_not_read_and_one_that_reads_a_lot(self):
        self.make_store()
        lines = [json.dumps({"entity": "e", "scope": "s", "kind": "0xF001", "payload": payload})
                 for payload in ("x" * 1_000_000, "y")]
        self.run_tool("import", self.store, stdin="\n".join(lines).encode())
        self.watch("--from", "0", "--once", command=["true"])
        said = self.watch("--from", "0", "--once", command=["wc", "-c"]).out.split()
        self.assertGreater(int(said[0]), 1_000_000)
        self.assertEqual(len(said), 2)

    def test_a_command_has_signals_as_usual(self):
        """A tool that ignores SIGPIPE must not make its children do so."""
        self.make_store(("e", "s", "0xF001", 1))
        script = "import signal;assert signal.getsignal(signal.SIGPIPE)==signal.SIG_DFL"
        probe = ["/bin/sh", "-c", "grep SigIgn /proc/self/status"]
        ignored = int(self.watch("--from", "0", "--once", command=probe).out.split()[1], 16)
        self.assertEqual(ignored >> (signal.SIGPIPE - 1) & 1, 0, script)

    def test_keeps_its_place_and_goes_on_from_there(self):
        self.make_store(*[("e", "s", "0xF001", i) for i in range(4)])
        words = ["--state", self.state, "--from", "0"]
        self.assertEqual(len(self.watch(*words, "--limit", "3").lines), 3)
        self.assertEqual(self.kept()["next"], 3)
        self.assertEqual(self.kept()["hash"], self.run_tool("get", self.store, "2", "--json").line["hash"])
        self.assertEqual([line[0] for line in self.watch(*words, "--once").lines], [3])
        self.assertEqual(self.watch(*words, "--once").out, "")
        self.assertEqual(set(os.listdir(self.folder)), {"store", "state", "state.lock"})

    def test_refuses_another_log_and_another_history(self):
        self.make_store(*[("e", "s", "0xF001", i) for i in range(3)])
        copy = os.path.join(self.folder, "copy")
        shutil.copytree(self.store, copy)
        self.append("e", "s", "0xF001", "here")
        self.watch("--state", self.state, "--from", "0", "--once", command=["true"])

        def refused(code):
            answer = self.watch("--state", self.state, "--once", "--json", code=code)
            self.assertEqual(answer.out, "")
            return json.loads(answer.err)["error"]["code"]

        shutil.rmtree(self.store)
        shutil.copytree(copy, self.store)
        self.assertEqual(refused(3), "RolledBack")
        self.append("e", "s", "0xF001", "elsewhere")
        self.assertEqual(refused(3), "SplitHistory")
        shutil.rmtree(self.store)
        self.make_store(*[("e", "s", "0xF001", i) for i in range(9)])
        self.assertEqual(refused(2), "ForeignPosition")
        with open(self.state, "w", encoding="utf-8") as file:
            file.write("{}")
        self.assertEqual(refused(2), "InvalidArgument")

    def test_a_state_is_not_in_the_store_and_is_not_shared(self):
        self.make_store(("e", "s", "0xF001", 1))
        self.watch("--state", os.path.join(self.store, "state"), "--once", code=2)
        self.watch("--state", os.path.join(self.folder, "no", "state"), "--once", code=1)
        process = self.start_tool("watch", self.store, "--state", self.state, "--", "true")
        while not os.path.exists(self.state):
            self.assertIsNone(process.poll())
        self.watch("--state", self.state, "--once", code=5)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE_S), 0)
        self.watch("--state", self.state, "--once")

    def fails_at(self, payload):
        return [sys.executable, "-c", "import json,sys;p=json.load(sys.stdin)['payload'];print(p);"
                f"sys.exit(7 if p=={payload} else 0)"]

    def test_stops_at_a_command_that_fails(self):
        self.make_store(*[("e", "s", "0xF001", i) for i in range(3)])
        words = ["--state", self.state, "--from", "0", "--once"]
        answer = self.watch(*words, command=self.fails_at(1), code=1)
        self.assertEqual(answer.out, "0\n1\n")
        self.assertIn("code 7 for event 1", answer.err)
        self.assertEqual(self.kept()["next"], 1)
        self.assertEqual(self.watch(*words, command=self.fails_at(9)).out, "1\n2\n")

    def test_skips_it(self):
        self.make_store(*[("e", "s", "0xF001", i) for i in range(3)])
        answer = self.watch("--state", self.state, "--from", "0", "--once", "--on-error", "skip",
                            command=self.fails_at(1), code=1)
        self.assertEqual(answer.out, "0\n1\n2\n")
        self.assertEqual(answer.err.count("batpak: "), 1)
        self.assertEqual(self.kept()["next"], 3)

    def test_runs_it_again(self):
        self.make_store(*[("e", "s", "0xF001", i) for i in range(2)])
        mark = os.path.join(self.folder, "mark")
        command = ["sh", "-c", f'echo $BATPAK_SEQUENCE; test -e {mark} || {{ touch {mark}; exit 1; }}']
        answer = self.watch("--from", "0", "--once", "--on-error", "retry", command=command)
        self.assertEqual(answer.out, "0\n0\n1\n")
        self.assertIn("is run again", answer.err)

    def test_a_wait_to_run_again_ends_with_a_signal(self):
        self.make_store(("e", "s", "0xF001", 1))
        process = self.start_tool("watch", self.store, "--from", "0", "--on-error", "retry", "--", "false")
        self.assertIn(b"is run again", process.stderr.readline())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE_S), 130)

    def test_a_command_that_does_not_run_is_an_error_whatever_the_policy(self):
        self.make_store(("e", "s", "0xF001", 1))
        for policy in ("stop", "skip", "retry"):
            self.watch("--from", "0", "--once", "--on-error", policy, command=["/no/such/program"], code=4)
        self.run_tool("watch", self.store, code=2)

    def test_a_signal_waits_for_the_command_that_runs(self):
        self.make_store(*[("e", "s", "0xF001", i) for i in range(2)])
        fifo = os.path.join(self.folder, "fifo")
        os.mkfifo(fifo)
        process = self.start_tool("watch", self.store, "--state", self.state, "--from", "0", "--",
                                  "sh", "-c", f"echo begun; cat {fifo}; echo ended")
        self.assertEqual(process.stdout.readline(), b"begun\n")
        process.send_signal(signal.SIGTERM)
        self.assertIsNone(process.poll())
        with open(fifo, "w", encoding="utf-8"):
            pass
        self.assertEqual(process.stdout.read(), b"ended\n")
        self.assertEqual(process.wait(PATIENCE_S), 0)
        self.assertEqual(self.kept()["next"], 1)

    def test_a_command_that_the_signal_ended_has_not_handled_its_event(self):
        self.make_store(("e", "s", "0xF001", 1))
        process = self.start_tool("watch", self.store, "--state", self.state, "--from", "0", "--on-error",
                                  "skip", "--", "sh", "-c", "echo begun; exec sleep 1000",
                                  start_new_session=True)
        self.assertEqual(process.stdout.readline(), b"begun\n")
        os.killpg(process.pid, signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE_S), 130)
        self.assertEqual(process.stderr.read(), b"")
        self.assertEqual(self.kept()["next"], 0)

    def test_handles_each_event_at_least_once_if_it_is_killed(self):
        self.make_store(*[("e", "s", "0xF001", i) for i in range(40)])
        out = os.path.join(self.folder, "out")
        command = ["sh", "-c", f"echo $BATPAK_SEQUENCE >> {out}"]
        for round_ in range(5):
            process = self.start_tool("watch", self.store, "--state", self.state, "--from", "0", "--", *command)
            want = 5 * (round_ + 1)
            end = time.monotonic() + PATIENCE_S
            while not os.path.exists(out) or open(out, encoding="utf-8").read().count("\n") < want:
                self.assertLess(time.monotonic(), end)
            process.kill()
            process.wait()
        self.watch("--state", self.state, "--from", "0", "--once", command=command)
        with open(out, encoding="utf-8") as file:
            seen = [int(line) for line in file]
        self.assertEqual(sorted(set(seen)), list(range(40)))
        self.assertLessEqual(len(seen), 45)

    def test_durable_waits_until_that_is_known(self):
        self.make_store()
        writer = self.start_tool("import", self.store, stdin=subprocess.PIPE)
        process = self.start_tool("watch", self.store, "--from", "0", "--durable", "--", *TELL)
        shown = self.start_tool("watch", self.store, "--from", "0", "--", *TELL)
        writer.stdin.write(b'{"entity":"e","scope":"s","kind":"0xF001","payload":1}\n')
        writer.stdin.flush()
        self.assertEqual(LineReader(shown.stdout).next()[0], 0)
        writer.stdin.close()
        self.assertEqual(writer.wait(PATIENCE_S), 0)
        self.assertEqual(LineReader(process.stdout).next()[0], 0)
        for each in (process, shown):
            each.send_signal(signal.SIGTERM)
            self.assertEqual(each.wait(PATIENCE_S), 0)

    def test_a_damaged_event_stops_it(self):
        self.make_store(*[("e", "s", "0xF001", i) for i in range(3)])
        lines = [json.dumps({"entity": "e", "scope": "s", "kind": "0xF001", "payload": "x" * 3000})] * 3
        self.run_tool("import", self.store, "--segment-bytes", "4096", stdin="\n".join(lines).encode())
        from tool_runner import damage
        frame = self.frames()[1]
        damage(os.path.join(self.store, "segments", f"{frame['segment']:012}.bpk"), frame["offset"] + 60)
        answer = self.watch("--from", "0", "--once", code=3)
        self.assertEqual([line[0] for line in answer.lines], [0])
        answer = self.watch("--from", "0", "--once", "--on-error", "skip", code=3)
        self.assertEqual([line[0] for line in answer.lines], [0, 2, 3, 4, 5])


if __name__ == "__main__":
    unittest.main()
