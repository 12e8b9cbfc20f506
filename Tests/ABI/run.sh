#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds and runs the C tests: run.sh LIBDIR [HOW [PROGRAM...]]
#
# Without HOW, all of them against the three flavours, and some under valgrind, where `make prove` runs all that can;
# then what each backend answered to presented chains. HOW says how to run them otherwise, against libpinverdict.so
# alone, and without a PROGRAM all that this is for: "plain", "valgrind", or for a library that was built so "address"
# (and undefined) or "thread", with the compiler in CLANG.
#
# One line for each program, below what failed in it; then what was found in all; the last line is the total. Exits 1
# where something failed.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$here/../.." && pwd)/.build

programs=(presented counters events text memory mutations arguments policy_text signed processes loading
    conformance pins listing system_trust lifetimes header header++)
of_the_store=(replacements stepping sources) # the code that they test is the same in every flavour
flavours=(pinverdict pinverdict-openssl pinverdict-gnutls)
hooks=(misuse-openssl misuse-gnutls) # of Tests/EndToEnd, which runs them under valgrind

# The programs for each way to run them. What replaces malloc cannot count it under valgrind or a sanitizer; what loads
# the library at run time cannot do so where a sanitizer is in it.
plain=("${programs[@]}" "${of_the_store[@]}")
valgrind=(presented counters signed arguments pins)
address=(mutations counters events text presented arguments policy_text signed sources stepping processes pins listing
    system_trust lifetimes replacements conformance "${hooks[@]}")
thread=(counters events sources replacements processes "${hooks[@]}")

# compile FLAVOUR PROGRAM OUTPUT LIBDIR HOW
compile() {
    local flags=(-D_GNU_SOURCE -Wall -Wextra -Werror -g -O1 -pthread -I"$here/../../include")
    local compiler=(cc -std=c11) link=(-L"$4" -l"$1") source=$here/${2%++}.c
    case $1 in
        pinverdict) flags+=(-DHAS_OPENSSL=1 -DHAS_GNUTLS=1) ;;
        *-openssl) flags+=(-DHAS_OPENSSL=1 -DHAS_GNUTLS=0) ;;
        *-gnutls) flags+=(-DHAS_OPENSSL=0 -DHAS_GNUTLS=1) ;;
    esac
    case $5 in
        address) compiler=("${CLANG:-clang}" -std=c11 -fuse-ld=bfd -fsanitize=address,undefined
            -fno-sanitize-recover=undefined) ;;
        thread) # whose runtime asks for Swift's libdispatch
            compiler=("${CLANG:-clang}" -std=c11 -fuse-ld=bfd -fsanitize=thread)
            local swift_libraries
            swift_libraries=$(dirname "$(command -v "${CLANG:-clang}")")/../lib/swift/linux
            link+=(-L"$swift_libraries" -Wl,-rpath,"$swift_libraries" -ldispatch -lBlocksRuntime) ;;
    esac
    case $2 in
        header) compiler=(cc -std=c99 -pedantic) ;;
        header++) compiler=(c++ -x c++ -std=c++11 -pedantic) ;;
        loading) link=() ;; # it loads the library at run time
        lifetimes)
            if [ "$1" != pinverdict-gnutls ]; then link+=(-lssl -lcrypto); fi
            if [ "$1" != pinverdict-openssl ]; then link+=(-lgnutls); fi ;;
        misuse-openssl) link+=(-lssl -lcrypto) source=$here/../EndToEnd/$2.c ;;
        misuse-gnutls) link+=(-lgnutls) source=$here/../EndToEnd/$2.c ;;
    esac
    "${compiler[@]}" "${flags[@]}" "$source" -o "$3" "${link[@]}"
}

# The folder that a program reads.
data_of() {
    case $1 in
        presented) echo "$build/bypasses" ;;
        signed | sources) echo "$build/signatures" ;;
        conformance) echo "$here/../Conformance" ;;
        misuse-*) echo "$build/connections" ;;
        *) echo "$build/fixtures" ;;
    esac
}

# count PATTERN: in the log, and in what valgrind wrote.
count() {
    cat log valgrind.* 2>/dev/null | grep -cE "$1" || true
}

