# SPDX-License-Identifier: Apache-2.0
"""The report, out of the answers in the store."""

from typing import Any

from .outcome import Outcome
from .problems import Problems
from .report import Report
from .row import Row
from .span import Span
from .store import Store

_MOST_SPANS = 200
_LENGTHS = (60, 300, 900, 3600, 21600, 86400, 604800, 2592000, 31536000)

_TOLD = """
CREATE VIEW told AS SELECT outcome, rule, reason, backup, before, before_reason, host, 1 AS pairs, count, first, last
    FROM answer JOIN pair USING (pair)
UNION ALL SELECT 'not the pins', '', reason, false, 'not the pins', reason, host, 0, count, time, time FROM apart
"""
_ROWS = """
WITH named AS (SELECT {keys}, host, sum(pairs) AS pairs, sum(count) AS connections, min(first) AS first,
    max(last) AS last FROM told {where} GROUP BY ALL)
SELECT {keys}, count(*), sum(connections), sum(pairs)::BIGINT, min(first), max(last), min(host, 5)
    FROM named GROUP BY ALL
"""
_KEYS = "outcome, rule, reason, backup"
_SPANS = """
SELECT (floor(time / {length}) * {length})::BIGINT, outcome, sum(parted.count) FROM parted JOIN pair
    ON parted.host = pair.host AND parted.chain = pair.chain AND parted.is_validated = pair.is_validated
        AND parted.part IS NOT DISTINCT FROM pair.part AND NOT pair.is_timeless
    JOIN answer USING (pair) WHERE time IS NOT NULL GROUP BY ALL
UNION ALL SELECT (floor(time / {length}) * {length})::BIGINT, 'not the pins', sum(count) FROM apart
    WHERE time IS NOT NULL GROUP BY ALL
"""


def summary_of(store: Store, problems: Problems, is_compared: bool) -> Report:
    store.database.execute(_TOLD)
    rows = _rows(store, _KEYS)
    changed = "WHERE before <> outcome OR before_reason <> reason"
    first, last = store.span() or (None, None)
    hosts, pairs, timeless = store.database.execute(
        "SELECT count(DISTINCT host), coalesce(sum(pairs), 0)::BIGINT, coalesce(sum(count) FILTER (first IS NULL), 0) "
        "FROM told").fetchone() or (0, 0, 0)
    return Report(
        connections=sum(row.connections for row in rows) + sum(store.not_asked.values()),
        pairs=pairs, hosts=hosts, first=first, last=last, without_time=timeless, rows=_sorted(rows),
        changes=_sorted(_rows(store, f"{_KEYS}, before, before_reason", changed)) if is_compared else None,
        not_asked=dict(store.not_asked.most_common()), problems=tuple(problems.first), problem_count=problems.count,
        unread=tuple(problems.unread), spans=_spans(store, first, last))


def _rows(store: Store, keys: str, where: str = "") -> list[Row]:
    found: list[tuple[Any, ...]] = store.database.execute(_ROWS.format(keys=keys, where=where)).fetchall()
    names = keys.split(", ")
    counts = ("hosts", "connections", "pairs", "first", "last", "examples")
    return [Row(**dict(zip([*names, *counts], [*row[:-1], tuple(row[-1])]))) for row in found]


def _sorted(rows: list[Row]) -> tuple[Row, ...]:
    """What hurts most comes first."""
    return tuple(sorted(rows, key=lambda row: (Outcome.ALL.index(row.outcome), -row.connections, row.rule, row.reason,
                                               row.backup, row.before, row.before_reason)))


def _spans(store: Store, first: int | None, last: int | None) -> tuple[Span, ...]:
    if first is None or last is None:
        return ()
    length = next((each for each in _LENGTHS if (last - first) // each < _MOST_SPANS), _LENGTHS[-1])
    found: dict[int, dict[str, int]] = {start: {} for start in range(first - first % length, last + 1, length)}
    for start, outcome, count in store.database.execute(_SPANS.format(length=length)).fetchall():
        found[start][outcome] = found[start].get(outcome, 0) + count
    return tuple(Span(start, length, *[counts.get(outcome, 0) for outcome in Outcome.ALL])
                 for start, counts in sorted(found.items()))
