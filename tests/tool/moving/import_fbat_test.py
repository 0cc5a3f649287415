#!/usr/bin/env python3
"""import-fbat: real stores of the Rust original give what it reads back; a damaged one is never made up."""

import json
import os
import random
import shutil
import signal
import tarfile
import unittest
import uuid

from fbat_files import BEGIN, CLOSED, OPENED, TESTS, Segment, pack, sidecar
from tool_runner import ENVIRONMENT, TOOL, ToolTest

import msgpack  # of tests/format
from blake3 import blake3

SEED = 20261130
LIFECYCLE = (OPENED, CLOSED)
# Another folder with stores and their .ndjson, for who has more of them.
MORE = os.environ.get("BATPAK_FBAT_STORES")


def as_uuid(text):
    return str(uuid.UUID(text))


def body(**members):
    return pack(members)


class Fbat(ToolTest):
    def setUp(self):
        super().setUp()
        self.source = os.path.join(self.folder, "source")
        self.numbers = iter(range(1000))

    def run_import(self, *options, code=0, source=None):
        target = os.path.join(self.folder, f"made-{next(self.numbers)}")
        answer = self.run_tool("import-fbat", source or self.source, target, "--json", *options, code=code)
        answer.target = target
        return answer

    def events(self, target):
        """The imported events by their old ids, in order, and the event that says what was imported."""
        *events, report = self.run_tool("query", target, "--json").lines
        self.assertEqual(report["kind_name"], "fbat.Imported")
        return {event["metadata"]["source-id"]: event for event in events}, report

    def imported(self, *options, code=0):
        answer = self.run_import(*options, code=code)
        return (*self.events(answer.target), answer.lines)


