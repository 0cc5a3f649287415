#!/usr/bin/env python3
"""Checks the English of documents, of texts in code, and of the first comment of each public header.

Prose reads as a native engineer would write it: subject, verb, object. These give away another word
order, or are wrong; each finding says what to write:

    anew, as a rule, further ado          again; usually, by default; leave it out
    whoever, nobody, somebody             say which caller, reader or program
    a sentence that opens with Who        the same, unless it asks
    he, him, his                          a caller, a thread or a program is "it"
    behind, of an event, frame or place   after: in a log there is no front to hide something
    tells what, whether, how              says, reports, shows
    stands in, stands there               is in, is there; to stand in for something is allowed
    Besides, at the start of a clause     also; "besides LOCK" is allowed
    wish, to be none                      want; a fold that is none is not a fold

The first line, and whoever, hold for all comments of include/ and src/ as well. The texts of code are its
literals of several words: errors, --help, messages. Code is not prose: blocks, spans, and what is quoted. Decision records are left as they were written.
"""

import re

from _tree import line_of, run

PAGES = re.compile(r"(README|CONTRIBUTING|SECURITY|CHANGELOG|examples/README"
                   r"|docs/((reference|spec)/)?[^/]+|guide/src/.+)\.md")
HEADER = re.compile(r"include/batpak/.*\.hpp")

FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^ {4}.*$", re.MULTILINE)
SPAN = re.compile(r"`[^`]*`")
MARK = re.compile(r"<!--.*?-->|\]\([^)\s]+\)", re.DOTALL)
FIRST_COMMENT = re.compile(r"(?://[^\n]*\n)+")
EXAMPLE = re.compile(r"^ {7}.*[;{}].*$", re.MULTILINE)

# What lies behind something in a log comes after it. Not so: a clock behind another, to leave behind.
WHICH = r"(?:(?:the|a|an|its|their|each|any|every|this|that|such|first|last|next|latest|random) )*"
PLACES = (r"(?:end|damage|frames?|events?|group|commit|sequences?|commands?|place|position|anchor|batch|line"
          r"|segments?|array|page|offset|marks?|tail|cut|records?|bytes?|checkpoint|header|last\(\)|first\(\))")
VERBS = r"(?:begins?|stands?|goes? on|went on|go|written|read|searched|found|those|ones?|none|nothing|what|or)"

# Where a sentence, a clause or an item begins; a cell of a table may be an indirect question.
START = r"(?:\A\s*|[.;:]\s+|\n\s*\n\s*|[*-]\s+)"

# A space in a pattern matches any white space, so that a phrase is found over the end of a line.
WORDS = [(re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE), words) for pattern, words in (
    (r"\banew\b", "'anew': say again"),
    (r"\bas a rule\b", "'as a rule': say usually, or by default"),
    (r"\bfurther ado\b", "'further ado': leave it out"),
    (r"\b(whoever|whomever|nobody|somebody)\b", "say which caller, reader or program"),
    (rf"{START}(?-i:[Ww]ho)\b(?![^.?]*\?)", "'Who' that does not ask: say which caller"),
    (r"\b(he|him|his|himself)\b", "a caller, a thread or a program is 'it'"),
    (rf"(?<!falls\s)(?<!fall\s)(?<!fell\s)(?<!is\s)\bbehind {WHICH}{PLACES}", "'behind' in a log: say after"),
    (rf"\b{VERBS} behind (?:it|them|that|those|one|n)\b", "'behind' in a log: say after"),
    (rf"{START}behind\b", "'behind' in a log: say after"),
    (r"\btells (?:what|whether|how|that)\b", "'tells': says, reports, shows"),
    (r"\b(?:stands?|stood) (?:in\b(?! for\b)|there\b)", "'stands': is in, is there"),
    (rf"{START}besides,", "'Besides,': say also"),
    (r"\bwish(?:es)?\b", "'wish': say want"),
    (r"(?<!there\s)\b(?:is|are) none\b(?! of\b)", "to be none: say what it is"),
)]


IN_CODE = re.compile(r"\b(anew|whoever|as a rule)\b", re.IGNORECASE)


def gone(match):
    """What is not prose, made blank; every line keeps its place."""
    return re.sub(r"[^\n]", " ", match[0])


def prose(path, text):
    """The prose of a page, or of the first comment of a public header; empty for all else."""
    if PAGES.fullmatch(path):
        for code in (FENCE, INDENTED, MARK):
            text = code.sub(gone, text)
    elif HEADER.fullmatch(path):
        comment = FIRST_COMMENT.match(text)
        text = comment[0].replace("//", "  ") if comment else ""
        text = EXAMPLE.sub(gone, text)
    else:
        return ""
    # A span counts as one word, so that no phrase is found across it.
    return SPAN.sub(lambda span: re.sub(r"[^\n]", "x", span[0]), text)


LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*')
COMMENT = re.compile(r"//[^\n]*")


def literals(text):
    """(position, words) of each literal with a space in it; neighbours are one."""
    for match in LITERAL.finditer(COMMENT.sub(gone, text)):
        words = re.sub(r'"\s*"', "", match[0])[1:-1]
        if " " in words:
            yield match.start(), words


def check(tree):
    findings = []
    for path, text in tree.files.items():
        text = prose(path, text)
        for pattern, words in WORDS:
            findings += [f"{path}:{line_of(text, found.end())}: {words}"
                         for found in pattern.finditer(text)]
    for path, text in tree.code("include/", "src/"):
        findings += [f"{path}:{line_of(text, found.start())}: '{found[0]}': say again, usually, which caller"
                     for found in IN_CODE.finditer(text)]
        for position, words in literals(text):
            findings += [f"{path}:{line_of(text, position)}: a text: {advice}"
                         for pattern, advice in WORDS if pattern.search(words)]
    return findings


def _page(text, path="docs/A.md"):
    return {path: text + "\n"}


def _header(text, path="include/batpak/a/a.hpp"):
    return {path: text + "\n#pragma once\n"}


PLANTS = [
    ({"src/a/a.cpp": '    return "open it anew";\n'}, "say again"),
    ({"src/a/a.hpp": "int a;\n// Whoever asks.\n"}, "say again"),
    ({"tests/a/a.cpp": "bool anew;\n"}, None),
    ({"src/a/a.cpp": 'f("the frame stands "\n  "in no segment");\n'}, "'stands'"),
    ({"src/a/a.cpp": '// a frame stands in it\nf("stands", "in");\n'}, None),
    (_page("Read the stream and decide anew."), "say again"),
    (_page("Read the stream and decide again."), None),
    (_page("It is MessagePack, as a\nrule."), "usually"),
    (_page("A test of a rule is as a test of any other."), None),
    (_page("Without further ado each call folds."), "leave it out"),
    (_page("Whoever has the log can check it."), "say which"),
    (_page("This is what nobody waits for."), "say which"),
    (_page("That is closed. Who was not answered repeats."), "'Who'"),
    (_page("Who was not answered repeats."), "'Who'"),
    (_page("Who waits, and for what? The leader."), None),
    (_page("A caller who waits is the leader."), None),
    (_page("| question | file |\n|---|---|\n| who writes | a.cpp |"), None),
    (_page("With a key he retries."), "is 'it'"),
    (_page("The others join his group."), "is 'it'"),
    (_page("Frames are searched behind the damage."), "say after"),
    (_page("It refuses a page behind a random sequence."), "say after"),
    (_page("Nothing is left of it. Behind damage it goes on."), "say after"),
    (_page("None of the frames, and nothing behind it, is kept."), "say after"),
    (_page("A slow cursor falls behind the last event."), None),
    (_page("The clock is behind it, and a drop leaves nothing behind."), None),
    (_page("The engine behind it has no thread."), None),
    (_page("It tells what is missing."), "'tells'"),
    (_page("Lag tells apart what shares a value. The cache can tell that it has none."), None),
    (_page("The position stands in the log."), "'stands'"),
    (_page("A fake clock stands in for the real one."), None),
    (_page("It ends. Besides, it is checked."), "say also"),
    (_page("The directory is locked besides LOCK."), None),
    (_page("It does what the caller wishes."), "say want"),
    (_page("When a fold is none."), "to be none"),
    (_page("It is nil if there is none. That is none of its concern."), None),
    (_page("```cpp\n// nobody waits\n```\n\n    // nobody waits\n\nThe `nobody` of a test."), None),
    (_page("The user `x` is\n`nobody`, [as a rule](https://a.example/nobody)."), "usually"),
    (_page("Nobody reads this.", "docs/decisions/0001-a.md"), None),
    (_page("Nobody reads this.", "docs/reference/A.md"), "say which"),
    (_page("Nobody reads this.", "guide/src/a/b.md"), "say which"),
    (_page("Nobody reads this.", "README.md"), "say which"),
    (_header("// A: a thing.\n//\n// Nobody makes it."), "a.hpp:3: say which"),
    (_header("// A: a thing.\n\n// Nobody makes it."), None),
    (_header("// A: a thing.\n//\n//     none(nobody);\n//     b();"), None),
    (_header("// A: a thing.\n//\n// It is, as a\n// rule, good."), "usually"),
    (_header("// A: a thing of nobody.", "src/a/a.hpp"), None),
]

if __name__ == "__main__":
    run(check, PLANTS)
