# SPDX-License-Identifier: Apache-2.0
"""Finds and loads libpinverdict, once, when the package is imported."""

import ctypes
import os
import sys
from pathlib import Path
from typing import Literal, NamedTuple

from . import _abi

_SONAME = "libpinverdict.so.0"
# That for OpenSSL alone, which is where Python's TLS comes from.
_BUNDLED = Path(__file__).with_name("libpinverdict-openssl.so.0")
_VARIABLE = "PINVERDICT_LIBRARY"
# What waits for nothing, and is over before another thread could have made use of the interpreter's lock.
_QUICK = "pinverdict_check_validated"


class LoadedLibrary(NamedTuple):
    """Which libpinverdict this process uses."""

    path: str
    """The file, as the dynamic loader names it."""
    version: str
    """What the library says of itself, such as ``0.1.0``."""
    origin: Literal["environment", "bundled", "system"]
    """Named by PINVERDICT_LIBRARY, carried by the package, or found by the system's loader."""


class _SymbolInfo(ctypes.Structure):
    """Dl_info of <dlfcn.h>."""

    _fields_ = [
        ("file_name", ctypes.c_char_p),
        ("file_base", ctypes.c_void_p),
        ("symbol_name", ctypes.c_char_p),
        ("symbol_address", ctypes.c_void_p),
    ]


def _choose() -> tuple[str, Literal["environment", "bundled", "system"]]:
    """The one library to load. There is no second choice: where it fails to load, importing fails."""
    # As Python's own variables, it does not count under -E and -I.
    named = "" if sys.flags.ignore_environment else os.environ.get(_VARIABLE, "")
    if named:
        return named, "environment"
    if _BUNDLED.exists():
        return str(_BUNDLED), "bundled"
    return _SONAME, "system"


def _load() -> tuple[ctypes.CDLL, Literal["environment", "bundled", "system"]]:
    name, origin = _choose()
    try:
        library = ctypes.CDLL(name)
    except OSError as error:
        advice = {
            "environment": f"it is what {_VARIABLE} names",
            "bundled": "it is the package's own; OpenSSL 3, which it uses, has to be installed",
            "system": f"the package carries none; install libpinverdict, or name one by {_VARIABLE}",
        }[origin]
        raise ImportError(f"cannot load libpinverdict: {error} ({advice})", path=name) from None
    keeping = ctypes.PyDLL(name)
    for function, (result, arguments) in _abi.FUNCTIONS.items():
        try:
            declared = (keeping if function == _QUICK else library)[function]
        except AttributeError:
            raise ImportError(f"{name} has no function {function}: too old, or no libpinverdict", path=name) from None
        declared.restype, declared.argtypes = result, arguments
        setattr(library, function, declared)
    return library, origin


def loaded_library() -> LoadedLibrary:
    """Which libpinverdict was loaded, from where, and its version."""
    info = _SymbolInfo()
    ctypes.CDLL(None).dladdr(ctypes.cast(library.pinverdict_version, ctypes.c_void_p), ctypes.byref(info))
    path = os.fsdecode(info.file_name or b"")
    return LoadedLibrary(path, library.pinverdict_version().decode(), _origin)


library, _origin = _load()
