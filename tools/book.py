#!/usr/bin/env python3
"""Brings the documents into the book that mdBook makes of guide/: mdBook calls it as a preprocessor.

The pages of the guide link to docs/ and to other documents of the tree, which lie outside of the folder
that mdBook reads. Here they become chapters at the end of the book, at documents/<path in the tree>, and
links lead there. Each public header becomes a chapter as well (tools/api_pages.py). A link to what is neither
becomes its text; a picture is put into the page.

    mdbook build guide       the book, in build/site
    book.py --check          each link of a chapter leads to a chapter
    book.py --selftest
"""

import base64
import glob
import json
import os
import re
import sys

import api_pages

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCE = "guide/src"
PARTS = (("Documents", ("docs/*.md", "docs/reference/*.md", "docs/spec/*.md")),
         ("Decisions", ("docs/decisions/*.md",)),
         ("Project", ("README.md", "examples/README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")))
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^()\s#]*)(#[^()\s]*)?\)")


def documents(patterns):
    return [path for pattern in patterns for path in sorted(glob.glob(pattern, root_dir=ROOT))]


def chapter_of(path):
    """Where a file of the tree is in the book; nothing if it is not."""
    if path == SOURCE + "/SUMMARY.md":
        return "README.md"  # The contents are beside every page.
    if path.startswith(SOURCE + "/"):
        return path[len(SOURCE) + 1:]
    if path == "include/batpak":
        return api_pages.INDEX
    if path in api_pages.headers():
        return api_pages.page_of(path)
    known = any(path in documents(patterns) for _, patterns in PARTS)
    return "documents/" + path if known else None


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def picture(text, path):
    with open(os.path.join(ROOT, path), "rb") as file:
        data = base64.b64encode(file.read()).decode()
    kind = {"svg": "svg+xml"}.get(path.rsplit(".", 1)[-1], path.rsplit(".", 1)[-1])
    return f'<img alt="{text}" src="data:image/{kind};base64,{data}">'


def rewritten(text, path, place):
    """The text of the file `path` of the tree, as the chapter `place`."""
    codes = []

    def hide(match):
        codes.append(match[0])
        return f"\0{len(codes) - 1}\0"

    def link(match):
        mark, words, target, anchor = match.groups()
        if not target or re.match(r"[a-z]+:", target):
            return match[0]
        target = os.path.normpath(os.path.join(os.path.dirname(path), target))
        if mark:
            return picture(words, target)
        chapter = chapter_of(target)
        if chapter is None:
            return words
        # mdBook writes each README.md as index.html, and does not know it in links.
        chapter = re.sub(r"(^|/)README\.md$", r"\1index.md", chapter)
        return f"[{words}]({os.path.relpath(chapter, os.path.dirname(place) or '.')}{anchor or ''})"

    text = LINK.sub(link, CODE.sub(hide, text))
    return re.sub(r"\0(\d+)\0", lambda match: codes[int(match[1])], text)


def chapter(path):
    text, place = read(path), chapter_of(path)
    return made(place, re.search(r"^# (.+)$", text, re.MULTILINE)[1], rewritten(text, path, place))


def made(place, name, content):
    return {"Chapter": {"name": name, "content": content, "number": None, "sub_items": [],
                        "path": place, "source_path": place, "parent_names": []}}


def rewrite(items):
    for item in items:
        if isinstance(item, dict) and "Chapter" in item:
            page = item["Chapter"]
            if page["path"]:
                page["content"] = rewritten(page["content"], f"{SOURCE}/{page['source_path']}", page["path"])
            rewrite(page["sub_items"])


def preprocess(book):
    items = book["items"] if "items" in book else book["sections"]  # mdBook 0.5, 0.4
    rewrite(items)
    for title, patterns in PARTS:
        items.append({"PartTitle": title})
        items += [chapter(path) for path in documents(patterns)]
    items.append({"PartTitle": "Interface"})
    items += [made(*page) for page in api_pages.pages()]
    return book


def check():
    pages = glob.glob(SOURCE + "/**/*.md", root_dir=ROOT, recursive=True)
    pages += [path for _, patterns in PARTS for path in documents(patterns)]
    places = {re.sub(r"(^|/)README\.md$", r"\1index.md", chapter_of(path)) for path in pages}
    interface = api_pages.pages()
    places |= {re.sub(r"README\.md$", "index.md", place) for place, _, _ in interface}
    findings = [f"{place}: leads to no chapter: {match[3]}" for place, _, content in interface
                for match in LINK.finditer(CODE.sub("", content))
                if os.path.normpath(os.path.join(os.path.dirname(place), match[3])) not in places]
    for path in pages:
        place = chapter_of(path)
        for match in LINK.finditer(CODE.sub("", rewritten(read(path), path, place))):
            target = match[3]
            if target and not re.match(r"[a-z]+:", target):
                if os.path.normpath(os.path.join(os.path.dirname(place), target)) not in places:
                    findings.append(f"{path}: leads to no chapter: {target}")
    return findings


SELFTEST = (
    ("[a](../../../docs/TOOL.md#get)", "guide/src/do/x.md", "[a](../documents/docs/TOOL.md#get)"),
    ("[a](../learn/y.md)", "guide/src/do/x.md", "[a](../learn/y.md)"),
    ("[a](x.md) [b](#c) [d](https://e.example)", "guide/src/x.md", "[a](x.md) [b](#c) [d](https://e.example)"),
    ("[a](../include/batpak/detail/x.hpp) `[b](c.md)`", "docs/TOOL.md", "a `[b](c.md)`"),
    ("[a](../include/batpak/batpak.hpp)", "docs/TOOL.md", "[a](../../api/batpak.md)"),
    ("[a](../include/batpak)", "docs/TOOL.md", "[a](../../api/index.md)"),
    ("[a](../README.md)", "docs/TOOL.md", "[a](../index.md)"),
    ("[a](guide/src/SUMMARY.md)", "README.md", "[a](../index.md)"),
    ("[a](../guide/src/do/test.md)", "docs/TOOL.md", "[a](../../do/test.md)"),
    ("```\n[a](../include/x.hpp)\n```\n", "docs/TOOL.md", "```\n[a](../include/x.hpp)\n```\n"),
)


def selftest():
    findings = api_pages.selftest()
    for text, path, expected in SELFTEST:
        found = rewritten(text, path, chapter_of(path))
        if found != expected:
            findings.append(f"selftest: expected {expected}, found {found}")
    book = preprocess({"items": [{"Chapter": {"content": "[a](../../docs/TOOL.md)", "path": "x.md",
                                              "source_path": "x.md", "sub_items": []}}]})
    if book["items"][0]["Chapter"]["content"] != "[a](documents/docs/TOOL.md)" or len(book["items"]) < 20:
        findings.append("selftest: a book")
    return findings


def main():
    if sys.argv[1:2] == ["supports"]:
        return
    if sys.argv[1:] in (["--check"], ["--selftest"]):
        findings = check() if sys.argv[1] == "--check" else selftest()
        if findings:
            sys.exit("\n".join(findings))
        return
    _, book = json.load(sys.stdin)
    json.dump(preprocess(book), sys.stdout)


if __name__ == "__main__":
    main()
