# SPDX-License-Identifier: Apache-2.0
"""Replay: what a policy would have done to connections that were seen, out of every kind of file."""

import base64
import gzip
import hashlib
import json
import os
import re
import resource
import subprocess
import sys
import time
from datetime import datetime, timezone
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from kit.certificates import authority, dns, issue, server, validity
from pki import HOST, PKI

from pinverdict import Checker, EventKind, Policy
from pinverdict.replay import Connection, Outcome, Report, replay
from pinverdict.replay import command as replay_command

CAPTURES = Path(__file__).parent / "captures"
DAY = 86400
NOON = int(datetime(2026, 11, 21, 12, tzinfo=timezone.utc).timestamp())
ENCRYPTED, UNSEEN = "TLS 1.3, whose certificates are encrypted", "no certificates seen"
UNLOGGED = "a certificate that is in no x509.log, or not in base64"


def counts(report: Report) -> dict[tuple[str, str], int]:
    return {(row.outcome, row.reason): row.connections for row in report.rows}


def base64_of(der: bytes) -> str:
    return base64.b64encode(der).decode()


def write(path: Path, *records: Any) -> str:
    path.write_text("".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in records))
    return str(path)


@pytest.fixture
def policy(pki: PKI) -> Policy:
    return Policy.parse(pki.policy())


# What captures/README.md says of each.
@pytest.mark.parametrize("files, validated, outcome, not_asked", [
    (("zeek/ssl.json", "zeek/x509.log"), False, (Outcome.NOT_THE_PINS, "untrusted-chain"), 3),
    (("zeek/x509.log", "zeek/ssl.json"), True, (Outcome.ALLOWED, "matched"), 3),
    (("zeek/ssl-tls13.log", "zeek/x509.log"), False, None, 1),
    (("zgrab2/domain.json",), False, (Outcome.SOFTENED, "no-match"), 0),
    (("zgrab2/ip.json",), False, (Outcome.NOT_THE_PINS, "hostname-mismatch"), 0),
])
def test_captures(files: tuple[str, ...], validated: bool, outcome: "tuple[str, str] | None", not_asked: int) -> None:
    asked = Policy.load(CAPTURES / "policy.conf")
    report = replay([CAPTURES / file for file in files], asked, validated=validated)
    assert counts(report) == ({outcome: 1} if outcome else {})
    assert sum(report.not_asked.values()) == not_asked and report.connections == not_asked + bool(outcome)
    assert not report.problem_count
    if not_asked == 3:
        assert report.not_asked == {ENCRYPTED: 1, "resumed": 1, UNLOGGED: 1}


def test_events(pki: PKI, wrong: Checker, policy: Policy, tmp_path: Path) -> None:
    checker = Checker(Policy.parse(pki.policy(pki.other.pin)), events=EventKind.FAILED, trust_file=pki.trust_file)
    for _ in range(3):
        checker.check_validated(HOST, pki.pinned.path)
    checker.check_presented(HOST, [pki.pinned.der])  # Without its intermediate.
    events = [event.report() for event in checker.events()]
    assert [event["reason"] for event in events] == ["no-match", "untrusted-chain"]
    events[0]["repeats"] = 2
    events.append(events[0] | {"truncated": True})
    events.append(events[0] | {"validated-certificate-chain": [], "reason": "no-validated-path"})
    lines = write(tmp_path / "events.jsonl", *events)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(events), tmp_path / "events.parquet")
    for file in lines, tmp_path / "events.parquet":
        report = replay([file], policy)
        assert counts(report) == {(Outcome.ALLOWED, "matched"): 3, (Outcome.NOT_THE_PINS, "untrusted-chain"): 1}
        assert report.not_asked == {"an event whose path is cut short": 3, "an event without a path": 3}
        assert report.connections == 10 and not report.problem_count
        apart, = [row for row in report.rows if row.reason == "untrusted-chain"]
        assert apart.examples == (HOST,) and apart.first == apart.last and report.first is not None
        assert replay([file], Policy.parse(pki.policy(pki.other.pin))).refused == 3


