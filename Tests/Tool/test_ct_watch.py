# SPDX-License-Identifier: Apache-2.0
"""`pinverdict ct-watch`, on logs of its own on loopback (ct_log.py)."""
import base64
import fcntl
import gzip
import itertools
import json
import os
import re
import signal
import ssl
import subprocess
import tempfile
import threading
import time

import command
from command import TestCase
from ct_log import REAL_ROOT, Entry, Log, real_entries, sha256, vector
from kit.certificates import authority, dns, extension, ip, issue, server
from kit.der import children_of, sequence
from kit.keys import Key
from test_ct_judge import POISON, World
from test_ct_logs import SYNTHETIC

APIS = ["static-ct", "rfc6962"]
DAY = 86400000
NUMBERS = itertools.count()
SIGNING = extension("2.5.29.37", sequence(bytes.fromhex("060a2b06010401d679020404")))


def precertificate(leaf, by=None):
    """The entry of a certificate that has the poison: what its CA, `by`, will sign, and the hash of that one's key."""
    fields = children_of(children_of(leaf.der)[0])
    fields[3] = (by or leaf.issuer).subject
    wrapped = children_of(fields[-1])[0]
    kept = [one for one in children_of(wrapped) if one != POISON]
    body = sequence(*fields[:-1], bytes([0xA3]) + length(sequence(*kept)) + sequence(*kept))
    return Entry(body, leaf.path[1:], sha256((by or leaf.issuer).key.spki), leaf.der)


