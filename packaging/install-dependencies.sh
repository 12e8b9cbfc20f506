#!/usr/bin/env bash
# Installs the Debian packages that building and testing need and that are missing; says nothing where none is.
set -euo pipefail

needed=(libssl-dev libgnutls28-dev libpsl-dev libidn2-dev libcurl4-openssl-dev libcurl3-gnutls pkg-config gcc g++
        binutils openssl gnutls-bin python3 python3-venv ca-certificates groff-base valgrind strace
        abigail-tools spin)

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
    echo "Installing Debian packages: ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if ! command -v "${SWIFT:-swift}" >/dev/null; then
    echo "swift was not found: install the Swift 6.3 toolchain (https://www.swift.org/install/linux/) and put" >&2
    echo "its bin directory on PATH. Programs that use PinVerdict do not need Swift; building it does." >&2
    exit 1
fi
