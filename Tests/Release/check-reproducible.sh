#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check-reproducible.sh MAKE...: builds the sources once more, in a folder of another name, on another day, in another
# time zone and with another umask, and compares what both builds install, byte for byte. Exits 1 where they differ.
set -euo pipefail
make=("$@")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
elsewhere=$work/another/folder/that/has/a/longer/name
mkdir -p "$elsewhere"
git ls-files -z | tar -c --null -T - | tar -x -C "$elsewhere"

# The pages for a browser are what a package installs beside it.
install_to() {
    "${make[@]}" -o all install LDCONFIG=: DESTDIR="$1" >/dev/null
    "${make[@]}" html
    cp -a .build/html "$1"
}
started=$SECONDS
(
    cd "$elsewhere"
    umask 027
    export TZ=Asia/Kathmandu
    faketime -f '+40d' "${make[@]}" all
    install_to "$work/second"
)
echo "built in $((SECONDS - started)) s, as if it were $(faketime -f '+40d' date +%F)"
install_to "$work/first"

# Name, mode, where a link leads, and the digest of a file, each.
listing() {
    (cd "$1" && find . \( -type f -printf '%P %m ' -exec sh -c 'sha256sum <"$1"' sh {} \; \) -o -printf '%P %m %l\n' |
        LC_ALL=C sort)
}
listing "$work/first" >"$work/first.list"
listing "$work/second" >"$work/second.list"
passed=$(comm -12 "$work/first.list" "$work/second.list" | wc -l)
failed=$(comm -3 "$work/first.list" "$work/second.list" | tee /dev/stderr | wc -l)
[ "$passed" -gt 20 ] || failed=$((failed + 1))
printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
