"""The answers of a study and their scores: written once, read by case or by id, and what is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils import Database

from doubleread.domain.answer import Answer
from doubleread.domain.case import Case
from doubleread.domain.events.answers import AnswerRecorded, AnswersImported, ConfigurationDrifted, GenerationFailed
from doubleread.domain.score import Score, put_in_place
from doubleread.domain.spans import Span
from doubleread.errors import InputRefusedError
from doubleread.store import records
from doubleread.store.branches.split_entry import carried_redactions
from doubleread.store.log.event_log import PROGRAM, Entry, EventLog, entry_of
from doubleread.store.scores import IS_PRIMARY, PRIMARY_SCORE
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.faults import intact
from doubleread.store.sqlite.schema import COLUMNS

Made = TypeVar("Made")
_CASES_AT_ONCE = 50
# CROSS keeps the order of the tables: SQLite would otherwise read all scores for each page of cases.
_OF_CASES = "FROM cases CROSS JOIN answers ON answers.case_id = cases.id"
_BETWEEN = "WHERE cases.position BETWEEN ? AND ?"
_ANSWERS_OF_CASES = (
    f"SELECT answers.id, answers.case_id, arm_id, answers.text, finish_reason {_OF_CASES}"
    f" JOIN arms ON arms.id = arm_id {_BETWEEN} ORDER BY cases.position, arms.position, sample"
)
_SCORES_OF_CASES = (
    f"SELECT scores.* {_OF_CASES} CROSS JOIN scores ON scores.answer_id = answers.id {_BETWEEN} AND {IS_PRIMARY}"
    " ORDER BY scores.id"
)
_SCORE_COLUMNS = tuple(column for column in COLUMNS["scores"] if column != "id")
_LISTED = ", ".join(f'"{column}"' for column in _SCORE_COLUMNS)
_PUT_SCORE = f"INSERT INTO scores ({_LISTED}) VALUES ({', '.join('?' for _ in _SCORE_COLUMNS)})"


@dataclass(frozen=True, slots=True)
class AnswerToScore:
    """What a scorer needs of an answer, and the primary scores that it has."""

    id: str
    arm_id: str
    text: str
    finish_reason: str
    scores: Sequence[Score]


@dataclass(frozen=True, slots=True)
class CaseToScore:
    """A case, also as its row, and its answers."""

    case: Case
    row: Mapping[str, Any]
    answers: Sequence[AnswerToScore]


@dataclass(frozen=True, slots=True)
class AnswerStore:
    """The answers and scores in one study file.

    `split_reader` is the reader whose own file it is, None for a whole study; `expect_models` raises StudyFileError in
    a reader's own file.
    """

    connection: Connection
    log: EventLog
    path: Path
    split_reader: str | None
    expect_models: Callable[[str], None]

    def case_counts(self) -> tuple[int, int]:
        """Return how many cases there are, and how many of them both arms have answered."""
        row = self.connection.rows(
            "SELECT count(*), coalesce(sum("
            "(SELECT count(*) FROM answers WHERE case_id = cases.id AND sample = 0) = 2), 0) FROM cases"
        )[0]
        return row[0], row[1]

    def record(self, answer: Answer, scores: Sequence[Score] = ()) -> bool:
        """Write an answer with its scores; return False, writing nothing, if there is one already.

        Raises InputRefusedError for an answer of an unknown case or model, and for text that UTF-8 cannot hold.
        """
        self.expect_models("No answer stored")
        row, item = _as_recorded(answer)
        return bool(self.log.write(lambda db: self._record(db, answer, scores, row, item), item))

    def record_all(
        self, answers: Sequence[tuple[Answer, Sequence[Score]]], *, about: Mapping[str, Any] | None = None
    ) -> None:
        """Write several answers with their scores in one step, and an event `about` the file that they came from.

        Raises InputRefusedError as `record` does, and if one of them is there already; nothing is written.
        """
        self.expect_models("No answer stored")
        made = [(answer, scores, *_as_recorded(answer)) for answer, scores in answers]
        imported = [] if about is None else [entry_of(PROGRAM, AnswersImported(about=about))]

        def record(db: Database) -> bool:
            for answer, scores, row, item in made:
                if not self._record(db, answer, scores, row, item):
                    raise InputRefusedError(
                        "Answer refused", f"case {answer.case_id!r} already has an answer by this model"
                    )
            self.log.record(db, *imported)
            return True

        if written := [*(item for *_, item in made), *imported]:
            self.log.write(record, written[-1])

    def record_failure(self, case_id: str, arm_id: str, title: str, happened: str, sample: int = 0) -> None:
        """Record that an answer could not be generated, and why."""
        failed = GenerationFailed(case_id=case_id, arm_id=arm_id, title=title, happened=happened, sample=sample)
        item = entry_of(PROGRAM, failed)

        def record(db: Database) -> bool:
            self._expect_known(db, case_id, arm_id)
            self.log.record(db, item)
            return True

        self.log.write(record, item)

    def record_configuration_drift(self, arm_id: str, differences: Sequence[Mapping[str, Any]]) -> None:
        """Record that a model's answers are from now on generated with other settings; see `ConfigurationDrifted`."""
        item = entry_of(PROGRAM, ConfigurationDrifted(arm_id=arm_id, differences=differences))

        def record(db: Database) -> bool:
            self._expect_row(db, "arms", arm_id)
            self.log.record(db, item)
            return True

        self.log.write(record, item)

    def failures(self) -> dict[tuple[str, str, int], str]:
        """Return the latest failure by case, arm and sample, as "title: what happened", if no answer came later."""
        answered = {tuple(row) for row in self.connection.rows("SELECT case_id, arm_id, sample FROM answers")}
        failed: dict[tuple[str, str, int], str] = {}
        for event in self.log.all(kind=GenerationFailed.kind):
            GenerationFailed.from_body(event.body).apply(failed, event)
        return {which: happened for which, happened in failed.items() if which not in answered}

    def by_id(self, answer_id: str) -> Answer:
        """Return an answer. Raises KeyError if there is none of this id."""
        row = self.connection.row("SELECT * FROM answers WHERE id = ?", [answer_id])
        if row is None:
            raise KeyError(answer_id)
        return self._made(records.answer_from_row, row, f"answer {answer_id}")

    def from_case_on(self, answer_id: str, cases: int) -> dict[str, Answer]:
        """Return the answers to an answer's case and to those after it, to `cases` cases in all, by id.

        Empty if there is no answer of this id.
        """
        rows = self.connection.rows(
            "SELECT answers.* FROM cases JOIN answers ON answers.case_id = cases.id, (SELECT position FROM cases"
            " JOIN answers ON answers.case_id = cases.id WHERE answers.id = ?) AS first"
            " WHERE cases.position >= first.position AND cases.position < first.position + ?",
            [answer_id, cases],
        )
        return {row["id"]: self._made(records.answer_from_row, row, f"answer {row['id']}") for row in rows}

    def of_case(self, case_id: str) -> dict[str, Answer]:
        """Return each arm's first answer to a case, as far as there is one, by arm id in the study's order."""
        return {answer.arm_id: answer for answer in self._answers(case_id, "AND sample = 0")}

    def all_of_case(self, case_id: str) -> list[Answer]:
        """Return all answers that a case has so far, by arm in the study's order, and by sample."""
        return self._answers(case_id)

    def _answers(self, case_id: str, which: str = "") -> list[Answer]:
        rows = self.connection.rows(
            f"SELECT answers.* FROM answers JOIN arms ON arms.id = arm_id WHERE case_id = ? {which}"
            " ORDER BY arms.position, sample",
            [case_id],
        )
        return [self._made(records.answer_from_row, row, f"answer {row['id']}") for row in rows]

    def carried_redactions(self) -> Mapping[str, tuple[Span, ...]] | None:
        """Return what a reader's own file redacts in its answers, by answer id; None in a whole study."""
        if self.split_reader is None:
            return None
        with intact(self.path, "the redactions of the answers"), self.connection.snapshot() as db:
            return carried_redactions(db)

    def missing(self) -> list[tuple[str, str]]:
        """Return the (case id, arm id) that have no first answer, in the study's order, case by case."""
        return [(case_id, arm_id) for case_id, arm_id, _ in self.missing_samples(1)]

    def missing_samples(self, samples: int) -> list[tuple[str, str, int]]:
        """Return the (case id, arm id, sample) that have no answer, where each arm shall give so many to each case.

        First answers, then later ones, case by case.
        """
        rows = self.connection.rows(
            "WITH RECURSIVE wanted (sample) AS (SELECT 0 UNION ALL SELECT sample + 1 FROM wanted WHERE sample < ?)"
            " SELECT cases.id, arms.id, wanted.sample FROM cases CROSS JOIN arms CROSS JOIN wanted"
            " WHERE NOT EXISTS (SELECT 1 FROM answers"
            " WHERE case_id = cases.id AND arm_id = arms.id AND answers.sample = wanted.sample)"
            " ORDER BY wanted.sample > 0, cases.position, arms.position, wanted.sample",
            [samples - 1],
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def replace_scores(self, answer_id: str, scores: Sequence[Score]) -> None:
        """Replace scores by new ones of the same kind, the primary one first. Raises KeyError for an unknown answer.

        Scores that were read from the answer are of one kind (`domain.score.put_in_place`), each alternative scorer is
        a kind of its own.
        """
        self.replace_all_scores([(answer_id, scores)])

    def replace_all_scores(self, scores: Sequence[tuple[str, Sequence[Score]]]) -> None:
        """Replace scores of several answers, each given by its id, in one step. Raises as `replace_scores` does."""

        def replace(db: Database) -> None:
            for answer_id, new in scores:
                answer = db.execute("SELECT text FROM answers WHERE id = ?", [answer_id]).fetchone()
                if answer is None:
                    raise KeyError(answer_id)
                found = db.execute("SELECT * FROM scores WHERE answer_id = ? ORDER BY id", [answer_id]).fetchall()
                old = [self._made(records.score_from_row, row, f"a score of answer {answer_id}") for row in found]
                db.execute("DELETE FROM scores WHERE answer_id = ?", [answer_id])
                _put_scores(db, answer_id, len(answer["text"]), put_in_place(old, new))

        self.log.write(replace)

    def to_score(self) -> Iterator[list[CaseToScore]]:
        """Yield the cases in the study's order, some at a time, with all their answers and primary scores."""
        position = -1
        while cases := self.connection.rows(
            "SELECT * FROM cases WHERE position > ? ORDER BY position LIMIT ?", [position, _CASES_AT_ONCE]
        ):
            first, position = position + 1, cases[-1]["position"]
            scores: dict[str, list[records.Row]] = defaultdict(list)
            for row in self.connection.rows(_SCORES_OF_CASES, [first, position]):
                scores[row["answer_id"]].append(row)
            answers: dict[str, list[AnswerToScore]] = defaultdict(list)
            for row in self.connection.rows(_ANSWERS_OF_CASES, [first, position]):
                old = [
                    self._made(records.score_from_row, score, f"a score of answer {row['id']}")
                    for score in scores[row["id"]]
                ]
                answers[row["case_id"]].append(
                    AnswerToScore(row["id"], row["arm_id"], row["text"], row["finish_reason"], old)
                )
            yield [
                CaseToScore(self._made(records.case_from_row, row, f"case {row['id']}"), dict(row), answers[row["id"]])
                for row in cases
            ]

    def count(self) -> int:
        """Return how many answers there are."""
        return int(self.connection.rows("SELECT count(*) FROM answers")[0][0])

    def primary_score(self, answer_id: str) -> Score | None:
        """Return the score that was read from the answer itself; None without one."""
        row = self.connection.row(PRIMARY_SCORE, [answer_id])
        return self._made(records.score_from_row, row, f"a score of answer {answer_id}") if row is not None else None

    def scores_of(self, answer_id: str) -> list[Score]:
        """Return an answer's scores, those read from the answer itself first."""
        rows = self.connection.rows("SELECT * FROM scores WHERE answer_id = ? ORDER BY id", [answer_id])
        return [self._made(records.score_from_row, row, f"a score of answer {answer_id}") for row in rows]

    def _made(self, make: Callable[[records.Row], Made], row: Any, what: str) -> Made:
        with intact(self.path, what):
            return make(row)

    def _record(self, db: Database, answer: Answer, scores: Sequence[Score], row: dict[str, Any], item: Entry) -> bool:
        self._expect_known(db, answer.case_id, answer.arm_id)
        if db.execute(
            "SELECT 1 FROM answers WHERE case_id = ? AND arm_id = ? AND sample = ?",
            [answer.case_id, answer.arm_id, answer.sample],
        ).fetchone():
            return False
        if db.execute("SELECT 1 FROM answers WHERE id = ?", [answer.id]).fetchone():
            raise InputRefusedError("Answer refused", f"another answer has the id {answer.id!r}")
        db.table("answers").insert(row)
        _put_scores(db, answer.id, len(answer.text), scores)
        self.log.record(db, item)
        return True

    def _expect_known(self, db: Database, case_id: str, arm_id: str) -> None:
        self._expect_row(db, "cases", case_id)
        self._expect_row(db, "arms", arm_id)

    def _expect_row(self, db: Database, table: str, row_id: str) -> None:
        if not db.execute(f"SELECT 1 FROM {table} WHERE id = ?", [row_id]).fetchone():
            raise InputRefusedError("Answer refused", f"{row_id!r} is not among the study's {table}")


def _put_scores(db: Database, answer_id: str, length: int, scores: Sequence[Score]) -> None:
    """Write the scores of an answer whose text has this length, inside the caller's transaction."""
    for score in scores:
        if not 0 <= (score.start or 0) <= (length if score.end is None else score.end) <= length:
            raise InputRefusedError("Score refused", "its evidence is outside the answer's text")
        row = records.score_row(answer_id, score)
        db.execute(_PUT_SCORE, [row[column] for column in _SCORE_COLUMNS])


def _as_recorded(answer: Answer) -> tuple[dict[str, Any], Entry]:
    """Return an answer's row and the log's entry about it."""
    try:
        row = records.answer_row(answer)
    except ValueError as error:
        raise InputRefusedError("Answer refused", "its manifest contains a number that is not finite") from error
    return row, entry_of(PROGRAM, AnswerRecorded.of(answer, row["manifest"]))
