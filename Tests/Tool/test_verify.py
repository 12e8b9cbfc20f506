# SPDX-License-Identifier: Apache-2.0
"""pinverdict verify, with what signify and minisign themselves have signed."""
import os

from command import TestCase, pin


class VerifyTests(TestCase):
    def setUp(self):
        super().setUp()
        self.signify("-G -n -p a.pub -s a.sec", "-G -n -p b.pub -s b.sec")
        self.sign()

    def signify(self, *commands):
        for command in commands:
            self.expect(self.shell(f"signify-openbsd {command}"), 0)

    def sign(self, *settings):
        self.policy("[host api.example.com]", f"pin-sha256 = {pin(1)}", f"backup-pin-sha256 = {pin(2)}", serial=7,
                    settings=settings)
        self.signify("-S -e -s a.sec -m policy.conf -x policy.signed", "-S -s a.sec -m policy.conf -x policy.conf.sig")

    def verify(self, *arguments):
        return self.run_command("verify", *arguments)

    def test_one_file(self):
        run = self.verify("--key", "b.pub", "--key", "a.pub", "policy.signed")
        self.expect(run, 0, out=["signed by", ", a.pub\n", "serial       7\n"])
        self.assertNotIn("valid until", run.out)
        self.assertEqual(run.err, "")
        signed = (self.directory / "policy.signed").read_bytes()
        self.expect(self.run_command("verify", "--key", "a.pub", "-", stdin=signed), 0)

    def test_two_files(self):
        self.expect(self.verify("--key", "a.pub", "--signature", "policy.conf.sig", "policy.conf"), 0, out="a.pub")
        self.expect(self.shell("printf '\\n\\n' | minisign -G -W -p m.pub -s m.key && "
                               "minisign -S -l -s m.key -m policy.conf -x policy.minisig -t fleet && "
                               "minisign -S -H -s m.key -m policy.conf -x hashed.minisig -t fleet"), 0)
        run = self.expect(self.verify("--key", "m.pub", "--signature", "policy.minisig", "policy.conf"), 0)
        # The id is the one that minisign writes into its key.
        self.assertIn((self.directory / "m.pub").read_text().split()[5], run.out)
        self.expect(self.verify("--key", "m.pub", "--signature", "hashed.minisig", "policy.conf"), 1, out="with -l")
        changed = (self.directory / "policy.minisig").read_text().replace("fleet", "fleeT")
        self.write("changed.minisig", changed)
        self.expect(self.verify("--key", "m.pub", "--signature", "changed.minisig", "policy.conf"), 1,
                    out="trusted comment was changed")

    def test_what_is_wrong(self):
        self.expect(self.verify("--key", "b.pub", "policy.signed"), 1, out="none of those that count")
        self.write("turned", (self.directory / "policy.signed").read_text().replace("serial = 7", "serial = 8"))
        self.expect(self.verify("--key", "a.pub", "turned"), 1, out="not that of this policy")
        self.expect(self.verify("--key", "a.pub", "policy.conf"), 1, out="untrusted comment")
        self.expect(self.verify("--key", "a.pub", "--signature", "policy.signed", "policy.conf"), 1)
        self.expect(self.verify("--key", "a.pub", "--signature", "a.pub", "policy.conf"), 1, out="base64")

    def test_256_mebibytes(self):
        """Of a file that is mostly a hole: in the memory that it takes once, and no more."""
        verify = "ulimit -v 450000 && $pinverdict verify --key a.pub policy.signed"
        for size, status, words in [((256 << 20) + 1, 2, {"err": "policy.signed: larger than 256 MiB"}),
                                    (256 << 20, 1, {"out": "not that of this policy"})]:
            os.truncate(self.directory / "policy.signed", size)
            self.expect(self.shell(verify), status, **words)

    def test_others_say_that_it_is_signed(self):
        what = "policy.signed: is signed; pinverdict verify looks at its signature"
        for command in ("lint", "policy.signed"), ("explain", "--policy", "policy.signed", "--host", "api.example.com"):
            run = self.expect(self.run_command(*command), 2, err=what)
            self.assertEqual(run.out, "")
        # What they say instead of it works.
        self.expect(self.shell("tail -n +3 policy.signed | $pinverdict lint -"), 0)

    def test_failures(self):
        self.expect(self.verify("--key", "no.pub", "policy.signed"), 2, err="No such file")
        self.expect(self.verify("--key", "a.pub", "no.signed"), 2, err="No such file")
        self.expect(self.verify("--key", "a.pub", "--signature", "no.sig", "policy.conf"), 2, err="No such file")
        self.expect(self.verify("--key", "policy.conf", "policy.signed"), 2, err="policy.conf: ")
        self.expect(self.verify("policy.signed"), 2, err="--key")
        self.expect(self.verify("--key", "-", "-"), 2)
        # Of what is signed and no policy, the mistakes, by the lines of the file.
        self.sign("colour = red")
        self.expect(self.verify("--key", "a.pub", "policy.signed"), 2, err="policy.signed:5: error: unknown key")
        self.expect(self.verify("--key", "a.pub", "--signature", "policy.conf.sig", "policy.conf"), 2,
                    err="policy.conf:3: error: unknown key")

    def test_staleness(self):
        for action, status in ("keep", 0), ("refuse", 1):
            self.sign("valid-until = 2026-12-20", f"on-stale = {action}")
            self.expect(self.verify("--key", "a.pub", "--now", "1797811199", "policy.signed"), 0,
                        out="valid until  the end of 2026-12-20, UTC: up to date")
            self.expect(self.verify("--key", "a.pub", "--now", "1797811200", "policy.signed"), status,
                        out="stale since then")

    def test_json(self):
        run = self.verify("--key", "a.pub", "--json", "policy.signed")
        self.expect(run, 0)
        self.assertEqual((run.json["signed"], run.json["serial"], run.json["key"], run.json["valid_until"]),
                         (True, 7, "a.pub", None))
        self.assertRegex(run.json["key_id"], "^[0-9A-F]{16}$")
        run = self.verify("--key", "b.pub", "--json", "policy.signed")
        self.expect(run, 1)
        self.assertEqual((run.json["signed"], run.json["errors"]), (False, []))
        self.assertIn("none of those", run.json["problem"])
