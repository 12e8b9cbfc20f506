// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import NIOSSL
import PinVerdict

/// Why a connection was not made: what the checker said.
struct PinRefusal: Error, CustomStringConvertible {
    let host: String
    let verdict: Verdict

    var description: String { "\(host): \(verdict)" }
}

/// swift-nio-ssl with pins: each handler that it makes asks the checker before the handshake ends.
///
/// The callback stands in place of all that NIOSSL would verify, the host's name too. So the chain is a
/// ``PresentedChain``: the checker validates it, then looks for the pins. A handshake of NIOSSL's client never resumes
/// a session, so the callback is asked for every connection.
struct PinnedTLS: Sendable {
    let context: NIOSSLContext
    let checker: Checker
    /// Signatures take about a millisecond: not on an event loop.
    let threads: NIOThreadPool

    /// - Parameters:
    ///   - host: The name or the IP address that the program wants to reach.
    ///   - told: Is told of the verdict, on some thread.
    func handler(host: String, told: @escaping @Sendable (Verdict) -> Void) throws -> NIOSSLClientHandler {
        let checker = checker
        let threads = threads
        return try NIOSSLClientHandler(
            context: context, serverHostname: isAddress(host) ? nil : host,
            customVerificationCallback: { certificates, promise in
                let presented = certificates.map { (try? $0.toDERBytes()) ?? [] }
                threads.submit { state in
                    guard case .active = state else { return promise.succeed(.failed) }
                    let verdict = checker.check(PresentedChain(presented: presented), host: host)
                    told(verdict)
                    promise.succeed(verdict.isAllowed ? .certificateVerified : .failed)
                }
            })
    }

    /// TLS has no server_name of an address (RFC 6066, section 3).
    private func isAddress(_ host: String) -> Bool { (try? SocketAddress(ipAddress: host, port: 0)) != nil }
}
