#!/usr/bin/env bash
# bench.sh [--quick] [--surface neutral|native|readmodel|lmdb|btree|micro|all] [--save|--compare]
# bench.sh [--quick] --against sqlite|lmdb|rocksdb|leveldb|all [--save|--compare]
# bench.sh [--quick] --against umadb [--save|--compare]
# bench.sh [--quick] --growth [--save|--compare]
# With --only AREA, a part of what log_bench and compare_bench measure.
#
# Builds and runs the benchmarks of a surface; without one, those of neutral and native:
#
#     neutral   batpak against what a file can do         bench/log_bench.cpp
#     native    what batpak itself costs, and its knobs   bench/log_bench.cpp
#     readmodel building read models, against a fold      bench/readmodel_bench.cpp
#     lmdb      batpak against LMDB                       bench/compare_bench.cpp
#     btree     batpak against SQLite                     bench/compare_bench.cpp
#     micro     the parts of batpak one by one            bench/micro/, on Google Benchmark
#
# --against sets batpak beside others in one run; those whose libraries are missing are named and
# left out (./dev setup developer installs them). --against umadb: decisions over tags, against
# UmaDB in process (bench/dcb_bench.cpp), which cargo builds from its registry. --growth: bench/growth_bench.cpp.
#
# A program prints a table for people and then JSON lines: the machine, and one figure a line,
#
#     {"name":"durable.one_thread","value":1.04,"unit":"x raw","better":"lower", ...}
#
# whose value is a ratio of two things of the same run, or a count; a gate in bench/gates.tsv says
# what must hold of it. micro has no gates: its values are times in units of a yardstick, which is a
# loop of multiplications in the same run, and allocations. --save keeps those lines in
# bench/baseline/<machine>-<surface>.jsonl, --compare sets the new ones beside them. The lines of
# the last run lie in build/bench/results/, with a plot of those that a plot can show.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
surface=all program=log_bench then='' quick=() only=''
while [[ $# -gt 0 ]]; do
    case $1 in
        --surface)
            surface=${2:-}
            shift
            ;;
        --against)
            program=compare_bench surface=against-${2:-}
            [[ ${2:-} != umadb ]] || program=dcb_bench surface=umadb
            shift
            ;;
        --growth) program=growth_bench surface=growth ;;
        --quick) quick=(--quick) ;;
        --only)
            only=${2:-}
            shift
            ;;
        --save | --compare)
            [[ -z $then || $then == "${1#--}" ]] ||
                { echo "bench: --save replaces what --compare compares with: give one of them" >&2 && exit 1; }
            then=${1#--}
            ;;
        *) echo "bench: no such option: $1" >&2 && exit 1 ;;
    esac
    shift
done
arguments=("${quick[@]}")
case $surface in
    all | growth) ;;
    neutral | native) arguments+=(--surface "$surface") ;;
    readmodel) program=readmodel_bench ;;
    umadb)
        command -v cargo >/dev/null || { echo "bench: umadb needs cargo, and there is none" >&2 && exit 1; }
        arguments+=(--umadb "$PWD/build/umadb/release/umadb-contender")
        cargo build --quiet --release --locked --manifest-path bench/dcb/umadb/Cargo.toml --target-dir build/umadb
        ;;
    micro) program=micro_bench ;;
    lmdb) program=compare_bench arguments+=(--against lmdb) ;;
    btree) program=compare_bench arguments+=(--against sqlite) ;;
    against-?*) arguments+=(--against "${surface#against-}") ;;
    *) echo "bench: no such surface: $surface" >&2 && exit 1 ;;
esac

[[ -z $only ]] || arguments+=(--only "$only")

build=build/bench results=build/bench/results
mkdir -p "$results" "$build/data"
cmake --preset release -B "$build" -DBATPAK_BUILD_BENCHMARKS=ON -DBATPAK_BUILD_EXAMPLES=OFF \
    -DBATPAK_BUILD_TOOLS=OFF >"$build/configure.log" 2>&1 || { cat "$build/configure.log" && exit 1; }
[[ $program != micro_bench ]] || ! grep 'micro_bench is left out' "$build/configure.log" || exit 1
cmake --build "$build" -j "${BATPAK_JOBS:-$(nproc)}" --target "$program" >"$build/build.log" 2>&1 ||
    { tail -n 60 "$build/build.log" && exit 1; }

echo "batpak $(git describe --always --dirty 2>/dev/null || echo 'without git'), $(date -u +%F), $surface"
binary=$build/bench/$program
[[ $program != compare_bench ]] || binary=$build/bin/batpak-bench
name=${surface//,/-}${only:+-$only}
new=$results/$name.jsonl
"$binary" "${arguments[@]}" --directory "$build/data" --json "$new"
[[ $program == @(log|readmodel|micro|dcb)_bench ]] || python3 tools/plot_bench.py "$new" "${new%.jsonl}.svg"
case $then in
    save | compare) python3 tools/bench_baseline.py "$then" "$new" "$name" ;;
esac
