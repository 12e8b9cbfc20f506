#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""contexts.py LIBDIR: libraries that show only an SSL_CTX, libcurl and libmosquitto, with a checker attached to it."""
import os
import socket
import subprocess
import sys
import tempfile
import time

from certificates import Authority, clean_environment
from hooks import HOST, LINK, Row, Server, Setting, build, make_certificates

HERE = os.path.dirname(os.path.abspath(__file__))
PAGES = Row("", server=("-www",))

results = []


def check(title, held, more=""):
    results.append(bool(held))
    print(f"{'ok    ' if held else 'FAILED'} {title}{'' if held else f': {more}'}", flush=True)


def run(program, authority, port, *policies):
    """The lines that a client prints."""
    command = [program, HOST, str(port), authority.path("root.pem"), *(authority.path(name) for name in policies)]
    ended = subprocess.run(["timeout", "30", *command], capture_output=True, text=True, env=clean_environment())
    return ended.stdout.splitlines() + ended.stderr.splitlines() + [f"ended with {ended.returncode}"] * bool(
        ended.returncode)


def curl(program, setting):
    for version in ("1.2", "1.3"):
        with Server(setting, "s_server", version, PAGES) as server:
            for policy, is_allowed in ("right", True), ("wrong", False), ("off", True), ("report", True):
                said = run(program, setting.authority, server.port, policy + ".conf")
                check(f"libcurl, TLS {version}, {policy}", len(said) == 1 and (said == ["ok"]) == is_allowed, said)
            # The second connection resumes the session, and the third one, whose session was dropped, does not: with an
            # alert, as the server's key is the same.
            said = run(program, setting.authority, server.port, "right.conf", "moved.conf")
            check(f"libcurl, TLS {version}, a session from before the pin was taken out",
                  len(said) == 3 and said[0] == "ok" and "ok" not in said[1:] and said[1] != said[2], said)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def mosquitto(program, authority):
    port = free_port()
    settings = authority.write("mosquitto.conf", "\n".join((
        f"listener {port} 127.0.0.1", "allow_anonymous true", "user root", f"certfile {authority.path('chain.pem')}",
        f"keyfile {authority.path('leaf.key')}", "")))
    with open(authority.path("mosquitto.log"), "wb") as log:
        broker = subprocess.Popen(["/usr/sbin/mosquitto", "-c", settings], stdout=log, stderr=log,
                                  env=clean_environment())
    try:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        for policy, is_allowed in ("right", True), ("wrong", False), ("root-pin", True):
            said = run(program, authority, port, policy + ".conf")
            check(f"libmosquitto, {policy}", len(said) == 1 and (said == ["ok"]) == is_allowed, said)
    finally:
        broker.terminate()
        broker.wait()


def main():
    libraries = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory:
        authority = Authority(directory)
        make_certificates(authority)
        loopback = build(directory, libraries, "loopback.so", f"{HERE}/loopback.c", "-shared", "-fPIC", "-ldl")
        setting = Setting(authority, loopback, {}, {})
        curl(build(directory, libraries, "context-curl", f"{HERE}/context-curl.c", "-lcurl", *LINK["openssl"]), setting)
        mosquitto(build(directory, libraries, "context-mosquitto", f"{HERE}/context-mosquitto.c", "-lmosquitto",
                        *LINK["openssl"]), authority)
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
