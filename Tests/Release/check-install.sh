#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check-install.sh COMMAND...: has the command (make install) install into a temporary directory, and builds and
# runs a program against what is there in every way that the documentation promises. Prints a line per check;
# exits 1 if one failed.
set -euo pipefail
install=("$@")
cd "$(dirname "$0")/../.."
# A pkg-config or loader path of the caller's could find another PinVerdict.
unset PKG_CONFIG_PATH PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR LD_LIBRARY_PATH CPATH LIBRARY_PATH

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -n 's/^#define PINVERDICT_VERSION "\(.*\)"/\1/p' include/pinverdict.h)
flavours=(pinverdict pinverdict-openssl pinverdict-gnutls)
headers=(include/*.h bindings/c/*.h)
passed=0 failed=0

# check NAME COMMAND...: passes where the command succeeds; its output is shown where it does not.
check() {
    local name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
        echo "ok    $name"
    else
        failed=$((failed + 1))
        echo "FAIL  $name"
        sed 's/^/          /' "$work/log"
    fi
}

# prints EXPECTED COMMAND...: the command succeeds and prints that line alone.
prints() {
    local expected=$1 found
    shift
    found=$("$@") || { echo "exit status $?: $found"; return 1; }
    [ "$found" = "$expected" ] || { echo "printed: $found"; echo "expected: $expected"; return 1; }
}

# uses PKG_CONFIG_DIRECTORY LOADER_PATH COMPILER... -- PKG_CONFIG_ARGUMENT...: builds installed.c, runs it.
uses() {
    local directory=$1 loader=$2 compile=() flags
    shift 2
    rm -f "$work/program"
    while [ "$1" != -- ]; do compile+=("$1"); shift; done
    shift
    flags=$(PKG_CONFIG_PATH=$directory pkg-config --cflags --libs "$@") || return 1
    # shellcheck disable=SC2086
    "${compile[@]}" Tests/Release/installed.c $flags -o "$work/program" || return 1
    prints "$version malformed-certificate not-pinned serial 7" env LD_LIBRARY_PATH="$loader" "$work/program"
}

# loads PATTERN FILE, loads_not PATTERN FILE: whether a library with that in its name is loaded with the file.
libraries() { readelf -dW "$1" >"$work/dynamic" && sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' "$work/dynamic"; }
loads() { libraries "$2" >"$work/needed" && grep "$1" "$work/needed"; }
loads_not() { libraries "$2" >"$work/needed" && ! grep "$1" "$work/needed"; }

lacks_runpath() { libraries "$1" && ! grep -E 'R(UN)?PATH' "$work/dynamic"; }

# lacks TEXT PATH: no file there, or below, contains the text.
lacks() { [ -e "$2" ] && ! grep -rF "$1" "$2"; }

# The files that an installation has, and where its links lead.
should_be_installed() {
    echo "bin/pinverdict "
    echo "lib/pinverdict/preload.so "
    for header in "${headers[@]}"; do echo "include/${header##*/} "; done
    for flavour in "${flavours[@]}"; do
        echo "lib/lib$flavour.a "
        echo "lib/lib$flavour.so lib$flavour.so.0"
        echo "lib/lib$flavour.so.0 lib$flavour.so.$version"
        echo "lib/lib$flavour.so.$version "
        echo "lib/pkgconfig/$flavour.pc "
    done
    echo "share/bash-completion/completions/pinverdict "
    echo "share/zsh/site-functions/_pinverdict "
    echo "share/fish/vendor_completions.d/pinverdict.fish "
    for page in man/*.[0-9] .build/man/*.3; do echo "share/man/man${page##*.}/${page##*/} "; done
    find bindings/c -type f -printf 'share/doc/pinverdict/examples/c/%P \n'
    echo "share/doc/pinverdict/examples/pins.conf "
    echo "share/doc/pinverdict/pinverdict.spdx "
}

# Each library that an installed file asks for is in the list of contents, and no other is.
links() { sed -n "s/^Relationship: SPDXRef-\(.*\) DYNAMIC_LINK SPDXRef-\(.*\)/\1 \2/p" "$1"; }
asked_for() {
    local flavour library
    for flavour in "${flavours[@]}"; do
        for library in $(libraries "$1/lib/lib$flavour.so"); do echo "lib$flavour $library"; done
    done
    for library in $(libraries "$1/bin/pinverdict"); do echo "pinverdict $library"; done
    for library in $(libraries "$1/lib/pinverdict/preload.so"); do echo "preload $library"; done
}
contents() {
    diff <(asked_for "$1" | tr -c 'A-Za-z0-9. \n' - | sort) \
        <(links "$1/share/doc/pinverdict/pinverdict.spdx" | sort)
}

# complete PREFIX: what is below it is what should be, and nothing else.
complete() {
    diff <(should_be_installed | sort) <(find "$1" \( -type f -o -type l \) -printf '%P %l\n' | sort)
}

# One without DESTDIR to build against, and one with, as packagers do.
prefix=$work/prefix
install_to() { "${install[@]}" LDCONFIG=: "$@"; }
check "make install PREFIX=..." install_to PREFIX="$prefix" DESTDIR=
check "make install DESTDIR=..." install_to PREFIX=/usr/local DESTDIR="$work/stage"

