#!/usr/bin/env bash
# run.sh <way> <source> <build> <work>: uses batpak from another project, in one way.
set -euo pipefail
way=$1 source=$2 build=$3 work=$4
prefix=$work/prefix consumer=$source/tests/package/consumer

# For a build of the library alone, and one that finds none of the libraries of others.
library_only=(-DBATPAK_BUILD_TESTS=OFF -DBATPAK_BUILD_TOOLS=OFF -DBATPAK_BUILD_EXAMPLES=OFF)
without=()
for package in tl-expected nlohmann_json Libdeflate BLAKE3; do
    without+=("-DCMAKE_DISABLE_FIND_PACKAGE_$package=ON")
done

fail() {
    echo "consumer.$way: $*" >&2
    exit 1
}

# Eight sources at once: what is tried is how batpak is found and built, and each source by itself is
# compiled by the quickstart (tests/first_hour).
configure() { # configure <source> <build> [options]
    local from=$1 to=$2
    shift 2
    rm -rf "$to"
    cmake -S "$from" -B "$to" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER="$CXX" \
        -DBATPAK_WARNINGS_AS_ERRORS=ON -DBATPAK_FEW_UNITS=ON \
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

# One program with all components that were installed, each by its own file.
with_pkg_config_components() { # with_pkg_config_components <prefix>
    local at=$1 component modules=(batpak) defines=() flags
    for component in testing lmdb sqlite proof inspector; do
        [[ -n $(find "$at" -name "libbatpak_$component.a" -o -name "libbatpak_$component.so") ]] || continue
        modules+=("batpak-$component")
        defines+=("-DCONSUMER_HAS_${component^^}=1")
    done
    [[ ${modules[*]} == *batpak-testing* ]] || fail "the component testing is not installed"
    flags=$(pkg-config --cflags --libs "${modules[@]}") || fail "pkg-config knows not all of ${modules[*]}"
    # shellcheck disable=SC2086  # the flags are words
    "$CXX" -std=c++20 -Wall -Wextra -Wpedantic -Werror "${defines[@]}" "$consumer/main.cpp" "$consumer/components.cpp" \
        $flags -o "$at/consumer_of_all"
    "$at/consumer_of_all"
}

# The sources of BATPAK_FETCH_DEPS, laid out as in their archives, from what the system has; of
# libdeflate the one function that batpak calls, since no package has its sources.
make_sources() { # make_sources <folder> <folder of BLAKE3's sources>
    mkdir -p "$1/expected/include" "$1/json/include" "$1/libdeflate/lib" "$1/blake3"
    cp -r "$(find_header tl/expected.hpp)" "$1/expected/include/tl"
    cp -r "$(find_header nlohmann/json.hpp)" "$1/json/include/nlohmann"
    cp -r "$2" "$1/blake3/c"
    cp "$source/tests/package/libdeflate_stand_in/libdeflate.h" "$1/libdeflate/"
    cp "$source/tests/package/libdeflate_stand_in/crc32.c" "$1/libdeflate/lib/"
}

find_header() { # find_header <name>: the folder that has it
    dirname "$(echo "#include <$1>" | "$CXX" -std=c++20 -E -x c++ - | grep -m 1 -o "/[^\"]*/$1")"
}

# What the build that is tested compiled BLAKE3 from; empty if it links a library.
blake3_sources() { sed -n 's/^BLAKE3_SOURCE_DIR:[A-Z]*=\(.*\)/\1/p' "$build/CMakeCache.txt" | grep -v NOTFOUND || true; }

# Builds batpak where these packages are not found, and another project that does not find them either.
use_fetched() { # use_fetched <work> <option...>
    local tree=$1 blake3 name options=(-DBATPAK_FETCH_DEPS=ON)
    shift
    blake3=$(blake3_sources)
    if [[ -z $blake3 ]]; then
        echo "consumer.$way: there are no sources of BLAKE3 here to fetch: not tried"
        return
    fi
    make_sources "$tree/sources" "$blake3"
    for name in expected json libdeflate blake3; do
        options+=("-DFETCHCONTENT_SOURCE_DIR_BATPAK_${name^^}=$tree/sources/$name")
    done
    configure "$source" "$tree/build" "${library_only[@]}" "$@" "${options[@]}"
    cmake --build "$tree/build" -j 2
    cmake --install "$tree/build" --prefix "$tree/prefix"
    check_archive "$(find "$tree/prefix" -name libbatpak.a)"
    configure "$consumer" "$tree/consumer" -DCMAKE_PREFIX_PATH="$tree/prefix" "$@"
    build_and_run "$tree/consumer"
    with_pkg_config "$tree/prefix"
    [[ $(pkg-config --libs batpak) != *-ldeflate* ]] || fail "pkg-config asks for libdeflate"
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

# An example or a program of the guide, with what is installed, optimised, and run. One that needs a
# component which is not there is left out.
compile_for_user() { # compile_for_user <standard> <source> [argument of the program...]
    local standard=$1 file=$2 modules=(batpak fmt) name at flags component
    shift 2
    name=$(basename "$file" .cpp)
    at=$work/as_user/$standard/$name
    for component in testing sqlite lmdb; do
        grep -q "#include .batpak/$component/" "$file" || continue
        pkg-config --exists "batpak-$component" || return 0
        modules+=("batpak-$component")
    done
    ! grep -q '#include <sqlite3.h>' "$file" || modules+=(sqlite3)
    flags=$(pkg-config --cflags --libs "${modules[@]}")
    mkdir -p "$at"
    # shellcheck disable=SC2086  # the flags are words
    "$CXX" "-std=c++$standard" -O2 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror \
        "-DEXAMPLE_DATA_DIRECTORY=\"$source/examples/data\"" "$file" $flags -o "$at/program" || fail "$file"
    (cd "$at" && ./program "$@" >said 2>&1) || fail "$file says $(cat "$at/said")"
}

case $way in
    # All of them, in both standards. Not one of the consumer tests: it compiles for minutes, and is for
    # compilers that the other tests do not have (tests/first_hour/bare.sh).
    as_user)
        rm -rf "$work/as_user"
        PKG_CONFIG_PATH=$(dirname "$(find "$prefix/" -name batpak.pc)")
        export PKG_CONFIG_PATH
        for standard in 20 23; do
            for file in "$source"/examples/*.cpp "$source"/guide/programs/*.cpp; do
                # Its hundred thousand transfers take minutes on a busy machine.
                arguments=()
                [[ $file != */account_transfer.cpp ]] || arguments=(2000)
                compile_for_user "$standard" "$file" "${arguments[@]}"
            done
        done
        echo "$(find "$work/as_user" -name said | wc -l) programs compile with $("$CXX" -dumpfullversion), and run"
        ;;
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
        with_pkg_config_components "$prefix"
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
    # A program under the sanitizer, with a library that is not: its own constants have to stay
    # constants.
    undefined)
        configure "$consumer" "$work/undefined" -DCMAKE_PREFIX_PATH="$prefix" \
            -DCMAKE_CXX_FLAGS='-fsanitize=undefined -fno-sanitize-recover=undefined'
        build_and_run "$work/undefined"
        ;;
    # One line that says what is needed, where C++17 would give a thousand.
    cxx17)
        said=$(echo '#include <batpak/batpak.hpp>' | "$CXX" -std=c++17 -x c++ -fsyntax-only \
            -I"$prefix/include" - 2>&1) && fail "C++17 is enough"
        [[ $(grep -m 1 error <<<"$said") == *'batpak needs C++20: compile with -std=c++20'* ]] || fail "$said"
        [[ $(grep -c 'error' <<<"$said") -le 4 ]] || fail "too many words: $said"
        ;;
    # What the library itself needs is enough for a plain `cmake -B build`, build and install.
    without_tests)
        tree=$work/without_tests
        rm -rf "$tree"
        said=$(configure "$source" "$tree/build" -DCMAKE_DISABLE_FIND_PACKAGE_rapidcheck=ON \
            -DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON -DCMAKE_DISABLE_FIND_PACKAGE_CLI11=ON \
            -DCMAKE_DISABLE_FIND_PACKAGE_fmt=ON -DCMAKE_DISABLE_FIND_PACKAGE_LMDB=ON \
            -DCMAKE_DISABLE_FIND_PACKAGE_SQLite3=ON)
        [[ $said == *'BATPAK_BUILD_TESTS is off: not found: GTest, rapidcheck'* ]] || fail "$said"
        [[ $said == *'BATPAK_BUILD_TOOLS is off: not found: CLI11'* ]] || fail "$said"
        cmake --build "$tree/build" -j 2
        cmake --install "$tree/build" --prefix "$tree/prefix"
        configure "$consumer" "$tree/consumer" -DCMAKE_PREFIX_PATH="$tree/prefix"
        build_and_run "$tree/consumer"
        ;;
    # What is missing is named, with what to do; the hash of what is downloaded counts. Of two fetched
    # libraries, which are compiled in, an installed batpak needs nothing.
    fetched)
        tree=$work/fetched
        rm -rf "$tree"
        ! said=$(configure "$source" "$tree/build" "${library_only[@]}" "${without[@]}" 2>&1) ||
            fail "it does without tl::expected"
        said=$(tr -s ' \n' ' ' <<<"$said")
        [[ $said == *'needs expected, which was not found'*'libexpected-dev'*'-DBATPAK_FETCH_DEPS=ON'* ]] || fail "$said"
        ! said=$(configure "$source" "$tree/build" "${library_only[@]}" "${without[3]}" 2>&1) ||
            fail "it does without BLAKE3"
        [[ $said == *'-DBATPAK_WITH_BLAKE3=OFF'* ]] || fail "$said"

        mkdir -p "$tree/archives"
        echo "something else" >"$tree/archives/expected-1.1.0.tar.gz"
        ! said=$(configure "$source" "$tree/build" "${library_only[@]}" "${without[@]}" \
            -DBATPAK_FETCH_DEPS=ON -DBATPAK_DEPS_FROM="$tree/archives" 2>&1) ||
            fail "it takes another archive for tl::expected"
        [[ $said == *'SHA256 hash of'* ]] || fail "$said"
        use_fetched "$tree" "${without[@]:2}"
        ;;
    # Of all four, the headers are installed as well. This compiles everything once more.
    fetched_all) use_fetched "$work/fetched_all" "${without[@]}" ;;
    # A project to begin with: copied, built, tested, run twice.
    template)
        rm -rf "$work/template"
        cp -r "$source/template" "$work/template"
        configure "$work/template" "$work/template/build" -DCMAKE_PREFIX_PATH="$prefix"
        cmake --build "$work/template/build"
        ctest --test-dir "$work/template/build" --output-on-failure --no-tests=error
        (cd "$work/template" && ./build/app && ./build/app) | tee "$work/template/said"
        [[ $(cat "$work/template/said") == $'clicks: 1\nclicks: 2' ]] || fail "it does not count its runs"
        ;;
    # Two files and the program, in one command.
    amalgamation)
        tree=$work/amalgamation
        rm -rf "$tree"
        mkdir -p "$tree/run"
        CXX=$CXX python3 "$source/tools/amalgamate.py" "$tree"
        sed 's|<batpak/batpak.hpp>|"batpak.hpp"|' "$source/examples/quickstart.cpp" >"$tree/main.cpp"
        blake3=$(blake3_sources) flags=(-lblake3)
        if [[ -n $blake3 ]]; then
            # A system with a package of BLAKE3 has this library and the header.
            for file in blake3 blake3_dispatch blake3_portable; do
                cc -O2 -c -DBLAKE3_NO_SSE2 -DBLAKE3_NO_SSE41 -DBLAKE3_NO_AVX2 -DBLAKE3_NO_AVX512 \
                    "$blake3/$file.c" -o "$tree/$file.o"
            done
            ar rcs "$tree/libblake3.a" "$tree"/blake3*.o
            flags=(-isystem "$blake3" -L"$tree" -lblake3)
        fi
        "$CXX" -std=c++20 -Wall -Wextra -Werror "$tree/main.cpp" "$tree/batpak.cpp" "${flags[@]}" \
            -ldeflate -lfmt -pthread -o "$tree/program"
        (cd "$tree/run" && ../program) | tee "$tree/said"
        grep -q '^stored ' "$tree/said" || fail "the quickstart said $(cat "$tree/said")"
        ;;
    add_subdirectory)
        # FetchContent does no more than find the folder first.
        configure "$consumer" "$work/fetch_content" -DBATPAK_FETCHED="$source"
        cmake --build "$work/fetch_content" --target help | grep '^batpak: ' >/dev/null ||
            fail "FetchContent finds no library to build"
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
