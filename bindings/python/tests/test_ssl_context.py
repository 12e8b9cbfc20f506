# SPDX-License-Identifier: Apache-2.0
"""pinned_context on sockets and on memory BIOs: every way in is checked, and nothing gets out before."""

import contextlib
import gc
import logging
import select
import socket
import ssl
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import truststore
from kit.certificates import Certificate, extension
from kit.der import NULL
from loopback import PATIENCE, TLSServer
from pki import HOST, PKI, issue, issue_authority, issue_proxy

from pinverdict import Checker, PinVerdictError, Policy, Reason, pinned_context

MakeContext = Callable[[Checker], ssl.SSLContext]
REQUEST = b"GET / HTTP/1.0\r\n\r\n"


def connect(server: TLSServer) -> socket.socket:
    return socket.create_connection((server.host, server.port), PATIENCE)


@pytest.mark.parametrize("host", [HOST, "LocalHost", "127.0.0.1", "::1", b"localhost"])
def test_the_right_pin(versioned_server: TLSServer, context: MakeContext, right: Checker, host: str) -> None:
    with context(right).wrap_socket(connect(versioned_server), server_hostname=host) as stream:
        stream.sendall(REQUEST)
        assert b"pinned" in stream.recv(4096)
    assert versioned_server.application_bytes == len(REQUEST)


def test_the_wrong_pin(versioned_server: TLSServer, context: MakeContext, wrong: Checker, pki: PKI) -> None:
    sock = connect(versioned_server)
    with pytest.raises(PinVerdictError) as raised:
        context(wrong).wrap_socket(sock, server_hostname=HOST)
    verdict = raised.value.verdict
    assert verdict is not None and verdict.reason is Reason.NO_MATCH
    # The path that was validated: the root, which the server does not send, is in it.
    assert list(verdict.chain) == pki.pinned.path
    assert sock.fileno() == -1
    assert (versioned_server.handshakes, versioned_server.application_bytes) == (1, 0)


def test_a_host_that_is_not_ascii(server: TLSServer, pki: PKI, context: MakeContext) -> None:
    checker = Checker(Policy.parse(pki.policy(pki.other.pin, hosts=("xn--mnchen-3ya.example",))))
    with pytest.raises(PinVerdictError, match="by the rule xn--mnchen-3ya.example"):
        context(checker).wrap_socket(connect(server), server_hostname="m\u00fcnchen.example")
    assert server.application_bytes == 0


def test_report_only(
    server: TLSServer, context: MakeContext, reporting: Checker, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "pinverdict"):
        with context(reporting).wrap_socket(connect(server), server_hostname=HOST) as stream:
            stream.sendall(REQUEST)
            assert b"pinned" in stream.recv(4096)
    (record,) = caplog.records
    assert "would be refused: no-match" in record.message
    assert record.verdict.reason is Reason.NO_MATCH  # type: ignore[attr-defined]
    assert server.application_bytes == len(REQUEST)


def test_a_match_is_not_logged(server: TLSServer, context: MakeContext, right: Checker,
                               caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "pinverdict"):
        context(right).wrap_socket(connect(server), server_hostname=HOST).close()
    assert not caplog.records


def test_a_host_without_a_rule(server: TLSServer, pki: PKI, context: MakeContext) -> None:
    checker = Checker(Policy.parse(pki.policy(pki.other.pin, hosts=("elsewhere.example",))))
    with context(checker).wrap_socket(connect(server), server_hostname=HOST) as stream:
        stream.sendall(REQUEST)
    assert server.application_bytes == len(REQUEST)


# ----------------------------------------------------------------------------------- on top of verification


def test_pins_do_not_replace_trust(server: TLSServer, right: Checker, pki: PKI) -> None:
    stranger = ssl.create_default_context(cadata=issue_authority("stranger").pem)
    with pytest.raises(ssl.SSLCertVerificationError) as raised:
        pinned_context(right, stranger).wrap_socket(connect(server), server_hostname=HOST)
    assert not isinstance(raised.value, PinVerdictError)
    assert server.application_bytes == 0


