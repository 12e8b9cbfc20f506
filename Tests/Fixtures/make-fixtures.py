#!/usr/bin/env python3
"""Writes the certificates that most tests read: make-fixtures.py DIRECTORY

Real certificates are made with the `openssl` command, odd ones are assembled from DER by hand (their
signatures are noise: nothing here verifies them). Keys are fresh at each run, shapes always the same.
fixtures.py says what the directory has.
"""
import secrets
import sys

sys.dont_write_bytecode = True  # the tests leave nothing among the sources

from der import (NULL, bit_string, children_of, contents_of, element, explicit, indefinite, integer, long_length, oid,
                 sequence)
from fixtures import add, add_malformed, in_work, new_key, openssl, run, spki_of

# ---------------------------------------------------------------------------------- certificates by hand

ECDSA_SHA256 = sequence(oid("1.2.840.10045.4.3.2"))
VALIDITY = sequence(element(0x17, b"250101000000Z"), element(0x17, b"450101000000Z"))


def name(common_name):
    return sequence(element(0x31, sequence(oid("2.5.4.3"), element(0x0C, common_name.encode()))))


def certificate(spki, version=explicit(0, integer(2)), serial=integer(0x1234), issuer=name("odd issuer"),
                validity=VALIDITY, subject=name("odd subject"), after_key=b"",
                signature=bit_string(bytes(range(64))), tbs=sequence, whole=sequence):
    to_be_signed = tbs(version, serial, ECDSA_SHA256, issuer, validity, subject, spki, after_key)
    return whole(to_be_signed, ECDSA_SHA256, signature)


def extensions(size):
    """An extensions field whose one extension, of an identifier nobody knows, has a value of `size` octets."""
    return explicit(3, sequence(sequence(oid("1.3.6.1.4.1.55555.2"), element(0x04, bytes(size)))))


def certificate_of_size(spki, size):
    padding = size
    while len(whole := certificate(spki, after_key=extensions(padding))) > size:
        padding -= len(whole) - size
    assert len(whole) == size
    return whole


# ------------------------------------------------------------------------------- certificates by openssl

CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
LEAF = ("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
        "subjectAltName=DNS:{host}\nsubjectKeyIdentifier=hash\n")


def issue(label, subject, issuer, extension_lines):
    """A certificate for the key `label`, signed by the key `issuer`, as DER; kept as PEM to issue others."""
    with open(in_work(label + ".ext"), "w") as file:
        file.write(extension_lines)
    signer = (["-key", in_work(label + ".key")] if issuer == label else
              ["-force_pubkey", in_work(label + ".pub"),
               "-CA", in_work(issuer + ".pem"), "-CAkey", in_work(issuer + ".key")])
    openssl("x509", "-new", "-subj", subject, *signer, "-extfile", in_work(label + ".ext"), "-days", "7300",
            "-set_serial", str(secrets.randbits(63) + 1), "-out", in_work(label + ".pem"))
    return openssl("x509", "-in", in_work(label + ".pem"), "-outform", "DER")


# --------------------------------------------------------------------------------------------- what there is

def add_path(prefix, host, organisation, root_key, intermediate_key, leaf_key, algorithms):
    root, intermediate, leaf = prefix + "root", prefix + "intermediate", prefix + "leaf"
    for label, key_type in [(root, root_key), (intermediate, intermediate_key), (leaf, leaf_key)]:
        new_key(label, key_type)
    subject = f"/O={organisation}/CN="
    path = [issue(root, subject + "root", root, CA),
            issue(intermediate, subject + "intermediate", root, CA),
            issue(leaf, "/CN=" + host, intermediate, LEAF.format(host=host))]
    for label, whole, algorithm in zip([root, intermediate, leaf], path, algorithms):
        add(label, whole, spki_of(label), algorithm)


def add_ordinary():
    add_path("", "api.example.com", "PinVerdict", "P-384", "P-256", "P-256", ["p384", "p256", "p256"])
    add_path("rsa-", "rsa.example.com", "PinVerdict RSA", "rsa", "rsa", "rsa", ["rsa"] * 3)
    add_path("other-", "api.example.com", "Another CA", "P-256", "P-256", "P-256", ["p256"] * 3)
    for key_type, algorithm in [("P-521", "p521"), ("ed25519", "ed25519"), ("ed448", "ed448"), ("x25519", "other")]:
        label = new_key(key_type.lower().replace("-", ""), key_type)
        add(label, issue(label, "/CN=api.example.com", "intermediate", LEAF.format(host="api.example.com")),
            spki_of(label), algorithm)


