# SPDX-License-Identifier: Apache-2.0
"""A checker's numbers for Prometheus: the text of the C header, byte for byte, and the same for prometheus_client."""

import os
import threading

import prometheus_client
import pytest
from pki import HOST, PKI
from prometheus_client.parser import text_string_to_metric_families
from text import CText

from pinverdict import Checker, EventKind, Policy
from pinverdict._text import quoted, spelt
from pinverdict.prometheus import CheckerCollector

def counting(pki: PKI, **policy: str) -> Checker:
    return Checker(Policy.parse(pki.policy(**policy)), presented=False, events=EventKind.FAILED)


def values(text: str) -> "dict[tuple[str, frozenset[tuple[str, str]]], float]":
    """As prometheus_client reads them."""
    return {(sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text) for sample in family.samples}


def test_the_text_is_that_of_c(pki: PKI, c_text: CText) -> None:
    checker = counting(pki, rule="expires = 2090-01-01\non-expiry = allow",
                       policy="valid-until = 2089-12-31\non-stale = keep")
    assert checker.metrics() == c_text.metrics(checker)
    for path in (pki.pinned.path, pki.other.path, pki.other.path, pki.backup.path, ()):
        checker.check_validated(HOST, path)
    found = values(checker.metrics())
    assert found["pinverdict_first_expiry_timestamp_seconds", frozenset()] == 3786998400
    assert found["pinverdict_policy_valid_until_timestamp_seconds", frozenset()] == 3786912000
    checker.set_policy(Policy.parse(pki.policy(serial=2**64 - 1, policy="enforcement = report-only")))
    checker.check_validated("127.0.0.1", pki.other.path)
    assert checker.metrics() == c_text.metrics(checker)
    found = values(checker.metrics())
    rule = ("rule", HOST)
    outcomes = {outcome: found["pinverdict_rule_checks_total", frozenset({rule, ("outcome", outcome)})]
                for outcome in ("matched", "backup", "softened", "refused")}
    assert outcomes == {"matched": 1, "backup": 1, "softened": 0, "refused": 2}
    events = {outcome: found["pinverdict_events_total", frozenset({("outcome", outcome)})]
              for outcome in ("queued", "repeated", "lost")}
    assert events == {"queued": 3, "repeated": 1, "lost": 0}
    assert found["pinverdict_policy_enforcement", frozenset()] == 1
    assert found["pinverdict_policy_updates_total", frozenset({("result", "set")})] == 1
    assert not [name for name, _ in found if "expiry" in name or "valid_until" in name]


@pytest.mark.parametrize("name", [bytes(range(1, 256)), b'a"b\\c\nd', b"\xc3\xa4 \xff", b"", b"*.example.com"])
def test_any_bytes_in_a_name(c_text: CText, name: bytes) -> None:
    """Rules' rows lie in memory that a forked process may have written to."""
    assert quoted(spelt(name)) == c_text.quoted(name)
    assert spelt(name).isascii() and (spelt(name) or "x").isprintable()


def test_prometheus_client(pki: PKI) -> None:
    checker, registry = counting(pki), prometheus_client.CollectorRegistry(auto_describe=True)
    registry.register(CheckerCollector(checker))
    prometheus_client.Counter("own", "The program's own.", registry=registry).inc()
    checker.check_validated(HOST, pki.pinned.path)
    text = prometheus_client.generate_latest(registry).decode()
    own = {name for name, _ in values(text)} - {name for name, _ in values(checker.metrics())}
    assert own == {"own_total", "own_created"}
    assert {key: value for key, value in values(text).items() if key[0] not in own} == values(checker.metrics())
    assert {family.type for family in text_string_to_metric_families(checker.metrics())} == {"counter", "gauge"}
    label = {"rule": HOST, "outcome": "matched"}
    assert registry.get_sample_value("pinverdict_rule_checks_total", label) == 1
    checker.close()
    assert "pinverdict" not in prometheus_client.generate_latest(registry).decode()
    with pytest.raises(TypeError, match="must be a Checker"):
        CheckerCollector("checker")  # type: ignore[arg-type]


def test_threads_and_forks(pki: PKI) -> None:
    checker = counting(pki)
    texts: list[str] = []

    def work() -> None:
        for _ in range(50):
            checker.check_validated(HOST, pki.pinned.path)
            texts.append(checker.metrics())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    name = "pinverdict_rule_checks_total", frozenset({("rule", HOST), ("outcome", "matched")})
    assert values(checker.metrics())[name] == 5 * 50
    assert all(0 < values(text)[name] <= 200 for text in texts)


def test_a_closed_checker(pki: PKI) -> None:
    checker = counting(pki)
    checker.close()
    with pytest.raises(ValueError, match="closed"):
        checker.metrics()
