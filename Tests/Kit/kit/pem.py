# SPDX-License-Identifier: Apache-2.0
"""PEM, and what else it can hold than a certificate."""
import base64

from .der import element, explicit, integer, oid, sequence


def pem(octets, label="CERTIFICATE", line_end="\n"):
    text = base64.b64encode(octets).decode()
    lines = [text[start:start + 64] for start in range(0, len(text), 64)]
    return line_end.join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def trusted(certificate, *purposes):
    """OpenSSL's TRUSTED CERTIFICATE: the certificate, and the purposes that it is trusted for."""
    return pem(certificate + sequence(*[sequence(*map(oid, purposes))] * (purposes != ())), "TRUSTED CERTIFICATE")


def pkcs7(*certificates):
    """A PKCS #7 message that signs nothing, as bundles of certificates come in."""
    nothing, signed_data = sequence(oid("1.2.840.113549.1.7.1")), oid("1.2.840.113549.1.7.2")
    return pem(sequence(signed_data, explicit(0, sequence(
        integer(1), element(0x31), nothing, element(0xA0, *certificates), element(0x31)))), "PKCS7")