class RealStores(Fbat):
    """What was imported equals what the release that wrote the store reads back."""

    @classmethod
    def setUpClass(cls):
        cls.data = MORE
        if MORE:
            return
        import tempfile
        cls.data = tempfile.mkdtemp(prefix="batpak-fbat-")
        cls.addClassCleanup(shutil.rmtree, cls.data)
        with tarfile.open(os.path.join(TESTS, "data", "fbat", "stores.tar.xz")) as archive:
            archive.extractall(cls.data)

    def expected(self, name):
        with open(os.path.join(self.data, name + ".ndjson"), encoding="utf-8") as file:
            return [event for event in map(json.loads, file) if event["kind"] not in LIFECYCLE]

    def check(self, name, code=0):
        """Every expected event is there, in its order, as it was. Returns them, and the report."""
        before = self.files(name)
        answer = self.run_import(code=code, source=os.path.join(self.data, name))
        self.assertEqual(self.files(name), before)
        self.run_tool("verify", answer.target)
        events, report = self.events(answer.target)
        summary = answer.lines[-1]
        self.assertEqual(summary["events"], len(events))
        self.assertEqual(summary["end"], len(events) + 1)
        self.assertEqual(report["payload"]["events"], len(events))
        for said, file in zip(report["payload"]["files"], (line for line in answer.lines if "blake3" in line)):
            self.assertEqual((said["name"], said["blake3"]), (file["file"], file["blake3"]))
        order = [self.compare(old, events, name) for old in self.expected(name)]
        self.assertEqual(order, sorted(order))
        return events, summary, answer

    def files(self, name):
        folder = os.path.join(self.data, name)
        out = {}
        for file in sorted(os.listdir(folder)):
            with open(os.path.join(folder, file), "rb") as content:
                out[file] = content.read()
        return out

    def new_id(self, old, events):
        """An imported event's new id, or the id as it is."""
        old = as_uuid(old)
        return events[old]["id"] if old in events else old

    def compare(self, old, events, name):
        event = events[as_uuid(old["event_id"])]
        metadata = event["metadata"]
        for member in ("entity", "scope"):
            self.assertEqual(event[member], old[member])
        self.assertEqual(int(metadata.get("source-kind", event["kind"]), 16), old["kind"])
        if "error" in old:  # the release that wrote it cannot read it
            return event["sequence"]
        if "payload" in old and "encrypted" not in old:
            self.assertEqual(event["payload"], old["payload"])
        self.assertEqual(metadata["source-version"], str(old["version"]))
        micros = old["timestamp_us"] % 1_000_000
        self.assertTrue(metadata["source-time"].endswith(f".{micros:06}Z"), metadata)
        self.assertEqual(metadata["source-hash"], "checked")
        for member in ("lane", "depth", "flags"):
            self.assertEqual(int(metadata.get("source-" + member, 0)), old.get(member, 0))
        self.assertEqual(int(metadata.get("source-payload-version", 0)), old.get("payload_version", 0))
        extensions = {key.split(":", 1)[1]: value for key, value in metadata.items()
                      if key.startswith("source-extension:")}
        self.assertEqual(extensions, old.get("extensions", {}))
        cause = old.get("causation_id")
        self.assertEqual(event.get("causation"), self.new_id(cause, events) if cause else None)
        self.compare_story(old, event, events)
        if "compact" not in name and "killed" not in name:
            self.assertEqual(metadata["source-sequence"], str(old["sequence"]))
        return event["sequence"]

    def compare_story(self, old, event, events):
        """A story has one id in all its events: the new id of the one that began it, or the old one."""
        story = as_uuid(old.get("correlation_id") or old["event_id"])
        if story == as_uuid(old["event_id"]):
            self.assertIn(event.get("correlation"), (None, story))
            return
        first = events.get(story)
        began = first is not None and "correlation" not in first
        self.assertEqual(event["correlation"], first["id"] if began else story)

    def test_segments_of_030_with_batches_that_cross_files(self):
        events, summary, _ = self.check("030-segments")
        self.assertEqual(len(events), len(self.expected("030-segments")))
        self.assertEqual((summary["batches"], summary["hashes"]["checked"]), (75, 3024))
        batched = [event for event in events.values() if event.get("batch_count", 1) > 1]
        self.assertTrue(all(e["batch_count"] <= 300 for e in batched))
        # A batch that goes on in the next file is one batch.
        self.assertEqual(sum(e["batch_index"] == e["batch_count"] - 1 for e in batched),
                         sum(e["batch_index"] == 0 for e in batched))

    def test_030_killed_has_all_that_was_acknowledged(self):
        events, summary, _ = self.check("030-killed")
        with open(os.path.join(self.data, "030-killed.acked"), encoding="utf-8") as file:
            self.assertEqual(len(events), int(file.read()))  # 93 more than 0.3.0 itself shows
        self.assertEqual(summary["open"], 21)

    def test_030_tombstones_are_readable(self):
        """0.3.0 itself cannot read what its compaction wrote; the bytes are there, and have their hash."""
        events, summary, _ = self.check("030-compact-tombstone")
        self.assertEqual(len(events), 2235)
        self.assertEqual(summary["hashes"], {"checked": 2235, "absent": 0, "differs": 0, "not-comparable": 0})
        names = {event.get("kind_name") for event in events.values()} - {None}
        self.assertLessEqual(names, {"fbat.0x0FFE"})

    def test_retention_leaves_links_open_and_no_event_out(self):
        events, summary, _ = self.check("latest-compact-retention")
        self.assertEqual(len(events), len(self.expected("latest-compact-retention")))
        self.assertEqual(summary["links_open"], 577)

    def test_a_batch_in_the_middle_that_was_never_finished(self):
        """By the places of later events it is known that none of its five was committed."""
        events, summary, answer = self.check("latest-killed-reopened")
        self.assertEqual(len(events), len(self.expected("latest-killed-reopened")))
        self.assertEqual((summary["aborted"], summary["lifecycle"]), (5, 3))
        left_out = [line for line in answer.lines if "left_out" in line]
        self.assertEqual([line["left_out"] for line in left_out], ["aborted"] * 5)
        self.assertTrue(all(line["file"] == "000002.fbat" for line in left_out))

    def test_lanes_extensions_and_a_cancelled_fence(self):
        events, summary, answer = self.check("latest-extras")
        self.assertEqual(len(events), len(self.expected("latest-extras")))
        self.assertEqual(summary["hidden"], 1)
        self.check_bytes("latest-extras", answer)

    def test_encrypted_payloads_are_their_ciphertext(self):
        events, summary, answer = self.check("latest-encrypted")
        self.assertEqual(summary["encrypted"], len(events))
        self.assertTrue(all("source-nonce" in event["metadata"] and "source-key-scope" in event["metadata"]
                            for event in events.values()))
        self.check_bytes("latest-encrypted", answer)

    def check_bytes(self, name, answer):
        """Payloads are in the new store to the byte."""
        with open(os.path.join(answer.target, "segments", f"{1:012}.bpk"), "rb") as file:
            segment = file.read()
        for old in self.expected(name):
            self.assertIn(bytes.fromhex(old["payload_bytes"]), segment)

    @unittest.skipUnless(MORE, "BATPAK_FBAT_STORES names no folder with more stores")
    def test_more_stores(self):
        for name in sorted(entry[:-7] for entry in os.listdir(MORE) if entry.endswith(".ndjson")):
            with self.subTest(name=name):
                events, _, _ = self.check(name)
                acked = os.path.join(MORE, name + ".acked")
                count = len(self.expected(name))
                if os.path.exists(acked):
                    with open(acked, encoding="utf-8") as file:
                        count = int(file.read())
                self.assertEqual(len(events), count)


