// SPDX-License-Identifier: Apache-2.0

/// Some of the backends: those of a flavour of the library.
public struct BackendSet: OptionSet, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public init(_ name: BackendName) { rawValue = 1 << UInt32(name.rawValue) }
}