def test_pins_do_not_replace_the_host_name(server: TLSServer, pki: PKI, context: MakeContext) -> None:
    checker = Checker(Policy.parse(pki.policy(hosts=("elsewhere.example",))))
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        context(checker).wrap_socket(connect(server), server_hostname="elsewhere.example")
    assert server.application_bytes == 0


def test_a_pin_that_is_only_sent_does_not_count(pki: PKI, right: Checker, tmp_path: Path) -> None:
    # A server with another key, and the pinned certificate at the end of its list (CVE-2016-2402).
    file = tmp_path / "server.pem"
    file.write_text(pki.other.for_server + pki.pinned.pem)
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(file)
    with TLSServer(server_context) as server:
        with pytest.raises(PinVerdictError, match="no-match"):
            pinned_context(right, pki.client_context()).wrap_socket(connect(server), server_hostname=HOST)
        assert server.application_bytes == 0


def unverified() -> ssl.SSLContext:
    return ssl._create_unverified_context()


def without_host_names() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    return context


def optional() -> ssl.SSLContext:
    context = without_host_names()
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


def a_server_s() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


@pytest.mark.parametrize("make", [unverified, without_host_names, optional, a_server_s])
def test_contexts_that_do_not_verify(make: Callable[[], ssl.SSLContext], right: Checker) -> None:
    with pytest.raises(ValueError):
        pinned_context(right, make())


def test_verification_cannot_be_switched_off_later(
    server: TLSServer, context: MakeContext, right: Checker
) -> None:
    pinned = context(right)
    for name, value in [
        ("verify_mode", ssl.CERT_NONE), ("verify_mode", 0), ("verify_mode", ssl.CERT_OPTIONAL),
        ("check_hostname", False), ("check_hostname", 0), ("check_hostname", None),
    ]:
        with pytest.raises(PinVerdictError, match="switched off"):
            setattr(pinned, name, value)
    assert (pinned.verify_mode, pinned.check_hostname) == (ssl.CERT_REQUIRED, True)
    # What changes nothing is allowed, since clients do it.
    pinned.verify_mode, pinned.check_hostname = ssl.CERT_REQUIRED, True
    pinned.wrap_socket(connect(server), server_hostname=HOST).close()


# What each of OpenSSL's flags lets pass, where a certificate can be made for it.
LENIENT: dict[str, tuple[int, "Callable[[PKI], Certificate] | None"]] = {
    "USE_CHECK_TIME": (0x2, None),
    "IGNORE_CRITICAL": (0x10, lambda pki: issue(
        HOST, pki.intermediate, more=[extension("1.2.3.4.5", NULL, critical=True)])),
    "ALLOW_PROXY_CERTS": (0x40, lambda pki: issue_proxy(HOST, pki.other)),
    "NO_CHECK_TIME": (0x200000, lambda pki: issue(HOST, pki.intermediate, days=-1)),
}


@pytest.mark.parametrize("name, flag, make", [(name, *row) for name, row in LENIENT.items()], ids=LENIENT)
def test_verification_in_part(
    pki: PKI, context: MakeContext, name: str, flag: int, make: "Callable[[PKI], Certificate] | None"
) -> None:
    checker = Checker(Policy.parse(pki.policy(pki.intermediate.pin)))
    lenient, pinned = pki.client_context(), context(checker)
    lenient.verify_flags = lenient.verify_flags | flag  # type: ignore[assignment]
    with pytest.raises(ValueError, match=f"only in part: clear {name} in"):
        pinned_context(checker, lenient)
    before = pinned.verify_flags
    for value in (flag, before | flag, int(before) | flag | ssl.VERIFY_CRL_CHECK_LEAF):
        with pytest.raises(PinVerdictError, match=f"only in part: leave out {name}"):
            pinned.verify_flags = value  # type: ignore[assignment]
    assert pinned.verify_flags == before
    if make is None:
        return
    with TLSServer(pki.server_context(make(pki))) as server:
        # The flag would matter: without pins.
        lenient.wrap_socket(connect(server), server_hostname=HOST).close()
        with pytest.raises(ssl.SSLCertVerificationError) as raised:
            pinned.wrap_socket(connect(server), server_hostname=HOST)
        assert not isinstance(raised.value, PinVerdictError)
        assert server.application_bytes == 0


