// SPDX-License-Identifier: Apache-2.0

extension PolicyCounts {
    /// The largest policy text, in bytes.
    public static var maximumTextSize: Int { 256 << 20 }

    /// Counts what a policy's text asks for, as an upper bound: the parser may find mistakes and use less.
    public init(text: Span<UInt8>) {
        self.init()
        var lines = PolicyLineReader(text)
        var isPolicy = false
        while let line = lines.next() {
            switch line.content {
            case .section(let name, let argument):
                isPolicy = false
                switch PolicySection(named: text.extracting(name)) {
                case .host:
                    rules += 1
                    names += min(argument.count, HostName.maximumLength) + 1  // canonical IPv6 can be one longer
                case .pinSet:
                    sets += 1
                case .policy:
                    isPolicy = true
                case .log:
                    logs = min(logs + 1, Limits.logs)
                case .logs, nil:
                    break
                }
            case .setting(let key, let value):
                switch PolicyKey.named(text.extracting(key))?.key {
                case .pin:
                    pins += 1
                case .rejectedPin:
                    rejectedKeys += 1
                case .pinSet:
                    references += 1
                case .environments where isPolicy:
                    environments = PolicySettings.maximumEnvironments
                    names += value.count
                default:
                    break
                }
            case .nothing, .mistake:
                break
            }
        }
    }
}
