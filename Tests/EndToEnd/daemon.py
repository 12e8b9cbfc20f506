#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""daemon.py LIBDIR [valgrind] [PART]...: the daemon of bindings/c, all parts or some. Relayed connections; policies
that are replaced, fetched, forged and withheld; killed workers, metrics, reports, the systemd unit. Under valgrind all
of its processes have to end without an error or a leak. CHECK_EFFORT=N makes N times as many connections.
"""
import contextlib
import gzip
import http.client
import itertools
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from certificates import Authority, clean_environment
from hooks import HERE, HOST, ROOT, Row, Server, Setting, build, make_certificates
from kit.certificates import dns, ip
from kit.certificates import server as for_server

SOURCES = f"{ROOT}/bindings/c/daemon"
LINK = ("-lpinverdict", "-lgnutls", "-lssl", "-lcrypto", "-lcurl")
POLICY_HOST = "localhost"
EFFORT = int(os.environ.get("CHECK_EFFORT", "1"))
IS_SLOW = "valgrind" in sys.argv
PATIENCE = 100 if IS_SLOW else 20   # seconds
# What threads that still run have is not lost.
VALGRIND = ("valgrind", "--quiet", "--leak-check=full", "--show-leak-kinds=definite",
            "--errors-for-leak-kinds=definite")

results = []


def check(title, held, more=""):
    """Parts run side by side: each is named by its thread."""
    results.append(bool(held))
    title = f"{threading.current_thread().name}: {title}"
    print(f"{'ok    ' if held else 'FAILED'} {title}{'' if held else f': {more}'}\n", end="", flush=True)


def eventually(holds, seconds=PATIENCE):
    """What `holds` answers as soon as that is true, or at last."""
    deadline = time.monotonic() + seconds
    while not (answer := holds()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return answer


def ask(port, text=b"application data\n"):
    """What comes back through the daemon."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(text)
        return connection.makefile("rb").readline()
    return b""


class Fleet:
    """Who signs policies, and the policies: of two rules, for the server and for the host that policies come from."""

    def __init__(self, authority):
        self.authority, self.numbers = authority, itertools.count()
        for name in "fleet", "stranger":
            subprocess.run(["signify-openbsd", "-G", "-n", "-c", name, "-p", authority.path(name + ".pub"),
                            "-s", authority.path(name + ".sec")], check=True)

    def policy(self, serial, pin="leaf", host_pin="policy-host", more="", rule=""):
        rules = "".join(f"[host {host}]\nallow-single-pin = yes\n{rule}\npin-sha256 = {self.authority.pin(name)}\n"
                        for host, name in ((HOST, pin), (POLICY_HOST, host_pin)))
        return f"[policy]\nserial = {serial}\n{more}\n{rules}"

    def sign(self, text, name="fleet"):
        """Signature and text in one."""
        path = self.authority.write(f"to-sign-{next(self.numbers)}", text)
        subprocess.run(["signify-openbsd", "-S", "-e", "-s", self.authority.path(name + ".sec"), "-m", path,
                        "-x", path + ".signed"], check=True)
        return Server.text(path + ".signed")

    def put(self, path, text):
        with open(path + ".put", "w", encoding="ascii") as output:
            output.write(text)
        os.rename(path + ".put", path)   # never half a file


