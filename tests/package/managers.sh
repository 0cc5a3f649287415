#!/usr/bin/env bash
# managers.sh <source> <work>: the recipes of package managers, without a network: the port of vcpkg with
# functions that stand in for vcpkg's, the recipe of Conan against the libraries of the system, the
# licences with reuse, the SBOM with its validator, the justfile with just. What is not installed is
# named and left out: pip install conan reuse spdx-tools rust-just.
set -euo pipefail
source=$1 work=$2

fail() {
    echo "managers: $*" >&2
    exit 1
}

installed() { # installed <program>
    command -v "$1" >/dev/null && return
    echo "managers: $1 is not installed: not tried"
    return 1
}

build_template() { # build_template <work> [option...]
    local at=$1
    shift
    rm -rf "$at"
    cp -r "$source/template" "$at"
    cmake -S "$at" -B "$at/build" -G Ninja "$@"
    cmake --build "$at/build" -j 2
    ctest --test-dir "$at/build" --output-on-failure
}

mkdir -p "$work"
export CMAKE_CXX_COMPILER_LAUNCHER CMAKE_C_COMPILER_LAUNCHER
CMAKE_CXX_COMPILER_LAUNCHER=$(command -v ccache || true)
CMAKE_C_COMPILER_LAUNCHER=$CMAKE_CXX_COMPILER_LAUNCHER

# Beside <work>, as deep as the other builds of the tree, so that a compiler cache knows it.
vcpkg=${work}_vcpkg
cmake -DSOURCE="$source" -DWORK="$vcpkg" "-DFEATURES=lmdb;sqlite" -P "$source/tests/package/vcpkg_stand_in.cmake"
for file in share/batpak/copyright share/batpak/usage share/batpak/batpakConfig.cmake lib/libbatpak_lmdb.a; do
    [[ -s $vcpkg/packages/$file ]] || fail "the port of vcpkg makes no $file"
done
build_template "$work/vcpkg_app" -DCMAKE_PREFIX_PATH="$vcpkg/packages"

if installed conan; then
    # A home of its own: no remote of the user's is asked, no profile of theirs counts.
    CCACHE_BASEDIR=$work/conan CCACHE_NOHASHDIR=1 CONAN_HOME=$work/conan conan create "$source/packaging/conan" -nr \
        -pr:a "$source/packaging/conan/system.profile"
fi
if installed reuse; then
    reuse --root "$source" lint --quiet || fail "a file has no licence: reuse lint"
fi
python3 -B "$source/tools/sbom.py" "$work/batpak.spdx.json"
if installed pyspdxtools; then
    pyspdxtools -i "$work/batpak.spdx.json"
fi
if installed just; then
    just --justfile "$source/justfile" --summary | tr ' ' '\n' | grep -x quickstart >/dev/null ||
        fail "just does not read the justfile"
fi
