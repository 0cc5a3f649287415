#!/usr/bin/env python3
"""plot_bench.py FILE.jsonl FILE.svg|FILE.md: draws what a benchmark wrote with --json, or makes tables.

Of compare_bench: one group of bars a row, each bar how many times as fast as a contender is set
against batpak; above the line is faster than batpak, below it slower, both on a scale of powers.
Of growth_bench: each cost over the number of events, both on scales of powers.
"""

import json
import math
import sys

WIDTH, LEFT, TOP, PANEL, GAP = 1000, 70, 60, 220, 60
COLOURS = {"batpak": "#1b6ca8", "raw": "#555555", "raw+gc": "#555555", "raw-hash": "#8c8c8c",
           "raw-crc": "#8c8c8c", "floor": "#bdbdbd", "sqlite": "#e07b39", "lmdb": "#3a9d5d",
           "rocksdb": "#b83b5e", "leveldb": "#8e5ea2"}
TEXT = 'font-family="sans-serif" font-size="11" fill="#222222"'


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def text(x, y, words, anchor="middle", more=""):
    words = str(words).replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {TEXT} {more}>{words}</text>'


def line(x1, y1, x2, y2, colour="#cccccc"):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def powers(low, high):
    """The powers of ten from the one at or below `low` to the one at or above `high`."""
    return [10.0 ** power for power in range(math.floor(math.log10(low) + 1e-9),
                                             math.ceil(math.log10(high) - 1e-9) + 1)]


def scale(marks, begin, end):
    """A function from values to places, on a scale of powers."""
    low, high = math.log10(marks[0]), math.log10(marks[-1])
    return lambda value: begin + (math.log10(value) - low) / ((high - low) or 1) * (end - begin)


def document(height, parts):
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}">',
                      f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>', *parts, "</svg>", ""])


def speeds_of(figures):
    """{row: [(contender, speed against batpak)]}"""
    rows = {}
    for figure in figures:
        rows.setdefault(figure["row"], []).append(figure)
    found = {}
    for row, contenders in rows.items():
        batpak = next((one for one in contenders if one["contender"] == "batpak"), None)
        if batpak is None:
            continue
        found[row] = [(one["contender"], one["speed"] / batpak["speed"])
                      for one in contenders if one is not batpak]
    return found


def bars(figures, machine):
    rows = speeds_of(figures)
    values = [value for row in rows.values() for _, value in row] + [0.1, 10]
    marks = powers(min(values), max(values))
    across = scale(marks, LEFT + 60, WIDTH - 90)
    parts, y = [text(LEFT, 24, "How many times as fast as batpak", "start", 'font-weight="bold"'),
                text(LEFT, 42, machine, "start")], TOP
    top = y
    for row, contenders in rows.items():
        parts.append(text(LEFT + 50, y + 7 * len(contenders) + 4, row, "end"))
        for name, value in contenders:
            begin, end = sorted((across(1), across(value)))
            parts.append(f'<rect x="{begin:.1f}" y="{y + 2}" width="{max(end - begin, 1):.1f}" height="11" '
                         f'fill="{COLOURS.get(name.removesuffix("+gc"), COLOURS.get(name, "#000000"))}"/>')
            place = (end + 4, "start") if value >= 1 else (begin - 4, "end")
            parts.append(text(place[0], y + 11, f"{name} {value:.2g}", place[1]))
            y += 14
        y += 10
    for mark in marks:
        parts.insert(0, line(across(mark), top - 6, across(mark), y))
        parts.append(text(across(mark), y + 14, f"{mark:g}x"))
    parts.append(line(across(1), top - 6, across(1), y, COLOURS["batpak"]))
    return document(y + 30, parts)


def curves(figures, machine):
    costs = {}
    for figure in figures:
        costs.setdefault((figure["growth"], figure["unit"]), []).append((figure["events"], figure["value"]))
    parts = [text(LEFT, 24, "How costs grow with the log", "start", 'font-weight="bold"'),
             text(LEFT, 42, machine, "start")]
    half = (WIDTH - LEFT - 20) / 2
    for place, ((name, unit), points) in enumerate(costs.items()):
        left = LEFT + (place % 2) * half
        top = TOP + (place // 2) * (PANEL + GAP)
        values = [value for _, value in points if value > 0]
        sizes = powers(points[0][0], points[-1][0])
        across = scale(sizes, left + 10, left + half - 60)
        marks = powers(min(values), max(values) * 1.01)
        up = scale(marks, top + PANEL - 20, top + 20)
        parts.append(text(left + half / 2, top + 8, f"{name}, {unit}"))
        for mark in marks:
            parts += [line(across(sizes[0]), up(mark), across(sizes[-1]), up(mark)),
                      text(left + 4, up(mark) + 4, f"{mark:g}", "end")]
        for size in sizes:
            parts.append(text(across(size), top + PANEL, f"{size:,.0f}"))
        path = " ".join(f"{across(size):.1f},{up(value):.1f}" for size, value in points if value > 0)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS["batpak"]}" stroke-width="2"/>')
        parts += [f'<circle cx="{across(size):.1f}" cy="{up(value):.1f}" r="3" fill="{COLOURS["batpak"]}"/>'
                  for size, value in points if value > 0]
    return document(TOP + (len(costs) + 1) // 2 * (PANEL + GAP), parts)


def short(value):
    """Three digits, and a letter for thousands."""
    for size, letter in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def table(figures, names, cell):
    """Markdown: a line for each row, a column for each contender."""
    found = ["| | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    rows = {}
    for figure in figures:
        rows.setdefault(figure["row"], {})[figure["contender"].removesuffix("+gc")] = figure
    for row, contenders in rows.items():
        cells = [cell(contenders[name]) if name in contenders else "-" for name in names]
        found.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(found) + "\n"


def tables(figures):
    seen = {figure["contender"].removesuffix("+gc") for figure in figures}
    names = [name for name in ("raw", "raw-hash", "floor", "batpak", "sqlite", "lmdb", "rocksdb", "leveldb")
             if name in seen]
    return "\n".join([
        "events a second, by the median operation or by the rate; opens a second\n", table(figures, names, lambda one: short(one["speed"])),
        "p50 / p99 / p99.9 of an operation, us\n",
        table(figures, names, lambda one: " / ".join(short(one[name] / 1e3)
                                                     for name in ("p50_ns", "p99_ns", "p999_ns"))),
        "for an event: syncs / writes / bytes written / allocations\n",
        table([one for one in figures if one["writes"] > 0], names,
              lambda one: " / ".join(short(one[name])
                                     for name in ("syncs", "writes", "written_bytes", "allocations")))])


def main(source, target):
    lines = read(source)
    machine = next((f'{one["processor"]}, {one["cores"]} cores, {one["kernel"]}, {one["file_system"]}' for one in lines if "machine" in one), "")
    growth = [one for one in lines if "growth" in one]
    rows = [one for one in lines if "row" in one]
    if not growth and not rows:
        sys.exit(f"plot_bench: {source} has no figures to draw")
    with open(target, "w", encoding="utf-8") as file:
        if target.endswith(".md"):
            file.write(tables(rows))
        else:
            file.write(curves(growth, machine) if growth else bars(rows, machine))
    print(f"plot: {target}")


if __name__ == "__main__":
    main(*sys.argv[1:])
