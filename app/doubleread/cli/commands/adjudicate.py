"""`doubleread adjudicate`: resolve differences between readers."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.commands.read import check_terminal, open_screen
from doubleread.cli.exit_codes import WrongUseError
from doubleread.cli.names import existing_study, study_to_read
from doubleread.cli.options import AsJson, Study
from doubleread.cli.steps_shown import steps_shown
from doubleread.console import say, say_json, say_table
from doubleread.domain.pseudonym import pseudonym
from doubleread.domain.wording import middle_cut, plural

if TYPE_CHECKING:
    from doubleread.sessions.adjudication import Adjudicable
    from doubleread.store import StudyFile

_NOTHING_YET = "nothing to adjudicate yet: no case has two committed readings by readers other than the adjudicator"


def adjudicate(
    study: Study,
    adjudicator: Annotated[
        str | None,
        typer.Option(
            "--adjudicator", help="The adjudicator's pseudonym; optional if only one adjudicator is registered."
        ),
    ] = None,
    list_cases: Annotated[
        bool, typer.Option("--list", help="List the cases with their open differences, without a screen.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Resolve differences between readers on the screen.

    You resolve the differences case by case, blind to the models and to readers' names. Register the adjudicator
    first: doubleread readers add STUDY --reader NAME --role adjudicator. A case needs at least two committed
    readings, none of them by the adjudicator.
    """
    from doubleread.sessions.adjudication import AdjudicationSession, adjudicable_cases

    if as_json and not list_cases:
        raise WrongUseError("--json not used", "the screen prints nothing", "add --list, or omit --json")
    name = pseudonym(adjudicator) if adjudicator is not None else None
    if not list_cases:
        check_terminal()
    path = existing_study(study)
    with study_to_read(path) as opened:
        name = name or _only_adjudicator(opened)
        if list_cases:
            with steps_shown() as progress:
                cases = adjudicable_cases(opened, name, progress)
            _list(name, cases, as_json)
            return
        # Checked before the screen opens, an obstacle is an error of the command instead of a dialog.
        AdjudicationSession(opened, name)
    open_screen(path, None, adjudicator=name)


def _only_adjudicator(study: StudyFile) -> str:
    from doubleread.sessions.readers import adjudicators

    found = adjudicators(study)
    if len(found) == 1:
        return found[0]
    if found:
        raise WrongUseError("Several adjudicators", f"{', '.join(found)} are registered", "name one with --adjudicator")
    remedy = f"register one: doubleread readers add {study.path.name} --reader NAME --role adjudicator"
    raise WrongUseError("No adjudicator", "nobody is registered with the role adjudicator", remedy)


def _list(adjudicator: str, cases: list[Adjudicable], as_json: bool) -> None:
    resolved = sum(case.committed and not case.stale for case in cases)
    if as_json:
        say_json({"adjudicator": adjudicator, "resolved": resolved, "cases": [asdict(case) for case in cases]})
        return
    if not cases:
        say(_NOTHING_YET)
        return
    rows = [
        (middle_cut(case.case_id), case.title, f"{case.open_differences} of {case.differences}", _state(case))
        for case in cases
    ]
    say_table(("case", "title", "open differences", "state"), rows)
    done = ": adjudication is complete" if resolved == len(cases) else ""
    say(f"{resolved} of {plural(len(cases), 'case')} resolved{done}")


def _state(case: Adjudicable) -> str:
    if case.stale:
        return "readings changed since"
    return "resolved" if case.committed else "open"
