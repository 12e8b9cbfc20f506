# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command share: running it, and what it is run on."""
import base64
import hashlib
import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import termios
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Tests/Kit"))
FIXTURES = ROOT / ".build/fixtures"

from kit.pem import pem

_command = None


def setup(path):
    """Takes the command to be tested, and makes the fixtures where they are missing."""
    global _command
    _command = str(Path(path).resolve())
    subprocess.run([sys.executable, ROOT / "Tests/Kit/make-fixtures.py", FIXTURES], check=True)


class Fixture:
    """A line of the fixtures' manifest."""

    def __init__(self, line):
        self.name, file, state, spki, key, certificate, *_, self.algorithm = line.split()
        self.path = FIXTURES / file
        self.is_good = state == "good"
        self.pins = [None if pin == "-" else base64.b64encode(bytes.fromhex(pin)).decode()
                     for pin in (spki, key, certificate)]
        self.pin = self.pins[0]

    @property
    def der(self):
        return self.path.read_bytes()

    @property
    def pem(self):
        return pem(self.der)


def fixtures():
    return {fixture.name: fixture for fixture in map(Fixture, (FIXTURES / "manifest.txt").read_text().splitlines())}


def pin(seed):
    """A pin that no certificate has."""
    return base64.b64encode(hashlib.sha256(str(seed).encode()).digest()).decode()


def json_members(value):
    """The names of all members in a JSON value."""
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return set(value if isinstance(value, dict) else []).union(*map(json_members, children))


class Run:
    """What a run of the command left behind."""

    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout.decode() if process.stdout is not None else None
        self.err = process.stderr.decode(errors="backslashreplace")

    @property
    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"status {self.status}\n--- stdout\n{self.out}--- stderr\n{self.err}"


def ended(process):
    """Waits for a process; its own seconds, and the most memory that it had, in MiB. What wait4 says of memory would be
    that of the process before it became another program, too, which was Python's."""
    memory = 0
    while True:
        try:
            found = re.search(r"VmHWM:\s*(\d+)", Path(f"/proc/{process.pid}/status").read_text())
            memory = max(memory, int(found[1])) if found else memory
        except FileNotFoundError:
            pass
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage.ru_utime + usage.ru_stime, memory / 1024
        time.sleep(0.005)


class TestCase(unittest.TestCase):
    """Runs the command in a directory of its own."""

    maxDiff = None

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.fixtures = fixtures()

    def run_command(self, *arguments, stdin=b"", stdout=subprocess.PIPE, **options):
        if isinstance(stdin, str):
            stdin = stdin.encode()
        return Run(subprocess.run([_command, *map(str, arguments)], input=stdin, stdout=stdout,
                                  stderr=subprocess.PIPE, cwd=self.directory, timeout=120, **options))

    def run_on_terminal(self, *arguments, typed=None, **environment):
        """Runs the command on a terminal of its own, and answers the passphrase that it asks for. What it showed."""
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.directory)
            os.execve(_command, [_command, *map(str, arguments)], {**os.environ, "TERM": "xterm", **environment})
        shown = b""
        while True:
            try:
                part = os.read(terminal, 4096)
            except OSError:  # the command has ended
                break
            shown += part
            if typed is not None and b"Passphrase" in shown:
                # OpenSSL asks, and then has the terminal not show what is typed.
                deadline = time.monotonic() + 10
                while termios.tcgetattr(terminal)[3] & termios.ECHO and time.monotonic() < deadline:
                    time.sleep(0.01)
                os.write(terminal, typed.encode() + b"\n")
                typed = None
        os.close(terminal)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return Run(subprocess.CompletedProcess(arguments, status, shown, b""))

    def start_command(self, *arguments, **options):
        return subprocess.Popen([_command, *map(str, arguments)], cwd=self.directory, **options)

    def shell(self, script, **options):
        """Runs a shell script in which $pinverdict is the command."""
        return Run(subprocess.run(["bash", "-c", script], input=b"", capture_output=True, cwd=self.directory,
                                  timeout=120, env={**os.environ, "pinverdict": _command}, **options))

    def write(self, name, content):
        path = self.directory / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    def policy(self, *sections, serial=1, settings=()):
        """Writes the policy `policy.conf`."""
        lines = ["[policy]", f"serial = {serial}", *settings, *sections]
        return self.write("policy.conf", "\n".join(lines) + "\n")

    def expect(self, run, status, out=(), err=()):
        """The exit status, and parts of what was printed."""
        self.assertEqual(run.status, status, run)
        for part in [out] if isinstance(out, str) else out:
            self.assertIn(part, run.out, run)
        for part in [err] if isinstance(err, str) else err:
            self.assertIn(part, run.err, run)
        if status < 2:
            self.assertEqual(run.err, "", run)
        return run
