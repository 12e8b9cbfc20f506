# SPDX-License-Identifier: Apache-2.0
"""Replay on a cluster: pairs of host and chain in a DataFrame, asked about where they lie.

    pairs = connections.groupBy("host", "chain", "time").count()
    print(replay(pairs, open("new.conf").read()))
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ..checker import Checker
from ..policy import Policy
from .ask import Clock, answer_of
from .problems import Problems
from .records import UNSEEN
from .report import Report
from .store import Store
from .summary import summary_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

RESULT_DDL = ("host string, time long, count long, rule string, outcome string, reason string, backup boolean, "
              "before string, before_reason string")
"""The columns of what :func:`verdicts` gives, for mapInArrow. Outcome is null where there was no chain to ask about."""

_SCHEMA = pa.schema([
    ("host", pa.string()), ("time", pa.int64()), ("count", pa.int64()), ("rule", pa.string()), ("outcome", pa.string()),
    ("reason", pa.string()), ("backup", pa.bool_()), ("before", pa.string()), ("before_reason", pa.string())])


def verdicts(
    policy: Any, *, against: Any = None, validated: bool = False, **settings: Any
) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """A function for mapInArrow, over columns host (string), chain (array<binary>), and, where there are such, time
    (long: seconds since 1970) and count (long).

    policy, against  texts, or broadcasts of them: each task parses them once
    settings         the environment, install_id and trust_file of a :class:`Checker`; the file is on each executor
    """

    def ask(batches: Iterator[Any]) -> Iterator[Any]:
        clock = Clock()
        texts = [getattr(text, "value", text) for text in (policy, against) if text is not None]
        checkers = [Checker(Policy.parse(text), clock=clock.ask, presented=not validated, **settings) for text in texts]
        for batch in batches:
            rows = [_answer(row, checkers, clock, validated) for row in batch.to_pylist()]
            yield pa.RecordBatch.from_pylist(rows, _SCHEMA)

    return ask


def replay(
    pairs: "DataFrame", policy: str, *, against: str | None = None, validated: bool = False,
    memory_limit: str = "1GB", folder: str | None = None, **settings: Any,
) -> Report:
    """The report of :func:`pinverdict.replay.replay`, over a DataFrame: see :func:`verdicts`. Each row is asked about
    at its time, so rows are to be put together no further than their verdict allows: by the hour, say."""
    share = pairs.sparkSession.sparkContext.broadcast
    before = None if against is None else share(against)
    asked = verdicts(share(policy), against=before, validated=validated, **settings)
    with Store(memory_limit, folder) as store:
        for row in pairs.mapInArrow(asked, RESULT_DDL).toLocalIterator(prefetchPartitions=True):
            if row.outcome is None:
                store.add_not_asked(UNSEEN, row["count"])
            else:
                store.add_answered(row.host, row.time, row["count"], validated, tuple(row)[3:])
        store.flush()
        store.take_pairs()
        return summary_of(store, Problems(), against is not None)


def _answer(row: dict[str, Any], checkers: list[Checker], clock: Clock, is_validated: bool) -> dict[str, Any]:
    count = row.get("count")
    answer: dict[str, Any] = {"host": row["host"], "time": row.get("time"), "count": 1 if count is None else count}
    if not row["chain"]:
        return answer
    names = ("rule", "outcome", "reason", "backup", "before", "before_reason")
    found = answer_of(checkers, row["host"] or "", row["chain"], row.get("time"), is_validated, clock)
    return answer | dict(zip(names, found))