check "PREFIX: the files and links that there should be" complete "$prefix"
check "DESTDIR: the same below it" complete "$work/stage/usr/local"
check "DESTDIR: nothing beside it" prints '' find "$work/stage" ! -type d ! -path "$work/stage/usr/local/*"
check "DESTDIR is not in the .pc files" lacks "$work" "$work/stage/usr/local/lib/pkgconfig"
check "no file has the folder that it was built in" lacks "$PWD" "$prefix"
check "the list of contents names what is linked" contents "$prefix"
for header in "${headers[@]}"; do
    header=${header##*/}
    for compiler in 'gcc -std=c99 -x c' 'g++ -std=c++11 -x c++'; do
        # shellcheck disable=SC2086
        check "$header alone: ${compiler%% -x*}" $compiler -pedantic -Wall -Wextra -Werror -fsyntax-only \
            -I"$prefix/include" - <<<"#include <$header>"
    done
done

strict=(-pedantic -Wall -Wextra -Werror)
for flavour in "${flavours[@]}"; do
    pc=$prefix/lib/pkgconfig
    check "$flavour: building it took nothing from elsewhere" lacks identity ".build/$flavour/workspace-state.json"
    check "$flavour: pkg-config knows its version" prints "$version" \
        env PKG_CONFIG_PATH="$pc" pkg-config --modversion "$flavour"
    # Debian's linker leaves out what a program does not use; here everything that the .pc names shall show.
    check "$flavour: C99" uses "$pc" "$prefix/lib" gcc -std=c99 "${strict[@]}" -Wl,--no-as-needed -- "$flavour"
    check "$flavour: ... loads the shared object" loads "^lib$flavour.so.0$" "$work/program"
    check "$flavour: ... and no TLS library by itself" loads_not "^lib\(ssl\|crypto\|gnutls\)\.so" "$work/program"
    check "$flavour: C++" uses "$pc" "$prefix/lib" g++ -x c++ -std=c++11 "${strict[@]}" -- "$flavour"

    # A copy without the shared objects, so that the archive is what the linker finds.
    archives=$work/archives
    rm -rf "$archives"
    cp -r "$prefix" "$archives"
    rm -f "$archives"/lib/*.so*
    sed -i "s|$prefix|$archives|" "$archives"/lib/pkgconfig/*.pc
    check "$flavour: the archive" uses "$archives/lib/pkgconfig" "" gcc -std=c99 "${strict[@]}" -- --static "$flavour"
    check "$flavour: ... loads no shared object of ours" loads_not "^libpinverdict" "$work/program"
done

# Of the TLS libraries Debian has OpenSSL alone as an archive with all that it needs.
check "pinverdict-openssl: a program without shared libraries" \
    uses "$prefix/lib/pkgconfig" "" gcc -std=c99 -static -- --static pinverdict-openssl
check "pinverdict-openssl: ... loads nothing" loads_not . "$work/program"

# Each folder elsewhere; then everything is taken away again, and what is somebody else's stays.
elsewhere=(DESTDIR="$work/elsewhere" BINDIR=/b LIBDIR=/l INCLUDEDIR=/i MANDIR=/m DATADIR=/s DOCDIR=/d)
everywhere() {
    diff <(should_be_installed | sed -e 's|share/man|m|; s|share/doc/pinverdict|d|; s|share|s|' \
        -e 's|^bin/|b/|; s|^lib/|l/|; s|^include/|i/|' | sort) \
        <(find "$work/elsewhere" \( -type f -o -type l \) -printf '%P %l\n' | sort)
}
includes_from() { PKG_CONFIG_PATH=$work/elsewhere/l/pkgconfig pkg-config --cflags pinverdict | grep -x -- '-I/i *'; }
check "BINDIR, LIBDIR, INCLUDEDIR, MANDIR, DATADIR, DOCDIR" install_to "${elsewhere[@]}"
check "... have their files" everywhere
check "... and pkg-config knows them" includes_from
mkdir -p "$work/elsewhere/d/examples" && touch "$work/elsewhere/d/examples/theirs"
check "make uninstall" "${install[@]/#install/uninstall}" LDCONFIG=: "${elsewhere[@]}"
check "... takes its folder away" [ ! -e "$work/elsewhere/l/pinverdict" ]
check "... leaves what is not ours" prints "$work/elsewhere/d/examples/theirs" find "$work/elsewhere" ! -type d

# The command has to run where there is no Swift.
says_version() { "$@" --version | tee /dev/stderr | grep -qw "^pinverdict $version"; }
check "the command says its version" says_version env -i PATH=/usr/bin:/bin "$prefix/bin/pinverdict"
check "the command needs no Swift library" loads_not '[Ss]wift\|Foundation' "$prefix/bin/pinverdict"
check "the command has no RUNPATH" lacks_runpath "$prefix/bin/pinverdict"
runs() { prints hello "$prefix/bin/pinverdict" run --policy "$prefix/share/doc/pinverdict/examples/pins.conf" -- "$@"; }
check "the command finds what it preloads" runs echo hello
check "what it preloads needs libc alone" prints libc.so.6 libraries "$prefix/lib/pinverdict/preload.so"
has_relro() { readelf -lW "$1" >"$work/segments" && grep GNU_RELRO "$work/segments"; }
check "the command has RELRO" has_relro "$prefix/bin/pinverdict"

printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
