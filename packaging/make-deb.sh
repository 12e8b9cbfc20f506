#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make-deb.sh VERSION: Debian packages of the sources that git knows and of what was built of them, into .build/deb,
# and what lintian says of them: exits 1 where it finds an error.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1
folder=.build/deb
tree=$folder/pinverdict-$version

rm -rf $folder
mkdir -p "$tree"
git ls-files -z | tar -c --null -T - | tar -x -C "$tree"
# dpkg keeps dates before that of the changelog, and such a date would be in the package.
find "$tree" -exec touch -h -d "$(sed -n 's/^ -- .*>  //p' debian/changelog | head -n 1)" {} +
if ! {
    (cd $folder && dpkg-source -b "pinverdict-$version")
    ln -s ../.. "$tree/.build"
    (cd "$tree" && BUILT=yes dpkg-buildpackage -b -nc -us -uc)
} >$folder/build.log 2>&1; then
    cat $folder/build.log
    exit 1
fi
rm -r "$tree"

lintian --fail-on error $folder/*.dsc $folder/*.changes 2> >(grep -v 'running with root privileges' >&2)
(cd $folder && ls -1 -s --block-size=K -- *.deb)
