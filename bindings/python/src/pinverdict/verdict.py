# SPDX-License-Identifier: Apache-2.0
"""The answer to a check."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from . import _abi
from ._abi import Decision, PinKind, PinList, Reason
from .errors import PinVerdictError
from .pins import ExpectedPin, Pin, pins_found

# How many pins of a list, and certificates of a chain, the text of a refusal names.
_MOST_NAMED = 8

# An enum takes its time to find a member.
_ALLOW = Decision.ALLOW

# Of how many hosts the last verdict is remembered.
_MOST_REMEMBERED = 64

# What is a refusal where the rule is enforced.
SOFTENED = (
    Reason.PINS_EXPIRED,
    Reason.NO_MATCH,
    Reason.REJECTED_KEY,
    Reason.TOO_FEW_SCTS,
    Reason.CT_LOGS_STALE,
    Reason.NO_VALIDATED_PATH,
    Reason.NOT_A_PATH,
    Reason.MALFORMED_CERTIFICATE,
)


@dataclass(frozen=True)
class Verdict:
    """The answer to a check, and what it rests on. True where the connection may live, and only there."""

    decision: Decision
    reason: Reason
    host: str
    """As it was asked for."""
    rule: str | None = None
    """The host pattern of the rule that decided; None where none did."""
    pin: Pin | None = None
    """The pin that matched (of several the one at the smallest depth), or the rejected key's."""
    depth: int | None = None
    """Where on the path: 0 is the leaf."""
    backup: bool = False
    """Some list matched by backup pins alone: a rotation is under way."""
    enforced: bool = True
    """False under report-only or off, or outside the rollout; of a key that [policy] rejects, as [policy] is."""
    policy_serial: int = 0
    """Of the policy that decided; 0 where none was asked."""
    chain: tuple[bytes, ...] = field(default=(), repr=False, compare=False)
    """The path that was checked, in DER, leaf first: what was handed over as validated, or what a list that was sent
    was validated to, if that was asked for; else empty."""
    pins_expected: tuple[ExpectedPin, ...] | None = field(default=None, repr=False, compare=False)
    """All pins that the deciding rule demands, of what is or would be refused; empty where there is no rule. None
    where the connection is allowed, where no policy was asked, and where the policy was replaced meanwhile."""
    failed_depth: int | None = None
    """Of the certificate that is wrong, 0 for the leaf; None for none, and where it is not known."""
    detail: str | None = None
    """The TLS library's own words for what it found wrong; None where it said nothing."""
    scts: int | None = None
    """How many of the policy's logs have a good SCT in the leaf; None where none was looked for."""
    sct_operators: int = 0
    """How many operators these logs have."""
    ct_logs_stale: bool = False
    """The rule has require-scts, and the policy's list of logs is past its max-age."""
    sent: tuple[bytes, ...] = field(default=(), repr=False, compare=False)
    """The list that was sent, where it had to be validated first."""

    @property
    def allowed(self) -> bool:
        return self.decision is _ALLOW

    def __bool__(self) -> bool:
        return self.decision is _ALLOW

    @property
    def softened(self) -> bool:
        """Allowed only because the policy, the rule or its rollout does not enforce: a refusal to look into."""
        return self.allowed and not self.enforced and self.reason in SOFTENED

    @property
    def pins_found(self) -> tuple[dict[PinKind, Pin], ...]:
        """The pins of each certificate of the path, by kind, leaf first; empty for one that cannot be read. Where there
        is no path, of what was sent."""
        return tuple(map(pins_found, self.chain or self.sent))

    @property
    def explanation(self) -> str:
        """One line: host, decision, reason, rule, and for what is or would be refused the pins that the chain has and
        those that the rule demands, both spelled as in a policy. Of many it names some; :attr:`pins_found` and
        :attr:`pins_expected` have them all."""
        # A host may be anything that somebody typed.
        host = self.host if self.host.isprintable() and len(self.host) <= 253 else ascii(self.host[:253])
        decision = "would be refused" if self.softened else "is allowed" if self.allowed else "is refused"
        wrong = f" at depth {self.failed_depth}" if self.failed_depth is not None and self.pin is None else ""
        parts = [f"{host} {decision}: {self.reason}{wrong}" + (f" ({self.detail})" if self.detail else "")]
        if self.rule is not None:
            parts.append(f"by the rule {self.rule} of policy {self.policy_serial}")
        if self.scts is not None:
            parts.append(f"good SCTs of {self.scts} logs, {self.sct_operators} operators")
        if self.pin is not None:
            parts.append(f"at depth {self.depth} {self.pin}")
        if not self.allowed or self.softened:
            parts.append(f"pins {'found, by depth' if self.chain or not self.sent else 'sent'}: {self._found}")
            if self.chain and (others := [der for der in self.sent if der not in self.chain]):
                parts.append(f"sent, not on the path: {self._pins(others)}")
            if self.policy_serial:
                parts.append(f"pins expected: {self._expected}")
        return "; ".join(parts)

    @property
    def _found(self) -> str:
        certificates = self.chain or self.sent
        texts = self._texts(certificates)
        return _some([f"{depth} {text}" for depth, text in enumerate(texts)], len(certificates))

    def _pins(self, certificates: Sequence[bytes]) -> str:
        return _some(self._texts(certificates), len(certificates))

    def _texts(self, certificates: Sequence[bytes]) -> list[str]:
        # Of the kinds that are expected, so that the two can be compared.
        kinds = sorted({pin.kind for pin in self.pins_expected or ()}) or [PinKind.SPKI]

        def text(certificate: bytes) -> str:
            pins = pins_found(certificate)
            return " and ".join(str(pins[kind]) for kind in kinds if kind in pins) or "none"

        return [text(der) for der in certificates[:_MOST_NAMED]]

    @property
    def _expected(self) -> str:
        if self.pins_expected is None:
            return "not known, as the policy was replaced meanwhile"
        lists = [[str(pin) for pin in self.pins_expected if pin.list is member] for member in PinList]
        return ", and ".join(f"one of {_some(pins, len(pins))}" for pins in lists if pins) or "none"

    def raise_for_refusal(self) -> None:
        """Raises :class:`PinVerdictError`, with the explanation, unless the connection is allowed."""
        if not self.allowed:
            raise PinVerdictError(self.explanation, self)


