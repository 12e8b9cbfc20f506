# SPDX-License-Identifier: Apache-2.0
"""What makes the certificates of all tests; README.md beside this package says how."""
