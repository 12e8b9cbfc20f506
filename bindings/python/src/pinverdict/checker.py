# SPDX-License-Identifier: Apache-2.0
"""Checkers: do our pins allow this connection?"""

import ctypes
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _abi, counters, metrics
from ._abi import Backend, Decision, PinKind, PinList
from ._arguments import to_chain, to_host, to_path
from ._config import ask, ask_if_dated, new_config
from ._handle import Handle, Reference, new_error
from ._library import library
from .counters import Count, EventCounts, PolicyInfo, RuleCount
from .errors import raise_for_status
from .events import EventKind, Events
from .pins import ExpectedPin
from .policy import Policy
from .verdict import Verdict, to_verdict

if TYPE_CHECKING:
    from typing_extensions import Buffer

class _Room(NamedTuple):
    """Room for a verdict of the library's. A check has one for itself, so that neither another thread nor a check in a
    signal's handler writes into it, and leaves it to the next; one whose check was interrupted is not."""

    verdict: _abi.Verdict
    pointer: Any
    view: memoryview

    @classmethod
    def new(cls) -> "_Room":
        verdict = _abi.Verdict(ctypes.sizeof(_abi.Verdict))
        return cls(verdict, ctypes.byref(verdict), memoryview(verdict))


_spare: dict[None, _Room] = {}

# An enum takes its time to find a member.
_ALLOW = int(Decision.ALLOW)


