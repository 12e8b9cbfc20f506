// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A value that threads share, one at a time, and whose changes they can wait for.
@safe
final class Monitor<Value>: @unchecked Sendable {
    private var value: Value
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let change = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init(_ value: Value) {
        self.value = value
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(change, &attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(change)
        unsafe pthread_mutex_destroy(mutex)
        unsafe change.deallocate()
        unsafe mutex.deallocate()
    }

    /// Changes the value, and wakes those who wait.
    func withValue<Result>(_ body: (inout Value) -> Result) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer {
            unsafe pthread_cond_broadcast(change)
            unsafe pthread_mutex_unlock(mutex)
        }
        return body(&value)
    }

    /// Asks again after each change until there is an answer; nil where the time is over before.
    func wait<Result>(until deadline: Deadline? = nil, _ body: (inout Value) -> Result?) -> Result? {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        var time = deadline?.time ?? timespec()
        while true {
            if let result = body(&value) {
                unsafe pthread_cond_broadcast(change)
                return result
            }
            if deadline == nil {
                unsafe pthread_cond_wait(change, mutex)
            } else if unsafe pthread_cond_timedwait(change, mutex, &time) == ETIMEDOUT {
                return body(&value)
            }
        }
    }
}
