"""Random logs, checked by programs that are not batpak's; what is missing on a machine is said.

    BATPAK_PROOF_MAKER, BATPAK_VERIFY   what the build made
    BATPAK_SEED, BATPAK_ORACLE_LOGS     which logs, and how many (default: 40)
    BATPAK_ORACLE_FLIPS                 of how many proofs each bit is flipped in Go (default: 4)
"""

import base64
import hashlib
import importlib.util
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON_VERIFIER = os.path.join(HERE, "..", "..", "tools", "verify", "batpak_verify.py")
SEED = int(os.environ.get("BATPAK_SEED", random.randrange(1 << 32)))
FLIPS = os.environ.get("BATPAK_ORACLE_FLIPS", "4")
LOGS = int(os.environ.get("BATPAK_ORACLE_LOGS", "40"))


def load_python_verifier():
    spec = importlib.util.spec_from_file_location("batpak_verify", PYTHON_VERIFIER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module if module.crypto_sign_open else None


def read(path):
    with open(path, "rb") as file:
        return file.read()


def naive_root(python, latest):
    """T of docs/FORMAT.md, over {entity: (version, E)}."""
    places = {name: python.derive("batpak.v1 entity id", name.encode()) for name in latest}

    def root_of(names, depth):
        if not names:
            return bytes(32)
        if len(names) == 1:
            version, entry = latest[names[0]]
            return python.derive("batpak.v1 entity head leaf",
                                 places[names[0]] + version.to_bytes(8, "little") + entry)
        parts = ([], [])
        for name in names:
            parts[int.from_bytes(places[name], "big") >> 255 - depth & 1].append(name)
        return python.derive("batpak.v1 entity head node",
                             root_of(parts[0], depth + 1) + root_of(parts[1], depth + 1))

    return root_of(list(latest), 0)


class OraclesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="batpak-oracles-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        subprocess.run([os.environ["BATPAK_PROOF_MAKER"], cls.folder, str(SEED), str(LOGS)], check=True)
        print(f"BATPAK_SEED={SEED} BATPAK_ORACLE_LOGS={LOGS}", file=sys.stderr)
        if len(os.listdir(cls.folder)) != LOGS:
            raise AssertionError(f"the maker was to make {LOGS} logs: {os.listdir(cls.folder)}")

    def logs(self):
        return [os.path.join(self.folder, name) for name in sorted(os.listdir(self.folder))]

    def files(self, log, ending):
        return [os.path.join(log, name) for name in sorted(os.listdir(log)) if name.endswith(ending)]

    def verify(self, log, files, *words):
        """What batpak-verify, in C++, says of each file."""
        done = subprocess.run([os.environ["BATPAK_VERIFY"], "--policy", os.path.join(log, "policy"), "--json",
                               *words, *files], capture_output=True, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def since(self, log, growth):
        return os.path.join(log, os.path.basename(growth).split(".")[0].split("-")[1] + ".note")

    def test_libraries_in_go_accept_all_and_refuse_each_flipped_bit(self):
        go = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
        if not go:
            self.skipTest("Go is not installed: x/mod, torchwood, formats and merkle were not asked")
        oracle = os.path.join(self.folder + "-go")
        built = subprocess.run([go, "build", "-o", oracle, "."], cwd=HERE, capture_output=True, text=True, check=False)
        missing = ("proxy", "toolchain not available", "requires go", "no such host", "dial tcp")
        if built.returncode != 0 and any(word in built.stderr + built.stdout for word in missing):
            self.skipTest("the modules, or a Go that is new enough, cannot be had here: x/mod, torchwood, formats and "
                          "merkle were not asked")
        self.assertEqual(built.returncode, 0, built.stderr)
        self.addCleanup(os.remove, oracle)
        done = subprocess.run([oracle, self.folder, FLIPS], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr[:4000])
        print(done.stdout, file=sys.stderr)
        self.assertIn(f"logs {LOGS}\n", done.stdout)
        self.assertIn(f"served logs {LOGS}\n", done.stdout)

    def test_the_verifier_in_cpp_accepts_all(self):
        asked = 0
        for log in self.logs():
            entries = read(os.path.join(log, "entries")).decode().split()
            for answer in self.verify(log, self.files(log, ".note") + self.files(log, ".proof")):
                self.assertTrue(answer["valid"], answer)
                asked += 1
                if answer["proved"] == "event":
                    self.assertEqual(answer["hash"], entries[answer["sequence"]])
            for growth in self.files(log, ".growth"):
                (answer,) = self.verify(log, [growth], "--since", self.since(log, growth))
                self.assertTrue(answer["valid"], answer)
                asked += 1
        self.assertGreater(asked, 3 * LOGS)

    def test_heads_are_those_of_a_naive_model(self):
        python = load_python_verifier()
        if not python:
            self.skipTest("PyNaCl is not installed: batpak_verify.py was not asked")
        heads = absences = 0
        for log in self.logs():
            policy = python.Policy(read(os.path.join(log, "policy")).decode())
            entries = [bytes.fromhex(entry) for entry in read(os.path.join(log, "entries")).decode().split()]
            streams = [line.split(" ", 1) for line in read(os.path.join(log, "streams")).decode().splitlines()]
            files = [path for path in self.files(log, ".proof") if os.path.basename(path).startswith("head-")]
            for path, answer in zip(files, self.verify(log, files) if files else ()):
                name = os.path.basename(path).split("-", 2)[2].split(".")[0]
                size = answer["heads_at"]
                latest = {entity: (int(version), entries[sequence])
                          for sequence, (version, entity) in enumerate(streams[:size])}
                self.assertEqual((answer["entity"], answer["entities"]), (name, len(latest)))
                text = read(path)
                root = python.read_record(python.decode_evidence(base64.b64decode(text.split(b"\n")[1][6:]))[4])[1]
                self.assertEqual(root, naive_root(python, latest))
                asked = ("head" if name in latest else "absence", name)
                self.assertEqual(answer["proved"], asked[0])
                if name in latest:
                    self.assertEqual((answer["version"], bytes.fromhex(answer["hash"])), latest[name])
                self.assertEqual(python.verify(text, policy, asked=asked)["proved"], asked[0])
                for wrong in (("absence" if name in latest else "head", name), (asked[0], name + "x")):
                    self.assertRaises(python.Refused, python.verify, text, policy, asked=wrong)
                heads, absences = heads + (name in latest), absences + (name not in latest)
        print(f"{heads} heads, {absences} absences", file=sys.stderr)
        self.assertGreater(min(heads, absences), 0)

    def test_the_verifiers_in_python_and_in_cpp_say_the_same_of_all_and_of_mutants(self):
        python = load_python_verifier()
        if not python:
            self.skipTest("PyNaCl is not installed: batpak_verify.py was not asked")
        spoil = random.Random(SEED)
        asked = 0
        for log in self.logs()[:40]:
            policy = python.Policy(read(os.path.join(log, "policy")).decode())
            texts = [read(path) for path in self.files(log, ".proof")[:1] + self.files(log, ".proof")[-2:] + self.files(log, ".note")[:1]]
            texts += [self.mutant(spoil, text) for text in texts for _ in range(20)]
            paths = [os.path.join(log, f"{number}.mutant") for number in range(len(texts))]
            for path, text in zip(paths, texts):
                with open(path, "wb") as file:
                    file.write(text)
            for text, answer in zip(texts, self.verify(log, paths)):
                answer.pop("file")
                try:
                    expected = {"valid": True, **python.verify(text, policy)}
                except python.Refused as error:
                    expected = {"valid": False, "reason": error.reason}
                    answer.pop("detail", None)
                self.assertEqual(answer, expected, text)
                asked += 1
            asked += self.compare_growth(python, log, policy, spoil)
        print(f"{asked} texts, said the same", file=sys.stderr)
        self.assertGreater(asked, 20 * min(LOGS, 40))

    def compare_growth(self, python, log, policy, spoil):
        """Mutants of one proof of growth; how many."""
        asked = 0
        for growth in self.files(log, ".growth")[:1]:
            older = self.since(log, growth)
            for number in range(20):
                text = self.mutant(spoil, read(growth)) if number else read(growth)
                path = os.path.join(log, f"growth{number}.mutant")
                with open(path, "wb") as file:
                    file.write(text)
                (answer,) = self.verify(log, [path], "--since", older)
                try:
                    python.verify(text, policy, older=read(older))
                    expected = "valid"
                except python.Refused as error:
                    expected = error.reason
                self.assertEqual("valid" if answer["valid"] else answer["reason"], expected, text)
                asked += 1
        return asked

    def test_the_verifiers_in_python_and_in_cpp_read_the_same_policies(self):
        python = load_python_verifier()
        if not python:
            self.skipTest("PyNaCl is not installed: batpak_verify.py was not asked")
        log = self.logs()[0]
        own = read(os.path.join(log, "policy")).decode().splitlines()[0] + "\n"
        one, other = (self.witness(name, bytes([number] * 32)) for name, number in (("a", 1), ("b", 2)))
        same = self.witness("b", bytes([1] * 32))
        for text, is_good in (
                (own + "quorum none\n", True), (own, False), ("quorum none\n", False),
                (own + f"witness a {one}\nwitness b {other}\ngroup g all a b\nquorum g\n", True),
                (own + f"witness a {one}\nwitness b {same}\ngroup g all a b\nquorum g\n", False),
                (own + f"witness a {one}\nwitness b {other}\ngroup g any a b\ngroup h any a\nquorum h\n", False),
                (own + f"witness a {one}\ngroup g any a a\nquorum g\n", False),
                (own + "quorum none\nquorum none\n", False), (own + "quorum x\n", False)):
            path = os.path.join(log, "a policy")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            done = subprocess.run([os.environ["BATPAK_VERIFY"], "--policy", path, *self.files(log, ".note")[:1]],
                                  capture_output=True, check=False)
            self.assertEqual(done.returncode != 2, is_good, text)
            try:
                python.Policy(text)
                self.assertTrue(is_good, text)
            except ValueError:
                self.assertFalse(is_good, text)

    @staticmethod
    def witness(name, public):
        data = b"\x04" + public
        number = hashlib.sha256(name.encode() + b"\n" + data).hexdigest()[:8]
        return f"{name}+{number}+{base64.b64encode(data).decode()}"

    @staticmethod
    def mutant(spoil, text):
        """The text with a bit flipped, a line taken away, doubled or exchanged, or cut."""
        lines = text.split(b"\n")
        one, other = spoil.randrange(len(lines)), spoil.randrange(len(lines))
        way = spoil.randrange(6)
        if way < 2:
            at = spoil.randrange(len(text))
            return text[:at] + bytes([text[at] ^ 1 << spoil.randrange(8)]) + text[at + 1:]
        if way == 2:
            return b"\n".join(lines[:one] + lines[one + 1:])
        if way == 3:
            return b"\n".join(lines[:one] + [lines[one]] + lines[one:])
        if way == 4:
            lines[one], lines[other] = lines[other], lines[one]
            return b"\n".join(lines)
        return text[:spoil.randrange(len(text))]


if __name__ == "__main__":
    unittest.main()
