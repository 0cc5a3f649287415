#!/usr/bin/env python3
"""perf_gates.py [--quick]: judges the last runs of the benchmarks by bench/gates.tsv.

Reads what `tools/bench.sh --surface all`, `--against all` and `--against umadb` left in
build/bench/results/. On a machine that others share, one run of eighty rows has a row or two that
somebody else's work spoiled. So the area of a row that is not held is measured twice more, and the
middle one of the three values is judged; a row that became slower misses again. Prints each gate as
held, not held or not measured, and all values of a row that was measured again; exits with 1 unless
all were measured and held.
"""

import json
import shutil
import statistics
import subprocess
import sys

GATES = "bench/gates.tsv"
RESULTS = "build/bench/results"
RUNS = {"all": ["--surface", "all"], "against-all": ["--against", "all"]}
# This rival is built by cargo. Where there is none its rows are not judged, and that is said.
UMADB_RUN, UMADB_ROWS = "umadb", "dcb."
TIMES_AGAIN = 2


def read_gates(path):
    """[(row, gate, better)]"""
    with open(path, encoding="utf-8") as file:
        lines = [line.split() for line in file if line.strip() and not line.startswith("#")]
    return [(name, float(gate), better) for name, gate, better in lines]


def read_rows(run):
    """{row: its line}"""
    with open(f"{RESULTS}/{run}.jsonl", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return {line["name"]: line for line in lines if "name" in line}


def judge(gates, values):
    """[(verdict, row, its values, gate, better)]. values: {row: [value of each measurement]}"""
    found = []
    for name, gate, better in gates:
        measured = values.get(name, [])
        if not measured:
            verdict = "not measured"
        else:
            middle = statistics.median(measured)
            held = middle <= gate if better == "lower" else middle >= gate
            verdict = "held" if held else "not held"
        found.append((verdict, name, measured, gate, better))
    return found


def not_held(found):
    return {name for verdict, name, *_ in found if verdict == "not held"}


def areas_of(missed, rows_of_runs):
    """{(run, area)} of these rows."""
    return {(run, row["area"]) for run, rows in rows_of_runs.items()
            for name, row in rows.items() if name in missed}


def measure_again(missed, rows_of_runs, quick, values):
    """Adds to the values of the rows that were missed."""
    for run, area in sorted(areas_of(missed, rows_of_runs)):
        for _ in range(TIMES_AGAIN):
            print(f"\nagain: {area}", flush=True)
            subprocess.run(["tools/bench.sh", *quick, *RUNS[run], "--only", area], check=True)
            for name, row in read_rows(f"{run}-{area}").items():
                if name in missed:
                    values[name].append(row["value"])


def main(quick):
    gates = read_gates(GATES)
    if shutil.which("cargo"):
        RUNS[UMADB_RUN] = ["--against", UMADB_RUN]
    else:
        print("not run: decisions over tags, against UmaDB: there is no cargo")
        gates = [gate for gate in gates if not gate[0].startswith(UMADB_ROWS)]
    rows_of_runs = {run: read_rows(run) for run in RUNS}
    values = {name: [row["value"]] for rows in rows_of_runs.values() for name, row in rows.items()}
    missed = not_held(judge(gates, values))
    measure_again(missed, rows_of_runs, quick, values)
    found = judge(gates, values)
    for verdict, name, measured, gate, better in found:
        shown = " ".join(f"{value:.4g}" for value in measured) or "-"
        print(f"{verdict:12}  {name:32} {shown:>9}  {'<=' if better == 'lower' else '>='} {gate:g}")
    counts = {verdict: sum(row[0] == verdict for row in found)
              for verdict in ("held", "not held", "not measured")}
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    return 0 if counts["held"] == len(found) else 1


def selftest():
    values = {"a": [1.0], "b": [1.0], "again": [1.3, 0.9, 1.0], "worse": [1.3, 0.9, 1.2]}
    found = judge([("a", 1.0, "lower"), ("a", 0.9, "lower"), ("b", 1.0, "higher"),
                   ("b", 1.1, "higher"), ("c", 1.0, "lower"), ("again", 1.0, "lower"),
                   ("worse", 1.0, "lower")], values)
    verdicts = [row[0] for row in found]
    assert verdicts == ["held", "not held", "held", "not held", "not measured", "held",
                        "not held"], verdicts
    areas = areas_of(not_held(found), {"all": {"b": {"area": "x"}, "other": {"area": "y"}},
                                       "against-all": {"worse": {"area": "z"}}})
    assert areas == {("all", "x"), ("against-all", "z")}, areas


if __name__ == "__main__":
    if sys.argv[1:] == ["--selftest"]:
        selftest()
    else:
        sys.exit(main(sys.argv[1:]))
