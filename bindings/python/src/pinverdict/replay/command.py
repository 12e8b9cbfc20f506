# SPDX-License-Identifier: Apache-2.0
"""python -m pinverdict replay: what a policy would have done to connections that were seen."""

import argparse
import sys
from collections.abc import Callable, Sequence

from ..policy import Policy
from .ask import replay
from .report import Report

_DESCRIPTION = """\
What would this policy have done? FILES are events of this library (JSON lines, Parquet), Zeek's ssl.log and x509.log
(JSON or its own format), output of zgrab2, and Parquet or JSON lines with host, chain, and, where they are known, time
and count; plain or by gzip, in any order; - is standard input.

Exits with 1 where a connection would have been refused, with 2 where a policy or a file could not be read.
"""


_FORMATS: dict[str, Callable[[Report], str]] = {"text": str, "json": Report.to_json, "html": Report.to_html}


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    is_shown = sys.stderr.isatty()

    def tell(text: str) -> None:
        if is_shown:
            print(f"\r\x1b[K{text:.76}", end="", file=sys.stderr, flush=True)

    try:
        policy = Policy.load(options.policy)
        against = Policy.load(options.against) if options.against else None
        report = replay(
            options.files, policy, against=against, validated=options.validated, environment=options.environment,
            install_id=options.install_id.encode() if options.install_id else None, trust_file=options.trust_file,
            memory_limit=options.memory_limit, folder=options.folder, progress=tell)
        tell("")
        text = _FORMATS[options.format](report)
        if options.output is None:
            print(text)
        else:
            with open(options.output, "w", encoding="utf-8") as file:
                file.write(text + "\n")
    except Exception as error:  # Whatever it is: python's own status, 1, says that something was refused.
        tell("")
        print(f"pinverdict replay: {str(error) or type(error).__name__}", file=sys.stderr)
        return 2
    if options.format != "text" or options.output is not None:
        for problem in report.problems:
            print(f"pinverdict replay: {problem}", file=sys.stderr)
    return 2 if report.unread else 1 if report.refused else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pinverdict replay", description=_DESCRIPTION,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--policy", required=True, metavar="NEW", help="the policy that is asked about")
    parser.add_argument("--against", metavar="OLD", help="the policy in force: says what changes")
    parser.add_argument("--validated", action="store_true",
                        help="chains of sensors and scanners are validated paths, not what was sent")
    parser.add_argument("--environment", help="of those that the policy declares")
    parser.add_argument("--install-id", metavar="ID", help="which clients a rollout takes up")
    parser.add_argument("--trust-file", metavar="PEM", help="trust anchors; without it the system's")
    parser.add_argument("--format", choices=tuple(_FORMATS), default="text")
    parser.add_argument("--output", metavar="FILE", help="where the report goes; without it standard output")
    parser.add_argument("--memory-limit", default="1GB", metavar="SIZE", help="of DuckDB, 1GB without it")
    parser.add_argument("--folder", metavar="FOLDER", help="for what does not fit; without it that for temporary files")
    return parser
