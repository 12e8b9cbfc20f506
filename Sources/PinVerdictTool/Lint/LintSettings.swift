// SPDX-License-Identifier: Apache-2.0

/// What `lint` was asked for.
struct LintSettings {
    let now: Moment
    let publicSuffixes: PublicSuffixList?
    let caKeys: CAKeys
    /// Warnings that are meant.
    let allowed: Set<LintCode>
    /// The policy that is in force.
    let deployed: PolicyFile?
}
