// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CPinVerdict
import CPosix
import PinVerdictCore
import PolicyStore

/// What a checker has to tell of checks that have ended, until somebody takes it.
///
/// Its file comes behind CheckerBox.swift: the compiler emits a specialised function in the first file that uses it,
/// and inlines it there alone. With Span.count in this one, a check cost 9 % more instructions.
struct EventRecorder: ~Copyable {
    private let queue: EventQueue

    /// Bytes of a chain that are kept: PINVERDICT_EVENT_CHAIN.
    private static var chainSize: Int { Int(PINVERDICT_EVENT_CHAIN) }
    private static var eventSize: Int { MemoryLayout<pinverdict_event>.size }

    /// Nil where none are asked for.
    static func make(_ settings: EventSettings) throws(CallFailure) -> EventRecorder? {
        guard !settings.kinds.isEmpty else { return nil }
        guard let queue = EventQueue(memory: settings.memory, repeatAfter: settings.repeatAfter) else {
            throw .outOfMemory
        }
        return EventRecorder(queue: queue)
    }

    /// Takes up the end of a check, unless the same was taken up lately.
    borrowing func note(
        _ verdict: Verdict, _ spelling: Span<UInt8>, _ path: CertificateArray?, isResumed: Bool,
        under rule: Span<UInt8>, at now: Int64
    ) -> EventQueue.Outcome {
        guard let name = HostName(spelling) else {
            return note(verdict, host: spelling, path, isResumed: isResumed, under: rule, at: now)
        }
        return note(verdict, host: name.span, path, isResumed: isResumed, under: rule, at: now)
    }

    @inline(never)
    private borrowing func note(
        _ verdict: Verdict, host: Span<UInt8>, _ path: CertificateArray?, isResumed: Bool, under rule: Span<UInt8>,
        at now: Int64
    ) -> EventQueue.Outcome {
        var key = queue.seed.hash(host, after: UInt64(CheckOutcome(verdict).index))
        var event = pinverdict_event()
        var words = EventRing.words(Self.eventSize)
        var room = Self.chainSize
        let depths = min(path?.count ?? 0, Limits.certificates)
        for depth in 0..<depths {
            guard let bytes = path?.certificate(at: depth), bytes.count <= room else { break }
            key = queue.seed.hash(bytes, after: key)
            room -= bytes.count
            words += EventRing.words(bytes.count)
            unsafe event.setSize(UInt32(bytes.count), at: depth)
            event.count += 1
        }
        event.truncated = event.count < path?.count ?? 0
        if key == 0 { key = 1 }
        if queue.holdsBack(key, at: now) { return .repeated }

        event.time = now
        event.policy_serial = verdict.serial
        event.decision = verdict.isAllowed ? PINVERDICT_ALLOW : PINVERDICT_REFUSE
        event.reason = pinverdict_reason(UInt32(verdict.reason.rawValue))
        event.enforced = verdict.isEnforced
        event.backup = verdict.isBackup
        event.resumed = isResumed
        event.matched_depth = Int32(truncatingIfNeeded: verdict.match?.depth ?? -1)
        unsafe withUnsafeMutableBytes(of: &event.host) { unsafe copy(host, to: $0) }
        unsafe withUnsafeMutableBytes(of: &event.rule) { unsafe copy(rule, to: $0) }
        return queue.put(key, at: now, words: words) { place, repeats in
            event.repeats = repeats
            unsafe place.write(&event, Self.eventSize, size: Self.eventSize)
            for depth in 0..<Int(event.count) {
                guard let bytes = path?.certificate(at: depth) else { return }
                let size = unsafe Int(event.size(at: depth))
                unsafe bytes.withUnsafeBytes { bytes in
                    if let start = bytes.baseAddress { unsafe place.write(start, min(bytes.count, size), size: size) }
                }
            }
        }
    }

    /// Takes the oldest event, with as many of its certificates as there is room for. False where there is none.
    @unsafe
    borrowing func take(_ event: UnsafeMutablePointer<pinverdict_event>, _ der: UnsafeMutableRawBufferPointer) -> Bool {
        let size = unsafe event.pointee.struct_size
        let isTaken = queue.take { place in
            unsafe place.read(event, size: Self.eventSize)
            // These may be anything until it is known that they were not written over.
            let count = unsafe min(Int(event.pointee.count), Limits.certificates)
            var end = 0
            var depth = 0
            while depth < count {
                let size = unsafe Int(event.pointee.size(at: depth))
                guard size <= der.count - end else { break }
                if let start = der.baseAddress { unsafe place.read(start + end, size: size) }
                end += size
                depth += 1
            }
            if depth < count { unsafe event.pointee.truncated = true }
            unsafe event.pointee.count = UInt32(depth)
            while depth < Limits.certificates {
                unsafe event.pointee.setSize(0, at: depth)
                depth += 1
            }
        }
        unsafe event.pointee.struct_size = size
        if !isTaken { unsafe event.clear() }
        return isTaken
    }
}

extension pinverdict_event {
    @unsafe
    fileprivate func size(at depth: Int) -> UInt32 {
        unsafe withUnsafeBytes(of: sizes) { unsafe $0.load(fromByteOffset: 4 * depth, as: UInt32.self) }
    }

    @unsafe
    fileprivate mutating func setSize(_ size: UInt32, at depth: Int) {
        unsafe withUnsafeMutableBytes(of: &sizes) {
            unsafe $0.storeBytes(of: size, toByteOffset: 4 * depth, as: UInt32.self)
        }
    }
}
