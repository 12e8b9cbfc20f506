# SPDX-License-Identifier: Apache-2.0
"""Each client library against a loopback server: the right pin succeeds; the wrong one fails with the client's own
SSL error before the server has seen a byte; report-only lets through and says so."""

import asyncio
import contextlib
import http.client
import imaplib
import logging
import os
import smtplib
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import anyio
import boto3
import botocore.config
import botocore.exceptions
import botocore.httpsession
import httpx
import pytest
import redis
import requests
import trio
import urllib3
from loopback import PATIENCE, Proxy, RedisServer, SMTPServer, TLSServer
from pki import HOST, PKI

from pinverdict import Checker, PinningAdapter, PinVerdictError, Reason, pinned_context, verdict_of


@dataclass
class Target:
    """What a client is given."""

    checker: Checker
    pki: PKI
    port: int
    proxy: "Proxy | None" = None

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/"

    @property
    def context(self) -> ssl.SSLContext:
        return pinned_context(self.checker, self.pki.client_context())


def with_http_client(target: Target) -> bytes:
    connection = http.client.HTTPSConnection(HOST, target.port, timeout=PATIENCE, context=target.context)
    if target.proxy:
        connection.set_tunnel(HOST, target.port)
        connection.host, connection.port = "localhost", target.proxy.port
    try:
        connection.request("POST", "/", b"secret")
        return connection.getresponse().read()
    finally:
        connection.close()


def with_urllib(target: Target) -> bytes:
    proxies = urllib.request.ProxyHandler({"https": target.proxy.url} if target.proxy else {})
    opener = urllib.request.build_opener(proxies, urllib.request.HTTPSHandler(context=target.context))
    with opener.open(target.url, b"secret", timeout=PATIENCE) as response:
        return response.read()  # type: ignore[no-any-return]


def with_urllib3(target: Target) -> bytes:
    settings: dict[str, Any] = {"ssl_context": target.context, "timeout": PATIENCE, "retries": 1}
    if target.proxy:
        settings["proxy_ssl_context"] = target.pki.client_context()
    manager = urllib3.ProxyManager(target.proxy.url, **settings) if target.proxy else urllib3.PoolManager(**settings)
    with manager as pool:
        return pool.request("POST", target.url, body=b"secret").data


def with_requests(target: Target) -> bytes:
    with requests.Session() as session:
        session.mount("https://", PinningAdapter(target.checker))
        session.verify = str(target.pki.trust_file)
        session.trust_env = False
        proxies = {"https": target.proxy.url} if target.proxy else None
        return session.post(target.url, data=b"secret", timeout=PATIENCE, proxies=proxies).content


def httpx_settings(target: Target) -> dict[str, Any]:
    proxy = httpx.Proxy(target.proxy.url, ssl_context=proxy_context(target)) if target.proxy else None
    return {"verify": target.context, "timeout": PATIENCE, "trust_env": False, "proxy": proxy}


def proxy_context(target: Target) -> "ssl.SSLContext | None":
    return target.pki.client_context() if target.proxy and target.proxy.url.startswith("https") else None


def with_httpx(target: Target) -> bytes:
    with httpx.Client(**httpx_settings(target)) as client:
        return client.post(target.url, content=b"secret").content


async def talk_httpx(target: Target) -> bytes:
    async with httpx.AsyncClient(**httpx_settings(target)) as client:
        return (await client.post(target.url, content=b"secret")).content


def with_httpx_async(target: Target) -> bytes:
    return asyncio.run(talk_httpx(target))


def with_httpx_on_trio(target: Target) -> bytes:
    return trio.run(talk_httpx, target)


class PinnedSession(botocore.httpsession.URLLib3Session):  # type: ignore[misc]
    def __init__(self, target: Target) -> None:
        self._target = target
        proxies = {"https": target.proxy.url} if target.proxy else None
        super().__init__(verify=str(target.pki.trust_file), proxies=proxies, timeout=PATIENCE)

    def _get_ssl_context(self) -> ssl.SSLContext:
        return self._target.context


def with_boto3(target: Target) -> bytes:
    http, session = PinnedSession(target), boto3.Session("anyone", "any", region_name="any")
    session.events.register("before-send", lambda request, **more: http.send(request))
    once = botocore.config.Config(retries={"total_max_attempts": 1})
    client = session.client("s3", endpoint_url=target.url, config=once)
    try:
        return client.get_object(Bucket="reports", Key="latest")["Body"].read()  # type: ignore[no-any-return]
    finally:
        http.close()


