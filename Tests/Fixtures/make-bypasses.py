#!/usr/bin/env python3
"""Writes what an honest server, and a dishonest one, may present: make-bypasses.py DIRECTORY

All is assembled from DER by hand, since the `openssl` command would not make half of it, and really signed. The
dates are fixed: everything is valid at the beginning of 2030 but what is said not to be. fixtures.py says what the
directory has.
"""
import hashlib
import math
import secrets
import sys

sys.dont_write_bytecode = True  # the tests leave nothing among the sources

from der import NULL, bit_string, children_of, contents_of, element, explicit, integer, oid, sequence
from fixtures import KEY_TYPES, add, files, in_work, new_key, openssl, pem, run, spki_of

# --------------------------------------------------------------------------------------- parts of certificates


def names(common_name):
    """A Name of two parts, or what is given in place of its parts."""
    if isinstance(common_name, bytes):
        return sequence(common_name)
    return sequence(element(0x31, sequence(oid("2.5.4.10"), element(0x0C, b"PinVerdict"))),
                    element(0x31, sequence(oid("2.5.4.3"), element(0x0C, common_name.encode()))))


def utc(text):
    return element(0x17, text.encode())


def validity(start, end):
    return sequence(utc(start), utc(end))


VALID = validity("250101000000Z", "450101000000Z")
EXPIRED = validity("250101000000Z", "291231235959Z")
FUTURE = validity("300101000001Z", "450101000000Z")


def extension(identifier, value, critical=False):
    return sequence(oid(identifier), *[element(0x01, b"\xff")] * critical, element(0x04, value))


def basic(*fields):
    return extension("2.5.29.19", sequence(*fields), critical=True)


TRUE = element(0x01, b"\xff")
NOT_CA = basic()
DIGITAL_SIGNATURE, KEY_CERT_SIGN, CRL_SIGN = 0x80, 0x04, 0x02


def usage(bits):
    unused = (bits & -bits).bit_length() - 1
    return extension("2.5.29.15", bit_string(bytes([bits]), unused), critical=True)


def purposes(*identifiers):
    return extension("2.5.29.37", sequence(*[oid(one) for one in identifiers]))


SERVER, CLIENT, ANY_PURPOSE = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "2.5.29.37.0"


def dns(text):
    return element(0x82, text if isinstance(text, bytes) else text.encode())


def ip(*octets):
    return element(0x87, bytes(octets))


IPV6 = ip(0x20, 0x01, 0x0d, 0xb8, *[0] * 11, 7)  # 2001:db8::7


def alternatives(*general_names):
    return extension("2.5.29.17", sequence(*general_names))


def constraints(permitted=(), excluded=()):
    fields = [(0xA0, permitted), (0xA1, excluded)]
    return extension("2.5.29.30", sequence(
        *[element(tag, *[sequence(one) for one in subtrees]) for tag, subtrees in fields if subtrees]), critical=True)


UNKNOWN_CRITICAL = extension("1.3.6.1.4.1.55555.3", NULL, critical=True)


def ca(*more, path_length=None):
    return [basic(TRUE, *[] if path_length is None else [integer(path_length)]), usage(KEY_CERT_SIGN | CRL_SIGN),
            *more]


def server(*general_names, purpose=(SERVER,), key_usage=DIGITAL_SIGNATURE, more=()):
    return [NOT_CA, usage(key_usage), *[purposes(*purpose)] * (purpose != ()),
            *[alternatives(*general_names)] * (general_names != ()), *more]


API = server(dns("api.example.com"))

# --------------------------------------------------------------------------------------------------- signatures

SHA256 = sequence(oid("2.16.840.1.101.3.4.2.1"))
MGF1_SHA256 = sequence(oid("1.2.840.113549.1.1.8"), SHA256)

