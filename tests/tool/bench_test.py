#!/usr/bin/env python3
"""bench becomes the program batpak-bench, or says that there is none."""

import os
import shutil
import subprocess
import unittest

from tool_runner import TOOL, ToolTest


class Bench(ToolTest):
    def run_copy(self, path, *words):
        """Runs a copy of the tool that lies in a folder of its own, with this PATH."""
        folder = os.path.join(self.folder, "bin")
        os.makedirs(folder, exist_ok=True)
        tool = shutil.copy(TOOL, folder)
        return subprocess.run([tool, *words], env={**os.environ, "PATH": path}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)

    def put_program(self, folder, status):
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "batpak-bench")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\necho "$@"\nexit {status}\n')
        os.chmod(path, 0o755)

    def test_without_the_program_it_says_so(self):
        done = self.run_copy("/nonexistent", "bench")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("BATPAK_BUILD_BENCHMARKS", done.stderr)

    def test_it_passes_on_what_it_was_given_and_what_comes_of_it(self):
        self.put_program(os.path.join(self.folder, "path"), 7)
        done = self.run_copy(os.path.join(self.folder, "path"), "bench")
        self.assertEqual((done.returncode, done.stdout), (7, "--against sqlite --directory .\n"))

    def test_the_one_beside_the_tool_comes_first(self):
        self.put_program(os.path.join(self.folder, "path"), 7)
        self.put_program(os.path.join(self.folder, "bin"), 0)
        done = self.run_copy(os.path.join(self.folder, "path"), "bench", "--against", "lmdb,sqlite",
                             "--quick", "--only", "durable", "--directory", "/tmp")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout,
                         "--against lmdb,sqlite --directory /tmp --quick --only durable\n")


if __name__ == "__main__":
    unittest.main()
