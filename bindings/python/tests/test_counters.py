# SPDX-License-Identifier: Apache-2.0
"""What a checker has counted."""

import os
import socket
import threading
import time

import pytest
from loopback import PATIENCE, TLSServer
from pki import HOST, PKI

from pinverdict import (
    Checker,
    Decision,
    PinVerdictError,
    Policy,
    PolicyError,
    Reason,
    RuleCount,
    pinned_context,
)


def counted(checker: Checker) -> "dict[tuple[Reason, Decision, bool, bool], int]":
    """Of those ends that there were."""
    return {(each.reason, each.decision, each.enforced, each.backup): each.checks
            for each in checker.counts() if each.checks}


@pytest.fixture
def right(pki: PKI) -> Checker:
    """One of its own, as others count in theirs."""
    return Checker(Policy.parse(pki.policy()))


def row_of(checker: Checker, rule: str) -> RuleCount:
    (row,) = (each for each in checker.rule_counts() if each.rule == rule)
    return row


def test_zeros_from_the_start(right: Checker) -> None:
    assert counted(right) == {}
    reasons = {each.reason for each in right.counts()}
    assert reasons == set(Reason) - {Reason.NONE}
    row = row_of(right, HOST)
    assert (row.rule, row.matched, row.backup, row.softened, row.refused, row.last_failure) == (HOST, 0, 0, 0, 0, None)


def test_every_check_counts_once(pki: PKI, right: Checker) -> None:
    for _ in range(3):
        right.check_validated(HOST, pki.pinned.path)
    right.check_validated("other.example", pki.pinned.path)
    right.check_validated("a..b", pki.pinned.path)
    assert counted(right) == {
        (Reason.MATCHED, Decision.ALLOW, True, False): 3,
        (Reason.NOT_PINNED, Decision.ALLOW, True, False): 1,
        (Reason.MALFORMED_HOSTNAME, Decision.REFUSE, True, False): 1,
    }
    began, wrong = int(time.time()), Checker(Policy.parse(pki.policy(pki.other.pin)))
    wrong.check_validated(HOST, pki.pinned.path)
    row = row_of(wrong, HOST)
    assert (row.matched, row.refused) == (0, 1)
    assert row.last_failure is not None and began <= row.last_failure <= time.time()


def test_presented_chains(pki: PKI) -> None:
    checker = Checker(Policy.parse(pki.policy()), trust_file=pki.trust_file)
    for with_path in (False, True):
        checker.check_presented(HOST, pki.pinned.path, with_path=with_path)
        checker.check_presented("other.example", pki.pinned.path, with_path=with_path)
    assert counted(checker) == {
        (Reason.MATCHED, Decision.ALLOW, True, False): 2,
        (Reason.HOSTNAME_MISMATCH, Decision.REFUSE, True, False): 2,
    }


@pytest.mark.parametrize("pins_match", [True, False])
def test_a_pinned_context_checks_once(pki: PKI, server: TLSServer, pins_match: bool) -> None:
    """A connection is a check, whatever is then done with it; and so is one that is refused."""
    checker = Checker(Policy.parse(pki.policy() if pins_match else pki.policy(pki.other.pin)))
    context = pinned_context(checker, pki.client_context())
    end = (Reason.MATCHED, Decision.ALLOW) if pins_match else (Reason.NO_MATCH, Decision.REFUSE)
    for times in (1, 2, 3):
        try:
            connection = socket.create_connection((server.host, server.port), PATIENCE)
            with context.wrap_socket(connection, server_hostname=HOST) as stream:
                stream.sendall(b"GET / HTTP/1.0\r\n\r\n")
                stream.recv(4096)
        except PinVerdictError:
            assert not pins_match
        assert counted(checker) == {(*end, True, False): times}


def test_threads_and_forks(pki: PKI, right: Checker) -> None:
    def check() -> None:
        for _ in range(200):
            right.check_validated(HOST, pki.pinned.path)

    threads = [threading.Thread(target=check) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    child = os.fork()
    if child == 0:
        check()
        os._exit(0)
    os.waitpid(child, 0)
    assert counted(right) == {(Reason.MATCHED, Decision.ALLOW, True, False): 9 * 200}


def test_the_policy_in_force(pki: PKI) -> None:
    def text(serial: int, more: str = "") -> str:
        return (f"[policy]\nserial = {serial}\n[host {HOST}]\npin-sha256 = {pki.pinned.pin}\n"
                f"backup-pin-sha256 = {pki.backup.pin}\n{more}")

    checker = Checker(Policy.parse(text(4, "expires = 2030-06-30\non-expiry = allow\n")))
    info = checker.policy_info()
    assert (info.serial, info.enforcement, info.rules, info.sets) == (4, "enforce", 1, 0)
    assert info.first_expiry == 1909094400  # the end of that day
    assert abs(info.since - time.time()) < 60
    checker.set_policy(Policy.parse(text(5)))
    for refused in [text(3), text(9, "rollout-percent = 5\n")]:
        try:
            checker.set_policy(Policy.parse(refused))
        except PolicyError:
            continue
        raise AssertionError("it was taken")
    info = checker.policy_info()
    assert (info.serial, info.first_expiry, info.sets, info.outdated, info.rejected) == (5, None, 1, 1, 1)
