#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py COMMAND [TEST...]: runs the tests of the command `pinverdict` that was built there, or those named.

The last line says how many passed and failed; exits 1 if one failed.
"""
import sys
import unittest

sys.dont_write_bytecode = True  # the tests leave nothing among the sources

import command

MODULES = ["test_command", "test_pin", "test_pin_keys", "test_check", "test_check_presented", "test_probe",
           "test_caa", "test_lint", "test_lint_authorities", "test_explain", "test_diff", "test_draft", "test_verify",
           "test_import", "test_export", "test_ct_logs", "test_ct_judge", "test_ct_watch",
           "test_manual"]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    command.setup(sys.argv[1])
    suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[2:] or MODULES)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=0).run(suite)
    # Of one test several subtests may fail.
    failed = {getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors}
    print(f"\n{result.testsRun - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if failed or result.testsRun == 0 else 0)


main()
