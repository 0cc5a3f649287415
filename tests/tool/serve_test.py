#!/usr/bin/env python3
"""`batpak serve`: what it answers, beside a writer, of a damaged store, and of none."""

import json
import os
import resource
import signal
import stat
import unittest

from serve_runner import ServeTest, is_built
from tool_runner import ADDRESS_SANITIZED, PATIENCE_S, ToolTest

BUILT = is_built()


class WithoutInspector(ToolTest):
    @unittest.skipIf(BUILT, "this tool has an inspector")
    def test_says_what_is_missing(self):
        answer = self.run_tool("serve", self.store, code=2)
        self.assertIn("cpp-httplib", answer.err)


@unittest.skipUnless(BUILT, "this tool has no inspector")
class Serve(ServeTest):
    def fill(self, count=3):
        lines = [{"entity": f"order:{i % 2}", "scope": "shop", "kind": "OrderPlaced",
                  "payload": {"n": i}} for i in range(count)]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        self.run_tool("import", self.store, self.file("events.ndjson", text), "--create")

    def test_rows_are_what_query_prints(self):
        self.fill(25)
        self.serve()
        for filter_, options in (("", []), ("&entity=order:1", ["--entity", "order:1"]),
                                 ("&kind=OrderPlaced&from=7", ["--kind", "0xE001", "--from", "7"]),
                                 ("&scope=none", ["--scope", "none"])):
            expected = self.run_tool("query", self.store, "--json", *options).lines
            rows = self.api("rows?start=0&count=1000" + filter_)
            self.assertEqual(rows["events"], expected)
            self.assertEqual(rows["total"], len(expected))

    def test_other_answers_are_those_of_the_tool(self):
        self.fill()
        self.serve()
        kinds = self.run_tool("catalogue", self.store, "--json").lines
        self.assertEqual(self.api("catalogue")["kinds"], kinds)
        stats = self.run_tool("stats", self.store, "--json").line
        store = self.api("store")
        for member in ("log", "events", "durable_events", "first_time", "last_time"):
            self.assertEqual(store[member], stats[member])
        self.assertEqual(self.api("events/2?check_hash=1")["event"],
                         self.run_tool("get", self.store, "2", "--json").line)

    def test_verify_runs_and_says_the_root(self):
        self.fill()
        self.serve()
        self.assertEqual(self.api("verify"), {"state": "none"})
        origin = f"Origin: http://127.0.0.1:{self.port}"
        reply = self.ask("/api/v1/verify", origin, method="POST")
        self.assertEqual(reply.status, 200)
        while (job := self.api("verify"))["state"] == "running":
            pass
        self.assertEqual(job.pop("state"), "done")
        expected = self.run_tool("verify", self.store, "--json").line
        expected.pop("log")
        self.assertEqual(job, expected)
        self.assertEqual(self.ask("/api/v1/verify/cancel", origin, method="POST").status, 200)

    def test_tail_shows_each_event_that_another_program_appends(self):
        self.fill(3)
        self.serve()
        tail = self.open_tail("?start=1")
        self.assertEqual(tail.status, 200)
        seen = [event["sequence"] for event in tail.next_events()]
        self.assertEqual(seen, [1, 2])
        lines = "".join(json.dumps({"entity": "e", "scope": "s", "kind": "0xF001", "payload": i})
                        + "\n" for i in range(700))
        self.run_tool("import", self.store, self.file("more.ndjson", lines))
        messages = 0
        while len(seen) < 702:
            seen += [event["sequence"] for event in tail.next_events()]
            messages += 1
        self.assertEqual(seen, list(range(1, 703)))
        self.assertLessEqual(messages, 12)

    def test_a_ninth_stream_waits_its_turn(self):
        self.fill()
        self.serve()
        streams = [self.open_tail("?start=0") for _ in range(8)]
        for stream in streams:
            self.assertEqual(len(stream.next_events()), 3)
        ninth = self.ask("/api/v1/tail")
        self.assertEqual(ninth.status, 503)
        self.assertEqual(ninth.headers["retry-after"], "5")
        self.assertEqual(self.api("store")["events"], 3)

    def test_a_signal_ends_it_with_streams_open(self):
        self.fill()
        process = self.serve()
        tail = self.open_tail("?start=0")
        tail.next_events()
        process.send_signal(signal.SIGINT)
        self.assertIsNone(tail.next_events())
        self.assertEqual(process.wait(PATIENCE_S), 0)

    def test_probes_and_metrics_need_no_token(self):
        self.fill()
        self.serve()
        self.assertEqual(self.ask("/healthz", token=False).body, b"ok\n")
        self.assertEqual(self.ask("/readyz", token=False).status, 200)
        reply = self.ask("/metrics", token=False)
        self.assertEqual(reply.headers["content-type"], "text/plain; version=0.0.4")
        self.assertIn(b"\nbatpak_events_total 3\n", reply.body)

    def test_a_store_that_does_not_open_is_shown_as_that(self):
        self.fill()
        for name in os.listdir(self.store):
            if name.startswith("MANIFEST"):
                with open(os.path.join(self.store, name), "r+b") as file:
                    file.write(b"\0" * 16)
        process = self.serve()
        self.assertEqual(self.ask("/healthz").status, 200)
        self.assertEqual(self.ask("/readyz").status, 503)
        self.assertEqual(self.ask("/").status, 200)
        reply = self.ask("/api/v1/store")
        self.assertEqual(reply.status, 500)
        self.assertEqual(reply.json["error"]["class"], "Refused")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE_S), 3)

    def test_a_damaged_event_is_an_error_in_its_place(self):
        self.fill(40)
        segment = os.path.join(self.store, "segments", "000000000001.bpk")
        with open(segment, "r+b") as file:
            bytes_ = file.read()
            at = bytes_.index(b"\xa1n\x14")  # the payload {"n": 20}
            file.seek(at + 2)
            file.write(b"\x15")
        self.serve()
        events = self.api("rows?start=0&count=100")["events"]
        self.assertEqual(len(events), 40)
        self.assertEqual([i for i, event in enumerate(events) if "error" in event], [20])
        self.assertEqual(events[20]["sequence"], 20)

    def test_a_damaged_event_at_the_end_of_a_message_hides_none(self):
        self.fill(600)
        segment = os.path.join(self.store, "segments", "000000000001.bpk")
        with open(segment, "r+b") as file:
            file.seek(file.read().index(b"\xa1n\xcc\xff") + 3)  # the payload {"n": 255}
            file.write(b"\xfe")
        self.serve()
        tail = self.open_tail("?start=0")
        seen = []
        while len(seen) < 600:
            seen += tail.next_events()
        self.assertEqual([event["sequence"] for event in seen], list(range(600)))
        self.assertEqual([i for i, event in enumerate(seen) if "error" in event], [255])

    def test_there_must_be_a_store(self):
        answer = self.run_tool("serve", self.store, code=1)
        self.assertIn("there is no such directory", answer.err)

    def test_a_port_that_is_taken_is_an_error(self):
        self.fill()
        self.serve()
        answer = self.run_tool("serve", self.store, "--port", str(self.port), code=4)
        self.assertIn(str(self.port), answer.err)

    @unittest.skipIf(ADDRESS_SANITIZED, "AddressSanitizer needs the address space itself")
    def test_where_no_thread_can_be_had_it_says_so(self):
        self.fill()
        few = 160 << 20
        answer = self.run_tool("serve", self.store, code=4, preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_AS, (few, few)))
        self.assertIn("no thread could be started", answer.err)

    def test_the_token_stays_and_is_for_its_user_alone(self):
        self.fill()
        first = self.serve()
        token = self.token
        first.kill()
        self.serve()
        self.assertEqual(self.token, token)
        file = os.path.join(self.state, "batpak", "token")
        self.assertEqual(stat.S_IMODE(os.stat(file).st_mode), 0o600)
        def is_replaced(why):
            before = self.token
            self.serve()
            self.assertNotEqual(self.token, before, why)
            self.assertTrue(stat.S_ISREG(os.lstat(file).st_mode))
            self.assertEqual(stat.S_IMODE(os.stat(file).st_mode), 0o600)
        for mode in (0o644, 0o620):
            os.chmod(file, mode)
            is_replaced(f"{mode:o}")
        os.rename(file, file + ".old")
        os.symlink("token.old", file)
        is_replaced("a link")
        with open(file, "a", encoding="ascii") as kept:
            kept.write("0" * 5000)
        is_replaced("too long")
        if os.geteuid() == 0:
            os.chown(file, 12345, 0)
            is_replaced("of another user")


if __name__ == "__main__":
    unittest.main()
