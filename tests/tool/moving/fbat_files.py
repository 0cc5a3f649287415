"""Files as the Rust original of batpak writes them, made by hand, so that each case can be made.

Written from the description of the format, and not from the code under test.
"""

import os
import struct
import sys
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(TESTS, "format")]

from blake3 import blake3  # noqa: E402  (of tests/format)

ZERO = bytes(32)
BEGIN, COMMIT, OPENED, CLOSED = 6, 7, 8, 9


def pack(value):
    """MessagePack, in the forms that the original writes."""
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        if value < 0:
            return b"\xd3" + struct.pack(">q", value)
        for limit, code, form in ((0x80, None, ">B"), (1 << 8, b"\xcc", ">B"), (1 << 16, b"\xcd", ">H"),
                                  (1 << 32, b"\xce", ">I"), (1 << 64, b"\xcf", ">Q")):
            if value < limit:
                return (code or b"") + struct.pack(form, value)
    if isinstance(value, str):
        text = value.encode()
        if len(text) < 32:
            return bytes([0xA0 | len(text)]) + text
        return (b"\xd9" + bytes([len(text)]) if len(text) < 256 else b"\xda" + struct.pack(">H", len(text))) + text
    if isinstance(value, bytes):
        return b"\xc4" + bytes([len(value)]) + value
    if isinstance(value, list):
        head = bytes([0x90 | len(value)]) if len(value) < 16 else b"\xdc" + struct.pack(">H", len(value))
        return head + b"".join(map(pack, value))
    head = bytes([0x80 | len(value)]) if len(value) < 16 else b"\xde" + struct.pack(">H", len(value))
    return head + b"".join(pack(key) + pack(item) for key, item in value.items())


def frame(body):
    return struct.pack(">II", len(body), zlib.crc32(body)) + body


class Segment:
    """One file, written front to back. `modern`: as from release 0.8.3 on."""

    def __init__(self, number=1, modern=True):
        self.number, self.modern = number, modern
        header = pack({"version": 1, "flags": 0, "created_ns": 1779011619189531628 + number, "segment_id": number})
        self.bytes = b"FBAT" + struct.pack(">I", len(header)) + header
        self.rows = []

    def put(self, ident, entity, kind, payload, version, previous=ZERO, *, scope="s", correlation=None,
            causation=None, sequence=None, lane=0, flags=0, inline=None, hashed=True, size=None, extensions=None,
            encryption=None, wrong_hash=None):
        """One event, or marker; returns its hash. `sequence`: also a row of the footer."""
        digest = (wrong_hash or blake3(payload)) if hashed else ZERO
        header = {
            "event_id": ident.to_bytes(16, "big"), "correlation_id": (correlation or ident).to_bytes(16, "big"),
            "causation_id": None if causation is None else causation.to_bytes(16, "big"),
            "timestamp_us": 1779011619193883 + ident,
            "position": {"wall_ms": (1779011619193883 + ident) // 1000, "counter": 0, "depth": 0, "lane": lane,
                         "sequence": version},
            "payload_size": len(payload) if size is None else size, "event_kind": kind, "flags": flags,
            "content_hash": list(digest)}
        if encryption:
            header["payload_encryption"] = encryption
        marker = kind in (BEGIN, COMMIT)
        event = {"header": header, "payload": list(payload) if inline is None else inline,
                 "hash_chain": None if marker else {"prev_hash": list(previous), "event_hash": list(digest)}}
        whole = {"event": event, "entity": entity, "scope": scope}
        if self.modern:
            whole["receipt_extensions"] = extensions or {}
        made = frame(pack(whole))
        if sequence is not None:
            self.rows.append((ident, len(self.bytes), len(made), sequence, previous, digest))
        self.bytes += made
        return digest

    def begin(self, batch, count):
        self.put(batch, "_batch", BEGIN, b"", 0, scope="_system", size=count)

    def commit(self, batch):
        self.put(batch, "_batch", COMMIT, b"", 0, scope="_system", size=0)

    def close(self, magic=None):
        """The footer."""
        magic = magic or (b"SDX3" if self.modern else b"SIDX")
        table = len(self.bytes)
        body = pack(["s", "e"])
        for ident, offset, length, sequence, previous, digest in self.rows:
            body += ident.to_bytes(16, "little") + struct.pack("<IIHQI", 1, 0, 0x1001, 0, 0)
            body += b"" if magic == b"SIDX" else struct.pack("<II", 0, 0)
            body += previous + digest + struct.pack("<QIQ", offset, length, sequence) + bytes(32)
        self.bytes += body
        if magic == b"SDX3":
            self.bytes += struct.pack("<I", zlib.crc32(body))
        self.bytes += struct.pack("<QI", table, len(self.rows)) + magic
        return self

    @property
    def name(self):
        return f"{self.number:06}.fbat"

    def save(self, folder, data=None):
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, self.name), "wb") as file:
            file.write(self.bytes if data is None else data)


def sidecar(magic, value, version=2):
    body = pack(value)
    return magic + struct.pack("<HI", version, zlib.crc32(body)) + body
