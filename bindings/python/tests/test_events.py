# SPDX-License-Identifier: Apache-2.0
"""Events: as a loop takes them, as a task does, as records of a log, and as JSON, byte for byte that of C."""

import asyncio
import ctypes
import json
import logging
import os
import random
import threading
from typing import Any

import jsonschema
import pytest
from pki import HOST, PKI
from text import REPOSITORY, CText

from pinverdict import Checker, Decision, Event, EventKind, Policy, Reason, log_events
from pinverdict import _abi
from pinverdict._library import library
from pinverdict.events import to_event

ALL = EventKind.FAILED | EventKind.BACKUP | EventKind.NOT_PINNED | EventKind.MATCHED
SCHEMA: dict[str, Any] = json.loads((REPOSITORY / "docs/event.schema.json").read_text())


@pytest.fixture
def checker(pki: PKI) -> Checker:
    return Checker(Policy.parse(pki.policy()), presented=False, events=ALL)


def fail(checker: Checker, pki: PKI, *hosts: str) -> None:
    """Each of the hosts is an event."""
    for host in hosts:
        checker.check_validated(host, pki.other.path)


def hosts(count: int) -> list[str]:
    return [f"h{number}.example" for number in range(count)]


def test_what_an_event_tells(pki: PKI, checker: Checker) -> None:
    now = Checker(Policy.parse(pki.policy(rule="include-subdomains = yes", hosts=("example.com",), serial=7)),
                  clock=lambda: 1795824000, presented=False, events=EventKind.FAILED)
    for _ in range(3):
        now.check_validated("WWW.example.com.", pki.other.path)
    now.check_validated("a..b", pki.other.path)
    now.check_validated("example.com", pki.pinned.path)
    first, second = now.events()
    assert first == Event(
        time=1795824000, host="www.example.com", rule="example.com", decision=Decision.REFUSE, reason=Reason.NO_MATCH,
        enforced=True, backup=False, resumed=False, truncated=False, matched_depth=None, policy_serial=7, repeats=0,
        chain=tuple(pki.other.path))
    assert (second.host, second.rule, second.reason, second.repeats) == ("a..b", "", Reason.MALFORMED_HOSTNAME, 0)
    counts = now.event_counts()
    assert (counts.queued, counts.repeated, counts.lost) == (2, 2, 0)
    assert list(now.events()) == []


def test_kinds(pki: PKI, checker: Checker) -> None:
    paths = {HOST: pki.pinned.path, "127.0.0.1": pki.backup.path, "::1": pki.other.path, "nobody.example": ()}
    found = {}
    for kind in (*EventKind, None):
        each = Checker(Policy.parse(pki.policy()), presented=False, events=kind)
        for host, path in paths.items():
            each.check_validated(host, path or pki.other.path)
        found[kind] = [event.host for event in each.events()]
    assert found == {EventKind.FAILED: ["::1"], EventKind.BACKUP: ["127.0.0.1"],
                     EventKind.NOT_PINNED: ["nobody.example"], EventKind.MATCHED: [HOST, "127.0.0.1"], None: []}


@pytest.mark.parametrize("settings", [
    {"events": EventKind(16)}, {"event_memory": 1000}, {"event_memory": 2**64 + 65536}, {"event_memory": -1},
    {"repeat_after": -1}, {"repeat_after": 2**32 + 1},
])
def test_settings_that_are_none(pki: PKI, settings: "dict[str, Any]") -> None:
    with pytest.raises((ValueError, OverflowError)):
        Checker(Policy.parse(pki.policy()), **{"events": ALL, **settings})


# JSON

def taken(checker: Checker) -> "tuple[_abi.Event, bytes]":
    event, der = _abi.Event(ctypes.sizeof(_abi.Event)), (ctypes.c_uint8 * 16384)()
    assert library.pinverdict_checker_next_event(checker._open().pointer, ctypes.byref(event), der, 16384) == 1
    return event, bytes(der)


