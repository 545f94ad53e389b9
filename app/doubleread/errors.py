"""Errors that a user can act on. Each says what happened and what to do; none reaches the screen as a traceback."""

from __future__ import annotations

import errno
import os
from typing import Self

_DISK = frozenset(getattr(errno, name, None) for name in ("ENOSPC", "EIO", "EROFS", "EDQUOT", "EFBIG"))
_NAMES = frozenset(
    getattr(errno, name, None)
    for name in ("EACCES", "EPERM", "ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG", "ELOOP", "ENXIO", "ETXTBSY")
)


class DoublereadError(Exception):
    """Something went wrong that the user can understand. Printed as `title: what happened; what to do`."""

    def __init__(self, title: str, happened: str, remedy: str = "") -> None:
        super().__init__(title, happened, remedy)
        self.title = title
        self.happened = happened
        self.remedy = remedy

    def retold(self, title: str, happened: str, remedy: str) -> Self:
        """Return an error of the same class and facts in other words, without the frames it came through."""
        # Not by copy.copy: once Dask is imported, that returns an error with the frames of this one.
        told = self.__class__.__new__(self.__class__, title, happened, remedy)
        told.__dict__.update(vars(self), title=title, happened=happened, remedy=remedy)
        return told

    def __str__(self) -> str:
        words = f"{self.title}: {self.happened}"
        if self.happened.endswith("?"):
            return f"{words} {self.remedy[:1].upper()}{self.remedy[1:]}".rstrip()
        return f"{words}; {self.remedy}" if self.remedy else words


class WrongSettingsError(DoublereadError):
    """What is asked for cannot work: settings contradict each other, or name something that does not exist."""


class CaseFileError(DoublereadError):
    """A case file cannot be read. `problems` names every bad line."""

    def __init__(self, title: str, happened: str, remedy: str = "", problems: tuple[str, ...] = ()) -> None:
        super().__init__(title, happened, remedy)
        self.problems = problems


class ModelFileError(DoublereadError):
    """A GGUF file cannot be used."""


class ServerError(DoublereadError):
    """A model server cannot be used, or gave no answer.

    With `retry`, the same request can succeed later; after `retry_after` seconds, if the server says so. With
    `any_request`, any other request would have failed as well.
    """

    def __init__(
        self,
        title: str,
        happened: str,
        remedy: str = "",
        *,
        retry: bool = False,
        retry_after: float | None = None,
        any_request: bool = False,
    ) -> None:
        super().__init__(title, happened, remedy)
        self.retry = retry
        self.retry_after = retry_after
        self.any_request = any_request


class StudyFileError(DoublereadError):
    """A study file cannot be opened, is damaged, or is not one."""


class StudyDamagedError(StudyFileError):
    """The content of a study file cannot be what was written to it."""


class StudyReadOnlyError(StudyFileError):
    """A study file, or its folder, cannot be written."""


class StudyBusyError(StudyFileError):
    """Another program keeps a study file locked. Nothing was written; the same action can be tried again."""


class OlderSchemaError(StudyFileError):
    """A study file has an older schema, and was opened in a way that does not bring it up to date."""


class StudyLockedError(StudyFileError):
    """A study is encrypted, and was not opened with the right passphrase or recovery key."""


class StudyChangedError(DoublereadError):
    """An action does not fit the state of the study: a committed reading, an annotation that is gone."""


class InputRefusedError(DoublereadError):
    """A judgement was refused, because it would be wrong to store it: a duplicate, a span outside the text."""


class CorpusError(DoublereadError):
    """A corpus cannot be built, opened or searched."""


def disk_error(error: OSError) -> DoublereadError:
    """Return the error to show when a file or an output cannot be written."""
    where = f"{error.filename}: " if error.filename else ""
    return DoublereadError(
        "Not written",
        f"{where}{error.strerror or error}",
        "check the disk and its free space; everything reported as done before this is kept",
    )


def of_system(error: OSError) -> DoublereadError | None:
    """Return the error to show for one of the operating system, or None if it is a fault of the program."""
    if error.errno in _DISK:
        return disk_error(error)
    if error.errno not in _NAMES or not error.filename:
        return None
    return DoublereadError(
        "File cannot be used",
        f"{os.fsdecode(error.filename)}: {error.strerror or error}",
        "check its name and permissions",
    )
