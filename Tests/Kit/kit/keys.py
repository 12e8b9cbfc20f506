# SPDX-License-Identifier: Apache-2.0
"""Private keys and their signatures, by the `openssl` command."""
import atexit
import base64
import hashlib
import os
import secrets
import subprocess
import tempfile

from .der import (NULL, bit_string, children_of, contents_of, explicit, integer, octet_string, oid, sequence)
from .pem import pem

_work = tempfile.TemporaryDirectory()
atexit.register(_work.cleanup)


def openssl(*arguments, given=None):
    """What the command prints; it does not see the settings of whoever runs the tests."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENSSL_")}
    run = subprocess.run(["openssl", *map(str, arguments)], input=given, capture_output=True, env=environment)
    if run.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(map(str, arguments))}\n{run.stderr.decode(errors='replace')}")
    return run.stdout


# ------------------------------------------------------------------------------------------------------ keys

GENERATED = {
    "rsa": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa-1024": ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
    "rsa-pss": ["RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_pss_keygen_md:sha256",
                "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha256", "-pkeyopt", "rsa_pss_keygen_saltlen:32"],
    **{name: ["EC", "-pkeyopt", f"ec_paramgen_curve:{curve}"] for name, curve in {
        "p256": "P-256", "p384": "P-384", "p521": "P-521", "brainpool": "brainpoolP256r1",
        "secp256k1": "secp256k1"}.items()},
    "ed25519": ["ED25519"], "ed448": ["ED448"], "x25519": ["X25519"],
}

RSA, EC, ED25519, ML_DSA_44 = (oid(dotted) for dotted in [
    "1.2.840.113549.1.1.1", "1.2.840.10045.2.1", "1.3.101.112", "2.16.840.1.101.3.4.3.17"])

# The algorithms that have KEY pins, by how their identifiers begin.
PINNED = {
    RSA: "rsa", ED25519: "ed25519", oid("1.3.101.113"): "ed448",
    EC + oid("1.2.840.10045.3.1.7"): "p256", EC + oid("1.3.132.0.34"): "p384", EC + oid("1.3.132.0.35"): "p521",
}


def bits_of(spki):
    """The bare key: what the BIT STRING of a SubjectPublicKeyInfo holds."""
    return contents_of(children_of(spki)[1])[1:]


def pin_of(spki):
    """Base64 of SHA-256 over a SubjectPublicKeyInfo."""
    return base64.b64encode(hashlib.sha256(spki).digest()).decode()


def algorithm_of(spki):
    """The algorithm of a SubjectPublicKeyInfo where keys of it have KEY pins, else "other"."""
    identifier = children_of(children_of(spki)[0])
    return PINNED.get(identifier[0]) or PINNED.get(b"".join(identifier), "other")


def spki_of(algorithm, bits, *parameters):
    """A SubjectPublicKeyInfo of any algorithm."""
    return sequence(sequence(algorithm, *parameters), bit_string(bits))


class Key:
    """A private key: a new one, or one given in PEM."""

    def __init__(self, kind="p256", text=None):
        self.pem = text or openssl("genpkey", "-algorithm", *GENERATED[kind]).decode()
        self.spki = self.spki_as()
        self._path = None

    def spki_as(self, *options):
        """Its SubjectPublicKeyInfo in one of the encodings that the command knows."""
        return openssl("pkey", "-pubout", "-outform", "DER", *options, given=self.pem.encode())

    @property
    def path(self):
        """A file that has it, as long as the process lives."""
        if self._path is None:
            self._path = os.path.join(_work.name, secrets.token_hex(8))
            with open(self._path, "w") as file:
                file.write(self.pem)
        return self._path

    def sign(self, octets, algorithm):
        command = SIGNATURES[algorithm][1]
        if command is not None:
            return openssl("dgst", *command, "-sign", self.path, given=octets)
        with tempfile.NamedTemporaryFile(dir=_work.name) as file:  # pkeyutl wants a file for this
            file.write(octets)
            file.flush()
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", file.name)


def key_of_seed(seed):
    """The Ed25519 key of 32 octets: the same one every time."""
    return Key(text=pem(sequence(integer(0), sequence(ED25519), octet_string(octet_string(seed))), "PRIVATE KEY"))


class OddKey:
    """A public key of any octets, and whatever signs for it: noise, where nothing else is given."""

    def __init__(self, spki, sign=lambda octets: secrets.token_bytes(64)):
        self.spki = spki
        self._sign = sign

    def sign(self, octets, algorithm):
        return self._sign(octets)


# ------------------------------------------------------------------------------------------------ signatures

SHA256 = sequence(oid("2.16.840.1.101.3.4.2.1"))
MGF1_SHA256 = sequence(oid("1.2.840.113549.1.1.8"), SHA256)

# The AlgorithmIdentifier, and how `openssl dgst` signs so; None where it cannot.
SIGNATURES = {
    "ecdsa-sha1": (sequence(oid("1.2.840.10045.4.1")), ["-sha1"]),
    "ecdsa-sha256": (sequence(oid("1.2.840.10045.4.3.2")), ["-sha256"]),
    "ecdsa-sha384": (sequence(oid("1.2.840.10045.4.3.3")), ["-sha384"]),
    "rsa-md5": (sequence(oid("1.2.840.113549.1.1.4"), NULL), ["-md5"]),
    "rsa-sha1": (sequence(oid("1.2.840.113549.1.1.5"), NULL), ["-sha1"]),
    "rsa-sha256": (sequence(oid("1.2.840.113549.1.1.11"), NULL), ["-sha256"]),
    "rsa-pss-sha256": (
        sequence(oid("1.2.840.113549.1.1.10"),
                 sequence(explicit(0, SHA256), explicit(1, MGF1_SHA256), explicit(2, integer(32)))),
        ["-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]),
    "ed25519": (sequence(ED25519), None),
}


def signature_of(key):
    """The algorithm that a key signs with where nobody says another."""
    return {"rsa": "rsa-sha256", "ed25519": "ed25519"}.get(algorithm_of(key.spki), "ecdsa-sha256")
