#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what an honest server, and a dishonest one, may present: make-bypasses.py DIRECTORY

All is really signed. The dates are fixed: everything is valid at the beginning of 2030 but what is said not to be.
kit/fixtures.py says what the directory has.
"""
import dataclasses
import hashlib
import math
import secrets
import sys

sys.dont_write_bytecode = True  # the tests leave nothing among the sources

from kit.certificates import (ANY_PURPOSE, CLIENT, CRL_SIGN, DIGITAL_SIGNATURE, EXPIRED, FUTURE, IS_CA, KEY_CERT_SIGN,
                              NOT_CA, PRINTABLE, SERVER, alternatives, authority, dns, extended_key_usage, extension,
                              ip, issue, key_usage, name, name_constraints, revocation_list, server, validity)
from kit.der import NULL, bit_string, children_of, element, integer, octet_string, oid, sequence
from kit.fixtures import Fixtures
from kit.keys import EC, ML_DSA_44, RSA, Key, OddKey, bits_of, openssl, spki_of
from kit.pem import pem

fixtures = Fixtures()
keys, made = {}, {}  # by label

API = server(dns("api.example.com"))
UNKNOWN_CRITICAL = extension("1.3.6.1.4.1.55555.3", NULL, critical=True)


def subject_of(label):
    return name(("O", "PinVerdict"), label)


def key_of(label, kind="p256"):
    if label not in keys:
        keys[label] = Key(kind)
    return keys[label]


def make(label, by=None, extensions=(), key=None, kind="p256", subject=None, **more):
    """Adds a certificate. `by`, `key` and `subject` are labels: of the certificate that issues it, by itself where
    there is none, of a key, which is made where it is new, and of what it calls itself."""
    key = key if isinstance(key, OddKey) else key_of(key or label, kind)
    subject = subject if isinstance(subject, bytes) else subject_of(subject or label)
    made[label] = issue(subject, made[by] if by else None, extensions, key=key, **more)
    fixtures.add(label, made[label].der, key.spki, gnutls="may-refuse")


def leaf(label, by="intermediate", extensions=API, key="leaf", **more):
    make(label, by, extensions, key, **more)


def honest():
    make("root", None, authority())
    make("intermediate", "root", authority())
    leaf("leaf")
    make("sub", "intermediate", authority())
    leaf("deep-leaf", "sub")
    make("other-root", None, authority())
    leaf("other-leaf", "other-root", key="other-leaf")
    leaf("self", None, key="self")
    leaf("self-expired", None, key="self", period=EXPIRED)
    leaf("self-client", None, server(dns("api.example.com"), purposes=(CLIENT,)), key="self")

    # The root has been replaced: the old one certifies the new one's key.
    make("new-root", None, authority())
    make("new-root-by-root", "root", authority(), key="new-root", subject="new-root")
    make("new-intermediate", "new-root", authority())
    leaf("new-leaf", "new-intermediate")

    # The same, but the old root expires before the certificates below it.
    make("old-root", None, authority(), period=EXPIRED)
    make("new-root-by-old-root", "old-root", authority(), key="new-root", subject="new-root")

    # Renewed CAs: another certificate for the same name and key.
    make("renewed-root", None, authority(), key="root", subject="root")
    make("root-expired", None, authority(), key="root", subject="root", period=EXPIRED)
    make("intermediate-expired", "root", authority(), key="intermediate", subject="intermediate", period=EXPIRED)
    # Roots of the same name with other keys; certificates that name no key do not tell which issued them.
    make("root-namesake", None, authority(), subject="root")
    make("namesake", None, authority(), subject="nameless", key_id=b"")
    make("nameless", None, authority(), key_id=b"")
    leaf("nameless-leaf", "nameless")

    # 31 CAs below the root, of one key.
    for number in range(1, 32):
        make(f"ca-{number}", "root" if number == 1 else f"ca-{number - 1}", authority(), key="ca")
    for number in (14, 15, 30, 31):
        leaf(f"leaf-{number}", f"ca-{number}")

    # Extra certificates that servers send, and that libraries may not read.
    for kind in ["brainpool", "secp256k1", "ed448"]:
        leaf(kind + "-leaf", key=kind, kind=kind)
    identifier = children_of(keys["leaf"].spki)[0]
    leaf("compressed-leaf", key=OddKey(keys["leaf"].spki_as("-ec_conv_form", "compressed")))
    leaf("off-curve-leaf", key=OddKey(sequence(identifier, bit_string(b"\x04" + bytes([7]) * 64))))
    leaf("garbage-rsa-leaf", key=OddKey(spki_of(RSA, secrets.token_bytes(40), NULL)))
    leaf("ml-dsa-leaf", key=OddKey(spki_of(ML_DSA_44, secrets.token_bytes(1312))))
    leaf("large-leaf", extensions=[*API, extension("1.3.6.1.4.1.55555.2", bytes(1000000))])
    leaf("no-date-leaf", period=validity(element(0x17, b"259999999999Z"), "20450101000000Z"))
    leaf("odd-name-leaf", subject=sequence(integer(5)))
    make("ml-dsa-root", None, authority(), key=OddKey(
        spki_of(ML_DSA_44, secrets.token_bytes(1312)), sign=lambda octets: secrets.token_bytes(2420)))


def fallbacks():
    """What GnuTLS falls back from: something on the path has expired, by the system's clock too."""
    past = validity("20150101000000Z", "20191231235959Z")
    make("past-root", None, authority(), period=past)
    make("new-root-by-past-root", "past-root", authority(), key="new-root", subject="new-root")
    make("past-new-root-by-past-root", "past-root", authority(), key="new-root", subject="new-root", period=past)
    make("root-past", None, authority(), key="root", subject="root", period=past)
    make("impostor-past", None, authority(), subject="root", key_id=made["root"].key_id, period=past)
    make("intermediate-past", "root", authority(), key="intermediate", subject="intermediate", period=past)
    make("sub-past", "intermediate", authority(), key="sub", subject="sub", period=past)
    leaf("past-leaf", period=past)
    leaf("broken-past-leaf", period=past, signature=damaged)

    # One intermediate by two roots.
    make("intermediate-by-other-root", "other-root", authority(), key="intermediate", subject="intermediate")


