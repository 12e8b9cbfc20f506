// SPDX-License-Identifier: Apache-2.0

/// Text of at most `capacity` ASCII bytes, held inline: what a check works on without allocating.
/// Bytes past the capacity are dropped, and ``isTruncated`` says so.
public struct ASCIIText<let capacity: Int> {
    private var storage: InlineArray<capacity, UInt8>
    public private(set) var count: Int
    public private(set) var isTruncated: Bool

    public init() {
        storage = InlineArray(repeating: 0)
        count = 0
        isTruncated = false
    }

    /// The first `count` bytes, of which there are at most `capacity`.
    init(_ storage: InlineArray<capacity, UInt8>, count: Int) {
        self.storage = storage
        self.count = min(max(count, 0), capacity)
        isTruncated = false
    }

    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { storage.span.extracting(0..<count) }
    }

    /// Lends the text to what hashes it. The compiler may put a copy of a local text where ``span`` points to, and use
    /// the place again before the span is (seen with Swift 6.3.1, where no call stands between); of what a closure is
    /// lent it does not.
    @inline(never)
    public func withSpan<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        unsafe withUnsafeBytes(of: storage) { bytes in
            let octets = unsafe bytes.assumingMemoryBound(to: UInt8.self)
            return body(unsafe octets.extracting(0..<count).span)
        }
    }

    public subscript(index: Int) -> UInt8 { storage[index] }

    public mutating func append(_ byte: UInt8) {
        guard count < capacity else {
            isTruncated = true
            return
        }
        storage[count] = byte
        count += 1
    }

    @inline(never)
    public mutating func append(_ bytes: Span<UInt8>) {
        for index in bytes.indices { append(bytes[index]) }
    }

    @inline(never)
    public mutating func append(_ text: StaticString) { append(text.span) }

    @inline(never)
    public mutating func append(decimal number: UInt64) {
        if number >= 10 { append(decimal: number / 10) }
        append(UInt8(truncatingIfNeeded: number % 10) + UInt8(ascii: "0"))
    }

    @inline(never)
    public mutating func append(hex number: UInt16) {
        if number >= 16 { append(hex: number >> 4) }
        let digit = UInt8(truncatingIfNeeded: number & 15)
        append(digit < 10 ? digit + UInt8(ascii: "0") : digit - 10 + UInt8(ascii: "a"))
    }

    /// Appends a number's last octets, the highest of them first.
    @inline(never)
    mutating func append(_ number: UInt64, octets: Int) {
        for place in 0..<octets { append(UInt8(truncatingIfNeeded: number >> UInt64(8 * (octets - 1 - place)))) }
    }

    /// Appends bytes from outside in quotation marks, at most `limit` of them; other bytes than printable ASCII
    /// appear as `\xNN`.
    @inline(never)
    public mutating func append(quoting found: Span<UInt8>, limit: Int) {
        append("\"")
        for index in 0..<min(found.count, limit) {
            let byte = found[index]
            if byte >= UInt8(ascii: " "), byte < .delete {
                append(byte)
            } else {
                append("\\x")
                if byte < 16 { append("0") }
                append(hex: UInt16(byte))
            }
        }
        if found.count > limit { append("...") }
        append("\"")
    }
}
