# SPDX-License-Identifier: Apache-2.0
"""`pinverdict check --presented`: what a server sent, validated by a TLS library before the pins are looked for."""
import random
import socket
import subprocess
import time
from pathlib import Path

from command import FIXTURES, TestCase, pin
from kit.certificates import SERVER
from kit.pem import pem, trusted

LIBRARIES = ["openssl", "gnutls"]
HOST = "api.example.com"


class CheckPresentedTests(TestCase):
    def setUp(self):
        super().setUp()
        self.leaf, self.intermediate, self.root, self.other_leaf, self.other_intermediate, self.other_root = (
            self.fixtures[name]
            for name in ["leaf", "intermediate", "root", "other-leaf", "other-intermediate", "other-root"])
        self.write("root.pem", self.root.pem)
        self.write("both.pem", self.root.pem + self.other_root.pem)
        self.sent = [self.leaf.path, self.intermediate.path]
        self.rule(self.leaf.pin)

    def rule(self, primary, *settings, host=HOST):
        self.policy(f"[host {host}]", *settings, f"pin-sha256 = {primary}", f"backup-pin-sha256 = {pin('spare')}")

    def check(self, *sent, trust="root.pem", host=HOST, options=(), **keywords):
        return self.run_command("check", "--presented", "--policy", "policy.conf", "--host", host,
                                *(["--trust-file", trust] if trust else []), *options, *(sent or self.sent), **keywords)

    def test_pins_of_every_place_of_the_path(self):
        """The trust anchor's, too, which is not sent."""
        for library in LIBRARIES:
            for depth, fixture in enumerate([self.leaf, self.intermediate, self.root]):
                self.rule(fixture.pin)
                run = self.expect(self.check(options=["--json", "--backend", library]), 0)
                found = run.json
                self.assertEqual([found["reason"], found["matched"]["depth"], found["path_was_validated_here"]],
                                 ["matched", depth, True])
                self.assertEqual([one["pin_sha256"] for one in found["path"]],
                                 [self.leaf.pin, self.intermediate.pin, self.root.pin])
                self.assertEqual([one["on_path"] for one in found["sent"]], [True, True])

    def test_what_is_not_on_the_path_does_not_count_and_is_marked(self):
        """An attack with the genuine leaf appended."""
        for library in LIBRARIES:
            options = ["--backend", library]
            forged = [self.other_leaf.path, self.other_intermediate.path, self.leaf.path]
            run = self.check(*forged, trust="both.pem", options=options)
            self.expect(run, 1, out=["no-match", "2  CN=api.example.com (EC P-256), not on the path",
                                     "is of certificate 2 of those that were sent", self.other_leaf.pin])
            found = self.check(*forged, trust="both.pem", options=[*options, "--json"]).json
            self.assertEqual([one["on_path"] for one in found["sent"]], [True, True, False])
            self.assertEqual(len(found["hints"]), 1)

    def test_what_the_library_refuses(self):
        """Whatever the policy says: pins stand on top of validation."""
        cases = [
            ("untrusted-chain", dict(sent=self.sent, trust="other.pem")),
            ("untrusted-chain", dict(sent=[self.leaf.path], trust="root.pem")),
            ("untrusted-chain", dict(sent=[self.leaf.path, self.other_intermediate.path], trust="root.pem")),
            ("hostname-mismatch", dict(sent=self.sent, trust="root.pem", host="www.example.net")),
            ("certificate-expired", dict(sent=self.sent, trust="root.pem", options=["--at", "2060-01-01"])),
            ("certificate-expired", dict(sent=self.sent, trust="root.pem", options=["--at", "1990-01-01"])),
        ]
        self.write("other.pem", self.other_root.pem)
        for library in LIBRARIES:
            for settings in [[], ["enforcement = report-only"], ["enforcement = off"]]:
                self.rule(self.leaf.pin, *settings)
                for reason, case in cases:
                    with self.subTest(reason, library=library, settings=settings):
                        case = {"options": [], **case}
                        sent, options = case["sent"], [*case["options"], "--backend", library]
                        arguments = {name: value for name, value in case.items() if name not in ["sent", "options"]}
                        run = self.check(*sent, options=[*options, "--json"], **arguments)
                        self.expect(run, 1)
                        found = run.json
                        self.assertEqual([found["reason"], found["path"], found["path_was_validated_here"]],
                                         [reason, [], False])
                        self.assertEqual(len(found["sent"]), len(sent))
                        # GnuTLS has words for its own clock alone.
                        words = found["detail"] or ""
                        self.assertEqual(words == "", library == "gnutls" and reason == "certificate-expired")
                        self.expect(self.check(*sent, options=options, **arguments), 1,
                                    out=[f"refuse       {reason}: ", words, "sent         0  CN="])

    def test_the_time(self):
        """One for the certificates and for the policy's dates; --now is the same."""
        self.rule(pin("other"), "expires = 2027-06-01", "on-expiry = allow")
        for option in ["--at", "--now"]:
            self.expect(self.check(options=[option, "2027-06-03"]), 0, out="pins-expired")
            self.expect(self.check(options=[option, "2027-05-30"]), 1, out="no-match")

    def test_unreadable_certificates(self):
        """Behind the leaf they are left out, as if they had not been sent."""
        self.write("broken.pem", self.leaf.pem + pem(self.intermediate.der[:-1]) + self.intermediate.pem)
        self.expect(self.check("broken.pem"), 0, out="1  cannot be read, not on the path")
        self.assertEqual(self.check("broken.pem", options=["--json"]).json["sent"][1]["on_path"], False)
        self.write("broken.pem", pem(self.leaf.der[:-1]) + self.intermediate.pem)
        self.expect(self.check("broken.pem"), 1, out="malformed-certificate")
        many = [self.leaf.path, *[self.intermediate.path] * 40]
        self.expect(self.check(*many), 1, out="malformed-certificate")

    def test_the_systems_trust_store(self):
        self.expect(self.check(trust=None), 1, out="untrusted-chain")
        root = sorted(Path("/etc/ssl/certs").glob("*.pem"))[0]
        run = self.check(root, trust=None, options=["--json"])
        self.assertIn(run.json["reason"], ["hostname-mismatch", "untrusted-chain", "certificate-expired"])

    def test_trust_files(self):
        leaf = self.leaf
        for content, words in [("", "trust.pem:1: error: there is no certificate in PEM form"),
                               (self.root.der, "trust.pem:1: error: is DER"),
                               (self.root.pem + leaf.pem[:-40], "trust.pem:"),
                               (trusted(leaf.der, SERVER), "TRUSTED CERTIFICATE"),
                               ("\ufeff" + leaf.pem, "byte-order mark")]:
            self.write("trust.pem", content)
            run = self.expect(self.check(trust="trust.pem"), 2, err=words)
            self.assertEqual(run.out, "")
        self.expect(self.check(trust="missing.pem"), 2, err="missing.pem: No such file")
        self.expect(self.check(trust="."), 2, err="is a directory")
        self.expect(self.check(trust="-"), 2, err="cannot be standard input")
        self.expect(self.run_command("check", "--policy", "policy.conf", "--host", HOST, "--trust-file", "root.pem",
                                     leaf.path), 2, err="--trust-file takes --presented")

    def test_agrees_with_openssl_verify(self):
        """On lists made at random of two hierarchies: allowed or refused as `openssl verify` has it."""
        generator = random.Random(9)
        fixtures = [self.leaf, self.intermediate, self.root, self.other_leaf, self.other_intermediate, self.other_root]
        seen = set()
        for _ in range(60):
            sent = [generator.choice(fixtures[::3]), *generator.choices(fixtures, k=generator.randrange(4))]
            self.rule(self.leaf.pin)
            self.write("leaf.pem", sent[0].pem)
            self.write("rest.pem", "".join(one.pem for one in sent[1:]))
            run = subprocess.run(["openssl", "verify", "-purpose", "sslserver", "-verify_hostname", HOST, "-no-CApath",
                                  "-no-CAstore", "-CAfile", "root.pem",
                                  *(["-untrusted", "rest.pem"] if sent[1:] else []), "leaf.pem"],
                                 cwd=self.directory, capture_output=True)
            is_valid = run.returncode == 0
            for library in LIBRARIES:
                found = self.check(*(one.path for one in sent), options=["--json", "--backend", library]).json
                self.assertEqual(found["decision"] == "allow", is_valid, [one.name for one in sent])
            seen.add(is_valid)
        self.assertEqual(seen, {True, False})

    def test_a_server_by_way_of_s_client(self):
        """As the manual has it, over a connection to a real server."""
        self.write("chain.pem", self.intermediate.pem)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = subprocess.Popen(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-naccept", "20", "-quiet", "-cert",
             FIXTURES / "leaf.pem", "-key", FIXTURES / "leaf.key", "-cert_chain", "chain.pem"],
            cwd=self.directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            check = f'"$pinverdict" check --policy policy.conf --host {HOST} --presented --trust-file root.pem -'
            for version in ["-tls1_2", "-tls1_3"]:
                client = (f"openssl s_client {version} -connect 127.0.0.1:{port} -servername {HOST} "
                          "-showcerts </dev/null")
                run = self.shell(f"{client} 2>/dev/null | {check}")
                self.expect(run, 0, out=["allow        matched", "1  CN=intermediate"])
                # Without -showcerts there is the leaf alone.
                run = self.shell(f"{client.replace(' -showcerts', '')} 2>/dev/null | {check}")
                self.expect(run, 1, out="untrusted-chain")
        finally:
            server.kill()
            server.wait()

    def test_half_of_a_pem_block(self):
        self.write("half.pem", self.leaf.pem[:200])
        run = self.expect(self.check("half.pem"), 2, err="without its END")
        self.assertEqual(len(run.err.splitlines()), 1)
