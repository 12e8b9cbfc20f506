# SPDX-License-Identifier: Apache-2.0
"""What a policy would have done."""

import json
from dataclasses import asdict, dataclass

from .outcome import Outcome
from .row import Row
from .span import Span


@dataclass(frozen=True, slots=True)
class Report:
    """What a policy would have done to connections that were seen. ``str()`` is it as text."""

    connections: int
    """All of them, those that were not asked about too."""
    pairs: int
    """Of host and chain, that were asked about."""
    hosts: int
    first: int | None
    """When the first was seen: seconds since 1970 (UTC)."""
    last: int | None
    without_time: int
    """Connections of which it is not known when they were; their verdict is that of now."""
    rows: tuple[Row, ...]
    """By outcome, rule and reason."""
    changes: tuple[Row, ...] | None
    """Rows whose outcome or reason is another one under the policy in force; None where none was given."""
    not_asked: dict[str, int]
    """Connections about which nothing can be said, by why."""
    problems: tuple[str, ...]
    """The first lines that could not be read, each with its file and number."""
    problem_count: int
    unread: tuple[str, ...]
    """Files that were not read, or not to their ends: where the reading ended."""
    spans: tuple[Span, ...]
    """Connections over time."""

    def count(self, outcome: str) -> int:
        return sum(row.connections for row in self.rows if row.outcome == outcome)

    @property
    def refused(self) -> int:
        return self.count(Outcome.REFUSED)

    @property
    def softened(self) -> int:
        return self.count(Outcome.SOFTENED)

    @property
    def allowed(self) -> int:
        return self.count(Outcome.ALLOWED)

    @property
    def not_the_pins(self) -> int:
        """Refused with pins or without."""
        return self.count(Outcome.NOT_THE_PINS)

    def to_json(self) -> str:
        counts = {outcome.replace(" ", "_"): self.count(outcome) for outcome in Outcome.ALL}
        return json.dumps({**counts, **asdict(self)}, indent=2)

    def __str__(self) -> str:
        from .text import text_of

        return text_of(self)

    def to_html(self) -> str:
        """A page that needs nothing beside itself."""
        from .html import page_of

        return page_of(self)
