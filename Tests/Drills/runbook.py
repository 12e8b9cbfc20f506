# SPDX-License-Identifier: Apache-2.0
"""docs/RUNBOOK.md as a script: the blocks of each section, to be taken one after the other."""
import re
from pathlib import Path

# Alerts name these sections.
ALERTS = ("Refused", "Would be refused", "Backup key in use", "A pin expires", "A rejected key was seen",
          "Clients disagree on the policy", "Switched off for long")


class Runbook:
    def __init__(self):
        text = (Path(__file__).resolve().parents[2] / "docs/RUNBOOK.md").read_text()
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

    def again(self, section):
        self.taken[section] = []

    def problems(self):
        """What is wrong with the page where all drills have been done."""
        left = [f"not run, {title}: {text}" for title, blocks in self.sections.items()
                for number, (_, text) in enumerate(blocks) if number not in self.taken[title]]
        return left + [f"no section {title}" for title in ALERTS if title not in self.sections]
