// SPDX-License-Identifier: Apache-2.0

import CPinVerdict
import CPosix
import PolicyStore

/// What a source has last seen of its files, and the lock of its calls: in memory that a forked child finds zeroed, so
/// that there it waits for no thread that does not exist, and reads the files anew.
@safe
struct SourceProgress: ~Copyable {
    private let memory: UnsafeMutablePointer<Memory>

    @unsafe
    private struct Memory {
        var mutex: pthread_mutex_t
        /// What a policy was made of, or not.
        var decided: FileMarks
        /// What was seen first at a time, in seconds of no calendar.
        var seen: FileMarks
        var since: Int
        /// Whether they had changed so lately that they may have changed again within one tick of a file's times: they
        /// are to be looked at once more.
        var isFresh: Bool
        /// Why not; zeros where it was.
        var failure: pinverdict_status
        var error: pinverdict_error
    }

    init() throws(CallFailure) {
        guard let memory = unsafe ForkWipedMemory.allocate(MemoryLayout<Memory>.size) else { throw .outOfMemory }
        unsafe self.memory = memory.bindMemory(to: Memory.self, capacity: 1)
    }

    deinit { unsafe ForkWipedMemory.free(memory, MemoryLayout<Memory>.size) }

    func lock() { unsafe pthread_mutex_lock(&memory.pointee.mutex) }
    func unlock() { unsafe pthread_mutex_unlock(&memory.pointee.mutex) }

    var decided: FileMarks { unsafe memory.pointee.decided }

    /// Where to describe a failure.
    @unsafe
    var error: ErrorOutput {
        unsafe memory.pointee.error.struct_size = MemoryLayout<pinverdict_error>.size
        return unsafe ErrorOutput(owned: &memory.pointee.error)
    }

    /// The failure that files which stay as they are lead to; nil where a policy was made of them.
    var failure: CallFailure? {
        let status = unsafe memory.pointee.failure
        return status == PINVERDICT_OK ? nil : .asBefore(status)
    }

    /// Whether the same files would be decided on in the same way: not where the fault may lie elsewhere.
    var isSettled: Bool {
        if unsafe memory.pointee.isFresh, unsafe SourceProgress.age(memory.pointee.decided) > 1 { return false }
        switch unsafe memory.pointee.failure {
        case PINVERDICT_FILE_ERROR, PINVERDICT_OUT_OF_MEMORY, PINVERDICT_BACKEND_FAILURE, PINVERDICT_STALE_POLICY:
            return false
        default: return true
        }
    }

    private func decide(_ marks: FileMarks) {
        unsafe memory.pointee.isFresh = SourceProgress.age(marks) <= 1
        unsafe memory.pointee.decided = marks
    }

    /// Seconds since files changed; less than 0 where a clock has been set back.
    private static func age(_ marks: FileMarks) -> Int {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return now.tv_sec - marks.changed
    }

    /// Keeps that a policy was made of files.
    func see(_ marks: FileMarks) {
        decide(marks)
        unsafe memory.pointee.failure = PINVERDICT_OK
    }

    /// Keeps why none was. False where that is known.
    func fail(_ marks: FileMarks, _ failure: CallFailure) -> Bool {
        _ = unsafe error.fail(failure)
        let isKnown = unsafe memory.pointee.failure == failure.status && marks == memory.pointee.decided
        decide(marks)
        guard !isKnown else { return false }
        unsafe memory.pointee.failure = failure.status
        return true
    }

    /// Passes on how the last failure was described.
    @unsafe
    func tell(_ error: ErrorOutput) { unsafe error.tell(memory.pointee.error) }

    /// Whether nobody writes to files any more, as far as a second tells: by their own times, or by when they were
    /// first seen, as a clock may have been set back.
    func haveStoodStill(_ marks: FileMarks) -> Bool {
        if SourceProgress.age(marks) > 1 { return true }
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        if unsafe marks == memory.pointee.seen { return unsafe memory.pointee.since < now.tv_sec - 1 }
        unsafe memory.pointee.seen = marks
        unsafe memory.pointee.since = now.tv_sec
        return false
    }
}
