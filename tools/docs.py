#!/usr/bin/env python3
"""docs.py [--fix]: checks that links between documents lead somewhere, and that quoted code is real.

A code block is quoted from a source by a marker before it:

    <!-- snippet: examples/quickstart.cpp#open -->
    ```cpp
    ...
    ```

and equals, but for the indentation, what stands in the source between the lines `// [open]` and
`// [/open]`; without `#open`, all of the source but for such lines. --fix writes the source's text into
the documents.
"""

import os
import re
import sys
import tempfile
import textwrap

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SKIPPED = {"build", "node_modules", ".git"}
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^()\s]+)\)|!\[[^\]]*\]\(([^()\s]+)\)")
FENCE = re.compile(r"^( *)(```+|~~~+).*?^ *\2`*~* *$", re.MULTILINE | re.DOTALL)
SNIPPET = re.compile(r"<!-- snippet: ([^\s#]+)(?:#([\w-]+))? -->\n(```\w*\n)(.*?)(^```$)",
                     re.MULTILINE | re.DOTALL)
MARK = re.compile(r"^[ \t]*(?://|#) \[/?[\w-]+\]\n", re.MULTILINE)
MARKER = re.compile(r"<!-- snippet:.*?-->")


def documents(root):
    for where, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in SKIPPED)
        for name in sorted(names):
            if name.endswith(".md"):
                yield os.path.join(where, name)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def anchors(text):
    """The anchors of the headings of a document, as the usual viewers make them."""
    found = set()
    for heading in re.findall(r"^#+ +(.*?) *#*$", FENCE.sub("", text), re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower())
        found.add(plain.replace(" ", "-"))
    return found


def check_links(path, text):
    findings = []
    prose = re.sub(r"`[^`\n]*`", "", FENCE.sub(lambda match: "\n" * match[0].count("\n"), text))
    for match in LINK.finditer(prose):
        link = match[1] or match[2]
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
        line = prose.count("\n", 0, match.start()) + 1
        if not os.path.exists(target):
            findings.append(f"{path}:{line}: no such file: {name}")
        elif anchor and target.endswith(".md") and anchor not in anchors(read(target)):
            findings.append(f"{path}:{line}: no such heading: {link}")
    return findings


def region(root, source, name):
    """The text between the marks of a region, without their indentation; None if there is none.

    Without a name, the whole source without its marks."""
    path = os.path.join(root, source)
    if not os.path.exists(path):
        return None
    if name is None:
        return MARK.sub("", read(path))
    found = re.search(rf"^[ \t]*(?://|#) \[{name}\]\n(.*?)^[ \t]*(?://|#) \[/{name}\]$", read(path),
                      re.MULTILINE | re.DOTALL)
    return textwrap.dedent(found[1]).strip("\n") + "\n" if found else None


def check_snippets(root, path, text, fix):
    findings = []

    def replace(match):
        source, name, opening, quoted, closing = match.groups()
        place = f"{source}#{name}" if name else source
        where = f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
        real = region(root, source, name)
        if real is None:
            findings.append(f"{where}: " + (f"{source} has no region [{name}]" if name else
                                            f"there is no {source}"))
        elif real != quoted and fix:
            return f"<!-- snippet: {place} -->\n{opening}{real}{closing}"
        elif real != quoted:
            findings.append(f"{where}: not what {place} says: run ./dev docs --fix")
        return match[0]

    fixed = SNIPPET.sub(replace, text)
    prose = FENCE.sub("", text) if "<!-- snippet" in text else ""
    if len(MARKER.findall(prose)) != len(SNIPPET.findall(text)):
        findings.append(f"{path}: a snippet marker without a code block right after it")
    if fixed != text:
        with open(path, "w", encoding="utf-8") as file:
            file.write(fixed)
    return findings


def check(root, fix=False):
    findings = []
    for path in documents(root):
        text = read(path)
        findings += check_links(path, text) + check_snippets(root, path, text, fix)
    return findings


SOURCE = "int main() {\n    // [open]\n    int a = 1;\n    // [/open]\n}\n"
QUOTE = "<!-- snippet: a.cpp#open -->\n```cpp\nint a = 1;\n```\n"
PLANTS = [
    ("# A b\n[a](A.md#a-b) [b](#a-b) [c](https://a.example/x) `[d](none)`\n" + QUOTE, None),
    ("<!-- snippet: a.cpp -->\n```cpp\nint main() {\n    int a = 1;\n}\n```\n", None),
    ("<!-- snippet: a.cpp -->\n```cpp\nint main() {\n    int a = 2;\n}\n```\n", "not what a.cpp says"),
    ("<!-- snippet: c.cpp -->\n```cpp\nint main() {}\n```\n", "there is no c.cpp"),
    ("[a](none.md)\n", "no such file"),
    ("[a](#none)\n", "no such heading"),
    (QUOTE.replace("= 1", "= 2"), "not what a.cpp#open says"),
    (QUOTE.replace("#open", "#shut"), "has no region"),
    (QUOTE.replace("a.cpp", "b.cpp"), "has no region"),
    (QUOTE.replace("-->\n", "-->\n\n"), "without a code block"),
]


def selftest():
    faults = []
    for text, expected in PLANTS:
        with tempfile.TemporaryDirectory() as root:
            for name, content in (("A.md", text), ("a.cpp", SOURCE)):
                with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                    file.write(content)
            findings = check(root)
            if bool(findings) != (expected is not None) or (
                    expected and not any(expected in finding for finding in findings)):
                faults.append(f"selftest: expected {expected}, found {findings}")
            if expected and "not what" in expected and (check(root, fix=True) or check(root)):
                faults.append("selftest: --fix does not fix")
    return faults


def main():
    findings = selftest() if "--selftest" in sys.argv[1:] else check(ROOT, "--fix" in sys.argv[1:])
    if findings:
        sys.exit("\n".join(findings).replace(ROOT + os.sep, ""))


if __name__ == "__main__":
    main()
