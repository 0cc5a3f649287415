#!/usr/bin/env python3
"""doctor: each finding that can be made on purpose, and none of a store that is well."""

import json
import os
import shutil
import subprocess
import unittest

from tool_runner import LineReader, ToolTest, damage

# What the machine may be, on which the tests run.
OF_THE_MACHINE = {"memory-file-system", "network-file-system", "syncs-off", "disk-full", "disk-filling"}


class Doctor(ToolTest):
    def doctor(self, *words, code=0, store=None):
        """The findings that the store is to blame for, and the summary."""
        process = subprocess.run([os.environ["BATPAK_TOOL"], "doctor", store or self.store, "--json", *words],
                                 capture_output=True, check=False)
        lines = [json.loads(line) for line in process.stdout.splitlines()]
        self.assertEqual(process.stderr, b"")
        *findings, summary = lines
        for finding in findings:
            self.assertEqual(list(finding), ["severity", "finding", "what", "remedy"])
            self.assertNotIn("\n", finding["what"] + finding["remedy"])
        ours = [finding for finding in findings if finding["finding"] not in OF_THE_MACHINE]
        if len(ours) == len(findings):
            self.assertEqual(process.returncode, code)
        return ours, summary

    def names(self, *words, **options):
        return [finding["finding"] for finding in self.doctor(*words, **options)[0]]

    def files(self):
        state = {}
        for where, folders, names in os.walk(self.store):
            for name in folders + names:
                path = os.path.join(where, name)
                look = os.stat(path)
                content = open(path, "rb").read() if os.path.isfile(path) else b""
                state[path] = (look.st_mode, look.st_mtime_ns, look.st_ino, content)
        return state

    def many_segments(self, segments, events=40):
        self.run_tool("init", self.store)
        lines = "".join(json.dumps({"entity": "e", "scope": "s", "kind": "0xF001",
                                    "payload": "x" * (4000 * segments // events)}) + "\n"
                        for _ in range(events))
        self.run_tool("import", self.store, "--segment-bytes", "4096",
                      "--batch-size", "1", stdin=lines.encode())

    def test_of_a_store_that_is_well_it_says_nothing_and_changes_nothing(self):
        self.make_store(*[("e", "s", "0xF001", i) for i in range(5)])
        before = self.files()
        for words in ([], ["--deep"]):
            findings, summary = self.doctor(*words)
            self.assertEqual(findings, [])
            self.assertEqual((summary["opens"], summary["events"], summary["durable_events"]), (True, 5, 5))
            self.assertEqual(summary["deep"], bool(words))
            self.assertGreater(summary["day_bytes"], 0)
            self.assertEqual(summary["day_bytes"], summary["week_bytes"])
        self.assertEqual(self.files(), before)

    def test_an_empty_store_is_well(self):
        self.make_store()
        self.assertEqual(self.doctor()[0], [])
        self.assertEqual(self.names("--deep"), [])

    def test_where_there_is_no_store_it_is_an_error_as_for_every_command(self):
        self.run_tool("doctor", self.store, code=1)
        path = self.file("a file", "")
        self.run_tool("doctor", path, code=1)

    def test_forms(self):
        self.make_store(("e", "s", "0xF001", 1))
        shutil.copy(self.segment(), os.path.join(self.store, "segments", "note.txt"))
        person = self.run_tool("doctor", self.store).out if not self.machine_is_odd() else ""
        if person:
            self.assertRegex(person, r"^well  .*\n")
            self.assertIn("note  foreign-file: ", person)
            self.assertIn("         do: move it away", person)
            self.assertNotIn("\x1b", person)
        whole = json.loads(self.any_code("--format", "json"))
        self.assertIn("foreign-file", [row.get("finding") for row in whole])
        self.assertTrue(self.any_code("--format", "csv").startswith("severity,finding,what,remedy\n"))
        self.assertIn("foreign-file", self.any_code("--format", "table"))

    def any_code(self, *words):
        return subprocess.run([os.environ["BATPAK_TOOL"], "doctor", self.store, *words], capture_output=True,
                              check=False, text=True).stdout

    def machine_is_odd(self):
        summary = [json.loads(line) for line in self.any_code("--json").splitlines()]
        return any(line.get("finding") in OF_THE_MACHINE for line in summary)

    def test_says_who_writes_to_it(self):
        self.make_store(("e", "s", "0xF001", 1))
        writer = self.start_tool("import", self.store, stdin=subprocess.PIPE)
        writer.stdin.write(b'{"entity":"e","scope":"s","kind":"0xF001","payload":7}\n')
        writer.stdin.flush()
        follower = self.start_tool("tail", self.store, "--follow", "--json")
        lines = LineReader(follower.stdout)
        self.assertEqual([lines.next()["payload"], lines.next()["payload"]], [1, 7])
        findings, summary = self.doctor()
        self.assertEqual(findings, [])
        if os.path.exists("/proc/locks"):
            self.assertEqual((summary["held_by"], summary["held_by_program"]), (writer.pid, "batpak"))
        writer.stdin.close()
        self.assertEqual(writer.wait(), 0)
        self.assertNotIn("held_by", self.doctor()[1])

    def test_damage_of_the_end_of_the_log(self):
        self.make_store(("e", "s", "0xF001", 1))
        damage(self.segment(), 200)
        self.assertEqual(self.names(code=3), ["damaged-segment"])
        self.assertEqual(self.names("--deep", code=3), ["damage"])
        shutil.rmtree(os.path.join(self.store, "index"))  # which knew where the event had been
        self.assertEqual(self.names(code=3), ["does-not-open"])
        self.assertEqual(self.names("--deep", code=3), ["damage", "does-not-open"])

    def test_damage_that_only_a_whole_look_finds(self):
        self.many_segments(3)
        damage(self.segment(1), 2000)
        self.assertEqual(self.names(), [])
        (found,), summary = self.doctor("--deep", code=3)
        self.assertEqual((found["severity"], found["finding"]), ("damage", "damage"))
        self.assertIn("segments/000000000001.bpk", found["what"])
        self.assertFalse(summary["ok"])

    def test_a_segment_that_is_missing_or_has_no_header(self):
        self.many_segments(3)
        damage(self.segment(2), 3)
        self.assertIn("segments/000000000002.bpk", json.dumps(self.doctor(code=3)[0]))
        os.remove(self.segment(2))
        findings, _ = self.doctor(code=3)
        self.assertIn("MissingSegment", json.dumps(findings))

    def test_a_manifest_of_the_future(self):
        self.make_store(("e", "s", "0xF001", 1))
        for name in ("MANIFEST", "MANIFEST.copy"):
            path = os.path.join(self.store, name)
            with open(path, encoding="utf-8") as file:
                text = file.read()
            with open(path, "w", encoding="utf-8") as file:
                file.write(with_checksum(text.replace("batpak manifest v1\n", "batpak manifest v99\n")))
        self.assertEqual(self.names(code=3), ["future-format"])

    def test_the_copy_of_the_manifest(self):
        self.make_store(("e", "s", "0xF001", 1))
        os.remove(os.path.join(self.store, "MANIFEST.copy"))
        (found,), _ = self.doctor(code=1)
        self.assertEqual((found["severity"], found["finding"]), ("warning", "manifest-copy"))
        self.assertIn(f"batpak compact {self.store} --finish", found["remedy"])
        self.run_tool("compact", self.store, "--finish")
        self.assertEqual(self.names(), [])

    def test_a_torn_tail_and_what_is_kept_of_it(self):
        self.make_store(("e", "s", "0xF001", 1))
        end = max(frame["offset"] + frame["bytes"] for frame in
                  self.run_tool("dump", self.store, "--json").lines if frame["type"] != "zeros")
        with open(self.segment(), "r+b") as file:
            file.seek(end)
            file.write(b"\xff" * 20)
        (found,), _ = self.doctor()
        self.assertEqual((found["severity"], found["finding"]), ("note", "torn-tail"))
        self.run_tool("compact", self.store, "--finish")
        (found,), _ = self.doctor()
        self.assertEqual((found["severity"], found["finding"]), ("note", "kept-in-lost"))
        subprocess.run(["sh", "-c", found["remedy"].split(": ")[1]], check=True)
        self.assertEqual(self.names(), [])

    def test_index_files_that_are_missing_or_stale(self):
        self.many_segments(4)
        index = os.path.join(self.store, "index")
        names = sorted(os.listdir(index))
        self.assertEqual(self.names(), [])
        damage(os.path.join(index, names[0]), 20)
        os.remove(os.path.join(index, names[1]))
        findings, _ = self.doctor()
        self.assertEqual({finding["finding"]: finding["what"].split()[0] for finding in findings},
                         {"index-missing": "1", "index-stale": "1"})
        shutil.rmtree(index)
        self.assertEqual(self.names(), ["index-missing"])

    def test_many_small_segments(self):
        self.many_segments(20)
        (found,), _ = self.doctor()
        self.assertEqual((found["severity"], found["finding"]), ("note", "small-segments"))
        self.assertEqual(found["remedy"], f"batpak compact {self.store} --merge")
        self.run_tool("compact", self.store, "--merge")
        self.assertEqual(self.names(), [])

    def test_files_that_others_may_write(self):
        self.make_store(("e", "s", "0xF001", 1))
        os.chmod(self.segment(), 0o666)  # in a directory that nobody else may enter
        self.assertEqual(self.names(), [])
        os.chmod(self.store, 0o755)
        (found,), _ = self.doctor(code=1)
        self.assertEqual((found["severity"], found["finding"]), ("warning", "writable-by-others"))
        self.assertIn("everybody", found["what"])
        os.chmod(self.segment(), 0o660)
        self.assertIn("a group", self.doctor(code=1)[0][0]["what"])
        subprocess.run(["sh", "-c", found["remedy"]], check=True)
        self.assertEqual(self.names(), [])

    def test_an_erasure_that_is_not_finished(self):
        """Method: a MANIFEST that says so, with the checksum that goes with it, as a crash leaves."""
        self.make_store(("e", "s", "0xF001", 1))
        self.run_tool("compact", self.store, "--tombstone", "--reason", "r", "--from", "0")
        for name in ("MANIFEST", "MANIFEST.copy"):
            path = os.path.join(self.store, name)
            with open(path, encoding="utf-8") as file:
                text = file.read()
            self.assertRegex(text, r"(?m)^prune \d+ done$")
            with open(path, "w", encoding="utf-8") as file:
                file.write(with_checksum(text.replace(" done\n", " pending\n")))
        found = self.doctor(code=1)[0][0]
        self.assertEqual((found["severity"], found["finding"]), ("warning", "erasure-pending"))
        self.run_tool("compact", self.store, "--finish")
        self.assertNotIn("erasure-pending", self.names())

    def test_a_directory_with_a_strange_name(self):
        self.store = os.path.join(self.folder, "it's a\tstore")
        self.make_store(("e", "s", "0xF001", 1))
        os.remove(os.path.join(self.store, "MANIFEST.copy"))
        (found,), _ = self.doctor(code=1)
        command = found["remedy"].split("so does ")[1].replace("batpak", '"$BATPAK_TOOL"', 1)
        subprocess.run(["sh", "-c", command], check=True, capture_output=True)
        self.assertEqual(self.names(), [])

    def test_a_snapshot_is_well(self):
        self.make_store(("e", "s", "0xF001", 1))
        copy = os.path.join(self.folder, "copy")
        self.run_tool("snapshot", self.store, copy)
        self.assertEqual(self.names(store=copy), [])


def with_checksum(text):
    """A MANIFEST whose last line is right."""
    import zlib
    head, last = text.rstrip("\n").rsplit("\n", 1)
    word = last.split()[0]
    return f"{head}\n{word} {zlib.crc32((head + chr(10)).encode()):08x}\n"


if __name__ == "__main__":
    unittest.main()
