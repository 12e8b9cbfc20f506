# SPDX-License-Identifier: Apache-2.0
"""`pinverdict lint`."""
import random
import re

from command import TestCase, pin
from kit.transparency import Log


def pins(name, prefix=""):
    return [f"{prefix}pin-sha256 = {pin(name)}", f"backup-{prefix}pin-sha256 = {pin(name + ' backup')}"]


def host(name, *settings, own=None):
    """A rule with pins of its own, unless others are given."""
    return [f"[host {name}]", *settings, *(pins(name) if own is None else own)]


class LintTests(TestCase):
    def lint(self, *sections, settings=(), now="2026-11-21", as_json=True):
        self.policy(*sections, settings=settings)
        return self.run_command("lint", "--now", now, *(["--json"] if as_json else []), "policy.conf")

    def expect_warnings(self, run, *expected):
        """Kinds and lines, all of them."""
        self.expect(run, 1 if expected else 0)
        problems = run.json["files"][0]["problems"]
        self.assertEqual([(problem["code"], problem["line"]) for problem in problems], list(expected), run)
        self.assertEqual({problem["severity"] for problem in problems} - {"warning"}, set())

    # ---------------------------------------------------------------------------------------------- mistakes

    def test_clean(self):
        self.expect_warnings(self.lint(*host("a.example.com")))
        run = self.lint(*host("a.example.com"), as_json=False)
        self.assertEqual(self.expect(run, 0).out, "policy.conf: no mistakes and no warnings\n")

    def test_what_cannot_be_read_is_an_error_for_programs_too(self):
        run = self.expect(self.run_command("lint", "--json", "missing.conf"), 2, err="missing.conf: No such file")
        self.assertEqual([run.json["errors"], len(run.json["files"])], [["missing.conf: No such file or directory"], 1])

    def test_every_mistake_at_once(self):
        run = self.lint("[host b.example]", "[host a..b]", "[hots c]",
                        *host("d.example", "match = all", "colour = red"), "nonsense", "[host e.example]",
                        settings=["serial = 2"], as_json=False)
        self.expect(run, 2)
        lines = [re.match(r"policy.conf:(\d+): error: (.*)", line) for line in run.out.splitlines()[:-1]]
        expected = [3, 4, 5, 6, 8, 9, 12, 13]
        self.assertEqual([int(line[1]) for line in lines], expected)
        self.assertIn("stands twice", lines[0][2])
        self.assertIn("has no pins", lines[1][2])
        self.assertIn("8 mistakes", run.out.splitlines()[-1])
        problems = self.run_command("lint", "--json", "policy.conf").json["files"][0]["problems"]
        self.assertEqual([problem["line"] for problem in problems], expected)

    def test_names_with_other_letters(self):
        for name, encoded in {"bücher.example": "xn--bcher-kva.example", "*.grüße.de": "*.xn--gre-6ka8l.de",
                              "BÜCHER.example": "xn--bcher-kva.example", "例え.jp": "xn--r8jz45g.jp",
                              "bu\u0308cher.example": "xn--bcher-kva.example"}.items():
            with self.subTest(name):
                self.expect(self.lint(*host(name), as_json=False), 2, out=f"write its xn-- form: [host {encoded}]\n")
        for name in ["☃☃.ü", "-ü.de", "ü..de", "ü" * 100]:
            with self.subTest(name):
                run = self.expect(self.lint(*host(name), as_json=False), 2, out="write its xn-- form\n")

    def test_bad_files(self):
        good = "[policy]\nserial = 1\nenforcement = off\n"
        for content, why in [(b"", "no [policy] section"), (good[:-1].encode(), "does not end with a line end"),
                             (b"\xef\xbb\xbf" + good.encode(), "byte-order mark"), (good.encode() + b"\0\n", "NUL"),
                             (good.encode() + b"# \xff\n", "UTF-8"), (good.encode() + b"#" * 5000 + b"\n", "4096"),
                             (good.replace("\n", "\r").encode() + b"\n", "control character")]:
            with self.subTest(why):
                self.expect(self.run_command("lint", self.write("bad.conf", content)), 2, out=[why, "bad.conf:"])
        self.expect(self.run_command("lint", self.write("bad.conf", good.replace("\n", "\r\n"))), 1)

    def test_more_mistakes_than_anybody_reads(self):
        self.write("bad.conf", "x\n" * 30_000)
        run = self.expect(self.run_command("lint", "bad.conf"), 2, out=["and 20001 more", "30001 mistakes"])
        self.assertEqual(len(run.out.splitlines()), 10_002)

    def test_several_files(self):
        self.lint(*host("a.example.com"))
        self.write("warning.conf", "[policy]\nserial = 1\nenforcement = off\n")
        self.write("mistake.conf", "[policy]\n")
        for files, status in [(["policy.conf"], 0), (["warning.conf", "policy.conf"], 1),
                              (["mistake.conf", "warning.conf", "policy.conf"], 2), (["policy.conf", "missing"], 2)]:
            run = self.run_command("lint", "--json", *files)
            self.expect(run, status)
            self.assertEqual([found["file"] for found in run.json["files"]], files)
            self.assertIn(self.run_command("lint", *files).status, [status])

    def test_standard_input(self):
        self.expect(self.run_command("lint", "-", stdin="[policy]\n"), 2, out="standard input:1: error: ")

    # ---------------------------------------------------------------------------------------------- warnings

    def test_no_backup(self):
        self.expect_warnings(self.lint("[host a.example.com]", "allow-single-pin = yes", pins("x")[0]),
                             ("no-backup", 4))
        self.expect_warnings(
            self.lint("[pin-set one]", pins("x")[0], "[host a.example.com]", "pin-set = one", "allow-single-pin = yes"),
            ("no-backup", 3), ("no-backup", 7))
        # A backup of another list does not count.
        self.expect_warnings(
            self.lint("[host a.example.com]", *pins("x", "ca-"), pins("y")[0], "allow-single-pin = yes"),
            ("no-backup", 7))
        # Nor does one of another kind.
        self.expect_warnings(
            self.lint("[host a.example.com]", pins("x")[0], pins("y")[1].replace("pin-", "key-", 1),
                      "allow-single-pin = yes"), ("no-backup", 6))
        # A set that each of its users has a backup for.
        self.expect_warnings(
            self.lint("[pin-set one]", pins("x")[0], "[host a.example.com]", "pin-set = one", pins("y")[1]))

    def test_needless(self):
        self.expect_warnings(self.lint(*host("a.example.com", "allow-single-pin = yes")), ("needless", 4))

    def test_expiry(self):
        rule = host("a.example.com", "expires = 2026-12-20", "on-expiry = allow")
        self.expect_warnings(self.lint(*rule, now="2026-11-20"))
        for now in ["2026-11-21", "2026-12-20", "1797811199"]:
            self.expect_warnings(self.lint(*rule, now=now), ("expires-soon", 4))
        for now in ["2026-12-21", "1797811200", "9223372036854775807"]:
            self.expect_warnings(self.lint(*rule, now=now), ("expired", 4))
        self.assertIn("pins nothing", self.lint(*rule, now="2027-01-01").out)
        rule[2] = "on-expiry = refuse"
        self.assertIn("refuses every connection", self.lint(*rule, now="2027-01-01").out)
        self.assertIn("in 1 day", self.lint(*rule, now="2026-12-20").out)
        self.expect_warnings(self.lint(*host("a.example.com", "expires = 9999-12-31", "on-expiry = allow")))

    def test_staleness(self):
        for action, words in ("keep", "loads all the same"), ("refuse", "not loaded"):
            settings = ["valid-until = 2026-12-20", f"on-stale = {action}"]
            for now, *codes in [("2026-11-20",), ("2026-11-21", "stale-soon"), ("2026-12-20", "stale-soon"),
                                ("1797811199", "stale-soon"), ("1797811200", "stale")]:
                found = self.lint(*host("a.example.com"), settings=settings, now=now)
                self.expect_warnings(found, *((code, 3) for code in codes))
                if codes:
                    self.assertIn(words, found.out)
        settings = ["valid-until = 9999-12-31", "on-stale = keep"]
        self.expect_warnings(self.lint(*host("a.example.com"), settings=settings))

    def scts(self, required, *logs, max_age=30, on_stale="allow", as_of="2026-11-20"):
        """A host that asks for SCTs, on line 4, and logs with their operators and further lines."""
        return [*host("a.example.com", f"require-scts = {required}"), "[ct-logs]", f"as-of = {as_of}",
                f"max-age = {max_age}", f"on-stale = {on_stale}",
                *(Log(owner).section(f"log{number}", *lines) for number, (owner, *lines) in enumerate(logs))]

    def test_a_list_of_logs_that_is_stale(self):
        for action, words in ("allow", "no SCT is asked for"), ("refuse", "hosts with require-scts are refused"):
            rules = self.scts(2, ["Alpha"], ["Beta"], on_stale=action)
            for now, *codes in [("2026-11-20",), ("2026-11-21", "ct-logs-stale-soon"),
                                ("2026-12-20", "ct-logs-stale-soon"), ("1797811199", "ct-logs-stale-soon"),
                                ("1797811200", "ct-logs-stale")]:
                found = self.lint(*rules, now=now)
                self.expect_warnings(found, *((code, 9) for code in codes))
                if codes:
                    self.assertIn(words, found.out)
            # Where nothing asks for SCTs the list does not matter.
            del rules[1]
            self.expect_warnings(self.lint(*rules, now="2027-06-01"))

    def test_logs_that_end(self):
        until, retired = "certificates-until = 2026-12-20", "retired = 2026-12-20T00:00:00Z"
        for required, logs, ends in [
                (2, [["Alpha"], ["Beta"]], False), (2, [["Alpha"], ["Beta", until]], True),
                (2, [["Alpha"], ["Beta", until], ["Gamma"]], False),
                (2, [["Alpha"], ["Beta", until], ["alpha"]], True), (2, [["Alpha", retired], ["Beta"]], False),
                (2, [["Alpha", retired], ["Beta", retired]], True), (2, [["Alpha", until], ["Beta", retired]], True),
                (3, [["Alpha"], ["Beta"], ["Beta", until]], True),
                (3, [["Alpha"], ["Beta"], ["Beta", "certificates-until = 2027-07-01"]], False)]:
            with self.subTest(logs=logs):
                rules = self.scts(required, *logs, max_age=3650)
                self.expect_warnings(self.lint(*rules, now="2026-11-19"))
                for now, words in [("2026-11-21", "from 2026-12-20 on"), ("2026-12-19", "from 2026-12-20 on"),
                                   ("2026-12-20", "now, "), ("2027-01-20", "now, ")]:
                    found = self.lint(*rules, now=now)
                    self.expect_warnings(found, *([("ct-logs-end", 4)] if ends else []))
                    if ends:
                        self.assertIn(words, found.out)

    def test_one_operator(self):
        for required, *codes in (1, ("one-operator", 4)), (2,):
            self.expect_warnings(self.lint(*self.scts(required, ["Alpha"], ["Beta"], max_age=3650)), *codes)

    def test_policy_off(self):
        self.expect_warnings(self.lint(*host("a.example.com"), settings=["", "enforcement = off"]),
                             ("enforcement-off", 4))

    def test_rule_off(self):
        self.expect_warnings(self.lint(*host("a.example.com", "enforcement = off")), ("rule-off", 4))

    def test_off_without_effect(self):
        off = ["[host a.example.com]", "enforcement = off"]
        self.expect_warnings(self.lint(*off, *host("b.example.com")), ("no-effect", 3))
        self.expect_warnings(self.lint(*off, *host("example.com")), ("no-effect", 3))
        for cover in [host("example.com", "include-subdomains = yes"), host("*.example.com")]:
            self.expect_warnings(self.lint(*off, *cover))
        self.expect_warnings(self.lint(*off, *host("b.example.com"), settings=["unpinned-hosts = refuse"]))
        wildcard = ["[host *.example.com]", "enforcement = off"]
        self.expect_warnings(self.lint(*wildcard, *host("*.com.example")), ("no-effect", 3))
        self.expect_warnings(self.lint(*wildcard, *host("example.com", "include-subdomains = yes")))

    def test_never_decides(self):
        labels = [letter * 63 for letter in "abc"]
        self.expect_warnings(self.lint(*host("*." + ".".join([*labels, "d" * 59]))))
        self.expect_warnings(self.lint(*host("*." + ".".join([*labels, "d" * 60]))), ("never-decides", 3))

    def test_never_enforced(self):
        self.expect_warnings(self.lint(*host("a.example.com", "rollout-percent = 0")), ("never-enforced", 4))
        self.expect_warnings(self.lint(*host("a.example.com", "rollout-percent = 1")))

    def test_report_only_makes_settings_void(self):
        self.expect_warnings(self.lint(*host("a.example.com", "rollout-percent = 5", "enforcement = report-only")),
                             ("no-effect", 4))
        self.expect_warnings(
            self.lint(*host("a.example.com", "enforcement = enforce", "rollout-percent = 5"), *host("b.example.com"),
                      settings=["enforcement = report-only"]), ("no-effect", 5), ("no-effect", 6))

    def test_max_depth(self):
        self.expect_warnings(self.lint(*host("a.example.com", "match = leaf", "max-depth = 2")), ("no-effect", 5))
        self.expect_warnings(self.lint(*host("a.example.com", "max-depth = 2", own=pins("x", "leaf-"))),
                             ("no-effect", 4))
        self.expect_warnings(self.lint(*host("a.example.com", "max-depth = 32")), ("no-effect", 4))
        self.expect_warnings(self.lint(*host("a.example.com", "match = root", "max-depth = 3")), ("out-of-reach", 5))
        self.expect_warnings(self.lint(*host("a.example.com", "match = ca", "max-depth = 3")))

    def test_warnings_that_are_meant(self):
        self.policy(*host("a.example.com"), settings=["enforcement = off"])
        self.expect(self.run_command("lint", "policy.conf"), 1, out="[enforcement-off]\n")
        self.expect(self.run_command("lint", "--allow", "enforcement-off", "policy.conf"), 0,
                    out="[enforcement-off, allowed]\n")
        problems = self.run_command("lint", "--json", "--allow", "enforcement-off",
                                    "policy.conf").json["files"][0]["problems"]
        self.assertEqual([problem["allowed"] for problem in problems], [True])
        self.expect(self.run_command("lint", "--allow", "no-backup", "policy.conf"), 1, out="[enforcement-off]\n")
        self.expect(self.run_command("lint", "--allow", "nonsense", "policy.conf"), 2, err="nonsense")
        self.policy(*host("a..b"), settings=["enforcement = off"])
        self.expect(self.run_command("lint", "--allow", "enforcement-off", "policy.conf"), 2, out="no host name")

    def test_deployed(self):
        self.policy(*host("a.example.com"), *host("b.example.com"))
        old = (self.directory / "policy.conf").read_text()
        self.write("old.conf", old)
        lint = ["lint", "--deployed", "old.conf", "policy.conf"]
        self.expect(self.run_command(*lint), 0, out="policy.conf: no host is pinned otherwise\n")
        self.write("policy.conf", old.replace(pin("a.example.com"), pin("new")))
        run = self.expect(self.run_command(*lint), 1, out=[
            "policy.conf:2: warning: serial = 1 has to rise above 1, that of the deployed policy",
            "going back to an earlier policy takes a new serial, too [serial-not-raised]\n",
            "policy.conf:3: looser and stricter: a.example.com\n    looser: 1 pin more\n    stricter: 1 pin fewer\n",
            f"    - pin-sha256 = {pin('a.example.com')}\n    + pin-sha256 = {pin('new')}\n"])
        self.assertNotIn("b.example.com", run.out)
        changes = self.run_command("lint", "--json", *lint[1:]).json["files"][0]["changes"]
        self.assertEqual([(change["host"], change["direction"], change["line"], len(change["lines"]))
                          for change in changes], [("a.example.com", "both", 3, 2)])
        self.policy(*host("a.example.com", "enforcement = report-only"), *host("c.example.com"),
                    settings=["unpinned-hosts = refuse"])
        self.write("policy.conf", (self.directory / "policy.conf").read_text().replace("serial = 1\n", "serial = 2\n"))
        run = self.expect(self.run_command(*lint), 0, out=[
            "policy.conf: stricter: *\n    stricter: what fails is refused, and was let through\n",
            "    - no rule, unpinned-hosts = allow\n    + no rule, unpinned-hosts = refuse\n",
            "policy.conf:4: looser: a.example.com\n    looser: what fails is reported, and was refused\n",
            "    + enforcement = report-only\n", "policy.conf: stricter: b.example.com\n",
            "policy.conf:8: stricter: c.example.com\n",
            "policy.conf: 4 changes: 1 looser, 3 stricter, 0 both, 0 neither\n"])
        self.expect(self.run_command("lint", "--deployed", "missing.conf", "policy.conf"), 2, err="missing.conf")

    def test_rejected_keys_that_are_let_through(self):
        rejected = f"rejected-pin-sha256 = {pin('stolen')}"
        rules = {"enforcement = report-only": "is report-only", "rollout-percent = 10": "is a rollout"}
        for setting, words in rules.items():
            with self.subTest(setting):
                run = self.lint(*host("a.example.com", setting), rejected)
                self.expect_warnings(run, ("rejected-key-allowed", 4))
                self.assertIn(f"[host a.example.com] {words}: keys that it or its sets", run.out)
                in_a_set = self.lint("[pin-set gone]", rejected, *host("a.example.com", setting, "pin-set = gone"))
                self.expect_warnings(in_a_set, ("rejected-key-allowed", 6))
                self.expect_warnings(self.lint(*host("a.example.com", setting), settings=[rejected]))
                self.expect_warnings(self.lint(*host("a.example.com", setting)))
        self.expect_warnings(self.lint(*host("a.example.com"), rejected))
        self.expect_warnings(self.lint(*host("a.example.com", "enforcement = report-only"), rejected,
                                       settings=["enforcement = report-only"]))

    def test_rejected_pins(self):
        rule = host("a.example.com")
        self.expect_warnings(self.lint(*rule, settings=[f"rejected-pin-sha256 = {pin('a.example.com')}"]),
                             ("rejected-pin", 5))
        self.expect_warnings(self.lint(*rule, f"rejected-pin-sha256 = {pin('a.example.com')}"), ("rejected-pin", 4))
        self.expect_warnings(self.lint(*rule, *host("b.example.com"), f"rejected-pin-sha256 = {pin('a.example.com')}"),
                             ("rejected-pin", 4))
        self.assertIn("rejected elsewhere, on line 9", self.run_command("lint", "policy.conf").out)
        self.expect_warnings(
            self.lint("[pin-set gone]", f"rejected-pin-sha256 = {pin('a.example.com')}", *rule, "pin-set = gone"),
            ("rejected-pin", 6))
        # Another kind of the same digest is another thing.
        self.expect_warnings(self.lint(*host("a.example.com", own=[
            f"rejected-pin-sha256 = {pin('x')}", f"rejected-pin-sha256 = {pin('x backup')}",
            *(line.replace("pin-", "key-") for line in pins("x"))])))

    def test_never_allows(self):
        rejected = [f"rejected-pin-sha256 = {pin('a.example.com')}",
                    f"rejected-pin-sha256 = {pin('a.example.com backup')}"]
        self.expect_warnings(self.lint(*host("a.example.com"), settings=rejected),
                             ("never-allows", 5), ("rejected-pin", 6), ("rejected-pin", 7))
        # One list is enough.
        self.expect_warnings(self.lint(*host("a.example.com"), *pins("fine", "ca-"), settings=rejected),
                             ("never-allows", 5), ("rejected-pin", 6), ("rejected-pin", 7))
        # Rejected for another host alone.
        run = self.lint(*host("a.example.com"), *host("b.example.com"), *rejected)
        self.expect_warnings(run, ("rejected-pin", 4), ("rejected-pin", 5))

    def test_in_use_and_backup(self):
        run = self.lint(*host("a.example.com"), "[host b.example.com]", pins("y")[0],
                        f"backup-pin-sha256 = {pin('a.example.com')}")
        self.expect_warnings(run, ("in-use-and-backup", 8))
        self.assertIn("in use on line 4", run.out)

    def test_public_suffixes(self):
        for suffix in ["co.uk", "com", "github.io", "xn--p1ai"]:
            with self.subTest(suffix):
                self.expect_warnings(self.lint(*host("*." + suffix)), ("public-suffix", 3))
                self.expect_warnings(self.lint(*host(suffix, "include-subdomains = yes")), ("public-suffix", 4))
                self.expect_warnings(self.lint(*host(suffix)))
        for name in ["example.co.uk", "corp", "internal.lan"]:
            with self.subTest(name):
                self.expect_warnings(self.lint(*host("*." + name)))

    def test_shared_pins(self):
        def two(first, second, *settings, own=None):
            own = own or pins("shared")
            return self.lint(*host(first, *settings, own=own), *host(second, *settings, own=own))

        self.expect_warnings(two("a.example.com", "b.example.org"), ("shared-pin", 7), ("shared-pin", 8))
        self.expect_warnings(two("a.example.co.uk", "*.other.co.uk"), ("shared-pin", 7), ("shared-pin", 8))
        for first, second in [("a.example.com", "b.x.example.com"), ("a.example.co.uk", "*.example.co.uk"),
                              ("a.example.com", "192.0.2.7"), ("a.example.com", "printer")]:
            with self.subTest(first=first, second=second):
                self.expect_warnings(two(first, second))
        # CAs are shared.
        self.expect_warnings(two("a.example.com", "b.example.org", "match = ca"))
        self.expect_warnings(two("a.example.com", "b.example.org", own=pins("shared", "ca-")))
        by_set = self.lint("[pin-set all]", *pins("x"), *host("a.example.com", own=["pin-set = all"]),
                           *host("b.example.org", own=["pin-set = all"]), *host("c.example.net", own=["pin-set = all"]))
        self.expect_warnings(by_set, ("shared-pin", 3))
        self.assertIn("[host a.example.com] on line 6 and [host b.example.org] on line 8", by_set.out)

    def test_unused(self):
        self.expect_warnings(self.lint("[pin-set spare]", *pins("x"), *host("a.example.com")), ("unused-pin-set", 3))
        self.expect_warnings(self.lint(*host("a.example.com"), settings=["", "environments = dev prod"]),
                             ("unused-environments", 4))
        # The environments that no rule names have to be declared too: checkers run in them.
        self.expect_warnings(
            self.lint(*host("a.example.com", "environments = prod"), settings=["environments = dev prod"]))

    def test_many_pins(self):
        more = [f"pin-sha256 = {pin(number)}" for number in range(19)]
        self.expect_warnings(self.lint(*host("a.example.com"), *more[1:]))
        self.expect_warnings(self.lint(*host("a.example.com"), *more), ("many-pins", 3))

    # ------------------------------------------------------------------------------------------------- noise

    def test_changed_policies(self):
        text = [*host("a.example.com", "match = any", "max-depth = 3", "expires = 2027-06-30", "on-expiry = allow"),
                "[pin-set s]", *pins("s"), *host("*.example.com", "pin-set = s", "environments = prod"),
                *host("192.0.2.7", "rollout-percent = 50"), *host("2001:db8::7"),
                *host("example.org", *pins("q", "ca-"))]
        self.policy(*text, settings=["environments = dev prod", f"rejected-pin-sha256 = {pin('r')}"])
        original = (self.directory / "policy.conf").read_bytes()
        self.assertIn(self.run_command("lint", "policy.conf").status, [0, 1])
        generator = random.Random(4)
        for number in range(150):
            changed = bytearray(original)
            lines = original.splitlines(keepends=True)
            for _ in range(generator.choice([1, 2, 10])):
                position = generator.randrange(len(changed))
                action = generator.randrange(3)
                if action == 0:
                    changed[position] = generator.randrange(256)
                elif action == 1:
                    del changed[position:position + generator.randrange(60)]
                else:
                    changed[position:position] = generator.choice(lines)
            run = self.run_command("lint", "--json", "-", stdin=bytes(changed))
            self.assertIn(run.status, [0, 1, 2], run)
            self.assertEqual(run.err, "")
            problems = run.json["files"][0]["problems"]
            self.assertEqual(run.status, 2 if any(problem["severity"] == "error" for problem in problems)
                             else 1 if problems else 0)

    def test_cut_short_at_every_byte(self):
        self.policy(*host("a.example.com"), *host("b.example.org"))
        text = (self.directory / "policy.conf").read_bytes()
        names = [self.write(f"cut{size}", text[:size]) for size in range(len(text))]
        run = self.run_command("lint", "--json", *names)
        self.expect(run, 2)
        for found in run.json["files"]:
            if not text[:int(found["file"].removeprefix("cut"))].endswith(b"\n"):
                self.assertEqual({problem["severity"] for problem in found["problems"]}, {"error"}, found)
