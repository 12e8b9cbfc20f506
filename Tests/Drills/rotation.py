# SPDX-License-Identifier: Apache-2.0
"""The rotation: a real HAProxy under load of both libraries, under TLS 1.2 and 1.3, while the steps of the runbook are
taken; and once more without the wait. The alert for the backup is Prometheus' own, at each step."""
import re
import socket
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus import Prometheus, until
from servers import Program, free_port
from setting import HOST, build, step

SECTION = "Rotating a key"
LINK = {"openssl": ("-lpinverdict-openssl", "-lssl", "-lcrypto"), "gnutls": ("-lpinverdict-gnutls", "-lgnutls")}
VERSIONS = ("1.2", "1.3")
CLIENTS = 16  # of a load
ALERT = "PinVerdictBackupInUse"
LONG = 300  # seconds that a session lives where nobody waits for it

# Its ticket keys are OpenSSL's.
NGINX = """daemon off; master_process off; user root; pid pid; error_log stderr notice;
events {{ }}
http {{
    access_log off;
    ssl_certificate site.pem; ssl_certificate_key site.key; ssl_session_timeout 1s;
    server {{ listen 127.0.0.1:{port} ssl; ssl_protocols TLSv1.2 TLSv1.3; location / {{ return 200 ok; }} }}
}}
"""


