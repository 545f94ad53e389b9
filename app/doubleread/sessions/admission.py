"""Who may read in a study, and what to ask if a pseudonym is new."""

from __future__ import annotations

from collections.abc import Sequence

from doubleread.errors import DoublereadError, InputRefusedError
from doubleread.store import StudyFile
from doubleread.store.participation import is_adjudicator

_MOST_LISTED = 8


def known_people(study: StudyFile) -> list[str]:
    """Return the pseudonyms in a study: registered ones, and those with a file of their own."""
    return list(dict.fromkeys([*study.readers.ids(), *study.readers.with_own_files()]))


def question_before_reading(study: StudyFile, reader_id: str) -> str:
    """Return what to ask before a new reader begins, or an empty string.

    The first reader of a study is not asked. Raises InputRefusedError for a withdrawn reader, for somebody who is not
    on the study lead's list of readers, and in a reader's own file for everybody else.
    """
    known = known_people(study)
    if study.split_reader is not None or reader_id in study.readers.ids():
        # In a reader's own file this refuses everybody else.
        study.readers.check_may_read(reader_id)
        return ""
    if reader_id in known:
        return ""
    if study.readers.are_listed():
        raise not_listed("Not a reader of this study", reader_id, study)
    roles = study.readers.roles()
    readers = [person for person in known if not is_adjudicator(roles.get(person, ""))]
    if not readers:
        return ""
    hint = _hint(reader_id, known)
    return (
        f"{reader_id} has not read in this study. {hint}Readers so far: {_listed(readers)}."
        " A new reader reads all cases, and the arms are not named until every reader is done."
    )


def expect_no_slip(study: StudyFile, reader_id: str, *, confirmed: bool, title: str) -> None:
    """Raise InputRefusedError if an unconfirmed new reader may be a typing error for a known one.

    Also raises it where `question_before_reading` does.
    """
    question = question_before_reading(study, reader_id)
    if question and not confirmed and (hint := _hint(reader_id, known_people(study)).strip()):
        happened = f"{reader_id} has not read in this study. {hint}"
        raise InputRefusedError(title, happened, "correct the pseudonym, or add --new-reader")


def expect_other_form(study: StudyFile, reader_id: str, *, confirmed: bool) -> None:
    """Raise InputRefusedError if an unconfirmed new pseudonym reads like a known one."""
    from doubleread.sessions.pseudonyms import reads_alike

    known = known_people(study)
    if reader_id not in known and not confirmed and (alike := reads_alike(reader_id, known)):
        raise InputRefusedError(
            "Reader not added",
            f"{reader_id} is easily confused with {' and '.join(alike)}, already in this study",
            "choose a more distinct pseudonym, or add --new-reader",
        )


def not_listed(title: str, reader_id: str, study: StudyFile) -> InputRefusedError:
    """Return the error for somebody who is not registered, with similar pseudonyms."""
    known = known_people(study)
    hint = _hint(reader_id, known).strip()
    listed = f"registered are {_listed(known)}" if known else "nobody is registered"
    return InputRefusedError(
        title,
        f"{reader_id} is not registered. {hint or listed[:1].upper() + listed[1:]}".rstrip("."),
        f"correct the pseudonym, or register it: doubleread readers add {study.path.name} --reader {reader_id}",
    )


def expect_adjudicator(study: StudyFile, person_id: str) -> None:
    """Raise InputRefusedError if nobody of this name is an adjudicator, StudyFileError in a reader's own file."""
    try:
        study.adjudications.expect_adjudicator(person_id)
    except InputRefusedError as error:
        roles = study.readers.roles()
        raise _hinted(error, person_id, study, [name for name in roles if is_adjudicator(roles[name])]) from error


def with_hint(error: DoublereadError, person_id: str, study: StudyFile) -> DoublereadError:
    """Return a refusal of an unknown person, with similar pseudonyms if there are any."""
    return _hinted(error, person_id, study, known_people(study))


def _hinted(error: DoublereadError, person_id: str, study: StudyFile, known: Sequence[str]) -> DoublereadError:
    if person_id in study.readers.ids() or not (hint := _hint(person_id, known).strip()):
        return error
    return type(error)(error.title, f"{error.happened}. {hint}", error.remedy)


def _hint(person_id: str, known: Sequence[str]) -> str:
    from doubleread.sessions.pseudonyms import did_you_mean

    found = did_you_mean(person_id, known)
    return f"{found[:1].upper()}{found[1:]} " if found else ""


def _listed(people: Sequence[str]) -> str:
    shown = ", ".join(people[:_MOST_LISTED])
    return shown + (f" and {len(people) - _MOST_LISTED} more" if len(people) > _MOST_LISTED else "")