def test_each_at_its_own_time(pki: PKI) -> None:
    # Pins that end with the 24th, of a pair that is seen at noon of each day.
    expiring = Policy.parse(pki.policy(rule="expires = 2026-11-24\non-expiry = refuse"))
    seen = [Connection(HOST, pki.pinned.path, NOON + day * DAY, is_validated=True) for day in range(8)]
    report = replay(seen, expiring)
    assert counts(report) == {(Outcome.ALLOWED, "matched"): 4, (Outcome.REFUSED, "pins-expired"): 4}
    refused = report.rows[0]
    assert (refused.first, refused.last, refused.hosts) == (NOON + 4 * DAY, NOON + 7 * DAY, 1)
    assert report.pairs <= 10 and (report.first, report.last) == (NOON, NOON + 7 * DAY)
    assert [(span.refused, span.allowed) for span in report.spans if span.refused or span.allowed] == \
        [(0, 1)] * 4 + [(1, 0)] * 4


def test_certificates_that_have_ended_since(pki: PKI) -> None:
    ends = NOON + 3 * DAY
    period = validity("20261120000000Z", datetime.fromtimestamp(ends, timezone.utc))
    root = issue("root of then", None, authority(), period=validity("20200101000000Z", "20400101000000Z"))
    leaf = issue("then", root, server(dns(HOST)), period=period)
    file = pki.directory / "then.pem"
    file.write_text(root.pem)
    of_then = Policy.parse(pki.policy(leaf.pin))
    times = [ends - 1, ends + 1, NOON, NOON + 30 * DAY, NOON - 30 * DAY, ends - 1]
    report = replay([Connection(HOST, [leaf.der], time) for time in times], of_then, trust_file=file)
    assert counts(report) == {(Outcome.ALLOWED, "matched"): 3, (Outcome.NOT_THE_PINS, "certificate-expired"): 3}


def test_what_enforcing_costs_and_what_changes(pki: PKI) -> None:
    new = Policy.parse(pki.policy(pki.other.pin, policy="enforcement = report-only"))
    seen = [Connection(HOST, pki.pinned.path, NOON, 7, True),
            Connection("other.example", pki.other.path, NOON, 5, True)]
    report = replay(seen, new, against=Policy.parse(pki.policy()))
    assert (report.softened, report.allowed, report.refused) == (7, 5, 0)
    assert report.changes is not None
    change, = report.changes
    assert (change.before, change.before_reason, change.outcome, change.reason) == \
        (Outcome.ALLOWED, "matched", Outcome.SOFTENED, "no-match")
    assert (change.connections, change.rule, change.examples) == (7, HOST, (HOST,))
    assert replay(seen, new).changes is None


def zeek(pki: PKI, folder: Path) -> list[str]:
    """Files of an older Zeek, which names files and not fingerprints; the certificates are logged after them."""
    names, now = dict(zip(["FA", "Fa", "FB"], pki.pinned.path)), int(time.time())
    head = ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-"]
    ssl = [*head, "#fields\tts\tid.resp_h\tversion\tserver_name\tresumed\tcert_chain_fuids",
           "#types\ttime\taddr\tstring\tstring\tbool\tvector[string]",
           f"{now}.25\t192.0.2.1\tTLSv12\t{HOST}\tF\tFA,Fa,FB", f"{now}.5\t192.0.2.1\tTLSv12\t-\tF\tFA,Fa,FB",
           f"{now}.5\t192.0.2.1\tTLSv12\t{HOST}\tF\t(empty)"]
    x509 = [*head, "#fields\tts\tid\tcert", "#types\ttime\tstring\tstring",
            *[f"{now}\t{name}\t{base64_of(der)}" for name, der in names.items()]]
    packed = folder / "x509.log.gz"
    packed.write_bytes(gzip.compress("\n".join(x509).encode()))
    return [write(folder / "ssl.log", *ssl), str(packed)]


