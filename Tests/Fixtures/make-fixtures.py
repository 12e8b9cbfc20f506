#!/usr/bin/env python3
"""Writes the certificates that the tests read: make-fixtures.py DIRECTORY

Real certificates are made with the `openssl` command, odd ones are assembled from DER by hand (their
signatures are noise: nothing here verifies them). Keys are fresh at each run, shapes always the same.
manifest.txt has one line per certificate, with the pins that it must have, computed here by hashlib:

    name file state spki-sha256 key-sha256 certificate-sha256 spki-offset spki-size gnutls algorithm

"state" is "good", or "malformed" for a certificate that must be refused. "key-sha256" is "-" where the algorithm
has no KEY pins, "spki-sha256" where there is no SubjectPublicKeyInfo. "gnutls" is "reads" where GnuTLS must read
the certificate too, or "may-refuse".
"""
import hashlib
import os
import secrets
import subprocess
import sys
import tempfile

# ------------------------------------------------------------------------------------ a small DER assembler


def length_octets(length):
    if length < 0x80:
        return bytes([length])
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def element(tag, *contents):
    joined = b"".join(contents)
    return bytes([tag]) + length_octets(len(joined)) + joined


def sequence(*fields):
    return element(0x30, *fields)


def explicit(number, *contents):
    return element(0xA0 | number, *contents)


def integer(value):
    return element(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def bit_string(octets, unused=0):
    return element(0x03, bytes([unused]), octets)


def oid(dotted):
    first, second, *others = (int(part) for part in dotted.split("."))
    octets = b""
    for number in [40 * first + second, *others]:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(0x80 | number & 0x7F)
        octets += bytes(reversed(groups))
    return element(0x06, octets)


NULL = element(0x05)


def contents_of(encoded):
    """The contents of one element, whose tag has one octet."""
    if encoded[1] < 0x80:
        return encoded[2:]
    return encoded[2 + (encoded[1] & 0x7F):]


def children_of(encoded):
    """The elements that a constructed element contains."""
    rest, found = contents_of(encoded), []
    while rest:
        size = rest[1] if rest[1] < 0x80 else int.from_bytes(rest[2:2 + (rest[1] & 0x7F)], "big")
        whole = size + (2 if rest[1] < 0x80 else 2 + (rest[1] & 0x7F))
        found.append(rest[:whole])
        rest = rest[whole:]
    return found


# BER that DER forbids: the same element with a length in one octet too many, or with no length at all.

def long_length(encoded):
    contents = contents_of(encoded)
    octets = len(contents).to_bytes((len(contents).bit_length() + 7) // 8 + (len(contents) >= 0x80), "big")
    return encoded[:1] + bytes([0x80 | len(octets)]) + octets + contents


def indefinite(encoded):
    return bytes([encoded[0] | 0x20, 0x80]) + contents_of(encoded) + b"\0\0"


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


# ----------------------------------------------------------------------------------------- keys by openssl

work = tempfile.TemporaryDirectory()


def in_work(file):
    return os.path.join(work.name, file)


def openssl(*arguments):
    run = subprocess.run(["openssl", *arguments], capture_output=True)
    if run.returncode != 0:
        sys.exit(f"openssl {' '.join(arguments)}\n{run.stderr.decode(errors='replace')}")
    return run.stdout


KEY_TYPES = {
    "rsa": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa-pss": ["RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_pss_keygen_md:sha256",
                "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha256", "-pkeyopt", "rsa_pss_keygen_saltlen:32"],
    **{curve: ["EC", "-pkeyopt", f"ec_paramgen_curve:{curve}"]
       for curve in ["P-256", "P-384", "P-521", "brainpoolP256r1", "secp256k1"]},
    "ed25519": ["ED25519"], "ed448": ["ED448"], "x25519": ["X25519"],
}


def new_key(label, key_type):
    openssl("genpkey", "-algorithm", *KEY_TYPES[key_type], "-out", in_work(label + ".key"))
    openssl("pkey", "-in", in_work(label + ".key"), "-pubout", "-out", in_work(label + ".pub"))
    return label


def spki_of(label, *options):
    return openssl("pkey", "-in", in_work(label + ".key"), "-pubout", "-outform", "DER", *options)


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


# ------------------------------------------------------------------------------------------- what is written

rows = []


def sha256(octets):
    return hashlib.sha256(octets).hexdigest()


def add(label, whole, spki=None, algorithm="other", gnutls="reads", state="good"):
    key, offset = "-", 0
    if spki is not None:
        assert whole.count(spki) == 1
        offset = whole.index(spki)
    if algorithm != "other":
        key = sha256(contents_of(children_of(spki)[1])[1:])
    pin = sha256(spki) if spki is not None else "-"
    columns = [state, pin, key, sha256(whole), str(offset), str(len(spki or b"")), gnutls, algorithm]
    rows.append((label, whole, columns))


def add_malformed(label, whole, spki=None, algorithm="other"):
    add(label, whole, spki, algorithm, gnutls="may-refuse", state="malformed")


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


def write(directory):
    os.makedirs(directory, exist_ok=True)
    manifest = ""
    for label, whole, columns in rows:
        with open(os.path.join(directory, label + ".der"), "wb") as file:
            file.write(whole)
        manifest += " ".join([label, label + ".der", *columns]) + "\n"
    with open(os.path.join(directory, "manifest.txt"), "w") as file:
        file.write(manifest)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    directory = sys.argv[1]
    stamp = os.path.join(directory, "made-by")
    with open(__file__, "rb") as file:
        version = sha256(file.read())
    if os.path.exists(stamp) and open(stamp).read() == version:
        return
    add_ordinary()
    add_odd_keys()
    add_malformed_keys()
    add_odd_skeletons()
    write(directory)
    with open(stamp, "w") as file:  # last, so that a run cut off is made again
        file.write(version)


main()
