"""Import annotations of other programs into readers' readings: all valid ones of a file in one step, or none.

They are events of the readings like any others, and their readers continue with them: they can change, retract and undo
them, give the verdicts and commit. Nothing is committed by the import.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from doubleread.cases.case_ids import CaseNames
from doubleread.cases.problems import Problem, expect_usable
from doubleread.cases.record import ORIGINAL_ID
from doubleread.domain.annotation import ANSWER, Annotation, Passage
from doubleread.domain.answer import Answer
from doubleread.domain.assignment import WorklistItem
from doubleread.domain.blinding import SIDES, Side, randomised_sides
from doubleread.domain.case import Case
from doubleread.domain.events.annotations import AnnotationMarked, AnnotationsImported, import_burst
from doubleread.domain.events.readings import ReadingOpened
from doubleread.domain.hashes import text_sha256
from doubleread.domain.labels import LabelSet
from doubleread.domain.left_out import left_out_record
from doubleread.domain.reading import Reading
from doubleread.domain.reading_checks import Texts, check_annotation
from doubleread.domain.spans import Span
from doubleread.domain.statements import listed
from doubleread.domain.study import Protocol
from doubleread.errors import CaseFileError, InputRefusedError, WrongSettingsError
from doubleread.imports.brat import brat_name
from doubleread.imports.foreign_annotation import RATINGS, AnnotationFile, AnsweredBy, ForeignAnnotation
from doubleread.imports.formats import read_annotations
from doubleread.imports.offsets import (
    Decision,
    MeasuredText,
    OffsetConvention,
    decide,
    fits,
    is_apart,
    place_of,
    same_words,
)
from doubleread.read_model.redactions import Redactions
from doubleread.store import StudyFile
from doubleread.store.log.reading_log import DraftedReading
from doubleread.store.participation import is_adjudicator

_TITLE = "Nothing imported"
_CACHED = 64
_PLAIN = re.compile(r"[^\w]+|_+")


@dataclass(frozen=True, slots=True)
class Label:
    """What a label of a file means: a category, and a severity unless the file gives one."""

    category: str
    severity: str = ""


def label_from(given: str) -> tuple[str, Label]:
    """Return a label of a file and its meaning, as a user wrote them: THEIRS=CATEGORY/SEVERITY. Raises ValueError."""
    theirs, sign, ours = (part.strip() for part in given.rpartition("="))
    category, _, severity = (part.strip() for part in ours.partition("/"))
    if not (theirs and sign and category):
        raise ValueError(f"{given} is not of the form THEIRS=CATEGORY/SEVERITY")
    return theirs, Label(category, severity)


@dataclass(frozen=True, slots=True)
class AnnotationImport:
    """How to read a file of annotations.

    `reader_id` takes all of them, `readers` those of each reader that the file names; without either, the file names
    readers of the study. `labels` are by the names of the file, `columns` those of a table by field. `offsets` is the
    convention, where the quotes do not prove one. `relocate` moves an annotation to the only place of its quote.
    """

    format_name: str | None = None
    reader_id: str = ""
    readers: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Label] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    offsets: OffsetConvention | None = None
    relocate: bool = False


@dataclass(frozen=True, slots=True)
class ImportedAnnotations:
    """The result of importing a file.

    `added` and `same` count by reader the annotations that are new, and those that the readings had; `relocated` of the
    new ones were moved to their quotes, `opened` is the number of new readings. `ignored` counts what else the file
    has, `left_out` lists every problem of the annotations that were set apart.
    """

    format_name: str
    offsets: OffsetConvention
    deciding: int
    added: Mapping[str, int]
    same: Mapping[str, int]
    opened: int
    relocated: int
    ignored: Mapping[str, int]
    left_out: tuple[Problem, ...]


def import_annotations(
    study: StudyFile, path: Path, how: AnnotationImport, *, skip_bad: bool = False
) -> ImportedAnnotations:
    """Add a file's annotations to the readings of registered readers, in one step.

    An identical existing annotation is skipped, so the same file can be imported again. Raises CaseFileError naming
    every problem if an annotation is about no answer of the study, is not where its quote is, has an unknown label, or
    belongs to a committed reading; with `skip_bad` such annotations are left out and recorded in the study's log.
    Raises it as well if the quotes do not prove how offsets count, and WrongSettingsError for a reader who is unknown.
    """
    found = read_annotations(path, how.format_name, how.columns)
    problems = [*found.problems]
    answers = _Answers(study)
    named = _readers(study, found, how)
    rows = [row for one in found.annotations for row in answers.row(one, named(one), problems)]
    decision = decide([(row.given.marked, row.text) for row in rows], how.offsets or found.offsets)
    if decision.convention is None:
        raise _undecided(decision)
    placed = _Placed(decision.convention, how.relocate)
    spans = [(row, span) for row in rows if (span := placed.span(row, problems)) is not None]
    readings = _Readings(study, answers, how.labels)
    for row, span in spans:
        readings.add(row, span, problems, relocated=row in placed.relocated)
    problems.sort(key=lambda problem: (problem.file, problem.line))
    added, same = readings.counts()
    expect_usable(problems, sum(added.values()) + sum(same.values()), title=_TITLE, skip_bad=skip_bad)
    relocated = sum(one.relocated for one in readings.new())
    if added:
        about = {
            "file": path.name,
            "sha256": found.sha256,
            "format": found.format_name,
            "offsets": decision.convention.option,
            **({"relocated": relocated} if relocated else {}),
            **({"ignored": dict(found.ignored)} if found.ignored else {}),
            **left_out_record([problem.as_record() for problem in problems]),
        }
        readings.write(AnnotationsImported(import_id=readings.import_id, added=added, same=same, about=about))
    return ImportedAnnotations(
        found.format_name,
        decision.convention,
        decision.deciding,
        added,
        same,
        readings.opened(),
        relocated,
        found.ignored,
        tuple(problems),
    )


def _undecided(decision: Decision) -> CaseFileError:
    remedy = "say how they count with --offsets, such as --offsets code-points,0,exclusive or --offsets utf-16"
    return CaseFileError(_TITLE, f"it is not clear how the offsets count: {decision.undecided}", remedy)


def _readers(study: StudyFile, found: AnnotationFile, how: AnnotationImport) -> Callable[[ForeignAnnotation], str]:
    """Return who the reader of an annotation is. Raises WrongSettingsError if that is not known for all of them."""
    theirs = sorted({one.reader for one in found.annotations})
    known = study.readers.ids()
    if how.reader_id:
        if len(theirs) > 1:
            names = listed(f'"{name}"' for name in theirs[:5])
            happened = (
                f"the annotations are by {len(theirs)} people ({names}), and one reader cannot have made them all"
            )
            raise WrongSettingsError(_TITLE, happened, f'say who is who, such as --reader "{theirs[-1]}=R-01"')
        meant = dict.fromkeys(theirs, how.reader_id)
    else:
        meant = {name: how.readers.get(name, name) for name in theirs}
    for name, reader_id in meant.items():
        if not reader_id:
            raise WrongSettingsError(_TITLE, "the file does not say who made the annotations", "add --reader R-01")
        if reader_id not in known:
            happened = f'"{reader_id}" is not a registered reader of this study'
            said = f"{name}=R-01" if reader_id == name and not how.reader_id else "R-01"
            remedy = f'use a registered one, such as --reader "{said}", or add one: doubleread readers add'
            raise WrongSettingsError(_TITLE, happened, remedy)
        study.readers.check_may_read(reader_id)
    return lambda one: meant[one.reader]


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """An annotation of the file with its reader, its case and answer, and the text that it marks."""

    given: ForeignAnnotation
    reader_id: str
    case: Case
    answer: Answer
    text: MeasuredText


class _Answers:
    """The first answers of a study, by everything that a file can name them by."""

    def __init__(self, study: StudyFile) -> None:
        self.study = study
        self.arms = study.arms()
        self._names = CaseNames((case.id, str(case.extra.get(ORIGINAL_ID) or "")) for case in study.cases())
        self._by_text: dict[str, list[str]] = defaultdict(list)
        self._case_of: dict[str, str] = {}
        """Of each answer, its case."""
        for case_id in study.case_ids():
            for answer in study.answers.of_case(case_id).values():
                self._case_of[answer.id] = case_id
                for form in {answer.text, _with_line_feeds(answer.text)}:
                    self._by_text[text_sha256(form)].append(answer.id)
        self._all = frozenset(self._case_of)
        self.of_case = lru_cache(_CACHED)(study.answers.of_case)
        self.case = lru_cache(_CACHED)(study.case)
        self._measured = lru_cache(_CACHED)(MeasuredText)
        self._about: dict[tuple[AnsweredBy, str, int], str | tuple[str, str]] = {}

    def row(self, given: ForeignAnnotation, reader_id: str, problems: list[Problem]) -> Iterator[_Row]:
        """Yield the annotation with its answer, or nothing, with a problem."""
        key = (given.answer, reader_id, given.repeat)
        if key not in self._about:
            self._about[key] = self._found(given.answer, reader_id, given.repeat)
        found = self._about[key]
        if not isinstance(found, str):
            problems.append(given.problem(*found))
            return
        case = self.case(self._case_of[found])
        answer = next(answer for answer in self.of_case(case.id).values() if answer.id == found)
        text = answer.text if given.place == ANSWER else self.study.source_text(case.id, given.place)
        if text is None:
            problems.append(given.problem("place", f'the case has no text "{given.place[:80]}"'))
            return
        yield _Row(given, reader_id, case, answer, self._measured(text))

    def sides(self, reader_id: str, case_id: str, repeat: int) -> dict[Side, Answer]:
        """Return the answers on both sides of a reader: those of the reading, or the randomised ones."""
        answers = self.of_case(case_id)
        reading = self.study.reading(reader_id, case_id, repeat)
        if reading is not None:
            by_id = {answer.id: answer for answer in answers.values()}
            return {side: by_id[answer_id] for side, answer_id in reading.answer_ids.items()}
        order = randomised_sides(self.study.secret, reader_id, case_id, repeat)
        arms = (self.arms[place].id for place in order)
        return {side: answers[arm] for side, arm in zip(SIDES, arms, strict=True) if arm in answers}

    def _found(self, about: AnsweredBy, reader_id: str, repeat: int) -> str | tuple[str, str]:
        """Return the id of the answer that is meant, or a field and why it means none."""
        if about.answer_id in self._case_of:
            found = about.answer_id
            if about.text is not None and not self._has_text(found, about.text):
                return "text", "the text differs from that of the answer that is named"
            return found
        candidates = self._all
        case_id = ""
        if about.case_id:
            case_id = self._names.meant(about.case_id) or ""
            if not case_id:
                return "case_id", self._names.why_not(about.case_id, similar=False)
            candidates = frozenset(answer.id for answer in self.of_case(case_id).values())
        if about.text is not None or about.sha256:
            sha256 = about.sha256 if about.text is None else text_sha256(_with_line_feeds(about.text))
            same = candidates.intersection(self._by_text.get(sha256, ()))
            if not same and about.text is not None:
                return "text", "no answer of the study has this text"
            candidates = same or candidates
        if case_id and about.arm and len(candidates) > 1:
            candidates &= self._of_arm(case_id, about.arm)
        if case_id and about.side and len(candidates) > 1:
            sides = {str(side): answer.id for side, answer in self.sides(reader_id, case_id, repeat).items()}
            candidates &= {sides.get(about.side.strip().upper(), "")}
        if len(candidates) == 1:
            return next(iter(candidates))
        if about.answer_id and not about.case_id:
            return "answer_id", f'the study has no answer "{about.answer_id[:80]}"'
        if not candidates:
            return "arm", "the case has no such answer"
        what = "both answers of the case" if len(candidates) == 2 else f"{len(candidates)} answers"
        return "answer_id", f"it can be about {what}; name the answer by answer_id, arm or side"

    def _of_arm(self, case_id: str, name: str) -> set[str]:
        arms = {arm.id for arm in self.arms if name.strip() in (arm.id, arm.name)}
        return {answer.id for arm_id, answer in self.of_case(case_id).items() if arm_id in arms}

    def _has_text(self, answer_id: str, text: str) -> bool:
        answers = self.of_case(self._case_of[answer_id]).values()
        ours = next(answer.text for answer in answers if answer.id == answer_id)
        return same_words(ours, text) or same_words(_with_line_feeds(ours), _with_line_feeds(text))


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(slots=True)
class _Placed:
    """Where annotations are, by the convention of their file."""

    convention: OffsetConvention
    relocate: bool
    relocated: set[_Row] = field(default_factory=set)

    def span(self, row: _Row, problems: list[Problem]) -> Span | None:
        """Return the code points of an annotation, or None, with a problem."""
        given, marked, text = row.given, row.given.marked, row.text
        place = place_of(marked, text, self.convention)
        if place is not None and marked.quote is not None and fits(marked, text, self.convention):
            return place
        where = f"[{marked.start}, {marked.end})"
        if marked.quote is None:
            if given.place_sha256 not in ("", text_sha256(text.text)):
                problems.append(given.problem("quote", "is missing, and the text that it is from is another one"))
            elif place is None:
                problems.append(given.problem("start", f"{where} is not in the text"))
            else:
                return place
        elif is_apart(marked, text, self.convention):
            problems.append(given.problem("start", "it has several parts with other words between them"))
        else:
            return self._elsewhere(row, marked.quote, where, problems)
        return None

    def _elsewhere(self, row: _Row, quote: str, where: str, problems: list[Problem]) -> Span | None:
        text = row.text.text
        starts = [match.start() for match in re.finditer(f"(?={re.escape(quote)})", text)]
        if len(starts) == 1:
            found = Span(starts[0], starts[0] + len(quote))
            if self.relocate:
                self.relocated.add(row)
                return found
            message = (
                f"the quote is not at {where}, but once at [{found.start}, {found.end}); --relocate moves it there"
            )
        elif starts:
            message = f"the quote is not at {where}, but at {len(starts)} other places"
        else:
            message = f"the quote at {where} is not in the text"
        problems.append(row.given.problem("quote", message))
        return None


@dataclass(frozen=True, slots=True)
class _New:
    annotation: Annotation
    relocated: bool


@dataclass(slots=True)
class _Reading:
    """A reading with what the file adds. `opened` opens a new one, `refused` says why it takes nothing."""

    reading: Reading | None
    opened: ReadingOpened | None
    protocol: Protocol
    texts: Texts
    refused: str = ""
    new: list[_New] = field(default_factory=list)
    same: int = 0
    known: dict[tuple[str, str, int, int, str], Annotation] = field(init=False, default_factory=dict)
    """By their marks: what the reading has, retracted annotations too, and what the file adds."""

    def __post_init__(self) -> None:
        if self.reading is not None:
            judgement = self.reading.judgement
            for one in (*judgement.annotations, *judgement.retracted):
                self.known.setdefault(one.mark, one)

    @property
    def answer_ids(self) -> tuple[str, ...]:
        """The ids of both answers."""
        found = self.reading or self.opened
        assert found is not None
        return tuple(found.answer_ids.values())


class _Readings:
    """The readings that a file adds annotations to."""

    def __init__(self, study: StudyFile, answers: _Answers, labels: Mapping[str, Label]) -> None:
        self.import_id = str(uuid.uuid4())
        self._study = study
        self._answers = answers
        self._labels = labels
        self._readings: dict[tuple[str, str, int], _Reading] = {}
        self._redactions = Redactions(study)
        self._redaction_counts: dict[str, int] = {}
        self._roles = study.readers.roles()
        self._worklists = lru_cache(None)(lambda reader_id: frozenset(study.readers.worklist(reader_id)))

    def add(self, row: _Row, span: Span, problems: list[Problem], *, relocated: bool) -> None:
        """Add an annotation to its reading, or a problem."""
        given = row.given
        key = (row.reader_id, row.case.id, given.repeat)
        if key not in self._readings:
            self._readings[key] = self._reading(row)
        reading = self._readings[key]
        made = self._annotation(row, span, reading, problems)
        if made is None:
            return
        twin = reading.known.get(made.mark)
        if twin is not None:
            if replace(twin, id="") == replace(made, id=""):
                reading.same += 1
            else:
                message = "the reading has another annotation of these words in this category"
                problems.append(given.problem("category", message))
        elif reading.refused:
            problems.append(given.problem("reader", reading.refused))
        else:
            reading.new.append(_New(made, relocated))
            reading.known[made.mark] = made

    def new(self) -> Iterator[_New]:
        """Yield what is new in all readings."""
        for reading in self._readings.values():
            yield from reading.new

    def opened(self) -> int:
        """Return how many readings are new."""
        return sum(reading.opened is not None and bool(reading.new) for reading in self._readings.values())

    def counts(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return by reader how many annotations are new, and how many the readings had."""
        added: Counter[str] = Counter()
        same: Counter[str] = Counter()
        for (reader_id, _, _), reading in self._readings.items():
            added[reader_id] += len(reading.new)
            same[reader_id] += reading.same
        return {who: n for who, n in added.items() if n}, {who: n for who, n in same.items() if n}

    def write(self, imported: AnnotationsImported) -> None:
        """Write everything that is new, in one step."""
        self._study.import_annotations(self._drafted, imported)

    def _drafted(self) -> Iterator[DraftedReading]:
        burst = import_burst(self.import_id)
        for (reader_id, _, _), reading in self._readings.items():
            marked = [AnnotationMarked(annotation=one.annotation, burst=burst).draft() for one in reading.new]
            if reading.opened is not None and marked:
                yield reading.opened.reading_id, reader_id, [reading.opened.draft(), *marked]
            elif reading.reading is not None and marked:
                yield reading.reading.id, reader_id, marked

    def _reading(self, row: _Row) -> _Reading:
        study, reader_id, case, repeat = self._study, row.reader_id, row.case, row.given.repeat
        answers = self._answers.of_case(case.id)
        texts = Texts(
            case.text,
            {answer.id: answer.text for answer in answers.values()},
            lambda source: study.source_text(case.id, source),
        )
        reading = study.reading(reader_id, case.id, repeat)
        if reading is not None:
            refused = f"{reader_id} has committed the reading of this case" if reading.committed else ""
            return _Reading(reading, None, study.protocol_of(reading.protocol_sha256), texts, refused)
        sides = self._answers.sides(reader_id, case.id, repeat)
        redacted = {side: self._redacted(answer, case) for side, answer in sides.items()}
        opened = ReadingOpened.of(
            reader_id, case, sides, study.protocol, study.protocol_sha256, repeat=repeat, redacted=redacted
        )
        refused = ""
        if len(sides) < len(SIDES):
            refused = "the other answer of the case is missing"
        elif WorklistItem(case.id, repeat) not in self._worklists(reader_id):
            refused = f"the {'repeat of the ' if repeat else ''}case is not assigned to {reader_id}"
        elif is_adjudicator(self._roles.get(reader_id, "")) and study.adjudications.load(reader_id, case.id):
            refused = f"{reader_id} has adjudicated the case and knows other readers' judgements"
        return _Reading(None, opened, study.protocol, texts, refused)

    def _redacted(self, answer: Answer, case: Case) -> int:
        if answer.id not in self._redaction_counts:
            self._redaction_counts[answer.id] = len(self._redactions.spans(answer, case))
        return self._redaction_counts[answer.id]

    def _annotation(self, row: _Row, span: Span, reading: _Reading, problems: list[Problem]) -> Annotation | None:
        given, labels = row.given, reading.protocol.labels
        meant = self._labels.get(given.category, Label(given.category))
        category = _label(labels, "category", meant.category)
        basis, harm, certainty = (_label(labels, name, given.ratings.get(name, "")) for name in RATINGS[1:])
        severity = _label(labels, "severity", given.ratings.get("severity", "") or meant.severity)
        if severity is None:
            message = f'it has no severity; give one for the label: --label "{given.category[:40]}=CATEGORY/SEVERITY"'
            problems.append(given.problem("severity", message))
            return None
        if category is None:
            return None
        passage = _passage(row, reading.texts, problems)
        if passage is not None and not isinstance(passage, Passage):
            return None
        made = Annotation(
            id=str(uuid.uuid4()),
            answer_id=row.answer.id,
            place=given.place,
            start=span.start,
            end=span.end,
            quote=span.of(row.text.text),
            category=category,
            severity=severity,
            note=given.note,
            passage=passage,
            basis=basis,
            harm=harm,
            certainty=certainty,
        )
        try:
            check_annotation(made, reading.answer_ids, reading.texts, labels)
        except InputRefusedError as error:
            hint = ""
            if category not in {label.name for label in labels.ratings("category")}:
                hint = f'; say what the label means: --label "{given.category[:40]}=CATEGORY/SEVERITY"'
            problems.append(given.problem("category", error.happened + hint))
            return None
        return made


def _label(labels: LabelSet, field_name: str, theirs: str) -> str | None:
    """Return the label that is meant: of this name, or the only one that differs in case, blanks and signs alone."""
    if not theirs:
        return None
    names = [label.name for label in labels.ratings(field_name)]
    alike = [name for name in names if _plain(name) == _plain(theirs) or brat_name(name) == theirs]
    return theirs if theirs in names or len(alike) != 1 else alike[0]


def _plain(name: str) -> str:
    return _PLAIN.sub(" ", name).strip().casefold()


def _passage(row: _Row, texts: Texts, problems: list[Problem]) -> Passage | bool | None:
    """Return the linked passage, None if there is none, and False with a problem if it is not in its source."""
    linked = row.given.passage
    if linked is None:
        return None
    text = texts.source(linked.source)
    quote = "" if text is None else text[linked.start : linked.end]
    if not quote or linked.quote not in (None, quote):
        problems.append(row.given.problem("passage_quote", "the linked passage is not in its source"))
        return False
    return Passage(linked.start, linked.end, quote, linked.source, linked.relation)
