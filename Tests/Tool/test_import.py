# SPDX-License-Identifier: Apache-2.0
"""`pinverdict import`."""
import json
import subprocess
from pathlib import Path

from command import ROOT, TestCase, pin

FORMATS = ROOT / "Tests/Tool/formats"
FIRST, SECOND = pin(1), pin(2)
DOCTYPE = ('<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN"\n'
           ' "http://www.apple.com/DTDs/PropertyList-1.0.dtd">')


def android(*elements):
    return "<network-security-config>\n" + "\n".join(elements) + "\n</network-security-config>\n"


def domain(name, *pins, attributes="", inner="", expiration=""):
    """A domain-config; with pins None, one without a pin-set."""
    digests = "".join(f'<pin digest="SHA-256">{value}</pin>' for value in pins if value)
    pin_set = "" if pins == (None,) else f"<pin-set{expiration}>{digests}</pin-set>"
    return f"<domain-config><domain{attributes}>{name}</domain>{pin_set}{inner}</domain-config>"


def plist(value):
    """A property list in XML, of dicts, lists, strings and booleans."""
    def element(value):
        if isinstance(value, dict):
            return "<dict>" + "".join(f"\n<key>{key}</key>{element(item)}" for key, item in value.items()) + "</dict>"
        if isinstance(value, list):
            return "<array>" + "".join(map(element, value)) + "</array>"
        return f"<{str(value).lower()}/>" if isinstance(value, bool) else f"<string>{value}</string>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{DOCTYPE}\n<plist version="1.0">{element(value)}</plist>\n'


def apple(domains, **others):
    identities = {"leaf": "NSPinnedLeafIdentities", "ca": "NSPinnedCAIdentities", "below": "NSIncludesSubdomains"}
    return plist({"NSAppTransportSecurity": {**others, "NSPinnedDomains": {
        name: {identities[key]: value if key == "below" else [{"SPKI-SHA256-BASE64": digest} for digest in value]
               for key, value in settings.items()} for name, settings in domains.items()}}})


def trustkit(domains, **others):
    return plist({"TSKConfiguration": {"TSKIgnorePinningForUserDefinedTrustAnchors": False, **others,
                                       "TSKPinnedDomains": {
        name: {"TSK" + key: value for key, value in settings.items()} for name, settings in domains.items()}}})


def rules(text):
    """What the sections of a policy say, sets resolved, whatever the order, the comments and the names of sets."""
    sections, section = {}, None
    for line in text.splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("["):
            section = sections.setdefault(line, [])
        elif line:
            section.append(tuple(line.replace(" ", "").split("=", 1)))
    sets = {name.removeprefix("[pin-set ")[:-1]: pins for name, pins in sections.items() if "pin-set" in name}
    return {name: sorted(setting for key, value in settings
                         for setting in (sets[value] if key == "pin-set" else [(key, value)]))
            for name, settings in sections.items() if "pin-set" not in name}


