# SPDX-License-Identifier: Apache-2.0
"""Host names that are not ASCII: to the xn-- form where that is beyond doubt, else refused."""

import pytest
from pki import PKI

from pinverdict import Checker, Policy, Reason
from pinverdict._arguments import to_host


@pytest.fixture(scope="module")
def checker(pki: PKI) -> Checker:
    return Checker(Policy.parse(pki.policy(hosts=("xn--mnchen-3ya.example", "192.0.2.7", "xn--bcher-kva.example"))))


@pytest.mark.parametrize("host, rule", [
    ("m\u00fcnchen.example", "xn--mnchen-3ya.example"),
    ("M\u00dcNCHEN.Example", "xn--mnchen-3ya.example"),
    ("mu\u0308nchen.example.", "xn--mnchen-3ya.example"),
    ("m\u00fcnchen\u3002example", "xn--mnchen-3ya.example"),
    ("\uff42\u00fc\uff43\uff48\uff45\uff52.example", "xn--bcher-kva.example"),
    ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
    ("\uff11\uff19\uff12.0.2.7", "192.0.2.7"),
])
def test_the_xn_form(pki: PKI, checker: Checker, host: str, rule: str) -> None:
    verdict = checker.check_validated(host, pki.pinned.path)
    assert (verdict.reason, verdict.rule, verdict.host) == (Reason.MATCHED, rule, host)


@pytest.mark.parametrize("host", [
    "stra\u00dfe.example",  # strasse for IDNA 2003, xn--strae-oqa for IDNA 2008
    "\u03b2\u03cc\u03bb\u03bf\u03c2.example",  # a final sigma
    "a\u200cb\u00fc.example", "a\u200db\u00fc.example",  # joiners
    "\u1e9e\u00fc.example",  # a capital sharp s, younger than Unicode 3.2
    "\u10a0.example",  # a capital that got its small letter later
    "\U0001f512.example",  # younger than Unicode 3.2
    "\u2100.example", "\u00fc b.example", "\u00fc\u2024.example", "\u05d0a.example",
])
def test_doubt_is_a_refusal(pki: PKI, checker: Checker, host: str) -> None:
    assert to_host(host) == b"" or to_host(host).isascii()
    assert checker.check_validated(host, pki.pinned.path).reason is Reason.MALFORMED_HOSTNAME


def test_ascii_is_left_to_the_library() -> None:
    for host in ("EXAMPLE.com.", "a_b.example", "[::1]", "", "a b"):
        assert to_host(host) == host.encode()
