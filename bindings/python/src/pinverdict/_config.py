# SPDX-License-Identifier: Apache-2.0
"""The settings of checkers and sources, as Python callers give them."""

import ctypes
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from . import _abi
from ._abi import Backend
from ._arguments import to_bytes, to_text
from ._handle import Reference
from ._library import library
from .errors import raise_for_status
from .events import EventKind

if TYPE_CHECKING:
    from typing_extensions import Buffer

# Python's own thread-specific storage (tss): C functions, of which the library may call the last without Python.
_tss_alloc = ctypes.PYFUNCTYPE(ctypes.c_void_p)(("PyThread_tss_alloc", ctypes.pythonapi))
_tss_create = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(("PyThread_tss_create", ctypes.pythonapi))
_tss_set = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int64)(("PyThread_tss_set", ctypes.pythonapi))
_tss_free = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(("PyThread_tss_free", ctypes.pythonapi))
_tss_get = ctypes.cast(ctypes.pythonapi["PyThread_tss_get"], _abi.Clock)


class _Clock:
    """A Python clock, asked before each check; the library then reads the thread's answer by :attr:`function`.

    No Python runs inside the library: there an exception, such as one of a signal handler, could not reach the
    caller, and the check would go on with a time that nobody gave.
    """

    function = _tss_get

    def __init__(self, now: Callable[[], float]) -> None:
        if ctypes.sizeof(ctypes.c_void_p) < ctypes.sizeof(ctypes.c_int64):
            raise RuntimeError("a clock needs a 64-bit Python: an answer has the size of a pointer")
        self._now = now
        # One for each checker, so that a check within a check, as a signal handler may make, leaves the answers of
        # other clocks alone.
        self.slot = Reference(ctypes.c_void_p(_tss_alloc()), _tss_free)
        if not self.slot.pointer or _tss_create(self.slot.pointer):
            raise MemoryError("no room for another clock: close checkers that have one")

    def ask(self) -> None:
        seconds = int(self._now())
        if not -(2**63) <= seconds < 2**63:
            raise OverflowError(f"the clock says {seconds}")
        self.answer(seconds)

    def answer(self, seconds: int) -> None:
        if not self.slot.pointer or _tss_set(self.slot.pointer, seconds):
            raise MemoryError("no room for the clock's answer")


def new_config(
    *,
    backend: Backend = Backend.AUTO,
    cross_check: bool = False,
    environment: str | None = None,
    install_id: "Buffer | None" = None,
    clock: Callable[[], float] | None = None,
    trust_file: bytes | None = None,
    presented: bool = False,
    policy_keys: "Iterable[str | Buffer]" = (),
    minimum_serial: int = 0,
    events: EventKind | None = None,
    event_memory: int = 0,
    repeat_after: int = 0,
) -> Reference:
    """A config, which keeps its clock."""
    if environment is not None and not isinstance(environment, str):
        raise TypeError(f"environment must be str, not {type(environment).__name__}")
    if clock is not None and not callable(clock):
        raise TypeError("clock must be callable")
    keep = _Clock(clock) if clock is not None else None
    if not 0 <= minimum_serial < 2**64:
        raise OverflowError(f"minimum_serial is {minimum_serial}")
    # ctypes would take a number that is too large for another one.
    if not 0 <= event_memory < 2**32 or not 0 <= repeat_after < 2**32:
        raise OverflowError(f"event_memory is {event_memory}, repeat_after {repeat_after}")
    if isinstance(policy_keys, (str, bytes)):
        raise TypeError("policy_keys takes a list of keys")
    keys = [to_text(key, "a key") for key in policy_keys]
    pointer = ctypes.c_void_p()
    raise_for_status(library.pinverdict_config_create(ctypes.byref(pointer)), "the settings")
    config = Reference(pointer, library.pinverdict_config_free, keep)

    def configure(setting: str, *values: object) -> None:
        function = getattr(library, f"pinverdict_config_set_{setting}")
        raise_for_status(function(config.pointer, *values), setting)

    configure("backend", Backend(backend))
    configure("cross_check", bool(cross_check))
    configure("presented", bool(presented))
    configure("minimum_serial", minimum_serial)
    if events is not None:
        configure("events", EventKind(events), event_memory, repeat_after)
    if environment is not None:
        # "" is refused, and at a NUL C would stop to read.
        configure("environment", b"" if "\0" in environment else environment.encode())
    if install_id is not None:
        identity = to_bytes(install_id, "install_id")
        configure("install_id", identity, len(identity))
    if keep is not None:
        configure("clock", keep.function, keep.slot.pointer)
    if trust_file is not None:
        configure("trust_file", trust_file)
    for key in keys:
        status = library.pinverdict_config_add_policy_key(config.pointer, key, len(key))
        raise_for_status(status, "policy_keys takes up to eight public keys of signify's or minisign's")
    return config


def ask(reference: Reference) -> None:
    """Asks the clock of what has one, before the library does."""
    if reference.keep is not None:
        reference.keep.ask()


def ask_if_dated(reference: Reference, call: Callable[[], int]) -> int:
    """The status of a call that asks the clock for a policy's valid-until alone: of no other policy it is asked."""
    if reference.keep is None:
        return call()
    reference.keep.answer(2**63 - 1)
    status = call()
    if status != _abi.Status.STALE_POLICY:
        return status
    reference.keep.ask()
    return call()
