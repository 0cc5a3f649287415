"""Segment headers and frames of a batpak store (docs/FORMAT.md, "Segment" and "Frame")."""
import re
import struct
import zlib
from typing import NamedTuple

from msgpack import Map, MsgpackError, decode_array

MAGIC = b"BPKSEG1\n"
HEADER_SIZE, PREFIX_SIZE = 96, 10
MAX_BODY = 134217728
EVENT, BEGIN, COMMIT, MARK, ERASED = 1, 2, 3, 4, 5
HAS_CAUSATION = 2
U16, U32, U64 = 1 << 16, 1 << 32, 1 << 64

_header = struct.Struct("<8sII16sQQII16s20sI")
_prefix = struct.Struct("<IHI")
_place = struct.Struct("<QI").pack
assert _header.size == HEADER_SIZE and _prefix.size == PREFIX_SIZE


class RuleError(ValueError):
    """A rule of the format is broken."""


class TornError(ValueError):
    """No frame is to be had here: the bytes of one are missing, or a checksum does not hold."""


class Header(NamedTuple):
    """The header of a segment."""
    log: bytes
    number: int
    first: int
    era: int
    hashed: bool
    salt: bytes


class Event(NamedTuple):
    """One event frame, its elements in the order of the format; `metadata` as stored, or None."""
    sequence: int
    lag: int
    version: int
    hlc_us: int
    hlc_counter: int
    batch: tuple | None
    id: bytes
    hash: bytes | None
    kind: int
    payload_version: int
    flags: int
    timestamp_us: int
    correlation: bytes | None
    causation: bytes | None
    entity: bytes
    scope: bytes
    metadata: bytes | None
    metadata_pairs: list | None
    blind: bytes | None
    payload: bytes | None  # None: it was erased
    commitment: bytes | None  # P, of an event without its payload
    payload_size: int


def parse_header(data):
    """The Header at the start of a segment's bytes, or RuleError."""
    if len(data) < HEADER_SIZE:
        raise RuleError(f"{len(data)} bytes cannot hold a segment header")
    (magic, version, size, log, number, first, era, flags, salt, zeros, crc
     ) = _header.unpack_from(data)
    if magic != MAGIC:
        raise RuleError("the magic is not that of a segment")
    if crc != zlib.crc32(data[:HEADER_SIZE - 4]):
        raise RuleError("the header's CRC does not hold")
    if version != 1 or size != HEADER_SIZE:
        raise RuleError(f"format version {version} with a header of {size} bytes is unknown")
    if flags & ~1 or any(zeros):
        raise RuleError("reserved bits of the header are not zero")
    return Header(log, number, first, era, bool(flags & 1), salt)


def body_at(data, salt, offset):
    """(body, end) of the frame at `offset`, or TornError."""
    if len(data) - offset < PREFIX_SIZE:
        raise TornError("no room for a frame")
    size, head, crc = _prefix.unpack_from(data, offset)
    state = zlib.crc32(salt + _place(offset, size))
    if state & 0xFFFF != head:
        raise TornError("the head check does not hold")
    if not 1 <= size <= MAX_BODY:
        raise TornError(f"a body of {size} bytes")
    end = offset + PREFIX_SIZE + size
    if end > len(data):
        raise TornError("the frame goes beyond the file")
    body = data[offset + PREFIX_SIZE:end]
    if zlib.crc32(body, state) != crc:
        raise TornError("the frame's CRC does not hold")
    return body, end


def parse_body(body):
    """(type, elements, bounds) of a frame's body, or RuleError."""
    try:
        elements, bounds = decode_array(body)
    except MsgpackError as error:
        raise RuleError(f"the body is not strict MessagePack: {error}") from None
    kind = elements[0] if elements else None
    sizes = {EVENT: 20, ERASED: 20, BEGIN: 4, COMMIT: 5, MARK: 3}
    if type(kind) is not int or kind not in sizes:
        raise RuleError(f"an unknown frame type, {kind!r}")
    if len(elements) != sizes[kind]:
        raise RuleError(f"a frame of type {kind} with {len(elements)} elements")
    _unsigned(elements[1], U64, "the sequence")
    if _unsigned(elements[2], U64, "the lag") > elements[1]:
        raise RuleError("the lag is greater than the sequence")
    if kind in (BEGIN, COMMIT):
        count = _unsigned(elements[3], U32, "the count of a batch")
        if count < 2:
            raise RuleError(f"a batch of {count} events")
    if kind == COMMIT:
        _unsigned(elements[4], U32, "the checksum of a batch")
    return kind, elements, bounds


