# SPDX-License-Identifier: Apache-2.0
"""Pins for everything that takes an ssl.SSLContext."""

import logging
import socket
import ssl
import sys
from collections.abc import Sequence
from typing import Any, cast

from ._abi import Decision, Reason
from .checker import Checker
from .errors import PinVerdictError
from .verdict import Verdict

# Python 3.13 shows the path, older ones to those who know where.
_SHOWS_PATH = hasattr(ssl.SSLObject, "get_verified_chain")
_DER: int = ssl._ssl.ENCODING_DER  # type: ignore[attr-defined]

_log = logging.getLogger("pinverdict")

# OpenSSL's X509_V_FLAG_… under which certificates pass that else would not: verified as of another time or of none,
# with critical extensions that nobody understood, or issued by the holder of any certificate, for any name.
_LENIENT = {"USE_CHECK_TIME": 0x2, "IGNORE_CRITICAL": 0x10, "ALLOW_PROXY_CERTS": 0x40, "NO_CHECK_TIME": 0x200000}


def pinned_context(checker: Checker, context: ssl.SSLContext | None = None) -> ssl.SSLContext:
    """A client context whose connections the checker has to allow, after the handshake and before any data.

    It goes wherever an ssl.SSLContext goes. ``context`` is one of your own, which is changed and returned; None is
    ``ssl.create_default_context()``. Pins come on top of its verification, never instead: certificates and host
    names are verified as before, and the pins are looked for in the path that this found.

    A refusal raises :class:`PinVerdictError`, an ssl.SSLCertVerificationError, and ends the connection. One that a
    policy only reports is a warning of the logger ``pinverdict``, with the verdict as the record's ``verdict``.

    Every handshake is a full one: ``session=`` is not used, and a session resumed by other means is refused, since
    it has no validated path; so is a handshake without certificates.

    On the context that is returned verification cannot be switched off, nor a part of it by ``verify_flags``
    (PinVerdictError), ``options`` keeps OP_NO_RENEGOTIATION, it makes no server connections, and it needs
    ``server_hostname``, the host that is checked (ValueError).

    Raises ValueError where the context does not verify certificates and host names, or only in part, is a server's, or
    is pinned already; TypeError where it is not the ssl module's own (but, say, truststore's, which wraps another).
    """
    if not isinstance(checker, Checker):
        raise TypeError(f"checker must be a Checker, not {type(checker).__name__}")
    if context is None:
        context = ssl.create_default_context()
    if isinstance(context, _PinnedContext):
        raise ValueError("the context is pinned already")
    # Others may make their connections by other means, and nobody would ask for the pins.
    if type(context) is not ssl.SSLContext or ssl.SSLContext.__module__ != "ssl":
        raise TypeError(f"the context is not an ssl.SSLContext itself, but of {type(context).__module__}")
    if vars(context).keys() & {"sslsocket_class", "sslobject_class"}:
        raise TypeError("the context makes connections of a class of its own")
    if context.protocol == ssl.PROTOCOL_TLS_SERVER:
        raise ValueError("the context is a server's; pins are for clients")
    if context.verify_mode != ssl.CERT_REQUIRED or not context.check_hostname:
        raise ValueError("the context does not verify certificates and host names; pins come on top of that")
    if lenient := _lenient(context.verify_flags):
        raise ValueError(f"the context verifies certificates only in part: clear {lenient} in its verify_flags")
    # A renegotiation could bring another certificate, which nobody would check.
    context.options |= ssl.OP_NO_RENEGOTIATION
    pinned = cast(_PinnedContext, context)
    pinned.pinverdict_checker = checker
    pinned.__class__ = _PinnedContext
    return pinned


def _lenient(flags: int) -> str:
    """The names of those that let certificates pass."""
    return " and ".join(name for name, flag in _LENIENT.items() if flags & flag)


def _check(connection: "_PinnedSocket | _PinnedObject") -> None:
    """Raises unless the checker allows the connection, whose handshake is complete."""
    handshake = connection._sslobj
    host: str = handshake.server_hostname
    path: Sequence[bytes] = ()
    if handshake.session_reused:
        pass
    elif _SHOWS_PATH:
        path = connection.get_verified_chain()  # type: ignore[union-attr]
    else:
        path = [certificate.public_bytes(_DER) for certificate in handshake.get_verified_chain() or ()]
    if path:
        verdict = handshake.context.pinverdict_checker._objection(host, path)
    else:
        verdict = Verdict(Decision.REFUSE, Reason.NO_VALIDATED_PATH, host)
    if verdict is not None:
        verdict.raise_for_refusal()
        if verdict.softened:
            _log.warning("%s", verdict.explanation, extra={"verdict": verdict})


