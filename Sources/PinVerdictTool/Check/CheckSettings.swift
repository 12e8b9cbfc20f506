import PinVerdict

/// What `check` gives to the checker.
struct CheckSettings {
    let backend: any NamingBackend
    let crossChecks: Bool
    let environment: Int?
    let installID: [UInt8]
    let clock: Moment

    func verdict(host: String, _ chain: CertificateChain, under file: PolicyFile) -> Verdict {
        verdict(host, chain, file, backend)
    }

    private func verdict<Backend: TLSBackend>(
        _ host: String, _ chain: CertificateChain, _ file: PolicyFile, _ backend: Backend
    ) -> Verdict {
        let host = Array(host.utf8)
        let checker = Checker(
            policy: file.shared, backend: backend, clock: clock, environment: environment, installID: installID.span,
            crossChecks: crossChecks)
        return checker.verdict(host: host.span, ValidatedChain(validated: chain))
    }
}
