# SPDX-License-Identifier: Apache-2.0
"""`pinverdict export`, read by what it is for: plistlib, an XML schema, OpenSSL's DANE, curl."""
import base64
import json
import plistlib
import re
import subprocess

from command import ROOT, TestCase, pin
from kit.transparency import Log
from test_import import rules

SCHEMA = ROOT / "Tests/Tool/formats/android.xsd"
PINS = [f"pin-sha256 = {pin(1)}", f"backup-pin-sha256 = {pin(2)}"]
LEAF = [f"leaf-pin-sha256 = {pin(1)}", f"backup-leaf-pin-sha256 = {pin(2)}"]
CA = [f"ca-pin-sha256 = {pin(3)}", f"backup-ca-pin-sha256 = {pin(4)}"]
OFF = ["enforcement = off"]


def host(name, *settings, pins=PINS):
    return [f"[host {name}]", *settings, *pins]


class ExportTests(TestCase):
    def export(self, form, *sections, settings=(), options=()):
        self.policy(*sections, settings=settings)
        return self.run_command("export", "--format", form, *options, "policy.conf")

    def expect_losses(self, run, *losses):
        """Each has its line and a part of its words."""
        lines = run.err.splitlines()
        self.assertEqual(run.status, 0, run)
        self.assertEqual(len(lines), len(losses), run)
        for said, (line, words) in zip(lines, losses):
            self.assertTrue(said.startswith(f"policy.conf:{line}: not expressed: "), run)
            self.assertIn(words, said)
        return run

    def plist(self, run):
        return plistlib.loads(run.out.encode())

    # -------------------------------------------------------------------------------------------- round trips

    def test_round_trips(self):
        """What a format says wholly comes back, and nothing else is said."""
        expiry = ["expires = 2027-06-29", "on-expiry = allow"]
        below = "include-subdomains = yes"
        policies = {
            "android": [*host("a.example.com", below, *expiry), *host("b.example.com", *expiry), *host("192.0.2.7"),
                        *host("c.a.example.com", pins=OFF), *host("2001:db8::7", *expiry)],
            "trustkit": [*host("a.example.com", below, *expiry), *host("b.example.com", "enforcement = report-only"),
                         *host("c.a.example.com", pins=OFF)],
            "apple": [*host("a.example.com", pins=[*LEAF, *CA]), *host("*.a.example.com", pins=[*LEAF, *CA]),
                      *host("b.example.com", pins=CA)],
            "json": [*host("a.example.com"), *host("*.b.example.com"), *host("c.example.com", below)]}
        for form, sections in policies.items():
            with self.subTest(form):
                run = self.export(form, *sections, options=["--strict"])
                self.expect(run, 0)
                self.write("exported", run.out)
                back = self.run_command("import", "--format", form, "--strict", "exported")
                self.assertEqual(rules(back.out), rules((self.directory / "policy.conf").read_text()), run)
                self.assertEqual(back.err, "")

    # ------------------------------------------------------------------------------------------------ android

    def validate(self, run):
        self.write("exported.xml", run.out)
        subprocess.run(["xmllint", "--noout", "--schema", SCHEMA, self.directory / "exported.xml"], check=True,
                       capture_output=True)

    def test_android(self):
        run = self.expect_losses(self.export("android", *host("a.example.com", "include-subdomains = yes"),
                                             *host("b.example.com"), *host("c.example.com", pins=OFF),
                                             *host("d.a.example.com", pins=OFF)))
        self.validate(run)
        self.assertEqual(re.sub(r">\s+<", "><", run.out.strip()), (
            '<?xml version="1.0" encoding="utf-8"?><network-security-config><domain-config>'
            '<domain includeSubdomains="true">a.example.com</domain><domain>b.example.com</domain><pin-set>'
            f'<pin digest="SHA-256">{pin(1)}</pin><pin digest="SHA-256">{pin(2)}</pin></pin-set></domain-config>'
            '<domain-config><domain>d.a.example.com</domain><pin-set/></domain-config></network-security-config>'))

    def test_schema_refuses(self):
        for text in ["<a/>", "<network-security-config><pin-set/></network-security-config>",
                     "<network-security-config><domain-config><domain>a</domain><pin-set><pin digest='SHA-256'>QUJD"
                     "</pin></pin-set></domain-config></network-security-config>"]:
            self.write("bad.xml", text)
            self.assertNotEqual(subprocess.run(["xmllint", "--noout", "--schema", SCHEMA, self.directory / "bad.xml"],
                                               capture_output=True).returncode, 0, text)

    def test_android_losses(self):
        rule = host("a.example.com", pins=[*LEAF, *CA, f"certificate-sha256 = {pin(5)}",
                                           f"backup-certificate-sha256 = {pin(6)}"])
        run = self.export("android", *rule, "max-depth = 3", "rollout-percent = 50",
                          f"rejected-pin-sha256 = {pin(7)}", "expires = 2027-06-29", "on-expiry = refuse",
                          *host("*.b.example.com"), *host("c.example.com", "enforcement = report-only"),
                          settings=["unpinned-hosts = refuse", f"rejected-pin-sha256 = {pin(8)}"])
        self.expect_losses(
            run, (3, "unpinned-hosts = refuse"), (4, "no key is rejected"), (5, "rejects keys"),
            (5, "leaf- and ca-"), (10, "certificate-sha256"), (11, "backup-certificate-sha256"), (12, "max-depth"),
            (13, "rollout-percent"), (16, "on-expiry = refuse"), (17, "left out"), (21, "report-only"))
        self.validate(run)
        self.assertNotIn("expiration", run.out)
        self.assertEqual(re.findall(r"<domain>(.*)</domain>", run.out), ["a.example.com"])

    def test_order_says_what_is_in_use(self):
        run = self.export("android", *host("a.example.com", pins=PINS[::-1]))
        self.assertEqual(re.findall(r">(.*)</pin>", self.expect_losses(run).out), [pin(1), pin(2)])
        run = self.export("android", *host("a.example.com"), f"pin-sha256 = {pin(3)}")
        self.expect_losses(run, (3, "which pins are backups"))

    def test_what_would_be_enforced_is_left_out(self):
        """A rule that refuses nothing here must not refuse there."""
        for form in ["android", "json", "apple", "tlsa", "curl"]:
            options = ["--host", "a.example.com"] if form == "curl" else []
            for settings, own in [(["enforcement = report-only"], []), ([], ["rollout-percent = 0"]),
                                  ([], ["enforcement = report-only"])]:
                with self.subTest(form=form, settings=settings, own=own):
                    run = self.export(form, *host("a.example.com", *own, pins=LEAF), settings=settings, options=options)
                    self.expect(run, 2, err=["report-only: ", "nothing that is enforced"])
                    self.assertEqual(run.out, "")
            run = self.export(form, *host("a.example.com", pins=LEAF), settings=OFF, options=options)
            self.expect(run, 2, err="nothing that is")
            self.assertEqual(run.out, "")
        run = self.export("json", *host("a.example.com", "include-subdomains = yes"),
                          *host("b.a.example.com", "enforcement = report-only"))
        self.expect_losses(run, (8, "report-only"), (8, "taken out of what holds"))

    def test_expired_pins(self):
        """Here they let all through, or none: there they would be looked at."""
        def expired(form, action):
            return self.export(form, *host("a.example.com", "expires = 2020-01-31", f"on-expiry = {action}", pins=LEAF),
                               options=["--host", "a.example.com"])
        for form in ["json", "apple", "tlsa", "curl"]:
            with self.subTest(form):
                run = self.expect(expired(form, "allow"), 2, err=["policy.conf:4: not expressed: ", "have expired"])
                self.assertEqual(run.out, "")
                run = expired(form, "refuse")
                self.assertIn("policy.conf:4: not expressed: [host a.example.com]: its pins have expired and let none "
                              "through: there pins do not expire\n", run.err)
                self.assertEqual((run.status, run.out != ""), (0, True), run)
        for form in ["android", "trustkit"]:
            self.assertIn("2020-02-01", expired(form, "allow").out)
            run = expired(form, "refuse")
            self.assertNotIn("2020", run.out)
            self.assertIn("on-expiry = refuse: there", run.err)

    def test_scts(self):
        for form in ["android", "trustkit", "json", "curl", "tlsa"]:
            run = self.export(form, *host("a.example.com", "require-scts = 1"), "[ct-logs]", "as-of = 2026-11-20",
                              "max-age = 70", "on-stale = allow", Log("Alpha").section("a"),
                              options=["--host", "a.example.com"])
            self.assertIn("policy.conf:4: not expressed: [host a.example.com]: require-scts: there no SCT is asked for",
                          run.err)

    def test_rollout(self):
        """Where the pins hold for some installations alone, they do for all there; report-only is so for all."""
        for form in ["android", "json", "apple", "tlsa", "curl", "trustkit"]:
            with self.subTest(form):
                run = self.export(form, *host("a.example.com", "rollout-percent = 50", pins=LEAF),
                                  options=["--host", "a.example.com"])
                self.assertEqual(run.status, 0, run)
                self.assertIn("policy.conf:4: not expressed: [host a.example.com]: rollout-percent: there", run.err)
        run = self.export("trustkit", *host("a.example.com", "rollout-percent = 0"))
        self.assertIs(self.plist(self.expect_losses(run))["TSKConfiguration"]["TSKPinnedDomains"]["a.example.com"]
                      ["TSKEnforcePinning"], False)

    # ------------------------------------------------------------------------------------------- property lists

    def test_trustkit(self):
        run = self.expect_losses(self.export(
            "trustkit", *host("a.example.com", "include-subdomains = yes", "expires = 2027-12-31", "on-expiry = allow"),
            *host("b.a.example.com", "include-subdomains = yes", pins=OFF),
            *host("c.example.com", "allow-single-pin = yes", pins=PINS[:1]), *host("*.d.example.com"),
            settings=["enforcement = report-only"]), (11, "names below it"), (13, "fewer than two"), (16, "left out"))
        configuration = self.plist(run)["TSKConfiguration"]
        self.assertEqual(configuration, {"TSKIgnorePinningForUserDefinedTrustAnchors": False, "TSKPinnedDomains": {
            "a.example.com": {"TSKIncludeSubdomains": True, "TSKEnforcePinning": False,
                              "TSKPublicKeyHashes": [pin(1), pin(2)], "TSKDisableDefaultReportUri": True,
                              "TSKExpirationDate": "2028-01-01"},
            "b.a.example.com": {"TSKExcludeSubdomainFromParentPolicy": True}}})

    def test_apple(self):
        run = self.expect_losses(self.export(
            "apple", *host("a.example.com", "include-subdomains = yes", pins=[*LEAF, *CA]),
            *host("b.example.com", "match = root"), *host("c.example.com"), *host("*.d.example.com", pins=CA),
            *host("192.0.2.7", pins=LEAF), *host("e.a.example.com", pins=OFF)),
            (4, "one label down"), (10, "match = root"), (13, "write leaf- or ca-, or match"), (16, "left out"),
            (19, "an address has no pins"), (23, "taken out of what holds"))
        domains = self.plist(run)["NSAppTransportSecurity"]["NSPinnedDomains"]

        def identities(*numbers):
            return [{"SPKI-SHA256-BASE64": pin(number)} for number in numbers]
        self.assertEqual(domains, {
            "a.example.com": {"NSIncludesSubdomains": True, "NSPinnedLeafIdentities": identities(1, 2),
                              "NSPinnedCAIdentities": identities(3, 4)},
            "b.example.com": {"NSIncludesSubdomains": False, "NSPinnedCAIdentities": identities(1, 2)}})

    # -------------------------------------------------------------------------------------------- json and curl

    def test_json(self):
        run = self.export("json", *host("a.example.com", "include-subdomains = yes"), *host("b.a.example.com"),
                          *host("c.a.example.com", pins=OFF))
        self.expect_losses(run, (7, "OkHttp takes the pins of both"), (11, "taken out of what holds"))
        both = ["sha256/" + pin(1), "sha256/" + pin(2)]
        self.assertEqual(run.json, {"**.a.example.com": both, "b.a.example.com": both})

    def test_curl(self):
        options = ["--host", "x.a.example.com"]
        run = self.export("curl", *host("*.a.example.com", "match = leaf"), options=options)
        self.assertEqual(self.expect_losses(run).out, f"sha256//{pin(1)};sha256//{pin(2)}\n")
        run = self.export("curl", *host("*.a.example.com"), options=options)
        self.expect_losses(run, (3, "curl looks at the leaf's key alone"))
        run = self.export("curl", *host("*.a.example.com", pins=LEAF + CA), options=options)
        self.assertEqual(self.expect_losses(run, (3, "pins of CAs")).out, f"sha256//{pin(1)};sha256//{pin(2)}\n")
        self.expect(self.export("curl", *host("*.a.example.com", pins=CA), options=options), 2, err="nothing that is")
        self.expect(self.export("curl", *host("*.a.example.com", "match = ca"), options=options), 2, err="nothing that")
        self.expect(self.export("curl", *host("*.a.example.com", pins=OFF), options=options), 2, err="nothing that is")
        self.expect(self.export("curl", *host("b.example.com"), options=options), 2, err="no rule decides for x.a.")
        for hosts in [[], [*options, "--host", "y.example.com"]]:
            self.expect(self.export("curl", *host("a.example.com"), options=hosts), 2, err="takes one --host")

    # --------------------------------------------------------------------------------------------------- tlsa

    def test_tlsa(self):
        def record(name, usage, selector, number):
            digest = base64.b64decode(pin(number)).hex()
            return f"_443._tcp.{name}. IN TLSA {usage} {selector} 1 {digest}"
        run = self.export("tlsa", *host("a.example.com", pins=LEAF), *host("b.example.com", "match = ca"),
                          *host("c.example.com", "allow-single-pin = yes", pins=[f"certificate-sha256 = {pin(5)}"]))
        self.assertEqual(self.expect_losses(run).out.splitlines(), [
            record("a.example.com", 1, 1, 1), record("a.example.com", 1, 1, 2), record("b.example.com", 0, 1, 1),
            record("b.example.com", 0, 1, 2), record("c.example.com", 1, 0, 5), record("c.example.com", 0, 0, 5)])
        run = self.export("tlsa", *host("*.a.example.com", pins=LEAF), *host("b.example.com",
                          "include-subdomains = yes", pins=LEAF + CA),
                          *host("192.0.2.7", "allow-single-pin = yes", pins=[f"key-sha256 = {pin(6)}"]),
                          *host("c.example.com"), "expires = 2027-06-29", "on-expiry = allow",
                          *host("d.example.com", f"key-sha256 = {pin(6)}", f"backup-key-sha256 = {pin(7)}", pins=LEAF))
        self.expect_losses(run, (3, "name them with --host"), (6, "several lists"), (7, "name those below"),
                           (12, "an address"), (18, "pins do not expire"), (20, "several lists"), (21, "bare key"),
                           (22, "bare key"))
        run = self.export("tlsa", *host("*.a.example.com", pins=LEAF), options=["--host", "X.a.example.com"])
        self.assertEqual(self.expect_losses(run).out.splitlines()[0], record("x.a.example.com", 1, 1, 1))

    # ------------------------------------------------------------------------------------------------- options

    def test_hosts(self):
        run = self.export("json", *host("a.example.com"), *host("b.example.com"),
                          options=["--host", "B.example.com", "--host", "b.example.com."])
        self.assertEqual(list(self.expect_losses(run).json), ["b.example.com"])
        self.expect(self.run_command("export", "--format", "json", "--host", "b..c", "policy.conf"), 2,
                    err='host "b..c" is neither')
        for spelling in ["a.example.com:443", "https://a.example.com", "https://A.example.com.:8443/x:1"]:
            self.expect(self.run_command("export", "--format", "json", "--host", spelling, "policy.conf"), 2,
                        err="nor an IP address; write the host alone: a.example.com")

    def test_environments(self):
        sections = [*host("a.example.com", "environments = dev"),
                    *host("a.example.com", "environments = prod", pins=CA)]
        settings = ["environments = dev prod"]
        self.expect(self.export("json", *sections, settings=settings), 2, err="give --environment, one of: dev, prod")
        run = self.export("json", *sections, settings=settings, options=["--environment", "dev"])
        self.assertEqual(self.expect_losses(run).json, {"a.example.com": ["sha256/" + pin(1), "sha256/" + pin(2)]})

    def test_strict(self):
        run = self.export("android", *host("a.example.com", "match = leaf"), options=["--strict"])
        self.expect(run, 2, err="policy.conf:4: error: not expressed: [host a.example.com]: match = leaf")
        self.assertEqual(run.out, "")

    def test_json_document(self):
        run = self.export("android", *host("a.example.com", "match = leaf"), options=["--json"])
        self.assertEqual([loss["line"] for loss in run.json["losses"]], [4])
        self.assertEqual(run.json["output"], self.export("android", *host("a.example.com", "match = leaf")).out)

    def test_json_document_of_a_failure(self):
        for settings, options in [(["enforcement = report-only"], []), ([], ["--strict"])]:
            run = self.export("android", *host("a.example.com", "match = leaf"), settings=settings,
                              options=["--json", *options])
            self.assertEqual((run.status, len(run.json["losses"])), (2, 1), run)
            self.assertIn(run.json["losses"][0]["message"], run.err)
            self.assertIn(run.json["errors"][0], run.err)

    def test_bad_policies(self):
        for content in [b"", b"\xff\xfe", b"[policy]\nserial = 1\n[host a]\n", self.fixtures["leaf"].der]:
            self.expect(self.run_command("export", "--format", "json", self.write("bad.conf", content)), 2,
                        err="bad.conf:")

    # ------------------------------------------------------------------------------------------------- servers

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.directory, check=True, capture_output=True)

    def server(self):
        """Starts a server for api.example.com under ca.pem, and returns its port."""
        new_key = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9"]
        self.openssl(*new_key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=CA")
        self.openssl(*new_key, "-keyout", "leaf.key", "-out", "leaf.pem", "-subj", "/CN=leaf", "-CA", "ca.pem",
                     "-CAkey", "ca.key", "-addext", "subjectAltName=DNS:api.example.com",
                     "-addext", "basicConstraints=critical,CA:FALSE")
        server = subprocess.Popen(["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "leaf.pem", "-key",
                                   "leaf.key", "-cert_chain", "ca.pem", "-www"], cwd=self.directory, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        for line in server.stdout:
            if found := re.match(r"ACCEPT .*:(\d+)", line):
                return found[1]

    def exported(self, form, kind, key):
        """The export of a policy whose pin in use is the key's."""
        pins = [f"{kind}pin-sha256 = {key}", f"backup-{kind}pin-sha256 = {pin(2)}"]
        run = self.export(form, *host("api.example.com", pins=pins), options=["--host", "api.example.com"])
        self.assertEqual(run.status, 0, run)
        return run.out

    def test_real_clients(self):
        port = self.server()
        leaf, ca = [self.run_command("pin", "--json", name).json["certificates"][0]["pin_sha256"]
                    for name in ["leaf.pem", "ca.pem"]]

        def dane(zone):
            records = [option for line in zone.splitlines()
                       for option in ["-dane_tlsa_rrdata", line.split(" TLSA ")[1]]]
            return subprocess.run(
                ["openssl", "s_client", "-brief", "-verify_return_error", "-connect", f"127.0.0.1:{port}", "-CAfile",
                 "ca.pem", "-dane_tlsa_domain", "api.example.com", *records], cwd=self.directory, input=b"",
                capture_output=True)

        for kind, key, is_right in [("leaf-", leaf, True), ("ca-", ca, True), ("", leaf, True), ("", ca, True),
                                    ("leaf-", ca, False), ("ca-", leaf, False), ("", pin(1), False)]:
            with self.subTest(client="openssl", kind=kind, key=key):
                run = dane(self.exported("tlsa", kind, key))
                self.assertEqual(run.returncode == 0, is_right, run)
                self.assertEqual(b"matched" in run.stderr, is_right, run)

        for key, status in [(leaf, 0), (ca, 90), (pin(1), 90)]:
            with self.subTest(client="curl", key=key):
                run = subprocess.run(
                    ["curl", "-sS", "--noproxy", "*", "--cacert", "ca.pem", "--resolve",
                     f"api.example.com:{port}:127.0.0.1", "--pinnedpubkey",
                     self.exported("curl", "leaf-", key).strip(), f"https://api.example.com:{port}/"],
                    cwd=self.directory, capture_output=True)
                self.assertEqual(run.returncode, status, run)
