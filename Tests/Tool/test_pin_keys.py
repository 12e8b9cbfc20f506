# SPDX-License-Identifier: Apache-2.0
"""`pinverdict pin` of what is no certificate: private and public keys, requests, PKCS #7."""
import random
import re

from command import TestCase
from kit.keys import GENERATED, openssl, pin_of
from kit.pem import pem

SECRET = "correct horse"
TEXTS = {"rsa": ("RSA", 2048), "p256": ("EC P-256", 256), "p384": ("EC P-384", 384), "p521": ("EC P-521", 521),
         "ed25519": ("Ed25519", None), "ed448": ("Ed448", None), "rsa-1024": ("RSA", 1024),
         "brainpool": ("EC, another curve (1.2.840.10045.2.1)", None)}


class PinKeyTests(TestCase):
    def key(self, name="p256"):
        """A new private key in a file of its own, and its SubjectPublicKeyInfo as OpenSSL has it."""
        algorithm, *options = GENERATED[name]
        file = self.write(f"{name}.pem", openssl("genpkey", "-algorithm", algorithm, *options))
        (self.directory / file).chmod(0o600)
        return file, openssl("pkey", "-in", self.directory / file, "-pubout", "-outform", "DER")

    def spelled(self, file):
        """What is in a key's file, in every form that OpenSSL writes: the form, whether it has a passphrase."""
        path = self.directory / file
        secret = ["-aes256", "-passout", f"pass:{SECRET}"]
        yield "private key", False, path.read_bytes()
        yield "private key", False, openssl("pkey", "-in", path, "-outform", "DER")
        yield "private key", True, openssl("pkcs8", "-topk8", "-in", path, "-passout", f"pass:{SECRET}")
        yield "private key", True, openssl("pkcs8", "-topk8", "-in", path, *secret[1:], "-outform", "DER")
        yield "public key", False, openssl("pkey", "-in", path, "-pubout")
        yield "public key", False, openssl("pkey", "-in", path, "-pubout", "-outform", "DER")
        if file[0] in "rp":  # PKCS #1 and SEC 1
            old = ["pkey", "-in", path, "-traditional"]
            yield "private key", False, openssl(*old)
            yield "private key", False, openssl(*old, "-outform", "DER")
            yield "private key", True, openssl(*old, *secret)
        if file[0] == "r":
            yield "public key", False, openssl("rsa", "-in", path, "-RSAPublicKey_out")
            yield "public key", False, openssl("rsa", "-in", path, "-RSAPublicKey_out", "-outform", "DER")
        if file.startswith("ed") or file[0] in "rp":
            for form in ["PEM", "DER"]:
                request = openssl("req", "-new", "-key", path, "-subj", "/CN=a", "-outform", form)
                yield "certificate request", False, request

    def test_every_form_of_every_algorithm(self):
        self.write("secret", SECRET + "\nnot the first line\n")
        count = 0
        for name, (algorithm, bits) in TEXTS.items():
            file, spki = self.key(name)
            for what, _, octets in self.spelled(file):
                self.write("given", octets)
                (self.directory / "given").chmod(0o600)
                with self.subTest(algorithm=name, what=what, start=octets[:30]):
                    run = self.expect(self.run_command("pin", "--passphrase-file", "secret", "--json", "given"), 0)
                    self.assertEqual(run.json["certificates"], [])
                    found, = run.json["keys"]
                    self.assertEqual([found["type"], found["algorithm"], found["bits"], found["pin_sha256"]],
                                     [what, algorithm, bits, pin_of(spki)])
                    self.assertEqual([found["key_sha256"] is None, found["certificate_sha256"]],
                                     [name == "brainpool", None])
                    count += 1
        self.assertGreater(count, 80)

    def test_a_backup_key_gives_a_line_to_paste(self):
        file, spki = self.key()
        run = self.expect(self.run_command("pin", file), 0)
        self.assertEqual(run.out, "# p256.pem:1: private key\n# key: EC P-256, 256 bits\n"
                         f"pin-sha256 = {pin_of(spki)}\n\n")

    def test_agrees_with_certificates(self):
        """A key's pins are those of a certificate that has it."""
        for name in ["rsa", "p256", "ed25519"]:
            file, _ = self.key(name)
            certificate = openssl("req", "-x509", "-new", "-key", self.directory / file, "-subj", "/CN=a", "-days", "9")
            self.write("certificate.pem", certificate)
            for kind in ["spki", "key"]:
                run = self.expect(self.run_command("pin", "--kind", kind, file, "certificate.pem"), 0)
                pins = re.findall(r"^[a-z]+-sha256 = (.*)$", run.out, re.M)
                self.assertEqual([len(pins), len(set(pins))], [2, 1], name)

    def test_private_keys_are_not_printed(self):
        file, _ = self.key()
        secret = "".join((self.directory / file).read_text().splitlines()[1:-1])
        for options in [[], ["--json"], ["--kind", "certificate"]]:
            run = self.run_command("pin", *options, file)
            for part in range(0, len(secret) - 8, 4):
                # The end of the text is the public key.
                if part < 40:
                    self.assertNotIn(secret[part:part + 8], run.out + run.err)

    def test_keys_have_no_certificate_pin(self):
        file, _ = self.key()
        self.expect(self.run_command("pin", "--kind", "certificate", file), 2,
                    err="p256.pem:1: private key has no certificate-")

    def test_pkcs7(self):
        names = ["leaf", "intermediate", "root"]
        self.write("chain.pem", "".join(self.fixtures[name].pem for name in names))
        wrap = ["crl2pkcs7", "-nocrl", "-certfile", self.directory / "chain.pem"]
        for octets in [openssl(*wrap), openssl(*wrap, "-outform", "DER"),
                       openssl(*wrap).replace(b"PKCS7", b"CMS"),
                       openssl(*wrap).replace(b"PKCS7", b"PKCS #7 SIGNED DATA")]:
            run = self.expect(self.run_command("pin", "--json", stdin=octets), 0)
            self.assertEqual([found["pin_sha256"] for found in run.json["certificates"]],
                             [self.fixtures[name].pin for name in names])
        empty = openssl("crl2pkcs7", "-nocrl", "-certfile", "/dev/null")
        self.expect(self.run_command("pin", stdin=empty), 2, err="carries no certificate")

    def test_everything_in_one_file(self):
        file, spki = self.key()
        leaf = self.fixtures["leaf"]
        text = "a note\n" + (self.directory / file).read_text() + "another\n" + leaf.pem
        run = self.run_command("pin", stdin=text)
        self.expect(run, 0, out=["standard input:2: private key", "certificate 1"])
        self.assertEqual(re.findall("^pin-sha256 = (.*)$", run.out, re.M), [pin_of(spki), leaf.pin])
        curve = openssl("ecparam", "-name", "prime256v1", "-genkey")  # parameters, and the key behind them
        run = self.run_command("pin", stdin=curve)
        self.assertEqual([run.status, run.out.count("private key")], [0, 1])

    def test_readable_by_everyone_is_said(self):
        file, _ = self.key()
        for mode, is_said in [(0o600, False), (0o640, False), (0o644, True), (0o604, True)]:
            (self.directory / file).chmod(mode)
            run = self.run_command("pin", file)
            self.assertEqual([run.status, "every user of this machine can read" in run.err], [0, is_said], oct(mode))
        public = self.write("key.pub", openssl("pkey", "-in", self.directory / file, "-pubout"))
        (self.directory / public).chmod(0o644)
        self.expect(self.run_command("pin", public), 0)

    def encrypted(self):
        file, spki = self.key()
        octets = openssl("pkcs8", "-topk8", "-in", self.directory / file, "-passout", f"pass:{SECRET}")
        locked = self.write("locked.pem", octets)
        (self.directory / locked).chmod(0o600)
        return locked, spki

    def test_passphrases(self):
        locked, spki = self.encrypted()
        for text, status, words in [
                (SECRET, 0, ""), (SECRET + "\r\n", 0, ""), ("wrong", 2, "does not open"),
                ("", 2, "has 1 to 1024 bytes"), ("\n" + SECRET, 2, "has 1 to 1024 bytes"),
                ("x" * 1025, 2, "has 1 to 1024 bytes"), ("x" * 1024, 2, "does not open")]:
            with self.subTest(text[:20]):
                self.write("secret", text)
                run = self.expect(self.run_command("pin", "--passphrase-file", "secret", locked), status, err=words)
                self.assertEqual(pin_of(spki) in run.out, status == 0)
        self.expect(self.run_command("pin", "--passphrase-file", "missing", locked), 2, err="missing: No such file")
        self.expect(self.run_command("pin", "--passphrase-file", "-", "-"), 2, err="only once")
        self.expect(self.run_command("pin", "--passphrase-file", "-", locked, stdin=SECRET + "\n"), 0, out=pin_of(spki))

    def test_nobody_to_ask(self):
        locked, _ = self.encrypted()
        run = self.run_command("pin", locked, start_new_session=True)
        self.expect(run, 2, err="locked.pem:1: an encrypted private key; give --passphrase-file, or run on a terminal")

    def test_the_terminal_is_asked(self):
        locked, spki = self.encrypted()
        for typed, status in [(SECRET, 0), ("wrong", 2)]:
            run = self.run_on_terminal("pin", locked, typed=typed)
            self.assertEqual([run.status, pin_of(spki) in run.out], [status, status == 0], run)
            self.assertIn("Passphrase of the private key: ", run.out)
            self.assertNotIn(typed, run.out)

    def test_requests_prove_their_key(self):
        file, _ = self.key()
        request = bytearray(openssl("req", "-new", "-key", self.directory / file, "-subj", "/CN=a", "-outform", "DER"))
        request[-1] ^= 1
        self.expect(self.run_command("pin", stdin=bytes(request)), 2, err="is not signed by the key in it")

    def test_broken_content(self):
        """Every cut and many changes of each form: an error line each, and never a wrong pin from a cut."""
        file, _ = self.key()
        generator = random.Random(7)
        names = []
        for what, _, octets in self.spelled(file):
            if not octets.startswith(b"0"):
                continue
            for size in range(1, len(octets), 7):
                names.append(self.write(f"cut{len(names)}", octets[:size]))
                (self.directory / names[-1]).chmod(0o600)
        run = self.run_command("pin", *names, start_new_session=True)
        self.assertEqual([run.status, run.out, len(run.err.splitlines())], [2, "", len(names)])
        changed = []
        for what, _, octets in self.spelled(file):
            for _ in range(20):
                mutated = bytearray(octets)
                mutated[generator.randrange(len(octets))] = generator.randrange(256)
                changed.append(self.write(f"changed{len(changed)}", bytes(mutated)))
                (self.directory / changed[-1]).chmod(0o600)
        run = self.run_command("pin", "--json", *changed, start_new_session=True)
        self.assertIn(run.status, [0, 2])
        self.assertGreaterEqual(len(run.json["keys"]) + len(run.json["errors"]), len(changed) // 2)
        half = pem(b"x" * 60, "PRIVATE KEY").splitlines()
        for text, words in [("\n".join(half[:-1]), "without its END"), (pem(b"noise", "PRIVATE KEY"), "cannot read"),
                            (pem(b"noise", "PUBLIC KEY"), "cannot read"), (pem(b"noise", "PKCS7"), "cannot read"),
                            (pem(b"noise", "CERTIFICATE REQUEST"), "cannot read")]:
            self.expect(self.run_command("pin", stdin=text), 2, err=words)
