#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""swift.py LIBDIR CLIENT: runs the client of bindings/swift against real servers."""
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from certificates import clean_environment
from hooks import HOST, Row, Server, new_setting

REQUEST = len(f"GET / HTTP/1.0\r\nHost: {HOST}\r\n\r\n")
RESPONSE = b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n"
# policy, the server's row, exit status, words in what it prints
CASES = [
    ("right", Row(""), 0, "200 OK"),
    ("root-pin", Row(""), 0, "200 OK"),
    ("report", Row(""), 0, "200 OK"),
    ("elsewhere", Row(""), 0, "200 OK"),
    ("wrong", Row(""), 1, f"{HOST}: refuse: no-match (rule {HOST}, policy 1)"),
    ("rejecting", Row(""), 1, "rejected-key"),
    # The pinned key is on another name, under another CA, on a certificate that has expired, or just in the list.
    ("right", Row("", leaf="other-host"), 1, "hostname-mismatch"),
    ("forged", Row("", leaf="forged", sends=("impostor",)), 1, "untrusted-chain"),
    ("right", Row("", leaf="expired"), 1, "certificate-expired"),
    ("wrong", Row("", sends=("middle", "pinned")), 1, "no-match"),
]

results = []


def check(title, held, more=""):
    results.append(bool(held))
    print(f"{'ok    ' if held else 'FAILED'} {title}{'' if held else ': ' + more}")


def run(client, *arguments):
    ended = subprocess.run(["timeout", "30", client, *map(str, arguments)], capture_output=True, text=True,
                           env=clean_environment())
    return ended.returncode, ended.stdout + ended.stderr


def run_case(client, setting, version, policy, row, status, words):
    path = setting.authority.path
    with Server(setting, "s_server", version, row) as server:
        server.process.stdin.write(RESPONSE)   # s_server passes it on to whoever connects
        server.process.stdin.flush()
        ended, text = run(client, path(policy + ".conf"), path("root.pem"), HOST, "127.0.0.1", server.port)
        received = server.received()
    held = ended == status and words in text and received == (0 if status else REQUEST)
    return f"TLS {version}, {policy}, {row.leaf}: {words}; {received} bytes", held, f"ended with {ended}: {text}"


def main():
    libraries, client = map(os.path.abspath, sys.argv[1:])
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(4) as pool:
        setting = new_setting(directory, libraries)
        path = setting.authority.path
        for answer in pool.map(lambda case: run_case(client, setting, *case),
                               [(version, *case) for version in ("1.2", "1.3") for case in CASES]):
            check(*answer)
        setting.authority.write("faulty.conf", "[policy]\nserial = 1\n\n[host a.test]\npin-sha256 = short\n")
        ended, text = run(client, path("faulty.conf"), path("root.pem"), HOST, "127.0.0.1", 1)
        check("a policy with a mistake: its line", ended == 2 and "faulty.conf: line 5: " in text, text)
        ended, text = run(client, path("right.conf"), path("nowhere.pem"), HOST, "127.0.0.1", 1)
        check("no trust file", ended == 2 and "the trust file is missing" in text, text)
        ended, text = run(client)
        check("no arguments", ended == 2 and text.startswith("usage: "), text)
    print(f"\n{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
