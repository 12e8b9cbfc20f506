#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""run.py: are the house rules kept? First whether each finds what breaks it, then whether the sources keep it.

Prints each place that breaks a rule; exits 1 if there is one. `make format` mends what a formatter can.
"""

import os
import sys

import test_house
from house import ROOT, RULES, sources


def main():
    os.chdir(ROOT)
    passed, failed = test_house.run()
    files = sources()
    for name, rule in RULES.items():
        findings = sorted(set(rule(files)))
        for path, line, what in findings:
            print(f"FAIL  {path}:{line}: {what}")
        print(f"{'FAIL' if findings else 'ok  '}  {name}")
        passed, failed = passed + (not findings), failed + bool(findings)
    print(f"\n{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
