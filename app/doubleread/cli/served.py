"""The process behind one reader's page in the browser, which `doubleread.serve` starts.

`python -m doubleread.cli.served STUDY reader|adjudicator PSEUDONYM`
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str]) -> int:
    """Show a study to a reader or an adjudicator, and nothing else. Return the exit code."""
    import typer

    from doubleread.cli.commands.read import open_screen
    from doubleread.cli.entry import guarded

    path, role, person = Path(arguments[0]), arguments[1], arguments[2]

    def show() -> int:
        try:
            if role == "reader":
                open_screen(path, person, served=True)
            else:
                open_screen(path, None, adjudicator=person, served=True)
        except typer.Exit as left:
            return left.exit_code
        return 0

    return guarded(show)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
