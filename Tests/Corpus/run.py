#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The corpus: every certificate of Debian's ca-certificates and of PyPI's cryptography_vectors, as DER, through
corpus.c. run.py LIBDIR"""
import base64
import re
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = "cryptography_vectors==45.0.7"  # certificates, and hostile ones among them
PEM = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----\s+(.*?)-----END", re.S)


def vectors(build: Path) -> Path:
    """The folder of the package's X.509 files; installed once."""
    folder = build / "corpus-venv"
    found = sorted(folder.glob("lib/python*/site-packages/cryptography_vectors/x509"))
    if not found:
        venv.create(folder, with_pip=True)
        pip = [folder / "bin/python", "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", PACKAGE], check=True)
        found = sorted(folder.glob("lib/python*/site-packages/cryptography_vectors/x509"))
    return found[0]


def certificates(source: Path):
    """The certificates of a file, as DER: those in PEM, or a file that is named as one certificate in DER."""
    data = source.read_bytes()
    for number, match in enumerate(PEM.findall(data)):
        try:
            yield f"{source.name}-{number}" if number else source.name, base64.b64decode(match)
        except ValueError:
            pass
    if source.suffix in (".der", ".crt", ".cer") and not data.startswith(b"-----"):
        yield source.name, data


def main() -> int:
    libraries = Path(sys.argv[1]).resolve()
    build = libraries.parent
    output = build / "corpus"
    output.mkdir(exist_ok=True)
    sources = sorted(Path("/usr/share/ca-certificates").rglob("*.crt"))
    sources += [path for path in sorted(vectors(build).rglob("*")) if path.is_file()]
    files = []
    for source in sources:
        for name, data in certificates(source):
            # Requests and lists lie in the same folders, and begin with the same tag: only what is named so counts.
            path = output / f"{len(files):04}-{name}.der"
            path.write_bytes(data)
            files.append(path)
    program = build / "bin/corpus"
    program.parent.mkdir(exist_ok=True)
    root = HERE.parents[1]
    subprocess.run(["cc", "-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", f"-I{root}/include",
                    HERE / "corpus.c", "-o", program, f"-L{libraries}", "-lpinverdict", "-lcrypto", "-lgnutls",
                    f"-Wl,-rpath,{libraries}"], check=True)
    return subprocess.run([program, *files]).returncode


if __name__ == "__main__":
    sys.exit(main())
