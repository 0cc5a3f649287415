#!/usr/bin/env bash
# cross.sh <target>: builds the library and the tool for another system, and runs there what can run:
#
#     aarch64-linux-gnu    Debian's GCC; tests run under qemu-user
#     x86_64-linux-musl    zig, static; tests run on this machine
#     aarch64-macos        zig; compiled and linked, nothing is run
#
# docs/PLATFORMS.md says what each proves. Everything lies in build/cross. What batpak is made with
# is compiled for the target from Debian's sources, and the libraries of headers are copies of those
# that ./dev setup installed.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
root=$PWD
cross=$root/build/cross
jobs=${BATPAK_JOBS:-$(nproc)}
header_packages=(libexpected-dev nlohmann-json3-dev libcli11-dev libmsgpack-cxx-dev)

die() {
    echo "cross: $*" >&2
    exit 1
}

step() { echo "--- $*"; }

# --- sources --------------------------------------------------------------------------------------

# Options of an apt with lists of its own, so that the system's stay as they are.
apt_of() { # apt_of <folder> <deb|deb-src> [option...]
    local own=$1 type=$2 source
    shift 2
    mkdir -p "$own/lists/partial" "$own/cache/archives/partial"
    source=/etc/apt/sources.list.d/debian.sources
    [[ -e $source ]] || die "there is no $source: is this Debian 12?"
    sed "s/^Types:.*/Types: $type/" "$source" >"$own/own.sources"
    [[ -e $own/status ]] || : >"$own/status"
    apt_options=(-qq -o Dir::Etc::SourceList="$own/own.sources" -o Dir::Etc::SourceParts=-
        -o Dir::State::Lists="$own/lists" -o Dir::Cache="$own/cache" -o APT::Sandbox::User=root "$@")
}

# unpack <Debian source package> <name>: its upstream sources in $cross/sources/<name>.
unpack() {
    local folder=$cross/sources/$2 archive
    [[ ! -e $folder ]] || return 0
    (cd "$cross/apt-src" && apt-get "${apt_options[@]}" source --download-only "$1")
    archive=$(find "$cross/apt-src" -maxdepth 1 -name "$1_*.orig.tar.*" | sort | tail -n 1)
    mkdir -p "$folder.new"
    tar -xf "$archive" -C "$folder.new" --strip-components 1
    mv "$folder.new" "$folder"
}

get_sources() {
    apt_of "$cross/apt-src" deb-src
    [[ -e $cross/sources/googletest ]] || apt-get "${apt_options[@]}" update
    unpack libdeflate libdeflate
    unpack fmtlib fmt
    unpack googletest googletest
}

# The headers of rapidcheck and its library, for a target that Debian has packages of.
get_rapidcheck() { # get_rapidcheck <Debian architecture> <prefix>
    local own=$cross/apt-$1
    [[ ! -e $2/usr/include/rapidcheck.h ]] || return 0
    apt_of "$own" deb -o APT::Architecture="$1" -o APT::Architectures::="$1" -o Dir::State::Status="$own/status"
    apt-get "${apt_options[@]}" update
    (cd "$own" && apt-get "${apt_options[@]}" download librapidcheck-dev)
    dpkg-deb -x "$(find "$own" -maxdepth 1 -name 'librapidcheck-dev_*.deb' | tail -n 1)" "$2"
}

