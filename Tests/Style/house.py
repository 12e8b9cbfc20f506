# SPDX-License-Identifier: Apache-2.0
"""The house rules that a machine keeps.

Each takes files, by their paths from the root of the work tree, which is the current directory, and yields a Finding
for each place that breaks it.
"""

import json
import os
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SWIFT_FORMAT = [os.environ.get("SWIFT", "swift"), "format"]
CLANG_FORMAT = ["clang-format-19", f"--style=file:{ROOT / '.clang-format'}"]

WIDTH = 120
LICENSE = "SPDX-License-Identifier: Apache-2.0"
COMMENT_MARKS = {".swift": "//", ".c": "//", ".h": "//", ".modulemap": "//", ".py": "#", ".sh": "#", ".yml": "#"}
# What has to be a file's first line; the license comes after it.
FIRST_LINES = ("#!", "// swift-tools-version:")

# Every byte of these is meant, or written by a program.
DATA = ("Tests/Conformance/*.txt", "Tests/Conformance/scts/*.tsv", "Tests/Conformance/scts/LICENCES",
        "Tests/Differential/kept/*.der", "Tests/Fuzz/corpus/*", "Tests/Release/*.abi",
        "Tests/Tool/formats/*.json", "Tests/Tool/formats/*.plist", "Tests/Tool/formats/*.xml",
        "Tests/Tool/formats/*.conf", "bindings/python/tests/captures/*/*")

# Where files lie on somebody's machine, and whom packages come from there: neither is true elsewhere.
MACHINE_PATH = re.compile(r"(?<![\w.$)}/-])/(?:root|home|Users|work|workspace|mnt|opt|srv|tmp)/\w[\w./-]*")
REGISTRY = re.compile(
    r"\b(?:[\w-]+\.)*(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|crates\.io|rubygems\.org|golang\.org|"
    r"(?:deb|snapshot|security)\.debian\.org|(?:docker|ghcr|quay|jfrog|gcr)\.io|pkg\.dev)\b"
    r"|\b(?:artifactory|nexus|mirrors?)\.[\w.-]+", re.IGNORECASE)


class Finding(NamedTuple):
    path: Path
    line: int
    what: str


def sources():
    """The text files of the work tree, those among them that are not yet added to it."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            check=True, capture_output=True, text=True).stdout
    return [path for name in sorted(set(listed.split("\0")) - {""}) if text_of(path := Path(name)) is not None]


def text_of(path):
    """None where there is no text: a file that is gone, or binary."""
    try:
        text = path.read_bytes().decode()
    except (FileNotFoundError, IsADirectoryError, UnicodeDecodeError):
        return None
    return None if "\0" in text else text


def is_data(path):
    return any(fnmatch(path.as_posix(), pattern) for pattern in DATA)


def named(files, *suffixes):
    return [path for path in files if path.suffix in suffixes]


def numbered_lines(files):
    for path in files:
        for number, line in enumerate(text_of(path).split("\n"), start=1):
            yield path, number, line


def written(files):
    return [path for path in files if not is_data(path)]


# The license

def license_of(path, lines):
    """The lines of the license that belong into a file, none where it is no source, and the index of the first.

    In Swift an empty line is one of them, for else `swift format` takes the license for a comment on an import.
    """
    is_script = path.name == "Makefile" or lines[0].startswith("#!")
    mark = COMMENT_MARKS.get(path.suffix, "#" if is_script else None)
    license = [f"{mark} {LICENSE}", *([""] if path.suffix == ".swift" else [])] if mark else []
    return license, int(lines[0].startswith(FIRST_LINES))


def without_license(files):
    for path in written(files):
        lines = text_of(path).split("\n")
        license, start = license_of(path, lines)
        if lines[start:start + len(license)] != license:
            yield Finding(path, start + 1, " and ".join(f'"{line}"' for line in license) + " is missing")


def add_license(files):
    for path in {finding.path for finding in without_license(files)}:
        lines = text_of(path).split("\n")
        license, start = license_of(path, lines)
        has_first = lines[start:start + 1] == license[:1]
        lines[start:start + has_first] = license
        path.write_text("\n".join(lines))


# Lines

def too_long(files):
    """A row of a table in Markdown cannot be broken."""
    for path, number, line in numbered_lines(written(files)):
        if len(line) > WIDTH and not (path.suffix == ".md" and line.startswith("|")):
            yield Finding(path, number, f"{len(line)} columns")


def trailing_space(files):
    for path, number, line in numbered_lines(written(files)):
        if line != line.rstrip():
            yield Finding(path, number, "white space at the end of the line")


def no_final_newline(files):
    for path in written(files):
        text = text_of(path)
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            yield Finding(path, text.count("\n") + 1, "does not end in one newline")


def tidy(files):
    """Takes away the white space that the two rules above find."""
    for path in written(files):
        if text := text_of(path):
            lines = [line.rstrip() for line in text.split("\n")]
            path.write_text("\n".join(lines).rstrip("\n") + "\n")


def of_one_machine(files):
    for path, number, line in numbered_lines(files):
        for pattern, what in (MACHINE_PATH, "a path of one machine"), (REGISTRY, "a host of a package registry"):
            for match in pattern.finditer(line):
                yield Finding(path, number, f"{what}: {match[0]}")


# Formatters

def swift_configuration(ships):
    """.swift-format; and in what ships nothing is unwrapped or tried by force, for no input may trap."""
    configuration = json.loads((ROOT / ".swift-format").read_text())
    if ships:
        configuration["rules"].update(NeverForceUnwrap=True, NeverUseForceTry=True)
    return json.dumps(configuration)


def swift_by_configuration(files):
    """Command-line arguments for `swift format`: a configuration, and the files that it is for."""
    swift = named(files, ".swift")
    for ships in True, False:
        if group := [path for path in swift if (path.parts[0] == "Sources") == ships]:
            yield ["--parallel", "--configuration", swift_configuration(ships), *group]


def findings_of(command):
    """What a formatter complains about, in the manner of compilers."""
    run = subprocess.run(command, capture_output=True, text=True)
    complaints = re.findall(r"^(.+?):(\d+):\d+: (?:error|warning): (.*)$", run.stdout + run.stderr, flags=re.M)
    if run.returncode != 0 and not complaints:
        raise RuntimeError(f"{command[0]} failed: {run.stderr.strip()}")
    yield from (Finding(Path(path), int(line), what) for path, line, what in complaints)


def unformatted_swift(files):
    for arguments in swift_by_configuration(files):
        yield from findings_of([*SWIFT_FORMAT, "lint", "--strict", *arguments])


def unformatted_c(files):
    if c := named(files, ".c", ".h"):
        yield from findings_of([*CLANG_FORMAT, "--dry-run", "-Werror", *c])


def format_in_place(files):
    add_license(files)
    tidy(files)
    for arguments in swift_by_configuration(files):
        subprocess.run([*SWIFT_FORMAT, "--in-place", *arguments], check=True)
    if c := named(files, ".c", ".h"):
        subprocess.run([*CLANG_FORMAT, "-i", *c], check=True)


RULES = {
    "license lines": without_license,
    "line lengths": too_long,
    "ends of lines": trailing_space,
    "final newlines": no_final_newline,
    "nothing of one machine": of_one_machine,
    "swift format": unformatted_swift,
    "clang-format": unformatted_c,
}
