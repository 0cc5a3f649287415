#!/usr/bin/env python3
"""doctor.py [--strict]: checks the tools that batpak is built with, and what this disk promises.

--strict makes a missing tool an error, and measures what a durable write costs on the file system
of the current directory: that figure bounds how many durable events a second a lone writer gets.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

# name, commands that will do, least version, what it is for
TOOLS = [
    ("GCC", ["g++"], (12,), "build"),
    ("CMake", ["cmake"], (3, 25), "build"),
    ("Ninja", ["ninja"], (1, 10), "build"),
    ("pkg-config", ["pkg-config"], (0, 29), "build"),
    ("Git", ["git"], (2, 30), "build"),
    ("Python", ["python3"], (3, 9), "test"),
    ("Clang", ["clang++-19"], (19,), "test"),
    ("clang-format", ["clang-format-19"], (19,), "test"),
    ("ccache", ["ccache"], (4,), "test"),
    ("clang-tidy", ["clang-tidy-19"], (19,), "tidy"),
    ("gcovr", ["gcovr"], (5,), "coverage"),
]

WRITES = 200
WRITE_BYTES = 512
MEBIBYTE = 1 << 20

# The first line whose limit (in microseconds) is over the median is the hint.
HINTS = [
    (20, "too fast to be durable: memory (tmpfs), or a cache that says 'done' before it is"),
    (100, "a fast local disk with its own power, or a host that caches for its guests"),
    (500, "a typical virtual disk or a good local one"),
    (2000, "a consumer disk, or a virtual disk under load"),
    (float("inf"), "a spinning or a remote disk: commit in groups, or sync less often"),
]


def version_of(command):
    text = subprocess.run([command, "--version"], capture_output=True, text=True, check=False).stdout
    if os.path.basename(command).startswith("g++"):
        text = subprocess.run([command, "-dumpfullversion"], capture_output=True, text=True,
                              check=False).stdout
    found = re.search(r"\d+(\.\d+)+", text)
    return tuple(map(int, found[0].split("."))) if found else ()


def check_tools():
    """Prints a line a tool; returns the names of those that are missing or too old."""
    lacking = []
    for name, commands, least, purpose in TOOLS:
        command = next(filter(None, map(shutil.which, commands)), None)
        version = version_of(command) if command else ()
        good = bool(command) and version >= least
        wanted = ".".join(map(str, least))
        found = ".".join(map(str, version)) if command else "missing"
        print(f"{'ok   ' if good else 'LACKS'} {name:13} {found:10} (for {purpose}, from {wanted})")
        if not good:
            lacking.append(name)
    return lacking


def measure(path, allocate):
    """Latencies in microseconds of write + fdatasync, at the end of a file or inside of it."""
    latencies = []
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        if allocate:
            os.posix_fallocate(handle, 0, MEBIBYTE)
            os.fsync(handle)
        for number in range(WRITES):
            begin = time.perf_counter_ns()
            os.pwrite(handle, b"b" * WRITE_BYTES, number * WRITE_BYTES)
            os.fdatasync(handle)
            latencies.append((time.perf_counter_ns() - begin) / 1000)
    finally:
        os.close(handle)
        os.unlink(path)
    return latencies


def hint_for(median_us):
    return next(hint for limit, hint in HINTS if median_us < limit)


def report(title, latencies):
    median = statistics.median(latencies)
    tail = statistics.quantiles(latencies, n=10)[8]
    print(f"      {title:22} median {median:8.0f} us   p90 {tail:8.0f} us   "
          f"{1e6 / median:8.0f} durable events/s, one at a time")
    return median


def probe_sync():
    with tempfile.TemporaryDirectory(prefix=".batpak-doctor-", dir=".") as folder:
        print(f"disk  {WRITES} writes of {WRITE_BYTES} bytes, each with fdatasync, "
              f"in {os.path.abspath('.')}:")
        growing = report("growing file", measure(os.path.join(folder, "growing"), False))
        try:
            allocated = report("preallocated file",
                               measure(os.path.join(folder, "allocated"), True))
        except OSError as error:
            print(f"      preallocated file      not possible here: {error.strerror}")
            return
    print(f"hint  {hint_for(min(growing, allocated))}")
    if growing > 1.3 * allocated:
        print(f"hint  a preallocated file is {growing / allocated:.1f} times as fast: "
              "batpak preallocates its segments")


def main():
    strict = "--strict" in sys.argv[1:]
    lacking = check_tools()
    if strict:
        probe_sync()
    if lacking:
        print(f"dev: lacking: {', '.join(lacking)}: run ./dev setup", file=sys.stderr)
    build_tools = {name for name, _, _, purpose in TOOLS if purpose == "build"}
    sys.exit(1 if lacking and (strict or build_tools & set(lacking)) else 0)


if __name__ == "__main__":
    main()
