# SPDX-License-Identifier: Apache-2.0
"""A chain to ask with where no server's is at hand."""

# A certificate whose key has no bytes, which no policy can pin: a check of it tells the rule, and how it is enforced.
NOBODY = bytes.fromhex(
    "3046303a020101300506032b65703000301e170d3236303130313030303030305a170d3236303130313030303030305a3000300a30050603"
    "2b6570030100300506032b6570030100"
)
