# SPDX-License-Identifier: Apache-2.0
"""`pinverdict pin`."""
import random
import re

from command import TestCase
from kit.certificates import PRINTABLE, SERVER, assembled, extension, issue, name
from kit.der import bit_string, element, integer, oid, sequence
from kit.keys import openssl, spki_of
from kit.pem import pem, trusted

ALGORITHMS = {"rsa": "RSA", "p256": "EC P-256", "p384": "EC P-384", "p521": "EC P-521", "ed25519": "Ed25519",
              "ed448": "Ed448"}
ODD_ALGORITHMS = {"ec-brainpool": "EC, another curve (1.2.840.10045.2.1)", "rsa-pss": "RSA-PSS (1.2.840.113549.1.1.10)",
                  "dsa": "DSA (1.2.840.10040.4.1)", "x25519": "X25519 (1.3.101.110)",
                  "ml-dsa-44": "ML-DSA-44 (2.16.840.1.101.3.4.3.17)", "unknown": "1.3.6.1.4.1.55555.1"}


class PinTests(TestCase):
    def test_every_good_fixture(self):
        good = [fixture for fixture in self.fixtures.values() if fixture.is_good]
        self.assertGreater(len(good), 20)
        run = self.expect(self.run_command("pin", "--json", *(fixture.path for fixture in good)), 0)
        self.assertEqual(run.json["errors"], [])
        for fixture, found in zip(good, run.json["certificates"], strict=True):
            with self.subTest(fixture.name):
                self.assertEqual([found["pin_sha256"], found["key_sha256"], found["certificate_sha256"]], fixture.pins)
                if expected := ALGORITHMS.get(fixture.algorithm) or ODD_ALGORITHMS.get(fixture.name):
                    self.assertEqual(found["algorithm"], expected)

    def test_every_malformed_fixture(self):
        for fixture in self.fixtures.values():
            if fixture.is_good:
                continue
            with self.subTest(fixture.name):
                run = self.expect(self.run_command("pin", fixture.path), 2, err=f"pinverdict: {fixture.path}:")
                self.assertEqual(run.out, "")
                self.assertEqual(run.err.count("\n"), 1)

    def test_agrees_with_openssl(self):
        leaf = self.fixtures["leaf"]
        key = openssl("x509", "-noout", "-pubkey", given=leaf.pem.encode())
        spki = openssl("pkey", "-pubin", "-outform", "DER", given=key)
        digest = openssl("dgst", "-sha256", "-binary", given=spki)
        expected = openssl("base64", "-A", given=digest).decode()
        self.expect(self.run_command("pin", leaf.path), 0, out=f"\npin-sha256 = {expected}\n")

    def test_text_is_ready_to_paste(self):
        """Of one kind, however much is read."""
        leaf, other = self.fixtures["leaf"], self.fixtures["rsa-leaf"]
        for number, kind in enumerate(["spki", "key", "certificate"]):
            with self.subTest(kind):
                run = self.expect(self.run_command("pin", "--kind", kind, leaf.path, other.path), 0)
                lines = [line for line in run.out.splitlines() if line and not line.startswith("#")]
                key = ["pin-sha256", "key-sha256", "certificate-sha256"][number]
                self.assertEqual(lines, [f"{key} = {leaf.pins[number]}", f"{key} = {other.pins[number]}"])
                self.policy("[host a.example]", lines[0], f"backup-{lines[1]}")
                self.expect(self.run_command("lint", "policy.conf"), 0)
        run = self.run_command("pin", leaf.path)
        self.assertEqual(self.run_command("pin", "--kind", "spki", leaf.path).out, run.out)

    def test_algorithms_that_have_no_name(self):
        for dotted, expected in [("2.999.1", "2.999.1"), ("0.39.0", "0.39.0"), ("1.0", "1.0"), ("2.0.3", "2.0.3"),
                                 (f"1.2.{(1 << 64) - 1}", f"1.2.{(1 << 64) - 1}"),
                                 (f"2.25.{1 << 64}", "OID 0x6982808080808080808000")]:
            with self.subTest(dotted):
                self.write("odd.der", assembled(
                    serial=integer(1), algorithm=sequence(oid(dotted)), issuer=sequence(), period=sequence(),
                    subject=sequence(), spki=spki_of(oid(dotted), b"key"), after_key=b"",
                    sign=lambda octets: bit_string(b"signature")))
                found = self.expect(self.run_command("pin", "--json", "odd.der"), 0).json["certificates"][0]
                self.assertEqual([found["algorithm"], found["key_sha256"]], [expected, None])

    def test_kinds_that_an_algorithm_does_not_have_are_left_out(self):
        unknown = self.fixtures["unknown"].path
        self.assertEqual(self.run_command("pin", "--json", unknown).json["certificates"][0]["key_sha256"], None)
        run = self.run_command("pin", "--kind", "key", unknown)
        self.expect(run, 2, out="# subject:", err="has no key-sha256")
        self.assertNotIn("sha256", run.out)

    @staticmethod
    def unordered(name):
        """A name whose parts that share one RDN may stand in any order: the libraries differ."""
        return [sorted(re.split(r"(?<!\\)\+", part)) for part in re.split(r"(?<!\\),", name)]

    def test_subject_is_rfc_4514_text(self):
        for subject in [name(("C", "DE"), ("O", "Müller, Söhne + Co"), "a \"quoted\" <name>; x#y"),
                        name([("O", "first"), ("OU", "second")], "#lead and trail "), name("控制"),
                        name(("O", "printable"), "text", text=PRINTABLE)]:
            with self.subTest(subject):
                text = issue(subject).pem
                expected = openssl("x509", "-noout", "-subject", "-nameopt", "RFC2253", given=text.encode()).decode()
                expected = expected.removeprefix("subject=").strip("\n")
                self.write("made.pem", text)
                found = self.expect(self.run_command("pin", "--json", "made.pem"), 0).json["certificates"][0]["subject"]
                self.assertTrue(found.isascii())
                self.assertEqual(self.unordered(found), self.unordered(expected))

    def test_subject_cannot_write_lines(self):
        made = self.write("made.pem", issue("innocent\npin-sha256 = evil\x1b[2J").pem)
        run = self.expect(self.run_command("pin", made), 0, out=r"innocent\0Apin-sha256")
        self.assertEqual(len(run.out.splitlines()), 5)
        self.assertNotIn("\x1b", run.out)

    def test_empty_subject(self):
        self.expect(self.run_command("pin", self.fixtures["skeleton-empty-names"].path), 0, out="# subject: (empty)")

    # ------------------------------------------------------------------------------------------------ PEM

    def test_bundle_with_text_around(self):
        leaf, root = self.fixtures["leaf"], self.fixtures["root"]
        text = f"subject=CN = leaf\n0 s:CN\n{leaf.pem}\n# and\n-----\n{root.pem} trailing"
        run = self.expect(self.run_command("pin", stdin=text), 0)
        self.assertEqual(re.findall(r"^pin-sha256 += (.*)", run.out, re.M), [leaf.pin, root.pin])
        self.assertIn("# standard input:3: certificate 1\n", run.out)

    def test_line_ends_and_old_labels(self):
        leaf = self.fixtures["leaf"]
        for text in [pem(leaf.der, line_end="\r\n"), pem(leaf.der, "X509 CERTIFICATE"), leaf.pem.replace("\n", " \n"),
                     leaf.pem.replace("\n", "\n\n"), leaf.pem.rstrip("\n")]:
            self.expect(self.run_command("pin", stdin=text), 0, out=leaf.pin)

    def test_other_labels_are_said(self):
        leaf = self.fixtures["leaf"]
        run = self.run_command("pin", "-", stdin=pem(b"list", "X509 CRL") + leaf.pem)
        self.assertEqual(run.status, 0)
        self.assertIn(leaf.pin, run.out)
        self.assertEqual(run.err, "pinverdict: standard input:1: passed over: X509 CRL, not a certificate or key\n")
        self.expect(self.run_command("pin", stdin=pem(b"list", "X509 CRL")), 2,
                    err=["X509 CRL", "holds no certificate and no key"])

    def test_a_byte_order_mark(self):
        leaf = self.fixtures["leaf"]
        self.expect(self.run_command("pin", stdin="\ufeff" + leaf.pem), 0, out=leaf.pin)

    def test_der_that_is_not_one_value_is_named(self):
        leaf, root = self.fixtures["leaf"], self.fixtures["root"]
        self.write("leaf.pem", leaf.pem)
        pkcs12 = openssl("pkcs12", "-export", "-nokeys", "-in", self.directory / "leaf.pem", "-passout", "pass:x")
        for words, octets in {
                "PKCS #12, which wraps": pkcs12, "has several DER values": leaf.der + root.der,
                "has a line end behind its DER": leaf.der + b"\r\n",
                "has 3 bytes behind its DER": leaf.der + b"\0\x05\0",
        }.items():
            with self.subTest(words):
                self.write("file", octets)
                self.expect(self.run_command("pin", "file"), 2, err=f"pinverdict: file: {words}")

    def test_trusted_certificate_is_an_error(self):
        leaf, root = self.fixtures["leaf"], self.fixtures["root"]
        run = self.run_command("pin", stdin=trusted(leaf.der, SERVER) + root.pem)
        self.expect(run, 2, out=root.pin, err="TRUSTED CERTIFICATE")
        self.assertNotIn(leaf.pin, run.out)

    def test_broken_blocks_do_not_hide_the_others(self):
        leaf, root = self.fixtures["leaf"], self.fixtures["root"]
        body = leaf.pem.splitlines()
        cases = {
            "is not base64: it contains '!'": "\n".join([body[0], "!" + body[1], *body[2:], ""]),
            "is not base64: it contains ':'": "\n".join([body[0], "Proc: 4", *body[1:], ""]),
            "is not base64: its length": "\n".join([body[0], body[1][1:], *body[2:], ""]),
            "is not base64: it does not end": "\n".join([body[0], "====", *body[2:], ""]),
            "is not base64: it does not end as": "\n".join([body[0], "AA=A", body[-1], ""]),
            "not end as base64 does": "\n".join([body[0], "AAA=", *body[1:], ""]),
            "end as base64 does": "\n".join([body[0], "AAB=", body[-1], ""]),
            "without its END": "\n".join(body[:-1]) + "\n",
            "without its BEGIN": "\n".join(body[1:]) + "\n",
            "ends with -----END X-----": leaf.pem.replace("END CERTIFICATE", "END X"),
            "text before or behind": leaf.pem.replace("-----END", "x-----END"),
            "behind a -----BEGIN": leaf.pem.replace("CERTIFICATE-----", "CERTIFICATE----", 1),
            "ends before one of its elements": pem(leaf.der[:-1]),
            "has bytes after the end": pem(leaf.der + b"\0"),
        }
        for why, broken in cases.items():
            with self.subTest(why):
                run = self.expect(self.run_command("pin", stdin=broken + root.pem), 2, out=root.pin, err=why)
                self.assertRegex(run.err, r"^pinverdict: standard input:\d+: ")
                self.assertNotIn(leaf.pin, run.out)

    def test_two_blocks_on_one_line_are_said(self):
        leaf, root = self.fixtures["leaf"], self.fixtures["root"]
        run = self.run_command("pin", stdin=leaf.pem.rstrip("\n") + root.pem + leaf.pem)
        self.expect(run, 2, out=leaf.pin, err="text before or behind")

    def test_message_names_file_line_certificate(self):
        leaf = self.fixtures["leaf"]
        self.write("a.pem", "x\n" + leaf.pem + pem(leaf.der[:100]))
        line = 2 + len(leaf.pem.splitlines())
        self.expect(self.run_command("pin", "a.pem"), 2,
                    err=f"a.pem:{line}: certificate 2 ends before one of its elements does\n")

    # ---------------------------------------------------------------------------------------- odd and bad

    def test_der_with_a_pem_block_inside_is_der(self):
        # A certificate whose subject contains another one in PEM.
        inner = self.fixtures["root"].pem
        comment = extension("2.16.840.1.113730.1.13", element(0x16, inner.encode()))
        self.write("outer.der", issue("outer", None, [comment]).der)
        run = self.expect(self.run_command("pin", "outer.der"), 0, out="CN=outer")
        self.assertNotIn(self.fixtures["root"].pin, run.out)

    def test_truncated_at_every_length(self):
        der = self.fixtures["leaf"].der
        names = []
        for size in range(len(der)):
            names.append(self.write(f"cut{size}", der[:size]))
        run = self.expect(self.run_command("pin", *names), 2)
        self.assertEqual(run.out, "")
        self.assertEqual([line.split(": ")[1] for line in run.err.splitlines()], names)

    def test_changed_bytes(self):
        generator = random.Random(1)
        der = self.fixtures["leaf"].der
        names = []
        for number in range(1500):
            changed = bytearray(der)
            for _ in range(generator.choice([1, 1, 3])):
                changed[generator.randrange(len(der))] = generator.randrange(256)
            names.append(self.write(f"changed{number}", bytes(changed)))
        for as_json in [[], ["--json"]]:
            run = self.run_command("pin", *as_json, *names)
            self.assertEqual(run.status, 2, run.err[-2000:])
        self.assertEqual(len(run.json["certificates"]) + len(run.json["errors"]), len(names))
        self.assertEqual(len(run.json["errors"]), len(run.err.splitlines()))

    def test_changed_pem(self):
        generator = random.Random(2)
        text = (self.fixtures["leaf"].pem + self.fixtures["root"].pem).encode()
        for number in range(60):
            changed = bytearray(text)
            for _ in range(10):
                changed[generator.randrange(len(text))] = generator.randrange(256)
            run = self.run_command("pin", "--json", stdin=bytes(changed))
            self.assertIn(run.status, [0, 2], run)
            self.assertGreaterEqual(len(run.json["certificates"]) + len(run.json["errors"]), 1)

    def test_noise(self):
        generator = random.Random(3)
        for size in [1, 2, 3, 100, 100_000]:
            self.expect(self.run_command("pin", stdin=generator.randbytes(size)), 2, err="standard input")

    def test_nothing(self):
        self.expect(self.run_command("pin"), 2, err="standard input: is empty")
        self.expect(self.run_command("pin", self.write("empty", "")), 2, err="empty: is empty")
        self.expect(self.run_command("pin", stdin="hello\n"), 2, err="neither PEM nor DER")

    def test_json_of_errors(self):
        run = self.run_command("pin", "--json", "missing", self.fixtures["leaf"].path, self.write("empty", ""))
        self.expect(run, 2)
        self.assertEqual(run.json["errors"], ["missing: No such file or directory", "empty: is empty"])
        self.assertEqual([found["number"] for found in run.json["certificates"]], [1])
        self.assertEqual(run.err.count("pinverdict: "), 2)
