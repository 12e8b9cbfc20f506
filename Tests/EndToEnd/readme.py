#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs what README.md shows, and looks at what the other documents name: readme.py.

The recording of the command is run with a server on loopback in the place of api.example.com, and has to print what
it shows, other keys and certificates aside. The policy is the file that the examples read; each command of a console
block is run in a folder of the test's, into which everything is installed. Then both examples connect to a server on
loopback that stands for api.example.com: with the policy of the README, whose keys it does not have, and with its own
key. `make demo` and `make` are left out: the first is a suite of its own, the second has built what this installs.
The wheel carries no library here but finds the one that was installed; one that does is what test-python is about.
"""
import contextlib
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

sys.dont_write_bytecode = True  # the tests leave nothing among the sources

from certificates import Authority, clean_environment
from console import PIN, blocks, commands_of, is_shown, on_loopback, run, what_it_said
from kit.certificates import authority as ca, dns, server as server_of

ROOT = Path(__file__).resolve().parents[2]
HOST = "api.example.com"
MOST_WORDS = 700
ELSEWHERE = {"make demo", "make"}
# What a command of the README becomes here.
INSTEAD = {
    "sudo make install": "make -C {root} -o all install DESTDIR={folder}/stage",
    "./bindings/python": "{root}/bindings/python",
}
# Loaded into the examples: the host is on loopback, at the port of the test's server.
ON_LOOPBACK = f"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **out) {{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
        dlsym(RTLD_NEXT, "getaddrinfo");
    if (host == NULL || strcmp(host, "{HOST}") != 0 || service == NULL || strcmp(service, "443") != 0) abort();
    return real("127.0.0.1", getenv("TEST_PORT"), hints, out);
}}
"""

passed = failed = 0


def check(what, is_fine, detail=""):
    global passed, failed
    passed, failed = passed + bool(is_fine), failed + (not is_fine)
    print(f"{'ok  ' if is_fine else 'FAIL'} {what}{'' if is_fine else f': {detail}'}")


# ------------------------------------------------------------------------------------------------------ the README


def is_recording(block):
    return "api.example.com" in block


def check_recording(readme, authority, environment):
    """From nothing to an enforced policy, in a folder where there is a backup's key and nothing else."""
    folder = Path(authority.path("first"))
    folder.mkdir()
    run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out backup.key", folder, environment)
    server = Server(authority)
    here = f"127.0.0.1:{server.port}"
    pins = {}
    recordings = filter(is_recording, blocks(readme, "console"))
    recorded = [command for block in recordings for command in commands_of(block)]
    check("the README records at least six commands", len(recorded) >= 6, str(recorded))
    before = server.bytes_received()
    for command, shown in recorded:
        line = on_loopback(command, here, "../root.pem")
        for theirs, ours in pins.items():
            line = line.replace(theirs, ours)
        result = run(line, folder, environment)
        pins |= dict(zip(PIN.findall(shown), PIN.findall(result.stdout)))
        check(f"$ {command}", result.returncode == 0 and is_shown(shown, result.stdout), what_it_said(result))
    check("the recorded commands send no application data", server.bytes_received() == before)
    authority.issue("other", "root", server_of(dns(HOST)))
    other = Server(authority, "other")
    refused = run(f"pinverdict probe --trust-file ../root.pem --connect 127.0.0.1:{other.port} --policy pins.conf",
                  folder, environment)
    check("the policy that was made refuses another key of the same authority",
          refused.returncode == 1 and "no-match" in refused.stdout, refused.stdout)


def check_commands(documents, folder, environment):
    commands = [command for document in documents for block in blocks(document, "console")
                if not is_recording(block) for command, _ in commands_of(block)]
    check("the README shows commands", len(commands) >= 6, str(commands))
    for command in dict.fromkeys(commands):
        if command in ELSEWHERE:
            continue
        line = command
        for what, instead in INSTEAD.items():
            line = line.replace(what, instead.format(root=ROOT, folder=folder))
        result = run(line, folder, environment)
        check(f"$ {command}", result.returncode == 0, what_it_said(result))