# What stands in the certificate, and how the command signs.
ALGORITHMS = {
    "ecdsa-sha1": (sequence(oid("1.2.840.10045.4.1")), ["dgst", "-sha1", "-sign"]),
    "ecdsa-sha256": (sequence(oid("1.2.840.10045.4.3.2")), ["dgst", "-sha256", "-sign"]),
    "ecdsa-sha384": (sequence(oid("1.2.840.10045.4.3.3")), ["dgst", "-sha384", "-sign"]),
    "rsa-md5": (sequence(oid("1.2.840.113549.1.1.4"), NULL), ["dgst", "-md5", "-sign"]),
    "rsa-sha1": (sequence(oid("1.2.840.113549.1.1.5"), NULL), ["dgst", "-sha1", "-sign"]),
    "rsa-sha256": (sequence(oid("1.2.840.113549.1.1.11"), NULL), ["dgst", "-sha256", "-sign"]),
    "rsa-pss-sha256": (
        sequence(oid("1.2.840.113549.1.1.10"),
                 sequence(explicit(0, SHA256), explicit(1, MGF1_SHA256), explicit(2, integer(32)))),
        ["dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32", "-sign"]),
    "ed25519": (sequence(oid("1.3.101.112")), None),
}
BY_KEY = {"rsa": "rsa-sha256", "rsa-1024": "rsa-sha256", "ed25519": "ed25519"}  # all others: ecdsa-sha256
KEY_TYPES["rsa-1024"] = ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"]
PINNED_AS = {"P-256": "p256", "P-384": "p384", "rsa": "rsa", "rsa-1024": "rsa", "ed25519": "ed25519"}


def signed(octets, key, algorithm):
    command = ALGORITHMS[algorithm][1]
    if command is not None:
        return openssl(*command, in_work(key + ".key"), given=octets)
    with open(in_work("to-be-signed"), "wb") as file:  # pkeyutl wants a file for this
        file.write(octets)
    return openssl("pkeyutl", "-sign", "-rawin", "-inkey", in_work(key + ".key"), "-in", in_work("to-be-signed"))


# ------------------------------------------------------------------------------------------------- certificates

keys = {}  # the type and the SubjectPublicKeyInfo of each, by label
made = {}  # certificates, by label


def key_of(label, key_type="P-256"):
    if label not in keys:
        new_key(label, key_type)
        keys[label] = key_type, spki_of(label)
    return keys[label]


def make(label, by=None, extensions=(), key=None, key_type="P-256", spki=None, subject=None, period=VALID, version=3,
         algorithm=None, inner=None, key_id=None, sign=signed, damage=False):
    """One certificate, signed with the key of the certificate `by`, or its own. `inner` is the algorithm that its
    signed part names where that is another one; `key_id` its subjectKeyIdentifier where that is another's, b"" for
    none; `damage` changes the signature's last octet."""
    key = key or label
    if spki is None:
        key_type, spki = key_of(key, key_type)
    issuer = made[by] if by else {"subject": names(subject or label), "key": key, "key_type": key_type}
    algorithm = algorithm or BY_KEY.get(issuer["key_type"], "ecdsa-sha256")
    own_id = key_id if key_id is not None else hashlib.sha1(contents_of(children_of(spki)[1])[1:]).digest()
    issuer_id = issuer.get("key_id", own_id)
    identifiers = [*[extension("2.5.29.14", element(0x04, own_id))] * (own_id != b""),
                   *[extension("2.5.29.35", sequence(element(0x80, issuer_id)))] * (issuer_id != b"")]
    fields = explicit(3, sequence(*identifiers, *extensions)) if version == 3 else b""
    to_be_signed = sequence(
        *[explicit(0, integer(version - 1))] * (version > 1), integer(secrets.randbits(63) + 1),
        ALGORITHMS[inner or algorithm][0], issuer["subject"], period, names(subject or label), spki, fields)
    signature = sign(to_be_signed, issuer["key"], algorithm)
    if damage:
        signature = signature[:-1] + bytes([signature[-1] ^ 1])
    whole = sequence(to_be_signed, ALGORITHMS[algorithm][0], bit_string(signature))
    made[label] = {"subject": names(subject or label), "key": key, "key_type": key_type, "key_id": own_id,
                   "spki": spki}
    add(label, whole, spki, PINNED_AS.get(key_type, "other"), gnutls="may-refuse")


