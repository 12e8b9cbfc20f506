# SPDX-License-Identifier: Apache-2.0
"""The flavours of the library: what each may need, how large it may be, and what its shared object says of that."""
import math
import re
import subprocess
import tempfile
from pathlib import Path

OPENSSL = {"libssl.so.3", "libcrypto.so.3"}
GNUTLS = {"libgnutls.so.30"}
# Name: the backends whose headers it has, the TLS libraries it may need, the largest stripped size in KiB.
FLAVOURS = {
    "pinverdict": ({"openssl", "gnutls"}, OPENSSL | GNUTLS, 256),
    "pinverdict-openssl": ({"openssl"}, OPENSSL, 192),
    "pinverdict-gnutls": ({"gnutls"}, GNUTLS, 192),
}
LIBC = {"libc.so.6", "libm.so.6"}
GLIBC_FLOOR = (2, 34)


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def dynamic_tags(path):
    """Each tag of the dynamic section, with its value."""
    return re.findall(r"^ 0x\w+ \((\w+)\)\s*(.*)$", output("readelf", "-dW", str(path)), flags=re.M)


def needed_libraries(path):
    return {re.search(r"\[(.*)\]", value)[1] for tag, value in dynamic_tags(path) if tag == "NEEDED"}


def needed_glibc(path):
    """The newest version of glibc that its symbols ask for; infinite where one has no number, or there is none."""
    names = set(re.findall(r"Name: GLIBC_(\S+)", output("readelf", "-VW", str(path))))
    versions = [tuple(map(int, name.split("."))) if re.fullmatch(r"[\d.]+", name) else (math.inf,) for name in names]
    return max(versions, default=(math.inf,))


def stripped_size(path):
    """In bytes."""
    with tempfile.NamedTemporaryFile() as stripped:
        output("strip", "-o", stripped.name, str(path))
        return Path(stripped.name).stat().st_size