def odd_number(bits):
    return secrets.randbits(bits) | 1 << (bits - 1) | 1


def add_odd_keys():
    """One certificate for each row of the table in BACKEND-FACTS, and a few that it implies."""
    def add_key(label, spki, algorithm="other", gnutls="may-refuse"):
        add(label, certificate(spki), spki, algorithm, gnutls)

    rsa = oid("1.2.840.113549.1.1.1")
    modulus, exponent = odd_number(2048), integer(65537)
    rsa_key = bit_string(sequence(integer(modulus), exponent))
    spare = element(0x02, b"\0", contents_of(integer(modulus)))
    add_key("rsa-no-null", sequence(sequence(rsa), rsa_key), "rsa")
    add_key("rsa-spare-zero", sequence(sequence(rsa, NULL), bit_string(sequence(spare, exponent))), "rsa")

    pss, mgf1 = oid("1.2.840.113549.1.1.10"), oid("1.2.840.113549.1.1.8")

    def pss_spki(sha, *more):
        parameters = sequence(explicit(0, sha), explicit(1, sequence(mgf1, sha)), explicit(2, integer(32)), *more)
        return sequence(sequence(pss, parameters), rsa_key)

    sha_without, sha_with = (sequence(oid("2.16.840.1.101.3.4.2.1"), *null) for null in ([], [NULL]))
    add_key("rsa-pss", pss_spki(sha_without))
    add_key("rsa-pss-null", pss_spki(sha_with))
    add_key("rsa-pss-trailer", pss_spki(sha_without, explicit(3, integer(1))))
    add_key("rsa-pss-openssl", spki_of(new_key("rsa-pss-openssl", "rsa-pss")))

    p256 = new_key("odd-p256", "P-256")
    add_key("ec-compressed", spki_of(p256, "-ec_conv_form", "compressed"), "p256")
    add_key("ec-hybrid", spki_of(p256, "-ec_conv_form", "hybrid"), "p256")
    add_key("ec-explicit", spki_of(p256, "-ec_param_enc", "explicit"))
    add_key("ec-brainpool", spki_of(new_key("brainpool", "brainpoolP256r1")))
    add_key("ec-secp256k1", spki_of(new_key("secp256k1", "secp256k1")))

    dsa, dsa_key = oid("1.2.840.10040.4.1"), bit_string(integer(odd_number(2040)))
    domain = sequence(integer(odd_number(2048)), integer(odd_number(256)), integer(odd_number(2040)))
    add_key("dsa", sequence(sequence(dsa, domain), dsa_key), gnutls="reads")
    add_key("dsa-inherited", sequence(sequence(dsa), dsa_key))

    add_key("ml-dsa-44", sequence(sequence(oid("2.16.840.1.101.3.4.3.17")), bit_string(secrets.token_bytes(1312))))
    unknown = oid("1.3.6.1.4.1.55555.1")
    add_key("unknown", sequence(sequence(unknown), bit_string(secrets.token_bytes(40))))
    add_key("unknown-parameters", sequence(
        sequence(unknown, sequence(explicit(0, element(0x31, integer(5), element(0x01, b"\xff"))), rsa)),
        bit_string(secrets.token_bytes(40))))
    add_key("unknown-empty-key", sequence(sequence(unknown), bit_string(b"")))


