#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check-abi.py DIRECTORY [--renew]: is the ABI of the libraries built there that of the committed baseline?

Compares the headers and the libraries with Tests/Release/abi-baseline, whose README.md says what may change; then
shows that the comparison sees what it should, on headers that were changed in many ways. Prints a line per check;
exits 1 if one failed. --renew makes what is there the baseline.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

import abi
from abi_changes import ADDED_TO_THE_FIRST_NODE, ADDED_UNDER_A_NEW_NODE, BREAKS, FIRST, GROWTH, NEXT, WITH_AN_EMPTY_NODE
from abi_changes import Misfit, stub
from release import INCLUDE, VERSION_SCRIPT, check, check_equal, finish

BASELINE = Path(__file__).resolve().parent / "abi-baseline"


def check_libraries(baseline, released, now, work):
    found = abi.problems(baseline, now, released, work)
    check("what is in the baseline is as it was, and what is new may be", not found)
    for problem in found:
        print("      " + problem.replace("\n", "\n      "))
    if found:
        print("      Tests/Release/abi-baseline/README.md says what to do.")
    check_equal("the libraries have every released node", released & now.nodes, released)
    undescribed = abi.undescribed(now.description, INCLUDE)
    check("every function and type of the headers was compared", not undescribed, " ".join(sorted(undescribed)))
    paths = re.findall(r"='(/[^']*)'", baseline.description.read_text())
    check("the baseline names no path of a machine", not paths, " ".join(paths))


def check_comparison(work):
    """With a baseline made of a stub of the headers as they are."""
    baseline = stub([], work / "as-it-is")

    def compares(name, edits, released, is_fine):
        directory = Path(tempfile.mkdtemp(dir=work))
        found = abi.problems(baseline, stub(edits, directory), released, directory)
        check(f"{name}: {'passes' if is_fine else 'fails'}", (not found) == is_fine, "; ".join(found) * is_fine)

    for state, released in ("0.1 unreleased", set()), ("0.1 released", {FIRST}):
        compares(f"{state}, nothing changed", [], released, True)
        compares(f"{state}, a symbol added to its node", ADDED_TO_THE_FIRST_NODE, released, not released)
        compares(f"{state}, a symbol added under a new node", ADDED_UNDER_A_NEW_NODE, released, True)
        for name, edits in GROWTH.items():
            compares(f"{state}, {name}", edits, released, False)
            compares(f"{state}, {name}, and a node", [*edits, *WITH_AN_EMPTY_NODE], released, True)
    for name, edits in BREAKS.items():
        compares(name, edits, set(), False)
    for name in "an enum value changed", "a field added in the middle", "a hook dropped", "a parameter's type changed":
        compares(f"0.1 released, {name}", BREAKS[name], {FIRST}, False)
        compares(f"0.1 released, {name}, and a node", [*BREAKS[name], *ADDED_UNDER_A_NEW_NODE], {FIRST}, False)
    compares("0.2 released, and the baseline not renewed before", ADDED_UNDER_A_NEW_NODE, {FIRST, NEXT}, False)

    symbol = abi.Symbol("stub", "pinverdict_version", FIRST)
    without = baseline._replace(symbols=baseline.symbols - {symbol})
    check("a symbol that a library lost: fails", abi.problems(baseline, without, set(), work))
    elsewhere = baseline._replace(symbols=baseline.symbols | {symbol._replace(node=abi.UNVERSIONED)})
    check("a symbol without a node: fails", abi.problems(baseline, elsewhere, set(), work))
    found = abi.problems(baseline, stub([], work / "clang", "clang"), {FIRST}, work)
    check("clang makes of the headers what gcc does", not found, "; ".join(found))


def check_renewal(work):
    directory, nodes = work / "baseline", work / "baseline" / "released-nodes.txt"
    directory.mkdir()
    today, grown = stub([], work / "today"), stub(ADDED_UNDER_A_NEW_NODE, work / "grown")
    broken = stub(BREAKS["an enum value changed"], work / "broken")

    def is_as_baseline(now):
        baseline, released = abi.read(directory)
        return not abi.problems(baseline, now, released, work)

    nodes.write_text("# none\n")
    check("there is a first baseline", not abi.renew(today, directory, work) and is_as_baseline(today))
    check("before a release any ABI becomes the baseline", not is_as_baseline(broken)
          and not abi.renew(broken, directory, work) and is_as_baseline(broken) and not is_as_baseline(today))
    abi.renew(today, directory, work)
    nodes.write_text(f"{FIRST}  # today\n")
    check("after it none does that breaks a rule", abi.renew(broken, directory, work) and is_as_baseline(today))
    check("after it one does that keeps them", not abi.renew(grown, directory, work)
          and is_as_baseline(grown) and not is_as_baseline(today))


def main():
    if len(sys.argv) < 2 or sys.argv[2:] not in ([], ["--renew"]):
        sys.exit(__doc__.splitlines()[0])
    if missing := [tool for tool in ("abidw", "abidiff", "readelf", "cc", "clang") if not shutil.which(tool)]:
        sys.exit(f"missing: {' '.join(missing)}; make deps installs what is needed")
    libraries = {path.stem.removeprefix("lib"): path for path in sorted(Path(sys.argv[1]).glob("lib*.so"))}
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        now = abi.ABI(abi.describe(INCLUDE, VERSION_SCRIPT, work / "now")[1], *abi.exported(libraries))
        if sys.argv[2:]:
            against = abi.renew(now, BASELINE, work)
            sys.exit("\n".join(["a node has been released, and the baseline stays:", *against]) if against else 0)
        print("the headers and the libraries beside the baseline")
        check_libraries(*abi.read(BASELINE), now, work)
        try:
            print("the comparison, of headers that were changed")
            check_comparison(work)
            print("renewing a baseline")
            check_renewal(work)
        except Misfit as misfit:
            check("the changes fit the headers", False, str(misfit))
    finish()


main()
