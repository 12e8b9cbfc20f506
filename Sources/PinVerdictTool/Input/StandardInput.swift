// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

enum StandardInput {
    /// Standard input can be read only once.
    static func requireOnce(_ paths: [String]) throws {
        guard paths.count(where: { $0 == "-" }) <= 1 else {
            throw ValidationError("standard input (-) can be read only once")
        }
    }
}
