# SPDX-License-Identifier: Apache-2.0
"""`pinverdict caa`, against a name server on loopback."""
import os
import socket
import tempfile
import threading
import time

from command import TestCase, pin
from nameserver import NameServer, Zone


def caa(name, *records):
    return [f"{name} 3600 IN CAA {record}" for record in records]


LETS_ENCRYPT = '0 issue "letsencrypt.org; accounturi=https://acme.test/1"'

ZONES = [
    Zone("signed.example", [
        *caa("signed.example.", LETS_ENCRYPT),
        *caa("wide.signed.example.", LETS_ENCRYPT, '0 issue "Other.ca"'),
        *caa("narrow.signed.example.", '0 issue "other.ca"'),
        *caa("nobody.signed.example.", '0 issue ";"'),
        *caa("half.signed.example.", '0 issue "letsencrypt.org; ;;%%"'),
        *caa("account.signed.example.", '0 issue "letsencrypt.org; validationmethods=dns-01"'),
        *caa("mail.signed.example.", '0 iodef "mailto:security@signed.example"'),
        *caa("critical.signed.example.", LETS_ENCRYPT, '128 tbs "unknown"'),
        *caa("known.signed.example.", LETS_ENCRYPT, '128 iodef "mailto:security@signed.example"'),
        *caa("wild.signed.example.", LETS_ENCRYPT, '0 issuewild "other.ca"'),
        *caa("closed.signed.example.", LETS_ENCRYPT, '0 issuewild ";"'),
        *caa("below.wild.signed.example.", LETS_ENCRYPT),
        # More than the 64 KiB that a DNS message may have.
        *caa("huge.signed.example.", *(f'0 issue "ca{n}.ca; {"x" * 230}={n}"' for n in range(400))),
        *caa("many.signed.example.", LETS_ENCRYPT, *(f'0 issue "ca{n}.ca; {"x" * 200}={n}"' for n in range(200))),
        "alias.signed.example. 3600 IN CNAME wide.signed.example.",
        "loop.signed.example. 3600 IN CNAME pool.signed.example.",
        "pool.signed.example. 3600 IN CNAME loop.signed.example.",
        "host.signed.example. 3600 IN A 127.0.0.1",
    ]),
    Zone("plain.example", [*caa("plain.example.", LETS_ENCRYPT),
                           "broken.plain.example. 3600 IN TYPE257 \\# 4 00022d2d"],
         signed=False),
    Zone("bogus.example", caa("bogus.example.", LETS_ENCRYPT), spoil=("letsencrypt.org", "letsencrypt.com")),
    Zone("expired.example", caa("expired.example.", LETS_ENCRYPT), expired=True),
    Zone("example", []),
]


