"""What the tests of the tool share: a store in a temporary folder, and the program under test."""

import json
import os
import select
import shutil
import subprocess
import tempfile
import time
import unittest

TOOL = os.environ["BATPAK_TOOL"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATIENCE_S = 120
with open(TOOL, "rb") as program:
    # A program under AddressSanitizer reserves terabytes, and starts under no limit of them.
    ADDRESS_SANITIZED = b"__asan_init" in program.read()
ENVIRONMENT = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}


class Answer:
    def __init__(self, process):
        self.code = process.returncode
        self.out = process.stdout.decode("utf-8")
        self.err = process.stderr.decode("utf-8")

    @property
    def lines(self):
        """The results as JSON, one object a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def line(self):
        (only,) = self.lines
        return only


class ToolTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="batpak-tool-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.store = os.path.join(self.folder, "store")

    def run_tool(self, *words, code=0, stdin=b"", **options):
        """Runs the tool; whatever else it does, it must end with this code."""
        process = subprocess.run([TOOL, *words], input=stdin, capture_output=True, check=False,
                                 timeout=PATIENCE_S, env=ENVIRONMENT, **options)
        answer = Answer(process)
        self.assertEqual(answer.code, code, f"{words}\n{answer.out[:2000]}\n{answer.err[:2000]}")
        return answer

    def start_tool(self, *words, **options):
        process = subprocess.Popen([TOOL, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=ENVIRONMENT, **options)

        def end():
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe:
                    pipe.close()

        self.addCleanup(end)
        return process

    def make_store(self, *events):
        """A store with these events: (entity, scope, kind, payload)."""
        self.run_tool("init", self.store)
        for entity, scope, kind, payload in events:
            self.append(entity, scope, kind, payload)

    def append(self, entity, scope, kind, payload, *options):
        return self.run_tool("append", self.store, entity, scope, kind, json.dumps(payload),
                             "--json", *options).line

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
        return path

    def segment(self, number=1):
        return os.path.join(self.store, "segments", f"{number:012}.bpk")

    def frames(self, kind="event"):
        return [line for line in self.run_tool("dump", self.store, "--json").lines
                if line["type"] == kind]


class LineReader:
    """Lines of a pipe as they come; a test that waits in vain fails instead of hanging."""

    def __init__(self, pipe):
        self._pipe = pipe
        self._buffer = b""

    def next(self):
        end = time.monotonic() + PATIENCE_S
        while b"\n" not in self._buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._pipe], [], [], left)[0]:
                raise AssertionError("no line came")
            chunk = os.read(self._pipe.fileno(), 65536)
            if not chunk:
                raise AssertionError("the pipe ended")
            self._buffer += chunk
        line, self._buffer = self._buffer.split(b"\n", 1)
        return json.loads(line)


def damage(path, offset, mask=0xFF):
    """Changes bits of one byte."""
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ mask]))
