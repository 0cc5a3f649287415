#!/usr/bin/env python3
"""Writes batpak stores from docs/FORMAT.md alone: a foreign writer, to test readers with.

    builder.py OUT_DIR --seed N --events N [--batches] [--torn BYTES] [--close | --no-close]

The same arguments give the same bytes. With the reader it shares hashes.py and blake3.py, which
vectors_test.py checks against known values, and nothing else: its MessagePack is its own.
"""
import argparse
import os
import random
import struct
import sys
import zlib

import hashes

U64 = (1 << 64) - 1
START_US = 1_700_000_000_000_000


def pack(value):
    """MessagePack of None, int, bytes, str, list, or dict, in shortest form, dict keys sorted."""
    if value is None:
        return b"\xc0"
    if isinstance(value, int):
        return _pack_int(value)
    if isinstance(value, bytes):
        return _pack_head(len(value), None, ((1, 0xC4), (2, 0xC5), (4, 0xC6))) + value
    if isinstance(value, str):
        raw = value.encode("utf-8")
        return _pack_head(len(raw), (0xA0, 32), ((1, 0xD9), (2, 0xDA), (4, 0xDB))) + raw
    if isinstance(value, dict):
        items = sorted(value.items(), key=lambda item: item[0].encode("utf-8"))
        head = _pack_head(len(items), (0x80, 16), ((2, 0xDE), (4, 0xDF)))
        return head + b"".join(pack(key) + pack(item) for key, item in items)
    head = _pack_head(len(value), (0x90, 16), ((2, 0xDC), (4, 0xDD)))
    return head + b"".join(map(pack, value))


def _pack_head(count, fixed, forms):
    if fixed and count < fixed[1]:
        return bytes([fixed[0] | count])
    size, first = next((size, first) for size, first in forms if count >> 8 * size == 0)
    return bytes([first]) + count.to_bytes(size, "big")


def _pack_int(value):
    if -32 <= value < 128:
        return struct.pack("b", value)
    if value > 0:
        return _pack_head(value, None, ((1, 0xCC), (2, 0xCD), (4, 0xCE), (8, 0xCF)))
    size, first = next((size, first) for size, first in ((1, 0xD0), (2, 0xD1), (4, 0xD2), (8, 0xD3))
                       if value >= -(1 << 8 * size - 1))
    return bytes([first]) + value.to_bytes(size, "big", signed=True)


