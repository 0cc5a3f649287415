#!/usr/bin/env python3
"""Compares the engine with the reader and the builder of this folder, event by event.

Both ways: what the engine writes, reader.py must understand, and what builder.py writes, the engine
must. And for ever: the stores under golden/ were written by released versions.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import zlib

import builder
import reader

MAKER, READER = os.environ.get("BATPAK_STORE_MAKER"), os.environ.get("BATPAK_STORE_READER")
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")
# What only the reader of frames sees.
BELOW = ("segment", "offset", "frame_bytes", "lag", "batch_first", "category", "type", "entity",
         "scope", "metadata", "blind", "P", "C", "payload_decoded")
OVERHEAD_BYTES_MAX = 144
KINDS = ("empty", "plain", "rotated", "names", "options", "tags", "kinds", "tickets", "reopened", "killed", "torn",
         "nohashes", "merged", "erased")


def engine_json(path):
    """(exit code, lines) of the engine's own dump."""
    done = subprocess.run([READER, "json", path], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def engine_dump(path):
    """(events, summary) as the engine reads them."""
    code, text = engine_json(path)
    if code != 0:
        raise AssertionError(f"the engine does not open {path}: {code}")
    *events, summary = map(json.loads, text.splitlines())
    return events, summary


def what_api_shows(event):
    """An event of reader.py without what lies below the engine's API, to which a batch of one is
    an event alone."""
    shown = {key: value for key, value in event.items() if key not in BELOW}
    if shown["batch"] == [0, 1]:
        shown["batch"] = None
    return shown


def engine_kinds(path):
    """The catalogue of the engine."""
    return json.loads(subprocess.run([READER, "kinds", path], capture_output=True, check=True).stdout)


def in_hex(kinds):
    """The kinds of a summary of reader.py, as the engine writes them: texts as hexadecimal."""
    return [{**entry, "versions": [[number, name.encode().hex(), (shape or "").encode().hex(), at]
                                   for number, name, shape, at in entry["versions"]]}
            for entry in kinds]


class Case(unittest.TestCase):
    """A directory for each test."""

    def setUp(self):
        self._temporary = tempfile.TemporaryDirectory(prefix="batpak-format-")
        self.addCleanup(self._temporary.cleanup)
        self.store = os.path.join(self._temporary.name, "store")

    def compare(self):
        """The reader's view and the engine's, which opens the store after it."""
        events, summary = reader.load(self.store)
        opened, said = engine_dump(self.store)
        self.assertEqual([what_api_shows(event) for event in events], opened)
        self.assertEqual((said["events"], said["damage"]), (len(events), ""))
        self.assertEqual(engine_kinds(self.store), in_hex(summary["kinds"]))
        for key in ("root", "log"):
            self.assertEqual(said[key], summary[key], key)
        self.assertEqual(said["segments"], len(summary["segments"]))
        tail = summary["tail"]
        torn = {key: tail[key] for key in ("segment", "offset")} if tail["state"] == "torn" else None
        self.assertEqual(said["tail"], torn)
        return events, summary


class EngineWrites(Case):
    """Stores of the engine."""

    def make(self, kind):
        """Has the engine make a store."""
        subprocess.run([MAKER, kind, self.store], check=True)

    def test_each_kind(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                shutil.rmtree(self.store, ignore_errors=True)
                self.make(kind)
                events, summary = self.compare()
                self.assertEqual(len(events) == 0, kind == "empty")
                self.assertEqual(summary["tail"]["state"] == "torn", kind == "torn")
                closed = kind not in ("empty", "killed", "torn")
                self.assertEqual(summary["tail"]["closed"], closed)
                again = engine_dump(self.store)
                self.assertEqual([what_api_shows(event) for event in events], again[0])
                self.assertIsNone(again[1]["tail"])

    def test_merged_is_what_was_there(self):
        """The same store, made twice, once with a merge at its end."""
        seen = []
        for kind in ("unmerged", "merged"):
            shutil.rmtree(self.store, ignore_errors=True)
            self.make(kind)
            events, summary = reader.load(self.store)
            moved = ("segment", "offset", "frame_bytes")
            seen.append(([{key: value for key, value in event.items() if key not in moved}
                          for event in events], summary["root"], summary["log"]))
            with open(os.path.join(self.store, "MANIFEST"), "rb") as file:
                version = file.readline()
            self.assertEqual(version, b"batpak manifest v%d\n" % (1 + (kind == "merged")))
            count = len(summary["segments"])
            self.assertEqual(count > 5, kind == "unmerged")
        self.assertEqual(seen[0], seen[1])

    def test_erased_is_what_was_there_without_payloads(self):
        """What the engine has erased, by the hashes that it had before."""
        self.make("erased")
        events, summary = reader.load(self.store)
        erased = [event for event in events if event.get("erased")]
        self.assertEqual(len(erased), summary["erased"])
        self.assertGreater(len(erased), 40)
        self.assertIn(0, [event["erased_bytes"] for event in erased])
        self.assertEqual({event["payload"] for event in erased}, {None})
        own = [event["kind"] for event in events if event["category"] == 0]
        self.assertEqual(own, [0x50, 0x51, 0x50, 0x51])
        # Without the line that puts the records in force, the same payloads are lost.
        path = os.path.join(self.store, "MANIFEST")
        with open(path, "rb") as file:
            text = file.read()
        lines = [line for line in text.split(b"\n")[:-2] if not line.startswith(b"prune ")]
        lines[0] = b"batpak manifest v2" if b"v3" in lines[0] else lines[0]
        without = b"\n".join(lines) + b"\n"
        os.remove(path + ".copy")
        for version in (b"v1", b"v2"):
            without = without.replace(without[:18], b"batpak manifest " + version)
            with open(path, "wb") as file:
                file.write(without + b"crc %08x\n" % zlib.crc32(without))
            try:
                reader.load(self.store)
            except reader.Refused as refused:
                found = str(refused)
                if "no intent names it" in found:
                    return
        self.fail(f"it is not refused as lost: {found}")

    def test_a_frame_adds_little(self):
        self.make("many")
        events, _ = reader.load(self.store, with_hashes=False)
        self.assertGreater(len(events), 65536)
        for event in events:
            self.assertEqual((len(event["entity"]), len(event["scope"])), (12, 12))
            added = event["frame_bytes"] - len(event["payload"]) // 2
            self.assertLessEqual(added, OVERHEAD_BYTES_MAX, event)


class EngineReads(Case):
    """Stores of a foreign writer."""

    def test_random_stores(self):
        for seed in range(12):
            with self.subTest(seed=seed):
                shutil.rmtree(self.store, ignore_errors=True)
                made = builder.build(seed, 120, batches=seed % 3 != 0, segments=1 + seed % 4,
                                     hashed=seed % 5 != 4)
                if seed % 2:
                    made.close()
                made.tear((0, 7, 200)[seed % 3])
                made.zeros = 512 * (seed % 4)
                made.write(self.store)
                events, _ = self.compare()
                self.assertEqual(len(events), 120)

    def test_a_batch_without_its_commit(self):
        made = builder.build(3, 10)
        made.sync()
        made.batch([{"payload": b"one"}, {"payload": b"two"}], commit=False)
        made.zeros = 100
        made.write(self.store)
        events, summary = self.compare()
        self.assertEqual((len(events), summary["tail"]["state"]), (10, "torn"))

    def test_names_that_no_program_may_give(self):
        for said in (["a\nb", None], ["\x1b[31m", None], ["n" * 10_000_000, None], [b"\xff", None], "Moved",
                     ["Moved"], ["Moved", "{x\t}"], ["Moved", "s" * 9000], [], {"Moved": None}):
            with self.subTest(said=str(said)[:40]):
                shutil.rmtree(self.store, ignore_errors=True)
                made = builder.StoreBuilder(hashed=False)
                made.event(kind=0x1001, metadata={"batpak.kind": ["Good", "{x:int32}"]})
                made.event(kind=0x1001, metadata={"batpak.kind": said})
                made.event(kind=0x1002, metadata={"batpak.kind": said})
                made.close()
                made.write(self.store)
                with self.assertRaises(reader.Refused):
                    reader.load(self.store)
                good = [0, b"Good".hex(), b"{x:int32}".hex(), 0]
                self.assertEqual(engine_kinds(self.store), [
                    {"kind": 0x1001, "first": 0, "events": 2, "versions": [good]},
                    {"kind": 0x1002, "first": 2, "events": 1, "versions": []}])

    def test_merged_stores(self):
        for seed in range(12):
            with self.subTest(seed=seed):
                shutil.rmtree(self.store, ignore_errors=True)
                made = builder.build(seed, 120, batches=seed % 3 != 0, segments=6,
                                     hashed=seed % 5 != 4)
                made.merge(seed % 2, 2 + seed % 3)
                if seed % 4 == 3:
                    made.gone = []
                made.close()
                made.write(self.store)
                for one in made.removed[:seed % 4]:
                    path = builder.segment_path(self.store, one.number)
                    with open(path, "wb") as file:
                        file.write(one.data)
                if seed % 4 == 3:
                    self.assertEqual(engine_json(self.store)[0], 3)  # not gone, and not listed
                    continue
                events, _ = self.compare()
                self.assertEqual(len(events), 120)
                left = sorted(os.listdir(os.path.join(self.store, "segments")))
                self.assertEqual(left, sorted(os.path.basename(
                    builder.segment_path("", one.number)) for one in made.segments))

    def test_refusals_agree(self):
        made = builder.build(5, 20, segments=1)
        made.close()
        made.write(self.store)
        path = builder.segment_path(self.store, 1)
        with open(path, "rb") as file:
            sound = file.read()
        for offset in range(0, len(sound) - 14, 97):
            with self.subTest(offset=offset):
                with open(path, "wb") as file:
                    file.write(sound[:offset] + bytes([sound[offset] ^ 4]) + sound[offset + 1:])
                with self.assertRaises(reader.Refused):
                    reader.load(self.store)
                self.assertEqual(engine_json(self.store)[0], 3)


class Golden(Case):
    """Stores that were written once, and must be read for ever."""

    def test_each(self):
        found = []
        for version in sorted(os.listdir(GOLDEN)):
            folder = os.path.join(GOLDEN, version)
            for name in sorted(os.listdir(folder)):
                if name.endswith(".json"):
                    continue
                with self.subTest(version=version, name=name):
                    shutil.rmtree(self.store, ignore_errors=True)
                    shutil.copytree(os.path.join(folder, name), self.store)
                    with open(os.path.join(folder, name + ".json"), encoding="ascii") as file:
                        self.assertEqual(engine_json(self.store), (0, file.read()))
                found.append(f"{version}/{name}")
        self.assertEqual(found, ["v1/closed", "v1/rotated", "v1/tagged", "v1/torn", "v2/merged",
                                 "v3/erased"])


if __name__ == "__main__":
    if not MAKER or not READER:
        sys.exit("set BATPAK_STORE_MAKER and BATPAK_STORE_READER, as ctest does")
    unittest.main()
