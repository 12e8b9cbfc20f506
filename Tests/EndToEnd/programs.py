#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""programs.py LIBDIR COMMAND: `pinverdict run` with programs of Debian's that know nothing of pins, against servers on
loopback that speak what they speak. With right pins each gets its answer; with wrong ones the server sees no byte of
application data, and standard error says why."""
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from certificates import Authority, clean_environment
from hooks import HERE, build
from kit.certificates import authority as ca
from kit.certificates import dns, ip, server

HOST = "localhost"  # all of them find its address, and none takes it for one
ANSWER = "pinned answer"
PYTHON = "/usr/bin/python3"
results = []


def check(title, held, more=""):
    results.append(bool(held))
    if not held:
        print(f"FAILED {title}: {more}")
    return held


# ------------------------------------------------------------------------------------------------ the servers

def lines_of(connection):
    with connection.makefile("rb") as reader:
        for line in reader:
            connection.received += len(line)
            yield line


def http(connection):
    path = ""
    for line in lines_of(connection):
        if line.startswith((b"GET ", b"HEAD ", b"PROPFIND ")):
            path = line.split()[1].decode()
        if line == b"\r\n":
            body = f"{'0' * 40}\trefs/heads/{ANSWER.replace(' ', '-')}\n" if "info/refs" in path else ANSWER + "\n"
            connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                               f"{body}".encode())
            return


def smtp(connection):
    connection.sendall(b"220 " + ANSWER.encode() + b"\r\n")
    for line in lines_of(connection):
        connection.sendall(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 fine\r\n")


def ldap(connection):
    """Answers to a bind, and to a search, which finds nothing: RFC 4511."""
    for number, kind in (1, 0x61), (2, 0x65):
        connection.received += len(connection.recv(4096))
        text = ANSWER.encode()
        result = b"\x0a\x01\x00\x04\x00\x04" + bytes([len(text)]) + text
        message = b"\x02\x01" + bytes([number, kind, len(result)]) + result
        connection.sendall(b"\x30" + bytes([len(message)]) + message)
    connection.recv(4096)


def postgres(connection):
    """Lets everybody in, and has one answer."""
    def message(kind, body):
        return kind + (len(body) + 4).to_bytes(4, "big") + body
    connection.received += len(connection.recv(4096))
    ready = message(b"Z", b"I")
    connection.sendall(message(b"R", bytes(4)) + ready)
    connection.received += len(connection.recv(4096))
    column = b"one\0" + bytes(6) + (25).to_bytes(4, "big") + b"\xff\xff" + b"\xff\xff\xff\xff" + bytes(2)
    row = b"\0\1" + len(ANSWER).to_bytes(4, "big") + ANSWER.encode()
    connection.sendall(message(b"T", b"\0\1" + column) + message(b"D", row) + message(b"C", b"SELECT 1\0") + ready)
    connection.recv(4096)


def echo(connection):
    for _ in lines_of(connection):
        connection.sendall(ANSWER.encode() + b"\n")


def postgres_asks(plain):
    plain.recv(8, socket.MSG_WAITALL)  # SSLRequest
    plain.sendall(b"S")


class Counted(ssl.SSLSocket):
    """A connection, and how many bytes of application data it brought."""
    received = 0


class Server:
    """Serves one protocol, each connection in a thread."""

    def __init__(self, authority, leaf, protocol, version=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sslsocket_class = Counted
        context.load_cert_chain(authority.path(leaf + "-chain.pem"), authority.path(leaf + ".key"))
        if version:
            context.minimum_version = context.maximum_version = version
        self.context, self.protocol, self.received, self.connections = context, protocol, 0, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock, self.threads = threading.Lock(), []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self.serve, args=(plain,), daemon=True)
            thread.start()
            self.threads.append(thread)

    def serve(self, plain):
        plain.settimeout(10)
        connection = None
        self.connections += 1
        try:
            if self.protocol is postgres:
                postgres_asks(plain)
            connection = self.context.wrap_socket(plain, server_side=True)
            self.protocol(connection)
        except OSError:
            pass
        finally:
            with self.lock:
                self.received += connection.received if connection else 0
            (connection or plain).close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def bytes(self):
        for thread in self.threads:
            thread.join(12)
        return self.received


# ------------------------------------------------------------------------------------------------ the programs

URLLIB = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())"
REQUESTS = "import sys, requests; print(requests.get(sys.argv[1]).text)"
# The program, what it talks, and the command, where {port}, {root} and {home} are put in.
PROGRAMS = [
    ("wget", http, ["wget", "-qO-", "--tries=1", "--ca-certificate={root}", "https://localhost:{port}/"]),
    ("curl", http, ["curl", "-sS", "--cacert", "{root}", "https://localhost:{port}/"]),
    ("git", http, ["git", "ls-remote", "https://localhost:{port}/r"]),
    ("lftp", http, ["lftp", "-c", "set ssl:ca-file {root}; set net:max-retries 1; set net:timeout 5; "
                    "cat https://localhost:{port}/"]),
    ("ldapsearch", ldap, ["ldapsearch", "-x", "-o", "nettimeout=5", "-H", "ldaps://localhost:{port}"]),
    ("msmtp", smtp, ["msmtp", "--serverinfo", "--host=localhost", "--port={port}", "--tls=on", "--tls-starttls=off",
                     "--tls-trust-file={root}"]),
    ("gnutls-cli", echo, ["gnutls-cli", "--x509cafile={root}", "--port={port}", "localhost"]),
    ("psql", postgres, ["psql", "-At", "-c", "select 1", "host=localhost port={port} user=u dbname=d "
                        "sslmode=verify-full gssencmode=disable sslrootcert={root}"]),
    ("Python, urllib", http, [PYTHON, "-c", URLLIB, "https://localhost:{port}/"]),
    ("Python, requests", http, [PYTHON, "-c", REQUESTS, "https://localhost:{port}/"]),
    ("a shell that runs curl", http, ["sh", "-c", "curl -sS --cacert {root} https://localhost:{port}/; exit $?"]),
]


class Setting:
    def __init__(self, directory, libraries, command):
        self.authority = authority = Authority(directory)
        self.libraries = libraries
        self.preload = os.path.join(libraries, "pinverdict", "preload.so")
        self.loopback = build(directory, libraries, "loopback.so", f"{HERE}/loopback.c", "-shared", "-fPIC", "-ldl")
        self.run = [command, "run", "--preload", self.preload]
        authority.issue("root", None, ca())
        authority.issue("middle", "root", ca())
        # In the certificate libldap looks for the machine's own name in place of localhost.
        names = sorted({HOST, socket.gethostname(), socket.getfqdn()})
        for leaf in "leaf", "other":
            authority.issue(leaf, "middle", server(*map(dns, names), ip("127.0.0.1")))
            authority.bundle(leaf + "-chain.pem", (leaf, "middle"))
        right, wrong = (f"pin-sha256 = {authority.pin(leaf)}" for leaf in ("leaf", "other"))
        for name, host, *lines in [("right", HOST, right), ("wrong", HOST, wrong), ("address", "127.0.0.1", right),
                                   ("wrong-address", "127.0.0.1", wrong),
                                   ("rollout", HOST, wrong, "rollout-percent = 99")]:
            authority.policy(name + ".conf", 1, host, *lines)
        authority.write("mistaken.conf", "mistaken\n")
        authority.write("environments.conf", "[policy]\nserial = 1\nenvironments = live test\n"
                        f"[host {HOST}]\nenvironments = live\nallow-single-pin = yes\n{wrong}\n")

    def start(self, policy, command, *options, port=0, text="hello\n", run=True, **environment):
        """What a command printed, and its exit status."""
        path = self.authority.path
        words = [word.replace("{port}", str(port)).replace("{root}", path("root.pem")) for word in command]
        if run:
            words = [*self.run, "--policy", path(policy + ".conf"), *options, "--", *words]
        own = {"HOME": self.authority.directory, "LDAPTLS_CACERT": path("root.pem"), "SSL_CERT_FILE": path("root.pem"),
               "REQUESTS_CA_BUNDLE": path("root.pem"), "GIT_SSL_CAINFO": path("root.pem"), "LC_ALL": "C.UTF-8"}
        return subprocess.run(["timeout", "30", *words], input=text, capture_output=True, text=True,
                              env=clean_environment() | own | environment)


def try_program(setting, name, protocol, command):
    says = []
    for policy, allowed in ("right", True), ("wrong", False):
        with Server(setting.authority, "leaf", protocol) as tls:
            run = setting.start(policy, command, port=tls.port)
            received = tls.bytes()
        answered = ANSWER in run.stdout.replace("-", " ")
        told = f"pinverdict: {HOST}: connection refused: no-match" in run.stderr
        # gnutls-cli prints what it has, and goes by its own status.
        held = answered == allowed and told != allowed and (received > 0) == allowed and tls.connections > 0
        check(f"{name}, {policy} pin", held and (allowed or run.returncode != 0),
              f"ended with {run.returncode}, {received} bytes: {run.stdout}{run.stderr}")
        says.append(f"{'answered' if answered else 'refused'} {received}" + ("" if held else " !"))
    return name, says


# ------------------------------------------------------------------------------------------------ the rest

CURL, WGET = PROGRAMS[1][2], PROGRAMS[0][2]
S_CLIENT = ["openssl", "s_client", "-quiet", "-connect", "localhost:{port}", "-servername", "localhost", "-CAfile",
            "{root}", "-verify_return_error", "-tls1_2"]
RESUMES = """import socket, ssl, sys
context, session = ssl.create_default_context(), None
context.maximum_version = ssl.TLSVersion.TLSv1_2
for _ in range(2):
    plain = socket.create_connection(("localhost", int(sys.argv[1])))
    with context.wrap_socket(plain, server_hostname="localhost", session=session) as connection:
        connection.sendall(b"GET / HTTP/1.1\\r\\n\\r\\n")
        session = connection.session
        print(connection.session_reused, connection.makefile().read())
