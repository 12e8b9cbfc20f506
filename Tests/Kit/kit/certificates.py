# SPDX-License-Identifier: Apache-2.0
"""Certificates and CRLs, really signed, with whatever in them."""
import base64
import datetime
import hashlib
import ipaddress
import secrets
from dataclasses import dataclass

from .der import (bit_string, boolean, children_of, element, explicit, integer, octet_string, oid, sequence, set_of)
from .keys import SIGNATURES, Key, bits_of, pin_of, signature_of
from .pem import pem

# ---------------------------------------------------------------------------------------- names and times

UTF8, PRINTABLE = 0x0C, 0x13
ATTRIBUTES = {"CN": "2.5.4.3", "C": "2.5.4.6", "O": "2.5.4.10", "OU": "2.5.4.11"}


def name(*parts, text=UTF8):
    """A Name. A part is a pair such as ("O", "PinVerdict"), a common name alone, or a list of pairs: of one RDN."""
    def attribute(kind, value):
        return sequence(oid(ATTRIBUTES[kind]), element(PRINTABLE if kind == "C" else text, value.encode()))

    pairs = [[("CN", part)] if isinstance(part, str) else [part] if isinstance(part, tuple) else part for part in parts]
    return sequence(*[set_of(*[attribute(*pair) for pair in part]) for part in pairs])


def time(moment):
    """A Time of a datetime or of "20300101000000Z", in the form that RFC 5280 asks for; octets are one already."""
    if isinstance(moment, bytes):
        return moment
    if isinstance(moment, datetime.datetime):
        moment = moment.strftime("%Y%m%d%H%M%SZ")
    is_short = "1950" <= moment < "2050"
    return element(0x17 if is_short else 0x18, moment[2 * is_short:].encode())


def validity(start, end):
    return sequence(time(start), time(end))


# For tests with a clock of their own, which stands at the beginning of 2030.
VALID = validity("20250101000000Z", "20450101000000Z")
EXPIRED = validity("20250101000000Z", "20291231235959Z")
FUTURE = validity("20300101000001Z", "20450101000000Z")


def for_days(days):
    """Valid for so many days from now, or, where that is negative, until so many days ago."""
    now = datetime.datetime.now(datetime.timezone.utc)
    end = now + datetime.timedelta(days=days)
    return validity(min(now, end) - datetime.timedelta(hours=1), end)


# --------------------------------------------------------------------------------------------- extensions

def extension(identifier, value, critical=False):
    return sequence(oid(identifier), *[boolean(True)] * critical, octet_string(value))


def basic_constraints(*fields):
    return extension("2.5.29.19", sequence(*fields), critical=True)


NOT_CA, IS_CA = basic_constraints(), basic_constraints(boolean(True))
DIGITAL_SIGNATURE, KEY_CERT_SIGN, CRL_SIGN = 0x80, 0x04, 0x02


def key_usage(bits):
    unused = (bits & -bits).bit_length() - 1
    return extension("2.5.29.15", bit_string(bytes([bits]), unused), critical=True)


SERVER, CLIENT, ANY_PURPOSE = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "2.5.29.37.0"


def extended_key_usage(*purposes):
    return extension("2.5.29.37", sequence(*map(oid, purposes)))


def dns(text):
    return element(0x82, text if isinstance(text, bytes) else text.encode())


def ip(text):
    """An address; with a prefix, as in "10.0.0.0/8", what name constraints have."""
    if "/" not in text:
        return element(0x87, ipaddress.ip_address(text).packed)
    network = ipaddress.ip_network(text)
    return element(0x87, network.network_address.packed + network.netmask.packed)


def alternatives(*general_names):
    return extension("2.5.29.17", sequence(*general_names))


def name_constraints(permitted=(), excluded=()):
    return extension("2.5.29.30", sequence(
        *[element(tag, *map(sequence, names)) for tag, names in [(0xA0, permitted), (0xA1, excluded)] if names]),
        critical=True)


def subject_key_id(identifier):
    return extension("2.5.29.14", octet_string(identifier))


def authority_key_id(identifier):
    return extension("2.5.29.35", sequence(*[element(0x80, identifier)] * (identifier != b"")))


