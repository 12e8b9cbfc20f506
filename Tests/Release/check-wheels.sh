#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check-wheels.sh FOLDER SUITE...: the wheel and the sdist of the folder (`make wheel sdist`). The sdist builds the
# library that the wheel has; the wheel works with each Python from 3.10 to 3.13 that this machine has, and in a clean
# root of each suite of Debian (roots.sh), with its own Python, where there is neither Swift nor GnuTLS. Prints a line
# per check; exits 1 if one failed.
set -euo pipefail
[ "$(id -u)" -eq 0 ] || exec sudo --preserve-env=PATH "$0" "$@"
# Mounts of its own, so that none outlives it.
[ "${1:-}" = --unshared ] || exec unshare --mount "$0" --unshared "$@"
shift
cd "$(dirname "$0")/../.."
wheel=$(echo "$1"/*.whl) sdist=$(echo "$1"/*.tar.gz)
shift
# shellcheck source=Tests/Release/roots.sh
. Tests/Release/roots.sh
library=pinverdict/libpinverdict-openssl.so.0

# python_of VERSION: prints its path, where there is one that runs.
python_of() {
    local python
    for python in "$(command -v "python$1" || true)" "$HOME"/.pyenv/versions/"$1".*/bin/python; do
        if "$python" -c '' 2>/dev/null; then echo "$python"; return; fi
    done
    return 1
}
build_sdist() {
    .build/venv/auditwheel/bin/pip wheel --quiet --disable-pip-version-check --no-build-isolation --no-deps \
        --wheel-dir "$work/built" "$sdist"
}
# Bytes of the library in a wheel.
library_in() { python3 -c 'import sys, zipfile
sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))' "$1" $library | sha256sum; }
is_same() { [ "$(library_in "$wheel")" = "$(library_in "$work"/built/*.whl)" ]; }
has_none_of() { ! find "$root" -xdev \( -name '*swift*' -o -name 'libgnutls*.so*' \) | grep .; }

exits() {
    local status=0
    "${@:2}" || status=$?
    [ $status -eq "$1" ]
}
# try_wheel FOLDER NAME PYTHON RUN...: with a Python that RUN runs, to whom the folder has the name.
try_wheel() {
    local folder=$1 name=$2 python=$3 pinverdict
    shift 3
    pinverdict=("$@" "$name/venv/bin/python" -I -m pinverdict)
    cp "$wheel" "$folder"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=api.example.com -keyout /dev/null \
        -out "$folder/leaf.pem" 2>/dev/null
    printf '[policy]\nserial = 1\n[host api.example.com]\npin-sha256 = %s\nbackup-pin-sha256 = %s\n' \
        "$(openssl x509 -in "$folder/leaf.pem" -pubkey -noout | openssl pkey -pubin -outform der |
            openssl dgst -sha256 -binary | base64)" YLh1dUR9y6Kja30RrAn7JKnbQG/uEtLMkBgFF2Fuihg= >"$folder/right.conf"
    sed 's/^pin-sha256 = .*/pin-sha256 = lFbAXgOGWLJ8rkvN4ARbfJxwhsKVGbZ5WbLTNuU2Dnc=/' "$folder/right.conf" \
        >"$folder/wrong.conf"
    check "a virtual environment" "$@" "$python" -m venv "$name/venv"
    check "pip install the wheel" "$@" "$name/venv/bin/pip" install --quiet --no-index --disable-pip-version-check \
        "$name/$(basename "$wheel")"
    "$@" "$name/venv/bin/python" -c 'import platform, ssl
print("     ", platform.python_version(), ssl.OPENSSL_VERSION)'
    check "python -m pinverdict pin" exits 0 "${pinverdict[@]}" pin "$name/leaf.pem"
    asked=(--host api.example.com "$name/leaf.pem")
    check "... check, the right pin" exits 0 "${pinverdict[@]}" check --policy "$name/right.conf" "${asked[@]}"
    check "... check, a wrong one" exits 1 "${pinverdict[@]}" check --policy "$name/wrong.conf" "${asked[@]}"
}

PATH=$PWD/.build/venv/auditwheel/bin:$PATH check "the sdist builds" build_sdist
check "... the library that the wheel has" is_same
for version in 3.10 3.11 3.12 3.13; do
    if found=$(python_of $version); then
        echo "== Python $version"
        mkdir "$work/$version"
        try_wheel "$work/$version" "$work/$version" "$found" env -u PYTHONPATH
    else
        echo "      Python $version is not here"
    fi
done

for suite in "$@"; do
    echo "== $suite"
    check "a clean root" root_of "$suite"
    check "apt-get update" in_root apt-get update -qq
    check "apt-get install python3-venv" apt python3-venv
    find "$root/usr/lib" -name 'libgnutls.so*' -delete
    check "there is neither Swift nor GnuTLS" has_none_of
    try_wheel "$root" "" python3 in_root
    discard "$root"
done
finish
