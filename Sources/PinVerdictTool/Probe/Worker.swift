// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A thread that nobody joins.
final class Worker {
    private let work: @Sendable () -> Void

    private init(_ work: @escaping @Sendable () -> Void) { self.work = work }

    /// False where the system gives no thread.
    static func start(_ work: @escaping @Sendable () -> Void) -> Bool {
        let worker = unsafe Unmanaged.passRetained(Worker(work))
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { worker in
                if let worker = unsafe worker {
                    unsafe Unmanaged<Worker>.fromOpaque(worker).takeRetainedValue().work()
                }
                return nil
            }, worker.toOpaque())
        guard status == 0 else {
            unsafe worker.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}
