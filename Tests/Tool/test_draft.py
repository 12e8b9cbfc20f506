# SPDX-License-Identifier: Apache-2.0
"""`pinverdict draft`."""
import json
import re
import resource

from command import TestCase

USUAL = ["leaf", "intermediate", "root"]
OTHER = ["other-leaf", "other-intermediate", "other-root"]


def event(host, path, day="2026-11-20", reason="not-pinned", **more):
    """A line of JSON, of a path of fixtures."""
    return json.dumps({
        "date-time": f"{day}T10:20:30Z", "hostname": host, "port": 0, "include-subdomains": False,
        "noted-hostname": "", "served-certificate-chain": [],
        "validated-certificate-chain": [each.pem for each in path], "known-pins": [], "decision": "allow",
        "reason": reason, "enforced": False, "backup": False, "resumed": False, "truncated": False,
        "matched-depth": -1, "policy-serial": 1, "repeats": 0, **more}) + "\n"


class DraftTests(TestCase):
    def event(self, host, path, *arguments, **more):
        return event(host, [self.fixtures[name] for name in path], *arguments, **more)

    def draft(self, events, *options):
        self.write("events.jsonl", events)
        return self.run_command("draft", *options, "events.jsonl")

    def section(self, text, host):
        """The comments and the rule of a host."""
        return next(part for part in text.split("\n\n") if part.startswith(f"# {host}: "))

    def replay(self, text, paths):
        """Enforced, the draft allows what it was made of, and says nothing to lint but what it has said itself."""
        self.write("draft.conf", text)
        run = self.run_command("lint", "draft.conf", "--allow", "no-backup")
        self.expect(run, 0)
        self.assertIn("enforcement = report-only\n", text)
        self.write("enforced.conf", text.replace("enforcement = report-only\n", ""))
        for host, path in paths:
            for policy in ["draft.conf", "enforced.conf"]:
                files = [self.fixtures[name].path for name in path]
                self.expect(self.run_command("check", "--policy", policy, "--host", host, *files), 0, out="matched")

    def test_one_server(self):
        events = "".join(self.event("Api.Example.com.", USUAL, f"2026-11-{day:02}", repeats=day)
                         for day in range(3, 9))
        for choice, name, key in [("ca", "root", "ca-pin-sha256"), ("leaf", "leaf", "pin-sha256")]:
            text = self.expect(self.draft(events, "--propose", choice), 0).out
            part = self.section(text, "api.example.com")
            self.assertIn("39 checks, from 2026-11-03 to 2026-11-08\n", part)
            self.assertEqual(part.count("on every path"), 3)
            self.assertNotIn("seen once", part)
            self.assertEqual(re.findall("^[a-z].*-pin.* = .*|^pin.*", part, re.M),
                             [f"{key} = {self.fixtures[name].pin}", "allow-single-pin = yes"])
            self.assertIn("# no backup is known", part)
            self.replay(text, [("api.example.com", USUAL)])
            # Another server is not in it.
            files = [self.fixtures[name].path for name in OTHER]
            run = self.run_command("check", "--policy", "enforced.conf", "--host", "api.example.com", *files)
            self.expect(run, 1, out="no-match")

    def test_servers_that_differ(self):
        """None of them is refused, whatever is pinned, and the draft says what differs."""
        events = self.event("a.example", USUAL, repeats=8) + self.event("a.example", OTHER, "2026-11-21")
        for choice in ["ca", "leaf"]:
            text = self.expect(self.draft(events, "--propose", choice), 0).out
            part = self.section(text, "a.example")
            self.assertIn("2 keys of leaves", part)
            self.assertIn("in 9 of 10 checks, on 2026-11-20", part)
            self.assertRegex(part, r"in 1 of 10 checks, on 2026-11-21\n# seen once: .*\n(ca-)?pin-sha256 = ")
            self.assertNotIn("on every path", part)
            self.replay(text, [("a.example", USUAL), ("a.example", OTHER)])
        # One root for two keys of leaves.
        events = self.event("a.example", USUAL) + self.event("a.example", [OTHER[0], *USUAL[1:]])
        part = self.section(self.expect(self.draft(events), 0).out, "a.example")
        self.assertEqual(part.count("ca-pin-sha256 = "), 1)
        self.assertIn("2 keys of leaves", part)

    def test_paths_without_a_ca(self):
        """A leaf that is its own anchor beside a path with one: the leaves are pinned, or one would be refused."""
        events = self.event("a.example", ["root"]) + self.event("a.example", OTHER)
        text = self.expect(self.draft(events), 0).out
        self.assertNotIn("ca-pin", self.section(text, "a.example"))
        self.replay(text, [("a.example", ["root"]), ("a.example", OTHER)])

    def test_failures(self):
        """A key that a policy refused is told as such; a path that is rejected or was not validated is passed over."""
        events = self.event("a.example", USUAL, reason="matched") + self.event("a.example", OTHER, reason="no-match")
        events += self.event("b.example", USUAL, reason="rejected-key")
        events += self.event("c.example", USUAL, reason="of-tomorrow") + self.event("d.example", [], reason="x")
        run = self.draft(events)
        self.assertEqual(run.status, 0, run)
        self.assertRegex(run.out, r"seen only where a policy refused it.*\nca-pin-sha256 = "
                         + re.escape(self.fixtures["other-root"].pin))
        self.assertEqual(run.out.count("[host "), 1)
        self.assertEqual(run.out.count("seen only"), 1)
        self.assertIn("1 event without a path", run.err)
        self.assertIn("2 events of paths that no pin", run.err)

    def test_several_hosts(self):
        events = self.event("b.example", USUAL) + self.event("a.example", USUAL) + self.event("::1", OTHER)
        text = self.expect(self.draft(events), 0).out
        self.assertEqual(re.findall(r"\[host (.*)\]", text), ["::1", "a.example", "b.example"])
        self.replay(text, [("a.example", USUAL), ("b.example", USUAL), ("::1", OTHER)])
        text = self.expect(self.draft(events, "--propose", "leaf"), 0).out
        self.assertEqual(text.count("# other hosts show the same key"), 2)
        # A program's events in several files, and from a pipe.
        self.write("more.jsonl", self.event("c.example", USUAL))
        run = self.run_command("draft", "more.jsonl", "-", stdin=events)
        self.assertEqual(self.expect(run, 0).out.count("[host "), 4)

    def test_truncated(self):
        events = self.event("a.example", USUAL[:2], truncated=True)
        text = self.expect(self.draft(events), 0).out
        self.assertIn("cut short", text)
        self.assertIn(f"ca-pin-sha256 = {self.fixtures['intermediate'].pin}", text)

    def test_json(self):
        events = self.event("a.example", USUAL, repeats=1) + self.event("a.example", OTHER)
        found = self.expect(self.draft(events, "--json"), 0).json
        self.assertEqual(found["policy"], self.draft(events).out)
        host, = found["hosts"]
        self.assertEqual([host["host"], host["checks"], host["first_seen"]], ["a.example", 3, "2026-11-20"])
        rows = [(key["depth"], key["pin"], key["checks"], key["pinned"], key["on_every_path"]) for key in host["keys"]]
        self.assertEqual(rows, [(depth, self.fixtures[name].pin, checks, depth == 2, False)
                                for path, checks in [(USUAL, 2), (OTHER, 1)] for depth, name in enumerate(path)])
        run = self.draft("x\n", "--json")
        self.assertEqual((run.status, run.json["policy"], len(run.json["errors"])), (2, None, 2))

    def test_bad_lines(self):
        """Each is an error with its place; the rest is read."""
        good = self.event("a.example", USUAL)
        leaf = self.fixtures["leaf"].pem

        def of(chain):
            return self.event("a.example", [], **{"validated-certificate-chain": chain})

        rows = [
            ("x", "not JSON"), ("[1, 2]", "another type"), ("{}", "it has no "), ("[" * 100000, "not JSON"),
            (good[:700], "not JSON"), (b"\0".decode(), "not JSON"), (self.event("a..b", USUAL), 'host "a..b"'),
            (self.event("x\0.example", USUAL), r'host "x\u{0}.example" is neither'),
            (self.event("x\n[host evil.example]", USUAL), "is neither a host name"),
            (self.event("x" * 5000, USUAL), "is neither a host name"),
            (self.event("a.example", USUAL, "tomorrow"), "does not begin with a date"),
            (self.event("a.example", USUAL, repeats=-1), "out of range"),
            (self.event("a.example", USUAL, repeats=2**64), "out of range"),
            (self.event("a.example", USUAL, repeats="1"), "repeats has a value of another type"),
            (self.event("a.example", USUAL, reason=7), "reason has a value of another type"),
            (self.event("a.example", ["leaf"] * 33), "more than 32"),
            (self.event("a.example", ["garbage"]), "of the path"),
            (of([leaf, "x"]), "2 of the path is not one in PEM"), (of(leaf), "another type"), (of([7]), "another type"),
            (of([leaf + leaf]), "not one in PEM"),
            ("x" * (1 << 20), "longer than an event"),
        ]
        for number, (line, message) in enumerate(rows, 2):
            with self.subTest(line[:60]):
                run = self.draft(good + line.rstrip("\n") + "\n\n  \n" + good)
                self.assertEqual(run.status, 1, run)
                self.assertRegex(run.err, r"^events\.jsonl:2: error: .*\n$")
                self.assertIn(message, run.err)
                self.assertIn("# a.example: 2 checks, on 2026-11-20\n", run.out)
        run = self.draft("".join(line.rstrip("\n") + "\n" for line, _ in rows) + "x\n" * 50)
        self.assertEqual((run.status, run.out), (2, ""))
        self.assertEqual(run.err.count(": error: "), 20)
        self.assertIn(f"and {len(rows) + 30} errors more", run.err)
        # The last line may lack its end; a name may be anything.
        self.expect(self.draft(good.rstrip("\n")), 0)
        self.expect(self.draft(self.event("a.example", USUAL, repeats=2**64 - 1) * 2), 0, out=f"{2**64 - 1} checks")
        self.expect(self.run_command("draft", "missing.jsonl"), 2, err="missing.jsonl: ")
        self.expect(self.run_command("draft", "-", "-"), 2, err="only once")

    def test_memory(self):
        """It grows with hosts and keys, not with lines or their length."""
        good = self.event("a.example", ["leaf"])

        def megabytes(text):
            self.write("events.jsonl", text)
            limit = 600 << 20  # of the address space, of which Swift's runtime and OpenSSL take a part

            def limited():
                resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

            return self.run_command("draft", "events.jsonl", preexec_fn=limited)

        self.assertEqual(megabytes(good + "x" * (100 << 20) + "\n" + good).status, 1)
        self.assertEqual(megabytes(good * 20000 + "x\n" * 1000000).status, 1)
