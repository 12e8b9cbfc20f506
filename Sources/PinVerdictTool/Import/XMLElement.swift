// SPDX-License-Identifier: Apache-2.0

/// An element of an XML document. Comments and processing instructions are left out.
final class XMLElement {
    let name: String
    let line: Int
    /// By their names, prefixes included.
    let attributes: [String: String]
    fileprivate(set) var children: [XMLElement] = []
    /// What stands in it beside its children, without white space around.
    fileprivate(set) var text = ""

    fileprivate init(_ name: String, _ line: Int, _ attributes: [String: String]) {
        self.name = name
        self.line = line
        self.attributes = attributes
    }

    func children(named name: String) -> [XMLElement] { children.filter { $0.name == name } }
}

/// Puts the elements together in the order in which a parser meets them.
struct XMLTreeBuilder {
    private var open: [XMLElement] = []
    private(set) var root: XMLElement?
    private var count = 0

    /// Deeper than any file, and flat enough for recursion.
    private static let maximumDepth = 64
    private static let maximumCount = 500_000

    /// Returns why the element is one too many.
    mutating func begin(_ name: String, line: Int, _ attributes: [String: String]) -> String? {
        count += 1
        guard open.count < XMLTreeBuilder.maximumDepth else {
            return "elements are nested more than \(XMLTreeBuilder.maximumDepth) deep"
        }
        guard count <= XMLTreeBuilder.maximumCount else { return "more than \(XMLTreeBuilder.maximumCount) elements" }
        let element = XMLElement(name, line, attributes)
        open.last?.children.append(element)
        if root == nil { root = element }
        open.append(element)
        return nil
    }

    mutating func add(_ text: String) { open.last?.text += text }

    mutating func end() {
        guard let element = open.popLast() else { return }
        element.text = element.text.trimmed
    }
}

extension String {
    /// Without white space around.
    var trimmed: String {
        let bytes = Array(utf8)
        guard let first = bytes.firstIndex(where: { !$0.isBlank }), let last = bytes.lastIndex(where: { !$0.isBlank })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}
