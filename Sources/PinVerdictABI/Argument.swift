// SPDX-License-Identifier: Apache-2.0

/// An argument of an exported function, which messages name.
enum Argument {
    case backend, capacity, certificate, checker, config, count, host, info, kind, kinds, memory, out, path, policy,
        repeatAfter, signature, size, source, text, totals

    var name: StaticString {
        switch self {
        case .backend: "backend"
        case .capacity: "capacity"
        case .certificate: "certificate"
        case .checker: "checker"
        case .config: "config"
        case .count: "count"
        case .host: "host"
        case .info: "info"
        case .kind: "kind"
        case .kinds: "kinds"
        case .memory: "memory"
        case .out: "out"
        case .path: "path"
        case .policy: "policy"
        case .repeatAfter: "repeat_after"
        case .signature: "signature"
        case .size: "size"
        case .source: "source"
        case .text: "text"
        case .totals: "totals"
        }
    }
}
