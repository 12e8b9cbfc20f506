# SPDX-License-Identifier: Apache-2.0
"""Connections on disk, to be asked about as pairs: DuckDB, with a limit to its memory."""

import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from .validity import moments_of

_ROWS = 50_000  # that wait in memory before they go to disk
_MOST_SEEN = 1 << 16  # certificates and chains that are known to be there; what comes again later is dropped below
_AT_ONCE = 2048

# A reference is what a record calls a certificate: its SHA-256, or Zeek's name of a file. A chain's id is the SHA-256
# of its references: never a hash of 64 bits, for the peer chooses those bytes.
_TABLES = {
    "certificate": {"reference": pa.string(), "digest": pa.string(), "place": pa.int64(), "size": pa.int64()},
    "chain": {"id": pa.binary(), "position": pa.int16(), "reference": pa.string()},
    "connection": {"host": pa.string(), "chain": pa.binary(), "is_validated": pa.bool_(), "time": pa.int64(),
                   "count": pa.int64()},
    "apart": {"host": pa.string(), "reason": pa.string(), "time": pa.int64(), "count": pa.int64()},
    "moment": {"chain": pa.binary(), "moment": pa.int64()},
    "answer": {"pair": pa.int64(), "rule": pa.string(), "outcome": pa.string(), "reason": pa.string(),
               "backup": pa.bool_(), "before": pa.string(), "before_reason": pa.string()},
}
_SQL_TYPES = {pa.string(): "VARCHAR", pa.binary(): "BLOB", pa.int16(): "SMALLINT", pa.int64(): "BIGINT",
              pa.bool_(): "BOOLEAN"}

# Of a reference that stands for several certificates nobody knows which was meant. The certificates themselves are in a
# file: DuckDB would keep them in memory to join them.
_RESOLVE = """
CREATE TABLE name AS SELECT reference, min(place) AS place, min(size) AS size FROM certificate GROUP BY reference
    HAVING min(digest) = max(digest);
CREATE TABLE link AS SELECT DISTINCT id, position, reference FROM chain;
CREATE TABLE unknown AS SELECT DISTINCT id FROM link ANTI JOIN name USING (reference);
"""
_CHAINS = """
SELECT id, place, size FROM link JOIN name USING (reference) ANTI JOIN unknown USING (id) ORDER BY id, position
"""
# The moments of a chain, and the changes for all, part its connections: between two of them the verdict is the same.
# Changes are looked up for each connection: written out for each chain, they may be more than a disk holds.
_PAIRS = """
CREATE TABLE pair AS SELECT row_number() OVER () AS pair, * FROM (
    SELECT host, chain, is_validated, part, time IS NULL AS is_timeless, min(time) AS first, max(time) AS last,
        sum(count) AS count FROM parted ANTI JOIN unknown ON chain = id GROUP BY ALL)
"""
_PARTED = """
CREATE VIEW parted AS SELECT connection.*, greatest(moment.moment, {change}) AS part FROM connection
    ASOF LEFT JOIN moment ON connection.chain = moment.chain AND connection.time >= moment.moment
"""
_ANSWERED = """
CREATE TABLE pair AS SELECT ('0x' || hex(chain))::BIGINT AS pair, host, chain, is_validated, NULL::BIGINT AS part,
    time IS NULL AS is_timeless, time AS first, time AS last, count FROM connection
"""
_SPAN = "SELECT min(time), max(time) FROM (SELECT time FROM connection UNION ALL SELECT time FROM apart)"
_WHOLE = "CREATE VIEW parted AS SELECT *, {change} AS part FROM connection"
_NO_CHANGE = "NULL::BIGINT"


class Pair(NamedTuple):
    number: int
    host: str
    is_validated: bool
    time: int | None


