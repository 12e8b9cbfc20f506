import PinVerdict

/// A backend that can also put an X.500 name into words: what a command needs and a check does not.
protocol NamingBackend: TLSBackend {
    /// The library and its version, such as "OpenSSL 3.0.17".
    static var library: String { get }

    /// An encoded Name as RFC 4514 text in printable ASCII; nil for what the library cannot read.
    func text(ofName encoded: Span<UInt8>) -> String?
}
