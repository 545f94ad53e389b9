"""`doubleread conflicts ...`: readings that copies of a study hold in several versions, and which of them stands."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.names import existing_study, reader_name
from doubleread.cli.options import AsJson, Study
from doubleread.console import note, say, say_json, say_table
from doubleread.domain.wording import plural

if TYPE_CHECKING:
    from doubleread.store.branches.reading_branches import ReadingBranch

_SHOWN = 12


def group() -> typer.Typer:
    """Return the commands of the group."""
    versions = typer.Typer(help="List and choose versions of readings.", no_args_is_help=True)
    versions.command("list")(list_versions)
    versions.command("resolve")(choose)
    return versions


def list_versions(study: Study, as_json: AsJson = False) -> None:
    """List readings that have several versions.

    The version that stands comes first. Sides are named, never models.
    """
    from doubleread.sessions.study_library import opened_to_look

    with opened_to_look(existing_study(study)) as opened:
        found = opened.versions()
    if as_json:
        say_json({"versions": [asdict(version) for version in found]})
        return
    if not found:
        say("no reading has more than one version")
        return
    columns = [
        "reader",
        "case",
        "version",
        "stands",
        "entries",
        "annotations",
        "judged",
        "committed (UTC)",
        "last (UTC)",
    ]
    say_table(columns, [_row(version) for version in found])
    note("to choose: doubleread conflicts resolve STUDY VERSION --by NAME --reason WORDS")


def choose(
    study: Study,
    version: Annotated[str, typer.Argument(metavar="VERSION", help="As conflicts list shows it.")],
    actor: Annotated[str, typer.Option("--by", help="Who chooses; stands in the log beside the reason.")],
    reason: Annotated[str, typer.Option("--reason", help="Why this version stands; it stays in the log.")],
) -> None:
    """Choose the version of a reading that stands.

    By itself a committed version counts before others, then the longer one. Nothing is deleted, and a later choice
    takes the place of this one.
    """
    from doubleread.device import this_device
    from doubleread.store import StudyFile

    name = reader_name(actor)
    with StudyFile.open(existing_study(study), device=this_device()) as opened:
        chosen = opened.choose_version(name, version.strip().lower(), reason)
    say(
        f"{opened.path}: {_place(chosen)}: branch {chosen.head[:_SHOWN]} counts,"
        f" {plural(chosen.annotations, 'annotation')}"
    )


def _row(version: ReadingBranch) -> list[str]:
    said = [f"{side} {verdict}" for side, verdict in sorted(version.verdicts.items())]
    if version.preference:
        said.append(f"preferred {version.preference}")
    stands = ("yes, by choice" if version.chosen else "yes") if version.stands else version.fault or "no"
    return [
        version.reader_id,
        version.case_id + (" again" if version.repeat else ""),
        version.head[:_SHOWN],
        stands,
        f"{version.entries}, {version.entries - version.shared} its own"
        if not version.stands
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
