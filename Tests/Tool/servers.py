# SPDX-License-Identifier: Apache-2.0
"""Servers on loopback for the tests of `pinverdict probe`: real ones, and scripted ones. They stop by themselves."""
import os
import pwd
import re
import socket
import ssl
import subprocess
import threading
import time

PATIENCE = 60  # seconds that a server lives at most


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Program:
    """A server that is a program; `ready` is found in what it prints, and may tell its port."""

    def __init__(self, *command, ready=None, port=None, **options):
        self.process = subprocess.Popen(["timeout", str(PATIENCE), *map(str, command)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        self.port = port
        if ready is not None:
            for line in self.process.stdout:
                if found := re.search(ready, line.decode(errors="replace")):
                    self.port = int(found[1])
                    break
            else:
                raise RuntimeError(f"{command[0]} did not start")
            # Nobody reads the rest, but a full pipe would stop the server.
            threading.Thread(target=self.process.stdout.read, daemon=True).start()
        else:
            threading.Thread(target=self.process.stdout.read, daemon=True).start()
            self.wait_for_port()

    def wait_for_port(self):
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError("the server did not start")

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdin.close()


def s_server(files, version):
    """With certificates behind the leaf's, if there are any."""
    chain = ["-cert_chain", files.chain] if files.chain.stat().st_size else []
    return Program("openssl", "s_server", "-accept", "127.0.0.1:0", f"-tls{version}", "-cert", files.leaf, "-key",
                   files.key, *chain, ready=r"ACCEPT 127\.0\.0\.1:(\d+)")


def gnutls_serv(files, version):
    port = free_port()
    return Program("gnutls-serv", "-q", "-p", port, "--echo", "--disable-client-cert", "--x509certfile", files.both,
                   "--x509keyfile", files.key, "--priority", f"NORMAL:-VERS-ALL:+VERS-TLS{version}", port=port)


def tls(files):
    """What a server needs that speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.both, files.key)
    return context


class Scripted:
    """A server that runs `talk` with each connection, in a thread of its own."""

    def __init__(self, talk):
        self.talk = talk
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.handle, args=(connection,), daemon=True).start()

    def handle(self, connection):
        connection.settimeout(PATIENCE)
        try:
            self.talk(connection)
        except OSError:
            pass
        finally:
            connection.close()

    def close(self):
        self.listener.close()


def speaking_tls(files):
    context = tls(files)

    def talk(connection):
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(1)

    return Scripted(talk)


def saying(greeting, *answers, then=None):
    """Says a greeting, and an answer behind each question, known by its ending; then speaks TLS, where there is a
    context for it. What it was asked last is kept in `asked`."""
    def talk(connection):
        server.asked = b""
        connection.sendall(greeting)
        for ending, answer in answers:
            question = b""
            while not question.endswith(ending):
                if not (byte := connection.recv(1)):
                    return
                question += byte
            connection.sendall(answer)
        if then is None:
            connection.settimeout(2)
            server.asked = connection.recv(1)
            return
        with then.wrap_socket(connection, server_side=True) as secure:
            secure.recv(1)

    server = Scripted(talk)
    return server


class Dovecot:
    """IMAP, POP3 and SMTP (submission), of Debian's dovecot."""

    SERVICES = {"imap": "imap", "pop3": "pop3", "smtp": "submission"}

    def __init__(self, files, directory):
        directory.chmod(0o755)  # its processes have users of their own
        self.ports = {name: free_port() for name in self.SERVICES}
        users = "" if os.getuid() == 0 else "".join(
            f"default_{name} = {pwd.getpwuid(os.getuid()).pw_name}\n" for name in ("login_user", "internal_user"))
        services = "".join(f"""service {service}-login {{
  chroot =
  inet_listener {service} {{
    port = {self.ports[name]}
  }}
  inet_listener {service}s {{
    port = 0
  }}
}}
""" for name, service in self.SERVICES.items())
        (directory / "dovecot.conf").write_text(f"""base_dir = {directory}/run
state_dir = {directory}/run
log_path = {directory}/log
protocols = {" ".join(self.SERVICES.values())}
listen = 127.0.0.1
ssl = required
ssl_cert = <{files.both}
ssl_key = <{files.key}
submission_relay_host = 127.0.0.1
passdb {{
  driver = static
}}
{users}{services}""")
        self.program = Program("/usr/sbin/dovecot", "-F", "-c", directory / "dovecot.conf", port=self.ports["imap"])

    def close(self):
        self.program.close()


def slapd(files, directory):
    """Debian's LDAP server."""
    port = free_port()
    (directory / "data").mkdir()
    (directory / "slapd.conf").write_text(f"""include /etc/ldap/schema/core.schema
pidfile {directory}/pid
TLSCertificateFile {files.both}
TLSCertificateKeyFile {files.key}
database ldif
suffix "dc=example"
directory {directory}/data
""")
    return Program("/usr/sbin/slapd", "-d", "0", "-f", directory / "slapd.conf", "-h", f"ldap://127.0.0.1:{port}/",
                   port=port)