def test_zeek_of_before(pki: PKI, policy: Policy, tmp_path: Path) -> None:
    report = replay(zeek(pki, tmp_path), policy, trust_file=pki.trust_file)
    assert report.count(Outcome.ALLOWED) == 1 and report.not_asked == {UNSEEN: 1} and not report.problem_count
    # 192.0.2.1, which the certificate does not have.
    assert report.not_the_pins == 1


def test_a_name_that_stands_for_two_certificates(pki: PKI, policy: Policy, tmp_path: Path) -> None:
    files = zeek(pki, tmp_path)
    other = write(tmp_path / "more.json", {"id": "FA", "cert": base64_of(pki.other.der)})
    assert replay([*files, other], policy).not_asked == {UNLOGGED: 2, UNSEEN: 1}


def test_what_is_malformed(pki: PKI, policy: Policy, tmp_path: Path) -> None:
    der, good = base64_of(pki.pinned.der), {"host": HOST, "chain": [base64_of(each) for each in pki.pinned.path]}
    event = {"hostname": HOST, "validated-certificate-chain": [pki.pinned.pem], "date-time": "2026-11-21T12:00:00Z"}
    lines = [
        good, "{", "[1]", "{}", "null", '{"a":' * 5000, "\x00", '{"host": "\\ud800"}', {"host": 1, "chain": [der]},
        good | {"chain": ["%"]}, good | {"chain": [None]}, good | {"chain": 7}, good | {"chain": [der] * 1001},
        good | {"time": "yesterday"}, good | {"time": 1e300}, good | {"count": -1}, good | {"count": True},
        '{"host": "a", "chain": ["' + der + '"], "time": NaN}', event | {"hostname": None}, event | {"repeats": "3"},
        event | {"validated-certificate-chain": [der]}, event | {"date-time": [1]}, {"ts": 1, "cert_chain_fps": [1]},
        {"ts": 1, "cert_chain_fps": ["a"]}, {"fingerprint": 5, "cert": der}, {"fingerprint": "0" * 64, "cert": der},
        {"ip": "192.0.2.1", "data": 1}, {"ip": "192.0.2.1", "data": {"a": 1}},
        {"ip": 1, "data": {"tls": {"server_certificates": {"certificate": {"raw": der}}}}},
        {"ip": "192.0.2.1", "data": {"tls": {"server_certificates": {"certificate": None}}}}, "a\tb",
        good,
    ]
    path = write(tmp_path / "lines", *lines)
    report = replay([path], policy, validated=True)
    assert report.allowed == report.connections == report.without_time == 2 and not report.unread
    wanted = [number for number in range(2, len(lines))]
    assert [problem.split(": ")[0] for problem in report.problems] == [f"{path}:{number}" for number in wanted]
    assert "not JSON" in report.problems[0] and "columns" not in report.problems[0]


def test_files_that_end_early_or_are_not_there(pki: PKI, policy: Policy, tmp_path: Path) -> None:
    line = json.dumps({"host": HOST, "chain": [base64_of(each) for each in pki.pinned.path]}) + "\n"
    packed = gzip.compress(line.encode() * 2000, 1)
    (tmp_path / "cut.gz").write_bytes(packed[:-9])
    pyarrow.parquet.write_table(pyarrow.table({"host": [HOST], "chain": [[b"no certificate"]]}), tmp_path / "whole")
    (tmp_path / "broken").write_bytes((tmp_path / "whole").read_bytes()[:-9])
    names = ["cut.gz", "whole", "broken", "none", "."]
    report = replay([tmp_path / name for name in names], policy, validated=True)
    assert len(report.unread) == report.problem_count == 4
    assert [row.reason for row in report.rows if row.connections == 1] == ["malformed-certificate"]
    assert report.allowed > 0


@pytest.mark.parametrize("separator", ["\\", "", "é"])
def test_a_separator_that_is_none(pki: PKI, policy: Policy, tmp_path: Path, separator: str) -> None:
    bad = write(tmp_path / "bad", f"#separator {separator}", "#fields\tts\tversion", f"{NOON}\tTLSv12")
    good = write(tmp_path / "good", {"host": HOST, "chain": [base64_of(each) for each in pki.pinned.path]})
    report = replay([bad, good], policy, validated=True)
    assert report.problems == (f"{bad}:1: a separator that is none",) and not report.unread
    assert report.allowed == 1 and report.not_asked == {UNSEEN: 1}


