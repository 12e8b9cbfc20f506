// SPDX-License-Identifier: Apache-2.0

import BackendSupport

// The one place that knows which backends there are: each is a link of a list, which leads on to the next, or to none.
// The first of those that are built in is what AUTO stands for. They are exported, as what is generic over the list is
// compiled where it is used.

#if OpenSSL
    @_exported import OpenSSLBackend

    public typealias BuiltInBackend = OneOf<OpenSSLBackend, GnuTLSOrLater>
#else
    public typealias BuiltInBackend = GnuTLSOrLater
#endif

#if GnuTLS
    @_exported import GnuTLSBackend

    public typealias GnuTLSOrLater = OneOf<GnuTLSBackend, NoBackend>
#else
    public typealias GnuTLSOrLater = NoBackend
#endif

#if !OpenSSL && !GnuTLS
    #error("Build with the trait OpenSSL, GnuTLS or both.")
#endif
