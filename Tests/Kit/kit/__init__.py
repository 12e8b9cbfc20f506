"""What makes the certificates of all tests; README.md beside this package says how."""