def test_times_at_both_ends_of_the_calendar(tmp_path: Path, pki: PKI) -> None:
    event = {"validated-certificate-chain": [], "hostname": "x", "reason": "untrusted-chain"}
    lines = write(tmp_path / "lines", *[event | {"date-time": f"{day}T{at}Z"} for day, at in
                                        (("0001-01-01", "00:00:00"), ("9999-12-31", "23:59:59"))])
    (tmp_path / "policy.conf").write_text(pki.policy())
    for form in "html", "text":
        found = command("replay", "--policy", tmp_path / "policy.conf", "--format", form, lines)
        assert found.returncode == 0 and found.stderr == ""
        assert "from 0001-01-01 00:00:00 to 9999-12-31 23:59:59 UTC" in found.stdout


def test_the_command_refuses_by_1_alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
                                        tmp_path: Path, pki: PKI) -> None:
    (tmp_path / "policy.conf").write_text(pki.policy())

    def fail(*arguments: object, **settings: object) -> None:
        raise OverflowError

    monkeypatch.setattr(replay_command, "replay", fail)
    assert replay_command.main(["--policy", str(tmp_path / "policy.conf"), "lines"]) == 2
    assert capsys.readouterr().err == "pinverdict replay: OverflowError\n"


def test_counts_whose_sum_has_more_than_64_bits(pki: PKI, tmp_path: Path) -> None:
    most, event = 2**53 - 1, {"validated-certificate-chain": [], "hostname": "x", "reason": "untrusted-chain"}
    line = {"host": HOST, "chain": [base64_of(each) for each in pki.other.path], "time": NOON, "count": most}
    file = write(tmp_path / "lines", *[line, event | {"repeats": most, "date-time": "2026-11-21T12:00:00Z"}] * 1100,
                 {**line, "time": None})
    report = replay([file], Policy.parse(pki.policy()), validated=True)
    assert report.refused == 1101 * most and report.not_the_pins == 1100 * 2**53 and report.without_time == most
    assert sum(span.refused for span in report.spans) == 1100 * most
    assert json.loads(report.to_json())["refused"] == 1101 * most


def test_a_time_that_is_far_away(pki: PKI, tmp_path: Path) -> None:
    # Of each of the chains, the days until then would be three million moments. Pins end on two days, in two rules.
    far = 253402300799
    days = ["2026-11-24", "2030-12-31"]
    ends = [int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp()) + DAY for day in days]
    hosts = HOST, "other.example"
    expiring = Policy.parse(re.sub("DAY", lambda _: days.pop(0), pki.policy(hosts=hosts, rule="""
        expires = DAY
        on-expiry = refuse""")))
    chains = [[issue(f"{number}", None, server(dns(HOST))).der] for number in range(9)] + [pki.pinned.path]
    seen = [Connection(host, chain, time, is_validated=True) for host in hosts for chain in chains
            for time in (NOON, ends[0] - 1, ends[0], ends[1] - 1, ends[1])]
    seen += [Connection(HOST, pki.pinned.path, far, is_validated=True),
             Connection("third.example", pki.pinned.path, is_validated=True)]
    report = replay(seen, expiring, folder=str(tmp_path))
    found = {(row.rule, row.reason): (row.connections, row.first, row.last) for row in report.rows}
    assert found == {
        (HOST, "matched"): (2, NOON, ends[0] - 1), (HOST, "no-match"): (18, NOON, ends[0] - 1),
        (HOST, "pins-expired"): (31, ends[0], far),
        ("other.example", "matched"): (4, NOON, ends[1] - 1), ("other.example", "no-match"): (36, NOON, ends[1] - 1),
        ("other.example", "pins-expired"): (10, ends[1], ends[1]),
        ("", "not-pinned"): (1, None, None)}
    # By host and chain three spans of time and not five days; some certificates end within, too.
    assert 61 <= report.pairs <= 75


