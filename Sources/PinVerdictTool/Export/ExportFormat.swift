// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The formats that `export` writes. Whoever adds one adds a case, its row, and a file.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
    case android, trustkit, apple, tlsa, json, curl

    var writer: any PinFormatWriter.Type {
        switch self {
        case .android: AndroidWriter.self
        case .trustkit: TrustKitWriter.self
        case .apple: AppleWriter.self
        case .tlsa: TLSAWriter.self
        case .json: JSONWriter.self
        case .curl: CurlWriter.self
        }
    }
}

/// Writes the rules of a policy for another system.
protocol PinFormatWriter {
    /// Nil where nothing of the policy can be expressed. What cannot is added to the losses.
    static func text(of export: inout Export) -> String?
}
