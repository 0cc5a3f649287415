#!/usr/bin/env python3
"""llms.txt: an index of all documents, one line each, for programs and people who look for a page.

    llms.py              llms.txt is current, and each page of the guide is in SUMMARY.md once
    llms.py --fix        writes it
    llms.py --selftest

The line of a page is its title and the first sentence of its text. So each page begins with a sentence
that says what it is about, before any table, list or code. A page of the guide has one idea, and 150 lines
at most.
"""

import glob
import os
import re
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INDEX = "llms.txt"
SUMMARY = "guide/src/SUMMARY.md"
LINE_MAX = 240
PAGE_LINES_MAX = 150
PART_OR_PAGE = re.compile(r"^# (?P<part>.+)$|^ *(?:- )?\[(?P<title>[^\]]+)\]\((?P<page>[^)]+)\)$", re.MULTILINE)
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
DOCUMENTS = (("Documents", ("docs/*.md", "docs/reference/*.md", "docs/spec/*.md")),
             ("Project", ("README.md", "examples/README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")))


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def title_of(text):
    return re.search(r"^# (.+)$", text, re.MULTILINE)[1]


def first_sentence(text):
    """Of the first paragraph after the title, if that is prose; else nothing."""
    body = text[re.search(r"^# .+\n", text, re.MULTILINE).end():].lstrip("\n")
    paragraph = body.split("\n\n", 1)[0]
    if not re.match(r"[A-Z`*]", paragraph) and not re.match(r"[a-z]\w+ ", paragraph):
        return ""
    prose = LINK.sub(r"\1", " ".join(paragraph.split())).replace("**", "")
    sentence = re.match(r"(.+?[.:])(?= [A-Z`]|$)", prose)
    return sentence[1].rstrip(":.") + "." if sentence else ""


def entry(root, path, findings):
    text = read(root, path)
    sentence = first_sentence(text)
    if not sentence:
        findings.append(f"{path}:1: the page begins with no sentence that says what it is about")
    line = f"- [{title_of(text)}]({path}): {sentence}"
    if len(line) > LINE_MAX:
        findings.append(f"{path}:1: title and first sentence take {len(line)} bytes, over {LINE_MAX}")
    return line + "\n"


def guide(root, findings):
    lines, seen = ["\n## Guide\n\n"], set()
    for match in PART_OR_PAGE.finditer(read(root, SUMMARY)):
        if match["part"] and match["part"] != "Summary":
            lines.append(f"\n### {match['part']}\n\n")
        if match["page"]:
            page = "guide/src/" + match["page"]
            if page in seen:
                findings.append(f"{SUMMARY}: {match['page']} occurs twice")
            seen.add(page)
            lines.append(entry(root, page, findings))
    pages = set(glob.glob("guide/src/**/*.md", root_dir=root, recursive=True)) - {SUMMARY}
    findings += [f"{page}: is not in {SUMMARY}" for page in sorted(pages - seen)]
    for page in sorted(pages):
        count = read(root, page).count("\n")
        if count > PAGE_LINES_MAX:
            findings.append(f"{page}: {count} lines, over {PAGE_LINES_MAX}: make two pages of it")
    return lines


def index(root):
    """The text of llms.txt, and what is wrong with the pages."""
    findings = []
    head = read(root, "README.md")
    lines = [f"# {title_of(head)}\n\n> {first_sentence(head)}\n", *guide(root, findings)]
    for heading, patterns in DOCUMENTS:
        lines.append(f"\n## {heading}\n\n")
        for pattern in patterns:
            lines += [entry(root, path, findings) for path in sorted(glob.glob(pattern, root_dir=root))]
    return "".join(lines), findings


def check(root, fix):
    text, findings = index(root)
    path = os.path.join(root, INDEX)
    current = read(root, INDEX) if os.path.exists(path) else ""
    if fix:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    elif current != text:
        findings.append(f"{INDEX}: not current: run ./dev docs --fix")
    return findings


PLANT = {
    "README.md": "# thing\n\nA thing of [many](a.md) words: more. And more.\n",
    SUMMARY: "# Summary\n\n[Guide](README.md)\n\n# Part\n\n- [A](a.md)\n  - [B](b/b.md)\n",
    "guide/src/README.md": "# The guide\n\nIt goes on. And on.\n",
    "guide/src/a.md": "# A\n\n`a()` is\nexplained. Later.\n",
    "guide/src/b/b.md": "# B b\n\nB is as well.\n",
}
EXPECTED = """# thing

> A thing of many words: more.

## Guide

- [The guide](guide/src/README.md): It goes on.

### Part

- [A](guide/src/a.md): `a()` is explained.
- [B b](guide/src/b/b.md): B is as well.

## Documents


## Project

- [thing](README.md): A thing of many words: more.
"""
FAULTS = [
    ({"guide/src/c.md": "# C\n\nC is.\n"}, "guide/src/c.md: is not in"),
    ({"guide/src/a.md": "# A\n\n| a | table |\n"}, "begins with no sentence"),
    ({"guide/src/a.md": "# A\n\n" + "Long " * 50 + "line.\n"}, "over 240"),
    ({SUMMARY: PLANT[SUMMARY] + "- [A](a.md)\n"}, "a.md occurs twice"),
    ({"guide/src/a.md": "# A\n\nA is.\n" + "\n" * 150}, "153 lines, over 150"),
    ({INDEX: "old\n"}, "not current"),
]


def selftest():
    def planted(files, fix):
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**PLANT, INDEX: EXPECTED, **files}.items():
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            findings = check(root, fix)
            return findings, read(root, INDEX)

    faults = []
    if planted({}, False)[0] or planted({INDEX: ""}, True) != ([], EXPECTED):
        faults.append(f"selftest: a right tree: {planted({INDEX: ''}, True)}")
    for files, words in FAULTS:
        found = planted(files, False)[0]
        if not any(words in finding for finding in found):
            faults.append(f"selftest: expected {words}, found {found}")
    return faults


def main():
    findings = selftest() if "--selftest" in sys.argv[1:] else check(ROOT, "--fix" in sys.argv[1:])
    if findings:
        sys.exit("\n".join(findings))


if __name__ == "__main__":
    main()
