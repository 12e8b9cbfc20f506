// SPDX-License-Identifier: Apache-2.0

import CXML2

/// Reads XML with libxml2: no document type, no entities but the five that XML has, nothing from outside.
enum XMLDocument {
    /// The root. Throws where the text is not well-formed XML.
    static func root(of text: ImportedText, isPropertyList: Bool = false) throws(Failure) -> XMLElement {
        let bytes = try XMLGuard.bytes(of: text, isPropertyList: isPropertyList)
        let options = XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
        var builder = XMLTreeBuilder()
        xmlResetLastError()
        // What libxml2 finds is told by its last error, in our words.
        unsafe xmlSetStructuredErrorFunc(nil) { _, _ in }
        let problem = unsafe bytes.withUnsafeBytes { bytes -> (line: Int?, message: String)? in
            // The text is known to be UTF-8, whatever it declares.
            guard
                let reader = unsafe xmlReaderForMemory(
                    bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count), nil, "UTF-8", Int32(options))
            else { return (nil, "out of memory") }
            defer { unsafe xmlFreeTextReader(reader) }
            return unsafe read(reader, &builder)
        }
        if let problem { throw text.mistake(problem.line, problem.message) }
        guard let root = builder.root else { throw text.mistake(nil, "not XML") }
        return root
    }

    @unsafe
    private static func read(_ reader: xmlTextReaderPtr, _ builder: inout XMLTreeBuilder) -> (Int?, String)? {
        while true {
            let status = unsafe xmlTextReaderRead(reader)
            guard status != 0 else { return nil }
            guard status == 1 else { return unsafe lastError }
            switch unsafe UInt32(bitPattern: xmlTextReaderNodeType(reader)) {
            case XML_READER_TYPE_ELEMENT.rawValue:
                let line = unsafe Int(xmlGetLineNo(xmlTextReaderCurrentNode(reader)))
                let isEmpty = unsafe xmlTextReaderIsEmptyElement(reader) == 1
                let name = unsafe string(xmlTextReaderConstName(reader))
                if let problem = builder.begin(name, line: line, unsafe attributes(reader)) { return (line, problem) }
                if isEmpty { builder.end() }
            case XML_READER_TYPE_END_ELEMENT.rawValue:
                builder.end()
            case XML_READER_TYPE_TEXT.rawValue, XML_READER_TYPE_CDATA.rawValue:
                builder.add(unsafe string(xmlTextReaderConstValue(reader)))
            case XML_READER_TYPE_DOCUMENT_TYPE.rawValue, XML_READER_TYPE_ENTITY_REFERENCE.rawValue:
                return (nil, "a DOCTYPE or ENTITY, which is never read; take it out of the file")
            default:
                continue
            }
        }
    }

    @unsafe
    private static func attributes(_ reader: xmlTextReaderPtr) -> [String: String] {
        var attributes: [String: String] = [:]
        while unsafe xmlTextReaderMoveToNextAttribute(reader) == 1 {
            attributes[unsafe string(xmlTextReaderConstName(reader))] =
                unsafe string(xmlTextReaderConstValue(reader)).trimmed
        }
        _ = unsafe xmlTextReaderMoveToElement(reader)
        return attributes
    }

    @unsafe
    private static func string(_ text: UnsafePointer<xmlChar>?) -> String {
        guard let text = unsafe text else { return "" }
        return unsafe String(cString: text)
    }

    @unsafe
    private static var lastError: (Int?, String) {
        guard let error = unsafe xmlGetLastError(), let message = unsafe error.pointee.message else {
            return (nil, "not well-formed XML")
        }
        let words = unsafe String(cString: message).trimmed
        return unsafe (Int(error.pointee.line), "not well-formed XML: \(ImportedText.quoted(words))")
    }
}
