"""`doubleread conflicts ...`: conflicting branches of readings, and the choice between them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.names import reader_name, study_to_read, study_to_write
from doubleread.cli.options import AsJson, Study
from doubleread.console import note, say, say_json, say_table
from doubleread.domain.wording import middle_cut, plural

if TYPE_CHECKING:
    from doubleread.store.branches.reading_branches import ReadingBranch

_SHOWN = 12


def list_branches(study: Study, as_json: AsJson = False) -> None:
    """List readings that have several branches.

    The branch that counts comes first. Sides are named, never models.
    """
    with study_to_read(study) as opened:
        found = opened.versions()
    if as_json:
        say_json({"branches": [asdict(version) for version in found]})
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
    say_table(columns, [_row(version) for version in found])
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
    name = reader_name(actor)
    with study_to_write(study) as opened:
        chosen = opened.choose_version(name, branch.strip().lower(), reason)
    say(
        f"{opened.path}: {_place(chosen)}: branch {chosen.head[:_SHOWN]} counts,"
        f" {plural(chosen.annotations, 'annotation')}"
    )


def _row(version: ReadingBranch) -> list[str]:
    said = [f"{side} {verdict}" for side, verdict in sorted(version.verdicts.items())]
    if version.preference:
        said.append(f"preferred {version.preference}")
    stands = ("yes, by choice" if version.chosen else "yes") if version.counts else version.fault or "no"
    return [
        version.reader_id,
        middle_cut(version.case_id) + (" again" if version.repeat else ""),
        version.head[:_SHOWN],
        stands,
        f"{version.entries}, {version.entries - version.shared} its own"
        if not version.counts
        else f"{version.entries}",
        f"{version.annotations}",
        ", ".join(said),
        _moment(version.committed_at) if version.committed_at else "",
        _moment(version.last_at),
    ]


def _place(version: ReadingBranch) -> str:
    return f"{version.reader_id}, {version.case_id}" + (" again" if version.repeat else "")


def _moment(at: str) -> str:
    return at.replace("T", " ").rstrip("Z")
