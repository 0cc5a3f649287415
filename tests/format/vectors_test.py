#!/usr/bin/env python3
"""Checks blake3.py and hashes.py against integrity-vectors.json, and BLAKE3 against b3sum."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import blake3
import hashes

HERE = os.path.dirname(os.path.abspath(__file__))
START_US = 1_700_000_000_000_000
SIZES = (0, 1, 63, 64, 65, 127, 128, 129, 1023, 1024, 1025, 2047, 2048, 2049, 3072, 3073, 4096,
         4097, 5000, 7168, 8193, 16384, 31745)


def load():
    """The vectors."""
    with open(os.path.join(HERE, "integrity-vectors.json"), encoding="utf-8") as file:
        return json.load(file)


class Vectors(unittest.TestCase):
    """The published values."""

    @classmethod
    def setUpClass(cls):
        cls.vectors = load()

    def test_contexts(self):
        ours = {"C_PAY": hashes.PAYLOAD, "C_CONT": hashes.CONTENT, "C_EVT": hashes.EVENT,
                "C_NODE": hashes.NODE, "C_EMPTY": hashes.EMPTY}
        self.assertEqual(ours, {key: self.vectors["contexts"][key] for key in ours})

    def test_events(self):
        log_id = bytes.fromhex(self.vectors["log_id"])
        last = {}
        for vector in self.vectors["events"]:
            raw = {key: bytes.fromhex(vector[key]) for key in
                   ("stored", "blind", "P", "prev_entity", "content_preimage", "C",
                    "link_preimage", "E")}
            sequence, entity = vector["seq"], vector["entity"].encode()
            self.assertEqual(hashes.payload_commitment(raw["blind"], raw["stored"]), raw["P"])
            content = hashes.content_bytes(
                log_id, 0xF001, 1, 0, START_US + sequence, None, None, len(raw["stored"]), raw["P"],
                entity, b"room:dungeon", None)
            self.assertEqual(content, raw["content_preimage"])
            self.assertEqual(hashes.content_hash(content), raw["C"])
            previous = last.get(entity)
            self.assertEqual(previous or bytes(32), raw["prev_entity"])
            first, index, count = vector["batch"]
            link = hashes.link_bytes(sequence, vector["entity_seq"], START_US + sequence, 0, first,
                                     index, count, bytes([0xE0 + sequence] * 16), raw["C"],
                                     previous)
            self.assertEqual(link, raw["link_preimage"])
            self.assertEqual(hashes.event_hash(link), raw["E"])
            last[entity] = raw["E"]

    def test_payload_commitments(self):
        for vector in self.vectors["payload_commitments"]:
            payload = bytes(7 * i & 255 for i in range(vector["len"]))
            computed = hashes.payload_commitment(bytes.fromhex(vector["blind"]), payload)
            self.assertEqual(computed.hex(), vector["P"], vector["len"])

    def test_roots(self):
        leaves = [bytes.fromhex(vector["E"]) for vector in self.vectors["events"]]
        tree = hashes.Tree()
        self.assertEqual(tree.root().hex(), self.vectors["empty_root"])
        for size in range(len(leaves) + 1):
            root = self.vectors["roots"][str(size)]
            self.assertEqual(tree.root().hex(), root)
            self.assertEqual(hashes.merkle_root(leaves[:size]).hex(), root)
            if size < len(leaves):
                tree.add(leaves[size])

    def test_keyed_and_ratchet(self):
        ratchet, context = self.vectors["ratchet"], self.vectors["contexts"]["C_RATCH"]
        keys = [bytes.fromhex(ratchet[key]) for key in ("K0", "K1", "K2")]
        self.assertEqual(blake3.derive_key(context, keys[0]), keys[1])
        self.assertEqual(blake3.derive_key(context, keys[1]), keys[2])
        mac = blake3.keyed(keys[2], self.vectors["checkpoint_body_7"].encode())
        self.assertEqual(mac.hex(), self.vectors["checkpoint_mac_7_K2"])


class Blake3(unittest.TestCase):
    """The hash function itself."""

    def test_empty(self):
        self.assertEqual(blake3.blake3(b"").hex(),
                         "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262")

    def test_tree_is_the_definition(self):
        leaves = [blake3.blake3(bytes([i])) for i in range(40)]
        tree = hashes.Tree()
        for size in range(41):
            self.assertEqual(tree.root(), hashes.merkle_root(leaves[:size]))
            if size < 40:
                tree.add(leaves[size])

    @unittest.skipUnless(shutil.which("b3sum"), "b3sum is not installed")
    def test_against_b3sum(self):
        key = bytes(range(32))
        for size in SIZES:
            data = bytes(7 * i + size & 255 for i in range(size))
            with tempfile.NamedTemporaryFile() as file:
                file.write(data)
                file.flush()
                def b3sum(*arguments, stdin=None):
                    run = subprocess.run(["b3sum", "--no-names", *arguments, file.name],
                                         input=stdin, capture_output=True, check=True)
                    return run.stdout.decode().strip()
                self.assertEqual(blake3.blake3(data).hex(), b3sum(), size)
                self.assertEqual(blake3.keyed(key, data).hex(), b3sum("--keyed", stdin=key), size)
                self.assertEqual(blake3.derive_key(hashes.EVENT, data).hex(),
                                 b3sum("--derive-key", hashes.EVENT), size)


if __name__ == "__main__":
    sys.exit(unittest.main())
