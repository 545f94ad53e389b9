"""The case files that somebody chooses on a screen: how each is read, what was found, and what would fit better."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from doubleread.cases.containers import opened
from doubleread.cases.formats import FORMATS, TABLE, FormatNotRecognisedError
from doubleread.cases.packs import apart
from doubleread.cases.problems import Problem, bad_lines
from doubleread.cases.reading import Pack, ReadAs, RecordProgress, read_case_file
from doubleread.domain.case import Case
from doubleread.domain.wording import plural
from doubleread.errors import CaseFileError

FIELD_WORDS: Mapping[str, str] = {
    "text": "Case text",
    "question": "Question",
    "key": "Answer key",
    "options": "All options",
    **{f"option_{letter}": f"Option {letter.upper()}" for letter in "abcdefgh"},
    "id": "Case number (id)",
    "kind": "Kind of case",
    "title": "Title",
    "accept": "Other accepted answers",
    "explanation": "Explanation",
    "tags": "Topics",
    "source": "Source",
    "licence": "Licence",
}
"""The fields of a case that a column can be chosen for, in plain words."""

# The beginnings of names that tables in several languages have for a field.
_USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "text": ("falltext", "fallbeschreibung", "kasuistik", "anamnese", "vignette", "case_text", "case", "cas_clinique"),
    "question": ("frage", "question", "fragestellung", "pregunta", "domanda", "vraag"),
    "key": ("richtige_antwort", "korrekte_antwort", "lösung", "loesung", "musterantwort", "correct_answer", "solution"),
    "id": ("fallnummer", "fallnr", "fall_nr", "fall_id", "case_id", "kennung", "nummer", "nr"),
    "title": ("titel", "titre", "überschrift"),
    "explanation": ("erklärung", "begründung", "erläuterung", "explication", "rationale"),
    "tags": ("fachgebiet", "fach", "spécialité", "especialidad"),
    **{
        f"option_{letter}": (f"antwort_{letter}", f"option_{letter}", f"auswahl_{letter}", f"choix_{letter}")
        for letter in "abcdefgh"
    },
}
_SAMPLE = 80
"""Characters of a cell that are shown to recognise its column by."""
_NO_COLUMN = "there is no column of this name"
_OPTION_LINE = re.compile(r"; (?:name it with|correct) --map \w+=COLUMN")


@dataclass(frozen=True, slots=True)
class ChosenFile:
    """A file or folder with cases, and how it was read: a `pack`, or the `error` for which there is none.

    `sample` has the first record of a table, to recognise its columns by.
    """

    path: Path
    how: ReadAs
    pack: Pack | None = None
    error: CaseFileError | None = None
    sample: Mapping[str, str] = field(default_factory=dict)

    @property
    def format(self) -> str:
        """The name of the format that it was read in; "" if there is none."""
        return self.pack.format if self.pack is not None else self.how.format

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns or fields, if it is a table whose columns can be chosen."""
        return self.pack.columns if self.pack is not None and self.format == TABLE else ()

    @property
    def words(self) -> str:
        """What was found, in one line."""
        if self.pack is None:
            return f"{self.path.name}: cannot be read"
        about = FORMATS[self.format].about if self.format in FORMATS else self.format
        bad = f", {plural(self.pack.left_out, 'line')} with problems" if self.pack.problems else ""
        return f"{self.path.name}: {plural(len(self.pack.cases), 'case')}{bad} ({about})"


def read_chosen(path: Path, how: ReadAs | None = None, progress: RecordProgress | None = None) -> ChosenFile:
    """Read a file as wanted.

    If it is not UTF-8 and no encoding is wanted, the likeliest one is taken. Of a table with unknown columns, those
    are suggested whose names are usual.
    """
    how = how or ReadAs()
    chosen = _read_as(path, how, progress)
    likely = chosen.pack.likely_encodings if chosen.pack is not None else {}
    if how.encoding is None and likely:
        # It is not UTF-8. The likeliest encoding is taken, and shown to be checked.
        return _read_as(path, replace(how, encoding=next(iter(likely))), progress)
    return chosen


