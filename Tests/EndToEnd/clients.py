#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""clients.py LIBDIR: builds and runs the programs of bindings/c, libcurl's in both flavours, against real servers."""
import os
import re
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from certificates import clean_environment
from hooks import BYTES, HOST, LINK, ROOT, Row, Server, build, new_setting
from kit.certificates import dns
from kit.certificates import server as for_server

WITH_BOTH = ("-lpinverdict", "-lssl", "-lcrypto", "-lgnutls")
# The headers of libcurl are the same for both; the library that is linked decides.
PROGRAMS = {
    "openssl-client": ("openssl-client", LINK["openssl"], "OpenSSL"),
    "gnutls-client": ("gnutls-client", LINK["gnutls"], "GnuTLS"),
    "curl-client, OpenSSL": ("curl-client", ("-lcurl", *WITH_BOTH), "OpenSSL"),
    "curl-client, GnuTLS": ("curl-client", ("-l:libcurl-gnutls.so.4", *WITH_BOTH), "GnuTLS"),
    "openssl-epoll-client": ("openssl-epoll-client", LINK["openssl"], "OpenSSL"),
}
# policy, exit status, word in what it prints
CASES = [("right", 0, "reason=matched enforced=1"), ("root-pin", 0, "reason=matched enforced=1"),
         ("wrong", 1, "decision=refuse"), ("report", 0, "reason=no-match enforced=0"),
         ("elsewhere", 0, "reason=not-pinned enforced=")]
OTHER = "elsewhere.test"
RESPONSE = b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n"

results = []


def check(title, held, more=""):
    results.append(bool(held))
    if not held:
        print(f"FAILED {title}: {more}")
    return held


def run_client(name, program, setting, version, policy, status, words):
    path = setting.authority.path
    with Server(setting, "s_server", version, Row("")) as server:
        address = f"127.0.0.1:{server.port}"
        if name.startswith("curl"):
            server.process.stdin.write(RESPONSE)   # s_server passes it on to whoever connects
            server.process.stdin.flush()
            command = [program, path("root.pem"), path(policy + ".conf"), address, f"https://{HOST}/"]
        elif name == "openssl-epoll-client":
            command = [program, path("root.pem"), path(policy + ".conf"), *address.split(":"), HOST]
        else:
            command = [program, address, HOST, path("root.pem"), path(policy + ".conf")]
        run = subprocess.run(["timeout", "20", *command], capture_output=True, text=True, env=clean_environment())
        text, received = run.stdout + run.stderr, server.received()
    library = PROGRAMS[name][2]
    held = (run.returncode == status and (words in text or name == "openssl-client" and words.split()[0] in text)
            and (received == 0 if status else received >= BYTES)
            and ("libcurl=" not in text or f"libcurl={library}" in text) and ("curl" not in name or "libcurl=" in text))
    check(f"{name}, TLS {version}, {policy}", held, f"ended with {run.returncode}, {received} bytes: {text}")
    return f"{'refused' if run.returncode else 'allowed'} {received}" + ("" if held else " !")


NGINX = """daemon off; master_process off; user root; pid pid; error_log stderr notice;
events {{ }}
http {{
    log_format requests "$connection $server_protocol $host";
    access_log requests requests;
    client_body_temp_path 1; proxy_temp_path 2; fastcgi_temp_path 3; uwsgi_temp_path 4; scgi_temp_path 5;
    ssl_certificate {chain}; ssl_certificate_key {key};
    server {{
        listen 127.0.0.1:1 ssl http2;
        location / {{ return 200 "ok\n"; }}
        location /to {{ return 302 $arg_url; }}
        location /loop {{ absolute_redirect off; return 302 /loop; }}
    }}
}}
"""


def make_hosts(authority):
    """A certificate for both hosts, and policies with a rule for each."""
    authority.issue("both", "middle", for_server(dns(HOST), dns(OTHER)))
    for name, pins in ("both.conf", ("both", "other-host")), ("other-wrong.conf", ("both", "pinned")):
        authority.write(name, "[policy]\nserial = 1\n" + "".join(
            f"[host {host}]\nallow-single-pin = yes\npin-sha256 = {authority.pin(pin)}\n"
            for host, pin in zip((HOST, OTHER), pins)))


