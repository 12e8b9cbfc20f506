# SPDX-License-Identifier: Apache-2.0
"""What a mistaken caller passes: an exception or a refusal, and an interpreter that is alive."""

import ctypes
import os
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pki import HOST, PKI

from pinverdict import Checker, PinKind, Policy, PolicyError, Reason, pins_of, pinned_context

Check = Callable[..., Any]


class Liar(bytes):
    """Bytes of a length that is not theirs."""

    def __len__(self) -> int:
        return 1 << 40


class LyingName(str):
    def encode(self, *_: object) -> bytes:
        raise AssertionError("a subclass was asked")


@pytest.fixture(params=["check_validated", "check_presented"])
def check(request: pytest.FixtureRequest, right: Checker) -> Check:
    return getattr(right, request.param)  # type: ignore[no-any-return]


@pytest.mark.parametrize("host", [None, 7, b"localhost", ["localhost"], object(), bytearray(b"localhost")])
def test_hosts_of_a_wrong_type(pki: PKI, check: Check, host: object) -> None:
    with pytest.raises(TypeError, match="host"):
        check(host, pki.pinned.path)


@pytest.mark.parametrize("host", [
    "", ".", "..", "a..b", "-" * 64, "a" * 10_000, "a." * 5_000, "local host", "localhost\n", "localhost\0",
    "localhost\0.evil.example", "\0", "http://localhost", "localhost:443", "*.example.com", "256.0.0.1", "3221225991",
    "0xC0000207", "1.2.3", "[localhost]", "::g", "\udcff", "localhost\udc80", "\u00fc" * 10_000, "\u00fc" * 64,
    "\u00fc..b",
])
def test_hosts_that_are_none(pki: PKI, check: Check, host: str) -> None:
    verdict = check(host, pki.pinned.path)
    assert not verdict
    assert verdict.reason is Reason.MALFORMED_HOSTNAME
    assert len(verdict.explanation) < 2_500
    assert verdict.explanation.isprintable()


@pytest.mark.parametrize("host, error", [
    (None, TypeError), (b"localhost", TypeError), ("", ValueError), ("a..b", ValueError), ("localhost\0", ValueError),
    ("a" * 10_000, ValueError), ("\udcff", ValueError), ("*.example.com", ValueError), ("1.2.3", ValueError),
])
def test_the_pins_of_hosts_that_are_none(right: Checker, host: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="host"):
        right.pins_expected(host)


def test_a_host_of_a_subclass(pki: PKI, check: Check) -> None:
    assert check(LyingName("a b"), pki.pinned.path).reason is Reason.MALFORMED_HOSTNAME


@pytest.mark.parametrize("chain", [None, 7, 1.5, object()])
def test_chains_that_are_none(check: Check, chain: object) -> None:
    with pytest.raises(TypeError):
        check(HOST, chain)


@pytest.mark.parametrize("element", [None, 7, "text", ["a"], object(), 1.5])
@pytest.mark.parametrize("position", [0, 1, 2])
def test_elements_that_are_not_bytes(pki: PKI, check: Check, element: object, position: int) -> None:
    chain: list[object] = list(pki.pinned.path)
    chain[position] = element
    with pytest.raises(TypeError, match="bytes-like"):
        check(HOST, chain)


@pytest.mark.parametrize("chain", ["text", b"bytes", bytearray(b"bytes"), memoryview(b"bytes")])
def test_one_certificate_is_no_chain(check: Check, chain: object) -> None:
    with pytest.raises(TypeError, match="bytes-like"):
        check(HOST, chain)


@pytest.mark.parametrize("chain", [[], (), iter(()), {}])
def test_empty_chains(check: Check, chain: Any) -> None:
    assert check(HOST, chain).reason is Reason.EMPTY_CHAIN


@pytest.mark.parametrize("junk", [
    b"", b"\0", b"\x30", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"junk" * 1000, bytes(2**20 + 1),
    memoryview(bytes(range(256)))[::3], memoryview(b"\x30\x03\x02\x01\x01")[::-1], memoryview(array("d", [1.5] * 9)),
    memoryview(bytes(16)).cast("B", (4, 4)), (ctypes.c_uint16 * 5)(),
])
def test_certificates_that_are_none(check: Check, junk: Any) -> None:
    assert check(HOST, [junk]).reason is Reason.MALFORMED_CERTIFICATE


@pytest.mark.parametrize("count", [33, 34, 10_000])
def test_too_many_certificates(pki: PKI, check: Check, count: int) -> None:
    assert check(HOST, [pki.pinned.der] * count).reason is Reason.MALFORMED_CERTIFICATE


def test_a_certificate_that_lies_about_its_length(pki: PKI, check: Check) -> None:
    path = [Liar(der) for der in pki.pinned.path]
    assert check(HOST, path).reason in (Reason.MATCHED, Reason.UNTRUSTED_CHAIN)


def test_a_view_that_was_released(check: Check) -> None:
    view = memoryview(b"bytes")
    view.release()
    with pytest.raises(ValueError, match="released"):
        check(HOST, [view])


