# SPDX-License-Identifier: Apache-2.0
"""The core API: policies, checkers, verdicts, pins."""

import base64
import builtins
import copy
import gc
import hashlib
import pickle
import ssl
import weakref
from pathlib import Path

import pytest
from kit.keys import bits_of
from pki import HOST, PKI, issue

from pinverdict import (
    Backend,
    Checker,
    Decision,
    ExpectedPin,
    Pin,
    PinKind,
    PinList,
    PinVerdictError,
    Policy,
    PolicyError,
    Reason,
    Verdict,
    pins_of,
    verdict_of,
)
from pinverdict._library import library

BACKENDS = [Backend.OPENSSL, pytest.param(Backend.GNUTLS, marks=pytest.mark.gnutls)]


def test_a_match(pki: PKI, right: Checker) -> None:
    verdict = right.check_validated(HOST, pki.pinned.path)
    assert verdict == Verdict(
        Decision.ALLOW,
        Reason.MATCHED,
        HOST,
        rule=HOST,
        pin=Pin(PinKind.SPKI, pki.pinned.digest),
        depth=0,
        backup=False,
        enforced=True,
        policy_serial=1,
    )
    assert verdict and verdict.allowed and not verdict.softened
    assert verdict.chain == tuple(pki.pinned.path)
    verdict.raise_for_refusal()


def test_a_refusal_is_false(pki: PKI, wrong: Checker) -> None:
    verdict = wrong.check_validated(HOST, pki.pinned.path)
    assert not verdict and not verdict.allowed
    assert (verdict.decision, verdict.reason) == (Decision.REFUSE, Reason.NO_MATCH)
    assert (verdict.pin, verdict.depth, verdict.enforced) == (None, None, True)


def test_a_refusal_raised_says_everything(pki: PKI, wrong: Checker) -> None:
    verdict = wrong.check_validated(HOST, pki.pinned.path)
    with pytest.raises(PinVerdictError) as raised:
        verdict.raise_for_refusal()
    text = str(raised.value)
    assert f"{HOST} is refused: no-match; by the rule {HOST} of policy 1" in text
    found = [f"{depth} pin-sha256 = {each.pin}" for depth, each in enumerate([pki.pinned, pki.intermediate, pki.root])]
    assert text.endswith(
        f"; pins found, by depth: {', '.join(found)}"
        f"; pins expected: one of pin-sha256 = {pki.other.pin}, backup-pin-sha256 = {pki.backup.pin}"
    )
    assert raised.value.pins_expected == verdict.pins_expected == wrong.pins_expected(HOST)
    assert raised.value.pins_found == verdict.pins_found == tuple(map(pins_of, pki.pinned.path))


def test_the_error_is_an_ssl_error(pki: PKI, wrong: Checker) -> None:
    verdict = wrong.check_validated(HOST, pki.pinned.path)
    error = PinVerdictError("text", verdict)
    assert isinstance(error, ssl.SSLCertVerificationError) and isinstance(error, ssl.CertificateError)
    assert (error.errno, error.strerror, str(error)) == (ssl.SSL_ERROR_SSL, "text", "text")
    assert (error.library, error.reason, error.verify_code, error.verify_message) == (
        "PINVERDICT", "NO_MATCH", 50, "text",
    )
    for again in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (str(again), again.verdict, again.reason) == ("text", verdict, "NO_MATCH")
        assert again.pins_expected == wrong.pins_expected(HOST) and again.pins_found == verdict.pins_found


