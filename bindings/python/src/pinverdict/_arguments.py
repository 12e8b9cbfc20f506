# SPDX-License-Identifier: Apache-2.0
"""What callers pass in, made into what C takes."""

import ctypes
import os
import stringprep
import unicodedata
from collections.abc import Iterable, Sequence

from . import _abi

# To read a name with one of these, IDNA 2003 and IDNA 2008 go to different hosts: sharp s, final sigma, and the
# joiners that one of them drops.
_DEVIATIONS = "\u00df\u03c2\u200c\u200d"


def to_bytes(value: object, what: str) -> bytes:
    """A copy of any bytes-like object; of bytes itself none, since they cannot change."""
    # A subclass could lie about its length.
    if type(value) is bytes:
        return value
    try:
        view = memoryview(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{what} must be bytes-like, not {type(value).__name__}") from None
    return bytes(view)


def to_chain(chain: Iterable[object]) -> tuple[bytes, ...]:
    return tuple([to_bytes(certificate, "a certificate") for certificate in chain])


def to_array(chain: Sequence[bytes]) -> "ctypes.Array[_abi.Bytes]":
    return (_abi.Bytes * len(chain))(*[_abi.Bytes(der, len(der)) for der in chain])


def to_host(host: str) -> bytes:
    """A host name for the library, which is the judge of what is one; non-ASCII labels in their xn-- form.

    What cannot be passed becomes "", which the library refuses as malformed: a NUL, at which C would stop to read,
    and a name whose xn-- form is in doubt (write that form then).
    """
    if not isinstance(host, str):
        raise TypeError(f"a host must be str, not {type(host).__name__}")
    name = str.encode(host, "ascii") if str.isascii(host) else _to_ascii(host)
    return b"" if b"\0" in name else name


def _to_ascii(host: str) -> bytes:
    """By Python's own IDNA 2003, as ssl and socket do it; empty where today's clients might go elsewhere."""
    if len(host) > 253:
        return b""
    # As Unicode is now; the codec maps as it was in version 3.2.
    mapped = unicodedata.normalize("NFKC", host.casefold())
    if any(letter in _DEVIATIONS or stringprep.in_table_a1(letter) for letter in host + mapped):
        return b""
    try:
        name = mapped.encode("idna")
        return name if name == host.encode("idna").lower() else b""
    except UnicodeError:
        return b""


def to_path(path: str | bytes | os.PathLike[str] | os.PathLike[bytes]) -> bytes:
    name = os.fsencode(path)
    if b"\0" in name:
        raise ValueError("embedded null byte in a path")
    return name