def leaf(label, by="intermediate", extensions=API, key="leaf", **more):
    make(label, by, extensions, key=key, **more)


def honest():
    make("root", None, ca())
    make("intermediate", "root", ca())
    leaf("leaf")
    make("sub", "intermediate", ca())
    leaf("deep-leaf", "sub")
    make("other-root", None, ca())
    leaf("other-leaf", "other-root", key="other-leaf")
    leaf("self", None, key="self")
    leaf("self-expired", None, key="self", period=EXPIRED)
    leaf("self-client", None, server(dns("api.example.com"), purpose=(CLIENT,)), key="self")

    # The root has been replaced: the old one certifies the new one's key.
    make("new-root", None, ca())
    make("new-root-by-root", "root", ca(), key="new-root", subject="new-root")
    make("new-intermediate", "new-root", ca())
    leaf("new-leaf", "new-intermediate")

    # The same, but the old root expires before the certificates below it.
    make("old-root", None, ca(), period=EXPIRED)
    make("new-root-by-old-root", "old-root", ca(), key="new-root", subject="new-root")

    # Renewed CAs: another certificate for the same name and key.
    make("renewed-root", None, ca(), key="root", subject="root")
    make("root-expired", None, ca(), key="root", subject="root", period=EXPIRED)
    make("intermediate-expired", "root", ca(), key="intermediate", subject="intermediate", period=EXPIRED)
    # Roots of the same name with other keys; certificates that name no key do not tell which issued them.
    make("root-namesake", None, ca(), subject="root")
    make("namesake", None, ca(), subject="nameless", key_id=b"")
    make("nameless", None, ca(), key_id=b"")
    leaf("nameless-leaf", "nameless")

    # 31 CAs below the root, of one key.
    for number in range(1, 32):
        make(f"ca-{number}", "root" if number == 1 else f"ca-{number - 1}", ca(), key="ca")
    for number in (14, 15, 30, 31):
        leaf(f"leaf-{number}", f"ca-{number}")

    # Extra certificates that servers send, and that libraries may not read.
    for label, key_type in [("brainpool", "brainpoolP256r1"), ("secp256k1", "secp256k1"), ("ed448", "ed448")]:
        leaf(label + "-leaf", key=label, key_type=key_type)
    point = spki_of("leaf")
    ec, curve = children_of(children_of(point)[0])
    off_curve = sequence(sequence(ec, curve), bit_string(b"\x04" + bytes([7]) * 64))
    leaf("compressed-leaf", spki=spki_of("leaf", "-ec_conv_form", "compressed"), key_type="other")
    leaf("off-curve-leaf", spki=off_curve, key_type="other")
    leaf("garbage-rsa-leaf", key_type="other", spki=sequence(
        sequence(oid("1.2.840.113549.1.1.1"), NULL), bit_string(secrets.token_bytes(40))))
    leaf("ml-dsa-leaf", key_type="other", spki=sequence(
        sequence(oid("2.16.840.1.101.3.4.3.17")), bit_string(secrets.token_bytes(1312))))
    leaf("large-leaf", extensions=[*API, extension("1.3.6.1.4.1.55555.2", bytes(1000000))])
    leaf("no-date-leaf", period=validity("259999999999Z", "450101000000Z"))
    leaf("odd-name-leaf", subject=integer(5))
    make("ml-dsa-root", None, ca(), key="ml-dsa", key_type="other", spki=sequence(
        sequence(oid("2.16.840.1.101.3.4.3.17")), bit_string(secrets.token_bytes(1312))),
        sign=lambda octets, key, algorithm: secrets.token_bytes(2420))


