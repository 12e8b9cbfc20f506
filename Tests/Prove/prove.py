#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""prove.py MAKE SECONDS COUNT: runs the parts of `make prove` one after the other, goes on after a failure, and ends
with what all of them found: inputs tried, disagreements, crashes, leaks, races, and the tests that passed and failed.

A figure is the sum of what the parts say that have to say something about it. Where one of them did not run, did not
come to its end or did not say it, the figure is unknown, and that counts as a failure: never as a zero.
"""
import dataclasses
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIGURES = ["inputs tried", "disagreements", "crashes", "leaks", "races"]
INPUTS, DISAGREEMENTS, CRASHES, LEAKS, RACES = FIGURES
COUNTS = r"(?m)(\d+) passed, (\d+) failed$"
SWIFT_COUNT = r"Test run with (\d+) tests? "


@dataclasses.dataclass(frozen=True)
class Part:
    """A command. `says` has a pattern for each figure that it has to print, once or more, whose numbers are added up;
    `shows` one for each that is the number of the pattern's matches, none if all is well. `needs` is a path without
    which the part is not there. With `counts` it reports tests; without, it passes or fails as a whole."""
    name: str
    command: list
    says: dict = dataclasses.field(default_factory=dict)
    shows: dict = dataclasses.field(default_factory=dict)
    needs: str = "."
    counts: bool = True
    effort: int = 1
    minutes: int = 20


def said(*figures):
    return {figure: rf"(?m)^(?:.*[ ,])?{figure} ([^ ,\n]+)" for figure in figures}


def parts(make, seconds, count):
    def target(*arguments):
        return [*shlex.split(make), *arguments]

    targets = len((ROOT / "Tests/Fuzz/targets").read_text().split())
    seed = int(time.time())
    readers = {INPUTS: r"(?m)^inputs ([^ ,\n]+)", **said(DISAGREEMENTS, CRASHES)}
    address = r"ERROR: AddressSanitizer|runtime error:"
    return [
        Part("a model of the policy cell", target("test-policy-cell", "SETS=3")),
        Part("C tests, with more of everything", target(
            "test-abi", "HOW=plain", "PROGRAMS=memory stepping replacements processes lifetimes"),
            said(CRASHES, LEAKS), effort=50),
        Part("C tests, AddressSanitizer", target("test-address"), said(CRASHES, LEAKS), effort=5),
        Part("C tests, ThreadSanitizer", target("test-thread"), said(CRASHES, RACES), effort=10),
        Part("C tests, valgrind", target(
            "test-abi", "HOW=valgrind",
            "PROGRAMS=presented arguments loading processes policy_text pins listing conformance "
            "system_trust signed sources events text counters"), said(CRASHES, LEAKS)),
        Part("Swift tests, OpenSSL alone", target("test-swift-openssl")),
        Part("Swift tests, GnuTLS alone", target("test-swift-gnutls")),
        Part("Swift tests, AddressSanitizer", target("test-swift-address"),
             shows={CRASHES: address, LEAKS: r"(?m)^(?:Direct|Indirect) leak of"}),
        Part("Swift tests, ThreadSanitizer", target("test-swift-thread"),
             shows={RACES: r"WARNING: ThreadSanitizer"}),
        Part("swift-nio-ssl with pins", target("test-swift-example"), minutes=40),
        Part("the reference in Swift", target("swift-documentation"), counts=False),
        Part("the daemon, thousands of connections", target("test-daemon"), effort=20),
        Part("the daemon, valgrind", target("test-daemon", "HOW=valgrind"), shows={
            CRASHES: r"Process terminating|Invalid (?:read|write)", LEAKS: r"definitely lost"}),
        Part("replay over Spark", target("test-spark")),
        Part("logs of many entries", target("bench-ct-watch")),
        Part("checks under replacements", target("bench-replacements"), counts=False),
        Part("fuzzing", target("fuzz", f"SECONDS={seconds}"),
             {INPUTS: r"executions ([^ ,\n]+)", **said(DISAGREEMENTS, CRASHES, LEAKS)}, needs="Tests/Fuzz",
             minutes=20 + targets * (int(seconds) + 120) // 60),
        Part("three readers", target("test-differential", f"COUNT={count}", f"SEED={seed}"),
             readers, needs="Tests/Differential", minutes=20 + int(count) // 30000),
        Part("three readers, AddressSanitizer", target(
            "test-differential-address", f"COUNT={int(count) // 10}", f"SEED={seed + 1}"),
            readers | said(LEAKS), needs="Tests/Differential", minutes=20 + int(count) // 30000),
        Part("a second build, byte for byte", target("test-reproducible"), minutes=90),
        Part("Debian packages in clean roots", target("test-packages"), minutes=90),
        Part("first contact in clean roots", target("test-first-contact"), minutes=60),
        Part("wheels for every Python", target("test-wheels"), minutes=60),
    ]


@dataclasses.dataclass
class Outcome:
    """The tests of a part, and each figure that it gave, or None where it had to give one and did not."""
    passed: int = 0
    failed: int = 0
    figures: dict = dataclasses.field(default_factory=dict)
    remarks: list = dataclasses.field(default_factory=list)


def outcome_of(part, status, text):
    """What a part's exit status and output amount to; both None where it is not there."""
    outcome = Outcome()
    if text is None:
        outcome.figures = dict.fromkeys([*part.says, *part.shows])
        outcome.remarks.append(f"missing: there is no {part.needs}")
        outcome.failed = 1
        return outcome

    counts, swift = re.findall(COUNTS, text), re.findall(SWIFT_COUNT, text)
    has_ended = status == 0 or bool(counts or swift)
    if not part.counts:
        outcome.passed, outcome.failed = status == 0, status != 0
    elif counts:
        outcome.passed, outcome.failed = map(int, counts[-1])
    elif swift:
        outcome.failed = len(set(re.findall(r"(?m)^✘ (Test .*) recorded an issue ", text)))
        outcome.passed = int(swift[-1]) - outcome.failed
    for figure, pattern in part.says.items():
        numbers = re.findall(pattern, text)
        is_known = numbers and has_ended and all(number.isdigit() for number in numbers)
        outcome.figures[figure] = sum(map(int, numbers)) if is_known else None
    for figure, pattern in part.shows.items():
        matches = len(re.findall(pattern, text))
        outcome.figures[figure] = matches if has_ended or matches else None

    found = [f"{figure} {number}" for figure, number in outcome.figures.items() if number and figure != INPUTS]
    silent = [figure for figure, number in outcome.figures.items() if number is None]
    if outcome.figures.get(INPUTS) == 0:
        silent.append(INPUTS)
    outcome.remarks += found + [f"nothing is known about {figure}" for figure in silent]
    if status != 0:
        outcome.remarks.append(f"ended with status {status}")
    if outcome.passed + outcome.failed == 0:
        outcome.remarks.append("no test was run")
    if outcome.failed == 0 and outcome.remarks:
        outcome.failed = 1
    return outcome


