# SPDX-License-Identifier: Apache-2.0
"""A small DER assembler, and the BER that DER forbids."""


def length_octets(length):
    if length < 0x80:
        return bytes([length])
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def element(tag, *contents):
    joined = b"".join(contents)
    return bytes([tag]) + length_octets(len(joined)) + joined


def sequence(*fields):
    return element(0x30, *fields)


def set_of(*members):
    return element(0x31, *sorted(members))


def explicit(number, *contents):
    return element(0xA0 | number, *contents)


def boolean(value):
    return element(0x01, b"\xff" if value else b"\0")


def integer(value):
    return element(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def bit_string(octets, unused=0):
    return element(0x03, bytes([unused]), octets)


def octet_string(octets):
    return element(0x04, octets)


def oid(dotted):
    first, second, *others = (int(part) for part in dotted.split("."))
    octets = b""
    for number in [40 * first + second, *others]:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(0x80 | number & 0x7F)
        octets += bytes(reversed(groups))
    return element(0x06, octets)


NULL = element(0x05)


def contents_of(encoded):
    """The contents of one element, whose tag has one octet."""
    if encoded[1] < 0x80:
        return encoded[2:]
    return encoded[2 + (encoded[1] & 0x7F):]


def children_of(encoded):
    """The elements that a constructed element contains."""
    rest, found = contents_of(encoded), []
    while rest:
        size = rest[1] if rest[1] < 0x80 else int.from_bytes(rest[2:2 + (rest[1] & 0x7F)], "big")
        whole = size + (2 if rest[1] < 0x80 else 2 + (rest[1] & 0x7F))
        found.append(rest[:whole])
        rest = rest[whole:]
    return found


# BER that DER forbids: the same element with a length in one octet too many, or with no length at all.

def long_length(encoded):
    contents = contents_of(encoded)
    least = max(1, (len(contents).bit_length() + 7) // 8)
    octets = len(contents).to_bytes(least + (len(contents) >= 0x80), "big")
    return encoded[:1] + bytes([0x80 | len(octets)]) + octets + contents


def indefinite(encoded):
    return bytes([encoded[0] | 0x20, 0x80]) + contents_of(encoded) + b"\0\0"