def keys_and_signatures():
    for label, key_type in [("rsa", "rsa"), ("p384", "P-384"), ("ed25519", "ed25519"), ("weak", "rsa-1024")]:
        make(label + "-root", None, ca(), key_type=key_type)
        leaf(label + "-root-leaf", label + "-root")
        make(label + "-intermediate", "root", ca(), key_type=key_type)
        leaf(label + "-leaf", label + "-intermediate")
    leaf("weak-key-leaf", key="weak-leaf", key_type="rsa-1024")
    leaf("pss-leaf", "rsa-intermediate", algorithm="rsa-pss-sha256")
    make("sha1-root", None, ca(), key_type="rsa", algorithm="rsa-sha1")
    leaf("sha1-root-leaf", "sha1-root")
    leaf("sha1-leaf", algorithm="ecdsa-sha1")
    leaf("rsa-sha1-leaf", "rsa-intermediate", algorithm="rsa-sha1")
    leaf("md5-leaf", "rsa-intermediate", algorithm="rsa-md5")
    make("sha1-intermediate", "root", ca(), algorithm="ecdsa-sha1")
    leaf("sha1-intermediate-leaf", "sha1-intermediate")
    leaf("two-algorithms-leaf", algorithm="ecdsa-sha256", inner="ecdsa-sha384")
    leaf("broken-leaf", damage=True)
    make("broken-intermediate", "root", ca(), damage=True)
    leaf("broken-intermediate-leaf", "broken-intermediate")
    make("broken-root", None, ca(), damage=True)
    leaf("broken-root-leaf", "broken-root")
    leaf("zero-signature-leaf", sign=lambda octets, key, algorithm: sequence(integer(0), integer(0)))
    leaf("empty-signature-leaf", sign=lambda octets, key, algorithm: b"")


def long_names():
    """CAs whose Names have 1,024 bytes and one more, in ten parts."""
    def part(size):
        text = element(0x0C, b"x" * (size - 11))
        return element(0x31, sequence(oid("2.5.4.11"), text))

    for label, last in [("long-name", 102), ("too-long-name", 103)]:
        subject = part(102) * 9 + part(last)
        assert len(names(subject)) == 4 + 918 + last
        make(label + "-ca", "root", ca(), subject=subject)
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

    def sign(octets, key, algorithm):
        """RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2), prime by prime."""
        digest = sequence(sequence(oid("2.16.840.1.101.3.4.2.1"), NULL),
                          element(0x04, hashlib.sha256(octets).digest()))
        message = int.from_bytes(b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest, "big")
        signature = 0
        for prime in primes:
            others = modulus // prime
            root = pow(message, pow(65537, -1, prime - 1), prime)
            signature += root * others * pow(others, -1, prime)
        return (signature % modulus).to_bytes(size, "big")

    make("large-rsa-ca", "root", ca(), key_type="rsa", spki=sequence(
        sequence(oid("1.2.840.113549.1.1.1"), NULL), bit_string(sequence(integer(modulus), integer(65537)))))
    leaf("large-rsa-leaf", "large-rsa-ca", sign=sign)


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
    point = contents_of(children_of(made["root"]["spki"])[1])[1:]
    public = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    generator = multiple(pow(2, -1, N), public)
    parameters = sequence(
        integer(1), sequence(oid("1.2.840.10045.1.1"), integer(P)),
        sequence(element(0x04, (P - 3).to_bytes(32, "big")), element(0x04, B.to_bytes(32, "big"))),
        element(0x04, octets_of(generator)), integer(N), integer(1))

    def sign(octets, key, algorithm):
        digest, nonce = int.from_bytes(hashlib.sha256(octets).digest(), "big"), secrets.randbelow(N - 1) + 1
        r = multiple(nonce, generator)[0] % N
        return sequence(integer(r), integer(pow(nonce, -1, N) * (digest + 2 * r) % N))

    make("own-generator-root", None, ca(), subject="root", key_type="other", sign=sign,
         spki=sequence(sequence(oid("1.2.840.10045.2.1"), parameters), bit_string(point)))
    leaf("own-generator-leaf", "own-generator-root", sign=sign)


