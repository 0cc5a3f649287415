#!/usr/bin/env bash
# run.sh <way> <source> <build> <work>: uses batpak from another project, in one way.
set -euo pipefail
way=$1 source=$2 build=$3 work=$4
prefix=$work/prefix consumer=$source/tests/package/consumer

fail() {
    echo "consumer.$way: $*" >&2
    exit 1
}

# With the flags of the preset dev, so that a compiler cache knows most of what is compiled.
configure() { # configure <source> <build> [options]
    local from=$1 to=$2
    shift 2
    rm -rf "$to"
    cmake -S "$from" -B "$to" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER="$CXX" \
        -DBATPAK_WARNINGS_AS_ERRORS=ON \
        -DCMAKE_CXX_COMPILER_LAUNCHER="${LAUNCHER:-}" -DCMAKE_C_COMPILER_LAUNCHER="${LAUNCHER:-}" "$@"
}

build_and_run() { # build_and_run <build>
    cmake --build "$1" -j 2 --target consumer
    "$1/consumer"
}

with_pkg_config() { # with_pkg_config <prefix> [--static]
    local at=$1 flags
    shift
    PKG_CONFIG_PATH=$(dirname "$(find "$at" -name batpak.pc)")
    export PKG_CONFIG_PATH
    [[ $(pkg-config --modversion batpak) == 0.* ]] || fail "pkg-config tells the wrong version"
    flags=$(pkg-config --cflags --libs "$@" batpak)
    # shellcheck disable=SC2086  # the flags are words
    "$CXX" -std=c++20 "$consumer/main.cpp" $flags -o "$at/consumer"
    LD_LIBRARY_PATH=$(pkg-config --variable=libdir batpak) "$at/consumer"
}

# Only the namespace batpak may be visible from outside: no C symbol, no other library's.
check_exports() { # check_exports <shared object>
    local names strangers
    names=$(nm -D --defined-only --demangle "$1" | cut -d' ' -f3-)
    strangers=$(grep -vE '(^| )batpak::' <<<"$names" || true)
    [[ -z $strangers ]] || fail "$1 exports: $strangers"
    grep -q 'batpak::Coordinate::create' <<<"$names" || fail "$1 does not export Coordinate::create"
}

# A BLAKE3 that was built with batpak must lie in the archive: no user could find it elsewhere.
check_archive() { # check_archive <archive>
    local missing
    missing=$(comm -13 <(nm "$1" 2>/dev/null | awk '$2 == "T" { print $3 }' | sort -u) \
        <(nm "$1" 2>/dev/null | awk '$1 == "U" && $2 ~ /^batpak_blake3/ { print $2 }' | sort -u))
    [[ -z $missing ]] || fail "$1 lacks: $missing"
}

case $way in
    install)
        rm -rf "$prefix"
        cmake --install "$build" --prefix "$prefix"
        check_archive "$(find "$prefix" -name libbatpak.a)"
        ;;
    find_package)
        configure "$consumer" "$work/find_package" -DCMAKE_PREFIX_PATH="$prefix"
        build_and_run "$work/find_package"
        ;;
    pkg_config) with_pkg_config "$prefix" --static ;;
    add_subdirectory)
        configure "$consumer" "$work/add_subdirectory" -DBATPAK_SOURCE="$source"
        build_and_run "$work/add_subdirectory"
        ;;
    shared)
        tree=$work/shared_library
        rm -rf "$tree"
        configure "$source" "$tree/build" -DBUILD_SHARED_LIBS=ON -DBATPAK_BUILD_TESTS=OFF \
            -DBATPAK_BUILD_TOOLS=OFF -DBATPAK_BUILD_EXAMPLES=OFF
        cmake --build "$tree/build" -j 2
        cmake --install "$tree/build" --prefix "$tree/prefix"
        check_exports "$(find "$tree/prefix" -name libbatpak.so)"
        configure "$consumer" "$tree/consumer" -DCMAKE_PREFIX_PATH="$tree/prefix"
        build_and_run "$tree/consumer"
        with_pkg_config "$tree/prefix"
        ;;
    *) fail "unknown way" ;;
esac
