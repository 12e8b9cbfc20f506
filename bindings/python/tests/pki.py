# SPDX-License-Identifier: Apache-2.0
"""Certificates made for one test run by Tests/Kit, and the pins and policies that go with them."""

import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kit import certificates
from kit.certificates import Certificate, authority, dns, extension, for_days, ip, server
from kit.der import children_of, sequence

HOST = "localhost"
NAMES = (HOST, "api.example.com", "xn--mnchen-3ya.example")
ADDRESSES = ("127.0.0.1", "::1")


def issue(name: str, issuer: Certificate | None = None, *, days: int = 1, more: "Iterable[bytes]" = ()) -> Certificate:
    """A server's, for the days that are left of it; it has expired where they are negative."""
    extensions = server(*map(dns, NAMES), *map(ip, ADDRESSES), more=more)
    return certificates.issue(name, issuer, extensions, period=for_days(days))


def issue_authority(name: str, issuer: Certificate | None = None) -> Certificate:
    return certificates.issue(name, issuer, authority(), period=for_days(1))


def issue_proxy(name: str, holder: Certificate) -> Certificate:
    """A proxy certificate (RFC 3820): the holder of a leaf, which is no authority, issues one for another name."""
    # ProxyCertInfo: no limit to the path, and id-ppl-inheritAll.
    info = extension("1.3.6.1.5.5.7.1.14", bytes.fromhex("300c300a06082b06010505071501"), critical=True)
    subject = sequence(*children_of(holder.subject), *children_of(certificates.name(name)))
    return certificates.issue(subject, holder, [info], period=for_days(1))


@dataclass
class PKI:
    """A root with an intermediate; a pinned leaf and another one; a key in the safe."""

    directory: Path
    root: Certificate = field(init=False)
    intermediate: Certificate = field(init=False)
    pinned: Certificate = field(init=False)
    other: Certificate = field(init=False)
    backup: Certificate = field(init=False)

    def __post_init__(self) -> None:
        self.root = issue_authority("test root")
        self.intermediate = issue_authority("test intermediate", self.root)
        self.pinned = issue("pinned", self.intermediate)
        self.other = issue("other", self.intermediate)
        self.backup = issue("backup", self.intermediate)
        self.trust_file.write_text(self.root.pem)

    @property
    def trust_file(self) -> Path:
        return self.directory / "root.pem"

    def policy(self, pin: str | None = None, *, hosts: "tuple[str, ...]" = (), serial: int = 1, rule: str = "",
               policy: str = "") -> str:
        """A policy that pins the hosts to the pinned leaf's key, or to another pin."""
        lines = ["[policy]", f"serial = {serial}", policy]
        for host in hosts or (HOST, *ADDRESSES):
            lines += [f"[host {host}]", f"pin-sha256 = {pin or self.pinned.pin}"]
            lines += [f"backup-pin-sha256 = {self.backup.pin}", rule]
        return "\n".join(lines) + "\n"

    def client_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.trust_file)

    def server_context(self, certificate: Certificate | None = None) -> ssl.SSLContext:
        certificate = certificate or self.pinned
        file = self.directory / f"{certificate.serial}.pem"
        file.write_text(certificate.for_server)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context