@pytest.mark.parametrize("plain", [False, True])
def test_rows_of_parquet_that_are_too_long(pki: PKI, tmp_path: Path, plain: bool) -> None:
    # 32 MB that a page has once, for 128 rows: 4 GB if each had its own. Plain, a few that zstd makes small.
    long, count = bytes(1 << 25), 4 if plain else 128
    path = pki.pinned.path
    rows = [{"host": HOST, "chain": path, "more": {"a": [b""]}, "pairs": [("a", b"")], "none": None}] * 2
    rows += [{"host": HOST, "chain": [long], "more": {"a": [b""]}, "pairs": [], "none": None}] * count
    rows += [{"host": HOST, "chain": path, "more": {"a": [long]}, "pairs": None, "none": None},
             {"host": HOST, "chain": path, "more": None, "pairs": [("a", long)], "none": None},
             {"host": HOST, "chain": [long[:1 << 23]] * 3, "more": None, "pairs": None, "none": None}, rows[0]]
    kinds = pyarrow.schema({
        "host": pyarrow.string(), "chain": pyarrow.list_(pyarrow.dictionary(pyarrow.int32(), pyarrow.binary())),
        "more": pyarrow.struct({"a": pyarrow.list_(pyarrow.binary())}),
        "pairs": pyarrow.map_(pyarrow.string(), pyarrow.binary()), "none": pyarrow.int8()})
    places = list({id(each): each for row in rows for each in row["chain"]}.values())
    numbers = {id(each): number for number, each in enumerate(places)}
    chains = pyarrow.ListArray.from_arrays(
        [0, *accumulate(len(row["chain"]) for row in rows)],
        pyarrow.DictionaryArray.from_arrays(
            pyarrow.array([numbers[id(each)] for row in rows for each in row["chain"]], pyarrow.int32()), places))
    columns = [chains if name == "chain" else pyarrow.array([row[name] for row in rows], kinds.field(name).type)
               for name in kinds.names]
    pyarrow.parquet.write_table(pyarrow.Table.from_arrays(columns, kinds.names), tmp_path / "long",
                                compression="zstd", use_dictionary=not plain, store_schema=False)
    (tmp_path / "policy").write_text(pki.policy())
    found = command("replay", "--policy", tmp_path / "policy", "--validated", "--format", "json", tmp_path / "long",
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (1 << 31, 1 << 31)))
    report = json.loads(found.stdout)
    assert (report["allowed"], report["problem_count"], report["unread"]) == (3, count + 3, [])
    assert report["problems"][0] == f"{tmp_path / 'long'}, row 3: longer than {1 << 24} bytes"


def test_odd_hosts(pki: PKI, policy: Policy, tmp_path: Path) -> None:
    hosts = ["a\0b", "\ud800", "<script>\x1b[2J", "", "LOCALHOST", "münchen.example", "a" * 300]
    file = write(tmp_path / "odd", *[{"host": host, "chain": [base64_of(each) for each in pki.pinned.path]}
                                     for host in hosts])
    report = replay([file], policy, validated=True)
    assert counts(report) == {(Outcome.REFUSED, "malformed-hostname"): 5, (Outcome.ALLOWED, "matched"): 1,
                              (Outcome.ALLOWED, "not-pinned"): 1}
    page = report.to_html()
    assert "<script>" not in page and "&lt;script&gt;" in page and "\x1b" not in page + str(report)
    assert "<rect" not in page and json.loads(report.to_json())["refused"] == 5


def test_the_plot(pki: PKI) -> None:
    seen = [Connection(HOST, pki.other.path, NOON + hour * 3600, is_validated=True) for hour in range(50)]
    page = replay(seen, Policy.parse(pki.policy())).to_html()
    assert page.count("<rect") == 50 and "50 would have been refused" in page
    assert "http" not in page.replace("http-equiv", "") and "<script" not in page