def length(octets):
    return (bytes([len(octets)]) if len(octets) < 128 else
            bytes([0x80 | (len(octets).bit_length() + 7) // 8])
            + len(octets).to_bytes((len(octets).bit_length() + 7) // 8, "big"))


class Filler:
    """Entries that nobody looks for; a few real certificates are enough for thousands."""
    made = None

    def __new__(cls):
        if cls.made is None:
            world = World()
            cls.made = [Entry(world.leaf(f"h{number}.example.net").der, world.theirs.path) for number in range(3)]
        return cls.made


def filler(count):
    """Each another one."""
    return [Entry(one.leaf[15:15 + int.from_bytes(one.leaf[12:15], "big")], one.chain, timestamp=next(NUMBERS))
            for number in range(count) for one in [Filler()[number % 3]]]


class CTWatchTests(TestCase):
    def setUp(self):
        super().setUp()
        self.world = World()
        self.policy("[host www.example.com]", "match = ca", f"pin-sha256 = {self.world.ours.pin}",
                    f"backup-pin-sha256 = {self.world.spare.pin}")

    def entry(self, by=None, host="www.example.com"):
        leaf = self.world.leaf(host, by=by)
        return Entry(leaf.der, leaf.path[1:])

    def log(self, entries, **more):
        log = Log(entries, **more)
        self.addCleanup(log.close)
        return log

    def arguments(self, *options, state="ct.state"):
        return ["ct-watch", "--policy", "policy.conf", "--logs", "logs.conf", "--state", state, "--json", "--pause",
                "0.01", "--tries", "3", "--timeout", "5", *options]

    def watch(self, *options, once=True, **keywords):
        return self.run_command(*self.arguments(*["--once"] * once, *options), **keywords)

    def found(self, run):
        return [json.loads(line) for line in run.out.splitlines()]

    def kinds(self, run):
        return [one["finding"] for one in self.found(run)]

    def state(self):
        return (self.directory / "ct.state").read_text()

    def follow(self, log, api, *options):
        """Watches from the log's first entry on."""
        self.write("logs.conf", log.section(api))
        return self.watch(*([] if "--from" in options else ["--from", "0"]), *options)

    # ----------------------------------------------------------------------------------------- real entries

    def test_a_real_log(self):
        """The same certificates by both interfaces, of those that have our names in them; the root is the real one."""
        entries = real_entries()
        self.policy(*[line for host in ["rad.io", "webredirect.org"] for line in [
            f"[host {host}]", "include-subdomains = yes", "match = ca",
            "pin-sha256 = oD0ytE/i//EGheoG3DRYgKaKze+tLrj3BX9akYhvrSU=",
            "backup-pin-sha256 = YLh1dUR9y6Kja30RrAn7JKnbQG/uEtLMkBgFF2Fuihg="]])
        log = self.log(entries)
        self.assertEqual(base64.b64encode(log.tree(0, 1024)).decode(), REAL_ROOT)
        mentioned = [at for at, entry in enumerate(entries)
                     if b"rad.io" in entry.leaf.lower() or b"webredirect.org" in entry.leaf.lower()]
        seen = {}
        for api in APIS:
            log.bytes = 0
            started = time.monotonic()
            run = self.follow(log, api, "--all", "--findings", f"{api}.jsonl", "--state", f"{api}.state")
            seconds = time.monotonic() - started
            self.assertEqual([run.status, run.err], [1, ""], run)
            found = [json.loads(line) for line in (self.directory / f"{api}.jsonl").read_text().splitlines()]
            print(f"{api}: 1024 real entries in {seconds:.2f} s with the log's own time, {log.bytes / 1024:.0f} bytes "
                  f"an entry, {len(found)} for our hosts, a state of "
                  f"{(self.directory / f'{api}.state').stat().st_size} bytes")
            self.assertEqual(len(found), 61)
            self.assertTrue({one["entry"] for one in found} <= set(mentioned))
            self.assertEqual({one["precertificate"] for one in found}, {False})
            seen[api] = [(one["finding"], one["entry"], one["host"], one["matched"], one["serial"]) for one in found]
        self.assertEqual(*seen.values())

    # ----------------------------------------------------------------------------------------------- going on

    def test_begins_at_the_end_and_goes_on(self):
        for api in APIS:
            with self.subTest(api):
                log = self.log([self.entry(), *filler(300)])
                self.write("logs.conf", log.section(api))
                state = ["--state", f"{api}.state"]
                self.expect(self.watch(*state), 0)
                log.add(self.entry(), *filler(10), self.entry(self.world.ours))
                run = self.watch(*state)
                self.assertEqual([(one["finding"], one["entry"]) for one in self.found(run)], [("not-our-pins", 301)])
                self.assertEqual(self.expect(self.watch(*state), 0).out, "")
                log.add(self.entry(self.world.spare))
                self.assertEqual(self.kinds(self.watch(*state)), ["backup-key"])

    def test_begins_anywhere(self):
        entries = filler(700)
        wanted = [0, 255, 256, 300, 511, 512, 699]
        for at in wanted:
            entries[at] = self.entry()
        log = self.log(entries)
        for api in APIS:
            self.write("logs.conf", log.section(api))
            for start in [0, 1, 256, 257, 301, 512, 699, 700, 9999]:
                run = self.watch("--from", start, "--state", f"{api}{start}")
                self.assertEqual([one["entry"] for one in self.found(run)], [at for at in wanted if at >= start], run)

    def test_grows_by_every_step(self):
        log = self.log([])
        entries = [entry for number in range(8) for entry in [*filler(90), self.entry()]]
        for api in APIS:
            self.write("logs.conf", log.section(api))
            log.entries, log.hashes, log.kept = [], [], {}
            log.publish(0)
            found = []
            for start in range(0, len(entries), 91):
                log.add(*entries[start:start + 91])
                run = self.watch("--state", f"{api}.state", "--from", "0")
                self.assertIn(run.status, [0, 1], run)
                found += [one["entry"] for one in self.found(run)]
            self.assertEqual(found, list(range(90, len(entries), 91)), api)

    def test_parts_of_tiles_that_are_gone(self):
        """A log that has grown since its tree head need not have them any more."""
        entries = filler(800)
        entries[520] = entries[599] = entries[600] = self.entry()
        log = self.log(entries)
        log.publish(600)
        log.before = lambda path: (404, b"", {}) if ".p/" in path and "/tile/1/" not in path else None
        run = self.follow(log, "static-ct")
        self.assertEqual([one["entry"] for one in self.found(run)], [520, 599], run)
        self.assertIn("/tile/data/002", log.requests)
        self.write("ct.state", "pinverdict ct-watch 1\nend\n")
        self.expect(self.watch(), 0)
        self.assertIn(" 600 ", self.state())

    def test_follows_for_ever_and_one_log_keeps_no_other(self):
        logs = [self.log(filler(20)), self.log(filler(20)), self.log(filler(20))]
        stall = time.monotonic() + 20
        logs[0].before = lambda path: time.sleep(max(0, min(3, stall - time.monotonic()))) or (500, b"", {})
        self.write("logs.conf", "".join(log.section(api, name) for log, api, name in zip(
            logs, ["rfc6962", "rfc6962", "static-ct"], ["stalls", "plain", "tiles"])))
        with self.start_command(*self.arguments("--interval", "0.05"), stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL) as process:
            patience = threading.Timer(30, process.kill)
            patience.start()
            self.addCleanup(patience.cancel)
            deadline = time.monotonic() + 10
            while self.state_lines() < 2 and time.monotonic() < deadline:
                time.sleep(0.02)
            for log in logs[1:]:
                log.add(self.entry())
            found = [json.loads(process.stdout.readline() or "null") for _ in range(2)]
            self.assertNotIn(None, found)
            self.assertEqual({(one["finding"], one["entry"]) for one in found}, {("not-our-pins", 20)})
            # The same state takes one command at a time.
            self.expect(self.watch(), 3, err="another ct-watch runs with this state")
            process.terminate()
            self.assertEqual(process.wait(10), -signal.SIGTERM)

    def state_lines(self):
        try:
            return self.state().count("\nlog ")
        except FileNotFoundError:
            return 0

    def test_progress_on_a_terminal(self):
        log = self.log([*filler(200), self.entry()])
        self.write("logs.conf", log.section("rfc6962"))
        log.most_entries = 20
        log.before = lambda path: time.sleep(0.06)
        shown = self.run_on_terminal(*self.arguments("--once", "--from", "0")).out
        self.assertIn("1 log with ", shown)
        self.assertIn(" entries to read\x1b[K", shown)

    # ------------------------------------------------------------------------------------------------- killed

    def test_killed_at_every_request(self):
        """Nothing is missed, and nothing stands in the file twice."""
        for api in APIS:
            entries = filler(600)
            wanted = [3, 200, 255, 256, 257, 511, 512, 599]
            for at in wanted:
                entries[at] = self.entry()
            log = self.log(entries)
            log.most_entries = 64
            self.write("logs.conf", log.section(api))
            kills = 0
            for number in range(1, 100):
                # From the start each time, so that it is killed at each request of a whole run.
                for name in ["ct.state", "found"]:
                    (self.directory / name).unlink(missing_ok=True)
                ended = self.killed_at(log, number)
                kills += ended == -signal.SIGKILL
                log.before = lambda path: None
                run = self.watch("--from", "0", "--findings", "found")
                self.assertIn(run.status, [0, 1], run)
                self.assertEqual([one["entry"] for one in self.findings_file()], wanted, f"{api}, request {number}")
                if ended != -signal.SIGKILL:
                    break
            self.assertGreater(kills, 5)
            print(f"{api}: killed at each of {kills} requests, and no certificate missed or told twice")

    def findings_file(self):
        return [json.loads(line) for line in (self.directory / "found").read_text().splitlines()]

    def killed_at(self, log, number):
        """The exit status of a run that the log kills at its request of this number."""
        log.requests.clear()
        process = self.start_command(*self.arguments("--once", "--from", "0", "--findings", "found"))

        def kill(path):
            if len(log.requests) == number:
                process.kill()
                process.wait()

        log.before = kill
        return process.wait(60)

    def test_killed_at_every_step_of_writing(self):
        """By strace, at each call that makes something last or visible."""
        entries = filler(40)
        for at in [5, 39]:
            entries[at] = self.entry()
        log = self.log(entries)
        self.write("logs.conf", log.section("static-ct"))
        kills = 0
        # strace counts the calls of each kind, and of each thread.
        for call in ["write", "fsync", "rename"]:
            for number in range(1, 20):
                for name in ["ct.state", "found"]:
                    (self.directory / name).unlink(missing_ok=True)
                ended = subprocess.run(
                    ["strace", "-f", "-qq", "-o", "trace", "-e", f"trace={call}", "-e",
                     f"inject={call}:signal=KILL:when={number}", command._command,
                     *self.arguments("--once", "--from", "0", "--findings", "found")], cwd=self.directory,
                    stderr=subprocess.DEVNULL)
                run = self.watch("--from", "0", "--findings", "found")
                self.assertIn(run.status, [0, 1], run)
                self.assertEqual([one["entry"] for one in self.findings_file()], [5, 39], f"{call} {number}")
                if ended.returncode == 1:
                    break
                kills += 1
        self.assertGreater(kills, 8)
        print(f"killed at each of {kills} calls that write, and no certificate missed or told twice")

    def test_killed_while_it_prints(self):
        """On a pipe nothing can be taken back: what may have been told already is marked."""
        log = self.log([*filler(3), *[self.entry() for _ in range(12)], *filler(3)])
        self.write("logs.conf", log.section("static-ct"))
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        process = self.start_command(*self.arguments("--once", "--from", "0"), stdout=writer)
        os.close(writer)
        deadline = time.monotonic() + 20
        while "log " not in (self.state() if self.state_lines() else "") and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.3)  # the pipe is full, and it waits
        process.kill()
        process.wait()
        with os.fdopen(reader) as file:
            first = file.read()
        self.assertIn('"repeated": false', first)
        again = self.found(self.watch())
        self.assertEqual([one["entry"] for one in again], list(range(3, 15)))
        self.assertEqual({one["repeated"] for one in again}, {True})
        log.add(self.entry())
        self.assertEqual([(one["entry"], one["repeated"]) for one in self.found(self.watch())], [(18, False)])

    def test_a_findings_file_that_is_another_one_is_not_cut(self):
        log = self.log([self.entry()])
        self.follow(log, "static-ct", "--findings", "found")
        self.assertEqual(len(self.findings_file()), 1)
        (self.directory / "found").rename(self.directory / "found.1")
        self.write("found", "of somebody else\n" * 100)
        log.add(self.entry())
        self.watch("--findings", "found")
        text = (self.directory / "found").read_text()
        self.assertTrue(text.startswith("of somebody else\n" * 100))
        self.assertEqual(text.count('"finding"'), 1)

    # ----------------------------------------------------------------------------------------------- verdicts

    def test_precertificates(self):
        """A log signs the hash of the issuer's key, and not what stands behind: anything may be put there."""
        world = self.world
        ours, theirs = (world.leaf("www.example.com", by=by, more=[POISON]) for by in [world.ours, world.theirs])
        signing = issue("signing", world.ours, authority(SIGNING), key=Key("p256"))
        signed = issue("leaf", signing, server(dns("www.example.com"), more=[POISON]), key=world.key)
        forged = precertificate(theirs)
        forged.chain = world.ours.path
        bare = precertificate(ours)
        bare.chain = []
        log = self.log([precertificate(ours), precertificate(theirs), precertificate(signed, by=world.ours), forged,
                        bare])
        for api in APIS:
            run = self.follow(log, api, "--all", "--state", f"{api}.state")
            found = self.found(run)
            self.assertEqual([one["finding"] for one in found],
                             ["ours", "not-our-pins", "ours", "not-our-pins", "ours"], api)
            self.assertIn("have not signed", found[3]["detail"])
            self.assertIn("by the hash of the issuer's key", found[4]["detail"])
            self.assertEqual({one["certificate_sha256"] for one in found}, {None})

    def test_issuers_that_a_log_does_not_have(self):
        log = self.log([self.entry()])
        log.chosen.clear()
        [found] = self.found(self.follow(log, "static-ct"))
        self.assertIn("the log does not give all the issuers", found["detail"])
        log.before = lambda path: (200, self.world.ours.der, {}) if path.startswith("/issuer") else None
        run = self.follow(log, "static-ct", "--state", "other")
        self.assertEqual([run.status, run.out], [2, ""])

    def test_entries_that_cannot_be_read(self):
        strange = Entry(b"")
        strange.leaf = b"\0\0" + bytes(8) + b"\0\7 neither certificate nor precertificate"
        log = self.log([strange, Entry(b"\x30\x05hello"), self.entry(), *[
            Entry(self.world.leaf("www.example.com").der, timestamp=timestamp) for timestamp in [0, (1 << 64) - 1]]])
        run = self.follow(log, "rfc6962")
        self.assertEqual(self.kinds(run), ["unreadable-names"] * 2 + ["not-our-pins"] * 3)
        self.assertEqual([one.get("timestamp") for one in self.found(run)][-2:], [0, (1 << 64) - 1])

    # ------------------------------------------------------------------------------------------------- faults

    def test_faults(self):
        """What a log can do wrong, and what is said: nothing is believed, all within bounds of time and memory."""
        old = int(time.time() * 1000) - 30 * DAY
        html = (200, b"<!DOCTYPE html><title>Come back later</title>", {"Content-Type": "text/html"})
        other = Key("p256")

        def always(*answer):
            return lambda log, api: setattr(log, "before", lambda path: answer)

        bomb, half = gzip.compress(bytes(200 << 20), 1), always(200, b"x", {"Content-Length": "100"})

        def entries(*answer):
            """Only what has the entries."""
            return lambda log, api: setattr(log, "before", lambda path: answer if "data" in path or "entries" in path
                                            else None)

        def changed(change):
            def tiles(log, api):
                def before(path):
                    if "/tile/data" not in path and "get-entries" not in path:
                        return None
                    status, body, headers = log.found(path)
                    body = gzip.decompress(body) if headers.get("Content-Encoding") else body
                    return status, change(body), {}
                log.before = before
            return tiles

        def heads(**fields):
            def head(log, api):
                for name, value in fields.items():
                    setattr(log, name, value)
                log.signed = None
            return head

        def shrinks(log, api):
            log.publish(300)

        def forks(log, api):
            log.entries[0], log.entries[1] = log.entries[1], log.entries[0]
            log.hashes[0], log.hashes[1] = log.hashes[1], log.hashes[0]
            log.kept = {}
            log.publish(log.size)

        def forks_under_the_same_size(log, api):
            log.root = sha256(b"other")
            log.publish(400)

        def other_signature(log, api):
            log.key = other
            log.signed = None

        def other_id(log, api):
            log.id = sha256(other.spki)
            log.signed = None

        def stalls(log, api):
            log.before = lambda path: time.sleep(0.8)

        def every_other(log, api):
            log.before = lambda path: (429, b"", {}) if len(log.requests) % 2 else None

        def another_entry(log, api):
            """Than the one that is in the tree."""
            log.entries[410] = filler(1)[0]

        # The fault, the exit status, the kind of what is found or a part of what is said.
        faults = [
            ("shrinks", shrinks, 1, "log-shrank"), ("shows an older tree", heads(size=300, timestamp=old), 0, ""),
            ("forks", forks, 1, "log-forked"), ("forks at one size", forks_under_the_same_size, 1, "log-forked"),
            ("has another entry", another_entry, 1, "log-forked"),
            ("stalls", stalls, 2, "Timeout was reached"), ("says 429 every other time", every_other, 1, "not-our-pins"),
            ("says 429 for ever", always(429, b"", {}), 2, "HTTP status 429"),
            ("says 429 for an hour", always(429, b"", {"Retry-After": "3600"}), 2, "HTTP status 429"),
            ("says 503", always(503, b"", {}), 2, "HTTP status 503"),
            ("says 500", always(500, b"", {}), 2, "HTTP status 500"), ("says 404", always(404, b"", {}), 2, "404"),
            ("redirects", always(301, b"", {"Location": "/elsewhere"}), 2, "HTTP status 301"),
            ("sends HTML", always(*html), 2, "no tree head that"),
            ("sends HTML for entries", entries(*html), 2, "not what a log answers"),
            ("sends nothing", always(200, b"", {}), 2, "no tree head that"),
            ("sends half", half, 2, "Timeout was reached"),
            ("sends a gzip bomb", always(200, bomb, {"Content-Encoding": "gzip"}), 2, "more than 65536 bytes"),
            ("sends a gzip bomb for entries", entries(200, bomb, {"Content-Encoding": "gzip"}), 2, "more than "),
            ("sends a giant line", always(200, b"a" * (1 << 20), {}), 2, "more than 65536 bytes"),
            ("sends no gzip", always(200, b"plain", {"Content-Encoding": "gzip"}), 2, "127.0.0.1"),
            ("sends more entries", changed(lambda body: body + body), 2, "not what a log answers"),
            ("sends fewer bytes", changed(lambda body: body[:-1]), 2, "not what a log answers"),
            ("sends no entries", changed(lambda body: b'{"entries": []}' if body[:1] == b"{" else b""), 2, "not what"),
            ("signs by another key", other_signature, 2, "no tree head that"),
            ("has the time 0", heads(timestamp=0), 1, "not-our-pins"),
            ("has the time 2^64-1", heads(timestamp=(1 << 64) - 1), 2, "a tree head of the future"),
            ("has a size of 2^63", heads(size=1 << 63, root=sha256(b"x")), 2, "no tree head that"),
        ]
        print(f"\n{'a log that':34}{'static-ct':24}{'rfc6962':24}")
        first, more, key = [*filler(300), self.entry(), *filler(99)], [self.entry(), *filler(40)], Key("p256")
        self.follow(self.log(first, key=key), "static-ct", "--from", "400")
        begun = self.state()
        most = 0
        for title, fault, status, said in faults + [("has another key's id", other_id, 2, "no tree head that")]:
            shown = []
            for api in APIS:
                with self.subTest(title, api=api):
                    if fault is other_id and api == "rfc6962":
                        continue  # its tree heads have none
                    log = self.log(first, key=key)
                    log.add(*more)
                    self.write("logs.conf", log.section(api))
                    self.write("ct.state", begun)
                    fault(log, api)
                    log.requests.clear()
                    before = time.monotonic()
                    run, memory = self.measured("--timeout", "0.4" if fault in [stalls, half] else "5")
                    self.assertLess(time.monotonic() - before, 10)
                    most = max(most, memory)
                    self.assertLess(memory, 200, "MiB")
                    self.assertLess(len(log.requests), 20)
                    kinds = self.kinds(run)
                    shown.append(", ".join(kinds) or run.err.split(": ")[-1].strip() or "read")
                    self.assertEqual(run.status, status, run)
                    self.assertEqual(kinds, [said] if status == 1 else [], run)
                    if status == 2:
                        self.assertIn(said, run.err)
                    if said != "not-our-pins":
                        # But for the times of tree heads.
                        self.assertEqual(re.sub(r"( 400) \d+ \d+", r"\1", self.state()),
                                         re.sub(r"( 400) \d+ \d+", r"\1", begun))
            print(f"{title:34}" + "".join(f"{one:24.23}" for one in shown))
        print(f"at most {most:.0f} MiB of memory")

    def measured(self, *options):
        """A run, and the most memory that it took, in MiB."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = self.start_command(*self.arguments("--once", *options), stdout=out, stderr=err)
            _, memory = command.ended(process)
            texts = []
            for file in [out, err]:
                file.seek(0)
                texts.append(file.read())
        return command.Run(subprocess.CompletedProcess([], process.returncode, *texts)), memory

    def test_recovers(self):
        """After a fault the log is read as if there had been none."""
        for api in APIS:
            log = self.log(filler(300))
            self.write("logs.conf", log.section(api))
            state = ["--state", f"{api}.state"]
            self.expect(self.watch(*state), 0)
            log.add(*filler(20), self.entry())
            for fault in [(500, b"", {}), (200, b"x", {}), (429, b"", {})]:
                log.before = lambda path: fault if "data" in path or "entries" in path else None
                self.assertEqual(self.watch(*state).status, 2)
            log.before = lambda path: None
            self.assertEqual([one["entry"] for one in self.found(self.watch(*state))], [320])

    def test_waits_as_long_as_it_is_asked_to(self):
        log = self.log(filler(3))
        log.before = lambda path: (429, b"", {"Retry-After": "1"}) if len(log.requests) == 1 else None
        started = time.monotonic()
        self.expect(self.follow(log, "static-ct"), 0)
        self.assertGreater(time.monotonic() - started, 1)

    def test_silent_and_behind(self):
        now = int(time.time() * 1000)
        for api in APIS:
            state = ["--state", f"{api}.state"]
            log = self.log(filler(30))
            log.publish(30, now - 2 * DAY)
            self.write("logs.conf", log.section(api))
            self.assertEqual(self.kinds(self.watch(*state)), ["log-silent"])
            self.expect(self.watch(*state, "--max-delay", "50"), 0)
            log.before = lambda path: (500, b"", {})
            self.assertEqual(self.kinds(self.watch(*state)), ["log-silent"])
            # A new head whose entries are kept back.
            log.add(*filler(500))
            log.before = lambda path: (500, b"", {}) if "get-entries" in path or "data" in path else None
            self.assertEqual(self.kinds(self.watch(*state)), ["behind"])
            log.before = lambda path: None
            self.expect(self.watch(*state), 0)

    # ---------------------------------------------------------------------------------- files, and their mistakes

    def test_the_list_of_logs(self):
        log = self.log(filler(1))
        key = base64.b64encode(log.key.spki).decode()
        good = log.section("static-ct", operator="Somebody", retired="2027-01-01")
        self.write("logs.conf", "# logs\n\n" + good)
        self.expect(self.watch(), 0)
        identity = base64.b64encode(log.id).decode()
        self.write("logs.conf", log.section("static-ct", id=identity, origin=log.origin))
        self.expect(self.watch(), 0)
        weak = base64.b64encode(Key("rsa-1024").spki).decode()
        large = base64.b64encode(Key("p384").spki).decode()
        off = base64.b64encode(log.key.spki[:-1] + bytes([log.key.spki[-1] ^ 1])).decode()
        for text, words in [
                ("", "has no [ct-log NAME]"), ("url = x\n", "1: error: not a key = value below"),
                ("[log a]\n", "1: error: a section is [ct-log NAME]"), ("[ct-log a b]\n", "a section is"),
                ("[ct-log a]\n", "1: error: [ct-log a] has no url"),
                (good + "colour = red\n", "unknown key \"colour\""),
                (good + "api = static-ct\n", "api stands twice"), (good + good, "has the key of [ct-log test]"),
                (good.replace("http:", "ftp:"), "url begins with"),
                (good.replace("static-ct", "tiles"), "api is static-ct or"),
                (good.replace(key, weak), "key is a log's"), (good.replace(key, large), "key is a log's"),
                (good.replace(key, off), "key is a log's"), (good.replace(key, key[:-4]), "key is a log's"),
                (log.section("static-ct", id=base64.b64encode(sha256(b"")).decode()), "id is not that of the key")]:
            self.write("logs.conf", text)
            self.expect(self.watch(), 3, err=words)

    def test_logs_whose_private_keys_are_published(self):
        log = self.log(filler(1))
        key = base64.b64encode(log.key.spki).decode()
        for name in "MIMIC1", "MIMIC2":
            published = SYNTHETIC[name][0]
            for api in "static-ct", "rfc6962":
                self.write("logs.conf", log.section(api).replace(key, published))
                run = self.expect(self.watch(), 3, err="4: error: the private half of this log's key is public")
                self.assertEqual((run.out, log.requests), ("", []), run)

    def test_a_log_with_a_key_of_rsa(self):
        log = self.log([self.entry()], key=Key("rsa"))
        sign = log.key.sign
        log.signature = lambda root: b"\4\1" + vector(sign(
            b"\0\1" + log.timestamp.to_bytes(8, "big") + log.size.to_bytes(8, "big") + root, "rsa-sha256"), 2)
        log.publish(1)
        self.assertEqual(self.kinds(self.follow(log, "rfc6962")), ["not-our-pins"])

    def test_a_state_that_is_none(self):
        log = self.log(filler(3))
        self.follow(log, "static-ct")
        good = self.state()
        for text in ["", "hello", good[:-5], good.replace("log ", "log x "), good.replace(" 3 ", " 4 "),
                     good.replace("ct-watch 1", "ct-watch 2")]:
            self.write("ct.state", text)
            self.expect(self.watch(), 3, err="not a state of ct-watch")
            self.assertEqual(self.state(), text)
        self.write("ct.state", good)
        self.expect(self.watch(), 0)
        # A log that is not followed for a while is not forgotten.
        other = self.log(filler(2))
        self.write("logs.conf", other.section("static-ct"))
        self.expect(self.watch(), 0)
        self.assertEqual(self.state().count("\nlog "), 2)
        self.assertIn(good.splitlines()[1], self.state())

    def test_what_cannot_be_written(self):
        log = self.log([self.entry()])
        self.write("logs.conf", log.section("static-ct"))
        self.expect(self.watch("--state", "missing/ct.state"), 3, err="No such file")
        self.expect(self.watch("--findings", "missing/found"), 3, err="No such file")
        full = self.watch("--from", "0", stdout=open("/dev/full", "wb"))
        self.assertEqual(full.status, 3)
        self.assertIn("cannot write to standard output", full.err)
        # It was not told, and so it is told again.
        self.assertEqual([(one["entry"], one["repeated"]) for one in self.found(self.watch())], [(0, True)])

    def test_https(self):
        host = issue("host", self.world.root, server(ip("127.0.0.1")), key=Key("p256"))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.directory / self.write("server.pem", host.for_server))
        log = self.log([self.entry()], tls=tls)
        self.write("root.pem", self.world.root.pem)
        self.expect(self.follow(log, "rfc6962"), 2, err="SSL")
        self.assertEqual(self.kinds(self.follow(log, "rfc6962", "--trust-file", "root.pem")), ["not-our-pins"])
