# SPDX-License-Identifier: Apache-2.0
"""A line of the report."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """Connections with one outcome, by one rule, for one reason."""

    outcome: str
    rule: str
    """Its host; "" where no rule decided."""
    reason: str
    backup: bool
    """Matched by backups alone."""
    hosts: int
    connections: int
    pairs: int
    first: int | None
    """When the first was seen: seconds since 1970 (UTC)."""
    last: int | None
    examples: tuple[str, ...]
    """A few of the hosts."""
    before: str = ""
    """The outcome under the policy in force, where that is compared."""
    before_reason: str = ""
