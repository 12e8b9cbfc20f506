// SPDX-License-Identifier: Apache-2.0

import CCurl
import CPinVerdict
import Glibc

/// Gets what is at a URL, by libcurl, within bounds of size and time. Of one thread.
@safe
final class HTTPClient {
    private let client: OpaquePointer
    private var body: [UInt8] = []
    private var limit = 0
    private var isTooLarge = false

    /// - Parameters:
    ///   - seconds: For each request, from the first packet to the last.
    ///   - trustFile: The trust anchors, in PEM; nil for the system's.
    init(seconds: Double, trustFile: String?) throws(Failure) {
        let agent = "pinverdict/\(PINVERDICT_VERSION)"
        let client = unsafe ccurl_client(agent, trustFile, Int(seconds * 1000)) { part, size, count, context in
            guard let part = unsafe part, let context = unsafe context else { return 0 }
            let bytes = unsafe UnsafeRawBufferPointer(start: part, count: size * count)
            return unsafe Unmanaged<HTTPClient>.fromOpaque(context).takeUnretainedValue().take(bytes) ? size * count : 0
        }
        guard let client = unsafe client else { throw Failure("out of memory for HTTP") }
        unsafe self.client = OpaquePointer(client)
    }

    deinit { unsafe curl_easy_cleanup(UnsafeMutableRawPointer(client)) }

    @unsafe
    private func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= limit else {
            isTooLarge = true
            return false
        }
        unsafe body.append(contentsOf: bytes)
        return true
    }

    /// The answer, decoded, of at most `limit` bytes.
    func get(_ url: String, limit: Int) throws(LogFailure) -> [UInt8] {
        body.removeAll(keepingCapacity: true)
        self.limit = limit
        isTooLarge = false
        let handle = unsafe UnsafeMutableRawPointer(client)
        let code = unsafe ccurl_get(handle, url, Unmanaged.passUnretained(self).toOpaque())
        if isTooLarge { throw .tooLarge("\(url): more than \(limit) bytes") }
        guard code == CURLE_OK else {
            throw .unusable("\(url): \(unsafe String(cString: curl_easy_strerror(code)))")
        }
        let status = unsafe ccurl_status(handle)
        let words = "\(url): HTTP status \(status)"
        switch status {
        case 200: return body
        case 404, 410: throw .missing(words)
        case 429, 503: throw .busy(words, after: Int(clamping: max(0, unsafe ccurl_retry_after(handle))))
        default: throw .unusable(words)
        }
    }
}
