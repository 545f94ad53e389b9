"""Forms about the study file: external answers, report, log, verify and backup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from doubleread.domain.wording import plural, size_text
from doubleread.locations import STUDY_SUFFIX
from doubleread.read_model.blinding import blinding_of, unblind
from doubleread.tui.shared.fields import PathField, SwitchField, TextField, Values
from doubleread.tui.shared.forms import Form, FormResult, Work
from doubleread.tui.study.opening import LEAD, free_name, to_read, to_write

if TYPE_CHECKING:
    from doubleread.tui.shared.program import Program

_ENTRIES_SHOWN = 500


def open_report(app: Program, path: Path) -> None:
    """Ask for a file name, and write the report."""
    app.open_form(lambda: _report(path))


def unblinding_fields(path: Path) -> tuple[TextField, ...]:
    """Return the fields by which a blind study can be unblinded; none if the arms are named anyway."""
    with to_read(path) as study:
        if blinding_of(study).named:
            return ()
    return (
        TextField(
            "reason",
            "Reason to name the arms now",
            "Readings are still due, so the arms are not named. Only fill this in to unblind the study for good: the"
            " reason is logged.",
            required=False,
        ),
        TextField("by", "Unblinded by", "Logged too.", value=LEAD, when=lambda values: bool(values.get("reason"))),
    )


def _report(path: Path) -> Form:
    def submit(values: Values, work: Work) -> FormResult:
        from doubleread.reports.writing import report_of, write_report

        reason = values.get("reason")
        with to_write(path) if reason else to_read(path) as study:
            if reason:
                unblind(study, values["by"], reason)
            made = report_of(study, with_cases=values["with_cases"], progress=work.tell)
            size = write_report(made, values["out"])
        words = f"{plural(made.results.cases, 'case')}, {size_text(size)}. Open the file with any browser."
        return FormResult(words, made.results.warnings, [values["out"]])

    return Form(
        "Write the report",
        "The results, the methods and the cases as one HTML page, which opens in any browser, offline.",
        (
            PathField(
                "out",
                "File",
                kind="new file",
                suffixes=(".html",),
                value=free_name(path.with_name(f"{path.stem}-report.html")),
            ),
            SwitchField("with_cases", "Show every case with both answers and the annotations", value=True),
            *unblinding_fields(path),
        ),
        submit,
        go_on="write",
    )


def open_log(app: Program, path: Path) -> None:
    """Ask which entries are wanted, and show them."""
    app.open_form(lambda: _log(path))


def _log(path: Path) -> Form:
    def submit(values: Values, _work: Work) -> FormResult:
        from doubleread.read_model.history import history, wanted

        chosen = wanted(*(values[name] or "" for name in ("reader", "case", "kind", "since")))
        with to_read(path) as study:
            entries = list(history(study, chosen))
        lines = []
        for entry in entries[-_ENTRIES_SHOWN:]:
            what = entry.what if entry.counts else f"[superseded] {entry.what}"
            about = f", {entry.case_id}" if entry.case_id else ""
            reason = f" ({entry.reason})" if entry.reason else ""
            lines.append(f"{entry.at.replace('T', ' ').rstrip('Z')}  {entry.actor}{about}: {what}{reason}")
        if not entries:
            return FormResult("No entry matches.")
        shown = f"The last {_ENTRIES_SHOWN} of " if len(entries) > _ENTRIES_SHOWN else ""
        heading = f"{shown}{plural(len(entries), 'entry', 'entries')}, times in UTC:"
        return FormResult("\n".join((heading, "", *lines)))

    return Form(
        "Log",
        "Who did what and when. It names sides, never models. Leave a line empty for everything.",
        (
            TextField("reader", "Person", "A pseudonym.", required=False),
            TextField("case", "Case", "The id of a case.", required=False),
            TextField("kind", "Kind of entry", "Such as annotation or reading.committed.", required=False),
            TextField("since", "Since", "A date such as 2026-03-01.", required=False),
        ),
        submit,
        go_on="show",
    )


def open_verify(app: Program, path: Path) -> None:
    """Check the study file."""
    app.open_form(lambda: _verify(path))


def _verify(path: Path) -> Form:
    def submit(_values: Values, work: Work) -> FormResult:
        from doubleread.store.log.verify import verify

        report = verify(path, lambda what, done, total: work.report(done, total, what))
        if not report.checks and report.obstacle is not None:
            raise report.obstacle
        checks = [f"{'ok    ' if check.ok else 'FAILED'}  {check.name}: {check.seen}" for check in report.checks]
        return FormResult("\n".join((*checks, "", *report.lines())))

    return Form(
        "Verify the study file",
        "Checks the log's hash chains, texts, quotes and tables, without changing the file. Keep the heads of the"
        " chains elsewhere: they reveal later changes.",
        (),
        submit,
        go_on="verify",
    )


def open_backup(app: Program, path: Path) -> None:
    """Ask for a file name, and write a verified copy."""
    app.open_form(lambda: _backup(path))


def _backup(path: Path) -> Form:
    def submit(values: Values, work: Work) -> FormResult:
        from doubleread.sessions.backing_up import backup, backup_lines, backup_notes

        with to_read(path) as study:
            report = backup(study, values["out"], lambda what, done, total: work.report(done, total, what))
        return FormResult("\n".join(backup_lines(report)), backup_notes(report), [report.path])

    return Form(
        "Write a verified copy",
        "The copy is checked once it is written. Never copy an open study by other means.",
        (
            PathField(
                "out",
                "File",
                kind="new file",
                suffixes=(STUDY_SUFFIX,),
                value=free_name(path.with_name(f"{path.stem}-copy{STUDY_SUFFIX}")),
            ),
        ),
        submit,
        go_on="write",
    )