class Batches(Fbat):
    """What no marker committed: the rest of the log decides, or nothing does, and then it is said."""

    def test_an_aborted_batch_whose_places_are_taken_again(self):
        one = Segment(modern=False)
        first = one.put(1, "a", 0x1001, body(n=1), 0)
        one.begin(1, 3)
        lost = one.put(2, "a", 0x1001, body(n=2), 1, first)
        one.put(3, "a", 0x1001, body(n=3), 2, lost)
        again = one.put(4, "a", 0x1001, body(n=4), 1, first)
        one.put(5, "a", 0x1001, body(n=5), 2, again)
        one.save(self.source)
        events, _, lines = self.imported()
        self.assertEqual([e["payload"]["n"] for e in events.values()], [1, 4, 5])
        self.assertEqual(lines[-1]["aborted"], 2)

    def test_acknowledged_events_after_an_aborted_batch_are_kept(self):
        """They stand where the missing events of the batch would: a reader that counts would drop them."""
        one = Segment(modern=False)
        first = one.put(1, "a", 0x1001, body(n=1), 0)
        one.begin(1, 4)
        one.put(2, "a", 0x1001, body(n=2), 1, first)
        other = one.put(3, "b", 0x1001, body(n=3), 0)
        again = one.put(4, "a", 0x1001, body(n=4), 1, first)
        one.begin(3, 1)
        one.put(5, "b", 0x1001, body(n=5), 1, other)
        one.commit(3)
        one.put(6, "a", 0x1001, body(n=6), 2, again)
        one.save(self.source)
        events, _, lines = self.imported()
        self.assertEqual([e["payload"]["n"] for e in events.values()], [1, 3, 4, 5, 6])
        self.assertEqual((lines[-1]["aborted"], lines[-1]["batches"]), (1, 1))

    def test_what_nothing_proves_is_left_out_and_said(self):
        one = Segment(modern=False)
        one.begin(0, 3)
        one.put(2, "a", 0x1001, body(n=2), 0)
        one.put(3, "b", 0x1001, body(n=3), 0)
        one.begin(1, 1)
        one.put(4, "c", 0x1001, body(n=4), 0)
        one.commit(1)
        one.save(self.source)
        events, report, lines = self.imported(code=3)
        self.assertEqual([e["payload"]["n"] for e in events.values()], [4])
        self.assertEqual(lines[-1]["unproved"], 2)
        self.assertEqual(report["payload"]["left_out"], {"unproved": 2})
        self.assertEqual([line["id"][-1] for line in lines if "left_out" in line], ["2", "3"])

    def test_a_footer_knows_what_was_committed(self):
        """The marker that commits is lost to nothing but a release that wrote none."""
        one = Segment(modern=False)
        one.begin(0, 2)
        one.put(2, "a", 0x1001, body(n=2), 0, sequence=0)
        one.put(3, "b", 0x1001, body(n=3), 0, sequence=1)
        one.close().save(self.source)
        events, _, lines = self.imported()
        self.assertEqual([e["batch_count"] for e in events.values()], [2, 2])
        self.assertEqual(lines[-1]["batches"], 1)

    def test_a_batch_over_two_files_is_one_batch(self):
        one, two = Segment(1, modern=False), Segment(2, modern=False)
        one.begin(0, 3)
        one.put(2, "a", 0x1001, body(n=2), 0)
        two.put(3, "b", 0x1001, body(n=3), 0, causation=2)
        two.put(4, "c", 0x1001, body(n=4), 0, causation=2)
        two.commit(0)
        one.save(self.source)
        two.save(self.source)
        events, _, _ = self.imported()
        first, *others = events.values()
        self.assertEqual([e["batch_index"] for e in events.values()], [0, 1, 2])
        self.assertEqual([e["causation"] for e in others], [first["id"]] * 2)

    def test_a_batch_larger_than_one_may_be_is_split_and_said(self):
        one = Segment()
        one.begin(0, 5000)
        for n in range(5000):
            one.put(10 + n, f"e{n}", 0x1001, body(n=1), 0)
        one.commit(0)
        one.save(self.source)
        _, _, lines = self.imported()
        self.assertEqual((lines[-1]["events"], lines[-1]["batches"], lines[-1]["batches_split"]), (5000, 1, 1))


