// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import BuiltInBackends
import CPinVerdict
import CPosix
import PinVerdictCore
import PolicyStore

@c @implementation
public func pinverdict_checker_create(
    _ policy: OpaquePointer!, _ config: OpaquePointer!, _ out: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<pinverdict_error>!
) -> pinverdict_status {
    unsafe out?.pointee = nil
    return unsafe answer(error) { error throws(CallFailure) in
        let out = try unsafe required(out, .out)
        let policy = try unsafe required(policy: policy)
        // NULL stands for the defaults.
        let config = unsafe config == nil ? nil : try unsafe ConfigBox.required(config)
        let configuration = unsafe config?.pointee.checker ?? CheckerConfiguration()
        try configuration.require(policy)
        let events = try EventRecorder.make(configuration.events)
        let needsAnchors = unsafe config?.pointee.validatesPresented ?? true
        let anchors =
            unsafe try needsAnchors
            ? loadAnchors(configuration.backend, file: config?.pointee.trustFile, error) : nil
        unsafe out.pointee = OpaquePointer(
            try UnsafeMutablePointer.box(CheckerBox(policy, configuration, anchors, events)))
    }
}

@c @implementation
public func pinverdict_checker_set_policy(
    _ checker: OpaquePointer!, _ policy: OpaquePointer!, _ error: UnsafeMutablePointer<pinverdict_error>!
) -> pinverdict_status {
    unsafe answer(error) { _ throws(CallFailure) in
        let checker = try unsafe CheckerBox.required(checker)
        try unsafe checker.pointee.set(try required(policy: policy))
    }
}

@c @implementation
public func pinverdict_checker_free(_ checker: OpaquePointer!) {
    unsafe (try? CheckerBox.required(checker))?.release()
}

@c @implementation
public func pinverdict_check_validated(
    _ checker: OpaquePointer!, _ host: UnsafePointer<CChar>!, _ chain: UnsafePointer<pinverdict_bytes>!, _ count: Int,
    _ verdict: UnsafeMutablePointer<pinverdict_verdict>!
) -> pinverdict_decision {
    unsafe decide(verdict, checker, host) { checker, host, output throws(Refusal) in
        let chain = ValidatedChain(validated: try unsafe CertificateArray(chain, count))
        return unsafe checker.pointee.check(host: host, chain, output)
    }
}

@c @implementation
public func pinverdict_check_presented(
    _ checker: OpaquePointer!, _ host: UnsafePointer<CChar>!, _ chain: UnsafePointer<pinverdict_bytes>!, _ count: Int,
    _ verdict: UnsafeMutablePointer<pinverdict_verdict>!
) -> pinverdict_decision {
    unsafe pinverdict_check_presented_path(checker, host, chain, count, verdict, nil, nil)
}

@c @implementation
public func pinverdict_check_presented_path(
    _ checker: OpaquePointer!, _ host: UnsafePointer<CChar>!, _ chain: UnsafePointer<pinverdict_bytes>!, _ count: Int,
    _ verdict: UnsafeMutablePointer<pinverdict_verdict>!, _ on_path: pinverdict_path_function!,
    _ argument: UnsafeMutableRawPointer!
) -> pinverdict_decision {
    unsafe decide(verdict, checker, host) { checker, host, output throws(Refusal) in
        let chain = PresentedChain(presented: try unsafe CertificateArray(chain, count))
        return try unsafe checker.pointee.check(host: host, chain, output, PathObserver(on_path, argument))
    }
}

@unsafe
private func loadAnchors(
    _ backend: BuiltInBackend, file: UnsafePointer<CChar>?, _ error: ErrorOutput
) throws(CallFailure) -> BuiltInBackend.Anchors {
    if let file = unsafe file {
        guard unsafe cposix_is_file(file) else { throw .noTrustFile }
        try unsafe requireTrustFile(file, error)
    }
    do throws(TrustStoreFailure) {
        return try unsafe backend.loadAnchors(file: file)
    } catch {
        guard error == .unreadable else { throw .outOfMemory }
        throw unsafe file == nil ? .unreadableTrustStore : .unreadableTrustFile
    }
}

/// What each library would pass over in its own way is said before one reads the file.
@unsafe
private func requireTrustFile(_ path: UnsafePointer<CChar>, _ error: ErrorOutput) throws(CallFailure) {
    var found: TrustFile.Problem?
    do throws(FileFailure) {
        let contents = try unsafe FileContents(path, limit: PolicyCounts.maximumTextSize)
        defer { unsafe contents.deallocate() }
        do throws(TrustFile.Problem) { try unsafe TrustFile.require(contents.span) } catch { found = error }
    } catch {
        if case .outOfMemory = error { throw .outOfMemory }
        throw .unreadableTrustFile
    }
    guard let problem = found else { return }
    var message = ASCIIText<255>()
    message.append("the trust file ")
    message.append(quoting: unsafe Span(path, limit: 96), limit: 96)
    message.append(", line ")
    message.append(decimal: UInt64(problem.line))
    message.append(": ")
    message.append(problem.message)
    unsafe error.describe(.invalidTrustFile, message)
    throw .invalidTrustFile
}
