#!/usr/bin/env python3
"""Checks preconditions: what a private header of the store requires, its function asserts.

A `Requires:` in the comment above a function of src/store is a promise of its callers. The function
asserts it, or the comment says who does, or why no one can:

    // Requires: begin <= end.                          an assert in the function
    // Requires: it is published (place_of() checks).   in the one that it calls
    // Requires: it is sealed (not checked: only the MANIFEST knows).

The function is looked for in the header and in the source of the same name.
"""

import re

from _tree import blank, line_of, run

COMMENT = re.compile(r"(?:^[ \t]*//[^\n]*\n)+", re.MULTILINE)
EXCUSED = re.compile(r"\((?:not checked: [^()]*(?:\([^()]*\)[^()]*)*|[\w:]+(?:\(\))? checks)\)")
ASSERTS = re.compile(r"\b(?:BATPAK_ASSERT|static_assert)\b")
NAME = re.compile(r"([\w~]+)\s*\(")


def body_from(code, position):
    """What stands between the braces of the definition that begins before `position`; None if the
    declaration ends without one."""
    depth, begin = 0, None
    for at in range(position, len(code)):
        if code[at] == ";" and begin is None and depth == 0:
            return None
        if code[at] == "{":
            begin = at if begin is None else begin
            depth += 1
        if code[at] == "}":
            depth -= 1
            if begin is not None and depth == 0:
                return code[begin:at]
    return None


def past_parameters(code, opening):
    """The position after the parenthesis that closes the one at `opening`."""
    depth = 0
    for at in range(opening, len(code)):
        depth += {"(": 1, ")": -1}.get(code[at], 0)
        if depth == 0:
            return at + 1
    return len(code)


def bodies(code, name):
    for match in re.finditer(rf"(?<![\w.>]){re.escape(name)}\s*\(", code):
        body = body_from(code, past_parameters(code, match.end() - 1))
        if body is not None:
            yield body


def promises(text):
    """(line, name of the function) of each comment with a promise that is not excused."""
    code = blank(text)
    for comment in COMMENT.finditer(text):
        words = " ".join(line.strip().removeprefix("//").strip() for line in comment[0].splitlines())
        if "Requires:" not in words or EXCUSED.search(words):
            continue
        declared = re.sub(r"\[\[\w+\]\]", lambda found: " " * len(found[0]), code[comment.end():])
        name = NAME.search(declared)
        if name:
            offset = comment[0].index("Requires:") + comment.start()
            yield line_of(text, offset), name[1]


def check(tree):
    files = dict(tree.code("src/store/"))
    findings = []
    for path, text in files.items():
        if not path.endswith(".hpp"):
            continue
        code = blank(text) + blank(files.get(path[:-4] + ".cpp", ""))
        for line, name in promises(text):
            if not any(ASSERTS.search(body) for body in bodies(code, name)):
                findings.append(f"{path}:{line}: {name}() asserts nothing of what it requires; "
                                "assert it, or say (not checked: why)")
    return findings


_HEADER = "class A {\n    // Two. Requires: n > 0.\n    [[nodiscard]] Result<int> half(int n) const;\n};\n"
_INLINE = "// Requires: n > 0.\ninline int half(int n) {\n    %s\n    return n / 2;\n}\n"
PLANTS = [
    ({"src/store/a.hpp": _HEADER,
      "src/store/a.cpp": "Result<int> A::half(int n) const {\n    BATPAK_ASSERT(n > 0);\n}\n"}, None),
    ({"src/store/a.hpp": _HEADER,
      "src/store/a.cpp": "Result<int> A::half(int n) const {\n    return n / 2;\n}\n"}, "half()"),
    ({"src/store/a.hpp": _HEADER}, "src/store/a.hpp:2"),
    ({"src/store/a.hpp": _INLINE % "BATPAK_ASSERT(n > 0);"}, None),
    ({"src/store/a.hpp": _INLINE % "use(n);"}, "half()"),
    ({"src/store/a.hpp": _INLINE % "// BATPAK_ASSERT(n > 0);"}, "half()"),
    ({"src/store/a.hpp": "// Requires: it is sealed (not checked: only\n// it (the MANIFEST) knows).\nint a();\n"}, None),
    ({"src/store/a.hpp": "// Requires: it is there (B::place_of() checks).\nint a();\n"}, None),
    ({"src/store/a.hpp": "// Requires: it is there (not checked).\nint a();\n"}, "a()"),
    ({"src/store/a.hpp": "// Requires: n.\nint a();\n// Not this one.\nint b() {\n    BATPAK_ASSERT(n);\n}\n"},
     "a()"),
    ({"src/base/a.hpp": "// Requires: n.\nint a();\n"}, None),
]

if __name__ == "__main__":
    run(check, PLANTS)
