"""`doubleread conflicts ...`: conflicting branches of readings, and the choice between them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.names import study_to_read, study_to_write
from doubleread.cli.options import AsJson, Study
from doubleread.console import note, say, say_json, say_table
from doubleread.domain.pseudonym import pseudonym
from doubleread.domain.wording import middle_cut, plural

if TYPE_CHECKING:
    from doubleread.store.branches.reading_branches import ReadingBranch

_SHOWN = 12


def list_branches(study: Study, as_json: AsJson = False) -> None:
    """List readings that have several branches.

    The branch that counts comes first. Sides are named, never models.
    """
    with study_to_read(study) as opened:
        found = opened.conflicts.branches()
    if as_json:
        say_json({"branches": [asdict(branch) for branch in found]})
        return
    if not found:
        say("no reading has more than one branch")
        return
    columns = [
        "reader",
        "case",
        "branch",
        "counts",
        "entries",
        "annotations",
        "judgement",
        "committed (UTC)",
        "last (UTC)",
    ]
    say_table(columns, [_row(branch) for branch in found])
    note("to choose: doubleread conflicts resolve STUDY BRANCH --by NAME --reason WORDS")


def resolve(
    study: Study,
    branch: Annotated[str, typer.Argument(metavar="BRANCH", help="The branch, as conflicts list shows it.")],
    actor: Annotated[str, typer.Option("--by", help="The person who chooses; logged with the reason.")],
    reason: Annotated[str, typer.Option("--reason", help="Why this branch counts; logged.")],
) -> None:
    """Choose the branch of a reading that counts.

    By default, a committed branch counts before an open one, then the longer one. Nothing is deleted, and a later
    choice supersedes this one.
    """
    name = pseudonym(actor)
    with study_to_write(study) as opened:
        chosen = opened.conflicts.resolve(name, branch.strip().lower(), reason)
    say(
        f"{opened.path}: {_place(chosen)}: branch {chosen.head[:_SHOWN]} counts,"
        f" {plural(chosen.annotations, 'annotation')}"
    )


def _row(branch: ReadingBranch) -> list[str]:
    said = [f"{side} {verdict}" for side, verdict in sorted(branch.verdicts.items())]
    if branch.preference:
        said.append(f"preferred {branch.preference}")
    counts = ("yes, by choice" if branch.chosen else "yes") if branch.counts else branch.fault or "no"
    return [
        branch.reader_id,
        middle_cut(branch.case_id) + (" again" if branch.repeat else ""),
        branch.head[:_SHOWN],
        counts,
        f"{branch.entries}, {branch.entries - branch.shared} its own" if not branch.counts else f"{branch.entries}",
        f"{branch.annotations}",
        ", ".join(said),
        _moment(branch.committed_at) if branch.committed_at else "",
        _moment(branch.last_at),
    ]


def _place(branch: ReadingBranch) -> str:
    return f"{branch.reader_id}, {branch.case_id}" + (" again" if branch.repeat else "")


def _moment(at: str) -> str:
    return at.replace("T", " ").rstrip("Z")
