# SPDX-License-Identifier: Apache-2.0
"""What could not be read."""

_MOST_KEPT = 100


class Problems:
    """All are counted, the first of them kept."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[str] = []
        self.unread: list[str] = []

    def add(self, place: str, text: str) -> None:
        self.count += 1
        if len(self.first) < _MOST_KEPT:
            self.first.append(f"{place}: {text}")

    def add_unread(self, place: str, text: str) -> None:
        """Of a file that was not read, or not to its end."""
        self.add(place, text)
        self.unread.append(place)
