# SPDX-License-Identifier: Apache-2.0
"""What would this policy have done last week?

    report = replay(["ssl.log", "x509.log", "events.jsonl"], Policy.load("new.conf"), against=Policy.load("pins.conf"))
    print(report)

Needs pyarrow and DuckDB: ``pip install 'pinverdict[replay]'``.
"""

from .ask import replay
from .connection import Connection
from .outcome import Outcome
from .report import Report
from .row import Row
from .span import Span

__all__ = ["Connection", "Outcome", "Report", "Row", "Span", "replay"]
