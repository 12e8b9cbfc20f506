# SPDX-License-Identifier: Apache-2.0
"""What the records of sensors and scanners, and events of this library, say of connections."""

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from .malformed import Malformed
from .store import Store

# What the pins have no part in: the TLS library refuses it with pins or without.
NOT_THE_PINS = ("untrusted-chain", "hostname-mismatch", "certificate-expired")

ENCRYPTED, RESUMED, UNSEEN = "TLS 1.3, whose certificates are encrypted", "resumed", "no certificates seen"
CUT_SHORT, NO_PATH = "an event whose path is cut short", "an event without a path"

# Datetime's years are 1 to 9999.
_FIRST, _LAST = -62135596800, 253402300799
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d):?(\d\d))?")
_MOST_CERTIFICATES = 1000
_LINES = re.compile(r"-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]*)-----END CERTIFICATE-----\n?")
_SSL = ("cert_chain_fps", "cert_chain_fuids", "server_name", "cipher", "version", "resumed")
_X509 = ("fingerprint", "cert", "certificate.subject")


def take(record: Any, store: Store, are_validated: bool) -> None:
    """Puts a record into the store; the keys that it has say of which kind it is.

    Raises :class:`Malformed` where it is of none, or is not as that kind should be.
    """
    if not isinstance(record, dict):
        raise Malformed("not an object")
    if "validated-certificate-chain" in record:
        _take_event(record, store)
    elif "data" in record and ("ip" in record or "domain" in record):
        _take_scan(record, store, are_validated)
    elif "chain" in record:
        _take_connection(record, store, are_validated)
    elif any(key in record for key in _X509) or record.get("_path") == "x509":
        _take_certificate(record, store)
    elif any(key in record for key in _SSL) or record.get("_path") == "ssl":
        _take_handshake(record, store, are_validated)
    else:
        raise Malformed("neither an event, nor of Zeek's ssl.log or x509.log, zgrab2's, or a host with its chain")


def _take_event(event: dict[str, Any], store: Store) -> None:
    chain = _list(event["validated-certificate-chain"] or [], "validated-certificate-chain")
    host, count = _text(event, "hostname"), 1 + _whole(event.get("repeats", 0), "repeats")
    if event.get("truncated") is True:
        store.add_not_asked(CUT_SHORT, count)
    elif not chain and event.get("reason") in NOT_THE_PINS:
        store.add_apart(host, event["reason"], _seconds(event.get("date-time")), count)
    elif not chain:
        store.add_not_asked(NO_PATH, count)
    else:
        found = [store.add_certificate(_of_pem(each)) for each in chain]
        store.add_connection(host, found, _seconds(event.get("date-time")), count, True)


def _take_connection(record: dict[str, Any], store: Store, is_validated: bool) -> None:
    """What :class:`Connection` has, with the chain in base64."""
    chain, count = _list(record["chain"] or [], "chain"), _count(record)
    host = _text(record, "host")
    if not chain:
        store.add_not_asked(UNSEEN, count)
        return
    found = [store.add_certificate(each if isinstance(each, bytes) else _of_base64(each)) for each in chain]
    store.add_connection(host, found, _seconds(record.get("time")), count, is_validated)


def _take_handshake(record: dict[str, Any], store: Store, is_validated: bool) -> None:
    """A line of Zeek's ssl.log, with fingerprints (version 4.1 and later) or, before, with the names of files."""
    fingerprints = _list(record.get("cert_chain_fps") or record.get("cert_chain_fuids") or [], "cert_chain_fps")
    if record.get("resumed") in (True, "T"):
        store.add_not_asked(RESUMED)
    elif not fingerprints:
        store.add_not_asked(ENCRYPTED if str(record.get("version")).startswith("TLSv13") else UNSEEN)
    elif not all(isinstance(each, str) for each in fingerprints):
        raise Malformed("cert_chain_fps is not a list of texts")
    else:
        host = record.get("server_name") or record.get("id.resp_h")
        if not isinstance(host, str):
            raise Malformed("neither server_name nor id.resp_h")
        store.add_connection(host, fingerprints, _seconds(record.get("ts")), 1, is_validated)


def _take_certificate(record: dict[str, Any], store: Store) -> None:
    """A line of Zeek's x509.log. One without the certificate itself has nothing for us: what needs it says so."""
    if record.get("cert") is None:
        return
    der = _of_base64(record["cert"])
    reference = record.get("fingerprint") or record.get("id")
    if not isinstance(reference, str):
        raise Malformed("neither fingerprint nor id")
    if store.add_certificate(der, reference) != reference and len(reference) == 64:
        raise Malformed(f"the certificate does not have the fingerprint {reference}")


def _take_scan(record: dict[str, Any], store: Store, is_validated: bool) -> None:
    """A line of zgrab2: a result for each of its modules, the handshake somewhere in it."""
    host = _text(record, "domain" if record.get("domain") else "ip")
    if not isinstance(record["data"], dict) or not all(isinstance(each, dict) for each in record["data"].values()):
        raise Malformed("data is not an object of objects")
    if not record["data"]:
        store.add_not_asked(UNSEEN)
    for module in record["data"].values():
        handshakes = list(_handshakes(module))
        if not handshakes:
            store.add_not_asked(UNSEEN)
        for handshake in handshakes:
            sent = [handshake.get("certificate"), *_list(handshake.get("chain") or [], "chain")]
            if not all(isinstance(each, dict) and "raw" in each for each in sent):
                raise Malformed("server_certificates without raw")
            found = [store.add_certificate(_of_base64(each["raw"])) for each in sent]
            store.add_connection(host, found, _seconds(module.get("timestamp")), 1, is_validated)


def _handshakes(found: Any) -> Iterator[dict[str, Any]]:
    waiting = [found]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if isinstance(each.get("server_certificates"), dict):
                yield each["server_certificates"]
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    if not isinstance(value, str):
        raise Malformed(f"{key} is not a text")
    return value


def _list(value: Any, key: str) -> list[Any]:
    if isinstance(value, str):  # As Zeek writes a set of one.
        value = value.split(",")
    if not isinstance(value, list):
        raise Malformed(f"{key} is not a list")
    if len(value) > _MOST_CERTIFICATES:
        raise Malformed(f"{key} has {len(value)} certificates")
    return value


def _whole(value: Any, key: str) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise Malformed(f"{key} is not a number from 0 to 2^53")
    return value


def _count(record: dict[str, Any]) -> int:
    return 1 if record.get("count") is None else _whole(record["count"], "count")


def _seconds(value: Any) -> int | None:
    """Of a number of seconds, of one as a text, or of RFC 3339."""
    if value is None:
        return None
    try:
        if isinstance(value, datetime):
            value = (value if value.tzinfo else value.replace(tzinfo=timezone.utc)).timestamp()
        elif isinstance(value, str) and (found := _MOMENT.fullmatch(value)):
            moment = datetime.fromisoformat(f"{found[1]}T{found[2]}+00:00").timestamp()
            away = timedelta(hours=int(found[4] or 0), minutes=int(found[5] or 0)).total_seconds()
            value = moment + away if found[3] == "-" else moment - away
        seconds = float(value) // 1
        if _FIRST <= seconds <= _LAST:
            return int(seconds)
    except (TypeError, ValueError, OverflowError):
        pass
    raise Malformed(f"{value!r:.60} is no time")


def _of_base64(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise Malformed("a certificate that is not base64") from None


def _of_pem(text: Any) -> bytes:
    found = _LINES.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise Malformed("a certificate that is not PEM")
    return _of_base64(found[1].replace("\n", ""))
