"""Keys, checkpoints and proofs, as they are used: made from a store, checked without it."""

import json
import os
import re
import shutil
import unittest

from tool_runner import ToolTest


class ProofTest(ToolTest):
    def setUp(self):
        super().setUp()
        self.make_store(("player:alice", "room:1", "0xF001", {"x": 1}),
                        ("player:bob", "room:1", "0xF001", {"x": 2}),
                        ("player:alice", "room:2", "0xF002", {"x": 3}))
        self.key = self.at("ledger.key")
        made = self.run_tool("keygen", self.store, self.key, "--name", "example.com/ledger", code=None)
        if made.code == 2 and "without libsodium" in made.err:
            self.skipTest("this batpak was built without libsodium")
        self.policy = self.write("policy", made.out)
        self.note = self.at("note")

    def run_tool(self, *words, code=0, **options):
        if code is not None:
            return super().run_tool(*words, code=code, **options)
        for expected in (0, 2):
            try:
                return super().run_tool(*words, code=expected, **options)
            except AssertionError:
                if expected == 2:
                    raise

    def at(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.at(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.at(name)

    def read(self, path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    def checkpoint(self, name="note"):
        self.run_tool("checkpoint", self.store, "--key", self.key, "-o", self.at(name))
        return self.at(name)

    def prove(self, *words, note=None):
        return self.run_tool("prove", self.store, *words, "--checkpoint", note or self.note,
                             "--policy", self.policy).out

    def check(self, *words, code=0):
        return self.run_tool("check-proof", *words, "--policy", self.policy, "--json", code=code)

    def test_a_head_of_a_name_that_is_no_text(self):
        name = b"\xff\xfe"
        self.run_tool("append", self.store, name, "room:1", "0xF001", '{"x": 5}')
        self.run_tool("checkpoint", self.store, "--key", self.key, "--heads", "-o", self.note)
        proof = self.write("head", self.prove("--head", name))
        self.assertTrue(self.check(proof, "--head", name).line["valid"])
        zeros = self.check(proof, "--head", name, "--hash", "0" * 64, code=3).line
        self.assertEqual(zeros["reason"], "content-not-in-event")
        self.run_tool("prove", self.store, "--absent", "", "--checkpoint", self.note, "--policy", self.policy, code=2)

    def test_what_is_written_replaces_neither_a_key_nor_what_is_read(self):
        self.checkpoint()
        self.run_tool("checkpoint", self.store, "--key", self.key, "-o", self.at("note"))
        before = {name: self.read(self.at(name)) for name in ("ledger.key", "ledger.key.last", "policy", "note")}
        for name in (*before, "ledger.key.lock", "ledger.key.tree"):
            refused = self.run_tool("prove", self.store, "1", "--checkpoint", self.at("note"), "--policy",
                                    self.policy, "-o", self.at(name), code=2)
            self.assertIn("--output is a file", refused.err, name)
        again = self.run_tool("keygen", self.store, self.key, code=2)
        self.assertIn("stays as it is", again.err)
        wrong = self.run_tool("prove", self.store, "1", "--checkpoint", self.policy, "--policy", self.policy, code=2)
        self.assertIn("it is no checkpoint", wrong.err)
        self.assertEqual(before, {name: self.read(self.at(name)) for name in before})

    def test_tlog_publishes_files_that_all_may_read(self):
        out = self.at("www/log")
        tlog = lambda *words, code=0: self.run_tool("tlog", self.store, out, "--checkpoint", self.checkpoint(),
                                                    "--policy", self.policy, *words, code=code)
        self.assertEqual(tlog().out, "3 events, 3 files written, 0 kept\n")
        self.assertEqual(self.read(os.path.join(out, "checkpoint")), self.read(self.at("note")))
        self.assertEqual(sorted(os.listdir(os.path.join(out, "tile", "entries", "000.p"))), ["3"])
        for folder, _, names in os.walk(out):
            self.assertEqual(os.stat(folder).st_mode & 0o777, 0o755, folder)
            for name in names:
                self.assertEqual(os.stat(os.path.join(folder, name)).st_mode & 0o777, 0o644, name)
        with open(os.path.join(out, "tile", "entries", "000.p", "3"), "rb") as file:
            bundle = file.read()
        hashes = [self.run_tool("get", self.store, str(i), "--json").line["hash"] for i in range(3)]
        self.assertEqual(bundle, b"".join(b"\x00\x20" + bytes.fromhex(hash) for hash in hashes))
        line = tlog("--json", "--tree", self.key + ".tree").line
        self.assertEqual((line["size"], line["files_written"], line["files_kept"]), (3, 3, 0))
        self.assertIn("it would lie in a store", self.run_tool(
            "tlog", self.store, self.store + "/log", "--checkpoint", self.at("note"), "--policy", self.policy,
            code=2).err)
        old = self.read(self.at("note"))
        self.run_tool("append", self.store, "player:bob", "room:1", "0xF001", '{"x": 4}')
        tlog()
        self.write("note", old)
        self.assertIn("sign a newer one", self.run_tool(
            "tlog", self.store, out, "--checkpoint", self.at("note"), "--policy", self.policy, code=2).err)

    def test_a_key_is_made_for_its_owner_alone_and_is_never_printed(self):
        self.assertEqual(os.stat(self.key).st_mode & 0o777, 0o600)
        self.assertRegex(self.read(self.policy),
                         r"^log example\.com/ledger/[0-9a-f-]{36}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{44}\nquorum none\n$")
        # Five fields; the last, which is base64, may hold the character that parts them.
        secret = self.read(self.key).split("+", 4)[4].strip()
        self.assertEqual(len(secret), 44)
        answer = self.run_tool("checkpoint", self.store, "--key", self.key)
        self.assertNotIn(secret, answer.out + answer.err)
        os.chmod(self.key, 0o640)
        refused = self.run_tool("checkpoint", self.store, "--key", self.key, code=3)
        self.assertIn("KeyExposed", refused.err)
        self.assertNotIn(secret, refused.err)

    def test_a_key_does_not_lie_in_its_store_and_replaces_no_other(self):
        self.run_tool("keygen", self.store, os.path.join(self.store, "key"), code=2)
        os.symlink(self.store, self.at("link"))
        self.run_tool("keygen", self.store, os.path.join(self.at("link"), "key"), code=2)
        self.run_tool("keygen", self.store, self.key, code=2)

    def test_a_checkpoint_is_the_same_until_something_is_added(self):
        first = self.read(self.checkpoint())
        self.assertEqual(self.read(self.checkpoint()), first)
        self.assertEqual(first.split("\n")[1], "3")
        answer = self.run_tool("checkpoint", self.store, "--key", self.key, "--json").line
        self.assertEqual((answer["size"], answer["note"]), (3, first))

    def test_an_event_is_proved_by_sequence_and_by_id(self):
        self.checkpoint()
        by_sequence = self.prove("1")
        event = self.run_tool("get", self.store, "1", "--json").line
        self.assertEqual(self.prove(event["id"]), by_sequence)
        facts = self.check(self.write("proof", by_sequence)).line
        self.assertEqual((facts["valid"], facts["proved"], facts["sequence"], facts["size"]),
                         (True, "event", 1, 3))
        self.assertEqual((facts["entity"], facts["scope"], facts["kind"], facts["event_id"]),
                         ("player:bob", "room:1", "0xF001", event["id"]))
        self.assertEqual(facts["hash"], event["hash"])
        self.assertEqual(bytes.fromhex(facts["payload"]), b"\x81\xa1x\x02")

    def test_a_proof_shows_no_more_than_was_asked(self):
        self.checkpoint()
        header = self.check(self.write("header", self.prove("1", "--disclose", "header"))).line
        self.assertNotIn("payload", header)
        nothing = self.write("nothing", self.prove("1", "--disclose", "nothing"))
        self.assertEqual(self.check(nothing, code=3).line["reason"], "malformed")
        self.assertTrue(self.check(nothing, "--hash", header["hash"]).line["valid"])

    def test_a_head_and_an_absence_are_proved_by_what_was_recorded(self):
        self.run_tool("checkpoint", self.store, "--key", self.key, "--heads", "-o", self.note)
        self.append("player:alice", "room:1", "0xF001", {"x": 4})
        head = self.write("head", self.prove("--head", "player:alice"))
        facts = self.check(head, "--head", "player:alice").line
        event = self.run_tool("get", self.store, "2", "--json").line
        self.assertEqual((facts["proved"], facts["entity"], facts["version"], facts["hash"]),
                         ("head", "player:alice", 1, event["hash"]))
        self.assertEqual((facts["heads_at"], facts["entities"], facts["recorded"], facts["size"]), (3, 2, 3, 4))
        absence = self.write("absence", self.prove("--absent", "player:carol"))
        facts = self.check(absence, "--absent", "player:carol").line
        self.assertEqual((facts["proved"], facts["entity"], "version" in facts), ("absence", "player:carol", False))
        self.assertIn("proved head", self.run_tool("check-proof", head, "--policy", self.policy).out)
        for words in ((head, "--head", "player:bob"), (head, "--absent", "player:alice"),
                      (absence, "--head", "player:carol"), (self.note, "--head", "player:alice"),
                      (self.write("event", self.prove("1")), "--head", "player:bob")):
            self.assertEqual(self.check(*words, code=3).line["reason"], "another-question")
        self.run_tool("check-proof", head, "--policy", self.policy, "--head", "x", "--absent", "x", code=2)

    def test_what_cannot_be_proved_of_a_head_says_what_to_do(self):
        self.checkpoint()
        words = ["--checkpoint", self.note, "--policy", self.policy]
        self.assertIn("checkpoint --heads",
                      self.run_tool("prove", self.store, "--head", "player:bob", *words, code=1).err)
        self.run_tool("checkpoint", self.store, "--key", self.key, "--heads", "-o", self.note)
        self.assertIn("absence", self.run_tool("prove", self.store, "--head", "x", *words, code=1).err)
        self.assertIn("head", self.run_tool("prove", self.store, "--absent", "player:bob", *words, code=2).err)
        self.run_tool("prove", self.store, "1", "--head", "player:bob", *words, code=2)
        self.run_tool("prove", self.store, "--absent", "x", "--head", "player:bob", *words, code=2)

    def test_heads_are_recorded_once_and_not_in_a_store_that_the_key_refuses(self):
        shutil.copytree(self.store, self.at("old"))
        self.append("player:bob", "room:1", "0xF001", {"x": 4})
        heads = ["checkpoint", self.store, "--key", self.key, "--heads", "-o", self.note]
        self.run_tool(*heads)
        first = self.read(self.note)
        self.run_tool(*heads)
        self.assertEqual(self.read(self.note), first)
        (event,) = self.run_tool("query", self.store, "--kind", "0x0040", "--json").lines
        self.assertEqual((event["kind_name"], event["entity"], event["payload"]["size"]),
                         ("batpak.HeadsRecorded", "batpak:heads", 4))
        answer = self.run_tool("verify", self.store, "--json").line
        self.assertEqual((answer["ok"], answer["heads"]), (True, 1))
        self.assertIn("heads  1 record,", self.run_tool("verify", self.store).out)
        shutil.rmtree(self.store)
        os.rename(self.at("old"), self.store)
        self.assertIn("RolledBack", self.run_tool(*heads, code=3).err)
        self.assertEqual(self.run_tool("stats", self.store, "--json").line["events"], 3)

    def test_growth_is_proved_from_an_older_checkpoint(self):
        older = self.checkpoint("older")
        self.append("player:bob", "room:1", "0xF001", {"x": 4})
        self.checkpoint()
        growth = self.write("growth", self.prove("--since", "3"))
        facts = self.check(growth, "--since", older).line
        self.assertEqual((facts["proved"], facts["since"], facts["size"]), ("growth", 3, 4))
        self.assertEqual(self.check(growth, code=3).line["reason"], "malformed")
        self.assertEqual(self.check(growth, "--since", self.note, code=3).line["reason"],
                         "sizes-disagree")

    def test_refusals_have_names(self):
        self.checkpoint()
        proof = self.prove("1")
        for spoilt, reason in ((proof.replace("index 1\n", "index 0\n"), "wrong-root"),
                               (proof.replace("index 1\n", "index 2\n"), "proof-too-long"),
                               (proof.replace("index 1\n", "index 3\n"), "index-not-below-size"),
                               (proof.replace("\n3\n", "\n4\n"), "bad-signature"),
                               (proof.replace("example.com", "example.org"), "unknown-origin"),
                               (proof[:-1], "malformed")):
            self.assertEqual(self.check(self.write("spoilt", spoilt), code=3).line["reason"], reason)
        answer = self.run_tool("check-proof", self.at("spoilt"), "--policy", self.policy, code=3)
        self.assertIn("refused", answer.out)
        several = self.check(self.note, self.at("spoilt"), self.write("proof", proof), code=3)
        self.assertEqual([line["valid"] for line in several.lines], [True, False, True])

    def test_an_old_copy_of_the_store_is_not_signed(self):
        shutil.copytree(self.store, self.at("old"))
        self.append("player:bob", "room:1", "0xF001", {"x": 4})
        self.checkpoint()
        shutil.rmtree(self.store)
        os.rename(self.at("old"), self.store)
        refused = self.run_tool("checkpoint", self.store, "--key", self.key, "--json", code=3)
        self.assertEqual(json.loads(refused.err)["error"]["code"], "RolledBack")
        self.append("player:eve", "room:1", "0xF001", {"x": 5})
        refused = self.run_tool("checkpoint", self.store, "--key", self.key, "--json", code=3)
        self.assertEqual(json.loads(refused.err)["error"]["code"], "SplitHistory")

    def test_verify_compares_the_store_with_a_checkpoint(self):
        self.checkpoint()
        shutil.copytree(self.store, self.at("old"))
        self.append("player:bob", "room:1", "0xF001", {"x": 4})
        since = ["--since", self.note, "--policy", self.policy]
        answer = self.run_tool("verify", self.store, *since, "--json").line
        self.assertEqual((answer["ok"], answer["events"], answer["anchored"]["end"]), (True, 4, 3))
        self.assertIn("first 3 events", self.run_tool("verify", self.store, *since).out)
        self.checkpoint()
        answer = self.run_tool("verify", self.at("old"), *since, "--json", code=3).line
        self.assertEqual((answer["ok"], answer["damage"]["code"]), (False, "RolledBack"))
        self.append_to(self.at("old"), '{"x": 5}')
        answer = self.run_tool("verify", self.at("old"), *since, "--json", code=3).line
        self.assertEqual((answer["ok"], answer["damage"]["code"]), (False, "SplitHistory"))
        self.run_tool("verify", self.store, "--since", self.note, code=2)
        self.write("policy", self.read(self.policy).replace("example.com", "example.org"))
        self.run_tool("verify", self.store, *since, code=2)

    def test_verify_since_is_asked_before_anything_is_read(self):
        self.checkpoint()
        since = ["--since", self.note, "--policy", self.policy]
        for words in (["--from", "1"], ["--before", "2"]):
            self.assertIn("--since", self.run_tool("verify", self.store, *since, *words, code=2).err)
        self.run_tool("verify", self.at("no store"), "--since", self.at("nothing"), "--policy", self.policy, code=1)

    def test_output_never_takes_the_place_of_a_key_and_leaves_what_is_no_file(self):
        secret = self.read(self.key)
        for name in (self.key, self.key + ".last", self.key + ".lock", self.key + ".tree"):
            self.run_tool("checkpoint", self.store, "--key", self.key, "-o", name, code=2)
        self.assertEqual(self.read(self.key), secret)
        answer = self.run_tool("checkpoint", self.store, "--key", self.key, "-o", "/dev/stdout")
        self.assertEqual(answer.out, self.run_tool("checkpoint", self.store, "--key", self.key).out)
        self.write("real", "old")
        os.symlink(self.at("real"), self.at("link"))
        self.run_tool("checkpoint", self.store, "--key", self.key, "-o", self.at("link"))
        self.assertTrue(os.path.islink(self.at("link")))
        self.assertEqual(self.read(self.at("real")), answer.out)

    def test_a_tree_that_cannot_be_kept_stops_no_checkpoint(self):
        os.mkdir(self.key + ".tree")
        self.assertIn("example.com", self.run_tool("checkpoint", self.store, "--key", self.key).out)

    def append_to(self, store, payload):
        self.run_tool("append", store, "player:eve", "room:1", "0xF001", payload)

    def test_words_that_make_no_sense_are_refused(self):
        self.checkpoint()
        for words in (["prove", self.store, "1"], ["checkpoint", self.store],
                      ["prove", self.store, "--checkpoint", self.note, "--policy", self.policy],
                      ["prove", self.store, "1", "--since", "1", "--checkpoint", self.note,
                       "--policy", self.policy],
                      ["prove", self.store, "1", "--checkpoint", self.note, "--policy", self.note]):
            self.run_tool(*words, code=2)
        third = ["prove", self.store, "3", "--checkpoint", self.note, "--policy", self.policy]
        self.run_tool(*third, code=1)  # there is none
        self.append("player:bob", "room:1", "0xF001", {"x": 4})
        self.run_tool(*third, code=2)  # the checkpoint does not cover it

    def test_the_tree_is_kept_beside_the_key_and_may_be_deleted(self):
        events = "".join(f'{{"entity": "e{i % 7}", "scope": "s", "kind": "0xF001", "payload": {i}}}\n'
                         for i in range(1000))
        self.run_tool("import", self.store, "-", stdin=events.encode())
        first = self.read(self.checkpoint())
        self.assertTrue(os.path.exists(self.key + ".tree"))
        with_tree = self.prove("700", "--tree", self.key + ".tree")
        os.remove(self.key + ".tree")
        self.assertEqual(self.prove("700"), with_tree)
        self.assertEqual(self.read(self.checkpoint()), first)
        self.assertTrue(self.check(self.write("proof", with_tree)).line["valid"])
        self.assertEqual(len(re.findall(r"^[A-Za-z0-9+/]{43}=$", with_tree, re.MULTILINE)), 11)


if __name__ == "__main__":
    unittest.main()