def with_aiohttp(target: Target) -> bytes:
    async def run() -> bytes:
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            proxy = target.proxy.url if target.proxy else None
            async with session.post(target.url, data=b"secret", ssl=target.context, proxy=proxy) as response:
                return await response.read()

    return asyncio.run(run())


def with_asyncio(target: Target) -> bytes:
    async def run() -> bytes:
        reader, writer = await asyncio.open_connection(HOST, target.port, ssl=target.context)
        return await talk(reader, writer)

    return asyncio.run(asyncio.wait_for(run(), PATIENCE))


def with_asyncio_start_tls(target: Target) -> bytes:
    async def run() -> bytes:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await loop.create_connection(lambda: protocol, HOST, target.port)
        try:
            tls = await loop.start_tls(transport, protocol, target.context, server_hostname=HOST)
        except BaseException:
            transport.close()
            raise
        assert tls is not None
        return await talk(reader, asyncio.StreamWriter(tls, protocol, reader, loop))

    return asyncio.run(asyncio.wait_for(run(), PATIENCE))


def with_trio(target: Target) -> bytes:
    async def run() -> bytes:
        stream = await trio.open_ssl_over_tcp_stream(
            HOST, target.port, ssl_context=target.context, https_compatible=True
        )
        async with stream:
            await stream.send_all(REQUEST)
            return b"".join([data async for data in stream])[-6:]

    return trio.run(run)


async def talk_anyio(target: Target) -> bytes:
    stream = await anyio.connect_tcp(HOST, target.port, ssl_context=target.context, tls_standard_compatible=False)
    async with stream:
        await stream.send(REQUEST)
        return b"".join([data async for data in stream])[-6:]


def with_anyio(target: Target) -> bytes:
    return anyio.run(talk_anyio, target)


def with_anyio_on_trio(target: Target) -> bytes:
    return anyio.run(talk_anyio, target, backend="trio")


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    writer.write(REQUEST)
    answer = await reader.read()
    writer.close()
    return answer[-6:]


REQUEST = b"GET / HTTP/1.0\r\n\r\nsecret"
Client = Callable[[Target], bytes]
# Each client, and how it reports a refusal.
CLIENTS: dict[str, tuple[Client, type[BaseException]]] = {
    "http.client": (with_http_client, ssl.SSLCertVerificationError),
    "urllib": (with_urllib, urllib.error.URLError),
    "urllib3": (with_urllib3, urllib3.exceptions.MaxRetryError),
    "requests": (with_requests, requests.exceptions.SSLError),
    "httpx": (with_httpx, httpx.ConnectError),
    "httpx async": (with_httpx_async, httpx.ConnectError),
    "boto3": (with_boto3, botocore.exceptions.SSLError),
    "aiohttp": (with_aiohttp, aiohttp.ClientConnectorCertificateError),
    "asyncio": (with_asyncio, ssl.SSLCertVerificationError),
    "asyncio start_tls": (with_asyncio_start_tls, ssl.SSLCertVerificationError),
    "trio": (with_trio, trio.BrokenResourceError),
    "httpx on trio": (with_httpx_on_trio, httpx.ConnectError),
    "anyio": (with_anyio, ssl.SSLCertVerificationError),
    "anyio on trio": (with_anyio_on_trio, ssl.SSLCertVerificationError),
}
each_client = pytest.mark.parametrize("client, error", CLIENTS.values(), ids=CLIENTS)
PROXIED = {name: row for name, row in CLIENTS.items() if not name.startswith(("asyncio", "trio", "anyio"))}
each_proxied = pytest.mark.parametrize("client, error", PROXIED.values(), ids=PROXIED)


def refusal_in(error: BaseException) -> PinVerdictError:
    """The refusal that a client's error was made from."""
    seen, pending = set(), [error]
    while pending:
        found = pending.pop()
        if isinstance(found, PinVerdictError):
            return found
        if isinstance(found, BaseException) and id(found) not in seen:
            seen.add(id(found))
            causes = [found.__cause__, found.__context__, getattr(found, "reason", None), *found.args]
            pending += [cause for cause in causes if isinstance(cause, BaseException)]
            pending += [cause for cause in [getattr(found, "certificate_error", None)] if cause]
    raise AssertionError(f"no refusal in {error!r}")