class Nginx(Server):
    """An HTTP/2 server for both hosts, which redirects from /to?url= and /loop, and what it was asked for."""

    def __init__(self, setting):
        authority = setting.authority
        self.directory = tempfile.mkdtemp(dir=authority.directory)
        errors = os.path.join(self.directory, "errors")
        with open(os.path.join(self.directory, "conf"), "w", encoding="ascii") as settings:
            settings.write(NGINX.format(chain=authority.bundle("both-chain.pem", ("both", "middle")),
                                        key=authority.path("both.key")))
        with open(errors, "wb") as output:
            self.process = subprocess.Popen(
                ["timeout", "150", "/usr/sbin/nginx", "-p", self.directory, "-c", "conf", "-e", "stderr"],
                stdin=subprocess.PIPE, stderr=output, env=clean_environment() | {"LD_PRELOAD": setting.loopback})
        self.port = self.wait_for_port(errors)
        self.seen = 0

    def requests(self):
        """Those since the last call, each "connection protocol host"."""
        lines = self.text(os.path.join(self.directory, "requests")).splitlines()[self.seen:]
        self.seen += len(lines)
        return [line.split() for line in lines]


def frames(data):
    """The types of the HTTP/2 frames behind the preface; -1 for what is none."""
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    if not data.startswith(preface):
        return [-1]
    data, types = data[len(preface):], []
    while data:
        types.append(data[3] if len(data) > 8 else -1)
        data = data[9 + int.from_bytes(data[:3], "big"):]
    return types


def run_transfers(name, program, setting):
    """libcurl's client with several URLs at once, over HTTP/2, and redirected: each host is asked for by its name."""
    authority = setting.authority
    here, there = f"https://{HOST}", f"https://{OTHER}"
    allowed, refused = (OTHER, "allow", "matched"), (OTHER, "refuse", "no-match")

    def fetch(title, policy, urls, status, verdicts, words, *more):
        """Whether the verdicts are these, whatever their order; `more` is what else has to hold afterwards."""
        command = ["timeout", "20", program, authority.path("root.pem"), authority.path(policy), "127.0.0.1:", *urls]
        run = subprocess.run(command, capture_output=True, text=True, env=clean_environment())
        said = re.findall(r"host=(\S+) decision=(\S+) reason=(\S+) enforced=1", run.stderr)
        also = [holds() for holds in more]
        check(f"{name}, {title}", run.returncode == status and sorted(said) == sorted(verdicts)
              and words in run.stderr and all(also), f"ended with {run.returncode}, {also}: {run.stderr}")

    own = (HOST, "allow", "matched")
    with Nginx(setting) as server, Server(setting, "s_server", "1.3", Row("", leaf="other-host")) as other, \
            Server(setting, "s_server", "1.3", Row("", leaf="other-host", server=("-alpn", "h2"))) as other2:
        base, redirect = f"{here}:{server.port}", f"{here}:{server.port}/to?url="

        def one_connection(count):
            requests = server.requests()
            return len(requests) == count and len({line[0] for line in requests}) == 1 \
                and {line[1] for line in requests} == {"HTTP/2.0"}

        fetch("three URLs over one HTTP/2 connection", "both.conf", [f"{base}/{number}" for number in (1, 2, 3)], 0,
              [own] * 3, "http=2 redirects=0 result=No error", lambda: one_connection(3))
        fetch("two hosts at one address, one of them wrong", "other-wrong.conf",
              [base, f"{there}:{server.port}"], 1, [own, refused], f"url={there}:{server.port}/ ",
              lambda: [line[2] for line in server.requests()] == [HOST])
        fetch("two servers, one of them wrong", "other-wrong.conf", [base, f"{there}:{other.port}/"], 1,
              [own, refused], f"url={base}/ libcurl={PROGRAMS[name][2]}", lambda: one_connection(1),
              lambda: other.received() == 0)
        fetch("redirected to a host that is refused", "other-wrong.conf", [f"{redirect}{there}:{other.port}/"], 1,
              [own, refused], "redirects=1", lambda: other.received() == 0)
        fetch("redirected to one that is refused, over HTTP/2", "other-wrong.conf",
              [f"{redirect}{there}:{other2.port}/"], 1, [own, refused], "redirects=1",
              # SETTINGS and WINDOW_UPDATE, no HEADERS
              lambda: other2.received() and set(frames(read_bytes(other2.output))) <= {4, 8})
        other.process.stdin.write(RESPONSE)
        other.process.stdin.flush()
        fetch("redirected to a host that is allowed", "both.conf", [f"{redirect}{there}:{other.port}/"], 0,
              [own, allowed], "redirects=1 result=No error", lambda: other.received() > 0)
        server.requests()
        fetch("redirected without end", "both.conf", [base + "/loop"], 2, [own] * 6, "redirects=5",
              lambda: one_connection(6))
        fetch("redirected to http", "both.conf", [f"{redirect}http://{HOST}/"], 2, [own], "Unsupported protocol")
    print(f"{name:22} redirects, HTTP/2, several URLs at once")