def test_flags_that_demand_more_can_be_set(pki: PKI, context: MakeContext, right: Checker) -> None:
    strict = pki.client_context()
    strict.verify_flags |= ssl.VERIFY_X509_STRICT
    for pinned in (context(right), pinned_context(right, strict)):
        pinned.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF | ssl.VERIFY_X509_STRICT
        assert pinned.verify_flags & ssl.VERIFY_CRL_CHECK_LEAF and pinned.verify_flags & ssl.VERIFY_X509_STRICT
        pinned.verify_flags = ssl.VERIFY_DEFAULT
        assert pinned.verify_flags == ssl.VERIFY_DEFAULT


def test_renegotiation_stays_off(context: MakeContext, right: Checker) -> None:
    pinned = context(right)
    pinned.options &= ~ssl.OP_NO_RENEGOTIATION
    assert pinned.options & ssl.OP_NO_RENEGOTIATION
    pinned.options |= ssl.OP_NO_TICKET
    assert pinned.options & ssl.OP_NO_TICKET
    # Others, without a thought to this one.
    pinned.options = ssl.OP_NO_COMPRESSION
    assert pinned.options == ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION


@pytest.mark.parametrize("name", ["sslsocket_class", "sslobject_class", "pinverdict_checker"])
def test_the_pins_cannot_be_taken_off(context: MakeContext, right: Checker, name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(context(right), name, None)


def test_contexts_that_make_other_connections(right: Checker) -> None:
    class Other(ssl.SSLContext):
        pass

    class OtherSocket(ssl.SSLSocket):
        pass

    with_sockets = ssl.create_default_context()
    with_sockets.sslsocket_class = OtherSocket
    for other in (truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT), Other(ssl.PROTOCOL_TLS_CLIENT), with_sockets):
        with pytest.raises(TypeError):
            pinned_context(right, other)
    for other in ("context", 7, socket.socket):
        with pytest.raises(TypeError):
            pinned_context(right, other)  # type: ignore[arg-type]


def test_truststore_injected(right: Checker) -> None:
    truststore.inject_into_ssl()
    try:
        with pytest.raises(TypeError, match="truststore"):
            pinned_context(right)
    finally:
        truststore.extract_from_ssl()


def test_pinned_twice(context: MakeContext, right: Checker, wrong: Checker) -> None:
    with pytest.raises(ValueError, match="already"):
        pinned_context(right, context(wrong))


def test_the_context_is_changed_and_returned(pki: PKI, right: Checker) -> None:
    given = pki.client_context()
    assert pinned_context(right, given) is given
    assert isinstance(given, ssl.SSLContext)
    assert given.options & ssl.OP_NO_RENEGOTIATION
    # Another one is as it was.
    assert type(ssl.create_default_context()) is ssl.SSLContext


def test_no_server_and_no_nameless_connections(server: TLSServer, context: MakeContext, right: Checker) -> None:
    pinned, bio = context(right), ssl.MemoryBIO()
    for host in (None, "", b""):
        with pytest.raises(ValueError, match="server_hostname"):
            pinned.wrap_bio(bio, bio, server_hostname=host)
        with connect(server) as sock, pytest.raises(ValueError, match="server_hostname"):
            pinned.wrap_socket(sock, server_hostname=host)
    with pytest.raises(ValueError, match="client"):
        pinned.wrap_bio(bio, bio, server_side=True)
    with connect(server) as sock, pytest.raises(ValueError, match="client"):
        pinned.wrap_socket(sock, server_side=True)


# -------------------------------------------------------------------------------------- every way to send data

Send = Callable[[ssl.SSLSocket], object]


def send_file(stream: ssl.SSLSocket) -> object:
    with open(__file__, "rb") as file:
        return stream.sendfile(file)


