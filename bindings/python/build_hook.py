# SPDX-License-Identifier: Apache-2.0
"""Puts libpinverdict into the wheel, built by the repository's own Makefile."""

import os
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PROJECT = Path(__file__).resolve().parent
# An sdist has what the library is built of in a folder of its own.
IN_SDIST = PROJECT / "library"
REPOSITORY = IN_SDIST if IN_SDIST.exists() else PROJECT.parents[1]
# The flavour for OpenSSL alone, which is where Python's TLS comes from.
FLAVOUR = "libpinverdict-openssl.so"
# What building asks for beside Swift and make, by Debian's names of the packages.
HEADERS = {"openssl/ssl.h": "libssl-dev"}


def missing_packages(compiler: str) -> list[str]:
    """Those whose programs or headers are not there."""
    missing = [name for name in ("make", "pkg-config") if shutil.which(name) is None]
    if shutil.which("strip") is None:
        missing.append("binutils")
    if shutil.which(compiler) is None:
        return [*missing, "gcc", "libc6-dev", *HEADERS.values()]
    for header, package in HEADERS.items():
        command = [compiler, "-fsyntax-only", "-x", "c", "-"]
        if subprocess.run(command, input=f"#include <{header}>\n".encode(), stderr=subprocess.DEVNULL).returncode:
            missing.append(package)
    return missing


class LibraryHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "sdist":
            # The package manager asks for the tests that its manifest names, too.
            for path in ("Makefile", "Package.swift", "Sources", "include", *REPOSITORY.glob("Tests/*Tests")):
                source = REPOSITORY / path
                build_data["force_include"][str(source)] = f"library/{source.relative_to(REPOSITORY)}"
            build_data["force_include"][str(REPOSITORY / "LICENSE")] = "LICENSE"
            return
        # For those who package the library by itself: the wheel finds the system's.
        if os.environ.get("PINVERDICT_BUNDLE") == "no":
            return
        if version == "editable":
            raise SystemExit(
                "an editable install carries no library: set PINVERDICT_BUNDLE=no, and run programs with "
                "PINVERDICT_LIBRARY naming one"
            )
        swift = os.environ.get("SWIFT", "swift")
        if shutil.which(swift) is None:
            raise SystemExit(
                f"pinverdict's library is written in Swift, and {swift!r} was not found. Install the Swift 6.3 "
                "toolchain (https://www.swift.org/install/linux/) and put it on PATH; or, where libpinverdict is "
                "installed already, set PINVERDICT_BUNDLE=no to use that one. Programs that use the wheel do not "
                "need Swift."
            )
        if missing := missing_packages(os.environ.get("CC", "cc")):
            raise SystemExit(
                "pinverdict's library cannot be built here yet. Install " + " ".join(missing) + " (Debian's names), "
                "as root by: apt-get install " + " ".join(missing)
            )
        built = f".build/lib/{FLAVOUR}.{self.metadata.version}"
        if subprocess.run(["make", built], cwd=REPOSITORY, stdin=subprocess.DEVNULL).returncode:
            raise SystemExit(f"pinverdict's library was not built: `make {built}` failed, see above")
        self._directory = tempfile.TemporaryDirectory()
        library = Path(self._directory.name, f"{FLAVOUR}.0")
        shutil.copy(REPOSITORY / built, library)
        subprocess.run(["strip", "--strip-unneeded", library], check=True)
        build_data["force_include"][str(library)] = f"pinverdict/{library.name}"
        build_data["pure_python"] = False
        # Any Python 3, and this platform. Which manylinux that is, auditwheel says: make-wheel.sh.
        build_data["tag"] = "py3-none-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if hasattr(self, "_directory"):
            self._directory.cleanup()
