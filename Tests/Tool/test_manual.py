"""The manual pages: they can be typeset, and say what the command does."""
import re
import subprocess

from command import ROOT, TestCase

PAGES = ["pinverdict.1", "pinverdict-policy.5"]


class ManualTests(TestCase):
    def source(self, page):
        return (ROOT / "man" / page).read_text()

    def rendered(self, page):
        run = subprocess.run(["groff", "-mandoc", "-Tascii", "-P-cbou", "-ww", ROOT / "man" / page], check=True,
                             capture_output=True, text=True)
        self.assertEqual(run.stderr, "")
        return run.stdout

    def test_typeset_without_a_warning(self):
        for page in PAGES:
            with self.subTest(page):
                self.assertIn("NAME", self.rendered(page))

    def test_every_option_and_subcommand(self):
        text = self.rendered("pinverdict.1")
        for name in ["pin", "check", "lint", "explain"]:
            options = re.findall(r"^  .*?(--[a-z-]+)", self.run_command(name, "--help").out, re.M)
            self.assertGreater(len(options), 2)
            for option in options:
                self.assertIn(option, text)
            self.assertIn(f"pinverdict {name}", text)

    def test_every_warning(self):
        source = (ROOT / "Sources/PinVerdictTool/Lint/LintFinding.swift").read_text()
        kinds = re.findall(r'case \w+ = "([a-z-]+)"', source) + re.findall(r"case ([a-z]+)$", source, re.M)
        section = self.source("pinverdict.1").split(".Sh WARNINGS")[1].split(".Sh ")[0]
        documented = re.findall(r"^\.It Cm (\S+)$", section, re.M)
        self.assertEqual(sorted(kinds), sorted(documented))

    def test_every_json_member(self):
        def members(value):
            children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
            return set(value if isinstance(value, dict) else []).union(*map(members, children))

        leaf = self.fixtures["leaf"]
        self.policy("[host api.example.com]", "allow-single-pin = yes", f"pin-sha256 = {leaf.pin}",
                    settings=[f"rejected-pin-sha256 = {self.fixtures['root'].pin}"])
        policy = ["--policy", "policy.conf", "--host", "api.example.com"]
        found = set()
        for arguments in [["pin", leaf.path], ["lint", "policy.conf"], ["explain", *policy],
                          ["check", *policy, leaf.path], ["check", *policy, self.fixtures["garbage"].path]]:
            run = self.run_command(*arguments, "--json")
            found |= members(run.json) if run.out else set()
        self.assertGreater(len(found), 40)
        section = self.source("pinverdict.1").split(".Sh JSON")[1].split(".Sh ")[0]
        self.assertEqual(found - set(re.findall(r"\w+", section)), set())

    def test_every_key(self):
        """The keys that the parser suggests for a typing error, and with them all that it knows, are described."""
        source = (ROOT / "Sources/PinVerdict/PolicyText/PolicyKey.swift").read_text()
        keys = set(re.findall(r'\("([a-z0-9-]+)"', source))
        self.assertGreater(len(keys), 12)
        text = self.source("pinverdict-policy.5")
        for key in keys:
            self.assertIn(key, text)

    def test_examples_are_clean_policies(self):
        source = self.source("pinverdict-policy.5")
        for number, example in enumerate(re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", source, re.M | re.S)):
            with self.subTest(number):
                self.write("example.conf", example)
                self.expect(self.run_command("lint", "--now", "2026-11-21", "example.conf"), 0)
