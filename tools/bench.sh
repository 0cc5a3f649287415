#!/usr/bin/env bash
# bench.sh [--surface neutral|native|lmdb|btree] [--save|--compare]
#
# Builds and runs bench/<surface>_<name>_bench.cpp. A program prints for people as it likes, and for
# comparison one line a figure:
#
#     result <name> <value> <unit>        higher is better, unless the unit is a time (ns, us, ms, s)
#
# --save keeps the figures in bench/baseline/<surface>.txt, --compare sets the new ones beside them.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
surface=neutral then=
while [[ $# -gt 0 ]]; do
    case $1 in
        --surface)
            surface=${2:-}
            shift
            ;;
        --save | --compare) then=${1#--} ;;
        *) echo "bench: no such option: $1" >&2 && exit 1 ;;
    esac
    shift
done
case $surface in
    neutral | native | lmdb | btree) ;;
    *) echo "bench: no such surface: $surface" >&2 && exit 1 ;;
esac
shopt -s nullglob
sources=(bench/"${surface}"_*_bench.cpp)
[[ ${#sources[@]} -gt 0 ]] || { echo "bench: no bench/${surface}_*_bench.cpp in this tree" >&2 && exit 1; }

describe_machine() {
    echo "# $(uname -srm), $(nproc) cores, $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)"
    echo "# $(git describe --always --dirty 2>/dev/null || echo 'no git'), $(date -u +%F)"
}

compare() { # compare <old> <new>
    awk '$1 != "result" { next }
        NR == FNR { old[$2] = $3; next }
        $2 in old && old[$2] > 0 {
            ratio = ($4 ~ /^(ns|us|ms|s)$/) ? old[$2] / $3 : $3 / old[$2]
            printf "%-40s %14s -> %14s %-8s %5.2fx\n", $2, old[$2], $3, $4, ratio
        }' "$1" "$2"
}

build=build/bench results=build/bench/results/$surface.txt
mkdir -p "$(dirname "$results")"
cmake --preset release -B "$build" -DBATPAK_BUILD_BENCHMARKS=ON -DBATPAK_BUILD_EXAMPLES=OFF \
    -DBATPAK_BUILD_TOOLS=OFF >"$build/configure.log" 2>&1 || { cat "$build/configure.log" && exit 1; }
targets=()
for source in "${sources[@]}"; do
    targets+=("$(basename "$source" .cpp)")
done
cmake --build "$build" -j "$(nproc)" --target "${targets[@]}" >"$build/build.log" 2>&1 ||
    { tail -n 60 "$build/build.log" && exit 1; }

describe_machine | tee "$results"
for target in "${targets[@]}"; do
    "$build/bench/$target" | tee -a "$results"
done
baseline=bench/baseline/$surface.txt
case $then in
    save)
        mkdir -p bench/baseline
        cp "$results" "$baseline"
        echo "saved: $baseline"
        ;;
    compare)
        [[ -f $baseline ]] || { echo "bench: nothing saved in $baseline: --save first" >&2 && exit 1; }
        compare "$baseline" "$results"
        ;;
esac
