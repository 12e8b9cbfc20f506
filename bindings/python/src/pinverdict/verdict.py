"""The answer to a check, and the pins of a certificate."""

import base64
import ctypes
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import _abi
from ._abi import Backend, Decision, PinKind, Reason
from ._arguments import to_bytes
from ._library import library
from .errors import PinVerdictError, raise_for_status

if TYPE_CHECKING:
    from typing_extensions import Buffer


# What is a refusal where the rule is enforced.
_SOFTENED = (
    Reason.PINS_EXPIRED,
    Reason.NO_MATCH,
    Reason.REJECTED_KEY,
    Reason.NOT_A_PATH,
    Reason.MALFORMED_CERTIFICATE,
)


@dataclass(frozen=True, slots=True)
class Pin:
    """A SHA-256, and what it is of. ``str()`` gives the line that pins it in a policy."""

    kind: PinKind
    digest: bytes
    """32 bytes."""

    @property
    def base64(self) -> str:
        return base64.b64encode(self.digest).decode()

    def __str__(self) -> str:
        return f"{self.kind.name.lower().replace('spki', 'pin')}-sha256 = {self.base64}"


@dataclass(frozen=True, slots=True)
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
    """False under report-only or off, or outside the rollout."""
    policy_serial: int = 0
    """Of the policy that decided; 0 where none was asked."""
    chain: tuple[bytes, ...] = field(default=(), repr=False, compare=False)
    """The certificates that were checked, in DER, as they were handed over."""

    @property
    def allowed(self) -> bool:
        return self.decision is Decision.ALLOW

    def __bool__(self) -> bool:
        return self.allowed

    @property
    def softened(self) -> bool:
        """Allowed only because the policy, the rule or its rollout does not enforce: a refusal to look into."""
        return self.allowed and not self.enforced and self.reason in _SOFTENED

    @property
    def explanation(self) -> str:
        """One line: host, decision, rule, reason, and for what is or would be refused the pins of the chain."""
        # A host may be anything that somebody typed.
        host = self.host if self.host.isprintable() and len(self.host) <= 253 else ascii(self.host[:253])
        decision = "would be refused" if self.softened else "is allowed" if self.allowed else "is refused"
        parts = [f"{host} {decision}: {self.reason}"]
        if self.rule is not None:
            parts.append(f"by the rule {self.rule} of policy {self.policy_serial}")
        if self.pin is not None:
            parts.append(f"at depth {self.depth} {self.pin}")
        if not self.allowed or self.softened:
            found = [f"{depth} {_spki_pin(certificate)}" for depth, certificate in enumerate(self.chain[:32])]
            parts.append(f"pins found, by depth: {', '.join(found) or 'none'}")
        return "; ".join(parts)

    def raise_for_refusal(self) -> None:
        """Raises :class:`PinVerdictError`, with the explanation, unless the connection is allowed."""
        if not self.allowed:
            raise PinVerdictError(self.explanation, self)


def verdict_of(decision: int, found: _abi.Verdict, host: str, chain: tuple[bytes, ...]) -> Verdict:
    pin = Pin(PinKind(found.matched_kind), bytes(found.matched_digest)) if found.matched_kind else None
    return Verdict(
        Decision.ALLOW if decision == Decision.ALLOW else Decision.REFUSE,
        Reason(found.reason),
        host,
        found.rule.decode() or None,
        pin,
        found.matched_depth if found.matched_depth >= 0 else None,
        found.backup,
        found.enforced,
        found.policy_serial,
        chain,
    )


def pins_of(certificate: "Buffer", *, backend: Backend = Backend.AUTO) -> dict[PinKind, Pin]:
    """The pins of one certificate in DER, by kind. PinKind.KEY is missing where the key's algorithm has none.

    ``backend`` names the library whose parser reads the certificate; AUTO reads it as a check does, in place.
    Raises TypeError, ValueError where it is not one DER certificate, and RuntimeError where the backend is not
    built in or fails.
    """
    encoded = to_bytes(certificate, "a certificate")
    pins = {}
    for kind in PinKind:
        digest = _abi.Digest()
        status = library.pinverdict_pin_of_certificate(
            Backend(backend), kind, _abi.Bytes(encoded, len(encoded)), digest
        )
        if kind is PinKind.KEY and status == _abi.Status.UNSUPPORTED_KEY:
            continue
        raise_for_status(status, "the certificate")
        pins[kind] = Pin(kind, bytes(digest))
    return pins


def _spki_pin(certificate: bytes) -> str:
    digest = _abi.Digest()
    status = library.pinverdict_pin_of_certificate(
        Backend.AUTO, PinKind.SPKI, _abi.Bytes(certificate, len(certificate)), digest
    )
    if status != _abi.Status.OK:
        return library.pinverdict_status_name(status).decode()  # type: ignore[no-any-return]
    return f"sha256/{Pin(PinKind.SPKI, bytes(digest)).base64}"
