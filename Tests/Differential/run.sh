#!/usr/bin/env bash
# run.sh LIBDIR [COUNT [SEED]]: mutated certificates through our reader, OpenSSL and GnuTLS (differential.c): those of
# Debian's ca-certificates and our fixtures, COUNT of them, by two processes. What is in kept/ is replayed first.
# The line before the last says how many inputs there were and who accepted them; the last one is the total.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$here/../.." && pwd)/.build
libraries=$(cd "${1:?usage: run.sh LIBDIR [COUNT [SEED]]}" && pwd)
count=${2:-100000} seed=${3:-1} parts=2
work=$build/differential

rm -rf "$work"
mkdir -p "$work/sources" "$work/found"
python3 "$here/../Fixtures/make-fixtures.py" "$build/fixtures"
while read -r file; do
    openssl x509 -in "$file" -outform DER -out "$work/sources/$(basename "$file" .crt).der"
done < <(find /usr/share/ca-certificates -name '*.crt' | sort)
cc -std=gnu11 -O2 -g -Wall -Wextra -Werror -I"$here/../../include" "$here/differential.c" -o "$work/differential" \
    -L"$libraries" -lpinverdict -lcrypto -lgnutls -Wl,-rpath,"$libraries"

echo "$count inputs, seed $seed"
for ((part = 0; part < parts; part++)); do
    "$work/differential" "$count" "$seed" "$part" "$parts" "$here/kept" "$work/found" \
        "$build"/fixtures/*.der "$work"/sources/*.der >"$work/log-$part" 2>&1 &
done
wait

# What was found; then the totals. A process that did not come to its last line has failed. At least one input in twenty
# has to be one that all three accept, or the comparison is about nothing.
cat "$work"/log-* | grep -vE '^counts |passed, ' || true
cat "$work"/log-* | awk -v parts="$parts" '
    $1 == "counts" { for (i = 2; i <= 7; i++) sum[i] += $i }
    / passed, / { passed += $1; failed += $3; ended++ }
    END {
        printf "inputs %d, accepted in place %d, by OpenSSL %d, by GnuTLS %d, by all %d, disagreements %d\n",
            sum[2], sum[3], sum[4], sum[5], sum[6], sum[7]
        failed += parts - ended
        if (sum[6] * 20 < sum[2]) { print "too few inputs that all three accept"; failed++ }
        printf "%d passed, %d failed\n", passed, failed
        exit failed != 0
    }'
