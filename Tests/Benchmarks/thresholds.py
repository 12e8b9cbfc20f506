#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""thresholds.py BUILD: measures what repeats of the libraries built there, and writes it to thresholds.tsv.

`make test-bench` compares what it measures with that file. README.md says what is in it.
"""
import os
import platform
import subprocess
import sys
from pathlib import Path

from bench import FLAVOURS, IN_GOALS, Programs, stripped_size

FILE = Path(__file__).with_name("thresholds.tsv")
# The columns: how near a figure has to be to the one that is written down, in words and in code.
COLUMNS = {
    "instructions": ("within 1 % of", lambda figure, written: abs(figure - written) <= written / 100),
    "allocations": ("exactly", lambda figure, written: figure == written),
    "system calls": ("exactly", lambda figure, written: figure == written),
    "bytes": ("at most", lambda figure, written: figure <= written),
}
OF_ONE_ARCHITECTURE = ["instructions", "bytes"]


def measure(programs):
    """The figures, by the name of their line and their column."""
    programs.check_counters()
    figures = {}
    for kind in IN_GOALS:
        counts = programs.counts(kind, 100)
        for (library, what), row in programs.instructions(kind, 10).items():
            name, own = f"{kind}, {library}: {what}", row["instructions"]["libpinverdict"]
            if own > 0:
                figures[name, "instructions"] = own
                if "cross-check" not in what:  # with it the TLS library allocates, each version as it likes
                    figures |= {(name, column): count for column, count in counts[library, what].items()}
    for flavour in FLAVOURS:
        figures[f"lib{flavour}.so, stripped", "bytes"] = stripped_size(programs.build / f"lib/lib{flavour}.so")
    return figures


def circumstances():
    """What instructions and sizes depend on: the architecture, the compiler."""
    swift = subprocess.run([os.environ.get("SWIFT", "swift"), "--version"], check=True, capture_output=True, text=True)
    return [platform.machine(), swift.stdout.splitlines()[0]]


def text(figure):
    return "-" if figure is None else f"{figure:.10g}"


def write(figures):
    rows = [["of", *COLUMNS], *([name, *(text(figures.get((name, column))) for column in COLUMNS)]
                                for name in dict.fromkeys(name for name, _ in figures))]
    FILE.write_text("# Written by `make thresholds`, and README.md says what this is. The architecture, the compiler:\n"
                    f"# {', '.join(circumstances())}\n" + "".join("\t".join(row) + "\n" for row in rows))


def read():
    """The figures that are written down, and their circumstances."""
    _, circumstances, (_, *columns), *rows = [line.split("\t") for line in FILE.read_text().splitlines()]
    return {(name, column): float(figure) for name, *figures in rows for column, figure in zip(columns, figures)
            if figure != "-"}, circumstances[0].removeprefix("# ").split(", ")


def differences(column, figures, written):
    """The lines whose figure in this column is not near enough to the one that is written down, or not in both."""
    _, is_near = COLUMNS[column]
    return [f"{key[0]}: {text(figures.get(key))} where {text(written.get(key))} is written down"
            for key in dict.fromkeys([*written, *figures]) if key[1] == column and
            not (key in figures and key in written and is_near(figures[key], written[key]))]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.splitlines()[0])
    write(measure(Programs(sys.argv[1])))
