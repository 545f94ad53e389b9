"""The command by which an adjudicator resolves where readers differ: `doubleread adjudicate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.commands.read import check_terminal, open_screen
from doubleread.cli.entry import WrongUseError
from doubleread.cli.names import existing_study, reader_name
from doubleread.cli.options import AsJson, Study
from doubleread.console import say, say_json, say_table
from doubleread.domain.wording import plural

if TYPE_CHECKING:
    from doubleread.sessions.adjudication import Adjudicable
    from doubleread.store import StudyFile

_NOTHING_YET = "nothing to adjudicate yet: no case has two committed readings by others than the adjudicator"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("adjudicate")(adjudicate)


def adjudicate(
    study: Study,
    adjudicator: Annotated[
        str | None,
        typer.Option("--adjudicator", help="The adjudicator's pseudonym. It can be left out where one is registered."),
    ] = None,
    list_cases: Annotated[
        bool, typer.Option("--list", help="List the cases with their open differences, without a screen.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Open the adjudication screen: where readers differ.

    Each difference between readings is resolved, case after case, blind to models and to readers' names. Whoever
    adjudicates is registered first: doubleread readers add STUDY --reader NAME --role adjudicator. Cases with two
    committed readings or more can be resolved, by somebody who read none of them.
    """
    from doubleread.sessions.adjudication import AdjudicationSession, adjudicable_cases
    from doubleread.sessions.study_library import opened_to_look

    if as_json and not list_cases:
        raise WrongUseError("--json not used", "the screen prints nothing", "add --list, or leave --json out")
    name = reader_name(adjudicator) if adjudicator is not None else None
    if not list_cases:
        check_terminal()
    path = existing_study(study)
    with opened_to_look(path) as opened:
        name = name or _only_adjudicator(opened)
        if list_cases:
            _list(name, adjudicable_cases(opened, name), as_json)
            return
        # Said here, what stands in the way is an error of the command; later it would be a dialog.
        AdjudicationSession(opened, name)
    open_screen(path, None, adjudicator=name)


def _only_adjudicator(study: StudyFile) -> str:
    from doubleread.sessions.readers import adjudicators

    found = adjudicators(study)
    if len(found) == 1:
        return found[0]
    if found:
        raise WrongUseError("Which adjudicator?", f"{', '.join(found)} are registered", "name one with --adjudicator")
    remedy = f"register one: doubleread readers add {study.path.name} --reader NAME --role adjudicator"
    raise WrongUseError("No adjudicator", "nobody is registered with the role adjudicator", remedy)


def _list(adjudicator: str, cases: list[Adjudicable], as_json: bool) -> None:
    resolved = sum(case.committed and not case.stale for case in cases)
    if as_json:
        listed = [
            {
                "case_id": case.case_id,
                "title": case.title,
                "differences": case.differences,
                "open_differences": case.open_differences,
                "committed": case.committed,
                "stale": case.stale,
            }
            for case in cases
        ]
        say_json({"adjudicator": adjudicator, "resolved": resolved, "cases": listed})
        return
    if not cases:
        say(_NOTHING_YET)
        return
    rows = [
        (case.case_id, case.title, f"{case.open_differences} of {case.differences}", _state(case)) for case in cases
    ]
    say_table(("case", "title", "open differences", "state"), rows)
    done = ": everything is adjudicated" if resolved == len(cases) else ""
    say(f"{resolved} of {plural(len(cases), 'case')} resolved{done}")


def _state(case: Adjudicable) -> str:
    if case.stale:
        return "readings changed since"
    return "resolved" if case.committed else "open"
