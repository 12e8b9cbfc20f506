// SPDX-License-Identifier: Apache-2.0

/// What keeps a command from doing its work, as a line for standard error; exit status 2.
struct Failure: Error {
    /// Empty where nothing is to be printed.
    let message: String

    init(_ message: String) { self.message = message }
}
