# SPDX-License-Identifier: Apache-2.0
"""What callers pass in, made into what C takes."""

import ctypes
import functools
import os
import stringprep
import struct
import unicodedata
from collections.abc import Callable, Iterable
from typing import cast

# To read a name with one of these, IDNA 2003 and IDNA 2008 go to different hosts: sharp s, final sigma, and the
# joiners that one of them drops.
_DEVIATIONS = "\u00df\u03c2\u200c\u200d"


# Where in a bytes object, whose address id() is, its data lies: asked of ctypes, once, since it takes a microsecond for
# each certificate to make a pointer.
_SAMPLE = b"sample"
_DATA_OFFSET: int = (ctypes.cast(ctypes.c_char_p(_SAMPLE), ctypes.c_void_p).value or 0) - id(_SAMPLE)


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


def to_text(text: object, what: str) -> bytes:
    # What UTF-8 cannot say (a lone surrogate) is left for the library to refuse, with its line.
    return text.encode(errors="surrogatepass") if isinstance(text, str) else to_bytes(text, what)


def to_chain(chain: Iterable[object]) -> tuple[tuple[bytes, ...], bytes]:
    """The certificates, and an array of pinverdict_bytes that points to them: for as long as they are kept."""
    certificates = tuple(chain)
    words: list[int] = []
    for der in certificates:
        if type(der) is not bytes:
            return to_chain([to_bytes(each, "a certificate") for each in certificates])
        words.append(id(der) + _DATA_OFFSET)
        words.append(len(der))
    return cast(tuple[bytes, ...], certificates), _array_packer(len(certificates))(*words)


@functools.lru_cache(64)
def _array_packer(count: int) -> Callable[..., bytes]:
    return struct.Struct("PN" * count).pack


def to_host(host: str) -> bytes:
    """A host name for the library, which is the judge of what is one; non-ASCII labels in their xn-- form.

    What cannot be passed becomes "", which the library refuses as malformed: a NUL, at which C would stop to read,
    and a name whose xn-- form is in doubt (write that form then).
    """
    if type(host) is not str:
        if not isinstance(host, str):
            raise TypeError(f"a host must be str, not {type(host).__name__}")
        # What it really is: a subclass may say something else.
        host = str.__str__(host)
    name = host.encode() if host.isascii() else _to_ascii(host)
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