"""
FORKS = f"""import os, sys
for _ in range(2):
    if child := os.fork():
        sys.stdout.flush()
        assert os.waitpid(child, 0)[1] == 0
    {URLLIB}
"""


def by_address(command):
    return [word.replace("localhost:", "127.0.0.1:") for word in command]


def connects(setting, title, policy, command, *options, protocol=http, version=None, answered, says="", **more):
    """Whether a program has its answer or the server has no byte, and standard error says so much."""
    with Server(setting.authority, "leaf", protocol, version) as tls:
        run = setting.start(policy, command, *options, port=tls.port, **more)
        received = tls.bytes()
    held = (ANSWER in run.stdout) == answered == (received > 0) and says in run.stderr
    check(title, held and run.stderr.count("pinverdict: ") == bool(says), f"{received} bytes: {run}")
    return run


def try_names(setting):
    for library, command in ("OpenSSL", CURL), ("GnuTLS", WGET):
        connects(setting, f"{library}, no name", "wrong", by_address(command), answered=True,
                 says="a connection is not checked: the program gave no host name\n")
        connects(setting, f"{library}, no name, --strict", "right", by_address(command), "--strict", answered=False,
                 says="connection refused: the program gave no host name\n")
        connects(setting, f"{library}, --strict", "right", command, "--strict", answered=True)
        for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
            connects(setting, f"{library}, {version.name}", "wrong", command, version=version, answered=False,
                     says=f"pinverdict: {HOST}: connection refused: no-match\n")
    address = by_address(PROGRAMS[8][2])
    connects(setting, "an address that the program has looked for", "address", address, "--strict", answered=True)
    connects(setting, "... and another pin", "wrong-address", address, answered=False, says="127.0.0.1: connection ref")
    connects(setting, "verification off, OpenSSL", "right", [*CURL, "-k"], answered=False, says="no-validated-path")
    connects(setting, "verification off, GnuTLS", "wrong", [*WGET, "--no-check-certificate"], answered=False,
             says="no-match")


def try_callbacks(setting):
    run = connects(setting, "an info callback of the program's", "wrong", [*S_CLIENT, "-state"], answered=False,
                   says="no-match")
    check("... is called", "SSL_connect:" in run.stderr, run)


def try_resumption(setting):
    run = connects(setting, "OpenSSL, resumed", "right", [PYTHON, "-c", RESUMES, "{port}"], answered=True)
    check("... and it was", "True" in run.stdout, run)
    session = setting.authority.path("session")
    with Server(setting.authority, "leaf", http) as tls:
        setting.start("", [*S_CLIENT, "-sess_out", session], port=tls.port, text="GET / HTTP/1.1\r\n\r\n", run=False)
        before = tls.bytes()
        run = setting.start("wrong", [*S_CLIENT, "-sess_in", session, "-state"], port=tls.port)
        after = tls.bytes() - before
    check("a session of somebody else's", before > 0 and after == 0 and "connection refused" in run.stderr
          and "write finished" in run.stderr and "read server certificate" not in run.stderr, run)
    kept = build(setting.authority.directory, setting.libraries, "resume", f"{HERE}/resume-gnutls.c", "-lgnutls")
    for policy in "right", "wrong":
        session = setting.authority.path(policy + ".session")
        with Server(setting.authority, "leaf", http) as tls:
            setting.start("", [kept, "{port}", "{root}", session], port=tls.port, run=False)
            before = tls.bytes()
            run = setting.start(policy, [kept, "{port}", "{root}", session], port=tls.port)
            after = tls.bytes() - before
        check(f"GnuTLS, resumed, {policy} pin", before > 0 and "resumed 1" in run.stdout
              and (ANSWER in run.stdout) == (after > 0) == (policy == "right") != ("no-match" in run.stderr), run)
        check("... and nothing goes out", ("sent 0" in run.stdout) == (policy == "wrong"), run)
        check("the program's handshake hook is called", "messages 0" not in run.stdout, run)


def try_writes(setting):
    """A handshake that SSL_write begins: what it was to write must not go out after it."""
    path = setting.authority.path
    program = build(setting.authority.directory, setting.libraries, "writes", f"{HERE}/writes-openssl.c", "-lssl",
                    "-lcrypto")

    def write(policy, version, root, session, *names, options=(), run=True):
        words = [program, version, root, path("leaf-chain.pem"), path("leaf.key"), path(session), *names]
        return setting.start(policy, words, *options, run=run)

    root, names = path("root.pem"), (HOST, HOST)
    for version in "1.2", "1.3", "fixed":
        for how, verified in ("verified", root), ("not verified", "-"):
            session = f"{version}-{how}.session"
            if how == "verified":
                run = write("right", version, verified, "none.session", *names)
                check(f"SSL_write, {version}, right pin", "resumed 0, 49 bytes" in run.stdout, run)
                os.remove(path("none.session"))
            for title in "full", "resumed":
                if title == "resumed":
                    write("", version, verified, session, *names, run=False)
                run = write("wrong", version, verified, session, *names)
                says = f"pinverdict: {HOST}: connection refused: no-" in run.stderr
                check(f"SSL_write, {version}, {how}, {title}", ", 0 bytes" in run.stdout and says
                      and (title == "full" or version == "1.3" or "resumed 1" in run.stdout), run)
        run = write("right", version, root, "none.session", options=["--strict"])
        check(f"SSL_write, {version}, no name, --strict", "resumed 0, 0 bytes" in run.stdout
              and "the program gave no host name" in run.stderr, run)
    for names in (HOST, "other.example", HOST), (HOST, HOST, "other.example"):
        for policy, options, says in [("right", (), ""), ("wrong", (), f"{HOST}: connection refused: no-match"),
                                      ("right", ["--strict"], "refused: the program gave several host names")]:
            run = write(policy, "1.2", root, "none.session", *names, options=options)
            check(f"several names, {policy} {options}", (", 0 bytes" in run.stdout) == bool(says)
                  and says in run.stderr and run.stderr.count("\n") == bool(says), run)
            setting.authority.write("none.session", "")
    # Once resumed, OpenSSL tells the name of the session.
    write("", "1.2", root, "renamed.session", "other.example", run=False)
    run = write("wrong", "1.2", "-", "renamed.session", HOST)
    check("a session of another name", "resumed 1, 0 bytes" in run.stdout and f"{HOST}: conn" in run.stderr, run)
    write("", "1.2", "-", "fell.session", "other.example", run=False)
    run = write("wrong", "1.2", "-", "fell.session", HOST)
    check("... with verification off", "resumed 1, 0 bytes" in run.stdout and f"{HOST}: conn" in run.stderr, run)


def try_copies(setting):
    """What is preloaded, and the same of another place, as a run within a run may have it."""
    path, directory = setting.authority.path, setting.authority.directory
    os.makedirs(path("other/pinverdict"))
    for name in os.listdir(setting.libraries):
        if name.endswith(".so.0"):
            os.symlink(os.path.join(setting.libraries, name), path(f"other/{name}"))
    other = shutil.copy(setting.preload, path("other/pinverdict/preload.so"))
    run = setting.start("right", ["sh", "-c", "echo $LD_PRELOAD"], LD_PRELOAD=f"{other} {setting.loopback}")
    check("a copy is not preloaded", run.stdout.split() == [f"{setting.preload}:{setting.loopback}"], run)
    program = build(directory, setting.libraries, "copies", f"{HERE}/writes-openssl.c", "-lssl", "-lcrypto")
    words = [program, "1.3", path("root.pem"), path("leaf-chain.pem"), path("leaf.key"), path("copies.session"), HOST]
    run = setting.start("", words, run=False, LD_PRELOAD=f"{setting.preload}:{other}",
                        PINVERDICT_RUN_POLICY=path("wrong.conf"))
    check("two copies", ", 0 bytes" in run.stdout and "no-match" in run.stderr, run)


def try_plugin(setting):
    """One with RTLD_DEEPBIND, by the program's RUNPATH."""
    path, directory = setting.authority.path, setting.authority.directory
    os.mkdir(path("plugins"))
    build(directory, setting.libraries, "plugins/writes.so", f"{HERE}/writes-openssl.c", "-DCLIENT_OF_A_PLUGIN",
          "-shared", "-fPIC", "-lssl", "-lcrypto")
    program = build(directory, setting.libraries, "plugin", f"{HERE}/plugin.c", "-ldl", "-Wl,--enable-new-dtags",
                    "-Wl,-rpath,$ORIGIN/plugins")
    words = [program, "1.3", path("root.pem"), path("leaf-chain.pem"), path("leaf.key")]
    for policy, says in ("right", "49 bytes"), ("wrong", " 0 bytes"):
        run = setting.start(policy, [*words, path(f"plugin-{policy}.session"), HOST])
        check(f"a plugin, {policy} pin", says in run.stdout and (policy == "wrong") == ("no-match" in run.stderr), run)