def _read_as(path: Path, how: ReadAs, progress: RecordProgress | None) -> ChosenFile:
    try:
        return _with_sample(ChosenFile(path, how, read_case_file(path, how, progress)))
    except FormatNotRecognisedError as error:
        if how.format or how.mapping:
            return ChosenFile(path, how, error=error)
        unknown = error
    except CaseFileError as error:
        return ChosenFile(path, how, error=error)
    as_table = replace(how, format=TABLE)
    try:
        pack = read_case_file(path, as_table, progress)
        if pack.likely_encodings:
            return ChosenFile(path, how, pack)
        if not pack.columns:
            return ChosenFile(path, how, error=unknown)
        if mapping := suggested_mapping(pack.columns, pack.mapping):
            as_table = replace(as_table, mapping=mapping)
            pack = read_case_file(path, as_table, progress)
    except CaseFileError:
        return ChosenFile(path, how, error=unknown)
    return _with_sample(ChosenFile(path, as_table, pack))


def _with_sample(chosen: ChosenFile) -> ChosenFile:
    if not chosen.columns:
        return chosen
    try:
        lines = opened(chosen.path, chosen.how.encoding, "table").lines()
        record = next((line.record for line in lines if line.record is not None), {})
    except CaseFileError:
        return chosen
    return replace(chosen, sample={name: " ".join(str(value).split())[:_SAMPLE] for name, value in record.items()})


def suggested_mapping(columns: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """Return the columns whose names are usual for a field, by field, beside those that are `known`."""
    found: dict[str, str] = {}
    free = [column for column in columns if column not in known.values()]
    for name, names in _USUAL_NAMES.items():
        if name in known:
            continue
        for column in free:
            plain = re.sub(r"[\s_-]+", "_", column.strip().casefold())
            if plain in names and column not in found.values():
                found[name] = column
                break
    return found


def mapped(how: ReadAs, name: str, column: str) -> ReadAs:
    """Return how to read a table with a column for a field; "" takes a chosen column back."""
    mapping = {one: other for one, other in how.mapping.items() if one != name and other != column}
    return replace(how, format=TABLE, mapping={**mapping, name: column} if column else mapping)


def problem_words(problem: Problem) -> str:
    """Return a problem for a screen on which columns are chosen."""
    if problem.message.startswith(_NO_COLUMN) and problem.field in FIELD_WORDS:
        return f"{FIELD_WORDS[problem.field]}: choose its column under How it is read"
    words = _OPTION_LINE.sub("; choose its column under How it is read", str(problem))
    words = words.replace("convert one of them with --id-prefix", "give one of them an id prefix")
    words = words.replace("convert that file with an --id-prefix as well", "give that file an id prefix as well")
    return words.replace("; save it as UTF-8", "; choose its encoding under How it is read")


def all_problems(files: Iterable[ChosenFile]) -> list[Problem]:
    """Return every problem of every file, and the ids that are in more than one of them."""
    return [problem for pack in apart(packs_of(files)) for problem in pack.problems]


def packs_of(files: Iterable[ChosenFile]) -> tuple[Pack, ...]:
    """Return the packs of the files that could be read."""
    return tuple(chosen.pack for chosen in files if chosen.pack is not None)


def cases_of(files: Iterable[ChosenFile]) -> tuple[Case, ...]:
    """Return the cases without problems, in the order of the files."""
    return tuple(case for pack in apart(packs_of(files)) for case in pack.cases)


def kinds_words(cases: Iterable[Case]) -> str:
    """Return how many cases there are of each kind."""
    return ", ".join(f"{count} {kind}" for kind, count in sorted(Counter(case.kind for case in cases).items()))


def refusal(files: Sequence[ChosenFile], *, skip_bad: bool) -> CaseFileError | None:
    """Return why these files cannot be used like this, or None."""
    title = "Cases not ready"
    if not files:
        return CaseFileError(title, "no file is chosen", "choose a file or folder with cases")
    for chosen in files:
        if chosen.pack is None:
            error = chosen.error
            return CaseFileError(
                title,
                error.happened if error is not None else f"{chosen.path.name} cannot be read",
                "choose its format or encoding, or remove the file",
            )
    problems = all_problems(files)
    if whole := next((problem for problem in problems if not problem.can_skip), None):
        return CaseFileError(title, problem_words(whole), "correct it, or remove the file")
    if problems and not cases_of(files):
        remedy = "look at the problems with f2, and at the columns that are chosen"
        return CaseFileError(title, "every line has a problem", remedy)
    if problems and not skip_bad:
        happened = plural(bad_lines(problems), "line has a problem", "lines have problems")
        return CaseFileError(title, happened, "correct the file, or skip faulty lines")
    if not cases_of(files):
        return CaseFileError(title, "no case is left", "choose other files, or correct these")
    return None
