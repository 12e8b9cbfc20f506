"""Keys, certificates and policies for the end-to-end tests, made anew for each run by the openssl command."""
import base64
import hashlib
import os
import secrets
import subprocess

CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
LEAF = ("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
        "subjectKeyIdentifier=hash\n")


def clean_environment():
    """This process's environment without what would decide whom a TLS library trusts."""
    decisive = ("SSL_CERT_", "CURL_CA", "OPENSSL_", "GNUTLS_", "SSLKEYLOG", "REQUESTS_CA", "LD_", "PYTHON")
    return {name: value for name, value in os.environ.items()
            if not name.startswith(decisive) and not name.lower().endswith("_proxy")}


def openssl(*arguments):
    run = subprocess.run(["openssl", *arguments], capture_output=True, env=clean_environment(), timeout=60)
    if run.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(arguments)}\n{run.stderr.decode(errors='replace')}")
    return run.stdout


class Authority:
    """A directory of keys and certificates, each NAME.key and NAME.pem."""

    def __init__(self, directory):
        self.directory = directory

    def path(self, file):
        return os.path.join(self.directory, file)

    def write(self, file, text):
        with open(self.path(file), "w", encoding="ascii") as output:
            output.write(text)
        return self.path(file)

    def read(self, file):
        with open(self.path(file), encoding="ascii") as lines:
            return lines.read()

    def issue(self, name, issuer, extensions, subject=None, days=7, key=None):
        """A certificate for a key, new unless `key` names an older one, issued by a name or by itself (None)."""
        key = key or name
        if not os.path.exists(self.path(key + ".key")):
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-out", self.path(key + ".key"))
            openssl("pkey", "-in", self.path(key + ".key"), "-pubout", "-out", self.path(key + ".pub"))
        signer = (["-key", self.path(key + ".key")] if issuer is None else
                  ["-force_pubkey", self.path(key + ".pub"),
                   "-CA", self.path(issuer + ".pem"), "-CAkey", self.path(issuer + ".key")])
        openssl("x509", "-new", "-subj", subject or f"/CN={name}", *signer, "-days", str(days),
                "-extfile", self.write(name + ".ext", extensions), "-set_serial", str(secrets.randbits(63) + 1),
                "-out", self.path(name + ".pem"))

    def bundle(self, file, names):
        return self.write(file, "".join(self.read(name + ".pem") for name in names))

    def pin(self, name):
        """Base64 of SHA-256 over the SubjectPublicKeyInfo."""
        spki = openssl("pkey", "-in", self.path(name + ".key"), "-pubout", "-outform", "DER")
        return base64.b64encode(hashlib.sha256(spki).digest()).decode()

    def policy(self, file, serial, host, *lines):
        """A policy of one rule; the lines come after its header, those before "[" go to the [policy] section."""
        return self.write(file, f"[policy]\nserial = {serial}\n[host {host}]\nallow-single-pin = yes\n"
                          + "".join(line + "\n" for line in lines))
