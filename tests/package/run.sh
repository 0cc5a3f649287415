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
    says_its_error "$1/consumer"
}

# The first thing that goes wrong: its code, its place and the words of the system must be on stderr,
# whether or not the program knows exceptions.
says_its_error() { # says_its_error <program>
    local words
    words=$( (ulimit -c 0 && "$1" wrong) 2>&1 >/dev/null) && fail "$1 takes an error for a value"
    [[ $words == *NotRegular*/dev/null/store*'Not a directory'* ]] || fail "$1 says only: $words"
}

with_pkg_config() { # with_pkg_config <prefix> [--static]
    local at=$1 flags
    shift
    PKG_CONFIG_PATH=$(dirname "$(find "$at" -name batpak.pc)")
    export PKG_CONFIG_PATH
    [[ $(pkg-config --modversion batpak) == 0.* ]] || fail "pkg-config tells the wrong version"
    flags=$(pkg-config --cflags --libs "$@" batpak)
    # shellcheck disable=SC2086  # the flags are words
    "$CXX" -std=c++20 -Wall -Wextra -Wpedantic -Werror "$consumer/main.cpp" $flags -o "$at/consumer"
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
    pkg_config)
        with_pkg_config "$prefix"
        with_pkg_config "$prefix" --static
        for component in testing lmdb sqlite; do
            if compgen -G "$prefix/lib*/libbatpak_$component.*" >/dev/null || compgen -G "$prefix/lib/*/libbatpak_$component.*" >/dev/null; then
                pkg-config --libs "batpak-$component" | grep -q "lbatpak_$component" ||
                    fail "no pkg-config file of $component"
            fi
        done
        ;;
    # A component that is not there is named, with those that are.
    components)
        ! said=$(configure "$consumer" "$work/components" -DCMAKE_PREFIX_PATH="$prefix" \
            -DWANTED=nosuch 2>&1) || fail "a component that is not there is found"
        said=$(tr -s ' \n' ' ' <<<"$said")
        [[ $said == *'No component nosuch in this batpak, which has:'*testing* ]] || fail "$said"
        ;;
    no_exceptions)
        configure "$consumer" "$work/no_exceptions" -DCMAKE_PREFIX_PATH="$prefix" \
            -DCMAKE_CXX_FLAGS='-fno-exceptions -fno-rtti'
        build_and_run "$work/no_exceptions"
        ;;
    # One line that says what is needed, where C++17 would give a thousand.
    cxx17)
        said=$(echo '#include <batpak/batpak.hpp>' | "$CXX" -std=c++17 -x c++ -fsyntax-only \
            -I"$prefix/include" - 2>&1) && fail "C++17 is enough"
        [[ $(grep -m 1 error <<<"$said") == *'batpak needs C++20: compile with -std=c++20'* ]] || fail "$said"
        [[ $(grep -c 'error' <<<"$said") -le 4 ]] || fail "too many words: $said"
        ;;
    # What the library itself needs is enough for a plain `cmake -B build`.
    without_tests)
        said=$(configure "$source" "$work/without_tests" -DCMAKE_DISABLE_FIND_PACKAGE_rapidcheck=ON \
            -DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON -DCMAKE_DISABLE_FIND_PACKAGE_CLI11=ON)
        [[ $said == *'BATPAK_BUILD_TESTS is off: not found: GTest, rapidcheck'* ]] || fail "$said"
        [[ $said == *'BATPAK_BUILD_TOOLS is off: not found: CLI11'* ]] || fail "$said"
        cmake --build "$work/without_tests" --target help | grep '^batpak: ' >/dev/null ||
            fail "there is no library to build"
        ;;
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