def try_constructor(setting):
    """A library's constructor that needs the policy while a thread reads it."""
    build_one = partial(build, setting.authority.directory, setting.libraries)
    library = build_one("constructor.so", f"{HERE}/constructor.c", "-DLIBRARY", "-shared", "-fPIC", "-lssl")
    program = build_one("constructor", f"{HERE}/constructor.c", "-ldl", "-lssl")
    hosts = (f"[host h{number}.example]\nallow-single-pin = yes\npin-sha256 = {setting.authority.pin('leaf')}\n"
             for number in range(40000))
    policy = setting.authority.write("long.conf", "[policy]\nserial = 1\n" + "".join(hosts))
    run = setting.start("", [program, library], run=False, LD_PRELOAD=setting.preload, PINVERDICT_RUN_POLICY=policy)
    check("a constructor", (run.returncode, run.stderr) == (0, ""), run)


SIGNALS = """import os, sys, urllib.request, signal
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
os.dup2(os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT, 0o600), 2) if len(sys.argv) > 2 else None
try:
    urllib.request.urlopen(sys.argv[1])
except OSError:
    print("goes on")
"""


def try_errors(setting):
    """What is said goes to standard error as it was; where nobody reads that, the program lives."""
    path = setting.authority.path
    command = [PYTHON, "-c", SIGNALS, "https://localhost:{port}/"]
    closed = '{ (sleep 0.1; "$@" 2>&3 >&4) 3>&1 | true; } 4>&1'
    for title, words in ("closed", ["sh", "-c", closed, "sh", *command]), ("replaced", [*command, path("own")]):
        with Server(setting.authority, "leaf", http) as tls:
            run = setting.start("wrong", words, port=tls.port)
        check(f"standard error, {title}", run.stdout == "goes on\n" and run.stderr == "", run)
    check("the program's own file", os.path.getsize(path("own")) == 0)


