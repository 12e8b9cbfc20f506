#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# replay.sh LIBDIR: runs every fuzzing target on its corpus, against the library that ships, with the oracles under
# AddressSanitizer (which also finds what the library leaks). The last line is the total.
# replay.sh LIBDIR TARGET FILE...: one target on these files, such as a finding.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
libraries=$(cd "${1:?usage: replay.sh LIBDIR [TARGET FILE...]}" && pwd)
work=$(cd "$here/../.." && pwd)/.build/fuzz/replay
mkdir -p "$work"
python3 "$here/../Kit/make-world.py" "$work/world-rows.h" || exit

# replay TARGET FILE...
replay() {
    cc -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all \
        -I"$here/../../include" -I"$work" "$here/replay.c" "$here/$1.c" -o "$work/$1" \
        -L"$libraries" -lpinverdict -lcrypto -lgnutls -Wl,-rpath,"$libraries" &&
        timeout 300 "$work/$1" "${@:2}"
}

if [ $# -gt 1 ]; then
    replay "${@:2}"
    exit
fi

read -ra targets <"$here/targets"
for target in "${targets[@]}"; do
    # A folder that is missing or empty leaves the pattern, which is no file: that fails.
    (replay "$target" "$here/corpus/$target"/*; echo "ended with status $?") >"$work/$target.log" 2>&1 &
done
wait

passed=0 failed=0
for target in "${targets[@]}"; do
    log=$work/$target.log
    if [[ $(tail -n 2 "$log") =~ ([0-9]+)\ passed,\ 0\ failed$'\n'ended\ with\ status\ 0$ ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        printf '%-12s %5d inputs\n' "$target" "$((BASH_REMATCH[1] / 2))"
    else
        failed=$((failed + 1))
        printf '%s\n%s failed\n' "$(cat "$log")" "$target"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
