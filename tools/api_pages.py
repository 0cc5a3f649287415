"""The pages of the book about the public headers, made of the headers: tools/book.py takes them.

A page has the opening comment of its header as text, and as code what a program may use: neither
includes, nor private members, nor namespaces inside of batpak.
"""

import glob
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATTERN = "include/batpak/**/*.hpp"
INDEX = "api/README.md"
LITERAL = re.compile(r'//[^\n]*|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'')
ACCESS = re.compile(r" *(public|protected|private):$")
INNER = re.compile(r"(?:inline )?namespace (?!batpak *\{)[\w:]+ *\{")


def headers():
    return [path for path in sorted(glob.glob(PATTERN, root_dir=ROOT, recursive=True)) if "/detail/" not in path]


def page_of(path):
    return "api/" + path[len("include/batpak/"):-len(".hpp")] + ".md"


def split(text):
    """The lines of the opening comment, and the text behind it."""
    opening = re.match(r"(?:// ?[^\n]*\n)*", text)[0]
    return [line[2:].removeprefix(" ") for line in opening.splitlines()], text[len(opening):]


def as_text(lines):
    """A comment as Markdown: a paragraph that is indented is code, all others stand as they are written."""
    kept = []
    for paragraph in re.split(r"\n(?:[ \t]*\n)+", "\n".join(lines)):
        if paragraph.startswith("    "):
            code = re.sub(r"^    ", "", paragraph, flags=re.MULTILINE)
            joined = kept and kept[-1].startswith("```")
            kept.append(kept.pop()[:-len("```")] + f"\n{code}\n```" if joined else f"```cpp\n{code}\n```")
        else:
            words = re.sub(r"([<*\[])", r"\\\1", paragraph)
            kept.append(re.sub(r"^(Threads|Errors): +", r"\n**\1:** ", words, flags=re.MULTILINE).strip())
    return "\n\n".join(kept)


def public_part(code):
    """The code without includes, private members and inner namespaces."""
    kept, classes, depth, skipped_from = [], [], 0, None  # classes: [depth inside, whether it is private]
    for line in code.split("\n"):
        bare = LITERAL.sub("", line)
        after = depth + bare.count("{") - bare.count("}")
        while classes and after < classes[-1][0]:
            classes.pop()
        if skipped_from is None and INNER.match(line) and after > depth:
            skipped_from = depth
        access = ACCESS.match(line)
        if access and classes:
            classes[-1][1] = access[1] != "public"
        hidden = skipped_from is not None or any(private for _, private in classes)
        if not hidden and not line.startswith(("#include", "#pragma once")):
            kept.append(line)
        if skipped_from is not None and after <= skipped_from:
            skipped_from = None
        if re.match(r" *(?:class|struct)\b", line) and after > depth:
            classes.append([after, False])
        depth = after
    return re.sub(r"\n{2,}( *};)", r"\n\1", re.sub(r"\n{3,}", "\n\n", "\n".join(kept))).strip()


def first_sentences(lines):
    """The first paragraph of a comment, as a cell of a table."""
    return as_text(lines).split("\n\n")[0].replace("\n", " ").replace("|", "\\|")


def title_of(path, lines):
    name = re.match(r"([\w:<>., ]+?):", lines[0]) if lines else None
    return name[1] if name else os.path.basename(path)


def content_of(path, text):
    lines, code = split(text)
    include = path[len("include/"):]
    return (f"# {title_of(path, lines)}\n\n`#include <{include}>`\n\n{as_text(lines)}\n\n"
            f"```cpp\n{public_part(code)}\n```\n")


def pages():
    """(place in the book, title, content) of each page, the list of them first."""
    found, rows = [], []
    for path in headers():
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            text = file.read()
        lines = split(text)[0]
        place = page_of(path)
        found.append((place, title_of(path, lines), content_of(path, text)))
        rows.append(f"| [{path[len('include/'):]}]({place[len('api/'):]}) | {first_sentences(lines)} |")
    index = "# Headers\n\nThe interface, as the headers say it.\n\n| header | |\n|---|---|\n" + "\n".join(rows) + "\n"
    return [(INDEX, "Headers", index), *found]


HEADER = """// Pair: two of a kind.
//
//     Pair<int> pair;
//
// Nothing <else>.
//
// Threads: immutable value
#pragma once
#include <string>
namespace batpak {
namespace detail {
class Hidden {};
}
}  // namespace batpak
namespace batpak::detail {
class AsWell {};
}
namespace batpak {
// One.
class Pair {
public:
    int first() const { return first_; }  // private:

private:
    int first_ = '{';
};
struct Other {
    int third = 3;
};
}  // namespace batpak
"""
PAGE = """# Pair

`#include <batpak/a.hpp>`

Pair: two of a kind.

```cpp
Pair<int> pair;
```

Nothing \\<else>.

**Threads:** immutable value

```cpp
namespace batpak {
}  // namespace batpak
namespace batpak {
// One.
class Pair {
public:
    int first() const { return first_; }  // private:
};
struct Other {
    int third = 3;
};
}  // namespace batpak
```
"""


def selftest():
    page = content_of("include/batpak/a.hpp", HEADER)
    return [] if page == PAGE else [f"selftest: expected {PAGE!r}\nfound {page!r}"]
