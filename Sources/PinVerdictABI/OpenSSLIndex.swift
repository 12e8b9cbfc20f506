// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    import Synchronization

    /// The index under which OpenSSL's objects of a kind keep something of ours: -1 until it is first asked for.
    /// OpenSSL never gives an index back, so that two threads that both ask first leave one index unused.
    func openSSLIndex(_ registered: borrowing Atomic<Int32>, _ register: () -> Int32) -> Int32? {
        let number = registered.load(ordering: .acquiring)
        if number >= 0 { return number }
        let index = register()
        guard index >= 0 else { return nil }
        let exchanged = registered.compareExchange(expected: -1, desired: index, ordering: .acquiringAndReleasing)
        return exchanged.exchanged ? index : exchanged.original
    }
#endif
