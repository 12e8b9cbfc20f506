# SPDX-License-Identifier: Apache-2.0
"""A connection that was seen."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection, or several that differ in nothing."""

    host: str
    """Whom the client wanted to reach: a name or an address."""
    chain: Sequence[bytes]
    """Its certificates in DER, leaf first; empty where none were seen."""
    time: int | None = None
    """Seconds since 1970 (UTC); None where it is not known: then the verdict is that of now."""
    count: int = 1
    is_validated: bool = False
    """The chain is the path that a TLS library has validated, and not what the peer has sent."""
