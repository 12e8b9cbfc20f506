# SPDX-License-Identifier: Apache-2.0
"""require-scts: every vector of Tests/Conformance/scts by each backend, twice, as the second time is from memory."""

import base64
import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from pinverdict import Backend, Checker, PinKind, PolicyError, Policy, Reason, pins_of

VECTORS = Path(__file__).resolve().parents[3] / "Tests" / "Conformance" / "scts"
NOW = datetime.datetime(2026, 7, 1, tzinfo=datetime.timezone.utc)
BACKENDS = [Backend.OPENSSL, pytest.param(Backend.GNUTLS, marks=pytest.mark.gnutls)]


def rows(name: str) -> Iterator[list[str]]:
    for line in (VECTORS / name).read_text().splitlines():
        if not line.startswith("#"):
            yield line.split("\t")


def section(name: str, key: str, operator: str, *lines: str) -> str:
    return "\n".join([f"[ct-log {name}]", f"key = {key}", f"operator = {operator}", *lines, ""])


def synthetic() -> "dict[str, list[str]]":
    """The logs that a policy can have: P-256 keys whose private halves are not published."""
    return {row[0]: row for row in rows("synthetic/logs.tsv")
            if row[4] != "unlisted" and row[0] not in ("RSA", "P384")}


def synthetic_sections() -> "list[str]":
    return [section(name, row[2], row[3], *[f"retired = {row[5]}T00:00:00Z"] * (row[4] == "retired"))
            for name, row in synthetic().items()]


def policy(
    required: int, sections: "list[str]", issuers: "list[bytes]", on_stale: str = "refuse", rule: str = ""
) -> str:
    pins = sorted({str(pins_of(issuer)[PinKind.SPKI]) for issuer in issuers})
    return "\n".join(["[policy]", "serial = 1", "[ct-logs]", "as-of = 2026-06-20", "max-age = 70",
                      f"on-stale = {on_stale}", *sections, "[host a.example]", "allow-single-pin = yes", rule,
                      f"require-scts = {required}", *pins, ""])


def checker(text: str, backend: Backend = Backend.AUTO, now: datetime.datetime = NOW) -> Checker:
    return Checker(Policy.parse(text), backend=backend, clock=now.timestamp, presented=False)


@pytest.mark.parametrize("backend", BACKENDS)
def test_each_way_to_be_right_or_wrong(backend: Backend) -> None:
    authority = (VECTORS / "synthetic/ca.der").read_bytes()
    logs = synthetic()
    with checker(policy(2, synthetic_sections(), [authority]), backend) as two:
        for name, counted, *_ in [*rows("synthetic/manifest.tsv")] * 2:
            names = [log for log in counted.split(",") if log in logs]
            operators = len({logs[log][3] for log in names})
            verdict = two.check_validated("a.example", [(VECTORS / f"synthetic/{name}.der").read_bytes(), authority])
            assert (name, verdict.scts, verdict.sct_operators) == (name, len(names), operators)
            in_service = any(logs[log][4] != "retired" for log in names)
            allowed = len(names) > 1 and operators > 1 and in_service
            assert (name, verdict.allowed) == (name, allowed)
            assert verdict.reason is (Reason.MATCHED if allowed else Reason.TOO_FEW_SCTS)


@pytest.mark.parametrize("backend", BACKENDS)
def test_real_certificates(backend: Backend) -> None:
    sections = [section(f"log{number}", row[1], row[2])
                for number, row in enumerate(rows("logs.tsv")) if len(base64.b64decode(row[1])) == 91]
    chains = {row[0]: ([(VECTORS / part).read_bytes() for part in row[:2]], row[4].split(",").count("valid"))
              for row in rows("manifest.tsv")}
    with checker(policy(1, sections, [path[1] for path, _ in chains.values()]), backend) as one:
        found = {name: one.check_validated("a.example", path).scts for name, (path, _) in chains.items()}
    assert found == {name: good for name, (_, good) in chains.items()}
    assert sum(good or 0 for good in found.values()) == 49


def test_a_stale_list() -> None:
    path = [(VECTORS / f"synthetic/{name}.der").read_bytes() for name in ("no-list", "ca")]
    late = NOW + datetime.timedelta(100)
    with checker(policy(2, synthetic_sections(), path[1:]), now=late) as strict:
        verdict = strict.check_validated("a.example", path)
        assert (verdict.reason, verdict.allowed) == (Reason.CT_LOGS_STALE, False)
        assert (verdict.ct_logs_stale, verdict.scts, verdict.softened) == (True, None, False)
    with checker(policy(2, synthetic_sections(), path[1:], "allow"), now=late) as lenient:
        verdict = lenient.check_validated("a.example", path)
        assert (verdict.reason, verdict.allowed, verdict.ct_logs_stale) == (Reason.MATCHED, True, True)
    with checker(policy(2, synthetic_sections(), path[1:], rule="enforcement = report-only")) as reporting:
        verdict = reporting.check_validated("a.example", path)
        assert (verdict.reason, verdict.softened, verdict.scts) == (Reason.TOO_FEW_SCTS, True, 0)
        assert "would be refused: too-few-scts; " in verdict.explanation
        assert "good SCTs of 0 logs, 0 operators" in verdict.explanation


@pytest.mark.parametrize("backend", BACKENDS)
def test_keys_that_are_none(backend: Backend) -> None:
    authority = (VECTORS / "synthetic/ca.der").read_bytes()
    for name, row in {row[0]: row for row in rows("synthetic/logs.tsv")}.items():
        text = policy(1, [section("log", row[2], "somebody")], [authority])
        if name in ("RSA", "P384"):
            with pytest.raises(PolicyError, match="of a P-256 key"):
                Policy.parse(text)
        elif name.startswith("MIMIC"):
            with pytest.raises(PolicyError, match="the private half of this log's key is public"):
                Policy.parse(text)
        else:
            checker(text, backend).close()
    # A point beside the curve is found when the policy is set.
    octets = bytearray(base64.b64decode(synthetic()["A"][2]))
    octets[-1] ^= 1
    text = policy(1, [section("log", base64.b64encode(octets).decode(), "somebody")], [authority])
    with pytest.raises(PolicyError, match="not a point of the curve"):
        checker(text, backend)