@each_client
def test_the_right_pin(client: Client, error: type, versioned_server: TLSServer, pki: PKI, right: Checker) -> None:
    assert client(Target(right, pki, versioned_server.port)) == b"pinned"
    assert versioned_server.application_bytes > 0


@each_client
def test_the_wrong_pin(
    client: Client, error: type[BaseException], versioned_server: TLSServer, pki: PKI, wrong: Checker
) -> None:
    with pytest.raises(error) as raised:
        client(Target(wrong, pki, versioned_server.port))
    verdict = refusal_in(raised.value).verdict
    assert verdict is not None and verdict.reason is Reason.NO_MATCH
    assert pki.pinned.pin in str(refusal_in(raised.value))
    assert f"{HOST} is refused: no-match" in str(raised.value)
    assert verdict_of(raised.value) is verdict
    assert versioned_server.application_bytes == 0
    assert versioned_server.connections >= 1


@each_client
def test_report_only(
    client: Client, error: type, server: TLSServer, pki: PKI, reporting: Checker, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "pinverdict"):
        assert client(Target(reporting, pki, server.port)) == b"pinned"
    assert "would be refused: no-match" in caplog.text


@each_client
def test_verification_comes_first(
    client: Client, error: type, server: TLSServer, pki: PKI, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # The pins are right, and the authority is unknown to the client.
    from pinverdict import Policy

    stranger = PKI(tmp_path_factory.mktemp("stranger"))
    checker = Checker(Policy.parse(pki.policy()))
    ordinary = (OSError, urllib3.exceptions.HTTPError, httpx.HTTPError, botocore.exceptions.SSLError,
                trio.BrokenResourceError)
    with pytest.raises(ordinary) as raised:
        client(Target(checker, stranger, server.port))
    with pytest.raises(AssertionError, match="no refusal"):
        refusal_in(raised.value)
    assert (server.handshakes, server.application_bytes) == (0, 0)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy() as proxy:
        yield proxy


@each_proxied
def test_proxied(
    client: Client, error: type[BaseException], server: TLSServer, pki: PKI, right: Checker, wrong: Checker,
    proxy: Proxy,
) -> None:
    with pytest.raises(error) as raised:
        client(Target(wrong, pki, server.port, proxy))
    assert refusal_in(raised.value)
    assert server.application_bytes == 0
    assert client(Target(right, pki, server.port, proxy)) == b"pinned"
    assert server.application_bytes > 0
    assert set(proxy.tunnels) == {f"{HOST}:{server.port}"} and len(proxy.tunnels) >= 2


@pytest.mark.parametrize("name", ["urllib3", "requests", "httpx"])
def test_tls_within_tls(name: str, server: TLSServer, pki: PKI, right: Checker, wrong: Checker) -> None:
    # An https:// proxy: the tunnel has a certificate of its own, and the pins are the server's.
    client, error = CLIENTS[name]
    with Proxy(pki.server_context(pki.other)) as proxy:
        with pytest.raises(error) as raised:
            client(Target(wrong, pki, server.port, proxy))
        assert refusal_in(raised.value)
        assert server.application_bytes == 0
        assert client(Target(right, pki, server.port, proxy)) == b"pinned"
        assert proxy.tunnels


# ------------------------------------------------------------------------------------------------- requests


def test_requests_cannot_switch_verification_off(server: TLSServer, pki: PKI, right: Checker) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://", PinningAdapter(right))
        with pytest.raises(requests.exceptions.SSLError, match="switched off"):
            session.get(f"https://{HOST}:{server.port}/", verify=False, timeout=PATIENCE)
        # Others of the session go on, verified.
        answer = session.get(f"https://{HOST}:{server.port}/", verify=str(pki.trust_file), timeout=PATIENCE)
        assert answer.content == b"pinned"


def test_requests_with_a_context_of_one_s_own(server: TLSServer, pki: PKI, right: Checker, wrong: Checker) -> None:
    for checker in (right, wrong):
        with requests.Session() as session:
            session.trust_env = False
            session.mount("https://", PinningAdapter(checker, context=pki.client_context(), max_retries=1))
            try:
                assert session.get(f"https://{HOST}:{server.port}/", timeout=PATIENCE).content == b"pinned"
                assert checker is right
            except requests.exceptions.SSLError as error:
                assert checker is wrong and refusal_in(error)


def test_requests_with_its_own_bundle(
    server: TLSServer, pki: PKI, right: Checker, wrong: Checker, monkeypatch: pytest.MonkeyPatch
) -> None:
    # verify=True, for which some versions of requests have a context of their own. It would connect here.
    own = getattr(requests.adapters, "_preloaded_ssl_context", None)
    if own is not None:
        own.load_verify_locations(pki.trust_file)
    monkeypatch.setattr(requests.utils, "DEFAULT_CA_BUNDLE_PATH", str(pki.trust_file))
    for checker in (wrong, right):
        with requests.Session() as session:
            session.trust_env = False
            session.mount("https://", PinningAdapter(checker))
            if checker is wrong:
                with pytest.raises(requests.exceptions.SSLError) as raised:
                    session.post(f"https://{HOST}:{server.port}/", data=b"secret", timeout=PATIENCE)
                assert refusal_in(raised.value)
                assert server.application_bytes == 0
            else:
                answer = session.post(f"https://{HOST}:{server.port}/", data=b"secret", timeout=PATIENCE)
                assert answer.content == b"pinned"


@pytest.mark.parametrize("proxy_url", [None, "http://localhost:1", "https://localhost:1"])
def test_requests_pools_have_our_context_whatever_is_asked(right: Checker, proxy_url: "str | None") -> None:
    adapter = PinningAdapter(right)
    for port in (1, 2):  # The second from a manager that is there already.
        manager = adapter.proxy_manager_for(proxy_url) if proxy_url else adapter.poolmanager
        for settings in ({}, {"ssl_context": ssl.create_default_context()}, {"ssl_context": None}):
            pool = manager.connection_from_host(HOST, port, "https", pool_kwargs=settings)
            assert pool.conn_kw["ssl_context"] is adapter._context
    # Those of others are as they were.
    other = requests.adapters.HTTPAdapter().poolmanager
    assert "ssl_context" not in other.connection_from_host(HOST, 1, "https").conn_kw


# run.sh installs them, each in a directory of its own.
OLDER = sorted(Path(os.environ.get("PINVERDICT_OLDER_REQUESTS", os.devnull)).glob("*"))


@pytest.mark.skipif("PINVERDICT_OLDER_REQUESTS" not in os.environ, reason="run.sh installs them")
@pytest.mark.parametrize("directory", OLDER, ids=[directory.name for directory in OLDER])
def test_older_requests(directory: Path) -> None:
    # All tests of this file that are about requests, with that version.
    environment = {name: value for name, value in os.environ.items() if name != "PINVERDICT_OLDER_REQUESTS"}
    environment["PYTHONPATH"] = os.pathsep.join([str(directory), *environment.get("PYTHONPATH", "").split()])
    command = [sys.executable, "-X", "dev", "-m", "pytest", "-k", "requests", "--config-file",
               Path(__file__).parents[1] / "pyproject.toml", __file__]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout
    assert f"requests {directory.name}" in result.stdout and " passed" in result.stdout


def test_an_adapter_is_not_copied(right: Checker) -> None:
    import copy
    import pickle

    for function in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="copied"):
            function(PinningAdapter(right))


