// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// A backend: a TLS library with all that PinVerdict asks of it.
public protocol TLSLibrary: BackendChoice {
    static var name: BackendName { get }

    init()
}

extension TLSLibrary {
    public static var names: BackendSet { BackendSet(name) }

    public init?(_ name: BackendName) {
        guard name == Self.name else { return nil }
        self.init()
    }

    public var name: BackendName { Self.name }
}
