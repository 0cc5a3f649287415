#!/usr/bin/env python3
"""Reads and verifies a batpak store, knowing nothing but docs/FORMAT.md.

    reader.py STORE [--json] [--no-hash]

Prints a summary, or with --json one object for each event and then the summary as an object with
"summary": true. --no-hash leaves out the recomputation of hashes and the root. Exit code: 0 if the
store is fine (a torn tail that a writer would cut off included), 3 if it is refused, 2 for usage.
"""
import argparse
import json
import os
import sys
import zlib

import frame
import hashes
import manifest
from frame import BEGIN, COMMIT, ERASED, EVENT, RuleError, TornError
from msgpack import MsgpackError, decode, to_json


class Refused(Exception):
    """The store is corrupt; says where: segment id, file offset, the sequence expected next."""

    def __init__(self, reason, segment=None, offset=None, sequence=None):
        places = (("segment", segment), ("offset", offset), ("sequence", sequence))
        where = ", ".join(f"{name} {value}" for name, value in places if value is not None)
        super().__init__(f"{where}: {reason}" if where else reason)
        self.reason, self.segment, self.offset = reason, segment, offset
        self.sequence = sequence


PRUNE_INTENDED = 0x0050


class Place:
    """An event together with where it lies and what was worked out for it."""
    __slots__ = ("event", "segment", "offset", "size", "batch_first", "commitment", "content")

    def __init__(self, event, segment, offset, size, batch_first):
        self.event, self.segment, self.offset, self.size = event, segment, offset, size
        self.batch_first = batch_first
        self.commitment = self.content = None


class Log:
    """What the events read so far add up to, and the rules that one event has to keep with them."""

    def __init__(self, with_hashes, on_event):
        self.next = 0
        self.durable = 0
        self.testimony_fell = 0
        self.tree = hashes.Tree() if with_hashes else None
        self.entities = {}  # entity -> (version expected next, E of its last event)
        self.kinds = Kinds()
        self.erased = []  # sequences of the events without a payload
        self.maintenance = {}  # sequence -> payload of an intent
        self._with_hashes = with_hashes
        self._on_event = on_event
        self._last_id = b""
        self._last_hlc = (-1, 0)

    def testify(self, durable, limit):
        """A frame says that `durable` events are safe; only `limit` can be."""
        if durable > limit:
            raise RuleError(f"it testifies for {durable} durable events behind only {limit}")
        if durable < self.durable:
            self.testimony_fell += 1
        self.durable = max(self.durable, durable)

    def accept(self, place, log_id):
        """Checks an event that counts against all before it, and adds it."""
        event = place.event
        if event.sequence != self.next:
            raise RuleError(f"it has sequence {event.sequence}, expected {self.next}")
        version, previous = self.entities.get(event.entity, (0, None))
        if event.version != version:
            raise RuleError(f"it has version {event.version} of its entity, expected {version}")
        if event.id[:8] <= self._last_id:
            raise RuleError("it has an event id that does not grow in its first 64 bits")
        hlc = (event.hlc_us, event.hlc_counter)
        if hlc <= self._last_hlc:
            raise RuleError("it has a hybrid logical clock that does not grow")
        if self._with_hashes and event.hash is not None:
            self._check_hash(place, log_id, previous)
        self._last_id, self._last_hlc = event.id[:8], hlc
        self.entities[event.entity] = (version + 1, event.hash)
        self.kinds.take(event)
        if event.payload is None:
            if event.kind >> 12 == 0:
                raise RuleError("it is a record of batpak's own without a payload")
            self.erased.append(event.sequence)
        elif event.kind == PRUNE_INTENDED:
            self.maintenance[event.sequence] = event.payload
        self.next += 1
        if self._on_event:
            self._on_event(place)

    def _check_hash(self, place, log_id, previous):
        event = place.event
        place.commitment = event.commitment or hashes.payload_commitment(event.blind, event.payload)
        place.content = hashes.content_hash(hashes.content_bytes(
            log_id, event.kind, event.payload_version, event.flags, event.timestamp_us,
            event.correlation, event.causation, event.payload_size, place.commitment, event.entity,
            event.scope, event.metadata))
        index, count = event.batch or (0, 1)
        computed = hashes.event_hash(hashes.link_bytes(
            event.sequence, event.version, event.hlc_us, event.hlc_counter, place.batch_first,
            index, count, event.id, place.content, previous))
        if computed != event.hash:
            raise RuleError(f"its hash is {event.hash.hex()}, computed {computed.hex()}")
        self.tree.add(computed)


