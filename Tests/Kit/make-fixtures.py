#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the certificates that most tests read: make-fixtures.py DIRECTORY

The ordinary ones are really signed, the signatures of the odd ones are noise: nothing here verifies them. Keys are
fresh at each run, shapes always the same. kit/fixtures.py says what the directory has.
"""
import secrets
import sys

sys.dont_write_bytecode = True  # the tests leave nothing among the sources

from kit.certificates import VALID, assembled, authority, dns, extension, issue, name, server
from kit.der import (NULL, bit_string, boolean, children_of, contents_of, element, explicit, indefinite, integer,
                     long_length, octet_string, oid, sequence, set_of)
from kit.fixtures import Fixtures
from kit.keys import EC, ML_DSA_44, RSA, SIGNATURES, Key, spki_of

fixtures = Fixtures()
add, add_malformed = fixtures.add, fixtures.add_malformed

# ---------------------------------------------------------------------------------------- odd certificates

SIGNATURE = bit_string(bytes(range(64)))
ODD = {"serial": integer(0x1234), "algorithm": SIGNATURES["ecdsa-sha256"][0], "issuer": name("odd issuer"),
       "period": VALID, "subject": name("odd subject"), "after_key": b"", "sign": lambda octets: SIGNATURE}


def odd(spki, **changes):
    return assembled(spki=spki, **ODD | changes)


def padding(size):
    """An extensions field whose one extension, of an identifier nobody knows, has a value of `size` octets."""
    return explicit(3, sequence(extension("1.3.6.1.4.1.55555.2", bytes(size))))


def odd_of_size(spki, size):
    room = size
    while len(whole := odd(spki, after_key=padding(room))) > size:
        room -= len(whole) - size
    assert len(whole) == size
    return whole


# --------------------------------------------------------------------------------------------- what there is

def add_leaf(label, by, host, kind):
    made = issue(host, by, server(dns(host)), key=Key(kind))
    add(label, made.der, made.key.spki)
    fixtures.add_key(label, made.key)


def add_path(prefix, host, organisation, root_kind, kind):
    """A root, an intermediate, which it answers with, and a leaf."""
    root = issue(name(("O", organisation), "root"), None, authority(), key=Key(root_kind))
    intermediate = issue(name(("O", organisation), "intermediate"), root, authority(), key=Key(kind))
    add(prefix + "root", root.der, root.key.spki)
    add(prefix + "intermediate", intermediate.der, intermediate.key.spki)
    add_leaf(prefix + "leaf", intermediate, host, kind)
    return intermediate


def add_ordinary():
    intermediate = add_path("", "api.example.com", "PinVerdict", "p384", "p256")
    add_path("rsa-", "rsa.example.com", "PinVerdict RSA", "rsa", "rsa")
    add_path("other-", "api.example.com", "Another CA", "p256", "p256")
    for kind in ["p521", "ed25519", "ed448", "x25519"]:
        add_leaf(kind, intermediate, "api.example.com", kind)


def odd_number(bits):
    return secrets.randbits(bits) | 1 << (bits - 1) | 1


def add_odd_keys(p256):
    """One certificate for each row of the table in BACKEND-FACTS, and a few that it implies."""
    def add_key(label, spki, gnutls="may-refuse"):
        add(label, odd(spki), spki, gnutls=gnutls)

    modulus, exponent = odd_number(2048), integer(65537)
    rsa_bits = sequence(integer(modulus), exponent)
    spare = element(0x02, b"\0", contents_of(integer(modulus)))
    add_key("rsa-no-null", spki_of(RSA, rsa_bits))
    add_key("rsa-spare-zero", spki_of(RSA, sequence(spare, exponent), NULL))

    pss, mgf1 = oid("1.2.840.113549.1.1.10"), oid("1.2.840.113549.1.1.8")

    def pss_spki(sha, *more):
        parameters = sequence(explicit(0, sha), explicit(1, sequence(mgf1, sha)), explicit(2, integer(32)), *more)
        return spki_of(pss, rsa_bits, parameters)

    sha_without, sha_with = (sequence(oid("2.16.840.1.101.3.4.2.1"), *null) for null in ([], [NULL]))
    add_key("rsa-pss", pss_spki(sha_without))
    add_key("rsa-pss-null", pss_spki(sha_with))
    add_key("rsa-pss-trailer", pss_spki(sha_without, explicit(3, integer(1))))
    add_key("rsa-pss-openssl", Key("rsa-pss").spki)

    add_key("ec-compressed", p256.spki_as("-ec_conv_form", "compressed"))
    add_key("ec-hybrid", p256.spki_as("-ec_conv_form", "hybrid"))
    add_key("ec-explicit", p256.spki_as("-ec_param_enc", "explicit"))
    add_key("ec-brainpool", Key("brainpool").spki)
    add_key("ec-secp256k1", Key("secp256k1").spki)

    dsa, dsa_bits = oid("1.2.840.10040.4.1"), integer(odd_number(2040))
    domain = sequence(integer(odd_number(2048)), integer(odd_number(256)), integer(odd_number(2040)))
    add_key("dsa", spki_of(dsa, dsa_bits, domain), gnutls="reads")
    add_key("dsa-inherited", spki_of(dsa, dsa_bits))

    add_key("ml-dsa-44", spki_of(ML_DSA_44, secrets.token_bytes(1312)))
    unknown = oid("1.3.6.1.4.1.55555.1")
    add_key("unknown", spki_of(unknown, secrets.token_bytes(40)))
    add_key("unknown-parameters", spki_of(
        unknown, secrets.token_bytes(40), sequence(explicit(0, element(0x31, integer(5), boolean(True))), RSA)))
    add_key("unknown-empty-key", spki_of(unknown, b""))


def add_malformed_keys(p256):
    """What DER, or the definition of SubjectPublicKeyInfo, forbids inside the key."""
    identifier, point = children_of(p256.spki)
    curve = children_of(identifier)[1]
    unknown, noise = oid("1.3.6.1.4.1.55555.1"), bit_string(bytes(range(40)))
    deep = NULL
    for _ in range(40):
        deep = sequence(deep)
    for label, spki in {
        "spki-long-length": long_length(sequence(identifier, point)),
        "spki-indefinite": indefinite(sequence(identifier, point)),
        "spki-algorithm-long-length": sequence(long_length(identifier), point),
        "spki-algorithm-indefinite": sequence(indefinite(identifier), point),
        "spki-oid-long-length": sequence(sequence(long_length(EC), curve), point),
        "spki-parameters-long-length": sequence(sequence(EC, long_length(curve)), point),
        "spki-parameters-indefinite": sequence(sequence(unknown, indefinite(sequence(NULL))), noise),
        "spki-parameters-inside-long-length": sequence(sequence(unknown, sequence(long_length(NULL))), noise),
        "spki-parameters-boolean": sequence(sequence(unknown, element(0x01, b"\x01")), noise),
        "spki-parameters-integer": sequence(sequence(unknown, element(0x02, b"\0\x05")), noise),
        "spki-parameters-too-deep": sequence(sequence(unknown, deep), noise),
        "spki-parameters-two": sequence(sequence(EC, curve, NULL), point),
        "spki-key-long-length": sequence(identifier, long_length(point)),
        "spki-key-constructed": sequence(identifier, element(0x23, point)),
        "spki-key-indefinite": sequence(identifier, b"\x23\x80" + point + b"\0\0"),
        "spki-key-unused-bits": sequence(identifier, bit_string(contents_of(point)[1:-1] + b"\xf0", unused=4)),
        "spki-key-no-octets": sequence(identifier, element(0x03)),
        "spki-key-octet-string": sequence(identifier, octet_string(contents_of(point))),
        "spki-trailing-element": sequence(identifier, point, NULL),
        "spki-no-key": sequence(identifier),
        "spki-no-algorithm": sequence(point),
        "spki-empty": sequence(),
        "spki-empty-oid": sequence(sequence(element(0x06), curve), point),
        "spki-cut-oid": sequence(sequence(element(0x06, b"\x2a\x86"), curve), point),
        "spki-padded-oid": sequence(sequence(element(0x06, b"\x2a\x80\x01"), curve), point),
    }.items():
        add_malformed(label, odd(spki), spki)


def add_odd_skeletons(p256):
    """Unusual or forbidden outside the key."""
    spki = p256.spki
    good = odd(spki)
    for label, whole in {
        "skeleton": good,
        "skeleton-v1": odd(spki, version=b""),
        "skeleton-unique-ids": odd(spki, version=explicit(0, integer(1)), after_key=(
            element(0x81, b"\0\xaa") + element(0x82, b"\0\xbb"))),
        "skeleton-large-serial": odd(spki, serial=integer(1 << 150)),
        "skeleton-negative-serial": odd(spki, serial=element(0x02, b"\xff")),
        "skeleton-empty-names": odd(spki, issuer=sequence(), subject=sequence()),
        "skeleton-1-mib": odd_of_size(spki, 1 << 20),
    }.items():
        add(label, whole, spki, gnutls="reads" if label == "skeleton" else "may-refuse")
    for label, whole in {
        "skeleton-over-1-mib": odd_of_size(spki, (1 << 20) + 1),
        "skeleton-trailing-byte": good + b"\0",
        "skeleton-long-length": long_length(good),
        "skeleton-indefinite": indefinite(good),
        "skeleton-tbs-long-length": odd(spki, to_be_signed=lambda *fields: long_length(sequence(*fields))),
        "skeleton-tbs-indefinite": odd(spki, to_be_signed=lambda *fields: indefinite(sequence(*fields))),
        "skeleton-version-1-written": odd(spki, version=explicit(0, integer(0))),
        "skeleton-version-4": odd(spki, version=explicit(0, integer(3))),
        "skeleton-version-long-length": odd(spki, version=long_length(explicit(0, integer(2)))),
        "skeleton-serial-empty": odd(spki, serial=element(0x02)),
        "skeleton-serial-padded": odd(spki, serial=element(0x02, b"\0\x05")),
        "skeleton-issuer-indefinite": odd(spki, issuer=indefinite(name("odd issuer"))),
        "skeleton-issuer-set": odd(spki, issuer=set_of()),
        "skeleton-validity-long-length": odd(spki, period=long_length(VALID)),
        "skeleton-subject-long-length": odd(spki, subject=long_length(name("odd subject"))),
        "skeleton-subject-missing": odd(spki, subject=b""),
        "skeleton-extensions-long-length": odd(spki, after_key=long_length(padding(4))),
        "skeleton-extensions-indefinite": odd(spki, after_key=indefinite(padding(4))),
        "skeleton-extensions-twice": odd(spki, after_key=padding(4) + padding(4)),
        "skeleton-after-key": odd(spki, after_key=NULL),
        "skeleton-signature-indefinite": odd(spki, sign=lambda octets: b"\x23\x80" + SIGNATURE + b"\0\0"),
        "skeleton-signature-missing": odd(spki, sign=lambda octets: b""),
        "skeleton-signature-twice": odd(spki, sign=lambda octets: SIGNATURE * 2),
    }.items():
        add_malformed(label, whole, spki, "p256")
    for label, whole in {
        "skeleton-twice": good + good,
        "garbage": bytes(range(256)) * 4,
        "zeros": bytes(512),
        "empty-sequence": sequence(),
        "pem": b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        "endless-length": b"\x30\x84\xff\xff\xff\xff" + good[4:],
        "huge-length": b"\x30\x88\x7f\xff\xff\xff\xff\xff\xff\xff" + good[4:],
        "many-length-octets": b"\x30\xff" + bytes(200),
    }.items():
        add_malformed(label, whole)


def add_all():
    add_ordinary()
    p256 = Key()
    add_odd_keys(p256)
    add_malformed_keys(p256)
    add_odd_skeletons(p256)


fixtures.write(__doc__, __file__, add_all)
