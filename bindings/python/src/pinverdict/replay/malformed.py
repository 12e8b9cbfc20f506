# SPDX-License-Identifier: Apache-2.0
"""Input that is not what it should be."""


class Malformed(ValueError):
    """A record that cannot be taken, and why."""
