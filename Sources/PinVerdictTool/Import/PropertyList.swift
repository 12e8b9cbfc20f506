// SPDX-License-Identifier: Apache-2.0

/// A value of a property list in XML, and where it stands.
struct PropertyList {
    enum Content {
        case dictionary([Member])
        case array([PropertyList])
        case string(String)
        case bool(Bool)
        /// A date, a number, data: nothing that says something of pins.
        case other
    }

    struct Member {
        let key: String
        let line: Int
        let value: PropertyList
    }

    let line: Int
    let content: Content
    private let text: ImportedText

    /// The value of a whole file.
    init(_ text: ImportedText) throws(Failure) {
        let root = try XMLDocument.root(of: text, isPropertyList: true)
        guard root.name == "plist", root.children.count == 1 else {
            throw text.mistake(root.line, "not a property list: its root is \(ImportedText.quoted(root.name))")
        }
        try self.init(root.children[0], text)
    }

    private init(_ element: XMLElement, _ text: ImportedText) throws(Failure) {
        line = element.line
        self.text = text
        switch element.name {
        case "dict": content = .dictionary(try PropertyList.members(element, text))
        case "array":
            var values: [PropertyList] = []
            for child in element.children { values.append(try PropertyList(child, text)) }
            content = .array(values)
        case "string": content = .string(element.text)
        case "true": content = .bool(true)
        case "false": content = .bool(false)
        case "integer", "real", "date", "data": content = .other
        default: throw text.mistake(line, "a property list has no element \(ImportedText.quoted(element.name))")
        }
    }

    private static func members(_ element: XMLElement, _ text: ImportedText) throws(Failure) -> [Member] {
        var members: [Member] = []
        var lines: [String: Int] = [:]
        let children = element.children
        for index in stride(from: 0, to: children.count, by: 2) {
            let key = children[index]
            guard key.name == "key", index + 1 < children.count, children[index + 1].name != "key" else {
                throw text.mistake(key.line, "a dict is made of keys, each with its value behind it")
            }
            if let earlier = lines.updateValue(key.line, forKey: key.text) {
                throw text.mistake(key.line, "\(ImportedText.quoted(key.text)) stands twice, on line \(earlier) too")
            }
            members.append(Member(key: key.text, line: key.line, value: try PropertyList(children[index + 1], text)))
        }
        return members
    }

    subscript(key: String) -> PropertyList? {
        guard case .dictionary(let members) = content else { return nil }
        return members.first { $0.key == key }?.value
    }

    var isTrue: Bool {
        if case .bool(true) = content { return true }
        return false
    }

    func requireMembers(of name: String) throws(Failure) -> [Member] {
        guard case .dictionary(let members) = content else { throw wrong(name, "a dict") }
        return members
    }

    func requireArray(_ name: String) throws(Failure) -> [PropertyList] {
        guard case .array(let values) = content else { throw wrong(name, "an array") }
        return values
    }

    func requireString(_ name: String) throws(Failure) -> String {
        guard case .string(let string) = content else { throw wrong(name, "a string") }
        return string
    }

    func requireBool(_ name: String) throws(Failure) -> Bool {
        guard case .bool(let value) = content else { throw wrong(name, "true or false") }
        return value
    }

    private func wrong(_ name: String, _ expected: String) -> Failure {
        text.mistake(line, "\(ImportedText.quoted(name)) takes \(expected)")
    }
}
