#!/usr/bin/env python3
"""perf_gates.py FILE...: judges the rows of benchmark runs by bench/gates.tsv.

FILE holds the JSON lines that a benchmark writes with --json. Prints each gate as held, not held
or not measured; exits with 1 unless all were measured and held.
"""

import json
import sys

GATES = "bench/gates.tsv"


def read_gates(path):
    """[(row, gate, better)]"""
    with open(path, encoding="utf-8") as file:
        lines = [line.split() for line in file if line.strip() and not line.startswith("#")]
    return [(name, float(gate), better) for name, gate, better in lines]


def read_rows(paths):
    rows = {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        rows.update({line["name"]: line for line in lines if "name" in line})
    return rows


def judge(gates, rows):
    """[(verdict, row, value or None, gate, better)]"""
    found = []
    for name, gate, better in gates:
        value = rows[name]["value"] if name in rows else None
        if value is None:
            verdict = "not measured"
        else:
            verdict = "held" if (value <= gate if better == "lower" else value >= gate) else "not held"
        found.append((verdict, name, value, gate, better))
    return found


def main(paths):
    found = judge(read_gates(GATES), read_rows(paths))
    for verdict, name, value, gate, better in found:
        shown = "-" if value is None else f"{value:.4g}"
        print(f"{verdict:12}  {name:32} {shown:>9}  {'<=' if better == 'lower' else '>='} {gate:g}")
    counts = {verdict: sum(row[0] == verdict for row in found)
              for verdict in ("held", "not held", "not measured")}
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    return 0 if counts["held"] == len(found) else 1


def selftest():
    rows = {"a": {"value": 1.0}, "b": {"value": 1.0}}
    verdicts = [row[0] for row in judge(
        [("a", 1.0, "lower"), ("a", 0.9, "lower"), ("b", 1.0, "higher"), ("b", 1.1, "higher"),
         ("c", 1.0, "lower")], rows)]
    assert verdicts == ["held", "not held", "held", "not held", "not measured"], verdicts


if __name__ == "__main__":
    if sys.argv[1:] == ["--selftest"]:
        selftest()
    else:
        sys.exit(main(sys.argv[1:]))
