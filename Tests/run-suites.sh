#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run-suites.sh MAKE SUITE...: has the command MAKE make each target, goes on after a failure, and adds up the
# tests that they report: by a last line that ends in "N passed, N failed", or by Swift Testing's closing line.
# A suite that reports no test at all has failed, whatever its exit status.
set -uo pipefail

read -ra make <<<"$1"
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
total_passed=0 total_failed=0 table=

for suite in "$@"; do
    printf '\n== %s\n' "$suite"
    started=$SECONDS
    "${make[@]}" --no-print-directory "$suite" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}

    if [[ $(grep -E '[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1) =~ ([0-9]+)\ passed,\ ([0-9]+) ]]; then
        passed=${BASH_REMATCH[1]} failed=${BASH_REMATCH[2]}
    elif [[ $(grep -E 'Test run with [0-9]+ tests? ' "$log" | tail -n 1) =~ with\ ([0-9]+)\ test ]]; then
        failed=$(sed -n 's/^✘ \(Test .*\) recorded an issue .*/\1/p' "$log" | sort -u | wc -l)
        passed=$((BASH_REMATCH[1] - failed))
    else
        passed=0 failed=0
    fi
    if [ $((passed + failed)) -eq 0 ] || { [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; }; then
        failed=$((failed + 1))
    fi

    total_passed=$((total_passed + passed)) total_failed=$((total_failed + failed))
    table+=$(printf '%-20s %9d passed %5d failed %6d s' "$suite" "$passed" "$failed" $((SECONDS - started)))$'\n'
done

printf '\n%s\n%d passed, %d failed\n' "$table" "$total_passed" "$total_failed"
[ "$total_failed" -eq 0 ]
