# SPDX-License-Identifier: Apache-2.0
"""What the drills share: a folder with keys and a real HAProxy, in which the commands of the runbook are run."""
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(ROOT / "Tests" / folder) for folder in ("EndToEnd", "Tool", "Monitoring")]

from certificates import Authority, clean_environment
from console import commands_of, is_shown, on_loopback, run, what_it_said
from kit.certificates import authority as ca, dns, server
from kit.keys import Key
import servers
from servers import Program, free_port

servers.PATIENCE = 300  # a drill takes a minute, and more on a busy machine
HOST = "api.example.com"
HAPROXY = """global
  stats socket unix@haproxy.sock level admin
  tune.ssl.lifetime {lifetime}
defaults
  mode http
  timeout client 5s
  timeout connect 5s
  timeout server 5s
frontend site
  bind 127.0.0.1:{port} ssl crt site.pem {tickets}
  http-request return status 200 content-type text/plain string ok
"""


def replaced(text, instead):
    for words, others in dict(instead).items():
        text = text.replace(words, others)
    return text


class Results:
    """What held and what did not, in all drills."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, is_fine, detail=""):
        self.passed, self.failed = self.passed + bool(is_fine), self.failed + (not is_fine)
        if not is_fine:
            print(f"   FAILED {what}: {detail}")
        return is_fine

    def add(self, output):
        """Of a program that counts for itself."""
        found = re.search(r"(\d+) passed, (\d+) failed\n$", output)
        passed, failed = map(int, found.groups()) if found else (0, 1)
        self.passed, self.failed = self.passed + passed, self.failed + failed


def build(libraries, folder, name, *link):
    output = Path(folder) / name
    subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-g", "-O1", "-pthread",
                    f"-I{ROOT}/include", Path(__file__).parent / f"{name}.c", "-o", output,
                    f"-L{libraries}", f"-Wl,-rpath,{libraries}", *link], check=True)
    return output


class Setting:
    """A folder as an operator has it: site.pem, which HAProxy serves, root.pem, and what the runbook makes."""

    def __init__(self, folder, tool, runbook, results):
        self.folder, self.runbook, self.results = Path(folder), runbook, results
        self.folder.mkdir()
        self.authority = Authority(folder)
        self.environment = clean_environment() | {"PATH": f"{Path(tool).resolve().parent}:{os.environ['PATH']}"}
        self.server, self.port = None, 0
        self.issue("root", None, ca())
        self.issue("middle", "root", ca())
        for name in "site", "stranger":
            self.issue(name)
            self.write_for_server(name)

    def issue(self, name, issuer="middle", extensions=None, **more):
        self.authority.issue(name, issuer, server(dns(HOST)) if extensions is None else extensions, **more)
        self.path(f"{name}.der").write_bytes(self.authority.made[name].der)

    def certify(self, name):
        """What the CA answers to the request for a key that the runbook has made."""
        self.issue(name, key=Key(text=self.path(f"{name}.key").read_text()))
        self.path(f"{name}-chain.pem").write_text(self.chain(name))

    def chain(self, name):
        made = self.authority.made
        return made[name].pem + made["middle"].pem

    def write_for_server(self, name):
        self.path(f"{name}.pem").write_text(self.chain(name) + self.path(f"{name}.key").read_text())

    def path(self, file):
        return self.folder / file

    def start_server(self, lifetime, tickets="tls-ticket-keys tickets"):
        self.port = free_port()
        self.path("haproxy.cfg").write_text(HAPROXY.format(lifetime=lifetime, port=self.port, tickets=tickets))
        keys = (subprocess.check_output(["openssl", "rand", "-base64", "48"], text=True) for _ in range(3))
        self.path("tickets").write_text("".join(keys))
        self.server = Program("/usr/sbin/haproxy", "-f", "haproxy.cfg", port=self.port, cwd=self.folder,
                              env=self.environment)

    def serve(self, name):
        """Has HAProxy take another key and certificate; a connection to its admin socket is for one command."""
        for command in f"echo 'set ssl cert site.pem <<'; cat {name}.pem; echo", "echo commit ssl cert site.pem":
            run(f"{{ {command}; }} | socat stdio unix-connect:haproxy.sock", self.folder, self.environment)

    def stop_server(self):
        if self.server is not None:
            self.server.close()

    def fill_in(self, text):
        """A policy of the runbook, with the pins of the keys that were made here."""
        def pin(found):
            key = found[1].lower()
            printed = run(f"pinverdict pin --kind spki {key}.key", self.folder, self.environment).stdout
            return printed.split()[-1]

        return re.sub(r"PIN-OF-([A-Z-]+)-KEY", pin, text)

    def write_policy(self, section, file="pins.conf", instead=()):
        """The next policy that the section shows; `instead`: what becomes of words of it."""
        text = self.fill_in(self.runbook.next_block(section, "ini"))
        self.path(file).write_text(replaced(text, instead))

    def do(self, section, exits=None, instead=()):
        """Runs the next console block of the section. `exits`: words of a command, and the status that it is to have;
        `instead`: what becomes of words of its commands."""
        printed = ""
        for command, shown in commands_of(self.runbook.next_block(section, "console")):
            command = replaced(command, instead)
            status = next((number for words, number in (exits or {}).items() if words in command), 0)
            print(f"   $ {command}")
            # Nobody is there to type a passphrase.
            line = on_loopback(command, f"127.0.0.1:{self.port}", "root.pem").replace("-G -c", "-G -n -c")
            result = run(line, self.folder, self.environment)
            is_fine = result.returncode == status and is_shown(shown, result.stdout)
            self.results.check(f"{section}: $ {command}", is_fine, f"{what_it_said(result)}--- shown\n{shown}")
            printed += result.stdout
        return printed


def step(text):
    print(f"-- {text}", flush=True)
