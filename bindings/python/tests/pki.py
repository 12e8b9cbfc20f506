"""Keys and certificates made for one test run, and the pins and policies that go with them."""

import base64
import datetime
import hashlib
import ipaddress
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HOST = "localhost"
NAMES = (HOST, "api.example.com", "xn--mnchen-3ya.example")
ADDRESSES = ("127.0.0.1", "::1")


@dataclass
class Identity:
    """A certificate with its key and its issuers, leaf first."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    issuers: "tuple[Identity, ...]" = ()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def path(self) -> list[bytes]:
        return [identity.der for identity in (self, *self.issuers)]

    @property
    def spki(self) -> bytes:
        return self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.spki).digest()

    @property
    def pin(self) -> str:
        return base64.b64encode(self.digest).decode()

    def write(self, directory: Path) -> Path:
        """A PEM file of key, certificate and intermediates, as a server wants them."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = directory / f"{self.digest.hex()[:16]}.pem"
        path.write_bytes(key + self.pem + b"".join(issuer.pem for issuer in self.issuers[:-1]))
        return path


def issue(name: str, issuer: Identity | None = None, *, authority: bool = False, days: int = 1,
          extension: "x509.ExtensionType | None" = None) -> Identity:
    """Valid for some days; expired, where they are negative. The further extension is a critical one."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.timezone.utc)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer, parent = (issuer.key, issuer.certificate.subject) if issuer else (key, subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(parent)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=max(-days, 0), hours=1))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False), critical=True
        )
    )
    if not authority:
        names = [x509.DNSName(host) for host in NAMES]
        names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ADDRESSES]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(usage, critical=False)
    if extension:
        builder = builder.add_extension(extension, critical=True)
    issuers = (issuer, *issuer.issuers) if issuer else ()
    return Identity(key, builder.sign(signer, hashes.SHA256()), issuers)


def issue_proxy(name: str, holder: Identity) -> Identity:
    """A proxy certificate (RFC 3820): the holder of a leaf, which is no authority, issues one for another name."""
    key = ec.generate_private_key(ec.SECP256R1())
    parent = holder.certificate
    # ProxyCertInfo: no limit to the path, and id-ppl-inheritAll.
    info = x509.UnrecognizedExtension(
        x509.ObjectIdentifier("1.3.6.1.5.5.7.1.14"), bytes.fromhex("300c300a06082b06010505071501")
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([*parent.subject, x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(parent.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(parent.not_valid_before_utc)
        .not_valid_after(parent.not_valid_after_utc)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(holder.key.public_key()), critical=False)
        .add_extension(info, critical=True)
    )
    return Identity(key, builder.sign(holder.key, hashes.SHA256()), (holder, *holder.issuers))


@dataclass
class PKI:
    """A root with an intermediate; a pinned leaf and another one; a key in the safe."""

    directory: Path
    root: Identity = field(init=False)
    intermediate: Identity = field(init=False)
    pinned: Identity = field(init=False)
    other: Identity = field(init=False)
    backup: Identity = field(init=False)

    def __post_init__(self) -> None:
        self.root = issue("test root", authority=True)
        self.intermediate = issue("test intermediate", self.root, authority=True)
        self.pinned = issue("pinned", self.intermediate)
        self.other = issue("other", self.intermediate)
        self.backup = issue("backup", self.intermediate)
        self.trust_file.write_bytes(self.root.pem)

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

    def server_context(self, identity: Identity | None = None) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain((identity or self.pinned).write(self.directory))
        return context
