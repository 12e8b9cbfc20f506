# SPDX-License-Identifier: Apache-2.0
"""Policies: which host is pinned to what."""

import ctypes
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import _abi
from ._arguments import to_bytes, to_path
from ._handle import Handle, Reference, new_error
from ._library import library
from .errors import raise_for_status

if TYPE_CHECKING:
    from typing_extensions import Buffer


class Policy(Handle):
    """A parsed policy file. Immutable; one may serve any number of threads and checkers.

    Made by :meth:`parse` or :meth:`load`. A checker keeps what it needs of its policy, which may be closed.
    """

    __slots__ = ()

    def __init__(self) -> None:
        raise TypeError("a Policy is made by Policy.parse or Policy.load")

    @classmethod
    def parse(cls, text: "str | Buffer") -> "Policy":
        """Parses the text of a policy file, a str or UTF-8 bytes of at most 256 MiB.

        Raises :class:`PolicyError` with the line of the first mistake, and MemoryError.
        """
        # What UTF-8 cannot say (a lone surrogate) is left for the library to refuse, with its line.
        encoded = text.encode(errors="surrogatepass") if isinstance(text, str) else to_bytes(text, "a policy")
        return cls._make(lambda *out: library.pinverdict_policy_parse(encoded, len(encoded), *out))

    @classmethod
    def load(cls, path: str | bytes | os.PathLike[str] | os.PathLike[bytes]) -> "Policy":
        """Reads and parses a policy file.

        Raises OSError (FileNotFoundError for one that is missing), :class:`PolicyError` as :meth:`parse` does,
        and MemoryError.
        """
        name = to_path(path)
        return cls._make(lambda *out: library.pinverdict_policy_load(name, *out), name)

    @classmethod
    def _make(cls, build: Callable[..., int], path: bytes | None = None) -> "Policy":
        pointer, error = ctypes.c_void_p(), new_error()
        raise_for_status(build(ctypes.byref(pointer), ctypes.byref(error)), "the policy", error, path)
        policy = cls.__new__(cls)
        policy._reference = Reference(pointer, library.pinverdict_policy_free)
        return policy