class Daemon:
    """The program, with what it prints."""

    def __init__(self, program, setting, server_port, policy, *options, environment=()):
        self.log = tempfile.mktemp(prefix="log", dir=setting.authority.directory)
        trust = setting.authority.path("root.pem")
        command = [*program, *map(str, options), "127.0.0.1", str(server_port), HOST, trust, policy, *environment]
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, env=clean_environment())
        self.port = int(self.wait_for(r"listening on 127.0.0.1:(\d+)") or 0)
        self.metrics_port = int(self.wait_for(r"metrics on 127.0.0.1:(\d+)") or 0) if "--metrics-port" in options else 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def text(self):
        return Server.text(self.log)

    def wait_for(self, pattern, count=1):
        """The last match, once there are so many."""
        found = eventually(lambda: (len(found := re.findall(pattern, self.text())) >= count
                                    or self.process.poll() is not None) and (found or [""]))
        return found[-1] if found else ""

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def asks(self, said):
        """Whether that is said of a connection that is made now."""
        ask(self.port)
        return re.search(said, self.text().splitlines()[-1])

    def ends_well(self):
        """At SIGTERM, with nothing that valgrind would say, of any process."""
        self.process.terminate()
        return self.process.wait(PATIENCE) == 0 and not re.search("(?m)^==", self.text())

    def workers(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as line:
            return [int(word) for word in line.read().split()]

    def page(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics_port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", "/metrics")
            return connection.getresponse().read().decode()

    def metrics(self):
        """By name and labels, as they are written."""
        return {name: float(value) for name, value in re.findall(r"(?m)^([^#].*) (\S+)$", self.page())}

    def checks(self):
        return int(sum(value for name, value in self.metrics().items() if name.startswith("pinverdict_checks_total")))

    def fetches(self, *outcomes):
        metrics = self.metrics()
        return int(sum(metrics.get(f'pinverdict_daemon_fetches_total{{result="{result}"}}', 0) for result in outcomes))

    def counted(self):
        return [line for line in self.page().splitlines() if "fetches_total{" in line and not line.endswith(" 0")]

    def said_of_fetching(self):
        return re.findall("(?m)^fetch .*", self.text())

    def fetch_until(self, holds):
        """Has it fetch, again and again: the interval is for those who have time."""
        return eventually(lambda: holds() or self.hang_up())

    def most_memory(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as lines:
            return int(re.search(r"VmHWM:\s+(\d+) kB", lines.read())[1])


class PolicyHost:
    """An HTTPS server on loopback that answers as it is told; what it was asked is kept."""

    def __init__(self, authority, name="policy-host"):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.use(authority, name)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"https://{POLICY_HOST}:{self.port}/policy"
        self.answer, self.asked, self.lock = None, [], threading.Lock()
        threading.Thread(target=self.serve, daemon=True).start()

    def use(self, authority, name):
        self.context.load_cert_chain(authority.bundle(name + "-chain.pem", (name, "middle")),
                                     authority.path(name + ".key"))

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self.handle, args=(self.listener.accept()[0],), daemon=True).start()

    def handle(self, connection):
        with contextlib.suppress(OSError, ValueError), connection:
            connection.settimeout(PATIENCE)
            with self.context.wrap_socket(connection, server_side=True) as tls:
                request = b""
                while b"\r\n\r\n" not in request:
                    if not (data := tls.recv(65536)):
                        return
                    request += data
                head, _, body = request.partition(b"\r\n\r\n")
                size = int((re.search(rb"(?i)content-length: (\d+)", head) or [0, 0])[1])
                while len(body) < size and (data := tls.recv(65536)):
                    body += data
                with self.lock:
                    self.asked.append((head.decode(), body))
                self.answer(tls, head.decode())
                tls.unwrap()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)   # ends the accept that is under way
        self.listener.close()


def page(text, *headers, status="200 OK", size=None):
    """An answer that is all as it should be, unless it is told otherwise."""
    body = text if isinstance(text, bytes) else text.encode()
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", *headers,
                                              f"Content-Length: {len(body) if size is None else size}"))
    return lambda tls, _: tls.sendall(head.encode() + b"\r\n" + body)


def tagged(text, tag):
    """With an ETag, and 304 for whoever knows it."""
    def answer(tls, request):
        has_it = f"If-None-Match: {tag}" in request
        page("" if has_it else text, f"ETag: {tag}", status="304 Not Modified" if has_it else "200 OK")(tls, request)
    return answer


def for_ever(head, piece):
    def answer(tls, _):
        tls.sendall(head)
        while True:
            tls.sendall(piece)
    return answer


def stalled(head):
    def answer(tls, _):
        tls.sendall(head)
        tls.recv(1)   # until the client gives up
    return answer


def cut_short(tls, _):
    tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n[policy]\nserial = 99\n")


def hundred_megabytes(tls, _):
    tls.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(100):
        tls.sendall(b"#" * (1 << 20))


OK_HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNK = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"


