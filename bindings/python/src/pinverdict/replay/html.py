# SPDX-License-Identifier: Apache-2.0
"""The report as a page, with a plot of what would be refused over time: no scripts, nothing from elsewhere."""

from collections.abc import Sequence
from html import escape

from .report import Report
from .row import Row
from .text import MOST_ROWS, TITLES, heading, moment, shortened, shown

_WIDTH, _HEIGHT = 960, 200
_COLOURS = {"refused": "#c0392b", "softened": "#e6a23c", "not_the_pins": "#8e8e93"}
_STYLE = """
body { font: 15px/1.5 sans-serif; margin: 2em auto; max-width: 64em; padding: 0 1em; color: #222; background: #fff }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .2em .6em; vertical-align: top }
tr { border-bottom: 1px solid #ddd } td.number, th.number { text-align: right } svg { width: 100%; height: auto }
"""


def page_of(report: Report) -> str:
    parts = [f"<p>{escape(heading(report))}.</p>", _plot(report)]
    for outcome, title in TITLES.items():
        rows = [row for row in report.rows if row.outcome == outcome]
        parts.append(_section(f"{report.count(outcome)} {title}", shortened(rows)))
    if report.changes is not None:
        count = sum(row.connections for row in report.changes)
        parts.append(_section(f"{count} in another way than under the policy in force", shortened(report.changes)))
    if report.not_asked:
        rest = "".join(f"<tr><td class=number>{count}</td><td>{escape(why)}</td></tr>"
                       for why, count in report.not_asked.items())
        parts.append(f"<h2>{sum(report.not_asked.values())} not asked</h2><table>{rest}</table>")
    if report.without_time:
        parts.append(f"<p>{report.without_time} have no time: their verdict is that of now.</p>")
    if report.problem_count:
        rest = "".join(f"<li>{escape(shown(problem))}</li>" for problem in report.problems)
        parts.append(f"<h2>{report.problem_count} could not be read</h2><ul>{rest}</ul>")
    body = "\n".join(parts)
    return ("<!DOCTYPE html>\n<html lang=en><meta charset=utf-8>\n"
            "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
            f"<title>Replay of a pinning policy</title>\n<style>{_STYLE}</style>\n"
            f"<h1>What the policy would have done</h1>\n{body}\n</html>\n")


def _section(title: str, rows: Sequence[Row]) -> str:
    lines = "".join(map(_line, rows[:MOST_ROWS]))
    if not lines:
        return ""
    left = f"<p>and {len(rows) - MOST_ROWS} more rows</p>" if len(rows) > MOST_ROWS else ""
    heads = "".join(f"<th{' class=number' if number < 2 else ''}>{text}</th>" for number, text in enumerate(
        ("connections", "hosts", "first seen", "last seen", "reason", "rule", "such as")))
    return f"<h2>{escape(title)}</h2>\n<table><tr>{heads}</tr>\n{lines}</table>{left}"


def _line(row: Row) -> str:
    reason = row.reason + (", a backup" if row.backup else "")
    if row.before:
        reason = f"{row.before} ({row.before_reason}) → {row.outcome} ({reason})"
    texts = [moment(row.first), moment(row.last), reason, row.rule or "-", ", ".join(map(shown, row.examples))]
    return (f"<tr><td class=number>{row.connections}</td><td class=number>{row.hosts}</td>"
            + "".join(f"<td>{escape(text)}</td>" for text in texts) + "</tr>\n")


def _plot(report: Report) -> str:
    """A column for each span, of those that would be refused in it; what is allowed would hide them."""
    heights = [sum(getattr(span, kind) for kind in _COLOURS) for span in report.spans]
    most = max(heights, default=0)
    if most == 0:
        return ""
    step = _WIDTH / len(report.spans)
    bars = []
    for number, span in enumerate(report.spans):
        below = float(_HEIGHT)
        for kind, colour in _COLOURS.items():
            count = getattr(span, kind)
            height = _HEIGHT * count / most
            below -= height
            if count:
                title = f"{moment(span.start)}: {count} {kind.replace('_', ' ')}"
                bars.append(f'<rect x="{number * step:.1f}" y="{below + 20:.1f}" width="{max(step - 0.5, 0.5):.1f}" '
                            f'height="{height:.1f}" fill="{colour}"><title>{title}</title></rect>')
    legend = "".join(f'<text x="{60 + 130 * number}" y="14" fill="{colour}">■ {kind.replace("_", " ")}</text>'
                     for number, (kind, colour) in enumerate(_COLOURS.items()))
    ends = (f'<text x="0" y="{_HEIGHT + 36}">{moment(report.first)}</text>'
            f'<text x="{_WIDTH}" y="{_HEIGHT + 36}" text-anchor="end">{moment(report.last)}</text>'
            f'<text x="0" y="14">{most}</text>')
    return (f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT + 44}" role="img" font-size="12" '
            f'aria-label="Connections that would be refused, over time">{legend}{ends}'
            f'<path d="M0 {_HEIGHT + 20}H{_WIDTH}" stroke="#888"/>{"".join(bars)}</svg>')
