"""What the checkers of this folder share: the files of the tree, their code, and how to report.

A checker has a function check(tree) that returns its findings as lines "path:line: what is wrong",
and a list of plants: small trees with a fault that check() must find. `checker.py` checks the
project, `checker.py --selftest` checks the checker.
"""

import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = ("include", "src", "tests", "examples", "bench", "fuzz", "tools", "cmake", "docs",
           "guide")
CODE = (".hpp", ".cpp", ".h", ".c")


class Tree:
    """A set of text files by path, relative to the root and with forward slashes."""

    def __init__(self, files):
        self.files = dict(sorted(files.items()))

    @staticmethod
    def of_project():
        files = {}
        for folder in FOLDERS:
            for where, folders, names in os.walk(os.path.join(ROOT, folder)):
                folders[:] = [name for name in folders
                              if name not in ("node_modules", "__pycache__", "corpus", "data")]
                for name in names:
                    path = os.path.join(where, name)
                    try:
                        with open(path, encoding="utf-8") as file:
                            files[os.path.relpath(path, ROOT).replace(os.sep, "/")] = file.read()
                    except UnicodeDecodeError:
                        continue  # Golden files and the like are not text.
        for name in os.listdir(ROOT):
            if name.endswith((".md", ".txt")) or name == "dev":
                with open(os.path.join(ROOT, name), encoding="utf-8") as file:
                    files[name] = file.read()
        return Tree(files)

    def code(self, *prefixes):
        """(path, text) of each C and C++ file under one of the prefixes; under any if none."""
        return [(path, text) for path, text in self.files.items()
                if path.endswith(CODE) and path.startswith(prefixes or ("",))]


TOKENS = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^\s()\\]{0,16})\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)


def blank(text, keep_comments=False):
    """The text with comments and the insides of literals made blank; every line keeps its place."""

    def replace(match):
        token = match[0]
        is_comment = token.startswith(("//", "/*"))
        if is_comment and keep_comments:
            return token
        inside = re.sub(r"[^\n]", " ", token)
        return inside if is_comment else token[0] + inside[1:-1] + token[-1]

    return TOKENS.sub(replace, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def run(check, plants):
    """`plants`: (files, words that a finding must hold; None: there must be no finding)."""
    if "--selftest" in sys.argv[1:]:
        faults = []
        for files, expected in plants:
            findings = check(Tree(files))
            if expected is None and findings:
                faults.append(f"selftest: a right tree is refused: {findings}")
            if expected is not None and not any(expected in finding for finding in findings):
                faults.append(f"selftest: not found: '{expected}' among {findings}")
        findings = faults
    else:
        findings = check(Tree.of_project())
    if findings:
        sys.exit("\n".join(findings))
