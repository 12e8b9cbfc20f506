// SPDX-License-Identifier: Apache-2.0

/// Where the path of a check comes from.
enum PathOrigin {
    /// From whoever calls, as one that a TLS library has validated.
    case given
    /// It was made here of what a server sent.
    case presented(PresentedCheck)

    var presented: PresentedCheck? {
        if case .presented(let check) = self { check } else { nil }
    }
}
