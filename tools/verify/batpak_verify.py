#!/usr/bin/env python3
"""Checks proofs of a batpak log, without batpak: one file, Python 3.9 or later, and PyNaCl.

    batpak_verify.py --policy POLICY FILE...
        --since NOTE    an older checkpoint: FILE is then a proof that the log only grew since
        --hash HEX      the hash of the event, for a proof that does not show the event
    --head ENTITY   FILE is to prove the latest event of this entity
    --absent ENTITY FILE is to prove that this entity has no event
        --json          print an object for each file

A file is the proof of an event or of a head, the proof of growth, or a checkpoint. The policy says whose signatures
count (C2SP tlog-policy); nothing in a proof adds to it. docs/FORMAT.md, "Proofs", describes every byte.
Prints `valid` and what was proved, or `refused` and one reason. Exit code: 0 if all are valid, 1 if one
is refused, 2 if the question was wrong.
"""

import argparse
import base64
import binascii
import hashlib
import json
import struct
import sys

try:
    from nacl.bindings import crypto_sign_open
    from nacl.exceptions import BadSignatureError
except ImportError:
    crypto_sign_open = None

NOTE_BYTES_MAX, SIGNATURES_MAX, ENTRIES_MAX, HASHES_MAX = 16384, 64, 32, 64
FILE_BYTES_MAX = 512 << 20
ED25519, COSIGNATURE = 1, 4
SPACES = "\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


class Refused(Exception):
    def __init__(self, reason, detail=""):
        super().__init__(detail)
        self.reason, self.detail = reason, detail


# ---- BLAKE3, key derivation mode

IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
ORDER = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
COLUMNS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
CHUNK_START, CHUNK_END, PARENT, ROOT, CONTEXT, MATERIAL = 1, 2, 4, 8, 32, 64


def rotate(word, bits):
    return (word >> bits | word << 32 - bits) & 0xFFFFFFFF


def compress(chain, block, counter, size, flags):
    v = [*chain, *IV[:4], counter & 0xFFFFFFFF, counter >> 32, size, flags]
    words = list(struct.unpack("<16I", block.ljust(64, b"\0")))
    for _ in range(7):
        for i, (a, b, c, d) in enumerate(COLUMNS):
            for word, first, second in ((words[2 * i], 16, 12), (words[2 * i + 1], 8, 7)):
                v[a] = (v[a] + v[b] + word) & 0xFFFFFFFF
                v[d] = rotate(v[d] ^ v[a], first)
                v[c] = (v[c] + v[d]) & 0xFFFFFFFF
                v[b] = rotate(v[b] ^ v[c], second)
        words = [words[i] for i in ORDER]
    return [v[i] ^ v[i + 8] for i in range(8)]


