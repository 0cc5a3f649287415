#!/usr/bin/env python3
"""Runs what the guide shows: programs with their output, and transcripts of a shell.

A marker before a block in guide/src/ says what the block is:

    <!-- output: guide/programs/NAME.cpp -->    what the program prints: the test guide.NAME compares
    <!-- file: NAME -->                         a file in the folder in which the page's transcripts run;
                                                a snippet marker (tools/docs.py) may follow
    <!-- data: PATH -->                         on a line of its own: a file of the sources, which lies in that
                                                folder too, under its last name
    <!-- transcript -->                         a ```sh block: `$ ` begins a command, `> ` continues it,
                                                all other lines are what it prints
    <!-- install: WHERE -->                     a ```sh block of commands that install batpak, in the folder of
                                                its sources (tree) or of its Debian packages (packages)
    <!-- not run: REASON -->                    a ```sh block that no test can run

The transcripts of a page run one after another in one shell, in an empty folder, with the installed tree
in PATH and CMAKE_PREFIX_PATH. A command must succeed, or end in a comment: `# code 3`. In what is
expected, an id, a time and a hash are any of their form; `...` is any text within a line, and a line of
its own any number of lines.

    transcripts.py --forms                       each block has its marker, each program its output
    transcripts.py --program FILE --name NAME    FILE prints what the guide says that NAME prints
    transcripts.py --build FOLDER [PAGE...]      what that build installs behaves as transcripts say
    transcripts.py --prefix FOLDER [PAGE...]     what is installed there does
    transcripts.py --root FOLDER --install WHERE PAGE
                                                 a bare system there does, once it was installed from
                                                 /srv/WHERE; says what each command took
    transcripts.py --selftest

With --fix, the pages get what was printed; expected lines that match it stay as they are.
"""

