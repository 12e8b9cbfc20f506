// SPDX-License-Identifier: Apache-2.0

extension Rule {
    /// The classes of pins that may match at a depth of a path of `count` certificates.
    @inline(__always)
    func reach(at depth: Int, of count: Int) -> PinMask {
        if maxDepth != 0, depth >= Int(maxDepth) { return PinMask() }
        switch match {
        case .leaf where depth != 0, .ca where depth == 0: return PinMask()
        case .root where depth == 0 || depth != count - 1: return PinMask()
        default: return PinMask(.any as PinList).union(PinMask(depth == 0 ? .leaf : .ca as PinList))
        }
    }
}