class Store:
    """What was read; close it, or use it as a context manager, and the files are gone."""

    def __init__(self, memory_limit: str = "1GB", folder: str | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pinverdict-replay-", dir=folder)
        place = Path(self._folder.name)
        self._certificates = (place / "certificates").open("w+b")
        self.database = duckdb.connect(str(place / "connections"), config={
            "memory_limit": memory_limit, "temp_directory": str(place / "spilled"), "preserve_insertion_order": False,
            "autoinstall_known_extensions": False})
        for name, columns in _TABLES.items():
            fields = ", ".join(f'"{column}" {_SQL_TYPES[kind]}' for column, kind in columns.items())
            self.database.execute(f"CREATE TABLE {name} ({fields})")
        self._waiting: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _TABLES}
        self._answered = 0
        self._seen: set[object] = set()
        self.not_asked: Counter[str] = Counter()

    def close(self) -> None:
        self.database.close()
        self._certificates.close()
        self._folder.cleanup()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def add_certificate(self, der: bytes, reference: str | None = None) -> str:
        """Its SHA-256, by which it can be referred to where it has no other reference."""
        digest = hashlib.sha256(der).hexdigest()
        if self._is_new((reference, digest)):
            self._put("certificate", (_plain(reference or digest), digest, self._certificates.tell(), len(der)))
            self._certificates.write(der)
        return digest

    def add_connection(
        self, host: str, references: Sequence[str], time: int | None, count: int, is_validated: bool
    ) -> None:
        self._put("connection", (_plain(_lower(host)), self.add_chain(references), is_validated, time, count))

    def add_chain(self, references: Sequence[str]) -> bytes:
        names = [_plain(reference) for reference in references]
        chain = hashlib.sha256(repr(names).encode()).digest()
        if self._is_new(chain):
            for position, reference in enumerate(names):
                self._put("chain", (chain, position, reference))
        return chain

    def add_not_asked(self, why: str, count: int = 1) -> None:
        self.not_asked[why] += count

    def add_apart(self, host: str, reason: str, time: int | None, count: int) -> None:
        """What a TLS library has refused without a path to ask about."""
        self._put("apart", (_plain(_lower(host)), reason, time, count))

    def chains(self) -> Iterator[tuple[bytes, tuple[bytes, ...]]]:
        """Those whose certificates are known, in the order of their ids."""
        for chain, rows in groupby(self._rows(_CHAINS), itemgetter(0)):
            yield chain, tuple(self._certificate(at, size) for _, at, size in rows)

    def resolve(self) -> None:
        """Ends the reading: says which certificates the references are."""
        self.flush()
        self._certificates.flush()
        self.database.execute(_RESOLVE)
        found = self._one("SELECT sum(count) FROM connection WHERE chain IN (FROM unknown)")
        if found:
            self.add_not_asked("a certificate that is in no x509.log, or not in base64", int(found))

    def has_presented(self) -> bool:
        """Whether any chain is not validated."""
        return bool(self._one("SELECT count(*) FROM connection WHERE NOT is_validated"))

    def hosts(self) -> Iterator[str]:
        """Those that can be asked about, each once."""
        return (host for host, in self._rows("SELECT DISTINCT host FROM connection"))

    def span(self) -> tuple[int, int] | None:
        found = self.database.execute(_SPAN).fetchone()
        return None if found is None or found[0] is None else (found[0], found[1])

    def part(self, changes: Iterable[int]) -> None:
        """Makes the pairs: connections of one host with one chain, between moments at which their verdict may change,
        which are those of the chain, and `changes` for all."""
        first, last = self.span() or (0, 0)
        change = _last_of(sorted({moment for moment in changes if first < moment <= last}))
        for chain, certificates in self.chains():
            for moment in {moment for der in certificates for moment in moments_of(der) if first < moment <= last}:
                self._put("moment", (chain, moment))
        self.flush()
        view = _PARTED if self._one("SELECT count(*) FROM moment") else _WHOLE
        self.database.execute(view.format(change=change))
        self.database.execute(_PAIRS)

    def pairs(self) -> Iterator[tuple[tuple[bytes, ...], Iterator[Pair]]]:
        """Each chain with its pairs."""
        rows = self._rows("SELECT chain, pair, host, is_validated, first FROM pair ORDER BY chain")
        chains = self.chains()
        for chain, members in groupby(rows, itemgetter(0)):
            yield next(found for each, found in chains if each == chain), (Pair(*row[1:]) for row in members)

    def add_answer(self, *answer: object) -> None:
        self._put("answer", answer)

    def add_answered(self, host: str, time: int | None, count: int, is_validated: bool, answer: Sequence[Any]) -> None:
        """A pair that was asked about elsewhere."""
        self._answered += 1
        self._put("connection", (_plain(_lower(host)), self._answered.to_bytes(8, "big"), is_validated, time, count))
        self._put("answer", (self._answered, *answer))

    def take_pairs(self) -> None:
        """Makes the pairs of those that were asked about elsewhere, each of which is a chain by itself here."""
        self.database.execute(_WHOLE.format(change=_NO_CHANGE))
        self.database.execute(_ANSWERED)

    def flush(self) -> None:
        for name, rows in self._waiting.items():
            if rows:
                columns = _TABLES[name]
                batch = pa.table({column: pa.array(values, kind) for (column, kind), values
                                  in zip(columns.items(), zip(*rows))})
                with self.database.cursor() as cursor:
                    cursor.register("batch", batch)
                    cursor.execute(f"INSERT INTO {name} FROM batch")
                rows.clear()

    def _put(self, table: str, row: tuple[Any, ...]) -> None:
        rows = self._waiting[table]
        rows.append(row)
        if len(rows) >= _ROWS:
            self.flush()

    def _certificate(self, at: int, size: int) -> bytes:
        return os.pread(self._certificates.fileno(), size, at)

    def _is_new(self, key: object) -> bool:
        if key in self._seen:
            return False
        if len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
        self._seen.add(key)
        return True

    def _rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        with self.database.cursor() as cursor:
            cursor.execute(query)
            while rows := cursor.fetchmany(_AT_ONCE):
                yield from rows

    def _one(self, query: str) -> Any:
        found = self.database.execute(query).fetchone()
        return found[0] if found else None


def _last_of(moments: Sequence[int], before: str = _NO_CHANGE) -> str:
    """In SQL, the last of the moments that a connection's time is not before. DuckDB would hold a join in memory."""
    if not moments:
        return before
    half = len(moments) // 2
    return (f"CASE WHEN connection.time >= {moments[half]} THEN {_last_of(moments[half + 1:], str(moments[half]))} "
            f"ELSE {_last_of(moments[:half], before)} END")


def _plain(text: str) -> str:
    """What UTF-8 cannot say, and NUL, as \\xNN: the library calls such a host malformed."""
    if not text.isascii():
        text = text.encode(errors="backslashreplace").decode()
    return text.replace("\0", "\\x00")


def _lower(host: str) -> str:
    return host.lower() if host.isascii() else host
