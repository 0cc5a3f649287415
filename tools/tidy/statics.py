#!/usr/bin/env python3
"""Checks that no static or thread_local object of include/ and src/ has a destructor.

A user's store may be a static object, or be used in an atexit handler or in a destructor that runs
at the end of a thread or of the program. By then an object of batpak's with a destructor may be gone.
So each is of a type of TRIVIAL, which have none, or stands in EXCUSED with its reason. src/tool
is a program, and is left out. tests/odr/destructors.py checks the same of the compiled library.
"""

import re

from _tree import blank, line_of, run

# Types without a destructor, as they stand in the code.
TRIVIAL = re.compile(
    r"(std::)?(u?int(8|16|32|64)_t|size_t|uintptr_t|byte|sig_atomic_t)|bool|int|unsigned|char|Hash|Key|KeyHash"
    r"|Blake3Context|std::atomic<.*>|std::mutex|Lasting<.*>|struct sigaction|.*\*( const)?$")

# (file, name): why its destructor does no harm.
EXCUSED = {
    ("src/base/scratch_buffer.cpp", "of_thread"):
        "frees a thread's buffers when the thread ends; nobody looks at it afterwards",
    ("src/base/system/real_entropy.cpp", "entropy_pool"): "its type, an array and two numbers, has no destructor",
}

# A static or thread_local object, or one of a namespace that is neither: type, name, initializer.
STORED = re.compile(
    r"^[ \t]*(?P<words>(?:(?:static|thread_local|inline|const|constinit|constexpr|extern)\s+)*)"
    r"(?P<type>[A-Za-z_][\w:]*(?:<[^;{}()]*>)?(?:\s+const)?[\s*&]*?(?:\*\s*const\s+|\s|[*&]))"
    r"(?P<name>[a-z_]\w*)\s*(?P<after>=|\{|;|\((?![^)]*\)\s*(?:const\b|noexcept\b|override\b|\{|;|:|->)))",
    re.MULTILINE)


def objects(text):
    """(position, type, name) of each object that lives as long as its thread or the program."""
    text = blank(text)
    for match in STORED.finditer(text):
        words = match["words"].split()
        if "constexpr" in words or "extern" in words:
            continue
        if not {"static", "thread_local", "inline", "constinit"} & set(words):
            continue
        kind = re.sub(r"\s+", " ", match["type"]).strip()
        if kind in ("namespace", "return", "class", "struct", "using"):
            continue
        yield match.start("type"), kind, match["name"]


def check(tree):
    findings, used = [], set()
    for path, text in tree.code("include/", "src/"):
        if path.startswith("src/tool/"):
            continue
        for position, kind, name in objects(text):
            if (path, name) in EXCUSED:
                used.add((path, name))
            elif not TRIVIAL.fullmatch(kind):
                findings.append(f"{path}:{line_of(text, position)}: '{name}' of type {kind} may be used "
                                "after its destructor: make it trivial, or Lasting")
    findings += [f"{path}: no static object '{name}': take it out of tools/tidy/statics.py"
                 for path, name in EXCUSED if path in tree.files and (path, name) not in used]
    return findings


def _in(code, path="src/a/a.cpp"):
    return {path: code}


PLANTS = [
    (_in("    static const Blake3Context context(kContext);\n"), None),
    (_in("    static Lasting<Paths> paths;\n"), None),
    (_in("    static const Lasting<const std::vector<Name>> none;\n"), None),
    (_in("thread_local constinit Pool* pool = nullptr;\n"), None),
    (_in("    static Ledger* const ledger = make();\n"), None),
    (_in("    static std::atomic<std::uint32_t> threads{0};\n"), None),
    (_in("static Result<int> open(const std::string& path);\n"), None),
    (_in("static Pool of(std::size_t count) noexcept {\n"), None),
    (_in("inline std::string text(int number) {\n"), None),
    (_in("    static constexpr std::array<int, 2> kBoth{1, 2};\n"), None),
    (_in("// static std::string text;\n"), None),
    (_in("    static std::string text;\n", "src/tool/a.cpp"), None),
    (_in("    static std::string text;\n"), "'text' of type std::string"),
    (_in("    static const std::vector<Name> none;\n"), "'none' of type std::vector<Name>"),
    (_in("thread_local Pool pool;\n"), "'pool' of type Pool"),
    (_in("thread_local constinit Pool pool{};\n"), "'pool' of type Pool"),
    (_in("    static thread_local const Names names = find();\n"), "'names' of type Names"),
    (_in("    static const auto empty =\n        std::make_shared<int>(1);\n"), "'empty' of type auto"),
    (_in("    static const std::string prefix(made_of(1));\n"), "'prefix'"),
    (_in("inline std::condition_variable guard;\n", "include/batpak/a/a.hpp"), "'guard' of type std::condition_variable"),
    (_in("thread_local int x;\n", "src/base/scratch_buffer.cpp"), "no static object 'of_thread'"),
]

if __name__ == "__main__":
    run(check, PLANTS)