class ImportTests(TestCase):
    def imported(self, form, content, *options):
        """Writes the file `source`, and the policy that it becomes into `policy.conf`."""
        self.write("source", content)
        run = self.run_command("import", "--format", form, *options, "source")
        if run.status == 0:
            self.write("policy.conf", run.out)
        return run

    def expect_policy(self, run, *lines, losses=0, warnings=()):
        """Lines without comments and [policy], how many losses were said, and what `lint` warns of."""
        self.assertEqual(run.status, 0, run)
        self.assertEqual([line for line in run.out.splitlines() if line and not line.startswith("#")][2:],
                         list(lines), run)
        self.assertEqual(len(run.err.splitlines()), losses, run)
        found = self.run_command("lint", "--json", "--now", "2026-11-28", "policy.conf").json["files"][0]["problems"]
        self.assertEqual(sorted({problem["code"] for problem in found}), sorted(warnings), found)

    def expect_mistake(self, run, what, line=None):
        """One line on standard error, with its place, and nothing else."""
        place = f"source:{line}: error: " if line else "source"
        self.expect(run, 2, err=[place, what])
        self.assertEqual((len(run.err.splitlines()), run.out), (1, ""), run)

    def expect_loss(self, run, what):
        """One, and a policy all the same."""
        self.assertEqual((run.status, len(run.err.splitlines())), (0, 1), run)
        self.assertIn("not expressed: " + what, run.err)

    # ----------------------------------------------------------------------------------------------- examples

    def test_examples(self):
        for form, name, losses in [("android", "android.xml", 7), ("apple", "apple.plist", 0)]:
            with self.subTest(name):
                expected = (FORMATS / name).with_suffix(".expected.conf").read_text()
                run = self.run_command("import", "--format", form, FORMATS / name)
                self.assertEqual(rules(run.out), rules(expected), run)
                self.assertEqual(len(run.err.splitlines()), losses, run)
        run = self.imported("android", (FORMATS / "android.xml").read_bytes())
        for line, what in [(3, "base-config"), (3, "trust-anchors"), (11, "certificateTransparency"),
                           (14, "debug-overrides"), (14, "overridePins")]:
            self.assertIn(f"source:{line}: not expressed: {what}: ", run.err)
            self.assertIn(f"# not expressed: line {line}: {what}: ", run.out)

    def test_trustkit_example(self):
        run = self.imported("trustkit", (FORMATS / "trustkit.plist").read_bytes())
        self.assertEqual(rules(run.out)["[host example.com]"], sorted([
            ("include-subdomains", "yes"), ("enforcement", "report-only"), ("expires", "2027-06-29"),
            ("on-expiry", "allow"), ("pin-sha256", "q9V9qrXCla184ozGTCmWRZp7ybhbS+S11wLm3h4vZJg="),
            ("backup-pin-sha256", "xsxzPcKhOvLLKNx6y61NYjKbLIVxGG2aRAgPmGKXtG4=")]))
        self.assertEqual(rules(run.out)["[host legacy.example.com]"], [("enforcement", "off")])
        for line, what in [(5, "TSKSwizzleNetworkDelegates"), (13, '"TSKReportUris"')]:
            self.assertIn(f"source:{line}: not expressed: {what}: ", run.err)

    def test_json_examples(self):
        self.imported("json", (FORMATS / "plain.json").read_bytes())
        self.expect(self.run_command("lint", "policy.conf"), 0)
        run = self.imported("json", (FORMATS / "okhttp.json").read_bytes())
        self.assertEqual(set(rules(run.out)),
                         {"[policy]", "[host example.com]", "[host *.example.net]", "[host example.org]"})
        self.assertIn(("include-subdomains", "yes"), rules(run.out)["[host example.org]"])
        self.assertIn(("allow-single-pin", "yes"), rules(run.out)["[host example.org]"])

    # ------------------------------------------------------------------------------------------------ android

    def test_android(self):
        pins = [f"pin-sha256 = {FIRST}", f"backup-pin-sha256 = {SECOND}"]
        self.expect_policy(self.imported("android", android(domain(" API.example.com. ", FIRST, SECOND, FIRST))),
                           "[host api.example.com]", *pins)
        self.expect_policy(
            self.imported("android", android(domain("a.example", FIRST, expiration=' expiration="2027-01-01"'))),
            "[host a.example]", "expires = 2026-12-31", "on-expiry = allow", "allow-single-pin = yes", pins[0],
            warnings=["no-backup"])
        # A domain-config without a pin-set has that of the one around it.
        inner = "<domain-config><domain>b.a.example</domain></domain-config>"
        self.expect_policy(self.imported("android", android(domain("a.example", FIRST, SECOND, inner=inner))),
                           "[pin-set android-1]", *pins, "[host a.example]", "pin-set = android-1",
                           "[host b.a.example]", "pin-set = android-1")
        # One that is not pinned takes a name out of what covers it; elsewhere there is nothing to say.
        self.expect_policy(
            self.imported("android", android(
                domain("a.example", FIRST, SECOND, attributes=' includeSubdomains="true"'),
                domain("c.b.a.example", None, attributes=' includeSubdomains="true"'), domain("other.example", None))),
            "[host a.example]", "include-subdomains = yes", *pins,
            "[host c.b.a.example]", "enforcement = off", "include-subdomains = yes")
        self.assertIn("# other.example is not pinned", (self.directory / "policy.conf").read_text())
        self.expect_policy(self.imported("android", android(
            domain("192.0.2.7", FIRST, SECOND, attributes=' includeSubdomains="true"'))),
            "[host 192.0.2.7]", *pins)

    def test_android_losses(self):
        run = self.imported("android", android(
            domain("a.example", FIRST, SECOND, inner='<trust-anchors>\n<certificates src="user" overridePins="true"/>'
                   "</trust-anchors><domainEncryption/><odd/>")))
        for line, what in [(2, "trust-anchors"), (3, "overridePins"), (3, "domainEncryption"), (3, '"odd"')]:
            self.assertIn(f"source:{line}: not expressed: {what}: ", run.err)
        self.assertEqual(len(run.err.splitlines()), 4, run)

    def test_android_unknown_names(self):
        """What Android's documentation does not have is said, and is a mistake where only the case is wrong."""
        pinned = domain("a.example", FIRST, SECOND)
        base = f"<base-config>{pinned[pinned.index('<pin-set'):pinned.index('</domain-config')]}</base-config>"
        for elements, what in [
                ([pinned.replace("<domain>", '<domain subdomains="true">')], '"subdomains": no attribute of domain'),
                ([pinned.replace("<pin-set", "<pin-set expires='x'")], '"expires": no attribute of pin-set'),
                ([pinned.replace("</pin-set>", "<key/></pin-set>")], '"key": no element of pin-set'),
                ([pinned, "<pin-set/>"], '"pin-set": 0 pins outside of a domain-config')]:
            with self.subTest(what):
                self.expect_loss(self.imported("android", android(*elements)), what)
        run = self.imported("android", android(pinned, base))
        self.assertIn('source:3: not expressed: "pin-set": 2 pins for all hosts', run.err)
        # Where nothing else is pinned, that is said all the same.
        self.expect(self.imported("android", android(base)), 2, err=["2 pins for all hosts", "pins no host"])
        run = self.imported("android", android(base), "--json")
        self.assertEqual((len(run.json["losses"]), len(run.json["errors"])), (2, 1), run)
        # Those of other tools are none of Android's.
        self.assertEqual(self.imported("android", android(pinned.replace(
            "<domain>", '<domain xmlns:tools="http://schemas.android.com/tools" tools:ignore="x">'))).err, "")

    def test_wrong_case(self):
        pinned = domain("a.example", FIRST, SECOND)
        for right, wrong in [("<domain>", '<domain includesubdomains="true">'), ("pin-set>", "Pin-Set>"),
                             ("pin digest", "pin Digest"), ("<domain>a.example</domain>", "<Domain>a</Domain>")]:
            with self.subTest(wrong):
                self.expect_mistake(self.imported("android", android(pinned.replace(right, wrong))),
                                    "upper and lower case matter", line=2)
        hashes = {"PublicKeyHashes": [FIRST, SECOND], "includeSubdomains": True}
        self.expect_mistake(self.imported("trustkit", trustkit({"a.example": hashes})),
                            '"TSKincludeSubdomains" is written TSKIncludeSubdomains')
        text = apple({"a.example": {"leaf": [FIRST, SECOND], "below": True}})
        self.expect_mistake(self.imported("apple", text.replace("NSIncludesSubdomains", "NSIncludesSubDomains")),
                            "is written NSIncludesSubdomains")

    def test_unknown_keys(self):
        hashes = {"PublicKeyHashes": [FIRST, SECOND], "PinEverything": True}
        self.expect_loss(self.imported("trustkit", trustkit({"a.example": hashes})), '"TSKPinEverything": no key that')
        text = apple({"a.example": {"leaf": [FIRST, SECOND], "below": True}})
        self.expect_loss(self.imported("apple", text.replace("NSIncludesSubdomains", "NSIncludesAll")),
                         '"NSIncludesAll": no key that')

    def test_hosts_with_more_than_a_name(self):
        for spelling in ["a.example:8443", "https://a.example", "https://A.example:443/path"]:
            self.expect_mistake(self.imported("json", json.dumps({spelling: [FIRST]})),
                                "write the host alone: a.example", line=1)
        self.assertNotIn("write", self.imported("json", json.dumps({"192.0.2.0/24": [FIRST]})).err)

    def test_sets_of_several_domains(self):
        words = "# Hosts of several domains share these pins"
        for names, count in [(["a.example.com", "b.example.net"], 1), (["a.example.com", "b.example.com"], 0),
                             (["192.0.2.7", "192.0.2.8"], 1), (["example.com", "a.example.com"], 0)]:
            domains = "</domain><domain>".join(names)
            with self.subTest(names):
                run = self.imported("android", android(domain(domains, FIRST, SECOND)))
                self.assertEqual(self.expect(run, 0).out.count(words), count, run)
                self.assertNotIn(words, self.imported("android", android(domain(domains, FIRST))).out)

    def test_android_mistakes(self):
        good = domain("a.example", FIRST, SECOND)
        for element, what in [
                (domain("a.example:443", FIRST), "neither a host name nor"),
                (domain("*.a.example", FIRST), "no such wildcard"),
                (domain("bücher.example", FIRST), "xn--bcher-kva.example"), (domain("", FIRST), "neither a host name"),
                (domain("a.example", FIRST) + good, "stands twice"), (domain("A.example.", FIRST) + good, "on line 2"),
                (domain("a.example\n[policy]", FIRST), r"a.example\u{a}[policy]"),
                (domain("a.example", "QUJD"), "3 bytes"), (domain("a.example", "A" * 43 + "="), "placeholder"),
                (domain("a.example", "sha1/2jmj7l5rSw0yVb/vlWAYkK/YBwk="), "SHA-1"),
                (domain("a.example", FIRST + " # x"), "one line takes one pin"),
                (good.replace("SHA-256", "SHA-1"), "Android takes no other"),
                (good.replace(' digest="SHA-256"', ""), "digest"),
                (domain("a.example", FIRST, expiration=' expiration="2027-02-29"'), "YYYY-MM-DD"),
                (domain("a.example", FIRST, attributes=' includeSubdomains="yes"'), "true or false"),
                (domain("a.example", FIRST, inner="<pin-set/>"), "one pin-set at most"),
                ("<domain-config><pin-set/></domain-config>", "names a domain")]:
            with self.subTest(element):
                self.expect_mistake(self.imported("android", android(element)), what, line=2)
        self.expect_mistake(self.imported("android", android()), "pins no host")
        self.expect_mistake(self.imported("android", android(domain("a.example", None))), "pins no host")

    def test_more_pins_than_a_rule_may_have(self):
        self.expect(self.imported("android", android(domain("a.example", *map(pin, range(256)), pin(0)))), 0)
        pins = "\n".join(f'<pin digest="SHA-256">{pin(number)}</pin>' for number in range(100_000))
        text = android(domain("a.example").replace("<pin-set>", "<pin-set>" + pins))
        self.expect_mistake(self.imported("android", text), "a policy has at most 256 pins for a host", line=258)

    # ------------------------------------------------------------------------------------------- property lists

    def test_trustkit(self):
        pins = [f"pin-sha256 = {FIRST}", f"backup-pin-sha256 = {SECOND}"]
        hashes = {"PublicKeyHashes": [FIRST, SECOND]}
        self.expect_policy(self.imported("trustkit", trustkit({"a.example": hashes})), "[host a.example]", *pins)
        alone = plist({"TSKPinnedDomains": {"a.example": {"TSKPublicKeyHashes": [FIRST, SECOND]}}})
        run = self.imported("trustkit", alone)
        self.expect_policy(run, "[host a.example]", *pins, losses=1)
        self.assertIn("TSKIgnorePinningForUserDefinedTrustAnchors: here pins hold for roots that users", run.err)
        for settings, what in [
                ({}, "one and not the other"),
                ({**hashes, "ExcludeSubdomainFromParentPolicy": True}, "and not the other"),
                ({"PublicKeyHashes": FIRST}, "takes an array"), ({"PublicKeyHashes": [True]}, "takes a string"),
                ({**hashes, "IncludeSubdomains": "YES"}, "takes true or false"),
                ({**hashes, "ExpirationDate": "30.06.2027"}, "YYYY-MM-DD")]:
            with self.subTest(settings):
                self.expect_mistake(self.imported("trustkit", trustkit({"a.example": settings})), what)

    def test_apple(self):
        leaf = [f"leaf-pin-sha256 = {FIRST}", f"backup-leaf-pin-sha256 = {SECOND}"]
        self.expect_policy(self.imported("apple", apple({"a.example": {"leaf": [FIRST, SECOND]}})),
                           "[host a.example]", *leaf)
        # One of two lists has no backup.
        self.expect_policy(self.imported("apple", apple({"a.example": {"leaf": [FIRST, SECOND], "ca": [pin(3)]}})),
                           "[host a.example]", "allow-single-pin = yes", *leaf, f"ca-pin-sha256 = {pin(3)}",
                           warnings=["no-backup"])
        # One label down: what lies deeper has no rule.
        self.expect_policy(self.imported("apple", apple({"a.example": {"leaf": [FIRST, SECOND], "below": True}})),
                           "[pin-set apple-a.example]", *leaf, "[host a.example]", "pin-set = apple-a.example",
                           "[host *.a.example]", "pin-set = apple-a.example")
        for name, decides in [("x.a.example", "[host *.a.example]"), ("y.x.a.example", "no rule")]:
            self.expect(self.run_command("explain", "--policy", "policy.conf", "--host", name), 0, out=decides)
        run = self.imported("apple", apple({"a.example": {"leaf": [FIRST, SECOND]}}, NSAllowsArbitraryLoads=True))
        self.assertIn('not expressed: "NSAllowsArbitraryLoads": ', run.err)
        self.expect_mistake(self.imported("apple", apple({"a.example": {}})), "pins no host")
        pinned = {"NSPinnedLeafIdentities": [{"SPKI-SHA256-BASE64": FIRST}]}
        for identities, words in [([], '"NSPinnedLeafIdentities" has no identity'),
                                  ([{}], "there is none in this one")]:
            text = plist({"NSAppTransportSecurity": {"NSPinnedDomains": {
                "a.example": {"NSPinnedLeafIdentities": identities}, "b.example": pinned}}})
            self.expect_mistake(self.imported("apple", text), words)
        self.expect_mistake(self.imported("apple", apple({"a.example": {"leaf": FIRST}}).replace(
            "SPKI-SHA256-BASE64", "SPKI-SHA1")), "an identity is a SPKI-SHA256-BASE64")

    def test_property_list_mistakes(self):
        good = apple({"a.example": {"leaf": [FIRST, SECOND]}})
        for text, what in [
                (good.replace("</array>", "<key>x</key></array>"), "has no element"),
                (good.replace("<key>NSPinnedDomains</key>", ""), "made of keys"),
                (good.replace("<key>a.example</key>", "<key>a.example</key><dict/><key>a.example</key>"),
                 "stands twice"),
                (good.replace("</plist>", "<dict/></plist>"), "not a property list"),
                (good.replace("</plist>", ""), "not well-formed"), (good.replace("dict>", "Dict>"), "has no element"),
                (good.replace("http://www.apple.com", "http://www.example.com"), "a DOCTYPE or ENTITY"),
                (good.replace('.dtd">', '.dtd" [<!ENTITY a "b">]>'), "a DOCTYPE or ENTITY"),
                (good.replace(DOCTYPE, DOCTYPE * 2), "a DOCTYPE or ENTITY")]:
            with self.subTest(what):
                self.expect_mistake(self.imported("apple", text), what)

    # --------------------------------------------------------------------------------------------------- json

    def test_json(self):
        text = json.dumps({"b.example.com": [FIRST], "a.example.com": ["sha256/" + SECOND, "sha256//" + FIRST]})
        self.expect_policy(self.imported("json", text), "[host b.example.com]", "allow-single-pin = yes",
                           f"pin-sha256 = {FIRST}", "[host a.example.com]", f"pin-sha256 = {SECOND}",
                           f"backup-pin-sha256 = {FIRST}", warnings=["in-use-and-backup", "no-backup"])
        overlapping = {"**.example": [FIRST, SECOND], "a.example": [SECOND, FIRST], "*.b.example": [FIRST, SECOND]}
        run = self.imported("json", json.dumps(overlapping, indent=1))
        self.assertEqual([line.partition(" is under")[0] for line in run.err.splitlines()],
                         ["source:6: not expressed: host a.example", "source:10: not expressed: host *.b.example"])

    def test_json_mistakes(self):
        for text, what, line in [
                ('{"a": 1}', "takes a list of pins", 1), ('\n{"a":\nnull}', "takes a list of pins", 2),
                ('{"a": [[]]}', "takes a list of pins", 1), ('{"a": {}}', "takes a list of pins", 1),
                ('{"a": []}', "has no pins", 1), ('["a"]', "not an object", None), ("{}", "pins no host", None),
                ('{"a": ["sha1/2jmj7l5rSw0yVb/vlWAYkK/YBwk="]}', "SHA-1", 1), ('{"a": ["x"', "not JSON", None),
                (f'{{"a": ["{FIRST}"],\n"\\u0061": ["{SECOND}"]}}', "stands twice, on line 1", 2),
                (f'{{"a": ["{FIRST}"],\n"A": ["{SECOND}"]}}', "stands twice", 2),
                (f'{{"a:1": ["{FIRST}"]}}', "neither a host name", 1),
                (f'{{"***.a": ["{FIRST}"]}}', "no such wildcard", 1),
                (f'{{"*.192.0.2.7": ["{FIRST}"]}}', "an address has no wildcard", 1),
                (f'{{"a\\n": ["{FIRST}"]}}', r"a\u{a}", 1), ("[" * 1_000_000, "nested too deeply", None),
                ('{"a":' * 100_000, "nested too deeply", None)]:
            with self.subTest(text[:60]):
                self.expect_mistake(self.imported("json", text), what, line)

    # ------------------------------------------------------------------------------------------------- options

    def test_pins_in_use(self):
        text = android(domain("a.example.com", FIRST, SECOND), domain("b.example.com", pin(3), SECOND))
        self.expect_policy(self.imported("android", text, "--in-use", "sha256/" + SECOND),
                           "[host a.example.com]", f"backup-pin-sha256 = {FIRST}", f"pin-sha256 = {SECOND}",
                           "[host b.example.com]", f"backup-pin-sha256 = {pin(3)}", f"pin-sha256 = {SECOND}")
        # Of b.example.com one is named, of a.example.com none.
        run = self.run_command("import", "--format", "android", "--in-use", pin(3), "source")
        self.expect(run, 0, out=["does not say which", f"\npin-sha256 = {FIRST}\n"])
        self.assertNotIn("does not say which", self.run_command("import", "--format", "android", "--in-use", SECOND,
                                                           "source").out)
        self.expect_policy(
            self.imported("android", text, "--in-use", SECOND, "--in-use", FIRST),
            "[host a.example.com]", "allow-single-pin = yes", f"pin-sha256 = {FIRST}", f"pin-sha256 = {SECOND}",
            "[host b.example.com]", f"backup-pin-sha256 = {pin(3)}", f"pin-sha256 = {SECOND}", warnings=["no-backup"])
        self.expect(self.imported("android", text, "--in-use", pin(4)), 2, err=f"source has no pin {pin(4)}")
        self.expect(self.imported("android", text, "--in-use", "x"), 2, err="--in-use: a pin is 44 characters")

    def test_strict(self):
        text = android(domain("a.example", FIRST, SECOND), "<base-config/>", "<base-config/>")
        run = self.expect(self.imported("android", text, "--strict"), 2,
                          err=["source:3: error: not expressed: base-config", "source:4: error: not expressed"])
        self.assertEqual(run.out, "")
        good = android(domain("a.example", FIRST, SECOND))
        self.expect(self.imported("android", good, "--strict"), 0, out="[host a.example]")

    def test_json_document(self):
        text = android(domain("a.example", FIRST, SECOND), "<base-config/>")
        run = self.imported("android", text, "--json")
        self.assertEqual(run.json["losses"], [{"line": 3, "message": run.err.split("expressed: ")[1].rstrip()}])
        self.assertEqual(run.json["policy"], self.imported("android", text).out)
        run = self.imported("android", text, "--json", "--strict")
        self.assertEqual((run.status, run.json["errors"]), (2, run.err.splitlines()))

    def test_standard_input(self):
        good = android(domain("a.example", FIRST, SECOND))
        self.expect(self.run_command("import", "--format", "android", "-", stdin=good), 0, out="[host a.example]")
        self.expect(self.run_command("import", "--format", "android", "-", stdin=good[:-3]), 2,
                    err="standard input:3: error: not well-formed XML")

    # ----------------------------------------------------------------------------------------- the wrong thing

    def test_wrong_format(self):
        leaf = self.fixtures["leaf"]
        examples = {name: (FORMATS / name).read_bytes()
                    for name in ["android.xml", "apple.plist", "trustkit.plist", "plain.json"]}
        own = {"android": ["android.xml"], "apple": ["apple.plist"], "trustkit": ["trustkit.plist"],
               "json": ["plain.json"]}
        others = {"PEM": leaf.pem.encode(), "DER": leaf.der, "binary plist": b"bplist00\xd1\x01\x02" + bytes(20),
                  "UTF-16": examples["android.xml"].decode().encode("utf-16"), "empty": b"", "blank": b" \n",
                  "latin-1": b"<a>\xe9</a>", "NUL": b"\0" * 100, "policy": b"[policy]\nserial = 1\n"}
        for form, names in own.items():
            for name, content in {**examples, **others}.items():
                if name not in names:
                    with self.subTest(form=form, content=name):
                        self.expect_mistake(self.imported(form, content), "")

    def test_hostile_xml(self):
        secret = self.write("secret", "the secret")
        outside = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{self.directory / secret}">]>\n'
        pinned = domain("a.example", FIRST, SECOND)
        for content, what in [
                (outside + android(domain("&x;", FIRST)), "a DOCTYPE or ENTITY"),
                ("<!DOCTYPE network-security-config>" + android(pinned), "a DOCTYPE or ENTITY"),
                (android("<!ENTITY x 'y'>", pinned), "a DOCTYPE or ENTITY"),
                (android(domain("&x;", FIRST)), "not well-formed XML"),
                ('<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-' + android(pinned), "not well-formed"),
                ("<a>" * 1_000_000 + "</a>" * 1_000_000, "nested more than 64 deep"),
                ("<a>" + "<b/>" * 3_000_000 + "</a>", "more than 500000 elements"),
                ("<a " + " ".join(f"a{number}='>'" for number in range(200_000)) + "/>", "more than 32 attributes"),
                ("<a><![CDATA[" + "x" * 12_000_000 + "]]></a>", ""), ("<!--" + "-" * 12_000_000, "not well-formed"),
                ("<" * 12_000_000, "not well-formed"), ("<a" + "\n" * 12_000_000, "not well-formed")]:
            with self.subTest(content[:60]):
                self.write("source", content)
                run = self.shell('ulimit -t 20 -v $((1 << 20)); "$pinverdict" import --format android source')
                self.expect_mistake(run, what)
        # In a comment it is none.
        self.expect(self.imported("android", android("<!-- <!DOCTYPE a> don't -->", pinned)), 0)

    def test_large_files(self):
        (self.directory / "source").touch()
        with open(self.directory / "source", "r+b") as file:
            file.truncate(300 << 20)
        for form in ["android", "apple", "trustkit", "json"]:
            run = self.run_command("import", "--format", form, "source")
            self.assertEqual((run.status, run.err), (2, "pinverdict: source: larger than 16 MiB\n"))
        run = self.shell('ulimit -v $((1 << 20)); "$pinverdict" import --format json - </dev/zero')
        self.assertEqual((run.status, run.err), (2, "pinverdict: standard input: larger than 16 MiB\n"))

    def test_long_names(self):
        """A message stays a line of a length that can be read, whatever a name is made of."""
        for name in ["a" * 1_000_000, "a" + "\u0301" * 1_000_000, "*" + "\u0301" * 1_000_000]:
            with self.subTest(name[:3]):
                run = self.imported("json", json.dumps({name: [FIRST]}))
                self.expect_mistake(run, "host")
                self.assertLess(len(run.err), 400)
                run = self.imported("apple", apple({"a.example": {"leaf": [FIRST, SECOND]}}, **{name: True}))
                self.assertEqual((run.status, len(run.err) < 400), (0, True), run.err[:1000])

    def test_names_cannot_steer_a_terminal(self):
        run = self.imported("android", android(domain("a.example", FIRST, SECOND), "<o\u202ed\u0085d/>"))
        self.assertNotIn("\u202e", run.out + run.err)
        run = self.imported("json", json.dumps({"\x1b[31m": [FIRST]}))
        self.assertNotIn("\x1b", run.err)
