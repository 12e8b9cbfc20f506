# SPDX-License-Identifier: Apache-2.0
"""`pinverdict lint` on pins of authorities and of leaves: the list of CA keys, and the roots of a trust store."""
import re

from command import ROOT, TestCase, pin
from kit.certificates import authority, issue, name

X1 = "C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="
X2 = "diGVwiVYbubAI3RW4hB9xU8e/CH2GnkuvVFZE8zmgzI="
YE1 = "brzvtCELCIZUo4sD/qPX0ccRtPsd3DY6RfmxpOU9oB4="
YE3 = "ppiiCCS+BOR6GjPE+kiHMb6SAR8jox6QDiyibJwqz84="
E5 = "NYbU7PBwV4y9J67c4guWTki8FJ+uudrXL0a4V4aRcrg="
LIST = ROOT / "Sources/PinVerdictTool/Lint/ca-keys.tsv"


def keys():
    """The lines of the list: authority, subject, pin, role."""
    return [line.split("\t") for line in LIST.read_text().splitlines() if not line.startswith("#")]


class LintAuthorityTests(TestCase):
    def setUp(self):
        super().setUp()
        # Two roots of one authority, one of another, and one without an organization.
        self.one, self.two, self.other, self.nameless = (
            issue(name(*([("O", organization)] if organization else []), common), None, authority())
            for organization, common in [("Twins", "one"), ("Twins", "two"), ("Other", "root"), (None, "nameless")])
        self.write("roots.pem", "".join(root.pem for root in [self.one, self.two, self.other, self.nameless]))

    def pin_of(self, certificate):
        return self.run_command("pin", "--json", stdin=certificate.pem).json["certificates"][0]["pin_sha256"]

    def lint(self, *rule, now="2026-11-28", options=()):
        self.policy("[host api.example.com]", *rule)
        run = self.run_command("lint", "--now", now, "--trust-file", "roots.pem", *options, "--json", "policy.conf")
        self.assertIn(run.status, [0, 1], run)
        return run

    def expect_kinds(self, run, *kinds):
        problems = run.json["files"][0]["problems"]
        self.assertEqual([problem["code"] for problem in problems], list(kinds), run)
        self.assertEqual(run.status, 1 if kinds else 0)
        return problems

    @staticmethod
    def pins(*digests, prefix=""):
        return [f"{'backup-' if number else ''}{prefix}pin-sha256 = {digest}" for number, digest in enumerate(digests)]

    # ------------------------------------------------------------------------------------------------ the list

    def test_every_line_of_the_list(self):
        roles = {}
        for authority, subject, digest, role in keys():
            roles.setdefault(role, []).append(digest)
            problems = self.lint("allow-single-pin = yes", *self.pins(digest)).json["files"][0]["problems"]
            found = {problem["code"]: problem["message"] for problem in problems}
            expected = {"retired": "retired-ca-key", "active": "rotating-ca-key", "standby": "rotating-ca-key",
                        "root": "some-roots", "new-root": "some-roots"}[role]
            self.assertEqual(set(found), {"no-backup", expected}, subject)
            self.assertIn(authority, found[expected])
        self.assertEqual({role: len(digests) for role, digests in roles.items()},
                         {"root": 2, "new-root": 2, "active": 4, "standby": 2, "retired": 14})

    def test_the_list_says_its_date(self):
        self.assertRegex(LIST.read_text(), r"As of 20\d\d-\d\d-\d\d")

    def test_another_list(self):
        line = f"Mine\tCN=old\t{pin('old')}\tretired\n"
        self.write("keys.tsv", "# mine\n" + line)
        run = self.lint(*self.pins(pin("old"), pin("new")), options=["--ca-keys", "keys.tsv"])
        self.assertIn("old, which Mine has retired", self.expect_kinds(run, "retired-ca-key")[0]["message"])
        self.expect_kinds(self.lint(*self.pins(E5, pin("new")), options=["--ca-keys", "keys.tsv"]))
        for content, place in [(line + "Mine\tCN=x\tzzz\tretired\n", "keys.tsv:2: "),
                               (line.replace("\t", " "), "keys.tsv:1: "), (b"\xff\xfe\t\t\t", "keys.tsv:1: "),
                               ("Mine\tCN=x\t" + pin(1) + "\tgone\n", "keys.tsv:1: ")]:
            self.write("keys.tsv", content)
            self.expect(self.run_command("lint", "--ca-keys", "keys.tsv", "policy.conf"), 2, err=place)
        self.expect(self.run_command("lint", "--ca-keys", "missing", "policy.conf"), 2, err="missing: No such file")

    # -------------------------------------------------------------------------------------------- authorities

    def test_intermediates(self):
        every_root = [digest for _, _, digest, role in keys() if "root" in role]
        self.expect_kinds(self.lint(*self.pins(YE1, YE3)), "rotating-ca-key")
        self.expect_kinds(self.lint(*self.pins(YE1, *every_root)))
        self.expect_kinds(self.lint(*self.pins(YE1, *every_root, E5)), "retired-ca-key")
        self.expect_kinds(self.lint(*self.pins(YE1, pin("kept")), "pin-sha256 = " + pin("own")))
        self.expect_kinds(self.lint(*self.pins(pin("own"), YE1)))
        self.expect_kinds(self.lint(*self.pins(YE1, YE3, prefix="ca-")), "rotating-ca-key")
        self.expect_kinds(self.lint("enforcement = off", *self.pins(YE1, YE3)), "rule-off")

    def test_some_roots(self):
        one, two, other, nameless = map(self.pin_of, [self.one, self.two, self.other, self.nameless])
        problem, = self.expect_kinds(self.lint(*self.pins(one, pin("spare"))), "some-roots")
        self.assertIn("Twins has other roots than those that [host api.example.com] pins: two", problem["message"])
        self.expect_kinds(self.lint(*self.pins(one, two)))
        self.expect_kinds(self.lint(*self.pins(other, pin("spare"))))
        self.expect_kinds(self.lint(*self.pins(nameless, pin("spare"))))
        self.expect_kinds(self.lint(*self.pins(one, two, prefix="ca-")))
        self.expect_kinds(self.lint(*self.pins(one, other)), "some-roots")
        # A key of one's own is in use: whatever the authority does, it stays.
        self.expect_kinds(self.lint(*self.pins(pin("own"), one)))

    def test_every_kind_of_pin_of_a_root(self):
        found = self.run_command("pin", "--json", stdin=self.one.pem).json["certificates"][0]
        for kind in ["pin-sha256", "key-sha256", "certificate-sha256"]:
            digest = found[kind.replace("-", "_")]
            run = self.lint(f"{kind} = {digest}", f"backup-{kind} = {pin('spare')}")
            self.expect_kinds(run, "some-roots")

    def test_match_root(self):
        one, two = map(self.pin_of, [self.one, self.two])
        problem, = self.expect_kinds(self.lint("match = root", *self.pins(one, pin("spare"))), "root-varies")
        self.assertRegex(problem["message"], "has one, and not two")
        self.expect_kinds(self.lint("match = root", *self.pins(one, two)))
        self.expect_kinds(self.lint("match = root", *self.pins(X1, X2)), "root-varies")

    def test_one_key_in_two_certificates(self):
        """A root that was issued again is one root."""
        again = issue(name(("O", "Twins"), "one again"), None, authority(), key=self.one.key)
        self.write("roots.pem", self.one.pem + again.pem)
        self.expect_kinds(self.lint(*self.pins(self.pin_of(self.one), pin("spare"))))

    def test_trust_stores_that_are_none(self):
        for content, words in [(None, "No such file"), ("", None), ("noise", None)]:
            if content is not None:
                self.write("roots.pem", content)
            else:
                (self.directory / "roots.pem").unlink()
            self.policy("[host api.example.com]", *self.pins(pin(1), pin(2)))
            run = self.run_command("lint", "--trust-file", "roots.pem", "policy.conf")
            self.expect(run, 2 if words else 0, err=words or "")

    def test_the_systems_store(self):
        self.policy("[host api.example.com]", *self.pins(X1, pin("spare")))
        run = self.run_command("lint", "policy.conf")
        self.expect(run, 1, out=["ISRG Root X2", "[some-roots]"])

    # ------------------------------------------------------------------------------------------------- leaves

    def test_certificates_of_leaves(self):
        pins = [f"certificate-sha256 = {pin(1)}", f"backup-certificate-sha256 = {pin(2)}"]
        leaf = ["leaf-" + pins[0], pins[1].replace("backup-", "backup-leaf-")]
        self.expect_kinds(self.lint(*pins))
        self.expect_kinds(self.lint("match = leaf", *pins), "certificate-pin")
        for now, days in [("2026-03-14", "398 days, 200 from 2026-03-15"), ("2026-03-15", "200 days, 100 from 2027"),
                          ("2027-03-15", "100 days, 47 from 2029-03-15"), ("2029-03-15", "47 days")]:
            problem, = self.expect_kinds(self.lint(*leaf, now=now), "certificate-pin")
            self.assertIn(f"at most {days}", problem["message"])

    def test_keys_of_leaves_are_noted(self):
        for rule in [["match = leaf", *self.pins(pin(1), pin(2))], self.pins(pin(1), pin(2), prefix="leaf-")]:
            run = self.lint(*rule)
            self.expect_kinds(run)
            note, = run.json["files"][0]["notes"]
            self.assertIn("at most 200 days", note["message"])
            self.assertTrue(note["line"])
            text = self.run_command("lint", "--now", "2026-11-28", "policy.conf")
            self.expect(text, 0, out=["policy.conf:", "note: [host api.example.com] is pinned to keys of leaves",
                                      "no mistakes and no warnings"])
            self.assertTrue(re.search(r"^policy.conf:\d+: note: ", text.out, re.M))
        self.assertEqual(self.lint(*self.pins(pin(1), pin(2))).json["files"][0]["notes"], [])
        self.assertEqual(self.lint("match = leaf", "enforcement = off").json["files"][0]["notes"], [])
