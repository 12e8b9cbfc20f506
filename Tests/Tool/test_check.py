# SPDX-License-Identifier: Apache-2.0
"""`pinverdict check`."""
import hashlib

from command import TestCase, pin
from kit.certificates import SERVER
from kit.keys import openssl
from kit.pem import pem, trusted

DAY = 86400


class CheckTests(TestCase):
    def setUp(self):
        super().setUp()
        self.leaf, self.intermediate, self.root = (self.fixtures[name] for name in ["leaf", "intermediate", "root"])
        self.path = [fixture.path for fixture in (self.leaf, self.intermediate, self.root)]

    def check(self, *arguments, host="api.example.com", path=None, **options):
        return self.run_command("check", "--policy", "policy.conf", "--host", host, *arguments, *(path or self.path),
                                **options)

    def pins(self, primary, backup=None, prefix=""):
        return [f"{prefix}pin-sha256 = {primary}", f"backup-{prefix}pin-sha256 = {backup or pin('spare')}"]

    def rule(self, *settings, primary=None, backup=None, host="api.example.com"):
        return [f"[host {host}]", *settings, *self.pins(primary or self.leaf.pin, backup)]

    # ----------------------------------------------------------------------------------------- certificates

    def test_what_is_no_certificate_is_named(self):
        self.policy(*self.rule())
        key = self.directory / self.write("key.der", openssl(
            "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-outform", "DER"))
        leaf = self.directory / self.write("leaf.pem", self.leaf.pem)
        wrapped = ["crl2pkcs7", "-nocrl", "-certfile", leaf]
        names = {
            "a private key, not": [key.read_bytes(), openssl("ec", "-in", key, "-inform", "DER", "-outform", "DER"),
                                   openssl("pkcs8", "-in", key, "-inform", "DER", "-topk8", "-passout", "pass:x",
                                           "-outform", "DER")],
            "a public key, not": [openssl("pkey", "-in", key, "-inform", "DER", "-pubout", "-outform", "DER")],
            "a certificate request, not": [openssl("req", "-new", "-key", key, "-keyform", "DER", "-subj", "/CN=a",
                                                   "-outform", "DER")],
            "PKCS #7, which wraps": [openssl(*wrapped, "-outform", "DER")],
            "PKCS #12, which wraps": [openssl("pkcs12", "-export", "-nokeys", "-in", leaf, "-passout", "pass:x")],
        }
        for words, files in names.items():
            for octets in files:
                with self.subTest(words):
                    self.write("file", octets)
                    self.expect(self.check(path=["file"]), 2, err=f"pinverdict: file: {words}")
        self.expect(self.check(path=["-"], stdin=openssl(*wrapped)), 2, err="standard input:1: PKCS #7, which wraps")
        run = self.check(path=["-", *self.path[1:]], stdin=pem(b"secret", "PRIVATE KEY") + self.leaf.pem)
        self.assertEqual([run.status, run.err], [0, "pinverdict: standard input:1: passed over: PRIVATE KEY, "
                                                    "not a certificate\n"])
        self.expect(self.check(path=["-"], stdin=pem(b"secret", "PRIVATE KEY")), 2, err="holds no certificate")

    # ---------------------------------------------------------------------------------------------- verdicts

    def test_match(self):
        self.policy(*self.rule())
        run = self.expect(self.check(), 0, out=[
            "allow        matched: ", "[host api.example.com], policy.conf:3\n", f"pin-sha256 = {self.leaf.pin}\n",
            "policy.conf:4\n", "on certificate 0, the leaf: CN=api.example.com\n", "what fails is refused",
            "this command does not validate them"])
        self.assertNotIn("rotation", run.out)
        self.assertEqual(self.check("--json").json | {"demands": None, "path": None}, {
            "format": 1, "command": "check", "errors": [],
            "decision": "allow", "reason": "matched", "enforced": True, "backup": False, "host": "api.example.com",
            "rule": "api.example.com", "rule_line": 3, "policy_serial": 1,
            "matched": {"key": "pin-sha256", "digest": self.leaf.pin, "depth": 0, "line": 4, "pin_set": None},
            "demands": None, "path": None, "hints": [], "failed_depth": None, "detail": None,
            "sent": None, "path_was_validated_here": False})

    def test_backup_is_a_rotation(self):
        self.policy("[pin-set api]", *self.pins(pin("old"), self.root.pin), "[host api.example.com]", "pin-set = api")
        self.expect(self.check(), 0, out=[
            "a rotation is under way", f"backup-pin-sha256 = {self.root.pin}\n", "policy.conf:5 [pin-set api]",
            "on certificate 2: CN=root,O=PinVerdict"])
        found = self.check("--json").json
        self.assertEqual([found["backup"], found["matched"]["depth"], found["matched"]["pin_set"]], [True, 2, "api"])

    def test_no_match_shows_both_sides(self):
        self.policy(*self.rule("match = leaf", primary=pin("other"), backup=self.root.pin))
        run = self.expect(self.check(), 1, out=["refuse       no-match: ", "demands      the leaf has one of"])
        for fixture in (self.leaf, self.intermediate, self.root):
            for found in fixture.pins:
                self.assertIn(found, run.out)
        self.assertIn(f"= {pin('other')}  policy.conf:5\n", run.out)
        self.assertIn(f"= {self.root.pin}  policy.conf:6, on certificate 2\n", run.out)
        found = self.check("--json").json
        self.assertEqual(found["decision"], "refuse")
        self.assertEqual(found["matched"], None)
        self.assertEqual([found["pin_sha256"] for found in found["path"]],
                         [self.leaf.pin, self.intermediate.pin, self.root.pin])
        self.assertEqual([expected["digest"] for expected in found["demands"]["lists"][0]["pins"]],
                         [pin("other"), self.root.pin])

    def test_lists(self):
        self.policy("[host api.example.com]", *self.pins(self.leaf.pin, prefix="leaf-"),
                    *self.pins(pin("no CA"), prefix="ca-"))
        self.expect(self.check(), 1,
                    out=["found        leaf-pin-sha256", "demands      the leaf has one of",
                         "and          a certificate behind the leaf"])
        self.policy("[host api.example.com]", *self.pins(self.leaf.pin, prefix="leaf-"),
                    *self.pins(self.root.pin, prefix="ca-"))
        self.expect(self.check(), 0, out=f"leaf-pin-sha256 = {self.leaf.pin}")

    def test_what_is_almost_right(self):
        leaf, spare = self.leaf, f"backup-pin-sha256 = {pin('spare')}"
        for name, digests in {"pin-sha256": {"certificate-sha256": leaf.pins[2], "key-sha256": leaf.pins[1]},
                              "certificate-sha256": {"pin-sha256": leaf.pins[0]}}.items():
            for key, digest in digests.items():
                self.policy("[host api.example.com]", f"{name} = {digest}", "allow-single-pin = yes")
                run = self.expect(self.check(), 1, out=[
                    f"{name} = {digest}, policy.conf:4, is the", f"of certificate 0: it belongs to the key {key}\n"])
                self.assertNotIn("trust anchor, which", run.out)
        self.policy("[host api.example.com]", f"pin-sha256 = {pin('other')}", spare)
        self.write("cut.pem", leaf.pem + self.intermediate.pem)
        self.write("leaf.pem", leaf.pem)
        self.write("sent.pem", leaf.pem + self.root.pem + self.intermediate.pem)
        check = ["check", "--policy", "policy.conf", "--host", "api.example.com"]
        self.expect(self.run_command(*check, "cut.pem"), 1, out="the last certificate is an intermediate, issued by")
        self.expect(self.run_command(*check, "leaf.pem"), 1, out="there is the leaf alone, issued by")
        self.expect(self.run_command(*check, "sent.pem"), 1, out=["not-a-path", "a list that a server sent is no path"])
        hints = self.run_command(*check, "--json", "leaf.pem").json["hints"]
        self.assertEqual(len(hints), 1)
        self.assertEqual(self.check("--json").json["hints"], [])

    def test_rejected_key(self):
        for settings, section, line in [([f"rejected-pin-sha256 = {self.root.pin}"], [], 3),
                                        ([], [f"rejected-pin-sha256 = {self.root.pin}"], 4)]:
            self.policy(*self.rule(*section), settings=settings)
            self.expect(self.check(), 1, out=["rejected-key", f"rejected-pin-sha256 = {self.root.pin}\n",
                                              f"policy.conf:{line}\n", "on certificate 2: "])

    def test_rejected_key_without_a_rule(self):
        self.policy(*self.rule(), settings=[f"rejected-pin-sha256 = {self.root.pin}"])
        self.expect(self.check(host="other.example"), 1, out=["rejected-key", "policy.conf:3\n"])

    def test_not_pinned(self):
        self.policy(*self.rule())
        self.expect(self.check(host="other.example"), 0, out="allow        not-pinned: no rule covers the host")
        self.policy(*self.rule(), settings=["unpinned-hosts = refuse"])
        self.expect(self.check(host="other.example"), 1, out="unpinned-hosts = refuse")

    def test_off(self):
        self.policy(*self.rule(), settings=["enforcement = off"])
        self.expect(self.check(), 0, out="enforcement-off: [policy] is off")
        self.policy("[host api.example.com]", "enforcement = off")
        self.expect(self.check(), 0, out="enforcement-off: the host's rule is off")

    def test_report_only(self):
        for settings, section, who in [(["enforcement = report-only"], [], "report-only, by [policy]"),
                                       ([], ["enforcement = report-only"], "report-only: ")]:
            self.policy(*self.rule(*section, primary=pin("other")), settings=settings)
            self.expect(self.check(), 0, out=["allow        no-match", "since it is not enforced", who])
            self.assertEqual(self.check("--json").json["enforced"], False)

    def test_expiry(self):
        for outcome, status in [("allow", 0), ("refuse", 1)]:
            self.policy(*self.rule("expires = 2030-02-28", f"on-expiry = {outcome}"))
            for now in ["2030-02-28", "1898553599", "-1", "-9223372036854775808"]:
                self.expect(self.check(f"--now={now}"), 0, out="matched")
            for now in ["2030-03-01", "1898553600", "9223372036854775807"]:
                self.expect(self.check(f"--now={now}"), status,
                            out=["pins-expired", "until the end of 2030-02-28, UTC"])

    def test_environments(self):
        self.policy(*self.rule("environments = prod", primary=pin("other")), settings=["environments = dev prod"])
        self.expect(self.check("--environment", "prod"), 1, out="no-match")
        self.expect(self.check("--environment", "dev"), 0, out="not-pinned")
        self.expect(self.check(), 2, err="give --environment, one of: dev, prod")
        self.expect(self.check("--environment", "test"), 2, err="it declares: dev, prod")
        self.policy(*self.rule())
        self.expect(self.check("--environment", "anything"), 0)

    def test_rollout(self):
        self.policy(*self.rule("rollout-percent = 40", primary=pin("other")))
        self.expect(self.check(), 2, err="give --install-id")
        answers = set()
        for number in range(12):
            install_id = f"machine {number}"
            digest = hashlib.sha256(install_id.encode() + b"\0api.example.com").digest()
            is_in = int.from_bytes(digest[:4], "big") % 100 < 40
            answers.add(is_in)
            self.expect(self.check("--install-id", install_id), 1 if is_in else 0,
                        out=["in 40 of 100 installations", f"is {'in' if is_in else 'not in'} the rollout"])
        self.assertEqual(answers, {True, False})

    def test_backends(self):
        self.policy(*self.rule())
        libraries = self.run_command("--version").out
        for name, library in [("openssl", "OpenSSL"), ("gnutls", "GnuTLS")]:
            for extra in [[], ["--cross-check"]]:
                if library in libraries:
                    self.expect(self.check("--backend", name, *extra), 0, out="matched")
                else:
                    self.expect(self.check("--backend", name, *extra), 2, err=f"built without {name}")

    def test_cross_check(self):
        # The in-place reader does not look into names; the libraries refuse one that is not made of SETs.
        common_name = b"\x31\x18\x30\x16\x06\x03\x55\x04\x03"
        der = self.leaf.der.replace(common_name, b"\x32" + common_name[1:])
        self.assertNotEqual(der, self.leaf.der)
        self.write("odd.der", der)
        self.policy(*self.rule())
        self.expect(self.check(path=["odd.der"]), 0, out=["matched", "(not a readable name)"])
        for name in ["openssl", "gnutls"]:
            if (run := self.check("--cross-check", "--backend", name, path=["odd.der"])).status != 2:
                self.expect(run, 1, out="extractors-disagree: certificate 0, the leaf")

    # ------------------------------------------------------------------------------------------------- paths

    def test_path_in_pem_and_by_standard_input(self):
        self.policy(*self.rule())
        bundle = "".join(fixture.pem for fixture in (self.leaf, self.intermediate, self.root))
        self.expect(self.check(path=[self.write("path.pem", bundle)]), 0, out="matched")
        self.expect(self.check(path=["-"], stdin=bundle), 0, out="matched")
        self.expect(self.check(path=[self.write("leaf.pem", self.leaf.pem), *self.path[1:]]), 0, out="matched")

    def test_key_in_the_bundle_is_said(self):
        self.policy(*self.rule())
        run = self.check(path=[self.write("path.pem", pem(b"x", "PRIVATE KEY") + self.leaf.pem)])
        self.assertEqual(run.status, 0, run)
        self.assertIn("path.pem:1: passed over: PRIVATE KEY", run.err)

    def test_not_a_path(self):
        self.policy(*self.rule())
        self.expect(self.check(path=[self.leaf.path, self.root.path]), 1, out=[
            "not-a-path: certificate 1: CN=root,O=PinVerdict",
            "issued by CN=intermediate,O=PinVerdict", "1  CN=root,O=PinVerdict"])

    def test_malformed_certificate(self):
        self.policy(*self.rule())
        bad = self.fixtures["spki-key-unused-bits"].path
        self.expect(self.check(path=[self.leaf.path, bad]), 1, out=[
            "malformed-certificate: certificate 1:",
            f"{bad}: the certificate has a public key that does not end on an octet"])
        self.expect(self.check(path=[self.root.path] * 33), 1, out="33 certificates, and at most 32")

    def test_path_that_cannot_be_read(self):
        self.policy(*self.rule())
        self.write("empty", "")
        self.write("text", "hello")
        self.write("cut.pem", self.leaf.pem[:200])
        self.write("trusted.pem", trusted(self.leaf.der, SERVER))
        for file in ["missing", "empty", "text", "cut.pem", "trusted.pem"]:
            with self.subTest(file):
                run = self.expect(self.check(path=[self.leaf.path, file]), 2, err=f"pinverdict: {file}:")
                self.assertEqual(run.out, "")

    def test_truncated_leaf(self):
        self.policy(*self.rule())
        for size in [2, 3, 4, 5, 30, 100, len(self.leaf.der) - 1]:
            self.expect(self.check(path=[self.write("cut.der", self.leaf.der[:size])]), 1, out="malformed-certificate")

    # ----------------------------------------------------------------------------------------- hosts, policies

    def test_hosts(self):
        self.policy(*self.rule(), *self.rule(host="192.0.2.7"), *self.rule(host="2001:db8::7"))
        for host in ["API.example.com.", "192.0.2.7", "::ffff:192.0.2.7", "[2001:DB8:0::7%eth0]"]:
            self.expect(self.check(host=host), 0, out="matched")
        for host in ["", ".", "a..b", "3221225991", "https://api.example.com/", "a b", "*.example.com", "x" * 300]:
            self.expect(self.check(host=host), 1, out="malformed-hostname")

    def test_host_with_other_letters(self):
        self.policy(*self.rule())
        self.expect(self.check(host="bücher.example"), 1, out=["malformed-hostname", "is xn--bcher-kva.example"])

    def test_bad_policy(self):
        self.policy("[host a.example]", "pin-sha25 = x", "[host bücher.example]")
        run = self.expect(self.check(), 2, err=[
            'policy.conf:4: error: unknown key "pin-sha25"; did you mean pin-sha256?',
            "policy.conf:5: error: ", "[host xn--bcher-kva.example]"])
        self.assertEqual(run.out, "")

    def test_policy_by_standard_input(self):
        policy = (self.directory / self.policy(*self.rule())).read_text()
        run = self.run_command("check", "--policy", "-", "--host", "api.example.com", *self.path, stdin=policy)
        self.expect(run, 0, out="standard input:3")
