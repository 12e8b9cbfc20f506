# SPDX-License-Identifier: Apache-2.0
"""A checker made before a fork, as gunicorn's preloaded programs have it: it works in every child."""

import os
import subprocess
import sys
from pathlib import Path

from loopback import PATIENCE, TLSServer
from pki import PKI

PROGRAM = """\
import os, socket, ssl, sys, threading, time, warnings
from pinverdict import Checker, Policy, PinVerdictError, pinned_context
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 on a fork beside threads: that is the test.
directory, port = sys.argv[1], int(sys.argv[2])
def read(name):
    with open(f"{directory}/{name}", "rb") as file:
        return file.read()
path = [read(f"{depth}.der") for depth in range(3)]
checker = Checker(Policy.load(f"{directory}/1.conf"))
refusing = Checker(Policy.load(f"{directory}/2.conf"))
context, refusing_context = (pinned_context(each, ssl.create_default_context(cafile=f"{directory}/root.pem"))
                             for each in (checker, refusing))

def visit(context):
    with socket.create_connection(("127.0.0.1", port), 20) as sock:
        with context.wrap_socket(sock, server_hostname="localhost") as stream:
            stream.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
            return b"pinned" in stream.recv(4096)

def child():
    for _ in range(500):
        assert checker.check_validated("localhost", path).policy_serial == 1
        assert not refusing.check_validated("localhost", path)
    assert visit(context)
    try:
        visit(refusing_context)
        return 3
    except PinVerdictError:
        pass
    # A new policy in the child is the child's alone.
    checker.set_policy(Policy.load(f"{directory}/2.conf"))
    assert checker.check_validated("localhost", path).policy_serial == 2
    return 0

done = threading.Event()
def check():
    while not done.is_set():
        assert checker.check_validated("localhost", path).policy_serial == 1
threads = [threading.Thread(target=check) for _ in range(3)]
for thread in threads:
    thread.start()
children = []
for _ in range(6):
    pid = os.fork()
    if pid == 0:
        status = 4
        try:
            status = child()
            checker.close()
            del context, refusing
        finally:
            os._exit(status)
    children.append(pid)
statuses = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
done.set()
for thread in threads:
    thread.join()
assert checker.check_validated("localhost", path).policy_serial == 1 and visit(context)
print(statuses)
"""


def test_fork(pki: PKI, server: TLSServer, tmp_path: Path) -> None:
    (tmp_path / "1.conf").write_text(pki.policy())
    (tmp_path / "2.conf").write_text(pki.policy(pki.other.pin, serial=2))
    (tmp_path / "root.pem").write_text(pki.root.pem)
    for depth, der in enumerate(pki.pinned.path):
        (tmp_path / f"{depth}.der").write_bytes(der)
    result = subprocess.run(
        [sys.executable, "-X", "dev", "-X", "faulthandler", "-c", PROGRAM, tmp_path, str(server.port)],
        capture_output=True, text=True, timeout=3 * PATIENCE, env=dict(os.environ),
    )
    assert (result.returncode, result.stdout.strip()) == (0, str([0] * 6)), result.stderr
    # Six children and the parent were answered; the six refusals brought nothing.
    assert server.application_bytes == 7 * len("GET / HTTP/1.0\r\n\r\n")
    assert server.handshakes == 13