class Kinds:
    """The kinds of a log: how many events, and what they are called in each payload version."""

    def __init__(self):
        self._kinds = {}

    def take(self, event):
        """The next event of the log."""
        entry = self._kinds.setdefault(
            event.kind, {"kind": event.kind, "first": event.sequence, "events": 0, "versions": {}})
        entry["events"] += 1
        note = frame.kind_of(event)
        if note:
            entry["versions"][event.payload_version] = [*note, event.sequence]

    def listed(self):
        """For JSON: versions are [payload version, name, shape, sequence of the latest note]."""
        return [{**entry, "versions": [[number, *note] for number, note in
                                       sorted(entry["versions"].items())]}
                for _, entry in sorted(self._kinds.items())]


class Batch:
    """A batch whose commit is not there yet."""

    def __init__(self, offset, end, first, count):
        self.offset, self.end, self.first, self.count = offset, end, first, count
        self.places = []


class Segment:
    """Walks the frames of one segment and feeds a Log."""

    def __init__(self, listed, header, data, log):
        self.listed, self.header, self.data, self.log = listed, header, data, log
        self.good = frame.HEADER_SIZE  # the end of the last frame that counts
        self.events = self.batches = self.marks = 0
        self._batch = None
        self._mark_last = False  # the last frame that counts is a mark that leaves nothing open

    def read(self):
        """Takes all frames; returns the tail as an object for the summary."""
        offset, data, salt = frame.HEADER_SIZE, self.data, self.header.salt
        while offset < len(data):
            try:
                body, end = frame.body_at(data, salt, offset)
            except TornError as error:
                return self._tail(offset, str(error))
            try:
                self._take(offset, end, body)
            except RuleError as error:
                raise self._refused(f"the frame is wrong: {error}", offset) from None
            offset = end
        return self._tail(offset, "the file ends")

    def _refused(self, reason, offset):
        return Refused(reason, self.header.number, offset, self.log.next)

    def _take(self, offset, end, body):
        kind, elements, bounds = frame.parse_body(body)
        self._mark_last = False
        if kind in (EVENT, ERASED):
            self._take_event(offset, end, frame.parse_event(elements, bounds, body,
                                                            self.header.hashed))
        elif kind == COMMIT:
            self._take_commit(offset, end, elements)
        elif self._batch:
            raise RuleError(f"type {kind} stands inside a batch")
        else:
            _, sequence, lag = elements[:3]
            if sequence != self.log.next:
                raise RuleError(f"it names sequence {sequence}, expected {self.log.next}")
            self.log.testify(sequence - lag, sequence)
            if kind == BEGIN:
                self._batch = Batch(offset, end, sequence, elements[3])
            else:
                self.marks += 1
                self._mark_last = lag == 0
                self.good = end

    def _take_event(self, offset, end, event):
        batch, size = self._batch, end - offset
        if batch is None:
            if event.batch is not None:
                raise RuleError("it is a member of a batch that did not begin")
            self.log.testify(event.sequence - event.lag, self.log.next)
            self.log.accept(Place(event, self.header.number, offset, size, event.sequence),
                            self.header.log)
            self.events += 1
            self.good = end
            return
        index = len(batch.places)
        if event.batch != (index, batch.count) or event.sequence != batch.first + index:
            raise RuleError(f"it is not member {index} of {batch.count} of the open batch")
        self.log.testify(event.sequence - event.lag, batch.first)
        batch.places.append(Place(event, self.header.number, offset, size, batch.first))

    def _take_commit(self, offset, end, elements):
        batch = self._batch
        _, first, lag, count, checksum = elements
        if batch is None:
            raise RuleError("it commits a batch that did not begin")
        if (first, count) != (batch.first, batch.count) or len(batch.places) != count:
            raise RuleError("it commits another batch than the open one")
        if zlib.crc32(self.data[batch.end:offset]) != checksum:
            raise RuleError("it has a batch checksum that does not hold")
        self.log.testify(first - lag, first)
        for place in batch.places:
            try:
                self.log.accept(place, self.header.log)
            except RuleError as error:
                raise self._refused(f"the frame is wrong: {error}", place.offset) from None
        self.events += count
        self.batches += 1
        self._batch = None
        self.good = end

    def _tail(self, offset, reason):
        """Decides about what follows the last good frame; frames could be read up to `offset`."""
        size = len(self.data)
        if not self.listed.active:
            if self._batch or offset != size:
                raise self._refused(f"a sealed segment is damaged: {reason}", offset)
            return None
        tail = {"segment": self.header.number, "offset": self.good, "closed": self._mark_last}
        content = len(self.data[self.good:].rstrip(b"\0"))
        if content == 0:
            return {"state": "zeros" if self.good < size else "clean", **tail,
                    "bytes": size - self.good}
        for where, durable in frame.testimonies(self.data, self.header.salt, offset):
            if durable > self.log.next:
                raise self._refused(
                    f"acknowledged events are damaged: {reason}, but the frame at offset {where} "
                    f"testifies for {durable} durable events", offset)
        return {"state": "torn", **tail, "bytes": content, "reason": reason, "closed": False}


