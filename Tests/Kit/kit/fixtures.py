# SPDX-License-Identifier: Apache-2.0
"""A directory of certificates for tests to read.

It has NAME.der for each certificate, NAME.pem for each that is good, NAME.key for leaves that a server can use, and
manifest.txt, with the pins that they must have, computed here by hashlib, a line each:

    name file state spki-sha256 key-sha256 certificate-sha256 spki-offset spki-size gnutls algorithm

"state" is "good", or "malformed" for a certificate that must be refused. "key-sha256" is "-" where the algorithm
has no KEY pins, "spki-sha256" where there is no SubjectPublicKeyInfo. "gnutls" is "reads" where GnuTLS must read
the certificate too, or "may-refuse".
"""
import hashlib
import sys
from pathlib import Path

from .keys import algorithm_of, bits_of
from .pem import pem


def sha256(octets):
    return hashlib.sha256(octets).hexdigest()


class Fixtures:
    def __init__(self):
        self.files = {}  # by name
        self.manifest = ""

    def add(self, label, whole, spki=None, algorithm=None, gnutls="reads", state="good"):
        algorithm = algorithm or algorithm_of(spki)
        assert spki is None or whole.count(spki) == 1
        offset, size, pin = (whole.index(spki), len(spki), sha256(spki)) if spki else (0, 0, "-")
        key = sha256(bits_of(spki)) if algorithm != "other" else "-"
        columns = [label, label + ".der", state, pin, key, sha256(whole), str(offset), str(size), gnutls, algorithm]
        self.manifest += " ".join(columns) + "\n"
        self.files[label + ".der"] = whole
        if state == "good":
            self.files[label + ".pem"] = pem(whole).encode()

    def add_malformed(self, label, whole, spki=None, algorithm="other"):
        """`algorithm` is that of a key which is well-formed itself."""
        self.add(label, whole, spki, algorithm, gnutls="may-refuse", state="malformed")

    def add_key(self, label, key):
        """The private key of a certificate, for a server to use."""
        self.files[label + ".key"] = key.pem.encode()

    def write(self, usage, script, make):
        """Has `make` add all of them, and writes them to the directory that the command line names: once, until the
        script or the kit changes."""
        if len(sys.argv) != 2:
            sys.exit(usage)
        directory = Path(sys.argv[1])
        stamp = directory / "made-by"
        sources = [Path(script), *sorted(Path(__file__).parent.glob("*.py"))]
        version = "".join(sha256(source.read_bytes()) + "\n" for source in sources)
        if stamp.exists() and stamp.read_text() == version:
            return
        make()
        directory.mkdir(parents=True, exist_ok=True)
        for name, contents in self.files.items():
            (directory / name).write_bytes(contents)
        (directory / "manifest.txt").write_text(self.manifest)
        stamp.write_text(version)  # last, so that a run cut off is made again