import argparse
import glob
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGES = "guide/src/**/*.md"
PROGRAMS = "guide/programs/*.cpp"
SECONDS_MAX = 600
BLOCK = re.compile(r"((?:^<!-- [^\n]* -->\n)*)^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DATA = re.compile(r"^<!-- data: (\S+) -->$", re.MULTILINE)
MARKER = re.compile(r"<!-- (\w[\w ]*?)(?:: (.*?))? -->")
CODE = re.compile(r"# code (\d+)$")
END = "--- end of command, code "
# Up to the first program that runs, in a bare system.
COMMANDS_MAX = 3
# What differs in each run, and the form of it.
VARIES = {"...": r"[^\n]*",
          "id": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
          "time": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z",
          "hash": r"\b[0-9a-f]{64}\b"}
VARYING = re.compile(rf"(\.\.\.)|({VARIES['id']})|({VARIES['time']})|({VARIES['hash']})")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def pages(root):
    return sorted(glob.glob(PAGES, root_dir=root, recursive=True))


def blocks(text):
    """(match, markers, language, content) of each block of a page."""
    for match in BLOCK.finditer(text):
        yield match, dict(MARKER.findall(match[1])), match[2], match[3]


def pattern(expected):
    parts = []
    for line in expected.splitlines():
        if line.strip() == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(pattern_of_line(line) + r"\n")
    return re.compile("".join(parts))


def pattern_of_line(line):
    parts, at = [], 0
    for match in VARYING.finditer(line):
        parts += [re.escape(line[at:match.start()]), list(VARIES.values())[match.lastindex - 1]]
        at = match.end()
    return "".join(parts) + re.escape(line[at:])


def agrees(expected, printed):
    return pattern(expected).fullmatch(printed) is not None


def merged(expected, printed):
    """What was printed, with the expected lines that match it in place of its own."""
    if agrees(expected, printed):
        return expected
    known = [line for line in expected.splitlines() if VARYING.search(line) and line.strip() != "..."]
    lines = []
    for line in printed.splitlines():
        lines.append(next((wild for wild in known if agrees(wild, line + "\n")), line))
    return "".join(line + "\n" for line in lines)


def difference(expected, printed):
    return "".join(f"    expected  {line}\n" for line in expected.splitlines()) + \
        "".join(f"    printed   {line}\n" for line in printed.splitlines())


def change(path, text, changes):
    """Writes `text` with each (span, new text) of `changes` in place."""
    for (begin, end), new in reversed(changes):
        text = text[:begin] + new + text[end:]
    if changes:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


# ---- forms


def check_forms(root):
    findings, shown = [], set()
    for page in pages(root):
        text = read(os.path.join(root, page))
        for match, markers, language, content in blocks(text):
            where = f"{page}:{text.count(chr(10), 0, match.start(2)) + 1}"
            if "output" in markers:
                shown.add(markers["output"])
            if language == "sh" and not {"transcript", "install", "not run"} & markers.keys():
                findings.append(f"{where}: a ```sh block without <!-- transcript --> or <!-- not run: ... -->")
            if markers.get("install", "tree") not in ("tree", "packages"):
                findings.append(f"{where}: installed from {markers['install']}, which is neither tree nor packages")
            if "transcript" in markers and not content.startswith("$ "):
                findings.append(f"{where}: a transcript begins with a command, `$ ...`")
    for program in sorted(glob.glob(PROGRAMS, root_dir=root)):
        if program not in shown:
            findings.append(f"{program}: no page shows what it prints: <!-- output: {program} -->")
        shown.discard(program)
    return findings + [f"{PAGES}: there is no {program}" for program in sorted(shown)]


# ---- programs


def check_program(root, name, program, fix):
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run([os.path.abspath(program)], cwd=folder, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=SECONDS_MAX, check=False)
    faults = [f"{name} ended with {run.returncode}:\n{run.stdout}"] if run.returncode else []
    found = False
    for page in pages(root):
        path = os.path.join(root, page)
        text, changes = read(path), []
        for match, markers, _, expected in blocks(text):
            if markers.get("output") != f"guide/programs/{name}.cpp":
                continue
            found = True
            if fix:
                changes.append((match.span(3), merged(expected, run.stdout)))
            elif not agrees(expected, run.stdout):
                faults.append(f"{page}: not what {name} prints\n{difference(expected, run.stdout)}")
        change(path, text, changes)
    return faults if found else faults + [f"no page shows what {name} prints"]


# ---- transcripts


def commands(content):
    """[command, what it prints] of each command of a transcript."""
    found = []
    for line in content.splitlines():
        if line.startswith("$ "):
            found.append([line[2:], ""])
        elif line.startswith("> ") and not found[-1][1]:
            found[-1][0] += "\n" + line[2:]
        else:
            found[-1][1] += line + "\n"
    return found


def script_of(typed):
    # After a command that printed no line end, the mark is still on a line of its own.
    lines = [f"{command}\nprintf '\\n{END}%s %s\\n' \"$?\" \"$EPOCHREALTIME\"" for command in typed]
    return "set -o pipefail\n" + "\n".join(lines) + "\n"


def write_files(text, folder):
    for path in DATA.findall(text):
        shutil.copy(os.path.join(ROOT, path), folder)
    for _, markers, _, content in blocks(text):
        if "file" in markers:
            with open(os.path.join(folder, markers["file"]), "w", encoding="utf-8") as file:
                file.write(content)


def shown_commands(text):
    """The commands of all transcripts of a page."""
    return [command for _, markers, _, content in blocks(text) if "transcript" in markers
            for command, _ in commands(content)]


def typed_into(shell, typed, **options):
    """(what it printed, its code, when it ended) of each command."""
    run = subprocess.run([*shell, "bash", "-c", script_of(typed)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, check=False, **options)
    printed = re.split(rf"\n{re.escape(END)}(\d+) ([\d.]+)\n", run.stdout)
    return list(zip(printed[0::3], map(int, printed[1::3]), map(float, printed[2::3])))


def run_page(text, prefix):
    """What each command of a page printed, and its code."""
    environment = dict(os.environ, PATH=f"{prefix}/bin:{os.environ['PATH']}", LC_ALL="C.UTF-8",
                       CMAKE_PREFIX_PATH=prefix, PKG_CONFIG_PATH=pkg_config_path(prefix), TZ="UTC",
                       LD_LIBRARY_PATH=pkg_config_path(prefix).replace("/pkgconfig", ""))
    with tempfile.TemporaryDirectory() as folder:
        write_files(text, folder)
        return typed_into([], shown_commands(text), cwd=folder, env=environment, timeout=SECONDS_MAX)


def pkg_config_path(prefix):
    return ":".join(glob.glob(f"{prefix}/lib/pkgconfig") + glob.glob(f"{prefix}/lib/*/pkgconfig"))


def judge(page, text, results):
    """What is wrong with the results of a page's commands, and the transcripts as they were printed."""
    faults, changes, at = [], [], 0
    for match, markers, _, content in blocks(text):
        if "transcript" not in markers:
            continue
        shown = ""
        for command, expected in commands(content):
            printed, code, _ = results[at] if at < len(results) else ("", -1, 0)
            printed = printed + "\n" if printed and not printed.endswith("\n") else printed
            at += 1
            wanted = int(CODE.search(command)[1]) if CODE.search(command) else 0
            if code != wanted:
                faults.append((f"{page}: code {code} from: {command}\n{printed}", True))
            elif not agrees(expected, printed):
                faults.append((f"{page}: not what this prints: {command}\n{difference(expected, printed)}", False))
            shown += "$ " + command.replace("\n", "\n> ") + "\n" + merged(expected, printed)
        changes.append((match.span(3), shown))
    return faults, changes


def check_page(root, page, prefix, fix):
    text = read(os.path.join(root, page))
    faults, changes = judge(page, text, run_page(text, prefix))
    change(os.path.join(root, page), text, changes if fix else [])
    return [fault for fault, of_code in faults if of_code or not fix]


def check_pages(root, prefix, chosen, fix):
    faults = []
    for page in pages(root):
        if "<!-- transcript -->" in read(os.path.join(root, page)) and (not chosen or page in chosen):
            print(page, flush=True)
            faults += check_page(root, page, os.path.abspath(prefix), fix)
    return faults


def check_build(root, build, chosen, fix):
    with tempfile.TemporaryDirectory() as prefix:
        subprocess.run(["cmake", "--install", build, "--prefix", prefix], stdout=subprocess.DEVNULL, check=True)
        return check_pages(root, prefix, chosen, fix)


# ---- a bare system


def install_commands(text, where):
    lines = "".join(content for _, markers, _, content in blocks(text) if markers.get("install") == where)
    return [line for line in lines.splitlines() if line]


def to_first_program(typed):
    """How many commands it takes until a program of the page has run."""
    return next((at + 1 for at, command in enumerate(typed) if command.startswith("./") and
                 not command.startswith("./dev")), len(typed))


def check_root(root, system, where, page):
    text = read(os.path.join(root, page))
    installing, showing = install_commands(text, where), shown_commands(text)
    if not installing:
        return [f"{page} says nothing of how to install from {where}"]
    shell = ["chroot", system, "env", "-i", "HOME=/root", "LC_ALL=C.UTF-8", "TZ=UTC",
             "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
    with tempfile.TemporaryDirectory(dir=os.path.join(system, "tmp")) as folder:
        write_files(text, folder)
        first, after = f"cd /srv/{where}", f"cd /tmp/{os.path.basename(folder)}"
        begin = time.time()
        results = typed_into(shell, [first, *installing, after, *showing])
    report_times(results[1:], [*installing, after, *showing], begin)
    failed = [f"code {code} from: {command}\n{printed}" for (printed, code, _), command
              in zip(results[1:], installing) if code]
    faults = [fault for fault, _ in judge(page, text, results[len(installing) + 2:])[0]]
    count = to_first_program(installing + showing)
    print(f"{count} commands to a running program", flush=True)
    if count > COMMANDS_MAX:
        faults.append(f"{page}: {count} commands to a running program, and {COMMANDS_MAX} are the most")
    return failed or faults


def report_times(results, typed, begin):
    last = begin
    for (_, _, end), command in zip(results, typed):
        if not command.startswith("cd /tmp/"):
            print(f"{end - last:8.1f} s  {command}")
        last = end
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{last - begin:8.1f} s  in all; {used.ru_utime + used.ru_stime:.1f} s of processor time")


# ---- selftest

PAGE = """<!-- file: a.txt -->
```text
one
```
<!-- transcript -->
```sh
$ cat a.txt
one
$ printf 'no end'; exit_with() { return "$1"; }
no end
$ exit_with 3 # code 3
$ echo 12 \\
> 13; seq 4
12 ...
...
4
$ echo 01a22ae9-382f-7032-a819-40c8d37db6e2 at 2026-11-30T05:24:17.071590Z.
f7a322ae-97a3-7020-b4b6-59781eb1b6f2 at 2025-01-02T03:04:05Z.
```
"""
PAGE_PLANTS = [
    (PAGE, None),
    ("<!-- data: LICENSE-MIT -->\n" + PAGE.replace("cat a.txt\none", "ls\nLICENSE-MIT\na.txt"), None),
    (PAGE.replace("cat a.txt\none", "ls\nLICENSE-MIT\na.txt"), "expected  LICENSE-MIT"),
    (PAGE.replace("one\n$", "two\n$"), "expected  two"),
    (PAGE.replace(" # code 3", ""), "code 3 from"),
    (PAGE.replace("code 3\n", "code 4\n"), "code 3 from"),
    (PAGE.replace("...\n4\n", "4\n"), "expected  4"),
    (PAGE.replace("f7a322ae-97a3", "f7a322ae97a3"), "expected  f7a322ae97a3"),
]
FORM_PLANTS = [
    ("<!-- output: guide/programs/p.cpp -->\n```text\nsaid 1...\n```\n", None),
    ("```text\nsaid 1...\n```\n", "no page shows"),
    ("<!-- output: guide/programs/q.cpp -->\n```text\n```\n", "there is no guide/programs/q.cpp"),
    ("```sh\n$ true\n```\n", "without <!-- transcript -->"),
    ("<!-- not run: needs root -->\n```sh\napt-get update\n```\n", "no page shows"),
    ("<!-- install: tree -->\n```sh\n./dev install\n```\n", "no page shows"),
    ("<!-- install: moon -->\n```sh\n./dev install\n```\n", "neither tree nor packages"),
    ("<!-- transcript -->\n```sh\ntrue\n```\n", "begins with a command"),
]


def with_page(text, check):
    with tempfile.TemporaryDirectory() as root:
        for folder in ("guide/src", "guide/programs"):
            os.makedirs(os.path.join(root, folder))
        program = os.path.join(root, "guide/programs/p.cpp")
        for path, content in ((os.path.join(root, "guide/src/a.md"), text),
                              (program, "#!/bin/sh\necho said 12\n")):
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)
        os.chmod(program, 0o755)
        return "\n".join(check(root, program))


def selftest():
    faults = []

    def expect(what, text, words, check):
        found = with_page(text, check)
        if (words or "") not in found or bool(found) != bool(words):
            faults.append(f"selftest: {what}: expected {words}, found {found}")

    for text, words in PAGE_PLANTS:
        expect("page", text, words, lambda root, _: check_pages(root, "/nonexistent", [], False))
    for text, words in FORM_PLANTS:
        expect("forms", text, words, lambda root, _: check_forms(root))
    typed = install_commands(FORM_PLANTS[5][0], "tree") + shown_commands(PAGE) + ["c++ app.cpp", "./app"]
    if len(typed) != 8 or to_first_program(typed) != 8:
        faults.append(f"selftest: 8 commands to a running program, found {typed}")
    expect("program", FORM_PLANTS[0][0], None, lambda root, file: check_program(root, "p", file, False))
    expect("program", FORM_PLANTS[0][0].replace("12", "2"), None,
           lambda root, file: check_program(root, "p", file, False))
    expect("program", FORM_PLANTS[0][0].replace("said 1", "said 2"), "not what p prints",
           lambda root, file: check_program(root, "p", file, False))
    expect("fix", FORM_PLANTS[0][0].replace("said 1", "said 2"), None,
           lambda root, file: check_program(root, "p", file, True) + check_program(root, "p", file, False))
    expect("fix", FORM_PLANTS[0][0].replace("said 1...\n", ""), None,
           lambda root, file: check_program(root, "p", file, True) + check_program(root, "p", file, False))
    expect("fix", PAGE.replace("one\n$", "two\n$"), None,
           lambda root, _: check_pages(root, "/none", [], True) + check_pages(root, "/none", [], False))
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--selftest", action="store_true")
    parser.add_argument("--forms", action="store_true")
    parser.add_argument("--fix", action="store_true")
    parser.add_argument("--program")
    parser.add_argument("--name")
    parser.add_argument("--build")
    parser.add_argument("--prefix")
    parser.add_argument("--root")
    parser.add_argument("--install", default="tree")
    parser.add_argument("page", nargs="*")
    options = parser.parse_args()
    faults = []
    if options.selftest:
        faults += selftest()
    if options.forms:
        faults += check_forms(ROOT)
    if options.program:
        faults += check_program(ROOT, options.name, options.program, options.fix)
    if options.build:
        faults += check_build(ROOT, options.build, options.page, options.fix)
    if options.prefix:
        faults += check_pages(ROOT, options.prefix, options.page, options.fix)
    if options.root:
        for page in options.page:
            faults += check_root(ROOT, os.path.abspath(options.root), options.install, page)
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
