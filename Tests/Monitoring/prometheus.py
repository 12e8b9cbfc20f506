# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus with the alerts of packaging/monitoring. Minutes are made seconds for tests: windows of WINDOW, and
alerts that wait for WAIT."""
import json
import re
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

MONITORING = Path(__file__).resolve().parents[2] / "packaging/monitoring"
ALERTS = (MONITORING / "pinverdict-alerts.yml").read_text()
INTERVAL, WINDOW, WAIT, PATIENCE = "250ms", "3s", "500ms", 60


def until(condition):
    """What the condition says, once that is true; else its last answer."""
    end = time.monotonic() + PATIENCE
    while not (answer := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return answer


def in_seconds(text):
    return re.sub(r"\[\d+[mh]\]", f"[{WINDOW}]", re.sub(r"for: \d+[mh]", f"for: {WAIT}", text))


class Prometheus:
    """Debian's, on a port of its own; what it scrapes has a job and a port."""

    def __init__(self, folder, scraped):
        (folder / "rules.yml").write_text(in_seconds(ALERTS))
        jobs = "".join(
            f"- job_name: {job}\n  static_configs: [{{targets: ["
            + ", ".join(f"'127.0.0.1:{each.port}'" for each in scraped if each.job == job) + "]}]\n"
            for job in sorted({each.job for each in scraped}))
        (folder / "prometheus.yml").write_text(
            f"global: {{scrape_interval: {INTERVAL}, scrape_timeout: {INTERVAL}, evaluation_interval: {INTERVAL}}}\n"
            f"rule_files: [rules.yml]\nscrape_configs:\n{jobs}")
        self.log = folder / "prometheus.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={folder / 'prometheus.yml'}", "--web.listen-address=127.0.0.1:0",
                 f"--storage.tsdb.path={folder / 'prometheus'}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.address = until(lambda: re.search(r'"Listening on" address=(\S+)', self.log.read_text()))[1]
        until(self.is_ready)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

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

    def are_up(self, count):
        return len(self.ask("query", query="up == 1")["result"]) == count

    def has_data(self, expression, job=".+"):
        expression = in_seconds(expression).replace("$job", job)
        return any(sample["value"][1] != "NaN" for sample in self.ask("query", query=expression)["result"])

    def alerts(self, *states):
        """By name, each with its job."""
        return {(alert["labels"]["alertname"], alert["labels"]["job"]) for alert in self.ask("alerts")["alerts"]
                if alert["state"] in states}