def _unsigned(value, limit, what):
    if type(value) is not int or not 0 <= value < limit:
        raise RuleError(f"{what} is not an unsigned integer below {limit}: {value!r}")
    return value


def _signed(value, what):
    if type(value) is not int or not -(1 << 63) <= value < 1 << 63:
        raise RuleError(f"{what} is not a signed integer of 64 bits: {value!r}")
    return value


def _binary(value, size, what):
    if type(value) is not bytes or len(value) != size:
        raise RuleError(f"{what} is not {size} bytes of bin")
    return value


def _name(value, what, limit=1024):
    """The bytes of an entity, scope or tag: str, or bin if and only if that is not UTF-8."""
    if type(value) is str:
        raw = value.encode("utf-8")
    elif type(value) is bytes:
        raw = value
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            raise RuleError(f"the {what} is bin, though it is UTF-8")
    else:
        raise RuleError(f"the {what} is neither str nor bin")
    if not 1 <= len(raw) <= limit:
        raise RuleError(f"the {what} has {len(raw)} bytes")
    return raw


def _gates(value):
    """Checks what gates said."""
    pairs = value.pairs if type(value) is Map else []
    keys = [key for key, _ in pairs]
    values = [said for _, said in pairs]
    if keys == ["bypass", "because"] and all(type(said) is str for said in values):
        return
    if keys not in (["set", "gates"], ["set", "gates", "seen"]):
        raise RuleError("what gates said is neither a set and its gates nor a bypass")
    _binary(values[0], 32, "the set of gates")
    if type(values[1]) is not list or not all(
            type(gate) is list and len(gate) == 2 and type(gate[0]) is str for gate in values[1]):
        raise RuleError("the gates are not names and versions")
    for _, version in values[1]:
        _unsigned(version, U64, "the version of a gate")
    if len(values) == 3:
        _unsigned(values[2], U64, "what the gates saw")


def _tags(value):
    """Checks the tags, and returns their bytes."""
    if type(value) is not list or not 1 <= len(value) <= 32:
        raise RuleError("the tags are not a list of 1 to 32")
    tags = [_name(tag, "tag", 256) for tag in value]
    if any(byte < 0x20 or byte == 0x7F for tag in tags for byte in tag):
        raise RuleError("a tag has control bytes")
    if any(tag <= before for before, tag in zip(tags, tags[1:])):
        raise RuleError("the tags do not grow")
    return tags


def tags_of(event):
    """The tags of an Event, as bytes."""
    for key, value in event.metadata_pairs or []:
        if key == "batpak.tags":
            return _tags(value)
    return []


def _kind(value):
    """Checks what a kind is called, and returns (name, shape), the shape None if it is unknown."""
    if type(value) is not list or len(value) != 2 or type(value[0]) is not str or (
            value[1] is not None and type(value[1]) is not str):
        raise RuleError("what its kind is called is not a name and a shape")
    for text, limit in zip(value, (256, 8192)):
        if text is None:
            continue
        raw = text.encode("utf-8")
        if not 1 <= len(raw) <= limit or any(byte < 0x20 or byte == 0x7F for byte in raw):
            raise RuleError("what its kind is called is empty, too long or has control bytes")
    return tuple(value)


def kind_of(event):
    """What an Event says its kind is called, (name, shape), or None."""
    for key, value in event.metadata_pairs or []:
        if key == "batpak.kind":
            return _kind(value)
    return None