def authority(*more, path_length=None):
    """The extensions of a CA."""
    length = [] if path_length is None else [integer(path_length)]
    return [basic_constraints(boolean(True), *length), key_usage(KEY_CERT_SIGN | CRL_SIGN), *more]


def server(*general_names, purposes=(SERVER,), usage=DIGITAL_SIGNATURE, more=()):
    """The extensions of a server of these names."""
    return [NOT_CA, key_usage(usage), *[extended_key_usage(*purposes)] * (purposes != ()),
            *[alternatives(*general_names)] * (general_names != ()), *more]


# ------------------------------------------------------------------------------------------- certificates

@dataclass(frozen=True)
class Certificate:
    der: bytes
    subject: bytes
    key: Key
    key_id: bytes
    serial: int
    issuer: "Certificate | None" = None  # None: itself

    @property
    def pem(self):
        return pem(self.der)

    @property
    def issuers(self):
        return [self.issuer, *self.issuer.issuers] if self.issuer else []

    @property
    def path(self):
        """In DER, the leaf first and the root last."""
        return [one.der for one in [self, *self.issuers]]

    @property
    def for_server(self):
        """Its key, itself and the intermediates in PEM, as servers want them."""
        return self.key.pem + "".join(one.pem for one in [self, *self.issuers[:-1]])

    @property
    def pin(self):
        return pin_of(self.key.spki)

    @property
    def digest(self):
        """What the pin is in base64."""
        return base64.b64decode(self.pin)


def key_id_of(key):
    return hashlib.sha1(bits_of(key.spki)).digest()


def assembled(*, version=explicit(0, integer(2)), serial, algorithm, issuer, period, subject, spki, after_key, sign,
              outer=None, to_be_signed=sequence, whole=sequence):
    """A certificate of these fields, of which each may be what it should not be; `sign` makes the last of them, and
    `outer` is the algorithm beside it where that is another one."""
    signed = to_be_signed(version, serial, algorithm, issuer, period, subject, spki, after_key)
    return whole(signed, outer or algorithm, sign(signed))


def issue(subject, by=None, extensions=(), *, key=None, period=VALID, version=3, serial=None, algorithm=None,
          inner=None, key_id=None, signature=lambda good: good):
    """A certificate for a key, a new one where none is given, by the key of the certificate `by`, or by its own.

    A subject that is a text is a common name. Key identifiers stand before the other extensions; `key_id` is the
    subject's where that is not the key's, b"" for none. `algorithm` is the signature's, `inner` the one that the
    signed part names where that is another one; `signature` is given the good one, and answers with what stands there.
    """
    key = key or Key()
    subject = name(subject) if isinstance(subject, str) else subject
    key_id = key_id_of(key) if key_id is None else key_id
    serial = serial or secrets.randbits(63) + 1
    signer = by.key if by else key
    issuer_id = by.key_id if by else key_id
    algorithm = algorithm or signature_of(signer)
    identifiers = [*[subject_key_id(key_id)] * (key_id != b""), *[authority_key_id(issuer_id)] * (issuer_id != b"")]
    der = assembled(
        version=explicit(0, integer(version - 1)) if version > 1 else b"", serial=integer(serial),
        algorithm=SIGNATURES[inner or algorithm][0], outer=SIGNATURES[algorithm][0],
        issuer=by.subject if by else subject, period=period, subject=subject, spki=key.spki,
        after_key=explicit(3, sequence(*identifiers, *extensions)) if version == 3 else b"",
        sign=lambda octets: bit_string(signature(signer.sign(octets, algorithm))))
    return Certificate(der, subject, key, key_id, serial, by)


def revocation_list(by, *revoked, period=VALID, number=1):
    """The CRL of a certificate's key, in DER: what it revokes are certificates."""
    algorithm, (this_update, next_update) = signature_of(by.key), children_of(period)
    entries = [sequence(integer(one.serial), this_update) for one in revoked]
    to_be_signed = sequence(
        integer(1), SIGNATURES[algorithm][0], by.subject, this_update, next_update,
        *[sequence(*entries)] * bool(entries),
        explicit(0, sequence(authority_key_id(by.key_id), extension("2.5.29.20", integer(number)))))
    return sequence(to_be_signed, SIGNATURES[algorithm][0], bit_string(by.key.sign(to_be_signed, algorithm)))
