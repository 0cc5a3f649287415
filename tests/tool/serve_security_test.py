#!/usr/bin/env python3
"""Who `batpak serve` answers, through a socket: each line is one that docs/INSPECTOR.md promises."""

import json
import os
import shutil
import signal
import socket
import subprocess
import unittest

from serve_runner import ServeTest, is_built
from tool_runner import ADDRESS_SANITIZED, ENVIRONMENT, TOOL


@unittest.skipUnless(is_built(), "this tool has no inspector")
class Security(ServeTest):
    def setUp(self):
        super().setUp()
        self.make_store(("secret-entity", "scope", "0xF001", {"a": 1}))
        self.process = self.serve()

    def test_listens_on_one_address_of_this_machine(self):
        with socket.socket() as other:
            self.assertNotEqual(other.connect_ex(("127.0.0.2", self.port)), 0)
        if socket.has_ipv6:
            with socket.socket(socket.AF_INET6) as other:
                self.assertNotEqual(other.connect_ex(("::1", self.port)), 0)

    def test_host_must_be_its_own(self):
        port = self.port
        for host, status in ((f"127.0.0.1:{port}", 200), (f"localhost:{port}", 200),
                             (f"LOCALHOST:{port}", 200), (f"[::1]:{port}", 200),
                             ("127.0.0.1", 421), ("localhost", 421), (f"127.0.0.1:{port + 1}", 421),
                             (f"127.0.0.1.evil.example:{port}", 421),
                             (f"localhost.evil.example:{port}", 421), (f"evil.example:{port}", 421),
                             (f"127.0.0.1:{port}.evil.example", 421), (f"user@127.0.0.1:{port}", 421),
                             (f"0.0.0.0:{port}", 421), (f"2130706433:{port}", 421),
                             (f"127.1:{port}", 421), (f"[::ffff:127.0.0.1]:{port}", 421)):
            for path in ("/api/v1/store", "/", "/metrics"):
                self.assertEqual(self.ask(path, host=host).status, status, (host, path))

    def test_one_host_and_no_fewer(self):
        head = "GET /healthz HTTP/1.1\r\nConnection: close\r\n"
        host = f"Host: 127.0.0.1:{self.port}\r\n"
        self.assertEqual(self.raw((head + host + "\r\n").encode()).status, 200)
        self.assertEqual(self.raw((head + "\r\n").encode()).status, 421)
        self.assertEqual(self.raw((head + host + host + "\r\n").encode()).status, 421)

    def test_events_need_the_token(self):
        for path in ("store", "counts", "events", "rows", "streams", "scopes", "catalogue", "series",
                     "state?entity=secret-entity", "events/0", "events/0/links", "events/0/graph", "tail",
                     "verify", "delivery", "segments", "changes", "export",
                     "no-such-thing"):
            reply = self.ask("/api/v1/" + path, token=False)
            self.assertEqual(reply.status, 401, path)
            self.assertNotIn(b"secret-entity", reply.body)
        wrong = "Authorization: Bearer " + "0" * 32
        self.assertEqual(self.ask("/api/v1/store", wrong, token=False).status, 401)
        self.assertEqual(self.ask(f"/api/v1/store?t={self.token}", token=False).status, 401)

    def test_what_needs_no_token_tells_no_names(self):
        for path in ("/", "/events", "/app.js", "/metrics", "/healthz", "/readyz"):
            reply = self.ask(path, token=False)
            self.assertEqual(reply.status, 200, path)
            for secret in (b"secret-entity", self.token.encode(), self.store.encode()):
                self.assertNotIn(secret, reply.body, path)

    def test_pages_of_other_sites_are_refused(self):
        for site in ("cross-site", "same-site"):
            for path in ("/api/v1/store", "/metrics", "/app.js"):
                self.assertEqual(self.ask(path, f"Sec-Fetch-Site: {site}").status, 403)
        link = ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document")
        self.assertEqual(self.ask("/events", *link, token=False).status, 200)
        self.assertEqual(self.ask("/api/v1/store", *link).status, 403)
        frame = (*link[:2], "Sec-Fetch-Dest: iframe")
        self.assertEqual(self.ask("/events", *frame).status, 403)
        for origin in ("null", "http://evil.example", f"https://127.0.0.1:{self.port}"):
            self.assertEqual(self.ask("/api/v1/store", f"Origin: {origin}").status, 403)

    def test_a_post_needs_its_own_origin(self):
        self.assertEqual(self.ask("/api/v1/verify", method="POST").status, 403)
        own = f"Origin: http://localhost:{self.port}"
        self.assertEqual(self.ask("/api/v1/verify", own, method="POST").status, 200)
        for path in ("/api/v1/verify", "/api/v1/verify/cancel", "/", "/healthz", "/metrics"):
            self.assertEqual(self.ask(path, own, method="POST", token=False).status, 401, path)

    def test_a_parameter_that_is_not_known_is_refused_everywhere(self):
        own = f"Origin: http://127.0.0.1:{self.port}"
        for path in ("store", "counts", "events", "rows", "streams", "scopes", "catalogue", "series",
                     "state", "events/0", "events/0/links", "events/0/graph", "tail", "verify",
                     "delivery", "segments", "changes", "export"):
            reply = self.ask(f"/api/v1/{path}?entity=secret-entity&kindd=1" if path == "state" else
                             f"/api/v1/{path}?kindd=1")
            self.assertEqual(reply.status, 400, path)
            self.assertEqual(reply.json["error"]["code"], "InvalidArgument")
            self.assertIn("kindd", reply.json["error"]["text"])
        for path in ("verify", "verify/cancel"):
            reply = self.ask(f"/api/v1/{path}?kindd=1", own, method="POST")
            self.assertEqual(reply.status, 400, path)
        self.assertEqual(self.api("verify"), {"state": "none"})
        self.assertEqual(self.ask("/api/v1/events/0?check_hash=yes").status, 400)

    def test_a_body_is_refused_and_is_no_next_request(self):
        host = f"Host: 127.0.0.1:{self.port}\r\n"
        own = f"Origin: http://127.0.0.1:{self.port}\r\n"
        inner = f"GET /metrics HTTP/1.1\r\n{host}\r\n"
        token = f"Authorization: Bearer {self.token}\r\n"
        for first in ("POST /api/v1/verify", "GET /api/v1/store", "GET /metrics"):
            for head in (host + own + token, "Host: evil.example\r\n"):
                text = f"{first} HTTP/1.1\r\n{head}Content-Length: {len(inner)}\r\n\r\n{inner}"
                reply = self.raw(text.encode())
                self.assertEqual(reply.status, 400 if head.startswith(host) else 421)
                self.assertNotIn(b"batpak_events_total", reply.body)

    def test_part_of_an_answer_is_not_given(self):
        for path in ("/api/v1/scopes", "/app.js", "/metrics"):
            whole = self.ask(path)
            part = self.ask(path, "Range: bytes=0-3")
            self.assertEqual((part.status, part.body), (200, whole.body), path)
            self.assertNotIn("content-range", part.headers)

    def test_only_reads_and_the_one_post(self):
        for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
            self.assertGreaterEqual(self.ask("/api/v1/store", method=method).status, 400)
        own = f"Origin: http://127.0.0.1:{self.port}"
        self.assertEqual(self.ask("/api/v1/store", own, method="POST").status, 404)

    def test_every_reply_says_what_a_browser_may_do(self):
        for path, token in (("/", False), ("/api/v1/store", True), ("/api/v1/store", False),
                            ("/metrics", False), ("/api/v1/none", True)):
            headers = self.ask(path, token=token).headers
            policy = headers["content-security-policy"]
            for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'",
                         "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
                         "require-trusted-types-for 'script'"):
                self.assertIn(part, policy)
            self.assertNotIn("unsafe", policy)
            self.assertEqual(headers["cross-origin-resource-policy"], "same-origin")
            self.assertEqual(headers["cross-origin-opener-policy"], "same-origin")
            self.assertEqual(headers["x-content-type-options"], "nosniff")
            self.assertEqual(headers["referrer-policy"], "no-referrer")
            self.assertEqual(headers["cache-control"], "no-store")
            self.assertFalse([name for name in headers if name.startswith("access-control-")])

    def test_paths_lead_to_no_file(self):
        for path in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
                     "/api/../../etc/passwd"):
            reply = self.ask(path)
            self.assertNotIn(b"root:", reply.body)

    def test_large_and_slow_requests_do_not_stop_it(self):
        self.assertEqual(self.ask("/healthz", "X-Long: " + "a" * 10000).status // 100, 4)
        self.assertEqual(self.ask("/healthz?" + "a" * 20000).status // 100, 4)
        self.assertEqual(self.ask("/" + "a" * 8000).status, 200)
        self.assertEqual(self.ask("/api/v1/events/" + "a" * 8000).status, 404)
        own = f"Origin: http://127.0.0.1:{self.port}"
        body = self.raw((f"POST /api/v1/verify HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{own}\r\n"
                         f"Authorization: Bearer {self.token}\r\nContent-Length: 1000000\r\n"
                         "Connection: close\r\n\r\n" + "x" * 1000).encode())
        self.assertGreaterEqual(body.status, 400)
        slow = [self.connect() for _ in range(8)]
        for connection in slow:
            connection.sendall(b"GET / HT")
        self.assertEqual(self.ask("/healthz").status, 200)

    def test_nothing_is_written_to_the_store(self):
        if ADDRESS_SANITIZED or not shutil.which("strace"):
            self.skipTest("needs strace, and a program that it can follow")
        self.process.kill()
        log = self.store + ".strace"
        words = ["strace", "-f", "-qq", "-o", log, "-e",
                 "trace=openat,open,creat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,"
                 "ftruncate,fallocate,link,linkat,symlink,chmod,fchmod", TOOL, "serve", self.store,
                 "--json"]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   env=ENVIRONMENT, start_new_session=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        # Both: strace alone would leave the server behind.
        self.addCleanup(os.killpg, process.pid, signal.SIGKILL)
        said = json.loads(process.stdout.readline())
        self.port = said["port"]
        self.api("rows")
        self.api("counts")
        with open(log, encoding="utf-8") as file:
            calls = [line for line in file if self.store in line]
        self.assertTrue(calls)
        for line in calls:
            self.assertIn("O_RDONLY", line)


if __name__ == "__main__":
    unittest.main()
