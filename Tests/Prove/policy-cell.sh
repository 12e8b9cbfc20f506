#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# policy-cell.sh [SETS]: has spin try every order of steps of the model in policy-cell.pml, with SETS replacements,
# and then find each of the mistakes that it can plant there. The last line is the total.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
sets=${1:-2}
build=$here/../../.build/policy-cell
rm -rf "$build"
mkdir -p "$build"
cd "$build"
passed=0 failed=0

# search EXPECTED NAME...: EXPECTED is 0 where spin must find nothing, 1 where an assertion must be violated.
search() {
    local names=("${@:2}") found=none
    if spin -a -DSETS="$sets" "${names[@]/#/-D}" "$here/policy-cell.pml" >log 2>&1 &&
        cc -O2 -DSAFETY -DCOLLAPSE -DMEMLIM=4000 pan.c -o pan >>log 2>&1 &&
        timeout 600 ./pan -m1000000 >>log 2>&1 && ! grep -q 'max search depth too small' log; then
        found=$(sed -n 's/.*errors: \([0-9]*\)$/\1/p' log)
        if [ "$found" = 1 ] && ! grep -q 'assertion violated' log; then found='another error'; fi
    fi
    if [ "$found" = "$1" ]; then
        passed=$((passed + 1))
        printf 'ok    policy-cell %-21s errors: %s, %d states\n' "${names[*]}" "$found" \
            "$(sed -n 's/^ *\([0-9]*\) states, stored$/\1/p' log)"
    else
        failed=$((failed + 1))
        printf 'FAIL  policy-cell %s: errors: %s, expected %s\n' "${names[*]}" "$found" "$1"
        cat log
    fi
}

search 0
search 0 FORKS
search 0 PACED
for mistake in LOADS_FIRST LEAVES_EARLY LOOKS_FIRST ONE_COUNTER FORGETS 'FORKS RETIRES_FIRST' 'PACED NAMES_FIRST'; do
    read -ra names <<<"$mistake"
    search 1 "${names[@]}"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