TRANSFERS: dict[str, Send] = {
    "send": lambda stream: stream.send(REQUEST),
    "sendall": lambda stream: stream.sendall(REQUEST),
    "write": lambda stream: stream.write(REQUEST),
    "sendfile": send_file,
    "makefile.write": lambda stream: stream.makefile("wb", buffering=0).write(REQUEST),
    "recv": lambda stream: stream.recv(9),
    "recv_into": lambda stream: stream.recv_into(bytearray(9)),
    "read": lambda stream: stream.read(9),
    "read into": lambda stream: stream.read(9, bytearray(9)),
    "makefile.read": lambda stream: stream.makefile("rb", buffering=0).read(9),
}


@pytest.mark.parametrize("transfer", TRANSFERS.values(), ids=TRANSFERS)
def test_transfers_before_the_handshake(
    versioned_server: TLSServer, context: MakeContext, wrong: Checker, transfer: Send
) -> None:
    with connect(versioned_server) as sock:
        stream = context(wrong).wrap_socket(sock, server_hostname=HOST, do_handshake_on_connect=False)
        with stream, pytest.raises(PinVerdictError, match="no-match"):
            transfer(stream)
    assert (versioned_server.handshakes, versioned_server.application_bytes) == (1, 0)


@pytest.mark.parametrize("transfer", TRANSFERS.values(), ids=TRANSFERS)
def test_transfers_after_a_refusal(
    versioned_server: TLSServer, context: MakeContext, wrong: Checker, transfer: Send
) -> None:
    # For a client that does not care: the refusal was caught, a file holds the socket open, and it goes on.
    stream = context(wrong).wrap_socket(connect(versioned_server), server_hostname=HOST, do_handshake_on_connect=False)
    file = stream.makefile("rwb", buffering=0)
    with pytest.raises(PinVerdictError):
        stream.do_handshake()
    with pytest.raises((OSError, ValueError)):
        transfer(stream)
        # A read may say that this is the end.
        stream.sendall(REQUEST)
    with pytest.raises((OSError, ValueError)):
        file.write(REQUEST)
    file.close()
    stream.close()
    assert (versioned_server.handshakes, versioned_server.application_bytes) == (1, 0)


