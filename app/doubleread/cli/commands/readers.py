"""The commands about a study's readers and their cases: `readers add`, `list`, `withdraw`, `reinstate`, `assign`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.exit_codes import WrongUseError
from doubleread.cli.names import reader_name, study_to_read, study_to_write
from doubleread.cli.options import LEAD, AsJson, NewReader, Study
from doubleread.console import say, say_json, say_table
from doubleread.domain.wording import plural
from doubleread.errors import InputRefusedError

if TYPE_CHECKING:
    from doubleread.read_model.readers import RegisteredReader
    from doubleread.store import StudyFile

LONGEST_WORDS = 200


def add(
    study: Study,
    reader: Annotated[str, typer.Option("--reader", help="The reader's pseudonym, such as R-01.")],
    role: Annotated[str, typer.Option("--role", help="Their role in the study, such as reader or adjudicator.")] = "",
    qualification: Annotated[
        str, typer.Option("--qualification", help="Their qualification, such as: internist, 12 years.")
    ] = "",
    new_reader: NewReader = False,
) -> None:
    """Register a reader with role and qualification.

    Run it again to update them. Once readers are registered, nobody else can start to read. A pseudonym that looks
    like an existing one, such as R-1 and R-01, needs --new-reader.
    """
    from doubleread.sessions.admission import expect_other_form

    name = reader_name(reader)
    for option, words in (("role", role), ("qualification", qualification)):
        if len(words) > LONGEST_WORDS or not words.isprintable():
            raise WrongUseError("Reader refused", f"--{option} takes one line of text", "shorten it")
    with study_to_write(study) as opened:
        opened.expect_models("Reader not added")
        expect_other_form(opened, name, confirmed=new_reader)
        opened.readers.register(name, enrolled=True)
        if role or qualification:
            opened.readers.describe(name, role, qualification)
    say(f"{opened.path}: {', '.join(part for part in (name, role.strip(), qualification.strip()) if part)}")


def list_readers(study: Study, as_json: AsJson = False) -> None:
    """List readers, their cases and their progress."""
    from doubleread.read_model.readers import registered_readers

    with study_to_read(study) as opened:
        found = registered_readers(opened)
    if as_json:
        from dataclasses import asdict

        say_json({"readers": [asdict(item) for item in found]})
        return
    rows = [
        (
            item.reader_id,
            item.role,
            item.qualification,
            f"{item.cases}" + (f" and {item.repeats} again" if item.repeats else ""),
            _how_assigned(item),
            f"{item.committed}",
        )
        for item in found
    ]
    say_table(("reader", "role", "qualification", "cases", "by", "committed"), rows)


def _how_assigned(reader: RegisteredReader) -> str:
    if reader.withdrawn_at:
        return f"withdrawn {reader.withdrawn_at[:10]}: {reader.withdrawal_reason}"
    return "assigned" if reader.assigned else "all, none assigned" if reader.cases else "none"


_Reader = Annotated[str, typer.Option("--reader", help="The reader's pseudonym, such as R-01.")]
_By = Annotated[str, typer.Option("--by", help="The person who decides; logged with the reason.")]


def withdraw(
    study: Study,
    reader: _Reader,
    reason: Annotated[str, typer.Option("--reason", help="Why the reader is withdrawn; logged.")],
    by: _By = LEAD,
) -> None:
    """Withdraw a reader from a study.

    The reader can no longer read, their assigned cases are free for others, and unblinding no longer waits for them.
    Committed readings still count; open ones do not. To undo this, use readers reinstate.
    """
    _decide(study, reader, by, lambda opened, name, actor: opened.readers.withdraw(name, reason, actor), "withdrawn")


def reinstate(
    study: Study,
    reader: _Reader,
    reason: Annotated[str, typer.Option("--reason", help="Why the reader is reinstated; logged.")],
    by: _By = LEAD,
) -> None:
    """Undo a withdrawal.

    The reader continues where they stopped, with the cases assigned before.
    """
    _decide(study, reader, by, lambda opened, name, actor: opened.readers.reinstate(name, reason, actor), "reinstated")


def _decide(study: Path, reader: str, by: str, decide: Callable[[StudyFile, str, str], None], done: str) -> None:
    from doubleread.read_model.readers import registered_readers
    from doubleread.sessions.admission import with_hint

    name, actor = reader_name(reader), reader_name(by)
    with study_to_write(study) as opened:
        try:
            decide(opened, name, actor)
        except InputRefusedError as error:
            raise with_hint(error, name, opened) from error
        item = next(item for item in registered_readers(opened) if item.reader_id == name)
    say(f"{opened.path}: {name} {done}, {plural(item.committed, 'committed reading')} kept")


def assign(
    study: Study,
    plan: Annotated[str, typer.Option("--plan", help="all, proportion or blocks; see above.")],
    readers: Annotated[str, typer.Option("--readers", help="Pseudonyms, separated by commas.")],
    seed: Annotated[int, typer.Option("--seed", help="Seed of the randomisation; the same seed gives the same plan.")],
    each: Annotated[
        int | None,
        typer.Option("--each", min=1, help="Readers of each case, for proportion and blocks; by default, 2."),
    ] = None,
) -> None:
    """Assign cases to readers.

    Plan all: every reader reads every case. Plan proportion: the protocol's proportion of cases (read_twice) is read
    by --each readers, the rest by one. Plan blocks: each case is read by --each readers, and every pair of readers has
    about the same number of cases in common. The protocol sets the order and the repeats. Readers who have started
    keep their cases and can get more.
    """
    from doubleread.domain.assignment import PLANS
    from doubleread.sessions.readers import assign_cases

    chosen = next((name for name in PLANS if name == plan), None)
    if chosen is None:
        raise WrongUseError("Unknown plan", f'there is no plan "{plan}"', f"use {', '.join(PLANS)}")
    if chosen == "all" and each is not None:
        raise WrongUseError("--each not used", "with the plan all, every reader reads every case", "omit --each")
    names = [reader_name(name) for name in readers.split(",")]
    if len(set(names)) < len(names):
        raise WrongUseError("Reader twice", "a reader is named twice in --readers", "name each once")
    if chosen != "all" and (each or 2) > len(names):
        happened = f"{each or 2} readers per case are more than the {len(names)} named"
        raise WrongUseError("Too few readers", happened, "name more, or lower --each")
    with study_to_write(study) as opened:
        assigned = assign_cases(opened, chosen, names, seed=seed, each=each or 2)
        say(f"{opened.path}: {plural(len(opened.case_ids()), 'case')} assigned by the plan {chosen}, seed {seed}")
    for reader_id, cases in assigned.items():
        again = sum(count == 2 for count in Counter(cases).values())
        say(f"  {reader_id}: {plural(len(set(cases)), 'case')}" + (f", {again} of them twice" if again else ""))
