# SPDX-License-Identifier: Apache-2.0
"""Many threads on one checker, while its policy is replaced and while it is closed."""

import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from pki import HOST, PKI

from pinverdict import Checker, Policy, Reason


@pytest.fixture(autouse=True)
def quick_switches() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def in_threads(count: int, work: Callable[[], None], meanwhile: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded) for _ in range(count)]
    for thread in threads:
        thread.start()
    meanwhile()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    if failures:
        raise failures[0]


def test_a_policy_replaced_under_way(pki: PKI) -> None:
    # Odd serials pin the one key, even ones the other: no verdict may be of half a policy.
    texts = [pki.policy(pki.pinned.pin if serial % 2 else pki.other.pin, serial=serial) for serial in range(1, 1001)]
    checker, done, checks = Checker(Policy.parse(texts[0])), threading.Event(), [0]
    missed = [0]

    def check() -> None:
        newest = 0
        while not done.is_set():
            verdict = checker.check_validated(HOST, pki.pinned.path)
            odd = bool(verdict.policy_serial % 2)
            assert verdict.allowed == odd
            assert verdict.reason is (Reason.MATCHED if odd else Reason.NO_MATCH)
            assert verdict.policy_serial >= newest
            pins = verdict.pins_expected
            assert pins is None or not odd and pins[0].digest == pki.other.digest
            missed[0] += not odd and pins is None
            newest = verdict.policy_serial
            checks[0] += 1

    def replace() -> None:
        try:
            for text in texts[1:]:
                checker.set_policy(Policy.parse(text))
        finally:
            done.set()

    in_threads(4, check, replace)
    assert checks[0] > 100 and missed[0] < checks[0] / 2
    assert checker.check_validated(HOST, pki.pinned.path).policy_serial == 1000


@pytest.mark.parametrize("method", ["check_validated", "check_presented"])
def test_closed_while_in_use(pki: PKI, method: str) -> None:
    policy = Policy.parse(pki.policy())
    for _ in range(20):
        checker = Checker(policy, trust_file=pki.trust_file)

        def check() -> None:
            with pytest.raises(ValueError, match="the Checker is closed"):
                while True:
                    assert getattr(checker, method)(HOST, pki.pinned.path).allowed

        def close() -> None:
            time.sleep(0.005)
            checker.close()

        in_threads(3, check, close)


def test_closed_from_within_a_check(pki: PKI) -> None:
    # The clock runs within the check: what it closes must outlive that.
    policy = Policy.parse(pki.policy(rule="expires = 2027-06-30\non-expiry = allow"))
    freed: list[bool] = []

    def now() -> float:
        checker.close()
        freed.append(False)
        return 0

    checker = Checker(policy, clock=now)
    reference = checker._reference
    assert reference is not None
    free = reference._free
    reference._free = lambda pointer: (free(pointer), freed.append(True))[0]
    del reference
    assert checker.check_validated(HOST, pki.pinned.path).allowed
    assert freed == [False, True]


def test_policies_made_and_dropped(pki: PKI) -> None:
    text = pki.policy()

    def make() -> None:
        for _ in range(200):
            with Policy.parse(text) as policy:
                checker = Checker(policy, trust_file=pki.trust_file)
            assert checker.check_validated(HOST, pki.pinned.path).allowed

    in_threads(4, make, lambda: None)
