#!/usr/bin/env python3
"""Measures the house: how large its rooms are, how much of it is explained, asserted and tested.

    tools/house.py             each number, and its aim
    tools/house.py --slow      and what the headers cost a compiler
    tools/house.py --check     fails if one that was reached is missed again
    tools/house.py --selftest  whether each measure counts what it should

Most aims were reached, and what comes must keep them: a number that no gate asks for falls with
each feature. Those that are marked (open) are where the project wants to be.
"""

import collections
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "tidy"))
from _tree import ROOT, Tree, blank  # noqa: E402

STORE_INCLUDE = re.compile(r'^#include "(store/[\w/]+)\.hpp"', re.MULTILINE)
COMMENT = re.compile(r"^\s*//")
FORWARDS = re.compile(
    r"^[^\n;{}]*\b(\w+)\([^;{}]*\)\s*(?:const\s*)?(?:&&\s*)?\{\s*"
    r"return (?:\w+(?:\(\))?(?:\.|->))?\1\([^;{}]*\b\w*Options\{\}\s*\);\s*\}", re.MULTILINE)

# The way of one append, from the call to the write: (file, function, what it calls on the way). A
# function that is given to another, such as the one to encoded(), counts as one more call.
WAY = [
    ("include/batpak/store/store.hpp", "append", "encoded"),
    ("include/batpak/store/store.hpp", "encoded", "then"),
    ("include/batpak/store/store.hpp", "append", "append_encoded"),
    ("src/store/store.cpp", "Store::append_encoded", "engine_->append"),
    ("src/store/engine.cpp", "Engine::append", "queue_->run"),
    ("src/store/commit/commit_queue.cpp", "CommitQueue::run", "lead"),
    ("src/store/commit/commit_queue.cpp", "CommitQueue::lead", "commit"),
    ("src/store/commit/commit_queue.cpp", "CommitQueue::commit", "work_.commit"),
    ("src/store/engine.cpp", "Engine::commit", "committer_->commit"),
    ("src/store/commit/committer.cpp", "Committer::commit", "commit_group"),
    ("src/store/commit/committer.cpp", "Committer::commit_group", "write_group"),
    ("src/store/commit/committer.cpp", "Committer::write_group", "state_.segment->write"),
    ("src/store/log/segment_writer.cpp", "SegmentWriter::write", "write_frames"),
]
# What is called beside that way and handles the event.
BESIDE = [
    ("src/store/commit/append_request.hpp", "request_of"),
    ("src/store/commit/preparation.cpp", "Preparation::prepare"),
    ("src/store/commit/preparation.cpp", "Preparation::fill_and_encode"),
    ("src/store/commit/preparation.cpp", "Preparation::fill"),
    ("src/store/commit/preparation.cpp", "Preparation::encode"),
    ("src/store/commit/preparation.cpp", "Preparation::hash_contents"),
    ("src/store/commit/committer.cpp", "Committer::stage"),
    ("src/store/commit/staging.cpp", "Staging::stage"),
    ("src/store/commit/staging.cpp", "Staging::judge_and_stage"),
    ("src/store/commit/staging.cpp", "Staging::stage_events"),
    ("src/store/commit/staging.cpp", "Staging::stage_event"),
    ("src/store/commit/staging.cpp", "Staging::link"),
    ("src/store/frame/frame.cpp", "append_event_frame"),
    ("src/store/frame/frame.cpp", "encode_place"),
    ("src/store/commit/committer.cpp", "Committer::reserve_index"),
    ("src/store/index/memory_index.cpp", "MemoryIndex::reserve"),
    ("src/store/index/memory_index.cpp", "MemoryIndex::reserve_keys"),
    ("src/store/commit/committer.cpp", "Committer::publish"),
    ("src/store/commit/committer.cpp", "Committer::make_visible"),
]
# What is known of an event. A record of an append has two of these at least.
FACTS = frozenset("""kind payload_version flags timestamp_us correlation_id causation_id entity scope
    coordinate metadata payload sequence version hlc batch_index batch_count event_id hash""".split())


def folders(tree):
    """The number of files of each folder of code."""
    return collections.Counter(os.path.dirname(path) for path, _ in
                               tree.code("src/", "include/", "tests/"))


def largest_folder(tree):
    name, files = folders(tree).most_common(1)[0]
    return files, f"{name}/"


def largest_room(tree):
    name, files = max(((name, files) for name, files in folders(tree).items()
                       if name.startswith("src/store")), key=lambda found: found[1])
    return files, f"{name}/"


