# SPDX-License-Identifier: Apache-2.0
"""The version: the header has it, and every other place that names it says the same."""

import re

from release import INCLUDE, ROOT, VERSION_SCRIPT, check

VERSION = re.search(r'^#define PINVERDICT_VERSION "(.*)"', (INCLUDE / "pinverdict.h").read_text(), re.M)[1]
# What a file says of the version that its sources are. What others make of it (Makefile, wheel, pkg-config), they read
# in the header.
STATED = {
    "Sources/PinVerdictABI/Exports+Names.swift": r'cString\("([\d.]+)"\)',
    "CHANGELOG.md": r"(?m)^## ([\d.]+)",
    "debian/changelog": r"^pinverdict \(([\d.]+)\)",
}


def check_versions():
    for name, pattern in STATED.items():
        found = re.search(pattern, (ROOT / name).read_text())
        check(f"{name}: version {VERSION}", found and found[1] == VERSION, "" if found is None else found[1])
    nodes = re.findall(r"(?m)^PINVERDICT_(\d+\.\d+)", VERSION_SCRIPT.read_text())
    newest = max(nodes, key=lambda node: [int(part) for part in node.split(".")])
    check(f"no version node is of a later version: {newest}",
          [int(part) for part in newest.split(".")] <= [int(part) for part in VERSION.split(".")[:2]])
