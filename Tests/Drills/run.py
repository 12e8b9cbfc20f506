#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""run.py LIBDIR PINVERDICT [short]: the drills of docs/RUNBOOK.md, whose commands they run, with their figures."""
import sys
import tempfile
from pathlib import Path

import alerts
import rollout
import rotation
import switch
from runbook import Runbook
from setting import Results, Setting, step


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    libraries, tool, is_short = str(Path(sys.argv[1]).resolve()), sys.argv[2], sys.argv[3:] == ["short"]
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