def bare_anchors():
    """What says nothing of being a CA, and issues certificates."""
    make("v1-leaf", "intermediate", version=1)
    leaf("child-of-v1-leaf", "v1-leaf", key="child")
    make("v1-leaf-by-v1-root", "v1-root", version=1)
    leaf("child-of-v1-leaf-by-v1-root", "v1-leaf-by-v1-root", key="child")
    leaf("nothing-leaf", extensions=[alternatives(dns("api.example.com"))])
    leaf("child-of-nothing-leaf", "nothing-leaf", key="child")
    leaf("child-of-self", "self", key="child")


def spellings_of_names():
    """CAs whose names the certificates below them spell as another type of string, in another case, or otherwise."""
    for label, issuer, subject, spelling in [
        ("printable", "root", name("printable", text=PRINTABLE), name("printable")),
        ("printable-root", None, name("printable root", text=PRINTABLE), name("printable root")),
        ("cased", "root", name("Cased"), name("cased")),
        ("otherwise", "root", name("otherwise"), name("other")),
    ]:
        make(label, issuer, authority(), subject=subject)
        made[label] = dataclasses.replace(made[label], subject=spelling)
        leaf(label + "-leaf", label)


def damaged(signature):
    return signature[:-1] + bytes([signature[-1] ^ 1])


def keys_and_signatures():
    for label, kind in [("rsa", "rsa"), ("p384", "p384"), ("ed25519", "ed25519"), ("weak", "rsa-1024")]:
        make(label + "-root", None, authority(), kind=kind)
        leaf(label + "-root-leaf", label + "-root")
        make(label + "-intermediate", "root", authority(), kind=kind)
        leaf(label + "-leaf", label + "-intermediate")
    leaf("weak-key-leaf", key="weak-leaf", kind="rsa-1024")
    leaf("pss-leaf", "rsa-intermediate", algorithm="rsa-pss-sha256")
    make("sha1-root", None, authority(), kind="rsa", algorithm="rsa-sha1")
    leaf("sha1-root-leaf", "sha1-root")
    leaf("sha1-leaf", algorithm="ecdsa-sha1")
    leaf("rsa-sha1-leaf", "rsa-intermediate", algorithm="rsa-sha1")
    leaf("md5-leaf", "rsa-intermediate", algorithm="rsa-md5")
    make("sha1-intermediate", "root", authority(), algorithm="ecdsa-sha1")
    leaf("sha1-intermediate-leaf", "sha1-intermediate")
    leaf("two-algorithms-leaf", algorithm="ecdsa-sha256", inner="ecdsa-sha384")
    leaf("broken-leaf", signature=damaged)
    make("broken-intermediate", "root", authority(), signature=damaged)
    leaf("broken-intermediate-leaf", "broken-intermediate")
    make("broken-root", None, authority(), signature=damaged)
    leaf("broken-root-leaf", "broken-root")
    leaf("zero-signature-leaf", signature=lambda good: sequence(integer(0), integer(0)))
    leaf("empty-signature-leaf", signature=lambda good: b"")


