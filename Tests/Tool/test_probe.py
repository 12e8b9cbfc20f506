# SPDX-License-Identifier: Apache-2.0
"""`pinverdict probe`, against servers on loopback."""
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import servers
from command import TestCase, pin
from kit.certificates import authority, dns, for_days, ip, issue, server

HOST = "api.example.com"


class World:
    """Certificates for the servers, made once."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.root = issue("Root", extensions=authority(), period=for_days(900.5))
        self.intermediate = issue("Intermediate", self.root, authority(), period=for_days(300.5))
        self.other_root = issue("Other root", extensions=authority(), period=for_days(900.5))
        self.trust = self.write("root.pem", self.root.pem)
        self.leaf = self.issue("leaf", self.intermediate, dns(HOST), dns("*.example.com"), ip("127.0.0.1"))
        self.expired = self.issue("expired", self.intermediate, dns(HOST), days=-3)
        self.stranger = self.issue("stranger", self.other_root, dns(HOST))
        self.other_host = self.issue("other-host", self.intermediate, dns("www.example.org"))
        self.unneeded = self.issue("unneeded", self.intermediate, dns(HOST), more=[self.other_root])

    def write(self, name, text):
        (self.directory / name).write_text(text)
        return self.directory / name

    def issue(self, name, by, *names, days=40.5, more=()):
        """A leaf, in the files that servers want."""
        made = issue(name, by, server(*names), period=for_days(days))
        chain = "".join(one.pem for one in [*made.issuers[:-1], *more])
        return SimpleNamespace(
            made=made, pin=made.pin, name=name, leaf=self.write(f"{name}.pem", made.pem),
            key=self.write(f"{name}.key", made.key.pem), chain=self.write(f"{name}.chain", chain),
            both=self.write(f"{name}.both", made.pem + chain))


class ProbeTestCase(TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.world = World(directory.name)

    def serve(self, server):
        self.addCleanup(server.close)
        return server

    def probe(self, *arguments, **options):
        return self.run_command("probe", "--trust-file", self.world.trust, *arguments, **options)

    def probe_server(self, server, *arguments, host=HOST, **options):
        return self.probe("--connect", f"127.0.0.1:{server.port}", host, *arguments, **options)

    def rule(self, *pins, host=HOST, settings=()):
        return [f"[host {host}]", *settings, *[f"pin-sha256 = {one}" for one in pins],
                f"backup-pin-sha256 = {pin('spare')}"]

    def not_reached(self, run, words):
        """In one line that says what to do."""
        self.expect(run, 2, out="not reached  ")
        self.assertRegex(run.out.splitlines()[0], words)
        self.assertEqual(run.err, "")
        return run


class PlainTests(ProbeTestCase):
    def test_real_servers(self):
        leaf = self.world.leaf
        for start in [servers.s_server, servers.gnutls_serv]:
            for version in ["1.2", "1.3"]:
                with self.subTest(start.__name__, version=version):
                    server = self.serve(start(leaf, version.replace(".", "_") if start == servers.s_server
                                              else version))
                    run = self.expect(self.probe_server(server), 0, out=[
                        "trusted      ", f"host         {HOST}:443, 127.0.0.1:{server.port}, TLSv{version}\n",
                        "sent   path  certificate\n", "0      0     CN=leaf\n", "1      1     CN=Intermediate\n",
                        "-      2     CN=Root\n", "issued by CN=Intermediate\n", "40 days",
                        f"pin-sha256 = {leaf.pin}\n", f"pin-sha256 = {self.world.root.pin}\n"])
                    self.assertNotIn("not on the path", run.out)

    def test_json(self):
        server = self.serve(servers.speaking_tls(self.world.unneeded))
        found = self.expect(self.probe_server(server, "--json"), 0).json
        self.assertEqual(found["summary"], {"allowed": 1, "refused": 0, "not_reached": 0})
        one, = found["servers"]
        certificates = one.pop("certificates")
        self.assertEqual(one, {
            "host": HOST, "port": 443, "starttls": None, "address": f"127.0.0.1:{server.port}", "status": "allowed",
            "error": None, "tls": "TLSv1.3", "trusted": True, "trust_reason": None, "trust_detail": None,
            "failed_depth": None, "verdict": None, "next": None})
        self.assertEqual([(each["sent"], each["depth"], each["subject"]) for each in certificates], [
            (0, 0, "CN=unneeded"), (1, 1, "CN=Intermediate"), (None, 2, "CN=Root"), (2, None, "CN=Other root")])
        self.assertEqual(certificates[0]["pin_sha256"], self.world.unneeded.pin)
        self.assertEqual([each["days_left"] for each in certificates], [40, 300, 900, 900])
        self.assertRegex(certificates[0]["expires"], r"^\d{4}-\d\d-\d\d$")

    def test_sent_and_not_on_the_path(self):
        server = self.serve(servers.speaking_tls(self.world.unneeded))
        run = self.expect(self.probe_server(server), 0, out="2      -     CN=Other root\n")
        self.assertEqual(run.out.count("sent, but not on the path"), 1)

    def test_what_is_not_trusted_is_shown(self):
        for files, reason, words, subject in [
                (self.world.expired, "certificate-expired", "certificate has expired", "expired"),
                (self.world.stranger, "untrusted-chain", "unable to get local issuer certificate", "stranger"),
                (self.world.other_host, "hostname-mismatch", "ostname mismatch", "other-host")]:
            for version in ["1_2", "1_3"]:
                with self.subTest(reason, version=version):
                    server = self.serve(servers.s_server(files, version))
                    self.expect(self.probe_server(server), 1, out=[
                        f"untrusted    {reason}: ", "OpenSSL: ", words, f"(CN={subject})",
                        "sent   tried certificate\n", f"0      0     CN={subject}\n", f"pin-sha256 = {files.pin}\n"])
                    found = self.probe_server(server, "--json").json["servers"][0]
                    self.assertEqual([found["status"], found["trusted"], found["trust_reason"], found["failed_depth"]],
                                     ["refused", False, reason, 0])
                    self.assertIn(words, found["trust_detail"])

    def test_system_trust(self):
        """Without a trust file OpenSSL's own anchors are those."""
        server = self.serve(servers.speaking_tls(self.world.leaf))
        arguments = ["probe", "--connect", f"127.0.0.1:{server.port}", HOST]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SSL_CERT_")}
        self.expect(self.run_command(*arguments, env=clean), 1, out="untrusted-chain")
        self.expect(self.run_command(*arguments, env={**clean, "SSL_CERT_FILE": str(self.world.trust)}), 0)

    def test_targets(self):
        port = self.serve(servers.speaking_tls(self.world.leaf)).port
        self.expect(self.probe(f"127.0.0.1:{port}"), 0, out=f"host         127.0.0.1:{port}, 127.0.0.1:{port}, TLS")
        self.expect(self.probe(f"API.Example.COM.:{port}", "--connect", "127.0.0.1"), 0,
                    out=f"{HOST}:{port}, 127.0.0.1:{port}")
        self.expect(self.probe(f"localhost:{port}"), 1, out="hostname-mismatch")
        for text in ["::1", "[::1]", "[::1]:443", "0:0:0:0:0:0:0:1"]:
            self.assertIn("[::1]:443", self.probe(text, "--timeout", "1").out)
        for arguments, words in [(["bücher.example"], "its name in certificates and policies is xn--bcher-kva.example"),
                                 (["https://a.example/"], "give the host alone"), (["a.example/x"], "give the host"),
                                 (["a.example:0"], "a port is"), (["a.example:65536"], "a port is"),
                                 (["a.example:+1"], "a port is"), (["a.example:"], "a port is"),
                                 (["a b"], "neither a host name nor"), ([""], "neither a host name nor"),
                                 (["[::1"], "neither a host name nor"), (["[::1]x"], "neither a host name nor"),
                                 (["a.example", "--connect", "b.example"], "takes an IP address")]:
            with self.subTest(arguments):
                run = self.expect(self.probe(*arguments), 3, err=words)
                self.assertEqual(run.err.count("\n"), 1)

    def test_server_name(self):
        names = []
        context = servers.tls(self.world.leaf)
        context.sni_callback = lambda _, name, __: names.append(name)

        def talk(connection):
            context.wrap_socket(connection, server_side=True).close()

        server = self.serve(servers.Scripted(talk))
        self.expect(self.probe_server(server), 0)
        self.expect(self.probe_server(server, "--servername", "front.example.org"), 0)
        self.expect(self.probe_server(server, "--servername", "front.example.org", host="www.example.org"), 1)
        self.expect(self.probe(f"127.0.0.1:{server.port}"), 0)
        self.assertEqual(names, [HOST, "front.example.org", "front.example.org", None])

    def test_misuse(self):
        self.write("bad.conf", "[policy]\nserial = x\n")
        self.write("bad.pem", "hello\n")
        for arguments in [[], ["--port", "1", "x"], ["x", "--timeout", "0"], ["x", "--timeout", "nan"],
                          ["x", "--timeout", "3601"], ["x", "--parallel", "0"], ["x", "--parallel", "257"],
                          ["x", "--starttls", "gopher"], ["x", "--propose", "root"], ["x", "--next", "bad.conf"],
                          ["--policy", "-", "--hosts-file", "-"], ["x", "--servername", "::1"],
                          ["x", "--servername", ""], ["x", "--environment", "a b"], ["x", "--install-id", ""]]:
            with self.subTest(arguments):
                self.assertEqual(self.expect(self.run_command("probe", *arguments), 3, err="Usage: pinverdict").out, "")
        for arguments, words in [(["x", "--policy", "bad.conf"], "bad.conf:2: error: "),
                                 (["x", "--policy", "missing"], "missing: No such file"),
                                 (["x", "--hosts-file", "missing"], "missing: No such file"),
                                 (["x", "--trust-file", "bad.pem"], "bad.pem"),
                                 (["x", "--trust-file", "missing"], "missing")]:
            with self.subTest(arguments):
                self.assertEqual(self.expect(self.run_command("probe", *arguments), 3, err=words).out, "")
                found = self.run_command("probe", "--json", *arguments)
                self.assertEqual(found.status, 3)
                self.assertIn(words, found.json["errors"][0])
        run = self.shell('"$pinverdict" probe 127.0.0.1:1 >/dev/full')
        self.expect(run, 3, err="No space left on device")