class Checker(Handle):
    """Answers whether the pins allow a connection, under the policy that it holds at the moment.

    For any number of threads at once; one that was made before a fork works in the child. Close it, use it as a
    context manager, or leave it to be collected.

    backend      the TLS library that hashes and validates; AUTO is OpenSSL where it is built in
    cross_check  has that library's own parser read every certificate too, and refuses where the two differ;
                 about a thousand times as slow
    environment  the one that this process runs in, of those that the policy declares
    install_id   1 to 256 bytes that tell this installation from others, for rollout-percent; the same from start
                 to start
    clock        a function that returns the seconds since 1970, UTC, for expiry dates and validity; it must not
                 have this checker check. It is asked once, by each check and before it, even where the policy has no
                 dates, and for each policy. What it raises, the check raises
    trust_file   a PEM file of trust anchors for check_presented, read now; None is the system's store
    presented    False for a checker without check_presented, which loads no trust store: made in microseconds
    policy_keys  the texts of public key files of signify's or minisign's, up to eight: the checker then takes no policy
                 that none of them has signed. See :meth:`Policy.parse_signed` and :class:`Source`
    minimum_serial  that of the policy which the program was shipped with: no lower one is taken
    events       which ends of checks :meth:`events` tells, such as ``EventKind.FAILED | EventKind.BACKUP``; without it
                 none
    event_memory bytes for the queue of them, 64 KiB to 64 MiB, of which as much is in use as was ever needed: what
                 finds no room is counted as lost
    repeat_after seconds for which an event's likes (host, reason, path) are held back and counted

    Raises :class:`PolicyError` where the policy needs an environment or an install id that is not given, or is not to
    be taken (:class:`SignatureError`, :class:`StalePolicyError`), OSError
    for the trust file, RuntimeError where the backend is not built in, ValueError and TypeError for arguments that
    are none, MemoryError.
    """

    __slots__ = ()

    def __init__(
        self,
        policy: Policy,
        *,
        backend: Backend = Backend.AUTO,
        cross_check: bool = False,
        environment: str | None = None,
        install_id: "Buffer | None" = None,
        clock: Callable[[], float] | None = None,
        trust_file: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None = None,
        presented: bool = True,
        policy_keys: "Iterable[str | Buffer]" = (),
        minimum_serial: int = 0,
        events: EventKind | None = None,
        event_memory: int = 1 << 20,
        repeat_after: int = 3600,
    ) -> None:
        self._reference = None
        if not isinstance(policy, Policy):
            raise TypeError(f"policy must be a Policy, not {type(policy).__name__}")
        path = to_path(trust_file) if trust_file is not None else None
        config = new_config(
            backend=backend, cross_check=cross_check, environment=environment, install_id=install_id, clock=clock,
            trust_file=path, presented=presented, policy_keys=policy_keys, minimum_serial=minimum_serial,
            events=events, event_memory=event_memory, repeat_after=repeat_after,
        )
        pointer, error, held = ctypes.c_void_p(), new_error(), policy._open()
        status = ask_if_dated(
            config,
            lambda: int(
                library.pinverdict_checker_create(
                    held.pointer, config.pointer, ctypes.byref(pointer), ctypes.byref(error)
                )
            ),
        )
        raise_for_status(status, "the checker", error, path)
        self._reference = Reference(pointer, library.pinverdict_checker_free, config.keep)

    def set_policy(self, policy: Policy) -> None:
        """Replaces the policy, atomically: a check runs under the old one or the new one, whole.

        Raises :class:`PolicyError` where the serial is lower than the one in force, or the same with another text,
        where the policy needs a setting that this checker lacks, where none of the checker's keys has signed it
        (:class:`SignatureError`), and where it is stale (:class:`StalePolicyError`); the old policy stays in force
        then.
        """
        if not isinstance(policy, Policy):
            raise TypeError(f"policy must be a Policy, not {type(policy).__name__}")
        error, checker, held = new_error(), self._open(), policy._open()
        ask(checker)
        status = library.pinverdict_checker_set_policy(checker.pointer, held.pointer, ctypes.byref(error))
        raise_for_status(status, "the policy", error)

    def check_validated(self, host: str, chain: "Iterable[Buffer]") -> Verdict:
        """Do the pins allow a connection to host over this path?

        host   the name or address that the program wanted to reach, never one that the peer gave
        chain  the path that the TLS library validated, leaf first and trust anchor last, each certificate in DER
               in any bytes-like object. Never the list that the peer sent: see :meth:`check_presented`

        A refusal is a :class:`Verdict` that is false; :meth:`Verdict.raise_for_refusal` makes an exception of it.
        Raises TypeError for a host that is not str and for a certificate that is not bytes-like.
        """
        name = to_host(host)
        certificates, array = to_chain(chain)
        checker, decision, room = self._ask(library.pinverdict_check_validated, name, array, len(certificates))
        return _tell(checker, decision, room, name, host, certificates)

    def check_presented(self, host: str, chain: "Iterable[Buffer]", *, with_path: bool = False) -> Verdict:
        """The same for the list that the peer sent, leaf first: the backend validates it to a path (trust store,
        time, server purpose, host name), and the pins are looked for in that path alone.

        with_path  has the verdict tell the path too, by a callback from within the check: what a signal's handler
                   raises in that moment, Python reports (sys.unraisablehook) and does not raise
        """
        path: list[bytes] = []

        def see(argument: object, certificates: "ctypes._Pointer[_abi.LentBytes]", count: int) -> None:
            path.extend(ctypes.string_at(certificate.data, certificate.size) for certificate in certificates[:count])

        def check(*arguments: object) -> int:
            return int(library.pinverdict_check_presented_path(*arguments, _abi.PathFunction(see), None))

        name = to_host(host)
        sent, array = to_chain(chain)
        asked = check if with_path else library.pinverdict_check_presented
        checker, decision, room = self._ask(asked, name, array, len(sent))
        return _tell(checker, decision, room, name, host, tuple(path), sent)

    def pins_expected(self, host: str) -> tuple[ExpectedPin, ...]:
        """The pins that a check of a connection to host looks for, under the policy of the moment: the deciding rule's
        own, then those of its sets, each once. None for a host without a rule, and where the rule or the policy is
        off. Keys that the policy rejects are not among them.

        Raises ValueError for a host that is neither a name nor an address, TypeError for one that is not str.
        """
        return _pins(self._open(), to_host(host))[1]

    def counts(self) -> tuple[Count, ...]:
        """How checks ended, by reason, decision, enforcement and backup: those that never happened too, with 0.

        Every check counts once, of whatever thread, and of the processes that were forked after the checker was made.
        The counts never go down.
        """
        return counters.counts(self._open())

    def rule_counts(self) -> tuple[RuleCount, ...]:
        """What came of checks, by rule: the first 255 rules of a policy, and all others together."""
        return counters.rule_counts(self._open())

    def policy_info(self) -> PolicyInfo:
        """The policy in force: its serial, since when, the first expiry, and how many were offered."""
        return counters.policy_info(self._open())

    def event_counts(self) -> EventCounts:
        """What became of the ends that are :meth:`events`: of all processes together."""
        return counters.event_counts(self._open())

    def metrics(self) -> str:
        """All of these numbers in Prometheus' text format 0.0.4, whose content type is ``text/plain; version=0.0.4``.
        For prometheus_client there is ``pinverdict.prometheus.CheckerCollector``."""
        return metrics.text(self._open())

    def events(self, *, poll: float = 1.0) -> Events:
        """The ends of checks that the checker was made to take up, as they come.

            for event in checker.events(): ...        those that there are
            async for event in checker.events(): ...  those that come, too: asyncio

        poll  seconds after which an asynchronous loop looks again where there were none

        The queue is of this process: one that is forked begins with an empty one. A loop over the events of a checker
        that is closed raises ValueError.
        """
        if not poll > 0:
            raise ValueError(f"poll must be more than 0, not {poll!r}")
        self._open()
        return Events(self, poll)

    def _objection(self, host: str, path: "Iterable[Buffer]") -> Verdict | None:
        """:meth:`check_validated` that makes a verdict only where there is something to tell: None of a connection that
        is allowed by what is enforced."""
        name = to_host(host)
        certificates, array = to_chain(path)
        checker, decision, room = self._ask(library.pinverdict_check_validated, name, array, len(certificates))
        if decision == _ALLOW and room.verdict.enforced:
            _spare[None] = room
            return None
        return _tell(checker, decision, room, name, host, certificates)

    def _ask(self, check: Callable[..., int], *arguments: object) -> tuple[Reference, int, _Room]:
        checker = self._open()
        ask(checker)
        room = _spare.pop(None, None) or _Room.new()
        return checker, check(checker.pointer, *arguments, room.pointer), room


