# SPDX-License-Identifier: Apache-2.0
"""Keys, certificates and policies for the end-to-end tests, made anew for each run."""
import os
import sys
import tempfile

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "Kit"))

from kit.certificates import for_days, issue
from kit.keys import Key


def clean_environment():
    """This process's environment without what would decide whom a TLS library trusts."""
    decisive = ("SSL_CERT_", "CURL_CA", "OPENSSL_", "GNUTLS_", "SSLKEYLOG", "REQUESTS_CA", "LD_", "PYTHON")
    return {name: value for name, value in os.environ.items()
            if not name.startswith(decisive) and not name.lower().endswith("_proxy")}


class Authority:
    """A directory of keys and certificates, each NAME.key and NAME.pem."""

    def __init__(self, directory):
        self.directory = directory
        self.made = {}  # certificates, by name

    def path(self, file):
        return os.path.join(self.directory, file)

    def write(self, file, text):
        """By a rename: what several tests write, another may be reading."""
        with tempfile.NamedTemporaryFile("w", encoding="ascii", dir=self.directory, delete=False) as output:
            output.write(text)
        os.chmod(output.name, 0o644)
        os.replace(output.name, self.path(file))
        return self.path(file)

    def read(self, file):
        with open(self.path(file), encoding="ascii") as lines:
            return lines.read()

    def issue(self, name, issuer, extensions, subject=None, days=7, key=None, **more):
        """A certificate for a key, a new one unless one is given, issued by a name or by itself (None)."""
        self.keep(name, issue(subject or name, self.made[issuer] if issuer else None, extensions, key=key or Key(),
                              period=for_days(days), **more))

    def keep(self, name, made):
        self.made[name] = made
        self.write(name + ".pem", made.pem)
        if isinstance(made.key, Key):
            self.write(name + ".key", made.key.pem)

    def bundle(self, file, names):
        return self.write(file, "".join(self.read(name + ".pem") for name in names))

    def pin(self, name):
        return self.made[name].pin

    def policy(self, file, serial, host, *lines):
        """A policy of one rule; the lines come after its header, those before "[" go to the [policy] section."""
        return self.write(file, f"[policy]\nserial = {serial}\n[host {host}]\nallow-single-pin = yes\n"
                          + "".join(line + "\n" for line in lines))