def test_the_verdict_in_what_a_client_raises(pki: PKI, wrong: Checker) -> None:
    verdict = wrong.check_validated(HOST, pki.pinned.path)
    with pytest.raises(PinVerdictError) as raised:
        verdict.raise_for_refusal()
    refusal = raised.value
    assert (refusal.path, refusal.failed_depth, refusal.detail) == (tuple(pki.pinned.path), None, None)

    def caused(by: BaseException) -> BaseException:
        error = OSError("wrapped")
        error.__cause__ = by
        return error

    def within(by: BaseException) -> BaseException:
        error = OSError("wrapped")
        error.__context__ = by
        return error

    def with_reason(by: BaseException) -> BaseException:
        error = OSError("wrapped")
        error.reason = by  # type: ignore[attr-defined]
        return error

    wrappings = [caused, within, with_reason, lambda by: ValueError("wrapped", by)]
    if hasattr(builtins, "ExceptionGroup"):
        wrappings.append(lambda by: builtins.ExceptionGroup("wrapped", [ValueError(), by]))
    assert verdict_of(refusal) is verdict
    for outer in wrappings:
        for inner in wrappings:
            assert verdict_of(outer(inner(refusal))) is verdict
    circle = caused(ValueError())
    assert circle.__cause__ is not None
    circle.__cause__.__context__ = circle
    assert verdict_of(circle) is None and verdict_of(None) is None


def test_an_error_without_a_verdict_knows_no_pins() -> None:
    error = PinVerdictError("text")
    assert (error.pins_found, error.pins_expected) == ((), None)


def test_a_backup(pki: PKI, right: Checker) -> None:
    verdict = right.check_validated(HOST, pki.backup.path)
    assert verdict.allowed and verdict.backup
    assert verdict.pin == Pin(PinKind.SPKI, pki.backup.digest)


def test_the_depth_of_a_root(pki: PKI) -> None:
    checker = Checker(Policy.parse(pki.policy(pki.root.pin)))
    assert checker.check_validated(HOST, pki.pinned.path).depth == 2


def test_report_only(pki: PKI, reporting: Checker) -> None:
    verdict = reporting.check_validated(HOST, pki.pinned.path)
    assert verdict.allowed and verdict.softened and not verdict.enforced
    assert f"{HOST} would be refused: no-match" in verdict.explanation
    assert pki.pinned.pin in verdict.explanation


def test_a_host_without_a_rule(pki: PKI, right: Checker) -> None:
    verdict = right.check_validated("unpinned.example", pki.pinned.path)
    assert (verdict.decision, verdict.reason, verdict.rule) == (Decision.ALLOW, Reason.NOT_PINNED, None)
    assert verdict.explanation == "unpinned.example is allowed: not-pinned"


def test_a_rejected_key(pki: PKI) -> None:
    checker = Checker(Policy.parse(pki.policy(policy=f"rejected-pin-sha256 = {pki.intermediate.pin}")))
    verdict = checker.check_validated(HOST, pki.pinned.path)
    assert (verdict.reason, verdict.depth) == (Reason.REJECTED_KEY, 1)
    assert verdict.pin == Pin(PinKind.SPKI, pki.intermediate.digest)
    assert f"at depth 1 pin-sha256 = {pki.intermediate.pin}" in verdict.explanation


def test_an_appended_certificate_is_no_path(pki: PKI, wrong: Checker) -> None:
    # The classic bypass: the pinned certificate at the end of somebody else's list.
    assert wrong.check_validated(HOST, [*pki.pinned.path, pki.other.der]).reason is Reason.NOT_A_PATH


def test_a_verdict_is_frozen(pki: PKI, wrong: Checker) -> None:
    verdict = wrong.check_validated(HOST, pki.pinned.path)
    with pytest.raises(AttributeError):
        verdict.decision = Decision.ALLOW  # type: ignore[misc]
    assert hash(verdict) == hash(wrong.check_validated(HOST, pki.pinned.path))


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda der: memoryview(bytearray(der))])
def test_any_bytes_like_object(pki: PKI, right: Checker, kind: type) -> None:
    chain = (kind(der) for der in pki.pinned.path)
    assert right.check_validated(HOST, chain).allowed


def test_a_memoryview_that_is_not_contiguous(pki: PKI, right: Checker) -> None:
    spread = bytearray(2 * len(pki.pinned.der))
    spread[::2] = pki.pinned.der
    view = memoryview(spread)[::2]
    assert not view.contiguous
    assert right.check_validated(HOST, [view, *pki.pinned.path[1:]]).allowed


# ----------------------------------------------------------------------------------------------- what was expected


