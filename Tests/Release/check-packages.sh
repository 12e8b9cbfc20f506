#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check-packages.sh FOLDER SUITE...: installs the Debian packages of the folder (`make deb`) in a clean root of each
# suite of Debian (roots.sh), uses them there as the README says (first-use.py), upgrades them, and purges them. Prints
# a line per check, with times and sizes; exits 1 if one failed.
set -euo pipefail
[ "$(id -u)" -eq 0 ] || exec sudo "$0" "$@"
# Mounts of its own, so that none outlives it.
[ "${1:-}" = --unshared ] || exec unshare --mount "$0" --unshared "$@"
shift
cd "$(dirname "$0")/../.."
folder=$(realpath "$1")
shift
# shellcheck source=Tests/Release/roots.sh
. Tests/Release/roots.sh

# Without a network but loopback.
alone() { unshare --net env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 chroot "$root" \
    sh -c 'ip link set lo up && exec "$@"' sh "$@"; }

files() { find "$root" -xdev \( -path "$root/proc" -o -path "$root/packages" -o -path "$root/var/lib/apt" -o \
    -path "$root/var/lib/dpkg" -o -path "$root/var/cache" -o -path "$root/var/log" -o -path "$root/tmp" \) -prune \
    -o -printf '%P\n' | sort; }
has_no_swift() { ! find "$root" -xdev -name '*swift*' | grep .; }

# The same packages, with a newer version.
next_version() {
    local package
    for package in "$folder"/*.deb; do
        rm -rf "$work/next"
        dpkg-deb -R "$package" "$work/next" &&
            sed -i "s/\b${version//./\\.}\b/$version+1/g" "$work/next/DEBIAN/control" &&
            dpkg-deb --root-owner-group -Zgzip -b "$work/next" "$root/packages/next" || return
    done
}
ours() { in_root dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\n' '*pinverdict*' | grep -v ' un *$'; }
have_version() {
    [ "$(ours | grep -c " $1 ii")" -eq "$(find "$folder" -name '*.deb' | wc -l)" ] || { ours; return 1; }
}
are_gone() { ! ours; }
left_nothing() { files | diff "$work/before" -; }

version=$(sed -n 's/^#define PINVERDICT_VERSION "\(.*\)"/\1/p' include/pinverdict.h)
for suite in "$@"; do
    echo "== $suite"
    check "a clean root" root_of "$suite"
    mkdir "$root/packages"
    cp "$folder"/*.deb "$root/packages"
    # What the examples need and no package of ours asks for.
    check "apt-get update" in_root apt-get update -qq
    check "a compiler, requests, libcurl" apt gcc libc6-dev pkg-config python3-requests libcurl4-openssl-dev
    files >"$work/before"
    # shellcheck disable=SC2046
    check "apt-get install" apt $(cd "$folder" && printf ' /packages/%s' *.deb)
    check "all of them are installed" have_version "$version"
    in_root dpkg-query -W -f '      ${Package} ${Installed-Size} KiB\n' '*pinverdict*'
    check "there is no Swift" has_no_swift
    cp README.md Tests/Release/first-use.py "$root/packages"
    mkdir "$root/packages/next"
    alone python3 -B /packages/first-use.py /packages/README.md >"$work/use" || true
    cat "$work/use"
    passed=$((passed + $(grep -c '^ok' "$work/use"))) failed=$((failed + $(grep -c '^FAIL' "$work/use" || true)))
    check "first-use.py came to its end" grep -qx done "$work/use"

    check "newer packages are made" next_version
    check "upgrade" in_root sh -c 'dpkg -i /packages/next/*.deb'
    check "all of them are the newer" have_version "$version+1"
    check "a program that was built before runs" alone /packages/example-version
    # What others would merely suggest goes, too.
    # shellcheck disable=SC2046
    check "purge, with what came for their sake" in_root apt-get purge --auto-remove -y -qq \
        -o APT::AutoRemove::RecommendsImportant=false -o APT::AutoRemove::SuggestsImportant=false \
        $(ours | cut -d' ' -f1)
    check "none is left" are_gone
    check "nor a file of theirs" left_nothing
    discard "$root"
done
finish