def authority():
    """Who may be a CA, and for what."""
    leaf("child-of-leaf", "leaf", key="child")
    make("no-basic-ca", "root", [usage(KEY_CERT_SIGN | CRL_SIGN)])
    make("nothing-ca", "root", [])
    make("not-ca", "root", [NOT_CA, usage(KEY_CERT_SIGN | CRL_SIGN)])
    make("no-sign-ca", "root", [basic(TRUE), usage(DIGITAL_SIGNATURE)])
    make("v1-ca", "root", version=1)
    make("v1-root", None, version=1)
    make("not-ca-root", None, [NOT_CA, usage(DIGITAL_SIGNATURE)])
    make("no-basic-root", None, [usage(KEY_CERT_SIGN | CRL_SIGN)])
    make("nothing-root", None, [])
    make("no-sign-root", None, [basic(TRUE), usage(DIGITAL_SIGNATURE)])
    make("client-ca", "root", ca(purposes(CLIENT)))
    make("server-ca", "root", ca(purposes(SERVER)))
    make("any-ca", "root", ca(purposes(ANY_PURPOSE)))
    make("client-root", None, ca(purposes(CLIENT)))
    make("critical-ca", "root", ca(UNKNOWN_CRITICAL))
    make("critical-root", None, ca(UNKNOWN_CRITICAL))
    make("expired-ca", "root", ca(), period=EXPIRED)
    make("expired-root", None, ca(), period=EXPIRED)
    make("short-ca", "root", ca(path_length=0))
    make("below-short-ca", "short-ca", ca())
    make("short-root", None, ca(path_length=0))
    make("below-short-root", "short-root", ca())
    for label in ["no-basic-ca", "nothing-ca", "not-ca", "no-sign-ca", "v1-ca", "v1-root", "not-ca-root",
                  "no-basic-root", "nothing-root", "no-sign-root", "client-ca", "server-ca", "any-ca", "client-root",
                  "critical-ca", "critical-root", "expired-ca", "expired-root", "short-ca",
                  "below-short-ca", "short-root", "below-short-root"]:
        leaf(label + "-leaf", label)

    # Names of the root and the intermediate, but not their keys.
    make("impostor-root", None, ca(), subject="root", key_id=made["root"]["key_id"])
    make("impostor-ca", "impostor-root", ca(), subject="intermediate", key_id=made["intermediate"]["key_id"])
    leaf("impostor-leaf", "impostor-ca")
    make("sly-ca", "other-root", ca(), subject="intermediate", key_id=made["intermediate"]["key_id"])
    leaf("sly-leaf", "sly-ca")

    # Two CAs that certify each other, and one of them by the root, too.
    make("circle-a", None, ca())
    make("circle-b", None, ca())
    make("circle-a-by-b", "circle-b", ca(), key="circle-a", subject="circle-a")
    make("circle-b-by-a", "circle-a", ca(), key="circle-b", subject="circle-b")
    make("circle-b-by-root", "root", ca(), key="circle-b", subject="circle-b")
    leaf("circle-leaf", "circle-a")
    for number in range(30):  # of one name and six keys, each issued by the name
        make(f"crowd-{number}", f"crowd-{number - 1}" if number else None, ca(), key=f"crowd-{number % 6}",
             subject="crowd", key_id=b"crowd")
    leaf("crowd-leaf", "crowd-29")


