#!/usr/bin/env python3
"""bench_baseline.py save|compare FILE SURFACE: keeps the figures of a run, or sets new ones beside them.

Baselines are kept per machine and surface, in bench/baseline/<machine>-<surface>.jsonl. What a row
compares are ratios and counts, never times; rows that got worse by more than their own spread and
a tenth are marked, and nothing fails: on a shared machine, a mark is a reason to run again.
"""

import json
import os
import sys

FOLDER = "bench/baseline"
WORSE = 1.10


def read(path):
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    machines = [line["machine"] for line in lines if "machine" in line]
    return machines[0], {line["name"]: line for line in lines if "name" in line}


def spread(row):
    """How far the repetitions of a row lay from its value, as a factor."""
    if not row.get("low") or not row["value"]:
        return 1.0
    return max(row["high"] / row["value"], row["value"] / row["low"])


def worse_by(old, new):
    """Above 1: worse by that factor."""
    if not old["value"] or not new["value"]:
        return 1.0 if old["value"] == new["value"] else float("inf")
    factor = new["value"] / old["value"]
    return factor if new["better"] == "lower" else 1 / factor


def compare(old, new):
    marks = 0
    for name, row in new.items():
        if name not in old:
            print(f"  {name:42} {'new':>10} -> {row['value']:10.3f} {row['unit']}")
            continue
        factor = worse_by(old[name], row)
        marked = factor > WORSE * max(1.0, min(spread(old[name]), spread(row)))
        marks += marked
        print(f"  {name:42} {old[name]['value']:10.3f} -> {row['value']:10.3f} {row['unit']:16}"
              f" {1 / factor if factor else 1:5.2f}x {'WORSE' if marked else ''}")
    for name in old.keys() - new.keys():
        print(f"  {name:42} is gone")
    print(f"{marks} rows are worse by more than their spread")


def main(action, path, surface):
    machine, new = read(path)
    baseline = os.path.join(FOLDER, f"{machine}-{surface}.jsonl")
    if action == "save":
        os.makedirs(FOLDER, exist_ok=True)
        with open(path, encoding="utf-8") as source, open(baseline, "w", encoding="utf-8") as target:
            target.write(source.read())
        print(f"saved: {baseline}")
        return
    if not os.path.exists(baseline):
        sys.exit(f"bench: nothing saved for this machine in {baseline}: --save first")
    print(f"\nbefore -> now ({baseline}); above 1.00x is better")
    compare(read(baseline)[1], new)


if __name__ == "__main__":
    main(*sys.argv[1:])
