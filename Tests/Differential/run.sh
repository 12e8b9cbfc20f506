#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh LIBDIR PYTHON [COUNT [SEED [address]]]: mutated certificates through our reader, OpenSSL and GnuTLS
# (differential.c): those of Debian's ca-certificates and our fixtures, COUNT of them, by two processes; before them
# what is in kept/ and the certificates as they are. Then a fiftieth as many with SCTs through ours, OpenSSL (scts.c)
# and pyca (scts.py), which PYTHON has. "address" is for a library that was built with AddressSanitizer, and the
# compiler in CLANG. The lines before the last say how many inputs there were, who accepted them, and what was found;
# the last one is the total.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$here/../.." && pwd)/.build
libraries=$(cd "${1:?usage: run.sh LIBDIR PYTHON [COUNT [SEED [address]]]}" && pwd)
python=$2 count=${3:-100000} seed=${4:-1} how=${5:-} parts=2
work=$build/differential
compiler=(cc -O2)
if [ "$how" = address ]; then
    compiler=("${CLANG:-clang}" -O1 -fuse-ld=bfd -fsanitize=address,undefined -fno-sanitize-recover=undefined)
fi

rm -rf "$work"
mkdir -p "$work/sources" "$work/found"
python3 "$here/../Kit/make-fixtures.py" "$build/fixtures"
while read -r file; do
    openssl x509 -in "$file" -outform DER -out "$work/sources/$(basename "$file" .crt).der"
done < <(find /usr/share/ca-certificates -name '*.crt' | sort)
for program in differential scts; do
    "${compiler[@]}" -std=gnu11 -D_GNU_SOURCE -g -Wall -Wextra -Werror -I"$here/../../include" "$here/$program.c" \
        -o "$work/$program" -L"$libraries" -lpinverdict -lcrypto -lgnutls -Wl,-rpath,"$libraries"
done

echo "$count inputs, seed $seed"
processes=()
for ((part = 0; part < parts; part++)); do
    "$work/differential" "$count" "$seed" "$part" "$parts" "$here/kept" "$work/found" \
        "$build"/fixtures/*.der "$work"/sources/*.der >"$work/log-$part" 2>&1 &
    processes+=($!)
done

# A process exits with 1 where a check failed. Any other end is a crash, or a leak where a sanitizer says so.
crashes=0 leaks=0
finish() {
    local log=$work/log-$1 status=0 failed lost
    wait "$2" || status=$?
    failed=$(sed -n 's/^[0-9]* passed, \([0-9]*\) failed$/\1/p' "$log") # empty where it did not come to that
    lost=$(grep -cE '^(Direct|Indirect) leak of' "$log" || true)
    leaks=$((leaks + lost))
    if [ "$lost" -eq 0 ] && { [ -z "$failed" ] || [ "$status" -ne $((failed != 0)) ]; }; then
        echo "process $1 ended with status $status"
        crashes=$((crashes + 1))
    fi
}
for ((part = 0; part < parts; part++)); do finish "$part" "${processes[part]}"; done
"$work/scts" $((count / 50)) "$seed" "$work/counted" "$work/found" >"$work/log-scts" 2>&1 &
finish scts $!
"$python" -B -W ignore "$here/scts.py" "$work/counted" "$work/found" >"$work/log-scts-pyca" 2>&1 &
finish scts-pyca $!

# What was found; then the totals, of which nothing is known where a process did not come to its last line. At least
# one input in twenty has to be one that all three accept, or the comparison is about nothing.
cat "$work"/log-* | grep -vE '^counts |^alone |passed, ' || true
cat "$work"/log-* | awk -v parts="$parts" -v how="$how" -v crashes="$crashes" -v leaks="$leaks" '
    $1 == "counts" { for (i = 2; i <= 8; i++) sum[i] += $i; ended++ }
    $1 == "alone" { times = $2; sub(/^alone [0-9]+ /, ""); alone[$0] += times; all_alone += times }
    / passed, / { passed += $1; failed += $3 }
    END {
        if (ended == parts) {
            printf "inputs %d, accepted in place %d, by OpenSSL %d, by GnuTLS %d, by all %d\n",
                sum[2], sum[3], sum[4], sum[5], sum[6]
            printf "refused by ours alone: %d", all_alone
            for (rule in alone) printf ", %s %d", rule, alone[rule]
            printf "\nre-encoded by GnuTLS, and refused by its extractor: %d\n", sum[8]
            if (sum[6] * 20 < sum[2]) { print "too few inputs that all three accept"; failed++ }
            printf "disagreements %d", sum[7]
        } else {
            printf "inputs unknown\ndisagreements unknown"
        }
        printf ", crashes %d", crashes
        if (how == "address") printf ", leaks %s", ended == parts ? leaks : "unknown"
        failed += crashes + leaks
        printf "\n%d passed, %d failed\n", passed, failed
        exit failed != 0
    }'
