// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import BuiltInBackends
import CPinVerdict
import CPosix
import PinVerdictCore

@c @implementation
public func pinverdict_pin_of_certificate(
    _ backend: pinverdict_backend, _ kind: pinverdict_pin_kind, _ certificate: pinverdict_bytes,
    _ out: UnsafeMutablePointer<UInt8>!
) -> pinverdict_status {
    answer { () throws(CallFailure) in
        let out = try unsafe required(out, .out)
        unsafe memset(out, 0, MemoryLayout<Digest>.size)
        guard let kind = UInt8(exactly: kind.rawValue).flatMap(PinKind.init(rawValue:)) else {
            throw .unknown(.kind)
        }
        let start = try unsafe required(certificate.data, .certificate)
        let encoded = unsafe Span(start, count: try required(size: certificate.size, .certificate))
        let builtIn = try required(backend: backend)
        let digest = try pin(kind, of: encoded, crossChecks: backend != PINVERDICT_BACKEND_AUTO, builtIn)
        unsafe digest.write(to: UnsafeMutableRawBufferPointer(start: out, count: MemoryLayout<Digest>.size))
    }
}

private func pin(
    _ kind: PinKind, of encoded: Span<UInt8>, crossChecks: Bool, _ backend: BuiltInBackend
) throws(CallFailure) -> Digest {
    do throws(PinFailure) {
        return try kind.digest(of: encoded, crossChecks: crossChecks, backend)
    } catch {
        switch error {
        case .malformedCertificate: throw .malformedCertificate
        case .unsupportedKey: throw .unsupportedKey
        case .backendFailure: throw .hashFailed
        }
    }
}
