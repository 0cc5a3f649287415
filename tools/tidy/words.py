#!/usr/bin/env python3
"""Checks words: what must not stand in the tree, each with the reason.

    an open end without an issue number   nobody will find it again: write TO-DO(#12) in one word
    commented-out code                    history is git's; examples in comments are indented
    DISABLED_, GTEST_SKIP                 a test that does not run is not a test
    a bare rc::check(                     it only returns false: EXPECT_TRUE(rc::check(...))
    sleep in a test                       slow, and wrong on a slow machine: wait for the event
    absolute paths of a machine           they exist on one machine
    std::hash of texts, in the library    who chooses the keys chooses the bucket: use TextHash
    stable_sort, inplace_merge and such   Clang calls what libstdc++ 12 does for them deprecated: an error
                                          with -Werror; sort by two keys, or copy in order
"""

import re

from _tree import CODE, blank, line_of, run

# The words stand in pieces, so that this file passes its own check.
OPEN_END = re.compile(r"\b(TO" r"DO\b(?!\(#\d+\))|FIX" r"ME\b)")
DISABLED = re.compile(r"\b(DIS" r"ABLED_|GTEST_" r"SKIP\b)")
BARE_CHECK = re.compile(r"(?<![\w:])rc::check\s*\(")
JUDGED = re.compile(r"(EXPECT|ASSERT)_TRUE\(\s*$")
SLEEP = re.compile(r"\b(sleep_(for|until)|u?sleep|nanosleep)\s*\(")
MACHINE_PATH = re.compile(r"(?<![\w.:/~-])/(work|home|root|Users)/\w")
OLD_CODE = re.compile(
    r"^\s*// ?(?=\S)(return\b[^.]*;|[\w:.>\[\]-]+\(.*\);|[\w:<>&*\[\] ]+ = [^=].*;"
    r"|(if|for|while|switch) \(.*\) ?\{|#\s*include\b.*|\}|\};)\s*$", re.MULTILINE)


HASH_OF_TEXT = re.compile(r"std::hash<\s*(const )?(std::(string|string_view|u8string)|Bytes|Hash)\b")
TABLE_BY_TEXT = re.compile(
    r"std::unordered_(multi)?(map|set)<\s*(const )?"
    r"(std::(string|string_view|u8string)|Bytes|Hash|\w*Id|Coordinate)\b[^;{]*")


TEMPORARY_BUFFER = re.compile(r"\b(stable_" r"sort|inplace_" r"merge|stable_" r"partition)\s*\(")


def unseeded(code, path):
    words = "a table keyed by what others choose, without TextHash"
    return [f"{path}:{line_of(code, match.start())}: {words}"
            for pattern in (HASH_OF_TEXT, TABLE_BY_TEXT) for match in pattern.finditer(code)
            if "TextHash" not in match.group()]


def find(pattern, text, path, words):
    return [f"{path}:{line_of(text, match.start())}: {words}" for match in pattern.finditer(text)]


def check(tree):
    findings = []
    for path, text in tree.files.items():
        findings += find(OPEN_END, text, path, "an open end without an issue number")
        findings += find(MACHINE_PATH, text, path, "an absolute path of one machine")
        if not path.endswith(CODE):
            continue
        code = blank(text)
        findings += find(OLD_CODE, text, path, "commented-out code (indent an example by four)")
        findings += find(DISABLED, code, path, "a test that does not run")
        findings += [f"{path}:{line_of(code, match.start())}: rc::check outside EXPECT_TRUE"
                     for match in BARE_CHECK.finditer(code)
                     if not JUDGED.search(code[:match.start()])]
        findings += find(TEMPORARY_BUFFER, code, path, "an algorithm that Clang rejects with libstdc++ 12")
        if path.startswith(("include/", "src/")):
            findings += unseeded(code, path)
        if path.startswith("tests/"):
            findings += find(SLEEP, code, path, "a sleep in a test")
    return findings


def _cpp(text, path="tests/a_test.cpp"):
    return {path: text + "\n"}


PLANTS = [
    (_cpp("// TO" "DO(#12): later"), None),
    (_cpp("// TO" "DO: later"), "an open end"),
    ({"docs/A.md": "FIX" "ME\n"}, "an open end"),
    (_cpp("TEST(A, DIS" "ABLED_B) {}"), "does not run"),
    (_cpp("    GTEST_" "SKIP();"), "does not run"),
    (_cpp('    rc::check("law", law);'), "outside EXPECT_TRUE"),
    (_cpp('    EXPECT_TRUE(rc::check("law", law));'), None),
    (_cpp('    EXPECT_TRUE(\n        rc::check("law", law));'), None),
    (_cpp("    std::this_thread::sleep_for(1ms);"), "a sleep"),
    (_cpp("    std::this_thread::sleep_for(1ms);", "src/tool/a.cpp"), None),
    (_cpp("// reads /ho" "me/user/a"), "an absolute path"),
    (_cpp("// see tests/wo" "rk/a and https://a.example/ho" "me/b"), None),
    (_cpp("    // auto x = f();"), "commented-out"),
    (_cpp("    // store.append(event);"), "commented-out"),
    (_cpp("    // if (ready) {"), "commented-out"),
    (_cpp("    // }"), "commented-out"),
    (_cpp("    //     auto x = f();"), None),
    (_cpp("// The writer (there is one) waits; then it syncs:"), None),
    (_cpp("// It may fail; see recover(), which says why;"), None),
    (_cpp("std::unordered_map<std::string, int> a;", "src/a.cpp"), "without TextHash"),
    (_cpp("std::unordered_set<std::string_view> a;", "include/a.hpp"), "without TextHash"),
    (_cpp("std::unordered_map<EventId, int, IdHash> a;", "src/a.cpp"), "without TextHash"),
    (_cpp("return std::hash<std::string_view>()(text);", "src/a.cpp"), "without TextHash"),
    (_cpp("std::unordered_map<std::string, int, TextHash> a;", "src/a.cpp"), None),
    (_cpp("std::unordered_map<std::uint64_t, std::string> a;", "src/a.cpp"), None),
    (_cpp("std::unordered_map<std::string, int> a;"), None),
    (_cpp("std::ranges::stable_" "sort(a);"), "Clang rejects"),
    (_cpp("std::ranges::sort(a);"), None),
]

if __name__ == "__main__":
    run(check, PLANTS)
