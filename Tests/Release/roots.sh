# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# roots.sh: what the checks in clean roots of Debian have in common, to be sourced by a script that is root in a mount
# namespace of its own. Roots come from debootstrap, once, and are kept as archives in .build/roots. $work is a folder
# that goes with the script, $root the root of the moment; `finish` ends with what passed and failed.
work=$(mktemp -d)
passed=0 failed=0

# discard FOLDER: its mounts go, and it. Where a mount does not go, neither does the folder: behind a mount there may be
# what is this machine's own.
discard() {
    findmnt -rno TARGET | grep "^$1/" | sort -r | xargs -r umount || true
    findmnt -rno TARGET | grep "^$1/" >&2 || rm -rf --one-file-system "$1"
}
trap 'discard "$work"' EXIT

# check NAME COMMAND...: passes where the command succeeds; its output is shown where it does not.
check() {
    local name=$1 started=$SECONDS
    shift
    if "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
        echo "ok    $name ($((SECONDS - started)) s)"
    else
        failed=$((failed + 1))
        echo "FAIL  $name"
        sed 's/^/          /' "$work/log"
    fi
}

# root_of SUITE: a fresh one, at $root.
root_of() {
    root=$work/$1
    mkdir "$root"
    if [ ! -e ".build/roots/$1.tar" ]; then
        mkdir -p .build/roots
        debootstrap --variant=minbase --include=ca-certificates,iproute2,openssl "$1" "$root" || return
        rm -f "$root"/var/cache/apt/archives/*.deb
        tar -C "$root" -cf ".build/roots/$1.new" . && mv ".build/roots/$1.new" ".build/roots/$1.tar"
    else
        tar -C "$root" -xf ".build/roots/$1.tar"
    fi
    # The archive may be older than the address of this machine's name server.
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    mount -t proc proc "$root/proc"
    mount -t devpts devpts "$root/dev/pts"
    touch "$root/etc/hosts"
}

in_root() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    chroot "$root" "$@"; }
apt() { in_root apt-get install -y -qq --no-install-recommends "$@"; }

finish() {
    printf '\n%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ]
}
