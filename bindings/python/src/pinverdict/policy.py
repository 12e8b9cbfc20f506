# SPDX-License-Identifier: Apache-2.0
"""Policies: which host is pinned to what."""

import ctypes
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from . import _abi
from ._arguments import to_path, to_text
from ._config import new_config
from ._handle import Handle, Reference, new_error
from ._library import library
from .errors import raise_for_status

if TYPE_CHECKING:
    from typing_extensions import Buffer


class Policy(Handle):
    """A parsed policy file. Immutable; one may serve any number of threads and checkers.

    Made by :meth:`parse`, :meth:`parse_signed` or :meth:`load`. A checker keeps what it needs of its
    policy, which may be closed.
    """

    __slots__ = ()

    def __init__(self) -> None:
        raise TypeError("a Policy is made by Policy.parse or Policy.load")

    @classmethod
    def parse(cls, text: "str | Buffer") -> "Policy":
        """Parses the text of a policy file, a str or UTF-8 bytes of at most 256 MiB.

        Raises :class:`PolicyError` with the line of the first mistake, and MemoryError.
        """
        encoded = to_text(text, "a policy")
        return cls._make(lambda *out: library.pinverdict_policy_parse(encoded, len(encoded), *out))

    @classmethod
    def parse_signed(
        cls, text: "str | Buffer", signature: "str | Buffer | None" = None, *, keys: "Iterable[str | Buffer]",
        minimum_serial: int = 0,
    ) -> "Policy":
        """Parses a policy that one of the keys has signed.

        text            without a signature, one file that holds both, as ``signify -S -e`` writes it
        signature       signify's .sig, or the .minisig of ``minisign -S -l``
        keys            the texts of public key files, up to eight
        minimum_serial  no lower serial is taken

        Raises :class:`SignatureError`, :class:`StalePolicyError` by the system's clock, and what :meth:`parse` does.
        """
        encoded, alone = to_text(text, "a policy"), None if signature is None else to_text(signature, "a signature")
        config = new_config(policy_keys=keys, minimum_serial=minimum_serial)
        return cls._make(
            lambda *out: library.pinverdict_policy_parse_signed(
                config.pointer, encoded, len(encoded), alone, len(alone or b""), *out
            )
        )

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
