// SPDX-License-Identifier: Apache-2.0

/// A property list to be written. Its strings have no character that XML would have to escape.
indirect enum PropertyListText {
    case dictionary([(key: String, value: PropertyListText)])
    case array([PropertyListText])
    case string(String)
    case bool(Bool)

    /// The whole file.
    var text: String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
        <plist version="1.0">

        """ + text(indent: "") + "</plist>\n"
    }

    private func text(indent: String) -> String {
        let deeper = indent + "    "
        switch self {
        case .dictionary(let members):
            let lines = members.map { "\(deeper)<key>\($0.key)</key>\n\($0.value.text(indent: deeper))" }
            return "\(indent)<dict>\n\(lines.joined())\(indent)</dict>\n"
        case .array(let values):
            return "\(indent)<array>\n\(values.map { $0.text(indent: deeper) }.joined())\(indent)</array>\n"
        case .string(let string): return "\(indent)<string>\(string)</string>\n"
        case .bool(let value): return "\(indent)<\(value)/>\n"
        }
    }
}
