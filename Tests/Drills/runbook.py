# SPDX-License-Identifier: Apache-2.0
"""docs/RUNBOOK.md as a script: the blocks of each section, to be taken one after the other."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def anchor(title):
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def sections_of_alerts():
    alerts = (ROOT / "packaging/monitoring/pinverdict-alerts.yml").read_text()
    return re.findall(r"runbook: '?docs/RUNBOOK\.md#([\w-]+)", alerts)


class Runbook:
    def __init__(self):
        text = (ROOT / "docs/RUNBOOK.md").read_text()
        parts = re.split(r"^##+ (.*)$", text, flags=re.M)
        self.sections = {title: re.findall(r"^```(\w+)\n(.*?)^```$", body, re.M | re.S)
                         for title, body in zip(parts[1::2], parts[2::2])}
        self.taken = {title: [] for title in self.sections}

    def next_block(self, section, language):
        """The next one of this language that was not taken yet; blocks of the other may be taken before or after."""
        taken, blocks = self.taken[section], self.sections[section]
        at = next(number for number, (kind, _) in enumerate(blocks) if kind == language and number not in taken)
        taken.append(at)
        return blocks[at][1]

    def step_back(self, section):
        """The block that was taken last is the next one."""
        self.taken[section].pop()

    def again(self, section):
        self.taken[section] = []

    def problems(self):
        """What is wrong with the page where all drills have been done."""
        left = [f"not run, {title}: {text}" for title, blocks in self.sections.items()
                for number, (_, text) in enumerate(blocks) if number not in self.taken[title]]
        named, there = sections_of_alerts(), set(map(anchor, self.sections))
        missing = [f"an alert names the section {name}" for name in named if name not in there]
        return left + missing + ([] if named else ["no alert names a section"])
