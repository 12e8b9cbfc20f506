# SPDX-License-Identifier: Apache-2.0
"""Strings as bindings/c/pinverdict-text.h writes them, byte for byte."""


def spelt(string: bytes) -> str:
    """A host or a rule's name, which may be any bytes: what is not printable ASCII, and the backslash, as \\xNN."""
    return "".join(chr(byte) if 0x20 <= byte <= 0x7E and byte != 0x5C else f"\\x{byte:02x}" for byte in string)


def quoted(string: str) -> str:
    """What was spelt, in quotes: as it is for Prometheus' label values, it is for JSON."""
    return '"' + string.replace("\\", "\\\\").replace('"', '\\"') + '"'
