# SPDX-License-Identifier: Apache-2.0
"""The report for people."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from .outcome import Outcome
from .report import Report
from .row import Row

TITLES = {
    Outcome.REFUSED: "would have been refused",
    Outcome.SOFTENED: "would have been refused if it were enforced",
    Outcome.NOT_THE_PINS: "refused with pins or without",
    Outcome.ALLOWED: "allowed",
}
_EPOCH, _SECOND = datetime(1970, 1, 1), timedelta(seconds=1)
_FIRST, _LAST = [(end - _EPOCH) // _SECOND for end in (datetime.min, datetime.max)]
_MOST_PROBLEMS = 20
MOST_ROWS = 200  # of a table for reading; the JSON has them all


def moment(seconds: int | None) -> str:
    """A span may begin before the calendar does: then as the calendar does."""
    return "-" if seconds is None else str(_EPOCH + min(max(seconds, _FIRST), _LAST) * _SECOND)


def shown(text: str) -> str:
    """A host is what somebody sent: nothing of it moves a terminal's cursor."""
    return text if text.isprintable() else ascii(text)[1:-1]


def heading(report: Report) -> str:
    """The one sentence."""
    seen = f" from {moment(report.first)} to {moment(report.last)} UTC" if report.first is not None else ""
    return (f"{report.connections} connections{seen}: {report.pairs} pairs of host and chain, {report.hosts} hosts; "
            f"{report.refused} would have been refused")


def shortened(rows: Sequence[Row]) -> list[Row]:
    """For reading: what is allowed by reason alone. ``to_json`` has it by rule too."""
    found: dict[str, Row] = {}
    shown = []
    for row in rows:
        if row.outcome != Outcome.ALLOWED or row.before:
            shown.append(row)
            continue
        key = f"{row.reason}, a backup" if row.backup else row.reason
        found[key] = _together(found[key], row) if key in found else row
    shown += found.values()
    return shown


def _together(row: Row, other: Row) -> Row:
    """Of two rules, whose hosts differ."""
    return replace(row, rule="", hosts=row.hosts + other.hosts, connections=row.connections + other.connections,
                   pairs=row.pairs + other.pairs,
                   first=min((each for each in (row.first, other.first) if each is not None), default=None),
                   last=max((each for each in (row.last, other.last) if each is not None), default=None))


def text_of(report: Report) -> str:
    lines = [heading(report)]
    for outcome, title in TITLES.items():
        if rows := [row for row in report.rows if row.outcome == outcome]:
            lines += ["", f"{report.count(outcome)} {title}", *_table(shortened(rows))]
    if report.changes is not None:
        count = sum(row.connections for row in report.changes)
        lines += ["", f"{count} in another way than under the policy in force", *_table(shortened(report.changes))]
    if report.not_asked:
        lines += ["", f"{sum(report.not_asked.values())} not asked"]
        lines += [f"  {count:>9}  {why}" for why, count in report.not_asked.items()]
    if report.without_time:
        lines += ["", f"{report.without_time} have no time: their verdict is that of now"]
    if report.problem_count:
        lines += ["", f"{report.problem_count} could not be read"]
        lines += [f"  {shown(problem)}" for problem in report.problems[:_MOST_PROBLEMS]]
        if report.problem_count > _MOST_PROBLEMS:
            lines.append(f"  and {report.problem_count - _MOST_PROBLEMS} more")
    return "\n".join(lines)


def _table(rows: Sequence[Row]) -> list[str]:
    lines = [("connections", "hosts", "first seen", "last seen", "reason", "rule", "such as")]
    for row in rows[:MOST_ROWS]:
        reason = row.reason + (", a backup" if row.backup else "")
        if row.before:
            reason = f"{row.before} ({row.before_reason}) -> {row.outcome} ({reason})"
        lines.append((str(row.connections), str(row.hosts), moment(row.first), moment(row.last), reason,
                      row.rule or "-", ", ".join(map(shown, row.examples[:2]))))
    widths = [max(map(len, column)) for column in zip(*lines)]
    left = [f"  and {len(rows) - MOST_ROWS} more rows"] if len(rows) > MOST_ROWS else []
    return ["  " + "  ".join([line[0].rjust(widths[0]), line[1].rjust(widths[1]),
                              *[text.ljust(width) for text, width in zip(line[2:], widths[2:])]]).rstrip()
            for line in lines] + left
