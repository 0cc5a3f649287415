"""What batpak hashes (docs/FORMAT.md, "Hashes"): payload commitment P, content C, event E, root."""
import struct

from blake3 import derive_key

PAYLOAD, CONTENT = "batpak.v1 payload commitment", "batpak.v1 event content"
EVENT = "batpak.v1 event"
NODE, EMPTY = "batpak.v1 merkle node", "batpak.v1 merkle empty"
ZERO16, ZERO32 = bytes(16), bytes(32)

_content = struct.Struct("<4s16sHHIq16s16sQ32s")
_link = struct.Struct("<QQQIQII16s32s32s")
_u32 = struct.Struct("<I").pack
assert _content.size == 108 and _link.size == 124


def payload_commitment(blind, payload):
    """P: commits to the payload without giving it away, thanks to the blind."""
    return derive_key(PAYLOAD, blind + struct.pack("<Q", len(payload)) + payload)


def content_bytes(log_id, kind, payload_version, flags, timestamp_us, correlation, causation,
                  payload_size, commitment, entity, scope, metadata):
    """`content`: what the appender says. All ids, names and metadata as bytes; None if nil."""
    return b"".join((
        _content.pack(b"BPC1", log_id, kind, payload_version, flags, timestamp_us,
                      correlation or ZERO16, causation or ZERO16, payload_size, commitment),
        _u32(len(entity)), entity, _u32(len(scope)), scope,
        _u32(len(metadata or b"")), metadata or b""))


def content_hash(content):
    """C."""
    return derive_key(CONTENT, content)


def link_bytes(sequence, version, hlc_us, hlc_counter, batch_first, batch_index, batch_count,
               event_id, content, previous):
    """`link`: what the commit adds; `previous` is E of the entity's event before, None if none."""
    return _link.pack(sequence, version, hlc_us, hlc_counter, batch_first, batch_index, batch_count,
                      event_id, content, previous or ZERO32)


def event_hash(link):
    """E."""
    return derive_key(EVENT, link)


def node(left, right):
    """An inner node of the tree."""
    return derive_key(NODE, left + right)


class Tree:
    """RFC 9162, 2.1.1, over leaves that arrive one by one: keeps the roots of full subtrees."""

    def __init__(self):
        self.size = 0
        self._full = []

    def add(self, leaf):
        """Append a leaf."""
        rest = self.size
        while rest & 1:
            leaf = node(self._full.pop(), leaf)
            rest >>= 1
        self._full.append(leaf)
        self.size += 1

    def root(self):
        """The root over all leaves so far."""
        if not self._full:
            return derive_key(EMPTY, b"")
        value = self._full[-1]
        for left in reversed(self._full[:-1]):
            value = node(left, value)
        return value


def merkle_root(leaves):
    """The same root by the recursive definition of the RFC, to check Tree against."""
    if not leaves:
        return derive_key(EMPTY, b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node(merkle_root(leaves[:split]), merkle_root(leaves[split:]))
