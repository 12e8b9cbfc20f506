# SPDX-License-Identifier: Apache-2.0
"""A column of the report's plot."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Connections from a moment on, for as long as all spans take."""

    start: int
    """Seconds since 1970 (UTC)."""
    seconds: int
    refused: int
    softened: int
    not_the_pins: int
    allowed: int
