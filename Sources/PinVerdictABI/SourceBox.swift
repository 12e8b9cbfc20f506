// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import BuiltInBackends
import CPinVerdict
import CPosix
import PinVerdictCore
import PolicyStore

/// What a pinverdict_source points to: a policy's file, and what was last seen of it.
@safe
struct SourceBox: HandleBox, ~Copyable {
    static var argument: Argument { .source }

    let flavour = BuiltInBackend.names
    private let configuration: CheckerConfiguration
    private let path: CStringBox
    private let signature: CStringBox?
    private let state: StateFile?
    private let progress: SourceProgress

    @unsafe
    init(
        _ configuration: CheckerConfiguration, path: UnsafePointer<CChar>, signature: UnsafePointer<CChar>?,
        state: UnsafePointer<CChar>?
    ) throws(CallFailure) {
        let progress = try SourceProgress()
        let path = try unsafe CStringBox(path)
        let signature = try unsafe CStringBox.copy(signature)
        let state = try unsafe StateFile.of(state)
        self.configuration = configuration
        self.progress = progress
        self.path = path
        self.signature = signature
        self.state = state
    }

    /// Reads the file, whatever was seen of it before.
    @unsafe
    borrowing func load(_ error: ErrorOutput) throws(CallFailure) -> SharedPolicy {
        progress.lock()
        defer { progress.unlock() }
        let (policy, marks) = try unsafe read(error)
        do throws(CallFailure) {
            try configuration.require(policy)
            try unsafe enter(policy, error)
        } catch let failure {
            policy.release()
            throw failure
        }
        progress.see(marks)
        return policy
    }

    /// Sets what is in the file, if that has changed. True where a policy was set.
    @unsafe
    borrowing func refresh(
        _ checker: UnsafeMutablePointer<CheckerBox>, _ error: ErrorOutput
    ) throws(CallFailure) -> Bool {
        progress.lock()
        defer { progress.unlock() }
        var marks = FileMarks()
        do throws(CallFailure) {
            marks = try unsafe marksNow(progress.error)
            if marks == progress.decided, progress.isSettled {
                guard let failure = progress.failure else { return false }
                throw failure
            }
            return try unsafe refresh(checker, marks)
        } catch let failure {
            if progress.fail(marks, failure) { unsafe checker.pointee.count(refusedPolicy: failure) }
            unsafe progress.tell(error)
            throw failure
        }
    }

    @unsafe
    private borrowing func refresh(
        _ checker: UnsafeMutablePointer<CheckerBox>, _ marks: FileMarks
    ) throws(CallFailure) -> Bool {
        let isOneSignedFile = configuration.keys.count > 0 && signature == nil
        guard isOneSignedFile || progress.haveStoodStill(marks) else { return false }
        let (policy, found) = try unsafe read(progress.error)
        defer { policy.release() }
        // Replaced between the two looks.
        guard found == marks else { return false }
        let isNew = try unsafe checker.pointee.requireSettable(policy)
        // One that is in force already, too: it may have come from elsewhere, or be signed by another key.
        try unsafe enter(policy, progress.error)
        if isNew { try unsafe checker.pointee.set(policy) }
        progress.see(marks)
        return isNew
    }

    /// Has the state know the policy before that is in force.
    @unsafe
    private borrowing func enter(_ policy: SharedPolicy, _ error: ErrorOutput) throws(CallFailure) {
        switch state {
        case .some(let state): try unsafe state.enter(policy, configuration.keys, error)
        case .none: break
        }
    }

    @unsafe
    private borrowing func marksNow(_ error: ErrorOutput) throws(CallFailure) -> FileMarks {
        var marks = FileMarks(text: try unsafe mark(path.text, error))
        switch signature {
        case .some(let signature): marks.signature = try unsafe mark(signature.text, error)
        case .none: break
        }
        return marks
    }

    @unsafe
    private func mark(_ path: UnsafePointer<CChar>, _ error: ErrorOutput) throws(CallFailure) -> FileMark {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw unsafe error.describe(.unreadable("cannot look at", cposix_errno()), path)
        }
        return FileMark(status)
    }

    /// Reads, verifies and parses.
    @unsafe
    private borrowing func read(_ error: ErrorOutput) throws(CallFailure) -> (SharedPolicy, FileMarks) {
        let text = try unsafe FileContents.of(path.text, limit: PolicyCounts.maximumTextSize, error)
        defer { unsafe text.deallocate() }
        var marks = unsafe FileMarks(text: text.mark)
        switch signature {
        case .some(let signature):
            let alone = try unsafe FileContents.of(signature.text, limit: Signature.maximumSize, error)
            defer { unsafe alone.deallocate() }
            unsafe marks.signature = alone.mark
            return (try unsafe configuration.parseSigned(text.span, alone.span, error), marks)
        case .none:
            guard configuration.keys.count > 0 else { return (try unsafe parse(text.span, error), marks) }
            return (try unsafe configuration.parseSigned(text.span, nil, error), marks)
        }
    }
}
