# SPDX-License-Identifier: Apache-2.0
"""A log of Certificate Transparency on loopback, by both interfaces, with the faults that logs have."""
import base64
import gzip
import hashlib
import json
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

from command import ROOT
from kit.keys import Key

REAL = ROOT / "Tests/Tool/ct-log"


def sha256(octets):
    return hashlib.sha256(octets).digest()


def node(left, right):
    return sha256(b"\1" + left + right)


def vector(octets, width):
    return len(octets).to_bytes(width, "big") + octets


class Entry:
    """A certificate, or what is signed of it with the hash of its issuer's key; `chain` is what is above it."""

    def __init__(self, body, chain=(), key_hash=None, precertificate=b"", timestamp=None, extensions=b""):
        timestamp = int(time.time() * 1000) if timestamp is None else timestamp
        kind = 0 if key_hash is None else 1
        self.timestamped = (struct.pack(">QH", timestamp, kind) + (key_hash or b"") + vector(body, 3)
                            + vector(extensions, 2))
        self.leaf = b"\0\0" + self.timestamped
        self.precertificate = vector(precertificate, 3) if kind else b""
        self.chain = list(chain)

    @property
    def tile(self):
        return self.timestamped + self.precertificate + vector(b"".join(map(sha256, self.chain)), 2)

    @property
    def extra(self):
        return self.precertificate + vector(b"".join(vector(one, 3) for one in self.chain), 3)


def real_entries():
    """The 1,024 entries of a real log, and the root that it signed."""
    issuers = {sha256(path.read_bytes()): path.read_bytes() for path in (REAL / "issuer").iterdir()}
    entries = []
    for path in sorted(REAL.glob("data-*.gz")):
        rest = gzip.decompress(path.read_bytes())

        def take(size):
            nonlocal rest
            taken, rest = rest[:size], rest[size:]
            return taken

        def taken_vector(width):
            return take(int.from_bytes(take(width), "big"))

        while rest:
            timestamp, kind = struct.unpack(">QH", take(10))
            key_hash = take(32) if kind else None
            body, extensions = taken_vector(3), taken_vector(2)
            precertificate = taken_vector(3) if kind else b""
            prints = taken_vector(2)
            chain = [issuers[prints[at:at + 32]] for at in range(0, len(prints), 32)]
            entries.append(Entry(body, chain, key_hash, precertificate, timestamp, extensions))
    return entries


REAL_ROOT = "EMfGG85uIddeOXt5/wdQGP3IQd0COCqoLg9Q6CsPLJA="


