#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Replay by Spark, in two threads of one machine: over mapInArrow, and with the report that the command would give."""

import os
import sys
from dataclasses import replace
from pathlib import Path

from pyspark.sql import SparkSession

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "Tests/Kit"))

from kit.certificates import VALID, authority, issue

from pinverdict import Policy
from pinverdict.replay import Connection, Report, spark
from pinverdict.replay import replay as replay_here

START, HOUR = 1_795_046_400, 3600
failed = passed = 0


def check(what: str, is_fine: bool, detail: object = "") -> None:
    global failed, passed
    passed, failed = passed + is_fine, failed + (not is_fine)
    if not is_fine:
        print(f"FAILED {what}: {detail}")


def comparable(report: Report) -> Report:
    """Without the numbers of pairs: here they are parted where a verdict may change, there by the hour."""
    rows = tuple(replace(row, pairs=0) for row in report.rows)
    changes = None if report.changes is None else tuple(replace(row, pairs=0) for row in report.changes)
    return replace(report, pairs=0, rows=rows, changes=changes)


def main() -> None:
    root = issue("root", None, authority(), period=VALID)
    paths = [issue(f"server {number}", root, period=VALID) for number in range(8)]
    rules = "".join(f"[host h{number}.example.com]\nallow-single-pin = yes\npin-sha256 = {paths[number % 8].pin}\n"
                    for number in range(0, 40, 2))
    old = f"[policy]\nserial = 1\n{rules}"
    new = old + f"[host *.example.com]\nallow-single-pin = yes\nenforcement = report-only\npin-sha256 = {root.pin}\n" \
        + f"[host h1.example.com]\nallow-single-pin = yes\npin-sha256 = {root.pin}\nexpires = 2026-11-19\n" \
        + "on-expiry = refuse\n"
    # An hour in five a host shows another one's key, and one in seven of the chains is not to be seen.
    seen = [Connection(f"h{host}.example.com", paths[(host + (hour % 5 == 4)) % 8].path if hour % 7 else (),
                       START + hour * HOUR, 1 + hour % 3) for host in range(40) for hour in range(0, 168, 3)]
    seen.append(Connection("Odd host", paths[0].path, None, 5))
    here = replay_here(seen, Policy.parse(new), against=Policy.parse(old), validated=True)
    os.environ["PYSPARK_PYTHON"] = sys.executable  # of those that run for Spark, too
    session = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
               .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").getOrCreate())
    try:
        table = session.createDataFrame([(each.host, list(each.chain), each.time, each.count) for each in seen],
                                        "host string, chain array<binary>, time long, count long")
        there = spark.replay(table.repartition(5), new, against=old, validated=True)
    finally:
        session.stop()
    check("the report is the same", comparable(there) == comparable(here), f"{there}\n---\n{here}")
    check("it has something to say", here.refused > 0 and bool(here.changes) and bool(here.not_asked), here)
    check("each row is a pair", there.pairs == sum(1 for each in seen if each.chain), there.pairs)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