def read_store(path, with_hashes=True, on_event=None):
    """Verifies the store and returns the summary, a dict; calls on_event(Place) for each event.

    Raises Refused at the first thing that breaks a rule; the events until then were reported.
    """
    try:
        listing, source, notes = manifest.load(path)
    except manifest.ManifestError as error:
        raise Refused(str(error)) from None
    with_hashes = with_hashes and listing.chain
    log = Log(with_hashes, on_event)
    segments, tail = [], None
    for listed in listing.segments:
        segment, tail = _read_segment(path, listing, listed, log)
        segments.append({
            "id": listed.number, "state": "active" if listed.active else "sealed",
            "first": listed.first, "end": log.next, "bytes": len(segment.data),
            "events": segment.events, "batches": segment.batches, "marks": segment.marks})
    _check_erased(log, listing.prune)
    if log.testimony_fell:
        notes.append(f"{log.testimony_fell} frames testify for less than one before them")
    notes += _strays(path, listing)
    return {
        "summary": True, "events": log.next, "root": log.tree.root().hex() if with_hashes else None,
        "log": uuid(listing.log), "generation": listing.generation, "manifest": source,
        "chain": "blake3" if listing.chain else "none", "entities": len(log.entities),
        "durable": log.durable, "erased": len(log.erased), "eras": [[era.first, uuid(era.log)] for era in listing.eras],
        "segments": segments, "kinds": log.kinds.listed(), "tail": tail, "notes": notes}


def intended(payload):
    """(sequences, sequence of the intent before) of the payload of a PruneIntended, or RuleError."""
    said = dict(decode(payload).pairs)
    if set(said) != {"level", "reason", "sequences", "events", "previous"} or said["level"] != 1:
        raise RuleError("it does not say what is erased")
    numbers, value, shift = [], 0, 0
    for byte in said["sequences"]:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(value)
            value = shift = 0
    if shift or len(numbers) % 2:
        raise RuleError("its sequences end in the middle of a range")
    sequences, end = [], 0
    for gap, length in zip(numbers[::2], numbers[1::2]):
        if length == 0 or (gap == 0 and sequences):
            raise RuleError("its sequences are no ranges with gaps between")
        sequences += range(end + gap, end + gap + length)
        end += gap + length
    if len(sequences) != said["events"]:
        raise RuleError("it names another number of events than it says")
    return sequences, said["previous"]


def _check_erased(log, prune):
    """Each payload that is missing is named by an intent that is in force; if none is pending, each
    that is named is missing."""
    named, at = set(), prune and prune[0]
    while at is not None:
        if at not in log.maintenance:
            raise Refused("the manifest, or a later intent, names this one, which is none", sequence=at)
        try:
            sequences, before = intended(log.maintenance[at])
        except (RuleError, MsgpackError) as error:
            raise Refused(f"the intent is wrong: {error}", sequence=at) from None
        if any(sequence >= at for sequence in sequences) or (before is not None and before >= at):
            raise Refused("the intent names what comes behind it", sequence=at)
        named.update(sequences)
        at = before
    for sequence in log.erased:
        if sequence not in named:
            raise Refused("its payload is lost: no intent names it", sequence=sequence)
    if prune and not prune[1] and len(named) != len(log.erased):
        raise Refused(f"{len(named)} payloads are to be erased, {len(log.erased)} are")


def _read_segment(path, listing, listed, log):
    """(Segment, tail) of one line of the manifest."""
    def need(condition, reason):
        if not condition:
            raise Refused(reason, listed.number, 0, log.next)
    try:
        with open(os.path.join(path, "segments", listed.name), "rb") as file:
            data = file.read()
    except OSError as error:
        raise Refused(f"cannot be read: {error.strerror}", listed.number, 0, log.next) from None
    need(listed.size in (None, len(data)), f"has {len(data)} bytes, listed with {listed.size}")
    try:
        header = frame.parse_header(data)
    except RuleError as error:
        raise Refused(str(error), listed.number, 0, log.next) from None
    need(header.number == listed.number, f"its header says segment {header.number}")
    need(header.first == listed.first, f"its header says first sequence {header.first}")
    need(header.hashed == listing.chain, "its header and the manifest's chain disagree")
    need(header.era < len(listing.eras), f"its header names era {header.era}, which is not listed")
    era, after = listing.eras[header.era], listing.eras[header.era + 1:header.era + 2]
    need(header.log == era.log, "its header's log id is not that of its era")
    segment = Segment(listed, header, data, log)
    tail = segment.read()
    need(listed.end in (None, log.next), f"ends at {log.next}, listed with {listed.end}")
    need(era.first <= listed.first and (not after or log.next <= after[0].first),
         "has events outside of its era")
    return segment, tail


