#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""interception.py LIBDIR MITMDUMP: the interception lab. mitmproxy stands between clients and a server on loopback; its
CA is trusted by the clients, as a company's would be, and it forges a certificate for the server's name. Ordinary
validation passes; pinned connections are refused before one byte of application data is sent; report-only lets them
through and says so. Bytes are counted at the proxy and at the server."""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

from certificates import clean_environment
from hooks import BYTES, HOST, LINK, ROOT, Row, Server, build, new_setting, run_probe
from kit.keys import Key, pin_of

# Where mitmproxy runs this: it adds up what the client sent inside TLS, and counts the certificates it forged.
ADDON = """
received = 0

def say():
    with open(PATH + ".new", "w") as output:
        output.write(str(received))
    __import__("os").replace(PATH + ".new", PATH)

def tcp_message(flow):
    global received
    if flow.messages[-1].from_client:
        received += len(flow.messages[-1].content)
        say()
"""

# title, policy, decision with "attach" and with the check alone, reason of the latter
CASES = [
    ("no pins for this host", "elsewhere", "allow", "not-pinned"),
    ("the leaf is pinned", "right", "refuse", "no-match"),
    ("the real root is pinned", "root-pin", "refuse", "no-match"),
    ("the leaf is pinned, report-only", "right-report", "allow", "no-match"),
    ("pinning is off", "off", "allow", "enforcement-off"),
    ("the company's CA is pinned", "company", "allow", "matched"),
    ("the company's key is rejected, no pins", "no-company", "refuse", "rejected-key"),
]


class Proxy:
    """mitmdump in front of a server, for TLS with anything in it."""

    def __init__(self, setting, mitmdump, server):
        path = setting.authority.path
        self.count, self.log = path("proxy-bytes"), path("proxy-log")
        addon = setting.authority.write("addon.py", f"PATH = {self.count!r}\n{ADDON}")
        confdir = path("mitmproxy")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [mitmdump, "--mode", f"reverse:tls://127.0.0.1:{server.port}", "--listen-host", "127.0.0.1",
                 "--listen-port", "0", "--set", f"confdir={confdir}", "-s", addon,
                 "--set", f"ssl_verify_upstream_trusted_ca={path('root.pem')}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=clean_environment() | {"HOME": confdir, "PYTHONUNBUFFERED": "1"})
        deadline = time.monotonic() + 60
        while not (listening := re.search(r"listening at 127\.0\.0\.1:(\d+)", Server.text(self.log))):
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.stop()
                sys.exit(f"mitmdump did not start: {Server.text(self.log)}")
            time.sleep(0.05)
        self.port = int(listening[1])
        self.certificate = os.path.join(confdir, "mitmproxy-ca-cert.pem")
        self.key = os.path.join(confdir, "mitmproxy-ca.pem")

    def received(self):
        return int(Server.text(self.count)) if os.path.exists(self.count) else 0

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def main():
    libraries, mitmdump = map(os.path.abspath, sys.argv[1:3])
    passed, failures = 0, []
    with tempfile.TemporaryDirectory() as directory:
        setting = new_setting(directory, libraries)
        authority = setting.authority
        flavours = {"OpenSSL": "-lcurl", "GnuTLS": "-l:libcurl-gnutls.so.4"}
        curls = {flavour: build(directory, libraries, "curl-" + flavour, f"{ROOT}/bindings/c/curl-client.c", library,
                                "-lpinverdict", "-lssl", "-lcrypto", "-lgnutls")
                 for flavour, library in flavours.items()}
        with Server(setting, "gnutls-serv", "1.3", Row("", leaf="lab")) as server, \
                Proxy(setting, mitmdump, server) as proxy:
            # The clients trust the real root, and the company's.
            authority.write("trust.pem", authority.read("root.pem") + Server.text(proxy.certificate))
            company = pin_of(Key(text=Server.text(proxy.key)).spki)
            pin, key = authority.pin("lab"), authority.pin("root")
            authority.policy("right.conf", 1, HOST, f"pin-sha256 = {pin}")
            authority.policy("right-report.conf", 1, HOST, f"pin-sha256 = {pin}", "enforcement = report-only")
            authority.policy("company.conf", 1, HOST, f"pin-sha256 = {company}")
            authority.write("no-company.conf", f"[policy]\nserial = 1\nrejected-pin-sha256 = {company}\n"
                            f"[host elsewhere.test]\nallow-single-pin = yes\npin-sha256 = {key}\n")

            def received():
                server_bytes = server.received(settled=False)
                return proxy.received(), server_bytes

            def judge(title, held, more):
                nonlocal passed
                passed += bool(held)
                if not held:
                    failures.append(f"{title}: {more}")

            print(f"{'':40} {'client':22} {'verdict':8} {'reason':20} {'proxy':>6} {'server':>6}  (bytes)")
            for title, policy, decision, reason in CASES:
                for library, hooks in [(library, hooks) for library in LINK for hooks in ("both", "check")]:
                    before = received()
                    answer = run_probe(setting.probes[library], [
                        f"port={proxy.port}", f"host={HOST}", f"trust={authority.path('trust.pem')}",
                        f"policy={authority.path(policy + '.conf')}", f"hooks={hooks}", f"sni={HOST}", "linger=100"])[0]
                    allowed = decision == "allow"
                    counts = wait_for_bytes(received, before, BYTES if allowed else 0)
                    client = f"{library}, {'attached' if hooks == 'both' else 'check'}"
                    in_handshake = answer["handshake"] != "ok"
                    print(f"{title:40} {client:22} {answer['decision']:8} "
                          f"{'in the handshake' if in_handshake else answer['reason']:20} {counts[0]:6} {counts[1]:6}",
                          flush=True)
                    judge(f"{title}, {client}",
                          answer["decision"] == decision and counts == ((BYTES, BYTES) if allowed else (0, 0))
                          and in_handshake == (not allowed and hooks == "both")
                          and (in_handshake or answer["reason"] == reason)
                          and (title != "the leaf is pinned, report-only" or answer["enforced"] == "0"),
                          f"{answer}, {counts}")
                for flavour, program in curls.items():
                    before = received()
                    run = subprocess.run(
                        ["timeout", "8", program, authority.path("trust.pem"), authority.path(policy + ".conf"),
                         f"127.0.0.1:{proxy.port}", f"https://{HOST}/"],
                        capture_output=True, text=True, env=clean_environment()) if decision == "refuse" else None
                    if run is None:
                        continue   # the server behind the proxy speaks no HTTP: there is nothing to fetch
                    counts = wait_for_bytes(received, before, 0)
                    print(f"{title:40} {'curl, ' + flavour:22} {'refuse' if run.returncode == 1 else '?':8} "
                          f"{reason:20} {counts[0]:6} {counts[1]:6}", flush=True)
                    judge(f"{title}, curl, {flavour}", run.returncode == 1 and counts == (0, 0)
                          and f"reason={reason}" in run.stderr, f"{run.returncode} {run.stderr} {counts}")
            if failures:
                print(Server.text(proxy.log), Server.text(server.errors), Server.text(server.output), file=sys.stderr)
    for failure in failures:
        print("FAILED", failure)
    print(f"{passed} passed, {len(failures)} failed")
    sys.exit(bool(failures))


def wait_for_bytes(received, before, expected):
    """What came to the proxy and to the server since; waits for what is expected, and a moment for what is not."""
    deadline = time.monotonic() + (3 if expected else 0.2)
    while True:
        counts = tuple(now - then for now, then in zip(received(), before))
        if (expected and min(counts) >= expected) or time.monotonic() > deadline:
            return counts
        time.sleep(0.02)


if __name__ == "__main__":
    main()
