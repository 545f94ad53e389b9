"""The command `settle`: scores that no program could be sure of, settled by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.console import note, say, say_json, say_table
from doubleread.cli.entry import WrongUseError
from doubleread.cli.names import existing_study, reader_name
from doubleread.cli.options import AsJson, Study
from doubleread.cli.reading_commands import check_terminal, open_screen
from doubleread.domain.wording import plural

if TYPE_CHECKING:
    from doubleread.sessions.settling import Queue, Waiting


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("settle")(settle)


def settle(
    study: Study,
    arbiter: Annotated[str, typer.Option("--arbiter", help="Who settles: a registered pseudonym.")] = "",
    as_list: Annotated[
        bool, typer.Option("--list", help="Print what is to be settled and what is; no screen.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Settle doubtful scores and proposed diagnoses.

    One answer after the other, without its model: for a choice, say which option it commits to, without the key; for a
    diagnosis, grade how close it comes to the key (0 to 5, the scale of Bond). What is settled counts in the results,
    and the automatic score stays beside it.
    """
    from doubleread.cli.study_library import opened_to_look
    from doubleread.sessions.blinding import blinding_of
    from doubleread.sessions.settling import SettlingSession, settling_queue

    if not arbiter and not as_list:
        raise WrongUseError("Nobody settles", "--arbiter is missing", "name who settles, or use --list")
    if as_json and not as_list:
        raise WrongUseError("Wrong use", "--json prints the list", "add --list")
    path = existing_study(study)
    name = reader_name(arbiter) if arbiter else ""
    if not as_list:
        check_terminal()
    with opened_to_look(path) as opened:
        queue = SettlingSession(opened, name).queue if name else settling_queue(opened)
        told = blinding_of(opened).text
    if as_json:
        say_json(
            {
                "study": str(path),
                "answers": [item.as_record(told) for item in queue.items],
                "left": queue.left,
                "held_back": queue.held_back,
            }
        )
    elif as_list:
        _say_queue(queue)
    elif queue.items:
        open_screen(path, None, settles=name)
    else:
        _say_queue(queue)


def _say_queue(queue: Queue) -> None:
    if queue.items:
        say_table(("", "case", "kind", "why", "settled"), [_row(item) for item in queue.items])
        say(f"{plural(len(queue.items), 'answer')}, {queue.left} to settle")
    else:
        say("Nothing to settle: no score is in doubt.")
    if queue.held_back:
        note(f"note: {plural(queue.held_back, 'answer')} more, of cases that have still to be read by the arbiter")


def _row(item: Waiting) -> tuple[str, ...]:
    held = item.settlement
    settled = "open" if held is None else f"{held.said}, by {held.arbiter_id}"
    if item.changed:
        settled += "; the score has changed since"
    return str(item.number), item.case_id, item.kind, item.why, settled
