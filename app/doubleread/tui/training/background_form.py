"""The form for a reader's background: for the reader on first opening a study, and for the study lead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doubleread.domain.background import ABOUT, MOST_YEARS, PROFESSIONS, YES_NO, Background
from doubleread.tui.shared.fields import ChoiceField, Field, FormChoice, NumberField, TextField, Values
from doubleread.tui.shared.forms import Form, FormResult, Work


def background_fields(known: Background) -> tuple[Field, ...]:
    """Return the fields of the form, filled with what was stated before."""
    return (
        TextField("specialty", "Specialty", "Such as cardiology.", required=False, value=known.specialty),
        _choice("profession", "Profession", PROFESSIONS, known.profession),
        NumberField(
            "years",
            "Years of experience",
            "Since qualification.",
            required=False,
            value=known.years,
            minimum=0,
            maximum=MOST_YEARS,
        ),
        _choice("board_certified", "Board certified", YES_NO, known.board_certified),
        TextField("country", "Country of practice", required=False, value=known.country),
        TextField("language", "First language", required=False, value=known.language),
        _choice("evaluated_models_before", "Evaluated language models before", YES_NO, known.evaluated_models_before),
    )


def _choice(name: str, label: str, choices: tuple[str, ...], value: str) -> ChoiceField:
    offered = (FormChoice("-", "not stated"), *(FormChoice(choice, choice) for choice in choices))
    return ChoiceField(name, label, choices=offered, value=value or "-")


def background_of(values: Values) -> Background:
    """Return what was filled in."""

    def text(name: str) -> str:
        value: Any = values.get(name)
        return "" if value in (None, "-") else str(value)

    years = values.get("years")
    return Background(
        specialty=text("specialty"),
        profession=text("profession"),
        years=None if years is None else int(years),
        country=text("country"),
        board_certified=text("board_certified"),
        language=text("language"),
        evaluated_models_before=text("evaluated_models_before"),
    )


def own_background_form(known: Background, state: Callable[[Background], None]) -> Form:
    """Return the form for the reader themself. Escape leaves it unanswered; it is then shown the next time."""

    def submit(values: Values, _work: Work) -> FormResult:
        state(background_of(values))
        return FormResult()

    return Form("Your background", ABOUT, background_fields(known), submit, go_on="store")