def floors(tree):
    """How many modules of the store stand one upon another, at most."""
    uses = collections.defaultdict(set)
    for path, text in tree.code("src/store/"):
        module = re.sub(r"\.[ch]pp$", "", path.removeprefix("src/"))
        uses[module] |= {name for name in STORE_INCLUDE.findall(text) if name != module}
    heights = {}

    def height(module):
        if module not in heights:
            heights[module] = 0  # An include in a circle does not count twice.
            heights[module] = 1 + max(map(height, uses[module]), default=0)
        return heights[module]

    top = max(uses, key=height)
    return height(top), top


def asserts(tree):
    """Assertions for each 100 lines of code of the store."""
    count = lines = 0
    for _, text in tree.code("src/store/"):
        code = blank(text)
        count += len(re.findall(r"\b(BATPAK_ASSERT|BATPAK_UNREACHABLE|static_assert)\b", code))
        lines += sum(1 for line in code.splitlines() if line.strip())
    return round(100 * count / lines, 2), f"{count} in {lines} lines"


def comments(tree):
    """How many of the lines of sources are comments, in percent."""
    count = lines = 0
    for path, text in tree.code("src/"):
        if path.endswith(".cpp"):
            written = [line for line in text.splitlines() if line.strip()]
            lines += len(written)
            count += sum(1 for line in written if COMMENT.match(line))
    return round(100 * count / lines, 1), f"{count} of {lines} lines"


def tested(tree):
    """How many modules of the library have a test of their name, in percent."""
    tests = {os.path.basename(path) for path, _ in tree.code("tests/")}
    modules = [os.path.splitext(os.path.basename(path))[0] for path, _ in tree.code("src/")
               if path.endswith(".cpp") and not path.startswith("src/tool/")]

    def has_test(module):
        pattern = re.compile(re.escape(module) + r"(_\w+)?_test\.(cpp|py)")
        return any(pattern.fullmatch(name) for name in tests)

    missing = [module for module in modules if not has_test(module)]
    share = round(100 * (len(modules) - len(missing)) / len(modules))
    return share, f"{len(missing)} of {len(modules)} have none"


def public_headers(tree):
    """How many public headers a program gets with the umbrella, and how many it does not: those of
    components, which it includes by name."""
    texts = {path: text for path, text in tree.code("include/") if path.startswith("include/batpak/")}
    found, waiting = set(), ["include/batpak/batpak.hpp"]
    while waiting:
        path = waiting.pop()
        if path in found or path not in texts:
            continue
        found.add(path)
        waiting += ["include/" + name for name in re.findall(r'#include "(batpak/[^"]+)"', texts[path])]
    headers = {path for path in texts if "/detail/" not in path}
    return len(headers & found), len(headers - found)


def declarations(tree, path, name):
    """The public functions that a class declares, one for each name and signature. Those that
    return a NeedsKind are no functions: they are there for what a compiler says of a mistake."""
    text = blank(dict(tree.code("include/"))[path])
    body = text[re.search(rf"\bclass {name}\b[^;{{]*\{{", text).end():]
    body = body[:re.search(r"^\};", body, re.MULTILINE).start()]
    count, public, depth, statement = 0, False, 0, ""
    for token in re.findall(r"public:|private:|protected:|[{};]|[^{};]+?(?=public:|private:|protected:|[{};])",
                            body):
        if token in ("public:", "private:", "protected:"):
            public, statement = token == "public:", ""
        elif token == "{":
            if depth == 0 and public and "(" in statement and "NeedsKind" not in statement:
                count += 1
            depth, statement = depth + 1, ""
        elif token == "}":
            depth, statement = depth - 1, ""
        elif token == ";":
            if depth == 0 and public and "(" in statement and "NeedsKind" not in statement:
                count += 1
            statement = ""
        elif depth == 0:
            statement += token
    return count, f"of {name}"


def forwarders(tree):
    found = [path for path, text in tree.code("include/", "src/")
             for _ in FORWARDS.finditer(blank(text))]
    return len(found), "overloads that only add options"


def closing(text, begin):
    """Where the brace that opens before `begin` is closed."""
    depth = 1
    for at in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at
    return len(text)


def definition(tree, path, function):
    """The head and the body of the first definition of a function in a file."""
    text = blank(dict(tree.code("include/", "src/"))[path]).replace("= {}", "")
    found = re.search(rf"^[^\n;{{}}]*(?<!\w){function}\([^;{{}}]*\{{", text, re.MULTILINE)
    if not found:
        sys.exit(f"house: {path} has no {function}(): the way of an append is another one")
    return found.group(), text[found.end():closing(text, found.end())]


def way_of_an_append(tree, way, beside):
    """The definitions of what an append calls. They must call one another as the lists say."""
    found, bodies = [], ""
    for path, function, calls in way:
        found.append(definition(tree, path, function))
        bodies += found[-1][1]
        if not re.search(rf"(?<![\w.>]){re.escape(calls)}(<[^;(){{}}]*>)?\(", found[-1][1]):
            sys.exit(f"house: {function}() does not call {calls}(): the way of an append is "
                     "another one")
    for path, function in beside:
        name = function.split("::")[-1]
        if not re.search(rf"\b{name}\(", bodies):
            sys.exit(f"house: no function of an append calls {function}()")
        found.append(definition(tree, path, function))
        bodies += found[-1][1]
    return found


