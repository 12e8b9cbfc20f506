// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The formats that `import` reads. Whoever adds one adds a case, its row, and a file.
enum ImportFormat: String, CaseIterable, ExpressibleByArgument {
    case android, trustkit, apple, json

    var reader: any PinFormatReader.Type {
        switch self {
        case .android: AndroidReader.self
        case .trustkit: TrustKitReader.self
        case .apple: AppleReader.self
        case .json: JSONReader.self
        }
    }
}

/// Reads what another system knows of pins.
protocol PinFormatReader {
    /// What the format is called in a sentence.
    static var name: String { get }

    /// Adds what the text says to the policy, and what cannot be said there to its losses. Throws at the first mistake.
    static func read(_ text: ImportedText, into policy: inout ImportedPolicy) throws(Failure)
}