def test_a_chain_that_raises(check: Check) -> None:
    with pytest.raises(ZeroDivisionError):
        check(HOST, (1 // 0 for _ in range(3)))


def test_every_truncation_and_every_flip(pki: PKI, right: Checker) -> None:
    path = pki.pinned.path
    for size in range(len(path[0])):
        assert right.check_validated(HOST, [path[0][:size], *path[1:]]).reason is Reason.MALFORMED_CERTIFICATE
    for index in range(len(path[0])):
        changed = bytearray(path[0])
        changed[index] ^= 0xFF
        right.check_validated(HOST, [changed, *path[1:]])
        try:
            assert PinKind.CERTIFICATE in pins_of(changed)
        except ValueError:
            pass
    assert right.check_validated(HOST, path).allowed


# ------------------------------------------------------------------------------------------------ other functions


@pytest.mark.parametrize("certificate", [None, 7, "text", [b"bytes"]])
def test_pins_of_a_wrong_type(certificate: Any) -> None:
    with pytest.raises(TypeError, match="bytes-like"):
        pins_of(certificate)


@pytest.mark.parametrize("certificate", [b"", b"junk", memoryview(b"junk")[::2]])
def test_pins_of_junk(certificate: Any) -> None:
    with pytest.raises(ValueError, match="malformed-certificate"):
        pins_of(certificate)


def test_pins_of_an_unknown_backend(pki: PKI) -> None:
    with pytest.raises(ValueError):
        pins_of(pki.pinned.der, backend=9)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [None, 7, ["[policy]"], object()])
def test_policies_of_a_wrong_type(text: Any) -> None:
    with pytest.raises(TypeError, match="bytes-like"):
        Policy.parse(text)


@pytest.mark.parametrize("text", [
    "", "\n", "junk", "[policy]", "[policy]\n", "[policy]\nserial = 1\0\n", "\ufeff[policy]\nserial = 1\n", b"\xff\xfe",
    "[policy]\nserial = \udcff\n", "[policy]\n# " + "x" * 10_000_000 + "\n", memoryview(b"[policy]\n")[::2],
])
def test_policies_that_are_none(text: Any) -> None:
    with pytest.raises(PolicyError) as raised:
        Policy.parse(text)
    assert raised.value.line is None or raised.value.line > 0


def test_a_policy_cut_short(pki: PKI) -> None:
    text = pki.policy()
    for size in range(len(text)):
        try:
            Policy.parse(text[:size])
        except PolicyError:
            pass


def test_a_policy_is_not_made_by_its_class() -> None:
    with pytest.raises(TypeError, match=r"Policy\.parse"):
        Policy()


def test_paths_that_lead_nowhere(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        Policy.load(tmp_path / "nowhere")
    with pytest.raises(OSError, match="not a regular file"):
        Policy.load(tmp_path)
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(OSError, match="not a regular file"):
        Policy.load(tmp_path / "fifo")
    with pytest.raises(ValueError, match="null byte"):
        Policy.load("a\0b")
    for path in (None, 7, 1.5):
        with pytest.raises(TypeError):
            Policy.load(path)  # type: ignore[arg-type]


@pytest.mark.parametrize("policy", [None, "[policy]\n", 7, b"", object()])
def test_a_checker_of_no_policy(policy: Any, right: Checker) -> None:
    with pytest.raises(TypeError, match="Policy"):
        Checker(policy)
    with pytest.raises(TypeError, match="Policy"):
        right.set_policy(policy)


@pytest.mark.parametrize("settings, error", [
    ({"backend": 9}, ValueError), ({"backend": "openssl"}, ValueError), ({"backend": None}, ValueError),
    ({"environment": 7}, TypeError), ({"environment": b"dev"}, TypeError), ({"environment": ""}, ValueError),
    ({"environment": "a b"}, ValueError), ({"environment": "x" * 64}, ValueError), ({"environment": "a\0"}, ValueError),
    ({"environment": "\udcff"}, ValueError),
    ({"install_id": "text"}, TypeError), ({"install_id": 7}, TypeError), ({"install_id": b""}, ValueError),
    ({"install_id": b"x" * 257}, ValueError),
    ({"clock": 7}, TypeError), ({"clock": "now"}, TypeError),
    ({"trust_file": 7}, TypeError), ({"trust_file": "a\0b"}, ValueError), ({"trust_file": "/nowhere"}, OSError),
    ({"unknown": 1}, TypeError),
])
def test_settings_that_are_none(pki: PKI, settings: dict[str, Any], error: type[Exception]) -> None:
    policy = Policy.parse(pki.policy())
    for _ in range(3):
        with pytest.raises(error):
            Checker(policy, **settings)


def test_a_trust_file_that_is_none(pki: PKI, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_bytes(b"")
    for path in (tmp_path, tmp_path / "nowhere.pem", tmp_path / "empty.pem"):
        with pytest.raises(OSError):
            Checker(Policy.parse(pki.policy()), trust_file=path)


def test_a_checker_that_was_never_made() -> None:
    with pytest.raises(AttributeError):
        Checker.__new__(Checker).check_validated(HOST, [b""])


@pytest.mark.parametrize("checker", [None, 7, "checker", Policy])
def test_contexts_of_no_checker(checker: Any) -> None:
    with pytest.raises(TypeError, match="Checker"):
        pinned_context(checker)
