# SPDX-License-Identifier: Apache-2.0
"""`pinverdict ct-judge`."""
import json

from command import ROOT, TestCase, pin
from kit.certificates import alternatives, authority, dns, extension, ip, issue, name, server
from kit.der import NULL, children_of, element, sequence
from kit.keys import Key
from kit.pem import pem

POISON = extension("1.3.6.1.4.1.11129.2.4.3", NULL, critical=True)


class World:
    """A CA of ours, one of somebody else, and a policy that pins ours for some hosts; made once."""
    made = None

    def __new__(cls):
        if cls.made is None:
            cls.made = super().__new__(cls)
            cls.made.key = Key("p256")
            cls.made.root = issue("root", extensions=authority(), key=Key("p256"))
            cls.made.ours = issue("ours", cls.made.root, authority(), key=Key("p256"))
            cls.made.theirs = issue("theirs", cls.made.root, authority(), key=Key("p256"))
            cls.made.spare = issue("spare", cls.made.root, authority(), key=Key("p256"))
        return cls.made

    def leaf(self, *names, by=None, more=(), subject="leaf"):
        names = [one if isinstance(one, bytes) else dns(one) for one in names]
        return issue(subject, by or self.theirs, server(*names, more=more), key=self.key)


class CTJudgeTests(TestCase):
    def setUp(self):
        super().setUp()
        self.world = World()
        self.rules("www.example.com")

    def rules(self, *hosts, settings=(), rule=()):
        sections = []
        for host in hosts:
            host, *more = host.split()
            sections += [f"[host {host}]", *[f"{key} = yes" for key in more], *rule, "match = ca",
                         f"pin-sha256 = {self.world.ours.pin}", f"backup-pin-sha256 = {self.world.spare.pin}"]
        self.policy(*sections, settings=settings)

    def judge(self, *files, options=(), **keywords):
        return self.run_command("ct-judge", "--policy", "policy.conf", *options, *(files or ["-"]), **keywords)

    def findings(self, run):
        self.assertEqual(run.err, "", run)
        found = [json.loads(line) for line in run.out.splitlines()]
        self.assertEqual(run.status, 1 if any(one["finding"] not in ["ours", "not-judged"] for one in found) else 0)
        return found

    def judged(self, *chain, options=("--json", "--all"), **keywords):
        """The findings for certificates in DER."""
        return self.findings(self.judge(stdin="".join(map(pem, chain)), options=options, **keywords))

    def kinds(self, *chain, **keywords):
        return [(one["finding"], one["host"]) for one in self.judged(*chain, **keywords)]

    # ------------------------------------------------------------------------------------------------ verdicts

    def test_what_is_said(self):
        leaf = self.world.leaf("www.example.com", "other.example")
        self.write("leaf.der", leaf.der)
        run = self.expect(self.judge("leaf.der"), 1, out=[
            "not-our-pins: www.example.com: no-match: ", "[host www.example.com], policy.conf:3\n",
            "certificate  leaf.der: the certificate\n", "subject      CN=leaf\n", "issuer       CN=theirs\n",
            f"key          {leaf.pin}\n", "no issuer was given", ", until 2045-01-01\n"])
        self.assertNotIn("names", run.out)
        [found] = self.findings(self.judge("leaf.der", options=["--json"]))
        serial = format(leaf.serial, "x")
        self.assertEqual(found | {"certificate_sha256": None}, {
            "finding": "not-our-pins", "host": "www.example.com", "reason": "no-match", "rule": "www.example.com",
            "rule_line": 3, "policy_serial": 1, "matched": None,
            "detail": "no issuer was given: pins of issuers cannot be found", "names": ["www.example.com"],
            "precertificate": False, "file": "leaf.der", "line": None, "log": None, "entry": None, "timestamp": None,
            "subject": "CN=leaf", "issuer": "CN=theirs", "serial": "0" * (len(serial) % 2) + serial,
            "not_after": "2045-01-01", "pin_sha256": leaf.pin, "certificate_sha256": None, "repeated": False})

    def test_whose_pins(self):
        for by, kind in [(self.world.ours, "ours"), (self.world.theirs, "not-our-pins"),
                         (self.world.spare, "backup-key")]:
            with self.subTest(kind):
                leaf = self.world.leaf("www.example.com", by=by)
                self.assertEqual(self.kinds(*leaf.path), [(kind, "www.example.com")])
                self.assertEqual(len(self.judged(*leaf.path, options=["--json"])), int(kind != "ours"))
        self.policy("[host www.example.com]", f"pin-sha256 = {self.world.ours.pin}",
                    f"backup-pin-sha256 = {pin(1)}", settings=[f"rejected-pin-sha256 = {leaf.pin}"])
        [found] = self.judged(*self.world.leaf("www.example.com", by=self.world.ours).path)
        self.assertEqual([found["finding"], found["reason"]], ["not-our-pins", "rejected-key"])

    def test_issuers_count_where_they_have_signed(self):
        """Anybody can put our issuer behind a certificate, or make one of its name."""
        forged = issue(name("ours"), None, authority(), key=Key("p256"))
        leaf = issue("leaf", forged, server(dns("www.example.com")), key=self.world.key)
        [found] = self.judged(leaf.der, self.world.ours.der)
        self.assertEqual([found["finding"], found["reason"]], ["not-our-pins", "no-match"])
        self.assertIn("have not signed", found["detail"])

    def test_what_does_not_enforce_is_judged_all_the_same(self):
        leaf = self.world.leaf("www.example.com")
        for settings, rule in [(["enforcement = report-only"], []), ([], ["enforcement = report-only"]),
                               ([], ["expires = 2020-01-01", "on-expiry = allow"]), ([], ["rollout-percent = 1"])]:
            with self.subTest(settings + rule):
                self.rules("www.example.com", settings=settings, rule=rule)
                [found] = self.judged(*leaf.path)
                self.assertEqual([found["finding"], found["reason"]], ["not-our-pins", "no-match"])
        self.rules("www.example.com", rule=["enforcement = off"])
        self.assertEqual(self.kinds(*leaf.path), [("not-judged", "www.example.com")])
        self.rules("www.example.com", settings=["enforcement = off"])
        self.expect(self.judge(stdin=leaf.pem), 2, err="[policy] is off, and with it every rule")

    def test_environments(self):
        self.rules("www.example.com", settings=["environments = live test"], rule=["environments = live"])
        leaf = self.world.leaf("www.example.com")
        self.assertEqual(len(self.judged(leaf.der, options=["--json", "--environment", "live"])), 1)
        self.assertEqual(self.judged(leaf.der, options=["--json", "--environment", "test"]), [])
        self.expect(self.judge(stdin=leaf.pem), 2, err="give --environment, one of: live, test")

    def test_pins_of_certificates_and_precertificates(self):
        leaf = self.world.leaf("www.example.com", more=[POISON])
        self.policy("[host www.example.com]", f"certificate-sha256 = {pin(1)}",
                    f"backup-certificate-sha256 = {pin(2)}")
        [found] = self.judged(leaf.der)
        self.assertTrue(found["precertificate"])
        self.assertIn("is not that of its precertificate", found["detail"])

    # --------------------------------------------------------------------------------------------------- names

    def test_hosts_that_a_name_stands_for(self):
        self.rules("www.example.com", "*.wild.example", "deep.example include-subdomains", "192.0.2.1", "2001:db8::1",
                   "xn--bcher-kva.example", "host")
        covered = {
            "www.example.com": "www.example.com", "WWW.Example.COM.": "www.example.com",
            "*.example.com": "www.example.com",
            "w*.example.com": "www.example.com", "*w.example.com": "www.example.com", "*.*.com": "www.example.com",
            "www.*.com": "www.example.com", "a.wild.example": "*.wild.example", "*.wild.example": "*.wild.example",
            "x*.wild.example": "*.wild.example", "deep.example": "deep.example", "a.b.deep.example": "deep.example",
            "*.deep.example": "deep.example", "*.a.deep.example": "deep.example", "*.example": "deep.example",
            ".deep.example": "deep.example", "bücher.example": "xn--bcher-kva.example",
            "BÜCHER.example": "xn--bcher-kva.example", "*": "host", "*.": "host",
            "xn--BCHER-KVA.example": "xn--bcher-kva.example", "www.example.com\0.evil.example": "www.example.com",
            "https://www.example.com/": "www.example.com", "www.example.com:443": "www.example.com",
            "evil.example www.example.com": "www.example.com", "192.0.2.1": "192.0.2.1",
        }
        beside = ["example.com", "a.www.example.com", "wild.example", "a.b.wild.example", "*.a.wild.example",
                  "notdeep.example", "w*x.example.com", "*.com", "192.0.2.2", "", "..", "x" * 300, "*.*.example.com"]
        texts = [*covered, *beside]
        found = [[] for _ in texts]
        leaves = [self.world.leaf(dns(text.encode())).pem for text in texts]
        places = {1 + "".join(leaves[:number]).count("\n"): number for number in range(len(leaves))}
        for one in self.findings(self.judge(stdin="".join(leaves), options=["--json"])):
            found[places[one["line"]]].append(one["rule"])
            self.assertTrue(one["names"])
        for text, rules in zip(texts, found):
            with self.subTest(text):
                self.assertIn(covered[text], rules) if text in covered else self.assertEqual(rules, [])
        for address in ["192.0.2.1", "2001:db8::1"]:
            self.assertEqual(self.kinds(self.world.leaf(ip(address)).der), [("not-our-pins", address)])

    def test_the_rule_that_decides_is_the_one_asked(self):
        self.rules("example.com include-subdomains", "www.example.com", "*.a.example.com")
        for text, rules in {"*.example.com": ["example.com", "www.example.com"], "www.example.com": ["www.example.com"],
                            "*.a.example.com": ["*.a.example.com"], "b.a.example.com": ["*.a.example.com"]}.items():
            found = self.judged(self.world.leaf(text).der)
            self.assertEqual(sorted(one["rule"] for one in found), rules)
        # One for each rule, whatever the number of names.
        found = self.judged(self.world.leaf(*[f"h{number}.example.com" for number in range(500)]).der)
        self.assertEqual([len(found), len(found[0]["names"])], [1, 100])

    def test_common_names_alone(self):
        for text in [0x0C, 0x13, 0x16, 0x14]:
            subject = name("www.example.com", text=text)
            self.assertEqual(self.kinds(issue(subject, self.world.theirs, key=self.world.key).der),
                             [("not-our-pins", "www.example.com")])
        for tag, encoding in [(0x1E, "utf-16-be"), (0x1C, "utf-32-be")]:
            attribute = sequence(bytes.fromhex("0603550403"), element(tag, "www.example.com".encode(encoding)))
            subject = sequence(element(0x31, attribute))
            self.assertEqual(self.kinds(issue(subject, self.world.theirs, key=self.world.key).der),
                             [("not-our-pins", "www.example.com")])

    def test_names_that_cannot_be_read_do_not_escape(self):
        whole = alternatives(dns("www.example.com"))
        cut = {
            "an alternative name that is longer than its list":
                extension("2.5.29.17", element(0x30, b"\x82\x20www.example.com")),
            "no list": extension("2.5.29.17", b"www.example.com"),
            "bytes behind the list": extension("2.5.29.17", sequence(dns("www.example.com")) + b"\0"),
            "an extension that is none": sequence(b"\x06\x03\x55\x1d\x11", element(0x04, b"www.example.com")[:9]),
        }
        for title, broken in cut.items():
            with self.subTest(title):
                found = self.kinds(issue("leaf", self.world.theirs, [broken], key=self.world.key).der)
                self.assertIn(("unreadable-names", None), found)
        # Two of them: each is read.
        both = issue("leaf", self.world.theirs, [alternatives(dns("a.example")), whole], key=self.world.key)
        self.assertEqual(self.kinds(both.der), [("not-our-pins", "www.example.com")])
        # Not a certificate to anybody strict; its name is found all the same.
        good = self.world.leaf("www.example.com").der
        self.assertEqual(self.kinds(good[:-20]), [("not-our-pins", "www.example.com"), ("unreadable-names", None)])
        self.assertEqual(self.kinds(b"\x30\x03\x02\x01\x00"), [("unreadable-names", None)])
        # Nothing that is read strictly makes less be found.
        signed, algorithm, signature = children_of(good)
        fields = children_of(signed)
        again = sequence(sequence(*fields[:3], sequence(), *fields[4:]), algorithm, signature)
        self.assertEqual([one for one in self.kinds(again)][0], ("not-our-pins", "www.example.com"))

    # ------------------------------------------------------------------------------------------------- bundles

    def test_a_bundle_of_certificates_and_their_issuers(self):
        ours, theirs = (self.world.leaf("www.example.com", by=by) for by in [self.world.ours, self.world.theirs])
        self.assertEqual([kind for kind, _ in self.kinds(*ours.path, *theirs.path, *ours.path, ours.der, theirs.der)],
                         ["ours", "not-our-pins", "ours", "not-our-pins", "not-our-pins"])
        self.write("ours.pem", "".join(map(pem, ours.path)))
        self.write("theirs.pem", "".join(map(pem, theirs.path)))
        run = self.expect(self.judge("ours.pem", "theirs.pem"), 1, out=["theirs.pem:1: certificate 1"])
        self.assertNotIn("ours.pem", run.out)
        self.expect(self.judge("ours.pem", "ours.pem"), 0)
        self.assertEqual(self.judge("ours.pem").out, "")

    def test_what_is_no_certificate(self):
        for given, words in [(b"", "is empty"), (b"hello", "neither PEM nor DER")]:
            self.expect(self.judge(stdin=given), 2, err=words)
        self.expect(self.run_command("ct-judge", "--policy", "policy.conf"), 2, err="name files")
        self.expect(self.judge("missing.pem"), 2, err="missing.pem: No such file")

    # --------------------------------------------------------------------------------------------- certspotter

    def test_certspotter(self):
        leaf = self.world.leaf("www.example.com", more=[POISON])
        self.write("cert.pem", "".join(map(pem, leaf.path)))
        place = {"LOG_URI": "https://log.example/", "ENTRY_INDEX": "7"}
        found = {"EVENT": "discovered_cert", "CERT_FILENAME": "cert.pem", "SUMMARY": "found", **place}
        malformed = {"EVENT": "malformed_cert", "SUMMARY": "sum", "PARSE_ERROR": "odd", **place}
        failed = {"EVENT": "error", "SUMMARY": "behind by a day"}
        for environment, kind, entry, detail in [(found, "not-our-pins", 7, None),
                                                 (malformed, "unreadable-names", 7, "odd"),
                                                 (failed, "behind", None, "behind by a day")]:
            run = self.run_command("ct-judge", "--policy", "policy.conf", "--certspotter", "--json",
                                   env=environment)
            [one] = self.findings(run)
            self.assertEqual([one["finding"], one["entry"], one["detail"]], [kind, entry, detail])
        for environment, status, words in [
                ({}, 2, "EVENT is not set"), ({"EVENT": "new"}, 0, "passed over: certspotter's event new"),
                (found | {"CERT_FILENAME": ""}, 2, "certspotter keeps no files under -no_save")]:
            run = self.run_command("ct-judge", "--policy", "policy.conf", "--certspotter", env=environment)
            self.assertEqual(run.status, status, run)
            self.assertIn(words, run.err)

    def test_the_hook_of_the_manual(self):
        """certspotter asks again for ever where its hook fails: a finding is no failure of it."""
        page = (ROOT / "man/pinverdict.1").read_text()
        script = page.split("#!/bin/sh")[1].split(".Ed")[0].replace("\\e\n", "\\\n")
        script = script.replace("/etc/pinverdict/pins.conf", "policy.conf").replace("/var/log/issued.jsonl", "out")
        leaf = self.world.leaf("www.example.com")
        self.write("cert.pem", leaf.pem)
        for event, status in [("discovered_cert", 0), ("error", 0), ("", 1)]:
            run = self.shell('pinverdict() { "$pinverdict" "$@"; }; export CERT_FILENAME=cert.pem '
                             f"EVENT={event}\n{script}")
            self.assertEqual(run.status, status, run)
        self.assertEqual([json.loads(line)["finding"] for line in (self.directory / "out").read_text().splitlines()],
                         ["not-our-pins", "behind"])
