"""The command `verify`: check whether a study file is what was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from doubleread.cli.exit_codes import FAILED
from doubleread.cli.names import existing_study
from doubleread.cli.options import AsJson, Study
from doubleread.cli.steps_shown import steps_shown
from doubleread.console import say, say_json, say_table

if TYPE_CHECKING:
    from doubleread.store.log.verify_report import VerifyReport


def verify(study: Study, as_json: AsJson = False) -> None:
    """Check a study file thoroughly, without changing it.

    Checks the log's hash chains, texts, quotes and tables. The exit code is 1 if a check fails or cannot be made.
    """
    from doubleread.store.log.verify import verify as verified

    path = existing_study(study)
    with steps_shown() as step:
        report = verified(path, step)
    if as_json:
        say_json(report.as_record())
    elif not report.checks and report.obstacle is not None:
        raise report.obstacle
    else:
        _say(report)
    if not report.ok:
        raise typer.Exit(FAILED)


def _say(report: VerifyReport) -> None:
    rows = [[check.name, "ok" if check.ok else "FAILED", check.seen] for check in report.checks]
    say_table(["check", "", "checked"], rows)
    for line in report.lines():
        say(line)
