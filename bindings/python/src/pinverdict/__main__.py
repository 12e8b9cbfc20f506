# SPDX-License-Identifier: Apache-2.0
"""python -m pinverdict COMMAND ..."""

import sys


def main() -> int:
    if sys.argv[1:2] == ["replay"]:
        try:
            from .replay.command import main as replay
        except ModuleNotFoundError as error:
            print(f"pinverdict replay: needs {error.name}: pip install 'pinverdict[replay]'", file=sys.stderr)
            return 2
        return replay(sys.argv[2:])
    print("usage: python -m pinverdict replay --policy NEW [--against OLD] FILE...", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