def try_servers(setting):
    """Those that accept are left alone, by a policy that cannot be read, too."""
    authority = setting.authority
    pair = authority.path("leaf.pem"), authority.path("leaf.key")
    openssl = ["openssl", "s_server", "-quiet", "-4", "-accept", "0", "-www", "-cert", pair[0], "-key", pair[1],
               "-cert_chain", authority.path("middle.pem")]
    gnutls = ["gnutls-serv", "-p", "1", "--http", "--disable-client-cert",
              "--x509certfile", authority.path("leaf-chain.pem"), "--x509keyfile", pair[1]]
    gone = {"LD_PRELOAD": f"{setting.preload}:{setting.loopback}", "PINVERDICT_RUN_POLICY": authority.path("gone.conf")}
    for title, command in ("OpenSSL", openssl), ("GnuTLS", gnutls):
        for how, prefix, more in [("wrong pin", [*setting.run, "--policy", authority.path("wrong.conf"), "--"],
                                   {"LD_PRELOAD": setting.loopback}), ("no policy", [], gone)]:
            with tempfile.TemporaryFile("w+") as errors, subprocess.Popen(
                    ["timeout", "30", *prefix, *command], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                    stderr=errors, env=clean_environment() | more) as served:
                run = setting.start("", CURL, port=port_of(errors, served), run=False)
                served.terminate()
            check(f"a server with {title}, {how}", run.returncode == 0 and len(run.stdout) > 100, run)