def long_names():
    """CAs whose Names have 1,024 bytes and one more, in ten parts."""
    for label, last in [("long-name", 91), ("too-long-name", 92)]:
        subject = name(*[("OU", "x" * size) for size in [91] * 9 + [last]])
        assert len(subject) == 1024 + last - 91
        make(label + "-ca", "root", authority(), subject=subject)
        leaf(label + "-leaf", label + "-ca")


def large_rsa():
    """A CA with an RSA key of 25 primes of 1,024 bits, which is quick to make."""
    primes = []
    while len(primes) < 25:
        prime = int(openssl("prime", "-generate", "-bits", "1024"))
        if prime % 65537 != 1 and prime not in primes:
            primes.append(prime)
    modulus = math.prod(primes)
    size = (modulus.bit_length() + 7) // 8

    def sign(octets):
        """RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2), prime by prime."""
        digest = sequence(sequence(oid("2.16.840.1.101.3.4.2.1"), NULL),
                          octet_string(hashlib.sha256(octets).digest()))
        message = int.from_bytes(b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest, "big")
        signature = 0
        for prime in primes:
            others = modulus // prime
            root = pow(message, pow(65537, -1, prime - 1), prime)
            signature += root * others * pow(others, -1, prime)
        return (signature % modulus).to_bytes(size, "big")

    spki = spki_of(RSA, sequence(integer(modulus), integer(65537)), NULL)
    make("large-rsa-ca", "root", authority(), key=OddKey(spki, sign))
    leaf("large-rsa-leaf", "large-rsa-ca")


