// SPDX-License-Identifier: Apache-2.0

import CPSL

/// The public suffix list (publicsuffix.org): the names below which anybody may register one.
@safe
struct PublicSuffixList {
    private let list: OpaquePointer

    /// The system's list, or the one that libpsl brings where that is newer; nil where there is neither.
    init?() {
        guard let list = unsafe psl_latest(nil) else { return nil }
        unsafe self.list = list
    }

    /// Whether anybody may register names below this one. Names that are on no list, such as those of private
    /// networks, are no public suffix.
    func isPublicSuffix(_ name: String) -> Bool {
        unsafe psl_is_public_suffix2(list, name, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) == 1
    }

    /// The part of a name that somebody has registered; nil for public suffixes and names of one label.
    func registrableDomain(_ name: String) -> String? {
        // What libpsl returns points into the name.
        unsafe name.withCString { text in
            unsafe psl_registrable_domain(list, text).map { unsafe String(cString: $0) }
        }
    }
}
