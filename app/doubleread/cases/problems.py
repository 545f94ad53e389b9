"""The problems of a case file, line by line, and the error that reports them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from doubleread.domain.wording import plural
from doubleread.errors import CaseFileError

SKIP_HINT = "or add --skip-bad to skip them"

_LONGEST_FIELD = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct. `line` counts from 1 and is 0 if the whole file is meant; `field` may be empty.

    `unit` is what `line` counts: lines, the rows of a worksheet, or the entries of a JSON array. `id` is the id of the
    case or answer in that line, if known. `whole` says that the problem concerns more than this line, which cannot be
    left out alone: nothing after it can be read, or two files contradict each other.
    """

    file: str
    line: int
    field: str
    message: str
    id: str = ""
    whole: bool = False
    unit: str = "line"

    def __str__(self) -> str:
        where = self.file + (f", {self.unit} {self.line}" if self.line else "")
        field = self.field if len(self.field) <= _LONGEST_FIELD else f"{self.field[:_LONGEST_FIELD]}..."
        return f"{where}, {field}: {self.message}" if field else f"{where}: {self.message}"

    @property
    def can_skip(self) -> bool:
        """Whether it is enough to leave out this line."""
        return self.line > 0 and not self.whole

    def as_record(self) -> dict[str, str | int]:
        """Return the problem as JSON; `field` and `id` are left out if empty, and so is `unit` where lines count."""
        named = {"field": self.field, "id": self.id, "unit": "" if self.unit == "line" else self.unit}
        return {
            "file": self.file,
            "line": self.line,
            **{name: value for name, value in named.items() if value},
            "reason": self.message,
        }


def bad_lines(problems: Sequence[Problem]) -> int:
    """Return how many lines, of all files, have a problem."""
    return len({(problem.file, problem.line) for problem in problems})


def _them(problems: Sequence[Problem]) -> str:
    return "it" if len(problems) == 1 else "them"


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return a file's bytes. Raises CaseFileError, with what to do, if the file cannot be read."""
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise CaseFileError("No such file", f"{path} does not exist", "check the name and the folder") from None
    except IsADirectoryError:
        raise CaseFileError("Not a file", f"{path} is a folder", "give a file inside it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CaseFileError("File cannot be read", f"{path}: {reason}", "check its name and permissions") from None


def raise_for(problems: Sequence[Problem], file: str) -> None:
    """Raise CaseFileError with every problem, or do nothing if there is none."""
    if problems:
        raise CaseFileError(
            "Case file refused",
            f"{plural(len(problems), 'problem')} in {plural(bad_lines(problems), 'line')} of {file}",
            f"correct {_them(problems)} and try again",
            problems=tuple(map(str, problems)),
        )


def expect_usable(problems: Sequence[Problem], good: int, *, title: str, skip_bad: bool, hint: str = "") -> None:
    """Raise CaseFileError if there are problems, unless they may be skipped and `good` lines are left.

    Problems that concern more than their own line are never skipped. `hint` applies to all problems.
    """
    if not problems or (skip_bad and good and all(problem.can_skip for problem in problems)):
        return
    happened = f"{plural(len(problems), 'problem')} in {plural(bad_lines(problems), 'line')}"
    remedy = f"correct {_them(problems)} and try again"
    if not all(problem.can_skip for problem in problems):
        happened = plural(len(problems), "problem")
        happened += ", not all of which --skip-bad can skip" if skip_bad else ""
    elif skip_bad:
        happened += ", and no valid line is left"
    elif good:
        remedy = f"correct {_them(problems)}, {SKIP_HINT}"
    raise CaseFileError(title, f"{happened}. {hint}" if hint else happened, remedy, problems=tuple(map(str, problems)))