@pytest.mark.parametrize("settings", [
    {"cert_reqs": "CERT_NONE"}, {"assert_hostname": False}, {"assert_hostname": "elsewhere.example"},
    {"assert_fingerprint": "00" * 32},
])
def test_urllib3_cannot_switch_verification_off(
    server: TLSServer, pki: PKI, right: Checker, settings: dict[str, Any]
) -> None:
    with urllib3.PoolManager(ssl_context=Target(right, pki, 0).context, retries=False, **settings) as pool:
        with pytest.raises(urllib3.exceptions.SSLError, match="switched off"):
            pool.request("GET", f"https://{HOST}:{server.port}/")
    assert server.application_bytes == 0


def test_aiohttp_s_fingerprint_does_not_pin_twice(server: TLSServer, pki: PKI, wrong: Checker) -> None:
    async def run() -> None:
        connector = aiohttp.TCPConnector(ssl=Target(wrong, pki, 0).context)
        async with aiohttp.ClientSession(connector=connector) as session:
            await session.get(f"https://{HOST}:{server.port}/")

    with pytest.raises(aiohttp.ClientConnectorCertificateError) as raised:
        asyncio.run(run())
    assert refusal_in(raised.value)
    assert server.application_bytes == 0


# ----------------------------------------------------------------------------------------------------- trio


