# SPDX-License-Identifier: Apache-2.0
"""When a certificate begins and ends to be valid: the moments at which a verdict on it may change."""

import re
import ssl
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

# Certificate ::= SEQUENCE { tbsCertificate SEQUENCE { [0] version OPTIONAL, serialNumber, signature, issuer,
#     validity SEQUENCE { notBefore Time, notAfter Time }, ... RFC 5280, section 4.1
_SEQUENCE, _VERSION, _BEFORE_VALIDITY = 0x30, 0xA0, 3
_TIMES = {0x17: "%y%m%d%H%M%SZ", 0x18: "%Y%m%d%H%M%SZ"}


def moments_of(der: bytes) -> list[int]:
    """The seconds since 1970 on both sides of each end, which libraries count in or out; none where it is not read."""
    try:
        start, _ = _content(der, 0, _SEQUENCE)
        at, _ = _content(der, start, _SEQUENCE)
        if der[at] == _VERSION:
            at = _content(der, at)[1]
        for _ in range(_BEFORE_VALIDITY):
            at = _content(der, at)[1]
        first, end = _content(der, at, _SEQUENCE)
        second = _content(der, first)[1]
        return [moment + past for at in (first, second) for moment in [_time(der, at)] for past in (0, 1)]
    except (IndexError, ValueError):
        return []


def moments_of_anchors(trust_file: str | None) -> Iterator[int]:
    """Of those in a PEM file, or in the system's."""
    path = trust_file or ssl.get_default_verify_paths().cafile
    text = Path(path).read_text(errors="replace") if path else ""
    for pem in re.findall("-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----", text):
        try:
            yield from moments_of(ssl.PEM_cert_to_DER_cert(pem))
        except ValueError:
            continue


def _content(der: bytes, at: int, tag: int | None = None) -> tuple[int, int]:
    """Where the content of the element begins, and where it ends."""
    if tag is not None and der[at] != tag:
        raise ValueError
    size, start = der[at + 1], at + 2
    if size >= 0x80:
        start += size - 0x80
        size = int.from_bytes(der[at + 2:start], "big")
    if start + size > len(der):
        raise ValueError
    return start, start + size


def _time(der: bytes, at: int) -> int:
    start, end = _content(der, at)
    text = der[start:end].decode("ascii", "replace")
    moment = datetime.strptime(text, _TIMES.get(der[at], "")).replace(tzinfo=timezone.utc)
    # UTCTime's years are 1950 to 2049; Python's two digits 1969 to 2068.
    if der[at] == 0x17 and moment.year >= 2050:
        moment = moment.replace(year=moment.year - 100)
    return int(moment.timestamp())