def bad_answers(fleet):
    """What a host answers that is no new policy: a title, the result that is counted, the answer."""
    good = fleet.sign(fleet.policy(90))
    return [
        ("a body that never ends", ("too-large",), for_ever(OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", CHUNK)),
        ("a body of 100 MB", ("too-large",), hundred_megabytes),
        ("100 MB that are announced", ("too-large",), page("x", size=100 << 20)),
        ("headers that never end", ("too-large",), for_ever(OK_HEAD, b"X-Filler: " + b"y" * 900 + b"\r\n")),
        ("a header that never ends", ("unreachable", "too-large", "incomplete"),
         for_ever(OK_HEAD + b"X-Filler: ", b"y" * 4096)),
        ("silence after the request", ("timeout",), stalled(b"")),
        ("silence in the body", ("timeout",), stalled(OK_HEAD + b"Content-Length: 5000\r\n\r\n[policy]\n")),
        ("less than was announced", ("incomplete",), cut_short),
        ("a redirect to another host", ("http-status",), page("", f"Location: https://{HOST}/", status="302 Found")),
        ("an error", ("http-status",), page(good, status="500 Internal Server Error")),
        ("garbage for headers", ("http-status", "unreachable"), lambda tls, _: tls.sendall(os.urandom(5000))),
        ("bytes that inflate a thousandfold", ("bad-signature",),
         page(gzip.compress(b"#" * (30 << 20)), "Content-Encoding: gzip")),
        ("nothing", ("bad-signature",), page("")),
    ]


def connections(program, setting, fleet):
    """Threads, SIGHUP, policies that are not taken, a backup pin, report-only: by the file alone, unsigned."""
    authority = setting.authority
    policy, fleet_policy = authority.path("relayed.conf"), authority.policy

    def use(serial, *lines):
        fleet_policy("relayed.conf.new", serial, HOST, *lines)
        os.rename(policy + ".new", policy)

    def in_production(name):
        text = authority.read(name).replace("[host", "environments = staging production\n[host", 1)
        return re.sub(r"(\[host .*\n)", r"\1environments = production\n", text)

    fleet.put(policy, in_production("right.conf"))
    with Server(setting, "gnutls-serv", "1.3", Row("")) as server, \
            Daemon(program, setting, server.port, policy, environment=("production",)) as daemon, \
            ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(daemon.port), range(24)))
        check("24 connections in threads", answers == [b"application data\n"] * 24, answers)
        check("each verdict is logged", len(re.findall("allow reason=matched enforced=1 backup=0 .*serial=1",
                                                       daemon.text())) == 24, daemon.text())
        fleet.put(policy, authority.read("moved.conf"))
        daemon.hang_up()
        check("SIGHUP reloads, in the worker too", eventually(lambda: daemon.asks("serial=2")), daemon.text())
        check("refuses under the new policy", ask(daemon.port) == b"")
        check("which is said once", len(re.findall("policy .*: ok serial=2", daemon.text())) == 1, daemon.text())
        before = server.received()
        check("says why", daemon.wait_for("refuse reason=(?!none|no-validated-path).* serial=2"), daemon.text())
        check("sends the host's name", f"server name[1]: {HOST}" in server.text(server.output))
        fleet.put(policy, authority.read("right.conf"))
        daemon.hang_up()
        check("an older policy is not taken", daemon.wait_for("outdated-policy"), daemon.text())
        fleet.put(policy, "[policy]\nserial = 3\n[host x.test]\npin-sha256 = nonsense\n")
        daemon.hang_up()
        check("a mistake in a policy has its line", daemon.wait_for("line 4: invalid-policy: "), daemon.text())
        check("goes on refusing", ask(daemon.port) == b"")
        check("the server saw no byte of what was refused", server.received() == before,
              f"{before}, then {server.received()}")
        for serial, lines, said in (
                (3, (f"pin-sha256 = {authority.pin('pinned')}", f"backup-pin-sha256 = {authority.pin('leaf')}"),
                 "allow reason=matched enforced=1 backup=1"),
                (4, (f"pin-sha256 = {authority.pin('pinned')}", "enforcement = report-only"),
                 "allow reason=no-match enforced=0 backup=0")):
            use(serial, *lines)
            daemon.hang_up()
            check(f"logs {said}", eventually(lambda: daemon.asks(f"{said} .*serial={serial}")), daemon.text())
        use(5, f"pin-sha256 = {authority.pin('leaf')}")
        check("a file that has changed is found without a signal", eventually(lambda: daemon.asks("serial=5")),
              daemon.text())
        check("SIGTERM stops it", daemon.ends_well(), daemon.text())


class Fetching:
    """A daemon that fetches its policy, which is signed, from a host that answers as it is told."""

    def __init__(self, program, setting, fleet, name):
        self.program, self.setting, self.fleet = program, setting, fleet
        self.path = setting.authority.path(name + ".conf")
        self.host = PolicyHost(setting.authority)
        self.options = ("--key", setting.authority.path("fleet.pub"),
                        "--state", setting.authority.path(name + ".state"), "--metrics-port", "0",
                        "--url", self.host.url, "--interval", "1", "--timeout", "5" if IS_SLOW else "2",
                        "--limit", 1 << 20)

    def start(self, server_port=9):
        return Daemon(self.program, self.setting, server_port, self.path, *self.options)

    def text(self):
        return Server.text(self.path)


def withheld(program, setting, fleet):
    """A host that answers what is no new policy: the old one stays, it is counted and said once, and no memory goes."""
    fetching = Fetching(program, setting, fleet, "withheld")
    fleet.put(fetching.path, fleet.sign(fleet.policy(10)))
    host, good = fetching.host, fleet.sign(fleet.policy(11))
    host.answer = page("", status="304 Not Modified")
    with fetching.start() as daemon:
        def serial():
            return daemon.metrics()["pinverdict_policy_serial"]

        check("304 without having been asked", daemon.fetch_until(lambda: daemon.fetches("http-status") >= 2)
              and len(daemon.said_of_fetching()) == 1, daemon.text())
        host.answer = tagged(good, '"eleven"')
        check("a policy is fetched, and replaces the file", eventually(lambda: serial() == 11)
              and fetching.text() == good, daemon.text())
        check("what has not changed is a 304", daemon.fetch_until(lambda: daemon.fetches("same") >= 2)
              and 'If-None-Match: "eleven"' in host.asked[-1][0], daemon.text())
        memory = daemon.most_memory()
        for title, reasons, answer in bad_answers(fleet):
            before, said = daemon.fetches(*reasons), len(daemon.said_of_fetching())
            host.answer = answer
            again = daemon.fetch_until(lambda: daemon.fetches(*reasons) >= before + 2)
            host.answer = tagged(good, '"eleven"')
            recovered = daemon.fetch_until(lambda: daemon.said_of_fetching()[-1].endswith(": same"))
            lines = daemon.said_of_fetching()[said:]
            check(f"{title}: said once", again and recovered and len(lines) == 2 and serial() == 11
                  and fetching.text() == good, f"{lines} {daemon.counted()}")
        check("none of it took memory", IS_SLOW or daemon.most_memory() - memory < 8192,
              f"{memory} kB, then {daemon.most_memory()}")
        host.close()
        before, said = daemon.fetches("unreachable"), len(daemon.said_of_fetching())
        check("a host that is down: said once", daemon.fetch_until(lambda: daemon.fetches("unreachable") >= before + 2)
              and len(daemon.said_of_fetching()) == said + 1 and serial() == 11,
              f"{daemon.said_of_fetching()[said:]} {daemon.counted()}")
        check("nothing is left beside the policy", not [name for name in os.listdir(setting.authority.directory)
                                                        if name.startswith("withheld.conf.")])
        check("ends while it fetches", daemon.ends_well(), daemon.text())


