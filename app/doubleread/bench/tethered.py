"""`python -m doubleread.bench.tethered PROGRAM ARGUMENTS...` becomes that program, which ends when its parent does."""

from __future__ import annotations

import os
import sys

from doubleread import platform


def main() -> None:
    """Ask the system to end this process with its parent, then become the program."""
    platform.die_with_parent()
    os.execv(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
