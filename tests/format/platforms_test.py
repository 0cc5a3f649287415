#!/usr/bin/env python3
"""Compares the stores of two builds of the engine, such as of two processors, byte for byte.

With the same seed and clock both write the same files, and each reads what the other wrote as its own.
`./dev cross` runs it: BATPAK_STORE_MAKER and BATPAK_STORE_READER are the build of this machine,
BATPAK_OTHER_MAKER and BATPAK_OTHER_READER the other one.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

MAKERS = [os.environ.get("BATPAK_STORE_MAKER"), os.environ.get("BATPAK_OTHER_MAKER")]
READERS = [os.environ.get("BATPAK_STORE_READER"), os.environ.get("BATPAK_OTHER_READER")]
# Each kind of store_maker.
KINDS = ("empty", "plain", "rotated", "names", "options", "tickets", "reopened", "killed", "torn",
         "nohashes", "many")


def files_of(store):
    """{path below the store: bytes}."""
    found = {}
    for folder, _, names in os.walk(store):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, store)] = file.read()
    return found


class TwoBuilds(unittest.TestCase):
    """Both write each kind."""

    def setUp(self):
        self._temporary = tempfile.TemporaryDirectory(prefix="batpak-platforms-")
        self.addCleanup(self._temporary.cleanup)

    def made(self, kind):
        """The stores of the kind that each build wrote."""
        stores = [os.path.join(self._temporary.name, kind + str(i)) for i in range(2)]
        for maker, store in zip(MAKERS, stores):
            subprocess.run([maker, kind, store], check=True)
        return stores

    def test_the_same_bytes(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                ours, theirs = map(files_of, self.made(kind))
                self.assertIn("MANIFEST", ours)
                self.assertTrue(any(path.startswith("segments") for path in ours), ours.keys())
                self.assertEqual(ours.keys(), theirs.keys())
                for path, content in ours.items():
                    self.assertTrue(content == theirs[path], f"{path} differs")

    def test_each_reads_the_other(self):
        for kind in KINDS[:-1]:
            with self.subTest(kind=kind):
                said = set()
                for store in self.made(kind):
                    for reader in READERS:
                        # A copy: to open a torn store is to cut it.
                        copy = store + "-copy"
                        shutil.copytree(store, copy)
                        said.add(subprocess.run([reader, "json", copy], check=True,
                                                capture_output=True).stdout)
                        shutil.rmtree(copy)
                self.assertEqual(len(said), 1, "the same events, hashes and root")


if __name__ == "__main__":
    if not all(MAKERS + READERS):
        sys.exit("set the variables that the first comment names, as ./dev cross does")
    unittest.main()
