// SPDX-License-Identifier: Apache-2.0

/// A mistake in a policy: the line, what was found there, and what to write instead.
public struct PolicyProblem {
    /// From 1.
    public let line: Int
    public let message: Message

    /// A sentence built from pieces, at most 255 bytes. Nothing of it is inlined: there are many sentences, and the
    /// library is to be small.
    public struct Message {
        public private(set) var text = ASCIIText<255>()

        @inline(never)
        init(_ start: StaticString) { text.append(start) }

        @inline(never)
        func adding(_ more: StaticString) -> Message {
            var longer = self
            longer.text.append(more)
            return longer
        }

        @inline(never)
        func adding(_ more: Span<UInt8>) -> Message {
            var longer = self
            longer.text.append(more)
            return longer
        }

        @inline(never)
        func adding(_ number: Int) -> Message {
            var longer = self
            longer.text.append(decimal: UInt64(max(0, number)))
            return longer
        }

        /// What stands in the file, as far as a person needs it to find the place.
        @inline(never)
        func quoting(_ found: Span<UInt8>) -> Message {
            var longer = self
            longer.text.append(quoting: found, limit: 48)
            return longer
        }
    }
}
