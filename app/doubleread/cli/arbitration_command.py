"""The command by which an arbiter settles where readers differ: `doubleread arbitrate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.console import say, say_json, say_table
from doubleread.cli.entry import WrongUseError
from doubleread.cli.names import existing_study, reader_name
from doubleread.cli.options import AsJson, Study
from doubleread.cli.reading_commands import check_terminal, open_screen
from doubleread.domain.wording import plural

if TYPE_CHECKING:
    from doubleread.sessions.arbitration import Arbitrable
    from doubleread.store import StudyFile

_NOTHING_YET = "nothing to arbitrate yet: no case has two committed readings by others than the arbiter"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("arbitrate")(arbitrate)


def arbitrate(
    study: Study,
    arbiter: Annotated[
        str | None,
        typer.Option("--arbiter", help="The arbiter's pseudonym. It can be left out where one is registered."),
    ] = None,
    list_cases: Annotated[
        bool, typer.Option("--list", help="List the cases with their open differences, without a screen.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Open the arbitration screen: where readers differ.

    Each difference between readings is settled, case after case, blind to models and to readers' names. Whoever
    arbitrates is registered first: doubleread readers add STUDY --reader NAME --role arbiter. Cases with two committed
    readings or more can be settled, by somebody who read none of them.
    """
    from doubleread.cli.study_library import opened_to_look
    from doubleread.sessions.arbitration import ArbitrationSession, arbitrable_cases

    if as_json and not list_cases:
        raise WrongUseError("--json not used", "the screen prints nothing", "add --list, or leave --json out")
    name = reader_name(arbiter) if arbiter is not None else None
    if not list_cases:
        check_terminal()
    path = existing_study(study)
    with opened_to_look(path) as opened:
        name = name or _only_arbiter(opened)
        if list_cases:
            _list(name, arbitrable_cases(opened, name), as_json)
            return
        # Said here, what stands in the way is an error of the command; later it would be a dialog.
        ArbitrationSession(opened, name)
    open_screen(path, None, arbiter=name)


def _only_arbiter(study: StudyFile) -> str:
    from doubleread.sessions.readers import arbiters

    found = arbiters(study)
    if len(found) == 1:
        return found[0]
    if found:
        raise WrongUseError("Which arbiter?", f"{', '.join(found)} are registered", "name one with --arbiter")
    remedy = f"register one: doubleread readers add {study.path.name} --reader NAME --role arbiter"
    raise WrongUseError("No arbiter", "nobody is registered with the role arbiter", remedy)


def _list(arbiter: str, cases: list[Arbitrable], as_json: bool) -> None:
    settled = sum(case.committed and not case.stale for case in cases)
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
        say_json({"arbiter": arbiter, "settled": settled, "cases": listed})
        return
    if not cases:
        say(_NOTHING_YET)
        return
    rows = [
        (case.case_id, case.title, f"{case.open_differences} of {case.differences}", _state(case)) for case in cases
    ]
    say_table(("case", "title", "open differences", "state"), rows)
    done = ": everything is arbitrated" if settled == len(cases) else ""
    say(f"{settled} of {plural(len(cases), 'case')} settled{done}")


def _state(case: Arbitrable) -> str:
    if case.stale:
        return "readings changed since"
    return "settled" if case.committed else "open"
