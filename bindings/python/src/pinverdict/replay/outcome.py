# SPDX-License-Identifier: Apache-2.0
"""What would have come of a connection."""


class Outcome:
    REFUSED = "refused"
    SOFTENED = "softened"
    """Allowed only because the policy, the rule or its rollout does not enforce: what enforcing will refuse."""
    ALLOWED = "allowed"
    NOT_THE_PINS = "not the pins"
    """Refused with pins or without: untrusted, expired, or of another name."""

    ALL = (REFUSED, SOFTENED, NOT_THE_PINS, ALLOWED)