def _tell(
    checker: Reference, decision: int, room: _Room, name: bytes, host: str, chain: tuple[bytes, ...],
    sent: tuple[bytes, ...] = (),
) -> Verdict:
    """What the check wrote into the room, which is not its own afterwards."""
    written = room.view.tobytes()
    _spare[None] = room
    verdict = to_verdict(decision, written, name, host, chain, sent)
    if verdict.policy_serial and (verdict.softened or not verdict.allowed):
        serial, pins = _pins(checker, name)
        if serial == verdict.policy_serial:
            return replace(verdict, pins_expected=pins)
    return verdict


def _pins(checker: Reference, host: bytes) -> tuple[int, tuple[ExpectedPin, ...]]:
    """The serial of the policy of the moment, and the pins that a check of a connection to host looks for."""
    count, serial, error = ctypes.c_size_t(16), ctypes.c_uint64(), new_error()
    pins: ctypes.Array[_abi.Pin] = (_abi.Pin * 0)()
    while count.value > len(pins):
        pins = (_abi.Pin * count.value)()
        status = library.pinverdict_checker_pins(
            checker.pointer, host, pins, len(pins), ctypes.byref(count), ctypes.byref(serial), ctypes.byref(error)
        )
        raise_for_status(status, "the pins", error)
    return serial.value, tuple(
        ExpectedPin(PinKind(pin.kind), bytes(pin.digest), PinList(pin.list), pin.backup) for pin in pins[: count.value]
    )