def pin(number: int) -> bytes:
    return bytes([number]) * 31 + b"\0"


def line(key: str, number: int) -> str:
    return f"{key}-sha256 = {pin(number).hex()}\n"


RULES = {
    "lists.example": line("leaf-pin", 1) + line("backup-leaf-pin", 2) + line("ca-key", 3) + line("backup-ca-key", 4)
    + line("certificate", 5) + line("backup-certificate", 6) + line("rejected-pin", 7),
    "sets.example": "pin-set = one\npin-set = two\n" + line("pin", 9),
    "*.wild.example": line("pin", 1) + line("backup-pin", 2),
    "parent.example": "include-subdomains = yes\n" + line("pin", 3) + line("backup-pin", 2),
    "off.example": "enforcement = off\n" + line("pin", 1),
    "live.example": "environments = live\n" + line("pin", 1) + line("backup-pin", 2),
    "many.example": "".join(line("pin", number) for number in range(1, 100)) + line("backup-pin", 200),
}
SETS = f"[pin-set one]\n{line('pin', 1)}{line('backup-pin', 2)}[pin-set two]\n{line('pin', 1)}{line('backup-pin', 3)}"


def demanding(serial: int = 8, environment: str = "live") -> Checker:
    rules = "".join(f"[host {host}]\n{rule}" for host, rule in RULES.items())
    text = f"[policy]\nserial = {serial}\nenvironments = dev live\n{line('rejected-pin', 8)}{SETS}{rules}"
    return Checker(Policy.parse(text), environment=environment)


@pytest.mark.parametrize("host, environment, expected", [
    ("lists.example", "live", [
        (PinKind.SPKI, 1, PinList.LEAF, False), (PinKind.SPKI, 2, PinList.LEAF, True),
        (PinKind.KEY, 3, PinList.CA, False), (PinKind.KEY, 4, PinList.CA, True),
        (PinKind.CERTIFICATE, 5, PinList.ANY, False), (PinKind.CERTIFICATE, 6, PinList.ANY, True),
    ]),
    ("sets.example", "live", [
        (PinKind.SPKI, 9, PinList.ANY, False), (PinKind.SPKI, 1, PinList.ANY, False),
        (PinKind.SPKI, 2, PinList.ANY, True), (PinKind.SPKI, 3, PinList.ANY, True),
    ]),
    ("A.Wild.Example.", "live", [(PinKind.SPKI, 1, PinList.ANY, False), (PinKind.SPKI, 2, PinList.ANY, True)]),
    ("a.b.parent.example", "live", [(PinKind.SPKI, 3, PinList.ANY, False), (PinKind.SPKI, 2, PinList.ANY, True)]),
    ("live.example", "live", [(PinKind.SPKI, 1, PinList.ANY, False), (PinKind.SPKI, 2, PinList.ANY, True)]),
    ("live.example", "dev", []),
    ("off.example", "live", []),
    ("unpinned.example", "live", []),
])
def test_the_pins_of_a_host(host: str, environment: str, expected: "list[tuple[PinKind, int, PinList, bool]]") -> None:
    assert demanding(environment=environment).pins_expected(host) == tuple(
        ExpectedPin(kind, pin(number), list, backup) for kind, number, list, backup in expected
    )


def test_an_expected_pin_is_its_line_in_the_policy() -> None:
    lines = RULES["lists.example"].splitlines()
    pins = demanding().pins_expected("lists.example")
    assert [f"{str(pin).split(' = ')[0]} = {pin.digest.hex()}" for pin in pins] == lines[:-1]
    assert [pin.base64 for pin in pins] == [base64.b64encode(pin.digest).decode() for pin in pins]
    policy = "\n".join(["[policy]", "serial = 1", "[host a.example]", *map(str, pins), ""])
    assert Checker(Policy.parse(policy)).pins_expected("a.example") == pins


def test_an_expected_pin_is_frozen() -> None:
    with pytest.raises(AttributeError):
        demanding().pins_expected("sets.example")[0].backup = True  # type: ignore[misc]


