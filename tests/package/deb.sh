#!/usr/bin/env bash
# deb.sh <source> <packages> <work>: installs the Debian packages of a folder into a bare Debian, and
# builds and runs template/ there. As root, with mmdebstrap and a network.
set -euo pipefail
source=$1 packages=$(readlink -f "$2") work=$3
root=$work/root

fail() {
    echo "deb: $*" >&2
    exit 1
}

inside() { chroot "$root" env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

[[ $EUID -eq 0 ]] || fail "only root can make a root to install into"
command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing: apt-get install mmdebstrap"
compgen -G "$packages/*.deb" >/dev/null || fail "no packages in $packages"
rm -rf "$root"
mkdir -p "$work"
mmdebstrap --quiet --variant=apt --include=g++,cmake,make,pkg-config bookworm "$root"
mkdir "$root/packages"
cp "$packages"/*.deb "$root/packages/"
cp -r "$source/template" "$root/srv/app"
debs=("$packages"/*.deb)
inside apt-get update -q
inside apt-get install -y -q --no-install-recommends "${debs[@]/#*\//\/packages\/}"

inside cmake -S /srv/app -B /srv/app/build
inside cmake --build /srv/app/build
inside ctest --test-dir /srv/app/build --output-on-failure
inside sh -c 'cd /srv/app && ./build/app && ./build/app' | tee "$work/said"
[[ $(tail -n 1 "$work/said") == 'clicks: 2' ]] || fail "the program said $(cat "$work/said")"
inside batpak verify /srv/app/app-data
# shellcheck disable=SC2016  # the inner shell expands it
inside sh -c 'cd /srv/app && c++ -std=c++20 main.cpp $(pkg-config --cflags --libs batpak) -o with_pkg_config && ./with_pkg_config'
inside test -s /usr/share/man/man1/batpak.1.gz || fail "no manual page"
inside bash -n /usr/share/bash-completion/completions/batpak || fail "no completions"
inside apt-get remove -y -q batpak libbatpak-dev
! inside test -e /usr/bin/batpak -o -e /usr/include/batpak || fail "something is left after the removal"
rm -rf "$root"
