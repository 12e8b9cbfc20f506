# SPDX-License-Identifier: Apache-2.0
"""The manual pages: they can be typeset, and say what the command does."""
import json
import re
import subprocess

import servers
from command import FIXTURES, ROOT, TestCase, json_members, pin
from ct_log import Log
from nameserver import NameServer, Zone
from test_command import SUBCOMMANDS
from test_ct_logs import document, operator, synthetic
from test_draft import event
from test_probe import GOOD, World

FORMATS = ROOT / "Tests/Tool/formats"
PAGES = ["man/pinverdict.1", "man/pinverdict-policy.5", "man/pinverdict.7"]


class ManualTests(TestCase):
    def source(self, page):
        return (ROOT / "man" / page).read_text()

    def rendered(self, page):
        run = subprocess.run(["groff", "-mandoc", "-Tascii", "-P-cbou", "-ww", page], check=True,
                             capture_output=True, text=True)
        self.assertEqual(run.stderr, "")
        return run.stdout

    def test_typeset_without_a_warning(self):
        pages = [ROOT / page for page in PAGES] + list(self.functions().values())
        for page in pages:
            with self.subTest(page.name):
                self.assertIn("NAME", self.rendered(page))
        run = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *pages], capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stdout), (0, ""))

    def functions(self):
        """The pages that are made from the headers, by name."""
        subprocess.run([ROOT / "man/make-functions.py", self.directory / "pages"], check=True)
        return {page.stem: page for page in (self.directory / "pages").iterdir()}

    def test_every_function(self):
        pages, declared = self.functions(), []
        for header in ["pinverdict.h", "pinverdict-openssl.h", "pinverdict-gnutls.h"]:
            text = re.sub(r"/\*.*?\*/", "", (ROOT / "include" / header).read_text(), flags=re.S)
            declared += re.findall(r"\b(pinverdict_\w+)\([^()]*(?:\([^()]*\)[^()]*)*\);", text)
        self.assertGreater(len(declared), 40)
        for name in declared:
            self.assertIn(f".Fo {name}\n", pages[name].read_text())
        way_in = re.findall(r"^\.Xr (pinverdict_\w+) 3", self.source("pinverdict.7"), re.M)
        self.assertEqual(set(way_in) - set(pages), set())
        text = pages["pinverdict_check_validated"].read_text()
        self.assertIn('.It "chain"\nthe path that the TLS library validated: DER certificates', text)
        self.assertIn(".Xr pinverdict_verdict 3", text)

    def test_the_first_example(self):
        example = re.search(r"^\.Bd -literal.*?\n(.*?)^\.Ed", self.source("pinverdict.7"), re.M | re.S)[1]
        self.write("check.c", example.replace("\\e", "\\"))
        leaf = self.fixtures["leaf"]
        self.write("pins.conf", f"[policy]\nserial = 1\n[host a.example]\nallow-single-pin = yes\n"
                   f"pin-sha256 = {leaf.pin}\n[host b.example]\nallow-single-pin = yes\npin-sha256 = {pin(1)}\n")
        self.expect(self.shell(
            f"cc -std=c11 -Wall -Wextra -Werror -I{ROOT}/include check.c -L{ROOT}/.build/lib -lpinverdict-openssl "
            f"-Wl,-rpath,{ROOT}/.build/lib -o check"), 0)
        for host, status, reason in [("a.example", 0, "matched"), ("b.example", 1, "no-match")]:
            path = " ".join(f"{FIXTURES}/{name}.der" for name in ["leaf", "intermediate", "root"])
            self.expect(self.shell(f"./check pins.conf {host} {path}"), status, out=reason)

    def test_every_option_and_subcommand(self):
        text = self.rendered(ROOT / "man/pinverdict.1")
        for name in SUBCOMMANDS:
            options = re.findall(r"^  .*?(--[a-z-]+)", self.run_command(name, "--help").out, re.M)
            self.assertGreater(len(options), 1)
            for option in options:
                self.assertIn(option, text)
            self.assertIn(f"pinverdict {name}", text)

    def test_every_warning(self):
        source = (ROOT / "Sources/PinVerdictTool/Lint/LintFinding.swift").read_text()
        kinds = re.findall(r'case \w+ = "([a-z-]+)"', source) + re.findall(r"case ([a-z]+)$", source, re.M)
        section = self.source("pinverdict.1").split(".Sh WARNINGS")[1].split(".Sh ")[0]
        documented = re.findall(r"^\.It Cm (\S+)$", section, re.M)
        self.assertEqual(sorted(kinds), sorted(documented))

    def test_every_reason(self):
        header = (ROOT / "include/pinverdict.h").read_text()
        names = [name.lower().replace("_", "-") for name in re.findall(r"PINVERDICT_REASON_(\w+) = \d+,", header)]
        section = self.source("pinverdict.1").split(".Sh REASONS")[1].split(".Sh ")[0]
        documented = re.findall(r"[a-z-]+", " ".join(re.findall(r"^\.It Cm (.+)$", section, re.M)))
        self.assertGreater(len(names), 15)
        self.assertEqual(sorted(names), sorted(documented))

    def log_without_entries(self, timestamp=None):
        """The file that names one."""
        log = Log([])
        self.addCleanup(log.close)
        log.publish(0, timestamp)
        return self.write("logs.conf", log.section("static-ct"))

    def test_every_json_member(self):
        leaf = self.fixtures["leaf"]
        self.policy("[host api.example.com]", "allow-single-pin = yes", f"pin-sha256 = {leaf.pin}",
                    settings=[f"rejected-pin-sha256 = {self.fixtures['root'].pin}"])
        self.write("other.conf", (self.directory / "policy.conf").read_text().replace(leaf.pin, pin(1)))
        self.write("caa.conf", (self.directory / "policy.conf").read_text() + "caa-issuer = letsencrypt.org\n")
        self.expect(self.shell("signify-openbsd -G -n -p fleet.pub -s fleet.sec\n"
                               "signify-openbsd -S -e -s fleet.sec -m policy.conf -x policy.signed"), 0)
        policy = ["--policy", "policy.conf", "--host", "api.example.com"]
        self.write("events.jsonl", event("a.example", [leaf]))
        found = set()
        for arguments in [["pin", leaf.path], ["lint", "policy.conf"], ["explain", *policy],
                          ["check", *policy, leaf.path], ["check", *policy, self.fixtures["garbage"].path],
                          ["import", "--format", "android", FORMATS / "android.xml"],
                          ["export", "--format", "curl", "--host", "api.example.com", "policy.conf"],
                          ["diff", "policy.conf", "other.conf"], ["draft", "events.jsonl"],
                          ["caa", "--resolver", "127.0.0.1@1", "--timeout", "0.1", "caa.conf"],
                          ["verify", "--key", "fleet.pub", "policy.signed"],
                          ["verify", "--key", "fleet.pub", "policy.conf"]]:
            run = self.run_command(*arguments, "--json")
            found |= json_members(run.json) if run.out else set()
        run = self.run_command("ct-judge", "--policy", "policy.conf", "--all", "--json", leaf.path)
        found |= json_members(run.json)
        log = self.log_without_entries(timestamp=0)
        run = self.run_command("ct-watch", "--policy", "policy.conf", "--logs", log, "--state", "s", "--once", "--json")
        self.assertEqual(run.json["finding"], "log-silent")
        found |= json_members(run.json)
        self.assertGreater(len(found), 40)
        world = World(self.directory)
        server = servers.speaking_tls(world.leaf)
        self.addCleanup(server.close)
        run = self.run_command("probe", "--policy", "policy.conf", "--next", "policy.conf", "--trust-file", world.trust,
                               "--connect", f"127.0.0.1:{server.port}", "--json")
        self.assertIn("days_left", run.out)
        found |= json_members(run.json)
        section = self.source("pinverdict.1").split(".Sh JSON")[1].split(".Sh ")[0]
        self.assertEqual(found - set(re.findall(r"\w+", section)), set())

    def test_every_key(self):
        """The keys that the parser suggests for a typing error, and with them all that it knows, are described."""
        source = (ROOT / "Sources/PinVerdictCore/PolicyText/PolicyKey.swift").read_text()
        keys = set(re.findall(r'\("([a-z0-9-]+)"', source))
        pins = (ROOT / "Sources/PinVerdictCore/Pin/PinKind.swift").read_text()
        keys |= set(re.findall(r'"([a-z0-9-]+-sha256)"', pins)) | {"rejected-pin-sha256"}
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

    def test_examples_run(self):
        # For those that connect: an HTTPS and an SMTP server, where the hosts have none.
        (self.directory / "world").mkdir()
        world = World(self.directory / "world")
        secure = servers.speaking_tls(world.leaf)
        mail = servers.saying(*GOOD["smtp"], then=servers.tls(world.leaf))
        probes = [(f"probe {words}", f"probe --trust-file {world.trust} --connect 127.0.0.1:{server.port} {words}")
                  for words, server in [("--starttls smtp", mail), ("api", secure), ("--p", secure)]]
        (self.directory / "names").mkdir()
        names = NameServer(self.directory / "names", [Zone("example.com", [
            'example.com. 3600 IN CAA 0 issue "letsencrypt.org; accounturi=https://acme.example.com/1"'])])
        probes.append(("caa", f"caa --resolver {names.address} --trust-anchor {names.trust_anchor}"))
        for server in [secure, mail, names]:
            self.addCleanup(server.close)
        for name in ["leaf", "intermediate", "root"]:
            self.write(name + ".pem", self.fixtures[name].pem)
        self.write("path.pem", "".join(self.fixtures[name].pem for name in ["leaf", "intermediate", "root"]))
        self.write("pins.conf", "[policy]\nserial = 1\n[host api.example.com]\n"
                   "caa-issuer = letsencrypt.org\n"
                   f"pin-sha256 = {self.fixtures['leaf'].pin}\npin-sha256 = {world.leaf.pin}\n"
                   f"backup-pin-sha256 = {pin(1)}\n")
        self.write("deployed.conf", (self.directory / "pins.conf").read_text())
        self.write("network_security_config.xml", "<network-security-config><domain-config><domain>a.example</domain>"
                   f'<pin-set><pin digest="SHA-256">{pin(1)}</pin></pin-set></domain-config></network-security-config>')
        self.write("events.jsonl", event("api.example.com", [self.fixtures["leaf"]]))
        self.write("log_list.json", json.dumps(document(operator("Alpha", [synthetic("A")]))))
        self.expect(self.shell("openssl genpkey -algorithm ED25519 -out backup.key"), 0)
        self.log_without_entries()
        section = self.source("pinverdict.1").split(".Sh EXAMPLES")[1].split(".Sh ")[0]
        examples = re.findall(r"^\.Dl ([^\n]*)$|^\.Bd -literal.*?\n(.*?)^\.Ed", section, re.M | re.S)
        self.assertGreater(len(examples), 4)
        for example in map("".join, examples):
            with self.subTest(example):
                # The server's file is the leaf's; jq is not among what tests need.
                script = (example.replace("\\e\n", "\\\n").replace("/etc/ssl/certs/server.pem", "leaf.pem")
                          .replace("jq -r .reason", "grep matched")
                          .replace("--presented -", "--presented --trust-file root.pem -"))
                # test_check_presented has the same with a server; here its answer is a file.
                script = re.sub(r"openssl s_client[^|]*", "cat leaf.pem intermediate.pem ", script)
                for written, run in probes:
                    script = script.replace(written, run)
                run = self.shell(f'pinverdict() {{ "$pinverdict" "$@"; }}; set -eo pipefail\n{script}')
                self.assertEqual(run.status, 0, run)
                # What a format cannot express is no mistake.
                self.assertEqual([line for line in run.err.splitlines() if ": not expressed: " not in line], [])
