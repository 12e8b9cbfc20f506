# SPDX-License-Identifier: Apache-2.0
"""What a pinned context adds to a connection from Python: connections.py ROUNDS HOST TRUST LEAF INTERMEDIATE KEY

LEAF, INTERMEDIATE and KEY are PEM files that the server reads, TRUST is what the client trusts. Client and server take
turns over memory in one process; what the client's calls take of a full handshake is counted.
Prints the rows that bench.h describes. PINVERDICT_LIBRARY names the library; bench.py sets it.
"""
import ssl
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bindings/python/src"))

import pinverdict

VERSIONS = {"TLS 1.3": ssl.TLSVersion.TLSv1_3, "TLS 1.2": ssl.TLSVersion.TLSv1_2}


def server_context(files):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("".join(Path(each).read_text() for each in files))
        file.flush()
        context.load_cert_chain(file.name)
    return context


def client_contexts(host, trust, leaf, version):
    """One without pins, one with: each with the library's own verification."""
    pin = pinverdict.pins_of(ssl.PEM_cert_to_DER_cert(Path(leaf).read_text()))[pinverdict.PinKind.SPKI]
    checker = pinverdict.Checker(pinverdict.Policy.parse(
        f"[policy]\nserial = 1\n[host {host}]\n{pin}\nbackup-pin-sha256 = {1:064x}\n"))
    contexts = {"a context": ssl.create_default_context(cafile=trust),
                "a pinned context": pinverdict.pinned_context(checker, ssl.create_default_context(cafile=trust))}
    for context in contexts.values():
        context.minimum_version = context.maximum_version = version
    return contexts


def connect(client_context, server_context, host):
    """Nanoseconds of the client's in one handshake."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    start = time.perf_counter_ns()
    client = client_context.wrap_bio(to_client, to_server, server_hostname=host)
    spent, steps = time.perf_counter_ns() - start, [client.do_handshake, server.do_handshake]
    while steps:
        step = steps.pop(0)
        start = time.perf_counter_ns()
        try:
            step()
        except ssl.SSLWantReadError:
            steps.append(step)
        if step == client.do_handshake:
            spent += time.perf_counter_ns() - start
    return spent


def main():
    rounds, host, trust, leaf, intermediate, key = int(sys.argv[1]), *sys.argv[2:]
    server = server_context([key, leaf, intermediate])
    for name, version in VERSIONS.items():
        contexts = client_contexts(host, trust, leaf, version)
        times = {what: [] for what in contexts}
        for turn in range(rounds + 1):
            for what, context in contexts.items():
                spent = connect(context, server, host)
                if turn:  # what the first connection costs is not what is asked
                    times[what].append(spent)
        for what, values in times.items():
            tenths = statistics.quantiles(values, n=10, method="inclusive")
            for quantity, value in ("median", statistics.median(values)), ("p10", tenths[0]), ("p90", tenths[-1]):
                print("Python", f"{name}, full: {what}", quantity, value, sep="\t")


main()
