# SPDX-License-Identifier: Apache-2.0
"""Owning an object of the library."""

import ctypes
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from . import _abi

_Self = TypeVar("_Self", bound="Handle")


class Reference:
    """Frees a C object when the last Python reference to this goes away.

    A call into the library holds one for as long as it runs: closing the object meanwhile takes no lock and
    cannot free what another thread is using.
    """

    __slots__ = ("pointer", "keep", "_free")

    def __init__(self, pointer: ctypes.c_void_p, free: Callable[[ctypes.c_void_p], None], keep: Any = None) -> None:
        self.pointer, self._free, self.keep = pointer, free, keep

    def __del__(self) -> None:
        # In a cycle that is collected, the finalizers of others may use this one afterwards: they find NULL.
        pointer, self.pointer = self.pointer, ctypes.c_void_p()
        self._free(pointer)


class Handle:
    """A Python object with a C object. It can be closed, as a context manager too, and not be copied."""

    __slots__ = ("_reference", "__weakref__")
    _reference: Reference | None

    def _open(self) -> Reference:
        reference = self._reference
        if reference is None or not reference.pointer:
            raise ValueError(f"the {type(self).__name__} is closed")
        return reference

    def close(self) -> None:
        """Frees the library's object, once the calls under way have returned. Using this one afterwards raises
        ValueError; closing it again does nothing."""
        self._reference = None

    def __enter__(self: _Self) -> _Self:
        self._open()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} cannot be copied or pickled")


def new_error() -> _abi.Error:
    """An empty pinverdict_error for the library to fill in."""
    return _abi.Error(struct_size=ctypes.sizeof(_abi.Error))
