#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# contents.sh VERSION: prints what is inside the libraries and the command that were built, in SPDX's tag-value form:
# what each has of others' code, as the linker was given it, and which libraries of the system it asks for.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1
swift='Apache-2.0 WITH Swift-exception'
swift_version=$(sed -n 's/^Swift version \([^ ]*\).*/\1/p' .build/tool/swift-version)
parser_version=$(sed -n '/"identity" : "swift-argument-parser"/,/"version"/s/.*"version" : "\(.*\)"/\1/p' \
    .build/tool/workspace-state.json)

# package NAME VERSION LICENSE: one that a relationship can name.
package() {
    printf '\nPackageName: %s\nSPDXID: SPDXRef-%s\n' "$1" "$(id "$1")"
    [ -z "$2" ] || printf 'PackageVersion: %s\n' "$2"
    printf 'PackageDownloadLocation: NOASSERTION\nFilesAnalyzed: false\nPackageLicenseConcluded: %s\n' "$3"
    printf 'PackageLicenseDeclared: %s\nPackageCopyrightText: NOASSERTION\n' "$3"
}
id() { tr -c 'A-Za-z0-9.\n' - <<<"$1"; }
relates() { printf 'Relationship: SPDXRef-%s %s SPDXRef-%s\n' "$(id "$1")" "$2" "$(id "$3")"; }
needed() { readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }
# The archives of Swift that the command was linked with.
carried() { sed -n 's|.*/swift_static/.*/\(lib.*\)\.a[:\\ ]*$|\1|p' .build/tool/linked.d | LC_ALL=C sort -u; }

body() {
    local flavour name library part parts
    for flavour in .build/lib/*.so."$version"; do
        name=$(basename "$flavour" ".so.$version")
        package "$name" "$version" Apache-2.0
        relates DOCUMENT DESCRIBES "$name"
        relates "$name" STATIC_LINK swift-standard-library
        for library in $(needed "$flavour"); do relates "$name" DYNAMIC_LINK "$library"; done
    done
    package pinverdict "$version" Apache-2.0
    relates DOCUMENT DESCRIBES pinverdict
    relates pinverdict STATIC_LINK swift-argument-parser
    parts=$(carried)
    for part in $parts; do relates pinverdict STATIC_LINK "$part"; done
    for library in $(needed .build/tool/release/pinverdict); do relates pinverdict DYNAMIC_LINK "$library"; done

    package preload "$version" Apache-2.0
    relates DOCUMENT DESCRIBES preload
    for library in $(needed .build/lib/pinverdict/preload.so); do relates preload DYNAMIC_LINK "$library"; done

    package swift-standard-library "$swift_version" "$swift"
    package swift-argument-parser "$parser_version" "$swift"
    for part in $parts; do package "$part" "$swift_version" "$swift"; done
    for library in $(for file in .build/lib/*.so."$version" .build/tool/release/pinverdict; do needed "$file"; done |
        LC_ALL=C sort -u); do
        package "$library" '' NOASSERTION
    done
}

# The day of the release, so that the same sources make the same list on every day.
day=$(sed -n 's/^ -- .*>  //p' debian/changelog | head -n 1)
text=$(body)
digest=$(sha256sum <<<"$text" | cut -c1-32)
printf 'SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: pinverdict-%s\n' "$version"
printf 'DocumentNamespace: https://spdx.org/spdxdocs/pinverdict-%s-%s\n' "$version" "$digest"
printf 'Creator: Tool: make-install\nCreated: %s\n%s\n' "$(date -u -d "$day" +%Y-%m-%dT%H:%M:%SZ)" "$text"