def name(raw):
    """An entity or scope: str if the bytes are UTF-8, else the bytes."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw


def frame_bytes(salt, offset, body):
    """A frame at `offset` of a segment with this salt."""
    state = zlib.crc32(salt + struct.pack("<QI", offset, len(body)))
    return struct.pack("<IHI", len(body), state & 0xFFFF, zlib.crc32(body, state)) + body


def uuid(raw):
    """The text form of a UUID."""
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


class Segment:
    """A segment as it grows."""

    def __init__(self, number, first, log_id, salt, hashed):
        self.number, self.first, self.end, self.salt = number, first, None, salt
        header = struct.pack("<8sII16sQQII16s20x", b"BPKSEG1\n", 1, 96, log_id, number, first, 0,
                             int(hashed), salt)
        self.data = bytearray(header + struct.pack("<I", zlib.crc32(header)))

    def add(self, elements):
        """Appends a frame; returns its offset."""
        offset = len(self.data)
        self.data += frame_bytes(self.salt, offset, pack(elements))
        return offset


def frames_of(data):
    """(offset, body) of each frame of a segment."""
    at = 96
    while at < len(data):
        size = int.from_bytes(data[at:at + 4], "little")
        yield at, bytes(data[at + 10:at + 10 + size])
        at += 10 + size


def merged_into(made, source):
    """Adds the frames of a segment to another: the same bodies, but for marks, which are left out,
    and for the checksums of batches."""
    old_start = new_start = 0
    for offset, body in frames_of(source.data):
        kind = (body[0], body[1])
        if kind == (0x93, 4):
            continue
        if kind == (0x95, 3):
            old = pack(zlib.crc32(source.data[old_start:offset]))
            assert body.endswith(old)
            body = body[:-len(old)] + pack(zlib.crc32(made.data[new_start:]))
        made.data += frame_bytes(made.salt, len(made.data), body)
        if kind == (0x94, 2):
            old_start, new_start = offset + 10 + len(body), len(made.data)


class StoreBuilder:
    """A store in memory. Everything that a real writer would draw or measure comes from `seed`."""

    def __init__(self, seed=0, hashed=True):
        self.random = random.Random(seed)
        self.hashed = hashed
        self.log_id = self.random.randbytes(16)
        self.generation = 1
        self.next = self.durable = 0
        self.written = []  # the elements of every event
        self.zeros = 0  # bytes reserved behind the last frame
        self.gone = []  # ids of files that are no part of the log
        self.removed = []  # segments that were merged away, as they were
        self._entities = {}  # entity -> (version of the next event, E of the last)
        self._hlc = (START_US, 0)
        self._id = 0
        self.segments = [self._segment(1)]

    def _segment(self, number):
        return Segment(number, self.next, self.log_id, self.random.randbytes(16), self.hashed)

    @property
    def active(self):
        """The segment that is appended to."""
        return self.segments[-1]

    def event(self, payload=b"\xc0", entity=b"a", scope=b"s", **more):
        """Appends one event."""
        self.active.add(self._event(payload, entity, scope, (self.next, 0, 1), None, **more))

    def batch(self, members, commit=True):
        """Appends a batch of members, each a dict of arguments for event()."""
        first, count = self.next, len(members)
        self.active.add([2, first, first - self.durable, count])
        start = len(self.active.data)
        for index, member in enumerate(members):
            self.active.add(self._event(place=(first, index, count), batch=[index, count],
                                        **{"payload": b"\xc0", "entity": b"a", "scope": b"s",
                                           **member}))
        if commit:
            checksum = zlib.crc32(self.active.data[start:])
            self.active.add([3, first, first - self.durable, count, checksum])

    def _event(self, payload, entity, scope, place, batch, kind=0xF001, payload_version=0, flags=0,
               metadata=None, correlation=None, causation=None, step_us=1, behind_us=0):
        """The elements of the next event, `step_us` after the last by its HLC."""
        micros, counter = self._hlc
        self._hlc = (micros, counter + 1) if step_us == 0 else (micros + step_us, 0)
        timestamp = self._hlc[0] - behind_us
        delta = (self._hlc[0] - timestamp + (1 << 63)) % (1 << 64) - (1 << 63)
        if causation:
            flags |= 2
        event_id, blind = self._event_id(), self.random.randbytes(16) if self.hashed else None
        version, previous = self._entities.get(entity, (0, None))
        sequence, self.next = self.next, self.next + 1
        durable = min(self.durable, place[0])
        digest = None
        if self.hashed:
            content = hashes.content_bytes(
                self.log_id, kind, payload_version, flags, timestamp, correlation, causation,
                len(payload), hashes.payload_commitment(blind, payload), entity, scope,
                None if metadata is None else pack(metadata))
            digest = hashes.event_hash(hashes.link_bytes(
                sequence, version, *self._hlc, *place, event_id, hashes.content_hash(content),
                previous))
        self._entities[entity] = (version + 1, digest)
        self.written.append(
            [1, sequence, sequence - durable, version, delta, self._hlc[1], batch, event_id, digest,
             kind, payload_version, flags, timestamp, correlation, causation, name(entity),
             name(scope), metadata, blind, payload])
        return self.written[-1]

    def root(self):
        """The root over all events, None without hashes."""
        return hashes.merkle_root([event[8] for event in self.written]) if self.hashed else None

    def _event_id(self):
        """A UUID of version 7: 48 bits of milliseconds and 12 of a counter, which carries over."""
        self._id = max(self._id + 1, self._hlc[0] // 1000 << 12)
        high = self._id >> 12 << 16 | 0x7000 | self._id & 0xFFF
        low = 1 << 63 | self.random.getrandbits(62)
        return struct.pack(">QQ", high, low)

    def sync(self):
        """From here on, frames testify that all before them is durable."""
        self.durable = self.next

    def mark(self):
        """Appends a mark."""
        self.active.add([4, self.next, self.next - self.durable])

    def close(self):
        """What a clean close leaves."""
        self.sync()
        self.mark()

    def rotate(self, number=None):
        """Seals the active segment and begins another."""
        self.sync()
        self.active.end = self.next
        last = max([one.number for one in self.segments] + self.gone)
        self.segments.append(self._segment(number or last + 1))
        self.generation += 1

    def merge(self, place, count):
        """Puts one segment in the place of `count` sealed ones."""
        sources = self.segments[place:place + count]
        number = 1 + max([one.number for one in self.segments] + self.gone)
        made = Segment(number, sources[0].first, self.log_id, self.random.randbytes(16), self.hashed)
        for source in sources:
            merged_into(made, source)
        made.end = sources[-1].end
        self.segments[place:place + count] = [made]
        self.removed += sources
        self.gone = sorted(self.gone + [source.number for source in sources])
        self.generation += 1

    def tear(self, size):
        """Leaves the first `size` bytes of an event frame that was being written."""
        if size == 0:
            return
        start = len(self.active.data)
        entity = f"torn {start}".encode()  # one of its own, so that no other's version moves
        self.event(payload=self.random.randbytes(size), entity=entity)
        del self.active.data[start + size:], self._entities[entity], self.written[-1]
        self.next -= 1

    def manifest(self, generation=None):
        """The bytes of MANIFEST."""
        log = uuid(self.log_id)
        numbers = [one.number for one in self.segments]
        version = 2 if self.gone or numbers != sorted(numbers) else 1
        lines = [f"batpak manifest v{version}", f"log {log}", f"generation {generation or self.generation}",
                 f"chain {'blake3' if self.hashed else 'none'}", f"era 0 {log}"]
        for one in self.segments[:-1]:
            lines.append(f"segment {one.number} sealed first {one.first} end {one.end} "
                         f"bytes {len(one.data)}")
        lines.append(f"segment {self.active.number} active first {self.active.first}")
        lines += [f"gone {number}" for number in self.gone]
        text = "".join(line + "\n" for line in lines).encode("ascii")
        return text + b"crc %08x\n" % zlib.crc32(text)

    def write(self, path, copy=True):
        """Makes the directory."""
        os.makedirs(os.path.join(path, "segments"), exist_ok=True)
        for one in self.segments:
            zeros = bytes(self.zeros) if one is self.active else b""
            with open(segment_path(path, one.number), "wb") as file:
                file.write(one.data + zeros)
        files = {"LOCK": b"", "MANIFEST": self.manifest(), "MANIFEST.copy": self.manifest()}
        for file_name in files if copy else ("LOCK", "MANIFEST"):
            with open(os.path.join(path, file_name), "wb") as file:
                file.write(files[file_name])


def segment_path(store, number):
    """Where a segment lies."""
    return os.path.join(store, "segments", f"{number:012d}.bpk")


ODD_NAMES = (
    b" ", b"/", b"..", b"a\nb", b"nul\0inside", b"\xff\xfe", b"\x80", b"\xc0\xaf", b"\xed\xa0\x80",
    b"half \xe2\x82", "\N{BAT}:\N{SNOWMAN}".encode(), "e\N{COMBINING ACUTE ACCENT}".encode(),
    "\N{LATIN SMALL LETTER E WITH ACUTE}".encode(), b"n" * 31, b"n" * 32, b"n" * 255, b"n" * 256,
    b"n" * 1024, b"\xfe" * 1024, "\U0010ffff".encode(), b"A", b"a")
ODD_METADATA = (
    {"a": ""}, {"": "empty key"}, {"b": "2", "a": "1", "\N{BAT}": "\N{BAT}", "\uffff": "bytewise"},
    {f"key {i}": "v" * i for i in range(40)}, {"long": "x" * 300}, {"k" * 70000: "huge"},
    {"batpak.tags": ["course:c1", "student:s1"]}, {"batpak.key": b"key", "batpak.tags": ["t" * 256]},
    {"a": "", "batpak.tags": [f"tag {i:02}" for i in range(32)], "z": ""},
    {"batpak.tags": ["\N{BAT}", b"\xff\xfe"]}, {"batpak.kind": ["Moved", "{x:int32}"]},
    {"batpak.key": b"k", "batpak.kind": ["\N{BAT} \"<b>\"", None], "batpak.tags": ["t"]},
    {"batpak.kind": ["n" * 256, "s" * 8192]})
PAYLOAD_SIZES = (0, 1, 2, 63, 64, 65, 255, 256, 999, 1000, 1001, 1024, 65535, 65536)


def random_event(builder, number):
    """Arguments for event(): mostly plain ones, and every so often a value at some border."""
    rand = builder.random
    arguments = {
        "payload": pack({"number": number, "text": "x" * rand.randrange(80)}),
        "entity": f"entity:{rand.randrange(50)}".encode(), "scope": b"builder",
        "kind": rand.choice((0xF001, 0xF002, 0x1001)), "payload_version": rand.randrange(3),
        "step_us": rand.choice((0, 0, 1, 1000, 250_000)), "behind_us": rand.choice((0, 0, 3, 4096))}
    if number % 5 == 1:
        arguments["entity"] = ODD_NAMES[number // 5 % len(ODD_NAMES)]
    if number % 7 == 2:
        arguments["scope"] = ODD_NAMES[number // 7 % len(ODD_NAMES)]
    if number % 11 == 3:
        arguments["metadata"] = ODD_METADATA[number // 11 % len(ODD_METADATA)]
    if number % 13 == 4:
        arguments["payload"] = rand.randbytes(PAYLOAD_SIZES[number // 13 % len(PAYLOAD_SIZES)])
    if number % 4 == 3:
        arguments["correlation"] = rand.randbytes(16)
    if number % 6 == 5:
        arguments["causation"] = rand.randbytes(16)
    if number % 17 == 6:
        arguments["flags"] = rand.choice((1, 256, 0x80000000, 0xFFFFFF01))
    if number % 19 == 7:
        arguments["kind"] = rand.choice((0, 0xFFF, 0x1000, 0xFFFF))
        arguments["payload_version"] = 0xFFFF
    if number % 23 == 8:
        arguments["behind_us"] = rand.choice((-5, START_US + (1 << 40), 1 << 32, -(1 << 31)))
    return arguments


def build(seed, events, batches=False, segments=2, hashed=True):
    """A StoreBuilder with that many events in that many segments (none is empty), not closed."""
    builder = StoreBuilder(seed, hashed)
    rand, segments = builder.random, min(segments, events)
    rotations = [events * i // segments for i in range(1, segments)]
    while builder.next < events:
        if rotations and builder.next >= rotations[0]:
            rotations.pop(0)
            if rand.randrange(2):
                builder.close()
            builder.rotate()
        if rand.randrange(4) == 0:
            builder.sync()
            if rand.randrange(4) == 0:
                builder.mark()
        size = min(rand.choice((2, 3, 20)), events - builder.next)
        if size > 1 and batches and rand.randrange(4) == 0:
            builder.batch([random_event(builder, builder.next + i) for i in range(size)])
        else:
            builder.event(**random_event(builder, builder.next))
    return builder


def main(arguments=None):
    """The command line."""
    parser = argparse.ArgumentParser(description="Write a batpak store.")
    parser.add_argument("out", metavar="OUT_DIR")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--events", type=int, default=100)
    parser.add_argument("--segments", type=int, default=2)
    parser.add_argument("--batches", action="store_true")
    parser.add_argument("--no-hashes", action="store_true", help="chain none")
    parser.add_argument("--zeros", type=int, default=0, metavar="BYTES",
                        help="zeros reserved behind the last frame")
    parser.add_argument("--torn", type=int, default=0, metavar="BYTES",
                        help="leave so many bytes of an unfinished frame")
    parser.add_argument("--close", action=argparse.BooleanOptionalAction, default=None,
                        help="end with a mark (before the torn bytes); by default unless --torn")
    options = parser.parse_args(arguments)
    if os.path.exists(options.out) and os.listdir(options.out):
        parser.error(f"{options.out} is not empty")
    builder = build(options.seed, options.events, options.batches, options.segments,
                    not options.no_hashes)
    if options.close or (options.close is None and not options.torn):
        builder.close()
    builder.tear(options.torn)
    builder.zeros = options.zeros
    builder.write(options.out)
    root = builder.root()
    print(f"{builder.next} events, root {root.hex() if root else 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
