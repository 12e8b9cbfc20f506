#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""run.py LIBDIR: do packaging/monitoring's alerts fire when they should, and does its dashboard have data?

promtool looks at the alerts and runs their tests; then a real Prometheus scrapes three programs that check connections
with the library (exporter.c), and the daemon of bindings/c, through which a client asks a server for pages. Hosts show
wrong keys, and all alerts fire; they show the right ones, and all resolve.
"""

import contextlib
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/EndToEnd"))

from certificates import Authority
from daemon import POLICY_HOST, Daemon, Fleet, PolicyHost, ask, compile_daemon, page
from hooks import HOST
from kit.certificates import authority as ca, dns, server as for_server
from prometheus import ALERTS, MONITORING, Prometheus, until

FIXTURES = ROOT / ".build/fixtures"
NAMES = set(re.findall(r"- alert: (\w+)", ALERTS))
EXPRESSIONS = [target["expr"] for panel in json.loads((MONITORING / "pinverdict-dashboard.json").read_text())["panels"]
               for target in panel["targets"]]

POLICY = """[policy]
serial = {serial}
enforcement = {enforcement}
valid-until = {valid_until}
on-stale = keep
[pin-set leaf]
pin-sha256 = {{leaf}}
backup-pin-sha256 = {{1}}
[host api.example.com]
pin-set = leaf
{more}
[host reporting.example.com]
pin-set = leaf
enforcement = report-only
[host rotating.example.com]
pin-sha256 = {{leaf}}
backup-pin-sha256 = {{root}}
[host stolen.example.com]
pin-set = leaf
rejected-pin-sha256 = {{other-intermediate}}
"""

passed = failed = 0


def check(what, is_so, *details):
    global passed, failed
    passed, failed = passed + bool(is_so), failed + (not is_so)
    print(f"{'ok  ' if is_so else 'FAIL'}  {what}", flush=True)
    if not is_so:
        for detail in details:
            print(f"      {detail}")


def run(*command, text=None, **more):
    return subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


def promtool(what, *arguments, **more):
    result = run("promtool", *arguments, **more)
    check(what, result.returncode == 0, result.stdout)


def look_at_files():
    promtool("promtool takes the alerts", "check", "rules", MONITORING / "pinverdict-alerts.yml")
    promtool("the alerts' own tests", "test", "rules", "pinverdict-alerts-test.yml", cwd=MONITORING)
    check("there are seven", len(NAMES) == 7, NAMES)
    tests = (MONITORING / "pinverdict-alerts-test.yml").read_text()
    for name in sorted(NAMES):
        check(f"{name} has a test", re.search(rf"alertname: {name}\n\s*exp_alerts:", tests))
    for name, text in re.findall(r"- alert: (\w+)\n(.*?)(?=\n\n|\Z)", ALERTS, flags=re.S):
        section = re.search(r"runbook: 'docs/RUNBOOK\.md#([a-z-]+)'", text)
        check(f"{name} is for a page or a ticket, and names its section of the runbook",
              re.search(r"severity: (page|ticket)\}", text) and section and has_section(section[1]))


def has_section(anchor):
    """Where there is a runbook."""
    runbook = ROOT / "docs/RUNBOOK.md"
    sections = re.findall(r"^#+ (.*)$", runbook.read_text(), flags=re.M) if runbook.exists() else []
    return not sections or anchor in [section.lower().replace(" ", "-") for section in sections]


class Exporter:
    """A program that checks connections, and is scraped."""

    def __init__(self, program, folder, job, name, **policy):
        self.folder, self.job, self.name, self.serial = folder, job, name, 0
        self.process = subprocess.Popen([program, FIXTURES, self.policy(**policy)], text=True, bufsize=1,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def policy(self, enforcement="enforce", more="", days=100, step=1):
        self.serial += step
        path = self.folder / f"{self.name}-{self.serial}.conf"
        path.write_text(POLICY.format(serial=self.serial, enforcement=enforcement, more=more,
                                      valid_until=date.today() + timedelta(days=days)))
        return path

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        # It reads what there is: one line at a time.
        time.sleep(0.1)

    def set_policy(self, **policy):
        self.tell(f"policy {self.policy(**policy)}")
        answer = self.process.stdout.readline()
        check(f"{self.name} takes policy {self.serial}", answer == "ok \n", answer)

    def text(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as response:
            return response.read().decode()


class Relayed:
    """The daemon with a policy that it fetches, and a client that never stops asking through it."""

    def __init__(self, folder, library):
        self.job, authority = "daemon", Authority(str(folder))
        authority.issue("root", None, ca())
        authority.issue("middle", "root", ca())
        for name, host in ("leaf", HOST), ("stranger", HOST), ("policy-host", POLICY_HOST):
            authority.issue(name, "middle", for_server(dns(host)))
        self.authority, fleet = authority, Fleet(authority)
        self.server, self.host = PolicyHost(authority, "leaf"), PolicyHost(authority)
        later = date.today() + timedelta(days=100)
        signed = fleet.sign(fleet.policy(1, more=f"valid-until = {later}\non-stale = keep",
                                         rule=f"expires = {later}\non-expiry = refuse"))
        fleet.put(authority.path("pins.signed"), signed)
        self.host.answer, self.server.answer = page(signed), page("a page")
        self.daemon = Daemon([compile_daemon(str(folder), library)], SimpleNamespace(authority=authority),
                             self.server.port, authority.path("pins.signed"), "--key", authority.path("fleet.pub"),
                             "--url", self.host.url, "--interval", 1, "--report-file", authority.path("reports"),
                             "--metrics-port", 0)
        self.port, self.is_over = self.daemon.metrics_port, threading.Event()
        self.client = threading.Thread(target=self.ask_for_ever)
        self.client.start()

    def ask_for_ever(self):
        while not self.is_over.wait(0.02):
            ask(self.daemon.port, b"GET / HTTP/1.0\r\n\r\n")

    def __enter__(self):
        return self

    def __exit__(self, *arguments):
        self.is_over.set()
        self.client.join()
        self.daemon.__exit__(*arguments)

    def tell(self, line):
        self.server.use(self.authority, "stranger" if line == "trouble" else "leaf")


def timed(what, condition, state):
    started = time.monotonic()
    is_so = until(condition)
    check(f"{what}, after {time.monotonic() - started:.1f} s", is_so, state())


def names(alerts):
    return {name for name, _ in alerts}


def scrape(prometheus, a, b, other, relayed):
    everywhere = a, b, other, relayed
    promtool("promtool takes the text", "check", "metrics", text=a.text())
    timed("all are scraped", lambda: prometheus.are_up(len(everywhere)), prometheus.log.read_text)
    timed("shares of refused connections are computed",
          lambda: all(prometheus.has_data('job_rule:pinverdict_refused:ratio_rate5m{job="$job"}', each.job)
                      for each in everywhere), prometheus.log.read_text)
    check("no alert", prometheus.alerts("pending", "firing") == set(), prometheus.alerts("pending", "firing"))

    for each in everywhere:
        each.tell("trouble")
    b.set_policy(more=f"expires = {date.today() + timedelta(days=5)}\non-expiry = refuse")
    other.set_policy(enforcement="off", days=1)
    timed(f"firing: {', '.join(sorted(NAMES))}", lambda: names(prometheus.alerts("firing")) == NAMES,
          lambda: prometheus.ask("alerts"))
    timed("of the daemon one: PinVerdictRefused", lambda: {name for name, job in prometheus.alerts("pending", "firing")
                                                           if job == relayed.job} == {"PinVerdictRefused"},
          lambda: f"{prometheus.ask('alerts')}\n{relayed.daemon.text()}")
    for expression in EXPRESSIONS:
        check(f"data for {expression}", until(lambda: prometheus.has_data(expression)))
        check("and of the daemon", until(lambda: prometheus.has_data(expression, relayed.job)))
    promtool("promtool takes the text of an outage", "check", "metrics", text=b.text())

    for each in everywhere:
        each.tell("quiet")
    a.set_policy(step=2)
    b.set_policy()
    other.set_policy()
    timed("all are resolved", lambda: prometheus.alerts("pending", "firing") == set(), lambda: prometheus.ask("alerts"))


def main():
    library = Path(sys.argv[1]).resolve()
    look_at_files()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run("python3", ROOT / "Tests/Kit/make-fixtures.py", FIXTURES)
        program = folder / "exporter"
        built = run("cc", "-std=c11", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", "-DHAS_OPENSSL=1",
                    "-DHAS_GNUTLS=1", f"-I{ROOT / 'include'}", ROOT / "Tests/Monitoring/exporter.c", "-o", program,
                    f"-L{library}", "-lpinverdict", f"-Wl,-rpath,{library}")
        check("the program that is scraped compiles", built.returncode == 0, built.stdout)
        with contextlib.ExitStack() as started:
            scraped = [started.enter_context(Exporter(program, folder, job, which))
                       for job, which in (("app", "a"), ("app", "b"), ("other", "c"))]
            scraped.append(started.enter_context(Relayed(folder, library)))
            scrape(started.enter_context(Prometheus(folder, scraped)), *scraped)
    print(f"\n{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
