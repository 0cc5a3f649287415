#!/usr/bin/env python3
"""Checks that wrong programs do not compile, for the reason and at the line they should not.

A file of tests/compile_fail/ is one program in several versions:

    #ifdef GOOD
    auto coordinate = batpak::Coordinate::create("a", "b");
    #endif

    #ifdef BAD_no_default  // expect: no matching|no default
    batpak::Coordinate coordinate;  // ERROR HERE
    #endif

GOOD must compile. Each BAD_<name> must fail; the compiler must point at the marked line, must
report no error at another line of the file, and its words must match the regular expression.
Errors inside a header count, if the compiler says that the marked line led there.
"""

import argparse
import concurrent.futures
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile

FLAGS = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-unused-variable",
         "-fdiagnostics-color=never"]
CASE = re.compile(r"^#\s*ifdef\s+(GOOD|BAD_\w+)\s*(?://\s*expect:\s*(.*\S))?\s*$")
MARK = "// ERROR HERE"


class Case:
    def __init__(self, name, expect, line):
        self.name, self.expect, self.line, self.marks = name, expect, line, []


def is_pattern(text):
    try:
        re.compile(text)
        return True
    except re.error:
        return False


def read_cases(path):
    """Returns the cases of a file and what is wrong with how they are written."""
    cases, faults, current = [], [], None
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            start = CASE.match(line)
            if start:
                current = Case(start[1], start[2], number)
                cases.append(current)
            elif re.match(r"^#\s*endif", line):
                current = None
            elif MARK in line:
                if current is None:
                    faults.append(f"{path}:{number}: a mark outside of a case")
                else:
                    current.marks.append(number)
    if "GOOD" not in [case.name for case in cases]:
        faults.append(f"{path}: no GOOD case")
    if not any(case.name != "GOOD" for case in cases):
        faults.append(f"{path}: no BAD case")
    for case in cases:
        where = f"{path}:{case.line}: {case.name}"
        if case.name == "GOOD" and case.marks:
            faults.append(f"{where} has a line marked as an error")
        if case.name != "GOOD" and len(case.marks) != 1:
            faults.append(f"{where} needs exactly one line with '{MARK}'")
        if case.name != "GOOD" and not case.expect:
            faults.append(f"{where} needs '// expect: <regular expression>'")
        if case.expect and not is_pattern(case.expect):
            faults.append(f"{where} expects no pattern: the formatter breaks lines over 100 bytes")
    return cases, faults


def judge(case, path, status, output):
    """Says what is wrong with how the compiler took a case; an empty text if nothing is."""
    if case.name == "GOOD":
        return "" if status == 0 else "must compile, and does not"
    if status == 0:
        return "must not compile, but does"
    here = re.escape(path)
    errors = {int(line) for line in re.findall(rf"^{here}:(\d+):\d+: (?:fatal )?error:", output,
                                               re.MULTILINE)}
    pointed = {int(line) for line in re.findall(rf"{here}:(\d+):\d+:", output)}
    if case.marks[0] not in pointed:
        return f"fails, but not at line {case.marks[0]}"
    if errors - set(case.marks):
        return f"fails at line {min(errors - set(case.marks))} as well"
    if not re.search(case.expect, output):
        return f"fails in other words than /{case.expect}/"
    return ""


def prepare_headers(compiler, includes, path, folder):
    """What the versions of a program include is compiled once: most of their time goes there. A
    compiler that cannot use the result reads the header itself."""
    header = os.path.join(folder, f"{os.path.basename(compiler)}.hpp")
    with open(path, encoding="utf-8") as file, open(header, "w", encoding="utf-8") as out:
        before = itertools.takewhile(lambda line: not CASE.match(line), file)
        out.writelines(line for line in before if line.startswith("#include"))
    kind = "pch" if "clang" in os.path.basename(compiler) else "gch"
    flags = [flag for flag in FLAGS if flag != "-fsyntax-only"]
    subprocess.run([compiler, *flags, *[f"-I{include}" for include in includes], "-x",
                    "c++-header", header, "-o", f"{header}.{kind}"],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return header


def compile_case(compiler, includes, path, case, header):
    command = [compiler, *FLAGS, f"-D{case.name}", *[f"-I{folder}" for folder in includes],
               "-include", header, path]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    fault = judge(case, path, done.returncode, done.stdout)
    return f"{path}: {case.name} {fault} ({compiler})\n{done.stdout}" if fault else ""


def check(path, compilers, includes):
    cases, faults = read_cases(path)
    if faults:
        return faults
    with (concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool,
          tempfile.TemporaryDirectory() as folder):
        headers = list(pool.map(lambda compiler: prepare_headers(compiler, includes, path, folder),
                                compilers))
        jobs = [pool.submit(compile_case, compiler, includes, path, case, header)
                for compiler, header in zip(compilers, headers) for case in cases]
        return [job.result() for job in jobs if job.result()]


RIGHT = f"""
struct Closed {{ Closed() = delete; }};
#ifdef GOOD
int good = 1;
#endif
#ifdef BAD_closed  // expect: deleted
int other = 1;
Closed closed;  {MARK}
#endif
"""

# What is planted in RIGHT (this text becomes that one), and what must be said about it.
PLANTS = [
    ("", "", ""),
    ("Closed closed;", "int closed;", "must not compile"),
    ("expect: deleted", "expect: no such words", "in other words"),
    ("other = 1;", "other = nothing;", "as well"),
    ("other = 1;\nClosed closed;", "other = nothing;\nint closed;", "not at line"),
    (MARK, "", "exactly one line"),
    ("  // expect: deleted", "", "needs '// expect"),
    ("expect: deleted", "expect: (deleted|no", "expects no pattern"),
    ("good = 1;", "good = nothing;", "must compile"),
    ("#ifdef GOOD", "#ifdef ELSE", "no GOOD case"),
]


def selftest(compilers):
    """Each planted fault must be found, and the right file must pass."""
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        for old, new, expected in PLANTS:
            path = os.path.join(folder, "planted.cpp")
            with open(path, "w", encoding="utf-8") as file:
                file.write(RIGHT.replace(old, new))
            found = check(path, compilers, [])
            right = not found if not expected else any(expected in fault for fault in found)
            if not right:
                faults.append(f"selftest: {old} -> {new}: expected '{expected}', found {found}")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compiler", action="append", default=[])
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("--selftest", action="store_true")
    parser.add_argument("--forms", action="store_true", help="only how the cases are written")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    if options.forms:
        faults = [fault for path in options.files for fault in read_cases(path)[1]]
        sys.exit("\n".join(faults) if faults else 0)
    # One compiler may be named twice, by name and by path.
    found = {os.path.realpath(path): path
             for path in map(shutil.which, options.compiler or ["g++"]) if path}
    if not found:
        sys.exit("compile_fail.py: no compiler")
    compilers = list(found.values())
    faults = selftest(compilers) if options.selftest else []
    for path in options.files:
        faults += check(path, compilers, options.include)
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
