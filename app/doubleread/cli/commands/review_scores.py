"""The command `review-scores`: scores that no program could be sure of, reviewed by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.commands.read import check_terminal, open_screen
from doubleread.cli.exit_codes import WrongUseError
from doubleread.cli.names import existing_study, study_to_read
from doubleread.cli.options import AsJson, Study
from doubleread.console import note, say, say_json, say_table
from doubleread.domain.pseudonym import pseudonym
from doubleread.domain.wording import middle_cut, plural

if TYPE_CHECKING:
    from doubleread.sessions.score_review import Queue, ScoreReviewItem


def review(
    study: Study,
    adjudicator: Annotated[str, typer.Option("--adjudicator", help="The reviewer's pseudonym, as registered.")] = "",
    as_list: Annotated[
        bool, typer.Option("--list", help="Print the queue, including reviewed scores, without a screen.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Review doubtful scores and proposed diagnoses.

    You see one answer at a time, without its model. For a choice or an inference, say which option or label it commits
    to, without seeing the key; for a diagnosis, grade how close it is to the key (Bond's scale, 0 to 5). Your decision
    counts in the results; the automatic score is kept beside it.
    """
    from doubleread.read_model.blinding import blinding_of
    from doubleread.sessions.score_review import ScoreReviewSession, score_review_queue

    if not adjudicator and not as_list:
        raise WrongUseError("No reviewer", "--adjudicator is missing", "add --adjudicator S-01, or use --list")
    if as_json and not as_list:
        raise WrongUseError("Wrong use", "--json prints the list", "add --list")
    path = existing_study(study)
    name = pseudonym(adjudicator) if adjudicator else ""
    if not as_list:
        check_terminal()
    with study_to_read(path) as opened:
        queue = ScoreReviewSession(opened, name).queue if name else score_review_queue(opened)
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
        open_screen(path, None, reviews=name)
    else:
        _say_queue(queue)


def _say_queue(queue: Queue) -> None:
    if queue.items:
        say_table(("", "case", "kind", "why", "reviewed"), [_row(item) for item in queue.items])
        say(f"{plural(len(queue.items), 'answer')}, {queue.left} to review")
    else:
        say("Nothing to review: no score is in doubt.")
    if queue.held_back:
        note(f"note: {plural(queue.held_back, 'more answer')} in cases that the adjudicator still has to read")


def _row(item: ScoreReviewItem) -> tuple[str, ...]:
    held = item.override
    reviewed = "open" if held is None else f"{held.said}, by {held.adjudicator_id}"
    if item.changed:
        reviewed += "; the score has changed since"
    return str(item.number), middle_cut(item.case_id), item.kind, item.why, reviewed
