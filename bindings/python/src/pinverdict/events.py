# SPDX-License-Identifier: Apache-2.0
"""Ends of checks that a program wants to hear of."""

import asyncio
import ctypes
import enum
import itertools
import json
import logging
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from . import _abi
from ._abi import Decision, Reason
from ._library import library
from ._text import spelt
from .verdict import SOFTENED

if TYPE_CHECKING:
    from .checker import Checker

# PINVERDICT_EVENT_CHAIN: with such a buffer, every event is taken whole.
_CHAIN = 16384

# RFC 3339's years have four digits, and datetime's begin with 1.
_FIRST, _LAST = -62135596800, 253402300799
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class EventKind(enum.IntFlag):
    """Which ends are events. Several of them: ``EventKind.FAILED | EventKind.BACKUP``."""

    FAILED = 1
    """Refused, for whatever reason, or softened."""
    BACKUP = 2
    """Matched by backups alone."""
    NOT_PINNED = 4
    """Of hosts without a rule: which there are, and what keys they show."""
    MATCHED = 8
    """Matched, by backups too: every path of a pinned host."""


@dataclass(frozen=True, slots=True)
class Event:
    """The end of a check."""

    time: int
    """By the checker's clock: seconds since 1970 (UTC)."""
    host: str
    """In lower case, an address in its usual form; as it was spelt where it is no host, odd bytes of it as \\xNN."""
    rule: str
    """The host of the rule that decided; "" where none did."""
    decision: Decision
    reason: Reason
    enforced: bool
    """False under report-only or off, or outside the rollout."""
    backup: bool
    """Backups alone matched."""
    resumed: bool
    """The connection resumed a session."""
    truncated: bool
    """The path had more certificates than there are here."""
    matched_depth: int | None
    """Of the match, or of the rejected key: 0 is the leaf; None for none."""
    policy_serial: int
    """Of the policy that decided; 0 where none was asked."""
    repeats: int
    """Ends like this one that were held back since the event before it."""
    chain: tuple[bytes, ...] = field(repr=False)
    """The path in which the pins were looked for, in DER, leaf first; empty where there was none."""

    @property
    def softened(self) -> bool:
        """Allowed only because the policy, the rule or its rollout does not enforce."""
        return self.decision is Decision.ALLOW and not self.enforced and self.reason in SOFTENED

    @property
    def explanation(self) -> str:
        """One line: host, decision, reason, rule."""
        decision = "would be refused" if self.softened else "is allowed" if self.decision else "is refused"
        rule = f"; by the rule {self.rule} of policy {self.policy_serial}" if self.rule else ""
        backup = " by a backup pin" if self.backup else ""
        repeats = f"; and {self.repeats} times before, since the last report" if self.repeats else ""
        return f"{self.host} {decision}: {self.reason}{backup}{rule}{repeats}"

    def report(self) -> dict[str, Any]:
        """What :meth:`to_json` writes: the report of RFC 7469, section 3, with keys of ours added."""
        moment = _EPOCH + timedelta(seconds=min(max(self.time, _FIRST), _LAST))
        return {
            "date-time": moment.isoformat().replace("+00:00", "Z"),
            "hostname": self.host,
            "port": 0,
            "include-subdomains": bool(self.rule) and self.host.endswith("." + self.rule),
            "noted-hostname": self.rule,
            "served-certificate-chain": [],
            "validated-certificate-chain": [ssl.DER_cert_to_PEM_cert(der) for der in self.chain],
            "known-pins": [],
            "decision": self.decision.name.lower(),
            "reason": str(self.reason),
            "enforced": self.enforced,
            "backup": self.backup,
            "resumed": self.resumed,
            "truncated": self.truncated,
            "matched-depth": -1 if self.matched_depth is None else self.matched_depth,
            "policy-serial": self.policy_serial,
            "repeats": self.repeats,
        }

    def to_json(self) -> str:
        """One object on one line, without the newline, as ``docs/event.schema.json`` of the repository describes it:
        what ``pinverdict-text.h`` writes in C."""
        return json.dumps(self.report(), separators=(",", ":"))


class Events:
    """A checker's events. A loop over them (``for``) ends where there are none at the moment; an asynchronous one
    (``async for``, asyncio) waits for the next, and ends with its task.

    Nothing is taken out of the queue before it is asked for: a loop that is left, or cancelled, loses no event. Any
    number of loops may run at once, in threads and tasks; each event goes to one of them.
    """

    __slots__ = ("_checker", "_poll")

    def __init__(self, checker: "Checker", poll: float) -> None:
        self._checker, self._poll = checker, poll

    def __iter__(self) -> Iterator[Event]:
        return self

    def __next__(self) -> Event:
        event = _take(self._checker)
        if event is None:
            raise StopIteration
        return event

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        # A turn for other tasks between two events, too.
        await asyncio.sleep(0)
        while (event := _take(self._checker)) is None:
            await asyncio.sleep(self._poll)
        return event


def log_events(checker: "Checker", logger: logging.Logger | None = None) -> int:
    """Logs the events that there are, and tells how many. Call it every few seconds, wherever the program has time.

    logger  None for the logger ``pinverdict.events``

    Refused is an error; softened, or matched by backups alone, a warning; all else information. The record has the
    :class:`Event` as its ``event``, and as ``pinverdict`` the fields of its JSON, for formatters that write such.
    """
    logger = logger or logging.getLogger("pinverdict.events")
    count = 0
    for event in checker.events():
        count += 1
        level = logging.INFO
        if event.decision is not Decision.ALLOW:
            level = logging.ERROR
        elif event.softened or event.backup:
            level = logging.WARNING
        if logger.isEnabledFor(level):
            logger.log(level, "%s", event.explanation, extra={"event": event, "pinverdict": event.report()})
    return count


def _take(checker: "Checker") -> Event | None:
    taken, der = _abi.Event(ctypes.sizeof(_abi.Event)), (ctypes.c_uint8 * _CHAIN)()
    if library.pinverdict_checker_next_event(checker._open().pointer, ctypes.byref(taken), der, _CHAIN) != 1:
        return None
    return to_event(taken, bytes(der))


def to_event(taken: _abi.Event, der: bytes) -> Event:
    ends = list(itertools.accumulate(taken.sizes[: taken.count]))
    return Event(
        time=taken.time,
        host=spelt(taken.host),
        rule=spelt(taken.rule),
        decision=Decision(taken.decision),
        reason=Reason(taken.reason),
        enforced=taken.enforced,
        backup=taken.backup,
        resumed=taken.resumed,
        truncated=taken.truncated,
        matched_depth=taken.matched_depth if taken.matched_depth >= 0 else None,
        policy_serial=taken.policy_serial,
        repeats=taken.repeats,
        chain=tuple(der[start:end] for start, end in zip([0, *ends], ends)),
    )