def add_malformed_keys():
    """What DER, or the definition of SubjectPublicKeyInfo, forbids inside the key."""
    ec, curve = oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")
    point = children_of(spki_of("odd-p256"))[1]
    identifier = sequence(ec, curve)
    unknown, noise = oid("1.3.6.1.4.1.55555.1"), bit_string(bytes(range(40)))
    deep = NULL
    for _ in range(40):
        deep = sequence(deep)
    for label, spki in {
        "spki-long-length": long_length(sequence(identifier, point)),
        "spki-indefinite": indefinite(sequence(identifier, point)),
        "spki-algorithm-long-length": sequence(long_length(identifier), point),
        "spki-algorithm-indefinite": sequence(indefinite(identifier), point),
        "spki-oid-long-length": sequence(sequence(long_length(ec), curve), point),
        "spki-parameters-long-length": sequence(sequence(ec, long_length(curve)), point),
        "spki-parameters-indefinite": sequence(sequence(unknown, indefinite(sequence(NULL))), noise),
        "spki-parameters-inside-long-length": sequence(sequence(unknown, sequence(long_length(NULL))), noise),
        "spki-parameters-boolean": sequence(sequence(unknown, element(0x01, b"\x01")), noise),
        "spki-parameters-integer": sequence(sequence(unknown, element(0x02, b"\0\x05")), noise),
        "spki-parameters-too-deep": sequence(sequence(unknown, deep), noise),
        "spki-parameters-two": sequence(sequence(ec, curve, NULL), point),
        "spki-key-long-length": sequence(identifier, long_length(point)),
        "spki-key-constructed": sequence(identifier, element(0x23, point)),
        "spki-key-indefinite": sequence(identifier, b"\x23\x80" + point + b"\0\0"),
        "spki-key-unused-bits": sequence(identifier, bit_string(contents_of(point)[1:-1] + b"\xf0", unused=4)),
        "spki-key-no-octets": sequence(identifier, element(0x03)),
        "spki-key-octet-string": sequence(identifier, element(0x04, contents_of(point))),
        "spki-trailing-element": sequence(identifier, point, NULL),
        "spki-no-key": sequence(identifier),
        "spki-no-algorithm": sequence(point),
        "spki-empty": sequence(),
        "spki-empty-oid": sequence(sequence(element(0x06), curve), point),
        "spki-cut-oid": sequence(sequence(element(0x06, b"\x2a\x86"), curve), point),
        "spki-padded-oid": sequence(sequence(element(0x06, b"\x2a\x80\x01"), curve), point),
    }.items():
        add_malformed(label, certificate(spki), spki)


def add_odd_skeletons():
    """Unusual or forbidden outside the key."""
    spki = spki_of("odd-p256")
    good = certificate(spki)
    signature = bit_string(bytes(range(64)))
    for label, whole in {
        "skeleton": good,
        "skeleton-v1": certificate(spki, version=b""),
        "skeleton-unique-ids": certificate(spki, version=explicit(0, integer(1)), after_key=(
            element(0x81, b"\0\xaa") + element(0x82, b"\0\xbb"))),
        "skeleton-large-serial": certificate(spki, serial=integer(1 << 150)),
        "skeleton-negative-serial": certificate(spki, serial=element(0x02, b"\xff")),
        "skeleton-empty-names": certificate(spki, issuer=sequence(), subject=sequence()),
        "skeleton-1-mib": certificate_of_size(spki, 1 << 20),
    }.items():
        add(label, whole, spki, "p256", gnutls="reads" if label == "skeleton" else "may-refuse")
    for label, whole in {
        "skeleton-over-1-mib": certificate_of_size(spki, (1 << 20) + 1),
        "skeleton-trailing-byte": good + b"\0",
        "skeleton-long-length": long_length(good),
        "skeleton-indefinite": indefinite(good),
        "skeleton-tbs-long-length": certificate(spki, tbs=lambda *fields: long_length(sequence(*fields))),
        "skeleton-tbs-indefinite": certificate(spki, tbs=lambda *fields: indefinite(sequence(*fields))),
        "skeleton-version-1-written": certificate(spki, version=explicit(0, integer(0))),
        "skeleton-version-4": certificate(spki, version=explicit(0, integer(3))),
        "skeleton-version-long-length": certificate(spki, version=long_length(explicit(0, integer(2)))),
        "skeleton-serial-empty": certificate(spki, serial=element(0x02)),
        "skeleton-serial-padded": certificate(spki, serial=element(0x02, b"\0\x05")),
        "skeleton-issuer-indefinite": certificate(spki, issuer=indefinite(name("odd issuer"))),
        "skeleton-issuer-set": certificate(spki, issuer=element(0x31)),
        "skeleton-validity-long-length": certificate(spki, validity=long_length(VALIDITY)),
        "skeleton-subject-long-length": certificate(spki, subject=long_length(name("odd subject"))),
        "skeleton-subject-missing": certificate(spki, subject=b""),
        "skeleton-extensions-long-length": certificate(spki, after_key=long_length(extensions(4))),
        "skeleton-extensions-indefinite": certificate(spki, after_key=indefinite(extensions(4))),
        "skeleton-extensions-twice": certificate(spki, after_key=extensions(4) + extensions(4)),
        "skeleton-after-key": certificate(spki, after_key=NULL),
        "skeleton-signature-indefinite": certificate(spki, signature=b"\x23\x80" + signature + b"\0\0"),
        "skeleton-signature-missing": certificate(spki, signature=b""),
        "skeleton-signature-twice": certificate(spki, signature=signature + signature),
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
    add_odd_keys()
    add_malformed_keys()
    add_odd_skeletons()


run(__doc__, __file__, add_all)
