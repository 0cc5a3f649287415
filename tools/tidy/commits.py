#!/usr/bin/env python3
"""Checks commit messages: commits.py [<range>], by default the last commit.

    layer[/file][, layer]: what changes     at most 72 characters, no full stop at the end
                                            a blank line
    why, before and after, how checked      not empty
"""

import re
import subprocess
import sys

from _tree import ROOT

SUBJECT = re.compile(r"^[\w./*+-]+(, [\w./*+-]+)*: \S.*[^.]$")
SUBJECT_CHARACTERS_MAX = 72


def judge(message):
    lines = message.rstrip("\n").split("\n")
    faults = []
    if not SUBJECT.match(lines[0]):
        faults.append("the subject is not 'layer: what changes'")
    if len(lines[0]) > SUBJECT_CHARACTERS_MAX:
        faults.append(f"the subject has {len(lines[0])} characters")
    if len(lines) < 3 or lines[1] or not lines[2]:
        faults.append("no body after a blank line")
    return faults


def selftest():
    right = "store, base: say why\n\nBecause.\n"
    plants = [(right, 0), ("say why\n\nBecause.\n", 1), (right.replace("why", "why."), 1),
              (right.replace("why", "why" * 30), 1), ("store: say why\n", 1),
              ("store: say why\nBecause.\n", 1)]
    return [f"selftest: {message!r}" for message, count in plants if len(judge(message)) != count]


def main():
    if "--selftest" in sys.argv[1:]:
        sys.exit("\n".join(selftest()) or 0)
    commits = sys.argv[1] if len(sys.argv) > 1 else "HEAD^!"
    log = subprocess.run(["git", "-C", ROOT, "log", "--no-merges", "--format=%h%n%B%x00", commits],
                         check=True, capture_output=True, text=True).stdout
    findings = []
    for entry in filter(None, (part.lstrip("\n") for part in log.split("\0"))):
        commit, message = entry.split("\n", 1)
        findings += [f"{commit}: {fault}" for fault in judge(message)]
    sys.exit("\n".join(findings) or 0)


if __name__ == "__main__":
    main()
