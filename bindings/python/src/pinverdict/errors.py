# SPDX-License-Identifier: Apache-2.0
"""The exceptions of the package."""

import os
import ssl
from typing import TYPE_CHECKING

from . import _abi
from ._library import library

if TYPE_CHECKING:
    from ._abi import PinKind
    from .pins import ExpectedPin, Pin
    from .verdict import Verdict

_APPLICATION_VERIFICATION = 50  # X509_V_ERR_APPLICATION_VERIFICATION


class PinVerdictError(ssl.SSLCertVerificationError):
    """A connection was refused. It is an SSL error, so that every client takes it for one.

    ``str()`` names the host, the rule, the reason, the pins that were found and those that were expected.
    """

    verdict: "Verdict | None"
    """The verdict, or None where none was asked for: verification was about to be switched off."""

    def __init__(self, message: str, verdict: "Verdict | None" = None) -> None:
        super().__init__(ssl.SSL_ERROR_SSL, message)
        self.verdict = verdict
        # What an error of the ssl module itself has, and its users read.
        self.library = "PINVERDICT"
        self.reason = verdict.reason.name if verdict is not None else "NO_VALIDATED_PATH"
        self.verify_code = _APPLICATION_VERIFICATION
        self.verify_message = message

    @property
    def pins_found(self) -> "tuple[dict[PinKind, Pin], ...]":
        """The verdict's: the pins of each certificate, by kind, leaf first."""
        return self.verdict.pins_found if self.verdict is not None else ()

    @property
    def pins_expected(self) -> "tuple[ExpectedPin, ...] | None":
        """The verdict's: all pins that the rule demands; None where they are not known."""
        return self.verdict.pins_expected if self.verdict is not None else None

    @property
    def path(self) -> tuple[bytes, ...]:
        """The verdict's: the path that was checked, in DER, leaf first."""
        return self.verdict.chain if self.verdict is not None else ()

    @property
    def failed_depth(self) -> int | None:
        """The verdict's: where on the path the certificate is that is wrong; None where it is not known."""
        return self.verdict.failed_depth if self.verdict is not None else None

    @property
    def detail(self) -> str | None:
        """The verdict's: the TLS library's own words for what it found wrong."""
        return self.verdict.detail if self.verdict is not None else None

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.strerror, self.verdict)


def verdict_of(exception: BaseException | None) -> "Verdict | None":
    """The verdict in an exception of any client: clients wrap the refusal of a pinned context in errors of their own,
    as cause, context, argument, attribute or a member of a group. None where there is none."""
    seen: list[object] = []
    waiting: list[object] = [exception]
    while waiting:
        found = waiting.pop(0)
        if not isinstance(found, BaseException) or any(found is other for other in seen):
            continue
        if isinstance(found, PinVerdictError):
            return found.verdict
        seen.append(found)
        waiting += [found.__cause__, found.__context__, *found.args]
        waiting += [getattr(found, name, None) for name in ("reason", "certificate_error")]
        waiting += getattr(found, "exceptions", ())
    return None


class PolicyError(ValueError):
    """A policy is invalid, outdated, or needs a setting that the checker lacks."""

    line: int | None
    """The line of the policy's text, from 1; None where the error has none."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message, line)
        self.line = line

    def __str__(self) -> str:
        message: str = self.args[0]
        return message if self.line is None else f"line {self.line}: {message}"


class SignatureError(PolicyError):
    """A policy is not signed by a key that counts: its signature is bad, another key's, or not there."""


class StalePolicyError(PolicyError):
    """A policy's valid-until has passed, and its on-stale is refuse."""


_BUILT_IN = {
    _abi.Status.OUT_OF_MEMORY: MemoryError,
    _abi.Status.FILE_ERROR: OSError,
    _abi.Status.BACKEND_UNAVAILABLE: RuntimeError,
    _abi.Status.BACKEND_FAILURE: RuntimeError,
}
_OF_POLICIES = {
    _abi.Status.INVALID_POLICY: PolicyError,
    _abi.Status.OUTDATED_POLICY: PolicyError,
    _abi.Status.SETTING_REQUIRED: PolicyError,
    _abi.Status.BAD_SIGNATURE: SignatureError,
    _abi.Status.UNKNOWN_KEY: SignatureError,
    _abi.Status.UNSIGNED_POLICY: SignatureError,
    _abi.Status.STALE_POLICY: StalePolicyError,
}


def raise_for_status(status: int, what: str, error: _abi.Error | None = None, path: bytes | None = None) -> None:
    """Raises the exception of a status that is not OK.

    ``what`` says what failed where the library has no message; ``path`` is that of the file, if there is one.
    """
    if status == _abi.Status.OK:
        return
    message = error.message.decode(errors="replace") if error else ""
    message = message or f"{what}: {library.pinverdict_status_name(status).decode()}"
    if status in _OF_POLICIES:
        raise _OF_POLICIES[_abi.Status(status)](message, error.line or None if error else None)
    if status == _abi.Status.FILE_ERROR and path is not None:
        os.stat(os.fsdecode(path))  # Raises the FileNotFoundError, say, that a Python program expects.
    raise _BUILT_IN.get(_abi.Status(status), ValueError)(message)
