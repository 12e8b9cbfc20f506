#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""clients.py LIBDIR: builds and runs the programs of bindings/c, libcurl's in both flavours, against real servers."""
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from certificates import clean_environment
from hooks import BYTES, HOST, LINK, ROOT, Row, Server, build, new_setting

WITH_BOTH = ("-lpinverdict", "-lssl", "-lcrypto", "-lgnutls")
# The headers of libcurl are the same for both; the library that is linked decides.
PROGRAMS = {
    "openssl-client": ("openssl-client", LINK["openssl"], "OpenSSL"),
    "gnutls-client": ("gnutls-client", LINK["gnutls"], "GnuTLS"),
    "curl-client, OpenSSL": ("curl-client", ("-lcurl", *WITH_BOTH), "OpenSSL"),
    "curl-client, GnuTLS": ("curl-client", ("-l:libcurl-gnutls.so.4", *WITH_BOTH), "GnuTLS"),
    "daemon": ("daemon", LINK["gnutls"], "GnuTLS"),
}
# policy, exit status, word in what it prints
CASES = [("right", 0, "reason=matched enforced=1"), ("root-pin", 0, "reason=matched enforced=1"),
         ("wrong", 1, "decision=refuse"), ("report", 0, "reason=no-match enforced=0"),
         ("elsewhere", 0, "reason=not-pinned enforced=")]
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
            command = [program, f"https://{HOST}/", path("root.pem"), path(policy + ".conf"), address]
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


def ask(port, text):
    """What comes back through the daemon."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(text)
            return connection.makefile("rb").readline()
    return b""


def run_daemon(program, setting):
    """Many threads, a policy that is reloaded, one that is not taken, and a stop."""
    path = setting.authority.path
    policy, log = path("daemon.conf"), path("daemon.log")

    def use(text):
        with open(policy + ".new", "w", encoding="ascii") as output:
            output.write(text)
        os.rename(policy + ".new", policy)   # never half a file

    def wait_for(pattern, count=1):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            found = re.findall(pattern, Server.text(log))
            if len(found) >= count:
                return found[-1]
            time.sleep(0.02)
        return ""

    def in_production(name):
        text = setting.authority.read(name).replace("[host", "environments = staging production\n[host", 1)
        return re.sub(r"(\[host .*\n)", r"\1environments = production\n", text)

    use(in_production("right.conf"))
    with Server(setting, "gnutls-serv", "1.3", Row("")) as server, open(log, "wb") as output:
        command = [program, "127.0.0.1", str(server.port), HOST, path("root.pem"), policy, "production"]
        daemon = subprocess.Popen(command, stdout=output, stderr=output, env=clean_environment())
        try:
            port = int(wait_for(r"listening on 127.0.0.1:(\d+)") or 0)
            with ThreadPoolExecutor(8) as pool:
                answers = list(pool.map(lambda _: ask(port, b"application data\n"), range(24)))
            check("daemon: 24 connections in threads", answers == [b"application data\n"] * 24, answers)
            check("daemon: logs each verdict", len(re.findall("allow reason=matched enforced=1 backup=0 .*serial=1",
                                                              Server.text(log))) == 24, Server.text(log))
            before = server.received()
            use(setting.authority.read("moved.conf"))
            daemon.send_signal(signal.SIGHUP)
            check("daemon: SIGHUP reloads", wait_for("policy .*: ok", 2), Server.text(log))
            check("daemon: refuses under the new policy", ask(port, b"application data\n") == b"")
            check("daemon: says why", wait_for("refuse reason=(?!none|no-validated-path).* serial=2"), Server.text(log))
            check("daemon: sends the host's name", f"server name[1]: {HOST}" in server.text(server.output),
                  server.text(server.output)[:400])
            use(setting.authority.read("right.conf"))
            daemon.send_signal(signal.SIGHUP)
            check("daemon: an older policy is not taken", wait_for("outdated-policy"), Server.text(log))
            use("[policy]\nserial = 3\n[host x.test]\npin-sha256 = nonsense\n")
            daemon.send_signal(signal.SIGHUP)
            check("daemon: a mistake in a policy has its line", wait_for("line 4: invalid-policy: "), Server.text(log))
            check("daemon: goes on refusing", ask(port, b"application data\n") == b"")
            check("daemon: the server saw no byte of what was refused", server.received() == before,
                  f"{before}, then {server.received()}")
            daemon.send_signal(signal.SIGTERM)
            check("daemon: SIGTERM stops it", daemon.wait(10) == 0, daemon.returncode)
        finally:
            daemon.kill()
            daemon.wait()
    print(f"{'daemon':22} 24 connections allowed, policy reloaded, 2 connections refused, stopped")


def main():
    libraries = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(4) as pool:
        setting = new_setting(directory, libraries)
        programs = {
            name: build(directory, libraries, name.replace(", ", "-"), f"{ROOT}/bindings/c/{source}.c",
                        *link, standard=("-std=c99", "-pedantic"))
            for name, (source, link, _) in PROGRAMS.items()}
        for name, (source, _, _) in PROGRAMS.items():
            with open(f"{ROOT}/bindings/c/{source}.c", encoding="utf-8") as lines:
                check(f"{source}.c is short", len(lines.readlines()) <= 165)
        print(f"{'':22} TLS  " + " ".join(f"{policy:14}" for policy, _, _ in CASES))
        for name in PROGRAMS:
            for version in ("1.2", "1.3") if name != "daemon" else ():
                cells = pool.map(lambda case: run_client(name, programs[name], setting, version, *case), CASES)
                print(f"{name:22} {version}  " + " ".join(f"{cell:14}" for cell in cells).rstrip(), flush=True)
        run_daemon(programs["daemon"], setting)
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
