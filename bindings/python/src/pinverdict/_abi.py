# SPDX-License-Identifier: Apache-2.0
"""The C ABI of include/pinverdict.h, row by row. A test compares this table with the header."""

import enum
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_bool,
    c_char,
    c_char_p,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any


class Status(enum.IntEnum):
    OK = 0
    INVALID_ARGUMENT = 1
    OUT_OF_MEMORY = 2
    FILE_ERROR = 3
    INVALID_POLICY = 4
    MALFORMED_CERTIFICATE = 5
    UNSUPPORTED_KEY = 6
    OUTDATED_POLICY = 7
    SETTING_REQUIRED = 8
    BACKEND_UNAVAILABLE = 9
    BACKEND_FAILURE = 10
    BAD_SIGNATURE = 11
    UNKNOWN_KEY = 12
    STALE_POLICY = 13
    UNSIGNED_POLICY = 14


class Decision(enum.IntEnum):
    """Whether a connection may live. Only ALLOW is true."""

    REFUSE = 0
    ALLOW = 1


class Reason(enum.IntEnum):
    """Why a verdict is what it is. ``str()`` gives the library's own name, such as ``no-match``.

    A value that only a newer library knows becomes a member without a name of its own, ``unknown-99``.
    """

    NONE = 0
    MATCHED = 1
    NOT_PINNED = 2
    ENFORCEMENT_OFF = 3
    PINS_EXPIRED = 4
    NO_MATCH = 10
    REJECTED_KEY = 11
    TOO_FEW_SCTS = 12
    CT_LOGS_STALE = 13
    UNTRUSTED_CHAIN = 20
    HOSTNAME_MISMATCH = 21
    CERTIFICATE_EXPIRED = 22
    NO_VALIDATED_PATH = 23
    NOT_A_PATH = 24
    MALFORMED_CERTIFICATE = 30
    MALFORMED_HOSTNAME = 31
    EMPTY_CHAIN = 32
    EXTRACTORS_DISAGREE = 33
    INVALID_ARGUMENT = 40
    BACKEND_FAILURE = 41

    def __str__(self) -> str:
        return self.name.lower().replace("_", "-")

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member


class Backend(enum.IntEnum):
    """The TLS library that hashes, validates and, for a cross-check, reads certificates."""

    AUTO = 0
    OPENSSL = 1
    GNUTLS = 2


class PinKind(enum.IntEnum):
    """What a pin is the SHA-256 of: the SubjectPublicKeyInfo, the bare key, or the whole certificate."""

    SPKI = 1
    KEY = 2
    CERTIFICATE = 3


class PinList(enum.IntEnum):
    """The lists of a rule: of pins on any certificate, on the leaf alone, on those behind it. Within one any pin will
    do, and each that has pins must find one of them on the path."""

    ANY = 0
    LEAF = 1
    CA = 2


class Bytes(Structure):
    _fields_ = [("data", c_char_p), ("size", c_size_t)]


class LentBytes(Structure):
    """The same, of the library's: as a c_char_p, ctypes would take the data for text up to a NUL."""

    _fields_ = [("data", c_void_p), ("size", c_size_t)]


class Error(Structure):
    _fields_ = [("struct_size", c_size_t), ("status", c_int), ("line", c_uint32), ("message", c_char * 256)]


class Verdict(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("decision", c_int),
        ("reason", c_int),
        ("enforced", c_bool),
        ("backup", c_bool),
        ("matched_depth", c_int32),
        ("matched_kind", c_int),
        ("matched_digest", c_uint8 * 32),
        ("policy_serial", c_uint64),
        ("rule", c_char * 256),
        ("failed_depth", c_int32),
        ("detail", c_char * 188),
        ("scts", c_int32),
        ("sct_operators", c_int32),
        ("ct_logs_stale", c_bool),
    ]


class Pin(Structure):
    _fields_ = [
        ("kind", c_int),
        ("list", c_int),
        ("backup", c_bool),
        ("reserved", c_uint8 * 7),
        ("digest", c_uint8 * 32),
    ]


class Count(Structure):
    _fields_ = [
        ("reason", c_int),
        ("decision", c_int),
        ("enforced", c_bool),
        ("backup", c_bool),
        ("reserved", c_uint8 * 6),
        ("checks", c_uint64),
    ]


class RuleCount(Structure):
    _fields_ = [
        ("matched", c_uint64),
        ("backup", c_uint64),
        ("softened", c_uint64),
        ("refused", c_uint64),
        ("last_failure", c_int64),
        ("reserved", c_uint64 * 3),
        ("rule", c_char * 256),
    ]


class Totals(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("queued", c_uint64),
        ("repeated", c_uint64),
        ("lost", c_uint64),
        ("sets", c_uint64),
        ("outdated", c_uint64),
        ("rejected", c_uint64),
    ]


