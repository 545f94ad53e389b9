"""A reader's background, as TRIPOD-LLM (items 7d and 8c) asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from doubleread.errors import InputRefusedError

ABOUT = (
    "Reports of such studies state the background of the readers (TRIPOD-LLM, items 7d and 8c). Everything is"
    " voluntary: leave a field empty, or choose “prefer not to say”. The report counts specialties and professions and"
    " names nobody; in a small study, these counts can still identify a person."
)
NOT_SAID = "prefer not to say"
PROFESSIONS = (
    "specialist physician",
    "physician in training",
    "general practitioner",
    "nurse",
    "pharmacist",
    "medical student",
    "researcher",
    "other",
    NOT_SAID,
)
YES_NO = ("yes", "no", NOT_SAID)
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "profession": PROFESSIONS,
    "board_certified": YES_NO,
    "evaluated_models_before": YES_NO,
}
MOST_YEARS = 70
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Background:
    """What a reader states of themself. Texts are empty, and `years` None, where nothing was stated.

    `years` are those of professional experience. `language` is the first language.
    """

    specialty: str = ""
    profession: str = ""
    years: int | None = None
    country: str = ""
    board_certified: str = ""
    language: str = ""
    evaluated_models_before: str = ""

    @property
    def stated(self) -> bool:
        """Whether anything was stated."""
        return self != Background()

    @property
    def words(self) -> str:
        """What was stated, in one line."""
        parts = [self.specialty, self.profession]
        if self.years is not None:
            parts.append("1 year" if self.years == 1 else f"{self.years} years")
        parts += [self.country, self.language]
        said = {"board certified": self.board_certified, "evaluated models before": self.evaluated_models_before}
        parts += [f"{name}: {value}" for name, value in said.items() if value]
        return ", ".join(part for part in parts if part)

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON, without what was not stated."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None)}

    def check(self) -> None:
        """Raise InputRefusedError for what cannot be stored."""
        for name in _FIELDS - {"years"}:
            value = getattr(self, name)
            if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable():
                raise _refused(f"{name} must be one line of at most {_LONGEST} characters", "shorten it")
        for name, choices in _CHOICES.items():
            if (value := getattr(self, name)) and value not in choices:
                raise _refused(f'"{value}" is not one of the choices', f"use {', '.join(choices)}")
        if self.years is not None and (type(self.years) is not int or not 0 <= self.years <= MOST_YEARS):
            raise _refused(f"{self.years!r} is not a number of years", f"give a whole number up to {MOST_YEARS}")


_FIELDS = frozenset(item.name for item in fields(Background))


def background_from_record(record: Mapping[str, Any]) -> Background:
    """Rebuild what `Background.as_record` returns. Raises TypeError for an unknown field."""
    return Background(**record)


def _refused(happened: str, remedy: str) -> InputRefusedError:
    return InputRefusedError("Background not stored", happened, remedy)
