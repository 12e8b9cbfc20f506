// SPDX-License-Identifier: Apache-2.0

/// What a checker asks for the tables of its policy. They are made where they are used, so that a check keeps them in
/// registers: a policy as a whole, ``Policy``, is too large for that.
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

    /// Has a pin fetched from memory that will be asked for in a moment.
    func prefetch(pin number: Int)
}
