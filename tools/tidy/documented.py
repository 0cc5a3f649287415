#!/usr/bin/env python3
"""Checks that each public name of the namespace batpak has words about it.

The words of a class, an enumeration, a concept, an alias or a function are a comment above it or above
the group of lines in which it stands, a comment on the first line inside it, or the first comment of
its header, if that says its name. to_string() needs none, and neither do operators.
"""

import re

from _tree import blank, run

NAMESPACE = re.compile(r"(?:inline )?namespace ([\w:]*) *\{")
NAMED = re.compile(
    r"(?:(?:class|struct|enum class|concept) (?:\[\[\w+\]\] |[A-Z_]+\([^\n]*?\) )?(?P<thing>\w+)\b(?![<;])"
    r"|using (?P<alias>\w+) ="
    r"|(?!using|friend|namespace|extern|return|template|class|struct|enum|concept|requires|#)"
    r"(?:\[\[\w+\]\] )?(?:[\w:]+(?:<[^\n;={]*>)?[&*]? )+[&*]?(?P<function>[a-z]\w*)\()")
NEEDS_NONE = {"to_string", "operator"}


def public_headers(tree):
    return [(path, text) for path, text in tree.code("include/batpak/") if "/detail/" not in path]


def lines_of_batpak(text):
    """(number, line) of what stands in the namespace batpak itself, in no namespace or class inside it."""
    inside, depth = [], 0  # inside: (name, depth outside) of the namespaces that are open
    for number, (line, code) in enumerate(zip(text.split("\n"), blank(text).split("\n")), 1):
        opened = NAMESPACE.match(line)
        if opened:
            inside.append((opened[1], depth))
        elif [name for name, _ in inside] == ["batpak"] and depth == 1:
            yield number, line
        depth += code.count("{") - code.count("}")
        while inside and depth <= inside[-1][1]:
            inside.pop()


def unspoken(text):
    """(line, name) of each public name of a header without words."""
    opening = re.match(r"(?://[^\n]*\n)*", text)[0]
    lines, spoken = text.split("\n"), False
    for number, line in lines_of_batpak(text):
        if line.startswith("//") or not line.strip():
            spoken = line.startswith("//")
            continue
        match = NAMED.match(line)
        name = match and (match["thing"] or match["alias"] or match["function"])
        if not name or spoken or name in NEEDS_NONE or re.search(rf"\b{name}\b", opening):
            continue
        within = lines[number] if line.endswith("{") else ""
        if "//" not in line + within:
            yield number, name


def check(tree):
    return [f"{path}:{line}: nothing says what {name} is; write it above it"
            for path, text in public_headers(tree) for line, name in unspoken(text)]


_A = "include/batpak/a.hpp"
_BATPAK = "// A: one of the letters.\n#pragma once\nnamespace batpak {\n%s}  // namespace batpak\n"
PLANTS = [
    ({_A: _BATPAK % "class A {\n    int b();\n};\n"}, None),
    ({_A: _BATPAK % "class B {\n    int b();\n};\n"}, "a.hpp:4: nothing says what B is"),
    ({_A: _BATPAK % "// Two.\nclass B {\n    int b();\n};\nint half();\n"}, None),
    ({_A: _BATPAK % "// Two.\nclass B {\n    int b();\n};\n\nint half();\n"}, "what half is"),
    ({_A: _BATPAK % "struct B {\n    int two;  // Two.\n};\n"}, None),
    ({_A: _BATPAK % "struct B {\n    int two;\n    int one;  // One.\n};\n"}, "what B is"),
    ({_A: _BATPAK % "template <class T>\nconcept Half = true;\n"}, "what Half is"),
    ({_A: _BATPAK % "using B = int;\n"}, "what B is"),
    ({_A: _BATPAK % "class B;\nstd::string to_string(B b);\n"}, None),
    ({_A: _BATPAK % "namespace detail {\nclass B {};\n}  // namespace detail\n"}, None),
    ({"include/batpak/detail/b.hpp": _BATPAK % "class B {};\n"}, None),
]

if __name__ == "__main__":
    run(check, PLANTS)