def test_a_trio_stream_stays_broken(versioned_server: TLSServer, pki: PKI, wrong: Checker) -> None:
    async def run() -> None:
        stream = await trio.open_ssl_over_tcp_stream(
            HOST, versioned_server.port, ssl_context=Target(wrong, pki, 0).context
        )
        with pytest.raises(trio.BrokenResourceError, match="is refused: no-match") as raised:
            await stream.send_all(REQUEST)
        # What trio says of every SSL error.
        assert type(raised.value) is trio.BrokenResourceError
        assert isinstance(raised.value.__cause__, PinVerdictError)
        for attempt in (lambda: stream.send_all(REQUEST), lambda: stream.receive_some(9), stream.do_handshake):
            with trio.fail_after(PATIENCE), pytest.raises(trio.BrokenResourceError):
                await attempt()
        await stream.aclose()

    trio.run(run)
    assert versioned_server.application_bytes == 0


# ----------------------------------------------------------------------------------------------------- mail


def test_smtp(pki: PKI, right: Checker, wrong: Checker) -> None:
    with SMTPServer(pki.server_context()) as server:
        for checker in (wrong, right):
            with smtplib.SMTP(HOST, server.port, timeout=PATIENCE) as client:
                try:
                    client.starttls(context=Target(checker, pki, 0).context)
                    assert checker is right
                    assert client.noop()[0] == 250
                except PinVerdictError:
                    assert checker is wrong
                    client.close()
            if checker is wrong:
                assert (server.handshakes, server.application_bytes) == (1, 0)
        assert server.application_bytes > 0


def test_smtp_over_tls_and_imap(server: TLSServer, pki: PKI, wrong: Checker) -> None:
    context = Target(wrong, pki, 0).context
    with pytest.raises(PinVerdictError):
        smtplib.SMTP_SSL(HOST, server.port, timeout=PATIENCE, context=context)
    with pytest.raises(PinVerdictError):
        imaplib.IMAP4_SSL(HOST, server.port, ssl_context=context, timeout=PATIENCE)
    assert (server.handshakes, server.application_bytes) == (2, 0)


# ---------------------------------------------------------------------------------------------------- redis


def test_redis(pki: PKI, right: Checker, wrong: Checker) -> None:
    with RedisServer(pki.server_context()) as server:
        for checker in (wrong, right):
            context = Target(checker, pki, 0).context

            class PinnedConnection(redis.SSLConnection):
                def _wrap_socket_with_ssl(self, sock: socket.socket) -> ssl.SSLSocket:
                    return context.wrap_socket(sock, server_hostname=self.host)

            pool = redis.ConnectionPool(connection_class=PinnedConnection, host=HOST, port=server.port)
            with contextlib.closing(pool), redis.Redis(connection_pool=pool) as client:
                if checker is wrong:
                    # The password would be what comes first.
                    pool.connection_kwargs["password"] = "secret"
                    with pytest.raises(redis.ConnectionError, match=f"{HOST} is refused: no-match") as raised:
                        client.set("key", "value")
                    assert verdict_of(raised.value) is refusal_in(raised.value).verdict
                    assert server.handshakes >= 1 and server.application_bytes == 0
                else:
                    assert client.set("key", "value") and client.get("key") == b"value"
        assert server.application_bytes > 0


# -------------------------------------------------------------------------------------------------- asyncio


def test_many_at_once(server: TLSServer, pki: PKI, right: Checker, wrong: Checker) -> None:
    contexts = {checker: Target(checker, pki, 0).context for checker in (right, wrong)}

    async def visit(checker: Checker) -> bool:
        try:
            reader, writer = await asyncio.open_connection(HOST, server.port, ssl=contexts[checker])
        except PinVerdictError:
            return False
        return await talk(reader, writer) == b"pinned"

    async def run() -> list[bool]:
        return await asyncio.gather(*(visit(checker) for checker in (right, wrong) * 15))

    assert asyncio.run(asyncio.wait_for(run(), 3 * PATIENCE)) == [True, False] * 15