class Load:
    """Clients of one library under one version of TLS: load.h. A Prometheus may scrape them."""

    def __init__(self, program, setting, library, version):
        self.title, self.job, self.lock = f"{library}, TLS {version}", f"{library}-{version}", threading.Lock()
        self.errors = setting.path(f"{self.title}.errors").open("w")
        self.process = subprocess.Popen(
            [program, str(setting.port), HOST, "root.pem", "pins.conf", version], cwd=setting.folder,
            env=setting.environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)

    def ask(self, line):
        """The line, or lines with an empty one behind them, that it answers."""
        with self.lock:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            if line != "metrics":
                return self.process.stdout.readline().strip()
            return "".join(iter(self.process.stdout.readline, "\n"))

    def counts(self):
        return self.figures(self.ask("counts"))

    def serve_metrics(self):
        """On a port of its own."""
        load = self

        class Metrics(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(load.ask("metrics").encode())

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Metrics)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()

    @staticmethod
    def figures(line):
        return {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", line)}

    def stop(self):
        """The last counts, with all connections ended."""
        self.process.stdin.close()
        line = self.process.stdout.readline()
        self.process.wait(30)
        self.errors.close()
        return self.figures(line)


class Loads:
    def __init__(self, programs, setting, is_scraped):
        self.all = [Load(program, setting, library, version)
                    for library, program in programs.items() for version in VERSIONS]
        self.results, self.prometheus = setting.results, None
        if is_scraped:
            for load in self.all:
                load.serve_metrics()
            self.prometheus = Prometheus(setting.folder, self.all)
            until(lambda: self.prometheus.are_up(len(self.all)))
        self.last = {load: {} for load in self.all}

    def tell(self, what):
        """A line for each: what came since the last one."""
        for load in self.all:
            now, last = load.counts(), self.last[load]
            since = {name: number - last.get(name, 0) for name, number in now.items()}
            self.last[load] = now
            print("   {:16} {:22} {connections:5} connections, {resumed:5} resumed; counted: matched {matched:5}, "
                  "backup {backup:4}; refused {refused}, refused resumed {refused_resumed}"
                  .format(load.title, what, **since))

    def set_policy(self):
        for load in self.all:
            answer = load.ask("policy pins.conf")
            self.results.check(f"{load.title} takes the policy", answer == "ok", answer)

    def expect_alert(self, when, fires):
        """Whether the Prometheus that scrapes them has the alert for the backup, for all of them or for none."""
        if self.prometheus is None:
            return
        expected = {(ALERT, load.job) for load in self.all if fires}
        is_so = until(lambda: {alert for alert in self.prometheus.alerts("firing") if alert[0] == ALERT} == expected)
        print(f"   {when}: {ALERT} {'fires for all' if fires else 'is silent'}{'' if is_so else ': NO'}")
        self.results.check(f"{when}: {ALERT}", is_so, self.prometheus.ask("alerts"))

    def stop(self):
        if self.prometheus is not None:
            self.prometheus.__exit__()
        return {load.title: load.stop() for load in self.all}


def build_loads(libraries, folder):
    return {library: build(libraries, folder, f"load-{library}", *flags) for library, flags in LINK.items()}


def rotate(setting, programs, lifetime, pause, waits):
    """The steps of the runbook, with a pause after each that changes something. The last counts of each load."""
    results = setting.results
    setting.path("pins.conf").write_text(setting.fill_in(
        f"[policy]\nserial = 6\n[host {HOST}]\npin-sha256 = PIN-OF-SITE-KEY\nbackup-pin-sha256 = PIN-OF-BACKUP-KEY\n"))
    setting.start_server(lifetime)
    loads = Loads(programs, setting, is_scraped=waits)
    time.sleep(pause)
    loads.tell("before")
    loads.expect_alert("before", False)
    setting.do(SECTION)
    setting.certify("backup")
    setting.do(SECTION)
    loads.tell("until the rotation")
    results.check("no client has counted a backup before", all(not load["backup"] for load in loads.last.values()))
    loads.expect_alert("until the rotation", False)
    step("the server takes the backup key")
    setting.do(SECTION)
    rotated = time.monotonic()
    time.sleep(pause)
    loads.tell("the server has rotated")
    loads.expect_alert("the server has rotated", True)
    results.check("each client has counted a backup", all(load["backup"] for load in loads.last.values()), loads.last)
    step("the second policy: the backup is in use, there is a new one, the old pin stays")
    setting.do(SECTION)
    setting.write_policy(SECTION, "next.conf")
    setting.do(SECTION)
    loads.set_policy()
    loads.expect_alert("the second policy, and the window of the alert later", False)
    if waits:
        # A server's clock of sessions has whole seconds.
        time.sleep(max(0.0, rotated + lifetime + 2 - time.monotonic()))
        loads.tell(f"{lifetime} s and more later")
    step("the third policy: the old pin goes")
    setting.write_policy(SECTION, "next.conf")
    setting.do(SECTION)
    loads.set_policy()
    time.sleep(pause)
    loads.tell("after")
    loads.expect_alert("after", False)
    ends = loads.stop()
    setting.stop_server()
    return ends


def drill(make_setting, libraries, lifetime, pause):
    step(f"rotation: sessions live {lifetime} s; half of the connections resume one")
    setting = make_setting("rotation")
    programs = build_loads(libraries, setting.folder)
    results, ends = setting.results, rotate(setting, programs, lifetime, pause, waits=True)
    for title, counts in ends.items():
        results.check(f"{title}: nobody is refused", counts["refused"] + counts["refused_resumed"] == 0, counts)
    total(ends, results)

    step(f"the same without the wait: sessions live {LONG} s, are resumed, and refused")
    setting.runbook.again(SECTION)
    ends = rotate(make_setting("no-wait"), programs, LONG, pause, waits=False)
    for title, counts in ends.items():
        results.check(f"{title}: resumed sessions are refused, each once", 0 < counts["refused_resumed"] <= CLIENTS,
                      counts)
        results.check(f"{title}: no full handshake is", counts["refused"] == 0, counts)
    total(ends, results)


def total(ends, results):
    sums = {name: sum(counts[name] for counts in ends.values()) for name in next(iter(ends.values()))}
    print("   in all: {connections} connections, {resumed} resumed, {failed} without an answer; refused {refused}, "
          "refused resumed {refused_resumed}; checks made {checks}, counted {counted}".format(**sums))
    for title, counts in ends.items():
        results.check(f"{title}: each connection is answered or refused", counts["failed"] == 0, counts)
        results.check(f"{title}: the counters are the checks that were made", counts["counted"] == counts["checks"] > 0,
                      counts)
        results.check(f"{title}: sessions are resumed", 3 * counts["resumed"] > counts["connections"], counts)


def start_nginx(setting):
    setting.port = free_port()
    setting.path("nginx.conf").write_text(NGINX.format(port=setting.port))
    setting.server = Program("/usr/sbin/nginx", "-p", setting.folder, "-c", "nginx.conf", "-e", "stderr",
                             port=setting.port, env=setting.environment)


def visit(setting, context, session):
    """One connection, on a session if there is one: whether that was resumed, and the newest session."""
    with socket.create_connection(("127.0.0.1", setting.port), timeout=20) as connection:
        with context.wrap_socket(connection, server_hostname=HOST, session=session) as tls:
            tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while tls.recv(4096):
                pass
            return tls.session_reused, tls.session


def drill_renewal(setting):
    step("how old a session grows: it lives 1 s, and its client comes again each third of a second")
    for title, start, has_no_end in [
            ("nginx", start_nginx, True), ("HAProxy", lambda own: own.start_server(1, tickets=""), True),
            ("HAProxy with tls-ticket-keys", lambda own: own.start_server(1), False)]:
        for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
            start(setting)
            context = ssl.create_default_context(cafile=setting.path("root.pem"))
            context.minimum_version = context.maximum_version = version
            _, session = visit(setting, context, None)
            resumed = []
            for _ in range(9):
                time.sleep(0.33)
                was_resumed, session = visit(setting, context, session)
                resumed.append(was_resumed)
            setting.stop_server()
            start(setting)
            goes_on, _ = visit(setting, context, session)
            setting.stop_server()
            print(f"   {title}, {version.name}: {sum(resumed)} of {len(resumed)} connections in 3 s are resumed; after "
                  f"a restart {'still' if goes_on else 'not'}")
            expected = has_no_end and version == ssl.TLSVersion.TLSv1_3
            setting.results.check(f"{title}, {version.name}: no end", all(resumed) == expected, resumed)
            setting.results.check(f"{title}, {version.name}: a restart that makes new ticket keys is an end",
                                  not goes_on, resumed)
