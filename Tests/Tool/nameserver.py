# SPDX-License-Identifier: Apache-2.0
"""A name server on loopback (nsd) with zones of its own, from the root on: signed by DNSSEC or not (ldns)."""
import socket
import subprocess
import time
from pathlib import Path

SOA = "3600 IN SOA ns. admin. 1 3600 600 86400 300"


class Zone:
    """name: without its last dot, "" for the root. records: lines of a zone file, of names without origin's dot."""

    def __init__(self, name, records, signed=True, expired=False, spoil=None):
        self.name, self.records, self.signed, self.expired, self.spoil = name, records, signed, expired, spoil

    @property
    def origin(self):
        return f"{self.name}."


class NameServer:
    def __init__(self, directory, zones):
        """zones: those below the root, each the parent of those whose names end in its own; children first."""
        self.directory = Path(directory)
        self.port = free_port()
        delegations = {zone.name: [] for zone in zones} | {"": []}
        for zone in [*zones, Zone("", [])]:
            records = zone.records + delegations[zone.name]
            parent = zone.name.partition(".")[2] if zone.name else None
            signatures = self.write(zone, records)
            if parent is not None:
                parent = parent if parent in delegations else ""
                delegations[parent] += [f"{zone.origin} 3600 IN NS ns.", *signatures]
            else:
                self.trust_anchor = self.directory / "root.key"
                self.trust_anchor.write_text("\n".join(signatures) + "\n")
        clauses = "".join(f'zone:\n  name: "{zone.origin}"\n  zonefile: "{file_name(zone)}"\n'
                          for zone in [*zones, Zone("", [])])
        (self.directory / "nsd.conf").write_text(
            f'server:\n  ip-address: 127.0.0.1@{self.port}\n  username: ""\n  chroot: ""\n  zonesdir: "{directory}"\n'
            f'  database: ""\n  pidfile: ""\n  xfrdfile: "{directory}/xfrd"\n  zonelistfile: "{directory}/zones"\n'
            f'  rrl-ratelimit: 0\n  rrl-whitelist-ratelimit: 0\n'
            f"remote-control:\n  control-enable: no\n{clauses}")
        self.log = open(self.directory / "log", "wb")
        # timeout: nobody has to stop it.
        self.process = subprocess.Popen(["timeout", "120", "/usr/sbin/nsd", "-d", "-c", self.directory / "nsd.conf"],
                                        stdout=self.log, stderr=self.log)
        self.wait()

    def write(self, zone, records):
        """Writes the zone's file; returns the lines by which its parent vouches for it."""
        path = self.directory / file_name(zone)
        glue = [] if zone.name else ["ns. 3600 IN A 127.0.0.1"]
        path.write_text("\n".join([f"{zone.origin} {SOA}", f"{zone.origin} 3600 IN NS ns.", *glue, *records]) + "\n")
        if not zone.signed:
            return []
        key = subprocess.run(["ldns-keygen", "-k", "-a", "ECDSAP256SHA256", zone.origin], cwd=self.directory,
                             check=True, capture_output=True, text=True).stdout.strip()
        dates = ["-i", "20200101", "-e", "20200201"] if zone.expired else []
        subprocess.run(["ldns-signzone", *dates, "-o", zone.origin, "-f", path, path, key], cwd=self.directory,
                       check=True, capture_output=True)
        if zone.spoil:
            text = path.read_text()
            assert zone.spoil[0] in text
            path.write_text(text.replace(*zone.spoil))
        return (self.directory / f"{key}.ds").read_text().splitlines()

    def wait(self):
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError((self.directory / "log").read_text())

    @property
    def address(self):
        return f"127.0.0.1@{self.port}"

    def close(self):
        self.process.terminate()
        self.process.wait(10)
        self.log.close()


def file_name(zone):
    return f"{zone.name or 'root'}.zone"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