def depth(tree, way):
    way_of_an_append(tree, way, [])
    return len(way), f"{way[0][1]}() to {way[-1][1]}()"


def copies(tree, way, beside):
    """The functions that copy three facts or more from one record into another."""
    copied = re.compile(r"\.(\w+) = [^,;{}]*(?:\.|->)(\w+)")
    found = [re.search(r"(\w+)\(", head).group(1)
             for head, body in way_of_an_append(tree, way, beside)
             if sum(1 for to, _ in copied.findall(body) if to in FACTS) >= 3]
    return len(found), ", ".join(found)


def records(tree, way, beside):
    """The records of an event, of those that the functions of an append name."""
    text = " ".join(head + body for head, body in way_of_an_append(tree, way, beside))
    words = set(re.findall(r"\w+", re.sub(r"\b[A-Z]\w*::\w+", "", text)))
    members = {}
    for _, text in tree.code("include/batpak/event/", "include/batpak/store/", "src/store/"):
        text = blank(text)
        for found in re.finditer(r"\bstruct (\w+) \{", text):
            body = text[found.end():closing(text, found.end())]
            members[found.group(1)] = set(re.findall(
                r"^ +[\w:<>&* ]+[ &*](\w+)(?:\{\})?(?: = [^;]*)?;", body, re.MULTILINE))
    known = FACTS | {"fields", "place", "receipt"}
    found = sorted(name for name in members if name in words and len(members[name] & known) >= 2)
    return len(found), ", ".join(found)


def syntax_seconds(code):
    """The processor time of a syntax check, the least of three."""
    includes = [f"-I{ROOT}/include", f"-I{ROOT}/build/dev/include"]
    spent = []
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as file:
        file.write(code)
        file.flush()
        for _ in range(3):
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            subprocess.run(["c++", "-std=c++20", "-fsyntax-only", *includes, file.name], check=True)
            spent.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before)
    return min(spent)


def slow_measures():
    json = syntax_seconds("#include <nlohmann/json.hpp>\n")
    append = """#include <batpak/store/store.hpp>
struct Moved { static constexpr auto kind = batpak::EventKind::custom(0xF, 1); int x = 0; };
bool go(batpak::Store& store, const batpak::Coordinate& where) {
    return store.append(where, Moved{1}).has_value();
}
"""
    rows = [("store.hpp with one append, in json.hpp", syntax_seconds(append) / json, 0.8),
            ("batpak.hpp, in json.hpp",
             syntax_seconds("#include <batpak/batpak.hpp>\n") / json, 1.2)]
    for what, value, aim in rows:
        show(what, round(value, 2), f"<= {aim}", f"json.hpp alone: {json:.2f} s")
    wrong = """#include <batpak/store/store.hpp>
struct Moved { int x = 0; };
bool go(batpak::Store& store, const batpak::Coordinate& where) {
    return store.append(where, Moved{1}).has_value();
}
"""
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as file:
        file.write(wrong)
        file.flush()
        said = subprocess.run(["c++", "-std=c++20", "-fsyntax-only", f"-I{ROOT}/include",
                               f"-I{ROOT}/build/dev/include", file.name],
                              check=False, capture_output=True, text=True).stderr
    show("lines of the error for a payload without a kind", len(said.splitlines()), "<= 8", "")


def show(what, value, aim, detail):
    print(f"{what:48} {value!s:>8}  {aim:>6}  {detail}")


def is_missed(value, aim):
    """Whether a value is not what an aim such as "<= 20" or "0" asks for; none asks for nothing."""
    if not aim:
        return False
    wanted = float(aim.split()[-1])
    return value < wanted if aim.startswith(">=") else value > wanted


def measures(tree):
    return [
        ("files of the largest folder of the store", "<= 20", largest_room(tree)),
        ("files of the largest folder", "<= 20", largest_folder(tree)),
        ("floors of the store", "", floors(tree)),
        ("asserts in 100 lines of the store", ">= 3", asserts(tree)),
        ("comments in sources, %", ">= 9", comments(tree)),
        ("modules with a test of their name, %", ">= 90", tested(tree)),
        ("public headers with the umbrella", "<= 85",
         (public_headers(tree)[0], f"without detail/; {public_headers(tree)[1]} more of components")),
        ("declarations", "<= 32",
         declarations(tree, "include/batpak/store/store.hpp", "Store")),
        ("declarations", "<= 34",
         declarations(tree, "include/batpak/store/reads.hpp", "StoreReads")),
        ("forwarding overloads", "0", forwarders(tree)),
        ("calls from an append to its write", "<= 13", depth(tree, WAY)),
        ("copies field by field on an append", "<= 4", copies(tree, WAY, BESIDE)),
        ("record types on an append", "<= 9", records(tree, WAY, BESIDE))]


