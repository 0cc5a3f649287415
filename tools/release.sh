#!/usr/bin/env bash
# release.sh --dry-run: makes everything that a release consists of, from the last commit, and checks it.
#
#     batpak-<version>.tar.gz                the sources; made twice, from two clones, and compared
#     batpak-<version>-amalgamation.tar.gz   batpak.hpp and batpak.cpp; likewise
#     batpak-<version>.spdx.json             the SBOM; likewise
#     *.deb                                  built of that source archive; packed twice, compared
#     SHA256SUMS                             of all of them
#
# They are in build/release-<version>. To publish them is up to the maintainers: there is no other mode.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
root=$PWD
jobs=${BATPAK_JOBS:-$(nproc)}

die() {
    echo "release: $*" >&2
    exit 1
}

step() { printf '%(%T)T  %s\n' -1 "$*"; }

# Whatever the archives could take over from this machine is fixed: order, owner, mode, time.
pack() { # pack <archive> <folder> <name in it>
    tar -C "$2" --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
        --mtime="@$SOURCE_DATE_EPOCH" --format=ustar -cf - "$3" | gzip -9n >"$1"
}

# In a clone, with a mask and a time zone of its own, so that nothing of this folder gets in.
make_sources() { # make_sources <work>
    local work=$1
    rm -rf "$work"
    mkdir -p "$work/out"
    git clone -q "$root" "$work/clone"
    git -C "$work/clone" checkout -q "$commit"
    git -C "$work/clone" archive --prefix="$name/" HEAD | tar -C "$work" -xf -
    pack "$work/out/$name.tar.gz" "$work" "$name"
    mkdir -p "$work/$name-amalgamation"
    python3 -B "$work/clone/tools/amalgamate.py" "$work/$name-amalgamation" >/dev/null
    cp "$work/clone"/LICENSE-* "$work/$name-amalgamation/"
    pack "$work/out/$name-amalgamation.tar.gz" "$work" "$name-amalgamation"
    python3 -B "$work/clone/tools/sbom.py" "$work/out/$name.spdx.json"
}

compare() { # compare <folder> <folder>
    local file
    for file in "$1"/*; do
        cmp "$file" "$2/$(basename "$file")" || die "$(basename "$file") is not reproducible"
    done
}

make_packages() { # make_packages <source archive> <work>: packages in <work>/first
    local archive=$1 work=$2 tree=$2/$name
    mkdir -p "$work"
    tar -C "$work" -xzf "$archive"
    # ccache makes paths below its base folder relative, and they would get into the packages so.
    (cd "$tree" && cmake --preset package &&
        CCACHE_BASEDIR='' cmake --build build/package -j "$jobs" --target batpak_installable) \
        >"$work/build.log" 2>&1 || die "the packages do not build: $work/build.log"
    for round in first second; do
        (cd "$tree/build/package" && cpack -B "$work/$round") >>"$work/build.log" 2>&1 ||
            die "cpack failed: $work/build.log"
        rm -rf "$work/$round/_CPack_Packages" "$work/$round"/*.sha256
    done
    compare "$work/first" "$work/second"
}

# No bug of Debian asks for these packages, which is the only thing that lintian may miss.
check_packages() { # check_packages <folder>
    if ! command -v lintian >/dev/null; then
        step "lintian is not installed: the packages are not checked (./dev setup developer)"
        return
    fi
    lintian --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs "$1"/*.deb ||
        die "lintian finds fault with the packages"
}

check_tree() {
    [[ -z $(git status --porcelain) ]] || die "commit first: a release is made of the last commit"
    python3 -B tools/packaging.py
    python3 -B tools/sbom.py --selftest
    grep -q "^## $version\|^## Unreleased" CHANGELOG.md || die "CHANGELOG.md says nothing of $version"
}

[[ $# -eq 1 && $1 == --dry-run ]] || die "only --dry-run: what it makes, the maintainers publish"
version=$(sed -n 's/^project(batpak VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
name=batpak-$version
commit=$(git rev-parse HEAD)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
out=$root/build/release-$version

step "$name of $commit"
check_tree
work=$(mktemp -d)
# shellcheck disable=SC2064  # the folder of now
trap "rm -rf '$work'" EXIT
step "sources, amalgamation, SBOM: twice"
(umask 022 && TZ=UTC make_sources "$work/a")
(umask 077 && TZ=Asia/Tokyo make_sources "$work/b")
compare "$work/a/out" "$work/b/out"
step "Debian packages, of the source archive"
make_packages "$work/a/out/$name.tar.gz" "$work/packages"
check_packages "$work/packages/first"
rm -rf "$out"
mkdir -p "$out"
cp "$work/a/out"/* "$work/packages/first"/*.deb "$out/"
(cd "$out" && sha256sum -- * >SHA256SUMS && sha256sum --quiet -c SHA256SUMS)
step "made and checked, in ${out#"$root"/}:"
cat "$out/SHA256SUMS"