def _strays(path, listing):
    """Notes about files in segments/ of which the manifest says nothing."""
    known = {listed.name for listed in listing.segments}
    known |= {manifest.segment_name(number) for number in listing.gone}
    found = os.listdir(os.path.join(path, "segments"))
    return [f"segments/{name} is not listed" for name in sorted(found) if name not in known]


def load(path, with_hashes=True):
    """(list of events as dicts for JSON, summary)."""
    events = []
    summary = read_store(path, with_hashes, lambda place: events.append(event_dict(place)))
    return events, summary


def uuid(raw):
    """16 bytes in the text form of a UUID; None stays None."""
    if raw is None:
        return None
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _hex(raw):
    return None if raw is None else raw.hex()


def _text(raw):
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def event_dict(place):
    """All of an event, for JSON. entity and scope are null where they are not UTF-8, and tags_hex
    is there only if there are tags."""
    event = place.event
    out = {
        "sequence": event.sequence, "segment": place.segment, "offset": place.offset,
        "frame_bytes": place.size, "lag": event.lag, "version": event.version,
        "hlc_us": event.hlc_us, "hlc_counter": event.hlc_counter,
        "batch": event.batch and list(event.batch), "batch_first": place.batch_first,
        "id": uuid(event.id), "kind": event.kind, "category": event.kind >> 12,
        "type": event.kind & 0xFFF, "payload_version": event.payload_version,
        "flags": event.flags, "timestamp_us": event.timestamp_us,
        "correlation": uuid(event.correlation), "causation": uuid(event.causation),
        "entity": _text(event.entity), "entity_hex": event.entity.hex(),
        "scope": _text(event.scope), "scope_hex": event.scope.hex(),
        "metadata": event.metadata and {key: to_json(said) for key, said in event.metadata_pairs},
        "metadata_hex": _hex(event.metadata), "blind": _hex(event.blind),
        "P": _hex(place.commitment), "C": _hex(place.content), "E": _hex(event.hash),
        "payload": _hex(event.payload)}
    if event.payload is None:
        out.update(erased=True, erased_bytes=event.payload_size)
    tags = frame.tags_of(event)
    if tags:
        out["tags_hex"] = [tag.hex() for tag in tags]
    try:
        out["payload_decoded"] = to_json(decode(event.payload or b""))
    except MsgpackError:
        pass  # opaque to the log; then the key is missing
    return out


def print_summary(summary):
    """The summary for people."""
    tail = summary["tail"]
    print(f"log {summary['log']}, generation {summary['generation']}, from {summary['manifest']}")
    print(f"{summary['events']} events of {summary['entities']} entities, "
          f"{summary['durable']} testified durable")
    print(f"root {summary['root'] or 'not computed'}")
    for one in summary["kinds"]:
        _, name, shape, _ = one["versions"][-1] if one["versions"] else (0, "without a name", None, 0)
        print(f"kind 0x{one['kind']:04X} {name} {shape or ''}: {one['events']} events, the first "
              f"is {one['first']}")
    for one in summary["segments"]:
        print(f"segment {one['id']} {one['state']}: [{one['first']}, {one['end']}), "
              f"{one['batches']} batches, {one['marks']} marks, {one['bytes']} bytes")
    reason = f" ({tail['reason']})" if "reason" in tail else ""
    print(f"tail {tail['state']}: {tail['bytes']} bytes at offset {tail['offset']}{reason}, "
          f"{'closed' if tail['closed'] else 'not closed'}")
    for note in summary["notes"]:
        print(f"note: {note}")


def main(arguments=None):
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Read and verify a batpak store.")
    parser.add_argument("store", metavar="STORE")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--no-hash", action="store_true", help="do not recompute hashes")
    options = parser.parse_args(arguments)
    if not os.path.isdir(options.store):
        parser.error(f"{options.store} is not a directory")
    def show(place):
        print(json.dumps(event_dict(place)))
    try:
        summary = read_store(options.store, not options.no_hash, show if options.json else None)
    except Refused as refused:
        sys.stdout.flush()
        print(f"refused: {refused}", file=sys.stderr)
        return 3
    if options.json:
        print(json.dumps(summary))
    else:
        print_summary(summary)
    return 0


if __name__ == "__main__":
    sys.exit(main())
