#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""first-use.py README: what a newcomer does where the packages are installed and Swift is not, in a root of its own
whose network is loopback alone. The README's examples in C and in Python connect to a server that stands for
api.example.com: with the policy of the README, whose keys it does not have, and with one of its own. Prints a line per
check, and a last one, "done"."""
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

HOST = "api.example.com"
EXAMPLES = Path("/usr/share/doc/pinverdict/examples")
FOLDER = Path(__file__).parent
received = 0


def check(what, is_fine, detail=""):
    print(f"{'ok   ' if is_fine else 'FAIL '} {what}{'' if is_fine else f': {detail}'}", flush=True)


def run(*command):
    return subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=120)


def succeeds(what, *command):
    result = run(*command)
    check(what, result.returncode == 0, f"exit {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


def serve(listener, context):
    """One request on each connection, answered; counts the bytes of the requests."""
    global received
    while True:
        connection, _ = listener.accept()
        try:
            with context.wrap_socket(connection, server_side=True) as secure:
                received += len(secure.recv(4096))
                secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\npinned")
        except OSError:
            pass


def start_server():
    """A server whose key the root trusts; its certificate signs itself."""
    succeeds("a certificate", "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}",
             "-keyout", "key.pem", "-out", "leaf.pem")
    os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = str(FOLDER / "leaf.pem")
    with open("/etc/hosts", "a") as hosts:
        hosts.write(f"127.0.0.1 {HOST}\n")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FOLDER / "leaf.pem", FOLDER / "key.pem")
    listener = socket.create_server(("127.0.0.1", 443))
    threading.Thread(target=serve, args=(listener, context), daemon=True).start()


def block(readme, language):
    return re.search(rf"^```{language}\n(.*?)^```$", readme, re.M | re.S)[1]


def main():
    readme = Path(sys.argv[1]).read_text()
    start_server()
    (FOLDER / "example.c").write_text(block(readme, "c"))
    (FOLDER / "example.py").write_text(block(readme, "python"))
    compile_line = re.search(r"^\$ (cc example\.c .*)$", readme, re.M)[1]
    succeeds(f"$ {compile_line}", "sh", "-c", compile_line)
    # Each by the command that stands in its comment.
    for source in sorted(EXAMPLES.glob("c/*.c")) + [EXAMPLES / "c/daemon/main.c"]:
        command = re.search(r"^ \*     (cc .*)$", source.read_text(), re.M)
        check(f"{source.relative_to(EXAMPLES)} says how it is compiled", command)
        if command:
            succeeds(f"$ {command[1]}", "sh", "-c", f"cd {source.parent} && {command[1]} -o /packages/{source.stem}")
    shown = run("/packages/main", "--help")
    check("the daemon runs", (shown.stdout + shown.stderr).startswith("usage: "), shown)
    succeeds("python3 -m pinverdict pin leaf.pem", "python3", "-m", "pinverdict", "pin", "leaf.pem")
    (FOLDER / "version.c").write_text('#include <pinverdict.h>\n#include <string.h>\nint main(void) { return '
                                      'strcmp(pinverdict_version(), PINVERDICT_VERSION); }\n')
    succeeds("a program of the other flavour", "sh", "-c",
             "cc version.c -o example-version $(pkg-config --cflags --libs pinverdict) && ./example-version")
    succeeds("pinverdict --version", "pinverdict", "--version")
    succeeds("the policy of the examples has no mistakes", "pinverdict", "lint", str(EXAMPLES / "pins.conf"))

    pin = re.search(r"pin-sha256 = (\S+)", succeeds("$ pinverdict pin leaf.pem", "pinverdict", "pin", "leaf.pem"))[1]
    other = (EXAMPLES / "pins.conf").read_text()
    own = re.sub(r"(?m)^pin-sha256( *=) \S+", rf"pin-sha256\1 {pin}", other)
    unaware = f"import urllib.request; print(urllib.request.urlopen('https://{HOST}/').read())"
    for name, command in [("the example in C", ["./example"]), ("the example in Python", ["python3", "example.py"]),
                          ("pinverdict run", ["pinverdict", "run", "--policy", "pins.conf", "--strict", "--", "python3",
                                              "-c", unaware])]:
        (FOLDER / "pins.conf").write_text(other)
        before = received
        refused = run(*command)
        said = refused.stdout + refused.stderr
        check(f"{name} refuses a key that is not pinned", refused.returncode == 1 and "no-match" in said,
              f"exit {refused.returncode}\n{said}")
        check("... and sends no byte", received == before, f"{received - before} bytes")
        (FOLDER / "pins.conf").write_text(own)
        allowed = run(*command)
        check(f"{name} allows the key that is",
              allowed.returncode == 0 and re.search("allowed|pinned", allowed.stdout) and received > before,
              f"exit {allowed.returncode}\n{allowed.stdout}{allowed.stderr}")
    print("done")


main()
