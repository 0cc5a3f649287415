#!/usr/bin/env python3
"""Checks that each ErrorCode is provoked by a test, which names it as ErrorCode::X.

Codes that no test provokes yet stand in errors_untested.txt. The list may only shrink: a code
that a test names must leave it (`errors.py --fix` takes such codes out), and no code is added.
"""

import os
import re
import sys

from _tree import ROOT, Tree, blank, run

HEADER = "include/batpak/base/error.hpp"
LIST = "tools/tidy/errors_untested.txt"


def enumerators(tree):
    body = re.search(r"enum class ErrorCode[^{]*\{(.*?)\}", blank(tree.files.get(HEADER, "")),
                     re.DOTALL)
    return re.findall(r"\b([A-Z]\w*)\s*(?:=\s*\d+\s*)?(?:,|$)", body[1].strip()) if body else []


def tested(tree):
    return {name for _, text in tree.code("tests/")
            for name in re.findall(r"ErrorCode::(\w+)", blank(text))}


def excused(tree):
    return [line for line in tree.files.get(LIST, "").splitlines()
            if line and not line.startswith("#")]


def check(tree):
    codes, named, listed = enumerators(tree), tested(tree), excused(tree)
    findings = [] if codes else [f"{HEADER}: no ErrorCode found"]
    findings += [f"{HEADER}: no test names ErrorCode::{code}" for code in codes
                 if code not in named and code not in listed]
    findings += [f"{LIST}: a test names {code} now: run tools/tidy/errors.py --fix"
                 for code in listed if code in named]
    findings += [f"{LIST}: there is no ErrorCode::{code}" for code in listed if code not in codes]
    return findings


def fix():
    tree = Tree.of_project()
    gone = tested(tree) | (set(excused(tree)) - set(enumerators(tree)))
    lines = tree.files[LIST].splitlines(keepends=True)
    with open(os.path.join(ROOT, LIST), "w", encoding="utf-8") as file:
        file.writelines(line for line in lines if line.strip() not in gone)


_HEADER = "enum class ErrorCode : std::uint16_t {\n    Io = 1,  // Torn, or so\n    Full\n};\n"
PLANTS = [
    ({HEADER: _HEADER, "tests/a_test.cpp": "f(ErrorCode::Io, ErrorCode::Full);"}, None),
    ({HEADER: _HEADER, "tests/a_test.cpp": "f(ErrorCode::Io);", LIST: "# why\nFull\n"}, None),
    ({HEADER: _HEADER, "tests/a_test.cpp": "f(ErrorCode::Io);"}, "names ErrorCode::Full"),
    ({HEADER: _HEADER, "tests/a_test.cpp": "f(ErrorCode::Io); // ErrorCode::Full"}, "::Full"),
    ({HEADER: _HEADER, "tests/a_test.cpp": "f(ErrorCode::Io);", LIST: "Full\nIo\n"}, "names Io"),
    ({HEADER: _HEADER, LIST: "Full\nIo\nGone\n"}, "no ErrorCode::Gone"),
    ({HEADER: "enum class Other {};"}, "no ErrorCode found"),
]

if __name__ == "__main__":
    if "--fix" in sys.argv[1:]:
        fix()
    run(check, PLANTS)
