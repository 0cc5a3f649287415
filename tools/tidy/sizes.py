#!/usr/bin/env python3
"""Checks sizes: the README, public headers, sources and tests in lines, functions in lines,
comments in width, without exception. The formatter leaves comments alone, so that it tears no
picture apart.

A function is measured from the first line of its signature to its closing brace. What is a
function is told by what stands before a brace, which is exact for the style of this project.
"""

import re

from _tree import blank, line_of, run

HEADER_LINES_MAX = 400
SOURCE_LINES_MAX = 800
README_LINES_MAX = 100  # Two screens: what it is, how to get it, what it promises, where to go on.
FUNCTION_LINES_MAX = 70
COMMENT_COLUMNS_MAX = 100

SCOPE = re.compile(r"(^|[\s>])(namespace|class|struct|union|enum|extern)\b")
ATTRIBUTE = re.compile(r"\bBATPAK_\w+\((?:[^()]|\([^()]*\))*\)")
CONSTRUCTOR_LIST = re.compile(r"\)\s*(noexcept\s*(\([^)]*\))?\s*)?:(?!:)")


def close_of(code, brace):
    """The place of the brace that closes the one at `brace`."""
    depth = 0
    for place in range(brace, len(code)):
        depth += {"{": 1, "}": -1}.get(code[place], 0)
        if depth == 0:
            return place
    return len(code) - 1


def kind_of(head):
    """What a brace opens, told by the text since the last statement: scope, function or value."""
    text = ATTRIBUTE.sub(" ", head).strip()
    if text.count("(") > text.count(")"):
        return "value"  # A default argument or an argument.
    if CONSTRUCTOR_LIST.search(text):
        return "value" if re.search(r"[\w>]$", text) else "function"
    without_template = re.sub(r"^template\s*<[^{}]*?>\s*(?=\w)", "", text)
    if SCOPE.search(without_template) and not re.search(r"\)\s*[\w\s]*$", without_template):
        return "scope"
    if re.search(r"(?<![=!<>])=$", text) or "(" not in text:
        return "value" if text else "scope"
    return "function"


def functions(text):
    """(first line, last line) of each function."""
    code = re.sub(r"^[ \t]*#(\\\n|[^\n])*", lambda match: re.sub(r"[^\n]", " ", match[0]),
                  blank(text), flags=re.MULTILINE)
    code = re.sub(r"\b(public|private|protected):", lambda match: " " * len(match[0]), code)
    found, start, place = [], 0, 0
    while place < len(code):
        character = code[place]
        if character == "{":
            kind = kind_of(code[start:place])
            if kind == "scope":
                start = place + 1
            else:
                end = close_of(code, place)
                if kind == "function":
                    first = start + len(code[start:]) - len(code[start:].lstrip())
                    found.append((line_of(code, first), line_of(code, end)))
                    start = end + 1
                place = end
        elif character in ";}":
            start = place + 1
        place += 1
    return found


def check(tree):
    findings = []
    lines = tree.files.get("README.md", "").count("\n")
    if lines > README_LINES_MAX:
        findings.append(f"README.md:{README_LINES_MAX + 1}: it has {lines} lines, over "
                        f"{README_LINES_MAX}: what a newcomer needs first, and links")
    for path, text in tree.code():
        lines = text.count("\n")
        limit = HEADER_LINES_MAX if path.startswith("include/") else SOURCE_LINES_MAX
        if lines > limit:
            findings.append(f"{path}:{limit + 1}: the file has {lines} lines, over {limit}")
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) > COMMENT_COLUMNS_MAX and line.lstrip().startswith("//"):
                findings.append(f"{path}:{number}: the comment has {len(line)} columns, over "
                                f"{COMMENT_COLUMNS_MAX}")
        for first, last in functions(text):
            if last - first + 1 > FUNCTION_LINES_MAX:
                findings.append(f"{path}:{first}: the function has {last - first + 1} lines, "
                                f"over {FUNCTION_LINES_MAX}")
    return findings


_BODY = "    step();\n"
_LONG = _BODY * FUNCTION_LINES_MAX
_HEADS = [
    "void f()", "TEST(Store, Opens)", "auto A::f(int a = {1}) const noexcept -> int",
    "template <class T>\nstd::vector<T> f(const char* text = \"{\")", "A::A(int b) : a_{b}, b_(b)",
    "class A {\npublic:\n    enum class B { C };\n    int a = 1;\n    struct D f()",
    "namespace a {\nnamespace {\nconstexpr int kB[] = {1, '{'};  // {\nint f(struct B b)",
    "#define X(a) {\\\n  a\nbool operator<(const A& a, const A& b)",
    "template <class T>\n    requires std::integral<T>\nvoid f(T t)",
    "class BATPAK_X(capability(\"mutex\")) Mutex {\npublic:\n    void lock() BATPAK_X(acquire())",
    "struct A {\n    friend bool operator==(const A&, const A&) = default;\n    explicit A(B b)",
]


def _closes(head):
    code = re.sub(r"^#.*\\\n.*\n", "", blank(head))
    return "}\n" * (code.count("{") - code.count("}"))


PLANTS = [({"src/a.cpp": f"{head} {{\n{_BODY}}}\n" + _closes(head)}, None) for head in _HEADS]
PLANTS += [({"src/a.cpp": f"{head} {{\n{_LONG}}}\n" + _closes(head)}, "the function has")
           for head in _HEADS]
PLANTS += [
    ({"src/a.cpp": "namespace a {\n" + "int f() { return 1; }\n" * 100 + "}\n"}, None),
    ({"src/a.cpp": "const char* kText = R\"(\nvoid f() {\n" + _LONG + "}\n)\";\n"}, None),
    ({"include/batpak/a.hpp": "\n" * (HEADER_LINES_MAX + 1)}, "the file has"),
    ({"include/batpak/a.hpp": "\n" * HEADER_LINES_MAX}, None),
    ({"README.md": "\n" * README_LINES_MAX}, None),
    ({"README.md": "\n" * (README_LINES_MAX + 1)}, "it has 101 lines"),
    ({"tests/a_test.cpp": "\n" * (SOURCE_LINES_MAX + 1)}, "the file has"),
    ({"src/a.cpp": "  // " + "─" * 95 + "\n"}, None),
    ({"src/a.cpp": "  // " + "─" * 96 + "\n"}, "the comment has 101 columns"),
]

if __name__ == "__main__":
    run(check, PLANTS)