class Events(Fbat):
    def test_ids_of_causes_and_stories_are_new_ones_where_the_event_is_here(self):
        """A story of which an event comes before its first, or with it, keeps its old id in all of them."""
        one = Segment()
        one.put(1, "a", 0x1001, body(n=1), 0)
        one.put(2, "b", 0x1001, body(n=2), 0, correlation=1, causation=1)
        one.put(3, "c", 0x1001, body(n=3), 0, correlation=77, causation=78)
        one.put(4, "d", 0x1001, body(n=4), 0, correlation=5)
        one.put(5, "e", 0x1001, body(n=5), 0)
        one.save(self.source)
        events, _, _ = self.imported()
        a, b, c, d, e = events.values()
        old = [str(uuid.UUID(int=n)) for n in range(80)]
        self.assertEqual((b["correlation"], b["causation"]), (a["id"], a["id"]))
        self.assertEqual((c["correlation"], c["causation"]), (old[77], old[78]))
        self.assertEqual((d["correlation"], e["correlation"]), (old[5], old[5]))
        self.assertNotIn("correlation", a)

    def test_a_moved_source_gives_the_same_keys(self):
        one = Segment()
        one.put(1, "a", 0x1001, body(n=1), 0)
        one.save(self.source)
        first, report, _ = self.imported()
        moved = os.path.join(self.folder, "moved")
        os.rename(self.source, moved)
        one.put(2, "b", 0x1001, body(n=2), 0)
        one.save(moved)
        again, later = self.events(self.run_import(source=moved).target)
        key = next(iter(first.values()))["idempotency_key"]
        self.assertEqual(next(iter(again.values()))["idempotency_key"], key)
        self.assertEqual(later["payload"]["source"], report["payload"]["source"])
        source = uuid.UUID(report["payload"]["source"]).bytes
        self.assertEqual(key, blake3(source + uuid.UUID(int=1).bytes)[:16].hex())

    def test_the_files_hashes_are_those_of_the_files(self):
        one = Segment()
        one.put(1, "a", 0x1001, body(n=1), 0)
        one.save(self.source)
        _, report, lines = self.imported()
        self.assertEqual(lines[0]["blake3"], blake3(one.bytes).hex())
        self.assertEqual(report["payload"]["files"][0]["blake3"], blake3(one.bytes).hex())

    def test_reserved_kinds_get_others_that_are_named(self):
        one = Segment()
        one.put(1, "a", 0x000F, body(n=1), 0)
        one.put(2, "a", 0xD001, body(n=2), 1)
        one.put(3, "a", 0xEFFF, body(n=3), 2)
        one.save(self.source)
        events, report, _ = self.imported()
        self.assertEqual([(e["kind"], e.get("kind_name"), e["metadata"].get("source-kind"))
                          for e in events.values()],
                         [("0xEFFD", "fbat.0x000F", "0x000F"), ("0xEFFC", "fbat.0xD001", "0xD001"),
                          ("0xEFFF", None, None)])
        self.assertEqual(report["kind"], "0xEFFE")

    def test_hashes_that_are_wrong_or_missing_are_said_of_each_event(self):
        one = Segment()
        one.put(1, "a", 0x1001, body(n=1), 0, hashed=False)
        one.put(2, "a", 0x1001, body(n=2), 1, wrong_hash=bytes([7]) * 32)
        one.put(3, "a", 0x1001, body(n=3), 2, inline={"n": 3})
        one.put(4, "a", 0x1001, body(n=4), 3, inline={"n": 5})
        one.save(self.source)
        events, _, lines = self.imported()
        self.assertEqual([e["metadata"]["source-hash"] for e in events.values()],
                         ["absent", "differs", "checked", "not-comparable"])
        self.assertEqual([e["payload"]["n"] for e in events.values()], [1, 2, 3, 5])
        self.assertEqual(list(events.values())[1]["metadata"]["source-hash-value"], "07" * 32)
        self.assertEqual(lines[-1]["hashes"], {"checked": 1, "absent": 1, "differs": 1, "not-comparable": 1})

    def test_a_payload_that_is_an_array_of_small_numbers_is_no_bytes(self):
        one = Segment()
        one.put(1, "a", 0x1001, pack([1, 2, 3]), 0, inline=[1, 2, 3])
        one.save(self.source)
        events, _, _ = self.imported()
        self.assertEqual([e["payload"] for e in events.values()], [[1, 2, 3]])

    def test_extensions_that_do_not_fit_are_said_to_be_left_out(self):
        one = Segment()
        one.put(1, "a", 0x1001, body(n=1), 0, extensions={"x": list(bytes(600)), "y": [1]})
        one.put(2, "a", 0x1001, body(n=2), 1, extensions={"y": [1, 255]})
        one.save(self.source)
        events, _, lines = self.imported()
        first, second = (e["metadata"] for e in events.values())
        self.assertEqual(first["source-extensions"], "left out")
        self.assertEqual(second["source-extension:y"], "01ff")
        self.assertEqual(lines[-1]["extensions_left_out"], 1)

    def test_places_are_those_of_the_footer_or_said_to_be_counted(self):
        one, two = Segment(1), Segment(2)
        one.put(1, "a", 0x1001, body(n=1), 0, sequence=40)
        one.put(2, "b", 0x1001, body(n=2), 0, sequence=41)
        two.put(3, "c", 0x1001, body(n=3), 0)
        two.begin(50, 2)
        two.put(4, "d", 0x1001, body(n=4), 0)
        two.put(5, "e", 0x1001, body(n=5), 0)
        two.commit(50)
        one.close().save(self.source)
        two.save(self.source)
        events, _, lines = self.imported()
        self.assertEqual([e["metadata"].get("source-sequence") for e in events.values()],
                         ["40", "41", None, "50", "51"])
        self.assertEqual(list(events.values())[2]["metadata"]["source-sequence-counted"], "42")
        self.assertEqual(lines[-1]["counted"], 1)

    def test_a_footer_that_contradicts_itself_is_not_believed(self):
        one = Segment(modern=False)
        one.put(1, "a", 0x1001, body(n=1), 0, sequence=0)
        one.put(2, "b", 0x1001, body(n=2), 0, sequence=1 << 40)
        one.close().save(self.source)
        events, _, lines = self.imported()
        self.assertTrue(lines[0]["footer_refused"])
        self.assertEqual([e["metadata"]["source-sequence-counted"] for e in events.values()], ["0", "1"])

    def test_an_event_that_stands_twice_is_one(self):
        one, two = Segment(1), Segment(2)
        one.put(1, "a", 0x1001, body(n=1), 0)
        two.put(1, "a", 0x1001, body(n=1), 0)
        one.save(self.source)
        two.save(self.source)
        events, _, lines = self.imported()
        self.assertEqual((len(events), lines[-1]["twin"]), (1, 1))

    def test_two_events_of_one_id_are_refused(self):
        one = Segment()
        one.put(1, "a", 0x1001, body(n=1), 0)
        one.put(1, "a", 0x1001, body(n=2), 1)
        one.save(self.source)
        answer = self.run_import(code=3)
        self.assertIn("CorruptSegment", answer.err)
        events, _, lines = self.imported("--salvage", code=3)
        self.assertEqual([e["payload"]["n"] for e in events.values()], [1])
        self.assertEqual(lines[-1]["conflict"], 1)

    def test_a_name_that_batpak_cannot_hold(self):
        one = Segment()
        one.put(1, "a\nb", 0x1001, body(n=1), 0)
        one.put(2, "ok", 0x1001, body(n=2), 0)
        one.save(self.source)
        answer = self.run_import(code=2)
        self.assertIn("InvalidCoordinate", answer.err)
        self.assertFalse(os.path.exists(answer.target))
        events, _, lines = self.imported("--salvage", code=3)
        self.assertEqual((len(events), lines[-1]["unfit"]), (1, 1))


