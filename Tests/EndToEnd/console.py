# SPDX-License-Identifier: Apache-2.0
"""What documents show in console blocks: commands behind "$ ", and below each what it prints."""
import re
import subprocess

PIN = re.compile(r"[A-Za-z0-9+/]{43}=")


def blocks(document, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", document, re.M | re.S)


def commands_of(block):
    """Each command of a console block, with what is shown below it; a line that ends with | goes on."""
    found = []
    for line in block.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append([line[2:].rstrip("\n"), ""])
        elif found[-1][0].endswith("|") and found[-1][1] == "":
            found[-1][0] += " " + line.strip()
        else:
            found[-1][1] += line
    return found


def on_loopback(command, server, trust_file):
    """The command with a server of the test's, HOST:PORT, in the place of api.example.com."""
    return (command.replace("pinverdict probe", f"pinverdict probe --trust-file {trust_file} --connect {server}")
            .replace("-connect api.example.com:443", f"-connect {server}")
            .replace("--presented", f"--presented --trust-file {trust_file}"))


def is_shown(shown, printed):
    """Whether that is what was printed, keys aside. Nothing shown fits all; a line "..." is for any number of lines."""
    pattern = re.escape(PIN.sub("PIN", shown)).replace(re.escape("...\n"), "(.*\n)*")
    return shown == "" or re.fullmatch(pattern, PIN.sub("PIN", printed)) is not None


def run(command, folder, environment):
    return subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)


def what_it_said(result):
    return f"exit {result.returncode}\n{result.stdout[-2000:]}{result.stderr[-2000:]}"
