#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""volume.py COMMAND [ENTRIES]: reads two logs on loopback of so many entries, by both interfaces, with `ct-watch`.

Prints entries a second, the command's own time and the bytes of an entry, and the most memory; exits 1 where a log ten
times as long takes more memory, or where something is missed."""
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import command
from ct_log import Entry, Log, real_entries
from kit.certificates import authority, dns, issue, server
from kit.keys import Key

POLICY = """[policy]
serial = 1
[host www.example.com]
pin-sha256 = oD0ytE/i//EGheoG3DRYgKaKze+tLrj3BX9akYhvrSU=
backup-pin-sha256 = YLh1dUR9y6Kja30RrAn7JKnbQG/uEtLMkBgFF2Fuihg=
"""


def entries(count, ours):
    """Those of a real log, each with another time; every 1,000th is for the host of the policy."""
    real = real_entries()
    for number in range(count):
        one = ours if number % 1000 == 999 else real[number % len(real)]
        timestamped = number.to_bytes(8, "big") + one.timestamped[8:]
        copy = Entry.__new__(Entry)
        copy.timestamped, copy.leaf = timestamped, b"\0\0" + timestamped
        copy.precertificate, copy.chain = one.precertificate, one.chain
        yield copy


def watched(directory, log, api, size):
    """Seconds, the command's own, and its most memory in MiB."""
    log.publish(size)
    log.bytes = 0
    (directory / "logs.conf").write_text(log.section(api))
    for name in ["state", "found"]:
        (directory / name).unlink(missing_ok=True)
    started = time.monotonic()
    process = subprocess.Popen(
        [command._command, "ct-watch", "--policy", "policy.conf", "--logs", "logs.conf", "--state", "state", "--from",
         "0", "--once", "--json", "--findings", "found"], cwd=directory)
    own, memory = command.ended(process)
    seconds = time.monotonic() - started
    found = [json.loads(line)["entry"] for line in (directory / "found").read_text().splitlines()]
    if process.returncode != 1 or found != list(range(999, size, 1000)):
        sys.exit(f"{api}: status {process.returncode}, {len(found)} of {size // 1000} certificates")
    return seconds, own, memory


def main():
    if len(sys.argv) not in [2, 3]:
        sys.exit(__doc__.splitlines()[0])
    command.setup(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
    root = issue("root", extensions=authority(), key=Key("p256"))
    ours = issue("leaf", root, server(dns("www.example.com")), key=Key("p256"))
    log = Log(entries(count, Entry(ours.der, ours.path[1:])))
    grew = 0
    with tempfile.TemporaryDirectory() as directory:
        directory = Path(directory)
        (directory / "policy.conf").write_text(POLICY)
        for api in ["static-ct", "rfc6962"]:
            small = watched(directory, log, api, count // 10)
            seconds, own, memory = watched(directory, log, api, count)
            print(f"{api:10} {count} entries: {count / seconds:.0f} a second with the log's own time, "
                  f"{own / count * 1e6:.1f} us of the command's own and {log.bytes / count:.0f} bytes an entry, "
                  f"{memory:.0f} MiB of memory ({small[2]:.0f} for a tenth), a state of "
                  f"{(directory / 'state').stat().st_size} bytes", flush=True)
            grew += memory > small[2] * 1.25 + 8
    print(f"{2 - grew} passed, {grew} failed")
    sys.exit(grew > 0)


main()
