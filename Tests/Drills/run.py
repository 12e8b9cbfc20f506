#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""run.py LIBDIR PINVERDICT PYTHON [short]: the drills of docs/RUNBOOK.md, whose commands they run, with their figures.
PYTHON is one that has DuckDB."""
import sys
import tempfile
from pathlib import Path

import alerts
import observation
import rollout
import rotation
import switch
from runbook import Runbook
from setting import Results, Setting, step


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    libraries, tool, python = str(Path(sys.argv[1]).resolve()), sys.argv[2], Path(sys.argv[3]).absolute()
    is_short = sys.argv[4:] == ["short"]
    results, runbook = Results(), Runbook()
    with tempfile.TemporaryDirectory() as folder:
        settings = []

        def make_setting(name):
            setting = Setting(Path(folder) / name, tool, runbook, results)
            settings.append(setting)
            for section in "Who holds what", "Before you begin":
                runbook.again(section)
                setting.do(section)
            setting.write_policy("Before you begin")
            setting.do("Before you begin")
            return setting

        try:
            observation.drill(make_setting("observation"), libraries, python,
                              *(200, 10) if is_short else (10_000, 1_000))
            setting = make_setting("rollout")
            setting.start_server(300)
            rollout.drill(setting, libraries, 5_000 if is_short else 100_000)
            rotation.drill(make_setting, libraries, *(3, 0.5) if is_short else (10, 3))
            if not is_short:
                rotation.drill_renewal(make_setting("renewal"))
            for name, drill in ("alerts", alerts.drill), ("switch", lambda own: switch.drill(own, libraries)):
                setting = make_setting(name)
                setting.start_server(300)
                drill(setting)
        finally:
            for setting in settings:
                setting.stop_server()
    step("the runbook")
    problems = runbook.problems()
    results.check("every command of the runbook was run", not problems, "\n".join(problems))
    print(f"{results.passed} passed, {results.failed} failed")
    sys.exit(results.failed > 0)


main()
