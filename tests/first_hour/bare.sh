#!/usr/bin/env bash
# bare.sh <source> <work> <suite> [tree|as_user|packages] [folder of packages]: the page "Ten minutes" of the
# guide, typed word for word in a Debian that has nothing but apt, and how long each command took.
#
#     tree        the page's commands for the sources: installs what is missing, builds, installs
#     as_user     the same; then all examples and programs of the guide, with the suite's compiler
#     packages    its commands for the Debian packages, which are those of the folder
#
# As root, with mmdebstrap and a mirror of Debian. The root is <work>/<suite>-<way>: each run makes it again,
# and leaves it behind, for a look at it.
set -euo pipefail
source=$(readlink -f "$1") work=$2 suite=$3 way=${4:-tree} packages=${5:-} as_user=
[[ $way != as_user ]] || way=tree as_user=yes
root=$work/$suite-$way

fail() {
    echo "bare: $*" >&2
    exit 1
}

unmount() { ! mountpoint -q "$root/proc" || umount "$root/proc"; }

# Removes what an earlier run left, but nothing of this machine that is mounted there.
clear_root() {
    unmount
    ! grep -qF " $(readlink -m "$root")/" /proc/self/mounts || fail "something is mounted in $root"
    rm -rf --one-file-system "$root"
}

make_root() {
    mkdir -p "$work"
    # The lists of packages stay away: the page's commands get them.
    mmdebstrap --quiet --variant=apt --aptopt='APT::Sandbox::User "root"' "$suite" "$root"
    # It reaches a mirror in the way that this machine does.
    cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    mount -t proc proc "$root/proc"
}

give_tree() {
    mkdir -p "$root/srv/tree"
    git -C "$source" ls-files -z --cached --others --exclude-standard |
        tar -C "$source" --null --ignore-failed-read -T - -cf - | tar -C "$root/srv/tree" --no-same-owner -xf -
}

give_packages() {
    compgen -G "$packages/*.deb" >/dev/null || fail "no packages in ${packages:-no folder}"
    mkdir -p "$root/srv/packages"
    cp "$packages"/*.deb "$root/srv/packages/"
}

[[ $EUID -eq 0 ]] || fail "only root can make a root to install into"
command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing: ./dev setup developer"
[[ $way == tree || $way == packages ]] || fail "which way? tree, as_user or packages"
trap unmount EXIT
clear_root
make_root
"give_$way"
echo "--- $suite, from its $way, on $(nproc) processors"
python3 -B "$source/tools/transcripts.py" --root "$root" --install "$way" guide/src/start/ten_minutes.md
if [[ -n $as_user ]]; then
    mkdir "$root/srv/as_user"
    ln -s /usr/local "$root/srv/as_user/prefix"
    chroot "$root" env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin CXX=g++ \
        /srv/tree/tests/package/run.sh as_user /srv/tree /nonexistent /srv/as_user
fi
