// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    /// How each server is probed.
    struct ProbeSettings: Sendable {
        let client: ProbeClient
        let policies: [ProbePolicy]
        let resolver: Resolver
        let seconds: Double
        let startTLS: StartTLS?
        /// Instead of looking the host up.
        let address: HostAndPort?
        let serverName: String?
        let proposes: ProposalChoice?
        /// What is printed of it.
        let output: Output
        let now: Moment

        enum Output {
            case report
            case line
            case json
        }

        func probe(_ target: ProbeTarget) -> ProbeResult {
            var address: ServerAddress?
            let handshake: ProbeHandshake
            do throws(NotReached) {
                let socket = try connect(to: target)
                address = socket.address
                try startTLS?.begin(on: socket, host: target.host)
                handshake = client.connect(
                    on: socket, host: target.host, serverName: serverName ?? (target.isAddress ? nil : target.host))
            } catch {
                handshake = ProbeHandshake(failure: error)
            }
            let report = ProbeReport(target, startTLS, address, handshake, under: policies, at: now)
            return ProbeResult(
                status: report.status,
                text: output == .report ? report.text : report.line,
                json: output == .json ? report.json : .null,
                proposal: report.proposal(of: proposes))
        }

        private func connect(to target: ProbeTarget) throws(NotReached) -> Socket {
            let deadline = Deadline(after: seconds)
            let addresses =
                if let address {
                    try ServerAddress.all(of: address.spelling, port: address.port ?? target.port, isAddress: true)
                } else {
                    try resolver.addresses(of: target, until: deadline)
                }
            return try Socket.connect(to: addresses, until: deadline)
        }
    }
#endif