def test_lists_that_must_all_match(pki: PKI) -> None:
    checker = demanding()
    verdict = checker.check_validated("lists.example", pki.pinned.path)
    leaf, leaf_backup, ca, ca_backup, whole, whole_backup = verdict.pins_expected or ()
    lists = f"one of {whole}, {whole_backup}, and one of {leaf}, {leaf_backup}, and one of {ca}, {ca_backup}"
    assert verdict.explanation.endswith(f"; pins expected: {lists}")
    # Of the kinds that the rule asks for, so that one can be compared with the other.
    pins = pins_of(pki.pinned.der)
    assert f"by depth: 0 {' and '.join(str(pins[kind]) for kind in PinKind)}, 1 pin-sha256" in verdict.explanation


def test_many_pins_are_named_in_part(pki: PKI) -> None:
    verdict = demanding().check_validated("many.example", [*pki.pinned.path, *[pki.root.der] * 9])
    assert verdict.reason is Reason.NO_MATCH
    assert len(verdict.pins_expected or ()) == 100 and len(verdict.pins_found) == 12
    found, expected = verdict.explanation.split("; pins expected: ")
    assert expected.count("-sha256 = ") == found.count("-sha256 = ") == 8
    assert expected.endswith(" and 92 more") and found.endswith(" and 4 more")
    assert len(verdict.explanation) < 1500


def test_what_is_no_certificate_has_no_pins(pki: PKI, wrong: Checker) -> None:
    verdict = wrong.check_validated(HOST, [pki.pinned.der, b"junk"])
    assert verdict.reason is Reason.MALFORMED_CERTIFICATE
    assert verdict.pins_found == (pins_of(pki.pinned.der), {})
    assert f"by depth: 0 pin-sha256 = {pki.pinned.pin}, 1 none; pins expected: one of" in verdict.explanation


def test_a_host_that_must_not_be_unpinned_expects_none(pki: PKI) -> None:
    checker = Checker(Policy.parse("[policy]\nserial = 1\nunpinned-hosts = refuse\n"))
    verdict = checker.check_validated(HOST, pki.pinned.path)
    assert (verdict.reason, verdict.pins_expected) == (Reason.NOT_PINNED, ())
    assert verdict.explanation.endswith("; pins expected: none")


def test_what_was_reported_expects_pins(pki: PKI, reporting: Checker) -> None:
    verdict = reporting.check_validated(HOST, pki.pinned.path)
    assert verdict.allowed and verdict.pins_expected == reporting.pins_expected(HOST)
    assert f"pins expected: one of pin-sha256 = {pki.other.pin}" in verdict.explanation


def test_what_no_policy_was_asked_about_expects_nothing(pki: PKI, right: Checker) -> None:
    for verdict in (right.check_validated("not a host", pki.pinned.path), right.check_validated(HOST, [])):
        assert verdict.policy_serial == 0 and verdict.pins_expected is None
        assert "expected" not in verdict.explanation
    assert right.check_validated(HOST, pki.pinned.path).pins_expected is None


def test_a_policy_replaced_between_the_check_and_the_listing(pki: PKI, monkeypatch: pytest.MonkeyPatch) -> None:
    checker = Checker(Policy.parse(pki.policy(pki.other.pin, serial=5)))
    listing = library.pinverdict_checker_pins

    def replaced_before(*arguments: object) -> int:
        checker.set_policy(Policy.parse(pki.policy(serial=6)))
        return listing(*arguments)  # type: ignore[no-any-return]

    monkeypatch.setattr(library, "pinverdict_checker_pins", replaced_before)
    verdict = checker.check_validated(HOST, pki.pinned.path)
    assert (verdict.reason, verdict.policy_serial, verdict.pins_expected) == (Reason.NO_MATCH, 5, None)
    with pytest.raises(PinVerdictError, match="of policy 5; .*; pins expected: not known, as the policy") as raised:
        verdict.raise_for_refusal()
    assert pki.pinned.pin in str(raised.value) and pki.backup.pin not in str(raised.value)
    assert raised.value.pins_expected is None