def test_json_is_that_of_c(pki: PKI, checker: Checker, c_text: CText) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    checker.check_validated("127.0.0.1", pki.backup.path)
    checker.check_validated(HOST, pki.pinned.path)
    fail(checker, pki, HOST, "nobody.example", 'a"b\\c', "\x7f\n\x1b[31m", "h" * 300)
    # In C a host may be any bytes.
    path = (_abi.Bytes * 1)(_abi.Bytes(pki.other.path[0], len(pki.other.path[0])))
    library.pinverdict_check_validated(checker._open().pointer, b"m\xc3\xbcller.\xff", bytes(path), 1, None)
    for _ in range(8):
        event, der = taken(checker)
        text = c_text.event(event, der)
        assert to_event(event, der).to_json() == text
        assert "\n" not in text
        report = json.loads(text)
        validator.validate(report)
        assert report.keys() == SCHEMA["properties"].keys() - {"effective-expiration-date"}
        assert report.keys() == set(SCHEMA["required"])
    assert report["hostname"] == "m\\xc3\\xbcller.\\xff"


def test_json_of_any_event(pki: PKI, c_text: CText) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    rng = random.Random(7469)
    times = [0, -1, 951782400, 4107542400, -62135596800, -62135596801, 253402300799, 253402300800, -2**63, 2**63 - 1]
    for number in range(300):
        event = _abi.Event(ctypes.sizeof(_abi.Event))
        event.time = times[number] if number < len(times) else rng.randrange(-62135596800, 253402300800)
        event.repeats, event.policy_serial = rng.randrange(2**64), rng.choice([0, 1, 2**64 - 1])
        event.decision, event.reason = rng.randrange(2), rng.choice([reason for reason in Reason if reason])
        event.enforced, event.backup, event.resumed, event.truncated = (rng.random() < 0.5 for _ in range(4))
        event.matched_depth = rng.randrange(-1, 32)
        any_bytes = bytes(rng.randrange(1, 256) for _ in range(255))
        event.rule = rng.choice([b"example.com", b"*.example.com", b"", any_bytes])
        event.host = rng.choice([b"a.example.com", b"example.com", b"", event.rule, b"a." + event.rule[:253]])
        event.count = rng.choice([0, 1, 2, 32])
        for index in range(event.count):
            event.sizes[index] = rng.randrange(1, 200)
        text = c_text.event(event, rng.randbytes(16384))
        assert text.startswith('{"date-time":"') and len(text) < 32768
        validator.validate(json.loads(text))
    der = rng.randbytes(16384)
    assert to_event(event, der).to_json() == c_text.event(event, der)


