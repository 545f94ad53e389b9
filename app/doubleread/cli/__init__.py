"""The command line, which puts the parts of the program together."""

from __future__ import annotations


def main() -> None:
    """Run the command line with the arguments of this process and leave with its exit code."""
    import sys

    from doubleread.cli.entry import run

    sys.exit(run(sys.argv[1:]))
