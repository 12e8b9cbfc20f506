// SPDX-License-Identifier: Apache-2.0

import BackendSupport

// The one place that knows which backends there are. They are a list: a backend and the rest, which ends with none. The
// first that is built in is what AUTO stands for. Their modules are exported, as what is generic over the list is
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
