#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""test_prove.py: does prove.py take for proved only what was said? Prints a line per check; exits 1 if one failed."""
import subprocess
import sys
import tempfile

from prove import CRASHES, DISAGREEMENTS, INPUTS, LEAKS, RACES, ROOT, Part, outcome_of, parts, run, said, summary

passed = failed = 0
SANITIZED = Part("sanitized", [], said(CRASHES, LEAKS))
SWIFT = Part("swift", [], shows={RACES: "WARNING: ThreadSanitizer"})
FUZZED = Part("fuzzed", [], {INPUTS: r"executions ([^ ,\n]+)", **said(CRASHES)})
READERS = next(part for part in parts("make", "1", "1") if part.name == "three readers")
SWIFT_END = "✔ Test run with 139 tests in 27 suites passed after 16.5 seconds.\n"


def check(name, ok, detail=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(f"{'ok  ' if ok else 'FAIL'}  {name}" + (f": {detail}" if not ok else ""))


def check_outcome(name, part, status, text, tests, figures):
    outcome = outcome_of(part, status, text)
    check(name, (outcome.passed, outcome.failed) == tests and outcome.figures == figures, str(outcome))


def check_outcomes():
    good = "crashes 0, leaks 0\nABI tests: 12 passed, 0 failed\n"
    check_outcome("all is well", SANITIZED, 0, good, (12, 0), {CRASHES: 0, LEAKS: 0})
    check_outcome("a test failed", SANITIZED, 2, good.replace("0 failed", "3 failed"), (12, 3), {CRASHES: 0, LEAKS: 0})
    check_outcome("leaks alone are a failure", SANITIZED, 0, good.replace("leaks 0", "leaks 2"), (12, 1),
                  {CRASHES: 0, LEAKS: 2})
    check_outcome("a status alone is one", SANITIZED, 1, good, (12, 1), {CRASHES: 0, LEAKS: 0})
    check_outcome("no figure is no zero", SANITIZED, 0, "crashes 0\n12 passed, 0 failed\n", (12, 1),
                  {CRASHES: 0, LEAKS: None})
    check_outcome("no test is a failure", SANITIZED, 0, "crashes 0, leaks 0\n", (0, 1), {CRASHES: 0, LEAKS: 0})
    check_outcome("silence is one", SANITIZED, 0, "", (0, 1), {CRASHES: None, LEAKS: None})
    check_outcome("it did not come to its end", SANITIZED, 124, "crashes 0, leaks 0\n", (0, 1),
                  {CRASHES: None, LEAKS: None})
    check_outcome("it is not there", SANITIZED, None, None, (0, 1), {CRASHES: None, LEAKS: None})

    check_outcome("Swift tests", SWIFT, 0, SWIFT_END, (139, 0), {RACES: 0})
    check_outcome("Swift tests with a race", SWIFT, 66, "WARNING: ThreadSanitizer: data race\n" * 2 + SWIFT_END,
                  (139, 1), {RACES: 2})
    check_outcome("Swift tests with an issue", SWIFT, 1, "✘ Test first() recorded an issue at A.swift:1:1\n" * 2 +
                  SWIFT_END, (138, 1), {RACES: 0})
    check_outcome("Swift tests that end at a race", SWIFT, 66, "WARNING: ThreadSanitizer: data race\n", (0, 1),
                  {RACES: 1})
    check_outcome("Swift tests that do not compile", SWIFT, 1, "error: fatalError\n", (0, 1), {RACES: None})

    fuzzed = "a: executions 5, crashes 0\nb: executions 7, crashes 0\n"
    check_outcome("two targets are added up", FUZZED, 0, fuzzed + "2 passed, 0 failed\n", (2, 0),
                  {INPUTS: 12, CRASHES: 0})
    check_outcome("a crash that was found", FUZZED, 2, "a: executions 5, crashes 1\n0 passed, 1 failed\n", (0, 1),
                  {INPUTS: 5, CRASHES: 1})
    check_outcome("a finding of an earlier run", FUZZED, 2, fuzzed + "2 passed, 0 failed\n", (2, 1),
                  {INPUTS: 12, CRASHES: 0})
    check_outcome("its time was over after two of five targets", FUZZED, 124, fuzzed, (0, 1),
                  {INPUTS: None, CRASHES: None})
    check_outcome("one of two targets says nothing", FUZZED, 0, fuzzed.replace("7", "?") + "2 passed, 0 failed\n",
                  (2, 1), {INPUTS: None, CRASHES: 0})
    check_outcome("a process of the three readers died", READERS, 2, "process 1 ended with status 139\n"
                  "inputs unknown\ndisagreements unknown, crashes 1\n5479 passed, 1 failed\n", (5479, 1),
                  {INPUTS: None, DISAGREEMENTS: None, CRASHES: 1})
    check_outcome("nothing was tried", FUZZED, 0, "a: executions 0, crashes 0\n1 passed, 0 failed\n", (1, 1),
                  {INPUTS: 0, CRASHES: 0})


def check_classes():
    """What a fuzzing process found, by its log and its exit status."""
    def found(log, status):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(log)
            file.flush()
            return subprocess.run([ROOT / "Tests/Fuzz/run.sh", "--classify", file.name, str(status)],
                                  capture_output=True, text=True).stdout.strip()

    for name, log, status, expected in [
        ("nothing", "stat::number_of_executed_units: 5\n", 0, (0, 0, 0)),
        ("an oracle", "\nTests/Fuzz/host.c:9: VIOLATED: x\n==7== ERROR: libFuzzer: deadly signal\n", 77, (1, 0, 0)),
        ("AddressSanitizer", "==7==ERROR: AddressSanitizer: heap-use-after-free\n", 1, (0, 1, 0)),
        ("a signal", "==7== ERROR: libFuzzer: deadly signal\n", 77, (0, 1, 0)),
        ("an end without a word", "", 137, (0, 1, 0)),
        ("UndefinedBehaviorSanitizer, and went on", "a.h:1:2: runtime error: signed integer overflow\n" * 2, 0,
         (0, 2, 0)),
        ("LeakSanitizer", "==7==ERROR: LeakSanitizer: detected memory leaks\n", 77, (0, 0, 1)),
    ]:
        expected = "disagreements {}, crashes {}, leaks {}".format(*expected)
        check(f"fuzzing found: {name}", found(log, status) == expected, found(log, status))


def check_summary():
    def line(*given):
        return summary([outcome_of(*each) for each in given])

    fuzz = (FUZZED, 0, "executions 5, crashes 0\n1 passed, 0 failed\n")
    sanitized = (SANITIZED, 0, "crashes 0, leaks 0\n12 passed, 0 failed\n")
    text, is_well = line(fuzz, sanitized)
    check("what no part is about is unknown", "inputs tried 5, disagreements unknown, crashes 0, leaks 0, races unknown"
          in text and not is_well and text.endswith("13 passed, 2 failed"), text)
    text, is_well = line(fuzz, (SANITIZED, None, None))
    check("what one part did not say is unknown", "crashes unknown, leaks unknown" in text and not is_well, text)
    everything = Part("everything", [], said(INPUTS, DISAGREEMENTS, CRASHES, LEAKS, RACES), counts=False)
    text, is_well = line((everything, 0, "inputs tried 9, disagreements 0, crashes 0, leaks 0, races 0\n"), sanitized)
    check("all is well", is_well and text == "inputs tried 9, disagreements 0, crashes 0, leaks 0, races 0\n"
          "13 passed, 0 failed", text)


def check_run():
    status, text = run(Part("both streams", ["sh", "-c", "echo out; echo err >&2; exit 3"]))
    check("the status and both streams", status == 3 and "out\n" in text and "err\n" in text, f"{status} {text}")
    check("a part that is not there", run(Part("none", ["true"], needs="there/is/none")) == (None, None))
    about = {figure for part in parts("make", "1", "1") for figure in [*part.says, *part.shows]}
    hours = {part.name: part.minutes / 60 for part in parts("make", "3600", "100000000")}
    check("an hour for each of five targets", hours["fuzzing"] > 5, str(hours))
    check("and what a hundred million certificates take", hours["three readers"] > 100e6 / 5000 / 3600, str(hours))
    check("every figure has a part", about == {INPUTS, DISAGREEMENTS, CRASHES, LEAKS, RACES}, str(about))


def main():
    check_outcomes()
    check_classes()
    check_summary()
    check_run()
    print(f"\n{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
