# SPDX-License-Identifier: Apache-2.0
"""Which libpinverdict is loaded: one that is named, bundled or the system's, and no other where that fails."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pinverdict

PACKAGE = Path(pinverdict.__file__).parent
LIBRARY = Path(pinverdict.loaded_library().path)
SONAME = "libpinverdict.so.0"
BUNDLED = "libpinverdict-openssl.so.0"
SHOW = "import pinverdict; print(*pinverdict.loaded_library(), sep='\\n')"


def show(package_in: Path, *options: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    code = f"import sys; sys.path.insert(0, {str(package_in)!r}); {SHOW}"
    kept = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run([sys.executable, *options, "-c", code], env=kept, capture_output=True, text=True, timeout=60)


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The package without a library."""
    shutil.copytree(PACKAGE, tmp_path / "bare/pinverdict", ignore=shutil.ignore_patterns("*.so*", "__pycache__"))
    return tmp_path / "bare"


@pytest.fixture
def bundled(bare: Path) -> Path:
    shutil.copy(LIBRARY, bare / "pinverdict" / BUNDLED)
    return bare


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """A directory for the loader."""
    (tmp_path / "system").mkdir()
    shutil.copy(LIBRARY, tmp_path / "system" / SONAME)
    return tmp_path / "system"


def test_bundled(bundled: Path, system: Path) -> None:
    result = show(bundled, LD_LIBRARY_PATH=str(system))
    version = pinverdict.loaded_library().version
    assert result.stdout.split("\n")[:3] == [str(bundled / "pinverdict" / BUNDLED), version, "bundled"]


def test_system(bare: Path, system: Path) -> None:
    result = show(bare, LD_LIBRARY_PATH=str(system))
    assert result.stdout.split("\n")[::2][:2] == [str(system / SONAME), "system"]


def test_named(bundled: Path, system: Path) -> None:
    named = system / SONAME
    result = show(bundled, PINVERDICT_LIBRARY=str(named))
    assert result.stdout.split("\n")[::2][:2] == [str(named), "environment"]
    # As Python's own variables, this one does not count in isolated mode.
    for option in ("-I", "-E"):
        assert "bundled" in show(bundled, option, PINVERDICT_LIBRARY=str(named)).stdout


def fails(result: "subprocess.CompletedProcess[str]", *texts: str) -> None:
    assert result.returncode == 1
    last = result.stderr.strip().split("\n")[-1]
    assert last.startswith("ImportError: ")
    for text in texts:
        assert text in last


def test_no_other_is_taken_for_a_named_one(bundled: Path, system: Path) -> None:
    fails(show(bundled, LD_LIBRARY_PATH=str(system), PINVERDICT_LIBRARY="/nowhere.so"), "nowhere", "PINVERDICT_LIBRARY")


def test_no_other_is_taken_for_the_bundled_one(bundled: Path, system: Path) -> None:
    (bundled / "pinverdict" / BUNDLED).write_bytes(b"junk")
    fails(show(bundled, LD_LIBRARY_PATH=str(system)), "the package's own")


def test_none_at_all(bare: Path) -> None:
    fails(show(bare), SONAME, "install libpinverdict")


def test_another_library(bare: Path) -> None:
    fails(show(bare, PINVERDICT_LIBRARY="libc.so.6"), "libc.so.6 has no function pinverdict_")
