#!/usr/bin/env python3
"""Checks that each public name compiles in the way in which most users include batpak.

The public names are the classes, enumerations, concepts, aliases and functions of the namespace
batpak in the headers of include/ that <batpak/batpak.hpp> reaches. One unit includes that header
alone, names each of them in a using-declaration, and ends with tests/docs/public_names.cpp, which
uses each template with types of a user's: only then does a compiler look inside.

    public_names.py                               each template is used there
    public_names.py --compiler g++ --include DIR...   and the unit compiles
    public_names.py --selftest
"""

import argparse
import itertools
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
UMBRELLA = "batpak/batpak.hpp"
USES = "tests/docs/public_names.cpp"
STANDARDS = ("c++20", "c++23")
FLAGS = ["-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow",
         "-Werror", "-Wno-unused-variable", "-Wno-unused-but-set-variable",
         "-Wno-unused-local-typedefs", "-Wno-unused-const-variable", "-Wno-unused-template",
         "-fdiagnostics-color=never"]
INCLUDE = re.compile(r'^#include "(batpak/[\w/]+\.hpp)"', re.MULTILINE)
NAMED = re.compile(
    r"^(?P<template>template <[^\n]*(?:\n +[^\n]*)?\n(?: +requires [^\n]*\n(?: {8}[^\n]*\n)*)?)?"
    r"(?:(?:class|struct|enum class|concept) (?:\[\[nodiscard\]\] |[A-Z_]+\([^\n]*?\) )?(?P<thing>\w+)\b(?!<)"
    r"|using (?P<alias>\w+) ="
    r"|(?!using|friend|namespace|extern|return|template|class|struct|enum|concept|#)"
    r"(?:\[\[\w+\]\] )?(?:[\w:]+(?:<[^\n;={]*>)?[&*]? )+[&*]?(?P<function>[a-z]\w*)\()",
    re.MULTILINE)


def blank(text):
    return re.sub(r"//[^\n]*", "", text)


def reached(root, path=UMBRELLA, seen=None):
    """The headers that the umbrella includes, with itself first."""
    seen = [] if seen is None else seen
    full = os.path.join(root, "include", path)
    if path not in seen and os.path.exists(full):
        seen.append(path)
        with open(full, encoding="utf-8") as file:
            for name in INCLUDE.findall(file.read()):
                reached(root, name, seen)
    return seen


def in_batpak(text):
    """What stands in the namespace batpak itself, and in none inside it."""
    kept, inside, depth = [], [], 0  # inside: (name, depth outside) of the namespaces that are open
    for line in blank(text).split("\n"):
        opened = re.match(r"(?:inline )?namespace ([\w:]*) *\{", line)
        if opened:
            inside.append((opened[1], depth))
        elif [name for name, _ in inside] == ["batpak"]:
            kept.append(line)
        code = re.sub(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\'', "", line)
        depth += code.count("{") - code.count("}")
        while inside and depth <= inside[-1][1]:
            inside.pop()
    return "\n".join(kept)


def names_of(text):
    """(name, whether it is a template) of each public name."""
    for match in NAMED.finditer(in_batpak(text)):
        name = match["thing"] or match["alias"] or match["function"]
        if name != "operator":
            yield name, match["template"] is not None


def check(root, compilers, includes):
    plain, templates = set(), set()
    for path in reached(root):
        with open(os.path.join(root, "include", path), encoding="utf-8") as file:
            for name, is_template in names_of(file.read()):
                (templates if is_template else plain).add(name)
    with open(os.path.join(root, USES), encoding="utf-8") as file:
        uses = file.read()
    code = blank(uses)
    faults = [f"{USES}: does not use {name}" for name in sorted(templates)
              if not re.search(rf"\b{name}\b", code)]
    lines = [f"#include <{UMBRELLA}>", *[f"using batpak::{name};" for name in sorted(plain | templates)],
             f'#line 1 "{USES}"', uses]
    for compiler, standard in itertools.product(compilers if not faults else [], STANDARDS):
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "names.cpp")
            with open(source, "w", encoding="utf-8") as file:
                file.write("\n".join(lines))
            run = subprocess.run([compiler, f"-std={standard}", *FLAGS,
                                  *[f"-I{path}" for path in includes], source],
                                 capture_output=True, text=True, check=False)
            if run.returncode != 0:
                faults.append(f"{compiler}, {standard}:\n{run.stderr}")
    print(f"{len(plain)} names, {len(templates)} templates")
    return faults


SELFTEST = """namespace batpak {
namespace store {
class Hidden;
}
// struct Commented {};
struct Plain {
    int a = 0;
};
template <class T>
    requires std::copyable<T>
class Boxed final : public Plain {};
template <>
struct Boxed<int> {};
template <class T>
Result<T> opened(const T& value) {
    return value;
}
inline std::string to_text(Plain plain) { return {}; }
using Number = int;
}  // namespace batpak
"""


def selftest():
    faults = []
    found = sorted(set(names_of(SELFTEST)))
    expected = [("Boxed", True), ("Number", False), ("Plain", False), ("opened", True),
                ("to_text", False)]
    if found != expected:
        faults.append(f"selftest: names: {found}")
    for header, uses, words in (
            ("template <class T>\nT twice(T value) {\n    return value + value;\n}\n",
             "int four() { return batpak::twice(2); }\n", None),
            ("template <class T>\nT twice(T value) {\n    return value + nothing;\n}\n",
             "int four() { return batpak::twice(2); }\n", "nothing"),
            ("template <class T>\nT twice(T value) {\n    return value + value;\n}\n",
             "// batpak::twice\n", "does not use twice")):
        with tempfile.TemporaryDirectory() as root:
            for path, text in ((f"include/{UMBRELLA}", f"namespace batpak {{\n{header}}}\n"),
                               (USES, uses)):
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            text = "\n".join(check(root, ["g++"], [os.path.join(root, "include")]))
            if bool(text) != bool(words) or (words or "") not in text:
                faults.append(f"selftest: expected {words}, found {text}")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--selftest", action="store_true")
    parser.add_argument("--compiler", action="append", default=[])
    parser.add_argument("--include", action="append", default=[])
    options = parser.parse_args()
    faults = selftest() if options.selftest else check(ROOT, options.compiler, options.include)
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
