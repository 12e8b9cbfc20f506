#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scts.py COUNTED FOUND: what ours counted (scts.c), once more with pyca/cryptography. Of each certificate it rebuilds
what the logs have signed, and verifies every SCT with the key of its log: ours counts no log that it does not. It reads
a list as a whole or not at all, and no certificate that has any extension which it cannot read; those are told apart.
A disagreement's certificate is written into the folder FOUND."""
import base64
import datetime
import hashlib
import struct
import sys
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

VECTORS = Path(__file__).resolve().parents[1] / "Conformance/scts"
NOW = 1782864000  # SCT_TIME of scts.h
EPOCH = datetime.datetime(1970, 1, 1)
UNREADABLE = (ValueError, OverflowError, x509.DuplicateExtension, x509.ExtensionNotFound, x509.InvalidVersion,
              x509.UnsupportedGeneralNameType)


def records(path):
    data, at = path.read_bytes(), 0
    while at < len(data):
        number, size = struct.unpack_from("=II", data, at)
        yield number, data[at + 8:at + 8 + size]
        at += 8 + size


def known_logs(own):
    keys = [own]
    for name, column in ("logs.tsv", 1), ("synthetic/logs.tsv", 2):
        keys += [base64.b64decode(line.split("\t")[column]) for line in (VECTORS / name).read_text().splitlines()
                 if not line.startswith("#")]
    logs = {hashlib.sha256(key).digest(): load_der_public_key(key) for key in keys}
    return {log: key for log, key in logs.items() if isinstance(key, ec.EllipticCurvePublicKey)}


def is_good(sct, key, to_be_signed, issuer_key_hash):
    milliseconds = (sct.timestamp - EPOCH) // datetime.timedelta(milliseconds=1)
    if milliseconds // 1000 > NOW or not isinstance(sct.signature_hash_algorithm, SHA256):
        return False
    signed = (struct.pack(">BBQH", 0, 0, milliseconds, 1) + issuer_key_hash + len(to_be_signed).to_bytes(3, "big") +
              to_be_signed + len(sct.extension_bytes).to_bytes(2, "big") + sct.extension_bytes)
    try:
        key.verify(sct.signature, signed, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def count(leaf, issuer, logs):
    certificate, key = x509.load_der_x509_certificate(leaf), x509.load_der_x509_certificate(issuer).public_key()
    issuer_key_hash = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    scts = certificate.extensions.get_extension_for_class(x509.PrecertificateSignedCertificateTimestamps).value
    to_be_signed = certificate.tbs_precertificate_bytes
    return len({sct.log_id for sct in scts if sct.log_id in logs and
                is_good(sct, logs[sct.log_id], to_be_signed, issuer_key_hash)})


def main():
    rows = records(Path(sys.argv[1]))
    logs = known_logs(next(rows)[1])
    answers = unread = by_pyca = by_ours = disagreements = 0
    for ours, leaf in rows:
        _, issuer = next(rows)
        try:
            theirs = count(leaf, issuer, logs)
        except UNREADABLE:
            unread += 1
            continue
        answers += 1
        by_ours += ours
        by_pyca += theirs
        if ours > theirs:
            disagreements += 1
            kept = Path(sys.argv[2]) / f"scts-pyca-{hashlib.sha256(leaf).hexdigest()[:16]}.der"
            kept.write_bytes(leaf)
            print(f"ours counts {ours} logs, pyca {theirs}: kept as {kept}")
    print(f"of those that count, {answers} through pyca: logs counted {by_ours}, by pyca {by_pyca}, "
          f"not read by pyca {unread}, disagreements {disagreements}")
    failed = disagreements + (answers < 2 * unread)
    print(f"{answers} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
