#!/usr/bin/env python3
"""docs/TOOL.md, the help texts, the completions and the program say the same."""

import os
import re
import shutil
import subprocess
import unittest

from tool_runner import ENVIRONMENT, ROOT, TOOL, ToolTest

COMMON = {"-h", "--help", "--json"}


def section(text, title):
    """What stands under a heading."""
    level = re.search(rf"^(#+) {re.escape(title)}$", text, re.MULTILINE)
    rest = text[level.end():]
    end = re.search(rf"^#{{1,{len(level[1])}}} ", rest, re.MULTILINE)
    return rest[:end.start()] if end else rest


class Docs(ToolTest):
    @classmethod
    def setUpClass(cls):
        with open(os.path.join(ROOT, "docs", "TOOL.md"), encoding="utf-8") as file:
            cls.document = file.read()

    def commands(self):
        text = self.run_tool("--help").out
        return re.findall(r"^  ([a-z-]+)\s", text[text.index("Subcommands:"):], re.MULTILINE)

    def options(self, command):
        text = self.run_tool(command, "--help").out
        found = re.findall(r"^  ((?:-\w,)?--[\w-]+)", text, re.MULTILINE)
        return {name for names in found for name in names.split(",")} - COMMON

    def test_each_command_has_its_section_and_each_section_its_command(self):
        titles = re.findall(r"^### (.*)$", section(self.document, "Commands"), re.MULTILINE)
        self.assertEqual(titles, self.commands())

    def test_each_option_is_documented_and_each_documented_option_is_there(self):
        filters = {option for option in self.options("query")}
        for command in self.commands():
            text = section(self.document, command)
            said = set(re.findall(r"(?<![\w-])(--?[a-z][\w-]*)", text))
            there = self.options(command)
            with self.subTest(command=command):
                inherited = filters if command in ("stream", "tail", "project", "graph", "compact",
                                                     "export") else set()
                self.assertEqual(there - said - inherited, set())
                others = {"query": {"--entity"}, "stream": {"--entity"},
                          "bisect": {"--at", "--entity", "--fold"},  # of the command that it runs
                          "watch": {"--follow"},  # of tail
                          "import": {"--json"}}.get(command, set())
                examples = {"-o"} | COMMON
                self.assertEqual(said - there - others - examples, set())

    def test_the_manual_page_has_each_command_option_and_topic(self):
        page = self.run_tool("man").out
        plain = re.sub(r"\\f[IBR]", "", page).replace("\\-", "-")
        for command in self.commands():
            part = re.search(rf"^\.SS batpak {command}\b(.*?)(?=^\.S[SH])", plain, re.MULTILINE | re.DOTALL)
            self.assertTrue(part, command)
            for option in self.options(command):
                self.assertRegex(part[1], rf"\n\.B (.*, )?{option}(,| |\n)")
        for topic in ("exit codes", "import format", "json"):
            self.assertIn(f".SH {topic}\n", plain)
        self.assertEqual(page, self.run_tool("man").out)

    def test_the_manual_page_is_good_troff(self):
        if not shutil.which("groff"):
            self.skipTest("groff is not installed")
        page = self.run_tool("man").out
        made = subprocess.run(["groff", "-man", "-Tutf8", "-P-cbou", "-ww", "-Kutf8"], input=page, capture_output=True, text=True,
                              check=True, env=ENVIRONMENT)
        self.assertEqual(made.stderr, "")
        self.assertIn("--entity-prefix", made.stdout)
        self.assertIn('{"$bytes": "<hex>"}', made.stdout)

    def test_exit_codes(self):
        rows = re.findall(r"^\| (\d+) \| (.*?) \| (.*?) ?\|$", section(self.document, "Exit codes"),
                          re.MULTILINE)
        said = [(code, meaning + (f" ({classes})" if classes else ""))
                for code, meaning, classes in rows]
        lines = self.run_tool("help", "exit-codes").out.split("\n\n")[0]
        self.assertEqual(said, re.findall(r"^ +(\d+)  (.*)$", lines, re.MULTILINE))
        with open(os.path.join(ROOT, "include/batpak/base/error.hpp"), encoding="utf-8") as file:
            body = re.search(r"enum class ErrorClass[^{]*\{(.*?)\}", file.read(), re.DOTALL)[1]
        classes = re.findall(r"^\s*(\w+),", body, re.MULTILINE)
        listed = re.findall(r"[A-Z]\w+", " ".join(row[2] for row in rows))
        self.assertEqual(sorted(listed), sorted(classes))

    def test_members_of_events(self):
        table = section(self.document, "Events as JSON")
        said = [name for cell in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
                for name in re.findall(r"`(\w+)`", cell)]
        helped = self.run_tool("help", "json").out
        rows = re.findall(r"^  ((?:\w+, )?\w+)  ", helped, re.MULTILINE)
        self.assertEqual([name for row in rows for name in row.split(", ")], said)
        self.make_store()
        first = self.append("e", "s", "0xF001", 1)
        self.append("e", "s", "0xF001", 1, "--kind-name", "n", "--meta", "a=b", "--tag", "t", "--key", "k", "--flags", "256",
                    "--causation", first["id"], "--correlation", first["id"])
        event = self.run_tool("get", self.store, "1", "--json").line
        only_sometimes = {"encrypted", "batch_index", "batch_count"}
        of_erased = {"erased", "erased_bytes"}
        self.assertEqual(list(event), [name for name in said if name not in only_sometimes | of_erased])
        self.run_tool("compact", self.store, "--tombstone", "--reason", "why", "--id", event["id"])
        erased = self.run_tool("get", self.store, "1", "--json").line
        self.assertEqual(list(erased), [name for name in said if name not in only_sometimes | {"payload"}])

    def test_members_of_lines_to_import(self):
        table = section(self.document, "import")
        said = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
        helped = re.findall(r"^  (\w+)  ", self.run_tool("help", "import-format").out, re.MULTILINE)
        self.assertEqual(said, helped)

    def test_members_of_other_results(self):
        self.make_store(("e", "s", "0xF001", 1))
        results = {"verify": ["verify", self.store], "stats": ["stats", self.store],
                   "segments": ["segments", self.store], "dump": ["dump", self.store, "-l", "1"],
                   "append": ["append", self.store, "e", "s", "0xF001", "1"],
                   "import": ["import", self.store], "init": ["init", self.store + "2"]}
        events = set(re.findall(r"`(\w+)`", section(self.document, "Events as JSON")))
        for command, words in results.items():
            said = set(re.findall(r"`(\w+)`", section(self.document, command)))
            if command == "dump":
                said |= events
            members = set(self.run_tool(*words, "--json").line)
            self.assertEqual(members - said, set(), command)


