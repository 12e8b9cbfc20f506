// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A TCP connection that never waits beyond its deadline.
final class Socket {
    let descriptor: Int32
    let address: ServerAddress
    let deadline: Deadline

    /// Connects to the first address that answers; each is given an equal part of the time that is left.
    static func connect(to addresses: [ServerAddress], until deadline: Deadline) throws(NotReached) -> Socket {
        var failure = NotReached("the name has no address")
        for (number, address) in addresses.enumerated() {
            let socket = try Socket(for: address, until: deadline)
            do throws(NotReached) {
                try socket.connect(until: deadline.part(of: addresses.count - number))
                return socket
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private init(for address: ServerAddress, until deadline: Deadline) throws(NotReached) {
        let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        let descriptor = socket(address.family, Int32(bitPattern: kind), 0)
        guard descriptor >= 0 else { throw .system("no socket", errno) }
        self.descriptor = descriptor
        self.address = address
        self.deadline = deadline
    }

    deinit { close(descriptor) }

    private func connect(until deadline: Deadline) throws(NotReached) {
        let status = unsafe address.withPointer { unsafe Glibc.connect(descriptor, $0, $1) } ?? -1
        if status == 0 { return }
        guard errno == EINPROGRESS else { throw .system(address.text, errno) }
        try wait(for: POLLOUT, until: deadline, "\(address.text) does not answer")
        var error: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 else {
            throw .system(address.text, errno)
        }
        if error != 0 { throw .system(address.text, error) }
    }

    /// - Parameter what: What the server has not done where the time is over.
    func wait(for events: Int32, _ what: String) throws(NotReached) { try wait(for: events, until: deadline, what) }

    private func wait(for events: Int32, until deadline: Deadline, _ what: String) throws(NotReached) {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        while !deadline.isOver {
            if unsafe poll(&entry, 1, deadline.milliseconds) > 0 { return }
        }
        throw .timedOut(what, deadline)
    }

    func send(_ bytes: [UInt8], _ what: String) throws(NotReached) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, 0) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, errno == EAGAIN {
                try wait(for: POLLOUT, what)
            } else if errno != EINTR {
                throw .system(what, errno)
            }
        }
    }

    /// What has come, waiting for the first byte; none where the server has closed the connection.
    func receive(_ what: String) throws(NotReached) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
            if count >= 0 { return Array(bytes[..<count]) }
            if errno == EAGAIN {
                try wait(for: POLLIN, what)
            } else if errno != EINTR {
                throw .system(what, errno)
            }
        }
    }

    /// Whether bytes have come that nobody has read.
    var hasBytes: Bool {
        var byte: UInt8 = 0
        return unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
    }
}