def forged(program, setting, fleet):
    """Policies that are not the fleet's, or old; the host's own pins; the kill switch, which is the way out."""
    fetching = Fetching(program, setting, fleet, "forged")
    authority, host = setting.authority, fetching.host
    first, second = (fleet.sign(fleet.policy(serial)) for serial in (20, 21))
    fleet.put(fetching.path, second)
    host.answer = page(second)
    with fetching.start() as daemon:
        def serial():
            return daemon.metrics()["pinverdict_policy_serial"]

        check("the same policy changes nothing", eventually(lambda: daemon.fetches("same") >= 1), daemon.text())
        for title, reason, text in (
                ("another's key", "unknown-key", fleet.sign(fleet.policy(22), "stranger")),
                ("a letter changed", "bad-signature", second.replace("serial = 21", "serial = 22")),
                ("no signature", "bad-signature", fleet.policy(22)),
                ("cut short", "bad-signature", second[:-20]),
                ("a replay", "outdated-policy", first),
                ("other bytes of the same serial", "outdated-policy", fleet.sign(fleet.policy(21, more="# other"))),
                ("a mistake that is signed", "invalid-policy", fleet.sign("[policy]\nserial = 22\nnonsense\n"))):
            before, said = daemon.fetches(reason), len(daemon.said_of_fetching())
            host.answer = page(text)
            check(f"{title}: {reason}", daemon.fetch_until(lambda: daemon.fetches(reason) >= before + 2)
                  and serial() == 21 and fetching.text() == second and len(daemon.said_of_fetching()) == said + 1,
                  f"{daemon.said_of_fetching()[said:]} {daemon.counted()}")
            host.answer = page(second)
            daemon.fetch_until(lambda: daemon.said_of_fetching()[-1].endswith(": same"))

        host.answer = page(fleet.sign(fleet.policy(22, host_pin="pinned")))
        check("a policy that pins its host's next key", daemon.fetch_until(lambda: serial() == 22), daemon.text())
        check("shuts out the old one", daemon.fetch_until(lambda: daemon.fetches("tls") >= 2), daemon.counted())
        check("and says why", f"{POLICY_HOST}: refuse reason=no-match" in daemon.text(), daemon.text())
        asked = len(host.asked)
        daemon.fetch_until(lambda: daemon.fetches("tls") >= 4)
        check("which is asked for nothing", len(host.asked) == asked, host.asked[asked:])
        host.answer = page(fleet.sign(fleet.policy(24)))
        fleet.put(fetching.path, fleet.sign("[policy]\nserial = 23\nenforcement = off\n"))
        check("the kill switch by the file lets the next policy in", daemon.fetch_until(lambda: serial() == 24),
              daemon.text())
        host.use(authority, "elsewhere-host")
        failed = daemon.fetches("tls")
        check("a certificate for another name", daemon.fetch_until(lambda: daemon.fetches("tls") >= failed + 2),
              daemon.counted())
        check("stopped", daemon.ends_well(), daemon.text())
    fleet.put(fetching.path, second)
    with fetching.start() as daemon:
        check("a replay is refused after a restart, too", daemon.process.wait(PATIENCE) == 2
              and "outdated-policy" in daemon.text(), daemon.text())


