# SPDX-License-Identifier: Apache-2.0
"""The package is typed: mypy finds nothing to say, of its own code or of a program that uses it."""

import subprocess
import sys
from pathlib import Path

import pinverdict

PROJECT = Path(__file__).resolve().parents[1]

PROGRAM = """\
import ssl
from pinverdict import Checker, PinKind, PinningAdapter, Policy, Reason, Verdict, pinned_context, pins_of

checker = Checker(Policy.load("pins.conf"), environment="production", clock=lambda: 0.0)
verdict: Verdict = checker.check_validated("host", [b"", bytearray(), memoryview(b"")])
reason: Reason = verdict.reason
context: ssl.SSLContext = pinned_context(checker)
adapter = PinningAdapter(checker, context=context, max_retries=3)
digest: bytes = pins_of(b"")[PinKind.SPKI].digest
reveal_type(verdict.pin)
reveal_type(checker.pins_expected("host")[0])
reveal_type(adapter)
with checker as same:
    reveal_type(same)
"""


def mypy(*arguments: "str | Path", cwd: Path) -> str:
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(cwd / "cache"), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True).stdout


def test_the_package(tmp_path: Path) -> None:
    config = PROJECT / "pyproject.toml"
    found = mypy("--config-file", config, "--package", "pinverdict", cwd=tmp_path)
    assert found.startswith("Success"), found


def test_a_program(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    found = mypy("--strict", "program.py", cwd=tmp_path)
    assert "error" not in found
    for type_ in ("pinverdict.pins.Pin | None", "pinverdict.pins.ExpectedPin",
                  "pinverdict.requests_adapter.PinningAdapter", "pinverdict.checker.Checker"):
        assert f'Revealed type is "{type_}"' in found


def test_everything_public_is_there() -> None:
    for name in pinverdict.__all__:
        assert getattr(pinverdict, name).__doc__