# What the last check of a host wrote, and what that means: the next one mostly writes the same.
_last: dict[bytes, tuple[int, bytes, dict[str, Any]]] = {}


def to_verdict(
    decision: int, written: bytes, name: bytes, host: str, chain: tuple[bytes, ...], sent: tuple[bytes, ...]
) -> Verdict:
    """Of a check that returned the decision, and wrote the verdict."""
    last = _last.get(name)
    if last is None or last[1] != written or last[0] != decision:
        if len(_last) >= _MOST_REMEMBERED:
            _last.clear()
        last = _last[name] = decision, written, _fields(decision, written)
    verdict = object.__new__(Verdict)
    # Past the constructor, which sets one field after the other; what is not set here is the class's default.
    fields = verdict.__dict__
    fields.update(last[2])
    fields["host"], fields["chain"], fields["sent"] = host, chain, sent
    return verdict


def _fields(decision: int, verdict: bytes) -> dict[str, Any]:
    found = _abi.Verdict.from_buffer_copy(verdict)
    return {
        "decision": Decision.ALLOW if decision == Decision.ALLOW else Decision.REFUSE,
        "reason": Reason(found.reason),
        "rule": found.rule.decode() or None,
        "pin": Pin(PinKind(found.matched_kind), bytes(found.matched_digest)) if found.matched_kind else None,
        "depth": found.matched_depth if found.matched_depth >= 0 else None,
        "backup": found.backup,
        "enforced": found.enforced,
        "policy_serial": found.policy_serial,
        "failed_depth": found.failed_depth if found.failed_depth >= 0 else None,
        "detail": found.detail.decode(errors="replace") or None,
        "scts": found.scts if found.scts >= 0 else None,
        "sct_operators": found.sct_operators,
        "ct_logs_stale": found.ct_logs_stale,
    }


def _some(texts: Sequence[str], count: int) -> str:
    """The first of them, and how many of `count` are left out."""
    named = ", ".join(texts[:_MOST_NAMED])
    return f"{named} and {count - _MOST_NAMED} more" if count > _MOST_NAMED else named or "none"