def run(part):
    """The exit status of a part, and its output, which is passed on meanwhile."""
    if not (ROOT / part.needs).exists():
        return None, None
    environment = os.environ | {"CHECK_EFFORT": str(part.effort)}
    command = ["timeout", "-k", "10", f"{part.minutes}m", *map(str, part.command)]
    lines = []
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return process.returncode, "".join(lines)


def summary(outcomes):
    """The two last lines, and whether all is well."""
    words, failed = [], sum(outcome.failed for outcome in outcomes)
    for figure in FIGURES:
        numbers = [outcome.figures[figure] for outcome in outcomes if figure in outcome.figures]
        is_known = numbers and None not in numbers
        words.append(f"{figure} {sum(numbers) if is_known else 'unknown'}")
        failed += not numbers  # a figure that no part is about
    return f"{', '.join(words)}\n{sum(outcome.passed for outcome in outcomes)} passed, {failed} failed", failed == 0


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__.splitlines()[0])
    outcomes, table = [], []
    for part in parts(*sys.argv[1:]):
        print(f"\n== {part.name}", flush=True)
        started = time.monotonic()
        outcome = outcome_of(part, *run(part))
        outcomes.append(outcome)
        table.append(f"{part.name:34} {outcome.passed:9} passed {outcome.failed:5} failed "
                     f"{time.monotonic() - started:6.0f} s  {'; '.join(outcome.remarks)}".rstrip())
    text, is_well = summary(outcomes)
    print("", *table, "", text, sep="\n")
    sys.exit(not is_well)


if __name__ == "__main__":
    main()
