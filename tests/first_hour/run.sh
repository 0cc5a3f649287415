#!/usr/bin/env bash
# run.sh <source> <work>: the first hour of somebody who has just cloned batpak, in their steps and with
# nothing of this build: a bare tree, an account that is not root, a home of its own.
#
#   1. README: ./dev quickstart, then ./dev install into a prefix
#   2. README's program, built by find_package() with a user's warnings, and run
#   3. the first example of each document, built against the prefix, and run
#   4. the first error: its text is what the program says last
#   5. the first query with the tool, and the first import of foreign lines
#   6. the page "Ten minutes" of the guide, word for word
#
# <work> keeps its compiler cache between runs. With it the second run takes a minute or two.
set -euo pipefail
source=$1 work=$2

fail() {
    echo "first_hour: $*" >&2
    exit 1
}

step() { printf '%(%T)T  %s\n' -1 "$*"; }

# --- as whoever runs the tests: a bare tree, and an account ----------------------------------------

prepare() {
    rm -rf "${work:?}/home"
    mkdir -p "$work/home/batpak" "$work/ccache"
    # What git has, and no build: from a folder that is no clone, all but build/.
    if git -C "$source" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git -C "$source" ls-files -z --cached --others --exclude-standard |
            tar -C "$source" --null --ignore-failed-read -T - -cf - | tar -C "$work/home/batpak" -xf -
    else
        tar -C "$source" --exclude=./build -cf - . | tar -C "$work/home/batpak" -xf -
    fi
    as=()
    if [[ $EUID -ne 0 ]]; then
        step "as $(id -un)"
    elif id nobody >/dev/null 2>&1 && command -v setpriv >/dev/null; then
        chown -R nobody "$work/home" "$work/ccache"
        as=(setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups)
        # The way to the work must be open to it; a test does not open what is closed.
        "${as[@]}" test -w "$work/home" || as=()
        step "as ${as[*]:-root: $work is closed to nobody}"
    else
        step "as root: there is no nobody, or no setpriv"
    fi
}

# --- as that account ------------------------------------------------------------------------------

the_hour() {
    cd "$HOME/batpak"
    step "quickstart"
    ./dev quickstart
    step "install"
    ./dev install "$HOME/prefix"

    step "the program of README, and the first example of each document"
    make_project "$HOME/app"
    cmake -S "$HOME/app" -B "$HOME/app/build" -DCMAKE_PREFIX_PATH="$HOME/prefix" >/dev/null
    cmake --build "$HOME/app/build" -j 2 >/dev/null
    local name
    for name in readme "${examples[@]}"; do
        mkdir -p "$HOME/run/$name"
        (cd "$HOME/run/$name" && "$HOME/app/build/$name" >said 2>&1) ||
            fail "$name: $(cat "$HOME/run/$name/said")"
    done
    grep -q '^stored ' "$HOME/run/readme/said" || fail "README's program said $(cat "$HOME/run/readme/said")"

    step "the first error"
    first_error
    step "the first query, the first import"
    first_query
    step "ten minutes, as the guide says it"
    (cd "$HOME/batpak" && python3 tools/transcripts.py --prefix "$HOME/prefix" guide/src/start/ten_minutes.md)
}

# The examples that the documents quote first, but for those that are folders: quickstart runs one.
first_examples() {
    local document
    for document in docs/*.md; do
        grep -m 1 -o '<!-- snippet: examples/[a-z_]*\.cpp' "$document" || true
    done | sed 's|.*/||; s|\.cpp$||' | sort -u
}

make_project() { # make_project <folder>
    local name
    mkdir -p "$1"
    awk '/^```cpp$/ { on = 1; next } /^```$/ && on { exit } on' README.md >"$1/readme.cpp"
    grep -q 'int main' "$1/readme.cpp" || fail "README.md opens with no program"
    mapfile -t examples < <(first_examples)
    [[ ${#examples[@]} -ge 5 ]] || fail "the documents quote only ${examples[*]}"
    {
        cat <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(app LANGUAGES C CXX)
find_package(batpak CONFIG REQUIRED COMPONENTS testing)
find_package(fmt REQUIRED)
add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
add_executable(readme readme.cpp)
target_link_libraries(readme PRIVATE batpak::batpak fmt::fmt)
CMAKE
        for name in "${examples[@]}"; do
            echo "add_executable($name \"$PWD/examples/$name.cpp\")"
            echo "target_link_libraries($name PRIVATE batpak::batpak batpak::testing fmt::fmt)"
        done
    } >"$1/CMakeLists.txt"
}

first_error() {
    local said
    mkdir -p "$HOME/run/error"
    cd "$HOME/run/error"
    echo "not a store" >batpak-data
    said=$( (ulimit -c 0 && "$HOME/app/build/readme") 2>&1) && fail "a file is opened as a store"
    [[ $said == *batpak-data* && $said != *'Bad expected access'* ]] ||
        fail "the first error says only: $said"
    echo "$said"
}

first_query() {
    local batpak=$HOME/prefix/bin/batpak count
    cd "$HOME/run"
    "$batpak" query readme/batpak-data | tee query
    grep -q 'player:alice' query || fail "the query does not show what README's program stored"
    printf '{"user":"%s","action":"login","at":%d}\n' ann 1 bob 2 ann 3 |
        "$batpak" import foreign --create --entity-field user --scope logins --kind 0x1001 --payload-field '' ||
        fail "foreign lines are not imported"
    count=$("$batpak" query foreign --entity ann --json | wc -l)
    [[ $count == 2 ]] || fail "ann logged in twice, and the query says $count"
}

if [[ ${3:-} == --as-user ]]; then
    the_hour
    exit
fi
prepare
! command -v ccache >/dev/null || export CMAKE_CXX_COMPILER_LAUNCHER=ccache
HOME=$work/home CCACHE_DIR=$work/ccache CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=$work \
    exec "${as[@]}" "$work/home/batpak/tests/first_hour/run.sh" "$source" "$work" --as-user
