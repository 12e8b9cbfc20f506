// SPDX-License-Identifier: Apache-2.0

/// Why a log could not be read.
enum LogFailure: Error {
    /// It was not reached, or gave no answer that can be used.
    case unusable(String)
    /// It says that it does not have it.
    case missing(String)
    /// It asks to come back later, in seconds.
    case busy(String, after: Int)
    /// The answer is larger than any should be.
    case tooLarge(String)
    /// What it gives is not what it has signed.
    case contradiction(String)

    var words: String {
        switch self {
        case .unusable(let words), .missing(let words), .busy(let words, _), .tooLarge(let words),
            .contradiction(let words):
            words
        }
    }
}
