// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import PinVerdictCore

/// The trust anchors that a backend of the list ``OneOf`` has loaded.
public enum OneOfAnchors<First: TrustStore, Rest: TrustStore>: TrustStore
where First.Path == CertificateArray, Rest.Path == CertificateArray {
    case first(First)
    case rest(Rest)

    public func words(for finding: UInt32) -> FindingText {
        switch self {
        case .first(let anchors): anchors.words(for: finding)
        case .rest(let anchors): anchors.words(for: finding)
        }
    }

    public func free() {
        switch self {
        case .first(let anchors): anchors.free()
        case .rest(let anchors): anchors.free()
        }
    }

    public func withPath<List: CertificateList, Result>(
        of presented: PresentedChain<List>, to host: borrowing HostName, at time: Int64,
        _ body: (ValidatedChain<CertificateArray>) -> Result
    ) throws(Refusal) -> Result {
        switch self {
        case .first(let anchors): try anchors.withPath(of: presented, to: host, at: time, body)
        case .rest(let anchors): try anchors.withPath(of: presented, to: host, at: time, body)
        }
    }
}
