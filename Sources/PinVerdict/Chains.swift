// SPDX-License-Identifier: Apache-2.0

internal import CPinVerdict

/// The certificates that a TLS library has validated as a path: leaf first, trust anchor last.
///
/// Making one is the caller's promise. What a peer sent is a ``PresentedChain``: whoever can append a certificate to a
/// list can put a pinned one there.
public struct ValidatedChain: Sendable {
    let certificates: CertificateOctets

    /// - Parameter certificates: In DER, 1 to 32, each of at most 1 MiB.
    public init(validated certificates: some Sequence<[UInt8]>) {
        self.certificates = CertificateOctets(certificates)
    }
}

/// The certificates that a peer sent, leaf first: anything, until the backend has made a path of them.
public struct PresentedChain: Sendable {
    let certificates: CertificateOctets

    /// - Parameter certificates: In DER, as they came, 1 to 32, each of at most 1 MiB.
    public init(presented certificates: some Sequence<[UInt8]>) {
        self.certificates = CertificateOctets(certificates)
    }
}

/// Certificates one after the other, so that they lie still while C reads them.
struct CertificateOctets: Sendable {
    private var octets: [UInt8] = []
    private var sizes: [Int] = []

    init(_ certificates: some Sequence<[UInt8]>) {
        for certificate in certificates {
            octets += certificate
            sizes.append(certificate.count)
        }
    }

    func withBytes<Result>(_ body: (UnsafePointer<pinverdict_bytes>?, Int) -> Result) -> Result {
        unsafe octets.withCharacters { characters in
            var place = unsafe UnsafeRawPointer(characters.baseAddress)?.assumingMemoryBound(to: UInt8.self)
            var bytes: [pinverdict_bytes] = unsafe []
            for size in sizes {
                unsafe bytes.append(pinverdict_bytes(data: place, size: size))
                unsafe place = place?.advanced(by: size)
            }
            return unsafe bytes.withUnsafeBufferPointer { unsafe body($0.baseAddress, sizes.count) }
        }
    }
}
