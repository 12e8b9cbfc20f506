#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""hooks.py LIBDIR: clients through the OpenSSL and the GnuTLS hooks, against openssl s_server and gnutls-serv on
loopback. Prints who refused what, and how many application bytes the server saw: 0 on every refusal.
hooks.py --certificates DIRECTORY makes their certificates and policies alone.

Each row is run with both libraries, with "attach" (and the check after it) and with the check alone, and under TLS
1.2 and 1.3. A cell says where the connection ended, and the bytes that the server received:

    ok 17          allowed by the check
    alert 0        refused inside the handshake; the server saw the alert
    no-match 0     refused by the check after the handshake, for that reason

Where it is not resumed, a connection is made once more on the checker that has seen it: a memory may change no answer.
Then the same with a policy that is off, the kill switch: what the TLS library itself accepts has to live.
"""
import contextlib
import dataclasses
import datetime
import operator
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from certificates import Authority, clean_environment
from kit.certificates import authority as ca
from kit.certificates import KEY_CERT_SIGN, dns, extension, for_days, ip, key_usage, server
from kit.der import NULL
from kit.keys import ML_DSA_44, Key, OddKey, spki_of
from kit.pem import pem
from kit.transparency import Log, issue_logged

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
HOST = "server.test"
BYTES = 17


# ------------------------------------------------------------------------------------------------- the rows

@dataclasses.dataclass(frozen=True)
class Row:
    """One situation. `says` is the reason that the check gives, "ok" for an allow, or "alert" where the client's
    own TLS library refuses in the handshake, with or without us. `origin` says where such a bypass was real."""
    title: str
    says: str = "ok"
    origin: str = ""
    policy: str = "right"
    policy2: str = ""
    host: str = HOST
    leaf: str = "leaf"
    sends: tuple = ("middle",)
    trust: str = "root"
    resumes: str = ""            # "memory" or "stored"
    options: tuple = ()          # for the probe: "name=value"
    server: tuple = ()           # for the server's command line, in place of its certificate
    attached: str = "alert"      # what an attached client says where `says` is a refusal
    openssl: str = ""            # where OpenSSL says something else than `says`; None: the row is not for OpenSSL
    gnutls: str = ""
    openssl_attached: str = ""
    gnutls_attached: str = ""
    why: str = ""                # why the two libraries' decisions differ, or why one is left out
    versions: tuple = ("1.2", "1.3")
    servers: tuple = ("s_server",)
    killed: str = ""             # with the kill switch, where `says` is "no-validated-path" and OpenSSL accepts
    enforced: bool = True
    own_callback: bool = False
    bare: bool = False           # runs attach without the check too

    def expected(self, backend, hooks):
        """The cell without its bytes, or None where the row is not for this library."""
        says = getattr(self, backend) if getattr(self, backend) != "" else self.says
        if says is None or says == "ok" or hooks == "check":
            return says
        return getattr(self, backend + "_attached") or self.attached

    def steps(self, backend, hooks):
        """What is expected of each connection, and whether it is the one that the table shows."""
        expected = self.expected(backend, hooks)
        steps = [("ok", False)] * bool(self.resumes) + [(expected, True)]
        if backend in AGAIN:
            says = getattr(self, backend) or self.says
            killed = "ok" if says in PINS_REFUSE else self.killed or expected
            steps += [("ok" if self.resumes else expected, False), (killed, False)]
        return steps


BOTH = ("s_server", "gnutls-serv")
AGAIN = ("openssl", "gnutls")
PINS_REFUSE = ("no-match", "rejected-key", "too-few-scts", "ct-logs-stale")


def resumed(title, says="ok", **fields):
    """On a resumed session nothing runs inside the handshake, so an attached client says what the check says."""
    return Row(title, says, attached=says, resumes=fields.pop("resumes", "memory"), **fields)


def off(title, backend, option, says="no-validated-path", attached="alert", **fields):
    """Verification switched off by the application, in a way that one library has."""
    other = {"openssl": "gnutls", "gnutls": "openssl"}[backend]
    fields = {other: None, "why": f"only {backend} has this", "attached": attached} | fields
    return Row(title, says, options=(f"verify={option}",), **fields)


ROWS = [
    Row("right pin", servers=BOTH),
    Row("right pin, of the root, which was not sent", policy="root-pin", servers=BOTH),
    Row("wrong pin", "no-match", policy="wrong", servers=BOTH, bare=True),
    Row("wrong pin, report-only", policy="report", servers=BOTH, enforced=False),
    Row("no rule for the host", policy="elsewhere"),
    Row("rejected key", "rejected-key", policy="rejecting"),
    Row("policy off", policy="off"),

    Row("wrong host name", "hostname-mismatch", host="elsewhere.test", policy="elsewhere", servers=BOTH,
        bare=True),
    Row("name in the common name alone", "hostname-mismatch", leaf="common-name"),
    Row("IP address", host="127.0.0.1", leaf="address", policy="address",
        origin="lesson 10: TrustKit #341"),
    Row("IP address, IPv6, another spelling", host="[0:0:0:0:0:0:0:1]", leaf="address", policy="address6"),
    Row("IP address, not in the certificate", "hostname-mismatch", host="127.0.0.2", leaf="address",
        policy="address2"),
    Row("IP address, written as a dNSName", "hostname-mismatch", host="127.0.0.1", leaf="address-as-name",
        policy="address-as-name"),
    Row("wildcard certificate, one label", host="a.wild.test", leaf="wildcard", policy="wildcard"),
    Row("wildcard certificate, two labels", "hostname-mismatch", host="a.b.wild.test", leaf="wildcard",
        policy="wildcard"),
    Row("trailing dot, right pin", host=HOST + "."),
    Row("trailing dot, wrong pin", "no-match", host=HOST + ".", policy="wrong",
        origin="lesson 2: OkHttp #9724"),
    Row("upper case, wrong pin", "no-match", host=HOST.upper(), policy="wrong"),
    Row("a name that ends in the pinned name is not below it", host="bar.wild.test.notwild.test", leaf="suffix",
        policy="suffix", origin="lesson 3: OkHttp #3324"),
    Row("malformed host name", "malformed-hostname", host="server..test", attached="malformed-hostname",
        why=""),

    Row("expired certificate", "certificate-expired", leaf="expired", openssl="alert", servers=BOTH),
    Row("checker's clock after the leaf's end", "certificate-expired", options=("clock=4000000000",)),
    Row("checker's clock before the leaf", "certificate-expired", options=("clock=1000000000",)),

    Row("unrelated pinned certificate appended", "no-match", policy="wrong", sends=("middle", "pinned"),
        origin="CVE-2016-2402 (OkHttp)"),
    Row("unrelated pinned certificate in the middle", "no-match", policy="wrong", sends=("pinned", "middle"),
        origin="CVE-2016-2402 (OkHttp)"),
    Row("pinned root of the same name appended", "no-match", policy="impostor-pin",
        sends=("middle", "impostor"), origin="CVE-2016-2402 (OkHttp)"),
    Row("self-made CA with the pinned CA's name", "untrusted-chain", leaf="forged", sends=("impostor",),
        policy="root-pin", openssl="alert", origin="CVE-2016-2402 (OkHttp)"),
    Row("self-made CA's leaf, the pinned root appended", "untrusted-chain", leaf="forged", sends=("root",),
        policy="root-pin", openssl="alert", origin="CVE-2016-2402 (OkHttp)"),
    Row("a leaf used as a CA", "untrusted-chain", leaf="by-leaf", sends=("leaf", "middle"), openssl="alert",
        policy="right"),
    Row("lone pinned certificate, self-signed", "untrusted-chain", leaf="lone", sends=(), policy="lone",
        openssl="alert"),
    Row("the pinned CA's certificate for another host", "hostname-mismatch", leaf="other-host",
        policy="root-pin"),

    # Something that is sent or trusted has expired, and the client's own library finds a way around it. The kill switch
    # and report-only let through what the library trusts.
    *(Row(f"{what}{under}", policy=policy, enforced=policy != "report", sends=sends, trust=trust)
      for what, sends, trust in (
          ("expired cross-signer (DST Root CA X3)", ("middle", "cross"), "root-and-old"),
          ("expired cross-certificate too (AddTrust)", ("middle", "expired-cross", "old"), "root-and-old"),
          ("expired intermediate, renewed in the store", ("expired-middle",), "root-and-middle"))
      for under, policy in (("", "right"), (", report-only", "report"), (", policy off", "off"),
                            (", no rule for the host", "elsewhere"))),
    *(resumed(f"{what}, resumed", sends=sends, trust=trust)
      for what, sends, trust in (
          ("expired cross-signer", ("middle", "cross"), "root-and-old"),
          ("expired intermediate", ("expired-middle",), "root-and-middle"))),
    Row("expired cross-signer, wrong pin", "no-match", policy="wrong", sends=("middle", "cross"), trust="root-and-old"),
    Row("expired cross-signer alone trusted", "certificate-expired", sends=("middle", "cross"), trust="old",
        openssl="alert"),
    Row("expired intermediate, not renewed", "certificate-expired", sends=("expired-middle",), policy="off",
        openssl="alert"),
    Row("the upper of two intermediates expired, renewed in the store", leaf="deep", sends=("sub", "expired-middle"),
        trust="root-and-middle"),
    Row("two expired intermediates, renewed in the store", leaf="deep", sends=("expired-sub", "expired-middle"),
        trust="root-and-both", gnutls="certificate-expired",
        why="GnuTLS itself falls back by one certificate alone"),
    Row("cross-signer that has expired by the checker's clock alone", sends=("middle", "brief-cross"),
        trust="root-and-brief", options=("clock=+400000",)),
    Row("intermediate that has expired by the checker's clock alone", sends=("brief-middle",), trust="root-and-middle",
        options=("clock=+400000",)),
    Row("the same, not renewed", "certificate-expired", sends=("brief-middle",), options=("clock=+400000",)),
    Row("expired intermediate, by a checker's clock that is behind", "certificate-expired", sends=("expired-middle",),
        options=("clock=1000000000",), openssl="alert"),
    Row("an intermediate alone trusted", trust="middle", openssl="alert",
        why="to OpenSSL an intermediate is no anchor"),

    # Anchors that do not say that they are CAs, and what must not pass for one.
    *(Row(f"{what} root{under}", leaf=leaf, sends=(), trust=trust, policy=policy, enforced=policy != "report")
      for what, leaf, trust in (("X.509 v1", "by-v1", "v1-root"), ("bare v3", "by-bare", "bare-root"))
      for under, policy in (("", "right"), (", policy off", "off"))),
    resumed("X.509 v1 root, resumed", leaf="by-v1", sends=(), trust="v1-root"),
    Row("X.509 v1 root, its own pin", leaf="by-v1", sends=(), trust="v1-root", policy="v1-pin"),
    Row("a v1 leaf used as a CA", "untrusted-chain", leaf="by-v1-leaf", sends=("v1-leaf", "middle"), openssl="alert"),
    Row("a v1 leaf of a v1 root used as a CA", "untrusted-chain", leaf="by-v1-leaf-of-v1", sends=("v1-leaf-of-v1",),
        trust="v1-root", openssl="alert"),
    Row("a bare leaf used as a CA", "untrusted-chain", leaf="by-bare-leaf", sends=("bare-leaf", "middle"),
        openssl="alert"),

    resumed("resumed, right pin", servers=BOTH),
    resumed("resumed, right pin, root pinned", policy="root-pin", servers=BOTH),
    resumed("resumed, pin removed", "no-match", policy2="moved", servers=BOTH,
            origin="CVE-2025-5025 (curl): a way in that never checked"),
    resumed("resumed, leaf rejected", "rejected-key", policy2="rejecting", servers=BOTH),
    resumed("resumed, report-only now", policy2="moved-report", enforced=False),
    # OpenSSL's stored form keeps the leaf alone: the rest of the path is remembered.
    resumed("resumed through the stored form, right pin", resumes="stored"),
    resumed("resumed through the stored form, pin removed", "no-match", resumes="stored", policy2="moved",
            servers=BOTH),

    # Certificate Transparency: logs that have promised to publish the leaf.
    Row("SCTs of two logs", leaf="logged", policy="scts", servers=BOTH),
    Row("an SCT of one log", "too-few-scts", leaf="logged-once", policy="scts", servers=BOTH, bare=True),
    Row("SCTs of one operator's logs", "too-few-scts", leaf="logged-by-one", policy="scts"),
    Row("no SCT", "too-few-scts", policy="scts"),
    Row("no SCT, report-only", policy="scts-report", enforced=False),
    Row("SCTs of two logs, wrong pin", "no-match", leaf="logged-alien", policy="scts"),
    Row("SCTs of two logs, a list of logs that is stale", "ct-logs-stale", leaf="logged", policy="scts-stale"),
    Row("no SCT, a list of logs that may be stale", policy="scts-lenient"),
    resumed("resumed, SCTs of two logs", leaf="logged", policy="scts", servers=BOTH),
    resumed("resumed, SCTs are asked for now", "too-few-scts", policy2="scts-now", servers=BOTH),
    resumed("resumed through the stored form, SCTs of two logs", leaf="logged", policy="scts", resumes="stored"),

    off("SSL_VERIFY_NONE", "openssl", "none", attached="no-validated-path"),
    off("a callback lets an error pass", "openssl", "lenient", leaf="forged", sends=("impostor",),
        policy="forged", bare=True),
    off("a callback lets an error pass, sets X509_V_OK", "openssl", "lenient-ok", leaf="forged",
        sends=("impostor",), policy="forged"),
    off("a callback would let errors pass, there are none", "openssl", "lenient", says="ok", own_callback=True),
    off("a callback lets errors pass, wrong pin", "openssl", "lenient", says="no-match", policy="wrong"),
    off("X509_V_FLAG_NO_CHECK_TIME", "openssl", "no-time", leaf="expired"),
    off("X509_V_FLAG_NO_CHECK_TIME of the store", "openssl", "store-no-time", leaf="expired"),
    off("X509_V_FLAG_IGNORE_CRITICAL", "openssl", "ignore-critical", leaf="critical"),
    off("GNUTLS_VERIFY_DISABLE_CA_SIGN", "gnutls", "ca-sign", leaf="by-leaf", sends=("leaf", "middle")),
    off("GNUTLS_VERIFY_DISABLE_TIME_CHECKS", "gnutls", "no-time", leaf="expired"),
    off("GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS", "gnutls", "no-trusted-time"),
    off("GNUTLS_VERIFY_ALLOW_ANY_X509_V1_CA_CRT", "gnutls", "v1-ca"),
    off("GNUTLS_VERIFY_ALLOW_BROKEN", "gnutls", "broken"),
    off("GNUTLS_VERIFY_IGNORE_UNKNOWN_CRIT_EXTENSIONS", "gnutls", "ignore-critical", leaf="critical"),
    off("DISABLE_CA_SIGN, of the session", "gnutls", "session-ca-sign", says="untrusted-chain",
        leaf="by-leaf", sends=("leaf", "middle")),
    off("ALLOW_ANY_X509_V1_CA_CRT, of the session, v1 leaf", "gnutls", "session-v1-ca", says="untrusted-chain",
        leaf="by-v1-leaf", sends=("v1-leaf", "middle")),
    off("ALLOW_ANY_X509_V1_CA_CRT, of the session, bare leaf", "gnutls", "session-v1-ca", says="untrusted-chain",
        leaf="by-bare-leaf", sends=("bare-leaf", "middle")),
    off("DISABLE_TIME_CHECKS, of the session", "gnutls", "session-no-time", says="certificate-expired",
        leaf="expired"),
    off("own verify function lets everything pass", "gnutls", "lenient", says="no-match", policy="wrong",
        own_callback=True),
    off("own verify function in the credentials", "gnutls", "credentials", says="ok", own_callback=True),
    off("own verify function in the credentials, wrong pin", "gnutls", "credentials", says="no-match", policy="wrong",
        own_callback=True, bare=True),
    off("GnuTLS verifies too", "gnutls", "auto", says="ok"),
    off("GnuTLS verifies too, wrong pin", "gnutls", "auto", says="no-match", policy="wrong", bare=True),

    Row("application's own callback runs too", options=("verify=own",), own_callback=True),
    Row("application's own callback, wrong pin", "no-match", policy="wrong", options=("verify=own",),
        own_callback=True),

    Row("anonymous key exchange", "no-validated-path", attached="no-validated-path", versions=("1.2",), killed="ok",
        options=("auth=anonymous",), server=("-nocert", "-cipher", "aNULL:@SECLEVEL=0")),
    Row("pre-shared key", "no-validated-path", attached="no-validated-path", killed="ok",
        versions=("1.2",), options=("auth=psk",), server=("-nocert", "-psk", "01020304", "-cipher", "PSK:@SECLEVEL=0")),
    Row("pre-shared key", "no-validated-path", attached="no-validated-path", servers=("gnutls-serv",), killed="ok",
        options=("auth=psk",), server=("--pskpasswd", "secret.psk", "--priority-add", "+ECDHE-PSK:+DHE-PSK:+PSK")),
    Row("raw public key", "no-validated-path", options=("auth=raw",), servers=("gnutls-serv",), openssl=None,
        server=("--rawpkkeyfile", "leaf.key", "--rawpkfile", "leaf.pub", "--priority-add",
                "-CTYPE-SRV-ALL:+CTYPE-SRV-RAWPK"), why="OpenSSL 3.0 has none"),

    Row("40 certificates", leaf="leaf", sends=("middle",) + ("pinned",) * 38, gnutls="untrusted-chain",
        why="GnuTLS takes at most 16 certificates, OpenSSL uses those that it needs"),
    Row("40 certificates, the 40th pinned", "no-match", policy="wrong", sends=("middle",) + ("pinned",) * 38,
        gnutls="untrusted-chain"),
    off("40 certificates, as many as are allowed", "gnutls", "deep", sends=("middle",) + ("pinned",) * 38,
        killed="ok"),
    *(Row(f"{what}'s Name over 1 KiB{under}", leaf=leaf, sends=sends, policy=policy,
          gnutls="no-validated-path" if policy == "right" else "", killed="ok",
          why="such a Name takes GnuTLS too long, and is left out: what GnuTLS itself trusts has no path then")
      for what, leaf, sends in (("leaf", "long-leaf", ("middle",)), ("intermediate", "by-long", ("long-middle",)))
      for under, policy in (("", "right"), (", policy off", "off"), (", no rule for the host", "elsewhere"))),
    Row("chain in the wrong order", sends=("root", "middle")),
    Row("an intermediate is missing", "untrusted-chain", sends=(), openssl="alert"),
    *(Row(f"an extra certificate with {key}", sends=("middle", name), versions=(version,),
          server=("-cipher", "DEFAULT:@SECLEVEL=0"), gnutls=gnutls, why=why)
      for key, name in (("a compressed EC key", "ec-compressed"), ("an ML-DSA key", "ml-dsa-44"))
      for version, gnutls, why in (
          ("1.2", "alert", "under TLS 1.2 GnuTLS itself gives up on a certificate that it cannot read"),
          ("1.3", "", ""))),
]


def make_certificates(authority):
    """Every certificate and policy that the rows name."""
    def leaf(name, *names, issuer="middle", more=(), **fields):
        authority.issue(name, issuer, server(*names, more=more), **fields)

    host = dns(HOST)
    authority.issue("root", None, ca(), "the root")
    authority.issue("middle", "root", ca(), "the middle")
    authority.issue("middle-2", "root", ca(), "the middle")
    leaf("leaf", host)
    key = authority.made["leaf"].key
    authority.write("leaf.pub", pem(key.spki, "PUBLIC KEY"))
    # The pinned CA's name and key identifier, over another key.
    authority.issue("impostor", None, ca(), "the root", key_id=authority.made["root"].key_id)
    leaf("forged", host, issuer="impostor")
    leaf("common-name", subject=HOST)
    leaf("address", ip("127.0.0.1"), ip("::1"))
    leaf("address-as-name", dns("127.0.0.1"), subject="127.0.0.1")
    leaf("wildcard", dns("*.wild.test"))
    leaf("suffix", dns("bar.wild.test.notwild.test"))
    leaf("expired", host, days=-1, key=key)
    leaf("by-leaf", host, issuer="leaf")
    leaf("other-host", dns("elsewhere.test"))
    leaf("direct", host, issuer="root")
    leaf("lab", host, ip("127.0.0.1"))   # mitmproxy expects the address of the server in it
    leaf("long-leaf", host, subject="a long name " * 100, key=key)
    authority.issue("long-middle", "root", ca(), "a long name " * 100)
    leaf("by-long", host, issuer="long-middle", key=key)
    leaf("critical", host, more=[extension("1.3.6.1.4.1.55555.9", NULL, critical=True)], key=key)
    leaf("lone", host, issuer=None)
    leaf("pinned", host, issuer=None)
    leaf("ec-compressed", issuer=None, key=OddKey(Key().spki_as("-ec_conv_form", "compressed")))
    leaf("ml-dsa-44", issuer=None, key=OddKey(spki_of(ML_DSA_44, os.urandom(1312))))

    # What has expired, and is still sent or trusted.
    authority.issue("old", None, ca(), "the old root", days=-1)
    authority.issue("brief", None, ca(), "the brief root", days=2)
    for label, issuer, days in ("cross", "old", 7), ("expired-cross", "old", -1), ("brief-cross", "brief", 7):
        authority.issue(label, issuer, ca(), "the root", days=days, key=authority.made["root"].key)
    for label, days in ("expired-middle", -1), ("brief-middle", 2):
        authority.issue(label, "root", ca(), "the middle", days=days, key=authority.made["middle"].key)
    authority.issue("sub", "middle", ca(), "the sub")
    authority.issue("expired-sub", "middle", ca(), "the sub", days=-1, key=authority.made["sub"].key)
    leaf("deep", host, issuer="sub", key=key)
    authority.bundle("root-and-old.pem", ("root", "old"))
    authority.bundle("root-and-brief.pem", ("root", "brief"))
    authority.bundle("root-and-middle.pem", ("root", "middle"))
    authority.bundle("root-and-both.pem", ("root", "middle", "sub"))

    # What does not say whether it is a CA.
    authority.issue("v1-root", None, (), "the v1 root", version=1)
    authority.issue("bare-root", None, [key_usage(KEY_CERT_SIGN)], "the bare root")
    leaf("by-v1", host, issuer="v1-root", key=key)
    leaf("by-bare", host, issuer="bare-root", key=key)
    authority.issue("v1-leaf", "middle", (), version=1)
    authority.issue("v1-leaf-of-v1", "v1-root", (), version=1)
    authority.issue("bare-leaf", "middle", ())
    leaf("by-v1-leaf", host, issuer="v1-leaf", key=key)
    leaf("by-v1-leaf-of-v1", host, issuer="v1-leaf-of-v1", key=key)
    leaf("by-bare-leaf", host, issuer="bare-leaf", key=key)

    # What logs have promised to publish.
    logs = [Log("One"), Log("Two"), Log("One")]
    for name, named in ("logged", logs[:2]), ("logged-once", logs[:1]), ("logged-by-one", [logs[0], logs[2]]):
        authority.keep(name, issue_logged(name, authority.made["middle"], server(host), named, key=key,
                                          period=for_days(7)))
    authority.keep("logged-alien", issue_logged("alien", authority.made["middle"], server(host), logs[:2],
                                                period=for_days(7)))
    sections = [log.section(f"log{number}") for number, log in enumerate(logs)]

    def list_of_logs(as_of, on_stale="refuse"):
        return ["require-scts = 2", "[ct-logs]", f"as-of = {as_of}", "max-age = 70", f"on-stale = {on_stale}",
                *sections]

    def policy(name, serial, host, key, *lines):
        authority.policy(name + ".conf", serial, host, f"pin-sha256 = {authority.pin(key)}", *lines)

    authority.write("secret.psk", "me:01020304\n")
    authority.bundle("chain.pem", ("leaf", "middle"))
    authority.bundle("expired-chain.pem", ("expired", "middle"))
    policy("right", 1, HOST, "leaf")
    policy("root-pin", 1, HOST, "root")
    policy("wrong", 1, HOST, "pinned")
    policy("report", 1, HOST, "pinned", "enforcement = report-only")
    policy("off", 1, HOST, "pinned", "enforcement = off")
    policy("elsewhere", 1, "elsewhere.test", "leaf")
    policy("rejecting", 2, HOST, "root", f"rejected-pin-sha256 = {authority.pin('leaf')}")
    policy("address", 1, "127.0.0.1", "address")
    policy("address2", 1, "127.0.0.2", "address")
    policy("address6", 1, "::1", "address")
    policy("address-as-name", 1, "127.0.0.1", "address-as-name")
    policy("wildcard", 1, "*.wild.test", "wildcard")
    policy("one-of-wild", 1, "b.wild.test", "pinned")
    policy("suffix", 1, "wild.test", "pinned", "include-subdomains = yes")
    policy("impostor-pin", 1, HOST, "impostor")
    policy("forged", 1, HOST, "forged")
    policy("lone", 1, HOST, "lone")
    policy("direct", 1, HOST, "direct")
    policy("v1-pin", 1, HOST, "v1-root")
    policy("moved", 2, HOST, "pinned")
    policy("rotated", 2, HOST, "direct")
    policy("moved-report", 2, HOST, "pinned", "enforcement = report-only")
    today = datetime.date.today()
    policy("scts", 1, HOST, "leaf", *list_of_logs(today))
    policy("scts-now", 2, HOST, "leaf", *list_of_logs(today))
    policy("scts-report", 1, HOST, "leaf", "enforcement = report-only", *list_of_logs(today))
    policy("scts-stale", 1, HOST, "leaf", *list_of_logs(today - datetime.timedelta(72)))
    policy("scts-lenient", 1, HOST, "leaf", *list_of_logs(today - datetime.timedelta(72), "allow"))


# ------------------------------------------------------------------------------------------------ the servers

class Server:
    """A real TLS server on loopback, with what it printed."""

    def __init__(self, setting, kind, version, row):
        authority, loopback = setting.authority, setting.loopback
        directory = tempfile.mkdtemp(dir=authority.directory)
        self.output = os.path.join(directory, "output")
        self.errors = os.path.join(directory, "errors")
        self.kind = kind
        extra = [authority.path(word) if word.startswith(("leaf.", "secret.")) else word for word in row.server]
        if kind == "s_server":
            command = ["openssl", "s_server", "-quiet", "-4", "-accept", "0", "-tls" + version.replace(".", "_")]
            if "-nocert" not in extra:
                command += ["-cert", authority.path(row.leaf + ".pem"),
                            "-key", authority.path(row.leaf + ".key")]
                if row.sends:
                    chain = os.path.join(directory, "chain")
                    command += ["-cert_chain", authority.bundle(chain, row.sends)]
        else:
            priority = f"NORMAL:-VERS-ALL:+VERS-TLS{version}"
            if "--priority-add" in extra:
                at = extra.index("--priority-add")
                priority += ":" + extra[at + 1]
                del extra[at:at + 2]
            command = ["stdbuf", "-oL", "gnutls-serv", "-p", "1", "--echo", "--disable-client-cert",
                       "--priority", priority]
            if not extra:
                chain = os.path.join(directory, "chain")
                command += ["--x509certfile", authority.bundle(chain, (row.leaf,) + row.sends),
                            "--x509keyfile", authority.path(row.leaf + ".key")]
        with open(self.output, "wb") as output, open(self.errors, "wb") as errors:
            # s_server leaves when its standard input ends: this pipe never does.
            self.process = subprocess.Popen(
                ["timeout", "150", *command, *extra], stdin=subprocess.PIPE, stdout=output, stderr=errors,
                env=clean_environment() | {"LD_PRELOAD": loopback}, cwd=directory)
        self.port = self.wait_for_port(self.errors)

    def wait_for_port(self, errors):
        """The one that loopback.c has said in what is printed there."""
        deadline = time.monotonic() + 10
        while not (bound := re.search(r"BOUND (\d+)\n", self.text(errors))):
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.stop()
                raise RuntimeError(f"{self.process.args} did not start: {self.text(errors)[-500:]}")
            time.sleep(0.01)
        return int(bound[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @staticmethod
    def text(path):
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdin.close()

    def settle(self):
        """Waits until the server has closed its connections, and so has read what was sent on them."""
        local = f"0100007F:{self.port:04X}"
        for _ in range(150):
            with open("/proc/net/tcp", encoding="ascii") as table:
                lines = [line.split() for line in table]
            # 01 is a connection that stands, 08 one that the client has closed and the server has not.
            if not any(line[1] == local and line[3] in ("01", "08") for line in lines):
                return
            time.sleep(0.02)

    def received(self, settled=True):
        """Bytes of application data."""
        if settled:
            self.settle()
        if self.kind == "s_server":
            return os.path.getsize(self.output)   # under -quiet it prints nothing else
        return sum(int(size) for size in re.findall(r"Processing (\d+) bytes command", self.text(self.errors)))

    def alert(self):
        """The number of the first fatal one; "?" for one that cannot be read, "" for none."""
        text = self.text(self.errors) + self.text(self.output)
        if found := re.search(r"SSL alert number ([1-9]\d*)|Received alert '?\[?([1-9]\d*)", text):
            return found[1] or found[2]
        # OpenSSL sends its alert under TLS 1.3 in the clear, which gnutls-serv cannot decrypt.
        return "?" if re.search(r"Decryption has failed|fatal alert", text) else ""


# ------------------------------------------------------------------------------------------------- the client

def run_probe(probe, options):
    """What the probe printed, a dictionary for each connection."""
    run = subprocess.run([probe, *options], capture_output=True, text=True, env=clean_environment(), timeout=60)
    if run.returncode != 0 or run.stderr:
        raise RuntimeError(f"{os.path.basename(probe)} ended with {run.returncode}: {run.stdout}{run.stderr}")
    return [dict(word.split("=", 1) for word in line.split()) for line in run.stdout.splitlines()]


def cell_of(answer, alert, received):
    """Where a connection ended, as the table shows it."""
    if answer["handshake"] != "ok":
        ended = "alert" if alert else "broken"
    elif answer["decision"] == "refuse":
        ended = answer["reason"]
    else:
        ended = "ok"
    return f"{ended} {received}"


def run_case(*arguments):
    """One client and its server; the cell, and what is wrong with it ("" where nothing is)."""
    try:
        return run_connections(*arguments)
    except (RuntimeError, OSError, subprocess.TimeoutExpired) as problem:
        return "failed", str(problem)


def run_connections(setting, row, server_kind, version, backend, hooks):
    expected = row.expected(backend, hooks)
    if expected is None:
        return "-", ""
    authority = setting.authority
    with Server(setting, server_kind, version, row) as server:
        options = [f"port={server.port}", f"host={row.host}", f"trust={authority.path(row.trust + '.pem')}",
                   f"policy={authority.path(row.policy + '.conf')}", f"hooks={hooks}", *row.options]
        if row.policy2:
            options.append(f"policy2={authority.path(row.policy2 + '.conf')}")
        if row.resumes:
            options += ["connections=2", f"resume={row.resumes}"]
        if backend in AGAIN:
            options.append("again=1")
        answers = run_probe(setting.probes[backend], options)
        received, alert = server.received(), server.alert()
    steps, wrong, cell = row.steps(backend, hooks), [], ""
    sent = sum(BYTES for says, _ in steps if says == "ok")
    for number, (answer, (says, is_shown)) in enumerate(zip(answers, steps, strict=True), 1):
        wanted = f"{says} {BYTES if says == 'ok' else 0}"
        found = cell_of(answer, alert, int(answer["sent"]))
        if is_shown:
            last = answer
            cell = found = cell_of(answer, alert, received - sent + (BYTES if says == "ok" else 0))
        if found != wanted:
            wrong.append(f"connection {number}: {found}, expected {wanted}")
        if answer["decision"] == "allow" and number > len(steps) - 1 - bool(row.resumes) and backend in AGAIN \
                and answer["reason"] != "enforcement-off":
            wrong.append(f"connection {number}: a policy that is off says {answer['reason']}")
    if row.resumes and (answers[0]["decision"] != "allow" or last["resumed"] != "1"):
        wrong.append(f"not an allowed connection and a resumed one: {answers}")
    if expected != "ok" and last["decision"] == "allow":
        wrong.append("the check allowed it")
    if expected == "ok" and hooks != "attach" and row.enforced != (last["enforced"] == "1") \
            and last["reason"] == "matched":
        wrong.append("enforced is wrong")
    if not row.enforced and last["reason"] not in ("no-match", "too-few-scts"):
        wrong.append("report-only does not say what is wrong")
    if hooks != "check" and last["attached"] != ("0" if expected in NOT_ATTACHED else "1") \
            and "verify=none" not in row.options:
        wrong.append("attach answered otherwise")
    if last["handshake"] != "ok" and (problem := untold(row, backend, hooks, last)):
        wrong.append(problem)
    # After a handshake that failed, too, if the pins have ended it.
    if last["path"] == "0" and last["reason"] in ("matched", "no-match") \
            or last["path"] != "0" and last["handshake"] != "ok" and last["reason"] not in OF_PATHS:
        wrong.append("the path is shown where there is none, or is not where there is one")
    if hooks == "check" and last["told"] != "none":
        wrong.append("a verdict of what is not attached")
    if last["pointer"] != "1":
        wrong.append("the application's pointer is gone")
    # OpenSSL chooses its alert by itself.
    if backend == "gnutls" and cell.startswith("alert"):
        number = ALERTS.get(row.expected(backend, "check"), alert)
        if alert != number:
            wrong.append(f"the server got alert {alert}, not {number}")
    if row.own_callback and last["callback"] != "1":
        wrong.append("the application's callback did not run")
    return cell, "; ".join(wrong) and f"{'; '.join(wrong)}; the client said {last}"


def untold(row, backend, hooks, answer):
    """What is wrong with how a failed handshake explains itself; "" for nothing. Where the certificates have ended it,
    the check says so, and in an attached one the verdict did before."""
    says = next(says for says in (getattr(row, backend), row.says) if says not in ("", "alert"))
    if says == "ok":
        return ""
    told = [answer["told"]] * (hooks != "check") + [answer["reason"]] * (hooks != "attach")
    if set(told) != {says}:
        return f"the handshake explains itself by {' and '.join(told)}"
    return "the library's words are missing" if row.says == "untrusted-chain" and not answer["detail"] else ""


NOT_ATTACHED = {"malformed-hostname"}
# What a path is refused for.
OF_PATHS = (*PINS_REFUSE, "pins-expired", "not-a-path", "malformed-certificate")

# What an attached GnuTLS session sends (RFC 8446, section 6.2): bad_certificate, certificate_expired,
# certificate_unknown, unknown_ca.
ALERTS = {"hostname-mismatch": "42", "certificate-expired": "45", "no-validated-path": "46", "untrusted-chain": "48",
          **dict.fromkeys(PINS_REFUSE, "46")}


@dataclasses.dataclass
class Setting:
    authority: Authority
    loopback: str
    probes: dict
    misuse: dict


def misuse(setting, library):
    """What an application may do wrong, all of it, and less of it under valgrind: the tests that held, and those that
    did not, with the rest."""
    valgrind = ["valgrind", "-q", "--error-exitcode=99", "--leak-check=full",
                "--errors-for-leak-kinds=definite,indirect"]
    runs = [misuse_once(setting, library, [], {}), misuse_once(setting, library, valgrind, {"UNDER_VALGRIND": "1"})]
    return tuple(map(operator.add, *runs))


def misuse_once(setting, library, runner, more):
    run = subprocess.run(["timeout", "450", *runner, setting.misuse[library], setting.authority.directory],
                         capture_output=True, text=True, env=clean_environment() | more)
    ended = re.fullmatch(r"(.*?)(\d+) passed, (\d+) failed\n", run.stdout, re.DOTALL)
    passed, failed, text = (int(ended[2]), int(ended[3]), ended[1]) if ended else (0, 1, run.stdout)
    if run.returncode != (failed != 0):
        failed, text = failed + 1, f"{text}ended with {run.returncode}\n{run.stderr}"
    return passed, failed, text


LINK = {"openssl": ("-lpinverdict-openssl", "-lssl", "-lcrypto"), "gnutls": ("-lpinverdict-gnutls", "-lgnutls")}


def build(directory, libraries, output, source, *arguments, standard=("-std=c11", "-D_GNU_SOURCE")):
    output = os.path.join(directory, output)
    subprocess.run(["cc", *standard, "-Wall", "-Wextra", "-Werror", "-g", "-O1", "-pthread", f"-I{ROOT}/include",
                    source, "-o", output, f"-L{libraries}", f"-Wl,-rpath,{libraries}", *arguments], check=True)
    return output


def new_setting(directory, libraries):
    def build_both(kind):
        return {library: build(directory, libraries, f"{kind}-{library}", f"{HERE}/{kind}-{library}.c", *flags)
                for library, flags in LINK.items()}

    authority = Authority(directory)
    make_certificates(authority)
    loopback = build(directory, libraries, "loopback.so", f"{HERE}/loopback.c", "-shared", "-fPIC", "-ldl")
    return Setting(authority, loopback, build_both("probe"), build_both("misuse"))


# ------------------------------------------------------------------------------- servers that are no servers

def garbage(connection, _):
    with contextlib.suppress(OSError):
        connection.sendall(os.urandom(1 << 20))


def silence(connection, _):
    time.sleep(0.1)


def own_extension(connection, _):
    """A ServerHello with the extension number under which the GnuTLS hook keeps what it keeps. It is never offered."""
    extensions = bytes.fromhex("ff01000100" "fe500004deadbeef")
    hello = (b"\x03\x03" + os.urandom(32) + b"\0" + bytes.fromhex("c02b00")
             + len(extensions).to_bytes(2, "big") + extensions)
    message = b"\x02" + len(hello).to_bytes(3, "big") + hello
    connection.recv(4096)
    connection.sendall(b"\x16\x03\x03" + len(message).to_bytes(2, "big") + message)
    time.sleep(0.1)


def cut_after(records):
    """Passes a real server's first records on, and then hangs up."""
    def relay(connection, server):
        with socket.create_connection(("127.0.0.1", server.port), timeout=3) as real:
            real.sendall(connection.recv(65536))
            reader = real.makefile("rb")
            for _ in range(records):
                header = reader.read(5)
                connection.sendall(header + reader.read(int.from_bytes(header[3:5], "big")))
    return relay


