#!/usr/bin/env python3
"""snapshot, restore and fork, as they are used: beside a writer, killed, and where they cannot be made."""

import json
import os
import shutil
import signal
import subprocess
import threading
import time
import unittest

from tool_runner import ENVIRONMENT, PATIENCE_S, TOOL, ToolTest, damage

ROUNDS = 12
KILLS = 40


def lines_of(count, first=0, payload_bytes=200):
    return "".join('{"entity":"e%d","scope":"s","kind":"0xF001","payload":"%s"}\n'
                   % (i % 7, "x" * payload_bytes) for i in range(first, first + count)).encode()


class Snapshot(ToolTest):
    def setUp(self):
        super().setUp()
        self.backup = os.path.join(self.folder, "backup")
        self.again = os.path.join(self.folder, "again")

    def fill(self, count, **options):
        self.run_tool("import", self.store, "--create", "--segment-bytes", "8192",
                      stdin=lines_of(count, **options))

    def events(self, store):
        return self.run_tool("query", store, "--json").out

    def root(self, store, *options):
        return self.run_tool("verify", store, "--json", *options).line["root"]

    def test_a_snapshot_and_what_is_restored_from_it_have_the_same_events(self):
        self.fill(100)
        said = self.run_tool("snapshot", self.store, self.backup, "--verify", "--json").line
        self.assertEqual(said["events"], 100)
        self.assertEqual(said["root"], self.root(self.store))
        self.assertEqual(self.events(self.backup), self.events(self.store))
        restored = self.run_tool("restore", self.backup, self.again, "--json").line
        self.assertEqual(restored["restored_log"], said["log"])
        self.assertNotEqual(restored["log"], said["log"])
        self.assertEqual(self.events(self.again), self.events(self.store))
        self.run_tool("append", self.again, "e1", "s", "0xF001", "1")
        self.run_tool("verify", self.again)

    def test_a_restored_store_keeps_what_the_pipe_of_query_and_import_loses(self):
        """Ids, times, causes, keys, batches, tags, blinds, hashes, and batpak's own events."""
        self.fill(30)
        first = self.append("e1", "s", "0xF001", 1, "--key", "once", "--tag", "t")
        self.append("e2", "s", "0xF002", 2, "--causation", first["id"], "--correlation", first["id"],
                    "--meta", "user=7")
        frames = self.frames()
        damage(self.segment(frames[3]["segment"]), frames[3]["offset"] + 30)
        self.run_tool("salvage", self.store, self.backup, code=3)
        refused = self.run_tool("import", self.again, "--create", code=2,
                                stdin=self.events(self.backup).encode())
        self.assertIn("batpak restore STORE NEW", refused.err)
        self.run_tool("restore", self.backup, self.again)
        places = ("segment", "offset", "bytes", "durable_end")

        def contents(store):
            return [{key: value for key, value in line.items() if key not in places}
                    for line in self.run_tool("dump", store, "--json").lines if line["type"] == "event"]

        kept = contents(self.again)
        self.assertEqual(kept, contents(self.backup))
        self.assertEqual(self.root(self.again), self.root(self.backup))
        self.assertEqual({event.get("kind_name") for event in kept} & {"batpak.EventLost", "batpak.Salvaged"},
                         {"batpak.EventLost", "batpak.Salvaged"})
        retried = self.run_tool("append", self.again, "e1", "s", "0xF001", "1", "--key", "once",
                                "--json").line
        self.assertEqual((retried["id"], retried["sequence"]), (first["id"], first["sequence"]))

    def test_people_read_what_was_done(self):
        self.fill(3)
        text = self.run_tool("snapshot", self.store, self.backup, "--verify").out
        self.assertRegex(text, r"^3 events in 1 segment, [\d.]+ KiB, copied to ")
        self.assertIn("root  " + self.root(self.store), text)
        text = self.run_tool("restore", self.backup, self.again).out
        self.assertIn("a new era", text)
        self.assertIn("valid up to event 3", text)

    def test_the_next_snapshot_shares_files_with_the_last_one(self):
        """Each is whole without the other; only what is new takes room."""
        self.fill(500)
        self.run_tool("snapshot", self.store, self.backup)
        self.fill(10, first=500)
        following = self.backup + "2"
        said = self.run_tool("snapshot", self.store, following, "--previous", self.backup,
                             "--verify", "--json").line
        self.assertGreater(said["bytes_shared"], said["bytes"] * 0.8)
        first = os.path.join("segments", "000000000001.bpk")
        self.assertTrue(os.path.samefile(os.path.join(self.backup, first),
                                         os.path.join(following, first)))
        shutil.rmtree(self.backup)
        self.assertEqual(self.root(following), self.root(self.store))
        refused = self.run_tool("snapshot", self.store, self.backup, "--previous", self.store,
                                code=2)
        self.assertIn("no snapshot", refused.err)

    def test_a_fork_shares_files_and_goes_its_own_way(self):
        for first in range(0, 500, 50):  # each a batch, and so a segment
            self.fill(50, first=first)
        fork = self.again
        said = self.run_tool("fork", self.store, fork, "--json").line
        self.assertGreater(said["bytes_shared"], said["bytes"] * 0.8)
        self.assertNotEqual(said["log"], said["restored_log"])
        self.assertEqual(self.events(fork), self.events(self.store))
        names = sorted(os.listdir(os.path.join(self.store, "segments")))
        shared = [name for name in names
                  if os.path.exists(os.path.join(fork, "segments", name)) and
                  os.path.samefile(os.path.join(fork, "segments", name),
                                   os.path.join(self.store, "segments", name))]
        self.assertEqual(shared, names[:-1])
        said = self.run_tool("fork", fork, self.backup, "--before", "100").out
        self.assertIn("100 events in", said)
        self.assertIn("shared with " + fork, said)
        before = self.root(self.store)
        self.run_tool("import", fork, stdin=lines_of(100))
        self.run_tool("compact", fork, "--tombstone", "--entity", "e1", "--reason", "a trial")
        self.run_tool("verify", fork)
        self.assertEqual(self.root(self.store), before)
        self.fill(100, first=500)
        self.assertEqual(self.run_tool("query", self.store, "--count").out, "600\n")
        shutil.rmtree(self.store)
        self.run_tool("verify", fork)

    def test_a_fork_beside_a_writer_holds_what_was_acknowledged(self):
        self.fill(10)
        writer = self.start_tool("import", self.store, "--segment-bytes", "8192", "--batch-size",
                                 "1", stdin=subprocess.PIPE)
        for number in range(ROUNDS):
            writer.stdin.write(lines_of(40, first=40 * number))
            writer.stdin.flush()
            before = int(self.run_tool("query", self.store, "--count").out)
            fork = f"{self.again}-{number}"
            made = self.run_tool("fork", self.store, fork, "--json").line
            self.assertGreaterEqual(made["events"], before)
            root = self.root(fork)
            self.assertEqual(root, self.root(self.store, "--before", str(made["events"])))
            self.run_tool("append", fork, "e", "s", "0xF001", "1")
        writer.stdin.close()
        self.run_tool("verify", self.store)

    def test_a_snapshot_is_not_written_to(self):
        self.fill(3)
        self.run_tool("snapshot", self.store, self.backup)
        refused = self.run_tool("append", self.backup, "e", "s", "0xF001", "1", code=2)
        self.assertIn("SnapshotOnly", refused.err)
        self.assertIn("restore", refused.err)

    def test_a_part_is_restored(self):
        self.fill(100)
        self.run_tool("snapshot", self.store, self.backup)
        self.run_tool("restore", self.backup, self.again, "--before", "42")
        self.assertEqual(self.run_tool("query", self.again, "--count").out, "42\n")
        self.run_tool("restore", self.backup, self.again + "2", "--before", "101", code=2)

    def test_the_same_log_goes_on_only_where_nothing_is_lost(self):
        self.fill(50)
        root = self.root(self.store)
        self.run_tool("snapshot", self.store, self.backup)
        known = ("--same-log", "--expect-events", "50", "--expect-root", root)
        moved = self.run_tool("restore", self.backup, self.again, *known, "--json").line
        self.assertNotIn("restored_log", moved)
        more = ("--same-log", "--expect-events", "51", "--expect-root", root)
        refused = self.run_tool("restore", self.backup, self.again + "2", *more, code=3)
        self.assertIn("RolledBack", refused.err)
        self.run_tool("restore", self.backup, self.again + "2", "--same-log", code=2)
        self.run_tool("restore", self.backup, self.again + "2", "--expect-root", root, code=2)

    def test_a_signal_ends_the_second_reading_and_leaves_the_snapshot(self):
        """Whether the signal meets the copy or what follows it is not ours to say: so again, until
        one met the second."""
        self.run_tool("import", self.store, "--create", "--segment-bytes", "65536",
                      stdin=lines_of(20000))
        for attempt in range(50):
            copy = f"{self.backup}-{attempt}"
            process = self.start_tool("snapshot", self.store, copy, "--verify")
            while process.poll() is None and not os.path.exists(os.path.join(copy, "MANIFEST")):
                pass
            process.send_signal(signal.SIGINT)
            code = process.wait()
            self.assertIn(code, (0, 130))
            if code == 130 and os.path.exists(os.path.join(copy, "MANIFEST")):
                self.assertEqual(process.stdout.read(), b"")
                self.assertEqual(self.root(copy), self.root(self.store))
                return
        self.fail("no signal met the second reading")

    def test_bad_places_are_named(self):
        self.fill(20)
        for place in (self.store, os.path.join(self.store, "segments", "x")):
            refused = self.run_tool("snapshot", self.store, place, code=2)
            self.assertIn("BadDestination in " + place, refused.err)
        refused = self.run_tool("snapshot", self.store, "/proc/nothing/x", code=1)
        self.assertIn("/proc/nothing", refused.err)
        os.mkdir(self.backup)
        with open(os.path.join(self.backup, "note"), "w", encoding="utf-8") as note:
            note.write("mine")
        refused = self.run_tool("snapshot", self.store, self.backup, code=2)
        self.assertIn("BadDestination", refused.err)
        self.assertEqual(os.listdir(self.backup), ["note"])

    def fill_segments(self):
        """Two sealed segments, and a third."""
        for first in (0, 40, 80):
            self.fill(40, first=first)
        states = [s["state"] for s in self.run_tool("segments", self.store, "--json").lines]
        self.assertEqual(states, ["sealed", "sealed", "active"])

    def test_a_damaged_segment_is_repaired_from_a_snapshot(self):
        self.fill_segments()
        root = self.root(self.store)
        self.run_tool("snapshot", self.store, self.backup)
        damage(self.segment(), 3000)
        os.remove(self.segment(2))
        self.run_tool("append", self.store, "e", "s", "0xF001", "1", code=3)
        lines = self.run_tool("repair", self.store, "--from", self.backup, "--json").lines
        self.assertEqual([(line["segment"], line["repaired"]) for line in lines],
                         [(1, True), (2, True)])
        self.assertTrue(os.path.exists(os.path.join(self.store, lines[0]["saved_to"])))
        self.assertEqual(self.root(self.store), root)
        self.run_tool("append", self.store, "e", "s", "0xF001", "1")
        self.assertIn("checked", self.run_tool("repair", self.store, "--from", self.backup).out)

    def test_the_segment_that_is_appended_to_is_not_repaired_and_that_is_said(self):
        self.fill_segments()
        self.run_tool("snapshot", self.store, self.backup)
        command = ("repair", self.store, "--from", self.backup)
        self.assertEqual(self.run_tool(*command, "--json").out, "")
        damage(self.segment(3), 3000)
        finding = json.loads(self.run_tool("doctor", self.store, "--deep", "--json", code=3).out.splitlines()[0])
        self.assertNotIn("batpak repair", finding["remedy"])
        self.assertIn("batpak restore SNAPSHOT DEST", finding["remedy"])
        for is_removed in (False, True):
            if is_removed:
                os.remove(self.segment(3))
            line = self.run_tool(*command, "--json", code=3).line
            self.assertEqual((line["repaired"], line["damage"]["place"]),
                             (False, "segments/000000000003.bpk"))
            self.assertIn("salvage", self.run_tool(*command, code=3).out)

    def test_what_a_snapshot_cannot_repair_is_said(self):
        self.fill_segments()
        self.run_tool("snapshot", self.store, self.backup)
        damage(self.segment(), 3000)
        damage(os.path.join(self.backup, "segments", "000000000001.bpk"), 5000)
        told = self.run_tool("repair", self.store, "--from", self.backup, code=3).out
        self.assertIn("damaged", told)
        self.assertIn("segments/000000000001.bpk", told)
        self.run_tool("repair", self.store, code=2)
        refused = self.run_tool("repair", self.store, "--from", self.store, code=2)
        self.assertIn("no snapshot", refused.err)

    def test_damage_is_not_copied(self):
        self.fill(100)
        damage(self.segment(), 3000)
        refused = self.run_tool("snapshot", self.store, self.backup, code=3)
        self.assertIn("CorruptFrame in segments/000000000001.bpk", refused.err)
        self.run_tool("query", self.backup, code=1)

    def test_a_snapshot_that_was_changed_is_not_restored(self):
        self.fill(100)
        self.run_tool("snapshot", self.store, self.backup)
        record = os.path.join(self.backup, "SNAPSHOT")
        with open(record, encoding="ascii") as file:
            self.assertIn("events 100\n", file.read())
        damage(record, 40)
        refused = self.run_tool("restore", self.backup, self.again, code=3)
        self.assertIn("CorruptSnapshot in SNAPSHOT", refused.err)

    def test_snapshots_beside_a_writer_hold_what_was_acknowledged(self):
        """Goal: each snapshot, made while another process appends, is whole, and has what a reader
                 saw before; what is restored from it can be written to.
        Method: a writer that syncs each event, over many segments; one snapshot after another."""
        self.fill(10)
        writer = self.start_tool("import", self.store, "--segment-bytes", "8192", "--batch-size",
                                 "1", stdin=subprocess.PIPE)
        stop = threading.Event()

        def feed():
            while not stop.is_set():
                writer.stdin.write(lines_of(1))
                writer.stdin.flush()
            writer.stdin.close()

        thread = threading.Thread(target=feed)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(stop.set)
        for number in range(ROUNDS):
            before = int(self.run_tool("query", self.store, "--count").out)
            copy = f"{self.backup}-{number}"
            made = self.run_tool("snapshot", self.store, copy, "--verify", "--json").line
            self.assertGreaterEqual(made["events"], before)
            self.assertEqual(made["root"], self.root(self.store, "--before", str(made["events"])))
        self.run_tool("restore", copy, self.again)
        self.run_tool("append", self.again, "e", "s", "0xF001", "1")

    def test_a_killed_snapshot_or_restore_leaves_a_whole_store_or_none(self):
        """Goal: SIGKILL at any moment leaves at the destination a store with all events, or no
                 store; and the source as it was.
        Method: both are killed after a delay that grows in steps over the time that one takes."""
        self.fill(2000, payload_bytes=2000)
        self.run_tool("snapshot", self.store, self.backup)
        root = self.root(self.store)
        begin = time.monotonic()
        self.run_tool("restore", self.backup, self.again)
        took = time.monotonic() - begin
        whole = 0
        for number in range(KILLS):
            command, source = (("snapshot", self.store), ("restore", self.backup))[number % 2]
            copy = os.path.join(self.folder, f"killed-{number}")
            process = subprocess.Popen([TOOL, command, source, copy], env=ENVIRONMENT,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(took * 1.2 * number / KILLS)
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=PATIENCE_S)
            found = subprocess.run([TOOL, "verify", copy, "--json"], capture_output=True,
                                   check=False, timeout=PATIENCE_S, env=ENVIRONMENT)
            self.assertIn(found.returncode, (0, 1), found.stderr)
            if found.returncode == 0:
                whole += 1
                self.assertEqual(json.loads(found.stdout)["root"], root)
            shutil.rmtree(copy, ignore_errors=True)
        self.assertEqual(self.root(self.store), root)
        print(f"{KILLS} killed, {whole} whole")


if __name__ == "__main__":
    unittest.main()
