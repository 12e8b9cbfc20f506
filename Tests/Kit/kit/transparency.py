# SPDX-License-Identifier: Apache-2.0
"""Logs of Certificate Transparency, and certificates that have their promises inside (RFC 6962)."""
import base64
import hashlib
import secrets
import time

from kit.certificates import extension, issue
from kit.der import children_of, octet_string
from kit.keys import Key


class Log:
    def __init__(self, operator):
        self.operator = operator
        self.key = Key()
        self.id = hashlib.sha256(self.key.spki).digest()

    def section(self, name, *lines):
        """What a policy says of it."""
        key = base64.b64encode(self.key.spki).decode()
        return "\n".join([f"[ct-log {name}]", f"key = {key}", f"operator = {self.operator}", *lines, ""])

    def promise(self, issuer, to_be_signed, seconds=None, extensions=b""):
        """An SCT for a TBSCertificate without a list, by an issuer with that key; an hour old unless it is said."""
        stamp = int((time.time() - 3600 if seconds is None else seconds) * 1000).to_bytes(8, "big")
        more = len(extensions).to_bytes(2, "big") + extensions
        entry = hashlib.sha256(issuer.spki).digest() + len(to_be_signed).to_bytes(3, "big") + to_be_signed
        signature = self.key.sign(b"\0\0" + stamp + b"\0\1" + entry + more, "ecdsa-sha256")
        return b"\0" + self.id + stamp + more + b"\4\3" + len(signature).to_bytes(2, "big") + signature


def listed(*scts):
    """The extension with these."""
    elements = b"".join(len(sct).to_bytes(2, "big") + sct for sct in scts)
    return extension("1.3.6.1.4.1.11129.2.4.2", octet_string(len(elements).to_bytes(2, "big") + elements))


def issue_logged(subject, by, extensions, logs, **fields):
    """A certificate that each of these logs has promised to publish."""
    fields = {"key": Key(), "serial": secrets.randbits(63) + 1} | fields
    to_be_signed = children_of(issue(subject, by, extensions, **fields).der)[0]
    return issue(subject, by, [*extensions, listed(*(log.promise(by.key, to_be_signed) for log in logs))], **fields)