def port_of(errors, process):
    """What loopback.c says."""
    for _ in range(500):
        errors.seek(0)
        if bound := re.search(r"BOUND (\d+)\n", errors.read()):
            return int(bound[1])
        if process.poll() is not None:
            break
        time.sleep(0.02)
    errors.seek(0)
    raise RuntimeError(errors.read())


def try_policies(setting):
    """The command looks at the policy before; a process that cannot read it has no connections."""
    path = setting.authority.path
    gone = {"LD_PRELOAD": setting.preload, "PINVERDICT_RUN_POLICY": path("gone.conf")}
    for command in CURL, WGET, PROGRAMS[8][2]:
        connects(setting, f"{command[0]}, no policy", "", command, run=False, answered=False,
                 says=f"pinverdict: {path('gone.conf')}: connections are refused: ", **gone)
    touch = ["touch", path("touched")]
    for policy, options, says in [("gone", (), "No such file"), ("mistaken", (), "mistaken.conf:1: error: "),
                                  ("environments", (), "give --environment"), ("rollout", (), "give --install-id")]:
        run = setting.start(policy, touch, *options)
        check(f"policy {policy}", run.returncode == 125 and says in run.stderr and not os.path.exists(touch[1]), run)
    connects(setting, "an environment", "environments", CURL, "--environment", "live", answered=False, says="no-match")
    connects(setting, "an install id", "rollout", CURL, "--install-id", "this", answered=False, says="no-match")
    inner = [*setting.run, "--policy", path("wrong.conf"), "--", *CURL]
    connects(setting, "a run within a run", "right", inner, answered=False, says="no-match")
    connects(setting, "a program that forks", "right", [PYTHON, "-c", FORKS, "https://localhost:{port}/"],
             answered=True)