HOSTILE = [("1 MiB of garbage", garbage), ("hangs up at once", silence),
           ("a ServerHello with our private extension", own_extension),
           *((f"cut off after {count} records", cut_after(count)) for count in (1, 2, 3, 4))]


def run_hostile(setting, serve, version, backend, hooks):
    """The client must fail the handshake and the check after it, and live."""
    authority = setting.authority
    with Server(setting, "s_server", version, ROWS[0]) as real, \
            socket.create_server(("127.0.0.1", 0)) as listener:
        def accept():
            connection, _ = listener.accept()
            connection.settimeout(3)
            with connection, contextlib.suppress(OSError):
                serve(connection, real)

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            answer = run_probe(setting.probes[backend], [
                f"port={listener.getsockname()[1]}", f"host={HOST}", f"trust={authority.path('root.pem')}",
                f"policy={authority.path('right.conf')}", f"hooks={hooks}"])[0]
        except (RuntimeError, subprocess.TimeoutExpired) as problem:
            return "failed", str(problem)
        finally:
            thread.join(10)
        received = real.received()
    if answer["handshake"] == "ok" or answer["reason"] != "no-validated-path" or received:
        return f"{answer['reason']} {received}", f"expected a failed handshake and a refusal: {answer}"
    return f"broken {received}", ""


