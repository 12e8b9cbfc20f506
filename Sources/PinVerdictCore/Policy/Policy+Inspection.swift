// SPDX-License-Identifier: Apache-2.0

/// What a policy consists of, for commands that explain it. Sets and pins have numbers, in the order in which
/// they stand in the file.
extension Policy {
    public var setCount: Int { pins.sets.count }
    public var pinCount: Int { pins.digests.count }

    /// The pins of a set.
    public func pins(ofSet number: Int) -> Range<Int> { pins.sets[number].numbers }

    /// The pins that stand in a rule itself.
    public func ownPins(of rule: Rule) -> Range<Int> { pins.part(0, of: rule).numbers }

    /// How many sets a rule names.
    public func setCount(of rule: Rule) -> Int { Int(rule.referenceCount) }

    /// The number of one of the sets that a rule names.
    public func setNumber(_ index: Int, of rule: Rule) -> Int { pins.setNumber(index, of: rule) }

    public func digest(ofPin number: Int) -> Digest { pins.digests[number] }
    public func traits(ofPin number: Int) -> PinTraits { pins.traits[number] }

    public var environmentCount: Int { settings.environmentCount }

    /// Whether a rule exists in some environments only.
    public func isRestricted(_ rule: Rule) -> Bool { rule.environments != 0 }
}
