"""`doubleread cases list`: the cases of a study, searched and filtered."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from doubleread.cli.exit_codes import WrongUseError
from doubleread.cli.names import study_to_read
from doubleread.cli.options import AsJson, Study
from doubleread.console import note, say_json, say_table
from doubleread.domain.pseudonym import pseudonym
from doubleread.domain.wording import plural

_TITLE = 48


def list_cases(
    study: Study,
    text: Annotated[
        str, typer.Option("--text", help="Words that must all occur, each as the beginning of a word.")
    ] = "",
    tag: Annotated[str, typer.Option("--tag", help="A tag, such as cardiology.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="A kind, such as choice or diagnosis.")] = "",
    state: Annotated[str, typer.Option("--state", help="answered, unanswered, read, unread or adjudicated.")] = "",
    read_by: Annotated[str, typer.Option("--read-by", help="A reader who has committed a reading of the case.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the cases of a study, and find those with certain words.

    The search covers what readers see before they commit: not keys, explanations and answers. With --read-by,
    the states read and unread are about that reader.
    """
    from doubleread.domain.case import KINDS
    from doubleread.domain.wording import shortened
    from doubleread.read_model.case_search import CASE_STATES, CaseBrowser, CaseFilter

    if kind and kind not in KINDS:
        raise WrongUseError("Unknown kind", f'there is no kind "{kind}"', f"use {', '.join(KINDS)}")
    if state and state not in CASE_STATES:
        raise WrongUseError("Unknown state", f'there is no state "{state}"', f"use {', '.join(CASE_STATES)}")
    reader = pseudonym(read_by) if read_by else ""
    wanted = CaseFilter(text, tag, kind, state or None, reader)
    with study_to_read(study) as opened:
        browser = CaseBrowser(opened)
        found = browser.find(wanted)
    if as_json:
        say_json({"cases": [asdict(case) for case in found], "of": len(browser.cases)})
        return
    say_table(
        ("", "id", "title", "kind", "tags", "both answers", "read by", "adjudicated"),
        [
            (
                str(case.number),
                case.id,
                shortened(case.title, _TITLE),
                case.kind,
                ", ".join(case.tags),
                _yes(case.answered),
                ", ".join(case.readers),
                _yes(case.adjudicated),
            )
            for case in found
        ],
    )
    note(f"{len(found)} of {plural(len(browser.cases), 'case')}")


def _yes(value: bool) -> str:
    return "yes" if value else "no"
