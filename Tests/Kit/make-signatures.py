#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""make-signatures.py DIRECTORY: keys and signed policies by signify and minisign, and ways to break them.

Writes `keys.txt`, a line "STATUS FILE" for each public key, and `cases.txt`, a line for each text:
"STATUS KEYS TEXT SIGNATURE WORDS". There KEYS are files with commas between, SIGNATURE is "-" for one file that has
both, and WORDS is a part of the message, "-" for none. Those that no tool writes are computed here, with the secret
key: who holds it can sign in ways on which libraries differ.
"""

import base64
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
POLICY = "[policy]\nserial = 20260101\nenforcement = off\n"

OK, INVALID_ARGUMENT, INVALID_POLICY, BAD_SIGNATURE, UNKNOWN_KEY = 0, 1, 4, 11, 12

SIGNIFY = "signify-openbsd"

# By y: the points of order 4, 1, 2, 8 and 8.
SMALL_ORDER = [0, 1, P - 1, 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826,
               0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7]


def little(number):
    return number.to_bytes(32, "little")


def pinned_to(digit):
    return base64.b64encode(bytes([digit, 9] * 16)).decode()


class Kit:
    def __init__(self, directory):
        self.directory = Path(directory)
        self.cases, self.keys = [], []

    def run(self, *command, answers=""):
        subprocess.run(command, cwd=self.directory, input=answers, text=True, check=True, stdout=subprocess.DEVNULL)

    def write(self, name, content):
        content = content.encode() if isinstance(content, str) else content
        (self.directory / name).write_bytes(content)
        return name

    def read(self, name):
        return (self.directory / name).read_bytes()

    def file(self, name, octets, comment="untrusted comment: made here"):
        return self.write(name, comment + "\n" + base64.b64encode(octets).decode() + "\n")

    def octets(self, name):
        return base64.b64decode(self.read(name).split(b"\n")[1])

    def case(self, status, keys, text, signature="-", words="-"):
        self.cases.append(f"{status} {keys} {text} {signature} {words}\n")

    def key(self, status, name):
        self.keys.append(f"{status} {name}\n")

    def end(self):
        self.write("cases.txt", "".join(self.cases))
        self.write("keys.txt", "".join(self.keys))


def make_with_tools(kit):
    kit.write("policy", POLICY)
    kit.write("other", POLICY.replace("20260101", "20260102"))
    kit.write("pins", f"[policy]\nserial = 20260103\nvalid-until = 2030-06-30\non-stale = refuse\n[host example.com]\n"
                      f"pin-sha256 = {pinned_to(1)}\nbackup-pin-sha256 = {pinned_to(2)}\n")
    kit.write("mistake", POLICY + "colour = red\n")
    kit.write("empty", "")
    for name in ("a", "b"):
        kit.run(SIGNIFY, "-G", "-n", "-p", f"{name}.pub", "-s", f"{name}.sec", "-c", f"fleet {name}")
    kit.run("minisign", "-G", "-f", "-W", "-p", "m.pub", "-s", "m.sec", answers="\n\n")
    for text in ("policy", "other", "pins", "mistake", "empty"):
        kit.run(SIGNIFY, "-S", "-s", "a.sec", "-m", text, "-x", f"{text}.sig")
        kit.run(SIGNIFY, "-S", "-e", "-s", "a.sec", "-m", text, "-x", f"{text}.signed")
        kit.run("minisign", "-S", "-l", "-s", "m.sec", "-m", text, "-x", f"{text}.minisig", "-t", f"fleet of {text}")
    kit.run("minisign", "-S", "-H", "-s", "m.sec", "-m", "policy", "-x", "prehashed.minisig", "-t", "x")
    kit.run(SIGNIFY, "-S", "-e", "-s", "b.sec", "-m", "policy", "-x", "by-b.signed")

    for name in ("a.pub", "b.pub", "m.pub"):
        kit.key(OK, name)
    for text in ("policy", "other", "pins"):
        kit.case(OK, "a.pub", text, f"{text}.sig")
        kit.case(OK, "a.pub", f"{text}.signed")
        kit.case(OK, "m.pub", text, f"{text}.minisig")
    kit.case(OK, "b.pub,m.pub,a.pub", "policy", "policy.sig")
    kit.case(OK, "a.pub,b.pub", "by-b.signed")
    kit.case(UNKNOWN_KEY, "b.pub", "policy", "policy.sig", "none of those that count")
    kit.case(UNKNOWN_KEY, "b.pub,m.pub", "policy.signed")
    kit.case(UNKNOWN_KEY, "-", "policy.signed")
    kit.case(UNKNOWN_KEY, "a.pub", "policy", "policy.minisig")
    kit.case(BAD_SIGNATURE, "m.pub", "policy", "prehashed.minisig", "with -l")
    kit.case(BAD_SIGNATURE, "a.pub", "other", "policy.sig", "not that of this policy")
    kit.case(BAD_SIGNATURE, "m.pub", "other", "policy.minisig", "not that of this policy")
    kit.case(BAD_SIGNATURE, "a.pub", "empty", "policy.sig", "not that of this policy")
    kit.case(BAD_SIGNATURE, "a.pub", "policy", "empty", "cut short")
    kit.case(BAD_SIGNATURE, "a.pub", "empty", words="cut short")
    kit.case(BAD_SIGNATURE, "a.pub", "policy", words="untrusted comment")
    kit.case(BAD_SIGNATURE, "a.pub", "policy", "policy.signed", "trusted comment")
    # The signature is good: what is signed is what is wrong.
    kit.case(INVALID_POLICY, "a.pub", "mistake", "mistake.sig", "colour")
    kit.case(INVALID_POLICY, "a.pub", "mistake.signed", words="colour")
    kit.case(INVALID_POLICY, "a.pub", "empty", "empty.sig")
    kit.case(INVALID_POLICY, "m.pub", "empty", "empty.minisig")
    kit.case(INVALID_POLICY, "a.pub", "empty.signed")


def break_lines(kit):
    signed, sig, minisig = kit.read("policy.signed"), kit.read("policy.sig"), kit.read("policy.minisig")

    def bad(name, content, words, keys="a.pub"):
        kit.case(BAD_SIGNATURE, keys, "policy", kit.write(name, content), words)

    kit.case(BAD_SIGNATURE, "a.pub", kit.write("turned.signed", signed.replace(b"off", b"on")), words="not that of")
    kit.case(BAD_SIGNATURE, "a.pub", kit.write("longer.signed", signed + b"\n"), words="not that of")
    kit.case(BAD_SIGNATURE, "a.pub", kit.write("shorter.signed", signed[:-1]), words="not that of")
    kit.case(BAD_SIGNATURE, "a.pub", kit.write("crlf.signed", signed.replace(b"\n", b"\r\n")), words="CR")
    bad("trailing.sig", sig + b"x\n", "trusted comment")
    bad("trailing-empty.sig", sig + b"\n", "trusted comment")
    bad("crlf.sig", sig.replace(b"\n", b"\r\n"), "CR")
    bad("nul.sig", sig.replace(b"comment", b"com\0ment"), "NUL")
    bad("no-end.sig", sig[:-1], "no line end")
    bad("space.sig", sig[:-1] + b" \n", "base64")
    bad("no-padding.sig", sig.replace(b"=\n", b"\n"), "base64")
    bad("comment.sig", sig.replace(b"untrusted comment: ", b"untrusted comment:"), "lacks")
    bad("capital.sig", sig.replace(b"untrusted", b"Untrusted"), "lacks")
    bad("mark.sig", b"\xef\xbb\xbf" + sig, "lacks")
    long = b"untrusted comment: " + b"x" * 8173
    kit.case(OK, "a.pub", "policy", kit.write("long.sig", long + b"\n" + sig.split(b"\n")[1] + b"\n"))
    bad("too-long.sig", long + b"x\n" + sig.split(b"\n")[1] + b"\n", "too long")
    kit.case(BAD_SIGNATURE, "a.pub", "policy", kit.write("large.sig", sig + b"\n" * 40000), "-")
    bad("changed.minisig", minisig.replace(b"fleet of", b"fleet 0f"), "comment was changed", "m.pub")
    bad("trailing.minisig", minisig + b"x\n", "lines follow", "m.pub")
    bad("one-line-less.minisig", minisig[:minisig.rindex(b"\n", 0, -1) + 1], "cut short", "m.pub")
    # What is left is a signature as signify writes it, and good.
    kit.case(OK, "m.pub", "policy", kit.write("two-lines-less.minisig", minisig[:minisig.index(b"\ntrusted") + 1]))
    lines = minisig.split(b"\n")
    bad("global-cut.minisig", b"\n".join([*lines[:3], lines[3][:-4], b""]), "base64", "m.pub")
    other = kit.read("other.minisig").split(b"\n")
    bad("global-of-other.minisig", b"\n".join([*lines[:2], *other[2:]]), "comment was changed", "m.pub")


def break_octets(kit):
    octets = kit.octets("policy.sig")
    public = kit.octets("a.pub")

    def bad(name, changed, words="not that of"):
        kit.case(BAD_SIGNATURE, "a.pub", "policy", kit.file(name, changed), words)

    bad("algorithm.sig", b"XX" + octets[2:], "Ed25519")
    bad("short.sig", octets[:-1], "base64")
    bad("long.octets.sig", octets + b"\0", "base64")
    bad("zeros.sig", octets[:10] + bytes(64))
    bad("r-zeros.sig", octets[:10] + bytes(32) + octets[42:])
    bad("s-zeros.sig", octets[:42] + bytes(32))
    bad("ones.sig", octets[:10] + b"\xff" * 64)
    changed_id = octets[:2] + bytes([octets[2] ^ 1]) + octets[3:]
    kit.case(UNKNOWN_KEY, "a.pub", "policy", kit.file("id.sig", changed_id))
    # A base64 whose last letter has bits that encode nothing.
    text = base64.b64encode(octets).decode()
    kit.case(BAD_SIGNATURE, "a.pub", "policy",
             kit.write("loose.sig", f"untrusted comment: x\n{text[:-2]}{chr(ord(text[-2]) + 1)}=\n"), "base64")

    # S and S + L are one number to a verifier that does not look.
    s = int.from_bytes(octets[42:], "little")
    for times in range(1, 16):
        if s + times * L < 2**256:
            bad(f"s-plus-{times}-l.sig", octets[:42] + little(s + times * L))

    # The secret key signs with the neutral element as R, in every encoding that reads as it: one of them is right.
    secret = kit.octets("a.sec")
    scalar = hashlib.sha512(secret[40:72]).digest()[:32]
    scalar = int.from_bytes(scalar, "little") & (2**254 - 8) | 2**254
    point, message = public[10:], kit.read("policy")
    for name, r in ("r-neutral", little(1)), ("r-signed", little(1 | 1 << 255)), ("r-above-p", little(P + 1)), \
            ("r-signed-above-p", little(P + 1 | 1 << 255)):
        h = int.from_bytes(hashlib.sha512(r + point + message).digest(), "little")
        forged = octets[:10] + r + little(h * scalar % L)
        kit.case(OK if name == "r-neutral" else BAD_SIGNATURE, "a.pub", "policy", kit.file(f"{name}.sig", forged))

    # Keys with one id: each is tried.
    twin = kit.file("twin.pub", public[:10] + kit.octets("b.pub")[10:])
    kit.key(OK, twin)
    kit.case(OK, f"{twin},a.pub", "policy", "policy.sig")
    kit.case(BAD_SIGNATURE, twin, "policy", "policy.sig", "not that of")
    # A key that is no point of the curve is seen when something is verified.
    no_point = kit.file("no-point.pub", public[:10] + little(2))
    kit.key(OK, no_point)
    kit.case(BAD_SIGNATURE, no_point, "policy", "policy.sig", "not that of")


def break_keys(kit):
    text, octets = kit.read("a.pub"), kit.octets("a.pub")

    def bad(name, content):
        kit.key(INVALID_ARGUMENT, kit.write(name, content))

    bad("trailing.pub", text + b"x\n")
    bad("crlf.pub", text.replace(b"\n", b"\r\n"))
    bad("no-end.pub", text[:-1])
    bad("comment.pub", text.replace(b"untrusted", b"trusted"))
    bad("signature.pub", kit.read("policy.sig"))
    bad("secret.pub", kit.read("a.sec"))
    kit.key(INVALID_ARGUMENT, "empty")
    kit.key(INVALID_ARGUMENT, kit.file("algorithm.pub", b"ED" + octets[2:]))
    kit.key(INVALID_ARGUMENT, kit.file("short.pub", octets[:-1]))
    kit.key(INVALID_ARGUMENT, kit.file("longer.pub", octets + b"\0"))
    # Every encoding of a point of small order, and every encoding whose y is p or more.
    signs = 0, 1 << 255
    encodings = {y + more | sign for y in SMALL_ORDER for more in (0, P) for sign in signs if y + more < 1 << 255}
    encodings |= {y | sign for y in range(P, 1 << 255) for sign in signs}
    for number, encoding in enumerate(sorted(encodings)):
        kit.key(INVALID_ARGUMENT, kit.file(f"weak-{number}.pub", octets[:10] + little(encoding)))


def main():
    kit = Kit(sys.argv[1])
    shutil.rmtree(kit.directory, ignore_errors=True)  # signify makes no key where there is one
    kit.directory.mkdir(parents=True)
    make_with_tools(kit)
    break_lines(kit)
    break_octets(kit)
    break_keys(kit)
    kit.end()


if __name__ == "__main__":
    main()
