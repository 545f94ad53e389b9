"""What is wrong with a case pack, line by line, and the error that carries it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from doubleread.domain.wording import plural
from doubleread.errors import CaseFileError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right. `line` counts from 1 and is 0 where the whole file is meant; `field` may be empty."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        where = self.file + (f", line {self.line}" if self.line else "")
        return f"{where}, {self.field}: {self.message}" if self.field else f"{where}: {self.message}"


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return a file's bytes. Raises CaseFileError, with what to do, where the file cannot be read."""
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise CaseFileError("No such case file", f"{path} does not exist", "check the name and the folder") from None
    except IsADirectoryError:
        raise CaseFileError("Not a case file", f"{path} is a folder", "name the file inside it") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise CaseFileError("Case file cannot be read", f"{path}: {reason}", "check its permissions") from None


def decoded(data: bytes, file: str) -> tuple[str, list[Problem]]:
    """Return the text of UTF-8 bytes, without a byte order mark, and one problem for each line that is not UTF-8.

    Where there are problems the bad bytes are replaced by U+FFFD, so that the other lines can still be checked.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "", [Problem(file, 0, "", "the file is UTF-16; save it as UTF-8 and try again")]
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    problems = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            message = f"byte {error.start + 1} of the line (0x{line[error.start]:02x}) is not UTF-8; save it as UTF-8"
            problems.append(Problem(file, number, "", message))
    return data.decode("utf-8", "replace"), problems


def raise_for(problems: Sequence[Problem], file: str) -> None:
    """Raise CaseFileError with every problem, or do nothing where there is none."""
    if not problems:
        return
    lines = len({problem.line for problem in problems})
    raise CaseFileError(
        "Case file refused",
        f"{plural(len(problems), 'problem')} in {plural(lines, 'line')} of {file}, and no case was taken over",
        "put them right and try again",
        problems=tuple(map(str, problems)),
    )
