"""The cases of a study as a list that can be searched and filtered. Nothing here reveals an answer or a key.

Words are found in what a reader sees of a case before the commit: id, title, tags, text, question, options,
conversation and documents. Keys and explanations are not searched: a hit would reveal them.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from doubleread.domain.case import Case
from doubleread.domain.case_text import case_text
from doubleread.errors import DoublereadError
from doubleread.store import StudyFile
from doubleread.store.sqlite.faults import intact

CaseState = Literal["answered", "unanswered", "read", "unread", "adjudicated"]
CASE_STATES: tuple[CaseState, ...] = get_args(CaseState)
"""With both answers, without; with a committed reading, without; with a committed adjudication."""

_WORD = re.compile(r"\w+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Characters of scripts without spaces between words: each is indexed as a word of its own."""
_STEP = 500


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case without its text. `number` counts from 1; `readers` have committed a reading of it."""

    number: int
    id: str
    title: str
    kind: str
    tags: tuple[str, ...]
    answered: bool
    readers: tuple[str, ...]
    adjudicated: bool


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases are wanted; what is empty does not matter.

    `text` has words that must all occur, each as the beginning of a word. With `read_by`, "read" and "unread" are about
    that reader; alone, it means cases that the reader has committed.
    """

    text: str = ""
    tag: str = ""
    kind: str = ""
    state: CaseState | None = None
    read_by: str = ""

    def fits(self, case: ListedCase) -> bool:
        """Return whether a case is wanted, apart from the words of its text."""
        readers = [reader for reader in case.readers if reader == self.read_by] if self.read_by else case.readers
        states = {
            "answered": case.answered,
            "unanswered": not case.answered,
            "read": bool(readers),
            "unread": not readers,
            "adjudicated": case.adjudicated,
        }
        return (
            (not self.tag or self.tag.casefold() in map(str.casefold, case.tags))
            and (not self.kind or case.kind == self.kind)
            and (self.state is None or states[self.state])
            and (not self.read_by or self.state in ("read", "unread") or bool(readers))
        )


def listed_cases(study: StudyFile) -> list[ListedCase]:
    """Return all cases in the study's order. Raises StudyFileError."""
    with study.connection.snapshot() as db, intact(study.path, "its cases"):
        answered = {
            row[0]
            for row in db.execute("SELECT case_id FROM answers WHERE sample = 0 GROUP BY case_id HAVING count(*) = 2")
        }
        adjudicated = {row[0] for row in db.execute("SELECT DISTINCT case_id FROM adjudications WHERE resolves")}
        readers: dict[str, list[str]] = {}
        for row in db.execute(
            "SELECT case_id, reader_id FROM readings WHERE committed_at IS NOT NULL AND repeat = 0 ORDER BY reader_id"
        ):
            readers.setdefault(row["case_id"], []).append(row["reader_id"])
        return [
            ListedCase(
                number=row["position"] + 1,
                id=row["id"],
                title=row["title"],
                kind=row["kind"],
                tags=tuple(map(str, json.loads(row["tags"]))),
                answered=row["id"] in answered,
                readers=tuple(readers.get(row["id"], ())),
                adjudicated=row["id"] in adjudicated,
            )
            for row in db.execute("SELECT id, position, title, kind, tags FROM cases ORDER BY position")
        ]


def filtered(cases: Sequence[ListedCase], wanted: CaseFilter, hits: frozenset[str] | None) -> list[ListedCase]:
    """Return the cases that are wanted. `hits` are those that have the words, None if no words are wanted."""
    return [case for case in cases if wanted.fits(case) and (hits is None or case.id in hits)]


