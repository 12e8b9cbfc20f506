# SPDX-License-Identifier: Apache-2.0
"""Servers on loopback: TLS ones that count the application data they get, and a proxy for CONNECT."""

import contextlib
import select
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Long enough for a busy machine, and an end to everything that hangs.
PATIENCE = 20.0

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\npinned"


class Listener:
    """Accepts connections on a free port, each in a thread of its own; a context manager."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(64)
        self.host, self.port = self._socket.getsockname()
        self._threads: list[threading.Thread] = []
        self._markers: dict[object, threading.Event] = {}
        self.connections = 0

    def serve(self, connection: socket.socket) -> None:
        raise NotImplementedError

    def _accept(self) -> None:
        while True:
            try:
                connection, peer = self._socket.accept()
            except OSError:
                return
            if peer in self._markers:
                connection.close()
                self._markers[peer].set()
                continue
            connection.settimeout(PATIENCE)
            self.connections += 1
            thread = threading.Thread(target=self._run, args=(connection,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _run(self, connection: socket.socket) -> None:
        # Clients that break off are what these tests are about.
        with connection, contextlib.suppress(OSError, ValueError):
            self.serve(connection)

    def wait(self) -> None:
        """Until every connection that there has been, accepted or not yet, has ended."""
        with socket.socket() as marker:
            marker.bind((self.host, 0))
            accepted = self._markers[marker.getsockname()] = threading.Event()
            marker.connect((self.host, self.port))
            assert accepted.wait(PATIENCE)
        for thread in list(self._threads):
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a client keeps its connection open"

    def __enter__(self) -> Any:
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()
        return self

    def __exit__(self, *exception: object) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._acceptor.join(PATIENCE)


class TLSServer(Listener):
    """Answers a request with "pinned", and counts the bytes that came after the handshake."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__()
        self._context = context
        self._lock = threading.Lock()
        self._bytes = self._handshakes = 0

    @property
    def application_bytes(self) -> int:
        self.wait()
        return self._bytes

    @property
    def handshakes(self) -> int:
        """Those that were completed."""
        self.wait()
        return self._handshakes

    def count(self, data: bytes) -> bytes:
        with self._lock:
            self._bytes += len(data)
        return data

    def serve(self, connection: socket.socket) -> None:
        with self._context.wrap_socket(connection, server_side=True) as stream:
            with self._lock:
                self._handshakes += 1
            self.talk(stream)

    def talk(self, stream: ssl.SSLSocket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            data = self.count(stream.recv(65536))
            if not data:
                return
            request += data
        stream.sendall(RESPONSE)
        # The answer is the end of it, and what the client still says counts.
        with contextlib.suppress(OSError):
            stream.unwrap()
        while self.count(stream.recv(65536)):
            pass


class SMTPServer(TLSServer):
    """As much of SMTP as a client needs to log off again, with STARTTLS."""

    def serve(self, connection: socket.socket) -> None:
        connection.sendall(b"220 ready\r\n")
        while line := connection.recv(1000):
            if line.upper().startswith(b"EHLO"):
                connection.sendall(b"250-here\r\n250 STARTTLS\r\n")
            elif line.upper().startswith(b"STARTTLS"):
                connection.sendall(b"220 go\r\n")
                super().serve(connection)
                return

    def talk(self, stream: ssl.SSLSocket) -> None:
        while line := self.count(stream.recv(1000)):
            stream.sendall(b"250 fine\r\n" if not line.upper().startswith(b"QUIT") else b"221 bye\r\n")


class RedisServer(TLSServer):
    """TLS in front of a redis-server of its own, which listens on a socket in a directory alone."""

    def __enter__(self) -> Any:
        self._directory = tempfile.TemporaryDirectory()
        self._path = Path(self._directory.name, "redis")
        settings = ["--port", "0", "--unixsocket", self._path, "--save", "", "--dir", self._directory.name]
        self._redis = subprocess.Popen(["redis-server", *settings], stdout=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while not self._path.exists():
            assert self._redis.poll() is None and time.monotonic() < end, "redis-server does not start"
            time.sleep(0.01)
        return super().__enter__()

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        self._redis.terminate()
        self._redis.wait(PATIENCE)
        self._directory.cleanup()

    def talk(self, stream: ssl.SSLSocket) -> None:
        with socket.socket(socket.AF_UNIX) as upstream:
            upstream.connect(str(self._path))
            relay(stream, upstream, self.count)


class Proxy(Listener):
    """An HTTP proxy that knows CONNECT only, and connects to loopback only; over TLS where it has a context."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self._context = context
        self.tunnels: list[str] = []

    @property
    def url(self) -> str:
        return f"{'https' if self._context else 'http'}://localhost:{self.port}"

    def serve(self, connection: socket.socket) -> None:
        if self._context:
            connection = self._context.wrap_socket(connection, server_side=True)
        with connection:
            request = b""
            while b"\r\n\r\n" not in request:
                data = connection.recv(65536)
                if not data:
                    return
                request += data
            method, target, _ = request.split(b"\r\n")[0].decode().split()
            assert method == "CONNECT"
            self.tunnels.append(target)
            with socket.create_connection(("127.0.0.1", int(target.rpartition(":")[2])), PATIENCE) as upstream:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                relay(connection, upstream)


def relay(client: socket.socket, server: socket.socket, see: Callable[[bytes], bytes] = bytes) -> None:
    """Both ways until one of them ends; in one thread, since an SSL object must not be used by two.
    `see` is shown what the client says."""
    while True:
        pending = isinstance(client, ssl.SSLSocket) and client.pending()
        readable = [client] if pending else select.select([client, server], [], [], PATIENCE)[0]
        if not readable:
            return
        for source in readable:
            data = source.recv(65536)
            if not data:
                return
            if source is client:
                server.sendall(see(data))
            else:
                client.sendall(data)
