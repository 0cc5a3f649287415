#!/usr/bin/env python3
"""tools/gdb/batpak.py in gdb, on a program that has the values. Ends with 77 where there is no gdb."""

import os
import shutil
import subprocess
import sys
import unittest

SUBJECT = os.environ["BATPAK_GDB_SUBJECT"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ID = "01a22e3e-f0c2-7096-b050-ce3d88713d9c"
TIME = "2023-11-14T22:13:20.000001Z #2"
LINE = f"event 3: 0xF001 v1 of player:1@room, version 4, at {TIME}, id {ID}"
EXPECTED = {"sequence": "sequence 3", "version": "version 4", "id": ID, "hash": "ab" + "0" * 62,
            "kind": "0xF001", "coordinate": "player:1@room", "hlc": TIME,
            "error": "CorruptFrame in segments/1 at sequence 3: look", "view": LINE, "stored": LINE}


class Gdb(unittest.TestCase):
    def test_shows_values_as_people_write_them(self):
        words = ["gdb", "-nx", "-batch", "-ex", "set print elements 0", "-ex", "set width 0",
                 "-ex", "source " + os.path.join(ROOT, "tools", "gdb", "batpak.py"),
                 "-ex", "break shown", "-ex", "run", "-ex", "up"]
        for name in EXPECTED:
            words += ["-ex", f"echo <{name}>", "-ex", f"output {name}", "-ex", "echo \\n"]
        done = subprocess.run([*words, SUBJECT], capture_output=True, text=True, check=False, timeout=100)
        if "ptrace" in done.stderr and "Operation not permitted" in done.stderr:
            self.skipTest("gdb may not trace here")
        for name, text in EXPECTED.items():
            self.assertIn(f"<{name}>{text}", done.stdout, done.stderr[-2000:])


if __name__ == "__main__":
    if not shutil.which("gdb"):
        print("SKIP: there is no gdb")
        sys.exit(77)
    unittest.main()