def missed(rows):
    return [f"house: {what}: {value}, and the aim is {aim} ({detail})"
            for what, aim, (value, detail) in rows
            if is_missed(value, aim) and not what.endswith("(open)")]


def main():
    rows = measures(Tree.of_project())
    if "--check" in sys.argv:
        faults = missed(rows)
        sys.exit("\n".join(faults) if faults else 0)
    show("", "now", "aim", "")
    for what, aim, (value, detail) in rows:
        show(what, value, aim, detail)
    if "--slow" in sys.argv:
        slow_measures()


def selftest():
    tree = Tree({
        "include/batpak/store/store.hpp":
            "class Store : public Reads {\npublic:\n    Store(Store&&);\n    int a() const;\n"
            "    int b(int x) {\n        return b(x, BOptions{});\n    }\n    int member;\n"
            "private:\n    int c();\n};\n",
        "include/batpak/batpak.hpp": '#include "batpak/base/id.hpp"\n#include "batpak/version.hpp"\n',
        "include/batpak/base/id.hpp": '#include "batpak/base/detail/b.hpp"\n',
        "include/batpak/base/detail/b.hpp": '#include "batpak/store/store.hpp"\n',
        "include/batpak/proof/note.hpp": '#include "batpak/base/id.hpp"\n',
        "src/store/log/a.cpp": '#include "store/frame/b.hpp"\n// why\nint a = 1;\n\nBATPAK_ASSERT(a);\n',
        "src/store/frame/b.hpp": "int b();\n",
        "tests/store/log/a_crash_test.cpp": "int c;\n",
    })
    for found, expected in [
            (floors(tree), (2, "store/log/a")), (asserts(tree)[0], 25.0), (comments(tree)[0], 25.0),
            (tested(tree)[0], 100), (largest_room(tree)[0], 1), (public_headers(tree), (3, 1)),
            (declarations(tree, "include/batpak/store/store.hpp", "Store")[0], 3),
            (forwarders(tree)[0], 1)]:
        if found != expected:
            sys.exit(f"house: {found}, where {expected} is right")
    for value, aim, expected in [(3, ">= 3", False), (2.99, ">= 3", True), (20, "<= 20", False),
                                 (21, "<= 20", True), (1, "0", True), (0, "0", False), (9, "", False)]:
        if is_missed(value, aim) != expected:
            sys.exit(f"house: is_missed({value}, {aim!r}) is not {expected}")
    rows = [("a", ">= 3", (2, "x")), ("b (open)", ">= 3", (2, "x")), ("c", "0", (0, "x"))]
    if missed(rows) != ["house: a: 2, and the aim is >= 3 (x)"]:
        sys.exit(f"house: {missed(rows)}")
    selftest_of_the_way()
    # The lists are of this tree, or nothing that is counted on them is right.
    way_of_an_append(Tree.of_project(), WAY, BESIDE)


def selftest_of_the_way():
    tree = Tree({"src/store/a.cpp":
                 "struct Asked {\n    int kind = 0;\n    int flags;\n    int scope;\n};\n"
                 "struct Kept {\n    int kind;\n    int flags;\n    int scope{};\n};\n"
                 "struct Other {\n    int kind;\n};\n"
                 "int A::go(Asked asked) {\n    keep(asked);\n    return b_->end<int>(asked);\n}\n"
                 "Kept keep(Asked asked) {\n    Other other;\n    return {.kind = asked.kind, "
                 ".flags = asked.flags, .scope = asked.scope};\n}\n"
                 "int end(int x) { return x; }\n"})
    way = [("src/store/a.cpp", "A::go", "b_->end")]
    beside = [("src/store/a.cpp", "keep")]
    for found, expected in [(depth(tree, way)[0], 1), (copies(tree, way, beside), (1, "keep")),
                            (records(tree, way, beside), (2, "Asked, Kept"))]:
        if found != expected:
            sys.exit(f"house: {found}, where {expected} is right")
    for wrong, list_beside in [([("src/store/a.cpp", "A::go", "end")], beside),
                               ([("src/store/a.cpp", "A::stop", "end")], beside),
                               (way, [("src/store/a.cpp", "end_of_all")])]:
        try:
            way_of_an_append(tree, wrong, list_beside)
        except SystemExit:
            continue
        sys.exit(f"house: {wrong} and {list_beside} are no way of an append")


if __name__ == "__main__":
    selftest() if "--selftest" in sys.argv else main()
