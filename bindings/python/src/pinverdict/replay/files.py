# SPDX-License-Identifier: Apache-2.0
"""Files of connections: JSON lines, Zeek's columns between tabs, Parquet; the first and second plain or by gzip."""

import gzip
import json
import sys
import zlib
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet

from .malformed import Malformed
from .problems import Problems
from .records import take
from .store import Store

_MOST_OF_A_LINE = 1 << 24
_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"
_ROWS, _MOST_OF_A_BATCH = 1024, 1 << 28

Progress = Callable[[int], None]
"""Told, from time to time, where in the file the reading is: in bytes."""


def read(path: str, store: Store, problems: Problems, progress: Progress, are_validated: bool) -> None:
    """Puts a file's connections into the store. What cannot be read is a problem, with its line, and left out.

    Raises OSError where there is no such file.
    """
    if path == "-":
        return _read_lines(sys.stdin.buffer, "standard input", store, problems, lambda: None, are_validated)
    with Path(path).open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if start == _PARQUET:
            return _read_parquet(file, path, store, problems, are_validated)
        lines: Any = gzip.GzipFile(fileobj=file) if start.startswith(_GZIP) else file
        _read_lines(lines, path, store, problems, lambda: progress(file.tell()), are_validated)


def _read_lines(
    file: IO[bytes], path: str, store: Store, problems: Problems, progress: Callable[[], None], are_validated: bool
) -> None:
    columns = Columns()
    number = 0
    try:
        for number, line in enumerate(_lines(file), 1):
            if number % 10_000 == 0:
                progress()
            try:
                if len(line) > _MOST_OF_A_LINE:
                    raise Malformed(f"longer than {_MOST_OF_A_LINE} bytes")
                record = _of_json(line) if line.startswith(b"{") else columns.record(line)
                if record is not None:
                    take(record, store, are_validated)
            except Malformed as malformed:
                problems.add(f"{path}:{number}", str(malformed))
    except (OSError, EOFError, zlib.error) as error:
        problems.add_unread(f"{path}:{number + 1}", f"reading ended here: {error}")


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Of one that is too long, one byte more than may be."""
    while line := file.readline(_MOST_OF_A_LINE + 1):
        yield line
        while len(line) > _MOST_OF_A_LINE and not line.endswith(b"\n"):
            line = file.readline(_MOST_OF_A_LINE + 1)


def _of_json(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not JSON: {error}") from None


class Columns:
    """Zeek's own format: lines that begin with # name the columns of those that follow."""

    def __init__(self) -> None:
        self.separator, self.unset, self.empty, self.set_separator = "\t", "-", "(empty)", ","
        self.fields: list[str] = []
        self.sets: set[str] = set()

    def record(self, line: bytes) -> dict[str, Any] | None:
        """None of a line that has none."""
        text = line.decode(errors="backslashreplace").rstrip("\r\n")
        if text.startswith("#"):
            self._take_header(text[1:])
            return None
        if text.strip() == "":
            return None
        if not self.fields:
            raise Malformed("neither JSON nor below a line of #fields")
        values = text.split(self.separator)
        if len(values) != len(self.fields):
            raise Malformed(f"{len(values)} columns in the place of {len(self.fields)}")
        return {name: self._value(name, value) for name, value in zip(self.fields, values) if value != self.unset}

    def _value(self, name: str, value: str) -> "str | list[str]":
        if name not in self.sets:
            return value
        return [] if value == self.empty else value.split(self.set_separator)

    def _take_header(self, text: str) -> None:
        if text.startswith("separator "):
            try:
                separator = bytes(text[10:], "ascii").decode("unicode_escape")
            except UnicodeError:
                separator = ""
            if not separator:
                raise Malformed("a separator that is none")
            self.separator = separator
            return
        name, *values = text.split(self.separator)
        if name == "fields":
            self.fields, self.sets = values, set()
        elif name == "types":
            self.sets = {field for field, kind in zip(self.fields, values) if kind.startswith(("vector[", "set["))}
        elif name in ("unset_field", "empty_field", "set_separator") and values and values[0]:
            setattr(self, name.removesuffix("_field"), values[0])


def _read_parquet(file: IO[bytes], path: str, store: Store, problems: Problems, are_validated: bool) -> None:
    number = 0
    try:
        for record in _records(file):
            number += 1
            try:
                if record is None:
                    raise Malformed(f"longer than {_MOST_OF_A_LINE} bytes")
                take(record, store, are_validated)
            except Malformed as malformed:
                problems.add(f"{path}, row {number}", str(malformed))
    except (pa.ArrowException, OSError, ValueError) as error:
        problems.add_unread(f"{path}, row {number + 1}", f"reading ended here: {error}")


def _records(file: IO[bytes]) -> Iterator[Any]:
    """None of a row that is too long. What a page has once for all of its rows, as dictionaries are, stays so until it
    is known how long the rows are."""
    metadata = pyarrow.parquet.read_metadata(file)
    columns = [metadata.schema.column(number) for number in range(metadata.num_columns)]
    for column in columns:
        if (column.length or 0) > _MOST_OF_A_LINE:  # Of a type of one length, which is not read as a dictionary.
            raise Malformed(f"{column.path} is longer than {_MOST_OF_A_LINE} bytes")
    parquet = pyarrow.parquet.ParquetFile(file, read_dictionary=[column.path for column in columns])
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        rows = max(1, min(_ROWS, _MOST_OF_A_BATCH * group.num_rows // max(group.total_byte_size, 1)))
        for batch in parquet.iter_batches(rows, row_groups=[number]):
            sizes = _sizes(batch.to_struct_array())
            if max(sizes, default=0) <= _MOST_OF_A_LINE and sum(sizes) <= _MOST_OF_A_BATCH:
                yield from batch.to_pylist()
            else:
                for row, size in enumerate(sizes):
                    yield batch.slice(row, 1).to_pylist()[0] if size <= _MOST_OF_A_LINE else None


def _sizes(values: Any) -> list[int]:
    """How many bytes each of the values has with all that is in it."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        each = _sizes(values.dictionary)
        return [0 if index is None else each[index] for index in values.indices.to_pylist()]
    if pa.types.is_struct(kind):
        return [sum(each) for each in zip([0] * len(values), *map(_sizes, values.flatten()))]
    if pa.types.is_map(kind):
        return _between(values, [sum(each) for each in zip(_sizes(values.keys), _sizes(values.items))])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _between(values, _sizes(values.values))
    if pa.types.is_fixed_size_list(kind):
        return _sizes(values.cast(pa.list_(kind.value_type)))
    if pa.types.is_null(kind) or pa.types.is_primitive(kind) or pa.types.is_decimal(kind):
        return [0] * len(values)
    sizes: list[int] = pa.compute.binary_length(values).fill_null(0).to_pylist()
    return sizes


def _between(lists: Any, sizes: list[int]) -> list[int]:
    ends = list(accumulate(sizes, initial=0))
    offsets = lists.offsets.to_pylist()
    return [ends[end] - ends[start] for start, end in zip(offsets, offsets[1:])]
