# SPDX-License-Identifier: Apache-2.0
"""The first policy: a simulated week is observed, drafted, replayed; every surprise in it is found, then enforced."""
import json
import os
import subprocess

from setting import ROOT, step

SECTION = "The first policy"


def drill(setting, libraries, python, hosts, chains):
    step(f"a week of {hosts} hosts, with {chains} keys")
    setting.environment |= {
        "PATH": f"{python.parent}:{setting.environment['PATH']}", "PYTHONPATH": str(ROOT / "bindings/python/src"),
        "PYTHONDONTWRITEBYTECODE": "1", "PINVERDICT_LIBRARY": f"{libraries}/libpinverdict.so.0"}
    subprocess.run([python, ROOT / "Tests/Drills/week.py", setting.folder, str(hosts), str(chains)], check=True,
                   env=os.environ | setting.environment)
    step("draft, and replay")
    printed = setting.do(SECTION)
    tell(setting, "of what was drafted", printed)
    report = json.loads(setting.path("week.json").read_text())
    found = {host: row["reason"] for row in report["rows"] if row["outcome"] != "allowed" for host in row["examples"]}
    planted = json.loads(setting.path("surprises.json").read_text())
    setting.results.check("what was planted is found, and nothing else", found == planted, f"{found}\n{planted}")
    setting.results.check("every host is in the report", report["hosts"] == hosts + len(planted), report["hosts"])

    step("what is ours is taken up; 1 %, then all")
    setting.do(SECTION)
    setting.do(SECTION)
    report = json.loads(setting.path("enforced.json").read_text())
    setting.results.check("enforced, it refuses nothing", report["refused"] == report["softened"] == 0,
                          report["rows"][:3])
    # The server that nobody renewed has no path from Friday on.
    setting.results.check("and allows all the rest", report["allowed"] == 7 * (hosts + len(planted)) - 3,
                          report["allowed"])


def tell(setting, what, printed):
    for line in printed.splitlines():
        if "connections from" in line or "would have been" in line or ".example.com" in line:
            print(f"   {what}: {line.strip()}")
