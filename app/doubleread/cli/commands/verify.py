"""The command `verify`: whether a study file still is what was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from doubleread.cli.entry import FAILED
from doubleread.cli.names import existing_study
from doubleread.cli.options import AsJson, Study
from doubleread.console import say, say_json, say_table
from doubleread.domain.wording import plural

if TYPE_CHECKING:
    from doubleread.store.log.verify_report import VerifyReport


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify)


def verify(study: Study, as_json: AsJson = False) -> None:
    """Check a study file thoroughly; changes nothing.

    Checks the log's hash chains, texts, quotes and tables. Exits with 1 where a check fails or could not be made.
    """
    from doubleread.store.log.verify import verify as verified

    report = verified(existing_study(study))
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
    say_table(["check", "", "looked at"], rows)
    for check in report.checks:
        for fault in check.faults:
            say(f"{check.name}: {fault}")
    for device, (seq, head) in report.heads.items():
        say(f"chain of device {device}: {plural(seq, 'entry', 'entries')}, head {head}")
    if report.state:
        say(f"state {report.state}")
    if report.obstacle is not None:
        say(f"not checked to the end. {report.obstacle}")
    if report.verdict != "not checked":
        say(f"{report.path}: {_VERDICTS[report.verdict].format(path=report.path)}")


_VERDICTS = {
    "intact": "every check passed",
    "damaged": (
        "DAMAGED; leave the file as it is and continue with a backup, or save what it still holds:"
        " doubleread recover {path} --out NEW"
    ),
    "altered": (
        "NOT as it was recorded; it was changed by other means than doubleread, or damaged. Leave the file as it is"
        " and continue with a backup"
    ),
}
