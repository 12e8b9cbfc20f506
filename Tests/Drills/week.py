#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""week.py FOLDER HOSTS CHAINS: a simulated week of so many hosts, as a program that observes writes it down: a file of
events for each day. Three hosts have a surprise in it, which surprises.json names."""
import datetime
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Kit"))

from kit.certificates import authority, dns, issue, server, validity

from pinverdict import Checker, EventKind, Policy

MONDAY, DAY = int(datetime.datetime(2026, 11, 16, tzinfo=datetime.timezone.utc).timestamp()), 86400
ALWAYS = validity("20200101000000Z", "20400101000000Z")
# What is observed has no rules; a policy has to have one.
NOTHING = "[policy]\nserial = 1\n[host nobody.example.net]\nallow-single-pin = yes\npin-sha256 = "
EDGE, BACKUP, FORGOTTEN = "cdn.example.com", "mail.example.com", "old.example.com"


def make_chains(count):
    """Paths with a root of their own: those of our CA, the edge's and the backup server's, and one that ends."""
    root = issue("our CA", None, authority(), period=ALWAYS)
    other = issue("another CA", None, authority(), period=ALWAYS)
    ours = [issue(f"server {number}", root, period=ALWAYS).path for number in range(count)]
    ends = datetime.datetime.fromtimestamp(MONDAY + 4 * DAY, datetime.timezone.utc)
    old = issue("old", root, server(dns(FORGOTTEN)), period=validity("20250101000000Z", ends))
    return root, ours, issue("edge", other, period=ALWAYS).path, issue("backup", root, period=ALWAYS).path, old.path


def main():
    folder, hosts, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    root, ours, edge, backup, old = make_chains(count)
    trust = folder / "our-ca.pem"
    trust.write_text(root.pem)
    now = [MONDAY]
    checker = Checker(Policy.parse(f"{NOTHING}{root.pin}\n"), clock=lambda: now[0], trust_file=trust, repeat_after=0,
                      events=EventKind.NOT_PINNED | EventKind.FAILED, event_memory=1 << 26)
    for day in range(7):
        with (folder / f"day-{day + 1}.jsonl").open("w") as file:
            for number in range(hosts):
                now[0] = MONDAY + day * DAY + number * DAY // hosts
                checker.check_validated(f"host-{number}.example.com", ours[number % count])
                if number % 1000 == 999:
                    write(file, checker)
            # From Friday one edge of the network is another company's; on Saturday the backup takes over.
            checker.check_validated(EDGE, edge if day >= 4 else ours[0])
            checker.check_validated(BACKUP, backup if day == 5 else ours[-1])
            checker.check_presented(FORGOTTEN, old[:1])
            write(file, checker)
    (folder / "surprises.json").write_text(json.dumps({EDGE: "no-match", BACKUP: "no-match",
                                                       FORGOTTEN: "certificate-expired"}))
    lost = checker.event_counts().lost
    sys.exit(f"{lost} events were lost" if lost else 0)


def write(file, checker):
    file.writelines(event.to_json() + "\n" for event in checker.events())


main()