class CaseWords:
    """The words of all cases of a study, in memory: never in the study file, and never on the disk.

    Several threads may search. `index` makes the full-text index; without one, texts are searched from end to end.
    """

    def __init__(self, cases: Iterable[Case], report: Callable[[int], None] = lambda _: None) -> None:
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        self._lock = threading.Lock()
        self._ids: list[str] = []
        try:
            self._indexed = _make_index(self._db)
            self._db.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", self._rows(cases, report))
        except BaseException:
            self._db.close()
            raise

    def _rows(self, cases: Iterable[Case], report: Callable[[int], None]) -> Iterator[tuple[int, str]]:
        for number, case in enumerate(cases):
            if number % _STEP == 0:
                report(number)
            self._ids.append(case.id)
            text = searched_text(case)
            yield number, _spaced(text) if self._indexed else text

    def having(self, words: str) -> frozenset[str] | None:
        """Return the ids of the cases that have all words; None if there are no words to look for."""
        asked = list(dict.fromkeys(match[0] for match in _WORD.finditer(words)))
        if not asked:
            return None
        if self._indexed:
            sql = "SELECT rowid FROM words WHERE words MATCH ?"
            values = [" AND ".join(f'"{_spaced(word)}"*' for word in asked)]
        else:
            sql = "SELECT rowid FROM words WHERE " + " AND ".join("text LIKE ?" for _ in asked)
            values = [f"%{word}%" for word in asked]
        with self._lock:
            return frozenset(self._ids[row[0]] for row in self._db.execute(sql, values))

    def close(self) -> None:
        """Free its memory."""
        with self._lock:
            self._db.close()


def _make_index(db: sqlite3.Connection) -> bool:
    """Make the table of texts; return whether it has a full-text index, which some builds of SQLite lack."""
    try:
        # Without the texts themselves: only the index is kept.
        db.execute(
            "CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize=\"unicode61 remove_diacritics 2\")"
        )
    except sqlite3.OperationalError:
        db.execute("CREATE TABLE words (text TEXT NOT NULL)")
        return False
    return True


def _spaced(text: str) -> str:
    return _UNSPACED.sub(r" \g<0> ", text)


def searched_text(case: Case) -> str:
    """Return everything of a case in which words are looked for."""
    whole = case_text(case.text, case.question, case.options, case.documents, case.turns)
    return "\n".join((case.id, case.title, *case.tags, whole.text))


class _Closed(Exception):  # noqa: N818 - not an error: nobody looks any more
    """The study was closed while its texts were read."""


class CaseBrowser:
    """A study open for looking through its cases. Several threads may use it; nothing is ever written."""

    def __init__(self, study: StudyFile) -> None:
        self._study = study
        self._words: CaseWords | None = None
        self._lock = threading.RLock()
        self.closing = threading.Event()
        """Set once the study is being closed."""
        self._cases: list[ListedCase] | None = None
        self.path = study.path
        self.title = study.protocol.title

    @property
    def cases(self) -> list[ListedCase]:
        """All cases. They are read when they are asked for first."""
        with self._lock:
            if self._cases is None:
                self._cases = listed_cases(self._study)
            return self._cases

    @property
    def tags(self) -> tuple[str, ...]:
        """All tags, in alphabetical order."""
        return tuple(sorted({tag for case in self.cases for tag in case.tags}, key=str.casefold))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that occur."""
        return tuple(dict.fromkeys(case.kind for case in self.cases))

    @property
    def readers(self) -> tuple[str, ...]:
        """Everybody who has committed a reading."""
        return tuple(sorted({reader for case in self.cases for reader in case.readers}))

    def find(self, wanted: CaseFilter, report: Callable[[int], None] = lambda _: None) -> list[ListedCase]:
        """Return the cases that are wanted. The first search for words reads all texts; `report` gets how many.

        Returns none once the study is closed.
        """

        def report_or_end(count: int) -> None:
            if self.closing.is_set():
                raise _Closed
            report(count)

        with self._lock:
            try:
                hits = self._having(wanted.text, report_or_end)
            except _Closed:
                return []
            return filtered(self.cases, wanted, hits)

    def _having(self, text: str, report: Callable[[int], None]) -> frozenset[str] | None:
        if self.closing.is_set():
            raise _Closed
        if not text.strip():
            return None
        if self._words is None:
            self._words = CaseWords(self._study.cases(), report)
        return self._words.having(text)

    def case(self, case_id: str) -> Case:
        """Return a case. Raises StudyFileError if it cannot be read, and DoublereadError if there is none."""
        try:
            return self._study.case(case_id)
        except KeyError as error:
            raise DoublereadError("No such case", f"there is no case {case_id}", "choose one of the list") from error

    def close(self) -> None:
        """End a search that goes on, and close the file."""
        self.closing.set()
        with self._lock:
            if self._words is not None:
                self._words.close()
            self._study.close()
