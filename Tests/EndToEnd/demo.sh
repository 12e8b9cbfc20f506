#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# demo.sh CLIENT PINVERDICT: pinning on real TLS. CLIENT is the built bindings/c/openssl-client, PINVERDICT
# the command. Makes keys and certificates for this run, serves them on loopback, and prints who was refused.
set -euo pipefail

client=$1 pinverdict=$2 host=server.test
# A machine's own settings for CA files and OpenSSL must not decide this run.
unset SSL_CERT_FILE SSL_CERT_DIR OPENSSL_CONF OPENSSL_MODULES SSLKEYLOGFILE

work=$(mktemp -d) server=
stop_server() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
    server=
}
trap 'stop_server; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
exec 3>"$work/log"

# All by openssl itself, and not by Tests/Kit: this runs where there is no Python, and its reader knows the commands.

# openssl's own pipeline for the pin of a public key, read from standard input in PEM.
pin() { openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64; }

# new_key NAME: an EC key on P-256.
new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/$1.key" 2>&3; }

# certificate NAME EXTENSION [ISSUER]: a certificate for NAME's key, by the issuer or by itself.
certificate() {
    openssl req -x509 -config "$work/req.conf" -subj "/CN=demo $1" -days 2 -key "$work/$1.key" -addext "$2" \
        ${3:+-CA "$work/$3.pem" -CAkey "$work/$3.key"} -out "$work/$1.pem" 2>&3
}

# s_server leaves when its standard input ends; this one never does.
mkfifo "$work/silence"

printf '[req]\ndistinguished_name = name\n[name]\n' >"$work/req.conf"
for name in ca pinned other backup; do new_key "$name"; done
certificate ca 'basicConstraints = critical,CA:TRUE'
certificate pinned "subjectAltName = DNS:$host" ca
certificate other "subjectAltName = DNS:$host" ca

cat >"$work/policy.conf" <<END
[policy]
serial = 1

[host $host]
pin-sha256        = $(openssl pkey -in "$work/pinned.key" -pubout | pin)
backup-pin-sha256 = $(openssl pkey -in "$work/backup.key" -pubout | pin)
END

# start_server NAME PROTOCOL [OPTION...]: serves NAME's certificate on a free port, for one connection.
start_server() {
    local name=$1 protocol=$2
    shift 2
    : >"$work/server"
    timeout 15 openssl s_server -accept 127.0.0.1:0 -naccept 1 "-$protocol" \
        -cert "$work/$name.pem" -key "$work/$name.key" "$@" 0<>"$work/silence" >"$work/server" 2>&3 &
    server=$!
    for _ in {1..100}; do
        address=$(sed -n 's/^ACCEPT //p' "$work/server")
        [ -z "$address" ] || return 0
        sleep 0.05
    done
    echo "openssl s_server did not start" >&2
    cat "$work/log" >&2
    exit 1
}

passed=0 failed=0
judge() { if "$@"; then mark=ok passed=$((passed + 1)); else mark=UNEXPECTED failed=$((failed + 1)); fi; }
field() {
    local value
    value=$(sed -n "s/.* $1=\([^ ]*\).*/\1/p" <<<"$answer")
    echo "${value:--}"
}

# row TITLE NAME EXPECTED [OPTION...]: one connection; EXPECTED is what the columns must say.
row() {
    local title=$1 name=$2 expected=$3 columns bytes
    shift 3
    start_server "$name" "tls${version/./_}" "$@"
    answer=$(timeout 10 "$client" "$address" "$host" "$work/ca.pem" "$work/policy.conf" 2>&1) || true
    # The server leaves by itself after its one connection; what it printed is complete then.
    wait "$server" 2>/dev/null || true
    server=
    bytes=$(sed -n '/^application data$/p' "$work/server" | wc -c)
    columns="$(field tls) $(field sent) $(field path) $(field decision) $(field reason) $bytes"
    judge [ "$columns" = "$expected" ]
    # shellcheck disable=SC2086
    printf '%-45s %-8s %5s %5s  %-8s %-10s %6s  %s\n' "$title" $columns "$mark"
    [ "$mark" = ok ] || printf '    the client said: %s\n    expected: %s\n' "$answer" "$expected"
}

echo "Pinning on real TLS. OpenSSL finds every chain below valid for $host; the policy pins one key."
echo
printf '%-45s %-8s %5s %5s  %-8s %-10s %6s\n' '' protocol sent path verdict reason bytes
for version in 1.3 1.2; do
    row 'the pinned server' pinned "TLSv$version 1 2 allow matched 17"
    row 'another key, a valid chain' other "TLSv$version 1 2 refuse no-match 0"
    row 'another key, the pinned certificate appended' other "TLSv$version 2 2 refuse no-match 0" \
        -cert_chain "$work/pinned.pem"
done
echo
echo "sent: certificates that the server sent; path: those that OpenSSL validated, the root included;"
echo "bytes: application data that the server received."

roots=(/etc/ssl/certs/ISRG_Root_X1.pem /etc/ssl/certs/*.pem)
root=${roots[0]}
[ -r "$root" ] || root=${roots[1]}
ours=$("$pinverdict" pin "$root" | sed -n 's/^pin-sha256 *= *//p') || true
theirs=$(openssl x509 -in "$root" -pubkey -noout | pin)
judge [ "$ours" = "$theirs" ]
printf '\nThe pin of %s\n    by pinverdict pin  %s\n    by openssl         %s  %s\n' \
    "$(basename "$root" .pem)" "$ours" "$theirs" "$mark"

printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
