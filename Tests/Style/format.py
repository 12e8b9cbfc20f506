#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""format.py: adds missing license lines, tidies the ends of lines, and formats the Swift and C sources in place."""

import os

from house import ROOT, format_in_place, sources

os.chdir(ROOT)
format_in_place(sources())
