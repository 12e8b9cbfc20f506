#!/usr/bin/env python3
"""Writes certificates.txt and pins.txt anew, with fresh keys: make-certificates.py

The two files are committed, and nothing calls this in a build or a test: the table needs the same certificates
everywhere. To add a certificate, add it here, run this, and commit what it wrote. Needs `openssl` 3.

Pins are computed here, by hashlib over what openssl says, and not by the library that the table tests.
"""
import base64
import hashlib
import os
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
DAYS = "18250"  # fifty years

KEYS = {
    "p256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "secp256k1": ["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
    "ed25519": ["ED25519"],
    "rsa": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
}

# Name, common name, key, issuer. An issuer comes before what it issues.
CERTIFICATES = [
    ("root", "root", "p256", "root"),
    ("intermediate", "intermediate", "p256", "root"),
    ("reissued", "intermediate", "p256", "root"),  # the name of `intermediate`, another key
    ("leaf", "leaf", "p256", "intermediate"),
    ("renewed", "leaf", "p256", "intermediate"),  # the name of `leaf`, another key
    ("ed25519", "leaf", "ed25519", "intermediate"),
    ("secp256k1", "leaf", "secp256k1", "intermediate"),
    ("rsa", "leaf", "rsa", "root"),
    ("lone", "lone", "p256", "lone"),
    ("other-root", "other root", "p256", "other-root"),
    ("other-leaf", "other leaf", "p256", "other-root"),
]

AUTHORITIES = ["root", "intermediate", "other root"]

work = tempfile.TemporaryDirectory()
made = {}


def path(name):
    return os.path.join(work.name, name)


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout


def make(name, common_name, key, issuer):
    openssl("genpkey", "-algorithm", *KEYS[key], "-out", path(name + ".key"))
    openssl("pkey", "-in", path(name + ".key"), "-pubout", "-out", path(name + ".pub"))
    with open(path("extensions"), "w") as file:
        file.write("basicConstraints=critical,CA:%s\n" % ("TRUE" if common_name in AUTHORITIES else "FALSE"))
    signer = (["-key", path(name + ".key")] if issuer == name else
              ["-force_pubkey", path(name + ".pub"), "-CA", path(issuer + ".pem"), "-CAkey", path(issuer + ".key")])
    openssl("x509", "-new", "-subj", "/O=Conformance/CN=" + common_name, *signer, "-extfile", path("extensions"),
            "-days", DAYS, "-set_serial", str(len(made) + 1), "-out", path(name + ".pem"))
    encoded = openssl("x509", "-in", path(name + ".pem"), "-outform", "DER")
    spki = openssl("pkey", "-in", path(name + ".key"), "-pubout", "-outform", "DER")
    assert encoded.count(spki) == 1
    made[name] = (encoded, spki)


def bare_key(spki):
    """What the BIT STRING holds: the second of the SEQUENCE's two elements, none of them long."""
    contents = spki[2:] if spki[1] < 0x80 else spki[2 + (spki[1] & 0x7f):]
    bits = contents[2 + contents[1]:]
    return bits[3:] if bits[1] < 0x80 else bits[3 + (bits[1] & 0x7f):]


def make_odd():
    """Certificates that only some readers take."""
    leaf, spki = made["leaf"]
    # Names and key are DER and in their places, but a time is an OCTET STRING: both TLS libraries refuse it.
    assert leaf.count(b"\x17\x0d") == 1
    made["odd"] = (leaf.replace(b"\x17\x0d", b"\x04\x0d"), spki)
    made["cut"] = (leaf[:-1], spki)
    made["trailing"] = (leaf + b"\0", spki)
    assert leaf[:2] == b"\x30\x82"
    made["long-length"] = (b"\x30\x83\x00" + leaf[2:], spki)


def pins():
    for name, (encoded, spki) in made.items():
        yield name + ".spki", hashlib.sha256(spki).digest()
        yield name + ".key", hashlib.sha256(bare_key(spki)).digest()
        yield name + ".certificate", hashlib.sha256(encoded).digest()
    for number in range(1, 5):
        yield "spare%d" % number, hashlib.sha256(b"no certificate has this pin: %d" % number).digest()


def main():
    for certificate in CERTIFICATES:
        make(*certificate)
    make_odd()
    with open(os.path.join(HERE, "certificates.txt"), "w") as file:
        file.write("# DER in base64. Written by make-certificates.py, which says what each of them is.\n")
        for name, (encoded, _) in made.items():
            text = base64.b64encode(encoded).decode()
            lines = "\n".join(text[start:start + 100] for start in range(0, len(text), 100))
            file.write("\ncertificate %s\n%s\nend\n" % (name, lines))
    with open(os.path.join(HERE, "pins.txt"), "w") as file:
        file.write("# What {name} in a policy stands for. Written by make-certificates.py.\n")
        for name, digest in pins():
            file.write("%s | %s\n" % (name, base64.b64encode(digest).decode()))


main()
