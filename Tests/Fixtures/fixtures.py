"""What the scripts that make fixtures share: keys by the `openssl` command, and the directory that they write.

A directory of fixtures has NAME.der for each certificate, NAME.pem for each that is good, and manifest.txt, with
the pins that they must have, computed here by hashlib, a line each:

    name file state spki-sha256 key-sha256 certificate-sha256 spki-offset spki-size gnutls algorithm

"state" is "good", or "malformed" for a certificate that must be refused. "key-sha256" is "-" where the algorithm
has no KEY pins, "spki-sha256" where there is no SubjectPublicKeyInfo. "gnutls" is "reads" where GnuTLS must read
the certificate too, or "may-refuse".
"""
import base64
import hashlib
import os
import subprocess
import sys
import tempfile

from der import children_of, contents_of

# ----------------------------------------------------------------------------------------- keys by openssl

work = tempfile.TemporaryDirectory()


def in_work(file):
    return os.path.join(work.name, file)


def openssl(*arguments, given=None):
    run = subprocess.run(["openssl", *arguments], input=given, capture_output=True)
    if run.returncode != 0:
        sys.exit(f"openssl {' '.join(arguments)}\n{run.stderr.decode(errors='replace')}")
    return run.stdout


KEY_TYPES = {
    "rsa": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa-pss": ["RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_pss_keygen_md:sha256",
                "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha256", "-pkeyopt", "rsa_pss_keygen_saltlen:32"],
    **{curve: ["EC", "-pkeyopt", f"ec_paramgen_curve:{curve}"]
       for curve in ["P-256", "P-384", "P-521", "brainpoolP256r1", "secp256k1"]},
    "ed25519": ["ED25519"], "ed448": ["ED448"], "x25519": ["X25519"],
}


def new_key(label, key_type):
    openssl("genpkey", "-algorithm", *KEY_TYPES[key_type], "-out", in_work(label + ".key"))
    openssl("pkey", "-in", in_work(label + ".key"), "-pubout", "-out", in_work(label + ".pub"))
    return label


def spki_of(label, *options):
    return openssl("pkey", "-in", in_work(label + ".key"), "-pubout", "-outform", "DER", *options)


# ------------------------------------------------------------------------------------------- what is written

rows = []
files = {}  # what a directory has beside certificates, by file name


def sha256(octets):
    return hashlib.sha256(octets).hexdigest()


def add(label, whole, spki=None, algorithm="other", gnutls="reads", state="good"):
    key, offset = "-", 0
    if spki is not None:
        assert whole.count(spki) == 1
        offset = whole.index(spki)
    if algorithm != "other":
        key = sha256(contents_of(children_of(spki)[1])[1:])
    pin = sha256(spki) if spki is not None else "-"
    columns = [state, pin, key, sha256(whole), str(offset), str(len(spki or b"")), gnutls, algorithm]
    rows.append((label, whole, columns))


def add_malformed(label, whole, spki=None, algorithm="other"):
    add(label, whole, spki, algorithm, gnutls="may-refuse", state="malformed")


def pem(kind, octets):
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (kind.encode(), base64.encodebytes(octets), kind.encode())


def write(directory):
    os.makedirs(directory, exist_ok=True)
    manifest = ""
    for label, whole, columns in rows:
        with open(os.path.join(directory, label + ".der"), "wb") as file:
            file.write(whole)
        if columns[0] == "good":
            files[label + ".pem"] = pem("CERTIFICATE", whole)
        manifest += " ".join([label, label + ".der", *columns]) + "\n"
    for name, contents in files.items():
        with open(os.path.join(directory, name), "wb") as file:
            file.write(contents)
    with open(os.path.join(directory, "manifest.txt"), "w") as file:
        file.write(manifest)


def run(usage, script, make):
    """Has `make` add certificates, and writes them to the directory that the command line names: once, until one
    of the scripts changes."""
    if len(sys.argv) != 2:
        sys.exit(usage)
    directory = sys.argv[1]
    stamp = os.path.join(directory, "made-by")
    version = ""
    for path in [script, __file__, sys.modules["der"].__file__]:
        with open(path, "rb") as file:
            version += sha256(file.read()) + "\n"
    if os.path.exists(stamp) and open(stamp).read() == version:
        return
    make()
    write(directory)
    with open(stamp, "w") as file:  # last, so that a run cut off is made again
        file.write(version)
