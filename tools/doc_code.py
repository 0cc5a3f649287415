#!/usr/bin/env python3
"""Compiles the code in the documents and in the comments of public headers.

Fragments are the ```cpp blocks of README.md, docs/ and guide/src/ that quote no example
(tools/docs.py checks those that do) and are no file of a transcript (tools/transcripts.py compiles
those), and the indented examples in the comments of include/: lines of five or more spaces behind
`//`, after an empty comment line or a colon. Each has a name, its file and its number in it:

    include/batpak/store/store.hpp 1

tests/docs/fragments.cpp says what stands around each fragment. A line `// FRAGMENT <name>` in it is
replaced by the text; a line `// TEXT <name>` says that it is a table or a diagram, and no code. Each
fragment has one such line. In a fragment, `{ ... }` stands for `{}`, and a line that begins with
`...` for nothing.

    doc_code.py --compiler g++ --include DIR...   each fragment compiles, with the warnings of users
    doc_code.py --selftest
"""

import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SCENE = "tests/docs/fragments.cpp"
# What users compile with; but an example may name what it does not use.
FLAGS = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow",
         "-Werror", "-Wno-unused-variable", "-Wno-unused-but-set-variable", "-Wno-unused-function",
         "-Wno-unused-parameter",
         "-fdiagnostics-color=never"]
FENCE = re.compile(r"^```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"^ *// (FRAGMENT|TEXT) (\S+ \d+)(?: .*)?$")


def in_document(text):
    """(line, code) of each ```cpp block that quotes no example and is no file of a transcript."""
    for match in FENCE.finditer(text):
        before = text[:match.start()].rstrip("\n").rsplit("\n", 1)[-1]
        if not before.startswith(("<!-- snippet:", "<!-- file:")):
            yield text.count("\n", 0, match.start()) + 2, match[1]


def in_header(text):
    """(line, code) of each indented example in the comments."""
    lines = [re.sub(r"^\s+//", "//", line) for line in text.split("\n")]
    number = 0
    while number < len(lines):
        before = lines[number - 1] if number else ""
        if not (re.match(r"//     \S", lines[number]) and
                (before == "//" or before.startswith("//") and before.endswith(":"))):
            number += 1
            continue
        end = number
        while lines[end].startswith("//     "):
            end += 1
        yield number + 1, "".join(line[7:] + "\n" for line in lines[number:end])
        number = end


def fragments(root):
    """{name: (file, line, code)}"""
    found = {}
    documents = ["README.md"]
    for pattern in ("docs/*.md", "docs/reference/*.md", "docs/spec/*.md", "guide/src/**/*.md"):
        documents += sorted(glob.glob(pattern, root_dir=root, recursive=True))
    headers = sorted(glob.glob("include/**/*.hpp", root_dir=root, recursive=True))
    for paths, extract in ((documents, in_document), (headers, in_header)):
        for path in paths:
            if not os.path.exists(os.path.join(root, path)):
                continue
            with open(os.path.join(root, path), encoding="utf-8") as file:
                text = file.read()
            for count, (line, code) in enumerate(extract(text), 1):
                found[f"{path} {count}"] = (path, line, code)
    return found


def in_full(code):
    code = re.sub(r"\{ *\.\.\. *\}", "{}", code)
    return re.sub(r"^ *\.\.\..*$", "", code, flags=re.MULTILINE)


def compose(scene, found):
    """The text to compile, and what is wrong with the places."""
    faults, seen, output = [], set(), []
    for number, line in enumerate(scene.split("\n"), 1):
        place = PLACE.match(line)
        if not place:
            output.append(line)
            continue
        kind, name = place.groups()
        if name not in found:
            faults.append(f"{SCENE}:{number}: there is no fragment {name}")
            continue
        if name in seen:
            faults.append(f"{SCENE}:{number}: {name} has a place already")
        seen.add(name)
        if kind == "FRAGMENT":
            path, start, code = found[name]
            output += [f'#line {start} "{path}"', in_full(code), f'#line {number + 1} "{SCENE}"']
    faults += [f"{found[name][0]}:{found[name][1]}: {SCENE} has no place for {name}"
               for name in found if name not in seen]
    return "\n".join(output), faults


def check(root, compilers, includes):
    found = fragments(root)
    with open(os.path.join(root, SCENE), encoding="utf-8") as file:
        text, faults = compose(file.read(), found)
    for compiler in compilers if not faults else []:
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "fragments.cpp")
            with open(source, "w", encoding="utf-8") as file:
                file.write(f'#line 1 "{SCENE}"\n' + text)
            command = [compiler, *FLAGS, *[f"-I{path}" for path in includes], source]
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            if run.returncode != 0:
                faults.append(f"{compiler}:\n{run.stderr}")
    print(f"{len(found)} fragments")
    return faults


SELFTEST_HEADER = """// A: a thing.
//
//     int a = f(1);
//     if (a) { ... }
//     ... and more
//
// Errors:  none of them, and
//          never
"""


def selftest():
    faults = []
    blocks = list(in_header(SELFTEST_HEADER))
    if blocks != [(3, "int a = f(1);\nif (a) { ... }\n... and more\n")]:
        faults.append(f"selftest: blocks of a header: {blocks}")
    document = ("text\n```cpp\nint b;\n```\n<!-- snippet: a.cpp#x -->\n```cpp\nint c;\n```\n"
                "<!-- file: b.cpp -->\n```cpp\nint d;\n```\n")
    if list(in_document(document)) != [(3, "int b;\n")]:
        faults.append("selftest: blocks of a document")
    with tempfile.TemporaryDirectory() as root:
        os.makedirs(os.path.join(root, "include"))
        os.makedirs(os.path.join(root, "tests/docs"))
        with open(os.path.join(root, "include/a.hpp"), "w", encoding="utf-8") as file:
            file.write(SELFTEST_HEADER)
        good = "int f(int);\nvoid g();\nvoid g() {\n    // FRAGMENT include/a.hpp 1\n}\n"
        for scene, words in ((good, None), (good.replace("f(int)", "f()"), "include/a.hpp:3"),
                             ("", "no place for"), (good + "// TEXT include/a.hpp 1\n", "already"),
                             (good + "// TEXT include/b.hpp 1\n", "there is no fragment")):
            with open(os.path.join(root, SCENE), "w", encoding="utf-8") as file:
                file.write(scene)
            text = "\n".join(check(root, ["g++"], []))
            if (words or "") not in text or bool(text) != bool(words):
                faults.append(f"selftest: expected {words}, found {text}")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--selftest", action="store_true")
    parser.add_argument("--compiler", action="append", default=[])
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        for name, (_, _, code) in fragments(ROOT).items():
            print(f"// FRAGMENT {name}\n{code}")
        return
    faults = selftest() if options.selftest else check(ROOT, options.compiler, options.include)
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
