# SPDX-License-Identifier: Apache-2.0
"""`pinverdict explain`."""
import random

from command import TestCase, pin
from kit.transparency import Log


def host(name, *settings):
    return [f"[host {name}]", f"pin-sha256 = {pin(name)}", f"backup-pin-sha256 = {pin(name + ' backup')}", *settings]


class ExplainTests(TestCase):
    def explain(self, name, *arguments, as_json=True):
        return self.run_command("explain", "--policy", "policy.conf", "--host", name, *arguments,
                                *(["--json"] if as_json else []))

    def candidates(self, run):
        return [(found["pattern"], found["answer"], found["line"]) for found in self.expect(run, 0).json["candidates"]]

    def test_exact_rule(self):
        self.policy(*host("api.example.com"), *host("*.example.com"), *host("example.com", "include-subdomains = yes"))
        run = self.explain("API.Example.com.")
        self.assertEqual(self.candidates(run), [
            ("api.example.com", "decides", 3), ("*.example.com", "not-asked", 6), ("example.com", "not-asked", 9),
            ("com", "absent", None)])
        self.assertEqual([run.json["host"], run.json["rule"], run.json["line"]],
                         ["api.example.com", "api.example.com", 3])

    def test_wildcard_takes_one_label(self):
        self.policy(*host("*.example.com"), *host("example.com"))
        self.assertEqual(self.candidates(self.explain("a.example.com"))[1], ("*.example.com", "decides", 3))
        run = self.explain("b.a.example.com")
        self.assertEqual(self.candidates(run), [
            ("b.a.example.com", "absent", None), ("*.a.example.com", "absent", None), ("a.example.com", "absent", None),
            ("example.com", "no-include-subdomains", 6), ("com", "absent", None)])
        self.assertEqual([run.json["rule"], run.json["demands"]], [None, None])

    def test_nearest_ancestor(self):
        self.policy(*host("example.com", "include-subdomains = yes"),
                    *host("a.example.com", "include-subdomains = yes"))
        self.assertEqual(self.candidates(self.explain("c.b.a.example.com"))[-3:], [
            ("a.example.com", "decides", 7), ("example.com", "not-asked", 3), ("com", "absent", None)])

    def test_environments(self):
        self.policy(*host("a.example.com", "environments = staging dev"),
                    *host("example.com", "include-subdomains = yes"), settings=["environments = dev staging prod"])
        run = self.explain("a.example.com", "--environment", "prod")
        self.assertEqual(self.candidates(run)[:3], [
            ("a.example.com", "other-environment", 4), ("*.example.com", "absent", None),
            ("example.com", "decides", 8)])
        self.expect(self.explain("a.example.com", "--environment", "prod", as_json=False), 0,
                    out="policy.conf:4: exists in dev, staging only")
        self.assertEqual(self.explain("a.example.com", "--environment", "dev").json["line"], 4)
        self.expect(self.explain("a.example.com"), 2, err="one of: dev, staging, prod")
        self.expect(self.explain("a.example.com", "--environment", "test"), 2, err="it declares: dev, staging, prod")

    def test_addresses_have_no_ancestors(self):
        self.policy(*host("192.0.2.7"), *host("2001:db8::7"))
        self.assertEqual(self.candidates(self.explain("::ffff:c000:207")), [("192.0.2.7", "decides", 3)])
        self.assertEqual(self.candidates(self.explain("[2001:DB8::0:7]")), [("2001:db8::7", "decides", 6)])

    def test_words(self):
        self.policy("[pin-set api]", f"pin-sha256 = {pin(1)}", f"backup-pin-sha256 = {pin(2)}",
                    "[host *.example.com]", "pin-set = api", f"ca-pin-sha256 = {pin(3)}",
                    f"backup-ca-pin-sha256 = {pin(4)}", "max-depth = 3", "expires = 2027-06-30",
                    "on-expiry = refuse", "rollout-percent = 10",
                    settings=[f"rejected-pin-sha256 = {pin(5)}"])
        run = self.expect(self.explain("a.example.com", "--now", "2027-06-30", as_json=False), 0, out=[
            "host         a.example.com\n", "decided by   [host *.example.com], policy.conf:7\n",
            "[host a.example.com]  exact name          there is none\n",
            "[host *.example.com]  one-label wildcard  policy.conf:7: decides\n",
            "[host example.com]    ancestor            there is none\n",
            "demands      any certificate of the path, among the first 3, has one of\n",
            f"backup-pin-sha256    = {pin(2)}  policy.conf:6 [pin-set api]\n",
            "and          a certificate behind the leaf, among the first 3, has one of\n",
            f"backup-ca-pin-sha256 = {pin(4)}  policy.conf:10\n",
            f"rejected-pin-sha256  = {pin(5)}  policy.conf:3\n",
            "until the end of 2027-06-30, UTC; after that every connection is refused\n",
            "what fails is refused in 10 of 100 installations, and reported in the others\n"])
        self.assertNotIn("they have expired", run.out)
        self.expect(self.explain("a.example.com", "--now", "2027-07-01", as_json=False), 0, out="they have expired")

    def test_json_demands(self):
        self.policy(*host("a.example.com", "match = ca", "enforcement = report-only", "expires = 2000-02-29",
                          "on-expiry = allow"))
        found = self.explain("a.example.com").json
        demands = found["demands"]
        self.assertEqual([found["expired"], demands["match"], demands["enforcement"], demands["expires"],
                          demands["on_expiry"], demands["max_depth"], demands["rollout_percent"]],
                         [True, "ca", "report-only", "2000-02-29", "allow", None, 100])
        self.assertEqual([(found["key"], found["line"]) for found in demands["lists"][0]["pins"]],
                         [("pin-sha256", 4), ("backup-pin-sha256", 5)])

    def test_scts(self):
        for required, choice, words, operators in [
                (1, "allow", "none is asked for", "1 log\n"),
                (2, "refuse", "every connection is refused", "2 logs, of two operators or more\n")]:
            self.policy(*host("a.example.com", f"require-scts = {required}"), *host("b.example.com"),
                        "[ct-logs]", "as-of = 2026-11-20", "max-age = 70", f"on-stale = {choice}",
                        *(Log(owner).section(owner) for owner in ["Alpha", "Beta"]))
            self.expect(self.explain("a.example.com", as_json=False), 0, out=[
                f"the certificate has SCTs of {operators}",
                f"until the end of 2027-01-29, UTC; after that the list of logs is stale, and {words}\n"])
            self.assertNotIn("SCT", self.explain("b.example.com", as_json=False).out)
            members = ["require_scts", "ct_logs_until", "on_stale_ct_logs"]
            for name, values in ("a", [required, "2027-01-29", choice]), ("b", [None] * 3):
                demands = self.explain(f"{name}.example.com").json["demands"]
                self.assertEqual([demands[member] for member in members], values)

    def test_own_pins_come_before_those_of_sets(self):
        pins = [[f"pin-sha256 = {pin(seed)}", f"backup-pin-sha256 = {pin(seed + 1)}"] for seed in (1, 3, 5)]
        self.policy("[pin-set one]", *pins[0], "[pin-set two]", *pins[1],
                    "[host example.com]", "pin-set = two", *pins[2], "pin-set = one")
        listed = self.explain("example.com").json["demands"]["lists"][0]["pins"]
        self.assertEqual([(found["digest"], found["pin_set"]) for found in listed], [
            (pin(5), None), (pin(6), None), (pin(3), "two"), (pin(4), "two"), (pin(1), "one"), (pin(2), "one")])

    def test_dates(self):
        dates = ["1970-01-01", "1999-12-31", "2000-02-29", "2000-03-01", "2024-02-29", "2100-02-28", "2100-03-01",
                 "2026-10-31", "9999-12-31"]
        self.policy(*(line for number, date in enumerate(dates)
                      for line in host(f"h{number}.example.com", f"expires = {date}", "on-expiry = allow")))
        for number, date in enumerate(dates):
            run = self.explain(f"h{number}.example.com", "--now", date)
            self.assertEqual([run.json["demands"]["expires"], run.json["expired"]], [date, False])

    def test_off(self):
        self.policy(*host("example.com", "include-subdomains = yes"), "[host a.example.com]", "enforcement = off")
        run = self.expect(self.explain("a.example.com", as_json=False), 0,
                          out=["policy.conf:7: decides", "off: every connection to the host is allowed"])
        self.assertNotIn("demands", run.out)
        self.policy(*host("a.example.com", "enforcement = off"), settings=[f"rejected-pin-sha256 = {pin(5)}"])
        self.expect(self.explain("a.example.com", as_json=False), 0,
                    out="the keys that [policy] rejects are refused all the same")
        self.policy(*host("a.example.com"), settings=["enforcement = off"])
        self.expect(self.explain("a.example.com", as_json=False), 0, out="[policy] is off: every connection is allowed")

    def test_no_rule(self):
        self.policy(*host("a.example.com"), settings=[f"rejected-pin-sha256 = {pin(5)}"])
        self.expect(self.explain("b.example.com", as_json=False), 0,
                    out=["no rule: the host is not pinned, and allowed", "[policy] rejects are looked for"])
        self.policy(*host("a.example.com"), settings=["unpinned-hosts = refuse"])
        self.expect(self.explain("b.example.com", as_json=False), 0, out="refused, by unpinned-hosts = refuse")

    def test_bad_input(self):
        self.policy(*host("a.example.com"))
        for name in ["", "a..b", "0x7f.1", "a/b", "1.2.3"]:
            self.expect(self.explain(name), 2, err="is neither a host name nor an IP address")
        for name in ["a.example.com:443", "192.0.2.1:443"]:
            self.expect(self.explain(name), 2, err=f"; write the host alone: {name[:-4]}\n")
        self.expect(self.explain("münchen.example"), 2, err="is xn--mnchen-3ya.example")
        self.policy("[host a.example.com]")
        run = self.expect(self.explain("a.example.com"), 2, err="policy.conf:3: error: the rule has no pins")
        self.assertEqual(run.json, {"format": 1, "command": "explain", "errors": run.err.splitlines()})

    def test_says_what_a_check_says(self):
        """On policies made at random, the rule that is explained is the one that decides."""
        generator = random.Random(5)
        labels = ["a", "b", "c"]
        leaf = self.fixtures["leaf"].path
        decided = 0
        for _ in range(25):
            sections = []
            patterns = set()
            for _ in range(generator.randrange(1, 9)):
                name = ".".join(generator.choices(labels, k=generator.randrange(1, 4)))
                if generator.random() < 0.3:
                    patterns.add(("*." + name, False, generator.randrange(3)))
                else:
                    patterns.add((name, generator.random() < 0.6, generator.randrange(3)))
            for name in {pattern[0] for pattern in patterns}:
                _, includes, environment = min(pattern for pattern in patterns if pattern[0] == name)
                sections += host(name, *(["include-subdomains = yes"] if includes else []),
                                 *([f"environments = {'xy'[environment]}"] if environment < 2 else []))
            self.policy(*sections, settings=["environments = x y", "unpinned-hosts = refuse"])
            for _ in range(6):
                name = ".".join(generator.choices(labels, k=generator.randrange(1, 5)))
                environment = ["--environment", generator.choice("xy")]
                explained = self.expect(self.explain(name, *environment), 0).json
                checked = self.run_command("check", "--policy", "policy.conf", "--host", name, *environment, "--json",
                                           leaf).json
                self.assertEqual(explained["rule"], checked["rule"], explained)
                deciding = [found["pattern"] for found in explained["candidates"] if found["answer"] == "decides"]
                self.assertEqual(deciding, [explained["rule"]] if explained["rule"] else [])
                decided += explained["rule"] is not None
        self.assertGreater(decided, 30)
