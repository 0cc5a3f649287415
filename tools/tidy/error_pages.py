#!/usr/bin/env python3
"""Checks that docs/reference/ERRORS.md explains each ErrorCode: one row, in the section of its class.

A section has the name of the class as its heading, and its rows begin with the code:

    ## Busy
    | code | cause | cure |
    |---|---|---|
    | `StoreLocked` | another handle has it open for writing | close that one |
"""

import re

from _tree import line_of, run

TABLE = "src/base/error.cpp"
PAGE = "docs/reference/ERRORS.md"
ENTRY = re.compile(r"\{ErrorCode::(\w+),\s*ErrorClass::(\w+),")
ROW = re.compile(r"^\| `(\w+)` \| ([^|\n]*) \| ([^|\n]*) \|$", re.MULTILINE)


def section_of(text, place):
    headings = re.findall(r"^## (\w+)$", text[:place], re.MULTILINE)
    return headings[-1] if headings else ""


def check(tree):
    classes = dict(ENTRY.findall(tree.files.get(TABLE, "")))
    page = tree.files.get(PAGE, "")
    findings = [] if classes else [f"{TABLE}: no table of error codes found"]
    seen = set()
    for row in ROW.finditer(page):
        code, cause, cure = row.groups()
        where = f"{PAGE}:{line_of(page, row.start())}"
        if code not in classes:
            findings.append(f"{where}: there is no ErrorCode::{code}")
        elif section_of(page, row.start()) != classes[code]:
            findings.append(f"{where}: {code} is of class {classes[code]}: move it there")
        if code in seen:
            findings.append(f"{where}: {code} has a row already")
        if not cause.strip() or not cure.strip():
            findings.append(f"{where}: {code} has no cause, or no cure")
        seen.add(code)
    return findings + [f"{PAGE}: no row for {code}, of class {classes[code]}"
                       for code in classes if code not in seen]


_TABLE = "{ErrorCode::Io, ErrorClass::Io, \"Io\"},\n{ErrorCode::Full, ErrorClass::Full, \"Full\"},\n"
_PAGE = "# Errors\n\n## Io\n\n| `Io` | a | b |\n\n## Full\n\n| `Full` | c | d |\n"
PLANTS = [
    ({TABLE: _TABLE, PAGE: _PAGE}, None),
    ({TABLE: _TABLE, PAGE: _PAGE.replace("| `Io` | a | b |\n", "")}, "no row for Io, of class Io"),
    ({TABLE: _TABLE, PAGE: _PAGE.replace("## Full\n", "")}, "Full is of class Full: move it there"),
    ({TABLE: _TABLE, PAGE: _PAGE + "| `Full` | c | d |\n"}, "Full has a row already"),
    ({TABLE: _TABLE, PAGE: _PAGE.replace("| d |", "|  |")}, "Full has no cause, or no cure"),
    ({TABLE: _TABLE, PAGE: _PAGE + "| `Gone` | c | d |\n"}, "there is no ErrorCode::Gone"),
    ({TABLE: "", PAGE: _PAGE}, "no table of error codes found"),
]

if __name__ == "__main__":
    run(check, PLANTS)
