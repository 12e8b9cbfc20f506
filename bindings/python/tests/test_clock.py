# SPDX-License-Identifier: Apache-2.0
"""A checker's Python clock: no exception within a check is lost, and none makes a verdict for another time."""

import gc
import itertools
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest
from pki import HOST, PKI

from pinverdict import Checker, Policy, Reason

EXPIRY = "expires = 2020-01-01\non-expiry = refuse"


class Interruption(Exception):
    pass


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The exceptions that Python reported instead of raising them."""
    found: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", found.append)
    yield found


def checker_of(pki: PKI, clock: Callable[[], float]) -> Checker:
    """Allows before 2020, and so in the year 1970 of a clock that gave no answer; refuses afterwards."""
    return Checker(Policy.parse(pki.policy(rule=EXPIRY)), clock=clock, trust_file=pki.trust_file)


def test_that_a_lost_answer_would_allow(pki: PKI) -> None:
    # What the other tests rest on.
    assert checker_of(pki, lambda: 0).check_validated(HOST, pki.pinned.path).allowed
    assert checker_of(pki, time.time).check_validated(HOST, pki.pinned.path).reason is Reason.PINS_EXPIRED


@pytest.mark.parametrize("method", ["check_validated", "check_presented"])
def test_an_exception_at_every_byte_code(pki: PKI, lost: list[Any], method: str) -> None:
    # As a signal's handler may raise it, of which there is no telling where.
    def now() -> float:
        return time.time()

    checker, path = checker_of(pki, now), pki.pinned.path
    due = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal due
        # What a weak reference's callback raises, Python prints: it may come at any moment, and is nobody's to lose.
        if frame.f_code.co_filename.endswith(("/weakref.py", "/_weakrefset.py")):
            return None
        frame.f_trace_opcodes = True
        due -= 1
        if due == 0:
            raise Interruption(frame.f_code.co_name)
        return trace

    interrupted, before = set(), sys.gettrace()
    for moment in itertools.count(1):
        due, verdict = moment, None
        try:
            sys.settrace(trace)
            verdict = getattr(checker, method)(HOST, path)
        except Interruption as interruption:
            interrupted.add(interruption.args[0])
        finally:
            sys.settrace(before)
        assert verdict is None or verdict.reason is Reason.PINS_EXPIRED
        assert not lost, f"at {moment}: {lost[0].exc_value}"
        if due > 0:  # A check that had fewer moments, and ended.
            break
    assert verdict is not None and moment > 30 and {"now", method} <= interrupted


def test_signals_whose_handler_raises(pki: PKI, lost: list[Any]) -> None:
    checker, path = checker_of(pki, time.time), pki.pinned.path
    armed, raised, caught, verdicts = False, 0, 0, set()

    def handle(number: int, frame: object) -> None:
        nonlocal raised
        if armed:
            raised += 1
            raise Interruption

    def check() -> None:
        nonlocal armed
        try:
            armed = True
            signal.setitimer(signal.ITIMER_REAL, 0.0002 + time.perf_counter_ns() % 97 * 1e-6)
            for _ in range(200):
                verdicts.add(checker.check_validated(HOST, path).reason)
        finally:
            armed = False

    before = signal.signal(signal.SIGALRM, handle)
    try:
        end = time.monotonic() + 2
        while time.monotonic() < end:
            try:
                check()
            except Interruption:
                caught += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not lost and raised == caught > 20
    assert verdicts == {Reason.PINS_EXPIRED}


@pytest.mark.parametrize("method", ["check_validated", "check_presented"])
def test_each_check_asks_once_and_first(pki: PKI, method: str) -> None:
    asked: list[float] = []

    def now() -> float:
        asked.append(1.8e9)
        return asked[-1]

    # Whether or not the policy has a date.
    for checker in (checker_of(pki, now), Checker(Policy.parse(pki.policy()), clock=now, trust_file=pki.trust_file)):
        assert not asked
        getattr(checker, method)(HOST, pki.pinned.path)
        assert len(asked) == 1
        with pytest.raises(TypeError):
            getattr(checker, method)(HOST, [None])
        checker.pins_expected(HOST)
        assert len(asked) == 1
        checker.set_policy(Policy.parse(pki.policy(serial=2)))
        assert len(asked) == 2
        asked.clear()


@pytest.mark.parametrize("seconds, reason", [
    (-(2**63), Reason.MATCHED), (-1, Reason.MATCHED), (0, Reason.MATCHED), (1577923199, Reason.MATCHED),
    (1577923200, Reason.PINS_EXPIRED), (2**31, Reason.PINS_EXPIRED), (2**63 - 1, Reason.PINS_EXPIRED),
])
def test_every_number_arrives(pki: PKI, seconds: int, reason: Reason) -> None:
    assert checker_of(pki, lambda: seconds).check_validated(HOST, pki.pinned.path).reason is reason


def test_each_thread_has_its_own_answer(pki: PKI) -> None:
    own, failures, barrier = threading.local(), [], threading.Barrier(4)
    checker = checker_of(pki, lambda: own.now)

    def work(now: float, reason: Reason) -> None:
        own.now = now
        barrier.wait(20)
        for _ in range(2000):
            verdict = checker.check_validated(HOST, pki.pinned.path)
            if verdict.reason is not reason:
                failures.append(verdict)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        rows = [(0.0, Reason.MATCHED), (4e9, Reason.PINS_EXPIRED)] * 2
        threads = [threading.Thread(target=work, args=row) for row in rows]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
    finally:
        sys.setswitchinterval(interval)
    assert not failures


def test_a_check_of_another_checker_within_a_check(pki: PKI) -> None:
    inner = checker_of(pki, lambda: 0)
    expired = [checker_of(pki, lambda: 4e9) for _ in range(2)]
    path = pki.pinned.path

    # From the clock, and between the clock and the library's check, where a signal handler may run.
    def now() -> float:
        assert inner.check_validated(HOST, path).allowed
        return 4e9

    assert checker_of(pki, now).check_validated(HOST, path).reason is Reason.PINS_EXPIRED
    for checker in expired:
        keep = checker._reference.keep  # type: ignore[union-attr]
        ask = keep.ask
        keep.ask = lambda: (ask(), inner.check_validated(HOST, path))
        assert checker.check_validated(HOST, path).reason is Reason.PINS_EXPIRED


def test_clocks_are_given_back_and_run_out_with_an_error(pki: PKI) -> None:
    policy = Policy.parse(pki.policy(rule=EXPIRY))
    for _ in range(3000):
        Checker(policy, clock=time.time, trust_file=pki.trust_file).close()
    gc.collect()
    open_ones: list[Checker] = []
    with pytest.raises(MemoryError, match="close checkers"):
        while len(open_ones) < 3000:
            open_ones.append(Checker(policy, clock=time.time, trust_file=pki.trust_file))
    assert len(open_ones) > 100
    assert open_ones[-1].check_validated(HOST, pki.pinned.path).reason is Reason.PINS_EXPIRED
    open_ones.pop().close()
    assert not Checker(policy, clock=time.time, trust_file=pki.trust_file).check_validated(HOST, pki.pinned.path)


def test_a_clock_whose_storage_is_gone_gives_no_verdict(pki: PKI) -> None:
    # As where it is collected in a cycle, before one that uses the checker once more.
    checker = checker_of(pki, lambda: 0)
    checker._reference.keep.slot.__del__()  # type: ignore[union-attr]
    with pytest.raises(MemoryError):
        checker.check_validated(HOST, pki.pinned.path)
