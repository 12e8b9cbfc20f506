# SPDX-License-Identifier: Apache-2.0
"""``python -m pinverdict``: its answers, its exit codes, and that its words are those of the command."""

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from pki import HOST, PKI

import pinverdict
from pinverdict import Checker, Policy, pins_of
from pinverdict.__main__ import NOBODY, WORDS

ROOT = Path(__file__).resolve().parents[3]


def run(directory: Path, *arguments: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-W", "error", "-m", "pinverdict", *arguments]
    return subprocess.run(command, cwd=directory, input=given, capture_output=True, text=True, timeout=60)


def ends(result: "subprocess.CompletedProcess[str]", status: int, *texts: str) -> None:
    assert result.returncode == status, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    for text in texts:
        assert text in (result.stderr if status == 2 else result.stdout)


@pytest.fixture
def files(pki: PKI, tmp_path: Path) -> Path:
    chain = "".join(f"some text\n{certificate.pem}" for certificate in (pki.pinned, pki.intermediate, pki.root))
    for name, text in {
        "right.conf": pki.policy(),
        "wrong.conf": pki.policy(pki.other.pin),
        "report.conf": pki.policy(pki.other.pin, policy="enforcement = report-only"),
        "strict.conf": pki.policy(policy="unpinned-hosts = refuse"),
        "bad.conf": pki.policy() + "unknown = key\n",
        "path.pem": chain,
        "broken.pem": chain.replace("-----END CERTIFICATE-----", "", 1),
        "key.pem": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "text": "no certificate\n",
    }.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "leaf.der").write_bytes(pki.pinned.der)
    return tmp_path


def test_the_words_are_those_of_the_command() -> None:
    source = (ROOT / "Sources/PinVerdictTool/Check/Reason+Words.swift").read_text()
    words = re.findall(r'^ +case \.\w+: "(.*)"$', source, re.M)
    assert len(words) == len(pinverdict.Reason) and words == [WORDS[reason] for reason in pinverdict.Reason]


def test_version(files: Path) -> None:
    header = (ROOT / "include/pinverdict.h").read_text()
    (written,) = re.findall(r'^#define PINVERDICT_VERSION "(.*)"', header, re.M)
    assert pinverdict.__version__ == version("pinverdict") == written
    ends(run(files, "--version"), 0, written)
    ends(run(files), 0, "subcommands", "explain")


def test_pin(pki: PKI, files: Path) -> None:
    ends(run(files, "pin", "path.pem"), 0, f"# path.pem:2: certificate 1\npin-sha256 = {pki.pinned.pin}\n")
    assert run(files, "pin", "path.pem").stdout.count("\npin-sha256 = ") == 3
    ends(run(files, "pin", "leaf.der"), 0, f"# leaf.der: certificate 1\npin-sha256 = {pki.pinned.pin}\n")
    ends(run(files, "pin", "--kind", "certificate", "-", given=pki.root.pem), 0, "certificate-sha256 = ")
    for name in "text", "broken.pem", "key.pem", "nowhere":
        ends(run(files, "pin", name), 2, f"pinverdict: {name}")
    ends(run(files, "pin", "leaf.der", "key.pem"), 2, "key.pem:1: PRIVATE KEY: only certificates are read here")


def test_check(pki: PKI, files: Path) -> None:
    def check(policy: str, host: str = HOST, *chain: str) -> "subprocess.CompletedProcess[str]":
        return run(files, "check", "--policy", policy, "--host", host, *(chain or ("path.pem",)))

    ends(check("right.conf"), 0, "allow        matched: the path has", f"rule         [host {HOST}]",
         f"pin          pin-sha256 = {pki.pinned.pin}", "on certificate 0", "does not validate them")
    ends(check("wrong.conf"), 1, "refuse       no-match: the path does not", "enforcement  what fails is refused",
         f"path         0  pin-sha256 = {pki.pinned.pin}", f"  pin-sha256 = {pki.other.pin}")
    ends(check("report.conf"), 0, "allow        no-match", "allowed all the same, since it is not enforced")
    ends(check("right.conf", "elsewhere.example"), 0, "allow        not-pinned: no rule covers the host")
    ends(check("strict.conf", "elsewhere.example"), 1, "refuse       not-pinned")
    ends(check("right.conf", "a\nb"), 1, "refuse       malformed-hostname", "host         a\\nb\n")
    ends(check("bad.conf"), 2, "bad.conf:", ": error: ")
    for chain in "text", "broken.pem", "key.pem", "nowhere":
        ends(check("right.conf", HOST, chain), 2, chain)


def test_check_of_what_was_sent(pki: PKI, files: Path) -> None:
    (files / "root.pem").write_text(pki.root.pem)
    arguments = "check", "--policy", "right.conf", "--host", HOST, "--presented", "path.pem"
    ends(run(files, *arguments, "--trust-file", "root.pem"), 0, "allow        matched", "path         0  pin-sha256")
    ends(run(files, *arguments), 1, "refuse       untrusted-chain", "sent         0  pin-sha256")
    ends(run(files, *arguments, "--trust-file", "nowhere"), 2, "No such file")


def test_explain(pki: PKI, files: Path) -> None:
    def explain(policy: str, host: str = HOST) -> "subprocess.CompletedProcess[str]":
        return run(files, "explain", "--policy", policy, "--host", host)

    ends(explain("right.conf"), 0, f"decided by   [host {HOST}]", f"  pin-sha256 = {pki.pinned.pin}",
         f"  backup-pin-sha256 = {pki.backup.pin}", "enforcement  what fails is refused")
    ends(explain("report.conf"), 0, "enforcement  what fails is allowed and reported")
    ends(explain("right.conf", "elsewhere.example"), 0, "decided by   no rule: the host is not pinned, and allowed")
    ends(explain("strict.conf", "elsewhere.example"), 0, "decided by   no rule: the host is not pinned, and refused")
    ends(explain("right.conf", ".."), 2, "neither a host name nor an IP address")
    ends(explain("nowhere"), 2, "pinverdict: nowhere: No such file")


def test_rules_that_are_off_or_expired(pki: PKI, files: Path) -> None:
    for rule, texts in {
        "enforcement = off": ["off: every connection is allowed"],
        "enforcement = report-only": ["what fails is allowed and reported"],
        "expires = 2020-01-01\non-expiry = allow": ["expired      the rule's pins: every connection is allowed"],
        "expires = 2020-01-01\non-expiry = refuse": ["expired      the rule's pins: every connection is refused"],
    }.items():
        (files / "rule.conf").write_text(pki.policy(rule=rule))
        ends(run(files, "explain", "--policy", "rule.conf", "--host", HOST), 0, *texts)


def test_a_certificate_that_nobody_has(pki: PKI) -> None:
    assert len(pins_of(NOBODY)) == 3
    assert str(Checker(Policy.parse(pki.policy())).check_validated(HOST, [NOBODY]).reason) == "no-match"
