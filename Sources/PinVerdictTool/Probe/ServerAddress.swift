// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An IP address and a port, as sockets take them.
struct ServerAddress {
    let family: Int32
    /// A sockaddr.
    private let bytes: [UInt8]

    @unsafe
    fileprivate init(_ info: addrinfo) {
        unsafe family = info.ai_family
        unsafe bytes = Array(UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen)))
    }

    /// Those of a name, or of an address that is written out. May wait for long.
    static func all(of host: String, port: UInt16, isAddress: Bool) throws(NotReached) -> [ServerAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_NUMERICSERV | (isAddress ? AI_NUMERICHOST : 0)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, String(port), &hints, &list)
        guard status == 0 else {
            let words = status == EAI_SYSTEM ? systemMessage(errno) : unsafe String(cString: gai_strerror(status))
            let advice = status == EAI_NONAME ? "is it spelt right?" : "try again, or give --connect its address"
            throw NotReached("the name does not resolve: \(words); \(advice)")
        }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [ServerAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            unsafe addresses.append(ServerAddress(entry.pointee))
            unsafe next = entry.pointee.ai_next
        }
        return addresses
    }

    @unsafe
    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result? {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe bytes.baseAddress.map {
                unsafe body($0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
            }
        }
    }

    /// Such as "192.0.2.7:443" or "[2001:db8::7]:443".
    var text: String {
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        let status = unsafe withPointer { address, size in
            unsafe getnameinfo(
                address, size, &host, socklen_t(host.count), &port, socklen_t(port.count),
                NI_NUMERICHOST | NI_NUMERICSERV)
        }
        guard status == 0 else { return "?" }
        let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let number = String(decoding: port.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return family == AF_INET6 ? "[\(name)]:\(number)" : "\(name):\(number)"
    }
}
