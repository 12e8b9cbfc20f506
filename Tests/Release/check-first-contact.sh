#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check-first-contact.sh SUITE...: what a newcomer does first, in a clean root of each suite of Debian (roots.sh) that
# has what the README says to install and nothing else: `make demo` in a clone, `make deps` as `make test` begins, and
# its quickest suites. Neither says more than it has to, and nothing sounds like a warning. The Swift of this machine is
# lent to the root, read-only, and so is the one package that the command fetches. Prints a line per check; exits 1 if
# one failed.
set -euo pipefail
[ "$(id -u)" -eq 0 ] || exec sudo --preserve-env=PATH "$0" "$@"
# Mounts of its own, so that none outlives it.
[ "${1:-}" = --unshared ] || exec unshare --mount "$0" --unshared "$@"
shift
cd "$(dirname "$0")/../.."
# shellcheck source=Tests/Release/roots.sh
. Tests/Release/roots.sh

toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v "${SWIFT:-swift}")")")")
parser=$(find "$PWD/.build/tool/repositories" -maxdepth 1 -name 'swift-argument-parser-*')
most_lines=60

# lend SOURCE TARGET: of this machine, to be read alone.
lend() { mkdir -p "$root$2" && mount --bind "$1" "$root$2" && mount -o remount,bind,ro "$root$2"; }

# The sources as git knows them, with what was changed since, as somebody's clone.
clone() {
    git clone --quiet . "$root/pinverdict" && git ls-files -z | tar -c --null -T - | tar -x -C "$root/pinverdict" &&
        chown -R 0:0 "$root/pinverdict"
}

in_clone() { in_root sh -c 'PATH=/swift/bin:$PATH && cd /pinverdict && exec "$@"' sh "$@"; }

# says NAME COMMAND...: what a command in the clone prints is kept as NAME.
says() {
    local name=$1
    shift
    in_clone "$@" 2>&1 | tee "$work/$name"
}
is_short() {
    awk -v most=$most_lines 'length > 120 {print} END {if (NR > most) print NR " lines"}' "$1" | { ! grep .; }
}
is_calm() { ! grep -iE '^E:|debconf|warning|dangerous|deprecated|not found|unknown' "$1"; }
says_nothing() { ! grep . "$1"; }

for suite in "$@"; do
    echo "== $suite"
    check "a clean root" root_of "$suite"
    check "Swift, and the package that the command fetches, are lent" lend "$toolchain" /swift
    check "... and cannot be written to" sh -c "! touch '$root/swift/writable' 2>&1"
    check "..." lend "$parser" /swift-argument-parser
    in_root sh -c 'printf "%s\n" "[url \"/swift-argument-parser\"]" \
        "insteadOf = https://github.com/apple/swift-argument-parser" "[safe]" "directory = *" >~/.gitconfig'
    check "a clone" clone
    # As the README says.
    check "apt-get update" in_root apt-get update -qq
    # shellcheck disable=SC2046
    check "apt install" apt $(sed -n 's/.*`apt install \([a-z0-9 -]*\)`.*/\1/p' README.md)

    check "make demo" says demo make demo
    check "... says little" is_short "$work/demo"
    check "... and nothing that sounds like a warning" is_calm "$work/demo"
    check "make deps" says deps make deps
    check "... says little" is_short "$work/deps"
    check "... and nothing that sounds like a warning" is_calm "$work/deps"
    check "make deps, once more" says again make deps
    check "... says nothing" says_nothing "$work/again"
    for quick in test-kit test-layout test-prove test-demo; do check "make $quick" says "$quick" make $quick; done
    discard "$root"
done
finish