class Examples(ToolTest):
    """What the document shows can be typed."""

    def run_shell(self, text):
        os.makedirs(os.path.join(self.folder, "bin"), exist_ok=True)
        path = os.path.join(self.folder, "bin", "batpak")
        if not os.path.exists(path):
            os.symlink(TOOL, path)
        return subprocess.run(["bash", "-e", "-o", "pipefail", "-c", text], cwd=self.folder,
                              capture_output=True, text=True, check=False,
                              env={**ENVIRONMENT, "PATH": os.path.dirname(path) + ":/usr/bin:/bin"})

    def examples(self, title=None):
        with open(os.path.join(ROOT, "docs", "TOOL.md"), encoding="utf-8") as file:
            text = file.read()
        text = section(text, title) if title else text[:text.index("## Commands")]
        return re.findall(r"^    (.*batpak .*)$", text, re.MULTILINE)

    def test_the_first_commands_do_what_they_say(self):
        commands = self.examples()
        self.assertEqual(len(commands), 4)
        done = self.run_shell("\n".join(commands))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn('player:alice v0  room:dungeon  {"hp":10}', done.stdout)
        self.assertIn("whole  1 event,", done.stdout)
        self.assertIn("already", self.run_shell(commands[0]).stderr)

    def test_the_scripts_of_completions_go_where_they_are_put(self):
        (bash, zsh, fish) = self.examples("completions")
        zsh = zsh.replace("${fpath[1]}", self.folder)
        fish = fish.replace("~/.config/fish/completions", self.folder)
        for command in (bash, zsh, fish):
            done = self.run_shell(command)
            self.assertEqual((done.returncode, done.stderr), (0, ""), command)
        self.assertGreater(os.path.getsize(os.path.join(self.folder, "_batpak")), 1000)
        self.assertGreater(os.path.getsize(os.path.join(self.folder, "batpak.fish")), 1000)

    def test_the_pipe_from_one_store_to_another_works(self):
        with open(os.path.join(ROOT, "docs", "TOOL.md"), encoding="utf-8") as file:
            (pipe,) = re.findall(r"`(batpak query A [^`]*\| batpak import [^`]*)`", file.read())
        done = self.run_shell("batpak init A; batpak append A e s 0xF001 7; batpak init B\n" + pipe)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("1 event imported", done.stdout)
        self.assertEqual(self.run_shell("batpak query B --count").stdout, "1\n")


class Completions(ToolTest):
    def bash(self, *words):
        """What bash offers for the last of the words."""
        if not shutil.which("bash"):
            self.fail("the tests need bash")
        script = self.run_tool("completions", "bash").out
        quoted = " ".join("'" + word + "'" for word in ("batpak", *words))
        program = (script + f"COMP_WORDS=({quoted}); COMP_CWORD={len(words)}; _batpak\n"
                   'printf "%s\\n" "${COMPREPLY[@]}"\n')
        answer = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True,
                                cwd=self.folder)
        self.assertEqual(answer.stderr, "")
        return sorted(answer.stdout.split())

    def test_bash_offers_commands_options_choices_and_directories(self):
        os.mkdir(os.path.join(self.folder, "data"))
        self.file("lines.ndjson", "")
        self.assertEqual(self.bash("s"), ["salvage", "scrub", "segments", "serve", "snapshot", "stats", "stream"])
        self.assertEqual(self.bash("query", "--enti"), ["--entity", "--entity-prefix"])
        self.assertEqual(self.bash("query", ""), ["data"])
        self.assertEqual(self.bash("query", "--limit", ""), [])
        self.assertEqual(self.bash("lists", ""), ["entities", "kinds", "scopes", "tags"])
        self.assertEqual(self.bash("lists", "kinds", ""), ["data"])
        self.assertEqual(self.bash("lists", "--prefix", "x", "k"), ["kinds"])
        self.assertEqual(self.bash("import", "data", ""), ["data", "lines.ndjson"])
        self.assertEqual(self.bash("import", "data", "--map", "l"), ["lines.ndjson"])
        self.assertEqual(self.bash("completions", "f"), ["fish"])
        self.assertIn("exit-codes", self.bash("help", ""))

    def test_each_shell_knows_each_command_and_option(self):
        commands = Docs.commands(self)
        for shell in ("bash", "zsh", "fish"):
            script = self.run_tool("completions", shell).out
            for command in commands:
                self.assertIn(command, script)
                for option in Docs.options(self, command):
                    name = option if shell != "fish" else option.replace("--", "-l ", 1)
                    if shell != "fish" or option.startswith("--"):
                        self.assertIn(name, script)
            if shutil.which(shell):
                path = self.file("script", script)
                subprocess.run([shell, "-n", path], check=True)


if __name__ == "__main__":
    unittest.main()
