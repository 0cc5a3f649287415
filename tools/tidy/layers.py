#!/usr/bin/env python3
"""Checks the arrows of docs/ARCHITECTURE.md: which layer may include which.

    base <- coordinate <- event <- guard <- pipeline <- store <- projection, delivery, proof, machine

A layer is a folder of include/batpak/ and src/. A new layer is a new line in MAY_INCLUDE. A layer
that has grown has rooms, which are folders of its folder in src/, with arrows of their own:

    store/: frame <- log <- erasure <- copy <- index <- salvage <- ends <- view <- open <- commit <- compact <-
            what lies in store/ itself
"""

import re

from _tree import run

_ENGINE = ["base", "coordinate", "event", "guard", "pipeline", "store"]
MAY_INCLUDE = {layer: _ENGINE[:index] for index, layer in enumerate(_ENGINE)}
MAY_INCLUDE |= {layer: _ENGINE for layer in ("projection", "delivery", "proof", "machine")}
MAY_INCLUDE["readmodel"] = [*_ENGINE, "projection"]
# Libraries of their own, because each needs one of somebody else.
MAY_INCLUDE["lmdb"] = [*_ENGINE, "projection"]
MAY_INCLUDE["sqlite"] = [*_ENGINE, "projection", "readmodel"]
MAY_INCLUDE["inspector"] = [*_ENGINE, "projection", "delivery", "readmodel"]
# The kit for tests stands on the engine, which knows nothing of it.
MAY_INCLUDE["testing"] = _ENGINE
# Adapters to other libraries, one header each, for users; no layer includes them.
MAY_INCLUDE["adapter"] = _ENGINE
# The rooms of a layer: each may include those before it. What lies in the layer's own folder may
# include them all, and none of them may include it.
ROOMS = {"store": ["frame", "log", "erasure", "copy", "index", "salvage", "ends", "view", "open", "commit",
                   "compact"],
         "tool": ["text", "console", "events", "questions", "files", "input", "fbat", "doctor", "top",
                 "watch", "commands", "declarations"]}
# The tool, examples, tests, benchmarks and fuzzers use what they like of the layers.
FREE = ("src/tool/", "examples/", "tests/", "bench/", "fuzz/")
# Rooms of the tool that another layer may include: what both answer is made in one place.
LENT_ROOMS = {"inspector": ("src/tool/text/", "src/tool/events/", "src/tool/files/", "src/tool/questions/")}
# Headers that lie in no layer's folder, and the layer whose rules they follow.
LONE_HEADERS = {"version.hpp": "base", "json.hpp": "event", "fmt.hpp": "adapter",
                "outcome_json.hpp": "adapter"}
UMBRELLA = "batpak/batpak.hpp"

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', re.MULTILINE)


def layer_of(path):
    """The layer of a path such as include/batpak/base/x.hpp, src/base/x.cpp, or None."""
    parts = re.sub(r"^(include/batpak|src)/", "", path).split("/")
    if len(parts) == 1:
        return LONE_HEADERS.get(parts[0])
    return parts[0] if parts[0] in MAY_INCLUDE else None


def target_of(name, headers):
    """The path in the tree that an include means, or None for headers of others."""
    for path in ("include/" + name, "src/" + name):
        if path in headers:
            return path
    return "include/" + name if name.startswith("batpak/") else None


def floor_of(path):
    """The layer of a source and the number of its room, or None where the layer has no rooms."""
    parts = path.split("/")
    if parts[0] != "src" or parts[1] not in ROOMS:
        return None
    rooms = ROOMS[parts[1]]
    if len(parts) == 3:
        return parts[1], len(rooms)
    return parts[1], rooms.index(parts[2]) if parts[2] in rooms else -1


def judge_rooms(path, name, target):
    floor, other = floor_of(path), floor_of(target)
    if floor is None or other is None or floor[0] != other[0]:
        return ""
    if other[1] > floor[1]:
        return f"{name} lies above: a room may include only those before it"
    return ""


def judge(path, layer, name, headers):
    if name == UMBRELLA:
        return "the umbrella header is for users; include what is used"
    target = target_of(name, headers)
    if target is None:
        return ""
    if path.startswith("include/") and target.startswith("src/"):
        return f"a public header must not include {name}, which is private"
    if target.startswith(LENT_ROOMS.get(layer, ("lent to nobody",))):
        return ""
    other = layer_of(target)
    if other is None:
        return f"{name} lies in no layer: add it to tools/tidy/layers.py"
    if other != layer and other not in MAY_INCLUDE[layer]:
        return f"layer {layer} must not include {name} of layer {other}"
    return judge_rooms(path, name, target)