def test_every_public_method_of_python_s_socket_is_known() -> None:
    # Those of ssl.SSLSocket that could transfer data, in this version of Python: each is tested above, or cannot.
    known = {"read", "write", "send", "sendall", "sendfile", "recv", "recv_into"}
    refused = {"sendto", "sendmsg", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into"}
    harmless = {
        "accept", "bind", "cipher", "compression", "connect", "connect_ex", "context", "dup", "do_handshake",
        "get_channel_binding", "get_unverified_chain", "get_verified_chain", "getpeercert", "pending",
        "selected_alpn_protocol", "selected_npn_protocol", "session", "session_reused", "shared_ciphers", "shutdown",
        "unwrap", "verify_client_post_handshake", "version", "server_side", "server_hostname",
    }
    of_objects = {name for name in vars(ssl.SSLObject) if not name.startswith("_")}
    of_sockets = {name for name in vars(ssl.SSLSocket) if not name.startswith("_")}
    assert of_sockets - harmless - refused <= known
    assert of_objects - harmless == {"read", "write"}


def test_reading_first(server: TLSServer, context: MakeContext, right: Checker) -> None:
    with connect(server) as sock:
        stream = context(right).wrap_socket(sock, server_hostname=HOST, do_handshake_on_connect=False)
        with stream:
            stream.send(REQUEST)
            assert b"pinned" in stream.recv(4096)
    assert server.application_bytes == len(REQUEST)


@pytest.mark.parametrize("manual", [False, True])
@pytest.mark.parametrize("held", [False, True])
def test_connecting_after_wrapping(
    server: TLSServer, context: MakeContext, wrong: Checker, manual: bool, held: bool
) -> None:
    stream = context(wrong).wrap_socket(socket.socket(), server_hostname=HOST, do_handshake_on_connect=not manual)
    # A file that is made of the socket keeps it open, whoever closes it.
    with stream, stream.makefile("rb", buffering=0) if held else contextlib.nullcontext():
        with pytest.raises(PinVerdictError):
            stream.connect((server.host, server.port))
            stream.sendall(REQUEST)
        # Python's own socket would send this in the clear now.
        with pytest.raises(OSError):
            stream.sendall(REQUEST)
    assert (server.handshakes, server.application_bytes) == (1, 0)


def test_without_waiting(versioned_server: TLSServer, context: MakeContext, right: Checker, wrong: Checker) -> None:
    for checker in (right, wrong):
        sock = connect(versioned_server)
        sock.setblocking(False)
        stream = context(checker).wrap_socket(sock, server_hostname=HOST, do_handshake_on_connect=False)
        with stream:
            error = None
            for _ in range(1000):
                try:
                    stream.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    select.select([stream], [], [], PATIENCE)
                except PinVerdictError as refusal:
                    error = refusal
                    break
            assert (error is not None) == (checker is wrong)
            assert (stream.fileno() == -1) == (checker is wrong)
    assert versioned_server.application_bytes == 0


def test_unwrap_and_what_follows(pki: PKI, context: MakeContext, right: Checker) -> None:
    # After unwrap Python gives the plain socket back; that the pins held before changes nothing.
    with TLSServer(pki.server_context()) as server:
        stream = context(right).wrap_socket(connect(server), server_hostname=HOST)
        stream.sendall(REQUEST)
        while stream.recv(4096):
            pass
        plain = stream.unwrap()
        assert plain.fileno() != -1
        plain.close()
        assert server.application_bytes == len(REQUEST)


# ---------------------------------------------------------------------------------------------- memory BIOs


class BIOClient:
    """A client that moves the bytes itself, as asyncio does."""

    def __init__(self, context: ssl.SSLContext, server: TLSServer) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = context.wrap_bio(self._incoming, self._outgoing, server_hostname=HOST)
        self.socket = connect(server)

    def run(self, function: Callable[..., Any], *arguments: object) -> Any:
        while True:
            try:
                result = function(*arguments)
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                if not (data := self.socket.recv(65536)):
                    raise EOFError from None
                self._incoming.write(data)

    def flush(self) -> None:
        self.socket.sendall(self._outgoing.read())


def test_bio(versioned_server: TLSServer, context: MakeContext, right: Checker) -> None:
    client = BIOClient(context(right), versioned_server)
    with client.socket:
        client.run(client.object.do_handshake)
        client.run(client.object.write, REQUEST)
        assert b"pinned" in client.run(client.object.read, 4096)
    assert versioned_server.application_bytes == len(REQUEST)


@pytest.mark.parametrize("method, arguments", [("do_handshake", ()), ("read", (9,)), ("write", (REQUEST,))])
def test_bio_refused(
    versioned_server: TLSServer, context: MakeContext, wrong: Checker, method: str, arguments: tuple[object, ...]
) -> None:
    client = BIOClient(context(wrong), versioned_server)
    with client.socket:
        with pytest.raises(PinVerdictError):
            client.run(getattr(client.object, method), *arguments)
        # And whatever is tried afterwards, with all that is due sent.
        for _ in range(3):
            for call in (lambda: client.object.write(REQUEST), lambda: client.object.read(9),
                         client.object.do_handshake):
                with pytest.raises(PinVerdictError):
                    client.run(call)
                client.flush()
    assert (versioned_server.handshakes, versioned_server.application_bytes) == (1, 0)


# ----------------------------------------------------------------------------------------------- resumption


def session_of(context: ssl.SSLContext, server: TLSServer) -> ssl.SSLSession:
    with context.wrap_socket(connect(server), server_hostname=HOST) as stream:
        stream.sendall(REQUEST)
        while stream.recv(4096):
            pass
        assert stream.session is not None
        return stream.session


def test_that_sessions_would_resume(versioned_server: TLSServer, pki: PKI) -> None:
    # Without pins: else the next tests show nothing.
    context = pki.client_context()
    session = session_of(context, versioned_server)
    with context.wrap_socket(connect(versioned_server), server_hostname=HOST, session=session) as stream:
        assert stream.session_reused


def test_a_session_is_not_used(versioned_server: TLSServer, context: MakeContext, right: Checker) -> None:
    pinned = context(right)
    session = session_of(pinned, versioned_server)
    with pinned.wrap_socket(connect(versioned_server), server_hostname=HOST, session=session) as stream:
        assert stream.session_reused is False
    bio = ssl.MemoryBIO()
    pinned.wrap_bio(bio, bio, server_hostname=HOST, session=session)


def test_a_resumed_session_is_refused(versioned_server: TLSServer, context: MakeContext, right: Checker) -> None:
    pinned = context(right)
    session = session_of(pinned, versioned_server)
    before = versioned_server.application_bytes
    stream = pinned.wrap_socket(connect(versioned_server), server_hostname=HOST, do_handshake_on_connect=False)
    stream.session = session
    with stream, pytest.raises(PinVerdictError, match="no-validated-path"):
        stream.sendall(REQUEST)
    assert versioned_server.handshakes == 2
    assert versioned_server.application_bytes == before


def test_a_resumed_session_is_refused_on_a_bio(server: TLSServer, context: MakeContext, right: Checker) -> None:
    pinned = context(right)
    session = session_of(pinned, server)
    before = server.application_bytes
    client = BIOClient(pinned, server)
    client.object.session = session
    with client.socket, pytest.raises(PinVerdictError, match="no-validated-path"):
        client.run(client.object.write, REQUEST)
    assert server.application_bytes == before


def test_a_handshake_without_certificates(context: MakeContext, right: Checker) -> None:
    server_context, pinned = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), context(right)
    for side in (server_context, pinned):
        side.maximum_version = ssl.TLSVersion.TLSv1_2
        side.set_ciphers("AECDH-AES128-SHA:@SECLEVEL=0")
    with TLSServer(server_context) as server:
        with pytest.raises(PinVerdictError, match="no-validated-path"):
            pinned.wrap_socket(connect(server), server_hostname=HOST)
        assert (server.handshakes, server.application_bytes) == (1, 0)


