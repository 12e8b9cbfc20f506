#!/usr/bin/env python3
"""Runs what README.md shows: readme.py FIXTURES TOOL.

The C example is built and run as the README says, against a library that has been installed into a folder of the
test's; the policy is the file that the example reads; each command of a console block is run in that folder. `make
demo` and `make test` are left out: the first is a suite of its own, the second is what runs this.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = {"make demo", "make test"}
# Exit codes of the commands that do not answer 0, and why.
EXPECTED = {
    "./example leaf.der intermediate.der root.der": 1,  # its policy pins other keys: refused
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)


def main() -> int:
    fixtures, tool = (Path(argument).resolve() for argument in sys.argv[1:3])
    passed = failed = 0

    def check(what: str, is_fine: bool, detail: str = "") -> None:
        nonlocal passed, failed
        passed += is_fine
        failed += not is_fine
        print(f"{'ok  ' if is_fine else 'FAIL'} {what}{'' if is_fine else ': ' + detail}")

    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder, "stage")
        environment = os.environ | {
            "PATH": f"{stage}/usr/bin:{os.environ['PATH']}",
            "PKG_CONFIG_PATH": f"{stage}/usr/lib/pkgconfig",
            "PKG_CONFIG_SYSROOT_DIR": str(stage),
            "LD_LIBRARY_PATH": f"{stage}/usr/lib",
        }
        (example,) = blocks("c")
        (policy,) = blocks("ini")
        check("the C example has at most 40 lines", example.count("\n") <= 40, f"{example.count(chr(10))} lines")
        Path(folder, "example.c").write_text(example)
        Path(folder, "pins.conf").write_text(policy)
        for name in ("leaf", "intermediate", "root"):
            shutil.copy(fixtures / f"{name}.der", folder)

        commands = [line[2:] for block in blocks("console") for line in block.splitlines() if line.startswith("$ ")]
        check("the README shows commands", len(commands) >= 6, str(commands))
        for command in commands:
            if command in ELSEWHERE:
                continue
            if command.startswith("make install"):  # in the project's folder, but not into it
                line, where = command.replace("DESTDIR=stage", f"DESTDIR={stage}"), ROOT
            else:
                line, where = command, folder
            run = subprocess.run(line, shell=True, cwd=where, env=environment, capture_output=True, text=True,
                                 timeout=600)
            check(f"$ {command}", run.returncode == EXPECTED.get(command, 0),
                  f"exit {run.returncode}\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
        check("the command is the one that was built", (stage / "usr/bin/pinverdict").stat().st_size > 0 and
              tool.exists(), "missing")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
