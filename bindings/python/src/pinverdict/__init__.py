# SPDX-License-Identifier: Apache-2.0
"""PinVerdict: do our pins allow this TLS connection?

    checker = Checker(Policy.load("pins.conf"))
    context = pinned_context(checker)

``context`` is an ssl.SSLContext for http.client, urllib3, httpx, aiohttp, asyncio, smtplib and whatever else takes
one; for requests there is :class:`PinningAdapter`. :meth:`Checker.check_validated` answers for a path of your own.
"""

from typing import TYPE_CHECKING, Any

from ._abi import Backend, Decision, PinKind, PinList, Reason
from ._library import LoadedLibrary, loaded_library
from .checker import Checker
from .counters import Count, EventCounts, PolicyInfo, RuleCount
from .errors import PinVerdictError, PolicyError, SignatureError, StalePolicyError, verdict_of
from .events import Event, EventKind, Events, log_events
from .pins import ExpectedPin, Pin, pins_of
from .policy import Policy
from .source import Source
from .ssl_context import pinned_context
from .verdict import Verdict

if TYPE_CHECKING:
    from .requests_adapter import PinningAdapter

__all__ = [
    "Backend",
    "Checker",
    "Count",
    "Decision",
    "Event",
    "EventCounts",
    "EventKind",
    "Events",
    "ExpectedPin",
    "LoadedLibrary",
    "Pin",
    "PinKind",
    "PinList",
    "PinVerdictError",
    "PinningAdapter",
    "Policy",
    "PolicyError",
    "PolicyInfo",
    "Reason",
    "RuleCount",
    "SignatureError",
    "Source",
    "StalePolicyError",
    "Verdict",
    "loaded_library",
    "log_events",
    "pinned_context",
    "pins_of",
    "verdict_of",
]


def __getattr__(name: str) -> Any:
    # That of the package as it was installed, which has it from the library's header; read when it is asked for.
    if name == "__version__":
        from importlib.metadata import version

        return version("pinverdict")
    # Not before it is asked for, since it needs requests.
    if name == "PinningAdapter":
        from .requests_adapter import PinningAdapter

        return PinningAdapter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
