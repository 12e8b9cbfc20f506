# SPDX-License-Identifier: Apache-2.0
"""One check from Python beside pyca/cryptography doing the same: check.py ROUNDS NANOSECONDS LEAF INTERMEDIATE ROOT

Prints the rows that bench.h describes. PINVERDICT_LIBRARY names the library; bench.py sets it.
"""
import base64
import hashlib
import platform
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bindings/python/src"))

import cryptography
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import pinverdict
from pinverdict._library import library

HOST = "api.example.com"


def pin(der):
    """What a program would write: the certificate parsed, its key encoded and hashed."""
    key = x509.load_der_x509_certificate(der).public_key()
    encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(encoded).digest()).decode()


def contenders(path):
    """Each with a function that answers whether it got the right answer."""
    leaf_pin, other_pin = pin(path[0]), base64.b64encode(hashlib.sha256(b"another key").digest()).decode()
    pins = {leaf_pin, other_pin}
    spki = x509.load_der_x509_certificate(path[0]).public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = hashlib.sha256(spki).digest()
    policy = pinverdict.Policy.parse(f"[policy]\nserial = 1\n[host {HOST}]\npin-sha256 = {leaf_pin}\n"
                                     f"backup-pin-sha256 = {other_pin}\n")
    checker = pinverdict.Checker(policy)
    return {
        "PinVerdict: check, leaf pin": lambda: checker.check_validated(HOST, path).allowed,
        "pyca: by hand from DER, the three certificates": lambda: pins & {pin(der) for der in path} == {leaf_pin},
        "pyca: by hand from DER, the leaf alone": lambda: pin(path[0]) in pins,
        "hashlib: SHA-256 of the leaf's SPKI": lambda: hashlib.sha256(spki).digest() == digest,
        "ctypes: a call that does nothing": lambda: library.pinverdict_version() is not None,
    }


def time_calls(function, calls):
    """Nanoseconds of so many calls, each of which has to answer True."""
    right = 0
    start = time.perf_counter_ns()
    for _ in range(calls):
        right += function()
    nanoseconds = time.perf_counter_ns() - start
    if right != calls:
        sys.exit(f"{calls - right} answers of {calls} are wrong")
    return nanoseconds


def calls_in(nanoseconds, function):
    calls = 1
    while (taken := time_calls(function, calls)) < nanoseconds / 2:
        calls *= 2
    return max(1, int(calls * nanoseconds / taken))


def main():
    rounds, nanoseconds = int(sys.argv[1]), float(sys.argv[2])
    names = contenders([Path(file).read_bytes() for file in sys.argv[3:]])
    calls = {name: calls_in(nanoseconds, function) for name, function in names.items()}
    times = {name: [] for name in names}
    for _ in range(rounds):
        for name, function in names.items():
            time_calls(function, 1 + calls[name] // 10)  # the one before has filled the caches with other things
            times[name].append(time_calls(function, calls[name]) / calls[name])
    for name, values in times.items():
        tenths = statistics.quantiles(values, n=10, method="inclusive")
        for quantity, value in ("median", statistics.median(values)), ("p10", tenths[0]), ("p90", tenths[-1]):
            print("Python", name, quantity, value, sep="\t")
    for library, version in ("Python", platform.python_version()), ("cryptography", cryptography.__version__):
        print(library, "version", "", version, sep="\t")


main()
