#!/usr/bin/env python3
"""Checks that sources can be compiled as one file, as the amalgamation is, and the presets do with a few at once.

A name that two sources define in anonymous namespaces of the same namespace, or as static, clashes
there, and so does one that hides a name of a public header. Each finding says which files.
"""

import re

from _tree import Tree, blank, line_of, run

# The layers of batpak::batpak, in the order of CMakeLists.txt, which the amalgamation has.
LAYERS = ("base", "coordinate", "event", "guard", "pipeline", "store", "machine", "projection", "delivery",
          "readmodel")
# What else the presets compile several sources of at once (BATPAK_FEW_UNITS). Of tests, those of one program.
OTHERS = ("testing", "lmdb", "sqlite", "proof", "inspector", "tool")
TESTS_ALONE = ("tests/compile_fail/", "tests/docs/", "tests/odr/", "tests/package/", "tests/printers/", "tests/programs/")
TEST_MACROS = ("TEST", "TEST_F", "TEST_P", "INSTANTIATE_TEST_SUITE_P", "RC_GTEST_PROP", "RC_GTEST_FIXTURE_PROP")

NAMESPACE = re.compile(r"(?:inline\s+)?namespace\b\s*([\w:]*)\s*$")
# What a name at the scope of a namespace is: of a type, of a value, of a function.
# An alias may be repeated, and the compiler says when it is another one.
TYPE = re.compile(r"^(?:template\s*<.*?>\s*)?(?:class|struct|union|enum(?:\s+class|\s+struct)?)\s+"
                  r"(?:\w+\s*\([^)]*\)\s*|\[\[.*?\]\]\s*)*(\w+)(?:\s+final)?\s*(?::[^:].*)?$", re.DOTALL)
FUNCTION = re.compile(r"([A-Za-z_]\w*)\s*\(", re.DOTALL)
VALUE = re.compile(r"([A-Za-z_]\w*)(?:\s*\[[^\]]*\])*\s*(?:=.*)?$", re.DOTALL)


def name_of(statement):
    """(name, is a function) of a declaration without its body; None of what declares no name."""
    text = re.sub(r"\[\[.*?\]\]", " ", statement).strip()
    if not text or text.startswith(("using namespace", "static_assert", "extern", "friend", "template class")):
        return None
    match = TYPE.match(text)
    if match:
        return match[1], False
    if text.startswith("using ") or text.endswith(":"):
        return None
    before_value = text.split("=", 1)[0] if not re.search(r"operator\s*=", text) else text
    if "(" in before_value:
        match = FUNCTION.search(re.sub(r"\b(?:BATPAK_\w+|decltype|noexcept|requires|alignas)\s*\((?:[^()]|\([^()]*\))*\)",
                                       " ", before_value))
        return (match[1], True) if match and match[1] != "operator" else None
    match = VALUE.search(re.sub(r"<[^<>]*>", "", before_value).strip())
    return (match[1], False) if match else None


def local_names(text):
    """(namespace, name, is a function, signature, position) of each name of one file alone."""
    code = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", lambda match: re.sub(r"[^\n]", " ", match[0]), blank(text),
                  flags=re.MULTILINE)
    found, stack, start, place = [], [], 0, 0
    while place < len(code):
        character = code[place]
        if character == "{":
            head = code[start:place].strip()
            match = NAMESPACE.search(head)
            if match:
                stack.append(match[1])
            else:
                _add(found, stack, code[start:place], start)
                place = _close(code, place)
                # A function ends here; a type or a value ends at its semicolon.
                start = place + 1
                if code[start:].lstrip().startswith((";", ",")):
                    start = code.index(";", place) + 1
                    place = start - 1
                place += 1
                continue
            start = place + 1
        elif character == "}":
            if stack:
                stack.pop()
            start = place + 1
        elif character == ";":
            _add(found, stack, code[start:place], start)
            start = place + 1
        place += 1
    return found


def _close(code, brace):
    depth = 0
    for place in range(brace, len(code)):
        depth += {"{": 1, "}": -1}.get(code[place], 0)
        if depth == 0:
            return place
    return len(code) - 1


def _add(found, stack, statement, start):
    is_static = statement.lstrip().startswith("static ")
    if "" not in stack and not is_static:
        return
    declared = name_of(statement)
    if declared is None:
        return
    name, is_function = declared
    if name in TEST_MACROS:
        return
    signature = _types_of(statement) if is_function else ""
    space = "::".join(part for part in stack if part)
    found.append((space, name, is_function, signature, start + len(statement) - len(statement.lstrip())))


def _types_of(statement):
    """The types of a function's parameters, without their names and defaults, and what follows them."""
    text = re.sub(r"\s+", " ", statement[statement.find("("):])
    text = re.sub(r" ?= ?[^,(){}]*(?:\([^()]*\)|\{[^{}]*\})?", "", text)
    return re.sub(r"(?<=[\w>&*\]]) ?(?<=[ &*])(?!const\b)[A-Za-z_]\w*(?=(?:\[[^\]]*\])? ?[,)])", "", text)


def sources(tree, layers=LAYERS):
    return [(path, text) for layer in layers for path, text in tree.code(f"src/{layer}/") if path.endswith(".cpp")]


def test_programs(tree):
    """The sources of tests that may be compiled as one file, by layer and kind of program."""
    found = {}
    for path, text in tree.code("tests/"):
        if path.endswith(".cpp") and not path.startswith(TESTS_ALONE):
            kind = re.search(r"(_concurrency|_crash)?_test\.cpp$", path)
            found.setdefault((path.split("/")[1], kind and kind[1]), []).append((path, text))
    return found


