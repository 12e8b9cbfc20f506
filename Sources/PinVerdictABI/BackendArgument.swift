import BackendSupport
import BuiltInBackends
import CPinVerdict

/// Why a backend cannot be had.
enum BackendFailure: Error {
    case notBuiltIn
    case unknown
}

func backend(_ argument: pinverdict_backend) throws(BackendFailure) -> BuiltInBackend {
    guard argument != PINVERDICT_BACKEND_AUTO else { return .automatic }
    guard let number = UInt8(exactly: argument.rawValue), let name = BackendName(rawValue: number) else {
        throw .unknown
    }
    guard let backend = BuiltInBackend(name) else { throw .notBuiltIn }
    return backend
}