# ---------------------------------------------------------------------------------------------------- presented


@pytest.fixture(scope="module", params=BACKENDS)
def validating(request: pytest.FixtureRequest, pki: PKI) -> Checker:
    policy = Policy.parse(pki.policy(hosts=(HOST, "elsewhere.example")))
    return Checker(policy, backend=request.param, trust_file=pki.trust_file)


def test_presented(pki: PKI, validating: Checker) -> None:
    verdict = validating.check_presented(HOST, pki.pinned.path[:2])
    assert (verdict.reason, verdict.depth) == (Reason.MATCHED, 0)


def test_presented_without_trust(pki: PKI, validating: Checker) -> None:
    stranger = issue("pinned")
    verdict = validating.check_presented(HOST, [stranger.der])
    assert (verdict.reason, verdict.failed_depth) == (Reason.UNTRUSTED_CHAIN, 0)
    assert verdict.detail in ("self-signed certificate", "The certificate issuer is unknown.")
    assert f": untrusted-chain at depth 0 ({verdict.detail}); pins sent: 0 pin-sha256 = " in verdict.explanation
    assert (verdict.chain, verdict.sent) == ((), (stranger.der,))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_checker_without_presented_chains_reads_no_trust_file(pki: PKI, backend: Backend) -> None:
    policy = Policy.parse(pki.policy())
    checker = Checker(policy, backend=backend, trust_file="there is no such file", presented=False)
    assert checker.check_validated(HOST, pki.pinned.path)
    assert checker.check_presented(HOST, pki.pinned.path[:2]).reason is Reason.INVALID_ARGUMENT
    with pytest.raises(FileNotFoundError):
        Checker(policy, backend=backend, trust_file="there is no such file")


def test_presented_for_another_host(pki: PKI, validating: Checker) -> None:
    verdict = validating.check_presented("elsewhere.example", pki.pinned.path[:2])
    assert verdict.reason is Reason.HOSTNAME_MISMATCH


def test_presented_after_its_time(pki: PKI) -> None:
    checker = Checker(Policy.parse(pki.policy()), trust_file=pki.trust_file, clock=lambda: 4e9)
    assert checker.check_presented(HOST, pki.pinned.path[:2]).reason is Reason.CERTIFICATE_EXPIRED


def test_presented_and_appended(pki: PKI, validating: Checker) -> None:
    # The pinned certificate is in the list, and not in the path that is valid.
    sent = [*pki.other.path[:2], pki.pinned.der]
    assert f"; pins sent: 0 pin-sha256 = {pki.other.pin}" in validating.check_presented(HOST, sent).explanation
    verdict = validating.check_presented(HOST, sent, with_path=True)
    assert verdict.reason is Reason.NO_MATCH
    assert (verdict.chain, verdict.sent) == (tuple(pki.other.path), tuple(sent))
    assert f"; sent, not on the path: pin-sha256 = {pki.pinned.pin}; " in verdict.explanation
    assert pki.root.pin in verdict.explanation.partition("; sent")[0]


# ----------------------------------------------------------------------------------------------------- settings


def test_environment(pki: PKI) -> None:
    policy = Policy.parse(pki.policy(policy="environments = dev production", rule="environments = production"))
    with pytest.raises(PolicyError, match="environment"):
        Checker(policy)
    with pytest.raises(PolicyError):
        Checker(policy, environment="staging")
    assert Checker(policy, environment="production").check_validated(HOST, pki.other.path).reason is Reason.NO_MATCH
    assert Checker(policy, environment="dev").check_validated(HOST, pki.other.path).reason is Reason.NOT_PINNED


