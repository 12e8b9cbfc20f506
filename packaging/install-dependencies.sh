#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install-dependencies.sh [demo|deb|prove]: installs the Debian packages that are missing for building and testing, or
# for `make demo` alone, or for `make deb` or `make prove` beside that; says nothing where none is. Swift itself it does
# not install, but sees that it runs.
set -euo pipefail

# The compiler's own libraries, what it runs, and what it links with. Of libcurl, whose name differs between Debian 12
# and 13, git brings the one for GnuTLS, and the headers the other.
needed=(libncurses6 libxml2 libsqlite3-0 git gcc g++ binutils pkg-config openssl ca-certificates
        libssl-dev libgnutls28-dev libpsl-dev libidn2-dev libunbound-dev libxml2-dev libcurl4-openssl-dev)
packaging=(dpkg-dev debhelper dh-python lintian mandoc)
testing=(gnutls-bin python3 python3-venv groff-base valgrind strace abigail-tools spin
         clang-format-19 libmosquitto-dev mosquitto curl libxml2-utils zsh fish dovecot-imapd dovecot-pop3d
         dovecot-submissiond slapd nginx-light redis-server nsd ldnsutils dns-root-data prometheus
         signify-openbsd minisign haproxy socat systemd
         wget lftp ldap-utils msmtp postgresql-client python3-requests mandoc)
case ${1:-} in
    demo) ;;
    deb) needed+=("${packaging[@]}") ;;
    prove) needed+=("${testing[@]}" "${packaging[@]}" debootstrap faketime openjdk-17-jre-headless) ;;
    *) needed+=("${testing[@]}") ;;
esac

missing=()
if command -v dpkg-query >/dev/null; then
    for package in "${needed[@]}"; do
        state=$(dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null) || true
        grep -qx installed <<<"$state" || missing+=("$package")
    done
else
    echo "Not a Debian system: the packages needed are, by Debian's names, ${needed[*]}." >&2
fi

if [ ${#missing[@]} -gt 0 ]; then
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "These packages are missing, and installing them needs root: ${missing[*]}" >&2
            echo "As root, run: apt-get install ${missing[*]}" >&2
            exit 1
        fi
        as_root=(sudo)
    fi
    fold -s -w 100 <<<"Installing Debian packages: ${missing[*]}"
    # What apt says, where it fails.
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    # Servers that tests start by themselves, on loopback, are not to run as the system's.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        trap 'rm -f "$log"; "${as_root[@]}" rm -f '$policy EXIT
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
        "${as_root[@]}" chmod 755 $policy
    fi
    if ! {
        "${as_root[@]}" apt-get update -qq &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
                apt-get install -y -qq --no-install-recommends "${missing[@]}"
    } >"$log" 2>&1; then
        cat "$log" >&2
        exit 1
    fi
fi

swift=${SWIFT:-swift}
if ! command -v "$swift" >/dev/null; then
    echo "swift was not found: install the Swift 6.3 toolchain (https://www.swift.org/install/linux/) and put" >&2
    echo "its bin directory on PATH. Programs that use PinVerdict do not need Swift; building it does." >&2
    exit 1
fi
if ! said=$("$swift" --version 2>&1); then
    echo "$(command -v "$swift") does not run. It said:" >&2
    echo "    $said" >&2
    echo "Where it names a library that is missing, install the package that has it; where it was made for another" >&2
    echo "system or another processor, take the toolchain for this one: https://www.swift.org/install/linux/" >&2
    exit 1
fi
