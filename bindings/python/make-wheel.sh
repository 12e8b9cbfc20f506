#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make-wheel.sh FOLDER: builds the wheel and puts it into the folder, with the tag that auditwheel finds it worth. It
# asks for the system's OpenSSL, which auditwheel is to leave out: a copy of it would get no updates. Needs pip,
# hatchling, auditwheel and patchelf on PATH; says nothing where all is well.
set -euo pipefail
project=$(cd "$(dirname "$0")" && pwd)
folder=$1
plain=$(mktemp -d)
trap 'rm -rf "$plain"' EXIT
# The day of the release, so that the same sources make the same wheel on every day.
day=$(sed -n 's/^ -- .*>  //p' "$project/../../debian/changelog" | head -n 1)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(date -d "$day" +%s)}

umask 022
pip wheel --quiet --disable-pip-version-check --no-build-isolation --no-deps --wheel-dir "$plain" "$project"
if ! auditwheel repair --exclude libssl.so.3 --exclude libcrypto.so.3 --wheel-dir "$folder" "$plain"/*.whl \
    >"$plain/log" 2>&1; then
    cat "$plain/log" >&2
    exit 1
fi
