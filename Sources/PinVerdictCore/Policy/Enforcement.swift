// SPDX-License-Identifier: Apache-2.0

/// How strictly a policy or a rule is enforced; a rule never more strictly than its policy.
public enum Enforcement: UInt8, BitwiseCopyable, Sendable {
    case off = 0
    case reportOnly = 1
    case enforce = 2
}
