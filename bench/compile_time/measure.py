#!/usr/bin/env python3
"""Measures what a state machine costs to compile: with_batpak.cpp against by_hand.cpp.

Both are one machine of 12 states and 24 edges over the same store, optimised. Each is compiled
several times, in turn, with each compiler; what counts is the median of the processor time of the
compiler, which other work on the machine disturbs least. What only includes the store
(no machine at all) is measured too, and taken off for the second ratio.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FLAGS = ["-std=c++20", "-O2", "-w", "-c", "-o", os.devnull]
BARE = '#include "batpak/store/store.hpp"\n#include "order.hpp"\n'


def processor_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def measure(compiler, sources, includes, runs):
    times = {name: [] for name in sources}
    for _ in range(runs):
        for name, path in sources.items():
            command = [compiler, *FLAGS, *[f"-I{folder}" for folder in includes], path]
            times[name].append(processor_seconds(command))
    return {name: statistics.median(found) for name, found in times.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--build", default=os.path.join(ROOT, "build/dev"),
                        help="a configured build tree, for the generated headers")
    options = parser.parse_args()
    includes = [os.path.join(ROOT, "include"), os.path.join(options.build, "include"), HERE]
    with tempfile.TemporaryDirectory() as folder:
        bare = os.path.join(folder, "bare.cpp")
        with open(bare, "w", encoding="utf-8") as file:
            file.write(BARE)
        sources = {"bare": bare, "by hand": os.path.join(HERE, "by_hand.cpp"),
                   "batpak": os.path.join(HERE, "with_batpak.cpp")}
        for compiler in ["g++", "clang++-19"]:
            if shutil.which(compiler) is None:
                print(f"{compiler}: not here")
                continue
            found = measure(compiler, sources, includes, options.runs)
            own = (found["batpak"] - found["bare"]) / (found["by hand"] - found["bare"])
            print(f"{compiler}: the store alone {found['bare']:.2f} s, by hand "
                  f"{found['by hand']:.2f} s, batpak {found['batpak']:.2f} s; ratio "
                  f"{found['batpak'] / found['by hand']:.2f}, without the store {own:.2f}")


if __name__ == "__main__":
    main()