# ---------------------------------------------------------------------------------------------------- the run

COLUMNS = [("openssl", "both"), ("openssl", "check"), ("gnutls", "both"), ("gnutls", "check")]
BARE = [("openssl", "attach"), None, ("gnutls", "attach"), None]
LINE = "{:51} {:11} {:3}  {:22} {:22} {:22} {}"


def planned(rows, pool, setting):
    """Each line of the table with its cells under way: title, server, version, columns, futures."""
    for row in rows:
        for server in row.servers:
            for version in row.versions:
                yield (row.title, server, version, COLUMNS,
                       [pool.submit(run_case, setting, row, server, version, *column) for column in COLUMNS])
                if row.bare:
                    yield (row.title + ": attach alone", server, version, BARE,
                           [column and pool.submit(run_case, setting, row, server, version, *column)
                            for column in BARE])
    for title, serve in HOSTILE:
        for version in ("1.2", "1.3"):
            yield (title, "none", version, COLUMNS,
                   [pool.submit(run_hostile, setting, serve, version, *column) for column in COLUMNS])


def main():
    if sys.argv[1] == "--certificates":
        os.makedirs(sys.argv[2], exist_ok=True)
        return make_certificates(Authority(sys.argv[2]))
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(4) as pool:
        setting = new_setting(directory, os.path.abspath(sys.argv[1]))
        passed, failures, last = 0, [], ""
        misuses = {library: pool.submit(misuse, setting, library) for library in setting.misuse}
        print(__doc__.partition("\n\n")[2])
        print(LINE.format("", "", "TLS", "OpenSSL, attached", "OpenSSL, check", "GnuTLS, attached", "GnuTLS, check"))
        for title, server, version, columns, futures in list(planned(ROWS, pool, setting)):
            results = [future.result() if future else ("", "") for future in futures]
            print(LINE.format(title if title != last else "", server, version,
                              *(cell + " !" * bool(wrong) for cell, wrong in results)).rstrip(), flush=True)
            for column, (cell, wrong) in zip(columns, results):
                if cell not in ("", "-"):
                    passed += not wrong
                if wrong:
                    failures.append(f"{title}, {server}, TLS {version}, {' '.join(column)}: {cell}: {wrong}")
            last = title
        print("\nWhere the two libraries decide differently:")
        for row in ROWS:
            if row.why and "only" not in row.why:
                print(f"    {row.title}: {row.why}")
        print("\nWhere a bypass was real:")
        for row in ROWS:
            if row.origin:
                print(f"    {row.title}: {row.origin}")
        print("\nWhat an application may do wrong, both ends in one process, under valgrind too:")
        for library, future in misuses.items():
            held, failed, text = future.result()
            print(f"    misuse-{library}: {held} passed, {failed} failed")
            passed += held
            failures += [f"misuse-{library}: {text}"] * failed
        for failure in failures:
            print("FAILED", failure)
        print(f"\n{passed} passed, {len(failures)} failed")
        sys.exit(bool(failures))


if __name__ == "__main__":
    main()
