// SPDX-License-Identifier: Apache-2.0

/// Where a check gets the tables of its policy. Each is made where it is used, so that it is kept in registers; a whole
/// ``Policy`` is too large for that.
public protocol PolicySource {
    var settings: PolicySettings { get }
    var hosts: HostTable {
        @_lifetime(borrow self)
        get
    }
    var pins: PinTable {
        @_lifetime(borrow self)
        get
    }

    var rejectedKeys: RejectedKeyTable {
        @_lifetime(borrow self)
        get
    }

    var logs: CTLogTable {
        @_lifetime(borrow self)
        get
    }

    /// Has the processor fetch a pin from memory that will soon be read.
    func prefetch(pin number: Int)
}