class Server:
    """Answers one request on each connection, with "pinned", and counts the bytes it is asked with."""

    def __init__(self, authority, name="leaf"):
        self.received = 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(authority.path(f"{name}.pem"), authority.path(f"{name}.key"))
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.serve, daemon=True).start()

    @property
    def port(self):
        return self.listener.getsockname()[1]

    def bytes_received(self):
        """So far: connections are served one after the other, so that all before this one have ended with it."""
        with socket.create_connection(self.listener.getsockname(), timeout=20) as own, contextlib.suppress(OSError):
            own.shutdown(socket.SHUT_WR)
            own.recv(1)
        return self.received

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            connection.settimeout(20)
            with connection, contextlib.suppress(OSError):
                with self.context.wrap_socket(connection, server_side=True) as tls:
                    self.received += len(tls.recv(4096))
                    tls.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\n\r\npinned")


def check_examples(folder, authority, environment):
    server = Server(authority)
    environment = environment | {
        "LD_PRELOAD": authority.path("on-loopback.so"), "TEST_PORT": str(server.port),
        "SSL_CERT_FILE": authority.path("root.pem"), "REQUESTS_CA_BUNDLE": authority.path("root.pem"),
    }

    def check_example(command, whose, status, text):
        before = server.bytes_received()
        result = run(command, folder, environment)
        received = server.bytes_received() - before
        check(f"{command}, {whose} pins: {text}; the server got {'nothing' if status else 'a request'}",
              result.returncode == status and text in result.stdout + result.stderr and (received > 0) == (status == 0),
              f"exit {result.returncode}, {received} bytes\n{result.stdout}{result.stderr}")

    programs = {"./example": "allowed", "venv/bin/python example.py": "pinned"}
    for command in programs:
        check_example(command, "the README's", 1, f"{HOST} is refused: no-match")
    authority.policy("pins.conf", 1, HOST, f"pin-sha256 = {authority.pin('leaf')}")
    for command, text in programs.items():
        check_example(command, "the server's", 0, text)


def check_readme():
    readme = (ROOT / "README.md").read_text()
    words = len(readme.split())
    check(f"the README has at most {MOST_WORDS} words", words <= MOST_WORDS, words)
    (policy,), (in_c,), (in_python,) = (blocks(readme, language) for language in ("ini", "c", "python"))
    check("the C example has at most 40 lines", in_c.count("\n") <= 40, f"{in_c.count(chr(10))} lines")
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(folder)
        authority.issue("root", None, ca())
        authority.issue("leaf", "root", server_of(dns(HOST)))
        for name, text in {"pins.conf": policy, "example.c": in_c, "example.py": in_python,
                           "on-loopback.c": ON_LOOPBACK}.items():
            authority.write(name, text)
        stage = f"{folder}/stage/usr/local"
        environment = clean_environment() | {
            "PATH": f"{stage}/bin:{os.environ['PATH']}", "PKG_CONFIG_PATH": f"{stage}/lib/pkgconfig",
            "PKG_CONFIG_SYSROOT_DIR": f"{folder}/stage", "LD_LIBRARY_PATH": f"{stage}/lib", "PINVERDICT_BUNDLE": "no",
        }
        check_commands([readme, (ROOT / "bindings/python/README.md").read_text()], folder, environment)
        subprocess.run(["cc", "-shared", "-fPIC", authority.path("on-loopback.c"), "-o",
                        authority.path("on-loopback.so"), "-ldl"], check=True)
        check_examples(folder, authority, environment)
        check_recording(readme, authority, environment)


# --------------------------------------------------------------------------------------------------- all documents


def check_documents():
    database = subprocess.run(["make", "-C", ROOT, "-pqrR"], capture_output=True, text=True).stdout
    targets = set(re.search(r"^\.PHONY: (.*)$", database, re.M)[1].split())
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
                            check=True, capture_output=True, text=True).stdout.split()
    check("there are documents, and targets", len(listed) > 9 and "test" in targets, f"{listed} {targets}")
    for name in listed:
        document = ROOT / name
        text = document.read_text()
        links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
        missing = [link for link in links if not (document.parent / link).exists()]
        check(f"{name}: every link leads to a file", not missing, missing)
        shown = re.findall(r"^```.*?^```$|^    .*?$|`[^`]+`", text, re.M | re.S)
        unknown = {target for code in shown for target in re.findall(r"\bmake ([a-z][a-z-]+)", code)} - targets
        check(f"{name}: make has every target", not unknown, unknown)


def main():
    check_readme()
    check_documents()
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