class CAATests(TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.server = NameServer(directory.name, ZONES)
        cls.addClassCleanup(cls.server.close)

    def caa(self, policy, *arguments, **options):
        return self.run_command("caa", "-", "--resolver", self.server.address, "--trust-anchor",
                                self.server.trust_anchor, *arguments, stdin=policy.encode(), **options)

    @staticmethod
    def policy(*hosts, issuers="letsencrypt.org"):
        return "[policy]\nserial = 1\n" + "".join(
            f"[host {host}]\ncaa-issuer = {issuers}\nallow-single-pin = yes\npin-sha256 = {pin(host)}\n"
            for host in hosts)

    # What is said of a host, besides that all is well.
    FINDINGS = [
        ("signed.example", ["issuewild-differs: every CA may issue *.example"]),
        ("host.signed.example", []),
        ("no.such.name.signed.example", []),
        ("wide.signed.example", ["wider: other.ca may issue"]),
        ("alias.signed.example", ["wider: other.ca may issue"]),
        ("narrow.signed.example", ["wider: other.ca", "narrower: letsencrypt.org may not issue",
                                "issuewild-differs: letsencrypt.org may issue *.signed.example"]),
        ("nobody.signed.example", ["narrower: letsencrypt.org may not issue",
                                "issuewild-differs: letsencrypt.org may issue *.signed.example"]),
        ("half.signed.example", ["no-accounturi: letsencrypt.org may issue to any of its accounts"]),
        ("account.signed.example", ["no-accounturi: letsencrypt.org may issue to any of its accounts"]),
        ("mail.signed.example", ["none: the records of mail.signed.example name no CA: every CA may issue"]),
        ("critical.signed.example", ["critical-unknown: the tag tbs is critical"]),
        ("known.signed.example", []),
        ("wild.signed.example", []),
        ("*.wild.signed.example", ["wider: other.ca may issue", "narrower: letsencrypt.org may not issue"]),
        ("*.closed.signed.example", ["narrower: letsencrypt.org may not issue"]),
        ("*.signed.example", []),
        ("below.wild.signed.example", ["issuewild-differs: other.ca may issue *.wild.signed.example"]),
        ("x.wild.signed.example", ["issuewild-differs: other.ca may issue *.wild.signed.example"]),
        ("broken.plain.example", ["insecure: the answer for broken.plain.example is not signed",
                                  "malformed: 1 record of broken.plain.example cannot be read",
                                  "none: the records of broken.plain.example name no CA"]),
        ("plain.example", ["insecure: the answer for plain.example is not signed",
                        "issuewild-differs: every CA may issue *.example"]),
        ("a.b.plain.example", ["insecure: the answer for a.b.plain.example is not signed"]),
        ("bogus.example", ["bogus: DNSSEC proves the answer for bogus.example false: "]),
        ("expired.example", ["bogus: DNSSEC proves the answer for expired.example false: "]),
        ("elsewhere.example", ["none: no CAA record up to the top: every CA may issue"]),
    ]

    def test_findings(self):
        run = self.caa(self.policy(*(host for host, _ in self.FINDINGS)))
        self.expect(run, 1)
        said = {}
        for line in run.out.splitlines():
            place, host, words = line.split(": ", 2)
            said.setdefault(host, []).append((place, words))
        for number, (host, expected) in enumerate(self.FINDINGS):
            with self.subTest(host):
                expected = expected or ["as caa-issuer says, by the records of "]
                self.assertEqual(len(said[host]), len(expected), said[host])
                for (place, words), part in zip(said[host], expected):
                    self.assertEqual(place, f"standard input:{3 + 4 * number}")
                    self.assertTrue(words.startswith(part), (words, part))

    def test_all_is_well(self):
        run = self.caa(self.policy("host.signed.example", "known.signed.example"))
        self.expect(run, 0, "host.signed.example: as caa-issuer says, by the records of signed.example\n")

    def test_many_records(self):
        run = self.caa(self.policy("many.signed.example"))
        self.assertEqual(run.status, 1, run)
        self.assertEqual(run.out.count(": wider: "), 200, run)

    def test_failures(self):
        """A lookup that fails is no finding, and those of other hosts are given all the same."""
        run = self.caa(self.policy("loop.signed.example", "host.signed.example"))
        self.assertEqual(run.status, 2, run)
        self.assertIn("loop.signed.example: the name servers failed (RCODE 2)", run.out)
        self.assertIn("host.signed.example: as caa-issuer says", run.out)
        run = self.caa(self.policy("huge.signed.example"), "--timeout", "5")
        self.assertEqual(run.status, 2, run)
        self.assertRegex(run.out, r"huge\.signed\.example: (the name servers failed|no answer within 5 s)")
        run = self.caa(self.policy("loop.signed.example"), "--json")
        self.assertEqual(run.status, 2, run)
        self.assertEqual(len(run.json["errors"]), 1)
        self.assertIn("RCODE 2", run.json["hosts"][0]["failure"])

    def test_a_server_that_never_answers(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            started = time.monotonic()
            run = self.caa(self.policy("a.example", "b.example"), "--timeout", "0.7", "--resolver",
                           f"127.0.0.1@{silent.getsockname()[1]}")
            self.assertLess(time.monotonic() - started, 10)
        self.assertEqual(run.status, 2, run)
        self.assertEqual(run.out.count("no answer within 0.7 s; a CA that gets none must not issue"), 2, run)

    def test_garbage(self):
        """A server that answers with what is no DNS message."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            server.settimeout(2)

            def answer():
                try:
                    for garbage in [b"", b"\xff" * 12, b"<html>", os.urandom(65000)] * 20:
                        _, peer = server.recvfrom(4096)
                        server.sendto(garbage, peer)
                except OSError:
                    pass

            thread = threading.Thread(target=answer)
            thread.start()
            run = self.caa(self.policy("a.example"), "--timeout", "1", "--resolver",
                           f"127.0.0.1@{server.getsockname()[1]}")
            self.assertEqual(run.status, 2, run)
            server.close()
            thread.join()

    def test_sets_and_addresses(self):
        policy = (f"[policy]\nserial = 1\n[pin-set le]\ncaa-issuer = LetsEncrypt.org\npin-sha256 = {pin(1)}\n"
                  "[host wide.signed.example]\npin-set = le\ncaa-issuer = other.ca\nallow-single-pin = yes\n"
                  "[host host.signed.example]\npin-set = le\nallow-single-pin = yes\n"
                  "[host 192.0.2.1]\npin-set = le\nallow-single-pin = yes\n")
        run = self.caa(policy, "--json")
        hosts = run.json["hosts"]
        self.assertEqual([(host["host"], host["caa_issuers"]) for host in hosts],
                         [("wide.signed.example", ["other.ca", "letsencrypt.org"]),
                          ("host.signed.example", ["letsencrypt.org"])])
        self.assertEqual([finding["finding"] for finding in hosts[0]["findings"]], ["no-accounturi"])
        self.assertEqual((hosts[1]["records_of"], hosts[1]["findings"], run.status), ("signed.example", [], 1))

    def test_what_cannot_be_used(self):
        good = self.policy("host.signed.example")
        for policy, arguments, said in [
                (good.replace("caa-issuer = letsencrypt.org\n", ""), [], "no host has a caa-issuer"),
                (good.replace("letsencrypt.org", "letsencrypt.org,x"), [], "caa-issuer has the domains"),
                (good, ["--resolver", "ns.example"], "ns.example is no ADDRESS or ADDRESS@PORT of a resolver"),
                (good, ["--trust-anchor", "/nowhere"], "DNSSEC needs the root's keys"),
                (good, ["--trust-anchor", "/dev/null"], "has no DS or DNSKEY record"),
                (good, ["--timeout", "0"], "--timeout is more than 0")]:
            with self.subTest(said):
                run = self.caa(policy, *arguments)
                self.assertEqual(run.status, 2, run)
                self.assertIn(said, run.err)

    def test_another_root(self):
        """Where the trust anchor is another's, nothing is proved."""
        with tempfile.NamedTemporaryFile("w") as anchor:
            text = self.server.trust_anchor.read_text().split()
            text[-1] = ("0" if text[-1][0] != "0" else "1") + text[-1][1:]
            anchor.write(" ".join(text) + "\n")
            anchor.flush()
            run = self.caa(self.policy("host.signed.example"), "--trust-anchor", anchor.name)
        self.assertEqual(run.status, 1, run)
        self.assertIn("host.signed.example: bogus: ", run.out)

    def test_nothing_leaves_the_machine(self):
        """Addresses that the command connects or sends to, as the system sees it."""
        self.write("pins.conf", self.policy("wide.signed.example", "elsewhere.example"))
        run = self.shell("strace -f -qq -e trace=connect,sendto,sendmsg,bind -o trace $pinverdict caa pins.conf "
                         f"--resolver {self.server.address} --trust-anchor {self.server.trust_anchor}")
        self.expect(run, 1, "wide.signed.example: wider")
        lines = [line for line in (self.directory / "trace").read_text().splitlines() if "AF_INET" in line]
        self.assertGreater(len(lines), 4)
        for line in lines:
            self.assertIn('"127.0.0.1"', line)