def try_commands(setting):
    directory = setting.authority.directory
    plain = setting.authority.write("plain", "")
    for command, status in [(["sh", "-c", "exit 7"], 7), (["no-such-program"], 127), ([plain], 126)]:
        run = setting.start("right", command)
        check(f"status of {command[0]}", run.returncode == status, run)
    run = setting.start("right", ["sh", "-c", "grep SigIgn /proc/self/status; echo $LD_PRELOAD"])
    check("no signal is ignored", int(run.stdout.split()[1], 16) & (1 << 12 | 1 << 24) == 0, run)
    check("what is preloaded", run.stdout.split()[2:] == [setting.preload], run)

    def program(name, marks=b""):
        with open("/bin/echo", "rb") as source, open(os.path.join(directory, name), "wb") as copy:
            copy.write(source.read() + marks)
        os.chmod(copy.name, 0o755)
        return copy.name
    static = os.path.join(directory, "static")
    subprocess.run(["cc", "-static", "-x", "c", "-", "-o", static], text=True, check=True,
                   input='#include <stdio.h>\nint main(void) { puts("hello"); }')
    script = setting.authority.write("script", f"#!{static} -x\n")
    os.chmod(script, 0o755)
    itself = setting.authority.write("itself", f"#!{setting.authority.path('itself')}\n")
    os.chmod(itself, 0o755)
    pipe = setting.authority.path("pipe")
    os.mkfifo(pipe)
    for file in itself, pipe, directory:
        run = setting.start("right", [file])
        check(f"{os.path.basename(file)} cannot be run", run.returncode == 126, run)
    words = setting.authority.write("words", "#!/usr/bin/env -S A=b sh\necho hello\n")
    os.chmod(words, 0o755)
    obstacles = [(static, "linked statically"), (program("go", b"\xff Go buildinf:"), "a Go program"),
                 (program("rust", b"/rustc/"), "a Rust program"), (script, f"a script for {static}, and it is linked")]
    if os.getuid() == 0:
        other = program("other-user")
        os.chown(other, 65534, -1)
        os.chmod(other, 0o4755)
        obstacles.append((other, "another user"))
    for file, says in obstacles:
        run, strict = (setting.start("right", [file, "hello"], *options) for options in ((), ("--strict",)))
        check(f"{os.path.basename(file)} is run, and that is said", "hello" in run.stdout and run.returncode == 0
              and says in run.stderr and "may go unchecked" in run.stderr, run)
        check(f"{os.path.basename(file)}, --strict", strict.returncode == 125 and strict.stdout == ""
              and says in strict.stderr, strict)
    for file in program("native", b"/rustc/\0libssl.so.3\0"), words, "/bin/echo":
        run = setting.start("right", [file, "hello"], "--strict")
        check(f"{os.path.basename(file)} is run", (run.stdout, run.stderr) == ("hello\n", ""), run)


REST = (try_names, try_callbacks, try_resumption, try_writes, try_copies, try_plugin, try_constructor, try_errors,
        try_servers, try_policies, try_commands)


def main():
    libraries, command = map(os.path.abspath, sys.argv[1:3])
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(4) as pool:
        setting = Setting(directory, libraries, command)
        rest = [pool.submit(part, setting) for part in REST]
        for name, says in pool.map(lambda row: try_program(setting, *row), PROGRAMS):
            print(f"{name:24} {says[0]:16} {says[1]}")
        for part in rest:
            part.result()
    print(f"\n{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
