# SPDX-License-Identifier: Apache-2.0
"""What a checker has counted, as Prometheus wants it."""

from collections.abc import Iterator
from dataclasses import dataclass

from . import counters
from ._handle import Reference
from ._text import quoted


@dataclass(frozen=True, slots=True)
class Family:
    """A metric, and its samples: the values of its labels, and the number."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...]
    samples: tuple[tuple[tuple[str, ...], int], ...]


def families(checker: Reference) -> tuple[Family, ...]:
    """In the order of bindings/c/pinverdict-text.h."""
    ends, rules, policy = counters.counts(checker), counters.rule_counts(checker), counters.policy_info(checker)
    events = counters.event_counts(checker)
    truth = ("false", "true")

    def gauge(name: str, help: str, number: int | None) -> Family:
        # Of a time that there is none of there is no sample: one of 0 would read as long ago.
        return Family(f"pinverdict_{name}", "gauge", help, (), () if number is None else (((), number),))

    return (
        Family(
            "pinverdict_checks_total", "counter", "Checks, by what they ended with.",
            ("reason", "decision", "enforced", "backup"),
            tuple(
                ((str(end.reason), end.decision.name.lower(), truth[end.enforced], truth[end.backup]), end.checks)
                for end in ends
            ),
        ),
        Family(
            "pinverdict_rule_checks_total", "counter", "Checks that looked for the pins of a rule, by outcome.",
            ("rule", "outcome"),
            tuple(
                ((row.rule, outcome), getattr(row, outcome))
                for row in rules for outcome in ("matched", "backup", "softened", "refused")
            ),
        ),
        Family(
            "pinverdict_last_failure_timestamp_seconds", "gauge",
            "When a check was last refused or softened for a rule's pins; 0 = never.", ("rule",),
            tuple(((row.rule,), row.last_failure or 0) for row in rules),
        ),
        gauge("first_expiry_timestamp_seconds", "When the first pins expire.", policy.first_expiry),
        gauge("policy_serial", "The serial of the policy in force.", policy.serial),
        gauge("policy_loaded_timestamp_seconds", "When the policy in force was set.", policy.since),
        gauge("policy_valid_until_timestamp_seconds", "When the policy in force is stale.", policy.valid_until),
        gauge("policy_enforcement", "What the policy as a whole does: 0 off, 1 report-only, 2 enforce.",
              ("off", "report-only", "enforce").index(policy.enforcement)),
        Family(
            "pinverdict_events_total", "counter", "Ends of checks that are events, by what became of them.",
            ("outcome",),
            ((("queued",), events.queued), (("repeated",), events.repeated), (("lost",), events.lost)),
        ),
        Family(
            "pinverdict_policy_updates_total", "counter",
            "Policies that were offered to a process, by what became of them.",
            ("result",),
            ((("set",), policy.sets), (("outdated",), policy.outdated), (("rejected",), policy.rejected)),
        ),
    )


def text(checker: Reference) -> str:
    """Text format 0.0.4."""
    return "".join(line + "\n" for family in families(checker) for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {family.help}"
    yield f"# TYPE {family.name} {family.kind}"
    for values, number in family.samples:
        labels = ",".join(f"{label}={quoted(value)}" for label, value in zip(family.labels, values))
        yield f"{family.name}{{{labels}}} {number}" if labels else f"{family.name} {number}"