class _PinnedSocket(ssl.SSLSocket):
    """A TLS socket over which no data goes before the checker has allowed it."""

    context: "_PinnedContext"
    _sslobj: Any  # None before connecting, and after shutdown and unwrap: then this is a plain socket.
    _pins_hold = False

    def do_handshake(self, block: bool = False) -> None:
        self._pins_hold = False
        super().do_handshake(block)
        try:
            _check(self)
        except BaseException:
            # Shut down too: a file made of this socket would keep it open, and after a failed connect() Python
            # itself sends in the clear.
            try:
                self.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            self.close()
            raise
        self._pins_hold = True

    # OpenSSL does a handshake that is still to do within the first read or write: it is done, and checked, before.
    # All other methods that transfer data call one of these.

    def _require_pins(self) -> None:
        if not self._pins_hold and self._sslobj is not None:
            self.do_handshake()

    def read(self, *args: Any, **kwargs: Any) -> Any:
        self._require_pins()
        return super().read(*args, **kwargs)

    def write(self, *args: Any, **kwargs: Any) -> int:
        self._require_pins()
        return super().write(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        self._require_pins()
        return super().send(*args, **kwargs)

    def sendfile(self, *args: Any, **kwargs: Any) -> int:
        self._require_pins()
        return super().sendfile(*args, **kwargs)


class _PinnedObject(ssl.SSLObject):
    """The same without a socket, for asyncio and for TLS within TLS."""

    context: "_PinnedContext"
    _sslobj: Any
    _pins_hold = False

    def do_handshake(self) -> None:
        self._pins_hold = False
        super().do_handshake()
        try:
            _check(self)
        except PinVerdictError as refusal:
            if sys._getframe(1).f_globals.get("__name__") == "trio._ssl":
                # Of any SSL error trio makes this one, without a word.
                raise sys.modules["trio"].BrokenResourceError(str(refusal)) from refusal
            raise
        self._pins_hold = True

    def read(self, *args: Any, **kwargs: Any) -> Any:
        if not self._pins_hold:
            self.do_handshake()
        return super().read(*args, **kwargs)

    def write(self, *args: Any, **kwargs: Any) -> int:
        if not self._pins_hold:
            self.do_handshake()
        return super().write(*args, **kwargs)


class _PinnedContext(ssl.SSLContext):
    """A context on which the pins cannot be lost by accident."""

    sslsocket_class = _PinnedSocket
    sslobject_class = _PinnedObject
    pinverdict_checker: Checker

    def __setattr__(self, name: str, value: Any) -> None:
        # Not left to the check: a connection keeps what held when it was made, and clients that share a context may
        # switch this off and on in between, as urllib3 does for each connection that it makes.
        if name == "verify_mode" and value != ssl.CERT_REQUIRED or name == "check_hostname" and not value:
            raise PinVerdictError("verification cannot be switched off on a pinned context: pins come on top of it")
        if name == "verify_flags" and (lenient := _lenient(value)):
            raise PinVerdictError(f"a pinned context cannot verify certificates only in part: leave out {lenient}")
        if name == "options":
            # Who assigns others does not mean to allow renegotiation.
            value |= ssl.OP_NO_RENEGOTIATION
        if name in ("sslsocket_class", "sslobject_class", "pinverdict_checker"):
            raise AttributeError(f"{name} of a pinned context cannot be changed")
        super().__setattr__(name, value)

    def wrap_socket(
        self,
        sock: socket.socket,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLSocket:
        _require_host(server_side, server_hostname)
        return super().wrap_socket(sock, False, do_handshake_on_connect, suppress_ragged_eofs, server_hostname)

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        # Without one, ssl itself would skip the host name here.
        _require_host(server_side, server_hostname)
        return super().wrap_bio(incoming, outgoing, False, server_hostname)


def _require_host(server_side: bool, server_hostname: str | bytes | None) -> None:
    if server_side:
        raise ValueError("a pinned context is a client's")
    if not server_hostname:
        raise ValueError("a pinned context needs server_hostname, the host whose pins are checked")
