"""How to serve a study to readers' browsers: the server runs in a terminal of its own, until it is stopped."""

from __future__ import annotations

from pathlib import Path

from doubleread.platform import command_line
from doubleread.tui.shared.dialogs import TextDialog
from doubleread.tui.shared.program import Program


def show_serving(app: Program, path: Path) -> None:
    """Show the command, and what it does."""
    app.push_screen(TextDialog("Read in the browser", serving_words(path)))


def serving_words(path: Path) -> str:
    """Return what to type to serve a study, and what happens then."""
    return (
        f"Run this in another terminal:\n\n{command_line(['doubleread', 'serve', str(path.resolve())])}\n\nIt prints a"
        " link for each registered reader, and serves the study until Ctrl+C. Send each reader their own link: anyone"
        " who has it reads as that reader. Generate the answers first.\n\nOnly this computer can connect. For readers"
        " elsewhere, use SSH, or a proxy with TLS and the option --public-url."
    )
