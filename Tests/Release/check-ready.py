#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""check-ready.py BUILD: may what is here be released, as it is? Looks at the version in all its places, the tag, the
state of the sources, the documents, and at the Debian packages, the wheel and the sdist that BUILD (.build) has. What
they do, other suites test: `make release-check` runs the quick ones before. Prints a line per check; exits 1 if one
failed."""

import re
import subprocess
import sys
from pathlib import Path

from release import ROOT, check, check_equal, finish
from versions import VERSION, check_versions


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True).stdout.strip()


def check_documents():
    heading = (ROOT / "CHANGELOG.md").read_text().splitlines()[2]
    day = re.fullmatch(rf"## {re.escape(VERSION)}, (\d{{4}}-\d\d-\d\d)", heading)
    check("CHANGELOG.md has the day of the release", day, heading)
    line = re.search(r"(?m)^ -- .*>  (.*)$", (ROOT / "debian/changelog").read_text())[1]
    debian = subprocess.run(["date", "-u", "-d", line, "+%F"], capture_output=True, text=True).stdout.strip()
    check("debian/changelog has the same", day and day[1] == debian, debian)
    tried = (ROOT / "docs/COMPATIBILITY.md").read_text()
    check(f"docs/COMPATIBILITY.md is of version {VERSION}", f"version {VERSION}" in tried)


def check_container():
    """That packaging/Dockerfile does what the README says, and nothing else."""
    commands = re.findall(r"(?m)^RUN (.*)$", (ROOT / "packaging/Dockerfile").read_text())
    said = re.search(r"`apt install ([a-z0-9 -]+)`", (ROOT / "README.md").read_text())[1].split()
    installed = [command for command in commands if command.startswith("apt-get install")]
    check_equal("packaging/Dockerfile installs what the README says",
                {word for command in installed for word in command.split()[2:] if not word.startswith("-")}, set(said))
    makes = [command for command in commands if command.startswith("make ")]
    check("... and makes the packages", makes == ["make deb wheel sdist"], str(makes))


def check_sources():
    check("nothing is changed that is not committed", not git("status", "--porcelain"))
    check(f"the tag v{VERSION} is here", f"v{VERSION}" in git("tag", "--points-at", "HEAD").split(),
          git("describe", "--always"))


def check_packages(build):
    control = (ROOT / "debian/control").read_text()
    names = set(re.findall(r"(?m)^Package: (.*)$", control))
    check_equal(f"Debian packages of {VERSION}",
                {path.name.split("_")[0] for path in (build / "deb").glob(f"*_{VERSION}_*.deb")}, names)
    wheels = [path.name for path in (build / "wheel").iterdir()] if (build / "wheel").exists() else []
    check("a wheel for every Python 3, manylinux_2_34", any(
        re.fullmatch(rf"pinverdict-{re.escape(VERSION)}-py3-none-manylinux_2_34_\w+\.whl", name) for name in wheels),
          " ".join(wheels))
    check("an sdist", f"pinverdict-{VERSION}.tar.gz" in wheels, " ".join(wheels))


def main():
    check_versions()
    check_documents()
    check_container()
    check_sources()
    check_packages(Path(sys.argv[1]))
    finish()


main()
