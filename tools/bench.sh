#!/usr/bin/env bash
# bench.sh [--quick] [--surface neutral|native|lmdb|btree] [--save|--compare]
#
# Builds and runs the benchmarks of a surface; without one, those of neutral and native:
#
#     neutral   batpak against what a file can do         bench/log_bench.cpp
#     native    what batpak itself costs, and its knobs   bench/log_bench.cpp
#     lmdb, btree   against other stores, where the tree has bench/<surface>_<name>_bench.cpp
#
# A program prints a table for people and then JSON lines: the machine, and one figure a line,
#
#     {"name":"durable.one_thread","value":1.04,"unit":"x raw","better":"lower", ...}
#
# whose value is a ratio of two things of the same run, or a count. --save keeps those lines in
# bench/baseline/<machine>-<surface>.jsonl, --compare sets the new ones beside them.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
surface=all then='' quick=()
while [[ $# -gt 0 ]]; do
    case $1 in
        --surface)
            surface=${2:-}
            shift
            ;;
        --quick) quick=(--quick) ;;
        --save | --compare) then=${1#--} ;;
        *) echo "bench: no such option: $1" >&2 && exit 1 ;;
    esac
    shift
done
shopt -s nullglob
case $surface in
    all | neutral | native) sources=(bench/log_bench.cpp) ;;
    lmdb | btree) sources=(bench/"${surface}"_*_bench.cpp) ;;
    *) echo "bench: no such surface: $surface" >&2 && exit 1 ;;
esac
[[ ${#sources[@]} -gt 0 ]] || { echo "bench: no bench/${surface}_*_bench.cpp in this tree" >&2 && exit 1; }

build=build/bench results=build/bench/results
mkdir -p "$results" "$build/data"
cmake --preset release -B "$build" -DBATPAK_BUILD_BENCHMARKS=ON -DBATPAK_BUILD_EXAMPLES=OFF \
    -DBATPAK_BUILD_TOOLS=OFF >"$build/configure.log" 2>&1 || { cat "$build/configure.log" && exit 1; }
targets=()
for source in "${sources[@]}"; do
    targets+=("$(basename "$source" .cpp)")
done
cmake --build "$build" -j "$(nproc)" --target "${targets[@]}" >"$build/build.log" 2>&1 ||
    { tail -n 60 "$build/build.log" && exit 1; }

echo "batpak $(git describe --always --dirty 2>/dev/null || echo 'without git'), $(date -u +%F), surface $surface"
arguments=("${quick[@]}" --directory "$build/data")
case $surface in
    neutral | native) arguments+=(--surface "$surface") ;;
esac
new=$results/$surface.jsonl
: >"$new"
for target in "${targets[@]}"; do
    "$build/bench/$target" "${arguments[@]}" --json "$results/$target.jsonl"
    cat "$results/$target.jsonl" >>"$new"
done
case $then in
    save) python3 tools/bench_baseline.py save "$new" "$surface" ;;
    compare) python3 tools/bench_baseline.py compare "$new" "$surface" ;;
esac
