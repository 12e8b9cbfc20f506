#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh SECONDS [TARGET...]: goes on fuzzing from the corpora, each target in turn (all where none is named) for so
# many seconds, by two processes that share what they find: one measures coverage alone, the other has AddressSanitizer
# and UndefinedBehaviorSanitizer too. Both run the Embedded build, which `make` has made. Findings go to
# .build/fuzz/findings, and the exit status is 1 where there is one, also of an earlier run. The last line counts the
# processes that found nothing and those that did.
# run.sh --classify LOG STATUS: what a process found that left this log and this exit status.
set -uo pipefail

# What an oracle sees is a disagreement, whatever signal it ends with; and what is lost is no crash.
classify() {
    local crashes leaks disagreements
    disagreements=$(grep -cE ':[0-9]+: VIOLATED: ' "$1")
    leaks=$(grep -c 'LeakSanitizer: detected memory leaks' "$1")
    crashes=$(grep -c 'runtime error:' "$1") # also where the process went on
    if [ "$2" -ne 0 ] && [ $((disagreements + leaks + crashes)) -eq 0 ]; then crashes=1; fi
    echo "disagreements $disagreements, crashes $crashes, leaks $leaks"
}

if [ "$1" = --classify ]; then
    classify "${@:2}"
    exit
fi

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$here/../.." && pwd)/.build
seconds=${1:?usage: run.sh SECONDS [TARGET...]}
targets=("${@:2}")
if [ ${#targets[@]} -eq 0 ]; then read -ra targets <"$here/targets"; fi

# The clang beside swift: the fuzzer's runtime has to be the one that the Swift compiler instruments for.
clang=$(dirname "$(readlink -f "$(command -v "${SWIFT:-swift}")")")/clang
least='int LLVMFuzzerTestOneInput(void) { return 0; }'
if ! "$clang" -fsanitize=fuzzer -x c - -o /dev/null <<<"$least" 2>/dev/null; then
    echo "Fuzzing needs the clang of the Swift toolchain and its libFuzzer; $clang is missing or has none." >&2
    exit 2
fi

# compile TARGET VARIANT SANITIZER...: the oracles are not instrumented for coverage, so that it is the library's alone.
compile() {
    local target=$1 variant=$2 object=$build/fuzz/$1-$2.o sanitizers=("${@:3}")
    "$clang" -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror "${sanitizers[@]}" -I"$here/../../include" \
        -I"$build/fuzz" -c "$here/$target.c" -o "$object" &&
        "$clang" -fsanitize=fuzzer "${sanitizers[@]}" -fuse-ld=lld "$object" \
            "$build/fuzz-$variant/release/libPinVerdictABI.a" -lssl -lcrypto -lgnutls -o "$build/fuzz/$target-$variant"
}

# fuzz TARGET VARIANT: one process, in the folder that both share.
fuzz() {
    local dictionary=() findings=$build/fuzz/findings/$1
    if [ -e "$here/$1.dict" ]; then dictionary=(-dict="$here/$1.dict"); fi
    "$build/fuzz/$1-$2" -max_total_time="$seconds" -max_len=4096 -timeout=60 -report_slow_units=60 -reload=10 \
        -print_final_stats=1 -artifact_prefix="$findings/" "${dictionary[@]}" \
        "$build/fuzz/corpus/$1" "$here/corpus/$1" \
        >"$build/fuzz/$1-$2.log" 2>&1
}

python3 "$here/../Kit/make-world.py" "$build/fuzz/world-rows.h" || exit
passed=0 failed=0 kept=0
for target in "${targets[@]}"; do
    mkdir -p "$build/fuzz/corpus/$target" "$build/fuzz/findings/$target"
    compile "$target" coverage &&
        compile "$target" address -fsanitize=address,undefined -fno-sanitize-recover=undefined || exit 2
    fuzz "$target" coverage &
    coverage=$!
    fuzz "$target" address &
    address=$!
    for variant in coverage address; do
        wait "${!variant}" && status=0 || status=$?
        log=$build/fuzz/$target-$variant.log
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
        found=$(classify "$log" "$status")
        printf '%-12s %-9s executions %s, %s, %s of %s edges\n' "$target" "$variant" "${runs:-?}" "$found" \
            "${edges:-?}" "$(sed -n 's/.*(\([0-9]*\) inline 8-bit counters).*/\1/p' "$log")"
        if [ "$status" -eq 0 ] && [ "$found" = 'disagreements 0, crashes 0, leaks 0' ]; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            grep -E 'VIOLATED|ERROR:|runtime error|SUMMARY' "$log" || tail -n 5 "$log"
        fi
    done
    for finding in "$build/fuzz/findings/$target"/*; do
        [ -e "$finding" ] || continue
        kept=1
        echo "replay: $build/fuzz/$target-address $finding"
    done
done
echo "$passed passed, $failed failed"
[ $((failed + kept)) -eq 0 ]
