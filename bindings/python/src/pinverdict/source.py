# SPDX-License-Identifier: Apache-2.0
"""A policy's file that is followed."""

import ctypes
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ._arguments import to_path
from ._config import ask, new_config
from ._handle import Handle, Reference, new_error
from ._library import library
from .checker import Checker
from .errors import raise_for_status
from .policy import Policy

if TYPE_CHECKING:
    from typing_extensions import Buffer

    Path = str | bytes | os.PathLike[str] | os.PathLike[bytes]


class Source(Handle):
    """Follows a policy's file for one checker: :meth:`load` for the first policy, :meth:`refresh` every few seconds.

    For any number of threads; of two calls at a time one waits for the other. Close it, use it as a context manager, or
    leave it to be collected.

    path            the policy; with policy_keys and without a signature, one file that holds both, as
                    ``signify -S -e`` writes it
    signature       the signature's file: signify's .sig, or the .minisig of ``minisign -S -l``
    state           a file that remembers the highest serials from one start of the program to the next
    policy_keys, minimum_serial, environment, install_id, clock
                    as of :class:`Checker`: give both the same
    """

    __slots__ = ()

    def __init__(
        self,
        path: "Path",
        *,
        signature: "Path | None" = None,
        state: "Path | None" = None,
        policy_keys: "Iterable[str | Buffer]" = (),
        minimum_serial: int = 0,
        environment: str | None = None,
        install_id: "Buffer | None" = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._reference = None
        paths = [None if each is None else to_path(each) for each in (path, signature, state)]
        config = new_config(
            policy_keys=policy_keys, minimum_serial=minimum_serial, environment=environment, install_id=install_id,
            clock=clock,
        )
        pointer, error = ctypes.c_void_p(), new_error()
        status = library.pinverdict_source_create(config.pointer, *paths, ctypes.byref(pointer), ctypes.byref(error))
        raise_for_status(status, "the source", error)
        self._reference = Reference(pointer, library.pinverdict_source_free, config.keep)

    def load(self) -> Policy:
        """Reads the policy, to make the checker with.

        Raises OSError for a file, the state's too, and what :meth:`Policy.parse_signed` and :class:`Checker` raise for
        a policy.
        """
        source = self._open()
        ask(source)
        return Policy._make(lambda *out: library.pinverdict_source_load(source.pointer, *out))

    def refresh(self, checker: Checker) -> bool:
        """Sets what is in the file, if that has changed: True where a policy was set.

        Raises what :meth:`load` and :meth:`Checker.set_policy` raise, at each call until the file changes; the policy
        in force stays in force then.
        """
        if not isinstance(checker, Checker):
            raise TypeError(f"checker must be a Checker, not {type(checker).__name__}")
        error, changed, source, held = new_error(), ctypes.c_bool(), self._open(), checker._open()
        ask(source)
        ask(held)
        status = library.pinverdict_source_refresh(
            source.pointer, held.pointer, ctypes.byref(changed), ctypes.byref(error)
        )
        raise_for_status(status, "the policy", error)
        return changed.value
