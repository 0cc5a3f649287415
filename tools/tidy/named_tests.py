#!/usr/bin/env python3
"""Checks that each test that a document names is there.

A document names a test as `Suite.Name`, where Suite has tests; or, in a table, as `Name` in a column
whose head is "test `Suite.`". Each row of such a table names one at least, and each test of the suite
stands in the table: what a page proves line by line has no line without a test, and no test that
proves nothing. A path under tests/ that a document names is there, too.
"""

import re

from _tree import blank, line_of, run

TEST = re.compile(r"\b(?:TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)"
                  r"\(\s*(\w+)\s*,\s*(\w+)")
NAMED = re.compile(r"`([A-Z]\w*)\.([A-Z]\w*)`")
PATH = re.compile(r"`(tests/[\w./-]+\.\w+)`")
HEAD = re.compile(r"^test `(\w+)\.`$")
NAME = re.compile(r"`(\w+)`")


def tests_of(tree):
    """suite -> names"""
    found = {}
    for _, text in tree.code("tests/"):
        for suite, name in TEST.findall(blank(text)):
            found.setdefault(suite, set()).add(name)
    return found


def cells(line):
    """The cells of a row of a table; a bar that is escaped belongs to its cell."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def tables(text):
    """(suite, [(line, cell)]) of each table that has such a column."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        heads = [HEAD.match(cell) for cell in cells(line)] if line.startswith("|") else []
        for column, head in enumerate(heads):
            if not head:
                continue
            rows = []
            for row in range(number + 2, len(lines)):
                if not lines[row].startswith("|"):
                    break
                of_row = cells(lines[row])
                rows.append((row + 1, of_row[column] if column < len(of_row) else ""))
            yield head[1], number + 1, rows


def check_tables(path, text, tests):
    findings = []
    for suite, at, rows in tables(text):
        named = set()
        for line, cell in rows:
            names = NAME.findall(cell)
            named.update(names)
            if not names:
                findings.append(f"{path}:{line}: the row names no test")
            findings += [f"{path}:{line}: there is no test {suite}.{name}" for name in names
                         if name not in tests.get(suite, ())]
        findings += [f"{path}:{at}: no row names {suite}.{name}"
                     for name in sorted(tests.get(suite, set()) - named)]
    return findings


def check(tree):
    tests = tests_of(tree)
    findings = []
    for path, text in tree.files.items():
        if not path.endswith(".md"):
            continue
        findings += check_tables(path, text, tests)
        for match in NAMED.finditer(text):
            suite, name = match.groups()
            if suite in tests and name not in tests[suite]:
                findings.append(f"{path}:{line_of(text, match.start())}: "
                                f"there is no test {suite}.{name}")
        findings += [f"{path}:{line_of(text, match.start())}: there is no {match[1]}"
                     for match in PATH.finditer(text) if match[1] not in tree.files]
    return findings


_TESTS = "TEST(A, One) {}\nTEST_F(A, Two) {}\n// TEST(A, Gone)\n"
_TABLE = "| must | test `A.` |\n|---|---|\n| a \\| b | `One`, `Two` |\n"
PLANTS = [
    ({"tests/a_test.cpp": _TESTS, "docs/a.md": _TABLE + "`A.One`, `tests/a_test.cpp`\n"}, None),
    ({"tests/a_test.cpp": _TESTS, "docs/a.md": "`A.Gone`\n"}, "docs/a.md:1: there is no test A.Gone"),
    ({"tests/a_test.cpp": _TESTS, "docs/a.md": "`B.Gone`, `ErrorCode.Io`\n"}, None),
    ({"tests/a_test.cpp": _TESTS, "docs/a.md": _TABLE + "| c | `Gone` |\n"}, "a.md:4: there is no test"),
    ({"tests/a_test.cpp": _TESTS, "docs/a.md": _TABLE + "| c | seen |\n"}, "a.md:4: the row names no"),
    ({"tests/a_test.cpp": _TESTS, "docs/a.md": _TABLE.replace(", `Two`", "")}, "no row names A.Two"),
    ({"docs/a.md": "`tests/gone_test.cpp`\n"}, "docs/a.md:1: there is no tests/gone_test.cpp"),
]

if __name__ == "__main__":
    run(check, PLANTS)
