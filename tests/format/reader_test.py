#!/usr/bin/env python3
"""Checks reader.py with stores of builder.py: sound ones, damaged ones, and forged ones."""
import contextlib
import io
import os
import shutil
import sys
import tempfile
import unittest
import zlib

import builder
import frame
import manifest
import msgpack
import reader

ZEROS = 16


class Case(unittest.TestCase):
    """A directory for each test, and ways to look at stores in it."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "store")

    def write(self, made, copy=True):
        """Writes the store and returns the path of its active segment."""
        made.write(self.path, copy)
        return builder.segment_path(self.path, made.active.number)

    def read(self, with_hashes=False):
        """(events, summary)."""
        return reader.load(self.path, with_hashes)

    def outcome(self, with_hashes=False):
        """(sequences, state of the tail), or (None, the message) if the store is refused."""
        try:
            events, summary = self.read(with_hashes)
        except reader.Refused as refused:
            return None, str(refused)
        return [event["sequence"] for event in events], summary["tail"]["state"]

    def assert_refused(self, part, with_hashes=False):
        """The store is refused with a message that contains `part`."""
        with self.assertRaises(reader.Refused) as caught:
            self.read(with_hashes)
        self.assertIn(part, str(caught.exception))
        return caught.exception


def put(path, data):
    """Writes a file."""
    with open(path, "wb") as file:
        file.write(data)


def get(path):
    """Reads a file."""
    with open(path, "rb") as file:
        return file.read()


def small(synced=True):
    """(StoreBuilder, frames): an event, a batch of two, an event, a mark; frames as (start, end,
    where the log is cut if the frame is bad, how many events are before that)."""
    made, frames = builder.StoreBuilder(1), []

    def note(count, cut=None):
        end = frames[-1][1] if frames else frame.HEADER_SIZE
        while end < len(made.active.data):
            size = 10 + int.from_bytes(made.active.data[end:end + 4], "little")
            frames.append((end, end + size, end if cut is None else cut, count))
            end += size

    made.event(pack_text("one"), b"entity", metadata={"k": "v"})
    note(0)
    made.batch([{"payload": pack_text("two")}, {"entity": b"\xff", "causation": b"\1" * 16}])
    note(1, cut=frames[-1][1])
    made.event(b"", b"entity", b"\xfe", correlation=b"c" * 16, behind_us=300)
    note(3)
    if synced:
        made.sync()
    made.mark()
    note(4)
    return made, frames


def pack_text(text):
    """A payload."""
    return builder.pack({"text": text})


class Sound(Case):
    """Stores that are fine."""

    def check(self, made):
        """The reader sees what the builder wrote."""
        self.write(made)
        events, summary = self.read(with_hashes=True)
        self.assertEqual(len(events), made.next)
        root = made.root()
        self.assertEqual(summary["root"], root and root.hex())
        for event, wrote in zip(events, made.written):
            raw = [one.encode() if isinstance(one, str) else one for one in wrote]
            self.assertEqual(
                [event[key] for key in
                 ("sequence", "lag", "version", "hlc_counter", "batch", "kind", "payload_version",
                  "flags", "timestamp_us", "metadata")],
                wrote[1:4] + wrote[5:7] + wrote[9:13] +
                [wrote[17] and {key: msgpack.to_json(said) for key, said in wrote[17].items()}])
            tags = [tag if isinstance(tag, bytes) else tag.encode()
                    for tag in (wrote[17] or {}).get("batpak.tags", [])]
            self.assertEqual(event.get("tags_hex", []), [tag.hex() for tag in tags])
            self.assertEqual(event["hlc_us"], (wrote[4] + wrote[12]) % (1 << 64))
            self.assertEqual(
                [event[key] for key in ("E", "entity_hex", "scope_hex", "blind", "payload")],
                [raw[i] and raw[i].hex() for i in (8, 15, 16, 18)] + [raw[19].hex()])
            self.assertEqual([event[key] for key in ("id", "correlation", "causation")],
                             [reader.uuid(wrote[i]) for i in (7, 13, 14)])
        return summary

    def test_random_stores(self):
        for seed in range(4):
            with self.subTest(seed=seed):
                made = builder.build(seed, 300, batches=seed != 0, segments=1 + seed,
                                     hashed=seed != 3)
                made.close()
                made.zeros = 100 * (seed & 1)
                summary = self.check(made)
                self.assertEqual(summary["tail"]["state"], "zeros" if seed & 1 else "clean")
                self.assertTrue(summary["tail"]["closed"])
                self.assertEqual(summary["durable"], made.next)
                self.assertEqual(len(summary["segments"]), 1 + seed)

    def test_empty(self):
        self.assertEqual(self.check(builder.StoreBuilder())["entities"], 0)

    def test_extreme_numbers(self):
        made = builder.StoreBuilder()
        for shift in range(63):
            made.event(behind_us=-(1 << shift) if shift & 1 else 1 << shift,
                       flags=1 << 8 + shift % 24)
        self.check(made)

    def test_gap_in_segment_ids(self):
        made = builder.StoreBuilder()
        made.event()
        made.rotate(number=999_999_999_999)
        made.event()
        self.check(made)

    def merged(self, seed):
        """A store of seven segments, of which three and then two were made one."""
        made = builder.build(seed, 200, batches=True, segments=7, hashed=seed != 2)
        root = made.root()
        made.merge(1, 3)
        made.merge(2, 2)
        self.assertEqual(made.root(), root)
        return made

    def test_merged_segments(self):
        for seed in range(4):
            with self.subTest(seed=seed):
                made = self.merged(seed)
                shutil.rmtree(self.path, ignore_errors=True)
                summary = self.check(made)
                self.assertEqual([one["id"] for one in summary["segments"]], [1, 8, 9, 7])
                self.assertEqual(summary["notes"], [])
                made.gone = []
                made.rotate()
                made.event()
                summary = self.check(made)
                self.assertEqual([one["id"] for one in summary["segments"]], [1, 8, 9, 7, 10])

    def test_what_is_gone_may_be_there(self):
        made = self.merged(1)
        self.write(made)
        for one in made.removed:
            put(builder.segment_path(self.path, one.number), one.data)
        self.assertEqual(self.read()[1]["notes"], [])

    def test_manifests_of_the_second_version_are_read_strictly(self):
        made = self.merged(1)
        self.write(made)
        text = made.manifest()
        lines = text[:text.rindex(b"crc ")]
        for broken, reason in (
                (lines.replace(b" v2", b" v1"), "not those of a manifest of version 1"),
                (lines.replace(b" v2", b" v3"), "without a line prune"),
                (lines.replace(b" v2", b" v4"), "line 1"),
                (lines + b"gone 4\n", "do not grow"),
                (lines + b"gone 7\n", "stands twice"),
                (lines + b"gone 06\n", "out of place"),
                (lines.replace(b"segment 9", b"segment 8"), "stands twice")):
            with self.subTest(reason=reason):
                for name in ("MANIFEST", "MANIFEST.copy"):
                    put(os.path.join(self.path, name), broken + b"crc %08x\n" % zlib.crc32(broken))
                self.assert_refused(reason)

    def test_files_that_do_not_count(self):
        made, _ = small()
        self.write(made)
        os.mkdir(os.path.join(self.path, "index"))
        for name in ("MANIFEST.tmp", "index/1", "LOCK", "segments/000000000007.bpk"):
            put(os.path.join(self.path, name), b"x")
        _, summary = self.read()
        self.assertEqual(summary["events"], 4)
        self.assertEqual(summary["notes"], ["segments/000000000007.bpk is not listed"])

    def test_command_line(self):
        made, _ = small()
        path = self.write(made)
        for arguments in ([], ["--json"], ["--no-hash"], ["--json", "--no-hash"]):
            with contextlib.redirect_stdout(io.StringIO()) as out:
                self.assertEqual(reader.main([self.path, *arguments]), 0)
            if "--json" in arguments:
                self.assertEqual(len(out.getvalue().splitlines()), 5)
        put(path, get(path)[:95])
        with contextlib.redirect_stderr(io.StringIO()) as err:
            self.assertEqual(reader.main([self.path]), 3)
            self.assertIn("segment 1, offset 0, sequence 0", err.getvalue())
            with self.assertRaises(SystemExit) as caught:
                reader.main([self.path + "/nowhere"])
            self.assertEqual(caught.exception.code, 2)


class Damaged(Case):
    """What time and crashes do."""

    def test_every_bit_of_a_closed_segment(self):
        made, frames = small()
        made.zeros = ZEROS
        path = self.write(made)
        sound, mark = get(path), frames[-1]
        self.assertEqual(self.outcome(True), ([0, 1, 2, 3], "zeros"))
        for bit in range(8 * len(sound)):
            data = bytearray(sound)
            data[bit // 8] ^= 1 << bit % 8
            put(path, data)
            sequences, message = self.outcome()
            if bit // 8 < mark[0]:
                self.assertIsNone(sequences, f"bit {bit} is not seen")
                self.assertIn("segment 1", message)
            else:  # nothing behind the mark can testify; no event is lost with it
                self.assertEqual((sequences, message), ([0, 1, 2, 3], "torn"), bit)

    def test_every_byte_of_an_unsynced_segment(self):
        made, frames = small(synced=False)
        path = self.write(made)
        sound = get(path)
        for start, end, cut, before in frames:
            for at in range(start, end):
                data = bytearray(sound)
                data[at] ^= 0x10
                put(path, data)
                events, summary = self.read()
                self.assertEqual([event["sequence"] for event in events], list(range(before)))
                self.assertEqual((summary["tail"]["state"], summary["tail"]["offset"]),
                                 ("torn", cut), at)

    def test_every_truncation(self):
        made, frames = small()
        path = self.write(made)
        sound = get(path)
        for size in range(len(sound)):
            for zeros in (0, len(sound) - size):
                data = sound[:size] + bytes(zeros)
                if data == sound:  # it ends in a zero
                    continue
                put(path, data)
                damage = next((i for i, byte in enumerate(data) if byte != sound[i]), size)
                if damage < frame.HEADER_SIZE:
                    self.assertIsNone(self.outcome()[0])
                    continue
                events, summary = self.read()
                cut, before = next(one[2:] for one in frames if one[1] > damage)
                clean = not any(data[cut:])
                expected = ("zeros" if zeros else "clean") if clean else "torn"
                self.assertEqual(summary["tail"]["state"], expected, size)
                self.assertEqual([event["sequence"] for event in events], list(range(before)))
                self.assertEqual(summary["tail"]["offset"], cut)

    def test_sealed_segments_have_no_tail(self):
        made, _ = small()
        made.rotate()
        made.event()
        self.write(made)
        path = builder.segment_path(self.path, 1)
        sound = get(path)
        for at in range(len(sound)):
            data = bytearray(sound)
            data[at] ^= 1
            put(path, data)
            self.assertIsNone(self.outcome()[0], at)
        for data in (sound[:-1], sound + b"\0", b""):
            put(path, data)
            self.assert_refused("listed with")
        os.remove(path)
        self.assert_refused("cannot be read")

    def test_testimony_decides(self):
        for synced_before, verdict in ((2, "torn"), (3, None)):
            made = builder.StoreBuilder()
            for sequence in range(6):
                if sequence == synced_before:
                    made.sync()
                made.event()
            path = self.write(made)
            data = bytearray(get(path))
            offset = [place for place, durable in
                      frame.testimonies(data, made.active.salt, frame.HEADER_SIZE)][2]
            data[offset + 30] ^= 1  # the event with sequence 2
            put(path, data)
            sequences, message = self.outcome()
            if verdict:
                self.assertEqual((sequences, message), ([0, 1], verdict))
            else:
                error = self.assert_refused("testifies for 3 durable events")
                self.assertEqual((error.segment, error.offset, error.sequence), (1, offset, 2))

    def test_frames_of_elsewhere_do_not_testify(self):
        made = builder.StoreBuilder()
        made.event()
        salt, offset = made.active.salt, len(made.active.data)
        body = builder.pack([4, 99, 0])
        for alien in (builder.frame_bytes(salt, offset, body),  # right salt, other place
                      builder.frame_bytes(bytes(16), offset + 1, body)):
            made.zeros = 0
            path = self.write(made)
            put(path, get(path) + b"\xff" + alien)
            self.assertEqual(self.outcome(), ([0], "torn"))
        put(path, get(path)[:offset] + b"\xff" + builder.frame_bytes(salt, offset + 1, body))
        self.assert_refused("testifies for 99")

    def test_torn_batch(self):
        made = builder.StoreBuilder()
        made.event()
        made.sync()
        offset = len(made.active.data)
        made.batch([{}, {}], commit=False)
        self.write(made)
        for zeros in (0, ZEROS):
            made.zeros = zeros
            self.write(made)
            _, summary = self.read()
            self.assertEqual((summary["events"], summary["tail"]["state"],
                              summary["tail"]["offset"]), (1, "torn", offset))


class Manifests(Case):
    """MANIFEST and its copy."""

    def setUp(self):
        super().setUp()
        made, _ = small()
        made.rotate()
        self.made, self.name = made, os.path.join(self.path, "MANIFEST")
        self.write(made)

    def test_every_bit(self):
        sound = get(self.name)
        for bit in range(8 * len(sound)):
            data = bytearray(sound)
            data[bit // 8] ^= 1 << bit % 8
            with self.assertRaises(manifest.ManifestError):
                manifest.parse(bytes(data))
            put(self.name, data)
            if bit % 50 == 0:
                _, summary = self.read()
                self.assertEqual((summary["events"], summary["manifest"]), (4, "MANIFEST.copy"))
        os.remove(self.name + ".copy")
        self.assert_refused("no readable manifest")

    def test_every_truncation(self):
        sound = get(self.name)
        for size in range(len(sound)):
            with self.assertRaises(manifest.ManifestError):
                manifest.parse(sound[:size])

    def test_the_higher_generation_counts(self):
        put(self.name, self.made.manifest(7))
        _, summary = self.read()
        self.assertEqual((summary["generation"], summary["manifest"]), (7, "MANIFEST"))
        put(self.name + ".copy", self.made.manifest(8))
        _, summary = self.read()
        self.assertEqual((summary["generation"], summary["manifest"]), (8, "MANIFEST.copy"))

    def test_grammar(self):
        sound = self.made.manifest().rpartition(b"crc")[0]
        for old, new, part in (
                (b"manifest v1", b"manifest v2", "not those of a manifest of version 2"),
                (b"manifest v1", b"manifest v3", "without a line prune"),
                (b"manifest v1", b"manifest v4", "line 1"),
                (b"active first 4\n", b"active first 4\nprune 3 done\n", "with or without"),
                (b"generation 2", b"generation 02", "line 3"),
                (b"blake3", b"sha256", "chain"), (b"era 0", b"era 1", "start at 0"),
                (b"segment 1 ", b"segment 2 ", "stands twice"), (b"first 4", b"first 5", "start at"),
                (b"first 0", b"first 1", "start at"), (b" active", b" sealed", "active"),
                (b"log ", b"log  ", "log"), (b"\n", b"\r\n", "line 1"),
                (b"segment 2 active first 4\n", b"", "active"),
                (b"active first 4\n", b"active first 4\nhello\n", "out of place")):
            text = sound.replace(old, new)
            self.assertNotEqual(text, sound)
            with self.assertRaises(manifest.ManifestError) as caught:
                manifest.parse(text + b"crc %08x\n" % zlib.crc32(text))
            self.assertIn(part, str(caught.exception))

    def test_the_third_version_says_which_erasure_is_in_force(self):
        sound = self.made.manifest().rpartition(b"crc")[0].replace(b"manifest v1", b"manifest v3")
        def parse(lines):
            text = sound + lines
            return manifest.parse(text + b"crc %08x\n" % zlib.crc32(text))
        self.assertEqual(parse(b"prune 3 done\n").prune, (3, False))
        self.assertEqual(parse(b"prune 0 pending\ngone 9\n").prune, (0, True))
        for lines in (b"prune 03 done\n", b"prune 3\n", b"prune 3 do\n", b"gone 9\nprune 3 done\n",
                      b"prune 3 done\nprune 4 done\n", b"prune 18446744073709551616 done\n"):
            with self.assertRaises(manifest.ManifestError, msg=lines):
                parse(lines)

    def test_contradictions_with_the_header(self):
        path = builder.segment_path(self.path, 2)
        sound = get(path)[:frame.HEADER_SIZE - 4]
        for at, part in ((0, "magic"), (8, "version"), (12, "version"), (16, "log id"),
                         (32, "segment"), (40, "first"), (48, "era"), (52, "chain"),
                         (53, "reserved"), (72, "reserved")):
            data = bytearray(sound)
            data[at] ^= 1
            put(path, data + zlib.crc32(data).to_bytes(4, "little"))
            self.assert_refused(part)


class Forged(Case):
    """Frames whose checksums hold though their content breaks a rule."""

    def test_every_bit_is_bound_but_the_lag(self):
        made, frames = small()
        path = self.write(made)
        sound = get(path)
        accepted = set()
        for start, end, _, _ in frames[:3] + [frames[4], frames[-1]]:
            for bit in range(8 * (end - start - 10)):
                body = bytearray(sound[start + 10:end])
                body[bit // 8] ^= 1 << bit % 8
                forged = builder.frame_bytes(made.active.salt, start, body)
                data = sound[:start] + forged + sound[end:]
                if frames[1][0] < start < frames[4][0]:
                    data = self.commit_again(made, data, frames)
                put(path, data)
                if self.outcome(True)[0] is not None:
                    accepted.add((start, bit // 8))
        lags = {(frames[1][0], 3), (frames[2][0], 5), (frames[4][0], 3), (frames[-1][0], 3)}
        self.assertEqual(accepted, lags)  # event 0 cannot have a lag; event 3 was not tried

    @staticmethod
    def commit_again(made, data, frames):
        """`data` with the checksum of its batch worked out anew."""
        begin, commit = frames[1], frames[4]
        checksum = zlib.crc32(data[begin[1]:commit[0]])
        forged = builder.frame_bytes(made.active.salt, commit[0],
                                     builder.pack([3, 1, 1, 2, checksum]))
        return data[:commit[0]] + forged + data[commit[1]:]

    def test_event_rules(self):
        zero = bytes(16)
        for index, value, part in (
                (1, 2, "sequence 2"), (2, 2, "lag"), (3, 0, "version 0"), (4, 1 << 63, "element 4"),
                (4, -9, "clock"), (5, -1, "counter"), (5, 1 << 32, "counter"), (6, [0, 1], "batch"),
                (6, [1, 1], "batch of 1"), (6, [2, 2], "index"), (6, [0], "element 6"), (7, b"x" * 16, "UUID"),
                (7, zero, "UUID"),
                (8, None, "hash"), (8, zero * 2, "its hash"), (9, 1 << 16, "kind"),
                (10, -1, "payload version"), (11, 4, "flags"), (11, 2, "causation"),
                (11, 1 << 32, "flags"), (12, 1 << 63, "timestamp"), (13, b"short", "correlation"),
                (14, zero, "causation"), (15, "", "entity"), (15, b"utf-8", "entity"),
                (15, "x" * 1025, "entity"), (16, None, "scope"), (16, b"", "scope"),
                (17, {"a": None}, "metadata"), (17, "", "metadata"), (17, {}, "metadata"),
                (13, zero, "correlation"), (17, {"batpak.other": "x"}, "metadata"), (18, None, "blind"),
                (19, "text", "payload"), (19, b"other", "its hash"), (0, 6, "unknown"), (0, 5, "P is not 32 bytes"),
                (0, None, "unknown"), (0, 4, "elements")):
            with self.subTest(index=index, value=value):
                made = builder.StoreBuilder()
                made.event()
                size = len(made.active.data)
                made.event(step_us=5)
                del made.active.data[size:]
                made.written[1][index] = value
                made.active.add(made.written[1])
                self.write(made)
                error = self.assert_refused(part, with_hashes=True)
                self.assertEqual((error.segment, error.offset, error.sequence), (1, size, 1))

    def test_ids_grow(self):
        made = builder.StoreBuilder()
        made.event()
        made._id -= 1
        made._hlc = (builder.START_US - 1, 0)
        made.event(step_us=3)
        self.write(made)
        self.assert_refused("event id")

    def test_correlation_is_not_spelled_out(self):
        made = builder.StoreBuilder()
        made.event()
        del made.active.data[frame.HEADER_SIZE:]
        made.written[0][13] = made.written[0][7]
        made.active.add(made.written[0])
        self.write(made)
        self.assert_refused("correlation")

    def test_batches_and_marks(self):
        for frames, part in (
                ([[2, 0, 0, 0]], "batch of 0"), ([[2, 0, 0, 1]], "batch of 1"),
                ([[2, 1, 0, 2]], "sequence 1"),
                ([[2, 0, 0, 2], [2, 0, 0, 2]], "inside a batch"), ([[4, 1, 1]], "sequence 1"),
                ([[2, 0, 0, 2], [4, 0, 0]], "inside a batch"), ([[3, 0, 0, 2, 0]], "did not begin"),
                ([[2, 0, 0, 2], [3, 0, 0, 2, 0]], "another batch"), ([[4, 0, 1]], "lag"),
                ([[2, 0, 0, 1 << 32]], "count"), ([[4, 0, -1]], "lag"),
                ([[4, 0, 0, 0]], "elements"), ([[4, "0", 0]], "sequence"),
                ([[2, None, 0, 2]], "sequence"), ([[4, 0, b""]], "lag")):
            made = builder.StoreBuilder()
            for elements in frames:
                made.active.add(elements)
            self.write(made)
            self.assert_refused(part)

    def test_a_batch_cannot_testify_for_itself(self):
        made = builder.StoreBuilder()
        made.batch([{}, {}])
        del made.active.data[frame.HEADER_SIZE:]
        made.active.add([2, 0, 0, 2])
        made.written[1][2] = 0
        for elements in made.written:
            made.active.add(elements)
        self.write(made)
        self.assert_refused("testifies for 1")

    def test_commit_has_to_agree(self):
        made = builder.StoreBuilder()
        made.batch([{}, {}], commit=False)
        made.active.add([3, 0, 0, 2, 0])
        self.write(made)
        self.assert_refused("checksum")

    def test_tags_have_one_form(self):
        for tags in ("a", [], ["b", "a"], ["a", "a"], [""], ["t" * 257], ["a\n"], ["\x7f"], [1],
                     [b"text"], [f"{i:02}" for i in range(33)], {"a": "b"}):
            with self.subTest(tags=tags):
                made = builder.StoreBuilder()
                made.event(metadata={"batpak.tags": tags})
                self.write(made)
                self.assert_refused("tag")
        made = builder.StoreBuilder()
        made.event(metadata={"batpak.tags": ["a", b"\xff"]})
        self.write(made)
        self.assertEqual(self.read()[0][0]["tags_hex"], ["61", "ff"])

    def test_what_a_kind_is_called_has_one_form(self):
        for said in ("Moved", [], ["Moved"], ["Moved", None, None], ["", None], ["a\n", None],
                     ["\x7f", None], ["n" * 257, None], [b"Moved", None], ["Moved", ""],
                     ["Moved", 1], ["Moved", "s" * 8193], ["Moved", "{x\t}"], {"a": "b"}):
            with self.subTest(said=said):
                made = builder.StoreBuilder()
                made.event(metadata={"batpak.kind": said})
                self.write(made)
                self.assert_refused("called")

    def test_kinds_have_names(self):
        made = builder.StoreBuilder()
        for kind, version, said in ((0x1001, 1, None), (0x1001, 1, ["Moved", "{x:int32}"]),
                                    (0x1001, 2, ["Walked", None]), (0x1002, 1, None),
                                    (0x1001, 1, ["Moved", "{x:int64}"])):
            made.event(kind=kind, payload_version=version,
                       metadata=said and {"batpak.kind": said})
        self.write(made)
        self.assertEqual(self.read()[1]["kinds"], [
            {"kind": 0x1001, "first": 0, "events": 4, "versions": [
                [1, "Moved", "{x:int64}", 4], [2, "Walked", None, 2]]},
            {"kind": 0x1002, "first": 3, "events": 1, "versions": []}])

    def test_metadata_is_sorted(self):
        for pairs in ((b"\xa1b\xa0\xa1a\xa0"), (b"\xa1a\xa0\xa1a\xa0")):
            made = builder.StoreBuilder()
            made.event(metadata={"a": "", "b": ""})
            body = builder.pack(made.written[0]).replace(b"\x82\xa1a\xa0\xa1b\xa0", b"\x82" + pairs)
            made.active.data[frame.HEADER_SIZE:] = builder.frame_bytes(
                made.active.salt, frame.HEADER_SIZE, body)
            self.write(made)
            self.assert_refused("not sorted")


class WorkedExample(unittest.TestCase):
    """The example of docs/FORMAT.md is the frame that it names, and says what the reader reads."""

    HERE = os.path.dirname(os.path.abspath(__file__))
    STORE = os.path.join(HERE, "golden", "v1", "closed")
    PAGE = os.path.join(HERE, "..", "..", "docs", "FORMAT.md")

    def test_it_is_true(self):
        with open(self.PAGE, encoding="utf-8") as file:
            section = file.read().split("## One frame, byte by byte")[1]
        bytes_shown, hashes_shown = section.split("```")[1], section.split("```")[3]
        # The left 32 columns are bytes, what is right of them is words.
        shown = bytes.fromhex("".join(line[:32] for line in bytes_shown.splitlines()))
        places = []
        reader.read_store(self.STORE, on_event=places.append)
        event = reader.event_dict(places[1])
        self.assertIn(f"{event['frame_bytes']} bytes at offset {event['offset']} ", section)
        with open(os.path.join(self.STORE, "segments", "000000000001.bpk"), "rb") as file:
            segment = file.read()
        self.assertEqual(shown, segment[event["offset"]:][:event["frame_bytes"]])
        for name in ("P", "C", "E"):
            self.assertIn(f"{name} = {event[name]}", hashes_shown)
        for said in (event["id"], f"timestamp_us {event['timestamp_us']}",
                     f"CRC32(salt, 222, 123, body) = 0x{shown[9::-1][:4].hex()}"):
            self.assertIn(said, bytes_shown)
        self.assertIn(segment[56:72].hex(), section)


class Msgpack(unittest.TestCase):
    """The decoder."""

    def test_integers(self):
        for shift in range(65):
            half = 1 << max(shift - 1, 0)
            for value in ((1 << shift) - 1, 1 - half, -half):
                self.assertEqual(msgpack.decode(builder.pack(value), strict=True), value)

    def test_longer_forms(self):
        for text in ("cc7f", "cd00ff", "ce0000ffff", "cf00000000ffffffff", "d000", "d0e0", "d0ff",
                     "d10000", "d1012c", "d1ff80", "d2ffff8000", "d30000000100000000",
                     "d3ffffffff80000000", "c5000100", "c60000000100", "d90161", "da000161",
                     "db0000000161", "dc000100", "dd0000000100", "de00016161", "df000000016161"):
            raw = bytes.fromhex(text)
            msgpack.decode(raw)
            with self.assertRaises(msgpack.MsgpackError, msg=text):
                msgpack.decode(raw, strict=True)

    def test_malformed(self):
        for text in ("", "c1", "a1", "a1ff", "c403", "cc", "cdff", "91", "8161", "dc", "ddffffffff",
                     "dfffffffff", "0000", "ca0000", "d4", "c70500", "c6ffffffff00", "91" * 80):
            with self.assertRaises(msgpack.MsgpackError, msg=text):
                msgpack.decode(bytes.fromhex(text))

    def test_bounds(self):
        elements, bounds = msgpack.decode_array(bytes.fromhex("93c0a161820102a16105"))
        self.assertEqual(elements, [None, "a", msgpack.Map([(1, 2), ("a", 5)])])
        self.assertEqual(bounds, [1, 2, 4, 10])

    def test_to_json(self):
        for text, expected in (("c3", True), ("cb7ff8000000000000", {"$float": "nan"}),
                               ("c40100", {"$bin": "00"}), ("d40101", {"$ext": [1, "01"]}),
                               ("8101c0", {"$map": [[1, None]]}), ("81a161ca3f800000", {"a": 1.0})):
            self.assertEqual(msgpack.to_json(msgpack.decode(bytes.fromhex(text))), expected)


if __name__ == "__main__":
    sys.exit(unittest.main())