class Log:
    """Serves the first `size` of its entries. `before(path)` may answer a request in its place: with the status, the
    body and headers, or with None for what the log says itself."""

    def __init__(self, entries, key=None, tls=None):
        self.key = key or Key("p256")
        self.id = sha256(self.key.spki)
        self.entries = list(entries)
        self.hashes = [sha256(b"\0" + entry.leaf) for entry in self.entries]
        self.kept = {}
        self.chosen = {sha256(one).hex(): one for entry in self.entries for one in entry.chain}
        self.before = lambda path: None
        self.requests = []
        self.bytes = 0
        self.most_entries = 100
        self.root = None  # what is said in place of the tree's
        self.lock = threading.Lock()
        log = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                log.answer(self)

            def log_message(self, *arguments):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, address):
                pass  # who asked may have been killed

        self.server = Server(("127.0.0.1", 0), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}/"
        self.origin = f"127.0.0.1:{self.port}"
        self.publish(len(self.entries))
        threading.Thread(target=self.server.serve_forever, args=[0.02], daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def section(self, api, name="test", **more):
        fields = {"url": self.url, "api": api, "key": base64.b64encode(self.key.spki).decode(), **more}
        return f"[ct-log {name}]\n" + "".join(f"{key} = {value}\n" for key, value in fields.items())

    def add(self, *entries):
        """Adds entries, and publishes a tree with them."""
        for entry in entries:
            self.entries.append(entry)
            self.hashes.append(sha256(b"\0" + entry.leaf))
            self.chosen.update({sha256(one).hex(): one for one in entry.chain})
        self.publish(len(self.entries))

    def publish(self, size, timestamp=None):
        self.size = size
        self.timestamp = int(time.time() * 1000) if timestamp is None else timestamp
        self.signed = None

    # ------------------------------------------------------------------------------------------- the tree

    def tree(self, start, end):
        count = end - start
        if count == 1:
            return self.hashes[start]
        if count == 0:
            return sha256(b"")
        if (start, end) in self.kept:
            return self.kept[start, end]
        middle = start + (1 << (count - 1).bit_length() - 1)
        found = node(self.tree(start, middle), self.tree(middle, end))
        if count & count - 1 == 0:
            self.kept[start, end] = found
        return found

    def path(self, index, start, end):
        if end - start <= 1:
            return []
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if index < middle:
            return self.path(index, start, middle) + [self.tree(middle, end)]
        return self.path(index, middle, end) + [self.tree(start, middle)]

    # ---------------------------------------------------------------------------------------- the answers

    def signature(self, root):
        signature = self.key.sign(struct.pack(">BBQQ", 0, 1, self.timestamp, self.size) + root, "ecdsa-sha256")
        return b"\4\3" + vector(signature, 2)

    def head(self):
        """The root and its signature."""
        if self.signed is None:
            root = self.root or self.tree(0, self.size)
            self.signed = root, self.signature(root)
        return self.signed

    def checkpoint(self):
        root, signature = self.head()
        name = sha256(self.origin.encode() + b"\n\5" + self.id)[:4]
        blob = base64.b64encode(name + struct.pack(">Q", self.timestamp) + signature).decode()
        return (f"{self.origin}\n{self.size}\n{base64.b64encode(root).decode()}\n\n\u2014 other AAAAAAA=\n"
                f"\u2014 {self.origin} {blob}\n").encode()

    def tree_head(self):
        root, signature = self.head()
        return {"tree_size": self.size, "timestamp": self.timestamp,
                "sha256_root_hash": base64.b64encode(root).decode(),
                "tree_head_signature": base64.b64encode(signature).decode()}

    def tile(self, row, number, width):
        there = len(self.entries)  # of which a tree head may not have all
        have = (there if row == "data" else there >> 8 * int(row)) - 256 * number
        if have < width or width < 1:
            return None
        if row == "data":
            return b"".join(entry.tile for entry in self.entries[256 * number:256 * number + width])
        step = 1 << 8 * int(row)
        return b"".join(self.tree((256 * number + at) * step, (256 * number + at + 1) * step) for at in range(width))

    def found(self, path):
        """The status, the body, and headers."""
        address = urlparse(path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        parts = address.path.strip("/").split("/")
        if parts == ["checkpoint"]:
            return 200, self.checkpoint(), {}
        if parts[0] == "issuer":
            found = self.chosen.get(parts[1])
            return (200, found, {}) if found else (404, b"", {})
        if parts[0] == "tile":
            width = 256
            if parts[-2].endswith(".p"):
                width = int(parts.pop())
                parts[-1] = parts[-1][:-2]
            number = int("".join(part.lstrip("x") for part in parts[2:]))
            found = self.tile(parts[1], number, width)
            if found is None:
                return 404, b"", {}
            if parts[1] == "data":
                return 200, gzip.compress(found, 1), {"Content-Encoding": "gzip"}
            return 200, found, {}
        if parts[:2] == ["ct", "v1"]:
            found = self.answers(parts[2], query)
            if found is not None:
                return 200, json.dumps(found).encode(), {"Content-Type": "application/json"}
        return 404, b"", {}

    def answers(self, name, query):
        if name == "get-sth":
            return self.tree_head()
        if name == "get-entries":
            start = int(query["start"])
            end = min(int(query["end"]) + 1, self.size, start + self.most_entries)
            return {"entries": [{"leaf_input": base64.b64encode(entry.leaf).decode(),
                                 "extra_data": base64.b64encode(entry.extra).decode()}
                                for entry in self.entries[start:end]]}
        if name == "get-proof-by-hash":
            index = self.hashes.index(base64.b64decode(query["hash"]))
            path = self.path(index, 0, int(query["tree_size"]))
            return {"leaf_index": index, "audit_path": [base64.b64encode(one).decode() for one in path]}
        return None

    def answer(self, handler):
        with self.lock:
            self.requests.append(handler.path)
        status, body, headers = self.before(handler.path) or self.found(handler.path)
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        if "Content-Length" not in headers:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        self.bytes += len(body)
