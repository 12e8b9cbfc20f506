# SPDX-License-Identifier: Apache-2.0
"""Signed policies; what breaks them is in Tests/ABI/signed.c."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pinverdict import Checker, Policy, PolicyError, SignatureError, Source, StalePolicyError

pytestmark = pytest.mark.skipif(
    not shutil.which("signify-openbsd") or not shutil.which("minisign"), reason="no signify-openbsd, or no minisign"
)


class Signer:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        for name in "ab":
            self.run("signify-openbsd", "-G", "-n", "-p", f"{name}.pub", "-s", f"{name}.sec")
        self.run("minisign", "-G", "-W", "-p", "m.pub", "-s", "m.sec")

    def run(self, *command: str) -> None:
        subprocess.run(command, cwd=self.directory, input="\n\n", text=True, check=True, stdout=subprocess.DEVNULL)

    def key(self, name: str) -> str:
        return (self.directory / f"{name}.pub").read_text()

    def signed(self, text: str, key: str = "a") -> str:
        """One file that holds both."""
        (self.directory / "text").write_text(text)
        self.run("signify-openbsd", "-S", "-e", "-s", f"{key}.sec", "-m", "text", "-x", "text.signed")
        return (self.directory / "text.signed").read_text()

    def minisig(self, text: str) -> str:
        (self.directory / "text").write_text(text)
        self.run("minisign", "-S", "-l", "-s", "m.sec", "-m", "text", "-x", "text.minisig", "-t", "x")
        return (self.directory / "text.minisig").read_text()


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer(tmp_path_factory.mktemp("signer"))


def test_a_file_of_256_mebibytes(signer: Signer, tmp_path: Path) -> None:
    file = tmp_path / "policy"
    source = Source(file, policy_keys=[signer.key("a")])
    for size, error in [((256 << 20) + 1, "larger than 256 MiB"), (256 << 20, "not that of this policy")]:
        file.write_text(signer.signed(off(1)))
        os.truncate(file, size)
        with pytest.raises((OSError, SignatureError), match=error):
            source.load()


def off(serial: int, more: str = "") -> str:
    return f"[policy]\nserial = {serial}\nenforcement = off\n{more}"


def test_a_checker_with_keys_takes_what_they_signed(signer: Signer) -> None:
    keys = [signer.key("a"), signer.key("m")]
    checker = Checker(Policy.parse_signed(signer.signed(off(1)), keys=keys), policy_keys=keys, presented=False)
    checker.set_policy(Policy.parse_signed(off(2), signer.minisig(off(2)), keys=keys))
    assert checker.policy_info().serial == 2
    with pytest.raises(SignatureError, match="not signed"):
        checker.set_policy(Policy.parse(off(3)))
    with pytest.raises(SignatureError, match="none of the checker's"):
        checker.set_policy(Policy.parse_signed(signer.signed(off(3), "b"), keys=[signer.key("b")]))
    with pytest.raises(SignatureError, match="not signed"):
        Checker(Policy.parse(off(3)), policy_keys=keys, presented=False)
    assert checker.policy_info().rejected == 2


def test_what_is_not_signed(signer: Signer) -> None:
    keys = [signer.key("a").encode()]
    with pytest.raises(SignatureError, match="not that of this policy"):
        Policy.parse_signed(signer.signed(off(1)).replace("off", "on"), keys=keys)
    with pytest.raises(SignatureError, match="none of those that count"):
        Policy.parse_signed(signer.signed(off(1), "b"), keys=keys)
    with pytest.raises(SignatureError):
        Policy.parse_signed(off(1), "", keys=keys)
    with pytest.raises(PolicyError, match="line 6") as raised:
        Policy.parse_signed(signer.signed(off(1, "colour = red\n")), keys=keys)
    assert raised.value.line == 6


def test_arguments(signer: Signer) -> None:
    with pytest.raises(ValueError, match="policy_keys"):
        Checker(Policy.parse(off(1)), policy_keys=["no key"], presented=False)
    with pytest.raises(TypeError):
        Checker(Policy.parse(off(1)), policy_keys=signer.key("a"), presented=False)
    with pytest.raises(TypeError):
        Policy.parse_signed(off(1), keys=[7])  # type: ignore[list-item]
    with pytest.raises(OverflowError):
        Checker(Policy.parse(off(1)), minimum_serial=2**64, presented=False)


def test_a_minimum_serial(signer: Signer) -> None:
    with pytest.raises(PolicyError, match="lowest"):
        Policy.parse_signed(signer.signed(off(4)), keys=[signer.key("a")], minimum_serial=5)
    with pytest.raises(PolicyError, match="lowest"):
        Checker(Policy.parse(off(4)), minimum_serial=5, presented=False)
    Checker(Policy.parse(off(5)), minimum_serial=5, presented=False)


def test_a_stale_policy() -> None:
    now = [1909094400 - 1.0]  # the last second of 2030-06-30
    text = off(7, "valid-until = 2030-06-30\non-stale = refuse\n")
    checker = Checker(Policy.parse(text), clock=lambda: now[0], presented=False)
    assert checker.policy_info().valid_until == 1909094400
    now[0] += 1
    with pytest.raises(StalePolicyError):
        checker.set_policy(Policy.parse(text.replace("7", "8")))
    with pytest.raises(StalePolicyError):
        Checker(Policy.parse(text), clock=lambda: now[0], presented=False)
    assert checker.policy_info().serial == 7
    checker.set_policy(Policy.parse(text.replace("7", "8").replace("refuse", "keep")))
    assert Checker(Policy.parse(off(1)), presented=False).policy_info().valid_until is None


def test_a_source(signer: Signer, tmp_path: Path) -> None:
    path, state, keys = tmp_path / "pins.signed", tmp_path / "state", [signer.key("a"), signer.key("b")]
    path.write_text(signer.signed(off(1)))
    with Source(path, state=state, policy_keys=keys) as source:
        checker = Checker(source.load(), policy_keys=keys, presented=False)
        assert source.refresh(checker) is False
        path.write_text(signer.signed(off(2), "b"))
        assert source.refresh(checker) is True
        assert checker.policy_info().serial == 2
        assert [line.split()[1] for line in state.read_text().splitlines()] == ["1", "2"]
        path.write_text(signer.signed(off(3)).replace("off", "on"))
        for _ in range(2):
            with pytest.raises(SignatureError, match="not that of"):
                source.refresh(checker)
        path.write_text(off(3))
        with pytest.raises(SignatureError):
            source.refresh(checker)
        path.unlink()
        with pytest.raises(OSError, match="No such file"):
            source.refresh(checker)
        assert (checker.policy_info().serial, checker.policy_info().rejected) == (2, 3)
        with pytest.raises(TypeError):
            source.refresh(None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="closed"):
        source.load()
    path.write_text(signer.signed(off(1)))
    with pytest.raises(PolicyError, match="state"):
        Source(path, state=state, policy_keys=keys).load()
    with pytest.raises(SignatureError, match="none of those"):
        Source(path, policy_keys=keys[1:]).load()


def test_a_source_with_a_signature_s_file(signer: Signer, tmp_path: Path) -> None:
    path, signature = tmp_path / "pins.conf", tmp_path / "pins.minisig"
    path.write_text(off(1))
    signature.write_text(signer.minisig(off(1)))
    source = Source(str(path), signature=bytes(signature), policy_keys=[signer.key("m")])
    Checker(source.load(), policy_keys=[signer.key("m")], presented=False)


def test_a_source_s_clock(signer: Signer, tmp_path: Path) -> None:
    path, now = tmp_path / "pins.conf", [1909094400 - 1.0]
    path.write_text(off(1, "valid-until = 2030-06-30\non-stale = refuse\n"))
    source = Source(path, clock=lambda: now[0])
    source.load()
    now[0] += 1
    with pytest.raises(StalePolicyError):
        source.load()
