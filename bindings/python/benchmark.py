"""One check from Python beside pyca/cryptography doing the same comparison. Prints figures, promises none.

Needs pinverdict and cryptography installed: tests/run.sh makes such an environment.
"""

import base64
import hashlib
import platform
import statistics
import sys
import tempfile
import timeit
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).with_name("tests")))

import cryptography
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pki import HOST, PKI

import pinverdict
from pinverdict._library import library


def microseconds(function: Callable[[], object]) -> float:
    """The median of several runs, each of about a tenth of a second."""
    timer = timeit.Timer(function)
    number, seconds = timer.autorange()
    number = max(1, int(number * 0.1 / seconds))
    return statistics.median(timer.repeat(11, number)) / number * 1e6


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        pki = PKI(Path(directory))
        checker = pinverdict.Checker(pinverdict.Policy.parse(pki.policy()), trust_file=pki.trust_file)
    path, spki, pins = pki.pinned.path, pki.pinned.spki, {pki.pinned.pin, pki.backup.pin}

    def pin(der: bytes) -> str:
        key = x509.load_der_x509_certificate(der).public_key()
        encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(hashlib.sha256(encoded).digest()).decode()

    assert checker.check_validated(HOST, path) and pin(path[0]) in pins
    ours = microseconds(lambda: checker.check_validated(HOST, path))
    rows = [
        ("PinVerdict: check_validated, host, rule and path of 3", ours),
        ("pyca: leaf parsed, SPKI hashed and looked up", microseconds(lambda: pin(path[0]) in pins)),
        ("pyca: the same for all 3 of the path", microseconds(lambda: pins & {pin(der) for der in path})),
        ("hashlib: SHA-256 of the leaf's SPKI, nothing else", microseconds(lambda: hashlib.sha256(spki).digest())),
        ("ctypes: a call that does nothing", microseconds(library.pinverdict_version)),
    ]
    version = pinverdict.loaded_library().version
    print(f"Python {platform.python_version()}, pinverdict {version}, cryptography {cryptography.__version__}; P-256")
    print(f"{'':56}{'µs':>8}{'ratio':>8}")
    for name, time in rows:
        print(f"{name:56}{time:8.2f}{time / ours:8.2f}")


if __name__ == "__main__":
    main()