def _metadata(value):
    """Checks element 17 and returns its pairs."""
    if type(value) is not Map or not value.pairs:
        raise RuleError("the metadata is neither nil nor a map with keys")
    before = None
    for key, text in value.pairs:
        if type(key) is not str:
            raise RuleError("a key of the metadata is not a str")
        if key == "batpak.key":
            if type(text) is not bytes or not 1 <= len(text) <= 256:
                raise RuleError("the idempotency key is not 1 to 256 bytes")
        elif key == "batpak.gates":
            _gates(text)
        elif key == "batpak.kind":
            _kind(text)
        elif key == "batpak.tags":
            _tags(text)
        elif key.startswith("batpak."):
            raise RuleError(f"the metadata has {key!r}, which version 1 does not know")
        elif type(text) is not str:
            raise RuleError("the metadata maps something else than str to str")
        raw = key.encode("utf-8")
        if before is not None and raw <= before:
            raise RuleError("the keys of the metadata are not sorted, or not unique")
        before = raw
    return value.pairs


def _batch(value):
    """Element 6 as a tuple or None."""
    if value is None:
        return None
    if type(value) is not list or len(value) != 2:
        raise RuleError("element 6 is neither nil nor [index, count]")
    count = _unsigned(value[1], U32, "a batch count")
    if count < 2:
        raise RuleError(f"element 6 names a batch of {count} events")
    return _unsigned(value[0], count, "a batch index"), count


def parse_event(elements, bounds, body, hashed):
    """The Event of a frame of type 1 or 5; `hashed` says whether its segment's events carry hashes."""
    (type_, sequence, lag, version, hlc_delta, counter, batch, event_id, event_hash, kind,
     payload_version, flags, timestamp, correlation, causation, entity, scope, metadata, blind,
     payload) = elements
    erased = type_ == ERASED
    timestamp = _signed(timestamp, "the timestamp")
    _binary(event_id, 16, "the event id")
    if event_id[6] >> 4 != 7 or event_id[8] >> 6 != 2:
        raise RuleError("the event id is not a UUID of version 7")
    if hashed:
        _binary(event_hash, 32, "the event hash")
        _binary(blind, 32 if erased else 16, "P" if erased else "the blind")
    elif event_hash is not None or blind is not None:
        raise RuleError("a hash or a blind in a segment without hashes")
    if _unsigned(flags, U32, "the flags") & 0xFC:
        raise RuleError(f"reserved flags are set: {flags:#x}")
    if correlation is not None and not any(_binary(correlation, 16, "the correlation")):
        raise RuleError("the correlation id is zeros, not nil")
    if correlation is not None and _binary(correlation, 16, "the correlation") == event_id:
        raise RuleError("the correlation id is spelled out, though it is the event's own id")
    if causation is not None:
        if not any(_binary(causation, 16, "the causation")):
            raise RuleError("the causation id is zeros, not nil")
    if bool(flags & HAS_CAUSATION) != (causation is not None):
        raise RuleError("the flag for a causation id and element 14 disagree")
    if erased:
        _unsigned(payload, MAX_BODY, "the bytes of the payload that was there")
    elif type(payload) is not bytes:
        raise RuleError("the payload is not bin")
    return Event(
        sequence, lag, _unsigned(version, U64, "the version"),
        (_signed(hlc_delta, "element 4") + timestamp) % U64,
        _unsigned(counter, U32, "the hlc counter"), _batch(batch), event_id, event_hash,
        _unsigned(kind, U16, "the kind"), _unsigned(payload_version, U16, "the payload version"),
        flags, timestamp, correlation, causation, _name(entity, "entity"), _name(scope, "scope"),
        None if metadata is None else body[bounds[17]:bounds[18]],
        None if metadata is None else _metadata(metadata), None if erased else blind,
        None if erased else payload, blind if erased else None,
        payload if erased else len(payload))


# Where a frame could start at all: n is not 0 and at most MAX_BODY, so its high byte is at most 8.
_PLAUSIBLE = re.compile(rb"(?=(?!\0\0\0\0)...[\x00-\x08])", re.DOTALL)


def testimonies(data, salt, start):
    """(offset, number of durable events testified) of every frame at or behind `start`."""
    for match in _PLAUSIBLE.finditer(data, start):
        try:
            body, _ = body_at(data, salt, match.start())
            _, elements, _ = parse_body(body)
        except (TornError, RuleError):
            continue
        yield match.start(), elements[1] - elements[2]