def clashes(tree):
    """(file, position, namespace, name, the other file) of each name that an earlier file has."""
    groups = [sources(tree, layers) for layers in [LAYERS, *((other,) for other in OTHERS)]]
    groups.extend(test_programs(tree).values())
    groups.append([(path, text) for path, text in tree.code("bench/micro/", "bench/support/") if path.endswith(".cpp")])
    return [clash for group in groups for clash in _clashes(tree, group)]


def _clashes(tree, group):
    known, found = {}, []
    for path, text in group:
        for space, name, is_function, signature, position in local_names(text):
            same = [other for other in known.get((space, name), [])
                    if other[0] != path and not (is_function and other[1] and other[2] != signature)]
            if same:
                found.append((path, position, space, name, same[0][0]))
            known.setdefault((space, name), []).append((path, is_function, signature))
            # In an inner namespace it hides the other; in the same, neither can be named.
            if space == "batpak" and ("batpak", name) in _public(tree):
                found.append((path, position, space, name, _public(tree)["batpak", name]))
    return found


def _public(tree):
    """The values that public headers define in batpak itself, which a local one would make ambiguous."""
    if not hasattr(tree, "public_values"):
        tree.public_values = {}
        headers = tree.code("include/batpak/") + [("cmake/version.hpp.in", tree.files.get("cmake/version.hpp.in", ""))]
        for path, text in headers:
            for match in re.finditer(r"^inline constexpr [\w:]+ (k\w+)", text, re.MULTILINE):
                tree.public_values["batpak", match[1]] = path
    return tree.public_values


def check(tree):
    return [f"{path}:{line_of(tree.files[path], position)}: '{name}' of {space} is also in {other}: "
            "in one file they clash" for path, position, space, name, other in clashes(tree)]


def _two(first, second):
    return {"src/base/a.cpp": f"namespace batpak {{\nnamespace {{\n{first}\n}}\n}}\n",
            "src/store/b.cpp": f"namespace batpak {{\nnamespace {{\n{second}\n}}\n}}\n"}


_VALUE = "constexpr std::size_t kAt = 1;"


def _tests(*names):
    return {f"tests/{name}": f"namespace batpak {{\nnamespace {{\n{_VALUE}\nTEST(A, Holds) {{}}\n}}\n}}\n" for name in names}


PLANTS = [
    (_two(_VALUE, _VALUE), "src/store/b.cpp:3: 'kAt' of batpak is also in src/base/a.cpp"),
    (_two(_VALUE, _VALUE.replace("kAt", "kEnd")), None),
    (_two("int f(int a) { return a; }", "int f(int a) { return 2; }"), "'f'"),
    (_two("int f(int a) { return a; }", "int f(int b = 3) { return b; }"), "'f'"),
    (_two("int f(const Text& a, int b) { return b; }", "int f(const Text& c, int) { return 2; }"), "'f'"),
    (_two("int f(int a) { return a; }", "int f(Text a) { return 2; }"), None),
    (_two("int f(const Text& a) { return 1; }", "int f(const Name& a) { return 2; }"), None),
    (_two("struct Pool {\n    int a;\n};", "class Pool {\n    int b;\n};"), "'Pool'"),
    (_two("struct Pool {\n    int kAt;\n};", "struct Other {\n    int kAt = 1;\n};"), None),
    (_two("thread_local constinit Pool* pool = nullptr;", "thread_local Pool pool{};"), "'pool'"),
    (_two("constexpr std::array<int, 2> kBoth{1, 2};", "constexpr std::array<Name, 2> kBoth{{}};"), "'kBoth'"),
    (_two("using Words = std::vector<int>;", "using Words = std::vector<int>;"), None),
    (_two("enum class Kind : int { A };", "enum class Kind { B };"), "'Kind'"),
    (_two("int f(int a) { int kAt = 1; return kAt; }", _VALUE), None),
    ({"src/base/a.cpp": "namespace batpak {\nstatic int f() { return 1; }\n}\n",
      "src/store/b.cpp": "namespace batpak {\nnamespace {\nint f() { return 2; }\n}\n}\n"}, "'f'"),
    ({"src/base/a.cpp": "namespace batpak {\nint f() { return 1; }\nint kAt = 2;\n}\n",
      "src/store/b.cpp": "namespace batpak::store {\nnamespace {\nint f() { return 2; }\n}\n}\n"}, None),
    ({"src/base/a.cpp": f"namespace batpak {{\nnamespace {{\n{_VALUE}\n}}\n}}\n",
      "src/store/b.cpp": f"namespace batpak::store {{\nnamespace {{\n{_VALUE}\n}}\n}}\n"}, None),
    (_tests("base/a_test.cpp", "base/b_test.cpp"), "tests/base/b_test.cpp:3: 'kAt' of batpak is also in tests/base/a_test.cpp"),
    (_tests("base/a_test.cpp", "base/room/b_test.cpp"), "'kAt'"),
    (_tests("base/a_test.cpp", "store/b_test.cpp"), None),
    (_tests("base/a_test.cpp", "base/b_crash_test.cpp"), None),
    (_tests("odr/a.cpp", "odr/b.cpp"), None),
    ({"src/base/a.cpp": f"namespace batpak {{\nnamespace {{\n{_VALUE}\n}}\n}}\n",
      "include/batpak/a.hpp": "namespace batpak {\ninline constexpr std::size_t kAt = 2;\n}\n"}, "'kAt'"),
]

if __name__ == "__main__":
    run(check, PLANTS)
