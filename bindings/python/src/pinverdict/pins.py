# SPDX-License-Identifier: Apache-2.0
"""Pins: those of a certificate, and those that a rule demands."""

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import _abi
from ._abi import Backend, PinKind, PinList
from ._arguments import to_bytes
from ._library import library
from .errors import raise_for_status

if TYPE_CHECKING:
    from typing_extensions import Buffer


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
class ExpectedPin(Pin):
    """A pin that a rule demands. ``str()`` gives its line in the policy."""

    list: PinList = PinList.ANY
    """Where on the path it counts."""
    backup: bool = False
    """It is of a key that is kept for a rotation."""

    def __str__(self) -> str:
        place = "" if self.list is PinList.ANY else f"{self.list.name.lower()}-"
        return f"{'backup-' if self.backup else ''}{place}{Pin.__str__(self)}"


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


def pins_found(certificate: bytes) -> dict[PinKind, Pin]:
    """The pins of a certificate that was refused, which may not be one: then there are none."""
    try:
        return pins_of(certificate)
    except (ValueError, RuntimeError):
        return {}
