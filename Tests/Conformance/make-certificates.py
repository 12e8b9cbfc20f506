#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Writes certificates.txt and pins.txt anew, with fresh keys: make-certificates.py

The two files are committed, and nothing calls this in a build or a test: the table needs the same certificates
everywhere. To add a certificate, add it here, run this, and commit what it wrote.

Pins are computed here, by hashlib over what openssl says, and not by the library that the table tests.
"""
import base64
import hashlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "Kit"))

from kit.certificates import IS_CA, NOT_CA, issue, name, validity
from kit.der import indefinite, long_length, sequence
from kit.keys import Key, bits_of
from kit.pem import pem

PERIOD = validity("20250101000000Z", "20750101000000Z")

# Name, common name, issuer, extension, key. An issuer comes before what it issues.
CERTIFICATES = [
    ("root", "root", None, IS_CA, "p256"),
    ("intermediate", "intermediate", "root", IS_CA, "p256"),
    ("reissued", "intermediate", "root", IS_CA, "p256"),  # the name of `intermediate`, another key
    ("leaf", "leaf", "intermediate", NOT_CA, "p256"),
    ("renewed", "leaf", "intermediate", NOT_CA, "p256"),  # the name of `leaf`, another key
    ("ed25519", "leaf", "intermediate", NOT_CA, "ed25519"),
    ("secp256k1", "leaf", "intermediate", NOT_CA, "secp256k1"),
    ("rsa", "leaf", "root", NOT_CA, "rsa"),
    ("lone", "lone", None, NOT_CA, "p256"),
    ("other-root", "other root", None, IS_CA, "p256"),
    ("other-leaf", "other leaf", "other-root", NOT_CA, "p256"),
]


def make():
    """The DER and the SubjectPublicKeyInfo of each, by name."""
    made = {}
    for number, (label, common_name, issuer, extension, kind) in enumerate(CERTIFICATES, 1):
        made[label] = issue(name(("O", "Conformance"), common_name), made.get(issuer), [extension], key=Key(kind),
                            period=PERIOD, serial=number)
    return {label: (one.der, one.key.spki) for label, one in made.items()}


def make_odd(leaf, spki):
    """Certificates that only some readers take, or none."""
    # Names and key are DER and in their places, but a time is an OCTET STRING: both TLS libraries refuse it.
    assert leaf.count(b"\x17\x0d") == leaf.count(spki) == 1
    return {
        "odd": leaf.replace(b"\x17\x0d", b"\x04\x0d"),
        "cut": leaf[:-1],
        "trailing": leaf + b"\0",
        "long-length": long_length(leaf),
        "indefinite-key": leaf.replace(spki, indefinite(spki)),
        "empty-sequence": sequence(),
        "zeros": bytes(100),
        "garbage": bytes(range(256)),
        "in-pem": pem(leaf).encode(),
    }


def pins(made):
    for label, (encoded, spki) in made.items():
        yield label + ".spki", spki
        yield label + ".key", bits_of(spki)
        yield label + ".certificate", encoded
    for number in range(1, 5):
        yield f"spare{number}", b"no certificate has this pin: %d" % number


def main():
    made = make()
    odd = make_odd(*made["leaf"])
    with open(HERE / "certificates.txt", "w") as file:
        file.write("# DER in base64. Written by make-certificates.py, which says what each of them is.\n")
        for label, encoded in [*((label, encoded) for label, (encoded, _) in made.items()), *odd.items()]:
            text = base64.b64encode(encoded).decode()
            lines = "\n".join(text[start:start + 100] for start in range(0, len(text), 100))
            file.write(f"\ncertificate {label}\n{lines}\nend\n")
    with open(HERE / "pins.txt", "w") as file:
        file.write("# What {name} in a policy stands for. Written by make-certificates.py.\n")
        for label, pinned in pins(made):
            file.write(f"{label} | {base64.b64encode(hashlib.sha256(pinned).digest()).decode()}\n")


main()