class Event(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("time", c_int64),
        ("repeats", c_uint64),
        ("policy_serial", c_uint64),
        ("decision", c_int),
        ("reason", c_int),
        ("enforced", c_bool),
        ("backup", c_bool),
        ("resumed", c_bool),
        ("truncated", c_bool),
        ("matched_depth", c_int32),
        ("count", c_uint32),
        ("sizes", c_uint32 * 32),
        ("host", c_char * 256),
        ("rule", c_char * 256),
    ]


class PolicyInfo(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("serial", c_uint64),
        ("since", c_int64),
        ("first_expiry", c_int64),
        ("valid_until", c_int64),
        ("enforcement", c_int32),
        ("rules", c_uint32),
    ]


Digest = c_uint8 * 32
Clock = CFUNCTYPE(c_int64, c_void_p)
PathFunction = CFUNCTYPE(None, c_void_p, POINTER(LentBytes), c_size_t)

# Of the opaque types and of those that functions fill in: pointers.
_policy, _config, _checker, _source = c_void_p, c_void_p, c_void_p, c_void_p
_out, _error = POINTER(c_void_p), POINTER(Error)
# An array of Bytes goes as bytes that were packed: see to_chain.
_check = (_checker, c_char_p, c_char_p, c_size_t, POINTER(Verdict))

# Each function: what it returns, what it takes.
FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "pinverdict_version": (c_char_p, ()),
    "pinverdict_reason_name": (c_char_p, (c_int,)),
    "pinverdict_status_name": (c_char_p, (c_int,)),
    "pinverdict_policy_parse": (c_int, (c_char_p, c_size_t, _out, _error)),
    "pinverdict_policy_load": (c_int, (c_char_p, _out, _error)),
    "pinverdict_policy_parse_signed": (c_int, (_config, c_char_p, c_size_t, c_char_p, c_size_t, _out, _error)),
    "pinverdict_policy_free": (None, (_policy,)),
    "pinverdict_checker_create": (c_int, (_policy, _config, _out, _error)),
    "pinverdict_checker_set_policy": (c_int, (_checker, _policy, _error)),
    "pinverdict_checker_pins": (
        c_int,
        (_checker, c_char_p, POINTER(Pin), c_size_t, POINTER(c_size_t), POINTER(c_uint64), _error),
    ),
    "pinverdict_checker_counts": (c_int, (_checker, POINTER(Count), c_size_t, POINTER(c_size_t), _error)),
    "pinverdict_checker_rule_counts": (c_int, (_checker, POINTER(RuleCount), c_size_t, POINTER(c_size_t), _error)),
    "pinverdict_checker_totals": (c_int, (_checker, POINTER(Totals))),
    "pinverdict_checker_policy_info": (c_int, (_checker, POINTER(PolicyInfo))),
    "pinverdict_checker_next_event": (c_int, (_checker, POINTER(Event), POINTER(c_uint8), c_size_t)),
    "pinverdict_checker_free": (None, (_checker,)),
    "pinverdict_check_validated": (c_int, _check),
    "pinverdict_check_presented": (c_int, _check),
    "pinverdict_check_presented_path": (c_int, (*_check, PathFunction, c_void_p)),
    "pinverdict_config_create": (c_int, (_out,)),
    "pinverdict_config_set_backend": (c_int, (_config, c_int)),
    "pinverdict_config_set_cross_check": (c_int, (_config, c_bool)),
    "pinverdict_config_set_environment": (c_int, (_config, c_char_p)),
    "pinverdict_config_set_install_id": (c_int, (_config, c_char_p, c_size_t)),
    "pinverdict_config_set_clock": (c_int, (_config, Clock, c_void_p)),
    "pinverdict_config_set_events": (c_int, (_config, c_uint32, c_size_t, c_uint32)),
    "pinverdict_config_set_trust_file": (c_int, (_config, c_char_p)),
    "pinverdict_config_set_presented": (c_int, (_config, c_bool)),
    "pinverdict_config_add_policy_key": (c_int, (_config, c_char_p, c_size_t)),
    "pinverdict_config_set_minimum_serial": (c_int, (_config, c_uint64)),
    "pinverdict_config_free": (None, (_config,)),
    "pinverdict_source_create": (c_int, (_config, c_char_p, c_char_p, c_char_p, _out, _error)),
    "pinverdict_source_load": (c_int, (_source, _out, _error)),
    "pinverdict_source_refresh": (c_int, (_source, _checker, POINTER(c_bool), _error)),
    "pinverdict_source_free": (None, (_source,)),
    "pinverdict_pin_of_certificate": (c_int, (c_int, c_int, Bytes, POINTER(c_uint8))),
}
