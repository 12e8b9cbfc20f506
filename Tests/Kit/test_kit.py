#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""test_kit.py: what the kit makes is what it says it is, by what the `openssl` command finds in it. The rows of CHAINS
are examples, too, of how such chains are made. The last line is the total.
"""
import hashlib
import re
import sys
import tempfile
from pathlib import Path

from kit.certificates import (CLIENT, EXPIRED, FUTURE, KEY_CERT_SIGN, PRINTABLE, SERVER, VALID, authority, dns,
                              for_days, ip, issue, key_id_of, key_usage, name, name_constraints, revocation_list,
                              server)
from kit.der import children_of, contents_of, indefinite, long_length
from kit.keys import GENERATED, Key, OddKey, key_of_seed, openssl
from kit.pem import pem, pkcs7, trusted

# ---------------------------------------------------------------------------------------------------- chains

LEAF = server(dns("api.example.com"))

root = issue("root", None, authority())
intermediate = issue("intermediate", root, authority())
leaf = issue("leaf", intermediate, LEAF)
stranger = issue("root", None, authority())

# A root that an older one, which has expired, certifies too.
old_root = issue("old root", None, authority(), period=EXPIRED)
new_root = issue("new root", None, authority())
cross = issue("new root", old_root, authority(), key=new_root.key)
below_new = issue("leaf", new_root, LEAF)

# Of two certificates of one intermediate one has expired.
expired_intermediate = issue("intermediate", root, authority(), key=intermediate.key, period=EXPIRED)

# Roots that do not say that they are.
v1_root = issue("v1 root", version=1)
plain_root = issue("plain root", None, [key_usage(KEY_CERT_SIGN)])

# Roots of one name, and certificates that do not tell which of their keys issued them.
namesakes = [issue("namesake", None, authority(), key_id=b"") for _ in range(3)]
below_namesake = issue("leaf", namesakes[2], LEAF)

# One name in two encodings: as a subject, and as an issuer.
printable_root = issue(name(("O", "PinVerdict"), "one name", text=PRINTABLE), None, authority())
utf8_root = issue(name(("O", "PinVerdict"), "one name"), None, authority(), key=printable_root.key)
below_utf8 = issue("leaf", utf8_root, LEAF)

line = [root]
for number in range(12):
    line.append(issue(f"ca {number}", line[-1], authority()))
below_line = issue("leaf", line[-1], LEAF)

short = issue("short", root, authority(path_length=0))
below_short = issue("below short", short, authority())
constrained = issue("constrained", root, authority(name_constraints([dns("example.org")])))
in_org = issue("leaf", constrained, server(dns("www.example.org")))


def damaged(signature):
    return signature[:-1] + bytes([signature[-1] ^ 1])


CHAINS = [  # what, a leaf, the anchors, what is sent, options; whether there is a path at the beginning of 2030
    ("a path", leaf, [root], [intermediate], ["-x509_strict", "-purpose", "sslserver"], True),
    ("its host", leaf, [root], [intermediate], ["-verify_hostname", "api.example.com"], True),
    ("another host", leaf, [root], [intermediate], ["-verify_hostname", "www.example.com"], False),
    ("an address", issue("leaf", root, server(ip("2001:db8::7"))), [root], [], ["-verify_ip", "2001:db8::7"], True),
    ("another purpose", issue("leaf", root, server(purposes=(CLIENT,))), [root], [], ["-purpose", "sslserver"], False),
    ("no intermediate", leaf, [root], [], [], False),
    ("a root of the same name", leaf, [stranger], [intermediate], [], False),
    ("a new root", below_new, [new_root], [cross], [], True),
    ("by an old root that has expired", below_new, [old_root], [cross], [], False),
    ("an intermediate that has expired", leaf, [root], [expired_intermediate], [], False),
    ("a root of version 1", issue("leaf", v1_root, LEAF), [v1_root], [], [], True),
    ("a root without basicConstraints", issue("leaf", plain_root, LEAF), [plain_root], [], [], True),
    ("one of several roots", below_namesake, namesakes[2:], [], [], True),
    ("none of several roots", below_namesake, namesakes[:2], [], [], False),
    ("a name in two encodings", below_utf8, [printable_root], [], [], True),
    ("twelve CAs", below_line, [root], line[1:], [], True),
    ("one CA too many", issue("leaf", below_short, LEAF), [root], [short, below_short], [], False),
    ("a name that is permitted", in_org, [root], [constrained], [], True),
    ("a name that is not", issue("leaf", constrained, LEAF), [root], [constrained], [], False),
    ("not yet valid", issue("leaf", root, LEAF, period=FUTURE), [root], [], [], False),
    ("a leaf that issues", issue("leaf", leaf, LEAF), [root], [intermediate, leaf], [], False),
    ("a damaged signature", issue("leaf", root, LEAF, signature=damaged), [root], [], [], False),
    ("two signature algorithms", issue("leaf", root, LEAF, inner="ecdsa-sha384"), [root], [], [], False),
]

# --------------------------------------------------------------------------------------------------- checks

folder = tempfile.TemporaryDirectory()
passed = failed = 0


def check(what, is_fine):
    global passed, failed
    passed += bool(is_fine)
    failed += not is_fine
    if not is_fine:
        print(f"FAILED {what}")


def file(*texts):
    path = Path(folder.name, hashlib.sha256("".join(texts).encode()).hexdigest())
    path.write_text("".join(texts))
    return path


def verifies(certificate, anchors, sent=(), options=(), time=("-attime", "1893456000")):
    sent_options = ["-untrusted", file(*[one.pem for one in sent])] if sent else []
    try:
        openssl("verify", *time, "-no-CAfile", "-no-CApath", "-no-CAstore", *options, *sent_options,
                "-trusted", file(*[one.pem for one in anchors]), file(certificate.pem))
    except RuntimeError:
        return False
    return True


def check_chains():
    for what, certificate, anchors, sent, options, is_valid in CHAINS:
        check(what, verifies(certificate, anchors, sent, options) == is_valid)
    tails = [one.subject[-10:] for one in [printable_root, utf8_root]]
    check("two encodings", tails == [b"\x13\x08one name", b"\x0c\x08one name"])
    ids = [openssl("x509", "-noout", "-ext", kind + "KeyIdentifier", given=one.pem.encode()).split()[-1]
           for one, kind in [(leaf, "authority"), (intermediate, "subject")]]
    check("identifiers of keys", ids == [key_id_of(intermediate.key).hex(":").upper().encode()] * 2)
    check("the leaf, the intermediate, the root", leaf.path == [leaf.der, intermediate.der, root.der])
    for days, is_valid in [(1, True), (-1, False)]:
        check(f"{days} days", verifies(issue("leaf", root, LEAF, period=for_days(days)), [root], time=()) == is_valid)


def check_keys():
    for kind in GENERATED.keys() - {"rsa-pss", "ed448", "x25519"}:
        own = issue("own", None, authority(), key=Key(kind))
        check(f"{kind}: its own signature", verifies(own, [own], options=["-auth_level", "0", "-check_ss_sig"]))
    for algorithm in ["rsa-sha1", "rsa-sha256", "rsa-pss-sha256"]:
        own = issue("own", None, authority(), key=Key("rsa"), algorithm=algorithm)
        check(algorithm, verifies(own, [own], options=["-auth_level", "0", "-check_ss_sig"]))
    key = openssl("x509", "-noout", "-pubkey", given=leaf.pem.encode())
    digest = openssl("dgst", "-sha256", "-binary", given=openssl("pkey", "-pubin", "-outform", "DER", given=key))
    check("the pin", leaf.pin == openssl("base64", "-A", given=digest).decode() and leaf.digest == digest)
    seeded = [issue("seeded", key=key_of_seed(bytes(32)), serial=1) for _ in range(2)]
    check("a key of a seed", seeded[0].der == seeded[1].der)
    compressed = OddKey(leaf.key.spki_as("-ec_conv_form", "compressed"))
    check("another encoding", len(compressed.spki) == len(leaf.key.spki) - 32)
    blocks = re.findall("BEGIN (.*)-----", leaf.for_server)
    check("a file for a server", blocks == ["PRIVATE KEY", "CERTIFICATE", "CERTIFICATE"])


def check_files():
    options = ["-crl_check", "-CRLfile", file(pem(revocation_list(intermediate, expired_intermediate), "X509 CRL"))]
    check("a CRL without the leaf", verifies(leaf, [root], [intermediate], options))
    options[2] = file(pem(revocation_list(intermediate, leaf), "X509 CRL"))
    check("a CRL with the leaf", not verifies(leaf, [root], [intermediate], options))
    bundle = openssl("pkcs7", "-print_certs", given=pkcs7(leaf.der, root.der).encode()).decode()
    check("PKCS #7", leaf.pem in bundle and root.pem in bundle)
    for purposes, expected in [((SERVER,), "TLS Web Server Authentication"), ((), "No Trusted Uses.")]:
        text = openssl("x509", "-noout", "-text", given=trusted(leaf.der, *purposes).encode()).decode()
        check("TRUSTED CERTIFICATE", re.search(r"Trusted Uses:\s+(.*)|(No Trusted Uses.)", text)[0].endswith(expected))


def check_defects():
    inside = contents_of(VALID)
    check("a length in one octet too many", long_length(VALID) == bytes([0x30, 0x81, len(inside)]) + inside)
    check("the same of a long one", long_length(leaf.der) == b"\x30\x83\0" + leaf.der[2:])
    check("no length", indefinite(VALID) == b"\x30\x80" + inside + b"\0\0")
    check("what is inside", b"".join(children_of(VALID)) == inside)


def main():
    for part in [check_chains, check_keys, check_files, check_defects]:
        part()
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