# The headers of the installed packages and their CMake packages, which find them from where they lie.
copy_headers() { # copy_headers <prefix>
    local package
    for package in "${header_packages[@]}"; do
        dpkg -s "$package" >/dev/null 2>&1 || die "$package is missing: ./dev setup"
        dpkg -L "$package"
    done | grep -E '^/usr/(include|share/cmake|lib/[^/]+/cmake)/.*\.[a-z]+$' |
        tar -c -P --no-recursion -T - | tar -x -C "$1" -P --transform 's|^/||'
    # That of msgpack asks for all of Boost, of which nothing is used.
    rm -rf "$1"/usr/lib/*/cmake/msgpackc-cxx
    mkdir -p "$1/usr/lib/cmake/msgpack-cxx"
    cat >"$1/usr/lib/cmake/msgpack-cxx/msgpack-cxx-config.cmake" <<'PACKAGE'
add_library(msgpack-cxx INTERFACE IMPORTED)
get_filename_component(include "${CMAKE_CURRENT_LIST_DIR}/../../../include" ABSOLUTE)
set_target_properties(msgpack-cxx PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${include}")
PACKAGE
}

# --- compilers ------------------------------------------------------------------------------------

need_zig() {
    python3 -m ziglang version >/dev/null 2>&1 || die "zig is missing: pip install ziglang==0.17.1"
    local name
    mkdir -p "$folder/bin"
    # Programs of one word, as CMake and ccache want them.
    for name in cc c++ ar ranlib; do
        local words=$name
        # Where zig does not optimise it checks for undefined behaviour, with a library that it then
        # does not link.
        [[ $name != c* ]] || words="$name -target $target -fno-sanitize=undefined"
        printf '#!/bin/sh\nexec python3 -m ziglang %s "$@"\n' "$words" >"$folder/bin/$name.new"
        chmod +x "$folder/bin/$name.new"
        # Untouched where it is the same, so that ccache knows it again.
        cmp -s "$folder/bin/$name.new" "$folder/bin/$name" || mv "$folder/bin/$name.new" "$folder/bin/$name"
    done
}

write_toolchain() { # write_toolchain <system> <processor> <cc> <c++> <ar> <ranlib> [line...]
    local system=$1 processor=$2
    cat >"$folder/toolchain.cmake" <<TOOLCHAIN
set(CMAKE_SYSTEM_NAME $system)
set(CMAKE_SYSTEM_PROCESSOR $processor)
set(CMAKE_C_COMPILER "$3")
set(CMAKE_CXX_COMPILER "$4")
set(CMAKE_ASM_COMPILER "$3")
set(CMAKE_AR "$5" CACHE FILEPATH "")
set(CMAKE_RANLIB "$6" CACHE FILEPATH "")
set(CMAKE_FIND_ROOT_PATH "$prefix")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
TOOLCHAIN
    shift 6
    [[ $# -eq 0 ]] || printf '%s\n' "$@" >>"$folder/toolchain.cmake"
}

configure_for_target() { # configure_for_target <sources> <build> [option...]
    local from=$1 to=$2
    shift 2
    cmake -S "$from" -B "$to" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$folder/toolchain.cmake" "$@"
}

# build_into_prefix <name> [option...]: a library of others, for the target.
build_into_prefix() {
    local name=$1 launcher
    shift
    launcher=$(command -v ccache || true)
    [[ ! -e $folder/$name/installed ]] || return 0
    configure_for_target "$cross/sources/$name" "$folder/$name" -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_INSTALL_PREFIX="$prefix/usr" -DBUILD_SHARED_LIBS=OFF \
        -DCMAKE_C_COMPILER_LAUNCHER="$launcher" -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher" "$@" >/dev/null
    cmake --build "$folder/$name" -j "$jobs"
    cmake --install "$folder/$name" >/dev/null
    touch "$folder/$name/installed"
}

# --- batpak ---------------------------------------------------------------------------------------

configure_batpak() { # configure_batpak [option...]
    local blake3
    blake3=$(find /usr/share/cargo/registry -maxdepth 1 -name 'blake3-[0-9]*' | sort -V | tail -n 1)
    [[ -n $blake3 ]] || die "librust-blake3-dev is missing: ./dev setup"
    # As for sanitizers: what is built is run once, so little is optimised.
    configure_for_target "$root" "$folder/build" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O1 \
        -DBATPAK_FEW_UNITS=ON \
        -DBATPAK_WARNINGS_AS_ERRORS=ON -DBATPAK_BUILD_TOOLS=ON -DBATPAK_BUILD_EXAMPLES=OFF \
        -DBATPAK_FETCH_DEPS=ON -DBLAKE3_SOURCE_DIR="$blake3/c" \
        -DFETCHCONTENT_SOURCE_DIR_BATPAK_LIBDEFLATE="$cross/sources/libdeflate" "$@"
}

build_batpak() { cmake --build "$folder/build" -j "$jobs" --target "$@"; }

# wrapped <program>: a program of one word that runs it, here or in the emulator.
wrapped() {
    local wrapper=$folder/run/$1
    mkdir -p "$folder/run"
    printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$emulator" "$(find "$folder/build" -name "$1" -type f)" >"$wrapper"
    chmod +x "$wrapper"
    echo "$wrapper"
}

run_tests() { # run_tests <gtest filter>
    local program
    for program in batpak_base_tests batpak_event_tests; do
        build_batpak "$program"
        step "$target: $program --gtest_filter=$1"
        "$(wrapped "$program")" --gtest_brief=1 --gtest_filter="$1"
    done
}

# The format, as the target writes and reads it.
run_format_tests() {
    local maker reader
    maker=$(wrapped batpak_store_maker) reader=$(wrapped batpak_store_reader)
    step "$target: stores, against the reader in Python and the golden stores"
    BATPAK_STORE_MAKER=$maker BATPAK_STORE_READER=$reader python3 -B tests/format/engine_test.py
    step "$target: stores, against those of this machine, byte for byte"
    [[ -e build/dev/build.ninja ]] || cmake --preset dev >/dev/null
    cmake --build build/dev -j "$jobs" --target batpak_store_maker batpak_store_reader
    BATPAK_STORE_MAKER=$root/build/dev/tests/programs/batpak_store_maker \
        BATPAK_STORE_READER=$root/build/dev/tests/programs/batpak_store_reader \
        BATPAK_OTHER_MAKER=$maker BATPAK_OTHER_READER=$reader python3 -B tests/format/platforms_test.py
}

run_tool() {
    local tool store=$folder/store
    tool=$(wrapped batpak)
    step "$target: the tool"
    "$tool" --version
    rm -rf "$store"
    cp -r tests/format/golden/v1/rotated "$store"
    "$tool" verify "$store"
}

cross_aarch64_linux_gnu() {
    command -v aarch64-linux-gnu-g++ >/dev/null || die "the compiler is missing: ./dev setup cross"
    command -v qemu-aarch64-static >/dev/null || die "the emulator is missing: ./dev setup cross"
    emulator="qemu-aarch64-static -L /usr/aarch64-linux-gnu"
    write_toolchain Linux aarch64 aarch64-linux-gnu-gcc aarch64-linux-gnu-g++ \
        /usr/bin/aarch64-linux-gnu-ar /usr/bin/aarch64-linux-gnu-ranlib \
        'set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static -L /usr/aarch64-linux-gnu)'
    get_rapidcheck arm64 "$prefix"
    prepare_libraries with_tests
    configure_batpak -DBATPAK_BUILD_TESTS=ON
    build_batpak batpak batpak_tool batpak_store_maker batpak_store_reader
    run_tool
    run_format_tests
    run_tests "$not_in_qemu"
}

cross_x86_64_linux_musl() {
    need_zig
    emulator=
    write_toolchain Linux x86_64 "$folder/bin/cc" "$folder/bin/c++" "$folder/bin/ar" "$folder/bin/ranlib"
    prepare_libraries with_tests
    configure_batpak -DBATPAK_BUILD_TESTS=ON -DBATPAK_TESTS_WITHOUT_RAPIDCHECK=ON
    build_batpak batpak batpak_tool batpak_store_maker batpak_store_reader
    run_tool
    run_format_tests
    run_tests '*'
}

cross_aarch64_macos() {
    need_zig
    write_toolchain Darwin arm64 "$folder/bin/cc" "$folder/bin/c++" "$folder/bin/ar" "$folder/bin/ranlib" \
        'set(CMAKE_INSTALL_NAME_TOOL llvm-install-name-tool-19 CACHE STRING "")'
    prepare_libraries
    configure_batpak -DBATPAK_BUILD_TESTS=OFF
    build_batpak batpak batpak_tool
    # The first word of a Mach-O file of 64 bits.
    [[ $(od -An -tx4 -N4 "$folder/build/bin/batpak") == ' feedfacf' ]] || die "the tool is no program of macOS"
    step "$target: compiled and linked; nothing was run"
}

prepare_libraries() { # prepare_libraries [with_tests]
    get_sources
    copy_headers "$prefix"
    build_into_prefix fmt -DFMT_TEST=OFF -DFMT_DOC=OFF
    [[ $# -eq 0 ]] || build_into_prefix googletest -DBUILD_GMOCK=OFF
}

# What an emulator of system calls does otherwise than a kernel. Nothing yet.
not_in_qemu='*'

target=${1:-}
folder=$cross/$target prefix=$folder/prefix
case $target in
    aarch64-linux-gnu | x86_64-linux-musl | aarch64-macos) ;;
    *) die "which target? aarch64-linux-gnu, x86_64-linux-musl or aarch64-macos" ;;
esac
mkdir -p "$prefix" "$cross/sources"
"cross_${target//-/_}"