def test_install_id(pki: PKI) -> None:
    policy = Policy.parse(pki.policy(rule="rollout-percent = 50"))
    with pytest.raises(PolicyError, match="install"):
        Checker(policy)

    def enforced(install_id: bytes) -> bool:
        # With a trust file, since loading the system's store takes its time.
        checker = Checker(policy, install_id=install_id, trust_file=pki.trust_file)
        return checker.check_validated(HOST, pki.other.path).enforced

    ids = [b"client %d" % number for number in range(64)]
    assert {enforced(install_id) for install_id in ids} == {True, False}
    # DESIGN's bucket: the first four bytes of SHA-256(id, 0, rule), big-endian, modulo 100.
    for install_id in ids:
        digest = hashlib.sha256(install_id + b"\0" + HOST.encode()).digest()
        assert enforced(install_id) == (int.from_bytes(digest[:4], "big") % 100 < 50)


def test_clock(pki: PKI) -> None:
    times = [0.0]
    policy = Policy.parse(pki.policy(rule="expires = 2027-06-30\non-expiry = allow"))
    checker = Checker(policy, clock=lambda: times[0])
    assert checker.check_validated(HOST, pki.other.path).reason is Reason.NO_MATCH
    times[0] = 4_000_000_000.5
    assert checker.check_validated(HOST, pki.other.path).reason is Reason.PINS_EXPIRED


