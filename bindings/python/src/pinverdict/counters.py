# SPDX-License-Identifier: Apache-2.0
"""What a checker has counted, over all threads and over the processes that were forked after it was made."""

import ctypes
from dataclasses import dataclass

from . import _abi
from ._abi import Decision, Reason
from ._handle import Reference, new_error
from ._library import library
from ._text import spelt
from .errors import raise_for_status


@dataclass(frozen=True, slots=True)
class Count:
    """How often checks came to one end."""

    reason: Reason
    decision: Decision
    enforced: bool
    backup: bool
    checks: int


@dataclass(frozen=True, slots=True)
class RuleCount:
    """What came of checks under one rule; those that looked for no pins and allowed are not among them."""

    rule: str
    """The host of its section's header; "" for all rules that have no row of their own. ASCII, whatever another process
    may have written there."""
    matched: int
    backup: int
    """Backups alone matched."""
    softened: int
    """Would have been refused, and was allowed."""
    refused: int
    last_failure: int | None
    """When one was softened or refused: seconds since 1970 (UTC)."""


@dataclass(frozen=True, slots=True)
class PolicyInfo:
    """The policy in force in this process, and how many were offered."""

    serial: int
    since: int
    """When it was set: seconds since 1970 (UTC)."""
    first_expiry: int | None
    """The first moment at which pins expire: seconds since 1970 (UTC)."""
    valid_until: int | None
    """The first moment at which the policy is stale: seconds since 1970 (UTC)."""
    enforcement: str
    """Of [policy]: "off", "report-only" or "enforce"."""
    rules: int
    sets: int
    """Policies that came into force after the first."""
    outdated: int
    """Policies that were refused for their serial."""
    rejected: int
    """Policies that were refused for anything else: a setting, a signature, a date."""


@dataclass(frozen=True, slots=True)
class EventCounts:
    """What became of the ends of checks that are events: each is one of three."""

    queued: int
    """Put in a queue, taken since or not."""
    repeated: int
    """Held back, since one like them had been queued lately."""
    lost: int
    """The queue had no room, or another thread was writing to it at that moment."""


def counts(checker: Reference) -> tuple[Count, ...]:
    found, count, error = (_abi.Count * 128)(), ctypes.c_size_t(), new_error()
    status = library.pinverdict_checker_counts(
        checker.pointer, found, len(found), ctypes.byref(count), ctypes.byref(error)
    )
    raise_for_status(status, "the counts", error)
    return tuple(
        Count(Reason(each.reason), Decision(each.decision), each.enforced, each.backup, each.checks)
        for each in found[: count.value]
    )


def rule_counts(checker: Reference) -> tuple[RuleCount, ...]:
    found, count, error = (_abi.RuleCount * 256)(), ctypes.c_size_t(), new_error()
    status = library.pinverdict_checker_rule_counts(
        checker.pointer, found, len(found), ctypes.byref(count), ctypes.byref(error)
    )
    raise_for_status(status, "the counts", error)
    return tuple(
        RuleCount(
            spelt(each.rule),
            each.matched,
            each.backup,
            each.softened,
            each.refused,
            each.last_failure or None,
        )
        for each in found[: count.value]
    )


def event_counts(checker: Reference) -> EventCounts:
    totals = _totals(checker)
    return EventCounts(totals.queued, totals.repeated, totals.lost)


def policy_info(checker: Reference) -> PolicyInfo:
    info, totals = _abi.PolicyInfo(ctypes.sizeof(_abi.PolicyInfo)), _totals(checker)
    raise_for_status(library.pinverdict_checker_policy_info(checker.pointer, ctypes.byref(info)), "the policy")
    return PolicyInfo(
        info.serial, info.since, info.first_expiry or None, info.valid_until or None,
        ("off", "report-only", "enforce")[info.enforcement], info.rules, totals.sets, totals.outdated, totals.rejected,
    )


def _totals(checker: Reference) -> _abi.Totals:
    totals = _abi.Totals(ctypes.sizeof(_abi.Totals))
    raise_for_status(library.pinverdict_checker_totals(checker.pointer, ctypes.byref(totals)), "the counts")
    return totals
