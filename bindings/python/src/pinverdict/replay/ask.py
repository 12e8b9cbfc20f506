# SPDX-License-Identifier: Apache-2.0
"""Each pair of host and chain, asked once for each span of time in which its verdict is one."""

import os
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .._abi import Reason
from .._nobody import NOBODY
from ..checker import Checker
from ..policy import Policy
from ..verdict import Verdict
from .connection import Connection
from .files import read
from .malformed import Malformed
from .outcome import Outcome
from .problems import Problems
from .records import NOT_THE_PINS, UNSEEN
from .report import Report
from .store import Store
from .summary import summary_of
from .validity import moments_of_anchors

if TYPE_CHECKING:
    from typing_extensions import Buffer

_DAY = 86400


def replay(
    connections: "Iterable[str | os.PathLike[str] | Connection]",
    policy: Policy,
    *,
    against: Policy | None = None,
    validated: bool = False,
    environment: str | None = None,
    install_id: "Buffer | None" = None,
    trust_file: "str | os.PathLike[str] | None" = None,
    memory_limit: str = "1GB",
    folder: str | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> Report:
    """What a policy would have done to connections that were seen.

    connections   names of files ("-": standard input), and :class:`Connection`
    against       the policy in force: the report then says what changes
    validated     the chains of sensors and scanners are paths that a TLS library has validated, and not what was sent;
                  what events of this library have is validated in any case
    environment, install_id, trust_file  as for a :class:`Checker`
    memory_limit  of DuckDB, which keeps what was read on disk, in a folder of its own below `folder`
    progress      is told in a few words how far it is

    Raises what :class:`Checker` does of its settings, and OSError where the trust file or the folder is not there. What
    cannot be read of the files is in the report.
    """
    clock = Clock()
    problems = Problems()
    with Store(memory_limit, folder) as store:
        _read_all(connections, store, problems, progress, validated)
        progress("finding pairs")
        store.resolve()
        span = store.span()
        clock.now = clock.started if span is None else span[0]
        settings: dict[str, Any] = {
            "environment": environment, "install_id": install_id, "trust_file": trust_file, "clock": clock.ask,
            "presented": store.has_presented()}
        checkers = [Checker(each, **settings) for each in (policy, against) if each is not None]
        anchors = moments_of_anchors(os.fspath(trust_file) if trust_file else None)
        expiries = _expiries(store, checkers, clock, span[1]) if span is not None else ()
        store.part([*(anchors if settings["presented"] else ()), *expiries])
        _ask_all(store, checkers, clock, progress)
        return summary_of(store, problems, against is not None)


class Clock:
    """A checker's, that stands at the time of the connection in hand."""

    def __init__(self) -> None:
        self.now = self.started = int(time.time())

    def ask(self) -> float:
        return self.now


def _read_all(
    connections: "Iterable[str | os.PathLike[str] | Connection]", store: Store, problems: Problems,
    progress: Callable[[str], None], are_validated: bool,
) -> None:
    for each in connections:
        if isinstance(each, Connection):
            if each.chain:
                found = [store.add_certificate(der) for der in each.chain]
                store.add_connection(each.host, found, each.time, each.count, each.is_validated or are_validated)
            else:
                store.add_not_asked(UNSEEN, each.count)
            continue
        path = os.fspath(each)
        progress(f"reading {path}")
        try:
            size = 0 if path == "-" else os.path.getsize(path)
            read(path, store, problems, lambda at: progress(f"reading {path}, {100 * at // max(size, 1)} %"),
                 are_validated)
        except (OSError, Malformed) as error:
            problems.add_unread(path, getattr(error, "strerror", None) or str(error))


def _expiries(store: Store, checkers: list[Checker], clock: Clock, last: int) -> set[int]:
    """When the pins expire of rules that decide for a host: those that have done so at last, by asking."""
    found: set[int] = set()
    for checker in checkers:
        first = checker.policy_info().first_expiry
        if first is None or first > last:
            continue
        days, rules = range(first, last + 1, _DAY), set()
        for host in store.hosts():
            rule = _expired(checker, host, last, clock)
            if rule is not None and rule not in rules:
                rules.add(rule)
                found.add(days[bisect_left(
                    days, True, key=lambda day: _expired(checker, host, day, clock) is not None)])
    return found


def _expired(checker: Checker, host: str, now: int, clock: Clock) -> str | None:
    """The host's rule, where its pins have expired."""
    clock.now = now
    verdict = checker.check_validated(host, [NOBODY])
    return verdict.rule if verdict.reason is Reason.PINS_EXPIRED else None


def _ask_all(store: Store, checkers: list[Checker], clock: Clock, progress: Callable[[str], None]) -> None:
    count = 0
    for chain, pairs in store.pairs():
        for pair in pairs:
            answer = answer_of(checkers, pair.host, chain, pair.time, pair.is_validated, clock)
            store.add_answer(pair.number, *answer)
            count += 1
            if count % 5_000 == 0:
                progress(f"{count} pairs asked")
    store.flush()


def answer_of(
    checkers: list[Checker], host: str, chain: Sequence[bytes], now: int | None, is_validated: bool, clock: Clock
) -> tuple[str, str, str, bool, str, str]:
    """Rule, outcome, reason, backup; and outcome and reason by the last of the checkers."""
    clock.now = clock.started if now is None else now
    verdicts = [(checker.check_validated if is_validated else checker.check_presented)(host, chain)
                for checker in checkers]
    verdict, before = verdicts[0], verdicts[-1]
    return (verdict.rule or "", _outcome(verdict), str(verdict.reason), verdict.backup, _outcome(before),
            str(before.reason))


def _outcome(verdict: Verdict) -> str:
    if verdict.allowed:
        return Outcome.SOFTENED if verdict.softened else Outcome.ALLOWED
    return Outcome.NOT_THE_PINS if str(verdict.reason) in NOT_THE_PINS else Outcome.REFUSED
