#!/usr/bin/env python3
"""Checks invariants: each number of docs/INVARIANTS.md is cited, and none is invented.

docs/INVARIANTS.md numbers them at the start of a line, a heading, a list item or a table row
("### W1", "- **W1**", "| W1 |"). Code and tests cite them as (INV W1) or (INV W1, W4): the code of
src/ or include/ where it upholds one, a test where it would fail without it.
"""

import re

from _tree import line_of, run

DOCUMENT = "docs/INVARIANTS.md"
NUMBERED = re.compile(r"^[#|*\-\s]*\*{0,2}([A-Z]{1,2}[0-9]{1,2})\b", re.MULTILINE)
# A comment may be broken inside a citation.
CITED = re.compile(r"\(INV[\s/]+([A-Z]{1,2}[0-9]{1,2}(?:,[\s/]*[A-Z]{1,2}[0-9]{1,2})*)\)")


def citations(tree):
    """number -> places that cite it."""
    places = {}
    for path, text in tree.code():
        for match in CITED.finditer(text):
            for number in re.split(r",[\s/]*", match[1]):
                places.setdefault(number, []).append(f"{path}:{line_of(text, match.start())}")
    return places


def check(tree):
    if DOCUMENT not in tree.files:
        return []  # Nothing is numbered yet.
    numbered = NUMBERED.findall(tree.files[DOCUMENT])
    cited = citations(tree)
    findings = [f"{DOCUMENT}: {number} is numbered twice"
                for number in sorted(set(numbered)) if numbered.count(number) > 1]
    findings += [f"{places[0]}: {number} is not in {DOCUMENT}"
                 for number, places in sorted(cited.items()) if number not in numbered]
    findings += [f"{DOCUMENT}: no test cites {number}" for number in dict.fromkeys(numbered)
                 if not any(place.startswith("tests/") for place in cited.get(number, []))]
    findings += [f"{DOCUMENT}: no code cites {number}; cite it where it is upheld"
                 for number in dict.fromkeys(numbered)
                 if not any(place.startswith(("src/", "include/")) for place in cited.get(number, []))]
    return findings


_DOCUMENT = "# Invariants\n\n### W1 Durable before visible\n- **C2**: text\n| W4 | text |\n"
_TEST = "// (INV W1, W4)\n// (INV C2)\n"
PLANTS = [
    ({"src/a.cpp": "// (INV W9)\n"}, None),
    ({DOCUMENT: _DOCUMENT, "tests/a_test.cpp": _TEST, "src/a.cpp": _TEST}, None),
    ({DOCUMENT: _DOCUMENT, "tests/a_test.cpp": _TEST, "src/a.cpp": "// (INV W1)\n",
      "include/a.hpp": "// (INV C2, W4)\n"}, None),
    ({DOCUMENT: _DOCUMENT, "tests/a_test.cpp": _TEST,
      "src/a.cpp": "// as it must be (INV W1,\n// C2). And (INV\n//    W4).\n"}, None),
    ({DOCUMENT: _DOCUMENT, "tests/a_test.cpp": _TEST}, "no code cites C2"),
    ({DOCUMENT: _DOCUMENT, "tests/a_test.cpp": _TEST, "src/a.cpp": "// (INV W9)\n"}, "W9 is not in"),
    ({DOCUMENT: _DOCUMENT, "tests/a_test.cpp": "// (INV W1, C2)\n"}, "no test cites W4"),
    ({DOCUMENT: _DOCUMENT, "src/a.cpp": _TEST}, "no test cites W1"),
    ({DOCUMENT: _DOCUMENT + "### W1\n", "tests/a_test.cpp": _TEST}, "numbered twice"),
]

if __name__ == "__main__":
    run(check, PLANTS)