# P-256, for a signature with a generator of one's own.
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def sum_of(one, other):
    if one is None or other is None:
        return one or other
    if one[0] == other[0]:
        if (one[1] + other[1]) % P == 0:
            return None
        slope = (3 * one[0] * one[0] - 3) * pow(2 * one[1], -1, P)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, P)
    x = (slope * slope - one[0] - other[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def multiple(factor, point):
    total = None
    while factor:
        if factor & 1:
            total = sum_of(total, point)
        point, factor = sum_of(point, point), factor >> 1
    return total


def octets_of(point):
    return b"\x04" + b"".join(number.to_bytes(32, "big") for number in point)


def own_generator():
    """CVE-2020-0601: the root's public point as the key of a CA that names a generator of its own, for which it
    knows the private key, 2."""
    point = bits_of(keys["root"].spki)
    public = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    generator = multiple(pow(2, -1, N), public)
    parameters = sequence(
        integer(1), sequence(oid("1.2.840.10045.1.1"), integer(P)),
        sequence(octet_string((P - 3).to_bytes(32, "big")), octet_string(B.to_bytes(32, "big"))),
        octet_string(octets_of(generator)), integer(N), integer(1))

    def sign(octets):
        digest, nonce = int.from_bytes(hashlib.sha256(octets).digest(), "big"), secrets.randbelow(N - 1) + 1
        r = multiple(nonce, generator)[0] % N
        return sequence(integer(r), integer(pow(nonce, -1, N) * (digest + 2 * r) % N))

    make("own-generator-root", None, authority(), subject="root", key=OddKey(spki_of(EC, point, parameters), sign))
    leaf("own-generator-leaf", "own-generator-root")


def authorities():
    """Who may be a CA, and for what."""
    leaf("child-of-leaf", "leaf", key="child")
    make("no-basic-ca", "root", [key_usage(KEY_CERT_SIGN | CRL_SIGN)])
    make("nothing-ca", "root", [])
    make("not-ca", "root", [NOT_CA, key_usage(KEY_CERT_SIGN | CRL_SIGN)])
    make("no-sign-ca", "root", [IS_CA, key_usage(DIGITAL_SIGNATURE)])
    make("v1-ca", "root", version=1)
    make("v1-root", None, version=1)
    make("not-ca-root", None, [NOT_CA, key_usage(DIGITAL_SIGNATURE)])
    make("no-basic-root", None, [key_usage(KEY_CERT_SIGN | CRL_SIGN)])
    make("nothing-root", None, [])
    make("no-sign-root", None, [IS_CA, key_usage(DIGITAL_SIGNATURE)])
    make("client-ca", "root", authority(extended_key_usage(CLIENT)))
    make("server-ca", "root", authority(extended_key_usage(SERVER)))
    make("any-ca", "root", authority(extended_key_usage(ANY_PURPOSE)))
    make("client-root", None, authority(extended_key_usage(CLIENT)))
    make("critical-ca", "root", authority(UNKNOWN_CRITICAL))
    make("critical-root", None, authority(UNKNOWN_CRITICAL))
    make("expired-ca", "root", authority(), period=EXPIRED)
    make("expired-root", None, authority(), period=EXPIRED)
    make("short-ca", "root", authority(path_length=0))
    make("below-short-ca", "short-ca", authority())
    make("short-root", None, authority(path_length=0))
    make("below-short-root", "short-root", authority())
    for label in ["no-basic-ca", "nothing-ca", "not-ca", "no-sign-ca", "v1-ca", "v1-root", "not-ca-root",
                  "no-basic-root", "nothing-root", "no-sign-root", "client-ca", "server-ca", "any-ca", "client-root",
                  "critical-ca", "critical-root", "expired-ca", "expired-root", "short-ca",
                  "below-short-ca", "short-root", "below-short-root"]:
        leaf(label + "-leaf", label)

    # Names of the root and the intermediate, but not their keys.
    make("impostor-root", None, authority(), subject="root", key_id=made["root"].key_id)
    make("impostor-ca", "impostor-root", authority(), subject="intermediate", key_id=made["intermediate"].key_id)
    leaf("impostor-leaf", "impostor-ca")
    make("sly-ca", "other-root", authority(), subject="intermediate", key_id=made["intermediate"].key_id)
    leaf("sly-leaf", "sly-ca")

    # Two CAs that certify each other, and one of them by the root, too.
    make("circle-a", None, authority())
    make("circle-b", None, authority())
    make("circle-a-by-b", "circle-b", authority(), key="circle-a", subject="circle-a")
    make("circle-b-by-a", "circle-a", authority(), key="circle-b", subject="circle-b")
    make("circle-b-by-root", "root", authority(), key="circle-b", subject="circle-b")
    leaf("circle-leaf", "circle-a")
    for number in range(30):  # of one name and six keys, each issued by the name
        make(f"crowd-{number}", f"crowd-{number - 1}" if number else None, authority(), key=f"crowd-{number % 6}",
             subject="crowd", key_id=b"crowd")
    leaf("crowd-leaf", "crowd-29")


def constrained():
    inside = server(dns("www.example.org"))
    directory, elsewhere = (element(0xA4, name(("O", organisation))) for organisation in ["PinVerdict", "Elsewhere"])
    for label, constraint, leaves in [
        ("permits-org", name_constraints([dns("example.org")]), [("in", inside), ("out", API)]),
        ("permits-dot-org", name_constraints([dns(".example.org")]), [("in", inside)]),
        ("excludes-com", name_constraints((), [dns("example.com")]), [("in", inside), ("out", API)]),
        ("permits-ip", name_constraints([ip("10.0.0.0/8")]),
         [("in", server(ip("10.1.2.3"))), ("out", server(ip("192.0.2.7")))]),
        ("excludes-ip", name_constraints((), [ip("192.0.2.0/24")]), [("out", server(ip("192.0.2.7")))]),
        ("permits-directory", name_constraints([directory]), [("in", API)]),
        ("permits-elsewhere", name_constraints([elsewhere]), [("out", API)]),
        ("excludes-directory", name_constraints((), [directory]), [("out", API)]),
        ("excludes-elsewhere", name_constraints((), [elsewhere]), [("in", API)]),
    ]:
        make(label, "root", authority(constraint))
        for place, extensions in leaves:
            leaf(f"{label}-{place}", label, extensions)
    leaf("permits-org-ip", "permits-org", server(ip("192.0.2.7")))
    leaf("permits-org-both", "permits-org", server(dns("www.example.org"), dns("api.example.com")))
    leaf("permits-org-wildcard", "permits-org", server(dns("*.example.com")))
    make("below-permits-org", "permits-org", authority())
    leaf("below-permits-org-out", "below-permits-org")
    make("permits-org-root", None, authority(name_constraints([dns("example.org")])))
    leaf("permits-org-root-in", "permits-org-root", inside)
    leaf("permits-org-root-out", "permits-org-root")


def leaves():
    """What stands in the leaf itself."""
    leaf("expired-leaf", period=EXPIRED)
    leaf("future-leaf", period=FUTURE)
    leaf("forever-leaf", period=validity("20250101000000Z", "99991231235959Z"))
    leaf("old-leaf", period=validity("19500101000000Z", "20450101000000Z"))
    leaf("other-expired-leaf", "other-root", period=EXPIRED)
    leaf("broken-expired-leaf", period=EXPIRED, signature=damaged)
    leaf("client-leaf", extensions=server(dns("api.example.com"), purposes=(CLIENT,)))
    leaf("client-expired-leaf", extensions=server(dns("api.example.com"), purposes=(CLIENT,)), period=EXPIRED)
    leaf("any-leaf", extensions=server(dns("api.example.com"), purposes=(ANY_PURPOSE,)))
    leaf("no-purpose-leaf", extensions=server(dns("api.example.com"), purposes=()))
    leaf("crl-usage-leaf", extensions=server(dns("api.example.com"), usage=CRL_SIGN))
    leaf("critical-leaf", extensions=server(dns("api.example.com"), more=[UNKNOWN_CRITICAL]))
    leaf("names-twice-leaf", extensions=server(dns("api.example.com"), more=[alternatives(dns("www.example.org"))]))
    leaf("no-extensions-leaf", version=1)

    many = [dns("api.example.com"), dns("*.cdn.example.com"), dns("xn--bcher-kva.example"), dns("a_b.example.com"),
            dns("printer"), ip("192.0.2.7"), ip("2001:db8::7")]
    for label, general_names in {
        "names": many,
        "upper": [dns("API.EXAMPLE.COM")],
        "dot": [dns("api.example.com.")],
        "leading-dot": [dns(".example.com")],
        "null": [dns(b"api.example.com\0.example.org")],
        "before-null": [dns(b"example.org\0api.example.com")],
        "utf8": [dns("bücher.example".encode())],
        "empty": [dns("")],
        "address-as-name": [dns("192.0.2.7"), dns("2001:db8::7")],
        "name-as-address": [element(0x87, b"api.example.com")],
        "mapped": [ip("::ffff:192.0.2.7")],
        "email": [element(0x81, b"api.example.com")],
        "uri": [element(0x86, b"https://api.example.com/")],
        "wild": [dns("*.example.com")],
        "wild-end": [dns("ap*.example.com")],
        "wild-start": [dns("*pi.example.com")],
        "wild-middle": [dns("api.*.com")],
        "wild-twice": [dns("*.*.com")],
        "wild-top": [dns("*.com")],
        "wild-all": [dns("*")],
        "wild-address": [dns("*.0.2.7")],
    }.items():
        leaf(label + "-names-leaf", extensions=server(*general_names), subject="api.example.com")
    leaf("common-name-leaf", extensions=server(), subject="api.example.com")
    leaf("common-address-leaf", extensions=server(), subject="192.0.2.7")


def not_certificates():
    """What stands in PEM files beside certificates, or in place of one."""
    fixtures.files["root.crl"] = pem(revocation_list(made["root"]), "X509 CRL").encode()
    fixtures.files["root.key"] = keys["root"].pem.encode()
    fixtures.files["garbage.pem"] = pem(bytes(range(256))).encode()


def add_all():
    honest()
    fallbacks()
    keys_and_signatures()
    long_names()
    large_rsa()
    own_generator()
    authorities()
    bare_anchors()
    spellings_of_names()
    constrained()
    leaves()
    not_certificates()


fixtures.write(__doc__, __file__, add_all)