@pytest.mark.parametrize("now, error", [
    (lambda: 1 // 0, ZeroDivisionError),
    (lambda: float("nan"), ValueError),
    (lambda: 2**63, OverflowError),
    (lambda: None, TypeError),
    (lambda: exec("raise KeyboardInterrupt"), KeyboardInterrupt),
])
def test_a_clock_that_fails_gives_no_verdict(pki: PKI, now: "object", error: type[BaseException]) -> None:
    policy = Policy.parse(pki.policy(rule="expires = 2027-06-30\non-expiry = allow"))
    checker = Checker(policy, clock=now)  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(error):
            checker.check_validated(HOST, pki.pinned.path)


@pytest.mark.parametrize("backend", [Backend.AUTO, *BACKENDS])
@pytest.mark.parametrize("cross_check", [False, True])
def test_backends_agree(pki: PKI, backend: Backend, cross_check: bool) -> None:
    checker = Checker(Policy.parse(pki.policy()), backend=backend, cross_check=cross_check)
    assert checker.check_validated(HOST, pki.pinned.path).allowed
    assert not checker.check_validated(HOST, pki.other.path).allowed


# ----------------------------------------------------------------------------------------------------- policies


def test_a_policy_error_has_its_line(pki: PKI) -> None:
    with pytest.raises(PolicyError) as raised:
        Policy.parse(pki.policy().replace("pin-sha256", "pin-sha265", 1))
    assert raised.value.line == 5
    assert str(raised.value).startswith("line 5: ")
    assert isinstance(raised.value, ValueError)
    again = pickle.loads(pickle.dumps(raised.value))
    assert (str(again), again.line) == (str(raised.value), 5)


def test_a_policy_from_a_file(pki: PKI, tmp_path: Path) -> None:
    path = tmp_path / "pins.conf"
    path.write_text(pki.policy())
    for spelling in (path, str(path), bytes(path)):
        assert Checker(Policy.load(spelling)).check_validated(HOST, pki.pinned.path).allowed


def test_a_policy_from_bytes(pki: PKI) -> None:
    for text in (pki.policy().encode(), bytearray(pki.policy().encode()), memoryview(pki.policy().encode())):
        assert Checker(Policy.parse(text)).check_validated(HOST, pki.pinned.path).allowed


def test_replacing_the_policy(pki: PKI) -> None:
    checker = Checker(Policy.parse(pki.policy(serial=5)))
    checker.set_policy(Policy.parse(pki.policy(pki.other.pin, serial=6)))
    assert checker.check_validated(HOST, pki.other.path).policy_serial == 6
    with pytest.raises(PolicyError, match="serial"):
        checker.set_policy(Policy.parse(pki.policy(serial=5)))
    assert checker.check_validated(HOST, pki.other.path).allowed
    with pytest.raises(PolicyError):
        checker.set_policy(Policy.parse(pki.policy(serial=7, rule="rollout-percent = 50")))
    assert checker.check_validated(HOST, pki.other.path).policy_serial == 6


# --------------------------------------------------------------------------------------------------------- pins


@pytest.mark.parametrize("backend", [Backend.AUTO, *BACKENDS])
def test_pins_of(pki: PKI, backend: Backend) -> None:
    assert pins_of(pki.pinned.der, backend=backend) == {
        PinKind.SPKI: Pin(PinKind.SPKI, pki.pinned.digest),
        PinKind.KEY: Pin(PinKind.KEY, hashlib.sha256(bits_of(pki.pinned.key.spki)).digest()),
        PinKind.CERTIFICATE: Pin(PinKind.CERTIFICATE, hashlib.sha256(pki.pinned.der).digest()),
    }


def test_a_pin_is_spelled_as_in_a_policy(pki: PKI) -> None:
    lines = [str(pin) for pin in pins_of(memoryview(pki.pinned.der)).values()]
    assert [line.split(" = ")[0] for line in lines] == ["pin-sha256", "key-sha256", "certificate-sha256"]
    for line in lines:
        checker = Checker(Policy.parse(f"[policy]\nserial = 1\n[host {HOST}]\n{line}\nallow-single-pin = yes\n"))
        assert str(checker.check_validated(HOST, pki.pinned.path).pin) == line


# ----------------------------------------------------------------------------------------------------- lifetime


@pytest.mark.parametrize("make", [
    lambda pki: Policy.parse(pki.policy()), lambda pki: Checker(Policy.parse(pki.policy())),
])
def test_closing(pki: PKI, make: "object") -> None:
    with make(pki) as handle:  # type: ignore[operator]
        pass
    handle.close()
    with pytest.raises(ValueError, match="closed"), handle:
        pass
    with pytest.raises(TypeError, match="copied"):
        copy.copy(handle)
    with pytest.raises(TypeError, match="copied"):
        pickle.dumps(handle)


def test_a_closed_checker_raises(pki: PKI) -> None:
    policy = Policy.parse(pki.policy())
    checker = Checker(policy)
    checker.close()
    for call in (
        lambda: checker.check_validated(HOST, pki.pinned.path),
        lambda: checker.check_presented(HOST, pki.pinned.path),
        lambda: checker.set_policy(policy),
        lambda: checker.pins_expected(HOST),
    ):
        with pytest.raises(ValueError, match="the Checker is closed"):
            call()


def test_a_closed_policy_raises_and_its_checkers_go_on(pki: PKI, right: Checker) -> None:
    policy = Policy.parse(pki.policy())
    checker = Checker(policy)
    policy.close()
    for call in (lambda: Checker(policy), lambda: right.set_policy(policy)):
        with pytest.raises(ValueError, match="the Policy is closed"):
            call()
    assert checker.check_validated(HOST, pki.pinned.path).allowed


def test_what_is_dropped_is_freed(pki: PKI) -> None:
    freed: list[object] = []
    checker = Checker(Policy.parse(pki.policy()))
    assert checker._reference is not None
    free = checker._reference._free
    checker._reference._free = lambda pointer: freed.append(free(pointer))
    gone = weakref.ref(checker)
    del checker
    gc.collect()
    assert gone() is None and len(freed) == 1


@pytest.mark.parametrize("clock", [None, lambda: 0.0])
def test_a_finalizer_may_use_a_checker_that_is_collected_with_it(pki: PKI, clock: "object") -> None:
    # In a cycle, finalizers run in no order: what was freed before is closed.
    answers: list[object] = []

    class Owner:
        checker: Checker

        def __del__(self) -> None:
            try:
                answers.append(self.checker.check_validated(HOST, pki.pinned.path).reason)
            except ValueError as error:
                answers.append(str(error))

    def make(first: bool) -> None:
        policy = Policy.parse(pki.policy())
        owner = Owner() if first else None
        checker = Checker(policy, clock=clock)  # type: ignore[arg-type]
        owner = owner or Owner()
        owner.checker, owner.self = checker, owner  # type: ignore[attr-defined]

    gc.collect()
    for first in (True, False):
        make(first)
        gc.collect()
    assert len(answers) == 2 and set(answers) <= {Reason.MATCHED, "the Checker is closed"}
