// SPDX-License-Identifier: Apache-2.0

// pinned-client POLICY TRUST-FILE HOST ADDRESS PORT: asks for / and prints what comes, if the pins allow it.

import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import PinVerdict
import Synchronization

/// Sends one request, and collects the response.
private final class Request: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let host: String
    private let response: EventLoopPromise<String>
    private var text = ""

    init(host: String, response: EventLoopPromise<String>) {
        self.host = host
        self.response = response
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted = event as? TLSUserEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        let request = context.channel.allocator.buffer(string: "GET / HTTP/1.0\r\nHost: \(host)\r\n\r\n")
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        // As much as this program wants to see; the server may never end.
        if text.utf8.count > 1 << 16 || text.contains("\n\n") || text.contains("\r\n\r\n") { finish(context) }
    }

    func channelInactive(context: ChannelHandlerContext) { finish(context) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        response.fail(error)
        context.close(promise: nil)
    }

    private func finish(_ context: ChannelHandlerContext) {
        response.succeed(text)
        context.close(promise: nil)
    }
}

func fetch(_ tls: PinnedTLS, host: String, address: String, port: Int) async throws -> String {
    let verdict = Mutex<Verdict?>(nil)
    let group = MultiThreadedEventLoopGroup.singleton
    let response = group.any().makePromise(of: String.self)
    do {
        let channel = try await ClientBootstrap(group: group)
            .connectTimeout(.seconds(10))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let told: @Sendable (Verdict) -> Void = { answer in verdict.withLock { $0 = answer } }
                    try channel.pipeline.syncOperations.addHandlers(
                        tls.handler(host: host, told: told), Request(host: host, response: response))
                }
            }
            .connect(host: address, port: port).get()
        channel.eventLoop.scheduleTask(in: .seconds(10)) { channel.close(promise: nil) }
    } catch {
        response.fail(error)
    }
    do {
        return try await response.futureResult.get()
    } catch {
        // NIOSSL says that the handshake failed; the verdict says why.
        if let verdict = verdict.withLock({ $0 }), !verdict.isAllowed { throw PinRefusal(host: host, verdict: verdict) }
        throw error
    }
}

let arguments = CommandLine.arguments
guard arguments.count == 6, let port = Int(arguments[5]), 1...65535 ~= port else {
    print("usage: pinned-client POLICY TRUST-FILE HOST ADDRESS PORT")
    exit(2)
}
do {
    var configuration = Configuration()
    configuration.trustAnchors = .file(arguments[2])
    let checker = try Checker(Policy(contentsOfFile: arguments[1]), configuration: configuration)
    let tls = PinnedTLS(
        context: try NIOSSLContext(configuration: .makeClientConfiguration()), checker: checker,
        threads: .singleton)
    print(try await fetch(tls, host: arguments[3], address: arguments[4], port: port))
} catch let error as PinVerdictError {
    print("pinned-client: \(error.line == nil ? "" : arguments[1] + ": ")\(error)")
    exit(2)
} catch {
    print("pinned-client: \(error)")
    exit(1)
}
