"""Forms about readers: register, assign, withdraw and reinstate."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from doubleread.domain.assignment import PLANS, Plan
from doubleread.domain.background import ABOUT, Background
from doubleread.domain.formatting import percent
from doubleread.domain.pseudonym import pseudonym
from doubleread.domain.wording import plural
from doubleread.errors import InputRefusedError
from doubleread.read_model.readers import RegisteredReader, registered_readers
from doubleread.sessions.admission import known_people
from doubleread.sessions.pseudonyms import reads_alike
from doubleread.sessions.readers import (
    READERS_OF_A_CASE,
    add_reader,
    assign_cases,
    assigned_lines,
    assignment_refused,
    reinstate,
    waive_training,
    withdraw,
)
from doubleread.store.participation import is_adjudicator
from doubleread.tui.shared.fields import ChoiceField, ChoicesField, FormChoice, NumberField, TextField, Values
from doubleread.tui.shared.forms import Form, FormResult, Work
from doubleread.tui.study.opening import LEAD, to_read, to_write
from doubleread.tui.training.background_form import background_fields, background_of

if TYPE_CHECKING:
    from doubleread.tui.shared.program import Program

_LARGEST_SEED = 2**31 - 1
_PLAN_WORDS = {
    "all": "Every reader reads every case",
    "proportion": "A proportion of the cases is read several times, the rest once",
    "blocks": "Each case is read by a few readers, in balanced pairs",
}


def open_register(app: Program, path: Path) -> None:
    """Ask for a reader, and register them."""
    app.open_form(lambda: _register(path))


def _register(path: Path) -> Form:
    with to_read(path) as study:
        known = known_people(study)

    def confirm(values: Values) -> str:
        name = str(values["reader"])
        alike = [] if name in known else reads_alike(name, known)
        return f"{name} reads like {' and '.join(alike)}. Is {name} somebody else?" if alike else ""

    def submit(values: Values, _work: Work) -> FormResult:
        with to_write(path) as study:
            name = add_reader(
                study, values["reader"], values["role"] or "", values["qualification"] or "", confirmed=True
            )
        return FormResult(f"{name} is registered.")

    return Form(
        "Register a reader",
        "Once readers are registered, nobody else can start to read. To change what is said of a reader, register the"
        " same pseudonym again.",
        (
            TextField("reader", "Pseudonym", "Such as R-01. Never a name.", check=_expect_pseudonym),
            ChoiceField(
                "role",
                "Role",
                choices=(
                    FormChoice("reader", "Reader", "reads the cases"),
                    FormChoice("adjudicator", "Adjudicator", "resolves the differences between readers"),
                ),
            ),
            TextField(
                "qualification", "Qualification", "Such as: internist, 12 years. The report states it.", required=False
            ),
        ),
        submit,
        go_on="register",
        confirm=confirm,
    )


def _expect_pseudonym(value: Any, _values: Values) -> None:
    if value is not None:
        pseudonym(value)


def open_assign(app: Program, path: Path) -> None:
    """Ask for a plan, and assign cases to readers."""
    app.open_form(lambda: _assign(path))


def _assign(path: Path) -> Form:
    with to_read(path) as study:
        readers = [
            reader
            for reader in registered_readers(study)
            if reader.withdrawn_at is None and not is_adjudicator(reader.role)
        ]
        cases, read_twice = len(study.case_ids()), study.protocol.read_twice

    def names(values: Values) -> tuple[str, ...]:
        return cast("tuple[str, ...]", values.get("readers") or ())

    def each(values: Values) -> int | None:
        found = values.get("each")
        return int(found) if found is not None else None

    def expect_possible(_value: Any, values: Values) -> None:
        if (refused := assignment_refused(values["plan"], names(values), each(values))) is not None:
            raise refused

    def submit(values: Values, _work: Work) -> FormResult:
        with to_write(path) as study:
            assigned = assign_cases(
                study,
                cast("Plan", values["plan"]),
                names(values),
                seed=int(values["seed"]),
                each=each(values) or READERS_OF_A_CASE,
            )
        heading = f"{plural(cases, 'case')} assigned by the plan {values['plan']}, seed {int(values['seed'])}."
        return FormResult("\n".join((heading, *assigned_lines(assigned))))

    twice = f"The protocol's proportion is {percent(read_twice)}."
    return Form(
        "Assign cases",
        f"{plural(cases, 'case')}. Readers who have started keep their cases and can get more.",
        (
            ChoiceField(
                "plan",
                "Plan",
                twice,
                choices=tuple(FormChoice(plan, plan.capitalize(), _PLAN_WORDS[plan]) for plan in PLANS),
            ),
            ChoicesField(
                "readers",
                "Readers",
                "Registered readers; register more first if somebody is missing.",
                choices=tuple(_reader_choice(reader) for reader in readers),
                value=tuple(reader.reader_id for reader in readers),
                check=expect_possible,
            ),
            NumberField(
                "each",
                "Readers of each case",
                value=READERS_OF_A_CASE,
                minimum=1,
                when=lambda values: values.get("plan") != "all",
                check=expect_possible,
            ),
            NumberField(
                "seed",
                "Seed",
                "The same seed gives the same plan again.",
                value=secrets.randbelow(_LARGEST_SEED),
                minimum=0,
                maximum=_LARGEST_SEED,
            ),
        ),
        submit,
        go_on="assign",
    )


def _reader_choice(reader: RegisteredReader) -> FormChoice:
    said = ", ".join(part for part in (reader.role, reader.qualification) if part)
    return FormChoice(reader.reader_id, reader.reader_id, said)


def open_qualify(app: Program, path: Path) -> None:
    """Ask for a reader whose training is waived."""
    app.open_form(lambda: _qualify(path))


def _qualify(path: Path) -> Form:
    with to_read(path) as study:
        readers = [reader for reader in registered_readers(study) if reader.training and reader.withdrawn_at is None]
        qualified = study.training.qualified()
    if not readers:
        raise InputRefusedError("No training", "this study has no training", "name training cases in the protocol")
    open_ones = [reader for reader in readers if reader.reader_id not in qualified]
    if not open_ones:
        said = ", ".join(f"{reader.reader_id} {reader.training}" for reader in readers)
        raise InputRefusedError("Everybody is qualified", said, "there is nothing to waive")

    def submit(values: Values, _work: Work) -> FormResult:
        with to_write(path) as study:
            name = waive_training(study, values["reader"], values["reason"], values["by"])
        return FormResult(f"The training of {name} is waived.")

    return Form(
        "Waive the training of a reader",
        "They read the study's cases without having reached the threshold. The report states that.\n\n"
        + "\n".join(f"{reader.reader_id}: {reader.training}" for reader in readers),
        (
            ChoiceField(
                "reader",
                "Reader",
                choices=tuple(FormChoice(one.reader_id, one.reader_id, one.training) for one in open_ones),
            ),
            TextField("reason", "Reason", "Logged with the decision."),
            TextField("by", "Decided by", "Logged too.", value=LEAD),
        ),
        submit,
        go_on="waive",
    )


def open_background(app: Program, path: Path) -> None:
    """Ask for a reader, and for their background."""
    app.open_form(lambda: _background_of_whom(path))


def _background_of_whom(path: Path) -> Form:
    with to_read(path) as study:
        stated = study.training.backgrounds()
        readers = study.readers.ids()

    def submit(values: Values, _work: Work) -> FormResult:
        reader_id = values["reader"]
        form = _background(path, reader_id, stated.get(reader_id, Background()))
        return FormResult(then=lambda app: app.open_form(lambda: form))

    def words(reader_id: str) -> str:
        return stated[reader_id].words or "skipped" if reader_id in stated else "not asked yet"

    return Form(
        "Background of a reader",
        ABOUT,
        (ChoiceField("reader", "Reader", choices=tuple(FormChoice(one, one, words(one)) for one in readers)),),
        submit,
    )


def _background(path: Path, reader_id: str, known: Background) -> Form:
    def submit(values: Values, _work: Work) -> FormResult:
        with to_write(path) as study:
            study.training.state_background(reader_id, background_of(values), LEAD)
        return FormResult(f"The background of {reader_id} is stored.")

    return Form(f"Background of {reader_id}", ABOUT, background_fields(known), submit, go_on="store")


def open_withdraw(app: Program, path: Path) -> None:
    """Ask for a reader to withdraw or reinstate."""
    app.open_form(lambda: _withdraw(path))


def _withdraw(path: Path) -> Form:
    with to_read(path) as study:
        readers = registered_readers(study)
    out = {reader.reader_id for reader in readers if reader.withdrawn_at is not None}

    def submit(values: Values, _work: Work) -> FormResult:
        reader_id = values["reader"]
        decide, done = (reinstate, "reinstated") if reader_id in out else (withdraw, "withdrawn")
        with to_write(path) as study:
            item = decide(study, reader_id, values["reason"], values["by"])
        return FormResult(f"{reader_id} is {done}. {plural(item.committed, 'committed reading')} kept.")

    return Form(
        "Withdraw or reinstate a reader",
        "A withdrawn reader can no longer read, their assigned cases are free for others, and unblinding no longer"
        " waits for them. Committed readings still count; open ones do not. A reinstated reader continues where they"
        " stopped.",
        (
            ChoiceField(
                "reader",
                "Reader",
                choices=tuple(
                    FormChoice(
                        reader.reader_id,
                        reader.reader_id,
                        "withdrawn; choose to reinstate" if reader.reader_id in out else "choose to withdraw",
                    )
                    for reader in readers
                ),
            ),
            TextField("reason", "Reason", "Logged with the decision."),
            TextField("by", "Decided by", "Logged too.", value=LEAD),
        ),
        submit,
        go_on="decide",
    )