def check(tree):
    findings = []
    headers = {path for path, _ in tree.code("include/", "src/")}
    for path, text in tree.code("include/", "src/"):
        is_free = path.startswith(FREE)
        if path == "include/" + UMBRELLA or (is_free and floor_of(path) is None):
            continue
        layer = layer_of(path)
        if layer is None and not is_free:
            findings.append(f"{path}:1: lies in no layer: add it to tools/tidy/layers.py")
            continue
        if (floor_of(path) or ("", 0))[1] < 0:
            findings.append(f"{path}:1: lies in no room: add it to tools/tidy/layers.py")
            continue
        for match in INCLUDE.finditer(text):
            target = target_of(match[1], headers)
            fault = (judge_rooms(path, match[1], target) if is_free and target
                     else "" if is_free else judge(path, layer, match[1], headers))
            if fault:
                line = text.count("\n", 0, match.start()) + 1
                findings.append(f"{path}:{line}: {fault}")
    return findings


def _one(path, include, other="include/batpak/base/a.hpp"):
    return {path: f'#include "{include}"\n', other: ""}


PLANTS = [
    (_one("src/store/x.cpp", "batpak/base/a.hpp"), None),
    (_one("src/store/x.cpp", "store/y.hpp", "src/store/y.hpp"), None),
    (_one("src/tool/x.cpp", "batpak/batpak.hpp"), None),
    (_one("src/lmdb/x.cpp", "batpak/projection/y.hpp"), None),
    (_one("src/projection/x.cpp", "batpak/lmdb/y.hpp"), "layer projection must not"),
    (_one("src/base/x.cpp", "batpak/event/event.hpp"), "layer base must not include"),
    (_one("src/base/x.cpp", "event/frame.hpp", "src/event/frame.hpp"), "layer base must not"),
    (_one("include/batpak/testing/x.hpp", "batpak/store/store.hpp"), None),
    (_one("include/batpak/testing/x.hpp", "batpak/proof/y.hpp"), "layer testing must not"),
    (_one("src/store/x.cpp", "batpak/testing/y.hpp"), "layer store must not"),
    (_one("include/batpak/proof/x.hpp", "batpak/machine/y.hpp"), "layer proof must not"),
    (_one("include/batpak/base/x.hpp", "base/a.hpp", "src/base/a.hpp"), "which is private"),
    (_one("src/store/x.cpp", "batpak/batpak.hpp"), "umbrella"),
    (_one("src/store/x.cpp", "batpak/fmt.hpp"), "layer store must not include"),
    (_one("src/strange/x.cpp", "vector"), "lies in no layer"),
    (_one("src/store/cellar/x.cpp", "vector"), "lies in no room"),
    (_one("src/store/view/x.cpp", "store/log/y.hpp", "src/store/log/y.hpp"), None),
    (_one("src/store/view/x.cpp", "store/view/y.hpp", "src/store/view/y.hpp"), None),
    (_one("src/store/x.cpp", "store/commit/y.hpp", "src/store/commit/y.hpp"), None),
    (_one("src/delivery/x.cpp", "store/commit/y.hpp", "src/store/commit/y.hpp"), None),
    (_one("src/store/log/x.cpp", "store/view/y.hpp", "src/store/view/y.hpp"), "lies above"),
    (_one("src/store/commit/x.cpp", "store/y.hpp", "src/store/y.hpp"), "lies above"),
    (_one("src/tool/input/x.cpp", "tool/text/y.hpp", "src/tool/text/y.hpp"), None),
    (_one("src/tool/text/x.cpp", "tool/console/y.hpp", "src/tool/console/y.hpp"), "lies above"),
    (_one("src/tool/cellar/x.cpp", "vector"), "lies in no room"),
    (_one("src/inspector/x.cpp", "tool/text/y.hpp", "src/tool/text/y.hpp"), None),
    (_one("src/inspector/x.cpp", "tool/console/y.hpp", "src/tool/console/y.hpp"), "in no layer"),
    (_one("src/store/x.cpp", "tool/text/y.hpp", "src/tool/text/y.hpp"), "in no layer"),
]

if __name__ == "__main__":
    run(check, PLANTS)
