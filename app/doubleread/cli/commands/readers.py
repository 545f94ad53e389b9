"""The commands about a study's readers and their cases: `readers ...` and `assign`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer

from doubleread.cli.names import study_to_read, study_to_write
from doubleread.cli.options import LEAD, AsJson, NewReader, Study
from doubleread.console import say, say_json, say_table
from doubleread.domain.wording import plural

if TYPE_CHECKING:
    from doubleread.domain.assignment import Plan
    from doubleread.read_model.readers import RegisteredReader


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
    from doubleread.sessions.readers import add_reader

    with study_to_write(study) as opened:
        name = add_reader(opened, reader, role, qualification, confirmed=new_reader)
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
    trained = any(item.training for item in found)
    rows = [
        (
            item.reader_id,
            item.role,
            item.qualification,
            f"{item.cases}" + (f" and {item.repeats} again" if item.repeats else ""),
            _how_assigned(item),
            f"{item.committed}",
            *((item.training,) if trained else ()),
        )
        for item in found
    ]
    heads = ("reader", "role", "qualification", "cases", "by", "committed")
    say_table((*heads, "training") if trained else heads, rows)


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
    from doubleread.sessions.readers import withdraw as withdrawn

    with study_to_write(study) as opened:
        item = withdrawn(opened, reader, reason, by)
    say(f"{opened.path}: {item.reader_id} withdrawn, {plural(item.committed, 'committed reading')} kept")


def reinstate(
    study: Study,
    reader: _Reader,
    reason: Annotated[str, typer.Option("--reason", help="Why the reader is reinstated; logged.")],
    by: _By = LEAD,
) -> None:
    """Undo a withdrawal.

    The reader continues where they stopped, with the cases assigned before.
    """
    from doubleread.sessions.readers import reinstate as reinstated

    with study_to_write(study) as opened:
        item = reinstated(opened, reader, reason, by)
    say(f"{opened.path}: {item.reader_id} reinstated, {plural(item.committed, 'committed reading')} kept")


def qualify(
    study: Study,
    reader: _Reader,
    reason: Annotated[str, typer.Option("--reason", help="Why the training is waived; logged and reported.")],
    by: _By = LEAD,
) -> None:
    """Waive the training of a reader.

    They read the study's cases without having reached the threshold. The report states that the training was waived.
    """
    from doubleread.sessions.readers import waive_training

    with study_to_write(study) as opened:
        name = waive_training(opened, reader, reason, by)
    say(f"{opened.path}: the training of {name} is waived")


def background(
    study: Study,
    reader: _Reader,
    specialty: Annotated[str | None, typer.Option("--specialty", help="Such as cardiology.")] = None,
    profession: Annotated[
        str | None, typer.Option("--profession", help="Such as specialist physician, nurse or pharmacist.")
    ] = None,
    years: Annotated[int | None, typer.Option("--years", help="Years of professional experience.")] = None,
    country: Annotated[str | None, typer.Option("--country", help="Where they practise.")] = None,
    board_certified: Annotated[
        str | None, typer.Option("--board-certified", metavar="YES|NO", help="Whether they are board certified.")
    ] = None,
    language: Annotated[str | None, typer.Option("--language", help="Their first language.")] = None,
    evaluated_models_before: Annotated[
        str | None,
        typer.Option(
            "--evaluated-models-before",
            metavar="YES|NO",
            help="Whether they have evaluated answers of language models before.",
        ),
    ] = None,
    by: _By = LEAD,
) -> None:
    """State the background of a reader, or print it.

    What is not given stays as it was. The report counts specialties and professions, as TRIPOD-LLM asks in 7d and 8c;
    exports contain none of it. In a small study, these counts can point to a person.
    """
    from doubleread.sessions.readers import state_background

    given = {
        "specialty": specialty,
        "profession": profession,
        "years": years,
        "country": country,
        "board_certified": board_certified,
        "language": language,
        "evaluated_models_before": evaluated_models_before,
    }
    said = {name: value for name, value in given.items() if value is not None}
    with study_to_write(study) if said else study_to_read(study) as opened:
        name, stated = state_background(opened, reader, said, by)
    say(f"{opened.path}: {name}: {stated.words or 'nothing stated'}")


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
    from doubleread.domain.pseudonym import pseudonym
    from doubleread.sessions.readers import READERS_OF_A_CASE, assign_cases, assigned_lines, assignment_refused

    names = [pseudonym(name) for name in readers.split(",")]
    if (refused := assignment_refused(plan, names, each)) is not None:
        raise refused
    with study_to_write(study) as opened:
        assigned = assign_cases(opened, cast("Plan", plan), names, seed=seed, each=each or READERS_OF_A_CASE)
        say(f"{opened.path}: {plural(len(opened.case_ids()), 'case')} assigned by the plan {plan}, seed {seed}")
    for line in assigned_lines(assigned):
        say(f"  {line}")
