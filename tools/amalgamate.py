#!/usr/bin/env python3
"""Makes the library two files, batpak.hpp and batpak.cpp, for programs that have no build system for more.

    tools/amalgamate.py <folder>                    writes them; default: build/amalgamation
    tools/amalgamate.py <folder> --expected FILE    with that tl/expected.hpp (default: as the compiler finds it)

    c++ -std=c++20 program.cpp batpak.cpp -ldeflate -lblake3 -pthread

batpak.hpp is what batpak/batpak.hpp includes, tl::expected among it. With BATPAK_WITH_JSON defined it has
batpak/json.hpp too. batpak.cpp needs the headers of nlohmann_json and libdeflate. It uses BLAKE3 where the compiler finds blake3.h, unless
BATPAK_HAVE_BLAKE3 is defined as 0; without it, new stores carry no hashes. The components testing, lmdb and
sqlite are not in it.

Each file of the project is taken in once, in the place of its first include. The sources stand in the order of the
layers. No two of them give a local name twice: tools/tidy/unity.py sees to that.
"""

import argparse
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tools", "tidy"))
import unity  # noqa: E402

OWN_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include "([^"]+)"[^\n]*$')
SYSTEM_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include <([^>]+)>")
CONDITION = re.compile(r"^[ \t]*#[ \t]*(if|ifdef|ifndef|endif)\b")

# What batpak's own build leaves out of its warnings (cmake/BatpakWarnings.cmake).
QUIET = ("#if defined(__clang__)",
         '#pragma clang diagnostic ignored "-Wmissing-field-initializers"',
         "#elif defined(__GNUC__)",
         '#pragma GCC diagnostic ignored "-Wmissing-field-initializers"',
         '#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"',
         # GCC bug 105651: it sees overlaps inside std::string that are not there.
         '#pragma GCC diagnostic ignored "-Wrestrict"',
         "#endif")

HEADER = """\
// batpak {version}: an embedded, tamper-evident event store for C++20, as two files.
// Made by tools/amalgamate.py: change the sources, not this.
//
// batpak's licence: MIT or Apache-2.0, at your option; the text of MIT:
//
{licence}
//
// tl::expected, which stands in batpak.hpp, is dedicated to the public domain (CC0-1.0).
"""


class Amalgamation:
    """Files taken in once each, with what they include before what they say."""

    def __init__(self, version, expected):
        self.version, self.expected = version, expected
        self.taken = set()

    def find(self, name):
        for folder in ("include", "src"):
            path = os.path.join(ROOT, folder, name)
            if os.path.exists(path):
                return path
        return None

    def read(self, name):
        if name == "batpak/version.hpp":
            with open(os.path.join(ROOT, "cmake", "version.hpp.in"), encoding="utf-8") as file:
                text = file.read().replace("@PROJECT_VERSION@", self.version)
            for part, number in zip(("MAJOR", "MINOR", "PATCH"), self.version.split(".")):
                text = text.replace(f"@PROJECT_VERSION_{part}@", number)
            return text
        path = self.find(name)
        if path is None:
            sys.exit(f"amalgamate: no file of the project is called {name}")
        with open(path, encoding="utf-8") as file:
            return file.read()

    def take(self, name):
        """The lines of a file and of what it includes; none if it was taken before."""
        if name in self.taken:
            return []
        self.taken.add(name)
        out, depth = [], 0
        for line in self.read(name).split("\n"):
            condition = CONDITION.match(line)
            if condition:
                depth += -1 if condition[1] == "endif" else 1
            own, system = OWN_INCLUDE.match(line), SYSTEM_INCLUDE.match(line)
            if line.strip() == "#pragma once":
                continue
            if own and depth == 0:
                out += self.take(own[1])
            elif own:
                out += self.take_conditional(own[1], name)
            elif system and system[1] == "tl/expected.hpp":
                out += self.take_expected()
            else:
                out.append(line.replace('__has_include("batpak/fmt.hpp")', "1"))
        return [f"// ---- {name}"] + out

    def take_conditional(self, name, where):
        """What is included under a condition must include nothing itself that others need without it."""
        before = set(self.taken)
        lines = self.take(name)
        strangers = self.taken - before - {name}
        if strangers:
            sys.exit(f"amalgamate: {where} includes {name} under a condition, and with it {strangers}: include those "
                     "before")
        return lines

    def take_expected(self):
        if "tl/expected.hpp" in self.taken:
            return []
        self.taken.add("tl/expected.hpp")
        with open(self.expected, encoding="utf-8") as file:
            return ["// ---- tl/expected.hpp"] + file.read().rstrip("\n").split("\n")

    def header(self):
        out = self.take("batpak/batpak.hpp")
        for name in ("batpak/event/hash_chain.hpp",):
            out += self.take(name)
        out += ["", "#ifdef BATPAK_WITH_JSON"]
        for name in ("batpak/json.hpp", "batpak/outcome_json.hpp"):
            out += self.take_conditional(name, "batpak.hpp")
        return out + ["#endif"]

    def source(self, files):
        out = ["#define BATPAK_WITH_JSON", '#include "batpak.hpp"', "", *QUIET, "",
               "#ifndef BATPAK_HAVE_BLAKE3", "#if __has_include(<blake3.h>)", "#define BATPAK_HAVE_BLAKE3 1", "#else",
               "#define BATPAK_HAVE_BLAKE3 0", "#endif", "#endif",
               "// The inner functions of BLAKE3, which hash several messages side by side, are in no header of it.",
               "#define BATPAK_BLAKE3_FROM_SOURCES 0"]
        for path in files:
            out += self.take(os.path.relpath(path, "src"))
        return out


def project_version():
    with open(os.path.join(ROOT, "CMakeLists.txt"), encoding="utf-8") as file:
        return re.search(r"project\(batpak VERSION ([0-9.]+)", file.read())[1]


def find_expected():
    answer = subprocess.run([os.environ.get("CXX", "c++"), "-std=c++20", "-E", "-x", "c++", "-"],
                            input="#include <tl/expected.hpp>\n", capture_output=True, text=True)
    match = re.search(r'"([^"]*/tl/expected\.hpp)"', answer.stdout)
    if not match:
        sys.exit("amalgamate: the compiler finds no tl/expected.hpp: name one with --expected")
    return match[1]


def library_sources():
    tree = unity.Tree.of_project()
    return [path for path, _ in unity.sources(tree)]


def write(path, lines, preamble):
    text = preamble + "\n".join(lines) + "\n"
    text = re.sub(r"\n{3,}", "\n\n", text)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    print(f"{path}: {text.count(chr(10))} lines")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default=os.path.join(ROOT, "build", "amalgamation"))
    parser.add_argument("--expected")
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    with open(os.path.join(ROOT, "LICENSE-MIT"), encoding="utf-8") as file:
        licence = "\n".join(f"//   {line}".rstrip() for line in file.read().strip().split("\n"))
    version = project_version()
    preamble = HEADER.format(version=version, licence=licence)
    made = Amalgamation(version, arguments.expected or find_expected())
    write(os.path.join(arguments.folder, "batpak.hpp"), ["#pragma once"] + made.header(), preamble)
    write(os.path.join(arguments.folder, "batpak.cpp"), made.source(library_sources()), preamble)


if __name__ == "__main__":
    main()
