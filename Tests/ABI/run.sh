#!/usr/bin/env bash
# Builds and runs the C tests against the three flavours of the shared object: Tests/ABI/run.sh LIBDIR
# One line for each program, below what failed in it; then what each backend answered to presented chains; the last
# line is the total. Exits 1 where something failed.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$here/../.." && pwd)/.build

programs=(presented memory mutations arguments policy_text processes loading verdicts pins listing system_trust header
    header++)
if [ -e "$here/conformance.c" ]; then programs+=(conformance); fi
under_valgrind=(presented arguments verdicts pins listing)
flavours=(pinverdict pinverdict-openssl pinverdict-gnutls)

# compile FLAVOUR PROGRAM OUTPUT LIBDIR
compile() {
    local flags=(-D_GNU_SOURCE -Wall -Wextra -Werror -g -O1 -pthread -I"$here/../../include") compiler=(cc -std=c11)
    case $1 in
        pinverdict) flags+=(-DHAS_OPENSSL=1 -DHAS_GNUTLS=1) ;;
        *-openssl) flags+=(-DHAS_OPENSSL=1 -DHAS_GNUTLS=0) ;;
        *-gnutls) flags+=(-DHAS_OPENSSL=0 -DHAS_GNUTLS=1) ;;
    esac
    case $2 in
        header) compiler=(cc -std=c99 -pedantic) ;;
        header++) compiler=(c++ -x c++ -std=c++11 -pedantic) ;;
    esac
    local link=(-L"$4" -l"$1")
    if [ "$2" = loading ]; then link=(); fi # it loads the library at run time
    "${compiler[@]}" "${flags[@]}" "$here/${2%++}.c" -o "$3" "${link[@]}"
}

# The folder that a program reads.
data_of() {
    case $1 in
        presented) echo "$build/bypasses" ;;
        conformance) echo "$here/../Conformance" ;;
        *) echo "$build/fixtures" ;;
    esac
}

# job LIBDIR FLAVOUR PROGRAM HOW: builds and runs one program in a directory of its own, where HOW is "plain" or
# "valgrind"; leaves "PASSED FAILED" in the file `result` there.
job() {
    local name="$2 $3" directory=$build/abi-tests/$2/$3-$4 run=(timeout 400) status=0 counts
    if [ "$4" = valgrind ]; then
        name+=" under valgrind"
        run+=(env UNDER_VALGRIND=1 valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite)
    fi
    mkdir -p "$directory"
    cd "$directory"
    echo "0 1" >result
    if ! compile "$2" "$3" program "$1" >log 2>&1; then
        printf '%s\n%-45s does not compile\n' "$(cat log)" "$name"
        return
    fi
    LD_LIBRARY_PATH=$1 "${run[@]}" ./program "$(data_of "$3")" "$1/lib$2.so" >log 2>&1 || status=$?
    counts=$(tail -n 1 log | sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p')
    if [ -n "$counts" ]; then
        sed -i '$d' log
    else
        counts="0 0" # it did not come to its last line
    fi
    # A program exits with 1 where a check failed. Any other end is a failure of its own: a crash, or valgrind's 99.
    if [ "$status" != "$((${counts#* } != 0))" ]; then
        echo "ended with status $status" >>log
        counts="${counts% *} $((${counts#* } + 1))"
    fi
    echo "$counts" >result
    printf '%-45s %s passed, %s failed\n' "$name" "${counts% *}" "${counts#* }" >>log
    cat log
}

if [ "${1:-}" = --job ]; then
    job "${@:2}"
    exit
fi

libraries=$(cd "${1:?usage: run.sh LIBDIR}" && pwd)
rm -rf "$build/abi-tests"
mkdir -p "$build/abi-tests"
python3 "$here/../Fixtures/make-fixtures.py" "$(data_of verdicts)"
python3 "$here/../Fixtures/make-bypasses.py" "$(data_of presented)"

# The long ones first, so that neither of the two that run at a time waits for the other at the end.
{
    for program in "${under_valgrind[@]}"; do echo "pinverdict $program valgrind"; done
    for program in "${programs[@]}"; do
        for flavour in "${flavours[@]}"; do echo "$flavour $program plain"; done
    done
} | xargs -P 2 -L 1 "$0" --job "$libraries"

printf '\n%s\n\n' "$(cat "$build/abi-tests/pinverdict/presented-plain/table.txt" || true)"
cat "$build"/abi-tests/*/*/result | awk '
    { passed += $1; failed += $2 }
    END { printf "ABI tests: %d passed, %d failed\n", passed, failed; exit failed != 0 }'