def signed_apart(program, setting, fleet):
    """A signature of its own, as minisign makes it: in a file beside the policy, and from a URL beside the policy's."""
    authority = setting.authority
    policy, public, secret = (authority.path(name) for name in ("apart.conf", "apart.pub", "apart.sec"))
    subprocess.run(["minisign", "-G", "-W", "-p", public, "-s", secret], capture_output=True, check=True)

    def sign(serial, key=secret):
        text = fleet.policy(serial)
        path = authority.write(f"apart-{serial}", text)
        subprocess.run(["minisign", "-S", "-l", "-s", key, "-m", path], capture_output=True, check=True)
        return text, authority.read(f"apart-{serial}.minisig")

    text, signature = sign(1)
    fleet.put(policy, text)
    fleet.put(policy + ".minisig", signature)
    options = ("--key", public, "--metrics-port", 0)
    with Daemon(program, setting, 9, policy, *options, "--signature", policy + ".minisig") as daemon:
        def serial():
            return daemon.metrics()["pinverdict_policy_serial"]

        check("a signature in a file of its own", serial() == 1, daemon.text())
        text, signature = sign(2)
        fleet.put(policy, text)
        fleet.put(policy + ".minisig", signature)
        check("both are followed", eventually(lambda: serial() == 2), daemon.text())
        check("stopped", daemon.ends_well(), daemon.text())

    host, pages = PolicyHost(authority), {}
    host.answer = lambda tls, request: pages["minisig" if ".minisig " in request.split("\r\n")[0] else "policy"](
        tls, request)
    fleet.put(policy, "\n".join(signature.split("\n")[:2]) + "\n" + text)
    text, signature = sign(3)
    pages |= {"policy": tagged(text, '"three"'), "minisig": page(signature)}
    with Daemon(program, setting, 9, policy, *options, "--url", host.url, "--signature", host.url + ".minisig",
                "--interval", 1, "--limit", 1 << 20) as daemon:
        check("a signature with a URL of its own", eventually(lambda: serial() == 3), daemon.text())
        check("is one file with its policy", authority.read("apart.conf").endswith("\n" + text)
              and authority.read("apart.conf").startswith("untrusted comment: "), authority.read("apart.conf"))
        check("what has not changed is a 304", daemon.fetch_until(lambda: daemon.fetches("same") >= 2), daemon.text())
        next_text, next_signature = sign(4)
        for title, reason, answers in (
                ("another policy's signature", "bad-signature", {"policy": page(next_text)}),
                ("no signature", "http-status", {"minisig": page("", status="404 Not Found")}),
                ("a signature that never ends", "too-large",
                 {"minisig": for_ever(OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", CHUNK)}),
                ("an empty one", "bad-signature", {"policy": page(next_text), "minisig": page("")})):
            good = dict(pages)
            pages |= answers
            before = daemon.fetches(reason)
            check(f"{title}: {reason}", daemon.fetch_until(lambda: daemon.fetches(reason) >= before + 2)
                  and serial() == 3, daemon.counted())
            pages |= good
        pages |= {"policy": page(next_text), "minisig": page(next_signature)}
        check("the next one", daemon.fetch_until(lambda: serial() == 4), daemon.text())
        check("stopped", daemon.ends_well(), daemon.text())


def refused_to_start(program, setting, fleet):
    """What is wrong on the command line is said, each in its own words."""
    authority = setting.authority
    policy, key, trust = authority.path("start.conf"), authority.path("fleet.pub"), authority.path("root.pem")
    fleet.put(policy, fleet.policy(1))
    authority.write("empty", "")
    usual = ("127.0.0.1", "9", HOST, trust, policy)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for arguments, words in (
                (("localhost", *usual[1:]), "localhost: ADDRESS has to be an IPv4 address"),
                (("127.0.0.1", "0", *usual[2:]), "0: a number from 1 to 65535 is wanted"),
                ((*usual[:3], authority.path("nowhere"), policy), "nowhere: Error while reading file"),
                ((*usual[:3], authority.path("empty"), policy), "empty: "),
                (("--listen", port, *usual), "--listen: Address already in use"),
                (("--metrics-port", port, *usual), "--metrics-port: Address already in use"),
                (("--url", "https://localhost/", *usual), "--url: asks for --key"),
                (("--key", key, "--url", "http://localhost/", *usual), "http://localhost/: no https URL"),
                (("--report-url", "localhost", *usual), "localhost: no https URL"),
                (("--key", authority.path("nowhere"), *usual), "nowhere: No such file or directory"),
                (("--key", trust, *usual), "root.pem: no public key of signify's or minisign's"),
                (("--signature", policy, *usual), "--signature: asks for --key"),
                (("--key", key, "--signature", "https://localhost/", *usual), "--signature: an https URL where there"),
                (("--report-kinds", "failed,all", *usual), "--report-kinds: failed, backup, not-pinned and matched"),
                (("--key", key, *usual), "bad-signature: it is not signed")):
            # Of a policy that is signed, where its key is what is wrong.
            fleet.put(policy, fleet.policy(1) if "--key" not in arguments or "not signed" in words
                      else fleet.sign(fleet.policy(1)))
            ended = subprocess.run([*program, *arguments], capture_output=True, text=True, timeout=PATIENCE,
                                   env=clean_environment())
            said = ended.stdout + ended.stderr
            check(f"does not start: {words}", ended.returncode == 2 and words in said, said[:500])


def workers(program, setting, fleet):
    """Many connections over several workers while policies are replaced; workers that are killed."""
    policy, count = setting.authority.path("workers.conf"), 40 if IS_SLOW else 300 * EFFORT
    serials = iter(range(1, 1 << 30))

    def replace():
        fleet.put(policy, fleet.policy(next(serials)))

    replace()
    with Server(setting, "gnutls-serv", "1.3", Row("")) as server, ThreadPoolExecutor(2 if IS_SLOW else 8) as pool, \
            Daemon(program, setting, server.port, policy, "--workers", "3", "--metrics-port", "0") as daemon:
        eventually(lambda: len(daemon.workers()) == 3)
        answers = [pool.submit(ask, daemon.port) for _ in range(count)]
        while not all(answer.done() for answer in answers):
            replace()
            daemon.hang_up()
            time.sleep(0.5 if IS_SLOW else 0.02)
        last = next(serials) - 1
        good = sum(answer.result() == b"application data\n" for answer in answers)
        check(f"{count} connections while policies are replaced", good == count and last > 5,
              [good, last, re.findall("(?m)^.*: refuse .*", daemon.text())])
        # In the handshake and after it.
        check("the counters add up to the checks made", daemon.checks() == 2 * count, f"{daemon.checks()}")
        killed = daemon.workers()[1]
        os.kill(killed, signal.SIGKILL)
        check("a worker that was killed is started again", eventually(
            lambda: killed not in daemon.workers() and len(daemon.workers()) == 3), daemon.workers())
        check("and takes no number with it", daemon.checks() == 2 * count
              and daemon.metrics()["pinverdict_daemon_worker_restarts_total"] == 1, daemon.checks())
        answers = list(pool.map(lambda _: ask(daemon.port), range(30)))
        check("all goes on", answers == [b"application data\n"] * 30 and daemon.checks() == 2 * (count + 30), answers)
        left = daemon.workers()
        daemon.process.kill()
        check("workers end with the first process", eventually(lambda: not any(map(is_running, left))), left)


def is_running(process):
    with contextlib.suppress(OSError), open(f"/proc/{process}/stat", encoding="ascii") as line:
        return line.read().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def scraping(program, setting, fleet):
    """The metrics' port, slow and mad clients of it, and the file."""
    policy, file = setting.authority.path("scraped.conf"), setting.authority.path("scraped.prom")
    fleet.put(policy, fleet.policy(1))
    with Daemon(program, setting, 9, policy, "--metrics-port", "0", "--metrics-file", file) as daemon, \
            contextlib.ExitStack() as stack:
        def send(text, size=65536):
            with contextlib.suppress(ConnectionError), \
                    socket.create_connection(("127.0.0.1", daemon.metrics_port), timeout=PATIENCE) as connection:
                connection.sendall(text)
                return connection.recv(size)
            return b""

        check("the file is written, whole", eventually(lambda: os.path.exists(file))
              and Server.text(file).endswith("\n") and "pinverdict_policy_serial 1\n" in Server.text(file))
        promtool = subprocess.run(["promtool", "check", "metrics"], input=daemon.page(), capture_output=True, text=True,
                                  check=False)
        check("promtool takes the page", promtool.returncode == 0, promtool.stdout + promtool.stderr)
        listening = addresses(daemon.process.pid)
        check("listens on loopback alone", {line.split(":")[0] for line in listening} == {"0100007F"}, listening)
        head = send(b"HEAD /metrics HTTP/1.0\r\n\r\n")
        check("HEAD is answered as GET, without the page", head.startswith(b"HTTP/1.1 200 OK\r\n")
              and head.endswith(b"\r\n\r\n") and not re.search(rb"Content-Length: 0\r", head), head)
        check("another path is not found", b"404" in send(b"GET / HTTP/1.0\r\n\r\n"))
        check("another method neither", b"404" in send(b"POST /metrics HTTP/1.0\r\n\r\n"))
        check("a request that never ends is dropped", send(b"GET /metrics HTTP/1.0\r\nX: " + b"x" * 9000) == b"")
        for _ in range(40):
            stack.enter_context(socket.create_connection(("127.0.0.1", daemon.metrics_port))).sendall(b"GET ")
        # Whoever waited for one of them to be dropped would wait for five seconds.
        started = time.monotonic()
        answer = daemon.page()
        check("40 slow clients keep nobody waiting", "pinverdict_policy_serial 1\n" in answer
              and (IS_SLOW or time.monotonic() - started < 4), time.monotonic() - started)
        kept = len(os.listdir(f"/proc/{daemon.process.pid}/fd"))
        check("few of them are kept", kept < 30, kept)
        check("stopped", daemon.ends_well(), daemon.text())


def addresses(process):
    """On which a process listens, as in /proc/net/tcp."""
    links = [os.readlink(f"/proc/{process}/fd/{name}") for name in os.listdir(f"/proc/{process}/fd")]
    found = []
    for table in "tcp", "tcp6":
        with open(f"/proc/net/{table}", encoding="ascii") as lines:
            found += [words[1] for words in map(str.split, lines)
                      if words[3] == "0A" and f"socket:[{words[9]}]" in links]
    return found


def reporting(program, setting, fleet):
    """Failed checks as JSON: to a file, which is taken away under the daemon's hands, and to a URL, which may hang."""
    authority = setting.authority
    policy, file, host = authority.path("reported.conf"), authority.path("reports"), PolicyHost(authority)
    host.answer = page("", status="204 No Content")
    fleet.put(policy, fleet.policy(1, pin="pinned"))

    def lines(path):
        return [json.loads(line) for line in Server.text(path).splitlines()] if os.path.exists(path) else []

    with Server(setting, "gnutls-serv", "1.3", Row("")) as server, \
            Daemon(program, setting, server.port, policy, "--report-file", file, "--report-url", host.url,
                   "--timeout", 10 if IS_SLOW else 2, "--metrics-port", 0) as daemon:
        def reports(outcome):
            return daemon.metrics()[f'pinverdict_daemon_reports_total{{outcome="{outcome}"}}']

        check("refused connections", [ask(daemon.port) for _ in range(5)] == [b""] * 5)
        report = (eventually(lambda: lines(file)) or [{}])[0]
        check("one line for all of them", report.get("hostname") == HOST and report.get("reason") == "no-match"
              and report["decision"] == "refuse" and report["policy-serial"] == 1
              and "BEGIN CERTIFICATE" in report["validated-certificate-chain"][0], report)
        check("posted too", eventually(lambda: reports("posted") == 1) and reports("written") == 1
              and json.loads(host.asked[0][1]) == report and "POST /policy" in host.asked[0][0]
              and "application/json" in host.asked[0][0], host.asked)
        os.rename(file, file + ".1")
        host.answer = stalled(b"")
        fleet.put(policy, fleet.policy(2, rule="enforcement = report-only", pin="pinned"))
        daemon.hang_up()
        check("softened", eventually(lambda: ask(daemon.port) == b"application data\n"), daemon.text())
        check("a file that was taken away is made anew", eventually(lambda: lines(file))
              and lines(file)[0]["enforced"] is False and len(lines(file + ".1")) == 1, lines(file))
        check("a host that hangs keeps no connection waiting", ask(daemon.port) == b"application data\n")
        check("what it does not take is counted as lost", eventually(lambda: reports("lost") == 1), daemon.page())
        check("stopped", daemon.ends_well(), daemon.text())


def under_way(program, setting, fleet):
    """A SIGHUP that comes during a fetch, and a worker that is forked while the first process sends a report."""
    authority = setting.authority
    fetching, reports = Fetching(program, setting, fleet, "under-way"), PolicyHost(authority, "reports-host")
    fleet.put(fetching.path, fleet.sign(fleet.policy(1, pin="pinned", host_pin="pinned")))
    fetching.host.answer, reports.answer = page(""), stalled(b"")
    later = [word if word != "1" else "86400" for word in map(str, fetching.options)]
    fetching.options = (*later, "--timeout", 60, "--report-url", f"https://127.0.0.1:{reports.port}/")
    with Server(setting, "gnutls-serv", "1.3", Row("")) as server, fetching.start(server.port) as daemon:
        check("the first process sends a report of what it fetches", eventually(lambda: len(reports.asked) == 1)
              and POLICY_HOST in reports.asked[0][1].decode(), reports.asked)
        reports.answer = page("", status="204 No Content")
        killed = daemon.workers()
        os.kill(killed[0], signal.SIGKILL)
        eventually(lambda: daemon.workers() not in ([], killed))
        check("a worker that is forked meanwhile sends its own", ask(daemon.port) == b"" and eventually(
            lambda: any(HOST in body.decode() for _, body in reports.asked)), reports.asked)

        fleet.put(fetching.path, fleet.sign(fleet.policy(2)))
        waiting, asked = threading.Event(), len(fetching.host.asked)

        def wait(tls, _):
            waiting.wait(PATIENCE)
            page("", status="503 Service Unavailable")(tls, "")

        fetching.host.answer = wait
        daemon.hang_up()
        check("a fetch is under way", eventually(lambda: len(fetching.host.asked) == asked + 1), daemon.text())
        fetching.host.answer = page(fleet.sign(fleet.policy(3)))
        for _ in range(3):
            daemon.hang_up()
            time.sleep(0.2)
        waiting.set()
        check("a SIGHUP meanwhile has its fetch at once", eventually(
            lambda: daemon.metrics()["pinverdict_policy_serial"] == 3), daemon.text())
        check("and but one", len(fetching.host.asked) == asked + 2, len(fetching.host.asked) - asked)
        check("stopped", daemon.ends_well(), daemon.text())


def observing(program, setting, fleet):
    """What has no rule yet, and what is well, are observed where that is asked for."""
    authority = setting.authority
    policy, file = authority.path("observed.conf"), authority.path("observed")
    fleet.put(policy, fleet.policy(1).replace(HOST, "elsewhere.test"))
    with Server(setting, "gnutls-serv", "1.3", Row("")) as server, \
            Daemon(program, setting, server.port, policy, "--report-file", file,
                   "--report-kinds", "not-pinned,matched") as daemon:
        def reasons():
            return [json.loads(line)["reason"] for line in Server.text(file).splitlines()]

        check("not pinned", ask(daemon.port) == b"application data\n" and eventually(
            lambda: reasons() == ["not-pinned"]), Server.text(file))
        fleet.put(policy, fleet.policy(2))
        daemon.hang_up()
        check("matched", eventually(lambda: daemon.asks("reason=matched")) and eventually(
            lambda: reasons() == ["not-pinned", "matched"]), Server.text(file))
        check("stopped", daemon.ends_well(), daemon.text())


def system_calls(*names):
    """Those of groups of systemd's, as its filters know them."""
    found = set()
    for name in names:
        said = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter", name], capture_output=True, text=True,
                              check=True).stdout.split("\n")[1:]
        words = {line.strip() for line in said if line.strip() and not line.strip().startswith("#")}
        found |= {word for word in words if not word.startswith("@")}
        found |= system_calls(*(word for word in words if word.startswith("@")))
    return found


def as_a_unit(program, setting, fleet):
    """The systemd unit: systemd understands it, it leaves little open, and the daemon lives with its filter."""
    name, trace = "pinverdict-daemon.service", setting.authority.path("trace")
    with open(f"{ROOT}/packaging/systemd/{name}", encoding="utf-8") as unit:
        text = unit.read()
    copy = setting.authority.write(name, text.replace("/usr/local/bin/pinverdict-daemon", program[-1]))
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True)
    check("the unit is understood", verified.returncode == 0 and not verified.stderr, verified.stderr)
    rated = subprocess.run(["systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=15", copy],
                           capture_output=True, text=True)
    check("its exposure is at most 1.5 of 10", rated.returncode == 0, rated.stdout[-200:] + rated.stderr)
    given = re.findall(r"--[a-z-]+", re.sub(r"\\\n", "", text))
    usage = subprocess.run([program[-1], "--help"], capture_output=True, text=True).stdout
    check("it gives options that there are", given and all(option in usage for option in given
                                                           if option != "--no-clobber"), given)

    fetching = Fetching(["strace", "-f", "-qq", "-o", trace, program[-1]], setting, fleet, "unit")
    fleet.put(fetching.path, fleet.sign(fleet.policy(1)))
    fetching.host.answer = page(fleet.sign(fleet.policy(2)))
    fetching.options += ("--report-file", trace + ".reports", "--report-url", fetching.host.url,
                         "--metrics-file", trace + ".prom")
    with Server(setting, "gnutls-serv", "1.3", Row("")) as server, fetching.start(server.port) as traced:
        daemon = traced.workers()[0]
        check("all of it under strace", traced.fetch_until(lambda: traced.metrics()["pinverdict_policy_serial"] == 2)
              and ask(traced.port) == b"application data\n", traced.text())
        os.kill(daemon, signal.SIGTERM)
        traced.process.wait(20)
    made = set(re.findall(r"(?m)^\d+ +(\w+)\(", Server.text(trace)))
    filters = [line.split() for line in re.findall("(?m)^SystemCallFilter=(.*)", text)]
    allowed = system_calls(*filters[0]) - system_calls(*(word.lstrip("~") for word in filters[1]))
    check("its system calls are those of the filter", "accept" in made and made <= allowed, made - allowed)


def sources():
    return sorted(os.path.join(SOURCES, name) for name in os.listdir(SOURCES) if name.endswith(".c"))


def compile_daemon(directory, libraries):
    return build(directory, libraries, "daemon", *sources(), *LINK, standard=("-std=c99", "-pedantic"))


def are_short():
    for source in sources():
        with open(source, encoding="utf-8") as lines:
            check(f"{os.path.basename(source)} is short", len(lines.readlines()) <= 205)


def run_all(parts, *arguments):
    """Side by side, for they mostly wait, but under valgrind; a part that does not come to its end has failed."""
    def run(part):
        try:
            part(*arguments)
        except Exception:   # whatever it is: its words are to be read
            check("comes to its end", False, traceback.format_exc())

    threads = [threading.Thread(target=run, args=(part,), name=part.__name__.replace("_", " ")) for part in parts]
    for thread in threads:
        thread.start()
        if IS_SLOW:
            thread.join()
    for thread in threads:
        thread.join()


def main():
    libraries = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory:
        authority = Authority(directory)
        make_certificates(authority)
        for name, names in ("policy-host", (dns(POLICY_HOST),)), ("elsewhere-host", (dns("elsewhere.test"),)):
            authority.issue(name, "middle", for_server(*names))
        authority.issue("reports-host", "middle", for_server(ip("127.0.0.1")))
        loopback = build(directory, libraries, "loopback.so", f"{HERE}/loopback.c", "-shared", "-fPIC", "-ldl")
        setting = Setting(authority, loopback, {}, {})
        are_short()
        program = [*(VALGRIND if IS_SLOW else ()), compile_daemon(directory, libraries)]
        fleet = Fleet(authority)
        parts = [part for part in (connections, withheld, forged, signed_apart, refused_to_start, workers, scraping,
                                   reporting, under_way, observing, as_a_unit)
                 if part.__name__ in sys.argv or not set(sys.argv[2:]) - {"valgrind"}]
        run_all(parts, program, setting, fleet)
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
