# SPDX-License-Identifier: Apache-2.0
"""Files of connections: JSON lines, Zeek's columns between tabs, Parquet; the first and second plain or by gzip."""

import gzip
import json
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet

from .malformed import Malformed
from .problems import Problems
from .records import take
from .store import Store

_MOST_OF_A_LINE = 1 << 24
_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"
_ROWS = 1024

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
        parquet = pyarrow.parquet.ParquetFile(file)
        for batch in parquet.iter_batches(_ROWS):
            for record in batch.to_pylist():
                number += 1
                try:
                    take(record, store, are_validated)
                except Malformed as malformed:
                    problems.add(f"{path}, row {number}", str(malformed))
    except (pa.ArrowException, OSError, ValueError) as error:
        problems.add_unread(f"{path}, row {number + 1}", f"reading ended here: {error}")
