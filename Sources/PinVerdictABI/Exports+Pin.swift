import BuiltInBackends
import CPinVerdict
import CPosix
import PinVerdict

@c @implementation
public func pinverdict_pin_of_certificate(
    _ backend: pinverdict_backend, _ kind: pinverdict_pin_kind, _ certificate: pinverdict_bytes,
    _ out: UnsafeMutablePointer<UInt8>!
) -> pinverdict_status {
    guard let out = unsafe out else { return PINVERDICT_INVALID_ARGUMENT }
    unsafe memset(out, 0, MemoryLayout<Digest>.size)
    guard let kind = UInt8(exactly: kind.rawValue).flatMap(PinKind.init(rawValue:)),
        let data = unsafe certificate.data, unsafe certificate.size >= 0
    else { return PINVERDICT_INVALID_ARGUMENT }
    let builtIn: BuiltInBackend
    do throws(BackendFailure) {
        builtIn = try PinVerdictABI.backend(backend)
    } catch {
        return error == .notBuiltIn ? PINVERDICT_BACKEND_UNAVAILABLE : PINVERDICT_INVALID_ARGUMENT
    }
    let encoded = unsafe Span(_unsafeStart: data, count: certificate.size)
    do throws(PinFailure) {
        let digest = try kind.digest(of: encoded, crossChecks: backend != PINVERDICT_BACKEND_AUTO, builtIn)
        unsafe digest.write(to: UnsafeMutableRawBufferPointer(start: out, count: MemoryLayout<Digest>.size))
        return PINVERDICT_OK
    } catch {
        switch error {
        case .malformedCertificate: return PINVERDICT_MALFORMED_CERTIFICATE
        case .unsupportedKey: return PINVERDICT_UNSUPPORTED_KEY
        case .backendFailure: return PINVERDICT_BACKEND_FAILURE
        }
    }
}
