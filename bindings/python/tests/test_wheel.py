# SPDX-License-Identifier: Apache-2.0
"""The wheel and the sdist: what is in them, that the wheel works without the sources, that a second one is the same,
and what a build says where it cannot build."""

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from loopback import TLSServer
from pki import PKI
from test_readme import EXAMPLES, HOST, run_example

from pinverdict import Backend, pins_of

PROJECT = Path(__file__).resolve().parents[1]
SONAME = "libpinverdict-openssl.so.0"


@pytest.fixture(scope="module")
def wheel() -> Path:
    """The one that run.sh has built and installed."""
    return Path(os.environ["PINVERDICT_WHEEL"])


def test_the_tag_is_what_auditwheel_found(wheel: Path) -> None:
    python, abi, platform = wheel.stem.split("-")[2:]
    assert (python, abi) == ("py3", "none")
    assert platform.startswith("manylinux_2_34_")
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(next(name for name in archive.namelist() if name.endswith("/WHEEL"))).decode()
    assert "Root-Is-Purelib: false" in metadata


def test_the_contents(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
        source = PROJECT / "src"
        sources = {str(path.relative_to(source)) for path in source.rglob("*")
                   if path.is_file() and path.suffix != ".pyc"}
        assert {name for name in names if ".dist-info/" not in name} == {*sources, f"pinverdict/{SONAME}"}
        assert archive.getinfo(f"pinverdict/{SONAME}").file_size < 256 * 1024
        for name in names - {f"pinverdict/{SONAME}"}:
            assert str(PROJECT.parents[1]).encode() not in archive.read(name), f"{name} names where it was built"
        metadata = archive.read(next(name for name in names if name.endswith("/METADATA"))).decode()
    assert "Requires-Python: >=3.10" in metadata
    assert "License-Expression: Apache-2.0" in metadata


def test_a_fresh_environment(wheel: Path, pki: PKI, server: TLSServer, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = str(tmp_path / "venv/bin/python")
    # Nothing of this run's environment, and nothing of the sources.
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    install = [python, "-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check", wheel]
    subprocess.run(install, check=True, cwd=tmp_path, env=bare)
    code = "import pinverdict; print(*pinverdict.loaded_library(), sep='\\n')"
    shown = subprocess.check_output([python, "-I", "-c", code], cwd=tmp_path, env=bare, text=True)
    path, _, origin = shown.split()
    assert Path(path).is_relative_to(tmp_path / "venv") and origin == "bundled"
    shown = subprocess.check_output([python, "-I", "-m", "pinverdict", "--version"], cwd=tmp_path, env=bare, text=True)
    assert shown.strip() == wheel.name.split("-")[1]

    (example,) = [example for example in EXAMPLES if "http.client" in example]
    right = run_example(example, pki, tmp_path / "right", pki.pinned.pin, {443: server.port}, python, bare)
    assert (right.returncode, right.stdout) == (0, "pinned\n"), right.stderr
    before = server.application_bytes
    wrong = run_example(example, pki, tmp_path / "wrong", pki.other.pin, {443: server.port}, python, bare)
    assert wrong.returncode == 1 and f"{HOST} is refused: no-match" in wrong.stderr
    assert server.application_bytes == before > 0


def build(call: str, directory: Path, project: Path = PROJECT,
          **environment: str) -> "subprocess.CompletedProcess[str]":
    """One of the build backend's functions, as pip calls them."""
    code = f"import sys, hatchling.build; print(hatchling.build.{call}(sys.argv[1]))"
    return subprocess.run([sys.executable, "-c", code, directory], cwd=project, env={**os.environ, **environment},
                          capture_output=True, text=True, timeout=60)


def test_without_swift(tmp_path: Path) -> None:
    result = build("build_wheel", tmp_path, SWIFT="no-such-swift")
    assert result.returncode == 1
    assert "written in Swift, and 'no-such-swift' was not found" in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())


def test_without_headers(tmp_path: Path) -> None:
    compiler = tmp_path / "cc"
    compiler.write_text("#!/bin/sh\n! grep -q openssl\n")
    compiler.chmod(0o755)
    (tmp_path / "wheels").mkdir()
    result = build("build_wheel", tmp_path / "wheels", CC=str(compiler))
    assert result.returncode == 1 and "apt-get install libssl-dev" in result.stderr
    assert "Traceback" not in result.stderr
    result = build("build_wheel", tmp_path / "wheels", CC="no-such-compiler")
    assert result.returncode == 1 and "gcc" in result.stderr and "Traceback" not in result.stderr


def test_gnutls_is_not_asked_for(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        library = archive.extract(f"pinverdict/{SONAME}", tmp_path)
    needed = subprocess.check_output(["readelf", "-dW", library], text=True)
    assert "[libssl.so.3]" in needed and "gnutls" not in needed
    with pytest.raises(RuntimeError, match="backend"):
        pins_of(b"", backend=Backend.GNUTLS)


def test_another_wheel_is_the_same(wheel: Path, tmp_path: Path) -> None:
    command = [PROJECT / "make-wheel.sh", tmp_path]
    subprocess.run(command, check=True, env={**os.environ, "TZ": "Asia/Kathmandu"}, umask=0o077)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the sdist unpacks to."""
    folder = tmp_path_factory.mktemp("sdist")
    result = build("build_sdist", folder)
    assert result.returncode == 0, result.stderr
    (archive,) = folder.glob("pinverdict-*.tar.gz")
    with tarfile.open(archive) as content:
        content.extractall(folder)
    return folder / archive.name.removesuffix(".tar.gz")


def test_the_sdist_has_what_the_library_is_built_of(sdist: Path) -> None:
    known = subprocess.check_output(["git", "ls-files", "Makefile", "Package.swift", "Sources", "include", "LICENSE"],
                                    cwd=PROJECT.parents[1], text=True).split()
    for name in known:
        path = sdist / name if name == "LICENSE" else sdist / "library" / name
        assert path.read_bytes() == (PROJECT.parents[1] / name).read_bytes()
    listed = subprocess.run(["make", "-n", "lib"], cwd=sdist / "library", capture_output=True, text=True)
    assert listed.returncode == 0 and not listed.stderr


def test_a_wheel_of_the_sdist(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    result = build("build_wheel", tmp_path, sdist, SWIFT="no-such-swift")
    assert result.returncode == 1 and "'no-such-swift' was not found" in result.stderr
    # Swift is said to have built what was built before: that it does, takes a minute (Tests/Release/check-wheels.sh).
    swift = tmp_path / "swift"
    swift.write_text('#!/bin/sh\n[ "$1" != -print-target-info ] || exec swift "$@"\n')
    swift.chmod(0o755)
    shutil.copytree(PROJECT.parents[1] / ".build/pinverdict-openssl", sdist / "library/.build/pinverdict-openssl")
    (tmp_path / "wheels").mkdir()
    result = build("build_wheel", tmp_path / "wheels", sdist, SWIFT=str(swift))
    assert result.returncode == 0, result.stderr
    (other,) = (tmp_path / "wheels").glob("*.whl")
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(other) as second:
        assert first.read(f"pinverdict/{SONAME}") == second.read(f"pinverdict/{SONAME}")


def test_an_editable_install_carries_no_library(tmp_path: Path) -> None:
    result = build("build_editable", tmp_path)
    assert result.returncode == 1 and "PINVERDICT_LIBRARY" in result.stderr
    assert build("build_editable", tmp_path, PINVERDICT_BUNDLE="no").returncode == 0


def test_without_a_library(wheel: Path, tmp_path: Path) -> None:
    result = build("build_wheel", tmp_path, PINVERDICT_BUNDLE="no", SWIFT="no-such-swift")
    assert result.returncode == 0, result.stderr
    (pure,) = tmp_path.glob("*-py3-none-any.whl")
    with zipfile.ZipFile(pure) as archive:
        assert f"pinverdict/{SONAME}" not in archive.namelist()
        archive.extractall(tmp_path / "site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extract(f"pinverdict/{SONAME}", tmp_path / "system")
    library = tmp_path / "system/pinverdict" / SONAME
    library.rename(library.with_name("libpinverdict.so.0"))
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); import pinverdict; "
    code += "print(pinverdict.loaded_library())"
    bare = {"PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": str(tmp_path / "system/pinverdict")}
    shown = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=bare, capture_output=True, text=True)
    assert "origin='system'" in shown.stdout, shown.stderr


def test_the_build_leaves_nothing_behind() -> None:
    for name in ("build", "dist", "src/pinverdict.egg-info", f"src/pinverdict/{SONAME}"):
        assert not (PROJECT / name).exists()
