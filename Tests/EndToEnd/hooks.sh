#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# hooks.sh LIBDIR: the programs of bindings/c, the daemon among them, what attaches to contexts, the hooks in every
# situation; the last line is the total.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0
for program in clients.py contexts.py daemon.py hooks.py; do
    timeout 600 python3 -B "$here/$program" "$1" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    if [[ $(tail -n 1 "$log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
    else
        failed=$((failed + 1)) # it did not come to its last line
    fi
    if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
    echo
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
