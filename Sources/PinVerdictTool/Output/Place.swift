// SPDX-License-Identifier: Apache-2.0

/// A place in a file, as compilers write it.
enum Place {
    static func text(_ file: String, _ line: Int?) -> String { line.map { "\(file):\($0)" } ?? file }
}
