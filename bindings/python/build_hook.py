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

REPOSITORY = Path(__file__).resolve().parents[2]
SONAME = "libpinverdict.so.0"
# What building asks for beside Swift and make, by Debian's names of the packages.
HEADERS = {"openssl/ssl.h": "libssl-dev", "gnutls/gnutls.h": "libgnutls28-dev"}


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
            raise SystemExit("pinverdict has no sdist: the library's sources are outside it. Build the wheel alone.")
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
        if subprocess.run(["make", "lib"], cwd=REPOSITORY, stdin=subprocess.DEVNULL).returncode:
            raise SystemExit("pinverdict's library was not built: `make lib` failed, see above")
        self._directory = tempfile.TemporaryDirectory()
        library = Path(self._directory.name, SONAME)
        shutil.copy(REPOSITORY / ".build/lib" / SONAME, library)
        subprocess.run(["strip", "--strip-unneeded", library], check=True)
        build_data["force_include"][str(library)] = f"pinverdict/{SONAME}"
        build_data["pure_python"] = False
        # Any Python 3, and this platform: no manylinux, since it needs the system's OpenSSL and GnuTLS.
        build_data["tag"] = "py3-none-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if hasattr(self, "_directory"):
            self._directory.cleanup()
