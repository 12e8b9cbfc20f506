# SPDX-License-Identifier: Apache-2.0
"""Every Python example of the README, as it stands there, against loopback servers: with the right pins, and with
wrong ones."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import PATIENCE, RedisServer, SMTPServer, TLSServer
from pki import PKI

README = (Path(__file__).resolve().parents[1] / "README.md").read_text()
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", README, flags=re.S | re.M)
HOST = "api.example.com"

# What Python runs first: the host of the examples is on loopback.
SITECUSTOMIZE = """\
import os, socket
real, ports = socket.getaddrinfo, dict(pair.split("=") for pair in os.environ["TEST_PORTS"].split())
def getaddrinfo(host, port, *rest, **named):
    assert host in ("api.example.com", b"api.example.com"), host
    return real("127.0.0.1", int(ports[str(port)]), *rest, **named)
socket.getaddrinfo = getaddrinfo
"""


def name_of(example: str) -> str:
    return example.splitlines()[0].removeprefix("import ")


def run_example(example: str, pki: PKI, directory: Path, pin: str, ports: dict[int, int], python: str = sys.executable,
                environment: "dict[str, str] | None" = None) -> "subprocess.CompletedProcess[str]":
    """Runs it as a program in a directory that has the files it names."""
    directory.mkdir(exist_ok=True)
    for name, content in {
        "pins.conf": pki.policy(pin, hosts=(HOST,)),
        "root.pem": pki.root.pem,
        "leaf.pem": pki.pinned.pem,
        "intermediate.pem": pki.intermediate.pem,
        "example.py": example,
        "site/sitecustomize.py": SITECUSTOMIZE,
    }.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(content)
    environment = {
        **(os.environ if environment is None else environment),
        "SSL_CERT_FILE": str(directory / "root.pem"),
        "REQUESTS_CA_BUNDLE": str(directory / "root.pem"),
        "TEST_PORTS": " ".join(f"{port}={real}" for port, real in ports.items()),
        # boto3's, which would look for them elsewhere and try again for seconds.
        "AWS_ACCESS_KEY_ID": "anyone", "AWS_SECRET_ACCESS_KEY": "any", "AWS_REGION": "any", "AWS_MAX_ATTEMPTS": "1",
        "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    environment["PYTHONPATH"] = os.pathsep.join([str(directory / "site"), *environment.get("PYTHONPATH", "").split()])
    return subprocess.run([python, "-W", "error", "example.py"], cwd=directory, env=environment, capture_output=True,
                          text=True, timeout=3 * PATIENCE)


@pytest.fixture
def servers(pki: PKI) -> Iterator[dict[int, TLSServer]]:
    with (TLSServer(pki.server_context()) as web, SMTPServer(pki.server_context()) as mail,
          RedisServer(pki.server_context()) as redis):
        yield {443: web, 587: mail, 6379: redis}


def test_there_is_one_for_each_client() -> None:
    text = "\n".join(map(name_of, EXAMPLES))
    for client in ("requests", "httpx", "urllib3", "aiohttp", "asyncio", "http.client", "urllib.request", "smtplib",
                   "boto3", "redis"):
        assert client in text
    assert len(EXAMPLES) == 11


@pytest.mark.parametrize("example", EXAMPLES, ids=map(name_of, EXAMPLES))
def test_example(example: str, pki: PKI, tmp_path: Path, servers: dict[int, TLSServer]) -> None:
    ports = {port: server.port for port, server in servers.items()}
    local = "check_presented" in example

    result = run_example(example, pki, tmp_path / "right", pki.pinned.pin, ports)
    assert result.returncode == 0, result.stderr
    answers = {"check_presented": "is allowed: matched", "smtplib": "250", "redis": "True"}
    assert next((answer for part, answer in answers.items() if part in example), "pinned") in result.stdout
    before = {port: server.application_bytes for port, server in servers.items()}
    assert local or any(before.values())

    result = run_example(example, pki, tmp_path / "wrong", pki.other.pin, ports)
    assert result.returncode == 1
    assert f"{HOST} is refused: no-match" in result.stderr
    assert {port: server.application_bytes for port, server in servers.items()} == before
