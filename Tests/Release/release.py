# SPDX-License-Identifier: Apache-2.0
"""What the checks of a release share: the headers, and lines that count what held."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include"
VERSION_SCRIPT = ROOT / "Sources/PinVerdictABI/pinverdict.map"

passed = failed = 0


def check(name, ok, detail=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(f"{'ok  ' if ok else 'FAIL'}  {name}" + (f": {detail}" if detail else ""))


def check_equal(name, found, expected):
    """Compares two sets of names, and names what differs."""
    extra, missing = sorted(found - expected), sorted(expected - found)
    differences = {"extra": extra, "missing": missing}
    detail = "; ".join(f"{what} {', '.join(names)}" for what, names in differences.items() if names)
    check(name, not detail, detail or f"{len(found)} names")


def finish():
    """The line that run-suites.sh adds up, and the exit status."""
    print(f"\n{passed} passed, {failed} failed")
    sys.exit(failed > 0)


def headers(include=INCLUDE):
    return sorted(include.glob("*.h"))


def text_of(header):
    """What the compiler sees of it: no comments, no preprocessor lines."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", header.read_text(), flags=re.S)
    return re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", "", text, flags=re.M)


def functions_of(header):
    """Every name that a parenthesis follows, however the function is declared."""
    return set(re.findall(r"\b(pinverdict_\w+)\s*\(", text_of(header)))