# job LIBDIR FLAVOUR PROGRAM HOW: builds and runs one program in a directory of its own; leaves
# "PASSED FAILED CRASHES LEAKS RACES" in the file `result` there.
job() {
    local name="$2 $3" directory=$build/abi-tests/$2/$3-$4 run=(timeout 900) status=0 counts crashes leaks races
    case $4 in
        valgrind)
            name+=" under valgrind"
            run+=(env UNDER_VALGRIND=1 valgrind -q --error-exitcode=99 --log-file=valgrind.%p --leak-check=full
                --errors-for-leak-kinds=definite)
            # The threads that a child of a fork has not got had memory.
            if [ "$3" = processes ] || [ "$3" = sources ]; then run+=(--leak-check=no); fi ;;
        address) name+=" under AddressSanitizer" ;;
        thread) name+=" under ThreadSanitizer" ;;
    esac
    rm -rf "$directory"
    mkdir -p "$directory"
    cd "$directory"
    echo "0 1 0 0 0" >result
    if ! compile "$2" "$3" program "$1" "$4" >log 2>&1; then
        printf '%s\n%-50s does not compile\n' "$(cat log)" "$name"
        return
    fi
    LD_LIBRARY_PATH=$1 "${run[@]}" ./program "$(data_of "$3")" "$1/lib$2.so" >log 2>&1 || status=$?
    counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' log | tail -n 1)
    if [ -n "$counts" ]; then
        sed -i '/^[0-9]* passed, [0-9]* failed$/d' log
    else
        counts="0 0" # it did not come to its last line
    fi
    # By a sanitizer, by valgrind, and by the checks of what is still allocated or mapped.
    leaks=$(count '^(Direct|Indirect) leak of|are definitely lost in loss record')
    leaks=$((leaks + $(count ': FAILED.*: (outstanding|mappings\(\)) (is|<=) |: FAILED \[.*: leaked, first when ')))
    races=$(count '^WARNING: ThreadSanitizer')
    crashes=$(count '^CRASHED in|^TOOK TOO LONG|ERROR: AddressSanitizer|runtime error:')
    invalid='Invalid|Mismatched|Conditional|Use of|Syscall param|Source and|Process t'
    crashes=$((crashes + $(count "^==[0-9]+== ($invalid)")))
    # A program exits with 1 where a check failed. Any other end is a failure of its own: a crash, or a sanitizer's.
    if [ "$status" != "$((${counts#* } != 0))" ]; then
        echo "ended with status $status" >>log
        counts="${counts% *} $((${counts#* } + 1))"
        if [ $((crashes + leaks + races)) -eq 0 ]; then crashes=1; fi
    elif [ $((crashes + leaks + races)) -ne 0 ] && [ "${counts#* }" = 0 ]; then
        counts="${counts% *} 1"
    fi
    if [ "${counts#* }" != 0 ]; then cat valgrind.* >>log 2>/dev/null || true; fi
    echo "$counts $crashes $leaks $races" >result
    printf '%-50s %s passed, %s failed\n' "$name" "${counts% *}" "${counts#* }" >>log
    cat log
}

if [ "${1:-}" = --job ]; then
    job "${@:2}"
    exit
fi

libraries=$(cd "${1:?usage: run.sh LIBDIR [HOW [PROGRAM...]]}" && pwd)
how=${2:-}
chosen=("${@:3}")
if [ -n "$how" ] && [ ${#chosen[@]} -eq 0 ]; then
    declare -n all=$how
    chosen=("${all[@]}")
fi
rm -rf "$build/abi-tests"
mkdir -p "$build/abi-tests"
python3 "$here/../Kit/make-fixtures.py" "$(data_of pins)"
python3 "$here/../Kit/make-bypasses.py" "$(data_of presented)"
python3 "$here/../Kit/make-signatures.py" "$(data_of signed)"
if [[ " ${chosen[*]} " = *" misuse-"* ]]; then
    "$here/../EndToEnd/hooks.py" --certificates "$(data_of misuse-)"
fi

# The long ones first, so that neither of the two that run at a time waits for the other at the end.
{
    for program in "${chosen[@]}"; do echo "pinverdict $program $how"; done
    if [ -z "$how" ]; then
        for program in "${valgrind[@]}"; do echo "pinverdict $program valgrind"; done
        for program in "${of_the_store[@]}"; do echo "pinverdict $program plain"; done
        for program in "${programs[@]}"; do
            for flavour in "${flavours[@]}"; do echo "$flavour $program plain"; done
        done
    fi
} | xargs -P 2 -L 1 "$0" --job "$libraries"

if [ -z "$how" ]; then printf '\n%s\n\n' "$(cat "$build/abi-tests/pinverdict/presented-plain/table.txt" || true)"; fi
cat "$build"/abi-tests/*/*/result | awk -v how="${how:-plain}" '
    { passed += $1; failed += $2; crashes += $3; leaks += $4; races += $5 }
    END {
        printf "crashes %d", crashes
        if (how != "thread") printf ", leaks %d", leaks
        if (how == "thread") printf ", races %d", races
        printf "\nABI tests: %d passed, %d failed\n", passed, failed
        exit failed != 0
    }'
