#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""run.py LIBDIR: do packaging/monitoring's alerts fire when they should, and does its dashboard have data?

promtool looks at the alerts and runs their tests; then a real Prometheus scrapes three programs that check connections
with the library (exporter.c). Hosts show wrong keys, and all alerts fire; they show the right ones, and all resolve.
Minutes are made seconds for that: windows of WINDOW, and alerts that wait for WAIT.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MONITORING = ROOT / "packaging/monitoring"
FIXTURES = ROOT / ".build/fixtures"
ALERTS = (MONITORING / "pinverdict-alerts.yml").read_text()
NAMES = set(re.findall(r"- alert: (\w+)", ALERTS))
EXPRESSIONS = [target["expr"] for panel in json.loads((MONITORING / "pinverdict-dashboard.json").read_text())["panels"]
               for target in panel["targets"]]
INTERVAL, WINDOW, WAIT, PATIENCE = "250ms", "3s", "500ms", 60

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


class Prometheus:
    """Debian's, on a port of its own."""

    def __init__(self, folder, exporters):
        rules = re.sub(r"\[\d+[mh]\]", f"[{WINDOW}]", re.sub(r"for: \d+[mh]", f"for: {WAIT}", ALERTS))
        (folder / "rules.yml").write_text(rules)
        jobs = "".join(
            f"- job_name: {job}\n  static_configs: [{{targets: ["
            + ", ".join(f"'127.0.0.1:{each.port}'" for each in exporters if each.job == job) + "]}]\n"
            for job in sorted({each.job for each in exporters}))
        (folder / "prometheus.yml").write_text(
            f"global: {{scrape_interval: {INTERVAL}, scrape_timeout: {INTERVAL}, evaluation_interval: {INTERVAL}}}\n"
            f"rule_files: [rules.yml]\nscrape_configs:\n{jobs}")
        self.log = folder / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={folder / 'prometheus.yml'}", "--web.listen-address=127.0.0.1:0",
                 f"--storage.tsdb.path={folder / 'data'}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.address = until(lambda: re.search(r'"Listening on" address=(\S+)', self.log.read_text()))[1]
        until(self.is_ready)

    def is_ready(self):
        try:
            return self.ask("query", query="up")
        except OSError:
            return False

    def ask(self, path, **arguments):
        address = f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(arguments)}"
        with urllib.request.urlopen(address, timeout=10) as response:
            answer = json.load(response)
        if answer["status"] != "success" or answer.get("warnings"):
            raise RuntimeError(f"{arguments}: {answer}")
        return answer["data"]

    def has_data(self, expression):
        expression = re.sub(r"\[\d+[mh]\]", f"[{WINDOW}]", expression).replace("$job", ".+")
        return any(sample["value"][1] != "NaN" for sample in self.ask("query", query=expression)["result"])

    def alerts(self, *states):
        return {alert["labels"]["alertname"] for alert in self.ask("alerts")["alerts"] if alert["state"] in states}


def until(condition):
    """What the condition says, once that is true; else its last answer."""
    end = time.monotonic() + PATIENCE
    while not (answer := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return answer


def timed(what, condition, state):
    started = time.monotonic()
    is_so = until(condition)
    check(f"{what}, after {time.monotonic() - started:.1f} s", is_so, state())


def scrape(prometheus, a, b, other):
    everywhere = a, b, other
    promtool("promtool takes the text", "check", "metrics", text=a.text())
    timed("all are scraped", lambda: len(prometheus.ask("query", query="up == 1")["result"]) == 3,
          prometheus.log.read_text)
    timed("shares of refused connections are computed",
          lambda: prometheus.has_data("job_rule:pinverdict_refused:ratio_rate5m"), prometheus.log.read_text)
    check("no alert", prometheus.alerts("pending", "firing") == set(), prometheus.alerts("pending", "firing"))

    for each in everywhere:
        each.tell("trouble")
    b.set_policy(more=f"expires = {date.today() + timedelta(days=5)}\non-expiry = refuse")
    other.set_policy(enforcement="off", days=1)
    timed(f"firing: {', '.join(sorted(NAMES))}", lambda: prometheus.alerts("firing") == NAMES,
          lambda: prometheus.ask("alerts"))
    for expression in EXPRESSIONS:
        check(f"data for {expression}", until(lambda: prometheus.has_data(expression)))
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
        started = []
        try:
            for job, which in (("app", "a"), ("app", "b"), ("other", "c")):
                started.append(Exporter(program, folder, job, which))
            started.append(Prometheus(folder, started))
            scrape(started[-1], *started[:-1])
        finally:
            for each in reversed(started):
                each.process.terminate()
                each.process.wait()
    print(f"\n{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