def constrained():
    inside = server(dns("www.example.org"))
    directory = element(0xA4, sequence(element(0x31, sequence(oid("2.5.4.10"), element(0x0C, b"PinVerdict")))))
    elsewhere = element(0xA4, sequence(element(0x31, sequence(oid("2.5.4.10"), element(0x0C, b"Elsewhere")))))
    for label, constraint, leaves in [
        ("permits-org", constraints([dns("example.org")]), [("in", inside), ("out", API)]),
        ("permits-dot-org", constraints([dns(".example.org")]), [("in", inside)]),
        ("excludes-com", constraints((), [dns("example.com")]), [("in", inside), ("out", API)]),
        ("permits-ip", constraints([ip(10, 0, 0, 0, 255, 0, 0, 0)]),
         [("in", server(ip(10, 1, 2, 3))), ("out", server(ip(192, 0, 2, 7)))]),
        ("excludes-ip", constraints((), [ip(192, 0, 2, 0, 255, 255, 255, 0)]), [("out", server(ip(192, 0, 2, 7)))]),
        ("permits-directory", constraints([directory]), [("in", API)]),
        ("permits-elsewhere", constraints([elsewhere]), [("out", API)]),
        ("excludes-directory", constraints((), [directory]), [("out", API)]),
        ("excludes-elsewhere", constraints((), [elsewhere]), [("in", API)]),
    ]:
        make(label, "root", ca(constraint))
        for place, extensions in leaves:
            leaf(f"{label}-{place}", label, extensions)
    leaf("permits-org-ip", "permits-org", server(ip(192, 0, 2, 7)))
    leaf("permits-org-both", "permits-org", server(dns("www.example.org"), dns("api.example.com")))
    leaf("permits-org-wildcard", "permits-org", server(dns("*.example.com")))
    make("below-permits-org", "permits-org", ca())
    leaf("below-permits-org-out", "below-permits-org")
    make("permits-org-root", None, ca(constraints([dns("example.org")])))
    leaf("permits-org-root-in", "permits-org-root", inside)
    leaf("permits-org-root-out", "permits-org-root")


def leaves():
    """What stands in the leaf itself."""
    leaf("expired-leaf", period=EXPIRED)
    leaf("future-leaf", period=FUTURE)
    leaf("forever-leaf", period=sequence(utc("250101000000Z"), element(0x18, b"99991231235959Z")))
    leaf("old-leaf", period=validity("500101000000Z", "450101000000Z"))  # from 1950
    leaf("other-expired-leaf", "other-root", period=EXPIRED)
    leaf("broken-expired-leaf", period=EXPIRED, damage=True)
    leaf("client-leaf", extensions=server(dns("api.example.com"), purpose=(CLIENT,)))
    leaf("client-expired-leaf", extensions=server(dns("api.example.com"), purpose=(CLIENT,)), period=EXPIRED)
    leaf("any-leaf", extensions=server(dns("api.example.com"), purpose=(ANY_PURPOSE,)))
    leaf("no-purpose-leaf", extensions=server(dns("api.example.com"), purpose=()))
    leaf("crl-usage-leaf", extensions=server(dns("api.example.com"), key_usage=CRL_SIGN))
    leaf("critical-leaf", extensions=server(dns("api.example.com"), more=[UNKNOWN_CRITICAL]))
    leaf("names-twice-leaf", extensions=server(dns("api.example.com"), more=[alternatives(dns("www.example.org"))]))
    leaf("no-extensions-leaf", version=1)

    many = [dns("api.example.com"), dns("*.cdn.example.com"), dns("xn--bcher-kva.example"), dns("a_b.example.com"),
            dns("printer"), ip(192, 0, 2, 7), IPV6]
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
        "mapped": [ip(*[0] * 10, 255, 255, 192, 0, 2, 7)],
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
    algorithm = ALGORITHMS["ecdsa-sha256"][0]
    revoked = sequence(integer(1), algorithm, names("root"), utc("250101000000Z"), utc("450101000000Z"))
    signature = bit_string(signed(revoked, "root", "ecdsa-sha256"))
    files["root.crl"] = pem("X509 CRL", sequence(revoked, algorithm, signature))
    with open(in_work("root.key"), "rb") as file:
        files["root.key"] = file.read()
    files["garbage.pem"] = pem("CERTIFICATE", bytes(range(256)))


def add_all():
    honest()
    keys_and_signatures()
    long_names()
    large_rsa()
    own_generator()
    authority()
    constrained()
    leaves()
    not_certificates()


run(__doc__, __file__, add_all)