def test_more_than_fits_into_memory(policy: Policy, tmp_path: Path) -> None:
    # 8,000 chains of 6,000 bytes each beside 16 MB.
    schema = pyarrow.schema({"host": pyarrow.string(), "chain": pyarrow.list_(pyarrow.binary())})
    with pyarrow.parquet.ParquetWriter(tmp_path / "large.parquet", schema, compression="none") as writer:
        for part in range(8):
            rows = [{"host": f"{part}-{row}.example", "chain": [os.urandom(6000)]} for row in range(1000)]
            writer.write_batch(pyarrow.RecordBatch.from_pylist(rows, schema))
    report = replay([tmp_path / "large.parquet"], policy, memory_limit="16MB", folder=str(tmp_path))
    assert report.pairs == report.hosts == report.connections == report.count(Outcome.REFUSED) + report.allowed \
        + report.not_the_pins == 8000
    assert [file.name for file in tmp_path.iterdir()] == ["large.parquet"]


def command(*arguments: "str | Path", **more: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "pinverdict", *map(str, arguments)], capture_output=True, text=True,
                          timeout=120, **more)


def test_the_command(pki: PKI, tmp_path: Path) -> None:
    new, old = tmp_path / "new.conf", tmp_path / "old.conf"
    new.write_text(pki.policy(pki.other.pin))
    old.write_text(pki.policy())
    lines = write(tmp_path / "lines", {"host": HOST, "chain": [base64_of(each) for each in pki.pinned.path]}, "?")
    refused = command("replay", "--policy", new, "--against", old, "--trust-file", pki.trust_file, lines)
    assert refused.returncode == 1 and "1 would have been refused" in refused.stdout and refused.stderr == ""
    assert "allowed (matched) -> refused (no-match)" in refused.stdout and f"{lines}:2: " in refused.stdout
    allowed = command("replay", "--policy", old, "--validated", "--format", "json", "-", input=Path(lines).read_text())
    assert allowed.returncode == 0 and json.loads(allowed.stdout)["allowed"] == 1
    assert "standard input:2: " in allowed.stderr
    page = tmp_path / "page.html"
    command("replay", "--policy", new, "--validated", "--format", "html", "--output", page, lines)
    assert page.read_text().startswith("<!DOCTYPE html>")
    for wrong in ["none", lines], [new, tmp_path / "none"], [lines, lines], [new, "--memory-limit", "much", lines]:
        found = command("replay", "--policy", *wrong)
        assert found.returncode == 2 and "Traceback" not in found.stderr and found.stderr + found.stdout
    without = command("replay", "--help", env=without_duckdb(tmp_path))
    assert without.returncode == 2 and "pip install 'pinverdict[replay]'" in without.stderr


def without_duckdb(folder: Path) -> dict[str, str]:
    (folder / "duckdb.py").write_text("raise ModuleNotFoundError('none', name='duckdb')\n")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *os.environ.get("PYTHONPATH", "").split()])}


def test_a_certificate_is_known_by_its_sha256(pki: PKI, policy: Policy, tmp_path: Path) -> None:
    path = pki.pinned.path
    prints = [hashlib.sha256(der).hexdigest() for der in path]
    file = write(tmp_path / "zeek", {"ts": NOON, "server_name": HOST, "cert_chain_fps": prints},
                 *[{"fingerprint": name, "cert": base64_of(der)} for name, der in zip(prints, path)])
    assert replay([file], policy, validated=True).allowed == 1


def test_what_is_left_out_for_reading(pki: PKI) -> None:
    hosts = [f"{number}.example.com" for number in range(250)]
    seen = [Connection(host, pki.pinned.path, NOON, is_validated=True) for host in hosts]
    allowed = replay(seen, Policy.parse(pki.policy(hosts=tuple(hosts))))
    assert len(allowed.rows) == 250 and str(allowed).count("matched") == allowed.to_html().count("matched") == 1
    refused = replay(seen, Policy.parse(pki.policy(pki.other.pin, hosts=tuple(hosts))))
    for text in str(refused), refused.to_html():
        assert text.count("no-match") == 200 and "and 50 more rows" in text
