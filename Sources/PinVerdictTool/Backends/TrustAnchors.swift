// SPDX-License-Identifier: Apache-2.0

import BuiltInBackends
import PinVerdictCore

/// Loads trust anchors as a checker does, with its mistakes in words.
enum TrustAnchors {
    /// - Parameter path: A PEM file; nil for the system's trust store.
    static func load(_ backend: BuiltInBackend, file path: String?) throws(Failure) -> BuiltInBackend.Anchors {
        if let path {
            let file = try InputFile(path)
            do throws(TrustFile.Problem) {
                try TrustFile.require(file.bytes.span)
            } catch {
                throw Failure(mistakes: ["\(file.name):\(error.line): error: \(String(error.message))"])
            }
        }
        do throws(TrustStoreFailure) {
            guard let path else { return unsafe try backend.loadAnchors(file: nil) }
            return try load(backend, path)
        } catch {
            switch error {
            case .outOfMemory: throw Failure("out of memory")
            case .unreadable:
                throw Failure(
                    path == nil
                        ? "the system's trust store cannot be read, or has no certificate; give --trust-file"
                        : "\(InputFile.name(of: path ?? "")): the TLS library cannot read it as a trust file")
            }
        }
    }

    private static func load(
        _ backend: BuiltInBackend, _ path: String
    ) throws(TrustStoreFailure) -> BuiltInBackend.Anchors {
        let bytes = path.utf8CString
        return unsafe try bytes.withUnsafeBufferPointer { pointer throws(TrustStoreFailure) in
            unsafe try backend.loadAnchors(file: pointer.baseAddress)
        }
    }
}