def blake3(key, data, number, flags, root):
    if len(data) <= 1024:
        blocks = [data[i:i + 64] for i in range(0, len(data), 64)] or [b""]
        chain = key
        for i, block in enumerate(blocks):
            ends = (CHUNK_START if i == 0 else 0) | ((CHUNK_END | root) if i + 1 == len(blocks) else 0)
            chain = compress(chain, block, number, len(block), flags | ends)
        return chain
    left = 1 << ((len(data) - 1) // 1024).bit_length() - 1
    halves = blake3(key, data[:left * 1024], number, flags, 0) + \
        blake3(key, data[left * 1024:], number + left, flags, 0)
    return compress(key, struct.pack("<16I", *halves), 0, 64, flags | PARENT | root)


def derive(context, data):
    key = blake3(IV, context.encode(), 0, CONTEXT, ROOT)
    return struct.pack("<8I", *blake3(key, data, 0, MATERIAL, ROOT))


# ---- texts

def decode_base64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def decode_hash(text):
    data = decode_base64(text)
    return data if data is not None and len(data) == 32 else None


def decode_number(text):
    if not 0 < len(text) < 20 or not all("0" <= c <= "9" for c in text) or (text[0] == "0" and text != "0"):
        return None
    return int(text) if int(text) < 1 << 63 else None


def is_key_name(name):
    return (0 < len(name.encode()) <= 255 and "+" not in name
            and not any(ord(c) <= 0x20 or ord(c) == 0x7F or c in SPACES for c in name))


class Key:
    def __init__(self, text, kinds):
        parts = text.split("+", 2)
        data = decode_base64(parts[2]) if len(parts) == 3 else None
        if data is None or len(data) != 33 or not is_key_name(parts[0]) or data[0] not in kinds:
            raise ValueError("that is no verifier key of this kind")
        self.name, self.kind, self.public = parts[0], data[0], data[1:]
        self.id = hashlib.sha256(self.name.encode() + b"\n" + data).digest()[:4]
        if len(parts[1]) != 8 or parts[1].lower() != self.id.hex():
            raise ValueError("the id of the verifier key is not that of its bytes")

    def verifies(self, text, signature):
        message = text.encode()
        if self.kind == COSIGNATURE:
            if len(signature) != 72:
                return False
            time = struct.unpack(">Q", signature[:8])[0]
            message = b"cosignature/v1\ntime %d\n" % time + message
            signature = signature[8:]
        if len(signature) != 64:
            return False
        try:
            crypto_sign_open(signature + message, self.public)
        except BadSignatureError:
            return False
        return True


class Policy:
    """Whose signatures count; a ValueError says what is wrong with the text."""

    def __init__(self, text):
        self.logs, self.witnesses, self.groups, self.members, self.quorum = [], {}, {}, set(), None
        for number, line in enumerate(text.split("\n"), 1):
            words = [word for word in line.replace("\t", " ").split(" ") if word]
            if words and not words[0].startswith("#"):
                try:
                    getattr(self, "read_" + words[0], self.read_nothing)(words)
                except ValueError as error:
                    raise ValueError(f"line {number} of the policy: {error}") from None
        if not self.logs:
            raise ValueError("the policy names no log")
        if self.quorum is None:
            raise ValueError("the policy has no line `quorum`")

    def read_nothing(self, _):
        raise ValueError("a line begins with log, witness, group or quorum")

    def read_log(self, words):
        if len(words) not in (2, 3) or len(self.logs) == ENTRIES_MAX:
            raise ValueError("it is: log VKEY, 32 times at most")
        self.logs.append(Key(words[1], (ED25519,)))

    def read_witness(self, words):
        if len(words) not in (3, 4) or len(self.witnesses) == ENTRIES_MAX or not self.is_new(words[1]):
            raise ValueError("it is: witness NAME VKEY, with a new name, 32 times at most")
        key = Key(words[2], (COSIGNATURE,))
        if any(key.public == other.public for other in self.witnesses.values()):
            raise ValueError("the witness is there already")
        self.witnesses[words[1]] = key

    def read_group(self, words):
        members = words[3:]
        if not members or len(self.groups) == ENTRIES_MAX or not self.is_new(words[1]):
            raise ValueError("it is: group NAME any|all|COUNT MEMBER..., with a new name, 32 times at most")
        if len({*members} - self.members) != len(members) or any(self.is_new(member) for member in members):
            raise ValueError("each member is declared before, and a member once")
        self.members |= {*members}
        needs = {"any": 1, "all": len(members)}.get(words[2], decode_number(words[2]) or 0)
        if not 0 < needs <= len(members):
            raise ValueError("a group asks for 1 member up to all of them")
        self.groups[words[1]] = (needs, members)

    def read_quorum(self, words):
        if len(words) != 2 or self.quorum is not None or (words[1] != "none" and self.is_new(words[1])):
            raise ValueError("it is, once: quorum NAME|none, of a witness or group that was declared")
        self.quorum = words[1]

    def is_new(self, name):
        return name != "none" and name not in self.witnesses and name not in self.groups

    def is_quorum(self, signed):
        holds = set(signed)
        for name, (needs, members) in self.groups.items():
            if sum(member in holds for member in members) >= needs:
                holds.add(name)
        return self.quorum == "none" or self.quorum in holds


def parse_note(data):
    """(text, [(name, key id, signature)])"""
    if len(data) > NOTE_BYTES_MAX:
        raise Refused("malformed", "a note has at most 16 KiB")
    try:
        note = data.decode()
    except UnicodeDecodeError:
        raise Refused("malformed", "a note is UTF-8") from None
    if any((ord(c) < 0x20 and c != "\n") or ord(c) == 0x7F for c in note):
        raise Refused("malformed", "a note has no control characters")
    gap = note.rfind("\n\n")
    if gap < 0 or not note.endswith("\n"):
        raise Refused("malformed", "a note has an empty line before its signatures")
    lines, signatures = note[gap + 2:].split("\n")[:-1], []
    for line in lines:
        words = line[2:].split(" ", 1) if line.startswith("\u2014 ") else []
        data = decode_base64(words[1]) if len(words) == 2 and is_key_name(words[0]) else None
        if data is None or len(data) <= 4:
            raise Refused("malformed", "that is no line of a signature")
        signatures.append((words[0], data[:4], data[4:]))
    if not 0 < len(signatures) <= SIGNATURES_MAX:
        raise Refused("malformed", "a note has 1 to 64 signatures")
    return note[:gap + 1], signatures


class Checkpoint:
    """A checkpoint that the policy believes."""

    def __init__(self, data, policy):
        text, signatures = parse_note(data)
        lines = text.split("\n")[:-1]
        size = decode_number(lines[1]) if len(lines) >= 3 else None
        root = decode_hash(lines[2]) if len(lines) >= 3 else None
        if size is None or root is None or "" in lines:
            raise Refused("malformed", "a checkpoint has three lines: origin, size, root")
        self.origin, self.size, self.root = lines[0], size, root
        keys = [key for key in policy.logs if key.name == self.origin]
        if not keys:
            raise Refused("unknown-origin", "the policy has no key of this log")

        def signed_by(key):
            found = None
            for name, number, signature in signatures:
                if (name, number) == (key.name, key.id):
                    if not key.verifies(text, signature):
                        raise Refused("bad-signature", f"the signature of {key.name} is bad")
                    found = signature
            return found

        if not [key for key in keys if signed_by(key)]:
            raise Refused("no-trusted-signature", "the log has not signed it")
        seen = {name: signed_by(key) for name, key in policy.witnesses.items()}
        seen = {name: signature for name, signature in seen.items() if signature}
        if not policy.is_quorum(seen):
            raise Refused("quorum-missing", f"only {len(seen)} of the policy's witnesses have signed it")
        self.witnesses = len(seen)
        self.seen = max((struct.unpack(">Q", signature[:8])[0] for signature in seen.values()), default=None)

    def facts(self):
        facts = {"origin": self.origin, "size": self.size, "root": self.root.hex(), "witnesses": self.witnesses}
        return facts if self.seen is None else {**facts, "witnessed_at": self.seen}


# ---- the tree

def leaf(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def exact_length(proof, needs):
    if len(proof) != needs:
        raise Refused("proof-too-short" if len(proof) < needs else "proof-too-long")


def check_inclusion(entry, index, size, root, proof):
    if index >= size:
        raise Refused("index-not-below-size")
    inner = (index ^ (size - 1)).bit_length()
    exact_length(proof, inner + bin(index >> inner).count("1"))
    value = leaf(entry)
    for level, sibling in enumerate(proof):
        left = level >= inner or index >> level & 1
        value = node(sibling, value) if left else node(value, sibling)
    if value != root:
        raise Refused("wrong-root")


def check_growth(old_size, old_root, size, root, proof):
    if old_size > size:
        raise Refused("sizes-disagree", "the log has become shorter")
    if old_size in (0, size):
        exact_length(proof, 0)
        if old_root != (root if old_size else hashlib.sha256().digest()):
            raise Refused("wrong-root")
        return
    level = (old_size & -old_size).bit_length() - 1
    begin = old_size - (1 << level)
    inner = (begin ^ (size - 1)).bit_length()
    exact_length(proof, (begin != 0) + inner - level + bin(begin >> inner).count("1"))
    rest = list(proof)
    old = new = rest.pop(0) if begin else old_root
    for at, sibling in enumerate(rest, level):
        if at >= inner or begin >> at & 1:
            old, new = node(sibling, old), node(sibling, new)
        else:
            new = node(new, sibling)
    if (old, new) != (old_root, root):
        raise Refused("wrong-root")


# ---- events

def decode_evidence(data):
    """{tag: bytes}"""
    found, at, last = {}, 4, 0
    if data is None or data[:4] != b"BPX1":
        raise Refused("malformed", "the line `extra` is no evidence")
    while at < len(data):
        if at + 5 > len(data):
            raise Refused("malformed", "the evidence ends early")
        tag, size = struct.unpack_from("<BI", data, at)
        if not last < tag <= 7 or at + 5 + size > len(data):
            raise Refused("malformed", "the evidence has a record that cannot be there")
        found[tag], last, at = data[at + 5:at + 5 + size], tag, at + 5 + size
    if not found.get(1) or len(found.get(2, b"")) != 124 or (3 in found) != (4 in found) \
            or len(found.get(3, bytes(16))) != 16:
        raise Refused("malformed", "the evidence lacks a part")
    heads = [found[tag] for tag in (5, 6, 7) if tag in found]
    if heads and (len(heads) != 3 or 4 not in found or not is_head(*heads)):
        raise Refused("malformed", "the evidence lacks a part of a head")
    return found


def is_head(terminal, siblings, name):
    if not (terminal == b"\0" or (len(terminal) == 73 and terminal[0] == 1)):
        return False
    return len(siblings) % 32 == 0 and len(siblings) <= 255 * 32 and 1 <= len(name) <= 1024


def uuid(data):
    text = data.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def counted(data, at):
    if at + 4 > len(data):
        raise Refused("malformed", "the content has not the form of an event's")
    size = struct.unpack_from("<I", data, at)[0]
    if at + 4 + size > len(data):
        raise Refused("malformed", "the content has not the form of an event's")
    return data[at + 4:at + 4 + size], at + 4 + size


def check_evidence(found):
    """(E, what it says)"""
    content, link = found[1], found[2]
    if derive("batpak.v1 event content", content) != link[60:92]:
        raise Refused("content-not-in-event", "the link is of another content")
    if len(content) < 108 or content[:4] != b"BPC1":
        raise Refused("malformed", "the content has not the form of an event's")
    kind, version, flags, timestamp = struct.unpack_from("<HHIq", content, 20)
    entity, at = counted(content, 108)
    scope, at = counted(content, at)
    metadata, at = counted(content, at)
    if at != len(content):
        raise Refused("malformed", "the content has not the form of an event's")
    size = struct.unpack_from("<Q", content, 68)[0]
    sequence, stream_version, hlc_us = struct.unpack_from("<QQq", link)
    says = {"log": uuid(content[4:20]), "event_id": uuid(link[44:60]), "entity": entity.decode(errors="surrogateescape"),
            "scope": scope.decode(errors="surrogateescape"), "kind": f"0x{kind:04X}", "payload_version": version,
            "flags": flags, "version": stream_version, "time_us": hlc_us, "timestamp_us": timestamp,
            "metadata": metadata.hex(), "payload_bytes": size}
    if 4 in found:
        commitment = derive("batpak.v1 payload commitment", found[3] + struct.pack("<Q", len(found[4])) + found[4])
        if commitment != content[76:108] or len(found[4]) != size:
            raise Refused("payload-not-in-content", "the content is of another payload")
        says["payload"] = found[4].hex()
    return derive("batpak.v1 event", link), sequence, says


# ---- heads of entities

def take_number(data, at):
    """A number of MessagePack, as short as it can be, and where it ends."""
    code = data[at] if at < len(data) else 0xFF
    size = 0 if code < 0x80 else 1 << code - 0xCC if 0xCC <= code <= 0xCF else None
    if size is None or at + 1 + size > len(data):
        raise Refused("not-a-heads-record", "the event records no heads")
    value = int.from_bytes(data[at + 1:at + 1 + size], "big") if size else code
    if size and value < (0x80 if size == 1 else 1 << 4 * size):
        raise Refused("not-a-heads-record", "the event records no heads")
    return value, at + 1 + size


def read_record(payload):
    """(the events that it covers, the root of their heads, the entities)"""
    begin, middle, end = b"\x83\xa4size", b"\xa5heads\xc4\x20", b"\xa8entities"
    size, at = take_number(payload, len(begin))
    root = payload[at + len(middle):at + len(middle) + 32]
    entities, after = take_number(payload, at + len(middle) + 32 + len(end))
    if payload[:len(begin)] + payload[at:at + len(middle)] + payload[at + len(middle) + 32:][:len(end)] \
            != begin + middle + end or after != len(payload):
        raise Refused("not-a-heads-record", "the event records no heads")
    return size, root, entities


def check_head(found, sequence):
    """What the record says of the entity."""
    content = found[1]
    entity, at = counted(content, 108)
    if (content[20:22], entity, counted(content, at)[0]) != (b"\x40\0", b"batpak:heads", b"batpak"):
        raise Refused("not-a-heads-record", "the event records no heads")
    size, root, entities = read_record(found[4])
    if size > sequence:
        raise Refused("not-a-heads-record", "the record covers events after it")
    terminal, siblings, name = found[5], found[6], found[7]
    place = derive("batpak.v1 entity id", name)
    there = terminal[1:33]
    bits = [place[i // 8] >> 7 - i % 8 & 1 for i in range(len(siblings) // 32)]
    if there and bits != [there[i // 8] >> 7 - i % 8 & 1 for i in range(len(bits))]:
        raise Refused("head-not-in-map", "the path leads elsewhere")
    value = derive("batpak.v1 entity head leaf", terminal[1:]) if there else bytes(32)
    for i in reversed(range(len(bits))):
        sibling = siblings[32 * i:32 * i + 32]
        value = derive("batpak.v1 entity head node", sibling + value if bits[i] else value + sibling)
    if value != root:
        raise Refused("head-not-in-map", "the path leads to another map")
    says = {"proved": "head" if there == place else "absence", "entity": name.decode(errors="surrogateescape")}
    if there == place:
        says.update(version=struct.unpack("<Q", terminal[33:41])[0], hash=terminal[41:].hex())
    return {**says, "heads_at": size, "entities": entities, "recorded": sequence}


def check_question(facts, asked):
    """That it is what the caller asked for: (what is to be proved, of which entity)."""
    if asked and (facts["proved"], facts.get("entity")) != asked:
        raise Refused("another-question", "it answers another question")
    return facts


def take_lines(data):
    """(lines up to the empty one, what comes after it)"""
    end = data.find(b"\n\n")
    if end < 0:
        raise Refused("malformed", "a proof has an empty line before the checkpoint")
    try:
        return data[:end].decode().split("\n"), data[end + 2:]
    except UnicodeDecodeError:
        raise Refused("malformed", "a proof is UTF-8") from None


def decode_hashes(lines):
    hashes = [decode_hash(line) for line in lines]
    if None in hashes or len(hashes) > HASHES_MAX:
        raise Refused("malformed", "a proof has lines of hashes, then an empty line")
    return hashes


def verify_event(data, policy, known):
    lines, rest = take_lines(data)
    lines.pop(0)
    found = None
    if lines and lines[0].startswith("extra "):
        found = decode_evidence(decode_base64(lines.pop(0)[6:]))
    index = decode_number(lines[0][6:]) if lines and lines[0].startswith("index ") else None
    if index is None:
        raise Refused("malformed", "a proof has a line `index N`")
    hashes = decode_hashes(lines[1:])
    checkpoint = Checkpoint(rest, policy)
    says, sequence, entry = {}, index, known
    if found:
        entry, sequence, says = check_evidence(found)
    elif known is None:
        raise Refused("malformed", "the proof shows no event: give the hash of the event")
    if known not in (None, entry):
        raise Refused("content-not-in-event", "the proof is of another event")
    check_inclusion(entry, index, checkpoint.size, checkpoint.root, hashes)
    if sequence != index:
        raise Refused("content-not-in-event", "the event says that its place is another")
    if found and 5 in found:
        return {**check_head(found, index), **checkpoint.facts()}
    return {"proved": "event", "sequence": index, "hash": entry.hex(), **says, **checkpoint.facts()}


def verify_growth(data, policy, older):
    lines, rest = take_lines(data)
    size = decode_number(lines[0][4:])
    if size is None:
        raise Refused("malformed", "a proof of growth begins with `old N`")
    hashes = decode_hashes(lines[1:])
    newer = Checkpoint(rest, policy)
    if newer.origin != older.origin:
        raise Refused("unknown-origin", "the two checkpoints are of different logs")
    if size != older.size:
        raise Refused("sizes-disagree", "the proof is from another size")
    check_growth(older.size, older.root, newer.size, newer.root, hashes)
    return {"proved": "growth", "since": size, **newer.facts()}


def verify(data, policy, known=None, older=None, asked=None):
    """What a file proves; raises Refused. `asked`: ("head" or "absence", the entity)."""
    return check_question(verify_any(data, policy, known, older), asked)


def verify_any(data, policy, known, older):
    if data.startswith(b"c2sp.org/tlog-proof@v1\n"):
        return verify_event(data, policy, known)
    if data.startswith(b"old "):
        if older is None:
            raise Refused("malformed", "a proof of growth needs --since, the older checkpoint")
        return verify_growth(data, policy, Checkpoint(older, policy))
    return {"proved": "checkpoint", **Checkpoint(data, policy).facts()}


def read(path):
    with open(path, "rb") as file:
        data = file.read(FILE_BYTES_MAX + 1)
    if len(data) > FILE_BYTES_MAX:
        raise ValueError(f"{path} is too long")
    return data


def printable(value):
    """Without what a terminal would obey."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in str(value))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policy", required=True)
    parser.add_argument("--since")
    parser.add_argument("--hash")
    question = parser.add_mutually_exclusive_group()
    question.add_argument("--head")
    question.add_argument("--absent")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    if crypto_sign_open is None:
        parser.error("PyNaCl is missing: pip install pynacl")
    try:
        policy = Policy(read(options.policy).decode())
        known = bytes.fromhex(options.hash) if options.hash else None
        older = read(options.since) if options.since else None
        asked = ("head", options.head) if options.head is not None else \
            ("absence", options.absent) if options.absent is not None else None
        files = [(path, read(path)) for path in options.files]
    except (OSError, ValueError) as error:
        parser.error(str(error))
    refused = False
    for path, data in files:
        try:
            answer = {"file": path, "valid": True, **verify(data, policy, known, older, asked)}
        except Refused as error:
            answer, refused = {"file": path, "valid": False, "reason": error.reason, "detail": error.detail}, True
        if options.json:
            print(json.dumps(answer))
        elif answer["valid"]:
            print(f"valid  {printable(path)}")
            for name, value in list(answer.items())[2:]:
                print(f"  {name} {printable(value)}")
        else:
            print(f"refused  {printable(path)}  {answer['reason']}" + (f": {answer['detail']}" if answer["detail"] else ""))
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