class Places(Fbat):
    """Where it reads, and where it writes."""

    def setUp(self):
        super().setUp()
        one = Segment()
        one.put(1, "a", 0x1001, body(n=1), 0)
        one.save(self.source)

    def test_a_second_import_into_the_same_place_is_refused(self):
        target = self.run_import().target
        again = self.run_tool("import-fbat", self.source, target, "--json", code=2)
        self.assertEqual(json.loads(again.err)["error"]["code"], "BadDestination")
        self.assertEqual(len(self.run_tool("query", target, "--json").lines), 2)

    def test_an_empty_folder_will_do_and_one_in_the_source_will_not(self):
        empty = os.path.join(self.folder, "empty")
        os.mkdir(empty)
        self.run_tool("import-fbat", self.source, empty)
        self.run_tool("verify", empty)
        inside = self.run_tool("import-fbat", self.source, os.path.join(self.source, "new"), "--json", code=2)
        self.assertEqual(json.loads(inside.err)["error"]["code"], "BadDestination")
        self.run_tool("import-fbat", self.source, self.source, code=2)
        self.assertEqual(os.listdir(self.source), ["000001.fbat"])

    def test_a_dry_run_writes_nothing(self):
        answer = self.run_import("--dry-run")
        self.assertFalse(os.path.exists(answer.target))
        self.assertEqual((answer.lines[-1]["dry_run"], answer.lines[-1]["events"]), (True, 1))
        self.assertNotIn("log", answer.lines[-1])

    def test_no_source(self):
        for path in (os.path.join(self.folder, "none"), os.path.dirname(os.path.abspath(__file__))):
            answer = self.run_import(code=1, source=path)
            self.assertIn("NotAStore", answer.err)

    def test_a_compaction_that_was_not_finished(self):
        for name in ("compaction.pending", "compaction.pending.json", "000001.compact-src"):
            path = os.path.join(self.source, name)
            with open(path, "wb"):
                pass
            self.assertIn(name, self.run_import(code=3).err)
            os.remove(path)

    def test_hidden_ranges_are_believed_or_refused(self):
        path = os.path.join(self.source, "visibility_ranges.fbv")
        good = sidecar(b"FBATVR", {"ranges": [{"start": 0, "end": 1}], "lane_ranges": []})
        for content in (good, good[:-1], good[:5]):
            with open(path, "wb") as file:
                file.write(content)
            if content == good:
                self.assertEqual(self.run_import().lines[-1]["hidden"], 1)
            else:
                self.assertIn("visibility_ranges.fbv", self.run_import(code=3).err)

    def test_files_of_other_names_are_named(self):
        shutil.copy(os.path.join(self.source, "000001.fbat"), os.path.join(self.source, "1.fbat"))
        self.assertEqual(self.run_import().lines[-1]["ignored_files"], 1)

    def test_a_human_report(self):
        answer = self.run_tool("import-fbat", self.source, os.path.join(self.folder, "human"))
        self.assertRegex(answer.out, r"^1 event in 1 file, \d+ B, imported to ")
        self.assertIn("hashes    1 checked\n", answer.out)

    def test_what_is_killed_is_no_store(self):
        """Whenever it is killed: there is a whole store, or none that opens."""
        big = Segment()
        for n in range(3000):
            big.put(1 + n, f"e{n % 50}", 0x1001, body(n=n), n // 50)
        big.save(self.source)
        whole = 0
        for attempt in range(12):
            target = os.path.join(self.folder, f"killed-{attempt}")
            process = self.start_tool("import-fbat", self.source, target)
            # The later ones are killed while they write, the last is not.
            if attempt < 11:
                while process.poll() is None and not os.path.exists(os.path.join(target, "segments", f"{1:012}.bpk")):
                    pass
                try:
                    process.wait(timeout=0.004 * attempt)
                except Exception:  # pylint: disable=broad-except  (TimeoutExpired)
                    process.send_signal(signal.SIGKILL)
            process.wait()
            if os.path.exists(os.path.join(target, "MANIFEST")):
                whole += 1
                self.run_tool("verify", target, "--expect-events", "3001")
            elif os.path.exists(target):
                self.run_tool("stats", target, code=1)
                self.run_tool("import-fbat", self.source, target, code=2)
        self.assertGreater(whole, 0)

    def test_a_signal_leaves_nothing_but_folders(self):
        big = Segment()
        for n in range(4000):
            big.put(1 + n, f"e{n % 50}", 0x1001, body(n=n), n // 50)
        big.save(self.source)
        target = os.path.join(self.folder, "stopped")
        process = self.start_tool("import-fbat", self.source, target)
        while process.poll() is None and not os.path.exists(os.path.join(target, "segments", f"{1:012}.bpk")):
            pass
        process.send_signal(signal.SIGINT)
        process.wait()
        if process.returncode == 130:
            self.assertEqual([files for _, _, files in os.walk(target) if files], [])
        else:
            self.assertEqual(process.returncode, 0)


class Damage(Fbat):
    """Truncated or flipped anywhere: an error or a report, and no event that was not there."""

    def small(self):
        """Two events alone, a batch of two, and one more; with a footer. Its bytes, and where frames end."""
        one = Segment()
        first = one.put(1, "a", 0x1001, body(n=1), 0, sequence=0)
        one.put(2, "b", 0x2002, body(n=2), 0, sequence=1, correlation=1, causation=1)
        one.begin(2, 2)
        third = one.put(3, "a", 0x1001, body(n=3), 1, first, sequence=2)
        one.put(4, "c", 0x1001, body(n=4), 0, sequence=3, causation=3)
        one.commit(2)
        one.put(5, "a", 0x1001, body(n=5), 2, third, sequence=4)
        self.frames_end = len(one.bytes)
        return one.close()

    def facts(self, target):
        """What an event is, but for where it stands now."""
        events, _ = self.events(target)
        out = {}
        for old, event in events.items():
            metadata = {key: value for key, value in event["metadata"].items()
                        if not key.startswith("source-sequence")}
            out[old] = (event["entity"], event["scope"], event["kind"], event["payload"], metadata)
        return out, events

    def check(self, data, truth, *options):
        """Imports the bytes; whatever becomes of them is an error, or some of the true events."""
        Segment().save(self.source, data)
        target = os.path.join(self.folder, "target")
        shutil.rmtree(target, ignore_errors=True)
        import subprocess
        process = subprocess.run([TOOL, "import-fbat", self.source, target, "--json", *options],
                                 capture_output=True, check=False, env=ENVIRONMENT, timeout=60)
        self.assertIn(process.returncode, (0, 2, 3), process.stderr)
        if process.stderr:
            self.assertIn("code", json.loads(process.stderr)["error"])
            self.assertFalse(os.path.exists(os.path.join(target, "MANIFEST")))
            return None
        facts, events = self.facts(target)
        for old, fact in facts.items():
            self.assertEqual(fact, truth[old])
        batch = [event for event in events.values() if "batch_count" in event]
        self.assertIn(len(batch), (0, 2))
        return len(facts), process.returncode

    def test_cut_anywhere(self):
        segment = self.small()
        truth, _ = self.truth(segment)
        counts = []
        for size in range(0, len(segment.bytes), 13):  # all of them are in fbat_test.cpp
            found = self.check(segment.bytes[:size], truth)
            self.assertEqual(found[1], 0, size)
            counts.append(found[0])
        self.assertEqual(counts, sorted(counts))
        self.assertEqual(set(counts), {0, 1, 2, 4, 5})

    def truth(self, segment):
        Segment().save(self.source, segment.bytes)
        return self.facts(self.run_import().target)

    def test_flipped_bits_anywhere(self):
        segment = self.small()
        truth, _ = self.truth(segment)
        rng = random.Random(SEED)
        lost = refused = 0
        for _ in range(150):
            data = bytearray(segment.bytes)
            for _ in range(rng.choice((1, 1, 1, 2, 8))):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            refused += self.check(bytes(data), truth) is None
            salvaged = self.check(bytes(data), truth, "--salvage")
            lost += salvaged is not None and salvaged[0] < 5
        self.assertGreater(refused, 50)
        self.assertGreater(lost, 50)

    def test_damage_in_a_finished_file_is_refused_also_at_its_end(self):
        segment = self.small()
        for offset in (self.frames_end - 1, len(segment.bytes) // 3):
            data = bytearray(segment.bytes)
            data[offset] ^= 1
            Segment().save(self.source, bytes(data))
            answer = self.run_import(code=3)
            self.assertEqual(json.loads(answer.err)["error"]["code"], "CorruptFrame")
            self.assertFalse(os.path.exists(answer.target))

    def test_a_batch_is_taken_whole_or_not_at_all(self):
        segment = self.small()
        truth, _ = self.truth(segment)
        marker = segment.bytes.index(b"_batch")
        item = segment.bytes.index(body(n=4)[:1], marker)
        for offset in (marker, item):
            data = bytearray(segment.bytes[:self.frames_end])
            data[offset] ^= 1
            self.assertEqual(self.check(bytes(data), truth, "--salvage"), (3, 3))

    def test_a_file_of_another_or_a_later_format(self):
        segment = self.small()
        for data, code in ((b"FBAX" + segment.bytes[4:], "CorruptSegment"),
                           (segment.bytes[:-1] + b"7", "FutureFormat")):
            Segment().save(self.source, data)
            self.assertEqual(json.loads(self.run_import(code=3).err)["error"]["code"], code)
        Segment(2).save(self.source, segment.bytes)
        os.remove(os.path.join(self.source, "000001.fbat"))
        self.assertEqual(json.loads(self.run_import(code=3).err)["error"]["code"], "ForeignSegment")


if __name__ == "__main__":
    unittest.main()
