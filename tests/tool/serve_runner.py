"""What the tests of `batpak serve` share: a server of a store, and requests through a socket.

A socket, because libraries and browsers write the header Host as they see fit.
"""

import json
import os
import socket
import subprocess
import time

from tool_runner import ENVIRONMENT, PATIENCE_S, TOOL, ToolTest


def is_built():
    """Whether this tool has an inspector; one without says what it lacks."""
    words = [TOOL, "serve", "/nonexistent/store"]
    answer = subprocess.run(words, capture_output=True, check=False, timeout=PATIENCE_S)
    return b"built without cpp-httplib" not in answer.stderr


class Reply:
    def __init__(self, raw):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1]) if lines[0].startswith("HTTP/") else 0
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            self.headers[name.lower()] = value

    @property
    def json(self):
        return json.loads(self.body)


class ServeTest(ToolTest):
    def setUp(self):
        super().setUp()
        self.state = os.path.join(self.folder, "state")
        ENVIRONMENT["XDG_STATE_HOME"] = self.state
        self.addCleanup(ENVIRONMENT.pop, "XDG_STATE_HOME")

    def serve(self, *options, store=None):
        """Starts a server; from then on requests go to it."""
        process = self.start_tool("serve", store or self.store, "--json", *options)
        said = json.loads(process.stdout.readline())
        self.port = said["port"]
        self.token = said["url"].partition("#t=")[2]
        return process

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        self.addCleanup(connection.close)
        return connection

    def raw(self, text):
        """What the server answers to these bytes, up to the end of the connection."""
        connection = self.connect()
        connection.sendall(text)
        reply = b""
        try:
            while piece := connection.recv(65536):
                reply += piece
        except ConnectionResetError:
            pass  # it does not want to read on
        connection.close()
        return Reply(reply)

    def ask(self, path, *headers, method="GET", token=True, host=None):
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{self.port}'}"]
        if token:
            lines.append(f"Authorization: Bearer {self.token}")
        if method == "POST":
            lines.append("Content-Length: 0")  # as browsers say of a POST without a body
        lines += [*headers, "Connection: close", "", ""]
        return self.raw("\r\n".join(lines).encode("latin-1"))

    def api(self, path, **options):
        reply = self.ask("/api/v1/" + path, **options)
        self.assertEqual(reply.status, 200, reply.body)
        return reply.json

    def open_tail(self, query=""):
        """A connection on which messages come, its head already read."""
        connection = self.connect()
        connection.sendall(f"GET /api/v1/tail{query} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
                           f"Authorization: Bearer {self.token}\r\n\r\n".encode())
        return Stream(connection)


class Stream:
    def __init__(self, connection):
        self.file = connection.makefile("rb")
        self.status = int(self.file.readline().split(b" ")[1])
        self.headers = []
        while (line := self.file.readline()) not in (b"\r\n", b""):
            self.headers.append(line.decode().strip())

    def next_events(self):
        """The events of the next message; heartbeats are passed over."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            line = self.file.readline()
            if line.startswith(b"data: "):
                return json.loads(line[6:])
            if not line:
                return None
        return None