def run_epoll(program, setting):
    """The epoll client with connections that end in every way, all at once: one does not hold up another."""
    authority = setting.authority
    with Nginx(setting) as right, Server(setting, "s_server", "1.3", Row("", leaf="other-host")) as wrong, \
            Server(setting, "s_server", "1.2", Row("", leaf="other-host")) as wrong2, \
            Server(setting, "s_server", "1.3", Row("", leaf="expired")) as expired, \
            socket.create_server(("127.0.0.1", 0)) as silent, socket.create_server(("127.0.0.1", 0)) as closed:
        connections = [(right.port, HOST), (silent.getsockname()[1], HOST), (wrong.port, OTHER), (wrong2.port, OTHER),
                       (expired.port, HOST), (closed.getsockname()[1], HOST), (right.port, HOST), (right.port, OTHER)]
        closed.close()
        run = subprocess.run(
            ["timeout", "20", program, authority.path("root.pem"), authority.path("other-wrong.conf"),
             *(word for port, host in connections for word in ("127.0.0.1", str(port), host))],
            capture_output=True, text=True, env=clean_environment())
        said = re.findall(r"host=(\S+) connection=(\S+) decision=(\S+) reason=(\S+)", run.stdout)
        expected = [(HOST, "done", "allow", "matched")] * 2 + [(OTHER, "failed", "refuse", "no-match")] * 3 + [
            (HOST, "failed", "refuse", "certificate-expired"), (HOST, "failed", "refuse", "none")]
        check("openssl-epoll-client, eight connections at once", run.returncode == 2 and sorted(said[:-1]) ==
              sorted(expected) and said[-1] == (HOST, "timed-out", "refuse", "none"), f"{run.returncode} {run.stdout}")
        check("openssl-epoll-client: the servers saw no byte of what was refused",
              wrong.received() == wrong2.received() == expired.received() == 0)
        check("openssl-epoll-client: a refusal sends an alert", wrong.alert() and wrong2.alert())
    print(f"{'openssl-epoll-client':22} two connections allowed, four refused, one without a server, one timed out")


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def main():
    libraries = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(4) as pool:
        setting = new_setting(directory, libraries)
        make_hosts(setting.authority)
        programs = {
            name: build(directory, libraries, name.replace(", ", "-"), f"{ROOT}/bindings/c/{source}.c",
                        *link, standard=("-std=c99", "-pedantic"))
            for name, (source, link, _) in PROGRAMS.items()}
        for name, (source, _, _) in PROGRAMS.items():
            with open(f"{ROOT}/bindings/c/{source}.c", encoding="utf-8") as lines:
                check(f"{source}.c is short", len(lines.readlines()) <= 165)
        print(f"{'':22} TLS  " + " ".join(f"{policy:14}" for policy, _, _ in CASES))
        for name in PROGRAMS:
            for version in "1.2", "1.3":
                cells = pool.map(lambda case: run_client(name, programs[name], setting, version, *case), CASES)
                print(f"{name:22} {version}  " + " ".join(f"{cell:14}" for cell in cells).rstrip(), flush=True)
        for name in PROGRAMS:
            if name.startswith("curl"):
                run_transfers(name, programs[name], setting)
        run_epoll(programs["openssl-epoll-client"], setting)
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
