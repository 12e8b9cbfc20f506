# SPDX-License-Identifier: Apache-2.0
"""Does each house rule find what breaks it, where it is, and nothing else?"""

import os
import subprocess
import tempfile
from pathlib import Path

from house import LICENSE, ROOT, RULES, format_in_place, sources

SLASHES = f"// {LICENSE}\n"
SWIFT = f"{SLASHES}\n"
HASH = f"# {LICENSE}\n"
HOME = "/" + "home/"  # in two parts, as this file is looked at too
REGISTRY = "pypi" + ".org"
LONG = "x" * 121

# A file, what is in it, and the lines where each rule finds something.
CASES = [
    ("good.swift", f"{SWIFT}let one = 1\n", {}),
    ("good.c", f"{SLASHES}int one(void) {{ return 1; }}\n", {}),
    ("good.py", f"#!/usr/bin/env python3\n{HASH}\"\"\"One.\"\"\"\n", {}),
    ("Package.swift", f"// swift-tools-version: 6.2\n{SWIFT}let one = 1\n", {}),
    ("Makefile", f"{HASH}all:\n\ttrue\n", {}),
    ("good.md", f"| {LONG} |\n", {}),
    ("py.typed", "", {}),
    ("notes.txt", "By /usr/bin/env, /etc/ssl, $(TOP)/work/x, https://example.com/home/x and by domain.\n", {}),
    ("Tests/Fuzz/corpus/policy/one", f"{LONG} \n\n", {}),

    ("bare.swift", "let one = 1\n", {"license lines": [1]}),
    ("crowded.swift", f"{SLASHES}let one = 1\n", {"license lines": [1]}),
    ("imports.swift", f"{SWIFT}import Two\nimport One\n", {"swift format": [4]}),
    ("bare.h", "\n", {"license lines": [1]}),
    ("bare.modulemap", "// SPDX-License-Identifier: MIT\n", {"license lines": [1]}),
    ("bare.py", f"#!/usr/bin/env python3\n\n{HASH}", {"license lines": [2]}),
    ("bare", "#!/bin/sh\n", {"license lines": [2]}),
    ("none/Package.swift", "// swift-tools-version: 6.2\n", {"license lines": [2]}),
    ("none/Makefile", "all:\n", {"license lines": [1]}),
    ("empty.c", "", {"license lines": [1]}),

    ("long.txt", f"{LONG}\nx\n{LONG[1:]}\n", {"line lengths": [1]}),
    ("long.md", f"{LONG}\n", {"line lengths": [1]}),
    ("long.txt", f"| {LONG} |\n", {"line lengths": [1]}),
    ("space.txt", "one \ntwo\n\t\nthree\r\n", {"ends of lines": [1, 3, 4]}),
    ("end.txt", "one\ntwo", {"final newlines": [2]}),
    ("ends.txt", "one\n\n", {"final newlines": [3]}),
    ("path.txt", f"one\nin {HOME}someone\n", {"nothing of one machine": [2]}),
    ("registry.txt", f"from https://{REGISTRY}/simple\n", {"nothing of one machine": [1]}),
    ("Tests/Fuzz/corpus/policy/two", f"{HOME}someone", {"nothing of one machine": [1]}),

    ("indented.swift", f"{SWIFT}struct One {{\n  let one = 1\n}}\n", {"swift format": [4]}),
    ("semicolon.swift", f"{SWIFT}let one = 1;\n", {"swift format": [3]}),
    ("Sources/force.swift", f"{SWIFT}let one = two!\n", {"swift format": [3]}),
    ("Sources/try.swift", f"{SWIFT}let one = try! two()\n", {"swift format": [3]}),
    ("Tests/force.swift", f"{SWIFT}let one = two!\n", {}),
    ("indented.c", f"{SLASHES}int one = 1;\n  int two = 2;\n", {"clang-format": [2]}),
    ("braces.h", f"{SLASHES}static int one[] = {{1}};\n", {"clang-format": [2]}),
]


def broken_rules(path):
    found = {name: sorted({finding.line for finding in rule([path])}) for name, rule in RULES.items()}
    return {name: lines for name, lines in found.items() if lines}


def write(name, text):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def check_cases(check):
    for name, text, expected in CASES:
        found = broken_rules(write(name, text))
        check(f"{name}: {text!r}", found == expected, f"found {found}, not {expected}")


def check_format(check):
    """That formatting mends what most rules find, leaves data and all that is well alone, and changes nothing twice."""
    mended = RULES.keys() - {"line lengths", "nothing of one machine"}
    for name, text, expected in CASES:
        if expected.keys() <= mended and not name.startswith("Sources/"):
            path = write(name, text)
            format_in_place([path])
            once = path.read_text()
            format_in_place([path])
            is_well = not broken_rules(path) and path.read_text() == once and (once != text) == bool(expected)
            check(f"{name}: {text!r}, formatted", is_well, f"is {once!r}")


def check_sources(check):
    for name in "added", "new", "ignored", "gone":
        write(name, "one\n")
    write(".gitignore", "ignored\n")
    Path("binary").write_bytes(b"\xff\n")
    Path("zero").write_bytes(b"\0\n")
    for command in ["init", "-q"], ["add", "added", "gone", "binary", "zero"]:
        subprocess.run(["git", *command], check=True)
    Path("gone").unlink()
    found = [path.name for path in sources()]
    check("the sources", found == [".gitignore", "added", "new"], f"are {found}")


def run():
    """How many checks passed and failed."""
    counts = {True: 0, False: 0}

    def check(name, ok, detail):
        counts[ok] += 1
        if not ok:
            print(f"FAIL  {name}: {detail}")

    for part in check_cases, check_format, check_sources:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            part(check)
            os.chdir(ROOT)
    return counts[True], counts[False]
