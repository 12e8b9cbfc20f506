// SPDX-License-Identifier: Apache-2.0

import CPinVerdict
import CPosix
import PinVerdictCore
import PolicyStore

/// The file in which a source keeps the highest serials from one start of a program to the next. Another one is written
/// beside it and takes its place; the former is locked meanwhile, for processes that share the state.
struct StateFile: ~Copyable {
    private let path: CStringBox
    private let next: CStringBox

    @unsafe
    init(_ path: UnsafePointer<CChar>) throws(CallFailure) {
        let place = try unsafe CStringBox(path)
        let next = try unsafe CStringBox(path, ".new")
        self.path = place
        self.next = next
    }

    /// Nil for NULL.
    @unsafe
    static func of(_ path: UnsafePointer<CChar>?) throws(CallFailure) -> StateFile? {
        guard let path = unsafe path else { return nil }
        return try unsafe StateFile(path)
    }

    /// Throws for a policy that is older than one which was in force, and writes down a newer one.
    @unsafe
    borrowing func enter(_ policy: SharedPolicy, _ keys: SigningKeys, _ error: ErrorOutput) throws(CallFailure) {
        do throws(CallFailure) {
            guard try unsafe isNew(policy, keys, error) != nil else { return }
        } catch let failure {
            // It may have been replaced while it was read: what it is, is seen under the lock.
            guard failure.status == PINVERDICT_FILE_ERROR else { throw failure }
        }
        let descriptor = unsafe cposix_open_locked(next.text)
        guard descriptor >= 0 else {
            throw unsafe error.describe(.unreadable("cannot write", cposix_errno()), next.text)
        }
        defer { close(descriptor) }
        // Again, now that nobody else writes.
        let record: SerialRecord
        do throws(CallFailure) {
            guard let found = try unsafe isNew(policy, keys, error) else {
                _ = unsafe unlink(next.text)
                return
            }
            record = found
        } catch let failure {
            _ = unsafe unlink(next.text)
            throw failure
        }
        let text = record.text
        let isWritten = unsafe text.span.withUnsafeBufferPointer { bytes in
            unsafe cposix_replace(descriptor, next.text, path.text, bytes.baseAddress, bytes.count) == 0
        }
        guard isWritten else {
            throw unsafe error.describe(.unreadable("cannot write the state", cposix_errno()), path.text)
        }
    }

    /// What to write; nil where all of it is there.
    @unsafe
    private borrowing func isNew(
        _ policy: SharedPolicy, _ keys: SigningKeys, _ error: ErrorOutput
    ) throws(CallFailure) -> SerialRecord? {
        var record = SerialRecord(keys)
        if unsafe cposix_exists(path.text) {
            let contents = try unsafe FileContents.of(path.text, limit: 1 << 16, error)
            defer { unsafe contents.deallocate() }
            if let line = unsafe record.read(contents.span) {
                var message = unsafe fileMessage("the state is damaged:", 0, path.text)
                message.append(", line ")
                message.append(decimal: UInt64(line))
                unsafe error.describe(.unreadablePolicy, message)
                throw .unreadablePolicy
            }
        }
        let serial = policy.settings.serial
        guard serial >= record.highest else { throw .serialBelowState }
        return record.enter(serial, by: policy.signer) ? record : nil
    }
}