class BadServerTests(ProbeTestCase):
    def test_plain_http(self):
        server = self.serve(servers.saying(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"))
        self.not_reached(self.probe_server(server), "does not answer in TLS.*another port, or --starttls")

    def test_silence_costs_the_timeout(self):
        server = self.serve(servers.Scripted(lambda connection: time.sleep(8)))
        start = time.monotonic()
        self.not_reached(self.probe_server(server, "--timeout", "0.4"), r"handshake within 0\.4 s; --timeout")
        self.assertLess(time.monotonic() - start, 2)

    def test_trickle_costs_the_timeout(self):
        def talk(connection):
            connection.sendall(b"\x16\x03\x03\x40\x00")
            for _ in range(200):
                connection.sendall(b"\x02")
                time.sleep(0.05)

        server = self.serve(servers.Scripted(talk))
        start = time.monotonic()
        self.not_reached(self.probe_server(server, "--timeout", "0.5"), "handshake within 0.5 s")
        self.assertLess(time.monotonic() - start, 2)

    def test_no_answer(self):
        # A full backlog: nobody accepts.
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            port = listener.getsockname()[1]
            waiting = [socket.socket() for _ in range(4)]
            for each in waiting:
                each.setblocking(False)
                each.connect_ex(("127.0.0.1", port))
            start = time.monotonic()
            run = self.not_reached(self.probe("--timeout", "0.4", f"127.0.0.1:{port}"), "does not answer within 0.4 s")
            self.assertLess(time.monotonic() - start, 2)
            for each in waiting:
                each.close()

    def test_nobody_listens(self):
        self.not_reached(self.probe(f"127.0.0.1:{servers.free_port()}"), "Connection refused; nothing listens")

    def test_name_that_does_not_resolve(self):
        self.not_reached(self.probe("--timeout", "5", "no-such-host.invalid"), "name does not resolve|not looked up")

    def test_look_up_that_does_not_end(self):
        self.write("slow.c", "#include <netdb.h>\n#include <unistd.h>\n"
                   "int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,\n"
                   "                struct addrinfo **out)\n"
                   "{ (void)name, (void)service, (void)hints, (void)out; sleep(30); return EAI_AGAIN; }\n")
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", "slow.so", "slow.c"], cwd=self.directory, check=True)
        start = time.monotonic()
        run = self.probe("--timeout", "0.4", "--parallel", "2", *["slow.example"] * 8,
                         env={**os.environ, "LD_PRELOAD": str(self.directory / "slow.so")})
        self.expect(run, 2, out="8 not reached\n")
        self.assertEqual(run.out.count("the name was not looked up within 0.4 s"), 8)
        self.assertLess(time.monotonic() - start, 5)

    def test_closes_at_once(self):
        server = self.serve(servers.Scripted(lambda connection: connection.recv(4096)))
        self.not_reached(self.probe_server(server), "closed the connection in the handshake|reset")

    def test_alert(self):
        server = self.serve(servers.saying(b"\x15\x03\x03\x00\x02\x02\x46"))  # protocol_version
        self.not_reached(self.probe_server(server), "neither TLS 1.2 nor TLS 1.3")

    def test_old_version(self):
        server = self.serve(servers.Program(
            "openssl", "s_server", "-accept", "127.0.0.1:0", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-cert",
            self.world.leaf.leaf, "-key", self.world.leaf.key, ready=r"ACCEPT 127\.0\.0\.1:(\d+)"))
        self.not_reached(self.probe_server(server), "neither TLS 1.2 nor TLS 1.3")

    def test_too_many_certificates(self):
        """100 MB of certificates in TLS 1.2 records, behind a ServerHello: OpenSSL reads the length and ends it."""
        hello = (b"\x03\x03" + bytes(32) + b"\0" + b"\xc0\x2f" + b"\0" + b"\0\x05\xff\x01\0\x01\0")
        hello = b"\x02" + len(hello).to_bytes(3, "big") + hello

        def record(content):
            return b"\x16\x03\x03" + len(content).to_bytes(2, "big") + content

        sent = []

        def talk(connection):
            connection.recv(4096)
            connection.sendall(record(hello) + record(b"\x0b\xff\xff\xff" + bytes(16000)))
            for _ in range(6250):
                connection.sendall(record(bytes(16000)))
                sent.append(1)

        server = self.serve(servers.Scripted(talk))
        run = self.shell(f'ulimit -v $((400 << 10)); "$pinverdict" probe --trust-file {self.world.trust} '
                         f'--connect 127.0.0.1:{server.port} {HOST}')
        self.not_reached(run, "more than the 100 KiB of certificates")
        self.assertLess(len(sent), 6250)

    def test_what_was_sent_cannot_steer_a_terminal(self):
        server = self.serve(servers.saying(b"220 \x1b[31mred\x9b\r\n554 no\r\n"))
        run = self.not_reached(self.probe_server(server, "--starttls", "pop3"), r"said .*\\u\{1b\}")
        self.assertNotIn("\x1b", run.out)


class PolicyTests(ProbeTestCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve(servers.speaking_tls(self.world.leaf))

    def probe_policy(self, *arguments, server=None, **options):
        return self.probe_server(server or self.server, "--policy", "policy.conf", *arguments, **options)

    def test_match(self):
        self.policy(*self.rule(self.world.intermediate.pin))
        self.expect(self.probe_policy(), 0, out=[
            "allow        matched: ", "rule         [host api.example.com], policy.conf:3\n",
            "enforcement  what fails is refused\n", f"pin          pin-sha256 = {self.world.intermediate.pin}\n",
            "policy.conf:4\n", "on certificate 1: CN=Intermediate\n"])
        found = self.probe_policy("--json").json["servers"][0]["verdict"]
        self.assertEqual([found["decision"], found["reason"], found["rule"], found["rule_line"], found["enforced"]],
                         ["allow", "matched", HOST, 3, True])
        self.assertEqual(found["matched"], {"key": "pin-sha256", "digest": self.world.intermediate.pin, "depth": 1,
                                            "line": 4, "pin_set": None})

    def test_no_match(self):
        self.policy(*self.rule(pin("other")))
        self.expect(self.probe_policy(), 1, out=[
            "refuse       no-match: ", "demands      any certificate", f"= {pin('other')}  policy.conf:4",
            f"pin-sha256 = {self.world.leaf.pin}"])

    def test_only_sent_is_no_match(self):
        """A pin of what was sent beside the path counts for nothing."""
        server = self.serve(servers.speaking_tls(self.world.unneeded))
        self.policy(*self.rule(self.world.other_root.pin))
        self.expect(self.probe_policy(server=server), 1, out=["no-match", "sent, but not on the path"])

    def test_rejected_key(self):
        self.policy(*self.rule(self.world.leaf.pin), settings=[f"rejected-pin-sha256 = {self.world.root.pin}"])
        self.expect(self.probe_policy(), 1, out=["refuse       rejected-key", "on certificate 2: CN=Root"])

    def test_softened(self):
        self.policy(*self.rule(pin("other"), settings=["enforcement = report-only"]))
        self.expect(self.probe_policy(), 0, out=["allow        no-match", "since it is not enforced"])
        self.policy(*self.rule(pin("other"), host="b.example"))
        self.expect(self.probe_policy(), 0, out="allow        not-pinned")
        self.policy(*self.rule(pin("other")), settings=["enforcement = off"])
        self.expect(self.probe_policy(), 0, out="allow        enforcement-off")

    def test_trust_comes_first(self):
        for files, reason in [(self.world.expired, "certificate-expired"), (self.world.stranger, "untrusted-chain"),
                              (self.world.other_host, "hostname-mismatch")]:
            server = self.serve(servers.speaking_tls(files))
            self.policy(*self.rule(files.pin, settings=["enforcement = report-only"]))
            self.expect(self.probe_policy(server=server), 1, out=[f"refuse       {reason}", "OpenSSL: "])
            found = self.probe_policy("--json", server=server).json["servers"][0]
            self.assertEqual([found["verdict"]["decision"], found["verdict"]["reason"]], ["refuse", reason])

    def test_next(self):
        self.policy(*self.rule(self.world.leaf.pin))
        self.write("next.conf", "\n".join(["[policy]", "serial = 2", *self.rule(pin("other")), ""]))
        run = self.expect(self.probe_policy("--next", "next.conf"), 0, out=[
            "allow        matched", "next         refuse, no-match: ", "[host api.example.com], next.conf:3",
            f"= {pin('other')}  next.conf:4"])
        found = self.probe_policy("--next", "next.conf", "--json").json["servers"][0]
        self.assertEqual([found["verdict"]["decision"], found["next"]["decision"], found["next"]["reason"]],
                         ["allow", "refuse", "no-match"])
        self.assertEqual([found["verdict"]["policy_serial"], found["next"]["policy_serial"]], [1, 2])
        # The other way round: what is to come does not count yet.
        run = self.probe_server(self.server, "--policy", "next.conf", "--next", "policy.conf")
        self.expect(run, 1, out=["refuse       no-match", "next         allow, matched: "])

    def test_environments_and_rollout(self):
        self.policy(*self.rule(pin("other"), settings=["environments = prod"]), settings=["environments = dev prod"])
        self.expect(self.probe_policy(), 3, err="give --environment, one of: dev, prod")
        self.expect(self.probe_policy("--environment", "prod"), 1, out="no-match")
        self.expect(self.probe_policy("--environment", "dev"), 0, out="not-pinned")
        self.policy(*self.rule(pin("other"), settings=["rollout-percent = 50"]))
        self.expect(self.probe_policy(), 3, err="give --install-id")
        answers = {self.probe_policy("--install-id", f"machine {number}").status for number in range(12)}
        self.assertEqual(answers, {0, 1})


class ManyTests(ProbeTestCase):
    def test_order_summary_and_status(self):
        good, bad = (self.serve(servers.speaking_tls(files)).port for files in [self.world.leaf, self.world.stranger])
        silent = self.serve(servers.Scripted(lambda connection: time.sleep(8))).port
        hosts = [f"127.0.0.1:{port}" for port in [silent, good, bad, good, servers.free_port()]]
        run = self.expect(self.probe("--timeout", "0.5", *hosts), 1)
        lines = run.out.splitlines()
        self.assertEqual([line[:13].strip() for line in lines[:5]],
                         ["not reached", "trusted", "untrusted", "trusted", "not reached"])
        self.assertEqual([line[13:].split()[0] for line in lines[:5]], hosts)
        self.assertEqual(lines[5:], ["", "5 hosts: 2 trusted, 1 not trusted, 2 not reached"])
        self.expect(self.probe(hosts[1], hosts[3]), 0, out="2 hosts: 2 trusted")
        self.expect(self.probe("--timeout", "0.5", hosts[0], hosts[1]), 2, out="1 not reached")
        found = self.probe("--timeout", "0.5", "--json", *hosts).json
        self.assertEqual([one["port"] for one in found["servers"]], [int(host.split(":")[1]) for host in hosts])
        self.assertEqual(found["summary"], {"allowed": 2, "refused": 1, "not_reached": 2})

    def test_policy_in_a_line_each(self):
        port = self.serve(servers.speaking_tls(self.world.leaf)).port
        self.policy(*self.rule(self.world.leaf.pin), *self.rule(pin("other"), host="*.example.com"))
        self.write("next.conf", "\n".join(["[policy]", "serial = 2", *self.rule(pin("other")), ""]))
        run = self.probe("--connect", f"127.0.0.1:{port}", "--policy", "policy.conf", "--next", "next.conf", HOST,
                         "www.example.com")
        self.expect(run, 1, out="2 hosts: 1 allowed, 1 refused, 0 not reached")
        lines = run.out.splitlines()
        self.assertRegex(lines[0], r"^allow        api\.example\.com:443  matched; \[host api\.example\.com\], "
                                   r"policy\.conf:3; until \S+, 40 days; next: refuse, no-match$")
        self.assertRegex(lines[1], r"^refuse       www\.example\.com:443  no-match: .*; \[host \*\.example\.com\], "
                                   r"policy\.conf:6; .*; next: allow, not-pinned$")

    def test_hosts_file(self):
        port = self.serve(servers.speaking_tls(self.world.leaf)).port
        text = f"# ours\n\n127.0.0.1:{port} # the first\r\n  127.0.0.1:{port}\n127.0.0.1:{port}"
        self.write("hosts", text)
        self.expect(self.probe("--hosts-file", "hosts"), 0, out="3 hosts: 3 trusted")
        self.expect(self.probe("--hosts-file", "-", stdin=text), 0, out="3 hosts: 3 trusted")
        self.expect(self.probe("--hosts-file", "hosts", f"127.0.0.1:{port}"), 0, out="4 hosts: 4 trusted")
        for text, words in [("a.example\nb.example c.example\n", "hosts:2: error: one host in each line"),
                            ("a.example\nhttps://b\n", "hosts:2: error: "), ("# none\n", "no host to probe")]:
            self.write("hosts", text)
            self.expect(self.probe("--hosts-file", "hosts"), 3, err=words)

    def test_hosts_of_the_policy(self):
        port = self.serve(servers.speaking_tls(self.world.leaf)).port
        self.policy(*self.rule(self.world.leaf.pin), *self.rule(pin("other"), host="*.example.com"),
                    *self.rule(self.world.root.pin, host="www.example.com"))
        connect = ["--connect", f"127.0.0.1:{port}", "--policy", "policy.conf"]
        run = self.probe(*connect)
        self.assertEqual(run.status, 0, run)
        self.assertIn("2 hosts: 2 allowed", run.out)
        self.assertEqual([line.split()[1] for line in run.out.splitlines()[:2]],
                         ["api.example.com:443", "www.example.com:443"])
        self.assertIn("pinverdict: *.example.com is no host that can be probed", run.err)
        found = self.probe("--json", *connect).json
        self.assertEqual(len(found["errors"]), 1)
        self.policy(*self.rule(pin("other"), host="*.example.com"))
        self.expect(self.probe(*connect), 3, err="no host to probe")

    def test_parallel_is_a_bound(self):
        context = servers.tls(self.world.leaf)
        waiting, most = [], []

        def talk(connection):
            waiting.append(connection)
            time.sleep(0.05)
            most.append(len(waiting))
            waiting.remove(connection)
            context.wrap_socket(connection, server_side=True).close()

        server = self.serve(servers.Scripted(talk))
        for parallel in [1, 4]:
            most.clear()
            run = self.probe("--parallel", str(parallel), *[f"127.0.0.1:{server.port}"] * 12)
            self.expect(run, 0, out="12 hosts: 12 trusted")
            self.assertLessEqual(max(most), parallel)
        self.assertGreater(max(most), 1)

    def test_reader_that_has_gone(self):
        port = self.serve(servers.speaking_tls(self.world.leaf)).port
        self.write("hosts", f"127.0.0.1:{port}\n" * 200)
        run = self.shell(f'"$pinverdict" probe --trust-file {self.world.trust} --hosts-file hosts | head -1; '
                         'echo "${PIPESTATUS[0]}"')
        self.assertEqual([run.out.splitlines()[-1], run.err], ["3", ""])

    def test_ten_thousand_hosts(self):
        """With few descriptors and little memory."""
        port = servers.free_port()
        self.write("hosts", f"127.0.0.1:{port}\n" * 10_000)
        run = self.shell(f'ulimit -n 64; ulimit -v $((1 << 20)); "$pinverdict" probe --trust-file {self.world.trust} '
                         '--hosts-file hosts')
        self.expect(run, 2, out="10000 hosts: 0 trusted, 0 not trusted, 10000 not reached")
        self.assertEqual(run.out.count("Connection refused"), 10_000)

    def test_progress_bar(self):
        port = self.serve(servers.speaking_tls(self.world.leaf)).port
        for terminal, bars in [("xterm", True), ("dumb", False), ("", False)]:
            for count in [1, 3]:
                with self.subTest(terminal=terminal, count=count):
                    shown = self.on_terminal(terminal, *[f"127.0.0.1:{port}"] * count)
                    self.assertEqual("\x1b[K" in shown, bars and count > 1, shown)
                    if bars and count > 1:
                        self.assertRegex(shown, r"\r\[[#.]{30}\] [0-3] of 3")
                        # Nothing is left of it.
                        self.assertTrue(shown.endswith("\r\x1b[K"), shown)

    def test_interrupt(self):
        silent = self.serve(servers.Scripted(lambda connection: time.sleep(8))).port
        start = time.monotonic()
        shown = self.on_terminal("xterm", *[f"127.0.0.1:{silent}"] * 3, interrupt=True)
        self.assertLess(time.monotonic() - start, 3)
        self.assertTrue(shown.endswith("\r\x1b[K"), shown)

    def on_terminal(self, terminal, *hosts, interrupt=False):
        """What appears where standard error is a terminal."""
        master, slave = os.openpty()
        process = self.start_command("probe", "--trust-file", self.world.trust, *hosts, stdout=subprocess.DEVNULL,
                                     stderr=slave, stdin=subprocess.DEVNULL, env={**os.environ, "TERM": terminal})
        os.close(slave)
        if interrupt:
            time.sleep(0.4)
            process.send_signal(2)
        shown = b""
        while True:
            try:
                shown += os.read(master, 4096)
            except OSError:  # the last one has closed it
                break
        status = process.wait()
        os.close(master)
        self.assertEqual(status, -2 if interrupt else 0)
        return shown.decode()


# What each protocol says before TLS: the greeting, and an answer behind each question.
NEWLINE, XMPP = b"\r\n", b"urn:ietf:params:xml:ns:xmpp-tls"
LDAP_START = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
FEATURES = (b"<?xml version='1.0'?><stream:stream id='1' version='1.0' xmlns='jabber:client' "
            b"xmlns:stream='http://etherx.jabber.org/streams'><stream:features>%s</stream:features>")
GOOD = {
    "smtp": (b"220-mail\r\n220 ESMTP\r\n", (NEWLINE, b"250-mail\r\n250-SIZE 1\r\n250 STARTTLS\r\n"),
             (NEWLINE, b"220 go\r\n")),
    "imap": (b"* OK ready\r\n", (NEWLINE, b"* CAPABILITY IMAP4rev1\r\na OK go\r\n")),
    "pop3": (b"+OK ready\r\n", (NEWLINE, b"+OK go\r\n")),
    "ftp": (b"220-Welcome\r\n be nice\r\n220 ready\r\n", (NEWLINE, b"234 go\r\n")),
    "postgres": (b"", (bytes.fromhex("0000000804d2162f"), b"S")),
    "ldap": (b"", (LDAP_START, bytes.fromhex("300c02010178070a010004000400"))),
    "xmpp": (b"", (b"streams'>", FEATURES % (b"<starttls xmlns='" + XMPP + b"'/>")),
             (b"/>", b"<proceed xmlns='" + XMPP + b"'/>")),
}
BAD = {
    "smtp": ((b"220 mail\r\n", (NEWLINE, b"250-mail\r\n250 SIZE 1\r\n")), "does not offer STARTTLS"),
    "imap": ((b"* OK ready\r\n", (NEWLINE, b"a NO not here\r\n")), 'it said "a NO not here"'),
    "pop3": ((b"+OK ready\r\n", (NEWLINE, b"-ERR what\r\n")), 'it said "-ERR what"'),
    "ftp": ((b"220 ready\r\n", (NEWLINE, b"502 no\r\n")), 'it said "502 no"'),
    "postgres": ((b"", (bytes.fromhex("0000000804d2162f"), b"N")), "does not offer TLS"),
    "ldap": ((b"", (LDAP_START, bytes.fromhex("300c02010178070a010204000400"))), "LDAP result code 2"),
    "xmpp": ((b"", (b"streams'>", FEATURES % b"<bind/>")), "does not offer STARTTLS"),
}
PORTS = {"smtp": 25, "imap": 143, "pop3": 110, "ftp": 21, "postgres": 5432, "ldap": 389, "xmpp": 5222}


class StartTLSTests(ProbeTestCase):
    def probe_protocol(self, protocol, server, *arguments):
        return self.probe_server(server, "--starttls", protocol, "--timeout", "3", *arguments)

    def test_dovecot(self):
        server = self.serve(servers.Dovecot(self.world.leaf, self.directory))
        for protocol, port in server.ports.items():
            with self.subTest(protocol):
                run = self.probe("--starttls", protocol, "--connect", f"127.0.0.1:{port}", HOST)
                self.expect(run, 0, out=["trusted", f"pin-sha256 = {self.world.leaf.pin}"])

    def test_slapd(self):
        server = self.serve(servers.slapd(self.world.leaf, self.directory))
        self.expect(self.probe_protocol("ldap", server), 0, out=["trusted", f"pin-sha256 = {self.world.leaf.pin}"])

    def test_scripted(self):
        for protocol, script in GOOD.items():
            with self.subTest(protocol):
                server = self.serve(servers.saying(*script, then=servers.tls(self.world.leaf)))
                found = self.expect(self.probe_protocol(protocol, server, "--json"), 0).json["servers"][0]
                self.assertEqual([found["starttls"], found["port"], found["trusted"]],
                                 [protocol, PORTS[protocol], True])

    def test_not_offered(self):
        for protocol, (script, words) in BAD.items():
            with self.subTest(protocol):
                self.not_reached(self.probe_protocol(protocol, self.serve(servers.saying(*script))), words)

    def test_bytes_behind_the_answer(self):
        """Nothing is said to a server, TLS neither, that says more than it was asked."""
        for protocol, (greeting, *answers) in GOOD.items():
            with self.subTest(protocol):
                ending, last = answers[-1]
                server = self.serve(servers.saying(greeting, *answers[:-1], (ending, last + b"250 injected\r\n")))
                self.not_reached(self.probe_protocol(protocol, server), "injecting plain text")
                time.sleep(0.05)
                self.assertEqual(server.asked, b"")

    def test_closes_in_the_middle(self):
        for protocol, (greeting, *answers) in GOOD.items():
            for count in range(len(answers)):
                with self.subTest(protocol, answers=count):
                    def talk(connection):
                        connection.sendall(greeting)
                        for ending, answer in answers[:count]:
                            question = b""
                            while not question.endswith(ending):
                                question += connection.recv(1)
                            connection.sendall(answer)
                        connection.recv(4096)

                    server = self.serve(servers.Scripted(talk))
                    self.not_reached(self.probe_protocol(protocol, server), "closed the connection in the middle of")

    def test_endless_answers(self):
        def without_end(part):
            def talk(connection):
                connection.settimeout(2)
                while True:
                    connection.sendall(part * 100)
            return talk

        for protocol, part, words in [
                ("smtp", b"x" * 100, "line is too long"), ("smtp", b"220-x\r\n", "too many lines"),
                ("ftp", b"220-x\r\n", "too many lines"), ("imap", b"x" * 100, "line is too long"),
                ("xmpp", b"<x>" * 30, "answer is too long"), ("ldap", b"\x30\x84\x7f\xff\xff\xff", "too long"),
                ("postgres", b"x", "does not speak postgres")]:
            with self.subTest(protocol, words=words):
                server = self.serve(servers.Scripted(without_end(part)))
                self.not_reached(self.probe_protocol(protocol, server), words)

    def test_silence_costs_the_timeout(self):
        server = self.serve(servers.Scripted(lambda connection: time.sleep(8)))
        for protocol in GOOD:
            with self.subTest(protocol):
                start = time.monotonic()
                run = self.probe_server(server, "--starttls", protocol, "--timeout", "0.3")
                self.not_reached(run, "not finished STARTTLS within 0.3 s")
                self.assertLess(time.monotonic() - start, 2)


class ProposalTests(ProbeTestCase):
    def setUp(self):
        super().setUp()
        self.port = self.serve(servers.speaking_tls(self.world.leaf)).port
        self.connect = ["--connect", f"127.0.0.1:{self.port}"]

    def filled(self, text, place, pins=("safe",)):
        """The policy with a pin in each place, in a file."""
        for name in pins:
            text = text.replace(place, pin(name), 1)
        self.assertNotIn(place, text)
        return self.write("proposed.conf", text)

    def test_leaf(self):
        text = self.expect(self.probe(*self.connect, HOST, "--propose", "leaf"), 0).out
        self.write("open.conf", text)
        line = text.splitlines().index("backup-pin-sha256 = PIN-OF-THE-BACKUP-KEY") + 1
        self.expect(self.run_command("lint", "open.conf"), 2, out=f"open.conf:{line}: error: ")
        for part in [f"[host {HOST}]\npin-sha256 = {self.world.leaf.pin}\n", "CN=leaf", "40 days", "renewal",
                     time.strftime("serial = %Y%m%d\n", time.gmtime())]:
            self.assertIn(part, text)
        policy = self.filled(text, "PIN-OF-THE-BACKUP-KEY")
        self.expect(self.run_command("lint", policy), 0)
        self.expect(self.probe(*self.connect, HOST, "--policy", policy), 0, out="allow        matched")
        # Another key is not.
        other = self.serve(servers.speaking_tls(self.world.unneeded)).port
        self.expect(self.probe("--connect", f"127.0.0.1:{other}", HOST, "--policy", policy), 1, out="no-match")

    def test_ca(self):
        text = self.expect(self.probe(*self.connect, HOST, "--propose", "ca"), 0).out
        for part in [f"[host {HOST}]\nca-pin-sha256 = {self.world.root.pin}\n", "CN=Root", "without notice",
                     f"ca-pin-sha256 = {self.world.intermediate.pin}\n", "backup-ca-pin-sha256 = PIN-OF-ANOTHER-CA\n"]:
            self.assertIn(part, text)
        policy = self.filled(text, "PIN-OF-ANOTHER-CA")
        self.expect(self.run_command("lint", policy), 0)
        # A renewal with another key, by the same CA.
        for files in [self.world.leaf, self.world.unneeded]:
            port = self.serve(servers.speaking_tls(files)).port
            self.expect(self.probe("--connect", f"127.0.0.1:{port}", HOST, "--policy", policy), 0, out="matched")

    def test_several_hosts(self):
        dead = f"127.0.0.1:{servers.free_port()}"
        hosts = [HOST, f"127.0.0.1:{self.port}", "www.example.com", f"{HOST}:8443", "www.example.org"]
        run = self.probe(*self.connect, *hosts, "--propose", "leaf")
        self.assertEqual(run.status, 1, run)
        self.assertRegex(run.err, r"^untrusted    www\.example\.org:443  hostname-mismatch.*\n$")
        self.assertEqual(run.out.count("[host "), 3)
        self.assertEqual(run.out.count(f"[host {HOST}]\npin-sha256 = {self.world.leaf.pin}\nbackup"), 1)
        self.assertIn(f"# {HOST}:8443 has CN=leaf", run.out)
        policy = self.filled(run.out, "PIN-OF-THE-BACKUP-KEY", ["safe"] * 3)
        self.expect(self.run_command("lint", "--allow", "shared-pin", policy), 0)
        run = self.probe(dead, "--propose", "leaf")
        self.assertEqual([run.status, run.out], [2, ""])
        self.assertIn("not reached", run.err)

    def test_follows_the_policy(self):
        """The serial is above that of the policy that is in force."""
        self.policy(*self.rule(self.world.leaf.pin), serial=99990101)
        arguments = [*self.connect, HOST, "--propose", "leaf", "--policy", "policy.conf"]
        self.expect(self.probe(*arguments), 0, out="serial = 99990102\n")

    def test_json(self):
        found = self.expect(self.probe(*self.connect, HOST, "--propose", "leaf", "--json"), 0).json
        self.assertIn(f"pin-sha256 = {self.world.leaf.pin}\n", found["proposal"])
        self.assertEqual(self.probe(*self.connect, HOST, "--json").json["proposal"], None)

    def test_path_without_a_ca(self):
        """Of an anchor that is the leaf there is no CA to pin."""
        self_signed = self.world.issue("self-signed", None, dns(HOST))
        port = self.serve(servers.speaking_tls(self_signed)).port
        run = self.run_command("probe", "--trust-file", self_signed.leaf, "--connect", f"127.0.0.1:{port}", HOST,
                               "--propose", "ca")
        self.assertEqual([run.status, run.out], [0, ""], run)
        self.assertIn("no CA", run.err)