# -------------------------------------------------------------------------------------- lifetime and threads


def test_a_closed_checker(server: TLSServer, pki: PKI, context: MakeContext) -> None:
    checker = Checker(Policy.parse(pki.policy()))
    pinned = context(checker)
    checker.close()
    sock = connect(server)
    with pytest.raises(ValueError, match="closed"):
        pinned.wrap_socket(sock, server_hostname=HOST)
    assert server.application_bytes == 0


def test_the_context_keeps_its_checker(server: TLSServer, pki: PKI, context: MakeContext) -> None:
    pinned = context(Checker(Policy.parse(pki.policy())))
    gc.collect()
    pinned.wrap_socket(connect(server), server_hostname=HOST).close()
    gone = weakref.ref(pinned)
    del pinned
    gc.collect()
    assert gone() is None


def test_a_policy_replaced_between_connections(server: TLSServer, pki: PKI, context: MakeContext) -> None:
    checker = Checker(Policy.parse(pki.policy(serial=1)))
    pinned = context(checker)
    pinned.wrap_socket(connect(server), server_hostname=HOST).close()
    checker.set_policy(Policy.parse(pki.policy(pki.other.pin, serial=2)))
    with pytest.raises(PinVerdictError, match="of policy 2"):
        pinned.wrap_socket(connect(server), server_hostname=HOST)


def test_one_context_in_many_threads(server: TLSServer, context: MakeContext, right: Checker, wrong: Checker) -> None:
    contexts = {right: context(right), wrong: context(wrong)}
    outcomes: list[tuple[Checker, bool]] = []

    def work(checker: Checker) -> None:
        for _ in range(10):
            try:
                with contexts[checker].wrap_socket(connect(server), server_hostname=HOST) as stream:
                    stream.sendall(REQUEST)
                    while stream.recv(4096):
                        pass
                outcomes.append((checker, True))
            except PinVerdictError:
                outcomes.append((checker, False))

    threads = [threading.Thread(target=work, args=(checker,)) for checker in (right, wrong) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(allowed for _, allowed in outcomes) == [False] * 30 + [True] * 30
    assert all(allowed == (checker is right) for checker, allowed in outcomes)
    assert server.application_bytes == 30 * len(REQUEST)