@pytest.mark.parametrize("change", [
    {"date-time": "2026-11-28 00:00:00"}, {"port": -1}, {"hostname": "m\u00fcller"}, {"decision": "maybe"},
    {"validated-certificate-chain": ["AAAA"]}, {"repeats": "1"}, {"reason": "No match"}, {"policy-serial": 2**64},
])
def test_the_schema_refuses(pki: PKI, checker: Checker, change: "dict[str, Any]") -> None:
    fail(checker, pki, HOST)
    (event,) = checker.events()
    jsonschema.validate(event.report(), SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(event.report() | change, SCHEMA)


# Loops

def test_a_loop_that_is_left(pki: PKI, checker: Checker) -> None:
    fail(checker, pki, *hosts(5))
    for event in checker.events():
        assert event.host == "h0.example"
        break
    generator = (event.host for event in checker.events())
    assert next(generator) == "h1.example"
    generator.close()
    assert [event.host for event in checker.events()] == hosts(5)[2:]
    fail(checker, pki, "later.example")
    assert [event.host for event in checker.events()] == ["later.example"]


def test_a_closed_checker(pki: PKI, checker: Checker) -> None:
    fail(checker, pki, *hosts(2))
    events = checker.events()
    next(iter(events))
    checker.close()
    with pytest.raises(ValueError, match="closed"):
        next(iter(events))
    with pytest.raises(ValueError, match="closed"):
        checker.events()


def test_a_reader_that_never_comes(pki: PKI) -> None:
    checker = Checker(Policy.parse(pki.policy()), presented=False, events=EventKind.NOT_PINNED, event_memory=65536)
    for host in hosts(10_000):
        assert checker.check_validated(host, pki.other.path)
    counts = checker.event_counts()
    assert counts.queued + counts.lost == 10_000 and 5 < counts.queued < 200
    assert len(list(checker.events())) == counts.queued
    fail(checker, pki, "later.example")
    assert [event.host for event in checker.events()] == ["later.example"]


def test_threads(pki: PKI) -> None:
    checker = Checker(Policy.parse(pki.policy()), presented=False, events=EventKind.NOT_PINNED, event_memory=16 << 20)
    found: list[str] = []
    done = threading.Event()

    def read() -> None:
        while True:
            last = done.is_set()
            found.extend(event.host for event in checker.events())
            if last:
                return

    def write(number: int) -> None:
        fail(checker, pki, *(f"t{number}-{host}" for host in hosts(300)))

    readers = [threading.Thread(target=read) for _ in range(3)]
    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    found.extend(event.host for event in checker.events())
    counts = checker.event_counts()
    assert len(found) == len(set(found)) == counts.queued
    assert counts.queued + counts.lost == 4 * 300 and counts.queued > 0


def test_a_fork(pki: PKI, checker: Checker) -> None:
    fail(checker, pki, *hosts(3))
    events = checker.events()
    assert next(iter(events)).host == "h0.example"
    child = os.fork()
    if child == 0:
        try:
            mine = [event.host for event in events]
            fail(checker, pki, "child.example")
            mine += [event.host for event in events]
            os._exit(0 if mine == ["child.example"] else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert [event.host for event in events] == hosts(3)[1:]


# asyncio

def test_tasks(pki: PKI, checker: Checker) -> None:
    found: list[str] = []

    async def read() -> None:
        async for event in checker.events(poll=0.01):
            found.append(event.host)

    async def main() -> None:
        tasks = [asyncio.create_task(read()) for _ in range(2)]
        for start in (0, 3, 6):
            fail(checker, pki, *hosts(9)[start:start + 3])
            await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        assert await asyncio.gather(*tasks, return_exceptions=True) != [None, None]

    asyncio.run(main())
    assert sorted(found) == hosts(9)


def test_a_task_that_is_cancelled_loses_nothing(pki: PKI, checker: Checker) -> None:
    found: list[str] = []

    async def one() -> None:
        async for event in checker.events(poll=0.001):
            found.append(event.host)

    async def main() -> None:
        for host in hosts(50):
            fail(checker, pki, host)
            task = asyncio.create_task(one())
            # Somewhere in what it does.
            for _ in range(random.randrange(4)):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    assert found + [event.host for event in checker.events()] == hosts(50)


def test_an_event_loop_that_closes(pki: PKI, checker: Checker) -> None:
    """With a task that waits for an event: no warning (which pytest would raise), and the next loop goes on."""
    async def main() -> str:
        waiting = asyncio.create_task(anext(aiter(checker.events(poll=60))))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        fail(checker, pki, "now.example")
        async for event in checker.events():
            return event.host
        raise AssertionError

    assert asyncio.run(main()) == "now.example"
    loop = asyncio.new_event_loop()
    try:
        with pytest.raises(asyncio.TimeoutError):
            loop.run_until_complete(asyncio.wait_for(anext(aiter(checker.events(poll=60))), 0.05))
    finally:
        loop.close()
    fail(checker, pki, "later.example")
    assert [event.host for event in checker.events()] == ["later.example"]


# The log

def test_the_log(pki: PKI, caplog: pytest.LogCaptureFixture) -> None:
    policy = pki.policy(policy="enforcement = report-only", rule="enforcement = report-only")
    checker = Checker(Policy.parse(pki.policy(hosts=(HOST, "127.0.0.1"), serial=3)), presented=False, events=ALL)
    fail(checker, pki, HOST, "nobody.example")
    checker.check_validated("127.0.0.1", pki.backup.path)
    checker.check_validated(HOST, pki.pinned.path)
    with caplog.at_level(logging.INFO, "pinverdict.events"):
        assert log_events(checker) == 4
        assert log_events(checker) == 0
    refused, unpinned, backup, matched = caplog.records
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO", "WARNING", "INFO"]
    assert refused.getMessage() == f"{HOST} is refused: no-match; by the rule {HOST} of policy 3"
    assert backup.getMessage() == "127.0.0.1 is allowed: matched by a backup pin; by the rule 127.0.0.1 of policy 3"
    assert unpinned.getMessage() == "nobody.example is allowed: not-pinned"
    fields: dict[str, Any] = getattr(refused, "pinverdict")
    assert fields == getattr(refused, "event").report() and fields["reason"] == "no-match"
    assert json.dumps(fields) and refused.name == "pinverdict.events"

    caplog.clear()
    reporting = Checker(Policy.parse(policy), presented=False, events=EventKind.FAILED, repeat_after=0)
    fail(reporting, pki, HOST)
    own = logging.getLogger("own")
    with caplog.at_level(logging.WARNING, "own"):
        assert log_events(reporting, own) == 1
    (softened,) = caplog.records
    assert (softened.name, softened.levelname) == ("own", "WARNING")
    assert softened.getMessage().startswith(f"{HOST} would be refused: no-match")
