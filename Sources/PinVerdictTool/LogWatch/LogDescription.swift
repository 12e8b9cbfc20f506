// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// A log that is followed.
struct LogDescription: Sendable {
    enum Interface: String, CaseIterable, Sendable {
        /// c2sp.org/static-ct-api
        case tiles = "static-ct"
        /// RFC 6962
        case rfc6962
    }

    let name: String
    /// With a slash at its end.
    let url: String
    let interface: Interface
    let key: LogKey
    /// What the checkpoints of a static log begin with.
    let origin: String
}
