#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""test.py BUILD: do the benchmarks work, and are the figures that repeat still those of thresholds.tsv?

They run with a few rounds, the last table has a line for each goal, and a wrong answer is an error in each program.
Prints a line per check; exits 1 if one failed.
"""
import re
import subprocess
import sys
from pathlib import Path

import thresholds
from bench import Programs

# What the lines of the last table are about, and how many are.
GOALS = {
    "check of a validated path": 4, "against OpenSSL": 2, "against GnuTLS": 2, "a connection": 10,
    "a chain not seen before": 2, "a chain seen before": 2, "check_validated from Python": 1,
    "a pinned context from Python": 2, "is made": 2, "allocations by pins": 8, "allocations in a check": 1,
    "system calls in a check": 1, "two threads on": 2, "the policy is replaced": 1, "rejected keys on a rule": 1,
    "chosen host names": 2, "the check of one host": 1, "the check of random hosts": 1,
    "steady memory": 1, "pins each: load": 1, "stripped": 3,
}
passed = failed = 0


def check(name, ok, detail=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(f"{'ok  ' if ok else 'FAIL'}  {name}" + (f": {detail}" if detail and not ok else ""))


def check_run(build):
    run = subprocess.run([Path(__file__).with_name("bench.py"), build, "--quick"], capture_output=True, text=True)
    check("the benchmarks run", run.returncode == 0, run.stderr)
    table = run.stdout.rstrip().rpartition("\n\n")[2].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]
    check("the last table is that of the goals", rows[0] == ["what", "goal", "figure", "met"], run.stdout[-2000:])
    for about, count in GOALS.items():
        found = [row for row in rows[2:] if about in row[0]]
        is_whole = all(re.search(r"\d", row[2]) and row[3] in ("yes", "no", "not shown") for row in found)
        check(f"{about}: {count} with a figure", len(found) == count and is_whole, str(found))
    check("and no other line", len(rows) == 2 + sum(GOALS.values()), f"{len(rows)} lines")


def check_answer(programs, name, arguments, is_right):
    run = programs.run(programs.command(name), *arguments)
    ok = run.returncode == 0 if is_right else re.search("wrong|where it should be|refused", run.stderr)
    check(f"{name}: {'a right' if is_right else 'a wrong'} answer", ok, run.stdout + run.stderr)


def check_answers(programs):
    """The path is right, and wrong with the root of another CA, to which the names do not lead."""
    leaf, intermediate, root = programs.files("EC P-256")
    other = programs.fixture("other-root.der")
    for name, arguments in {"check": [1, 1000], "check from Python": [2, 1000], "threads": [1, 1000], "cost": [1],
                            "scale": [1, 10], "growth": [1, 1], "replacements": [0.1]}.items():
        check_answer(programs, name, [*arguments, leaf, intermediate, root], True)
        check_answer(programs, name, [*arguments, leaf, intermediate, other], False)
    for trust, is_right in ("root.pem", True), ("other-root.pem", False):
        check_answer(programs, "presented", [1, 1000, "api.example.com", programs.fixture(trust), leaf, intermediate,
                                             root], is_right)


def check_thresholds(programs):
    written, circumstances = thresholds.read()
    figures, today = thresholds.measure(programs), thresholds.circumstances()
    for column, (how, _) in thresholds.COLUMNS.items():
        if column in thresholds.OF_ONE_ARCHITECTURE and circumstances[0] != today[0]:
            print(f"      {column}: not compared, thresholds.tsv was made on {circumstances[0]}")
            continue
        found = thresholds.differences(column, figures, written)
        check(f"{column}: {how} what is written down", not found, "\n      ".join([
            f"thresholds.tsv was made by {', '.join(circumstances)}; this is {', '.join(today)}", *found,
            "README.md says when `make thresholds` is in order"]))


def check_comparison():
    """Of thresholds, with figures that are made up."""
    for column, figure, written, is_near in [
            ("instructions", 1010, 1000, True), ("instructions", 1011, 1000, False),
            ("instructions", 990, 1000, True), ("instructions", 989, 1000, False),
            ("allocations", 0, 0, True), ("allocations", 0.01, 0, False), ("allocations", 1, 2, False),
            ("system calls", 0, 0, True), ("system calls", 0.01, 0, False),
            ("bytes", 1000, 1000, True), ("bytes", 999, 1000, True), ("bytes", 1001, 1000, False)]:
        found = thresholds.differences(column, {("it", column): figure}, {("it", column): written})
        check(f"{column}: {figure} {'passes' if is_near else 'fails'} where {written} is written down",
              (not found) == is_near, str(found))
    for figures, written in ({("it", "bytes"): 1}, {}), ({}, {("it", "bytes"): 1}):
        check(f"a line that {'is not written down' if figures else 'was not measured'} fails",
              thresholds.differences("bytes", figures, written))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.splitlines()[0])
    programs = Programs(sys.argv[1])
    check_answers(programs)
    check_comparison()
    check_thresholds(programs)
    check_run(sys.argv[1])
    print(f"\n{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
