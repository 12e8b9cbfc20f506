#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the certificates that chains in the fuzzing targets are made of, as C: make-world.py FILE

Authorities and servers, honest and not. Keys are Ed25519 and come from their names, so that the file is the same at
every run and for every corpus. Rows are only ever added at the end: an input names them by number.
"""
import hashlib
import os
import sys

sys.dont_write_bytecode = True  # the tests leave nothing among the sources

from kit.certificates import (CLIENT, EXPIRED, IS_CA, SERVER, VALID, alternatives, authority_key_id, basic_constraints,
                              dns, extended_key_usage, ip, issue, key_id_of, subject_key_id, validity)
from kit.der import boolean, integer
from kit.keys import key_of_seed

NAMES = alternatives(dns("api.example.com"), dns("*.cdn.example.com"), dns("example.org"), dns("printer"),
                     ip("192.0.2.7"), ip("2001:db8::7"))
SHORT = basic_constraints(boolean(True), integer(0))

keys, made, rows = {}, [], []


def seed_of(label):
    return hashlib.sha256(label.encode()).digest()


def add(key, subject, issuer, before, behind, period):
    """One row; extensions stand before the identifiers of keys and behind them. `issuer` is a number, or None."""
    if key not in keys:
        keys[key] = key_of_seed(seed_of(key))
    by = made[issuer] if issuer is not None else None
    identifiers = [subject_key_id(key_id_of(keys[key])), authority_key_id(key_id_of(by.key) if by else b"")]
    made.append(issue(subject, by, [*before, *identifiers, *behind], key=keys[key], period=period, key_id=b"",
                      serial=1000 + len(made)))
    rows.append((-1 if issuer is None else issuer, seed_of(key)))


def authority(key, issuer=None, subject=None, period=VALID, constraints=IS_CA):
    add(key, subject or key, issuer, [constraints], [], period)


def server(key, issuer=None, subject=None, period=VALID, names=(NAMES,), purpose=SERVER):
    add(key, subject or key, issuer, [], [*names, extended_key_usage(purpose)], period)


def add_all():
    authority("root")  # 0
    authority("intermediate", 0)
    server("leaf", 1)
    authority("sub", 1)
    server("deep-leaf", 3)
    authority("other-root")  # 5
    server("other-leaf", 5)
    authority("new-root")
    authority("new-root", 0)  # cross-signed
    authority("new-intermediate", 7)
    server("new-leaf", 9)  # 10
    server("leaf", 1, period=EXPIRED)
    authority("intermediate", 0, period=EXPIRED)
    server("leaf", 1, purpose=CLIENT)
    server("leaf", 1, names=[alternatives(dns("www.example.org"))])
    server("self")  # 15
    authority("root", period=validity("20250101000000Z", "20440101000000Z"))  # renewed
    authority("impostor", 5, subject="intermediate")  # another authority's, of a name that is not its own
    server("impostor-leaf", 17, subject="leaf")
    authority("impostor-root", subject="root")
    authority("circle-a", 0)  # 20
    authority("circle-b", 20)
    authority("circle-a", 21)
    server("circle-leaf", 22)
    authority("short", 0, constraints=SHORT)
    authority("below-short", 24)  # 25
    server("below-short-leaf", 25)
    server("child-of-leaf", 2)
    authority("root", 7)  # cross-signed, the other way round
    server("leaf", 1, names=[alternatives(dns("*.example.com"), dns("*.com"), dns("*"))])
    server("leaf", 1, names=())  # 30


def array(octets):
    return "{ " + ", ".join(f"0x{octet:02x}" for octet in octets) + " }"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    add_all()
    text = "/* Written by Tests/Kit/make-world.py. */\n"
    for number, certificate in enumerate(made):
        text += f"static const uint8_t world_{number}[] = {array(certificate.der)};\n"
    text += "static const world_row world_rows[] = {\n"
    for number, (issuer, seed) in enumerate(rows):
        text += f"    {{ {issuer}, {array(seed)}, {{ world_{number}, sizeof world_{number} }} }},\n"
    os.makedirs(os.path.dirname(sys.argv[1]), exist_ok=True)
    with open(sys.argv[1], "w") as file:
        file.write(text + "};\n")


main()
